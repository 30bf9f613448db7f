"""A wire spring against straight, quarter-circle, ring and helix closed forms."""

import numpy as np
import pytest

from waferbump.physics.springs import SpringError, lateral_stiffness
from waferbump.physics.wire import RoundWire, s_shape, wire_flexibility, wire_response

WIRE = RoundWire(10e-6, 100e9, poisson_ratio=0.3)


def arc(radius, angle, count):
    turn = np.linspace(0, angle, count)
    return np.stack([radius * np.sin(turn), 0 * turn, radius * (1 - np.cos(turn))], -1)


def quarter(radius, wire):
    """Tip flexibilities of a quarter circle, clamped where it starts along x: bending, stretch and shear, in the plane and out of it."""
    bend, pull, shear, twist = radius**3 / wire.bending, radius / wire.axial, radius / wire.shear, radius / wire.torsion
    return {
        (0, 0): np.pi / 4 * (bend + pull + shear),
        (2, 2): (3 * np.pi / 4 - 2) * bend + np.pi / 4 * (pull + shear),
        (4, 4): np.pi / 2 * radius / wire.bending,
        (0, 4): radius**2 / wire.bending,
        # out of the plane: torsion r (1 - cos), bending r sin
        (1, 1): np.pi / 4 * bend + (3 * np.pi / 4 - 2) * radius**2 * twist + np.pi / 2 * shear,
    }


def test_a_quarter_circle():
    radius = 300e-6
    found = wire_flexibility(arc(radius, np.pi / 2, 4001), WIRE)
    for place, value in quarter(radius, WIRE).items():
        assert abs(found[place]) == pytest.approx(value, rel=1e-6)  # chords of 1/4000 of it: (pi/8000)^2 of length


def test_the_error_falls_as_the_square_of_the_spacing():
    radius = 300e-6
    exact = quarter(radius, WIRE)[0, 0]
    errors = [abs(wire_flexibility(arc(radius, np.pi / 2, count), WIRE)[0, 0] - exact) for count in (51, 101, 201)]
    rates = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.all(np.abs(rates - 2) < 0.05)


def test_a_close_coiled_helix_is_the_spring_of_the_handbook():
    coil, pitch, turns = 500e-6, 25e-6, 20
    turn = np.linspace(0, 2 * np.pi * turns, 100 * turns + 1)
    line = np.stack([coil * np.cos(turn), coil * np.sin(turn), pitch * turn / (2 * np.pi)], -1)
    # between two arms to the axis, so that the load acts along it
    line = np.concatenate([line, [[0, 0, line[-1, 2]]]])
    found = wire_flexibility(line, RoundWire(10e-6, 100e9, poisson_ratio=0.3))
    shear_modulus = 100e9 / 2.6
    # 8 D^3 n / (G d^4), D the mean diameter; the arm bends as well, the coil's slope and chords count for 1e-3
    spring = 8 * (2 * coil) ** 3 * turns / (shear_modulus * (20e-6) ** 4)
    arm = coil**3 / (3 * WIRE.bending)
    assert found[2, 2] == pytest.approx(spring + arm, rel=3e-3)


def test_a_straight_wire_held_upright_is_strained_at_its_ends():
    height, shift = 600e-6, 5e-6
    line = np.stack([np.zeros(61), np.zeros(61), np.linspace(0, height, 61)], -1)
    found = wire_response(line, WIRE, np.array([shift, 0, 0, 0, 0, 0]))
    slender = 12 * WIRE.bending / WIRE.shear / height**2
    assert found.strain[0] == pytest.approx(6 * WIRE.radius * shift / height**2 / (1 + slender), rel=1e-9)
    assert found.strain[30] == pytest.approx(0, abs=1e-9)
    assert found.core_stress == pytest.approx(100e9 * found.strain.max(), rel=1e-12)
    assert found.force[0] == pytest.approx(lateral_stiffness(wire_flexibility(line, WIRE), end="held") * shift, rel=1e-9)


def test_a_shell_adds_to_the_core():
    both = RoundWire(12.5e-6, 78e9, 20e-6, 200e9)
    assert both.axial == pytest.approx(np.pi * (78e9 * 12.5e-6**2 + 200e9 * (32.5e-6**2 - 12.5e-6**2)), rel=1e-12)
    same = RoundWire(12.5e-6, 200e9, 20e-6, 200e9)
    assert same.bending == pytest.approx(RoundWire(32.5e-6, 200e9).bending, rel=1e-12)
    found = wire_response(s_shape(600e-6, 150e-6), both, np.array([5e-6, 0, 0, 0, 0, 0]))
    assert found.shell_stress / found.core_stress == pytest.approx(200 / 78 * 32.5 / 12.5, rel=0.1)  # all but the pull is bending


def test_an_s_stands_upright_at_both_ends_and_is_softer_than_a_post():
    line = s_shape(600e-6, 150e-6)
    assert np.allclose(line[[0, -1], :2], 0) and line[-1, 2] == pytest.approx(600e-6)
    assert np.abs(line[:, 0]).max() == pytest.approx(150e-6, rel=1e-4)  # of 401 points, none at the very turn
    wire = RoundWire(12.5e-6, 78e9, 20e-6, 200e9)
    found, post = wire_flexibility(line, wire), wire_flexibility(s_shape(600e-6, 0.0), wire)
    assert np.allclose(found, found.T) and np.all(np.linalg.eigvalsh(found) > 0)
    assert lateral_stiffness(found) < lateral_stiffness(post) and found[2, 2] > 20 * post[2, 2]


@pytest.mark.parametrize("line", [np.zeros((1, 3)), np.zeros((2, 3))])
def test_no_wire_without_a_length(line):
    with pytest.raises(SpringError):
        wire_flexibility(line, WIRE)


def test_no_wire_without_a_section():
    with pytest.raises(SpringError, match="radius and a modulus"):
        RoundWire(0.0, 1e9)
