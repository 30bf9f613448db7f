"""Hexahedra joined over their faces: nodes follow from who shares a face with whom, so that what touches along an edge stays apart."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from waferbump.geometry.mesh import MeshError, Pairs

FACES = np.array([[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]])  # counterclockwise from outside


@dataclass(frozen=True)
class Cells:
    """Hexahedra by the places of their corners.

    places : [m], shape (places, 3);  corners : places of each hexahedron, shape (cells, 8);  region : of each, the number of its region
    """

    places: np.ndarray
    corners: np.ndarray
    region: np.ndarray


@dataclass(frozen=True)
class Joined:
    """Hexahedra with nodes: nodes [m];  cells, shape (cells, 8);  place : of every node."""

    nodes: np.ndarray
    cells: np.ndarray
    place: np.ndarray


def joined(cells: Cells, names: list[str], split: Collection[tuple[str, str]]) -> tuple[Joined, tuple[Pairs, ...]]:
    """Cells joined over every face that two of them share, but for those between two regions of a split pair (upper, lower).

    Raises
    ------
    MeshError : a face has more than two cells, or the two regions of a pair share no face.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(cells.corners)
    faces = cells.corners[:, FACES].reshape(-1, 4)
    low = np.sort(faces, axis=1)
    order = np.lexsort(low.T)
    same = (low[order[1:]] == low[order[:-1]]).all(axis=1)
    if (same[1:] & same[:-1]).any():
        raise MeshError("three elements of the mesh share a face")
    one, other = order[:-1][same], order[1:][same]
    corner_of = np.tile(FACES, (count, 1))
    slot = (np.repeat(np.arange(count), 6)[:, None] * 8 + corner_of)  # (faces, 4) of (cell, corner)
    a, b = slot[one], slot[other]
    order_a, order_b = np.argsort(faces[one], axis=1), np.argsort(faces[other], axis=1)
    first, second = np.take_along_axis(a, order_a, axis=1), np.take_along_axis(b, order_b, axis=1)
    region_one, region_other = cells.region[one // 6], cells.region[other // 6]
    kept = np.ones(len(one), dtype=bool)
    found = []
    for upper, lower in split:
        missing = [name for name in (upper, lower) if name not in names]
        if missing:
            raise MeshError(f"there is no region {missing[0]!r} to split from another; there are {', '.join(names)}")
        u, w = names.index(upper), names.index(lower)
        here = ((region_one == u) & (region_other == w)) | ((region_one == w) & (region_other == u))
        if not here.any():
            raise MeshError(f"{upper!r} and {lower!r} share no face in the mesh: there is no interface to split")
        kept &= ~here
        found.append((upper, lower, np.flatnonzero(here), w))
    rows, columns = first[kept].ravel(), second[kept].ravel()
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(8 * count, 8 * count))
    total, node = connected_components(graph, directed=False)
    place = np.empty(total, dtype=np.int64)
    place[node] = cells.corners.ravel()
    nodes = cells.places[place]
    pairs = []
    for upper, lower, here, w in found:
        below_first = region_one[here] == w
        lower_slots = np.where(below_first[:, None], a[here], b[here])
        upper_slots = np.where(below_first[:, None], b[here], a[here])
        wanted = cells.corners.ravel()[lower_slots]
        there = cells.corners.ravel()[upper_slots]
        match = (wanted[:, :, None] == there[:, None, :]).argmax(axis=2)
        pairs.append(Pairs(lower, upper, node[lower_slots], node[np.take_along_axis(upper_slots, match, axis=1)], np.ones(len(here)),
                           np.zeros((len(here), 4))))
    return Joined(nodes, node.reshape(count, 8), place), tuple(pairs)


def jacobians(nodes: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Jacobian determinant at the corners of hexahedra [m^3], shape (cells, 8), of edges as long as they are."""
    corners = nodes[cells]
    ahead = np.array([[1, 3, 4], [2, 0, 5], [3, 1, 6], [0, 2, 7], [7, 5, 0], [4, 6, 1], [5, 7, 2], [6, 4, 3]])
    edges = corners[:, ahead] - corners[:, :, None]
    return np.linalg.det(edges)


def volumes(nodes: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Volumes of hexahedra [m^3], shape (cells,), by two points of Gauss in each direction, exact for trilinear ones."""
    total = np.zeros(len(cells))
    signs = np.array([[-1, -1, -1], [1, -1, -1], [1, 1, -1], [-1, 1, -1], [-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]], dtype=float)
    corners = nodes[cells]
    for point in signs / np.sqrt(3.0):
        terms = 1 + signs * point
        gradient = 0.125 * signs * np.roll(terms, -1, axis=1) * np.roll(terms, -2, axis=1)
        total += np.linalg.det(np.einsum("ad,nac->ndc", gradient, corners))
    return total
