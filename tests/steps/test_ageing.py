"""Compounds in the section: what they take from solder and metal, where they end, and the verb `age` in a run."""

import math
from dataclasses import replace
from types import MappingProxyType

import pytest

from tests.steps.travellers import refused
from waferbump.archive import save_run
from waferbump.bookkeeping import Ledger
from waferbump.geometry.section import Section
from waferbump.line import RunError, run
from waferbump.materials import library
from waferbump.recipe import Recipe, load
from waferbump.results import Run
from waferbump.state import Facts, State, StepError
from waferbump.steps.ageing import age
from waferbump.steps.conduction import metal_mass
from waferbump.steps.reacting import DRAWN, reacted
from waferbump.steps.wetting import standing_edge

RADIUS, CELL = 20e-6, 50e-6
AREA = math.pi * RADIUS**2
MELT = 518.15  # K, 245 degC


def post(metal="Cu", solder="Sn", *, height=10e-6, cap=30e-6, film=None):
    """A round post of metal on titanium, 40 um wide, with a flat cap of solder; `film` [m] makes the post that thin."""
    height = film or height
    section = Section.blank("axisymmetric", CELL, material="Si", thickness=100e-6)
    section = section.grown("barrier", "Ti", 0.2e-6)
    section = section.grown("resist", "AZ-9260", height + cap).opened({"resist": ((0.0, RADIUS),)}, at=0.0)
    section = section.filled("post", metal, level=0.2e-6 + height).filled("cap", solder, level=0.2e-6 + height + cap)
    section = section.stripped(["resist"])
    facts = {
        "carrier": Facts("carrier", "start"),
        "barrier": Facts("film", "barrier"),
        "post": Facts("post", "post"),
        "cap": Facts("solder", "cap"),
    }
    return State(None, MappingProxyType({"bump": section}), MappingProxyType(facts))


def held(temperature, time):
    return [(0.0, temperature), (time, temperature)]


def after(state, history, name="hot"):
    materials = Ledger(library())
    made, measured = reacted(state, history, materials, name)
    assert made.bump.check().valid
    return made, {k: q.value for k, q in measured.values.items()}, measured, materials


def mass(state):
    names = state.names_with("solder", "post", "intermetallic")
    return sum(metal_mass(state, n, library()) for n in names)


def element(state, symbol):
    total = 0.0
    for n in state.names_with("solder", "post", "intermetallic"):
        total += metal_mass(state, n, library()) * library()[state.material(n)].composition.get(symbol, 0.0)
    return total


# What an outline loses to its noding: some nanometres of a layer's rim, 1e-6 of a bump's metal.
NODING = 1e-6


@pytest.mark.parametrize("history", [held(MELT, 60.0), held(423.15, 3.6e6), [(0, 298.15), (90, MELT), (150, MELT), (230, 298.15)]])
def test_metal_and_tin_go_into_the_compounds_element_by_element(history):
    before = post()
    made, values, _, _ = after(before, history)
    # Cu3Sn grows in the solid alone: while the solder is heated and cools, too
    assert made.has("hot-Cu6Sn5") and made.has("hot-Cu3Sn") == (history[0][1] < MELT)
    assert mass(made) == pytest.approx(mass(before), rel=NODING)
    # the compositions in the library are given to four decimals: 1e-4 of the metal in the layer
    for symbol in ("Cu", "Sn"):
        assert element(made, symbol) == pytest.approx(element(before, symbol), rel=2e-5)
    assert values["intermetallic_low.post"] < values["intermetallic.post"] < values["intermetallic_high.post"]


