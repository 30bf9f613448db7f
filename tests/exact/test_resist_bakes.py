"""Bakes: diffusion against the error function, in mass, variance and halves; amplification, inhibition and hardened depth."""

import numpy as np
import pytest
from scipy.special import erfc

from waferbump.physics.resist import (
    MackRate,
    ResistError,
    ResistParameters,
    arrhenius,
    deprotected,
    diffused,
    diffusion_length,
    exposed,
    working_curve,
)

RATE = MackRate(0.25e-6, 0.3e-9, 0.4, 4.0)
LENGTH = 0.4243e-6  # of 1e-3 um^2/s in 90 s


def resist(tone="positive", chemistry="inhibitor", **keywords):
    """A resist of one line that absorbs 0.02 per um and sees 0.01 cm^2/mJ."""
    return ResistParameters(tone, chemistry, (1.6,), (0.0,), (0.02e6,), (1e-3,), RATE, **keywords)


def step_edge(cells_a_length):
    """Cell centres about an edge, the step, and the exact profile after the bake."""
    cell = LENGTH / cells_a_length
    at = (np.arange(24 * cells_a_length) - 12 * cells_a_length + 0.5) * cell
    return cell, at, (at < 0).astype(float), 0.5 * erfc(at / (np.sqrt(2) * LENGTH))


def test_diffusion_length_of_a_bake():
    assert diffusion_length(1e-15, 90.0) == pytest.approx(0.4243e-6, abs=5e-11)  # tabulated to four digits


def test_a_step_becomes_an_error_function_second_order_in_the_cells():
    errors = []
    for cells in (5, 10, 20):
        cell, _, step, exact = step_edge(cells)
        errors.append(np.abs(diffused(step, LENGTH, cell) - exact).max())
    assert errors[1] < 4e-4  # the error that `diffused` states for a tenth of the length
    np.testing.assert_allclose(np.log2(np.array(errors[:-1]) / errors[1:]), 2.0, atol=0.05)


def test_an_edge_of_the_error_function_widens_by_the_square():
    # sigma^2 adds: an edge of 0.3 um becomes one of sqrt(0.3^2 + 0.4243^2), and its variance grows by just the bake's
    cell, at, _, _ = step_edge(20)
    before = 0.5 * erfc(at / (np.sqrt(2) * 0.3e-6))
    after = diffused(before, LENGTH, cell)
    np.testing.assert_allclose(after, 0.5 * erfc(at / (np.sqrt(2) * np.hypot(0.3e-6, LENGTH))), atol=1e-4)
    edges = at[:-1] + cell / 2
    grown = np.sum(edges**2 * (np.diff(before) - np.diff(after)))
    assert grown == pytest.approx(LENGTH**2, rel=1e-9)  # what the finite window's ends leave


@pytest.mark.parametrize("cylinder", [False, True])
def test_the_amount_is_kept_and_two_half_bakes_are_one(cylinder):
    generator = np.random.default_rng(5)
    field = generator.uniform(0.0, 1.0, (30, 40))
    height, width = generator.uniform(0.1e-6, 0.4e-6, 30), generator.uniform(0.1e-6, 0.4e-6, 40)
    inside = generator.uniform(0.0, 1.0, field.shape) > 0.2
    edge = np.concatenate([[0.0], np.cumsum(width)])
    volume = height[:, None] * (np.diff(edge**2) if cylinder else width)
    for which in (None, inside):
        whole = diffused(field, 0.5e-6, [height, width], axis_of_symmetry=cylinder, inside=which)
        halves = field
        for _ in range(2):
            halves = diffused(halves, 0.5e-6 / np.sqrt(2), [height, width], axis_of_symmetry=cylinder, inside=which)
        np.testing.assert_allclose(halves, whole, rtol=1e-12)
        assert np.sum(volume * whole) == pytest.approx(np.sum(volume * field), rel=1e-12)
        assert whole.min() >= field.min() and whole.max() <= field.max() and np.std(whole) < 0.8 * np.std(field)
    np.testing.assert_array_equal(whole[~inside], field[~inside])


