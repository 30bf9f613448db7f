"""How far a surface of six-node triangles reaches: its highest, widest and farthest points, between nodes too."""

from __future__ import annotations

import numpy as np


def highest(values: np.ndarray) -> float:
    """Largest value of a quadratic function on triangles.

    max of sum N_i f_i, at a node, along a side, or where its gradient vanishes inside a triangle

    Parameters
    ----------
    values : f at the six nodes of each triangle [any], array (m, 6)

    Valid for any values. Source: closed form.

    >>> u, v = np.array([0, 1, 0, 0.5, 0.5, 0]), np.array([0, 0, 1, 0, 0.5, 0.5])
    >>> highest((1 - (u - 0.25) ** 2 - (v - 0.25) ** 2)[None])   # a hill with its top inside
    1.0
    """
    best = values.max()
    f = values[values.max(axis=1) > best - 0.5 * (best - values.min())]
    for a, b, middle in ((0, 1, 3), (1, 2, 4), (2, 0, 5)):
        bend = 2 * f[:, a] + 2 * f[:, b] - 4 * f[:, middle]
        slope = 4 * f[:, middle] - 3 * f[:, a] - f[:, b]
        down = bend < 0
        at = np.clip(-slope[down] / (2 * bend[down]), 0, 1)
        best = max(best, np.max(f[down, a] + slope[down] * at + bend[down] * at * at, initial=-np.inf))
    u1, v1 = 4 * f[:, 3] - 3 * f[:, 0] - f[:, 1], 4 * f[:, 5] - 3 * f[:, 0] - f[:, 2]
    uu, vv = 2 * (f[:, 0] + f[:, 1]) - 4 * f[:, 3], 2 * (f[:, 0] + f[:, 2]) - 4 * f[:, 5]
    uv = 4 * (f[:, 0] + f[:, 4] - f[:, 3] - f[:, 5])
    determinant = 4 * uu * vv - uv * uv
    hill = np.flatnonzero((determinant > 0) & (uu < 0))
    u1, v1, uu, vv, uv, determinant = (x[hill] for x in (u1, v1, uu, vv, uv, determinant))
    u, v = (uv * v1 - 2 * vv * u1) / determinant, (uv * u1 - 2 * uu * v1) / determinant
    inside = (u >= 0) & (v >= 0) & (u + v <= 1)
    tops = f[hill, 0] + (u * u1 + v * v1) / 2  # at its top a quadratic function has half of what its slope promises
    return float(max(best, np.max(tops[inside], initial=-np.inf)))


def farthest(plan: np.ndarray, triangles: np.ndarray) -> float:
    """Largest distance from the origin of a surface seen from above.

    max over directions e of max e . x, turned towards the farthest node

    Parameters
    ----------
    plan : (x, y) of the nodes [m], array (n, 2)
    triangles : six nodes each [1], array (m, 6)

    Valid where the surface bulges less than its triangles are wide. Source: closed form along the direction of the farthest node.

    >>> farthest(np.array([[0, 0], [1, 0], [0, 1], [0.5, 0], [0.5, 0.5], [0, 0.5]]), np.arange(6)[None])
    1.0
    """
    toward = plan[np.argmax(np.sum(plan * plan, axis=1))]
    return highest((plan @ (toward / np.hypot(*toward)))[triangles])
