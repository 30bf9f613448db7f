"""How a freed part is held and whether it sticks: bridges, plates, cantilevers, membranes; layers at several heights."""

import pytest

import waferbump
from waferbump.materials import library
from waferbump.physics.release import cantilever_elastocapillary_number, doubly_clamped_elastocapillary_number
from waferbump.recipe import Recipe

UM = 1e-6
TEXT = """\
waferbump: 1
name: site
cell: {pitch: 400 um}
carrier: {kind: wafer, material: Si, thickness: 400 um}
views: {window: [-200 um, -200 um, 200 um, 200 um]}
masks:
  sacrificial: {LAYER, tone: dark}
WINDOWS
steps:
  - deposit: {id: sacrificial, material: Ti, thickness: 2 um, side_coverage: 70 %}
  - coat: {id: sr, resist: generic-positive-medium, thickness: 12 um}
  - expose: {id: se, mask: sacrificial, dose: 300 mJ/cm^2, tool: {kind: contact}}
  - develop: {id: sd}
  - etch: {id: setch, removes: [sacrificial], kind: dry, overetch: 20 %}
  - strip: {id: ss}
  - deposit: {id: ins, material: SiO2, thickness: 3 um, method: cvd, side_coverage: 70 %}
  - coat: {id: ir, resist: generic-positive-medium, thickness: 15 um}
  - expose: {id: ie, mask: windows, dose: 300 mJ/cm^2, tool: {kind: contact}}
  - develop: {id: id}
  - etch: {id: ietch, removes: [ins], kind: dry, overetch: 20 %}
  - strip: {id: is}
  - release: {id: release, removes: [sacrificial], rate: 1 um/min, rinse: water, work_of_adhesion: 0.01 J/m^2}
"""
MODULUS, WATER = library()["SiO2"].number("young_modulus"), library()["water"].number("surface_tension")


def released(layer: str, *windows: str):
    names = [f"w{k}" for k in range(len(windows))]
    masks = "\n".join(f"  {name}: {{{window}}}" for name, window in zip(names, windows, strict=True))
    text = TEXT.replace("LAYER", layer).replace("WINDOWS", f"{masks}\n  windows: {{union: [{', '.join(names)}]}}")
    return waferbump.run(Recipe.from_yaml(text, file="site.yaml")).step("release")


def test_a_bridge_is_held_at_both_ends():
    above, below = (f"rectangle: [204 um, 10 um], at: [0 um, {y} um]" for y in (15, -15))
    step = released("rectangle: [200 um, 40 um]", above, below)
    assert step.record["freed"]["held"] == "clamped"
    assert step.measures["overhang"].value == pytest.approx(200 * UM, rel=0.03)  # less the film on the layer's end walls
    exact = doubly_clamped_elastocapillary_number(step.measures["overhang"].value, 20 * UM, 3 * UM, 2 * UM, MODULUS, WATER, 0.0)
    assert step.measures["elastocapillary_number"].value == pytest.approx(exact, rel=0.02)
    assert any("pulls it down" in warning for warning in step.warnings)


@pytest.mark.parametrize(("long", "wide"), [(20.0, 180.0), (80.0, 40.0)])
def test_a_plate_held_on_one_side_is_a_cantilever_however_wide(long, wide):
    # windows along three sides; the fourth, at x = 0, is held
    y = wide / 2 + 5
    windows = (
        f"rectangle: [{long + 10} um, 10 um], at: [{long / 2 + 5} um, {y} um]",
        f"rectangle: [{long + 10} um, 10 um], at: [{long / 2 + 5} um, {-y} um]",
        f"rectangle: [10 um, {wide + 20} um], at: [{long + 5} um, 0 um]",
    )
    step = released(f"polygon: [[0 um, {-y} um], [{long + 4} um, {-y} um], [{long + 4} um, {y} um], [0 um, {y} um]]", *windows)
    assert step.record["freed"]["held"] == "cantilever"
    assert step.measures["overhang"].value == pytest.approx(long * UM, rel=0.06)  # image blur and etched edges, about a micrometre
    exact = cantilever_elastocapillary_number(step.measures["overhang"].value, wide * UM, 3 * UM, 2 * UM, MODULUS, WATER, 0.0)
    assert step.measures["elastocapillary_number"].value == pytest.approx(exact, rel=0.05)


def test_a_membrane_with_a_hole_is_held_all_round():
    step = released("circle: 120 um", "circle: 10 um")
    assert step.record["freed"]["held"] in ("clamped", "cantilever") and step.measures["overhang"].value > 50 * UM


def test_the_softest_piece_is_judged():
    arms = (f"rectangle: [140 um, 10 um], at: [-75 um, {y} um]" for y in (60, 40))
    step = released("rectangle: [300 um, 300 um]", "rectangle: [10 um, 296 um], at: [0 um, 0 um]", *arms)
    assert step.measures["elastocapillary_number"].value < 1 and step.record["freed"]["pieces"] >= 1


def test_air_over_the_cover_of_a_layer_is_no_window_whatever_the_heights():
    text = """\
waferbump: 1
name: site
cell: {pitch: 400 um}
carrier: {kind: wafer, material: Si, thickness: 400 um}
views: {window: [-200 um, -200 um, 200 um, 200 um]}
masks:
  pad: {circle: 60 um, at: [-60 um, 0 um]}
  sacrificial: {rectangle: [240 um, 60 um], tone: dark}
  window: {rectangle: [10 um, 40 um], at: [100 um, 0 um]}
steps:
  - pad: {id: pad, material: Al, thickness: THICK um, mask: pad}
""" + TEXT.split("steps:\n")[1].replace("thickness: 2 um", "thickness: 1 um").replace("thickness: 3 um", "thickness: 1 um").replace(
        "mask: windows", "mask: window"
    )
    runs = [waferbump.run(Recipe.from_yaml(text.replace("THICK", thick), file="site.yaml")) for thick in ("0.5", "4")]
    times = [run.step("release").measures["time_to_free.sacrificial"].value for run in runs]
    assert times[1] == pytest.approx(times[0], rel=0.02) and times[0] > 200 * 60  # some 215 um of way at 1 um a minute
