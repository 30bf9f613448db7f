"""Recognise in plan the two parts of an insulating layer that document E tells apart, what lies below the bump, and which joint is weak."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import shapely

from ..geometry.partition import AIR, TICKS_PER_METRE
from ..state import listed
from .in_plan import ALL_OF, in_metres, is_open, lying_on, overlap, piece_holding, pieces_round, share, where
from .package import Package, insulates, joined_bump
from .trace import TOUCH, NotShown, Trace, material_of, um, um2

EMPTY, FILLED = "empty gap", "filled below the bump"
# An elastic layer is softer than the insulating layer by this factor at least (our choice: silicones are a thousand times softer than
# polyimide; resists, epoxies, oxides and metals are about as stiff or stiffer).
_SOFTER = 10.0
# A part swings when most of its outline is cut loose: document E's is a cantilever, held on one side, and a membrane held all round
# only bulges. At least half of the outline has to be loose (our choice: the built-in flows leave 62 % to 78 % loose, a square that hangs
# on one side leaves 75 %, one whose windows are shut or are holes within it nothing).
_LOOSE = 0.5
# A window's wall may be lined by this much of the protection (our choice: its windows are 1.5 um wider all round in the built-in flows,
# and leaning walls take up most of that below thick layers); such a lining hangs on the part and holds nothing.
_LINING = 1e-6
_BESIDE = 1e-9  # m; two parts of the plan nearer than this to one another are neighbours: a hundred grid ticks


def suspended(trace: Trace) -> Package:
    """E1: a part of the insulating layer carries the bump and is not bonded straight to the substrate; the gap below is empty or filled."""
    found = joined_bump(trace)
    bonded = found.over(lambda between: between == ())
    free = piece_holding(found.over(lambda between: between != ()), 0.0, 0.0)
    carries = _carries(found, free, "is not bonded straight to the substrate")
    held = pieces_round(bonded, found.opening)
    if held.is_empty:
        raise NotShown(f"no part of {found.insulator} that is bonded to the substrate lies round the open {found.pad}")
    parts = (
        f"{found.insulator} ({found.state.material(found.insulator)}) is bonded over {um2(held.area)} round {found.pad}, of which it "
        f"leaves {um2(found.opening.area)} open; {_cut_loose(found, free, held)} is one of {um2(free.area)} that {carries}"
    )
    fillings = _below_bump(found)
    found = replace(found, held=held, free=free, fillings=fillings)
    gap = tuple(_filling(found, name) for name in fillings) or _emptied(found)
    return replace(
        found,
        evidence=(*found.evidence, parts, *gap, _line_over(found)),
        members=frozenset({FILLED if fillings else EMPTY}),
    )


def two_parts(trace: Trace) -> Package:
    """E11: a second insulating layer of two joined parts: one on a first layer, the other, below the bump, straight on the substrate."""
    found = joined_bump(trace)
    free = piece_holding(found.over(lambda between: between == ()), 0.0, 0.0)
    carries = _carries(found, free, "lies straight on the substrate")
    gaps = found.over(lambda between: AIR in between).area
    if gaps > TOUCH:
        raise NotShown(f"below {found.insulator} there is a gap of {um2(gaps)}")
    first, held = _first_layer(found)
    found = replace(found, held=held, free=free)
    own, others = joints(found, found.insulator, free), {(found.insulator, first): _stated(found, found.insulator, first)}
    weak = weakest(own, others | joints(found, first, found.stack.plan_area(first)))
    state = found.state
    parts = (
        f"{first} ({state.material(first)}) lies on the substrate and leaves {um2(found.opening.area)} of {found.pad} open; "
        f"{found.insulator} ({state.material(found.insulator)}) lies on {um2(held.area)} of it and, without a gap, with another; "
        f"{_cut_loose(found, free, held)} is that one, of {um2(free.area)}, that {carries}"
    )
    return replace(found, evidence=(*found.evidence, parts, weak, _line_over(found)))


def _carries(found: Package, free, what: str) -> str:
    above = share(found.foot, free)
    if above < ALL_OF:
        raise NotShown(f"only {100 * above:.3g} % of the foot of {found.bump} lie above a part of {found.insulator} that {what}")
    return f"{what} and carries {100 * above:.4g} % of the foot of {found.bump} ({um2(found.foot.area)})"


def _cut_loose(found: Package, free, held) -> str:
    """Say along what the free part hangs on the held one; open windows have to cut it loose along most of its outline.

    What is cut out within the free part does not count, and of the outline only what the windows lay bare down to the layer's lower side.
    """
    stack = found.stack
    parts = stack.neighbours.parts
    shapely.prepare(free)
    within = [p for p in found.piece if shapely.intersects(free, in_metres(parts[p].representative_point()))]
    tree = shapely.STRtree(parts[within])

    def is_window(q: int) -> bool:
        near = tree.query(parts[q], predicate="dwithin", distance=_LINING * TICKS_PER_METRE)
        return q not in found.piece and len(near) > 0 and _lays_bare(found, q, [within[i] for i in near])

    outline = free.exterior
    loose = shapely.intersection(outline, where(stack, is_window).buffer(_LINING)).length
    joint = shapely.intersection(outline, held.boundary).length
    if loose < _LOOSE * outline.length:
        raise NotShown(
            f"open windows cut the part of {found.insulator} that carries {found.bump} loose along {um(loose)} of the {um(outline.length)} "
            f"round it alone, less than half: held nearly all round, it cannot swing"
        )
    return f"joined to that part along {um(joint)}, and cut loose by open windows along {um(loose)} of the {um(outline.length)} round it,"


def _lays_bare(found: Package, window: int, beside: Collection[int]) -> bool:
    """Whether open air in one part of the plan bares the walls of some others from the insulating layer's lower side up to their tops.

    The air need not go on up to the sky in one: a ball may hang over a window without touching what is beside it.
    """
    stack = found.stack
    towers = [(stack.part_towers[p], found.piece[p][0]) for p in beside]
    low, high = min(t[k][1] for t, k in towers), max(next(z for name, z, _ in t[k:] if name == AIR) for t, k in towers)
    return any(bottom <= low and high < top for bottom, top in stack.open_air[window])


def _below_bump(found: Package) -> tuple[str, ...]:
    kinds = {found.between(part) for part in found.piece}
    areas = {kind: overlap(found.foot, found.over(lambda between, kind=kind: between == kind)) for kind in kinds}
    most = max(areas, key=areas.get)
    if areas[most] < ALL_OF * found.foot.area:
        each = listed([f"{100 * a / found.foot.area:.3g} % {' on '.join(reversed(k))}" for k, a in areas.items() if a > TOUCH])
        raise NotShown(f"below the foot of {found.bump} lie {each}: neither an empty gap nor layers that fill it")
    if AIR in most and most != (AIR,):
        lies = " on ".join(reversed(most))
        raise NotShown(f"below {found.insulator} lie {lies} below the bump: neither an empty gap nor layers that fill it")
    return () if most == (AIR,) else most


def _filling(found: Package, name: str) -> str:
    area = shapely.intersection(found.stack.plan_area(name), found.free)
    thick = found.stack.thickness_at(0.0, 0.0, name)
    return f"below the bump {name} ({found.state.material(name)}), {um(thick)} thick, fills {um2(area.area)} of the place under that part"


def _emptied(found: Package) -> tuple[str, ...]:
    """Say how high the gap is and which release emptied it through windows that are open."""
    stack, trace = found.stack, found.trace
    gap = {p: layers[0] - 1 for p, layers in found.piece.items() if found.between(p) == (AIR,)}
    empty = shapely.intersection(where(stack, lambda p: p in gap and is_open(stack, p, gap[p])), found.free)
    if share(found.foot, empty) < ALL_OF:
        raise NotShown(f"the gap below {found.insulator} is shut: no window leads to it")
    heights = [(top - bottom) / TICKS_PER_METRE for p, k in gap.items() for _, bottom, top in [stack.part_towers[p][k]]]
    low, high = min(heights), max(heights)
    tall = um(high) if high - low < _BESIDE else f"{um(low)} to {um(high)}"
    bare = where(stack, lambda p: p not in found.piece and _bare_ground(found, p))
    windows = [piece for piece in shapely.get_parts(bare) if piece.distance(found.free) < _BESIDE]
    for index in trace.indices("release"):
        before = trace.before(index).stack
        for name in trace.record(index).get("released", ()):
            lay = lying_on(before, found.insulator, [name]) if before.has(name) and before.has(found.insulator) else shapely.Polygon()
            if share(empty, lay) >= ALL_OF:
                left = overlap(stack.plan_area(name), found.free) if stack.has(name) else 0.0
                rest = f", of which {um2(left)} stay" if left > TOUCH else ""
                return (
                    f"below that part {tall} of open air, {um2(empty.area)} in plan: '{trace.name(index)}' took {name} "
                    f"({trace.before(index).material(name)}{rest}) away through windows of {um2(sum(w.area for w in windows))}, still open",
                )
    raise NotShown(f"the gap below {found.insulator} is there, but no release emptied it")


def _bare_ground(found: Package, part: int) -> bool:
    k = next(k for k, (name, _, _) in enumerate(found.stack.part_towers[part]) if name not in found.ground)
    return is_open(found.stack, part, k)


def _first_layer(found: Package) -> tuple[str, Any]:
    """The first insulating layer, and where the second lies on it below the line."""
    kinds = {found.between(part) for part in found.piece}
    for name in sorted({kind[0] for kind in kinds if len(kind) == 1}, key=found.trace.maker):
        rings = pieces_round(lying_on(found.stack, name, found.ground), found.opening)
        held = shapely.intersection(found.over(lambda between, name=name: between == (name,)), rings)
        if insulates(found.state, name) and overlap(held, found.run) > TOUCH:
            return name, held
    raise NotShown(f"{found.insulator} lies on no other insulating layer that leaves {found.pad} open below {found.line}")


def _line_over(found: Package) -> str:
    held, free = overlap(found.run, found.held), overlap(found.run, found.free)
    if min(held, free) <= TOUCH:
        raise NotShown(f"{found.line} does not lie over both parts of {found.insulator}")
    return f"{found.line} lies over {um2(held)} of the first part and {um2(free)} of the part that carries the bump"


def is_elastic(found: Package, name: str) -> bool:
    """Whether a layer is so soft beside the insulating layer that it gives way before it."""
    layer, other = material_of(found.state, name), material_of(found.state, found.insulator)
    if not (layer.has("young_modulus") and other.has("young_modulus")):
        return False
    return layer.number("young_modulus") * _SOFTER <= other.number("young_modulus")


def stiffness(found: Package, *names: str) -> str:
    """How stiff some layers are beside the insulating layer, in words."""
    said = [
        f"{one} ({m.name}) {m.number('young_modulus') / 1e9:.4g} GPa" if m.has("young_modulus") else f"{one} ({m.name}) not known"
        for one, m in ((n, material_of(found.state, n)) for n in (*names, found.insulator))
    ]
    return f"Young's modulus: {listed(said)}"


def joints(found: Package, upper: str, within) -> Mapping[tuple[str, str], float]:
    """Stated fracture energies [J/m^2] of a layer's joints with the substrate in a part of the plan; that of the largest must be stated."""
    areas = {lower: overlap(lying_on(found.stack, upper, [lower]), within) for lower in sorted(found.ground)}
    main = max(areas, key=areas.get)
    if areas[main] <= TOUCH:
        raise NotShown(f"{upper} does not lie on the substrate there")
    given = found.state.facts[upper].adhesion
    return {(upper, main): _stated(found, upper, main)} | {(upper, n): given[n] for n, a in areas.items() if a > TOUCH and n in given}


