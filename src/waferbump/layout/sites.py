"""One bump site of a mask: the openings over its centre, in coordinates of its own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely

from .facets import Facets, facets
from .shapes import Duplicate, MaskLayer, centroids, steps_per_metre


@dataclass(frozen=True)
class Opening:
    """A shape over a site's centre.

    Parameters
    ----------
    layer : the layer's name in the layer map
    polygon : the shape, origin at the site's centre [m]
    offset : its centroid (x, y) from the site's centre [m]
    facets : its widths and corners
    """

    layer: str
    polygon: shapely.Polygon
    offset: tuple[float, float]
    facets: Facets

    @property
    def distance(self) -> float:
        """Distance of its centroid from the site's centre [m]."""
        return math.hypot(*self.offset)

    @property
    def equivalent_diameter(self) -> float:
        """Diameter of the circle of the same area, 2 sqrt(A/pi) [m]."""
        return self.facets.equal_area


@dataclass(frozen=True)
class Nearby:
    """A shape within half a pitch of a site's centre that does not lie over it.

    Parameters
    ----------
    layer : the layer's name in the layer map
    polygon : the shape, origin at the site's centre [m]
    offset : its centroid (x, y) from the site's centre [m]
    gap : distance from the site's centre to the shape [m]
    surrounds : the centre lies in a hole of the shape (a layer drawn in the opposite tone)
    """

    layer: str
    polygon: shapely.Polygon
    offset: tuple[float, float]
    gap: float
    surrounds: bool


@dataclass(frozen=True)
class Site:
    """One bump site.

    Parameters
    ----------
    name : the text on it if no other site has the same, else "site-001" with its number
    number : place in row-major order, top to bottom, left to right, from 1 [1]
    label : the text on it, if there is just one
    anchor : name of the layer whose shape it is
    centre : the anchor's centroid (x, y) in the file's coordinates [m]
    openings : for each layer that has one, the shape over the centre
    nearby : shapes that come within half a pitch of the centre and are not over it
    duplicates : shapes drawn twice over the site
    pitch : distance to the nearest other site, None if there is none [m]
    """

    name: str
    number: int
    label: str | None
    anchor: str
    centre: tuple[float, float]
    openings: Mapping[str, Opening]
    nearby: tuple[Nearby, ...]
    duplicates: tuple[Duplicate, ...]
    pitch: float | None

    @property
    def polygons(self) -> dict[str, tuple[shapely.Polygon, ...]]:
        """For each layer the shapes over the centre, origin at the centre [m]: one shape, as a layer's shapes don't overlap."""
        return {name: (opening.polygon,) for name, opening in self.openings.items()}

    @property
    def offset(self) -> dict[str, float]:
        """For each layer the distance of its opening's centroid from the centre [m]."""
        return {name: opening.distance for name, opening in self.openings.items()}

    @property
    def equivalent_diameter(self) -> float:
        """Diameter of the circle of the anchor's area [m]."""
        return self.openings[self.anchor].equivalent_diameter

    @property
    def roundness(self) -> float:
        """The anchor's smallest over its largest radius about its centroid [1]."""
        return self.openings[self.anchor].facets.roundness


@dataclass(frozen=True)
class Anchors:
    """The anchor shapes of all sites in row-major order.

    Parameters
    ----------
    layer : the anchor layer
    shapes : its shapes, shape (n,) [step of the layer's grid]
    centres : their centroids, shape (n, 2) [step]
    labels : the text on each, None without or with several
    names : what each site is called
    pitches : distance to the nearest other centre, infinite for a single one, shape (n,) [step]
    """

    layer: MaskLayer
    shapes: np.ndarray
    centres: np.ndarray
    labels: tuple[str | None, ...]
    names: tuple[str, ...]
    pitches: np.ndarray = field(repr=False)


def anchors(layer: MaskLayer, texts: list[tuple[str, float, float]]) -> Anchors:
    """Put the shapes of the anchor layer into row-major order and name them.

    Parameters
    ----------
    layer : the anchor layer
    texts : text and place (x, y) in the file's coordinates [m], shape (k,)
    """
    order = _row_major(layer.shapes)
    shapes = layer.shapes[order]
    centres = centroids(shapes)
    points = shapely.points(centres)
    scale = steps_per_metre(layer.grid)
    labels = _labels(shapes, [(text, x * scale, y * scale) for text, x, y in texts])
    shared = Counter(labels)
    width = max(3, len(str(len(shapes))))
    names = tuple(label if label is not None and shared[label] == 1 else f"site-{number:0{width}d}"
                  for number, label in enumerate(labels, 1))
    pitches = np.full(len(shapes), math.inf)
    if len(shapes) > 1:
        (places, _), apart = shapely.STRtree(points).query_nearest(points, exclusive=True, all_matches=False, return_distance=True)
        pitches[places] = apart
    return Anchors(layer, shapes, centres, labels, names, pitches)


