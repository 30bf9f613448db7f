"""The states in which a liquid may rest in a hollow of resist. No dimensions: see `hollows` and `well_arcs`.

Every state belongs to a family, which says where rings of gas lie and where the upper surface ends:

- without a ring, the wall is wet from the pad's edge on;
- a ring begins at a corner, the pad's edge or a convex one, or on the piece after it where the corner would need an angle beyond theta;
- it ends on a piece that rises at alpha in the direction theta + alpha - 180 degrees, or at the convex corner above that piece where it
  would end beyond it;
- the upper surface ends on a piece at the slope theta - alpha against the horizontal, or on a convex corner at a slope between those of its
  two pieces (Gibbs); or it is a free drop's, which begins and ends at the pad's edge;
- a corner where a ring ends and the next surface begins is touched by its tip alone: it can only push the liquid back.

A family has one unknown: the place on the last piece, or the slope at the last corner. Its states of a given volume are sought where the
volume rises with it. Where it falls the state is not stable, because the pressure falls as the line of contact moves out at constant
volume.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np
import shapely
from scipy.optimize import brentq

from .hollows import FLAT, Hollow, Place
from .well_arcs import AT_DIRECTION, AT_HEIGHT, AT_RADIUS, AT_SECOND, Arc, base_pressure, cap, outline, shortest_ring

_PLACES = 9  # our choice: places on a piece, or slopes on a corner, between which a root of the volume is refined
_TO_END = 40  # our choice: halvings by which the end of a family is found
_MARGIN = 0.02  # our choice: of the volume, by which a place on the grid may miss it and yet be looked at
_EXACT = 1e-12  # of the volume, that a state may miss
_SLACK = 1e-9  # [rad, a] by which a slope or a place may pass its limit through rounding
_NEARLY = 1e-9  # [rad] our choice: a surface that begins nearer to the direction in which it must end has no length
_STEEPEST = np.pi * (1 - 1e-6)  # a slope of 180 degrees has no circle that it stands on

Ring = tuple[Place, Arc, Place]


@dataclass(frozen=True)
class Family:
    """Corners from which rings of gas begin with the pieces on which they end, by number, from the foot up; where the top surface ends."""

    rings: tuple[tuple[int, int], ...]
    kind: Literal["corner", "piece", "free"]
    number: int


@dataclass(frozen=True)
class State:
    """A surface at rest.

    rings : where each ring of gas begins on the wall, its surface, and where it ends;  high : where the upper surface ends, (0, 0) for a
    drop that touches no wall;  top : that surface, and its slope there [rad]; volume, free_area, wet_area, moment : of the whole
    """

    family: Family
    rings: tuple[Ring, ...]
    high: Place
    top: Arc
    slope: float
    volume: float
    free_area: float
    wet_area: float
    moment: float

    @property
    def apex(self) -> float:
        """Height of the apex."""
        return self.top.end[1]

    @property
    def base_slope(self) -> float:
        """Angle through the liquid, over the horizontal, where its lowest surface begins [rad]."""
        return np.pi - self.rings[0][1].start[2] if self.rings else self.slope

    @property
    def on_tip(self) -> bool:
        """Whether the upper surface begins where the last ring ends, so that the wall is touched by a corner's tip alone."""
        return bool(self.rings) and self.rings[-1][2] == self.high

    def energy(self, hollow: Hollow) -> float:
        """A_free - sum of cos(theta) A_wet + bond M [gamma a^2]."""
        cosines = np.cos(hollow.angles)
        wet = sum(float(np.dot(cosines[: len(areas)], areas)) for areas in _wet_areas(hollow, self))
        return self.free_area - wet + hollow.bond * self.moment


def families(hollow: Hollow) -> Iterator[Family]:
    """All ways in which rings of gas may lie and the upper surface may end.

    Parameters
    ----------
    hollow : the wall [a]

    Valid for any wall. Source: the module's docstring.

    >>> straight = Hollow(np.array([[1.0, 0.0], [1.0, 0.5], [9.0, 0.5]]), np.array([2.0, 2.0]), 0.0)
    >>> [(family.kind, family.number) for family in families(straight)]
    [('free', 0), ('piece', 0), ('piece', 1), ('corner', 1)]
    """
    yield Family((), "free", 0)
    for rings in _chains(hollow, ()):
        first = rings[-1][1] if rings else 0
        for piece in range(first, len(hollow.alphas)):
            if _stays(hollow, first, piece):
                yield Family(rings, "piece", piece)
        for corner in hollow.convex:
            if corner > first and _stays(hollow, first, corner - 1):
                yield Family(rings, "corner", corner)


