"""Where molten solder can go: the metal it wets and the edge at which it stops."""

from __future__ import annotations

from dataclasses import dataclass

import shapely

from ..state import State, StepError, listed
from .conduction import is_conductor

_TOUCH = 2e-10  # m; ends of two lines nearer than this are one point (the partition's grid is 1e-11 m)


@dataclass(frozen=True)
class WettedEdge:
    """Outer edge of the metal that a body of solder can reach.

    radius : of the edge [m]
    height : where the solder pins [m]: the rim, unless it runs down the side wall
    top, foot : upper and lower end of the metal's bare side wall at the edge [m]; a bump's height counts from the top
    """

    radius: float
    height: float
    top: float
    foot: float
    metals: tuple[str, ...]
    warnings: tuple[str, ...]


def wetted_edge(bare: State, bodies: tuple[str, ...], contacts: dict[str, float], materials) -> WettedEdge:
    """Find the edge at which solder pins.

    Parameters
    ----------
    bare : the state with the molten bodies and all flux taken away
    bodies : names of the molten bodies, for messages
    contacts : area [m^2] by which they stood on each solid region that conducts

    Raises
    ------
    StepError : they stand on no metal, on metal that solder does not wet, or the wettable metal runs on to the neighbour.
    """
    who = listed(bodies)
    if not contacts:
        raise StepError(f"{who} touches no metal: there is nothing to solder to")
    wettable = [n for n in contacts if _wets(bare, n, materials) != "no"]
    if not wettable:
        films = listed([f"{n} ({bare.material(n)})" for n in contacts])
        raise StepError(f"{who} stands on {films}, which solder does not wet")
    seeds = [line for n in wettable for line in _lines(bare.bump.exposed(n))]
    everything = [
        line
        for n in bare.facts
        if is_conductor(bare, n, materials) and _wets(bare, n, materials) != "no"
        for line in _lines(bare.bump.exposed(n))
    ]
    reached = _joined(seeds, everything)
    radius = max(line.bounds[2] for line in reached)
    width = bare.bump.width
    if radius >= width * (1 - 1e-9):
        raise StepError(
            f"the bare metal under {who} runs on to the neighbouring bump: molten solder would spread over it; etch the seed before reflow"
        )
    at_edge = [z for line in reached for x, z in line.coords if x >= radius - _TOUCH]
    warnings = [
        f"solder wets {n} ({bare.material(n)}) only weakly"
        for n in wettable
        if _wets(bare, n, materials) == "weakly" and len(wettable) == 1
    ]
    return WettedEdge(radius, max(at_edge), max(at_edge), min(at_edge), tuple(wettable), tuple(warnings))


def _wets(state: State, name: str, materials) -> str:
    if state.facts[name].role == "solder":
        return "yes"
    material = materials[state.material(name)]
    if material.answer("wetted_only_under"):
        return "no"  # what is bare of it has oxidised: only below its cap, which the solder eats through, is it wetted
    return material.wetted_by_solder or "no"


def _lines(geometry) -> list:
    return [g for g in shapely.get_parts(shapely.line_merge(geometry)) if g.length > 0]


def _joined(seeds: list, lines: list) -> list:
    """Those lines that hang together with the seeds at the axis: solder flows from metal to touching metal, not across a gap."""
    nearest = min(line.bounds[0] for line in seeds)
    reached = [line for line in seeds if line.bounds[0] <= nearest + _TOUCH]
    rest = [line for line in lines if not any(line.equals(r) for r in reached)]
    grown = True
    while grown:
        grown = False
        for line in list(rest):
            if any(line.distance(r) <= _TOUCH for r in reached):
                reached.append(line)
                rest.remove(line)
                grown = True
    return reached
