"""For people and their editors: the language as JSON Schema, and commented copies of the built-in flows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from waferbump.recipe import writing
from waferbump.recipe.document import load
from waferbump.recipe.masks import Carrier, Cell, Layout, Mask
from waferbump.recipe.sheets import DOCUMENTS
from waferbump.recipe.verbs import VERBS, aliases_of, fields_of, summary
from waferbump.recipe.views import Views


def commented(flow: str | Path) -> str:
    """A complete copy of a flow to edit: what it extends and uses resolved, and a comment on every step."""
    return writing.yaml_of(load(flow), comments=True)


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the recipe language."""
    definitions: dict[str, Any] = {}
    groups = {kind.__name__: kind for kind in (Cell, Carrier, Layout, Views, Mask)}
    for name, kind in groups.items():
        definitions[name] = _of(kind, definitions)
    for kind in VERBS.values():
        definitions[kind.__name__] = _verb(kind, definitions)
    text, anything = {"type": "string"}, {}
    use = {
        "type": "object",
        "description": "the steps of a part, with its parameters set",
        "properties": {"use": text, "with": {"type": "object"}, "id": text, "note": text},
        "required": ["use"],
        "additionalProperties": False,
    }
    steps = [_step(verb, f"#/$defs/{kind.__name__}", kind) for verb, kind in VERBS.items()]
    part = {
        "type": "object",
        "properties": {"parameters": {"type": "object"}, "steps": {"type": "array"}, "title": text, "description": text},
        "required": ["steps"],
        "additionalProperties": False,
    }
    limit = {"type": "object", "properties": {"min": anything, "max": anything}, "additionalProperties": False, "minProperties": 1}
    properties = {
        "waferbump": {"const": 1, "description": "version of the recipe language"},
        "name": text,
        "title": text,
        "document": {"enum": list(DOCUMENTS)},
        "description": text,
        "extends": {"type": "string", "description": "flow or file that this recipe starts from"},
        "changes": {"type": "object", "description": "path -> value; nothing drops a step or an optional field"},
        "cell": {"$ref": "#/$defs/Cell"},
        "carrier": {"$ref": "#/$defs/Carrier"},
        "layout": {"$ref": "#/$defs/Layout"},
        "views": {"$ref": "#/$defs/Views"},
        "masks": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Mask"}},
        "parts": {"type": "object", "additionalProperties": part},
        "steps": {"type": "array", "items": {"$ref": "#/$defs/Step"}},
        "spec": {"type": "object", "additionalProperties": limit},
        "seed": {"type": "integer", "minimum": 0},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "waferbump recipe",
        "type": "object",
        "properties": properties,
        "required": ["waferbump"],
        "anyOf": [{"required": ["extends"]}, {"required": ["cell", "carrier", "steps"]}],
        "additionalProperties": False,
        "$defs": {**definitions, "Step": {"oneOf": [*steps, use]}},
    }


def _step(verb: str, reference: str, kind: type) -> dict[str, Any]:
    optional = not any(field.required for field in fields_of(kind).values())
    settings: dict[str, Any] = {"anyOf": [{"$ref": reference}, {"type": "null"}]} if optional else {"$ref": reference}
    return {
        "type": "object",
        "description": summary(kind),
        "properties": {verb: settings},
        "required": [verb],
        "additionalProperties": False,
    }


def _of(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    found = TypeAdapter(kind).json_schema(ref_template="#/$defs/{model}")
    for name, nested in found.pop("$defs", {}).items():
        definitions.setdefault(name, _described(nested))
    return _described(found)


def _described(found: dict[str, Any]) -> dict[str, Any]:
    found.pop("default", None)
    if "properties" in found:
        for entry in found["properties"].values():
            entry.pop("title", None)
            entry.pop("default", None)
    found["additionalProperties"] = False
    return found


def _verb(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    found = _of(kind, definitions)
    found["description"] = summary(kind)
    for name, field in fields_of(kind).items():
        entry = found["properties"][name]
        entry["description"] = "; ".join(part for part in (field.about, entry.get("description", "")) if part)
    for alias, own in aliases_of(kind).items():
        found["properties"][alias] = found["properties"][own]
        found["required"] = [name for name in found.get("required", []) if name != own]
        found["oneOf"] = [{"required": [own]}, {"required": [alias]}]
    for name, about in (("id", "name of the step"), ("note", "for people"), ("model", "how the step is computed")):
        found["properties"][name] = {"type": "string", "description": about}
    return found
