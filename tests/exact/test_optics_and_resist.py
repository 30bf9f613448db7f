"""The blurred image and the threshold developer against their integrals and laws."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import i0e
from scipy.stats import norm

from waferbump.physics.optics import blur_width, blurred_disc, projection_blur_width
from waferbump.physics.resist import cleared_intervals, spin_thickness


@pytest.mark.parametrize("offset", [-3, -1, 0, 1, 3])
@pytest.mark.parametrize(("radius", "width"), [(40e-6, 1.6e-6), (40e-6, 5e-6), (125e-6, 0.5e-6)])
def test_blurred_disc_is_the_convolution(radius, width, offset):
    r = radius + offset * width

    def ring(rho):
        return rho / width**2 * np.exp(-((r - rho) ** 2) / (2 * width**2)) * i0e(r * rho / width**2)

    exact = quad(ring, max(0.0, r - 12 * width), radius, epsabs=1e-13, limit=300)[0]
    assert float(blurred_disc(radius, r, width)) == pytest.approx(exact, abs=1e-12)


def test_blurred_disc_keeps_the_light():
    # a blur moves light but makes none: the integral over the plane is the disc's area
    total = quad(lambda r: 2 * np.pi * r * float(blurred_disc(20e-6, r, 4e-6)), 0, 60e-6, epsabs=1e-16, limit=200)[0]
    assert total == pytest.approx(np.pi * 20e-6**2, rel=1e-9)


def test_sharp_and_wide_limits():
    assert blurred_disc(1e-5, np.array([0.0, 0.9e-5, 1.1e-5]), 0.0).tolist() == [1.0, 1.0, 0.0]
    # a disc much smaller than the blur: I(0) = a^2 / (2 s^2)
    assert float(blurred_disc(1e-8, 0.0, 1e-5)) == pytest.approx(0.5e-6, rel=1e-6)


@pytest.mark.parametrize(
    ("sensitivity", "overdose", "step"), [(4, 2.0, 5.8), (2, 1.1, 7.3), (2, 1.5, 4.3), (8, 1.05, 14.2), (1.5, 2.0, 2.2)]
)
def test_stair_step_of_a_straight_edge(sensitivity, overdose, step):
    # step = s [Phi^-1(1/k) - Phi^-1(1/(k S))] of a Gaussian edge of 5 um (tabulated to 0.1 um); a very large disc is a straight edge
    radius, width = 5e-3, 5e-6

    def dose(r):
        return overdose * blurred_disc(radius, r, width)

    low = cleared_intervals(dose, 1.0, "positive", 6e-3, samples=40001)[0][1]
    high = cleared_intervals(dose, 1.0 / sensitivity, "positive", 6e-3, samples=40001)[0][1]
    law = width * (norm.ppf(1 / overdose) - norm.ppf(1 / (overdose * sensitivity)))
    assert high - low == pytest.approx(law, rel=2e-3)  # the disc's curvature shifts both edges by s^2 / 2a = 2.5 nm
    assert (high - low) * 1e6 == pytest.approx(step, abs=0.06)  # the table is rounded to 0.1


@pytest.mark.parametrize(
    ("sensitivity", "overdose", "low", "high"), [(2, 2.0, 39.7, 43.1), (4, 2.0, 39.7, 45.5), (2, 1.1, 33.0, 40.3), (4, 1.1, 33.0, 43.4)]
)
def test_stair_radii_of_a_round_hole(sensitivity, overdose, low, high):
    # tabulated to 0.1 um for a = 40 um, s = 5 um
    def dose(r):
        return overdose * blurred_disc(40e-6, r, 5e-6)

    found = [cleared_intervals(dose, 1 / s, "positive", 75e-6)[0][1] * 1e6 for s in (1, sensitivity)]
    assert found == pytest.approx([low, high], abs=0.06)


def test_equal_sensitivity_gives_equal_openings_to_the_bit():
    def dose(r):
        return 1.7 * blurred_disc(40e-6, r, 3e-6)

    assert cleared_intervals(dose, 1.0, "positive", 75e-6) == cleared_intervals(dose, 1.0, "positive", 75e-6)


def test_tone_turns_the_intervals_round():
    def dose(r):
        return 1.7 * blurred_disc(40e-6, r, 3e-6)

    ((a, b),) = cleared_intervals(dose, 1.0, "positive", 75e-6)
    ((c, d),) = cleared_intervals(dose, 1.0, "negative", 75e-6)
    assert (a, d) == (0.0, 75e-6) and b == c


def test_a_dose_below_the_threshold_opens_nothing():
    assert cleared_intervals(lambda r: 0.9 * blurred_disc(40e-6, r, 1e-6), 1.0, "positive", 75e-6) == ()


def test_blur_grows_with_gap_and_divergence():
    widths = [blur_width(365e-9, gap, 20e-6, 0.035) for gap in (0, 20e-6, 100e-6)]
    assert widths == sorted(widths)
    # coherent part alone: 0.399 sqrt(0.365 um * 50 um / 2) = 1.205 um
    assert blur_width(365e-9, 30e-6, 20e-6, 0.0) == pytest.approx(1.205e-6, abs=1e-9)
    assert projection_blur_width(365e-9, 0.16, 0.0) < projection_blur_width(365e-9, 0.16, 20e-6)


def test_spin_curve():
    assert float(spin_thickness(400.0, 1e-5, 100.0, 0.5)) == pytest.approx(5e-6, rel=1e-14)
    with pytest.raises(ValueError, match="positive"):
        spin_thickness(0.0, 1e-5, 100.0, 0.5)
