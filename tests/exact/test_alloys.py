"""What melts when: the equilibrium solver against closed forms, conservation and pycalphad; the fit against the published points."""

import math
from pathlib import Path

import numpy as np
import pytest

from waferbump.physics.alloys import UnknownAlloy, melting, mixed
from waferbump.physics.alloys.curves import melting_curve, mole_fractions
from waferbump.physics.alloys.database import GAS_CONSTANT, DatabaseError, own_database, read_database
from waferbump.physics.alloys.equilibrium import equilibrium, liquid_mass_fraction
from waferbump.physics.alloys.system import potential_slopes, potentials, system

ZERO = 273.15
TDB = Path(__file__).parents[2] / "src" / "waferbump" / "physics" / "alloys" / "solder.tdb"

# Two elements that mix ideally, liquid and solid: the lens has a closed form
LENS = """
ELEMENT AG SOLID 100.0 0 0 !
ELEMENT SN SOLID 50.0 0 0 !
PHASE LIQUID % 1 1.0 !
CONSTITUENT LIQUID :AG,SN: !
PARAMETER G(LIQUID,AG;0) 298.15 +0; 3000 N !
PARAMETER G(LIQUID,SN;0) 298.15 +0; 3000 N !
PHASE SOLID % 1 1.0 !
CONSTITUENT SOLID :AG,SN: !
PARAMETER G(SOLID,AG;0) 298.15 -12000+12*T; 3000 N !
PARAMETER G(SOLID,SN;0) 298.15 -5000+10*T; 3000 N !
"""


def lens(temperature):
    """Mole fraction of Sn in the solid and in the liquid of the ideal lens, from equal chemical potentials."""
    k_ag = math.exp((-12000 + 12 * temperature) / (GAS_CONSTANT * temperature))  # liquid over solid
    k_sn = math.exp((-5000 + 10 * temperature) / (GAS_CONSTANT * temperature))
    solid = (1 - k_ag) / (k_sn - k_ag)
    return solid, k_sn * solid


@pytest.mark.parametrize("temperature", [520.0, 650.0, 800.0, 960.0])
def test_an_ideal_lens_obeys_its_closed_form_and_the_lever_rule(temperature):
    solid, liquid = lens(temperature)
    middle = 0.3 * solid + 0.7 * liquid
    phases = system(read_database(LENS), ("Ag", "Sn"))
    found = equilibrium(phases, np.array([1 - middle, middle]), temperature)
    parts = {p.phase: p.amounts for p in found.parts}
    # Newton stops at 1e-10 of the amounts
    assert parts["LIQUID"][1] / parts["LIQUID"].sum() == pytest.approx(liquid, abs=1e-8)
    assert parts["SOLID"][1] / parts["SOLID"].sum() == pytest.approx(solid, abs=1e-8)
    assert parts["LIQUID"].sum() == pytest.approx(0.7, abs=1e-7)
    mass = np.array([0.1, 0.05])
    share = parts["LIQUID"] @ mass / (np.array([1 - middle, middle]) @ mass)
    assert liquid_mass_fraction(phases, found) == pytest.approx(share, abs=1e-12)


def test_the_curve_of_a_lens_is_within_its_stated_error():
    curve = melting_curve({"Ag": 0.5, "Sn": 0.5}, read_database(LENS))
    x = (0.5 / 50) / (0.5 / 50 + 0.5 / 100)
    for temperature in np.linspace(curve.temperatures[0] + 0.02, curve.temperatures[-1] - 0.02, 40):
        solid, liquid = lens(temperature)
        moles = (x - solid) / (liquid - solid)
        exact = moles * (100 - 50 * liquid) / (100 - 50 * x)
        assert np.interp(temperature, curve.temperatures, curve.fractions) == pytest.approx(exact, abs=1e-3), temperature
    # ends of the lens: the solid, then the liquid, has the alloy's own composition
    assert lens(curve.temperatures[0])[0] == pytest.approx(x, abs=1e-3)
    assert lens(curve.temperatures[-1])[1] == pytest.approx(x, abs=1e-3)


@pytest.mark.parametrize("element", ["Ag", "Bi", "Cu", "Pb", "Sn"])
def test_a_pure_element_melts_where_it_is_put(element):
    found = melting({element: 1.0})
    solid = {s.name: s.reference for s in own_database().solutions}
    a, b = min((solid[p][element] for p in solid if p != "LIQUID" and element in solid[p]), key=lambda g: g[0] + 500 * g[1])
    assert found.solidus == pytest.approx(-a / b, abs=0.02) and found.liquidus == pytest.approx(-a / b, abs=0.02)
    assert found.liquid_fraction([found.solidus - 1, found.liquidus + 1]).tolist() == [0.0, 1.0]


