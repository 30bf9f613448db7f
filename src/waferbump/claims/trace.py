"""What a run did, as claims are judged on it: which region came and went at which step, and what stood where in between."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from ..geometry.section import Section
from ..materials import Material, library
from ..results import Run
from ..state import State

# Two regions touch when they share at least this area [m^2] (0.01 um^2): a grid tick of 1e-11 m round a bump of 50 um is 3e-15 m^2.
TOUCH = 1e-14
# Openings differ when they differ by at least this radius [m]: an optical microscope tells no smaller step, and the blurred image none.
LEDGE = 1e-7


class NotShown(Exception):
    """What a run does not show, as a sentence."""


class Trace:
    """A run read step by step; `before(i)` and `after(i)` are the states round its i-th step."""

    def __init__(self, run: Run) -> None:
        if run.status != "done":
            raise NotShown(f"the run did not finish: {run.message}")
        self.run = run
        self.steps = run.steps
        self.born: dict[str, int] = {}
        self.gone: dict[str, int] = {}
        known: set[str] = set(run.start.facts)
        for index, step in enumerate(run.steps):
            names = set(step.state.facts)
            for name in names - known:
                self.born.setdefault(name, index)
            for name in known - names:
                self.gone[name] = index
            for name in names & self.gone.keys():
                del self.gone[name]
            known = names

    def after(self, index: int) -> State:
        """The state that a step left."""
        return self.steps[index].state

    def before(self, index: int) -> State:
        """The state that a step found."""
        return self.steps[index - 1].state if index else self.run.start

    @property
    def final(self) -> State:
        """The last state."""
        return self.run.final

    def indices(self, verb: str) -> list[int]:
        """Places of the steps of a verb."""
        return [index for index, step in enumerate(self.steps) if step.verb == verb]

    def record(self, index: int) -> Mapping:
        """What a step noted down of what it did."""
        return self.steps[index].record

    def name(self, index: int) -> str:
        """A step's id, for sentences."""
        return self.steps[index].id

    def maker(self, region: str) -> int:
        """The step after which a region was there first; -1 for what the line began with."""
        return self.born.get(region, -1)

    @cached_property
    def carrier(self) -> Material:
        """The carrier's material."""
        start = self.run.start
        return material_of(start, start.names_with("carrier")[0])

    @property
    def width(self) -> float:
        """Radius of the round cell [m]."""
        return self.run.start.bump.width


def material_of(state: State, region: str) -> Material:
    """The material of a region."""
    return library()[state.material(region)]


def alloy(state: State, region: str) -> dict[str, float]:
    """Mass fractions of a metal region by element: its own if it was mixed, else its material's."""
    return dict(state.facts[region].composition) or dict(material_of(state, region).composition)


def touch(section: Section, one: str, other: str) -> bool:
    """Whether two regions share more than a sliver of surface; one that this cut does not meet touches nothing in it."""
    return section.has(one) and section.has(other) and section.contact(one, other) > TOUCH


def at_edge(section: Section, region: str) -> bool:
    """Whether a region reaches the cell's edge, where the neighbour's begins; one that this cut does not meet does not."""
    return section.has(region) and section.bounds(region)[2] >= section.width * (1 - 1e-9)


def at_axis(section: Section, region: str) -> bool:
    """Whether a region reaches the bump's axis; one that this cut does not meet does not."""
    return section.has(region) and section.bounds(region)[0] <= 1e-9


def um(value: float) -> str:
    """A length in micrometres.

    >>> um(2.5e-05)
    '25 um'
    """
    return f"{value * 1e6:.4g} um"


def um2(value: float) -> str:
    """An area in square micrometres."""
    return f"{value * 1e12:.5g} um^2"


def um3(value: float) -> str:
    """A volume in cubic micrometres."""
    return f"{value * 1e18:.5g} um^3"


def degc(value: float) -> str:
    """A temperature in degrees Celsius."""
    return f"{value - 273.15:.4g} degC"


def parts(composition: Mapping[str, float]) -> str:
    """A composition by mass.

    >>> parts({"Sn": 0.63, "Pb": 0.37})
    '63 % Sn, 37 % Pb'
    """
    ordered = sorted(composition.items(), key=lambda item: -item[1])
    return ", ".join(f"{100 * fraction:.4g} % {element}" for element, fraction in ordered)
