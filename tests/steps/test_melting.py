"""What melts, what dissolves, what stays, and where weight and walls matter."""

import pytest

from waferbump.line import RunError, run
from waferbump.materials import library
from waferbump.physics.alloys import liquid_fraction, mixed
from waferbump.physics.capillary import drop, truncated_sphere
from waferbump.recipe import RecipeError, load
from waferbump.steps.conduction import metal_mass, tin_in_compounds
from waferbump.steps.melting import FLOWS, Heated, Tabulated, dissolved

EVEN = Tabulated(400.0, 420.0, "made up")


def body(name, parts, mass, liquid):
    return Heated(name, parts, mass, EVEN, 419.0, liquid)


BISMUTH = body("melt", {"Bi": 0.58, "Sn": 0.42}, 3e-9, 1.0)
TIN = body("core", {"Sn": 1.0}, 2e-9, 0.0)


@pytest.mark.parametrize("peak", [425.0, 435.0, 445.0])
def test_a_melt_takes_up_solid_until_only_95_percent_of_the_mixture_are_liquid(peak):
    found = dissolved([BISMUTH], TIN, peak, 1e-6, 60.0)
    assert 0 < found.part == found.saturated < 1
    mixture = mixed([(BISMUTH.mass, BISMUTH.parts), (found.part * TIN.mass, TIN.parts)])
    # the part is found to 1e-3, over which the liquid part changes by less than as much
    assert liquid_fraction(mixture, peak) == pytest.approx(FLOWS, abs=2e-3)


def test_hot_enough_all_of_it_dissolves_and_time_may_be_short():
    assert dissolved([BISMUTH], TIN, 500.0, 1e-6, 60.0).part == 1.0
    slow = dissolved([BISMUTH], TIN, 500.0, 1e-3, 10.0)
    assert slow.saturated == 1.0 and slow.part == pytest.approx((10.0 / slow.needed) ** 0.5)


def test_fusing_by_dissolving_is_told_from_not_fusing():
    fused = run(load("two-mask-fused-lead-free")).step("second-reflow")
    assert fused.record["dissolved"] == {"first-solder": 1.0} and len(fused.record["fused"]) == 2 and not fused.record["solid"]
    assert fused.record["flows_above"]["first-solder"] > fused.record["peak"], "it fused below its own melting"
    kept = run(load("two-mask-not-fused"))
    step = kept.step("second-reflow")
    part = step.record["dissolved"]["first-solder"]
    states = dict(zip([s.id for s in kept.steps], kept.states, strict=True))
    before, after = states["second-solder"], states["second-reflow"]
    left = metal_mass(after, "first-solder", library()) / metal_mass(before, "first-solder", library())
    assert left == pytest.approx(1 - part, abs=6e-3)  # what it gives to its compound besides, half a percent of it
    masses = [sum(metal_mass(s, n, library()) for n in s.names_with("solder")) + tin_in_compounds(s, library()) for s in (before, after)]
    assert masses[1] == pytest.approx(masses[0], rel=2e-6)


def test_weight_lowers_a_free_bump_by_what_the_equation_says():
    heavy = run(load("flux-on-film"))
    light = run(load("flux-on-film").with_changes({"steps.reflow.model": "truncated_sphere"}))
    liquid = heavy.step("reflow").record["liquid"]
    a, v = (heavy.measures[k].value for k in ("pad_diameter", "bump_volume"))
    expected = drop(v, a / 2, liquid["surface_tension"], liquid["density"]).height / float(truncated_sphere(v, a / 2).height)
    measured = heavy.measures["bump_height"].value / light.measures["bump_height"].value
    assert expected < 1 and measured - 1 == pytest.approx(expected - 1, rel=0.05)  # dish and compounds change the volume by a few percent


def test_solder_in_an_opening_wider_than_its_metal_keeps_a_ring_of_gas():
    changes = {"masks.first.circle": "110 um", "steps.second-reflow": None, "steps.second-clean": None}
    result = run(load("two-mask-fused").with_changes(changes))
    step = result.step("first-reflow")
    section = dict(zip([s.id for s in result.steps], result.states, strict=True))["first-reflow"].bump
    foot = section.bounds("wetting")[3] + 1e-6
    assert step.record["began"] == "in contact with a wall"
    wall = section.spans("first-mask", foot)[0][0]
    assert section.spans("first-solder", foot)[-1][1] < wall - 1e-6, "nothing wets the resist's foot beside the metal"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps.reflow.peak": "150 degC"}, "does not melt .* flows above 183 degC"),
        ({"steps.reflow.atmosphere": "nitrogen", "steps.flux": None}, "nothing removes the oxide"),
    ],
)
def test_what_cannot_be_is_said(changes, message):
    with pytest.raises(RunError, match=message):
        run(load("flux-filled").with_changes(changes))


def test_a_named_profile_is_its_points_and_no_other():
    named = load("flux-filled").with_changes({"steps.reflow": {"reflow": {"named_profile": "tin-lead"}}})
    reflow = named.step("reflow").settings if hasattr(named, "step") else next(s for s in named.steps if s.id == "reflow").settings
    assert reflow.peak == pytest.approx(218 + 273.15) and len(reflow.profile) == 6
    assert run(named).step("reflow").measures["time_above_liquidus"].value > 40
    with pytest.raises(RecipeError, match="not both"):
        load("flux-filled").with_changes(
            {"steps.reflow": {"reflow": {"named_profile": "tin-lead", "profile": [{"temperature": "250 degC", "time": "9 s"}]}}}
        )
