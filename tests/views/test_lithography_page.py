"""The lithography page: its numbers are the run's, its charts say what was varied, its sentences name the stair and what is held."""

from types import SimpleNamespace

import numpy as np
import pytest

from waferbump.line import run
from waferbump.lithography_charts import DOSES, FOCUS, OWN_DOSE, NoCharts, _settings, lithography_charts
from waferbump.materials import library
from waferbump.physics.light import Light
from waferbump.recipe import Recipe, load
from waferbump.state import quantity
from waferbump.views import lithography_page as page_module
from waferbump.views import report as report_module
from waferbump.views.lithography_page import _shelf_sentences, lithography_page, lithography_section
from waferbump.views.report import report_html

COARSE = {"steps.development.grid": "0.5 um"}


def until_development(recipe, **changes):
    recipe = (load(recipe) if isinstance(recipe, str) else recipe).with_changes({**COARSE, **changes})
    steps = ("descum", "solder", "strip", "seed-etch", "reflow")
    return run(recipe.with_changes({f"steps.{step}": None for step in steps}))


@pytest.fixture(scope="module")
def stair():
    return until_development("stair-plated")


@pytest.fixture(scope="module")
def charts(stair):
    return lithography_charts(stair)


def test_the_charts_go_through_the_runs_own_point(stair, charts):
    step = stair.step("development")
    for name, sizes in charts.sizes.items():
        row = sizes[list(charts.settings).index(charts.setting)]
        own = np.interp(charts.dose, charts.doses, row)
        assert own == pytest.approx(step.measures[f"opening.{name}"].value, abs=0.5e-6)  # between doses a straight line
    assert charts.shelf == step.measures["ledge.resist-2"].value
    own = np.interp(np.log(charts.ratio), np.log(charts.ratios), charts.shelves)
    assert own == pytest.approx(charts.shelf, abs=0.15e-6)


def test_openings_grow_with_dose_and_shelves_with_the_ratio_from_nothing(charts):
    for sizes in charts.sizes.values():
        assert (np.diff(sizes, axis=1) > 0).all()
    assert abs(charts.shelves[0]) < 1e-8  # equal sensitivities
    assert (np.diff(charts.shelves) > 0).all()
    np.testing.assert_allclose(charts.law, np.log(charts.ratios) * charts.law[-1] / np.log(8.0), rtol=1e-12)


def test_what_is_held_lies_about_the_runs_own_settings(charts):
    for held in (charts.held, charts.held_shelf):
        low, high = held["dose"]
        assert charts.doses[0] <= low < charts.dose < high <= charts.doses[-1]
        low, high = held["gap"]
        assert 0 <= low < charts.setting < high
    # the foot of the lowest resist moves most, so it is what ends the range of doses
    feet = charts.feet[charts.own]
    ends = np.interp(charts.held["dose"], charts.doses, feet) - feet[OWN_DOSE]
    np.testing.assert_allclose(ends, [-1e-6, 1e-6], atol=1e-8)


def test_feet_and_shelves_are_the_runs_own_at_its_own_settings(stair, charts):
    measures = stair.step("development").measures
    own = charts.own, OWN_DOSE
    # read 5 % of the layer above the floor (1.5 um), where the wall stands a little further out than at the floor itself
    above = charts.feet[own] - measures["bottom.resist-1"].value
    assert 0.0 < above < 0.5e-6 < measures["opening.resist-1"].value - charts.feet[own]
    assert charts.steps[own] == pytest.approx(measures["ledge.resist-2"].value, abs=0.25e-6)  # half a cell
    assert charts.over_development == pytest.approx(0.3)


@pytest.mark.parametrize("focus", [0.0, 30e-6, 60e-6, 1e-4 / 3])
def test_the_runs_own_focus_and_dose_are_among_those_varied(focus):
    way, settings, own = _settings(Light("stepper", (365e-9,), (1.0,), numerical_aperture=0.16, coherence=0.5, focus=focus))
    assert way == "focus" and settings[own] == focus and len(settings) == len(FOCUS)
    assert DOSES[OWN_DOSE] == 1.0


@pytest.mark.parametrize("gap", [0.0, 33e-6])
def test_the_runs_own_gap_is_among_those_varied(gap):
    way, settings, own = _settings(Light("aligner", (365e-9,), (1.0,), gap=gap))
    assert way == "gap" and settings[own] == gap and (np.diff(settings) > 0).all()


