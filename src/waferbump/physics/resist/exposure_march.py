"""Light that bleaches what absorbs it, column by column: the compiled part of `exposed`.

With s the fraction of the exposure that is over (0 to 1), E_i the dose of line i and I_i its relative intensity, the bleaching exponent
u = -ln(m / m_0) of a cell grows as

    du/ds = g = sum_i C_i E_i I_i,    I_i = D_i T_i (1 - exp(-tau_i)) / tau_i,    tau_i = (A_i m + B_i) dz,

T_i being the transmission of the cells above; light back from a solid adds its own sum from below. The g of every cell follows from one
walk down and up. Marching in s: a two-step Adams-Bashforth prediction of u, one walk with it, and the trapezoid as corrector, whose g is
kept for the next step (predict, evaluate, correct). That costs one walk a step, is second order with the trapezoid's constant of 1/12, and
all its weights are positive: every walk balances absorbed, transmitted and reflected light, hence so does their sum.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# The (3, 3) Pade approximant of exp(-tau) is off by tau^7 / 100800: below 1e-9 up to here, and several times faster than exp.
SMALL = 0.3


@njit(cache=True, error_model="numpy", nogil=True)
def _cells(m, absorbing, constant, bottom, thin, mean, passed):
    """What each cell lets pass of its light, and the mean of it inside, at one line."""
    if thin:  # no branch inside, so that the compiler takes several cells at once
        for k in range(bottom):
            tau = absorbing[k] * m[k] + constant[k]
            square = tau * tau
            even, odd = 120.0 + 12.0 * square, tau * (60.0 + square)
            inverse = 1.0 / (even + odd)
            mean[k] = (120.0 + 2.0 * square) * inverse
            passed[k] = (even - odd) * inverse
        return
    for k in range(bottom):
        tau = absorbing[k] * m[k] + constant[k]
        passed[k] = np.exp(-tau)
        mean[k] = -np.expm1(-tau) / tau if tau > 0.0 else 1.0


@njit(cache=True, error_model="numpy", nogil=True)
def _walk(m, down, up, reflect, absorbing, constant, yield_, bottom, thin, weight, growth, absorbed, mean, passed, inside, ends):
    """One walk of all lines down and up a column of inhibitor `m`: fills `growth`, adds to `absorbed` and to `ends` (through, back)."""
    growth[:bottom] = 0.0
    last = max(bottom - 1, 0)
    for i in range(down.shape[0]):
        a, b, share, here, back, taken = absorbing[i], constant[i], yield_[i], down[i], up[i], absorbed[i]
        _cells(m, a, b, bottom, thin, mean, passed)
        light = 1.0
        for k in range(bottom):
            inside[k] = here[k] * light * mean[k]
            light *= passed[k]
        ends[i, 0] += weight * here[last] * light * (1.0 - reflect[i])
        if reflect[i] > 0.0:
            light *= reflect[i]
            for k in range(bottom - 1, -1, -1):
                inside[k] += back[k] * light * mean[k]
                light *= passed[k]
            ends[i, 1] += weight * back[0] * light
        for k in range(bottom):
            growth[k] += share[k] * inside[k]
            taken[k] += weight * (a[k] * m[k] + b[k]) * inside[k]


@njit(cache=True, error_model="numpy", nogil=True)
def march(intensity, upward, reflectance, spacing, layer, a, b, c, dose, inhibitor, steps):
    """Bleach every column with all lines at once.

    The equations and the method stand at the module's head; arguments must have been checked.

    Parameters
    ----------
    intensity : D [1], shape (lines, nz, columns)
    upward : relative intensity of the light that came back [1], alike, or of size 0: it goes straight back up
    reflectance : of the first solid cell [1], shape (lines, columns)
    spacing : dz [m], shape (nz)
    layer : index of the resist, -1 or -2 [1], shape (nz, columns)
    a, b : absorption [1/m], shape (lines, layers)
    c : bleaching rate [m^2/J], shape (lines, layers)
    dose : of each line [J/m^2], shape (lines)
    inhibitor : at the start [1], shape (nz, columns)
    steps : of dose [count]

    Returns
    -------
    inhibitor (nz, columns), energy (lines, nz, columns) [J/m^3], and (lines, columns) [J/m^2] that went through and that came back.

    Valid as `exposed` says. Source: as there.
    """
    lines, nz, columns = intensity.shape
    left = np.empty((nz, columns))
    energy = np.zeros((lines, nz, columns))
    through = np.zeros((lines, columns))
    back = np.zeros((lines, columns))
    down, up = np.empty((lines, nz)), np.empty((lines, nz))
    absorbing, constant, yield_ = np.empty((lines, nz)), np.empty((lines, nz)), np.empty((lines, nz))
    absorbed, ends = np.empty((lines, nz)), np.empty((lines, 2))
    m, growth, before, exponent = np.empty(nz), np.empty(nz), np.empty(nz), np.empty(nz)
    mean, passed, inside = np.empty(nz), np.empty(nz), np.empty(nz)
    step = 1.0 / steps
    for column in range(columns):
        bottom = nz
        for k in range(nz):
            if layer[k, column] == -2:
                bottom = k
                break
        solid = bottom < nz
        for i in range(lines):
            for k in range(nz):
                which = layer[k, column]
                down[i, k] = intensity[i, k, column]
                resist = which >= 0 and k < bottom
                absorbing[i, k] = a[i, which] * spacing[k] if resist else 0.0
                constant[i, k] = b[i, which] * spacing[k] if resist else 0.0
                yield_[i, k] = c[i, which] * dose[i] if resist else 0.0
            for k in range(nz):
                up[i, k] = upward[i, k, column] if upward.size else down[i, max(bottom - 1, 0)]
        reflect = reflectance[:, column] if solid else np.zeros(lines)
        for k in range(nz):
            m[k] = inhibitor[k, column]
            before[k] = growth[k] = exponent[k] = 0.0
        thin = (absorbing + constant).max() < SMALL
        absorbed[:] = 0.0
        ends[:] = 0.0
        for j in range(steps + 1):
            before[:bottom] = growth[:bottom]
            weight = step if 0 < j < steps else 0.5 * step
            _walk(m, down, up, reflect, absorbing, constant, yield_, bottom, thin, weight, growth, absorbed, mean, passed, inside, ends)
            for k in range(bottom):
                if j == 0:
                    ahead = step * growth[k]
                else:
                    exponent[k] += 0.5 * step * (before[k] + growth[k])
                    ahead = exponent[k] + (step * (1.5 * growth[k] - 0.5 * before[k]) if j < steps else 0.0)
                m[k] = inhibitor[k, column] * np.exp(-ahead)
        for k in range(nz):
            left[k, column] = m[k]
            for i in range(lines):
                energy[i, k, column] = absorbed[i, k] * dose[i] / spacing[k]
        for i in range(lines):
            through[i, column] = ends[i, 0] * dose[i]
            back[i, column] = ends[i, 1] * dose[i]
    return left, energy, through, back
