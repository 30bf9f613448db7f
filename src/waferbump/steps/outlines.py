"""Where a body of molten solder is, and what its liquid is like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from shapely import Polygon

from ..physics.capillary import cap_meridian, drop, truncated_sphere
from ..physics.capillary.wells import Well
from .wetting import Pin

SLIVER = 1e-7  # part of a drop's own volume that rounding may put into a wall


@dataclass(frozen=True)
class Outline:
    """Where a body of molten solder is.

    column_level : it fills the mask's openings up to here [m], inside column_radius [m]; None when it has no column
    cap : polygon of the part above that, with the hollows it fills [(r, z) m], or None;  apex [m];  max_radius [m]
    contact_angle : [rad], at the edge of the metal, of a free cap (a column's edge stands between walls)
    regime : "free" on its metal, "in the dish" of it, "in the opening", "over the rim" of a mask it fills, or "spread" on that mask's top
    pin : where a free cap's edge stops;  others : regimes in which it could stand too;  well : the physics' own account between walls
    """

    column_level: float | None
    column_radius: float
    cap: Polygon | None
    apex: float
    max_radius: float
    contact_angle: float | None
    regime: str
    pin: Pin | None = None
    others: tuple[str, ...] = ()
    well: Well | None = None


@dataclass(frozen=True)
class Angles:
    """Contact angles of the liquid [rad]: on the metal that it wets, and on the mask's polymer."""

    metal: float
    polymer: float


@dataclass(frozen=True)
class Drop:
    """A drop pinned on a circle: height [m], largest radius [m], contact angle [rad] at the edge, and its outline from the edge to the
    apex [(r, z) m], z from the circle's plane."""

    height: float
    max_radius: float
    contact_angle: float
    meridian: Callable[[], np.ndarray]

    def polygon(self, level: float) -> Polygon:
        """The drop's half section on a plane at a level [m]."""
        return Polygon([*((r, z + level) for r, z in self.meridian()), (0.0, level)])


@dataclass(frozen=True)
class Weightless:
    """A liquid whose weight is neglected: its drops are cut from spheres."""

    def drop(self, volume: float, radius: float) -> Drop:
        """A volume [m^3] pinned on a circle of a radius [m]."""
        cap = truncated_sphere(volume, radius)
        height = float(cap.height)
        return Drop(height, float(cap.max_radius), float(cap.contact_angle), lambda: cap_meridian(height, radius))


@dataclass(frozen=True)
class Weighed:
    """A liquid with weight, face up: surface tension [N/m] and density [kg/m^3] give its drops by the Young-Laplace equation."""

    surface_tension: float
    density: float

    def drop(self, volume: float, radius: float) -> Drop:
        """A volume [m^3] pinned on a circle of a radius [m]."""
        found = drop(volume, radius, self.surface_tension, self.density)
        return Drop(found.height, found.max_radius, found.contact_angle, found.meridian)


Liquid = Weightless | Weighed
