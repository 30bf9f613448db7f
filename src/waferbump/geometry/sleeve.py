"""The row of chords that a way through a polygon crosses: the polygon's triangulation, and the way of least length over width in it.

Lengths are in micrometres, about a place near the polygon, so that the triangulation's sums of squares keep their digits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay, QhullError
from shapely import Polygon

from waferbump.geometry.partition import GeometryError

_FINE = 0.1  # um; corners that stand out less are left out, which moves a middle by half of it: a tenth of the 0.5 um it is asked to
_SHORTEST = 0.5  # um; edges are not split below this: no line is so narrow
_MOST = 300_000  # ends of edges; one triangulation of so many takes some 4 s (our choice)
_WORK = 1_000_000  # ends of edges in all rounds together, some 12 s (our choice)
_ROUNDS = 24  # each at least halves the edges that are still too long: 2^24 times 0.5 um is 8 m
_PIECES = 64  # that an edge is split into at once, at most
_JOGGLE = 1e-3  # um; a nanometre off keeps Qhull from merging the many facets that corners on one grid make
_STUBBY = 1.0  # of the width to the opposite side; longer edges are split, so that chords stand closer than the line is wide (our choice)
_OPPOSITE = -0.5  # cosine; sides that turn by more than 120 degrees face each other (our choice)


@dataclass(frozen=True)
class Sleeve:
    """Chords across a way, in its order.

    Parameters
    ----------
    left, right : their ends on the left and on the right of the way, shape (n, 2) [um]
    left_sides, right_sides : for each end the edges of the outline that it lies on: unit direction (x, y) with the inside on the
        left, and length, shape (n, 2, 3) [1, 1, um]
    """

    left: np.ndarray
    right: np.ndarray
    left_sides: np.ndarray
    right_sides: np.ndarray


def sleeve(outline: Polygon, start: np.ndarray, end: np.ndarray) -> Sleeve:
    """Chords that the way of least length over width from start to end crosses; none when both lie in one triangle.

    Parameters
    ----------
    outline : valid polygon [um]
    start, end : places inside or on it, shape (2,) [um]

    Raises
    ------
    GeometryError : the outline is too intricate, or there is no way.
    """
    mesh, points, sides, of_point = _conforming(*_edges(outline))
    triangles = mesh.simplices
    corner = points[triangles]
    inside = _within(outline, corner.mean(axis=1))
    if not inside.any():
        raise GeometryError("the outline of a routed line is too thin to have a middle")
    chords, of_triangle = _chords(triangles, inside, len(points))
    first, last = (_home(corner, inside, place) for place in (start, end))
    if first == last:
        return Sleeve(*(np.empty((0, 2)),) * 2, *(np.empty((0, 2, 3)),) * 2)
    way = _way(points, chords, of_triangle, (first, last), (start, end))
    ends = chords[way]
    middles = points[ends].mean(axis=1)
    ahead = np.diff(np.vstack([start, middles, end]), axis=0)
    across = points[ends[:, 1]] - points[ends[:, 0]]
    # which end is on the left: the one that the way, from the middle before to the middle after, has there
    travel = ahead[:-1] + ahead[1:]
    flip = travel[:, 0] * across[:, 1] - travel[:, 1] * across[:, 0] > 0.0
    left, right = np.where(flip, ends[:, 1], ends[:, 0]), np.where(flip, ends[:, 0], ends[:, 1])
    return Sleeve(points[left], points[right], sides[of_point[left]], sides[of_point[right]])


def _within(outline: Polygon, places: np.ndarray) -> np.ndarray:
    x0, y0, x1, y1 = outline.bounds
    if x1 - x0 > y1 - y0:  # GEOS indexes edges by y alone: for a line that runs along x each question would visit all of them
        outline, places = shapely.transform(outline, lambda points: points[:, ::-1]), places[:, ::-1]
    shapely.prepare(outline)
    return shapely.contains_xy(outline, places[:, 0], places[:, 1])


def _edges(outline: Polygon) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Corners; edges as (from, to, number); direction and length of each; the two edges at each corner."""
    simple = outline.simplify(_FINE, preserve_topology=False)  # keeping it may take minutes for combs
    simple = simple if isinstance(simple, Polygon) and simple.is_valid and not simple.is_empty else outline
    simple = shapely.orient_polygons(simple)
    corners, pieces, at_corner, total = [], [], [], 0
    for ring in (simple.exterior, *simple.interiors):
        ring_points = shapely.get_coordinates(ring)[:-1]
        numbers = total + np.arange(len(ring_points))
        corners.append(ring_points)
        pieces.append(np.stack([numbers, np.roll(numbers, -1), numbers], axis=1))
        at_corner.append(np.stack([np.roll(numbers, 1), numbers], axis=1))
        total += len(ring_points)
    if total > _MOST:
        raise GeometryError(f"the outline has {total:,} corners, more than {_MOST:,}: too many for a centreline")
    points, edges = np.concatenate(corners), np.concatenate(pieces)
    ahead = points[edges[:, 1]] - points[edges[:, 0]]
    length = np.hypot(*ahead.T)
    sides = np.column_stack([ahead / length[:, None], length])
    # rings may touch in a point, which the triangulation takes once
    points, unique, back = np.unique(points, axis=0, return_index=True, return_inverse=True)
    edges[:, :2] = back.reshape(-1)[edges[:, :2]]
    return points, edges, sides, np.concatenate(at_corner)[unique]


