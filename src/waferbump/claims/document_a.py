"""A: a solder ball with its own skin of flux in the opening of a polymer layer."""

from __future__ import annotations

from dataclasses import dataclass

from ..physics.capillary.equilibrium import STANDARD_GRAVITY
from .bonding import (
    ball_shaped,
    bonded,
    descendant,
    in_opening,
    in_place_at,
    is_solid,
    only_one,
    placed_block,
    removed,
    skin_of,
    standing_on,
)
from .claim import Shown, child, lot, root
from .members import ADHESION_A, METALLIC, each, each_with_lead, films_shown, lead_free, pad_shown, solder_members, tin_lead
from .structures import adhesion_and_metallic, exposing_passivation, films_on, laid_over, opening_over, pad_under, patterned, silicon_wafer
from .trace import NotShown, Trace, material_of, um


@dataclass(frozen=True, kw_only=True)
class CoatedBall(Shown):
    """What A1 found in a run."""

    trace: Trace
    pad: str
    films: tuple[str, ...]
    polymer: str
    placed: int
    ball: str
    skin: str
    skin_thickness: float


def flux_coated_ball(trace: Trace) -> CoatedBall:
    """A1: the whole flow."""
    carrier = silicon_wafer(trace)
    placed, ball = placed_block(trace)
    pad = pad_under(trace)
    films = films_on(trace, pad, trace.before(placed))
    passivation, opened = exposing_passivation(trace, pad, trace.maker(films[0]))
    laid = laid_over(trace, films, (pad, passivation))
    patterning, residues = patterned(trace, films, pad, placed)
    opening = opening_over(trace, placed, films[-1], patterning)
    if "polymer" not in material_of(trace.before(placed), opening.mask).classes:
        raise NotShown(f"{opening.mask} is of {trace.before(placed).material(opening.mask)}, no polymer")
    shape = ball_shaped(trace, placed, ball)
    skin, thickness, coated = skin_of(trace, placed, ball)
    rests = in_opening(trace, placed, ball, opening.mask)
    one = only_one(trace, placed)
    reflow, bond = bonded(trace, ball, placed, films)
    in_place = in_place_at(trace, reflow, opening.mask)
    stripped = removed(trace, opening.mask, reflow)
    stays = standing_on(trace, trace.final, descendant(trace.final, ball), films)
    return CoatedBall(
        evidence=(
            carrier,
            opened,
            laid,
            residues,
            opening.sentence,
            shape,
            coated,
            rests,
            one,
            in_place,
            bond,
            stripped,
            f"at the end {stays}",
        ),
        trace=trace,
        pad=pad,
        films=films,
        polymer=opening.mask,
        placed=placed,
        ball=ball,
        skin=skin,
        skin_thickness=thickness,
    )


def _two_films(found: CoatedBall) -> Shown:
    if len(found.films) < 2:
        raise NotShown(f"the under-bump metal is {found.films[0]} alone: no metallic film lies on an adhesion film")
    metallic = ", ".join(adhesion_and_metallic(found.trace, found.films))
    return Shown(evidence=(f"the adhesion film {found.films[0]} on the pad, {', '.join(found.films[1:])} on it; metallic: {metallic}",))


def _adhesion(found: CoatedBall) -> Shown:
    return films_shown(found.trace, found.films[:1], ADHESION_A, "adhesion film")


def _metallic(found: CoatedBall) -> Shown:
    return films_shown(found.trace, found.films[1:], METALLIC, "metallic films")


def _resist(found: CoatedBall) -> Shown:
    state = found.trace.before(found.placed)
    if "photoresist" not in material_of(state, found.polymer).classes or not state.facts[found.polymer].opened_by:
        raise NotShown(f"{found.polymer} is of {state.material(found.polymer)}, no photoresist")
    return Shown(evidence=(f"{found.polymer} is of the photoresist {state.material(found.polymer)}, patterned by light",))


