"""What melts when: solidus, liquidus and the liquid fraction between them, for any alloy that is in reach."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .curves import Curve, melting_curve, mole_fractions
from .database import own_database
from .equilibrium import equilibrium, liquid_mass_fraction
from .system import system
from .tabulated import tables, tabulated_curve

_COUNTS = 1e-6  # mass fraction below which an element is no part of an alloy: a hundredth of what solder standards call an impurity
_SUM = 1e-3  # by how much mass fractions may miss a sum of 1: what is written to a tenth of a per cent
_WITH_TIN = 753.0  # K: above it the solids of tin with silver or copper are others than the database knows


class UnknownAlloy(ValueError):
    """An alloy whose melting is not known here, with what is missing and what to do."""


@dataclass(frozen=True)
class Melting:
    """How an alloy melts in equilibrium.

    solidus, liquidus [K] : below the first nothing is liquid, above the second all is
    temperatures [K], fractions [1] : points of the liquid fraction by mass, straight lines between them
    source : the database (with the first digits of its SHA-256) or the table that this comes from
    spread [K] : the largest error of that source against published points of the same elements; None where it is not known
    """

    solidus: float
    liquidus: float
    temperatures: tuple[float, ...]
    fractions: tuple[float, ...]
    source: str
    spread: float | None

    def liquid_fraction(self, temperature: ArrayLike) -> np.ndarray | float:
        """Share of the mass that is liquid, 0 to 1, at temperature [K], array-like."""
        return np.interp(np.asarray(temperature, float), self.temperatures, self.fractions, left=0.0, right=1.0)[()]

    def temperature_at(self, fraction: float) -> float:
        """Temperature [K] above which at least that share of the mass is liquid, 0 to 1; with 0.95, where thermal analysis sees the end."""
        if not 0.0 <= fraction <= 1.0:
            raise ValueError(f"a liquid fraction lies between 0 and 1, not at {fraction:g}")
        if fraction == 0.0:
            return self.solidus
        below = [k for k, f in enumerate(self.fractions) if f < fraction]
        if not below:
            return self.solidus
        k = below[-1]
        if k + 1 == len(self.fractions):
            return self.liquidus
        share = (fraction - self.fractions[k]) / (self.fractions[k + 1] - self.fractions[k])
        return self.temperatures[k] + share * (self.temperatures[k + 1] - self.temperatures[k])


def melting(composition: Mapping[str, float], *, database: Path | None = None) -> Melting:
    """Solidus, liquidus and liquid fraction by mass of an alloy in full equilibrium.

    f(T) = m_liquid / m, phases at the least Gibbs energy; Ag, Bi, Cu, Pb, Sn from solder.tdb, alloys with others from published tables

    Parameters
    ----------
    composition : w, mass fractions by element symbol, that sum to 1; every element counts down to a fraction of 1e-6
    database : path of a TDB file to use in place of ours, read by pycalphad [path]

    Returns
    -------
    Melting

    Raises
    ------
    UnknownAlloy : an element or an alloy that neither the database nor the tables hold.
    ValueError : fractions that are negative or do not sum to 1.
    EquilibriumError : no equilibrium within the bounded number of steps.

    Valid without undercooling and for a body given time to be even; tin with silver or copper below 753 K, for want of their other solids.
    Source: invariants.yaml lists the points that solder.tdb is fitted to, docs/alloys.md its errors.

    >>> found = melting({"Sn": 0.965, "Ag": 0.03, "Cu": 0.005})
    >>> 489.0 < found.solidus < 491.0 and 491.0 < found.temperature_at(0.95) < 494.0
    True
    """
    alloy = _checked(composition)
    if database is not None:
        from .external import external_curve

        curve, source = external_curve(alloy, Path(database))
        return _melting(curve, source, None)
    own = own_database()
    if set(alloy) <= set(own.elements):
        # the last digits of a mixing calculation make no other alloy: 1e-9 of mass moves no temperature by 1e-5 K
        curve = _own_curve(tuple(sorted((e, round(w, 9)) for e, w in alloy.items())))
        if "Sn" in alloy and len({"Ag", "Cu"} & set(alloy)) and curve.temperatures[-1] > _WITH_TIN:
            raise UnknownAlloy(
                f"{_written(alloy)} melts above {_WITH_TIN:g} K, where tin forms solids with silver or copper that solder.tdb lacks: "
                "give a TDB file that has them, or state the material's solidus and liquidus"
            )
        return _melting(curve, f"solder.tdb {own.digest[:12]}", _spread(alloy))
    found = tabulated_curve(alloy)
    if found is not None:
        return _melting(*found)
    strange = sorted(set(alloy) - set(own.elements) - set(tables()["elements"]))
    lacking = (
        f"there are no melting data here for {', '.join(strange)}"
        if strange
        else f"{', '.join(sorted(set(alloy) - set(own.elements)))} is outside solder.tdb, and no table holds this alloy"
    )
    raise UnknownAlloy(f"{_written(alloy)}: {lacking}: state the material's solidus and liquidus, or give a TDB file that has its elements")


def liquid_fraction(composition: Mapping[str, float], temperature: float) -> float:
    """Share of an alloy's mass that is liquid at one temperature, in full equilibrium: as `melting` has it, without the rest of the curve.

    f(T) = m_liquid / m, phases at the least Gibbs energy

    Parameters
    ----------
    composition : w, mass fractions by element symbol [1], that sum to 1
    temperature : T [K]

    Raises
    ------
    UnknownAlloy, ValueError, EquilibriumError : as `melting`.

    Valid as `melting`. Source: as there.

    >>> 0.9 < liquid_fraction({"Sn": 0.965, "Ag": 0.03, "Cu": 0.005}, 492.5) < 1.0
    True
    """
    if not (np.isfinite(temperature) and temperature > 0):
        raise ValueError(f"a temperature must be a positive number, not {temperature!r}")
    alloy = _checked(composition)
    own = own_database()
    if not set(alloy) <= set(own.elements):
        return float(melting(alloy).liquid_fraction(temperature))
    elements, fractions = mole_fractions(alloy, own)
    phases = system(own, elements)
    return float(liquid_mass_fraction(phases, equilibrium(phases, fractions, temperature)))


def _checked(composition: Mapping[str, float]) -> dict[str, float]:
    if not composition or any(not np.isfinite(w) or w < 0 for w in composition.values()):
        raise ValueError("an alloy needs mass fractions that are numbers of zero or more")
    total = sum(composition.values())
    if abs(total - 1.0) > _SUM:
        raise ValueError(f"mass fractions sum to {total:.6g}, not to 1")
    kept = {e: w for e, w in composition.items() if w / total >= _COUNTS}
    return {e: w / sum(kept.values()) for e, w in kept.items()}


def _written(alloy: Mapping[str, float]) -> str:
    return " ".join(f"{e} {100 * w:.4g} %" for e, w in sorted(alloy.items(), key=lambda item: -item[1]))


def _melting(curve: Curve, source: str, spread: float | None) -> Melting:
    temperatures = tuple(float(t) for t in curve.temperatures)
    return Melting(temperatures[0], temperatures[-1], temperatures, tuple(float(f) for f in curve.fractions), source, spread)


@cache
def shipped() -> Mapping[str, Any]:
    """Ready curves of common solders and the database's errors, from curves.json; empty where they belong to another solder.tdb.

    >>> len(shipped()["curves"]) > 10
    True
    """
    kept = json.loads(files(__package__).joinpath("curves.json").read_text(encoding="utf-8"))
    return kept if kept["digest"] == own_database().digest else {"digest": own_database().digest, "curves": [], "errors": {}}


@lru_cache(maxsize=4096)
def _own_curve(alloy: tuple[tuple[str, float], ...]) -> Curve:
    for ready in shipped()["curves"]:
        if set(ready["composition"]) == {e for e, _ in alloy} and all(abs(ready["composition"][e] - w) < 1e-8 for e, w in alloy):
            return Curve(np.array(ready["temperatures"]), np.array(ready["fractions"]))
    return melting_curve(dict(alloy), own_database())


def _spread(alloy: Mapping[str, float]) -> float:
    """The largest error of the database among published points and alloys of these elements; 1 K, what sources differ by, at least."""
    return max((error for system, error in shipped()["errors"].items() if set(system.split("-")) <= set(alloy)), default=1.0)
