"""What solder and the metal below it become together while they are hot: layers of compound, and what they leave of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..materials.reactions import Couple, reactions
from ..physics.intermetallics import NOTHING, Interval, grown
from ..state import Facts, Measured, Quantity, State, length
from .compound_layers import Wanted, with_layer
from .conduction import composition, density_at_room, metal_mass
from .heating import time_above
from .melting import heated
from .solder_contacts import TOUCHES, Contact, consumed_by, contact_of, dissolution, lies_on, metals_below, noted, thinnest, why_unlike
from .support import fresh_name

DRAWN = 20e-9  # m; a thinner layer is measured and not drawn: our choice, some tens of a section's finest detail
_GONE = 1e-9  # m; a thinner rest of a metal is the noding of its outline
_WORTH_SAYING = 0.01  # part of a layer's growth outside the laws' temperatures from which it is said (our choice)

History = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Layer:
    """What one contact has become.

    before, whole, inner : thicknesses of all compound before and after, and of the inner one [m]
    regions : (outer, inner) that were drawn, None where nothing was;  ended_by : "metal", "tin" or "";  solder_gone : no solder is left
    had, left : least thickness of the metal before and after [m];  extrapolated : part of the growth outside the laws' temperatures
    metal_share : volume of metal in one volume of the outer compound
    """

    contact: Contact
    before: Interval
    whole: Interval
    inner: Interval
    regions: tuple[str, str] | None
    ended_by: str
    solder_gone: bool
    had: float
    left: float
    extrapolated: float
    metal_share: float

    @property
    def through(self) -> bool:
        """Whether the metal is consumed through, everywhere under the solder or in a place."""
        return self.ended_by == "metal" or (self.had > 0 and self.left <= _GONE)


def reacted(
    state: State, history: History, materials, name: str, *, liquid_above: Mapping[str, float] | None = None
) -> tuple[State, Measured]:
    """Grow the compounds between every body of solder and the metals below it along a course of temperature.

    Parameters
    ----------
    state : with its solder solid, as it stands after the course
    history : ((time [s], temperature [K]), ...), straight lines from point to point
    name : of the step, after which new regions are called
    liquid_above : by body of solder, temperature [K] above which it was liquid; where 95 % of it melt, when not given

    Returns
    -------
    the state with its layers (in the round cut; the other views take images), and measures by metal: `intermetallic.METAL` with `_low` and
    `_high`, `Cu3Sn.METAL` where there is any, `consumed.METAL`, `remaining.METAL`, `dissolvable.METAL` with `_high`. The record names what
    was `created`, the `intermetallics` of every contact, films that are `consumed_through` and solder that is `spent`.
    """
    before = state if state.stack is None else state.seen_round()
    after, peak = before, max(temperature for _, temperature in history)
    values: dict[str, Quantity] = {}
    warnings: list[str] = []
    layers: list[Layer] = []
    for solder in before.names_with("solder"):
        if before.facts[solder].phase == "paste":
            continue
        parts = composition(before, solder, materials)
        unlike = why_unlike(parts, materials)
        melts_at = (liquid_above or {}).get(solder)
        if melts_at is None:
            melts_at = heated(before, solder, peak, materials).flows_above
        values |= dissolution(before, solder, parts, history, melts_at, materials)
        for metal in metals_below(before, solder, materials):
            if not after.has(solder):
                break
            couple = reactions().couple_of(before.material(metal))
            if couple is None or unlike:
                why = f"{solder} {unlike}: what it" if unlike else f"what {solder}"
                warnings.append(f"{why} makes with {metal} ({before.material(metal)}) is not known here, and no compound is drawn")
                continue
            after, layer = _grown(after, contact_of(after, solder, metal, couple), history, melts_at, parts, materials, name)
            layers.append(layer)
            values |= _measures(layer)
            warnings += _remarks(layer, before, parts, materials)
    record: dict[str, Any] = {
        "created": [n for n in after.names_with("intermetallic") if not before.has(n)],
        "intermetallics": {f"{one.contact.solder} on {one.contact.metal}": _entry(one, after) for one in layers},
        "consumed_through": [one.contact.metal for one in layers if one.through],
        "spent": [one.contact.solder for one in layers if one.ended_by == "tin"],
    }
    measured = Measured(values, record, tuple(dict.fromkeys(warnings)))
    if all(one.regions is None for one in layers):
        return state, measured
    return (after if state.stack is None else state.with_round_bodies(after)), measured


def _grown(
    state: State, at: Contact, history: History, melts_at: float, parts: Mapping[str, float], materials, step: str
) -> tuple[State, Layer]:
    """One contact's compounds, grown and drawn as far as metal and tin reach."""
    couple = at.couple
    before, inner_before = (Interval(*state.facts[n].thickness) if n else NOTHING for n in (at.outer, at.inner))
    liquid = noted(materials, couple.name, "liquid", couple.liquid) if time_above(tuple(history), melts_at) > 0 else []
    solid = noted(materials, couple.name, "solid", couple.solid)
    growth = grown(before, history, liquid=liquid, solid=solid, melts_at=melts_at)
    whole, inner = growth.thickness, NOTHING
    if couple.inner:
        laws = noted(materials, couple.name, f"solid {couple.inner}", couple.inner_solid)
        found = grown(inner_before, history, solid=laws, melts_at=melts_at).thickness
        inner = Interval(min(found.low, whole.low), min(found.nominal, whole.nominal), min(found.high, whole.high))
    made = {compound: consumed_by(state, at.metal, couple, compound, materials) for compound in couple.atoms}
    if couple.inner:
        whole = _with_tin_kept(before, whole, inner_before, inner, 1 - made[couple.inner].tin / made[couple.outer].tin)
    had = thinnest(state, at.metal, at.spans)
    if whole.nominal < DRAWN:
        share = made[couple.outer].metal
        return state, Layer(at, before, whole, inner, None, "", False, had, had, growth.extrapolated, share)
    regions = (
        at.outer or fresh_name(f"{step}-{couple.outer}", state),
        at.inner or (fresh_name(f"{step}-{couple.inner}", state) if inner.nominal >= DRAWN else ""),
    )
    thicknesses = dict(zip(regions, (whole, inner), strict=True))
    facts = {
        n: replace(
            state.facts[n] if state.has(n) else Facts("intermetallic", step, made_from=(at.metal, at.solder)),
            thickness=(t.low, t.nominal, t.high),
        )
        for n, t in thicknesses.items()
        if n
    }
    drawn = with_layer(state, _wanted(state, at, regions, thicknesses, made, parts, materials), facts)
    after = drawn.state
    if drawn.ended_by:
        whole, inner = _cut_short(before, whole, drawn.part), _cut_short(inner_before, inner, drawn.part)
        shorter = {n: (t.low, t.nominal, t.high) for n, t in zip(regions, (whole, inner), strict=True) if n and after.has(n)}
        after = after.with_facts({n: replace(after.facts[n], thickness=t) for n, t in shorter.items()})
    layer = Layer(
        at, before, whole, inner, regions if drawn.part > 0 else None, drawn.ended_by, drawn.solder_gone, had,
        thinnest(after, at.metal, at.spans), growth.extrapolated, made[couple.outer].metal,
    )  # fmt: skip
    return after, layer


