"""Where a solid block comes to rest when it is let down along the axis of a round opening."""

from __future__ import annotations

import numpy as np


def rest_height(block_r: np.ndarray, block_z: np.ndarray, surface_r: np.ndarray, surface_z: np.ndarray) -> tuple[float, float]:
    """Height at which a block lowered along the axis first touches a surface of revolution, and the radius of that touch.

    The block's underside and the surface are polylines over r; the gap between them is smallest at a vertex of one of the two,
    so those radii alone are tried.

    Parameters
    ----------
    block_r, block_z : (n,) [m], underside of the block, r ascending from 0, z relative to the block's own lowest point
    surface_r, surface_z : (m,) [m], top of what stands below, r ascending (a vertical step has two points of equal r)

    Returns
    -------
    (z of the block's lowest point, r of the first touch) [m]
    """
    reach = block_r[-1]
    radii = np.unique(np.concatenate([block_r, surface_r[surface_r <= reach]]))
    tops = _upper(radii, surface_r, surface_z)
    rises = tops - np.interp(radii, block_r, block_z)
    best = int(np.argmax(rises))
    return float(rises[best]), float(radii[best])


def _upper(radii: np.ndarray, r: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Surface height at each radius, the higher one where the surface has a vertical step."""
    highest = np.full(len(radii), -np.inf)
    for r0, z0, r1, z1 in zip(r[:-1], z[:-1], r[1:], z[1:], strict=True):
        inside = (radii >= min(r0, r1)) & (radii <= max(r0, r1))
        if r1 == r0:
            values = np.full(inside.sum(), max(z0, z1))
        else:
            values = z0 + (radii[inside] - r0) * (z1 - z0) / (r1 - r0)
        highest[inside] = np.maximum(highest[inside], values)
    return highest


def ball_underside(diameter: float, *, chord_error: float = 1e-9) -> tuple[np.ndarray, np.ndarray]:
    """Lower half of a ball's outline, for `rest_height`.

    z(r) = R - sqrt(R^2 - r^2)

    Parameters
    ----------
    diameter : [m]
    chord_error : largest distance between chord and arc [m]

    Returns
    -------
    (r, z), each (n,) [m]
    """
    radius = diameter / 2
    count = int(np.ceil(np.pi / 2 / (2 * np.arccos(1 - chord_error / radius)))) + 1
    angles = np.linspace(0.0, np.pi / 2, max(count, 16))
    return radius * np.sin(angles), radius * (1 - np.cos(angles))
