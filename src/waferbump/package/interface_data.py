"""What it takes to part two films: ranges of fracture energy by pair of materials, with their sources, to be swept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from ..sources import SourceError, Value, bibliography, read_plain_yaml

_FILE = "interfaces.yaml"
_RANGE = ("low", "nominal", "high")
_SHARED = MappingProxyType({"strength": "Pa", "mode_mix_sensitivity": "1", "mode_mix_exponent": "1"})


class InterfaceError(ValueError):
    """A pair of materials of whose bond nothing is known."""


@dataclass(frozen=True)
class Interface:
    """A bond between two groups of materials and its fracture energy G_c [J/m^2], opening mode: low, nominal and high."""

    name: str
    title: str
    one: frozenset[str]
    other: frozenset[str]
    low: Value
    nominal: Value
    high: Value

    def joins(self, material: str, neighbour: str) -> bool:
        """Whether this is the bond of two materials, whichever lies above."""
        return (material in self.one and neighbour in self.other) or (neighbour in self.one and material in self.other)


@dataclass(frozen=True)
class InterfaceData:
    """All bonds by name, and what is taken for every bond: strength [Pa], sensitivity [1] and exponent [1] of the mix of modes."""

    interfaces: Mapping[str, Interface]
    strength: Value
    mode_mix_sensitivity: Value
    mode_mix_exponent: Value

    def known(self) -> tuple[Value, ...]:
        """Every value, for counting and for the list of sources."""
        bonds = (value for bond in self.interfaces.values() for value in (bond.low, bond.nominal, bond.high))
        return (*bonds, self.strength, self.mode_mix_sensitivity, self.mode_mix_exponent)


def interface(material: str, neighbour: str) -> Interface:
    """The bond of two materials by their names in the library, in either order; InterfaceError if nothing is known of it."""
    for bond in interface_data().interfaces.values():
        if bond.joins(material, neighbour):
            return bond
    names = ", ".join(interface_data().interfaces)
    raise InterfaceError(f"no fracture energy is known between {material} and {neighbour}: state one; there are {names}")


@cache
def interface_data() -> InterfaceData:
    """All bonds, from the data file; SourceError with the file, line and field of what is wrong in it."""
    text = files("waferbump").joinpath("package", "data", _FILE).read_text(encoding="utf-8")
    tree, lines = read_plain_yaml(text, _FILE)
    interfaces = {}
    for name, entry in tree["interfaces"].items():
        path = ("interfaces", name)
        low, nominal, high = (_value(entry[end], f"{end} fracture energy of {name}", "J/m^2", lines[(*path, end)]) for end in _RANGE)
        if not 0.0 < low.number <= nominal.number <= high.number:
            raise SourceError(f"{_FILE}:{lines[path]}: {name}: low, nominal and high must be above zero and ascend")
        interfaces[name] = Interface(name, entry["title"], frozenset(entry["one"]), frozenset(entry["other"]), low, nominal, high)
    shared = {
        name: _value(tree["shared"][name], name.replace("_", " ") + " of interfaces", unit, lines[("shared", name)])
        for name, unit in _SHARED.items()
    }
    return InterfaceData(MappingProxyType(interfaces), **shared)


def _value(entry: dict, name: str, unit: str, line: int) -> Value:
    if entry.get("unit") != unit:
        raise SourceError(f"{_FILE}:{line}: {name}: {entry.get('unit')!r} should be {unit!r}")
    if entry.get("source") not in bibliography():
        raise SourceError(f"{_FILE}:{line}: {name}: {entry.get('source')!r} is not in the bibliography")
    if entry.get("kind") == "assumed" and not entry.get("note"):
        raise SourceError(f"{_FILE}:{line}: {name}: an assumed value gives its reasoning")
    return Value(
        name=name,
        number=float(entry["number"]),
        unit=unit,
        source=entry["source"],
        kind=entry["kind"],
        where=entry.get("where", ""),
        spread=str(entry.get("spread", "")),
        note=entry.get("note", ""),
    )
