"""The melt: what the molten bodies become together, and what it eats of the solid ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from scipy.optimize import brentq

from ..materials import liquid_density, liquid_surface_tension, solid_density
from ..physics.alloys import mixed
from ..physics.voids import Voids, entrapped_voids
from ..state import Facts, State
from .conduction import composition, density_at_room, density_molten, metal_mass, metal_volume
from .melting import FLOWS, course_of_alloy
from .support import fresh_name

_DRAWN = 1e-9  # m; a core that recedes by less is drawn as it was
_EATEN = "dissolving"  # stands for a core's material while it recedes


@dataclass(frozen=True)
class Melt:
    """One body of molten solder: its name and material, its metal, its liquid and its facts.

    parts : mass fractions;  mass [kg] of metal;  solid_volume, liquid_volume : [m^3], voids included;  flows_above : [K]
    surface_tension : [N/m];  density : [kg/m^3], of the liquid at the peak
    """

    name: str
    material: str
    parts: dict[str, float]
    mass: float
    solid_volume: float
    liquid_volume: float
    flows_above: float
    surface_tension: float
    density: float
    voids: Voids | None
    facts: Facts


@dataclass(frozen=True)
class Added:
    """Metal that joins the melt besides the molten bodies: its mass [kg], mass fractions, and what of its volume [m^3] comes as paste."""

    mass: float
    parts: Mapping[str, float]
    paste_volume: float = 0.0


def melted_together(state: State, melted: tuple[str, ...], added: Sequence[Added], peak: float, step: str, materials, rng) -> Melt:
    """Bring molten and dissolved metal together: it adds up by mass, and different alloys mix into one."""
    bodies = [(metal_mass(state, n, materials), composition(state, n, materials)) for n in melted]
    bodies += [(one.mass, one.parts) for one in added]
    parts = mixed(bodies)
    mass = sum(m for m, _ in bodies)
    alloyed = len({state.material(n) for n in melted}) > 1 or any(state.facts[n].composition for n in melted)
    alloyed = alloyed or any(dict(one.parts) != dict(bodies[0][1]) for one in added)
    material = "mixed-solder" if alloyed else state.material(melted[0])
    metal = mass / (solid_density(parts, materials.element) if alloyed else density_at_room(state, melted[0], materials))
    liquid = liquid_density(parts, peak, materials.element) if alloyed else density_molten(state, melted, parts, peak, materials)
    # voids of an earlier reflow stay; the flux of a paste leaves new ones
    old = sum(state.bump.volume(n) - metal_volume(state, n) for n in melted if state.facts[n].phase != "paste")
    paste = sum(metal_volume(state, n) for n in melted if state.facts[n].flux) + sum(one.paste_volume for one in added)
    voids = entrapped_voids(paste, rng) if paste > 0 else None
    gas = old + (voids.volume if voids else 0.0)
    single = melted[0] if len(melted) == 1 else None
    facts = Facts(
        "solder",
        state.facts[single].made_by if single else step,
        composition=MappingProxyType(parts if alloyed else {}),
        metal_fraction=metal / (metal + gas) if gas > 0 else 1.0,
        made_from=tuple(dict.fromkeys(origin for n in melted for origin in (state.facts[n].made_from or (n,)))),
    )
    course = course_of_alloy(parts, None if alloyed else materials[material], single or step)
    return Melt(
        name=single or fresh_name("bump", state),
        material=material,
        parts=parts,
        mass=mass,
        solid_volume=metal + gas,
        liquid_volume=mass / liquid + gas,
        flows_above=float(course.temperature_at(FLOWS)),
        surface_tension=_tension(material, alloyed, parts, peak, materials),
        density=liquid,
        voids=voids,
        facts=facts,
    )


def _tension(material: str, alloyed: bool, parts: dict[str, float], peak: float, materials) -> float:
    """Surface tension of the melt [N/m]: its material's, else that of an ideal mixture of its elements."""
    if not alloyed and materials[material].has("surface_tension"):
        return materials[material].value("surface_tension").at(temperature=peak)
    return liquid_surface_tension(parts, peak, materials.element)


def eaten(bare: State, shares: Mapping[str, float], materials) -> tuple[State, list[Added]]:
    """Take from solid cores what the melt dissolves of them: their bare surface recedes evenly until that much is gone.

    shares : part of each core's volume that goes into the melt

    Returns
    -------
    the state, and what the cores lose.
    """
    lost = []
    for name, share in shares.items():
        section, whole = bare.bump, bare.bump.volume(name)
        _, low, _, high = section.bounds(name)


        def left(depth: float, section=section, name=name) -> float:
            receded = _receded(section, name, depth)
            return receded.volume(name) if receded.has(name) else 0.0

        goal = (1 - share) * whole
        if left(_DRAWN) <= goal:
            continue
        deepest = brentq(lambda d: left(d) - goal, _DRAWN, high - low, xtol=1e-11)  # noqa: B023 (called at once)
        before = metal_mass(bare, name, materials)
        bare = bare.operated(lambda s: _receded(s, name, deepest))  # noqa: B023 (called at once)
        lost.append(Added(before - metal_mass(bare, name, materials), composition(bare, name, materials)))
    return bare, lost


def _receded(section, name: str, depth: float):
    """A cut in which a body's bare surface has receded; by a material of its own, so that nothing else of the same alloy does."""
    material = section.region(name).material
    made = section.with_material(name, _EATEN).etched({_EATEN: 1.0}, depth)
    return made.with_material(name, material) if made.has(name) else made
