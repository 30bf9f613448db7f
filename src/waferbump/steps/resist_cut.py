"""Resists as the exposure models see them: the round cut in cells, every resist's parameters, the mask, and what lies under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import shapely

from ..materials import MaterialError
from ..physics.light import Light
from ..state import Exposure, State, StepError, listed

ALWAYS = ("refractive_index", "dill_a", "dill_b", "dill_c")
LAWS = {  # what each rate law needs
    "mack": ("development_rate_max", "development_rate_min", "development_threshold", "development_contrast"),
    "enhanced": ("development_rate_max", "development_rate_min", "development_rate_resin", "development_contrast",
                 "development_inhibition_power"),
    "notch": ("development_rate_max", "development_rate_min", "development_contrast", "notch_threshold", "notch_contrast"),
}  # fmt: skip
_BELOW = 2  # rows of cells under the lowest resist, into which an outline may run on before it is cut with the resist's own


def cut_of(state: State, resists: Mapping[str, object], spacing: float):
    """Resists as an exposure met them in cells: the physics' ResistCut, layers numbered as `resists`, and the height of its top [m].

    resists : by name their shapes then, polygons over radius and height [m]

    Rows are divided so that tops and feet of the resists on the field lie between rows.
    """
    from ..physics.patterning import ResistCut

    section = state.bump
    top = max(shape.bounds[3] for shape in resists.values())
    levels, path = {top, min(shape.bounds[1] for shape in resists.values())}, []
    for index, shape in enumerate(resists.values()):
        for low, high in _field_spans(section, shape):
            levels |= {low, high}
            path.append((high, index, high - low))
    heights = sorted(levels, reverse=True)
    steps = []
    for high, low in pairwise(heights):
        if high - low < 1e-9:
            continue
        count = max(1, int(np.ceil((high - low) / spacing - 1e-6)))
        steps.append(np.full(count, (high - low) / count))
    steps.append(np.full(_BELOW, spacing))
    depth = np.concatenate([[0.0], np.cumsum(np.concatenate(steps))])
    across = np.linspace(0.0, section.width, max(8, int(np.ceil(section.width / spacing - 1e-6))) + 1)
    layer = _layers(depth, across, top, {-1: section.shape("air"), **dict(enumerate(resists.values()))})
    path = tuple((index, thickness) for _, index, thickness in sorted(path, reverse=True))
    return ResistCut(depth, across, layer, path or ((0, top - heights[-1]),)), top


def as_it_stands(state: State, cut, resists: Sequence[str], top: float):
    """The same cells with what of the resists stands there now; what is gone since the exposure is open, or holds something solid."""
    section = state.bump
    shapes = {-1: section.shape("air"), **{i: section.shape(n) for i, n in enumerate(resists) if section.has(n)}}
    return replace(cut, layer=_layers(cut.depth, cut.across, top, shapes))


def _layers(depth: np.ndarray, across: np.ndarray, top: float, shapes: Mapping[int, object]) -> np.ndarray:
    """What the middle of every cell lies in; later shapes count before earlier ones."""
    from ..physics.patterning import SOLID

    x, z = np.meshgrid((across[1:] + across[:-1]) / 2, top - (depth[1:] + depth[:-1]) / 2)
    layer = np.full(x.shape, SOLID)
    for value, shape in shapes.items():
        shapely.prepare(shape)
        layer[shapely.contains_xy(shape, x, z)] = value
    return layer


def _field_spans(section, shape) -> list[tuple[float, float]]:
    """Foot and top of a shape at the cell's edge [m]."""
    x = section.width * (1 - 1e-9)
    found = shapely.get_parts(shapely.intersection(shape, shapely.LineString([(x, section.floor), (x, section.ceiling)])))
    return [(line.bounds[1], line.bounds[3]) for line in found if line.bounds[3] > line.bounds[1]]