def _stays(hollow: Hollow, first: int, last: int) -> bool:
    """Whether liquid stays in every concave corner between two pieces."""
    return not any(first < corner <= last for corner in hollow.dewetting)


def _chains(hollow: Hollow, rings: tuple[tuple[int, int], ...]) -> Iterator[tuple[tuple[int, int], ...]]:
    """All rows of rings that may lie over one another, none of them first."""
    yield rings
    first = rings[-1][1] if rings else -1
    # a ring begins at the pad's edge only over a floor: beside a wall that rises there the liquid fills the foot
    for corner in (*((0,) if hollow.alphas[0] <= FLAT else ()), *hollow.convex):
        if corner <= first or not _stays(hollow, max(first, 0), corner - 1):
            continue
        for piece in range(corner, len(hollow.alphas)):
            if hollow.alphas[piece] > FLAT and any(corner < c <= piece for c in hollow.concave):
                yield from _chains(hollow, (*rings, (corner, piece)))


@dataclass
class Solver:
    """Finds states in one hollow; remembers the surfaces that it has found, which families share."""

    hollow: Hollow
    caps: dict = field(default_factory=dict)
    states: dict = field(default_factory=dict)
    rings: dict = field(default_factory=dict)

    def solved(self, volume: float, family: Family) -> list[State]:
        """The states of a volume [a^3] in one family that are at rest and clear of the wall."""
        low, high = _range(self.hollow, family)
        if high <= low:
            return []
        grid = np.linspace(0.0, 1.0, _PLACES)
        # on a piece places near its beginning count most: a flat top goes on far
        grid = low + (high - low) * (grid**3 if family.kind == "piece" else grid)
        near = self._near(family, volume, grid)
        states = [state for a, b in pairwise(grid[near]) for state in self._roots(family, volume, float(a), float(b))]
        return [state for state in states if _held(self.hollow, state) and _clear(self.hollow, state)]

    def _near(self, family: Family, volume: float, grid: np.ndarray) -> slice:
        """The part of a grid that can hold the volume: without its rings of gas a state holds more, without what lies round them less."""
        hollow = self.hollow
        gas = sum(hollow.wetted((corner, 0.0), (piece, 1.0))[0] for corner, piece in family.rings)
        full = np.array([self.filled(family, float(x)) for x in grid])
        may = ~(full < volume * (1 - _MARGIN)) & ~(full - gas > volume * (1 + _MARGIN))
        sides = full < volume
        crossed = np.flatnonzero(sides[1:] != sides[:-1])
        marked = np.concatenate([np.flatnonzero(may), crossed, crossed + 1])
        if len(marked) == 0:
            return slice(0, 0)
        return slice(max(int(marked.min()) - 1, 0), int(marked.max()) + 2)

    def filled(self, family: Family, x: float) -> float:
        """Volume [a^3] at a value of the family's unknown if there were no gas below the liquid; nan where there is no such surface."""
        high, slope = self._end(family, x)
        top = self._cap(high, slope)
        return np.nan if top is None else self.hollow.wetted((0, 0.0), high)[0] + top.volume

    def _end(self, family: Family, x: float) -> tuple[Place, float]:
        """Where the upper surface ends, and its slope there, at a value of the family's unknown."""
        if family.kind == "piece":
            return (family.number, x), float(self.hollow.slopes[family.number])
        return (family.number, 0.0), x

    def _cap(self, high: Place, slope: float) -> Arc | None:
        circle = self.hollow.place(high)
        key = (float(circle[0]), float(circle[1]), slope)
        if key not in self.caps:
            self.caps[key] = cap(*key, self.hollow.bond)
        return self.caps[key]

    def _roots(self, family: Family, volume: float, a: float, b: float) -> list[State]:
        """States between two neighbours of a grid at which V(x) = volume and rises with x: at most one."""

        def build(x: float) -> State | None:
            return self._built(family, x)

        left, right = build(a), build(b)
        if left is None and right is None:
            return []
        if left is None:
            a, left = _end_of(build, b, right, a, lambda state: state.volume <= volume) if right.volume >= volume else (b, right)
        elif right is None:
            b, right = _end_of(build, a, left, b, lambda state: state.volume >= volume) if left.volume <= volume else (a, left)
        if not (a < b and left.volume <= volume <= right.volume):
            return []
        state = _between(build, volume, a, b)
        return [] if state is None else [state]

    def _built(self, family: Family, x: float) -> State | None:
        """The state at a value of the family's unknown; None where no surfaces are that."""
        if (family, x) not in self.states:
            self.states[family, x] = self._assembled(family, x)
        return self.states[family, x]

    def _assembled(self, family: Family, x: float) -> State | None:
        hollow = self.hollow
        high, slope = self._end(family, x)
        top = self._cap(high, slope)
        if top is None:
            return None
        pressure = base_pressure(top, hollow.bond)
        rings: list[Ring] = []
        for corner, piece in family.rings:
            place = (corner, piece, pressure)
            if place not in self.rings:
                self.rings[place] = _ring(hollow, *place)
            if self.rings[place] is None:
                return None
            rings.append(self.rings[place])
        surfaces = [top, *(arc for _, arc, _ in rings)]
        walls = [hollow.wetted(low, up) for low, up in _wet(rings, high)]
        return State(
            family, tuple(rings), high, top, slope,
            sum(arc.volume for arc in surfaces) + sum(wall[0] for wall in walls),
            sum(arc.area for arc in surfaces),
            sum(wall[1] for wall in walls),
            sum(arc.moment for arc in surfaces) + sum(wall[2] for wall in walls),
        )  # fmt: skip


