"""Bodies whose answer is known in closed form: layered plates, cylinders, beams, bosses on plates, confined elastomers."""

import numpy as np
import pytest

from tests.exact.elasticity_meshes import box, dof, rectangle
from waferbump.physics.constitutive import Elastic, Orthotropic
from waferbump.physics.elasticity import Constraints, ContinuumBlock, Model, SpringBlock, solve

ROOM = 298.15


def bimetal_curvature(lower, upper, change):
    """Timoshenko 1925 for two layers (thickness, modulus over 1 - nu, expansion), bent both ways [1/m]; > 0 where the middle is high."""
    (h1, e1, a1), (h2, e2, a2) = lower, upper
    m, n = h1 / h2, e1 / e2
    return 6 * (a2 - a1) * change * (1 + m) ** 2 / ((h1 + h2) * (3 * (1 + m) ** 2 + (1 + m * n) * (m**2 + 1 / (m * n))))


def test_a_die_on_a_board_bows_as_timoshenko_says():
    # silicon on board, cooled by 165 K; the rim is kept straight by ties to two unknowns (shift, slope), so that the bow is a sphere's
    die, board, radius = (0.3e-3, 169e9, 0.28, 2.6e-6), (1.0e-3, 22e9, 0.2, 16e-6), 5e-3
    levels = np.concatenate([np.linspace(0, die[0], 3)[:-1], die[0] + np.linspace(0, board[0], 5)])
    nodes, cells, number = rectangle(np.linspace(0, radius, 11), levels)
    lower = nodes[cells].mean(axis=1)[:, 1] < die[0]
    stack = [(die, cells[lower]), (board, cells[~lower])]
    blocks = [ContinuumBlock(nodes, part, Elastic(*layer[1:]), kinematics="axisymmetric") for layer, part in stack]
    held = Constraints()
    held.fix(2 * number[0])
    held.fix(2 * number[0, 0] + 1)
    low, high = 2 * number[-1, 0], 2 * number[-1, -1]
    for node in number[-1, 1:-1]:
        share = nodes[node, 1] / levels[-1]
        held.tie(2 * node, {low: 1 - share, high: share})
    model = Model(nodes.size, blocks, held)
    solution = solve(model, ROOM - 165)
    expected = bimetal_curvature(*((h, e / (1 - v), a) for h, e, v, a in (die, board)), -165)
    assert abs(expected) == pytest.approx(2.5433, rel=1e-4)  # 2.5433e-3 /mm
    bow = solution.u[2 * number[:, 0] + 1]
    curvature = (solution.u[high] - solution.u[low]) / (levels[-1] * radius)  # the rim's turn over the radius
    # radial displacement is bilinear in radius and height, as the elements are: nothing but round-off is left
    assert curvature == pytest.approx(expected, rel=1e-8)
    # chords of a sphere: (one element / radius)^2 = 1e-2 of the bow at most
    assert np.abs(bow - bow[-1] * (nodes[number[:, 0], 0] / radius) ** 2).max() < 1e-2 * abs(bow[-1])
    # no force holds it
    assert abs(solution.reactions[1::2].sum()) < 1e-9 * np.abs(blocks[0].stress).max() * np.pi * radius**2


def cylinder(count, poisson=0.3):
    """Largest error of displacement of a thick cylinder between rigid ends, hot inside, under pressure; and the block."""
    inner, outer, modulus, expansion, hot, pressure = 1.0, 2.0, 200e9, 12e-6, 80.0, 50e6
    nodes, cells, number = rectangle(np.linspace(inner, outer, count + 1), [0, 0.3])
    block = ContinuumBlock(nodes, cells, Elastic(modulus, poisson, expansion), kinematics="axisymmetric", stress_free_temperature=ROOM)
    held = Constraints()
    held.fix(dof(number, 1, 2))
    forces = np.zeros(nodes.size)
    forces[2 * number[0]] = pressure * 2 * np.pi * inner * 0.3 / 2
    temperature = hot * np.log(outer / nodes[:, 0]) / np.log(outer / inner)
    solution = solve(Model(nodes.size, [block], held), ROOM + temperature, forces=forces)

    def heat(r):  # int of T r dr from the inner wall
        ln = np.log(outer / inner)
        return hot / ln * (r**2 / 2 * np.log(outer / r) + r**2 / 4 - inner**2 / 2 * np.log(outer / inner) - inner**2 / 4)

    r = nodes[number[:, 0], 0]
    stretch, shear = modulus / ((1 + poisson) * (1 - 2 * poisson)), modulus / (1 + poisson)
    factor = expansion * (1 + poisson) / (1 - poisson)
    # sigma_r = stretch c1 - shear c2 / r^2 - E alpha / (1 - nu) heat / r^2, between -pressure and 0
    rest = modulus * expansion / (1 - poisson) * heat(outer) / outer**2
    c1, c2 = np.linalg.solve([[stretch, -shear / inner**2], [stretch, -shear / outer**2]], [-pressure, rest])
    exact = factor * heat(r) / r + c1 * r + c2 / r
    return np.abs(solution.u[2 * number[:, 0]] - exact).max() / np.abs(exact).max(), block


