"""Exposing and developing: doses, thresholds, stairs, shade, and masks that cannot stand."""

import math

import pytest

from tests.steps.travellers import carried_out, refused
from waferbump.geometry.plan import Plan, PlanError, circle, polygon, square
from waferbump.line import RunError, run
from waferbump.recipe import Recipe, RecipeError, load

START = """
waferbump: 1
name: findings
cell: {pitch: 150 um}
carrier: {kind: wafer, material: Si, thickness: 775 um}
masks:
  bump: {circle: 80 um}
  wide: {circle: 130 um}
  dots: {circle: 80 um, tone: dark}
  grey: {circle: 80 um, rings: [{circle: 100 um, transmission: 30 %}]}
steps:
"""


def made(*steps):
    return carried_out(START, *steps)


def refusal(step):
    return refused(START, step)


def coat(resist, thickness="20 um", name="resist"):
    return f"coat: {{id: {name}, resist: {resist}, thickness: {thickness}}}"


def expose(dose, mask="bump", name="exposure"):
    return f"expose: {{id: {name}, model: blurred_image, mask: {mask}, dose: {dose} mJ/cm^2, tool: {{kind: contact}}}}"


DEVELOP = "develop: {id: development, wall_angle: 90 deg}"


@pytest.mark.parametrize(("thickness", "threshold"), [("9 um", 6000.0), ("60 um", 13850.0), ("34.5 um", 9925.0)])
def test_the_clearing_dose_follows_the_thickness(thickness, threshold):
    found = made(coat("AZ-P4620", thickness), expose(2500), DEVELOP).step("development")
    assert found.record["opened"]["resist"]["threshold"] == pytest.approx(threshold, rel=1e-6)
    assert not found.warnings


@pytest.mark.parametrize("thickness", ["4 um", "70 um"])
def test_a_thickness_for_which_no_dose_is_known_stops(thickness):
    with pytest.raises(RunError, match="clearing_dose is known for thickness 5e-06 to 6e-05"):
        made(coat("AZ-P4620", thickness), expose(2500), DEVELOP)


def test_a_stair_is_measured_at_the_interface():
    lower, upper = coat("generic-positive-slow", "30 um", "low"), coat("generic-positive-slow", "30 um", "high")
    step = made(lower, upper, expose(400), "develop: {id: development, wall_angle: 80 deg}").step("development")
    # equal resists have one straight wall: at most its lean over twenty nanometres is left, not that over 30 um (5 um)
    assert 0 <= step.measures["ledge.high"].value <= 20.1e-9 / math.tan(math.radians(80))
    opened = step.record["opened"]
    assert opened["low"]["radius_at_upper_interface"] == pytest.approx(opened["high"]["radius_at_lower_interface"], abs=4e-9)
    assert opened["high"]["radius"] - opened["low"]["radius"] > 5e-6


def test_an_undercut_that_leaning_walls_hide_is_told():
    lower, upper = coat("generic-positive-fast", "30 um", "low"), coat("generic-positive-slow", "30 um", "high")
    step = made(lower, upper, expose(400), "develop: {id: development, wall_angle: 75 deg}").step("development")
    assert step.measures["ledge.high"].value < -1e-6
    assert step.record["opened"]["high"]["radius"] > step.record["opened"]["low"]["radius"]  # at half height the lean hides it
    assert any("an undercut, not a stair" in w for w in step.warnings)


@pytest.mark.parametrize(("dose", "told"), [(150.0, True), (156.0, True), (158.0, False)])
def test_an_opening_that_hangs_on_per_cents_of_dose_is_told(dose, told):
    warnings = made(coat("generic-positive-medium"), expose(dose), DEVELOP).step("development").warnings
    assert any("times its clearing dose: size and shape hang on per cents of dose" in w for w in warnings) is told
    if dose == 150.0:
        assert any("only 1.00 times" in w for w in warnings)


