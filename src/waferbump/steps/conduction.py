"""Which regions carry current, which solder wets, and what metal a body holds."""

from __future__ import annotations

from ..materials import liquid_density, solid_density
from ..state import State

CONDUCTORS = frozenset({"metal", "pad", "adhesion", "metallic", "solder", "mixed-solder", "intermetallic"})


def is_conductor(state: State, name: str, materials) -> bool:
    """Whether a region's material conducts (a metal mask laid on top counts as metal too, but not as part of the wafer)."""
    return state.facts[name].role != "mask" and bool(CONDUCTORS & materials[state.material(name)].classes)


def conductors_joined_to(state: State, start: set[str], materials) -> set[str]:
    """All conductors that touch the starting ones, directly or through others."""
    section = state.bump
    joined, todo = set(start), list(start)
    while todo:
        for other in section.neighbours(todo.pop()):
            if other != "air" and other not in joined and is_conductor(state, other, materials):
                joined.add(other)
                todo.append(other)
    return joined


def connections(state: State, materials) -> dict[str, tuple[str, ...]]:
    """What leads from every pad of the plan to the solder: conductors that touch one another, both ends named; empty where nothing does.

    Only the plan knows: without one there are no entries.
    """
    solder = [n for n in state.names_with("solder") if state.stack is not None and state.stack.has(n)]
    if not solder:
        return {}
    metals = [n for n in state.regions if is_conductor(state, n, materials)]
    found = {}
    for pad in (n for n in state.names_with("pad") if state.stack.has(n)):
        ways = [way for body in solder if (way := state.stack.path(pad, body, metals))]
        found[pad] = min(ways, key=len) if ways else ()
    return found


def composition(state: State, name: str, materials) -> dict[str, float]:
    """Mass fractions of a metal region by element: its own if it was mixed, else its material's."""
    return dict(state.facts[name].composition) or dict(materials[state.material(name)].composition)


def density_at_room(state: State, name: str, materials) -> float:
    """Density of a region's metal at 25 degC [kg/m^3]: its material's, or ideal mixing for a fused body."""
    material = materials[state.material(name)]
    if not state.facts[name].composition and material.has("density"):
        return material.number("density")
    return solid_density(composition(state, name, materials), materials.element)


def density_molten(state: State, names: tuple[str, ...], parts: dict[str, float], temperature: float, materials) -> float:
    """Density of what the bodies melt to [kg/m^3]: one unmixed alloy's own, else ideal mixing of its liquid elements."""
    alloys = {state.material(n) for n in names}
    if len(alloys) == 1 and not any(state.facts[n].composition for n in names):
        return materials[alloys.pop()].number("liquid_density", temperature=temperature)
    return liquid_density(parts, temperature, materials.element)


def metal_volume(state: State, name: str) -> float:
    """Volume of metal in a region [m^3]: all of it, or the metal's share of a paste."""
    return state.bump.volume(name) * state.facts[name].metal_fraction


def metal_mass(state: State, name: str, materials) -> float:
    """Mass of metal in a region [kg]."""
    return metal_volume(state, name) * density_at_room(state, name, materials)


def tin_in_compounds(state: State, materials) -> float:
    """Mass of the tin that solder has given to layers of compound [kg], as far as they are drawn."""
    layers = [(n, materials[state.material(n)]) for n in state.names_with("intermetallic") if state.bump.has(n)]
    return sum(state.bump.volume(n) * material.number("density") * material.composition["Sn"] for n, material in layers)
