"""Nodes of a rectilinear plane mesh with void cells and split faces, which carries joints as sheets of their own.

A node is shared by the cells round it that hang together there: cells that meet in a corner alone, or across a split face, have each
their own. A joint has its own nodes; it shares those of its foot and top, and its flanks' where something fills the gap beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SOUTHWEST, SOUTHEAST, NORTHEAST, NORTHWEST = range(4)  # corners of a cell, and the cells round a node


@dataclass(frozen=True)
class Nodes:
    """Corners of cells as numbered nodes.

    at : column and level of every node, shape (nodes, 2)
    corners : node numbers of every cell, counterclockwise from below left, -1 of void ones, shape (columns, levels - 1, 4)
    """

    at: np.ndarray
    corners: np.ndarray


def numbered(solid: np.ndarray, split: np.ndarray) -> Nodes:
    """Nodes of the cells that are solid.

    solid : shape (columns, levels - 1), bool
    split : faces below each level whose two sides do not share nodes, shape (columns, levels), bool
    """
    columns, rows = solid.shape
    around = np.zeros((columns + 2, rows + 2), dtype=bool)
    around[1:-1, 1:-1] = solid
    held = np.zeros((columns + 2, rows + 1), dtype=bool)
    held[1:-1] = ~split
    cells = [around[:-1, :-1], around[1:, :-1], around[1:, 1:], around[:-1, 1:]]
    links = [
        (SOUTHWEST, SOUTHEAST, cells[SOUTHWEST] & cells[SOUTHEAST]),
        (NORTHWEST, NORTHEAST, cells[NORTHWEST] & cells[NORTHEAST]),
        (SOUTHEAST, NORTHEAST, cells[SOUTHEAST] & cells[NORTHEAST] & held[1:]),
        (SOUTHWEST, NORTHWEST, cells[SOUTHWEST] & cells[NORTHWEST] & held[:-1]),
    ]
    label = np.broadcast_to(np.arange(4)[:, None, None], (4, columns + 1, rows + 1)).copy()
    for _ in range(3):  # a ring of four is at most three links long
        for one, other, joined in links:
            least = np.minimum(label[one], label[other])
            label[one] = np.where(joined, least, label[one])
            label[other] = np.where(joined, least, label[other])
    place = np.arange((columns + 1) * (rows + 1)).reshape(columns + 1, rows + 1)
    # a cell's corner below left is the node to whose upper right the cell lies
    key = np.stack(
        [
            4 * place[:-1, :-1] + label[NORTHEAST][:-1, :-1],
            4 * place[1:, :-1] + label[NORTHWEST][1:, :-1],
            4 * place[1:, 1:] + label[SOUTHWEST][1:, 1:],
            4 * place[:-1, 1:] + label[SOUTHEAST][:-1, 1:],
        ],
        axis=-1,
    )
    used, number = np.unique(key[solid], return_inverse=True)
    corners = np.full((columns, rows, 4), -1)
    corners[solid] = number.reshape(-1, 4)
    return Nodes(np.stack(np.divmod(used // 4, rows + 1), axis=-1), corners)


def with_sheet(
    nodes: Nodes, span: tuple[int, int], rows: tuple[int, int], *, foot: bool, top: bool, flanks_from: int | None
) -> tuple[Nodes, np.ndarray]:
    """The nodes with those of a sheet over a span of columns and rows of levels; and the sheet's own cells, shape (columns, rows, 4).

    span, rows : first and last station, first and last level;  foot, top : whether it shares the nodes of the cells below and above it
    flanks_from : the level from which it shares the nodes of the cells at both sides; None: nowhere
    """
    (left, right), (low, high) = span, rows
    number = np.full((right - left + 1, high - low + 1), -1)
    beneath, over = nodes.corners[left:right, low - 1], nodes.corners[left:right, high]
    if flanks_from is not None:
        for edge, column, side in ((0, left - 1, (SOUTHEAST, NORTHEAST)), (-1, right, (SOUTHWEST, NORTHWEST))):
            flank = nodes.corners[column, flanks_from:high]
            number[edge, flanks_from - low : -1] = flank[:, side[0]]
            number[edge, flanks_from - low + 1 :] = flank[:, side[1]]
    if foot:
        number[:-1, 0], number[1:, 0] = beneath[:, NORTHWEST], beneath[:, NORTHEAST]
    if top:
        number[:-1, -1], number[1:, -1] = over[:, SOUTHWEST], over[:, SOUTHEAST]
    new = number < 0
    number[new] = len(nodes.at) + np.arange(new.sum())
    at = np.argwhere(new) + np.array([left, low])
    corners = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], axis=-1)
    return Nodes(np.concatenate([nodes.at, at]), nodes.corners), corners
