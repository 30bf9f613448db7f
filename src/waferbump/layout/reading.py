"""Read a GDSII or OASIS mask file and find its bump sites."""

from __future__ import annotations

import difflib
import math
import operator
import os
import re
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely

from ..units import show
from . import gdsii, oasis
from .flatten import Drawn, Layer, flattened
from .limits import LayoutError, Limits, quoted
from .lines import lines_of
from .shapes import Duplicate, MaskLayer, centroids, mask_layer, steps_per_metre
from .sites import Anchors, Site, anchors, built
from .source import open_stream, printable

_LAYER = re.compile(r"\s*(\d{1,5})\s*/\s*(\d{1,5})\s*")
_MOST_SHOWN = 8


@dataclass(frozen=True)
class Layout:
    """What one cell of a mask file draws on the layers of a layer map.

    Parameters
    ----------
    file : the file's name as given
    format : "gdsii" or "oasis"
    cell : the top cell
    unit : the database unit [m]
    counts : polygons drawn on each layer of the file, by "layer/datatype" [1]
    layers : the mapped layers by name
    labels : text, "layer/texttype" and place (x, y) of every text on a mapped layer's number [m]
    without_area : paths in the file that cover nothing, left out [1]
    lines : lines drawn on the layers that were asked for as lines, by name: corners in the file's coordinates, shape (n, 2) [m]
    """

    file: str
    format: str
    cell: str
    unit: float
    counts: Mapping[str, int]
    layers: Mapping[str, MaskLayer]
    labels: tuple[tuple[str, str, float, float], ...]
    without_area: int
    lines: Mapping[str, tuple[np.ndarray, ...]] = field(default_factory=dict)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """What the mapped layers cover, x0, y0, x1, y1 in the file's coordinates [m]."""
        ends = np.array([layer.metres(shapely.total_bounds(layer.shapes)) for layer in self.layers.values()])
        return (*(float(value) for value in ends[:, :2].min(axis=0)), *(float(value) for value in ends[:, 2:].max(axis=0)))

    @property
    def duplicates(self) -> tuple[Duplicate, ...]:
        """Shapes drawn more than once, layer by layer."""
        return tuple(one for layer in self.layers.values() for one in layer.duplicates)

    def shapes(self, name: str) -> tuple[shapely.Polygon, ...]:
        """The shapes of a layer, touching polygons merged, in the file's coordinates [m].

        Parameters
        ----------
        name : the layer's name in the layer map

        Raises
        ------
        LayoutError : no such name.
        """
        return self._layer(name).in_metres()

    def sites(self, anchor: str | None = None) -> tuple[Site, ...]:
        """The bump sites: one a shape of the anchor layer, from the top row down, each row from the left.

        Parameters
        ----------
        anchor : the layer whose shapes are the sites; None for "ubm", or the only layer there is

        Raises
        ------
        LayoutError : no such layer, or none can be chosen.
        """
        those = self._anchors(anchor)
        return built(np.arange(len(those.shapes)), those, self.layers)

    def site(self, which: str | int | tuple[float, float], anchor: str | None = None, *, tolerance: float | None = None) -> Site:
        """One bump site.

        Parameters
        ----------
        which : its name or the text on it; its number, from 1 as in "site-001"; or a place (x, y) in the file's coordinates [m]
        anchor : the layer whose shapes are the sites; None for "ubm", or the only layer there is
        tolerance : how far a place may be from the centre; None for half the shape's equivalent diameter [m]

        Raises
        ------
        LayoutError : no such site; the nearest one, or the likeliest name, is in the message.
        """
        those = self._anchors(anchor)
        if isinstance(which, str):
            place = self._by_name(which, those)
        elif isinstance(which, (tuple, list, np.ndarray)):
            place = self._by_place(which, those, tolerance)
        else:
            place = self._by_number(which, those)
        return built(np.array([place]), those, self.layers)[0]

    def without_anchor(self, anchor: str | None = None) -> dict[str, tuple[tuple[float, float], ...]]:
        """For each other layer the centroids of the shapes that touch no shape of the anchor layer [m].

        Parameters
        ----------
        anchor : the layer whose shapes are the sites; None for "ubm", or the only layer there is
        """
        those = self._anchors(anchor)
        ground = shapely.STRtree(those.shapes)
        alone = {}
        for name, layer in self.layers.items():
            if name != those.layer.name:
                touching = np.zeros(len(layer.shapes), dtype=bool)
                touching[ground.query(layer.shapes, predicate="intersects")[0]] = True
                centres = layer.metres(centroids(layer.shapes[~touching]))
                alone[name] = tuple((float(x), float(y)) for x, y in centres)
        return alone

    def report(self, anchor: str | None = None) -> str:
        """The file's facts for people: layers with counts, sites, what is drawn twice and where, shapes without an anchor.

        Parameters
        ----------
        anchor : the layer whose shapes are the sites; None for "ubm", or the only layer there is
        """
        from .report import report

        return report(self, anchor)

    def anchor_name(self, anchor: str | None = None) -> str:
        """The layer whose shapes are the sites: the given one, else "ubm", else the only one.

        Parameters
        ----------
        anchor : a layer's name or None

        Raises
        ------
        LayoutError : no such layer, or several and none is called "ubm".
        """
        if anchor is None:
            if "ubm" in self.layers:
                return "ubm"
            if len(self.layers) == 1:
                return next(iter(self.layers))
            raise LayoutError(f"{self.file}: which layer's shapes are the bump sites? None is called 'ubm'; "
                              f"name one of {_names(self.layers)}")
        return self._layer(anchor).name

    def _layer(self, name: str) -> MaskLayer:
        if name not in self.layers:
            raise LayoutError(f"{self.file}: the layer map has no {quoted(str(name))}; it has {_names(self.layers)}")
        return self.layers[name]

    def _anchors(self, anchor: str | None) -> Anchors:
        layer = self.layers[self.anchor_name(anchor)]
        return anchors(layer, [(text, x, y) for text, _, x, y in self.labels])

    def _by_name(self, which: str, those: Anchors) -> int:
        if which in those.names:
            return those.names.index(which)
        if numbered := re.fullmatch(r"(?:site-)?0*(\d{1,9})", which):
            return self._by_number(int(numbered[1]), those)
        same = [those.names[place] for place, label in enumerate(those.labels) if label == which]
        if same:
            raise LayoutError(f"{self.file}: {quoted(which)} is written on {len(same)} sites ({_some(same)}); choose one of them")
        close = difflib.get_close_matches(which, those.names[:10_000], 1)
        meant = f"did you mean {quoted(close[0])}?" if close else f"the sites are {_span(those)}"
        raise LayoutError(f"{self.file}: has no site {quoted(which)}; {meant}")

    def _by_number(self, which, those: Anchors) -> int:
        try:
            number = operator.index(which)
        except TypeError:
            number = None
        if number is None or isinstance(which, bool):
            raise LayoutError(f"{self.file}: a site is chosen by name, number or place (x, y), not by {quoted(repr(which))}")
        if not 1 <= number <= len(those.shapes):
            raise LayoutError(f"{self.file}: has no site number {number}; the sites are {_span(those)}, counted from 1")
        return number - 1

    def _by_place(self, which, those: Anchors, tolerance: float | None) -> int:
        try:
            x, y = (float(value) for value in which)
        except (TypeError, ValueError):
            raise LayoutError(f"{self.file}: a place on the mask is two lengths (x, y), not {quoted(repr(which))}") from None
        if not (math.isfinite(x) and math.isfinite(y)):
            raise LayoutError(f"{self.file}: a place on the mask is two finite lengths, not ({x}, {y})")
        centres = those.layer.metres(those.centres)
        apart = np.hypot(centres[:, 0] - x, centres[:, 1] - y)
        nearest = int(np.argmin(apart))
        reach = float(those.layer.metres(math.sqrt(those.shapes[nearest].area / math.pi))) if tolerance is None else tolerance
        if apart[nearest] > reach:
            raise LayoutError(
                f"{self.file}: no site within {show(reach, 'length')} of {_place((x, y))}; the nearest is {quoted(those.names[nearest])} "
                f"at {_place(centres[nearest])}, {show(float(apart[nearest]), 'length')} away{self._off_the_die(x, y)}")
        return nearest

    def _off_the_die(self, x: float, y: float) -> str:
        x0, y0, x1, y1 = self.bounds
        if x0 <= x <= x1 and y0 <= y <= y1:
            return ""
        return f" (the place lies outside the die, which reaches from {_place((x0, y0))} to {_place((x1, y1))})"


