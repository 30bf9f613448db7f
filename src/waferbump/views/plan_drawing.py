"""A site seen from above: SVG to scale, what lies hidden in dashed outlines, with the line along which it is cut."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import shapely

from waferbump.geometry.stack import Stack

from .colours import Paint, hatching, mixed, outline_colour, paint_of
from .frame import contents_of_stack, shades_of
from .legend import LINE, legend_of, legend_rows
from .section_drawing import OWN_STYLE
from .section_marks import scale_bar
from .svg_paths import path_data

WIDTH = 400.0  # [px] of the drawing field's longer side
_MARGIN = 26.0  # [px] round the field, for the letters at the ends of the cut
_FOOT = 40.0
_SMOOTH = 0.15  # [px] what decimation may take from a curve
_BLANKET = 0.97  # a hidden body that covers more of the window has no outline worth drawing
_LEAST = 1.2  # [px] hidden outlines nearer than this to an edge that is seen are not drawn a second time
_END, _REACH = 7.0, 15.0  # [px] half length of the bars at the cut's ends; how far beyond the ends the letters stand
_GAP = "gap"
_INK = 0.62  # hidden outlines have their material's colour so much darker


def plan_svg(
    stack: Stack,
    materials: Mapping[str, Any],
    *,
    facts: Mapping[str, Any] | None = None,
    line: Sequence[tuple[float, float]] = (),
    shades: Mapping[str, int] | None = None,
    title: str = "Seen from above",
    prefix: str = "p",
    with_legend: bool = True,
    width: float = WIDTH,
    small: bool = False,
) -> str:
    """A stack from above as one SVG element, to scale: the topmost regions painted, what lies below them dashed.

    Parameters
    ----------
    stack : what stands at the site
    materials : name -> material with `colour` and `hatch`, as for sections
    facts : region name -> Facts, for pastes
    line : of the planar cut (x, y) [m], drawn from A to A'
    shades : of regions, shared by the views of a run (`frame.shades_of`); by default the stack's own
    title : read out by screen readers
    prefix : of the ids inside, to tell pictures on one page apart
    with_legend : draw the legend below; without, it is left to the page, and so are the colours of text and lines
    width : [px] of the field's longer side
    small : a picture among many: less room round it, nothing written below but the scale bar

    Coordinates inside the group "drawing" are px from the bump's centre, y downwards; `data-scale` of the svg element is px per um.
    """
    x0, y0, x1, y1 = stack.window
    scale = width / max(x1 - x0, y1 - y0)
    wide, tall = (x1 - x0) * scale, (y1 - y0) * scale
    margin = _MARGIN if line else 6.0
    contents = contents_of_stack(stack)
    entries = legend_of(contents, materials, facts=facts, shades=shades if shades is not None else shades_of([contents]))
    paints = {entry.name: entry.paint for entry in entries}
    seen = dict(stack.seen_from_above())
    hidden = hidden_outlines(stack, seen, _LEAST / scale)
    total = wide + 2 * margin
    height = margin + tall + (margin if small else max(margin, 10.0) + _FOOT)
    rows = -(-len(entries) // 2) if with_legend else 0
    below, on_top = ", ".join(hidden) or "nothing", ", ".join(seen)
    painted = [entry.paint for entry in entries if with_legend or entry.name in seen]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total:.0f} {height + rows * LINE + (8 if rows else 0):.0f}" role="img" '
        f'aria-labelledby="{prefix}t {prefix}d" data-scale="{scale * 1e-6:.9g}">',
        f'<title id="{prefix}t">{escape(title)}</title>',
        f'<desc id="{prefix}d">Seen from above, to scale: {escape(on_top)}; below in dashed outlines: {escape(below)}.</desc>',
        OWN_STYLE if with_legend else "",
        "<defs>" + "".join(hatching(paint, prefix) for paint in dict.fromkeys(painted)) + "</defs>",
        f'<g class="drawing" transform="translate({margin - x0 * scale:.2f} {margin + y1 * scale:.2f})">',
        *_painted(seen, paints, scale, prefix),
        *_dashed(hidden, materials, contents, scale, 0.6 if small else 1.0),
        _cross(),
        *(_cut_line(line, scale) if line else ()),
        "</g>",
        f'<rect class="f" x="{margin:.2f}" y="{margin:.2f}" width="{wide:.2f}" height="{tall:.2f}"/>',
        *scale_bar(scale, margin, margin + tall + (8 if small else max(margin - 12.0, 8.0)), share=wide / 3),
    ]
    if not small:
        y = margin + tall + max(margin - 6.0, 14.0)
        text = f"{(x1 - x0) * 1e6:.6g} x {(y1 - y0) * 1e6:.6g} um, to scale; + bump's centre"
        parts.append(f'<text x="{margin + wide:.2f}" y="{y:.2f}" text-anchor="end">{text}</text>')
        words = _said(tuple(hidden))
        parts += [f'<text x="{margin:.2f}" y="{y + 15 + 13 * n:.2f}">{escape(text)}</text>' for n, text in enumerate(words)]
    parts += legend_rows(entries, height, total, prefix) if with_legend else []
    parts.append("</svg>")
    return "".join(parts)


def _said(hidden: tuple[str, ...]) -> list[str]:
    """In two lines at most, what the dashes mean."""
    bodies = [name for name in hidden if name != _GAP]
    words = ["dashed: " + ", ".join(bodies)] if bodies else []
    return words + (["long dashes: the gap below"] if _GAP in hidden else [])


def hidden_outlines(stack: Stack, seen: Mapping[str, Any], least: float) -> dict[str, shapely.Geometry]:
    """Outlines of what lies below something else, by region, and of the gap under a suspended part, as "gap" [m].

    Blankets have none, and what runs within `least` [m] of an edge that is drawn already, or of the window's, is left out.
    """
    window = shapely.box(*stack.window)

    def outline_of(shape):  # coarse, as offsets of curves with thousands of points take seconds
        return shapely.simplify(shapely.boundary(shape), least / 8)

    drawn = shapely.union_all([_near(outline_of(shape), least) for shape in (*seen.values(), window)])
    areas = {name: stack.plan_area(name) for name in reversed(stack.names[1:-1])}  # the carrier comes first, air is the last
    areas = {n: a for n, a in areas.items() if a.area < _BLANKET * window.area and not _all_seen(a, seen.get(n))}
    found = {}
    for name, area in {_GAP: covered_air(stack), **areas}.items():
        outline = shapely.difference(outline_of(area), drawn)
        if outline.length > 4 * least:
            found[name] = outline
            drawn = shapely.union(drawn, _near(outline, least))
    return found


def _near(outline: shapely.Geometry, distance: float) -> shapely.Geometry:
    return shapely.buffer(outline, distance, quad_segs=2)


def _all_seen(area: shapely.Geometry, seen: shapely.Geometry | None) -> bool:
    return seen is not None and seen.area > (1 - 1e-6) * area.area


def covered_air(stack: Stack) -> shapely.Geometry:
    """Where air lies under something that is no round body's overhang [m]: the gap under a suspended part."""
    under = [
        column.shape
        for column in stack.columns
        if any(
            below.name == "air" and above.name not in stack.imported for below, above in zip(column.layers, column.layers[1:], strict=False)
        )
    ]
    return shapely.union_all(under) if under else shapely.MultiPolygon()


