"""The levels above the plane cell beside one another and beside closed forms: slice, submodel, global model, shear lag."""

import numpy as np
import pytest

from tests.package.made_structures import PLAIN, SUSPENDED, VEHICLE, laws, structure
from waferbump.package.plane_cell import plane_cell
from waferbump.package.sharing import LAG, PLATES, shared_shift
from waferbump.package.slice_model import cycled_slice, slice_model
from waferbump.package.solids import array_of
from waferbump.package.submodel import CutBoundary, Submodel, cell_spring, cut_boundary, cycled_submodel, submodel
from waferbump.package.vehicle import PackageError
from waferbump.physics.elasticity import solve
from waferbump.physics.package_bow import interface_compliance, relative_displacement

pytestmark = pytest.mark.slow  # cells under load take seconds each; `test_evidence.py` pulls one by default

FREE, COLD = 398.15, 358.15  # K; within reach of linear laws, whose moduli vary little between them
STAND_OFF = 0.25e-3  # m, between die and laminate


@pytest.fixture(scope="module")
def plain_slice():
    model = slice_model(structure(PLAIN), VEHICLE, laws(), 5e-3, linear=True, stress_free=FREE, overhang=0.0)
    return model, solve(model.model, COLD)


@pytest.fixture(scope="module")
def plain_spring():
    return cell_spring(structure(PLAIN), VEHICLE, laws(), refine=0.7)


def test_a_slice_is_suhirs_strip(plain_slice):
    model, found = plain_slice
    seen = model.seen(found.u)
    array = array_of(laws(), VEHICLE, "Si")
    stiffness = float(np.polyfit(seen.lateral, seen.force, 1)[0])
    # die and board are free to narrow across the strip, and to part and meet at the faces
    compliance = interface_compliance(
        (array.die_modulus, array.board_modulus), (array.die_thickness, array.board_thickness), STAND_OFF - 25e-6
    )
    reach = seen.positions[-1] + model.pitch / 2
    expected = relative_displacement(seen.positions, reach, stiffness / VEHICLE.pitch**2, compliance, model.mismatch(COLD))
    # smeared in the closed form, in truth 0.7 of a shear lag k apart: (k p / 2)^2 / 6 = 9 % at the end, more on the way to the middle
    assert seen.lateral[-1] == pytest.approx(expected[-1], rel=0.1)
    # joint by joint nothing is smeared: between two the mismatch grows by the free strain less lambda times the pull of all farther out
    pull = np.cumsum(seen.force[::-1])[::-1][1:] / (VEHICLE.pitch / np.sqrt(2.0))
    grown = model.pitch * (model.mismatch(COLD) - compliance * pull)
    # the strip's die and board bend without curling across, stiffer by 1 / (1 - nu^2), 8 and 2 %, than the narrow plates of the form
    assert np.diff(seen.lateral) == pytest.approx(grown, abs=0.08 * abs(model.pitch * model.mismatch(COLD)))


def test_the_joints_of_a_slice_carry_what_the_die_holds(plain_slice):
    model, found = plain_slice
    seen = model.seen(found.u)
    held = found.reactions[2 * model.mesh.sets["left"]].sum()
    # cooling, the board draws the bumps inwards; the plane of symmetry pushes the die back: films that thin leave 1e-6 unbalanced
    assert held > 0.0 and -held == pytest.approx(seen.force.sum(), rel=1e-4)
    assert np.all(np.diff(np.abs(seen.lateral)) > 0.0) and np.abs(seen.force).argmax() == len(seen.force) - 1


def test_a_suspended_structure_sees_more_and_is_pushed_less():
    plain, free = (slice_model(structure(flow), VEHICLE, laws(), 5e-3, linear=True, stress_free=FREE) for flow in (PLAIN, SUSPENDED))
    seen = [m.seen(solve(m.model, COLD).u) for m in (plain, free)]
    assert abs(seen[1].lateral[-1]) > 2.0 * abs(seen[0].lateral[-1]) and abs(seen[1].force[-1]) < abs(seen[0].force[-1])


def test_a_slice_needs_an_even_number_of_rows():
    with pytest.raises(PackageError, match="even number"):
        slice_model(structure(PLAIN), VEHICLE, laws(), 7.5e-3)


