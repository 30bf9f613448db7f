"""The surfaces that bound a liquid in a hollow: the one up to the apex, and the one round a ring of gas. No dimensions.

Both are solved by bracketing: the apex pressure of the first, so that it reaches its circle at the slope asked; where or how steeply the
second begins, so that it reaches the wall as it must there. Gas is at ambient pressure, so that both surfaces share one pressure at z = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from .young_laplace import PHI, R, Z, integrate_until, trace

_LONGEST = 10.0  # our choice: arc in units of its radius, over the sine of an overhanging slope, beyond which the circle is passed
_STEP, _WIDEST_STEP, _WIDENINGS = 0.02, 0.7, 900  # our choice: by which a bracket of the pressure's logarithm is widened, how often at most
_HALVINGS = 200  # more than any bracket of floats can be halved
_TRIED = 7  # our choice: parts of a range of beginnings, finest at its first end, in which a root is looked for
_TO_END = 14  # our choice: halvings by which the last beginning that leads anywhere is found
_MET = 1e-10  # [a] by which rounding may keep an end from where it must lie
_MOST_RINGS = 4  # our choice: of one pressure
AT_DIRECTION, AT_HEIGHT, AT_SECOND, AT_RADIUS = 0.0, 1.0, 2.0, 3.0  # what stops a surface: see `shortest_ring`
_OUTLINE = 500  # our choice: points at which a surface is held against the walls: chords are then within 1e-6 of it


@dataclass(frozen=True)
class Arc:
    """A piece of surface: its start (r, z, phi), pressure at z = 0 and length as `young_laplace` takes them; the end (r, z, phi), and the
    volume between it and the axis, its area and first moment, all counted upwards in the hollow's own z."""

    start: tuple[float, float, float]
    pressure: float
    length: float
    end: tuple[float, float, float]
    volume: float
    area: float
    moment: float

    @property
    def from_apex(self) -> bool:
        """Whether it is walked down from the apex, with z the depth below it."""
        return self.start[0] == 0.0

    @property
    def flat(self) -> bool:
        """Whether it is a level disc, which no walk along an arc can give its radius."""
        return self.pressure == 0.0 and self.volume == 0.0


@njit(cache=True, error_model="numpy")
def _next(low, high, at_low, at_high):
    """Where to look for a root within a bracket: the secant's, or the middle where that is no use."""
    middle = high - at_high * (high - low) / (at_high - at_low)
    return middle if min(low, high) < middle < max(low, high) else 0.5 * (low + high)


@njit(cache=True, error_model="numpy")
def _cap_end(log_pressure, sign, radius, slope, bond):
    pressure = sign * np.exp(log_pressure)
    overhang = max(np.sin(slope), 1e-3) if slope > 0.5 * np.pi else 1.0
    return integrate_until(0.0, 0.0, 0.0, pressure, -bond, PHI, slope, _LONGEST * radius / overhang)


@njit(cache=True, error_model="numpy")
def _cap_miss(log_pressure, sign, radius, slope, bond):
    r = _cap_end(log_pressure, sign, radius, slope, bond)[0]
    return radius - r if np.isfinite(r) else -radius


@njit(cache=True, error_model="numpy")
def _cap_pressure(radius, slope, bond):
    """Logarithm of the apex pressure at which the surface reaches a radius at a slope; nan where there is none."""
    sign = 1.0 if slope > 0 else -1.0
    low = high = np.log(max(2 * abs(np.sin(slope)) / radius, 0.05 / radius))
    at_low = at_high = _cap_miss(low, sign, radius, slope, bond)
    step = _STEP
    for _ in range(_WIDENINGS):
        if at_low <= 0:
            break
        high, at_high = low, at_low
        low -= step
        step = min(2 * step, _WIDEST_STEP)
        at_low = _cap_miss(low, sign, radius, slope, bond)
    else:
        return np.nan
    for _ in range(_WIDENINGS):
        if at_high >= 0:
            break
        low, at_low = high, at_high
        high += step
        step = min(2 * step, _WIDEST_STEP)
        at_high = _cap_miss(high, sign, radius, slope, bond)
    else:
        return np.nan
    side = 0
    for _ in range(_HALVINGS):
        if at_low == 0:
            return low
        if at_high == 0 or high - low <= 4e-16 * max(1.0, abs(high)):
            break
        middle = _next(low, high, at_low, at_high)
        at = _cap_miss(middle, sign, radius, slope, bond)
        if abs(at) <= 1e-16 * radius:
            return middle
        if at < 0:
            low, at_low = middle, at
            at_high *= 0.5 if side < 0 else 1.0
            side = -1
        else:
            high, at_high = middle, at
            at_low *= 0.5 if side > 0 else 1.0
            side = 1
    return high


