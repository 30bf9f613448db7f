"""The verbs of the language: name to settings, and what there is to know about a verb's fields."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any

from waferbump.recipe import ageing, attaching, films, lithography, soldering
from waferbump.recipe.quantities import Quantity

VERBS: types.MappingProxyType[str, type] = types.MappingProxyType(
    {
        "pad": films.Pad,
        "passivation": films.Passivation,
        "redistribution": films.Redistribution,
        "deposit": films.Deposit,
        "coat": lithography.Coat,
        "laminate": lithography.Laminate,
        "bake": lithography.Bake,
        "expose": lithography.Expose,
        "develop": lithography.Develop,
        "descum": films.Descum,
        "etch": films.Etch,
        "plate": soldering.Plate,
        "print": soldering.Print,
        "flux": soldering.Flux,
        "place": soldering.Place,
        "reflow": soldering.Reflow,
        "strip": lithography.Strip,
        "clean": lithography.Clean,
        "release": films.Release,
        "thin": films.Thin,
        "attach": attaching.Attach,
        "age": ageing.Age,
    }
)
COMMON = ("id", "note", "model")  # fields that every step may carry beside its settings


def verb_of(settings: Any) -> str:
    """Verb of a settings object; TypeError when it belongs to no verb."""
    for verb, kind in VERBS.items():
        if type(settings) is kind:
            return verb
    raise TypeError(f"{type(settings).__name__} holds the settings of no verb")


def aliases_of(kind: type) -> dict[str, str]:
    """Other names under which a field may be written: `material` for a resist, solder or flux."""
    main = next((name for name in ("resist", "solder", "flux") if name in _names(kind)), None)
    return {"material": main} if main and kind in VERBS.values() else {}


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@dataclass(frozen=True)
class FieldKind:
    """What there is to know about one field.

    rule : Quantity, Words, Count or Offset that reads it, if it is one of these
    group : dataclass of a nested group of settings (or of each item when `many`)
    choices : allowed words
    by_name : whether it is a mapping of free names to such values; `keys` is the rule of the names
    """

    name: str
    about: str
    required: bool
    default: Any = None
    rule: Any = None
    group: type | None = None
    many: bool = False
    choices: tuple[str, ...] = ()
    by_name: bool = False
    keys: Any = None


@cache
def fields_of(kind: type) -> types.MappingProxyType[str, FieldKind]:
    """Fields of a group of settings by name, in order."""
    hints = typing.get_type_hints(kind, include_extras=True)
    about = dict(re.findall(r"^\s{4}(\w+) : (.*)$", kind.__doc__ or "", flags=re.M))
    found = {}
    for field in dataclasses.fields(kind):
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        default = None if required or field.default is dataclasses.MISSING else field.default
        found[field.name] = FieldKind(field.name, about.get(field.name, ""), required, default, **_kind(hints[field.name]))
    return types.MappingProxyType(found)


def _kind(hint: Any) -> dict[str, Any]:
    """Rule, group and choices behind a type hint, seen through optional, list and mapping."""
    origin = typing.get_origin(hint)
    if dataclasses.is_dataclass(hint):
        return {"group": hint}
    if origin is typing.Literal:
        return {"choices": typing.get_args(hint)}
    if origin in (types.UnionType, typing.Union):
        return _kind(next(part for part in typing.get_args(hint) if part is not type(None)))
    if origin is typing.Annotated:
        inner, *extras = typing.get_args(hint)
        rule = next((extra for extra in extras if hasattr(extra, "read")), None)
        return {"rule": rule} if rule is not None else {**_kind(inner)}
    if origin is tuple:
        return {**_kind(typing.get_args(hint)[0]), "many": True}
    if origin is dict:
        keys, values = typing.get_args(hint)
        return {**_kind(values), "by_name": True, "keys": _kind(keys).get("rule")}
    return {}


def summary(kind: type) -> str:
    """First sentence of a verb's description."""
    return re.sub(r"\s+", " ", (kind.__doc__ or "").split("\n\n")[0]).strip()


def unit_hint(field: FieldKind) -> str:
    """How a field is written, for comments: an example quantity or the choices."""
    if isinstance(field.rule, Quantity):
        return "a fraction, 0.5 or 50 %" if field.rule.dimension == "fraction" else f"such as {field.rule.sample}"
    return " | ".join(field.choices)
