"""A mask file's facts as text for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..units import show

if TYPE_CHECKING:
    from .reading import Layout
    from .sites import Site

_MOST = 6  # places listed before the rest is counted


def report(layout: Layout, anchor: str | None = None) -> str:
    """The file's facts: layers with counts, sites, what is drawn twice and where, shapes without an anchor.

    Parameters
    ----------
    layout : the mask file as read
    anchor : the layer whose shapes are the sites; None for "ubm", or the only layer there is
    """
    anchor = layout.anchor_name(anchor)
    sites = layout.sites(anchor)
    lines = [f"{layout.file}: {layout.format.upper()}, cell {layout.cell!r}, database unit {layout.unit * 1e9:.6g} nm", "layers"]
    for name, layer in layout.layers.items():
        notes = [f"{layer.drawn} polygons drawn, {len(layer.shapes)} shapes"]
        notes += [f"{layer.without_area} without area"] * bool(layer.without_area)
        notes += [f"{layer.crossing} with an outline that touches or crosses itself"] * bool(layer.crossing)
        lines.append(f"  {name}{'' if name == layer.number else f' ({layer.number})'}: {', '.join(notes)}")
    mapped = {layer.number for layer in layout.layers.values()}
    others = [f"{number} ({count})" for number, count in layout.counts.items() if number not in mapped]
    lines += [f"  not in the layer map: {', '.join(others)}"] * bool(others)
    lines += [f"  {layout.without_area} paths without width or length left out"] * bool(layout.without_area)
    apart = _range(site.pitch for site in sites if site.pitch is not None)
    lines.append(f"sites: {len(sites)}, one a shape of {anchor}; {apart} to the nearest")
    for name in layout.layers:
        lines.append(_over_centre(name, anchor, sites))
    lines.append("drawn more than once: " + ("" if layout.duplicates else "nothing"))
    for one in layout.duplicates:
        how = "identical polygons" if one.identical else "same place and area, other corners"
        at = [site.name for site in sites if one in site.duplicates]
        lines.append(f"  {one.layer} at {_place(one.centre)}, {one.times} times, {how}" + (f" ({at[0]})" if at else ""))
    for name, alone in layout.without_anchor(anchor).items():
        if alone:
            more = f" and {len(alone) - _MOST} more" if len(alone) > _MOST else ""
            lines.append(f"{name}: {len(alone)} shapes touch no {anchor}: {', '.join(_place(centre) for centre in alone[:_MOST])}{more}")
    return "\n".join(lines)


def _over_centre(name: str, anchor: str, sites: tuple[Site, ...]) -> str:
    openings = [site.openings[name] for site in sites if name in site.openings]
    if not openings:
        return f"  {name}: over no site's centre"
    widths = Counter(show(opening.equivalent_diameter, "length") for opening in openings)
    shown = ", ".join(f"{width} at {count}" for width, count in widths.most_common(_MOST)) + (" …" if len(widths) > _MOST else "")
    text = f"  {name}: over the centre of {len(openings)} sites; equal-area diameter {shown}"
    facets = openings[0].facets
    if facets.regular and all(opening.facets.regular for opening in openings) and facets.nominal_is != "equal area":
        text += (f"; circles as {facets.corners}-gons, {show(facets.across_corners, 'length')} across corners, "
                 f"{show(facets.across_flats, 'length')} across flats, nominal {show(facets.nominal, 'length')} {facets.nominal_is}")
    if name != anchor:
        text += f"; off the centre by {_range(opening.distance for opening in openings)}"
    missing = [site.name for site in sites if name not in site.openings]
    if missing:
        text += f"; absent at {', '.join(missing[:_MOST])}" + (f" and {len(missing) - _MOST} more" if len(missing) > _MOST else "")
    return text


def _range(values: Iterable[float]) -> str:
    values = sorted(values)
    if not values:
        return "no distance"
    low, high = show(values[0], "length"), show(values[-1], "length")
    return low if low == high else f"{low} to {high}"


def _place(point: tuple[float, float]) -> str:
    return f"({show(point[0], 'length')}, {show(point[1], 'length')})"
