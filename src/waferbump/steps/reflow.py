"""Melt the solder: what melts, what it wets, what fuses, and the shape it leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType

from ..materials import solid_density
from ..physics.alloys import mixed
from ..state import Facts, LogEntry, Measured, State, StepError, length, listed, quantity
from .by_round_cut import by_the_round_cut
from .conduction import composition, conductors_joined_to, density_at_room, density_molten, is_conductor, liquidus, metal_mass, metal_volume
from .lithography import hardened, refuse_heat
from .molten import Angles, Outline, outline, rims_of
from .support import touching
from .wetting import standing_edge, wetted_metal

REDUCING = ("formic-acid", "forming-gas", "hydrogen")


@by_the_round_cut
def reflow(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Heat past the liquidus, let the metal flow, and freeze the shape.

    Bodies melt whose tabulated liquidus the peak exceeds; touching molten bodies fuse into one. Metal is conserved by mass, paste
    shrinks to its metal, and the drop pins at the edge of the metal it wets, inside the mask's opening if the mask still stands.
    """
    warnings = refuse_heat(state, settings.peak, materials, "a reflow")
    limits = {n: liquidus(state, n, materials) for n in state.names_with("solder")}
    molten = _melting(limits, settings.peak)
    _refuse_oxide(state, molten, settings)
    contacts = _standing_on(state, molten, materials)
    liquids = state.names_with("flux", "residue")
    bare = state.operated(lambda s: s.stripped([*liquids, *molten]))
    if left := [n for n in (*liquids, *molten) if bare.bump.has(n)]:
        raise StepError(f"solid shuts in {listed(left)}: it cannot flow")
    metal = wetted_metal(bare, molten, contacts, materials)
    melt = _melt(state, molten, max(limits[n] for n in molten), settings.peak, name, materials)
    rims = rims_of(bare.bump, bare.names_with("mask", "dielectric", "passivation"))
    angles = Angles(*(_angle_on(state, molten, f"contact_angle_on_{surface}", materials) for surface in ("copper", "polymer")))
    hot = outline(bare.bump, melt.liquid_volume, metal.pins, rims, angles)
    # Freezing, the edge stays where the melt had it.
    cold = outline(bare.bump, melt.solid_volume, (hot.pin,) if hot.pin else metal.pins[-1:], rims, angles)
    edge = cold.pin or metal.pins[-1]
    facts = replace(melt.facts, contact_angle=cold.contact_angle, wetted_edge=(edge.radius, edge.height))
    made = _solidified(bare, melt.name, melt.material, cold, facts)
    residues, made, lost = _residues(state, made, liquids, molten, cold, materials, name)
    time_molten = _time_above(settings, max(limits[n] for n in molten))
    made = made.logged(LogEntry(name, "reflow", settings.peak, time_molten, settings.atmosphere))
    made = hardened(made, [n for n in made.names_with("mask") if "polymer" in materials[made.material(n)].classes])
    solid = [n for n in limits if n not in molten]
    warnings += [
        *metal.warnings,
        *_remarks(hot, cold, solid, molten, limits, settings.peak),
        *_joined_neighbours(made, melt.name, materials),
    ]
    stands = standing_edge(made, made.names_with("solder"))
    top = stands[1] if stands else edge.height
    values = {
        "height": length(cold.apex - top),
        "diameter": length(2 * cold.max_radius),
        "volume": quantity(made.bump.volume(melt.name), "volume"),
        "molten_height": length(hot.apex - top),
        "molten_diameter": length(2 * hot.max_radius),
        "molten_volume": quantity(melt.liquid_volume, "volume"),
        "metal_mass": quantity(melt.mass, "mass"),
        "pad_diameter": length(2 * edge.radius),
        "peak": quantity(settings.peak, "temperature"),
        "time_above_liquidus": quantity(time_molten, "time"),
    }
    if cold.contact_angle is not None:
        values["contact_angle"] = quantity(cold.contact_angle, "angle")
    if lost:
        values["volatile_mass"] = quantity(lost, "mass")
    record = {
        "created": [melt.name, *residues],
        "melted": list(molten),
        "solid": solid,
        "fused": list(molten) if len(molten) > 1 else [],
        "wetted": list(metal.metals),
        "regime": cold.regime,
        "pins_at": "end" if edge is metal.pins[-1] else "corner",
        "liquidus": limits,
        "peak": settings.peak,
        "composition": melt.parts,
        "molten_volume": melt.liquid_volume,
        "molten_height": hot.apex - top,
        "masks_in_place": list(bare.names_with("mask")),
        "residues": residues,
        "body": melt.name,
    }
    return made, Measured(values, record, tuple(warnings))


