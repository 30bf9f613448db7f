"""Films: thickness as the distance to the surface says, step coverage, walls, voids, growth from one body alone, dry film."""

import math

import numpy as np
import pytest
import shapely

from tests.geometry import random_flows
from waferbump.geometry.section import GeometryError, Section

UM = 1e-6
NM = 1e-9
SAGITTA = 1.1 * NM  # chord error of a conformal film's arcs (1 nm), plus the grid


def silicon(kind="planar", width=50.0):
    return Section.blank(kind, width * UM, material="Si", thickness=20 * UM)


def stepped():
    """A 3 um block from x = 10 to 20 um, its left wall leaning out over the carrier."""
    return silicon().grown("block", "oxide", 3 * UM).opened({"block": ((0, 10 * UM), (20 * UM, 50 * UM))}, at=0.0, angles=math.radians(110))


@pytest.mark.parametrize("thickness", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("sides", [1.0, 0.4])
def test_film_is_all_air_within_its_thickness(thickness, sides):
    before = stepped()
    after = before.grown("film", "Cu", thickness * UM, sides=sides)
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.uniform(0, 50, 4000), rng.uniform(0, 3 + 1.5 * thickness, 4000)]) * UM
    points = points[shapely.contains_xy(before.open_air(), points)]
    stretch = np.array([1 / sides, 1.0])
    solid = shapely.transform(shapely.union_all([r.shape for r in before.regions[:-1]]), lambda xz: xz * stretch)
    away = shapely.distance(shapely.points(points * stretch), solid)
    inside = shapely.contains_xy(after.shape("film"), points)
    assert inside.any() and not inside.all()
    assert (away[inside] < thickness * UM + SAGITTA).all()
    assert (away[~inside] > thickness * UM - SAGITTA / sides).all()


def test_random_surfaces_get_the_thickness_that_distance_says():
    for seed in range(25):
        rng = np.random.default_rng(seed)
        before = random_flows.start(rng)
        for number in range(7):
            try:
                before = random_flows.step(before, rng, number)[1]()
            except GeometryError:
                continue
        t = 0.4 * UM
        after = before.grown("film", "W", t)
        solid = shapely.union_all([shapely.difference(shapely.box(0, before.floor, before.width, before.ceiling), before.open_air())])
        surface = before.open_air().boundary.intersection(solid.boundary)
        points = shapely.get_coordinates(surface.segmentize(1 * UM))[:400]
        points = points + rng.uniform(-1, 1, points.shape) * UM
        points = points[shapely.contains_xy(before.open_air(), points)]
        away = shapely.distance(shapely.points(points), solid)
        inside = shapely.contains_xy(after.shape("film"), points)
        assert (away[inside] < t + SAGITTA).all() and (away[~inside] > t - SAGITTA).all(), f"seed {seed}"


def test_shallow_hollow_keeps_the_film_thickness():
    # a hollow 40 nm deep and 60 um wide: GEOS would smooth it away before an offset by 5 um (it drops 1 % of the distance)
    section = Section.blank("planar", 100 * UM, material="Si", thickness=20 * UM).grown("a", "Cu", 40 * NM)
    section = section.opened({"a": ((20 * UM, 80 * UM),)}, at=0.0).grown("film", "Ti", 5 * UM)
    assert section.thickness_at(50 * UM, "film") == pytest.approx(5 * UM, abs=2e-11)  # two grid ticks


def test_side_walls_get_their_share():
    section = silicon().grown("block", "oxide", 3 * UM).opened({"block": ((25 * UM, 50 * UM),)}, at=0.0)
    film = section.grown("film", "Cu", 1 * UM, sides=0.3)
    (_, edge), = film.spans("film", 2 * UM)
    assert edge == pytest.approx(25.3 * UM, abs=2e-11)
    assert film.thickness_at(10 * UM, "film") == pytest.approx(1 * UM, abs=2e-11)
    assert film.thickness_at(40 * UM, "film") == pytest.approx(1 * UM, abs=2e-11)


