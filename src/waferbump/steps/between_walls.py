"""Molten solder between a mask's walls when gravity is neglected: a column with a spherical cap, over the rim or spread on the top.

The liquid is taken to fill the opening without a ring of gas at the foot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, pi, sin, tan

import numpy as np
from scipy.optimize import brentq
from shapely import Polygon

from ..geometry.section import Section
from ..physics.capillary import cap_meridian, truncated_sphere
from .molten_areas import STEP, revolved, room, solid_above, wall_radius
from .outlines import SLIVER, Outline

_LEAN = 2e-7  # m, over which a wall's lean is read: the partition's grid then turns it by 5e-5 rad at most


def at_rim(section: Section, volume: float, foot: float, radius: float, height: float, polymer: float) -> Outline | None:
    """Liquid in the opening up to (or over) one rim; None when it runs into the next wall."""
    held = room(section, height, radius)
    dome = _dome(section, height, radius, polymer)
    if volume <= held + dome.volume:
        return _inside(section, volume, foot, radius, height, polymer)
    over = _cap_on(section, volume - held, radius, height, "over the rim")
    if over is None:
        return None
    shape, angle = over
    if angle <= polymer:
        return shape
    wide = (3 * (volume - held) / (pi * _cap_factor(polymer))) ** (1 / 3) * sin(polymer)
    spread = _cap_on(section, volume - held, wide, height, "spread")
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
    if revolved(polygon.intersection(solid_above(section, height))) > SLIVER * volume:
        return None
    top = height + float(cap.height)
    return Outline(height, radius, polygon, top, polygon.bounds[2], None, regime), float(cap.contact_angle)


@dataclass(frozen=True)
class _Dome:
    """What stands above a level between walls: its base radius, height [m] and volume [m^3]."""

    base: float
    height: float
    volume: float


def _dome(section: Section, level: float, limit: float, polymer: float) -> _Dome:
    """Cap that meets the wall at the polymer's angle: over the horizontal it stands at that angle less the wall's own lean."""
    base, below = (wall_radius(section, z, limit) for z in (level - 1e-10, level - _LEAN))
    wall = pi / 2 - float(np.arctan2(base - below, _LEAN - 1e-10))
    slope = polymer - wall
    height = base * tan(slope / 2) if slope > 0 else 0.0
    return _Dome(base, height, pi * height * (3 * base**2 + height**2) / 6)


def _inside(section: Section, volume: float, foot: float, radius: float, height: float, polymer: float) -> Outline:
    """Liquid that stays below a rim: a column whose top bulges by the angle on the wall, or lies flat between wetted walls."""

    def excess(level: float) -> float:
        return room(section, level, radius) + _dome(section, level, radius, polymer).volume - volume

    low = foot + 1.1 * _LEAN
    if excess(low) > 0:  # less than the dome alone holds: it lies flat, and does not reach the wall's foot with its angle
        lowest = section.surface_height(0.0)
        level = brentq(lambda z: room(section, z, radius) - volume, lowest, height, xtol=1e-12)
        return Outline(level, radius, None, level, wall_radius(section, level, radius), None, "in the opening")
    level = height if excess(height) <= 0 else brentq(excess, low, height, xtol=1e-12)
    dome = _dome(section, level, radius, polymer)
    polygon = _cap_polygon(dome.height, dome.base, level) if dome.height > STEP else None
    return Outline(level, radius, polygon, level + dome.height, dome.base, None, "in the opening")


def _cap_polygon(cap_height: float, radius: float, height: float) -> Polygon:
    points = cap_meridian(cap_height, radius)
    return Polygon([*((r, z + height) for r, z in points), (0.0, height)])
