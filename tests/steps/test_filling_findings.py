"""What plating, printing, fluxing and placing do on ground that no built-in flow has."""

import math

import pytest
import shapely

from tests.steps.travellers import carried_out
from waferbump.line import RunError
from waferbump.recipe import Recipe, RecipeError, load

START = """
waferbump: 1
name: filling
cell: {pitch: 200 um}
carrier: {kind: wafer, material: Si, thickness: 725 um}
masks:
  pad: {circle: 160 um}
  lip: {circle: 80 um}
  hole: {circle: 30 um}
  hole-dark: {circle: 30 um, tone: dark}
  ringed: {circle: 30 um, rings: [{circle: 60 um, transmission: 0}, {circle: 90 um, transmission: 1}]}
  dish: {circle: 120 um, tone: dark}
  dish-60: {circle: 60 um, tone: dark}
  bump: {circle: 50 um}
  bump-80: {circle: 80 um}
  wide: {circle: 120 um}
  square: {square: 95 um}
  octagon: {octagon: 70 um}
  twin: {circle: 72 um}
steps:
"""
MEDIUM = "generic-positive-medium"
SEED = ("deposit: {id: adhesion, material: Ti, thickness: 100 nm}", "deposit: {id: seed, material: Cu, thickness: 500 nm}")
TOOL = "tool: {kind: contact}, blur: 0.1 um"


def made(*steps):
    return carried_out(START, *steps)


def stopped(*steps):
    with pytest.raises(RunError) as caught:
        made(*steps)
    return str(caught.value)


def resist(mask, thickness="30 um", angle="90 deg", name="resist", dose="300 mJ/cm^2", brought="coat", more="", kind=MEDIUM):
    return (
        f"{brought}: {{id: {name}, resist: {kind}, thickness: {thickness}{more}}}",
        f"expose: {{id: {name}-exposure, mask: {mask}, dose: {dose}, {TOOL}}}",
        f"develop: {{id: {name}-development, resists: [{name}], wall_angle: {angle}}}",
    )


def plated(until, material="Sn3.5Ag", density="6 A/dm^2"):
    return f"plate: {{id: solder, solder: {material}, current_density: {density}, until: {{{until}}}}}"


def dish(mask, thickness):
    cure = "bake: {purpose: cure, temperature: 350 degC, time: 1 h}"
    return (*resist(mask, thickness, name="dish", dose="600 mJ/cm^2", kind="polyimide"), cure)


RINGED = (
    *SEED,
    *resist("hole", "10 um", name="polymer"),
    "bake: {id: hard, purpose: hard, temperature: 130 degC, time: 10 min}",
    *resist("ringed", "30 um"),
)


def test_metal_grows_only_where_seed_is_bare():
    made_ = made(*RINGED, plated("height: 20 um"))
    section = made_.final.bump
    assert section.spans("resist", section.bounds("resist")[3] - 1e-6)[0][1] == pytest.approx(30e-6, abs=1e-6)  # the ring is open
    assert section.bounds("solder")[2] == pytest.approx(15e-6, abs=2e-7)
    assert section.volume("solder") == pytest.approx(math.pi * 15e-6**2 * 20e-6, rel=0.02)


def test_metal_given_by_time_grows_only_where_seed_is_bare():
    section = made(*RINGED, plated("time: 4 min")).final.bump
    speed = section.volume("solder") / (math.pi * section.bounds("solder")[2] ** 2)
    assert section.bounds("solder")[2] == pytest.approx(15e-6, abs=2e-7)
    assert section.bounds("solder")[3] - section.bounds("seed")[3] == pytest.approx(speed, rel=1e-3)


def test_seed_that_is_bare_beside_the_bump_only_is_refused():
    sentence = stopped(
        *SEED,
        *resist("hole-dark", "10 um", name="polymer"),
        "bake: {id: hard, purpose: hard, temperature: 130 degC, time: 10 min}",
        *resist("ringed", "30 um"),
        plated("height: 20 um"),
    )
    assert "no seed is exposed in the opening at the bump's place" in sentence and "bare only from" in sentence


def dished(until):
    film = resist("bump", "15 um", brought="laminate", more=", bridges: 0 um", kind="generic-positive-dry-film-medium")
    return made(*dish("dish", "20 um"), *SEED, *film, plated(until))


