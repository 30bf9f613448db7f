"""Contact without friction: pressure patches, beams that come to rest on a flat, and an overlap that augmentation drives out."""

import numpy as np
import pytest

from waferbump.physics.constitutive import Elastic
from waferbump.physics.elasticity import Constraints, ContinuumBlock, Model, solve
from waferbump.physics.interfaces import ContactBlock, InterfaceError, settle

ROOM = 300.0
E = 3e9


def strip(xs, zs):
    """Nodes, cells and numbers (columns, rows) of a grid in (x, z)."""
    nodes = np.stack(np.meshgrid(xs, zs, indexing="ij"), -1).reshape(-1, 2)
    at = np.arange(len(nodes)).reshape(len(xs), len(zs))
    return nodes, np.stack([at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]], -1).reshape(-1, 4), at


class Beam:
    """A beam without Poisson's effect, clamped at x = 0, over a rigid flat a gap below it."""

    def __init__(self, length, height, gap, columns, *, only_tip=False, penalty=1e13, rounding=1e-13):
        self.length, self.height = length, height
        beam, cells, at = strip(np.linspace(0, length, columns + 1), np.linspace(0, height, 3))
        flat = beam[at[:, 0]] - [0, gap]
        self.nodes = np.vstack([beam, flat])
        self.bottom, self.top, ground = at[:, 0], at[:, -1], len(beam) + np.arange(columns + 1)
        block = ContinuumBlock(self.nodes, cells, Elastic(E, 0.0, 0.0), stress_free_temperature=ROOM)
        faces = np.stack([np.arange(columns), np.arange(1, columns + 1)], 1)
        if only_tip:
            faces = faces[-1:]
        heights = np.full(faces.shape, gap)
        if only_tip:
            heights[:, 0] = 1.0  # out of reach
        self.contact = ContactBlock(self.nodes, ground[faces], self.bottom[faces], heights, penalty=penalty, rounding=rounding)
        constraints = Constraints()
        constraints.fix(np.concatenate([2 * at[0], 2 * at[0] + 1]))
        constraints.fix(np.concatenate([2 * ground, 2 * ground + 1]))
        self.model = Model(2 * len(self.nodes), [block, self.contact], constraints)
        self.share = np.full(columns + 1, length / columns)
        self.share[[0, -1]] /= 2

    def pressed(self, load):
        """Solution under a load per length and width [N/m^2], downwards."""
        forces = np.zeros(2 * len(self.nodes))
        forces[2 * self.top + 1] = -load * self.share
        return solve(self.model, ROOM, forces=forces)


def test_cantilever_that_rests_on_its_tip():
    # tip force of a propped beam that sinks by the gap: R = 3/8 q L - 3 E I g / L^3
    length, height, gap, load = 200e-6, 2e-6, 1e-6, 20.0
    beam = Beam(length, height, gap, 100, only_tip=True)
    beam.pressed(load)
    inertia = height**3 / 12
    expected = 3 / 8 * load * length - 3 * E * inertia * gap / length**3
    # shear adds (h / L)^2; two elements over the height bend exactly in the limit of thin ones: 100 elements leave 1e-3
    assert beam.contact.force() == pytest.approx(expected, rel=2e-3)
    assert beam.contact.closed.sum() == 1


@pytest.mark.parametrize("load", [10.0, 20.0, 40.0])
def test_beam_that_lies_down_lifts_off_where_its_moment_is_gone(load):
    # w = w' = 0 at the clamp, w = g, w' = w'' = 0 where it touches down: s^4 = 72 E I g / q, and the flat carries q (L - 2 s / 3)
    length, height, gap, columns = 400e-6, 2e-6, 1e-6, 200
    beam = Beam(length, height, gap, columns)
    beam.pressed(load)
    touch_down = (72 * E * height**3 / 12 * gap / load) ** 0.25
    assert touch_down < 0.9 * length
    contact = beam.contact
    assert contact.force() == pytest.approx(load * (length - 2 * touch_down / 3), rel=5e-3)
    first = beam.nodes[contact.pairs[contact.closed, 0], 0].min()
    # the nodes' spacing, and the bed of springs that the penalty is to a beam: (E I / k)^(1/4)
    assert first == pytest.approx(touch_down, abs=length / columns + 2 * (E * height**3 / 12 / contact.penalty) ** 0.25)
    assert np.all(contact.pressure >= 0), "a gap never pulls"
    assert contact.penetration() < 1e-3 * gap


