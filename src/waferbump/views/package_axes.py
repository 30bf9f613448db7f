"""Axes for the package's charts: straight or logarithmic, with round ticks, and names that stand clear of one another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from .svg_paths import nice_step

COLOURS = ("#2f7fb5", "#d0662f", "#3f9a5e", "#9a63b8", "#b08a1e", "#708894")  # legible on white and on black
TEXT, FAINT, GROUND = "var(--text,#1d2329)", "var(--faint,#5b6670)", "var(--ground,#fff)"
LETTER = 6.6  # [px] a letter of 11 px is wide on average in a wide font (DejaVu Sans), so that others have room to spare
_LINE = 14.0  # [px] between lines of text
_LARGEST = 1.15  # times its own size, beyond which a chart's letters would outgrow the page's
_TICKS = 6  # about so many along an axis
_LOG_TICKS = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0))  # of a decade, for many, some or few decades


@dataclass(frozen=True)
class Scale:
    """One axis: from `low` to `high` in the axis's unit, over [px] `start` to `end`.

    name : with unit;  logarithmic : equal ratios are equally long
    """

    low: float
    high: float
    start: float
    end: float
    name: str = ""
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """Place [px] of a value; beyond the ends it stays at the end."""
        low, high = (math.log10(v) if self.logarithmic else v for v in (self.low, self.high))
        at = math.log10(max(value, self.low * 1e-6)) if self.logarithmic else value
        return self.start + (self.end - self.start) * min(max((at - low) / (high - low), 0.0), 1.0)

    def ticks(self) -> list[float]:
        """Round values from end to end."""
        if not self.logarithmic:
            step = nice_step((self.high - self.low) / _TICKS)
            first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
            return [i * step for i in range(first, last + 1)]
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        decades = math.log10(self.high / self.low)
        parts = _LOG_TICKS[0] if decades > 5 else _LOG_TICKS[1] if decades > 2.5 else _LOG_TICKS[2]
        values = [part * 10.0**power for power in range(first, last + 1) for part in parts]
        return [v for v in values if self.low * (1 - 1e-9) <= v <= self.high * (1 + 1e-9)]


def straight(values: Iterable[float], start: float, end: float, name: str = "", *, from_zero: bool = False) -> Scale:
    """A straight axis round some values, its ends on ticks."""
    found = np.array([v for v in values if v is not None and math.isfinite(v)], dtype=float)
    low, high = (float(found.min()), float(found.max())) if len(found) else (0.0, 1.0)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        low, high = (low - 0.5 * abs(low), high + 0.5 * abs(high)) if high else (0.0, 1.0)
    step = nice_step((high - low) / _TICKS)
    return Scale(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, start, end, name)


def logarithmic(values: Iterable[float], start: float, end: float, name: str = "", *, margin: float = 1.25) -> Scale:
    """A logarithmic axis round some values above zero, wider by a factor at either end."""
    found = [v for v in values if v is not None and math.isfinite(v) and v > 0.0]
    low, high = (min(found), max(found)) if found else (1.0, 10.0)
    if high < 2.0 * low:
        margin *= 2.0
    return Scale(low / margin, high * margin, start, end, name, logarithmic=True)


def opening(title: str, width: float, height: float) -> str:
    """The first tag of a chart, with what it shows for readers who do not see it."""
    return (
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" style="max-width:{_LARGEST * width:.0f}px" role="img" '
        f'xmlns="http://www.w3.org/2000/svg" font-family="system-ui,sans-serif" font-size="11"><title>{escape(title)}</title>'
    )


def text(x: float, y: float, words: str, *, anchor: str = "start", colour: str = TEXT, bold: bool = False, halo: bool = False) -> str:
    """A line of text; a halo keeps it legible over curves."""
    style = f"fill:{colour}{';font-weight:700' if bold else ''}"
    style += f";stroke:{GROUND};stroke-width:3;paint-order:stroke" if halo else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="{style}">{escape(words)}</text>'


def line(x0: float, y0: float, x1: float, y1: float, colour: str, *, width: float = 1.0, dash: str = "", opacity: float = 1.0) -> str:
    """A straight line."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    seen = f' stroke-opacity="{opacity:g}"' if opacity < 1.0 else ""
    return (
        f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" style="stroke:{colour}" '
        f'stroke-width="{width:g}"{dashed}{seen}/>'
    )


