"""Resists: complete sets where a law is named, generic sets that mean what their notes say; and how what lies below sends light back."""

from __future__ import annotations

from math import exp, pi

import pytest
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq

from waferbump.materials import MaterialRangeError, library

LAWS = {
    "mack": ("development_rate_max", "development_rate_min", "development_threshold", "development_contrast"),
    "enhanced": (
        "development_rate_max", "development_rate_min", "development_rate_resin", "development_contrast", "development_inhibition_power",
    ),
    "notch": ("development_rate_max", "development_rate_min", "development_contrast", "notch_threshold", "notch_contrast"),
}  # fmt: skip
LINES = (365e-9, 405e-9, 436e-9)
GENERIC = [f"generic-{family}-{speed}" for family in ("positive", "positive-dry-film", "negative", "dry-film")
           for speed in ("slow", "medium", "fast")] + ["generic-amplified-positive"]  # fmt: skip
BELOW = ("Cu", "Ti", "Al", "Ni", "Au", "Cr", "Ag", "Pd", "Ta", "TiN", "Si", "SiO2", "SiN", "polyimide")
LAYER, TIME = 30e-6, 240.0  # [m], [s]: the case for which the notes say that the dose holds


def mack(resist, dissolving):
    """Rate [m/s] where the share `dissolving` of what hinders the developer is gone (or, negative, not cross-linked)."""
    fastest, slowest, threshold, n = (resist.number(name) for name in LAWS["mack"])
    a = (n + 1) / (n - 1) * (1 - threshold) ** n
    return fastest * (a + 1) * dissolving**n / (a + dissolving**n) + slowest


def developed_through(resist, dose, depth):
    """Time [s] in which the open field is developed down to a depth [m]; written out here apart from the package's own chain."""
    a, b, c = (resist.number(f"dill_{letter}") for letter in "abc")
    if a:  # the depth profile of Babu and Barouch, of ln m because it keeps the solver's trials where they mean something

        def downwards(_, state):
            m = exp(state[0])
            return [a * (1 - m) - b * state[0], 1 / mack(resist, 1 - m)]

        return solve_ivp(downwards, (0, depth), [-c * dose, 0.0], method="DOP853", rtol=1e-9, atol=1e-10).y[1, -1]

    def slowness(z):
        changed = 1 - exp(-c * dose * exp(-b * z))
        if resist.answer("chemistry") == "amplified":
            return 1 / mack(resist, 1 - exp(-resist.number("amplification") * changed ** resist.number("amplification_order")))
        return 1 / mack(resist, 1 - changed)

    return quad(slowness, 0, depth, epsrel=1e-10)[0]


@pytest.mark.parametrize("name", GENERIC)
def test_the_dose_of_a_generic_resist_is_that_of_30_um_in_240_s(name):
    resist = library()[name]
    stays = resist.tone == "negative"
    depth = LAYER / 2 if stays else LAYER
    low, high = (1.0, 1e5) if stays else (10.0, 1e5)
    dose = brentq(lambda one: developed_through(resist, one, depth) - TIME, low, high, rtol=1e-8)
    index = resist.number("refractive_index")
    incident = dose / (1 - ((index - 1) / (index + 1)) ** 2)  # the surface throws the rest back
    # 0.3 %: the rates of bleaching are rounded to three figures so that the ratios stay exact; the acid's 0.1 um of diffusion is left out
    assert incident == pytest.approx(resist.number("clearing_dose"), rel=3e-3)


@pytest.mark.parametrize("family", ["positive", "positive-dry-film", "negative", "dry-film"])
def test_slow_medium_and_fast_generic_resists_differ_in_sensitivity_alone_and_as_1_to_2_to_4(family):
    slow, medium, fast = (library()[f"generic-{family}-{speed}"] for speed in ("slow", "medium", "fast"))
    one = slow.number("dill_c")
    assert (medium.number("dill_c"), fast.number("dill_c")) == pytest.approx((2 * one, 4 * one), rel=1e-12)
    for name in set(slow.properties) - {"dill_c", "clearing_dose"}:
        assert slow.number(name) == medium.number(name) == fast.number(name), name
    assert set(slow.properties) == set(medium.properties) == set(fast.properties)


@pytest.mark.parametrize("name", GENERIC)
def test_a_generic_resist_says_that_it_is_no_product(name):
    resist = library()[name]
    assert "generic" in resist.title and "no product" in resist.note
    for quantity in (*LAWS["mack"], "dill_a", "dill_b", "dill_c"):
        value = resist.value(quantity)
        assert value.kind == "assumed" and "no product" in value.note, quantity


def test_a_resist_whose_development_law_is_named_has_all_of_its_numbers_and_no_product_has_an_assumed_one():
    for name in library().names("photoresist"):
        resist = library()[name]
        law = resist.answer("development_model")
        assert (name in GENERIC) <= (law is not None), name
        for quantity in LAWS.get(law, ()):
            assert resist.has(quantity), (name, quantity)
            assert name.startswith("generic-") or resist.value(quantity).kind != "assumed", (name, quantity)
        if law:
            assert resist.answer("chemistry") and resist.has("dill_c"), name
            assert resist.number("development_rate_min") < resist.number("development_rate_max"), name


def test_absorption_and_index_can_be_asked_for_at_every_line():
    for name in GENERIC:
        for wavelength in LINES:
            for quantity in ("dill_a", "dill_b", "dill_c", "refractive_index"):
                library()[name].number(quantity, wavelength=wavelength)


