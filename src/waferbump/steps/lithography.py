"""Pattern a resist: bake, expose, develop, descum. One blurred image of stated width, each resist with its own clearing dose."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import pi, tan

import numpy as np
import shapely

from ..physics.optics import blur_width, projection_blur_width
from ..state import Exposure, LogEntry, Measured, State, StepError, length, listed, quantity
from .conduction import CONDUCTORS
from .imaging import cleared, dose_at, everywhere, intensity, is_round, nowhere, shaded
from .melting import heated
from .opening import NANOMETRE

_HANGS_ON = 0.05  # a dose above its threshold by less than this part is worth a warning (our choice)
_WEB = 0.1  # a web thinner than this part of its height is worth a warning (our choice)
_LIT = 0.01  # part of the open-frame dose below which a place counts as dark (our choice)
_PLACES = 400  # along the radius at which is looked whether metal shades a resist
_UPRIGHT = 1.0  # slope above which a resist's surface is a wall, not its top: 45 degrees
_NEAR = 1e-8  # m; a leaning wall moves less than this within the nanometre around an interface


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
    resists = [n for n in state.names_with("mask") if _answers(state, n, materials)]
    if not resists:
        raise StepError("there is no photoresist to expose")
    blur, width_of = _blur(state, resists, settings, materials)
    if round_mask:
        radius = state.plan.radius_in_round_cell(settings.mask) if state.stack is None else shape.radius
        (discs, background), size = _transmission(shape, radius), {"mask_opening": length(2 * radius)}
    else:
        discs, background, size = (), 1.0 if shape.tone == "dark" else 0.0, {"mask_area": quantity(shape.area, "area")}
    exposure = Exposure(name, settings.mask, settings.dose, discs, background, blur)
    _refuse_shade(state, resists, exposure, materials)
    changes = {n: replace(state.facts[n], latent=(*state.facts[n].latent, exposure)) for n in resists}
    values = {"dose": quantity(settings.dose, "dose"), "blur": length(blur), **size}
    record = {"exposed": resists, "mask": settings.mask, "image": "one blurred image of stated width", "width": width_of}
    return state.with_facts(changes), Measured(values, record)


def _answers(state: State, name: str, materials) -> bool:
    material, fact = materials[state.material(name)], state.facts[name]
    return material.has("clearing_dose") and not fact.hardened and not (fact.opened_by and material.tone == "negative")


def _refuse_shade(state: State, resists: list[str], exposure: Exposure, materials) -> None:
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
        z0, z1 = state.levels(name)
        depth += (z1 - z0) / materials[state.material(name)].number("refractive_index")
    tool = settings.tool
    if tool.kind == "stepper":
        if tool.numerical_aperture is None:
            raise StepError("a stepper needs its numerical_aperture")
        return projection_blur_width(tool.wavelength, tool.numerical_aperture, abs(tool.defocus) + depth / 2), "from lens and focus"
    gap = 0.0 if tool.kind == "contact" else tool.gap
    return blur_width(tool.wavelength, gap, depth, tool.divergence), "from gap, resist and divergence"


def develop(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Open every exposed resist where its own threshold says so, as far as the developer can get in.

    Walls lean about half the height that the resists have together on the field; what fills a hole below counts for nothing.

    A positive resist keeps its doses: what is exposed again after a development adds to them.
    """
    resists = _to_develop(state, settings.resists)
    section = state.bump
    middle = max(state.levels(n)[1] for n in resists) - sum(_field_thickness(state, n) for n in resists) / 2
    openings, angles, thresholds, doses, thicknesses = {}, {}, {}, {}, {}
    for name in resists:
        material = materials[state.material(name)]
        thicknesses[name] = _field_thickness(state, name)
        thresholds[name] = material.number("clearing_dose", thickness=thicknesses[name])
        openings[name] = cleared(state, state.facts[name], thresholds[name], material.tone)
        doses[name] = _doses(state, name)
        angles[name] = settings.wall_angle if settings.wall_angle is not None else material.number("wall_angle")
        if everywhere(state, openings[name]):
            raise StepError(_all_gone(name, material.tone, doses[name], thresholds[name]))
    wanted = {n: o for n, o in openings.items() if not nowhere(o)}
    opened = state.operated(lambda s: s.opened({n: o for n, o in wanted.items() if s.has(n)}, at=middle, angles=angles))
    changes, record, values = {}, {}, {}
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
                            "tone": tone}  # fmt: skip
            continue
        kind, radius = _pattern(opened, name)
        record[name] = {"kind": kind, "radius": radius, "threshold": thresholds[name], "exposures": steps, "tone": tone}
        if kind != "closed":
            values[f"{kind}.{name}"] = length(2 * radius)
        if not nowhere(openings[name]) and opened.amount(name) == state.amount(name):
            warnings.append(f"the developer cannot reach what the light cleared in {name}")
        warnings += _dose_warnings(name, tone, doses[name], thresholds[name], not nowhere(openings[name]))
        if kind == "opening":
            warnings += _web_warnings(opened.bump, name, thicknesses[name])
    for lower, upper, below, above in _stairs(opened, [n for n in resists if opened.bump.has(n)]):
        values[f"ledge.{upper}"] = length(above - below)
        record[lower]["radius_at_upper_interface"] = below
        record[upper]["radius_at_lower_interface"] = above
        if above < below - NANOMETRE:
            warnings.append(f"{lower} opened {1e6 * (below - above):.3g} um wider than {upper} above it: an undercut, not a stair")
    return opened.with_facts(changes), Measured(values, {"opened": record}, tuple(warnings))