def test_the_page_says_it(stair, charts):
    page = lithography_page(stair, charts)
    said = " ".join(page["sentences"])
    assert "a stair, since that is more than" in said and "resist-2 is 4 times as sensitive as resist-1" in said
    assert "Every opening halfway up and the foot of resist-1 stay within 1 um" in said
    assert "the shelf between resist-1 and resist-2" in said
    assert "The time is held at the run's own" in said
    assert [row[0] for row in page["rows"]] == ["resist-2", "resist-1"] and len(page["rows"][0]) == 1 + len(page["columns"])
    assert any(title.startswith("sensitivity alone, 30 um thick, in ") for title in page["columns"])
    says = [figure["says"] for figure in page["figures"]]
    assert says[0].startswith("Shelf between resist-1 and resist-2 against dose, for some gaps") and "On cells of 0.5 um" in says[0]
    html = report_html(stair, library())
    assert html.count("lithography") >= 1 and "Equations and where they come from" in html and "nan" not in html
    assert "could not be made" not in html


def test_the_page_begins_with_light_mask_and_developer(stair, charts):
    pairs = dict(lithography_page(stair, charts)["pairs"])
    assert pairs["light"] == "365 nm 100 %" and pairs["gap"] == "50 um" and pairs["divergence"] == "3 deg to either side"
    assert pairs["mask"] == "disc of 80 um: 100 %; outside 0 %" and pairs["over-development"] == "30 %"
    assert "carrier film" not in pairs


def test_a_development_that_stops_short_is_told_and_has_the_charts_that_there_are():
    made = until_development("stair-plated", **{"steps.exposure.dose": "100 mJ/cm^2", "steps.development.time": "100 s"})
    page = lithography_section(made)
    assert dict(page["pairs"])["over-development"] == "none: taken out before the floor"
    assert not page["refusal"] and not page["sentences"] and page["figures"][-1]["says"].startswith("Light")
    assert "nan" not in report_html(made, library())


def test_shelves_are_called_what_they_are(stair):
    step = stair.step("development")

    def said(shelf):
        changed = SimpleNamespace(measures={**step.measures, "ledge.resist-2": quantity(shelf, "length")})
        return _shelf_sentences(changed, ["resist-1", "resist-2"])[0]

    assert "undercut: resist-2 overhangs by 3 um" in said(-3e-6)
    assert "no stair: the shelf of 0.1 um is not wider than" in said(1e-7)
    assert "is 3 um wide: a stair" in said(3e-6)


def test_a_stepper_in_focus_at_the_middle_has_its_charts():
    tool = {"kind": "stepper", "numerical_aperture": 0.1, "coherence": "50 %", "defocus": "0 um"}
    made = until_development("stair-plated-stepper", **{"steps.exposure.tool": tool})
    found = lithography_charts(made)
    assert found.way == "focus" and found.settings[found.own] == 0.0 and found.held
    page = lithography_page(made, found)
    assert "focus above its place" in page["figures"][0]["svg"] and "for some doses" in page["figures"][0]["says"]
    pairs = dict(page["pairs"])
    assert pairs["lens"] == "NA 0.1, coherence 50 %" and pairs["focus"] == "30 um below the top of the resists"


def test_two_exposures_before_one_development_keep_their_table_and_say_why_there_are_no_charts():
    text = load("stair-plated").to_yaml().replace("400 mJ/cm^2", "200 mJ/cm^2")
    once = text[text.index("  - expose:") : text.index("  - develop:")]
    made = until_development(Recipe.from_yaml(text.replace(once, once + once.replace("id: exposure", "id: again"))))
    with pytest.raises(NoCharts, match="2 exposures add up"):
        lithography_charts(made)
    html = report_html(made, library())
    assert "2 exposures add up in this development" in html and "halfway up" in html and "dose of again" in html


def test_a_chart_that_fails_costs_no_run(stair, monkeypatch):
    def fails(*_):
        raise IndexError("index 0 is out of bounds")

    monkeypatch.setattr(page_module, "lithography_charts", fails)
    monkeypatch.setattr(report_module, "design_charts", fails)
    html = report_html(stair, library())
    assert html.count("The charts could not be made: IndexError index 0 is out of bounds.") == 2
    assert "<td>resist-1</td>" in html and "halfway up" in html  # the table stands
    monkeypatch.setattr(page_module, "_pairs", fails)
    assert "IndexError" in lithography_section(stair)["refusal"]
    assert "IndexError" in report_html(stair, library())


def test_a_run_without_a_computed_development_has_no_page():
    made = until_development("stair-plated", **{"steps.exposure.model": "blurred_image"})
    assert lithography_charts(made) is None and lithography_section(made) is None