def test_only_an_amplified_resist_is_amplified_and_needs_its_bake():
    for name in library().names("photoresist"):
        resist = library()[name]
        if resist.has("amplification"):
            assert resist.answer("chemistry") in ("amplified", "crosslinking") and resist.answer("post_exposure_bake") == "needed", name
        if resist.tone == "positive":
            assert resist.answer("chemistry") != "crosslinking", name


def test_a_generic_dry_film_comes_under_a_clear_film():
    for name in library().names("dry-film"):
        film = library()[name]
        assert film.number("carrier_film_thickness") < 50e-6 and film.number("carrier_film_index") > 1.5, name


def test_every_resist_says_what_light_does_in_it():
    for name in library().names("photoresist"):
        resist = library()[name]
        expected = {"crosslinking"} if resist.tone == "negative" else {"inhibitor", "amplified"}
        assert resist.answer("chemistry") in expected, name


@pytest.mark.parametrize("name", BELOW)
def test_what_lies_below_a_resist_has_a_complex_index_at_every_line(name):
    material = library()[name]
    for quantity in ("optical_index", "extinction_coefficient"):
        value = material.value(quantity)
        assert value.kind != "assumed", quantity
        for wavelength in LINES:
            material.number(quantity, wavelength=wavelength)
        # the number that is had without a wavelength is that at 365 nm, rounded to three decimals or three figures
        assert value.number == pytest.approx(value.at(wavelength=LINES[0]), rel=1e-3, abs=5e-4)


def reflectance_in_air(name, wavelength):
    n, k = (library()[name].number(quantity, wavelength=wavelength) for quantity in ("optical_index", "extinction_coefficient"))
    return ((n - 1) ** 2 + k**2) / ((n + 1) ** 2 + k**2)


def test_tantalum_reflects_what_its_own_table_says():
    # the table's fourth column, 0.435 at 3.4 eV and 0.425 at 3.0 eV; 0.001 is its last digit and that of n and k
    for energy, expected in ((3.4, 0.435), (3.0, 0.425)):
        assert reflectance_in_air("Ta", 1.2398e-6 / energy) == pytest.approx(expected, abs=0.001)


def test_bare_metals_rank_as_mirrors_do():
    at_h_line = {name: reflectance_in_air(name, LINES[1]) for name in BELOW}
    assert at_h_line["Ag"] > 0.9 and at_h_line["Al"] > 0.9
    assert all(0.25 < at_h_line[name] < 0.65 for name in ("Cu", "Ti", "Ni", "Au", "Cr", "Pd", "Ta", "Si"))
    assert at_h_line["SiO2"] < at_h_line["polyimide"] < at_h_line["SiN"] < 0.15


# formulas in micrometres, as their sources give them
FORMULAS = {
    ("SU-8", "refractive_index"): lambda x: 1.566 + 0.00796 / x**2 + 0.00014 / x**4,
    ("AZ-P4620", "refractive_index"): lambda x: 1.594 + 0.01152 / x**2,
    ("SiO2", "optical_index"): lambda x: (
        (1 + sum(b * x**2 / (x**2 - c**2) for b, c in ((0.6961663, 0.0684043), (0.4079426, 0.1162414), (0.8974794, 9.896161)))) ** 0.5
    ),
}


@pytest.mark.parametrize(("name", "quantity"), FORMULAS)
def test_stored_indices_are_what_their_formulas_give(name, quantity):
    for wavelength in (*LINES, 375e-9):  # 375 nm, a laser writer's, lies between two stored points
        # 2e-4: four decimals are stored, and a straight line between two points misses the curve by up to 1.5e-4
        assert library()[name].number(quantity, wavelength=wavelength) == pytest.approx(
            FORMULAS[name, quantity](wavelength * 1e6), abs=2e-4
        )


def test_the_thick_film_fit_is_stored_as_its_polynomials_give_it():
    def fitted(d, t=100.0):  # d [um], t [degC] -> A [1/um], B [1/um], C [cm^2/mJ]
        return (
            0.79655 - 0.11989 * d + 0.00466 * t + 0.00551 * d**2 - 0.0001084 * d * t - 0.00001287 * t**2,
            -0.0096 + 0.00066301 * d + 0.00024413 * t,
            0.0629 - 0.01233 * d + 0.00054385 * t + 0.00056988 * d**2 - 0.00001487 * d * t - 0.00000115 * t**2,
        )

    resist = library()["AZ-P4620"]
    for d in range(5, 13):
        for letter, expected, to_si in zip("abc", fitted(float(d)), (1e6, 1e6, 0.1), strict=True):
            # five figures are stored
            assert resist.number(f"dill_{letter}", thickness=d * 1e-6) == pytest.approx(expected * to_si, rel=5e-5), (letter, d)
    with pytest.raises(MaterialRangeError):
        resist.number("dill_a", thickness=30e-6)


SU8_SPIN = {
    "SU-8": (0.08, {1: 170, 2: 76, 3: 43, 4: 33}),
    "SU-8-2025": (0.016, {1: 80, 2: 41, 3: 28, 4: 22}),
    "SU-8-2100": (0.036, {1: 260, 2: 135, 3: 100}),
}


@pytest.mark.parametrize("name", SU8_SPIN)
def test_each_spin_curve_of_su_8_meets_its_points_within_its_residual(name):
    residual, points = SU8_SPIN[name]  # the residuals of one power law; the files of SU-8 2025 and 2100 state them
    resist = library()[name]
    for thousands, micrometres in points.items():
        ratio = thousands * 1000 * 2 * pi / 60 / resist.number("spin_reference_speed")
        thickness = resist.number("spin_thickness") * ratio ** -resist.number("spin_exponent")
        assert thickness == pytest.approx(micrometres * 1e-6, rel=residual), thousands
