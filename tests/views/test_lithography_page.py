"""The lithography page: its numbers are the run's, its charts say what was varied, its sentences name the stair and what is held."""

import numpy as np
import pytest

from waferbump.line import run
from waferbump.lithography_charts import lithography_charts
from waferbump.materials import library
from waferbump.recipe import load
from waferbump.views.lithography_page import lithography_page
from waferbump.views.report import report_html

COARSE = {"steps.development.grid": "0.5 um"}


def until_development(name, **changes):
    recipe = load(name).with_changes({**COARSE, **changes})
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
    low, high = charts.held["dose"]
    assert charts.doses[0] <= low < charts.dose < high <= charts.doses[-1]
    low, high = charts.held["gap"]
    assert 0 <= low < charts.setting < high


def test_the_page_says_it(stair, charts):
    page = lithography_page(stair, charts)
    said = " ".join(page["sentences"])
    assert "a stair, since it is wider than three times that" in said and "Every opening stays within 1 um" in said
    assert [row[0] for row in page["rows"]] == ["resist-2", "resist-1"] and len(page["rows"][0]) == 1 + len(page["columns"])
    html = report_html(stair, library())
    assert html.count("lithography") >= 1 and "Equations and where they come from" in html and "nan" not in html


def test_a_stepper_has_its_bossung_curves():
    found = lithography_charts(until_development("stair-plated-stepper"))
    assert found.way == "focus" and 0.0 in found.settings
    figures = lithography_page(until_development("stair-plated-stepper"), found)["figures"]
    assert "focus above its place" in figures[0]["svg"]


def test_a_run_without_a_computed_development_has_no_page():
    assert lithography_charts(until_development("stair-plated", **{"steps.exposure.model": "blurred_image"})) is None
