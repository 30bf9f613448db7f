"""What an overstress shows of the claims of E: sentences where it does, and which of the ways to fail it says where it does not."""

from types import SimpleNamespace

import pytest
import shapely

from waferbump.claims import examined, lot, mechanics
from waferbump.claims.trace import NotShown
from waferbump.geometry.mesh import MeshError
from waferbump.package.vehicle import PackageError

WEAK, OTHER = "sacrificial on passivation", "insulating on passivation"


def event(what=WEAK, kind="joint", displacement=9e-6, force=0.7, parted=0.8):
    return {"kind": kind, "what": what, "displacement": displacement, "force": force, "parted": parted}


def pull(*events, force=0.8, flow=0.02, stopped="", shift=16e-6, foot=4e-6):
    return {
        "foot": [0.0, foot / 2, foot],
        "displacement": [0.0, shift / 2, shift], "force": [0.0, 0.9 * force, force], "turn": [0.0, 1e-3, 2e-3], "flow": [0.0, 0.0, flow],
        "line": [0.0, 0.001, 0.004], "joint_stress": [0.0, 2e7, 3e7], "line_stress": [0.0, 1e8, 1e8], "events": list(events),
        "stopped": stopped,
    }  # fmt: skip


def record(first, after=None, weak=WEAK):
    return {"shift": 16e-6, "pull": first, "after": after, "weak_joint": weak, "interval": {"sentence": "from 0.01 to 0.5 of it"},
            "unjudged": []}  # fmt: skip


PLAIN = record(pull(force=1.2, flow=0.1, foot=1e-7), weak=None)


@pytest.fixture
def shown(monkeypatch):
    """Judge a record in place of the overstress of a run; the plain bump's beside it."""

    def judge(function, asked, plain=PLAIN):
        by_name = {"it": asked, "plain-bump": plain}
        monkeypatch.setattr(mechanics, "structure_run", lambda flow, vehicle: SimpleNamespace(recipe=SimpleNamespace(name=flow)))
        monkeypatch.setattr(mechanics, "overstress_of", lambda run: by_name[run.recipe.name])
        run = SimpleNamespace(recipe=SimpleNamespace(name="it"))
        return function(SimpleNamespace(trace=SimpleNamespace(run=run), fillings=("elastic", "sacrificial"), insulator="insulating"))

    return judge


@pytest.mark.parametrize(
    ("asked", "plain", "said"),
    [
        (record(pull(event("line", "line"))), PLAIN, "16 um line tears"),
        (record(pull(event("line", "line")), pull()), PLAIN, "line tears"),  # before its weak joint let go
        (record(pull(event()), pull(event("joint", "solder"))), PLAIN, "joint tears"),
        (record(pull(force=1.3)), PLAIN, "it is not relieved"),
        (record(pull(flow=0.2)), PLAIN, "it is not relieved"),
        (record(pull(foot=0.5e-6)), PLAIN, "goes along with the board by 3.1 %"),
        (record(pull()) | {"unjudged": ["Sn3.5Ag"]}, PLAIN, "fracture strain of Sn3.5Ag is not known"),
        (record(pull(force=1.2, flow=0.1)), PLAIN, "it is not relieved"),  # as much as the plain bump is no relief
        (record(pull(stopped="no equilibrium", shift=8e-6)), PLAIN, "up to a board displaced by 8 um alone: no equilibrium"),
        (record(pull()), record(pull(force=1.2, flow=0.1, stopped="no equilibrium", foot=1e-7)), "alone: no equilibrium"),
    ],
)
def test_a_part_that_does_not_swing(asked, plain, said, shown):
    with pytest.raises(NotShown, match=said):
        shown(mechanics.swings, asked, plain)


def test_a_part_that_swings(shown):
    first, second = shown(mechanics.swings, record(pull()))
    assert "displaced by 16 um" in first and "pulls the bump by 0.8 N; the plain bump by 1.2 N" in first
    assert "turns by 2 mrad" in second and "flows by 2 % (plain bump 10 %)" in second and "strains by 0.4 % and does not tear" in second


