"""What was measured on a resist, and what the physics says it would be: one small function a measure."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import atan2, pi
from types import MappingProxyType
from typing import Any

import numpy as np

from waferbump import units
from waferbump.materials import MaterialError, library
from waferbump.recipe.checking import checked
from waferbump.recipe.lithography import Tool
from waferbump.recipe.problems import Problem, nearest, quoted
from waferbump.recipe.tree import Node
from waferbump.steps.resist_cut import ALWAYS, LAWS, law_of, light_of, resist_parameters

GRID = 5e-7  # m; cells of the front: walls within 0.2 um, and smooth in the parameters since they are interpolated (our choice)
ROOM = 1.5  # radius of the cut over that of the mask, and at least this far beyond it (our choice)
LEAST_ROOM = 25e-6  # m
NEAR_TOP, CHORD = 0.02, (0.1, 0.9)  # of the thickness: where a top opening and a wall's angle are read, as the step `develop` reads them

_DIMENSIONS = MappingProxyType({"thickness": "length", "time": "time", "mask": "length", "dose": "dose", "reflectance": "fraction"})
_OPTIONAL = ("reflectance",)
PLACES = ("bottom", "middle", "top")


@dataclass(frozen=True)
class Observation:
    """One measurement.

    measure : name in MODELS;  value, spread : of the measurement and its standard uncertainty [SI];  dimension : of both
    conditions : thickness, time, mask, dose, reflectance [SI] as far as the measure needs them;  place : of an opening
    tool : the exposure tool
    """

    measure: str
    value: float
    spread: float
    dimension: str
    conditions: Mapping[str, float]
    place: str
    tool: Tool
    line: int | None = None

    def name(self) -> str:
        """What was measured, in a few words."""
        parts = [f"{key} {units.show(value, _DIMENSIONS[key], 4)}" for key, value in self.conditions.items() if key not in _OPTIONAL]
        return f"{self.measure}{f' at the {self.place}' if self.place else ''} ({', '.join(parts)})"


@dataclass(frozen=True)
class Measure:
    """A kind of measurement.

    of : (observation, numbers by name [SI], resist) -> the value [SI] that the physics gives;  needs : its conditions
    """

    of: Callable[[Observation, Mapping[str, float], str], float]
    needs: tuple[str, ...]
    dimension: str
    places: tuple[str, ...] = ()


def lacking(name: str, observation: Observation, stated: Container[str]) -> list[str]:
    """Numbers that an observation needs of a resist and that are neither stated nor known for it."""
    material = library()[name]
    found = []
    for prop in (*ALWAYS, *LAWS[law_of(material)]):
        if prop in stated:
            continue
        try:
            for wavelength in observation.tool.lines:
                material.number(prop, wavelength=wavelength, thickness=observation.conditions["thickness"])
        except MaterialError:
            found.append(prop)
    return found


def dose_to_clear(observation: Observation, numbers: Mapping[str, float], resist: str) -> float:
    """Incident dose [J/m^2] at which a layer alone is through (positive), or keeps half of itself (negative)."""
    from waferbump.physics.patterning import entering
    from waferbump.physics.resist import clearing_dose

    at = observation.conditions
    light = light_of(observation.tool, at["thickness"])
    parameters = resist_parameters(library()[resist], numbers, light.wavelengths, at["thickness"])
    shares = np.array(light.weights) * entering(parameters.refractive_index, light)
    inside = clearing_dose(parameters, at["thickness"], at["time"], weights=shares / shares.sum(), reflectance=at.get("reflectance", 0.0))
    return float(inside / shares.sum())


def opening(observation: Observation, numbers: Mapping[str, float], resist: str) -> float:
    """Diameter [m] of what a round opening of the mask (a dot, for a negative resist) became, at the bottom, the middle or the top."""
    thickness = observation.conditions["thickness"]
    depth = {"bottom": 1.0, "middle": 0.5, "top": NEAR_TOP}[observation.place] * thickness
    return 2.0 * _wall(_front(observation, numbers, resist), depth, observation)


def wall_angle(observation: Observation, numbers: Mapping[str, float], resist: str) -> float:
    """Angle of the wall [rad] from the horizontal between a tenth and nine tenths of the thickness."""
    thickness = observation.conditions["thickness"]
    front = _front(observation, numbers, resist)
    lower, upper = (_wall(front, (1.0 - part) * thickness, observation) for part in CHORD)
    tone = library()[resist].tone
    return atan2((CHORD[1] - CHORD[0]) * thickness, upper - lower if tone == "positive" else lower - upper) % pi


MODELS: Mapping[str, Measure] = MappingProxyType(
    {
        "dose_to_clear": Measure(dose_to_clear, ("thickness", "time"), "dose"),
        "opening": Measure(opening, ("thickness", "time", "mask", "dose"), "length", PLACES),
        "wall_angle": Measure(wall_angle, ("thickness", "time", "mask", "dose"), "angle"),
    }
)


class NoWallError(ValueError):
    """An observation that the parameters tried cannot give: nothing opens, or all is gone."""


def _wall(front: Any, depth: float, observation: Observation) -> float:
    radius = front.wall(0, depth, observation.conditions["time"])
    if not np.isfinite(radius):
        raise NoWallError(f"{observation.name()}: with these parameters there is no wall at that depth")
    return radius


def _front(observation: Observation, numbers: Mapping[str, float], resist: str) -> Any:
    """The development of the observation's layer."""
    at = observation.conditions
    parameters = resist_parameters(library()[resist], numbers, tuple(observation.tool.lines), at["thickness"])
    return _developed(parameters, observation.tool, at["thickness"], at["mask"], at["dose"], at.get("reflectance", 0.0))


