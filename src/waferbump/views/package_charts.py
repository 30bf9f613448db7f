"""Charts of one package structure: its hysteresis loop, every cycle's damage, what lets go as it is pulled, its lives and their spread."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from .package_axes import (
    COLOURS,
    FAINT,
    LETTER,
    TEXT,
    Scale,
    axes,
    curve,
    dot,
    line,
    logarithmic,
    number,
    opening,
    spread,
    straight,
    text,
    upright_name,
)
from .wording import rounded

MODE_COLOURS = MappingProxyType(
    {
        "solder": COLOURS[0], "line": COLOURS[1], "wire": COLOURS[4], "joint": COLOURS[2], "insulating": COLOURS[3], "": COLOURS[5],
    }
)  # fmt: skip
ZERO_CELSIUS = 273.15  # K
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 520.0, 290.0, 58.0, 14.0, 44.0  # [px]
_NAMES = 132.0  # [px] at the right, for the curves' names
_PANEL, _BETWEEN = 76.0, 24.0  # [px] of charts that stand over one another
_SAME_LAYER = 0.05  # relative: of two layers so near in thickness one is drawn
_ROW = 24.0  # [px] of a life's row
_FAILED = (0.001, 0.01, 0.1, 0.632, 0.9, 0.99)  # shares of joints that a Weibull chart marks


def loop_figure(loop: Mapping[str, Sequence[float]], period: float | None = None) -> str:
    """Force on the bump against the board's shift beside the die; the last cycle strong, what came before faint.

    loop : {"time", "temperature", "shift", "force"} by load step, SI;  period : of a cycle [s]; None: all is drawn strong
    """
    shift, force = (np.asarray(loop[name], float) * size for name, size in (("shift", 1e6), ("force", 1e3)))
    time = np.asarray(loop["time"], float)
    last = np.flatnonzero(time >= time[-1] - period * (1 + 1e-9)) if period else np.arange(len(time))
    across = straight(shift, _LEFT, _WIDTH - 20.0, "shift of the board beside the die [um]")
    up = straight(force, _HEIGHT - _BOTTOM, _TOP, "force on the bump [mN]")
    parts = [opening("Force on the bump against the board's shift", _WIDTH, _HEIGHT)]
    parts += axes(across, up, top=_TOP, base=_HEIGHT - _BOTTOM)
    parts.append(curve(shift[: last[0] + 1], force[: last[0] + 1], across, up, FAINT, width=1.0, dash="3 3"))
    parts.append(curve(shift[last], force[last], across, up, COLOURS[0], width=2.0))
    temperature = np.asarray(loop["temperature"], float)[last]
    for k in (int(np.argmin(temperature)), int(np.argmax(temperature))):
        at = last[k]
        x, y = across(shift[at]), up(force[at])
        degrees = f"{temperature[k] - ZERO_CELSIUS:.0f} degC"
        half, low = LETTER * len(degrees) / 2, y + 18 < _HEIGHT - _BOTTOM
        at_x = min(max(x, across.start + half), across.end - half)
        parts += [dot(x, y, COLOURS[0]), text(at_x, y + (17 if low else -10), degrees, anchor="middle", halo=True)]
    return "".join([*parts, "</svg>"])


def profile_figure(loop: Mapping[str, Sequence[float]]) -> str:
    """The temperature at every load step."""
    time = np.asarray(loop["time"], float) / 3600.0
    temperature = np.asarray(loop["temperature"], float) - ZERO_CELSIUS
    across = straight(time, _LEFT, _WIDTH - 20.0, "time [h]", from_zero=True)
    up = straight(temperature, 200.0 - _BOTTOM, _TOP, "temperature [degC]")
    parts = [opening("Temperature over time", _WIDTH, 200.0), *axes(across, up, top=_TOP, base=200.0 - _BOTTOM)]
    parts.append(curve(time, temperature, across, up, COLOURS[1], width=1.8))
    return "".join([*parts, "</svg>"])


def energy_figure(cycles: Sequence[Mapping[str, Any]]) -> str:
    """Inelastic work that every cycle leaves in the joint's end layers, side by side and thickness by thickness."""
    series: dict[tuple[str, float], list[float]] = {}
    for one in cycles:
        for layer in one["layers"]:
            series.setdefault((layer["side"], layer["thickness"]), []).append(layer["energy"] / 1e6)
    kept: dict[tuple[str, float], list[float]] = {}
    for (side, thickness), values in series.items():
        if not any(s == side and abs(t / thickness - 1.0) < _SAME_LAYER for s, t in kept):
            kept[side, thickness] = values
    right = _WIDTH - _NAMES
    turns = np.arange(1, len(cycles) + 1)
    across = Scale(0.5, len(cycles) + 0.5, _LEFT, right, "cycle")
    work = [v for values in kept.values() for v in values]
    up = straight(work, _HEIGHT - _BOTTOM, _TOP, "inelastic work of a cycle [MJ/m^3]", from_zero=True)
    parts = [opening("Inelastic work of every cycle in the joint's end layers", _WIDTH, _HEIGHT)]
    parts += axes(across, up, top=_TOP, base=_HEIGHT - _BOTTOM, labels=False, uprights=False)
    for k in turns:
        parts.append(text(across(k), _HEIGHT - _BOTTOM + 16, str(k), anchor="middle", colour=FAINT))
    sides = list(dict.fromkeys(side for side, _ in kept))
    ends = spread([up(values[-1]) for values in kept.values()], _TOP + 6, _HEIGHT - _BOTTOM)
    for ((side, thickness), values), y in zip(kept.items(), ends, strict=True):
        colour = COLOURS[sides.index(side)]
        hollow = thickness != min(t for s, t in kept if s == side)
        parts.append(curve(turns[: len(values)], values, across, up, colour, dash="5 3" if hollow else ""))
        parts += [dot(across(k), up(v), colour, hollow=hollow) for k, v in zip(turns, values, strict=False)]
        parts.append(text(right + 8, y + 4, f"{side}, {1e6 * thickness:.3g} um", colour=colour))
    return "".join([*parts, "</svg>"])