def all_joints(found: Package) -> Mapping[tuple[str, str], float]:
    """Every stated fracture energy [J/m^2] of a joint that is there at the end."""
    facts = {n: f for n, f in found.state.facts.items() if found.stack.has(n)}
    pairs = ((upper, lower, energy) for upper, f in facts.items() for lower, energy in f.adhesion.items() if lower in facts)
    return {(upper, lower): energy for upper, lower, energy in pairs if found.stack.contact(upper, lower) > TOUCH}


def _stated(found: Package, upper: str, lower: str) -> float:
    if lower not in found.state.facts[upper].adhesion:
        raise NotShown(f"how firmly {upper} holds on {lower} is not stated")
    return found.state.facts[upper].adhesion[lower]


def weakest(own: Mapping[tuple[str, str], float], others: Mapping[tuple[str, str], float]) -> str:
    """Say that some joints, as stated, are weaker than all others."""
    others = {pair: energy for pair, energy in others.items() if pair not in own}
    if max(own.values()) >= min(others.values()):
        raise NotShown(f"as stated, {_energies(own.items())} is not below {_energies(others.items())}")
    return f"as stated, {_energies(own.items())} is below {_energies(others.items())}"


def _energies(stated: Iterable[tuple[tuple[str, str], float]]) -> str:
    return listed([f"{energy:.3g} J/m^2 of {upper} on {lower}" for (upper, lower), energy in stated])
