"""E: stress-releasing packages. Their structure is judged on the runs; what an overstress does to it is left to mechanics."""

from __future__ import annotations

from dataclasses import dataclass, replace

import shapely

from ..geometry.partition import AIR
from ..state import listed
from .claim import Shown, child, lot, root
from .in_plan import ALL_OF, is_open, lying_on, overlap, piece_holding, pieces_round, share, where
from .package import Package, beams, joined_bump
from .trace import TOUCH, NotShown, Trace, material_of, um, um2

EMPTY, FILLED = "empty gap", "filled below the bump"
# An elastic layer is softer than the insulating layer by this factor at least (our choice: silicones are a thousand times softer than
# polyimide, resists, epoxies and oxides are as stiff or stiffer).
_SOFTER = 10.0


def suspended(trace: Trace) -> Package:
    """E1: a part of the insulating layer that carries the bump and is not bonded straight to the substrate; an empty or a filled gap."""
    found = joined_bump(trace)
    bonded = found.over(lambda between: between == ())
    free = piece_holding(found.over(lambda between: between != ()), 0.0, 0.0)
    above = share(found.foot, free)
    if above < ALL_OF:
        raise NotShown(
            f"{100 * (1.0 - above):.3g} % of the foot of {found.bump} lie above what of {found.insulator} is bonded straight to the substrate"
        )
    held, opens = _round_the_pad(found, bonded, found.insulator)
    joint = shapely.intersection(free.boundary, held.boundary).length
    carries = (
        f"a part of {found.insulator} of {um2(free.area)}, joined to the bonded part along {um(joint)} and not bonded straight to the "
        f"substrate, carries {100 * above:.4g} % of the foot of {found.bump}"
    )
    fillings = _below_bump(found)
    found = replace(found, held=held, free=free, fillings=() if fillings == (AIR,) else fillings)
    gap = _emptied(found) if not found.fillings else tuple(_filling(found, name) for name in found.fillings)
    return replace(
        found,
        evidence=(*found.evidence, opens, carries, *gap, _line_over(found)),
        members=frozenset({FILLED if found.fillings else EMPTY}),
    )


def two_parts(trace: Trace) -> Package:
    """E11: a second insulating layer of two joined parts, one on the first layer, the other, below the bump, straight on the substrate."""
    found = joined_bump(trace)
    state = trace.final
    free = piece_holding(found.over(lambda between: between == ()), 0.0, 0.0)
    above = share(found.foot, free)
    if above < ALL_OF:
        raise NotShown(f"{100 * (1.0 - above):.3g} % of the foot of {found.bump} lie above what of {found.insulator} is not on the substrate")
    towers = found.stack.part_towers
    if gaps := where(found.stack, lambda p: any(name == AIR for name, _, _ in towers[p][: found.piece[p][0]]) if p in found.piece else False).area:
        raise NotShown(f"there is a gap of {um2(gaps)} below {found.insulator}")
    layers = {between for p in found.piece if (between := found.between(p)) not in ((), None)}
    firsts = {between[0] for between in layers if len(between) == 1}
    on_first = {}
    for name in sorted(firsts, key=trace.maker):
        if state.facts[name].role == "dielectric" or "insulator" in material_of(state, name).classes:
            whole = lying_on(found.stack, name, found.ground)
            rings = pieces_round(whole, found.opening)
            if overlap(rings, found.run) > TOUCH:
                on_first[name] = shapely.intersection(rings, found.over(lambda between, name=name: between == (name,)))
    if not on_first:
        raise NotShown(f"{found.insulator} lies on no first insulating layer that leaves {found.pad} open: there is one layer only")
    first = next(iter(on_first))
    held = on_first[first]
    found = replace(found, held=held, free=free)
    lower = _weaker(found, found.insulator, found.ground, _joints(found, besides=found.insulator) | _on(found, found.insulator, {first}))
    return replace(
        found,
        evidence=(
            *found.evidence,
            f"{first} ({state.material(first)}) lies on the substrate and leaves {um2(found.opening.area)} of {found.pad} open",
            f"{found.insulator} ({state.material(found.insulator)}) lies with {um2(held.area)} on {first} and with {um2(free.area)} straight on the "
            f"substrate; the second part carries {100 * above:.4g} % of the foot of {found.bump}; no gap is below it",
            lower,
            _line_over(found),
        ),
    )
