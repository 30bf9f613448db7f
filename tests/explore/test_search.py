"""The search on functions whose answers are known, and on cheap runs."""

import dataclasses
import math

import numpy as np
import pytest

from tests.explore.functions import Function, space_of, wish
from tests.explore.stair import STAIR, written
from waferbump.explore import search_study
from waferbump.explore.factors import Choice, Range, Space
from waferbump.explore.outlook import Point
from waferbump.explore.prospects import Trend
from waferbump.explore.search import Outcome, search
from waferbump.explore.searching import Found
from waferbump.explore.study import read_study
from waferbump.explore.verdict import sentences_of
from waferbump.recipe import load


def rosenbrock(x, y):
    return {"a": 10 * (y - x * x), "b": 1 - x}


def cliff(x, y):
    """Two measures that exist only where x + y > 0.9: nothing opens elsewhere."""
    return {"p": x * x + y, "q": x - y} if x + y > 0.9 else None


CASES = {
    # runs allowed: twice the most that twelve seeds took (11, 13, 16); differential evolution (8 a factor) took 25, 9 and 61 times as many
    "rosenbrock": (space_of((-2, 2), (-2, 2)), rosenbrock, [wish("a", "value", 0.0, 0.05), wish("b", "value", 0.0, 0.05)], 22),
    "cliff": (space_of((0, 1), (0, 1)), cliff, [wish("p", "value", 1.2, 0.02), wish("q", "at_least", 0.5, 0.02)], 26),
    "six": (
        space_of(*[(-3, 5)] * 6),
        lambda *x: {f"m{i}": x[i] + 0.1 * x[(i + 1) % 6] ** 2 for i in range(4)},
        [wish(f"m{i}", "value", 1.0, 0.05) for i in range(4)],
        32,
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("seed", range(4))
def test_targets_are_reached_with_few_runs(name, seed):
    space, function, wishes, runs = CASES[name]
    evaluate = Function(space, function)
    found = search(space, wishes, evaluate, budget=runs, seed=seed)
    assert found.reached and evaluate.calls == len(found.points) <= runs
    measures = found.best_point.measures
    assert all(one.is_met(measures[one.measure][0]) for one in wishes)


@pytest.mark.parametrize(
    ("side", "met", "missed", "miss"), [("value", 10.5, 9.0, -2.0), ("at_least", 99.0, 9.0, -2.0), ("at_most", -99.0, 11.0, 2.0)]
)
def test_of_a_one_sided_limit_only_the_wrong_side_counts(side, met, missed, miss):
    one = wish("m", side, 10.0, 0.5)
    assert one.is_met(met) and not one.is_met(missed) and one.miss(missed) == pytest.approx(miss)
    assert side == "value" or one.miss(met) == 0.0


def test_the_same_seed_tries_the_same_settings_and_another_seed_others():
    space, function, wishes, runs = CASES["rosenbrock"]
    first, again, other = (search(space, wishes, Function(space, function), budget=runs, seed=seed) for seed in (3, 3, 4))
    assert first.points == again.points
    assert first.points != other.points


def test_a_choice_is_searched_too():
    space = Space((Range("x", 0.0, 1.0, 0.0, 1.0), Choice("kind", ("a", "b", "c"))))
    offset = {"a": 3.0, "b": 0.1, "c": -3.0}
    found = search(space, [wish("m", "value", 0.5, 0.01)], Function(space, lambda x, kind: {"m": x**2 + offset[kind]}), budget=30)
    assert found.reached and found.best_point.setting["kind"] == "b"
    assert found.best_point.setting["x"] == pytest.approx(math.sqrt(0.4), abs=0.01)


def test_a_space_of_few_settings_is_tried_once_each_and_then_said_to_be_used_up():
    space = Space((Range("n", 1, 3, 1, 3, whole=True), Choice("kind", ("a", "b"))))
    evaluate = Function(space, lambda n, kind: {"m": n if kind == "a" else 2 * n})
    found = search(space, [wish("m", "value", 5.0, 0.1)], evaluate, budget=50)
    assert evaluate.calls == 6 and "there are no further settings to try" in sentences_of(found)


def test_an_unreachable_target_is_said_with_the_miss_the_bound_and_the_conflict():
    # the larger p, the larger q: p = 8 needs x + y = 8, where q is 16
    space = space_of((0, 10), (0, 4))
    wishes = [wish("p", "value", 8.0, 0.1), wish("q", "at_most", 10.0, 0.1)]
    found = search(space, wishes, Function(space, lambda x, y: {"p": x + y, "q": 2 * x + 2 * y}), budget=30)
    said = "\n".join(sentences_of(found))
    assert not found.reached and "not reached: none of the 30 settings tried meets everything" in said
    assert "misses 8 by" in said or "misses at most 10 by" in said
    assert "what limits it: no run met p (8 within 0.1)" in said and "by their trend it would be met near x0" in said
    assert "but there q would be about 16 (at most 10 within 0.1 was asked)" in said


def test_wishes_that_were_each_met_but_not_together_are_said():
    space = space_of((0, 1))
    wishes = [wish("p", "value", 0.0, 0.4), wish("q", "value", 0.0, 0.4)]
    found = search(space, wishes, Function(space, lambda x: {"p": x, "q": 1 - x}), budget=12)
    said = "\n".join(sentences_of(found))
    assert "what limits it: " in said and "runs, but in the best of them" in said


def test_a_target_beyond_the_range_names_the_factor_at_its_bound():
    space = space_of((0, 10), (0, 1))
    found = search(space, [wish("p", "value", 12.0, 0.1)], Function(space, lambda x, y: {"p": x + 0.1 * y}), budget=25)
    said = "\n".join(sentences_of(found))
    assert "x0 lies at its upper bound of 10: a wider range may reach more" in said
    assert "p is 10.1 and misses 12 by 1.9" in said and "no run met p (12 within 0.1); the nearest of any is 10.1" in said
    assert "by their trend no setting in the ranges gives more than about 10.1" in said


def test_failed_runs_are_counted_and_their_sentence_is_kept():
    space = space_of((0, 1))
    found = search(space, [wish("p", "value", 1.0, 0.1)], Function(space, lambda x: None), budget=12)
    assert found.best is None and len(found.points) == 12
    assert sentences_of(found) == [
        "no setting tried could be measured: all 12 runs failed",
        "12 of 12 runs failed; 12 of them such as: nothing opens",
    ]


def test_failures_that_differ_only_in_numbers_are_one():
    failures = [f"{-0.5 * n} um of resist-{k} are left" for n in range(3) for k in (1, 2)] + ["resist-1 is gone"]
    points = tuple(Point({"x0": 0.1}, None, failure) for failure in failures)
    said = sentences_of(Outcome(space_of((0, 1)), (), points, None, False))
    assert said[1:] == [
        "7 of 7 runs failed; 3 of them such as: -0.0 um of resist-1 are left",
        "7 of 7 runs failed; 3 of them such as: -0.0 um of resist-2 are left",
    ]


def test_wishes_that_exclude_each_other_promise_nothing_of_wider_ranges():
    # p and q are each met at an end of the range, never both
    space = space_of((0, 10))
    wishes = [wish("p", "at_least", 9.0, 0.1), wish("q", "at_most", 1.0, 0.1)]
    found = search(space, wishes, Function(space, lambda x: {"p": x, "q": x}), budget=12)
    assert Trend(found).is_exclusive
    said = "\n".join(sentences_of(found))
    assert "a wider range" not in said and "no setting in the ranges meets all that is asked at once" in said


def test_a_trend_never_names_a_setting_that_the_recipe_refuses():
    space = space_of((0, 10))
    asked = [wish("p", "value", 9.0, 0.01)]
    points = tuple(Point({"x0": x}, {"p": (x, "fraction")}) for x in (0.0, 1.0, 2.0, 3.0, 5.0))
    outcome = Outcome(space, tuple(asked), points, 4, False)
    assert space.setting(Trend(outcome).best_for(asked)[0])["x0"] == pytest.approx(9.0, abs=0.01)
    held = Trend(outcome, lambda setting: setting["x0"] < 7.0)
    assert 6.5 < space.setting(held.best_for(asked)[0])["x0"] < 7.0
    assert "by their trend no setting in the ranges gives more than about 6." in "\n".join(sentences_of(outcome, held))
    nothing = Trend(outcome, lambda setting: False)
    assert nothing.best_for(asked) is None and "trend" not in "".join(s for s in sentences_of(outcome, nothing) if "no run met" in s)


def missing_shelf(folder, recipe="stair-plated", error=0.4e-6, ledge=2e-6):
    """A search of two runs whose best has too narrow a shelf, made by hand."""
    text = STAIR.replace("{at_most: 12 um}", "{at_least: 8 um}").replace("recipe: stair-plated", f"recipe: {recipe}")
    study = dataclasses.replace(read_study(written(folder, text)), budget=5, measures=("development.ledge.resist-2", "development.time"))
    measures = {"opening.resist-1": 75e-6, "opening.resist-2": 90e-6, "ledge.resist-2": ledge, "grid_error": error}
    measures = {f"development.{name}": (value, "length") for name, value in measures.items()} | {"development.time": (60.0, "time")}
    points = tuple(
        Point({"steps.exposure.dose": f"{300 + i} mJ/cm^2", "steps.exposure.tool.gap": f"{10 * i} um"}, measures) for i in range(5)
    )
    return Found(study, Outcome(study.space, study.wishes, points, 0, ledge >= 8e-6), folder)


def test_a_shelf_that_is_missed_is_told_of_the_grey_ring(tmp_path):
    ring = "a grey ring of the mask"
    assert any(ring in said for said in missing_shelf(tmp_path).sentences())
    assert not any(ring in said for said in missing_shelf(tmp_path, ledge=9e-6).sentences())
    assert not any(ring in said for said in missing_shelf(tmp_path, "stair-plated-grey-ring").sentences())


def test_a_budget_used_up_goes_on_only_where_the_trend_has_hope(tmp_path):
    (said,) = [said for said in missing_shelf(tmp_path).sentences() if "is used up" in said]
    assert said == "the budget of 5 runs is used up; by their trend more would not reach it"


def test_a_grid_too_coarse_for_a_target_is_said(tmp_path):
    expected = "walls of development are known to 0.4 um on this grid, not fine enough for a target within 0.5 um"
    assert f"{expected}: run best.yaml with a finer grid" in missing_shelf(tmp_path).sentences()
    assert not any("on this grid" in said for said in missing_shelf(tmp_path, error=0.25000000000001e-6).sentences())


def test_the_report_lists_a_measure_once_and_a_column_only_where_it_says_something(tmp_path):
    from waferbump.views.study_section import study_section

    section = study_section(missing_shelf(tmp_path))
    assert not section["may_move"]
    assert not any(said.startswith("development.ledge.resist-2") for said in section["sentences"])
    assert "development.time: 60 s" in section["sentences"]
    assert not any(said.startswith("development.ledge.resist-2:") for said in missing_shelf(tmp_path).sentences())


def test_latitude_of_a_known_function():
    # |2 x - 1| <= 0.1 and y <= 3: x may move 0.45 .. 0.55, y from its bound 0 up to 3
    space = space_of((0, 2), (0, 4))
    wishes = [wish("p", "value", 1.0, 0.1), wish("y", "at_most", 3.0)]
    evaluate = Function(space, lambda x, y: {"p": 2 * x, "y": y})
    found = search(space, wishes, evaluate, budget=30, latitude=40)
    x, y = found.latitude
    assert evaluate.calls == found.runs <= len(found.points) + 40
    # the edge is known to 3 % of the way from the best setting, and never said wider than it is
    at = found.best_point.setting["x0"]
    assert 0.45 <= x.low <= 0.45 + 0.03 * (at - 0.45) + 2e-4 and 0.55 - 0.03 * (0.55 - at) - 2e-4 <= x.high <= 0.55
    assert (x.low_end, x.high_end) == ("edge", "edge") and x.low_percent == pytest.approx(100 * (x.low / at - 1))
    assert (y.low, y.low_end) == (0, "bound") and 3.0 - 0.1 <= y.high <= 3.0


def test_a_latitude_that_runs_out_of_budget_says_so():
    space = space_of((0, 2))
    found = search(space, [wish("p", "value", 1.0, 0.1)], Function(space, lambda x: {"p": 2 * x}), budget=30, latitude=2)
    assert found.latitude[0].low_end == "budget" and "at least that far" in found.latitude[0].sentence()


@pytest.mark.parametrize("alike", [1e-9, 1e-7])
def test_settings_that_nearly_coincide_do_not_break_the_surrogate(alike):
    from waferbump.explore.surrogate import fitted

    points = np.array([[0.2, 0.3], [0.2 + alike, 0.3], [0.9, 0.1], [0.5, 0.8], [0.1, 0.9]])
    values = points @ [2.0, -1.0] + 0.5
    assert fitted(points, values)(np.array([[0.4, 0.4]]))[0] == pytest.approx(0.9, abs=1e-4)  # a plane is reproduced


def test_a_study_is_searched_and_its_best_recipe_runs(tmp_path):
    import waferbump

    said = []
    found = search_study(written(tmp_path), tmp_path / "out", lambda done, budget, sentence: said.append((done, budget, sentence)))
    assert found.status == "reached" and len(found.outcome.points) <= 40
    assert said[0][:2] == (1, 40) and said[-1][0] == found.outcome.runs
    assert any("latitude of steps.exposure.dose: " in sentence for sentence in found.sentences())
    best = load(tmp_path / "out" / "best.yaml")
    assert best.steps[-1].id == "reflow"  # the whole recipe, not what was cut off for the search
    measures = waferbump.run(best).step("development").measures
    assert measures["opening.resist-1"].value == found.best.measures["development.opening.resist-1"][0]
    assert abs(measures["opening.resist-1"].value - 75e-6) <= 0.5e-6 and measures["opening.resist-2"].value >= 88.5e-6
    summary = found.summary()
    assert summary["status"] == "reached" and all(one["met"] for one in summary["wishes"])


def test_steps_before_the_first_factor_are_done_once(tmp_path):
    from waferbump.explore.evaluating import Bench
    from waferbump.explore.study import read_study

    bench, finished = Bench(read_study(written(tmp_path))), []
    for dose in ("400 mJ/cm^2", "500 mJ/cm^2"):
        bench({"steps.exposure.dose": dose, "steps.exposure.tool.gap": "20 um"})
        finished.append({step.id: step for step in bench.finished.values()})
    first, second = finished
    assert list(first)[-1] == "development"  # nothing is done after `until`
    assert first["soft-bake-2"] is second["soft-bake-2"] and first["exposure"] is not second["exposure"]


def test_runs_that_open_nothing_are_infeasible_with_their_sentence(tmp_path):
    text = STAIR.replace("from: 200 mJ/cm^2, to: 800 mJ/cm^2", "from: 20 mJ/cm^2, to: 60 mJ/cm^2").replace("budget: 40", "budget: 8")
    found = search_study(written(tmp_path, text), tmp_path / "out")
    assert found.status == "not reached" and found.best is None and found.summary()["failed"] == 8
    assert any("nothing of resist-1 is cleared" in sentence for sentence in found.sentences())
    assert not (tmp_path / "out" / "best.yaml").exists()
