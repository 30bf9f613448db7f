"""Melt the solder: what melts, what it wets, what fuses, and the shape it leaves."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from ..materials import solid_density
from ..physics.alloys import mixed
from ..state import Facts, LogEntry, Measured, State, StepError, length, listed, quantity
from .conduction import composition, density_at_room, density_molten, is_conductor, liquidus, metal_mass, metal_volume
from .lithography import hardened, refuse_heat
from .molten import Outline, outline, rims_of
from .wetting import wetted_edge

REDUCING = ("formic-acid", "forming-gas", "hydrogen")


def reflow(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Heat past the liquidus, let the metal flow, and freeze the shape.

    Bodies melt whose tabulated liquidus the peak exceeds; touching molten bodies fuse into one. Metal is conserved by mass, paste
    shrinks to its metal, and the drop pins at the edge of the metal it wets, inside the mask's opening if the mask still stands.
    """
    warnings = refuse_heat(state, settings.peak, materials, "a reflow")
    bodies = state.names_with("solder")
    if not bodies:
        raise StepError("there is no solder to reflow")
    limits = {n: liquidus(state, n, materials) for n in bodies}
    molten = tuple(n for n in bodies if settings.peak > limits[n])
    if not molten:
        lowest = min(limits, key=limits.get)
        raise StepError(
            f"the peak of {settings.peak - 273.15:.0f} degC does not melt {listed(bodies)}: {lowest} is liquid above {limits[lowest] - 273.15:.0f} degC"
        )
    _refuse_oxide(state, molten, settings)
    liquids = state.names_with("flux", "residue")
    contacts, reached = _standing_on(state, molten, materials)
    if len(reached) < len(molten):
        raise StepError(f"{listed([n for n in molten if n not in reached])} touches neither metal nor other molten solder")
    bare = state.operated(lambda s: s.stripped([*liquids, *molten]))
    left = [n for n in (*liquids, *molten) if bare.bump.has(n)]
    if left:
        raise StepError(f"{listed(left)} is shut in under solid: it cannot flow")
    edge = wetted_edge(bare, molten, contacts, materials)
    warnings += edge.warnings
    mass = sum(metal_mass(state, n, materials) for n in molten)
    parts = mixed((metal_mass(state, n, materials), composition(state, n, materials)) for n in molten)
    solid_volume = sum(metal_volume(state, n) for n in molten) if len(molten) == 1 else None
    fused = len({state.material(n) for n in molten}) > 1 or any(state.facts[n].composition for n in molten)
    material = "mixed-solder" if fused else state.material(molten[0])
    body = molten[0] if len(molten) == 1 else _fresh("bump", state)
    facts = Facts(
        "solder", state.facts[molten[0]].made_by if len(molten) == 1 else name, composition=MappingProxyType(parts if fused else {}),
        liquidus=max(limits[n] for n in molten) if fused else None,
        made_from=tuple(dict.fromkeys(origin for n in molten for origin in (state.facts[n].made_from or (n,)))),
    )
    if solid_volume is None:
        solid_volume = mass / (solid_density(parts, materials.element) if fused else density_at_room(state, molten[0], materials))
    liquid_volume = mass / density_molten(state, molten, parts, settings.peak, materials)
    masks = bare.names_with("mask", "dielectric", "passivation")
    rims = rims_of(bare.bump, masks)
    # A fused solder has no measured angle of its own; tin, its usual base, stands for it.
    angled = [m if materials[m := state.material(n)].has("contact_angle_on_polymer") else "Sn" for n in molten]
    wall_angle = max(materials[m].number("contact_angle_on_polymer") for m in angled)
    molten_shape = outline(bare.bump, liquid_volume, edge, rims, wall_angle)
    shape = outline(bare.bump, solid_volume, edge, rims, wall_angle)
    if molten_shape.regime != shape.regime:
        warnings.append(f"molten the solder stands '{molten_shape.regime}', frozen and shrunk '{shape.regime}': it is at the limit between the two")
    facts = replace(facts, contact_angle=shape.contact_angle, wetted_edge=(edge.radius, edge.height))
    made = _solidified(bare, body, material, shape, facts)
    residues, made, lost = _residues(state, made, liquids, molten, shape, materials, name)
    made = made.logged(LogEntry(name, "reflow", settings.peak, settings.above_liquidus, settings.atmosphere))
    made = hardened(made, [n for n in made.names_with("mask") if "polymer" in materials[made.material(n)].classes])
    solid_left = [n for n in bodies if n not in molten]
    if solid_left:
        warnings.append(
            f"{listed(solid_left)} does not melt at {settings.peak - 273.15:.0f} degC (liquidus {listed([f'{limits[n] - 273.15:.0f} degC' for n in solid_left])}): "
            f"{listed(molten)} lies on it and is not fused with it"
        )
    values = {
        "height": length(shape.apex - edge.top), "diameter": length(2 * shape.max_radius), "volume": quantity(made.bump.volume(body), "volume"),
        "molten_height": length(molten_shape.apex - edge.top), "molten_diameter": length(2 * molten_shape.max_radius),
        "molten_volume": quantity(liquid_volume, "volume"), "metal_mass": quantity(mass, "mass"), "pad_diameter": length(2 * edge.radius),
        "peak": quantity(settings.peak, "temperature"),
    }
    if shape.contact_angle is not None:
        values["contact_angle"] = quantity(shape.contact_angle, "angle")
    if lost:
        values["volatile_volume"] = quantity(lost, "volume")
    record = {
        "created": [body, *residues], "melted": list(molten), "solid": solid_left, "fused": list(molten) if len(molten) > 1 else [],
        "wetted": list(edge.metals), "regime": shape.regime, "liquidus": {n: limits[n] for n in bodies}, "peak": settings.peak,
        "composition": parts, "molten_volume": liquid_volume, "molten_height": molten_shape.apex - edge.top, "masks_in_place": list(bare.names_with("mask")), "residues": residues, "body": body,
    }
    return made, Measured(values, record, tuple(warnings))


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


