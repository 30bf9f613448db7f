"""Borders of a plan's shapes as curves between junctions and corners, each divided into segments. Lengths are micrometres."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from waferbump.geometry.mesh import MeshError
from waferbump.geometry.partition import polygons

TICKS = 1e5  # per micrometre
_CORNER = np.radians(40.0)  # a curve that turns by more at one place has a corner there, which stays a node
_PER_SEGMENT = np.radians(46.0)  # of turning: a circle gets eight segments, and twice as many sides once they are halved


@dataclass(frozen=True)
class Curves:
    """Curves of a plan and their division.

    lines : polylines [um], shape (points, 2) each;  ends : numbers of the nodes at which each begins and ends
    fixed : places of these nodes [um];  breaks : lengths along each line at which it is divided, its two ends included [um]
    """

    lines: tuple[np.ndarray, ...]
    ends: tuple[tuple[int, int], ...]
    fixed: np.ndarray
    breaks: tuple[np.ndarray, ...]

    @cached_property
    def points(self) -> np.ndarray:
        """Nodes of the curves [um]: the fixed ones, then those inside each line."""
        return np.concatenate([self.fixed, *(along(line, at[1:-1]) for line, at in zip(self.lines, self.breaks, strict=True))])

    @cached_property
    def segments(self) -> np.ndarray:
        """Pairs of nodes, line by line, shape (segments, 2)."""
        pairs, count = [], len(self.fixed)
        for (first, last), at in zip(self.ends, self.breaks, strict=True):
            nodes = np.array([first, *range(count, count + len(at) - 2), last])
            count += len(at) - 2
            pairs.append(np.column_stack([nodes[:-1], nodes[1:]]))
        return np.concatenate(pairs)

    @cached_property
    def middles(self) -> np.ndarray:
        """Half-way points of the segments along the curves [um], shape (segments, 2)."""
        return np.concatenate([along(line, 0.5 * (at[1:] + at[:-1])) for line, at in zip(self.lines, self.breaks, strict=True)])

    @cached_property
    def lengths(self) -> np.ndarray:
        """Of the segments along the curves [um]."""
        return np.concatenate([np.diff(at) for at in self.breaks])

    def divided(self, which: np.ndarray, shortest: float) -> Curves:
        """The same curves with some segments halved (by their numbers); MeshError when one would become too short [um]."""
        new: dict[int, list[float]] = {}
        first = np.cumsum([0, *(len(at) - 1 for at in self.breaks)])
        for number in which.tolist():
            line = int(np.searchsorted(first, number, side="right")) - 1
            k = number - int(first[line])
            a, b = self.breaks[line][k : k + 2]
            if b - a < 2 * shortest:
                x, y = self.middles[number]
                raise MeshError(f"the plan has lines too close to one another at x = {x:.4g} um, y = {y:.4g} um for a mesh: "
                                "choose a larger tolerance")
            new.setdefault(line, []).append(0.5 * (a + b))
        breaks = tuple(np.sort(np.append(at, new.get(number, []))) for number, at in enumerate(self.breaks))
        return Curves(self.lines, self.ends, self.fixed, breaks)

    def bulges(self) -> tuple[np.ndarray, np.ndarray]:
        """Places of the nodes and half-way points inside the curves, and by how much each moves so that areas are the curves' own [um]."""
        places, shifts = [], []
        for line, (first, last), at in zip(self.lines, self.ends, self.breaks, strict=True):
            at = np.sort(np.append(at, 0.5 * (at[1:] + at[:-1])))
            nodes = along(line, at)
            chord = np.diff(nodes, axis=0)
            length = np.linalg.norm(chord, axis=1)
            bulge = np.array([_between(line, a, b) for a, b in itertools.pairwise(at)])  # to the right of the chord
            if first == last:
                chord, length, bulge = (np.concatenate([part[-1:], part]) for part in (chord, length, bulge))
            tangent = chord[1:] / length[1:, None] + chord[:-1] / length[:-1, None]
            normal = np.column_stack([tangent[:, 1], -tangent[:, 0]])
            normal /= np.maximum(np.linalg.norm(normal, axis=1), 1e-12)[:, None]
            shift = (bulge[1:] + bulge[:-1]) / (length[1:] + length[:-1])
            # a corner that closes its curve stays where it is
            inside = nodes[1:-1] if first != last else nodes[:-1]
            corner = np.zeros(len(inside), dtype=bool)
            if first == last:
                corner[0] = True
            places.append(inside[~corner])
            shifts.append((shift[:, None] * normal)[~corner])
        return np.concatenate(places), np.concatenate(shifts)


