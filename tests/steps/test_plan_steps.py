"""Steps in plan: lines that climb, releases with their times, images of round bodies, what joins and what holds."""

import math

import numpy as np
import pytest

import waferbump
from tests.bad_input.test_plan import HEAD, with_line
from waferbump.materials import library
from waferbump.recipe import Recipe
from waferbump.steps.conduction import connections

UM = 1e-6


def run_of(text: str):
    return waferbump.run(Recipe.from_yaml(text, file="site.yaml"))


LINE = HEAD.split("  - release")[0] + """\
  - deposit: {id: seed, material: Cu, thickness: 300 nm, side_coverage: 50 %}
  - coat: {id: line-resist, resist: generic-positive-medium, thickness: 12 um}
  - expose: {id: line-exposure, mask: line, dose: 300 mJ/cm^2, tool: {kind: contact}}
  - develop: {id: line-development}
  - plate: {id: line, model: even_film, solder: Cu, current_density: 4 A/dm^2, until: {height: 3 um}}
  - strip: {id: line-strip, removes: [line-resist]}
  - etch: {id: seed-etch, removes: [seed]}
"""


@pytest.fixture(scope="module")
def line():
    return run_of(LINE)


@pytest.fixture(scope="module")
def freed():
    return run_of(HEAD)


def test_a_plated_line_is_even_and_joined_from_the_pad_up_its_via(line):
    plated = line.step("line").state
    stack = plated.stack
    for x in (-110.0, -60.0, 0.0):  # in the via, on the line, on the landing pad
        assert stack.thickness_at(x * UM, 0.0, "line") == pytest.approx(3 * UM, abs=1e-12)
    assert stack.surface_height(-110 * UM, 0.0) < stack.surface_height(-60 * UM, 0.0) - 5 * UM
    assert line.final.stack.path("pad", "line", {"seed"}) == ("pad", "seed", "line")
    assert line.final.stack.floating() == ()


def test_an_etched_seed_leaves_no_stringer_and_undercuts_the_line(line):
    assert line.step("seed-etch").warnings == ()
    seed, plated = line.final.stack.plan_area("seed"), line.step("line").state.stack.plan_area("line")
    outline = sum(piece.exterior.length for piece in plated.geoms)
    # 0.45 um of etch through 0.3 um of film undercut 0.414 um on the mean: less inside the via, and all of it from walls bare before
    assert 0.37 * UM * outline < plated.area - seed.area < 0.45 * UM * outline


def test_the_cut_shows_the_line_climbing_out_of_its_via(line):
    cut = line.final.sections["cut"]
    spans = cut.spans("line", cut.bounds("line")[1] + 0.5 * UM)
    assert len(cut.shape("line").geoms) == 1 and spans[0][1] - spans[0][0] < 30 * UM  # only in the via that low


def test_a_line_that_stops_short_joins_nothing():
    short = run_of(LINE.replace("points: [[-125 um, 0 um], [0 um, 0 um]]", "points: [[-125 um, 0 um], [-70 um, 0 um]]").replace(
        "cut: {along: line, start: pad, beyond: 100 um}", "cut: {line: [[-140 um, 0 um], [140 um, 0 um]]}"))
    stack = short.final.stack
    landing = [piece for piece, _, _ in stack.prisms("line")]
    assert landing and stack.path("pad", "line", {"seed"}) != ()  # the stub on the pad is of the line's metal too
    pieces = stack.reached(lambda _, name: name in ("line", "seed"), stack.cells_of(["pad"]))
    at_bump = {p for p, part in enumerate(stack.neighbours.parts) if part.contains(__import__("shapely").Point(0, 0))}
    assert not at_bump & {p for p, _ in pieces}


def test_release_takes_the_time_of_its_longest_way(freed):
    measured = freed.step("release").measures
    before = freed.step("cure").state.stack
    # the layer is a disc of about 60 um less its undercut; the window is a bar 10 um wide at x = 60 um
    rim = before.plan_area("sacrificial").bounds[0]
    window = before.bare_area("sacrificial").bounds[0]
    way = measured["time_to_free.sacrificial"].value * UM / 60
    assert way == pytest.approx(window - rim, rel=0.01)  # the farthest point may lie a little off the diameter
    assert measured["time"].value == pytest.approx(1.2 * measured["time_to_free.sacrificial"].value)
    assert measured["remaining.sacrificial"].value == 0.0


