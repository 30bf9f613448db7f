"""A cell hierarchy, counted before it is expanded, then expanded into plain arrays of corners.

gdstk expands references by recursion in C++: a cell that contains itself, or cells nested some ten thousand deep, would end
the whole process, and a few bytes can ask for 10^12 polygons. So the graph of cells is walked here first, without recursion.
"""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from .limits import LayoutError, Limits, listed, quoted

Layer = tuple[int, int]


@dataclass(frozen=True)
class Drawn:
    """What a mask file draws in one cell, hierarchy expanded, in steps of the database unit.

    Parameters
    ----------
    cell : the cell's name
    unit : length of one step [m]
    counts : polygons drawn on each layer [1]
    polygons : for each wanted layer the corners, shape (n, 2), and how many each polygon has, shape (m,) [step; 1]
    labels : text, layer, x, y of every text on a wanted layer number [step]
    lines : for each layer of lines the points along the middle of its paths, shape (n, 2), and how many each has, shape (m,) [step; 1]
    """

    cell: str
    unit: float
    counts: dict[Layer, int]
    polygons: dict[Layer, tuple[np.ndarray, np.ndarray]]
    labels: tuple[tuple[str, Layer, float, float], ...]
    lines: dict[Layer, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)


@dataclass
class _Node:
    polygons: Counter
    labels: Counter
    points: Counter
    children: list[tuple[str, int]]


def flattened(library, file: str, *, wanted: Collection[Layer] | None, cell: str | None, limits: Limits,
              lines: Collection[Layer] = ()) -> Drawn:
    """Expand one cell of a gdstk library, read with one step of the database unit as its unit.

    Parameters
    ----------
    library : a gdstk.Library
    file : the file's name, for the messages
    wanted : layers to expand, (layer, datatype); None for all that the cell holds
    cell : the cell to take; None for the only top cell that draws anything
    limits : the polygons, points, labels, lines and levels at most
    lines : layers whose paths are taken as lines; the polygons on them are taken as well

    Raises
    ------
    LayoutError : cells that contain themselves, missing cells, no or several top cells, or more than the limits.
    """
    cells = {each.name: each for each in library.cells}
    if not cells:
        raise LayoutError(f"{file}: holds no cell")
    nodes = {name: _node(each) for name, each in cells.items()}
    order = _children_first(nodes, file, limits)
    totals = _totals(nodes, order)
    top = _chosen(nodes, totals, cell, file)
    reachable = _reachable(nodes, top)
    for name in reachable:
        for child, _ in nodes[name].children:
            if child not in nodes:
                raise LayoutError(f"{file}: cell {quoted(child)}, referenced in {quoted(name)}, is not in the file; "
                                  "write the file out whole")
    total = totals[top]
    lined = set(lines) & set(total.polygons)
    layers = (set(total.polygons) if wanted is None else set(wanted) & set(total.polygons)) - lined
    numbers = {layer for layer, _ in layers}
    texts = {layer for layer in total.labels if layer[0] in numbers}
    _refuse_too_many(file, "polygons on these layers", sum(total.polygons[layer] for layer in layers), limits.polygons)
    _refuse_too_many(file, "texts on these layers", sum(total.labels[layer] for layer in texts), limits.labels)
    _refuse_too_many(file, "cut lines", sum(total.polygons[layer] for layer in lined), limits.lines)
    points = {name: _points(cells[name], layers, lined, file, limits) for name in reachable}
    for name in order:
        if name in points:
            points[name] += sum(times * points[child] for child, times in nodes[name].children)
    _refuse_too_many(file, "corners on these layers", points[top], limits.points)
    for name in reachable:
        _pruned(cells[name], totals, layers | lined, texts)
    polygons = {layer: _corners(cells[top], layer, paths=layer not in lined) for layer in sorted(layers | lined)}
    spines = {layer: _spines(cells[top], layer) for layer in sorted(lined)}
    labels = tuple(_labels(cells[top], texts))
    return Drawn(top, float(library.precision), dict(total.polygons), polygons, labels, spines)


def _refuse_too_many(file: str, what: str, count: int, most: int) -> None:
    if count > most:
        shown = f"{count:,}" if count < 10**15 else "more than 10^15"
        raise LayoutError(f"{file}: asks for {shown} {what} once its references are expanded, more than {most:,}; "
                          "write out one die, or only the bump layers")


def _times(item) -> int:
    """How often a repetition draws its item; gdstk's own product of columns and rows overflows in 64 bits."""
    repetition = item.repetition
    if repetition.columns is not None and repetition.rows is not None:
        return max(1, int(repetition.columns) * int(repetition.rows))
    return max(1, int(repetition.size))


def _node(cell) -> _Node:
    polygons: Counter = Counter()
    labels: Counter = Counter()
    for polygon in cell.polygons:
        polygons[polygon.layer, polygon.datatype] += _times(polygon)
    for path in cell.paths:
        for layer in zip(path.layers, path.datatypes, strict=True):
            polygons[layer] += _times(path)
    for label in cell.labels:
        labels[label.layer, label.texttype] += _times(label)
    children = [(_target(reference), _times(reference)) for reference in cell.references]
    return _Node(polygons, labels, Counter(), children)


