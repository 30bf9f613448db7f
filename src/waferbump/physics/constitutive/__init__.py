"""Constitutive laws: stress from mechanical strain, temperature and time at points, with consistent tangents.

Every material has `state_names`, `initial_state`, `update`, `thermal_strain` and `linear`; stress and strain are six components in the
order xx, yy, zz, xy, yz, zx with engineering shears. What is compiled loads when first asked for.
"""

from importlib import import_module

_HOMES = (
    ("impossible", ("ConstitutiveError",)),
    ("tables", ("Table",)),
    ("parameters", ("AnandParameters", "saturation_stress")),
    ("elastic", ("Cubic", "Elastic", "Orthotropic")),
    ("viscoplastic", ("Anand", "Norton")),
    ("plastic", ("Kinematic",)),
)

__all__ = ["Anand", "AnandParameters", "ConstitutiveError", "Cubic", "Elastic", "Kinematic", "Norton", "Orthotropic", "Table"]
__all__ += ["saturation_stress"]


def __getattr__(name: str) -> object:
    """A law or a value, from its home."""
    for home, names in _HOMES:
        if name in names:
            return getattr(import_module(f".{home}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