def test_a_film_in_a_dish_has_its_rim_at_its_own_opening():
    result = dished("height: 20 um")
    section, step = result.final.bump, result.step("solder")
    assert step.record["mushroomed"] is True
    assert step.measures["overgrowth"].value == pytest.approx(5e-6, abs=2e-9)
    assert section.bounds("solder")[2] == pytest.approx(25e-6 + 5e-6, abs=3e-7)
    a = section.spans("solder", section.bounds("seed")[1] + 5e-6)[0][1]
    s = 5e-6
    mushroom = math.pi * a**2 * s + math.pi**2 * a * s**2 / 2 + 2 * math.pi * s**3 / 3
    assert section.volume("solder") == pytest.approx(math.pi * a**2 * 15e-6 + mushroom, rel=1e-3)


def test_plating_exactly_to_the_rim_is_flush():
    for until in ("height: 15 um", "height: 15.0004 um"):
        step = dished(until).step("solder")
        assert step.record["mushroomed"] is False and step.measures["height"].value == pytest.approx(15e-6, abs=2e-9)


def test_printing_and_flux_stop_at_the_rim_and_spill_nowhere():
    film = resist("bump", "15 um", brought="laminate", more=", bridges: 0 um", kind="generic-positive-dry-film-medium")
    for brought in ("print: {id: solder, solder: SAC305}", "flux: {id: solder, flux: tacky-flux}"):
        section = made(*dish("dish", "20 um"), *SEED, *film, brought).final.bump
        assert section.bounds("solder")[3] == pytest.approx(section.bounds("seed")[1] + 0.5e-6 + 15e-6, abs=2e-8)
        assert section.bounds("solder")[2] < 26e-6
    # on a pedestal the ground outside lies below the rim
    section = made(
        "pad: {id: pad, material: Cu, thickness: 20 um, mask: pad}",
        *resist("bump", "15 um", brought="laminate", more=", bridges: 0 um", kind="generic-positive-dry-film-medium"),
        "flux: {id: flux, flux: tacky-flux}",
    ).final.bump
    assert section.bounds("flux")[2] < 26e-6 and section.bounds("flux")[3] == pytest.approx(35e-6, abs=2e-9)


def test_a_current_out_of_the_baths_range_is_refused():
    steps = (*SEED, *resist("bump"))
    assert "known for current_density" in stopped(*steps, plated("height: 20 um", density="50 A/dm^2"))
    made(*steps, "plate: {id: solder, solder: Sn3.5Ag, current_density: 50 A/dm^2, until: {height: 20 um}, efficiency: 90 %}")


def test_a_plated_metal_is_a_post_and_solder_is_solder():
    facts = made(*SEED, *resist("bump"), plated("height: 20 um", "Cu", "10 A/dm^2")).final.facts
    assert facts["solder"].role == "post"
    assert made(*SEED, *resist("bump"), plated("height: 20 um")).final.facts["solder"].role == "solder"


def test_a_closed_opening_says_which_tone_the_mask_needs():
    negative = resist("bump", kind="generic-negative-medium")
    positive = resist("hole-dark")
    for steps, tone in ((negative, "a negative resist keeps what the light hits; for an opening its mask needs tone: dark"),
                        (positive, "for an opening its mask needs tone: clear")):  # fmt: skip
        for last in ("print: {solder: SAC305}", "place: {solder: SAC305, shape: ball, diameter: 40 um}"):
            assert tone in stopped(*SEED, *steps, last)
    cover = (*SEED, *resist("bump", dose="100 mJ/cm^2"), plated("height: 20 um"))
    assert "no seed is exposed" in (said := stopped(*cover)) and "needs tone: clear" in said


def test_flux_that_does_not_fit_is_refused():
    sentence = stopped(*SEED, *resist("bump"), "flux: {flux: tacky-flux, thickness: 900 um}")
    assert "900 um of flux into 30 um of depth" in sentence
    sentence = stopped(*SEED, *resist("bump"), "flux: {flux: tacky-flux, volume: 900000 um^3}")
    assert "does not fit" in sentence and "9e+05 um^3 of flux into 5" in sentence


BALL = "place: {{id: block, solder: SAC305, shape: ball, diameter: {0}{1}}}"
SKIN = ", skin: {{flux: solid-flux, thickness: {0}}}"
PAD = "pad: {id: pad, material: Cu, thickness: 1 um, mask: pad}"
LIP = (PAD, "passivation: {id: lip, material: SiN, thickness: 0.8 um, mask: lip}")


