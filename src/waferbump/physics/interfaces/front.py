"""A starter crack in an interface of node pairs: which pairs are tied, where its front runs, and what crack closure needs there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .closure import EnergyRelease, virtual_crack_closure
from .faces import nodal_areas
from .toughness import InterfaceError


@dataclass(frozen=True)
class CrackFront:
    """The front of a crack and the pairs of nodes (lower, upper) about it.

    tied : pairs that hold together, the front's among them, shape (n, 2);  front, behind : pairs on it and next behind, shape (p, 2)
    lengths, ahead : of the elements behind and ahead [m], shape (p,);  widths : of the front that a pair stands for [m], shape (p,)
    directions : rows normal, along growth, along the front [-], shape (p, d, d)
    """

    tied: np.ndarray
    front: np.ndarray
    behind: np.ndarray
    lengths: np.ndarray
    ahead: np.ndarray
    widths: np.ndarray
    directions: np.ndarray

    def release(self, u, lower_forces) -> EnergyRelease:
        """Energy release rates along the front, from displacements u [m] and the forces on the lower side's nodes [N], both (dofs,).

        The forces are `internal_forces` of the blocks below, less any load applied to those nodes.
        """
        size = self.directions.shape[1]
        u, forces = np.asarray(u, float).reshape(-1, size), np.asarray(lower_forces, float).reshape(-1, size)
        opening = u[self.behind[:, 1]] - u[self.behind[:, 0]]
        return virtual_crack_closure(
            forces[self.front[:, 0]], opening, self.lengths, self.widths, ahead=self.ahead, directions=self.directions
        )


def crack_front(nodes, lower, upper, open_faces, widths=None) -> CrackFront:
    """The front of a crack that is open at some faces of an interface.

    The front is what open and bonded faces share: points in the plane, edges in space.

    Parameters
    ----------
    nodes : [m], shape (nodes, 2 or 3)
    lower, upper : node numbers [-], shape (faces, 2 or 4)
    open_faces : which faces are cracked [-], shape (faces,) of truth
    widths : of the faces out of the plane [m], shape (faces,), or None for ones; bonded faces over one another add up; not used in space

    Raises
    ------
    InterfaceError : no face or every face is open, a front that turns a corner at a node or ends where its faces do not match.

    In space the faces must be swept across the front: each node of it has one neighbour behind and one ahead. Source: what the one-step
    closure of Rybicki and Kanninen, Eng. Fract. Mech. 9 (1977) 931, asks for.
    """
    nodes, lower, upper = np.asarray(nodes, float), np.asarray(lower, np.int64), np.asarray(upper, np.int64)
    cracked = np.asarray(open_faces, bool)
    if cracked.shape != (len(lower),) or not cracked.any() or cracked.all():
        raise InterfaceError("a crack's front needs faces that are open and faces that are bonded")
    _, frames = nodal_areas(nodes, lower, upper, widths)
    partner = dict(zip(lower.ravel().tolist(), upper.ravel().tolist(), strict=True))
    width = np.ones(len(lower)) if widths is None else np.broadcast_to(np.asarray(widths, float), (len(lower),))
    around = _lines(lower, cracked, width) if nodes.shape[1] == 2 else _quadrilaterals(nodes, lower, cracked)
    front = sorted(around)
    behind = np.array([_only(around[k][0], k, "behind") for k in front])
    ahead = np.array([_only(around[k][1], k, "ahead") for k in front])
    here = np.array(front)
    normals = {}
    for face in np.flatnonzero(~cracked):
        for node, frame in zip(lower[face].tolist(), frames[face], strict=True):
            normals.setdefault(node, frame[0])
    growth = nodes[here] - nodes[behind]
    lengths = np.linalg.norm(growth, axis=1)
    normal = np.array([normals[k] for k in front])
    growth = growth - np.sum(growth * normal, 1)[:, None] * normal
    growth /= np.linalg.norm(growth, axis=1)[:, None]
    rows = [normal, growth] if nodes.shape[1] == 2 else [normal, growth, np.cross(normal, growth)]
    tied = np.unique(lower[~cracked])
    pairs = lambda numbers: np.stack([numbers, [partner[k] for k in numbers.tolist()]], 1)  # noqa: E731
    spans = np.linalg.norm(nodes[ahead] - nodes[here], axis=1)
    return CrackFront(pairs(tied), pairs(here), pairs(behind), lengths, spans, np.array([around[k][2] for k in front]), np.stack(rows, 1))


def _lines(lower, cracked, width):
    """By front node: its neighbours behind, ahead, and its width."""
    shared = np.intersect1d(lower[cracked], lower[~cracked])
    around = {}
    for node in shared.tolist():
        beside = [(cracked[f], int(lower[f][lower[f] != node][0]), width[f]) for f in np.flatnonzero((lower == node).any(1))]
        bonded = [w for is_open, _, w in beside if not is_open]
        around[node] = ({n for is_open, n, _ in beside if is_open}, {n for is_open, n, _ in beside if not is_open}, sum(bonded))
    return around


def _quadrilaterals(nodes, lower, cracked):
    """By front node: its neighbours behind and ahead across the front's edges, and half the lengths of these."""
    sides = {}
    for face in range(len(lower)):
        for k in range(4):
            edge = tuple(sorted((int(lower[face, k]), int(lower[face, (k + 1) % 4]))))
            sides.setdefault(edge, []).append((face, k))
    around = {}
    for edge, beside in sides.items():
        if len(beside) != 2 or cracked[beside[0][0]] == cracked[beside[1][0]]:
            continue
        length = float(np.linalg.norm(nodes[edge[0]] - nodes[edge[1]]))
        for face, k in beside:
            one, two, after, before = (int(lower[face, (k + i) % 4]) for i in range(4))
            for node, neighbour in ((one, before), (two, after)):
                entry = around.setdefault(node, [set(), set(), 0.0])
                entry[0 if cracked[face] else 1].add(neighbour)
                entry[2] += length / 4  # half an edge, met from both of its faces
    return around


def _only(neighbours, node, side) -> int:
    if len(neighbours) != 1:
        raise InterfaceError(
            f"the crack's front turns a corner at node {node}: it has {len(neighbours)} neighbours {side} it, where closure needs one"
        )
    return next(iter(neighbours))
