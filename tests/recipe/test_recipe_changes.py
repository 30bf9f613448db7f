"""Changes by path: the same for `changes:`, `--set` and Python."""

import pytest

from tests.recipe.samples import EVERY_VERB, STAIR
from waferbump import recipe


@pytest.fixture
def stair():
    return recipe.Recipe.from_yaml(STAIR, file="stair.yaml")


def test_settings_by_path(stair):
    found = stair.with_changes(
        {"cell.pitch": 2e-4, "masks.bump.circle": "90 um", "steps.deposit-1.material": "TiW", "steps.expose-1.tool.gap": "30 um", "seed": 3}
    )
    assert found.cell.pitch == 2e-4
    assert found.masks["bump"].circle == 9e-5
    assert found.step("deposit-1").settings.material == "TiW"
    assert found.step("expose-1").settings.tool.gap == 3e-5
    assert found.seed == 3
    assert stair.cell.pitch == 1.5e-4, "the recipe it came from stays as it was"


def test_one_of_several_alternatives_replaces_the_others(stair):
    found = stair.with_changes({"masks.bump.square": "70 um", "steps.plate-1.until.time": "40 min", "steps.resist-1.speed": "1000 rpm"})
    assert (found.masks["bump"].circle, found.masks["bump"].square) == (None, 7e-5)
    assert (found.step("plate-1").settings.until.height, found.step("plate-1").settings.until.time) == (None, 2400.0)
    assert found.step("resist-1").settings.thickness is None


def test_an_alias_reaches_the_field(stair):
    assert (
        stair.with_changes({"steps.resist-1.material": "generic-positive-fast"}).step("resist-1").settings.resist == "generic-positive-fast"
    )


def test_nothing_drops_steps_and_optional_fields(stair):
    assert [step.id for step in stair.with_changes({"steps.resist-1": None}).steps] == ["deposit-1", "expose-1", "plate-1"]
    assert "passivation" not in stair.with_changes({"masks.passivation": None}).masks
    wide = stair.with_changes({"steps.expose-1.blur": "1 um"})
    assert wide.step("expose-1").settings.blur == 1e-6
    assert wide.with_changes({"steps.expose-1.blur": None}).step("expose-1").settings.blur is None


def test_a_whole_step_is_replaced_by_one_or_by_several(stair):
    one = stair.with_changes({"steps.deposit-1": {"deposit": {"material": "Cu", "thickness": 1e-6}}})
    assert one.steps[0].id == "deposit-1"
    assert one.steps[0].settings.material == "Cu"
    several = stair.with_changes({"steps.deposit-1": [{"deposit": {"material": "Ti", "thickness": 1e-7}}, {"descum": {"thickness": 1e-7}}]})
    assert [step.id for step in several.steps] == ["deposit-1", "descum-1", "resist-1", "expose-1", "plate-1"]


def test_names_with_dots_are_found():
    found = recipe.Recipe.from_yaml(EVERY_VERB).with_changes({"steps.etch-1.rates.Sn3.5Ag": "1 nm/min", "spec.ubm_undercut.Ti.max": "2 um"})
    assert dict(found.step("etch-1").settings.rates)["Sn3.5Ag"] == pytest.approx(1e-9 / 60)  # last digit of the unit factor
    assert found.spec["ubm_undercut.Ti"].max == 2e-6
    assert found.with_changes({"steps.etch-1.rates.Sn3.5Ag": None}).step("etch-1").settings.rates.keys() == {"Cu", "Ti"}
    profile = found.with_changes({"steps.reflow-1.profile.1.temperature": "250 degC"}).step("reflow-1").settings
    assert profile.peak == profile.profile[1].temperature == 523.15


def test_later_changes_see_earlier_ones(stair):
    found = stair.with_changes([("masks.via", {"circle": "40 um"}), ("masks.via.circle", "30 um"), ("steps.expose-1.mask", "via")])
    assert found.masks["via"].circle == 3e-5
    assert found.used_masks == ("via",)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("steps.resist-2.thickness", "2 um", 'there is no step "resist-2"; did you mean "resist-1"?'),
        ("steps.resist-1.thicknes", "2 um", 'there is no field "thicknes"; did you mean "thickness"?'),
        ("steps.expose-1.tool.gapp", "2 um", 'did you mean "gap"?'),
        ("steps.expose-1.blurr", None, 'did you mean "blur"?'),
        ("steps.expose-1.id", "x", "a step's id cannot be changed"),
        ("steps", [], "name a step"),
        ("cell.pich", "1 um", 'did you mean "pitch"?'),
        ("cel.pitch", "1 um", 'did you mean "cell"?'),
        ("masks.bmp.circle", "1 um", 'did you mean "bump"?'),
        ("masks.bmp", None, 'did you mean "bump"?'),
        ("waferbump", 2, "is no path to a setting"),
        ("parts.x", {}, "is no path to a setting"),
        ("", 2, "is no path to a setting"),
        ("cell..pitch", 2, "is no path to a setting"),
        ("steps." + "a." * 5000 + "b", 2, "is no path to a setting"),
        ("seed.x", 2, "seed holds no fields"),
        ("cell.pitch.x", "2 um", "holds no field"),
        ("cell.pitch", "2 degC", "expected a length"),
        ("steps.deposit-1.thickness", None, "is missing"),
        ("cell", None, "is missing"),
    ],
)
def test_paths_that_lead_nowhere(stair, path, value, expected):
    with pytest.raises(recipe.RecipeError) as caught:
        stair.with_changes({path: value})
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_assignments_of_the_command_line(stair):
    pairs = [
        recipe.assignment(text)
        for text in ("cell.pitch=160 um", "steps.resist-1=null", "masks.bump={circle: 60 um, overlay: [0 um, 0 um]}")
    ]
    found = stair.with_changes(pairs)
    assert (found.cell.pitch, found.masks["bump"].circle, len(found.steps)) == (1.6e-4, 6e-5, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cell.pitch=150", '--set: cell.pitch: needs a unit, e.g. "150 um"'),
        ("cell.pitch", '--set: expected PATH=VALUE, e.g. cell.pitch=150 um, not "cell.pitch"'),
        ("=3", '--set: expected PATH=VALUE, e.g. cell.pitch=150 um, not "=3"'),
        ("cell.pitch=", "--set: cell.pitch: "),
        ("cell.pitch=!!python/object:os.system x", "--set: cell.pitch: the YAML tag"),
        ("cell.pitch={a: [", "--set: cell.pitch: is no YAML"),
        ("masks.bump.tone=clera", '--set: masks.bump.tone: "clera" is none of clear, dark; did you mean "clear"?'),
    ],
)
def test_bad_assignments(stair, text, expected):
    with pytest.raises(recipe.RecipeError) as caught:
        stair.with_changes([recipe.assignment(text)])
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)


def test_a_list_that_holds_itself_is_refused(stair):
    endless = []
    endless.append(endless)
    with pytest.raises(recipe.RecipeError, match="nested more than 32 levels"):
        stair.with_changes({"masks.bump": endless})
