"""What a front has dissolved by a time: the outline in one layer, and the wall that it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import contourpy
import numpy as np
import shapely
from numpy.typing import ArrayLike

from .front import FrontError

_FIFTH = 0.2  # of a cell, about the contour's own error: vertices nearer than that to the line between others go; our choice
_HALVINGS = 8  # of the tolerance, if an outline cleaned with it crossed itself
_ROUND_OFF = 1e-9  # of a cell
_MARGIN = 0.05  # of a layer's thickness: the top's radius is read this far below the surface, which runs out level there; our choice


@dataclass(frozen=True)
class Wall:
    """The side of an opening in one layer.

    top, middle, bottom : radius of the opening [m], 0 where it does not reach; the top a little below the surface that is left
    angle : of the wall to the horizontal [rad], by the chord from top to bottom: pi/2 vertical, less widens upwards, more is undercut;
        None where the layer is not through
    film_loss : how far the layer's surface went down far outside the opening [m]
    residue : the most that is left on the layer's floor within the opening [m]
    """

    top: float
    middle: float
    bottom: float
    angle: float | None
    film_loss: float
    residue: float


def developed(
    time: ArrayLike,
    z: ArrayLike,
    x: ArrayLike,
    at: float,
    *,
    rate: ArrayLike | None = None,
    rows: tuple[int, int] | None = None,
    tolerance: float | None = None,
    solid_overlap: int = 0,
) -> shapely.MultiPolygon:
    """Outline of what is dissolved of one layer by a time: T <= t, T linear along the edges of the layer's own cells.

    Only the layer's own rows are looked at: it ends exactly on its first and last row, and no line drawn between a node of it and one of
    another layer leaves something of it on the shelf. Vertices on the layer's edges stay where they are; others go where the outline
    stays within `tolerance` of them.

    Parameters
    ----------
    time : T of `arrival` [s], shape (nz, nx) at the nodes
    z : depth of the rows of nodes [m], ascending
    x : of the columns of nodes [m], ascending
    at : t [s]
    rate : R of the cells [m/s], as `arrival` took it: solid cells (0) count as not dissolved; without it those with a corner never reached
    rows : first and last row of nodes of the layer [1]; all by default
    tolerance : [m]; a fifth of the smallest cell by default
    solid_overlap : number of cells [1] by which the outline runs on into solid ones that it met, for a caller who cuts it along the
        solid's true outline, which the cells only follow in steps

    Returns
    -------
    shapely MultiPolygon in (x, z) [m], z as given (depth: downwards), valid, perhaps empty.

    Raises
    ------
    FrontError : times that are no numbers, axes that do not fit them or do not ascend, rows outside, a tolerance that is no length, or an
        overlap below zero.

    Source: marching squares (contourpy), Douglas and Peucker, Cartographica 10 (1973) 112, for the cleaning.

    >>> depth = np.linspace(0.0, 2e-6, 3)
    >>> even = developed(np.repeat(depth[:, None], 3, axis=1), depth, depth, 1.5e-6)   # a front that went down evenly
    >>> [round(float(place), 12) for place in even.bounds]
    [0.0, 0.0, 2e-06, 1.5e-06]
    """
    time, z, x = np.asarray(time, float), np.asarray(z, float), np.asarray(x, float)
    first, last = _checked(time, z, x, at, rate, rows)
    tolerance = _FIFTH * min(np.diff(z).min(), np.diff(x).min()) if tolerance is None else tolerance
    if not (np.isfinite(tolerance) and tolerance >= 0.0):
        raise FrontError(f"the tolerance of an outline is a length, not {tolerance!r} m")
    if solid_overlap < 0:
        raise FrontError(f"an outline runs on over a number of solid cells, not {solid_overlap!r}")
    time, z = time[first : last + 1], z[first : last + 1]
    if rate is None:
        never = ~np.isfinite(time)
        solid = never[:-1, :-1] | never[1:, :-1] | never[:-1, 1:] | never[1:, 1:]
    else:
        solid = np.asarray(rate, float)[first:last] <= 0.0
    for _ in range(solid_overlap):
        solid &= _least_around(solid.astype(float)) > 0.0
        time = np.where(np.isfinite(time), time, _least_around(time))
    # a cell with some corners never reached is solid, and cut off below: any time past `at` serves for those
    later = max(2.0 * at, np.nextafter(at, np.inf))
    lines = contourpy.contour_generator(x, z, np.where(np.isfinite(time), time, later), fill_type="OuterOffset")
    outlines, offsets = lines.filled(-np.inf, at)
    outlines = [np.column_stack([_on_lines(points[:, 0], x), _on_lines(points[:, 1], z)]) for points in outlines]
    pieces = [
        shapely.Polygon(points[cuts[0] : cuts[1]], [points[a:b] for a, b in pairwise(cuts[1:])])
        for points, cuts in zip(outlines, offsets, strict=True)
    ]
    region = shapely.union_all([shapely.make_valid(piece) for piece in pieces])
    if solid.any():
        region = shapely.difference(region, _blocks(solid, z, x))
    return _cleaned(region, (x[0], z[0], x[-1], z[-1]), tolerance)


def _checked(time, z, x, at, rate, rows) -> tuple[int, int]:
    """First and last row of the layer, after a look at all that was given."""
    if time.ndim != 2 or time.shape != (len(z), len(x)) or min(time.shape) < 2:
        raise FrontError(f"times of shape {time.shape} do not fit {len(z)} rows and {len(x)} columns of nodes")
    if np.isnan(time).any() or not np.isfinite(at):
        raise FrontError("an outline needs times that are numbers")
    if not (np.all(np.diff(z) > 0.0) and np.all(np.diff(x) > 0.0)):
        raise FrontError("depths of rows and places of columns must ascend")
    if rate is not None and np.shape(rate) != (len(z) - 1, len(x) - 1):
        raise FrontError(f"rates of shape {np.shape(rate)} do not fit the cells between {len(z)} rows and {len(x)} columns of nodes")
    first, last = (0, len(z) - 1) if rows is None else rows
    if not 0 <= first < last < len(z):
        raise FrontError(f"a layer from row {first} to row {last} does not lie within {len(z)} rows of nodes")
    return int(first), int(last)


def _least_around(values: np.ndarray) -> np.ndarray:
    """Least of each entry and its eight neighbours."""
    wide = np.pad(values, 1, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(wide, (3, 3)).min(axis=(2, 3))


def _on_lines(places: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Places with those that round-off took off a line of the grid put back on it [m]."""
    after = np.clip(np.searchsorted(lines, places), 1, len(lines) - 1)
    nearest = np.where(places - lines[after - 1] < lines[after] - places, lines[after - 1], lines[after])
    return np.where(np.abs(places - nearest) <= _ROUND_OFF * np.diff(lines).min(), nearest, places)


