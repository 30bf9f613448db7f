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
DOSES = np.array([0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75])  # of the run's own dose, itself among them (our choice)
OWN_DOSE = int(np.flatnonzero(DOSES == 1.0)[0])
RATIOS = np.geomspace(1.0, 8.0, 7)  # of sensitivities (our choice)
FOCUS = np.array([-20e-6, -10e-6, 0.0, 10e-6, 20e-6])  # m about the run's own focus, itself among them (our choice)
TOLERANCE = 1e-6  # m of a diameter, within which a size counts as held (our choice)
SHELF_TOLERANCE = 0.2  # of the shelf, within which it counts as held (our choice), though no less than a cell
_PLACES = 121  # along the radius, of the image
_ABOVE_FLOOR = 0.05  # of a layer's thickness above its floor, where its foot is read, as in the step


class NoCharts(ValueError):
    """A development whose charts cannot be made, and why."""


@dataclass(frozen=True)
class LithographyCharts:
    """What the page shows, SI.

    step : id of the development;  lower, upper : the two lowest resists, "" for the upper of a single one
    way : "gap" or "focus";  settings : (m,) gaps or focus offsets [m];  doses : (n,) [J/m^2]
    own : index of the run's own setting
    sizes : {resist: (m, n) diameter of the opening halfway up [m]}, not a number where nothing opens
    feet : (m, n) diameter of the lower resist's opening just above its floor [m]
    steps : (m, n) width of the shelf between the two [m], empty of a single resist
    ratios : (k,) sensitivity of the lower over that of the upper resist [1];  shelves, law : (k,) width of the shelf computed, and
    ln(S)/(log-slope of the image) [m];  ratio, shelf : the run's own
    radii : (j,) [m];  light : {place: (j,) relative intensity before absorption [1]}
    held : {what: (low, high)} dose [J/m^2] and gap or focus [m] between which every opening halfway up, and the lowest foot, stay within
    TOLERANCE of those at the run's own settings;  held_shelf : the same of the shelf, within `shelf_within` [m]
    dose, setting, time : the run's own [J/m^2], [m], [s];  over_development : beyond the time to the floor [1];  grid : of the charts [m]
    """

    step: str
    lower: str
    upper: str
    way: str
    settings: np.ndarray
    own: int
    doses: np.ndarray
    sizes: dict[str, np.ndarray]
    feet: np.ndarray
    steps: np.ndarray
    ratios: np.ndarray
    shelves: np.ndarray
    law: np.ndarray
    ratio: float
    shelf: float
    radii: np.ndarray
    light: dict[str, np.ndarray]
    held: dict[str, tuple[float, float]]
    held_shelf: dict[str, tuple[float, float]]
    shelf_within: float
    dose: float
    setting: float
    time: float
    over_development: float
    grid: float


@dataclass(frozen=True)
class _Case:
    """What one development stands on: the state before it, the resists from the top down, the exposure, and the run's time [s]."""

    state: State
    resists: tuple[str, ...]
    exposure: object
    time: float


def computed_development(run: Run):
    """The first development of a run by rate_front and the exposures before it: (step, exposures); None where it has none."""
    found = next((i for i, step in enumerate(run.steps) if step.model == "rate_front"), None)
    if not found:
        return None
    step, state = run.steps[found], run.steps[found - 1].state
    return step, tuple({e.step: e for n in step.record["opened"] for e in state.facts[n].latent}.values())


def lithography_charts(run: Run) -> LithographyCharts | None:
    """The charts of a run's first development by rate_front; None where it has none, NoCharts where two exposures add up in it."""
    found = computed_development(run)
    if found is None:
        return None
    step, exposures = found
    if len(exposures) != 1:
        raise NoCharts(f"{len(exposures)} exposures add up in this development, and the charts vary one")
    state = run.steps[run.steps.index(step) - 1].state
    return _charts(_Case(state, tuple(exposures[0].resists), exposures[0], step.measures["time"].value), step)


