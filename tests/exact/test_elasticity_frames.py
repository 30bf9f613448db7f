"""Wires: bending, shear, stretch, twist and heat against beam theory, in the plane and in space."""

import numpy as np
import pytest

from waferbump.physics.elasticity import Constraints, ElasticityError, FrameBlock, Model, SpringBlock, solve

ROOM = 298.15
WIRE = {"diameter": 25e-6, "young_modulus": 78e9, "poisson_ratio": 0.42, "expansion": 14e-6}  # gold bond wire, nominal numbers
LONG = 500e-6
SECTION, INERTIA, SHEAR = np.pi * 25e-6**2 / 4, np.pi * 25e-6**4 / 64, 78e9 / 2.84
KAPPA = 6 * 1.42 / (7 + 6 * 0.42)


def wire(direction, pieces=3):
    """A wire from the origin, clamped there: its block, its constraints, the number of unknowns, and the tip's numbers."""
    direction = np.asarray(direction, dtype=float) / np.linalg.norm(direction)
    dimension = len(direction)
    nodes = np.linspace(0, LONG, pieces + 1)[:, None] * direction
    turns = nodes.size + np.arange((pieces + 1) * (1 if dimension == 2 else 3)).reshape(pieces + 1, -1)
    cells = np.column_stack([np.arange(pieces), np.arange(1, pieces + 1)])
    held = Constraints()
    held.fix([*range(dimension), *turns[0]])
    tip = np.arange(dimension) + dimension * pieces
    return nodes, cells, turns, held, tip


@pytest.mark.parametrize("shear_flexible", [True, False])
@pytest.mark.parametrize("direction", [(1, 0), (0.3, 1), (0, 0, 1), (0, 1, 0), (1, 2, -0.5)])
def test_a_clamped_wire_bends_and_stretches(direction, shear_flexible):
    nodes, cells, turns, held, tip = wire(direction)
    block = FrameBlock(nodes, cells, turns, **WIRE, shear_flexible=shear_flexible)
    model = Model(int(turns.max()) + 1, [block], held)
    along = nodes[-1] / LONG
    across = np.array([-along[1], along[0]]) if len(along) == 2 else np.cross(along, [0.3, 0.5, 0.8])
    across = across / np.linalg.norm(across)
    for push, flexibility in (
        (across, LONG**3 / (3 * 78e9 * INERTIA) + (LONG / (KAPPA * SHEAR * SECTION) if shear_flexible else 0.0)),
        (along, LONG / (78e9 * SECTION)),
    ):
        forces = np.zeros(model.ndof)
        forces[tip] = 1e-4 * push
        solution = solve(model, ROOM, forces=forces)
        assert np.abs(solution.u[tip] - 1e-4 * flexibility * push).max() < 1e-9 * 1e-4 * flexibility
        assert block.energy() == pytest.approx(0.5 * 1e-8 * flexibility, rel=1e-9)
        assert np.abs(solution.reactions[: len(along)] + 1e-4 * push).max() < 1e-12
        inside = block.forces()
        if push is across:
            assert inside.moment[0, 0] == pytest.approx(1e-4 * LONG, rel=1e-9)
            assert inside.largest_stress[0] == pytest.approx(1e-4 * LONG * 12.5e-6 / INERTIA, rel=1e-9)
            assert np.abs(inside.shear - 1e-4).max() < 1e-12
        else:
            assert np.abs(inside.axial - 1e-4).max() < 1e-12


def test_a_wire_twists():
    nodes, cells, turns, held, _ = wire((1, 2, -0.5))
    model = Model(int(turns.max()) + 1, [FrameBlock(nodes, cells, turns, **WIRE)], held)
    forces = np.zeros(model.ndof)
    axis = nodes[-1] / LONG
    forces[turns[-1]] = 1e-9 * axis
    turned = solve(model, ROOM, forces=forces).u[turns[-1]]
    assert np.abs(turned - 1e-9 * LONG / (SHEAR * 2 * INERTIA) * axis).max() < 1e-12 * np.abs(turned).max() * 1e3


def test_a_wire_between_walls_is_pressed_by_heat_and_a_free_one_is_not():
    nodes, cells, turns, held, tip = wire((0, 1))
    block = FrameBlock(nodes, cells, turns, 25e-6, ((200.0, 90e9), (400.0, 70e9)), 0.42, 14e-6)
    model = Model(int(turns.max()) + 1, [block], held)
    free = solve(model, ROOM + 50)
    assert free.u[tip[1]] == pytest.approx(14e-6 * 50 * LONG, rel=1e-12)
    assert abs(block.energy()) < 1e-12 * 70e9 * (14e-6 * 50) ** 2 * SECTION * LONG
    held.fix(tip)
    pressed = solve(Model(model.ndof, [block], held), ROOM + 50)
    young = 80e9 - 1e8 * (ROOM + 50 - 300)  # along the table's straight line
    assert pressed.reactions[tip[1]] == pytest.approx(-young * SECTION * 14e-6 * 50, rel=1e-12)
    assert block.forces().axial[0] == pytest.approx(-young * SECTION * 14e-6 * 50, rel=1e-12)


def test_plane_and_space_agree_on_a_bent_wire_with_a_spring():
    corners = np.array([(0, 0), (1e-4, 2e-4), (3e-4, 2e-4), (4e-4, 0.5e-4)])
    cells = np.column_stack([np.arange(3), np.arange(1, 4)])
    answers = []
    for nodes in (corners, np.insert(corners, 1, 0.0, axis=1)):
        dimension = nodes.shape[1]
        turns = nodes.size + np.arange(4 * (1 if dimension == 2 else 3)).reshape(4, -1)
        held = Constraints()
        held.fix([*range(dimension), *turns[0]])
        spring = SpringBlock(np.array([[dimension * 3]]), 2e3)
        forces = np.zeros(int(turns.max()) + 1)
        forces[dimension * 3 + dimension - 1] = 1e-4
        u = solve(Model(len(forces), [FrameBlock(nodes, cells, turns, **WIRE), spring], held), ROOM + 20, forces=forces).u
        answers.append(np.column_stack([u[: nodes.size].reshape(nodes.shape)[:, [0, -1]], u[turns][:, [0 if dimension == 2 else 1]]]))
    assert np.abs(answers[0] - answers[1]).max() < 1e-9 * np.abs(answers[0]).max()
    assert answers[0][1, 2] != 0.0


def test_what_is_no_wire_is_refused():
    with pytest.raises(ElasticityError, match="length"):
        FrameBlock(np.zeros((2, 2)), np.array([[0, 1]]), np.array([4, 5]), **WIRE)
    with pytest.raises(ElasticityError, match="one turn"):
        FrameBlock(np.eye(2), np.array([[0, 1]]), np.array([[4, 5], [6, 7]]), **WIRE)
    with pytest.raises(ElasticityError, match="symmetric"):
        SpringBlock(np.array([[0, 1]]), np.array([[1.0, 2.0], [0.0, 1.0]]))
