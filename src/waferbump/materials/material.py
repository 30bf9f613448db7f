"""One material: what is known of it, by property and variant, and the refusals when it is asked for more than is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from ..sources import Fact, Value
from .properties import QUANTITIES


class MaterialError(KeyError):
    """A material, property or variant that the library does not hold."""

    def __str__(self) -> str:
        return self.args[0] if self.args else ""


class MaterialRangeError(MaterialError):
    """A property asked for outside the range in which its value holds."""


@dataclass(frozen=True)
class Property:
    """All that is known of one property: a value by variant, the variant that is meant when none is named, and why that one."""

    name: str
    variants: Mapping[str, Value]
    default: str
    why: str = ""


@dataclass(frozen=True)
class Material:
    """A material with its classes, its composition by mass, how it is drawn, and every value and fact with its source.

    composition : {element: mass fraction}, sums to 1; empty where it is of no use here
    colour, hatch : for drawings, "#rrggbb" and one of `properties.HATCHES`
    properties : {name: Property}, names from `properties.QUANTITIES`
    facts : {name: Fact}, names from `properties.FACTS`
    """

    name: str
    title: str
    classes: frozenset[str]
    colour: str
    hatch: str
    composition: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    properties: Mapping[str, Property] = field(default_factory=lambda: MappingProxyType({}))
    facts: Mapping[str, Fact] = field(default_factory=lambda: MappingProxyType({}))
    note: str = ""

    @property
    def values(self) -> dict[str, dict[str, Value]]:
        """{property: {variant: Value}}."""
        return {name: dict(known.variants) for name, known in self.properties.items()}

    @property
    def wetted_by_solder(self) -> str | None:
        """Whether molten solder wets it: "yes", "no", "weakly", or None where that is not known."""
        return self.answer("wetted_by_solder")

    @property
    def tone(self) -> str | None:
        """ "positive" or "negative" for what light patterns, None otherwise."""
        return self.answer("tone")

    def answer(self, fact: str) -> str | None:
        """The answer of a fact, or None where it is not known."""
        return self.facts[fact].answer if fact in self.facts else None

    def has(self, name: str, variant: str | None = None) -> bool:
        """Whether a property (and that variant of it) is known."""
        return name in self.properties and (variant is None or variant in self.properties[name].variants)

    def value(self, name: str, *, temperature: float | None = None, variant: str | None = None, **conditions: float) -> Value:
        """The value of a property, with its source.

        Parameters
        ----------
        name : of the property
        temperature : [K]; refused outside the value's valid range
        variant : one of the property's variants; without it, the default
        conditions : others in SI that a range may speak of: thickness [m], rotation_speed [rad/s], current_density [A/m^2], wavelength [m]

        Raises
        ------
        MaterialError : no such property or variant; names the nearest
        MaterialRangeError : a condition outside the value's valid range
        """
        known = self.properties.get(name)
        if known is None:
            if name in QUANTITIES:
                raise MaterialError(f"{self.name}: no {name} is known")
            raise MaterialError(f"{self.name}: no property {name!r}{nearest(name, QUANTITIES)}")
        if variant is not None and variant not in known.variants:
            raise MaterialError(f"{self.name}: {name} has no variant {variant!r}; it has {', '.join(known.variants)}")
        value = known.variants[variant or known.default]
        if temperature is not None:
            conditions["temperature"] = temperature
        for condition, low, high in value.valid:
            asked = conditions.get(condition)
            # a relative 1e-9 forgives the rounding of a number that passed through text with a unit
            if asked is not None and not low * (1 - 1e-9) <= asked <= high * (1 + 1e-9):
                raise MaterialRangeError(
                    f"{self.name}: {name} is known for {condition} {low:.6g} to {high:.6g}, not {asked:.6g} ({value.source})"
                )
        return value

    def number(self, name: str, *, temperature: float | None = None, variant: str | None = None, **conditions: float) -> float:
        """The number [SI] of a property at the given conditions; parameters and errors as `value`.

        Without a temperature, a value that depends on it is returned at its reference temperature.
        """
        value = self.value(name, temperature=temperature, variant=variant, **conditions)
        if temperature is not None:
            conditions["temperature"] = temperature
        return value.at(**conditions)


def nearest(name: str, names: Mapping[str, object] | tuple[str, ...]) -> str:
    """ "; did you mean 'x'?" with the names that resemble one that is not there, or "" where none does."""
    by_folded = {known.casefold(): known for known in names}
    close = get_close_matches(name.casefold(), by_folded, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(repr(by_folded[match]) for match in close)}?" if close else ""