def _conforming(points: np.ndarray, pieces: np.ndarray, sides: np.ndarray, of_point: np.ndarray) -> tuple:
    """Edges halved until each is an edge of the triangulation and none is long beside the width to the opposite side."""
    at_ends = np.zeros((len(sides), 2, 2), dtype=np.intp)
    at_ends[pieces[:, 2]] = of_point[pieces[:, :2]]  # an edge, the one before, the one after
    work = len(points)
    for _ in range(_ROUNDS):
        mesh = _triangulated(points)
        triangles, count = mesh.simplices, len(points)
        directed = np.concatenate([triangles[:, a] * np.int64(count) + triangles[:, b] for a, b in ((0, 1), (1, 2), (2, 0))])
        order = np.argsort(directed)
        ahead = pieces[:, 0] * np.int64(count) + pieces[:, 1]
        spot = order[np.searchsorted(directed, ahead, sorter=order).clip(max=len(order) - 1)]
        found = directed[spot] == ahead
        apex = triangles[spot % len(triangles), (spot // len(triangles) + 2) % 3]
        own, facing = sides[pieces[:, 2]], sides[of_point[apex]]
        length = np.hypot(*(points[pieces[:, 1]] - points[pieces[:, 0]]).T)
        reach = points[apex] - points[pieces[:, 0]]
        height = own[:, 0] * reach[:, 1] - own[:, 1] * reach[:, 0]
        turned = (own[:, None, :2] * facing[:, :, :2]).sum(axis=2) < _OPPOSITE
        beside = (of_point[apex][:, :, None] == at_ends[pieces[:, 2]].reshape(-1, 1, 4)).any(axis=2)
        opposite = (turned & ~beside).any(axis=1)
        split = (~found | (opposite & (length > _STUBBY * height))) & (length > 2.0 * _SHORTEST)
        if not split.any():
            break
        wanted = np.where(found, np.ceil(length / (_STUBBY * np.maximum(height, _SHORTEST))), 2.0)
        pieces, added, of_added = _split(points, pieces, np.where(split, np.clip(wanted, 2, _PIECES), 1).astype(np.intp))
        points, of_point = np.concatenate([points, added]), np.concatenate([of_point, of_added])
        work += len(points)
        if len(points) > _MOST or work > _WORK:
            raise GeometryError("the outline of a routed line has too many narrow teeth or corners for a centreline: simplify it first")
    else:
        mesh = _triangulated(points)
    return mesh, points, sides, of_point


def _split(points: np.ndarray, pieces: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges, each in so many equal pieces; the points between them, and the edges that those are on."""
    many = np.repeat(pieces, times, axis=0)
    starts = np.cumsum(times) - times
    step = np.arange(len(many)) - np.repeat(starts, times)
    inner = step > 0
    part = (step / np.repeat(times, times))[inner, None]
    added = (1.0 - part) * points[many[inner, 0]] + part * points[many[inner, 1]]
    number = len(points) + np.arange(len(added))
    many[inner, 0] = number
    many[np.flatnonzero(inner) - 1, 1] = number
    return many, added, np.repeat(many[inner, 2:], 2, axis=1)


def _triangulated(points: np.ndarray) -> Delaunay:
    joggled = points + np.random.default_rng(0).uniform(-_JOGGLE, _JOGGLE, points.shape)
    try:
        return Delaunay(joggled)
    except QhullError:
        raise GeometryError("the outline of a routed line is too thin to have a middle") from None


def _chords(triangles: np.ndarray, inside: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges that two inner triangles share, as pairs of ends; for each triangle the numbers of its three, -1 for none."""
    inner = np.flatnonzero(inside)
    pairs = np.sort(np.stack([triangles[inner][:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0))], axis=1), axis=2)
    keys, back, times = np.unique(pairs[..., 0].ravel() * np.int64(count) + pairs[..., 1].ravel(), return_inverse=True, return_counts=True)
    shared = times == 2
    number = np.where(shared, np.cumsum(shared) - 1, -1)
    of_triangle = np.full((len(triangles), 3), -1)
    of_triangle[inner] = number[back.reshape(-1, 3)]
    return np.stack([keys[shared] // count, keys[shared] % count], axis=1), of_triangle


def _home(corner: np.ndarray, inside: np.ndarray, place: np.ndarray) -> int:
    """The inner triangle that a place lies in, or the nearest for a place on the outline: the one whose sides it is least outside of."""
    depth = np.full(len(corner), np.inf)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        side, reach = corner[:, b] - corner[:, a], place - corner[:, a]
        depth = np.minimum(depth, (side[:, 0] * reach[:, 1] - side[:, 1] * reach[:, 0]) / np.hypot(*side.T))
    return int(np.argmax(np.where(inside, depth, -np.inf)))


def _way(points: np.ndarray, chords: np.ndarray, of_triangle: np.ndarray, homes: tuple[int, int], places: tuple) -> np.ndarray:
    middles = points[chords].mean(axis=1)
    widths = np.hypot(*(points[chords[:, 0]] - points[chords[:, 1]]).T)
    one, other, cost = [], [], []
    for a, b in ((0, 1), (1, 2), (2, 0)):
        u, v = of_triangle[:, a], of_triangle[:, b]
        both = (u >= 0) & (v >= 0)
        u, v = u[both], v[both]
        one.append(u)
        other.append(v)
        cost.append(np.hypot(*(middles[u] - middles[v]).T) / (0.5 * (widths[u] + widths[v])))
    for number, (home, place) in enumerate(zip(homes, places, strict=True)):
        u = of_triangle[home][of_triangle[home] >= 0]
        one.append(u)
        other.append(np.full(len(u), len(chords) + number))
        cost.append(np.hypot(*(middles[u] - place).T) / widths[u] + 1e-12)  # csgraph takes 0 for no way at all
    size = len(chords) + 2
    graph = csr_matrix((np.concatenate(cost), (np.concatenate(one), np.concatenate(other))), shape=(size, size))
    _, before = dijkstra(graph, directed=False, indices=size - 2, return_predecessors=True)
    way, at = [], size - 1
    while (at := int(before[at])) != size - 2:
        if at < 0:
            raise GeometryError("no way leads from start to end inside the outline")
        way.append(at)
    return np.array(way[::-1], dtype=np.intp)
