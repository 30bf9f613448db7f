"""Outline of molten solder in a round cut: on its metal, in the dish of it, over a solid core, or between the walls of a mask."""

from __future__ import annotations

from collections.abc import Sequence

import shapely
from scipy.optimize import brentq

from ..geometry.section import Section
from ..physics.capillary import truncated_sphere
from ..physics.capillary.equilibrium import NoEquilibriumError
from ..state import StepError
from .between_walls import at_rim
from .in_resist import in_resist, walls_round
from .molten_areas import hollows, revolved, solid_above
from .outlines import SLIVER, Angles, Liquid, Outline, Weighed
from .wetting import Pin


def outline(
    section: Section,
    volume: float,
    pins: Sequence[Pin],
    rims: list[tuple[float, float]],
    angles: Angles,
    liquid: Liquid,
    start: str,
    before: Outline | None = None,
) -> Outline:
    """Shape that a volume of liquid takes on its metal between the walls that are there.

    On the metal its edge runs outwards over corner after corner until one holds it: by Gibbs' rule a corner holds while the angle
    through the liquid, over the horizontal, is at most the wetting angle plus the corner's descent; the metal's end always holds. A
    cap that would run into a mask fills its opening instead, and meets the wall at the polymer's angle; at the rim the edge stays
    until the angle over the mask's top exceeds the polymer's, then it spreads. Solder that came in contact with a wall (`start`
    "wetted") leaves it only where no shape on the wall exists; a ball ("free") touches a wall only where it must.

    Parameters
    ----------
    section : the cut without the liquid
    volume : [m^3]
    pins : of the wettable metal, from the axis outwards
    rims : (radius, height) [m] of the masks' inner top edges, lowest first
    angles : contact angles
    liquid : how a drop of it stands
    start : "free" or "wetted"
    before : the molten shape, when the same solder freezes

    Raises
    ------
    StepError : it reaches the neighbour, or no such shape exists.
    """
    for pin in pins:
        dish = _in_dish(section, volume, pin)
        if dish is not None:
            return dish
    for pin in pins:
        last = pin is pins[-1]
        if not last and not _may_hold(volume, pin, angles, liquid):
            continue
        if isinstance(liquid, Weighed) and any(height > pin.height for _, height in rims) and len(walls_round(section, pin)):
            if last:
                return in_resist(section, volume, pin, angles.polymer, liquid, start, before)[0]
            found = _held_between_walls(section, volume, pin, angles, liquid, start, before)
            if found is not None:
                return found
            continue
        free = _pinned(section, volume, pin, liquid)
        if free is not None and (pin is pins[-1] or free.contact_angle <= angles.metal + pin.descent):
            return free
    for radius, height in (rim for rim in rims if rim[1] > pins[-1].height):
        found = at_rim(section, volume, pins[-1].height, radius, height, angles.polymer)
        if found is not None:
            return found
    raise StepError(_no_shape(section, volume, pins[-1]))


def _may_hold(volume: float, pin: Pin, angles: Angles, liquid: Liquid) -> bool:
    """Whether a corner could hold the liquid's edge if half of it lay in hollows: what it cannot, it holds in no shape."""
    try:
        return liquid.drop(volume / 2, pin.radius).contact_angle <= angles.metal + pin.descent
    except NoEquilibriumError:  # it would hang over the corner's edge all round
        return False


def _held_between_walls(section, volume, pin: Pin, angles: Angles, liquid: Weighed, start: str, before: Outline | None) -> Outline | None:
    """The shape between walls whose edge a corner of the metal holds (Gibbs' rule); None where it runs on over it."""
    try:
        found, angle = in_resist(section, volume, pin, angles.polymer, liquid, start, before)
    except StepError:  # no shape begins at this corner
        return None
    return found if angle <= angles.metal + pin.descent else None


def _no_shape(section: Section, volume: float, end: Pin) -> str:
    reach = float(truncated_sphere(volume, end.radius).max_radius)
    if reach >= section.width:
        return (
            f"{volume * 1e18:.4g} um^3 of solder on a pad of {2e6 * end.radius:.4g} um make a drop {2e6 * reach:.4g} um wide: "
            f"at a pitch of {2e6 * section.width:.4g} um it runs into its neighbour"
        )
    return (
        f"{volume * 1e18:.4g} um^3 of molten solder find no shape on metal that ends at a radius of {1e6 * end.radius:.4g} um: "
        "they neither make a drop that covers it nor fill an opening"
    )


def _pinned(section: Section, volume: float, pin: Pin, liquid: Liquid) -> Outline | None:
    """A drop on a pin's circle with the hollows below it filled; None when it would run into a wall."""
    below = hollows(section, pin.radius, pin.height)
    above = volume - revolved(below)
    if above <= 0:
        return None
    try:
        found = liquid.drop(above, pin.radius)
    except NoEquilibriumError:
        return None
    solid = solid_above(section, pin.height)
    polygon = found.polygon(pin.height)
    if revolved(polygon.intersection(solid)) > SLIVER * volume:
        around = _around_core(section, above, pin, liquid, solid)
        if around is None:
            return None
        found = around
        polygon = found.polygon(pin.height).difference(solid)
    if polygon.bounds[2] >= section.width:
        return None
    body = polygon if below.is_empty else shapely.union_all([polygon, below])
    return Outline(None, pin.radius, body, pin.height + found.height, polygon.bounds[2], found.contact_angle, "free", pin)


def _in_dish(section: Section, volume: float, end: Pin) -> Outline | None:
    """Liquid too little to rise out of the metal's dish: it lies there with a flat top; None when it rises out."""
    if volume > revolved(hollows(section, end.radius, end.height)):
        return None

    def excess(level: float) -> float:
        return revolved(hollows(section, end.radius, level)) - volume

    level = brentq(excess, section.surface_height(0.0), end.height, xtol=1e-13)
    pool = hollows(section, end.radius, level)
    return Outline(None, end.radius, pool, level, pool.bounds[2], None, "in the dish", end)


def _around_core(section: Section, volume: float, pin: Pin, liquid: Liquid, solid):
    """The larger drop that holds the liquid besides a solid core inside it; None when it meets a wall or leaves the core bare.

    A core does not change the shape: the pressure under the surface is that of the liquid alone.
    """
    core = solid.intersection(shapely.box(0, pin.height, pin.radius, section.ceiling))
    if core.is_empty:
        return None

    def excess(enclosed: float) -> float:
        return revolved(liquid.drop(enclosed, pin.radius).polygon(pin.height).difference(solid)) - volume

    lowest, highest = volume, (volume + revolved(core)) * (1 + 1e-6)
    if excess(lowest) > 0 or excess(highest) < 0:
        return None
    found = liquid.drop(brentq(excess, lowest, highest, xtol=1e-9 * volume), pin.radius)
    polygon = found.polygon(pin.height)
    walls = polygon.intersection(solid.difference(core))
    bare = core.difference(polygon)
    if max(revolved(walls), revolved(bare)) > SLIVER * volume:
        return None
    return found


def rims_of(section: Section, masks: tuple[str, ...]) -> list[tuple[float, float]]:
    """Inner top edges of the masks round the axis, lowest first [(radius, height) m]."""
    found = []
    for name in masks:
        _, z0, _, z1 = section.bounds(name)
        spans = section.spans(name, z1 - min(1e-9, (z1 - z0) / 2))
        if spans and spans[0][0] > 0:
            found.append((spans[0][0], z1))
    return sorted(found, key=lambda rim: rim[1])
