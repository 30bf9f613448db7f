"""A window tiled by shapes seen from above: overlaying shapes, and who lies beside whom [ticks].

On whole ticks the common edge of two neighbours is equal bit for bit, as in the partition of a cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from waferbump.geometry.geodesic import arc_step
from waferbump.geometry.partition import EMPTY, NANOMETRE, SIMPLIFICATION, polygons, without_slivers

SAGITTA = 1.0 * NANOMETRE  # chord error of the round corners of a widened shape


@dataclass(frozen=True)
class Overlay:
    """Pieces of a window: `faces[i]` lies in shape `owner[i]`, and inside cutter k where `inside[i, k]`."""

    faces: np.ndarray
    owner: np.ndarray
    inside: np.ndarray


def overlaid(shapes: Sequence, cutters: Sequence) -> Overlay:
    """The pieces into which the outlines of some cutters divide the shapes that tile a window."""
    parts = [polygons(shape) for shape in shapes]
    tiles, owner_of = np.concatenate(parts), np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    if len(cutters) == 0:
        return Overlay(tiles, owner_of, np.zeros((len(tiles), 0), dtype=bool))
    window = shapely.box(*shapely.total_bounds(tiles))
    inside_window = [polygons(shapely.intersection(cutter, window, grid_size=1.0)) for cutter in cutters]
    lines = shapely.boundary(np.concatenate(inside_window)) if any(len(c) for c in inside_window) else np.empty(0, dtype=object)
    noded = shapely.union_all([*shapely.boundary(tiles), *lines], grid_size=1.0)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    x, y = shapely.get_coordinates(shapely.point_on_surface(faces)).T
    owner = np.full(len(faces), -1)
    for face, tile in zip(*_within(x, y, tiles), strict=True):
        owner[face] = owner_of[tile]
    inside = np.zeros((len(faces), len(cutters)), dtype=bool)
    for number, cutter in enumerate(inside_window):
        if len(cutter):
            inside[_within(x, y, cutter)[0], number] = True
    # a sliver goes to the neighbour with the longest common edge, with all that is true of it
    marks = np.unique(np.column_stack([owner, inside]), axis=0, return_inverse=True)
    label = np.where(owner < 0, -1, marks[1].ravel())
    label = without_slivers(faces, label)
    owner, inside = marks[0][label, 0], marks[0][label, 1:].astype(bool)
    return Overlay(faces, owner, inside)


def _within(x: np.ndarray, y: np.ndarray, bodies: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (point, body) of the points that lie in a body."""
    shapely.prepare(bodies)
    point, body = shapely.STRtree(bodies).query(shapely.points(x, y))
    hit = shapely.contains_xy(bodies[body], x[point], y[point])
    return point[hit], body[hit]


def tiled(faces: np.ndarray, labels: Sequence) -> dict:
    """Shapes by label: faces of one label joined, and the whole coverage simplified so that neighbours still share their edges."""
    groups: dict = {}
    for face, label in zip(faces, labels, strict=True):
        groups.setdefault(label, []).append(face)
    joined = [shapely.coverage_union_all(np.concatenate([polygons(face) for face in group])) for group in groups.values()]
    simple = shapely.coverage_simplify(np.array(joined, dtype=object), SIMPLIFICATION)
    return dict(zip(groups, (shapely.MultiPolygon(list(polygons(shape))) for shape in simple), strict=True))


def widened(shape, distance: float):
    """The points within a distance of a shape, round corners as polygons with a chord error of a nanometre; a negative one narrows."""
    if distance == 0.0 or shapely.is_empty(shape):
        return shape
    quarter = max(2, int(np.ceil((np.pi / 2) / arc_step(abs(distance), SAGITTA))))
    return shapely.buffer(shape, distance, quad_segs=quarter)


@dataclass(frozen=True)
class Neighbours:
    """The parts of a tiling and the edges that they have in common.

    parts : polygons;  of : number of the shape that each part belongs to
    """

    parts: np.ndarray
    of: np.ndarray

    @staticmethod
    def among(shapes: Sequence) -> Neighbours:
        """The parts of some shapes that tile a window."""
        pieces = [polygons(shape) for shape in shapes]
        return Neighbours(np.concatenate(pieces), np.repeat(np.arange(len(pieces)), [len(piece) for piece in pieces]))

    @cached_property
    def _half_edges(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Edges (x0, y0, x1, y1), the interior on the left, with the part of each and the part beyond it (-1: the window ends)."""
        rings, owner = shapely.get_rings(shapely.orient_polygons(self.parts), return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        same = ring[:-1] == ring[1:]
        edges, part = np.hstack([xy[:-1][same], xy[1:][same]]), owner[ring[:-1][same]]
        ends = np.concatenate([edges[:, 0] + 1j * edges[:, 1], edges[:, 2] + 1j * edges[:, 3]])
        number, index = np.unique(ends, return_inverse=True)
        start, end = index[: len(edges)].astype(np.int64), index[len(edges) :].astype(np.int64)
        key, back = start * len(number) + end, end * len(number) + start
        order = np.argsort(key)
        place = np.searchsorted(key, back, sorter=order)
        place[place == len(key)] = 0
        twin = order[place]
        beyond = np.where(key[twin] == back, part[twin], -1)
        return edges, part, beyond

    @cached_property
    def pairs(self) -> dict[tuple[int, int], float]:
        """Length of the common edge of every two parts that have one, (lower number, higher number)."""
        edges, part, beyond = self._half_edges
        once = beyond > part
        length = np.hypot(edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1])
        found: dict[tuple[int, int], float] = {}
        for a, b, along in zip(part[once].tolist(), beyond[once].tolist(), length[once].tolist(), strict=True):
            found[a, b] = found.get((a, b), 0.0) + along
        return found

    @cached_property
    def beside(self) -> tuple[tuple[int, ...], ...]:
        """For each part the parts that share an edge with it."""
        found: list[list[int]] = [[] for _ in self.parts]
        for a, b in self.pairs:
            found[a].append(b)
            found[b].append(a)
        return tuple(tuple(row) for row in found)

    @cached_property
    def at_the_edge(self) -> np.ndarray:
        """Which parts lie at the window's edge: boolean, one per part."""
        _, part, beyond = self._half_edges
        found = np.zeros(len(self.parts), dtype=bool)
        found[part[beyond < 0]] = True
        return found

    def edges_towards(self, here: np.ndarray, there: np.ndarray) -> np.ndarray:
        """Edges (x0, y0, x1, y1) of the parts in `here` against those in `there` (booleans, one per part), `here` on their left."""
        edges, part, beyond = self._half_edges
        return edges[here[part] & (beyond >= 0) & there[beyond]]


def joined(parts: np.ndarray):
    """Parts of a tiling as one shape."""
    return shapely.coverage_union_all(parts) if len(parts) else EMPTY
