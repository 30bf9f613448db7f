"""Recognise in plan a redistribution layer that leads from a pad of the chip to where the bump stands."""

from __future__ import annotations

from dataclasses import dataclass

from ..geometry.partition import AIR
from ..state import listed
from .in_plan import at_bump, lying_on, pieces_round, plan_of
from .structures import conducts
from .trace import TOUCH, NotShown, Trace, um, um2


@dataclass(frozen=True)
class Led:
    """A redistribution metal from a chip's pad to the films below a bump, and the sentence that says so."""

    pad: str
    metal: str
    films: tuple[str, ...]
    sentence: str


def led_to_bump(trace: Trace) -> Led:
    """What leads from a pad of the chip, sideways, to the under-bump metal at the end of a run."""
    stack, state = plan_of(trace), trace.final
    part, _ = at_bump(stack, len)
    names = [name for name, _, _ in reversed(stack.part_towers[part]) if name != AIR]
    lines = [n for n in state.names_with("redistribution") if stack.has(n)]
    metal = next((name for name in names if name in lines), None)
    if metal is None:
        raise NotShown("no redistribution metal lies below the bump")
    above = names[: names.index(metal)]
    films = tuple(reversed([n for n in above if state.facts[n].role in ("film", "post") and conducts(state, n)]))
    solders = [n for n in above if state.facts[n].role == "solder"]
    if not films or not solders or len(films) + len(solders) != len(above):
        raise NotShown(f"on {metal} there is no bump on under-bump metal, but {listed(above) if above else 'nothing'}")
    for pad in (n for n in state.names_with("pad") if stack.has(n)):
        path = stack.path(pad, films[0], lines)
        if metal not in path:
            continue
        stands = lying_on(stack, films[0], [metal])
        aside = stack.plan_area(pad).distance(stands)
        if aside <= 0.0:
            raise NotShown(f"{pad} lies below {films[0]}: {metal} leads nothing sideways")
        sentence = (
            f"{listed(path[1:-1])} ({state.material(metal)}) leads from {pad} ({state.material(pad)}), of which it touches "
            f"{um2(stack.contact(pad, path[1]))}, {um(aside)} sideways to {um2(stands.area)} of {films[0]}, below {solders[0]}"
        )
        return Led(pad, metal, films, sentence)
    raise NotShown(f"{metal} does not join {films[0]} to a pad of the chip")


def exposed_on_surface(trace: Trace, led: Led) -> str:
    """Say that an opening of the redistribution layer's own cover exposes a pad on its surface, before the first film comes."""
    state = trace.before(trace.maker(led.films[0]))
    stack = state.stack
    bare = stack.bare_area(led.metal)
    if bare.area <= TOUCH:
        raise NotShown(f"nothing of {led.metal} is open when {led.films[0]} comes")
    for cover in state.names_with("dielectric", "passivation"):
        if stack.has(cover) and not pieces_round(lying_on(stack, cover, [led.metal]), bare).is_empty:
            lies = um2(lying_on(stack, cover, [led.metal]).area)
            return (
                f"{cover} ({state.material(cover)}) covers {lies} of {led.metal}, and its opening exposes {um2(bare.area)} of it as a pad "
                f"on its surface"
            )
    raise NotShown(f"no cover with an opening lies on {led.metal}: it is bare over {um2(bare.area)}")
