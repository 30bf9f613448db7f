"""The lithography page of a report: openings of every resist, how far dose and gap may go, what the stair owes to what."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from waferbump.lithography_charts import TOLERANCE, LithographyCharts
from waferbump.results import Run
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


def lithography_page(run: Run, found: LithographyCharts) -> dict[str, object]:
    """What the page shows: {"title", "sentences", "columns", "rows", "figures", "equations"}."""
    step = next(s for s in run.steps if s.id == found.step)
    names = list(found.sizes)
    columns = [(key, title) for key, title in _COLUMNS if any(f"{key}.{n}" in step.measures for n in names)]
    rows = [[n, *(_cell(step.measures.get(f"{key}.{n}")) for key, _ in columns)] for n in reversed(names)]
    return {
        "title": found.step,
        "sentences": _sentences(step, found),
        "columns": [title for _, title in columns],
        "rows": rows,
        "figures": _figures(found),
        "equations": EQUATIONS,
    }


def _cell(measure) -> str:
    return "" if measure is None else show(measure.value, measure.dimension, 4)


def _sentences(step, found: LithographyCharts) -> list[str]:
    error = step.measures["grid_error"].value
    said = [
        f"{show(found.dose, 'dose', 4)} through {'a gap of ' + show(found.setting, 'length', 4) if found.way == 'gap' else 'a lens'}, "
        f"{show(found.time, 'time', 4)} in the developer. Walls moved by {show(error, 'length', 2)} when the grid was made twice as coarse."
    ]
    if found.upper and np.isfinite(found.shelf):
        is_stair = found.shelf > 3 * error
        what = "a stair, since it is wider than three times that" if is_stair else "no stair, since that takes more than three times that"
        said.append(
            f"Shelf between {found.lower} and {found.upper}: {show(found.shelf, 'length', 3)}, {what}. "
            f"{found.lower} needs {found.ratio:.3g} times the dose of {found.upper}."
        )
    if found.held:
        size = show(TOLERANCE, "length", 3)
        low, high = found.held["dose"]
        said.append(
            f"Every opening stays within {size} of its diameter from {show(low, 'dose', 3)} to {show(high, 'dose', 3)} "
            f"({100 * (low / found.dose - 1):+.0f} % to {100 * (high / found.dose - 1):+.0f} %), and "
            f"{_range_in_words(found)}; a range that ends at the end of the chart may be wider."
        )
    return said


def _range_in_words(found: LithographyCharts) -> str:
    low, high = found.held[found.way]
    if found.way == "gap":
        return f"at gaps from {show(low, 'length', 3)} to {show(high, 'length', 3)}"
    return f"with the focus {show(found.setting - high, 'length', 3)} to {show(found.setting - low, 'length', 3)} above its place"


def _figures(found: LithographyCharts) -> list[dict[str, object]]:
    figures = []
    for name, sizes in found.sizes.items():
        if not np.isfinite(sizes).any():
            continue
        at_gap = found.way == "gap"
        if at_gap:
            x, across = found.doses / _MJ, "dose [mJ/cm^2]"
            curves = [Curve(f"gap {show(s, 'length', 3)}", x, sizes[j] / _UM) for j, s in enumerate(found.settings)]
        else:
            order = np.argsort(found.settings)
            x, across = found.settings[order] / _UM, "focus above its place [um]"
            curves = [Curve(show(dose, "dose", 3), x, sizes[order, k] / _UM) for k, dose in enumerate(found.doses) if k % 2 == 0]
        what = f"Opening of {name} halfway up against {'dose, for some gaps' if at_gap else 'focus, for some doses (Bossung plot)'}"
        own = _own(found, sizes)
        mark = (found.dose / _MJ if at_gap else 0.0, own / _UM, "this run") if np.isfinite(own) else None
        svg = chart_svg(what, across, f"opening of {name} [um]", curves, mark, from_zero=False)
        figures.append({"svg": Markup(svg), "says": f"{what}, in {show(found.time, 'time', 4)} of development."})
    if len(found.ratios):
        what = "Width of the shelf against the ratio of the resists' sensitivities"
        curves = [
            Curve("computed", found.ratios, found.shelves / _UM),
            Curve("ln S / log-slope", found.ratios, found.law / _UM, limit=True),
        ]
        mark = (found.ratio, found.shelf / _UM, "this run") if np.isfinite(found.shelf) else None
        svg = chart_svg(what, "sensitivity of the upper over that of the lower", "shelf [um]", curves, mark)
        figures.append({"svg": Markup(svg), "says": f"{what}; dashed the law for small steps."})
    what = "Light before anything absorbs it, against the distance from the axis"
    svg = chart_svg(what, "radius [um]", "relative intensity", [Curve(n, found.radii / _UM, i) for n, i in found.light.items()])
    return [*figures, {"svg": Markup(svg), "says": f"{what}: at the top of the resists and further down."}]


def _own(found: LithographyCharts, sizes: np.ndarray) -> float:
    own = found.setting if found.way == "gap" else 0.0
    row = sizes[int(np.argmin(np.abs(found.settings - own)))]
    known = np.isfinite(row)
    return float(np.interp(found.dose, found.doses[known], row[known])) if known.sum() > 1 else float("nan")
