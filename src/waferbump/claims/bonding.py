"""Recognise what was done with solder: blocks placed, what melted, on what it stands, and what was removed afterwards."""

from __future__ import annotations

from math import pi

from ..materials import Material
from ..state import ROOM_TEMPERATURE, State, listed
from .trace import NotShown, Trace, alloy, degc, material_of, parts, touch, um, um2

# A drawn ball is a polygon in a round cut: 1 % of diameter and volume tells it from a cylinder (volume 1.5 times a sphere's).
_ROUND = 0.01
# Part of a ball's surface that its skin must cover: what is missing is the facets at the point where it rests.
_ALL_ROUND = 0.99


def placed_block(trace: Trace) -> tuple[int, str]:
    """The step that placed the first block of solder, and the block's region."""
    for index, step in enumerate(trace.steps):
        if step.record.get("method") == "placing":
            return index, step.record["created"][0]
    raise NotShown("no block of solder was placed")


def only_one(trace: Trace, placed: int) -> str:
    """Say that one block went into the opening."""
    blocks = trace.record(placed).get("blocks")
    if blocks != 1:
        raise NotShown(f"'{trace.name(placed)}' put {blocks} blocks into an opening")
    return "one block in each opening"


def is_ball(trace: Trace, placed: int, block: str) -> bool:
    """Whether a block is as wide as high and holds a sphere's volume."""
    section = trace.after(placed).bump
    _, low, radius, high = section.bounds(block)
    diameter = high - low
    sphere = pi * diameter**3 / 6
    return abs(2 * radius - diameter) < _ROUND * diameter and abs(section.volume(block) - sphere) < _ROUND * sphere


def block_in_words(trace: Trace, placed: int, block: str) -> str:
    """Shape, size and metal of a block."""
    state = trace.after(placed)
    _, low, radius, high = state.bump.bounds(block)
    shape = trace.record(placed).get("shape", "block")
    return f"a {shape} of {state.material(block)} ({parts(alloy(state, block))}), {um(2 * radius)} wide and {um(high - low)} high"


def ball_shaped(trace: Trace, placed: int, block: str) -> str:
    """Say that a block is a ball."""
    if not is_ball(trace, placed, block):
        raise NotShown(f"{block_in_words(trace, placed, block)}: no ball")
    return f"{block_in_words(trace, placed, block)}: the volume of a sphere"


def skin_of(trace: Trace, placed: int, block: str) -> tuple[str, float, str]:
    """The flux skin that came with a block and covers it all round, its thickness [m], and the sentence that says so."""
    state = trace.after(placed)
    section = state.bump
    skins = [n for n in state.names_with("flux") if trace.maker(n) == placed and touch(section, n, block)]
    if not skins:
        raise NotShown(f"{block} carries no skin of flux when it is placed")
    surface = sum(section.contact(block, other) for other in section.neighbours(block))
    share = section.contact(block, skins[0]) / surface
    if share < _ALL_ROUND:
        raise NotShown(f"{skins[0]} covers only {100 * share:.3g} % of the surface of {block}")
    thickness = section.bounds(skins[0])[2] - section.bounds(block)[2]
    return skins[0], thickness, f"a skin of {state.material(skins[0])}, {um(thickness)} thick, covers {100 * share:.4g} % of its surface"


def is_solid(material: Material) -> bool:
    """Whether a flux is frozen at room temperature."""
    return material.has("melting_point") and material.number("melting_point") > ROOM_TEMPERATURE


def in_opening(trace: Trace, placed: int, block: str, mask: str) -> str:
    """Say that a block lies in a mask's opening."""
    section = trace.after(placed).bump
    low, rim = section.bounds(block)[1], section.bounds(mask)[3]
    if low >= rim:
        raise NotShown(f"{block} rests at z = {um(low)}, above the rim of {mask} at {um(rim)}")
    return f"it rests at z = {um(low)}, {um(rim - low)} below the rim of {mask}"


