"""Mechanical properties: whole sets, orders that physics demands, and the one measured curve that a set of Anand's law can be held to."""

from __future__ import annotations

from math import asinh, exp

import numpy as np
import pytest

from waferbump.materials import library
from waferbump.materials.properties import QUANTITIES

ANAND = tuple(name for name in QUANTITIES if name.startswith("anand_"))
WITH_ANAND = ["SAC305", "SAC405", "SAC105", "63Sn37Pb", "60Sn40Pb", "62Sn36Pb2Ag", "Sn3.5Ag", "97Pb3Sn", "95Pb5Sn"]
# all that a package on a board is made of: document E's structures, pads, films, compounds and both bodies
ELASTIC = (
    *WITH_ANAND,
    *[
        "Si",
        "SiN",
        "SiO2",
        "Al",
        "Ti",
        "TiW",
        "Ta",
        "TaN",
        "TiN",
        "Cr",
        "CrCu",
        "Cu",
        "Ni",
        "NiV",
        "NiP",
        "Pd",
        "Au",
        "Ag",
        "Cu6Sn5",
        "Cu3Sn",
        "Ni3Sn4",
    ],
    *["polyimide", "PBO", "BCB", "epoxy", "silicone", "underfill", "solder-mask", "FR-4", "glass", "stainless-steel"],
)


def saturation(material, variant, rate, temperature):
    """Stress [Pa] at which Anand's law neither hardens nor softens, at a strain rate [1/s] and temperature [K]."""
    s0, barrier, a_rate, xi, m, _, s_hat, n, _ = (material.number(name, variant=variant) for name in ANAND)
    assert s0 > 0.0
    scaled = rate / a_rate * exp(barrier / temperature)
    return s_hat * scaled**n / xi * asinh(scaled**m)


@pytest.mark.parametrize("name", ELASTIC)
def test_every_body_has_stiffness_contraction_and_expansion(name):
    material = library()[name]
    assert material.number("young_modulus") > 0.0 and material.number("thermal_expansion") > 0.0
    assert 0.1 < material.number("poisson_ratio") < 0.5


def test_there_are_nine_numbers_of_anands_law():
    assert len(ANAND) == 9
    assert [QUANTITIES[name].unit for name in ANAND] == ["Pa", "K", "1/s", "1", "1", "Pa", "Pa", "1", "1"]


@pytest.mark.parametrize("name", WITH_ANAND)
def test_a_set_of_anands_law_is_whole_and_of_one_source(name):
    material = library()[name]
    variants = set(material.properties[ANAND[0]].variants)
    for quantity in ANAND:
        known = material.properties[quantity]
        assert set(known.variants) == variants and known.default == material.properties[ANAND[0]].default
        for variant in variants:
            first = material.properties[ANAND[0]].variants[variant]
            assert (known.variants[variant].source, known.variants[variant].kind) == (first.source, first.kind)


def test_only_these_solders_have_a_set():
    assert {name for name in library() if library()[name].has(ANAND[0])} == set(WITH_ANAND)


@pytest.mark.parametrize("name", WITH_ANAND)
def test_solder_flows_at_tens_of_megapascals_and_less_when_hot_or_slow(name):
    material = library()[name]
    for variant in material.properties[ANAND[0]].variants:
        cold, warm, slow = (saturation(material, variant, *at) for at in ((1e-3, 298.15), (1e-3, 398.15), (1e-5, 298.15)))
        # tensile tests of all these alloys at 25 degC and 1e-3/s lie within; 62Sn36Pb2Ag of Darveaux saturates only beyond 10 % of strain
        assert 15e6 < cold < 130e6, variant
        assert warm < cold and slow < cold


