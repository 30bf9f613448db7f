"""Levels of a swept mesh: towers of layers with the levels that do not matter taken together, and how every slab between is divided."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Sequence

import numpy as np

from waferbump.geometry.partition import AIR, NANOMETRE
from waferbump.geometry.stack_questions import Tower

_NEAREST = 1100 * NANOMETRE  # [ticks] levels farther apart than this are never taken together (our choice)
_VOLUME = 1e-3  # by which no region's volume may change when levels are taken together (our choice)
_THICKNESS = 0.2  # by which no layer's or gap's thickness may change then (our choice)
_THIN = 1.5  # um; a thinner film is one element: what it does, it does by its stretch
_FILM = 12.0  # um; the thickest element of a film
_SURFACE = 12.0  # um; the first element under the ground's surface
_GRADING = 2.0  # of one element to the next, downwards in the ground


def reduced(tower: Tower, without: Collection[str]) -> Tower:
    """A tower with some regions turned into air and equal neighbours joined."""
    layers: list[tuple[str, int, int]] = []
    for name, low, high in tower:
        name = AIR if name in without else name
        if layers and layers[-1][0] == name:
            layers[-1] = (name, layers[-1][1], high)
        else:
            layers.append((name, low, high))
    return tuple(layers)


def merged_levels(towers: Sequence[Tower], areas: np.ndarray) -> list[Tower]:
    """Towers whose nearly equal levels are taken together, where no film lies between them and no volume changes by a thousandth.

    areas : of the plan with each tower, shape (towers,), in any unit
    """
    volumes: dict[str, float] = {}
    for tower, area in zip(towers, areas, strict=True):
        for name, low, high in tower:
            volumes[name] = volumes.get(name, 0.0) + area * (high - low)
    moved = {level: level for tower in towers for _, low, high in tower for level in (low, high)}
    floor, ceiling = towers[0][0][1], towers[0][-1][2]
    for _ in range(len(moved)):
        levels = sorted(set(moved.values()))
        close = sorted((b - a, a, b) for a, b in itertools.pairwise(levels) if b - a <= _NEAREST and a != floor and b != ceiling)
        for _, a, b in close:
            trial = next((t for t in ({k: b if v == a else v for k, v in moved.items()}, {k: a if v == b else v for k, v in moved.items()})
                          if _harmless(towers, areas, volumes, t)), None)
            if trial is not None:
                moved = trial
                break
        else:
            break
    return [tuple((name, moved[low], moved[high]) for name, low, high in tower) for tower in towers]


def _harmless(towers: Sequence[Tower], areas: np.ndarray, volumes: dict[str, float], moved: dict[int, int]) -> bool:
    change = dict.fromkeys(volumes, 0.0)
    for tower, area in zip(towers, areas, strict=True):
        for k, (name, low, high) in enumerate(tower):
            before, after = high - low, moved[high] - moved[low]
            if k < len(tower) - 1 and abs(after - before) > _THICKNESS * before:
                return False
            change[name] += area * (after - before)
    return all(abs(change[name]) <= _VOLUME * volumes[name] for name in volumes if name != AIR)


def divided_levels(towers: Sequence[Tower], refine: float) -> np.ndarray:
    """Levels [ticks] of the elements' faces: those of the towers, the ground's graded from its surface down, the films' of equal height.

    refine : of 1, so many times as many elements
    """
    top = max(tower[-1][1] for tower in towers)
    levels = sorted({level for tower in towers for _, low, high in tower for level in (low, high) if level <= top})
    ground = min(tower[0][2] for tower in towers)
    found: list[int] = [levels[0]]
    for low, high in itertools.pairwise(levels):
        height = (high - low) / (1e3 * NANOMETRE)
        if high <= ground:
            count = max(1, round(refine * math.log2(1 + height * (_GRADING - 1) / _SURFACE)))
            ratio = _GRADING ** (1 / refine)
            steps = np.cumsum(ratio ** np.arange(count)[::-1])
            found += [low + round((high - low) * s / steps[-1]) for s in steps[:-1]] + [high]
        else:
            count = 1 if height < _THIN else math.ceil(refine * max(2.0, height / _FILM))
            found += [low + round((high - low) * k / count) for k in range(1, count)] + [high]
    return np.array(found, dtype=np.int64)
