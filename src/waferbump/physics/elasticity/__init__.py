"""Elasticity by finite elements: blocks of elements, constraints, linear solves, and marches through load steps.

Everything is imported when first asked for: compiled kernels and sparse solvers take most of a second to load.
"""

from importlib import import_module

_HOMES = (
    ("errors", ("ConvergenceError", "ElasticityError")),
    ("continuum", ("ContinuumBlock",)),
    ("springs", ("SpringBlock",)),
    ("frames", ("FrameBlock", "FrameForces")),
    ("constraints", ("Constraints",)),
    ("model", ("Model", "Solution", "solve")),
    ("marching", ("History", "LoadStep", "march")),
    ("rotation", ("check_rotation", "largest_rotation")),
)

__all__ = []


def __getattr__(name: str) -> object:
    """A class or function, from its home."""
    for home, names in _HOMES:
        if name in names:
            return getattr(import_module(f".{home}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
