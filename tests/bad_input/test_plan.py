"""Plans, cut lines and releases that cannot be: one sentence that says what to mend, in bounded time."""

import pytest
import shapely

import waferbump
from waferbump.line import RunError
from waferbump.recipe import RecipeError

HEAD = """\
waferbump: 1
name: site
cell: {pitch: 300 um}
carrier: {kind: wafer, material: Si, thickness: 400 um}
views: {window: [-150 um, -150 um, 150 um, 150 um], cut: {along: line, start: pad, beyond: 100 um}}
masks:
  pad: {square: 40 um, at: [-110 um, 0 um]}
  via: {square: 20 um, at: [-110 um, 0 um]}
  landing: {circle: 80 um}
  trace: {line: {points: [[-125 um, 0 um], [0 um, 0 um]], width: 20 um}}
  line: {union: [landing, trace]}
  sacrificial: {circle: 120 um, tone: dark}
  window: {rectangle: [10 um, 60 um], at: [60 um, 0 um]}
  openings: {union: [via, window], tone: dark}
steps:
  - pad: {id: pad, material: Al, thickness: 1 um, mask: pad}
  - deposit: {id: sacrificial, material: Ti, thickness: 3 um, side_coverage: 70 %}
  - coat: {id: sacrificial-resist, resist: generic-positive-medium, thickness: 12 um}
  - expose: {id: sacrificial-exposure, mask: sacrificial, dose: 300 mJ/cm^2, tool: {kind: contact}}
  - develop: {id: sacrificial-development}
  - etch: {id: sacrificial-etch, removes: [sacrificial], overetch: 20 %}
  - strip: {id: sacrificial-strip}
  - coat: {id: insulating, resist: polyimide, thickness: 8 um}
  - expose: {id: exposure, mask: openings, dose: 300 mJ/cm^2, tool: {kind: contact}}
  - develop: {id: development, wall_angle: 85 deg}
  - bake: {id: cure, purpose: cure, temperature: 250 degC, time: 1 h}
  - release: {id: release, removes: [sacrificial], rate: 1 um/min}
"""


def refused(text: str) -> str:
    with pytest.raises((RecipeError, RunError)) as problem:
        waferbump.run(waferbump.recipe.Recipe.from_yaml(text, file="site.yaml"))
    assert "not handled" not in str(problem.value)
    return str(problem.value)


def changed(**replacements: str) -> str:
    text = HEAD
    for old, new in replacements.items():
        assert old in text
        text = text.replace(old, new, 1)
    return text


def with_line(old: str, new: str) -> str:
    assert old in HEAD
    return HEAD.replace(old, new, 1)


def test_the_recipe_itself_runs_and_frees_a_part():
    run = waferbump.run(waferbump.recipe.Recipe.from_yaml(HEAD, file="site.yaml"))
    assert run.step("release").record["released"] == ["sacrificial"] and not run.final.has("sacrificial")


@pytest.mark.parametrize(
    ("cut", "sentence"),
    [
        ("{line: [[-500 um, 400 um], [500 um, 400 um]]}", "misses the site: it passes 250 um from the window"),
        ("{line: [[-140 um, 30 um], [140 um, 30 um]]}", "misses the bump's centre by 30 um"),
        ("{line: [[-140 um, 0 um], [140 um, 0 um], [0 um, 50 um], [0 um, -50 um]]}", "crosses itself"),
        ("{line: [[-100 um, 0 um], [0 um, 0 um], [0 um, 300 um], [100 um, 300 um], [100 um, 0 um]]}", "window and comes back"),
        ("{line: [[-100 um, 0 um]]}", "needs two different points"),
        ("{along: line, beyond: 100 um}", "along also needs start"),
        ("{along: line, layer: 30/0}", "needs exactly one of line, along, layer"),
        ("{along: lines, start: pad, beyond: 10 um}", 'there is no mask "lines"'),
        ("{along: window, start: pad, beyond: 10 um}", "mask 'window' does not reach the bump's centre"),
        ("{along: landing, start: pad, beyond: 10 um}", "'landing' does not reach mask 'pad'"),
        ("{layer: 30/0}", "comes from layer 30/0 of a layout"),
    ],
)
def test_cut_lines_that_miss(cut, sentence):
    found = refused(with_line("{along: line, start: pad, beyond: 100 um}", cut))
    assert sentence in found and "site.yaml:5" in found


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[-150 um, -150 um, 150 um, 150 um]", "[10 um, -150 um, 150 um, 150 um]", "with the bump's centre, [0 um, 0 um], inside"),
        ("at: [-110 um, 0 um]}\n  via", "at: [-400 um, 0 um]}\n  via", "masks.pad: lies outside the plan's window"),
        ("{union: [landing, trace]}", "{union: [landing, line]}", "is made of itself: line -> line"),
        ("{union: [landing, trace]}", "{union: [landing, nope]}", "there is no mask"),
        ("{circle: 80 um}", "{circle: 80 um, minus: [landing]}", "is made of itself"),
        ("{square: 20 um, at", "{polygon: [[0 um, 0 um], [20 um, 20 um], [20 um, 0 um], [0 um, 20 um]], at", "at places"),
        ("rectangle: [10 um, 60 um], at: [60 um, 0 um]", "polygon: [[5 um, 0 um], [7 um, 2 um], [7 um, 0 um], [5 um, 2 um]]", "crosses"),
        ("[0 um, 0 um]], width", "[0 um, 0 um], [-60 um, 40 um], [-60 um, -40 um]], width", "crosses"),
        ("removes: [sacrificial], rate: 1 um/min", "removes: [sacrificial]", "needs rate"),
        ("removes: [sacrificial], rate: 1 um/min", "removes: [sacrificial], rate: 1 um/min, diffusion: 9 um^2/min", "one of them"),
        ("removes: [sacrificial], rate: 1 um/min", "removes: [Ni], rate: 1 um/min", "nothing on the wafer is called Ni"),
        ("removes: [sacrificial], rate: 1 um/min", "removes: [sacrificial], rate: 1 um/min, rinse: Cu", "expected one of the class rinse"),
    ],
)
def test_masks_windows_and_releases_that_cannot_be(old, new, sentence):
    assert sentence in refused(with_line(old, new))


