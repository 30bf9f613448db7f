"""From a layout file to the one site that a recipe asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import shapely

from .archive import polygon_records
from .layout import Layout, LayoutError, Net, Site, connected, cut_line, read_layout, within
from .layout.nets import window_round
from .recipe import Recipe
from .recipe.masks import layer_of

Window = tuple[float, float, float, float]


def site_of(recipe: Recipe, file: str | Path) -> dict[str, Any]:
    """What a layout file draws at one site on the layers of the recipe's masks.

    Without views it is the shape of each layer over the site's centre; with views it is all that lies in the site's window, clipped to it.

    Returns
    -------
    {"polygons": "layer/datatype" -> (multi)polygon [m] about the site's centre, "facts": what a run keeps of the site; with views also
    the "window" (x0, y0, x1, y1) and the "cut", a polyline from the layout or None, about the site's centre [m]}

    Raises
    ------
    LayoutError : the file cannot be read, lacks a layer, or has no such site; the recipe names no site; a layer has nothing there, or
        too much to build; no cut line passes the site.
    """
    cut = _cut_layer(recipe)
    layout = read_layout(file, layers={layer: layer for layer in recipe.layers}, lines=None if cut is None else {cut: cut})
    names = {layer: name for name, layer in recipe.layout.layers.items()}
    anchor = recipe.layout.layers.get("ubm", recipe.layers[0])
    if recipe.layout.site is None:
        raise LayoutError(
            f"{file}: say which site is meant, e.g. --set layout.site=0; there are {len(layout.sites(anchor))} on layer {anchor}"
        )
    site = layout.site(recipe.layout.site, anchor)
    seen: dict[str, Any] = {}
    if recipe.views is None:
        found = {layer: shapely.union_all(list(site.polygons.get(layer, ()))) for layer in recipe.layers}
        where = "opening of layer {} round its centre"
    else:
        window, line = window_and_cut(recipe, layout, site)
        seen = {"window": list(window), "cut": None if line is None else [list(point) for point in line]}
        found = within(layout, site, recipe.layers, window)
        where = "shape of layer {} in its window"
    for layer, polygon in found.items():
        if polygon.is_empty:
            raise LayoutError(f"{file}: site {site.name} has no " + where.format(f"{layer} ({names.get(layer, '')})"))
    facts = {
        "file": Path(file).name,
        "site": site.name,
        "centre": list(site.centre),
        "anchor": anchor,
        "offsets": {layer: site.offset.get(layer, 0.0) for layer in recipe.layers},
        "polygons": polygon_records(found),
        "report": layout.report(anchor),
        "duplicates": [_drawn_twice(d) for d in layout.duplicates],
        "duplicates_here": [_drawn_twice(d) for d in site.duplicates],
        **seen,
    }
    return {"polygons": found, "facts": facts}


def window_and_cut(recipe: Recipe, layout: Layout, site: Site) -> tuple[Window, tuple[tuple[float, float], ...] | None]:
    """The window that a recipe with views asks for at a site, and its cut line where the layout holds it, about the site's centre [m].

    The window is the recipe's own, or else the bounding box of the site's nets and a margin round it.

    Raises
    ------
    LayoutError : the net is too large to build, or no cut line passes the window.
    """
    line, _ = _line_and_pad(recipe)
    window = recipe.views.window or window_round(site, nets_of(recipe, layout, site), () if line is None else (line,))
    cut = _cut_layer(recipe)
    return window, None if cut is None else cut_line(layout, cut, site, window)


def nets_of(recipe: Recipe, layout: Layout, site: Site) -> tuple[Net, ...]:
    """The site's bump followed down through the layers of the recipe's masks.

    From the under-bump metal through the layers with an opening over the centre, the smallest first, to those without one, each on its own;
    the redistribution line and the pad that the cut follows come last.
    """
    line, pad = _line_and_pad(recipe)
    over = sorted(
        (name for name in recipe.layers if name in site.openings and name not in (site.anchor, line, pad)),
        key=lambda name: site.openings[name].polygon.area,
    )
    chain = [site.anchor, *over, *([line] if line not in (None, site.anchor) else [])]
    ends = [pad] if pad is not None else [name for name in recipe.layers if name not in chain]
    chains = [(*chain, end) for end in ends if end not in chain] or ([chain] if len(chain) > 1 else [])
    return tuple(connected(layout, site, each) for each in chains)


def _line_and_pad(recipe: Recipe) -> tuple[str | None, str | None]:
    """Layers of the metal line that the cut follows and of the pad at which it starts, where they come from the layout."""
    cut = recipe.views.cut
    return (None, None) if cut is None or cut.along is None else (_layer(recipe, cut.along), _layer(recipe, cut.start))


def _layer(recipe: Recipe, name: str) -> str | None:
    seen: set[str] = set()
    while (mask := recipe.masks.get(name)) is not None and mask.of is not None and name not in seen:
        seen.add(name)
        name = mask.of
    return None if mask is None else layer_of(mask, recipe.layout.layers)


def _cut_layer(recipe: Recipe) -> str | None:
    if recipe.views is None or recipe.views.cut is None or recipe.views.cut.layer is None:
        return None
    return recipe.layout.layers.get(recipe.views.cut.layer, recipe.views.cut.layer)


def _drawn_twice(duplicate) -> str:
    x, y = (1e6 * c for c in duplicate.centre)
    what = "identical polygons" if duplicate.identical else "polygons of the same place that differ"
    return f"layer {duplicate.layer} draws {duplicate.times} {what} at ({x:.6g} um, {y:.6g} um)"
