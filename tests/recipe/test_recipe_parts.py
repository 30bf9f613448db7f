"""`use`, `extends` and `changes` between files."""

import pytest

from tests.recipe.samples import HEAD, STAIR
from waferbump import recipe

PARTS = """\
parts:
  film:
    parameters: {metal: required, thickness: 100 nm, coverage: null, label: film}
    steps:
      - deposit: {id: $label, material: $metal, thickness: $thickness, side_coverage: $coverage, note: "$metal by a part"}
      - descum: {thickness: 100 nm}
  stack:
    parameters: {top: Cu}
    steps:
      - use: film
        id: lower
        with: {metal: Ti}
      - use: film
        id: upper
        with: {metal: $top, thickness: 1 um}
"""


def read(steps, parts=PARTS):
    return recipe.Recipe.from_yaml(HEAD + parts + "steps:\n" + steps, file="p.yaml")


def problems(steps, parts=PARTS):
    with pytest.raises(recipe.RecipeError) as caught:
        read(steps, parts)
    return str(caught.value)


def test_parameters_and_prefixes():
    steps = read("  - use: stack\n").steps
    assert [step.id for step in steps] == ["lower-film", "lower-descum-1", "upper-film", "upper-descum-1"]
    assert [(step.settings.material, step.settings.thickness) for step in steps[::2]] == [("Ti", 1e-7), ("Cu", 1e-6)]
    assert steps[0].settings.side_coverage is None
    assert steps[2].note == "Cu by a part"


def test_ids_without_prefix_stay_until_they_clash():
    steps = read("  - use: film\n    with: {metal: Ti}\n  - use: film\n    with: {metal: Cu}\n  - use: film\n    with: {metal: Cu}\n").steps
    assert [step.id for step in steps] == ["film", "descum-1", "film-film", "descum-2", "film-film-2", "descum-3"]


def test_a_wrong_parameter_is_reported_where_it_was_given():
    assert problems("  - use: film\n    with: {metal: Ti, thickness: 5}\n").startswith("p.yaml:24: steps[0].with.thickness: needs a unit")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("  - use: film\n", "needs metal: `with: {metal: …}`"),
        ("  - use: film\n    with: {metall: Ti, metal: Ti}\n", 'has no such parameter; did you mean "metal"?'),
        ("  - use: flm\n    with: {metal: Ti}\n", 'there is no part "flm"; did you mean "film"?'),
        ("  - use: film\n    with: [Ti]\n", "expected a mapping of parameters"),
        ("  - use: film\n    wit: {metal: Ti}\n", 'unknown field of a `use`; did you mean "with"?'),
        ("  - use: [film]\n", "expected the name of a part"),
        ("  - use: 5\n", "expected the name of a part"),
    ],
)
def test_bad_uses(steps, expected):
    assert expected in problems(steps)


def test_circular_use():
    parts = "parts:\n  a: {steps: [{use: b}]}\n  b: {steps: [{use: a}]}\n"
    assert problems("  - use: a\n", parts) == "p.yaml:9: parts.b.steps[0].use: a part uses itself: a -> b -> a"


def test_parts_that_only_use_each_other_end():
    # two uses a level and forty levels would be 10^12 steps
    rows = [f"  p{level}: {{steps: [{{use: p{level + 1}}}, {{use: p{level + 1}}}]}}\n" for level in range(40)]
    assert "levels deep" in problems("  - use: p0\n", "parts:\n" + "".join(rows) + "  p40: {steps: [strip]}\n")
    uses = [", ".join([f"{{use: p{level + 1}}}"] * 20) for level in range(6)]
    rows = [f"  p{level}: {{steps: [{use}]}}\n" for level, use in enumerate(uses)]
    assert "more than 2000 steps" in problems("  - use: p0\n", "parts:\n" + "".join(rows) + "  p6: {steps: [strip]}\n")


def test_parameters_that_double_end():
    doubled = ", ".join(["$p"] * 30)
    rows = [f"  p{level}: {{parameters: {{p: [x]}}, steps: [{{use: p{level + 1}, with: {{p: [{doubled}]}}}}]}}\n" for level in range(6)]
    text = problems("  - use: p0\n", "parts:\n" + "".join(rows) + "  p6: {parameters: {p: x}, steps: [{strip: {removes: $p}}]}\n")
    assert "grows without end" in text


def test_unknown_parameter_and_field_of_a_part():
    assert "has no parameter $y" in problems("  - use: a\n", "parts:\n  a: {steps: [{strip: {removes: $y}}]}\n")
    assert "unknown field of a part" in problems("  - use: a\n", "parts:\n  a: {step: [strip]}\n")
    assert "needs a list of steps" in problems("  - use: a\n", "parts:\n  a: {parameters: {}}\n")


def test_extends_a_file_and_changes_it(tmp_path):
    (tmp_path / "base.yaml").write_text(STAIR + PARTS, encoding="utf-8")
    child = tmp_path / "child.yaml"
    child.write_text(
        "waferbump: 1\nname: child\nextends: base.yaml\nmasks: {via: {circle: 30 um}}\ncell: {pitch: 200 um}\n"
        "changes:\n  steps.deposit-1.material: TiW\n  steps.resist-1: null\n  steps.plate-1: [{use: film, with: {metal: Cu}}]\n"
    )
    found = recipe.load(child)
    assert found.name == "child"
    assert set(found.masks) == {"passivation", "bump", "via"}
    assert found.cell.pitch == 2e-4
    assert [step.id for step in found.steps] == ["deposit-1", "expose-1", "film", "descum-1"]
    assert found.step("deposit-1").settings.material == "TiW"


def test_problems_name_the_file_they_are_in(tmp_path):
    (tmp_path / "base.yaml").write_text(STAIR.replace("100 nm", "100"), encoding="utf-8")
    child = tmp_path / "child.yaml"
    child.write_text("waferbump: 1\nextends: base.yaml\nchanges: {steps.plate-1.until.height: 5}\n", encoding="utf-8")
    with pytest.raises(recipe.RecipeError) as caught:
        recipe.load(child)
    first, second = str(caught.value).split("\n")
    assert first == f'{tmp_path / "base.yaml"}:9: steps[0].deposit.thickness: needs a unit, e.g. "20 um"'
    assert second == f'{child}:3: changes.steps.plate-1.until.height: needs a unit, e.g. "20 um"'


def test_circular_extends(tmp_path):
    (tmp_path / "a.yaml").write_text("waferbump: 1\nextends: b.yaml\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("waferbump: 1\nextends: a.yaml\n", encoding="utf-8")
    with pytest.raises(recipe.RecipeError, match="a recipe extends itself"):
        recipe.load(tmp_path / "a.yaml")


def test_own_steps_replace_those_of_the_base(tmp_path):
    (tmp_path / "base.yaml").write_text(STAIR, encoding="utf-8")
    found = recipe.Recipe.from_yaml("waferbump: 1\nextends: base.yaml\nsteps: [strip]\n", file="own.yaml", folder=tmp_path)
    assert [step.id for step in found.steps] == ["strip-1"]
    assert found.name == "stair-plated"


def test_every_built_in_flow_loads_and_survives_being_written_out():
    for name in recipe.flow_names():
        flow = recipe.load(name)
        assert recipe.Recipe.from_yaml(flow.to_yaml()) == flow, name
        assert recipe.Recipe.from_yaml(recipe.commented(name)) == flow, name


def test_unknown_flow_gives_the_nearest():
    with pytest.raises(recipe.RecipeError, match="there is no flow or file"):
        recipe.load("no-such-flow")
