"""Structures side by side: how far from the neutral point each survives, what fails first there, and how many bumps that allows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from .package_axes import FAINT, GROUND, LETTER, TEXT, Scale, line, logarithmic, opening, straight, text, tick_labels
from .package_charts import MODE_COLOURS

WORDS = MappingProxyType(
    {
        "solder": "solder", "line": "line", "wire": "wire", "joint": "joint between layers", "insulating": "insulating part",
        "": "nothing fails",
    }
)  # fmt: skip
# hatch of a mode beside its colour, for prints in grey: lines of a pattern of 6 px
_HATCHES = MappingProxyType(
    {"solder": "", "line": "M0 3h6", "wire": "M3 0v6", "joint": "M0 6l6 -6M-1 1l2 -2M5 7l2 -2", "insulating": "M0 0l6 6M0 6l6 -6"}
)
_SEARCHED = MappingProxyType({"springs": 50e-3})  # m; up to which a level looks for limits (`spring_limits.FARTHEST`)
_WIDTH, _LEFT, _SAID = 860.0, 92.0, 262.0  # [px] whole, of the labels, of what stands at the right
_ROW, _BAR = 27.0, 13.0  # [px]
_TOP, _FOOT = 62.0, 74.0  # [px]
_MARKS = MappingProxyType(  # what a row carries -> its outline in the key, and what it means
    {
        "low": ("", "band of the life models"), "others": ("m8 1v-11", "where other modes would fail"),
        "lets_go": ("m5 0l5 -9h-10z", "weak joint lets go"), "closes": ("m5 -10l5 5l-5 5l-5 -5z", "gap closes"),
        "across": ("m1 -5a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", "arm square to the shift"),
    }
)  # fmt: skip
_COUNTS = (4, 16, 49, 100, 225, 400, 1024, 2025, 4096, 10000, 19881)  # squares: full arrays that the upper axis marks
_APART = 34.0  # [px] between the upper axis's numbers


def rank_figure(
    rows: Sequence[Mapping[str, Any]], *, edges: Sequence[Mapping[str, float]] = (), searched: float | None = None,
    scale: str = "logarithmic",
) -> str:  # fmt: skip
    """Allowed distance from the neutral point by structure, as SVG.

    Parameters
    ----------
    rows : records {"label", "distance", "low", "high", "first", "modes", "lets_go", "closes", "path", ...}, lengths in m
    edges : dies of the vehicle, {"edge", "corner" [m], "bumps"}, drawn as upright lines at the corner bump; they give the upper axis
    searched : distance up to which limits were looked for [m], None where that is not known: bars without a limit end in an arrow
    scale : "logarithmic" or "linear" in distance

    Raises
    ------
    ValueError : nothing to draw, or a scale that is neither.
    """
    if not rows:
        raise ValueError("a ranking without structures cannot be drawn")
    if scale not in ("logarithmic", "linear"):
        raise ValueError(f"the scale is logarithmic or linear, not {scale!r}")
    base = _TOP + _ROW * len(rows)
    across = _axis(rows, edges, searched, scale)
    used = [mode for mode in WORDS if any((row["first"] or "") == mode for row in rows)]
    others = {m for row in rows for m, one in row["modes"].items() if one["distance"] is not None}
    used += [mode for mode in WORDS if mode in others and mode not in used]
    parts = [opening("Allowed distance from the neutral point, by structure, and what fails first", _WIDTH, base + _FOOT)]
    parts.append("<defs>" + "".join(_pattern(mode) for mode in used if _HATCHES.get(mode)) + "</defs>")
    parts += _grid(across, base)
    parts += _dies(edges, across, base)
    parts += _bump_axis(edges, across)
    for k, row in enumerate(rows):
        parts += _row(row, across, _TOP + _ROW * (k + 0.5), k, searched)
    return "".join([*parts, *_key(used, rows, base + 52.0), "</svg>"])


def _axis(rows: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, float]], searched: float | None, scale: str) -> Scale:
    """The axis [mm] round all limits, bands and dies."""
    found = [row[name] for row in rows for name in ("distance", "low", "high", "lets_go", "closes") if row.get(name)]
    if searched is not None and scale == "logarithmic" and any(row["distance"] is None for row in rows):
        found.append(searched)  # on a straight axis it would leave no room for the others
    values = [1e3 * v for v in [*found, *(edge["corner"] for edge in edges)] if v > 0.0]
    start, end, name = _LEFT, _WIDTH - _SAID, "allowed distance from the neutral point to the corner bump [mm]"
    return logarithmic(values, start, end, name) if scale == "logarithmic" else straight(values, start, end, name, from_zero=True)


def _grid(across: Scale, base: float) -> list[str]:
    parts = []
    for value in across.ticks():
        x = across(value)
        parts.append(line(x, _TOP - 4, x, base + 4, FAINT, width=0.6, opacity=0.35))
    parts += tick_labels(across, base + 17)
    parts.append(line(across.start, base, across.end, base, FAINT, width=0.8))
    parts.append(text((across.start + across.end) / 2, base + 34, across.name, anchor="middle"))
    return parts


def _dies(edges: Sequence[Mapping[str, float]], across: Scale, base: float) -> list[str]:
    """Upright lines at the corner bumps of the vehicle's dies, their edges written where there is room."""
    parts, free = [], -math.inf
    for edge in sorted(edges, key=lambda one: one["corner"]):
        if not across.low <= 1e3 * edge["corner"] <= across.high:
            continue
        x = across(1e3 * edge["corner"])
        parts.append(line(x, _TOP - 6, x, base, TEXT, width=1.0, dash="5 3", opacity=0.55))
        words = f"{1e3 * edge['edge']:g} mm"
        half = LETTER * len(words) / 2
        if x - half > free:
            parts.append(text(x, _TOP - 10, words, anchor="middle"))
            free = x + half + 4
    if parts:
        parts.append(text(across.start - 8, _TOP - 10, "edge of die", anchor="end", colour=FAINT))
    return parts


