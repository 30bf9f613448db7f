"""What a run leaves: every state and every measure in order, with the values used and their sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .geometry.section import Section
    from .recipe import Recipe
    from .state import Measured, Quantity, State


@dataclass(frozen=True)
class StepResult:
    """One step of a run: what was asked, which model did it, what it found, and the state it left.

    used : values read from the materials, as run.json lists them;  key : hash of everything that led here
    """

    id: str
    verb: str
    model: str
    settings: Any
    measured: Measured
    state: State
    used: tuple[Mapping[str, Any], ...]
    key: str
    seconds: float

    @property
    def measures(self) -> Mapping[str, Quantity]:
        return self.measured.values

    @property
    def record(self) -> Mapping[str, Any]:
        return self.measured.record

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.measured.warnings


@dataclass(frozen=True)
class Run:
    """A recipe carried out.

    status : "done", "failed" or "interrupted";  message : why, when it is not done
    """

    recipe: Recipe
    start: State
    steps: tuple[StepResult, ...]
    measures: Mapping[str, Quantity]
    key: str
    seed: int | None = None
    status: str = "done"
    message: str = ""
    layout: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def load(folder: str | Path) -> Run:
        """Read back what `waferbump run -o DIR` wrote, bit for bit."""
        from .archive import load_run

        return load_run(Path(folder))

    @property
    def states(self) -> tuple[State, ...]:
        """The state after every step."""
        return tuple(step.state for step in self.steps)

    @property
    def final(self) -> State:
        """The last state."""
        return self.steps[-1].state if self.steps else self.start

    @property
    def sources(self) -> tuple[Mapping[str, Any], ...]:
        """Every value used, once, in order of first use."""
        found = {(v["of"], v["property"]): v for step in reversed(self.steps) for v in reversed(step.used)}
        return tuple(reversed(found.values()))

    @property
    def assumed(self) -> tuple[Mapping[str, Any], ...]:
        """Values used that nobody measured."""
        return tuple(s for s in self.sources if s["kind"] == "assumed")

    @property
    def warnings(self) -> tuple[tuple[str, str], ...]:
        """(step id, sentence) of every warning; those of the recipe itself come first, under the id "recipe"."""
        asked = (*self.recipe.warnings(), *self.start.plan.approximations())
        return (*(("recipe", sentence) for sentence in dict.fromkeys(asked)), *self._warned(), *self._open())

    def _open(self) -> tuple[tuple[str, str], ...]:
        """A warning where the plan is carried and no pad leads to the solder."""
        from .materials import library
        from .steps.conduction import connections

        ways = connections(self.final, library()) if self.status == "done" else {}
        if not ways or any(ways.values()):
            return ()
        return (("connection", f"nothing leads from {' or '.join(ways)} to the solder: the site is electrically open"),)

    def _warned(self) -> tuple[tuple[str, str], ...]:
        return tuple((step.id, sentence) for step in self.steps for sentence in step.warnings)

    def step(self, step_id: str) -> StepResult:
        """The step of that id; KeyError names those there are."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(f"no step {step_id!r}; there are {', '.join(s.id for s in self.steps)}")

    def section(self, step_id: str, view: str = "bump") -> Section:
        """The cut after a step."""
        return self.step(step_id).state.sections[view]

    def missed_limits(self) -> tuple[str, ...]:
        """Sentences for every measure outside the recipe's `spec`; none for a run that did not reach its end."""
        from .units import expected, show

        missed = []
        for name, limits in self.recipe.spec.items() if self.status == "done" else ():
            found = self._limited(name)
            if found is None:
                missed.append(f"{name} was not measured, but the spec limits it")
                continue
            shown = show(found.value, found.dimension)
            if limits.dimension != found.dimension:
                missed.append(f"{name} is {shown}, but its limits are of another dimension; expected {expected(found.dimension)}")
                continue
            for word, limit, wrong in (("below its minimum", limits.min, -1), ("above its maximum", limits.max, 1)):
                if limit is not None and (found.value - limit) * wrong > 0:
                    missed.append(f"{name} is {shown}, {word} of {show(limit, found.dimension)}")
        return tuple(missed)

    def _limited(self, name: str) -> Quantity | None:
        """The final measure of that name, or the measure STEPID.MEASURE of a step."""
        if name in self.measures:
            return self.measures[name]
        step_id, _, measure = name.partition(".")
        return next((step.measures.get(measure) for step in self.steps if step.id == step_id), None)
