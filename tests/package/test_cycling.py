"""A cell through its temperature cycles: what is kept of them, what they converge to, and what no cycle may reach."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from tests.package.made_structures import PLAIN, SUSPENDED, VEHICLE, laws, structure
from waferbump.package.cell_measures import SIDES
from waferbump.package.cycling import LAYERS, cycled
from waferbump.package.plane_cell import plane_cell
from waferbump.package.results import extreme_record
from waferbump.package.vehicle import PackageError

pytestmark = pytest.mark.slow  # cells under load take seconds each; `test_evidence.py` pulls one by default

LAYER = 25e-6  # m
NEAR, FAR = 1e-3, 3.5e-3  # m from the neutral point


@cache
def run(flow, distance, refine=0.5, cycles=1, steps=1.0, stress_free=None):
    told = []
    cell = plane_cell(structure(flow), VEHICLE, laws(), refine=refine, stress_free=stress_free)
    found = cycled(cell, VEHICLE.cycle, distance, cycles=cycles, steps=steps, progress=lambda done, total: told.append((done, total)))
    return cell, found, told


def worst(found):
    return found.last.worst(LAYER)[0]


def test_a_cycle_that_melts_the_joint_is_refused():
    cell = plane_cell(structure(PLAIN), VEHICLE, laws(), refine=0.5)
    with pytest.raises(PackageError, match=r"reaches 226.9 degC, where SAC305 begins to melt \(217 degC\)"):
        cycled(cell, replace(VEHICLE.cycle, high=500.0), NEAR)


def test_what_is_kept_of_a_cycle():
    cell, found, told = run(PLAIN, NEAR)
    cycle, loop = VEHICLE.cycle, found.loop
    assert told == [(n, len(told)) for n in range(1, len(told) + 1)] and len(loop) == len(told) + 1
    assert np.all(np.diff(loop[:, 0]) > 0.0) and loop[0, 1] == cell.stress_free == structure(PLAIN).solidus
    assert loop[1:, 1].min() == found.cold.temperature == cycle.low and found.hot.temperature == cycle.high
    # from the solidus to the first cold dwell, then one period to the end of the next
    way = (cell.stress_free - cycle.low) * cycle.ramp_down / cycle.range
    assert loop[-1, 0] == pytest.approx(way + cycle.dwell_low + cycle.period, rel=1e-12)
    assert np.abs(np.diff(loop[:, 1])).max() < 7.0  # K a step
    # the board goes where the free strains say
    assert loop[-1, 2] == found.cold.shift == cell.shift(cycle.low, NEAR) < 0.0 < found.hot.shift - found.cold.shift
    assert found.cold.force < 0.0 < found.hot.force and loop[-1, 3] == found.cold.force
    assert not found.steady and len(found.cycles) == 1  # one cycle alone cannot be known to be steady


def test_every_layer_is_worked_and_the_thinner_at_the_worse_end_more():
    _, found, _ = run(PLAIN, NEAR)
    damage = found.last
    assert set(damage.energy) == set(damage.creep) and {(side, LAYERS[1]) for side in SIDES} <= set(damage.energy)
    assert all(0.0 < e < np.inf for e in damage.energy.values()) and all(0.0 < c < 1.0 for c in damage.creep.values())
    energy, side = damage.worst(LAYER)
    thicker = [damage.energy[side, t] for t in LAYERS if (side, t) in damage.energy]
    assert all(b < a * 1.001 for a, b in pairwise(thicker))
    # energy over strain is a stress that this solder can bear between 125 and -40 degC
    assert 5e6 < energy / damage.creep[side, LAYER] < 80e6
    assert 0.0 < damage.line.size < 0.02 and damage.line.part in ("seed", "line")


def test_the_loop_does_the_work_that_the_joint_takes():
    cell, found, _ = run(PLAIN, NEAR)
    block = cell.blocks["joint"]
    tail = found.loop[found.loop[:, 0] > found.loop[-1, 0] - VEHICLE.cycle.period * (1 + 1e-9)]
    area = abs(np.trapezoid(tail[:, 3], tail[:, 2]))
    lowest, highest = sorted(found.last.energy[side, LAYER] for side in SIDES)
    volume = float(block.volume.sum())
    # the board's work over a loop, less what the mismatch with the films takes besides, spread over the joint: between its ends' and none
    assert 0.05 * lowest * volume < area < highest * volume


def test_the_ends_are_plain_records():
    _, found, _ = run(PLAIN, NEAR)
    record = extreme_record(found.cold)
    assert record["gap"] is None and record["temperature"] == VEHICLE.cycle.low and record["joint_stress_largest"] < 80e6
    assert all(value is None or np.isfinite(value) for value in record.values())


@pytest.mark.slow
def test_a_suspended_bump_spares_its_solder():
    _, plain, _ = run(PLAIN, NEAR)
    _, free, _ = run(SUSPENDED, NEAR)
    assert worst(free) < 0.05 * worst(plain) and free.stiffness < 0.3 * plain.stiffness
    assert abs(free.cold.turn) > abs(plain.cold.turn) and abs(free.cold.foot) > 10 * abs(plain.cold.foot)
    assert 0.0 < free.cold.gap < 2 * 5e-6 and np.isinf(plain.cold.gap)


NAMES = ("stiffness", "energy, component", "energy, board", "line strain", "turn", "gap", "force at cold")


def quantities(found):
    """What is reported of a run, in the order of NAMES; a gap that is not there is 1."""
    gap = found.cold.gap if np.isfinite(found.cold.gap) else 1.0
    energies = (found.last.energy["component", LAYER], found.last.energy["board", LAYER])
    return np.array([found.stiffness, *energies, found.last.line.size, found.cold.turn, gap, found.cold.force])


# largest change of each from a mesh of 0.5 to the usual one (measured, and some room). Strain of a line peaks in a corner and grows with
# the mesh until it is averaged over whole elements; a joint that is hardly worked is so in a thin skin; a plain bump hardly turns.
REFINED = {
    (PLAIN, NEAR): (0.05, 0.06, 0.12, 0.15, 0.3, 0.0, 0.05),
    (SUSPENDED, NEAR): (0.04, 0.25, 0.08, 0.25, 0.1, 0.01, 0.04),
    (SUSPENDED, FAR): (0.1, 0.15, 0.04, 0.25, 0.15, 0.01, 0.08),
}


@pytest.mark.slow
@pytest.mark.parametrize(("flow", "distance"), REFINED)
def test_what_is_reported_changes_little_with_the_mesh(flow, distance):
    found = [quantities(run(flow, distance, refine)[1]) for refine in (0.5, 1.0)]
    for name, coarse, usual, allowed in zip(NAMES, *found, REFINED[flow, distance], strict=True):
        print(f"{flow} at {1e3 * distance:g} mm: {name} {coarse:.5g} {usual:.5g} {coarse / usual - 1.0:+.2%}")
        assert coarse == pytest.approx(usual, rel=allowed), name


@pytest.mark.slow
def test_what_is_reported_hardly_changes_with_the_steps_in_time():
    usual, fine = (quantities(run(SUSPENDED, FAR, steps=steps)[1]) for steps in (1.0, 2.0))
    # 0.3 % of the energies, 0.9 % at the board, 0.6 % of the stiffness (measured)
    assert usual == pytest.approx(fine, rel=0.015)


@pytest.mark.slow
def test_a_loop_settles():
    _, found, _ = run(SUSPENDED, FAR, cycles=3)
    first, second, third = (one.worst(LAYER)[0] for one in found.cycles)
    # buckled, it creeps on: 14 % less in the second cycle, 7 % in the third
    assert abs(third - second) < 0.6 * abs(second - first) and third == pytest.approx(second, rel=0.1)
    assert found.steady == (abs(third - second) <= 0.02 * second)
    assert found.cycles[2].line.size == pytest.approx(found.cycles[1].line.size, rel=0.03)


@pytest.mark.slow
def test_finer_meshes_converge():
    coarse, usual, fine = (quantities(run(SUSPENDED, NEAR, refine)[1]) for refine in (0.5, 1.0, 2.0))
    for name, a, b, c in zip(NAMES, coarse, usual, fine, strict=True):
        print(f"{name} {a:.5g} {b:.5g} {c:.5g}")
        # each halving changes about half as much as the one before, or next to nothing: first order at the corner that decides
        assert abs(c - b) < max(0.65 * abs(b - a), 2e-3 * abs(c)), name
    assert usual == pytest.approx(fine, rel=0.08)


@pytest.mark.slow
def test_where_a_plain_bump_was_free_of_stress_is_forgotten():
    hot, room = (run(PLAIN, NEAR, cycles=2, stress_free=start)[1].cycles for start in (None, 298.15))
    energy = np.array([[one.energy[side, LAYER] for side in SIDES] for one in (*hot, *room)])
    first, last = np.abs(energy[2] / energy[0] - 1.0), np.abs(energy[3] / energy[1] - 1.0)
    # 3 and 23 % apart in the first cycle (component, board), 5 and 3 % in the second (measured)
    assert first.max() > 0.1 and last.max() < 0.08


@pytest.mark.slow
def test_a_suspended_bump_remembers_where_it_was_free_of_stress():
    hot, room = (run(SUSPENDED, FAR, cycles=2, stress_free=start)[1] for start in (None, 298.15))
    # from the solidus on the board pushes the part together all the time, and it stays buckled; from room temperature on it is drawn
    # straight at the hot end, where it is far stiffer: the loop is another one, not the same after some cycles
    assert hot.hot.shift < 0.0 < room.hot.shift and hot.hot.gap > 5e-6 > room.hot.gap
    assert room.stiffness > 2.0 * hot.stiffness and room.last.line.size > 1.2 * hot.last.line.size
