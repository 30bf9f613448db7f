"""Melt the solder: what melts, what it wets, what fuses, and the shape it leaves."""

from __future__ import annotations

from dataclasses import replace

from ..geometry.section import GeometryError
from ..physics.alloys import mixed
from ..state import Facts, LogEntry, Measured, State, StepError, length, listed, quantity
from .by_round_cut import by_the_round_cut
from .conduction import conductors_joined_to, density_at_room, is_conductor, metal_mass, tin_in_compounds
from .dewetting import reacted
from .heating import course_of, time_above
from .lithography import hardened, refuse_heat
from .melt import Melt, eaten, melted_together
from .melting import FLOWS, Dissolved, Heated, course_of_alloy, dissolved, heated
from .molten import outline, rims_of
from .outlines import Angles, Outline, Weighed, Weightless
from .support import touching
from .wetting import Pin, standing_edge, wetted_metal

_FROZEN = 0.5  # K; a melt that has taken up all that it can is just liquid at the peak, to the accuracy with which that was solved
REDUCING = ("formic-acid", "forming-gas", "hydrogen")


@by_the_round_cut
def reflow(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Heat along the profile, let the metal flow, and freeze the shape that gravity, walls and surface tension give it.

    Bodies flow that are 95 % liquid at the peak; touching ones fuse into one, and a solid body that they touch dissolves in them until
    they are saturated: wholly, or its rest stays as a core. Metal is conserved by mass, paste shrinks to its metal and its voids, and
    the liquid ends at the edge of the metal that it wets, in its mask's opening if the mask still stands (Young-Laplace equation).
    """
    return _reflow(state, settings, materials, rng, name, weighed=True)


@by_the_round_cut
def reflow_weightless(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """As `reflow`, with shapes cut from spheres: the liquid's weight is neglected, and an opening is filled without a ring of gas."""
    return _reflow(state, settings, materials, rng, name, weighed=False)


def _reflow(state: State, settings, materials, rng, name: str, *, weighed: bool) -> tuple[State, Measured]:
    warnings = refuse_heat(state, settings.peak, materials, "a reflow")
    bodies = {n: heated(state, n, settings.peak, materials) for n in state.names_with("solder")}
    molten = _melting(bodies, settings.peak)
    refuse_oxide(state, molten, settings)
    course = course_of(settings, max(bodies[n].flows_above for n in molten))
    taken = _taken_up(state, molten, bodies, settings.peak, course)
    melted = (*molten, *(n for n, found in taken.items() if found.part == 1.0))
    contacts = standing_on(state, melted, materials)
    start = "wetted" if _against_a_wall(state, melted) else "free"
    liquids = state.names_with("flux", "residue")
    bare = state.operated(lambda s: s.stripped([*liquids, *melted]))
    if left := [n for n in (*liquids, *melted) if bare.bump.has(n)]:
        raise StepError(f"solid shuts in {listed(left)}: it cannot flow")
    cores = {n: found for n, found in taken.items() if n not in melted and found.part > 0}
    bare, lost_by_cores = eaten(bare, {n: found.part for n, found in cores.items()}, materials)
    melt = melted_together(state, melted, lost_by_cores, settings.peak, name, materials, rng)
    refuse_frozen(melt, melted, settings.peak)
    metal = wetted_metal(bare, melted, contacts, materials)
    rims = rims_of(bare.bump, bare.names_with("mask", "dielectric", "passivation"))
    angles = Angles(*(_angle_on(state, melted, f"contact_angle_on_{surface}", materials) for surface in ("copper", "polymer")))
    liquid = Weighed(melt.surface_tension, melt.density) if weighed else Weightless()
    hot = outline(bare.bump, melt.liquid_volume, metal.pins, rims, angles, liquid, start)
    # Freezing, the edge stays where the melt had it.
    cold = outline(bare.bump, melt.solid_volume, (hot.pin,) if hot.pin else metal.pins[-1:], rims, angles, liquid, start, hot)
    edge = cold.pin or metal.pins[-1]
    ends = "end" if edge is metal.pins[-1] else "corner"
    facts = replace(melt.facts, contact_angle=cold.contact_angle, wetted_edge=(edge.radius, edge.height))
    made = _solidified(bare, melt.name, melt.material, cold, facts)
    time_molten = time_above(course, max(bodies[n].flows_above for n in molten))
    made = made.logged(LogEntry(name, "reflow", settings.peak, time_molten, settings.atmosphere, course))
    frozen = made
    made, grown, reaction, said = reacted(made, melt.name, course, melt.flows_above, materials, name)
    if reaction.get("created") and made.bump.has(melt.name):
        made, cold, edge = _settled(frozen, made, melt.name, cold, edge, angles, liquid, start, hot, materials)
    residues, made, lost = _residues(state, made, liquids, melted, cold, materials, name)
    made = hardened(made, [n for n in made.names_with("mask") if "polymer" in materials[made.material(n)].classes])
    solid = [n for n in bodies if n not in melted]
    warnings += [
        *metal.warnings,
        *_remarks(hot, cold),
        *_kept_apart(solid, molten, bodies, taken, settings.peak),
        *said,
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
        "shrinkage": quantity(1 - melt.solid_volume / melt.liquid_volume, "fraction"),
        "metal_mass": quantity(melt.mass, "mass"),
        "pad_diameter": length(2 * edge.radius),
        "peak": quantity(settings.peak, "temperature"),
        "flows_above": quantity(melt.flows_above, "temperature"),
        "time_above_liquidus": quantity(time_molten, "time"),
    }
    if cold.contact_angle is not None:
        values["contact_angle"] = quantity(cold.contact_angle, "angle")
    if melt.voids is not None:
        values["void_area"] = quantity(melt.voids.area_fraction, "fraction")
        values["void_volume"] = quantity(melt.voids.volume, "volume")
    if lost:
        values["volatile_mass"] = quantity(lost, "mass")
    values |= grown
    record = {
        **reaction,
        "created": [melt.name, *reaction.get("created", ()), *residues],
        "melted": list(molten),
        "dissolved": {n: found.part for n, found in taken.items()},
        "solid": solid,
        "fused": list(melted) if len(melted) > 1 else [],
        "wetted": list(metal.metals),
        "regime": cold.regime,
        "began": "in contact with a wall" if start == "wetted" else "clear of walls",
        "could_also_stand": list(cold.others),
        "pins_at": ends,
        "flows_above": {n: b.flows_above for n, b in bodies.items()},
        "liquid_at_peak": {n: b.liquid for n, b in bodies.items()},
        "melting_by": {n: b.course.source for n, b in bodies.items()},
        "peak": settings.peak,
        "composition": melt.parts,
        "molten_volume": melt.liquid_volume,
        "molten_height": hot.apex - top,
        "liquid": {"surface_tension": melt.surface_tension, "density": melt.density},
        "masks_in_place": list(bare.names_with("mask")),
        "residues": residues,
        "body": melt.name,
    }
    return made, Measured(values, record, tuple(warnings))


def _settled(frozen: State, made: State, body: str, cold: Outline, edge: Pin, angles: Angles, liquid, start: str, hot: Outline, materials):
    """The frozen solder on the compounds that it has grown, in the shape that its own rest takes there: the state, the shape, its edge.

    What the compounds take up goes while the solder is liquid, so the rest stands as a liquid does. Where no such shape is found, the free
    surface has receded evenly, as the reaction left it.
    """
    density, before = density_at_room(frozen, body, materials), frozen.facts[body]
    taken = tin_in_compounds(made, materials) - tin_in_compounds(frozen, materials)
    taken -= sum(metal_mass(frozen, n, materials) - metal_mass(made, n, materials) for n in made.names_with("solder") if n != body)
    metal = (metal_mass(frozen, body, materials) - taken) / density
    volume = metal + frozen.bump.volume(body) * (1 - before.metal_fraction)  # voids stay
    contacts = {n: made.bump.contact(body, n) for n in touching(made.bump, body) if is_conductor(made, n, materials)}
    bare = made.operated(lambda s: s.stripped([body]))
    if bare.bump.has(body):
        return made, cold, edge
    try:
        pins = wetted_metal(bare, (body,), contacts, materials).pins
        pin = min(pins, key=lambda p: abs(p.radius - edge.radius) + abs(p.height - edge.height))
        rims = rims_of(bare.bump, bare.names_with("mask", "dielectric", "passivation"))
        shape = outline(bare.bump, volume, (pin,), rims, angles, liquid, start, hot)
        fraction = metal / volume if before.metal_fraction < 1 else 1.0
        facts = replace(made.facts[body], metal_fraction=fraction, contact_angle=shape.contact_angle, wetted_edge=(pin.radius, pin.height))
        return _solidified(bare, body, made.material(body), shape, facts), shape, pin
    except (StepError, GeometryError):
        return made, cold, edge


def _melting(bodies: dict[str, Heated], peak: float) -> tuple[str, ...]:
    """Bodies that flow at the peak; StepError when none does."""
    if not bodies:
        raise StepError("there is no solder to reflow")
    molten = tuple(n for n, body in bodies.items() if body.flows)
    if not molten:
        lowest = min(bodies.values(), key=lambda body: body.flows_above)
        share = f", {100 * lowest.liquid:.0f} % of it are liquid at the peak" if lowest.liquid > 0 else ""
        raise StepError(
            f"the peak of {celsius(peak)} does not melt {listed(bodies)}: {lowest.name} flows above {celsius(lowest.flows_above)}{share}"
        )
    return molten


def refuse_frozen(melt: Melt, bodies, peak: float) -> None:
    """StepError where liquids become together what is solid at the peak."""
    if melt.flows_above > peak + _FROZEN:
        raise StepError(
            f"{listed(bodies)} are liquid at {celsius(peak)}, but what they fuse to flows above {celsius(melt.flows_above)}: it freezes "
            "as it mixes, in no shape of a liquid; raise the peak or change an alloy"
        )


def _taken_up(state: State, molten: tuple[str, ...], bodies: dict[str, Heated], peak: float, course) -> dict[str, Dissolved]:
    """What the melt dissolves of each solid body of solder that it touches, body by body."""
    found: dict[str, Dissolved] = {}
    melt = [bodies[n] for n in molten]
    time = time_above(course, max(body.flows_above for body in melt))
    waiting = [n for n, body in bodies.items() if not body.flows]
    liquid = set(molten)
    while near := [n for n in waiting if touching(state.bump, n) & liquid]:
        for n in near:
            if state.facts[n].phase == "paste":
                raise StepError(
                    f"{n} is paste or powder that does not flow at {celsius(peak)} while {listed(sorted(liquid))} does: the melt would run "
                    "in between its grains, which is not modelled; raise the peak, or reflow it by itself before"
                )
            waiting.remove(n)
            _, low, _, high = state.bump.bounds(n)
            found[n] = dissolved(melt, bodies[n], peak, high - low, time)
            melt.append(replace(bodies[n], mass=bodies[n].mass * found[n].part))
            if found[n].part == 1.0:  # what is left of others keeps the melt from what lies behind it
                liquid.add(n)
    return found


def _against_a_wall(state: State, bodies: tuple[str, ...]) -> bool:
    """Whether solder or its paste stands against a mask's wall as it begins to melt; what is placed loose in an opening does not."""
    walls = set(state.names_with("mask"))
    return any(state.bump.contact(n, wall) > 0 for n in bodies for wall in walls & state.bump.neighbours(n))


def _angle_on(state: State, molten: tuple[str, ...], surface: str, materials) -> float:
    """Contact angle of the melt on a surface [rad]. A fused solder has none of its own; tin, its usual base, stands for it."""
    angled = [m if materials[m := state.material(n)].has(surface) else "Sn" for n in molten]
    return max(materials[m].number(surface) for m in angled)


def _remarks(hot: Outline, cold: Outline) -> list[str]:
    remarks = []
    if hot.regime != cold.regime:
        remarks.append(f"molten the solder stands '{hot.regime}', frozen and shrunk '{cold.regime}': it is at the limit between the two")
    return remarks


def _kept_apart(solid, molten, bodies: dict[str, Heated], taken: dict[str, Dissolved], peak: float) -> list[str]:
    """Why solid bodies did not become part of the melt."""
    said = []
    for n in solid:
        body = bodies[n]
        cold = f"{n} flows above {celsius(body.flows_above)}, not at {celsius(peak)}"
        if body.liquid > 0:
            cold += f" ({100 * body.liquid:.0f} % of it are liquid there and are taken as solid)"
        if n not in taken:
            said.append(f"{cold}: {listed(molten)} does not touch it and is not fused with it")
            continue
        found = taken[n]
        whole = course_of_alloy(mixed([(b.mass, b.parts) for b in (*(bodies[m] for m in molten), body)]), None, n)
        hot = f"; all of it would dissolve above {celsius(float(whole.temperature_at(FLOWS)))}"
        short = f", and diffusion needs {found.needed:.3g} s for it" if found.part < found.saturated else ""
        some = f"{100 * found.part:.0f} % of it dissolves in {listed(molten)}"
        part = some if found.part >= 0.005 else f"{listed(molten)} dissolves none of it"
        said.append(f"{cold}; {part}, which is then saturated{short}: the rest stays as a solid core and is not fused{hot}")
    return said


def _joined_neighbours(state: State, body: str, materials) -> list[str]:
    """A warning for conductors that join the bump to its neighbours; while a mask stands the seed is still needed, and etched later."""
    if state.names_with("mask"):
        return []
    section = state.bump
    joined = conductors_joined_to(state, {body}, materials)
    across = [n for n in joined if section.bounds(n)[2] >= section.width * (1 - 1e-9)]
    return [f"{listed(across)} still joins this bump to its neighbours: they are shorted"] if across else []


def celsius(temperature: float) -> str:
    return f"{temperature - 273.15:.0f} degC"


def refuse_oxide(state: State, molten: tuple[str, ...], settings) -> None:
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


def standing_on(state: State, molten: tuple[str, ...], materials) -> dict[str, float]:
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
