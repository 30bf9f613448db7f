"""A study as a file: YAML with a version, what it does, and what it is about; errors name file, line and field as a recipe's do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from waferbump.explore.factors import Factor, Range, Space, read_factors, recipe_path
from waferbump.explore.wishes import Wish, read_wishes
from waferbump.measures import DIMENSIONS
from waferbump.recipe import Problem, Recipe, RecipeError, flow_names, load
from waferbump.recipe.problems import nearest, quoted
from waferbump.recipe.quantities import IDENTIFIER
from waferbump.recipe.reading import text_of, tree_of
from waferbump.recipe.tree import Node

KINDS = ("search", "calibrate")
_COMMON = ("study", "name", "title", "does", "factors", "seed")
SEARCH_FIELDS = (*_COMMON, "recipe", "set", "layout", "until", "measures", "targets", "constraints", "budget", "latitude")
MOST_RUNS = 100_000
_BUDGET = 150  # runs when the study does not say
_LATITUDE = 16  # runs a factor for its latitude when the study does not say


@dataclass(frozen=True)
class Study:
    """A search as it is written, with its recipe read and its factors fitted to it.

    recipe : with the fixed changes of `set`;  until : id of the last step that is done, or None for all
    layout : file that the masks come from;  measures : names reported for the best beside those asked for
    lines, places : where every factor and every one of `measures` is written
    """

    name: str
    file: str
    title: str
    recipe: Recipe
    space: Space
    wishes: tuple[Wish, ...]
    measures: tuple[str, ...]
    until: str | None
    layout: str | None
    budget: int
    latitude: int
    seed: int
    lines: Mapping[str, Node]
    places: Mapping[str, Node]

    def key(self) -> str:
        """Hash of all that decides which settings are tried and what comes of them; the budget may be raised later."""
        recipe = self.recipe.key_text()
        factors = [repr(factor) for factor in self.space.factors]
        wishes = [[w.measure, w.side, w.limit, w.within, w.is_constraint] for w in self.wishes]
        text = json.dumps([recipe, factors, wishes, self.until, self.layout, self.seed])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def changed(self, setting: Mapping[str, Any]) -> Recipe:
        """The recipe at a setting; RecipeError where the two do not fit."""
        nodes = [(recipe_path(path), replace(self.lines[path], value=value)) for path, value in setting.items()]
        return self.recipe.with_changes(nodes)

    def first(self) -> list[float]:
        """Where the search begins (0..1 a factor): at the recipe's own settings where these are plain values in the range."""
        record = _settings_of(self.recipe)
        found = []
        for factor in self.space.factors:
            own = record.get(recipe_path(factor.path))
            found.append(factor.part(own) if own is not None and factor.holds(own) else 0.5)
        return found


def study_names() -> tuple[str, ...]:
    """Names of the built-in studies, in order."""
    place = files("waferbump").joinpath("studies")
    if not place.is_dir():
        return ()
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in place.iterdir() if entry.name.endswith(".yaml")))


def tree_at(where: str | Path) -> tuple[Node, Path | None]:
    """Tree of a built-in study by name or of a file by path, and the file's folder."""
    text = str(where)
    looks_like_a_file = isinstance(where, Path) or text.endswith((".yaml", ".yml")) or "/" in text or "\\" in text
    try:
        if not looks_like_a_file and text in study_names():
            content = files("waferbump").joinpath("studies").joinpath(f"{text}.yaml").read_text(encoding="utf-8")
            return tree_of(content, f"studies/{text}.yaml"), None
        path = Path(text)
        if not looks_like_a_file and not path.exists():
            hint = nearest(text, study_names(), what="studies")
            raise RecipeError(Problem("", None, "", f"there is no study or file {quoted(text)}; {hint}"))
        return tree_of(text_of(path, text), text), path.parent
    except RecipeError as error:
        raise RecipeError(replace(problem, message=_of_a_study(problem.message)) for problem in error.problems) from None


def _of_a_study(message: str) -> str:
    """A sentence of the reader, which knows only recipes, said of a study."""
    fields = "(fields such as waferbump, name, cell, steps)", "(fields such as study, name, does, factors)"
    return message.replace("`waferbump: 1`", "`study: 1`").replace(*fields).replace("recipe", "study")