def read_layout(path: str | os.PathLike, *, layers: Mapping[str, str] | None = None, cell: str | None = None,
                limits: Limits | None = None, lines: Mapping[str, str] | None = None) -> Layout:
    """Read a GDSII or OASIS file, plain or gzipped, flattened in memory.

    Parameters
    ----------
    path : the file
    layers : layer map, name to "layer/datatype", such as {"ubm": "20/0"}; None for every layer, named by its number
    cell : the cell to take; None for the only top cell that draws anything
    limits : what reading may cost; None for the defaults
    lines : layers of cut lines, name to "layer/datatype": paths, with a width or without, and thin polygons, both taken as lines

    Raises
    ------
    LayoutError : the file cannot be read, is damaged or hostile, or lacks a layer or cell; one line that names the file.
    """
    limits = limits or Limits()
    file = printable(path)
    wanted = None if layers is None else {name: parse_layer(number, name, file) for name, number in layers.items()}
    if wanted is not None and not wanted:
        raise LayoutError(f'{file}: the layer map is empty; write for instance ubm: "20/0"')
    lined = {name: parse_layer(number, name, file) for name, number in (lines or {}).items()}
    if both := set(lined.values()) & set((wanted or {}).values()):
        raise LayoutError(f"{file}: layer {_number(min(both))} is asked for as a mask and as cut lines; draw the lines on a layer apart")
    form, data = open_stream(path, limits)
    numbers = None if wanted is None else sorted(set(wanted.values()))
    of_lines = sorted(set(lined.values()))
    if form == "oasis":
        drawn, without_area = oasis.drawn_in_own_process(data, file, wanted=numbers, cell=cell, limits=limits, lines=of_lines), 0
    else:
        drawn, without_area = _drawn_gdsii(data, file, numbers, cell, limits, of_lines)
    if wanted is None:
        wanted = {_number(layer): layer for layer in sorted(drawn.polygons) if layer not in drawn.lines}
    absent = {name: layer for name, layer in {**wanted, **lined}.items() if layer not in drawn.counts}
    if absent:
        name, layer = next(iter(absent.items()))
        held = [f"{_number(each)} ({count:,} polygons)" for each, count in sorted(drawn.counts.items())]
        raise LayoutError(f"{file}: cell {quoted(drawn.cell)} has nothing on layer {_number(layer)} ({quoted(name)}); "
                          f"it has {_some(held, 20)}")
    masks = {name: mask_layer(name, _number(layer), *drawn.polygons[layer], drawn.unit, file) for name, layer in wanted.items()}
    for mask in masks.values():
        if not len(mask.shapes):
            raise LayoutError(f"{file}: nothing on layer {mask.number} ({quoted(mask.name)}) covers any area")
    spines = {name: lines_of(_number(layer), drawn.lines[layer], drawn.polygons[layer], drawn.unit, file) for name, layer in lined.items()}
    scale = steps_per_metre(drawn.unit)
    labels = tuple((text, _number(layer), x / scale, y / scale) for text, layer, x, y in drawn.labels)
    counts = {_number(layer): count for layer, count in sorted(drawn.counts.items())}
    return Layout(file, form, drawn.cell, drawn.unit, counts, masks, labels, without_area, spines)


