"""What a developer opens that stops sharply at a threshold dose."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


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
