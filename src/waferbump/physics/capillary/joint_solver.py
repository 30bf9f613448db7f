"""A liquid joint between two round pads by shooting from the lower one, without dimensions.

Unknown are the pressure at the lower pad, the slope there and the arc length; wanted are the upper pad's radius at the end of the arc, the
volume, and either the gap or the force. Without weight and without load the joint is a zone of a sphere, known in closed form; from there
gravity and gap (or load) are brought to their values, in one step where Newton's method allows, in smaller ones where not. Only states that
are stable (`stability`), and under a load stiff as well, are accepted on the way, so that the branch is never left.
Lengths are in units of the lower pad's radius, forces in gamma times it, bond = rho g a^2 / gamma (negative upside down).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .stability import is_stable
from .vectors import ahead, crossed, dot, largest_of, solved
from .young_laplace import PHI, integrate, integrate_until

GAP, LOAD = 0, 1
SOLVED, PULLED_APART, OVER_THE_EDGE, DRAWN_IN = 0, 1, 2, 3
MOST_ITERATIONS = 30  # our choice: 4 to 8 suffice
CLOSE = 3e-13  # our choice: some ten times the round-off of an arc
GOOD_ENOUGH = 1e-10  # our choice: where round-off forbids CLOSE, next to the largest gap
SMALLEST_STEP = 1e-7  # our choice: share of the way; no progress in smaller steps means that the branch has ended
MOST_STEPS = 400  # our choice: some five are common
SHIFT = 1e-6  # our choice: central differences for the Newton matrix
NEAR_LIMIT = 0.05  # our choice [rad]: a branch that ends with an angle this close to 0 or pi ends because of it


def sphere_zone(volume: float, top: float) -> tuple[float, float, float, float]:
    """The joint without weight and load, a zone of a sphere; (pressure, slope, length, gap).

    volume = (pi/6) h (3 + 3 b^2 + h^2)

    Parameters
    ----------
    volume : V [a^3], scalar
    top : radius of the upper pad b [a], scalar

    Valid for positive volume and radius. Source: solid geometry.

    >>> gap = 1 / np.sqrt(0.75)   # of a unit sphere cut half a radius above and below its centre, scaled to pads of unit radius
    >>> round(float(sphere_zone(np.pi / 6 * gap * (6 + gap**2), 1.0)[3] / gap), 12)
    1.0
    """
    square = 1 + top * top
    gap = 2 * np.sqrt(square) * np.sinh(np.arcsinh(3 * volume / (np.pi * square**1.5)) / 3)
    centre = (top * top + gap * gap - 1) / (2 * gap)
    radius = np.sqrt(1 + centre * centre)
    slope = np.arctan2(1.0, centre)
    return float(2 / radius), float(slope), float(radius * (np.arctan2(top, centre - gap) - slope)), float(gap)


@njit(cache=True, error_model="numpy")
def end_of(pressure, slope, length, bond, top):
    """Where a joint's arc ends and how hard it pushes; (r, volume, gap, force, phi).

    force = pi b^2 (pressure - bond gap) - 2 pi b sin(phi)

    Parameters
    ----------
    pressure, slope, length : at the lower pad and along the arc [gamma/a, rad, a], scalars
    bond : rho g a^2 / gamma [1], scalar
    top : radius of the upper pad b [a], scalar

    Valid for arcs with an end. Source: balance of the upper pad.

    >>> round(end_of(1.0, np.pi / 2, 2.0, 0.0, 1.0)[3] / np.pi, 12)   # a cylinder pulls with pi a gamma
    -1.0
    """
    r, z, phi, volume, _, _ = integrate(1.0, 0.0, slope, pressure, bond, length)
    return r, volume, z, np.pi * top * top * (pressure - bond * z) - 2 * np.pi * top * np.sin(phi), phi


@njit(cache=True, error_model="numpy")
def gradients(pressure, slope, length, bond, top):
    """How the end of the arc changes; rows r, volume, gap, force, columns pressure, slope, length.

    d(row) / d(column)

    Parameters
    ----------
    pressure, slope, length : at the lower pad and along the arc [gamma/a, rad, a], scalars
    bond : rho g a^2 / gamma [1], scalar
    top : radius of the upper pad b [a], scalar

    Valid for arcs with an end; relative error about 1e-9. Source: central differences, and the equations for the length.

    >>> gradients(1.0, np.pi / 2, 2.0, 0.0, 1.0)[2, 2].round(12)   # a cylinder grows as its arc does
    np.float64(1.0)
    """
    matrix = np.empty((4, 3))
    step = SHIFT * max(1.0, abs(pressure), 1.0 / length)
    high = end_of(pressure + step, slope, length, bond, top)
    low = end_of(pressure - step, slope, length, bond, top)
    for i in range(4):
        matrix[i, 0] = (high[i] - low[i]) / (2 * step)
    high = end_of(pressure, slope + SHIFT, length, bond, top)
    low = end_of(pressure, slope - SHIFT, length, bond, top)
    for i in range(4):
        matrix[i, 1] = (high[i] - low[i]) / (2 * SHIFT)
    r, _, z, _, phi = end_of(pressure, slope, length, bond, top)
    sine, cosine = np.sin(phi), np.cos(phi)
    turning = pressure - bond * z - sine / r
    matrix[0, 2], matrix[1, 2], matrix[2, 2] = cosine, np.pi * r * r * sine, sine
    matrix[3, 2] = -np.pi * top * top * bond * sine - 2 * np.pi * top * cosine * turning
    return matrix


@njit(cache=True, error_model="numpy")
def stiffness_of(matrix):
    """Stiffness at constant volume, -dF/dh, from the gradients.

    Parameters
    ----------
    matrix : as `gradients` gives it [mixed], array (4, 3)

    Valid where the gap can be changed: nan at the largest gap. Source: implicit differentiation.

    >>> bool(stiffness_of(gradients(1.0, np.pi / 2, 2.0, 0.0, 1.0)) > 0)
    True
    """
    # Along the curve of constant radius and volume all three unknowns change as the cross product of the two gradients.
    along = crossed(matrix[0], matrix[1])
    gap = dot(along, matrix[2])
    return -dot(along, matrix[3]) / gap if gap != 0.0 else np.nan


@njit(cache=True, error_model="numpy")
def _residuals(kind, x, bond, volume, top, aim):
    """What the end of the arc misses, relative: radius, volume, and gap or force."""
    r, held, gap, force, _ = end_of(x[0], x[1], x[2], bond, top)
    missed = np.empty(3)
    missed[0], missed[1] = r / top - 1, held / volume - 1
    missed[2] = gap / aim - 1 if kind == GAP else (force - aim) / top
    return missed


@njit(cache=True, error_model="numpy")
def _newton(kind, x, bond, volume, top, aim):
    """Newton's method with halved steps from x; (found, x)."""
    missed = _residuals(kind, x, bond, volume, top, aim)
    for _ in range(MOST_ITERATIONS):
        size = largest_of(missed)
        if not size < 1e300:
            return False, x
        if size < CLOSE:
            return True, x
        full = gradients(x[0], x[1], x[2], bond, top)
        for i in range(3):
            full[0, i] /= top
            full[1, i] /= volume
            full[2, i] = full[2, i] / aim if kind == GAP else full[3, i] / top
        found, step = solved(full, missed)
        if not found:
            return False, x
        # No step beyond half a radian, half the length, or the pressure that bends the arc by half a radian.
        stiffest = max(1.0, abs(x[0]), 1.0 / x[2])
        share = min(1.0, 0.5 / max(abs(step[1]), abs(step[2]) / x[2], abs(step[0]) / stiffest, 1e-300))
        better = False
        for _ in range(12):
            tried = ahead(x, -share, step)
            left = _residuals(kind, tried, bond, volume, top, aim)
            if largest_of(left) < size:
                better = True
                break
            share *= 0.5
        if not better:
            return size < GOOD_ENOUGH, x
        x, missed = tried, left
    return largest_of(missed) < GOOD_ENOUGH, x