def _painted(seen: Mapping[str, Any], paints: Mapping[str, Paint], scale: float, prefix: str) -> list[str]:
    names = [name for name in seen if name in paints]
    shapes = shapely.coverage_simplify([seen[name] for name in names], _SMOOTH / scale)
    return [
        f'<path data-region="{escape(name)}" fill="{paints[name].fill(prefix)}" stroke="{outline_colour(paints[name].colour)}" '
        f'stroke-width=".6" stroke-linejoin="round" d="{path_data(shape, scale)}"><title>{escape(name)}</title></path>'
        for name, shape in zip(names, shapes, strict=True)
    ]


def _dashed(hidden: Mapping[str, Any], materials: Mapping[str, Any], contents: Mapping[str, str], scale: float, fine: float) -> list[str]:
    """Dark dashes over a light halo, so that they show on every ground; the gap's are longer and heavier; `fine` shrinks them [1]."""
    parts = []
    for name, outline in hidden.items():
        data = _lines(shapely.simplify(outline, _SMOOTH / scale), scale)
        ink = "#1d2329" if name == _GAP else mixed(paint_of(contents[name], materials).colour, -_INK)
        dashes, weight = ((9.0, 4.0), 1.5) if name == _GAP else ((4.0, 2.5), 1.1)
        dash, weight = " ".join(f"{length * fine:.3g}" for length in dashes), round(weight * fine, 2)
        parts.append(f'<path d="{data}" fill="none" stroke="#fff" stroke-opacity=".5" stroke-width="{weight + 1.2 * fine:.1f}"/>')
        parts.append(
            f'<path data-hidden="{escape(name)}" d="{data}" fill="none" stroke="{ink}" stroke-width="{weight}" stroke-dasharray="{dash}">'
            f"<title>{escape(name)}, hidden</title></path>"
        )
    return parts


def _lines(outline: shapely.Geometry, scale: float) -> str:
    merged = shapely.line_merge(outline) if outline.geom_type == "MultiLineString" else outline
    parts = []
    for piece in getattr(merged, "geoms", (merged,)):
        if piece.geom_type == "LineString" and not piece.is_empty:
            points = np.round(np.asarray(piece.coords)[:, :2] * [scale, -scale], 2)
            parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points))
    return "".join(parts)


def _cross() -> str:
    """The bump's centre."""
    return (
        '<path class="centre" d="M-6 0h12M0 -6v12" fill="none" stroke="#fff" stroke-width="2.6" stroke-opacity=".8"/>'
        '<path d="M-6 0h12M0 -6v12" fill="none" stroke="#1d2329" stroke-width="1.1"/>'
    )


def _cut_line(line: Sequence[tuple[float, float]], scale: float) -> list[str]:
    """A chain line with bars across its ends, arrows along the view, and the letters A and A' beyond them."""
    points = np.asarray(line, dtype=float) * [scale, -scale]
    data = "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points)
    parts = [
        f'<path d="{data}" fill="none" stroke="#fff" stroke-opacity=".75" stroke-width="3"/>',
        f'<path class="cut" d="{data}" fill="none" stroke="#a01818" stroke-width="1.2" stroke-dasharray="12 3 2 3"/>',
    ]
    for letter, end, inner in (("A", points[0], points[1]), ("A′", points[-1], points[-2])):
        away = (end - inner) / math.hypot(*(end - inner))
        x, y = end + away * _REACH
        across = np.array([-away[1], away[0]]) * _END
        bar = end + away * 2
        parts.append(
            f'<path d="M{bar[0] - across[0]:.2f} {bar[1] - across[1]:.2f}L{bar[0] + across[0]:.2f} {bar[1] + across[1]:.2f}" '
            'stroke="#a01818" stroke-width="2.2" fill="none"/>'
        )
        parts.append(f'<text class="end" x="{x:.2f}" y="{y + 4:.2f}" text-anchor="middle">{letter}</text>')
    return parts
