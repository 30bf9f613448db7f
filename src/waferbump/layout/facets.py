"""How a circle came into a mask file: as a polygon, whose width depends on where one measures it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely

_ROUND_NUMBER = 1e-6  # m: people draw circles in whole micrometres
_NEAR_ROUND = 0.02e-6  # m: a corner on a 10 nm grid is up to 7 nm off the circle, on both ends of a diameter
_REGULAR_RADIUS = 5e-4  # relative: 7 nm of a 15 um radius; the middle of a 64-gon's side is 1.2e-3 inside its corners
_REGULAR_ANGLE = 0.03  # relative: 10 nm of grid at both ends of a 1.5 um side is 1.4 %; an octagon from a square shows 5 % or more


@dataclass(frozen=True)
class Facets:
    """The widths of one polygon that stands for a round opening.

    Parameters
    ----------
    corners : corners of the outline [1]
    regular : corners on one circle about the centroid, evenly spaced
    across_corners : twice the largest distance from centroid to outline [m]
    across_flats : twice the smallest distance from centroid to outline [m]
    equal_area : diameter of the circle of the same area, 2 sqrt(A/pi) [m]
    nominal : the whole number of micrometres that one of them meets within 20 nm, else `equal_area` [m]
    nominal_is : which of them that is: "across corners", "across flats" or "equal area"
    """

    corners: int
    regular: bool
    across_corners: float
    across_flats: float
    equal_area: float
    nominal: float
    nominal_is: str

    @property
    def roundness(self) -> float:
        """Across flats / across corners [1]: 1 for a circle, cos(pi/n) for a regular n-gon, 0 for an outline round its centroid."""
        return self.across_flats / self.across_corners


def facets(polygon: shapely.Polygon, grid: float) -> Facets:
    """Measure the outline of one opening about its own centroid.

    Parameters
    ----------
    polygon : the opening [m]
    grid : step of the coordinates, below which nothing differs [m]

    >>> square = shapely.box(0.0, 0.0, 2e-5, 2e-5)
    >>> round(facets(square, 1e-9).roundness, 6)
    0.707107
    """
    centre = polygon.centroid
    ring = shapely.get_coordinates(polygon.exterior)[:-1] - (centre.x, centre.y)
    radii = np.hypot(ring[:, 0], ring[:, 1])
    outer = float(radii.max())
    inner = float(shapely.distance(polygon.boundary, centre)) if polygon.contains(centre) else 0.0
    widths = {"across corners": 2.0 * outer, "across flats": 2.0 * inner, "equal area": 2.0 * math.sqrt(polygon.area / math.pi)}
    regular = _is_regular(ring, radii, grid) and not polygon.interiors
    nominal, nominal_is = widths["equal area"], "equal area"
    if regular and len(ring) >= 8:
        miss = {name: abs(width - _whole(width)) for name, width in widths.items()}
        best = min(miss, key=miss.get)
        if miss[best] <= _NEAR_ROUND and _whole(widths[best]) > 0.0:
            nominal, nominal_is = _whole(widths[best]), best
    return Facets(len(ring), regular, widths["across corners"], widths["across flats"], widths["equal area"], nominal, nominal_is)


def _whole(width: float) -> float:
    return round(width / _ROUND_NUMBER) / round(1.0 / _ROUND_NUMBER)


def _is_regular(ring: np.ndarray, radii: np.ndarray, grid: float) -> bool:
    mean = float(radii.mean())
    if np.ptp(radii) > max(4.0 * grid, 2.0 * _REGULAR_RADIUS * mean):
        return False
    angles = np.sort(np.arctan2(ring[:, 1], ring[:, 0]))
    steps = np.diff(np.append(angles, angles[0] + 2.0 * math.pi)) * len(ring) / (2.0 * math.pi)
    slack = max(_REGULAR_ANGLE, 4.0 * grid * len(ring) / (2.0 * math.pi * mean))
    return bool(np.all(np.abs(steps - 1.0) <= slack))
