"""Bleaching against its closed forms: Beer-Lambert, Dill without lasting absorption, Babu and Barouch with it; balance and convergence."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from waferbump.physics.resist import ResistError, bleach, exposed

A, B, C, DOSE = 0.6e6, 0.05e6, 1.2e-3, 3000.0  # 0.6 and 0.05 per um, 0.012 cm^2/mJ, 300 mJ/cm^2
DEPTHS = np.array([1e-6, 5e-6, 10e-6])


def one_line(height, count, a, b, steps, *, dose=DOSE, **keywords):
    """A column of one resist under one line."""
    light = np.ones((1, count, 1))
    return exposed(light, height, dose, np.zeros(count, int), [[a]], [[b]], [[C]], weights=[1.0], steps=steps, **keywords)


@pytest.mark.parametrize(
    ("b", "inhibitor", "light"),
    [
        (0.0, [0.048693, 0.360707, 0.918916], [0.97803, 0.657251, 0.083362]),
        (B, [0.057097, 0.502293, 0.964103], [0.928348, 0.436158, 0.030600]),
    ],
)
def test_bleach_gives_the_tabulated_values(b, inhibitor, light):
    m, intensity = bleach(DEPTHS, DOSE, A, b, C)
    np.testing.assert_allclose(m, inhibitor, atol=6e-7)  # tabulated to six digits
    np.testing.assert_allclose(intensity, light, atol=6e-6)  # the first value to five


@pytest.mark.parametrize(
    ("a", "b", "dose"), [(A, B, DOSE), (A, 0.001e6, DOSE), (0.02e6, 0.3e6, 100.0), (0.0, B, DOSE), (A, B, 1e-6), (A, B, 1e5)]
)
def test_bleach_is_the_integral_of_the_fluence(a, b, dose):
    # independent form: the fluence F obeys dF/dz = -(A/C) (1 - exp(-C F)) - B F, exactly, and m = exp(-C F)
    def slope(_, log):
        u = np.exp(log)
        return -(a * -np.expm1(-u) / u + b)

    solved = solve_ivp(slope, (0.0, 2e-5), [np.log(C * dose)], t_eval=[1e-6, 1e-5, 2e-5], rtol=1e-12, atol=1e-12, method="DOP853")
    m, _ = bleach([1e-6, 1e-5, 2e-5], dose, a, b, C)
    np.testing.assert_allclose(-np.log(m), np.exp(solved.y[0]), rtol=1e-9, atol=1e-15)  # the integrator's own tolerance, summed


def test_bleach_without_lasting_absorption_is_its_limit():
    exact, _ = bleach(DEPTHS, DOSE, A, 0.0, C)
    near, _ = bleach(DEPTHS, DOSE, A, 1e-4, C)  # 1e-10 of A: the difference is of that order
    np.testing.assert_allclose(near, exact, rtol=1e-8)


def test_bleached_front_moves_at_its_speed():
    # without lasting absorption dz/dD = C / A of any inhibitor content once the front has left the top
    (here,), _ = bleach([1e-5], 6000.0, A, 0.0, C)
    (there,), _ = bleach([1e-5 + 1000.0 * C / A], 7000.0, A, 0.0, C)
    assert there == pytest.approx(here, rel=2e-3)  # exp(-C D) = 7e-4 of the front is still in the top


def test_beer_and_lambert_at_both_ends():
    dark, bright = bleach([1e-5], 0.0, A, B, C)[1][0], bleach([1e-5], 1e9, A, B, C)[1][0]
    assert dark == pytest.approx(1.5034e-3, rel=1e-4)
    assert bright == pytest.approx(0.60653, rel=1e-5)


@pytest.mark.parametrize("b", [0.0, B])
def test_march_agrees_with_the_closed_form(b):
    # 1e-4 at cells of 0.05 um and 120 steps is asked; the march reaches 2e-5 in every cell of 12 um
    done = one_line(5e-8, 240, A, b, 120)
    exact, _ = bleach((np.arange(240) + 0.5) * 5e-8, DOSE, A, b, C)
    assert np.abs(done.inhibitor[:, 0] - exact).max() < 2e-5


@pytest.mark.parametrize("dose", [100.0, 500.0, 3000.0, 20000.0])
@pytest.mark.parametrize(("a", "b"), [(A, 0.0), (A, B), (0.1e6, 0.01e6), (0.015e6, 0.01e6)])
def test_the_rule_for_the_steps_keeps_its_word(a, b, dose):
    exact, _ = bleach((np.arange(1600) + 0.5) * 2.5e-8, dose, a, b, C)
    done = one_line(2.5e-8, 1600, a, b, None, dose=dose)
    assert done.steps == np.ceil(min(C * dose, (8 + a * 4e-5) * max(1, b * 4e-5)) / 0.2 - 1e-9)
    assert np.abs(done.inhibitor[:, 0] - exact).max() < max(4e-4, 1.5e-4 * a * 4e-5) + 2e-5  # the cells' own error


def test_the_rule_holds_where_resists_differ_twentyfold():
    layer, light = np.repeat([0, 1], 120), np.ones((1, 240, 1)) * np.linspace(0.0, 1.2, 40)
    constants = ([[0.015e6] * 2], [[0.01e6] * 2], [[20 * C, C]])
    fine = exposed(light, 2.5e-7, DOSE, layer, *constants, weights=[1.0], steps=2000)
    coarse = exposed(light, 2.5e-7, DOSE, layer, *constants, weights=[1.0])
    assert coarse.steps == 45 and np.abs(coarse.inhibitor - fine.inhibitor).max() < 1e-3


@pytest.mark.parametrize("b", [0.0, B])
def test_march_is_second_order_in_depth_and_dose(b):
    def worst(count, steps):
        height = 12e-6 / count
        exact, _ = bleach((np.arange(count) + 0.5) * height, DOSE, A, b, C)
        return np.abs(one_line(height, count, A, b, steps).inhibitor[:, 0] - exact).max()

    depth = [worst(count, 3000) for count in (40, 80, 160)]
    dose = [worst(6000, steps) for steps in (60, 120, 240)]
    for errors in (depth, dose):
        orders = np.log2(np.array(errors[:-1]) / errors[1:])
        assert np.all((orders > 1.9) & (orders < 2.1)), (errors, orders)  # two: the first of the dose is 1.93, the second 1.97


def test_light_is_neither_lost_nor_made_in_one_dimension():
    # three lines, two resists, air above, a mirror below: absorbed + transmitted + reflected = incident, line by line, to rounding
    layer = np.array([-1] * 5 + [0] * 40 + [-1] * 3 + [1] * 30 + [-2] * 4)
    height = np.linspace(0.1e-6, 0.5e-6, len(layer))
    a, b, c = [[0.4e6, 0.02e6]] * 3, [[0.03e6, 0.2e6], [0.02e6, 0.1e6], [0.0, 0.0]], [[1e-3, 2e-3], [8e-4, 1e-3], [0.0, 5e-4]]
    done = exposed(np.ones((3, len(layer), 2)), height, 4000.0, layer, a, b, c, weights=[0.4, 0.25, 0.35], reflectance=[0.5, 0.4, 0.3])
    absorbed = (done.energy * height[:, None]).sum(axis=1)
    np.testing.assert_allclose(absorbed + done.transmitted + done.reflected, done.incident, rtol=1e-13)
    np.testing.assert_allclose(done.incident[:, 0], [1600.0, 1000.0, 1400.0], rtol=1e-15)
    assert np.all(done.reflected > 0) and np.all(done.energy[:, layer < 0] == 0) and np.all(done.inhibitor[layer < 0] == 1.0)


def test_absorbed_energy_accounts_for_the_inhibitor_that_went():
    # B = 0: every photon absorbed destroys inhibitor, C E_absorbed = A (1 - m) in each cell
    done = one_line(5e-8, 200, A, 0.0, 400)
    np.testing.assert_allclose(done.energy[0] * C, A * (1.0 - done.inhibitor), rtol=1e-4)  # second order in 400 steps of 0.009


def test_lines_bleach_one_inhibitor_together():
    # three lines alike are one line; and lines that differ shine at once, so their order is of no consequence
    together = exposed(
        np.ones((3, 50, 1)), 1e-7, DOSE, np.zeros(50, int), [[A]] * 3, [[B]] * 3, [[C]] * 3, weights=[0.2, 0.3, 0.5], steps=40
    )
    np.testing.assert_allclose(together.inhibitor, one_line(1e-7, 50, A, B, 40).inhibitor, rtol=1e-13)
    a, b, c = np.array([[0.6e6], [0.3e6]]), np.array([[0.0], [0.1e6]]), np.array([[1e-3], [4e-4]])
    one = exposed(np.ones((2, 50, 1)), 1e-7, DOSE, np.zeros(50, int), a, b, c, weights=[0.3, 0.7])
    other = exposed(np.ones((2, 50, 1)), 1e-7, DOSE, np.zeros(50, int), a[::-1], b[::-1], c[::-1], weights=[0.7, 0.3])
    np.testing.assert_allclose(one.inhibitor, other.inhibitor, rtol=1e-13)


def test_two_exposures_are_one():
    first = one_line(1e-7, 60, A, B, 300, dose=1000.0)
    second = one_line(1e-7, 60, A, B, 600, dose=2000.0, inhibitor=first.inhibitor)
    np.testing.assert_allclose(second.inhibitor, one_line(1e-7, 60, A, B, 900).inhibitor, atol=2e-7)  # steps of 0.004, second order


def test_the_image_multiplies_and_the_dose_scales():
    # half the light everywhere is half the dose; a column in the dark keeps its inhibitor
    light = np.ones((1, 30, 2)) * [0.5, 0.0]
    done = exposed(light, 1e-7, DOSE, np.zeros(30, int), [[A]], [[B]], [[C]], weights=[1.0], steps=50)
    np.testing.assert_allclose(done.inhibitor[:, 0], one_line(1e-7, 30, A, B, 50, dose=DOSE / 2).inhibitor[:, 0], rtol=1e-13)
    assert np.all(done.inhibitor[:, 1] == 1.0) and np.all(done.energy[:, :, 1] == 0.0)


def test_light_returns_from_the_solid():
    # without bleaching: I(z) = exp(-B z) + R exp(-B (2 h - z)), exact in every cell's mean
    count, height, b, mirror = 40, 2.5e-7, 0.1e6, 0.45
    layer = np.append(np.zeros(count, int), -2)
    light = np.ones((1, count + 1, 1))
    done = exposed(light, height, DOSE, layer, [[0.0]], [[b]], [[C]], weights=[1.0], reflectance=mirror)
    edge, thickness = np.arange(count + 1) * height, count * height
    down = -np.diff(np.exp(-b * edge)) / (b * height)
    up = mirror * np.diff(np.exp(-b * (2 * thickness - edge))) / (b * height)
    np.testing.assert_allclose(-np.log(done.inhibitor[:-1, 0]), C * DOSE * (down + up), rtol=1e-9)  # Pade's 1e-9 in small cells
    assert done.steps == 1
    np.testing.assert_allclose(done.reflected, mirror * DOSE * np.exp(-2 * b * thickness), rtol=1e-9)
    # an upward image of its own: nothing returns to a column in which it is dark
    dark = exposed(light, height, DOSE, layer, [[0.0]], [[b]], [[C]], weights=[1.0], reflectance=mirror, upward=0.0 * light)
    np.testing.assert_allclose(-np.log(dark.inhibitor[:-1, 0]), C * DOSE * down, rtol=1e-9)


def test_solid_ends_the_light_and_air_lets_it_pass():
    layer = np.array([-1, -1, 0, 0, -2, 0])
    done = exposed(np.ones((1, 6, 1)), 1e-6, DOSE, layer, [[A]], [[B]], [[C]], weights=[1.0])
    alone = exposed(np.ones((1, 2, 1)), 1e-6, DOSE, [0, 0], [[A]], [[B]], [[C]], weights=[1.0])
    np.testing.assert_array_equal(done.inhibitor[2:4], alone.inhibitor)
    assert done.inhibitor[5, 0] == 1.0 and done.transmitted[0, 0] == alone.transmitted[0, 0]


def test_a_plan_of_columns_is_its_columns():
    light = np.random.default_rng(3).uniform(0.0, 1.2, (2, 12, 4, 5))
    constants = ([[A, 0.1e6]] * 2, [[B, B]] * 2, [[C, 2 * C]] * 2)
    layer = np.repeat([0, 1], 6)
    plan = exposed(light, 2e-7, DOSE, layer, *constants, weights=[0.5, 0.5], steps=20)
    column = exposed(light[:, :, 2, 3][:, :, None], 2e-7, DOSE, layer, *constants, weights=[0.5, 0.5], steps=20)
    np.testing.assert_array_equal(plan.inhibitor[:, 2, 3], column.inhibitor[:, 0])
    assert plan.energy.shape == light.shape and plan.incident.shape == (2, 4, 5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dose": -1.0}, "dose must not be negative"),
        ({"dose": np.nan}, "finite"),
        ({"a": [[-1.0]]}, "A must not be negative"),
        ({"b": [[np.inf]]}, "B must be a finite"),
        ({"c": [[1e-3, 1e-3]]}, "one number a line and layer"),
        ({"spacing": 0.0}, "height must be positive"),
        ({"intensity": -np.ones((1, 4, 1))}, "intensity must not be negative"),
        ({"intensity": np.ones((4, 1))}, "shape"),
        ({"weights": [0.5]}, "add up to 1"),
        ({"layer": np.array([0, 0, 1, 0])}, "of layer 1"),
        ({"layer": np.array([0, 0, -3, 0])}, "-3"),
        ({"layer": np.array([0.0, 0, 0, 0])}, "whole number"),
        ({"reflectance": 1.5}, "must not exceed 1"),
        ({"inhibitor": np.full((4, 1), 2.0)}, "must not exceed 1"),
        ({"steps": 0}, "steps of dose"),
        ({"a": [[1e9]], "dose": 1e9}, "opaque"),
        ({"upward": np.ones((1, 3, 1))}, "upward intensity"),
    ],
)
def test_what_cannot_be_exposed_is_said_in_words(change, words):
    case = {"intensity": np.ones((1, 4, 1)), "spacing": 1e-6, "dose": DOSE, "layer": np.zeros(4, int), "a": [[A]], "b": [[B]], "c": [[C]]}
    with pytest.raises(ResistError, match=words):
        exposed(**{**case, "weights": [1.0], **change})


@pytest.mark.parametrize("case", [(-1e-6, DOSE, A, B, C), (1e-6, np.nan, A, B, C), (1e-6, DOSE, -A, B, C), (0.5, DOSE, A, B, C)])
def test_bleach_refuses_what_cannot_be(case):
    with pytest.raises(ResistError):
        bleach(*case)
