"""Every verb's settings: defaults, ranges, alternatives, and that Python and YAML give the same objects."""

import dataclasses
import math
import pickle

import pytest
from pydantic import ValidationError

from tests.recipe.samples import EVERY_VERB, STAIR, with_steps
from waferbump import recipe, units
from waferbump.recipe.films import Deposit, Etch
from waferbump.recipe.lithography import Expose, Tool
from waferbump.recipe.masks import Carrier, Cell, Mask
from waferbump.recipe.soldering import Place, Plate, Reflow, Until
from waferbump.recipe.verbs import VERBS, fields_of


def first_step(text):
    return recipe.Recipe.from_yaml(with_steps(f"  - {text}\n")).steps[0].settings


def message(text):
    with pytest.raises(recipe.RecipeError) as caught:
        recipe.Recipe.from_yaml(with_steps(f"  - {text}\n"))
    return str(caught.value)


def test_the_illustration_reads_in_si():
    steps = recipe.Recipe.from_yaml(STAIR).steps
    assert [step.id for step in steps] == ["deposit-1", "resist-1", "expose-1", "plate-1"]
    assert [step.verb for step in steps] == ["deposit", "coat", "expose", "plate"]
    assert steps[0].settings == Deposit(material="Ti", thickness=1e-7)
    assert steps[2].settings.dose == 4000.0
    assert steps[3].settings.current_density == 400.0
    assert steps[3].settings.until.height == 5.5e-5
    assert (steps[3].line, steps[3].file, steps[3].place) == (12, "recipe.yaml", "steps[3].plate")


def test_every_verb_is_read():
    steps = recipe.Recipe.from_yaml(EVERY_VERB).steps
    assert {step.verb for step in steps} == set(VERBS)


def test_python_and_yaml_give_equal_recipes():
    written = recipe.Recipe.from_yaml(with_steps("  - deposit: {material: Ti, thickness: 100 nm}\n  - reflow: {peak: 250 degC}\n"))
    built = recipe.Recipe(
        name="small",
        cell=Cell(pitch=1.5e-4),
        carrier=Carrier(material="Si", thickness="775 um"),
        masks={"bump": Mask(circle=8e-5)},
        steps=[Deposit(material="Ti", thickness=1e-7), Reflow(peak=523.15)],
    )
    assert built == written
    assert built.key_text() == written.key_text()
    assert pickle.loads(pickle.dumps(built)) == built


def test_python_accepts_si_and_text_with_units():
    assert Deposit(material="Ti", thickness="100 nm") == Deposit(material="Ti", thickness=1e-7)
    with pytest.raises(ValidationError, match="is a temperature"):
        Deposit(material="Ti", thickness="20 degC")
    with pytest.raises(ValidationError, match="out of range"):
        Deposit(material="Ti", thickness=1.0)
    with pytest.raises(ValidationError, match="finite"):
        Deposit(material="Ti", thickness=math.nan)
    with pytest.raises(ValidationError):
        Deposit(material="Ti", thickness=True)


def test_settings_are_frozen_and_refuse_unknown_fields():
    film = Deposit(material="Ti", thickness=1e-7)
    with pytest.raises(dataclasses.FrozenInstanceError):
        film.thickness = 2e-7
    with pytest.raises(ValidationError):
        Deposit(material="Ti", thickness=1e-7, colour="red")


def test_defaults_written_as_numbers_are_those_of_the_text():
    assert Tool().divergence == units.parse("2 deg", "angle")
    assert Tool().wavelength == units.parse("365 nm", "length")
    assert Tool().gap == units.parse("20 um", "length")
    passivation = first_step("passivation: {material: SiN, thickness: 1 um, mask: bump}")
    assert passivation.wall_angle == units.parse("90 deg", "angle")


