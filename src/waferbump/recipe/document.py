"""The recipe: what the user wrote, as frozen values in SI with every default filled in."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import shapely
from pydantic import ValidationError
from shapely.geometry.base import BaseGeometry

from waferbump.geometry.partition import GeometryError
from waferbump.geometry.plan import MaskShape, Plan, PlanError
from waferbump.recipe import crosschecks, writing
from waferbump.recipe.changes import changed
from waferbump.recipe.checking import adapter
from waferbump.recipe.expansion import Sheet
from waferbump.recipe.masks import Carrier, Cell, Layout, Limit, Mask, layer_of, mask_shapes
from waferbump.recipe.problems import Problem, RecipeError
from waferbump.recipe.quantities import Frozen
from waferbump.recipe.reading import tree_of
from waferbump.recipe.resolving import sheet_of, tree_at
from waferbump.recipe.sheets import parts_of
from waferbump.recipe.tree import from_python, joined
from waferbump.recipe.verbs import verb_of
from waferbump.recipe.views import Views


@dataclass(frozen=True)
class Step:
    """One step of a recipe.

    settings : the settings dataclass of its verb, in SI
    model : name of the model that the recipe asks for, or None for the step's first
    line, file, place : where it is written, such as `steps[1].plate`
    """

    settings: Any
    id: str = ""
    model: str | None = None
    note: str | None = None
    line: int | None = field(default=None, compare=False)
    file: str = field(default="", compare=False)
    place: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        verb_of(self.settings)

    @property
    def verb(self) -> str:
        """Verb of the step."""
        return verb_of(self.settings)

    def key_text(self) -> str:
        """Canonical text of all that the step does, for hashing (its note is left out)."""
        entries = {"id": self.id, "model": self.model, "settings": writing.texts_of(self.settings)}
        return json.dumps({self.verb: entries}, sort_keys=True, separators=(",", ":"))

    def error(self, message: str, field: str = "") -> RecipeError:
        """A RecipeError at this step, or at one of its fields."""
        return RecipeError(Problem(self.file, self.line, joined(self.place or f"steps.{self.id}", field), message))


@dataclass(frozen=True)
class Recipe:
    """A recipe: steps on a carrier, the masks they use, and limits on what is measured.

    Built in Python or read with `load` and `Recipe.from_yaml`; steps may be given as plain settings, such as
    `Deposit(material="Ti", thickness=1e-7)`. RecipeError when something in it does not fit together.
    """

    name: str
    cell: Cell
    carrier: Carrier
    steps: tuple[Step, ...]
    masks: Mapping[str, Mask] = field(default_factory=Frozen)
    layout: Layout | None = None
    views: Views | None = None
    spec: Mapping[str, Limit] = field(default_factory=Frozen)
    title: str = ""
    document: str | None = None
    description: str = ""
    seed: int | None = None
    sheet: Sheet = field(init=False, compare=False, repr=False)
    written: InitVar[Sheet | None] = None

    def __post_init__(self, written: Sheet | None) -> None:
        for name, kind in (("cell", Cell), ("carrier", Carrier)):
            self._set(name, _valid(kind, getattr(self, name), name))
        if self.layout is not None:
            self._set("layout", _valid(Layout, self.layout, "layout"))
        if self.views is not None:
            self._set("views", _valid(Views, self.views, "views"))
        self._set("masks", Frozen({name: _valid(Mask, mask, f"masks.{name}") for name, mask in dict(self.masks).items()}))
        self._set("spec", Frozen({name: _valid(Limit, limit, f"spec.{name}") for name, limit in dict(self.spec).items()}))
        self._set("steps", _with_ids(self.steps))
        if written is None:
            problems: list[Problem] = []
            written = sheet_of(from_python(writing.record_of(self)), problems)
            _raise(problems)
        self._set("sheet", written)
        if not self.steps:
            raise RecipeError(Problem("", None, "steps", "is empty; expected a list of steps"))
        _raise(crosschecks.problems_of(self))

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    @staticmethod
    def from_yaml(text: str, *, file: str = "recipe.yaml", folder: str | Path | None = None) -> Recipe:
        """Recipe from YAML text; `file` is its name in messages, `folder` where relative paths start. Raises RecipeError."""
        tree = tree_of(text, str(file))
        return _recipe(tree, folder=Path(folder) if folder is not None else None, name=Path(str(file)).stem, above=())

    def to_yaml(self) -> str:
        """The recipe as YAML with every default written out; reading it gives an equal recipe."""
        return writing.yaml_of(self)

    def key_text(self) -> str:
        """Canonical text of all that decides what a run does, for hashing: titles, descriptions and notes are left out."""
        return json.dumps(writing.record_of(self, narrative=False), sort_keys=True, separators=(",", ":"))

    def with_changes(self, changes: Mapping[str, Any] | Iterable[tuple[str, Any]], *, file: str = "") -> Recipe:
        """The recipe with settings changed by path, in order, e.g. {"cell.pitch": "200 um", "steps.thin-1": None}.

        Values are SI numbers, texts with units, mappings, or nothing (drops a step or an optional field). RecipeError for
        paths that lead nowhere and values that do not fit.
        """
        pairs = changes.items() if isinstance(changes, Mapping) else changes
        nodes = [(path, from_python(value, file=file, field=path)) for path, value in pairs]
        problems: list[Problem] = []
        sheet = changed(self.sheet, nodes, problems)
        return _from_sheet(sheet, problems, name=self.name)

    def step(self, id: str) -> Step:
        """Step of that id; KeyError when there is none."""
        for step in self.steps:
            if step.id == id:
                return step
        raise KeyError(id)

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers ("20/0") that the masks need from a layout."""
        names = self.layout.layers if self.layout is not None else {}
        return tuple(dict.fromkeys(layer for mask in self.masks.values() if (layer := layer_of(mask, names)) is not None))

    @property
    def used_masks(self) -> tuple[str, ...]:
        """Masks that a step uses, in the order of first use."""
        return crosschecks.used_masks(self)

    def warnings(self) -> tuple[str, ...]:
        """What is allowed but worth a look: unused masks, openings that a round cell takes by equal area."""
        return crosschecks.warnings_of(self)

    def plan(
        self, layout_polygons: Mapping[str, BaseGeometry] | None = None, *, site: str = "", seen: Mapping[str, Any] | None = None
    ) -> Plan:
        """The site seen from above, with every mask checked against the cell.

        Parameters
        ----------
        layout_polygons : "layer/datatype" -> shapely (multi)polygon [m], the site's centre at the origin
        site : name of that site
        seen : the window and the cut line that a layout gives, {"window": (x0, y0, x1, y1) [m], "cut": points [m]}

        Raises
        ------
        RecipeError : at the mask, when it cannot be built, is wider than the cell, needs a layout that is not
            given, or is used by a step and is not concentric with the bump
        """
        layers = self.layout.layers if self.layout is not None else {}
        shapes, failed = mask_shapes(self.masks, layers=layers, outlines=layout_polygons)
        _raise(crosschecks.mask_problem(self, error) for error in failed.values())
        tolerance = self.layout.tolerance if self.layout is not None else Layout().tolerance
        try:
            if self.views is not None:
                return self._seen_from_above(shapes, tolerance, site, seen or {})
            plan = Plan(self.cell.pitch, shapes, tolerance, site)
            for name in self.used_masks:
                plan.radius_in_round_cell(name)
        except PlanError as error:
            raise RecipeError(crosschecks.mask_problem(self, error)) from None
        return plan

    def _seen_from_above(self, shapes: Mapping[str, MaskShape], tolerance: float, site: str, seen: Mapping[str, Any]) -> Plan:
        """The plan with its window and the line of its cut."""
        window = crosschecks.window_of(self.views, self.cell, seen.get("window"))
        masks = {name: shape for name, shape in shapes.items() if name in self.used_masks or shapely.box(*window).intersects(shape.polygon)}
        try:
            line = crosschecks.line_of(self.views, shapes, window, seen.get("cut"))
        except GeometryError as error:
            raise RecipeError(crosschecks.cut_problem(self, str(error))) from None
        return Plan(self.cell.pitch, masks, tolerance, site, window, line)

    def __reduce__(self):
        values = {entry.name: getattr(self, entry.name) for entry in dataclasses.fields(self) if entry.init}
        return _restored, (values, self.sheet)


