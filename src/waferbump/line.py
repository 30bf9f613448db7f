"""The line: from a recipe to a Run. Build the carrier, do the steps in order, keep every state and every measure."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from . import __version__
from .bookkeeping import Ledger
from .geometry.cut_line import length_of
from .geometry.section import GeometryError, Section
from .geometry.stack import Stack
from .materials import MaterialError, library
from .measures import final_measures, spec_problems
from .recipe import Problem, Recipe, RecipeError
from .results import Run, StepResult
from .state import Facts, State, StepError
from .steps.catalogue import model_of, usual_model
from .steps.support import refuse_floating

HEADROOM = 300e-6  # m of air above the carrier to begin with; the cell grows by itself
SEEDS = 2**63  # seeds are whole numbers below this, as in a recipe
FORESEEN = (StepError, GeometryError, MaterialError)  # what a step raises with a sentence for the user


class RunError(RuntimeError):
    """A step that could not be done; `run` holds what was finished before it."""

    def __init__(self, message: str, run: Run) -> None:
        super().__init__(message)
        self.run = run


def run(
    recipe: Recipe,
    *,
    seed: int | None = None,
    layout: Mapping[str, Any] | None = None,
    finished: Mapping[str, StepResult] | None = None,
    on_step: Callable[[StepResult], None] | None = None,
) -> Run:
    """Do all the steps of a recipe.

    Parameters
    ----------
    recipe : from `load` or made in Python
    seed : of everything random; none means nominal values
    layout : {"polygons": by layer name, "facts": ...} of one site of a layout file, for recipes whose masks come from layers
    finished : results by key of earlier work, which is then not done again
    on_step : called after each step

    Raises
    ------
    RecipeError : a limit of the spec, a model, a seed, or a mask, that the run cannot have.
    RunError : a step's precondition is false, it meets a case that is not handled, or the user stopped it; its `run` holds the
        finished steps.
    """
    seed = recipe.seed if seed is None else seed
    refuse_unfit(recipe, seed)
    layout = layout or {}
    start = first_state(recipe, layout.get("polygons"), layout.get("facts"))
    steps: list[StepResult] = []

    def so_far(status: str, message: str = "") -> Run:
        left = " ".join(step.key_text() for step in recipe.steps[len(steps) :])
        last = steps[-1].key if steps else start_key(recipe, start, seed)
        key = hashlib.sha256(f"{last} {status} {message} {left}".encode()).hexdigest()[:16]
        # of a run that stopped, what cannot be measured must not lose the steps that were finished
        try:
            measures = final_measures(steps[-1].state if steps else start, [s.record for s in steps], recipe.cell.pitch)
        except Exception:
            if status == "done":
                raise
            measures = {}
        return Run(recipe, start, tuple(steps), measures, key, seed, status, message, layout.get("facts", {}))

    try:
        for result in _done(recipe, start, seed, finished or {}):
            steps.append(result)
            if on_step is not None:
                on_step(result)
    except FORESEEN as problem:
        failed = recipe.steps[len(steps)]
        why = f"{problem}{_likely_cause(steps)}"
        raise RunError(
            f"{failed.file}:{failed.line}: {failed.place}: {failed.id}: {why}",
            so_far("failed", f"{failed.id} ({failed.verb}): {why}"),
        ) from problem
    except KeyboardInterrupt as stop:
        raise RunError("stopped by the user; the finished steps are kept", so_far("interrupted", "stopped by the user")) from stop
    return so_far("done")


def refuse_unfit(recipe: Recipe, seed: int | None = None) -> None:
    """RecipeError for what no run can have: limits on what is not measured or of another dimension, unknown models, a bad seed.

    Limits on a step's measure (STEPID.MEASURE) are judged when the run is done.
    """
    ids = {step.id for step in recipe.steps}
    limits = {name: limit for name, limit in recipe.spec.items() if "." not in name or name.partition(".")[0] not in ids}
    problems = [recipe.sheet.field("spec").value[name].problem(message) for name, message in spec_problems(limits)]
    for step in recipe.steps:
        if step.model is None:
            continue
        try:
            model_of(step.verb, step.model)
        except ValueError as problem:
            problems += step.error(str(problem), "model").problems
        except TypeError:
            problems += step.error("expected the name of a model", "model").problems
    if seed is not None and not 0 <= seed < SEEDS:
        problems.append(Problem("", None, "seed", f"expected a whole number from 0 to {SEEDS - 1}, not {seed}"))
    if problems:
        raise RecipeError(problems)


def _likely_cause(steps: Sequence[StepResult]) -> str:
    """What the development of the masks that still stand warned of last, as a remark behind a failed step's sentence."""
    for step in reversed(steps):
        if step.verb == "strip" or (step.verb == "develop" and not step.warnings):
            break
        if step.verb == "develop":
            return f" (before it, {step.id} warned: {step.warnings[-1]})"
    return ""


