"""Lives of a cell by every model: what their constants belong to, their bands, and the distance at which a life is just enough."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from waferbump.bookkeeping import Ledger
from waferbump.materials import library
from waferbump.package.cell_measures import SIDES, LineStrain
from waferbump.package.constitution import Laws
from waferbump.package.cycling import LAYERS, CycleDamage
from waferbump.package.life_models import weibull_shape
from waferbump.package.lives import LINE, SOLDER, Lives, distance_at, first_to_fail, line_lives, solder_lives
from waferbump.package.results import damage_record, lives_record

CRACK = 250e-6  # m


def damage(energy=2e5, creep=0.02, line=0.004, board=0.5):
    """Of a cycle whose component end is worse."""
    share = dict(zip(SIDES, (1.0, board), strict=True))
    return CycleDamage(
        {(s, t): energy * share[s] for s in SIDES for t in LAYERS}, {(s, t): creep * share[s] for s in SIDES for t in LAYERS},
        LineStrain(line, (1e-4, 2e-5), "line"),
    )  # fmt: skip


def lives(made=None, alloy="SAC305", parameters="motalab-2012"):
    made = damage() if made is None else made
    models, skipped = solder_lives(made, alloy, CRACK, "Anand", parameters)
    return Lives(tuple(models) + tuple(line_lives(made, "Cu", Laws(Ledger(library())))), tuple(skipped), weibull_shape().number)


def test_every_model_of_the_alloy_stands_beside_the_others():
    found = lives()
    assert len(found.of(SOLDER)) >= 3 and len(found.of(LINE)) == 2
    assert {one.name for one in found.models} == {m.name for m in found.of(SOLDER) + found.of(LINE)}
    assert all(why and title for title, why in found.skipped)
    for one in found.of(SOLDER):
        assert one.where == "component side" and one.driver in (2e5, 0.02) and np.isfinite(one.cycles) and one.cycles > 0.0


def test_a_basis_that_differs_is_said_in_a_remark():
    found = lives()
    matched = [one for one in found.of(SOLDER) if one.matched]
    assert [one.name for one in matched] == ["motalab-2013"] and found.nominal(SOLDER) is matched[0]
    assert not any("(accepted)" in remark for remark in matched[0].life.remarks)
    for one in found.of(SOLDER):
        if not one.matched:
            assert any("the constants were fitted with" in remark and "(accepted)" in remark for remark in one.life.remarks), one.name
    # the same numbers from another set of Anand's constants belong to none
    other = lives(parameters="mysore-2009")
    assert not any(one.matched for one in other.of(SOLDER))
    assert "the set motalab-2012" in " ".join(next(o for o in other.of(SOLDER) if o.name == "motalab-2013").life.remarks)


def test_the_worse_end_of_the_joint_decides():
    worse = lives(damage(board=2.0))
    assert all(one.where == "board side" for one in worse.of(SOLDER))
    assert all(one.driver in (4e5, 0.04) for one in worse.of(SOLDER))
    by_name = {one.name: one.cycles for one in lives().models}
    assert all(one.cycles < by_name[one.name] for one in worse.of(SOLDER))
    # constants that belong to the component's end say so
    motalab = next(one for one in worse.of(SOLDER) if one.name == "motalab-2013")
    assert any("the board side" in remark for remark in motalab.life.remarks)


def test_layers_belong_to_their_constants():
    made = damage()
    # only the layer of 25 um is worked hard: constants of other layers do not see it
    hard = replace(made, energy={key: 10.0 * e if abs(key[1] - 25e-6) < 1e-9 else e for key, e in made.energy.items()})
    names = {one.name: one for one in lives(hard, "63Sn37Pb", "darveaux-2000").of(SOLDER)}
    assert names["darveaux-2000-12.7um"].driver == names["zahn-2002-25.4um"].driver == 2e5
    assert next(one for one in lives(hard).of(SOLDER) if one.name == "motalab-2013").driver == 2e6
    coarse = replace(made, energy={key: e for key, e in made.energy.items() if key[1] == 25.4e-6})
    _, skipped = solder_lives(coarse, "63Sn37Pb", CRACK, "Anand", "darveaux-2000")
    assert any("12.7 um, which this cell does not resolve" in why for _, why in skipped)


def test_a_band_holds_every_models_own():
    found = lives()
    for mode in (SOLDER, LINE):
        low, high = found.band(mode)
        assert low <= float(found.nominal(mode).life.low) < found.nominal(mode).cycles < float(found.nominal(mode).life.high) <= high
        assert low == min(float(m.life.low) for m in found.of(mode)) and high == max(float(m.life.high) for m in found.of(mode))
        for one in found.of(mode):
            assert float(one.life.low) < one.cycles < float(one.life.high)
    assert found.band("nothing") == (np.inf, np.inf) and found.nominal("nothing") is None and found.weibull("nothing") is None


def test_more_damage_is_a_shorter_life():
    levels = [lives(damage(e, c, s)) for e, c, s in ((5e4, 0.005, 0.003), (1e5, 0.01, 0.006), (4e5, 0.04, 0.012), (4e6, 0.4, 0.05))]
    for softer, harder in pairwise(levels):
        for a, b in zip(softer.models, harder.models, strict=True):
            assert a.name == b.name and b.cycles < a.cycles


def test_an_elastic_line_has_no_end_by_its_plastic_strain():
    laws = Laws(Ledger(library()))
    foil, manson = line_lives(damage(line=1e-3), "Cu", laws)
    assert manson.driver == 0.0 and np.isinf(manson.cycles) and np.isfinite(foil.cycles)
    yielding = 2.0 * laws.number("Cu", "plastic_yield_stress") / laws.number("Cu", "young_modulus")
    assert line_lives(damage(line=0.01), "Cu", laws)[1].driver == pytest.approx(0.01 - yielding, rel=1e-12)


def test_the_shorter_life_fails_first_and_an_endless_one_never():
    assert first_to_fail(lives(damage(energy=5e6, creep=0.5, line=1e-3))) == SOLDER
    assert first_to_fail(lives(damage(energy=1e3, creep=1e-4, line=0.05))) == LINE
    still = lives(damage(energy=0.0, creep=0.0, line=0.0))
    assert first_to_fail(still) == "" and still.weibull(SOLDER) is None
    record = lives_record(still)
    assert record["solder"]["nominal"] is None and record["solder"]["characteristic"] is None and record["first_to_fail"] == ""


def test_joints_spread_about_their_life_as_weibull_says():
    found = lives()
    spread = found.weibull(SOLDER)
    assert spread.shape == found.shape == weibull_shape().number
    # motalab's are characteristic lives
    assert spread.scale == pytest.approx(found.nominal(SOLDER).cycles, rel=1e-12)
    assert float(spread.failed_share(spread.scale)) == pytest.approx(1.0 - np.exp(-1.0), rel=1e-12)
    number = spread.scale * np.linspace(0.05, 3.0, 40)
    assert np.all(np.diff(spread.failed_share(number)) >= 0.0) and spread.failed_share(number)[0] < 1e-3
    record = lives_record(found)[SOLDER]
    assert record["first_permille"] < record["first_percent"] < record["characteristic"] and record["low"] < record["nominal"]


def test_records_hold_numbers_only():
    record = damage_record(damage())
    assert len(record["layers"]) == len(SIDES) * len(LAYERS) and record["line_part"] == "line"
    assert all(np.isfinite(one["energy"]) for one in record["layers"])


DISTANCES = (1e-3, 2e-3, 4e-3)


def test_the_distance_at_which_a_life_is_just_enough():
    # a power law is a straight line between logarithms: exact
    cycles = [1e4 * (d / 1e-3) ** -2.5 for d in DISTANCES]
    for d in (1.3e-3, 2e-3, 3.1e-3):
        assert distance_at(DISTANCES, cycles, 1e4 * (d / 1e-3) ** -2.5) == (pytest.approx(d, rel=1e-12), "")


@pytest.mark.parametrize(
    ("cycles", "expected"),
    [
        ((900.0, 500.0, 100.0), (1e-3, "below")),
        ((9000.0, 5000.0, 1000.0), (4e-3, "beyond")),
        ((np.inf, np.inf, np.inf), (4e-3, "beyond")),
        ((np.inf, 5000.0, 100.0), None),
        ((np.inf, np.inf, 100.0), (2e-3, "")),  # between an endless life and a short one the nearest known to hold
        ((5000.0, 5000.0, 100.0), None),
        ((5000.0, 1000.0, 1000.0 - 1e-9), (2e-3, "")),
    ],
)
def test_the_ends_of_what_was_computed(cycles, expected):
    distance, where = distance_at(DISTANCES, cycles, 1000.0)
    if expected is None:
        assert where == "" and 2e-3 < distance < 4e-3
    else:
        assert (distance, where) == (pytest.approx(expected[0], rel=1e-6), expected[1])


def test_lives_of_a_cell_use_the_set_that_its_joint_flowed_by():
    from waferbump.package.lives import lives_of

    nodes = np.zeros((5, 2))
    nodes[:, 0] = np.linspace(0.0, CRACK, 5)
    cell = SimpleNamespace(
        structure=SimpleNamespace(alloy="SAC305", stack=SimpleNamespace(material=lambda part: "Cu")), laws=Laws(Ledger(library())),
        mesh=SimpleNamespace(nodes=nodes, sets={"foot": np.arange(5)}),
    )  # fmt: skip
    found = lives_of(cell, SimpleNamespace(last=damage()))
    assert [(m.name, m.cycles, m.matched) for m in found.models] == [(m.name, m.cycles, m.matched) for m in lives().models]
