"""Expose resists to the image that diffraction makes of a mask: model `scalar_diffraction`. The light is kept and developed from."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import pi, sqrt
from types import MappingProxyType

import numpy as np

from ..physics.light import Light
from ..state import Exposure, Measured, State, StepError, length, listed, quantity
from .lithography import answers, carrier_index, refuse_shade, topmost, transmission_of
from .resist_cut import cut_of, light_of, mask_of, missing, parameters_of, refuse_missing

WIDEST = 0.3  # NA; scalar waves are ample to 0.2, where 1X and 2X steppers end (research), and an image of a larger one takes minutes
STEEPEST = pi / 12  # of the source's half angle: its tangent, sine and angle agree within 4 %
_RESOLVED = 1.5  # times sqrt(wavelength (gap + half the depth)): what a mask at a gap resolves (usual rule, assumed)
_RESOLVED_BY_LENS = 0.6  # times wavelength / NA (usual rule, assumed)
_DIP = 0.8  # of the open field's light; less of it in the middle of an opening is worth a warning (our choice)
_COARSE = 1e-6  # m; cells on which the image is read for measures and warnings
_BESIDE = 2.5e-7  # m; on either side of a mask's edge, where the image's slope is read


def suits(state: State, settings, materials) -> bool:
    """Whether an exposure is one for this model by itself: several resists at once, none patterned yet, a round cell, everything known."""
    resists = [n for n in state.names_with("mask") if answers(state, n, materials)]
    if len(resists) < 2 or state.stack is not None or settings.blur is not None or settings.mask not in state.plan.masks:
        return False
    return not any(state.facts[n].opened_by or missing(state, n, materials) for n in resists)


def expose(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Let light fall on every photoresist at once; what it does to them is worked out when they are developed."""
    if state.stack is not None:
        raise StepError("model scalar_diffraction knows round cells; with views, take model: blurred_image")
    if settings.blur is not None:
        raise StepError("a stated blur belongs to model: blurred_image; in scalar_diffraction the image's blur follows from the tool")
    resists = [n for n in state.names_with("mask") if answers(state, n, materials)]
    if not resists:
        raise StepError("there is no photoresist to expose")
    if again := [n for n in resists if state.facts[n].opened_by]:
        raise StepError(
            f"{listed(again)} is patterned and answers to light again, which model scalar_diffraction does not follow: bake it hard "
            "before, or take model: blurred_image"
        )
    refuse_missing(state, resists, materials)
    _refuse_beyond(settings.tool)
    shape = state.plan.masks[settings.mask]
    radius = state.plan.radius_in_round_cell(settings.mask)
    discs, background = transmission_of(shape, radius)
    tops, feet = zip(*(state.levels(n)[::-1] for n in resists), strict=True)
    light = light_of(settings.tool, max(tops) - min(feet), _cover(state, settings, resists, materials))
    seen = MappingProxyType({n: state.bump.shape(n) for n in resists})
    exposure = Exposure(name, settings.mask, settings.dose, discs, background, 0.0, light, seen, len(state.log))
    refuse_shade(state, resists, exposure, materials)
    changes = {n: replace(state.facts[n], latent=(*state.facts[n].latent, exposure)) for n in resists}
    try:
        values, warnings = _image_seen(state, resists, exposure, materials)
    except ValueError as problem:  # what the physics refuses, it refuses in a sentence
        raise problem if isinstance(problem, StepError) else StepError(str(problem)) from problem
    values = {"dose": quantity(settings.dose, "dose"), "mask_opening": length(2 * radius), **values}
    record = {"exposed": resists, "mask": settings.mask, "image": "scalar diffraction", "light": _plain(light)}
    return state.with_facts(changes), Measured(values, record, tuple(warnings))


def _refuse_beyond(tool) -> None:
    """StepError for tools to which scalar waves and small angles do not apply."""
    if tool.kind == "stepper" and tool.numerical_aperture > WIDEST:
        raise StepError(
            f"model scalar_diffraction holds for lenses up to NA {WIDEST:g}, not {tool.numerical_aperture:g}: beyond it light is not scalar"
        )
    if tool.kind != "stepper" and tool.divergence > STEEPEST:
        raise StepError(f"model scalar_diffraction holds for a divergence up to 15 deg, not {tool.divergence * 180 / pi:.3g} deg")


