"""Etch fronts: undercut, lateral removal, barriers, several rates, voids, directional beams."""

import math

import numpy as np
import pytest
import shapely

from tests.geometry import random_flows
from waferbump.geometry.section import GeometryError, Section

UM = 1e-6
NM = 1e-9
TICK = 1e-11  # the grid
FRONT = 0.5 * NM  # chords of the arcs 0.25 nm, the rest grid and simplification; the reach asked for is 5 nm


def masked(film: float, edge: float = 20 * UM, kind: str = "planar") -> Section:
    section = Section.blank(kind, 75 * UM, material="Si", thickness=100 * UM).grown("film", "Cu", film).grown("mask", "Ni", 3 * UM)
    return section.opened({"mask": ((edge, 75 * UM),)}, at=0.0)


@pytest.mark.parametrize("kind", ["planar", "axisymmetric"])
@pytest.mark.parametrize(("film", "depth"), [(0.5, 2.0), (0.1, 2.0), (0.1, 0.15), (2.0, 15.0)])
def test_undercut_is_the_circle_round_the_edge_of_the_mask(kind, film, depth):
    etched = masked(film * UM, kind=kind).etched({"Cu": 1e-8}, depth * UM / 1e-8)
    for part in np.linspace(0.02, 0.98, 13):
        edge = etched.spans("film", (1 - part) * film * UM)[0][1]
        assert edge == pytest.approx(20 * UM - math.sqrt(depth**2 - (part * film) ** 2) * UM, abs=FRONT)


def test_two_etches_undercut_as_far_as_one_of_both():
    once = masked(0.5 * UM).etched({"Cu": 1e-8}, 200.0)
    section = masked(0.5 * UM)
    for _ in range(40):
        section = section.etched({"Cu": 1e-8}, 5.0)
    # forty fronts, each with the chords of its arcs
    assert section.spans("film", 0.25 * UM)[0][1] == pytest.approx(once.spans("film", 0.25 * UM)[0][1], abs=40 * 0.3 * NM)
    assert section.area("film") == pytest.approx(once.area("film"), abs=0.5 * UM * 5 * NM)
    assert len(shapely.get_coordinates(section.shape("film"))) < 300


def test_lateral_removal_of_a_buried_film():
    section = Section.blank("planar", 75 * UM, material="Si", thickness=100 * UM).grown("film", "Al", 2 * UM).grown("cover", "Ni", 3 * UM)
    etched = section.opened({"cover": ((45 * UM, 75 * UM),)}, at=0.0).etched({"Al": 1e-7}, 200.0)
    for depth in (0.1, 1.0, 1.9):
        edge = etched.spans("film", (2 - depth) * UM)[0][1]
        assert 45 * UM - edge == pytest.approx(math.sqrt(20**2 - depth**2) * UM, rel=1e-4)  # the reach asked for is 0.5 %


def test_lateral_removal_bends_round_corners():
    """A film over a 3 um step, cover opened at x >= 40 um: the front goes in, up the step's side and over it."""
    section = Section.blank("planar", 60 * UM, material="Si", thickness=20 * UM).grown("step", "oxide", 3 * UM)
    section = section.opened({"step": ((20 * UM, 60 * UM),)}, at=0.0)
    section = section.grown("film", "Al", 0.1 * UM).grown("cover", "Ni", 2 * UM).opened({"cover": ((40 * UM, 60 * UM),)}, at=0.0)
    etched = section.etched({"Al": 1e-8}, 2800.0)
    # 28 um: 19.9 to the inner corner at (20.1, 0.1), 2.9 up to the step's corner at height 3 and on along its top; the tight path round the
    # rounded outer corner of the film hugs the step's own corner (20, 3)
    inner = math.hypot(0.1, 2.9)  # from the cover's corner (20.1, 0.1) to the step's (20, 3)
    left = 28.0 - 19.9 - inner
    assert etched.spans("film", 3.0005 * UM)[0][1] == pytest.approx((20 - left) * UM, abs=2 * NM)


@pytest.mark.parametrize("depth", [0.5, 3.0, 40.0])
def test_barrier_of_50_nm_stops_an_etch(depth):
    section = Section.blank("planar", 50 * UM, material="Si", thickness=20 * UM).grown("oxide", "SiO2", 3 * UM)
    section = section.grown("barrier", "Ti", 50 * NM)
    assert section.etched({"SiO2": 1e-8}, depth * UM / 1e-8) == section


