"""The Young-Laplace drop by shooting from its apex, without dimensions and compiled: the slow solver that the tables are made from.

Unknown are the logarithm of the apex pressure (a puddle's falls exponentially with its width) and the arc length; wanted are the volume
and, at the arc's end, either the pad's radius (pinned) or the slope (contact angle). Newton from the truncated sphere, and where that does
not lead there, gravity is turned on in steps. Lengths are in units of the pad radius, or of any other length for a drop that is not pinned;
bond = rho g a^2 / gamma is negative for a drop that hangs.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .stability import is_stable
from .young_laplace import PHI, integrate, integrate_until

PINNED, FREE = 0, 1
SOLVED, NO_EQUILIBRIUM, OVER_THE_EDGE = 0, 1, 2
MOST_ITERATIONS = 12  # our choice: from the truncated sphere 4 to 8 suffice; a step that needs more is halved instead
CLOSE = 2e-13  # our choice: relative residual, some ten times the round-off of an arc
GOOD_ENOUGH = 1e-11  # our choice: where round-off forbids CLOSE, near the largest drop that hangs
SMALLEST_STEP = 1e-5  # our choice: share of the Bond number; no progress in smaller ones means that the branch has ended
LIGHT = 4.0  # our choice: weight over tension times radius that one step takes, most of the 2 pi that hang
MOST_STEPS = 400  # our choice: steps in the Bond number; some ten are common
SHIFT = 1e-6  # our choice: difference in the logarithm of the apex pressure for the Newton matrix


@njit(cache=True, error_model="numpy")
def cap_angle(volume):
    """Contact angle of a truncated sphere on a pad of unit radius.

    theta = 2 atan(h), h = 2 sinh(asinh(3 V / pi) / 3)

    Parameters
    ----------
    volume : V [a^3], scalar

    Valid for positive volumes. Source: solid geometry, see `truncated_sphere`.

    >>> round(float(cap_angle(2 * np.pi / 3) / np.pi), 12)   # half a sphere
    0.5
    """
    return 2 * np.arctan(2 * np.sinh(np.arcsinh(3 * volume / np.pi) / 3))


@njit(cache=True, error_model="numpy")
def _residuals(kind, log_pressure, length, bond, volume, edge):
    """What the arc's end misses: the edge (radius, relative, or slope) and the volume, relative."""
    end = integrate(0.0, 0.0, 0.0, np.exp(log_pressure), -bond, length)
    at_edge = end[0] / edge - 1 if kind == PINNED else end[2] - edge
    return at_edge, end[3] / volume - 1


@njit(cache=True, error_model="numpy")
def _newton_matrix(kind, log_pressure, length, bond, volume, edge):
    """How the residuals change with the logarithm of the pressure and with the length: a, b; c, d and their determinant."""
    high = _residuals(kind, log_pressure + SHIFT, length, bond, volume, edge)
    low = _residuals(kind, log_pressure - SHIFT, length, bond, volume, edge)
    a, c = (high[0] - low[0]) / (2 * SHIFT), (high[1] - low[1]) / (2 * SHIFT)
    pressure = np.exp(log_pressure)
    r, z, phi, _, _, _ = integrate(0.0, 0.0, 0.0, pressure, -bond, length)
    if kind == PINNED:
        b = np.cos(phi) / edge
    else:
        b = pressure + bond * z - np.sin(phi) / r
    d = np.pi * r * r * np.sin(phi) / volume
    return a, b, c, d, a * d - b * c


@njit(cache=True, error_model="numpy")
def _newton(kind, log_pressure, length, bond, volume, edge):
    """Newton's method with halved steps; (found, log_pressure, length)."""
    first, second = _residuals(kind, log_pressure, length, bond, volume, edge)
    for _ in range(MOST_ITERATIONS):
        size = max(abs(first), abs(second))
        if not size < 1e300:
            return False, log_pressure, length
        if size < CLOSE:
            return True, log_pressure, length
        a, b, c, d, determinant = _newton_matrix(kind, log_pressure, length, bond, volume, edge)
        if not abs(determinant) > 0.0:
            return False, log_pressure, length
        by_pressure = -(d * first - b * second) / determinant
        by_length = -(a * second - c * first) / determinant
        share = min(1.0, 0.7 / max(abs(by_pressure), abs(by_length) / length, 1e-300))  # no step beyond a factor of two or so
        better = False
        for _ in range(5):
            tried = _residuals(kind, log_pressure + share * by_pressure, length + share * by_length, bond, volume, edge)
            if max(abs(tried[0]), abs(tried[1])) < size:
                better = True
                break
            share *= 0.5
        if not better:
            return size < GOOD_ENOUGH, log_pressure, length
        log_pressure, length = log_pressure + share * by_pressure, length + share * by_length
        first, second = tried
    return max(abs(first), abs(second)) < GOOD_ENOUGH, log_pressure, length


@njit(cache=True, error_model="numpy")
def _on_branch(kind, log_pressure, length, bond, volume, edge):
    """Whether a solution is the drop's and not another curve through the same edge: convex if it sits, a minimum of energy if it hangs.

    The Newton determinant of a drop that is not pinned is 3/2 of its pressure without gravity, and vanishes where its branch ends.
    """
    if bond < 0.0:
        if kind == FREE and _newton_matrix(kind, log_pressure, length, bond, volume, edge)[4] <= 0.0:
            return False
        return is_stable(0.0, 0.0, 0.0, np.exp(log_pressure), -bond, length)
    end = integrate(0.0, 0.0, 0.0, np.exp(log_pressure), -bond, length)
    return end[2] < 1.2 * np.pi