def test_a_thread_on_the_axis_spreads_as_a_gaussian():
    # f(r) = a^2 / (2 s^2) exp(-r^2 / 2 s^2) of a thin cylinder, radius one cell of s / 20
    cell = LENGTH / 20
    radius = (np.arange(160) + 0.5) * cell
    thread = np.zeros((1, 160))
    thread[0, 0] = 1.0
    found = diffused(thread, LENGTH, cell, axis_of_symmetry=True)[0]
    exact = cell**2 / (2 * LENGTH**2) * np.exp(-(radius**2) / (2 * LENGTH**2))
    np.testing.assert_allclose(found, exact, atol=2e-3 * exact[0])  # second order: (1/20)^2 of the height


def test_a_wave_dies_out_as_it_should_in_cells_that_grow():
    # cos(pi z / H) has no flux at either end: it keeps its shape and falls by exp(-(pi sigma / H)^2 / 2), whatever the cells
    errors = []
    for count in (50, 100):
        edge = 3e-6 * (np.exp(2 * np.linspace(0.0, 1.0, count + 1)) - 1) / (np.exp(2) - 1)  # the last cell is 7 times the first
        wave = np.diff(np.sin(np.pi * edge / 3e-6)) / np.diff(np.pi * edge / 3e-6)
        found = diffused(wave, 0.8e-6, np.diff(edge))
        errors.append(np.abs(found - wave * np.exp(-((np.pi * 0.8 / 3.0) ** 2) / 2)).max())
    assert errors[1] < 3e-4 and np.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.1)


def test_axes_do_not_mix_and_one_cell_is_still():
    field = np.random.default_rng(1).uniform(size=(5, 6, 7))
    turned = diffused(field.transpose(2, 0, 1), 2e-7, [3e-7, 1e-7, 2e-7]).transpose(1, 2, 0)
    np.testing.assert_allclose(turned, diffused(field, 2e-7, [1e-7, 2e-7, 3e-7]), rtol=1e-13)
    np.testing.assert_array_equal(diffused(field, 0.0, 1e-7), field)
    assert diffused([[0.3]], 1e-7, 1e-7).tolist() == [[0.3]]


def test_a_bake_far_below_a_cell_changes_little_and_a_long_one_levels():
    _, _, step, _ = step_edge(5)
    near = diffused(step, 1e-9, 1e-6)
    assert np.abs(near - step).max() == pytest.approx(0.5e-6, rel=1e-3)  # sigma^2 / (2 cell^2), the flux through the edge's one face
    np.testing.assert_allclose(diffused(step[50:70], 100e-6, 1e-6), step[50:70].mean(), rtol=1e-12)


def test_amplification_and_temperature():
    np.testing.assert_allclose(deprotected([0.0, 0.25, 1.0], 3.0, 0.5), np.exp([0.0, -1.5, -3.0]), rtol=1e-15)
    assert arrhenius(2.0, 9e4, 373.15, 373.15) == 2.0
    there = arrhenius(2.0, 9e4, 393.15, 373.15)
    assert arrhenius(there, 9e4, 373.15, 393.15) == pytest.approx(2.0, rel=1e-14)  # and back
    # the i-line demonstration set: 32.5 kcal/mol and ln(Ar / (nm^2/s)) = 46 give 27 nm^2/s at 110 C, hence 57 nm in 60 s (two digits)
    diffusivity = arrhenius(np.exp(46.0) * 1e-18, 32.5 * 4184.0, 383.15, 1e9)
    assert diffusivity * 1e18 == pytest.approx(27.0, rel=0.05) and diffusion_length(diffusivity, 60.0) == pytest.approx(57e-9, rel=0.02)


def test_what_each_chemistry_shows_the_developer():
    left = np.array([1.0, 0.6, 0.1, 0.0])
    np.testing.assert_array_equal(resist().developable(left, 1e-6), left)
    positive = resist(chemistry="amplified", amplification=4.0, amplification_order=2.0).developable(left, 1e-6)
    np.testing.assert_allclose(positive, np.exp(-4.0 * (1 - left) ** 2), rtol=1e-14)
    negative = resist("negative", "amplified", amplification=4.0, amplification_order=2.0).developable(left, 1e-6)
    np.testing.assert_allclose(negative, 1 - positive, rtol=1e-14)
    np.testing.assert_allclose(resist("negative", "crosslinking").developable(left, 1e-6), 1 - left, atol=1e-15)


