"""What a search found, in plain words: what is reached, by how much the nearest misses, what stands at its bound, and what limits it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from waferbump.explore.factors import Choice, Space
from waferbump.explore.outlook import Outlook, Point
from waferbump.explore.search import Outcome
from waferbump.explore.wishes import Wish, score_of

_AT_BOUND = 0.01  # of the range
_TREND = 4  # runs that were measured, from which a trend is spoken of (our choice)
_CANDIDATES, _STARTS = 512, 4  # settings that the trend is asked about, and those of them from which its best is looked for


def sentences_of(outcome: Outcome) -> list[str]:
    """The verdict, one sentence a line."""
    points, best = outcome.points, outcome.best_point
    failed = sum(point.measures is None for point in points)
    if not points:
        return ["nothing was tried yet"]
    if best is None:
        return [f"no setting tried could be measured: all {len(points)} runs failed", *_failures(points)]
    setting = ", ".join(f"{path} {value}" for path, value in best.setting.items())
    if outcome.reached:
        found = [f"reached in run {outcome.best + 1} of {len(points)}: {setting}"]
        found += [_met(wish, best) for wish in outcome.wishes]
        found += [f"latitude of {one.sentence()}" for one in outcome.latitude]
        return found
    found = [f"not reached: none of the {len(points)} settings tried meets everything; the nearest is run {outcome.best + 1}: {setting}"]
    if outcome.space.size <= len(points):
        found.append("there are no further settings to try")
    found += [_missed(wish, best) for wish in outcome.wishes if not _is_met(wish, best)]
    found += at_bounds(outcome.space, best)
    found += limits(outcome.space, outcome.wishes, points, best)
    if failed:
        found += _failures(points)
    return found


def _is_met(wish: Wish, point: Point) -> bool:
    return wish.is_met(point.measures[wish.measure][0])


def _met(wish: Wish, point: Point) -> str:
    return f"{wish.measure} is {wish.text(point.measures[wish.measure][0])} ({wish.asked()})"


def _missed(wish: Wish, point: Point) -> str:
    return f"{wish.missed_by(point.measures[wish.measure][0])} ({wish.asked()} was asked)"


def at_bounds(space: Space, best: Point) -> list[str]:
    """Factors that lie at a bound of their range."""
    found = []
    for factor in space.factors:
        if isinstance(factor, Choice):
            continue
        part = factor.part(best.setting[factor.path])
        if part < _AT_BOUND or part > 1 - _AT_BOUND:
            side, bound = ("lower", factor.first) if part < 0.5 else ("upper", factor.last)
            found.append(f"{factor.path} lies at its {side} bound of {bound}: a wider range may reach more")
    return found


def limits(space: Space, wishes: Sequence[Wish], points: Sequence[Point], best: Point) -> list[str]:
    """What stands in the way of every wish that the best run misses: what the runs that meet it miss, or what their trend says of it."""
    found = []
    for wish in wishes:
        if _is_met(wish, best):
            continue
        others = [other for other in wishes if other is not wish]
        meeting = [point for point in points if point.measures is not None and _is_met(wish, point)]
        if meeting:
            nearest = min(meeting, key=lambda point: score_of(wishes, point.measures))
            worst = max(others, key=lambda other: abs(other.miss(nearest.measures[other.measure][0])))
            found.append(
                f"what limits it: {wish.measure} ({wish.asked()}) was met in {_runs(len(meeting))}, but in the best of them "
                f"{worst.missed_by(nearest.measures[worst.measure][0])}"
            )
        else:
            found.append(_by_trend(space, wish, others, points))
    return found


def _runs(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"


def _by_trend(space: Space, wish: Wish, others: Sequence[Wish], points: Sequence[Point]) -> str:
    """A wish that no run met: whether the surrogate sees it met somewhere in the ranges, and what it would cost there."""
    able = [point for point in points if point.measures is not None]
    nearest = min(able, key=lambda point: abs(wish.miss(point.measures[wish.measure][0])))
    value = wish.text(nearest.measures[wish.measure][0])
    found = f"no run met {wish.measure} ({wish.asked()}); the nearest of any is {value}"
    if len(able) < _TREND:
        return found
    tried = np.array([space.parts(point.setting) for point in points])
    outlook = Outlook(space, [wish], points, tried)
    candidates = np.vstack([tried, np.random.default_rng(len(points)).random((_CANDIDATES, len(space)))])
    starts = candidates[np.argsort(outlook.score(candidates), kind="stable")[:_STARTS]]
    refined = np.array([outlook.refined(start) for start in starts])
    place = refined[[int(np.argmin(outlook.score(refined)))]]
    alone = outlook.values(place)[wish.measure]
    if not wish.is_met(alone):
        side = "more" if alone < wish.limit else "less"
        return f"what limits it: {found}, and by their trend no setting in the ranges gives {side} than about {wish.text(alone)}"
    where = ", ".join(f"{path} {written}" for path, written in space.setting(place[0]).items())
    there = Outlook(space, others, points, tried).values(place)
    worst = max(others, key=lambda other: abs(other.miss(there[other.measure])), default=None)
    if worst is None or worst.is_met(there[worst.measure]):
        return f"{found}; by their trend it would be met near {where}, which more runs may show"
    return (
        f"what limits it: {found}; by their trend it would be met near {where}, but there {worst.measure} would be about "
        f"{worst.text(there[worst.measure])} ({worst.asked()} was asked)"
    )


def _failures(points: Sequence[Point]) -> list[str]:
    """How many runs failed, and the commonest reasons."""
    reasons = Counter(_reason(point.failure) for point in points if point.measures is None)
    total = sum(reasons.values())
    return [f"{total} of {len(points)} runs failed; {count} of them such as: {reason}" for reason, count in reasons.most_common(2)]


def _reason(failure: str) -> str:
    return failure if len(failure) <= 240 else failure[:239] + "…"
