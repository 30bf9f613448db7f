"""The front of a release in plan at one rate, against ways measured by hand."""

import math

import numpy as np
import pytest
import shapely

from waferbump.geometry.partition import GeometryError
from waferbump.geometry.release_front import arrival, arrival_distance, released_area, unreached

UM = 1e-6
NM = 1e-9


def box(x0, y0, x1, y1):
    return shapely.box(x0 * UM, y0 * UM, x1 * UM, y1 * UM)


def same(shape, other):
    return shape.symmetric_difference(other).area < 1e-11 * shape.length  # [m^2], the grid of 10 pm along the outline


LEFT = box(-10, -10, 0, 200)  # an open area that the layer's left edge touches
L_SHAPE = shapely.union_all([box(0, 0, 100, 20), box(80, 0, 100, 100)])


def test_a_strip_is_eaten_by_the_distance_itself():
    strip = box(0, 0, 100, 20)
    for gone in (0.3, 17.0, 99.0):
        assert released_area(strip, LEFT, gone * UM).equals_exact(shapely.MultiPolygon([box(0, 0, gone, 20)]), 0.1 * NM, normalize=True)
    assert arrival_distance(strip, LEFT) == pytest.approx(100 * UM, rel=2e-4)  # the stated resolution


def test_a_round_window_frees_a_round_area():
    layer, radius = box(-100, -100, 100, 100), 10 * UM
    window = shapely.Point(0, 0).buffer(radius, quad_segs=64)
    freed = released_area(layer, window, 30 * UM)
    # a 256-gon moved outwards: V(d) = V(0) + perimeter d + pi d^2; chords of 0.25 nm along 250 um of arc
    exact = window.area + window.length * 30 * UM + np.pi * (30 * UM) ** 2
    assert freed.area == pytest.approx(exact, abs=0.25 * NM * freed.length)
    assert len(freed.geoms[0].interiors) == 0  # what lies under the window is free as well
    # the corner of the square lies half a side of the 256-gon from its nearest corner at most: 0.1 um of angle, 1e-6 of the way
    assert arrival_distance(layer, window) == pytest.approx(100 * np.sqrt(2) * UM - radius, rel=2.5e-4)


def test_round_the_corner_of_an_l():
    # straight to the inner corner (80, 20), then as an arc about it
    freed = released_area(L_SHAPE, LEFT, 120 * UM)
    assert freed.contains(shapely.Point(82 * UM, (20 + np.sqrt(40**2 - 2**2) - 0.01) * UM))
    assert not freed.intersects(shapely.Point(82 * UM, (20 + np.sqrt(40**2 - 2**2) + 0.01) * UM))
    assert not freed.intersects(box(80, 61, 100, 100))
    assert arrival_distance(L_SHAPE, LEFT) == pytest.approx((80 + np.hypot(20, 80)) * UM, rel=2e-4)


def test_round_an_obstacle():
    # behind a square post the way is a string pulled tight round its corners; (60, 50) lies in the middle of the shadow
    layer = box(0, 0, 100, 100).difference(box(40, 30, 50, 70))
    way = 40 + 10 + np.hypot(10, 20)
    x, y, time = arrival(layer, LEFT, rate=1 * UM, spacing=4 * UM)
    assert time.shape == (25, 25)
    column, row = np.argmin(np.abs(x - 62 * UM)), np.argmin(np.abs(y - 50 * UM))
    assert (x[column], y[row]) == pytest.approx((62 * UM, 50 * UM))
    assert time[row, column] == pytest.approx(40 + 10 + np.hypot(12, 20), rel=1e-9)
    just_before, just_after = (released_area(layer, LEFT, (way + off) * UM) for off in (-0.002, 0.002))
    place = shapely.Point(60 * UM, 50 * UM)
    assert not just_before.intersects(place) and just_after.contains(place)


def test_a_map_agrees_with_the_areas():
    layer = L_SHAPE.difference(box(85, 30, 95, 45))
    x, y, time = arrival(layer, LEFT, rate=2 * UM, spacing=2.5 * UM)
    for gone in (50.0, 90.0, 130.0):
        freed = released_area(layer, LEFT, gone * UM)
        inside = shapely.contains_xy(freed, *np.meshgrid(x, y))
        sure = np.isfinite(time) & (np.abs(time * 2 - gone) > 0.001)  # a chord's nanometre
        assert (inside == (time * 2 < gone))[sure].all()
    outside = ~shapely.intersects_xy(layer, *np.meshgrid(x, y))
    assert np.isnan(time[outside]).all() and np.isfinite(time[~outside]).all()


