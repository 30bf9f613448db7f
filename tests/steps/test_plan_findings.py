"""What two reviews of the plan found, each with the recipe that showed it."""

import math

import pytest
import shapely

import waferbump
from tests.bad_input.test_plan import HEAD, with_line
from tests.steps.test_plan_steps import LINE
from waferbump.geometry.area import Area
from waferbump.geometry.stack import Stack
from waferbump.line import RunError
from waferbump.recipe import Recipe

UM = 1e-6


def run_of(text: str):
    return waferbump.run(Recipe.from_yaml(text, file="site.yaml"))


def plane() -> Stack:
    return Stack.blank((-100 * UM, -100 * UM, 100 * UM, 100 * UM), material="Si", thickness=100 * UM)


def box(x0: float, y0: float, x1: float, y1: float) -> Area:
    return Area(shapely.box(x0 * UM, y0 * UM, x1 * UM, y1 * UM))


def test_the_tiling_stays_whole_where_beams_cross_the_landing_pads_rim():
    text = """\
waferbump: 1
name: crossing-beams
extends: sacrificial-left-beams
masks:
  beam: {polygon: [[0 um, 70 um], [156 um, 70 um], [156 um, 110 um], [0 um, 110 um]]}
  other-beam: {polygon: [[0 um, -110 um], [150 um, -110 um], [150 um, -70 um], [0 um, -70 um]]}
"""
    run = run_of(text)
    assert all(step.state.stack.check() == "" for step in run.steps)


def test_a_film_on_one_body_does_not_grow_through_a_wall():
    pad = plane().grown("pad", "Cu", 1 * UM).opened({"pad": box(-100, -100, 0, 100).outside})
    both = pad.coated("resist", "resist", 9 * UM)
    both = both.opened({"resist": box(-40.5, -20, -0.5, 20)}).opened({"resist": box(0.5, -20, 40, 20)})
    grown = both.grown("nickel", "Ni", 3 * UM, on=["pad"])
    assert grown.plan_area("nickel").bounds[2] <= -0.5 * UM + 1e-12
    assert grown.volume("nickel") == pytest.approx(40 * 40 * 3e-18, rel=1e-6)


def test_a_thick_film_rounds_off_beside_a_low_step():
    stepped = plane().grown("step", "Al", 1 * UM).opened({"step": Area.about(((0.0, 30 * UM),)).outside})
    film = stepped.laminated("film", "dry", 20 * UM, bridges=0.0)
    for d in (1.0, 3.0, 5.0, 8.0, 15.0):
        exact = max(20.0, 1.0 + math.sqrt(400 - d * d))  # a quarter circle about the step's edge, never below the film itself
        # rings of 4 um that take their middle's height: half a ring's fall at most
        assert film.thickness_at((30 + d) * UM, 0.0, "film") == pytest.approx(exact * UM, abs=0.45 * UM)
    assert film.thickness_at(39 * UM, 0.0, "film") == pytest.approx(20 * UM, abs=1e-12)


def test_an_opening_whose_walls_meet_is_shut_and_said():
    narrow = with_line("{rectangle: [10 um, 60 um], at: [60 um, 0 um]}", "{rectangle: [4 um, 60 um], at: [60 um, 0 um]}").replace(
        "wall_angle: 85 deg", "wall_angle: 60 deg")
    with pytest.raises(RunError, match="no etch window reaches sacrificial") as stopped:
        run_of(narrow)
    (sentence,) = [w for w in stopped.value.run.step("development").warnings if "closes before it is through" in w]
    assert "walls at 60 deg through 8 um" not in sentence or "need it at least" in sentence
    wide = run_of(HEAD)
    assert not any("closes" in w for w in wide.step("development").warnings)


def test_solder_that_stands_on_a_bare_line_is_refused_when_it_would_melt():
    text = LINE + """\
  - coat: {id: bump-resist, resist: generic-positive-medium, thickness: 30 um}
  - expose: {id: bump-exposure, mask: bump, dose: 300 mJ/cm^2, tool: {kind: contact}}
  - develop: {id: bump-development}
  - print: {id: solder, solder: SAC305, form: paste, metal_fraction: 50 %}
  - strip: {id: bump-strip, removes: [bump-resist]}
  - reflow: {id: reflow, peak: 245 degC, atmosphere: nitrogen}
"""
    bare = text.replace("steps:", "  bump: {circle: 60 um}\nsteps:", 1)
    with pytest.raises(RunError, match="solder would run along it"):
        run_of(bare)


def test_a_site_whose_line_stops_short_is_said_to_be_open():
    flow = waferbump.load("plain-bump")
    assert not any(step == "connection" for step, _ in waferbump.run(flow).warnings)
    short = waferbump.load("suspended-over-gap").with_changes(
        {
            "masks.trace": {"line": {"points": [["-332 um", "0 um"], ["-200 um", "0 um"]], "width": "50 um"}},
            "views.cut": {"line": [["-340 um", "0 um"], ["150 um", "0 um"]]},
        }
    )
    run = waferbump.run(short)
    assert ("connection", "nothing leads from pad to the solder: the site is electrically open") in run.warnings


def test_a_mask_that_the_window_cuts_off_is_warned_of():
    idle, used = (Recipe.from_yaml(text.replace("[[-125 um, 0 um]", "[[-190 um, 0 um]"), file="site.yaml") for text in (HEAD, LINE))
    assert not any("cut off" in sentence for sentence in idle.warnings())  # no step uses that line
    assert any("mask 'line' is cut off at the edge of the plan's window" in sentence for sentence in used.warnings())


def test_an_etch_through_one_mask_twice_measures_no_undercut_that_is_not_there():
    twice = """\
waferbump: 1
name: twice
cell: {pitch: 200 um}
carrier: {kind: wafer, material: Si, thickness: 400 um}
views: {}
masks: {m: {circle: 100 um, tone: dark}}
steps:
  - deposit: {id: film, material: Ti, thickness: 1 um, side_coverage: 50 %}
  - coat: {id: one, resist: generic-positive-medium, thickness: 12 um}
  - expose: {id: one-exposure, mask: m, dose: 300 mJ/cm^2, tool: {kind: contact}}
  - develop: {id: one-development}
  - etch: {id: dry, removes: [film], kind: dry}
  - strip: {id: one-strip}
  - coat: {id: two, resist: generic-positive-medium, thickness: 12 um}
  - expose: {id: two-exposure, mask: m, dose: 300 mJ/cm^2, tool: {kind: contact}}
  - develop: {id: two-development}
  - etch: {id: wet, removes: [film]}
"""
    try:
        run = run_of(twice)
        assert run.status == "done"
    except RunError as stop:
        assert "not handled" not in str(stop)