def _with_tin_kept(before: Interval, whole: Interval, inner_before: Interval, inner: Interval, left: float) -> Interval:
    """The whole layer, where its own law makes it too thin: the outer compound gives the inner one its tin, the solder none.

    left : part of an inner layer's growth by which the whole grows where the outer one supplies all the tin [1]
    """
    low, nominal, high = (
        max(w, b + (i - was) * left)
        for w, b, i, was in zip(*((x.low, x.nominal, x.high) for x in (whole, before, inner, inner_before)), strict=True)
    )
    return Interval(low, max(low, nominal), max(low, nominal, high))


def _cut_short(before: Interval, after: Interval, part: float) -> Interval:
    """Thicknesses of a layer of which only a part grew, since metal or tin were used up: no law makes it thicker than that."""
    reached = before.nominal + part * (after.nominal - before.nominal)
    return Interval(min(after.low, reached), reached, reached)


def _wanted(state: State, at: Contact, regions: tuple[str, str], thicknesses, made, parts, materials) -> Wanted:
    couple, section = at.couple, state.bump
    compound = dict(zip(regions, (couple.outer, couple.inner), strict=True))
    compound.pop("", None)
    mass = metal_mass(state, at.solder, materials)
    held = sum(
        section.volume(n) * density_at_room(state, n, materials) * composition(state, n, materials).get("Sn", 0.0)
        for n in state.names_with("intermetallic")
        if section.has(n) and section.contact(n, at.solder) > TOUCHES
    )
    return Wanted(
        solder=at.solder,
        metal=at.metal,
        outer=regions[0],
        inner=regions[1],
        materials=compound,
        made={n: made[c] for n, c in compound.items()},
        area=at.area,
        whole=thicknesses[regions[0]].nominal * at.area,
        inner_part=thicknesses[regions[1]].nominal * at.area if regions[1] else 0.0,
        tin_density=materials.element("Sn").number("density"),
        solder_density=density_at_room(state, at.solder, materials),
        solder_mass=mass,
        tin_mass=max(parts.get("Sn", 0.0) * (mass + held) - held, 0.0),
        held_tin=held,
    )