@pytest.mark.parametrize("poisson", [0.3, 0.4999])
def test_a_hot_thick_cylinder_is_lames(poisson):
    errors = [cylinder(n, poisson)[0] for n in (4, 8, 16)]
    assert errors[2] < 1e-3
    assert errors[0] / errors[1] > 3.4 and errors[1] / errors[2] > 3.4  # second order


def test_a_guided_beam_takes_twelve_e_i_over_l_cubed():
    long, thick, wide, modulus = 1e-3, 1e-5, 3e-4, 3e9
    nodes, cells, number = rectangle(np.linspace(0, long, 21), np.linspace(0, thick, 2))
    block = ContinuumBlock(nodes, cells, Elastic(modulus, 0.0, 0.0), widths=np.full(len(cells), wide))
    held = Constraints()
    held.fix(dof(np.concatenate([number[0], number[-1]]), 0, 2))
    held.fix(dof(number[0], 1, 2))
    held.fix(dof(number[-1], 1, 2), 1e-7, name="guide")
    solution = solve(Model(nodes.size, [block], held), ROOM)
    stiffness = solution.reactions[dof(number[-1], 1, 2)].sum() / 1e-7
    inertia, area = wide * thick**3 / 12, wide * thick
    flexibility = long**3 / (12 * modulus * inertia) + long * 1.2 / (modulus / 2 * area)
    # each end clamps whole element faces and a linear moment is met by constant pieces: (1/20)^2 / ... 0.25 % of the flexibility
    assert stiffness == pytest.approx(1 / flexibility, rel=3e-3)
    assert np.abs(solution.reactions.reshape(-1, 2).sum(axis=0)).max() < 1e-6 * stiffness * 1e-7
    assert block.energy() == pytest.approx(0.5 * stiffness * 1e-14, rel=1e-5)


def test_a_boss_on_a_clamped_plate():
    outer, inner, thick, modulus, poisson, force = 1e-3, 0.3e-3, 1e-5, 3e9, 0.34, 1e-4
    nodes, cells, number = rectangle(np.linspace(inner, outer, 31), np.linspace(0, thick, 2))
    block = ContinuumBlock(nodes, cells, Elastic(modulus, poisson, 0.0), kinematics="axisymmetric")
    held = Constraints()
    held.fix(dof(number[-1], np.array([[0], [1]]), 2).ravel())
    held.fix(dof(number[0], 0, 2))
    boss = held.equal(dof(number[0], 1, 2))
    forces = np.zeros(nodes.size)
    forces[boss] = force
    solution = solve(Model(nodes.size, [block], held), ROOM, forces=forces)
    # w = A + B r^2 + C ln r + P r^2 ln r / (8 pi D), flat at both rims and zero at the outer one
    rigidity = modulus * thick**3 / (12 * (1 - poisson**2))
    p = force / (8 * np.pi * rigidity)
    rows = [[1, outer**2, np.log(outer)], [0, 2 * outer, 1 / outer], [0, 2 * inner, 1 / inner]]
    right = [-p * outer**2 * np.log(outer)] + [-p * (2 * r * np.log(r) + r) for r in (outer, inner)]
    a, b, c = np.linalg.solve(rows, right)
    exact = a + b * inner**2 + c * np.log(inner) + p * inner**2 * np.log(inner)
    assert solution.u[boss] == pytest.approx(abs(exact), rel=3e-3)  # constant pieces of moment, 30 of them; shear adds (t/a)^2 = 1e-4
    assert solution.reactions[dof(number[-1], 1, 2)].sum() == pytest.approx(-force, rel=1e-6)


