"""The lithography page of a report: what dose, gap or focus, and the resists' sensitivities do to the openings that a run developed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from .bookkeeping import Ledger
from .materials import library
from .results import Run
from .state import State
from .steps.resist_cut import cut_of, floor_reflectance, mask_of, parameters_of
from .units import show

GRID = 5e-7  # m; walls within 0.2 um, half the time and memory squared of the step's own grid
DOSES = np.linspace(0.6, 1.8, 9)  # of the run's own dose (our choice)
RATIOS = np.geomspace(1.0, 8.0, 7)  # of sensitivities (our choice)
FOCUS = np.linspace(-30e-6, 30e-6, 7)  # m about the run's own focus (our choice)
TOLERANCE = 1e-6  # m of a diameter, within which a size counts as held (our choice)
_PLACES = 121  # along the radius, of the image


@dataclass(frozen=True)
class LithographyCharts:
    """What the page shows, SI.

    step : id of the development;  lower, upper : the two lowest resists, "" for the upper of a single one
    way : "gap" or "focus";  settings : (m,) gaps or focus offsets [m];  doses : (n,) [J/m^2]
    sizes : {resist: (m, n) diameter of the opening halfway up [m]}, not a number where nothing opens
    ratios : (k,) sensitivity of the lower over that of the upper resist [1];  shelves, law : (k,) width of the shelf computed, and
    ln(S)/(log-slope of the image) [m];  ratio, shelf : the run's own
    radii : (j,) [m];  light : {place: (j,) relative intensity before absorption [1]}
    held : {what: (low, high)} dose [J/m^2] and gap or focus [m] between which every opening stays within TOLERANCE of the run's own
    dose, setting, time : the run's own [J/m^2], [m], [s]
    """

    step: str
    lower: str
    upper: str
    way: str
    settings: np.ndarray
    doses: np.ndarray
    sizes: dict[str, np.ndarray]
    ratios: np.ndarray
    shelves: np.ndarray
    law: np.ndarray
    ratio: float
    shelf: float
    radii: np.ndarray
    light: dict[str, np.ndarray]
    held: dict[str, tuple[float, float]]
    dose: float
    setting: float
    time: float


@dataclass(frozen=True)
class _Case:
    """What one development stands on: the state before it, the resists from the top down, the exposure, and the run's time [s]."""

    state: State
    resists: tuple[str, ...]
    exposure: object
    time: float


def lithography_charts(run: Run) -> LithographyCharts | None:
    """The charts of a run's first development by rate_front after one exposure; None where it has none."""
    found = next((i for i, step in enumerate(run.steps) if step.model == "rate_front"), None)
    if found is None:
        return None
    step = run.steps[found]
    state = run.steps[found - 1].state
    exposures = {e.step: e for n in step.record["opened"] for e in state.facts[n].latent}
    if len(exposures) != 1:
        return None
    exposure = next(iter(exposures.values()))
    case = _Case(state, tuple(exposure.resists), exposure, step.measures["time"].value)
    return _charts(case, step)


def _charts(case: _Case, step) -> LithographyCharts:
    from .physics.patterning import image_of

    materials = Ledger(library())
    light = case.exposure.light
    parameters = tuple(parameters_of(case.state, n, materials, light.wavelengths) for n in case.resists)
    cut, top = cut_of(case.state, case.exposure.resists, GRID)
    floor = floor_reflectance(case.state, cut, case.resists, top, materials, light, parameters)
    mask = mask_of(case.exposure)
    way, settings, own = _settings(light)
    doses = DOSES * case.exposure.dose
    order = [i for i, _ in cut.path]
    depths = _middles(cut)
    sizes = {n: np.full((len(settings), len(doses)), np.nan) for n in case.resists}
    image = None
    for j, setting in enumerate(settings):
        here = replace(light, **{way: setting})
        seen = image_of(cut, parameters, mask, here, floor=floor)
        if setting == own:
            image = seen
        for k, dose in enumerate(doses):
            front = _front(cut, parameters, seen, here, dose)
            for index in order:
                sizes[case.resists[index]][j, k] = 2 * front.wall(index, depths[index], case.time)
    ratios = _shelves(case, step, cut, parameters, image, order) if len(order) > 1 else None
    radii = np.linspace(0.0, cut.across[-1], _PLACES)
    held = _held(sizes, doses, settings, case.exposure.dose, own, way)
    lower, upper = (case.resists[order[-1]], case.resists[order[-2]]) if len(order) > 1 else (case.resists[order[-1]], "")
    none = np.array([])
    s = ratios or (none, none, float("nan"), float("nan"))
    return LithographyCharts(
        step.id, lower, upper, way, settings if way == "gap" else own - settings, doses, sizes, RATIOS if ratios else none, *s,
        radii, _light(cut, parameters, mask, light, radii), held, case.exposure.dose, own, case.time,
    )  # fmt: skip


def _settings(light) -> tuple[str, np.ndarray, float]:
    """What is varied beside the dose, its values with the run's own among them, and that [m]."""
    if light.kind == "stepper":
        return "focus", light.focus - FOCUS, float(light.focus)
    own = light.gap
    return "gap", np.array([0.0, 0.5 * own, own, 1.5 * own, 2.0 * own]) if own else np.array([0.0, 10e-6, 20e-6, 50e-6, 100e-6]), own


