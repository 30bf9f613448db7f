"""Constraints, solvers, and marches through time: solder under strain, cut steps, interrupts, and what is refused."""

from itertools import pairwise

import numpy as np
import pytest

from tests.exact.elasticity_meshes import box, dof, rectangle
from waferbump.physics.constitutive import Anand, Elastic, Kinematic
from waferbump.physics.constitutive.parameters import AnandParameters
from waferbump.physics.elasticity import (
    Constraints,
    ContinuumBlock,
    ConvergenceError,
    ElasticityError,
    LoadStep,
    Model,
    SpringBlock,
    march,
    solve,
)
from waferbump.physics.viscoplasticity import uniaxial

ROOM = 298.15
SAC305 = AnandParameters(21.0e6, 9320.0, 3501.0, 4.0, 0.25, 180e9, 30.2e6, 0.01, 1.78, 46.5e9)  # not aged; Motalab et al. 2012


def pulled_box(material, kinematics="solid", cuts=(1, 1, 1)):
    """A box on three symmetry planes whose far face is named 'pull'; a disc of the same about an axis."""
    if kinematics == "solid":
        nodes, cells, number = box(*(np.linspace(0, 1e-3, c + 1) for c in cuts), distortion=0.2)
        top, dimension = number[:, :, -1], 3
        sides = ((number[0], 0), (number[:, 0], 1), (number[:, :, 0], 2))
    else:
        nodes, cells, number = rectangle(*(np.linspace(0, 1e-3, c + 1) for c in cuts[:2]), distortion=0.2)
        top, dimension = number[:, -1], 2
        sides = ((number[0], 0), (number[:, 0], 1))
    block = ContinuumBlock(nodes, cells, material, kinematics=kinematics)
    held = Constraints()
    for nodes_there, component in sides:
        held.fix(dof(nodes_there, component, dimension))
    held.fix(dof(top, dimension - 1, dimension), name="pull")
    return Model(nodes.size, [block], held), block


@pytest.mark.parametrize(("kinematics", "cuts"), [("solid", (2, 2, 2)), ("axisymmetric", (2, 3, 0))])
def test_solder_pulled_in_a_mesh_answers_as_a_bar(kinematics, cuts):
    model, block = pulled_box(Anand(SAC305, 0.4, 22.5e-6), kinematics, cuts)
    strains = np.linspace(0, 0.02, 21)[1:]
    history = march(model, [LoadStep(e / 1e-3, ROOM, {"pull": e * 1e-3}) for e in strains])
    expected = uniaxial(SAC305, 0.02, 1e-3, ROOM)
    axis = block.stress[:, 2]
    # every point alike in a distorted mesh; 0.1 % is what the material point itself promises
    assert np.ptp(axis) < 1e-4 * expected
    assert axis == pytest.approx(expected, rel=2e-3)
    assert np.abs(block.stress[:, [0, 1]]).max() < 1e-3 * expected  # Newton's tolerance
    assert history.pieces.max() == 1 and history.iterations.mean() < 6
    work = block.volume @ block.column("inelastic_work") + block.energy()
    force = history.reactions[:, model.constraints.named("pull")].sum(axis=1)
    put_in = np.trapezoid(np.concatenate([[0], force]), np.concatenate([[0], strains * 1e-3]))
    assert work == pytest.approx(put_in, rel=1e-2)  # the trapezium's error over the yield knee, twenty steps
    total = history.reactions[-1].reshape(-1, 3 if kinematics == "solid" else 2)[:, -1].sum()
    assert abs(total) < 1e-5 * abs(force[-1])