def test_the_layer_is_drawn_as_thick_as_it_is_and_lies_between_metal_and_solder():
    made, values, _, _ = after(post(), held(423.15, 3.6e6))
    section = made.bump
    inner, outer = (section.thickness_at(RADIUS / 2, n) for n in ("hot-Cu3Sn", "hot-Cu6Sn5"))
    assert inner == pytest.approx(values["Cu3Sn.post"], rel=2e-3) and inner + outer == pytest.approx(values["intermetallic.post"], rel=2e-3)
    assert section.contact("post", "hot-Cu3Sn") == pytest.approx(AREA, rel=1e-3)
    assert section.contact("hot-Cu3Sn", "hot-Cu6Sn5") == pytest.approx(AREA, rel=1e-3)
    # the compounds are 5 to 8 % denser than what they are made of: the cap shrinks by 0.1 um, at its sides too
    assert AREA * (1 - 2 * 0.2e-6 / RADIUS) < section.contact("cap", "hot-Cu6Sn5") < AREA
    assert section.contact("post", "cap") == 0.0 and section.contact("post", "hot-Cu6Sn5") < 1e-3 * AREA
    assert values["consumed.post"] == pytest.approx(0.3614 * outer + 0.6123 * inner, rel=2e-3)
    assert values["remaining.post"] == pytest.approx(10e-6 - values["consumed.post"], abs=1e-9)


def test_a_thin_cap_is_consumed_entirely():
    made, values, measured, _ = after(post(cap=5e-6), held(MELT, 1e5))
    # 5 um of tin make 5 / 0.6916 = 7.23 um of Cu6Sn5, whatever the rate
    assert values["intermetallic.post"] == pytest.approx(7.23e-6, rel=1e-3)
    assert values["intermetallic_high.post"] == values["intermetallic.post"]
    assert not made.has("cap") and measured.record["spent"] == ["cap"]
    assert made.bump.volume("hot-Cu6Sn5") == pytest.approx(7.23e-6 * AREA, rel=1e-3)
    assert "no solder is left" in measured.warnings[0]
    again, _, nothing, _ = after(made, held(MELT, 1e5), "again")
    assert again is made and not nothing.values


def test_a_thin_film_is_consumed_through():
    made, values, measured, _ = after(post(film=0.5e-6), held(MELT, 60.0))
    assert values["intermetallic.post"] == pytest.approx(0.5e-6 / 0.3614, rel=2e-3)
    assert values["remaining.post"] == 0.0 and not made.has("post")
    assert measured.record["consumed_through"] == ["post"] and "does not wet barrier (Ti) below it" in measured.warnings[0]
    assert made.bump.contact("hot-Cu6Sn5", "barrier") == pytest.approx(AREA, rel=1e-3)


def test_a_film_that_may_be_consumed_through_is_told():
    _, values, measured, _ = after(post(film=1e-6), held(MELT, 60.0))
    assert values["remaining.post"] > 0.1e-6 and not measured.record["consumed_through"]
    assert any("as fast as it may" in said for said in measured.warnings)
    assert not after(post(), held(MELT, 60.0))[2].warnings


def test_ageing_twice_is_ageing_for_twice_as_long():
    once = after(post(), held(423.15, 1e6), "one")[0]
    twice, values, _, _ = after(once, held(423.15, 1e6), "two")
    _, whole, _, _ = after(post(), held(423.15, 2e6))
    for kind in ("intermetallic", "intermetallic_low", "intermetallic_high", "Cu3Sn"):
        assert values[f"{kind}.post"] == pytest.approx(whole[f"{kind}.post"], rel=1e-12)
    assert twice.has("one-Cu6Sn5") and not twice.has("two-Cu6Sn5")
    assert twice.bump.thickness_at(RADIUS / 2, "one-Cu3Sn") == pytest.approx(whole["Cu3Sn.post"], rel=2e-3)
    assert mass(twice) == pytest.approx(mass(post()), rel=2 * NODING)


def test_the_inner_compound_grows_out_of_the_outer_one_and_gives_no_tin_back():
    thick = after(post(), held(MELT, 1000.0), "reflow")[0]
    before = thick.bump
    made, _, measured, _ = after(thick, held(423.15, 3600.0), "short")
    assert made.bump.volume("reflow-Cu6Sn5") < before.volume("reflow-Cu6Sn5") and made.has("short-Cu3Sn")
    assert mass(made) == pytest.approx(mass(post()), rel=2 * NODING)
    assert metal_mass(made, "cap", library()) == pytest.approx(metal_mass(thick, "cap", library()), rel=NODING)
    entry = measured.record["intermetallics"]["cap on post"]
    assert all(now >= then for now, then in zip(entry["thickness"], entry["grown_from"], strict=True))