def test_a_release_that_no_window_reaches_is_refused():
    shut = with_line("{union: [via, window], tone: dark}", "{of: via, tone: dark}")
    assert "no etch window reaches sacrificial, which is covered by insulating" in refused(shut)


def test_a_release_that_can_never_reach_a_piece_says_so():
    two = with_line("sacrificial: {circle: 120 um, tone: dark}", "island: {circle: 30 um, at: [0 um, 110 um]}\n  main: {circle: 120 um}\n"
                    "  sacrificial: {union: [main, island], tone: dark}")
    run = waferbump.run(waferbump.recipe.Recipe.from_yaml(two, file="site.yaml"))
    assert any("can never be reached" in warning for warning in run.step("release").warnings)
    before = run.step("cure").state.stack.plan_area("sacrificial")
    island = min(shapely.get_parts(before), key=lambda piece: piece.area)
    assert run.step("release").measures["remaining.sacrificial"].value == pytest.approx(island.area, rel=1e-6)


def test_a_part_that_a_release_frees_altogether_stops_the_run():
    ring = with_line("window: {rectangle: [10 um, 60 um], at: [60 um, 0 um]}", "outer: {circle: 125 um}\n  inner: {circle: 100 um}\n"
                     "  window: {of: outer, minus: [inner]}")
    assert "insulating would hang in the air" in refused(ring)


def test_a_release_without_a_plan_says_what_to_give():
    flat = HEAD.replace("views: {window: [-150 um, -150 um, 150 um, 150 um], cut: {along: line, start: pad, beyond: 100 um}}\n", "")
    for mask in ("pad", "via", "window"):
        flat = flat.replace(f", at: [{'60' if mask == 'window' else '-110'} um, 0 um]", "", 1)
    flat = flat.replace("{rectangle: [10 um, 60 um]}", "{square: 20 um}")
    flat = flat.replace("{union: [via, window], tone: dark}", "{circle: 20 um, tone: dark}")
    assert "a release is followed in plan: give the recipe views" in refused(flat)


def test_solder_on_a_landing_pad_that_is_not_round_or_off_centre_is_refused():
    steps = HEAD.split("  - release")[0] + """\
  - deposit: {id: seed, material: Cu, thickness: 1 um}
  - coat: {id: line-resist, resist: generic-pattern-resist, thickness: 3 um}
  - expose: {id: line-exposure, mask: metal, dose: 150 mJ/cm^2, tool: {kind: contact}}
  - develop: {id: line-development}
  - etch: {id: line-etch, removes: [seed]}
  - strip: {id: line-strip, removes: [line-resist]}
  - flux: {id: flux, flux: tacky-flux, method: dispense, thickness: 5 um}
"""
    bare = steps.replace("steps:", "  metal: {of: line, tone: dark}\nsteps:")
    assert "is not round" in refused(bare) and "solder would run along it" in refused(bare)
    off = steps.replace("steps:", "  metal: {circle: 80 um, at: [5 um, 0 um], tone: dark}\nsteps:")
    assert "lies 5 um off it" in refused(off)