@pytest.mark.parametrize("side", ["left", "right"])
def test_mirror_walls_act_like_the_full_cell(side):
    """Half a ridge at a wall grows the same film as the whole ridge in a cell of double width."""
    ridge = shapely.Polygon([(-4 * UM, 0), (0, 5 * UM), (4 * UM, 0)])
    whole = Section.blank("planar", 40 * UM, material="Si", thickness=5 * UM)
    whole = whole.placed("ridge", "oxide", shapely.affinity.translate(ridge, 20 * UM))
    half = Section.blank("planar", 20 * UM, material="Si", thickness=5 * UM)
    shift = 0.0 if side == "left" else 20 * UM
    outline = shapely.intersection(shapely.affinity.translate(ridge, shift), shapely.box(0, 0, 20 * UM, 9 * UM))
    half = half.placed("ridge", "oxide", outline)
    for change in (lambda s: s.grown("film", "Cu", 2 * UM), lambda s: s.grown("film", "Cu", 2 * UM, on=["ridge"]),
                   lambda s: s.etched({"oxide": 1e-8}, 100.0), lambda s: s.laminated("film", "dry", 2 * UM, bridges=3 * UM)):
        a, b = change(whole), change(half)
        name = "film" if a.has("film") else "ridge"
        # 20 um of outline within the chord error of 1 nm
        assert b.area(name) == pytest.approx(a.area(name) / 2, abs=20 * UM * NM)
        assert b.bounds(name)[3] == pytest.approx(a.bounds(name)[3], abs=NM)


def test_nothing_grows_in_a_closed_void():
    section = silicon().coated("a", "oxide", 5 * UM).opened({"a": ((0, 4 * UM),)}, at=0.0).laminated("lid", "dry", 2 * UM, bridges=20 * UM)
    assert section.open_air().area < section.area("air")
    grown = section.grown("film", "Cu", 1 * UM)
    assert grown.contact("film", "a") == 0.0 and grown.contact("film", "carrier") == 0.0
    assert grown.spans("film", 1 * UM) == ()


def test_growth_on_one_body_does_not_pass_a_thin_wall():
    """Seed on the left of a 50 nm wall, 10 um high: a growth by 3 um stays on the left."""
    section = silicon().placed("wall", "resist", shapely.box(25 * UM, 0, 25.05 * UM, 10 * UM))
    section = section.placed("seed", "Cu", shapely.box(0, 0, 25 * UM, 1 * UM))
    grown = section.grown("nickel", "Ni", 3 * UM, on=["seed"])
    assert grown.bounds("nickel")[2] == pytest.approx(25 * UM, abs=2e-11)
    assert grown.area("nickel") == pytest.approx(25 * 3 * UM**2, rel=1e-6)  # a plain slab: the grid over 3 um


def test_growth_on_one_body_bends_round_a_rim():
    """Past the top of the wall, 9 um up, it mushrooms with what distance is left: 12 um of growth give a quarter disc of 3 um."""
    section = silicon().placed("wall", "resist", shapely.box(25 * UM, 0, 25.05 * UM, 10 * UM))
    section = section.placed("seed", "Cu", shapely.box(0, 0, 25 * UM, 1 * UM))
    grown = section.enlarged("seed", thickness=12 * UM)
    right = grown.spans("seed", 10 * UM)[-1][1]
    # 9 um up to the near corner of the rim, 0.05 um over it, the rest beyond its far corner, also straight down its far side
    assert right == pytest.approx(25 * UM + 3 * UM, abs=1 * NM)
    low = min(z for x, z in shapely.get_coordinates(grown.shape("seed")) if x > 25.06 * UM)
    assert low == pytest.approx((10 - 2.95) * UM, abs=3 * NM)


