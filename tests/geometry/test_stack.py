"""The stack of plan faces: areas and volumes against closed forms, films round corners, fronts, connections, its record."""

import json
import math

import numpy as np
import pytest
import shapely

from waferbump.geometry.area import Area
from waferbump.geometry.partition import GeometryError
from waferbump.geometry.stack import Stack

UM = 1e-6
EXACT = 1e-12  # of an area or volume: whole ticks of 10 pm on plans of 1e8 ticks leave 1e-13


def plane(half: float = 100.0) -> Stack:
    return Stack.blank((-half * UM, -half * UM, half * UM, half * UM), material="Si", thickness=100 * UM)


def box(x0: float, y0: float, x1: float, y1: float) -> Area:
    return Area(shapely.box(x0 * UM, y0 * UM, x1 * UM, y1 * UM))


def block(stack: Stack, name: str, area: Area, thickness: float, material: str = "Cu") -> Stack:
    return stack.grown(name, material, thickness * UM).opened({name: area.outside})


def layers(stack: Stack, x: float, y: float) -> dict[str, float]:
    return {layer.name: (layer.top - layer.bottom) / UM for layer in stack.column_at(x * UM, y * UM) if layer.name != "air"}


def test_a_block_and_its_conformal_film_have_the_volumes_of_solid_geometry():
    made = block(plane(), "block", box(-20, -30, 20, 30), 5).grown("film", "Ti", 1 * UM, sides=0.5)
    assert made.volume("block") == pytest.approx(40 * 60 * 5e-18, rel=EXACT)
    # flat everywhere, and a ring of half the thickness round the walls up to the film's top; its corners are quarter discs
    ring = (200 * 0.5 + math.pi * 0.25) * 5e-18
    assert made.volume("film") == pytest.approx(200 * 200 * 1e-18 + ring, rel=1e-6)  # chords of 1 nm on the corners' arcs
    assert made.check() == ""


def test_a_film_on_films_keeps_its_thickness_on_flats_and_walls():
    made = block(plane(), "block", box(-20, -20, 20, 20), 4)
    for number in range(4):
        made = made.grown(f"film-{number}", f"M{number}", 0.3 * UM)
    assert layers(made, 0, 0) == pytest.approx({"carrier": 100, "block": 4, **{f"film-{n}": 0.3 for n in range(4)}})
    for number in range(4):
        ring = 20 + 0.3 * number + 0.15  # the middle of the film's place on the wall
        assert layers(made, ring, 0)[f"film-{number}"] == pytest.approx(4.0 + 0.3 * (number == 0) + 0.3 * (number > 0))


def test_a_conformal_line_stays_connected_where_it_climbs_and_a_bare_gap_parts_it():
    step = block(plane(), "step", box(0, -100, 100, 100), 10, "polyimide")
    line = step.grown("line", "Cu", 1 * UM, sides=0.3).opened({"line": box(-60, -5, 60, 5).outside})
    low, high = line.column_at(-50 * UM, 0.0), line.column_at(50 * UM, 0.0)
    assert low[-2].name == high[-2].name == "line" and high[-2].bottom > low[-2].top
    assert line.path("line", "line", ()) == ("line",)
    pads = block(block(plane(), "left", box(-60, -10, -40, 10), 1), "right", box(40, -10, 60, 10), 1, "Al")
    joined = pads.grown("line", "Ni", 1 * UM).opened({"line": box(-50, -5, 50, 5).outside})
    assert joined.path("left", "right", {"line"}) == ("left", "line", "right")
    cut = joined.opened({"line": box(-1, -20, 1, 20)})
    assert cut.has("line") and cut.path("left", "right", {"line"}) == ()


def test_bodies_that_meet_along_an_edge_only_do_not_touch():
    one = block(plane(), "one", box(-20, -20, 0, 0), 2)
    both = block(one, "other", box(0, 0, 20, 20), 2, "Al")
    # both stand on the carrier; their corners meet in one upright edge
    assert both.contact("one", "other") == 0.0 and "other" not in both.touching("one")
    assert both.path("one", "other", ()) == ()


def test_contact_counts_lids_and_walls():
    made = block(plane(), "block", box(-20, -10, 20, 10), 3).coated("coat", "polyimide", 5 * UM)
    assert made.contact("block", "coat") == pytest.approx((40 * 20 + 120 * 3) * 1e-12, rel=EXACT)
    assert made.contact("block", "carrier") == pytest.approx(40 * 20e-12, rel=EXACT)