def first_state(recipe: Recipe, layout_polygons=None, layout_facts: Mapping[str, Any] | None = None) -> State:
    """The bare carrier with the recipe's masks, in every view that the recipe carries."""
    plan = recipe.plan(layout_polygons, seen=layout_facts)
    size = {"material": recipe.carrier.material, "thickness": recipe.carrier.thickness, "headroom": HEADROOM}
    sections = {"bump": Section.blank("axisymmetric", recipe.cell.pitch / 2, **size)}
    stack = None
    if plan.window is not None:
        stack = Stack.blank(plan.window, **size)
        sections["cut"] = Section.blank("planar", length_of(plan.line), line=plan.line, **size)
    facts = {"carrier": Facts("carrier", "carrier")}
    return State(plan, MappingProxyType(sections), MappingProxyType(facts), stack=stack)


def start_key(recipe: Recipe, start: State, seed: int | None) -> str:
    """Hash of everything that precedes the first step: code, data, seed, cell, carrier and masks."""
    masks = json.dumps(start.plan.to_record(), sort_keys=True)
    return hashlib.sha256(f"{code_and_data_key()} {seed} {recipe.cell} {recipe.carrier} {masks}".encode()).hexdigest()


def _done(recipe: Recipe, start: State, seed: int | None, finished: Mapping[str, StepResult]) -> Iterator[StepResult]:
    """Do the steps one by one; a step whose key is among the finished ones is not done again."""
    state, key = start, start_key(recipe, start, seed)
    for step in recipe.steps:
        key = hashlib.sha256(f"{key} {step.key_text()}".encode()).hexdigest()
        result = finished.get(key)
        if result is None:
            ledger = Ledger(library())
            began = time.perf_counter()
            try:
                model = step.model or usual_model(step.verb, state, step.settings, ledger)
                after, measured = model_of(step.verb, model)(state, step.settings, ledger, _random(seed, step.id), step.id)
                refuse_floating(after)
            except FORESEEN:
                raise
            except Exception as problem:
                what = f"{type(problem).__name__}: {' '.join(str(problem).split())}"
                raise StepError(f"{step.verb} of what stands here is not handled: {what} (please report it)") from problem
            seconds = time.perf_counter() - began
            result = StepResult(step.id, step.verb, model, step.settings, measured, after, ledger.cited(), key, seconds)
        state = result.state
        yield result


def _random(seed: int | None, step_id: str):
    """One counter-based stream a step id, so that inserting a step shifts no other; none without a seed."""
    if seed is None:
        return None
    import numpy as np

    word = int.from_bytes(hashlib.sha256(step_id.encode()).digest()[:8], "little")
    return np.random.Generator(np.random.Philox(key=[seed, word]))


@cache
def code_and_data_key() -> str:
    """Hash of every module and data file of the package: work done by other code is other work."""
    digest = hashlib.sha256(__version__.encode())
    found, todo = [], [files("waferbump")]
    while todo:
        for entry in todo.pop().iterdir():
            if entry.is_dir():
                todo.append(entry)
            elif entry.name.endswith((".py", ".yaml")):
                found.append((entry.name, entry.read_bytes()))
    for _, content in sorted(found):
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()
