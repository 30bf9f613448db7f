"""Solder the die to a board: the bumps melt on the board's pads, the die floats on them, and the joints freeze."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import pi

import shapely
from shapely import Polygon

from ..physics.attachment import Standing, standing_die
from ..physics.capillary import drop, joint
from ..physics.capillary.equilibrium import STANDARD_GRAVITY
from ..state import Facts, LogEntry, Measured, State, StepError, length, listed, quantity
from .conduction import conductors_joined_to, is_conductor
from .dewetting import reacted
from .heating import course_of, time_above
from .lithography import refuse_heat
from .melt import Added, Melt, melted_together
from .melting import FLOWS, course_of_alloy, heated
from .molten_areas import hollows, revolved, solid_above
from .reflow import REDUCING, celsius, refuse_frozen, standing_on
from .wetting import Pin, wetted_metal

_COPPER, _MASK = "Cu", "solder-mask"


def attach(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Turn the die over, set its bumps on the board's pads, melt, and let the die float down until the joints carry it.

    Bump and board paste flow together. Each joint is pinned at the edge of the metal it wets on either side; its shape, the force it
    bears and so the gap follow from the Young-Laplace equation and the die's weight shared over the bumps. Warpage makes the joints at
    centre and corner unequal; whether the worst one opens, or the widest bridges, is said.
    """
    if state.stack is not None:
        raise StepError("attach is done in the round cut alone: run the recipe without views")
    if standing := state.names_with("mask"):
        raise StepError(f"{listed(standing)} still stands round the bump: strip it before the die is attached")
    heat = settings.reflow
    warnings = refuse_heat(state, heat.peak, materials, "attaching")
    bodies = {n: heated(state, n, heat.peak, materials) for n in state.names_with("solder")}
    if not bodies:
        raise StepError("there is no bump to attach")
    if cold := [n for n, body in bodies.items() if not body.flows]:
        limits = ", ".join(f"{n} flows above {celsius(bodies[n].flows_above)}" for n in cold)
        raise StepError(f"the peak of {celsius(heat.peak)} does not melt the bump: {limits}")
    paste = _board_paste(settings, heat.peak, materials)
    if paste is None and heat.atmosphere not in REDUCING and not any(state.facts[n].flux_active for n in state.names_with("flux")):
        raise StepError(
            f"nothing removes the oxide: there is no paste on the board, no active flux, and {heat.atmosphere} does not reduce"
        )
    melted = tuple(bodies)
    contacts = standing_on(state, melted, materials)
    liquids = state.names_with("flux", "residue")
    bare = state.operated(lambda s: s.stripped([*liquids, *melted]))
    if left := [n for n in (*liquids, *melted) if bare.bump.has(n)]:
        raise StepError(f"solid shuts in {listed(left)}: it cannot flow")
    melt = melted_together(state, melted, [paste] if paste else [], heat.peak, name, materials, rng)
    refuse_frozen(melt, [*melted, *(["the board's paste"] if paste else [])], heat.peak)
    pin = _edge(state, wetted_metal(bare, melted, contacts, materials).pins, melted)
    board = _Board.of(settings)
    dish = hollows(bare.bump, pin.radius, pin.height)
    solid = solid_above(bare.bump, pin.height)
    risen = solid.intersection(shapely.box(0.0, pin.height, pin.radius, bare.bump.ceiling))  # metal that stands up inside the joint
    filled = revolved(dish) + board.recess_volume - revolved(risen)
    load = _weight(state, settings.die, materials) / settings.bumps
    bump = sum(bodies[n].mass for n in melted) / melt.density - revolved(dish) + revolved(risen)
    _refuse_unfilled(bump, melt, board, pin, paste)
    found = _stand(melt.liquid_volume - filled, board, pin, melt, load, settings.warpage, _reach(bump, melt, board, pin, paste))
    frozen = joint(melt.solid_volume - filled, board.radius, pin.radius, melt.surface_tension, melt.density, load=load)
    made, body = _built(bare, melt, board, pin, frozen, dish, solid, settings, name)
    course = course_of(heat, melt.flows_above)
    time_molten = time_above(course, melt.flows_above)
    made = made.logged(LogEntry(name, "attach", heat.peak, time_molten, heat.atmosphere, course))
    made, grown, reaction, said = reacted(made, body, course, melt.flows_above, materials, name)
    widest = max(2 * j.max_radius for j in (found.centre, found.corner, frozen) if j is not None)
    pitch = 2 * state.bump.width
    bridges = widest >= pitch
    warnings += _outcome(found, widest, pitch, settings.warpage)
    level = joint(melt.liquid_volume - filled, board.radius, pin.radius, melt.surface_tension, melt.density, load=load)
    values = {
        "stand_off": length(frozen.gap),
        "molten_stand_off": length(level.gap),
        "joint_diameter": length(2 * frozen.max_radius),
        "joint_volume": quantity(made.bump.volume(body), "volume"),
        "board_angle": quantity(frozen.bottom_angle, "angle"),
        "die_angle": quantity(frozen.top_angle, "angle"),
        "load": quantity(load, "force"),
        "stiffness": quantity(level.stiffness, "surface_tension"),
        "centre_gap": length(found.centre_gap),
        "corner_gap": length(found.corner_gap),
        "largest_gap": length(found.largest_gap),
        "gap_between_joints": length(pitch - widest),
        "peak": quantity(heat.peak, "temperature"),
        "flows_above": quantity(melt.flows_above, "temperature"),
        "time_above_liquidus": quantity(time_molten, "time"),
    }
    values |= grown
    warnings += said
    record = {
        **reaction,
        "created": [body, *made.names_with("board"), *reaction.get("created", ())],
        "melted": [*melted],
        "body": body,
        "composition": melt.parts,
        "stand_off": frozen.gap,
        "corner_gap": found.corner_gap,
        "largest_gap": found.largest_gap,
        "pad_defined_by": settings.pad.defined_by,
        "opens": found.opens,
        "bridges": bridges,
        "joined": sorted(n for n in conductors_joined_to(made, {body}, materials) if is_conductor(made, n, materials)),
    }
    return made, Measured(values, record, tuple(warnings))


