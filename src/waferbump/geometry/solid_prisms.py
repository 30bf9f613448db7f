"""The closed surface of a stack's region: the prisms of all its faces as one body, nothing left between them.

The surface is the boundary of the sum of the prisms. Caps are triangulated over whole plan areas, walls stand on the plan's edges, and
every vertical line is cut at the same heights for all walls that end on it, so that each edge of a triangle meets exactly one other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from waferbump.geometry.partition import polygons
from waferbump.geometry.stack import Stack


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles with the body on their back.

    points : corners, (n, 3) [ticks];  triangles : (m, 3) numbers of corners, anticlockwise seen from outside
    facets : (m,) number of the plane facet (a cap, or a wall on one edge of the plan) of which each triangle is a part
    """

    points: np.ndarray
    triangles: np.ndarray
    facets: np.ndarray


@dataclass(frozen=True, eq=False)
class PlanEdges:
    """Corners and edges of the faces of a stack.

    corners : x + 1j y [ticks], sorted;  start, end : numbers of the corners of each edge, its face on the left
    face : number of that face;  beyond : of the face on the right, or -1 at the edge of the window
    """

    shapes: tuple[shapely.MultiPolygon, ...]
    corners: np.ndarray
    start: np.ndarray
    end: np.ndarray
    face: np.ndarray
    beyond: np.ndarray
    _areas: dict = field(default_factory=dict)

    @staticmethod
    def of(stack: Stack) -> PlanEdges:
        """The edges of a stack's faces."""
        parts = [polygons(shape) for shape in stack.shapes]
        owner = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        rings, part = shapely.get_rings(shapely.orient_polygons(np.concatenate(parts)), return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        corners, number = np.unique(xy[:, 0] + 1j * xy[:, 1], return_inverse=True)
        same = ring[:-1] == ring[1:]
        start, end, face = number[:-1][same], number[1:][same], owner[part[ring[:-1][same]]]
        key, back = start * len(corners) + end, end * len(corners) + start
        order = np.argsort(key)
        twin = order[np.searchsorted(key, back, sorter=order).clip(max=len(key) - 1)]
        return PlanEdges(stack.shapes, corners, start, end, face, np.where(key[twin] == back, face[twin], -1))

    def covered(self, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The plan area of some faces in triangles (m, 3), numbers of corners, anticlockwise; and the piece of the area each lies in."""
        known = tuple(faces.tolist())
        if known not in self._areas:  # the top of one region is the bottom of the next
            pieces = polygons(shapely.coverage_union_all([self.shapes[number] for number in known]))
            collections = shapely.constrained_delaunay_triangles(pieces)
            triangles, piece = shapely.get_parts(collections, return_index=True)
            xy = shapely.get_coordinates(shapely.orient_polygons(triangles)).reshape(-1, 4, 2)[:, :3]
            self._areas[known] = np.searchsorted(self.corners, xy[..., 0] + 1j * xy[..., 1]), piece
        return self._areas[known]


def surface_of(stack: Stack, name: str, edges: PlanEdges) -> Surface:
    """The closed surface of one region; where the body touches itself along an edge or at a point, it has the corners there twice."""
    extents = [(face, a, b) for face, tower in enumerate(stack.towers) for region, a, b in tower if region == name]
    levels = np.unique([z for _, a, b in extents for z in (a, b)])
    filled = np.zeros((len(stack.towers), len(levels) + 1), dtype=bool)  # column k: between levels k - 1 and k; the outer two stay empty
    for face, a, b in extents:
        first, last = np.searchsorted(levels, (a, b))
        filled[face, first + 1 : last + 1] = True
    triangles, facets, count = [], [], 0
    for level in range(len(levels)):
        below, above = filled[:, level], filled[:, level + 1]
        for faces, upwards in ((below & ~above, True), (above & ~below, False)):
            if faces.any():
                flat, piece = edges.covered(np.flatnonzero(faces))
                flat = flat if upwards else flat[:, ::-1]
                triangles.append(flat * len(levels) + level)
                facets.append(piece + count)
                count += int(piece.max()) + 1
    standing, wall = _walls(edges, filled, len(levels))
    triangles.append(standing)
    facets.append(wall + count)
    codes, corners = np.unique(np.concatenate(triangles), return_inverse=True)
    xy = edges.corners[codes // len(levels)]
    points = np.column_stack([xy.real, xy.imag, levels[codes % len(levels)]])
    points, corners, parents = separated(points, corners.reshape(-1, 3))
    return Surface(points, corners, np.concatenate(facets)[parents])


def _walls(edges: PlanEdges, filled: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Walls in triangles of codes (corner * count + level), and the number of the wall that each is a part of."""
    beyond = np.where((edges.beyond >= 0)[:, None], filled[edges.beyond], False)
    bare = (filled[edges.face] & ~beyond)[:, 1:]  # column k: the wall from level k to level k + 1
    edge, level = np.nonzero(bare)
    first = ~bare[edge, level - 1]  # below level 0 is the last column, which is empty
    wall = np.cumsum(first) - 1
    # a corner's vertical line is cut at every level at which something ends on any face about it
    on, at = np.nonzero((filled[:, 1:] != filled[:, :-1])[edges.face])
    cut = np.zeros((len(edges.corners), count), dtype=bool)
    cut[edges.start[on], at] = True
    latest = np.maximum.accumulate(np.where(cut, np.arange(count), 0), axis=1)
    a, b = edges.start[edge], edges.end[edge]
    # the strip between two lines, from below: a triangle for each cut of either line, from the latest cut of the other
    far, near = cut[b, level + 1], cut[a, level + 1]
    low_a, low_b, high_b = a * count + latest[a, level], b * count + latest[b, level], b * count + latest[b, level + 1]
    right = np.column_stack([low_a, low_b, high_b])[far]
    left = np.column_stack([low_a, high_b, a * count + level + 1])[near]
    return np.concatenate([right, left]), np.concatenate([wall[far], wall[near]])


def separated(points: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same closed surface with corners doubled where it touches itself, and the triangle that each of its triangles comes from.

    Of several wedges of the body about one edge each keeps its own two faces, and gets a corner of its own in the middle of the edge:
    the wedges may well be joined round both ends, and two edges between the same two corners could not be told apart.
    """
    parents = np.arange(len(triangles))
    _, _, key, _, _, together = _edges(points, triangles)
    if (together > 2).any():
        number, shared_by = np.unique(key, return_counts=True)
        points, triangles, parents = _halved(points, triangles, number[shared_by > 2])
    start, end, key, order, first, together = _edges(points, triangles)
    simple = first[together == 2]
    pairs = [np.column_stack([order[simple], order[simple + 1]])]
    for place, number in zip(first[together > 2], together[together > 2], strict=True):
        pairs.append(_wedges(points, triangles, start, end, order[place : place + number]))
    one, other = np.concatenate(pairs).T
    following = np.arange(len(start)).reshape(-1, 3)[:, [1, 2, 0]].ravel()
    # the two triangles of an edge run along it in opposite directions
    same = np.concatenate([np.column_stack([one, following[other]]), np.column_stack([following[one], other])])
    graph = coo_array((np.ones(len(same), dtype=np.int8), (same[:, 0], same[:, 1])), shape=(len(start), len(start)))
    corners, labels = connected_components(graph, directed=False)
    doubled = np.empty((corners, 3), dtype=points.dtype)
    doubled[labels] = points[start]
    return doubled, labels.reshape(-1, 3), parents


def _edges(points: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, ...]:
    """Start, end and undirected key of each directed edge (edge e leaves corner e of the flat list of corners); their order by key,
    and where in that order each undirected edge begins and how many directed ones it has."""
    start, end = triangles.ravel(), np.roll(triangles, -1, axis=1).ravel()
    key = np.minimum(start, end) * len(points) + np.maximum(start, end)
    order = np.lexsort((start > end, key))
    _, first, together = np.unique(key[order], return_index=True, return_counts=True)
    return start, end, key, order, first, together


def _halved(points: np.ndarray, triangles: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The surface with some edges cut in their middle, and the triangle that each of its triangles comes from."""
    low, high = keys // len(points), keys % len(points)
    middle = {pair: len(points) + number for number, pair in enumerate(zip(low.tolist(), high.tolist(), strict=True))}
    following = np.roll(triangles, -1, axis=1)
    touched = np.isin(np.minimum(triangles, following) * len(points) + np.maximum(triangles, following), keys).any(axis=1)
    made, parents = [], []
    todo = [(*corners, parent) for parent, corners in zip(np.flatnonzero(touched).tolist(), triangles[touched].tolist(), strict=True)]
    while todo:
        *corners, parent = todo.pop()
        for turn in range(3):
            a, b, c = corners[turn:] + corners[:turn]
            half = middle.get((min(a, b), max(a, b)))
            if half is not None:
                todo += [(a, half, c, parent), (half, b, c, parent)]
                break
        else:
            made.append(corners)
            parents.append(parent)
    whole = np.concatenate([triangles[~touched], np.array(made)])
    return np.concatenate([points, (points[low] + points[high]) / 2]), whole, np.concatenate([np.flatnonzero(~touched), np.array(parents)])


def _wedges(points: np.ndarray, triangles: np.ndarray, start: np.ndarray, end: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Pairs of the directed edges on one line whose triangles bound the same wedge of the body."""
    low, high = points[min(start[edges[0]], end[edges[0]])], points[max(start[edges[0]], end[edges[0]])]
    axis = (high - low) / np.linalg.norm(high - low)
    arms = points[triangles[edges // 3, (edges % 3 + 2) % 3]] - low
    arms = arms - np.outer(arms @ axis, axis)
    across = np.cross(axis, arms[0])
    angle = np.arctan2(arms @ across / np.linalg.norm(across), arms @ arms[0] / np.linalg.norm(arms[0])) % (2 * np.pi)
    turn = edges[np.argsort(angle)]
    # going round, a triangle that runs against the axis has the body behind it, and one that runs along it closes the wedge
    opens = start[turn] > end[turn]
    turn = np.roll(turn, -int(np.argmax(opens)))
    return turn.reshape(-1, 2)