def test_a_contact_tool_has_no_gap_and_a_stepper_a_lens():
    assert Tool(kind="contact").gap == 0.0
    assert Tool(kind="stepper", numerical_aperture=0.2).defocus == 0.0
    assert "needs numerical_aperture" in message("expose: {mask: bump, dose: 1 J/cm^2, tool: {kind: stepper}}")
    assert "belong to kind: stepper" in message("expose: {mask: bump, dose: 1 J/cm^2, tool: {defocus: 1 um}}")


def test_alias_of_the_material():
    assert first_step("coat: {material: generic-positive-slow, thickness: 5 um}").resist == "generic-positive-slow"
    assert "another name" in message("coat: {material: generic-positive-slow, resist: generic-positive-slow, thickness: 5 um}")
    # a film's material is its own field, no alias of anything
    assert first_step("deposit: {material: Ti, thickness: 5 nm}").material == "Ti"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("coat: {resist: generic-positive-slow}", "exactly one of thickness"),
        ("coat: {resist: generic-positive-slow, thickness: 5 um, speed: 1000 rpm}", "exactly one of thickness"),
        ("plate: {solder: Sn3.5Ag, current_density: 4 A/dm^2, until: {}}", "exactly one of height"),
        ("plate: {solder: Sn3.5Ag, current_density: 4 A/dm^2, until: {height: 5 um, time: 1 s}}", "exactly one of height"),
        ("etch: {}", "needs what it removes"),
        ("etch: {removes: Cu, time: 1 min}", "time also needs rates"),
        ("etch: {rates: {Cu: 1 um/min}, time: 1 min, overetch: 1}", "not both"),
        ("etch: {rates: {Cu: 0 um/min}}", "a rate above zero"),
        ("flux: {flux: solid-flux, method: dispense}", "needs a volume"),
        ("flux: {flux: solid-flux, volume: 5 pl, thickness: 1 um}", "not both"),
        ("place: {solder: SAC305, shape: ball, side: 50 um}", "a ball needs diameter; given: side"),
        ("place: {solder: SAC305, shape: preform, height: 5 um, side: 50 um, diameter: 50 um}", "one of diameter, side"),
        ("reflow: {}", "needs peak"),
        ("reflow: {profile: [{temperature: 25 degC, time: 5 s}, {temperature: 250 degC, time: 5 s}]}", "must rise"),
        ("reflow: {peak: 250 degC, profile: [{temperature: 240 degC, time: 5 s}]}", "not the highest"),
        (
            "redistribution: {thickness: 5 um, mask: bump, dielectric: SiO2, dielectric_thickness: 4 um, cover: SiN}",
            "also needs cover_thickness",
        ),
    ],
)
def test_alternatives(text, expected):
    assert expected in message(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("deposit: {material: Ti, thickness: 0 um}", '"0 um" is out of range; expected above 0 um up to 10 mm'),
        ("deposit: {material: Ti, thickness: -3 um}", "out of range"),
        ("deposit: {material: Ti, thickness: 30 mm}", "above 0 um up to 10 mm"),
        ("deposit: {material: Ti, thickness: 100 nm, side_coverage: 120 %}", "above 0 up to 1"),
        ("bake: {purpose: soft, temperature: 2500 degC, time: 1 s}", "from 0 K to 2000 K"),
        ("bake: {purpose: soft, temperature: -300 degC, time: 1 s}", "from 0 K to 2000 K"),
        ("bake: {purpose: sofd, temperature: 100 degC, time: 1 s}", 'did you mean "soft"?'),
        ("expose: {mask: bump, dose: 20 um}", '"20 um" is a length; expected a dose, e.g. "400 mJ/cm^2"'),
        ("expose: {mask: bump, dose: 1e6 mJ/cm^2}", "10000 mJ/cm^2"),
        ("expose: {mask: bump, dose: 1e999 mJ/cm^2}", "not finite"),
        ("deposit: {material: Ti, thickness: .nan}", "needs a unit"),
        ("deposit: {material: Ti, thickness: 1e999}", "needs a unit"),
        ("deposit: {material: Ti, thickness: 100 nm, side_coverage: .nan}", "finite"),
        ("coat: {resist: generic-positive-slow, speed: 1 um}", "is a length; expected a rotation"),
        ("plate: {solder: Sn3.5Ag, current_density: 4, until: {height: 5 um}}", 'needs a unit, e.g. "4 A/dm^2"'),
        ("deposit: {material: true, thickness: 1 um}", 'expected text, e.g. "Ti", not true'),
        ("deposit: {material: 5, thickness: 1 um}", "not the number 5"),
        ("deposit: {material: [Ti], thickness: 1 um}", "not a list"),
        ("deposit: {material: Ti, thickness: [1 um]}", "not a list"),
        ("deposit: {material: Ti, thickness: {a: 1 um}}", "not a mapping"),
        ("deposit: {material: Ti, thickness: yes please}", "is not a number with a unit"),
        ("deposit: [Ti, 5 um]", "expected settings in braces"),
        ("deposit: 5 um", "expected settings in braces"),
        ("deposit:", "material: is missing"),
        ("deposit: {material: Tii, thickness: 1 um}", "Tii"),
        ("coat: {resist: Cu, thickness: 1 um}", "expected one of the class polymer"),
        ("plate: {solder: generic-positive-slow, current_density: 1 A/dm^2, until: {time: 1 s}}", "expected one of the class solder"),
        ("flux: {flux: SAC305}", "expected one of the class flux"),
        ("etch: {removes: [Cuu]}", "neither a material nor the id of a step"),
        ("strip: {id: a b}", "an id is letters"),
        ("strip: {note: 5}", "expected text"),
    ],
)
def test_what_a_setting_refuses(text, expected):
    assert expected in message(text)


