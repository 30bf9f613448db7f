"""A recipe as it was written: nodes that remember the file, line and field they come from."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from waferbump.recipe.problems import Problem, RecipeError, one_line

DEEPEST = 32  # levels of nesting; the language itself needs eight
MOST_NODES = 20_000  # nodes after aliases are expanded; a hundred-step recipe has about two thousand


class SI(float):
    """A number that came from Python in SI, and so needs no unit."""


@dataclass(frozen=True, eq=False)
class Node:
    """A scalar, a mapping (dict of nodes) or a sequence (tuple of nodes), never changed in place.

    size, depth : number of nodes in it, and of levels, itself included
    """

    value: Any
    file: str = ""
    line: int | None = None
    field: str = ""
    size: int = 1
    depth: int = 1

    @property
    def is_mapping(self) -> bool:
        """Whether it holds named fields."""
        return isinstance(self.value, dict)

    @property
    def is_sequence(self) -> bool:
        """Whether it is a list."""
        return isinstance(self.value, tuple)

    @property
    def is_null(self) -> bool:
        """Whether it is an explicit nothing."""
        return self.value is None

    def problem(self, message: str, field: str = "") -> Problem:
        """A problem at this place, or at a field below it that was not written."""
        return Problem(self.file, self.line, joined(self.field, field), message)

    def with_entry(self, name: str, node: Node) -> Node:
        """The mapping with one entry set."""
        return self.with_value({**self.value, name: node})

    def without_entry(self, name: str) -> Node:
        """The mapping without one entry."""
        return self.with_value({key: node for key, node in self.value.items() if key != name})

    def with_value(self, value: Any) -> Node:
        """The same place with another value."""
        return replace(self, value=value, size=size_of(value), depth=depth_of(value))

    def plain(self) -> Any:
        """The value as ordinary dicts, lists and scalars."""
        if self.is_mapping:
            return {name: node.plain() for name, node in self.value.items()}
        if self.is_sequence:
            return [node.plain() for node in self.value]
        return self.value


def size_of(value: Any) -> int:
    """Number of nodes of a node's value, the node itself included."""
    return 1 + sum(child.size for child in _children(value))


def depth_of(value: Any) -> int:
    """Number of levels of a node's value, the node itself included."""
    return 1 + max((child.depth for child in _children(value)), default=0)


def _children(value: Any) -> Iterable[Node]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()


def joined(field: str, name: str) -> str:
    """Field path one level down.

    >>> joined("steps[1]", "plate"), joined("polygon", "[0]")
    ('steps[1].plate', 'polygon[0]')
    """
    if not name:
        return field
    shown = one_line(name if len(name) <= 60 else name[:59] + "…")
    return field + shown if shown.startswith("[") or not field else f"{field}.{shown}"


def from_python(value: Any, *, file: str = "", field: str = "", level: int = 1) -> Node:
    """A tree of ordinary Python values (SI floats, text, mappings, lists) as nodes; a Node stays what it is.

    RecipeError when it is nested deeper than a recipe may be, as a list that holds itself is.
    """
    if isinstance(value, Node):
        return value
    if level > DEEPEST:
        raise RecipeError(Problem(file, None, field, f"is nested more than {DEEPEST} levels deep"))
    below = {"file": file, "level": level + 1}
    if isinstance(value, Mapping):
        found: Any = {str(key): from_python(item, field=joined(field, str(key)), **below) for key, item in value.items()}
    elif isinstance(value, list | tuple):
        found = tuple(from_python(item, field=f"{field}[{index}]", **below) for index, item in enumerate(value))
    elif isinstance(value, bool | str | SI) or value is None:
        found = value
    elif isinstance(value, int):
        found = SIInteger(value)
    elif isinstance(value, float) or hasattr(value, "__float__"):
        found = SI(value)
    else:
        found = str(value)
    return Node(found, file=file, field=field, size=size_of(found), depth=depth_of(found))


class SIInteger(int):
    """A whole number that came from Python: a count, or a number in SI."""


_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), math.inf),
    "-.inf": -math.inf,
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}


def resolved(text: str) -> str | int | float | bool | None:
    """Value of an unquoted YAML scalar by the core schema of YAML 1.2; what is no word or number stays text.

    >>> resolved("20 um"), resolved("3"), resolved("1.5"), resolved("null")
    ('20 um', 3, 1.5, None)
    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= 18 and _INTEGER.fullmatch(text):
        return int(text)
    if len(text) <= 400 and _NUMBER.fullmatch(text):
        return float(text)
    return text
