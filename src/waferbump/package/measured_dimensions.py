"""The sizes of a structure, measured on the plan that its run left: what lies below the bump, what holds it, and where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from ..geometry.partition import AIR
from .dimensions import Dimensions, DimensionsError, Disc, Layer, Membrane, Strip
from .structure import Structure

_STEP = 2e-6  # m, of the raster on which the plan is measured: lengths are known to about that (our choice)
_BINS = 36  # of the circle, to tell a part that is held all round from one that is held on one side
_ALL_ROUND = 0.9  # share of the circle
_THIN = 20e-6  # m; a metal below the joint that is thicker is a post, which shears and bends (our choice)


@dataclass(frozen=True)
class _Raster:
    """The plan on a grid of points: the number of the column at each, or -1 beyond the site; x and y of the points."""

    x: np.ndarray
    y: np.ndarray
    column: np.ndarray
    layers: tuple[tuple, ...]  # of each column, above the ground, air at the top left out

    def where(self, test) -> np.ndarray:
        """The points whose column passes a test."""
        passed = np.array([test(column) for column in self.layers] + [False])
        return passed[self.column]

    def at(self, x: float, y: float) -> tuple:
        """The column nearest to a place."""
        number = self.column[np.argmin(np.abs(self.x - x)), np.argmin(np.abs(self.y - y))]
        return self.layers[number] if number >= 0 else ()


def dimensions_of(structure: Structure, *, underfill: str = "") -> Dimensions:
    """The sizes of a structure for the compliance level.

    What lies below most of the landing metal decides: a gap, a layer that ends near by, or one that goes on. Where that ends and
    solid takes over, the part is anchored; what stands above it half way to the anchor is the strip's section.

    Raises
    ------
    DimensionsError : no landing metal below the joint.
    """
    raster = _raster(structure)
    material = structure.stack.material
    metals = set(structure.metals)
    foot = float(structure.joint.radius[0])
    landing = _commonest(raster, metals, foot, structure.flow)
    metal = [layer for layer in landing if layer.name in metals]
    thick = [layer for layer in metal if layer.top - layer.bottom > _THIN]
    origin = min((layer.bottom for layer in thick), default=metal[-1].top)
    post = Disc(material(thick[0].name), thick[-1].top - origin) if thick else None
    radius = _landing_radius(raster, {layer.name for layer in metal if layer.top <= origin + 1e-9}, foot)
    below = [layer for layer in landing if layer.bottom < metal[0].bottom and layer.name not in metals]
    if not below:
        raise DimensionsError(f"{structure.flow}: the landing metal lies on the pad itself over all of its foot: nothing else carries it")
    lowest = below[0].name
    free = raster.where(lambda column: bool(column) and column[0].name == lowest and any(layer.name != AIR for layer in column))
    firm = [layer for layer in below if layer.name != AIR]
    carrier = firm[-1].name if firm else ""
    anchored = raster.where(lambda column: any(layer.name == carrier or layer.name in metals for layer in column)) & ~free
    rim = _rim(raster, free, anchored)
    empty = lowest == AIR
    discs = () if empty else tuple(Disc(material(layer.name), layer.top - layer.bottom) for layer in below)
    common = dict(
        name=structure.flow, joint_radius=structure.joint.radius, joint_height=structure.joint.height, solder=structure.joint.material,
        landing_radius=radius, discs=discs, disc_radius=0.0 if empty else radius, post=post, post_radius=foot if post else 0.0,
        gap=below[0].top - below[0].bottom if empty else 0.0, underfill=underfill,
    )  # fmt: skip
    if len(rim) and _all_round(rim) and empty:
        return Dimensions(**common, membrane=_membrane(raster, rim, radius, origin, foot, material, post))
    strip = _strip(raster, rim, radius, origin, metals, carrier, below, material) if len(rim) else None
    weak, firmly = _energies(structure, lowest)
    return Dimensions(**common, strips=(strip,) if strip else (), weak=bool(strip) and weak is not None and weak < firmly)


def _energies(structure: Structure, lowest: str) -> tuple[float | None, float]:
    """Of the lowest layer below the bump on the ground, and the least of the other bodies there, lines on their pads left out [J/m^2]."""
    stated = structure.adhesion.items()
    on_ground = {upper: energy for (upper, lower), energy in stated if lower in structure.ground and upper not in structure.metals}
    return on_ground.pop(lowest, None), min(on_ground.values(), default=np.inf)


def _raster(structure: Structure) -> _Raster:
    stack, leave, ground = structure.stack, set(structure.without), set(structure.ground)
    x0, y0, x1, y1 = stack.window
    # points lie half a step off the origin's axes, so that no straight edge of a mask runs through them
    x, y = (np.arange(np.ceil(a / _STEP) + 0.5, np.floor(b / _STEP), 1.0) * _STEP for a, b in ((x0, x1), (y0, y1)))
    columns = stack.columns
    column = np.full((len(x), len(y)), -1)
    for number, one in enumerate(columns):
        column[_inside(one.shape, x, y)] = number
    layers = []
    for one in columns:
        kept = [layer for layer in one.layers if layer.name not in ground and layer.name not in leave]
        while kept and kept[-1].name == AIR:
            kept.pop()
        layers.append(tuple(kept))
    return _Raster(x, y, column, tuple(layers))


def _inside(shape: shapely.MultiPolygon, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Which points of a grid lie in a shape: along each line of equal x, every edge that it crosses turns in into out."""
    rings = shapely.get_rings(shapely.get_parts(shape))
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    start, end = corners[:-1][same], corners[1:][same]
    low, high = (np.searchsorted(x, pick(start[:, 0], end[:, 0])) for pick in (np.minimum, np.maximum))
    edge = np.repeat(np.arange(len(low)), high - low)
    line = np.arange(len(edge)) - np.repeat(np.cumsum(high - low) - high, high - low)
    share = (x[line] - start[edge, 0]) / (end[edge, 0] - start[edge, 0])
    crossed = np.searchsorted(y, start[edge, 1] + share * (end[edge, 1] - start[edge, 1]))
    turns = np.zeros((len(x), len(y) + 1), int)
    np.add.at(turns, (line, crossed), 1)
    return np.cumsum(turns[:, :-1], axis=1) % 2 == 1


