"""The openings of two layers on one another where they meet: a shelf, an overhang, or one wall."""

from __future__ import annotations

from itertools import pairwise
from math import atan2, pi, tan

import numpy as np
import shapely

from .section import Section

BESIDE = 1e-8  # m above and below the interface at which openings are read: a wall of 85 degrees moves by one nanometre within it
FLAT = pi / 4  # from the horizontal; a steeper surface is a wall, not a shelf
HALF = 0.5  # of the other layer's wall angle: a shelf is at least so much flatter than the wall that it ends at
ROUGH = 1e-7  # m; a steep piece lower than this is the roughness of a shelf, not its end
_CHORD = (0.1, 0.6)  # of a layer's thickness from the interface, between which the angle of its wall is read


def ledge(section: Section, lower: str, upper: str, *, rough: float = ROUGH) -> tuple[float, float, float]:
    """Height of the interface of two layers round an opening, and the radii [m] of both openings there: (z, lower, upper).

    Leaning walls alone make a lower opening narrower at half height than an upper one; at the interface they do not. A shelf is what
    of the lower layer's surface runs on from the interface at less than 45 degrees and less than half the angle of the upper wall; an
    overhang what so does of the upper layer's underside, against the lower wall. Where the upper layer reaches down into the lower
    one's opening, the interface begins at the rim of that opening. Steep pieces up to `rough` [m] high are taken for roughness.
    """
    lines = [list(line.coords) for line in shapely.get_parts(shapely.line_merge(section.contact_lines(lower, upper)))]
    # a layer may stand in islands inside its opening: the interface that counts is that of the field
    outermost = max(lines, key=lambda line: max(x for x, _ in line))
    inside = outermost if outermost[0][0] <= outermost[-1][0] else outermost[::-1]
    flat = ((here, there) for here, there in pairwise(inside) if abs(there[0] - here[0]) >= abs(there[1] - here[1]))
    start, _ = next(flat, (inside[-1], None))
    x, z = start
    below, above = inner_wall(section, lower, z - BESIDE, x), inner_wall(section, upper, z + BESIDE, x)
    if start == inside[0]:  # both layers' surfaces run on from here in the open
        below = min(below, _end_of_flat(section, lower, x, z, flat_limit(_wall_angle(section, upper, z, 1.0)), rough))
        above = min(above, _end_of_flat(section, upper, x, z, flat_limit(_wall_angle(section, lower, z, -1.0)), rough))
    return z, below, above


def flat_limit(wall: float) -> float:
    """Steepest angle [rad] of a shelf that ends at a wall of some angle from the horizontal [rad]."""
    return min(FLAT, HALF * wall)


def _wall_angle(section: Section, region: str, z: float, up: float) -> float:
    """Angle of a layer's wall from the horizontal [rad], by a chord above or below its interface; an undercut wall counts as upright."""
    _, low, _, high = section.bounds(region)
    height = (high - z) if up > 0 else (z - low)
    near, far = (inner_wall(section, region, z + up * part * height) for part in _CHORD)
    outwards = up * (far - near)
    return pi / 2 if outwards <= 0 else atan2((_CHORD[1] - _CHORD[0]) * height, outwards)


def inner_wall(section: Section, region: str, z: float, x: float | None = None) -> float:
    """Radius [m] at which a region begins at a height; 0 where it covers the axis, the cell's width where it is not.

    Of several pieces it is the outermost that counts, or the one that reaches x [m].
    """
    spans = section.spans(region, z)
    if not spans:
        return section.width
    if x is not None:
        return next((a for a, b in spans if a - BESIDE <= x <= b + BESIDE), spans[-1][0])
    return spans[-1][0]


def _end_of_flat(section: Section, region: str, x: float, z: float, limit: float, rough: float) -> float:
    """How far inwards a region's open surface runs from a point before it turns steep [m]."""
    ends = [x]
    for line in shapely.get_parts(shapely.line_merge(section.exposed(region))):
        points = shapely.get_coordinates(line)
        for way in (points, points[::-1]):
            here = np.flatnonzero(np.hypot(way[:, 0] - x, way[:, 1] - z) < BESIDE)
            if len(here):
                ends.append(_walked(way[here[0] :], tan(limit), rough))
    return min(ends)


def _walked(points: np.ndarray, steepest: float, rough: float) -> float:
    """Where a line stops running inwards at less than a slope, pieces of roughness left aside."""
    end, climbed = points[0, 0], 0.0
    for (x0, z0), (x1, z1) in pairwise(points.tolist()):
        if x1 < x0 and abs(z1 - z0) <= steepest * (x0 - x1):
            end, climbed = min(end, x1), 0.0
            continue
        climbed += abs(z1 - z0)
        if climbed > rough:
            break
    return end
