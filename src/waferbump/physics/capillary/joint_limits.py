"""How far a joint of given volume can be pulled: the end of the branch of stable joints, without dimensions."""

from __future__ import annotations

import numpy as np
from numba import njit

from .joint_solver import DRAWN_IN, GAP, LOAD, PULLED_APART, SOLVED, end_of, gradients, solve, sphere_zone
from .vectors import ahead, crossed, dot, solved

STRIDE = 0.08  # our choice: step along the curve of joints, in pressure, slope and length (each of order one)
STRAIGHT = 0.98  # our choice: cosine of the most that the curve may turn within a stride
MOST_STRIDES = 4000  # our choice: some 50 are common
BISECTIONS = 60
STARTS = (1.0, 1.3, 1.7, 2.2, 0.7)  # our choice: gaps to begin from where no joint stands free of load, over the weightless one's


@njit(cache=True, error_model="numpy")
def _tangent(matrix, along):
    """Unit vector along which radius and volume stay, on the side of `along`; on which side that is; how independent the gradients are."""
    across = crossed(matrix[0], matrix[1])
    norm = np.sqrt(dot(across, across))
    independence = norm / np.sqrt(dot(matrix[0], matrix[0]) * dot(matrix[1], matrix[1]))
    side = 1.0 if dot(across, along) >= 0.0 else -1.0
    return ahead(across, side / norm - 1.0, across), side, independence


@njit(cache=True, error_model="numpy")
def _moved(x, along, stride, volume, top, bond):
    """The joint a stride ahead: along the tangent, then at right angles to it back to radius and volume; (found, x, tangent, side)."""
    tried = ahead(x, stride, along)
    missed = np.zeros(3)
    for _ in range(20):
        if not tried[2] > 0.0:
            break
        r, held, _, _, _ = end_of(tried[0], tried[1], tried[2], bond, top)
        matrix = gradients(tried[0], tried[1], tried[2], bond, top)
        if not max(abs(r / top - 1), abs(held / volume - 1)) < 1e300:
            break
        if max(abs(r / top - 1), abs(held / volume - 1)) < 1e-12:
            tangent, side, independence = _tangent(matrix, along)
            return dot(tangent, along) > STRAIGHT, tried, tangent, side * independence
        missed[0], missed[1] = r - top, held - volume
        for i in range(3):
            matrix[2, i] = along[i]
        found, back = solved(matrix, missed)
        if not found or dot(back, back) > stride * stride:
            break
        tried = ahead(tried, -1.0, back)
    return False, x, along, 1.0


@njit(cache=True, error_model="numpy")
def _margin(x, tangent, orientation, top, bond):
    """What is positive before the limit, and the kind of limit: the gap grows and no other curve crosses, both angles lie above zero."""
    matrix = gradients(x[0], x[1], x[2], bond, top)
    rise = dot(matrix[2], tangent) * orientation
    phi = end_of(x[0], x[1], x[2], bond, top)[4]
    angle = min(np.pi - x[1], phi)
    return (rise, PULLED_APART) if rise < angle else (angle, DRAWN_IN)


def _bisected(x, along, stride, positive, beyond, negative, kind, first_side, volume, top, bond):
    """The joint at which the margin vanishes, between x and one a stride beyond; (kind, pressure, slope, length)."""
    low, high, before = 0.0, stride, x
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        found, tried, tangent, orientation = _moved(x, along, middle, volume, top, bond)
        if not found:  # so close to where two curves cross that they cannot be told apart
            break
        margin, which = _margin(tried, tangent, first_side * orientation, top, bond)
        if margin > 0.0:
            low, before, positive = middle, tried, margin
        else:
            high, beyond, negative, kind = middle, tried, margin, which
    end = before + positive / (positive - negative) * (beyond - before)
    return kind, *(float(part) for part in end)


def largest(volume: float, top: float, bond: float) -> tuple[int, float, float, float]:
    """The highest stable joint of given volume; (status, pressure, slope, length).

    dh = 0 along the curve of joints of that volume (or, without gravity between equal pads, where the curve of symmetric joints is crossed
    by one of unsymmetric ones)

    Parameters
    ----------
    volume : V [a^3], scalar
    top : radius of the upper pad b [a], scalar
    bond : rho g a^2 / gamma [1], scalar

    Status is PULLED_APART (the neck gives way), DRAWN_IN (a contact angle falls to zero before), or SOLVED where no end, or no joint to
    begin with, was found. Valid for positive volume and radius. Source: the Young-Laplace equation, `joint_solver` and `stability`.

    >>> status, pressure, slope, length = largest(2 * np.pi**2, 1.0, 0.0)
    >>> status, round(length / (2 * np.pi), 6)   # a cylinder breaks at h = 2 pi a
    (1, 1.0)
    """
    nothing = (SOLVED, 0.0, 0.0, 0.0)
    status, pressure, slope, length = solve(LOAD, volume, top, bond, 0.0)
    gap = sphere_zone(volume, top)[3]
    for share in STARTS:
        if status != SOLVED:
            status, pressure, slope, length = solve(GAP, volume, top, bond, share * gap)
    if status != SOLVED:
        return nothing
    x = np.array([pressure, slope, length])
    matrix = gradients(x[0], x[1], x[2], bond, top)
    along, first_side, first_independence = _tangent(matrix, matrix[2])
    # The tangent was turned towards larger gaps; from here on it keeps its sense, whatever the gap does.
    stride = STRIDE * min(1.0, length)
    last, _ = _margin(x, along, first_side * first_independence, top, bond)
    for _ in range(MOST_STRIDES):
        found, reached, tangent, orientation = _moved(x, along, stride, volume, top, bond)
        if not found:
            stride *= 0.5
            if stride < 1e-9:
                return nothing
            continue
        margin, kind = _margin(reached, tangent, first_side * orientation, top, bond)
        if margin <= 0.0:
            return _bisected(x, along, stride, last, reached, margin, kind, first_side, volume, top, bond)
        x, along, last = reached, tangent, margin
        stride = min(1.5 * stride, STRIDE)
    return nothing