def read_study(where: str | Path) -> Study:
    """A study that searches, from a file or a built-in one; RecipeError with one line for each thing to mend."""
    tree, folder = tree_at(where)
    problems: list[Problem] = []
    given = checked_fields(tree, "search", SEARCH_FIELDS, problems)
    reader = Fields(tree, given, problems)
    recipe = _recipe(reader, folder)
    space = Space(read_factors(given.get("factors"), reader.missing("factors", "what may change, e.g. " + _FACTOR), problems))
    wishes = (
        *read_wishes(given.get("targets"), problems, constraints=False),
        *read_wishes(given.get("constraints"), problems, constraints=True),
    )
    if not given.get("targets") and not given.get("constraints"):
        problems.append(reader.missing("targets", "what is to be reached, e.g. targets: {bump_height: {value: 80 um, within: 1 um}}"))
    until = reader.text("until")
    measures = reader.names("measures")
    layout = reader.text("layout")
    numbers = {"budget": reader.count("budget", _BUDGET, 1), "seed": reader.count("seed", 0, 0)}
    numbers["latitude"] = reader.count("latitude", _LATITUDE * len(space), 0)
    if problems or recipe is None:
        raise RecipeError(problems)
    _check_steps(reader, recipe, until, wishes, measures, problems)
    lines = {factor.path: given["factors"].value[factor.path] for factor in space.factors}
    if layout is not None and folder is not None:
        layout = str(folder / layout)
    name = reader.text("name") or Path(tree.file).stem
    whole = (name, tree.file, reader.text("title") or "", recipe, space, wishes, measures, until, layout)
    study = Study(*whole, numbers["budget"], numbers["latitude"], numbers["seed"], lines, reader.places("measures"))
    fitted = tuple(_fitted(study, factor, problems) for factor in space.factors)
    if problems:
        raise RecipeError(problems)
    return replace(study, space=Space(fitted))


_FACTOR = "factors: {steps.exposure.dose: {from: 200 mJ/cm^2, to: 800 mJ/cm^2}}"


def checked_fields(tree: Node, does: str, known: tuple[str, ...], problems: list[Problem]) -> dict[str, Node]:
    """Top-level fields that are given, once the version and what the study does are seen to be right."""
    if not tree.is_mapping:
        raise RecipeError(tree.problem(f"expected a study (fields such as study, name, does, factors), not {quoted(tree.value)}"))
    version = tree.value.get("study")
    if version is None:
        hint = "this is a recipe; use `waferbump run`" if "waferbump" in tree.value else "a study starts with `study: 1`"
        raise RecipeError(Problem(tree.file, tree.line or None, "study", f"is missing; {hint}"))
    if version.value != 1 or isinstance(version.value, bool):
        problems.append(version.problem(f"expected 1 (the version of the study language), not {quoted(version.value)}"))
    kind = tree.value.get("does")
    if kind is None or kind.value not in KINDS:
        place = kind.problem if kind is not None else tree.problem
        found = f", not {quoted(kind.value)}" if kind is not None else ""
        raise RecipeError((*problems, place(f"expected search or calibrate{found}", "" if kind is not None else "does")))
    if kind.value != does:
        raise RecipeError(kind.problem(f"this study is one to {kind.value}; use `waferbump {kind.value} {tree.file}`"))
    for name, node in tree.value.items():
        if name not in known:
            problems.append(node.problem(f"unknown field; {nearest(name, known)}"))
    return {name: node for name, node in tree.value.items() if name in known and not node.is_null}


class Fields:
    """Reads the plain fields of a study and notes what is wrong."""

    def __init__(self, tree: Node, given: Mapping[str, Node], problems: list[Problem]) -> None:
        self.tree, self.given, self.problems = tree, given, problems

    def missing(self, field: str, expected: str) -> Problem:
        """The problem of a field that is not given."""
        return Problem(self.tree.file, self.tree.line or None, field, f"is missing; expected {expected}")

    def text(self, field: str) -> str | None:
        """A field that is text."""
        node = self.given.get(field)
        if node is None:
            return None
        if not isinstance(node.value, str) or not node.value.strip() or len(node.value) > 2000:
            self.problems.append(node.problem(f"expected text, not {quoted(node.value)}"))
            return None
        if field == "name" and not IDENTIFIER.fullmatch(node.value):
            self.problems.append(node.problem(f"a name is letters, digits, - and _ (64 at most), not {quoted(node.value)}"))
        return node.value.strip()

    def names(self, field: str) -> tuple[str, ...]:
        """A field that is a list of names, or one name."""
        node = self.given.get(field)
        if node is None:
            return ()
        items = node.value if node.is_sequence else (node,)
        if any(not isinstance(item.value, str) for item in items):
            self.problems.append(node.problem("expected a list of names, e.g. [bump_height]"))
            return ()
        return tuple(dict.fromkeys(item.value for item in items))

    def places(self, field: str) -> dict[str, Node]:
        """Where every name of a list of names is written."""
        node = self.given.get(field)
        items = () if node is None else node.value if node.is_sequence else (node,)
        return {item.value: item for item in items}

    def count(self, field: str, default: int, least: int) -> int:
        """A field that is a whole number."""
        node = self.given.get(field)
        if node is None:
            return default
        if isinstance(node.value, bool) or not isinstance(node.value, int) or not least <= node.value <= MOST_RUNS:
            self.problems.append(node.problem(f"expected a whole number from {least} to {MOST_RUNS}, not {quoted(node.value)}"))
            return default
        return node.value