def test_a_coat_is_planar_and_fills_what_is_open_below():
    made = block(plane(), "block", box(-20, -20, 20, 20), 3).coated("coat", "polyimide", 10 * UM)
    assert layers(made, 0, 0)["coat"] == pytest.approx(7) and layers(made, 50, 0)["coat"] == pytest.approx(10)
    assert made.volume("coat") == pytest.approx((200 * 200 * 10 - 40 * 40 * 3) * 1e-18, rel=EXACT)


def test_a_dry_film_spans_narrow_gaps_and_follows_wide_ones():
    wall = plane().grown("wall", "polyimide", 20 * UM).opened({"wall": Area.about(((0.0, 15 * UM),))})
    spanned = wall.laminated("film", "dry", 10 * UM, bridges=40 * UM)
    assert layers(spanned, 0, 0) == pytest.approx({"carrier": 100, "film": 10})
    assert spanned.column_at(0.0, 0.0)[1].name == "air"  # trapped below the span
    followed = wall.laminated("film", "dry", 10 * UM, bridges=20 * UM)
    assert followed.column_at(0.0, 0.0)[1].name == "film"
    filled = wall.laminated("film", "dry", 10 * UM, bridges=40 * UM, fills=25 * UM)
    assert layers(filled, 0, 0)["film"] == pytest.approx(30)


@pytest.mark.parametrize("duration", [1.0, 2.0])
def test_an_undercut_is_the_mean_of_the_round_front_over_the_film(duration):
    film = plane().grown("film", "Cu", 0.5 * UM)
    masked = block(film, "mask", box(-30, -30, 30, 30), 10, "resist")
    etched = masked.etched({"Cu": 1 * UM}, duration)
    half = 0.5 / duration
    mean = duration / 2 * (math.sqrt(1 - half**2) + math.asin(half) / half)
    left = etched.plan_area("film").bounds[2] / UM
    # mean of sqrt(d^2 - z^2) over the film; 2 nm: chords of the short front's arcs and the grid
    assert left == pytest.approx(30 - mean, abs=2e-3)


def test_an_etch_front_does_not_pass_a_barrier():
    film = plane().grown("film", "Cu", 1 * UM)
    cut = film.opened({"film": box(-50.05, -100, -50, 100)}).grown("barrier", "Ti", 0.025 * UM)
    covered = cut.coated("coat", "polyimide", 5 * UM).opened({"coat": box(-100, -100, -60, 100), "barrier": box(-100, -100, -60, 100)})
    etched = covered.etched({"Cu": 1 * UM}, 30.0)
    assert etched.plan_area("film").bounds[0] == pytest.approx(-50 * UM, abs=1e-12)
    assert etched.volume("film") == pytest.approx(150 * 200e-18, rel=1e-9)


def test_a_front_round_a_corner_goes_the_geodesic_way():
    shape = shapely.union_all([shapely.box(-50, -50, 50, -40), shapely.box(40, -50, 50, 50)])
    film = block(plane(), "film", Area(shapely.transform(shape, lambda xy: xy * UM)), 1)
    covered = film.coated("coat", "polyimide", 5 * UM).opened({"coat": box(-100, -100, -49, 100)})
    etched = covered.etched({"Cu": 1 * UM}, 120.0)
    # 89 um along the lower arm to the inner corner, and 31 um round it: the far wall of the arm, 10 um away, is reached lowest
    lowest = etched.plan_area("film").bounds[1] / UM
    assert lowest == pytest.approx(-40 + math.sqrt(31**2 - 10**2), rel=5e-4)  # the film's own thickness costs 1.4 nm of the way


def test_etches_down_stop_where_they_are_asked_and_beams_cast_shadows():
    film = plane().grown("film", "Cu", 2 * UM)
    masked = block(film, "mask", box(-30, -30, 30, 30), 10, "resist")
    half = masked.etched({"Cu": 1 * UM}, 0.5, direction="vertical")
    assert layers(half, 50, 0)["film"] == pytest.approx(1.5) and layers(half, 0, 0)["film"] == pytest.approx(2)
    gone = masked.etched({"Cu": 1 * UM}, 3.0, direction="vertical")
    assert "film" not in layers(gone, 50, 0) and gone.plan_area("film").area == pytest.approx(3600e-12, rel=EXACT)


