"""Nothing hangs in the air: every body must stand on the carrier, directly or through what it touches."""

from __future__ import annotations

import shapely

from ..geometry.section import Section
from ..state import State, StepError, listed

_TOUCH = 3e-9  # m; a ball's outline and what it rests on are true to a nanometre each


def touching(section: Section, name: str) -> set[str]:
    """Regions that lie within rounding of a region: those that share an interface, and those that touch it in a point."""
    shape = section.shape(name)
    return {other for other in section.names if other not in (name, "air") and shape.dwithin(section.shape(other), _TOUCH)}


def refuse_floating(state: State) -> None:
    """Stop when a part of a region touches nothing that leads down to the carrier."""
    section = state.bump
    pieces = [(name, piece) for name in section.names if name != "air" for piece in shapely.get_parts(section.shape(name))]
    tree = shapely.STRtree([piece for _, piece in pieces])
    left, right = tree.query([piece for _, piece in pieces], predicate="dwithin", distance=_TOUCH)
    neighbours: dict[int, set[int]] = {}
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        neighbours.setdefault(a, set()).add(b)
    standing = {i for i, (_, piece) in enumerate(pieces) if piece.bounds[1] <= section.floor + _TOUCH}
    todo = list(standing)
    while todo:
        for other in neighbours[todo.pop()] - standing:
            standing.add(other)
            todo.append(other)
    floating = dict.fromkeys(name for i, (name, _) in enumerate(pieces) if i not in standing)
    if floating:
        raise StepError(f"{listed(floating)} would hang in the air: nothing that it touches leads down to the carrier")
