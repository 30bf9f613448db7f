"""What single steps leave, against closed forms."""

import math

import pytest

from waferbump.line import run
from waferbump.physics.electroplating import mushroom_volume
from waferbump.recipe import load


@pytest.fixture(scope="module")
def stair():
    return run(load("stair-plated"))


def test_film_thickness_on_flat_and_side(stair):
    section = stair.section("seed")
    assert section.thickness_at(60e-6, "seed") == pytest.approx(2e-6, abs=2e-11)  # the grid is 1e-11 m
    assert section.thickness_at(60e-6, "adhesion") == pytest.approx(100e-9, abs=2e-11)


def test_coat_is_flat_and_as_thick_as_asked_over_the_field(stair):
    section = stair.section("resist-1")
    assert section.thickness_at(74e-6, "resist-1") == pytest.approx(30e-6, abs=2e-11)
    assert section.surface_height(0.0) == pytest.approx(section.surface_height(74e-6), abs=2e-11)


def test_one_exposure_opens_two_resists_by_their_own_doses(stair):
    opened = stair.step("development").record["opened"]
    assert opened["resist-1"]["exposures"] == opened["resist-2"]["exposures"] == ["exposure"]
    assert opened["resist-1"]["radius"] < opened["resist-2"]["radius"]


def test_equal_resists_open_alike():
    result = run(load("stair-plated").with_changes({"steps.resist-2.resist": "generic-positive-slow"}))
    section = result.section("development")
    low, high = section.bounds("resist-1"), section.bounds("resist-2")
    under = section.spans("resist-1", low[3] - 1e-9)[0][0]
    over = section.spans("resist-2", high[1] + 1e-9)[0][0]
    assert over - under == pytest.approx(2e-9 / math.tan(1.48353), abs=1e-10)  # one straight wall: only its lean over 2 nm


def test_negative_tone_turns_the_stair_round():
    upside_down = load("stair-plated-negative").with_changes(
        {"steps.resist-1.resist": "generic-negative-slow", "steps.resist-2.resist": "generic-negative-fast"}
    )
    warnings = run(upside_down).step("development").warnings
    assert any("an undercut, not a stair" in w for w in warnings)


def test_plated_volume_is_faradays(stair):
    plated = stair.step("solder").measures
    assert plated["volume"].value == pytest.approx(plated["rate"].value * plated["time"].value * plated["seed_area"].value, rel=1e-12)
    by_time = load("stair-plated").with_changes({"steps.solder.until": {"time": f"{plated['time'].value!r} s"}})
    # height by time and time by height are each other's inverse: the level is found by a root search to a picometre
    assert run(by_time).step("solder").measures["height"].value == pytest.approx(55e-6, abs=1e-10)


def test_overgrowth_is_a_mushroom():
    recipe = load("stair-plated").with_changes(
        {
            "steps.resist-2": None,
            "steps.soft-bake-2": None,
            "steps.development.wall_angle": "90 deg",
            "steps.descum": None,
            "steps.passivation.thickness": "10 nm",
            "steps.pad.thickness": "10 nm",
            "steps.solder.until.height": "45 um",
        }
    )
    result = run(recipe)
    section = result.section("solder")
    rim = section.bounds("resist-1")[3]
    mouth = section.spans("solder", rim - 1e-9)[0][1]
    over = section.bounds("solder")[3] - rim
    cap = section.volume("solder") - run(recipe.with_changes({"steps.solder.until.height": "30 um"})).section("solder").volume("solder")
    below = (
        (rim - section.bounds("resist-1")[1] - 30e-6) * math.pi * mouth**2
    )  # height is counted from the seed, the rim from the resist's foot
    assert over == pytest.approx(15e-6, abs=0.1e-6)
    assert cap == pytest.approx(float(mushroom_volume(mouth, over)) + below, rel=5e-3)  # the flat films' 20 nm of topography on 30 um
    assert section.bounds("solder")[2] == pytest.approx(mouth + over, abs=5e-9)


@pytest.mark.parametrize("overetch", [0.25, 0.5, 2.0])
def test_undercut_is_the_etch_distance(overetch):
    recipe = load("flux-coated-ball").with_changes({"steps.wetting.thickness": "500 nm"})
    recipe = recipe.with_changes({"steps.ubm-etch.overetch": overetch})
    undercut = run(recipe).step("ubm-etch").measures["undercut.wetting"].value
    distance = 500e-9 * (1 + overetch)
    # an isotropic front from the mask's edge, read halfway through the film
    assert undercut == pytest.approx(math.sqrt(distance**2 - 250e-9**2), abs=5e-9)


