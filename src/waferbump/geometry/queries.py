"""Questions to polygons: volumes of revolution, lengths and areas of interfaces, crossings of a line [any one unit of length]."""

from __future__ import annotations

import math

import numpy as np
import shapely


def volume_of_revolution(edges: np.ndarray) -> float:
    """Volume swept round x = 0 by polygons given as edges with the interior on the left: V = 2 pi * integral of x dA (Pappus).

    With Green's theorem V = pi * closed integral of x^2 dz, exact for straight edges: pi/3 * sum (x0^2 + x0 x1 + x1^2)(z1 - z0).
    """
    x0, z0, x1, z1 = edges.T
    return math.pi / 3.0 * float(np.sum((x0 * x0 + x0 * x1 + x1 * x1) * (z1 - z0)))


def area_of(edges: np.ndarray) -> float:
    """Area of polygons given as edges with the interior on the left: sum (x0 + x1)(z1 - z0) / 2."""
    x0, z0, x1, z1 = edges.T
    return 0.5 * float(np.sum((x0 + x1) * (z1 - z0)))


def swept_area(edges: np.ndarray) -> float:
    """Area swept by lines round x = 0: sum pi (x0 + x1) * length."""
    x0, z0, x1, z1 = edges.T
    return math.pi * float(np.sum((x0 + x1) * np.hypot(x1 - x0, z1 - z0)))


def length_of(edges: np.ndarray) -> float:
    """Summed length of lines."""
    x0, z0, x1, z1 = edges.T
    return float(np.sum(np.hypot(x1 - x0, z1 - z0)))


def vertical_crossings(edges: np.ndarray, x: float) -> np.ndarray:
    """Heights where the boundary crosses the vertical line at x, from low to high; an even number, pair by pair inside."""
    x0, z0, x1, z1 = edges.T
    here = (np.minimum(x0, x1) <= x) & (np.maximum(x0, x1) > x)
    return np.sort(z0[here] + (x - x0[here]) * (z1[here] - z0[here]) / (x1[here] - x0[here]))


def horizontal_crossings(edges: np.ndarray, z: float) -> np.ndarray:
    """Positions where the boundary crosses the horizontal line at z, from left to right; pair by pair inside."""
    return vertical_crossings(edges[:, [1, 0, 3, 2]], z)


def merged_spans(low: np.ndarray, high: np.ndarray, gap: float = 0.0) -> list[tuple[float, float]]:
    """Intervals merged where they touch or overlap."""
    spans: list[tuple[float, float]] = []
    for a, b in sorted(zip(low.tolist(), high.tolist(), strict=True)):
        if spans and a <= spans[-1][1] + gap:
            spans[-1] = (spans[-1][0], max(spans[-1][1], b))
        else:
            spans.append((a, b))
    return spans


def as_lines(edges: np.ndarray) -> shapely.MultiLineString:
    """Edges as lines, joined end to end where just two meet."""
    if len(edges) == 0:
        return shapely.MultiLineString()
    merged = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(edges.reshape(-1, 2, 2))))
    return merged if merged.geom_type == "MultiLineString" else shapely.MultiLineString([merged])