def _to_develop(state: State, wanted: tuple[str, ...]) -> list[str]:
    """Resists that carry an exposure which no development has seen yet: the wanted ones, by region or material, or all."""
    fresh = [n for n in state.names_with("mask") if any(e.step not in state.facts[n].opened_by for e in state.facts[n].latent)]
    if not wanted and not fresh:
        raise StepError("nothing exposed is left to develop")
    found: list[str] = []
    for one in wanted:
        named = [one] if one in state.facts else list(state.names_of(one))
        if not named:
            raise StepError(f"nothing on the wafer is called {one} or made of it; there are {listed(state.facts)}")
        exposed = [n for n in named if n in fresh]
        if not exposed:
            raise StepError(f"{one} carries no exposure to develop")
        found += exposed
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


def _field_thickness(state: State, name: str) -> float:
    """Thickness of a resist at the cell's edge [m], in plan the commonest; where it was taken away there, its height from foot to top."""
    if state.stack is not None:
        areas: dict[float, float] = {}
        for shape, low, high in state.stack.prisms(name):
            areas[high - low] = areas.get(high - low, 0.0) + shape.area
        return max(areas, key=areas.get)
    section = state.bump
    _, z0, _, z1 = section.bounds(name)
    return section.thickness_at(section.width, name) or z1 - z0


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


def _web_warnings(section, name: str, thickness: float) -> list[str]:
    """Say where next to nothing is left between an opening and the neighbouring bump's."""
    if section.thickness_at(section.width, name) == 0:
        return []
    web = 2 * (section.width - _widest(section, name))
    if web >= _WEB * thickness:
        return []
    return [
        f"the web of {name} between neighbouring openings is {1e6 * max(web, 0.0):.3g} um at its thinnest, "
        f"less than a tenth of its {1e6 * thickness:.3g} um of thickness: it may not stand"
    ]


def _widest(section, name: str) -> float:
    """Radius of the outermost wall of a resist's openings, anywhere in its height [m]."""
    reach = [section.spans(name, section.bounds(name)[3] - NANOMETRE)[0][0]]
    edges = _straight(section.exposed(name))
    upright = np.abs(edges[:, 1, 1] - edges[:, 0, 1]) > _UPRIGHT * np.abs(edges[:, 1, 0] - edges[:, 0, 0])
    return max([*reach, *edges[upright, :, 0].ravel()])


def _straight(lines) -> np.ndarray:
    """The straight pieces of lines: (n, 2 ends, x and z) [m]."""
    runs = [shapely.get_coordinates(line) for line in shapely.get_parts(lines)]
    return np.concatenate([np.empty((0, 2, 2)), *(np.stack([run[:-1], run[1:]], axis=1) for run in runs)])


def _pattern(state: State, name: str) -> tuple[str, float]:
    """What a developed resist is round the axis and its radius halfway up its wall [m]: an opening, a dot that covers it, or closed."""
    radius = opening_radius(state, name)
    if radius > 0:
        return "opening", radius
    section = state.bump
    _, _, foot, top = section.bounds(name)
    if foot >= section.width * (1 - 1e-9):
        return "closed", 0.0
    return "dot", (foot + section.spans(name, top - 1e-9)[-1][1]) / 2


def opening_radius(state: State, name: str) -> float:
    """Radius [m] at which a mask region's wall stands at half its height, 0 when it covers the axis there."""
    section = state.bump
    _, z0, _, z1 = section.bounds(name)
    spans = section.spans(name, (z0 + z1) / 2)
    return spans[0][0] if spans else section.width


def _stairs(state: State, resists: list[str]) -> list[tuple[str, str, float, float]]:
    """Per pair of resists that lie on one another: lower, upper, and the radii of their walls at the interface [m].

    The lower wall is read a nanometre below the interface and the upper one a nanometre above, so that the lean of the walls is not in it.
    """
    section, found = state.bump, []
    for lower, upper in pairwise(sorted(resists, key=lambda n: section.bounds(n)[1])):
        edges = _straight(section.contact_lines(lower, upper))
        flat = np.abs(edges[:, 1, 1] - edges[:, 0, 1]) <= _UPRIGHT * np.abs(edges[:, 1, 0] - edges[:, 0, 0])
        if not flat.any():
            continue
        ends = edges[flat].reshape(-1, 2)
        x, z = ends[np.argmin(ends[:, 0])]
        below, above = _wall(section, lower, x, z - NANOMETRE), _wall(section, upper, x, z + NANOMETRE)
        if below > 0 and above > 0 and not _wall(section, upper, x, z - NANOMETRE):  # an upper one that lines the lower one is no stair
            found.append((lower, upper, below, above))
    return found


def _wall(section, name: str, x: float, z: float) -> float:
    """Inner radius of a region at height z where it reaches to x [m]; 0 where it covers the axis or is not there."""
    return next((a for a, b in section.spans(name, z) if a - _NEAR <= x <= b + _NEAR), 0.0)


def descum(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Burn a thin skin off every polymer that open air touches."""
    polymers = sorted({state.material(n) for n in state.facts if "polymer" in materials[state.material(n)].classes})
    if not polymers:
        raise StepError("there is no polymer to descum")
    made = state.operated(lambda s: s.etched(dict.fromkeys(polymers, 1.0), settings.thickness))
    return made, Measured({"removed": length(settings.thickness)}, {"attacked": polymers})
