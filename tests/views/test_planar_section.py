"""Pictures of planar cuts: their ends and bends, exaggerated heights, and slices of round bodies."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest
import shapely

from tests.views.drawn import parsed, shapes
from tests.views.suspended import figures
from waferbump.geometry.section import Section
from waferbump.materials import library
from waferbump.state import Facts
from waferbump.views.frame import frame_of
from waferbump.views.heights import FACTORS, Heights
from waferbump.views.section_drawing import section_svg
from waferbump.views.section_marks import bends

BENT = ((-330e-6, 60e-6), (-290e-6, 0.0), (0.0, 0.0), (170e-6, -170e-6))


def unscaled(svg: str) -> float:
    return float(parsed(svg).get("data-exaggeration"))


def test_a_planar_cut_runs_from_a_to_a_prime_and_is_not_mirrored():
    cut = figures()["G"].cut
    svg = section_svg(cut, library())
    found = shapes(svg)
    assert found["carrier"].bounds[0] == 0.0
    assert found["carrier"].bounds[2] == pytest.approx(cut.width * 1e6, abs=0.01)  # rounding to 0.01 px at 1.2 px/um
    letters = [node for node in parsed(svg).iter() if node.get("class") == "end"]
    assert [node.text for node in letters] == ["A", "A′"]
    assert float(letters[0].get("x")) < float(letters[1].get("x"))
    assert "A′" not in section_svg(figures()["G"].bump, library())


def test_bends_are_ticked_where_the_line_turns():
    lengths = np.cumsum([math.dist(*leg) for leg in itertools.pairwise(BENT)])
    assert bends(BENT) == pytest.approx(lengths[:-1])
    assert bends(((0.0, 0.0), (1e-4, 0.0), (2e-4, 0.0))) == () == bends(()) == bends(BENT[:2])
    section = figures(BENT)["G"].cut
    frame = frame_of([section])
    ticks = [node.get("d") for node in parsed(section_svg(section, library(), frame=frame)).iter() if node.get("class") == "g bend"]
    left = [float(re.match(r"M([\d.]+)", d)[1]) for d in ticks]
    assert left == pytest.approx([46.0 + s * frame.scale for s in bends(BENT)], abs=0.006)  # 46 px for the axis, rounded to 0.01


def test_heights_are_drawn_continuously_and_areas_grow_by_the_factor():
    heights = Heights(3.0, 4e-5)
    assert heights.drawn(4e-5) == pytest.approx(1.2e-4) and heights.drawn(1e-4) == pytest.approx(1.8e-4)
    assert heights.drawn(np.array([-1e-5, 0.0])) == pytest.approx([-3e-5, 0.0])
    lower, upper = shapely.box(0, 0, 1e-4, 4e-5), shapely.box(0, 4e-5, 1e-4, 9e-5)
    assert heights.applied(lower).area == pytest.approx(3 * lower.area)
    assert heights.applied(upper).area == pytest.approx(upper.area)
    # a triangle across the level needs corners there: 3 times its lower part and once its upper, by similar triangles
    triangle = shapely.Polygon([(0, 0), (1e-4, 0), (0, 1e-4)])
    above = 0.5 * 6e-5**2
    assert heights.applied(triangle).area == pytest.approx(3 * (triangle.area - above) + above, rel=1e-12)
    for wrong in ((0.0, 1.0), (-1.0, 1.0), (math.nan, 1.0), (2.0, 0.0)):
        with pytest.raises(ValueError, match="finite factor above 0"):
            Heights(*wrong)


def test_the_picture_is_drawn_by_the_factor_it_states():
    cut = figures()["E"].cut
    for factor in (1.0, 2.0, 5.0):
        svg = section_svg(cut, library(), exaggeration=factor)
        found = shapes(svg)
        bottom, top = cut.bounds("protection")[1] * 1e6, cut.bounds("protection")[3] * 1e6
        assert found["protection"].bounds[1] == pytest.approx(factor * bottom, abs=0.02)  # two roundings at 1.2 px/um
        assert found["protection"].bounds[3] == pytest.approx(factor * top, abs=0.02)
        assert found["protection"].bounds[0] == pytest.approx(cut.bounds("protection")[0] * 1e6, abs=0.01)
        said = "to scale" if factor == 1.0 else f"heights x {factor:g}"
        assert f"500 um, {said}</text>" in svg and unscaled(svg) == factor


def test_planar_cuts_choose_a_round_factor_and_leave_the_ball_round():
    steps = figures()
    frame = frame_of([step.cut for step in steps.values()])
    assert frame.heights.factor in FACTORS and frame.heights.factor > 1.0
    svg = section_svg(steps["G"].cut, library(), frame=frame)
    assert f"{frame.heights.words}</text>" in svg and f'data-upto="{frame.heights.upto * 1e6:g}"' in svg
    ball = shapes(svg)["ball"]
    assert ball.bounds[2] - ball.bounds[0] == pytest.approx(300.0, abs=0.05)  # the chords of its 91 corners lie 0.04 um inside
    above = ball.intersection(shapely.box(0, frame.heights.factor * frame.heights.upto * 1e6, 1e3, 1e3))
    true = steps["G"].cut.shape("ball").intersection(shapely.box(0, frame.heights.upto, 1, 1)).area * 1e12
    assert above.area == pytest.approx(true, rel=1e-3)  # rounding to 0.01 px along 600 um of outline
    flat = [step.cut for name, step in steps.items() if name < "F"]
    assert math.isinf(frame_of(flat).heights.upto)


def test_round_cuts_stay_to_scale_and_thick_planar_ones_too():
    assert frame_of([figures()["G"].bump]).heights.true
    thick = Section.blank("planar", 100e-6, material="Si", thickness=50e-6).grown("film", "Cu", 12e-6)
    assert frame_of([thick]).heights.true


def test_numbers_of_the_axis_stand_at_their_heights_and_do_not_meet():
    cut = figures()["G"].cut
    frame = frame_of([cut])
    root = parsed(section_svg(cut, library(), frame=frame))
    numbers = [(float(n.text), float(n.get("y"))) for n in root.iter() if n.tag.endswith("text") and re.fullmatch(r"-?\d+", n.text or "")]
    zero = dict(numbers)[0.0]
    for z, y in numbers:
        assert zero - y == pytest.approx(float(frame.heights.drawn(z * 1e-6)) * frame.scale, abs=0.02)  # two roundings to 0.01 px
    places = sorted(y for _, y in numbers)
    assert min(np.diff(places)) >= 11.0  # px: the height of the letters


def test_slices_of_the_round_shape_are_marked_as_such():
    cut = figures()["G"].cut
    facts = {"ball": Facts("solder", "place", imported=("cut", "plan")), "line": Facts("redistribution", "line")}
    svg = section_svg(cut, library(), facts=facts)
    assert "ball – SAC305 (slice of the round shape)" in svg
    assert [node.text for node in parsed(svg).iter() if node.get("class") == "note"] == ["slice of the round shape"]
    assert "slice of" not in section_svg(cut, library()) and "slice of" not in section_svg(figures()["G"].bump, library(), facts=facts)


def test_insets_of_planar_cuts_are_not_called_like_the_ends():
    frame = frame_of([figures()["G"].cut], exaggeration=1.0)
    assert [inset.letter for inset in frame.insets] == ["P", "Q"][: len(frame.insets)] and frame.insets