def test_solder_between_stiff_bodies_goes_through_a_cycle_and_steps_are_cut_where_needed():
    # silicon, solder, board, each a row of elements, cooled and heated in rough steps with a dwell
    nodes, cells, number = rectangle(np.linspace(0, 1e-3, 6), [0, 0.3e-3, 0.4e-3, 0.5e-3, 1.3e-3])
    row = np.tile([0, 1, 1, 2], 5)
    solder = Anand(SAC305, 0.4, 22.5e-6)
    kinds = {"kinematics": "generalised_plane_strain", "extra_dof": nodes.size}
    parts = (Elastic(169e9, 0.28, 2.6e-6), solder, Elastic(22e9, 0.2, 16e-6))
    blocks = [ContinuumBlock(nodes, cells[row == i], m, **kinds) for i, m in enumerate(parts)]
    held = Constraints()
    held.fix(dof(number[0], 0, 2))
    held.fix(1)
    cycle = [(900, 233.15), (1800, 233.15), (2700, 398.15), (3600, 398.15)]
    seen = []
    model = Model(nodes.size + 1, blocks, held)
    steps = [LoadStep(*c) for c in cycle]
    history = march(model, steps, start=LoadStep(0.0, ROOM), on_step=lambda r: seen.append(blocks[1].column("inelastic_work")))
    assert np.isfinite(history.displacements).all() and history.residuals.max() <= 1e-6
    assert all((b >= a - 1e-9 * b.max()).all() for a, b in pairwise(seen))  # work of flow never comes back
    fine = [ContinuumBlock(nodes, cells[row == i], m, **kinds) for i, m in enumerate(parts)]
    times = np.linspace(0, 3600, 49)[1:]
    low, high = ROOM, 398.15
    temperature = np.interp(times, [0, 900, 1800, 2700, 3600], [low, 233.15, 233.15, high, high])
    march(Model(nodes.size + 1, fine, held), [LoadStep(t, k) for t, k in zip(times, temperature, strict=True)], start=LoadStep(0.0, ROOM))
    rough = blocks[1].volume @ blocks[1].column("inelastic_work")
    smooth = fine[1].volume @ fine[1].column("inelastic_work")
    assert rough == pytest.approx(smooth, rel=0.15)  # 4 steps against 48: in a rough one strain runs straight


def test_a_yielding_strip_in_bending_keeps_its_enhanced_modes_in_equilibrium():
    # a moment by a turned end: the plastic moment of a strip in plane strain is 2 / sqrt(3) sigma_y t^2 / 4, reached from below
    thick, strength = 1e-3, 100e6
    nodes, cells, number = rectangle(np.linspace(0, 4e-3, 5), np.linspace(0, thick, 9))
    block = ContinuumBlock(nodes, cells, Kinematic(100e9, 0.3, 0.0, strength, 1e6))
    held = Constraints()
    held.fix(dof(number[0], 0, 2))
    held.fix(1)
    for k, node in enumerate(number[-1]):
        held.fix(2 * node, name=f"turn{k}")
    height = nodes[number[-1], 1] - thick / 2
    model = Model(nodes.size, [block], held)
    steps = [LoadStep(a, ROOM, {f"turn{k}": -0.2 * a * h for k, h in enumerate(height)}) for a in np.linspace(0, 1, 6)[1:]]
    history = march(model, steps)
    moment = -(history.reactions[-1][2 * number[-1]] * height).sum()
    assert block.imbalance < 1e-5
    # an ideal section with an elastic core c: M = M_p (1 - c^2 / (3 (t/2)^2)); eight elements of two points each follow it to 2 %
    ideal = 2 / np.sqrt(3) * strength * thick**2 / 4
    assert 0.97 * ideal < moment < 1.02 * ideal


def test_shared_and_tied_unknowns():
    # three springs in a row, middle ones tied so that u2 = 2 u1 + 1e-3 and u3 = u2
    springs = SpringBlock.between(np.array([0, 1, 3]), np.array([1, 2, 4]), 100.0)
    held = Constraints()
    held.fix(0)
    held.tie(2, {1: 2.0}, 1e-3, name="shift")
    held.equal([3, 5])
    held.fix(4, 2e-3)
    held.tie(6, {2: 1.0, 5: 0.5})
    extra = SpringBlock(np.array([[6]]), 50.0)
    model = Model(7, [springs, extra], held)
    u = solve(model, ROOM).u
    assert u[2] == pytest.approx(2 * u[1] + 1e-3, rel=1e-12)
    assert u[3] == u[5] and u[6] == pytest.approx(u[2] + 0.5 * u[5], rel=1e-12)
    # the minimum of the energy over u1 and u3 alone
    energy = lambda a, c: 50 * (a**2 + (a + 1e-3) ** 2 + (2e-3 - c) ** 2) + 25 * (2 * a + 1e-3 + c / 2) ** 2  # noqa: E731
    assert model.energy() == pytest.approx(energy(u[1], u[3]), rel=1e-12)
    for da, dc in ((1e-6, 0), (-1e-6, 0), (0, 1e-6), (0, -1e-6)):
        assert energy(u[1] + da, u[3] + dc) > energy(u[1], u[3])
    held.set("shift", 0.0)
    again = solve(model, ROOM).u
    assert again[2] == pytest.approx(2 * again[1], rel=1e-12)


