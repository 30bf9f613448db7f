"""Shapes of liquid solder. So far the closed form that neglects gravity: the truncated sphere."""

from .truncated_sphere import Cap, cap_meridian, truncated_sphere

__all__ = ["Cap", "cap_meridian", "truncated_sphere"]
