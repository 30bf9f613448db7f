"""Grading along one axis, areas of plan shapes between stations, and nodes of cells with voids and splits."""

import itertools

import numpy as np
import pytest
import shapely

from waferbump.geometry.mesh_columns import area_between
from waferbump.geometry.mesh_joint import chord_areas, moved, moved_back
from waferbump.geometry.mesh_sheets import numbered
from waferbump.geometry.mesh_stations import graded, kept_edges


def test_stations_are_fine_at_edges_and_never_coarser_than_asked():
    edges = np.array([0.0, 1.0, 5.0])
    x = graded(edges, np.array([0.1, 0.02, 1.0]), 0.3, 0.5)
    assert set(edges) <= set(x)
    for left, right in itertools.pairwise(x):
        probes = np.linspace(left, right, 401)
        size = np.minimum(0.5, (np.array([0.1, 0.02, 1.0]) + 0.3 * np.abs(probes[:, None] - edges)).min(axis=1))
        assert 0.85 < np.trapezoid(1 / size, probes) < 1.01  # one element to a size, rounded up; the integral is tabulated at 257 places


def test_halved_sizes_and_growth_double_the_count():
    edges, fine = np.array([0.0, 10.0]), np.array([0.05, 0.05])
    assert len(graded(edges, fine / 2, 0.2, 0.5)) - 1 == pytest.approx(2 * (len(graded(edges, fine, 0.4, 1.0)) - 1), abs=1)


def test_the_weightier_of_two_near_edges_stays():
    assert kept_edges({1.0: 5.0, 1.05: 1.0, 2.0: 1.0, 2.5: 0.1}, [0.0, 2.48], 0.1).tolist() == [0.0, 1.0, 2.0, 2.48]


def test_areas_between_stations_are_those_of_clipped_shapes():
    shape = shapely.Point(3, 4).buffer(50).difference(shapely.box(-10, -20, 25, 10)).union(shapely.box(60, -5, 80, 90))
    x = np.sort(np.random.default_rng(3).uniform(-60, 100, 40))
    clipped = [shapely.intersection(shape, shapely.box(a, -200, b, 200)).area for a, b in itertools.pairwise(x)]
    assert area_between(shapely.MultiPolygon(shapely.get_parts(shape).tolist()), x) == pytest.approx(clipped, abs=1e-9)  # sums of 1e4
    assert area_between(shapely.MultiPolygon(), x) == pytest.approx(0.0, abs=0.0)


def test_chords_sum_to_the_circle_and_moved_stations_come_back():
    x = np.linspace(-3.0, 3.0, 18)
    assert chord_areas(x, 2.0).sum() == pytest.approx(4 * np.pi, rel=1e-14)
    for place in (-4.0, 4.5):
        assert moved(np.array([moved_back(place, 2.0, 1.5, -6.0, 5.0)]), 2.0, 1.5, -6.0, 5.0)[0] == pytest.approx(place, rel=1e-14)
    across = moved(np.linspace(-6.0, 5.0, 200), 2.0, 1.5, -6.0, 5.0)
    assert np.diff(across).min() > 0.0 and across[0] == -6.0 and across[-1] == 5.0


def test_cells_share_nodes_across_sides_and_not_in_a_corner():
    none = np.zeros((2, 3), dtype=bool)
    assert len(numbered(np.ones((2, 2), dtype=bool), none).at) == 9
    assert len(numbered(np.eye(2, dtype=bool), none).at) == 8
    assert len(numbered(np.array([[True, True], [True, False]]), none).at) == 8


def test_a_split_doubles_nodes_up_to_its_tip():
    split = np.zeros((4, 3), dtype=bool)
    split[1:3, 1] = True
    inside = numbered(np.ones((4, 2), dtype=bool), split)
    assert len(inside.at) == 15 + 1  # both ends are tips
    split[3, 1] = True
    open_ended = numbered(np.ones((4, 2), dtype=bool), split)
    assert len(open_ended.at) == 15 + 3  # one end is a free side
    assert np.intersect1d(open_ended.corners[3, 0], open_ended.corners[3, 1]).size == 0
