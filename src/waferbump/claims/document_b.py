"""B: a block of solder in an opening filled with flux, or on flux alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .bonding import (
    ball_shaped,
    block_in_words,
    bonded,
    descendant,
    flux_below,
    flux_removed,
    in_opening,
    in_place_at,
    on_flux,
    only_one,
    placed_block,
    removed,
    standing_on,
)
from .claim import Shown, child, lot, root
from .members import (
    ADHESION_B,
    METALLIC,
    UNSATISFIABLE,
    each,
    each_lead_free,
    films_shown,
    lead_free,
    pad_shown,
    solder_members,
    tin_lead,
)
from .redistributed import exposed_on_surface, led_to_bump
from .structures import (
    Opening,
    adhesion_and_metallic,
    blanket,
    exposing_passivation,
    films_on,
    laid_over,
    opening_over,
    pad_under,
    patterned,
    silicon_wafer,
)
from .trace import TOUCH, NotShown, Trace, material_of, um, um2


@dataclass(frozen=True, kw_only=True)
class FluxedBlock(Shown):
    """What B1, B9 or B22 found in a run."""

    trace: Trace
    pad: str
    films: tuple[str, ...]
    placed: int
    block: str
    flux: str
    mask: str = ""
    passivated: bool = False


def on_a_wafer(trace: Trace) -> FluxedBlock:
    """B1: the whole flow on a silicon wafer with passivation, in a photoresist."""
    carrier = silicon_wafer(trace)
    found = on_any_carrier(trace, passivated=True)
    state = trace.before(found.placed)
    if not _is_resist(state, found.mask):
        raise NotShown(f"{found.mask} is of {state.material(found.mask)}, no photoresist")
    shape = trace.record(found.placed)["shape"]
    return replace(found, evidence=(carrier, *found.evidence), members=frozenset({shape}))


def on_any_carrier(trace: Trace, passivated: bool = False) -> FluxedBlock:
    """B9: the same flow on any carrier with pads, in any patterned structure, with or without passivation."""
    placed, block = placed_block(trace)
    pad = pad_under(trace)
    state = trace.before(placed)
    films = films_on(trace, pad, state)
    if len(films) < 2:
        raise NotShown(f"{films[0]} is the only film on the pad: no metallic film lies on an adhesion film")
    if not any(blanket(trace, f) for f in adhesion_and_metallic(trace, films)):
        raise NotShown(f"no metallic film was laid over {films[0]} before it was patterned")
    passivations, said = (), []
    try:
        passivation, opened = exposing_passivation(trace, pad, trace.maker(films[0]))
        passivations, said = (passivation,), [opened]
    except NotShown:
        if passivated:
            raise
    laid = laid_over(trace, films, (pad, *passivations))
    patterning, residues = patterned(trace, films, pad, placed)
    opening = opening_over(trace, placed, films[-1], patterning)
    flux, metal = flux_below(trace, placed, films[1:])
    fills = _filled(trace, placed, flux, metal, opening)
    sits = (in_opening(trace, placed, block, opening.mask), on_flux(trace, placed, block, flux), only_one(trace, placed))
    reflow, bond = bonded(trace, block, placed, films)
    in_place = in_place_at(trace, reflow, opening.mask)
    gone = (removed(trace, opening.mask, reflow), flux_removed(trace))
    stays = standing_on(trace, trace.final, descendant(trace.final, block), films)
    what = f"{um(-trace.run.start.bump.floor)} of {trace.carrier.name} carry it; {block_in_words(trace, placed, block)}"
    return FluxedBlock(
        evidence=(what, *said, laid, residues, opening.sentence, fills, *sits, in_place, bond, *gone, f"at the end {stays}"),
        members=frozenset(_kinds(state, opening.mask)) | (frozenset() if passivations else frozenset({"no passivation"})),
        trace=trace,
        pad=pad,
        films=films,
        placed=placed,
        block=block,
        flux=flux,
        mask=opening.mask,
        passivated=bool(passivations),
    )


def on_flux_alone(trace: Trace) -> FluxedBlock:
    """B22: flux on the pad or on films that stand on it, a block on it, reflow, flux removed; no mask and no film is asked for."""
    placed, block = placed_block(trace)
    pad = pad_under(trace)
    try:
        films = films_on(trace, pad, trace.before(placed))
    except NotShown:
        films = ()
    flux, metal = flux_below(trace, placed, (pad, *films))
    state = trace.before(placed)
    below = "" if metal == pad else f", which stands on the {state.material(pad)} pad"
    lies = f"{flux} ({state.material(flux)}) lies on {um2(state.bump.contact(flux, metal))} of {metal} ({state.material(metal)}){below}"
    sits = on_flux(trace, placed, block, flux)
    _, bond = bonded(trace, block, placed, (pad, *films))
    clean = flux_removed(trace)
    stays = standing_on(trace, trace.final, descendant(trace.final, block), (pad, *films))
    what = f"{um(-trace.run.start.bump.floor)} of {trace.carrier.name} carry it; {block_in_words(trace, placed, block)}"
    return FluxedBlock(
        evidence=(what, lies, sits, bond, clean, f"at the end {stays}"),
        trace=trace,
        pad=pad,
        films=films,
        placed=placed,
        block=block,
        flux=flux,
    )


def _filled(trace: Trace, placed: int, flux: str, metal: str, opening: Opening) -> str:
    """Say that the flux covers the opening's floor from wall to wall."""
    section = trace.before(placed).bump
    if section.exposed_amount(metal) > TOUCH or section.contact(flux, opening.mask) <= TOUCH:
        raise NotShown(f"{flux} does not fill the opening of {opening.mask} from wall to wall")
    depth = f"{um(section.bounds(flux)[3] - section.bounds(metal)[3])} of its {um(opening.top - section.bounds(metal)[3])}"
    return (
        f"{flux} ({trace.before(placed).material(flux)}) fills the opening from wall to wall, {depth} in depth, "
        f"and wets {um2(section.contact(flux, metal))} of {metal}"
    )


