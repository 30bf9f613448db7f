"""The solid unit cell: forces in balance, its symmetry, its stiffness beside the plane cell's and the springs'."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from tests.package.made_structures import PLAIN, SUSPENDED, VEHICLE, laws, structure
from waferbump.geometry.partition import TICKS_PER_METRE
from waferbump.package.cycling import cycled
from waferbump.package.plane_cell import plane_cell
from waferbump.package.sizing import dimensions_of
from waferbump.package.solid_cell import solid_cell, widened
from waferbump.package.solid_measures import cycled_solid, joint_layer, smallest_gap, turn
from waferbump.package.solids import array_of, solids_of
from waferbump.package.springs import compliance
from waferbump.package.vehicle import PackageError
from waferbump.physics.elasticity import solve

pytestmark = pytest.mark.slow  # cells under load take seconds each; `test_evidence.py` pulls one by default

SHIFT = 1e-7  # m


def moved(cell, values):
    for name, value in values.items():
        cell.model.constraints.set(name, value)
    return solve(cell.model, cell.stress_free)


def stiffness(flow, **more):
    cell = solid_cell(structure(flow), VEHICLE, laws(), linear=True, **more)
    return cell.shear_force(moved(cell, cell.displaced(cell.stress_free, SHIFT)).reactions) / SHIFT


def projected(flow):
    cell = plane_cell(structure(flow), VEHICLE, laws(), linear=True)
    values = cell.held(cell.stress_free, 0.0)
    found = moved(cell, {**values, "board_sides": values["board_sides"] + SHIFT})
    return cell.shear_force(found.reactions) / SHIFT


def springs(flow):
    size = dimensions_of(structure(flow), VEHICLE)
    return compliance(size, solids_of(laws(), size.materials, VEHICLE), array_of(laws(), VEHICLE, "Si")).along


@pytest.fixture(scope="module")
def suspended():
    return solid_cell(structure(SUSPENDED), VEHICLE, laws(), linear=True, refine=0.25)


def test_what_the_board_pulls_the_die_holds(suspended):
    cell = suspended
    found = moved(cell, cell.displaced(cell.stress_free, SHIFT))
    along, up = found.reactions[0::3], found.reactions[2::3]
    pulled = cell.shear_force(found.reactions) / 2.0  # of the half that is meshed
    # round-off of the films' stiffnesses, which lie far apart
    assert pulled > 0.0 and abs(along.sum()) < 1e-6 * pulled and abs(up.sum()) < 1e-6 * pulled
    # the board's back is held along z by nothing: it rises as the suspended part has it
    assert abs(up[cell.mesh.sets["board_back"]].sum()) < 1e-6 * pulled


def test_a_board_that_moves_away_from_the_anchor_turns_the_foot_and_narrows_the_gap(suspended):
    found = moved(suspended, suspended.displaced(suspended.stress_free, SHIFT))
    shifted = turn(suspended, found.u)
    back = turn(suspended, moved(suspended, suspended.displaced(suspended.stress_free, -SHIFT)).u)
    # the slope is taken in the moved state
    assert shifted == pytest.approx(-back, rel=1e-3) and shifted != 0.0
    # shift over stand-off is what a joint on a free hinge turns by; the board's end, kept upright, and the strip take their part
    assert 0.01 < abs(shifted) / (SHIFT / structure(SUSPENDED).joint.stand_off) < 1.0


def test_a_layer_at_either_end_of_the_joint_has_the_volume_of_its_slice(suspended):
    joint = structure(SUSPENDED).joint
    for side, radius in (("component", joint.radius[0]), ("board", joint.radius[-1])):
        layer = joint_layer(suspended, side, 12.7e-6)
        # half of a disc; the outline bulges by a tenth over the layer, and the circle is a polygon
        assert 2 * layer.weights.sum() == pytest.approx(np.pi * radius**2 * 12.7e-6, rel=0.15)


def test_a_site_is_widened_where_the_joint_would_reach_over_its_edge():
    made = structure(SUSPENDED)
    wide = widened(made.stack, made.joint, made.board)
    x0, _, x1, _ = made.stack.window
    assert x1 < made.joint.radius.max() < wide.window[2] - 20e-6 and wide.window[0] == x0
    added = sum(shapely.area(s) for s in wide.shapes) - sum(shapely.area(s) for s in made.stack.shapes)
    assert added / TICKS_PER_METRE**2 == pytest.approx((wide.window[2] - x1) * (wide.window[3] - wide.window[1]), rel=1e-9)
    assert widened(wide, made.joint, made.board) is wide


def test_a_plain_bump_projected_is_stiffer_than_it_is_and_the_springs_are_right():
    solid, plane, chain = stiffness(PLAIN, refine=0.5), projected(PLAIN), springs(PLAIN)
    # the mesh is coarse under the board's pad: 12 % stiffer than a mesh twice as fine, which meets the springs within 3 % (slow test)
    assert solid == pytest.approx(chain, rel=0.25)
    # projected, the pad pushes on the board over all of its width: the board gives way too little, by a half and more of its part
    assert 1.1 < plane / solid < 1.6


def test_a_suspended_bump_keeps_its_place_beside_the_plain_one():
    solid, plane = stiffness(SUSPENDED, refine=0.25), projected(SUSPENDED)
    # this coarse mesh is a third too stiff, as is the projection
    assert solid == pytest.approx(plane, rel=0.25)


def test_what_it_cannot_do_is_refused(suspended):
    with pytest.raises(PackageError, match="along x alone"):
        suspended.displaced(300.0, SHIFT, np.pi / 2)
    made = structure(PLAIN)
    filled = replace(made, liquids=("protection",), roles={**made.roles, "protection": "mask"})
    with pytest.raises(PackageError, match="not modelled in the solid cell"):
        solid_cell(filled, VEHICLE, laws())


@pytest.mark.slow
def test_finer_solids_meet_the_springs():
    plain, suspended = stiffness(PLAIN, refine=1.0, size=None), stiffness(SUSPENDED, refine=1.0, size=None)
    # at refine 1.5 the plain one is another 3 % softer
    assert plain == pytest.approx(springs(PLAIN), rel=0.1)
    # the strip's anchor and rim are drawn in the solid, estimated in the springs
    assert suspended == pytest.approx(springs(SUSPENDED), rel=0.3)
    assert 1.2 < projected(PLAIN) / plain < 1.7 and 1.1 < projected(SUSPENDED) / suspended < 1.6


@pytest.mark.slow
def test_the_whole_plan_is_twice_its_half():
    # other quadrilaterals on either side of y = 0: what the coarse mesh is worth
    assert stiffness(PLAIN, refine=0.25, half=False) == pytest.approx(stiffness(PLAIN, refine=0.25), rel=0.1)


@pytest.mark.slow
def test_a_plain_bump_goes_through_a_small_cycle_in_three_dimensions():
    # a whole cycle of the vehicle takes half an hour with SuperLU: here 14 K below 400 K at its rate, with short dwells, in a dozen steps
    ramp = VEHICLE.cycle.ramp_down * 14.0 / VEHICLE.cycle.range
    cycle = replace(VEHICLE.cycle, low=386.0, high=400.0, ramp_up=ramp, ramp_down=ramp, dwell_high=60.0, dwell_low=60.0)
    cell = solid_cell(structure(PLAIN), VEHICLE, laws(), refine=0.25, stress_free=400.0)
    found = cycled_solid(cell, cycle, 1.5e-3, steps=0.1, tolerance=1e-3)
    energy = found.last.energy
    assert all(np.isfinite(e) and e > 0.0 for e in energy.values())
    # cooling, the board shrinks more than the die and draws the bump towards the neutral point
    assert found.cold.shift < 0.0 and found.cold.force < 0.0 and found.cold.force < found.hot.force
    assert smallest_gap(cell, found.cold.u) == np.inf  # a plain bump has none
    flat = cycled(plane_cell(structure(PLAIN), VEHICLE, laws(), stress_free=400.0), cycle, 1.5e-3, cycles=1, steps=0.1, tolerance=1e-3)
    # the projection is up to 1.6 times as stiff
    assert found.cold.force == pytest.approx(flat.cold.force, rel=0.4)
    # so small a cycle hardly flows, and energy goes with a high power of stress: measured 0.38, of which nothing but the order is asked
    assert 0.1 < energy["component", 25e-6] / flat.last.energy["component", 25e-6] < 10.0