def _wet(rings: list[Ring] | tuple[Ring, ...], high: Place) -> list[tuple[Place, Place]]:
    """The stretches of wall that are wet, from the pad's edge up."""
    bounds = [(0, 0.0), *(place for begin, _, end in rings for place in (begin, end)), high]
    return list(zip(bounds[::2], bounds[1::2], strict=True))


def _wet_areas(hollow: Hollow, state: State) -> Iterator[list[float]]:
    """Wet area of each piece, from the first, for every wet stretch."""
    for low, high in _wet(state.rings, state.high):
        areas = []
        for piece in range(high[0] + 1):
            begin = low[1] if piece == low[0] else 0.0
            end = high[1] if piece == high[0] else 1.0
            wet = piece >= low[0] and piece < len(hollow.alphas) and end != begin
            areas.append(hollow.wetted((piece, begin), (piece, end))[1] * np.sign(end - begin) if wet else 0.0)
        yield areas[: len(hollow.alphas)]


def _range(hollow: Hollow, family: Family) -> tuple[float, float]:
    """Least and largest value of the family's unknown."""
    slopes, number = hollow.slopes, family.number
    if family.kind == "free":
        return 0.0, min(float(slopes[0]), _STEEPEST)
    if family.kind == "piece":
        return (0.0, 1.0) if -np.pi / 2 < slopes[number] <= np.pi else (1.0, 0.0)
    return max(float(slopes[number - 1]), -np.pi / 2 + 1e-6), min(float(slopes[number]), _STEEPEST)


def _ring(hollow: Hollow, corner: int, piece: int, pressure: float) -> Ring | None:
    """The surface round a ring of gas at a pressure from a corner, or the piece after it, to a piece, or the corner after that."""
    rising = corner + 1 in hollow.dewetting and corner + 1 <= piece
    for slides in (False, True) if rising else (False,):
        arc = _shortest(hollow, corner, slides, piece, False, pressure)
        if arc is not None and (part := _part(hollow, piece, arc.end)) <= 1 + _SLACK:
            return (corner, _part(hollow, corner, arc.start) if slides else 0.0), arc, (piece, part)
        if piece + 1 in hollow.convex:
            arc = _shortest(hollow, corner, slides, piece, True, pressure)
            if arc is not None and arc.end[2] <= hollow.directions[piece] + _SLACK:
                return (corner, _part(hollow, corner, arc.start) if slides else 0.0), arc, (piece + 1, 0.0)
    return None


