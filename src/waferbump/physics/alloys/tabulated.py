"""Alloys with members that the fitted database lacks: published solidus and liquidus, and binaries by straight lines and the lever rule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from .curves import Curve

_KELVIN = 273.15
_SAME = 0.002  # of mass: an alloy is a tabulated one within this, the tolerance of alloy standards (0.2 % and more)
_JUMP = 0.01  # K between the two points of a jump
_EVERY = 1.0  # K between points of a binary's curve


@cache
def tables() -> Mapping[str, Any]:
    """Contents of tabulated.json.

    >>> sorted(tables()["elements"])
    ['Au', 'In', 'Mg', 'Sb', 'Zn']
    """
    return json.loads(files(__package__).joinpath("tabulated.json").read_text(encoding="utf-8"))


def tabulated_curve(composition: Mapping[str, float]) -> tuple[Curve, str, float] | None:
    """Liquid fraction of an alloy that is tabulated: a pure element, a published alloy, or a binary.

    f = (w - w_solid(T)) / (w_liquid(T) - w_solid(T)) along a binary; a straight line from solidus to liquidus for a published alloy

    Parameters
    ----------
    composition : w, mass fractions that sum to 1

    Returns
    -------
    curve, source and spread [K]; None where nothing is tabulated.

    >>> curve, source, spread = tabulated_curve({"Sn": 0.955, "Zn": 0.045})
    >>> bool(471.0 < curve.temperatures[0] < 472.0 < curve.temperatures[-1] < 490.0)
    True
    """
    known = tables()
    if len(composition) == 1:
        (element,) = composition
        if element not in known["elements"]:
            return None
        entry = known["elements"][element]
        return _line(entry["melting_point"], entry["melting_point"]), f"melting point of {element} ({entry['source']})", 1.0
    for alloy in known["alloys"]:
        published = {e: w / 100.0 for e, w in alloy["composition"].items()}
        if set(published) == set(composition) and all(abs(published[e] - w) <= _SAME for e, w in composition.items()):
            source = f"published solidus and liquidus ({alloy['source']}: {alloy['where']})"
            return _line(alloy["solidus"], alloy["liquidus"]), source, alloy["spread"]
    for binary in known["binaries"]:
        if set(binary["system"]) == set(composition) and 100.0 * composition[binary["system"][1]] <= binary["until"] + 1e-9:
            curve = _lever(100.0 * composition[binary["system"][1]], binary["fields"])
            return curve, f"tabulated binary {'-'.join(binary['system'])} ({binary['source']}: {binary['where']})", binary["spread"]
    return None


def _line(solidus: float, liquidus: float) -> Curve:
    """A straight line, or a jump at one temperature."""
    half = 0.5 * _JUMP if liquidus - solidus < _JUMP else 0.0
    return Curve(np.array([solidus - half, liquidus + half]) + _KELVIN, np.array([0.0, 1.0]))


def _lever(percent: float, fields: list[dict[str, Any]]) -> Curve:
    """Liquid fraction along a binary at one composition, at every kelvin and on both sides of every corner."""
    ends = sorted({f[k][0] for f in fields for k in ("high", "low")})
    corners = [t + s for t in ends for s in (-0.5 * _JUMP, 0.5 * _JUMP)]
    between = [t for t in np.arange(ends[0] - 1.0, ends[-1] + 1.0, _EVERY) if min(abs(t - e) for e in ends) > _JUMP]
    temperatures = np.array(sorted({*corners, *between}))  # never at a corner itself, where the liquid fraction has two values
    fractions = np.array([_share(percent, t, fields) for t in temperatures])
    first = max(int(np.argmax(fractions > 0.0)) - 1, 0)
    last = len(fractions) - 1 - int(np.argmax(fractions[::-1] < 1.0)) + 1
    return Curve(temperatures[first : last + 1] + _KELVIN, fractions[first : last + 1])


def _share(percent: float, temperature: float, fields: list[dict[str, Any]]) -> float:
    starts, stops = [], []  # compositions at which the liquid's own range begins and ends
    for field in fields:
        (top, liquid_top, solid_top), (bottom, liquid_bottom, solid_bottom) = field["high"], field["low"]
        if not bottom <= temperature <= top:
            continue
        share = (temperature - bottom) / (top - bottom)
        liquid, solid = liquid_bottom + share * (liquid_top - liquid_bottom), solid_bottom + share * (solid_top - solid_bottom)
        if min(liquid, solid) <= percent <= max(liquid, solid):
            return 1.0 if liquid == solid else (percent - solid) / (liquid - solid)
        (starts if solid < liquid else stops).append(liquid)
    if not starts and not stops:
        return float(temperature > max(f["high"][0] for f in fields))
    below = max((s for s in starts if s <= percent), default=None)
    above = min((s for s in stops if s >= percent), default=None)
    # liquid lies above the nearest start with no stop between, or below the nearest stop with no start between
    left = below is not None and not any(below <= s < percent for s in stops)
    right = above is not None and not any(percent < s <= above for s in starts)
    return float(left or right)