def _measures(one: Layer) -> dict[str, Quantity]:
    metal, found = one.contact.metal, {}
    for kind, thickness in (("intermetallic", one.whole), (one.contact.couple.inner, one.inner)):
        if thickness.high > 0:
            for suffix, value in (("", thickness.nominal), ("_low", thickness.low), ("_high", thickness.high)):
                found[f"{kind}{suffix}.{metal}"] = length(value)
    return found | {f"consumed.{metal}": length(one.had - one.left), f"remaining.{metal}": length(one.left)}


def _entry(one: Layer, after: State) -> dict[str, Any]:
    """A contact as the record gives it."""
    return {
        "solder": one.contact.solder,
        "metal": one.contact.metal,
        "compound": one.contact.couple.outer,
        "regions": [n for n in one.regions or () if n and after.has(n)],
        "grown_from": [one.before.low, one.before.nominal, one.before.high],
        "thickness": [one.whole.low, one.whole.nominal, one.whole.high],
        "inner_thickness": [one.inner.low, one.inner.nominal, one.inner.high],
        "ended_by": one.ended_by,
    }


def _remarks(one: Layer, before: State, parts: Mapping[str, float], materials) -> list[str]:
    """What the engineer should know of a contact."""
    metal, solder, couple = one.contact.metal, one.contact.solder, one.contact.couple
    material, ground = before.material(metal), lies_on(before, metal)
    said = []
    if one.through:
        where = "" if one.ended_by == "metal" else " in a place"
        below = f"{ground} ({before.material(ground)}) below it" if ground else "what lies below it"
        if ground and materials[before.material(ground)].wetted_by_solder in ("yes", "weakly"):
            then = f"{below} is wetted too, and what the solder makes with that is not followed"
        else:
            then = f"solder does not wet {below} and draws back when it melts there again, and what is solid comes off easily"
        said.append(f"{metal} ({material}) is consumed through{where} by {solder}: {then}")
    if one.ended_by == "tin":
        gone = ": no solder is left" if one.solder_gone else ""
        said.append(f"all tin of {solder} is in the compound on {metal}, which ends at {1e6 * one.whole.nominal:.3g} um{gone}")
    elif not one.through and one.left <= one.metal_share * (one.whole.high - one.whole.nominal):
        said.append(
            f"{1e6 * one.left:.2g} um of {metal} ({material}) are left; if the compound grows as fast as it may, to "
            f"{1e6 * one.whole.high:.3g} um, it is consumed through"
        )
    if one.extrapolated > _WORTH_SAYING:
        said.append(
            f"{100 * one.extrapolated:.3g} % of the compound on {metal} grow at temperatures at which no rate was measured "
            f"({_measured_between(couple)}): there the published rates are extrapolated"
        )
    if couple.copper_changes_it is not None and parts.get("Cu", 0.0) > 0:
        materials.note(couple.name, "copper that changes it", couple.copper_changes_it)
        if parts["Cu"] >= couple.copper_changes_it.number:
            said.append(
                f"{solder} holds {100 * parts['Cu']:.2g} % of copper: on {metal} ({material}) it makes (Cu,Ni)6Sn5, of which no law is "
                f"known; {couple.outer} stands for it"
            )
    return said


def _measured_between(couple: Couple) -> str:
    """The temperatures between which the laws of a couple were measured, in words."""
    found = []
    for which, laws in (("solid", couple.solid), ("liquid", couple.liquid)):
        low, high = min(x.law.valid[0] for x in laws.values()), max(x.law.valid[1] for x in laws.values())
        found.append(f"{which} {low - 273.15:.0f} to {high - 273.15:.0f} degC")
    return ", ".join(found)
