"""What is shipped of document E's overstress is what a pull finds today, and it is used for nothing else."""

import dataclasses
import json

import numpy as np
import pytest

from tests.package.made_structures import PLAIN, SUSPENDED, VEHICLE, laws, structure
from waferbump.claims import lot
from waferbump.claims.verdicts import Line
from waferbump.package import evidence
from waferbump.package.cell_points import laws_of, plane_shift
from waferbump.package.evidence import REFINE, evidence_key, overstress_of
from waferbump.package.interface_data import interface_data
from waferbump.package.overstress import events_of, pulled
from waferbump.package.structure import structure_of, structure_run

SHIPPED = evidence._shipped()
SENSITIVITY = interface_data().mode_mix_sensitivity.number
WANTED = (PLAIN, *dict.fromkeys(flow for label, flow in VEHICLE.structures.items() if label.startswith("E")))


def test_every_structure_of_document_e_and_the_plain_bump_is_shipped_with_the_key_of_today():
    assert set(SHIPPED) == set(WANTED)
    assert {flow for flow in SHIPPED if SHIPPED[flow]["key"] != evidence_key(flow, VEHICLE)} == set()


@pytest.mark.parametrize("flow", sorted(SHIPPED))
def test_a_shipped_record_is_whole_and_agrees_with_itself(flow):
    record = SHIPPED[flow]
    pull = record["pull"]
    steps = len(pull["displacement"])
    assert record["flow"] == flow and record["refine"] == REFINE
    for name in ("force", "turn", "gap", "line", "flow", "joint_stress", "line_stress"):
        assert len(pull[name]) == steps, name
    assert pull["displacement"][0] == 0.0
    assert pull["stopped"] or pull["displacement"][-1] == pytest.approx(record["shift"], rel=1e-4)
    for joint in pull["joints"]:
        parted, damage = joint["parted"], joint["damage"]
        assert len(parted) == len(damage) == steps and all(0.0 <= one <= 1.0 for one in (*parted, *damage))
        assert parted == sorted(parted) and damage == sorted(damage), "what has parted does not heal"
        # no more is spent than it takes to part all of the joint in pure shear, where its toughness is largest
        most = joint["energy"] * (1.0 + np.tan((1.0 - SENSITIVITY) * np.pi / 2.0) ** 2)
        assert 0.0 <= joint["spent"] <= most * joint["area"]
    assert [e["displacement"] for e in pull["events"]] == sorted(e["displacement"] for e in pull["events"])
    let_go = any(e["what"] == record["weak_joint"] for e in pull["events"])
    assert (record["after"] is not None) == let_go
    assert (record["interval"] is not None) == (record["weak_joint"] is not None)
    if record["interval"]:
        ratios = [ratio for ratio, _, _ in record["interval"]["tried"]]
        assert ratios == sorted(ratios)
        assert ratios[0] * record["interval"]["bonded"] == pytest.approx(VEHICLE.joints.weak[0], rel=1e-4)


