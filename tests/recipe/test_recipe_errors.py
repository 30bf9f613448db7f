"""Errors name file, line and field; several are reported together, one line each."""

import pickle

import pytest

from tests.recipe.samples import HEAD, STAIR, with_steps
from waferbump import recipe


def lines(text, file="stair.yaml"):
    with pytest.raises(recipe.RecipeError) as caught:
        recipe.Recipe.from_yaml(text, file=file)
    return str(caught.value).split("\n")


def test_the_line_of_the_design():
    text = STAIR.replace("  - deposit", "  - deposit", 1).replace("until: {height: 55 um}", "until: {height: 55}")
    assert lines(text) == ['stair.yaml:12: steps[3].plate.until.height: needs a unit, e.g. "20 um"']


def test_a_missing_field_is_reported_at_its_step():
    text = with_steps("  - deposit:\n      material: Ti\n  - deposit:\n      thickness: 1 um\n")
    assert lines(text) == [
        'stair.yaml:8: steps[0].deposit.thickness: is missing; expected a length, e.g. "20 um"',
        'stair.yaml:10: steps[1].deposit.material: is missing; expected text, e.g. "Ti"',
    ]


def test_nested_fields_have_their_own_line():
    text = with_steps("  - expose:\n      mask: bump\n      dose: 1 J/cm^2\n      tool:\n        kind: aligner\n        gap: 5\n")
    assert lines(text) == ['stair.yaml:13: steps[0].expose.tool.gap: needs a unit, e.g. "20 um"']


def test_several_problems_are_all_reported_in_order_of_lines():
    text = """\
waferbump: 1
name: many
cell: {pitch: 150}
carrer: {material: Si}
masks:
  a: {circle: 80 um, bias: -50 um}
  b: {of: c}
  c: {of: b}
  d: {polygon: [[0 um, 0 um], [10 um, 10 um], [10 um, 0 um], [0 um, 10 um]]}
steps:
  - deposit: {material: Ti, thickness: 3}
  - depositt: {material: Ti, thickness: 3 um}
  - age: {}
  - pad: {material: Cuu, thickness: 3 um, mask: aa}
  - use: nope
  - deposit: {material: Ti}
    etch: {removes: Ti}
"""
    found = lines(text, "many.yaml")
    starts = [
        "many.yaml:1: carrier: is missing",
        'many.yaml:3: cell.pitch: needs a unit, e.g. "150 um"',
        'many.yaml:4: carrer: unknown field; did you mean "carrier"?',
        "many.yaml:6: masks.a: nothing is left",
        "many.yaml:8: masks.c: is made of itself: b -> c -> b",
        "many.yaml:9: masks.d: the polygon crosses",
        "many.yaml:11: steps[0].deposit.thickness: needs a unit",
        'many.yaml:12: steps[1].depositt: unknown verb; did you mean "deposit"?',
        'many.yaml:13: steps[2].age: needs temperature and time, e.g. "150 degC" and "1000 h"',
        "many.yaml:14: steps[3].pad.material: no material 'Cuu'",
        'many.yaml:14: steps[3].pad.mask: there is no mask "aa"; did you mean "a"?',
        'many.yaml:15: steps[4].use: there is no part "nope"',
        "many.yaml:17: steps[5].etch: a step is one verb; deposit and etch are two",
    ]
    assert len(found) == len(starts)
    for line, start in zip(found, starts, strict=True):
        assert line.startswith(start), line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1, 2]", "expected a recipe (fields such as"),
        ("just text", "expected a recipe"),
        ("5", "expected a recipe"),
        ("", "is empty"),
        ("# nothing but a comment\n", "is empty"),
        ("null", "is empty"),
        (STAIR + "---\nname: second\n", "stair.yaml:13: holds a second document"),
        (STAIR.replace("waferbump: 1", "waferbump: 2"), "expected 1 (the version"),
        (STAIR.replace("waferbump: 1\n", ""), "a recipe starts with `waferbump: 1`"),
        (STAIR.replace("waferbump: 1", "waferbump: true"), "not true"),
        (STAIR.replace("name: stair-plated", "name: [a]"), "name: expected text, not a list"),
        (STAIR.replace("name: stair-plated", "name: ../../etc"), "a name is letters"),
        (STAIR.replace("name: stair-plated", "name: x\ndocument: F"), "expected one of A, B, C, D, E"),
        (STAIR + "seed: -1\n", "expected a whole number"),
        (STAIR + "seed: true\n", "expected a whole number"),
        (STAIR + "seed: 1.5\n", "expected a whole number"),
        (STAIR + "steps: []\n", "steps: is given twice, first in line 8"),
        (STAIR.replace("name: stair-plated", "name: a\nname: b"), "stair.yaml:3: name: is given twice, first in line 2"),
        (HEAD + "steps: []\n", "steps: is missing or empty"),
        (HEAD, "steps: is missing or empty"),
        (HEAD + "steps: 5\n", "expected a list of steps"),
        (HEAD + "steps: {deposit: {}}\n", "expected a list of steps"),
        (HEAD + "steps: [5, null, [], {}]\n", "expected a step such as"),
        (STAIR.replace("cell: {pitch: 150 um}", "cell: 150 um"), "cell: expected a mapping with fields pitch"),
        (STAIR.replace("pitch: 150 um", "pitch: 4 um"), "from 5 um to 5 mm"),
        (STAIR.replace("pitch: 150 um", "pitch: 6 mm"), "from 5 um to 5 mm"),
        (STAIR.replace("kind: wafer", "kind: panel"), "none of wafer, board"),
        (STAIR.replace("circle: 80 um", "circle: 151 um"), "is 151 um wide, wider than the cell's pitch of 150 um"),
        (STAIR.replace("overlay: 0 um", "overlay: 3 um"), "stair.yaml:7: masks.bump: mask 'bump' is 3 um off the bump's centre"),
        (STAIR.replace("circle: 80 um", "circel: 80 um"), 'did you mean "circle"?'),
        (STAIR.replace("{circle: 70 um}", "{of: bumb}"), 'there is no mask "bumb"; did you mean "bump"?'),
        (STAIR.replace("{circle: 70 um}", "{of: passivation}"), "is made of itself: passivation -> passivation"),
        (STAIR.replace("{circle: 70 um}", "{square: 20 um, circle: 5 um}"), "needs exactly one of circle"),
        (STAIR.replace("{circle: 70 um}", "{square: 20 um, rings: [{circle: 30 um, transmission: 1}]}"), "rings need a circle"),
        (STAIR.replace("{circle: 70 um}", "{circle: 20 um, rings: [{circle: 10 um, transmission: 1}]}"), "must be larger"),
        (STAIR.replace("{circle: 70 um}", "{array: {of: {circle: 9 um}, nx: 2, ny: 2, pitch: 8 um}}"), "touch each other"),
        (STAIR.replace("{circle: 70 um}", "{array: {of: {circle: 9 um}, nx: 2}}"), "needs pitch"),
        (STAIR.replace("{circle: 70 um}", "{polygon: [[0 um, 0 um], [1 um, 0 um]]}"), "three corners or more"),
        (STAIR.replace("{circle: 70 um}", "{polygon: [[0 um, 0 um], [1 um, 0 um], [2 um, 0 um]]}"), "masks.passivation"),
        (STAIR + "spec: {bump_height: 5}\n", "expected limits"),
        (STAIR + "spec: {bump_height: {min: 5}}\n", "needs a unit"),
        (STAIR + "spec: {bump_height: {min: 5 degC}}\n", "expected a length"),
        (STAIR + "spec: {bump_height: {}}\n", "needs min, max, or both"),
        (STAIR + "spec: {bump_height: {min: 5 um, max: 4 um}}\n", "min is above max"),
        (STAIR + "spec: {bump_height: {most: 5 um}}\n", "unknown field"),
        (STAIR + "spec: {x: {min: 5 um, max: 4 degC}}\n", "of one dimension"),
        (STAIR + "layout: {site: [1 um]}\n", "a site's name, its number, or [x, y]"),
        (STAIR + "layout: {layers: [20/0]}\n", "layout.layers: expected a mapping"),
        (STAIR + "changes: {cell.pich: 100 um}\n", 'there is no field "pich"; did you mean "pitch"?'),
        (STAIR + "changes: [cell.pitch]\n", "expected a mapping of paths"),
        (STAIR + "extends: no-such-flow\n", "cannot extend"),
        (STAIR + "extends: 5\n", "expected the name of a flow"),
        (STAIR + "parts: {x: 5}\n", ""),
    ],
)
def test_whole_documents(text, expected):
    if expected:
        found = lines(text)
        assert any(expected in line for line in found), found
        assert all(line.startswith("stair.yaml") for line in found)
    else:
        recipe.Recipe.from_yaml(text)  # a part that nothing uses does no harm


