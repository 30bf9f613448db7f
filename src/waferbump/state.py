"""What stands between two steps: the mask plan, the exact cuts, the facts of every region and the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from .geometry.plan import Plan
from .geometry.section import Section
from .geometry.stack import Stack
from .physics.light import Light

ROLES = ("carrier", "pad", "passivation", "redistribution", "film", "post", "mask", "dielectric", "flux", "residue", "solder", "board",
         "intermetallic")  # fmt: skip
PHASES = ("solid", "paste", "liquid")
ROOM_TEMPERATURE = 298.15  # K


class StepError(ValueError):
    """A step whose precondition is false: the run stops with this sentence."""


@dataclass(frozen=True)
class Exposure:
    """A dose left in a resist: what one exposure with one mask put there.

    step : id of the exposing step;  mask : its name;  dose : open-frame dose [J/m^2]
    discs : ((radius [m], transmission change), ...) whose sum is the mask's relative transmission, outermost disc first
    background : transmission far from the bump's centre;  blur : standard deviation of the image [m], 0 where the light itself is kept
    light : what fell on the mask, where image and development are computed from it
    resists : regions that it reached, as they were then (shapely polygons over radius and height [m]);  logged : entries of the log before
    """

    step: str
    mask: str
    dose: float
    discs: tuple[tuple[float, float], ...]
    background: float
    blur: float
    light: Light | None = None
    resists: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    logged: int = 0


@dataclass(frozen=True)
class Facts:
    """What is known of a region beyond its shape and material.

    role : one of ROLES;  phase : one of PHASES;  made_by : step id
    composition : mass fractions of a metal by element (empty: the material's own)
    metal_fraction : volume fraction of metal (below 1 for paste and powder)
    flux : material of the flux that travels in a paste;  flux_active : it has not been through a reflow yet
    latent : exposures that still count;  opened_by : exposures that patterned it;  cured : stays (dielectric);
    hardened : baked so hard that light and developer do nothing to it any more
    stress : intrinsic [Pa];  stress_free_temperature : [K]
    made_from : names of the bodies that were fused into this one
    contact_angle : [rad], through the solder at the pinned edge, where the shape is a liquid's
    imported : views in which its shape is the image of the round section's: a slice in a planar cut, terraces in the plan
    thickness : low, nominal and high [m], of a compound layer whose rate of growth is known between limits only
    adhesion : fracture energy of its joints [J/m^2] by the region that it lies on, as far as the recipe states them
    parameters : numbers of a resist that the recipe states in place of the library's [SI], by property
    """

    role: str
    made_by: str
    phase: str = "solid"
    composition: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    metal_fraction: float = 1.0
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
    imported: tuple[str, ...] = ()
    thickness: tuple[float, ...] = ()
    adhesion: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    parameters: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if self.role not in ROLES or self.phase not in PHASES:
            raise ValueError(f"no region has the role {self.role!r} in the phase {self.phase!r}")


@dataclass(frozen=True)
class LogEntry:
    """One thing that happened to the whole wafer: how hot, how long, in what.

    temperature : highest [K];  duration : at or above what mattered [s];  course : (time [s], temperature [K]) from point to point, where
    more than the two is known
    """

    step: str
    event: str
    temperature: float
    duration: float
    atmosphere: str = "air"
    course: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class State:
    """All that the next step needs, and nothing else.

    plan : masks seen from above, each with its own polygons and centre
    sections : exact cuts by name ("bump": axisymmetric about the bump's centre; "cut": planar along the plan's line)
    facts : by region name, for every region of the cuts but air
    log : bakes, cures and reflows so far
    stack : the site in plan, face by face; where there is one it is the truth for what stands where, and the round cut shows what most
        of a circle about the bump's centre sees
    """

    plan: Plan
    sections: Mapping[str, Section]
    facts: Mapping[str, Facts]
    log: tuple[LogEntry, ...] = ()
    stack: Stack | None = None

    @property
    def bump(self) -> Section:
        """The axisymmetric cut through the bump's centre."""
        return self.sections["bump"]

    @property
    def body(self) -> Section | Stack:
        """What decides where things stand: the stack where there is one, else the round cut."""
        return self.bump if self.stack is None else self.stack

    def operated(self, operation: Callable[[Section | Stack], Section | Stack], **facts: Facts | None) -> State:
        """This state after one operation on every cut and on the stack; `facts` are set (or with None dropped) by region name.

        A region that no view holds any more loses its facts.
        """
        sections = {name: operation(section) for name, section in self.sections.items()}
        if self.stack is None:
            return self._with(sections, None, facts)
        stack = operation(self.stack)
        for name, section in sections.items():
            # in a cut a body may be shut in that the etchant reached from beside it
            # (compounds are drawn in the round cut alone; elsewhere the solder's image holds their place)
            if gone := [n for n in section.names[:-1] if not stack.has(n) and self.facts[n].role != "intermetallic"]:
                sections[name] = section.without(gone)
        return self._with(sections, stack, facts)

    def with_facts(self, changes: Mapping[str, Facts]) -> State:
        """This state with the facts of some regions replaced."""
        return self._with(self.sections, self.stack, changes)

    def _with(self, sections: Mapping[str, Section], stack: Stack | None, changes: Mapping[str, Facts | None]) -> State:
        known = {**self.facts, **changes}
        present = {name for section in sections.values() for name in section.names} | set(stack.names if stack else ())
        kept = {name: fact for name, fact in known.items() if fact is not None and name in present}
        return replace(self, sections=MappingProxyType(dict(sections)), facts=MappingProxyType(kept), stack=stack)

    def seen_round(self) -> State:
        """This state as the round cut alone sees it."""
        return State(self.plan, {"bump": self.bump}, {n: f for n, f in self.facts.items() if self.bump.has(n)}, self.log)

    def with_round_bodies(self, round_state: State) -> State:
        """This state after a step that only the round cut can do: what it changed there comes into the other views as its image.

        Bodies that are no longer as they were in the round cut are taken out of the plan and the planar cut, and those that are new or
        changed are set in, as terraces and as a slice. Layers of compound are thin and lie in the metal's place as much as in the
        solder's: there the solder's image stands for them too.
        """
        shown = _with_compounds_in_solder(round_state)
        before, after = self.bump, round_state.bump
        flows = {n for state in (self, round_state) for n in state.names_with("solder", "flux", "residue")}
        kept = {n for n in before.names[:-1] if after.has(n) and (n not in flows or _alike(before.shape(n), after.shape(n)))}
        gone = [n for n in before.names[:-1] if n not in kept]
        new = [n for n in shown.names[:-1] if n not in kept]
        views: dict[str, Section | Stack] = {**self.sections, **({} if self.stack is None else {"plan": self.stack})}
        others = {}
        for view, body in views.items():
            if view == "bump":
                continue
            cleared = body.without([n for n in gone if body.has(n)]) if any(body.has(n) for n in gone) else body
            for name in new:
                cleared = cleared.with_image(name, shown.region(name).material, shown)
            others[view] = cleared
        stack = others.pop("plan", None)
        seen = tuple(others) + (("plan",) if stack is not None else ())
        facts = {n: None for n in gone} | dict(round_state.facts)
        facts |= {n: replace(round_state.facts[n], imported=seen) for n in new}
        return replace(self._with({"bump": after, **others}, stack, facts), log=round_state.log)

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of all regions but air, in the order in which they were made."""
        if self.stack is None:
            return tuple(name for name in self.bump.names if name in self.facts)
        return tuple(self.facts)

    def logged(self, entry: LogEntry) -> State:
        """This state with one more log entry."""
        return replace(self, log=(*self.log, entry))

    def names_with(self, *roles: str) -> tuple[str, ...]:
        """Regions that have one of the roles, in the order in which they were made."""
        return tuple(name for name in self.regions if self.facts[name].role in roles)

    def material(self, region: str) -> str:
        """Name of a region's material."""
        for section in self.sections.values():
            if section.has(region):
                return section.region(region).material
        return self.body.material(region) if self.stack is not None else self.bump.region(region).material

    def has(self, region: str) -> bool:
        """Whether a region is there in any view."""
        return region in self.facts

    def names_of(self, material: str) -> tuple[str, ...]:
        """Regions made of a material, in the order in which they were made."""
        return tuple(name for name in self.regions if self.material(name) == material)

    def amount(self, region: str) -> float:
        """Volume of a region [m^3]: in the site where the plan is carried, else in the round cell; 0 where it is not."""
        if not self.body.has(region):
            return 0.0
        return self.bump.amount(region) if self.stack is None else self.stack.volume(region)

    def is_bare(self, region: str) -> bool:
        """Whether open air touches a region."""
        return self.bump.exposed_amount(region) > 0 if self.stack is None else self.stack.exposed(region)

    def levels(self, region: str) -> tuple[float, float]:
        """Lowest and highest point of a region [m]."""
        return self.bump.bounds(region)[1::2] if self.stack is None else self.stack.bounds(region)

    @property
    def field_height(self) -> float:
        """Height of the surface away from the bump [m]: at the round cell's edge, or the commonest of the plan."""
        return self.bump.surface_height(self.bump.width) if self.stack is None else self.stack.field_height


def _with_compounds_in_solder(state: State) -> Section:
    """The round cut with every layer of compound counted into the solder that it hangs together with."""
    section = state.bump
    for solder in (n for n in state.names_with("solder") if section.has(n)):
        layers, near = {n for n in state.names_with("intermetallic") if section.has(n)}, {solder}
        while more := {n for n in layers - near if section.neighbours(n) & near}:
            near |= more
        if len(near) > 1:
            section = section.merged([n for n in section.names if n in near], into=solder, material=section.material(solder))
    return section


def _alike(one, other) -> bool:
    """Whether two shapes are the same but for points that the partition's noding has put on their edges (a picometre of the outline)."""
    return one.symmetric_difference(other).area < 1e-12 * one.length


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
