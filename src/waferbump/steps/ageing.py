"""Keep the bump hot: compounds grow while the solder stays solid."""

from __future__ import annotations

from ..state import LogEntry, Measured, State, StepError, quantity
from .lithography import refuse_heat
from .melting import heated
from .reacting import reacted


def age(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Let the compounds between solder and the metal below it grow by the law of diffusion, and say what they leave of both.

    Their rates are known between limits: every thickness comes with its least and its most.
    """
    if not any(state.facts[n].phase != "paste" for n in state.names_with("solder")):
        raise StepError("there is no solder that could age: no compound grows")
    course = tuple((point.time, point.temperature) for point in settings.profile)
    if not course:
        course = ((0.0, settings.temperature), (settings.time, settings.temperature))
    hottest, duration = max(temperature for _, temperature in course), course[-1][0] - course[0][0]
    warnings = refuse_heat(state, hottest, materials, "ageing")
    _refuse_melting(state, hottest, materials)
    aged, found = reacted(state, course, materials, name)
    values = {"temperature": quantity(hottest, "temperature"), "time": quantity(duration, "time"), **found.values}
    aged = aged.logged(LogEntry(name, "ageing", hottest, duration, course=course))
    return aged, Measured(values, found.record, (*warnings, *found.warnings))


def _refuse_melting(state: State, temperature: float, materials) -> None:
    """Stop where a solder would begin to melt: what flows is a reflow's business."""
    for name in state.names_with("solder"):
        limit = heated(state, name, temperature, materials).course.solidus
        if temperature > limit:
            raise StepError(
                f"ageing at {temperature - 273.15:.0f} degC melts {name} ({state.material(name)}, solid up to {limit - 273.15:.0f} degC): "
                "use reflow"
            )
