"""Shapes as SVG path data, and round numbers for axes."""

from __future__ import annotations

import math

import numpy as np
import shapely

_CENTS = 100.0  # coordinates are rounded to a hundredth of a px


def path_data(shape, scale: float) -> str:
    """Path data of a (multi)polygon [m] in px with z downwards; scale [px/m]. Holes run against their outline, so that they stay holes."""
    parts = []
    shape = shapely.orient_polygons(shape)
    for polygon in getattr(shape, "geoms", (shape,)):
        if polygon.geom_type == "Polygon" and not polygon.is_empty:
            for ring in (polygon.exterior, *polygon.interiors):
                parts.append(_ring(np.asarray(ring.coords), scale))
    return "".join(parts)


def _ring(corners: np.ndarray, scale: float) -> str:
    points = np.rint(corners[:-1, :2] * (scale * _CENTS) * np.array([1.0, -1.0])).astype(np.int64)
    keep = np.any(points != np.roll(points, 1, axis=0), axis=1)
    points = points[keep]
    if len(points) < 2:
        return ""
    steps = np.diff(points, axis=0)
    text = [f"M{_number(points[0, 0])} {_number(points[0, 1])}"]
    last = ""
    for dx, dy in steps.tolist():
        if dy == 0:
            command, values = "h", _number(dx)
        elif dx == 0:
            command, values = "v", _number(dy)
        else:
            command, values = "l", f"{_number(dx)} {_number(dy)}"
        text.append((" " if command == last and not values.startswith("-") else "") + (values if command == last else command + values))
        last = command
    return "".join(text) + "z"


def _number(cents: int) -> str:
    whole, part = divmod(abs(int(cents)), 100)
    digits = f"{part:02d}".rstrip("0")
    return ("-" if cents < 0 else "") + (f"{whole or ''}.{digits}" if digits else str(whole))


def nice_step(value: float, *, down: bool = False) -> float:
    """A round number near a value: 1, 2 or 5 times a power of ten, at or above it (at or below with `down`).

    >>> nice_step(17.0), nice_step(17.0, down=True)
    (20.0, 10.0)
    """
    power = 10.0 ** math.floor(math.log10(value))
    steps = (1.0, 2.0, 5.0, 10.0)
    if down:
        return max(s for s in steps if s <= value / power * (1 + 1e-9)) * power
    return min(s for s in steps if s >= value / power * (1 - 1e-9)) * power
