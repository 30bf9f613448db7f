"""The reactions as they ship: every number with a source, what is wrong refused with file and field."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from waferbump.materials import MaterialDataError, library
from waferbump.materials.reactions import reactions, read_reactions
from waferbump.sources import bibliography, read_plain_yaml

TEXT = (Path(__file__).parents[2] / "src" / "waferbump" / "materials" / "reactions.yaml").read_text(encoding="utf-8")


def test_the_quick_reader_reads_what_yaml_reads():
    assert read_plain_yaml(TEXT, "reactions.yaml")[0] == YAML(typ="safe").load(TEXT)


def test_compounds_are_materials_of_the_composition_that_their_formula_means():
    for couple in reactions().couples.values():
        for compound, (metal, tin) in couple.atoms.items():
            masses = metal * library().element(couple.element).number("molar_mass"), tin * library().element("Sn").number("molar_mass")
            # mass fractions are typed to four decimals
            assert library()[compound].composition[couple.element] == pytest.approx(masses[0] / sum(masses), abs=6e-5)
            assert "intermetallic" in library()[compound].classes and library()[compound].wetted_by_solder == "yes"


def test_every_metal_of_a_couple_is_in_the_library_and_holds_its_element():
    for couple in reactions().couples.values():
        assert all(couple.element in library()[metal].composition for metal in couple.metals)
    assert reactions().couple_of("NiP").outer == "Ni3Sn4" and reactions().couple_of("Ti") is None
    assert reactions().dissolution_of("Au").element == "Au" and reactions().dissolution_of("Ti") is None


def test_values_of_reactions_are_listed_and_counted_with_those_of_materials():
    rows = [row for row in library().known() if row[0] == "copper-tin"]
    assert ("copper-tin", "solid growth", "chan-1998") in {row[:3] for row in rows}
    assert {value.source for *_, value in rows} <= set(bibliography())
    assert any(row[0] == "nickel-tin" for row in library().assumed_values())


def test_two_laws_of_ageing_agree_at_150_degrees_and_part_at_70():
    lee, chan = (reactions().couples["copper-tin"].solid[name].law for name in ("lee-2003", "chan-1998"))

    def thickness(law, kelvin):
        return (law.rate.nominal * law.factor(kelvin) * 60 * 86400) ** 0.5

    # 9.0 and 9.3 um after 60 days at 150 degC; 1.03 and 0.29 um at 70 degC, as both papers' own numbers give
    assert thickness(chan, 423.15) / thickness(lee, 423.15) == pytest.approx(1.037, abs=0.003)
    assert thickness(lee, 343.15) / thickness(chan, 343.15) == pytest.approx(3.6, abs=0.1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("          number: 5.6e-20\n", "", r"copper-tin.liquid.one-reflow.rate.number: is missing"),
        ("          low: 1.67e-20", "          low: 1.67e-19", r"one-reflow.rate: an interval rises"),
        ("          source: min-2023", "          source: min-2024", r"min-2023.rate.source: 'min-2024' is not in the bibliography"),
        ("kind: fitted", "kind: hearsay", r"kind: 'hearsay' is none of"),
        ('          note: "h^3 / t of 1, 1.5 and 2 um in 60 s"\n', "", r"rate.note: is missing: an assumed value"),
        ("valid: [456.15, 543.15]", "valid: [543.15, 456.15]", r"valid: needs two ascending"),
        ("outer_atoms: [6, 5]", "outer_atoms: [6, five]", r"Cu6Sn5 needs two whole numbers"),
        ("    element: Cu\n", "", r"copper-tin.element: is missing"),
        ("    inner: Cu3Sn\n", "    iner: Cu3Sn\n", r"copper-tin.iner: is no field here"),
        ("solders:\n", "soldiers:\n", r"soldiers: is no field here"),
    ],
)
def test_what_is_wrong_is_refused_with_file_and_field(old, new, message):
    assert old in TEXT
    with pytest.raises(MaterialDataError, match=r"^r\.yaml:\d+: .*" + message):
        read_reactions(TEXT.replace(old, new, 1), "r.yaml")
