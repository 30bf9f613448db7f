"""Areas of a round cut that molten solder fills, and the volumes that they sweep."""

from __future__ import annotations

from math import pi

import shapely
from shapely import Polygon

from ..geometry.section import GeometryError, Section

STEP = 1e-8  # m, a length that counts as one against the partition's 1e-11


def hollows(section: Section, radius: float, height: float):
    """Open air below a level that the liquid above it runs down into: dishes open to the top, not what lies under an overhang."""
    air = section.open_air()
    below = areas(air.intersection(shapely.box(0, section.floor, radius, height)))
    over = shapely.MultiPolygon(areas(air.intersection(shapely.box(0, height, radius, section.ceiling))))
    return shapely.union_all([part for part in below if part.boundary.intersection(over.boundary).length > STEP])


def areas(geometry) -> list[Polygon]:
    """The polygons among what an overlay leaves (it may leave lines and points too)."""
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and part.area > 0]


def room(section: Section, level: float, within: float) -> float:
    """Volume of the open hollow below a level and inside a radius [m^3]."""
    try:
        return section.filled("liquid", "liquid", level=level, within=within).volume("liquid")
    except GeometryError:  # no open air lies below that level: there is no hollow
        return 0.0


def wall_radius(section: Section, level: float, limit: float) -> float:
    """Radius of the open shaft round the axis at a height [m]."""
    for a, b in section.spans("air", level):
        if a <= 1e-12:
            return min(b, limit)
    return limit


def solid_above(section: Section, level: float):
    """All that is solid above a level, as one area."""
    box = shapely.box(0, level, section.width, section.ceiling)
    shapes = [section.shape(n) for n in section.names if n != "air"]
    return shapely.union_all(shapes).intersection(box)


def revolved(geometry) -> float:
    """Volume of revolution of an area [m^3] (Pappus)."""
    return sum(2 * pi * p.centroid.x * p.area for p in areas(geometry))
