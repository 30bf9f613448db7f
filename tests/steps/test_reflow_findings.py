"""What a review of the molten solder found, one test a finding."""

import numpy as np
import pytest

from waferbump.design_charts import design_charts
from waferbump.line import RunError, run
from waferbump.materials import library
from waferbump.physics.attachment import standing_die
from waferbump.recipe import load
from waferbump.steps.conduction import metal_mass, tin_in_compounds

POLYIMIDE = {"coat": {"resist": "polyimide", "thickness": "40 um"}}


def ran(flow, **changes):
    return run(load(flow).with_changes({k.replace("__", "."): v for k, v in changes.items()}))


def weights(result, step):
    ids = [s.id for s in result.steps]
    states = (result.states[ids.index(step) - 1], result.states[ids.index(step)])
    return [sum(metal_mass(s, n, library()) for n in s.names_with("solder")) + tin_in_compounds(s, library()) for s in states]


def test_liquids_that_freeze_as_they_mix_are_refused():
    attach = {
        "pad": {"diameter": "90 um", "mask_opening": "150 um"},
        "die": {"width": "5 mm", "depth": "5 mm"},
        "bumps": 400,
        "paste": {"solder": "Sn", "aperture": "100 um", "stencil": "50 um", "metal_fraction": "50 %"},
        "reflow": {"peak": "290 degC"},
    }
    steps = [{"clean": {"id": "clean"}}, {"attach": {"id": "attach", **attach}}]
    ball = {"steps__block__solder": "80Au20Sn", "steps__block__diameter": "80 um", "steps__reflow__peak": "320 degC"}
    with pytest.raises(RunError, match="it freezes as it mixes"):
        ran("flux-on-film", **ball, steps__clean=steps)


@pytest.mark.parametrize("fraction", ["35 %", "40 %", "45 %"])
def test_freezing_keeps_the_edge_and_grows_no_taller(fraction):
    step = ran("two-mask-fused", **{"steps__second-solder__metal_fraction": fraction}).step("second-reflow")
    hot, cold = step.measures["molten_height"].value, step.measures["height"].value
    assert 0.9 * hot < cold < hot


@pytest.mark.parametrize(
    ("flow", "changes", "step"),
    [("flux-on-film", {"steps__block__diameter": "28 um"}, "reflow"), ("stair-plated", {"masks__bump__circle": "56 um"}, "reflow"),
     ("stair-printed", {}, "melt")],
)  # fmt: skip
def test_no_metal_is_lost_in_thin_caps_and_compounds(flow, changes, step):
    before, after = weights(ran(flow, **changes), step)
    assert after == pytest.approx(before, rel=2e-6)  # the grid of 1e-11 m


def test_paste_that_stays_solid_beside_a_melt_is_refused():
    solders = {"steps__first-solder__solder": "95Pb5Sn", "steps__second-solder__solder": "63Sn37Pb"}
    with pytest.raises(RunError, match="in between its grains"):
        ran("two-mask-one-reflow", **solders, **{"steps__second-reflow__peak": "215 degC"})


def test_walls_that_curve_are_solved_in_seconds():
    changes = {
        "masks__first__tone": "dark",
        "masks__second__tone": "dark",
        "masks__second__circle": "100 um",
        "steps__first-mask": POLYIMIDE,
        "steps__second-mask": POLYIMIDE,
        "steps__first-exposure__dose": "600 mJ/cm^2",
        "steps__second-exposure__dose": "600 mJ/cm^2",
        "steps__first-hard-bake": None,
    }
    step = ran("two-mask-fused", **changes).step("second-reflow")
    assert step.seconds < 20  # it did not come back in 90 s; it takes 0.3 s alone on the machine


def test_a_bump_that_does_not_reach_a_deep_pad_is_open():
    pad = {"diameter": "80 um", "mask_opening": "50 um", "mask_thickness": "30 um"}
    changes = {"pad": pad, "paste": None, "warpage": "0 um", "reflow": {"named_profile": "tin-lead", "atmosphere": "formic-acid"}}
    with pytest.raises(RunError, match="no joint forms"):
        ran("ball-on-board", steps__block__diameter="70 um", **{f"steps__attach__{k}": v for k, v in changes.items()})


def test_a_shallow_joint_stands_although_it_cannot_neck():
    found = standing_die(1.1e-13, 55.2e-6, 52e-6, 0.48, 8100.0, 1e-6)
    assert found.mean_gap == pytest.approx(12.07e-6, abs=0.01e-6)


def test_a_warped_die_stops_at_the_highest_balance():
    given = (4e-13, 40e-6, 40e-6, 0.48, 8000.0, 1e-7)
    gaps = [standing_die(*given, w, reach=80e-6).centre_gap for w in (40e-6, 50e-6, 60e-6)]
    # a wider warpage presses the middle closer until joints open
    assert np.all(np.diff(gaps) < 0)


def test_charts_are_left_out_where_no_drop_is_that_wide():
    found = design_charts(ran("flux-filled-board", cell__pitch="1 mm"))
    assert found is not None and np.isnan(found.bridging).any()
    assert design_charts(ran("two-mask-fused")) is None  # its bump stands between walls


def test_a_rim_that_is_no_wall_beside_the_metal_is_passed_over():
    step = ran(
        "flux-on-film",
        **{"masks__pad__circle": "91.65 um", "masks__passivation__circle": "67.17 um", "masks__ubm__circle": "107.9 um"},
        **{"steps__ubm-resist__thickness": "2.906 um", "steps__flux__thickness": "21.52 um"},
        steps__block__diameter="108.1 um",
        steps__reflow__peak="235 degC",
    ).step("reflow")
    assert step.record["regime"] == "free"