def _commonest(raster: _Raster, metals: set[str], foot: float, flow: str) -> tuple:
    """The column that most of the joint's foot stands on, without what lies over its metal."""
    inside = raster.x[:, None] ** 2 + raster.y[None, :] ** 2 < foot**2
    numbers, counts = np.unique(raster.column[inside & (raster.column >= 0)], return_counts=True)
    for number in numbers[np.argsort(-counts)]:
        column = raster.layers[number]
        last = max((k for k, layer in enumerate(column) if layer.name in metals), default=-1)
        if last >= 0:
            return column[: last + 1]
    raise DimensionsError(f"{flow}: no metal lies below the joint's foot")


def _landing_radius(raster: _Raster, names: set[str], foot: float) -> float:
    """Of the landing metal, from its area on the side away from the pad, where no line leaves it."""
    metal = raster.where(lambda column: any(layer.name in names for layer in column)) & (raster.x[:, None] > 0)
    return max(float(np.sqrt(2 * metal.sum() * _STEP**2 / np.pi)), foot)


def _rim(raster: _Raster, free: np.ndarray, anchored: np.ndarray) -> np.ndarray:
    """Places at which the free part that holds the origin meets solid, shape (n, 2)."""
    from scipy.ndimage import binary_dilation, label

    parts, _ = label(free)
    at = parts[np.argmin(np.abs(raster.x - _STEP / 2)), np.argmin(np.abs(raster.y - _STEP / 2))]
    if at == 0:
        inner = np.unique(parts[(raster.x[:, None] ** 2 + raster.y[None, :] ** 2 < (100e-6) ** 2) & (parts > 0)])
        at = inner[0] if len(inner) else -1
    met = binary_dilation(parts == at) & anchored & (np.hypot(raster.x[:, None], raster.y[None, :]) > 60e-6)
    i, j = np.nonzero(met)
    return np.stack([raster.x[i], raster.y[j]], -1)


def _all_round(rim: np.ndarray) -> bool:
    angle = np.arctan2(rim[:, 1], rim[:, 0])
    bins = np.unique(np.floor((angle + np.pi) / (2 * np.pi) * _BINS).clip(0, _BINS - 1))
    return len(bins) >= _ALL_ROUND * _BINS