def curve(x: Sequence[float], y: Sequence[float], across: Scale, up: Scale, colour: str, *, width: float = 1.6, dash: str = "") -> str:
    """A curve through points; gaps where either is not a number."""
    commands, drawing = [], False
    for one, other in zip(x, y, strict=True):
        if one is None or other is None or not (math.isfinite(one) and math.isfinite(other)):
            drawing = False
            continue
        commands.append(f"{'L' if drawing else 'M'}{across(one):.1f} {up(other):.1f}")
        drawing = True
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{"".join(commands)}" fill="none" style="stroke:{colour}" stroke-width="{width:g}" stroke-linejoin="round"{dashed}/>'


def dot(x: float, y: float, colour: str, *, hollow: bool = False, radius: float = 3.6, title: str = "") -> str:
    """A point, filled or hollow."""
    fill = GROUND if hollow else colour
    inside = f"<title>{escape(title)}</title>" if title else ""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" style="fill:{fill};stroke:{colour}" stroke-width="1.6">{inside}</circle>'


def axes(
    across: Scale, up: Scale | None, *, top: float, base: float, labels: bool = True, names: bool = True, uprights: bool = True
) -> list[str]:
    """Grid, ticks and names of two axes; `up` None leaves the vertical one to the caller.

    labels, names : of the horizontal axis, left out where a chart below shares it;  uprights : whether its ticks have lines
    """
    parts = []
    for value in across.ticks() if uprights else ():
        parts.append(line(across(value), top, across(value), base + (4.0 if labels else 0.0), FAINT, width=0.6, opacity=0.35))
    if labels:
        parts += tick_labels(across, base + 16)
    if up is not None:
        for value in up.ticks():
            y = up(value)
            parts.append(line(across.start, y, across.end, y, FAINT, width=0.6, opacity=0.35))
            parts.append(text(across.start - 6, y + 3.5, number(value), anchor="end", colour=FAINT))
        parts.append(upright_name(up, 14.0))
    parts.append(line(across.start, base, across.end, base, FAINT, width=0.8))
    if names and across.name:
        parts.append(text((across.start + across.end) / 2, base + 33, across.name, anchor="middle"))
    return parts


def tick_labels(across: Scale, y: float) -> list[str]:
    """Numbers below the ticks; those without room are left out, powers of ten last."""
    values = across.ticks()
    if across.logarithmic:
        values.sort(key=lambda v: abs(math.log10(v) - round(math.log10(v))) > 1e-9)
    taken: list[tuple[float, float]] = []
    parts = []
    for value in values:
        half = LETTER * len(number(value)) / 2 + 3.0
        x = across(value)
        if all(x + half <= a or x - half >= b for a, b in taken):
            taken.append((x - half, x + half))
            parts.append(text(x, y, number(value), anchor="middle", colour=FAINT))
    return parts


def upright_name(up: Scale, x: float) -> str:
    """The name of a vertical axis, written along it."""
    middle = (up.start + up.end) / 2
    return f'<text transform="translate({x:g} {middle:.1f}) rotate(-90)" text-anchor="middle" style="fill:{TEXT}">{escape(up.name)}</text>'


def number(value: float) -> str:
    """A tick's number, without the last bit's noise.

    >>> number(0.30000000000000004), number(20000.0), number(1e6)
    ('0.3', '20000', '1e+06')
    """
    return f"{round(value, 12):.6g}" if abs(value) < 1e6 else f"{value:.3g}"


def spread(places: Sequence[float], low: float, high: float, apart: float = _LINE) -> list[float]:
    """Places moved as little as they need to stand so far apart between two ends, in their order.

    >>> spread([10.0, 12.0, 60.0], 0.0, 100.0)
    [4.0, 18.0, 60.0]
    """
    order = sorted(range(len(places)), key=lambda i: places[i])
    groups: list[list[float]] = []  # [middle, members]: neighbours that touch move as one
    for i in order:
        groups.append([places[i], 1])
        while True:
            middle, count = groups[-1]
            half = apart * (count - 1) / 2
            groups[-1][0] = min(max(middle, low + half), max(high - half, low + half))
            if len(groups) < 2:
                break
            before = groups[-2]
            if groups[-1][0] - half - (before[0] + apart * (before[1] - 1) / 2) >= apart * (1 - 1e-9):
                break
            total = before[1] + count
            groups[-2:] = [[(before[0] * before[1] + groups[-1][0] * count) / total, total]]
    found, k = [0.0] * len(places), 0
    for middle, count in groups:
        for j in range(int(count)):
            found[order[k]] = middle + apart * (j - (count - 1) / 2)
            k += 1
    return found