def reflow_of(trace: Trace, body: str, after: int) -> int:
    """The first reflow after a step that melted a body."""
    for index in trace.indices("reflow"):
        if index > after and body in trace.record(index).get("melted", ()):
            return index
    raise NotShown(f"no reflow melts {body}")


def descendant(state: State, origin: str) -> str:
    """The body of solder that holds the metal of an earlier one."""
    for name in state.names_with("solder"):
        if name == origin or origin in state.facts[name].made_from:
            return name
    raise NotShown(f"no solder of {origin} is left")


def compounds_of(state: State, body: str) -> tuple[str, ...]:
    """Layers of compound that a body of solder and its metal have become, from the solder on: it stands on its metal through them."""
    section, found = state.bump, [body]
    for one in found:
        found += [n for n in state.names_with("intermetallic") if n not in found and touch(section, one, n)]
    return tuple(found[1:])


def standing_on(trace: Trace, state: State, body: str, metals) -> str:
    """Say on which of the metals that solder wets a body stands."""
    section = state.bump
    layers = compounds_of(state, body)
    found = {}
    for n in metals:
        if section.has(n) and (area := sum(section.contact(one, n) for one in (body, *layers) if touch(section, one, n))) > 0:
            found[n] = area
    wetted = {n: area for n, area in found.items() if material_of(state, n).wetted_by_solder in ("yes", "weakly")}
    if not wetted:
        raise NotShown(f"{body} stands on none of {listed(list(metals))} that solder wets")
    return f"{body} stands on " + " and ".join(f"{um2(area)} of {n} ({state.material(n)})" for n, area in wetted.items())


def bonded(trace: Trace, block: str, after: int, metals) -> tuple[int, str]:
    """The reflow that bonds a body to one of the metals, and the sentence that says so."""
    index = reflow_of(trace, block, after)
    body = descendant(trace.after(index), block)
    record = trace.record(index)
    peak, flows = record["peak"], record["flows_above"][block]
    bond = standing_on(trace, trace.after(index), body, metals)
    return index, f"'{trace.name(index)}' melts {block} (peak {degc(peak)}, flows above {degc(flows)}) and {bond}"


def in_place_at(trace: Trace, reflow: int, mask: str) -> str:
    """Say that a mask stood during a reflow."""
    if mask not in trace.record(reflow).get("masks_in_place", ()):
        raise NotShown(f"{mask} was gone before '{trace.name(reflow)}'")
    return f"{mask} is in place during '{trace.name(reflow)}'"


def removed(trace: Trace, mask: str, after: int) -> str:
    """Say that a mask was removed after a step."""
    gone = trace.gone.get(mask)
    if gone is None:
        raise NotShown(f"{mask} is still there at the end")
    if gone <= after:
        raise NotShown(f"{mask} was removed by '{trace.name(gone)}', before '{trace.name(after)}'")
    return f"'{trace.name(gone)}' removes {mask}"


def flux_removed(trace: Trace) -> str:
    """Say that neither flux nor residue is left at the end."""
    left = [n for n in trace.final.names_with("flux", "residue") if trace.final.amount(n) > 0]
    if left:
        raise NotShown(f"{listed(left)} is still there at the end")
    return "no flux and no residue is left"


def flux_below(trace: Trace, placed: int, metals) -> tuple[str, str]:
    """The flux that lies on one of the metals when a block comes, and that metal."""
    state = trace.before(placed)
    for flux in state.names_with("flux"):
        on = [n for n in metals if touch(state.bump, flux, n)]
        if on:
            return flux, on[-1]
    raise NotShown(f"no flux lies on {listed(list(metals))} when '{trace.name(placed)}' begins")


def on_flux(trace: Trace, placed: int, block: str, flux: str) -> str:
    """Say that a block was set into a flux."""
    section = trace.after(placed).bump
    if not section.has(flux) or not touch(section, block, flux):
        raise NotShown(f"{block} does not touch {flux} when it is placed")
    return f"{um2(section.contact(block, flux))} of its surface lie in {flux}"
