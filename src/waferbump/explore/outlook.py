"""What was tried, and what surrogates of its measures say of settings that were not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from waferbump.explore.factors import Range, Space
from waferbump.explore.surrogate import Surrogate, fitted
from waferbump.explore.wishes import Measures, Wish

INSIDE = 0.25  # of the scale: how far inside a one-sided limit the surrogate aims, since it errs (our choice)


@dataclass(frozen=True)
class Point:
    """One setting that was tried.

    setting : path -> value as written;  measures : None where the run failed, with the reason in `failure`
    """

    setting: dict
    measures: Measures | None
    failure: str = ""


class Outlook:
    """What the surrogates say of settings not yet tried."""

    def __init__(self, space: Space, wishes: Sequence[Wish], points: Sequence[Point], tried: np.ndarray) -> None:
        self.space, self.wishes = space, wishes
        places = space.embedded(tried)
        self.models: dict[str, Surrogate] = {}
        for name in dict.fromkeys(wish.measure for wish in wishes):
            rows = [i for i, point in enumerate(points) if point.measures is not None and name in point.measures]
            self.models[name] = fitted(places[rows], np.array([points[i].measures[name][0] for i in rows]))
        failed = np.array([point.measures is None for point in points], float)
        self.failing = fitted(places, failed) if failed.any() else None

    def misses(self, parts: np.ndarray) -> np.ndarray:
        """Predicted misses (m, wishes), of one-sided limits from a little inside them, and a term where runs are thought to fail."""
        places = self.space.embedded(parts)
        found = {name: model(places) for name, model in self.models.items()}
        columns = []
        for wish in self.wishes:
            off = (found[wish.measure] - wish.limit) / wish.scale
            if wish.side == "at_least":
                off = np.minimum(off - INSIDE, 0.0)
            elif wish.side == "at_most":
                off = np.maximum(off + INSIDE, 0.0)
            columns.append(off)
        if self.failing is not None:
            spread = max(1.0, float(np.median([np.abs(c).mean() for c in columns])))
            columns.append(2.0 * spread * np.maximum(self.failing(places) - 0.5, 0.0))
        return np.column_stack(columns)

    def values(self, parts: np.ndarray) -> dict[str, float]:
        """Predicted measures at one setting (1, n)."""
        places = self.space.embedded(parts)
        return {name: float(model(places)[0]) for name, model in self.models.items()}

    def score(self, parts: np.ndarray) -> np.ndarray:
        """Predicted sum of squared misses (m,)."""
        misses = self.misses(parts)
        return (misses * misses).sum(axis=1)

    def refined(self, start: np.ndarray) -> np.ndarray:
        """The setting nearest the start in which the predicted misses are least; choices stay as they are."""
        moving = [i for i, factor in enumerate(self.space.factors) if isinstance(factor, Range)]
        if not moving:
            return start

        def misses(values: np.ndarray) -> np.ndarray:
            parts = start.copy()
            parts[moving] = values
            return self.misses(parts)[0]

        inside = np.clip(start[moving], 1e-9, 1 - 1e-9)
        solved = least_squares(misses, inside, bounds=(0.0, 1.0), max_nfev=25, diff_step=1e-5)
        found = start.copy()
        found[moving] = np.where(solved.x < 1e-6, 0.0, np.where(solved.x > 1 - 1e-6, 1.0, solved.x))
        return found