def test_barrier_round_a_corner_stops_an_etch():
    section = Section.blank("planar", 50 * UM, material="Si", thickness=20 * UM).grown("oxide", "SiO2", 3 * UM)
    section = section.opened({"oxide": ((25 * UM, 50 * UM),)}, at=0.0, angles=math.radians(80)).grown("barrier", "Ti", 50 * NM)
    assert section.etched({"SiO2": 1e-8}, 1000.0).area("oxide") == section.area("oxide")


def test_slit_barrier_makes_the_front_go_round():
    """A 50 nm sheet stands in the oxide up to 0.5 um below its top; behind it the front comes only over the sheet's head."""
    section = Section.blank("planar", 50 * UM, material="Si", thickness=20 * UM)
    section = section.placed("sheet", "Ti", shapely.box(25 * UM, 0, 25.05 * UM, 4.5 * UM)).coated("oxide", "SiO2", 5 * UM)
    section = section.placed("lid", "Ni", shapely.box(25 * UM, 5 * UM, 50 * UM, 6 * UM))
    etched = section.etched({"SiO2": 1e-8}, 300.0)
    # from the lid's edge (25, 5) 0.5 um down to the head's near corner, over it 0.05 um, 2.45 um down the far side or on to the right
    low = min(z for x, z in shapely.get_coordinates(etched.shape("oxide")) if abs(x - 25.05 * UM) < 1 * NM and z > 1 * NM)
    straight = math.hypot(0.05, 0.5)  # the far corner is seen directly from the lid's edge
    assert low == pytest.approx((4.5 - (3.0 - straight)) * UM, abs=2 * NM)
    assert etched.spans("oxide", 4.9 * UM)[-1][0] == pytest.approx((25 + math.sqrt(9 - 0.01)) * UM, abs=FRONT)


def test_layers_of_other_rates_are_met_when_the_one_above_is_through():
    section = Section.blank("planar", 50 * UM, material="Si", thickness=20 * UM).grown("a", "Ti", 1 * UM).grown("b", "Cu", 1 * UM)
    etched = section.etched({"Cu": 1e-8, "Ti": 5e-9}, 160.0)  # 100 s through the copper, 60 s of titanium
    assert not etched.has("b")
    assert etched.thickness_at(25 * UM, "a") == pytest.approx(0.7 * UM, abs=1.5 * NM)  # the front stops 1 nm past the interface


def test_slow_film_over_a_fast_one_is_eaten_from_below():
    """Under a mask the fast film runs ahead and uncovers the slow one: arrival = x/fast + h sqrt(1/slow^2 - 1/fast^2), a head wave."""
    fast, slow = 1e-8, 2e-9
    section = Section.blank("planar", 50 * UM, material="Si", thickness=20 * UM).grown("fast", "Cu", 0.2 * UM).grown("slow", "Ti", 1 * UM)
    section = section.grown("mask", "Ni", 1 * UM).opened({"mask": ((20 * UM, 50 * UM),), "slow": ((20 * UM, 50 * UM),)}, at=0.0)
    seconds = 500.0
    etched = section.etched({"Cu": fast, "Ti": slow}, seconds)
    for height in (0.2, 0.5):
        edge = etched.spans("slow", (0.2 + height) * UM)[0][1]
        x = (seconds - height * UM * math.sqrt(1 / slow**2 - 1 / fast**2)) * fast
        # the slow front trails by 2 % of its 1 um depth at most, which the flat head wave magnifies by fast/slow
        assert 20 * UM - edge == pytest.approx(x, abs=0.02 * 1 * UM * fast / slow)


def test_front_that_breaks_into_a_void_goes_on_from_its_walls():
    section = Section.blank("planar", 50 * UM, material="Si", thickness=20 * UM).coated("a", "oxide", 10 * UM)
    section = section.opened({"a": ((20 * UM, 24 * UM),)}, at=0.0).laminated("lid", "oxide", 2 * UM, bridges=10 * UM)
    shut = section.etched({"oxide": 1e-8}, 190.0)
    assert len(shut.open_air().geoms) == 1 and shut.open_air().area < shut.area("air")
    through = section.etched({"oxide": 1e-8}, 300.0)  # 200 s to the void, then 1 um from its walls
    assert through.open_air().area == pytest.approx(through.area("air"))
    assert through.spans("air", 5 * UM)[0] == (pytest.approx(19 * UM, abs=1.5 * NM), pytest.approx(25 * UM, abs=1.5 * NM))


def test_film_etched_by_its_own_thickness_leaves_no_dust():
    section = Section.blank("planar", 50 * UM, material="Si", thickness=20 * UM).grown("block", "oxide", 3 * UM)
    section = section.opened({"block": ((25 * UM, 50 * UM),)}, at=0.0)
    etched = section.grown("film", "Cu", 0.1 * UM).etched({"Cu": 1e-8}, 14.3)  # the corner by the block's foot lies 0.1414 um deep
    assert not etched.has("film")


