"""Final measures of any flow that makes bumps, read off the last state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from math import atan2, pi
from types import MappingProxyType
from typing import Any

from .materials import library
from .state import Quantity, State, length, quantity
from .steps.conduction import is_conductor
from .steps.wetting import standing_edge
from .units import expected

# final measures by name with their dimensions; `ubm_undercut.FILM` is one a film
DIMENSIONS: Mapping[str, str] = MappingProxyType(
    {
        "bump_height": "length",
        "height_above_surface": "length",
        "bump_diameter": "length",
        "bump_volume": "volume",
        "pad_diameter": "length",
        "contact_angle": "angle",
        "ubm_undercut": "length",
        "gap_to_neighbour": "length",
        "molten_volume": "volume",
        "molten_height": "length",
        "stand_off": "length",
        "corner_gap": "length",
        "largest_gap": "length",
    }
)


def spec_problems(spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(measure, what is wrong) for every limit on a measure that no run has, or in a unit of another dimension."""
    problems = []
    for name, limit in spec.items():
        dimension = DIMENSIONS.get(name.split(".")[0])
        if dimension is None:
            close = get_close_matches(name, DIMENSIONS, n=1)
            hint = f'did you mean "{close[0]}"?' if close else f"there are {', '.join(DIMENSIONS)}"
            problems.append((name, f"no measure has this name; {hint}"))
        elif limit.dimension is not None and limit.dimension != dimension:
            problems.append((name, f"is limited by a {limit.dimension.replace('_', ' ')}; expected {expected(dimension)}"))
    return problems


def final_measures(state: State, records: Sequence[Mapping[str, Any]], pitch: float) -> dict[str, Quantity]:
    """Height, diameter, volume and the rest of the bump that stands in the last state; empty when there is no solder.

    bump_height: apex above the highest point at which the solder stands on its metal
    height_above_surface: apex above the surface at the cell's edge;  gap_to_neighbour: free space between widest points
    bump_diameter: largest;  bump_volume: solid, 25 degC;  molten_volume, molten_height: at the last reflow's peak
    pad_diameter: across the farthest points at which the solder stands on its metal
    contact_angle: through the solder, over the horizontal, at that edge (of a post or a column: the lean of its side)
    stand_off: of an attached die, from plane to plane of the two pads; its joints have no contact angle of their own
    corner_gap: of the warped, molten joints at the die's corner, which stay closed up to largest_gap
    ubm_undercut.FILM: from the edge of what masked the film's etch to the film's edge, halfway through its thickness
    """
    found: dict[str, Quantity] = {}
    bodies = state.names_with("solder")
    for record in records:
        for film, undercut in record.get("undercut", {}).items():
            if state.stack is None or film in _under_the_bump(state, bodies):
                found[f"ubm_undercut.{film}"] = length(undercut)
    if not bodies:
        return found
    section = state.bump
    board = state.names_with("board")
    apex = max(section.bounds(n)[3] for n in bodies)
    widest = max(section.bounds(n)[2] for n in bodies)
    base = standing_edge(state, bodies)
    if base is not None:
        radius, height = base
        found["bump_height"] = length(apex - height)
        found["pad_diameter"] = length(2 * radius)
        angle = _contact_angle(state, bodies, radius, height)
        if angle is not None and not board:
            found["contact_angle"] = quantity(angle, "angle")
    if not board:
        found["height_above_surface"] = length(apex - section.surface_height(section.width))
    found["bump_diameter"] = length(2 * widest)
    found["bump_volume"] = quantity(sum(section.volume(n) * state.facts[n].metal_fraction for n in bodies), "volume")
    found["gap_to_neighbour"] = length(pitch - 2 * widest)
    for record in records:
        for name in ("stand_off", "corner_gap", "largest_gap"):
            if name in record:
                found[name] = length(record[name])
        if record.get("body") in bodies and "molten_volume" in record:
            found["molten_volume"] = quantity(record["molten_volume"], "volume")
            found["molten_height"] = length(record["molten_height"])
    return found


def _under_the_bump(state: State, bodies: Sequence[str]) -> frozenset[str]:
    """What of the plan is joined to the solder through metal: a sacrificial film is not, though it was etched like one."""
    metals = {n for n in state.regions if is_conductor(state, n, library())}
    return state.stack.joined_to([n for n in bodies if state.stack.has(n)], metals)


def _contact_angle(state: State, bodies: Sequence[str], radius: float, height: float) -> float | None:
    """Angle through the solder at the edge of its metal [rad]: a liquid's own, else that of the outline's first micrometre."""
    reach = 1e-6
    layers = [n for n in state.names_with("intermetallic") if state.bump.has(n)]
    spans = [(b, body) for body in (*bodies, *layers) for _, b in state.bump.spans(body, height + reach)]
    if not spans:
        return None
    # where compounds lie between, the liquid's edge is on them, a layer's thickness away
    away = max((state.facts[n].thickness[-1] for n in layers if state.facts[n].thickness), default=0.0) + 1e-9
    for body in bodies:
        fact = state.facts[body]
        if fact.contact_angle is not None and fact.wetted_edge is not None and abs(fact.wetted_edge[0] - radius) < away:
            return fact.contact_angle
    return pi / 2 + atan2(max(spans)[0] - radius, reach)
