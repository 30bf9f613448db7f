"""The meridian of an axisymmetric liquid surface: the Young-Laplace equation, integrated along its arc to round-off.

Everything here has no dimension. Lengths are in units of any chosen length a (a pad radius), pressures in gamma / a, and
bond = rho g a^2 / gamma. The meridian is walked with the liquid on its left, that is between the arc and the axis:

    dr/ds = cos(phi)    dz/ds = sin(phi)    dphi/ds = pressure0 - bond z - sin(phi) / r
    dvolume/ds = pi r^2 sin(phi)    darea/ds = 2 pi r    dmoment/ds = pi r^2 z sin(phi)

- Up from a pad's edge at (1, 0), with pressure0 the pressure at z = 0: phi = pi - contact angle at the start (the contact angle
  through the liquid), pi/2 where the drop is widest, pi at the apex. A joint's arc ends at its upper pad with phi = contact angle there.
- Down from an apex at (0, 0): give phi0 = 0, pressure0 the pressure at the apex and *minus* the bond number, and read z as the depth
  below the apex; phi is then the slope of the surface, and the contact angle through the liquid where the arc ends on its pad.
  A drop should be walked this way: arcs that run into the axis are ill-conditioned, arcs that leave it are not.
- From any point (r, z, phi), for arcs that start on a wall or a ledge.

On the axis sin(phi) / r has the limit dphi/ds, so that the curvature there is half the pressure.

Method: a Taylor series of order 20 a step, its coefficients from recurrences (A. Jorba, M. Zou, Experimental Mathematics 14 (2005) 99),
the step chosen so that the last two terms of phi, sin(phi), cos(phi) and volume fall below 1e-16: round-off limits it, about 1e-14. The
series also gives every point within the step, so outlines and the places where phi takes a given value cost nothing more.

An arc that cannot be as long as asked (it closes on the axis, or winds up) has no end: these jitted functions then return
nan in every place, because compiled code cannot put it better; their callers turn that into an error in words.
"""

from __future__ import annotations

import numpy as np
from numba import njit

ORDER = 20  # our choice: near the optimum -ln(1e-16)/2 + 1 of Jorba and Zou for full precision
LAST_TERM = 1e-16  # our choice: size of the last term kept, relative to an angle of one radian
MOST_STEPS = 1000  # our choice: a drop takes 8 to 15 steps, a joint 5 to 20; more than this winds around something tiny
WOUND = 4 * np.pi  # our choice: an arc that has turned twice is no surface of a liquid at rest
SHORTEST_STEP = 1e-11  # our choice: relative to the arc; shorter ones mean that the arc is running into the axis

R, Z, PHI, VOLUME, AREA, MOMENT = 0, 1, 2, 3, 4, 5
SIN, COS, QUOTIENT, SQUARE = 6, 7, 8, 9


@njit(cache=True, error_model="numpy")
def _series(r0, z0, phi0, pressure0, bond, t):
    """Fill the rows of `t` with the Taylor coefficients about a point; row VOLUME, AREA and MOMENT start from zero there."""
    on_axis = r0 == 0.0
    t[R, 0], t[Z, 0], t[PHI, 0] = r0, z0, phi0
    if on_axis:  # exactly level, so that no rounded sine is divided by a radius of zero
        t[SIN, 0], t[COS, 0] = 0.0, np.sign(np.cos(phi0))
    else:
        t[SIN, 0], t[COS, 0] = np.sin(phi0), np.cos(phi0)
    t[VOLUME, 0] = t[AREA, 0] = t[MOMENT, 0] = 0.0
    for k in range(ORDER):
        t[R, k + 1] = t[COS, k] / (k + 1)
        t[Z, k + 1] = t[SIN, k] / (k + 1)
        pressure = -bond * t[Z, k]
        if k == 0:
            pressure += pressure0
        if on_axis:
            # sin(phi) and r both start linearly; sin's next coefficient holds phi's, which holds the quotient sought: solve for it.
            total = 0.0
            for j in range(1, k + 1):
                total += j * t[PHI, j] * t[COS, k + 1 - j]
            total /= k + 1
            for j in range(2, k + 2):
                total -= t[R, j] * t[QUOTIENT, k + 1 - j]
            t[QUOTIENT, k] = (pressure / (k + 1) + total / t[COS, 0]) / (1.0 + 1.0 / (k + 1))
        else:
            total = t[SIN, k]
            for j in range(1, k + 1):
                total -= t[R, j] * t[QUOTIENT, k - j]
            t[QUOTIENT, k] = total / r0
        t[PHI, k + 1] = (pressure - t[QUOTIENT, k]) / (k + 1)
        sine = cosine = 0.0
        for j in range(1, k + 2):
            turned = j * t[PHI, j]
            sine += turned * t[COS, k + 1 - j]
            cosine -= turned * t[SIN, k + 1 - j]
        t[SIN, k + 1] = sine / (k + 1)
        t[COS, k + 1] = cosine / (k + 1)
        total = 0.0
        for j in range(k + 1):
            total += t[R, j] * t[R, k - j]
        t[SQUARE, k] = total
    # Row QUOTIENT has served: it now holds dvolume/ds = pi r^2 sin(phi).
    for k in range(ORDER):
        volume = 0.0
        for j in range(k + 1):
            volume += t[SQUARE, j] * t[SIN, k - j]
        t[QUOTIENT, k] = np.pi * volume
        t[VOLUME, k + 1] = t[QUOTIENT, k] / (k + 1)
        t[AREA, k + 1] = 2 * np.pi * t[R, k] / (k + 1)
        moment = 0.0
        for j in range(k + 1):
            moment += t[QUOTIENT, j] * t[Z, k - j]
        t[MOMENT, k + 1] = moment / (k + 1)


