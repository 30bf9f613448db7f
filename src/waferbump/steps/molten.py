"""Outline of molten solder in a round cut: a truncated sphere on its pad, or a column in its mask with a cap on top.

Gravity is neglected (a 300 um ball on a 200 um pad loses 7e-4 of its height to it). Between walls the liquid is taken to fill the
opening without a ring of gas at the foot, and its top to meet the wall at the resist's contact angle.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, tan

import numpy as np
import shapely
from scipy.optimize import brentq
from shapely import Polygon

from ..geometry.section import GeometryError, Section
from ..physics.capillary import cap_meridian, truncated_sphere
from ..state import StepError
from .wetting import WettedEdge

_SLIVER = 1e-7  # part of a drop's own volume that rounding may put into a wall


@dataclass(frozen=True)
class Outline:
    """Where a body of molten solder is.

    column_level : it fills open air up to here [m], inside column_radius [m]; None when it has no column
    cap : polygon of the part above that [(r, z) m] or None;  apex [m];  max_radius [m];  contact_angle [rad] at the pad edge of a
        free cap (a column's edge stands between walls)
    regime : "free" on its pad, "over the rim" of a mask it fills, or "in the opening"
    """

    column_level: float | None
    column_radius: float
    cap: Polygon | None
    apex: float
    max_radius: float
    contact_angle: float | None
    regime: str


def outline(section: Section, volume: float, edge: WettedEdge, rims: list[tuple[float, float]], wall_angle: float) -> Outline:
    """Shape that a volume of liquid takes on its pad between the walls that are there.

    Parameters
    ----------
    section : the cut without the liquid
    volume : [m^3]
    edge : of the wettable metal
    rims : (radius, height) [m] of the masks' inner top edges, lowest first
    wall_angle : contact angle of the liquid on the mask's walls [rad]

    Raises
    ------
    StepError : it reaches the neighbour.
    """
    free = _pinned(section, volume, edge.radius, edge.height, "free")
    if free is not None:
        return free
    for radius, height in rims:
        if height <= edge.height:
            continue
        room = _room(section, height, radius)
        if volume <= room:
            return _inside(section, volume, edge, radius, height, wall_angle)
        over = _pinned(section, volume - room, radius, height, "over the rim", column=True)
        if over is not None:
            return over
    raise StepError(_bridging(section, volume, edge, rims))


def _bridging(section: Section, volume: float, edge: WettedEdge, rims) -> str:
    reach = float(truncated_sphere(volume, edge.radius).max_radius)
    if reach >= section.width:
        return (
            f"{volume * 1e18:.4g} um^3 of solder on a pad of {2e6 * edge.radius:.4g} um make a drop {2e6 * reach:.4g} um wide: "
            f"at a pitch of {2e6 * section.width:.4g} um it runs into its neighbour"
        )
    return f"the molten solder ({volume * 1e18:.4g} um^3) finds no shape between what stands round its pad"


def _room(section: Section, level: float, within: float) -> float:
    try:
        return section.filled("liquid", "liquid", level=level, within=within).volume("liquid")
    except GeometryError:  # no open air lies below that level: there is no hollow
        return 0.0


def _pinned(section: Section, volume: float, radius: float, height: float, regime: str, *, column: bool = False) -> Outline | None:
    """A cap on the circle (radius, height), plus what fills the hollows below it; None when it would run into something solid."""
    below = 0.0 if column else _room(section, height, radius)
    above = volume - below
    if above <= 0:
        return None
    cap = truncated_sphere(above, radius)
    if cap.max_radius >= section.width:
        return None
    polygon = _cap_polygon(float(cap.height), radius, height)
    solid = _solid_above(section, height)
    if not solid.is_empty and _revolved(polygon.intersection(solid)) > _SLIVER * volume:
        taller = _around_core(section, above, radius, height, solid)
        if taller is None:
            return None
        polygon, cap_height = taller
        polygon = polygon.difference(solid)
    else:
        cap_height = float(cap.height)
    top = height + cap_height
    angle = None if column else float(2 * np.arctan2(cap_height, radius))
    return Outline(height if (column or below > 0) else None, radius, polygon, top, polygon.bounds[2], angle, regime)


def _around_core(section: Section, volume: float, radius: float, height: float, solid) -> tuple[Polygon, float] | None:
    """A larger cap that holds the liquid besides a solid core inside it; None when what it meets is a wall outside the pad."""
    core = solid.intersection(shapely.box(0, height, radius, section.ceiling))
    if _revolved(solid.difference(core).intersection(shapely.box(0, height, section.width, section.ceiling))) > 0 and core.is_empty:
        return None

    def excess(cap_height: float) -> float:
        return _revolved(_cap_polygon(cap_height, radius, height).difference(solid)) - volume

    lowest = float(truncated_sphere(volume, radius).height)
    highest = float(truncated_sphere(volume + _revolved(core), radius).height) * 1.001
    if core.is_empty or excess(highest) < 0:
        return None
    cap_height = brentq(excess, lowest * 0.5, highest, xtol=1e-13)
    polygon = _cap_polygon(cap_height, radius, height)
    outside = polygon.intersection(solid.difference(core))
    if polygon.bounds[2] >= section.width or _revolved(outside) > _SLIVER * volume:
        return None
    return polygon, cap_height


def _inside(section: Section, volume: float, edge: WettedEdge, radius: float, height: float, wall_angle: float) -> Outline:
    """Liquid that stays below a rim: a column whose top bulges (or dips) by the contact angle on the wall."""
    slope = wall_angle - pi / 2

    def parts(level: float) -> tuple[float, float, float]:
        wall = _wall_radius(section, level, radius)
        dome = wall * tan(slope / 2) if slope > 0 else 0.0
        return wall, dome, pi * dome * (3 * wall**2 + dome**2) / 6

    def excess(level: float) -> float:
        return _room(section, level, radius) + parts(level)[2] - volume

    low = edge.height + 1e-9
    if excess(low) >= 0 or slope <= 0:
        level = brentq(lambda z: _room(section, z, radius) - volume, section.surface_height(0.0), height, xtol=1e-12)
        return Outline(level, radius, None, level, _wall_radius(section, level, radius), None, "in the opening")
    level = brentq(excess, low, height, xtol=1e-12)
    wall, dome, _ = parts(level)
    polygon = _cap_polygon(dome, wall, level)
    return Outline(level, radius, polygon, level + dome, wall, None, "in the opening")


def _wall_radius(section: Section, level: float, limit: float) -> float:
    """Radius of the open shaft round the axis at a height [m]."""
    for a, b in section.spans("air", level):
        if a <= 1e-12:
            return min(b, max(limit, 0.0)) if b > limit else b
    return limit


def _cap_polygon(cap_height: float, radius: float, height: float) -> Polygon:
    points = cap_meridian(cap_height, radius)
    return Polygon([*((r, z + height) for r, z in points), (0.0, height)])


def _solid_above(section: Section, level: float):
    box = shapely.box(0, level, section.width, section.ceiling)
    shapes = [section.shape(n) for n in section.names if n != "air"]
    return shapely.union_all(shapes).intersection(box)


def _revolved(geometry) -> float:
    """Volume of revolution of an area [m^3] (Pappus)."""
    return sum(2 * pi * p.centroid.x * p.area for p in shapely.get_parts(geometry) if p.geom_type == "Polygon" and p.area > 0)


def rims_of(section: Section, masks: tuple[str, ...]) -> list[tuple[float, float]]:
    """Inner top edges of the masks round the axis, lowest first [(radius, height) m]."""
    found = []
    for name in masks:
        _, z0, _, z1 = section.bounds(name)
        spans = section.spans(name, z1 - min(1e-9, (z1 - z0) / 2))
        if spans and spans[0][0] > 0:
            found.append((spans[0][0], z1))
    return sorted(found, key=lambda rim: rim[1])