def _melting(limits: dict[str, float], peak: float) -> tuple[str, ...]:
    if not limits:
        raise StepError("there is no solder to reflow")
    molten = tuple(n for n, limit in limits.items() if peak > limit)
    if not molten:
        lowest = min(limits, key=limits.get)
        raise StepError(f"the peak of {_celsius(peak)} does not melt {listed(limits)}: {lowest} is liquid above {_celsius(limits[lowest])}")
    return molten


@dataclass(frozen=True)
class _Melt:
    """What the molten bodies become: one body of a name and material, its metal and its facts."""

    name: str
    material: str
    parts: dict[str, float]
    mass: float
    solid_volume: float
    liquid_volume: float
    facts: Facts


def _melt(state: State, molten: tuple[str, ...], limit: float, peak: float, step: str, materials) -> _Melt:
    """Bring the molten bodies together: metal adds up by mass, and different alloys mix into one."""
    masses = [metal_mass(state, n, materials) for n in molten]
    parts = mixed(zip(masses, (composition(state, n, materials) for n in molten), strict=True))
    single = molten[0] if len(molten) == 1 else None
    alloyed = len({state.material(n) for n in molten}) > 1 or any(state.facts[n].composition for n in molten)
    density = solid_density(parts, materials.element) if alloyed else density_at_room(state, molten[0], materials)
    facts = Facts(
        "solder",
        state.facts[single].made_by if single else step,
        composition=MappingProxyType(parts if alloyed else {}),
        liquidus=limit if alloyed else None,
        made_from=tuple(dict.fromkeys(origin for n in molten for origin in (state.facts[n].made_from or (n,)))),
    )
    return _Melt(
        single or _fresh("bump", state),
        "mixed-solder" if alloyed else state.material(molten[0]),
        parts,
        sum(masses),
        metal_volume(state, single) if single else sum(masses) / density,
        sum(masses) / density_molten(state, molten, parts, peak, materials),
        facts,
    )


def _angle_on(state: State, molten: tuple[str, ...], surface: str, materials) -> float:
    """Contact angle of the melt on a surface [rad]. A fused solder has none of its own; tin, its usual base, stands for it."""
    angled = [m if materials[m := state.material(n)].has(surface) else "Sn" for n in molten]
    return max(materials[m].number(surface) for m in angled)


def _time_above(settings, limit: float) -> float:
    """How long the profile stays above the liquidus [s], straight lines between its points; without a profile, what is stated."""
    if not settings.profile:
        return settings.above_liquidus
    total = 0.0
    for a, b in pairwise(settings.profile):
        low, high = sorted((a.temperature, b.temperature))
        if high > limit:
            total += (b.time - a.time) * (1.0 if low >= limit else (high - limit) / (high - low))
    return total


def _remarks(hot: Outline, cold: Outline, solid: list[str], molten: tuple[str, ...], limits: dict[str, float], peak: float) -> list[str]:
    remarks = []
    if hot.regime != cold.regime:
        remarks.append(f"molten the solder stands '{hot.regime}', frozen and shrunk '{cold.regime}': it is at the limit between the two")
    if solid:
        held = listed([f"{n} (liquid above {_celsius(limits[n])})" for n in solid])
        remarks.append(f"{held} does not melt at {_celsius(peak)}: {listed(molten)} lies on it and is not fused with it")
    return remarks


def _joined_neighbours(state: State, body: str, materials) -> list[str]:
    """A warning for conductors that join the bump to its neighbours; while a mask stands the seed is still needed, and etched later."""
    if state.names_with("mask"):
        return []
    section = state.bump
    joined = conductors_joined_to(state, {body}, materials)
    across = [n for n in joined if section.bounds(n)[2] >= section.width * (1 - 1e-9)]
    return [f"{listed(across)} still joins this bump to its neighbours: they are shorted"] if across else []