def test_a_part_whose_joint_has_let_go_is_judged_as_it_is_left(shown):
    # as long as it holds, it is not relieved
    said = shown(mechanics.swings, record(pull(event(), force=1.3, flow=0.2), pull(force=0.5, flow=0.01)))
    assert "pulls the bump by 0.5 N" in said[0]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (record(pull(), weak=None), "no one joint with the substrate is stated"),
        (record(pull()), f"nothing lets go under a board displaced by 16 um, {WEAK} neither"),
        (record(pull(stopped="no equilibrium", shift=8e-6)), "up to a board displaced by 8 um alone"),
        (record(pull(event(OTHER), event(displacement=12e-6)), pull()), f"{OTHER} goes first, not {WEAK}"),
        (record(pull(event("line", "line"), event(displacement=12e-6)), pull()), f"line goes first, not {WEAK}"),
        (record(pull(event("joint", "solder"))), f"joint goes first, not {WEAK}"),
        (record(pull(event(), event("line", "line", 12e-6)), pull()), "line tears as well: no path is left"),
        (record(pull(event()), pull(event("line", "line"))), "line tears as well"),
        (record(pull(event()), pull(event("joint", "solder"))), "joint tears as well"),
        (record(pull(event()), pull(stopped="no equilibrium", shift=8e-6)), "up to a board displaced by 8 um alone"),
    ],
)
def test_a_joint_that_does_not_let_go_first(asked, said, shown):
    with pytest.raises(NotShown, match=said):
        shown(mechanics.weakest_lets_go, asked)


def test_a_joint_that_lets_go_first(shown):
    first, second, third = shown(mechanics.weakest_lets_go, record(pull(event()), pull(force=0.5)))
    assert f"{WEAK} lets go first, at a board displaced by 9 um and 0.7 N (its crack runs over 80 % of it); after it nothing else" in first
    assert first.endswith("up to 16 um") and "metal still leads from pad to bump" in second and "0.01 to 0.5" in third


def test_what_parts_later_is_said_with_where_the_pull_ended(shown):
    asked = record(pull(event(), event(OTHER, displacement=11e-6), stopped="no equilibrium", shift=12e-6), pull())
    first = shown(mechanics.weakest_lets_go, asked)[0]
    assert f"after it {OTHER} at 11 um, up to 12 um" in first


@pytest.mark.parametrize(
    ("ways", "takes"),
    [
        ({"elastic": 3e-7, "sacrificial": 1e-9, "insulating": 5e-8}, True),
        ({"elastic": 1e-7, "sacrificial": 1e-7, "insulating": 1e-9}, False),
        ({"elastic": 1e-7, "sacrificial": 0.0, "insulating": 2e-7}, False),
    ],
)
def test_an_elastic_layer_takes_the_excess_or_not(ways, takes, shown, monkeypatch):
    monkeypatch.setattr(mechanics, "_ways", lambda found: ways)
    if takes:
        assert "elastic takes up 85.5 % of it" in shown(mechanics.elastic_takes_excess, record(pull()))[-1]
    else:
        with pytest.raises(NotShown, match="less than half"):
            shown(mechanics.elastic_takes_excess, record(pull()))
    with pytest.raises(NotShown, match="line tears"):
        shown(mechanics.elastic_takes_excess, record(pull(event("line", "line"))))


def test_two_joints_that_let_go_within_one_step_have_no_first(shown):
    with pytest.raises(NotShown, match="within one load step"):
        shown(mechanics.weakest_lets_go, record(pull(event(), event(OTHER)), pull()))


@pytest.mark.parametrize("problem", [PackageError("no modulus"), MeshError("no mesh")])
def test_what_cannot_be_computed_shows_nothing(problem, monkeypatch):
    def fails(run):
        raise problem

    monkeypatch.setattr(mechanics, "overstress_of", fails)
    with pytest.raises(NotShown, match=f"could not be computed: {problem}"):
        mechanics.weakest_lets_go(SimpleNamespace(trace=SimpleNamespace(run=None)))


@pytest.mark.slow
def test_beams_stiffen_and_what_is_no_beam_does_not(line, monkeypatch):
    found = examined(line.made(lot("suspended-over-gap-beams")), ["E2"])["E2"].found
    (said,) = mechanics.stiffened(found)
    assert said.endswith("% stiffer") and float(said.split()[-3]) > 0.0
    # a corner of the site where there is no metal: nothing is taken away
    corner = shapely.box(-245e-6, -245e-6, -240e-6, -240e-6)
    assert not any(found.stack.plan_area(name).intersects(corner) for name in found.metals)
    monkeypatch.setattr(mechanics, "arms_of", lambda found: (corner,))
    with pytest.raises(NotShown, match="they do not stiffen it"):
        mechanics.stiffened(found)


@pytest.mark.slow
def test_a_silicone_takes_up_what_the_layers_beside_it_do_not(line):
    found = examined(line.made(lot("sacrificial-on-elastic")), ["E6"])["E6"].found
    ways = mechanics._ways(found)
    assert set(ways) == {"elastic", "sacrificial", "insulating"}
    # layers on one another share a force: strains are as the moduli are, 10 MPa beside gigapascals, but for a layer that bends as well
    assert ways["elastic"] > 100.0 * ways["sacrificial"] and ways["elastic"] > 0.5 * sum(ways.values())
