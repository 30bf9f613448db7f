"""Recognise in the sections what stands on a carrier: pads, passivation, under-bump films, masks and their openings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ..geometry.ledges import ROUGH, ledge
from ..state import State, listed
from .trace import LEDGE, TOUCH, NotShown, Trace, at_axis, at_edge, material_of, touch, um, um2

_PADS = ("pad", "redistribution")
_CONDUCTS = frozenset({"metal", "pad", "adhesion", "metallic"})


def silicon_wafer(trace: Trace) -> str:
    """Say that the carrier is a silicon wafer."""
    carrier = trace.carrier
    if set(carrier.composition) != {"Si"}:
        raise NotShown(f"the carrier is {carrier.name}, no silicon wafer")
    return f"the carrier is a silicon wafer, {um(-trace.run.start.bump.floor)} thick"


def pad_under(trace: Trace) -> str:
    """The pad under the bump; where several lie on one another, the topmost."""
    found = [n for n in trace.final.names_with(*_PADS) if at_axis(trace.final.bump, n)]
    if not found:
        raise NotShown("there is no pad under the bump")
    return max(found, key=lambda n: trace.final.bump.bounds(n)[3])


def exposing_passivation(trace: Trace, pad: str, before: int) -> tuple[str, str]:
    """The passivation that exposes a pad before a step, and the sentence that says so."""
    state = trace.before(before)
    for name in state.names_with("passivation"):
        covers = at_edge(state.bump, name) and not at_axis(state.bump, name)
        if covers and touch(state.bump, name, pad) and state.bump.exposed_amount(pad) > TOUCH:
            area = um2(state.bump.exposed_amount(pad))
            return name, f"{name} ({state.material(name)}) leaves {area} of the {state.material(pad)} pad open"
    raise NotShown(f"no passivation covers the carrier and exposes {pad}")


def conducts(state: State, name: str) -> bool:
    """Whether a region is of metal."""
    return bool(_CONDUCTS & material_of(state, name).classes)


def films_on(trace: Trace, pad: str | None, state: State) -> tuple[str, ...]:
    """Metal films that stand on one another from the pad (or, without one, from what carries them) upwards."""
    films = [n for n in state.names_with("film", "post") if conducts(state, n) and at_axis(state.bump, n)]
    films.sort(key=trace.maker)
    if not films:
        raise NotShown("there is no under-bump film" + (f" on {pad}" if pad else ""))
    if pad is not None and not touch(state.bump, films[0], pad):
        raise NotShown(f"{films[0]} does not stand on {pad}")
    for lower, upper in pairwise(films):
        if not touch(state.bump, lower, upper):
            raise NotShown(f"{upper} does not stand on {lower}")
    return tuple(films)


def adhesion_and_metallic(trace: Trace, films: tuple[str, ...]) -> tuple[str, ...]:
    """The metallic films among those that lie on an adhesion film; NotShown when the lowest film is none, or nothing metallic is on it."""
    state = trace.after(max(trace.maker(f) for f in films))
    if "adhesion" not in material_of(state, films[0]).classes:
        raise NotShown(f"{films[0]}, the lowest film, is of {state.material(films[0])}, which is no adhesion material")
    metallic = tuple(f for f in films[1:] if "metallic" in material_of(state, f).classes)
    if not metallic:
        others = listed([f"{f} of {state.material(f)}" for f in films[1:]]) if films[1:] else "nothing"
        raise NotShown(f"no metallic film lies on the adhesion film {films[0]}, but {others}")
    return metallic


def blanket(trace: Trace, film: str) -> bool:
    """Whether a film covered the whole wafer when it came; one that is plated into openings does not."""
    return at_edge(trace.after(trace.maker(film)).bump, film)


def laid_over(trace: Trace, films: tuple[str, ...], grounds: tuple[str, ...]) -> str:
    """Say that the lowest film was laid blanket over all the grounds and every other film over the one below it."""
    if not blanket(trace, films[0]):
        raise NotShown(f"{films[0]} was not laid over the whole wafer")
    said = []
    for film, under in zip(films, (grounds, *((lower,) for lower in films)), strict=False):
        section = trace.after(trace.maker(film)).bump
        for ground in under:
            if not touch(section, film, ground):
                raise NotShown(f"{film} was not laid over {ground}")
        where = " and ".join(f"{ground} ({um2(section.contact(film, ground))})" for ground in under)
        said.append(f"{film} ({trace.after(trace.maker(film)).material(film)}) over {where}")
    return "films laid: " + "; ".join(said)


def patterned(trace: Trace, films: tuple[str, ...], pad: str, before: int) -> tuple[int, str]:
    """The step by which all films that were laid blanket were patterned to residues on the pad, and the sentence that says so."""
    done = -1
    for film in (f for f in films if blanket(trace, f)):
        cuts = [i for i in trace.indices("etch") if i < before and _cut_back(trace, i, film)]
        if not cuts:
            raise NotShown(f"{film} was not patterned before '{trace.name(before)}': it still runs to the neighbouring bump")
        done = max(done, cuts[0])
    section = trace.after(done).bump
    if not touch(section, films[0], pad):
        raise NotShown(f"after '{trace.name(done)}' no residue of {films[0]} stands on {pad}")
    edges = listed([um(section.bounds(f)[2]) for f in films])
    return done, (
        f"after '{trace.name(done)}' the films end at radii {edges} (the cell at {um(trace.width)}) "
        f"and stand on {pad} by {um2(section.contact(films[0], pad))}"
    )


def _cut_back(trace: Trace, index: int, film: str) -> bool:
    before, after = trace.before(index).bump, trace.after(index).bump
    return before.has(film) and after.has(film) and at_edge(before, film) and not at_edge(after, film)


@dataclass(frozen=True)
class Opening:
    """An opening of one mask round the axis: its name, the narrowest radius [m], the mask's top [m] and a sentence."""

    mask: str
    radius: float
    top: float
    sentence: str