def solve(kind: int, volume: float, top: float, bond: float, aim: float) -> tuple[int, float, float, float]:
    """The joint of given volume at a gap (GAP) or under a load (LOAD); (status, pressure, slope, length).

    Parameters
    ----------
    kind : GAP or LOAD [1]
    volume : V [a^3], scalar
    top : radius of the upper pad b [a], scalar
    bond : rho g a^2 / gamma [1], scalar
    aim : the gap h [a], or the force on the upper pad [gamma a], scalar

    Status is SOLVED, PULLED_APART (no stable joint so high, or none that holds this pull), OVER_THE_EDGE (a contact angle would exceed pi)
    or DRAWN_IN (one would fall below zero). Valid for positive volume and radius. Source: the Young-Laplace equation, see the module.

    >>> status, pressure, slope, length = solve(GAP, 2 * np.pi, 1.0, 0.0, 2.0)   # a cylinder
    >>> status, round(pressure, 10), round(slope / np.pi, 10), round(length, 10)
    (0, 1.0, 0.5, 2.0)
    """
    pressure, slope, length, free_gap = sphere_zone(volume, top)
    x = np.array([pressure, slope, length])
    before_x, before = x, 0.0
    start = free_gap if kind == GAP else 0.0
    done, step = 0.0, 1.0
    for _ in range(MOST_STEPS):
        share = min(done + step, 1.0)
        guess = x
        if done > before:  # along the secant of the last two
            guess = x + (share - done) / (done - before) * (x - before_x)
        found, tried = _newton(kind, guess, share * bond, volume, top, start + share * (aim - start))
        if found and _on_branch(kind, tried, share * bond, top):
            before_x, before = x, done
            x, done = tried, share
            if done == 1.0:
                break
            step *= 2
        else:
            step *= 0.5
            if step < SMALLEST_STEP:
                break
    status = SOLVED if done == 1.0 else _why_ended(x, done * bond, top)
    return status, float(x[0]), float(x[1]), float(x[2])


