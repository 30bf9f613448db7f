"""What stands between two steps: the mask plan, the exact cuts, the facts of every region and the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from .geometry.plan import Plan
from .geometry.section import Section

ROLES = ("carrier", "pad", "passivation", "redistribution", "film", "post", "mask", "dielectric", "flux", "residue", "solder")
PHASES = ("solid", "paste", "liquid")
ROOM_TEMPERATURE = 298.15  # K


class StepError(ValueError):
    """A step whose precondition is false: the run stops with this sentence."""


@dataclass(frozen=True)
class Exposure:
    """A dose left in a resist: what one exposure with one mask put there.

    step : id of the exposing step;  mask : its name;  dose : open-frame dose [J/m^2]
    discs : ((radius [m], transmission change), ...) whose sum is the mask's relative transmission, outermost disc first
    background : transmission far from the bump's centre;  blur : standard deviation of the image [m]
    """

    step: str
    mask: str
    dose: float
    discs: tuple[tuple[float, float], ...]
    background: float
    blur: float


@dataclass(frozen=True)
class Facts:
    """What is known of a region beyond its shape and material.

    role : one of ROLES;  phase : one of PHASES;  made_by : step id
    composition : mass fractions of a metal by element (empty: the material's own)
    metal_fraction : volume fraction of metal (below 1 for paste and powder)
    liquidus : [K], of a mixture whose material has none of its own
    flux : material of the flux that travels in a paste;  flux_active : it has not been through a reflow yet
    latent : exposures that still count;  opened_by : exposures that patterned it;  cured : stays (dielectric);
    hardened : baked so hard that light and developer do nothing to it any more
    stress : intrinsic [Pa];  stress_free_temperature : [K]
    made_from : names of the bodies that were fused into this one
    contact_angle : [rad], through the solder at the pinned edge, where the shape is a liquid's
    """

    role: str
    made_by: str
    phase: str = "solid"
    composition: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    metal_fraction: float = 1.0
    liquidus: float | None = None
    flux: str = ""
    flux_active: bool = False
    latent: tuple[Exposure, ...] = ()
    opened_by: tuple[str, ...] = ()
    cured: bool = False
    hardened: bool = False
    stress: float | None = None
    stress_free_temperature: float | None = None
    made_from: tuple[str, ...] = ()
    contact_angle: float | None = None
    wetted_edge: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.role not in ROLES or self.phase not in PHASES:
            raise ValueError(f"no region has the role {self.role!r} in the phase {self.phase!r}")


@dataclass(frozen=True)
class LogEntry:
    """One thing that happened to the whole wafer: how hot, how long, in what."""

    step: str
    event: str
    temperature: float
    duration: float
    atmosphere: str = "air"


@dataclass(frozen=True)
class State:
    """All that the next step needs, and nothing else.

    plan : masks seen from above, each with its own polygons and centre
    sections : exact cuts by name ("bump": axisymmetric about the bump's centre)
    facts : by region name, for every region of the cuts but air
    log : bakes, cures and reflows so far
    """

    plan: Plan
    sections: Mapping[str, Section]
    facts: Mapping[str, Facts]
    log: tuple[LogEntry, ...] = ()

    @property
    def bump(self) -> Section:
        """The axisymmetric cut through the bump's centre."""
        return self.sections["bump"]

    def operated(self, operation: Callable[[Section], Section], **facts: Facts | None) -> State:
        """This state after one operation on every cut; `facts` are set (or with None dropped) by region name.

        A region that no cut holds any more loses its facts.
        """
        sections = {name: operation(section) for name, section in self.sections.items()}
        return self._with(sections, facts)

    def with_facts(self, changes: Mapping[str, Facts]) -> State:
        """This state with the facts of some regions replaced."""
        return self._with(self.sections, changes)

    def _with(self, sections: Mapping[str, Section], changes: Mapping[str, Facts | None]) -> State:
        known = {**self.facts, **changes}
        present = {name for section in sections.values() for name in section.names}
        kept = {name: fact for name, fact in known.items() if fact is not None and name in present}
        return replace(self, sections=MappingProxyType(dict(sections)), facts=MappingProxyType(kept))

    def logged(self, entry: LogEntry) -> State:
        """This state with one more log entry."""
        return replace(self, log=(*self.log, entry))

    def names_with(self, *roles: str) -> tuple[str, ...]:
        """Regions that have one of the roles, in the order in which they were made."""
        return tuple(name for name in self.bump.names if name in self.facts and self.facts[name].role in roles)

    def material(self, region: str) -> str:
        """Name of a region's material."""
        return self.bump.region(region).material


@dataclass(frozen=True)
class Quantity:
    """A measured number in SI with its unit and dimension."""

    value: float
    unit: str
    dimension: str


@dataclass(frozen=True)
class Measured:
    """What a step found and did.

    values : measures by name
    record : plain facts of what was done (regions made, opened, wetted, fused ...), from which claims are judged
    warnings : sentences for the engineer
    """

    values: Mapping[str, Quantity] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def length(value: float) -> Quantity:
    """A length in metres as a measure."""
    return Quantity(float(value), "m", "length")


def quantity(value: float, dimension: str) -> Quantity:
    """A number in SI of a named dimension as a measure."""
    from .units import si_unit

    return Quantity(float(value), si_unit(dimension), dimension)


def listed(names: Iterable[str]) -> str:
    """Names as they stand in a sentence.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    names = list(names)
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
