"""What things are made of: YAML data, every number with its source; a look-up outside a number's range refuses."""

from __future__ import annotations

from .library import Library, library
from .material import Material, MaterialError, MaterialRangeError, Property
from .mixing import liquid_density, liquid_surface_tension, solid_density
from .reading import MaterialDataError

__all__ = [
    "Library",
    "Material",
    "MaterialDataError",
    "MaterialError",
    "MaterialRangeError",
    "Property",
    "library",
    "liquid_density",
    "liquid_surface_tension",
    "solid_density",
]