def test_a_release_that_is_stopped_early_leaves_an_island_in_every_view():
    part = run_of(with_line("rate: 1 um/min", "rate: 1 um/min, time: 30 min"))
    left = part.final.stack.plan_area("sacrificial")
    gone = part.step("release").measures["released.sacrificial"].value
    assert part.step("release").measures["remaining.sacrificial"].value == pytest.approx(left.area, rel=1e-9)
    assert gone + left.area == pytest.approx(part.step("cure").state.stack.plan_area("sacrificial").area, rel=1e-9)
    cut = part.final.sections["cut"]
    edge = cut.bounds("sacrificial")[2] + cut.line[0][0]
    window = part.step("cure").state.stack.bare_area("sacrificial").bounds[0]
    assert edge == pytest.approx(window - 30 * UM, abs=5e-9)
    assert any("not all gone" in warning for warning in part.step("release").warnings)


def test_a_release_paced_by_diffusion_goes_with_the_square_root_of_time():
    # a strip with a window across its end: the front is straight
    strip = with_line("{circle: 120 um, tone: dark}", "{rectangle: [120 um, 40 um], tone: dark}").replace("at: [60 um", "at: [55 um")

    def front(asked: str) -> float:
        made = run_of(strip.replace("rate: 1 um/min", asked))
        before = made.step("cure").state.stack
        width = before.plan_area("sacrificial").bounds[3] - before.plan_area("sacrificial").bounds[1]
        return made.step("release").measures["released.sacrificial"].value / width

    start = front("rate: 1 nm/min, time: 1 s")
    for minutes in (5.0, 20.0):
        way = front(f"diffusion: 30 um^2/min, time: {minutes} min") - start
        assert way == pytest.approx(math.sqrt(2 * 30 * minutes) * UM, rel=0.02)  # corners of the strip are round by its own etch


def test_the_freed_part_is_judged_as_it_is_held():
    run = run_of(with_line("rate: 1 um/min", "rate: 1 um/min, rinse: water, work_of_adhesion: 0.1 J/m^2"))
    step = run.step("release")
    assert step.measures["gap"].value == pytest.approx(3 * UM)
    assert step.record["freed"]["held"] == "clamped" and "insulating" in step.record["freed"]["regions"]
    number = step.measures["elastocapillary_number"].value
    span, thick = step.measures["overhang"].value, 5 * UM
    modulus = library()["polyimide"].number("young_modulus")
    width = step.record["freed"]["area"] / span  # only for the size of it: the step takes the length along which it is held
    assert width > 0 and number == pytest.approx(
        128 * modulus * (3 * UM) ** 2 * thick**3 / (15 * 0.07274 * span**4), rel=0.1
    )  # less 1 + t/w of the beam's side, some per cent


def test_what_the_etchant_eats_besides_is_taken_off_and_said():
    run = run_of(with_line("rate: 1 um/min", "rate: 1 um/min, attacks: {Al: 5 nm/min}"))
    lost = run.step("release").measures["lost.pad"].value
    assert lost == pytest.approx(run.step("release").measures["time"].value / 60 * 5e-9)
    before, after = (s.state.stack.thickness_at(-110 * UM, 0.0, "pad") for s in (run.step("cure"), run.step("release")))
    assert before - after == pytest.approx(lost, abs=2e-11)
    assert "insulating" in run.step("release").record["taken_as_untouched"]


def test_the_image_of_a_ball_has_its_volume_and_touches_what_it_stands_on():
    run = waferbump.run(waferbump.load("flux-filled").with_changes({"views": {}}))
    final = run.final
    (ball,) = final.names_with("solder")
    assert final.facts[ball].imported == ("cut", "plan") and final.stack.imported >= {ball}
    # terraces at the mean radius of each: the sphere's second derivative leaves a part in a few thousand
    assert final.stack.volume(ball) == pytest.approx(final.bump.volume(ball), rel=5e-3)
    assert final.stack.contact(ball, "wetting") > 0.9 * final.bump.contact(ball, "wetting")
    cut = final.sections["cut"]
    middle = cut.width / 2
    for z in np.linspace(final.bump.bounds(ball)[1] + UM, final.bump.bounds(ball)[3] - UM, 7):
        (_, radius), *_ = final.bump.spans(ball, z)[-1:]
        low, high = cut.spans(ball, z)[0][0], cut.spans(ball, z)[-1][1]
        assert (middle - low, high - middle) == pytest.approx((radius, radius), abs=2e-9)


def test_connections_say_what_leads_to_the_solder_and_what_does_not():
    joined = waferbump.run(waferbump.load("flux-filled").with_changes({"views": {}})).final
    assert connections(joined, library())["pad"][0] == "pad" and connections(joined, library())["pad"][-1] in joined.names_with("solder")
    assert connections(waferbump.run(waferbump.load("flux-filled")).final, library()) == {}
    assert math.isfinite(joined.stack.volume("pad"))
