"""Light behind a mask: one blurred image of stated width, and the waves themselves, through a gap (proximity) or a lens (projection).

Everything is imported when first asked for: the waves need compiled loops, the blurred images do not.
"""

from importlib import import_module

_HOMES = (
    ("blurred", ("blurred_disc", "blur_width", "projection_blur_width", "blurred_polygon", "contour_polygon")),
    ("masks", ("RoundMask", "LinearMask", "PlaneMask")),
    ("media", ("OpticsError",)),
    ("shadow", ("proximity",)),
    ("lens", ("projection",)),
    ("closed_forms", ("fresnel_edge", "disc_axis", "reflectance")),
    ("thin_films", ("film_stack_reflectance", "standing_wave")),
)

__all__ = []


def __getattr__(name: str) -> object:
    """A function or a mask, from its home."""
    for home, names in _HOMES:
        if name in names:
            return getattr(import_module(f".{home}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