def _recipe(reader: Fields, folder: Path | None) -> Recipe | None:
    """The recipe with its fixed changes; what is wrong is noted."""
    where = reader.text("recipe")
    if where is None:
        if "recipe" not in reader.given:
            reader.problems.append(reader.missing("recipe", "the name of a flow or the path of a recipe"))
        return None
    node = reader.given["recipe"]
    try:
        is_flow = where in flow_names()
        recipe = load(where if is_flow or folder is None else folder / where)
    except RecipeError as error:
        said = "; ".join(str(problem) for problem in error.problems)
        if where not in flow_names() and "no such file" in said:
            said = f"there is no such flow or file; {nearest(where, flow_names(), what='flows')}"
        reader.problems.append(node.problem(f"cannot use {quoted(where)}: {said}"))
        return None
    changes = reader.given.get("set")
    if changes is None:
        return recipe
    if not changes.is_mapping:
        reader.problems.append(changes.problem("expected a mapping of paths to values, e.g. {cell.pitch: 200 um}"))
        return None
    try:
        return recipe.with_changes([(recipe_path(path), child) for path, child in changes.value.items()])
    except RecipeError as error:
        reader.problems += error.problems
        return None


def _check_steps(
    reader: Fields, recipe: Recipe, until: str | None, wishes: tuple[Wish, ...], measures: tuple[str, ...], problems: list[Problem]
) -> None:
    """Steps and measures that cannot be there are noted."""
    ids = [step.id for step in recipe.steps]
    if until is not None and until not in ids:
        problems.append(reader.given["until"].problem(f"there is no step {quoted(until)}; {nearest(until, ids, what='steps')}"))
        return
    done = ids[: ids.index(until) + 1] if until is not None else ids
    for name, node in [*((wish.measure, wish.place) for wish in wishes), *((name, reader.given["measures"]) for name in measures)]:
        first, dot, rest = name.partition(".")
        if first in done and dot and rest:
            continue
        if first in ids and dot and rest:
            problems.append(node.problem(f'the step {quoted(first)} comes after until: {until}, so {quoted(name)} is never measured'))
        elif first not in DIMENSIONS:
            known = nearest(first, [*done, *DIMENSIONS], what="steps and measures")
            problems.append(node.problem(f"{quoted(name)} is no measure; expected STEP.MEASURE or a final measure; {known}"))


def _fitted(study: Study, factor: Factor, problems: list[Problem]) -> Factor:
    """The factor once the recipe has taken its ends; a range of whole numbers is seen to be one."""
    node = study.lines[factor.path]
    complaints = [_complaints(study, factor.path, end) for end in factor.ends]
    if isinstance(factor, Range) and factor.dimension is None and not any(complaints):
        between = _complaints(study, factor.path, factor.low + 0.37 * (factor.high - factor.low))
        whole = all(isinstance(end, int) for end in factor.ends) and any("whole number" in problem.message for problem in between)
        return replace(factor, whole=whole)
    for found in complaints:
        own = [problem for problem in found if problem.field == node.field and problem.file == node.file]
        if own or all(complaints):
            problems += [Problem(node.file, node.line, node.field, problem.message) for problem in (own or found)]
            break
    return factor


def _complaints(study: Study, path: str, value: Any) -> tuple[Problem, ...]:
    try:
        study.changed({path: value})
    except RecipeError as error:
        return error.problems
    return ()


def _settings_of(recipe: Recipe) -> dict[str, Any]:
    """Plain settings of a recipe by path, as it is written out."""
    tree = tree_of(recipe.to_yaml(), "recipe")
    found: dict[str, Any] = {}

    def walk(node: Node, path: str) -> None:
        if node.is_mapping:
            for name, child in node.value.items():
                walk(child, f"{path}.{name}" if path else name)
        elif node.is_sequence:
            for index, child in enumerate(node.value):
                walk(child, f"{path}.{index}")
        else:
            found[path] = node.value

    entries = dict(tree.value)
    steps = entries.pop("steps")
    for name, child in entries.items():
        walk(child, name)
    for step in steps.value:
        (settings,) = step.value.values()
        walk(settings, f"steps.{settings.value['id'].value}")
    return found
