"""Spun thickness: each product's own speed curve."""

from __future__ import annotations

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
