"""A surface of six-node triangles hung on one or two fixed edges, and its refinement, everywhere or near marked places."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .surface_energy import ALONG_U, ALONG_V, NODES, SHAPES, WEIGHTS, measures, shape_functions
from .surface_outline import Outline

FREE = -1  # the node lies on no edge

# How a triangle is divided when the middles 3, 4, 5 of its sides are marked, side 0-1 being the longest (bits 1, 2, 4)
_PATTERNS = {
    0: ((0, 1, 2),),
    1: ((0, 3, 2), (3, 1, 2)),
    3: ((0, 3, 2), (3, 1, 4), (3, 4, 2)),
    5: ((0, 3, 5), (5, 3, 2), (3, 1, 2)),
    7: ((0, 3, 5), (3, 1, 4), (5, 4, 2), (3, 4, 5)),
}
_SIDES = ((0, 1), (1, 2), (2, 0))


@dataclass(frozen=True)
class Rim:
    """A fixed edge: its curve, and where its plane stands: a point of the plane is `origin` + `axes` times the curve's (x, y)."""

    curve: Outline
    origin: np.ndarray
    axes: np.ndarray

    def at(self, fraction: np.ndarray) -> np.ndarray:
        """Points (k, 3) at fractions of the perimeter."""
        return self.origin + self.curve.at(fraction) @ self.axes.T


@dataclass(frozen=True)
class Mesh:
    """Points (n, 3), triangles (m, 6), the edge each node is held on (n,) or FREE, its place there (n,), and its share (n,) in the
    movement of the second edge (0 on the first, 1 on the second)."""

    points: np.ndarray
    triangles: np.ndarray
    held: np.ndarray
    place: np.ndarray
    share: np.ndarray
    rims: tuple[Rim, ...]

    def refined(self, where: np.ndarray | None = None) -> Mesh:
        """The mesh with its triangles divided: all into four, or those of the mask `where` (m,) and what must follow to keep it closed."""
        triangles = self.triangles
        corners = self.points[triangles[:, :3]]
        lengths = np.sum((np.roll(corners, -1, axis=1) - corners) ** 2, axis=2)
        longest = np.argmax(lengths, axis=1)
        turn = np.array([(0, 1, 2, 3, 4, 5), (1, 2, 0, 4, 5, 3), (2, 0, 1, 5, 3, 4)])
        triangles = np.take_along_axis(triangles, turn[longest], axis=1)
        marked = np.zeros(len(self.points), bool)
        marked[triangles[slice(None) if where is None else where, 3:]] = True
        for _ in range(len(triangles)):  # each pass marks at least one more side, or is the last
            open_ends = ~marked[triangles[:, 3]] & (marked[triangles[:, 4]] | marked[triangles[:, 5]])
            if not open_ends.any():
                break
            marked[triangles[open_ends, 3]] = True
        code = marked[triangles[:, 3:]] @ np.array([1, 2, 4])
        parents, children = [], []
        for bits, pattern in _PATTERNS.items():
            chosen = np.flatnonzero(code == bits)
            parents.append(np.repeat(chosen, len(pattern)))
            children.append(np.tile(np.array(pattern), (len(chosen), 1)))
        return self._divided(triangles, np.concatenate(parents), np.concatenate(children))

    def _divided(self, triangles: np.ndarray, parents: np.ndarray, children: np.ndarray) -> Mesh:
        """The mesh of the given children (k, 3), each three of its parent's six nodes."""
        count = len(self.points)
        whole = triangles[parents]
        vertices = np.take_along_axis(whole, children, axis=1)
        made = np.empty((len(parents), 6), triangles.dtype)
        made[:, :3] = vertices
        keys, spots, sources, halves = [], [], [], []
        for k, (i, j) in enumerate(_SIDES):
            low, high = np.minimum(children[:, i], children[:, j]), np.maximum(children[:, i], children[:, j])
            # two corners of the parent: the side was not divided and keeps its middle
            kept = high < 3
            middle = np.where(low + high == 1, 3, np.where(low + high == 3, 4, 5))
            made[kept, 3 + k] = whole[kept, middle[kept]]
            new = ~kept
            a, b = vertices[new, i], vertices[new, j]
            keys.append(np.minimum(a, b).astype(np.int64) * count + np.maximum(a, b))
            spots.append(np.stack([np.flatnonzero(new), np.full(new.sum(), 3 + k)], 1))
            sources.append(np.stack([parents[new], children[new, i], children[new, j]], 1))
            # half of a parent's side: a corner and the middle of a side it belongs to
            corner, mid = low[new], high[new]
            halves.append((corner < 3) & ((mid - 3 == corner) | (mid - 3 == (corner + 2) % 3)))
        keys, spots, sources, halves = (np.concatenate(x) for x in (keys, spots, sources, halves))
        _, first, index = np.unique(keys, return_index=True, return_inverse=True)
        made[spots[:, 0], spots[:, 1]] = count + index
        parent, i, j = sources[first].T
        where = (NODES[i] + NODES[j]) / 2
        values = shape_functions(where[:, 0], where[:, 1])[0]
        nodes = triangles[parent]
        points = np.einsum("ij,ijk->ik", values, self.points[nodes])
        share = np.einsum("ij,ij->i", values, self.share[nodes])
        row = np.arange(len(first))
        a, b = nodes[row, i], nodes[row, j]
        on_rim = halves[first] & (self.held[a] != FREE) & (self.held[a] == self.held[b])
        held = np.where(on_rim, self.held[a], FREE)
        apart = self.place[b] - self.place[a]
        place = np.where(on_rim, self.place[a] + (apart - np.round(apart)) / 2, 0.0)
        for k, rim in enumerate(self.rims):
            points[held == k] = rim.at(place[held == k])
        return replace(
            self,
            points=np.concatenate([self.points, points]),
            triangles=made,
            held=np.concatenate([self.held, held]),
            place=np.concatenate([self.place, place]),
            share=np.concatenate([self.share, share]),
        )

    def below_lid(self) -> tuple[float, float]:
        """First moment and volume below the second pad; zero without one."""
        if len(self.rims) < 2:
            return 0.0, 0.0
        points, triangles = self.lid()
        return measures(points, triangles, WEIGHTS, SHAPES, ALONG_U, ALONG_V)[1:]

    def lid(self) -> tuple[np.ndarray, np.ndarray]:
        """The second pad as triangles round its centre, facing up: points (n + k, 3) (this mesh's first) and triangles (k / 2, 6)."""
        rim = self.rims[1]
        local = np.flatnonzero((self.held[self.triangles[:, 3:]] == 1).ravel())
        row, side = np.divmod(local, 3)
        start, end = self.triangles[row, side], self.triangles[row, (side + 1) % 3]
        middle = self.triangles[row, 3 + side]
        count, number = len(self.points), len(row)
        spokes = (self.points[start] + rim.origin) / 2
        after = np.empty(count, int)
        after[start] = count + 1 + np.arange(number)
        points = np.concatenate([self.points, rim.origin[None], spokes])
        # the surface's sides run clockwise round the upper pad as it is seen from above: turned about, its triangles face up
        triangles = np.stack([np.full(number, count), end, start, after[end], middle, after[start]], 1)
        return points, triangles