def pitch_of(edges: Sequence[Mapping[str, float]]) -> float | None:
    """Pitch [m] of the full array that the dies carry, from their corners; None where none has two rows."""
    for edge in edges:
        rows = round(math.sqrt(edge["bumps"]))
        if rows > 1:
            return edge["corner"] * math.sqrt(2.0) / (rows - 1)
    return None


def _bump_axis(edges: Sequence[Mapping[str, float]], across: Scale) -> list[str]:
    """The upper axis: bumps of the largest full array whose corner stands at a distance."""
    pitch = pitch_of(edges)
    if pitch is None:
        return []
    parts = [line(across.start, _TOP - 28, across.end, _TOP - 28, FAINT, width=0.8)]
    parts.append(text((across.start + across.end) / 2, 12, "bumps (I/Os) of the largest square full array", anchor="middle"))
    free = -math.inf
    for count in _COUNTS:
        at = 1e3 * (math.sqrt(count) - 1.0) * pitch / math.sqrt(2.0)
        if across.low <= at <= across.high and across(at) - free >= _APART:
            free = across(at)
            parts += [line(free, _TOP - 32, free, _TOP - 28, FAINT), text(free, _TOP - 36, str(count), anchor="middle", colour=FAINT)]
    return parts


def _row(row: Mapping[str, Any], across: Scale, y: float, k: int, searched: float | None) -> list[str]:
    first = row["first"] or ""
    colour = MODE_COLOURS.get(first, MODE_COLOURS[""])
    parts = [text(across.start - 8, y + 4, str(row["label"]), anchor="end", bold=True)]
    if k % 2:
        stripe = f'<rect x="0" y="{y - _ROW / 2:.1f}" width="{_WIDTH:g}" height="{_ROW:g}" style="fill:{FAINT}" fill-opacity=".07"/>'
        parts.insert(0, stripe)
    said = across.end + 10
    if not row.get("path", True):
        return [*parts, text(said, y + 4, "no conducting path: electrically open", colour="var(--red,#a01818)")]
    limit = row["distance"]
    end = across.end if limit is None else across(max(1e3 * limit, across.low))
    fill = f"url(#rank-{first})" if _HATCHES.get(first) else colour
    wide = max(end - across.start, 2.0)
    parts.append(
        f'<rect x="{across.start:g}" y="{y - _BAR / 2:.1f}" width="{wide:.1f}" height="{_BAR:g}" fill="{fill}" '
        f'stroke="{colour}" stroke-width="1"{" fill-opacity=" + chr(34) + ".35" + chr(34) if limit is None else ""}/>'
    )
    if limit is None:
        parts.append(f'<path d="M{end + 1:.1f} {y - 5:.1f}l6 5l-6 5" fill="none" style="stroke:{colour}" stroke-width="1.8"/>')
    parts += _others(row, across, y)
    parts += _band(row, across, y)
    parts += _marks(row, across, y)
    return [*parts, text(said, y + 4, _said(row, searched))]


def _others(row: Mapping[str, Any], across: Scale, y: float) -> list[str]:
    """Strokes where the modes that do not fail first would fail."""
    parts = []
    for mode, one in row["modes"].items():
        if mode != row["first"] and one["distance"] is not None and across.low <= 1e3 * one["distance"] <= across.high:
            x, colour = across(1e3 * one["distance"]), MODE_COLOURS.get(mode, MODE_COLOURS[""])
            words = f"{WORDS.get(mode, mode)} would fail at {_mm(one['distance'])}"
            parts.append(f'<g><title>{words}</title>{line(x, y - _BAR / 2, x, y + _BAR / 2, colour, width=2.6)}</g>')
    return parts