def _charts(case: _Case, step) -> LithographyCharts:
    from .physics.patterning import image_of

    materials = Ledger(library())
    light, dose = case.exposure.light, case.exposure.dose
    parameters = tuple(parameters_of(case.state, n, materials, light.wavelengths) for n in case.resists)
    cut, top = cut_of(case.state, case.exposure.resists, GRID)
    floor = floor_reflectance(case.state, cut, case.resists, top, materials, light, parameters)
    mask = mask_of(case.exposure)
    way, settings, own = _settings(light)
    doses = DOSES * dose
    order = [i for i, _ in cut.path]
    depths, interface = _middles(cut), sum(thickness for _, thickness in cut.path[:-1])
    sizes = {n: np.full((len(settings), len(doses)), np.nan) for n in case.resists}
    feet, shelves = np.full((2, len(settings), len(doses)), np.nan)
    images = []
    for j, setting in enumerate(settings):
        here = replace(light, **{way: float(setting)})
        images.append(image_of(cut, parameters, mask, here, floor=floor))
        for k, varied in enumerate(doses):
            front = _front(cut, parameters, images[j], here, varied)
            for index in order:
                sizes[case.resists[index]][j, k] = 2 * front.wall(index, depths[index], case.time)
            feet[j, k] = _foot(cut, front, sizes[case.resists[order[-1]]][j, k] / 2, case.time)
            if len(order) > 1:
                shelves[j, k] = front.shelf(order[-2], order[-1], interface, case.time) + 0.0  # no -0.0
    ratios = _shelves(case, step, cut, parameters, images[own], order) if len(order) > 1 else None
    radii = np.linspace(0.0, cut.across[-1], _PLACES)
    within = max(SHELF_TOLERANCE * abs(shelves[own, OWN_DOSE]), GRID)
    held = _held([*sizes.values(), feet], doses, settings, own, way, TOLERANCE)
    held_shelf = _held([shelves], doses, settings, own, way, within) if len(order) > 1 else {}
    none = np.array([])
    return LithographyCharts(
        step=step.id, lower=case.resists[order[-1]], upper=case.resists[order[-2]] if len(order) > 1 else "", way=way,
        settings=settings if way == "gap" else light.focus - settings, own=own, doses=doses, sizes=sizes, feet=feet,
        steps=shelves if len(order) > 1 else none, ratios=RATIOS if ratios else none,
        **dict(zip(("shelves", "law", "ratio", "shelf"), ratios or (none, none, float("nan"), float("nan")), strict=True)),
        radii=radii, light=_light(cut, parameters, mask, light, radii), held=held, held_shelf=held_shelf, shelf_within=within,
        dose=dose, setting=float(settings[own]), time=case.time, grid=GRID,
        over_development=case.time / step.measures["time_to_floor"].value - 1.0,
    )  # fmt: skip


def _settings(light) -> tuple[str, np.ndarray, int]:
    """What is varied beside the dose, its values [m], and at which index the run's own stands."""
    if light.kind == "stepper":
        own = int(np.flatnonzero(FOCUS == 0.0)[0])
        return "focus", np.array([light.focus - offset for offset in FOCUS]), own
    if light.gap:
        return "gap", light.gap * np.array([0.0, 0.5, 1.0, 1.5, 2.0]), 2
    return "gap", np.array([0.0, 10e-6, 20e-6, 50e-6, 100e-6]), 0


def _foot(cut, front, wall: float, time: float) -> float:
    """Diameter of the lowest resist's opening just above the floor under its wall [m]."""
    if not np.isfinite(wall):
        return float("nan")
    index, thickness = cut.path[-1]
    column = min(int(np.searchsorted(cut.across, wall)), len(cut.floor) - 1)
    deepest = min(sum(each for _, each in cut.path), float(cut.floor[column]))
    return 2 * front.wall(index, deepest - _ABOVE_FLOOR * thickness, time)


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
    if min(inner, outer) <= 0.0 or inner == outer:
        return float("nan")  # no edge of light there, or none that falls off as a law says
    return float(abs(np.log(inner / outer)) / (2 * beside))


def _light(cut, parameters, mask, light, radii: np.ndarray) -> dict[str, np.ndarray]:
    """The image at the top, at every interface and at the floor."""
    from .physics.patterning import image_at

    depths = np.concatenate([[GRID], np.cumsum([thickness for _, thickness in cut.path])])
    rows = image_at(cut, parameters, mask, light, depths, radii)
    names = ["top", *(f"{show(d, 'length', 3)} down" for d in depths[1:-1]), f"floor, {show(depths[-1], 'length', 3)} down"]
    return dict(zip(names, rows, strict=True))


def _held(found, doses, settings, own: int, way: str, tolerance: float) -> dict[str, tuple[float, float]]:
    """Between which doses, and which gaps or focus, every size (settings, doses) stays as near to that at the run's own as is told."""
    if not all(np.isfinite(sizes[own, OWN_DOSE]) for sizes in found):
        return {}
    ascending = np.argsort(settings)
    by_dose = [_range(doses, sizes[own], sizes[own, OWN_DOSE], doses[OWN_DOSE], tolerance) for sizes in found]
    by_setting = [
        _range(settings[ascending], sizes[ascending, OWN_DOSE], sizes[own, OWN_DOSE], settings[own], tolerance) for sizes in found
    ]
    return {"dose": _common(by_dose), way: _common(by_setting)}


def _common(ranges) -> tuple[float, float]:
    return max(low for low, _ in ranges), min(high for _, high in ranges)


def _range(x: np.ndarray, y: np.ndarray, value: float, at: float, tolerance: float) -> tuple[float, float]:
    """The interval about `at` in which y stays within a tolerance of a value, cut off at the ends of x, linear between its points."""
    fine = np.unique(np.concatenate([np.linspace(x[0], x[-1], 2001), [at]]))
    off = np.full(len(fine), np.inf)
    for (a, ya), (b, yb) in pairwise(zip(x, y, strict=True)):
        inside = (fine >= a) & (fine <= b)
        if np.isfinite(ya) and np.isfinite(yb):
            off[inside] = abs(ya + (yb - ya) * (fine[inside] - a) / (b - a) - value)
    good = off <= tolerance
    here = int(np.searchsorted(fine, at))
    low = high = here
    while low > 0 and good[low - 1]:
        low -= 1
    while high < len(fine) - 1 and good[high + 1]:
        high += 1
    return float(fine[low]), float(fine[high])