def cap(radius: float, height: float, slope: float, bond: float) -> Arc | None:
    """The surface from a circle (radius, height) up to the apex that leaves the circle at a slope; None where there is none.

    r(phi = slope) = radius for the apex pressure sought; r falls as the pressure rises

    Parameters
    ----------
    radius, height : of the circle [a]
    slope : against the horizontal [rad], through the liquid; below zero the surface sags
    bond : rho g a^2 / gamma [1]

    Valid for slopes within (-pi/2, pi]. Source: the Young-Laplace equation.

    >>> half = cap(1.0, 0.0, np.pi / 2, 0.0)
    >>> round(half.pressure, 12), round(half.volume / np.pi, 12)   # half a sphere: 2, 2/3
    (2.0, 0.666666666667)
    """
    if abs(slope) < 1e-12:
        return Arc((radius, height, np.pi), 0.0, radius, (0.0, height, np.pi), 0.0, np.pi * radius**2, 0.0)
    log_pressure = _cap_pressure(radius, slope, bond)
    if not np.isfinite(log_pressure):
        return None
    sign = 1.0 if slope > 0 else -1.0
    r, depth, _, volume, area, moment, length = _cap_end(log_pressure, sign, radius, slope, bond)
    if not abs(r - radius) <= 1e-9 * radius:
        return None
    apex = height + depth
    # walked downwards: z = apex - depth, so the volume counts the same and the moment is taken about z = 0
    return Arc((0.0, 0.0, 0.0), float(sign * np.exp(log_pressure)), length, (radius, apex, slope), volume, area, apex * volume - moment)


def base_pressure(top: Arc, bond: float) -> float:
    """Pressure at z = 0 under a surface [gamma/a].

    p(0) = p_apex + bond z_apex

    Parameters
    ----------
    top : the surface up to the apex [a, gamma/a]
    bond : rho g a^2 / gamma [1]

    Valid for any surface. Source: hydrostatics.

    >>> base_pressure(cap(1.0, 0.5, 1e-13, 2.0), 2.0)   # a level surface half a unit up
    1.0
    """
    return top.pressure + bond * top.end[1]


@njit(cache=True, error_model="numpy")
def _ring_end(u, begin, stop, pressure, bond):
    """End of the surface whose beginning is `u`; begin and stop as in `shortest_ring`."""
    coordinate = Z if stop[0] == AT_HEIGHT else R if stop[0] == AT_RADIUS else PHI
    r, z, phi = begin[0] + u * begin[2], begin[1] + u * begin[3], begin[4] + u * begin[5]
    end = integrate_until(r, z, phi, pressure, bond, coordinate, stop[1], stop[6])
    if stop[0] != AT_SECOND or not np.isfinite(end[0]):
        return end
    r, z, phi, volume, area, moment, length = end
    more = integrate_until(r, z, stop[1], pressure, bond, coordinate, stop[1], stop[6] - length)
    return more[0], more[1], more[2], volume + more[3], area + more[4], moment + more[5], length + more[6]


@njit(cache=True, error_model="numpy")
def _ring_miss(u, begin, stop, pressure, bond):
    """How far the end lies from where it must, across the wall [a] or in direction; nan where the surface does not get there.

    A surface steeper than the direction to reach that turns steeper yet does not come back to it: 1/r falls along it.
    """
    if stop[0] == AT_DIRECTION or stop[0] == AT_SECOND:
        r, z, phi = begin[0] + u * begin[2], begin[1] + u * begin[3], begin[4] + u * begin[5]
        if stop[1] <= phi <= 0.5 * np.pi and pressure - bond * z >= np.sin(phi) / r:
            return np.nan
    end = _ring_end(u, begin, stop, pressure, bond)
    if stop[0] == AT_RADIUS:
        return end[2] - stop[2]
    return (end[0] - stop[2]) * stop[4] + (end[1] - stop[3]) * stop[5]


