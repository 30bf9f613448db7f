"""The first page of a bumping design review: height against volume and pad, and height against pitch with the bridging limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import pi

import numpy as np

from .physics.capillary import NoEquilibriumError, drop, touching_volume
from .results import Run

PADS = (0.6, 0.8, 1.0, 1.25, 1.5)  # of the run's own pad (our choice)
VOLUMES = np.geomspace(0.1, 3.0, 40)  # of the run's own volume (our choice)
PITCHES = np.linspace(0.4, 2.5, 43)  # of the run's own pitch (our choice)


@dataclass(frozen=True)
class Way:
    """A way to bring solder: its name, the volume of metal [m^3] it can bring at a pitch [m], and the rule in words.

    The rules are usual ones and assumed: a line's own numbers come from its own recipe.
    """

    name: str
    volume: Callable[[np.ndarray], np.ndarray]
    rule: str


def _cylinder(width: float, height: float, part: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda pitch: part * pi / 4 * (width * pitch) ** 2 * height


WAYS = (
    Way("ball", lambda pitch: pi / 6 * (0.6 * pitch) ** 3, "one ball of 0.6 of the pitch"),
    Way("paste in one resist", _cylinder(0.7, 60e-6, 0.5), "opening of 0.7 of the pitch through 60 um, half of it metal"),
    Way(
        "paste in two resists",
        lambda pitch: _cylinder(0.4, 50e-6, 0.5)(pitch) + _cylinder(0.7, 60e-6, 0.5)(pitch),
        "0.4 of the pitch through 50 um, and 0.7 of it through 60 um above, half of both metal",
    ),
    Way("plated in one resist", _cylinder(0.5, 60e-6, 1.0), "opening of 0.5 of the pitch, 60 um of solder"),
    Way(
        "plated in two resists",
        lambda pitch: _cylinder(0.4, 40e-6, 1.0)(pitch) + _cylinder(0.6, 40e-6, 1.0)(pitch),
        "0.4 of the pitch, 40 um of solder, and 0.6 of it, 40 um above",
    ),
)


@dataclass(frozen=True)
class DesignCharts:
    """What the two charts show, SI.

    volumes : (n,) [m^3];  heights : {pad diameter [m]: (n,) [m]}
    pitches : (m,) [m];  reached : {way: (m,) [m]}, not a number where neighbours would touch;  bridging : (m,) [m], the height at which
    bumps of that pitch touch;  rules : {way: rule};  pad_over_pitch : [1]
    volume, height, pad, pitch : of the run's own bump
    """

    volumes: np.ndarray
    heights: dict[float, np.ndarray]
    pitches: np.ndarray
    reached: dict[str, np.ndarray]
    bridging: np.ndarray
    rules: dict[str, str]
    pad_over_pitch: float
    volume: float
    height: float
    pad: float
    pitch: float


def _height(volume: float, radius: float, tension: float, density: float) -> float:
    """Height of a pinned drop [m]; not a number where none is at rest."""
    try:
        return float(drop(volume, radius, tension, density).height)
    except NoEquilibriumError:
        return float("nan")


def _touching(radius: float, pitch: float, tension: float, density: float) -> tuple[float, float]:
    """Volume at which neighbours touch [m^3] and their height [m]; not numbers where none of that width is at rest."""
    try:
        volume = float(touching_volume(radius, pitch, tension, density))
    except NoEquilibriumError:
        return float("nan"), float("nan")
    return volume, _height(volume, radius, tension, density)


def design_charts(run: Run) -> DesignCharts | None:
    """Both charts round a run's own bump; None where the run left no free bump.

    Heights are of molten drops pinned on a round pad (Young-Laplace equation), with the run's own surface tension and density.
    """
    melt = next((step.record["liquid"] for step in reversed(run.steps) if step.record.get("liquid")), None)
    needed = ("molten_height", "molten_volume", "pad_diameter")
    last = next((step for step in reversed(run.steps) if step.verb in ("reflow", "attach")), None)
    free = last is not None and last.verb == "reflow" and last.record["regime"] == "free" and not last.record["solid"]
    if melt is None or not free or any(name not in run.measures for name in needed):
        return None
    height, volume, pad = (run.measures[name].value for name in needed)
    pitch = 2 * run.final.bump.width
    tension, density = melt["surface_tension"], melt["density"]
    volumes = VOLUMES * volume
    heights = {p * pad: np.array([_height(v, p * pad / 2, tension, density) for v in volumes]) for p in PADS if p * pad < pitch}
    pitches = PITCHES * pitch
    ratio = pad / pitch
    touching, bridging = np.transpose([_touching(ratio * p / 2, p, tension, density) for p in pitches])
    reached = {}
    for way in WAYS:
        brought = way.volume(pitches)
        pairs = zip(brought, touching, pitches, strict=True)
        reached[way.name] = np.array([_height(v, ratio * p / 2, tension, density) if v < most else np.nan for v, most, p in pairs])
    return DesignCharts(
        volumes, heights, pitches, reached, bridging, {w.name: w.rule for w in WAYS}, ratio, volume, height, pad, pitch
    )  # fmt: skip
