"""Every mistake in a study is one sentence with file and line that says how to mend it."""

import pytest

from tests.explore.stair import STAIR, written
from waferbump.explore import read_calibration, read_study
from waferbump.explore.factors import Choice, Range
from waferbump.recipe import RecipeError

CALIBRATION = """\
study: 1
name: positive
does: calibrate
resist: generic-positive-slow
factors:
  dill_c: {from: 0.002 cm^2/mJ, to: 0.02 cm^2/mJ, scale: log}
fixed: {development_contrast: 4}
observations:
  - {measure: dose_to_clear, thickness: 10 um, time: 120 s, value: 170 mJ/cm^2, spread: 5 %}
  - {measure: dose_to_clear, thickness: 30 um, time: 240 s, value: 283 mJ/cm^2, spread: 10 mJ/cm^2}
"""

MISTAKES = [
    ("study: 1\n", "study: 2\n", 1, "study", "expected 1"),
    ("study: 1\n", "", 1, "study", "starts with `study: 1`"),
    ("does: search", "does: sweep", 3, "does", "expected search or calibrate"),
    ("does: search", "does: calibrate", 3, "does", "use `waferbump calibrate"),
    ("name: stair", "name: a stair", 2, "name", "letters, digits"),
    ("budget: 40", "budjet: 40", 15, "budjet", 'did you mean "budget"?'),
    ("budget: 40", "budget: many", 15, "budget", "whole number from 1"),
    ("recipe: stair-plated", "recipe: stair-platd", 4, "recipe", 'did you mean "stair-plated'),
    ("recipe: stair-plated", "recipe: [a]", 4, "recipe", "expected text"),
    ("steps.exposure.model: blurred_image", "steps.exposur.model: blurred_image", 5, "set.steps.exposur.model", "there is no step"),
    ("until: development", "until: developement", 6, "until", 'did you mean "development"?'),
    ("steps.exposure.dose:", "steps.exposure.doze:", 8, "factors.steps.exposure.doze", 'did you mean "dose"?'),
    ("200 mJ/cm^2", "200 um", 8, "factors.steps.exposure.dose.from", "no two quantities of one dimension"),
    ("{from: 200 mJ/cm^2, to: 800 mJ/cm^2}", "{from: 2 um, to: 8 um}", 8, "factors.steps.exposure.dose", "is a length; expected a dose"),
    ("{from: 200 mJ/cm^2, to: 800 mJ/cm^2}", "{from: 800 mJ/cm^2, to: 200 mJ/cm^2}", 8, "factors.steps.exposure.dose", "must be less than"),
    ("to: 800 mJ/cm^2", "to: 80000 mJ/cm^2", 8, "factors.steps.exposure.dose", "out of range"),
    ("{from: 200 mJ/cm^2, to: 800 mJ/cm^2}", "{from: 200 mJ/cm^2}", 8, "factors.steps.exposure.dose.to", "is missing"),
    ("{from: 0 um, to: 100 um}", "{from: 0 um, to: 100 um, scale: log}", 9, "factors.steps.exposure.tool.gap.from", "above zero"),
    ("{from: 0 um, to: 100 um}", "{choices: [20 um]}", 9, "factors.steps.exposure.tool.gap.choices", "two choices or more"),
    ("{value: 75 um, within: 0.5 um}", "{value: 75 um}", 11, "targets.development.opening.resist-1.within", "is missing"),
    ("{value: 75 um, within: 0.5 um}", "{value: 75 um, within: 5 s}", 11, "targets.development.opening.resist-1.within", "is a time"),
    ("{value: 75 um, within: 0.5 um}", "{value: 75 s, within: 5 um}", 11, "targets.development.opening.resist-1.value", "is no time"),
    ("{value: 75 um, within: 0.5 um}", "75 um", 11, "targets.development.opening.resist-1", "expected a limit"),
    ("{at_most: 12 um}", "{value: 12 um}", 14, "constraints.development.ledge.resist-2.value", "belongs under targets"),
    ("{at_most: 12 um}", "{at_most: 12 um, at_least: 1 um}", 14, "constraints.development.ledge.resist-2", "exactly one of"),
    ("development.ledge.resist-2", "bump_hight", 14, "constraints.bump_hight", 'did you mean "bump_height"'),
]


