"""How fast a developer dissolves a resist, from what the light and the bake left in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .impossible import ResistError, finite


def mack_rate(inhibitor: ArrayLike, r_max: float, r_min: float, m_th: float, n: float) -> np.ndarray | float:
    """Dissolution rate by Mack's kinetic model.

    R = R_max (a + 1) (1 - m)^n / (a + (1 - m)^n) + R_min,  a = (n + 1) / (n - 1) (1 - m_th)^n

    Parameters
    ----------
    inhibitor : m [1], 0 to 1, array-like; of a negative resist the crosslinked fraction
    r_max : R_max [m/s]
    r_min : R_min [m/s]
    m_th : threshold inhibitor, where the rate is steepest [1], below 1
    n : order of the reaction with the developer [1], above 1

    Raises
    ------
    ResistError : n not above 1 (then the rate has no turning point, and no a exists), m_th not below 1, rates that are negative.

    Valid for any resist whose rate has one turning point. Source: C. A. Mack, Journal of the Electrochemical Society 134 (1987) 148.

    >>> float(round(mack_rate(0.4, 0.25e-6, 0.3e-9, 0.4, 4.0) * 1e6, 6))
    0.1143
    """
    return MackRate(r_max, r_min, m_th, n)(inhibitor)


def enhanced_mack_rate(inhibitor: ArrayLike, r_max: float, r_min: float, r_resin: float, n: float, l: float) -> np.ndarray | float:  # noqa: E741
    """Dissolution rate by Mack's enhanced model: light's product speeds up the bare resin, the inhibitor slows it.

    R = R_resin (1 + k_enh (1 - m)^n) / (1 + k_inh m^l),  k_enh = R_max / R_resin - 1,  k_inh = R_resin / R_min - 1

    Parameters
    ----------
    inhibitor : m [1], 0 to 1, array-like
    r_max : R_max [m/s], of fully exposed resist
    r_min : R_min [m/s], of unexposed resist, above 0
    r_resin : R_resin [m/s], of the resin alone, between the two
    n : order of the enhancement [1], above 0
    l : order of the inhibition [1], above 0

    Raises
    ------
    ResistError : rates out of their order, orders that are not positive.

    Valid for novolak resists with diazonaphthoquinone. Source: C. A. Mack, Journal of the Electrochemical Society 139 (1992) L35.

    >>> float(enhanced_mack_rate(1.0, 100e-9, 0.1e-9, 10e-9, 5.0, 10.0) * 1e9)
    0.1
    """
    return EnhancedMackRate(r_max, r_min, r_resin, n, l)(inhibitor)


def notch_rate(inhibitor: ArrayLike, r_max: float, r_min: float, n: float, notch_m_th: float, notch_n: float) -> np.ndarray | float:
    """Dissolution rate by Mack's notch model: a power law with a sudden drop at one inhibitor content.

    R = R_max (1 - m)^n (c + 1) p / (c + p) + R_min,  p = (1 - m)^n_notch,  c = (n_notch + 1) / (n_notch - 1) (1 - m_notch)^n_notch

    Parameters
    ----------
    inhibitor : m [1], 0 to 1, array-like
    r_max : R_max [m/s]
    r_min : R_min [m/s]
    n : order of the power law [1], above 0
    notch_m_th : m_notch, inhibitor at the drop [1], below 1
    notch_n : n_notch, steepness of the drop [1], above 1

    Raises
    ------
    ResistError : notch_n not above 1, notch_m_th not below 1, rates that are negative.

    Valid for resists of high contrast. Source: notch model of C. A. Mack, Fundamental Principles of Optical Lithography (2007), chapter 7.

    >>> float(round(notch_rate(0.0, 105e-9, 0.025e-9, 1.5, 0.7, 13.5) * 1e9, 6))
    105.025
    """
    return NotchRate(r_max, r_min, n, notch_m_th, notch_n)(inhibitor)


def surface_inhibited(rate: ArrayLike, depth: ArrayLike, ratio: float, inhibition_depth: float) -> np.ndarray | float:
    """Rate below a skin that dissolves more slowly.

    R (1 - (1 - ratio) exp(-depth / inhibition_depth))

    Parameters
    ----------
    rate : R [m/s], array-like
    depth : below the resist's top [m], broadcasts against `rate`
    ratio : of the rate at the top to that in the bulk [1], 0 to 1
    inhibition_depth : over which the skin fades [m], above 0 unless ratio is 1

    Raises
    ------
    ResistError : a ratio out of 0 to 1, a depth that is negative, a skin without depth.

    Valid for one skin of exponential profile. Source: surface-inhibition form of C. A. Mack, Fundamental Principles of Optical
    Lithography (2007), chapter 7.

    >>> float(surface_inhibited(1e-7, 0.0, 0.25, 1e-6))
    2.5e-08
    """
    rate = finite("a dissolution rate", rate, lowest=0.0)
    ratio = float(finite("the surface's share of the rate", ratio, lowest=0.0, highest=1.0))
    depth = finite("a depth below the resist's top", depth, lowest=0.0)
    if ratio == 1.0:
        return np.broadcast_arrays(rate, depth)[0][()]
    reach = float(finite("the depth of a skin that dissolves more slowly", inhibition_depth, above=0.0))
    return (rate * (1.0 - (1.0 - ratio) * np.exp(-depth / reach)))[()]


def _content(inhibitor: ArrayLike) -> np.ndarray:
    """The inhibitor, 0 to 1; what a solver's rounding put beyond is put back."""
    content = finite("the inhibitor (or crosslinked fraction)", inhibitor, lowest=-1e-9, highest=1.0 + 1e-9)
    return np.clip(content, 0.0, 1.0)


