"""Resist: spun thickness, bleaching by light, bakes, dissolution rates, and a layer's sensitivity.

What is computed in compiled code or by a root search is imported when first asked for: it takes a third of a second to load.
"""

from importlib import import_module

from .development import EnhancedMackRate, MackRate, NotchRate, enhanced_mack_rate, mack_rate, notch_rate, surface_inhibited
from .impossible import ResistError
from .parameters import ResistParameters
from .spinning import spin_thickness
from .threshold import cleared_intervals

_HOMES = (
    ("bleaching", ("bleach",)),
    ("exposure", ("Exposed", "exposed")),
    ("bakes", ("arrhenius", "deprotected", "diffused", "diffusion_length")),
    ("sensitivity", ("clearing_dose", "working_curve")),
)

__all__ = ["EnhancedMackRate", "MackRate", "NotchRate", "ResistError", "ResistParameters", "cleared_intervals", "enhanced_mack_rate"]
__all__ += ["mack_rate", "notch_rate", "spin_thickness", "surface_inhibited"]


def __getattr__(name: str) -> object:
    """A function or result of the heavier modules, from its home."""
    for home, names in _HOMES:
        if name in names:
            return getattr(import_module(f".{home}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