@pytest.mark.parametrize("poisson", [0.49, 0.4999])
def test_a_confined_elastomer_is_as_stiff_as_its_bulk_lets_it(poisson):
    # disc between rigid plates, pressure p'' + p'/r = 12 G (p/K - e) / t^2 with p = 0 at the rim (Chalhoub and Kelly 1990):
    # E_c = K (1 - 2 I1(x) / (x I0(x))), x = R/t sqrt(12 G / K); what it leaves out at the rim is of the order of G/K or E/E_c times t/R
    from scipy.special import iv

    radius, thick, modulus = 20e-6, 1e-6, 1e6
    shear, bulk = modulus / (2 * (1 + poisson)), modulus / (3 * (1 - 2 * poisson))
    graded = radius * (1 - (1 - np.linspace(0, 1, 81)) ** 1.5)
    nodes, cells, number = rectangle(graded, np.linspace(0, thick, 13))
    block = ContinuumBlock(nodes, cells, Elastic(modulus, poisson, 0.0), kinematics="axisymmetric")
    held = Constraints()
    held.fix(dof(number[:, [0, -1]], 0, 2))
    held.fix(dof(number[0], 0, 2))
    held.fix(dof(number[:, 0], 1, 2))
    held.fix(dof(number[:, -1], 1, 2), -1e-9)
    solution = solve(Model(nodes.size, [block], held), ROOM)
    found = -solution.reactions[dof(number[:, -1], 1, 2)].sum() / (np.pi * radius**2) / (1e-9 / thick)
    x = radius / thick * np.sqrt(12 * shear / bulk)
    exact = bulk * (1 - 2 * iv(1, x) / (x * iv(0, x)))
    exact += 4 / 3 * shear  # the layer's own deviatoric stiffness, laterally confined
    assert found == pytest.approx(exact, rel=0.01)  # 0.7 % and 0.2 % found; halving the mesh moves it by 0.1 % and 0.5 %


@pytest.mark.parametrize("poisson", [0.3, 0.4999])
def test_generalised_plane_strain_is_a_slab_with_flat_faces(poisson):
    # the same mesh as one layer of hexahedra whose rear face stays flat; the hexahedra's bilinear volumetric mode, which the quadrilaterals
    # do not have, and which vanishes with the mesh, makes 5e-5 of a difference on this coarse and crooked one
    x, z, depth = np.linspace(0, 2, 7), np.linspace(0, 1, 5), 0.7
    flat, cells, _ = rectangle(x, z, distortion=0.2)
    hot, cold = Elastic(70e9, 0.33, 23e-6), Elastic(3e9, poisson, 60e-6)
    split = np.arange(len(cells)) % 4 < 2
    plane = Constraints()
    plane.fix([0, 1, 2 * 5 * 6 + 1])
    kinds = {"kinematics": "generalised_plane_strain", "extra_dof": flat.size}
    width = np.full(len(cells), depth)
    parts = [ContinuumBlock(flat, cells[s], m, widths=width[s], **kinds) for s, m in ((split, hot), (~split, cold))]
    thin = solve(Model(flat.size + 1, parts, plane), ROOM + 100)
    nodes = np.vstack([np.insert(flat, 1, y, axis=1) for y in (0, depth)])
    # counterclockwise from above in (x, z) with y up is clockwise in (x, y, z): the rear face comes first
    hexahedra = np.hstack([cells + len(flat), cells])
    slab = Constraints()
    slab.fix(dof(np.arange(len(flat)), 1, 3))
    slab.equal(dof(np.arange(len(flat)) + len(flat), 1, 3))
    for node in range(len(flat)):
        slab.equal([3 * node, 3 * (node + len(flat))])
        slab.equal([3 * node + 2, 3 * (node + len(flat)) + 2])
    slab.fix([0, 2, 3 * 5 * 6 + 2])
    solids = [ContinuumBlock(nodes, hexahedra[s], m) for s, m in ((split, hot), (~split, cold))]
    thick = solve(Model(nodes.size, solids, slab), ROOM + 100)
    assert thick.u[3 * len(flat) + 1] / depth == pytest.approx(thin.u[-1], rel=2e-4)
    there = thick.u.reshape(-1, 3)[: len(flat), [0, 2]]
    assert np.abs(there - thin.u[:-1].reshape(-1, 2)).max() < 2e-4 * np.abs(there).max()
    assert sum(b.energy() for b in solids) == pytest.approx(sum(b.energy() for b in parts), rel=2e-4)


