"""A board pulled sideways: where the work goes, what lets go first, what the answer owes to mesh, steps and starter cracks."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.package.made_structures import PLAIN, VEHICLE, laws, structure
from waferbump.package.adhesion import adhesion_interval
from waferbump.package.cracks import FLAW, _Line, _solved, crack_paths
from waferbump.package.interface_data import interface_data
from waferbump.package.overstress import (
    JOINT,
    LINE,
    SOLDER,
    JointHistory,
    Pulled,
    cohesive_law,
    events_of,
    named,
    parting_joints,
    pulled,
    weak_joint,
)
from waferbump.package.plane_cell import ROOM, plane_cell
from waferbump.package.stiffness import elastic_stiffness
from waferbump.package.vehicle import PackageError

pytestmark = pytest.mark.slow  # cells under load take seconds each; `test_evidence.py` pulls one by default

SACRIFICIAL = "sacrificial-left"
WEAK = ("sacrificial", "passivation")
SHIFT = 8e-6  # m; half of what the corner of the reference vehicle's die asks for when cold
COARSE = {"refine": 0.4, "steps": 24}
SENSITIVITY = interface_data().mode_mix_sensitivity.number


@cache
def pull(flow=SACRIFICIAL, energy=None, every=None, loose=(), **more):
    one = structure(flow)
    energies = {WEAK: energy} if energy else dict.fromkeys(parting_joints(one, laws()), every) if every else None
    return pulled(one, VEHICLE, laws(), SHIFT, energies=energies, loose=loose, **{**COARSE, **more})


def joint(found, pair=WEAK):
    return next(one for one in found.joints if one.pair == pair)


def stored_and_spent(found):
    """Energy [J] in the bodies and joints of a pull at its end, and what they have used up."""
    cell = found.cell
    flowed = [b for b in cell.blocks.values() if "inelastic_work" in b.material.state_names]
    stored = sum(b.energy() for b in (*cell.blocks.values(), *cell.cohesive.values()))
    spent = sum(float(b.column("inelastic_work") @ b.volume) for b in flowed)
    return stored, spent, sum(b.dissipated() + b.viscous() for b in cell.cohesive.values())


@pytest.mark.parametrize("flow", [pytest.param(PLAIN, marks=pytest.mark.slow), SACRIFICIAL])
def test_the_boards_work_is_what_bodies_store_and_use_up(flow):
    found = pull(flow)
    work = np.trapezoid(found.force, found.displacement)
    stored, flowed, parted = stored_and_spent(found)
    # trapezoids over 24 steps of a curve that bends, and implicit Euler in the solder
    assert stored + flowed + parted == pytest.approx(work, rel=0.015)
    assert flowed > 0.4 * work and stored > 0.0
    # the plain bump's joints hold; a parting joint takes more than the balance is off by
    assert parted == 0.0 if flow == PLAIN else parted > 0.02 * work


@pytest.mark.slow
def test_the_force_rises_from_nothing_and_no_history_has_a_hole():
    found = pull()
    steps = COARSE["steps"] + 1
    for name in ("displacement", "force", "turn", "gap", "line", "flow", "joint_stress", "line_stress"):
        values = getattr(found, name)
        assert len(values) == steps and not np.any(np.isnan(values)), name
    assert found.force[0] == 0.0 and found.stiffness == found.force[1] / found.displacement[1] and found.stopped == ""
    assert found.displacement[-1] == pytest.approx(SHIFT) and np.all(np.diff(found.flow) >= -1e-12)
    for one in found.joints:
        assert np.all(np.diff(one.parted) >= 0.0) and np.all(np.diff(one.damage) >= -1e-12), "what has parted does not heal"


@pytest.mark.slow
def test_joints_that_hold_very_firmly_part_nowhere():
    found = pull(every=1e4)
    assert events_of(found, laws()) == () and max(one.damage[-1] for one in found.joints) == 0.0
    assert sum(one.spent for one in found.joints) == 0.0
    # and with the line and the solder far from tearing it is the stiffest of all
    assert found.force[-1] > pull().force[-1]


@pytest.mark.slow
def test_what_has_been_loose_from_the_start_leaves_no_joint_of_its_own():
    found = pull(loose=(WEAK,))
    assert WEAK not in [one.pair for one in found.joints] and (WEAK[1], WEAK[0]) in found.cell.contacts
    # the weak joint holds something: without it the bump is softer
    assert found.force[-1] < pull(every=1e4).force[-1]


def test_events_come_in_order_and_where_a_tenth_has_parted():
    found = pull()
    events = events_of(found, laws())
    assert events and events[0].what == named(WEAK) and events[0].kind == JOINT
    assert [e.displacement for e in events] == sorted(e.displacement for e in events)
    for event in events:
        one = next(j for j in found.joints if named(j.pair) == event.what)
        k = int(np.flatnonzero(found.displacement == event.displacement)[0])
        assert one.parted[k] >= 0.1 > one.parted[k - 1]
        assert event.force == found.force[k] and event.parted == one.parted[-1]
        assert 0.0 < one.spent <= cohesive_law(one.energy, VEHICLE).shear_toughness * one.area


def made(found, **changes):
    return replace(found, **changes)


def test_lines_and_solder_tear_where_their_strain_reaches_fracture():
    found = pull(every=1e4)
    steps = len(found.force)
    copper, solder = (laws().number(name, "fracture_strain") for name in ("Cu", "SAC305"))
    torn = made(
        found, line=np.linspace(0.0, 2.0 * copper, steps), flow=np.linspace(0.0, 1.2 * solder, steps),
        joints=(JointHistory(WEAK, 2.0, 2e6, 1e-8, np.linspace(0.0, 0.5, steps), np.ones(steps), 1e-9),),
    )  # fmt: skip
    events = events_of(torn, laws())
    assert [(e.kind, e.displacement) for e in events] == [
        (JOINT, pytest.approx(found.displacement[5])), (LINE, pytest.approx(found.displacement[12])),
        (SOLDER, pytest.approx(found.displacement[20])),
    ]  # fmt: skip
    assert events[1].parted == 1.0 and isinstance(torn, Pulled)
    assert events_of(made(found, line=np.full(steps, 0.99 * copper)), laws()) == ()


@pytest.mark.slow
def test_a_weaker_joint_lets_go_no_later_and_never_stiffens_by_being_gone():
    pulls = {energy: pull(energy=energy) for energy in (0.5, 2.0)}
    first = {energy: events_of(one, laws())[0] for energy, one in pulls.items()}
    assert {e.what for e in first.values()} == {named(WEAK)}
    assert first[0.5].displacement <= first[2.0].displacement
    # before anything has parted, a joint that holds at all is as firm as any; without it the bump cannot be stiffer
    gone = pull(loose=(WEAK,))
    for one in pulls.values():
        assert gone.force[1] <= one.force[1] * (1.0 + 1e-3)


@pytest.mark.slow
def test_a_joint_carries_no_more_than_its_strength_times_its_area():
    loose, held = pull(loose=(WEAK,)), pull()
    one = joint(held)
    law = cohesive_law(2.0, VEHICLE)
    assert (one.energy, one.strength) == (2.0, pytest.approx(VEHICLE.joints.strength * 2.0 / VEHICLE.joints.fracture_energy))
    block = held.cell.cohesive[WEAK]
    shear = np.abs(block.traction[:, 1])
    assert shear.max() <= law.shear_strength * (1.0 + 1e-6)
    # so the bump is held by no more than that beyond what it is held by without the joint; a few per cent of the force for what flows
    assert np.max(held.force - loose.force) <= one.strength * one.area + 0.05 * held.force.max()


@pytest.mark.slow
def test_steps_and_mesh_change_the_force_by_per_cents_and_not_what_goes_first():
    usual, fine_steps, fine_mesh = pull(), pull(steps=48), pull(refine=0.6)
    for other in (fine_steps, fine_mesh):
        assert other.force[-1] == pytest.approx(usual.force[-1], rel=0.04)
        assert events_of(other, laws())[0].what == events_of(usual, laws())[0].what
    # half a step, and the lag of the damage
    assert events_of(fine_steps, laws())[0].displacement == pytest.approx(events_of(usual, laws())[0].displacement, abs=2 * SHIFT / 24)
    # the same early on, within what implicit Euler leaves of the flow
    assert fine_steps.displacement[6] == pytest.approx(usual.displacement[3])
    assert fine_steps.force[6] == pytest.approx(usual.force[3], rel=0.03)


def test_a_weak_joint_is_the_one_with_the_substrate_that_holds_least():
    assert weak_joint(structure(SACRIFICIAL), laws()) == WEAK and weak_joint(structure(PLAIN), laws()) is None
    one = structure(SACRIFICIAL)
    as_weak = {**one.adhesion, ("insulating", "passivation"): 2.0}
    assert weak_joint(replace(one, adhesion=as_weak), laws()) is None, "two hold as little"
    # joints of two metals never part here
    assert all(pair != ("line", "adhesion") for pair in parting_joints(one, laws()))
    assert parting_joints(one, laws(), {WEAK: 7.0})[WEAK] == 7.0
    with pytest.raises(PackageError, match="no joint with the substrate is stated to hold less"):
        adhesion_interval(structure(PLAIN), VEHICLE, laws(), SHIFT)


@pytest.mark.slow
def test_the_interval_of_the_ratio_is_one_from_the_lowest():
    asked = []
    one = structure(SACRIFICIAL)
    found = adhesion_interval(one, VEHICLE, laws(), 2 * SHIFT, refine=0.4, rounds=1, progress=lambda done, of: asked.append((done, of)))
    ratios, first = [r for r, _, _ in found.tried], [f for _, f, _ in found.tried]
    assert ratios == sorted(ratios) and first == sorted(first, reverse=True), found.tried
    assert found.bonded == 50.0 and ratios[0] * 50.0 == pytest.approx(0.5) and ratios[-1] * 50.0 == pytest.approx(50.0)
    assert asked[0] == (1, 3) and asked[-1][0] == len(found.tried)
    assert all((why == "") == goes for _, goes, why in found.tried)
    assert found.sentence().startswith(f"{named(WEAK)} ")


def test_an_elastic_bump_is_the_first_step_of_one_that_flows():
    one = structure(PLAIN)
    k = elastic_stiffness(one, VEHICLE, laws(), refine=0.4).lateral
    first = pulled(one, VEHICLE, laws(), 0.02e-6, refine=0.4, steps=2)
    # joints give a little (1 / K each), solder flows a little
    assert 0.8 * k < first.stiffness < k


# ---- starter cracks


def weakest_of(found):
    return min(found, key=lambda path: path.force())


def paths(flaw=FLAW, stations=1):
    one = structure(SACRIFICIAL)
    return crack_paths(one, VEHICLE, laws(), WEAK, parting_joints(one, laws()), SENSITIVITY, flaw=flaw, stations=stations)


@pytest.mark.slow
def test_the_energy_released_is_what_the_cell_stores_less():
    """At a held board G A = u (F - F') / 2, F and F' before and after: the closure integral of two solutions is just that."""
    one = structure(SACRIFICIAL)
    cell = plane_cell(one, VEHICLE, laws(), split=[WEAK], linear=True, stress_free=ROOM)
    line = _Line.of(cell.mesh, WEAK, parting_joints(one, laws()))
    (first, last), *_ = line.runs(cell.mesh)
    path = next(p for p in paths() if p.end == "left" and p.start == pytest.approx(line.x[first]))
    tip = first + int(np.searchsorted(line.x[first : last + 1] - line.x[first], path.lengths[0] - 1e-12))
    parted, slides = np.arange(first, tip), abs(path.mode_mix[0]) == pytest.approx(np.pi / 2.0)
    (_, before), (_, after) = (_solved(cell, line, nodes, slides) for nodes in (parted, np.append(parted, tip)))
    area = (line.x[tip + 1] - line.x[tip]) * line.widths[tip]
    assert path.release[0] * before**2 == pytest.approx(0.5 * 1e-6 * abs(before - after) / area, rel=1e-4)


def test_a_starter_crack_runs_at_a_force_that_depends_little_on_its_length():
    # a corner of two bodies concentrates stress: the shorter, the less is released, to a power below one
    forces = [weakest_of(paths(flaw)).force() for flaw in (2e-6, 4e-6, 8e-6)]
    assert forces[0] >= forces[1] >= forces[2] > 0.5 * forces[0]


def test_a_crack_needs_the_square_root_of_its_toughness():
    path = weakest_of(paths(stations=4))
    assert path.force(4.0) == pytest.approx(2.0 * path.force()) and np.all(path.release > 0.0) and np.all(np.diff(path.lengths) > 0.0)
    assert path.reach(0.99 * path.force()) == 0.0 and path.reach(1.01 * path.force()) > 0.0 and path.reach(1e6) == path.whole
    assert path.reach(1.01 * path.force(9.0), 9.0) == path.reach(1.01 * path.force())
    assert np.all(path.resistance >= path.toughness)
