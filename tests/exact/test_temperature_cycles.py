"""Temperature cycles: their times add up, their corners are where the name says, and a wrong name is answered with near ones."""

import numpy as np
import pytest

from waferbump.physics.temperature_cycles import Cycle, TemperatureCycleError, cycle, names

ZERO = 273.15


def test_the_usual_board_cycle_is_one_an_hour():
    one = cycle("JESD22-A104 condition G soak mode 4")
    assert (one.low - ZERO, one.high - ZERO) == pytest.approx((-40, 125), abs=1e-9)
    assert one.period == pytest.approx(3600.0)
    assert "remembered" in one.source and "our choice" in one.source


@pytest.mark.parametrize("name", names())
def test_every_name_gives_a_cycle_that_says_where_it_is_from(name):
    one = cycle(name)
    assert one.name == name and "not opened" in one.source
    assert one.range / one.ramp_up * 60 == pytest.approx(11.0)  # K/min, below what both standards allow
    assert one.period == pytest.approx(2 * one.range / 11 * 60 + one.dwell_high + one.dwell_low)


def test_soak_modes_and_board_conditions():
    assert [cycle(f"JESD22-A104 condition J soak mode {k}").dwell_high / 60 for k in (1, 2, 3, 4)] == [1, 5, 10, 15]
    lows = [round(cycle(f"IPC-9701 TC{k}").low - ZERO) for k in (1, 2, 3, 4, 5)]
    highs = [round(cycle(f"IPC-9701 TC{k}").high - ZERO) for k in (1, 2, 3, 4, 5)]
    assert lows == [0, -25, -40, -55, -55] and highs == [100, 100, 125, 125, 100]


def test_writers_may_vary_a_name():
    assert cycle("ipc-9701a tc3") == cycle("IPC-9701 TC3")
    assert cycle("JESD22-A104F, condition G, soak mode 4").name == "JESD22-A104 condition G soak mode 4"


def test_a_wrong_name_is_answered_with_near_ones():
    with pytest.raises(TemperatureCycleError, match=r"near it are .*IPC-9701 TC3"):
        cycle("IPC-9701 TC9")
    with pytest.raises(TemperatureCycleError, match=r"near it are .*condition G soak mode"):
        cycle("JESD22-A104 condition G")
    with pytest.raises(TemperatureCycleError, match="there are JESD22"):
        cycle("something else")


@pytest.mark.parametrize(("first", "start"), [("heat", 298.15), ("cool", 298.15), ("cool", 490.15), ("heat", 490.15)])
def test_a_profile_ends_where_whole_cycles_end(first, start):
    one = cycle("JESD22-A104 condition G soak mode 4")
    time, temperature = one.profile(3, start, first)
    extreme = one.high if first == "heat" else one.low
    approach = abs(extreme - start) / (11 / 60)
    assert time[0] == 0 and temperature[0] == start and temperature[-1] == extreme
    assert time[-1] == pytest.approx(approach + 3 * one.period)
    assert np.all(np.diff(time) > 0)
    assert np.abs(np.diff(temperature) / np.diff(time)).max() * 60 == pytest.approx(11.0)
    # every cycle like the one before
    inside = np.linspace(time[1], time[1] + one.period, 50)
    first_cycle, second = (np.interp(inside + k * one.period, time, temperature) for k in (0, 1))
    assert first_cycle == pytest.approx(second, abs=1e-9)


def test_a_cycle_without_dwells_and_at_the_start():
    one = Cycle(250.0, 350.0, 100.0, 200.0, 0.0, 0.0, "made up")
    time, temperature = one.profile(2, 350.0)  # begins at the high, without a dwell: no corner twice
    assert time.tolist() == [0, 200, 300, 500, 600] and temperature.tolist() == [350, 250, 350, 250, 350]
    assert one.with_ramp_rate(2.0).period == 100.0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Cycle(300.0, 200.0, 1, 1, 1, 1, ""), "low must lie"),
        (lambda: Cycle(200.0, 300.0, 0, 1, 1, 1, ""), "ramp takes time"),
        (lambda: Cycle(200.0, 300.0, 1, 1, -1, 1, ""), "dwell must not be negative"),
        (lambda: Cycle(200.0, float("nan"), 1, 1, 1, 1, ""), "finite"),
        (lambda: cycle("IPC-9701 TC1").profile(0, 298.15), "whole number from 1"),
        (lambda: cycle("IPC-9701 TC1").profile(1.5, 298.15), "whole number from 1"),
        (lambda: cycle("IPC-9701 TC1").profile(1, 298.15, "warm"), '"cool" or to "heat"'),
        (lambda: cycle("IPC-9701 TC1").profile(1, -1.0), "above 0 K"),
        (lambda: cycle("IPC-9701 TC1").with_ramp_rate(0.0), "positive"),
    ],
)
def test_what_cannot_be_is_said(make, words):
    with pytest.raises(TemperatureCycleError, match=words):
        make()