def _row_major(shapes: np.ndarray) -> np.ndarray:
    """Rows from the top, each from the left; centres within half a typical shape's width of a row's first are in that row."""
    if not len(shapes):
        return np.empty(0, dtype=np.intp)
    centres = centroids(shapes)
    slack = 0.5 * math.sqrt(float(np.median(shapely.area(shapes))))
    downward = np.lexsort((centres[:, 0], -centres[:, 1]))
    row = np.empty(len(shapes), dtype=np.intp)
    number, level = -1, math.inf
    for place in downward:
        if level - centres[place, 1] > slack:
            number, level = number + 1, centres[place, 1]
        row[place] = number
    return np.lexsort((centres[:, 0], row))


def _labels(shapes: np.ndarray, texts: list[tuple[str, float, float]]) -> tuple[str | None, ...]:
    found: list[set[str]] = [set() for _ in shapes]
    if texts and len(shapes):
        points = shapely.points([(x, y) for _, x, y in texts])
        for text, shape in zip(*shapely.STRtree(shapes).query(points, predicate="intersects"), strict=True):
            if words := texts[text][0].strip():
                found[shape].add(words)
    return tuple(next(iter(words)) if len(words) == 1 else None for words in found)


def built(which: np.ndarray, those: Anchors, layers: Mapping[str, MaskLayer]) -> tuple[Site, ...]:
    """Gather what every layer has at the chosen sites.

    Parameters
    ----------
    which : places of the sites among the anchors, from 0, shape (k,)
    those : the anchors
    layers : the layers by name
    """
    anchor, scale = those.layer, steps_per_metre(those.layer.grid)
    centres = those.centres[which]
    points = shapely.points(centres)
    widths = 2.0 * np.sqrt(shapely.area(those.shapes[which]) / math.pi)
    reach = np.where(np.isfinite(those.pitches[which]), 0.5 * those.pitches[which], widths)
    openings: list[dict[str, Opening]] = [{} for _ in which]
    nearby: list[list[Nearby]] = [[] for _ in which]
    twice: list[list[Duplicate]] = [[] for _ in which]
    for name, layer in layers.items():
        tree = shapely.STRtree(layer.shapes)
        over = set(zip(*(ends.tolist() for ends in tree.query(points, predicate="within")), strict=True))
        at, near = tree.query(points, predicate="dwithin", distance=reach)
        beside = _nearby(layer, layer.shapes[near], centres[at])
        for site, shape, one in zip(at.tolist(), near.tolist(), beside, strict=True):
            own = name == anchor.name and layer.shapes[shape] is those.shapes[which[site]]
            if own or (site, shape) in over:
                openings[site][name] = _opening(layer, one)
            else:
                nearby[site].append(one)
        if name == anchor.name:
            for site, place in enumerate(which):
                if name not in openings[site]:  # a ring: its centroid lies in its hole, out of the query's reach or not
                    openings[site][name] = _opening(layer, _nearby(layer, those.shapes[[place]], centres[[site]])[0])
        if layer.duplicates:
            places = shapely.points([(one.centre[0] * scale, one.centre[1] * scale) for one in layer.duplicates])
            ground = shapely.STRtree(those.shapes[which])
            for one, site in zip(*ground.query(places, predicate="intersects"), strict=True):
                twice[site].append(layer.duplicates[one])
    return tuple(
        Site(those.names[place], int(place) + 1, those.labels[place], anchor.name, _metres(those.centres[place], anchor),
             {name: openings[site][name] for name in layers if name in openings[site]}, tuple(nearby[site]), tuple(twice[site]),
             float(anchor.metres(those.pitches[place])) if math.isfinite(those.pitches[place]) else None)
        for site, place in enumerate(which)
    )


def _metres(point: np.ndarray, layer: MaskLayer) -> tuple[float, float]:
    return float(layer.metres(point[0])), float(layer.metres(point[1]))


def _nearby(layer: MaskLayer, shapes: np.ndarray, centres: np.ndarray) -> list[Nearby]:
    """Shapes as seen from a centre each, all at once: a site may have a layer's whole fill beside it."""
    corners = shapely.get_num_coordinates(shapes)
    polygons = shapely.transform(shapes, lambda points: layer.metres(points - np.repeat(centres, corners, axis=0)))
    offsets = layer.metres(centroids(shapes) - centres)
    gaps = layer.metres(shapely.distance(shapes, shapely.points(centres)))
    surrounds = np.zeros(len(shapes), dtype=bool)
    rings = np.flatnonzero(shapely.get_num_interior_rings(shapes))
    surrounds[rings] = shapely.contains_xy(shapely.polygons(shapely.get_exterior_ring(shapes[rings])), *centres[rings].T)
    return [Nearby(layer.name, polygon, (x, y), gap, around)
            for polygon, (x, y), gap, around in zip(polygons, offsets.tolist(), gaps.tolist(), surrounds.tolist(), strict=True)]


def _opening(layer: MaskLayer, one: Nearby) -> Opening:
    return Opening(layer.name, one.polygon, one.offset, facets(one.polygon, layer.grid))