def test_a_round_block_goes_into_a_square_opening_by_its_side():
    opening = (*SEED, *resist("square", "60 um"))
    sentence = stopped(*opening, BALL.format("98 um", SKIN.format("1 um")))
    assert "does not fit" in sentence and "square (47.5 um)" in sentence
    made(*opening, BALL.format("92 um", SKIN.format("1 um")))
    made(*opening, "place: {id: block, solder: SAC305, shape: cube, side: 92 um}")
    assert "does not fit" in stopped(*opening, "place: {id: block, solder: SAC305, shape: cube, side: 96 um}")
    # where a round mask of like size may have drawn the opening, the fit is only worth a warning
    (warning,) = made(*SEED, *resist("octagon", "60 um"), BALL.format("71 um", "")).step("block").warnings
    assert "only if it is round" in warning and "octagon (35 um)" in warning


def test_a_block_that_touches_no_metal_is_refused_or_waits_in_flux():
    disc = "place: {id: block, solder: SAC305, shape: disc, diameter: 95 um, height: 30 um}"
    assert "comes to rest on lip, which is no metal" in stopped(*LIP, disc)
    result = made(*LIP, "flux: {id: flux, flux: tacky-flux, method: dispense, thickness: 25 um}", disc)
    assert any("rests on lip, not on the metal, until it melts: flux lies between" in w for w in result.step("block").warnings)
    section = result.final.bump
    assert section.contact("block", "pad") == 0 and section.contact("flux", "pad") > 0 and section.contact("flux", "block") > 0
    cube = "place: {id: block, solder: SAC305, shape: cube, side: 80 um}"
    assert "comes to rest on lip" in stopped(*LIP, cube)
    corners = made(*LIP, "place: {id: block, solder: SAC305, shape: cube, side: 60 um}").step("block").warnings
    assert any("corners" in w and "lip" in w for w in corners)


@pytest.mark.parametrize("thickness", ["1 um", "10 um"])
def test_a_skinned_ball_rests_in_a_dish(thickness):
    skin = float(thickness.split()[0]) * 1e-6
    result = made(*dish("dish-60", "20 um"), *SEED, BALL.format("100 um", SKIN.format(thickness)))
    section, ground = result.final.bump, result.section("seed")
    coat = section.shape("block-skin")
    assert coat.dwithin(section.shape("seed"), 3e-9)
    ball = shapely.Point(0, section.bounds("block")[1] + 50e-6).buffer(50e-6 + skin - 5e-9, quad_segs=400)
    assert ball.intersection(shapely.union_all([ground.shape(n) for n in ground.names if n != "air"])).area < 1e-16


def test_a_skinned_disc_rests_on_its_skin():
    skin = "skin: {flux: solid-flux, thickness: 3 um}"
    result = made(*LIP, f"place: {{id: block, solder: SAC305, shape: disc, diameter: 60 um, height: 30 um, {skin}}}")
    section = result.final.bump
    assert section.bounds("block")[1] == pytest.approx(1e-6 + 3e-6, abs=2e-11)


def test_a_ball_wider_than_a_shallow_opening_reaches_the_metal():
    result = made(*SEED, *resist("bump-80", "10 um"), BALL.format("100 um", ""))
    assert result.step("block").measures["rests_at"].value == pytest.approx(0.6e-6, abs=2e-9)
    sentence = stopped(*SEED, *resist("hole", "10 um"), BALL.format("100 um", ""))
    assert "does not fit into the opening: it rests on resist, not on the metal" in sentence


def test_a_ball_on_a_leaning_wall_rests_on_the_resist():
    sentence = stopped(*SEED, *resist("bump-80", "50 um", "60 deg"), BALL.format("90 um", ""))
    assert "rests on resist, not on the metal" in sentence


def test_time_above_liquidus_and_a_profile_are_not_both_given():
    profile = "profile: [{temperature: 25 degC, time: 0 s}, {temperature: 245 degC, time: 200 s}]"
    text = START + "  - reflow: {id: reflow, " + profile
    with pytest.raises(RecipeError, match="above_liquidus or a profile, not both"):
        Recipe.from_yaml(text + ", above_liquidus: 90 s}\n")
    alone = Recipe.from_yaml(text + "}\n")
    assert Recipe.from_yaml(alone.to_yaml()) == alone
    plain = Recipe.from_yaml(START + "  - reflow: {id: reflow, peak: 245 degC}\n")
    assert plain.step("reflow").settings.above_liquidus == 60.0 and Recipe.from_yaml(plain.to_yaml()) == plain
    with pytest.raises(RecipeError, match="not both"):
        load("stair-plated").with_changes({"steps.reflow.profile": [{"temperature": "245 degC", "time": "0 s"}]})
