"""The partition of a cell in whole grid ticks: faces without gaps or overlaps, re-noded and simplified as a whole.

Coordinates here are whole numbers of ticks (1 tick = 10 pm). On whole numbers shared edges are equal bit for bit, so that
who touches whom is a comparison of edges and needs no tolerance; metres are n / 1e11 and come back exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

AIR = "air"
OPEN = "\0open air"  # a name no region can have
TICKS_PER_METRE = 1e11
NANOMETRE = 100  # [ticks]
SIMPLIFICATION = 1.0 * NANOMETRE  # a vertex goes when its triangle is smaller than (1 nm)^2: an arc of 50 um moves by 0.01 nm
SLIVER = 4.0  # [ticks] a face thinner than this is a rounding of the grid, and goes to the neighbour it touches most
EMPTY = shapely.MultiPolygon()


class GeometryError(ValueError):
    """A geometric operation that cannot be done as asked; the message is one sentence that says why."""


def ticks(metres: float) -> int:
    """Whole grid ticks nearest to a length [m]."""
    return round(metres * TICKS_PER_METRE)


def to_ticks(shapes):
    """Geometry or array of geometries from metres to whole ticks."""
    return shapely.transform(shapes, lambda xz: np.rint(xz * TICKS_PER_METRE) + 0.0)


def to_metres(shapes):
    """Geometry or array of geometries from ticks to metres."""
    return shapely.transform(shapes, lambda xz: xz / TICKS_PER_METRE)


def polygons(shape) -> np.ndarray:
    """The polygons in any geometry; lines and points that an overlay left over are dropped."""
    parts = shapely.get_parts(shapely.get_parts(np.atleast_1d(shape)))
    return parts[(shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)]


def oriented_edges(shape) -> np.ndarray:
    """Boundary edges of polygons as rows (x0, z0, x1, z1), the interior on the left."""
    rings = shapely.get_rings(shapely.orient_polygons(polygons(shape)))
    if len(rings) == 0:
        return np.empty((0, 4))
    xz, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[:-1] == ring[1:]
    return np.hstack([xz[:-1][same], xz[1:][same]])


def shared(edges: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which `edges` also bound the other shape (there they run the other way): boolean, one per edge."""
    if len(edges) == 0 or len(others) == 0:
        return np.zeros(len(edges), dtype=bool)
    both = np.vstack([edges, others[:, [2, 3, 0, 1]]])
    ends = np.concatenate([both[:, 0] + 1j * both[:, 1], both[:, 2] + 1j * both[:, 3]])
    number, index = np.unique(ends, return_inverse=True)
    key = index[: len(both)].astype(np.int64) * len(number) + index[len(both):]
    return np.isin(key[: len(edges)], key[len(edges):])


def joined_to(start, candidates: Iterable) -> list:
    """The candidate polygons that hang together with `start` over edges, directly or through each other (points do not count)."""
    pieces = polygons(list(candidates))
    if len(pieces) == 0:
        return []
    whole = polygons(shapely.union_all([*polygons(start), *pieces], grid_size=1.0))
    seeds = shapely.point_on_surface(polygons(start))
    lit = [body for body in whole if shapely.intersects(body, seeds).any()]
    inside = shapely.point_on_surface(pieces)
    return [piece for piece, point in zip(pieces, inside, strict=True) if any(body.intersects(point) for body in lit)]


@dataclass(frozen=True)
class Partition:
    """A cell [0, width] x [floor, ceiling] cut into named shapes [ticks]; air is among them."""

    width: int
    floor: int
    ceiling: int
    shapes: Mapping[str, shapely.Geometry]

    @cached_property
    def air(self):
        """All air, open and trapped."""
        return self.shapes[AIR]

    @cached_property
    def open_air(self):
        """The air that hangs together with the ceiling."""
        parts = polygons(self.air)
        return shapely.MultiPolygon(list(parts[shapely.bounds(parts)[:, 3] >= self.ceiling])) if len(parts) else EMPTY

    @cached_property
    def voids(self) -> list:
        """Trapped pockets of air."""
        parts = polygons(self.air)
        return list(parts[shapely.bounds(parts)[:, 3] < self.ceiling]) if len(parts) else []

    @cached_property
    def top(self) -> int:
        """Highest point of anything that is not air [ticks]."""
        return round(max((shape.bounds[3] for name, shape in self.shapes.items() if name != AIR), default=self.floor))

    @cached_property
    def _edges(self) -> dict:
        return {}

    def edges(self, name: str) -> np.ndarray:
        """Boundary edges of a region, or of the open air under the name OPEN; the interior on the left."""
        if name not in self._edges:
            self._edges[name] = oriented_edges(self.open_air if name == OPEN else self.shapes[name])
        return self._edges[name]

    def surface(self) -> np.ndarray:
        """Edges of the open air against anything solid (not walls, not ceiling); the air on the left."""
        edges = self.edges(OPEN)
        x0, z0, x1, z1 = edges.T
        wall = ((x0 == x1) & ((x0 == 0) | (x0 == self.width))) | ((z0 == z1) & (z0 == self.ceiling))
        return edges[~wall]

    def raised(self, ceiling: int) -> Partition:
        """The same cell with its ceiling at least at `ceiling` [ticks]."""
        if ceiling <= self.ceiling:
            return self
        more = shapely.box(0, self.ceiling, self.width, ceiling)
        air = shapely.union_all([*polygons(self.air), more], grid_size=1.0)
        return Partition(self.width, self.floor, ceiling, {**self.shapes, AIR: air})

    def claimed(self, claims: Mapping[str, shapely.Geometry]) -> Partition:
        """The partition after each shape in `claims` has gone to the region it is named for (a later one wins)."""
        kept = {name: shape for name, shape in claims.items() if len(polygons(shape))}
        names = list(dict.fromkeys([*self.shapes, *kept]))
        outlines = shapely.boundary(np.concatenate([polygons(list(self.shapes.values())), polygons(list(kept.values()))]))
        noded = shapely.union_all(outlines, grid_size=1.0)
        faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
        x, z = shapely.get_coordinates(shapely.point_on_surface(faces)).T
        owner = np.full(len(faces), -1)
        for layers in (self.shapes, kept):
            for name, shape in layers.items():
                owner[shapely.contains_xy(shape, x, z)] = names.index(name)
        owner = without_slivers(faces, owner)
        shapes = {}
        for number, name in enumerate(names):
            mine = faces[owner == number]
            if len(mine):
                shapes[name] = shapely.coverage_union_all(mine)
        simple = shapely.coverage_simplify(np.array(list(shapes.values()), dtype=object), SIMPLIFICATION)
        return Partition(self.width, self.floor, self.ceiling, dict(zip(shapes, simple, strict=True)))


def without_slivers(faces: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Owners with faces that are nobody's, or thinner than the grid can mean, given to the neighbour with the longest shared edge."""
    doubtful = np.flatnonzero((owner < 0) | (2.0 * shapely.area(faces) < SLIVER * shapely.length(faces) / 2.0))
    if len(doubtful) == 0:
        return owner
    owner = owner.copy()
    outlines = shapely.boundary(faces)
    sound = np.ones(len(faces), dtype=bool)
    sound[doubtful] = False
    for _ in range(len(doubtful)):
        for number in doubtful[~sound[doubtful]]:
            common = shapely.length(shapely.intersection(outlines[number], outlines))
            common[~sound] = 0.0
            best = int(np.argmax(common))
            if common[best] > 0.0:
                owner[number], sound[number] = owner[best], True
        if sound.all():
            break
    if (owner < 0).any():
        raise GeometryError("the partition of the cell could not be closed")
    return owner
