"""Nonlinear least squares with what can honestly be said of the answer: uncertainties, correlations, and what the data cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from scipy.stats import qmc

STARTS = 3  # local searches, from the best of the starting points tried
TRIED = 16  # starting points of the space-filling sequence of which those are the best (our choice)
STEP = 1e-3  # of the range, for derivatives: coarse enough for models that are read off a grid
EVALUATIONS = 60  # most of one local search, derivatives not counted
PENALTY = 1e3  # residual where the model gives nothing
UNTOLD = 0.3  # of the range: the spread of a number that is only known to lie in it (1 / sqrt 12)
SHARE = 0.25  # of a direction that the data cannot tell: parameters with at least this share in it are named
AT_BOUND = 2e-3  # of the range

Residuals = Callable[[np.ndarray], np.ndarray | None]  # parts of the ranges -> residuals in spreads, or None where there is no answer


@dataclass(frozen=True)
class Fit:
    """The best parameters found.

    parts : (n,), 0..1 in each range;  residuals : (m,), (model - value) / spread;  chi_square : their squares' sum
    covariance : (n, n) of the parts from the stated spreads; not a number for what the data cannot tell
    untold : groups of indices whose combination the data leave open;  at_bound : indices at an end of their range
    others : other solutions as good (chi-square within 1) but elsewhere;  evaluations : of the model
    """

    parts: np.ndarray
    residuals: np.ndarray
    chi_square: float
    covariance: np.ndarray
    untold: tuple[tuple[int, ...], ...]
    at_bound: tuple[int, ...]
    others: tuple[np.ndarray, ...]
    evaluations: int

    @property
    def freedom(self) -> int:
        """Degrees of freedom: observations less parameters."""
        return len(self.residuals) - len(self.parts)

    @property
    def scale(self) -> float | None:
        """Square root of the reduced chi-square: by how much the residuals exceed what the spreads say; None without freedom."""
        return float(np.sqrt(self.chi_square / self.freedom)) if self.freedom > 0 else None

    def correlation(self) -> np.ndarray:
        """(n, n) correlations of the parameters."""
        sigma = np.sqrt(np.diag(self.covariance))
        return self.covariance / np.outer(sigma, sigma)


class NoFitError(ValueError):
    """No parameters in the ranges give an answer for every observation."""


def fitted_parts(residuals: Residuals, count: int, *, seed: int = 0, on_evaluation: Callable[[int, float], None] | None = None) -> Fit:
    """Least squares over parts 0..1 of `count` ranges, from several starts.

    Parameters
    ----------
    residuals : of a point; None where the model gives nothing there
    count : number of parameters
    seed : of the starting points
    on_evaluation : called with (evaluations so far, least chi-square so far)

    Raises
    ------
    NoFitError : no starting point gives an answer.
    """
    evaluations, least = 0, np.inf
    known: dict[bytes, np.ndarray | None] = {}

    def of(parts: np.ndarray) -> np.ndarray | None:
        nonlocal evaluations, least
        parts = np.clip(parts, 0.0, 1.0)
        if parts.tobytes() in known:
            return known[parts.tobytes()]
        evaluations += 1
        found = known[parts.tobytes()] = residuals(parts)
        if found is not None:
            least = min(least, float(found @ found))
        if on_evaluation is not None:
            on_evaluation(evaluations, least)
        return found

    shift = np.random.default_rng([seed, count]).random(count)
    trials = np.vstack([np.full(count, 0.5), (qmc.Sobol(count, scramble=False).random_base2(4)[: TRIED - 1] + shift) % 1.0])
    able = [(float(found @ found), index) for index, trial in enumerate(trials) if (found := of(trial)) is not None]
    if not able:
        raise NoFitError("no parameters tried in these ranges give an answer for every observation")
    size = len(of(trials[able[0][1]]))

    def penalised(parts: np.ndarray) -> np.ndarray:
        found = of(parts)
        return np.full(size, PENALTY) if found is None else found

    solved = []
    for _, index in sorted(able)[:STARTS]:
        start = np.clip(trials[index], 1e-3, 1 - 1e-3)
        solution = least_squares(
            penalised, start, lambda x: jacobian(penalised, x, central=False), bounds=(0.0, 1.0), max_nfev=EVALUATIONS, xtol=1e-8, ftol=1e-8
        )
        solved.append((2.0 * solution.cost, solution.x))
    solved.sort(key=lambda pair: pair[0])
    chi_square, parts = solved[0]
    derivatives = jacobian(penalised, parts)
    covariance, untold = _told(derivatives)
    bound = tuple(int(i) for i in np.flatnonzero((parts < AT_BOUND) | (parts > 1 - AT_BOUND)))
    sure = {i for i in range(count) if not any(i in group for group in untold)}
    others = _others([p for c, p in solved[1:] if c - chi_square < 1.0], parts, covariance, sorted(sure))
    return Fit(parts, penalised(parts), float(chi_square), covariance, untold, bound, others, evaluations)


def jacobian(residuals: Callable[[np.ndarray], np.ndarray], parts: np.ndarray, *, central: bool = True) -> np.ndarray:
    """Derivatives (m, n) by central differences, one-sided at an end of a range, or by one-sided ones into the range."""
    columns = []
    for index in range(len(parts)):
        low, high = parts.copy(), parts.copy()
        if central:
            low[index], high[index] = max(parts[index] - STEP, 0.0), min(parts[index] + STEP, 1.0)
        else:
            (high if parts[index] < 0.5 else low)[index] += STEP if parts[index] < 0.5 else -STEP
        columns.append((residuals(high) - residuals(low)) / (high[index] - low[index]))
    return np.column_stack(columns)


def _told(derivatives: np.ndarray) -> tuple[np.ndarray, tuple[tuple[int, ...], ...]]:
    """Covariance of the parts, and the groups of parameters whose combination the data leave open over their ranges."""
    _, singular, rows = np.linalg.svd(derivatives, full_matrices=True)
    count = derivatives.shape[1]
    singular = np.concatenate([singular, np.zeros(count - len(singular))])
    open_ones = singular * UNTOLD < 1.0
    told = rows[~open_ones] / singular[~open_ones, None]
    covariance = told.T @ told
    groups = []
    for row in rows[open_ones]:
        group = tuple(int(i) for i in np.flatnonzero(np.abs(row) >= SHARE))
        groups.append(group)
        covariance[list(group), :] = np.nan
        covariance[:, list(group)] = np.nan
    return covariance, tuple(dict.fromkeys(groups))


def _others(candidates: Sequence[np.ndarray], best: np.ndarray, covariance: np.ndarray, sure: list[int]) -> tuple[np.ndarray, ...]:
    """Solutions that differ from the best by more than five standard uncertainties (and a hundredth of the range) in a parameter told."""
    found: list[np.ndarray] = []
    for parts in candidates:
        far = [abs(parts[i] - best[i]) > max(5.0 * np.sqrt(covariance[i, i]), 0.01) for i in sure]
        if any(far) and not any(np.allclose(parts, other, atol=0.01) for other in found):
            found.append(parts)
    return tuple(found)