def test_a_shipped_pull_is_what_is_found_now():
    """The quickest one over its first ten steps, on the same mesh: five digits and the solver's 1e-4 are all that differs."""
    record = SHIPPED[PLAIN]["pull"]
    own = laws_of(VEHICLE)
    shift = plane_shift(structure(PLAIN), VEHICLE, own) * VEHICLE.corner_distance(VEHICLE.die.edge)
    assert shift == pytest.approx(SHIPPED[PLAIN]["shift"], rel=1e-4)
    steps = len(record["displacement"]) - 1
    found = pulled(structure(PLAIN), VEHICLE, own, shift * 10 / steps, refine=REFINE, steps=10)
    assert found.displacement == pytest.approx(record["displacement"][:11], rel=1e-4)
    # damage of joints lags by a share of the whole time, which is shorter here: none of these joints opens in these steps
    for name in ("force", "turn", "line", "joint_stress", "line_stress"):
        assert abs(getattr(found, name)[1:]) == pytest.approx([abs(one) for one in record[name][1:11]], rel=2e-3), name
    assert found.flow == pytest.approx(record["flow"][:11], rel=5e-3, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("flow", sorted(SHIPPED))
def test_every_shipped_record_is_what_is_found_now(flow):
    shipped = SHIPPED[flow]
    one = structure_of(structure_run(flow, VEHICLE), VEHICLE, laws().ledger)
    found = evidence.overstress(one, VEHICLE)
    for part in ("pull", "after"):
        if shipped[part] is None:
            assert found[part] is None
            continue
        # the solver's 1e-4 a step adds up where a crack runs
        assert found[part]["force"] == pytest.approx(shipped[part]["force"], rel=0.01, abs=1e-4)
        assert [e["what"] for e in found[part]["events"]] == [e["what"] for e in shipped[part]["events"]]
    assert found["weak_joint"] == shipped["weak_joint"]
    if shipped["interval"]:
        assert [one[1] for one in found["interval"]["tried"]] == [one[1] for one in shipped["interval"]["tried"]]


@pytest.mark.slow
@pytest.mark.parametrize("flow", [PLAIN, SUSPENDED, "elastic-alone"])
def test_the_coarser_mesh_of_the_evidence_differs_by_per_cents(flow):
    own = laws_of(VEHICLE)
    shift = SHIPPED[flow]["shift"]
    coarse, usual = (pulled(structure(flow), VEHICLE, own, shift, refine=refine) for refine in (REFINE, 1.0))
    assert coarse.force[-1] == pytest.approx(usual.force[-1], rel=0.04)
    assert [e.what for e in events_of(coarse, own)] == [e.what for e in events_of(usual, own)]


@pytest.mark.parametrize(
    "change",
    [
        {"pitch": 4e-4}, {"paste_metal": 1e-15}, {"materials": {"silicone": {"young_modulus": 2e7, "poisson_ratio": 0.49}}},
        {"stress_free": 400.0}, {"underfill": {"young_modulus": 8e9, "poisson_ratio": 0.33, "thermal_expansion": 28e-6}},
    ],
)  # fmt: skip
def test_the_key_knows_the_vehicle(change):
    assert evidence_key(PLAIN, dataclasses.replace(VEHICLE, **change)) != evidence_key(PLAIN, VEHICLE)


def test_the_key_knows_the_joints_the_die_the_board_and_the_flow_but_no_title():
    keys = {
        evidence_key(PLAIN, VEHICLE), evidence_key(SUSPENDED, VEHICLE),
        evidence_key(PLAIN, dataclasses.replace(VEHICLE, joints=dataclasses.replace(VEHICLE.joints, strength=5e7))),
        evidence_key(PLAIN, dataclasses.replace(VEHICLE, die=dataclasses.replace(VEHICLE.die, edge=5e-3))),
        evidence_key(PLAIN, dataclasses.replace(VEHICLE, board=dataclasses.replace(VEHICLE.board, thickness=8e-4))),
    }  # fmt: skip
    assert len(keys) == 5
    assert evidence_key(PLAIN, dataclasses.replace(VEHICLE, title="other")) == evidence_key(PLAIN, VEHICLE)


def test_the_key_knows_the_flows_text(monkeypatch):
    from waferbump.package import sizing

    before = evidence_key(PLAIN, VEHICLE)
    texts = sizing._texts
    monkeypatch.setattr(sizing, "_texts", lambda flow: {**texts(flow), flow: texts(flow)[flow].replace("10.5 um", "11 um")})
    assert evidence_key(PLAIN, VEHICLE) != before


@pytest.mark.parametrize("prop", ["young_modulus", "poisson_ratio", "thermal_expansion", "plastic_yield_stress", "fracture_strain"])
def test_the_key_knows_the_librarys_numbers(prop, monkeypatch):
    before = evidence_key(PLAIN, VEHICLE)

    def other(vehicle):
        """As if the library held another number of copper."""
        own = laws_of(vehicle)
        copper = dataclasses.replace(VEHICLE, materials={**VEHICLE.materials, "Cu": {prop: 1.01 * own.number("Cu", prop)}})
        return laws_of(copper)

    monkeypatch.setattr(evidence, "laws_of", other)
    assert evidence_key(PLAIN, VEHICLE) != before


def test_the_key_knows_how_much_more_it_takes_to_shear_a_joint_open(monkeypatch):
    from waferbump.package import interface_data as data

    before = evidence_key(PLAIN, VEHICLE)
    known = data.interface_data()
    sensitivity = dataclasses.replace(known.mode_mix_sensitivity, number=0.5 * known.mode_mix_sensitivity.number)
    other = dataclasses.replace(known, mode_mix_sensitivity=sensitivity)
    for module in (data, evidence):
        monkeypatch.setattr(module, "interface_data", lambda: other, raising=False)
    assert evidence_key(PLAIN, VEHICLE) != before


@pytest.mark.slow
def test_every_material_of_these_structures_is_in_the_key():
    flows = (PLAIN, SUSPENDED, "sacrificial-left-epoxy", "sacrificial-left-oxide", "elastic-alone", "two-part-insulator")
    used = {structure(flow).stack.material(name) for flow in flows for name in structure(flow).stack.names[:-1]}
    used -= {structure(flow).stack.material(name) for flow in flows for name in structure(flow).liquids}
    assert used | {VEHICLE.board.material, structure(PLAIN).alloy} <= set(evidence._MATERIALS)


class _Counted:
    def __init__(self, monkeypatch):
        self.asked = []
        evidence._computed.cache_clear()
        monkeypatch.setattr(evidence, "overstress", self)

    def __call__(self, one, vehicle):
        self.asked.append(one.flow)
        return {"flow": one.flow}


@pytest.fixture
def counted(monkeypatch):
    yield _Counted(monkeypatch)
    evidence._computed.cache_clear()


@pytest.fixture(scope="module")
def made():
    return Line()


def test_a_built_in_run_takes_what_is_shipped(made, counted):
    assert overstress_of(made.made(lot(PLAIN))) is SHIPPED[PLAIN]
    assert counted.asked == []


def test_a_run_with_changes_is_computed_once(made, counted):
    changed = made.made(lot(PLAIN, {"steps.protection.thickness": "11 um"}))
    assert overstress_of(changed) == {"flow": PLAIN} and overstress_of(changed) == {"flow": PLAIN}
    assert counted.asked == [PLAIN]
    other = made.made(lot(PLAIN, {"steps.protection.thickness": "11.5 um"}))
    overstress_of(other)
    assert counted.asked == [PLAIN, PLAIN]


def test_a_changed_run_that_bears_a_built_in_name_or_a_stale_record_is_computed(made, counted, monkeypatch):
    stale = {PLAIN: {**SHIPPED[PLAIN], "key": "0" * 32}}
    monkeypatch.setattr(evidence, "_shipped", lambda: stale)
    assert overstress_of(made.made(lot(PLAIN))) == {"flow": PLAIN} and counted.asked == [PLAIN]


def test_numbers_are_kept_to_five_digits():
    assert evidence._rounded({"a": [1.23456789e-6, None, "x", 3, True]}) == {"a": [1.2346e-6, None, "x", 3, True]}


def test_a_writer_keeps_the_other_structures(tmp_path, monkeypatch):
    monkeypatch.setattr(evidence, "overstress", lambda one, vehicle: {"flow": one.flow, "pull": {"events": []}, "interval": None})
    place, said = tmp_path / "overstress.json", []
    evidence.written([PLAIN], place, say=lambda *words: said.append(words))
    found = json.loads(place.read_text())["structures"]
    assert set(found) == set(SHIPPED) | {PLAIN} and found[PLAIN]["key"] == evidence_key(PLAIN, VEHICLE) and said
