"""From a layout file to the one site that a recipe asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import shapely

from .archive import polygon_records
from .layout import LayoutError, read_layout
from .recipe import Recipe


def site_of(recipe: Recipe, file: str | Path) -> dict[str, Any]:
    """Openings of one site of a layout file, for the recipe's layer masks.

    Returns
    -------
    {"polygons": "layer/datatype" -> polygon [m] about the site's centre, "facts": what a run keeps of the site}

    Raises
    ------
    LayoutError : the file cannot be read, lacks a layer, or has no such site; the recipe names no site.
    """
    layout = read_layout(file, layers={layer: layer for layer in recipe.layers})
    names = {layer: name for name, layer in recipe.layout.layers.items()}
    anchor = recipe.layout.layers.get("ubm", recipe.layers[0])
    if recipe.layout.site is None:
        raise LayoutError(
            f"{file}: say which site is meant, e.g. --set layout.site=0; there are {len(layout.sites(anchor))} on layer {anchor}"
        )
    site = layout.site(recipe.layout.site, anchor)
    polygons, offsets = {}, {}
    for layer in recipe.layers:
        if not (shapes := site.polygons.get(layer, ())):
            raise LayoutError(f"{file}: site {site.name} has no opening of layer {layer} ({names.get(layer, '')}) round its centre")
        polygons[layer] = shapely.union_all(list(shapes))
        offsets[layer] = site.offset.get(layer, 0.0)
    facts = {
        "file": Path(file).name,
        "site": site.name,
        "centre": list(site.centre),
        "anchor": anchor,
        "offsets": offsets,
        "polygons": polygon_records(polygons),
        "report": layout.report(anchor),
        "duplicates": [_drawn_twice(d) for d in layout.duplicates],
        "duplicates_here": [_drawn_twice(d) for d in site.duplicates],
    }
    return {"polygons": polygons, "facts": facts}


def _drawn_twice(duplicate) -> str:
    x, y = (1e6 * c for c in duplicate.centre)
    what = "identical polygons" if duplicate.identical else "polygons of the same place that differ"
    return f"layer {duplicate.layer} draws {duplicate.times} {what} at ({x:.6g} um, {y:.6g} um)"
