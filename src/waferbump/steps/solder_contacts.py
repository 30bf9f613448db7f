"""Where solder touches metal that it reacts with, directly or through compounds that they have made before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..materials.reactions import Couple, SourcedLaw, reactions
from ..physics.intermetallics import Consumption, consumption, dissolved, rates
from ..state import Quantity, State, length, listed, quantity
from .conduction import composition, density_at_room, is_conductor
from .heating import time_above

TOUCHES = 1e-14  # m^2; two bodies that share less do not react (0.01 um^2)
_PLACES = 41  # at which a film's remaining thickness is read

_RIM = 2.0  # thicknesses of a metal: an etch undercuts it by 1 to 1.5 (our choice)


@dataclass(frozen=True)
class Contact:
    """Solder on a metal that it reacts with.

    outer, inner : regions of compound between them, on the solder's and on the metal's side; "" where there is none yet
    area : of the metal's side [m^2];  spans : least and greatest radius of it [m]
    """

    solder: str
    metal: str
    couple: Couple
    outer: str
    inner: str
    area: float
    spans: tuple[float, float]


def metals_below(state: State, solder: str, materials) -> list[str]:
    """Metals that a body of solder wets and touches, directly or through layers of compound, in the order in which they were made."""
    section = state.bump
    compounds = set(state.names_with("intermetallic"))
    todo, seen, found = [solder], {solder}, set()
    while todo:
        body = todo.pop()
        for other in sorted(section.neighbours(body) - seen - {"air"}):
            if state.facts[other].role == "solder" or section.contact(body, other) < TOUCHES or not is_conductor(state, other, materials):
                continue
            # a layer reacts on with the metal that it was made of; other metal only lies beside or below it
            reacts = body == solder or state.facts[body].made_from[:1] == (other,)
            if other in compounds:
                seen.add(other)
                todo.append(other)
            elif reacts and materials[state.material(other)].wetted_by_solder in ("yes", "weakly"):
                found.add(other)
    return [n for n in state.regions if n in found]


def contact_of(state: State, solder: str, metal: str, couple: Couple) -> Contact:
    """The contact of a body of solder and a metal below it, with the compounds that they have made before."""
    section = state.bump
    made = [n for n in state.names_with("intermetallic") if section.has(n) and state.facts[n].made_from[:1] == (metal,)]
    outer = next((n for n in made if state.material(n) == couple.outer and section.contact(n, solder) > TOUCHES), "")
    near = [n for n in (outer, solder) if n]
    inner = next((n for n in made if state.material(n) == couple.inner and any(section.contact(n, t) > TOUCHES for t in near)), "")
    between = [n for n in (solder, outer, inner) if n]
    lines = [line for n in between if not (line := section.contact_lines(metal, n)).is_empty]
    spans = (min(line.bounds[0] for line in lines), max(line.bounds[2] for line in lines))
    return Contact(solder, metal, couple, outer, inner, sum(section.contact(metal, n) for n in between), spans)


def lies_on(state: State, metal: str) -> str:
    """The region that a metal lies on with most of its surface; "" where there is none but solder, its compounds and what is removed."""
    section = state.bump
    others = {metal, "air", *state.names_with("intermetallic", "mask", "flux", "residue", "solder")}
    return max(sorted(section.neighbours(metal) - others), key=lambda other: section.contact(metal, other), default="")


def why_unlike(parts: Mapping[str, float], materials) -> str:
    """Why the laws of growth do not hold for a solder of these mass fractions, or ""."""
    known = reactions()
    materials.note("solder", "least tin of the laws of growth", known.least_tin)
    materials.note("solder", "most of other elements of the laws of growth", known.most_of_others)
    if parts.get("Sn", 0.0) < known.least_tin.number:
        return f"holds {100 * parts.get('Sn', 0.0):.3g} % of tin"
    others = [e for e in ("In", "Zn", "Au", "Mg") if parts.get(e, 0.0) > known.most_of_others.number]
    return "holds " + listed([f"{100 * parts[e]:.3g} % of {e}" for e in others]) if others else ""


def consumed_by(state: State, metal: str, couple: Couple, compound: str, materials) -> Consumption:
    """Volumes of a metal and of pure tin in one volume of a compound; of an alloyed metal, the volume that holds as much of its element.

    What else such a metal holds (the phosphorus of electroless nickel, the vanadium of sputtered) is not followed.
    """
    element, tin = materials.element(couple.element), materials.element("Sn")
    share = composition(state, metal, materials).get(couple.element, 1.0)
    return consumption(
        *couple.atoms[compound],
        element.number("molar_mass"),
        tin.number("molar_mass"),
        materials[compound].number("density"),
        share * density_at_room(state, metal, materials),
        tin.number("density"),
    )


def noted(materials, owner: str, which: str, laws: Mapping[str, SourcedLaw]) -> list:
    """The laws themselves, their values noted as used."""
    for name, one in laws.items():
        materials.note(owner, f"{which} growth ({name})", one.rate)
        materials.note(owner, f"{which} activation energy ({name})", one.activation_energy)
    return [one.law for one in laws.values()]


def thinnest(state: State, metal: str, spans: tuple[float, float]) -> float:
    """Least upright thickness of a metal between two radii [m], 0 where it is gone; its etched rim, where it runs out, is left out."""
    if not state.bump.has(metal):
        return 0.0
    low, high = spans
    middle = state.bump.thickness_at((low + high) / 2, metal)
    margin = min(max(0.02 * (high - low), _RIM * middle), 0.25 * (high - low))
    places = [low + margin + (high - low - 2 * margin) * i / (_PLACES - 1) for i in range(_PLACES)]
    return min(state.bump.thickness_at(x, metal) for x in places)


def dissolution(state: State, solder: str, parts: Mapping[str, float], history, melts_at: float, materials) -> dict[str, Quantity]:
    """How much of each metal below it the molten solder could dissolve before it is saturated, if no compound were in the way."""
    time, peak = time_above(tuple(history), melts_at), max(temperature for _, temperature in history)
    found: dict[str, Quantity] = {}
    if time == 0:
        return found
    section, volume = state.bump, state.bump.volume(solder) * state.facts[solder].metal_fraction
    for metal in metals_below(state, solder, materials):
        one = reactions().dissolution_of(state.material(metal))
        if one is None:
            continue
        noted(materials, one.element, "dissolution", {one.element: one.rate})
        materials.note(one.element, "saturation", one.saturation)
        layers = [n for n in state.names_with("intermetallic") if section.has(n) and state.facts[n].made_from[:1] == (metal,)]
        at, area = rates([one.rate.law], peak), sum(section.contact(n, metal) for n in (solder, *layers))
        densities = density_at_room(state, solder, materials), density_at_room(state, metal, materials)
        for kind, rate in (("dissolvable", at.nominal), ("dissolvable_high", at.high)):
            saturated = one.saturation.at(temperature=peak)
            depth = dissolved(rate, time, area, volume, saturated, parts.get(one.element, 0.0), *densities)
            found[f"{kind}.{metal}"] = length(min(depth, section.volume(metal) / area))
    if found:
        found[f"time_molten.{solder}"] = quantity(time, "time")
    return found