@njit(cache=True, error_model="numpy")
def _ring_roots(begin, stop, first, last, pressure, bond):
    """All beginnings in a range that lead where they must, sought most closely near `first`."""
    roots, count = np.empty(_MOST_RINGS), 0
    before, at_before = first, _ring_miss(first, begin, stop, pressure, bond)
    for i in range(1, _TRIED + 1):
        here = first + (last - first) * (i / _TRIED) ** 2
        at_here = _ring_miss(here, begin, stop, pressure, bond)
        a, at_a, b, at_b = before, at_before, here, at_here
        before, at_before = here, at_here
        if np.isfinite(at_a) != np.isfinite(at_b):  # the last one that leads anywhere bounds the range
            good, at_good, bad = (a, at_a, b) if np.isfinite(at_a) else (b, at_b, a)
            for _ in range(_TO_END):
                middle = 0.5 * (good + bad)
                at = _ring_miss(middle, begin, stop, pressure, bond)
                if not np.isfinite(at):
                    bad = middle
                elif (at < 0) != (at_good < 0):
                    a, at_a, b, at_b = good, at_good, middle, at
                    break
                else:
                    good, at_good = middle, at
        if np.isfinite(at_a) and np.isfinite(at_b) and (at_a <= 0) != (at_b <= 0) and count < _MOST_RINGS:
            root = _refined(a, at_a, b, at_b, begin, stop, pressure, bond)
            if abs(_ring_miss(root, begin, stop, pressure, bond)) <= _MET:  # else the end jumps across the wall
                roots[count] = root
                count += 1
    return roots[:count]


@njit(cache=True, error_model="numpy")
def _refined(low, at_low, high, at_high, begin, stop, pressure, bond):
    side = 0
    for _ in range(_HALVINGS):
        if at_low == 0:
            return low
        if at_high == 0 or abs(high - low) <= 4e-16 * max(abs(low), abs(high)):
            break
        middle = _next(low, high, at_low, at_high)
        at = _ring_miss(middle, begin, stop, pressure, bond)
        if abs(at) <= 1e-16:
            return middle
        if (at < 0) == (at_low < 0):
            low, at_low = middle, at
            at_high *= 0.5 if side < 0 else 1.0
            side = -1
        else:
            high, at_high = middle, at
            at_low *= 0.5 if side > 0 else 1.0
            side = 1
    return high


def shortest_ring(begin: tuple, stop: tuple, span: tuple[float, float], pressure: float, bond: float) -> Arc | None:
    """The surface round a ring of gas that begins in a range and ends on a straight piece of wall at a direction, or on a circle.

    dr/ds = cos(phi), dz/ds = sin(phi), dphi/ds = pressure - bond z - sin(phi)/r

    Parameters
    ----------
    begin : (r, z, dr/du, dz/du, phi, dphi/du) [a, rad]: the beginning as a line in its one unknown u
    stop : seven numbers [a, rad]: AT_DIRECTION or AT_SECOND, the direction to meet for the first or the second time, a point (r, z) of the
        piece, a unit vector across it, the longest arc; AT_HEIGHT, the height to reach, the rest as before; or AT_RADIUS, the radius to
        reach, the direction there, 0, 0, 0, the longest arc
    span : range of u, looked at most closely near its first end [a or rad]
    pressure : at z = 0 [gamma/a]
    bond : rho g a^2 / gamma [1]

    None where there is none; where there are several, the longer ones are not stable. Valid where the gas is at ambient pressure. Source:
    the Young-Laplace equation.

    >>> ring = shortest_ring((1.0, 0.0, 0.0, 0.0, 0.0, 1.0), (AT_DIRECTION, np.pi / 2, 1.2, 0.0, 1.0, 0.0, 9.0), (0.0, 1.5), 4.0, 0.0)
    >>> round(ring.end[0], 12), round(ring.end[2], 12)   # touches an upright wall at 1.2
    (1.2, 1.570796326795)
    """
    start, end = np.array(begin), np.array(stop)
    found = None
    for u in _ring_roots(start, end, span[0], span[1], pressure, bond):
        r, z, phi, volume, area, moment, length = _ring_end(u, start, end, pressure, bond)
        if found is None or length < found.length:
            origin = (float(begin[0] + u * begin[2]), float(begin[1] + u * begin[3]), float(begin[4] + u * begin[5]))
            found = Arc(origin, pressure, length, (r, z, phi), volume, area, moment)
    return found


def outline(arc: Arc, bond: float, count: int = _OUTLINE) -> np.ndarray:
    """Points (r, z) along a surface, upwards.

    Parameters
    ----------
    arc : the surface [a]
    bond : rho g a^2 / gamma [1]
    count : of the points [1]

    Valid for any arc. Source: `young_laplace.trace`.

    >>> outline(cap(1.0, 0.0, np.pi / 2, 0.0), 0.0, 3)[1].round(12).tolist()   # half-way up half a sphere
    [0.707106781187, 0.707106781187]
    """
    if arc.flat:
        return np.array([[arc.start[0], arc.start[1]], [0.0, arc.start[1]]])
    rows = trace(*arc.start, arc.pressure, -bond if arc.from_apex else bond, np.linspace(0.0, arc.length * (1 - 1e-15), count))
    if arc.from_apex:
        return np.column_stack([rows[::-1, 0], arc.end[1] - rows[::-1, 1]])
    return rows[:, :2]
