"""Coats, openings, fillings, enlargements, placed bodies, strips: closed forms and what must stay."""

import math

import numpy as np
import pytest
import shapely

from waferbump.geometry.section import GeometryError, Section

UM = 1e-6
NM = 1e-9
TICK = 1e-11  # the grid


def silicon(kind="axisymmetric", width=50.0):
    return Section.blank(kind, width * UM, material="Si", thickness=20 * UM)


def ball(radius, height, points=64):
    return shapely.Point(0.0, height * UM).buffer(radius * UM, quad_segs=points)


def flush_post(radius=20.0, height=10.0):
    section = silicon(width=75).coated("resist", "resist", height * UM).opened({"resist": ((0, radius * UM),)}, at=0.0)
    return section.filled("post", "Cu", level=height * UM)


def test_coat_is_level_and_leaves_nothing_below():
    section = silicon().grown("a", "Cu", 1 * UM).opened({"a": ((10 * UM, 50 * UM),)}, at=0.0).coated("resist", "resist", 8 * UM)
    assert section.surface_height(5 * UM) == section.surface_height(40 * UM) == 8 * UM
    assert section.thickness_at(5 * UM, "resist") == pytest.approx(7 * UM, abs=TICK)
    assert section.volume("resist") == pytest.approx(math.pi * UM**3 * (50**2 * 8 - 10**2), rel=1e-12)  # rectangles: round-off


@pytest.mark.parametrize("degrees", [60.0, 85.0, 90.0, 100.0])
def test_opening_walls_lean_as_told(degrees):
    section = silicon().coated("r", "resist", 10 * UM).opened({"r": ((0, 20 * UM),)}, at=4 * UM, angles=math.radians(degrees))
    for z in (1.0, 4.0, 9.0):
        wall = 20 + (z - 4) / math.tan(math.radians(degrees))
        assert section.spans("r", z * UM)[0][0] == pytest.approx(wall * UM, abs=2 * TICK)


def test_annular_opening_leans_on_both_walls():
    section = silicon().coated("r", "resist", 10 * UM).opened({"r": ((20 * UM, 30 * UM),)}, at=0.0, angles={"r": math.radians(80)})
    lean = 8 / math.tan(math.radians(80))
    (_, inner), (outer, _) = section.spans("r", 8 * UM)
    assert inner == pytest.approx((20 - lean) * UM, abs=2 * TICK) and outer == pytest.approx((30 + lean) * UM, abs=2 * TICK)


def test_opening_up_to_the_wall_leaves_nothing_at_the_wall():
    section = silicon(width=75).grown("pad", "Al", 1 * UM).opened({"pad": ((40 * UM, 75 * UM),)}, at=0.5 * UM, angles=math.radians(100))
    assert len(section.shape("pad").geoms) == 1 and section.bounds("pad")[2] < 41 * UM


def test_developer_reaches_a_lower_resist_only_through_the_upper_one():
    section = silicon().coated("lower", "a", 5 * UM).coated("upper", "b", 12 * UM)
    both = {"lower": ((0, 20 * UM),), "upper": ((0, 10 * UM),)}
    undercut = section.opened(both, at=0.0)
    assert undercut.spans("lower", 2 * UM) == ((pytest.approx(20 * UM), pytest.approx(50 * UM)),)
    assert undercut.spans("upper", 8 * UM) == ((pytest.approx(10 * UM), pytest.approx(50 * UM)),)
    assert section.opened({"lower": ((0, 20 * UM),)}, at=0.0).area("lower") == section.area("lower")
    apart = section.opened({"lower": ((30 * UM, 40 * UM),), "upper": ((0, 10 * UM),)}, at=0.0)
    assert apart.area("lower") == section.area("lower") and apart.area("upper") < section.area("upper")


def test_a_point_contact_lets_no_developer_through():
    section = silicon().coated("lower", "a", 5 * UM).coated("upper", "b", 12 * UM)
    touching = section.opened({"lower": ((10 * UM, 20 * UM),), "upper": ((0, 10 * UM),)}, at=0.0)
    assert touching.area("lower") == section.area("lower")


@pytest.mark.parametrize("step", [0.1, 1.0, 5.0, 20.0])
def test_flush_mushroom_follows_steiner(step):
    post = flush_post()
    exact = (math.pi * 20**2 * step + math.pi**2 * 20 * step**2 / 2 + 2 * math.pi * step**3 / 3) * UM**3
    grown = post.enlarged("post", thickness=step * UM)
    # chords of 0.25 nm on the quarter circle: relative to the volume at most 0.25 nm / step, less for the flat part
    assert grown.volume("post") - post.volume("post") == pytest.approx(exact, rel=0.25e-3 / step * 0.5 + 1e-9)
    back = post.enlarged("post", volume=exact)
    assert back.bounds("post")[3] == pytest.approx((10 + step) * UM, abs=0.3 * NM)
    assert back.volume("post") - post.volume("post") == pytest.approx(exact, abs=1e-7 * post.cell_amount)  # the grid


