"""What to try next: a pure function of what was tried, so that a search goes on from its points as if it had never stopped.

A space-filling start (Sobol's sequence, shifted by the seed), then a surrogate of every measure asked for: where it says that all
targets are met a run is made, and where that leads no further one is made at a distance from all others. The measures are modelled, not a
score: they are smooth in the factors where a score has kinks.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np
from scipy.stats import qmc

from waferbump.explore.factors import Choice, Space
from waferbump.explore.outlook import Outlook, Point
from waferbump.explore.wishes import Wish, score_of

SOBOL = 10  # 2^10 points of the space-filling sequence: more than any budget
CANDIDATES = 1024  # random settings that the surrogate judges at each step
STARTS = 3  # of the local search on the surrogate
NEAR = 1e-4  # of the range: settings nearer to one that was tried bring nothing new
WIDTHS = (0.2, 0.07, 0.02)  # of the range: spread of the settings tried round the best one
PATIENCE = 4  # runs without gain after which it is looked elsewhere as well
NO_GAIN = 3e-3  # of the range: after that, settings nearer to one that was tried are not worth a run
# then, in turn: the surrogates' best (None), their best elsewhere (0), or the best of promise, with this weight, and distance
TURNS = (None, 0.0, 0.7, 0.0, 0.3)
LOOK_AHEAD = 32  # places of the space-filling sequence among which one not yet tried is looked for, where there are few settings
AWAY = 0.15  # of the space's diagonal: elsewhere begins here


def start_count(space: Space) -> int:
    """Runs of the space-filling start."""
    return 2 * len(space) + 2


def proposed(space: Space, wishes: Sequence[Wish], points: Sequence[Point], first: Sequence[float], seed: int) -> dict:
    """The next setting to try, given all that was tried before in that order; `first` is where the search begins (0..1 a factor)."""
    number = len(points)
    if number == 0:
        return space.setting(first)
    tried = np.array([space.parts(point.setting) for point in points])
    rng = np.random.default_rng([seed, number])
    good = [index for index, point in enumerate(points) if point.measures is not None]
    if number < start_count(space) or not good:
        ahead = np.array([_filling(space, number - 1 + step, seed) for step in range(1 if space.size == inf else LOOK_AHEAD)])
        new = _first_new(space, ahead, tried, 0.0)
        return space.setting(ahead[0] if new is None else new)
    if len(good) < 3 and number % 2:  # little is known that works: look round it every other time
        return space.setting(_beside(space, tried[good], tried, rng))
    return space.setting(_promising(space, wishes, points, tried, good, rng))


def _filling(space: Space, index: int, seed: int) -> np.ndarray:
    """A point of the space-filling sequence, which begins anew with another shift when it is used up."""
    shift = np.random.default_rng([seed, index >> SOBOL, 7]).random(len(space))
    return (qmc.Sobol(len(space), scramble=False).random_base2(SOBOL)[index % (1 << SOBOL)] + shift) % 1.0


def _beside(space: Space, good: np.ndarray, tried: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    near = _around(space, good[rng.integers(len(good))], 0.15, 64, rng)
    return near[np.argmax(_distance(space, near, tried))]


def _around(space: Space, centre: np.ndarray, width: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Settings round one: some factors moved, and a choice now and then changed."""
    moved = centre + width * rng.standard_normal((count, len(space)))
    kept = rng.random((count, len(space))) > max(0.5, min(1.0, 3.0 / len(space)))
    moved = np.where(kept, centre, moved)
    for index, factor in enumerate(space.factors):
        if isinstance(factor, Choice):
            anew = rng.random(count)
            moved[:, index] = np.where(rng.random(count) < 0.2, anew, centre[index])
    return np.clip(moved, 0.0, 1.0)


def _distance(space: Space, parts: np.ndarray, tried: np.ndarray) -> np.ndarray:
    """Distance of settings from the nearest one that was tried."""
    a, b = space.embedded(parts), space.embedded(tried)
    return np.sqrt(np.min(((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2), axis=1))


def _promising(
    space: Space, wishes: Sequence[Wish], points: Sequence[Point], tried: np.ndarray, good: Sequence[int], rng: np.random.Generator
) -> np.ndarray:
    """Where the surrogates see the targets met, or, after runs without gain, a promising place far from what was tried."""
    outlook = Outlook(space, wishes, points, tried)
    scores = np.array([score_of(wishes, point.measures) for point in points])
    best = tried[int(np.argmin(scores))]
    idle = len(points) - max(int(np.argmin(scores)) + 1, start_count(space))
    anywhere = rng.random((CANDIDATES, len(space)))
    around = [_around(space, best, width, CANDIDATES // 4, rng) for width in WIDTHS]
    candidates = np.vstack([anywhere, *around])
    predicted = outlook.score(candidates)
    turn = 0 if idle < PATIENCE else idle % len(TURNS)
    if TURNS[turn] is None:
        order = np.argsort(predicted, kind="stable")[:STARTS]
        refined = _refined(outlook, np.vstack([best[None, :], candidates[order]]))
        found = _first_new(space, refined, tried, NEAR if idle < PATIENCE else NO_GAIN)
    elif TURNS[turn] == 0.0:  # another valley: the most promising place away from the best one, and down from there
        away = np.flatnonzero(_distance(space, anywhere, best[None, :]) > AWAY * np.sqrt(len(space)))
        order = away[np.argsort(predicted[away], kind="stable")[:STARTS]]
        refined = _refined(outlook, anywhere[order]) if len(order) else anywhere
        found = _first_new(space, refined, tried, NO_GAIN)
    else:
        # promise and distance weighed, over the whole space: what stochastic response surface methods do
        merit = TURNS[turn] * _spread(np.argsort(np.argsort(predicted[:CANDIDATES], kind="stable"))) + (1 - TURNS[turn]) * (
            1 - _spread(_distance(space, anywhere, tried))
        )
        found = _first_new(space, anywhere[np.argsort(merit, kind="stable")], tried, NEAR)
    return anywhere[0] if found is None else found


def _refined(outlook: Outlook, starts: np.ndarray) -> np.ndarray:
    """Where the surrogates lead from some starts, the best first."""
    found = np.array([outlook.refined(start) for start in starts])
    return found[np.argsort(outlook.score(found), kind="stable")]


def _spread(values: np.ndarray) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def _first_new(space: Space, ordered: np.ndarray, tried: np.ndarray, near: float) -> np.ndarray | None:
    """The first of some places that is not near one that was tried, and whose setting as it is written was not tried."""
    taken = {tuple(parts) for parts in tried}
    for index in np.flatnonzero(_distance(space, ordered, tried) >= near):
        if tuple(space.parts(space.setting(ordered[index]))) not in taken:
            return ordered[index]
    return None
