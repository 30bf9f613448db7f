"""Data files: what is wrong is refused with file, line and field; the quick reader reads what YAML reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from waferbump.materials import Library, MaterialDataError
from waferbump.materials.reading import read_material
from waferbump.sources import SourceError, Value, read_plain_yaml

PACKAGE = Path(__file__).parents[2] / "src" / "waferbump"
FILES = [*sorted((PACKAGE / "materials" / "data").glob("*.yaml")), PACKAGE / "bibliography.yaml"]

GOOD = """\
title: copper for a test
classes: [pad, metal]
colour: "#c46a2e"
hatch: none
composition: {Cu: 1.0}
properties:
  density:
    default: one
    why: "the first"
    one:
      number: 8960
      unit: kg/m^3
      source: crc-physical-constants
      kind: handbook
      where: row Copper
    two:
      number: 8900
      unit: kg/m^3
      source: waferbump-assumption
      kind: assumed
      where: our choice
      note: for a test
"""


def test_a_good_file_is_read():
    material = read_material("Cu-test", GOOD, "Cu-test.yaml")
    assert material.number("density") == 8960.0
    assert material.number("density", variant="two") == 8900.0
    assert material.value("density").name == "density of Cu-test"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("      source: crc-physical-constants\n", "", r"Cu.yaml:10: properties.density.one.source: is missing"),
        ("source: crc-physical-constants", "source: crc-physical", r"Cu.yaml:13: .*not in the bibliography; did you mean 'crc-phy"),
        ("kind: handbook", "kind: hearsay", r"Cu.yaml:14: properties.density.one.kind: 'hearsay' is none of measured"),
        ("      where: row Copper\n", "", r"properties.density.one.where: is missing"),
        ("number: 8960", "number: 8.96", r"Cu.yaml:11: properties.density.one.number: 8.96 kg/m\^3 is outside 500"),
        ("number: 8960", "number: many", r"number: 'many' is no number"),
        ("unit: kg/m^3", "unit: g/cm^3", r"Cu.yaml:12: .*unit: 'g/cm\^3' should be 'kg/m\^3'"),
        ("      note: for a test\n", "", r"properties.density.two.note: is missing: an assumed value gives its reasoning"),
        ('    why: "the first"\n', "", r"Cu.yaml:7: properties.density.why: is missing: with several variants"),
        ("default: one", "default: three", r"Cu.yaml:8: properties.density.default: 'three' is none of one, two"),
        ("  density:", "  densty:", r"Cu.yaml:7: properties.densty: is no field here; did you mean 'density'"),
        ("classes: [pad, metal]", "classes: [pad, metall]", r"Cu.yaml:2: classes: no class 'metall'; did you mean 'metal"),
        ("classes: [pad, metal]", "classes: pad", r"Cu.yaml:2: classes: must be a list"),
        ('"#c46a2e"', "orange", r"Cu.yaml:3: colour: must be"),
        ("hatch: none", "hatch: stripes", r"Cu.yaml:4: hatch: must be one of"),
        ("{Cu: 1.0}", "{Cu: 0.9}", r"Cu.yaml:5: composition: sums to 0.9"),
        ("title: copper for a test\n", "", r"Cu.yaml: title: is missing|Cu.yaml:1: title"),
        ("hatch: none", "hatch: none\nhatch: dots", r"Cu.yaml:5: hatch is there twice"),
        ("unit: kg/m^3", "unit: kg/m^3\n      valid: {temperature: [400, 300]}", r"valid: temperature needs two ascending numbers"),
        ("unit: kg/m^3", "unit: kg/m^3\n      valid: {mood: [300, 400]}", r"valid.mood: is no field here"),
        ("unit: kg/m^3", "unit: kg/m^3\n      slope: -0.5", r"slope: and reference_temperature belong together"),
        ("unit: kg/m^3", "unit: kg/m^3\n      points: [[1, 8960], [2, 8950]]", r"along: and points belong together"),
        ("hatch: none", "hatch: &x none", r"Cu.yaml:4: hatch: .* outside the plain subset of YAML"),
    ],
)
def test_what_is_wrong_is_refused_with_file_and_field(old, new, message):
    assert old in GOOD
    with pytest.raises(MaterialDataError, match=message):
        read_material("Cu", GOOD.replace(old, new, 1), "Cu.yaml")


def test_a_folder_with_a_missing_source_fails_when_that_material_is_asked_for(tmp_path):
    (tmp_path / "bad.yaml").write_text(GOOD.replace("      source: crc-physical-constants\n", ""))
    with pytest.raises(MaterialDataError, match=r"^bad\.yaml:10: properties\.density\.one\.source: is missing$"):
        Library(tmp_path)["bad"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_quick_reader_reads_what_yaml_reads(path):
    text = path.read_text(encoding="utf-8")
    assert read_plain_yaml(text, path.name)[0] == YAML(typ="safe").load(text)


OUTSIDE_THE_SUBSET = ["- a", "a: *x", "a: !!str x", "a: |\n  x", "a: [1, 2", "a: {b 1}", "a:\n  b: 1\n c: 2", "a:", "a:\nb: 1"]
OUTSIDE_THE_SUBSET += ['a: "x', "a: b: c", "a: 'x'", "a: .5", "a: null", "a: ~"]


@pytest.mark.parametrize("text", OUTSIDE_THE_SUBSET)
def test_the_quick_reader_refuses_what_it_does_not_know(text):
    with pytest.raises(SourceError, match=r"^f.yaml:\d: "):
        read_plain_yaml(text, "f.yaml")


def test_a_value_without_a_source_or_with_an_unknown_kind_cannot_be_made():
    with pytest.raises(SourceError, match="needs a source key"):
        Value("density of x", 1.0, "kg/m^3", "", "measured")
    with pytest.raises(SourceError, match="is none of"):
        Value("density of x", 1.0, "kg/m^3", "key", "guessed")
