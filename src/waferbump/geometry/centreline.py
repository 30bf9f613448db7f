"""The middle of a routed line from one place to another, as a polyline of few corners.

The outline's edges are split until they are edges of the Delaunay triangulation of their ends, whose inner edges are then chords across
the line. A way from start to end is a row of chords, and the middle of a chord between two parallel sides lies on the middle line exactly,
however the chord leans. Stretches between parallel sides so become exact straight pieces; their lines meet at the bends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon

from waferbump.geometry.partition import GeometryError
from waferbump.geometry.sleeve import Sleeve, sleeve

Place = tuple[float, float]

NANOMETRE = 1e-9  # m

_PARALLEL = 5e-3  # rad; a 5 um edge on a 10 nm grid may be 2e-3 off its direction
_OFF = 0.1  # um; how far chord middles of one stretch may scatter: a fifth of the 0.5 um that the middle is asked to
_ON = 0.25  # um; an end this near to the middle line needs no jog onto it, half of the 0.5 um
_SHORTEST = 0.5  # of the width; sides that run parallel over less than this are facets of a round pad (our choice)
_NEAR_BEND = 1.5  # widths; how far beyond the ends of two stretches their lines may meet and still be one bend (our choice)
_CLEAR = 0.8  # of half the width; what a straight connection must keep from the outline (our choice)
_ROUGH = 0.05  # of the width; how far the polyline may leave the chords' middles where sides are not parallel (our choice)


@dataclass
class _Stretch:
    """Chords first to last between parallel sides: along origin + t direction, t from `low` to `high` [um]."""

    first: int
    last: int
    origin: np.ndarray
    direction: np.ndarray
    width: float
    low: float = 0.0
    high: float = 0.0

    def at(self, t: float) -> np.ndarray:
        return self.origin + t * self.direction

    def place_of(self, point: np.ndarray) -> tuple[float, float]:
        """Where a point lies along and how far off the line."""
        along = float((point - self.origin) @ self.direction)
        return along, float(np.linalg.norm(point - self.at(along)))


def centreline(outline: Polygon, start: Place, end: Place) -> tuple[Place, ...]:
    """The polyline along the middle of a routed line, from one place inside its outline to another.

    Of several ways (round a hole) it takes the one of least length over width. Between parallel sides it is their middle line within the
    scatter of the drawing's grid; an end off the middle is joined to it at 45 degrees.

    Parameters
    ----------
    outline : the line with its pads [m]
    start, end : places (x, y) inside or on the outline [m]

    Returns
    -------
    places (x, y) [m], from `start` to `end` exactly, shape (n, 2)

    Raises
    ------
    GeometryError : an outline that is no valid polygon, a place outside it (by how much is said), one that is too intricate.

    Valid for lines from 2 um to some mm wide; corners of the outline that stand out less than 0.1 um are left out of account.

    >>> corner = shapely.Polygon([(0, 0), (1e-4, 0), (1e-4, 1e-4), (8e-5, 1e-4), (8e-5, 2e-5), (0, 2e-5)])
    >>> [(round(x * 1e6, 6), round(y * 1e6, 6)) for x, y in centreline(corner, (1e-6, 1e-5), (9e-5, 9.5e-5))]
    [(1.0, 10.0), (90.0, 10.0), (90.0, 95.0)]
    """
    if not isinstance(outline, Polygon) or outline.is_empty or not outline.is_valid:
        raise GeometryError("the outline of a routed line must be one valid polygon")
    for name, place in (("start", start), ("end", end)):
        _check_inside(outline, name, place)
    if tuple(start) == tuple(end):
        raise GeometryError(f"a centreline needs two places, and start and end are both at {_um(start)}")
    shift = np.array([start[0], start[1]], dtype=float)
    microns = shapely.transform(outline, lambda points: (points - shift) * 1e6)
    first, last = np.zeros(2), (np.array(end, dtype=float) - shift) * 1e6
    found = sleeve(microns, first, last)
    corners = _Routed(microns, found, first, last).corners()
    inner = [(float(x), float(y)) for x, y in corners[1:-1] * 1e-6 + shift]
    return ((float(start[0]), float(start[1])), *inner, (float(end[0]), float(end[1])))


def reached(line: Polygon, openings: Polygon | MultiPolygon) -> Place:
    """Centroid of the one opening that a line covers or overlaps: where its way starts, of all pads that a mask may show [m].

    Parameters
    ----------
    line : the line with its pads [m]
    openings : all openings of the other layer [m]

    Raises
    ------
    GeometryError : the line reaches no opening, or several.

    >>> reached(shapely.box(0, 0, 9, 1), shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(0, 5, 1, 6)]))
    (0.5, 0.5)
    """
    parts = shapely.get_parts(openings)
    there = parts[shapely.area(shapely.intersection(parts, line)) > 0.0]
    if len(there) != 1:
        places = ", ".join(_um((part.centroid.x, part.centroid.y)) for part in there[:4]) + (" and more" if len(there) > 4 else "")
        what = f"{len(there)} openings, at {places}: the line of the cut must be given by its points" if len(there) else "no opening"
        raise GeometryError(f"the line at the bump reaches {what}")
    return (there[0].centroid.x, there[0].centroid.y)


class _Routed:
    """A row of chords, made into corners [um]."""

    def __init__(self, outline: Polygon, found: Sleeve, start: np.ndarray, end: np.ndarray) -> None:
        self.outline, self.found, self.start, self.end = outline, found, start, end
        self.boundary = outline.boundary
        shapely.prepare(self.boundary)
        shapely.prepare(outline)
        ring = [shapely.get_coordinates(each) for each in (outline.exterior, *outline.interiors)]
        self.edges = shapely.STRtree(np.concatenate([shapely.linestrings(np.stack([each[:-1], each[1:]], axis=1)) for each in ring]))
        self.middles = (found.left + found.right) / 2
        self.lengths = np.hypot(*(found.left - found.right).T)

    def corners(self) -> np.ndarray:
        stretches = self.stretches()
        placed: list[np.ndarray] = [self.start]
        before: _Stretch | None = None
        for stretch in stretches:
            if (after := self.joined(placed, before, stretch)) is not None:
                placed, before = after, stretch
        placed = self.ended(placed, before)
        line = LineString(placed).simplify(0.01, preserve_topology=False)  # um: the database grid, what is left of corners on one line
        if self.holds(line):
            return np.array(line.coords)
        return self.rough(0, len(self.middles), self.start, self.end)

    def holds(self, line: LineString) -> bool:
        if self.outline.covers(line):
            return True
        return shapely.length(shapely.difference(line, self.outline)) < 0.001  # um: an end on the outline is on it within 1 nm

    def stretches(self) -> list[_Stretch]:
        """Runs of chords whose middles are on one line between parallel sides, over half a width or more."""
        candidates = [self.candidates(place) for place in range(len(self.middles))]
        runs: list[_Stretch] = []
        for place, those in enumerate(candidates):
            for direction, weight in those:
                if not any(run.first <= place <= run.last and self.fits(run, place, direction) for run in runs[-3:]):
                    runs.append(self.run(place, direction, weight, candidates))
        kept = [run for run in runs if run.high - run.low >= _SHORTEST * run.width]
        ordered: list[_Stretch] = []
        for run in sorted(kept, key=lambda run: (run.first, run.last)):
            if ordered and run.last <= ordered[-1].last:
                continue  # sides that are parallel across a longer stretch, as at its branches
            ordered.append(run)
        return ordered

    def candidates(self, place: int) -> list[tuple[np.ndarray, float]]:
        """Directions of travel, each with the sides' length, of parallel sides that the chord joins."""
        found = []
        for left in self.found.left_sides[place]:
            for right in self.found.right_sides[place]:
                u, v = left[:2], right[:2]
                if float(u @ v) < 0.0 and abs(float(u[0] * v[1] - u[1] * v[0])) < _PARALLEL:
                    direction = right[2] * v - left[2] * u  # the right side runs with the way, the left side against it
                    direction = direction / np.linalg.norm(direction)
                    if not any(abs(float(direction @ other)) > 1.0 - _PARALLEL**2 / 2 for other, _ in found):
                        found.append((direction, left[2] + right[2]))
        return found

    def fits(self, run: _Stretch, place: int, direction: np.ndarray) -> bool:
        turned = abs(float(run.direction[0] * direction[1] - run.direction[1] * direction[0]))
        return turned < _PARALLEL and float(run.direction @ direction) > 0.0 and run.place_of(self.middles[place])[1] < _OFF

    def run(self, place: int, direction: np.ndarray, weight: float, candidates: list) -> _Stretch:
        run = _Stretch(place, place, self.middles[place], direction, 0.0)
        total, sum_of, count = direction * weight, self.middles[place].copy(), 1
        for following in range(place + 1, len(candidates)):
            match = next(((d, w) for d, w in candidates[following] if self.fits(run, following, d)), None)
            if match is None:
                break
            total, sum_of, count = total + match[1] * match[0], sum_of + self.middles[following], count + 1
            run.last, run.direction, run.origin = following, total / np.linalg.norm(total), sum_of / count
        run.width = float(np.median(self.across(run)))
        places = [run.place_of(middle)[0] for middle in self.middles[run.first : run.last + 1]]
        run.low, run.high = min(places), max(places)
        return run

    def across(self, run: _Stretch) -> np.ndarray:
        chords = self.found.left[run.first : run.last + 1] - self.found.right[run.first : run.last + 1]
        return np.abs(chords[:, 0] * run.direction[1] - chords[:, 1] * run.direction[0])

    def joined(self, placed: list[np.ndarray], before: _Stretch | None, stretch: _Stretch) -> list[np.ndarray] | None:
        """The corners up to a stretch; None when the stretch is too short to be of use."""
        last = placed[-1]
        if before is None:
            t, off = stretch.place_of(last)
            entry = max(stretch.low, t + off)
            if entry >= stretch.high:
                return None
            if off <= _ON and self.clear(last, stretch.at(stretch.high), stretch.width):
                return placed
            return [*placed, *self.between(last, stretch.at(entry), 0, stretch.first, stretch.width), stretch.at(entry)]
        width = min(before.width, stretch.width)
        bend = self.bend(before, stretch, last)
        if bend is not None:
            return [*placed, bend]
        a, b = before.at(before.high), stretch.at(stretch.low)
        return [*placed, a, *self.between(a, b, before.last, stretch.first, width), b]

    def bend(self, before: _Stretch, after: _Stretch, last: np.ndarray) -> np.ndarray | None:
        cross = float(before.direction[0] * after.direction[1] - before.direction[1] * after.direction[0])
        if abs(cross) < _PARALLEL:
            return None
        gap = after.origin - before.origin
        t = float(gap[0] * after.direction[1] - gap[1] * after.direction[0]) / cross
        point = before.at(t)
        s = after.place_of(point)[0]
        reach = _NEAR_BEND * max(before.width, after.width)
        if t < before.place_of(last)[0] or s > after.high or t - before.high > reach or after.low - s > reach:
            return None
        width = min(before.width, after.width)
        return point if self.clear(last, point, width) and self.clear(point, after.at(after.high), width) else None

    def ended(self, placed: list[np.ndarray], before: _Stretch | None) -> list[np.ndarray]:
        chords = len(self.middles)
        if before is None:
            width = float(self.lengths.min(initial=math.inf))
            return [*placed, *self.between(placed[-1], self.end, 0, chords, width), self.end]
        t, off = before.place_of(self.end)
        start = before.place_of(placed[-1])[0]
        leave = min(before.high, t - off)
        if (off <= _ON or leave <= start) and self.clear(placed[-1], self.end, before.width):
            return [*placed, self.end]
        leave = max(leave, start)
        return [*placed, before.at(leave), *self.between(before.at(leave), self.end, before.last, chords, before.width), self.end]

    def clear(self, a: np.ndarray, b: np.ndarray, width: float) -> bool:
        """Whether the straight way keeps off the outline as the line does, or as its own ends do."""
        ends = self.edges.query_nearest(shapely.points([a, b]), return_distance=True, all_matches=False)[1]
        straight = LineString([a, b])
        need = _CLEAR * min(width / 2, float(ends.min()))
        return self.holds(straight) and not shapely.dwithin(self.boundary, straight, need * (1.0 - 1e-9))

    def between(self, a: np.ndarray, b: np.ndarray, first: int, last: int, width: float) -> list[np.ndarray]:
        """Corners between two places: none when the straight way is clear, else what is left of the chords' middles."""
        if float(np.linalg.norm(b - a)) == 0.0 or self.clear(a, b, width):
            return []
        return list(self.rough(first, last, a, b)[1:-1])

    def rough(self, first: int, last: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Middles of chords first to last between two places, with as few corners as stay inside."""
        whole = LineString([a, *self.middles[first:last], b])
        slack = _ROUGH * float(self.lengths[first:last].min(initial=10.0))
        while slack > 0.01:
            if self.holds(simple := whole.simplify(slack, preserve_topology=False)):
                return np.array(simple.coords)
            slack /= 2
        return np.array(whole.coords)


def _check_inside(outline: Polygon, name: str, place: Place) -> None:
    if len(place) != 2 or not all(math.isfinite(value) for value in place):
        raise GeometryError(f"the {name} of a centreline is two finite lengths, not {place!r}")
    off = shapely.distance(outline, Point(place))
    if off > NANOMETRE:
        raise GeometryError(f"the {name} of the centreline at {_um(place)} lies {1e6 * off:.6g} um outside the outline")


def _um(place: Place) -> str:
    return f"({1e6 * place[0]:.6g} um, {1e6 * place[1]:.6g} um)"