def test_an_orthotropic_bar_answers_with_its_own_numbers():
    moduli, poisson = (20e9, 18e9, 7.5e9), (0.15, 0.30, 0.37)
    board = Orthotropic(moduli, poisson, (7.6e9, 3.3e9, 3.1e9), (16e-6, 15e-6, 60e-6))
    nodes, cells, number = box([0, 1, 2], [0, 1], [0, 1])
    for axis in range(3):
        block = ContinuumBlock(nodes, cells, board)
        held = Constraints()
        for a in range(3):
            held.fix(dof(np.flatnonzero(nodes[:, a] == 0), a, 3))
        ends = np.flatnonzero(nodes[:, axis] == nodes[:, axis].max())
        held.fix(dof(ends, axis, 3), 1e-3 * nodes[:, axis].max())
        solution = solve(Model(nodes.size, [block], held), ROOM)
        area = np.prod(np.delete(nodes.max(axis=0), axis))
        assert solution.reactions[dof(ends, axis, 3)].sum() == pytest.approx(moduli[axis] * 1e-3 * area, rel=1e-9)
    assert number.size == len(nodes)


def test_blocks_that_lie_over_one_another_share_the_load_by_width():
    nodes, cells, number = rectangle([0, 1, 2], [0, 1])
    wide, narrow = np.full(2, 3.0), np.full(2, 0.5)
    blocks = [ContinuumBlock(nodes, cells, Elastic(e, 0.0, 0.0), widths=w) for e, w in ((1e9, wide), (1e11, narrow))]
    held = Constraints()
    held.fix(dof(number[0], 0, 2))
    held.fix(1)
    held.fix(dof(number[-1], 0, 2), 2e-4)
    springs = SpringBlock(dof(number[-1], 0, 2)[:, None], 1e6)  # from the end to the ground
    solution = solve(Model(nodes.size, [*blocks, springs], held), ROOM)
    pulled = solution.reactions[dof(number[-1], 0, 2)].sum()
    assert pulled == pytest.approx((1e9 * 3 + 1e11 * 0.5) * 1e-4 + 2 * 1e6 * 2e-4, rel=1e-12)
    assert springs.energy() == pytest.approx(2 * 0.5 * 1e6 * 4e-8, rel=1e-12)


def cantilever_error(count):
    """Deflection error of a short cantilever under a parabolic end load, against Timoshenko and Goodier's plane solution (article 21)."""
    long, half, modulus, poisson, load = 4.0, 0.5, 1e9, 0.25, 1.0
    nodes, cells, number = rectangle(np.linspace(0, long, 4 * count + 1), np.linspace(-half, half, count + 1))
    young, ratio = modulus / (1 - poisson**2), poisson / (1 - poisson)  # plane strain
    inertia = 2 * half**3 / 3
    x, z = nodes.T
    ux = load * z / (6 * young * inertia) * ((6 * long - 3 * x) * x + (2 + ratio) * (z**2 - half**2))
    uz = -load / (6 * young * inertia) * (3 * ratio * z**2 * (long - x) + (4 + 5 * ratio) * half**2 * x + (3 * long - x) * x**2)
    exact = np.column_stack([ux, uz])
    held = Constraints()
    rim = np.unique(np.concatenate([number[0], number[-1]]))
    held.fix(dof(rim, 0, 2), exact[rim, 0])
    held.fix(dof(rim, 1, 2), exact[rim, 1])
    block = ContinuumBlock(nodes, cells, Elastic(modulus, poisson, 0.0))
    u = solve(Model(nodes.size, [block], held), ROOM).u.reshape(-1, 2)
    return np.sqrt(((u - exact) ** 2).sum(axis=1).mean()) / np.abs(exact).max()


def test_displacements_converge_with_the_square_of_the_mesh():
    errors = [cantilever_error(n) for n in (2, 4, 8)]
    assert errors[2] < 1e-4
    assert errors[0] / errors[1] > 3.4 and errors[1] / errors[2] > 3.4
