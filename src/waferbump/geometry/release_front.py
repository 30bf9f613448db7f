"""A sacrificial layer eaten sideways from etch windows at one rate: a front that bends round corners in plan and never jumps a wall.

Layers and windows are plan polygons [m]. A window is a hole over the layer, or an open area that the layer's edge touches along a line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely

from waferbump.geometry.geodesic import OVERLAP, Reach
from waferbump.geometry.partition import (
    EMPTY,
    NANOMETRE,
    TICKS_PER_METRE,
    GeometryError,
    oriented_edges,
    polygons,
    shared,
    to_metres,
    to_ticks,
)
from waferbump.physics.release import diffusion_arrival

RESOLUTION = 2e-4  # of the largest distance, relative; our choice
FINEST = 1.0 * NANOMETRE  # and no finer than this
_MANY = 400  # edges of a piece beyond which a straight way is looked for first
_ON_HULL = 10.0 * NANOMETRE  # how far a wall may lie inside the convex hull and still be on it: the way round it is longer by less


@dataclass(frozen=True)
class _Plan:
    """A layer with its windows taken out [ticks]: pieces with the edges the etchant enters through, and pieces it enters nowhere."""

    opened: shapely.Geometry
    pieces: tuple[tuple[shapely.Polygon, np.ndarray], ...]
    closed: tuple[shapely.Polygon, ...]


def released_area(layer, windows, distance: float) -> shapely.MultiPolygon:
    """What of the layer [m] is gone once the front has moved by `distance` [m] through it, windows over the layer included.

    Exact but for arcs drawn as chords (0.25 nm) and the grid of 10 pm.
    """
    if not (math.isfinite(distance) and distance >= 0.0):
        raise GeometryError(f"a front moves by a finite distance that is not negative, not {distance!r} m")
    plan = _plan(layer, windows)
    gone = [plan.opened]
    for piece, source in plan.pieces:
        gone.append(shapely.intersection(Reach(piece, source, distance * TICKS_PER_METRE).region(), piece))
    return _in_metres(shapely.union_all(polygons(gone), grid_size=1.0))


def unreached(layer, windows) -> shapely.MultiPolygon:
    """The pieces of the layer [m] that no window touches along a line, directly or through the layer."""
    return _in_metres(shapely.MultiPolygon(list(_plan(layer, windows).closed)))


def arrival_distance(layer, windows) -> float:
    """Largest distance [m] from a window through the layer to any place in it; infinite if a piece is never reached.

    Too small by 2e-4 of itself at most (or 1 nm, if that is more). The time to free everything is this over the etch rate.
    """
    plan = _plan(layer, windows)
    if plan.closed:
        return math.inf
    return max((_depth(piece, source) for piece, source in plan.pieces), default=0.0) / TICKS_PER_METRE


def arrival(
    layer, windows, *, rate: float | None = None, supply: float | None = None, spacing: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """When the front arrives at the nodes of a grid of `spacing` [m]: (x, y, time), time of shape (len(y), len(x)).

    Either at one `rate` [m/s] along the shortest way through the layer, exactly, or paced by diffusion with the constant `supply` [m^2/s]
    (see `physics.release.diffusion_arrival`). Time [s] is 0 in windows, infinite where no window reaches, not a number outside the layer.
    The two together are refused: their times add along a straight line (`physics.release.straight_front_time`), but in plan the way of
    the shortest path and the way of the reactant differ, and no sum of the two has been shown to bound the truth from above.
    """
    if (rate is None) == (supply is None):
        raise GeometryError("a map of arrival is computed for one limit: give either a rate or a supply, not both")
    if supply is not None:
        return diffusion_arrival(layer, windows, supply, spacing)
    if not (math.isfinite(rate) and rate > 0.0 and math.isfinite(spacing) and spacing > 0.0):
        raise GeometryError("the rate of a front and the spacing of its map are finite and above zero")
    plan = _plan(layer, windows)
    x0, y0, x1, y1 = shapely.bounds(layer)
    x, y = (low + spacing * (0.5 + np.arange(max(1, math.ceil((high - low) / spacing - 1e-9)))) for low, high in ((x0, x1), (y0, y1)))
    nodes = np.column_stack([grid.ravel() for grid in np.meshgrid(x, y)]) * TICKS_PER_METRE
    time = np.full(len(nodes), np.nan)
    for piece in plan.closed:
        time[shapely.intersects_xy(piece, *nodes.T)] = math.inf
    for piece, source in plan.pieces:
        inside = np.flatnonzero(shapely.intersects_xy(piece, *nodes.T))
        time[inside] = _farthest(piece, source)[1].at(nodes[inside]) / (rate * TICKS_PER_METRE)
    time[shapely.intersects_xy(plan.opened, *nodes.T)] = 0.0
    return x, y, time.reshape(len(y), len(x))


def _plan(layer, windows) -> _Plan:
    body, holes = (shapely.make_valid(to_ticks(shape)) for shape in (layer, windows))
    if len(polygons(body)) == 0:
        raise GeometryError("there is no sacrificial layer to release")
    outlines = shapely.boundary(np.concatenate([polygons(body), polygons(holes)]))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(outlines, grid_size=1.0))))
    x, y = shapely.get_coordinates(shapely.point_on_surface(faces)).T
    in_layer, in_window = shapely.contains_xy(body, x, y), shapely.contains_xy(holes, x, y)
    entrance = oriented_edges(shapely.coverage_union_all(faces[in_window])) if in_window.any() else np.empty((0, 4))
    pieces, closed = [], []
    rest = in_layer & ~in_window
    for piece in polygons(shapely.coverage_union_all(faces[rest])) if rest.any() else []:
        edges = oriented_edges(piece)
        source = edges[shared(edges, entrance)]
        if len(source):
            pieces.append((piece, source))
        else:
            closed.append(piece)
    opened = in_layer & in_window
    return _Plan(shapely.coverage_union_all(faces[opened]) if opened.any() else EMPTY, tuple(pieces), tuple(closed))


class _Distances:
    """Length of the shortest way from the windows to points of one piece of the layer [ticks], infinite beyond `limit`."""

    def __init__(self, piece, source: np.ndarray, limit: float):
        self.limit = limit
        fans = [fan for fan in Reach(piece, source, limit).fans if len(fan[3]) >= 3]
        self.views = shapely.make_valid(np.array([shapely.Polygon(outline) for *_, outline in fans], dtype=object))
        self.views = shapely.buffer(self.views, OVERLAP, join_style="mitre")
        shapely.prepare(self.views)
        self.tree = shapely.STRtree(self.views)
        # a beam runs from its edge along the normal; a fan from its corner, after the way travelled to it
        self.travelled = np.array([fan[0] for fan in fans])
        self.origin = np.array([kind[:2] for _, _, kind, _ in fans])
        self.normal = np.array([kind[4:] if len(kind) == 6 else (0.0, 0.0) for _, _, kind, _ in fans])

    def at(self, points: np.ndarray) -> np.ndarray:
        """The distances: the least over all beams and fans that see a point."""
        point, fan = self.tree.query(shapely.points(points))
        seen = shapely.intersects_xy(self.views[fan], *points[point].T)
        point, fan = point[seen], fan[seen]
        away, normal = points[point] - self.origin[fan], self.normal[fan]
        straight = np.where((normal != 0.0).any(axis=1), np.maximum(0.0, (away * normal).sum(axis=1)), np.hypot(*away.T))
        distance = np.full(len(points), math.inf)
        np.minimum.at(distance, point, self.travelled[fan] + straight)
        return np.where(distance <= self.limit, distance, math.inf)


class _Straight:
    """Straight distance from the windows to points [ticks]."""

    def __init__(self, source: np.ndarray):
        self.edges = shapely.linestrings(source.reshape(-1, 2, 2))
        self.tree = shapely.STRtree(self.edges)

    def at(self, points: np.ndarray) -> np.ndarray:
        """The distances to the nearest entrance."""
        places = shapely.points(points)
        return shapely.distance(places, self.edges[self.tree.nearest(places)])


def _depth(piece: shapely.Polygon, source: np.ndarray) -> float:
    """The largest distance in a piece [ticks].

    Where everything of its outline that is no entrance lies on its convex hull, every shortest way is straight: it cannot leave the hull,
    and what else it could meet is an entrance, which would be nearer. A plate with thousands of holes takes seconds so, and many minutes
    corner by corner.
    """
    if shapely.get_num_coordinates(piece) > _MANY:
        edges = oriented_edges(piece)
        walls = edges[~shared(edges, source[:, [2, 3, 0, 1]])]
        middles = shapely.points((walls[:, :2] + walls[:, 2:]) / 2)
        if not len(walls) or shapely.distance(middles, piece.convex_hull.exterior).max() <= _ON_HULL:
            triangles = shapely.get_coordinates(polygons(shapely.constrained_delaunay_triangles(piece))).reshape(-1, 4, 2)[:, :3]
            return _largest(_Straight(source), triangles)
    return _farthest(piece, source)[0]


def _farthest(piece, source: np.ndarray) -> tuple[float, _Distances]:
    """The largest distance in a piece [ticks], and the distances in all of it.

    Branch and bound over triangles: no place in one is farther than its centroid by more than its size, as none has a wall across it.
    """
    triangles = shapely.get_coordinates(polygons(shapely.constrained_delaunay_triangles(piece))).reshape(-1, 4, 2)[:, :3]
    limit = 0.25 * piece.area / np.hypot(source[:, 2] - source[:, 0], source[:, 3] - source[:, 1]).sum()  # a quarter of the mean depth
    while True:
        distances = _Distances(piece, source, limit)
        best = _largest(distances, triangles)
        if best + max(FINEST, RESOLUTION * best) <= limit:
            return best, distances
        limit *= 2.0


def _largest(distances: _Distances, triangles: np.ndarray) -> float:
    best = float(distances.at(triangles.reshape(-1, 2)).max())
    while len(triangles) and math.isfinite(best):
        centre = triangles.mean(axis=1)
        away = distances.at(centre)
        best = max(best, float(away.max()))
        bound = away + np.hypot(*np.moveaxis(triangles - centre[:, None], 2, 0)).max(axis=1)
        triangles = _halved(triangles[bound > best + max(FINEST, RESOLUTION * best)])
    return best


def _halved(triangles: np.ndarray) -> np.ndarray:
    """Each triangle cut in two across its longest side."""
    sides = np.hypot(*np.moveaxis(np.roll(triangles, -1, axis=1) - triangles, 2, 0))
    first = np.argmax(sides, axis=1)[:, None]
    a, b, c = (np.take_along_axis(triangles, ((first + n) % 3)[:, :, None], axis=1)[:, 0] for n in range(3))
    middle = 0.5 * (a + b)
    return np.concatenate([np.stack([a, middle, c], axis=1), np.stack([middle, b, c], axis=1)])


def _in_metres(shape) -> shapely.MultiPolygon:
    return shapely.MultiPolygon(list(polygons(to_metres(shape))))
