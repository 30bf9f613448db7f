"""Draw the compounds that solder and the metal below it make: layers that take their shares from both."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..geometry.partition import AIR
from ..geometry.reaction_layer import converted, interface, settled, share, whole
from ..geometry.section import Section
from ..physics.intermetallics import Consumption
from ..state import Facts, State

# Part of a solder's mass that may be left when its tin is used up and still be counted into the compound (its silver, copper): our choice
_REST = 0.05
# How far beyond an even front the metal may be taken, for corners: past that the film is consumed through
_BEYOND = 1.25
_ENOUGH = 1 - 1e-3  # of the volume wanted; less is a film that is consumed through
_NANOMETRE = 1e-9
_NOT_BELOW = ("solder", "mask", "flux", "residue", "dielectric", "passivation", "intermetallic")


@dataclass(frozen=True)
class Wanted:
    """A layer as it would grow with enough of everything.

    solder, metal : bodies on either side;  outer, inner : names of the compounds' regions, inner "" where there is none
    materials : of the regions by name;  made : volumes consumed by one volume of each region
    area : of the interface [m^2];  whole, inner_part : volumes [m^3] of the layer and of the inner compound in it
    tin_density, solder_density : [kg/m^3];  solder_mass, tin_mass : metal of the solder, and tin that is left in it [kg]
    held_tin : tin in the layers round the solder [kg]
    """

    solder: str
    metal: str
    outer: str
    inner: str
    materials: dict[str, str]
    made: dict[str, Consumption]
    area: float
    whole: float
    inner_part: float
    tin_density: float
    solder_density: float
    solder_mass: float
    tin_mass: float
    held_tin: float


@dataclass(frozen=True)
class Drawn:
    """The state with the layer; part : of the wanted growth that took place [1]; ended_by : "metal", "tin" or ""."""

    state: State
    part: float
    ended_by: str
    solder_gone: bool


def with_layer(state: State, wanted: Wanted, facts: dict[str, Facts]) -> Drawn:
    """Draw a layer in the round cut of a state that has no other view, as far as metal and tin reach.

    Metal recedes by what the compounds take up, solder by the rest of the layer's volume; the compounds are denser than what they are made
    of, so the solder's free surface settles until it holds the metal that is left of it (a body without one gets pores instead).
    """
    section = state.bump
    w = wanted
    old = {n: section.volume(n) if section.has(n) else 0.0 for n in (w.outer, w.inner) if n}
    grow = {w.inner: max(w.inner_part - old[w.inner], 0.0)} if w.inner else {}
    grow[w.outer] = max(w.whole - sum(old.values()), 0.0) - sum(grow.values())
    grown = sum(grow.values())
    metal_wanted = sum(w.made[n].metal * v for n, v in grow.items())
    tin_wanted = max(sum(w.made[n].tin * v for n, v in grow.items()) * w.tin_density, 0.0)
    if grown <= 0 or metal_wanted <= 0:
        return Drawn(state, 0.0, "", False)
    layers = [n for n in old if section.has(n)]
    below = interface(section, [w.metal], [w.solder, *layers])
    depth = metal_wanted / w.area
    taken, metal = share(section, w.metal, below, metal_wanted, depth, most=_BEYOND * depth + _NANOMETRE)
    part, ended_by = (1.0, "") if metal >= _ENOUGH * metal_wanted else (metal / metal_wanted, "metal")
    if part * tin_wanted > w.tin_mass:
        part, ended_by = w.tin_mass / tin_wanted, "tin"
        taken, metal = share(section, w.metal, below, part * metal_wanted, part * depth, most=_BEYOND * depth + _NANOMETRE)
    left = w.solder_mass - part * tin_wanted
    gone = ended_by == "tin" and left <= _REST * (w.solder_mass + w.held_tin)
    above = interface(section, [w.solder], [w.metal, *layers])
    from_solder = part * grown - metal
    room = section.volume(w.solder)
    parts = {w.outer: [taken]}
    if gone or from_solder >= room:
        parts[w.outer].append(whole(section, w.solder))
        gone = True
    elif from_solder >= 0:
        parts[w.outer].append(share(section, w.solder, above, from_solder, from_solder / w.area)[0])
    else:  # an inner compound that grows out of the outer one takes less room than the metal that it takes up: the solder follows
        parts[w.solder] = [share(section, layers[0], above, -from_solder, -from_solder / w.area)[0]]
    made = converted(section, parts, {w.outer: w.materials[w.outer]})
    facts = dict(facts)
    if gone:
        made = settled(made, w.outer, sum(old.values()) + part * grown - old.get(w.inner, 0.0))
        facts[w.solder] = None
    else:
        before = state.facts[w.solder]
        volume = left / w.solder_density / before.metal_fraction
        made = settled(made, w.solder, volume)
        pores = left / w.solder_density / made.volume(w.solder)
        facts[w.solder] = replace(before, metal_fraction=min(before.metal_fraction if _same(made, w.solder, volume) else pores, 1.0))
    if w.inner and (inner := old[w.inner] + part * grow[w.inner]) > 0:
        made = _divided(made, state, w, inner)
    return Drawn(state.operated(lambda _: made, **facts), part, ended_by, gone)


def _same(section: Section, name: str, volume: float) -> bool:
    """Whether a body has its volume to what an outline can show."""
    return abs(section.volume(name) - volume) <= 1e-6 * volume


def _divided(section: Section, state: State, w: Wanted, inner: float) -> Section:
    """The layer with its inner compound along what is below it, by distance."""
    if section.has(w.inner):
        section = section.merged([w.outer, w.inner], into=w.outer, material=w.materials[w.outer])
    ground = [n for n in section.neighbours(w.outer) if n != AIR and n not in (w.solder, w.outer) and state.facts[n].role not in _NOT_BELOW]
    lines = interface(section, [w.outer], ground)  # with what the metal stood on, where it is consumed through
    if lines.is_empty:
        return section
    part, _ = share(section, w.outer, lines, min(inner, section.volume(w.outer)), inner / w.area)
    return converted(section, {w.inner: [part]}, {w.inner: w.materials[w.inner]})
