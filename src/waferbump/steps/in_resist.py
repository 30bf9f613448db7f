"""Molten solder with weight between walls that stand round its metal: resist masks, passivation, what a mask left beside it.

The walls are read off the cut as one line from the metal's edge up, and the Young-Laplace equation is solved inside them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from shapely import Polygon

from ..geometry.section import Section
from ..physics.capillary import in_hollow
from ..physics.capillary.equilibrium import NoEquilibriumError
from ..physics.capillary.wells import Well
from ..state import StepError
from .molten_areas import areas, hollows, revolved, solid_above
from .outlines import SLIVER, Outline, Weighed
from .wetting import Pin

_BESIDE = 1e-10  # m above and below a corner at which a wall's radius is read
_AT_EDGE = 2e-9  # m; a wall that begins nearer than this to the metal's edge begins there
# m; a wall's corners that bend it by less are left out, by more where it is a curve of many: the metal is balanced in the true walls
_STRAIGHT = (2e-9, 1e-8, 5e-8, 2e-7, 5e-7)
_MOST_CORNERS = 16
_EXACT = 1e-9  # of the volume: metal that a shape may gain or lose to the partition's grid
_ROUNDS = 12

# the physics' names of what a shape touches, in a report's words
_SAID = {"free": "free", "wall": "in the opening", "rim": "at the rim", "rimline": "at the rim", "spread": "spread"}


def in_resist(
    section: Section, volume: float, pin: Pin, polymer: float, liquid: Weighed, start: str, before: Outline | None
) -> tuple[Outline, float]:
    """Shape of a volume [m^3] of liquid whose edge is at a pin with walls round it, and its angle there over the horizontal [rad].

    start : "wetted" where the solder came in contact with the wall, "free" where it did not
    before : the shape it had molten, whose like it keeps as it freezes if there is one

    Raises
    ------
    StepError : no shape exists, or it reaches the neighbour.
    """
    wall = walls_round(section, pin)
    below = hollows(section, pin.radius, pin.height)
    solid = solid_above(section, pin.height)
    held = volume - revolved(below)
    found = before.well if before is not None else None
    for _ in range(_ROUNDS):
        given = (held, pin, wall - (0.0, pin.height), polymer, liquid, start)
        try:
            found = _at_rest(*given, found)
        except NoEquilibriumError as problem:
            if before is not None and (frozen := _frozen_edge(section, volume, pin, liquid, before)) is not None:
                return frozen, float(before.well.pad_angle)
            if found is None:
                raise StepError(f"{volume * 1e18:.4g} um^3 of molten solder between these walls: {problem}") from None
            found = None  # nothing like it: whatever else is at rest
            continue
        except ValueError as problem:
            raise StepError(f"{volume * 1e18:.4g} um^3 of molten solder between these walls: {problem}") from None
        body = _under(section, found, pin, solid, below)
        missing = volume - revolved(body)
        if abs(missing) <= _EXACT * volume:
            break
        held += missing
    else:
        found_none = f"{volume * 1e18:.4g} um^3 of molten solder find no shape between these walls that holds them all"
        raise StepError(f"{found_none}: {missing * 1e18:.4g} um^3 are left over")
    if body.bounds[2] >= section.width * (1 - 1e-9):
        spread = f"{volume * 1e18:.4g} um^3 of molten solder spread over the mask"
        raise StepError(f"{spread}: at a pitch of {2e6 * section.width:.4g} um the bump runs into its neighbour")
    free = found.regime == "free"
    outline = Outline(
        None,
        pin.radius,
        body,
        pin.height + float(found.height),
        body.bounds[2],
        float(found.pad_angle) if free else None,
        said(found.regime),
        pin,
        tuple(dict.fromkeys(f"{said(other.regime)} ({other.height * 1e6:.4g} um above the metal's edge)" for other in found.others)),
        found,
    )
    return outline, float(found.pad_angle)


def _frozen_edge(section: Section, volume: float, pin: Pin, liquid: Weighed, before: Outline) -> Outline | None:
    """The molten shape shrunk with its edge where it was, when nothing like it is at rest any more; None where none rises above it."""
    radius, height = before.well.contact_line
    level = pin.height + height
    solid = shapely.union_all([section.shape(n) for n in section.names if n != "air"])
    low = shapely.intersection(before.cap, shapely.box(0.0, section.floor, section.width, level)).difference(solid)
    rest = volume - revolved(low)
    if rest <= 0:
        return None
    try:
        cap = liquid.drop(rest, radius)
    except NoEquilibriumError:
        return None
    dome = cap.polygon(level)
    if revolved(dome.intersection(solid)) > SLIVER * volume:
        return None
    body = shapely.union_all([*areas(low), dome.difference(solid)])
    return replace(before, cap=body, apex=level + cap.height, max_radius=body.bounds[2])


def _at_rest(volume: float, pin: Pin, wall: np.ndarray, polymer: float, liquid: Weighed, start: str, like: Well | None) -> Well:
    """The state like another one, or the one that the start leads to."""
    return in_hollow(volume, pin.radius, wall, polymer, liquid.surface_tension, liquid.density, start=start, like=like)


def said(regime: str) -> str:
    """A regime of the capillary solver in a report's words: s_ is a stair whose ledge is wet, sv_ one with gas on the ledge."""
    for prefix, where in (("sv_", " above the ledge, gas on it"), ("s_", " above the ledge")):
        if regime.startswith(prefix):
            return _SAID.get(regime.removeprefix(prefix), regime) + where
    return _SAID.get(regime, regime)