def _target(reference) -> str:
    return reference.cell if isinstance(reference.cell, str) else reference.cell.name


def _children_first(nodes: dict[str, _Node], file: str, limits: Limits) -> list[str]:
    parents = defaultdict(set)
    waiting = {}
    for name, node in nodes.items():
        below = {child for child, _ in node.children if child in nodes}
        waiting[name] = len(below)
        for child in below:
            parents[child].add(name)
    level = [name for name, count in waiting.items() if not count]
    order: list[str] = []
    depth = 0
    while level:
        depth += 1
        order += level
        above = []
        for name in level:
            for parent in parents[name]:
                waiting[parent] -= 1
                if not waiting[parent]:
                    above.append(parent)
        level = above
    if len(order) < len(nodes):
        circle = sorted(set(nodes) - set(order))
        raise LayoutError(f"{file}: cells contain themselves: {listed(circle, 4)}; break the circle of references")
    if depth > limits.depth:
        raise LayoutError(f"{file}: cells are nested {depth} deep, more than {limits.depth}; flatten the file first")
    return order


def _totals(nodes: dict[str, _Node], order: list[str]) -> dict[str, _Node]:
    totals: dict[str, _Node] = {}
    for name in order:
        node = nodes[name]
        polygons, labels = Counter(node.polygons), Counter(node.labels)
        for child, times in node.children:
            if child in totals:
                for mine, theirs in ((polygons, totals[child].polygons), (labels, totals[child].labels)):
                    for layer, count in theirs.items():
                        mine[layer] += times * count
        totals[name] = _Node(polygons, labels, Counter(), node.children)
    return totals


def _chosen(nodes: dict[str, _Node], totals: dict[str, _Node], cell: str | None, file: str) -> str:
    if cell is not None:
        if cell not in nodes:
            raise LayoutError(f"{file}: has no cell {quoted(cell)}; it has {listed(sorted(nodes))}")
        if not totals[cell].polygons:
            raise LayoutError(f"{file}: cell {quoted(cell)} draws no shape")
        return cell
    below = {child for node in nodes.values() for child, _ in node.children}
    # a top cell without shapes is a note of the program that wrote the file (KLayout's $$$CONTEXT_INFO$$$)
    tops = [name for name in nodes if name not in below and totals[name].polygons]
    if not tops:
        raise LayoutError(f"{file}: draws no shape in any cell")
    if len(tops) > 1:
        raise LayoutError(f"{file}: has {len(tops)} top cells ({listed(sorted(tops))}); say which one to take")
    return tops[0]


def _reachable(nodes: dict[str, _Node], top: str) -> list[str]:
    found, left = {top}, [top]
    while left:
        for child, _ in nodes[left.pop()].children:
            if child in nodes and child not in found:
                found.add(child)
                left.append(child)
    return sorted(found)


def _points(cell, layers: set[Layer], lined: set[Layer], file: str, limits: Limits) -> int:
    count = 0
    for polygon in cell.polygons:
        if (polygon.layer, polygon.datatype) in layers or (polygon.layer, polygon.datatype) in lined:
            count += polygon.size * _times(polygon)
    for path in cell.paths:
        if not lined.isdisjoint(zip(path.layers, path.datatypes, strict=True)):
            count += len(path.spine()) * _times(path)
        if layers.isdisjoint(zip(path.layers, path.datatypes, strict=True)):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an empty path only warns
            count += sum(polygon.size for polygon in path.to_polygons()) * _times(path)
        # one path with round ends may have some 10^5 corners: stop before making millions of them
        _refuse_too_many(file, "corners on these layers", count, limits.points)
    return count


def _pruned(cell, totals: dict[str, _Node], layers: set[Layer], texts: set[Layer]) -> None:
    """Drop references that lead to nothing wanted, so that expanding a whole chip's bumps does not visit its transistors."""
    idle = [each for each in cell.references
            if layers.isdisjoint(totals[_target(each)].polygons) and texts.isdisjoint(totals[_target(each)].labels)]
    if idle:
        cell.remove(*idle)


def _corners(cell, layer: Layer, *, paths: bool) -> tuple[np.ndarray, np.ndarray]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _packed([polygon.points for polygon in cell.get_polygons(layer=layer[0], datatype=layer[1], include_paths=paths)])


def _spines(cell, layer: Layer) -> tuple[np.ndarray, np.ndarray]:
    return _packed([
        spine
        for path in cell.get_paths(layer=layer[0], datatype=layer[1])
        for number, spine in enumerate(path.path_spines())
        if (path.layers[number], path.datatypes[number]) == layer
    ])


def _packed(drawn: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    if not drawn:
        return np.empty((0, 2)), np.empty(0, dtype=np.int64)
    return np.concatenate(drawn), np.array([len(points) for points in drawn], dtype=np.int64)


def _labels(cell, texts: set[Layer]):
    for layer in sorted(texts):
        for label in cell.get_labels(layer=layer[0], texttype=layer[1]):
            yield label.text, layer, float(label.origin[0]), float(label.origin[1])