def test_n_reflows_thicken_the_drawn_layer_by_the_cube_root_of_their_number():
    state = post()
    for number in (1, 2, 3):
        state, values, _, _ = after(state, held(MELT, 30.0), f"reflow-{number}")
        if number == 1:
            first = values["intermetallic.post"]
    assert values["intermetallic.post"] == pytest.approx(3 ** (1 / 3) * first, rel=1e-12)
    assert state.bump.thickness_at(RADIUS / 2, "reflow-1-Cu6Sn5") == pytest.approx(3 ** (1 / 3) * first, rel=2e-3)


def test_nickel_makes_its_own_compound_more_slowly():
    made, values, measured, _ = after(post("Ni", "Sn3.5Ag"), held(423.15, 3.6e6))
    _, copper, _, _ = after(post("Cu", "Sn3.5Ag"), held(423.15, 3.6e6))
    assert made.material("hot-Ni3Sn4") == "Ni3Sn4" and not measured.warnings
    assert values["intermetallic_high.post"] < copper["intermetallic_low.post"]
    assert values["consumed.post"] == pytest.approx(0.2627 * values["intermetallic.post"], rel=2e-3)


def test_copper_in_the_solder_changes_what_grows_on_nickel():
    said = after(post("Ni", "SAC305"), held(423.15, 3.6e6))[2].warnings
    assert len(said) == 1 and "(Cu,Ni)6Sn5" in said[0]


@pytest.mark.parametrize(
    ("metal", "solder", "why"), [("Cu", "95Pb5Sn", "holds 5 % of tin"), ("Cu", "52In48Sn", "52 % of In"), ("Au", "Sn", "(Au) is not known")]
)
def test_what_is_not_known_is_said_and_not_drawn(metal, solder, why):
    before = post(metal, solder)
    made, values, measured, _ = after(before, held(373.15, 3.6e6))
    assert made is before and not values and why in measured.warnings[0]


def test_a_layer_too_thin_to_draw_is_a_number_only():
    before = post()
    made, values, _, _ = after(before, held(343.15, 600.0))
    assert made is before and 0 < values["intermetallic.post"] < DRAWN


def test_dissolution_is_bounded_by_saturation_and_stops_in_a_saturated_melt():
    _, values, _, _ = after(post(), held(MELT, 60.0))
    # 1.0 % by mass of a melt 30 um high, as a height of copper: what saturates it
    most = 30e-6 * 7287 / 8960 * 43.3 * math.exp(-4366 / MELT)
    assert 0.1 * most < values["dissolvable.post"] <= values["dissolvable_high.post"] <= most * (1 + 1e-9)
    assert "dissolvable.post" not in after(post(), held(423.15, 60.0))[1]
    assert after(post(solder="60Sn38Pb2Cu", cap=20e-6), held(MELT, 60.0))[1]["dissolvable.post"] == 0.0


def test_laws_are_cited_with_the_sources_of_their_rates():
    materials = after(post(), held(423.15, 3.6e6))[3]
    cited = {entry["source"] for entry in materials.cited()}
    assert {"lee-2003", "chan-1998"} <= cited and "min-2023" not in cited
    assert "min-2023" in {entry["source"] for entry in after(post(), held(MELT, 60.0))[3].cited()}


def test_the_limits_part_below_the_temperatures_of_the_measurements():
    def spread(celsius):
        values = after(post(), held(celsius + 273.15, 60 * 86400))[1]
        return values["intermetallic_high.post"] / values["intermetallic_low.post"]

    # at 150 degC 15 % of either thickness and 3.7 % between the laws; at 70 degC the laws themselves are a factor of 3.6 apart
    assert spread(150) == pytest.approx(1.15 / 0.85 * 1.037, rel=0.01) and spread(70) > 3.6


