"""The outline of what is dissolved of a layer, and its wall: known shapes, exact ends, flat shelves, no slivers, no crossings."""

import numpy as np
import pytest
import shapely

from waferbump.physics.front import FrontError, arrival
from waferbump.physics.front_outline import developed, wall


def grid(shape: tuple[int, int], h: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    return h * np.arange(shape[0] + 1), h * np.arange(shape[1] + 1)


def stepped(h: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Times, axes and rates of two layers of 8 with walls at 20 and 12: what stays dissolves a millionfold more slowly."""
    rate = np.ones((round(16 / h), round(40 / h)))
    rate[: round(8 / h), round(20 / h) :] = 1e-6
    rate[round(8 / h) :, round(12 / h) :] = 1e-6
    return arrival(rate, h), *grid(rate.shape, h), rate


def test_a_disc_is_met_and_the_vertices_are_few():
    z, x = grid((60, 60), 0.25)
    time = np.hypot(x - 7, z[:, None] - 7)
    raw = developed(time, z, x, 5.0, tolerance=0.0)
    # chords lie h^2 / 8 r inside the circle, and linear times along the edges as far again: 1.6e-3 of r at most
    assert raw.area == pytest.approx(np.pi * 25, rel=1e-3)
    few = developed(time, z, x, 5.0)
    assert shapely.get_num_coordinates(few) < 40 < shapely.get_num_coordinates(raw)
    assert shapely.hausdorff_distance(few, raw) <= 0.25 / 5 + 1e-12
    hole = developed(-time, z, x, -5.0, tolerance=0.0)  # all but the disc, which is an island in it
    assert hole.area + raw.area == pytest.approx(15 * 15, rel=1e-12)
    assert len(hole.geoms[0].interiors) == 1


def test_a_step_between_layers_is_flat_and_ends_on_the_boundary():
    for h in (1.0, 0.5):
        time, z, x, rate = stepped(h)
        boundary = round(8 / h)
        upper = developed(time, z, x, 30.0, rows=(0, boundary))
        lower = developed(time, z, x, 30.0, rows=(boundary, len(z) - 1), rate=rate)
        assert upper.bounds[3] == 8.0 and lower.bounds[1] == 8.0 and lower.bounds[3] == 16.0
        # the slow parts lost 30e-6; and the rims, sharp within one cell, are cut off by half of that cell
        assert shapely.symmetric_difference(upper, shapely.box(0, 0, 20, 8)).area < 0.51 * h**2
        assert shapely.symmetric_difference(lower, shapely.box(0, 8, 12, 16)).area < 0.51 * h**2
        assert shapely.get_num_coordinates(upper) + shapely.get_num_coordinates(lower) < 24
        left = shapely.box(0, 0, 40, 16) - shapely.union_all([upper, lower])
        over_shelf = shapely.intersection(left, shapely.box(12.5, 0, 19.5, 8))
        assert over_shelf.area == 0.0  # no sliver of the upper layer stays on the shelf


def test_across_both_layers_a_sliver_would_stay():
    # the same front read as one layer draws lines from the shelf into the lower layer's nodes: what `rows` is for
    time, z, x, _ = stepped(1.0)
    shallow = developed(time, z, x, 7.999, rows=(0, 16))
    assert shallow.bounds[3] < 8.0
    assert developed(time, z, x, 7.999, rows=(8, 16)).is_empty


def test_vertices_on_the_edges_of_the_layer_stay():
    random = np.random.default_rng(4)
    for _ in range(20):
        z, x = grid((20, 30))
        slope, bend = random.uniform(-0.5, 0.5, 2)
        time = x[None, :] + slope * z[:, None] + bend * np.sin(z[:, None] / 3)
        raw, few = (developed(time, z, x, 14.5, tolerance=t) for t in (0.0, None))
        ends = [{p for p in map(tuple, shapely.get_coordinates(shape).tolist()) if p[1] in (0.0, 20.0)} for shape in (raw, few)]
        assert ends[0] == ends[1] and len(ends[0]) == 4
        assert few.is_valid and few.area == pytest.approx(raw.area, abs=0.2 * 20)


def test_any_field_gives_valid_outlines_within_the_tolerance():
    random = np.random.default_rng(7)
    z, x = grid((16, 24))
    for _ in range(20):
        time = random.random((17, 25))
        time[random.random(time.shape) < 0.05] = np.inf
        for tolerance in (None, 0.5, 3.0):
            few = developed(time, z, x, 0.5, tolerance=tolerance)
            assert few.is_valid
            assert shapely.box(*few.bounds).within(shapely.box(0, 0, 24, 16))
        raw = developed(time, z, x, 0.5, tolerance=0.0)
        assert abs(developed(time, z, x, 0.5).area - raw.area) < 0.2 * raw.length


def test_a_ring_thinner_than_the_tolerance_does_not_cross_itself():
    z, x = grid((40, 40), 0.5)
    radius = np.hypot(x - 10.3, z[:, None] - 9.8)
    time = np.abs(radius - 6.0 - 0.4 * np.sin(5 * np.arctan2(z[:, None] - 9.8, x - 10.3)))
    for tolerance in (None, 0.5, 1.0, 2.0):
        found = developed(time, z, x, 0.4, tolerance=tolerance)
        assert found.is_valid
        assert 0.5 < found.area / (2 * np.pi * 6 * 0.8) < 2.0


@pytest.mark.parametrize("seed", [7, 11, 30])
def test_thin_crooked_strips_are_cleaned_without_crossing_themselves(seed):
    # with the full tolerance of two each of these crosses itself; half of it serves
    z, x = grid((40, 40), 0.5)
    waves = np.random.default_rng(seed).uniform([0.2, -1, -1, 0], [1, 1, 1, 6.3], (5, 4))
    time = np.abs(sum(a * np.sin(k * x[None, :] + m * z[:, None] + p) for a, k, m, p in waves))
    raw, few = (developed(time, z, x, 0.3, tolerance=t) for t in (0.0, 2.0))
    assert few.is_valid
    assert shapely.get_num_coordinates(few) < 0.4 * shapely.get_num_coordinates(raw)


def test_what_is_reached_just_at_that_time_is_dissolved():
    time = arrival(np.repeat([[1.0], [1e-6]], 4, axis=1), 1.0)
    axes = grid((2, 4))
    assert developed(time, *axes, 1.0, rows=(0, 1)).equals(shapely.box(0, 0, 4, 1))
    assert developed(time, *axes, 1.0, rows=(1, 2)).is_empty


def test_solid_cells_are_left_out_to_their_very_edge():
    rate = np.ones((10, 20))
    rate[6:, :8] = 0.0  # metal on the floor, in from the axis
    rate[3, 12] = 0.0  # and one cell alone, whose corners are all reached
    time = arrival(rate, 1.0)
    z, x = grid(rate.shape)
    found = developed(time, z, x, 1e3, rate=rate)
    assert found.area == 200 - 32 - 1
    assert developed(time, z, x, 1e3).area == 200 - 32  # without rates the lone cell can't be known
    past = developed(time, z, x, 1e3, rate=rate, solid_overlap=2)
    assert past.area == 200 - 6 * 2
    assert past.contains(shapely.box(0, 0, 8, 8)) and not past.intersects(shapely.box(0, 8.01, 5.99, 10))


def test_solid_cells_that_the_front_did_not_reach_stay_out_of_the_overlap():
    rate = np.ones((10, 20))
    rate[8:] = 0.0
    found = developed(arrival(rate, 1.0), *grid(rate.shape), 5.0, rate=rate, solid_overlap=2)
    assert found.area == pytest.approx(100.0, rel=1e-12)


def test_nothing_dissolved_is_an_empty_outline():
    time, z, x, _ = stepped(1.0)
    assert developed(time + 1.0, z, x, 0.5).is_empty
    assert developed(np.full_like(time, np.inf), z, x, 1.0).is_empty
    assert developed(time, z, x, 1e12).area == 16 * 40


def test_wall_of_a_cone():
    cone = shapely.Polygon([(0, 0), (50, 0), (50, 1), (30, 1), (24, 11), (0, 11)])
    side = wall(cone, 0.0, 11.0, 50.0)
    assert side.film_loss == 1.0
    assert side.top == pytest.approx(30 - 0.6 * 0.55)
    assert side.middle == pytest.approx(24 + 0.6 * 5.5)
    assert side.bottom == 24.0
    assert np.tan(side.angle) == pytest.approx(10 / 6)
    assert side.residue == 0.0
    moved = wall(shapely.transform(cone, lambda points: points + np.array([7.0, 3.0])), 3.0, 14.0, 57.0, centre=7.0)
    assert (moved.top, moved.bottom, moved.angle) == pytest.approx((side.top, side.bottom, side.angle))


def test_undercut_shows_as_an_angle_past_vertical():
    side = wall(shapely.Polygon([(0, 0), (20, 0), (30, 10), (0, 10)]), 0.0, 10.0, 50.0)
    assert side.angle == pytest.approx(np.radians(135))
    assert side.bottom > side.middle > side.top and side.residue == 0.0


def test_residue_is_what_stands_on_the_floor():
    shut = wall(shapely.box(0, 0, 20, 8), 0.0, 10.0, 50.0)
    assert (shut.bottom, shut.angle, shut.residue) == (0.0, None, 2.0)
    island = shapely.box(0, 0, 20, 10) - shapely.box(5, 7, 6, 10)
    with_island = wall(island, 0.0, 10.0, 50.0)
    assert with_island.bottom == 20.0 and with_island.residue == 3.0
    untouched = wall(shapely.MultiPolygon(), 0.0, 10.0, 50.0)
    assert (untouched.top, untouched.residue, untouched.angle) == (0.0, 10.0, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.arange(4.0)}, "do not fit"),
        ({"time": np.full((5, 5), np.nan)}, "numbers"),
        ({"at": np.inf}, "numbers"),
        ({"z": np.array([0.0, 1.0, 1.0, 2.0, 3.0])}, "ascend"),
        ({"rows": (2, 2)}, "does not lie"),
        ({"rows": (0, 5)}, "does not lie"),
        ({"rate": np.ones((5, 5))}, "rates of shape"),
        ({"tolerance": -1.0}, "tolerance"),
        ({"solid_overlap": -1}, "solid cells"),
    ],
)
def test_what_has_no_outline_is_refused(change, message):
    given = {"time": np.zeros((5, 5)), "z": np.arange(5.0), "x": np.arange(5.0), "at": 1.0} | change
    with pytest.raises(FrontError, match=message):
        developed(**given)


def test_what_has_no_wall_is_refused():
    with pytest.raises(FrontError, match="no thickness"):
        wall(shapely.box(0, 0, 1, 1), 1.0, 1.0, 5.0)
    with pytest.raises(FrontError, match="outside the opening"):
        wall(shapely.box(0, 0, 1, 1), 0.0, 1.0, 0.0)
    with pytest.raises(FrontError, match="no wall"):
        wall(shapely.box(0, 0, 50, 10), 0.0, 10.0, 50.0)
