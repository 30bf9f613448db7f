"""What claims ask of the plan: where in it things stand on one another, in one piece, and what encloses what."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import pairwise

import numpy as np
import shapely

from ..geometry.partition import AIR, TICKS_PER_METRE
from ..geometry.stack import Stack
from .trace import TOUCH, NotShown, Trace

ALL_OF = 0.99  # part of an area that has to be in another to count as all of it: outlines of etched and imported bodies are polygons


def plan_of(trace: Trace) -> Stack:
    """The site in plan at the end of a run."""
    stack = trace.final.stack
    if stack is None:
        raise NotShown("the run follows a round cut alone: what lies away from the bump's axis is not in it")
    return stack


def where(stack: Stack, holds: Callable[[int], bool]):
    """The part of the plan [m] made of those parts (by number) for which something holds."""
    parts = stack.neighbours.parts
    return in_metres(shapely.coverage_union_all(np.array([parts[p] for p in range(len(parts)) if holds(p)], dtype=object)))


def in_metres(shape):
    """A shape of whole ticks in metres."""
    return shapely.transform(shape, lambda xy: xy / TICKS_PER_METRE)


def lying_on(stack: Stack, upper: str, lower: Collection[str]):
    """Where in plan one region lies straight on one of some others [m]."""
    towers = stack.part_towers
    return where(stack, lambda p: any(b[0] == upper and a[0] in lower for a, b in pairwise(towers[p])))


def at_bump(stack: Stack, number: Callable[[tuple[str, ...]], int]) -> tuple[int, int]:
    """A layer of the column in the bump's centre: (part of the plan, number of the layer that `number` chooses by the layers' names)."""
    centre = shapely.Point(0.0, 0.0)
    for p, part in enumerate(stack.neighbours.parts):
        if shapely.intersects(part, centre):
            return p, number(tuple(name for name, _, _ in stack.part_towers[p]))
    raise NotShown("the bump's centre lies outside the plan")


def piece_at(stack: Stack, cells: Collection[tuple[int, int]]) -> dict[int, list[int]]:
    """The piece of a region that hangs together with some of its layers, through itself alone: layers by part of the plan."""
    names = {stack.part_towers[p][k][0] for p, k in cells}
    found: dict[int, list[int]] = {}
    for p, k in sorted(stack.reached(lambda _, name: name in names, cells)):
        found.setdefault(p, []).append(k)
    return found


def below(tower, k: int, ground: Collection[str]) -> tuple[str, ...] | None:
    """Regions between a layer of a column and the ground that carries it, from the ground up; None where no ground is below."""
    names: list[str] = []
    for name, _, _ in reversed(tower[:k]):
        if name in ground:
            return tuple(reversed(names))
        names.append(name)
    return None


def is_open(stack: Stack, part: int, layer: int) -> bool:
    """Whether a layer of air is joined to the open air above."""
    name, bottom, top = stack.part_towers[part][layer]
    return name == AIR and (bottom, top) in stack.open_air[part]


def share(area, of) -> float:
    """Part of an area that lies in another [1]."""
    return shapely.intersection(area, of).area / area.area if area.area > 0.0 else 0.0


def piece_holding(area, x: float, y: float):
    """The piece of an area in which a place lies; an empty one where it lies in none."""
    point = shapely.Point(x, y)
    return next((piece for piece in shapely.get_parts(area) if shapely.intersects(piece, point)), shapely.Polygon())


def pieces_round(area, hole):
    """Those pieces of an area that lie all round a hole and leave it open."""
    rings = [p for p in shapely.get_parts(area) if shapely.covers(shapely.Polygon(p.exterior), hole) and overlap(p, hole) <= TOUCH]
    return shapely.MultiPolygon(rings)


def overlap(one, other) -> float:
    """Area that two parts of the plan have in common [m^2]."""
    return shapely.intersection(one, other).area
