"""Weibull lives and series systems against closed forms and drawn samples; acceleration against its definition."""

from __future__ import annotations

from math import exp, gamma, log

import numpy as np
import pytest

from waferbump.physics.fatigue import FatigueError, Life
from waferbump.physics.fatigue_statistics import NorrisLandzberg, SeriesSystem, Weibull, scatter_band

ROUNDING = 1e-12
JOINT = Weibull(4719.0, 6.0)


def test_the_scale_is_where_63_percent_have_failed():
    assert JOINT.failed_share(4719.0) == pytest.approx(1 - exp(-1), rel=ROUNDING)
    assert JOINT.cycles(1 - exp(-1)) == pytest.approx(4719.0, rel=ROUNDING)


@pytest.mark.parametrize("share", [1e-9, 0.001, 0.01, 0.5, 0.999])
def test_share_and_cycles_are_inverses(share):
    assert JOINT.failed_share(JOINT.cycles(share)) == pytest.approx(share, rel=1e-10)


def test_it_is_made_from_mean_median_or_any_share():
    assert Weibull.from_mean(JOINT.mean, 6.0).scale == pytest.approx(4719.0, rel=ROUNDING)
    assert Weibull.from_share(JOINT.median, 0.5, 6.0).scale == pytest.approx(4719.0, rel=ROUNDING)
    assert Weibull.from_share(float(JOINT.cycles(0.01)), 0.01, 6.0).scale == pytest.approx(4719.0, rel=ROUNDING)
    assert JOINT.mean == pytest.approx(4719.0 * gamma(7 / 6)) and JOINT.median == pytest.approx(4719.0 * log(2) ** (1 / 6))


@pytest.mark.parametrize(("statistic", "made"), [("mean", "mean"), ("median", "median"), ("characteristic", "scale")])
def test_a_life_knows_which_of_the_three_it_is(statistic, made):
    life = Life(np.array(1000.0), statistic, 2.0, "a-key")
    assert getattr(Weibull.from_life(life, 5.0), made) == pytest.approx(1000.0, rel=ROUNDING)


def test_mean_and_shares_agree_with_a_drawn_sample():
    lives = 4719.0 * np.random.default_rng(20).weibull(6.0, 200_000)
    assert JOINT.mean == pytest.approx(lives.mean(), rel=2e-3)  # standard error of the mean: 0.2 / sqrt(2e5) = 0.04 %, five of it
    assert JOINT.cycles(0.1) == pytest.approx(np.quantile(lives, 0.1), rel=5e-3)  # standard error of the quantile: 0.1 %


def test_the_weakest_of_many_is_the_series_of_as_many():
    weakest = JOINT.weakest_of(250)
    assert weakest.scale == pytest.approx(4719.0 * 250 ** (-1 / 6), rel=ROUNDING)
    shares = np.array([0.001, 0.1, 0.632, 0.99])
    series = SeriesSystem((JOINT,), (250.0,))
    # bisection of the logarithm of cycles to a rounding error
    assert series.cycles(shares) == pytest.approx(weakest.cycles(shares), rel=1e-12)
    assert SeriesSystem((JOINT,) * 5).cycles(0.5) == pytest.approx(JOINT.weakest_of(5).cycles(0.5), rel=1e-12)
    drawn = 4719.0 * np.random.default_rng(21).weibull(6.0, (20_000, 25)).min(axis=1)
    assert JOINT.weakest_of(25).mean == pytest.approx(drawn.mean(), rel=6e-3)  # standard error 0.2 / sqrt(2e4) = 0.14 %, four of it


def test_a_series_multiplies_what_survives():
    parts = (Weibull(1000.0, 2.0), Weibull(3000.0, 8.0), Weibull(1500.0, 0.7))
    series = SeriesSystem(parts, (3.0, 10.0, 1.0))
    cycles = np.geomspace(1.0, 5000.0, 30)
    survive = (1 - parts[0].failed_share(cycles)) ** 3 * (1 - parts[1].failed_share(cycles)) ** 10 * (1 - parts[2].failed_share(cycles))
    assert 1 - series.failed_share(cycles) == pytest.approx(survive, rel=1e-9, abs=1e-15)  # 1 - F rounds at 1e-16
    shares = np.array([0.0, 1e-4, 0.01, 0.5, 0.999999])
    assert series.failed_share(series.cycles(shares)) == pytest.approx(shares, rel=1e-9)
    assert series.cycles(0.0) == 0.0
    assert series.causes(cycles).sum(axis=0) == pytest.approx(np.ones(30), rel=ROUNDING)
    assert series.causes(1.0)[2] > 0.9  # the one with the smallest shape kills early


def test_two_modes_of_one_shape_add_their_scales_to_the_power():
    series = SeriesSystem((Weibull(1000.0, 4.0), Weibull(2000.0, 4.0)))
    both = (1000.0**-4 + 2000.0**-4) ** (-1 / 4)
    assert series.cycles(1 - exp(-1)) == pytest.approx(both, rel=1e-12)


def test_norris_landzberg_is_one_for_the_same_cycle_and_scales_as_written():
    model = NorrisLandzberg("tin-lead", 1.9, 1 / 3, 1414.0, "a-key")
    assert model.acceleration(100.0, 100.0, 1e-4, 1e-4, 373.0, 373.0) == 1.0
    assert model.acceleration(200.0, 100.0, 1e-4, 1e-4, 373.0, 373.0) == pytest.approx(2.0**1.9, rel=ROUNDING)
    assert model.acceleration(100.0, 100.0, 8e-4, 1e-4, 373.0, 373.0) == pytest.approx(0.5, rel=ROUNDING)
    assert model.acceleration(100.0, 100.0, 1e-4, 1e-4, 398.15, 358.15) == pytest.approx(
        exp(1414 * (1 / 358.15 - 1 / 398.15)), rel=ROUNDING
    )


def test_the_band_holds_every_model_within_its_factor():
    lives = [Life(np.array([900.0, 1000.0]), "mean", 2.0, "one"), Life(np.array(3000.0), "mean", 1.5, "other")]
    assert scatter_band(lives) == (450.0, 4500.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Weibull(0.0, 2.0), "a scale and shape above zero"),
        (lambda: Weibull.from_mean(100.0, -1.0), "a Weibull shape is above zero"),
        (lambda: Weibull.from_life(Life(np.array(np.inf), "mean", 2.0, "k"), 5.0), "one finite life"),
        (lambda: Weibull.from_life(Life(np.array([1.0, 2.0]), "mean", 2.0, "k"), 5.0), "one finite life"),
        (lambda: JOINT.cycles(1.0), "at least 0 and below 1"),
        (lambda: JOINT.failed_share(-1.0), "not negative"),
        (lambda: JOINT.weakest_of(0.5), "one joint or more"),
        (lambda: SeriesSystem(()), "a series of nothing"),
        (lambda: SeriesSystem((JOINT,), (1.0, 2.0)), "one count of at least one for each"),
        (lambda: SeriesSystem((JOINT,)).causes(0.0), "something has failed"),
        (lambda: NorrisLandzberg("x", 1.9, 0.3, 1414.0, "k").acceleration(0.0, 1.0, 1.0, 1.0, 1.0, 1.0), "above zero"),
        (lambda: scatter_band([]), "a band of no lives"),
    ],
)
def test_what_is_impossible_is_refused_in_a_sentence(call, words):
    with pytest.raises(FatigueError, match=words):
        call()
