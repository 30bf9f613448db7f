"""How heights are drawn: to scale, or with what is low raised by a stated factor so that thin films show under a tall bump."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import shapely

from waferbump.geometry.section import Section

FACTORS = (1.0, 2.0, 3.0, 5.0)
_LEGIBLE = 14.0  # [px] that a film of middling thickness should measure
_FLAT = 0.15  # a region taller than this part of the picture's width is no film: it stands
_TALLEST = 1.0  # exaggerated pictures grow no taller than this part of their width


@dataclass(frozen=True)
class Heights:
    """Heights drawn `factor` times too large up to z = `upto` [m], and true above.

    drawn(z) = factor z for z <= upto, else factor upto + (z - upto): continuous, so that nothing is torn.

    factor : [1], above 0;  upto : [m], above 0
    """

    factor: float = 1.0
    upto: float = math.inf

    def __post_init__(self) -> None:
        if not (math.isfinite(self.factor) and self.factor > 0.0 and self.upto > 0.0):
            raise ValueError(f"heights are drawn by a finite factor above 0 up to a level above 0, not {self.factor!r}, {self.upto!r}")

    @property
    def true(self) -> bool:
        """Whether everything is to scale."""
        return self.factor == 1.0

    @property
    def words(self) -> str:
        """What a picture must say of itself.

        >>> Heights(5.0, 4e-5).words
        'heights x 5 up to z = 40 um, to scale above'
        """
        if self.true:
            return "to scale"
        return f"heights x {self.factor:g}" + (f" up to z = {self.upto * 1e6:.4g} um, to scale above" if math.isfinite(self.upto) else "")

    def drawn(self, z):
        """Drawn heights [m] of heights z [m], number or array."""
        if self.true:
            return z
        low = np.minimum(z, self.upto)
        return self.factor * low + (np.asarray(z) - low)

    def applied(self, shape):
        """A (multi)polygon in (x, z) [m] as drawn; edges that cross `upto` get a corner there."""
        if self.true:
            return shape
        return shapely.MultiPolygon(
            [
                shapely.Polygon(self._ring(part.exterior), [self._ring(hole) for hole in part.interiors])
                for part in getattr(shape, "geoms", (shape,))
                if part.geom_type == "Polygon" and not part.is_empty
            ]
        )

    def _ring(self, ring) -> np.ndarray:
        corners = np.asarray(ring.coords)[:, :2]
        if math.isfinite(self.upto):
            z = corners[:, 1] - self.upto
            crossing = np.flatnonzero(z[:-1] * z[1:] < 0)
            share = (z[crossing] / (z[crossing] - z[crossing + 1]))[:, None]
            corners = np.insert(corners, crossing + 1, corners[crossing] + share * (corners[crossing + 1] - corners[crossing]), axis=0)
        return np.column_stack([corners[:, 0], self.drawn(corners[:, 1])])


def heights_for(sections: Iterable[Section], width: float, scale: float, slices: Collection[str] = ()) -> Heights:
    """The smallest round factor that makes films legible in pictures `width` [m] wide at `scale` [px/m].

    Tall bodies and `slices` of round ones stay to scale above the films. The factor stays so small that no picture grows taller than wide.
    """
    thicknesses, tops, tallest = [], [0.0], 0.0
    for section in sections:
        for region in section.regions[1:-1]:
            _, low, _, high = region.shape.bounds
            tallest = max(tallest, high)
            if high - low <= _FLAT * width and region.name not in slices:
                thicknesses.append(2.0 * region.shape.area / region.shape.length)
                tops.append(high)
    if not thicknesses:
        return Heights()
    films = sorted(thicknesses)
    usual = films[len(films) // 2]
    zone = _round_up(max(tops)) if tallest > 1.5 * max(tops) else math.inf
    low_part = min(zone, tallest)
    fitting = [f for f in FACTORS if f == 1.0 or f * low_part + (tallest - low_part) <= _TALLEST * width]
    factor = next((f for f in fitting if f * usual * scale >= _LEGIBLE), fitting[-1])
    return Heights(factor, zone) if factor > 1.0 else Heights()


def _round_up(height: float) -> float:
    """The next micrometre (our choice): a number that reads well beside an axis, and little of a ball's foot is stretched."""
    return math.ceil(height / 1e-6 - 1e-9) * 1e-6
