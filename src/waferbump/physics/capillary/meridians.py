"""Outlines of liquid bodies: polygons close to a meridian whose solid of revolution holds exactly the liquid's volume."""

from __future__ import annotations

import numpy as np

from .young_laplace import trace

FEWEST, MOST = 17, 200_000  # our choice: points of an outline


def revolved(points: np.ndarray) -> float:
    """Volume swept between an outline and the axis when it turns about the axis.

    V = (pi/3) sum of (z2 - z1) (r1^2 + r1 r2 + r2^2)

    Parameters
    ----------
    points : (r, z) along the outline [a], array (n, 2)

    Valid for outlines that go up with the body on their left; parts that go down count negative. Source: sum of frusta.

    >>> round(float(revolved(np.array([[1.0, 0.0], [1.0, 2.0]]))) / np.pi, 12)   # a cylinder
    2.0
    """
    r, z = points[:, 0], points[:, 1]
    return np.pi / 3 * np.sum((z[1:] - z[:-1]) * (r[1:] ** 2 + r[1:] * r[:-1] + r[:-1] ** 2))


def outline(start: tuple[float, float, float], pressure0: float, bond: float, length: float, chord_error: float) -> np.ndarray:
    """Points along an arc whose solid of revolution is as large as the arc's; both ends lie on the arc.

    Chords cut a curved meridian short. Each inner point is moved along the normal by one and the same multiple (about two thirds) of the
    height of the arc above its chords there, found so that the volume is exact.

    Parameters
    ----------
    start : (r, z, phi) as in `young_laplace.integrate` [a, a, rad]
    pressure0, bond : as there [gamma/a, 1]
    length : of the arc [a]
    chord_error : largest distance between chord and arc [a]

    Returns
    -------
    array (n, 2) of (r, z) [a] from the start of the arc to its end.

    Raises
    ------
    ValueError : a chord error that is not positive, or one so small that more than 200 000 points were needed.

    Valid for arcs with an end. Source: the volume of frusta, solved by the secant method.

    >>> ball = outline((0.0, 0.0, 0.0), 2.0, 0.0, 3.0, 1e-4)
    >>> bool(abs(revolved(ball) / np.pi - (1 - np.cos(3)) ** 2 * (2 + np.cos(3)) / 3) < 1e-13)
    True
    """
    if not chord_error > 0:
        raise ValueError("the chord error of an outline must be positive")
    coarse = trace(*start, pressure0, bond, np.linspace(0, length, 65))
    curvature = np.abs(_curvature(coarse, pressure0, bond))
    chords = length * np.sqrt(np.max(curvature) / (8 * chord_error))
    if chords > MOST:
        raise ValueError(f"an outline that true needs {chords:.0f} points, more than {MOST}: allow a larger chord error")
    arc = trace(*start, pressure0, bond, np.linspace(0, length, max(FEWEST, int(np.ceil(chords)) + 1)))
    bend = _curvature(arc, pressure0, bond)
    rise = bend * (length / (len(arc) - 1)) ** 2 / 8
    rise[0] = rise[-1] = 0.0
    # The liquid is on the left, so that (sin, -cos) points out of it.
    normal = np.column_stack([np.sin(arc[:, 2]), -np.cos(arc[:, 2])]) * rise[:, None]
    target = arc[-1, 3]
    points = arc[:, :2]
    before, share = 0.0, 2 / 3
    missing = target - revolved(points)
    for _ in range(8):
        moved = points + share * normal
        left = target - revolved(moved)
        if left == missing or abs(left) <= 2e-16 * abs(target):
            return moved
        before, share, missing = share, share - left * (share - before) / (left - missing), left
    return moved


def _curvature(arc: np.ndarray, pressure0: float, bond: float) -> np.ndarray:
    """dphi/ds along an arc [1/a]; on the axis half the pressure."""
    r, z, phi = arc[:, 0], arc[:, 1], arc[:, 2]
    pressure = pressure0 - bond * z
    on_axis = r == 0
    return np.where(on_axis, pressure / 2, pressure - np.sin(phi) / np.where(on_axis, 1.0, r))