def _plain(light: Light) -> dict[str, object]:
    """What a record says of the light."""
    return {key: value for key, value in vars(light).items() if value is not None}


def _cover(state: State, settings, resists: list[str], materials) -> tuple[float, float] | None:
    """Thickness and index of the carrier film left on the topmost dry film."""
    if settings.carrier_film == 0.0:
        return None
    material = materials[state.material(topmost(state, resists))]
    if settings.carrier_film is not None:
        return settings.carrier_film, carrier_index(state, resists, materials)
    if not material.has("carrier_film_thickness"):
        return None
    return material.number("carrier_film_thickness"), material.number("carrier_film_index")


def resolution(light: Light, depth: float) -> float:
    """Smallest detail of a mask that comes through [m], by the usual rules; `depth` [m] is the optical thickness of all resists."""
    wavelength = max(light.wavelengths)
    if light.kind == "stepper":
        return _RESOLVED_BY_LENS * wavelength / light.numerical_aperture
    cover = light.cover[0] / light.cover[1] if light.cover else 0.0
    return _RESOLVED * sqrt(wavelength * (light.gap + cover + depth / 2))


def _image_seen(state: State, resists: list[str], exposure: Exposure, materials) -> tuple[dict, list[str]]:
    """The image's slope at the mask's edge in every resist, and warnings of what it cannot draw."""
    from ..physics.patterning import image_at

    light, radius = exposure.light, exposure.discs[0][0]
    parameters = [parameters_of(state, n, materials, light.wavelengths) for n in resists]
    cut, _ = cut_of(state, exposure.resists, _COARSE)
    optical = sum(thickness / min(parameters[i].refractive_index) for i, thickness in cut.path)
    places = np.array([radius - _BESIDE, radius + _BESIDE])
    middles = np.cumsum([t for _, t in cut.path]) - np.array([t for _, t in cut.path]) / 2
    edge = image_at(cut, parameters, mask_of(exposure), light, middles, places)
    values = {}
    for (index, _), (inner, outer) in zip(cut.path, edge, strict=True):
        slope = abs(np.log(max(inner, 1e-12) / max(outer, 1e-12))) / (2 * _BESIDE)
        values[f"log_slope.{resists[index]}"] = quantity(slope, "absorption")
    return values, [*_too_fine(exposure, resolution(light, optical)), *_dips(cut, parameters, exposure, resolution(light, optical))]


def _too_fine(exposure: Exposure, smallest: float) -> list[str]:
    """A warning of details of the mask that are finer than what comes through."""
    radii = sorted({0.0, *(r for r, _ in exposure.discs)})
    widths = [b - a if a > 0 else 2 * b for a, b in pairwise(radii)]
    if min(widths) >= smallest:
        return []
    return [
        f"mask {exposure.mask} has a detail of {min(widths) * 1e6:.3g} um, finer than the {smallest * 1e6:.3g} um that this exposure "
        "resolves: it comes out washed out"
    ]


def _dips(cut, parameters, exposure: Exposure, smallest: float) -> list[str]:
    """A warning where fringes leave the middle of what is to be lit darker than the open field."""
    from ..physics.patterning import image_at

    inside = exposure.background + sum(change for _, change in exposure.discs)
    radius = min(r for r, _ in exposure.discs) - smallest
    if inside < 1.0 or radius <= 0:
        return []
    depth = cut.floor.min()
    places = np.linspace(0.0, radius, max(4, int(radius / _COARSE * 2)))
    light = image_at(cut, parameters, mask_of(exposure), exposure.light, np.array([depth]), places)[0]
    if light.min() >= _DIP:
        return []
    return [
        f"fringes leave the middle of the opening at {100 * light.min():.0f} % of the open field's light (at the floor, "
        f"{places[light.argmin()] * 1e6:.3g} um from the axis): low doses leave islands; more divergence or a mixed spectrum evens it out"
    ]
