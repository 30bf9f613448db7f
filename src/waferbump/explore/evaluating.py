"""One setting carried out: the recipe changed, run as far as asked, and its measures by name; what fails is said in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from waferbump.explore.factors import Setting
from waferbump.explore.outlook import Point
from waferbump.explore.study import Study
from waferbump.explore.wishes import Measures
from waferbump.line import RunError, run
from waferbump.line_layout import site_of
from waferbump.recipe import Problem, Recipe, RecipeError
from waferbump.recipe.problems import nearest, quoted
from waferbump.results import Run, StepResult


class Bench:
    """Carries out settings of a study one after the other, and does not repeat the steps that two in a row share.

    The first run that is done to its end shows whether the measures asked for exist: RecipeError where one is misspelt.
    is_known_to_measure : that was seen in earlier runs
    """

    def __init__(self, study: Study, *, is_known_to_measure: bool = False) -> None:
        self.study = study
        self.is_judged = is_known_to_measure
        self.finished: Mapping[str, StepResult] = {}
        self.site: Mapping[str, Any] = {}
        if study.recipe.layers:
            file = study.layout or (study.recipe.layout.file if study.recipe.layout is not None else None)
            if file is None:
                layers = ", ".join(study.recipe.layers)
                raise RecipeError(Problem(study.file, None, "layout", f"is missing; masks of the recipe come from layers {layers}"))
            self.site = site_of(study.recipe, Path(file))

    def __call__(self, setting: Setting) -> Point:
        """What comes of a setting. A KeyboardInterrupt inside a step stays one."""
        try:
            done = self.carried_out(setting)
        except RecipeError as error:
            return Point(dict(setting), None, str(error.problems[0]))
        except RunError as error:
            if error.run.status == "interrupted":
                raise KeyboardInterrupt from None
            self.finished = {step.key: step for step in error.run.steps}
            return Point(dict(setting), None, error.run.message)
        self.finished = {step.key: step for step in done.steps}
        measures = measures_of(done)
        if not self.is_judged:
            self._refuse_misspelt(done, measures)
            self.is_judged = True
        for wish in self.study.wishes:
            if wish.measure in measures:
                wish.refuse_other(measures[wish.measure][1])
            else:
                return Point(dict(setting), None, f"{wish.measure} is not measured{_why(done, wish.measure)}")
        return Point(dict(setting), measures)

    def _refuse_misspelt(self, done: Run, measures: Measures) -> None:
        """RecipeError with one line for every measure asked for that the run has not, and that no warning of it explains."""
        asked = [*((wish.measure, wish.place) for wish in self.study.wishes), *self.study.places.items()]
        problems = [
            node.problem(f"{quoted(name)} is not measured by the run; {_hint(name, measures)}")
            for name, node in asked
            if name not in measures and _is_misspelt(name, measures, _why(done, name))
        ]
        if problems:
            raise RecipeError(problems)

    def carried_out(self, setting: Setting) -> Run:
        """The run of a setting; RecipeError and RunError where it has none."""
        return run(self.shortened(self.study.changed(setting)), layout=self.site, finished=self.finished)

    def shortened(self, recipe: Recipe) -> Recipe:
        """The recipe up to the study's last step, without limits of its own: those are judged on whole runs."""
        if self.study.until is None:
            return replace(recipe, spec={})
        ids = [step.id for step in recipe.steps]
        return replace(recipe, steps=recipe.steps[: ids.index(self.study.until) + 1], spec={})


def measures_of(done: Run) -> Measures:
    """Every step's measures as STEP.MEASURE, and the final ones by their names."""
    found = {f"{step.id}.{name}": (q.value, q.dimension) for step in done.steps for name, q in step.measures.items()}
    return {**found, **{name: (q.value, q.dimension) for name, q in done.measures.items()}}


_SOMETIMES = ("ledge", "per_percent_of_dose", "sensitivity", "bottom", "wall_angle")  # measured only where there is such a thing


def _parts(name: str) -> tuple[str, str, str]:
    """Step, kind and what it is of: `development.opening.resist-1` in three."""
    step, _, rest = name.partition(".")
    kind, _, of = rest.partition(".")
    return step, kind, of


def _is_misspelt(name: str, measures: Measures, why: str) -> bool:
    """Whether a measure that a run has not is one that no run has, as far as the others of its step tell."""
    step, kind, of = _parts(name)
    own = [_parts(other) for other in measures if _parts(other)[0] == step]
    kinds, things = {other[1] for other in own}, {other[2] for other in own}
    if of and of in why:
        return False
    if of not in things or (kind in kinds and not of):
        return bool(own) or not why
    if kind in _SOMETIMES:
        return False
    return not why or (kind not in kinds and bool(get_close_matches(kind, kinds)))


def _hint(name: str, measures: Measures) -> str:
    """The nearest measures that there are: of the same step where it has some."""
    own = [other for other in measures if _parts(other)[0] == _parts(name)[0]]
    return nearest(name, own or measures, what="measures")


def _why(done: Run, measure: str) -> str:
    """What the run warned of that may explain why a measure is not there: the step's own first warning, else the last of all."""
    own = [sentence for step, sentence in done.warnings if step == measure.partition(".")[0]]
    every = [f"{step}: {sentence}" for step, sentence in done.warnings if step != "recipe"]
    return f": {own[0]}" if own else f" ({every[-1]})" if every else ""