def along(line: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Points of a polyline at some lengths along it [um]."""
    length = lengths_along(line)
    return np.column_stack([np.interp(at, length, line[:, 0]), np.interp(at, length, line[:, 1])])


def lengths_along(line: np.ndarray) -> np.ndarray:
    """Length from the start of a polyline to each of its points [um]."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])


def _between(line: np.ndarray, a: float, b: float) -> float:
    """Area between a stretch of a polyline and its chord [um^2], positive to the right of the chord."""
    length = lengths_along(line)
    stretch = np.concatenate([along(line, np.array([a])), line[(length > a) & (length < b)], along(line, np.array([b]))])
    stretch = stretch - stretch[0]
    x, y = stretch.T
    return 0.5 * float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())


def curves_of(shapes: list, tolerance: float, size: float) -> Curves:
    """The borders of shapes [ticks] that tile a rectangle, divided by how they turn and by the largest size [um].

    Curves that run beside one another nearer than their segments are long are divided at the same places, so that long flat quadrilaterals
    fit between them. tolerance : corners nearer than this to one another count as one [um]
    """
    numbers: dict[tuple[float, float], int] = {}
    lines, ends = [], []
    for chain in _chains(shapes):
        for piece in _at_corners(chain, tolerance):
            first, last = (numbers.setdefault((float(x), float(y)), len(numbers)) for x, y in (piece[0], piece[-1]))
            lines.append(piece)
            ends.append((first, last))
    fixed = np.array(list(numbers), dtype=float)
    lines, ends, fixed = _contracted(lines, ends, fixed, tolerance)
    return Curves(tuple(lines), tuple(ends), fixed, tuple(_divisions(lines, fixed, tolerance, size)))


def _contracted(
    lines: list[np.ndarray], ends: list[tuple[int, int]], fixed: np.ndarray, tolerance: float
) -> tuple[list[np.ndarray], list[tuple[int, int]], np.ndarray]:
    """Lines, their end nodes and the nodes, after curves shorter than the tolerance have shrunk to a node each."""
    low, high = fixed.min(axis=0), fixed.max(axis=0)
    on_edge = ((fixed == low) | (fixed == high)).sum(axis=1)  # 2 of a corner of the rectangle, which stays, 1 of a node on its edge
    to = np.arange(len(fixed))
    for line, (first, last) in zip(lines, ends, strict=True):
        a, b = to[first], to[last]
        if a != b and lengths_along(line)[-1] < tolerance and on_edge[a] + on_edge[b] < 4:
            keep, lose = (a, b) if on_edge[a] >= on_edge[b] else (b, a)
            if on_edge[lose] == 1 and not ((fixed[keep] == fixed[lose]) & ((fixed[lose] == low) | (fixed[lose] == high))).any():
                continue  # they lie on different edges
            to[to == lose] = keep
    left = [(line, (to[a], to[b])) for line, (a, b) in zip(lines, ends, strict=True)]
    left = [(np.vstack([fixed[a], line[1:-1], fixed[b]]), (a, b)) for line, (a, b) in left
            if a != b or lengths_along(line)[-1] > np.pi * tolerance]
    used = sorted({int(n) for _, pair in left for n in pair})
    number = {n: k for k, n in enumerate(used)}
    return [line for line, _ in left], [(number[a], number[b]) for _, (a, b) in left], fixed[used]


def _divisions(lines: list[np.ndarray], fixed: np.ndarray, tolerance: float, size: float) -> list[np.ndarray]:
    """Lengths along each line at which it is divided [um]: opposite the nodes of near lines, the shorter lines first, and between."""
    strings = [shapely.linestrings(line) for line in lines]
    total = [lengths_along(line)[-1] for line in lines]
    found: list[np.ndarray] = [np.empty(0)] * len(lines)
    nodes, reach = [fixed], [np.full(len(fixed), 0.5 * size)]  # what has been placed, and how far it is to be heeded
    for number in np.argsort(total, kind="stable").tolist():
        line, string, length = lines[number], strings[number], total[number]
        points, far = np.concatenate(nodes), np.concatenate(reach)
        points_at = shapely.points(points)
        distance = shapely.distance(string, points_at)
        beside = np.flatnonzero((distance > 0.0) & (distance < far))
        at = shapely.line_locate_point(string, points_at[beside])
        taken = [0.0, length]
        for k in np.argsort(distance[beside], kind="stable").tolist():
            apart = max(0.6 * far[beside[k]], 0.75 * tolerance)
            if min(abs(at[k] - t) for t in taken) > apart:
                taken.append(float(at[k]))
        taken.sort()
        breaks = _filled(line, np.array(taken), tolerance, size)
        found[number] = breaks
        nodes.append(along(line, breaks[1:-1]))
        step = np.diff(breaks)
        reach.append(0.7 * np.minimum(step[1:], step[:-1]))
    return found