def test_dry_etch_leaves_no_undercut():
    result = run(load("flux-coated-ball").with_changes({"steps.ubm-etch.kind": "dry"}))
    for name, value in result.step("ubm-etch").measures.items():
        assert abs(value.value) < 2e-8, name


def test_paste_shrinks_to_its_metal():
    result = run(load("two-mask-fused"))
    paste, body = result.step("first-solder").measures, result.step("first-reflow").measures
    assert paste["metal_volume"].value == pytest.approx(0.5 * paste["volume"].value, rel=1e-9)
    assert body["volume"].value == pytest.approx(paste["metal_volume"].value, rel=2e-6)


def test_free_bump_is_the_truncated_sphere():
    result = run(load("flux-on-pad"))
    a, h, v = (result.measures[k].value for k in ("pad_diameter", "bump_height", "bump_volume"))
    assert v == pytest.approx(math.pi / 6 * (100e-6) ** 3, rel=1e-6)
    # the pad lies 0.8 um deep in its passivation: the cap's base is the bare copper itself, so cap and ball volume agree
    assert math.pi * h * (3 * (a / 2) ** 2 + h * h) / 6 == pytest.approx(v, rel=1e-3)


def test_fusing_mixes_by_mass():
    result = run(load("two-mask-fused-different"))
    record = result.step("second-reflow").record
    body = result.final.facts[record["body"]]
    assert set(body.made_from) == {"first-solder", "second-solder"}
    assert sum(record["composition"].values()) == pytest.approx(1.0, abs=1e-12)
    assert {"Sn", "Pb", "Ag", "Cu"} == set(record["composition"])
    assert record["fused"] == ["first-solder", "second-solder"]


def test_no_fusion_below_the_higher_liquidus():
    result = run(load("two-mask-not-fused"))
    step = result.step("second-reflow")
    assert step.record["fused"] == [] and step.record["solid"] == ["first-solder"]
    assert any("the rest stays as a solid core and is not fused" in w for w in step.warnings)
    assert 0.1 < step.record["dissolved"]["first-solder"] < 0.9
    assert {"first-solder", "second-solder"} <= set(result.final.bump.names)


def test_residue_is_what_the_flux_leaves():
    result = run(load("flux-filled"))
    flux = result.step("flux").measures["volume"].value
    residue = result.section("reflow").volume("reflow-residue")
    value = {(s["of"], s["property"]): s["value"] for s in result.sources}
    kept = value["rosin-flux", "nonvolatile_fraction"] * flux * value["rosin-flux", "density"]
    assert residue == pytest.approx(kept / value["flux-residue", "density"], rel=1e-6)
    assert result.step("reflow").measures["volatile_mass"].value == pytest.approx(flux * value["rosin-flux", "density"] - kept, rel=1e-9)
    assert not result.final.names_with("residue", "flux")


def test_time_above_liquidus_comes_from_the_profile():
    points = [("25 degC", "1 s"), ("150 degC", "60 s"), ("245 degC", "120 s"), ("245 degC", "150 s"), ("25 degC", "260 s")]
    profile = [{"temperature": t, "time": s} for t, s in points]
    recipe = load("stair-plated").with_changes({"steps.reflow.above_liquidus": None, "steps.reflow.profile": profile})
    measures = run(recipe).step("reflow").measures
    flows = measures["flows_above"].value - 273.15
    assert flows == pytest.approx(221.0, abs=0.5)  # the published eutectic
    up, down = 60 * (245 - flows) / 95, 110 * (245 - flows) / 220
    found = measures["time_above_liquidus"].value
    assert found == pytest.approx(up + 30 + down, rel=1e-9)


def test_a_round_preform_is_a_disc():
    changes = {"steps.block": {"place": {"solder": "63Sn37Pb", "shape": "preform", "diameter": "110 um", "height": "50 um"}}}
    preform, disc = run(load("flux-filled-preform").with_changes(changes)), run(load("flux-filled-disc"))
    assert preform.measures["bump_volume"].value == disc.measures["bump_volume"].value
    assert not any("no corners" in w for w in preform.step("block").warnings)


@pytest.mark.parametrize("flow", ["flux-filled-cube", "flux-filled-preform", "flux-filled-disc"])
def test_a_flat_block_shuts_flux_in_the_dish_below_it(flow):
    result = run(load(flow))
    before, after = result.section("flux"), result.section("block")
    lost = before.volume("flux") - after.volume("flux")
    told = [w for w in result.step("block").warnings if "pushed out" in w]
    assert lost == pytest.approx(0.0, abs=1e-6 * before.volume("flux")) or told
    assert after.thickness_at(5e-6, "flux") > 0.5e-6  # the dish of the pad's opening is still full
