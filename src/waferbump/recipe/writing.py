"""Recipes back to text: canonical records and YAML that reads like a traveller."""

from __future__ import annotations

import json
import re
import textwrap
from typing import TYPE_CHECKING, Any

from waferbump import units
from waferbump.recipe.masks import Limit
from waferbump.recipe.quantities import Offset, Quantity
from waferbump.recipe.tree import resolved
from waferbump.recipe.verbs import VERBS, FieldKind, fields_of, summary, unit_hint

if TYPE_CHECKING:
    from waferbump.recipe.document import Recipe, Step

_WIDTH = 118
_PLAIN = re.compile(r"[A-Za-z0-9µ_.+-](?:[A-Za-z0-9µ_./+%^ -]*[A-Za-z0-9µ_./+%^-])?")


def texts_of(group: Any) -> dict[str, Any]:
    """Fields of a group of settings as text with units, plain numbers and lists; what is not given is left out."""
    found = {}
    for name, field in fields_of(type(group)).items():
        value = getattr(group, name)
        if value is not None and value != () and not (field.by_name and not value):
            found[name] = _written(field, value)
    return found


def _written(field: FieldKind, value: Any) -> Any:
    if field.group is not None:
        return [texts_of(item) for item in value] if field.many else texts_of(value)
    if field.by_name:
        return {name: _quantity(field.rule, item) for name, item in value.items()}
    return _quantity(field.rule, value)


def _quantity(rule: Any, value: Any) -> Any:
    if isinstance(rule, Offset):
        return rule.written(value)
    if isinstance(value, tuple):
        return [_quantity(rule, item) for item in value]
    if isinstance(rule, Quantity):
        return value if rule.dimension == "fraction" else rule.written(value)
    return units.exactly(value, "length") if isinstance(value, float) else value


def record_of(recipe: Recipe, *, narrative: bool = True) -> dict[str, Any]:
    """The recipe as plain mappings, lists and texts with units; without titles, descriptions and notes if `narrative` is false."""
    record: dict[str, Any] = {"waferbump": 1}
    if narrative:
        record["name"] = recipe.name
        for name in ("title", "document", "description"):
            if getattr(recipe, name):
                record[name] = getattr(recipe, name)
    record["cell"] = texts_of(recipe.cell)
    record["carrier"] = texts_of(recipe.carrier)
    if recipe.layout is not None:
        record["layout"] = texts_of(recipe.layout)
    if recipe.views is not None:
        record["views"] = texts_of(recipe.views)
    if recipe.masks:
        record["masks"] = {name: texts_of(mask) for name, mask in recipe.masks.items()}
    record["steps"] = [{step.verb: _step_record(step, narrative)} for step in recipe.steps]
    if recipe.spec:
        record["spec"] = {name: _limit_record(limit) for name, limit in recipe.spec.items()}
    if recipe.seed is not None:
        record["seed"] = recipe.seed
    return record


def _step_record(step: Step, narrative: bool) -> dict[str, Any]:
    record: dict[str, Any] = {"id": step.id}
    if step.note and narrative:
        record["note"] = step.note
    if step.model:
        record["model"] = step.model
    return {**record, **texts_of(step.settings)}


def _limit_record(limit: Limit) -> dict[str, Any]:
    sides = {"min": limit.min, "max": limit.max}
    return {side: units.exactly(value, limit.dimension) for side, value in sides.items() if value is not None}


def yaml_of(recipe: Recipe, *, comments: bool = False) -> str:
    """The recipe as YAML; with a comment on every section and step if `comments`."""
    record = record_of(recipe)
    about = _ABOUT if comments else {}
    lines = ["waferbump: 1"]
    for name in ("name", "title", "document", "description"):
        if name in record:
            lines += _prose(name, str(record[name]))
    for name in ("cell", "carrier", "layout", "views"):
        if name in record:
            lines += [*_comment(about.get(name, "")), f"{name}: {_flow(record[name])}"]
    if "masks" in record:
        lines += [*_comment(about.get("masks", "")), *_entries("masks", record["masks"])]
    lines += [*_comment(about.get("steps", "")), "steps:"]
    explained: set[str] = set()
    for step, entry in zip(recipe.steps, record["steps"], strict=True):
        if comments:
            lines += _comment(step_comment(step, settings=step.verb not in explained), "  ")
            explained.add(step.verb)
        lines += _step_lines(step.verb, entry[step.verb])
    if "spec" in record:
        lines += [*_comment(about.get("spec", "")), *_entries("spec", record["spec"])]
    if "seed" in record:
        lines.append(f"seed: {record['seed']}")
    return "\n".join(lines) + "\n"


_ABOUT = {
    "cell": "What one bump has to itself: the pitch is the distance to its neighbours.",
    "carrier": "What the bumps stand on: a wafer or a board.",
    "layout": "The mask file that masks with a layer come from.",
    "views": "The plan of the site and the planar cut, carried beside the round cut about the bump's centre.",
    "masks": "Masks: circle (diameter), square (side), octagon (across flats), polygon, array, layer, or `of` another mask with a bias. "
    "Sizes are lengths with a unit; overlay is the misplacement.",
    "steps": "The traveller: one verb a step, in order. Each `id` names the step in `--set steps.ID.FIELD=VALUE`.",
    "spec": "Limits on what is measured.",
}


def step_comment(step: Step, *, settings: bool = True) -> str:
    """What a step does, and if `settings` what each of its settings is and how it is written."""
    text = summary(VERBS[step.verb])
    if not settings:
        return text
    explained = []
    for name, field in fields_of(VERBS[step.verb]).items():
        hint = unit_hint(field)
        about = re.sub(r"\s*\[[^]]*\]", "", field.about)
        explained.append(f"{name}: {about}{f' ({hint})' if hint else ''}")
    return f"{text} {'; '.join(explained)}."


def _comment(text: str, indent: str = "") -> list[str]:
    lines = textwrap.wrap(text, _WIDTH - len(indent) - 2, break_long_words=False, break_on_hyphens=False)
    return ["", *(f"{indent}# {line}" for line in lines)] if lines else []


def _entries(name: str, entries: dict[str, Any]) -> list[str]:
    return [f"{name}:", *(line for key, entry in entries.items() for line in _entry(f"  {_scalar(key)}", "    ", entry))]


def _step_lines(verb: str, settings: dict[str, Any]) -> list[str]:
    return _entry(f"  - {verb}", "      ", settings)


def _entry(head: str, indent: str, fields: dict[str, Any]) -> list[str]:
    """A group of fields on one line, or a line a field where that would be too long."""
    whole = f"{head}: {_flow(fields)}"
    if len(whole) <= _WIDTH:
        return [whole]
    return [f"{head}:", *(f"{indent}{_scalar(name)}: {_flow(value)}" for name, value in fields.items())]


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(str(name))}: {_flow(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and resolved(value) == value and not value.startswith(("- ", "---", "..."))
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def _prose(name: str, text: str) -> list[str]:
    """A text field: on one line if short, folded at word boundaries if long and without line breaks of its own."""
    line = f"{name}: {_scalar(text)}"
    if len(line) <= _WIDTH:
        return [line]
    if text == " ".join(text.split()) and text.isprintable():
        words = textwrap.wrap(text, _WIDTH - 2, break_long_words=False, break_on_hyphens=False)
        return [f"{name}: >-", *(f"  {row}" for row in words)]
    return [line]