def overstress_figure(pull: Mapping[str, Any]) -> str:
    """What a bump shows as its board is pulled sideways, one under another, with what lets go marked by its number."""
    u = np.asarray(pull["displacement"], float) * 1e6
    panels = [
        ("force [mN]", [("", _scaled(pull["force"], 1e3))]),
        ("turn of the foot [deg]", [("", _scaled(pull["turn"], 180.0 / math.pi))]),
        ("narrowest gap [um]", [("", _scaled(pull["gap"], 1e6))]),
        ("strain [%]", [("line", _scaled(pull["line"], 100.0)), ("solder, end layer", _scaled(pull["flow"], 100.0))]),
        ("parted [%]", [(one["joint"], _scaled(one["parted"], 100.0)) for one in pull["joints"]]),
    ]
    panels = [(name, curves) for name, curves in panels if any(np.isfinite(y).any() for _, y in curves)]
    right = _WIDTH - _NAMES - 40.0
    across = straight(u, _LEFT, right, "displacement of the board [um]", from_zero=True)
    events = list(enumerate(pull["events"], start=1))
    tall = 40.0 + len(panels) * (_PANEL + _BETWEEN) - _BETWEEN + 40.0
    parts = [opening("Force, turn, gap, strain and parted share of the joints against the board's displacement", _WIDTH + 40.0, tall)]
    for k, (name, curves) in enumerate(panels):
        top = 40.0 + k * (_PANEL + _BETWEEN)
        base = top + _PANEL
        up = straight(np.concatenate([y for _, y in curves]), base, top, name, from_zero=True)
        last = k == len(panels) - 1
        parts += axes(across, None, top=top, base=base, labels=last, names=last)
        for value in (up.low, up.high) if len(up.ticks()) > 4 else up.ticks():
            parts += [line(_LEFT, up(value), right, up(value), FAINT, width=0.6, opacity=0.35)]
            parts.append(text(_LEFT - 5, up(value) + 3.5, number(value), anchor="end", colour=FAINT))
        parts.append(text(_LEFT, top - 6, name))
        shown = [(label, y) for label, y in curves if label]
        ends = spread([up(_last(y)) for _, y in shown], top + 4, base)
        for j, (label, y) in enumerate(curves):
            parts.append(curve(u[: len(y)], y, across, up, COLOURS[j % len(COLOURS)]))
            if label:
                parts.append(text(right + 8, ends[j] + 4, _fitting(label, _NAMES + 66.0), colour=COLOURS[j % len(COLOURS)]))
    parts += _event_lines(events, across, 22.0, 40.0 + len(panels) * (_PANEL + _BETWEEN) - _BETWEEN)
    return "".join([*parts, "</svg>"])


def _event_lines(events: Sequence[tuple[int, Mapping[str, Any]]], across: Scale, top: float, base: float) -> list[str]:
    """Upright lines where something lets go; several at one place share theirs."""
    places: dict[float, list[int]] = {}
    for k, event in events:
        places.setdefault(round(across(event["displacement"] * 1e6), 1), []).append(k)
    parts = []
    for (x, numbers), at in zip(places.items(), spread(list(places), across.start, across.end, 26.0), strict=True):
        parts.append(line(x, top, x, base, TEXT, width=1.0, dash="4 3", opacity=0.8))
        parts.append(text(at, top - 8, ", ".join(map(str, numbers)), anchor="middle", bold=True))
        if abs(at - x) > 1.0:
            parts.append(line(at, top - 5, x, top, TEXT, width=0.8, opacity=0.8))
    return parts