def missing(state: State, name: str, materials) -> list[str]:
    """Numbers that the exposure models need of a resist and that neither the library nor the recipe has."""
    material, stated = materials[state.material(name)], state.facts[name].parameters
    return [p for p in (*ALWAYS, *LAWS[law_of(material)]) if p not in stated and not material.has(p)]


def refuse_missing(state: State, names: Sequence[str], materials) -> None:
    """StepError for resists whose parameters the exposure models cannot do without."""
    for name in names:
        lacking = missing(state, name, materials)
        if lacking:
            raise StepError(
                f"{name} ({state.material(name)}) has no {listed(lacking)}: nobody publishes them for it, or nobody was found to; fit "
                "them to your own dose-to-clear, wall angle or opening data with `waferbump calibrate` and state them under parameters "
                "of the step that brings the resist, or take model: blurred_image for the exposure"
            )


def law_of(material) -> str:
    """By which law a resist dissolves."""
    return material.answer("development_model") or "mack"


def parameters_of(state: State, name: str, materials, wavelengths: Sequence[float]):
    """Everything that exposure and development need of a resist in a state, as the physics' ResistParameters."""
    low, high = state.bump.bounds(name)[1::2]
    material = materials[state.material(name)]
    try:
        usual = resist_parameters(material, state.facts[name].parameters, wavelengths, high - low)
        times = _times_the_usual_bake(state, name, material)
    except MaterialError as problem:
        raise StepError(
            f"{problem}; state it under parameters of the step that brings {name}, or take model: blurred_image for the exposure"
        ) from problem
    return replace(usual, amplification=times * usual.amplification, diffusion_length=times**0.5 * usual.diffusion_length)


def _times_the_usual_bake(state: State, name: str, material) -> float:
    """What the bakes since a resist's first exposure did, in usual bakes; one where there was none yet, or nothing is known of them."""
    from ..physics.resist import arrhenius

    if not material.has("bake_time") or not state.facts[name].latent:
        return 1.0
    bakes = bakes_since(state, name)
    if not bakes:
        return 1.0
    temperature, time, energy = (material.number(prop) for prop in ("bake_temperature", "bake_time", "bake_activation_energy"))
    return float(sum(arrhenius(bake.duration / time, energy, bake.temperature, temperature) for bake in bakes))


def bakes_since(state: State, name: str) -> list:
    """Bakes after the first exposure of a resist, as the log has them."""
    first = min(e.logged for e in state.facts[name].latent)
    return [entry for entry in state.log[first:] if entry.event == "post-exposure bake"]


def resist_parameters(material, stated: Mapping[str, float], wavelengths: Sequence[float], thickness: float):
    """A resist's numbers for the physics: stated ones, and the library's where none is stated.

    MaterialError where a number is neither stated nor known at a wavelength and this thickness [m].
    """
    from ..physics.resist import EnhancedMackRate, MackRate, NotchRate, ResistParameters

    def number(prop: str, default: float | None = None, **conditions: float) -> float:
        if prop in stated:
            return stated[prop]
        if default is not None and not material.has(prop):
            return default
        return material.number(prop, **conditions)

    def by_line(prop: str) -> tuple[float, ...]:
        return tuple(number(prop, wavelength=w, thickness=thickness) for w in wavelengths)

    law, tone = law_of(material), material.tone
    kinds = {"mack": MackRate, "enhanced": EnhancedMackRate, "notch": NotchRate}
    return ResistParameters(
        tone=tone,
        chemistry=material.answer("chemistry") or ("inhibitor" if tone == "positive" else "crosslinking"),
        refractive_index=by_line("refractive_index"),
        a=by_line("dill_a"),
        b=by_line("dill_b"),
        c=by_line("dill_c"),
        rate=kinds[law](*(number(prop) for prop in LAWS[law])),
        diffusion_length=number("diffusion_length", 0.0),
        amplification=number("amplification", 0.0),
        amplification_order=number("amplification_order", 1.0),
        inhibition_dose=number("inhibition_dose", 0.0),
        surface_ratio=number("surface_rate_ratio", 1.0),
        surface_depth=number("surface_inhibition_depth", 0.0),
    )


