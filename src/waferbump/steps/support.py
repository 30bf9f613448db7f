"""Nothing hangs in the air: every body must stand on the carrier, directly or through what it touches."""

from __future__ import annotations

from collections.abc import Sequence

import shapely

from ..geometry.section import Section
from ..geometry.stack import Column, Stack
from ..state import State, StepError, listed

_TOUCH = 3e-9  # m; a ball's outline and what it rests on are true to a nanometre each


def touching(section: Section, name: str) -> set[str]:
    """Regions that lie within rounding of a region: those that share an interface, and those that touch it in a point."""
    shape = section.shape(name)
    return {other for other in section.names if other not in (name, "air") and shape.dwithin(section.shape(other), _TOUCH)}


def touched_by(state: State, name: str) -> frozenset[str]:
    """Regions (and air) that share a piece of surface with a region, in the view that decides."""
    return state.bump.neighbours(name) if state.stack is None else state.stack.touching(name)


def refuse_floating(state: State) -> None:
    """Stop when a part of a region touches nothing that leads down to the carrier; in plan, where the plan is carried."""
    if state.stack is not None:
        floating = list(state.stack.floating())
        # terraces do not touch where the round body rests on a point or a line: there the round cut knows
        for name in [n for n in floating if n in state.stack.imported]:
            if touching(state.bump, name) - set(floating):
                floating.remove(name)
        if floating:
            raise StepError(f"{listed(floating)} would hang in the air: nothing that it touches leads down to the carrier")
        return
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


def hanging(stack: Stack, levels: Sequence[tuple[float, float]]) -> list[tuple[Column, int]]:
    """Columns in which solid hangs over open air at some heights (bottom, top) [m], each with the number of that layer of air.

    Air that reaches up by more than its own height again is no such gap: a ball bulges over a window.
    """
    open_at = {}
    for part, stretches in zip(stack.neighbours.of, stack.open_air, strict=True):
        open_at.setdefault(int(part), set()).update(stretches)
    found = []
    for number, column in enumerate(stack.columns):
        for k, layer in enumerate(column.layers[:-1]):
            inside = any(layer.bottom < high - _TOUCH and low + _TOUCH < layer.top < 2 * high - low for low, high in levels)
            if layer.name == "air" and inside and stack.towers[number][k][1:] in open_at.get(number, ()):
                found.append((column, k))
                break
    return found


def fresh_name(name: str, state: State) -> str:
    """The name, or the name with a number where a region has it already."""
    taken = {*state.facts, *state.bump.names}
    return name if name not in taken else next(f"{name}-{i}" for i in range(2, 1000) if f"{name}-{i}" not in taken)