def _dry_film(found: CoatedBall) -> Shown:
    return _brought(found, "dry-film", "laminate", "a dry film, laminated")


def _spin_coated(found: CoatedBall) -> Shown:
    return _brought(found, "spin-on", "spin", "spin-coated")


def _brought(found: CoatedBall, kind: str, method: str, words: str) -> Shown:
    material, done = brought(found.trace, found.polymer)
    if kind not in material.classes or done != method:
        raise NotShown(f"{found.polymer} ({material.name}, brought on by {done}) is not {words}")
    return Shown(evidence=(f"{found.polymer} ({material.name}) is {words}",))


def brought(trace: Trace, mask: str):
    """A mask's material and the method by which it came on."""
    made = trace.maker(mask)
    return material_of(trace.after(made), mask), trace.record(made).get("method", "an unknown method")


def _solid_like(found: CoatedBall) -> Shown:
    flux = material_of(found.trace.after(found.placed), found.skin)
    if is_solid(flux) or not flux.has("yield_stress"):
        raise NotShown(f"the skin of {flux.name} does not stand by a yield stress" + (": it is frozen" if is_solid(flux) else ""))
    weight = flux.number("density") * STANDARD_GRAVITY * found.skin_thickness
    if flux.number("yield_stress") <= weight:
        raise NotShown(f"the skin of {flux.name} yields under its own weight")
    stands = (
        f"its yield stress of {flux.number('yield_stress'):.4g} Pa holds the {weight:.3g} Pa that {um(found.skin_thickness)} of it weigh"
    )
    return Shown(evidence=(f"the skin is of {flux.name}: not frozen at 25 degC, {stands}",))


def _solid(found: CoatedBall) -> Shown:
    flux = material_of(found.trace.after(found.placed), found.skin)
    if not is_solid(flux):
        raise NotShown(f"the skin of {flux.name} is not frozen when the ball is placed")
    return Shown(
        evidence=(f"the skin is of {flux.name}, which melts at {flux.number('melting_point') - 273.15:.0f} degC: solid at 25 degC",)
    )


_BASE = lot("flux-coated-ball")
_LEAD_FREE = lot("flux-coated-ball-lead-free")
CLAIMS_A = (
    root(flux_coated_ball, "A1", "flux-coated ball in a polymer's opening over a patterned UBM residue, reflow, polymer removed", _BASE),
    child("A1", _two_films, "A2", "the UBM is an adhesion film with a metallic film on it", _BASE),
    child("A2", _adhesion, "A3", "adhesion film of each listed material", *each(ADHESION_A, "flux-coated-ball", "steps.adhesion.material")),
    child("A2", _metallic, "A4", "metallic film of each listed material", *each(METALLIC, "flux-coated-ball", "steps.metallic.material")),
    child("A2", lambda f: tin_lead(f.trace, f.placed, f.ball), "A5", "the ball is tin-lead", _BASE),
    child("A2", lambda f: lead_free(f.trace, f.placed, f.ball), "A6", "the ball is lead-free", _LEAD_FREE),
    child(
        "A5",
        lambda f: solder_members(f.trace, f.placed, f.ball),
        "A7",
        "tin-lead ball with each listed member",
        *each_with_lead("flux-coated-ball", "ball"),
    ),
    child("A1", lambda f: pad_shown(f.trace, f.pad, f.films), "A8", "pads of copper and of aluminium", ("Cu", _LEAD_FREE), ("Al", _BASE)),
    child("A1", _resist, "A9", "the polymer is a photoresist", _BASE),
    child("A1", _dry_film, "A10", "the polymer is a dry film", lot("flux-coated-ball-dry-film")),
    child("A1", _spin_coated, "A11", "the polymer is spin-coated", _BASE, lot("flux-coated-ball-polymer")),
    child("A1", _solid_like, "A12", "the flux skin is solid-like", _LEAD_FREE),
    child("A1", _solid, "A13", "the flux skin is solid", _BASE),
)