def test_gap_opens_again():
    beam = Beam(400e-6, 2e-6, 1e-6, 60)
    closed = [beam.pressed(load) and int(beam.contact.closed.sum()) for load in (10.0, 0.0, 10.0)]
    assert closed[0] == closed[2] > 0 and closed[1] == 0
    assert beam.pressed(0.0) and beam.contact.force() == pytest.approx(0, abs=1e-9)


def test_augmentation_drives_the_overlap_out():
    beam = Beam(400e-6, 2e-6, 1e-6, 60, penalty=1e9, rounding=1e-10)
    beam.pressed(10.0)
    soft = beam.contact.penetration()
    assert soft > 1e-8, "a soft penalty overlaps"
    settle(beam.contact, lambda: beam.pressed(10.0), 1e-3 * soft)
    assert beam.contact.penetration() <= 1e-3 * soft
    stiff = Beam(400e-6, 2e-6, 1e-6, 60)
    stiff.pressed(10.0)
    assert beam.contact.force() == pytest.approx(stiff.contact.force(), rel=1e-3)
    with pytest.raises(InterfaceError, match="still overlap"):
        settle(beam.contact, lambda: None, 1e-30)


@pytest.mark.parametrize("penalty", [1e13, 1e16])
def test_pressure_patch_in_the_plane(penalty):
    # two blocks of uneven elements, pressed: the pressure passes as it is, and the overlap is p / k
    xs, pressure = np.array([0.0, 1.0, 1.7, 4.0]) * 1e-6, 2e6
    below, lower_cells, low = strip(xs, np.array([-2.0, -0.8, 0.0]) * 1e-6)
    above, upper_cells, up = strip(xs, np.array([0.0, 0.7, 1.0]) * 1e-6)
    nodes = np.vstack([below, above])
    up = up + len(below)
    blocks = [
        ContinuumBlock(nodes, lower_cells, Elastic(E, 0.3, 0.0), stress_free_temperature=ROOM),
        ContinuumBlock(nodes, upper_cells + len(below), Elastic(9 * E, 0.1, 0.0), stress_free_temperature=ROOM),
    ]
    faces = lambda line: np.stack([line[:-1], line[1:]], 1)  # noqa: E731
    contact = ContactBlock(nodes, faces(low[:, -1]), faces(up[:, 0]), np.zeros((3, 2)), penalty=penalty, rounding=1e-13)
    constraints = Constraints()
    constraints.fix(np.concatenate([2 * low[:, 0] + 1, [2 * low[0, 0], 2 * up[0, 0]]]))
    forces = np.zeros(2 * len(nodes))
    lengths = np.diff(xs)
    forces[2 * up[:-1, -1] + 1] -= pressure * lengths / 2
    forces[2 * up[1:, -1] + 1] -= pressure * lengths / 2
    solve(Model(2 * len(nodes), [*blocks, contact], constraints), ROOM, forces=forces)
    # Newton stops at 1e-6 of the forces
    np.testing.assert_allclose(contact.pressure, pressure, rtol=1e-5)
    np.testing.assert_allclose(blocks[0].stress[:, 2], -pressure, rtol=1e-5)
    np.testing.assert_allclose(blocks[1].stress[:, 2], -pressure, rtol=1e-5)
    assert contact.penetration() == pytest.approx(pressure / penalty, rel=1e-4)


