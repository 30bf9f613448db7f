"""From one number of cycles to the share that has failed: Weibull lives, joints and modes in series, other cycles than the test's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gamma, log

import numpy as np

from .fatigue import FatigueError, Life, bisect


@dataclass(frozen=True)
class Weibull:
    """Weibull distribution of lives.

    F(N) = 1 - exp(-(N/eta)^beta)

    scale : eta [1], cycles at which 63.2 % have failed; shape : beta [1]

    Source: W. Weibull, J. Appl. Mech. 18 (1951) 293.

    >>> joint = Weibull(1000.0, 6.0)
    >>> round(float(joint.cycles(0.01)), 1), round(joint.weakest_of(100).scale, 1)
    (464.5, 464.2)
    """

    scale: float
    shape: float

    def __post_init__(self) -> None:
        if not (0.0 < self.scale < np.inf and 0.0 < self.shape < np.inf):
            raise FatigueError(f"a Weibull distribution needs a scale and shape above zero, not {self.scale:.6g} and {self.shape:.6g}")

    @classmethod
    def from_mean(cls, mean: float, shape: float) -> Weibull:
        """Of `mean` [1] cycles and `shape` beta [1]: eta = mean / Gamma(1 + 1/beta)."""
        return cls(mean / gamma(1.0 + 1.0 / _shape(shape)), shape)

    @classmethod
    def from_share(cls, cycles: float, failed_share: float, shape: float) -> Weibull:
        """Of the `cycles` [1] at which `failed_share` F [1] have failed and `shape` beta [1]; F = 0.5 for a median."""
        return cls(cycles / float((-np.log1p(-_share(failed_share))) ** (1.0 / _shape(shape))), shape)

    @classmethod
    def from_life(cls, life: Life, shape: float) -> Weibull:
        """Of a Life of one number, by its statistic, with `shape` beta [1]; FatigueError where that life is infinite."""
        if life.cycles.size != 1 or not np.isfinite(life.cycles).all():
            raise FatigueError("a Weibull distribution needs one finite life")
        number = life.cycles.item()
        if life.statistic == "mean":
            return cls.from_mean(number, shape)
        return cls.from_share(number, 0.5, shape) if life.statistic == "median" else cls(number, shape)

    @property
    def mean(self) -> float:
        """eta Gamma(1 + 1/beta) [1]."""
        return self.scale * gamma(1.0 + 1.0 / self.shape)

    @property
    def median(self) -> float:
        """eta (ln 2)^(1/beta) [1]."""
        return self.scale * log(2.0) ** (1.0 / self.shape)

    def failed_share(self, cycles: np.ndarray | float) -> np.ndarray:
        """F [1] after `cycles` N [1], >= 0, any shape."""
        return -np.expm1(-self.hazard(cycles))

    def hazard(self, cycles: np.ndarray | float) -> np.ndarray:
        """Cumulative hazard (N/eta)^beta [1] after `cycles` N [1]: adds up over parts in series."""
        number = np.asarray(cycles, float)
        if not np.all(number >= 0.0):
            raise FatigueError("a share fails after a number of cycles that is not negative")
        with np.errstate(over="ignore"):
            return (number / self.scale) ** self.shape

    def cycles(self, failed_share: np.ndarray | float) -> np.ndarray:
        """N [1] at which `failed_share` F [1] have failed, 0 <= F < 1, any shape."""
        return self.scale * (-np.log1p(-_share(failed_share))) ** (1.0 / self.shape)

    def weakest_of(self, joints: float) -> Weibull:
        """Of the first failure among n identical, independent `joints` [1]: eta n^(-1/beta), the same beta."""
        if not 1.0 <= joints < np.inf:
            raise FatigueError(f"the weakest is found among one joint or more, not {joints:.6g}")
        return Weibull(self.scale * joints ** (-1.0 / self.shape), self.shape)


@dataclass(frozen=True)
class SeriesSystem:
    """Parts that all must hold, failing independently: joints of several loads, or several modes of one joint.

    1 - F(N) = prod_i (1 - F_i(N))

    parts : one Weibull a joint or mode; counts : n_i [1] of each, one each where left out

    >>> round(float(SeriesSystem((Weibull(1000.0, 4.0), Weibull(2000.0, 4.0))).cycles(0.632)), 1)
    984.9
    """

    parts: tuple[Weibull, ...]
    counts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.parts:
            raise FatigueError("a series of nothing has no life")
        if self.counts and (len(self.counts) != len(self.parts) or not all(1.0 <= count < np.inf for count in self.counts)):
            raise FatigueError("a series needs one count of at least one for each of its parts")

    def _hazards(self, cycles: np.ndarray | float) -> np.ndarray:
        counts = self.counts or (1.0,) * len(self.parts)
        return np.stack([count * part.hazard(cycles) for part, count in zip(self.parts, counts, strict=True)])

    def failed_share(self, cycles: np.ndarray | float) -> np.ndarray:
        """F [1] after `cycles` N [1], >= 0, any shape."""
        return -np.expm1(-self._hazards(cycles).sum(axis=0))

    def cycles(self, failed_share: np.ndarray | float) -> np.ndarray:
        """N [1] at which `failed_share` F [1] have failed, 0 <= F < 1, any shape, by bisection of log N."""
        share = _share(failed_share)
        wanted = -np.log1p(-share)
        positive = wanted > 0.0
        found = np.zeros(share.shape)
        if np.any(positive):
            goal = wanted[positive]
            counts = self.counts or (1.0,) * len(self.parts)
            # each part alone would last at least as long as the series; with m parts at most the m-fold hazard
            alone = np.stack([p.scale * (goal / n) ** (1 / p.shape) for p, n in zip(self.parts, counts, strict=True)])
            fewest = np.stack([p.scale * (goal / (n * len(counts))) ** (1 / p.shape) for p, n in zip(self.parts, counts, strict=True)])
            low, high = np.log(fewest.min(axis=0)) - 1e-9, np.log(alone.min(axis=0)) + 1e-9
            found[positive] = np.exp(bisect(lambda x: goal - self._hazards(np.exp(x)).sum(axis=0), low, high))
        return found

    def causes(self, cycles: np.ndarray | float) -> np.ndarray:
        """Share [1] of the hazard at `cycles` N [1], > 0, that each part carries: (parts, *shape), sums to 1 over parts."""
        hazards = self._hazards(cycles)
        total = hazards.sum(axis=0)
        if not (np.all(total > 0.0) and np.all(np.isfinite(total))):
            raise FatigueError("causes are shared out at a number of cycles at which something has failed")
        return hazards / total


@dataclass(frozen=True)
class NorrisLandzberg:
    """Acceleration of a test over use, from temperature range, frequency and peak temperature.

    AF = (dT_t/dT_u)^n (f_u/f_t)^m exp(E (1/T_u - 1/T_t)); N_use = AF N_test

    range_exponent : n [1]; frequency_exponent : m [1]; activation_temperature : E [K]; source : key of the bibliography

    Source: K. C. Norris and A. H. Landzberg, IBM J. Res. Dev. 13 (1969) 266.

    >>> tin_lead = NorrisLandzberg("1969", 1.9, 1 / 3, 1414.0, "a key")
    >>> round(tin_lead.acceleration(165.0, 60.0, 24 / 86400, 2 / 86400, 398.15, 358.15), 2)
    4.44
    """

    name: str
    range_exponent: float
    frequency_exponent: float
    activation_temperature: float
    source: str

    def acceleration(
        self, test_range: float, use_range: float, test_frequency: float, use_frequency: float, test_peak: float, use_peak: float
    ) -> float:
        """AF [1] from temperature ranges [K], frequencies [1/s] and peak temperatures [K] of test and use; all above zero."""
        numbers = (test_range, use_range, test_frequency, use_frequency, test_peak, use_peak)
        if not all(0.0 < number < np.inf for number in numbers):
            raise FatigueError(f"{self.name}: ranges, frequencies and temperatures are above zero")
        by_heat = np.exp(self.activation_temperature * (1.0 / use_peak - 1.0 / test_peak))
        by_time = (use_frequency / test_frequency) ** self.frequency_exponent
        return float((test_range / use_range) ** self.range_exponent * by_time * by_heat)


def scatter_band(lives: Sequence[Life]) -> tuple[float, float]:
    """Smallest and largest life [1] that several models together leave open, each within its own stated factor.

    (min_i N_i/f_i, max_i N_i f_i)

    Parameters
    ----------
    lives : Life [1] of each model, of the same joint

    Raises
    ------
    FatigueError : no life.

    Source: our choice; the models are not independent, so their factors are not combined as errors are.

    >>> scatter_band([Life(np.array(1000.0), "mean", 2.0, "one"), Life(np.array(3000.0), "mean", 1.5, "other")])
    (500.0, 4500.0)
    """
    if not lives:
        raise FatigueError("a band of no lives")
    return min(float(np.min(life.low)) for life in lives), max(float(np.max(life.high)) for life in lives)


def _share(failed_share: np.ndarray | float) -> np.ndarray:
    share = np.asarray(failed_share, float)
    if not np.all((share >= 0.0) & (share < 1.0)):
        raise FatigueError("a failed share is at least 0 and below 1")
    return share


def _shape(shape: float) -> float:
    if not 0.0 < shape < np.inf:
        raise FatigueError(f"a Weibull shape is above zero, not {shape:.6g}")
    return shape
