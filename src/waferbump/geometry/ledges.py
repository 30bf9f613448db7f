"""The openings of two layers on one another where they meet: a shelf, an overhang, or one wall."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely

from .section import Section

BESIDE = 1e-8  # m above and below the interface at which openings are read: a wall of 85 degrees moves by one nanometre within it
_FLAT = 1.0  # slope above which a surface is a wall, not a shelf: 45 degrees
_ROUGH = 1e-7  # m; a steep piece lower than this is the roughness of a shelf, not its end


def ledge(section: Section, lower: str, upper: str) -> tuple[float, float, float]:
    """Height of the interface of two layers round an opening, and the radii [m] of both openings there: (z, lower, upper).

    Leaning walls alone make a lower opening narrower at half height than an upper one; at the interface they do not. A shelf is what
    of the lower layer's surface runs on from the interface at less than 45 degrees, an overhang what so does of the upper one's
    underside. Where the upper layer reaches down into the lower one's opening, the interface begins at the rim of that opening.
    """
    lines = [list(line.coords) for line in section.contact_lines(lower, upper).geoms]
    inside = min((line[::way] for line in lines for way in (1, -1)), key=lambda line: line[0][0])
    flat = ((here, there) for here, there in pairwise(inside) if abs(there[0] - here[0]) >= abs(there[1] - here[1]))
    start, _ = next(flat, (inside[-1], None))
    x, z = start
    below, above = inner_wall(section, lower, z - BESIDE), inner_wall(section, upper, z + BESIDE)
    if start == inside[0]:  # both layers' surfaces run on from here in the open
        below, above = min(below, _end_of_flat(section, lower, x, z)), min(above, _end_of_flat(section, upper, x, z))
    return z, below, above


def inner_wall(section: Section, region: str, z: float) -> float:
    """Radius [m] at which a region begins at a height; 0 where it covers the axis, the cell's width where it is not."""
    spans = section.spans(region, z)
    return spans[0][0] if spans else section.width


def _end_of_flat(section: Section, region: str, x: float, z: float) -> float:
    """How far inwards a region's open surface runs from a point before it turns steep [m]."""
    ends = [x]
    for line in shapely.get_parts(shapely.line_merge(section.exposed(region))):
        points = shapely.get_coordinates(line)
        for way in (points, points[::-1]):
            here = np.flatnonzero(np.hypot(way[:, 0] - x, way[:, 1] - z) < BESIDE)
            if len(here):
                ends.append(_walked(way[here[0] :]))
    return min(ends)


def _walked(points: np.ndarray) -> float:
    """Where a line stops running inwards at less than 45 degrees, pieces of roughness left aside."""
    end, climbed = points[0, 0], 0.0
    for (x0, z0), (x1, z1) in pairwise(points.tolist()):
        if x1 < x0 and abs(z1 - z0) <= _FLAT * (x0 - x1):
            end, climbed = min(end, x1), 0.0
            continue
        climbed += abs(z1 - z0)
        if climbed > _ROUGH:
            break
    return end