def test_constraints_that_contradict_are_refused():
    held = Constraints()
    held.fix([0, 1], 1.0)
    with pytest.raises(ElasticityError, match="held at 1 and at 2"):
        held.fix(1, 2.0)
    with pytest.raises(ElasticityError, match="held or tied already"):
        held.tie(1, {2: 1.0})
    with pytest.raises(ElasticityError, match="tied to itself"):
        held.tie(2, {2: 1.0})
    with pytest.raises(ElasticityError, match="no names"):
        held.set("pull", 1.0)
    circle = Constraints()
    circle.tie(0, {1: 1.0})
    circle.tie(1, {2: 1.0})
    circle.tie(2, {0: 1.0})
    spring = SpringBlock(np.array([[0, 1, 2, 3]]), np.eye(4))
    with pytest.raises(ElasticityError, match="through others, to itself"):
        Model(4, [spring], circle)
    beyond = Constraints()
    beyond.fix(9)
    with pytest.raises(ElasticityError, match="names unknown 9; there are 4"):
        Model(4, [spring], beyond)
    shared = Constraints()
    shared.equal([0, 1])
    shared.fix(0, 1.0)
    shared.fix(1, 2.0)
    with pytest.raises(ElasticityError, match="share one value"):
        solve(Model(4, [spring], shared), ROOM)


def layered(count, levels, solver, poisson=0.4):
    """A heated quarter block of silicon, solder and board on symmetry planes."""
    x = np.linspace(0, 1e-3, count + 1)
    nodes, cells, number = box(x, x, levels)
    third = np.searchsorted(levels[1:-1], nodes[cells].mean(axis=1)[:, 2]) * 3 // (len(levels) - 1)
    materials = (Elastic(169e9, 0.28, 2.6e-6), Elastic(46e9, poisson, 22e-6), Elastic(22e9, 0.2, 16e-6))
    blocks = [ContinuumBlock(nodes, cells[third == i], m) for i, m in enumerate(materials)]
    held = Constraints()
    for part, component in ((number[0], 0), (number[:, 0], 1), (number[:, :, 0], 2)):
        held.fix(dof(part, component, 3))
    return solve(Model(nodes.size, blocks, held, solver=solver), ROOM - 165)


def test_multigrid_and_elimination_agree():
    levels = np.linspace(0, 1e-3, 10)
    by_grid, direct = (layered(9, levels, s) for s in ("amg", "superlu"))
    assert by_grid.solver == "amg" and direct.solver == "superlu"
    assert np.abs(by_grid.u - direct.u).max() < 1e-8 * np.abs(direct.u).max()  # residual of 1e-10 times the condition of a benign mesh
    assert np.abs(by_grid.reactions.reshape(-1, 3).sum(axis=0)).max() < 1e-6 * np.abs(by_grid.reactions).max()


def test_films_that_spoil_multigrid_are_eliminated_and_the_name_says_so():
    # 5 nm in a millimetre, elements 33 000 times wider than thick, of a solder that keeps its volume
    films = np.concatenate([np.linspace(0, 0.4e-3, 3), 0.4e-3 + np.array([5e-9, 1e-8]), np.linspace(0.5e-3, 1e-3, 3)])
    solution, direct = (layered(6, films, s, poisson=0.49) for s in ("amg", "superlu"))
    assert "stagnated" in solution.solver
    assert np.abs(solution.u - direct.u).max() < 1e-10 * np.abs(direct.u).max()