def _why_ended(x: np.ndarray, bond: float, top: float) -> int:
    """What ended the branch whose last joint is x."""
    phi = end_of(x[0], x[1], x[2], bond, top)[4]
    over, drawn = min(x[1], np.pi - phi), min(np.pi - x[1], phi)
    if min(over, drawn) > NEAR_LIMIT:
        return PULLED_APART
    return OVER_THE_EDGE if over < drawn else DRAWN_IN


@njit(cache=True, error_model="numpy")
def _on_branch(kind, x, bond, top):
    """Whether a solution is stable, under a load also against a change of the gap."""
    if not is_stable(1.0, 0.0, x[1], x[0], bond, x[2]):
        return False
    return kind == GAP or stiffness_of(gradients(x[0], x[1], x[2], bond, top)) > 0.0


@njit(cache=True, error_model="numpy")
def measure(pressure, slope, length, bond, top):
    """What a solved joint measures; (gap, force, max_radius, min_radius, bottom_angle, top_angle, area, energy, stiffness).

    energy = area + bond int z dV, z from the lower pad

    Parameters
    ----------
    pressure, slope, length : at the lower pad and along the arc [gamma/a, rad, a], scalars
    bond : rho g a^2 / gamma [1], scalar
    top : radius of the upper pad b [a], scalar

    Units: a, gamma a, a, a, rad, rad, a^2, gamma a^2, gamma. Valid for what `solve` returns. Source: the module's docstring.

    >>> [round(x, 9) for x in measure(1.0, np.pi / 2, 2.0, 0.0, 1.0)[:4]]   # a cylinder
    [2.0, -3.141592654, 1.0, 1.0]
    """
    r, gap, phi, _, area, moment = integrate(1.0, 0.0, slope, pressure, bond, length)
    force = end_of(pressure, slope, length, bond, top)[3]
    widest, narrowest = max(1.0, r), min(1.0, r)
    r, z, turned, walked = 1.0, 0.0, slope, 0.0
    for _ in range(8):  # a bulge and a neck are all that a stable joint has
        found = integrate_until(r, z, turned, pressure, bond, PHI, np.pi / 2, length - walked)
        if not found[0] > 0.0:
            break
        widest, narrowest = max(widest, found[0]), min(narrowest, found[0])
        walked += found[6] + 1e-6 * length  # a little past the place, so that it is not found again
        if walked >= length:
            break
        r, z, turned, _, _, _ = integrate(1.0, 0.0, slope, pressure, bond, walked)
    stiffness = stiffness_of(gradients(pressure, slope, length, bond, top))
    return gap, force, widest, narrowest, np.pi - slope, phi, area, area + bond * moment, stiffness