def load(where: str | Path) -> Recipe:
    """Recipe of a built-in flow by name, or of a file by path; RecipeError with one line for each thing to mend."""
    tree, folder, identity = tree_at(where)
    return _recipe(tree, folder=folder, name=Path(tree.file).stem, above=(identity,))


def _recipe(tree, *, folder: Path | None, name: str, above: tuple[str, ...]) -> Recipe:
    problems: list[Problem] = []
    return _from_sheet(sheet_of(tree, problems, folder=folder, above=above), problems, name=name, file=tree.file)


def _from_sheet(sheet: Sheet, problems: list[Problem], *, name: str, file: str = "") -> Recipe:
    values = parts_of(sheet, problems, name=name, file=file)
    steps = values.pop("steps")
    if problems:
        drafted = tuple(SimpleNamespace(**step) for step in steps)
        groups = (values.get("cell"), values.get("carrier"), values["layout"], values["views"], values["masks"])
        draft = crosschecks.Draft(sheet, *groups, drafted)
        raise RecipeError((*problems, *crosschecks.problems_of(draft)))
    return Recipe(**values, steps=tuple(Step(**step) for step in steps), written=sheet)


def _restored(values: dict[str, Any], sheet: Sheet) -> Recipe:
    return Recipe(**values, written=sheet)


def _raise(problems: Iterable[Problem]) -> None:
    found = tuple(problems)
    if found:
        raise RecipeError(found)


def _valid(kind: type, value: Any, place: str) -> Any:
    if isinstance(value, kind):
        return value
    try:
        return adapter(kind).validate_python(value)
    except ValidationError as error:
        raise RecipeError(Problem("", None, place, complaint["msg"]) for complaint in error.errors(include_url=False)) from None


def _with_ids(steps: Iterable[Any]) -> tuple[Step, ...]:
    given = [step if isinstance(step, Step) else Step(step) for step in steps]
    taken = {step.id for step in given if step.id}
    numbers: dict[str, int] = {}
    found = []
    for step in given:
        number = numbers[step.verb] = numbers.get(step.verb, 0) + 1
        while not step.id and f"{step.verb}-{number}" in taken:
            number += 1
        made = step.id or f"{step.verb}-{number}"
        taken.add(made)
        found.append(step if step.id else dataclasses.replace(step, id=made))
    return tuple(found)