def _board_paste(settings, peak: float, materials) -> Added | None:
    """Metal of the paste on a board's pad; StepError when it does not melt."""
    paste = settings.paste
    if paste is None:
        return None
    material = materials[paste.solder]
    course = course_of_alloy(material.composition, material, "the board's paste")
    limit = float(course.temperature_at(FLOWS))
    if peak < limit:
        raise StepError(f"the peak of {celsius(peak)} does not melt the board's paste of {paste.solder}: it flows above {celsius(limit)}")
    volume = paste.volume if paste.volume is not None else pi / 4 * paste.aperture**2 * paste.stencil * paste.transfer
    fraction = paste.metal_fraction if paste.metal_fraction is not None else material.number("paste_metal_fraction")
    return Added(volume * fraction * material.number("density"), dict(material.composition), volume * fraction)


@dataclass(frozen=True)
class _Board:
    """The board's pad as a joint sees it.

    radius : at which solder ends on it [m];  recess : depth of the mask's opening that solder fills below that plane [m]
    """

    radius: float
    recess: float

    @classmethod
    def of(cls, settings) -> _Board:
        pad = settings.pad
        if pad.defined_by == "mask":
            return cls(pad.mask_opening / 2, pad.mask_thickness)
        return cls(pad.diameter / 2, 0.0)

    @property
    def recess_volume(self) -> float:
        """[m^3]"""
        return pi * self.radius**2 * self.recess


def _edge(state: State, pins: tuple[Pin, ...], bodies: tuple[str, ...]) -> Pin:
    """Where the bump ends on its metal: the corner at which it stood, else the metal's end."""
    for n in bodies:
        edge = state.facts[n].wetted_edge
        for pin in pins:
            if edge is not None and abs(pin.radius - edge[0]) < 1e-9 and abs(pin.height - edge[1]) < 1e-9:
                return pin
    return pins[-1]


def _weight(state: State, die, materials) -> float:
    """Weight of the die [N]."""
    if die.mass is not None:
        return die.mass * STANDARD_GRAVITY
    carrier = state.names_with("carrier")[0]
    density = materials[state.material(carrier)].number("density")
    return die.width * die.depth * -state.bump.floor * density * STANDARD_GRAVITY


def _refuse_unfilled(bump: float, melt: Melt, board: _Board, pin: Pin, paste: Added | None) -> None:
    """StepError where the molten bump does not come down to what fills the recess of a pad that its mask defines."""
    empty = board.recess - (paste.mass / melt.density / (pi * board.radius**2) if paste is not None else 0.0)
    if empty <= 0 or bump <= 0:
        return
    hanging = drop(bump, pin.radius, melt.surface_tension, melt.density, -STANDARD_GRAVITY)
    curve = (hanging.height**2 + pin.radius**2) / (2 * hanging.height)  # the radius of a sphere as high on that edge
    dips = curve - (curve**2 - board.radius**2) ** 0.5 if board.radius < curve else float(hanging.height)
    if dips < empty:
        raise StepError(
            f"the molten bump dips {dips * 1e6:.3g} um into the mask's opening, and its metal or paste lies {empty * 1e6:.3g} um down: "
            "no joint forms; print more paste, or make the mask thinner or its opening wider"
        )