def _filled(line: np.ndarray, taken: np.ndarray, tolerance: float, size: float) -> np.ndarray:
    """Divisions with more between where a stretch is longer than the size, or turns too far."""
    rough = shapely.get_coordinates(shapely.simplify(shapely.linestrings(line), 0.25 * tolerance))
    length = lengths_along(line)
    place = {tuple(point): s for point, s in zip(line.tolist(), length.tolist(), strict=True)}
    at = np.array([place[tuple(point)] for point in rough[1:-1].tolist()])
    turn = np.abs(_turns(rough))
    breaks = [0.0]
    closed = bool((line[0] == line[-1]).all())
    for a, b in itertools.pairwise(taken):
        turning = float(turn[(at > a) & (at < b)].sum())
        count = max(4 if closed and len(taken) == 2 else 1, math.ceil(turning / _PER_SEGMENT), math.ceil((b - a) / size - 0.2))
        breaks += np.linspace(a, b, count + 1)[1:].tolist()
    if closed and len(breaks) < 4:
        breaks = np.linspace(0.0, length[-1], 5).tolist()
    return np.array(breaks)


def _turns(line: np.ndarray) -> np.ndarray:
    """Angles by which a polyline turns at its inner points."""
    step = np.diff(line, axis=0)
    a, b = step[:-1], step[1:]
    return np.arctan2(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], (a * b).sum(axis=1))


def _chains(shapes: list) -> Iterator[np.ndarray]:
    """Polylines [um] from junction to junction of the borders of shapes [ticks], and closed ones."""
    rings = shapely.get_rings(polygons([shape for shape in shapes if not shapely.is_empty(shape)]))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    points, index = np.unique(xy, axis=0, return_inverse=True)
    same = ring[:-1] == ring[1:]
    edges = np.sort(np.column_stack([index.ravel()[:-1][same], index.ravel()[1:][same]]), axis=1)
    edges = np.unique(edges, axis=0)
    points = points / TICKS
    beside: list[list[int]] = [[] for _ in points]
    for a, b in edges.tolist():
        beside[a].append(b)
        beside[b].append(a)
    done: set[tuple[int, int]] = set()
    junctions = [n for n, row in enumerate(beside) if len(row) > 2]
    # closed curves begin at their rightmost point, which is on the axis of what is symmetric about it
    loose = [n for n, row in enumerate(beside) if len(row) == 2]
    loose.sort(key=lambda n: (-points[n, 0], abs(points[n, 1])))
    for start in [*junctions, *loose]:
        for following in beside[start]:
            if (start, following) in done:
                continue
            trail = [start, following]
            done |= {(start, following), (following, start)}
            while len(beside[trail[-1]]) == 2 and trail[-1] != start:
                here, before = trail[-1], trail[-2]
                onward = beside[here][0] if beside[here][1] == before else beside[here][1]
                done |= {(here, onward), (onward, here)}
                trail.append(onward)
            yield points[trail]


def _at_corners(line: np.ndarray, tolerance: float) -> list[np.ndarray]:
    """A polyline cut at its corners."""
    closed = bool((line[0] == line[-1]).all())
    rough = shapely.get_coordinates(shapely.simplify(shapely.linestrings(line), 0.25 * tolerance))
    turn = np.abs(_turns(np.concatenate([rough, rough[1:2]]) if closed else rough))
    where = {tuple(point): k for k, point in enumerate(line.tolist())}
    length = lengths_along(line)
    corners = sorted(((float(angle), where[tuple(point)]) for angle, point in zip(turn, rough[1:].tolist(), strict=False)
                      if angle > _CORNER), reverse=True)
    if closed and corners:
        # begin at the sharpest corner
        start = corners[0][1] % (len(line) - 1)
        line = np.concatenate([line[start:-1], line[: start + 1]])
        length = lengths_along(line)
        corners = [(angle, (k - start) % (len(line) - 1)) for angle, k in corners[1:]]
    kept = [0, len(line) - 1]
    for _, k in corners:
        if min(abs(length[k] - length[j]) for j in kept) > tolerance:
            kept.append(k)
    kept.sort()
    return [line[a : b + 1] for a, b in itertools.pairwise(kept)]
