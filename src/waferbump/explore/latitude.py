"""How far each factor may move from what was found, the others held, while everything stays reached."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from waferbump.explore.factors import Choice, Range, Setting, Space
from waferbump.explore.outlook import Point
from waferbump.explore.wishes import Wish, are_reached

FIRST_STEP = 0.02  # of the range, doubled until something is no longer reached (our choice)
FINE = 0.03  # of the way from the best setting: the edge is known to this part of it (our choice)
FINEST = 1e-4  # of the range


@dataclass(frozen=True)
class Latitude:
    """How far one factor may move.

    low, high : the outermost values that still reach everything, as written;  at : the best setting's
    low_end, high_end : what ends it there: "bound" (of the factor's own range), "edge" (found to a few per cent), or "budget"
    (runs ran out: at least this far)
    """

    path: str
    at: Any
    low: Any
    high: Any
    low_end: str
    high_end: str
    low_percent: float | None
    high_percent: float | None

    def sentence(self) -> str:
        """The latitude in words."""
        percents = ""
        if self.low_percent is not None:
            percents = f" ({self.low_percent:+.1f} % .. {self.high_percent:+.1f} %)".replace("-0.0 %", "0 %").replace("+0.0 %", "0 %")
        ends = {"low": self.low_end, "high": self.high_end}
        bounds = [f"the {side} end is the factor’s bound" for side, end in ends.items() if end == "bound"]
        short = [side for side, end in ends.items() if end == "budget"]
        notes = [*bounds, *([f"at least that far at the {' and the '.join(short)} end: the runs for it are used up"] if short else [])]
        return f"{self.path}: {_short(self.low)} .. {_short(self.high)}{percents}{'; ' if notes else ''}{', '.join(notes)}"


def _short(written: Any) -> str:
    """A value as written, with at most five digits."""
    if isinstance(written, float):
        return f"{written:.5g}"
    number, _, unit = str(written).partition(" ")
    try:
        return f"{float(number):.5g} {unit}".rstrip()
    except ValueError:
        return str(written)


def latitudes(
    space: Space, wishes: Sequence[Wish], best: Point, evaluate: Callable[[Setting, str], Point], *, budget: int
) -> tuple[Latitude, ...]:
    """Latitude of every factor that is a range, each side bracketed by doubled steps and closed in by interpolation and halving.

    The budget is shared evenly: what one side leaves goes to the next. A gap inside the range is not looked for.
    """
    ranges = [factor for factor in space.factors if not isinstance(factor, Choice)]
    left, sides, found = budget, 2 * len(ranges), []
    for factor in ranges:
        at = factor.part(best.setting[factor.path])
        ends = {}
        for sign in (-1.0, 1.0):
            reach = _Reach(factor, wishes, best, evaluate, left // sides)
            ends[sign] = reach.found(at, sign)
            left -= reach.used
            sides -= 1
        (low, low_end), (high, high_end) = ends[-1.0], ends[1.0]
        written = [factor.drawn(part) for part in (low, high)]
        percents = [_percent(factor, best.setting[factor.path], value) for value in written]
        found.append(Latitude(factor.path, best.setting[factor.path], *written, low_end, high_end, *percents))
    return tuple(found)


def _percent(factor: Range, at: Any, value: Any) -> float | None:
    """Change in per cent of the value itself; None for temperatures, whose zero is a convention, and from zero."""
    base = factor.value(at)
    if factor.dimension == "temperature" or base == 0.0:
        return None
    return 100.0 * (factor.value(value) - base) / abs(base)


class _Reach:
    """One side of one factor."""

    def __init__(self, factor: Range, wishes: Sequence[Wish], best: Point, evaluate: Callable[[Setting, str], Point], budget: int) -> None:
        self.factor, self.wishes, self.best, self.evaluate, self.budget = factor, wishes, best, evaluate, budget
        self.used = 0

    def found(self, at: float, sign: float) -> tuple[float, str]:
        """The outermost part of the range that was seen to reach everything, and what ends it."""
        bound = 0.0 if sign < 0 else 1.0
        if abs(bound - at) < FINEST:
            return at, "bound"
        good, inner = at, self._spare(self.best.measures)
        step, bad, outer = FIRST_STEP, None, math.inf
        while bad is None:
            trial = at + sign * step
            trial = bound if (bound - trial) * sign <= 0.25 * step else trial
            if self.used >= self.budget:
                return good, "budget"
            reached, spare = self._judged(trial)
            if not reached:
                bad, outer = trial, spare
            elif trial == bound:
                return bound, "bound"
            else:
                good, inner, step = trial, spare, 2 * step
        while abs(bad - good) > max(FINE * abs(good - at), FINEST):
            if self.used >= self.budget:
                return good, "budget"
            trial = good + (bad - good) * _where(inner, outer, self.used)
            reached, spare = self._judged(trial)
            if reached:
                good, inner = trial, spare
            else:
                bad, outer = trial, spare
        return good, "edge"

    def _judged(self, part: float) -> tuple[bool, float]:
        self.used += 1
        point = self.evaluate({**self.best.setting, self.factor.path: self.factor.drawn(part)}, self.factor.path)
        return are_reached(self.wishes, point.measures), self._spare(point.measures)

    def _spare(self, measures: Any) -> float:
        """How much more than is allowed the worst wish misses, in scales; negative while everything is reached, infinite for failures."""
        if measures is None:
            return math.inf
        worst = -math.inf
        for wish in self.wishes:
            off = (measures[wish.measure][0] - wish.limit) / wish.scale
            off = abs(off) if wish.side == "value" else off if wish.side == "at_most" else -off
            worst = max(worst, off - wish.within / wish.scale)
        return worst


def _where(inner: float, outer: float, turn: int) -> float:
    """Part of the way from the last good to the first bad value: interpolated every other time, else the middle."""
    if turn % 2 or not math.isfinite(outer) or not outer > inner:
        return 0.5
    return min(max(-inner / (outer - inner), 0.05), 0.95)