def _reach(bump: float, melt: Melt, board: _Board, pin: Pin, paste: Added | None) -> float:
    """Height of the molten bump, which hangs, and of the molten paste on the board, before they touch [m]."""
    liquid = (melt.surface_tension, melt.density)
    height = float(drop(bump, pin.radius, *liquid, -STANDARD_GRAVITY).height) if bump > 0 else 0.0
    over = (paste.mass / melt.density if paste is not None else 0.0) - board.recess_volume
    return height + (float(drop(over, board.radius, *liquid).height) if over > 0 else over / (pi * board.radius**2))


def _stand(volume: float, board: _Board, pin: Pin, melt: Melt, load: float, warpage: float, reach: float) -> Standing:
    if volume <= 0:
        raise StepError("the solder does not fill the hollows of the two pads: there is no joint")
    try:
        return standing_die(volume, board.radius, pin.radius, melt.surface_tension, melt.density, load, warpage, reach=reach)
    except ValueError as problem:
        raise StepError(f"the die does not stand on its joints: {problem}") from None


def _built(bare: State, melt: Melt, board: _Board, pin: Pin, frozen, dish, solid, settings, name: str) -> tuple[State, str]:
    """The state with the joint and the board over it (the wafer's side stays below)."""
    plane = pin.height + frozen.gap
    line = frozen.meridian() * (1.0, -1.0) + (0.0, plane)
    line[0], line[-1] = (board.radius, plane), (pin.radius, pin.height)  # to the last bit, or the union below keeps slivers
    body: Polygon = shapely.union_all([Polygon([(0.0, plane), *map(tuple, line), (0.0, pin.height)]), dish])
    body = body.difference(solid)
    copper = plane + board.recess
    if board.recess > 0:
        body = shapely.union_all([body, shapely.box(0.0, plane, board.radius, copper)])
    pad, width = settings.pad, bare.bump.width
    if body.bounds[2] >= width:
        raise StepError(f"the joint is {2e6 * body.bounds[2]:.4g} um wide: at a pitch of {2e6 * width:.4g} um it bridges to its neighbour")
    laminate = copper + pad.copper_thickness
    pieces = [(f"{name}-pad", _COPPER, shapely.box(0.0, copper, pad.diameter / 2, laminate))]
    if pad.mask_thickness > 0:
        if pad.defined_by == "mask":
            over = shapely.box(pad.mask_opening / 2, copper - pad.mask_thickness, min(pad.diameter / 2 + pad.mask_thickness, width), copper)
            beside = shapely.box(pad.diameter / 2, copper - pad.mask_thickness, width, laminate)
            shape = shapely.union_all([over, beside]).difference(pieces[0][2])
        else:
            shape = shapely.box(pad.mask_opening / 2, laminate - pad.mask_thickness, width, laminate)
        pieces.append((f"{name}-mask", _MASK, shape))
    pieces.append((f"{name}-board", settings.board, shapely.box(0.0, laminate, width, laminate + settings.board_thickness)))
    made = bare.operated(lambda s: s.placed(melt.name, melt.material, body), **{melt.name: replace(melt.facts, contact_angle=None)})
    for piece, material, shape in pieces:
        made = made.operated(lambda s: s.placed(piece, material, shape), **{piece: Facts("board", name)})  # noqa: B023 (called at once)
    return made, melt.name


def _outcome(found: Standing, widest: float, pitch: float, warpage: float) -> list[str]:
    said = []
    for place, one, gap in (("centre", found.centre, found.centre_gap), ("corner", found.corner, found.corner_gap)):
        if one is None:
            said.append(
                f"the joint at the {place} stays open: a warpage of {warpage * 1e6:.4g} um asks it to span {gap * 1e6:.4g} um, and molten "
                f"solder reaches {found.largest_gap * 1e6:.4g} um"
            )
    if widest >= pitch:
        said.append(f"molten, the widest joint is {widest * 1e6:.4g} um across: it bridges to its neighbour, {pitch * 1e6:.4g} um away")
    return said
