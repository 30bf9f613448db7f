"""What a study may change: a factor is a path of the recipe (or a number of a material) with a range or with choices.

Values are drawn in the unit square and written as text with the unit of `from`, so that a setting is what a person would type,
and the same setting is the same text on every machine.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any

import numpy as np

from waferbump import units
from waferbump.recipe.problems import Problem, nearest, quoted
from waferbump.recipe.tree import Node

Setting = Mapping[str, Any]  # path -> text with a unit, number, or word

FINEST = 1e-5  # of a range: a value is drawn no finer (our choice)
_WRITTEN = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*(.*?)\s*")
_FIELDS = ("from", "to", "scale", "choices")


@dataclass(frozen=True)
class Range:
    """A factor that may take any value between two.

    low, high : the bounds [SI];  first, last : the same as they are written
    unit : of what is written ("" for a plain number);  dimension : None for a plain number
    log : whether equal ratios, not equal differences, are equal steps;  whole : only whole numbers
    """

    path: str
    low: float
    high: float
    first: Any
    last: Any
    unit: str = ""
    dimension: str | None = None
    log: bool = False
    whole: bool = False

    def drawn(self, part: float) -> Any:
        """The value at a part 0..1 of the range, as it is written."""
        part = min(max(float(part), 0.0), 1.0)
        if part in (0.0, 1.0):
            return self.last if part else self.first
        if self.log:
            value = self.low * (self.high / self.low) ** part
        else:
            value = self.low + part * (self.high - self.low)
        return self.written(value)

    def written(self, value: float) -> Any:
        """A value [SI] as text in the unit of `from`."""
        if self.whole:
            return round(value)
        zero, one = self._scale()
        number = (value - zero) / (one - zero)
        # no finer than anyone could set it: a hundred-thousandth of the range, or of the value on a logarithmic scale
        span = abs(number) if self.log else (self.high - self.low) / (one - zero)
        number = round(number, -floor(log10(span * FINEST)))
        return number if self.dimension is None else f"{number:.12g} {self.unit}".rstrip()

    def short(self, value: float, digits: int = 4) -> str:
        """A value [SI], or a difference where the unit's zero is none, for reading."""
        zero, one = self._scale()
        return f"{(value - zero) / (one - zero):.{digits}g} {self.unit}".rstrip()

    def _scale(self) -> tuple[float, float]:
        """Nothing and one of the unit [SI]."""
        if self.dimension is None:
            return 0.0, 1.0
        return units.parse(f"0 {self.unit}", self.dimension), units.parse(f"1 {self.unit}", self.dimension)

    def value(self, written: Any) -> float:
        """What is written, in SI."""
        return float(written) if self.dimension is None else units.parse(str(written), self.dimension)

    def part(self, written: Any) -> float:
        """Where in the range a written value lies, 0..1."""
        value = self.value(written)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def holds(self, written: Any) -> bool:
        """Whether a value lies in the range."""
        try:
            return self.low <= self.value(written) <= self.high
        except (ValueError, TypeError):
            return False

    @property
    def ends(self) -> tuple[Any, ...]:
        """What to try to see whether the factor fits the recipe."""
        return self.first, self.last


@dataclass(frozen=True)
class Choice:
    """A factor that takes one of some words or values, which have no order."""

    path: str
    choices: tuple[Any, ...]

    def drawn(self, part: float) -> Any:
        """The choice at a part 0..1 of the list."""
        return self.choices[min(int(min(max(part, 0.0), 1.0) * len(self.choices)), len(self.choices) - 1)]

    def part(self, written: Any) -> float:
        """The middle of the choice's share of 0..1."""
        return (self.choices.index(written) + 0.5) / len(self.choices)

    def holds(self, written: Any) -> bool:
        """Whether it is one of the choices."""
        return written in self.choices

    @property
    def ends(self) -> tuple[Any, ...]:
        """What to try to see whether the factor fits the recipe."""
        return self.choices


Factor = Range | Choice


@dataclass(frozen=True)
class Space:
    """All factors of a study together."""

    factors: tuple[Factor, ...]

    def __len__(self) -> int:
        return len(self.factors)

    @property
    def size(self) -> float:
        """How many settings there are; infinite with a factor that is no choice and no whole number."""
        counts = [len(f.choices) if isinstance(f, Choice) else f.high - f.low + 1 if f.whole else math.inf for f in self.factors]
        return math.prod(counts)

    def setting(self, parts: Sequence[float]) -> dict[str, Any]:
        """The setting at a point of the unit cube (a coordinate a factor)."""
        return {factor.path: factor.drawn(part) for factor, part in zip(self.factors, parts, strict=True)}

    def parts(self, setting: Setting) -> np.ndarray:
        """The point of the unit cube at which a setting lies."""
        return np.array([factor.part(setting[factor.path]) for factor in self.factors])

    def embedded(self, parts: np.ndarray) -> np.ndarray:
        """Points of the unit cube as a surrogate sees them: a range is one coordinate, k choices are k - 1 of 0 or 1."""
        parts = np.atleast_2d(parts)
        columns = []
        for index, factor in enumerate(self.factors):
            column = parts[:, index]
            if isinstance(factor, Range):
                columns.append(column)
            else:
                count = len(factor.choices)
                chosen = np.minimum((column * count).astype(int), count - 1)
                columns += [(chosen == other).astype(float) for other in range(1, count)]
        return np.column_stack(columns)

    @property
    def ranges(self) -> tuple[int, ...]:
        """Indices of the factors that are ranges."""
        return tuple(index for index, factor in enumerate(self.factors) if isinstance(factor, Range))