def walls_round(section: Section, pin: Pin) -> np.ndarray:
    """The wall round a metal's edge from its foot up to the flat on top and out to the cell's edge [(r, z) m]; empty where none stands."""
    air = [part for part in areas(section.open_air()) if part.bounds[0] <= 1e-12 and part.bounds[3] > pin.height]
    corners = np.unique(np.concatenate([shapely.get_coordinates(part)[:, 1] for part in air]))
    levels = [pin.height, *(z for z in corners if pin.height + 2 * _BESIDE < z < section.ceiling)]
    points = []
    for low, high in zip(levels, [*levels[1:], None], strict=True):
        inner = _open_to(section, low + _BESIDE, pin.radius)
        points.append((inner, low))
        if high is None or inner >= section.width * (1 - 1e-12):
            break
        points.append((_open_to(section, high - _BESIDE, pin.radius), high))
    if len(points) < 2:  # open to the cell's edge at once
        return np.empty((0, 2))
    line = shapely.LineString(points)
    for tolerance in _STRAIGHT:
        corners = np.asarray(line.simplify(tolerance).coords)
        if len(corners) <= _MOST_CORNERS:
            return corners
    raise StepError(f"the walls round the metal bend in {len(corners)} places, too many to solve for the shape of the solder between them")


def _open_to(section: Section, level: float, radius: float) -> float:
    """Radius to which the space beside the metal's edge is open at a level [m]; metal that stands up inside the edge is no wall."""
    spans = [(a, b) for a, b in section.spans("air", level) if b >= radius - _AT_EDGE]
    if not spans or spans[0][0] > radius + _AT_EDGE:
        return radius
    return min(spans[0][1], section.width)


def _under(section: Section, found, pin: Pin, solid, below) -> Polygon:
    """Open space under the liquid's surface and above its metal, less the rings of gas round it."""
    surface = found.meridian()
    floor = [(0.0, 0.0), (float(surface[0, 0]), 0.0)] if surface[0, 1] > 0 else [(0.0, 0.0)]
    whole = shapely.Polygon([*map(tuple, surface), *floor])
    for ring in found.ring_meridians():
        inner, outer = ring[0], ring[-1]
        whole = whole.difference(shapely.Polygon([*map(tuple, ring), (outer[0], inner[1]), (inner[0], inner[1])]).buffer(0))
    body = shapely.affinity.translate(whole.buffer(0), 0.0, pin.height).difference(solid)
    parts = [part for part in areas(body) if part.bounds[0] <= 1e-12 or part.area > 1e-18]
    return shapely.union_all([*parts, below]) if not below.is_empty else shapely.union_all(parts)
