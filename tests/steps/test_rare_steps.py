"""Steps and settings that no built-in flow shows."""

import math

import pytest

from tests.steps.travellers import carried_out
from waferbump.line import RunError, run
from waferbump.recipe import load

START = """
waferbump: 1
name: rare
cell: {pitch: 150 um}
carrier: {kind: wafer, material: Si, thickness: 775 um}
masks:
  pad: {circle: 90 um}
  opening: {circle: 70 um}
  bump: {circle: 80 um}
steps:
"""


def made(*steps):
    return carried_out(START, *steps)


def test_redistribution_leaves_a_landing_pad_on_a_dielectric():
    result = made(
        "redistribution: {id: rdl, thickness: 5 um, mask: pad, dielectric: polyimide, dielectric_thickness: 6 um, cover: polyimide, "
        "cover_thickness: 4 um, cover_mask: opening}",
        "flux: {flux: tacky-flux, method: dispense, thickness: 20 um}",
        "place: {id: ball, solder: SAC305, shape: ball, diameter: 80 um}",
        "reflow: {id: reflow, peak: 245 degC}",
    )
    section = result.final.bump
    assert section.thickness_at(0.0, "rdl-dielectric") == pytest.approx(6e-6, abs=2e-11)
    assert result.section("ball").thickness_at(0.0, "rdl-metal") == pytest.approx(5e-6, abs=2e-11)
    assert 4e-6 < section.thickness_at(0.0, "rdl-metal") < 5e-6, "its compound with the solder took some"
    assert section.bounds("rdl-metal")[2] == pytest.approx(45e-6, abs=2e-11)
    assert section.spans("rdl-cover", 12e-6)[0][0] == pytest.approx(35e-6, abs=2e-11)
    assert result.step("rdl").warnings == (
        "the line from the chip's pad to this landing pad is not in the round cut: its connection is not shown",
    )
    assert result.measures["pad_diameter"].value == pytest.approx(70e-6, abs=1e-9)  # the cover's opening bounds the bare copper


def test_a_grey_ring_lets_its_share_through():
    blurred = load("stair-plated").with_changes({"steps.exposure.model": "blurred_image"})
    recipe = blurred.with_changes({"masks.bump.rings": [{"circle": "100 um", "transmission": 0.3}]})
    opened = run(recipe).step("development").record["opened"]
    # 30 % of 400 mJ/cm^2 clears the fast resist (75) out to the ring's edge and leaves the slow one (300) at the mask's
    assert opened["resist-2"]["radius"] == pytest.approx(50e-6, abs=4e-6)
    assert opened["resist-1"]["radius"] == pytest.approx(38e-6, abs=2e-6)
    plain = run(blurred).step("development").record["opened"]
    assert opened["resist-2"]["radius"] > plain["resist-2"]["radius"] + 4e-6


def test_a_cured_polymer_stays_when_masks_are_stripped():
    result = made(
        "pad: {id: pad, material: Cu, thickness: 1 um, mask: pad}",
        "coat: {id: dielectric, resist: polyimide, thickness: 5 um}",
        "bake: {purpose: cure, temperature: 350 degC, time: 1 h}",
        "coat: {id: resist, resist: generic-positive-medium, thickness: 20 um}",
        "strip: {id: strip}",
    )
    assert result.step("strip").record["removed"] == ["resist"]
    assert "dielectric" in result.final.bump.names and result.final.facts["dielectric"].role == "dielectric"


def test_a_bake_above_what_a_resist_survives_stops():
    with pytest.raises(RunError, match="is above what resist"):
        made("coat: {id: resist, resist: AZ-P4620, thickness: 10 um}", "bake: {purpose: hard, temperature: 250 degC, time: 60 s}")


def test_thinning_takes_silicon_from_the_back_only():
    result = made("pad: {id: pad, material: Cu, thickness: 1 um, mask: pad}", "thin: {id: thin, to: 100 um}")
    assert result.final.bump.bounds("carrier")[1] == pytest.approx(-100e-6, abs=1e-11)
    assert result.final.bump.volume("pad") == result.section("pad").volume("pad")
    assert result.step("thin").measures["removed"].value == pytest.approx(675e-6, abs=1e-10)
    with pytest.raises(RunError, match="cannot be thinned"):
        made("thin: {to: 800 um}")


