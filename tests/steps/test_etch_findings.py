"""Etching and thinning: undercut against its closed form, posts, and settings that contradict each other."""

import math
from dataclasses import replace

import pytest

from tests.steps.travellers import carried_out, refused
from waferbump.materials import library
from waferbump.recipe import Recipe
from waferbump.recipe.films import Etch
from waferbump.steps.etching import etch

START = """
waferbump: 1
name: findings
cell: {pitch: 150 um}
carrier: {kind: wafer, material: Si, thickness: 775 um}
masks:
  bump: {circle: 60 um}
  dots: {circle: 80 um, tone: dark}
steps:
"""


def made(*steps):
    return carried_out(START, *steps)


def refusal(step):
    return refused(START, step)


@pytest.mark.parametrize("thickness", [0.5, 5.0, 10.0])
@pytest.mark.parametrize("overetch", [0.0, 0.1, 0.2, 0.5])
def test_undercut_is_exact_for_thick_films_too(thickness, overetch):
    result = made(
        f"deposit: {{id: film, material: Cu, thickness: {thickness} um}}",
        "coat: {id: resist, resist: generic-positive-medium, thickness: 20 um}",
        "expose: {mask: dots, dose: 300 mJ/cm^2, tool: {kind: contact}}",
        "develop: {wall_angle: 90 deg}",
        f"etch: {{id: etch, removes: [film], overetch: {overetch}}}",
    )
    distance = thickness * 1e-6 * (1 + overetch)
    exact = math.sqrt(distance**2 - (thickness * 0.5e-6) ** 2)
    assert result.step("etch").measures["undercut.film"].value == pytest.approx(exact, abs=5e-9)


def test_a_post_is_trimmed_not_undercut():
    before = made(
        "deposit: {id: adhesion, material: Ti, thickness: 100 nm}",
        "deposit: {id: seed, material: Cu, thickness: 400 nm}",
        "coat: {id: resist, resist: generic-positive-medium, thickness: 60 um}",
        "expose: {mask: bump, dose: 300 mJ/cm^2, tool: {kind: contact}}",
        "develop: {wall_angle: 90 deg}",
        "plate: {id: pillar, material: Cu, current_density: 10 A/dm^2, until: {height: 32 um}}",
        "plate: {id: cap, solder: Sn3.5Ag, current_density: 6 A/dm^2, until: {height: 16 um}}",
        "strip: {}",
    ).final
    before = before.with_facts({"pillar": replace(before.facts["pillar"], role="post")})
    after, measured = etch(before, Etch(removes=("seed",), overetch=0.5), library(), None, "etch")
    assert measured.values["trimmed.pillar"].value == pytest.approx(600e-9, abs=2e-9)  # upright walls lose the etch distance
    assert measured.record["trimmed"] == {"pillar": measured.values["trimmed.pillar"].value}
    assert "undercut.pillar" not in measured.values and "pillar" not in measured.record["undercut"]
    assert after.bump.has("pillar")


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("etch: {removes: [Ti], rates: {Cu: 1 um/min}, time: 60 s}", "nothing would remove Ti"),
        ("etch: {removes: [Ti], rates: {Cu: 1 um/min, Ti: 0 um/min}, time: 60 s}", "nothing would remove Ti"),
        ("etch: {rates: {Cu: 1 um/min}}", "rates also need time"),
        ("etch: {removes: [Cu], rates: {Cu: 1 um/min}, overetch: 50 %}", "rates also need time"),
        ("thin: {to: 1 nm}", "expected from 1 um to 10 mm"),
        ("thin: {to: 999 nm}", "expected from 1 um to 10 mm"),
    ],
)
def test_settings_that_do_nothing_or_contradict_are_refused(step, expected):
    assert expected in refusal(step)


def test_rates_with_time_survive_being_written_out():
    recipe = Recipe.from_yaml(START + "  - etch: {rates: {Cu: 1 um/min, Ti: 50 nm/min}, time: 60 s}\n  - thin: {to: 1 um}\n")
    assert recipe.steps[0].settings.removes == ("Cu", "Ti")
    assert Recipe.from_yaml(recipe.to_yaml()) == recipe