def test_pressure_patch_in_space():
    # distorted faces: an area's share by node is that of a uniform pressure, so that it passes as it is
    plan = np.array([[0, 0], [1, 0], [2, 0], [0, 1], [1.2, 0.9], [2, 1], [0, 2], [0.8, 2], [2, 2]]) * 1e-6
    quads = np.array([[0, 1, 4, 3], [1, 2, 5, 4], [3, 4, 7, 6], [4, 5, 8, 7]])
    levels = np.array([-1.0, 0.0, 0.0, 1.0]) * 1e-6
    nodes = np.vstack([np.column_stack([plan, np.full(9, z)]) for z in levels])
    cells = lambda level: np.hstack([quads + 9 * level, quads + 9 * (level + 1)])  # noqa: E731
    blocks = [ContinuumBlock(nodes, cells(k), Elastic(E, 0.3, 0.0), stress_free_temperature=ROOM) for k in (0, 2)]
    contact = ContactBlock(nodes, quads + 9, quads + 18, np.zeros((4, 4)), penalty=1e16, rounding=1e-13)
    assert contact.areas.sum() == pytest.approx(4e-12, rel=1e-12)
    constraints = Constraints()
    constraints.fix(3 * np.arange(9) + 2)
    for level in (0, 2):
        constraints.fix([27 * level + c for c in (0, 1)])
        constraints.fix(27 * level + 3 * 2 + 1)
    forces = np.zeros(3 * len(nodes))
    forces[3 * (contact.pairs[:, 1] + 9) + 2] = -1e6 * contact.areas
    solve(Model(3 * len(nodes), [*blocks, contact], constraints), ROOM, forces=forces)
    np.testing.assert_allclose(contact.pressure, 1e6, rtol=1e-5)
    for block in blocks:
        np.testing.assert_allclose(block.stress[:, 2], -1e6, rtol=1e-5)


def test_tangent_is_symmetric_and_the_derivative():
    nodes = np.array([[0.0, 0.0], [1e-6, 0.0], [0.0, 1e-8], [1e-6, 1e-8]])
    contact = ContactBlock(nodes, [[0, 1]], [[2, 3]], np.full((1, 2), 1e-8), penalty=1e15, rounding=2e-9, widths=[2e-6])
    for down in (0.0, 9e-9, 1e-8, 1.1e-8, 1.3e-8):
        u = np.array([0, 0, 0, 0, 0, -down, 0, -down])
        _, stiffness = contact.evaluate(u)
        np.testing.assert_array_equal(stiffness, stiffness.transpose(0, 2, 1))
        step = np.zeros(8)
        step[5] = 1e-14
        rise = (contact.evaluate(u + step)[0] - contact.evaluate(u - step)[0])[0] / 2e-14
        # a central difference over 1e-14 m of quantities of 1e-8 m keeps six digits or so
        np.testing.assert_allclose(rise, stiffness[0, :, 1], atol=1e-4 * 1e15 * 1e-12)
    assert contact.areas.sum() == pytest.approx(2e-12)


def test_impossible_gaps_are_refused():
    nodes = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 0.0], [2.0, 1.0]])
    with pytest.raises(InterfaceError, match="at least nothing"):
        ContactBlock(nodes, [[0, 1]], [[2, 3]], [[-1.0, 0.0]], penalty=1.0)
    with pytest.raises(InterfaceError, match="flat body below"):
        ContactBlock(nodes, [[1, 0]], [[3, 2]], [[1.0, 1.0]], penalty=1.0)
    with pytest.raises(InterfaceError, match="different heights"):
        ContactBlock(nodes, [[0, 1], [1, 4]], [[2, 3], [3, 5]], [[1.0, 1.0], [0.5, 1.0]], penalty=1.0)
    with pytest.raises(InterfaceError, match="penalty"):
        ContactBlock(nodes, [[0, 1]], [[2, 3]], [[1.0, 1.0]], penalty=0.0)