@pytest.mark.parametrize(("before", "after", "line", "field", "sentence"), MISTAKES, ids=[f"{m[3]}-{m[4][:12]}" for m in MISTAKES])
def test_a_mistake_is_said_with_its_line(tmp_path, before, after, line, field, sentence):
    assert before in STAIR
    path = written(tmp_path, STAIR.replace(before, after, 1))
    with pytest.raises(RecipeError) as caught:
        read_study(path)
    assert len(caught.value.problems) == 1, str(caught.value)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.field) == (str(path), line, field)
    assert sentence in problem.message and "\n" not in problem.message


@pytest.mark.parametrize(
    ("before", "after", "line", "sentence"),
    [
        ("resist: generic-positive-slow", "resist: generic-positive-slo", 4, "no photoresist of the library"),
        ("resist: generic-positive-slow", "resist: Cu", 4, "no photoresist of the library"),
        ("  dill_c:", "  dill_d:", 6, 'did you mean "dill_c"'),
        ("{from: 0.002 cm^2/mJ, to: 0.02 cm^2/mJ, scale: log}", "{from: 2 um, to: 3 um}", 6, "expected a bleaching"),
        ("{development_contrast: 4}", "{dill_c: 0.006 cm^2/mJ}", 7, "either fixed or fitted"),
        ("dose_to_clear, thickness: 10 um", "dose, thickness: 10 um", 9, "no measure of a resist"),
        ("measure: dose_to_clear, thickness: 10 um", "measure: {a: 1}, thickness: 10 um", 9, "no measure of a resist"),
        ("measure: dose_to_clear, thickness: 10 um", "measure: [a], thickness: 10 um", 9, "no measure of a resist"),
        ("time: 120 s, ", "", 9, "is missing; expected a time"),
        ("spread: 5 %", "spread: 5 um", 9, "is a length"),
        ("value: 170 mJ/cm^2", "value: 170 mJ/cm^2, mask: 40 um", 9, "unknown field of dose_to_clear"),
        ("{measure: dose_to_clear, thickness: 10 um, time", "{measure: opening, thickness: 10 um, time", 9, "is missing"),
    ],
)
def test_a_mistake_in_a_calibration(tmp_path, before, after, line, sentence):
    assert before in CALIBRATION
    with pytest.raises(RecipeError) as caught:
        read_calibration(written(tmp_path, CALIBRATION.replace(before, after, 1)))
    assert any(p.line == line and sentence in p.message for p in caught.value.problems), str(caught.value)


def test_what_is_asked_of_a_step_that_is_cut_off(tmp_path):
    with pytest.raises(RecipeError) as caught:
        read_study(written(tmp_path, STAIR.replace("until: development", "until: exposure")))
    assert [problem.line for problem in caught.value.problems] == [11, 12, 14]
    assert 'the step "development" comes after until: exposure' in caught.value.message


def test_too_few_observations_is_an_error_in_words(tmp_path):
    more = "  development_rate_max: {from: 5 um/min, to: 40 um/min}\n  dill_a: {from: 0.001 1/um, to: 0.1 1/um}\nfixed"
    with pytest.raises(RecipeError, match="2 observations cannot tell 3 numbers"):
        read_calibration(written(tmp_path, CALIBRATION.replace("fixed", more)))


def test_a_number_that_nobody_knows_is_asked_for(tmp_path):
    with pytest.raises(RecipeError, match=r"needs development_rate_max.* not known of AZ-P4620 .*put them under factors or fixed"):
        read_calibration(written(tmp_path, CALIBRATION.replace("generic-positive-slow", "AZ-P4620")))


def test_several_mistakes_are_all_said(tmp_path):
    text = STAIR.replace("budget: 40", "budget: 0").replace("seed: 1", "seed: x").replace("value: 75 um", "value: tall")
    with pytest.raises(RecipeError) as caught:
        read_study(written(tmp_path, text))
    assert [problem.line for problem in caught.value.problems] == [11, 15, 16]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "`study: 1`"),
        ("- a\n", "expected a study"),
        ("waferbump: 1\n", "this is a recipe; use `waferbump run`"),
        ("a: [", "is no YAML"),
    ],
)
def test_what_is_no_study(tmp_path, text, sentence):
    with pytest.raises(RecipeError) as caught:
        read_study(written(tmp_path, text))
    assert sentence in str(caught.value) and "recipe" not in str(caught.value).replace("this is a recipe", "")


