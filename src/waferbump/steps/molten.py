"""Outline of molten solder in a round cut: a truncated sphere on its metal, or a column in its mask with a cap on top.

Gravity is neglected (a 300 um ball on a 200 um pad loses 7e-4 of its height to it). Between walls the liquid is taken to fill the
opening without a ring of gas at the foot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import cos, pi, sin, tan

import numpy as np
import shapely
from scipy.optimize import brentq
from shapely import Polygon

from ..geometry.section import GeometryError, Section
from ..physics.capillary import cap_meridian, truncated_sphere
from ..state import StepError
from .wetting import Pin

_SLIVER = 1e-7  # part of a drop's own volume that rounding may put into a wall
_STEP = 1e-8  # m, a length that counts as one against the partition's 1e-11
_LEAN = 2e-7  # m, over which a wall's lean is read: the partition's grid then turns it by 5e-5 rad at most


@dataclass(frozen=True)
class Outline:
    """Where a body of molten solder is.

    column_level : it fills the mask's openings up to here [m], inside column_radius [m]; None when it has no column
    cap : polygon of the part above that, with the hollows it fills [(r, z) m], or None;  apex [m];  max_radius [m]
    contact_angle : [rad], at the edge of the metal, of a free cap (a column's edge stands between walls)
    regime : "free" on its metal, "in the dish" of it, "in the opening", "over the rim" of a mask it fills, or "spread" on that mask's top
    pin : where a free cap's edge stops
    """

    column_level: float | None
    column_radius: float
    cap: Polygon | None
    apex: float
    max_radius: float
    contact_angle: float | None
    regime: str
    pin: Pin | None = None


@dataclass(frozen=True)
class Angles:
    """Contact angles of the liquid [rad]: on the metal that it wets, and on the mask's polymer."""

    metal: float
    polymer: float


def outline(section: Section, volume: float, pins: Sequence[Pin], rims: list[tuple[float, float]], angles: Angles) -> Outline:
    """Shape that a volume of liquid takes on its metal between the walls that are there.

    On the metal its edge runs outwards over corner after corner until one holds it: by Gibbs' rule a corner holds while the angle
    through the liquid, over the horizontal, is at most the wetting angle plus the corner's descent; the metal's end always holds. A
    cap that would run into a mask fills its opening instead, and meets the wall at the polymer's angle; at the rim the edge stays
    until the angle over the mask's top exceeds the polymer's, then it spreads.

    Parameters
    ----------
    section : the cut without the liquid
    volume : [m^3]
    pins : of the wettable metal, from the axis outwards
    rims : (radius, height) [m] of the masks' inner top edges, lowest first
    angles : contact angles

    Raises
    ------
    StepError : it reaches the neighbour, or no such shape exists.
    """
    dish = _in_dish(section, volume, pins[-1])
    if dish is not None:
        return dish
    for pin in pins:
        if pin is not pins[-1] and truncated_sphere(volume / 2, pin.radius).contact_angle > angles.metal + pin.descent:
            continue  # even with half of it in hollows the corner cannot hold it
        free = _pinned(section, volume, pin.radius, pin.height)
        if free is not None and (pin is pins[-1] or free.contact_angle <= angles.metal + pin.descent):
            return replace(free, pin=pin)
    for radius, height in rims:
        if height <= pins[-1].height:
            continue
        found = _at_rim(section, volume, pins[-1].height, radius, height, angles.polymer)
        if found is not None:
            return found
    raise StepError(_no_shape(section, volume, pins[-1]))


def _no_shape(section: Section, volume: float, end: Pin) -> str:
    reach = float(truncated_sphere(volume, end.radius).max_radius)
    if reach >= section.width:
        return (
            f"{volume * 1e18:.4g} um^3 of solder on a pad of {2e6 * end.radius:.4g} um make a drop {2e6 * reach:.4g} um wide: "
            f"at a pitch of {2e6 * section.width:.4g} um it runs into its neighbour"
        )
    return (
        f"{volume * 1e18:.4g} um^3 of molten solder find no shape on metal that ends at a radius of {1e6 * end.radius:.4g} um: "
        "they neither make a truncated sphere that covers it nor fill an opening"
    )


def _at_rim(section: Section, volume: float, foot: float, radius: float, height: float, polymer: float) -> Outline | None:
    """Liquid in the opening up to (or over) one rim; None when it runs into the next wall."""
    room = _room(section, height, radius)
    dome = _dome(section, height, radius, polymer)
    if volume <= room + dome.volume:
        return _inside(section, volume, foot, radius, height, polymer)
    over = _cap_on(section, volume - room, radius, height, "over the rim")
    if over is None:
        return None
    shape, angle = over
    if angle <= polymer:
        return shape
    wide = (3 * (volume - room) / (pi * _cap_factor(polymer))) ** (1 / 3) * sin(polymer)
    spread = _cap_on(section, volume - room, wide, height, "spread")
    return None if spread is None else replace(spread[0], column_radius=radius)


def _cap_factor(angle: float) -> float:
    """3 V / (pi R^3) of a spherical cap of radius R and contact angle [rad]: 2 - 3 cos + cos^3."""
    return 2 - 3 * cos(angle) + cos(angle) ** 3


def _cap_on(section: Section, volume: float, radius: float, height: float, regime: str) -> tuple[Outline, float] | None:
    """A cap on a circle of the mask's top, and its angle [rad]; None when it meets something solid or the cell's edge."""
    cap = truncated_sphere(volume, radius)
    if cap.max_radius >= section.width:
        return None
    polygon = _cap_polygon(float(cap.height), radius, height)
    if _revolved(polygon.intersection(_solid_above(section, height))) > _SLIVER * volume:
        return None
    top = height + float(cap.height)
    return Outline(height, radius, polygon, top, polygon.bounds[2], None, regime), float(cap.contact_angle)


def _pinned(section: Section, volume: float, radius: float, height: float) -> Outline | None:
    """A cap on the circle (radius, height) of the metal, with the hollows below it filled; None when it would run into a wall."""
    hollows = _hollows(section, radius, height)
    above = volume - _revolved(hollows)
    if above <= 0:
        return None
    cap = truncated_sphere(above, radius)
    cap_height = float(cap.height)
    solid = _solid_above(section, height)
    polygon = _cap_polygon(cap_height, radius, height)
    if _revolved(polygon.intersection(solid)) > _SLIVER * volume:
        cap_height = _around_core(section, above, radius, height, solid)
        if cap_height is None:
            return None
        polygon = _cap_polygon(cap_height, radius, height).difference(solid)
    if polygon.bounds[2] >= section.width:
        return None
    body = shapely.union_all([polygon, hollows]) if not hollows.is_empty else polygon
    angle = 2 * float(np.arctan2(cap_height, radius))
    return Outline(None, radius, body, height + cap_height, polygon.bounds[2], angle, "free")


def _in_dish(section: Section, volume: float, end: Pin) -> Outline | None:
    """Liquid too little to rise out of the metal's dish: it lies there with a flat top; None when it rises out."""
    if volume > _revolved(_hollows(section, end.radius, end.height)):
        return None

    def excess(level: float) -> float:
        return _revolved(_hollows(section, end.radius, level)) - volume

    level = brentq(excess, section.surface_height(0.0), end.height, xtol=1e-13)
    pool = _hollows(section, end.radius, level)
    return Outline(None, end.radius, pool, level, pool.bounds[2], None, "in the dish", end)


def _hollows(section: Section, radius: float, height: float):
    """Open air below a level that the liquid above it runs down into: dishes open to the top, not what lies under an overhang."""
    air = section.open_air()
    below = _areas(air.intersection(shapely.box(0, section.floor, radius, height)))
    over = shapely.MultiPolygon(_areas(air.intersection(shapely.box(0, height, radius, section.ceiling))))
    return shapely.union_all([part for part in below if part.boundary.intersection(over.boundary).length > _STEP])


def _areas(geometry) -> list[Polygon]:
    """The polygons among what an overlay leaves (it may leave lines and points too)."""
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and part.area > 0]


