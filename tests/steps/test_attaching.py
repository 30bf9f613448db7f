"""A die on its joints: what the step makes of pads, paste, weight and warpage."""

import math

import pytest

from waferbump.line import RunError, run
from waferbump.materials import library
from waferbump.physics.attachment import standing_die
from waferbump.physics.capillary import joint
from waferbump.physics.capillary.equilibrium import STANDARD_GRAVITY
from waferbump.recipe import RecipeError, load
from waferbump.steps.conduction import tin_in_compounds

GAMMA, RHO = 0.5, 8000.0
JOINT = (8e-13, 55e-6, 48e-6)  # volume, board's pad, bump's pad


@pytest.fixture(scope="module")
def attached():
    return run(load("ball-on-board"))


def changed(**changes):
    return load("ball-on-board").with_changes({f"steps.attach.{k.replace('__', '.')}": v for k, v in changes.items()})


def test_a_level_die_stands_at_the_gap_at_which_a_joint_bears_its_share():
    load_ = 2e-5
    found = standing_die(*JOINT, GAMMA, RHO, load_)
    assert found.centre_gap == found.corner_gap == found.mean_gap
    # the solver's own accuracy for a force, relative to gamma a
    assert joint(*JOINT, GAMMA, RHO, gap=found.mean_gap).force == pytest.approx(load_, abs=1e-6 * GAMMA * 48e-6)
    assert not found.opens and found.mean_gap < found.largest_gap


@pytest.mark.parametrize("warpage", [6e-6, -6e-6])
def test_a_warped_die_is_carried_in_the_mean(warpage):
    load_ = 1e-5
    found = standing_die(*JOINT, GAMMA, RHO, load_, warpage)
    assert found.corner_gap - found.centre_gap == pytest.approx(warpage, rel=1e-12)
    # forces over a fine grid of the die, apart from the step's own Gauss points: their mean is the load
    n = 9
    places = [(i + 0.5) / n for i in range(n)]
    forces = [joint(*JOINT, GAMMA, RHO, gap=found.centre_gap + warpage * (x * x + y * y) / 2).force for x in places for y in places]
    spread = max(forces) - min(forces)
    # the midpoint rule over a force that bends by its spread misses 1 / (12 n^2) of the bend
    assert sum(forces) / n**2 == pytest.approx(load_, abs=spread / (4 * n**2))


def test_a_corner_beyond_the_solders_reach_opens_and_a_crushed_centre_is_refused():
    level = standing_die(*JOINT, GAMMA, RHO, 1e-5)
    torn = standing_die(*JOINT, GAMMA, RHO, 1e-5, 5e-5, reach=1.3 * level.mean_gap)
    assert torn.corner is None and torn.centre is not None and torn.opens
    assert torn.centre_gap < level.mean_gap < torn.largest_gap < torn.corner_gap
    with pytest.raises(ValueError, match="crushed"):
        standing_die(*JOINT, GAMMA, RHO, 1e-5, 2e-4)


def test_the_flow_builds_joint_and_board(attached):
    step, section = attached.step("attach"), attached.final.bump
    values = {k: q.value for k, q in step.measures.items()}
    body = step.record["body"]
    low, high = section.bounds(body)[1], section.bounds(body)[3]
    top = attached.states[-2].facts["block"].wetted_edge[1]
    layers = [section.bounds(n) for n in attached.final.names_with("intermetallic")]
    highest = max(b[3] for b in layers)
    # the board's compound grows from its copper's plane to either side; the die's fills the dish of its metal
    assert highest > top + values["stand_off"] >= high - 1e-9 and min(b[1] for b in layers) < top
    assert low < top + 2e-6 and high > top + values["stand_off"] - 4e-6
    assert section.bounds(body)[2] == pytest.approx(values["joint_diameter"] / 2, abs=2e-9)
    assert {"attach-pad", "attach-mask", "attach-board"} <= set(section.names)
    assert section.bounds("attach-board")[1] == pytest.approx(top + values["stand_off"] + 25e-6, abs=1e-9)
    assert "attach-pad" in step.record["joined"]
    weight = 25e-6 * 725e-6 * 2329 * STANDARD_GRAVITY / 400
    assert values["load"] == pytest.approx(weight, rel=0.01)  # the library's density of silicon


def test_metal_of_bump_and_paste_is_in_the_joint(attached):
    before, after = attached.states[-2], attached.final
    body = attached.step("attach").record["body"]
    ball = before.bump.volume("block") * before.facts["block"].metal_fraction
    sources = {(s["of"], s["property"]): s["value"] for s in attached.sources}
    paste = math.pi / 4 * 120e-6**2 * 50e-6 * 0.8 * sources["63Sn37Pb", "paste_metal_fraction"]
    density = 8400.0  # of the solder in the library; the tin that compounds took is weighed
    taken = tin_in_compounds(after, library()) - tin_in_compounds(before, library())
    left = after.bump.volume(body) * after.facts[body].metal_fraction
    assert left + taken / sources.get(("63Sn37Pb", "density"), density) == pytest.approx(ball + paste, rel=2e-6)


def test_a_mask_defined_pad_is_filled_down_to_its_copper():
    found = run(changed(pad={"diameter": "150 um", "mask_opening": "110 um", "mask_thickness": "15 um"}))
    section, body = found.final.bump, found.step("attach").record["body"]
    copper = section.bounds("attach-board")[1] - 25e-6
    assert found.step("attach").record["pad_defined_by"] == "mask"
    assert section.bounds(body)[3] == pytest.approx(copper, abs=4e-6)  # but for the compound between
    assert section.spans(body, copper - 6e-6)[-1][1] == pytest.approx(55e-6, abs=1e-9)
    assert found.step("attach").measures["stand_off"].value < copper - section.bounds(body)[1] - 11e-6


def test_the_worst_corner_is_said():
    found = run(changed(warpage="45 um", paste=None, reflow={"peak": "218 degC", "atmosphere": "formic-acid"}))
    assert found.step("attach").record["opens"]
    assert any("corner stays open" in w for w in found.step("attach").warnings)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reflow": {"peak": "150 degC"}}, "does not melt the bump"),
        ({"paste": None, "reflow": {"peak": "218 degC"}}, "nothing removes the oxide"),
        ({"die": {"mass": "20 g"}}, "does not stand on its joints"),
        ({"warpage": "300 um"}, "crushed"),
        ({"paste__solder": "95Pb5Sn"}, "does not melt the board's paste"),
    ],
)
def test_what_cannot_be_soldered_is_said(changes, message):
    with pytest.raises(RunError, match=message):
        run(changed(**changes))


def test_a_mask_must_be_gone():
    recipe = load("ball-on-board").with_changes({"steps.strip": None})
    with pytest.raises((RunError, RecipeError), match="strip it before"):
        run(recipe)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"die": {}}, "either mass"),
        ({"die": {"mass": "4 mg", "width": "5 mm"}}, "either mass"),
        ({"paste": {"solder": "SAC305"}}, "either volume"),
        ({"bumps": 0}, "whole number"),
        ({"pad__mask_opening": "200 um"}, r"attach.pad.mask_opening: 200 um is not smaller than the pitch of 200 um"),
    ],
)
def test_settings_that_say_too_little_or_too_much(changes, message):
    with pytest.raises(RecipeError, match=message):
        changed(**changes)