def test_what_clears_nothing_names_dose_and_threshold():
    (told,) = made(coat("generic-positive-medium"), expose(140), DEVELOP).step("development").warnings
    assert "nothing of resist is cleared" in told and "140 mJ/cm^2, is below the 150 mJ/cm^2 that clear it" in told


def test_an_underexposed_negative_resist_does_not_stay():
    negative = Recipe.from_yaml(START + f"  - {coat('generic-negative-slow')}\n  - {expose(20)}\n  - {DEVELOP}\n")
    with pytest.raises(RunError, match=r"20 mJ/cm\^2 at most, is below the \d+ mJ/cm\^2 that cross-link it: nothing of it stays"):
        run(negative)


def test_doses_add_up_over_two_developments():
    result = made(
        coat("generic-positive-medium"),
        expose(140, name="one"),
        "develop: {id: first}",
        expose(140, name="two"),
        DEVELOP,
    )
    assert result.step("first").record["opened"]["resist"]["kind"] == "closed"
    found = result.step("development").record["opened"]["resist"]
    assert found["kind"] == "opening" and found["exposures"] == ["one", "two"]
    once = made(coat("generic-positive-medium"), expose(280), DEVELOP).step("development").record["opened"]["resist"]
    assert found["radius"] == pytest.approx(once["radius"], abs=1e-10)
    assert result.final.facts["resist"].opened_by == ("one", "two")


def test_nothing_new_to_develop_stops():
    with pytest.raises(RunError, match="nothing exposed is left to develop"):
        made(coat("generic-positive-medium"), expose(300), DEVELOP, "develop: {}")


def test_a_developed_negative_resist_answers_no_more():
    with pytest.raises(RunError, match="there is no photoresist to expose"):
        made(coat("generic-negative-slow"), expose(600, "dots"), DEVELOP, expose(600, "bump", "again"))


def test_light_does_not_pass_metal():
    film = "deposit: {id: metal, material: Cu, thickness: 300 nm}"
    with pytest.raises(RunError, match="light does not pass metal over resist"):
        made(coat("generic-positive-medium"), film, expose(300), DEVELOP)
    glass = "deposit: {id: glass, material: SiO2, thickness: 300 nm, side_coverage: 1}"
    assert made(coat("generic-positive-medium"), glass, expose(300)).status != "failed"
    assert made(film, coat("generic-positive-medium"), expose(300), DEVELOP).step("development").record["opened"]


def test_a_mushroom_shades_the_resist_under_it():
    plated = (
        "deposit: {id: seed, material: Cu, thickness: 300 nm}",
        coat("generic-positive-medium"),
        expose(300),
        DEVELOP,
        "plate: {id: post, material: Cu, current_density: 10 A/dm^2, until: {height: %s}}",
    )
    again = expose(300, "wide", "again")
    with pytest.raises(RunError, match="light does not pass post over resist"):
        made(*plated[:-1], plated[-1] % "30 um", again)
    assert made(*plated[:-1], plated[-1] % "15 um", again).status != "failed"  # in its opening it shades nothing


def test_resists_are_developed_by_material_too():
    low, high = coat("generic-positive-medium", "20 um", "low"), coat("generic-positive-fast", "20 um", "high")
    step = made(low, high, expose(400), "develop: {id: development, resists: [generic-positive-fast]}").step("development")
    assert set(step.record["opened"]) == {"high"}
    with pytest.raises(RunError, match="nothing on the wafer is called SU-8 or made of it"):
        made(low, expose(400), "develop: {resists: [SU-8]}")
    with pytest.raises(RunError, match="low carries no exposure"):
        made(low, "develop: {resists: [low]}")


@pytest.mark.parametrize(
    "shape",
    [circle("m", 150e-6), square("m", 150e-6), square("m", 140e-6), polygon("m", [(-75e-6, 0), (0, -75e-6), (75e-6, 0), (0, 75e-6)])],
)
def test_a_used_mask_leaves_a_web(shape):
    with pytest.raises(PlanError, match="leaves no web to the neighbouring opening"):
        Plan(150e-6, {"m": shape}).radius_in_round_cell("m")


