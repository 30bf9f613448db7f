"""Two joined plates: Timoshenko's bow and Suhir's shear lag against their limits."""

import numpy as np
import pytest

from waferbump.physics.package_bow import bimetal, effective_modulus, interface_compliance, relative_displacement, shear_stress

SILICON, BOARD = effective_modulus(169e9, 0.28), effective_modulus(22e9, 0.2)
FREE = 13.4e-6 * 165.0


def test_silicon_on_a_board_bows_as_reckoned_apart():
    # 0.3 mm of silicon on 1 mm of FR-4 over 165 K, reckoned apart by hand: R 393.2 mm, 7.95 um over 5 mm
    bow = bimetal((SILICON, BOARD), (0.3e-3, 1e-3), (2.6e-6, 16e-6), -165.0)
    assert bow.radius == pytest.approx(393.2e-3, rel=2e-4) and abs(bow.curvature) == pytest.approx(2.5433, rel=2e-4)
    assert bow.curvature > 0  # the board shrinks more and lies on the inside
    # the sagitta of 10 mm: x^2 / (2 R) with x = 2.5 mm
    assert abs(bow.height(2.5e-3)) == pytest.approx(7.95e-6, rel=1e-3)


def test_two_alike_plates_bow_by_three_halves():
    bow = bimetal((100e9, 100e9), (1e-3, 1e-3), (0.0, 10e-6), 100.0)
    assert bow.curvature == pytest.approx(-1.5 * 1e-3 / 2e-3, rel=1e-12)
    assert bimetal((1.0, 2.0), (1.0, 1.0), (5e-6, 5e-6), 100.0).radius == np.inf


def test_the_state_of_a_plate_sets_its_modulus():
    assert effective_modulus(100e9, 0.25, "uniaxial") == 100e9
    assert effective_modulus(100e9, 0.25, "plane_strain") == pytest.approx(100e9 / 0.9375)
    with pytest.raises(ValueError, match="not 'flat'"):
        effective_modulus(1.0, 0.3, "flat")


def test_soft_joints_see_the_free_mismatch_and_stiff_ones_a_length_of_it():
    compliance = interface_compliance((SILICON, BOARD), (0.4e-3, 1e-3), 0.2e-3)
    x = np.linspace(-5e-3, 5e-3, 11)
    # k l = 1e-3 leaves (k l)^2 / 3
    soft = relative_displacement(x, 5e-3, 4e-8 / compliance, compliance, FREE)
    assert np.allclose(soft, FREE * x, rtol=1e-6, atol=0)
    stiff = 1e12
    k = np.sqrt(compliance * stiff)
    assert relative_displacement(0.1, 0.1, stiff, compliance, FREE) == pytest.approx(FREE / k, rel=1e-10)


def test_the_shift_satisfies_its_equation():
    compliance, stiffness, half = 1.8e-7, 1.2e13, 3e-3
    x = np.linspace(0, half, 3001)
    shift = relative_displacement(x, half, stiffness, compliance, FREE)
    second = np.diff(shift, 2) / (x[1] - x[0]) ** 2
    # d2(delta)/dx2 = lambda tau; second differences over 1 um: k^2 dx^2 / 12 = 2e-7, rounding 1e-16 / (dx / l)^2
    assert np.allclose(second[100:], compliance * stiffness * shift[101:-1], rtol=1e-5)
    # and no force at the free end: the strain there is the whole free strain
    assert (shift[-1] - shift[-2]) / (x[1] - x[0]) == pytest.approx(FREE, rel=2e-3)  # one-sided, half a step of k


def test_the_shear_force_balances_the_die():
    # what the joints carry from the end inward is the force in the plates at the middle: free strain over lambda, less the end's effect
    compliance, stiffness, half = 1.8e-7, 1.2e13, 20e-3
    x = np.linspace(0, half, 200001)
    total = np.trapezoid(shear_stress(x, half, stiffness, compliance, FREE), x)
    assert total == pytest.approx(FREE / compliance, rel=1e-6)  # trapezoid steps of k dx = 1.5e-4


def test_a_pair_kept_flat_is_stiffer():
    flat = interface_compliance((SILICON, BOARD), (0.4e-3, 1e-3), 0.2e-3, bends=False)
    assert flat == pytest.approx(1 / (SILICON * 0.4e-3) + 1 / (BOARD * 1e-3)) and flat < interface_compliance(
        (SILICON, BOARD), (0.4e-3, 1e-3), 0.2e-3
    )


def test_no_joint_beyond_the_joined_length():
    with pytest.raises(ValueError, match="beyond the joined length"):
        relative_displacement(2.0, 1.0, 1.0, 1.0, 1.0)