def divided_at_corners(mesh: Mesh, times: int) -> Mesh:
    """A mesh with the triangles at the corners of its edges divided further: there the surface turns fastest.

    Parameters
    ----------
    mesh : surface [1]
    times : how often [1]

    Valid for any mesh; one without corners comes back as it is. Source: our choice of grading.

    >>> import shapely
    >>> from .surface_outline import outline
    >>> from .surface_start import cap_mesh
    >>> square = cap_mesh(outline(shapely.box(-1, -1, 1, 1), 1.0), 1.0, 8)
    >>> len(divided_at_corners(square, 1).triangles) > len(square.triangles)
    True
    """
    for _ in range(times):
        touching = np.zeros(len(mesh.points), bool)
        for k, rim in enumerate(mesh.rims):
            nodes = np.flatnonzero(mesh.held == k)
            apart = mesh.place[nodes, None] - rim.curve.corners[None]
            touching[nodes] = np.any(np.abs(apart - np.round(apart)) < 1e-9, axis=1)
        if not touching.any():
            break
        mesh = mesh.refined(touching[mesh.triangles[:, :3]].any(axis=1))
    return mesh


def stitched(rings: list[tuple[np.ndarray, float]], tip: float | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Triangles between rings of nodes, each ring joined to the next by the shorter diagonal, and optionally closed by one tip.

    Parameters
    ----------
    rings : for each ring its nodes' places round it (increasing, in [0, 2)) and its level [1]
    tip : level of the tip, or None for an open tube [1]

    Returns
    -------
    place (n,) and level (n,) of every node, middles included, and triangles (m, 6), outward for rings that go up anticlockwise

    Valid for two rings or more, or one and a tip. Source: our own construction.

    >>> ring = np.arange(4) / 4
    >>> place, level, triangles = stitched([(ring, 0.0)], tip=1.0)
    >>> len(triangles), len(place)
    (4, 13)
    """
    starts = np.cumsum([0] + [len(ring[0]) for ring in rings])
    places = [ring[0] for ring in rings]
    levels = [np.full(len(ring[0]), ring[1]) for ring in rings]
    faces = []
    for k in range(len(rings) - 1):
        faces += _band(places[k], places[k + 1], starts[k], starts[k + 1])
    if tip is not None:
        n = len(places[-1])
        faces += [(starts[-2] + i, starts[-2] + (i + 1) % n, starts[-1]) for i in range(n)]
        places.append(np.zeros(1))
        levels.append(np.full(1, tip))
    place, level, faces = np.concatenate(places), np.concatenate(levels), np.array(faces)
    count = len(place)
    ends = np.concatenate([faces[:, [i, j]] for i, j in _SIDES])
    _, first, index = np.unique(ends.min(1) * count + ends.max(1), return_index=True, return_inverse=True)
    a, b = ends[first].T
    apart = place[b] - place[a]
    middle = place[a] + (apart - np.round(apart)) / 2
    if tip is not None:  # at the tip every place round it is the same
        middle = np.where(a == count - 1, place[b], np.where(b == count - 1, place[a], middle))
    triangles = np.concatenate([faces, count + index.reshape(3, -1).T], axis=1)
    return np.concatenate([place, middle]), np.concatenate([level, (level[a] + level[b]) / 2]), triangles


def _band(lower: np.ndarray, upper: np.ndarray, low: int, high: int) -> list[tuple[int, int, int]]:
    """Triangles of the band between two rings, walking round both and always closing the triangle that is less drawn out."""
    n, m = len(lower), len(upper)
    offset = int(np.argmin(np.abs((upper - lower[0] + 0.5) % 1.0 - 0.5)))
    below = np.append(lower, lower[0] + 1.0) - lower[0]
    above = upper[(offset + np.arange(m + 1)) % m] - lower[0]
    above = above - np.round(above[0])
    above[1:] = above[0] + np.cumsum((np.diff(above) + 1e-12) % 1.0)
    faces, i, j = [], 0, 0
    while i < n or j < m:
        if j == m or (i < n and below[i + 1] + below[i] <= above[j + 1] + above[j]):
            faces.append((low + i, low + (i + 1) % n, high + (offset + j) % m))
            i += 1
        else:
            faces.append((low + i % n, high + (offset + j + 1) % m, high + (offset + j) % m))
            j += 1
    return faces