def test_plating_below_the_rim_is_flat_then_mushrooms():
    post = flush_post().stripped(["post"]).filled("post", "Cu", level=6 * UM)
    grown = post.enlarged("post", thickness=10 * UM)
    assert grown.bounds("post")[2:] == (pytest.approx(26 * UM, abs=0.1 * NM), pytest.approx(16 * UM, abs=0.1 * NM))
    assert grown.spans("post", 10.001 * UM)[0][1] == pytest.approx(26 * UM, abs=0.5 * NM)


@pytest.mark.parametrize("kind", ["axisymmetric", "planar"])
def test_volume_is_placed_to_the_grid(kind):
    section = silicon(kind).placed("ball", "Sn", ball(15, 15))
    amount = section.cell_amount * 0.02
    filled = section.filled("flux", "flux", volume=amount)
    # half a grid tick of level over the whole cell, of 120 um
    assert filled.amount("flux") == pytest.approx(amount, abs=section.cell_amount * TICK / (120 * UM))
    assert filled.has("air") and filled.bounds("flux")[1] == 0.0


def test_liquid_pools_under_the_equator_of_a_ball():
    section = silicon().placed("ball", "Sn", ball(15, 15)).filled("flux", "flux", level=5 * UM)
    radius_at = section.spans("ball", 2 * UM)[0][1]
    assert section.spans("flux", 2 * UM) == ((pytest.approx(radius_at, abs=TICK), pytest.approx(50 * UM)),)
    cap = math.pi * 5**2 * (15 - 5 / 3)  # spherical cap of height 5 in a ball of radius 15
    assert section.volume("flux") == pytest.approx((math.pi * 50**2 * 5 - cap) * UM**3, rel=1e-4)  # the ball is a polygon of 256 sides


def test_lowest_places_fill_first():
    section = silicon("planar").coated("a", "oxide", 10 * UM).opened({"a": ((5 * UM, 10 * UM),)}, at=0.0)
    section = section.placed("step", "oxide", shapely.box(20 * UM, 10 * UM, 30 * UM, 11 * UM))
    filled = section.filled("flux", "flux", volume=5 * 4 * UM**2)
    assert filled.bounds("flux") == pytest.approx((5 * UM, 0.0, 10 * UM, 4 * UM), abs=2 * TICK)


def test_filling_stays_inside_its_column():
    filled = silicon().coated("a", "r", 5 * UM).opened({"a": ((0, 10 * UM),)}, at=0.0).filled("s", "Sn", level=8 * UM, within=12 * UM)
    assert filled.volume("s") == pytest.approx(math.pi * (10**2 * 5 + 12**2 * 3) * UM**3, rel=1e-12)


def test_placed_body_rests_and_is_refused_in_a_solid():
    section = silicon().placed("ball", "Sn", ball(10, 10))
    assert section.volume("ball") == pytest.approx(4 / 3 * math.pi * (10 * UM) ** 3, rel=5e-4)  # polygon of 256 sides: 1 - 2e-4
    with pytest.raises(GeometryError, match="carrier"):
        silicon().placed("ball", "Sn", ball(10, 9.99))
    with pytest.raises(GeometryError, match="wall"):
        silicon().placed("ball", "Sn", ball(51, 60))
    with pytest.raises(GeometryError, match="mirror image"):
        silicon().placed("ball", "Sn", shapely.Point(2 * UM, 30 * UM).buffer(10 * UM))
    lidded = silicon().coated("a", "r", 5 * UM).opened({"a": ((0, 10 * UM),)}, at=0.0).laminated("lid", "dry", 2 * UM, bridges=30 * UM)
    with pytest.raises(GeometryError, match="trapped air"):
        lidded.placed("ball", "Sn", ball(2, 2.5))


def test_strip_takes_what_air_reaches_and_leaves_the_buried_part():
    section = silicon().coated("r", "resist", 5 * UM).opened({"r": ((10 * UM, 20 * UM),)}, at=0.0).coated("lid", "Ni", 6 * UM)
    section = section.opened({"lid": ((25 * UM, 50 * UM),)}, at=0.0)
    left = section.stripped(["r"])
    assert left.spans("r", 2 * UM) == ((0.0, pytest.approx(10 * UM)),)
    assert section.stripped(["r", "lid"]).names == ("carrier", "air")


