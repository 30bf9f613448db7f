"""What the trend of the runs says of a study that is not reached: where wishes would be met, and whether all of them may be at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from waferbump.explore.factors import Setting
from waferbump.explore.outlook import Outlook
from waferbump.explore.search import Outcome
from waferbump.explore.wishes import Wish

_LEAST = 4  # runs that were measured, from which a trend is spoken of (our choice)
_CANDIDATES, _STARTS = 512, 4  # settings that the trend is asked about, and those of them from which its best is looked for


class Trend:
    """The trend of a search's runs, asked only about settings that the recipe takes.

    allows : whether the recipe takes a setting; all of them when not given
    """

    def __init__(self, outcome: Outcome, allows: Callable[[Setting], bool] = lambda setting: True) -> None:
        self.outcome, self.allows = outcome, allows
        self.tells = sum(point.measures is not None for point in outcome.points) >= _LEAST

    def best_for(self, wishes: Sequence[Wish]) -> np.ndarray | None:
        """The place (1, n) in the ranges that is best for some wishes; None where the recipe takes no setting."""
        space, points = self.outcome.space, self.outcome.points
        outlook = Outlook(space, wishes, points, self._tried)
        candidates = np.vstack([self._tried, np.random.default_rng(len(points)).random((_CANDIDATES, len(space)))])
        starts: list[np.ndarray] = []
        for index in np.argsort(outlook.score(candidates), kind="stable"):
            if self._takes(candidates[index]):
                starts.append(candidates[index])
            if len(starts) == _STARTS:
                break
        refined = [place for place in map(outlook.refined, starts) if self._takes(place)]
        places = np.array(refined + starts)
        return places[[int(np.argmin(outlook.score(places)))]] if starts else None

    def values(self, wishes: Sequence[Wish], place: np.ndarray) -> dict[str, float]:
        """What the measures of wishes would be at a place (1, n) [SI]."""
        return Outlook(self.outcome.space, wishes, self.outcome.points, self._tried).values(place)

    @cached_property
    def is_closed(self) -> bool:
        """Whether no setting in the ranges meets all wishes at once."""
        return self.tells and not self._meets(self.outcome.wishes)

    @cached_property
    def is_exclusive(self) -> bool:
        """Whether each wish may be met in the ranges, but not all at once: a wider range is then no promise."""
        return self.is_closed and all(self._meets([wish]) for wish in self.outcome.wishes)

    @cached_property
    def _tried(self) -> np.ndarray:
        return np.array([self.outcome.space.parts(point.setting) for point in self.outcome.points])

    def _takes(self, place: np.ndarray) -> bool:
        return self.allows(self.outcome.space.setting(place))

    def _meets(self, wishes: Sequence[Wish]) -> bool:
        place = self.best_for(wishes)
        if place is None:
            return False
        values = self.values(wishes, place)
        return all(wish.is_met(values[wish.measure]) for wish in wishes)