@lru_cache(maxsize=32)  # several observations are read off one development
def _developed(parameters: Any, tool: Tool, thickness: float, mask: float, dose: float, floor: float) -> Any:
    from waferbump.physics.patterning import development, latent_image

    cut, image = _image(parameters.refractive_index, parameters.tone, tool, thickness, mask, floor)
    left = latent_image(cut, [parameters], image, light_of(tool, thickness), dose)
    return development(cut, [parameters], left)


@lru_cache(maxsize=32)  # the image without absorption is the same for all parameters that are tried
def _image(index: tuple[float, ...], tone: str, tool: Tool, thickness: float, mask: float, floor: float) -> tuple[Any, Any]:
    from waferbump.physics.optics import RoundMask
    from waferbump.physics.patterning import flat_cut, image_of
    from waferbump.physics.resist import MackRate, ResistParameters

    inside, outside = (1.0, 0.0) if tone == "positive" else (0.0, 1.0)
    chemistry = "inhibitor" if tone == "positive" else "crosslinking"
    none = (0.0,) * len(index)
    # of the resist only the index counts for an image without absorption
    clear = ResistParameters(tone, chemistry, index, none, none, (1.0,) * len(index), MackRate(1e-7, 1e-10, 0.5, 2.0))
    cut = flat_cut([thickness], max(ROOM * mask / 2, mask / 2 + LEAST_ROOM), GRID)
    return cut, image_of(cut, [clear], RoundMask((mask / 2,), (inside,), outside), light_of(tool, thickness), floor=floor)


def read_observations(node: Node | None, missing: Problem, problems: list[Problem]) -> tuple[Observation, ...]:
    """The table of observations as it is written; what is wrong is noted."""
    if node is None:
        problems.append(missing)
        return ()
    if not node.is_sequence or not node.value:
        problems.append(node.problem(f"expected a list such as [{_EXAMPLE}], not {quoted(node.value)}"))
        return ()
    found = [_observation(child, problems) for child in node.value]
    return tuple(one for one in found if one is not None)


_EXAMPLE = "{measure: dose_to_clear, thickness: 10 um, time: 120 s, value: 600 mJ/cm^2, spread: 5 %}"


def _observation(node: Node, problems: list[Problem]) -> Observation | None:
    if not node.is_mapping:
        problems.append(node.problem(f"expected a mapping such as {_EXAMPLE}, not {quoted(node.value)}"))
        return None
    kind = node.value.get("measure")
    if kind is None or not isinstance(kind.value, str) or kind.value not in MODELS:
        given = "is missing" if kind is None else f"{quoted(kind.value)} is no measure of a resist"
        problems.append((kind or node).problem(f"{given}; known here: {', '.join(MODELS)}", "measure" if kind is None else ""))
        return None
    measure = MODELS[kind.value]
    known = ("measure", "value", "spread", "tool", *measure.needs, *_OPTIONAL, *(("place",) if measure.places else ()))
    before = len(problems)
    for name, child in node.value.items():
        if name not in known:
            problems.append(child.problem(f"unknown field of {kind.value}; {nearest(name, known)}"))
    names = [*measure.needs, *(name for name in _OPTIONAL if name in node.value)]
    conditions = {name: _quantity(node, name, _DIMENSIONS[name], problems) for name in names}
    value = _quantity(node, "value", measure.dimension, problems)
    spread = _spread(node, value, measure.dimension, problems)
    place = _place(node, measure, problems)
    tool = checked(Tool, node.value["tool"], problems) if "tool" in node.value else Tool()
    if len(problems) > before or tool is None:
        return None
    return Observation(kind.value, value, spread, measure.dimension, MappingProxyType(conditions), place, tool, node.line)


def _place(node: Node, measure: Measure, problems: list[Problem]) -> str:
    if not measure.places:
        return ""
    place = node.value.get("place")
    if place is None or place.value not in measure.places:
        given = "is missing" if place is None else f"{quoted(place.value)} is no place"
        problems.append((place or node).problem(f"{given}; expected {', '.join(measure.places)}", "place" if place is None else ""))
        return ""
    return str(place.value)


def _quantity(node: Node, name: str, dimension: str, problems: list[Problem]) -> float:
    child = node.value.get(name)
    if child is None:
        problems.append(node.problem(f"is missing; expected {units.expected(dimension)}", name))
        return 0.0
    if isinstance(child.value, bool) or not isinstance(child.value, str | int | float):
        problems.append(child.problem(f"expected {units.expected(dimension)}, not {quoted(child.value)}"))
        return 0.0
    try:
        number = units.parse(str(child.value), dimension)
    except units.UnitError as problem:
        problems.append(child.problem(str(problem)))
        return 0.0
    if not number > 0 and name != "reflectance":
        problems.append(child.problem("must be above zero"))
    return number


def _spread(node: Node, value: float, dimension: str, problems: list[Problem]) -> float:
    """The standard uncertainty: a quantity of the value's own dimension, or per cent of the value."""
    child = node.value.get("spread")
    if child is not None and isinstance(child.value, str) and child.value.strip().endswith("%"):
        part = _quantity(replace(node, value={"spread": child}), "spread", "fraction", problems)
        return part * abs(value)
    return _quantity(node, "spread", dimension, problems)
