"""Changes to a sheet by path: `cell.pitch`, `masks.bump.circle`, `steps.adhesion.material`; nothing (null) drops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from waferbump.recipe import films, lithography, masks, soldering, views
from waferbump.recipe.expansion import Expansion, Sheet, WrittenStep, identified
from waferbump.recipe.problems import Problem, RecipeError, nearest, quoted
from waferbump.recipe.reading import tree_of
from waferbump.recipe.tree import Node
from waferbump.recipe.verbs import COMMON, VERBS, aliases_of, fields_of

_TOP = MappingProxyType({"cell": masks.Cell, "carrier": masks.Carrier, "layout": masks.Layout, "views": views.Views})
_LONGEST_PATH = 20
_PLAIN = ("name", "title", "document", "description", "seed")
_FIRSTS = (*_TOP, *_PLAIN, "masks", "steps", "spec")
# settings of which only one may be given: setting one drops the others
_ALTERNATIVES = MappingProxyType(
    {
        masks.Mask: masks.MASK_KINDS,
        views.CutLine: ("line", "along", "layer"),
        masks.Shape: ("circle", "square", "octagon", "polygon"),
        soldering.Until: ("height", "time"),
        soldering.Flux: ("volume", "thickness"),
        lithography.Coat: ("thickness", "speed"),
        films.Etch: ("time", "overetch"),
    }
)


def assignment(text: str) -> tuple[str, Node]:
    """Path and value of a `--set PATH=VALUE`, the value read as YAML; RecipeError when it is not of that form.

    >>> path, node = assignment("cell.pitch=150 um")
    >>> path, node.value
    ('cell.pitch', '150 um')
    """
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise RecipeError(Problem("--set", None, "", f"expected PATH=VALUE, e.g. cell.pitch=150 um, not {quoted(text)}"))
    path = path.strip()
    if not value.strip():
        return path, Node("", "--set", None, path)
    try:
        tree = tree_of(f"- {value}" if "\n" not in value else value, "--set")
    except RecipeError as error:
        message = "has no value" if "is empty" in error.message else error.message
        raise RecipeError(Problem("--set", None, path, message)) from None
    return path, _placed(tree.value[0] if tree.is_sequence and "\n" not in value else tree, path)


def _placed(node: Node, field: str) -> Node:
    value = node.value
    if node.is_mapping:
        value = {name: _placed(child, f"{field}.{name}") for name, child in value.items()}
    elif node.is_sequence:
        value = tuple(_placed(child, f"{field}[{index}]") for index, child in enumerate(value))
    return replace(node, value=value, line=None, field=field)


def changed(sheet: Sheet, changes: Iterable[tuple[str, Node]], problems: list[Problem]) -> Sheet:
    """The sheet after the changes, in order; what cannot be changed is noted."""
    for path, value in changes:
        try:
            sheet = _changed_one(sheet, path, value, problems)
        except _Unknown as unknown:
            problems.append(value.problem(str(unknown)))
    return sheet


class _Unknown(Exception):
    """A path that leads nowhere, with a sentence that says so."""


def _changed_one(sheet: Sheet, path: str, value: Node, problems: list[Problem]) -> Sheet:
    first, *rest = [part.strip() for part in path.split(".")]
    if first not in _FIRSTS or not all(rest) or len(rest) > _LONGEST_PATH:
        raise _Unknown(f"{quoted(path)} is no path to a setting; {nearest(first, _FIRSTS)}")
    if first == "steps":
        return _changed_step(sheet, rest, value, problems)
    fields = dict(sheet.fields)
    before = fields.get(first) or Node(None, value.file, value.line, first)
    if not rest:
        fields[first] = value
    elif first in _PLAIN:
        raise _Unknown(f"{first} holds no fields")
    elif first == "masks":
        fields[first] = _changed_entry(before, rest, value, masks.Mask, "masks")
    elif first == "spec":
        measure = rest[:-1] if rest[-1] in ("min", "max") and len(rest) > 1 else rest
        fields[first] = _changed_entry(before, [".".join(measure), *rest[len(measure) :]], value, None, "limits")
    else:
        fields[first] = _set(before, rest, value, _TOP[first])
    return replace(sheet, fields=fields)


def _changed_entry(before: Node, rest: list[str], value: Node, kind: type | None, what: str) -> Node:
    """A named entry (mask, limit) set, dropped, or changed inside."""
    entries = before.value if before.is_mapping else {}
    name, deeper = rest[0], rest[1:]
    if name not in entries and (value.is_null or (deeper and kind is not None)):
        raise _Unknown(f"there is no {quoted(name)} among the {what}; {nearest(name, entries, what=what)}")
    parent = before if before.is_mapping else before.with_value({})
    if not deeper:
        return parent.without_entry(name) if value.is_null else parent.with_entry(name, value)
    child = entries.get(name) or value.with_value({})
    return parent.with_entry(name, _set(child, deeper, value, kind))


def _set(node: Node, rest: list[str], value: Node, kind: type | None, by_name: bool = False) -> Node:
    """A field set or dropped somewhere inside a node."""
    if node.is_null:
        node = replace(node.with_value({}), file=value.file, line=value.line)
    if node.is_sequence:
        return _set_item(node, rest, value, kind)
    if not node.is_mapping:
        raise _Unknown(f"{quoted(node.value)} holds no field {quoted('.'.join(rest))}")
    known = () if kind is None else tuple(fields_of(kind))
    taken = next((count for count in range(len(rest), 0, -1) if ".".join(rest[:count]) in node.value), len(rest) if by_name else 1)
    name, deeper = ".".join(rest[:taken]), rest[taken:]
    if name not in node.value and ((known and name not in known) or (by_name and value.is_null)):
        raise _Unknown(f"there is no field {quoted(name)}; {nearest(name, known or node.value)}")
    if not deeper:
        if value.is_null:
            return node.without_entry(name)
        others = [other for other in _ALTERNATIVES.get(kind, ()) if other != name and name in _ALTERNATIVES[kind]]
        kept = {key: child for key, child in node.value.items() if key not in others}
        return node.with_value({**kept, name: value})
    field = fields_of(kind).get(name) if kind is not None else None
    child = node.value.get(name) or Node(None, value.file, value.line, value.field)
    return node.with_entry(name, _set(child, deeper, value, field.group if field else None, bool(field and field.by_name)))


def _set_item(node: Node, rest: list[str], value: Node, kind: type | None) -> Node:
    position = rest[0].strip("[]")
    if not position.isdecimal() or not int(position[:9]) < len(node.value):
        raise _Unknown(f"expected a place in the list from 0 to {len(node.value) - 1}, not {quoted(rest[0])}")
    items = list(node.value)
    index = int(position)
    if len(rest) > 1:
        items[index] = _set(items[index], rest[1:], value, kind)
    elif value.is_null:
        del items[index]
    else:
        items[index] = value
    return node.with_value(tuple(items))


def _changed_step(sheet: Sheet, rest: list[str], value: Node, problems: list[Problem]) -> Sheet:
    if not rest:
        raise _Unknown("name a step: steps.ID or steps.ID.FIELD")
    ids = [step.id for step in sheet.steps]
    if rest[0] not in ids:
        raise _Unknown(f"there is no step {quoted(rest[0])}; {nearest(rest[0], [name for name in ids if name], what='steps')}")
    index = ids.index(rest[0])
    before, after = sheet.steps[:index], sheet.steps[index + 1 :]
    if len(rest) > 1:
        middle: tuple[WrittenStep, ...] = (_with_field(sheet.steps[index], rest[1:], value),)
    elif value.is_null:
        middle = ()
    else:
        expansion = Expansion(sheet.parts, problems)
        middle = expansion.steps(value if value.is_sequence else value.with_value((value,)))
        if len(middle) == 1 and middle[0].id is None:
            middle = (replace(middle[0], id=rest[0], prefix=""),)
    return replace(sheet, steps=identified((*before, *middle, *after), problems))


def _with_field(step: WrittenStep, rest: list[str], value: Node) -> WrittenStep:
    kind = VERBS[step.verb]
    name = aliases_of(kind).get(rest[0], rest[0])
    if name == "id":
        raise _Unknown("a step's id cannot be changed")
    if name in COMMON:
        if len(rest) > 1:
            raise _Unknown(f"{name} holds no fields")
        common: Mapping[str, Node] = {key: node for key, node in step.common.items() if key != name}
        return replace(step, common=common if value.is_null else {**common, name: value})
    return replace(step, node=_set(step.node, [name, *rest[1:]], value, kind))