def _celsius(temperature: float) -> str:
    return f"{temperature - 273.15:.0f} degC"


def _fresh(name: str, state: State) -> str:
    """The name, or the name with a number when a region has it already."""
    taken = set(state.bump.names)
    return name if name not in taken else next(f"{name}-{i}" for i in range(2, 1000) if f"{name}-{i}" not in taken)


def _refuse_oxide(state: State, molten: tuple[str, ...], settings) -> None:
    """Solder keeps its oxide skin, and wets nothing, unless a flux or a reducing gas removes it."""
    if settings.atmosphere in REDUCING:
        return
    section = state.bump
    active = {n for n in state.names_with("flux") if state.facts[n].flux_active}
    if any(state.facts[n].flux_active for n in molten) or any(active & section.neighbours(n) for n in molten):
        return
    raise StepError(
        f"nothing removes the oxide from {listed(molten)}: no active flux touches it and {settings.atmosphere} does not reduce; "
        f"add flux or reflow in {', '.join(REDUCING[:-1])} or {REDUCING[-1]}"
    )


def _standing_on(state: State, molten: tuple[str, ...], materials) -> dict[str, float]:
    """Solid conductors that the molten bodies touch, with the areas [m^2]; StepError when a body touches neither metal nor the others.

    A ball rests on a point, and a skin or pool of flux gives way to molten metal: what lies behind flux that a body touches counts as
    touched, with no area.
    """
    section = state.bump
    contacts: dict[str, float] = {}
    near: dict[str, set[str]] = {}
    flux = set(state.names_with("flux"))
    for n in molten:
        touched = touching(section, n)
        near[n] = touched.union(*(touching(section, f) for f in flux & touched)) - {n}
        for other in near[n] - set(molten):
            if is_conductor(state, other, materials):
                contacts[other] = contacts.get(other, 0.0) + section.contact(n, other)
    reached = {n for n in molten if near[n] & contacts.keys()}
    todo = list(reached)
    while todo:
        body = todo.pop()
        for n in molten:
            if n not in reached and (n in near[body] or body in near[n]):
                reached.add(n)
                todo.append(n)
    if stray := [n for n in molten if n not in reached]:
        raise StepError(f"nothing joins {listed(stray)} to metal or to other molten solder")
    return contacts


def _solidified(bare: State, name: str, material: str, shape: Outline, facts: Facts) -> State:
    def freeze(section):
        column = f"{name} column"
        made = section
        if shape.column_level is not None:
            made = made.filled(column if shape.cap is not None else name, material, level=shape.column_level, within=shape.column_radius)
        if shape.cap is not None:
            made = made.placed(name, material, shape.cap)
            if shape.column_level is not None and made.has(column):
                made = made.merged([column, name], into=name, material=material)
        return made

    return bare.operated(freeze, **{name: facts})


def _residues(before: State, after: State, liquids, molten, shape: Outline, materials, step: str) -> tuple[list[str], State, float]:
    """Leave what does not evaporate of every flux, pooled lowest round the bump; return names, state and the mass that went off [kg]."""
    density = materials["flux-residue"].number("density")
    masses = [
        (materials[before.material(n)], before.bump.volume(n) * materials[before.material(n)].number("density"))
        for n in liquids
        if before.facts[n].role == "flux"
    ]
    for n in molten:
        if before.facts[n].flux:
            vehicle = materials[before.facts[n].flux]
            masses.append((vehicle, before.bump.volume(n) * (1 - before.facts[n].metal_fraction) * vehicle.number("density")))
    kept = sum(material.number("nonvolatile_fraction") * mass for material, mass in masses)
    old = sum(before.bump.volume(n) for n in liquids if before.facts[n].role == "residue")
    volume = kept / density + old
    lost = sum(mass for _, mass in masses) - kept
    if volume <= 0:
        return [], after, lost
    name = f"{step}-residue"
    section = after.bump
    # On open ground the pool's radius is not known; a fifth more than the bump's keeps it round the foot. Its volume is what counts.
    open_ground = min(section.width, 1.2 * max(shape.max_radius, shape.column_radius))
    within = section.width if after.names_with("mask") else open_ground
    facts = {name: Facts("residue", step)}
    return [name], after.operated(lambda s: s.filled(name, "flux-residue", volume=volume, within=within), **facts), lost
