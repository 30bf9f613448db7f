"""Pattern a resist: bake, expose, develop, descum. One blurred image of stated width, each resist with its own clearing dose."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np

from ..physics.optics import blur_width, blurred_disc, projection_blur_width
from ..physics.resist import cleared_intervals
from ..state import Exposure, Facts, LogEntry, Measured, State, StepError, length, quantity


def bake(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Heat the wafer; refuses what a polymer in place does not survive. A cure makes polymers stay."""
    refuse_heat(state, settings.temperature, materials, "bake")
    logged = state.logged(LogEntry(name, f"{settings.purpose} bake", settings.temperature, settings.time))
    polymers = [name for name in state.names_with("mask") if "polymer" in materials[state.material(name)].classes]
    cured = polymers if settings.purpose == "cure" else []
    logged = logged.with_facts({n: replace(state.facts[n], cured=True, hardened=True, role="dielectric") for n in cured})
    if settings.purpose == "hard":
        logged = hardened(logged, polymers)
    values = {"temperature": quantity(settings.temperature, "temperature"), "time": quantity(settings.time, "time")}
    return logged, Measured(values, {"cured": cured})


def hardened(state: State, polymers: list[str]) -> State:
    """These polymers no longer answer to light and developer."""
    return state.with_facts({n: replace(state.facts[n], hardened=True) for n in polymers})


def refuse_heat(state: State, temperature: float, materials, what: str) -> list[str]:
    """Stop when a polymer in place does not survive a temperature; return warnings about those that soften."""
    warnings = []
    for name in state.facts:
        material = materials[state.material(name)]
        if "polymer" not in material.classes or not material.has("maximum_temperature"):
            continue
        limit = material.number("maximum_temperature")
        if temperature > limit:
            raise StepError(
                f"{what} at {temperature - 273.15:.0f} degC is above what {name} ({material.name}) in place survives: "
                f"{limit - 273.15:.0f} degC; strip it first or choose a resist that stands the heat"
            )
        if material.has("softening_temperature") and temperature > (soft := material.number("softening_temperature")):
            warnings.append(f"{name} ({material.name}) softens above {soft - 273.15:.0f} degC: its walls may flow, which is not modelled")
    return warnings


