"""A part of the plan, and how much of it each cut sees: radii about the bump's centre, or stretches of an unfolded line [m]."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from waferbump.geometry.plan import ANGULAR, MaskShape, disc
from waferbump.geometry.queries import merged_spans

Spans = tuple[tuple[float, float], ...]

FAR = 1.0  # m; an outline that has no end in the cell ends here
_APART = 2.5e-7  # m; corners whose distances from the centre differ by less are looked at once
_CONCENTRIC = 1e-8  # m, as for masks: twice the 5 nm grid that they are commonly drawn on
_AZIMUTHS = 360  # at which a circle about the bump's centre is looked along
_RADII = 64  # at which it is looked whether the plan changes, before the change is closed in on
_QUARTER = 16  # points on a quarter of a rounded corner: walls lean by micrometres, chords of that deviate by some nanometres
_SHARED = 1e-12  # m; stretches nearer than this to one another are one


@dataclass(frozen=True)
class Area:
    """A part of the plan.

    polygon : outline [m]
    rings : exact (inner, outer) radii [m] about `centre` of an area made of circles, which the polygon only stands for; None otherwise
    centre : of the rings [m]
    inside_out : the area whose outside this one is, if it is one's
    """

    polygon: BaseGeometry
    rings: Spans | None = None
    centre: tuple[float, float] = (0.0, 0.0)
    inside_out: Area | None = None

    @staticmethod
    def of(mask: MaskShape) -> Area:
        """What a mask outlines."""
        if mask.radius is not None:
            return Area.about(((0.0, mask.radius),), mask.centre)
        return Area(mask.polygon)

    @staticmethod
    def about(rings: Sequence[tuple[float, float]], centre: tuple[float, float] = (0.0, 0.0)) -> Area:
        """Rings (inner, outer) [m] about a centre."""
        shapes = []
        for inner, outer in rings:
            whole = shapely.box(-FAR, -FAR, FAR, FAR) if outer >= FAR else disc(outer, centre)
            shapes.append(whole.difference(disc(inner, centre)) if inner > 0.0 else whole)
        return Area(shapely.union_all(shapes), tuple((float(a), float(b)) for a, b in rings), centre)

    @cached_property
    def outside(self) -> Area:
        """All that is not inside."""
        if self.rings is None:
            return self.inside_out or Area(shapely.box(-FAR, -FAR, FAR, FAR).difference(self.polygon), inside_out=self)
        ends = [0.0, *(radius for ring in sorted(self.rings) for radius in ring), FAR]
        gaps = [(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True) if b > a]
        return Area.about(gaps, self.centre)

    def widened(self, distance: float) -> Area:
        """The area with its edge moved outwards by a distance [m], inwards where that is negative."""
        if self.rings is None:
            if self.inside_out is not None:
                return self.inside_out.widened(-distance).outside
            return Area(shapely.buffer(self.polygon, distance, quad_segs=_QUARTER))
        moved = [(max(a - distance, 0.0) if a > 0.0 else 0.0, b if b >= FAR else b + distance) for a, b in self.rings]
        return Area.about([(a, b) for a, b in moved if b > a], self.centre)

    def round(self, width: float) -> Spans:
        """Radii (inner, outer) [m] between which most of a circle about the bump's centre lies inside, up to the cell's edge.

        Exact for rings about the centre; a concentric outline no more angular than a square is the circle of equal area. Elsewhere a line
        that leaves a round pad is not seen, and an edge that is not round is taken where half of the circle is on either side of it.
        """
        if self.rings is not None and self.centre == (0.0, 0.0):
            return tuple((a, min(b, width)) for a, b in self.rings if a < width)
        if self.inside_out is not None:
            ends = [0.0, *(radius for span in self.inside_out.round(width) for radius in span), width]
            return tuple((a, b) for a, b in zip(ends[::2], ends[1::2], strict=True) if b > a)
        if self.polygon.is_empty:
            return ()
        if (radius := equal_circle(self.polygon)) is not None:
            return ((0.0, min(radius, width)),)
        radii = np.linspace(0.0, width, _RADII + 1)
        corners = np.hypot(*shapely.get_coordinates(self.polygon).T)
        radii = np.unique(np.concatenate([radii, np.round(corners[corners < width] / _APART) * _APART]))
        middle = (radii[1:] + radii[:-1]) / 2
        share = self.share(middle)
        ends = [0.0] if share[0] > 0.5 else []
        for low, high, before, after in zip(middle, middle[1:], share > 0.5, share[1:] > 0.5, strict=False):
            if before != after:
                ends.append(self._change(low, high, bool(before)))
        if len(ends) % 2:
            ends.append(width)
        return tuple(zip(ends[::2], ends[1::2], strict=True))

    def share(self, radii: np.ndarray) -> np.ndarray:
        """Part of a circle of each radius [m] about the bump's centre that lies inside [1]."""
        turn = (np.arange(_AZIMUTHS) + 0.5) * 2 * math.pi / _AZIMUTHS
        shapely.prepare(self.polygon)
        x, y = np.outer(np.atleast_1d(radii), np.cos(turn)), np.outer(np.atleast_1d(radii), np.sin(turn))
        return shapely.contains_xy(self.polygon, x.ravel(), y.ravel()).reshape(x.shape).mean(axis=1)

    def _change(self, low: float, high: float, inside: bool) -> float:
        for _ in range(40):
            middle = (low + high) / 2
            if (self.share(np.array([middle]))[0] > 0.5) == inside:
                low = middle
            else:
                high = middle
            if high - low < _SHARED:
                break
        return (low + high) / 2

    def along(self, line: Sequence[tuple[float, float]]) -> Spans:
        """Stretches (from, to) [m] of a polyline's length that lie inside."""
        found, start = [], 0.0
        for (x0, y0), (x1, y1) in itertools.pairwise(line):
            length = math.hypot(x1 - x0, y1 - y0)
            if self.rings is not None:
                found += [(start + a, start + b) for a, b in self._chords((x0, y0), (x1, y1), length)]
            else:
                hit = shapely.intersection(self.polygon, shapely.LineString([(x0, y0), (x1, y1)]))
                for part in shapely.get_parts(hit):
                    if part.geom_type == "LineString" and not part.is_empty:
                        ends = sorted(math.hypot(x - x0, y - y0) for x, y in part.coords)
                        found.append((start + ends[0], start + ends[-1]))
            start += length
        found = [(a, b) for a, b in found if b - a > _SHARED]
        return tuple(merged_spans(np.array([a for a, _ in found]), np.array([b for _, b in found]), _SHARED))

    def _chords(self, start: tuple[float, float], end: tuple[float, float], length: float) -> list[tuple[float, float]]:
        """Stretches of a straight piece inside the rings: the exact chords of their circles."""
        ux, uy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
        cx, cy = self.centre[0] - start[0], self.centre[1] - start[1]
        foot, off = cx * ux + cy * uy, abs(cx * uy - cy * ux)
        found = []
        for inner, outer in self.rings or ():
            if off >= outer:
                continue
            half = math.sqrt(outer**2 - off**2)
            pieces = [(foot - half, foot + half)]
            if off < inner:
                gap = math.sqrt(inner**2 - off**2)
                pieces = [(foot - half, foot - gap), (foot + gap, foot + half)]
            found += [(max(a, 0.0), min(b, length)) for a, b in pieces if min(b, length) > max(a, 0.0)]
        return found


def equal_circle(polygon: BaseGeometry, tolerance: float = _CONCENTRIC) -> float | None:
    """Radius [m] of the circle of equal area that a round cell takes for an outline about the bump's centre.

    None where the outline is not one, has a hole, lies off the centre by more than the tolerance [m], or is more angular than a square.
    """
    parts = shapely.get_parts(polygon)
    if len(parts) != 1 or len(parts[0].interiors):
        return None
    centroid = parts[0].centroid
    if math.hypot(centroid.x, centroid.y) > tolerance:
        return None
    nearest = parts[0].exterior.distance(shapely.Point(0.0, 0.0))
    farthest = float(np.hypot(*shapely.get_coordinates(parts[0].exterior).T).max())
    return math.sqrt(parts[0].area / math.pi) if farthest <= ANGULAR * nearest else None