def lives_figure(lives: Mapping[str, Any], target: float | None = None) -> str:
    """Every life model side by side: its nominal life and the factor that it states either way, on a logarithmic axis.

    lives : record of `lives_record`;  target : cycles asked for [1], or None
    """
    rows = [one for mode in ("solder", "line") for one in lives["models"] if one["mode"] == mode]
    left, right = 350.0, 760.0
    base = 22.0 + _ROW * max(len(rows), 1)
    ends = [v for one in rows for v in (one["cycles"], one["low"], one["high"])] + [target]
    across = logarithmic([v for v in ends if v is not None and v < 1e12], left, right - 62.0, "cycles to failure", margin=1.6)
    parts = [opening("Lives by every model, with their bands", right, base + 44.0), *axes(across, None, top=18.0, base=base)]
    if target is not None:
        x = across(target)
        parts += [line(x, 14, x, base, TEXT, width=1.4, dash="6 3"), text(x, 10, f"asked: {rounded(target)}", anchor="middle")]
    for k, one in enumerate(rows):
        y = 18.0 + _ROW * (k + 0.5)
        colour = MODE_COLOURS[one["mode"]]
        parts.append(text(left - 10, y + 4, _fitting(one["title"], left - 14), anchor="end", colour=colour, bold=one["matched"]))
        parts += _life_mark(one, across, y, colour)
        shown = "no end" if one["cycles"] is None or one["cycles"] >= 1e12 else rounded(one["cycles"], 3)
        parts.append(text(across.end + 8, y + 4, shown))
    if not rows:
        parts.append(text(left, 34, "no life model applies"))
    return "".join([*parts, "</svg>"])


def _life_mark(one: Mapping[str, Any], across: Scale, y: float, colour: str) -> list[str]:
    """A life as a point on its bar; one without an end as an arrow."""
    if one["cycles"] is None or one["cycles"] >= 1e12:
        start = across(one["low"]) if one["low"] is not None else across.end - 26
        return [line(start, y, across.end, y, colour, width=2.0, dash="3 3"), _arrow(across.end, y, colour)]
    x0 = across(one["low"]) if one["low"] is not None else across.start
    x1 = across(one["high"]) if one["high"] is not None else across.end
    parts = [line(x0, y, x1, y, colour, width=5.0, opacity=0.35)]
    parts += [line(x, y - 5, x, y + 5, colour, width=1.4) for x in (x0, x1)]
    words = f"{rounded(one['cycles'], 3)} cycles, {one['statistic']}, a factor {one['factor']:g} either way"
    return [*parts, dot(across(one["cycles"]), y, colour, hollow=not one["matched"], title=words)]


def _arrow(x: float, y: float, colour: str) -> str:
    return f'<path d="M{x - 6:.1f} {y - 4:.1f}l6 4l-6 4" fill="none" style="stroke:{colour}" stroke-width="1.6"/>'


def weibull_figure(lives: Mapping[str, Any], target: float | None = None) -> str:
    """Share of joints that have failed against cycles, on Weibull's axes, where a spread is a straight line; "" where no life ends.

    F(N) = 1 - exp(-(N / eta)^beta)
    """
    known = {mode: lives[mode] for mode in ("solder", "line") if lives.get(mode) and lives[mode]["characteristic"] is not None}
    if not known:
        return ""
    right, base = _WIDTH - _NAMES, _HEIGHT - _BOTTOM

    def share(failed: float) -> float:
        return math.log(-math.log1p(-failed))

    up = Scale(share(_FAILED[0]), share(_FAILED[-1]), base, _TOP + 8, "joints failed [%]")
    reach = [one["characteristic"] * (-math.log1p(-f)) ** (1.0 / one["shape"]) for one in known.values() for f in (_FAILED[0], _FAILED[-1])]
    across = logarithmic([*reach, target], _LEFT, right, "cycles")
    parts = [opening("Share of joints that have failed against cycles", _WIDTH, _HEIGHT), *axes(across, None, top=_TOP + 8, base=base)]
    for failed in _FAILED:
        y = up(share(failed))
        parts += [line(_LEFT, y, right, y, FAINT, width=0.6, opacity=0.35)]
        parts.append(text(_LEFT - 6, y + 3.5, f"{100 * failed:g}", anchor="end", colour=FAINT))
    parts.append(upright_name(up, 14.0))
    if target is not None:
        parts += [line(across(target), _TOP, across(target), base, TEXT, width=1.4, dash="6 3")]
        parts.append(text(across(target), _TOP - 3, f"asked: {rounded(target)}", anchor="middle"))
    ends = spread([up(share(_FAILED[-1])) + 14 * k for k in range(len(known))], _TOP + 12, base)
    for (mode, one), y in zip(known.items(), ends, strict=True):
        cycles = np.array([one["characteristic"] * (-math.log1p(-f)) ** (1.0 / one["shape"]) for f in (_FAILED[0], _FAILED[-1])])
        colour = MODE_COLOURS[mode]
        parts.append(curve(cycles, [up.low, up.high], across, up, colour, width=2.0))
        parts.append(dot(across(one["characteristic"]), up(share(0.632)), colour))
        parts += [text(right + 6, y + 4, f"{mode}, shape {one['shape']:g}", colour=colour)]
    return "".join([*parts, "</svg>"])


def _scaled(values: Sequence[float | None], size: float) -> np.ndarray:
    return np.array([math.nan if v is None else v * size for v in values], dtype=float)


def _last(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else 0.0


def _fitting(words: str, width: float) -> str:
    """Words cut to a width [px], with an ellipsis."""
    most = int(width / LETTER)
    return words if len(words) <= most else words[: most - 1].rstrip(" ,:;") + "…"
