"""The wall round a pad, as one line of straight pieces that turns about the axis, and how much room it encloses.

No dimensions: lengths are in units of the pad radius. The line runs from the pad's edge (1, 0), over a level floor if there is one, upwards
and outwards to a flat top. A place on it is (piece, part of that piece). A corner is convex where the wall turns away from the liquid,
concave where it turns into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

FLAT = 0.02  # [rad] our choice: a piece that rises less is a ledge
_DEEP = 1e-7  # our choice: a surface deeper in the wall than this is not admitted
_BENT = 1e-9  # [rad] a corner that turns less is none

Place = tuple[int, float]


@dataclass(frozen=True)
class Hollow:
    """A wall: its corners [(r, z)] from pad to end, the contact angle on each piece [rad], rho g a^2/gamma."""

    corners: np.ndarray
    angles: np.ndarray
    bond: float

    @cached_property
    def alphas(self) -> np.ndarray:
        """How steeply each piece rises, from the horizontal [rad]."""
        steps = np.diff(self.corners, axis=0)
        return np.arctan2(steps[:, 1], steps[:, 0])

    @cached_property
    def slopes(self) -> np.ndarray:
        """Slope against the horizontal at which a surface above leaves each piece, theta - alpha [rad]."""
        return self.angles - self.alphas

    @cached_property
    def directions(self) -> np.ndarray:
        """Direction in which a surface below, round a ring of gas, ends on each piece, theta + alpha - 180 degrees [rad]."""
        return self.angles + self.alphas - np.pi

    @cached_property
    def convex(self) -> list[int]:
        """Corners that can hold a line of contact."""
        return [i for i in range(1, len(self.alphas)) if self.alphas[i] < self.alphas[i - 1] - _BENT]

    @cached_property
    def concave(self) -> list[int]:
        """Corners in which gas may lie."""
        return [i for i in range(1, len(self.alphas)) if self.alphas[i] > self.alphas[i - 1] + _BENT]

    @cached_property
    def dewetting(self) -> list[int]:
        """Concave corners that liquid cannot fill.

        Where the two contact angles add up to more than 180 degrees and the corner's opening, a cut across it pays, however short it is
        (Concus and Finn, Proc. Natl. Acad. Sci. 63 (1969) 292, for gas instead of liquid).
        """
        return [i for i in self.concave if self.slopes[i - 1] + self.directions[i] > np.pi + _BENT]

    def rises(self, first: int, last: int) -> bool:
        """Whether any piece from first to last is more than a ledge."""
        return bool(np.any(self.alphas[first : last + 1] > FLAT))

    @cached_property
    def inner(self) -> shapely.Polygon:
        """What no surface may enter: all that lies to the right of the wall and below it, less a skin."""
        r_end, z_end = self.corners[-1]
        far = max(10 * r_end, r_end + 10)
        solid = shapely.Polygon([*map(tuple, self.corners), (far, z_end), (far, -1.0), (1.0, -1.0)])
        return solid.buffer(-_DEEP)

    def place(self, where: Place) -> np.ndarray:
        """The point (r, z) at a place."""
        piece, part = where
        if piece >= len(self.alphas):
            return self.corners[-1]
        return self.corners[piece] + part * (self.corners[piece + 1] - self.corners[piece])

    def wetted(self, low: Place, high: Place) -> tuple[float, float, float]:
        """Volume to the axis, area and moment of the wall between two places."""
        return frusta(np.array([self.place(low), *self.corners[low[0] + 1 : high[0] + 1], self.place(high)]))


def frusta(points: np.ndarray) -> tuple[float, float, float]:
    """Volume to the axis (counted upwards), area and moment of a line of straight pieces that turns about the axis.

    V = sum pi/3 dz (r1^2 + r1 r2 + r2^2), A = sum pi (r1 + r2) ds, M = integral of pi r^2 z dz

    Parameters
    ----------
    points : (r, z) along the line [a], array (n, 2)

    Valid for any line. Source: solid geometry.

    >>> [round(x / np.pi, 12) for x in frusta(np.array([[1.0, 0.0], [1.0, 2.0]]))]   # a cylinder
    [2.0, 4.0, 2.0]
    """
    r, z = points[:, 0], points[:, 1]
    dr, dz = np.diff(r), np.diff(z)
    r0, z0 = r[:-1], z[:-1]
    volume = np.pi * np.sum(dz * (r0**2 + r0 * dr + dr**2 / 3))
    area = np.pi * np.sum((2 * r0 + dr) * np.hypot(dr, dz))
    moment = np.pi * np.sum(dz * (z0 * (r0**2 + r0 * dr + dr**2 / 3) + dz * (r0**2 / 2 + 2 * r0 * dr / 3 + dr**2 / 4)))
    return float(volume), float(area), float(moment)