@njit(cache=True, error_model="numpy")
def _step_length(t):
    """How far the series holds: its last two terms there fall below LAST_TERM, those of the volume and its moment relatively."""
    length = np.inf
    for k in (ORDER - 1, ORDER):
        largest = max(abs(t[PHI, k]), abs(t[SIN, k]), abs(t[COS, k]))
        if largest > 0.0:
            length = min(length, (LAST_TERM / largest) ** (1.0 / k))
    for row in (VOLUME, MOMENT):  # products of r, z and sin(phi), whose series fall off more slowly
        power = length
        largest = 0.0
        for k in range(1, ORDER - 1):
            largest = max(largest, abs(t[row, k]) * power)
            power *= length
        last = max(abs(t[row, ORDER - 1]) * power, abs(t[row, ORDER]) * power * length)
        if last > LAST_TERM * largest:
            length *= (LAST_TERM * largest / last) ** (1.0 / ORDER)
    return length


@njit(cache=True, error_model="numpy")
def _value(t, row, s):
    """A row's series at a distance s."""
    total = t[row, ORDER]
    for k in range(ORDER - 1, -1, -1):
        total = total * s + t[row, k]
    return total


@njit(cache=True, error_model="numpy")
def integrate(r0, z0, phi0, pressure0, bond, length):
    """The end of an arc of given length; (r, z, phi, volume, area, moment), the last three counted from the start of the arc.

    dr/ds = cos(phi), dz/ds = sin(phi), dphi/ds = pressure0 - bond z - sin(phi)/r

    Parameters
    ----------
    r0, z0, phi0 : the start [a, a, rad], scalars; r0 = 0 starts on the axis with phi0 = 0 or pi
    pressure0 : pressure at z = 0 [gamma/a], scalar
    bond : rho g a^2 / gamma [1], scalar, negative where z points down
    length : L [a], scalar, positive

    All six are nan where no arc is that long (see the module). Valid for any finite input. Source: the module's docstring.

    >>> [round(x, 12) for x in integrate(0.0, 0.0, 0.0, 2.0, 0.0, np.pi / 2)[:3]]   # a quarter of a unit circle
    [1.0, 1.0, 1.570796326795]
    """
    t = np.empty((10, ORDER + 1))
    r, z, phi, volume, area, moment = r0, z0, phi0, 0.0, 0.0, 0.0
    left = length
    for _ in range(MOST_STEPS):
        if left <= 0.0:
            return r, z, phi, volume, area, moment
        _series(r, z, phi, pressure0, bond, t)
        step = _step_length(t)
        if not step > SHORTEST_STEP * length:
            break
        step = min(step, left)
        left -= step
        r, z, phi = _value(t, R, step), _value(t, Z, step), _value(t, PHI, step)
        volume += _value(t, VOLUME, step)
        area += _value(t, AREA, step)
        moment += _value(t, MOMENT, step)
        if not (r > 0.0 and abs(phi) < WOUND):
            break
    return np.nan, np.nan, np.nan, np.nan, np.nan, np.nan