def light_of(tool, thickness: float, cover: tuple[float, float] | None = None) -> Light:
    """What a recipe's tool shines on resists of a thickness [m], through a carrier film of thickness [m] and index where one was left."""
    wavelengths, shares = zip(*tool.lines.items(), strict=True)
    weights = tuple(share / sum(shares) for share in shares)
    if tool.kind == "stepper":
        lens = {"numerical_aperture": tool.numerical_aperture, "coherence": tool.coherence, "focus": thickness / 2 - tool.defocus}
        return Light("stepper", wavelengths, weights, cover=cover, **lens)
    return Light("aligner", wavelengths, weights, gap=tool.gap, divergence=tool.divergence, cover=cover)


def mask_of(exposure: Exposure):
    """The mask of a round exposure as the optics take it."""
    from ..physics.optics import RoundMask

    levels, inside = [], exposure.background
    for radius, change in exposure.discs:  # from the outside in
        inside += change
        levels.append((radius, inside))
    radii, transmissions = zip(*reversed(levels), strict=True)
    return RoundMask(radii, tuple(min(max(t, 0.0), 1.0) for t in transmissions), exposure.background)


def floor_reflectance(state: State, cut, resists: Sequence[str], top: float, materials, light, parameters) -> np.ndarray:
    """Share of every line that the first solid under the resists throws back at normal incidence, (lines, columns) [1].

    A solid whose optical constants the library does not have throws nothing back; `unknown_floors` names it.
    """
    from ..physics.optics import reflectance

    found = np.zeros((len(light.wavelengths), cut.layer.shape[1]))
    for name, columns in _floors(state, cut, top, resists).items():
        material = materials[state.material(name)]
        if not _reflects(material):
            continue
        above = cut.layer[np.maximum((cut.layer == _solid()).argmax(axis=0) - 1, 0), np.arange(cut.layer.shape[1])]
        for i, wavelength in enumerate(light.wavelengths):
            index = np.array([parameters[k].refractive_index[i] if k >= 0 else 1.0 for k in above])
            solid = [material.number(prop, wavelength=wavelength) for prop in ("optical_index", "extinction_coefficient")]
            found[i, columns] = reflectance(index[columns], *solid)
    return found


def unknown_floors(state: State, cut, resists: Sequence[str], top: float, materials) -> list[str]:
    """Materials under the resists whose optical constants the library does not have."""
    return sorted({state.material(n) for n in _floors(state, cut, top, resists) if not _reflects(materials[state.material(n)])})


def _reflects(material) -> bool:
    return material.has("optical_index") and material.has("extinction_coefficient")


def _solid() -> int:
    from ..physics.patterning import SOLID

    return SOLID


def _floors(state: State, cut, top: float, resists: Sequence[str]) -> Mapping[str, np.ndarray]:
    """The regions on which columns of resist end, and which columns."""
    section = state.bump
    middles = cut.middles[1]
    names = np.full(len(middles), "", dtype=object)
    tops = np.full(len(middles), -np.inf)
    # a cell counts as solid by its middle: the solid's true top lies up to half a cell beside the floor of the cells
    highest = top - cut.floor + cut.rows.max()
    upright = shapely.linestrings([[(x, section.floor), (x, z)] for x, z in zip(middles, highest, strict=True)])
    for name in state.facts:
        if name in resists or not section.has(name):
            continue
        here = np.nan_to_num(shapely.bounds(shapely.intersection(section.shape(name), upright))[:, 3], nan=-np.inf)
        higher = here > tops
        names[higher], tops[higher] = name, here[higher]
    return {name: np.flatnonzero(names == name) for name in dict.fromkeys(names) if name}