def opening_over(trace: Trace, before: int, metal: str, made_after: int) -> Opening:
    """The opening of the patterned structure that stands before a step and exposes a metal."""
    state = trace.before(before)
    section = state.bump
    standing = [n for n in state.names_with("mask") if at_edge(section, n)]
    if not standing:
        raise NotShown(f"no patterned structure stands when '{trace.name(before)}' begins")
    mask = min(standing, key=lambda n: section.bounds(n)[1])
    dry = _without_flux(section, state)
    floor, bare = section.bounds(metal)[3], dry.exposed_amount(metal)
    radius = section.bounds(mask)[0]
    if bare <= TOUCH or at_axis(section, mask) or radius <= 0:
        raise NotShown(f"the opening of {mask} exposes nothing of {metal}")
    if trace.maker(mask) <= made_after:
        raise NotShown(f"{mask} was there before the films were patterned")
    made, top = trace.name(trace.maker(mask)), section.bounds(mask)[3]
    size = f"{um(radius)} in radius where it is narrowest, {um(top - floor)} deep"
    text = f"{mask} ({state.material(mask)}, from '{made}') has an opening {size}, over {um2(bare)} of {metal}"
    return Opening(mask, radius, top, text)


def _without_flux(section, state: State):
    flux = state.names_with("flux")
    return section.stripped(flux) if flux else section


def mask_stack(trace: Trace, state: State, names) -> tuple[str, ...]:
    """Masks that lie on one another round the axis, from the carrier up."""
    section = state.bump
    stack = sorted((n for n in names if at_edge(section, n)), key=lambda n: (section.bounds(n)[1], trace.maker(n)))
    found = stack[:1]
    for name in stack[1:]:
        if touch(section, found[-1], name):
            found.append(name)
    return tuple(found)


@dataclass(frozen=True)
class Ledge:
    """Openings of two masks at their interface [m]; a shelf no wider than `smallest` is none."""

    lower: str
    upper: str
    z: float
    lower_radius: float
    upper_radius: float
    smallest: float

    @property
    def flat(self) -> bool:
        """Whether both openings are the same, as far as the run can tell."""
        return abs(self.step) <= self.smallest

    @property
    def step(self) -> float:
        """How much wider the upper opening is [m]."""
        return self.upper_radius - self.lower_radius

    @property
    def sentence(self) -> str:
        """Both radii in words."""
        return (
            f"at the interface at z = {um(self.z)} the opening of {self.lower} is {um(self.lower_radius)} in radius, "
            f"that of {self.upper} {um(self.upper_radius)}"
        )


def ledges(section, stack: tuple[str, ...], error: float = 0.0, rough: float = ROUGH) -> tuple[Ledge, ...]:
    """The openings at every interface of a stack whose walls are known to `error` [m]: a shelf is wider than three times that."""
    smallest = max(LEDGE, 3.0 * error)
    return tuple(Ledge(lower, upper, *ledge(section, lower, upper, rough=rough), smallest) for lower, upper in pairwise(stack))


def larger(ledge: Ledge) -> str:
    """Say that the upper opening is the larger one."""
    if ledge.step <= ledge.smallest:
        raise NotShown(f"{ledge.sentence}: not larger by more than {um(ledge.smallest)}")
    return ledge.sentence