def _blocks(solid: np.ndarray, z: np.ndarray, x: np.ndarray) -> shapely.Geometry:
    """The solid cells, as one shape: a box for each run of them in a row."""
    edges = np.diff(np.pad(solid, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, begin = np.nonzero(edges == 1)
    end = np.nonzero(edges == -1)[1]
    return shapely.union_all(shapely.box(x[begin], z[row], x[end], z[row + 1]))


def _cleaned(region: shapely.Geometry, bounds: tuple[float, float, float, float], tolerance: float) -> shapely.MultiPolygon:
    """The region with fewer vertices, none of those on the bounds moved; halves the tolerance where an outline would cross itself."""
    whole = [piece for piece in shapely.get_parts(shapely.get_parts(region)) if piece.geom_type == "Polygon" and piece.area > 0.0]
    kept = []
    for piece in whole:
        for halving in range(_HALVINGS + 1):
            within = tolerance / 2**halving if halving < _HALVINGS else 0.0
            rings = [_thinned(np.asarray(ring.coords), bounds, within) for ring in (piece.exterior, *piece.interiors)]
            if rings[0] is None:
                break  # thinner than the tolerance everywhere and on no edge of the layer: nothing to see
            cleaned = shapely.Polygon(rings[0], [ring for ring in rings[1:] if ring is not None])
            if cleaned.is_valid:
                kept.append(cleaned)
                break
        else:
            kept.append(piece)
    region = shapely.MultiPolygon(kept)
    if not region.is_valid:  # pieces cleaned one by one may come to overlap: then they stay as they were
        region = shapely.MultiPolygon(whole)
    return region


def _thinned(points: np.ndarray, bounds: tuple[float, float, float, float], tolerance: float) -> np.ndarray | None:
    """A closed ring without the vertices that lie within the tolerance of the line between others; None if nothing is left of it."""
    points = points[:-1]
    on = np.stack([points[:, 0] == bounds[0], points[:, 1] == bounds[1], points[:, 0] == bounds[2], points[:, 1] == bounds[3]])
    fixed = on.any(axis=0)
    straight = (on & np.roll(on, 1, axis=1) & np.roll(on, -1, axis=1)).any(axis=0)
    points, fixed = points[~straight], fixed[~straight]
    if not fixed.any():
        ring = shapely.simplify(shapely.Polygon(points), tolerance, preserve_topology=False)
        return None if ring.is_empty or ring.geom_type != "Polygon" else np.asarray(ring.exterior.coords)
    begin = int(np.argmax(fixed))
    points, fixed = np.roll(points, -begin, axis=0), np.roll(fixed, -begin)
    stops = [*np.flatnonzero(fixed).tolist(), len(points)]
    points = np.vstack([points, points[:1]])
    chains = [points[a : b + 1] for a, b in pairwise(stops)]
    thinned = [shapely.simplify(shapely.LineString(chain), tolerance, preserve_topology=False) for chain in chains]
    ring = np.vstack([np.asarray(line.coords)[:-1] for line in thinned])
    return ring if len(ring) > 2 else None


def wall(outline: shapely.Geometry, top: float, bottom: float, far: float, *, centre: float = 0.0, margin: float | None = None) -> Wall:
    """Side of an opening in a layer, read off the outline of what is dissolved of it.

    tan(angle) = (depth of the bottom - depth of the top) / (radius at the top - radius at the bottom)

    The radius at a depth reaches from the opening's centre to the outer end of what is dissolved there within the opening's radius at the
    top; an island left inside it shows as residue.

    Parameters
    ----------
    outline : of `developed` for the layer, (x, depth) [m]
    top : depth of the layer's upper face [m]
    bottom : depth of its lower face [m]
    far : place far outside the opening, where the film loss is read [m]; in a layer below another, a place on its shelf
    centre : place of the opening's middle [m]
    margin : how far below the surface that is left the top's radius is read [m]; a twentieth of the layer by default

    Raises
    ------
    FrontError : a layer without thickness or of which nothing is left far outside, or a place far outside that is not outside the centre.

    Source: definitions of our own.

    >>> side = wall(shapely.Polygon([(0, 0), (3e-5, 0), (2e-5, 1e-5), (0, 1e-5)]), 0.0, 1e-5, 5e-5, margin=0.0)
    >>> float(round(side.top * 1e6)), float(round(side.bottom * 1e6)), round(float(np.degrees(side.angle)))
    (30.0, 20.0, 45)
    """
    if not bottom > top:
        raise FrontError(f"a layer from a depth of {top!r} m to {bottom!r} m has no thickness")
    if not far > centre:
        raise FrontError("the place where the film loss is read lies outside the opening's centre")
    thickness = bottom - top
    margin = _MARGIN * thickness if margin is None else margin
    film_loss = _eaten(outline, far, top, bottom)
    rim = top + film_loss + margin
    if not (margin >= 0.0 and rim < bottom):
        raise FrontError(f"of a layer of {thickness!r} m {film_loss!r} m are lost far outside the opening: that leaves no wall to measure")
    upper = _radius(outline, rim, centre, far, None)
    middle, lower = (_radius(outline, depth, centre, far, upper) for depth in ((top + bottom) / 2, bottom))
    through = lower > 0.0
    angle = float(np.arctan2(bottom - rim, upper - lower)) if through else None
    # where nothing is open at the floor, the inner half of the opening is what should be
    reach = min(upper, lower) if through else upper / 2
    residue = _left(outline, top, bottom, centre, centre + reach) if upper > 0.0 else thickness - film_loss
    return Wall(upper, middle, lower, angle, film_loss, residue)


def _eaten(outline: shapely.Geometry, x: float, top: float, bottom: float) -> float:
    """Length of what is dissolved from the top down at a place [m]."""
    cut = shapely.intersection(outline, shapely.LineString([(x, top), (x, bottom)]))
    spans = sorted((s.bounds[1], s.bounds[3]) for s in shapely.get_parts(cut) if s.length > 0.0)
    return float(min(spans[0][1] - top, bottom - top)) if spans and spans[0][0] <= top else 0.0


def _spans(outline: shapely.Geometry, depth: float, begin: float, end: float) -> list[tuple[float, float]]:
    """Stretches from `begin` to `end` that are dissolved at a depth, in order, touching ones joined."""
    cut = shapely.intersection(outline, shapely.LineString([(begin, depth), (end, depth)]))
    joined: list[tuple[float, float]] = []
    for a, b in sorted((s.bounds[0], s.bounds[2]) for s in shapely.get_parts(cut) if s.length > 0.0):
        joined = [*joined[:-1], (joined[-1][0], max(b, joined[-1][1]))] if joined and a <= joined[-1][1] else [*joined, (a, b)]
    return joined


def _radius(outline: shapely.Geometry, depth: float, centre: float, far: float, within: float | None) -> float:
    """Radius of the opening at a depth [m]: of the first stretch, or of the last that begins within a radius; 0 where there is none."""
    spans = _spans(outline, depth, centre, far)
    if within is None:
        spans = spans[:1]
    else:
        spans = [s for s in spans if s[0] < centre + within]
    return float(spans[-1][1] - centre) if spans else 0.0


def _left(outline: shapely.Geometry, top: float, bottom: float, begin: float, end: float) -> float:
    """Greatest height above the floor of what stands on it undissolved between two places [m]; a wall that leans in over it does not."""
    rest = shapely.get_parts(shapely.difference(shapely.box(begin, top, end, bottom), outline))
    standing = [part for part in rest if part.area > 0.0 and _spans(part, bottom, begin, end)]
    return float(max((bottom - part.bounds[1] for part in standing), default=0.0))