def expose(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Leave one blurred image in every photoresist that still answers to light.

    A positive resist that is patterned already answers again unless it was baked hard; a negative one has cross-linked where it stands.
    """
    shape = state.plan.masks[settings.mask]
    radius = state.plan.radius_in_round_cell(settings.mask)
    resists = [n for n in state.names_with("mask") if _answers(state, n, materials)]
    if not resists:
        raise StepError("there is no photoresist to expose")
    blur, width_of = _blur(state, resists, settings, materials)
    discs, background = _transmission(shape, radius)
    exposure = Exposure(name, settings.mask, settings.dose, discs, background, blur)
    changes = {n: replace(state.facts[n], latent=(*state.facts[n].latent, exposure)) for n in resists}
    values = {"dose": quantity(settings.dose, "dose"), "blur": length(blur), "mask_opening": length(2 * radius)}
    record = {"exposed": resists, "mask": settings.mask, "image": "one blurred image of stated width", "width": width_of}
    return state.with_facts(changes), Measured(values, record)


def _answers(state: State, name: str, materials) -> bool:
    material, fact = materials[state.material(name)], state.facts[name]
    return material.has("clearing_dose") and not fact.hardened and not (fact.opened_by and material.tone == "negative")


def _transmission(shape, radius: float) -> tuple[tuple[tuple[float, float], ...], float]:
    """A mask as a sum of discs over a background: each disc's radius [m] and the change of transmission inside it, outermost first."""
    levels = [(radius, 0.0 if shape.tone == "dark" else 1.0), *((ring.radius, ring.transmission) for ring in shape.rings)]
    background = outside = 1.0 if shape.tone == "dark" else 0.0
    discs = []
    for disc, transmission in reversed(levels):
        discs.append((disc, transmission - outside))
        outside = transmission
    return tuple(discs), background


def _blur(state: State, resists: list[str], settings, materials) -> tuple[float, str]:
    if settings.blur is not None:
        return settings.blur, "stated in the recipe"
    depth = 0.0
    for name in resists:
        _, z0, _, z1 = state.bump.bounds(name)
        depth += (z1 - z0) / materials[state.material(name)].number("refractive_index")
    tool = settings.tool
    if tool.kind == "stepper":
        if tool.numerical_aperture is None:
            raise StepError("a stepper needs its numerical_aperture")
        return projection_blur_width(tool.wavelength, tool.numerical_aperture, abs(tool.defocus) + depth / 2), "from lens and focus"
    gap = 0.0 if tool.kind == "contact" else tool.gap
    return blur_width(tool.wavelength, gap, depth, tool.divergence), "from gap, resist and divergence"


def develop(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Open every exposed resist where its own threshold says so, as far as the developer can get in."""
    resists = list(settings.resists) if settings.resists else [n for n in state.names_with("mask") if state.facts[n].latent]
    for name in resists:
        if name not in state.facts or not state.facts[name].latent:
            raise StepError(f"{name} carries no exposure to develop")
    if not resists:
        raise StepError("nothing exposed is left to develop")
    section = state.bump
    middle = (min(section.bounds(n)[1] for n in resists) + max(section.bounds(n)[3] for n in resists)) / 2
    openings, angles, thresholds = {}, {}, {}
    for name in resists:
        material = materials[state.material(name)]
        thresholds[name] = material.number("clearing_dose")
        dose = partial(dose_at, state.facts[name])
        openings[name] = cleared_intervals(dose, thresholds[name], material.tone, section.width)
        angles[name] = settings.wall_angle if settings.wall_angle is not None else material.number("wall_angle")
        if all(b >= section.width and a <= 0 for a, b in openings[name]) and openings[name]:
            raise StepError(f"the dose clears all of {name}: nothing of it is left to mask with")
    opened = state.operated(lambda s: s.opened({n: o for n, o in openings.items() if o}, at=middle, angles=angles))
    changes, record, values, warnings = {}, {}, {}, []
    for name in resists:
        exposures = state.facts[name].latent
        changes[name] = replace(state.facts[name], latent=(), opened_by=(*state.facts[name].opened_by, *(e.step for e in exposures)))
        if not opened.bump.has(name):
            raise StepError(f"the developer took all of {name}")
        kind, radius = _pattern(opened, name)
        record[name] = {
            "kind": kind,
            "radius": radius,
            "threshold": thresholds[name],
            "exposures": [e.step for e in exposures],
            "tone": materials[state.material(name)].tone,
        }
        if kind != "closed":
            values[f"{kind}.{name}"] = length(2 * radius)
        if openings[name] and opened.bump.amount(name) == section.amount(name):
            warnings.append(f"the developer cannot reach what the light cleared in {name}")
        if not openings[name]:
            warnings.append(f"nothing of {name} is cleared: the dose stays on the wrong side of its {thresholds[name] / 10:.3g} mJ/cm^2")
    warnings += _undercuts(opened, resists)
    return opened.with_facts(changes), Measured(values, {"opened": record}, tuple(warnings))


def dose_at(facts: Facts, r: np.ndarray) -> np.ndarray:
    """Sum of the doses that all exposures left at distance r from the axis [J/m^2]."""
    total = np.zeros_like(np.asarray(r, float))
    for e in facts.latent:
        intensity = e.background + sum(change * blurred_disc(radius, r, e.blur) for radius, change in e.discs)
        total = total + e.dose * intensity
    return total


def _pattern(state: State, name: str) -> tuple[str, float]:
    """What a developed resist is round the axis and its radius at half height [m]: an opening, a dot that covers it, or closed."""
    radius = opening_radius(state, name)
    if radius > 0:
        return "opening", radius
    section = state.bump
    _, z0, _, z1 = section.bounds(name)
    outer = section.spans(name, (z0 + z1) / 2)[0][1]
    return ("closed", 0.0) if outer >= section.width * (1 - 1e-9) else ("dot", outer)


def opening_radius(state: State, name: str) -> float:
    """Radius [m] at which a mask region's wall stands at half its height, 0 when it covers the axis there."""
    section = state.bump
    _, z0, _, z1 = section.bounds(name)
    spans = section.spans(name, (z0 + z1) / 2)
    return spans[0][0] if spans else section.width


def _undercuts(state: State, resists: list[str]) -> list[str]:
    """Say where a lower resist opened wider than the one above it: a stair upside down."""
    found = []
    ordered = sorted(resists, key=lambda n: state.bump.bounds(n)[1])
    for lower, upper in pairwise(ordered):
        low, high = opening_radius(state, lower), opening_radius(state, upper)
        if high < low:
            found.append(f"{lower} opened {2e6 * (low - high):.3g} um wider than {upper} above it: an undercut, not a stair")
    return found


def descum(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Burn a thin skin off every polymer that open air touches."""
    polymers = sorted({state.material(n) for n in state.facts if "polymer" in materials[state.material(n)].classes})
    if not polymers:
        raise StepError("there is no polymer to descum")
    made = state.operated(lambda s: s.etched(dict.fromkeys(polymers, 1.0), settings.thickness))
    return made, Measured({"removed": length(settings.thickness)}, {"attacked": polymers})
