"""From a tree to a sheet: the version checked, `extends` followed, own fields merged over it, `changes` applied."""

from __future__ import annotations

from pathlib import Path

from waferbump.recipe import flows
from waferbump.recipe.changes import changed
from waferbump.recipe.expansion import Expansion, Sheet, identified
from waferbump.recipe.problems import Problem, RecipeError, nearest, quoted
from waferbump.recipe.reading import text_of, tree_of
from waferbump.recipe.tree import Node

TOP_LEVEL = (
    "waferbump", "name", "title", "document", "description", "extends", "changes", "cell", "carrier", "layout", "views", "masks", "parts",
    "steps", "spec", "seed",
)  # fmt: skip
_MERGED = ("cell", "carrier", "views", "masks", "spec")  # own entries are laid over those of the recipe that is extended
_DEEPEST_EXTENDS = 16


def tree_at(where: str | Path, *, folder: Path | None = None) -> tuple[Node, Path | None, str]:
    """Tree of a built-in flow or of a file, the file's folder, and what identifies it."""
    text = str(where)
    looks_like_a_file = isinstance(where, Path) or text.endswith((".yaml", ".yml")) or "/" in text or "\\" in text
    if not looks_like_a_file and text in flows.flow_names():
        return flows.flow_tree(text), None, f"flow {text}"
    path = Path(text)
    if folder is not None and not path.is_absolute():
        path = folder / path
    try:
        exists = path.exists()
    except (OSError, ValueError):
        exists = False
    if not looks_like_a_file and not exists:
        hint = nearest(text, flows.flow_names(), what="flows")
        raise RecipeError(Problem("", None, "", f"there is no flow or file {quoted(text)}; {hint}"))
    shown = str(path)
    return tree_of(text_of(path, shown), shown), path.parent, str(path.resolve() if exists else path)


def sheet_of(tree: Node, problems: list[Problem], *, folder: Path | None = None, above: tuple[str, ...] = ()) -> Sheet:
    """The flat sheet of a tree; RecipeError when what it extends cannot be read at all."""
    if not tree.is_mapping:
        raise RecipeError(tree.problem(f"expected a recipe (fields such as waferbump, name, cell, steps), not {quoted(tree.value)}"))
    _check_version(tree, problems)
    for name, node in tree.value.items():
        if name not in TOP_LEVEL:
            problems.append(node.problem(f"unknown field; {nearest(name, TOP_LEVEL)}"))
    given = {name: node for name, node in tree.value.items() if not node.is_null and name in TOP_LEVEL}
    base = _base(given.pop("extends", None), problems, folder, above)
    changes = given.pop("changes", None)
    given.pop("waferbump", None)
    parts = {**base.parts, **_parts(given.pop("parts", None), problems)}
    written = given.pop("steps", None)
    steps = base.steps
    if written is not None:
        steps = identified(Expansion(parts, problems).steps(written), problems)
    fields = dict(base.fields)
    for name, node in given.items():
        under = base.field(name)
        if name in _MERGED and node.is_mapping and under is not None and under.is_mapping:
            node = node.with_value({**under.value, **node.value})
        elif name == "layout":
            node = _merged_layout(under, node)
        fields[name] = node
    sheet = Sheet(fields, steps, parts)
    if changes is None:
        return sheet
    if not changes.is_mapping:
        problems.append(changes.problem("expected a mapping of paths to values, e.g. {cell.pitch: 200 um}"))
        return sheet
    return changed(sheet, changes.value.items(), problems)


def _merged_layout(under: Node | None, node: Node) -> Node:
    if under is None or not under.is_mapping or not node.is_mapping:
        return node
    merged = {**under.value, **node.value}
    below, above = under.value.get("layers"), node.value.get("layers")
    if below is not None and above is not None and below.is_mapping and above.is_mapping:
        merged["layers"] = above.with_value({**below.value, **above.value})
    return node.with_value(merged)


def _check_version(tree: Node, problems: list[Problem]) -> None:
    version = tree.value.get("waferbump")
    if version is None:
        problems.append(Problem(tree.file, tree.line or None, "waferbump", "is missing; a recipe starts with `waferbump: 1`"))
    elif version.value != 1 or isinstance(version.value, bool):
        problems.append(version.problem(f"expected 1 (the version of the recipe language), not {quoted(version.value)}"))


def _base(extends: Node | None, problems: list[Problem], folder: Path | None, above: tuple[str, ...]) -> Sheet:
    if extends is None:
        return Sheet({})
    if not isinstance(extends.value, str):
        problems.append(extends.problem(f"expected the name of a flow or the path of a recipe, not {quoted(extends.value)}"))
        return Sheet({})
    try:
        tree, base_folder, identity = tree_at(extends.value, folder=folder)
    except RecipeError as error:
        message = "; ".join(str(problem) for problem in error.problems)
        problems.append(extends.problem(f"cannot extend {quoted(extends.value)}: {message}"))
        return Sheet({})
    if identity in above or len(above) >= _DEEPEST_EXTENDS:
        problems.append(extends.problem(f"a recipe extends itself: {' -> '.join((*above, identity))}"))
        return Sheet({})
    return sheet_of(tree, problems, folder=base_folder, above=(*above, identity))


def _parts(node: Node | None, problems: list[Problem]) -> dict[str, Node]:
    if node is None:
        return {}
    if not node.is_mapping:
        problems.append(node.problem("expected a mapping of part names to {parameters: {…}, steps: […]}"))
        return {}
    return dict(node.value)
