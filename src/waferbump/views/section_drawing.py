"""A section as a picture: SVG, to scale, both halves of a round cell, with its films magnified where they are too thin to see."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from html import escape
from typing import Any

import shapely
from shapely.affinity import scale as scaled

from waferbump.geometry.section import Section

from .colours import Paint, hatching, outline_colour
from .frame import INSET_HEIGHT, INSET_WIDTH, THIN, Frame, Inset, frame_of, mean_thickness
from .legend import LINE, SLICE, LegendEntry, legend, legend_rows, slices
from .section_marks import board_break, carrier_break, cut_marks, foot_text, height_axis, inset_mark, scale_bar, top_of
from .svg_paths import path_data

__all__ = ["LegendEntry", "legend", "section_svg"]

_LEFT, _TOP, _GAP = 46.0, 10.0, 22.0  # [px] room for the z axis, above, and beside the insets
_ENDS = 10.0  # [px] more above for the letters at the ends of a planar cut
_FOOT, _SMALL_FOOT = 40.0, 22.0  # [px] for the scale bar
_NOTE = 150.0  # [px] a body at least so wide carries a note inside
_SMOOTH = 5e-8  # [m] side of the triangles that decimation may cut off a curve: chords stay within 0.02 um of it
OWN_STYLE = (
    "<style>text{font:11px system-ui,sans-serif;fill:#333}.f{fill:none;stroke:#999;stroke-width:.6}"
    ".g{stroke:#888;stroke-width:.8;fill:none}.b{stroke:#333;stroke-width:1.6;fill:none}.end{font-weight:700}"
    ".note{fill:#222;stroke:#fff;stroke-width:3;stroke-opacity:.8;paint-order:stroke}"
    "@media(prefers-color-scheme:dark){text:not(.note){fill:#ccc}.b{stroke:#ccc}}</style>"
)


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
    exaggeration: float | None = None,
) -> str:
    """A cross-section as one SVG element: to scale, or with heights exaggerated as it then says.

    Parameters
    ----------
    section : the cut [m]; a planar one runs from A at x = 0 to A' and shows where its `line` bends
    materials : name -> material with `colour` and `hatch`; what is not in it is drawn grey
    facts : region name -> Facts, for pastes, exposed resists and slices of the round shape
    mirrored : an axisymmetric cut is drawn on both sides of its axis
    frame : window shared by the pictures of a run (`frame_of`); by default the section's own
    title : read out by screen readers
    prefix : of the ids inside, to tell pictures on one page apart
    with_legend : draw the legend below; without, it is left to the page (`legend`), and so are the colours of text and lines
    exaggeration : without a frame, factor of the heights [1]; by default a round number chosen for planar cuts, 1 for round ones

    Coordinates inside the group "drawing" are px from the axis and from z = 0, z downwards; `data-scale` of the svg element is px per um,
    `data-exaggeration` what heights are multiplied with, below `data-upto` [um] where that is given.
    """
    frame = frame if frame is not None else frame_of([section], mirrored=mirrored, exaggeration=exaggeration)
    entries = legend(section, materials, facts=facts, frame=frame)
    paints = {entry.name: entry.paint for entry in entries}
    mirrored, planar, px = frame.left < 0, section.kind == "planar", frame.scale
    wide, tall = (frame.right - frame.left) * px, (frame.high - frame.low) * px
    left, top = (1.0 if frame.small else _LEFT), _TOP + (_ENDS if planar else 0.0)
    axis_x, zero_y = left - frame.left * px, top + frame.high * px
    total = left + wide + 2 + ((_GAP + INSET_WIDTH) if frame.insets else 0)
    height = max(top + tall + (_SMALL_FOOT if frame.small else _FOOT), _inset_top(len(frame.insets)) if frame.insets else 0)
    rows = -(-len(entries) // 2) if with_legend else 0
    what, names = "Both halves of a round cell" if mirrored else "A cell", ", ".join(entry.text for entry in reversed(entries))
    upto = f' data-upto="{frame.heights.upto * 1e6:g}"' if math.isfinite(frame.heights.upto) else ""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total:.0f} {height + rows * LINE + (8 if rows else 0):.0f}" role="img" '
        f'aria-labelledby="{prefix}t {prefix}d" data-scale="{px * 1e-6:.9g}" data-exaggeration="{frame.heights.factor:g}"{upto}>',
        f'<title id="{prefix}t">{escape(title)}</title>',
        f'<desc id="{prefix}d">{what}, {frame.heights.words}, from the carrier up: {escape(names)}.</desc>',
        OWN_STYLE if with_legend else "",
        "<defs>" + "".join(hatching(paint, prefix) for paint in dict.fromkeys(paints.values())) + "</defs>",
    ]
    shapes = _halves(_smooth(section, frame), mirrored)
    parts.append(f'<g class="drawing" transform="translate({axis_x:.2f} {zero_y:.2f})">')
    parts += _regions(shapes, paints, px, prefix)
    parts += carrier_break(float(frame.heights.drawn(section.floor)), frame.left, frame.right, frame.low, px)
    parts += board_break(float(frame.heights.drawn(top_of(section))), frame.left, frame.right, frame.high, px)
    if mirrored:
        parts.append(f'<path class="g axis" d="M0 {-frame.high * px:.1f}V{-frame.low * px:.1f}" stroke-dasharray="9 3 2 3" opacity=".55"/>')
    parts += [inset_mark(inset, section.width, px, any(inset.x < other.x for other in frame.insets)) for inset in frame.insets]
    parts += _notes(shapes, slices(section, facts), px)
    parts.append("</g>")
    parts.append(f'<rect class="f" x="{left:.2f}" y="{top}" width="{wide:.2f}" height="{tall:.2f}"/>')
    parts += cut_marks(section, frame, left, top, tall) if planar else []
    parts += [] if frame.small else height_axis(frame, left, top, zero_y)
    parts += scale_bar(px, left, top + tall + (8 if frame.small else 14), share=wide / 3 if frame.small else 110.0)
    parts += [] if frame.small else foot_text(section, frame, left + wide, top + tall + 14)
    for number, inset in enumerate(frame.insets):
        parts += _detail(section, inset, paints, frame, left + wide + _GAP, _inset_top(number) + 14, f"{prefix}i{number}", prefix)
    parts += legend_rows(entries, height, total, prefix) if with_legend else []
    parts.append("</svg>")
    return "".join(parts)


def _smooth(section: Section, frame: Frame) -> dict[str, Any]:
    """Shapes by region without air as they are drawn, decimated together so that neighbours still meet, cut to the frame."""
    shapes = shapely.coverage_simplify([region.shape for region in section.regions], _SMOOTH)
    names = [region.name for region in section.regions]
    drawn = {name: frame.heights.applied(shape) for name, shape in zip(names[:-1], shapes[:-1], strict=True)}
    window = shapely.box(0.0, frame.low, section.width, frame.high)
    return {
        name: shape if shape.bounds[1] >= frame.low and shape.bounds[3] <= frame.high else shapely.intersection(shape, window)
        for name, shape in drawn.items()
    }


def _notes(shapes: Mapping[str, Any], names: Collection[str], px: float) -> list[str]:
    """In the bodies that have room for it, that they are slices of the round shape."""
    parts = []
    for name in names:
        west, south, east, north = shapes[name].bounds
        if (east - west) * px >= _NOTE:
            x, y = (west + east) / 2 * px, -(south + north) / 2 * px
            parts.append(f'<text class="note" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{SLICE}</text>')
    return parts


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
        *scale_bar(inset.scale, x, y + INSET_HEIGHT + 6, share=70.0),
    ]
