"""Cut lines that a designer drew into a mask file: paths by their middle, and polygons as thin as a path drawn out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ..units import show
from .limits import LayoutError
from .shapes import GRID, LARGEST, steps_per_metre

if TYPE_CHECKING:
    from .reading import Layout
    from .sites import Site

Places = tuple[tuple[float, float], ...]
Window = tuple[float, float, float, float]

_THIN = 3.0  # length over width from which a polygon is a line with a direction (our choice)
_SAME_WIDTH = 0.05  # relative: corners on the grid move a thin outline's width by a few per cent
_CORNERS = 2_000  # of a polygon taken as a line; both ends of it are searched among all of them


def cut_lines(layout: Layout, layer: str) -> tuple[Places, ...]:
    """The cut lines on one layer, in the file's coordinates [m].

    Parameters
    ----------
    layout : read with this layer in `lines`
    layer : the layer's name there

    Raises
    ------
    LayoutError : the layer was not read as lines.
    """
    if layer not in layout.lines:
        known = ", ".join(layout.lines) or "none"
        raise LayoutError(f"{layout.file}: layer {layer} was not read as cut lines; those read are: {known}")
    return tuple(tuple((float(x), float(y)) for x, y in line) for line in layout.lines[layer])


def cut_line(layout: Layout, layer: str, site: Site, window: Window) -> Places:
    """The cut line that passes nearest to a site's centre, whole, about the site's centre [m].

    Parameters
    ----------
    layout : read with this layer in `lines`
    layer : the layer's name there
    site : the site
    window : x0, y0, x1, y1 about the site's centre, through which the line must pass [m]

    Raises
    ------
    LayoutError : none passes through the window (by how much the nearest misses it is said), or two pass equally near.
    """
    about = [tuple((x - site.centre[0], y - site.centre[1]) for x, y in line) for line in cut_lines(layout, layer)]
    lines = np.array([shapely.LineString(line) for line in about])
    box = shapely.box(*window)
    misses = shapely.distance(lines, box)
    if misses.min() > 0.0:
        raise LayoutError(f"{layout.file}: the cut line misses the site by {show(float(misses.min()), 'length')}: of {len(lines)} on layer "
                          f"{layer} none comes nearer to the window of {site.name}")
    apart = np.where(misses == 0.0, shapely.distance(shapely.intersection(lines, box), shapely.Point(0.0, 0.0)), math.inf)
    nearest = np.flatnonzero(apart <= apart.min() + GRID)
    if len(nearest) > 1:
        raise LayoutError(f"{layout.file}: {len(nearest)} cut lines on layer {layer} pass site {site.name} equally near "
                          f"({show(float(apart.min()), 'length')} from its centre); put all but one on another datatype")
    return about[nearest[0]]


def lines_of(number: str, spines: tuple[np.ndarray, np.ndarray], polygons: tuple[np.ndarray, np.ndarray], unit: float,
             file: str) -> tuple[np.ndarray, ...]:
    """Lines of one layer [m] from its paths' middles and its thin polygons.

    Parameters
    ----------
    number : "layer/datatype"
    spines, polygons : points one after another, shape (n, 2), and how many each has, shape (m,) [step; 1]
    unit : length of one step [m]
    file : the file's name, for the messages

    Raises
    ------
    LayoutError : a polygon that is no thin line, a line without length, coordinates beyond a metre.
    """
    grid = min(unit, GRID)
    found = []
    for (points, sizes), middle in ((spines, np.asarray), (polygons, _middle)):
        if len(points) and not np.all(np.abs(points) * unit <= LARGEST):
            raise LayoutError(f"{file}: layer {number} reaches beyond {LARGEST:g} m; is the database unit of {unit:g} m right?")
        for each in np.split(points, np.cumsum(sizes)[:-1]) if len(sizes) else ():
            line = middle(np.rint(each * (unit / grid)))
            if line is None:
                x, y = each[0] / steps_per_metre(unit)
                raise LayoutError(f"{file}: the polygon at ({show(float(x), 'length')}, {show(float(y), 'length')}) on layer {number} "
                                  "is no cut line of one width; draw it as a path")
            moved = np.insert(np.any(np.diff(line, axis=0) != 0.0, axis=1), 0, True)
            if np.count_nonzero(moved) < 2:
                raise LayoutError(f"{file}: a cut line on layer {number} has no length")
            found.append(line[moved] / steps_per_metre(grid))
    return tuple(found)


def _middle(ring: np.ndarray) -> np.ndarray | None:
    """The middle of a path that was drawn out as a polygon: n corners along one side and n back along the other, all one width apart."""
    outline = shapely.Polygon(ring) if len(ring) >= 3 else shapely.Polygon()
    if len(ring) > _CORNERS or not outline.is_valid or not outline.area > 0.0:
        return None
    ring = shapely.get_coordinates(shapely.simplify(outline, 0.0).exterior)[:-1]
    count = len(ring) // 2
    best: tuple[float, np.ndarray] | None = None
    for start in range(count if len(ring) == 2 * count else 0):
        turned = np.roll(ring, -start, axis=0)
        side, other = turned[:count], turned[count:][::-1]
        middle = (side + other) / 2
        along = np.diff(middle, axis=0)
        length = np.hypot(*along.T)
        if not length.all():
            continue
        across = (side - other)[:-1], (side - other)[1:]
        widths = np.abs([(along[:, 0] * each[:, 1] - along[:, 1] * each[:, 0]) / length for each in across])
        width = float(widths.mean())
        if float(np.ptp(widths)) <= max(_SAME_WIDTH * width, 4.0) and length.sum() >= _THIN * width and (best is None or width < best[0]):
            best = (width, middle)
    return None if best is None else best[1]