def test_sac305_saturates_where_its_authors_measured_it():
    # read off figure 3.10 of the thesis, to 1 or 2 MPa; the closed form is 10 % above at worst, 2 % more is the reading
    for rate, temperature, measured in (
        (1e-3, 298.15, 40.5),
        (1e-4, 298.15, 35.5),
        (1e-5, 298.15, 29.5),
        (1e-3, 323.15, 33.5),
        (1e-3, 373.15, 24.0),
        (1e-3, 398.15, 21.5),
    ):
        assert saturation(library()["SAC305"], "motalab-2012", rate, temperature) == pytest.approx(measured * 1e6, rel=0.12)


def test_sets_give_the_saturation_that_an_independent_integration_gives():
    # computed by two stiff integrators of the same nine numbers, to 0.01 MPa
    sac305 = library()["SAC305"]
    for rate, temperature, stress in ((1e-2, 233.15, 74.28), (1e-3, 298.15, 42.09), (1e-5, 398.15, 13.04), (1e-4, 348.15, 25.26)):
        assert saturation(sac305, "motalab-2012", rate, temperature) == pytest.approx(stress * 1e6, abs=6e3)


def test_the_modulus_of_a_set_is_there_where_the_set_was_fitted_with_its_own():
    for name in ("63Sn37Pb", "62Sn36Pb2Ag"):
        assert library()[name].number("young_modulus", variant="darveaux-2000", temperature=298.15) == pytest.approx(
            75842e6 - 151.68e6 * 298.15,
            rel=1e-4,  # the number is stored to four digits
        )


def test_solder_softens_when_heated():
    for name in ("SAC305", "SAC105", "SAC405"):
        moduli = [library()[name].number("young_modulus", temperature=t) for t in (233.15, 298.15, 348.15, 398.15)]
        assert np.all(np.diff(moduli) < 0.0)


def test_the_board_is_stiffer_and_stiller_in_its_plane():
    board = library()["FR-4"]
    assert board.number("young_modulus_through") < board.number("young_modulus")
    assert board.number("thermal_expansion_through") > board.number("thermal_expansion")
    assert board.number("shear_modulus_through") < board.number("shear_modulus_in_plane")
    # energy must be positive for any strain: nu_xz^2 < E_x / E_z (1 - nu_xy) / 2 with nu_xz = contraction through over strain in the plane
    ratio = board.number("young_modulus") / board.number("young_modulus_through")
    assert board.number("poisson_ratio_through") ** 2 < ratio * (1 - board.number("poisson_ratio")) / 2


def test_silicon_of_cubic_constants_has_the_two_moduli_that_are_listed():
    silicon = library()["Si"]
    c11, c12, c44 = (silicon.number(f"elastic_constant_{name}") for name in ("c11", "c12", "c44"))
    s11 = (c11 + c12) / ((c11 - c12) * (c11 + 2 * c12))
    s12 = -c12 / ((c11 - c12) * (c11 + 2 * c12))
    # listed to three digits
    assert 1 / s11 == pytest.approx(silicon.number("young_modulus", variant="along-100"), rel=5e-3)
    assert 1 / (s11 - (s11 - s12 - 1 / c44 / 2) / 2) == pytest.approx(silicon.number("young_modulus", variant="along-110"), rel=5e-3)
    assert c11 > c12 > 0.0 and c44 > 0.0


def test_copper_is_one_set_and_orders_its_strengths():
    copper = library()["Cu"]
    for name in ("fracture_strain", "tensile_strength", "young_modulus", "fatigue_ductility", "fatigue_ductility_exponent"):
        assert copper.has(name, "vita-51.1")
    for variant in ("vita-51.1", "park-2008"):
        assert copper.number("plastic_yield_stress", variant=variant) < copper.number("tensile_strength", variant=variant)
    # psi to Pa, as printed: 12e6, 25e3, 40e3
    for name, psi in (("young_modulus", 12e6), ("plastic_yield_stress", 25e3), ("tensile_strength", 40e3)):
        assert copper.number(name, variant="vita-51.1") == pytest.approx(psi * 6894.757, rel=1e-4)