def test_ids_are_unique():
    found = lines(with_steps("  - strip: {id: x}\n  - clean: {id: x}\n"))
    assert found == ['stair.yaml:9: steps[1].clean.id: the id "x" is given twice; ids are unique']


def test_made_ids_count_the_steps_of_a_verb_and_avoid_given_ones():
    steps = recipe.Recipe.from_yaml(with_steps("  - strip\n  - strip: {id: strip-3}\n  - strip\n  - clean\n")).steps
    assert [step.id for step in steps] == ["strip-1", "strip-3", "strip-4", "clean-1"]


def test_the_error_can_be_taken_apart_and_sent_to_another_process():
    with pytest.raises(recipe.RecipeError) as caught:
        recipe.Recipe.from_yaml(STAIR.replace("100 nm", "100"), file="a.yaml")
    error = caught.value
    assert (error.file, error.line, error.field) == ("a.yaml", 9, "steps[0].deposit.thickness")
    assert error.message == 'needs a unit, e.g. "20 um"'
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_problem_in_a_python_recipe_has_no_file_but_a_field():
    with pytest.raises(recipe.RecipeError) as caught:
        recipe.Recipe.from_yaml(STAIR).with_changes({"masks.bump.circle": 2e-4})
    # the mask was written in the file, its change came from Python: the mask's line still leads to the right place
    assert "is 200 um wide" in str(caught.value)


def test_a_step_reports_problems_of_a_run_at_its_line():
    step = recipe.Recipe.from_yaml(STAIR, file="a.yaml").steps[3]
    assert str(step.error("no exposed seed", "until")) == "a.yaml:12: steps[3].plate.until: no exposed seed"
