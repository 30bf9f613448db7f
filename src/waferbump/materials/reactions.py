"""Reactions of solder with the metal that it stands on: laws of growth and of dissolution, every number with its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import isfinite
from types import MappingProxyType

from ..physics.intermetallics import Interval, Law
from ..sources import KINDS, SourceError, Value, bibliography, read_plain_yaml
from .reading import MaterialDataError

_FILE = "reactions.yaml"
_NUMBER = ("number", "low", "high", "at", "exponent", "valid", "source", "kind", "where", "note")
_NEEDED = ("title", "metals", "element", "outer", "outer_atoms", "liquid", "solid")
_COUPLE = (*_NEEDED, "inner", "inner_atoms", "inner_solid", "copper_changes_it")


@dataclass(frozen=True)
class SourcedLaw:
    """A law of growth with the values that it rests on: rate (its own unit) and activation_energy [J/mol]."""

    law: Law
    rate: Value
    activation_energy: Value


@dataclass(frozen=True)
class Couple:
    """A metal and tin-base solder, and what grows between them.

    metals : materials that it holds for;  element : of the metal that reacts
    outer, inner : compounds on the solder's and on the metal's side, inner "" where there is one only;  atoms : (metal, tin) by compound
    liquid, solid : laws for the whole layer [m^3/s, m^2/s];  inner_solid : laws for the inner compound alone [m^2/s]
    copper_changes_it : mass fraction of copper in the solder above which another compound grows; None where that makes no difference
    """

    name: str
    title: str
    metals: tuple[str, ...]
    element: str
    outer: str
    inner: str
    atoms: Mapping[str, tuple[int, int]]
    liquid: Mapping[str, SourcedLaw]
    solid: Mapping[str, SourcedLaw]
    inner_solid: Mapping[str, SourcedLaw]
    copper_changes_it: Value | None


@dataclass(frozen=True)
class Dissolution:
    """How an element dissolves in molten solder: rate [m/s] of the bare metal in a melt without it, saturation [kg/kg]."""

    element: str
    metals: tuple[str, ...]
    rate: SourcedLaw
    saturation: Value


@dataclass(frozen=True)
class Reactions:
    """All that is known of reactions.

    least_tin, most_of_others : mass fractions of a solder between which the laws hold
    """

    couples: Mapping[str, Couple]
    dissolution: Mapping[str, Dissolution]
    least_tin: Value
    most_of_others: Value

    def couple_of(self, metal: str) -> Couple | None:
        """The couple of a material with tin, or None where none is known."""
        return next((couple for couple in self.couples.values() if metal in couple.metals), None)

    def dissolution_of(self, metal: str) -> Dissolution | None:
        """How a material dissolves, or None where that is not known."""
        return next((one for one in self.dissolution.values() if metal in one.metals), None)

    def known(self) -> Iterator[tuple[str, str, str, Value]]:
        """Every value, as `Library.known` lists them: (couple or element, property, law or "", Value)."""
        for couple in self.couples.values():
            for what, laws in (("liquid", couple.liquid), ("solid", couple.solid), (f"solid {couple.inner}", couple.inner_solid)):
                for name, one in laws.items():
                    yield couple.name, f"{what} growth", name, one.rate
                    yield couple.name, f"{what} activation energy", name, one.activation_energy
            if couple.copper_changes_it is not None:
                yield couple.name, "copper that changes it", "", couple.copper_changes_it
        for one in self.dissolution.values():
            yield one.element, "dissolution", "", one.rate.rate
            yield one.element, "dissolution activation energy", "", one.rate.activation_energy
            yield one.element, "saturation", "", one.saturation
        yield "solder", "least tin", "", self.least_tin
        yield "solder", "most of others", "", self.most_of_others


@cache
def reactions() -> Reactions:
    """The reactions that ship with waferbump."""
    return read_reactions(files("waferbump").joinpath("materials", _FILE).read_text(encoding="utf-8"), _FILE)


def read_reactions(text: str, file: str) -> Reactions:
    """Reactions from the text of their YAML file, validated.

    Raises
    ------
    MaterialDataError : file, line and field of the first thing that is wrong.
    """
    return _Reader(text, file).reactions()


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.file = file
        try:
            self.data, self.lines = read_plain_yaml(text, file)
        except SourceError as problem:
            raise MaterialDataError(str(problem)) from None

    def fail(self, path: tuple[str, ...], message: str) -> MaterialDataError:
        """The error for a field, at its line or at that of the nearest field that holds it."""
        held = path
        while held and held not in self.lines:
            held = held[:-1]
        return MaterialDataError(f"{self.file}:{self.lines.get(held, 1)}: {'.'.join(path)}: {message}")

    def part(self, mapping: object, path: tuple[str, ...], known: tuple[str, ...] = (), needed: tuple[str, ...] = ()) -> dict:
        """The mapping, once it holds nothing unknown and all that is needed."""
        if not isinstance(mapping, dict):
            raise self.fail(path, "must be a mapping")
        for key in mapping:
            if known and key not in known:
                raise self.fail((*path, key), f"is no field here; there are {', '.join(known)}")
        for key in needed:
            if key not in mapping:
                raise self.fail((*path, key), "is missing")
        return mapping

    def reactions(self) -> Reactions:
        names = ("couples", "solders", "dissolution")
        top = self.part(self.data, (), names, names)
        solders = self.part(top["solders"], ("solders",), ("least_tin", "most_of_others"), ("least_tin", "most_of_others"))
        couples = self.part(top["couples"], ("couples",))
        dissolution = self.part(top["dissolution"], ("dissolution",))
        return Reactions(
            MappingProxyType({name: self.couple(name, entry) for name, entry in couples.items()}),
            MappingProxyType({element: self.dissolution(element, entry) for element, entry in dissolution.items()}),
            *(self.value(solders[key], ("solders", key), key.replace("_", " "), "1") for key in ("least_tin", "most_of_others")),
        )

    def couple(self, name: str, entry: object) -> Couple:
        path = ("couples", name)
        entry = self.part(entry, path, _COUPLE, _NEEDED)
        inner = entry.get("inner", "")
        atoms = {entry[which]: tuple(entry[f"{which}_atoms"]) for which in ("outer", "inner") if entry.get(which)}
        for compound, count in atoms.items():
            if len(count) != 2 or not all(isinstance(n, int) and n > 0 for n in count):
                raise self.fail(path, f"{compound} needs two whole numbers of atoms, of the metal and of tin")
        switch = entry.get("copper_changes_it")
        laws = {
            state: {
                law: self.law(one, (*path, state, law), f"{state} growth of {name}", unit)
                for law, one in self.part(entry.get(state, {}), (*path, state)).items()
            }
            for state, unit in (("liquid", "m^3/s"), ("solid", "m^2/s"), ("inner_solid", "m^2/s"))
        }
        return Couple(
            name,
            entry["title"],
            tuple(entry["metals"]),
            entry["element"],
            entry["outer"],
            inner,
            MappingProxyType(atoms),
            *(MappingProxyType(laws[state]) for state in ("liquid", "solid", "inner_solid")),
            None if switch is None else self.value(switch, (*path, "copper_changes_it"), "copper that changes it", "1"),
        )

    def dissolution(self, element: str, entry: object) -> Dissolution:
        path = ("dissolution", element)
        fields = ("metals", "rate", "activation_energy", "saturation")
        entry = self.part(entry, path, fields, fields)
        law = self.law({key: entry[key] for key in ("rate", "activation_energy")}, path, f"dissolution of {element}", "m/s")
        return Dissolution(
            element, tuple(entry["metals"]), law, self.value(entry["saturation"], (*path, "saturation"), f"saturation with {element}", "1")
        )

    def law(self, entry: object, path: tuple[str, ...], name: str, unit: str) -> SourcedLaw:
        entry = self.part(entry, path, ("rate", "activation_energy"), ("rate", "activation_energy"))
        written = self.part(entry["rate"], (*path, "rate"), _NUMBER, ("number", "low", "high", "at", "valid"))
        rate = self.value(written, (*path, "rate"), name, unit)
        energy = self.value(entry["activation_energy"], (*path, "activation_energy"), f"activation energy of {name}", "J/mol")
        try:
            limits = Interval(*(float(written[key]) for key in ("low", "number", "high")))
            law = Law(limits, float(written["at"]), energy.number, rate.valid[0][1:])
        except (TypeError, ValueError) as problem:
            raise self.fail((*path, "rate"), str(problem)) from None
        return SourcedLaw(law, rate, energy)

    def value(self, entry: object, path: tuple[str, ...], name: str, unit: str) -> Value:
        entry = self.part(entry, path, _NUMBER, ("number", "source", "kind", "where"))
        for key in ("number", "low", "high", "at", "exponent"):
            number = entry.get(key, 0.0)
            if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
                raise self.fail((*path, key), f"{number!r} is no number")
        if entry["kind"] not in KINDS:
            raise self.fail((*path, "kind"), f"{entry['kind']!r} is none of {', '.join(KINDS)}")
        if entry["source"] not in bibliography():
            raise self.fail((*path, "source"), f"{entry['source']!r} is not in the bibliography")
        if entry["kind"] == "assumed" and not entry.get("note"):
            raise self.fail((*path, "note"), "is missing: an assumed value gives its reasoning")
        valid = entry.get("valid")
        if valid is not None and not (isinstance(valid, list) and len(valid) == 2 and 0 < valid[0] < valid[1]):
            raise self.fail((*path, "valid"), "needs two ascending temperatures in brackets")
        return Value(
            name=name,
            number=float(entry["number"]),
            unit=unit,
            source=entry["source"],
            kind=entry["kind"],
            where=entry["where"],
            spread=f"{entry['low']:.3g} to {entry['high']:.3g}" if "low" in entry and "high" in entry else "",
            valid=() if valid is None else (("temperature", float(valid[0]), float(valid[1])),),
            note=entry.get("note", ""),
            activation_temperature=float(entry["exponent"]) if entry.get("exponent") else None,
        )
