"""Large rotations with small strain: the elastica, turned bodies, and what small rotations refuse."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import ellipe, ellipeinc, ellipk, ellipkinc

from tests.exact.elasticity_meshes import box, dof, rectangle
from waferbump.physics.constitutive import Elastic
from waferbump.physics.elasticity import Constraints, ContinuumBlock, ElasticityError, LoadStep, Model, check_rotation, march, solve

ROOM = 298.15


def elastica(load):
    """Tip of a cantilever under a force P L^2 / (E I) across it: shortening, deflection (over the length), tilt (Bisshopp and Drucker)."""

    def missing(k):
        return ellipk(k**2) - ellipkinc(np.arcsin(1 / (k * np.sqrt(2))), k**2) - np.sqrt(load)

    k = brentq(missing, np.sqrt(0.5) + 1e-12, 1 - 1e-12)
    start = np.arcsin(1 / (k * np.sqrt(2)))
    sine = 2 * k**2 - 1
    return 1 - np.sqrt(2 * sine / load), 1 - 2 / np.sqrt(load) * (ellipe(k**2) - ellipeinc(start, k**2)), np.arcsin(sine)


def cantilever(elements, rotations, load, solid=False, steps=2):
    long, thick, modulus = 1.0, 0.01, 1e9
    force = load * modulus * thick**3 / 12 / long**2
    if solid:
        nodes, cells, number = box(np.linspace(0, long, elements + 1), [0, 0.05], [0, thick])
        force *= 0.05
    else:
        nodes, cells, number = rectangle(np.linspace(0, long, elements + 1), [0, thick])
    dimension = nodes.shape[1]
    block = ContinuumBlock(nodes, cells, Elastic(modulus, 0.0, 0.0), rotations=rotations)
    held = Constraints()
    held.fix(dof(number[0], np.arange(dimension)[:, None], dimension).ravel())
    forces = np.zeros(nodes.size)
    forces[dof(number[-1], dimension - 1, dimension)] = force / number[-1].size
    model = Model(nodes.size, [block], held)
    history = march(model, [LoadStep(i / steps, ROOM, {}, forces * i / steps) for i in range(1, steps + 1)])
    tip = history.displacements[-1].reshape(nodes.shape)[number[-1].ravel()].mean(axis=0)
    return -tip[0] / long, tip[-1] / long, history, model, force


@pytest.mark.parametrize(("load", "solid"), [(1.0, False), (5.0, False), (1.0, True)])
def test_a_cantilever_follows_the_elastica(load, solid):
    shortening, deflection, tilt = elastica(load)
    assert tilt > 0.45
    found = [cantilever(n, True, load, solid)[:2] for n in (10, 20)]
    errors = [max(abs(s - shortening), abs(d - deflection)) for s, d in found]
    # straight chords of a curve: second order in the angle from element to element, (0.46 and 1.22 rad over 20 elements, doubled at the
    # clamp)^2 / 12 = 2e-4 and 1.2e-3, on a deflection of up to 0.71; shear and stretch add (t/L)^2 = 1e-4
    assert errors[1] < (5e-4 if load == 1.0 else 2.5e-3)
    assert errors[0] / errors[1] > 3.0


def test_newtons_method_takes_few_steps_at_large_tilt():
    _, _, history, model, force = cantilever(20, True, 1.0, steps=1)
    assert history.pieces[0] == 1 and history.iterations[0] <= 6  # 5 found
    reactions = history.reactions[-1].reshape(-1, 2).sum(axis=0)
    assert np.abs(reactions - (0, -force)).max() < 1e-5 * force
    with pytest.raises(ElasticityError, match="rotations=True"):
        check_rotation(cantilever(20, False, 1.0)[3], history.displacements[-1])
    assert check_rotation(model, history.displacements[-1]) == 0.0  # nothing in it neglects rotations


@pytest.mark.parametrize("kinematics", ["plane_strain", "solid"])
def test_a_turned_body_has_no_stress(kinematics):
    if kinematics == "solid":
        nodes, cells, _ = box([0, 0.4, 1], [0, 0.7, 1], [0, 0.5, 1], distortion=0.2)
        axis = np.array([[0, -0.3, 0.5], [0.3, 0, -0.2], [-0.5, 0.2, 0]])
    else:
        nodes, cells, _ = rectangle([0, 0.4, 1], [0, 0.5, 1], distortion=0.2)
        axis = np.array([[0, 0.5], [-0.5, 0]])
    turn = np.linalg.solve(np.eye(len(axis)) - axis / 2, np.eye(len(axis)) + axis / 2)  # Cayley: an exact rotation of about 0.5 rad
    u = (nodes @ (turn.T - np.eye(len(axis)))).ravel()
    block = ContinuumBlock(nodes, cells, Elastic(1.0, 0.3, 0.0), rotations=True)
    forces, _ = block.evaluate(u, ROOM, 0.0)
    assert np.abs(forces).max() < 1e-14
    stiff = ContinuumBlock(nodes, cells, Elastic(1.0, 0.3, 0.0))
    assert np.abs(stiff.evaluate(u, ROOM, 0.0)[0]).max() > 1e-3  # small rotations see strain of theta^2 / 2 here


@pytest.mark.parametrize("kinematics", ["plane_strain", "axisymmetric", "solid"])
def test_stiffness_is_the_slope_of_the_forces(kinematics):
    if kinematics == "solid":
        nodes, cells, _ = box([0, 0.4, 1], [0, 0.7, 1], [0, 0.5, 1], distortion=0.2)
    else:
        nodes, cells, _ = rectangle([1, 1.4, 2], [0, 0.5, 1], distortion=0.2)
    random = np.random.default_rng(5)
    u, change = 0.05 * random.normal(size=nodes.size), random.normal(size=nodes.size)

    def settled(there):
        block = ContinuumBlock(nodes, cells, Elastic(1.0, 0.3, 0.0), rotations=True, kinematics=kinematics)
        for _ in range(30):  # the same displacements again and again bring the enhanced modes to equilibrium
            forces, stiffness = block.evaluate(there, ROOM, 0.0)
        assert block.imbalance < 1e-12
        return forces, stiffness, block

    step = 1e-5
    slope = (settled(u + step * change)[0] - settled(u - step * change)[0]) / (2 * step)
    _, stiffness, block = settled(u)
    expected = (stiffness @ change[block.dofs][:, :, None])[:, :, 0]
    # central differences: the square of the step, and round-off over it
    assert np.abs(slope - expected).max() < 1e-7 * np.abs(expected).max()
    assert np.abs(stiffness - stiffness.transpose(0, 2, 1)).max() < 1e-12 * np.abs(stiffness).max()


def test_a_free_film_that_leaves_its_plane_is_refused():
    long, thick = 1.0, 0.01
    nodes, cells, number = rectangle(np.linspace(0, long, 11), [0, thick])
    block = ContinuumBlock(nodes, cells, Elastic(1e9, 0.0, 0.0))
    held = Constraints()
    held.fix(dof(np.concatenate([number[0], number[-1]]), np.array([[0], [1]]), 2).ravel())
    model = Model(nodes.size, [block], held)
    forces = np.zeros(nodes.size)
    forces[2 * number[5, 0] + 1] = 1.0
    small = solve(model, ROOM, forces=forces * 10)
    assert 0 < check_rotation(model, small.u, film=number[:, 0], thickness=thick) < 0.05
    large = solve(model, ROOM, forces=forces * 200)
    with pytest.raises(ElasticityError, match="half its thickness"):
        check_rotation(model, large.u, film=number[:, 0], thickness=thick)
