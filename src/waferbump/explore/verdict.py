"""What a search found, in plain words: what is reached, by how much the nearest misses, what stands at its bound, and what limits it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from waferbump.explore.factors import Choice, Space
from waferbump.explore.outlook import Point
from waferbump.explore.prospects import Trend
from waferbump.explore.search import Outcome
from waferbump.explore.wishes import Wish, score_of

_AT_BOUND = 0.01  # of the range
_NUMBER = re.compile(r"(?<![\w.-])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")  # not that of a name such as resist-1


def sentences_of(outcome: Outcome, trend: Trend | None = None) -> list[str]:
    """The verdict, one sentence a line; of the trend of the runs where they do not reach."""
    trend = trend or Trend(outcome)
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
    found += at_bounds(outcome.space, best, "" if trend.is_exclusive else ": a wider range may reach more")
    found += limits(trend, best)
    if trend.is_exclusive and len(outcome.wishes) > 1:
        found.append("by the trend of the runs no setting in the ranges meets all that is asked at once")
    if failed:
        found += _failures(points)
    return found


def _is_met(wish: Wish, point: Point) -> bool:
    return wish.is_met(point.measures[wish.measure][0])


def _met(wish: Wish, point: Point) -> str:
    return f"{wish.measure} is {wish.text(point.measures[wish.measure][0])} ({wish.asked()})"


def _missed(wish: Wish, point: Point) -> str:
    return f"{wish.missed_by(point.measures[wish.measure][0])} ({wish.asked()} was asked)"


def at_bounds(space: Space, best: Point, then: str) -> list[str]:
    """Factors that lie at a bound of their range, and what follows from it."""
    found = []
    for factor in space.factors:
        if isinstance(factor, Choice):
            continue
        part = factor.part(best.setting[factor.path])
        if part < _AT_BOUND or part > 1 - _AT_BOUND:
            side, bound = ("lower", factor.first) if part < 0.5 else ("upper", factor.last)
            found.append(f"{factor.path} lies at its {side} bound of {bound}{then}")
    return found


def limits(trend: Trend, best: Point) -> list[str]:
    """What stands in the way of every wish that the best run misses: what the runs that meet it miss, or what their trend says of it."""
    found, wishes, points = [], trend.outcome.wishes, trend.outcome.points
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
            found.append(_by_trend(trend, wish, others))
    return found


def _runs(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"


def _by_trend(trend: Trend, wish: Wish, others: Sequence[Wish]) -> str:
    """A wish that no run met: whether the surrogate sees it met somewhere in the ranges, and what it would cost there."""
    able = [point for point in trend.outcome.points if point.measures is not None]
    nearest = min(able, key=lambda point: abs(wish.miss(point.measures[wish.measure][0])))
    value = wish.text(nearest.measures[wish.measure][0])
    found = f"no run met {wish.measure} ({wish.asked()}); the nearest of any is {value}"
    place = trend.best_for([wish]) if trend.tells else None
    if place is None:
        return found
    alone = trend.values([wish], place)[wish.measure]
    if not wish.is_met(alone):
        side = "more" if alone < wish.limit else "less"
        return f"what limits it: {found}, and by their trend no setting in the ranges gives {side} than about {wish.text(alone)}"
    where = ", ".join(f"{path} {written}" for path, written in trend.outcome.space.setting(place[0]).items())
    there = trend.values(others, place)
    worst = max(others, key=lambda other: abs(other.miss(there[other.measure])), default=None)
    if worst is None or worst.is_met(there[worst.measure]):
        return f"{found}; by their trend it would be met near {where}, which more runs may show"
    return (
        f"what limits it: {found}; by their trend it would be met near {where}, but there {worst.measure} would be about "
        f"{worst.text(there[worst.measure])} ({worst.asked()} was asked)"
    )


def _failures(points: Sequence[Point]) -> list[str]:
    """How many runs failed, and the commonest reasons; reasons that differ only in their numbers are one."""
    alike: dict[str, list[str]] = {}
    for point in points:
        if point.measures is None:
            alike.setdefault(_NUMBER.sub("#", point.failure), []).append(_reason(point.failure))
    total = sum(map(len, alike.values()))
    commonest = sorted(alike.values(), key=len, reverse=True)[:2]
    return [f"{total} of {len(points)} runs failed; {len(one)} of them such as: {one[0]}" for one in commonest]


def _reason(failure: str) -> str:
    return failure if len(failure) <= 240 else failure[:239] + "…"
