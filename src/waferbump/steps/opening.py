"""The opening that a mask leaves at the bump's place."""

from __future__ import annotations

from ..state import State, StepError

NANOMETRE = 1e-9  # m; below this a height difference is the partition's rounding


def opening_rim(state: State) -> float:
    """Height of the lowest place of the topmost mask around the bump's opening [m]; StepError where no opening is."""
    section = state.bump
    field = section.surface_height(section.width)
    if section.surface_height(0.0) >= field - NANOMETRE:
        raise StepError("there is no opening at the bump's place: the surface is closed there")
    return field
