"""From materials to laws: what is stated wins, what is missing is said at once, and what a laminate and a solder are listed by."""

import numpy as np
import pytest

from tests.package.made_structures import PLAIN, VEHICLE, structure
from waferbump.bookkeeping import Ledger
from waferbump.materials import library
from waferbump.package.constitution import ANAND, Laws
from waferbump.package.plane_cell import plane_cell
from waferbump.package.vehicle import PackageError
from waferbump.physics.constitutive import Anand, Elastic, Kinematic, Orthotropic

COLD, ROOM = 233.15, 298.15  # K


def made(**stated):
    return Laws(Ledger(library()), stated)


def stress(law, strain, temperature=ROOM):
    strain = np.atleast_2d(strain)
    return law.update(strain, np.full(len(strain), temperature), 1e-9, law.initial_state(len(strain)))[0][0]


def test_what_a_package_states_wins_over_the_library():
    laws, own = made(), made(silicone={"young_modulus": 10e6, "poisson_ratio": 0.49}, Cu={"kinematic_hardening": 1e9})
    assert laws["silicone"].young_modulus < 10e6 and own["silicone"].young_modulus == 10e6
    assert own["silicone"].poisson_ratio == 0.49 and own["silicone"].expansion == laws["silicone"].expansion
    assert own["Cu"].hardening_modulus == 1e9 and own["Cu"].yield_stress == laws["Cu"].yield_stress
    # a stated number is not cited as the library's
    assert ("silicone", "young_modulus") not in own.ledger.used and ("silicone", "thermal_expansion") in own.ledger.used
    assert own["Cu"] is own["Cu"]


def test_each_kind_of_material_gets_its_law():
    laws = made()
    kinds = {"SAC305": Anand, "63Sn37Pb": Anand, "FR-4": Orthotropic, "Cu": Kinematic, "Si": Elastic, "polyimide": Elastic}
    assert {name: type(laws[name]) for name in kinds} == kinds


def test_what_is_missing_is_said_in_one_sentence():
    laws = made()
    bare = next(name for name in library() if laws.missing(name) and not laws.is_solder(name))
    lacking = laws.missing(bare)
    with pytest.raises(PackageError) as problem:
        laws.check(["Si", bare, bare])
    assert str(problem.value).count(bare) == 1 and all(prop in str(problem.value) for prop in lacking)
    assert "under `materials` of the package" in str(problem.value) and "\n" not in str(problem.value) and "Si (" not in str(problem.value)
    with pytest.raises(PackageError, match=f"^{bare}: its .* not known; state"):
        laws[bare]
    full = made(**{bare: {"young_modulus": 1e9, "poisson_ratio": 0.3, "thermal_expansion": 5e-5}})
    full.check([bare])
    assert full[bare] == Elastic(1e9, 0.3, 5e-5)


def test_a_solder_without_its_flow_is_named_before_any_mesh(monkeypatch):
    laws = made()
    flowless = next(name for name in library() if laws.is_solder(name) and ANAND[0] in laws.missing(name))
    assert set(ANAND) >= set(laws.missing(flowless)) - {"young_modulus", "poisson_ratio", "thermal_expansion"}
    monkeypatch.setattr("waferbump.package.plane_cell.plane_mesh", lambda *a, **k: pytest.fail("meshed before its materials are known"))
    real = Laws.missing
    lost = {"Cu": ["young_modulus"], "FR-4": ["poisson_ratio"]}
    monkeypatch.setattr(Laws, "missing", lambda self, name: lost.get(name, []) or real(self, name))
    with pytest.raises(PackageError, match=r"not known: .*; state them") as problem:
        plane_cell(structure(PLAIN), VEHICLE, laws)
    assert all(each in str(problem.value) for each in ("Cu (young_modulus)", "FR-4 (poisson_ratio)"))


