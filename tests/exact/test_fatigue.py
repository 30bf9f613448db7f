"""Life models: published numbers, inverses, limits, and the refusal to mix constants with what they were not fitted to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from waferbump.physics.fatigue import Basis, Darveaux, FatigueError, PowerLaw, bisect
from waferbump.physics.fatigue_strain import CopperFoil, Engelmaier, StrainLife, shear_strain_range

LAYER = Basis(25e-6, "component", "Anand", "a set")
COMMON = {"basis": LAYER, "source": "a-key", "accuracy": 2.0, "statistic": "characteristic"}
ROUNDING = 1e-12  # inverses of powers in double precision
HALVING = 1e-9  # bisection of a logarithm to a rounding error, times the exponents (up to 3) and the size of log N (up to 40)

# constants of Motalab's thesis for SAC305, crack of 0.46 mm
SAC305 = Darveaux(
    name="SAC305",
    initiation_coefficient=37.97,
    initiation_exponent=-2.8,
    growth_coefficient=3.99e-6,
    growth_exponent=2.05,
    reference_energy=1e6,
    **COMMON,
)
SYED = PowerLaw(name="Syed", coefficient=1 / 0.0019, exponent=1.0, reference=1e6, driven_by="energy", **COMMON)
TIN_LEAD = Engelmaier(
    name="tin-lead",
    fatigue_ductility=0.325,
    exponent=-0.442,
    temperature_coefficient=-6e-4,
    dwell_coefficient=1.74e-2,
    dwell_reference=21600.0,
    **{**COMMON, "basis": Basis(None)},
)
BARREL = CopperFoil(
    name="copper", fracture_strain=0.3, tensile_strength=275.79e6, young_modulus=82.737e9, **{**COMMON, "basis": Basis(None)}
)
STEEL = StrainLife(
    name="a metal",
    fatigue_ductility=0.3,
    ductility_exponent=-0.6,
    fatigue_strength=500e6,
    strength_exponent=-0.1,
    young_modulus=100e9,
    **{**COMMON, "basis": Basis(None)},
)


def test_darveaux_gives_the_published_lives():
    life = SAC305.cycles(np.array([0.1, 0.2, 0.3, 0.5]) * 1e6, 0.46e-3, LAYER)
    # printed to the cycle
    assert life.cycles == pytest.approx([36893, 6564, 2466, 742], abs=0.5)
    assert life.low == pytest.approx(life.cycles / 2.0) and life.high == pytest.approx(life.cycles * 2.0)
    assert life.statistic == "characteristic" and life.source == "a-key" and not life.remarks


def test_constants_in_pounds_and_inches_are_the_same_law_in_si():
    psi, inch = 6894.757293168, 0.0254
    in_si = replace(
        SAC305,
        initiation_coefficient=22400.0,
        initiation_exponent=-1.52,
        growth_coefficient=5.86e-7 * inch,
        growth_exponent=0.98,
        reference_energy=psi,
    )
    energy = 20.0  # psi
    by_hand = 22400.0 * energy**-1.52 + 0.01 / (5.86e-7 * energy**0.98)  # crack of 10 mil
    assert in_si.cycles(energy * psi, 0.01 * inch, LAYER).cycles == pytest.approx(by_hand, rel=ROUNDING)


def test_a_power_law_gives_the_published_life():
    assert SYED.cycles(0.2e6, LAYER).cycles == pytest.approx(2632, abs=0.5)  # printed to the cycle


def test_inverses_return_what_went_in():
    cycles = np.array([1.0, 100.0, 6564.0, 1e6])
    assert SAC305.cycles(SAC305.energy(cycles, 0.46e-3), 0.46e-3, LAYER).cycles == pytest.approx(cycles, rel=HALVING)
    assert SYED.cycles(SYED.value(cycles), LAYER).cycles == pytest.approx(cycles, rel=ROUNDING)
    strain = TIN_LEAD.strain_range(cycles, 293.15, 900.0)
    # exponents near 2.5 and the rounding of the exponent itself
    assert TIN_LEAD.cycles(strain, 293.15, 900.0).cycles == pytest.approx(cycles, rel=1e-11)
    assert BARREL.cycles(BARREL.strain_range(cycles)).cycles == pytest.approx(cycles, rel=HALVING)
    assert STEEL.cycles(STEEL.strain_range(cycles)).cycles == pytest.approx(cycles, rel=HALVING)


def test_crack_growth_and_initiation_add_up():
    energy, length = np.array([0.05e6, 0.2e6, 1e6]), 0.3e-3
    whole = SAC305.cycles(energy, length, LAYER).cycles
    twice = SAC305.cycles(energy, 2 * length, LAYER).cycles
    assert twice - whole == pytest.approx(length / SAC305.growth(energy), rel=1e-10)  # a difference of near numbers
    assert whole - (twice - whole) == pytest.approx(SAC305.initiation(energy), rel=1e-10)


def test_engelmaier_by_hand():
    # -40/125 degC, dwell 15 min: c = -0.442 - 6e-4 * 42.5 + 1.74e-2 ln(25)
    c = -0.442 - 6e-4 * 42.5 + 1.74e-2 * np.log(25.0)
    assert TIN_LEAD.fatigue_exponent(315.65, 900.0) == pytest.approx(c, rel=ROUNDING)
    assert TIN_LEAD.cycles(0.02, 315.65, 900.0).cycles == pytest.approx(0.5 * (0.02 / 0.65) ** (1 / c), rel=ROUNDING)
    # a longer dwell and a hotter cycle wear a joint faster
    assert TIN_LEAD.cycles(0.02, 315.65, 3600.0).cycles < TIN_LEAD.cycles(0.02, 315.65, 900.0).cycles
    assert TIN_LEAD.cycles(0.02, 340.0, 900.0).cycles < TIN_LEAD.cycles(0.02, 315.65, 900.0).cycles


def test_copper_relation_by_hand_and_its_two_limits():
    # at 1e5 cycles the elastic term's power is 1: N^-0.6 D^0.75 + 0.9 S/E
    assert BARREL.strain_range(1e5) == pytest.approx(1e-3 * 0.3**0.75 + 0.9 * 275.79 / 82737.0, rel=ROUNDING)
    # few cycles: the plastic share alone, here with 3 % of elastic left at 1 cycle
    assert BARREL.strain_range(1.0) == pytest.approx(0.3**0.75, rel=0.03)
    # many cycles: slope of the elastic share, -0.1785 log10(exp(D)/0.36); the plastic share is below 1e-3 of it at 1e9 cycles
    slope = np.log10(BARREL.strain_range(1e10) / BARREL.strain_range(1e9))
    assert slope == pytest.approx(-0.1785 * np.log10(np.exp(0.3) / 0.36), rel=0.01)


def test_strain_life_without_strength_is_coffin_manson():
    plain = replace(STEEL, fatigue_strength=0.0)
    strain = np.array([0.001, 0.01, 0.1])
    assert plain.cycles(strain).cycles == pytest.approx(0.5 * (strain / 0.6) ** (-1 / 0.6), rel=HALVING)
    assert np.all(STEEL.cycles(strain).cycles > plain.cycles(strain).cycles)


@pytest.mark.parametrize("model", [BARREL, STEEL], ids=["foil", "strain-life"])
def test_life_falls_with_strain(model):
    cycles = model.cycles(np.geomspace(1e-4, 0.5, 60)).cycles
    assert np.all(np.diff(cycles) < 0.0)


def test_no_load_gives_no_failure_and_too_much_says_so():
    assert np.isinf(SAC305.cycles(0.0, 1e-3, LAYER).cycles)
    assert np.isinf(SYED.cycles(0.0, LAYER).cycles)
    assert np.isinf(BARREL.cycles(0.0).cycles) and np.isinf(STEEL.cycles(0.0).cycles)
    assert np.isinf(TIN_LEAD.cycles(0.0, 300.0, 600.0).cycles)
    assert "less than one cycle" in SYED.cycles(1e10, LAYER).remarks[0]
    assert not np.isnan(BARREL.cycles(np.array([1e-300, 1e3, 1e-9])).cycles).any()


def test_lives_keep_the_shape_of_what_is_asked():
    assert SAC305.cycles(np.full((2, 1, 3), 2e5), np.full((4, 1), 1e-4), LAYER).cycles.shape == (2, 4, 3)
    assert BARREL.cycles(np.full((2, 2), 0.01)).cycles.shape == (2, 2)
    assert BARREL.cycles(0.01).cycles.shape == ()


@pytest.mark.parametrize(
    ("basis", "kind", "words"),
    [
        (Basis(12.7e-6, "component", "Anand", "a set"), "layer_thickness", "a layer of 25 um, this was taken over a layer of 12.7 um"),
        (Basis(None, "component", "Anand", "a set"), "layer_thickness", "no averaged layer"),
        (Basis(25e-6, "board", "Anand", "a set"), "side", "belong to the component side"),
        (Basis(25e-6, "component", "hyperbolic-sine creep"), "constitutive_law", "fitted with Anand, this was computed with hyperbolic"),
        (Basis(25e-6, "component", "Anand", "another"), "parameters", "the set a set, this was computed with another"),
    ],
)
def test_constants_are_never_mixed_in_silence(basis, kind, words):
    with pytest.raises(FatigueError, match=words):
        SAC305.cycles(2e5, 1e-3, basis)
    others = {"layer_thickness", "side", "constitutive_law", "parameters"} - {kind}
    with pytest.raises(FatigueError, match=words):
        SAC305.cycles(2e5, 1e-3, basis, accept=others)
    life = SAC305.cycles(2e5, 1e-3, basis, accept=(kind,))
    assert len(life.remarks) == 1 and words in life.remarks[0] and "(accepted)" in life.remarks[0]


def test_what_a_basis_leaves_open_matches():
    anywhere = replace(SAC305, basis=Basis(25e-6, "either", "Anand"))
    assert not anywhere.cycles(2e5, 1e-3, Basis(25.1e-6, "board", "Anand", "any set")).remarks  # 0.4 % is below the tolerance
    with pytest.raises(FatigueError, match="no named law"):
        anywhere.cycles(2e5, 1e-3, Basis(25e-6))


def test_cautions_and_ranges_are_always_told():
    careful = replace(SYED, caution="a caution", valid=(1e5, 1e6))
    assert [r.split(": ")[1] for r in careful.cycles(2e5, LAYER).remarks] == ["a caution"]
    assert "extrapolated, fitted from 100000 to 1e+06 (energy)" in careful.cycles(2e6, LAYER).remarks[1]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: SAC305.cycles(-1.0, 1e-3, LAYER), "finite and not negative"),
        (lambda: SAC305.cycles(np.nan, 1e-3, LAYER), "finite and not negative"),
        (lambda: SAC305.cycles(1e5, 0.0, LAYER), "a crack grows over a length above zero"),
        (lambda: SAC305.energy(0.0, 1e-3), "above zero"),
        (lambda: SYED.cycles(1e5, LAYER, accept=("layer",)), "no difference 'layer' can be accepted"),
        (lambda: SYED.value(0.0), "above zero"),
        (lambda: BARREL.strain_range(0.0), "above zero"),
        (lambda: STEEL.strain_range(0.0), "above zero"),
        (lambda: TIN_LEAD.cycles(0.01, 300.0, 0.0), "a dwell and a temperature in kelvin are above zero"),
        (lambda: TIN_LEAD.cycles(0.01, 300.0, 1e-9), "exponent is not below zero"),
        (lambda: replace(SAC305, initiation_exponent=1.0), "wrong sign"),
        (lambda: replace(SYED, statistic="mode"), "a life is one of mean, median, characteristic"),
        (lambda: replace(SYED, accuracy=0.5), "a factor of at least 1"),
        (lambda: replace(SYED, driven_by="luck"), "a power law is driven by energy"),
        (lambda: replace(STEEL, fatigue_strength=-1.0), "a fatigue strength is not negative"),
        (lambda: Basis(0.0), "a thickness above zero"),
        (lambda: Basis(1e-6, "left"), "one of component, board, either"),
        (lambda: shear_strain_range(1e-3, 0.0, 1e-6, 100.0), "a height above zero"),
        (lambda: bisect(lambda x: x, np.array([1.0]), np.array([2.0])), "no life lies in the bracket"),
    ],
)
def test_what_is_impossible_is_refused_in_a_sentence(call, words):
    with pytest.raises(FatigueError, match=words):
        call()


def test_shear_of_free_bodies_is_as_published():
    # distance, height [mm] and shear of the mechanics notes, printed to 0.01 %
    for distance, height, shear in ((2.0, 0.2, 0.0221), (3.5, 0.2, 0.0387), (3.5, 0.3, 0.0258)):
        assert shear_strain_range(distance * 1e-3, height * 1e-3, 13.4e-6, 165.0) == pytest.approx(shear, abs=5e-5)
