"""From a material's YAML file to a Material, refusing whatever is wrong with the file, the line and the field."""

from __future__ import annotations

import re
from itertools import pairwise
from types import MappingProxyType

from ..sources import KINDS, Fact, SourceError, Value, bibliography, read_plain_yaml
from .material import Material, Property, nearest
from .properties import CLASSES, CONDITIONS, FACTS, HATCHES, QUANTITIES

_FIELDS = ("title", "classes", "colour", "hatch", "composition", "note", "facts", "properties")
_VALUE_FIELDS = (
    "number", "unit", "source", "kind", "where", "spread", "valid", "slope", "reference_temperature", "activation_temperature",
    "along", "points", "note",
)  # fmt: skip
_FACT_FIELDS = ("answer", "source", "kind", "where", "note")


class MaterialDataError(ValueError):
    """A material's file that cannot be used: says file, line and field."""


def read_material(name: str, text: str, file: str) -> Material:
    """A material from the text of its YAML file, validated.

    Raises
    ------
    MaterialDataError : file, line and field of the first thing that is wrong.
    """
    return _Reader(text, file).material(name)


def read_elements(text: str, file: str) -> dict[str, Material]:
    """The chemical elements from their one file: {symbol: Material of class "element"}; errors as `read_material`."""
    reader = _Reader(text, file)
    return {symbol: reader.element(symbol) for symbol in reader.data}


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.file = file
        try:
            self.data, self.lines = read_plain_yaml(text, file)
        except SourceError as problem:
            raise MaterialDataError(str(problem)) from None
        self.sources = bibliography()

    def fail(self, path: tuple[str, ...], message: str) -> MaterialDataError:
        """The error for a field, at its line or at that of the nearest field that holds it."""
        held = path
        while held and held not in self.lines:
            held = held[:-1]
        line = f":{self.lines[held]}" if held else ""
        return MaterialDataError(f"{self.file}{line}: {'.'.join(path)}: {message}" if path else f"{self.file}: {message}")

    def only(self, mapping: object, path: tuple[str, ...], known: tuple[str, ...], needed: tuple[str, ...]) -> dict:
        """The mapping, once it is known to be one that holds nothing unknown and all that is needed."""
        if not isinstance(mapping, dict):
            raise self.fail(path, "must be a mapping of fields")
        for key in mapping:
            if key not in known:
                raise self.fail((*path, key), f"is no field here{nearest(key, known)}")
        for key in needed:
            if mapping.get(key) in (None, ""):
                raise self.fail((*path, key), "is missing")
        return mapping

    def material(self, name: str) -> Material:
        top = self.only(self.data, (), _FIELDS, ("title", "classes", "colour", "hatch"))
        classes = top["classes"]
        if not isinstance(classes, list) or not classes:
            raise self.fail(("classes",), "must be a list in brackets")
        for one in classes:
            if one not in CLASSES:
                raise self.fail(("classes",), f"no class {one!r}{nearest(str(one), CLASSES)}")
        if not re.fullmatch(r"#[0-9a-f]{6}", str(top["colour"])):
            raise self.fail(("colour",), 'must be "#rrggbb" in small letters')
        if top["hatch"] not in HATCHES:
            raise self.fail(("hatch",), f"must be one of {', '.join(HATCHES)}")
        return Material(
            name=name,
            title=top["title"],
            classes=frozenset(classes),
            colour=top["colour"],
            hatch=top["hatch"],
            composition=self.composition(top.get("composition", {})),
            properties=self.properties(name, top.get("properties", {}), ("properties",)),
            facts=self.facts(name, top.get("facts", {})),
            note=top.get("note", ""),
        )

    def element(self, symbol: str) -> Material:
        entry = self.only(self.data[symbol], (symbol,), ("title", "properties"), ("title", "properties"))
        return Material(
            name=symbol,
            title=entry["title"],
            classes=frozenset({"element"}),
            colour="#808080",
            hatch="none",
            composition=MappingProxyType({symbol: 1.0}),
            properties=self.properties(symbol, entry["properties"], (symbol, "properties")),
        )

    def composition(self, fractions: object) -> MappingProxyType:
        if not isinstance(fractions, dict):
            raise self.fail(("composition",), "must be a mapping of elements to mass fractions")
        for element, fraction in fractions.items():
            if isinstance(fraction, bool) or not isinstance(fraction, int | float) or not 0 < fraction <= 1:
                raise self.fail(("composition",), f"{element}: {fraction!r} is no mass fraction")
        # mass fractions are typed with at most four decimals: 1e-9 leaves only floating-point rounding
        if fractions and abs(sum(fractions.values()) - 1.0) > 1e-9:
            raise self.fail(("composition",), f"sums to {sum(fractions.values()):.6g}, not to 1")
        return MappingProxyType({element: float(fraction) for element, fraction in fractions.items()})

    def sourced(self, entry: dict, path: tuple[str, ...]) -> None:
        if entry["kind"] not in KINDS:
            raise self.fail((*path, "kind"), f"{entry['kind']!r} is none of {', '.join(KINDS)}")
        if entry["source"] not in self.sources:
            hint = nearest(str(entry["source"]), self.sources)
            raise self.fail((*path, "source"), f"{entry['source']!r} is not in the bibliography{hint}")
        if entry["kind"] == "assumed" and not entry.get("note"):
            raise self.fail((*path, "note"), "is missing: an assumed value gives its reasoning")

    def facts(self, name: str, entries: object) -> MappingProxyType:
        path = ("facts",)
        facts = {}
        for fact, entry in self.only(entries, path, tuple(FACTS), ()).items():
            entry = self.only(entry, (*path, fact), _FACT_FIELDS, ("answer", "source", "kind"))
            self.sourced(entry, (*path, fact))
            if FACTS[fact] and entry["answer"] not in FACTS[fact]:
                raise self.fail((*path, fact, "answer"), f"{entry['answer']!r} is none of {', '.join(FACTS[fact])}")
            facts[fact] = Fact(name=f"{fact} of {name}", **entry)
        return MappingProxyType(facts)

    def properties(self, name: str, entries: object, path: tuple[str, ...]) -> MappingProxyType:
        properties = {}
        for quantity, entry in self.only(entries, path, tuple(QUANTITIES), ()).items():
            here = (*path, quantity)
            if not isinstance(entry, dict):
                raise self.fail(here, "must be a mapping of variants to values")
            variants = {variant: value for variant, value in entry.items() if variant not in ("default", "why")}
            if not variants:
                raise self.fail(here, "has no value")
            default = entry.get("default", next(iter(variants)))
            if default not in variants:
                raise self.fail((*here, "default"), f"{default!r} is none of {', '.join(variants)}")
            if len(variants) > 1 and not ("default" in entry and entry.get("why")):
                raise self.fail((*here, "why"), "is missing: with several variants, say which is the default and why")
            properties[quantity] = Property(
                name=quantity,
                variants=MappingProxyType({v: self.value(name, quantity, entry[v], (*here, v)) for v in variants}),
                default=default,
                why=entry.get("why", ""),
            )
        return MappingProxyType(properties)

    def value(self, name: str, quantity: str, entry: object, path: tuple[str, ...]) -> Value:
        entry = self.only(entry, path, _VALUE_FIELDS, ("number", "unit", "source", "kind", "where"))
        self.sourced(entry, path)
        known = QUANTITIES[quantity]
        if str(entry["unit"]) != known.unit:
            raise self.fail((*path, "unit"), f"{entry['unit']!r} should be {known.unit!r}: numbers are kept in SI")
        for key in ("number", "slope", "reference_temperature", "activation_temperature"):
            if isinstance(entry.get(key, 0.0), bool) or not isinstance(entry.get(key, 0.0), int | float):
                raise self.fail((*path, key), f"{entry[key]!r} is no number")
        if not known.low <= entry["number"] <= known.high:
            raise self.fail((*path, "number"), f"{entry['number']:.6g} {known.unit} is outside {known.low:.6g} to {known.high:.6g}")
        if ("slope" in entry) != ("reference_temperature" in entry):
            raise self.fail((*path, "slope"), "and reference_temperature belong together")
        return Value(
            name=f"{quantity.replace('_', ' ')} of {name}",
            number=float(entry["number"]),
            unit=known.unit,
            source=entry["source"],
            kind=entry["kind"],
            where=str(entry["where"]),
            spread=str(entry.get("spread", "")),
            valid=self.valid(entry.get("valid", {}), (*path, "valid")),
            slope=float(entry.get("slope", 0.0)),
            reference_temperature=_float_or_none(entry.get("reference_temperature")),
            activation_temperature=_float_or_none(entry.get("activation_temperature")),
            along=self.along(entry, path),
            points=self.points(entry.get("points", []), known.low, known.high, (*path, "points")),
            note=entry.get("note", ""),
        )

    def valid(self, ranges: object, path: tuple[str, ...]) -> tuple[tuple[str, float, float], ...]:
        for condition, limits in self.only(ranges, path, CONDITIONS, ()).items():
            if not _is_pair(limits) or not limits[0] < limits[1]:
                raise self.fail(path, f"{condition} needs two ascending numbers in brackets")
        return tuple((condition, float(low), float(high)) for condition, (low, high) in ranges.items())

    def along(self, entry: dict, path: tuple[str, ...]) -> str:
        if ("along" in entry) != ("points" in entry):
            raise self.fail((*path, "along"), "and points belong together")
        if "along" in entry and entry["along"] not in CONDITIONS:
            raise self.fail((*path, "along"), f"{entry['along']!r} is none of {', '.join(CONDITIONS)}")
        return entry.get("along", "")

    def points(self, pairs: object, low: float, high: float, path: tuple[str, ...]) -> tuple[tuple[float, float], ...]:
        if not isinstance(pairs, list) or len(pairs) == 1 or not all(_is_pair(pair) and low <= pair[1] <= high for pair in pairs):
            raise self.fail(path, f"need two or more [condition, number] pairs, numbers from {low:.6g} to {high:.6g}")
        if any(right[0] <= left[0] for left, right in pairwise(pairs)):
            raise self.fail(path, "must ascend")
        return tuple((float(x), float(y)) for x, y in pairs)


def _is_pair(pair: object) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(x, int | float) and not isinstance(x, bool) for x in pair)


def _float_or_none(number: float | None) -> float | None:
    return None if number is None else float(number)
