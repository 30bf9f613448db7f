"""Dissolution rates: tabulated values, limits, turning points, order; and what a skin does."""

import numpy as np
import pytest

from waferbump.physics.resist import (
    EnhancedMackRate,
    MackRate,
    NotchRate,
    ResistError,
    enhanced_mack_rate,
    mack_rate,
    notch_rate,
    surface_inhibited,
)

CONTENT = np.linspace(0.0, 1.0, 2001)
LAWS = {
    "mack": MackRate(0.25e-6, 0.3e-9, 0.4, 4.0),
    "enhanced": EnhancedMackRate(100e-9, 0.1e-9, 10e-9, 5.0, 10.0),
    "notch": NotchRate(105e-9, 0.025e-9, 1.5, 0.7, 13.5),
}


def test_mack_gives_the_tabulated_rates():
    # R_max 0.25 um/s, R_min 3e-4, m_th 0.4, n 4: a = 0.216
    found = mack_rate([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], 0.25, 3e-4, 0.4, 4.0)
    np.testing.assert_allclose(found, [0.2503, 0.199338, 0.1143, 0.032512, 0.002535, 0.0003], atol=5.1e-7)  # six decimals


@pytest.mark.parametrize("law", LAWS)
def test_rates_fall_with_the_inhibitor_between_their_limits(law):
    rate = LAWS[law](CONTENT)
    assert np.all(np.diff(rate) <= 0.0) and np.all(rate > 0.0)
    assert rate[-1] == pytest.approx(LAWS[law].r_min, rel=1e-14)
    full = LAWS[law].r_max + (0.0 if law == "enhanced" else LAWS[law].r_min)  # the kinetic and notch models add R_min throughout
    assert rate[0] == pytest.approx(full, rel=1e-14)


@pytest.mark.parametrize(("threshold", "order"), [(0.4, 4.0), (0.2, 2.0), (0.7, 13.5)])
def test_the_rate_of_mack_turns_at_its_threshold(threshold, order):
    # R is steepest in m at m_th: the second difference of the rate changes sign there
    step = 1e-4
    at = threshold + np.array([-2, -1, 0, 1, 2])[:, None] * 0.01 + np.array([-step, 0.0, step])
    rate = mack_rate(at, 1.0, 0.0, threshold, order)
    bend = (rate[:, 0] - 2 * rate[:, 1] + rate[:, 2]) / step**2
    assert bend[0] < 0 and bend[1] < 0 and bend[3] > 0 and bend[4] > 0
    assert abs(bend[2]) < 1e-3 * abs(bend[4])  # what the difference's own h^2 leaves


def test_enhanced_model_without_inhibition_or_enhancement():
    # a resin as slow as unexposed resist is only enhanced, one as fast as exposed resist only inhibited
    np.testing.assert_allclose(enhanced_mack_rate(CONTENT, 50.0, 1.0, 1.0, 3.0, 7.0), 1 + 49 * (1 - CONTENT) ** 3, rtol=1e-14)
    np.testing.assert_allclose(enhanced_mack_rate(CONTENT, 50.0, 1.0, 50.0, 3.0, 7.0), 50 / (1 + 49 * CONTENT**7), rtol=1e-14)


def test_notch_is_a_power_law_that_drops():
    # the notch alone has its turning point at its threshold; far below it the power law is left
    rate = notch_rate(CONTENT, 1.0, 0.0, 1.5, 0.7, 60.0)
    power = (1 - CONTENT) ** 1.5
    np.testing.assert_allclose(rate[CONTENT < 0.5], power[CONTENT < 0.5], rtol=1e-6)
    ratio = rate[:-1] / power[:-1]
    assert CONTENT[np.argmin(np.diff(ratio))] == pytest.approx(0.7, abs=1e-3)


def test_functions_and_values_agree():
    assert mack_rate(0.3, 0.25e-6, 0.3e-9, 0.4, 4.0) == LAWS["mack"](0.3)
    assert enhanced_mack_rate(0.3, 100e-9, 0.1e-9, 10e-9, 5.0, 10.0) == LAWS["enhanced"](0.3)
    assert notch_rate(0.3, 105e-9, 0.025e-9, 1.5, 0.7, 13.5) == LAWS["notch"](0.3)


def test_a_skin_fades_with_depth():
    found = surface_inhibited(2e-7, np.array([0.0, 1e-6, 1e-4]), 0.1, 1e-6)
    np.testing.assert_allclose(found, [2e-8, 2e-7 * (1 - 0.9 / np.e), 2e-7], rtol=1e-12)
    assert surface_inhibited(2e-7, 0.0, 1.0, 0.0) == 2e-7


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: mack_rate(0.5, 1e-7, 1e-9, 0.4, 1.0), "must exceed 1"),
        (lambda: mack_rate(0.5, 1e-7, 1e-9, 1.0, 4.0), "below 1"),
        (lambda: mack_rate(1.5, 1e-7, 1e-9, 0.4, 4.0), "must not exceed"),
        (lambda: mack_rate(np.nan, 1e-7, 1e-9, 0.4, 4.0), "finite"),
        (lambda: MackRate(1e-9, 1e-7, 0.4, 4.0), "must not be below the least"),
        (lambda: MackRate(-1e-9, 0.0, 0.4, 4.0), "positive"),
        (lambda: MackRate(1e-7, 1e-9, -1e9, 100.0), "beyond any resist"),
        (lambda: EnhancedMackRate(1e-7, 1e-9, 1e-10, 4.0, 4.0), "between"),
        (lambda: EnhancedMackRate(1e-7, 0.0, 1e-8, 4.0, 4.0), "positive"),
        (lambda: EnhancedMackRate(1e-7, 1e-9, 1e-8, 0.0, 4.0), "enhancement"),
        (lambda: NotchRate(1e-7, 1e-9, 1.5, 0.7, 0.9), "must exceed 1"),
        (lambda: surface_inhibited(1e-7, 0.0, 0.5, 0.0), "skin"),
        (lambda: surface_inhibited(1e-7, -1e-9, 0.5, 1e-6), "negative"),
        (lambda: surface_inhibited(1e-7, 0.0, 1.5, 1e-6), "exceed 1"),
    ],
)
def test_what_cannot_dissolve_is_said_in_words(make, words):
    with pytest.raises(ResistError, match=words):
        make()