@njit(cache=True, error_model="numpy")
def solve(kind, volume, edge, bond):
    """The drop of given volume whose surface ends at a radius (PINNED) or a slope (FREE); (status, apex_pressure, length).

    Parameters
    ----------
    kind : PINNED or FREE [1]
    volume : V [a^3], scalar
    edge : radius of the pinned edge [a], or contact angle of a free one [rad], scalar
    bond : rho g a^2 / gamma [1], scalar, negative for a hanging drop

    Status is SOLVED, NO_EQUILIBRIUM (the branch that starts from the truncated sphere ends before this Bond number) or OVER_THE_EDGE (the
    contact angle would exceed pi). Valid for positive volume and edge. Source: the Young-Laplace equation, see the module.

    >>> status, pressure, length = solve(PINNED, 2 * np.pi / 3, 1.0, 0.0)   # half a sphere
    >>> status, round(pressure, 12), round(length, 12)
    (0, 2.0, 1.570796326795)
    """
    if kind == PINNED:
        angle = cap_angle(volume / edge**3)
        radius = edge / np.sin(angle)
    else:
        angle = edge
        cosine = np.cos(angle)
        radius = (3 * volume / (np.pi * (1 - cosine) ** 2 * (2 + cosine))) ** (1 / 3)
    log_pressure, length = np.log(2 / radius), radius * angle
    # Weight small against the tension of the edge needs no steps; a first step too large would only wind up the arc.
    done, step = 0.0, min(1.0, LIGHT * edge / max(abs(bond) * volume, 1e-300)) if kind == PINNED else 1.0
    before_pressure, before_length, before = log_pressure, length, 0.0
    for _ in range(MOST_STEPS):
        aim = min(done + step, 1.0)
        guess_pressure, guess_length = log_pressure, length
        if done > before:  # along the secant of the last two
            ahead = (aim - done) / (done - before)
            guess_pressure += ahead * (log_pressure - before_pressure)
            guess_length += ahead * (length - before_length)
        found, tried_pressure, tried_length = _newton(kind, guess_pressure, guess_length, aim * bond, volume, edge)
        if found and _on_branch(kind, tried_pressure, tried_length, aim * bond, volume, edge):
            before_pressure, before_length, before = log_pressure, length, done
            log_pressure, length, done = tried_pressure, tried_length, aim
            over = integrate(0.0, 0.0, 0.0, np.exp(log_pressure), -done * bond, length)[2] > np.pi
            if done == 1.0 or (over and bond > 0.0 and kind == PINNED):  # more gravity only makes a sitting drop wider
                break
            step *= 2
        else:
            step *= 0.5
            if step < SMALLEST_STEP:
                break
    pressure = np.exp(log_pressure)
    slope = integrate(0.0, 0.0, 0.0, pressure, -done * bond, length)[2]
    if kind == PINNED and (slope > np.pi or (done < 1.0 and bond > 0.0)):
        return OVER_THE_EDGE, pressure, length
    return (SOLVED if done == 1.0 else NO_EQUILIBRIUM), pressure, length


@njit(cache=True, error_model="numpy")
def measure(apex_pressure, length, bond):
    """What a solved drop measures; (height, max_radius, contact_angle, area, energy, apex_pressure, max_radius_height, radius).

    energy = area + bond int z dV, z from the plane of the edge.

    Parameters
    ----------
    apex_pressure : [gamma/a], scalar
    length : of the arc from the apex to the edge [a], scalar
    bond : rho g a^2 / gamma [1], scalar

    Units: a, a, rad, a^2, gamma a^2, gamma/a, a, a. Valid for what `solve` returns. Source: the module's docstring.

    >>> [round(x, 9) for x in measure(2.0, np.pi / 2, 0.0)][:4]   # half a sphere
    [1.0, 1.0, 1.570796327, 6.283185307]
    """
    r, z, phi, volume, area, moment = integrate(0.0, 0.0, 0.0, apex_pressure, -bond, length)
    energy = area + bond * (z * volume - moment)
    widest, level = r, 0.0
    if phi > np.pi / 2 or bond < 0.0:
        bulge = integrate_until(0.0, 0.0, 0.0, apex_pressure, -bond, PHI, np.pi / 2, length)
        if bulge[0] > widest:
            widest, level = bulge[0], z - bulge[1]
    return z, widest, phi, area, energy, apex_pressure, level, r


@njit(cache=True, error_model="numpy", nogil=True)
def solve_many(kind, volumes, edges, bonds, fields):
    """Fill `fields` with status, height, max_radius, ... as `measure` lists them, one drop a column, without holding Python's lock.

    Parameters
    ----------
    kind : PINNED or FREE [1]
    volumes, edges, bonds : as in `solve` [a^3, a or rad, 1], arrays (n,)
    fields : what is filled [as in `measure`], array (9, n), zeros below the status where a drop has no solution

    Valid and source: as `solve`.

    >>> fields = np.empty((9, 1))
    >>> solve_many(PINNED, np.array([2 * np.pi / 3]), np.array([1.0]), np.array([0.0]), fields)
    >>> fields[1].round(9)   # half a sphere
    array([1.])
    """
    for i in range(len(volumes)):
        status, pressure, length = solve(kind, volumes[i], edges[i], bonds[i])
        fields[:, i] = 0.0
        fields[0, i] = status
        if status == SOLVED:
            measured = measure(pressure, length, bonds[i])
            for j in range(8):
                fields[1 + j, i] = measured[j]