def test_a_missing_study(tmp_path):
    with pytest.raises(RecipeError, match="no such file"):
        read_study(tmp_path / "none.yaml")
    with pytest.raises(RecipeError, match="there is no study or file"):
        read_study("no-such-study")


def test_a_target_of_another_dimension_is_said_when_it_is_measured(tmp_path):
    from waferbump.explore import search_study

    path = written(tmp_path, STAIR.replace("{value: 75 um, within: 0.5 um}", "{value: 75 s, within: 1 s}"))
    with pytest.raises(RecipeError, match=r"stair.yaml:11: .* is no time \(75 s\); expected a length"):
        search_study(path, tmp_path / "out")


@pytest.mark.parametrize(
    ("before", "after", "line", "field", "hint"),
    [
        ("t.opening.resist-1: {", "t.opning.resist-1: {", 11, "targets.development.opning.resist-1", "development.opening.resist-1"),
        ("t.ledge.resist-2: {", "t.ledge.resist-3: {", 14, "constraints.development.ledge.resist-3", "development.ledge.resist-2"),
        (
            "t: 40",
            "t: 40\nmeasures: [development.opening.resist-2, development.ledg.resist-2]",
            16,
            "measures[1]",
            "development.ledge.resist-2",
        ),
    ],
)
def test_a_measure_that_no_run_has_is_refused_after_the_first(tmp_path, before, after, line, field, hint):
    from waferbump.explore import search_study

    text = STAIR.replace(before, after, 1)
    with pytest.raises(RecipeError) as caught:
        search_study(written(tmp_path, text), tmp_path / "out")
    (problem,) = caught.value.problems
    assert (problem.line, problem.field) == (line, field)
    assert "did you mean" in problem.message and f'"{hint}"' in problem.message
    assert not (tmp_path / "out").exists()  # the mended study may use the folder


def test_factors_of_every_kind(tmp_path):
    more = """\
  masks.bump.circle: {from: 60 um, to: 90 um, scale: log}
  steps.soft-bake-1.temperature: {from: 100 degC, to: 115 degC}
  steps.exposure.tool.kind: {choices: [contact, aligner]}
  steps.resist-1.resist: {choices: [generic-positive-slow, generic-positive-medium]}
targets:
"""
    study = read_study(written(tmp_path, STAIR.replace("targets:\n", more)))
    kinds = [type(factor) for factor in study.space.factors]
    assert kinds == [Range, Range, Range, Range, Choice, Choice]
    setting = study.space.setting([0.5] * 6)
    assert setting["steps.soft-bake-1.temperature"] == "107.5 degC" and setting["masks.bump.circle"] == "73.4847 um"
    assert study.space.setting([0, 1, 0, 1, 0, 1])["masks.bump.circle"] == "60 um"
    # the search begins at the recipe's own settings
    own = study.space.setting(study.first())
    assert own["steps.exposure.dose"] == "400 mJ/cm^2" and own["masks.bump.circle"] == "80 um"
    assert own["steps.exposure.tool.kind"] == "aligner"


def test_whole_numbers_stay_whole(tmp_path):
    text = STAIR.replace("stair-plated\n", "recipe.yaml\n")
    text = text.replace("steps.exposure.tool.gap: {from: 0 um, to: 100 um}", "masks.n.array.nx: {from: 1, to: 9}")
    from waferbump.recipe import load

    array = "masks:\n  n: {array: {of: {circle: 5 um}, nx: 3, ny: 1, pitch: 10 um}}\n"
    whole = load("stair-plated").to_yaml().replace("masks:\n", array, 1)
    (tmp_path / "recipe.yaml").write_text(whole, encoding="utf-8")
    factor = read_study(written(tmp_path, text)).space.factors[1]
    assert factor.whole and factor.drawn(0.4) == 4 and isinstance(factor.drawn(0.4), int)


def test_places_in_lists_are_written_with_brackets():
    from waferbump.explore.factors import recipe_path

    assert recipe_path("masks.bump.rings[0].transmission") == "masks.bump.rings.0.transmission"