def test_thinned_merged_renamed_and_ceiling():
    section = silicon().grown("a", "Cu", 1 * UM).grown("b", "Cu", 1 * UM)
    thin = section.thinned(12 * UM)
    assert thin.floor == -12e-6 and thin.bounds("carrier")[1] == -12e-6 and thin.check().valid
    one = section.merged(["a", "b"], into="a", material="bronze")
    assert one.names == ("carrier", "a", "air") and one.thickness_at(0.0, "a") == pytest.approx(2 * UM, abs=TICK)
    assert section.with_material("b", "Ni").names_of("Ni") == ("b",)
    low = section.with_ceiling(5 * UM)
    assert low.ceiling == 5e-6 and low.check().valid and low.grown("c", "Ti", 30 * UM).ceiling > 32e-6


def test_operations_leave_the_old_section_as_it_was():
    section = silicon().grown("a", "Cu", 1 * UM)
    record = section.to_record()
    section.grown("b", "Ti", 1 * UM).etched({"Ti": 1e-8}, 50.0).stripped(["a"])
    assert section.to_record() == record


BAD = [
    (lambda s: s.grown("a", "Cu", -1 * UM), "negative"),
    (lambda s: s.grown("a", "Cu", math.nan), "finite"),
    (lambda s: s.grown("a", "Cu", 1.0 * UM, sides=0.0), "sides"),
    (lambda s: s.grown("a", "Cu", 0.5), "ten times"),
    (lambda s: s.grown("film", "Cu", 1 * UM), "already"),
    (lambda s: s.grown("air", "Cu", 1 * UM), "cannot name"),
    (lambda s: s.grown("a", "air", 1 * UM), "material"),
    (lambda s: s.grown("a", "Cu", 1 * UM, on=["nowhere"]), "no region 'nowhere'"),
    (lambda s: s.grown("a", "Cu", 1 * UM, on=["carrier"]), "open to the air"),
    (lambda s: s.coated("a", "Cu", 0.0), "no open air lies below"),
    (lambda s: s.coated("a", "Cu", math.inf), "level"),
    (lambda s: s.laminated("a", "dry", 1 * UM, bridges=-1.0), "bridges"),
    (lambda s: s.opened({"nowhere": ((0, 1 * UM),)}, at=0.0), "no region"),
    (lambda s: s.opened({"film": ((2 * UM, 1 * UM),)}, at=0.0), "does not lie in the cell"),
    (lambda s: s.opened({"film": ((0, 60 * UM),)}, at=0.0), "does not lie in the cell"),
    (lambda s: s.opened({"film": ((0, 6 * UM),)}, at=0.0, angles=4.0), "angle"),
    (lambda s: s.opened({"film": ((0, 6 * UM),)}, at=math.nan), "height"),
    (lambda s: s.etched({"Cu": -1.0}, 1.0), "rate"),
    (lambda s: s.etched({"Cu": 1.0}, math.inf), "duration"),
    (lambda s: s.etched({"Cu": 1.0}, 1.0, direction="sideways"), "vertical"),
    (lambda s: s.filled("a", "Sn"), "level or a volume"),
    (lambda s: s.filled("a", "Sn", volume=1.0), "does not fit"),
    (lambda s: s.filled("a", "Sn", volume=0.0), "above zero"),
    (lambda s: s.enlarged("carrier", thickness=1 * UM), "open to the air"),
    (lambda s: s.enlarged("film", volume=1.0), "too much"),
    (lambda s: s.placed("a", "Sn", shapely.Polygon()), "polygon"),
    (lambda s: s.placed("a", "Sn", "ball"), "polygon"),
    (lambda s: s.stripped(["nowhere"]), "no region"),
    (lambda s: s.stripped(["air"]), "no region"),
    (lambda s: s.thinned(30 * UM), "cannot be thinned"),
    (lambda s: s.merged(["film"], into="carrier", material="Cu"), "already"),
    (lambda s: s.with_ceiling(0.5 * UM), "ceiling"),
    (lambda s: s.volume("nowhere"), "no region and no material"),
    (lambda s: s.thickness_at(60 * UM, "film"), "does not lie in the cell"),
    (lambda s: Section.blank("round", 1e-4, material="Si", thickness=1e-4), "axisymmetric"),
    (lambda s: Section.blank("planar", 0.0, material="Si", thickness=1e-4), "width"),
    (lambda s: Section.from_record({"kind": "planar"}), "no record"),
]


@pytest.mark.parametrize(("call", "sentence"), BAD, ids=range(len(BAD)))
def test_refused_in_one_sentence(call, sentence):
    with pytest.raises(GeometryError, match=sentence) as refusal:
        call(silicon().grown("film", "Cu", 1 * UM))
    assert "\n" not in str(refusal.value)


def test_numbers_of_numpy_are_numbers():
    assert silicon().grown("a", "Cu", np.float64(1e-6)).thickness_at(np.float64(1e-6), "a") == pytest.approx(1 * UM, abs=TICK)