@pytest.mark.parametrize("thick", [0.001, 0.05, 3.0])
def test_a_wall_is_never_jumped(thick):
    low = box(-10, 0, 0, 5)
    room, behind = box(0, 0, 40, 40).difference(box(20, 0, 20 + thick, 35)), box(20 + thick, 0, 40, 40)
    assert released_area(room, low, 24 * UM).intersection(behind).area == 0.0  # straight through the wall it is at most 23
    # from the window's corner over the end of the wall and down to the far lower corner
    way = np.hypot(20, 30) + thick + np.hypot(20 - thick, 35)
    assert arrival_distance(room, low) == pytest.approx(way * UM, rel=2e-4)
    closed = box(0, 0, 40, 40).difference(box(20, 0, 20 + thick, 40))
    assert released_area(closed, low, 1.0).area == pytest.approx(20 * 40 * UM**2, rel=1e-9)


def test_a_piece_without_a_window_stays():
    two = shapely.MultiPolygon([box(0, 0, 10, 10), box(20, 0, 30, 10)])
    assert arrival_distance(two, LEFT) == np.inf
    assert same(unreached(two, LEFT), box(20, 0, 30, 10))
    assert same(released_area(two, LEFT, 1.0), box(0, 0, 10, 10))
    _, _, time = arrival(two, LEFT, rate=1 * UM, spacing=5 * UM)
    assert np.isfinite(time[:, :2]).all() and np.isnan(time[:, 2:4]).all() and np.isinf(time[:, 4:]).all()


def test_a_corner_is_no_entrance():
    assert arrival_distance(box(0, 0, 10, 10), box(-10, -10, 0, 0)) == np.inf
    assert released_area(box(0, 0, 10, 10), shapely.MultiPolygon(), 1.0).is_empty


def test_many_windows_share_the_work():
    # nine square holes on a pitch of 30: the farthest places are the middles between four of them
    holes = shapely.union_all([box(30 * i - 2, 30 * j - 2, 30 * i + 2, 30 * j + 2) for i in range(-1, 2) for j in range(-1, 2)])
    layer = box(-45, -45, 45, 45)
    assert arrival_distance(layer, holes) == pytest.approx(13 * np.sqrt(2) * UM, rel=2e-4)
    freed = released_area(layer, holes, 10 * UM)
    assert freed.area == pytest.approx(9 * (16 + 16 * 10 + np.pi * 100) * UM**2, abs=0.3 * NM * freed.length)


def test_all_windows_leave_nothing_to_wait_for():
    assert arrival_distance(box(0, 0, 10, 10), box(-1, -1, 11, 11)) == 0.0
    assert same(released_area(box(0, 0, 10, 10), box(-1, -1, 11, 11), 0.0), box(0, 0, 10, 10))


def test_what_cannot_be_answered_is_refused():
    with pytest.raises(GeometryError, match="one limit"):
        arrival(L_SHAPE, LEFT, rate=1e-6, supply=1e-11, spacing=1e-6)
    with pytest.raises(GeometryError, match="one limit"):
        arrival(L_SHAPE, LEFT, spacing=1e-6)
    with pytest.raises(GeometryError, match="no sacrificial layer"):
        released_area(shapely.MultiPolygon(), LEFT, 1e-6)
    with pytest.raises(GeometryError, match="not negative"):
        released_area(L_SHAPE, LEFT, -1e-6)


def test_diffusion_has_a_map_too():
    strip = box(0, 0, 100, 20)
    x, _, time = arrival(strip, LEFT, supply=1e-11, spacing=4 * UM)
    # t = x^2 / 2 K; the stated 2 % of the whole time
    assert time == pytest.approx(np.broadcast_to(x**2 / 2e-11, time.shape), abs=0.02 * 500)


def test_a_plate_with_many_holes_is_as_deep_as_half_its_web_diagonal():
    pitch, hole, count = 4e-6, 1.5e-6, 25
    places = [((k - 12) * pitch, (m - 12) * pitch) for k in range(count) for m in range(count)]
    windows = shapely.union_all([shapely.box(x - hole / 2, y - hole / 2, x + hole / 2, y + hole / 2) for x, y in places])
    edge = 12 * pitch + hole / 2
    plate = shapely.box(-edge, -edge, edge, edge)
    # the middle between four holes is the farthest: half the diagonal of the web between their corners
    assert arrival_distance(plate, windows) == pytest.approx((pitch - hole) / 2 * math.sqrt(2), abs=1e-9)  # what it is found to
