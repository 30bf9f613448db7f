"""What is written round a section: axis, scale bar, the carrier's break, the ends and bends of the cut, and how heights are drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from waferbump.geometry.section import Section

from .frame import Frame, Inset
from .svg_paths import nice_step

_CLOSE = 14.0  # [px] between the numbers of an axis
_STRAIGHT = 1e-3  # [rad] a bend of less is none: 0.1 um over 100 um, the grid of masks


def carrier_break(floor: float, left: float, right: float, low: float, scale: float) -> list[str]:
    """The line by which drawings say that more follows: over left to right [m] at low [m], where `floor` [m] lies deeper."""
    if floor >= low:
        return []
    steps = 24
    pitch = (right - left) * scale / steps
    zigzag = "".join(f"l{pitch / 2:.2f} -4l{pitch / 2:.2f} 4" for _ in range(steps))
    return [f'<path class="break" fill="var(--ground,#fff)" d="M{left * scale:.2f} {-low * scale:.2f}{zigzag}v2H{left * scale:.2f}z"/>']


def board_break(top: float, left: float, right: float, high: float, scale: float) -> list[str]:
    """As `carrier_break`, at the top [m] of the picture, where something, as drawn up to `top` [m] (a board), goes on above it."""
    if top <= high:
        return []
    steps = 24
    pitch = (right - left) * scale / steps
    zigzag = "".join(f"l{pitch / 2:.2f} 4l{pitch / 2:.2f} -4" for _ in range(steps))
    return [f'<path class="break" fill="var(--ground,#fff)" d="M{left * scale:.2f} {-high * scale:.2f}{zigzag}v-2H{left * scale:.2f}z"/>']


def top_of(section: Section) -> float:
    """Highest point of anything solid [m]."""
    return max(region.shape.bounds[3] for region in section.regions if region.name != "air")


def height_axis(frame: Frame, left: float, top: float, zero: float) -> list[str]:
    """Ticks of z in um on the left, at [px]; where heights are drawn true above some level, ticks are coarser there."""
    parts = [f'<text x="{left - 42}" y="{top + 3}">z [um]</text>']
    heights, upto = frame.heights, frame.heights.upto * 1e6
    per_um = frame.scale * 1e-6
    low = frame.low * 1e6 / heights.factor
    high = frame.high * 1e6 if heights.true else min(frame.high * 1e6 / heights.factor, upto)
    wanted = (frame.high - frame.low) * 1e6 / 6
    if math.isfinite(upto):
        wanted = min(wanted, 1.6 * _CLOSE / per_um)
    ticks = _ticks(low, high, wanted / heights.factor)
    if math.isfinite(upto):
        y = zero - float(heights.drawn(heights.upto)) * frame.scale
        wide = (frame.right - frame.left) * frame.scale
        parts.append(f'<path class="g level" d="M{left} {y:.2f}h{wide:.2f}" stroke-dasharray="1 4"/>')
        ticks = [z for z in ticks if z <= upto]
        top_z = upto + frame.high * 1e6 - heights.factor * upto
        ticks += [z for z in _ticks(upto, top_z, (frame.high - frame.low) * 1e6 / 6) if (z - upto) * per_um > _CLOSE]
    for z in ticks:
        y = zero - float(heights.drawn(z * 1e-6)) * frame.scale
        if y > top + 14:
            parts.append(f'<path class="g" d="M{left} {y:.2f}h-4"/>')
            parts.append(f'<text x="{left - 7}" y="{y + 3.5:.2f}" text-anchor="end">{z:g}</text>')
    return parts


def _ticks(low: float, high: float, wanted: float) -> list[float]:
    step = nice_step(wanted)
    return [number * step for number in range(-int(-low // step), int(high // step) + 1)]


def scale_bar(scale: float, x: float, y: float, share: float = 110.0) -> list[str]:
    """A bar of a round length no longer than `share` [px]; scale [px/m]."""
    length = nice_step(share / scale * 1e6, down=True)
    wide = length * 1e-6 * scale
    text = f"{length:g} um" if length >= 1 else f"{length * 1e3:g} nm"
    return [
        f'<path class="b" data-um="{length:g}" d="M{x:.2f} {y:.2f}v5h{wide:.2f}v-5"/>',
        f'<text x="{x + wide + 6:.2f}" y="{y + 6:.2f}">{text}</text>',
    ]


def foot_text(section: Section, frame: Frame, right: float, y: float) -> list[str]:
    """How wide the cell is, how heights are drawn, and what of the carrier is not shown, set flush at `right` [px]."""
    if frame.left < 0:
        lines = [f"cell {2 * section.width * 1e6:.6g} um wide, {frame.heights.words}"]
    else:
        lines = [f"{section.width * 1e6:.6g} um, {frame.heights.words}"]
    if section.floor < frame.low / frame.heights.factor:
        shown = -frame.low * 1e6 / frame.heights.factor
        lines.append(f"carrier {-section.floor * 1e6:.6g} um thick, its top {shown:.3g} um drawn")
    if float(frame.heights.drawn(top_of(section))) > frame.high:
        lines[0] += ", the board goes on above"
    return [f'<text x="{right:.2f}" y="{y + 6 + 13 * n:.2f}" text-anchor="end">{line}</text>' for n, line in enumerate(lines)]


def bends(line: Sequence[tuple[float, float]]) -> tuple[float, ...]:
    """Arc lengths [m] at which a line through the plan (points [m]) changes its direction."""
    if len(line) < 3:
        return ()
    points = np.asarray(line, dtype=float)
    legs = np.diff(points, axis=0)
    along = np.cumsum(np.hypot(*legs.T))
    turns = np.diff(np.unwrap(np.arctan2(legs[:, 1], legs[:, 0])))
    return tuple(float(s) for s, turn in zip(along[:-1], turns, strict=True) if abs(turn) > _STRAIGHT)


def cut_marks(section: Section, frame: Frame, left: float, top: float, tall: float) -> list[str]:
    """A and A' over the ends of a planar cut and thin ticks where its line bends; the field begins at left, top [px] and is `tall` [px]."""
    right = left + section.width * frame.scale
    parts = [
        f'<text class="end" x="{left:.1f}" y="{top - 4:.1f}">A</text>',
        f'<text class="end" x="{right:.1f}" y="{top - 4:.1f}" text-anchor="end">A′</text>',
    ]
    for s in bends(section.line):
        parts.append(f'<path class="g bend" d="M{left + s * frame.scale:.2f} {top - 5:.2f}v{tall + 10:.2f}" stroke-dasharray="2 3"/>')
    return parts


def inset_mark(inset: Inset, width: float, scale: float, letter_left: bool) -> str:
    """The frame of a magnified detail with its letter, in a drawing at scale [px/m] of a cell `width` [m] wide."""
    x0, z0, x1, z1 = inset.window(width)
    place = f'x="{x0 * scale - 2:.2f}" text-anchor="end"' if letter_left else f'x="{x1 * scale + 2:.2f}"'
    return (
        f'<rect class="g" x="{x0 * scale:.2f}" y="{-z1 * scale:.2f}" width="{(x1 - x0) * scale:.2f}" height="{(z1 - z0) * scale:.2f}"/>'
        f'<text {place} y="{-z1 * scale + 6:.2f}">{inset.letter}</text>'
    )
