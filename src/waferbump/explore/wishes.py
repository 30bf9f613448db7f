"""What a study asks for: targets to reach and constraints to hold, each on one measure, and how far a run is from them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from waferbump import units
from waferbump.explore.factors import dimension_of
from waferbump.measures import DIMENSIONS
from waferbump.recipe.problems import Problem, RecipeError, nearest, quoted
from waferbump.recipe.tree import Node

Measures = Mapping[str, tuple[float, str]]  # name -> (value [SI], dimension)

SIDES = ("value", "at_least", "at_most")
_OF_STEPS: Mapping[str, str] = MappingProxyType(  # what steps measure oftenest, by the word after the step's name
    {
        **dict.fromkeys(("opening", "bottom", "top", "ledge", "residue", "grid_error", "thickness"), "length"),
        **{"wall_angle": "angle", "time": "time", "time_to_floor": "time", "sensitivity": "dose"},
    }
)
_PART_OF_LIMIT = 0.05  # of a one-sided limit without `within`: by how much a miss counts as one (our choice; no bearing on what is reached)


@dataclass(frozen=True)
class Wish:
    """One target or constraint.

    measure : STEP.MEASURE or a final measure;  side : "value", "at_least" or "at_most";  limit : [SI]
    within : what may be missing [SI];  dimension : of the text it was written as
    """

    measure: str
    side: str
    limit: float
    within: float
    dimension: str
    place: Node = field(compare=False)
    is_constraint: bool = False

    def excess(self, value: float) -> float:
        """By how much a value is off on the wrong side [SI], signed for a target that is a value; 0 where it is right."""
        off = value - self.limit
        if self.side == "value":
            return off
        return min(off, 0.0) if self.side == "at_least" else max(off, 0.0)

    def is_met(self, value: float) -> bool:
        """Whether a value is near enough."""
        return abs(self.excess(value)) <= self.within * (1 + 1e-12)

    @property
    def scale(self) -> float:
        """A miss of this size [SI] counts as one in a score."""
        return self.within or _PART_OF_LIMIT * abs(self.limit)

    def miss(self, value: float) -> float:
        """The signed miss in scales."""
        return self.excess(value) / self.scale

    def refuse_other(self, dimension: str) -> None:
        """RecipeError when the measure turns out to be of another dimension than the limit was written in."""
        if units.si_unit(dimension) != units.si_unit(self.dimension):
            shown = units.show(self.limit, self.dimension)
            what = f"{self.measure} is no {_kind(self.dimension)} ({shown})"
            raise RecipeError(self.place.value[self.side].problem(f"{what}; expected {units.expected(dimension)}"))

    def text(self, value: float) -> str:
        """A number of this measure as people write it."""
        return units.show(value, self.dimension, 4)

    def asked(self) -> str:
        """The wish in words, such as `80 um within 1 um`."""
        word = {"value": "", "at_least": "at least ", "at_most": "at most "}[self.side]
        within = f" within {difference_text(self.within, self.dimension)}" if self.within else ""
        return f"{word}{self.text(self.limit)}{within}"

    def missed_by(self, value: float) -> str:
        """Sentence part: by how much a value misses, such as `misses 80 um by 2.3 um (it is 82.3 um)`."""
        off = difference_text(abs(self.excess(value)), self.dimension)
        side = "" if self.side == "value" else f"{self.side.replace('_', ' ')} "
        return f"{self.measure} is {self.text(value)} and misses {side}{self.text(self.limit)} by {off}"


def _kind(dimension: str) -> str:
    return dimension.replace("_", " ")


def difference_text(value: float, dimension: str) -> str:
    """A difference of two numbers of a dimension as people write it: of temperatures in kelvin.

    >>> difference_text(5.0, "temperature"), difference_text(1e-6, "length")
    ('5 K', '1 um')
    """
    return f"{value:.4g} K" if dimension == "temperature" else units.show(value, dimension, 4)


def read_wishes(node: Node | None, problems: list[Problem], *, constraints: bool) -> tuple[Wish, ...]:
    """Targets or constraints as they are written; what is wrong is noted."""
    if node is None:
        return ()
    if not node.is_mapping:
        problems.append(node.problem(f"expected a mapping of measures to limits, e.g. {_EXAMPLE}, not {quoted(node.value)}"))
        return ()
    found = [_wish(name, child, problems, constraints) for name, child in node.value.items()]
    return tuple(wish for wish in found if wish is not None)


_EXAMPLE = "{bump_height: {value: 80 um, within: 1 um}}"


def _wish(measure: str, node: Node, problems: list[Problem], is_constraint: bool) -> Wish | None:
    fields = (*(SIDES[1:] if is_constraint else SIDES), "within")
    if not node.is_mapping:
        problems.append(node.problem(f"expected a limit such as {{at_most: 1 um}}, not {quoted(node.value)}"))
        return None
    for name, child in node.value.items():
        if name not in fields:
            hint = "a value to be reached belongs under targets" if name == "value" else nearest(name, fields)
            problems.append(child.problem(f"unknown field; {hint}"))
            return None
        if isinstance(child.value, bool) or not isinstance(child.value, str | int | float):
            problems.append(child.problem(f'expected a quantity, e.g. "1 um", not {quoted(child.value)}'))
            return None
    sides = [name for name in SIDES if name in node.value]
    if len(sides) != 1:
        problems.append(node.problem(f"needs exactly one of {', '.join(fields[:-1])}; given: {' and '.join(sides) or 'none'}"))
        return None
    limit, within = node.value[sides[0]], node.value.get("within")
    if sides[0] == "value" and within is None:
        problems.append(node.problem("is missing; say how near is near enough, e.g. within: 1 um", "within"))
        return None
    return _read(measure, sides[0], limit, within, node, problems, is_constraint)


def _read(
    measure: str, side: str, limit: Node, within: Node | None, node: Node, problems: list[Problem], is_constraint: bool
) -> Wish | None:
    dimension = dimension_of(limit.value)
    if dimension is None:
        problems.append(limit.problem(f'{quoted(limit.value)} is no quantity; expected a number with a unit, e.g. "80 um"'))
        return None
    allowed = 0.0
    if within is not None:
        try:
            allowed = _difference(str(within.value), dimension)
        except units.UnitError as problem:
            problems.append(_unlike(measure, limit, within, dimension, problem))
            return None
        if not allowed > 0 or not math.isfinite(allowed):
            problems.append(within.problem("must be above zero"))
            return None
    number = units.parse(str(limit.value), dimension)
    if not allowed and number == 0.0:
        problems.append(node.problem("is missing; a limit of zero needs it, to say what is near", "within"))
        return None
    return Wish(measure, side, number, allowed, dimension, node, is_constraint)


def _unlike(measure: str, limit: Node, within: Node, dimension: str, problem: units.UnitError) -> Problem:
    """The problem of a limit and a `within` of two dimensions, at the one of them that does not fit the measure."""
    first, dot, rest = measure.partition(".")
    known = DIMENSIONS.get(first) or (_OF_STEPS.get(rest.partition(".")[0]) if dot else None)
    if known is not None and units.si_unit(known) != units.si_unit(dimension):
        try:
            _difference(str(within.value), known)
        except units.UnitError:
            return within.problem(str(problem))
        return limit.problem(f"{measure} is no {_kind(dimension)} ({limit.value}); expected {units.expected(known)}")
    return within.problem(str(problem))


def _difference(text: str, dimension: str) -> float:
    """A difference as text; of temperatures in kelvin, since 5 degC is a temperature and no difference."""
    if dimension == "temperature" and not text.rstrip().endswith("K"):
        raise units.UnitError(f'"{text}" is no difference of temperatures; expected e.g. "5 K"')
    return units.parse(text, dimension)


def are_reached(wishes: Sequence[Wish], measures: Measures | None) -> bool:
    """Whether a run meets every target and every constraint; a failed run (None) meets none."""
    return measures is not None and all(wish.measure in measures and wish.is_met(measures[wish.measure][0]) for wish in wishes)


def misses_of(wishes: Sequence[Wish], measures: Measures) -> list[float]:
    """The misses of a run, in scales."""
    return [wish.miss(measures[wish.measure][0]) for wish in wishes]


def score_of(wishes: Sequence[Wish], measures: Measures | None) -> float:
    """Sum of the squared misses; infinite for a failed run."""
    if measures is None or any(wish.measure not in measures for wish in wishes):
        return math.inf
    return float(sum(miss * miss for miss in misses_of(wishes, measures)))


def shown(found: tuple[float, str] | None) -> Any:
    """A measure as text, or None where it was not measured."""
    return None if found is None else units.show(found[0], found[1], 6)