def _shortest(hollow: Hollow, corner: int, slides: bool, piece: int, to_corner: bool, pressure: float) -> Arc | None:
    """The surface that begins at a corner or slides on the piece after it, and ends on a piece or at the corner after it."""
    corners = hollow.corners
    r, z = corners[corner]
    flattest = np.pi - float(hollow.slopes[corner])
    if slides:
        along = corners[corner + 1] - corners[corner]
        begin, span = (r, z, *along, flattest, 0.0), (0.0, 1.0)
    else:
        begin, span = (r, z, 0.0, 0.0, 0.0, 1.0), (flattest, _STEEPEST)
    far = corners[piece + 1]
    reach = 2 * float(np.hypot(far[0] - r, far[1] - z))  # our choice: half a circle over that distance is 1.57 times it
    if to_corner:
        return shortest_ring(begin, (AT_HEIGHT, far[1], *far, 1.0, 0.0, reach), span, pressure, hollow.bond)
    alpha, direction = hollow.alphas[piece], float(hollow.directions[piece])
    stop = (direction, *corners[piece], np.sin(alpha), -np.cos(alpha), reach)
    flatter, steeper = (direction - _NEARLY, span[0]), (direction + _NEARLY, span[1])
    looked = [((AT_DIRECTION, *stop), span)]
    if not slides and span[0] < direction < span[1]:
        if pressure - hollow.bond * z >= np.sin(direction) / r:
            looked = [((AT_DIRECTION, *stop), flatter), ((AT_DIRECTION, *stop), steeper)]
        else:  # it begins by turning back; as 1/r falls it may turn again, and meet the direction a second time, perhaps at once
            looked = [((AT_DIRECTION, *stop), steeper), ((AT_SECOND, *stop), steeper), ((AT_DIRECTION, *stop), flatter)]
            if abs(alpha - np.pi / 2) < _NEARLY:
                looked.append(((AT_RADIUS, corners[piece, 0], direction, 0.0, 0.0, 0.0, reach), steeper))
    for how, within in looked:
        arc = shortest_ring(begin, how, within, pressure, hollow.bond)
        if arc is not None:
            return arc
    return None


def _part(hollow: Hollow, piece: int, point: tuple[float, ...]) -> float:
    """The part of a piece at which a point (r, z, ...) lies on its line, perhaps beyond its ends."""
    along = hollow.corners[piece + 1] - hollow.corners[piece]
    return float(np.dot(np.array(point[:2]) - hollow.corners[piece], along) / np.dot(along, along))


def _end_of(
    build: Callable[[float], State | None], good: float, at_good: State, bad: float, passed: Callable[[State], bool]
) -> tuple[float, State]:
    """The last value of the unknown, towards `bad`, that has a state, or one that is past the volume already."""
    for _ in range(_TO_END):
        middle = 0.5 * (good + bad)
        state = build(middle)
        if state is None:
            bad = middle
            continue
        good, at_good = middle, state
        if passed(state):
            break
    return good, at_good


def _between(build: Callable[[float], State | None], volume: float, low: float, high: float) -> State | None:
    """The state of a volume between two values of the unknown; None where states break off between the two."""

    def miss(x: float) -> float:
        state = build(x)
        if state is None:
            raise _BrokenOffError
        return state.volume - volume

    try:
        x = float(brentq(miss, low, high, xtol=1e-16, rtol=8.9e-16))
    except _BrokenOffError:
        return None
    state = build(x)
    return state if state is not None and abs(state.volume - volume) <= _EXACT * volume else None


class _BrokenOffError(Exception):
    """A family has no state at a value between two that have one."""


def _held(hollow: Hollow, state: State) -> bool:
    """Whether the lines of contact lie on the wall in order, and every corner holds the line that it has (Gibbs)."""
    places = [0.0]
    before: tuple[Place, float] | None = None  # where the last ring ended, and in what direction
    for begin, arc, end in state.rings:
        on_tip = before is not None and before[0] == begin
        if on_tip and arc.start[2] > before[1] + _SLACK:
            return False  # the tip would have to pull
        if not on_tip and begin[1] == 0.0 and begin[0] > 0 and np.pi - arc.start[2] < hollow.slopes[begin[0] - 1] - _SLACK:
            return False  # the line would retreat down the wall
        if before is not None and not on_tip and not _stops(hollow, *before):
            return False
        places += [begin[0] + begin[1], end[0] + end[1]]
        before = end, arc.end[2]
    places.append(state.high[0] + state.high[1])
    if state.on_tip:
        if np.pi - state.slope > before[1] + _SLACK:
            return False
    elif before is not None and not _stops(hollow, *before):
        return False
    return all(a <= b + _SLACK for a, b in pairwise(places))


def _stops(hollow: Hollow, end: Place, direction: float) -> bool:
    """Whether a line where a ring ends does not retreat over the ledge above, if it lies on a corner."""
    return not (end[1] == 0.0 and end[0] > 0) or direction >= hollow.directions[end[0]] - _SLACK


def _clear(hollow: Hollow, state: State) -> bool:
    """Whether no part of the surfaces lies in the wall or below the pad."""
    lines = [outline(arc, hollow.bond) for arc in (state.top, *(ring[1] for ring in state.rings))]
    return all(
        bool(np.all(line[:, 0] >= -_SLACK) and np.all(line[:, 1] >= -_SLACK)) and not hollow.inner.intersects(shapely.LineString(line))
        for line in lines
    )