def test_a_used_mask_just_inside_the_cell_is_taken():
    assert Plan(150e-6, {"m": circle("m", 149.9e-6)}).radius_in_round_cell("m") == pytest.approx(74.95e-6)


def test_a_recipe_with_a_mask_as_wide_as_the_pitch_is_refused():
    with pytest.raises(RecipeError, match="leaves no web"):
        load("stair-plated").with_changes({"masks.bump.circle": "150 um"})


@pytest.mark.parametrize(("diameter", "told"), [("144 um", True), ("130 um", False)])
def test_a_thin_web_is_told(diameter, told):
    changes = {"masks.bump.circle": diameter, "steps.solder": None, "steps.exposure.model": "blurred_image"}
    recipe = load("stair-plated").with_changes(changes)
    recipe = recipe.with_changes({f"steps.{step}": None for step in ("descum", "strip", "seed-etch", "reflow")})
    # 30 um of resist-2, at its top 72 um from the axis of 75 um and more: less than 3 um is left
    assert any("the web of resist-2" in w for w in run(recipe).step("development").warnings) is told


def test_the_web_is_read_where_it_is_thinnest():
    lean = "develop: {id: development, wall_angle: 70 deg}"
    told = made(coat("generic-positive-medium"), expose(300, "wide"), lean).step("development").warnings
    opened = made(coat("generic-positive-medium"), expose(300, "wide"), DEVELOP).step("development")
    top = opened.record["opened"]["resist"]["radius"] + 10e-6 / math.tan(math.radians(70))
    assert not told and 2 * (75e-6 - top) > 2e-6
    leaner = made(coat("generic-positive-medium"), expose(300, "wide"), "develop: {id: development, wall_angle: 45 deg}")
    assert any("the web of resist" in w for w in leaner.step("development").warnings)


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ("kind: contact, gap: 20 um", "a contact tool has no gap"),
        ("kind: stepper, numerical_aperture: 0.16, divergence: 2 deg", "divergence belongs to kind: contact and aligner"),
        ("kind: stepper", "a stepper needs numerical_aperture"),
    ],
)
def test_a_tool_refuses_what_has_no_effect(tool, expected):
    assert expected in refusal(f"expose: {{mask: bump, dose: 300 mJ/cm^2, tool: {{{tool}}}}}")


@pytest.mark.parametrize("tool", ["kind: contact", "kind: aligner", "kind: stepper, numerical_aperture: 0.16"])
def test_a_tools_defaults_survive_being_written_out(tool):
    recipe = Recipe.from_yaml(START + f"  - expose: {{mask: bump, dose: 300 mJ/cm^2, tool: {{{tool}}}}}\n")
    assert Recipe.from_yaml(recipe.to_yaml()) == recipe


@pytest.mark.parametrize(("mask", "what"), [("dots", "tone: dark"), ("grey", "rings")])
@pytest.mark.parametrize(
    "step",
    [
        "pad: {material: Al, thickness: 1 um, mask: MASK}",
        "passivation: {material: SiN, thickness: 1 um, mask: MASK}",
        "redistribution: {thickness: 5 um, mask: MASK, dielectric: polyimide, dielectric_thickness: 6 um}",
        "redistribution: {thickness: 5 um, mask: bump, dielectric: polyimide, dielectric_thickness: 6 um, cover: polyimide, "
        "cover_thickness: 5 um, cover_mask: MASK}",
        "laminate: {resist: generic-dry-film-medium, thickness: 25 um, mask: MASK}",
    ],
)
def test_what_only_light_sees_is_refused_where_no_light_falls(step, mask, what):
    with pytest.raises(RunError, match=f"mask {mask} has {what}"):
        made(step.replace("MASK", mask))


def test_a_pre_punched_foil_takes_no_bridges():
    with pytest.raises(RunError, match="give mask or bridges, not both"):
        made("laminate: {resist: generic-dry-film-medium, thickness: 25 um, mask: bump, bridges: 60 um}")
