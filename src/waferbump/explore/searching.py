"""`waferbump search`: a study from its file to its verdict, kept in a folder as it goes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from waferbump.explore.evaluating import Bench
from waferbump.explore.factors import Setting
from waferbump.explore.outlook import Point
from waferbump.explore.prospects import Trend
from waferbump.explore.search import Outcome, Progress, search
from waferbump.explore.store import Store
from waferbump.explore.study import Study, read_study
from waferbump.explore.verdict import sentences_of
from waferbump.explore.wishes import difference_text, shown
from waferbump.recipe import RecipeError
from waferbump.results import Run


@dataclass(frozen=True)
class Found:
    """What a study's search found.

    status : "reached", "not reached" or "interrupted";  outcome : every point and the verdict's material
    """

    study: Study
    outcome: Outcome
    folder: Path

    @property
    def status(self) -> str:
        """How it ended."""
        if self.outcome.interrupted:
            return "interrupted"
        return "reached" if self.outcome.reached else "not reached"

    @property
    def best(self) -> Point | None:
        """The best point, or None where nothing could be measured."""
        return self.outcome.best_point

    def best_run(self) -> Run | None:
        """The best setting carried out once more, as far as the study goes; None where nothing could be measured."""
        return None if self.best is None else Bench(self.study).carried_out(self.best.setting)

    def sentences(self) -> list[str]:
        """The verdict in plain words, one sentence a line."""
        found = sentences_of(self.outcome, self._trend)
        if self.outcome.interrupted:
            done, budget = len(self.outcome.points), self.study.budget
            found.insert(0, f"stopped after {done} of {budget} runs; the same command with -o {self.folder} goes on from there")
        elif not self.outcome.reached and len(self.outcome.points) >= self.study.budget:
            onward = "a larger one goes on from here in the same folder"
            then = "by their trend more would not reach it" if self._trend.is_closed else onward
            found.append(f"the budget of {self.study.budget} runs is used up; {then}")
        if self.best is not None:
            found += [*self._of_the_stair(), *self._of_the_grid()]
            more = [name for name in self.study.measures if not any(said.startswith(f"{name} is ") for said in found)]
            found += [f"{name}: {shown(self.best.measures.get(name)) or 'not measured'}" for name in more]
            found.append(f"the best recipe is {self.folder / 'best.yaml'}")
        return found

    @cached_property
    def _trend(self) -> Trend:
        return Trend(self.outcome, self._allows)

    def _allows(self, setting: Setting) -> bool:
        """Whether the recipe takes a setting."""
        try:
            self.study.changed(setting)
        except RecipeError:
            return False
        return True

    def _of_the_stair(self) -> list[str]:
        """What widens a shelf that came out too narrow, where the mask does not do it yet."""
        if any(getattr(mask, "rings", ()) for mask in self.study.recipe.masks.values()):
            return []
        value = self.best.measures
        if any(".ledge." in w.measure and w.excess(value[w.measure][0]) < -w.within * (1 + 1e-12) for w in self.outcome.wishes):
            return ["a grey ring of the mask, or a pair of resists that differ more, gives a wider shelf"]
        return []

    def _of_the_grid(self) -> list[str]:
        """Steps whose walls are known no better than half of what a target allows to be missing."""
        found = []
        for step in dict.fromkeys(wish.measure.partition(".")[0] for wish in self.outcome.wishes):
            error = self.best.measures.get(f"{step}.grid_error")
            widths = [w.within for w in self.outcome.wishes if w.measure.startswith(f"{step}.") and w.within and w.dimension == "length"]
            if error is not None and widths and error[0] > min(widths) / 2 * (1 + 1e-9):
                known, width = (difference_text(number, "length") for number in (error[0], min(widths)))
                found.append(
                    f"walls of {step} are known to {known} on this grid, not fine enough for a target within {width}: "
                    "run best.yaml with a finer grid"
                )
        return found

    def summary(self) -> dict[str, Any]:
        """What study.json holds, ready for JSON: numbers in SI with their dimension."""
        outcome, best = self.outcome, self.best
        return {
            "does": "search",
            "title": self.study.title,
            "status": self.status,
            "runs": outcome.runs,
            "failed": sum(point.measures is None for point in outcome.points),
            "budget": self.study.budget,
            "seed": self.study.seed,
            "best": None if best is None else {"run": outcome.best + 1, "factors": best.setting, "measures": _measures(best)},
            "wishes": [_wish(wish, best) for wish in outcome.wishes],
            "latitude": [vars(one) for one in outcome.latitude],
            "sentences": self.sentences(),
        }


def _measures(point: Point) -> dict[str, Any]:
    return {name: {"value": value, "dimension": dimension} for name, (value, dimension) in point.measures.items()}


def _wish(wish: Any, best: Point | None) -> dict[str, Any]:
    value = best.measures[wish.measure][0] if best is not None else None
    return {
        "measure": wish.measure,
        "kind": "constraint" if wish.is_constraint else "target",
        wish.side: wish.limit,
        "within": wish.within,
        "dimension": wish.dimension,
        "found": value,
        "met": value is not None and wish.is_met(value),
    }


def search_study(path: str | Path, folder: str | Path, on_progress: Progress | None = None) -> Found:
    """Carry out a study that searches, in a folder that keeps every run; what the folder holds of the same study is not done again.

    Parameters
    ----------
    path : of the study's file, or a built-in study's name
    folder : for points.jsonl, study.json and best.yaml
    on_progress : called after each run with (runs done, budget, sentence on the best so far)

    Raises
    ------
    RecipeError : the study or its recipe cannot be used, or a target turns out to be of another dimension than its measure,
        or a measure is one that the first run done to its end has not.
    ArchiveError : the folder holds something else.

    A KeyboardInterrupt is taken as "stop here": what is done is kept, and the status is "interrupted".
    """
    study = read_study(path)
    bench = Bench(study)
    with Store(folder, study.name, study.key()) as store:
        bench.is_judged = any(point.measures is not None for point in store.searched)

        def evaluate(setting: Setting, phase: str) -> Point:
            try:
                return store.evaluated(setting, phase, bench)
            except RecipeError:
                store.abandon()
                raise

        outcome = search(
            study.space,
            study.wishes,
            evaluate,
            budget=study.budget,
            seed=study.seed,
            first=study.first(),
            latitude=study.latitude,
            known=store.searched,
            on_progress=on_progress,
        )
        found = Found(study, outcome, Path(folder))
        if found.best is not None:
            store.write("best.yaml", study.changed(found.best.setting).to_yaml())
        store.write_summary(found.summary())
    return found