def _turning(threshold: float, order: float, which: str) -> float:
    """The a that puts the turning point of p / (a + p), p = (1 - m)^order, at the threshold."""
    if not order > 1.0:
        raise ResistError(f"the order {which} of the dissolution must exceed 1, it is {order:g}: the rate has no turning point otherwise")
    if not threshold < 1.0:
        raise ResistError(f"the threshold inhibitor of the dissolution must be below 1, it is {threshold:g}")
    try:
        return (order + 1.0) / (order - 1.0) * (1.0 - threshold) ** order
    except OverflowError:
        raise ResistError(f"the order {which} = {order:g} and the threshold {threshold:g} are beyond any resist") from None


def _ordered(r_min: float, r_max: float) -> None:
    """Refuse rates out of their order."""
    finite("the rate of unexposed resist", r_min, lowest=0.0)
    if not float(finite("the rate of exposed resist", r_max, above=0.0)) >= r_min:
        raise ResistError(f"the greatest dissolution rate, {r_max:g} m/s, must not be below the least, {r_min:g} m/s")


@dataclass(frozen=True)
class MackRate:
    """Mack's kinetic rate, called with the inhibitor: r_max, r_min [m/s], m_th [1], n [1] as in `mack_rate`."""

    r_max: float
    r_min: float
    m_th: float
    n: float

    def __post_init__(self) -> None:
        _ordered(self.r_min, self.r_max)
        finite("the threshold inhibitor", self.m_th)
        finite("the order of the dissolution", self.n)
        _turning(self.m_th, self.n, "n")

    def __call__(self, inhibitor: ArrayLike) -> np.ndarray | float:
        """Rate [m/s] of the inhibitor's shape."""
        a = _turning(self.m_th, self.n, "n")
        power = (1.0 - _content(inhibitor)) ** self.n
        return (self.r_max * (a + 1.0) * power / (a + power) + self.r_min)[()]


@dataclass(frozen=True)
class EnhancedMackRate:
    """Mack's enhanced rate, called with the inhibitor: r_max, r_min, r_resin [m/s], n, l [1] as in `enhanced_mack_rate`."""

    r_max: float
    r_min: float
    r_resin: float
    n: float
    l: float  # noqa: E741

    def __post_init__(self) -> None:
        finite("the rate of unexposed resist", self.r_min, above=0.0)
        finite("the rate of the resin", self.r_resin, above=0.0)
        finite("the rate of exposed resist", self.r_max, above=0.0)
        finite("the order of the enhancement", self.n, above=0.0)
        finite("the order of the inhibition", self.l, above=0.0)
        if not self.r_min <= self.r_resin <= self.r_max:
            raise ResistError(
                f"the bare resin dissolves at {self.r_resin:g} m/s, which must lie between unexposed ({self.r_min:g} m/s) and "
                f"exposed resist ({self.r_max:g} m/s)"
            )

    def __call__(self, inhibitor: ArrayLike) -> np.ndarray | float:
        """Rate [m/s] of the inhibitor's shape."""
        content = _content(inhibitor)
        enhanced = 1.0 + (self.r_max / self.r_resin - 1.0) * (1.0 - content) ** self.n
        return (self.r_resin * enhanced / (1.0 + (self.r_resin / self.r_min - 1.0) * content**self.l))[()]


@dataclass(frozen=True)
class NotchRate:
    """Mack's notch rate, called with the inhibitor: r_max, r_min [m/s], n, notch_m_th, notch_n [1] as in `notch_rate`."""

    r_max: float
    r_min: float
    n: float
    notch_m_th: float
    notch_n: float

    def __post_init__(self) -> None:
        _ordered(self.r_min, self.r_max)
        finite("the order of the power law", self.n, above=0.0)
        finite("the threshold inhibitor", self.notch_m_th)
        finite("the order of the notch", self.notch_n)
        _turning(self.notch_m_th, self.notch_n, "of the notch")

    def __call__(self, inhibitor: ArrayLike) -> np.ndarray | float:
        """Rate [m/s] of the inhibitor's shape."""
        c = _turning(self.notch_m_th, self.notch_n, "of the notch")
        clear = 1.0 - _content(inhibitor)
        power = clear**self.notch_n
        return (self.r_max * clear**self.n * (c + 1.0) * power / (c + power) + self.r_min)[()]