def test_what_cannot_age_is_refused():
    class Settings:
        profile, temperature, time = (), 513.15, 3600.0

    with pytest.raises(StepError, match=r"ageing at 240 degC melts cap \(Sn, solid up to 23\d degC\): use reflow"):
        age(post(), Settings, Ledger(library()), None, "hot")
    bare = post()
    bare = replace(bare, facts=MappingProxyType({**bare.facts, "cap": Facts("film", "cap")}))
    with pytest.raises(StepError, match="no solder that could age"):
        age(bare, Settings, Ledger(library()), None, "hot")


HEAD = """\
waferbump: 1
name: aged
cell: {pitch: 100 um}
carrier: {kind: wafer, material: Si, thickness: 400 um}
masks: {pad: {circle: 60 um}}
steps:
"""
RAMP = "profile: [{temperature: 20 degC, time: 0 s}, {temperature: 90 degC, time: 9 s}]"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("{temperature: 150 degC}", "needs temperature and time"),
        ("{}", "needs temperature and time"),
        (f"{{temperature: 150 degC, time: 1000 h, {RAMP}}}", "not both"),
        ("{profile: [{temperature: 20 degC, time: 0 s}]}", "two points or more"),
        ("{profile: [{temperature: 20 degC, time: 9 s}, {temperature: 90 degC, time: 9 s}]}", "must rise"),
        ("{temperature: 150 degC, time: 400000 h}", "out of range"),
    ],
)
def test_settings_that_make_no_sense_are_refused_at_load(settings, message):
    assert message in refused(HEAD, f"age: {settings}")


def test_a_wafer_without_solder_does_not_age():
    with pytest.raises(RunError, match="no solder that could age"):
        run(Recipe.from_yaml(HEAD + "  - pad: {material: Cu, thickness: 1 um, mask: pad}\n  - age: {temperature: 150 degC, time: 10 h}\n"))


@pytest.fixture(scope="module")
def aged():
    """A ball on a copper post, with its plan, aged and read back from its archive."""
    written = load("copper-post").to_yaml()
    steps = "  - age: {id: ageing, temperature: 150 degC, time: 1000 h}\n  - age: {id: again, profile: [{temperature: 25 degC, time: 0 s}, "
    steps += "{temperature: 125 degC, time: 1 h}, {temperature: 125 degC, time: 500 h}]}\n"
    return run(Recipe.from_yaml(written.rstrip() + "\n" + steps))


def test_a_run_ages_its_bump_and_the_plan_stays_whole(aged):
    step, final = aged.step("again"), aged.final
    # the reflow made the layers, and ageing them makes no second ones
    assert {"reflow-Cu6Sn5", "reflow-Cu3Sn"} <= set(final.bump.names)
    assert aged.step("ageing").record["created"] == [] == step.record["created"]
    assert [entry.event for entry in final.log][-2:] == ["ageing", "ageing"] and final.log[-1].duration == 500 * 3600
    assert not list(final.stack.floating()) and final.bump.check().valid
    grown = [s.measures["intermetallic.post"].value for s in (aged.step("reflow"), aged.step("ageing"), step)]
    assert 0 < grown[0] < grown[1] < grown[2]
    before = aged.states[-3]
    assert aged.measures["bump_volume"].value < before.bump.volume("ball")
    assert aged.measures["pad_diameter"].value == pytest.approx(2 * standing_edge(before, ["ball"])[0], abs=1e-9)
    # the ball settles by what its metal shrinks, the metal's own surface by what is consumed
    settled = before.bump.bounds("ball")[3] - final.bump.bounds("ball")[3]
    sunk = standing_edge(before, ["ball"])[1] - standing_edge(final, ["ball"])[1]
    assert 0 < settled < 0.5e-6 and 0 < sunk < 10e-6


def test_layers_keep_their_limits_in_an_archive(aged, tmp_path):
    save_run(aged, tmp_path / "run")
    back = Run.load(tmp_path / "run").final
    assert back.facts["reflow-Cu6Sn5"] == aged.final.facts["reflow-Cu6Sn5"] and len(back.facts["reflow-Cu6Sn5"].thickness) == 3