def _around_core(section: Section, volume: float, radius: float, height: float, solid) -> float | None:
    """Height of a larger cap that holds the liquid besides a core inside it; None when it meets a wall or leaves the core bare."""
    core = solid.intersection(shapely.box(0, height, radius, section.ceiling))
    if core.is_empty:
        return None

    def excess(cap_height: float) -> float:
        return _revolved(_cap_polygon(cap_height, radius, height).difference(solid)) - volume

    lowest = float(truncated_sphere(volume, radius).height) * 0.5
    highest = float(truncated_sphere(volume + _revolved(core), radius).height) * 1.001
    if excess(lowest) > 0 or excess(highest) < 0:
        return None
    cap_height = brentq(excess, lowest, highest, xtol=1e-13)
    polygon = _cap_polygon(cap_height, radius, height)
    walls = polygon.intersection(solid.difference(core))
    bare = core.difference(polygon)
    if max(_revolved(walls), _revolved(bare)) > _SLIVER * volume:
        return None
    return cap_height


@dataclass(frozen=True)
class _Dome:
    """What stands above a level between walls: its base radius, height [m] and volume [m^3]."""

    base: float
    height: float
    volume: float


def _dome(section: Section, level: float, limit: float, polymer: float) -> _Dome:
    """Cap that meets the wall at the polymer's angle: over the horizontal it stands at that angle less the wall's own lean."""
    base, below = (_wall_radius(section, z, limit) for z in (level - 1e-10, level - _LEAN))
    wall = pi / 2 - float(np.arctan2(base - below, _LEAN - 1e-10))
    slope = polymer - wall
    height = base * tan(slope / 2) if slope > 0 else 0.0
    return _Dome(base, height, pi * height * (3 * base**2 + height**2) / 6)


