"""A study that calibrates, as a file: the resist, the numbers to fit, the numbers taken as known, and the table of observations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from waferbump import units
from waferbump.explore.factors import Choice, Range, Space, read_factors
from waferbump.explore.observations import MODELS, Observation, lacking, read_observations
from waferbump.explore.study import Fields, checked_fields, tree_at
from waferbump.materials import library
from waferbump.materials.properties import QUANTITIES
from waferbump.recipe import Problem, RecipeError
from waferbump.recipe.lithography import ResistParameters
from waferbump.recipe.problems import nearest, quoted
from waferbump.recipe.tree import Node
from waferbump.recipe.verbs import fields_of

CALIBRATE_FIELDS = ("study", "name", "title", "does", "factors", "seed", "resist", "observations", "fixed")


@dataclass(frozen=True)
class Calibration:
    """A study that calibrates, read and checked.

    resist : material of the library;  fixed : numbers taken as known [SI];  observations : what was measured
    """

    name: str
    file: str
    title: str
    resist: str
    space: Space
    fixed: Mapping[str, float]
    fixed_texts: Mapping[str, Any]
    observations: tuple[Observation, ...]
    seed: int

    def numbers(self, parts: np.ndarray) -> dict[str, float]:
        """Numbers [SI] of the resist at a point of the ranges."""
        return {**self.fixed, **{f.path: value_at(f, part) for f, part in zip(self.space.factors, parts, strict=True)}}

    def model(self, parts: np.ndarray) -> np.ndarray:
        """What every observation would be [SI]; ValueError where one cannot be."""
        numbers = self.numbers(parts)
        return np.array([MODELS[one.measure].of(one, numbers, self.resist) for one in self.observations])

    def residuals(self, parts: np.ndarray) -> np.ndarray | None:
        """(model - value) / spread; None where the parameters give no such thing."""
        try:
            found = self.model(parts)
        except ValueError:
            return None
        return (found - [one.value for one in self.observations]) / [one.spread for one in self.observations]


def value_at(factor: Range, part: float) -> float:
    """The value [SI] at a part of a range, unrounded: derivatives are taken of it."""
    if factor.log:
        return factor.low * (factor.high / factor.low) ** part
    return factor.low + part * (factor.high - factor.low)


def read_calibration(where: str | Path) -> Calibration:
    """A study that calibrates, from a file or a built-in one; RecipeError with one line for each thing to mend."""
    tree, _ = tree_at(where)
    problems: list[Problem] = []
    given = checked_fields(tree, "calibrate", CALIBRATE_FIELDS, problems)
    reader = Fields(tree, given, problems)
    example = "the numbers to fit, e.g. factors: {dill_c: {from: 0.002 cm^2/mJ, to: 0.02 cm^2/mJ}}"
    factors = read_factors(given.get("factors"), reader.missing("factors", example), problems)
    factors = tuple(f for f in factors if _is_number(f, given["factors"].value[f.path], problems))
    fixed, texts = _fixed(given.get("fixed"), [f.path for f in factors], problems)
    observations = read_observations(given.get("observations"), reader.missing("observations", "what was measured, a list"), problems)
    resist = reader.text("resist")
    if resist is None and "resist" not in given:
        problems.append(reader.missing("resist", "the resist's name, e.g. resist: AZ-P4620"))
    elif resist is not None and (resist not in library() or "photoresist" not in library()[resist].classes):
        hint = nearest(resist, library().names("photoresist"), what="resists")
        problems.append(given["resist"].problem(f"{quoted(resist)} is no photoresist of the library; {hint}"))
    if not problems:
        names = [factor.path for factor in factors]
        _judge(resist, names, {*names, *fixed}, observations, given["observations"], problems)
    seed = reader.count("seed", 0, 0)
    name = reader.text("name") or Path(tree.file).stem
    if problems:
        raise RecipeError(problems)
    return Calibration(name, tree.file, reader.text("title") or "", resist, Space(factors), fixed, texts, observations, seed)


def _is_number(factor: Range | Choice, node: Node, problems: list[Problem]) -> bool:
    """Whether a factor is a range of a number that a resist has, in its unit."""
    if isinstance(factor, Choice):
        problems.append(node.problem("a number of a resist has a range (from, to), no choices"))
        return False
    return _fits(factor.path, factor.dimension, node, problems)


def _fits(name: str, dimension: str | None, node: Node, problems: list[Problem]) -> bool:
    known = fields_of(ResistParameters)
    if name not in known or name not in QUANTITIES:
        problems.append(node.problem(f"is no number of a resist that a recipe can state; {nearest(name, known)}"))
        return False
    unit = QUANTITIES[name].unit
    if (units.si_unit(dimension) or "1" if dimension is not None else "1") != unit:
        problems.append(node.problem(f"expected {known[name].rule.expected}" if unit != "1" else "expected a plain number"))
        return False
    return True


def _fixed(node: Node | None, factors: list[str], problems: list[Problem]) -> tuple[dict[str, float], dict[str, Any]]:
    """Numbers taken as known [SI], and the same as written."""
    if node is None:
        return {}, {}
    if not node.is_mapping:
        problems.append(node.problem(f"expected a mapping of numbers, e.g. {{development_contrast: 4}}, not {quoted(node.value)}"))
        return {}, {}
    found, known = {}, fields_of(ResistParameters)
    for name, child in node.value.items():
        rule = getattr(known.get(name), "rule", None)
        if rule is None:
            problems.append(child.problem(f"is no number of a resist that a recipe can state; {nearest(name, known)}"))
        elif name in factors:
            problems.append(child.problem("is a factor as well; a number is either fixed or fitted"))
        else:
            try:
                found[name] = units.parse(str(child.value), rule.dimension)
            except units.UnitError as problem:
                problems.append(child.problem(str(problem)))
    return found, {name: node.value[name].value for name in found}


def _judge(
    resist: str, names: list[str], stated: set[str], observations: tuple[Observation, ...], node: Node, problems: list[Problem]
) -> None:
    """Whether there is enough to fit: observations, and every number that they need."""
    if len(observations) < len(names):
        count = f"{len(observations)} observation{'s' if len(observations) > 1 else ''} cannot tell {len(names)} numbers"
        problems.append(node.problem(f"{count} ({', '.join(names)}); add observations, or fix some of the numbers"))
    for one, place in zip(observations, node.value, strict=True):
        if missing := lacking(resist, one, stated):
            what = f"needs {', '.join(missing)}, not known of {resist} at this thickness and light"
            problems.append(place.problem(f"{what}; put them under factors or fixed"))
            return
