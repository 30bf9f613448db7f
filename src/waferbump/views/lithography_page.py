"""The lithography page of a report: openings of every resist, how far dose and gap may go, what the stair owes to what."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from markupsafe import Markup

from waferbump.lithography_charts import SHELF_TOLERANCE, TOLERANCE, LithographyCharts, computed_development, lithography_charts
from waferbump.results import Run
from waferbump.steps.rate_front import SHELF
from waferbump.steps.resist_cut import mask_of
from waferbump.units import show

from .chart import Curve, chart_svg

_UM, _MJ = 1e-6, 10.0  # m, J/m^2 in mJ/cm^2
_COLUMNS = (  # measure, and what it is called
    ("top", "at the top"),
    ("opening", "halfway up"),
    ("bottom", "at the foot"),
    ("wall_angle", "wall angle"),
    ("film_loss", "film loss"),
    ("residue", "left on the floor"),
    ("sensitivity", "sensitivity"),
    ("ledge", "shelf below it"),
)
EQUATIONS = (
    "Image behind a mask: angular spectrum (Rayleigh-Sommerfeld), every line of the lamp by itself, blurred by the source's angle: "
    "Goodman, Introduction to Fourier Optics, chapter 3.",
    "Image of a lens: partially coherent, Abbe's sum over the source: Born and Wolf, Principles of Optics, chapter 10.",
    "Absorption and bleaching: dI/dz = -I (A m + B), dm/dt = -C I m: Dill et al., IEEE Trans. Electron Devices 22 (1975) 445.",
    "Dissolution: R = Rmax (a + 1)(1 - m)^n / (a + (1 - m)^n) + Rmin: Mack, J. Electrochem. Soc. 134 (1987) 148.",
    "Developer's front: |grad t| = 1 / R, by fast marching: Sethian, Proc. Natl. Acad. Sci. 93 (1996) 1591.",
    "Small-step law: step = ln S' / |d ln I / dr|, from the two clearing doses on one edge of light.",
    "Sensitivity: the dose that clears a layer alone, at equal thickness and in the time of this development (negative: that keeps half).",
)


def lithography_section(run: Run) -> dict[str, object] | None:
    """The page of a run's first computed development, None where it has none; what fails costs the charts, and the page says why."""
    refusal = ""
    for charts_of in (lithography_charts, lambda run: None):
        try:
            found = charts_of(run)
            return None if computed_development(run) is None else lithography_page(run, found, refusal=refusal)
        except Exception as problem:  # whatever it is: a run that took hours is not lost over a chart
            refusal = refusal or f"The charts could not be made: {in_words(problem)}."
    nothing = dict.fromkeys(("pairs", "sentences", "columns", "rows", "figures", "equations"), ())
    return {"title": "development", **nothing, "refusal": refusal}


def in_words(problem: Exception) -> str:
    """What a failure says of itself, with its kind where it is none of the program's own sentences."""
    text = str(problem).rstrip(".")
    return text if isinstance(problem, ValueError) and " " in text else f"{type(problem).__name__} {text}".rstrip()


def lithography_page(run: Run, found: LithographyCharts | None, refusal: str = "") -> dict[str, object]:
    """What the page shows: {"title", "pairs", "sentences", "columns", "rows", "figures", "refusal", "equations"}."""
    step, exposures = computed_development(run)
    names = [n for n in exposures[0].resists if n in step.record["opened"]]
    columns = [(key, title) for key, title in _COLUMNS if any(f"{key}.{n}" in step.measures for n in names)]
    rows = [[n, *(_cell(step.measures.get(f"{key}.{n}")) for key, _ in columns)] for n in reversed(names)]
    return {
        "title": step.id,
        "pairs": _pairs(step, exposures),
        "sentences": [*_shelf_sentences(step, names), *(_latitude(found) if found is not None else ())],
        "columns": [_alone(step) if key == "sensitivity" else title for key, title in columns],
        "rows": rows,
        "figures": _figures(step, found) if found is not None else [],
        "refusal": refusal,
        "equations": EQUATIONS,
    }


def _cell(measure) -> str:
    return "" if measure is None else show(measure.value, measure.dimension, 4)


def _alone(step) -> str:
    time = show(step.measures["time"].value, "time", 3)
    return f"sensitivity alone, {show(step.record['sensitivity_thickness'], 'length', 3)} thick, in {time}"


