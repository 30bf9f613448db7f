"""The middle of a routed line: exact between parallel sides, few corners, always inside."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
import shapely
from shapely.affinity import rotate, scale, translate
from shapely.ops import substring

from waferbump.geometry.centreline import centreline, reached
from waferbump.geometry.partition import GeometryError

UM = 1e-6
EXACT = 2e-9  # m: corners are given to a nanometre
MIDDLE = 0.5e-6  # m: what a cut along a line is asked to keep to


def route(points, width, join="mitre"):
    """A line of one width along points, in um."""
    return shapely.LineString(points).buffer(width / 2, cap_style="flat", join_style=join)


def middle(outline, start, end):
    """The centreline with all lengths in um; it is inside its outline and ends where it should, whatever the test asks beside that."""
    metres = scale(outline, UM, UM, origin=(0, 0))
    found = centreline(metres, (start[0] * UM, start[1] * UM), (end[0] * UM, end[1] * UM))
    assert found[0] == (start[0] * UM, start[1] * UM) and found[-1] == (end[0] * UM, end[1] * UM)
    assert shapely.difference(shapely.LineString(found), metres).length <= 1e-9
    return [(x / UM, y / UM) for x, y in found]


def close(found, wanted, within=EXACT / UM):
    assert len(found) == len(wanted), found
    assert np.abs(np.array(found) - np.array(wanted)).max() <= within, found


@pytest.mark.parametrize("width", [10.0, 40.0, 300.0])
def test_a_straight_line(width):
    close(middle(route([(0, 0), (2000, 0)], width), (0, 0), (2000, 0)), [(0, 0), (2000, 0)])


def test_ends_off_the_middle_are_joined_to_it_at_45_degrees():
    close(middle(route([(0, 0), (1000, 0)], 30), (10, 5), (900, -7)), [(10, 5), (15, 0), (893, 0), (900, -7)])


def test_one_right_angle():
    close(middle(route([(0, 0), (500, 0), (500, 400)], 30), (10, 0), (500, 390)), [(10, 0), (500, 0), (500, 390)])


@pytest.mark.parametrize("jog", [60, 200])
def test_a_jog_at_45_degrees(jog):
    line = [(0, 0), (500, 0), (500 + jog, jog), (1200, jog)]
    close(middle(route(line, 30), (10, 0), (1190, jog)), [(10, 0), line[1], line[2], (1190, jog)])


@pytest.mark.parametrize("width", [10.0, 30.0, 100.0, 300.0])
@pytest.mark.parametrize("turn", [0.0, 0.3, math.pi / 4, 1.2])
def test_a_turned_line_on_a_grid_of_5_nm(width, turn):
    straight = shapely.LineString([(0, 0), (20 * width, 0), (30 * width, 10 * width), (50 * width, 10 * width)])
    line = rotate(straight, turn, origin=(0, 0), use_radians=True)
    outline = shapely.set_precision(line.buffer(width / 2, cap_style="flat", join_style="mitre"), 0.005)
    ends = [tuple(line.interpolate(at).coords[0]) for at in (width, line.length - width)]
    found = middle(outline, *ends)
    assert len(found) == 4
    # each side is off by 2.5 nm at most; at a bend of 45 degrees that moves the corner by 2.6 times as much
    assert shapely.hausdorff_distance(shapely.LineString(found), substring(line, width, line.length - width)) < 0.02


def capture_pad(sides: int, radius: float = 125.0):
    angles = 2 * np.pi * np.arange(sides) / sides
    return shapely.Polygon(np.column_stack([1000 + radius * np.cos(angles), radius * np.sin(angles)]))


@pytest.mark.parametrize("sides", [4, 8, 36])
def test_a_capture_pad_with_a_teardrop(sides):
    drop = shapely.Polygon([(800, 15), (950, 90), (950, -90), (800, -15)])
    outline = shapely.union_all([route([(0, 0), (1000, 0)], 30), capture_pad(sides), drop])
    close(middle(outline, (10, 0), (1000, 0)), [(10, 0), (1000, 0)])


def test_a_line_that_enters_its_pad_beside_the_centre():
    outline = shapely.union_all([route([(0, 40), (1000, 40)], 30), capture_pad(36)])
    found = middle(outline, (10, 40), (1000, 0))
    assert len(found) == 3 and found[1][1] == pytest.approx(40, abs=0.01) and 850 < found[1][0] < 990


@pytest.mark.parametrize(("end", "wanted"), [((990, 0), [(10, 0), (990, 0)]), ((400, 490), [(10, 0), (400, 0), (400, 490)])])
def test_a_branch(end, wanted):
    outline = shapely.union_all([route([(0, 0), (1000, 0)], 30), route([(400, 0), (400, 500)], 20)])
    close(middle(outline, (10, 0), end), wanted)


def test_a_hole_is_passed_on_its_wider_side():
    outline = route([(0, 0), (1000, 0)], 100).difference(shapely.box(400, -20, 600, 0))
    found = shapely.LineString(middle(outline, (10, 0), (990, 0)))
    # 50 um are left above the hole and 30 um below; the middle of the upper way is at 25 um
    beside = substring(found, found.project(shapely.Point(420, 25)), found.project(shapely.Point(580, 25)))
    assert np.abs(shapely.get_coordinates(beside)[:, 1] - 25).max() < 0.01


def test_a_round_bend_keeps_to_its_middle():
    ring = shapely.Point(0, 0).buffer(515, quad_segs=128).difference(shapely.Point(0, 0).buffer(485, quad_segs=128))
    found = middle(ring.intersection(shapely.box(0, 0, 600, 600)), (500, 0), (0, 500))
    radii = np.hypot(*shapely.get_coordinates(shapely.LineString(found).segmentize(1.0)).T)
    assert np.abs(radii - 500).max() < 0.05 * 30  # the stated slack where sides are not straight: 5 % of the width


def test_moving_turning_and_reversing_change_nothing():
    outline = shapely.union_all([route([(0, 0), (500, 0), (700, 200)], 30), translate(capture_pad(8), -300, 200)])
    found = middle(outline, (10, 3), (700, 200))
    there = middle(rotate(outline, 90, origin=(0, 0)), (-3, 10), (-200, 700))
    close([(y, -x) for x, y in there], found, 0.2)
    assert shapely.hausdorff_distance(shapely.LineString(middle(outline, (700, 200), (10, 3))), shapely.LineString(found)) < MIDDLE / UM


def test_a_start_outside_says_how_far():
    with pytest.raises(GeometryError, match=r"the start of the centreline at \(-20 um, 0 um\) lies 20 um outside the outline"):
        middle(route([(0, 0), (1000, 0)], 30), (-20, 0), (900, 0))
    with pytest.raises(GeometryError, match=r"the end .* lies 3 um outside"):
        middle(route([(0, 0), (1000, 0)], 30), (20, 0), (900, 18))


@pytest.mark.parametrize("start", [(math.nan, 0.0), (0.0, math.inf)])
def test_places_that_are_no_numbers(start):
    with pytest.raises(GeometryError, match="two finite lengths"):
        centreline(shapely.box(0, 0, 1e-4, 1e-5), start, (5e-5, 5e-6))


def test_what_is_no_outline():
    bow = shapely.Polygon([(0, 0), (1e-4, 1e-4), (1e-4, 0), (0, 1e-4)])
    for outline in (bow, shapely.Polygon(), shapely.MultiPolygon([shapely.box(0, 0, 1, 1)])):
        with pytest.raises(GeometryError, match="one valid polygon"):
            centreline(outline, (1e-6, 1e-6), (2e-6, 1e-6))
    with pytest.raises(GeometryError, match="start and end are both at"):
        centreline(shapely.box(0, 0, 1e-4, 1e-5), (5e-6, 5e-6), (5e-6, 5e-6))


def test_the_pad_that_a_line_reaches():
    line = shapely.box(0, 0, 100, 10)
    here, there, touching = shapely.box(2, 2, 8, 8), shapely.box(90, 2, 98, 8), shapely.box(40, 10, 50, 20)
    assert reached(line, shapely.MultiPolygon([touching, here])) == (5.0, 5.0)
    with pytest.raises(GeometryError, match="reaches no opening"):
        reached(line, touching)
    with pytest.raises(GeometryError, match="reaches 2 openings"):
        reached(line, shapely.MultiPolygon([here, there]))


def test_a_hundred_thousand_corners_take_seconds():
    rng = np.random.default_rng(5)
    x = np.linspace(0, 5000, 50_000)
    for rough, refused in ((0.05, False), (5.0, True)):
        up, low = (np.column_stack([x, side + rng.uniform(-rough, rough, len(x))]) for side in (10, -10))
        outline = shapely.Polygon(np.vstack([low, up[::-1]]))
        began = time.perf_counter()
        if refused:  # teeth of 0.1 um that stand out by 10 um are no redistribution line
            with pytest.raises(GeometryError, match="too many narrow teeth"):
                middle(outline, (1, 0), (4999, 0))
        else:
            found = middle(outline, (1, 0), (4999, 0))
            assert len(found) < 10 and np.abs(np.array(found)[:, 1]).max() < MIDDLE / UM
        assert time.perf_counter() - began < 60  # some 5 s on two cores; ten times that would be an algorithm of another order
