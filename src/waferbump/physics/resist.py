"""Resist: spun thickness and what a threshold developer opens. Bleaching, rates and fronts come with the lithography models."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike


def spin_thickness(speed: ArrayLike, reference_thickness: float, reference_speed: float, exponent: float) -> np.ndarray | float:
    """Thickness of a spun film from its product's speed curve.

    h = h0 (w / w0)^(-p)

    Parameters
    ----------
    speed : w [rad/s], array-like
    reference_thickness : h0 [m], at the reference speed
    reference_speed : w0 [rad/s]
    exponent : p, of that product (0.5 for thin resists; measured from 0.3 to 1.2: no common value exists)

    Raises
    ------
    ValueError : a speed that is not positive.

    >>> float(round(spin_thickness(4000.0, 2.0e-6, 1000.0, 0.5) * 1e6, 6))
    1.0
    """
    speed = np.asarray(speed, float)
    if np.any(speed <= 0):
        raise ValueError("a spin speed must be positive")
    return (reference_thickness * (speed / reference_speed) ** (-exponent))[()]


def cleared_intervals(
    dose: Callable[[np.ndarray], np.ndarray], threshold: float, tone: str, extent: float, *, samples: int = 2001
) -> tuple[tuple[float, float], ...]:
    """Radial intervals that a developer opens when it stops sharply at a threshold dose.

    Positive: dose(r) >= threshold is dissolved. Negative: dose(r) < threshold is dissolved.

    Parameters
    ----------
    dose : function of r [m], array in, array out [J/m^2]
    threshold : [J/m^2], clearing dose (positive) or gelation dose (negative)
    tone : "positive" or "negative"
    extent : [m], r runs from 0 to here
    samples : grid on which crossings are bracketed (each is then polished to rounding)

    Returns
    -------
    ((inner, outer), ...) [m], ascending; () where nothing opens.
    """
    from scipy.optimize import brentq

    if tone not in ("positive", "negative"):
        raise ValueError(f"tone {tone!r} is neither positive nor negative")
    grid = np.linspace(0.0, extent, samples)
    margin = np.asarray(dose(grid), float) - threshold
    opened = margin >= 0 if tone == "positive" else margin < 0
    edges = [0.0] if opened[0] else []
    for i in np.flatnonzero(opened[1:] != opened[:-1]):
        edges.append(brentq(lambda r: float(dose(np.array([r]))[0]) - threshold, grid[i], grid[i + 1], xtol=1e-14))
    if opened[-1]:
        edges.append(extent)
    return tuple((float(a), float(b)) for a, b in zip(edges[::2], edges[1::2], strict=True))
