"""Intermetallic layers against closed forms, conservation of mass, and the laws that they are integrated from."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import exp1

from waferbump.physics.intermetallics import (
    GAS_CONSTANT,
    NOTHING,
    Consumption,
    IntermetallicError,
    Interval,
    Law,
    consumption,
    dissolved,
    grown,
    limited,
    rates,
)

MELTS = 490.0  # K


def certain(rate, temperature, energy, valid=(300.0, 700.0)):
    return Law(Interval(rate, rate, rate), temperature, energy, valid)


# two published laws of the whole layer on copper: Lee 2003 (9 um in 60 days at 150 degC, 65.4 kJ/mol), Chan 1998 (1.61e-4 m^2/s, 1.09 eV)
LEE = certain(9e-6**2 / (60 * 86400), 423.15, 65400.0)
CHAN = certain(1.61e-4 * math.exp(-1.09 * 96485.33212 / (GAS_CONSTANT * 423.15)), 423.15, 1.09 * 96485.33212)
SCALLOPS = Law(Interval(1.7e-20, 5.6e-20, 1.6e-18), 518.15, 24000.0, (456.0, 543.0))


def held(temperature, time):
    return [(0.0, temperature), (time, temperature)]


def ramp_integral(law, a, b, time):
    """Integral of the nominal rate over a ramp, closed: that of exp(-c / T) is T exp(-c / T) - c E1(c / T)."""
    c = law.activation_energy / GAS_CONSTANT

    def primitive(t):
        return t * math.exp(-c / t) - c * exp1(c / t)

    return law.rate.nominal * math.exp(c / law.reference_temperature) * time * (primitive(b) - primitive(a)) / (b - a)


def test_at_one_temperature_scallops_follow_the_cube_law_and_diffusion_the_square_law():
    k = rates([SCALLOPS], 520.0)
    h = grown(Interval(1e-7, 2e-7, 3e-7), held(520.0, 45.0), liquid=[SCALLOPS], melts_at=MELTS).thickness
    for after, before, rate in ((h.low, 1e-7, k.low), (h.nominal, 2e-7, k.nominal), (h.high, 3e-7, k.high)):
        assert after == pytest.approx((before**3 + rate * 45.0) ** (1 / 3), rel=1e-14)
    h = grown(Interval(1e-7, 2e-7, 3e-7), held(400.0, 1e6), solid=[LEE, CHAN], melts_at=MELTS).thickness
    k = rates([LEE, CHAN], 400.0)
    for after, before, rate in ((h.low, 1e-7, k.low), (h.nominal, 2e-7, k.nominal), (h.high, 3e-7, k.high)):
        assert after == pytest.approx(math.sqrt(before**2 + rate * 1e6), rel=1e-14)


@pytest.mark.parametrize("n", [2, 3, 10])
def test_equal_reflows_thicken_a_layer_by_the_cube_root_of_their_number(n):
    once = [(0.0, 298.0), (20.0, 518.0), (50.0, 518.0), (70.0, 298.0)]
    h = NOTHING
    for _ in range(n):
        h = grown(h, once, liquid=[SCALLOPS], melts_at=MELTS).thickness
    first = grown(NOTHING, once, liquid=[SCALLOPS], melts_at=MELTS).thickness
    for many, one in ((h.low, first.low), (h.nominal, first.nominal), (h.high, first.high)):
        assert many / one == pytest.approx(n ** (1 / 3), rel=1e-13)


@pytest.mark.parametrize(("a", "b"), [(495.0, 640.0), (640.0, 495.0), (500.0, 500.5)])
def test_a_ramp_in_the_melt_is_integrated(a, b):
    h = grown(NOTHING, [(0.0, a), (37.0, b)], liquid=[SCALLOPS], melts_at=MELTS).thickness.nominal
    assert h**3 == pytest.approx(ramp_integral(SCALLOPS, a, b, 37.0), rel=1e-9)  # the closed form loses digits between near ends


@pytest.mark.parametrize("law", [LEE, CHAN])
def test_a_ramp_in_the_solid_is_integrated(law):
    h = grown(NOTHING, [(0.0, 298.15), (1e5, 473.15)], solid=[law], melts_at=MELTS).thickness.nominal
    assert h**2 == pytest.approx(ramp_integral(law, 298.15, 473.15, 1e5), rel=1e-10)


def test_a_reflow_passes_from_one_law_to_the_other_where_the_solder_melts():
    melts, peak = 490.15, 518.15
    course = [(0.0, 298.15), (100.0, peak), (130.0, peak), (200.0, 298.15)]
    up, down = (melts - 298.15) / (peak - 298.15) * 100.0, (peak - melts) / (peak - 298.15) * 70.0
    h2 = ramp_integral(LEE, 298.15, melts, up)
    h3 = h2**1.5 + ramp_integral(SCALLOPS, melts, peak, 100.0 - up) + 30.0 * rates([SCALLOPS], peak).nominal
    h3 += ramp_integral(SCALLOPS, peak, melts, down)
    h2 = h3 ** (2 / 3) + ramp_integral(LEE, melts, 298.15, 70.0 - down)
    h = grown(NOTHING, course, liquid=[SCALLOPS], solid=[LEE], melts_at=melts).thickness.nominal
    assert h == pytest.approx(math.sqrt(h2), rel=1e-9)


def test_cutting_a_course_in_pieces_changes_nothing():
    laws = {"liquid": [SCALLOPS], "solid": [LEE, CHAN], "melts_at": MELTS}
    once = grown(NOTHING, [(0.0, 300.0), (60.0, 520.0), (200.0, 350.0)], **laws).thickness
    h = NOTHING
    for piece in ([(0.0, 300.0), (30.0, 410.0)], [(30.0, 410.0), (60.0, 520.0), (130.0, 435.0)], [(130.0, 435.0), (200.0, 350.0)]):
        h = grown(h, piece, **laws).thickness
    # the two laws cross inside a piece of the integration, where its Gauss points see a kink: a part in ten thousand of a film of nothing
    assert (h.low, h.nominal, h.high) == pytest.approx((once.low, once.nominal, once.high), rel=1e-5)


def test_two_published_laws_agree_at_150_degrees_and_part_at_70():
    sixty_days = 60 * 86400.0
    hot, warm = (grown(NOTHING, held(t + 273.15, sixty_days), solid=[LEE, CHAN]).thickness for t in (150.0, 70.0))
    assert hot.low == pytest.approx(9e-6, rel=1e-12)  # Lee's law is anchored there
    assert hot.high / hot.low == pytest.approx(1.036, abs=0.005)  # 9.32 um by Chan's
    assert warm.high / warm.low == pytest.approx(3.6, abs=0.1)
    assert (warm.low, warm.high) == pytest.approx((0.29e-6, 1.03e-6), abs=0.01e-6)
    assert warm.nominal == pytest.approx(math.sqrt(warm.low * warm.high), rel=1e-12)  # the mean of equals, as a ratio


def test_growth_outside_what_was_measured_is_told():
    law = certain(LEE.rate.nominal, 423.15, 65400.0, (343.15, 473.15))
    inside, outside = (grown(NOTHING, held(t, 1e6), solid=[law]) for t in (423.15, 300.0))
    mostly = grown(NOTHING, [(0.0, 300.0), (2000.0, 423.15), (1e6, 423.15)], solid=[law])
    assert inside.extrapolated == 0.0 and outside.extrapolated == 1.0
    assert 0.0 < mostly.extrapolated < 1e-4
    assert grown(Interval(1e-6, 1e-6, 1e-6), held(300.0, 1e3), solid=[law]).extrapolated < 1e-4  # next to nothing of what is there


MASSES = {"Cu": 0.063546, "Ni": 0.0586934, "Sn": 0.11871}
DENSITIES = {"Cu": 8960.0, "Ni": 8900.0, "Sn": 7287.0}


@pytest.mark.parametrize(
    ("element", "atoms", "density", "metal", "tin"),
    [("Cu", (6, 5), 8280.0, 0.361, 0.692), ("Cu", (3, 1), 8900.0, 0.612, 0.468), ("Ni", (3, 4), 8650.0, 0.263, 0.866)],
)
def test_a_layer_weighs_what_it_consumed(element, atoms, density, metal, tin):
    made = consumption(*atoms, MASSES[element], MASSES["Sn"], density, DENSITIES[element], DENSITIES["Sn"])
    assert (made.metal, made.tin) == pytest.approx((metal, tin), abs=1e-3)  # by hand, three digits
    assert made.metal * DENSITIES[element] + made.tin * DENSITIES["Sn"] == pytest.approx(density, rel=1e-14)
    ratio = made.metal * DENSITIES[element] / MASSES[element] / (made.tin * DENSITIES["Sn"] / MASSES["Sn"])
    assert ratio == pytest.approx(atoms[0] / atoms[1], rel=1e-14)


def test_a_thin_cap_is_consumed_and_no_more():
    made = Consumption(0.361, 0.692)
    assert limited(3e-6, made, 4e-5, 5e-6).thickness == 3e-6 and limited(3e-6, made, 4e-5, 5e-6).ended_by == ""
    cap = limited(2e-5, made, 4e-5, 5e-6)
    assert cap.ended_by == "tin" and cap.thickness == pytest.approx(7.2e-6, abs=0.05e-6)
    assert cap.thickness * made.tin == pytest.approx(5e-6, rel=1e-14)
    film = limited(2e-5, made, 1e-7, 5e-6)
    assert film.ended_by == "metal" and film.thickness * made.metal == pytest.approx(1e-7, rel=1e-14)
    assert limited(2e-5, made, 0.0, 5e-6).thickness == 0.0


MELT = {"area": 5e-9, "volume": 5e-13, "saturation": 0.013, "solder_density": 7000.0, "metal_density": 8960.0}


def test_dissolution_starts_at_its_rate_and_ends_at_saturation():
    assert dissolved(1.3e-7, 1e-3, concentration=0.0, **MELT) == pytest.approx(1.3e-10, rel=1e-3)  # v t, less what the melt has filled
    for before in (0.0, 0.005):
        h = dissolved(1.3e-7, 1e6, concentration=before, **MELT)
        metal = before * 7000.0 * 5e-13 + h * 5e-9 * 8960.0
        assert metal / (7000.0 * 5e-13) == pytest.approx(0.013, rel=1e-12)
    assert dissolved(1.3e-7, 1e5, concentration=0.02, **MELT) == 0.0


@pytest.mark.parametrize("time", [5.0, 30.0, 200.0])
def test_dissolution_solves_the_equation_of_nernst_and_brunner(time):
    rate, full = 1.3e-7, MELT["saturation"]

    def slope(t, c):  # C per time: k A / V (C_s - C), with k C_s rho = v rho_M
        return rate * 8960.0 / (7000.0 * full) * 5e-9 / 5e-13 * (full - c)

    c = solve_ivp(slope, (0.0, time), [0.0], rtol=1e-11, atol=1e-15).y[0, -1]
    assert dissolved(rate, time, concentration=0.0, **MELT) == pytest.approx(c * 7000.0 * 5e-13 / (8960.0 * 5e-9), rel=1e-8)


def test_no_course_leaves_a_number_that_is_none():
    rng = np.random.default_rng(7)
    for _ in range(100):
        course = list(zip(np.cumsum(rng.uniform(1e-3, 1e4, 6)), rng.uniform(210.0, 700.0, 6), strict=True))
        start = Interval(*sorted(rng.uniform(0.0, 5e-6, 3)))
        found = grown(start, course, liquid=[SCALLOPS], solid=[LEE, CHAN], melts_at=MELTS)
        h = found.thickness
        assert start.low <= h.low and start.nominal <= h.nominal and start.high <= h.high < 1.0 and 0 <= found.extrapolated <= 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: grown(NOTHING, [(5.0, 400.0), (0.0, 400.0)], solid=[LEE]), "must rise"),
        (lambda: grown(NOTHING, [(0.0, 400.0), (1.0, math.nan)], solid=[LEE]), "outside 200 to 1300 K"),
        (lambda: grown(NOTHING, held(2000.0, 1.0), solid=[LEE]), "outside 200 to 1300 K"),
        (lambda: Interval(2.0, 1.0, 3.0), "an interval rises"),
        (lambda: Interval(0.0, 1.0, math.nan), "an interval rises"),
        (lambda: certain(-1.0, 400.0, 1e4), "an interval rises"),
        (lambda: certain(0.0, 400.0, 1e4), "positive rate"),
        (lambda: certain(1.0, 400.0, 1e4, (400.0, 300.0)), "range that rises"),
        (lambda: rates([], 400.0), "no law"),
        (lambda: rates([LEE], -3.0), "outside 200"),
        (lambda: consumption(6, 5, 0.06, 0.12, 0.0, 8960.0, 7290.0), "positive numbers"),
        (lambda: limited(1e-6, Consumption(0.3, 0.7), -1.0, 1.0), "not negative"),
        (lambda: dissolved(-1.0, 1.0, concentration=0.0, **MELT), "nothing negative"),
        (lambda: dissolved(1.0, 1.0, concentration=0.0, **(MELT | {"volume": 0.0})), "needs a melt"),
    ],
)
def test_what_cannot_be_is_refused_in_words(call, said):
    with pytest.raises(IntermetallicError, match=said):
        call()
