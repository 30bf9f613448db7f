"""C: a stair-shaped opening in two or more resists of different sensitivity, filled with solder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..geometry.ledges import ROUGH
from ..state import State, listed
from ..units import show
from .bonding import compounds_of, descendant, removed, standing_on
from .claim import Shown, child, lot, root
from .structures import Ledge, exposing_passivation, films_on, laid_over, larger, ledges, mask_stack, pad_under, silicon_wafer
from .trace import TOUCH, NotShown, Trace, alloy, at_axis, degc, material_of, parts, touch, um, um2, um3


@dataclass(frozen=True, kw_only=True)
class Stair(Shown):
    """What C1 or C8 found in a run: `resists` from the pad up, with their clearing doses [J/m^2] and the steps that opened them."""

    trace: Trace
    pad: str
    resists: tuple[str, ...]
    doses: tuple[float, ...]
    opened: tuple[int, ...]
    ledges: tuple[Ledge, ...]
    filled: int
    solder: str
    stripped: int


def in_any_exposures(trace: Trace) -> Stair:
    """C8: stair openings above the pads in two or more resists of different sensitivity, by whatever exposures, filled; resists removed."""
    filled, solder = _filling(trace)
    pad = pad_under(trace)
    resists = _resists(trace, filled)
    opened = tuple(_opening_step(trace, r, filled) for r in resists)
    seen = [trace.record(i)["opened"][r] for i, r in zip(opened, resists, strict=True)]
    doses = tuple(one["sensitivity"] for one in seen)
    if unknown := [r for r, dose in zip(resists, doses, strict=True) if dose is None]:
        raise NotShown(f"no dose clears {listed(unknown)} alone in the time of that development: sensitivities cannot be compared")
    if len(set(doses)) < 2:
        raise NotShown(f"{listed(resists)} are equally sensitive: all clear at {show(doses[0], 'dose')}")
    stack = trace.after(max(opened)).bump
    rough = max([ROUGH, *(trace.record(i).get("grid", 0.0) / 2 for i in opened)])
    steps = ledges(stack, resists, max(one.get("grid_error", 0.0) for one in seen), rough)
    if all(step.flat for step in steps):
        raise NotShown(f"there is no stair: {steps[0].sentence}")
    open_over = _over_the_pad(trace.after(max(opened)), resists, pad)
    fills, stripped, posts = _posts(trace, solder, filled, resists)
    kinds = [
        f"{r} ({trace.after(i).material(r)}, {one['tone']}, clears at {show(one['sensitivity'], 'dose')})"
        for r, i, one in zip(resists, opened, seen, strict=True)
    ]
    exposures = [f"{r} by {listed([repr(e) for e in trace.after(i).facts[r].opened_by])}" for r, i in zip(resists, opened, strict=True)]
    return Stair(
        evidence=(
            f"from the pad up: {', '.join(kinds)}",
            f"exposed: {', '.join(exposures)}",
            *(step.sentence for step in steps),
            open_over,
            fills,
            *posts,
        ),
        members=frozenset({f"{len(resists)} resists"} if not any(step.flat for step in steps) else ()),
        trace=trace,
        pad=pad,
        resists=resists,
        doses=doses,
        opened=opened,
        ledges=steps,
        filled=filled,
        solder=solder,
        stripped=stripped,
    )


def in_one_exposure(trace: Trace) -> Stair:
    """C1: pads and passivation, under-bump metal over both, and the whole stair out of one exposure and one development."""
    carrier = silicon_wafer(trace)
    found = in_any_exposures(trace)
    first, second = found.resists[:2]
    before = trace.before(trace.maker(first))
    films = films_on(trace, found.pad, before)
    passivation, opened = exposing_passivation(trace, found.pad, trace.maker(films[0]))
    laid = laid_over(trace, films, (found.pad, passivation))
    exposures = {e for r, i in zip(found.resists, found.opened, strict=True) for e in trace.after(i).facts[r].opened_by}
    if len(exposures) != 1:
        raise NotShown(f"the openings come out of {len(exposures)} exposures: {listed(sorted(repr(e) for e in exposures))}")
    developed = sorted({i for r in found.resists for i in trace.indices("develop") if r in trace.record(i)["opened"]})
    if len(developed) != 1:
        raise NotShown(f"the openings were not formed together: {listed([repr(trace.name(i)) for i in developed])}")
    if found.doses[0] == found.doses[1]:
        raise NotShown(f"{first} and {second} are equally sensitive")
    if found.ledges[0].flat:
        raise NotShown(f"there is no stair between them: {found.ledges[0].sentence}")
    bare = trace.after(found.opened[0]).bump.exposed_amount(films[-1])
    if bare <= TOUCH:
        raise NotShown(f"the stair exposes nothing of {films[-1]}")
    together = f"one exposure '{exposures.pop()}' and one development '{trace.name(found.opened[0])}' formed both openings"
    stands = standing_on(trace, trace.after(found.stripped), descendant(trace.after(found.stripped), found.solder), films)
    exposes = f"the stair exposes {um2(bare)} of {films[-1]} ({before.material(films[-1])})"
    return replace(found, evidence=(carrier, opened, laid, together, *found.evidence, exposes, stands), members=frozenset({""}))


def _filling(trace: Trace) -> tuple[int, str]:
    for index, step in enumerate(trace.steps):
        for name in step.record.get("created", ()):
            if step.verb != "reflow" and name in step.state.facts and step.state.facts[name].role == "solder":
                return index, name
    raise NotShown("no solder was brought")


def _resists(trace: Trace, filled: int) -> tuple[str, ...]:
    state = trace.before(filled)
    patterned = [n for n in state.names_with("mask") if "photoresist" in material_of(state, n).classes and state.facts[n].opened_by]
    stack = mask_stack(trace, state, patterned)
    if len(stack) < 2:
        raise NotShown(f"{len(stack)} patterned photoresists lie on one another when '{trace.name(filled)}' begins; a stair needs two")
    return stack


def _opening_step(trace: Trace, resist: str, before: int) -> int:
    done = [i for i in trace.indices("develop") if i < before and resist in trace.record(i).get("opened", {})]
    if not done:
        raise NotShown(f"{resist} was not opened by exposure and development")
    return done[-1]


def _over_the_pad(state: State, resists: tuple[str, ...], pad: str) -> str:
    section = state.bump
    bare = [
        n for n in state.names_with("film", "post", "pad", "redistribution") if at_axis(section, n) and section.exposed_amount(n) > TOUCH
    ]
    if any(at_axis(section, r) for r in resists) or not bare:
        raise NotShown("the openings lay no metal bare above the pad")
    narrow, wide = section.bounds(resists[0])[0], section.bounds(pad)[2]
    return f"the lowest opening, {um(narrow)} in radius where it is narrowest, lies over the pad ({um(wide)}) and lays {bare[-1]} bare"


def _posts(trace: Trace, solder: str, filled: int, resists: tuple[str, ...]) -> tuple[str, int, tuple[str, ...]]:
    """What the solder touched in the stair, the step after which no resist is left, and how it stands then."""
    gone = tuple(removed(trace, r, filled) for r in resists)
    stripped = max(trace.gone[r] for r in resists)
    for index in range(filled, min(trace.gone[r] for r in resists)):
        section = trace.after(index).bump
        body = descendant(trace.after(index), solder)
        if all(touch(section, body, r) for r in resists[:2]):
            touched = [f"{um2(section.contact(body, r))} of {r}" for r in resists if touch(section, body, r)]
            break
    else:
        raise NotShown(f"{solder} does not fill the stair: it touches not both of {listed(resists[:2])}")
    state = trace.after(stripped)
    post = descendant(state, solder)
    if state.facts[post].phase != "solid":
        raise NotShown(f"{post} is still {state.facts[post].phase} when the resists are removed: no post stands")
    metals = state.names_with("film", "post", "pad", "redistribution")
    if not any(touch(state.bump, one, m) for one in (post, *compounds_of(state, post)) for m in metals):
        raise NotShown(f"{post} stands on no metal")
    _, low, radius, high = state.bump.bounds(post)
    fills = f"after '{trace.name(index)}' {solder} ({parts(alloy(state, post))}) touches {' and '.join(touched)}"
    stands = f"without resists it stands {um(high - low)} high and {um(2 * radius)} wide, {um3(state.bump.volume(post))}"
    return fills, stripped, (*gone, stands)


def _reflowed(found: Stair) -> Shown:
    trace = found.trace
    for index in trace.indices("reflow"):
        if index <= found.stripped:
            continue
        post = descendant(trace.before(index), found.solder)
        if post not in trace.record(index)["melted"]:
            continue
        state = trace.after(index)
        bump = descendant(state, found.solder)
        stands = standing_on(trace, state, bump, state.names_with("film", "post", "pad", "redistribution"))
        height = state.bump.bounds(bump)[3] - state.bump.bounds(bump)[1]
        melts = f"'{trace.name(index)}' (peak {degc(trace.record(index)['peak'])}) melts the post after the resists are gone"
        return Shown(evidence=(f"{melts}: a bump {um(height)} high", stands))
    raise NotShown("no reflow melts the posts after the resists are gone")


def _lower_smaller(found: Stair) -> Shown:
    return Shown(evidence=(larger(found.ledges[0]),))


def _all_smaller(found: Stair) -> Shown:
    return Shown(evidence=tuple(larger(step) for step in found.ledges))


def _lower_slower(found: Stair) -> Shown:
    lower, upper = found.doses[:2]
    said = f"{found.resists[0]} clears at {show(lower, 'dose')}, {found.resists[1]} at {show(upper, 'dose')}"
    if lower <= upper:
        raise NotShown(f"{said}: the lower one is not less sensitive")
    return Shown(evidence=(f"{said}: the lower one needs {lower / upper:.3g} times as much",))


def _ends_ordered(found: Stair) -> Shown:
    nearest, *between, farthest = found.doses
    said = "clearing doses from the pad up: " + ", ".join(show(d, "dose") for d in found.doses)
    if not all(nearest > d for d in (*between, farthest)) or not all(farthest < d for d in (nearest, *between)):
        raise NotShown(f"{said}: the nearest is not the least sensitive and the farthest the most")
    return Shown(evidence=(said,))


_KINDS = (("spin-coated", "spin-on", "spin"), ("dry film", "dry-film", "laminate"))


def _kind(trace: Trace, resist: str) -> str | None:
    made = trace.maker(resist)
    material, method = material_of(trace.after(made), resist), trace.record(made).get("method")
    return next((word for word, known, how in _KINDS if known in material.classes and method == how), None)


def _how(trace: Trace, resist: str) -> str:
    made = trace.maker(resist)
    return f"{resist} ({trace.after(made).material(resist)}) was brought on by {trace.record(made).get('method')}"


def _resist_kind(place: int) -> Callable[[Stair], Shown]:
    def condition(found: Stair) -> Shown:
        kind = _kind(found.trace, found.resists[place])
        if kind is None:
            raise NotShown(f"{_how(found.trace, found.resists[place])}: neither spin-coated nor a dry film")
        return Shown(evidence=tuple(_how(found.trace, r) for r in found.resists[:2]), members=frozenset({kind}))

    return condition


def _at_least_one(kind: str) -> Callable[[Stair], Shown]:
    def condition(found: Stair) -> Shown:
        such = [r for r in found.resists if _kind(found.trace, r) == kind]
        if not such:
            raise NotShown(f"no resist is {kind}: {'; '.join(_how(found.trace, r) for r in found.resists)}")
        return Shown(evidence=(f"{listed(such)} of {len(found.resists)}: {'; '.join(_how(found.trace, r) for r in such)}",))

    return condition


def _fill_method(found: Stair) -> Shown:
    method = found.trace.record(found.filled).get("method")
    if method not in ("electroplating", "printing"):
        raise NotShown(f"the stair was filled by {method}")
    return Shown(evidence=(f"'{found.trace.name(found.filled)}' fills the stair by {method}",), members=frozenset({method}))


_PLATED, _PRINTED, _THREE = lot("stair-plated"), lot("stair-printed"), lot("stair-plated-three-resists")
_ABOVE, _BELOW, _FILMS = lot("stair-plated-dry-film-above"), lot("stair-plated-dry-film-below"), lot("stair-plated-dry-films")
_SPIN, _DRY = "spin-coated", "dry film"
_FILLS = (("electroplating", _PLATED), ("printing", _PRINTED))
CLAIMS_C = (
    root(
        in_one_exposure,
        "C1",
        "stair openings in two resists out of one exposure, filled with solder to posts, both resists removed",
        _PLATED,
    ),
    child("C1", _reflowed, "C2", "posts reflowed to bumps after the resists are gone", _PLATED),
    child("C1", _lower_smaller, "C3", "the lower opening is smaller than the upper", _PLATED, lot("stair-plated-negative")),
    child("C1", _lower_slower, "C4", "the lower resist is less photosensitive than the upper", _PLATED),
    child(
        "C1",
        _resist_kind(0),
        "C5",
        "the first resist is spin-coated or a dry film",
        (_SPIN, _PLATED),
        (_SPIN, _ABOVE),
        (_DRY, _BELOW),
        (_DRY, _FILMS),
    ),
    child(
        "C1",
        _resist_kind(1),
        "C6",
        "the second resist is spin-coated or a dry film",
        (_SPIN, _PLATED),
        (_SPIN, _BELOW),
        (_DRY, _ABOVE),
        (_DRY, _FILMS),
    ),
    child("C1", _fill_method, "C7", "filled by electroplating or by stencil printing", *_FILLS),
    root(
        in_any_exposures,
        "C8",
        "stair openings above the pads in two or more resists of different sensitivity, filled, resists removed",
        ("2 resists", _PLATED),
        ("3 resists", _THREE),
    ),
    child("C8", _reflowed, "C9", "posts reflowed to bumps", _PLATED, _THREE),
    child("C8", _all_smaller, "C10", "the opening nearer the pad is smaller than the one farther away", _PLATED, _THREE),
    child("C8", _ends_ordered, "C11", "the farthest resist is the most, the nearest the least photosensitive", _PLATED, _THREE),
    child("C8", _at_least_one("spin-coated"), "C12", "at least one spin-coated resist", _PLATED, _ABOVE, _BELOW),
    child("C8", _at_least_one("dry film"), "C13", "at least one dry film", _ABOVE, _BELOW, _FILMS),
    child(
        "C8",
        _fill_method,
        "C14",
        "filled by electroplating or by stencil printing",
        *_FILLS,
        ("printing", lot("stair-printed-three-resists")),
    ),
)