def recipe_path(path: str) -> str:
    """The path as a change of a recipe takes it: `rings[0].transmission` is `rings.0.transmission`.

    >>> recipe_path("masks.bump.rings[0].transmission")
    'masks.bump.rings.0.transmission'
    """
    return re.sub(r"\[(\d+)\]", r".\1", path)


def read_factors(node: Node | None, missing: Problem, problems: list[Problem]) -> tuple[Factor, ...]:
    """The factors as they are written; what is wrong is noted."""
    if node is None or (node.is_mapping and not node.value):
        problems.append(missing)
        return ()
    if not node.is_mapping:
        problems.append(node.problem(f"expected a mapping of paths to ranges, e.g. {_EXAMPLE}, not {quoted(node.value)}"))
        return ()
    found = [_factor(path, child, problems) for path, child in node.value.items()]
    return tuple(factor for factor in found if factor is not None)


_EXAMPLE = "{steps.exposure.dose: {from: 200 mJ/cm^2, to: 800 mJ/cm^2}}"


def _factor(path: str, node: Node, problems: list[Problem]) -> Factor | None:
    if not node.is_mapping:
        problems.append(node.problem(f"expected {{from: …, to: …}} or {{choices: […]}}, not {quoted(node.value)}"))
        return None
    for name, child in node.value.items():
        if name not in _FIELDS:
            problems.append(child.problem(f"unknown field; {nearest(name, _FIELDS)}"))
            return None
    if "choices" in node.value:
        return _choice(path, node, problems)
    absent = [name for name in ("from", "to") if name not in node.value or node.value[name].is_null]
    if absent:
        problems.append(node.problem("is missing; expected a range from … to …, or choices: […]", absent[0]))
        return None
    return _range(path, node, problems)


def _choice(path: str, node: Node, problems: list[Problem]) -> Choice | None:
    choices = node.value["choices"]
    if len(node.value) > 1:
        problems.append(node.problem("give choices, or from and to, not both"))
    elif not choices.is_sequence or len(choices.value) < 2:
        problems.append(choices.problem("expected a list of two choices or more, e.g. [contact, aligner]"))
    elif any(child.is_mapping or child.is_sequence or child.is_null for child in choices.value):
        problems.append(choices.problem("expected words, numbers or quantities as choices"))
    elif len(set(map(repr, choices.plain()))) < len(choices.value):
        problems.append(choices.problem("a choice is given twice"))
    else:
        return Choice(path, tuple(choices.plain()))
    return None


def _range(path: str, node: Node, problems: list[Problem]) -> Range | None:
    first, last = node.value["from"], node.value["to"]
    for child in (first, last):
        if isinstance(child.value, bool) or not isinstance(child.value, str | int | float):
            problems.append(child.problem(f"expected a quantity or a number, not {quoted(child.value)}"))
            return None
    dimension, unit = None, ""
    if isinstance(first.value, str) or isinstance(last.value, str):
        dimension = dimension_of(first.value, last.value)
        if dimension is None:
            what = f"{quoted(first.value)} and {quoted(last.value)} are no two quantities of one dimension"
            problems.append(first.problem(f"{what}; write both with a unit that the setting takes"))
            return None
        unit = (_WRITTEN.fullmatch(str(first.value)) or [None, ""])[1]
    low, high = (float(n.value) if dimension is None else units.parse(str(n.value), dimension) for n in (first, last))
    if not (math.isfinite(low) and math.isfinite(high)):
        problems.append(node.problem("must be finite"))
        return None
    if not low < high:
        problems.append(node.problem(f"from ({first.value}) must be less than to ({last.value})"))
        return None
    scale = node.value.get("scale")
    if scale is not None and scale.value not in ("log", "linear"):
        problems.append(scale.problem(f"expected log or linear, not {quoted(scale.value)}"))
        return None
    log = scale is not None and scale.value == "log"
    if log and low <= 0:
        problems.append(first.problem("a factor with scale: log must start above zero"))
        return None
    return Range(path, low, high, first.value, last.value, unit, dimension, log)


def dimension_of(*texts: Any) -> str | None:
    """The first dimension in which all texts can be read, or None; dimensions that share units share their SI numbers too.

    >>> dimension_of("200 mJ/cm^2", "1 J/cm^2"), dimension_of("20 um", "3 s")
    ('dose', None)
    """
    for name in units.dimensions():
        try:
            for text in texts:
                units.parse(str(text), name)
        except units.UnitError:
            continue
        return name
    return None