def _pairs(step, exposures) -> list[tuple[str, str]]:
    """Light, mask and developer, as (name, text)."""
    rows = []
    for exposure in exposures:
        which = f" of {exposure.step}" if len(exposures) > 1 else ""
        rows += [(f"{name}{which}", text) for name, text in _exposure_pairs(exposure)]
    time, through = (step.measures[name].value for name in ("time", "time_to_floor"))
    rows.append(("time in the developer", show(time, "time", 4)))
    if 0.0 < through < np.inf:
        rows.append(("time to the floor", show(through, "time", 4)))
        over = f"{100 * (time / through - 1):.3g} %" if time >= through else "none: taken out before the floor"
        rows.append(("over-development", over))
    error = show(step.measures["grid_error"].value, "length", 2)
    rows.append(("cells", f"{show(step.record['grid'], 'length', 3)}; walls moved by {error} on cells twice as coarse"))
    return rows


def _exposure_pairs(exposure) -> list[tuple[str, str]]:
    light = exposure.light
    lines = ", ".join(f"{w * 1e9:.4g} nm {100 * s:.3g} %" for w, s in zip(light.wavelengths, light.weights, strict=True))
    rows = [("dose", show(exposure.dose, "dose", 4)), ("light", lines)]
    if light.kind == "stepper":
        side = "below" if light.focus >= 0 else "above"
        rows.append(("lens", f"NA {light.numerical_aperture:.3g}, coherence {100 * light.coherence:.3g} %"))
        rows.append(("focus", f"{show(abs(light.focus), 'length', 3)} {side} the top of the resists"))
    else:
        rows.append(("gap", show(light.gap, "length", 4) if light.gap else "none: in contact"))
        rows.append(("divergence", f"{np.degrees(light.divergence):.3g} deg to either side"))
    if light.cover is not None:
        rows.append(("carrier film", f"{show(light.cover[0], 'length', 3)}, index {light.cover[1]:.3g}"))
    return [*rows, ("mask", _mask_in_words(exposure))]


def _mask_in_words(exposure) -> str:
    """Disc, rings and what lies outside, from the axis out."""
    mask = mask_of(exposure)
    said, inner = [], 0.0
    for radius, transmission in zip(mask.radii, mask.transmissions, strict=True):
        size = f"{show(2 * inner, 'length', 4)} to {show(2 * radius, 'length', 4)}" if inner else show(2 * radius, "length", 4)
        said.append(f"{'ring' if inner else 'disc'} of {size}: {100 * transmission:.3g} %")
        inner = radius
    return f"{', '.join(said)}; outside {100 * mask.background:.3g} %"


def _shelf_sentences(step, names: list[str]) -> list[str]:
    limit = SHELF * step.measures["grid_error"].value
    least = f"{show(limit, 'length', 3)}, three times what the walls moved by on coarser cells"
    said = []
    for lower, upper in pairwise(names):
        measure = step.measures.get(f"ledge.{upper}")
        if measure is None or not np.isfinite(measure.value):
            continue
        shelf = measure.value
        if shelf < -limit:
            text = f"Between {lower} and {upper} there is an undercut: {upper} overhangs by {show(-shelf, 'length', 3)}."
        elif shelf <= limit:
            width = show(max(shelf, 0.0), "length", 3)
            text = f"Between {lower} and {upper} there is no stair: the shelf of {width} is not wider than {least}."
        else:
            text = f"The shelf between {lower} and {upper} is {show(shelf, 'length', 3)} wide: a stair, since that is more than {least}."
        said.append(text + _ratio_in_words(step, lower, upper))
    return said


def _ratio_in_words(step, lower: str, upper: str) -> str:
    doses = [step.measures.get(f"sensitivity.{n}") for n in (lower, upper)]
    if None in doses:
        return ""
    ratio = doses[0].value / doses[1].value
    if abs(ratio - 1) < 5e-3:
        return f" {lower} and {upper} are equally sensitive."
    more, less = (upper, lower) if ratio > 1 else (lower, upper)
    return f" {more} is {max(ratio, 1 / ratio):.3g} times as sensitive as {less}."


def _latitude(found: LithographyCharts) -> list[str]:
    """Between which doses, and gaps or focus, the sizes and the shelf are held."""
    said = []
    if found.held:
        what = f"every opening halfway up and the foot of {found.lower} stay within {show(TOLERANCE, 'length', 3)} of their diameters"
        said.append(f"{what} {_range_in_words(found, found.held)}")
    if found.held_shelf:
        share = f" ({100 * SHELF_TOLERANCE:.0f} %)" if found.shelf_within > found.grid else " (one cell of the charts)"
        what = f"the shelf between {found.lower} and {found.upper} stays within {show(found.shelf_within, 'length', 2)}{share} of its width"
        said.append(f"{what} {_range_in_words(found, found.held_shelf)}")
    if not said:
        return []
    text = "; ".join(said)
    time = show(found.time, "time", 4)
    return [f"{text[0].upper()}{text[1:]}. The time is held at the run's own {time}. A range that ends where the charts do may be wider."]