def _is_resist(state, mask: str) -> bool:
    return "photoresist" in material_of(state, mask).classes and bool(state.facts[mask].opened_by)


def _kinds(state, mask: str) -> tuple[str, ...]:
    if _is_resist(state, mask):
        return ("photoresist",)
    return ("another polymer",) if "polymer" in material_of(state, mask).classes else ("neither polymer nor photoresist",)


def _structure(kind: str):
    def condition(found: FluxedBlock) -> Shown:
        state = found.trace.before(found.placed)
        material = material_of(state, found.mask)
        shown = _is_resist(state, found.mask) if kind == "photoresist" else kind in material.classes
        if not shown:
            raise NotShown(f"{found.mask} is of {material.name}, no {kind}")
        return Shown(evidence=(f"{found.mask} is of the {kind} {material.name}",))

    return condition


def _board(found: FluxedBlock) -> Shown:
    carrier = found.trace.carrier
    if "carrier" not in carrier.classes or "insulator" not in carrier.classes:
        raise NotShown(f"the carrier is {carrier.name}, no substrate board")
    return Shown(evidence=(f"the carrier is a board of {carrier.name}, {um(-found.trace.run.start.bump.floor)} thick",))


def _redistributed(found: FluxedBlock) -> Shown:
    wafer, led = silicon_wafer(found.trace), led_to_bump(found.trace)
    return Shown(evidence=(wafer, led.sentence, exposed_on_surface(found.trace, led)))


def _films_first(found: FluxedBlock) -> Shown:
    if len(found.films) < 2:
        raise NotShown("no adhesion and metallic film was formed before the flux")
    metallic = adhesion_and_metallic(found.trace, found.films)
    on = [f for f in metallic if found.trace.before(found.placed).bump.contact(found.flux, f) > TOUCH]
    made = max(found.trace.maker(f) for f in found.films)
    if not on or found.trace.maker(found.flux) < made:
        raise NotShown(f"{found.flux} does not lie on a metallic film that was formed before it")
    return Shown(evidence=(f"{', '.join(found.films)} were formed first; {found.flux} lies on {on[-1]}",))


def _adhesion(found: FluxedBlock) -> Shown:
    return films_shown(found.trace, found.films[:1], ADHESION_B, "adhesion film")


def _metallic(found: FluxedBlock) -> Shown:
    return films_shown(found.trace, found.films[1:], METALLIC, "metallic films")


def _tin_lead(found: FluxedBlock) -> Shown:
    return tin_lead(found.trace, found.placed, found.block)


def _lead_free(found: FluxedBlock) -> Shown:
    return lead_free(found.trace, found.placed, found.block)


def _solder(found: FluxedBlock) -> Shown:
    return solder_members(found.trace, found.placed, found.block)


def _pads(found: FluxedBlock) -> Shown:
    return pad_shown(found.trace, found.pad, found.films)


def _ball(found: FluxedBlock) -> Shown:
    return Shown(evidence=(ball_shaped(found.trace, found.placed, found.block),))


