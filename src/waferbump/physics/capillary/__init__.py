"""Shapes of liquid solder: the closed form that neglects gravity, and the Young-Laplace equation for drops, joints, wells and any pad.

Everything but the closed form is imported when first asked for: the compiled solvers take a third of a second to load.
"""

from importlib import import_module

from .truncated_sphere import Cap, cap_meridian, truncated_sphere

_HOMES = (
    ("equilibrium", ("NoEquilibriumError",)),
    ("drops", ("Drop", "drop", "free_drop")),
    ("joints", ("Joint", "joint", "force_curve", "largest_gap")),
    ("neighbours", ("touching_volume", "gap_between", "lateral_stiffness")),
    ("wells", ("in_well", "in_hollow")),
    ("surfaces", ("surface", "surface_joint")),
    ("alignment", ("capture",)),
)

__all__ = ["Cap", "cap_meridian", "truncated_sphere"]


def __getattr__(name: str) -> object:
    """A solver's function or result, from its home."""
    for home, names in _HOMES:
        if name in names:
            return getattr(import_module(f".{home}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
