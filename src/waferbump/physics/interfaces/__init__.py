"""Interfaces between solids: cohesive zones, contact, energy release by virtual crack closure, toughness by mode mix, order of failure.

Everything is imported when first asked for: the compiled kernels take a third of a second to load.
"""

from importlib import import_module

_HOMES = (
    (
        "toughness",
        ("InterfaceError", "mode_mix_toughness", "benzeggagh_kenane", "cohesive_zone_length", "check_resolution", "film_release"),
    ),
    ("mixed_mode", ("MixedMode", "Response")),
    ("cohesive", ("CohesiveBlock",)),
    ("contact", ("ContactBlock", "settle")),
    ("closure", ("EnergyRelease", "virtual_crack_closure", "closure_integral", "internal_forces", "oscillation_index", "phase_at_length")),
    ("front", ("CrackFront", "crack_front")),
    ("failure_order", ("Candidate", "CriticalLoad", "WeakestInterval", "critical_loads", "weakest_interval")),
)


def __getattr__(name: str) -> object:
    """A function or a block, from its home."""
    for home, names in _HOMES:
        if name in names:
            return getattr(import_module(f".{home}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
