"""A part of the plan as each cut sees it: chords of lines, rings of the round cell."""

import math

import pytest
import shapely

from waferbump.geometry.area import FAR, Area
from waferbump.geometry.plan import circle, line, square

UM = 1e-6
WIDTH = 250 * UM


def flat(spans):
    return [end for span in spans for end in span]


def test_a_circle_is_exact_in_both_cuts():
    area = Area.of(circle("ball", 80 * UM))
    assert area.round(WIDTH) == ((0.0, 40 * UM),)
    (chord,) = area.along(((-100 * UM, 24 * UM), (100 * UM, 24 * UM)))
    assert chord == pytest.approx((68 * UM, 132 * UM), abs=1e-15)  # sqrt(40^2 - 24^2) = 32 on either side
    assert area.outside.round(WIDTH) == ((40 * UM, WIDTH),)
    assert flat(area.outside.along(((-100 * UM, 0.0), (100 * UM, 0.0)))) == pytest.approx(flat(((0.0, 60 * UM), (140 * UM, 200 * UM))))


def test_a_line_that_leaves_a_round_pad_is_not_seen_round():
    pad, metal = circle("pad", 280 * UM), line("line", [(-300 * UM, 0.0), (0.0, 0.0)], 50 * UM)
    both = Area(shapely.union_all([pad.polygon, metal.polygon]))
    ((inner, outer),) = both.round(WIDTH)
    assert inner == 0.0 and outer == pytest.approx(140 * UM, abs=0.06 * UM)  # corners of the 128 sides lie 0.04 um beyond the circle
    assert flat(both.along(((-320 * UM, 0.0), (200 * UM, 0.0)))) == pytest.approx(flat(((20 * UM, 460 * UM),)), abs=0.06 * UM)
    away = Area(circle("far", 40 * UM).shifted((200 * UM, 0.0)).polygon)
    assert away.round(WIDTH) == () and away.outside.round(WIDTH) == ((0.0, WIDTH),)


def test_a_square_is_the_circle_of_equal_area_and_an_elongated_outline_is_not():
    assert Area.of(square("pad", 80 * UM)).round(WIDTH) == ((0.0, pytest.approx(80 * UM / math.sqrt(math.pi))),)
    bar = Area.of(line("bar", [(-100 * UM, 0.0), (100 * UM, 0.0)], 20 * UM))
    ((inner, outer),) = bar.round(WIDTH)
    # half of the circle lies within 10 um of the axis where asin(10 / r) is a quarter turn of its quarter
    assert inner == 0.0 and outer == pytest.approx(10 * UM / math.sin(math.pi / 4), rel=0.02)  # of 360 azimuths, four steps of a degree


def test_an_off_centre_circle_is_widened_and_turned_inside_out_as_a_circle():
    area = Area.of(circle("via", 20 * UM).shifted((50 * UM, 0.0)))
    assert flat(area.widened(5 * UM).along(((0.0, 0.0), (100 * UM, 0.0)))) == pytest.approx(flat(((35 * UM, 65 * UM),)))
    narrowed = area.outside.widened(5 * UM).along(((0.0, 0.0), (100 * UM, 0.0)))
    assert flat(narrowed) == pytest.approx([0.0, 45 * UM, 55 * UM, 100 * UM])
    assert area.outside.polygon.bounds == (-FAR, -FAR, FAR, FAR)


def test_a_line_with_bends_is_measured_along_its_length():
    box = Area(shapely.box(-10 * UM, -10 * UM, 10 * UM, 110 * UM))
    path = ((-50 * UM, 0.0), (0.0, 0.0), (0.0, 100 * UM), (50 * UM, 100 * UM))
    assert flat(box.along(path)) == pytest.approx(flat(((40 * UM, 160 * UM),)))
