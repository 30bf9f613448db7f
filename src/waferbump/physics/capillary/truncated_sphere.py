"""A drop pinned on a round pad when gravity is negligible: a sphere cut by the pad's plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Cap:
    """A truncated sphere on its pad; every field has the broadcast shape of the inputs.

    height [m], max_radius [m] (largest distance from the axis), contact_angle [rad] (through the liquid, at the pad edge),
    sphere_radius [m], area [m^2] (of the free surface)
    """

    height: np.ndarray | float
    max_radius: np.ndarray | float
    contact_angle: np.ndarray | float
    sphere_radius: np.ndarray | float
    area: np.ndarray | float


def truncated_sphere(volume: ArrayLike, pad_radius: ArrayLike) -> Cap:
    """Shape of a drop of given volume whose edge is pinned on a round pad.

    V = pi h (3 a^2 + h^2) / 6, solved for h in closed form: h = 2 a sinh(asinh(3 V / (pi a^3)) / 3).

    Parameters
    ----------
    volume : V [m^3], array-like
    pad_radius : a [m], array-like, broadcasts against `volume`

    Raises
    ------
    ValueError : a volume or a radius that is not positive.

    Valid for rho g a^2 / gamma well below 1 (gravity changes the height of a 300 um ball on a 200 um pad by -7e-4,
    of a 760 um ball by -0.5 %). Source: solid geometry; truncated-sphere model as in Pfeifer, IEEE Trans. CPMT-B 20 (1997).

    >>> round(float(truncated_sphere(2 / 3 * np.pi * 1e-12, 1e-4).height), 9)   # half a sphere is as high as its pad's radius
    0.0001
    """
    volume, pad_radius = np.broadcast_arrays(np.asarray(volume, float), np.asarray(pad_radius, float))
    if not (np.all(volume > 0) and np.all(pad_radius > 0)):
        raise ValueError("a pinned drop needs a positive volume and a positive pad radius")
    height = 2 * pad_radius * np.sinh(np.arcsinh(3 * volume / (np.pi * pad_radius**3)) / 3)
    sphere_radius = (pad_radius**2 + height**2) / (2 * height)
    return Cap(
        height=height[()],
        max_radius=np.where(height > pad_radius, sphere_radius, pad_radius)[()],
        contact_angle=(2 * np.arctan2(height, pad_radius))[()],
        sphere_radius=sphere_radius[()],
        area=(np.pi * (pad_radius**2 + height**2))[()],
    )


def cap_meridian(height: float, pad_radius: float, *, chord_error: float = 1e-9) -> np.ndarray:
    """Points of a cap's outline from the pad edge to the apex, whose revolved volume is exactly the cap's.

    Vertices lie on the circle closely enough for `chord_error`, pushed out of it by the fraction of that error which makes the polygon's
    solid of revolution as large as the true cap, so that metal is conserved when it is drawn.

    Parameters
    ----------
    height : h [m]
    pad_radius : a [m]
    chord_error : largest distance between chord and arc [m]

    Returns
    -------
    array (n, 2) of (r, z) [m], z measured from the pad's plane, ends on the axis.
    """
    sphere_radius = (pad_radius**2 + height**2) / (2 * height)
    centre = height - sphere_radius
    start = np.arctan2(-centre, pad_radius)
    step = 2 * np.arccos(max(1 - chord_error / sphere_radius, 0.0))
    angles = np.linspace(start, np.pi / 2, max(8, int(np.ceil((np.pi / 2 - start) / step)) + 1))
    target = np.pi * height * (3 * pad_radius**2 + height**2) / 6
    # Chords lie inside the circle. Vertices pushed out by two thirds of the sagitta make up for it; the secant finds how far exactly.
    sagitta = sphere_radius * (1 - np.cos((angles[1] - angles[0]) / 2))
    outward, farther = 0.0, sagitta
    missing = target - _revolved(_arc(pad_radius, height, sphere_radius, angles, outward))
    for _ in range(6):
        points = _arc(pad_radius, height, sphere_radius, angles, farther)
        left = target - _revolved(points)
        if left == missing or abs(left) <= 1e-15 * target:
            break
        outward, farther, missing = farther, farther - left * (farther - outward) / (left - missing), left
    return points


def _arc(pad_radius: float, height: float, sphere_radius: float, angles: np.ndarray, outward: float) -> np.ndarray:
    """Outline of a cap from the pad edge to the apex with its inner vertices pushed out of the circle [m]."""
    reach = sphere_radius + outward
    points = np.column_stack([reach * np.cos(angles), height - sphere_radius + reach * np.sin(angles)])
    points[0] = (pad_radius, 0.0)
    points[-1] = (0.0, height)
    return points


def _revolved(points: np.ndarray) -> float:
    """Volume of revolution below an outline from the rim to the axis [m^3]."""
    r, z = points[:, 0], points[:, 1]
    return np.pi / 3 * np.sum((z[1:] - z[:-1]) * (r[1:] ** 2 + r[1:] * r[:-1] + r[:-1] ** 2))
