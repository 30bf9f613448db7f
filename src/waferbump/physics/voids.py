"""Voids that the flux of a solder paste leaves in the frozen bump."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, pi, sqrt

import numpy as np

# How many voids there are and how large is an engineering estimate, to be replaced by x-ray counts: the mean of the void area lies
# between 2 and 10 % of the bump's area in what is commonly reported; count Poisson, size lognormal. All assumed.
MEAN_COUNT = 3.0
MEAN_AREA = 0.05  # of the bump's area
SIZE_SPREAD = 0.5  # standard deviation of the logarithm of a void's radius
LARGEST_AREA = 0.25  # of the bump's area: what IPC-7095 still accepts (as other sources quote it); a draw above it is cut to it


@dataclass(frozen=True)
class Voids:
    """Voids in one bump: radii [m], volume of all [m^3], and their area over the bump's area as x-rays show it [1]."""

    radii: tuple[float, ...]
    volume: float
    area_fraction: float


def entrapped_voids(
    metal_volume: float, rng: np.random.Generator | None = None, *, mean_area: float = MEAN_AREA, mean_count: float = MEAN_COUNT
) -> Voids:
    """Voids in a bump made of paste: the mean case, or one draw of their distribution.

    Count N ~ Poisson(n), radii r_i lognormal, scaled so that E[sum_i r_i^2] = f R^2 with R the radius of a sphere of the metal's volume;
    sum_i r_i^2 <= 0.25 R^2. Without a generator: n equal voids of area f.

    Parameters
    ----------
    metal_volume : V [m^3], above zero
    rng : generator of the draw [1]; None for the mean case
    mean_area : f [1], 0 to 0.25
    mean_count : n [1], above zero

    Raises
    ------
    ValueError : a volume or count that is not positive, or an area outside 0 to 0.25.

    The distribution is assumed (see the constants above), not measured on any line. Source: engineering estimate; limit IPC-7095.

    >>> found = entrapped_voids(1e-12)
    >>> round(found.area_fraction, 6), len(found.radii)
    (0.05, 3)
    """
    if not (metal_volume > 0 and mean_count > 0 and 0 <= mean_area <= LARGEST_AREA):
        raise ValueError(f"voids need a positive volume and count, and an area from 0 to {LARGEST_AREA}")
    radius = (3 * metal_volume / (4 * pi)) ** (1 / 3)
    typical = radius * sqrt(mean_area / mean_count)
    if rng is None:
        radii = np.full(max(round(mean_count), 1), radius * sqrt(mean_area / max(round(mean_count), 1)))
    else:
        # the median is chosen so that the mean of r^2 is typical^2: E[r^2] = median^2 exp(2 s^2)
        radii = typical * exp(-(SIZE_SPREAD**2)) * np.exp(SIZE_SPREAD * rng.standard_normal(rng.poisson(mean_count)))
    area = float(np.sum(radii**2)) / radius**2
    if area > LARGEST_AREA:
        radii, area = radii * sqrt(LARGEST_AREA / area), LARGEST_AREA
    return Voids(tuple(float(r) for r in radii), float(4 / 3 * pi * np.sum(radii**3)), area)
