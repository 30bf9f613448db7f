"""How much liquid hangs from a pinned edge: the end of the branch of hanging drops, without dimensions."""

from __future__ import annotations

import numpy as np
from numba import njit

from .drop_solver import NO_EQUILIBRIUM, PINNED, SOLVED, solve
from .young_laplace import integrate

SHIFT = 1e-6  # our choice: difference in the logarithm of the apex pressure
STRIDE = 0.06  # our choice: step along the curve of drops, in the logarithms of pressure and length
STRAIGHT = 0.98  # our choice: cosine of the most that the curve may turn within a stride
MOST_STRIDES = 2000  # our choice: some 30 are common
FOLD, STABILITY = 0, 1


@njit(cache=True, error_model="numpy")
def _slopes(log_pressure, log_length, bond):
    """A drop's end and how it changes with the logarithms q, m of pressure and length: (r, volume, phi, r_q, r_m, volume_q, volume_m)."""
    length = np.exp(log_length)
    r, _, phi, volume, _, _ = integrate(0.0, 0.0, 0.0, np.exp(log_pressure), -bond, length)
    high = integrate(0.0, 0.0, 0.0, np.exp(log_pressure + SHIFT), -bond, length)
    low = integrate(0.0, 0.0, 0.0, np.exp(log_pressure - SHIFT), -bond, length)
    return (
        r,
        volume,
        phi,
        (high[0] - low[0]) / (2 * SHIFT),
        np.cos(phi) * length,
        (high[3] - low[3]) / (2 * SHIFT),
        np.pi * r * r * np.sin(phi) * length,
    )


@njit(cache=True, error_model="numpy")
def _moved(q, m, bond, along_q, along_m, stride):
    """The point of the curve r = 1 a stride ahead, and the tangent there: along the tangent, then back onto the curve at right angles.

    Success only where the curve hardly turns within the stride: a small neck makes its neighbours, drops of several beads, lie close by.
    """
    next_q, next_m = q + stride * along_q, m + stride * along_m
    for _ in range(20):
        r, _, _, r_q, r_m, _, _ = _slopes(next_q, next_m, bond)
        across = -r_q * along_m + r_m * along_q
        if not (r > 0.0 and abs(across) > 0.0):
            break
        back = -(r - 1.0) / across
        next_q, next_m = next_q - back * along_m, next_m + back * along_q
        if abs(back) > stride:
            break
        if abs(back) < 1e-12:  # relative; round-off of an arc is about 1e-14
            norm = np.hypot(r_q, r_m)
            turned = (r_m * along_q - r_q * along_m) / norm
            return turned > STRAIGHT, next_q, next_m, r_m / norm, -r_q / norm
    return False, next_q, next_m, along_q, along_m


@njit(cache=True, error_model="numpy")
def _margin(log_pressure, log_length, bond, limit, along_pressure, along_length):
    """What is positive before the limit: the rise of volume along the curve, or for STABILITY also the slope at the edge."""
    _, volume, phi, _, _, v_q, v_m = _slopes(log_pressure, log_length, bond)
    rise = (v_q * along_pressure + v_m * along_length) / volume
    return rise if limit == FOLD else min(rise, phi)


def largest_hanging(bond: float, limit: int) -> tuple[float, float, float]:
    """The largest drop that hangs from a pinned edge of unit radius; (volume, apex_pressure, length), zeros where none is found.

    The drops of a Bond number form a curve along which the volume rises and then falls: dV = 0 is the FOLD. A wide drop falls sideways
    even before, when its edge is level (STABILITY, see `stability`).

    Parameters
    ----------
    bond : rho g a^2 / gamma [1], scalar, negative
    limit : FOLD or STABILITY [1]

    Valid for bond from -14.6 (from there on even a film falls sideways: 3.8317^2, the square of the first zero of the Bessel function J1)
    to -1e-6. Source: the Young-Laplace equation, see `drop_solver`.

    >>> volume, pressure, length = largest_hanging(-1.0, STABILITY)
    >>> 0.5 < volume / (2 * np.pi) < 1   # its weight over the pull 2 pi a gamma of an upright edge
    True
    """
    volume = 2.5 / -bond
    status, pressure, length = NO_EQUILIBRIUM, 0.0, 0.0
    for _ in range(60):
        status, pressure, length = solve(PINNED, volume, 1.0, bond)
        if status == SOLVED:
            break
        volume *= 0.5
    if status != SOLVED:
        return 0.0, 0.0, 0.0
    q, m = np.log(pressure), np.log(length)
    _, _, _, r_q, r_m, v_q, v_m = _slopes(q, m, bond)
    along_q, along_m = r_m, -r_q
    if v_q * along_q + v_m * along_m < 0.0:
        along_q, along_m = -along_q, -along_m
    norm = np.hypot(along_q, along_m)
    along_q, along_m = along_q / norm, along_m / norm
    stride = STRIDE
    for _ in range(MOST_STRIDES):
        found, next_q, next_m, next_along_q, next_along_m = _moved(q, m, bond, along_q, along_m, stride)
        if not found:
            stride *= 0.5
            if stride < 1e-8:
                break
            continue
        if _margin(next_q, next_m, bond, limit, next_along_q, next_along_m) <= 0.0:
            low, high = 0.0, stride
            for _ in range(60):
                middle = 0.5 * (low + high)
                found, next_q, next_m, next_along_q, next_along_m = _moved(q, m, bond, along_q, along_m, middle)
                if found and _margin(next_q, next_m, bond, limit, next_along_q, next_along_m) > 0.0:
                    low = middle
                else:
                    high = middle
            return _slopes(next_q, next_m, bond)[1], float(np.exp(next_q)), float(np.exp(next_m))
        q, m, along_q, along_m = next_q, next_m, next_along_q, next_along_m
        stride = min(1.5 * stride, STRIDE)
    return 0.0, 0.0, 0.0