def _inside(section: Section, volume: float, foot: float, radius: float, height: float, polymer: float) -> Outline:
    """Liquid that stays below a rim: a column whose top bulges by the angle on the wall, or lies flat between wetted walls."""

    def excess(level: float) -> float:
        return _room(section, level, radius) + _dome(section, level, radius, polymer).volume - volume

    low = foot + 1.1 * _LEAN
    if excess(low) > 0:  # less than the dome alone holds: it lies flat, and does not reach the wall's foot with its angle
        lowest = section.surface_height(0.0)
        level = brentq(lambda z: _room(section, z, radius) - volume, lowest, height, xtol=1e-12)
        return Outline(level, radius, None, level, _wall_radius(section, level, radius), None, "in the opening")
    level = height if excess(height) <= 0 else brentq(excess, low, height, xtol=1e-12)
    dome = _dome(section, level, radius, polymer)
    polygon = _cap_polygon(dome.height, dome.base, level) if dome.height > _STEP else None
    return Outline(level, radius, polygon, level + dome.height, dome.base, None, "in the opening")


def _wall_radius(section: Section, level: float, limit: float) -> float:
    """Radius of the open shaft round the axis at a height [m]."""
    for a, b in section.spans("air", level):
        if a <= 1e-12:
            return min(b, limit)
    return limit


def _room(section: Section, level: float, within: float) -> float:
    try:
        return section.filled("liquid", "liquid", level=level, within=within).volume("liquid")
    except GeometryError:  # no open air lies below that level: there is no hollow
        return 0.0


def _cap_polygon(cap_height: float, radius: float, height: float) -> Polygon:
    points = cap_meridian(cap_height, radius)
    return Polygon([*((r, z + height) for r, z in points), (0.0, height)])


def _solid_above(section: Section, level: float):
    box = shapely.box(0, level, section.width, section.ceiling)
    shapes = [section.shape(n) for n in section.names if n != "air"]
    return shapely.union_all(shapes).intersection(box)


def _revolved(geometry) -> float:
    """Volume of revolution of an area [m^3] (Pappus)."""
    return sum(2 * pi * p.centroid.x * p.area for p in _areas(geometry))


def rims_of(section: Section, masks: tuple[str, ...]) -> list[tuple[float, float]]:
    """Inner top edges of the masks round the axis, lowest first [(radius, height) m]."""
    found = []
    for name in masks:
        _, z0, _, z1 = section.bounds(name)
        spans = section.spans(name, z1 - min(1e-9, (z1 - z0) / 2))
        if spans and spans[0][0] > 0:
            found.append((spans[0][0], z1))
    return sorted(found, key=lambda rim: rim[1])