def test_a_laminate_is_listed_by_what_it_narrows_through_its_thickness():
    laws = made()
    law, number = laws["FR-4"], lambda prop: laws.number("FR-4", prop)
    pulled = np.zeros(6)
    pulled[0] = 1e6  # Pa, along x
    strain = np.linalg.solve(law.stiffness(np.array([ROOM]))[0], pulled)
    assert strain[0] == pytest.approx(1e6 / number("young_modulus"), rel=1e-12)
    assert -strain[2] / strain[0] == pytest.approx(number("poisson_ratio_through"), rel=1e-12)
    assert -strain[1] / strain[0] == pytest.approx(number("poisson_ratio"), rel=1e-12)
    assert law.thermal_strain(np.array([ROOM + 1.0]), ROOM)[0, :3] == pytest.approx(
        [number("thermal_expansion")] * 2 + [number("thermal_expansion_through")]
    )
    assert laws.expansion("FR-4", ROOM - 100.0, ROOM) == pytest.approx(-100.0 * number("thermal_expansion"))
    # shear in the plane and across it
    assert stress(law, np.eye(6)[3])[3] == pytest.approx(number("shear_modulus_in_plane"))
    assert stress(law, np.eye(6)[4])[4] == stress(law, np.eye(6)[5])[5] == pytest.approx(number("shear_modulus_through"))


def test_a_solders_flow_and_stiffness_come_from_one_set():
    ledger = Ledger(library())
    laws = Laws(ledger)
    law, metal = laws["SAC305"], library()["SAC305"]
    variants = {ledger.used["SAC305", prop].source for prop in ANAND}
    assert len(variants) == 1  # constants of several works never mix
    variant = metal.properties[ANAND[0]].default
    assert law.parameters.s0 == metal.number(ANAND[0], variant=variant) == 21e6
    assert law.parameters.h0 == 180e9  # not the 18 GPa of a misprint
    modulus = law.parameters.young_modulus
    assert modulus.temperatures[0] == COLD and modulus.values[0] > modulus.values[-1]
    # the modulus follows the temperature: a small quick strain is answered in proportion
    small = np.array([1e-6, -0.4e-6, -0.4e-6, 0, 0, 0])
    assert stress(law, small, COLD)[0] / stress(law, small, 398.15)[0] == pytest.approx(modulus.values[0] / modulus.values[-1], rel=1e-6)
    own = Laws(Ledger(library()), {"SAC305": {"young_modulus": 40e9, "anand_initial_resistance": 30e6}})["SAC305"]
    assert own.parameters.young_modulus == 40e9 and own.parameters.s0 == 30e6 and own.parameters.A == law.parameters.A


def test_the_modulus_is_that_of_the_set_where_the_work_states_one():
    laws, metal = made(), library()["63Sn37Pb"]
    variant = metal.properties[ANAND[0]].default
    assert variant != metal.properties["young_modulus"].default  # the default is another work's
    modulus, own = laws["63Sn37Pb"].parameters.young_modulus, metal.value("young_modulus", variant=variant)
    for temperature in (COLD, ROOM, 390.0):
        found = np.interp(temperature, modulus.temperatures, modulus.values)
        assert found == pytest.approx(own.at(temperature=temperature), rel=1e-9)  # linear in temperature, so that the table is exact
        assert found == pytest.approx(75842e6 - 151.68e6 * temperature, rel=1e-3)  # as that work prints it


def test_the_elastic_part_of_a_law_neither_flows_nor_yields():
    laws = made()
    for name in ("SAC305", "Cu"):
        linear = laws.elastic(name)
        assert linear.linear and linear.expansion == laws[name].expansion
        small = np.array([1e-6, 0, 0, 0, 2e-6, 0])
        assert stress(linear, small) == pytest.approx(stress(laws[name], small), rel=1e-6)
    assert laws.elastic("Si") is laws["Si"] and laws.elastic("FR-4") is laws["FR-4"]


def test_an_incompressible_rubber_keeps_a_bulk_modulus():
    law = made(silicone={"poisson_ratio": 0.5})["silicone"]
    assert 0.499 < law.poisson_ratio < 0.5