def test_films_of_100_nm_survive_many_operations():
    section = stepped()
    for number in range(12):
        section = section.grown(f"film-{number}", ("Ti", "Cu")[number % 2], 0.1 * UM)
    section = section.coated("resist", "resist", 12 * UM).opened({"resist": ((30 * UM, 40 * UM),)}, at=5 * UM).stripped(["resist"])
    for number in range(12):
        assert section.thickness_at(45 * UM, f"film-{number}") == pytest.approx(0.1 * UM, abs=2e-11)
        assert section.thickness_at(15 * UM, f"film-{number}") == pytest.approx(0.1 * UM, abs=2e-11)
    assert section.check().valid
    # vertices must not explode: every film needs its four arcs of a few points, and no more than twice that
    assert sum(len(shapely.get_coordinates(region.shape)) for region in section.regions) < 2000


@pytest.mark.parametrize("thickness", [1.0, 5.0, 50.0])
def test_films_of_nanometres_keep_their_thickness(thickness):
    section = stepped().grown("film", "Ti", thickness * NM).grown("cover", "Cu", 1 * UM)
    for x in (5.0, 15.0, 45.0):
        assert section.thickness_at(x * UM, "film") == pytest.approx(thickness * NM, abs=2e-11)
    with pytest.raises(GeometryError, match="1 nm"):
        section.grown("too thin", "Ti", 0.5 * NM)


def test_dry_film_spans_what_is_narrower_than_it_bridges():
    section = silicon().coated("a", "oxide", 5 * UM).opened({"a": ((10 * UM, 14 * UM), (25 * UM, 45 * UM))}, at=0.0)
    film = section.laminated("film", "dry", 2 * UM, bridges=6 * UM)
    assert film.surface_height(12 * UM) == pytest.approx(7 * UM, abs=2e-11)
    assert film.thickness_at(12 * UM, "film") == pytest.approx(2 * UM, abs=2e-11)
    assert film.thickness_at(12 * UM, "air") == pytest.approx(film.ceiling - 2 * UM, abs=4e-11)  # 5 um of it below the span
    assert film.surface_height(35 * UM) == pytest.approx(2 * UM, abs=2e-11)  # it follows the wide gap down
    assert film.check().valid


def test_dry_film_counts_a_gap_at_the_axis_twice():
    section = silicon("axisymmetric").coated("a", "oxide", 5 * UM).opened({"a": ((0, 4 * UM),)}, at=0.0)
    assert section.laminated("film", "dry", 2 * UM, bridges=8.1 * UM).surface_height(0.0) == pytest.approx(7 * UM, abs=2e-11)
    assert section.laminated("film", "dry", 2 * UM, bridges=7.9 * UM).surface_height(0.0) == pytest.approx(2 * UM, abs=2e-11)


def test_dry_film_spans_a_cone_from_where_it_is_narrow_enough():
    section = silicon().coated("a", "oxide", 10 * UM).opened({"a": ((20 * UM, 22 * UM),)}, at=0.0, angles=math.radians(45))
    film = section.laminated("film", "dry", 1 * UM, bridges=10 * UM)
    # the gap is 2 um + 2 z wide: 10 um wide at z = 4 um, where the span lies
    assert film.surface_height(21 * UM) == pytest.approx(5 * UM, abs=2e-11)


def test_a_dry_film_fills_a_shallow_gap_and_tents_over_a_deep_one():
    ground = silicon().coated("a", "oxide", 5 * UM).opened({"a": ((10 * UM, 14 * UM),)}, at=0.0)
    filled = ground.laminated("lid", "dry", 2 * UM, bridges=20 * UM, fills=6 * UM)
    tented = ground.laminated("lid", "dry", 2 * UM, bridges=20 * UM, fills=4 * UM)
    for section in (filled, tented):
        assert section.check().valid
        assert section.surface_height(12 * UM) == pytest.approx(7 * UM, abs=2e-11)
    assert filled.thickness_at(12 * UM, "lid") == pytest.approx(7 * UM, abs=2e-11)
    assert tented.thickness_at(12 * UM, "lid") == pytest.approx(2 * UM, abs=2e-11)
