"""D: two masks with growing openings, and solders that a reflow fuses into one ball."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..materials import library
from ..state import listed
from ..steps.conduction import metal_mass, tin_in_compounds
from .bonding import compounds_of, descendant, removed, standing_on
from .claim import Shown, child, lot, root
from .redistributed import led_to_bump
from .structures import films_on, larger, ledges, mask_stack
from .trace import TOUCH, NotShown, Trace, alloy, at_axis, degc, material_of, parts, touch, um, um2

_FRACTION = 1e-9  # of a mass fraction: both sides are the same sum, in another order
_MASS = 2e-6  # of the metal's mass: what the grid of 1e-11 m leaves of the volumes of solder and compounds


@dataclass(frozen=True, kw_only=True)
class FusedBall(Shown):
    """What D1 or D15 found in a run: masks from the carrier up, the bodies that fused in the order in which they came."""

    trace: Trace
    masks: tuple[str, ...]
    solders: tuple[str, ...]
    fused: int
    ball: str


def masks_then_ball(trace: Trace) -> FusedBall:
    """D15: two masks, the second opening larger, two solders, a reflow that makes one ball of all of them, masks removed."""
    fused = _fusing_reflow(trace)
    state = trace.before(fused)
    masks = _masks(trace, fused)
    first, second = masks[:2]
    solders = tuple(sorted(trace.record(fused)["fused"], key=trace.maker))
    opened = {m: _opened_at(trace, m) for m in masks}
    if trace.maker(second) < trace.maker(first):
        raise NotShown(f"{second} was formed before {first}")
    ledge = ledges(trace.after(opened[second]).bump, (first, second))[0]
    wide = larger(ledge)
    _into(trace, solders[0], first, opened[first], top=state.bump.bounds(first)[3])
    _into(trace, solders[1], second, opened[second], bottom=ledge.z)
    if cold := trace.record(fused)["solid"]:
        raise NotShown(f"{listed(cold)} does not melt in '{trace.name(fused)}'")
    ball, mixed = _one_ball(trace, fused, solders)
    metals = [n for n in trace.after(fused).names_with("film", "post", "pad", "redistribution")]
    stands = standing_on(trace, trace.after(fused), ball, metals)
    gone = tuple(removed(trace, m, fused) for m in trace.record(fused)["masks_in_place"])
    brought = ", ".join(f"{s} ({state.material(s)}) by '{trace.name(trace.maker(s))}'" for s in solders)
    order = "before" if trace.maker(solders[0]) > trace.maker(second) else "after"
    laid = f"{second} ({state.material(second)}) was formed over {first} ({state.material(first)}), {order} the first solder came"
    return FusedBall(
        evidence=(laid, wide, f"solders in order: {brought}", mixed, stands, *gone),
        members=frozenset({"both masks before the solders" if order == "before" else "first solder before the second mask"}),
        trace=trace,
        masks=masks,
        solders=solders,
        fused=fused,
        ball=ball,
    )


def body_then_ball(trace: Trace) -> FusedBall:
    """D1: first solder reflowed to a body on under-bump metal in a first mask, second mask over it, second solder, both fused."""
    found = masks_then_ball(trace)
    first, second = found.masks[:2]
    metal = films_on(trace, None, trace.before(trace.maker(first)))
    bare = trace.before(trace.maker(first)).bump.exposed_amount(metal[-1])
    if bare <= TOUCH:
        raise NotShown(f"no under-bump metal lies open when {first} is formed")
    open_metal = f"{um2(bare)} of {metal[-1]} lie open when {first} is formed"
    body = _pre_reflowed(found, metal)
    section = trace.after(_opened_at(trace, second)).bump
    shown = section.exposed_amount(found.solders[0])
    if shown <= TOUCH:
        raise NotShown(f"the opening of {second} exposes nothing of {found.solders[0]}")
    exposes = f"the opening of {second} lays {um2(shown)} of it bare"
    standing_on(trace, trace.after(found.fused), found.ball, metal)
    return replace(found, evidence=(open_metal, body, exposes, *found.evidence), members=frozenset({""}))


def _fusing_reflow(trace: Trace) -> int:
    cold = "no reflow fuses two solders"
    for index in reversed(trace.indices("reflow")):
        record = trace.record(index)
        if len(record.get("fused", ())) >= 2:
            return index
        if record.get("solid"):
            limits = [
                f"{n} flows above {degc(record['flows_above'][n])} and dissolves to {100 * record['dissolved'].get(n, 0.0):.0f} %"
                for n in record["solid"]
            ]
            cold = f"nothing fuses: '{trace.name(index)}' peaks at {degc(record['peak'])} and {listed(limits)}"
    raise NotShown(cold)


def _masks(trace: Trace, fused: int) -> tuple[str, ...]:
    state = trace.before(fused)
    polymers = [n for n in trace.record(fused)["masks_in_place"] if "polymer" in material_of(state, n).classes]
    stack = mask_stack(trace, state, polymers)
    if len(stack) < 2:
        raise NotShown(f"{len(stack)} polymer masks lie on one another when '{trace.name(fused)}' fuses the solders: two are needed")
    return stack


def _opened_at(trace: Trace, mask: str) -> int:
    for index, step in enumerate(trace.steps):
        if mask in step.record.get("opened", {}) and not at_axis(step.state.bump, mask):
            return index
    raise NotShown(f"{mask} was never opened")


def _into(trace: Trace, solder: str, mask: str, opened: int, *, top: float | None = None, bottom: float | None = None) -> None:
    made = trace.maker(solder)
    if made < opened:
        raise NotShown(f"{solder} was there before {mask} was opened")
    _, low, _, high = trace.after(made).bump.bounds(solder)
    if (top is not None and low >= top) or (bottom is not None and high <= bottom):
        raise NotShown(f"{solder} from z = {um(low)} to {um(high)} does not lie in the opening of {mask}")


def _one_ball(trace: Trace, fused: int, solders: tuple[str, ...]) -> tuple[str, str]:
    before, after, record = trace.before(fused), trace.after(fused), trace.record(fused)
    ball = descendant(after, (before.facts[solders[0]].made_from or solders[:1])[0])
    for solder in solders:
        if any(origin not in after.facts[ball].made_from for origin in before.facts[solder].made_from or (solder,)):
            raise NotShown(f"{ball} holds nothing of {solder}")
    if len(after.bump.shape(ball).geoms) != 1:
        raise NotShown(f"{ball} is in {len(after.bump.shape(ball).geoms)} pieces")
    masses = {s: metal_mass(before, s, library()) for s in solders}
    total, metal = sum(masses.values()), alloy(after, ball)
    for element in metal.keys() | {e for s in solders for e in alloy(before, s)}:
        share = sum(m * alloy(before, s).get(element, 0.0) for s, m in masses.items()) / total
        if abs(metal.get(element, 0.0) - share) > _FRACTION:
            raise NotShown(f"{ball} holds {metal.get(element, 0.0):.6g} of {element}, not the {share:.6g} of its parts")
    given = tin_in_compounds(after, library()) - tin_in_compounds(before, library())
    weight = metal_mass(after, ball, library()) + given
    if abs(weight - total) > _MASS * total:
        raise NotShown(f"{ball} and the tin that it gave to compounds weigh {weight:.6g} kg, its parts {total:.6g} kg")
    melted = " and ".join(f"{1e12 * m:.4g} ng of {s} (flows above {degc(record['flows_above'][s])})" for s, m in masses.items())
    size = f"{um(2 * after.bump.bounds(ball)[2])} wide, apex at z = {um(after.bump.bounds(ball)[3])}"
    return ball, f"'{trace.name(fused)}' (peak {degc(record['peak'])}) fuses {melted} into one body of {parts(metal)}, {size}"


def _pre_reflowed(found: FusedBall, metals: tuple[str, ...] = ()) -> str:
    """Say by which reflow the first solder became a body before the second mask was formed."""
    trace, solder = found.trace, found.solders[0]
    for index in trace.indices("reflow"):
        if trace.maker(solder) < index < trace.maker(found.masks[1]) and solder in trace.record(index)["melted"]:
            if found.masks[0] not in trace.record(index)["masks_in_place"]:
                raise NotShown(f"{found.masks[0]} was not in place during '{trace.name(index)}'")
            state = trace.after(index)
            stands = standing_on(trace, state, solder, metals or state.names_with("film", "post", "pad", "redistribution"))
            peak = degc(trace.record(index)["peak"])
            return f"'{trace.name(index)}' (peak {peak}) makes a pre-solder body before {found.masks[1]} is formed: {stands}"
    raise NotShown(f"no reflow melts {solder} before {found.masks[1]} is formed")


def _alloys(found: FusedBall) -> tuple[dict[str, float], dict[str, float], str]:
    state = found.trace.before(found.fused)
    one, other = (alloy(state, s) for s in found.solders[:2])
    return one, other, f"first solder {parts(one)}; second solder {parts(other)}"


def _equal(found: FusedBall) -> Shown:
    one, other, said = _alloys(found)
    if one != other:
        raise NotShown(f"{said}: different")
    return Shown(evidence=(said,))


def _different(found: FusedBall) -> Shown:
    one, other, said = _alloys(found)
    if one == other:
        raise NotShown(f"{said}: equal")
    return Shown(evidence=(said,))


def _higher(found: FusedBall) -> Shown:
    limits = found.trace.record(found.fused)["flows_above"]
    one, other = (limits[s] for s in found.solders[:2])
    said = f"the first solder flows above {degc(one)}, the second above {degc(other)}"
    if one <= other:
        raise NotShown(f"{said}: the first does not melt higher")
    record = found.trace.record(found.fused)
    how = "dissolving in the second" if record["dissolved"].get(found.solders[0]) == 1.0 else "melting"
    return Shown(evidence=(f"{said}; at {degc(record['peak'])} the first fused by {how}",))


def _leaded(found: FusedBall) -> Shown:
    return _lead(found, True)


def _unleaded(found: FusedBall) -> Shown:
    return _lead(found, False)


def _lead(found: FusedBall, wanted: bool) -> Shown:
    metal = alloy(found.trace.after(found.fused), found.ball)
    if ("Pb" in metal) is not wanted:
        raise NotShown(f"the ball is of {parts(metal)}")
    return Shown(evidence=(f"the ball is of {parts(metal)}",))


def _first_mask_resist(found: FusedBall) -> Shown:
    state = found.trace.before(found.fused)
    if "photoresist" not in material_of(state, found.masks[0]).classes or not state.facts[found.masks[0]].opened_by:
        raise NotShown(f"{found.masks[0]} is of {state.material(found.masks[0])}, no photoresist")
    return Shown(evidence=(f"{found.masks[0]} is of the photoresist {state.material(found.masks[0])}",))


def _brought(place: int, kind: str, method: str, words: str) -> Callable[[FusedBall], Shown]:
    def condition(found: FusedBall) -> Shown:
        mask = found.masks[place]
        made = found.trace.maker(mask)
        material, done = material_of(found.trace.after(made), mask), found.trace.record(made).get("method")
        if kind not in material.classes or done != method:
            raise NotShown(f"{mask} ({material.name}, brought on by {done}) was not {words}")
        opened = found.trace.name(_opened_at(found.trace, mask))
        return Shown(evidence=(f"{mask} ({material.name}) was {words} and opened by '{opened}'",))

    return condition


def _powder_or_paste(place: int) -> Callable[[FusedBall], Shown]:
    def condition(found: FusedBall) -> Shown:
        solder = found.solders[place]
        made = found.trace.maker(solder)
        form, facts = found.trace.record(made).get("form"), found.trace.after(made).facts[solder]
        if form not in ("paste", "powder") or facts.phase != "paste":
            raise NotShown(f"{solder} was brought by {found.trace.record(made).get('method')} as {facts.phase} metal")
        said = f"{solder} was printed as {form}, {100 * facts.metal_fraction:.3g} % of its volume metal"
        return Shown(evidence=(said,), members=frozenset({form}))

    return condition


def _on_the_bond_pad(found: FusedBall) -> Shown:
    trace = found.trace
    for pad in trace.final.names_with("pad"):
        try:
            films = films_on(trace, pad, trace.final)
        except NotShown:
            continue
        section = trace.final.bump
        ball = trace.final.names_with("solder")
        if any(touch(section, one, f) for b in ball for one in (b, *compounds_of(trace.final, b)) for f in films):
            area = um2(section.contact(films[0], pad))
            said = f"{listed(films)} stand on {area} of the {trace.final.material(pad)} bond pad; the ball stands on them"
            return Shown(evidence=(said,))
    raise NotShown("the under-bump metal does not stand on a bond pad")


def _redistributed(found: FusedBall) -> Shown:
    return Shown(evidence=(led_to_bump(found.trace).sentence,))


def _first_reflowed(found: FusedBall) -> Shown:
    return Shown(evidence=(_pre_reflowed(found),))


def _third(found: FusedBall) -> Shown:
    if len(found.masks) < 3 or len(found.solders) < 3:
        raise NotShown(f"{len(found.masks)} masks and {len(found.solders)} solders: no third of both")
    trace, third = found.trace, found.masks[2]
    opened = _opened_at(trace, third)
    ledge = ledges(trace.after(opened).bump, found.masks[1:3])[0]
    wide = larger(ledge)
    _into(trace, found.solders[2], third, opened, bottom=ledge.z)
    stands = f"{third} stands over {found.masks[1]} before '{trace.name(found.fused)}'"
    return Shown(evidence=(stands, f"concentric, {wide}", f"{found.solders[2]} in it fuses too"))


_BASE, _DIFFERENT, _LAMINATED = lot("two-mask-fused"), lot("two-mask-fused-different"), lot("two-mask-fused-laminated")
_LEAD_FREE = lot("two-mask-fused-lead-free")
_POWDER, _ONE, _THREE = lot("two-mask-fused-powder"), lot("two-mask-one-reflow"), lot("three-mask-fused")
_POWDER_FIRST, _POWDER_SECOND = lot("two-mask-fused-powder-first"), lot("two-mask-fused-powder-second")
_MASKS_FIRST = lot("two-mask-masks-first")
CLAIMS_D = (
    root(
        body_then_ball,
        "D1",
        "solder body in a first mask, second mask with a larger opening, second solder, both fused, masks removed",
        _BASE,
    ),
    child("D1", _equal, "D2", "the two solders are equal", _BASE),
    child("D1", _different, "D3", "the two solders are different", _DIFFERENT, _LEAD_FREE),
    child("D1", _higher, "D4", "the first solder melts higher than the second, and still fuses", _LEAD_FREE),
    child("D1", _leaded, "D5", "the ball contains lead", _DIFFERENT),
    child("D1", _unleaded, "D6", "the ball is lead-free", _BASE, _LEAD_FREE),
    child("D1", _first_mask_resist, "D7", "the first mask is a photoresist", _BASE),
    child("D1", _brought(0, "dry-film", "laminate", "a laminated dry film"), "D8", "the first mask is a dry film", _LAMINATED),
    child(
        "D1",
        _brought(1, "dry-film", "laminate", "laminated over the first"),
        "D9",
        "the second mask is laminated over the first, then patterned",
        _LAMINATED,
    ),
    child(
        "D1",
        _brought(1, "spin-on", "spin", "spin-coated over the first"),
        "D10",
        "the second mask is spin-coated over the first, then patterned",
        _BASE,
    ),
    child(
        "D1",
        _powder_or_paste(0),
        "D11",
        "the first solder is powder or paste",
        ("paste", _BASE),
        ("powder", _POWDER),
        ("powder", _POWDER_FIRST),
    ),
    child(
        "D1",
        _powder_or_paste(1),
        "D12",
        "the second solder is powder or paste",
        ("paste", _BASE),
        ("powder", _POWDER),
        ("powder", _POWDER_SECOND),
    ),
    child("D1", _redistributed, "D13", "an RDL leads from the chip's bond pad to the UBM", lot("two-mask-fused-redistributed")),
    child("D1", _on_the_bond_pad, "D14", "the UBM stands on the bond pad", _BASE),
    root(
        masks_then_ball,
        "D15",
        "two masks with growing openings, two solders, a reflow of all of them into a ball, masks removed",
        ("both masks before the solders", _MASKS_FIRST),
        ("first solder before the second mask", _ONE),
        ("first solder before the second mask", _BASE),
    ),
    child("D15", _first_reflowed, "D16", "the first solder is reflowed before the second mask is formed", _BASE),
    child("D15", _redistributed, "D17", "an RDL leads from the chip's bond pad to the UBM", lot("two-mask-one-reflow-redistributed")),
    child("D15", _on_the_bond_pad, "D18", "the UBM stands on the bond pad", _ONE),
    child("D15", _different, "D19", "the two solders are different", lot("two-mask-one-reflow-different")),
    child("D15", _third, "D20", "before the reflow a third mask with an aligned, larger opening, and third solder in it", _THREE),
)