@njit(cache=True, error_model="numpy")
def trace(r0, z0, phi0, pressure0, bond, lengths):
    """The same as `integrate` at many arc lengths at once, for outlines; columns (r, z, phi, volume, area, moment).

    dr/ds = cos(phi), dz/ds = sin(phi), dphi/ds = pressure0 - bond z - sin(phi)/r

    Parameters
    ----------
    r0, z0, phi0 : the start [a, a, rad], scalars; r0 = 0 starts on the axis with phi0 = 0 or pi
    pressure0 : pressure at z = 0 [gamma/a], scalar
    bond : rho g a^2 / gamma [1], scalar, negative where z points down
    lengths : distances from the start [a], array (n,), not negative, in rising order

    Rows beyond the end of the arc are nan (see the module). Valid for any finite input. Source: the module's docstring.

    >>> trace(0.0, 0.0, 0.0, 2.0, 0.0, np.array([0.0, np.pi / 2, np.pi / 1.5]))[:, 1].round(12).tolist()
    [0.0, 1.0, 1.5]
    """
    t = np.empty((10, ORDER + 1))
    rows = np.full((len(lengths), 6), np.nan)
    r, z, phi, volume, area, moment = r0, z0, phi0, 0.0, 0.0, 0.0
    longest = lengths[-1] if len(lengths) else 0.0
    walked = 0.0
    row = 0
    for _ in range(MOST_STEPS):
        if row == len(lengths):
            break
        _series(r, z, phi, pressure0, bond, t)
        step = _step_length(t)
        if not step > SHORTEST_STEP * longest:
            break
        while row < len(lengths) and lengths[row] - walked <= step:
            s = lengths[row] - walked
            rows[row, 0], rows[row, 1], rows[row, 2] = _value(t, R, s), _value(t, Z, s), _value(t, PHI, s)
            rows[row, 3], rows[row, 4] = volume + _value(t, VOLUME, s), area + _value(t, AREA, s)
            rows[row, 5] = moment + _value(t, MOMENT, s)
            row += 1
        if row == len(lengths):
            break
        walked += step
        r, z, phi = _value(t, R, step), _value(t, Z, step), _value(t, PHI, step)
        volume += _value(t, VOLUME, step)
        area += _value(t, AREA, step)
        moment += _value(t, MOMENT, step)
        if not (r > 0.0 and abs(phi) < WOUND):
            break
    return rows


@njit(cache=True, error_model="numpy")
def integrate_until(r0, z0, phi0, pressure0, bond, coordinate, level, longest):
    """Walk until r, z or phi first crosses a level; (r, z, phi, volume, area, moment, length) there.

    Parameters
    ----------
    r0, z0, phi0 : the start [a, a, rad], scalars; r0 = 0 starts on the axis with phi0 = 0 or pi
    pressure0 : pressure at z = 0 [gamma/a], scalar
    bond : rho g a^2 / gamma [1], scalar, negative where z points down
    coordinate : which one [1], 0, 1 or 2 for r, z or phi (R, Z, PHI of this module)
    level : the value looked for [a or rad], scalar; a start that already lies on it does not count
    longest : how far to look [a], scalar

    All seven are nan where the level is not met. Crossings are looked for at 8 points a step, so that one which is undone within an eighth
    of a step is not seen. Valid for any finite input. Source: the module's docstring.

    >>> round(integrate_until(0.0, 0.0, 0.0, 2.0, 0.0, PHI, np.pi / 2, 10.0)[6], 12)   # a quarter of a unit circle
    1.570796326795
    """
    t = np.empty((10, ORDER + 1))
    r, z, phi, volume, area, moment = r0, z0, phi0, 0.0, 0.0, 0.0
    walked = 0.0
    before = _start(r0, z0, phi0, coordinate) - level
    for _ in range(MOST_STEPS):
        if walked >= longest:
            break
        _series(r, z, phi, pressure0, bond, t)
        step = _step_length(t)
        if not step > SHORTEST_STEP * longest:
            break
        step = min(step, longest - walked)
        low = 0.0
        for part in range(1, 9):
            high = step * part / 8
            after = _value(t, coordinate, high) - level
            if (before < 0.0 and after >= 0.0) or (before > 0.0 and after <= 0.0):
                s = _crossing(t, coordinate, level, low, high, before)
                return (
                    _value(t, R, s),
                    _value(t, Z, s),
                    _value(t, PHI, s),
                    volume + _value(t, VOLUME, s),
                    area + _value(t, AREA, s),
                    moment + _value(t, MOMENT, s),
                    walked + s,
                )
            low, before = high, after
        walked += step
        r, z, phi = _value(t, R, step), _value(t, Z, step), _value(t, PHI, step)
        volume += _value(t, VOLUME, step)
        area += _value(t, AREA, step)
        moment += _value(t, MOMENT, step)
        if not (r > 0.0 and abs(phi) < WOUND):
            break
    return np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan


@njit(cache=True, error_model="numpy")
def _start(r0, z0, phi0, coordinate):
    """The start's value of a coordinate."""
    if coordinate == R:
        return r0
    return z0 if coordinate == Z else phi0


@njit(cache=True, error_model="numpy")
def _crossing(t, coordinate, level, low, high, below):
    """Where a row takes a level between two distances: bisection made fast by secants (Illinois), bounded by plain halving."""
    at_low = below
    at_high = _value(t, coordinate, high) - level
    for _ in range(200):
        if at_high == 0.0 or high - low <= 4e-16 * abs(high):
            break
        middle = high - at_high * (high - low) / (at_high - at_low)
        if not low < middle < high:
            middle = 0.5 * (low + high)
        at_middle = _value(t, coordinate, middle) - level
        if (at_middle < 0.0) == (at_low < 0.0) and at_middle != 0.0:
            low, at_low = middle, at_middle
            at_high *= 0.5
        else:
            if (at_middle < 0.0) == (at_high < 0.0):
                at_low *= 0.5
            high, at_high = middle, at_middle
            if abs(at_high) <= 1e-16:
                break
    return high
