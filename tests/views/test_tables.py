"""Tables for the terminal: plain records that JSON can hold, and the same rows as text."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import waferbump
from waferbump.claims import judged
from waferbump.line import run as carry_out
from waferbump.materials import library
from waferbump.views.tables import (
    claims_table,
    difference,
    material_page,
    materials_table,
    measures_table,
    print_rows,
    print_table,
    steps_table,
)


@pytest.fixture(scope="module")
def hotter(plated):
    changes = {"steps.reflow.peak": "250 degC", "steps.solder.until.height": "50 um", "steps.descum": None}
    return carry_out(waferbump.load("stair-plated").with_changes(changes))


def rows_by(table, name):
    return {record[name]: record for record in table.records()}


def test_measures_are_kept_in_si_and_shown_in_usual_units(plated):
    table = measures_table(plated)
    height = rows_by(table, "measure")["bump_height"]
    assert height["value"] == plated.measures["bump_height"].value and height["unit"] == "m" and height["shown"].endswith(" um")
    assert [len(row) for row in table.rows] == [2] * len(plated.measures)


def test_steps_are_listed_with_settings_and_findings(failed):
    table = steps_table(failed)
    assert [record["step"] for record in table.records()] == [step.id for step in failed.steps]
    plate = rows_by(table, "step")["solder"]
    assert plate["settings"]["current density"] == "4 A/dm^2" and plate["measures"]["height"]["value"] == pytest.approx(55e-6)
    assert any("not done: reflow" in note for note in table.notes) and any("oxide" in note for note in table.notes)


def test_a_difference_names_settings_steps_and_measures_with_the_change(plated, hotter):
    table = difference(plated, hotter)
    found = {(record["kind"], record["what"]): record for record in table.records()}
    assert found["setting", "steps.reflow.peak"]["first"] == "245 degC" and found["setting", "steps.reflow.peak"]["second"] == "250 degC"
    assert found["setting", "steps.solder.until.height"]["second"] == "50 um"
    assert found["step", "descum"]["first"] == "there" and found["step", "descum"]["second"] is None
    assert found["step measure", "reflow.peak"]["change"] == "+5 K"
    volume = found["measure", "bump_volume"]
    percent = 100 * (volume["second"] / volume["first"] - 1)
    assert volume["first"] == plated.measures["bump_volume"].value and percent < -5
    assert volume["change"] == f"{percent:+.3g} %"
    # nothing of the step that only one run has is told twice
    assert not any(what.startswith("steps.descum") for _, what in found)


def test_equal_runs_do_not_differ(plated):
    table = difference(plated, plated)
    assert table.records() == [] and table.notes == ("nothing differs",)


def test_the_difference_to_a_failed_run_says_how_it_ended(plated, failed):
    found = {record["what"]: record for record in difference(plated, failed).records()}
    assert found["status"]["first"] == "done" and found["status"]["second"].startswith("failed: ")
    assert found["steps.reflow.atmosphere"]["first"] == "formic-acid"
    assert ("model", "reflow") not in {(record["kind"], record["what"]) for record in found.values()}


def test_all_materials_are_listed_and_their_assumptions_counted():
    records = materials_table(library()).records()
    assert [record["material"] for record in records] == list(library())
    for record in records:
        page = material_page(library()[record["material"]]).records()
        assert record["values"] == len(page) and record["assumed"] == sum(row["kind"] == "assumed" for row in page)
    assert sum(record["assumed"] for record in records) > 0


@pytest.mark.parametrize("name", ["Sn3.5Ag", "Cu", "AZ-40XT", "Si", "rosin-flux"])
def test_a_materials_page_holds_every_value_with_its_source(name):
    material = library()[name]
    table = material_page(material)
    records = table.records()
    assert len(records) == sum(len(one.variants) for one in material.properties.values()) + len(material.facts)
    assert all(record["source"] and record["kind"] and record["shown"] for record in records)
    for prop, known in material.properties.items():
        assert [record["variant"] for record in records if record["property"] == prop and record["default"]] == [known.default]
        if len(known.variants) > 1 and known.why:
            assert any(known.why in note for note in table.notes)


def test_every_table_is_json_and_every_page_prints(plated, hotter, capsys):
    tables = [measures_table(plated), steps_table(plated), difference(plated, hotter), materials_table(library())]
    tables += [material_page(library()[name]) for name in library()]
    for table in tables:
        assert json.loads(json.dumps(table.records())) is not None
        assert all(isinstance(cell, str) for row in table.rows for cell in row)
    print_table(tables[0])
    out = capsys.readouterr().out
    assert "bump height" in out and measures_table(plated).rows[0][1] in out


def test_text_with_brackets_is_printed_as_it_is(capsys):
    print_rows(["name"], [["[bold]not markup[/bold]"], ["[/]"]], title="[red]", notes=["[x]"])
    out = capsys.readouterr().out
    for text in ("[bold]not markup[/bold]", "[/]", "[red]", "[x]"):
        assert text in out


def test_verdicts_are_counted():
    (shown,) = judged(["D4"])
    table = claims_table([shown, replace(shown, id="D5", holds=False)])
    assert table.notes[0] == "1 of 2 hold, 1 do not"
    assert [row[:2] for row in table.rows] == [["D4", "holds"], ["D5", "does not hold"]]
    assert table.rows[0][2] == "\n".join(shown.evidence)
