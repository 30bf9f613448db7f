"""Springs of six degrees of freedom against the closed forms of beams, columns and strips."""

import numpy as np
import pytest

from waferbump.physics.laminate import Layers, layer_strain, section_stiffness
from waferbump.physics.springs import (
    SpringError,
    column_flexibility,
    lateral_stiffness,
    moved,
    peel_energy_release,
    round_section,
    segment_flexibility,
    stiffness_with,
    tip_response,
)

EXACT = 1e-12  # closed forms, in double precision
E, NU, R, L = 100e9, 0.3, 50e-6, 400e-6
AREA, SECOND = np.pi * R**2, np.pi * R**4 / 4
EA, EI, GA, GJ = E * AREA, E * SECOND, E / 2.6 * AREA * 0.9, E / 1.3 * SECOND


def beam(direction):
    direction = np.asarray(direction, float)
    return segment_flexibility(round_section(EA, GA, EI, GJ, direction), direction)


def test_a_cantilever_along_x():
    flexibility = beam([L, 0, 0])
    expected = {(0, 0): L / EA, (1, 1): L**3 / (3 * EI) + L / GA, (2, 2): L**3 / (3 * EI) + L / GA, (1, 5): L**2 / (2 * EI),
                (2, 4): -(L**2) / (2 * EI), (3, 3): L / GJ, (4, 4): L / EI, (5, 5): L / EI}  # fmt: skip
    for place, value in expected.items():
        assert flexibility[place] == pytest.approx(value, rel=EXACT)
        assert flexibility[place[::-1]] == pytest.approx(value, rel=EXACT)


def test_an_end_that_cannot_tilt_makes_a_guided_beam():
    flexibility = beam([0, 0, L])
    guided = 1 / (L**3 / (12 * EI) + L / GA)
    assert lateral_stiffness(flexibility) == pytest.approx(guided, rel=1e-10)
    assert lateral_stiffness(flexibility, 1.1) == pytest.approx(guided, rel=1e-10)
    assert lateral_stiffness(flexibility, end="free") == pytest.approx(1 / (L**3 / (3 * EI) + L / GA), rel=1e-10)
    with pytest.raises(ValueError, match="guided, held or free"):
        lateral_stiffness(flexibility, end="welded")


def test_two_halves_in_series_are_the_whole_in_any_direction():
    vector = np.array([1.0, -2.0, 0.5]) * 1e-4
    half = segment_flexibility(round_section(EA, GA, EI, GJ, vector), vector / 2)
    whole = beam(vector)
    assert np.allclose(moved(half, vector / 2) + half, whole, rtol=1e-12, atol=1e-12 * np.abs(whole).max())


def test_a_rigid_arm_there_and_back_changes_nothing():
    arm = np.array([3e-4, 1e-4, -2e-4])
    flexibility = beam([L, 0, 0])
    assert np.allclose(moved(moved(flexibility, arm), -arm), flexibility, rtol=1e-10, atol=1e-12 * np.abs(flexibility).max())


def test_only_the_held_degrees_of_freedom_carry_force():
    flexibility = beam([0, 0, L])
    force = tip_response(flexibility, np.array([1e-6, 0.0]), (0, 4))
    assert np.allclose((flexibility @ force)[[0, 4]], [1e-6, 0], rtol=1e-10, atol=1e-14)
    assert np.allclose(force[[1, 2, 3, 5]], 0)
    assert stiffness_with(flexibility, (2,))[0, 0] == pytest.approx(EA / L, rel=EXACT)


def test_a_cylinder_is_a_beam_and_a_cone_has_its_closed_form():
    cylinder = column_flexibility(np.full(3, R), np.array([0, L / 3, L]), np.array(E), NU)
    factor = 6 * (1 + NU) / (7 + 6 * NU)
    assert cylinder[0, 0] == pytest.approx(L**3 / (3 * EI) + L / (E / 2.6 * AREA * factor), rel=1e-10)
    z = np.linspace(0, L, 41)
    cone = column_flexibility(np.linspace(R, 2 * R, 41), z, np.array(E), NU)
    # L / (E pi R1 R2); three Gauss points in each of 40 spaces leave 1e-10
    assert cone[2, 2] == pytest.approx(L / (E * np.pi * R * 2 * R), rel=1e-9)
    assert cone[4, 4] == pytest.approx(4 / (E * np.pi) * L / (3 * R) * (1 / R**3 - 1 / (2 * R) ** 3), rel=1e-9)