def test_a_cells_spring_is_the_cells_own(plain_spring):
    cell = plane_cell(structure(PLAIN), VEHICLE, laws(), linear=True, refine=0.7)
    values = cell.held(cell.stress_free, 0.0)
    for name, value in {**values, "board_sides": values["board_sides"] + 1e-7}.items():
        cell.model.constraints.set(name, value)
    lateral = cell.shear_force(solve(cell.model, cell.stress_free).reactions) / 1e-7
    k = plain_spring
    assert k[0, 0] - k[0, 1] ** 2 / k[1, 1] == pytest.approx(lateral, rel=1e-6)  # free to rise
    assert np.all(np.linalg.eigvalsh(k / np.sqrt(np.outer(np.diag(k), np.diag(k)))) > 0.0)


def test_a_soft_bump_sees_all_and_a_stiff_one_what_the_global_model_shares(plain_spring):
    soft, firm = (cut_boundary(k, VEHICLE, laws(), 5e-3, die="Si", stand_off=STAND_OFF) for k in (1e-6 * plain_spring, plain_spring))
    assert soft.ratio == pytest.approx(1.0, abs=1e-4) and abs(soft.tilt) < 1e-2 * abs(firm.tilt)
    assert firm.distance == pytest.approx(VEHICLE.corner_distance(5e-3))
    where = {"die": "Si", "stand_off": STAND_OFF}
    both = [float(shared_shift(firm.distance, plain_spring[0, 0], VEHICLE, laws(), by=by, **where)) for by in (LAG, PLATES)]
    # the joint's own resistance to tilting, left out there, is a few per cent; shear lag has a board as small as the die
    assert firm.ratio == pytest.approx(both[1], rel=0.05) and firm.ratio == pytest.approx(both[0], rel=0.3)


def test_a_package_that_shares_nothing_leaves_the_plane_cell():
    made = submodel(structure(PLAIN), VEHICLE, laws(), 5e-3, linear=True, stress_free=FREE, refine=0.7)
    distance = 2e-3
    alone = CutBoundary(distance, distance, 0.0, 0.0, 1.0, made.boundary.spring)
    same = Submodel(**{**{n: getattr(made, n) for n in made.__dataclass_fields__}, "boundary": alone})
    cell = plane_cell(structure(PLAIN), VEHICLE, laws(), linear=True, stress_free=FREE, refine=0.7)
    forces = []
    for one in (same, cell):
        for name, value in one.held(COLD, distance).items():
            one.model.constraints.set(name, value)
        forces.append(one.shear_force(solve(one.model, COLD).reactions))
    # heights between the five temperatures at which the free rise is tabled are a straight line
    assert forces[0] == pytest.approx(forces[1], rel=1e-3)
    for name, value in made.held(COLD).items():
        made.model.constraints.set(name, value)
    shared = made.shear_force(solve(made.model, COLD).reactions)
    assert 0.2 * abs(forces[1]) < abs(shared) < abs(forces[1])


@pytest.mark.slow
def test_a_slice_through_a_cycle_has_its_worst_joint_at_the_corner():
    model = slice_model(structure(PLAIN), VEHICLE, laws(), 5e-3, refine=0.6)
    found = cycled_slice(model, VEHICLE.cycle, steps=0.5)
    number, energy, side = found.worst(25e-6)
    assert number == len(found.positions) - 1 and energy > 0.0 and side in ("component", "board")
    # even the innermost joint, hardly shifted, flows: solder shrinks more than what it stands on and under
    assert 0.1 * energy < found.energy[side, 25e-6][0] < energy


@pytest.mark.slow
def test_the_submodel_softens_with_its_solder():
    made, found = cycled_submodel(structure(PLAIN), VEHICLE, laws(), 5e-3, VEHICLE.cycle, rounds=2, refine=0.6, steps=0.5)
    elastic = cut_boundary(cell_spring(structure(PLAIN), VEHICLE, laws(), refine=0.6), VEHICLE, laws(), 5e-3, die="Si", stand_off=STAND_OFF)
    assert elastic.ratio < made.boundary.ratio < 1.0
    assert found.last.worst(25e-6)[0] > 0.0
