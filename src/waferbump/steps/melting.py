"""What of the solder flows at a peak, what stays solid, and how much of the solid the melt dissolves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

import numpy as np
from scipy.optimize import brentq

from ..physics.alloys import UnknownAlloy, liquid_fraction, melting, mixed
from ..sources import Value
from ..state import State, StepError
from .conduction import composition, metal_mass

FLOWS = 0.95  # liquid fraction above which a body flows; the last few percent are grains of compounds that the liquid carries
# Diffusion in liquid solder, order of magnitude (self-diffusion of liquid tin near its melting point is some 2e-9 m^2/s): assumed
DIFFUSIVITY = 1e-9  # m^2/s
_PART = 1e-3  # of a body: how exactly its dissolved part is found


class Course(Protocol):
    """How an alloy melts: what `physics.alloys.melting` returns, and what stands in for it where only solidus and liquidus are known."""

    solidus: float
    liquidus: float
    source: str
    spread: float | None

    def liquid_fraction(self, temperature: float) -> float:
        """Part that is liquid at a temperature [K]."""

    def temperature_at(self, fraction: float) -> float:
        """Temperature [K] at which that part is liquid."""


@dataclass(frozen=True)
class Tabulated:
    """An alloy of which only solidus and liquidus [K] are known: what is liquid rises evenly between them."""

    solidus: float
    liquidus: float
    source: str
    spread: float | None = None

    def liquid_fraction(self, temperature: float) -> float:
        """Part that is liquid at a temperature [K]."""
        if self.liquidus <= self.solidus:
            return float(temperature >= self.liquidus)
        return float(np.clip((temperature - self.solidus) / (self.liquidus - self.solidus), 0.0, 1.0))

    def temperature_at(self, fraction: float) -> float:
        """Temperature [K] at which that part is liquid."""
        return self.solidus + fraction * (self.liquidus - self.solidus)


@dataclass(frozen=True)
class Heated:
    """A body of solder at a reflow's peak.

    parts : mass fractions by element;  mass : of its metal [kg];  course : how it melts
    flows_above : temperature [K] at which 95 % of it are liquid;  liquid : part that is liquid at the peak
    """

    name: str
    parts: Mapping[str, float]
    mass: float
    course: Course
    flows_above: float
    liquid: float

    @property
    def flows(self) -> bool:
        """Whether it is liquid enough to take a liquid's shape."""
        return self.liquid >= FLOWS


def heated(state: State, name: str, peak: float, materials) -> Heated:
    """A body of solder and how much of it is liquid at a peak [K].

    Raises
    ------
    StepError : nothing is known of how its alloy melts.
    """
    parts = composition(state, name, materials)
    course = course_of_alloy(parts, materials[state.material(name)] if not state.facts[name].composition else None, name)
    flows = float(course.temperature_at(FLOWS))
    if not isinstance(course, Tabulated):
        spread = f"{course.spread:.2g} K" if course.spread is not None else ""
        known = Value("flows above", flows, "K", "waferbump-alloys", "fitted", where=course.source, spread=spread)
        materials.note(state.material(name), "flows above", known)
    return Heated(
        name, parts, metal_mass(state, name, materials), course, flows, float(course.liquid_fraction(peak))
    )


def course_of_alloy(parts: Mapping[str, float], material, name: str) -> Course:
    """How an alloy melts: by the fitted phase diagrams and tables, else by its material's own solidus and liquidus."""
    try:
        return melting(parts)
    except UnknownAlloy as unknown:
        if material is not None and material.has("solidus") and material.has("liquidus"):
            solidus, liquidus = (material.value(limit) for limit in ("solidus", "liquidus"))
            return Tabulated(solidus.at(), liquidus.at(), f"{solidus.source}, {liquidus.source}")
        raise StepError(f"how {name} melts is not known: {unknown}") from None


@dataclass(frozen=True)
class Dissolved:
    """What a melt takes up of a solid body that it touches, in the time that it is molten.

    part : of the body's mass;  saturated : part that it would take up in the end;  needed : time [s] diffusion needs for that
    """

    part: float
    saturated: float
    needed: float


def dissolved(melt: list[Heated], solid: Heated, peak: float, thickness: float, time: float) -> Dissolved:
    """How much of a solid body a melt dissolves before it is saturated: until the mixture is only just liquid at the peak.

    What they become together lies on the line between their compositions; the melt takes up solid until 95 % of the mixture melt at the
    peak and no lower. Diffusion over the body's thickness needs L^2 / D; in less time the square root of the part of it is dissolved.
    """
    total = [(b.mass, b.parts) for b in melt]

    def surplus(part: float) -> float:
        """By how much more than 95 % of what they become together is liquid at the peak, when the melt has taken up a part of the body."""
        parts = mixed([*total, (part * solid.mass, solid.parts)])
        try:
            return liquid_fraction(parts, peak) - FLOWS
        except UnknownAlloy as unknown:
            raise StepError(f"how {solid.name} in {' and '.join(b.name for b in melt)} melts is not known: {unknown}") from None

    needed = thickness**2 / DIFFUSIVITY
    if surplus(1.0) >= 0:
        saturated = 1.0
    elif surplus(0.0) <= 0:  # saturated already
        saturated = 0.0
    else:
        saturated = float(brentq(surplus, 0.0, 1.0, xtol=_PART))
    reached = min(1.0, sqrt(time / needed)) if needed > 0 else 1.0
    return Dissolved(min(saturated, reached), saturated, needed)
