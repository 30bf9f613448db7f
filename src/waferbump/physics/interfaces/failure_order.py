"""Which of several interfaces lets go first, when toughnesses are known within intervals only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .toughness import InterfaceError, mode_mix_toughness


@dataclass(frozen=True)
class Candidate:
    """An interface that may let go.

    name : its own;  release : energy release rate per square of the load factor [J/m^2], at the worst place;  mode_mix : psi there [rad]
    toughness : (least, largest) G_Ic [J/m^2], equal where it is known;  mode_sensitivity : lambda of Hutchinson and Suo, 1 where G_c is
        given at the mix itself
    """

    name: str
    release: float
    mode_mix: float
    toughness: tuple[float, float]
    mode_sensitivity: float = 1.0

    def __post_init__(self) -> None:
        low, high = self.toughness
        if not 0 < low <= high < np.inf:
            raise InterfaceError(f"the toughness of {self.name} is an interval above zero, the lower end first")
        if not (np.isfinite(self.release) and self.release >= 0):
            raise InterfaceError(f"the energy that {self.name} releases is finite and at least nothing")
        mode_mix_toughness(low, self.mode_mix, self.mode_sensitivity)  # refuses a phase or a sensitivity out of range

    @property
    def squares(self) -> tuple[float, float]:
        """(least, largest) G_c(psi) / G; infinite where nothing is released."""
        if self.release == 0:
            return np.inf, np.inf
        low, high = (float(mode_mix_toughness(x, self.mode_mix, self.mode_sensitivity)) / self.release for x in self.toughness)
        return low, high


@dataclass(frozen=True)
class CriticalLoad:
    """The load factor at which an interface lets go: `least` to `largest`, by its toughness."""

    name: str
    least: float
    largest: float


def critical_loads(candidates: Sequence[Candidate]) -> tuple[CriticalLoad, ...]:
    """Load factors at which interfaces let go, in order of the middle of their intervals.

    load = sqrt(G_c(psi) / G)

    Parameters
    ----------
    candidates : the interfaces [-]

    Raises
    ------
    InterfaceError : none at all, or two of one name.

    >>> [c.name for c in critical_loads([Candidate("a", 4.0, 0.0, (4.0, 4.0)), Candidate("b", 4.0, 0.0, (1.0, 1.0))])]
    ['b', 'a']

    Valid while the bodies are linear: the energy released grows with the square of the load. Source: Griffith's balance.
    """
    _checked(candidates)
    loads = [CriticalLoad(c.name, *(float(np.sqrt(x)) for x in c.squares)) for c in candidates]
    return tuple(sorted(loads, key=lambda load: (load.least + load.largest, load.name)))


@dataclass(frozen=True)
class WeakestInterval:
    """Ratios by which the toughness of an interface may be multiplied so that it lets go before all others, and not too early.

    holds : from here on it surely withstands the load that it must;  certain : below this it surely goes first, whatever the toughnesses
    possible : below this it may go first;  rival : that sets `certain`
    """

    name: str
    holds: float
    certain: float
    possible: float
    rival: str

    @property
    def exists(self) -> bool:
        """Whether some ratio both holds and surely goes first."""
        return self.holds < self.certain


def weakest_interval(candidates: Sequence[Candidate], name, withstands=0.0) -> WeakestInterval:
    """Adhesion ratios for which a named interface is the first to let go.

    certain = min over the others (least G_c / G) / (largest G_c / G of its own), possible = min (largest) / (its least),
    holds = withstands^2 / (its least G_c / G)

    Parameters
    ----------
    candidates : the interfaces [-], the named one among them
    name : of the interface that is to go first [-]
    withstands : load factor that it must withstand [-], such as that of the process before

    Raises
    ------
    InterfaceError : the name is not among them, it is alone, or it releases no energy.

    >>> sheet = Candidate("sheet", 1.0, 0.0, (1.0, 1.0))
    >>> weakest_interval([sheet, Candidate("film", 1.0, 0.0, (10.0, 40.0))], "sheet", withstands=0.5)
    WeakestInterval(name='sheet', holds=0.25, certain=10.0, possible=40.0, rival='film')

    Valid as `critical_loads` is; the release rates must be those of the intact structure, each with a starter crack of its own.
    """
    _checked(candidates)
    own = next((c for c in candidates if c.name == name), None)
    others = [c for c in candidates if c.name != name]
    if own is None or not others:
        raise InterfaceError(f"{name} must be one of at least two interfaces; there are {', '.join(c.name for c in candidates)}")
    if not (np.isfinite(withstands) and withstands >= 0):
        raise InterfaceError("the load that an interface must withstand is at least 0")
    least, largest = own.squares
    if not np.isfinite(least):
        raise InterfaceError(f"{name} releases no energy under this load: it cannot be the first to let go")
    rival = min(others, key=lambda c: c.squares[0])
    possible = min(c.squares[1] for c in others) / least
    return WeakestInterval(name, withstands**2 / least, rival.squares[0] / largest, possible, rival.name)


def _checked(candidates: Sequence[Candidate]) -> None:
    names = [c.name for c in candidates]
    if not names or len(set(names)) < len(names):
        raise InterfaceError("an order of failure needs interfaces, each with a name of its own")
