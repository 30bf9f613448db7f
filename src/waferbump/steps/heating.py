"""The temperature over time that a reflow stands for, and how long it lasts above a limit."""

from __future__ import annotations

from itertools import pairwise

ROOM = 298.15  # K
# Without a profile the course is a plain ramp up, a hold and a ramp down. Rates are our choice, inside the 3 K/s up and 6 K/s down that
# J-STD-020 allows; both are steeper where the stated time above the liquidus is shorter than such ramps alone.
_UP = 2.0  # K/s
_DOWN = 3.0  # K/s

Course = tuple[tuple[float, float], ...]


def course_of(settings, liquid_above: float) -> Course:
    """Temperature over time of a reflow as (time [s], temperature [K]): its profile, or the ramps and the hold that its peak means.

    liquid_above : temperature [K] whose stated time is to be kept
    """
    if settings.profile:
        return tuple((point.time, point.temperature) for point in settings.profile)
    above = settings.peak - liquid_above
    ramps = above / _UP + above / _DOWN
    steeper = max(1.0, ramps / settings.above_liquidus)
    hold = max(settings.above_liquidus - ramps, 0.0)
    up, down = (settings.peak - ROOM) / (_UP * steeper), (settings.peak - ROOM) / (_DOWN * steeper)
    points = [(0.0, ROOM), (up, settings.peak), (up + hold, settings.peak), (up + hold + down, ROOM)]
    return tuple(point for i, point in enumerate(points) if i == 0 or point[0] > points[i - 1][0])


def time_above(course: Course, limit: float) -> float:
    """How long a course is hotter than a limit [s], straight lines between its points."""
    total = 0.0
    for (t0, a), (t1, b) in pairwise(course):
        low, high = sorted((a, b))
        if high > limit:
            total += (t1 - t0) * (1.0 if low >= limit else (high - limit) / (high - low))
    return total