def _band(row: Mapping[str, Any], across: Scale, y: float) -> list[str]:
    """The band round a limit, open at the right where it has no upper end."""
    low, high = row.get("low"), row.get("high")
    if low is None:
        return []
    x0, x1 = across(1e3 * low), across.end if high is None else across(1e3 * high)
    parts = [line(x0, y, x1, y, GROUND, width=4.0, opacity=0.7), line(x0, y, x1, y, TEXT, width=1.6)]
    return parts + [line(x, y - 4, x, y + 4, TEXT, width=1.6) for x in ([x0] if high is None else [x0, x1])]


def _marks(row: Mapping[str, Any], across: Scale, y: float) -> list[str]:
    """Where the weak joint lets go (triangle), the gap closes (diamond), and how far it goes with its arm square to the shift (circle)."""
    shapes = (
        ("lets_go", "l5 -9h-10z", 0.0, 4.5, "the weak joint lets go"), ("closes", "l5 5l-5 5l-5 -5z", 0.0, -5.0, "the gap closes"),
        ("across", "a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", -4.0, 0.0, "with its arm square to the shift it survives to"),
    )  # fmt: skip
    parts = []
    for name, shape, left, down, words in shapes:
        at = row.get(name)
        if at is None or not across.low <= 1e3 * at <= across.high or (name == "across" and at == row["distance"]):
            continue
        parts.append(
            f'<path d="M{across(1e3 * at) + left:.1f} {y + down:.1f}{shape}" style="fill:{GROUND};stroke:{TEXT}" stroke-width="1.3">'
            f"<title>{words} at {_mm(at)}</title></path>"
        )
    return parts


def searched_in(record: Mapping[str, Any]) -> float | None:
    """Up to which distance [m] a ranking looked for limits; None where neither the record nor its level says."""
    return record.get("searched") or _SEARCHED.get(record["level"])


def unlimited(searched: float | None) -> str:
    """What is said of a structure without a limit."""
    return "not limited as far as tried" if searched is None else f"not limited up to {_mm(searched)}"


def _said(row: Mapping[str, Any], searched: float | None) -> str:
    """What stands at the right of a row: the limit, its band, what fails first."""
    first = WORDS.get(row["first"] or "", row["first"])
    if row["distance"] is None:
        return unlimited(searched)
    band = f" ({_mm(row['low'], unit=False)} to {_mm(row['high']) if row.get('high') else 'more'})" if row.get("low") is not None else ""
    return f"{_mm(row['distance'])}{band}, {first}"


def _mm(length: float, *, unit: bool = True) -> str:
    return f"{1e3 * length:.3g}" + (" mm" if unit else "")


def _pattern(mode: str) -> str:
    colour = MODE_COLOURS[mode]
    return (
        f'<pattern id="rank-{mode}" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="{colour}"/>'
        f'<path d="{_HATCHES[mode]}" stroke="#000" stroke-opacity=".35" stroke-width="1" fill="none"/></pattern>'
    )


def _key(used: Sequence[str], rows: Sequence[Mapping[str, Any]], y: float) -> list[str]:
    """What colours and marks mean."""
    x, parts = 12.0, []
    parts.append(text(x, y, "what fails:"))
    x += 74.0
    for mode in used:
        fill = f"url(#rank-{mode})" if _HATCHES.get(mode) else MODE_COLOURS[mode]
        words = WORDS[mode] if mode else "not limited"
        seen = "" if mode else ' fill-opacity=".35"'
        parts.append(f'<rect x="{x:.1f}" y="{y - 9:.1f}" width="16" height="10" fill="{fill}"{seen}/>')
        parts.append(text(x + 21, y, words))
        x += 21 + LETTER * len(words) + 18
    x, y = 12.0, y + 17
    modes = {m for row in rows for m in row["modes"]}
    for name, (shape, words) in _MARKS.items():
        shown = len(modes) > 1 if name == "others" else any(row.get(name) is not None for row in rows)
        if not shown:
            continue
        if shape:
            parts.append(f'<path d="M{x:.1f} {y:.1f}{shape}" style="fill:{GROUND};stroke:{TEXT}" stroke-width="1.3"/>')
        else:
            parts += [line(x, y - 4, x + 16, y - 4, TEXT, width=1.6), *(line(e, y - 8, e, y, TEXT, width=1.6) for e in (x, x + 16))]
        parts.append(text(x + 21, y, words))
        x += 21 + LETTER * len(words) + 18
    return parts
