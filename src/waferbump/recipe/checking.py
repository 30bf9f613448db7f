"""Nodes to settings: pydantic at the door, with every complaint brought back to its file, line and field."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from waferbump.recipe.problems import Problem, nearest, quoted
from waferbump.recipe.quantities import Quantity
from waferbump.recipe.tree import Node
from waferbump.recipe.verbs import FieldKind, fields_of


def checked(kind: type, node: Node, problems: list[Problem], *, place: Node | None = None) -> Any:
    """An object of the settings class `kind` from a node, or None after noting what is wrong with it.

    place : where a missing field is reported, when not at the node itself
    """
    before = len(problems)
    data = _data(kind, node, problems)
    if len(problems) > before:
        # what the fields say wrongly is reported together with the fields that do not exist
        _validated(kind, data, node, place or node, problems)
        return None
    return _validated(kind, data, node, place or node, problems)


def _validated(kind: type, data: Any, node: Node, place: Node, problems: list[Problem]) -> Any:
    try:
        return adapter(kind).validate_python(data, context={"strict": True})
    except ValidationError as error:
        for complaint in error.errors(include_url=False, include_input=True):
            problems.append(_problem(kind, complaint, node, place))
        return None


@cache
def adapter(kind: type) -> TypeAdapter:
    """The pydantic adapter of a settings class."""
    return TypeAdapter(kind)


def _data(kind: type, node: Node, problems: list[Problem]) -> Any:
    """The node as plain values, without fields that are nothing; unknown fields are noted and left out."""
    if not node.is_mapping:
        return node.plain()
    fields = fields_of(kind)
    found = {}
    for name, child in node.value.items():
        field = fields.get(name)
        if field is None:
            problems.append(child.problem(f"unknown field; {nearest(name, fields)}"))
        elif not child.is_null:
            found[name] = _field_data(field, child, problems)
    return found


def _field_data(field: FieldKind, node: Node, problems: list[Problem]) -> Any:
    if field.group is None:
        return node.plain()
    if field.many and node.is_sequence:
        return [_data(field.group, child, problems) for child in node.value]
    return _data(field.group, node, problems)


def _problem(kind: type, complaint: dict[str, Any], node: Node, place: Node) -> Problem:
    """A pydantic complaint as a problem at the node that it is about."""
    at, missing, field = node, "", None
    group: type | None = kind
    for part in complaint["loc"]:
        if isinstance(part, str) and group is not None and part in fields_of(group):
            field = fields_of(group)[part]
            group = field.group
        if missing or part == "[key]":
            continue
        if (at.is_mapping and part in at.value) or (at.is_sequence and isinstance(part, int) and part < len(at.value)):
            at = at.value[part]
        elif isinstance(part, str) and (at.is_mapping or at.is_null):
            missing = part
    where = place if at is node else at
    message = _message(complaint, field, group)
    return Problem(where.file, where.line, at.problem("", missing).field, message)


def _message(complaint: dict[str, Any], field: FieldKind | None, group: type | None) -> str:
    kind, value = complaint["type"], complaint.get("input")
    if kind == "waferbump":
        return complaint["msg"]
    if kind in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return f"is missing; expected {_expected(field)}"
    if kind == "literal_error" and field is not None:
        hint = nearest(value, field.choices) if isinstance(value, str) else f"expected one of {', '.join(field.choices)}"
        return f"{quoted(value)} is none of {', '.join(field.choices)}" + (f"; {hint}" if hint.startswith("did") else "")
    if kind.startswith(("dataclass", "dict", "mapping")) or kind == "arguments_type":
        fields = fields_of(group) if group is not None and not (field and field.by_name) else {}
        example = f" with fields {', '.join(fields)}" if fields else ", e.g. {Cu: 1 um/min}"
        return f"expected a mapping{example}, not {quoted(value)}"
    if kind in ("tuple_type", "list_type", "too_long"):
        return f"expected {_expected(field)}, not {quoted(value)}"
    return complaint["msg"][0].lower() + complaint["msg"][1:]


def _expected(field: FieldKind | None) -> str:
    if field is None:
        return "a value"
    if field.name == "polygon":
        return 'a list of corners, e.g. [["0 um", "0 um"], ["40 um", "0 um"], ["0 um", "40 um"]]'
    if field.group is not None:
        fields = ", ".join(fields_of(field.group))
        return f"a list of mappings with {fields}" if field.many else f"a mapping with {fields}"
    if isinstance(field.rule, Quantity):
        return field.rule.expected
    if field.choices:
        return f"one of {', '.join(field.choices)}"
    example = getattr(field.rule, "example", "")
    return "text" + (f', e.g. "{example}"' if example else "")