def test_potentials_obey_gibbs_duhem_and_their_slopes():
    phases = system(own_database(), own_database().elements)
    rng = np.random.default_rng(3)
    for phase in phases.solutions:
        y = rng.dirichlet(np.ones(len(phase.columns)))
        slopes = potential_slopes(phase, y, 500.0)
        # G is homogeneous of degree one in the amounts: sum_i y_i d mu_i = 0, and the slopes are symmetric
        assert np.abs(y @ slopes).max() < 1e-9 * np.abs(slopes).max()
        assert np.abs(slopes - slopes.T).max() < 1e-9 * np.abs(slopes).max()
        for m in range(len(y)):
            step = np.zeros(len(y))
            step[m] = 1e-6 * y[m]
            more, less = (y + step) / (y + step).sum(), (y - step) / (y - step).sum()
            numeric = (potentials(phase, more, 500.0) - potentials(phase, less, 500.0)) / (2 * step[m])
            assert numeric == pytest.approx(slopes[:, m], rel=1e-5, abs=1e-4 * np.abs(slopes[:, m]).max())


MIXTURES = (
    {"Sn": 0.965, "Ag": 0.03, "Cu": 0.005},
    {"Sn": 0.43, "Pb": 0.43, "Bi": 0.14},
    {"Sn": 0.70, "Pb": 0.10, "Bi": 0.175, "Ag": 0.02, "Cu": 0.005},
    {"Cu": 0.6, "Pb": 0.4},  # two liquids above 956 degC
)


@pytest.mark.parametrize("composition", MIXTURES, ids=lambda c: "".join(c))
def test_metal_is_conserved_and_no_phase_lies_below_the_plane(composition):
    database = own_database()
    elements, fractions = mole_fractions(composition, database)
    phases = system(database, elements)
    for temperature in (350.0, 420.0, 480.0, 600.0, 1240.0):
        found = equilibrium(phases, fractions, temperature)
        assert sum(p.amounts for p in found.parts) == pytest.approx(fractions, abs=1e-9)
        assert len(found.parts) <= len(elements)  # the phase rule at a temperature that is no invariant
        for part in found.parts:
            if part.index < len(phases.solutions):
                solution = phases.solutions[part.index]
                own = part.amounts[solution.columns]
                assert potentials(solution, own / own.sum(), temperature) == pytest.approx(found.levels[solution.columns], abs=1e-8)
        rng = np.random.default_rng(1)
        for solution in phases.solutions:
            y = np.maximum(rng.dirichlet(np.full(len(solution.columns), 0.5), 300), 1e-9)
            energy = (y * potentials(solution, y, temperature)).sum(axis=1)
            assert np.all(energy >= y @ found.levels[solution.columns] - 1e-7)


def test_the_liquid_of_a_eutectic_appears_at_once():
    found = melting({"Sn": 0.63, "Pb": 0.37})
    assert found.liquid_fraction(found.solidus - 0.1) == 0.0
    assert found.liquid_fraction(found.solidus + 0.1) > 0.97
    assert found.solidus == pytest.approx(183.0 + ZERO, abs=0.5)


