"""The net of one bump site: what its opening touches, layer by layer, down to the chip's pads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from .limits import LayoutError
from .shapes import MaskLayer, steps_per_metre

if TYPE_CHECKING:
    from .reading import Layout
    from .sites import Site

Window = tuple[float, float, float, float]

_SHAPES, _CORNERS = 20_000, 200_000  # of one layer in one site's window; a stack of columns made of more takes minutes (our choice)
_MARGIN = 1.5  # largest opening radii left round the net: the neighbours' films end outside (our choice)
_ROUND = 0.5  # inscribed over circumscribed diameter; a square has 0.71, a pad with a line that leads away less than 0.5


@dataclass(frozen=True)
class Net:
    """What one site's bump is connected to.

    Parameters
    ----------
    site : the site's name
    layers : the layers followed, from the bump down
    shapes : for each of them the shapes that belong to the net, origin at the site's centre [m]
    """

    site: str
    layers: tuple[str, ...]
    shapes: Mapping[str, tuple[shapely.Polygon, ...]]

    @property
    def pads(self) -> tuple[tuple[float, float], ...]:
        """Centroids (x, y) of the shapes of the lowest layer from the site's centre [m]."""
        return tuple((shape.centroid.x, shape.centroid.y) for shape in self.shapes[self.layers[-1]])

    @property
    def line(self) -> tuple[shapely.Polygon, ...]:
        """The shapes of the layer above the lowest: the redistribution line between bump and pads [m]."""
        return self.shapes[self.layers[-2]]

    @property
    def straight(self) -> tuple[bool, ...]:
        """For each pad whether the straight way from it to the bump's centre stays on the redistribution line."""
        line = shapely.union_all(list(self.line))
        return tuple(bool(shapely.covers(line, shapely.LineString([pad, (0.0, 0.0)]))) for pad in self.pads)

    @property
    def bounds(self) -> Window:
        """x0, y0, x1, y1 of all its shapes about the site's centre [m]."""
        return tuple(float(value) for value in shapely.total_bounds([shape for each in self.shapes.values() for shape in each]))


def connected(layout: Layout, site: Site, layers: Sequence[str]) -> Net:
    """Follow a site's bump down through the layers: of each layer the shapes that overlap those found on the layer above it.

    Parameters
    ----------
    layout : the mask file as read
    site : the site
    layers : names of two layers or more, from the bump down, such as under-bump metal, polymer 2, redistribution, polymer 1

    Raises
    ------
    LayoutError : no such layer, no opening of the first layer over the site's centre, or more shapes in the net than can be built.
    """
    if len(layers) < 2 or len(set(layers)) < len(layers):
        raise LayoutError(f"{layout.file}: a net is followed through two layers or more, each once, not {', '.join(layers) or 'none'}")
    masks = [_mask(layout, name) for name in layers]
    if layers[0] not in site.openings:
        raise LayoutError(f"{layout.file}: site {site.name} has no opening of layer {layers[0]} over its centre")
    scale = steps_per_metre(masks[0].grid)
    centre = np.array(site.centre) * scale
    found = np.array([shapely.transform(site.openings[layers[0]].polygon, lambda points: np.rint(points * scale + centre))])
    shapes = {layers[0]: (site.openings[layers[0]].polygon,)}
    for mask in masks[1:]:
        above, below = shapely.STRtree(mask.shapes).query(found, predicate="intersects")
        overlap = ~shapely.touches(found[above], mask.shapes[below])
        found = mask.shapes[np.unique(below[overlap])]
        _refuse_too_many(layout, site, mask, found, "in the net")
        shapes[mask.name] = _about(site, mask, found)
    return Net(site.name, tuple(layers), shapes)


def within(layout: Layout, site: Site, layers: Sequence[str], window: Window) -> dict[str, shapely.MultiPolygon]:
    """For each layer all that lies in a window round a site, clipped to it, origin at the site's centre [m].

    Parameters
    ----------
    layout : the mask file as read
    site : the site
    layers : names in the layer map
    window : x0, y0, x1, y1 about the site's centre [m]

    Raises
    ------
    LayoutError : no such layer, or more shapes or corners in the window than can be built.
    """
    if not (all(math.isfinite(value) for value in window) and window[0] < window[2] and window[1] < window[3]):
        raise LayoutError(f"{layout.file}: a window is x0, y0, x1, y1 with x0 below x1 and y0 below y1, not {window!r}")
    box, found = shapely.box(*window), {}
    for name in layers:
        mask = _mask(layout, name)
        scale = steps_per_metre(mask.grid)
        there = shapely.transform(box, lambda points: (points + np.array(site.centre)) * scale)  # noqa: B023 (called at once)
        hit = mask.shapes[shapely.STRtree(mask.shapes).query(there, predicate="intersects")]
        _refuse_too_many(layout, site, mask, hit, "in the window")
        parts = shapely.get_parts(shapely.intersection(np.array(_about(site, mask, hit), dtype=object), box))
        parts = shapely.get_parts(parts)
        found[name] = shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon" and part.area > 0.0])
    return found


def window_round(site: Site, nets: Sequence[Net], lines: Sequence[str] = ()) -> Window:
    """The bounding box of a site's nets with a margin of 1.5 times the radius of its largest opening [m].

    Parameters
    ----------
    site : the site
    nets : its nets
    lines : layers that are redistribution lines, whose pads are no openings
    """
    radii = [opening.equivalent_diameter / 2 for name, opening in site.openings.items()
             if name not in lines and opening.facets.roundness >= _ROUND]
    margin = _MARGIN * max(radii, default=site.equivalent_diameter / 2)
    ends = np.array([site.openings[site.anchor].polygon.bounds, *(net.bounds for net in nets)])
    low, high = ends[:, :2].min(axis=0) - margin, ends[:, 2:].max(axis=0) + margin
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _mask(layout: Layout, name: str) -> MaskLayer:
    if name not in layout.layers:
        raise LayoutError(f"{layout.file}: the layer map has no {name!r}; it has {', '.join(layout.layers)}")
    return layout.layers[name]


def _about(site: Site, mask: MaskLayer, shapes: np.ndarray) -> tuple[shapely.Polygon, ...]:
    centre = np.array(site.centre) * steps_per_metre(mask.grid)
    return tuple(shapely.transform(shapes, lambda points: mask.metres(points - centre)))


def _refuse_too_many(layout: Layout, site: Site, mask: MaskLayer, shapes: np.ndarray, where: str) -> None:
    corners = int(shapely.get_num_coordinates(shapes).sum())
    if len(shapes) > _SHAPES or corners > _CORNERS:
        raise LayoutError(
            f"{layout.file}: layer {mask.name} has {len(shapes):,} shapes with {corners:,} corners {where} of site {site.name}, more than "
            f"{_SHAPES:,} or {_CORNERS:,}; choose a smaller window or leave the layer's fill out")