def test_oxygen_takes_the_first_of_the_light():
    # m after a dose E is exp(-C E); the film crosslinks as if the dose were E - E_inh
    film, dose = resist("negative", "crosslinking", inhibition_dose=300.0), np.array([0.0, 200.0, 300.0, 400.0, 2000.0])
    expected = 1 - np.exp(-1e-3 * np.maximum(dose - 300.0, 0.0))
    np.testing.assert_allclose(film.developable(np.exp(-1e-3 * dose), 1e-6), expected, atol=1e-15)


def test_the_bake_diffuses_acid_before_it_acts():
    cell, _, step, exact = step_edge(20)
    found = resist(chemistry="amplified", amplification=2.0, diffusion_length=LENGTH).developable(1 - step, cell)
    np.testing.assert_allclose(found, np.exp(-2.0 * exact), atol=4e-4)  # the diffusion's own error, times at most 2


@pytest.mark.parametrize("inhibition", [0.0, 400.0])
def test_hardened_depth_follows_the_working_curve_of_jacobs(inhibition):
    # x = x_gel where C (E_0 exp(-B z) - E_inh) = -ln(1 - x_gel): C_d = D_p ln(E_0 / E_c), D_p = 1 / B
    film, gel, cell = resist("negative", "crosslinking", inhibition_dose=inhibition), 0.3, 0.25e-6
    critical = inhibition - np.log(1 - gel) / 1e-3
    for dose in (1000.0, 4000.0, 9000.0):
        done = exposed(np.ones((1, 800, 1)), cell, dose, np.zeros(800, int), [[0.0]], [[0.02e6]], [[1e-3]], weights=[1.0])
        x = film.developable(done.inhibitor, cell)[:, 0]
        depth = np.interp(-gel, -x, (np.arange(800) + 0.5) * cell)
        assert depth == pytest.approx(
            working_curve(dose, 1 / 0.02e6, critical), abs=5e-9
        )  # linear between cells: alpha cell^2 / 8 = 0.2 nm
    assert working_curve(0.5 * critical, 50e-6, critical) == 0.0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: diffused([0.0, np.nan], 1e-7, 1e-7), "finite"),
        (lambda: diffused([0.0, 1.0], -1e-7, 1e-7), "negative"),
        (lambda: diffused([0.0, 1.0], 1e-3, 1e-7), "too many cells"),
        (lambda: diffused(np.zeros((2, 3)), 1e-7, [1e-7, 1e-7, 1e-7]), "one entry for each"),
        (lambda: diffused(np.zeros((2, 3)), 1e-7, [1e-7, [1e-7, 1e-7]]), "an axis of 3 cells"),
        (lambda: diffused(np.zeros((2, 3)), 1e-7, 1e-7, inside=np.ones((3, 2))), "shape"),
        (lambda: diffused(np.zeros(3), 1e-7, 1e-7, axis_of_symmetry=True), "radius"),
        (lambda: diffusion_length(-1.0, 90.0), "negative"),
        (lambda: arrhenius(1.0, 1e5, 0.0, 300.0), "positive"),
        (lambda: arrhenius(1.0, -1e9, 1.0, 300.0), "finite"),
        (lambda: deprotected(-0.1, 1.0), "negative"),
        (lambda: working_curve(100.0, 0.0, 10.0), "positive"),
        (lambda: resist("grey"), "neither positive nor negative"),
        (lambda: resist(chemistry="magic"), "is none of"),
        (lambda: resist("negative", "inhibitor"), "is positive, not negative"),
        (lambda: resist("positive", "crosslinking"), "is negative, not positive"),
        (lambda: resist(chemistry="amplified"), "exclude each other"),
        (lambda: resist(amplification=1.0), "exclude each other"),
        (lambda: resist(inhibition_dose=1.0), "oxygen"),
        (lambda: resist(surface_ratio=0.5), "skin"),
        (lambda: ResistParameters("positive", "inhibitor", (1.6,), (0.0, 0.0), (0.0,), (1e-3,), RATE), "each line"),
        (lambda: ResistParameters("positive", "inhibitor", (1.6,), (0.0,), (0.0,), (0.0,), RATE), "does not see"),
        (lambda: ResistParameters("positive", "inhibitor", (1.6,), (-1.0,), (0.0,), (1e-3,), RATE), "negative"),
        (lambda: resist().developable([1.2], 1e-6), "exceed 1"),
    ],
)
def test_what_cannot_be_baked_is_said_in_words(make, words):
    with pytest.raises(ResistError, match=words):
        make()