def _range_in_words(found: LithographyCharts, held) -> str:
    low, high = held["dose"]
    doses = (
        f"from {show(low, 'dose', 3)} to {show(high, 'dose', 3)} "
        f"({100 * (low / found.dose - 1):+.0f} % to {100 * (high / found.dose - 1):+.0f} %)"
    )
    low, high = held[found.way]
    if found.way == "gap":
        return f"{doses}, and at gaps from {show(low, 'length', 3)} to {show(high, 'length', 3)}"
    low, high = found.setting - high, found.setting - low
    return f"{doses}, and with the focus {show(low, 'length', 3)} to {show(high, 'length', 3)} above its place"


def _figures(step, found: LithographyCharts) -> list[dict[str, object]]:
    """The shelf first, which a stair is made for; then the openings from the lowest up, and the light."""
    own = step.record["grid"]
    cells = f"On cells of {show(found.grid, 'length', 3)}"
    cells += f"; this run's own on {show(own, 'length', 3)}." if abs(own - found.grid) > 1e-3 * own else ", as this run."
    held = f"in {show(found.time, 'time', 4)} of development. {cells}"
    figures = []
    if found.upper:
        what = f"Shelf between {found.lower} and {found.upper} against {_against(found)}"
        figures += _varied(found, found.steps, what, "shelf [um]", step.measures.get(f"ledge.{found.upper}"), held)
    if len(found.ratios):
        figures.append(_by_ratio(found, cells))
    for name, sizes in found.sizes.items():
        what = f"Opening of {name} halfway up against {_against(found)}"
        figures += _varied(found, sizes, what, f"opening of {name} [um]", step.measures.get(f"opening.{name}"), held)
    what = f"Foot of {found.lower}, 5 % of its thickness above the floor, against {_against(found)}"
    figures += _varied(found, found.feet, what, f"foot of {found.lower} [um]", None, held)
    what = "Light before anything absorbs it, against the distance from the axis"
    svg = chart_svg(what, "radius [um]", "relative intensity", [Curve(n, found.radii / _UM, i) for n, i in found.light.items()])
    return [*figures, {"svg": Markup(svg), "says": f"{what}: at the top of the resists and further down."}]


def _against(found: LithographyCharts) -> str:
    return "dose, for some gaps" if found.way == "gap" else "focus, for some doses"


def _varied(found: LithographyCharts, values: np.ndarray, what: str, up: str, own, held: str) -> list[dict[str, object]]:
    """The chart of something over settings and doses, none where nothing of it is known."""
    if not np.isfinite(values).any():
        return []
    if found.way == "gap":
        x, across = found.doses / _MJ, "dose [mJ/cm^2]"
        curves = [Curve(f"gap {show(s, 'length', 3)}", x, values[j] / _UM) for j, s in enumerate(found.settings)]
    else:
        order = np.argsort(found.settings)
        x, across = found.settings[order] / _UM, "focus above its place [um]"
        curves = [Curve(show(dose, "dose", 3), x, values[order, k] / _UM) for k, dose in enumerate(found.doses) if k % 2 == 0]
    mark = None
    if own is not None and np.isfinite(own.value):
        mark = (found.dose / _MJ if found.way == "gap" else 0.0, own.value / _UM, "this run")
    return [{"svg": Markup(chart_svg(what, across, up, curves, mark, from_zero=False)), "says": f"{what}, {held}"}]


def _by_ratio(found: LithographyCharts, cells: str) -> dict[str, object]:
    what = "Width of the shelf against the ratio of the resists' sensitivities"
    curves = [
        Curve("computed", found.ratios, found.shelves / _UM),
        Curve("ln S / log-slope", found.ratios, found.law / _UM, limit=True),
    ]
    mark = (found.ratio, found.shelf / _UM, "this run") if np.isfinite(found.shelf) else None
    svg = chart_svg(what, f"sensitivity of {found.upper} over that of {found.lower}", "shelf [um]", curves, mark)
    says = f"{what}, each developed as far beyond its floor as this run; dashed the law for small steps. {cells}"
    return {"svg": Markup(svg), "says": says}