def _membrane(raster, rim, radius, origin, foot, material, post) -> Membrane:
    across = float(np.median(np.hypot(rim[:, 0], rim[:, 1])))
    boss = radius if radius < across - _STEP else foot
    column = raster.at((boss + across) / 2, 0.0)
    layers = [
        Layer(material(layer.name), layer.bottom - origin, layer.top - origin, 1.0)
        for layer in column
        if layer.name != AIR
    ]
    return Membrane(across, boss, tuple(layers))


def _strip(raster, rim, radius, origin, metals, carrier, below, material) -> Strip | None:
    """The strip from the anchor to the landing metal; None where there is none to speak of."""
    away = np.hypot(rim[:, 0], rim[:, 1]) - radius
    rows = [away[rim[:, 1] == y].min() for y in np.unique(rim[:, 1])]
    rows = [row for row in rows if row > 0]
    if not rows:
        return None
    # slices of the strip side by side, each as long as it is: their stiffnesses add, so the mean is harmonic
    length = float(1 / np.mean(1 / np.array(rows)))
    if length < 2 * _STEP:
        return None
    nearest = float(np.hypot(rim[:, 0], rim[:, 1]).min())
    half = float(np.abs(rim[:, 1]).max()) + _STEP / 2
    beyond = raster.at(-nearest - 3 * _STEP, 0.0)
    middle = int(np.argmin(np.abs(raster.x + (radius + nearest) / 2)))
    goes_on = {layer.name for layer in beyond}
    lined = not any(layer.name == carrier for layer in beyond)  # only metal goes on: a line that leaves the layer it lies on
    section = _section(raster, middle, half, origin, metals, material, lambda name: name in goes_on and (not lined or name in metals))
    if not section:
        return None
    path = [(-radius - length, 0.0), (-radius, 0.0)]
    bed = None
    if lined:
        bed = Disc(material(below[0].name), sum(layer.top - layer.bottom for layer in below if layer.name != AIR))
        drop = section[-1].high - (max(layer.top for layer in beyond if layer.name in metals) - origin)
        if drop > _STEP:
            path.insert(0, (-radius - length, -drop))
    held = [layer for layer in beyond if layer.name not in metals and layer.top <= section[-1].low + origin + _STEP]
    anchor = None if lined or not held else Disc(material(held[-1].name), sum(layer.top - layer.bottom for layer in held))
    return Strip(tuple(path), section, bed, anchor, _bonded_length(raster, nearest, metals, beyond))


def _bonded_length(raster: _Raster, nearest: float, metals: set[str], beyond: tuple) -> float:
    """How far the line runs level beyond the anchor, until it goes down to the pad or ends [m]."""
    level = [layer.bottom for layer in beyond if layer.name in metals]
    if not level:
        return 0.0
    row = int(np.argmin(np.abs(raster.y)))
    for x in raster.x[raster.x < -nearest - 3 * _STEP][::-1]:
        here = [layer.bottom for layer in raster.at(x, raster.y[row]) if layer.name in metals]
        if not here or abs(here[0] - level[0]) > 1e-9:
            return float(-nearest - x)
    return float(-nearest - raster.x[0])


def _section(raster, middle, half, origin, metals, material, keeps) -> tuple[Layer, ...]:
    """The rectangles of a strip's section: each layer's runs across y."""
    runs: dict[tuple[str, float, float], list[list[int]]] = {}
    for j in np.flatnonzero(np.abs(raster.y) <= half):
        number = raster.column[middle, j]
        for layer in raster.layers[number] if number >= 0 else ():
            if layer.name == AIR or not keeps(layer.name):
                continue
            known = runs.setdefault((layer.name, layer.bottom, layer.top), [])
            if known and known[-1][1] == j - 1:
                known[-1][1] = j
            else:
                known.append([j, j])
    layers = []
    for (name, low, high), spans in runs.items():
        for first, last in spans:
            middle_y, width = (raster.y[first] + raster.y[last]) / 2, (last - first + 1) * _STEP
            role = "insulating" if name not in metals else "line" if abs(middle_y) < width / 2 else "beam"
            layers.append(Layer(material(name), low - origin, high - origin, float(width), float(middle_y), role))
    return tuple(sorted(layers, key=lambda layer: (layer.role == "line", layer.high)))
