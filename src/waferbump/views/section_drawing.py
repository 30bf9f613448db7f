"""A section as a picture: SVG, to scale, both halves of a round cell, with its films magnified where they are too thin to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import shapely
from shapely.affinity import scale as scaled

from waferbump.geometry.section import Section

from .colours import Paint, hatching, outline_colour, paint_of
from .frame import INSET_HEIGHT, INSET_WIDTH, THIN, Frame, Inset, frame_of, mean_thickness
from .svg_paths import nice_step, path_data

_LEFT, _TOP, _GAP = 46.0, 10.0, 22.0  # [px] room for the z axis, above, and beside the insets
_FOOT = 40.0  # [px] for the scale bar
_SMOOTH = 5e-8  # [m] side of the triangles that decimation may cut off a curve: chords stay within 0.02 um of it
_LINE = 14.0  # [px] of the legend
_OWN_STYLE = (
    "<style>text{font:11px system-ui,sans-serif;fill:#333}.f{fill:none;stroke:#999;stroke-width:.6}"
    ".g{stroke:#888;stroke-width:.8;fill:none}.b{stroke:#333;stroke-width:1.6;fill:none}"
    "@media(prefers-color-scheme:dark){text{fill:#ccc}.b{stroke:#ccc}}</style>"
)


@dataclass(frozen=True)
class LegendEntry:
    """One line of a legend: the region, its material, how it is painted, and what else is known of it."""

    name: str
    material: str
    paint: Paint
    remark: str = ""

    @property
    def text(self) -> str:
        """Region – material, with the remark."""
        return f"{self.name} – {self.material}" + (f" ({self.remark})" if self.remark else "")


def legend(
    section: Section, materials: Mapping[str, Any], *, facts: Mapping[str, Any] | None = None, frame: Frame | None = None
) -> tuple[LegendEntry, ...]:
    """What stands in a section, last made first, as the legend lists it."""
    facts = facts or {}
    shades = frame.shades if frame is not None else frame_of([section]).shades
    entries = [
        LegendEntry(
            r.name, r.material, paint_of(r.material, materials, shades.get(r.name, 0), facts.get(r.name)), _remark(facts.get(r.name))
        )
        for r in section.regions[:-1]
    ]
    return tuple(reversed(entries))


def _remark(fact: Any) -> str:
    if fact is None:
        return ""
    words = []
    if fact.phase == "paste":
        words.append(f"paste, {fact.metal_fraction * 100:.3g} % metal by volume")
    if any(exposure.step not in fact.opened_by for exposure in fact.latent):
        words.append("exposed")
    if fact.cured:
        words.append("cured")
    if len(fact.made_from) > 1:
        words.append("fused from " + ", ".join(fact.made_from))
    return "; ".join(words)


def section_svg(
    section: Section,
    materials: Mapping[str, Any],
    *,
    facts: Mapping[str, Any] | None = None,
    mirrored: bool = True,
    frame: Frame | None = None,
    title: str = "Cross-section",
    prefix: str = "s",
    with_legend: bool = True,
) -> str:
    """A cross-section to scale as one SVG element.

    Parameters
    ----------
    section : the cut [m]
    materials : name -> material with `colour` and `hatch`; what is not in it is drawn grey
    facts : region name -> Facts, for pastes and exposed resists
    mirrored : an axisymmetric cut is drawn on both sides of its axis
    frame : window shared by the pictures of a run (`frame_of`); by default the section's own
    title : read out by screen readers
    prefix : of the ids inside, to tell pictures on one page apart
    with_legend : draw the legend below; without, it is left to the page (`legend`), and so are the colours of text and lines

    Coordinates inside the group "drawing" are px from the axis and from z = 0, z downwards; `data-scale` of the svg element is px per um.
    """
    frame = frame if frame is not None else frame_of([section], mirrored=mirrored)
    entries = legend(section, materials, facts=facts, frame=frame)
    paints = {entry.name: entry.paint for entry in entries}
    mirrored = frame.left < 0
    px = frame.scale
    wide, tall = (frame.right - frame.left) * px, (frame.high - frame.low) * px
    axis_x, zero_y = _LEFT - frame.left * px, _TOP + frame.high * px
    total = _LEFT + wide + 2 + ((_GAP + INSET_WIDTH) if frame.insets else 0)
    height = max(_TOP + tall + _FOOT, _inset_top(len(frame.insets)) if frame.insets else 0)
    rows = -(-len(entries) // 2) if with_legend else 0
    what, names = "Both halves of a round cell" if mirrored else "A cell", ", ".join(entry.text for entry in reversed(entries))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total:.0f} {height + rows * _LINE + (8 if rows else 0):.0f}" role="img" '
        f'aria-labelledby="{prefix}t {prefix}d" data-scale="{px * 1e-6:.9g}">',
        f'<title id="{prefix}t">{escape(title)}</title>',
        f'<desc id="{prefix}d">{what}, to scale, from the carrier up: {escape(names)}.</desc>',
        _OWN_STYLE if with_legend else "",
        "<defs>" + "".join(hatching(paint, prefix) for paint in dict.fromkeys(paints.values())) + "</defs>",
    ]
    parts.append(f'<g class="drawing" transform="translate({axis_x:.2f} {zero_y:.2f})">')
    parts += _regions(_halves(_smooth(section, frame), mirrored), paints, px, prefix)
    parts += _carrier_break(section, frame)
    if mirrored:
        parts.append(f'<path class="g axis" d="M0 {-frame.high * px:.1f}V{-frame.low * px:.1f}" stroke-dasharray="9 3 2 3" opacity=".55"/>')
    parts += [_mark(inset, section.width, px, any(inset.x < other.x for other in frame.insets)) for inset in frame.insets]
    parts.append("</g>")
    parts.append(f'<rect class="f" x="{_LEFT:.2f}" y="{_TOP}" width="{wide:.2f}" height="{tall:.2f}"/>')
    parts += _height_axis(frame, zero_y)
    parts += _scale_bar(px, _LEFT, _TOP + tall + 14)
    parts.append(_foot_text(section, frame, _LEFT + wide, _TOP + tall + 14))
    for number, inset in enumerate(frame.insets):
        parts += _detail(section, inset, paints, frame, _LEFT + wide + _GAP, _inset_top(number) + 14, f"{prefix}i{number}", prefix)
    parts += _legend_rows(entries, height, total, prefix) if with_legend else []
    parts.append("</svg>")
    return "".join(parts)


def _smooth(section: Section, frame: Frame) -> dict[str, Any]:
    """Shapes by region without air, decimated together so that neighbours still meet, cut to the frame."""
    shapes = shapely.coverage_simplify([region.shape for region in section.regions], _SMOOTH)
    window = shapely.box(0.0, frame.low, section.width, frame.high)
    names = [region.name for region in section.regions]
    return {
        name: shape if shape.bounds[1] >= frame.low and shape.bounds[3] <= frame.high else shapely.intersection(shape, window)
        for name, shape in zip(names[:-1], shapes[:-1], strict=True)
    }


def _halves(shapes: Mapping[str, Any], mirrored: bool) -> dict[str, Any]:
    if not mirrored:
        return dict(shapes)
    return {name: shapely.union(shape, scaled(shape, xfact=-1.0, yfact=1.0, origin=(0.0, 0.0))) for name, shape in shapes.items()}


def _regions(shapes: Mapping[str, Any], paints: Mapping[str, Paint], px: float, prefix: str) -> list[str]:
    """One path a region, thick bodies first, so that a film too thin for the scale lies as a hairline on top of its neighbours."""
    thickness = {name: mean_thickness(shape) * px for name, shape in shapes.items()}
    parts = []
    for name in sorted(shapes, key=lambda n: (thickness[n] < THIN, -thickness[n] if thickness[n] < THIN else 0)):
        data = path_data(shapes[name], px)
        if data:
            paint = paints[name]
            line = (
                f'stroke="{paint.colour}" stroke-width="1"'
                if thickness[name] < THIN
                else f'stroke="{outline_colour(paint.colour)}" stroke-width=".6"'
            )
            parts.append(
                f'<path data-region="{escape(name)}" fill="{paint.fill(prefix)}" {line} stroke-linejoin="round" d="{data}">'
                f"<title>{escape(name)}</title></path>"
            )
    return parts


def _carrier_break(section: Section, frame: Frame) -> list[str]:
    """The line by which drawings say that more follows."""
    if section.floor >= frame.low:
        return []
    px, y = frame.scale, -frame.low * frame.scale
    steps = 24
    pitch = (frame.right - frame.left) * px / steps
    zigzag = "".join(f"l{pitch / 2:.2f} -4l{pitch / 2:.2f} 4" for _ in range(steps))
    return [f'<path class="break" fill="var(--ground,#fff)" d="M{frame.left * px:.2f} {y:.2f}{zigzag}v2H{frame.left * px:.2f}z"/>']


def _mark(inset: Inset, width: float, px: float, letter_left: bool) -> str:
    x0, z0, x1, z1 = inset.window(width)
    place = f'x="{x0 * px - 2:.2f}" text-anchor="end"' if letter_left else f'x="{x1 * px + 2:.2f}"'
    return (
        f'<rect class="g" x="{x0 * px:.2f}" y="{-z1 * px:.2f}" width="{(x1 - x0) * px:.2f}" height="{(z1 - z0) * px:.2f}"/>'
        f'<text {place} y="{-z1 * px + 6:.2f}">{inset.letter}</text>'
    )


def _height_axis(frame: Frame, zero: float) -> list[str]:
    """Ticks of z in um on the left."""
    step = nice_step((frame.high - frame.low) * 1e6 / 6)
    first = -int(-frame.low * 1e6 // step)
    parts = [f'<text x="{_LEFT - 42}" y="{_TOP + 3}">z [um]</text>']
    for number in range(first, int(frame.high * 1e6 // step) + 1):
        y = zero - number * step * 1e-6 * frame.scale
        if y > _TOP + 14:
            parts.append(f'<path class="g" d="M{_LEFT} {y:.2f}h-4"/>')
            parts.append(f'<text x="{_LEFT - 7}" y="{y + 3.5:.2f}" text-anchor="end">{number * step:g}</text>')
    return parts


def _scale_bar(scale: float, x: float, y: float, share: float = 110.0) -> list[str]:
    """A bar of a round length; scale [px/m]."""
    length = nice_step(share / scale * 1e6, down=True)
    wide = length * 1e-6 * scale
    text = f"{length:g} um" if length >= 1 else f"{length * 1e3:g} nm"
    return [
        f'<path class="b" data-um="{length:g}" d="M{x:.2f} {y:.2f}v5h{wide:.2f}v-5"/>',
        f'<text x="{x + wide + 6:.2f}" y="{y + 6:.2f}">{text}</text>',
    ]


def _foot_text(section: Section, frame: Frame, right: float, y: float) -> str:
    lines = [f"cell {2 * section.width * 1e6:.6g} um wide, to scale" if frame.left < 0 else f"{section.width * 1e6:.6g} um, to scale"]
    if section.floor < frame.low:
        lines.append(f"carrier {-section.floor * 1e6:.6g} um thick, its top {-frame.low * 1e6:.3g} um drawn")
    return "".join(f'<text x="{right:.2f}" y="{y + 6 + 13 * n:.2f}" text-anchor="end">{line}</text>' for n, line in enumerate(lines))


def _inset_top(number: int) -> float:
    return _TOP + number * (INSET_HEIGHT + 50)


def _detail(
    section: Section, inset: Inset, paints: Mapping[str, Paint], frame: Frame, x: float, y: float, ident: str, prefix: str
) -> list[str]:
    """One inset, to scale in itself, cut from the undecimated section."""
    x0, z0, x1, z1 = inset.window(section.width)
    window = shapely.box(x0, z0, x1, z1)
    shapes = {}
    for region in section.regions[:-1]:
        low, high = region.shape.bounds[1], region.shape.bounds[3]
        if high > z0 and low < z1 and not (part := shapely.intersection(region.shape, window)).is_empty:
            shapes[region.name] = part
    heading = (
        f"{inset.letter}: × {inset.scale / frame.scale:g} at {'r' if section.kind == 'axisymmetric' else 'x'} = {inset.x * 1e6:.4g} um"
    )
    return [
        f'<text x="{x:.2f}" y="{y - 4:.2f}">{heading}</text>',
        f'<clipPath id="{ident}"><rect x="{x:.2f}" y="{y:.2f}" width="{INSET_WIDTH}" height="{INSET_HEIGHT}"/></clipPath>',
        f'<g class="inset" data-scale="{inset.scale * 1e-6:.9g}" clip-path="url(#{ident})">'
        f'<g transform="translate({x - x0 * inset.scale:.2f} {y + z1 * inset.scale:.2f})">',
        *_regions(shapes, paints, inset.scale, prefix),
        "</g></g>",
        f'<rect class="f" x="{x:.2f}" y="{y:.2f}" width="{INSET_WIDTH}" height="{INSET_HEIGHT}"/>',
        *_scale_bar(inset.scale, x, y + INSET_HEIGHT + 6, share=70.0),
    ]


def _legend_rows(entries: tuple[LegendEntry, ...], top: float, total: float, prefix: str) -> list[str]:
    half = -(-len(entries) // 2)
    parts = []
    for number, entry in enumerate(entries):
        x, y = 8 + (number // half) * total / 2, top + 8 + (number % half) * _LINE
        paint = f'fill="{entry.paint.fill(prefix)}" stroke="{outline_colour(entry.paint.colour)}" stroke-width=".6"'
        parts.append(f'<rect x="{x:.1f}" y="{y - 8:.1f}" width="16" height="10" {paint}/>')
        parts.append(f'<text x="{x + 22:.1f}" y="{y:.1f}">{escape(entry.text)}</text>')
    return parts
