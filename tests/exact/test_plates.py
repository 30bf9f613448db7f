"""The plate element: constant strain and curvature exactly, rigid motion without force, thin plates without locking."""

import numpy as np
import pytest

from waferbump.physics.plates import plate_matrices

E, NU, T = 100e9, 0.3, 1e-3
CORNERS = np.array([[0, 0], [2e-3, 0], [2e-3, 1e-3], [0, 1e-3]])


def element(thickness=T):
    stiffness, expansion = plate_matrices(np.array([2e-3]), np.array([1e-3]), thickness, E, NU)
    return stiffness[0], expansion[0]


def test_rigid_motion_needs_no_force():
    stiffness, _ = element()
    x, y = CORNERS.T
    zero, one = np.zeros(4), np.ones(4)
    for motion in (
        [one, zero, zero, zero, zero], [zero, one, zero, zero, zero], [zero, zero, one, zero, zero], [-y, x, zero, zero, zero],
        [zero, zero, y, one, zero], [zero, zero, -x, zero, one],
    ):  # fmt: skip
        force = stiffness @ np.stack(motion, -1).ravel()
        assert np.abs(force).max() < 1e-9 * np.abs(stiffness).max() * 2e-3
    assert np.sum(np.linalg.eigvalsh(stiffness) < 1e-9 * np.abs(stiffness).max() * 1e-6) == 6


def test_constant_strains_store_their_energy():
    stiffness, expansion = element()
    x, y = CORNERS.T
    zero, area = np.zeros(4), 2e-6
    stretch = np.stack([1e-3 * x, zero, zero, zero, zero], -1).ravel()
    assert stretch @ stiffness @ stretch == pytest.approx(E / (1 - NU**2) * T * 1e-6 * area, rel=1e-12)
    # cylinder of curvature 1 / m: theta_y = -w' and w = -k x^2 / 2 at the corners, so that no shear arises
    bend = np.stack([zero, zero, -(x**2) / 2, zero, x], -1).ravel()
    assert bend @ stiffness @ bend == pytest.approx(E * T**3 / (12 * (1 - NU**2)) * area, rel=1e-12)
    twist = np.stack([zero, zero, -x * y, -x, y], -1).ravel()
    assert twist @ stiffness @ twist == pytest.approx(E * T**3 / (12 * (1 - NU**2)) * (1 - NU) / 2 * 4 * area, rel=1e-12)
    # free expansion: the forces are those that hold the strain back
    both = np.stack([x, y, zero, zero, zero], -1).ravel()
    assert np.allclose(stiffness @ both, expansion, atol=1e-9 * np.abs(expansion).max())


def test_a_thin_cantilever_does_not_lock():
    count, length, width, thickness = 10, 20e-3, 1e-3, 20e-6
    stiffness, _ = plate_matrices(np.full(count, length / count), np.full(count, width), thickness, E, 0.0)
    total = np.zeros((10 * (count + 1),) * 2)
    for k in range(count):
        # nodes in pairs across the strip: 2 k at y = 0, 2 k + 1 at y = width
        dofs = np.concatenate([np.arange(5 * node, 5 * node + 5) for node in (2 * k, 2 * k + 2, 2 * k + 3, 2 * k + 1)])
        total[np.ix_(dofs, dofs)] += stiffness[k]
    load = np.zeros(len(total))
    load[[10 * count + 2, 10 * count + 7]] = 0.5
    tip = np.linalg.solve(total[10:, 10:], load[10:])[10 * (count - 1) + 2]
    exact = length**3 / (3 * E * width * thickness**3 / 12)
    # slopes constant in each of ten elements: 1 / (4 n^2) of it
    assert tip == pytest.approx(exact, rel=4e-3)
