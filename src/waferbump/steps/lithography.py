"""Pattern a resist: bake, expose, develop, descum. One blurred image of stated width, each resist with its own clearing dose."""

from __future__ import annotations

from dataclasses import replace
from math import pi, tan

import numpy as np
import shapely

from ..materials import MaterialError
from ..physics.optics import blur_width, projection_blur_width
from ..state import Exposure, LogEntry, Measured, State, StepError, length, listed, quantity
from .conduction import CONDUCTORS
from .imaging import cleared, dose_at, everywhere, intensity, is_round, nowhere, shaded
from .melting import heated
from .opening import NANOMETRE
from .resist_cut import missing
from .walls import field_thickness, pattern, stairs, web_warnings

_HANGS_ON = 0.05  # a dose above its threshold by less than this part is worth a warning (our choice)
_LIT = 0.01  # part of the open-frame dose below which a place counts as dark (our choice)
_PLACES = 400  # along the radius at which is looked whether metal shades a resist
_UPRIGHT = 1.0  # slope above which a resist's surface is a wall, not its top: 45 degrees


def bake(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Heat the wafer; refuses what a polymer in place does not survive. A cure makes polymers stay."""
    refuse_heat(state, settings.temperature, materials, "bake")
    _refuse_melting(state, settings.temperature, materials)
    logged = state.logged(LogEntry(name, f"{settings.purpose} bake", settings.temperature, settings.time))
    polymers = [name for name in state.names_with("mask") if "polymer" in materials[state.material(name)].classes]
    cured = polymers if settings.purpose == "cure" else []
    logged = logged.with_facts({n: replace(state.facts[n], cured=True, hardened=True, role="dielectric") for n in cured})
    if settings.purpose == "hard":
        logged = hardened(logged, polymers)
    values = {"temperature": quantity(settings.temperature, "temperature"), "time": quantity(settings.time, "time")}
    return logged, Measured(values, {"cured": cured})


def _refuse_melting(state: State, temperature: float, materials) -> None:
    """Stop when a bake would melt solder: what flows is a reflow's business."""
    for name in state.names_with("solder"):
        material = materials[state.material(name)]
        limit = heated(state, name, temperature, materials).course.solidus
        if temperature > limit:
            raise StepError(
                f"a bake at {temperature - 273.15:.0f} degC melts {name} ({material.name}, solid up to {limit - 273.15:.0f} degC): "
                "bake before the solder comes, or use reflow"
            )


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
    round_mask = state.stack is None or (shape.radius is not None and shape.concentric_with())
    resists = [n for n in state.names_with("mask") if answers(state, n, materials)]
    if not resists:
        raise StepError("there is no photoresist to expose")
    blur, width_of = _blur(state, resists, settings, materials)
    if round_mask:
        radius = state.plan.radius_in_round_cell(settings.mask) if state.stack is None else shape.radius
        (discs, background), size = transmission_of(shape, radius), {"mask_opening": length(2 * radius)}
    else:
        discs, background, size = (), 1.0 if shape.tone == "dark" else 0.0, {"mask_area": quantity(shape.area, "area")}
    exposure = Exposure(name, settings.mask, settings.dose, discs, background, blur)
    refuse_shade(state, resists, exposure, materials)
    changes = {n: replace(state.facts[n], latent=(*state.facts[n].latent, exposure)) for n in resists}
    values = {"dose": quantity(settings.dose, "dose"), "blur": length(blur), **size}
    record = {"exposed": resists, "mask": settings.mask, "image": "one blurred image of stated width", "width": width_of}
    return state.with_facts(changes), Measured(values, record, _not_computed(state, resists, materials))


def _not_computed(state: State, resists: list[str], materials) -> tuple[str, ...]:
    """A warning where one exposure meets several resists and cannot be computed since numbers of some are not known."""
    if len(resists) < 2 or state.stack is not None:
        return ()
    return tuple(
        f"one blur stands for the image in {listed(resists)}: {n} ({state.material(n)}) has no {listed(lacking)}, without which the "
        "exposure is not computed; `waferbump calibrate` fits them to your own data"
        for n in resists
        if (lacking := missing(state, n, materials))
    )


def answers(state: State, name: str, materials) -> bool:
    material, fact = materials[state.material(name)], state.facts[name]
    return material.has("clearing_dose") and not fact.hardened and not (fact.opened_by and material.tone == "negative")


def refuse_shade(state: State, resists: list[str], exposure: Exposure, materials) -> None:
    """Stop where metal lies over the top of a resist that the light is to reach; metal beside it, in its openings, shades nothing."""
    section = state.bump
    if state.stack is not None:
        found = shaded(state, exposure, resists, lambda n: bool(CONDUCTORS & materials[state.material(n)].classes), _LIT)
        if found is not None:
            raise StepError(_shadow(*found))
        return
    r = (np.arange(_PLACES) + 0.5) * section.width / _PLACES
    lit = intensity(exposure, r) >= _LIT
    metals = [n for n in state.facts if CONDUCTORS & materials[state.material(n)].classes]
    for resist in resists:
        tops = _tops(section, resist, r)
        reached = lit & (np.abs(np.gradient(tops, r)) < _UPRIGHT)  # nowhere where there is no resist: nan is never less
        if not reached.any():
            continue
        for metal in metals:
            if section.bounds(metal)[3] <= tops[reached].min() + NANOMETRE:
                continue
            if (reached & (_tops(section, metal, r) > tops + NANOMETRE)).any():
                raise StepError(_shadow(metal, resist))


def _shadow(metal: str, resist: str) -> str:
    return f"light does not pass {metal} over {resist}: expose before it is covered, or bake it hard if it is to stay"


def _tops(section, name: str, r: np.ndarray) -> np.ndarray:
    """Height of a region's top at distances r from the axis [m]; nan where there is none of it."""
    upright = shapely.linestrings([[(x, section.floor), (x, section.ceiling)] for x in r])
    return shapely.bounds(shapely.intersection(upright, section.shape(name)))[:, 3]


def transmission_of(shape, radius: float) -> tuple[tuple[tuple[float, float], ...], float]:
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
        z0, z1 = state.levels(name)
        depth += (z1 - z0) / materials[state.material(name)].number("refractive_index")
    tool = settings.tool
    wavelength = sum(line * share for line, share in tool.lines.items())
    if tool.kind == "stepper":
        if tool.numerical_aperture is None:
            raise StepError("a stepper needs its numerical_aperture")
        return projection_blur_width(wavelength, tool.numerical_aperture, abs(tool.defocus) + depth / 2), "from lens and focus"
    gap = 0.0 if tool.kind == "contact" else tool.gap
    if settings.carrier_film:
        gap += settings.carrier_film / carrier_index(state, resists, materials)
    return blur_width(wavelength, gap, depth, tool.divergence), "from gap, resist and divergence"


def topmost(state: State, resists: list[str]) -> str:
    """The resist that the light meets first."""
    return max(resists, key=lambda n: state.levels(n)[1])


def carrier_index(state: State, resists: list[str], materials) -> float:
    """Refractive index of the carrier film on the topmost resist, which has to be a dry film."""
    top = topmost(state, resists)
    material = materials[state.material(top)]
    if not material.has("carrier_film_index"):
        raise StepError(f"carrier_film: {top} ({material.name}) comes without a carrier film; leave it out")
    return material.number("carrier_film_index")


def develop(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Open every exposed resist where its own threshold says so, as far as the developer can get in.

    Walls lean about half the height that the resists have together on the field; what fills a hole below counts for nothing.

    A positive resist keeps its doses: what is exposed again after a development adds to them.
    """
    resists = to_develop(state, settings.resists)
    if settings.time is not None:
        raise StepError("a time in the developer belongs to model: rate_front; the threshold opens what got its clearing dose")
    if light := [e.step for n in resists for e in state.facts[n].latent if e.light is not None]:
        raise StepError(f"'{light[0]}' left the light itself, not a blurred image: develop it with model: rate_front")
    section = state.bump
    middle = max(state.levels(n)[1] for n in resists) - sum(field_thickness(state, n) for n in resists) / 2
    openings, angles, thresholds, doses, thicknesses = {}, {}, {}, {}, {}
    common = sum(field_thickness(state, n) for n in resists) / len(resists)
    for name in resists:
        material = materials[state.material(name)]
        thicknesses[name] = field_thickness(state, name)
        thresholds[name] = material.number("clearing_dose", thickness=thicknesses[name])
        openings[name] = cleared(state, state.facts[name], thresholds[name], material.tone)
        doses[name] = _doses(state, name)
        angles[name] = settings.wall_angle if settings.wall_angle is not None else material.number("wall_angle")
        if everywhere(state, openings[name]):
            raise StepError(_all_gone(name, material.tone, doses[name], thresholds[name]))
    wanted = {n: o for n, o in openings.items() if not nowhere(o)}
    opened = state.operated(lambda s: s.opened({n: o for n, o in wanted.items() if s.has(n)}, at=middle, angles=angles))
    changes, record, values = {}, {}, {}
    sensitivities = {n: _sensitivity(materials[state.material(n)], common, thresholds[n]) for n in resists}
    warnings = _shut(state, wanted, middle, angles) if state.stack is not None else []
    for name in resists:
        fact, tone = state.facts[name], materials[state.material(name)].tone
        steps = [e.step for e in fact.latent]
        kept = fact.latent if tone == "positive" and not fact.hardened else ()
        changes[name] = replace(fact, latent=kept, opened_by=tuple(dict.fromkeys((*fact.opened_by, *steps))))
        if not opened.body.has(name):
            raise StepError(f"the developer took all of {name}")
        if state.stack is not None:
            values[f"opened.{name}"] = quantity(_opened_area(state, opened, name), "area")
        if not opened.bump.has(name):
            record[name] = {"kind": "gone round the bump", "radius": section.width, "threshold": thresholds[name], "exposures": steps,
                            "tone": tone, "sensitivity": sensitivities[name]}  # fmt: skip
            continue
        kind, radius = pattern(opened, name)
        record[name] = {"kind": kind, "radius": radius, "threshold": thresholds[name], "exposures": steps, "tone": tone,
                        "sensitivity": sensitivities[name]}  # fmt: skip
        if kind != "closed":
            values[f"{kind}.{name}"] = length(2 * radius)
        if not nowhere(openings[name]) and opened.amount(name) == state.amount(name):
            warnings.append(f"the developer cannot reach what the light cleared in {name}")
        warnings += _dose_warnings(name, tone, doses[name], thresholds[name], not nowhere(openings[name]))
        if kind == "opening":
            warnings += web_warnings(opened.bump, name, thicknesses[name])
    for lower, upper, below, above in stairs(opened, [n for n in resists if opened.bump.has(n)]):
        values[f"ledge.{upper}"] = length(above - below)
        record[lower]["radius_at_upper_interface"] = below
        record[upper]["radius_at_lower_interface"] = above
        if above < below - NANOMETRE:
            warnings.append(f"{lower} opened {1e6 * (below - above):.3g} um wider than {upper} above it: an undercut, not a stair")
    return opened.with_facts(changes), Measured(values, {"opened": record}, tuple(warnings))


def _sensitivity(material, thickness: float, own: float) -> float:
    """A resist's clearing dose at a thickness that all resists of a stack are compared at [J/m^2]; its own where no other is known."""
    try:
        return material.number("clearing_dose", thickness=thickness)
    except MaterialError:
        return own


def to_develop(state: State, wanted: tuple[str, ...]) -> list[str]:
    """Resists that carry an exposure which no development has seen yet: the wanted ones, by region or material, or all."""
    exposed = [n for n in state.names_with("mask") if any(e.step not in state.facts[n].opened_by for e in state.facts[n].latent)]
    fresh = [n for n in exposed if not state.facts[n].hardened]
    if hard := [n for n in exposed if n not in fresh and (not wanted or n in wanted or state.material(n) in wanted)]:
        raise StepError(f"{listed(hard)} was baked hard after the exposure: no developer dissolves it; develop before the hard bake")
    if not wanted and not fresh:
        raise StepError("nothing exposed is left to develop")
    found: list[str] = []
    for one in wanted:
        named = [one] if one in state.facts else list(state.names_of(one))
        if not named:
            raise StepError(f"nothing on the wafer is called {one} or made of it; there are {listed(state.facts)}")
        latent = [n for n in named if n in fresh]
        if not latent:
            raise StepError(f"{one} carries no exposure to develop")
        found += latent
    return list(dict.fromkeys(found)) or fresh


def _shut(state: State, openings: dict, middle: float, angles: dict[str, float]) -> list[str]:
    """Warnings of openings whose leaning walls meet before they are through."""
    said = []
    for name in openings:
        found = state.stack.closed_openings({name: openings[name]}, at=middle, angles=angles)
        if not found:
            continue
        _, depth, x, y = found[0]
        needed, degrees = depth / tan(angles[name]), angles[name] * 180 / pi
        count = "an opening" if len(found) == 1 else f"{len(found)} openings"
        said.append(
            f"{count} of {name} at x = {x * 1e6:.4g} um, y = {y * 1e6:.4g} um closes before it is through: walls at {degrees:.3g} deg "
            f"through {depth * 1e6:.3g} um need it at least {needed * 1e6:.3g} um wide halfway up"
        )
    return said


def _doses(state: State, name: str) -> np.ndarray:
    """Doses that a resist got, from the axis to the cell's edge; of a mask that is not round, the lowest and the highest."""
    facts = state.facts[name]
    if all(is_round(e) for e in facts.latent):
        return dose_at(facts, np.linspace(0.0, state.bump.width, 2001))
    return np.array([0.0, sum(e.dose for e in facts.latent)])


def _opened_area(before: State, after: State, name: str) -> float:
    """How much of a resist's plan area a development has laid open [m^2]."""
    return before.stack.plan_area(name).area - after.stack.plan_area(name).area


def _all_gone(name: str, tone: str, doses: np.ndarray, threshold: float) -> str:
    if tone == "negative":
        return (
            f"the dose that reaches {name}, {_shown(doses.max())} at most, is below the {_shown(threshold)} that cross-link it: "
            "nothing of it stays"
        )
    return (
        f"the dose that reaches {name}, {_shown(doses.min())} at least, is above the {_shown(threshold)} that clear it: "
        "nothing of it is left to mask with"
    )


def _dose_warnings(name: str, tone: str, doses: np.ndarray, threshold: float, opens: bool) -> list[str]:
    if not opens:
        why = (
            f"the largest dose that reaches it, {_shown(doses.max())}, is below the {_shown(threshold)} that clear it"
            if tone == "positive"
            else f"the smallest dose that reaches it, {_shown(doses.min())}, is above the {_shown(threshold)} that cross-link it"
        )
        return [f"nothing of {name} is cleared: {why}"]
    if tone == "positive" and (times := doses.max() / threshold) < 1 + _HANGS_ON:
        return [f"the largest dose in {name} is only {times:.2f} times its clearing dose: size and shape hang on per cents of dose"]
    return []


def _shown(dose: float) -> str:
    return f"{dose / 10:.4g} mJ/cm^2"


def descum(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Burn a thin skin off every polymer that open air touches."""
    polymers = sorted({state.material(n) for n in state.facts if "polymer" in materials[state.material(n)].classes})
    if not polymers:
        raise StepError("there is no polymer to descum")
    made = state.operated(lambda s: s.etched(dict.fromkeys(polymers, 1.0), settings.thickness))
    return made, Measured({"removed": length(settings.thickness)}, {"attacked": polymers})
