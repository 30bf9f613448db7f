"""Plate metal from the exposed seed."""

from __future__ import annotations

from collections.abc import Callable
from math import pi

import shapely

from ..geometry.section import Section
from ..geometry.stack import Stack
from ..physics.electroplating import charge_per_mass, faraday_thickness
from ..state import Facts, Measured, State, StepError, length, listed, quantity
from .by_round_cut import by_the_round_cut
from .conduction import conductors_joined_to, is_conductor
from .opening import NANOMETRE, cover_of, opening_rim, pockets, pooled

_BESIDE = 1e-12  # m; a pocket touches the seed when they share an edge, and edges are true to a hundredth of a nanometre


@by_the_round_cut
def plate(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Plate from the exposed seed, bottom-up with a flat top; beyond the mask's rim the metal mushrooms evenly.

    Only openings at whose bottom seed is bare fill. Faraday's law gives the time (or the height) at constant current, i times the seed
    area that was bare at the start.
    """
    section = state.bump
    bare = [n for n in state.facts if is_conductor(state, n, materials) and section.exposed_amount(n) > 0]
    if not bare:
        hint = cover_of(state, materials) or " (is the resist developed down to the metal?)"
        raise StepError(f"no seed is exposed: nothing can be plated{hint}")
    if any(b >= section.width * (1 - 1e-9) for n in bare for _, b in section.exposed_spans(n)):
        raise StepError("the seed is bare all over the wafer, not in openings only: the mask is missing or was stripped before plating")
    field = conductors_joined_to(state, set(bare), materials)
    if not any(section.bounds(n)[2] >= section.width * (1 - 1e-9) for n in field):
        raise StepError(f"{listed(bare)} carries no current: no conductor joins it to the wafer's edge")
    rim = opening_rim(state, materials)
    seeded = _touching(section, bare)
    if not any(pocket.bounds[0] <= NANOMETRE and seeded(pocket) for pocket in pockets(section, rim)):
        inner = min(a for n in bare for a, _ in section.exposed_spans(n))
        raise StepError(
            f"no seed is exposed in the opening at the bump's place: {listed(bare)} is bare only from {inner * 1e6:.4g} um off its centre"
        )
    area = sum(pi * (b**2 - a**2) for n in bare for a, b in section.exposed_spans(n))
    seed_top = max(section.exposed(n).bounds[3] for n in bare)
    material = materials[settings.solder]
    speed = _speed(settings, material, materials)
    until = settings.until
    if until.height is not None:
        made = _plated_to(state, name, settings.solder, seed_top + until.height, rim, seeded)
    else:
        made = _plated_volume(state, name, settings.solder, speed * until.time * area, rim, seeded)
    role = "solder" if {"solder", "mixed-solder"} & material.classes else "post"
    made = made.with_facts({name: Facts(role, name)})
    volume = made.bump.volume(name)
    top = made.bump.bounds(name)[3]
    reach = made.bump.bounds(name)[2]
    if reach >= section.width * (1 - 1e-9):
        raise StepError("the mushrooms meet those of the neighbours: plate less, or open the pitch")
    values = {
        "height": length(top - seed_top),
        "volume": quantity(volume, "volume"),
        "time": quantity(volume / (speed * area), "time"),
        "rate": quantity(speed, "speed"),
        "seed_area": quantity(area, "area"),
        "overgrowth": length(max(0.0, top - rim)),
    }
    record = {"created": [name], "method": "electroplating", "seed": bare, "mushroomed": top > rim + NANOMETRE}
    return made, Measured(values, record)


def plate_evenly(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Plate a line: an even thickness on all bare seed, up and down its steps, as long as it is thin beside its width.

    Faraday's law gives the time (or the thickness) at constant current.
    """
    masks = state.names_with("mask")
    bare = [n for n in state.regions if is_conductor(state, n, materials) and state.is_bare(n)]
    if not bare:
        hint = cover_of(state, materials) or " (is the resist developed down to it?)"
        raise StepError(f"no seed is exposed: nothing can be plated{hint}")
    if not masks:
        raise StepError("the seed is bare all over the wafer, not in openings only: the mask is missing or was stripped before plating")
    if loose := [n for n in bare if not _reaches_the_edge(state, n, materials)]:
        raise StepError(f"{listed(loose)} carries no current: no conductor joins it to the wafer's edge")
    material = materials[settings.solder]
    speed = _speed(settings, material, materials)
    until = settings.until
    thickness = until.height if until.height is not None else speed * until.time
    role = "solder" if {"solder", "mixed-solder"} & material.classes else "redistribution"

    def grown(body: Section | Stack) -> Section | Stack:
        seeds = [n for n in bare if body.has(n) and (body.exposed(n) if isinstance(body, Stack) else body.exposed_amount(n) > 0)]
        return body.grown(name, settings.solder, thickness, on=seeds) if seeds else body

    made = state.operated(grown, **{name: Facts(role, name)})
    rim = max(state.levels(n)[1] for n in masks)
    warnings = []
    if (over := made.levels(name)[1] - rim) > NANOMETRE:
        warnings.append(f"{name} stands {over * 1e6:.3g} um above the mask's top and grows over it there")
    values = {
        "thickness": length(thickness),
        "volume": quantity(made.amount(name), "volume"),
        "time": quantity(thickness / speed, "time"),
        "rate": quantity(speed, "speed"),
    }
    return made, Measured(values, {"created": [name], "method": "electroplating", "seed": bare}, tuple(warnings))


def _reaches_the_edge(state: State, name: str, materials) -> bool:
    """Whether conductors join a region to the edge of the site."""
    metals = {n for n in state.regions if is_conductor(state, n, materials)}
    if state.stack is None:
        field = conductors_joined_to(state, {name}, materials)
        return any(state.bump.bounds(n)[2] >= state.bump.width * (1 - 1e-9) for n in field)
    cells = state.stack.reached(lambda _, n: n in metals, state.stack.cells_of([name]))
    return any(state.stack.neighbours.at_the_edge[p] for p, _ in cells)


def _speed(settings, material, materials) -> float:
    """How fast the metal grows [m/s], by Faraday's law."""
    efficiency = settings.efficiency
    if efficiency is None:
        efficiency = material.number("current_efficiency", current_density=settings.current_density)
    parts = dict(material.composition)
    charge = charge_per_mass(
        parts,
        {e: materials.element(e).number("molar_mass") for e in parts},
        {e: int(materials.element(e).number("plating_electrons")) for e in parts},
    )
    return float(faraday_thickness(settings.current_density, 1.0, efficiency, material.number("density"), charge))


def _touching(section: Section, bare: list[str]) -> Callable[[shapely.Polygon], bool]:
    """Which pockets touch bare seed along an edge."""
    seed = shapely.union_all([section.exposed(n) for n in bare])
    return lambda pocket: seed.intersection(pocket.buffer(_BESIDE)).length > NANOMETRE


def _plated_to(state: State, name: str, material: str, level: float, rim: float, seeded) -> State:
    fill = min(level, rim)
    full = state.operated(lambda s: pooled(s, name, material, level=fill, keep=seeded), **{name: Facts("post", name)})
    if level - rim < NANOMETRE:
        return full
    return full.operated(lambda s: s.enlarged(name, thickness=level - rim))


def _plated_volume(state: State, name: str, material: str, volume: float, rim: float, seeded) -> State:
    full = state.operated(lambda s: pooled(s, name, material, level=rim, keep=seeded), **{name: Facts("post", name)})
    missing = volume - full.bump.volume(name)
    if missing <= 0:
        return state.operated(lambda s: pooled(s, name, material, level=rim, keep=seeded, volume=volume), **{name: Facts("post", name)})
    if missing < NANOMETRE * full.bump.exposed_amount(name):  # less than a nanometre on what is bare of it
        return full
    return full.operated(lambda s: s.enlarged(name, volume=missing))