def test_a_single_name_stands_for_a_list_of_one():
    assert first_step("etch: {removes: Cu}") == Etch(removes=("Cu",), overetch=0.5)


def test_etch_names_what_it_clears_from_its_rates():
    assert first_step("etch: {rates: {Cu: 1 um/min, Ti: 0 um/min}, time: 60 s}").removes == ("Cu",)


def test_peak_comes_from_the_profile():
    profile = "[{temperature: 25 degC, time: 0 s}, {temperature: 245 degC, time: 200 s}]"
    assert first_step(f"reflow: {{profile: {profile}}}").peak == pytest.approx(518.15, abs=1e-9)  # rounding of 245 + 273.15


def test_nothing_drops_an_optional_field():
    assert first_step("deposit: {material: Ti, thickness: 1 um, side_coverage: null, method: ~}") == Deposit(material="Ti", thickness=1e-6)


def test_blocks_by_shape():
    assert Place(solder="SAC305", shape="cube", side=5e-5).side == 5e-5
    assert Plate(solder="Sn3.5Ag", current_density=400, until=Until(time="40 min")).until.time == 2400.0
    assert Expose(mask="bump", dose="1 J/cm^2").tool == Tool()


def test_every_field_is_documented():
    for verb, kind in VERBS.items():
        for name, field in fields_of(kind).items():
            assert field.about, f"{verb}.{name}"
            if field.rule is not None and getattr(field.rule, "dimension", None):
                assert "[" in field.about, f"{verb}.{name} names no unit"


def test_a_replaced_field_is_checked_and_can_be_changed_again():
    small = recipe.Recipe.from_yaml(STAIR)
    wide = dataclasses.replace(small, cell=Cell(pitch=2e-4), steps=small.steps[:2])
    assert wide.with_changes({"steps.deposit-1.thickness": 2e-7}).cell.pitch == 2e-4
    assert recipe.Recipe.from_yaml(wide.to_yaml()) == wide
    with pytest.raises(recipe.RecipeError, match="wider than the cell"):
        dataclasses.replace(small, cell=Cell(pitch=5e-5))
    with pytest.raises(recipe.RecipeError, match="steps: is empty"):
        dataclasses.replace(small, steps=())
