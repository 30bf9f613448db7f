"""The search itself: settings are proposed and evaluated until all targets are reached and held, or the budget is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from waferbump.explore.factors import Setting, Space
from waferbump.explore.latitude import Latitude, latitudes
from waferbump.explore.outlook import Point
from waferbump.explore.proposals import proposed
from waferbump.explore.wishes import Wish, are_reached, misses_of, score_of

POLISH = 6  # runs spent after the targets are reached to get nearer to their middle
MIDDLE = 0.2  # of `within`: near enough to the middle of a target to stop

Evaluate = Callable[[Setting, str], Point]  # (setting, phase) -> what came of it
Progress = Callable[[int, int, str], None]  # (runs done, budget, sentence on the best so far)


@dataclass(frozen=True)
class Outcome:
    """What a search found.

    points : all that was tried by the search itself, in order;  best : the index of the best of them
    reached : whether it meets every target and constraint;  latitude : how far each factor may move from it
    """

    space: Space
    wishes: tuple[Wish, ...]
    points: tuple[Point, ...]
    best: int | None
    reached: bool
    latitude: tuple[Latitude, ...] = ()
    runs: int = 0
    interrupted: bool = False

    @property
    def best_point(self) -> Point | None:
        """The best point, or None where every run failed."""
        return None if self.best is None else self.points[self.best]


def search(
    space: Space,
    wishes: Sequence[Wish],
    evaluate: Evaluate,
    *,
    budget: int,
    seed: int = 0,
    first: Sequence[float] | None = None,
    latitude: int = 0,
    known: Sequence[Point] = (),
    on_progress: Progress | None = None,
) -> Outcome:
    """Look for a setting that meets all wishes.

    Parameters
    ----------
    space : the factors
    wishes : targets and constraints
    evaluate : carries one setting out; it never raises for a setting that fails, but says so in the point
    budget : most runs of the search
    seed : of all that is random
    first : where to begin (0..1 a factor); the middle when not given
    latitude : most runs spent afterwards on how far each factor may move; 0 leaves it out
    known : the first points of an earlier search of the same kind, which are not evaluated again
    on_progress : called after each run

    A KeyboardInterrupt (or one raised by `evaluate`) ends it with what is done.
    """
    first = np.full(len(space), 0.5) if first is None else np.asarray(first, float)
    points: list[Point] = []
    found: tuple[Latitude, ...] = ()
    interrupted = False
    spent = 0

    def tried(setting: Setting, path: str) -> Point:
        nonlocal spent
        point = evaluate(setting, "latitude")
        spent += 1
        if on_progress is not None:
            on_progress(len(points) + spent, len(points) + latitude, f"reached; how far {path} may move")
        return point

    try:
        while len(points) < budget and not _is_done(wishes, points) and not _is_exhausted(space, points):
            if len(points) < len(known):
                points.append(known[len(points)])
                continue
            points.append(evaluate(proposed(space, wishes, points, first, seed), "search"))
            if on_progress is not None:
                on_progress(len(points), budget, _on_the_best(wishes, points))
        best = best_of(wishes, points)
        if latitude and best is not None and are_reached(wishes, points[best].measures):
            found = latitudes(space, wishes, points[best], tried, budget=latitude)
    except KeyboardInterrupt:
        interrupted = True
    best = best_of(wishes, points)
    reached = best is not None and are_reached(wishes, points[best].measures)
    return Outcome(space, tuple(wishes), tuple(points), best, reached, found, len(points) + spent, interrupted)


def best_of(wishes: Sequence[Wish], points: Sequence[Point]) -> int | None:
    """Index of the point that reaches most: first those that meet everything, then the least sum of squared misses."""
    able = [i for i, point in enumerate(points) if point.measures is not None]
    if not able:
        return None
    return min(able, key=lambda i: (not are_reached(wishes, points[i].measures), score_of(wishes, points[i].measures), i))


def _is_done(wishes: Sequence[Wish], points: Sequence[Point]) -> bool:
    """Reached, and either in the middle of the targets or not getting nearer to it."""
    reached = [i for i, point in enumerate(points) if are_reached(wishes, point.measures)]
    if not reached:
        return False
    best = best_of(wishes, points)
    if all(abs(miss) <= MIDDLE for miss in misses_of(wishes, points[best].measures)):
        return True
    return len(points) - 1 - reached[0] >= POLISH


def _is_exhausted(space: Space, points: Sequence[Point]) -> bool:
    """Whether every setting there is was tried."""
    return space.size <= len(points) and space.size <= len({tuple(map(repr, point.setting.values())) for point in points})


def _on_the_best(wishes: Sequence[Wish], points: Sequence[Point]) -> str:
    best = best_of(wishes, points)
    if best is None:
        return f"nothing measured yet: {points[-1].failure}"
    measures = points[best].measures
    if are_reached(wishes, measures):
        return f"run {best + 1} reaches every target"
    worst = max(wishes, key=lambda wish: abs(wish.miss(measures[wish.measure][0])) if not wish.is_met(measures[wish.measure][0]) else -1.0)
    return f"nearest is run {best + 1}: {worst.missed_by(measures[worst.measure][0])}"