def test_more_or_less_than_a_half_of_two_solders_melts_between():
    # a lead-rich ball under eutectic solder: the mixture is pasty from the eutectic on, and ends between the two
    parts = {"Pb": 0.95, "Sn": 0.05}, {"Sn": 0.63, "Pb": 0.37}
    ends = [melting(mixed([(s, parts[0]), (1 - s, parts[1])])).temperature_at(0.95) for s in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert all(np.diff(ends) > 10)
    assert melting(mixed([(1, parts[0]), (1, parts[1])])).solidus == pytest.approx(melting(parts[1]).solidus, abs=0.05)


def test_temperature_at_inverts_the_liquid_fraction():
    found = melting({"Sn": 0.6, "Pb": 0.4})
    for fraction in (0.93, 0.95, 0.99):
        assert found.liquid_fraction(found.temperature_at(fraction)) == pytest.approx(fraction, abs=1e-9)
    assert found.temperature_at(0.0) == found.solidus and found.temperature_at(1.0) == found.liquidus
    with pytest.raises(ValueError, match="between 0 and 1"):
        found.temperature_at(1.2)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("PHASE X % 1 1.0 ! CONSTITUENT X :SN: ! PARAMETER G(X,SN;0) 298.15 -7000+13*T*LN(T); 3000 N !", "only a \\+ b\\*T"),
        ("FUNCTION GHSERSN 298.15 0; 3000 N !", "FUNCTION is outside"),
        ("PHASE X % 2 1 1 ! CONSTITUENT X :SN,AG:SN: ! PARAMETER G(X,SN:SN;0) 298.15 -1; 3000 N !", "more than one sublattice"),
        ("PHASE X % 1 1.0 ! CONSTITUENT X :SN,AG: ! PARAMETER G(X,SN;0) 298.15 -1; 3000 N !", "needs one parameter"),
        ("PHASE X % 1 1.0 ! CONSTITUENT X :SN,AG: ! PARAMETER G(X,SN,AG;0) 298.15 -1; 3000 N !", "alphabetical"),
        ("PHASE X % 1 1.0 ! CONSTITUENT X :AG,SN: ! PARAMETER G(X,AG,SN;3) 298.15 -1; 3000 N !", "order 0 to 2"),
    ],
)
def test_a_database_outside_the_subset_is_refused(text, says):
    with pytest.raises(DatabaseError, match=says):
        read_database(text)


@pytest.mark.parametrize(
    ("composition", "says"),
    [
        ({"Sn": 0.9, "Ni": 0.1}, "no melting data here for Ni.*state the material's solidus and liquidus, or give a TDB"),
        ({"Sn": 0.5, "Zn": 0.5}, "Zn is outside solder.tdb, and no table holds this alloy"),
        ({"Sn": 0.95, "Cu": 0.04, "Au": 0.01}, "Au is outside solder.tdb"),
        ({"Ag": 0.7, "Sn": 0.3}, "melts above 753 K"),
    ],
)
def test_an_alloy_out_of_reach_is_refused_with_what_to_do(composition, says):
    with pytest.raises(UnknownAlloy, match=says):
        melting(composition)


@pytest.mark.parametrize("composition", [{}, {"Sn": -0.1, "Pb": 1.1}, {"Sn": 0.5}, {"Sn": float("nan")}])
def test_what_is_no_composition_is_refused(composition):
    with pytest.raises(ValueError, match="mass fractions"):
        melting(composition)


def test_every_element_counts_down_to_a_millionth():
    clean, traces = melting({"Sn": 1.0}), melting({"Sn": 1.0 - 1e-3, "Pb": 1e-3})
    assert traces.solidus < clean.solidus - 0.3  # 0.1 % of lead is seen
    assert melting({"Sn": 1.0, "Ni": 1e-7}) == clean


@pytest.mark.slow
@pytest.mark.parametrize("composition", MIXTURES, ids=lambda c: "".join(c))
def test_pycalphad_finds_the_same(composition, tmp_path, monkeypatch):
    pytest.importorskip("pycalphad")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    ours = melting_curve(composition, own_database())
    theirs = melting(composition, database=TDB)
    # pycalphad's points lie 0.05 K apart at jumps, 1 K elsewhere, and its gas constant differs in the sixth digit
    assert ours.temperatures[0] == pytest.approx(theirs.solidus, abs=0.1)
    assert ours.temperatures[-1] == pytest.approx(theirs.liquidus, abs=0.1)
    for temperature in np.linspace(theirs.solidus, theirs.liquidus, 60):
        low, high = (np.interp(temperature + d, ours.temperatures, ours.fractions, left=0.0, right=1.0) for d in (-0.1, 0.1))
        assert low - 2e-3 <= theirs.liquid_fraction(temperature) <= high + 2e-3, temperature
    assert list(tmp_path.rglob("*.json"))


@pytest.mark.slow
def test_a_users_database_is_calculated_once_and_refused_in_words(tmp_path, monkeypatch):
    pytest.importorskip("pycalphad")
    from waferbump.physics.alloys import external

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = melting({"Sn": 0.63, "Pb": 0.37}, database=TDB)
    assert first.spread is None and first.source.startswith("solder.tdb ")
    monkeypatch.setattr(external, "_calculated", lambda *_: pytest.fail("calculated again"))
    assert melting({"Sn": 0.63, "Pb": 0.37}, database=TDB) == first
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ValueError, match="has no In"):
        melting({"Sn": 0.5, "In": 0.5}, database=TDB)
    with pytest.raises(ValueError, match="cannot be read"):
        melting({"Sn": 1.0}, database=tmp_path / "none.tdb")
