"""The built-in flows and parts: YAML in waferbump/flows and waferbump/flows/parts, found by name."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from waferbump.recipe.reading import tree_of
from waferbump.recipe.tree import Node


def flow_names() -> tuple[str, ...]:
    """Names of the built-in flows, in order."""
    return _names("flows")


def part_names() -> tuple[str, ...]:
    """Names of the built-in parts, in order."""
    return _names("flows/parts")


@cache
def flow_tree(name: str) -> Node:
    """Tree of a built-in flow; KeyError when there is none of that name."""
    return _tree("flows", name)


@cache
def part_tree(name: str) -> Node:
    """Tree of a built-in part; KeyError when there is none of that name."""
    return _tree("flows/parts", name)


@cache
def _names(folder: str) -> tuple[str, ...]:
    place = files("waferbump").joinpath(folder)
    if not place.is_dir():
        return ()
    return tuple(sorted(entry.name[: -len(".yaml")] for entry in place.iterdir() if entry.name.endswith(".yaml")))


def _tree(folder: str, name: str) -> Node:
    if name not in _names(folder):
        raise KeyError(name)
    text = files("waferbump").joinpath(folder).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return tree_of(text, f"{folder}/{name}.yaml")
