"""The liquid fraction of an alloy against temperature, traced through every change of phases by bisection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .database import Database
from .equilibrium import Equilibrium, equilibrium, liquid_mass_fraction
from .system import System, system

COLDEST, HOTTEST = 300.0, 1500.0  # K; between them every alloy of the system melts
_TEMPERATURE = 0.01  # K: to which solidus, liquidus and jumps are found
_FRACTION = 1e-3  # a straight line between two points of a curve is this near the truth
_HALVINGS = 24  # of an interval: 1200 K to 0.01 K needs 17


@dataclass(frozen=True)
class Curve:
    """Points of the liquid fraction by mass, straight lines between them; two points 0.01 K apart make a jump."""

    temperatures: np.ndarray  # K, rising
    fractions: np.ndarray  # 0 to 1


def mole_fractions(composition: Mapping[str, float], database: Database) -> tuple[tuple[str, ...], np.ndarray]:
    """Elements in alphabetical order and their mole fractions.

    x_i = (w_i / M_i) / sum_j (w_j / M_j)

    Parameters
    ----------
    composition : w_i, mass fractions that sum to 1
    database : for the molar masses [Database]

    >>> from waferbump.physics.alloys.database import own_database
    >>> mole_fractions({"Sn": 0.63, "Pb": 0.37}, own_database())[1].round(3).tolist()
    [0.252, 0.748]
    """
    elements = tuple(sorted(e for e, w in composition.items() if w > 0))
    moles = np.array([composition[e] / database.molar_mass[e] for e in elements])
    return elements, moles / moles.sum()


def melting_curve(composition: Mapping[str, float], database: Database) -> Curve:
    """Liquid fraction by mass from below the solidus to above the liquidus, in full equilibrium.

    f(T) = mass of liquid / mass of alloy

    Parameters
    ----------
    composition : w_i, mass fractions that sum to 1
    database : of the phases [Database]

    Returns
    -------
    Curve; a straight line between its points is within 1e-3, solidus and liquidus within 0.01 K of the database's own.

    Raises
    ------
    EquilibriumError : no equilibrium at some temperature.

    Valid for alloys whose liquid, once formed on heating, does not vanish again (retrograde melting would go unseen).

    >>> from waferbump.physics.alloys.database import own_database
    >>> curve = melting_curve({"Sn": 0.6, "Pb": 0.4}, own_database())
    >>> bool(np.all(np.diff(curve.temperatures) > 0) and np.all(np.diff(curve.fractions) >= -1e-6))
    True
    """
    elements, fractions = mole_fractions(composition, database)
    trace = _Trace(system(database, elements), fractions)
    solidus = trace.bisected(COLDEST, HOTTEST, lambda f: f > 0.0)
    liquidus = trace.bisected(solidus[1], HOTTEST, lambda f: f >= 1.0 - 1e-9)
    ends = sorted({*solidus, *liquidus})
    for low, high in pairwise(ends):
        trace.refine(low, high, 0)
    temperatures = np.array(sorted(t for t in trace.known if solidus[0] <= t <= liquidus[1]))
    return Curve(temperatures, np.array([trace.known[t][0] for t in temperatures]))


class _Trace:
    """Equilibria of one alloy by temperature, each started from the nearest one known."""

    def __init__(self, phases: System, fractions: np.ndarray) -> None:
        self.phases = phases
        self.fractions = fractions
        self.known: dict[float, tuple[float, Equilibrium]] = {}

    def at(self, temperature: float) -> float:
        if temperature not in self.known:
            near = min(self.known, key=lambda t: abs(t - temperature), default=None)
            found = equilibrium(self.phases, self.fractions, temperature, None if near is None else self.known[near][1])
            self.known[temperature] = (liquid_mass_fraction(self.phases, found), found)
        return self.known[temperature][0]

    def bisected(self, low: float, high: float, holds) -> tuple[float, float]:
        """Two temperatures 0.01 K apart between which a condition on the liquid fraction comes true."""
        if holds(self.at(low)):
            return low, low
        for _ in range(_HALVINGS):
            if high - low <= _TEMPERATURE:
                break
            middle = 0.5 * (low + high)
            low, high = (low, middle) if holds(self.at(middle)) else (middle, high)
        return low, high

    def refine(self, low: float, high: float, depth: int) -> None:
        """Halve an interval until a straight line is good enough, or the interval is a jump."""
        if high - low <= _TEMPERATURE or depth >= _HALVINGS:
            return
        middle = 0.5 * (low + high)
        line = 0.5 * (self.at(low) + self.at(high))
        same = [[p.phase for p in self.known[t][1].parts] for t in (low, middle, high) if self.at(t) is not None]
        if abs(self.at(middle) - line) > _FRACTION or (high - low > 20.0) or any(sorted(s) != sorted(same[0]) for s in same):
            self.refine(low, middle, depth + 1)
            self.refine(middle, high, depth + 1)
