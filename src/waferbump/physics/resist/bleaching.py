"""One resist under one line of light: the exact solution of Dill's equations (S. V. Babu and E. Barouch)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .impossible import ResistError, finite

PANEL = 0.5  # our choice: in ln u; the integrand's nearest pole is pi/2 away, so 16 nodes a panel reach round-off
NODES = 16
MOST_PANELS = 4000  # our choice: an optical depth of 2000, where no light is left
ITERATIONS = 60  # our choice: a bracketed Newton search ends in 5 to 10
SHARPEST = 1e-13  # our choice: relative to the optical depth sought


def bleach(depth: ArrayLike, dose: float, a: float, b: float, c: float) -> tuple[np.ndarray, np.ndarray]:
    """Inhibitor, and relative intensity of the light at the end of the exposure, below the top of a resist that bleaches.

    z = int_{m_0}^{m} dm' / (m' (A (1 - m') - B ln m')),  I / I_0 = (A (1 - m) - B ln m) / (A (1 - m_0) - B ln m_0),  m_0 = exp(-C D)

    With B = 0: m = 1 / (1 + (exp(C D) - 1) exp(-A z)). Otherwise the integral is inverted by a bracketed Newton search to 1e-12.

    Parameters
    ----------
    depth : z [m], array-like
    dose : D just inside the top [J/m^2]
    a : bleachable absorption A [1/m]
    b : lasting absorption B [1/m]
    c : bleaching rate C [m^2/J]

    Raises
    ------
    ResistError : a value that is negative or not finite; an optical depth beyond 2000.

    Valid for a resist of any thickness on a ground that does not reflect. Source: S. V. Babu, E. Barouch, IEEE Electron Device Letters
    7 (1986) 252.

    >>> m, light = bleach([1e-6, 5e-6], 3000.0, 0.6e6, 0.05e6, 1.2e-3)
    >>> m.round(6).tolist(), light.round(6).tolist()
    ([0.057097, 0.502293], [0.928348, 0.436158])
    """
    depth = finite("a depth", depth, lowest=0.0)
    dose = float(finite("a dose", dose, lowest=0.0))
    a, b, c = (float(finite(f"the resist's {name}", value, lowest=0.0)) for name, value in zip("ABC", (a, b, c), strict=True))
    start = c * dose
    if start == 0.0:
        return np.ones(depth.shape), np.exp(-(a + b) * depth)
    if a + b == 0.0:
        return np.full(depth.shape, np.exp(-start)), np.ones(depth.shape)
    if b == 0.0:
        # u = -ln m from ln(1 + (e^CD - 1) e^-Az), written so that neither exponential overflows
        exponent = np.logaddexp(0.0, start + np.log(-np.expm1(-start)) - a * depth)
    else:
        exponent = np.exp(_inverted(depth.ravel(), np.log(start), a, b)).reshape(depth.shape)
    inhibitor = np.exp(-exponent)
    return inhibitor, (-a * np.expm1(-exponent) + b * exponent) / (-a * np.expm1(-start) + b * start)


def _slowness(v: np.ndarray, a: float, b: float) -> np.ndarray:
    """-dz/dv of v = ln u [m]: from 1 / (A + B) in the dark to 1 / B where all is bleached."""
    u = np.exp(v)
    return 1.0 / (a * -np.expm1(-u) / u + b)


def _travelled(v: np.ndarray, top: float, a: float, b: float) -> np.ndarray:
    """Depth at which ln u has fallen from `top` to v [m]."""
    panels = int(np.ceil(max(float(np.max(top - v)) / PANEL, 1.0)))
    if panels > MOST_PANELS:
        raise ResistError("light does not reach a depth of more than 2000 absorption lengths; cut the depths")
    node, weight = np.polynomial.legendre.leggauss(NODES)
    width = (top - v) / panels
    total = np.zeros_like(v)
    for panel in range(panels):
        for x, w in zip(node, weight, strict=True):
            total += w * _slowness(v + width * (panel + 0.5 + 0.5 * x), a, b)
    return 0.5 * width * total


def _inverted(depth: np.ndarray, top: float, a: float, b: float) -> np.ndarray:
    """The ln u at each depth."""
    low, high = top - (a + b) * depth, top - b * depth
    v = 0.5 * (low + high)
    for _ in range(ITERATIONS):
        short = depth - _travelled(v, top, a, b)  # positive: v must fall further
        high, low = np.where(short > 0, v, high), np.where(short > 0, low, v)
        if np.all((a + b) * np.abs(short) <= SHARPEST * (1.0 + (a + b) * depth)):
            return v
        newton = v - short / _slowness(v, a, b)
        v = np.where((newton >= low) & (newton <= high), newton, 0.5 * (low + high))
    raise ResistError("the depth of a bleached resist could not be inverted to 1e-12; a, b and the depth are too far apart in size")
