"""Alloys by composition: ideal mixing of volume, and what melts when."""

from .melting_range import Melting, UnknownAlloy, liquid_fraction, melting
from .mixing import ideal_density, mixed

__all__ = ["Melting", "UnknownAlloy", "ideal_density", "liquid_fraction", "melting", "mixed"]
