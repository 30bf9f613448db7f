"""Molten shapes against closed forms: pillars, openings, rims. The volumes are read off the runs, the shapes derived here.

The solder is rich in indium, for which no compound is grown: shapes alone are looked at.
"""

import math
from itertools import pairwise

import pytest

from waferbump.line import run
from waferbump.recipe import Recipe, load

HEAD = """
waferbump: 1
name: shape
cell: {{pitch: 250 um}}
carrier: {{kind: wafer, material: Si, thickness: 775 um}}
masks: {{bump: {{circle: 80 um}}}}
steps:
  - deposit: {{id: ti, material: Ti, thickness: 100 nm}}
  - deposit: {{id: seed, material: Cu, thickness: 500 nm}}
  - coat: {{id: resist, resist: generic-positive-medium, thickness: {resist}}}
  - expose: {{mask: bump, dose: 300 mJ/cm^2, tool: {{kind: contact}}}}
  - develop: {{wall_angle: {wall}}}
"""
PLATE = "  - plate: {{id: {id}, material: {material}, current_density: 4 A/dm^2, efficiency: 95 %, until: {{height: {height}}}}}\n"
POLYMER = math.radians(130)  # contact angle of 52In48Sn on polymer in the library


def pillar(copper, cap, wall="90 deg", kind="wet"):
    text = HEAD.format(resist="80 um", wall=wall)
    text += PLATE.format(id="pillar", material="Cu", height=copper) + PLATE.format(id="cap", material="52In48Sn", height=cap)
    text += f"  - strip: {{}}\n  - etch: {{removes: [seed, ti], kind: {kind}}}\n"
    text += "  - reflow: {id: reflow, model: truncated_sphere, peak: 180 degC, atmosphere: formic-acid}\n"
    return run(Recipe.from_yaml(text))


def in_resist(height, wall="90 deg"):
    text = HEAD.format(resist="50 um", wall=wall) + PLATE.format(id="solder", material="52In48Sn", height=height)
    return run(Recipe.from_yaml(text + "  - reflow: {id: reflow, model: truncated_sphere, peak: 180 degC, atmosphere: formic-acid}\n"))


def cap_volume(height, radius):
    return math.pi * height * (3 * radius**2 + height**2) / 6


@pytest.mark.parametrize("kind", ["wet", "dry"])
@pytest.mark.parametrize("wall", ["90 deg", "85 deg", "80 deg"])
@pytest.mark.parametrize(("copper", "cap"), [("40 um", "2 um"), ("40 um", "20 um"), ("60 um", "10 um")])
def test_a_cap_stays_on_its_pillar(copper, cap, wall, kind):
    result = pillar(copper, cap, wall, kind)
    a, h, v = (result.measures[k].value for k in ("pad_diameter", "bump_height", "bump_volume"))
    assert cap_volume(h, a / 2) == pytest.approx(v, rel=1e-6)
    top = result.final.bump.bounds("pillar")[3]
    assert result.final.bump.bounds("cap")[1] == pytest.approx(top, abs=2e-10), "no solder lies below the pillar's top"


def test_vertical_walls_hold_a_column_with_a_dome_of_the_walls_angle():
    result = in_resist("40 um")
    v = result.measures["bump_volume"].value
    a = result.final.bump.spans("solder", 20e-6)[0][1]
    dome = a * math.tan((POLYMER - math.pi / 2) / 2)
    column = (v - cap_volume(dome, a)) / (math.pi * a**2)
    # the library gives the angle to 1e-7 rad; the wall is a polygon on a grid of 1e-11 m
    assert result.measures["bump_height"].value == pytest.approx(column + dome, abs=1e-9)


@pytest.mark.parametrize(("wall", "degrees"), [("85 deg", 85), ("60 deg", 60)])
def test_leaning_walls_lower_the_domes_slope_by_their_lean(wall, degrees):
    result = in_resist("40 um", wall)
    section = result.final.bump
    apex = section.bounds("solder")[3]
    # the dome's base is where the outline leaves the wall: its widest point
    base = section.bounds("solder")[2]
    slope = POLYMER - math.radians(degrees)
    foot = section.spans("solder", 5e-6)[0][1]
    level = 5e-6 + (base - foot) * math.tan(math.radians(degrees))
    assert apex - level == pytest.approx(base * math.tan(slope / 2), abs=3e-9)  # the lean is read to 5e-5 rad


def test_height_rises_steadily_as_solder_is_added_past_the_rim():
    heights = [in_resist(f"{h} um").measures["bump_height"].value for h in (49.5, 49.9, 50.1, 52, 56, 58, 60)]
    steps = [b - a for a, b in pairwise(heights)]
    assert all(step > 0 for step in steps)
    assert heights[2] - heights[1] == pytest.approx(0.2e-6, abs=5e-9)  # between walls height follows volume one to one


def test_a_drop_over_the_rim_spreads_at_the_polymers_angle():
    text = HEAD.format(resist="30 um", wall="90 deg").replace("circle: 80 um", "circle: 40 um")
    text += PLATE.format(id="solder", material="52In48Sn", height="60 um")
    result = run(Recipe.from_yaml(text + "  - reflow: {id: reflow, model: truncated_sphere, peak: 180 degC, atmosphere: formic-acid}\n"))
    assert result.step("reflow").record["regime"] == "spread"
    section = result.final.bump
    top = section.bounds("resist")[3]
    contact = section.contact_lines("solder", "resist").bounds[2]
    height = section.bounds("solder")[3] - top
    assert 2 * math.atan(height / contact) == pytest.approx(POLYMER, abs=1e-4)
    assert section.volume("solder") == pytest.approx(result.section("solder").volume("solder"), rel=2e-6)


def test_solder_wets_no_undercut_it_cannot_reach():
    result = run(load("flux-coated-ball"))
    section = result.final.bump
    assert section.contact("ball", "passivation") == 0, "the solder ends where the copper ends: nothing stands on the passivation"
    assert section.bounds("ball")[1] > section.bounds("passivation")[3]


def test_a_film_left_over_the_wafer_is_a_short():
    result = run(load("stair-plated").with_changes({"steps.seed-etch.removes": ["seed"]}))
    assert any("adhesion still joins this bump to its neighbours" in w for w in result.step("reflow").warnings)


def test_bump_height_counts_from_the_highest_metal_under_the_solder():
    result = run(load("flux-coated-ball"))
    section = result.final.bump
    assert result.measures["bump_height"].value == pytest.approx(section.bounds("ball")[3] - section.bounds("wetting")[3], abs=2e-11)
    assert result.measures["bump_height"].value == pytest.approx(result.step("reflow").measures["height"].value, abs=2e-11)


def test_a_little_solder_lies_in_the_metals_dish():
    result = run(load("flux-coated-ball").with_changes({"steps.ball.diameter": "10 um"}))
    assert result.step("reflow").record["regime"] == "in the dish"
    section = result.final.bump
    assert section.volume("ball") == pytest.approx(
        math.pi / 6 * 10e-6**3, rel=1e-4
    )  # 0.1 um deep in a dish 75 um wide, on a grid of 1e-11 m
    assert section.bounds("ball")[3] < section.bounds("wetting")[3]