def _front(cut, parameters, image, light, dose: float):
    from .physics.patterning import development, latent_image

    return development(cut, parameters, latent_image(cut, parameters, image, light, dose))


def _middles(cut) -> dict[int, float]:
    """Depth of every layer's middle on the field [m]."""
    found, start = {}, 0.0
    for index, thickness in cut.path:
        found[index] = start + thickness / 2
        start += thickness
    return found


def _shelves(case: _Case, step, cut, parameters, image, order) -> tuple[np.ndarray, np.ndarray, float, float] | None:
    """Shelf between the two lowest resists against the ratio of their sensitivities, and the small-step law."""
    lower, upper = order[-1], order[-2]
    doses = [step.measures.get(f"sensitivity.{case.resists[i]}") for i in (lower, upper)]
    if None in doses or image is None:
        return None
    own = doses[0].value / doses[1].value
    light, dose = case.exposure.light, case.exposure.dose
    depth = sum(thickness for _, thickness in cut.path[:-1])
    own_front = _front(cut, parameters, image, light, dose)
    through = own_front.time_to_floor(0)
    over = case.time / through if np.isfinite(through) and through > 0 else 1.0
    found = []
    for ratio in RATIOS:
        scaled = list(parameters)
        scaled[upper] = replace(parameters[upper], c=tuple(c * ratio / own for c in parameters[upper].c))
        front = _front(cut, scaled, image, light, dose)
        found.append(front.shelf(upper, lower, depth, over * front.time_to_floor(0)))
    shelf = step.measures.get(f"ledge.{case.resists[upper]}")
    slope = _log_slope(case, cut, parameters, depth)
    return np.array(found), np.log(RATIOS) / slope, own, shelf.value if shelf else float("nan")


def _log_slope(case: _Case, cut, parameters, depth: float) -> float:
    """|d ln I / dr| of the image at the mask's outermost edge, at a depth [1/m]."""
    from .physics.patterning import image_at

    radius, beside = case.exposure.discs[0][0], GRID / 2
    places = np.array([radius - beside, radius + beside])
    inner, outer = image_at(cut, parameters, mask_of(case.exposure), case.exposure.light, np.array([depth]), places)[0]
    return float(abs(np.log(inner / outer)) / (2 * beside))


def _light(cut, parameters, mask, light, radii: np.ndarray) -> dict[str, np.ndarray]:
    """The image at the top, at every interface and at the floor."""
    from .physics.patterning import image_at

    depths = np.concatenate([[GRID], np.cumsum([thickness for _, thickness in cut.path])])
    rows = image_at(cut, parameters, mask, light, depths, radii)
    names = ["top", *(f"{show(d, 'length', 3)} down" for d in depths[1:-1]), f"floor, {show(depths[-1], 'length', 3)} down"]
    return dict(zip(names, rows, strict=True))


def _held(sizes, doses, settings, dose: float, own: float, way: str) -> dict[str, tuple[float, float]]:
    """Between which doses, and which gaps or focus, every opening stays within TOLERANCE of that at the run's own."""
    j = int(np.flatnonzero(settings == own)[0])
    at_dose = {n: _interpolated(doses, rows[j], dose) for n, rows in sizes.items()}
    if not all(np.isfinite(v) for v in at_dose.values()):
        return {}
    by_dose = [_range(doses, rows[j], at_dose[n], dose) for n, rows in sizes.items()]
    across = {n: np.array([_interpolated(doses, row, dose) for row in rows]) for n, rows in sizes.items()}
    ascending = np.argsort(settings)
    by_setting = [_range(settings[ascending], across[n][ascending], at_dose[n], own) for n in sizes]
    return {"dose": _common(by_dose), way: _common(by_setting)}


def _common(ranges) -> tuple[float, float]:
    return max(low for low, _ in ranges), min(high for _, high in ranges)


def _interpolated(x: np.ndarray, y: np.ndarray, at: float) -> float:
    known = np.isfinite(y)
    if known.sum() < 2 or not x[known].min() <= at <= x[known].max():
        return float("nan")
    return float(np.interp(at, x[known], y[known]))


def _range(x: np.ndarray, y: np.ndarray, value: float, at: float) -> tuple[float, float]:
    """The interval about `at` in which y stays within TOLERANCE of a value, cut off at the ends of x, linear between its points."""
    fine = np.unique(np.concatenate([np.linspace(x[0], x[-1], 2001), [at]]))
    off = np.full(len(fine), np.inf)
    for (a, ya), (b, yb) in pairwise(zip(x, y, strict=True)):
        inside = (fine >= a) & (fine <= b)
        if np.isfinite(ya) and np.isfinite(yb):
            off[inside] = abs(ya + (yb - ya) * (fine[inside] - a) / (b - a) - value)
    good = off <= TOLERANCE
    here = int(np.searchsorted(fine, at))
    low = high = here
    while low > 0 and good[low - 1]:
        low -= 1
    while high < len(fine) - 1 and good[high + 1]:
        high += 1
    return float(fine[low]), float(fine[high])