def test_wet_etches_of_two_rates_at_once_are_refused():
    made = plane().grown("one", "Cu", 1 * UM).grown("two", "Ti", 1 * UM)
    with pytest.raises(GeometryError, match="different rates at once"):
        made.etched({"Cu": 1e-6, "Ti": 2e-6}, 1.0)


def test_stripping_takes_what_air_reaches_and_leaves_what_is_buried():
    made = block(plane(), "one", box(-20, -20, 20, 20), 2, "resist").coated("cover", "polyimide", 10 * UM)
    assert made.stripped(["one"]).volume("one") == made.volume("one")
    opened = made.opened({"cover": box(-5, -5, 5, 5)})
    assert not opened.stripped(["one"]).has("one")


def test_an_opening_goes_only_as_far_as_a_developer_gets():
    two = plane().coated("lower", "a", 5 * UM).coated("upper", "b", 10 * UM)
    blind = two.opened({"lower": box(-10, -10, 10, 10)})
    assert blind.volume("lower") == two.volume("lower")
    both = two.opened({"lower": box(-10, -10, 10, 10), "upper": box(-10, -10, 10, 10)})
    assert both.volume("lower") == pytest.approx((200 * 200 - 400) * 5e-18, rel=EXACT)
    under = two.opened({"lower": box(-10, -10, 30, 10), "upper": box(-10, -10, 10, 10)})
    assert both.volume("lower") - under.volume("lower") == pytest.approx(20 * 20 * 5e-18, rel=EXACT)


def test_a_released_part_hangs_by_what_it_is_joined_to_and_a_loose_one_is_told():
    layer = block(plane(), "layer", box(-40, -20, 40, 20), 2, "Ti").coated("part", "polyimide", 10 * UM)
    free = layer.released({"layer": box(-40, -20, 40, 20)})
    assert not free.has("layer") and free.floating() == ()
    island = free.opened({"part": box(-30, -10, 30, 10).outside})
    assert island.floating() == ("part",)


def test_thinning_takes_the_back_only():
    made = block(plane(), "block", box(-20, -20, 20, 20), 2)
    thin = made.thinned(50 * UM)
    assert thin.floor == pytest.approx(-50 * UM, abs=1e-15) and thin.volume("block") == made.volume("block")
    with pytest.raises(GeometryError, match="cannot be thinned"):
        made.thinned(200 * UM)


def test_a_record_reads_back_to_the_same_stack_and_a_broken_one_is_refused():
    made = block(plane(), "block", Area.about(((0.0, 20 * UM),)), 3).grown("film", "Ti", 0.1 * UM)
    again = Stack.from_record(json.loads(json.dumps(made.to_record())))
    assert again.towers == made.towers and all(a.equals_exact(b) for a, b in zip(again.shapes, made.shapes, strict=True))
    assert again.volume("film") == made.volume("film")
    record = made.to_record()
    record["faces"] = record["faces"][1:]
    with pytest.raises(GeometryError, match="no valid stack"):
        Stack.from_record(record)


def test_columns_tile_the_window_after_random_operations():
    rng = np.random.default_rng(7)
    made = plane()
    for number in range(12):
        x, y = rng.uniform(-60, 60, 2)
        area = Area.about(((0.0, rng.uniform(5, 30) * UM),), (x * UM, y * UM)) if number % 2 else box(x - 20, y - 8, x + 20, y + 8)
        made = block(made, f"body-{number}", area, rng.uniform(0.5, 4), f"M{number % 3}")
        made = made.grown(f"film-{number}", f"F{number % 2}", 0.2 * UM, sides=0.7) if number % 3 == 0 else made
        made = made.etched({f"M{number % 3}": 1e-7}, 2.0) if number % 4 == 3 else made
        assert made.check() == ""
    filled = sum(made.volume(name) for name in made.names)
    assert filled == pytest.approx(200 * 200e-12 * (made.ceiling - made.floor), rel=1e-9)  # what nanometre simplification may move


def test_a_site_with_too_many_faces_is_refused(monkeypatch):
    monkeypatch.setattr("waferbump.geometry.stack.MOST_FACES", 3)
    made = block(plane(), "one", box(-20, -20, 0, 0), 2)
    with pytest.raises(GeometryError, match="no site: choose a smaller window"):
        block(block(made, "two", box(5, 5, 20, 20), 1, "Al"), "three", box(-50, 40, 20, 60), 1, "Ni")