def test_a_solver_that_is_not_there_is_named():
    spring, held = SpringBlock(np.array([[0, 1]]), np.eye(2)), Constraints()
    with pytest.raises(ElasticityError, match="there are auto, amg"):
        Model(2, [spring], held, solver="cholesky")
    try:
        import pypardiso  # noqa: F401
    except ImportError:
        with pytest.raises(ElasticityError, match="needs the package pypardiso"):
            Model(2, [spring], held, solver="pardiso")


@pytest.mark.parametrize("solver", ["superlu", "amg"])
def test_a_body_that_floats_is_refused(solver):
    nodes, cells, number = box(*(np.linspace(0, 1, 5),) * 3, distortion=0.2)
    block = ContinuumBlock(nodes, cells, Elastic(1e9, 0.3, 1e-5))
    turning = Constraints()
    turning.fix(dof(number[0, 0, 0], [0, 1, 2], 3))
    turning.fix(dof(number[-1, 0, 0], [1, 2], 3))  # it can still turn about the first axis
    for held in (Constraints(), turning):
        with pytest.raises(ElasticityError, match="not held"):
            solve(Model(nodes.size, [block], held, solver=solver), ROOM + 10)
    turning.fix(3 * number[0, -1, 0] + 2)
    assert solve(Model(nodes.size, [block], turning, solver=solver), ROOM + 10).u[0] == 0.0
    assert np.abs(block.stress).max() < 1e-6 * 1e9 * 1e-4  # free to expand


class Fragile:
    """A spring that pulls with sqrt(limit - u): beyond the limit it gives no number."""

    dofs = np.array([[0]])
    linear = False

    def __init__(self):
        self.commits = 0

    def evaluate(self, u, temperature, dt):
        with np.errstate(invalid="ignore"):
            force = 1.0 - np.sqrt(1.0 - u[0])
            return np.array([[force]]), np.array([[[0.5 / np.sqrt(1.0 - u[0])]]])

    def commit(self):
        self.commits += 1

    def reset_trial(self):
        pass


def test_a_march_cuts_its_steps_and_gives_up_in_words():
    block = Fragile()
    model = Model(1, [block], Constraints())
    history = march(model, [LoadStep(1.0, ROOM, {}, np.array([0.9]))])
    assert history.displacements[-1][0] == pytest.approx(1 - 0.1**2, rel=1e-5)
    with pytest.raises(ConvergenceError, match=r"no equilibrium at .* s \(load step 0, cut to 1/"):
        march(Model(1, [Fragile()], Constraints()), [LoadStep(1.0, ROOM, {}, np.array([1.5]))])
    with pytest.raises(ElasticityError, match="before it begins"):
        march(model, [LoadStep(2.0, ROOM), LoadStep(1.0, ROOM)])
    with pytest.raises(ElasticityError, match="at least one"):
        march(model, [])


def test_an_interrupt_leaves_the_last_committed_state():
    model, block = pulled_box(Elastic(1e9, 0.3, 0.0))
    steps = [LoadStep(float(i), ROOM, {"pull": i * 1e-6}) for i in range(1, 6)]

    def stop(result):
        if result.number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        march(model, steps, on_step=stop)
    assert block.stress[:, 2] == pytest.approx(3e-3 * 1e9, rel=1e-9)


def test_a_step_that_is_not_committed_leaves_the_past_alone():
    model, block = pulled_box(Anand(SAC305, 0.4, 22.5e-6))
    here = LoadStep(1.0, ROOM, {"pull": 1e-6})
    first = march(model, [here]).displacements[-1]
    before = block.state.copy()
    tried = []
    for times in ((5.0,), (2.0, 3.0, 5.0)):
        steps = [LoadStep(t, ROOM, {"pull": 1e-6 * t}) for t in times]
        tried.append(march(model, steps, start=here, displacement=first, commit=False).reactions[-1])
    assert np.array_equal(block.state, before)
    # both are one implicit step of four seconds from the same past, whatever the way of Newton's method
    assert np.abs(tried[0] - tried[1]).max() < 1e-5 * np.abs(tried[0]).max()