def test_descum_takes_its_skin_off_walls_and_tops():
    result = run(load("stair-plated").with_changes({"steps.descum.thickness": "1 um", "steps.exposure.model": "blurred_image"}))
    before, after = result.section("development"), result.section("descum")
    z = 45e-6
    assert after.spans("resist-2", z)[0][0] - before.spans("resist-2", z)[0][0] == pytest.approx(1e-6 / math.sin(1.48353), abs=2e-9)
    assert before.bounds("resist-2")[3] - after.bounds("resist-2")[3] == pytest.approx(1e-6, abs=2e-10)


def test_spin_speed_gives_the_curves_thickness_and_refuses_beyond_it():
    by_speed = load("stair-plated").with_changes({"steps.resist-1.speed": "3000 rpm"})
    # generic: 30 um at 1500 rpm, exponent 0.5
    assert run(by_speed).step("resist-1").measures["thickness"].value == pytest.approx(30e-6 / math.sqrt(2), rel=1e-5)
    with pytest.raises(RunError, match="is known for rotation_speed"):
        run(load("stair-plated").with_changes({"steps.resist-1.speed": "100 rpm"}))


def test_a_copper_pillar_with_a_cap_pins_at_the_pillars_rim():
    result = made(
        "pad: {id: pad, material: Al, thickness: 1 um, mask: pad}",
        "deposit: {id: adhesion, material: Ti, thickness: 100 nm}",
        "deposit: {id: seed, material: Cu, thickness: 300 nm}",
        "coat: {id: resist, resist: generic-positive-medium, thickness: 60 um}",
        "expose: {mask: bump, dose: 300 mJ/cm^2, tool: {kind: aligner, gap: 10 um}}",
        "develop: {wall_angle: 90 deg}",
        "plate: {id: pillar, material: Cu, current_density: 10 A/dm^2, until: {height: 32 um}}",
        "plate: {id: cap, solder: Sn3.5Ag, current_density: 6 A/dm^2, until: {height: 16 um}}",
        "strip: {}",
        "etch: {removes: [seed, adhesion], kind: dry}",
        "reflow: {id: reflow, peak: 245 degC, atmosphere: formic-acid}",
    )
    record = result.step("reflow").record
    assert record["pins_at"] == "corner" and record["wetted"] == ["pillar"]
    a, h = result.measures["pad_diameter"].value / 2, result.measures["bump_height"].value
    assert result.measures["bump_volume"].value == pytest.approx(math.pi * h * (3 * a * a + h * h) / 6, rel=1e-5)
    assert result.step("pillar").record["seed"] == ["seed"] and result.step("cap").record["seed"] == ["pillar"]


def test_a_drop_too_large_for_its_rim_runs_down_the_side_wall():
    small = run(load("flux-filled-board"))
    assert small.step("reflow").record["pins_at"] == "corner"
    large = run(load("flux-filled-board").with_changes({"steps.block.diameter": "180 um"}))
    assert large.step("reflow").record["pins_at"] == "end"
    foot = [result.final.bump.bounds("reflow-Cu6Sn5")[1] for result in (small, large)]
    assert foot[1] < foot[0] - 5e-6, "the larger one's compound covers the pad's side"


def test_a_bare_ball_on_a_point_is_soldered_in_formic_acid():
    result = made(
        "pad: {id: pad, material: Cu, thickness: 1 um, mask: pad}",
        "place: {id: ball, solder: SAC305, shape: ball, diameter: 80 um}",
        "reflow: {id: reflow, peak: 245 degC, atmosphere: formic-acid}",
    )
    assert result.measures["pad_diameter"].value == pytest.approx(90e-6, abs=1e-9)


def test_a_resist_over_unmelted_paste_is_worth_a_warning():
    warnings = run(load("two-mask-one-reflow")).step("second-mask").warnings
    assert any("unmelted first-solder" in w for w in warnings)


def test_a_bake_that_would_melt_the_solder_stops():
    hot = {"bake": {"purpose": "hard", "temperature": "250 degC", "time": "60 s"}}
    recipe = load("stair-plated").with_changes({"steps.strip": hot, "steps.seed-etch": None, "steps.reflow": None})
    with pytest.raises(RunError, match="melts solder"):
        run(recipe)


def test_a_dot_over_a_dish_is_measured_at_its_wall():
    result = run(load("flux-coated-ball"))
    # 95 um dark disc on the mask; the resist's 85 degrees narrow it by less than its thickness
    assert result.step("ubm-development").measures["dot.ubm-resist"].value == pytest.approx(95e-6, abs=0.6e-6)