def test_directional_etch_goes_straight_down_and_overhangs_cast_shadows():
    section = Section.blank("planar", 50 * UM, material="Si", thickness=20 * UM).grown("a", "oxide", 2 * UM)
    section = section.placed("table", "Ni", shapely.Polygon([(20 * UM, 2 * UM), (22 * UM, 2 * UM), (22 * UM, 4 * UM), (25 * UM, 4 * UM),
                                                             (25 * UM, 5 * UM), (17 * UM, 5 * UM), (17 * UM, 4 * UM), (20 * UM, 4 * UM)]))
    etched = section.etched({"oxide": 1e-8}, 150.0, direction="vertical")
    assert etched.spans("a", 1 * UM) == ((pytest.approx(17 * UM, abs=2e-11), pytest.approx(25 * UM, abs=2e-11)),)
    assert etched.thickness_at(5 * UM, "a") == pytest.approx(0.5 * UM, abs=2e-11)
    assert etched.thickness_at(18 * UM, "a") == pytest.approx(2 * UM, abs=2e-11)


def test_directional_etch_leaves_a_spacer_on_a_wall():
    section = Section.blank("planar", 50 * UM, material="Si", thickness=20 * UM).grown("block", "Ni", 3 * UM)
    section = section.opened({"block": ((25 * UM, 50 * UM),)}, at=0.0).grown("film", "oxide", 0.5 * UM)
    spacer = section.etched({"oxide": 1e-8}, 50.0, direction="vertical")
    assert spacer.thickness_at(10 * UM, "film") == 0.0
    (left, right), = spacer.spans("film", 0.5 * UM)
    assert (left, right) == (pytest.approx(25 * UM, abs=2e-11), pytest.approx(25.5 * UM, abs=2e-11))
    assert spacer.bounds("film")[3] == pytest.approx(3 * UM, abs=1.1 * NM)  # the rounded shoulder, lowered by the film's own thickness


def test_directional_etch_passes_layers_at_their_own_rates():
    section = Section.blank("planar", 50 * UM, material="Si", thickness=20 * UM).placed(
        "wedge", "Cu", shapely.Polygon([(0, 0), (50 * UM, 0), (0, 2 * UM)])).coated("top", "Ti", 3 * UM)
    etched = section.etched({"Ti": 1e-8, "Cu": 5e-9, "Si": 2e-9}, 250.0, direction="vertical")
    for x in (5.0, 20.0, 45.0):
        copper = 2 * (1 - x / 50)
        spent = (3 - copper) * 100  # s through titanium
        deep = min(copper, (250 - spent) * 5e-3) if spent < 250 else 0.0
        silicon = max(0.0, 250 - spent - copper * 200) * 2e-3
        assert etched.thickness_at(x * UM, "wedge") == pytest.approx((copper - max(deep, 0.0)) * UM, abs=5e-11) if spent < 250 else True
        assert etched.thickness_at(x * UM, "carrier") == pytest.approx((20 - silicon) * UM, abs=5e-11)


def test_random_surfaces_recede_by_no_less_and_no_more_than_the_depth():
    """On random sections: what goes lies within the depth of open air, what air touched is gone, other materials stay."""
    seen = 0
    for seed in range(40):
        rng = np.random.default_rng(1000 + seed)
        before = random_flows.start(rng)
        for number in range(7):
            try:
                before = random_flows.step(before, rng, number)[1]()
            except GeometryError:
                continue
        depth = 0.3 * UM
        names = before.names_of("Cu") + before.names_of("oxide")
        if before._partition.voids or not names:  # a void that is broken into is open from then on, and no bound is so simple
            continue
        after = before.etched({"Cu": 1e-8, "oxide": 1e-8}, depth / 1e-8)
        reach = before.open_air().buffer(depth + 1 * NM, quad_segs=64)
        for name in names:
            kept = after.shape(name) if after.has(name) else shapely.Polygon()
            assert before.shape(name).difference(kept).difference(reach).area < before.width * TICK, f"seed {seed}"
            lines = shapely.get_parts(before.exposed(name))
            if len(lines):
                seen += 1
                assert not kept.contains(shapely.line_interpolate_point(lines, 0.5, normalized=True)).any(), f"seed {seed}"
        for name in set(before.names) - set(names) - {"air"}:
            assert after.amount(name) == pytest.approx(before.amount(name), abs=1e-8 * before.cell_amount)
    assert seen > 10
