"""The library against the reading notes it came from (where they are here), and against its own list of contradictions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from waferbump.materials import library

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT.parent / "shared" / "reference"
CONTRADICTIONS = (ROOT / "docs" / "materials-contradictions.md").read_text(encoding="utf-8")
NOT_USED = (ROOT / "docs" / "materials-not-used.md").read_text(encoding="utf-8")


def _notes(name: str):
    path = REFERENCE / name
    if not path.exists():
        pytest.skip(f"reference/{name} is not here: nothing to compare with")
    return json.loads(path.read_text(encoding="utf-8"))


def _used_records() -> set[int]:
    texts = [f"{known.where} {known.note}" for *_, known in library().known()] + [library()[name].note for name in library()]
    return {int(number) for text in texts for number in re.findall(r"record (\d+)", text)}


def _listed_records() -> set[int]:
    rows = re.findall(r"^\| ([\d, ]+) \|", NOT_USED, flags=re.MULTILINE)
    return {int(number) for row in rows for number in row.split(",")}


def _material(name: str):
    return library().element(name.removeprefix("element ")) if name.startswith("element ") else library()[name]


def test_every_record_that_was_read_is_used_or_listed_with_a_reason():
    used, listed = _used_records(), _listed_records()
    assert not used & listed
    assert used | listed == set(range(97))
    assert len(_notes("sourced.json")) == 97


@pytest.mark.parametrize("number", range(1, 20))
def test_both_sides_of_every_contradiction_are_kept_or_the_reason_is_given(number):
    row = re.search(rf"^\| {number} \| (.+?) \| (.+) \|$", CONTRADICTIONS, flags=re.MULTILINE)
    assert row is not None
    kept = re.findall(r"`((?:element )?\S+?)\.([a-z_]+): ([^`]+)`", row[2])
    assert kept or row[2].startswith("Not kept")
    sides = 0
    for name, quantity, variants in kept:
        for variant in variants.split(", "):
            assert _material(name).has(quantity, variant), (name, quantity, variant)
            sides += 1
    if not row[2].startswith("Not kept"):
        assert sides >= 2


def test_variants_of_a_contradiction_really_differ():
    for name, quantity, variants in re.findall(r"`((?:element )?\S+?)\.([a-z_]+): ([^`]+)`", CONTRADICTIONS):
        values = [_material(name).value(quantity, variant=variant) for variant in variants.split(", ")]
        assert len({(value.number, value.slope) for value in values}) == len(values), (name, quantity)


def test_liquid_densities_and_viscosities_are_those_of_the_records():
    notes = _notes("sourced.json")
    for index, record in enumerate(notes[:18]):
        element, numbers = library().element(record["material"]), record["value"]
        if record["quantity"] == "liquid density":
            value = element.value("liquid_density", variant="assael-2010-2012")
            assert (value.number, value.slope, value.reference_temperature) == (numbers["rho_m"], numbers["slope"], numbers["Tm_K"])
        else:
            value = element.value("viscosity")
            expected = 1e-3 * 10 ** (numbers["a0"] + numbers["a1_K"] / 700.0)
            # the two constants are stored to six digits
            assert value.at(temperature=700.0) == pytest.approx(expected, rel=2e-5)
        assert f"record {index};" in value.where
        low, high = (float(limit) for limit in record["conditions"].split(" K")[0].split("-"))
        assert value.valid == (("temperature", low, high),)


def test_the_handbook_rows_are_those_of_the_records():
    notes = _notes("sourced.json")
    for symbol, row in notes[18]["value"]["table"].items():
        element = library().element(symbol)
        value = next(v for v in element.properties["liquid_density"].variants.values() if v.source == "crc-molten-elements")
        assert (value.number, value.slope) == (row["rho_m"], -row["k"])
    table = notes[19]["value"]
    for symbol in table["Tm_K"]:
        element = library().element(symbol)
        assert element.number("melting_point") == table["Tm_K"][symbol]
        assert element.number("density") == table["rho_solid"][symbol]
        assert element.number("heat_of_fusion") == table["dHfus_J_mol"][symbol]


def test_the_vendor_table_of_solders_is_that_of_the_record():
    table = _notes("sourced.json")[33]["value"]
    for name in ("95Pb5Sn", "90Pb10Sn", "60Sn40Pb", "63Sn37Pb"):
        row, solder = table[name], library()[name]
        assert solder.number("density") == pytest.approx(1e3 * row["rho"])
        assert solder.number("thermal_expansion") == pytest.approx(1e-6 * row["CTE"])
        assert solder.number("young_modulus") == pytest.approx(1e9 * row["E"])
        for quantity, key in (("solidus", "sol"), ("liquidus", "liq")):
            values = solder.properties[quantity].variants.values()
            assert any(v.source == "topline-ccga" and v.number == pytest.approx(row[key] + 273.15) for v in values), (name, quantity)


# single numbers: record, path in its value, material, property, variant, factor to SI
SINGLE = [
    (20, "sigma_Tm", "element Pb", "surface_tension", None, 1.0),
    (21, "sigma_Tm", "element Bi", "surface_tension", None, 1.0),
    (23, "rho_Tm", "element Pb", "liquid_density", "nea-2015", 1.0),
    (24, "rho_Tm", "element Bi", "liquid_density", "nea-2015", 1.0),
    (27, None, "63Sn37Pb", "surface_tension", "miyazaki-1997", 1.0),
    (42, "CTE", "polyimide", "thermal_expansion", "zou-1997", 1e-6),
    (42, "stress_max", "polyimide", "residual_stress", "zou-1997", 1e6),
    (42, "n_in", "polyimide", "refractive_index", "in-plane", 1.0),
    (42, "dose_i_line", "polyimide", "clearing_dose", None, 10.0),
    (51, None, "SiN", "thermal_expansion", None, 1e-6),
    (53, "E", "Ti", "young_modulus", "tsuchiya-2005", 1e9),
    (55, None, "Al", "young_modulus", "materials-2024", 1e9),
]


@pytest.mark.parametrize(("index", "key", "name", "quantity", "variant", "factor"), SINGLE)
def test_single_numbers_are_those_of_the_records(index, key, name, quantity, variant, factor):
    record = _notes("sourced.json")[index]["value"]
    number = record if key is None else record[key]
    value = _material(name).value(quantity, variant=variant)
    assert value.number == pytest.approx(factor * number)
    assert f"record {index}" in value.where


ALLOYS = {
    "Sn63Pb37": "63Sn37Pb", "Pb95Sn5": "95Pb5Sn", "Pb97Sn3": "97Pb3Sn", "Pb90Sn10": "90Pb10Sn", "Sn60Pb40": "60Sn40Pb",
    "Sn62Pb36Ag2": "62Sn36Pb2Ag", "Sn96.5Ag3.5": "Sn3.5Ag", "Sn97.7Ag2.3": "Sn2.3Ag", "SAC305": "SAC305", "SAC405": "SAC405",
    "SAC105": "SAC105", "Sn99.3Cu0.7": "Sn0.7Cu", "Sn100": "Sn", "Bi58Sn42": "58Bi42Sn", "Au80Sn20": "80Au20Sn", "In52Sn48": "52In48Sn",
    "In100": "In", "In97Ag3": "97In3Ag", "Sn95Sb5": "Sn5Sb", "Sn91Zn9": "Sn9Zn", "Sn89Zn8Bi3": "Sn8Zn3Bi",
    "Pb92.5Sn5Ag2.5": "92.5Pb5Sn2.5Ag", "Sn77.2In20Ag2.8": "Sn20In2.8Ag",
}  # fmt: skip


def test_alloys_are_those_of_the_alloy_table():
    alloys = _notes("solder/alloys.json")["alloys"]
    assert set(alloys) == set(ALLOYS)
    for key, row in alloys.items():
        solder = library()[ALLOYS[key]]
        assert dict(solder.composition) == pytest.approx({element: percent / 100 for element, percent in row["wt_percent"].items()})
        # 0.2 %: the table used remembered liquid densities, the library those that were read; gold-tin extrapolates 700 K further down
        tolerance = 0.006 if key == "Au80Sn20" else 0.002
        assert solder.number("liquid_density") == pytest.approx(row["rho_liquid_ideal_mix_Tliq_plus30"], rel=tolerance), key
        for quantity in ("solidus", "liquidus"):
            # the default may be another source's number; 7 K is the widest disagreement there is (90Pb10Sn)
            assert solder.number(quantity) == pytest.approx(row[f"{quantity}_C"] + 273.15, abs=7.01), key
