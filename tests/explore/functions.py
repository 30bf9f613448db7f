"""Plain functions in the place of runs: the same evaluator interface, no recipe."""

from waferbump.explore.factors import Range, Space
from waferbump.explore.outlook import Point
from waferbump.explore.wishes import Wish
from waferbump.recipe.tree import Node


def space_of(*bounds):
    """Plain numbers x0, x1, ... between bounds."""
    return Space(tuple(Range(f"x{i}", low, high, low, high) for i, (low, high) in enumerate(bounds)))


def wish(measure, side, limit, within=0.0, *, constraint=False):
    """A target or constraint on a plain number."""
    return Wish(measure, side, limit, within, "fraction", Node(None), constraint)


class Function:
    """Evaluates f(*x) -> {measure: number}, or None where it fails; counts its calls."""

    def __init__(self, space, function, stop_at=None):
        self.space, self.function, self.stop_at = space, function, stop_at
        self.calls = 0

    def __call__(self, setting, phase):
        if self.stop_at == self.calls:
            raise KeyboardInterrupt
        self.calls += 1
        found = self.function(*(setting[factor.path] for factor in self.space.factors))
        if found is None:
            return Point(dict(setting), None, "nothing opens")
        return Point(dict(setting), {name: (float(value), "fraction") for name, value in found.items()})