def _standing_on(state: State, molten: tuple[str, ...], materials) -> tuple[dict[str, float], set[str]]:
    """Solid conductors that the molten bodies touch with the areas [m^2], and the bodies that hang together with them."""
    section = state.bump
    contacts: dict[str, float] = {}
    reached: set[str] = set()
    for n in molten:
        for other in section.neighbours(n):
            if other in state.facts and other not in molten and is_conductor(state, other, materials):
                contacts[other] = contacts.get(other, 0.0) + section.contact(n, other)
                reached.add(n)
    # A ball rests on a point, a body of paste under a skin of flux: neighbours through flux count, for flux gives way to metal.
    grown = True
    while grown:
        grown = False
        for n in molten:
            near = section.neighbours(n) | {m for f in state.names_with("flux") if f in section.neighbours(n) for m in section.neighbours(f)}
            if n not in reached and near & reached:
                reached.add(n)
                grown = True
            touched = [m for m in near if m in state.facts and m not in molten and is_conductor(state, m, materials)]
            if n not in reached and touched:
                contacts.update({m: contacts.get(m, 0.0) for m in touched})
                reached.add(n)
                grown = True
    return contacts, reached


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
    """Leave what does not evaporate of every flux, pooled lowest round the bump; return names, state and the volume that went off."""
    residue = lost = 0.0
    for n in liquids:
        volume = before.bump.volume(n)
        keeps = materials[before.material(n)].number("nonvolatile_fraction") if before.facts[n].role == "flux" else 1.0
        residue += keeps * volume
        lost += (1 - keeps) * volume
    for n in molten:
        if before.facts[n].flux:
            volume = before.bump.volume(n) * (1 - before.facts[n].metal_fraction)
            keeps = materials[before.facts[n].flux].number("nonvolatile_fraction")
            residue += keeps * volume
            lost += (1 - keeps) * volume
    if residue <= 0:
        return [], after, lost
    name = f"{step}-residue"
    section = after.bump
    inside = bool(after.names_with("mask"))
    # On open ground the pool's radius is not known; a fifth more than the bump's keeps it round the foot. Its volume is what counts.
    within = section.width if inside else min(section.width, 1.2 * max(shape.max_radius, shape.column_radius))
    made = after.operated(lambda s: s.filled(name, "flux-residue", volume=residue, within=within), **{name: Facts("residue", step, phase="solid")})
    return [name], made, lost
