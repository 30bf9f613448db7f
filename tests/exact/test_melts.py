"""Surface tension of mixtures, voids of paste, courses of temperature: limits, sums, and what the laws say at their ends."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest

from waferbump.materials import library, liquid_surface_tension
from waferbump.physics.surface_tension import AVOGADRO, GAS_CONSTANT, mixture_surface_tension
from waferbump.physics.voids import LARGEST_AREA, entrapped_voids
from waferbump.steps.heating import ROOM, course_of, time_above

PAIR = ({"A": 0.45, "B": 0.55}, {"A": 16e-6, "B": 20e-6}, {"A": 0.1, "B": 0.2})


def test_butlers_equation_holds_for_every_element():
    tension, volume, mass = PAIR
    composition, temperature = {"A": 0.3, "B": 0.7}, 500.0
    sigma = mixture_surface_tension(composition, temperature, tension, volume, mass)
    moles = {e: w / mass[e] for e, w in composition.items()}
    surface = 0.0
    for e, n in moles.items():
        area = 1.091 * AVOGADRO ** (1 / 3) * volume[e] ** (2 / 3)
        surface += n / sum(moles.values()) * math.exp(area * (sigma - tension[e]) / (GAS_CONSTANT * temperature))
    # the surface's fractions sum to one; a shift of 1e-12 N/m changes them by 1e-11
    assert surface == pytest.approx(1.0, abs=1e-10)
    assert min(tension.values()) < sigma < sum(moles[e] / sum(moles.values()) * tension[e] for e in moles)


def test_equal_tensions_mix_to_the_same_and_heat_mixes_evenly():
    _, volume, mass = PAIR
    assert mixture_surface_tension({"A": 0.5, "B": 0.5}, 600.0, {"A": 0.5, "B": 0.5}, volume, mass) == pytest.approx(0.5, abs=1e-12)
    # where heat outweighs the difference of tensions, the mixture's is the mean by mole weighted with the areas
    hot = mixture_surface_tension({"A": 1 / 3, "B": 2 / 3}, 1e9, PAIR[0], {"A": 16e-6, "B": 16e-6}, mass)
    assert hot == pytest.approx(0.5, abs=1e-6)


def test_library_mixtures_lie_near_the_tabulated_alloys():
    for alloy, temperature in (("63Sn37Pb", 500.0), ("58Bi42Sn", 450.0), ("SAC305", 523.0), ("Sn3.5Ag", 524.0)):
        material = library()[alloy]
        mixed = liquid_surface_tension(material.composition, temperature)
        # the tabulated numbers carry 5 %, the elements some 2 %
        assert mixed == pytest.approx(material.value("surface_tension").at(temperature=temperature), rel=0.075), alloy


@pytest.mark.parametrize("bad", [({}, 500.0), ({"A": 1.0}, 0.0)])
def test_a_mixture_needs_elements_and_heat(bad):
    with pytest.raises(ValueError, match="needs its elements"):
        mixture_surface_tension(*bad, {"A": 0.5}, {"A": 1e-5}, {"A": 0.1})


def test_voids_have_the_stated_mean_and_never_pass_the_cap():
    volume = 4 / 3 * math.pi * (40e-6) ** 3
    rng = np.random.default_rng(7)
    draws = [entrapped_voids(volume, rng) for _ in range(4000)]
    areas = np.array([d.area_fraction for d in draws])
    # the mean of 4000 draws of standard deviation 0.043 is known to 0.0007; cutting at the cap takes away some 0.0006
    assert areas.mean() == pytest.approx(0.05, abs=0.003)
    assert areas.max() <= LARGEST_AREA and (areas == 0).any()
    for d in draws[:50]:
        assert d.volume == pytest.approx(4 / 3 * math.pi * sum(r**3 for r in d.radii), rel=1e-12)
    assert entrapped_voids(volume).area_fraction == pytest.approx(0.05, rel=1e-12)
    assert entrapped_voids(volume, np.random.default_rng(1), mean_area=0.25).area_fraction <= LARGEST_AREA
    with pytest.raises(ValueError, match="positive volume"):
        entrapped_voids(0.0)


def test_a_peak_stands_for_a_course_that_keeps_the_stated_time():
    for above, limit in ((60.0, 494.0), (5.0, 480.0), (600.0, 515.0)):
        settings = SimpleNamespace(profile=(), peak=518.15, above_liquidus=above)
        course = course_of(settings, limit)
        assert time_above(course, limit) == pytest.approx(above, rel=1e-12)
        assert course[0] == (0.0, ROOM) and max(t for _, t in course) == 518.15
        rates = [abs(b - a) / (t - s) for (s, a), (t, b) in itertools.pairwise(course)]
        assert all(t > s for (s, _), (t, _) in itertools.pairwise(course))
        assert above < 30 or max(rates) <= 3.0 + 1e-9


def test_time_above_counts_what_is_hotter():
    course = ((0.0, 300.0), (100.0, 500.0), (150.0, 500.0), (250.0, 300.0))
    assert time_above(course, 400.0) == pytest.approx(50 + 50 + 50)
    assert time_above(course, 500.0) == 0.0 and time_above(course, 299.0) == 250.0
