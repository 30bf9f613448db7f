"""A line chart as SVG: axes with round numbers, curves named at the side, a marked point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np

from .svg_paths import nice_step

_WIDTH, _HEIGHT = 560.0, 300.0  # [px] of the whole picture
_LEFT, _TOP, _BOTTOM, _NAMES = 58.0, 14.0, 46.0, 150.0  # [px] round the field; names stand at the right
_TICKS = 6  # about so many along an axis
_COLOURS = ("#1f5f8b", "#c0562f", "#3f7d4e", "#7a4f9a", "#8a6d1d", "#5a6b75")
_LINE = 15.0  # [px] between the names


@dataclass(frozen=True)
class Curve:
    """One curve: its name, x and y in the units of the axes; gaps where y is not a number. A limit is drawn dashed and grey."""

    name: str
    x: np.ndarray
    y: np.ndarray
    limit: bool = False


def chart_svg(title: str, x_name: str, y_name: str, curves: Sequence[Curve], mark: tuple[float, float, str] | None = None, *,
              from_zero: bool = True) -> str:  # fmt: skip
    """The chart of some curves over a common field, which begins at zero or where the curves begin.

    Parameters
    ----------
    title : what the chart shows, for readers of the page who do not see it
    x_name, y_name : of the axes, with their units
    curves : drawn in order
    mark : a point (x, y) and its name
    from_zero : whether both axes begin at zero
    """
    points = [np.concatenate([getattr(c, axis)[np.isfinite(c.y)] for c in curves]) for axis in "xy"]
    if mark is not None:
        points = [np.append(p, v) for p, v in zip(points, (mark[0], mark[1] * (1.05 if from_zero else 1.0)), strict=True)]
    (x_least, y_least), (x_most, y_most) = ([float(f(p)) if len(p) else d for p in points] for f, d in ((np.min, 0.0), (np.max, 1.0)))
    if from_zero:
        x_least = y_least = 0.0
    x_step, y_step = (nice_step(max(most - least, 1e-9) / _TICKS) for least, most in ((x_least, x_most), (y_least, y_most)))
    y_start, y_end = math.floor(y_least / y_step + 1e-9) * y_step, math.ceil(y_most / y_step - 1e-9) * y_step
    x_end, y_end = max(x_most, x_least + x_step), max(y_end, y_start + y_step)
    across, down = _WIDTH - _LEFT - _NAMES, _HEIGHT - _TOP - _BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return _LEFT + across * (x - x_least) / (x_end - x_least), _TOP + down * (1 - (y - y_start) / (y_end - y_start))

    parts = [
        f'<svg class="chart" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(title)}</title>",
    ]
    for i in range(round(y_start / y_step), round(y_end / y_step) + 1):
        _, y = place(x_least, i * y_step)
        parts.append(f'<line x1="{_LEFT:g}" y1="{y:.1f}" x2="{_LEFT + across:g}" y2="{y:.1f}" class="f" stroke-opacity="0.4"/>')
        parts.append(f'<text x="{_LEFT - 6:g}" y="{y + 3.5:.1f}" text-anchor="end" class="faint">{i * y_step:g}</text>')
    for i in range(math.ceil(x_least / x_step - 1e-9), int(x_end / x_step + 1e-9) + 1):
        x, y = place(i * x_step, y_start)
        parts.append(f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x:.1f}" y2="{y + 4:.1f}" class="f"/>')
        parts.append(f'<text x="{x:.1f}" y="{y + 16:.1f}" text-anchor="middle" class="faint">{i * x_step:g}</text>')
    base = _TOP + down
    parts.append(f'<line x1="{_LEFT:g}" y1="{base:g}" x2="{_LEFT + across:g}" y2="{base:g}" class="f"/>')
    parts.append(f'<text x="{_LEFT + across / 2:.1f}" y="{base + 34:.1f}" text-anchor="middle">{escape(x_name)}</text>')
    middle = _TOP + down / 2
    parts.append(f'<text transform="translate(14 {middle:.1f}) rotate(-90)" text-anchor="middle">{escape(y_name)}</text>')
    coloured = iter(_COLOURS * (len(curves) // len(_COLOURS) + 1))
    ends = []
    for curve in curves:
        colour = "#777" if curve.limit else next(coloured)
        dash = ' stroke-dasharray="5 3"' if curve.limit else ""
        parts.append(f'<path d="{_path(curve, place)}" fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>')
        shown = np.flatnonzero(np.isfinite(curve.y))
        if len(shown):
            ends.append([place(curve.x[shown[-1]], curve.y[shown[-1]])[1], curve.name, colour])
    if mark is not None:
        x, y = place(mark[0], mark[1])
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" style="fill:var(--text)"/>')
        left = x > _LEFT + across / 2
        anchor, shift = ("end", -8) if left else ("start", 8)
        parts.append(f'<text x="{x + shift:.1f}" y="{y - 6:.1f}" text-anchor="{anchor}" class="note">{escape(mark[2])}</text>')
    for y, name, colour in _apart(ends):
        parts.append(f'<text x="{_LEFT + across + 8:g}" y="{y + 3.5:.1f}" style="fill:{colour}">{escape(name)}</text>')
    return "".join([*parts, "</svg>"])


def _path(curve: Curve, place) -> str:
    text, drawing = [], False
    for x, y in zip(curve.x, curve.y, strict=True):
        if not np.isfinite(y):
            drawing = False
            continue
        px, py = place(float(x), float(y))
        text.append(f"{'L' if drawing else 'M'}{px:.1f} {py:.1f}")
        drawing = True
    return "".join(text)


def _apart(ends: list[list]) -> list[tuple[float, str, str]]:
    """Names beside the ends of their curves, moved down as far as they need to stand clear of one another, all inside the picture."""
    ends = sorted(ends)
    for before, here in pairwise(ends):
        here[0] = max(here[0], before[0] + _LINE)
    over = ends[-1][0] - (_HEIGHT - _BOTTOM) if ends else 0.0
    for i in range(len(ends) - 1, -1, -1):
        if over > 0:
            ends[i][0] = min(ends[i][0], _HEIGHT - _BOTTOM - _LINE * (len(ends) - 1 - i))
    return [tuple(end) for end in ends]