@pytest.mark.parametrize(("radius", "height"), [([1, 1], [0, 0]), ([1, 0], [0, 1]), ([1], [0])])
def test_no_column_without_a_body(radius, height):
    with pytest.raises(SpringError, match="outline"):
        column_flexibility(np.array(radius), np.array(height), np.array(E), NU)


def strip(low, high, width, offset):
    count = len(low)
    return Layers(*(np.array(value, float) for value in (low, high, width, offset)), np.full(count, NU))


def test_one_layer_is_a_rectangle_wherever_it_lies():
    b, h, z = 300e-6, 10e-6, 30e-6
    stiffness = section_stiffness(strip([z - h / 2], [z + h / 2], [b], [0]), np.array([E]))
    compliance = np.linalg.inv(stiffness)
    # a moment bends it about its own middle: 1 / E I there, whatever the axis of reference
    assert compliance[4, 4] == pytest.approx(12 / (E * b * h**3), rel=1e-9)
    assert compliance[3, 3] == pytest.approx(3 / (E / 2.6 * b * h**3), rel=1e-9)
    # a force at that middle only stretches
    strain = compliance @ np.array([1.0, 0, 0, 0, z, 0])
    assert strain[0] == pytest.approx(1 / (E * b * h), rel=1e-9) and strain[4] == pytest.approx(0, abs=1e-6 * 12 / (E * b * h**3))


def test_two_layers_bend_about_their_common_neutral_plane():
    modulus, thick, width = np.array([110e9, 3e9]), np.array([5e-6, 10e-6]), 50e-6
    low, high = [0, -10e-6], [5e-6, 0]
    compliance = np.linalg.inv(section_stiffness(strip(low, high, [width, width], [0, 0]), modulus))
    middle = np.array([2.5e-6, -5e-6])
    neutral = np.sum(modulus * thick * middle) / np.sum(modulus * thick)
    rigidity = width * np.sum(modulus * (thick**3 / 12 + thick * (middle - neutral) ** 2))
    assert compliance[4, 4] == pytest.approx(1 / rigidity, rel=1e-9)
    strain = compliance @ np.array([0, 0, 0, 0, 1e-8, 0])
    found = layer_strain(strip(low, high, [width, width], [0, 0]), strain)
    assert found == pytest.approx(np.array([max(abs(5e-6 - neutral), abs(neutral)), max(abs(neutral), 10e-6 + neutral)]) * 1e-8 / rigidity)


def test_two_beams_side_by_side_stiffen_the_strip_in_its_plane():
    b, h, y = 40e-6, 5e-6, 90e-6
    stiffness = section_stiffness(strip([0, 0], [h, h], [b, b], [-y, y]), np.array([E, E]))
    assert stiffness[5, 5] == pytest.approx(2 * E * b * h * (y**2 + b**2 / 12), rel=EXACT)
    assert stiffness[0, 5] == pytest.approx(0, abs=1e-9)


def test_peeling_sets_free_what_a_longer_cantilever_stores():
    section = round_section(EA, GA, EI, GJ, np.array([1.0, 0, 0]))
    force, width = np.array([2e-3, 0, 0, 0, 1e-7, 0]), 100e-6
    step = 1e-3 * L
    longer, shorter = (segment_flexibility(section, np.array([L + s, 0, 0])) for s in (step, -step))
    # the moment is the same all along it, so U = f F f / 2 grows by the release times the new area
    rate = force @ (longer - shorter) @ force / 2 / (2 * step * width)
    assert peel_energy_release(section, force, width) == pytest.approx(rate, rel=1e-9)
    assert peel_energy_release(section, np.array([0, 0, 0, 0, 1e-7, 0]), width) == pytest.approx(1e-14 / (2 * EI * width), rel=EXACT)
