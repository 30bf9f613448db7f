"""From materials to constitutive laws: what each body of a package does under strain, heat and time, or what is missing for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..bookkeeping import Ledger
from ..physics.constitutive import Anand, AnandParameters, Elastic, Kinematic, Orthotropic, Table
from ..sources import Value
from .vehicle import PackageError

ANAND = (
    "anand_initial_resistance", "anand_activation_temperature", "anand_rate", "anand_multiplier", "anand_rate_sensitivity",
    "anand_hardening", "anand_saturation", "anand_saturation_exponent", "anand_hardening_exponent",
)  # fmt: skip
_ELASTIC = ("young_modulus", "poisson_ratio", "thermal_expansion")
_THROUGH = (
    "young_modulus_through", "poisson_ratio_through", "shear_modulus_in_plane", "shear_modulus_through", "thermal_expansion_through",
)  # fmt: skip
_YIELD = ("plastic_yield_stress", "kinematic_hardening")
_MOST_POISSON = 0.4999  # a rubber's ratio is stated as 0.5, where its bulk modulus would be infinite
_KNOTS = 5  # points at which a number that is linear in temperature is tabled


class Laws:
    """Constitutive laws by material, read once each through a ledger, with the numbers that a vehicle states in place of the library's.

    ledger : where every value read is noted;  stated : {material: {property: SI number}}
    """

    def __init__(self, ledger: Ledger, stated: Mapping[str, Mapping[str, float]] | None = None) -> None:
        self.ledger, self.stated = ledger, dict(stated or {})
        self._made: dict[str, Any] = {}
        self._elastic: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """The law of a material; PackageError where what it needs is not known."""
        if name not in self._made:
            if lacking := self.missing(name):
                raise PackageError(f"{name}: its {', '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} not known; state "
                                   f"{'it' if len(lacking) == 1 else 'them'} under `materials` of the package")  # fmt: skip
            self._made[name] = self._law(name)
        return self._made[name]

    def elastic(self, name: str) -> Any:
        """The law of a material that neither flows nor yields: its own if it never does."""
        if name not in self._elastic:
            law = self[name]
            if not law.linear:
                modulus = law.parameters.young_modulus if isinstance(law, Anand) else law.young_modulus
                law = Elastic(modulus, law.poisson_ratio, law.expansion)
            self._elastic[name] = law
        return self._elastic[name]

    def check(self, names: Iterable[str]) -> None:
        """PackageError that lists everything that some materials lack."""
        lacking = {name: found for name in dict.fromkeys(names) if (found := self.missing(name))}
        if lacking:
            each = "; ".join(f"{name} ({', '.join(properties)})" for name, properties in lacking.items())
            raise PackageError(f"mechanical properties are not known: {each}; state them under `materials` of the package")

    def missing(self, name: str) -> list[str]:
        """Properties that the law of a material needs and that are neither known nor stated."""
        needed = list(_ELASTIC)
        if self.is_solder(name):
            needed += ANAND
        return [one for one in needed if not self.knows(name, one)]

    def is_solder(self, name: str) -> bool:
        """Whether a material flows by Anand's law."""
        return "solder" in self.ledger[name].classes

    def number(self, name: str, prop: str) -> float:
        """A property of a material [SI]: as the vehicle states it, else the library's."""
        stated = self.stated.get(name, {})
        return stated[prop] if prop in stated else self.ledger[name].number(prop)

    def expansion(self, name: str, temperature: float, stress_free: float) -> float:
        """Free strain of a material in the plane [1] between two temperatures [K]."""
        return float(self[name].thermal_strain(np.array([temperature]), stress_free)[0, 0])

    def knows(self, name: str, prop: str) -> bool:
        """Whether a property of a material is stated or in the library."""
        return prop in self.stated.get(name, {}) or self.ledger[name].has(prop)

    def _law(self, name: str) -> Any:
        modulus, poisson = self._quantity(name, "young_modulus"), min(self.number(name, "poisson_ratio"), _MOST_POISSON)
        expansion = self._quantity(name, "thermal_expansion")
        if self.is_solder(name):
            constants = [self.number(name, one) for one in ANAND]
            return Anand(AnandParameters(*constants, young_modulus=self._own_modulus(name, modulus)), poisson, expansion)
        if all(self.knows(name, one) for one in _THROUGH):
            through = {one: self.number(name, one) for one in _THROUGH}
            stiff, thick = self.number(name, "young_modulus"), through["young_modulus_through"]
            # listed is nu_xz, contraction through the thickness when pulled in the plane
            across = through["poisson_ratio_through"]
            return Orthotropic(
                (stiff, stiff, thick), (poisson, across, across * thick / stiff),
                (through["shear_modulus_in_plane"], through["shear_modulus_through"], through["shear_modulus_through"]),
                (expansion, expansion, through["thermal_expansion_through"]),
            )  # fmt: skip
        if all(self.knows(name, one) for one in _YIELD):
            return Kinematic(modulus, poisson, expansion, self.number(name, _YIELD[0]), self.number(name, _YIELD[1]))
        return Elastic(modulus, poisson, expansion)

    def _own_modulus(self, name: str, modulus: float | Table) -> float | Table:
        """Young's modulus of the set that Anand's constants belong to, where there is one."""
        if "young_modulus" in self.stated.get(name, {}):
            return modulus
        metal = self.ledger[name]
        variant = metal.properties[ANAND[0]].default
        return _over_temperature(metal.value("young_modulus", variant=variant)) if metal.has("young_modulus", variant) else modulus

    def _quantity(self, name: str, prop: str) -> float | Table:
        stated = self.stated.get(name, {})
        return stated[prop] if prop in stated else _over_temperature(self.ledger[name].value(prop))


def _over_temperature(value: Value) -> float | Table:
    """A value as a number, or as a table over temperature where it depends on it."""
    if value.points and value.along == "temperature":
        return Table(*value.points)
    if value.reference_temperature is not None and value.slope:
        low, high = next(((a, b) for what, a, b in value.valid if what == "temperature"), (218.15, 498.15))
        return Table(*((float(t), value.at(temperature=float(t))) for t in np.linspace(low, high, _KNOTS)))
    return value.number