def parse_layer(number: str, name: str = "layer", file: str = "layer map") -> Layer:
    """Read "20/0" as layer 20, datatype 0.

    Parameters
    ----------
    number : layer and datatype, each 0 to 65535
    name, file : for the message

    Raises
    ------
    LayoutError : anything else.

    >>> parse_layer("20/0")
    (20, 0)
    """
    match = _LAYER.fullmatch(number) if isinstance(number, str) else None
    if match is None or max(int(match[1]), int(match[2])) > 65535:
        raise LayoutError(f"{file}: {quoted(str(name))} is mapped to {quoted(str(number))}; "
                          'write layer and datatype, each 0 to 65535, like "20/0"')
    return int(match[1]), int(match[2])


def _drawn_gdsii(data: bytes, file: str, wanted: list[Layer] | None, cell: str | None, limits: Limits,
                 lines: list[Layer]) -> tuple[Drawn, int]:
    stream = gdsii.checked(data, file, lines)
    import gdstk

    try:
        with tempfile.TemporaryDirectory(prefix="waferbump-gdsii-") as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what gdstk warns of (missing cells) is an error below
            clean = Path(folder, "stream.gds")
            clean.write_bytes(stream.data)
            library = gdstk.read_gds(clean, unit=stream.database_unit)
        return flattened(library, file, wanted=wanted, cell=cell, limits=limits, lines=lines), stream.without_area
    except LayoutError:
        raise
    except OSError as problem:
        raise LayoutError(f"{file}: cannot be unpacked in the temporary folder ({problem.strerror or problem})") from None
    except (MemoryError, RuntimeError, ValueError, UnicodeError) as problem:
        raise LayoutError(f"{file}: cannot be read ({' '.join(str(problem).split())[:200] or type(problem).__name__})") from None


def _number(layer: Layer) -> str:
    return f"{layer[0]}/{layer[1]}"


def _names(layers: Mapping[str, MaskLayer]) -> str:
    return ", ".join(quoted(name) for name in layers)


def _some(items: list[str], most: int = _MOST_SHOWN) -> str:
    return ", ".join(items[:most]) + (f" and {len(items) - most} more" if len(items) > most else "")


def _span(those: Anchors) -> str:
    first, last = quoted(those.names[0]), quoted(those.names[-1])
    return first if len(those.names) == 1 else f"{first} to {last} ({len(those.names)})"


def _place(point) -> str:
    return f"({show(float(point[0]), 'length')}, {show(float(point[1]), 'length')})"
