"""From a sheet of nodes to values: each field, mask, limit and step read and checked by itself."""

from __future__ import annotations

import math
from typing import Any

from waferbump import units
from waferbump.recipe.checking import checked
from waferbump.recipe.expansion import Sheet
from waferbump.recipe.masks import Carrier, Cell, Layout, Limit, Mask, read_limit
from waferbump.recipe.problems import Problem, nearest, quoted
from waferbump.recipe.quantities import IDENTIFIER
from waferbump.recipe.tree import SI, Node, SIInteger
from waferbump.recipe.verbs import VERBS
from waferbump.recipe.views import Views

DOCUMENTS = ("A", "B", "C", "D", "E")
_LONGEST_TEXT = 20_000


def parts_of(sheet: Sheet, problems: list[Problem], *, name: str, file: str) -> dict[str, Any]:
    """Values of all fields of a recipe, in the order of the recipe; what is wrong is noted."""
    values: dict[str, Any] = {
        "name": _text(sheet, "name", problems) or name,
        "title": _text(sheet, "title", problems),
        "description": _text(sheet, "description", problems),
        "document": _document(sheet, problems),
        "seed": _seed(sheet, problems),
    }
    for field, kind, example in (
        ("cell", Cell, "{pitch: 150 um}"),
        ("carrier", Carrier, "{kind: wafer, material: Si, thickness: 775 um}"),
    ):
        node = sheet.field(field)
        if node is None:
            problems.append(Problem(file, 1 if file else None, field, f"is missing; expected e.g. {field}: {example}"))
        else:
            values[field] = checked(kind, node, problems)
    for field, kind in (("layout", Layout), ("views", Views)):
        node = sheet.field(field)
        values[field] = None if node is None else checked(kind, node, problems)
    values["masks"] = {key: checked(Mask, node, problems) for key, node in _named(sheet, "masks", problems).items()}
    values["spec"] = {key: _limit(key, node, problems) for key, node in _named(sheet, "spec", problems, dotted=True).items()}
    if not sheet.steps and not problems:
        problems.append(Problem(file, 1 if file else None, "steps", "is missing or empty; expected a list of steps"))
    values["steps"] = [_step(step, problems) for step in sheet.steps]
    return values


def _step(step: Any, problems: list[Problem]) -> dict[str, Any]:
    texts = {name: node.value for name, node in step.common.items() if name in ("note", "model")}
    where = {"line": step.node.line, "file": step.node.file, "place": step.node.field}
    return {"settings": checked(VERBS[step.verb], step.node, problems), "id": step.id, **texts, **where}


def _text(sheet: Sheet, field: str, problems: list[Problem]) -> str:
    node = sheet.field(field)
    if node is None:
        return ""
    if isinstance(node.value, str) and len(node.value) <= _LONGEST_TEXT:
        if field != "name" or IDENTIFIER.fullmatch(node.value):
            return node.value.strip()
        problems.append(node.problem(f"a name is letters, digits, - and _ (64 at most), not {quoted(node.value)}"))
    else:
        problems.append(node.problem(f"expected text, not {quoted(node.value)}"))
    return ""


def _document(sheet: Sheet, problems: list[Problem]) -> str | None:
    node = sheet.field("document")
    if node is None or node.value in DOCUMENTS:
        return None if node is None else node.value
    problems.append(node.problem(f"expected one of {', '.join(DOCUMENTS)}, not {quoted(node.value)}"))
    return None


def _seed(sheet: Sheet, problems: list[Problem]) -> int | None:
    node = sheet.field("seed")
    if node is None:
        return None
    if isinstance(node.value, int) and not isinstance(node.value, bool) and 0 <= node.value < 2**63:
        return int(node.value)
    problems.append(node.problem(f"expected a whole number from 0 to {2**63 - 1}, not {quoted(node.value)}"))
    return None


def _named(sheet: Sheet, field: str, problems: list[Problem], *, dotted: bool = False) -> dict[str, Node]:
    node = sheet.field(field)
    if node is None:
        return {}
    if not node.is_mapping:
        problems.append(node.problem(f"expected a mapping of names, not {quoted(node.value)}"))
        return {}
    found = {}
    for name, child in node.value.items():
        if not IDENTIFIER.fullmatch(name.replace(".", "-") if dotted else name):
            problems.append(child.problem(f"a name is letters, digits, - and _ (64 at most), not {quoted(name)}"))
        elif not child.is_null:
            found[name] = child
    return found


def _limit(measure: str, node: Node, problems: list[Problem]) -> Limit | None:
    if not node.is_mapping:
        problems.append(node.problem(f'expected limits, e.g. {{min: "50 um", max: "60 um"}}, not {quoted(node.value)}'))
        return None
    texts: dict[str, Any] = {}
    for side, child in node.value.items():
        if side not in ("min", "max"):
            problems.append(child.problem(f"unknown field; {nearest(side, ('min', 'max'))}"))
            return None
        if isinstance(child.value, SI | SIInteger) or (isinstance(child.value, int | float) and not isinstance(child.value, bool)):
            if not math.isfinite(child.value):
                problems.append(child.problem("must be finite"))
                return None
            texts[side] = repr(float(child.value))
        elif isinstance(child.value, str) and len(child.value) <= 60:
            texts[side] = child.value
        elif not child.is_null:
            problems.append(child.problem(f"expected a quantity with a unit, not {quoted(child.value)}"))
            return None
    try:
        return read_limit(measure, texts)
    except units.UnitError as problem:
        problems.append(node.problem(str(problem)))
    except ValueError as problem:
        problems.append(node.problem(_reason(problem)))
    return None


def _reason(problem: ValueError) -> str:
    errors = getattr(problem, "errors", None)
    return errors(include_url=False)[0]["msg"] if errors else str(problem)
