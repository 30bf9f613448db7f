"""Confined discs, membranes and bonds below a bump against the limits that they must reach."""

import numpy as np
import pytest

from waferbump.physics.elastic_pads import (
    bond_energy_release,
    confined_moduli,
    disc_flexibility,
    foundation_flexibility,
    membrane_flexibility,
)
from waferbump.physics.springs import lateral_stiffness

E, NU = 10e6, 0.49


def test_a_thin_disc_is_held_as_a_layer_without_end():
    pressed, tilted = confined_moduli(1.0, 1e-4, E, NU)
    endless = E * (1 - NU) / ((1 + NU) * (1 - 2 * NU))
    # the rim, which escapes, counts for t / R: 1e-4 times a few
    assert pressed == pytest.approx(endless, rel=2e-3) and tilted == pytest.approx(endless, rel=4e-3)


def test_a_thick_incompressible_disc_follows_its_shape_factor():
    nu, radius, thickness = 0.4999999, 3.0, 1.0
    factor = radius / (2 * thickness)
    pressed, tilted = confined_moduli(radius, thickness, E, nu)
    assert pressed == pytest.approx(E * (1 + 2 * factor**2), rel=1e-5)  # what is left compresses: 12 G S^2 / K = 1e-5
    assert tilted == pytest.approx(E + 2 * E / 3 * factor**2, rel=1e-5)


def test_a_compressible_one_is_softer_than_the_shape_factor_says():
    # the elastic layer of the reference vehicle: 280 um across, 10 um thick, nu 0.49
    pressed, _ = confined_moduli(140e-6, 10e-6, E, NU)
    assert 100e6 < pressed < E * 0.51 / (1.49 * 0.02) < E * (1 + 2 * 7**2)


@pytest.mark.parametrize("poisson", [0.5, 0.0, -0.1])
def test_a_disc_that_cannot_change_volume_is_refused(poisson):
    with pytest.raises(ValueError, match="above 0 and below"):
        confined_moduli(1.0, 0.1, E, poisson)


def test_a_disc_is_sheared_without_a_couple_at_its_middle():
    flexibility = disc_flexibility(140e-6, 10e-6, E, NU)
    shear = E / (2 * (1 + NU)) * np.pi * (140e-6) ** 2 / 10e-6
    assert lateral_stiffness(flexibility) == pytest.approx(shear, rel=1e-10)
    # and free to tilt it gives way a little more, by (t / 2)^2 over the tilting stiffness
    assert lateral_stiffness(flexibility, end="free") < shear


def test_a_bond_on_firm_ground_lets_go_as_a_circular_ligament():
    # shear of a ligament between two half spaces, one of them rigid: F^2 (2 - nu) / (32 pi G a^3)
    modulus, nu, a = 170e9, 0.28, 140e-6
    shear_modulus = modulus / (2 * (1 + nu))
    force = np.array([2.0, 0, 0, 0, 0, 0])
    opening, shear = bond_energy_release(lambda radius: foundation_flexibility(radius, modulus, nu), a, force)
    assert opening == 0
    assert shear == pytest.approx(4 * (2 - nu) / (32 * np.pi * shear_modulus * a**3), rel=1e-7)  # difference by steps of 1e-4


def test_pressing_holds_a_bond_closed_and_pulling_opens_it():
    def ground(radius):
        return foundation_flexibility(radius, 170e9, 0.28)

    moment = np.array([0, 0, 0, 0, 1e-4, 0.0])
    tilted, _ = bond_energy_release(ground, 140e-6, moment)
    pulled, _ = bond_energy_release(ground, 140e-6, moment + np.array([0, 0, 1.0, 0, 0, 0]))
    pressed, _ = bond_energy_release(ground, 140e-6, moment - np.array([0, 0, 1.0, 0, 0, 0]))
    assert pressed < tilted < pulled
    assert bond_energy_release(ground, 140e-6, np.array([0, 0, -1.0, 0, 0, 0]))[0] == 0


def test_a_membrane_with_a_point_of_a_boss():
    a, rigidity = 140e-6, 2e-7
    flexibility = membrane_flexibility(a, 1e-4 * a, rigidity, 3e4, 0.34)
    assert 1 / flexibility[2, 2] == pytest.approx(16 * np.pi * rigidity / a**2, rel=1e-5)  # q^2 ln^2 q = 1e-6


def test_a_membrane_with_a_boss_nearly_as_wide_is_a_ring_of_short_beams():
    a, q, rigidity, stretch, nu = 140e-6, 0.999, 2e-7, 3e4, 0.34
    b = q * a
    gap, shear = a - b, stretch / (2 * (1 + nu))
    flexibility = membrane_flexibility(a, b, rigidity, stretch, nu)
    near = 5e-3  # of curvature: a few times 1 - q
    assert 1 / flexibility[2, 2] == pytest.approx(2 * np.pi * b * 12 * rigidity / gap**3, rel=near)
    # tilted, the rim rises as b cos: half the square's mean, times b^2
    assert 1 / flexibility[4, 4] == pytest.approx(np.pi * b**3 * 12 * rigidity / gap**3, rel=near)
    # sideways, half of the rim is pulled (in plane strain along the rim) and half is sheared
    assert 1 / flexibility[0, 0] == pytest.approx(np.pi * b / gap * (stretch / (1 - nu**2) + shear), rel=near)
    assert 1 / flexibility[5, 5] == pytest.approx(2 * np.pi * b**3 * shear / gap, rel=near)


def test_a_tilted_membrane_by_its_four_constants():
    # w = f(r) cos phi with f of r, 1/r, r^3, r ln r; f = f' = 0 at the rim, f = b and f' = 1 at the boss (unit tilt)
    a, b, rigidity, nu = 1.0, 0.4, 1.0, 0.3
    powers = [lambda r: r, lambda r: 1 / r, lambda r: r**3, lambda r: r * np.log(r)]
    slopes = [lambda r: 1.0, lambda r: -1 / r**2, lambda r: 3 * r**2, lambda r: np.log(r) + 1]
    system = np.array([[f(a) for f in powers], [f(a) for f in slopes], [f(b) for f in powers], [f(b) for f in slopes]])
    factors = np.linalg.solve(system, [0, 0, b, 1])
    # only r ln r carries a net moment: 4 pi D times its factor
    moment = -4 * np.pi * rigidity * factors[3]
    assert 1 / membrane_flexibility(a, b, rigidity, 1.0, nu)[4, 4] == pytest.approx(abs(moment), rel=1e-9)


def test_no_boss_wider_than_its_membrane():
    with pytest.raises(ValueError, match="narrower"):
        membrane_flexibility(1.0, 1.0, 1.0, 1.0, 0.3)