_SILICON, _SAC, _PAD, _FILM = lot("flux-filled"), lot("flux-filled-lead-free"), lot("flux-on-pad"), lot("flux-on-film")
_PAD_SAC = lot("flux-on-pad", {"steps.block.solder": "SAC305", "steps.reflow.peak": "245 degC"})
_BARE_ALUMINIUM = lot("flux-on-pad", {"steps.pad.material": "Al"})
_BOARD = lot("flux-filled-board-films")
_ADHESION, _METALLIC = "steps.adhesion.material", "steps.metallic.material"
CLAIMS_B = (
    root(
        on_a_wafer,
        "B1",
        "wafer with patterned films, a resist's opening filled with flux, a block in it, reflow, flux and resist removed",
        ("ball", _SILICON),
        ("ball", lot("flux-filled", {"steps.flux.thickness": None})),
        ("disc", lot("flux-filled-disc")),
        ("cube", lot("flux-filled-cube")),
        ("preform", lot("flux-filled-preform")),
    ),
    child("B1", _adhesion, "B2", "adhesion film of each listed material", *each(ADHESION_B, "flux-filled", _ADHESION)),
    child("B1", _metallic, "B3", "metallic film of each listed material", *each(METALLIC, "flux-filled", _METALLIC)),
    child("B1", _tin_lead, "B4", "the block is tin-lead", _SILICON),
    child("B1", _lead_free, "B5", "the block is lead-free", _SAC),
    child(
        "B5", _solder, "B6", "lead-free block with each listed member", *each_lead_free("flux-filled", "block"), unsatisfiable=UNSATISFIABLE
    ),
    child("B1", _pads, "B7", "pads of copper and of aluminium", ("Cu", _SAC), ("Al", _SILICON)),
    child("B1", _ball, "B8", "the block is a ball", _SILICON),
    root(
        on_any_carrier,
        "B9",
        "the same flow on any carrier with pads, in any patterned structure, passivation or not",
        ("photoresist", _SILICON),
        ("another polymer", lot("flux-filled-polymer")),
        ("neither polymer nor photoresist", lot("flux-filled-foil")),
        ("no passivation", _BOARD),
    ),
    child("B9", lambda f: Shown(evidence=(silicon_wafer(f.trace),)), "B10", "the carrier is a silicon wafer", _SILICON),
    child(
        "B9",
        _redistributed,
        "B11",
        "the carrier is a wafer with an RDL, whose openings expose pads on its surface",
        lot("flux-filled-redistributed"),
    ),
    child("B9", _board, "B12", "the carrier is a substrate board", _BOARD),
    child("B9", _adhesion, "B13", "adhesion film of each listed material", *each(ADHESION_B, "flux-filled", _ADHESION)),
    child("B9", _metallic, "B14", "metallic film of each listed material", *each(METALLIC, "flux-filled", _METALLIC)),
    child("B9", _tin_lead, "B15", "the block is tin-lead", _SILICON),
    child("B9", _lead_free, "B16", "the block is lead-free", _BOARD, _SAC),
    child(
        "B16",
        _solder,
        "B17",
        "lead-free block with each listed member",
        *each_lead_free("flux-filled", "block"),
        unsatisfiable=UNSATISFIABLE,
    ),
    child("B9", _structure("photoresist"), "B18", "the patterned structure is a photoresist", _SILICON),
    child(
        "B9", _structure("polymer"), "B19", "the patterned structure is a polymer", lot("flux-filled-polymer"), lot("flux-filled-dry-film")
    ),
    child("B9", _pads, "B20", "pads of copper and of aluminium", ("Cu", _BOARD), ("Al", _SILICON)),
    child("B9", _ball, "B21", "the block is a ball", _SILICON),
    root(on_flux_alone, "B22", "flux on the pads, a block on the flux, reflow bonding to the pads, flux removed", _PAD, _FILM),
    child("B22", _films_first, "B23", "adhesion and metallic films formed first, the flux on the metallic film", _FILM),
    child("B23", _adhesion, "B24", "adhesion film of each listed material", *each(ADHESION_B, "flux-on-film", _ADHESION)),
    child("B23", _metallic, "B25", "metallic film of each listed material", *each(METALLIC, "flux-on-film", _METALLIC)),
    child("B22", _tin_lead, "B26", "the block is tin-lead", _PAD),
    child("B22", _lead_free, "B27", "the block is lead-free", _PAD_SAC),
    child(
        "B27",
        _solder,
        "B28",
        "lead-free block with each listed member",
        *each_lead_free("flux-on-pad", "block"),
        unsatisfiable=UNSATISFIABLE,
    ),
    child("B22", _pads, "B29", "pads of copper and of aluminium", ("Cu", _PAD), ("Al", _FILM), refused=(_BARE_ALUMINIUM,)),
    child("B22", _ball, "B30", "the block is a ball", _PAD),
)
