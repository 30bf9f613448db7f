"""A layer's sensitivity: its closed form without absorption, its scaling, its order; and what is said where no dose does it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from waferbump.physics.resist import MackRate, ResistError, ResistParameters, bleach, clearing_dose

RATE = MackRate(0.25e-6, 0.3e-9, 0.4, 4.0)
WEIGHTS = [0.40, 0.25, 0.35]
CLEAR = ResistParameters("positive", "inhibitor", (1.63,) * 3, (0.0,) * 3, (0.0,) * 3, (0.6e-3, 0.4e-3, 0.1e-3), RATE)
SEEN = 0.6e-3 * 0.40 + 0.4e-3 * 0.25 + 0.1e-3 * 0.35
DARK = replace(CLEAR, a=(0.015e6,) * 3, b=(0.010e6,) * 3)
FILM = replace(CLEAR, tone="negative", chemistry="crosslinking")


@pytest.mark.parametrize("dose", [1000.0, 2500.0, 6000.0])
def test_without_absorption_the_time_is_the_thickness_over_the_rate(dose):
    time = 30e-6 / float(RATE(np.exp(-SEEN * dose)))
    assert clearing_dose(CLEAR, 30e-6, time, weights=WEIGHTS) == pytest.approx(dose, rel=1e-9)
    # a mirror below sends as much light through again
    assert clearing_dose(CLEAR, 30e-6, time, weights=WEIGHTS, reflectance=0.6) == pytest.approx(dose / 1.6, rel=1e-9)


@pytest.mark.parametrize("dose", [1000.0, 2500.0])
def test_without_absorption_half_a_negative_layer_stays(dose):
    # the front has come down half the thickness when the development ends
    time = 15e-6 / float(RATE(1 - np.exp(-SEEN * dose)))
    assert clearing_dose(FILM, 30e-6, time, weights=WEIGHTS) == pytest.approx(dose, rel=1e-9)


@pytest.mark.parametrize(("a", "b"), [(0.0, 0.03e6), (0.1e6, 0.0), (0.1e6, 0.02e6)])
def test_with_absorption_the_front_arrives_in_time(a, b):
    # one line: the time through the exact inhibitor of Babu and Barouch at the dose found is the development time
    one = ResistParameters("positive", "inhibitor", (1.63,), (a,), (b,), (1e-3,), RATE)
    dose = clearing_dose(one, 20e-6, 200.0, weights=[1.0])
    time = quad(lambda z: 1 / float(RATE(bleach(z, dose, a, b, 1e-3)[0])), 0.0, 20e-6, epsrel=1e-10)[0]
    assert time == pytest.approx(200.0, rel=2e-3)  # the dose steps of `exposed`: 5e-4 of the inhibitor, n = 4 in the rate


@pytest.mark.parametrize("parameters", [DARK, replace(DARK, tone="negative", chemistry="crosslinking")], ids=["positive", "negative"])
def test_the_dose_scales_as_one_over_c(parameters):
    once = clearing_dose(parameters, 30e-6, 400.0, weights=WEIGHTS)
    fast = replace(parameters, c=tuple(4 * x for x in parameters.c))
    assert clearing_dose(fast, 30e-6, 400.0, weights=WEIGHTS) == pytest.approx(once / 4, rel=1e-9)


def test_a_thicker_layer_or_a_shorter_development_needs_more():
    thicker = [clearing_dose(DARK, h * 1e-6, 400.0, weights=WEIGHTS) for h in (5, 10, 20, 40, 60, 80)]
    assert thicker == sorted(thicker) and thicker[-1] > 2 * thicker[0]
    longer = [clearing_dose(DARK, 30e-6, t, weights=WEIGHTS) for t in (150.0, 200.0, 400.0, 800.0, 3000.0)]
    assert longer == sorted(longer, reverse=True) and longer[-1] < 0.6 * longer[0]


def test_a_negative_layer_needs_more_in_a_longer_development():
    film = replace(FILM, b=(0.01e6,) * 3)
    longer = [clearing_dose(film, 30e-6, t, weights=WEIGHTS) for t in (100.0, 400.0, 2000.0, 10000.0)]
    assert longer == sorted(longer) and longer[-1] > 2 * longer[0]


def test_a_mirror_helps_and_a_skin_costs():
    plain = clearing_dose(DARK, 30e-6, 400.0, weights=WEIGHTS)
    assert clearing_dose(DARK, 30e-6, 400.0, weights=WEIGHTS, reflectance=0.5) < plain
    assert clearing_dose(replace(DARK, surface_ratio=0.1, surface_depth=3e-6), 30e-6, 400.0, weights=WEIGHTS) > plain


def test_amplified_resist_of_both_tones():
    # h = 1 - exp(-C D), M = exp(-k h^q): the content asked of the developer gives the dose in closed form
    for tone, content in (("positive", 0.3), ("negative", 0.7)):
        baked = replace(CLEAR, tone=tone, chemistry="amplified", amplification=5.0, amplification_order=1.5)
        acid = (-np.log(0.3) / 5.0) ** (1 / 1.5)
        time = (30e-6 if tone == "positive" else 15e-6) / float(RATE(content))
        assert clearing_dose(baked, 30e-6, time, weights=WEIGHTS) == pytest.approx(-np.log(1 - acid) / SEEN, rel=1e-9)


def test_oxygen_adds_its_dose():
    one = ResistParameters("negative", "crosslinking", (1.5,), (0.0,), (0.0,), (1e-3,), RATE)
    free = clearing_dose(one, 30e-6, 400.0, weights=[1.0])
    assert clearing_dose(replace(one, inhibition_dose=250.0), 30e-6, 400.0, weights=[1.0]) == pytest.approx(free + 250.0, rel=1e-9)


@pytest.mark.parametrize(
    ("parameters", "thickness", "time", "words"),
    [
        (CLEAR, 30e-6, 100.0, "no dose clears the layer"),  # 30 um at 0.25 um/s takes 120 s
        (CLEAR, 1e-6, 4000.0, "needs no light"),  # 0.3 nm/s dissolves 1.2 um
        (FILM, 1e-6, 4000.0, "no dose keeps half the layer"),
        (FILM, 30e-6, 50.0, "stays without light"),
        (replace(CLEAR, b=(2e6,) * 3), 30e-6, 400.0, "ground stays dark"),
        (replace(CLEAR, a=(0.1e6,) * 3, b=(2e6,) * 3), 30e-6, 400.0, "ground stays dark"),
        (replace(CLEAR, b=(1e8,) * 3), 30e-6, 400.0, "absorbs that much"),
        (CLEAR, 0.0, 400.0, "thickness must be positive"),
        (CLEAR, 30e-6, np.nan, "finite"),
    ],
)
def test_what_no_dose_does_is_said_in_words(parameters, thickness, time, words):
    with pytest.raises(ResistError, match=words):
        clearing_dose(parameters, thickness, time, weights=WEIGHTS)


def test_weights_fit_the_lines():
    with pytest.raises(ResistError, match="3 lines"):
        clearing_dose(CLEAR, 30e-6, 400.0, weights=[1.0])
    with pytest.raises(ResistError, match="add up to 1"):
        clearing_dose(CLEAR, 30e-6, 400.0, weights=[0.4, 0.4, 0.4])
    with pytest.raises(ResistError, match="does not see"):
        clearing_dose(replace(CLEAR, c=(0.0, 0.0, 1e-3)), 30e-6, 400.0, weights=[0.5, 0.5, 0.0])
