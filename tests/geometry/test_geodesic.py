"""The geodesic front against a brute-force visibility graph: the slow, independent reference stays alive here."""

import heapq
import itertools
import math

import numpy as np
import pytest
import shapely

from waferbump.geometry.geodesic import Reach
from waferbump.geometry.partition import oriented_edges, polygons

UM = 1e5  # ticks


def brute_distances(domain, source, points):
    """Shortest path inside the domain from the source lines to each point, over every pair of mutually visible corners."""
    room = shapely.buffer(domain, 2.0)
    shapely.prepare(room)
    lines = shapely.linestrings(source.reshape(-1, 2, 2))
    nodes = [tuple(p) for p in np.unique(oriented_edges(domain)[:, :2], axis=0)] + [tuple(p) for p in points]

    def straight(node):
        place = shapely.Point(node)
        best = math.inf
        for line in lines:
            rail = shapely.shortest_line(place, line)
            if rail.length < best and room.covers(rail):
                best = rail.length
        return best

    distance = [straight(node) for node in nodes]
    seen = {}
    for i, j in itertools.combinations(range(len(nodes)), 2):
        if room.covers(shapely.LineString([nodes[i], nodes[j]])):
            length = math.dist(nodes[i], nodes[j])
            seen.setdefault(i, []).append((j, length))
            seen.setdefault(j, []).append((i, length))
    heap = [(d, n) for n, d in enumerate(distance) if d < math.inf]
    heapq.heapify(heap)
    while heap:
        d, n = heapq.heappop(heap)
        if d > distance[n]:
            continue
        for m, length in seen.get(n, []):
            if d + length < distance[m]:
                distance[m] = d + length
                heapq.heappush(heap, (d + length, m))
    return distance[len(nodes) - len(points):]


def maze(rng):
    """A cell with random thin and thick walls in it, on whole ticks; the piece with the largest area."""
    solid = []
    for _ in range(int(rng.integers(2, 7))):
        x, z = rng.uniform(0, 10 * UM, 2)
        long, thin = rng.uniform(1, 7) * UM, rng.choice([0.05, 0.1, 1.0, 3.0]) * UM
        wall = shapely.affinity.rotate(shapely.box(x, z, x + long, z + thin), rng.choice([0.0, 90.0, rng.uniform(0, 180)]))
        solid.append(shapely.Point(x, z).buffer(thin + 0.3 * UM, quad_segs=3) if rng.random() < 0.25 else wall)
    free = shapely.set_precision(shapely.difference(shapely.box(0, 0, 10 * UM, 10 * UM), shapely.union_all(solid)), 1.0)
    parts = polygons(shapely.set_precision(free, 0.0))
    return parts[np.argmax(shapely.area(parts))]


@pytest.mark.parametrize("seed", range(12))
def test_front_reaches_just_what_a_visibility_graph_says(seed):
    rng = np.random.default_rng(seed)
    domain = maze(rng)
    edges = oriented_edges(domain)
    source = edges[rng.choice(len(edges), size=min(len(edges), int(rng.integers(1, 4))), replace=False)]
    distance = rng.uniform(2, 12) * UM
    region = Reach(domain, source, distance).region()
    low, bottom, high, top = domain.bounds
    cloud = np.column_stack([rng.uniform(low, high, 60), rng.uniform(bottom, top, 60)])
    points = cloud[shapely.contains_xy(domain, cloud)].tolist()
    margin = 100.0  # 1 nm: the chords of the arcs (0.25 nm), the grid (10 pm) and the overlap of fans (20 pm) lie within it
    for point, away in zip(points, brute_distances(domain, source, points), strict=True):
        inside = region.contains(shapely.Point(point))
        assert inside or away > distance - margin, f"{point} is {away / UM} um away and was not reached by {distance / UM} um"
        assert not inside or away < distance + margin, f"{point} is {away / UM} um away and was reached by {distance / UM} um"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 400))
def test_front_in_many_mazes(seed):
    test_front_reaches_just_what_a_visibility_graph_says(seed)


def test_front_first_touch_is_the_distance_to_the_target():
    corners = np.array([(0, 0), (10, 0), (10, 10), (6, 10), (6, 4), (4, 4), (4, 10), (0, 10)])
    domain = shapely.Polygon(corners * UM)
    source, far = np.array([[4, 10, 0, 10]]) * UM, np.array([[10, 10, 6, 10]]) * UM
    # down the left arm to the lower left corner of the wall, along its foot and up the right arm: 6 + 2 + 6
    assert Reach(domain, source, 30 * UM, {"far": far}).touched["far"] == pytest.approx(14 * UM, abs=1e-3)  # round-off only
    assert not Reach(domain, source, 13.9 * UM, {"far": far}).touched


def test_a_front_never_passes_a_point_contact():
    left, right = shapely.box(0, 0, UM, UM), shapely.box(UM, UM, 2 * UM, 2 * UM)
    domain = shapely.MultiPolygon([left, right])
    source = np.array([[0, UM, 0, 0]]) * 1.0
    assert Reach(domain, source, 5 * UM).region().intersection(right).area < 10.0  # ticks^2: the 20 pm overlap of the fans at the corner


def test_a_front_that_runs_along_a_wall_touches_what_the_wall_goes_on_with():
    """The beams run parallel to the floor and never hit it; its second half is met where it begins."""
    domain = shapely.Polygon(np.array([(0, 0), (5, 0), (10, 0), (10, 1), (0, 1)]) * UM)
    source, second = np.array([[0, 1, 0, 0]]) * UM, np.array([[5, 0, 10, 0]]) * UM
    assert Reach(domain, source, 8 * UM, {"floor": second}).touched["floor"] == pytest.approx(5 * UM, abs=1e-3)
