"""Sites of small masks, drawn here, read back from GDSII and OASIS."""

from __future__ import annotations

import gzip
import math
import os
import pickle
import shutil
import subprocess
import sys

import gdstk
import numpy as np
import pytest
import shapely

from tests.layout import masks
from waferbump.layout import LayoutError, Limits, read_layout

MAP = {"ubm": "20/0", "pi2": "15/0"}
GRID = 1e-9  # m: corners are rounded to the database grid, so no length can be expected closer than this


def equal_area(radius: float, sides: int) -> float:
    """Diameter of the circle with the area of a regular polygon of this circumradius: 2 r sqrt(n sin(2 pi / n) / (2 pi))."""
    return 2.0 * radius * math.sqrt(sides * math.sin(2.0 * math.pi / sides) / (2.0 * math.pi))


@pytest.fixture(params=["mask.gds", "mask.oas", "mask.gds.gz", "mask.oas.gz"])
def name(request) -> str:
    return request.param


def put(mask: gdstk.Library, folder, name: str = "mask.gds"):
    path = masks.written(mask, folder / name.removesuffix(".gz"))
    if name.endswith(".gz"):
        with open(path, "rb") as plain, gzip.open(folder / name, "wb") as packed:
            shutil.copyfileobj(plain, packed)
    return folder / name


def test_every_format_gives_the_same_sites(tmp_path, name) -> None:
    layout = read_layout(put(masks.grid_of_bumps(), tmp_path, name), layers=MAP)
    assert layout.format == ("oasis" if "oas" in name else "gdsii")
    assert layout.cell == "DIE"
    assert layout.counts == {"15/0": 6, "20/0": 6}
    sites = layout.sites()
    assert [site.name for site in sites] == [f"site-00{number}" for number in range(1, 7)]
    # top to bottom, left to right
    expected = [(0.0, 150e-6), (150e-6, 150e-6), (300e-6, 150e-6), (0.0, 0.0), (150e-6, 0.0), (300e-6, 0.0)]
    assert np.allclose([site.centre for site in sites], expected, rtol=0.0, atol=GRID)
    for site in sites:
        assert site.pitch == pytest.approx(150e-6, abs=GRID)
        assert set(site.polygons) == {"ubm", "pi2"}
        assert all(len(shapes) == 1 for shapes in site.polygons.values())
        assert site.equivalent_diameter == pytest.approx(equal_area(40e-6, 36), abs=GRID)
        assert site.openings["pi2"].equivalent_diameter == pytest.approx(equal_area(30e-6, 36), abs=GRID)
        assert site.offset["pi2"] < GRID
        assert site.polygons["ubm"][0].centroid.distance(shapely.Point(0.0, 0.0)) < GRID
        assert not site.nearby and not site.duplicates and site.label is None


def test_roundness_of_a_regular_polygon_is_the_cosine_of_half_its_turn(tmp_path) -> None:
    mask = masks.library()
    mask.new_cell("T").add(masks.polygon(40.0, 36, 20), masks.polygon(40.0, 8, 20, (200.0, 0.0)))
    round_one, octagon = read_layout(put(mask, tmp_path), layers={"ubm": "20/0"}).sites()
    # 1 nm of grid on a radius of 40 um is 2.5e-5
    assert round_one.roundness == pytest.approx(math.cos(math.pi / 36), abs=5e-5)
    assert octagon.roundness == pytest.approx(math.cos(math.pi / 8), abs=5e-5)


def test_an_opening_off_the_centre_and_a_shape_beside_it(tmp_path) -> None:
    mask = masks.library()
    mask.new_cell("T").add(masks.polygon(40.0, 36, 20), masks.polygon(20.0, 36, 15, (3.0, -4.0)),
                           masks.polygon(5.0, 12, 15, (60.0, 0.0)), masks.polygon(5.0, 12, 15, (500.0, 0.0)))
    site = read_layout(put(mask, tmp_path), layers=MAP).site(1)
    assert site.pitch is None
    assert site.offset["pi2"] == pytest.approx(5e-6, abs=GRID)
    assert site.openings["pi2"].offset == pytest.approx((3e-6, -4e-6), abs=GRID)
    assert len(site.nearby) == 1  # within one diameter where there is no pitch; the one 500 um away is not
    beside = site.nearby[0]
    assert (beside.layer, beside.surrounds) == ("pi2", False)
    assert beside.offset == pytest.approx((60e-6, 0.0), abs=GRID)
    # a corner of the twelve points to the centre or a flat does: 5 um to 5 cos(15 deg) um
    assert 55e-6 - GRID < beside.gap < 60e-6 - 5e-6 * math.cos(math.pi / 12) + GRID


def test_a_layer_drawn_in_the_opposite_tone_surrounds_the_centre(tmp_path) -> None:
    mask = masks.library()
    plate = gdstk.boolean(gdstk.rectangle((-100, -100), (100, 100)), masks.polygon(30.0, 36, 15), "not", layer=15)
    mask.new_cell("T").add(masks.polygon(40.0, 36, 20), *plate)
    site = read_layout(put(mask, tmp_path), layers=MAP).site(1)
    assert "pi2" not in site.openings
    assert [beside.surrounds for beside in site.nearby] == [True]
    # the keyhole's cut vanishes: one hole of the size drawn
    hole = shapely.Polygon(site.nearby[0].polygon.interiors[0])
    assert len(site.nearby[0].polygon.interiors) == 1
    assert 2.0 * math.sqrt(hole.area / math.pi) == pytest.approx(equal_area(30e-6, 36), abs=GRID)


def test_a_ring_is_the_opening_over_its_own_hole_only_for_the_anchor(tmp_path) -> None:
    mask = masks.library()
    ring = gdstk.boolean(masks.polygon(40.0, 36, 20), masks.polygon(20.0, 36, 20), "not", layer=20)
    mask.new_cell("T").add(*ring)
    site = read_layout(put(mask, tmp_path), layers={"ubm": "20/0"}).site(1)
    assert len(site.polygons["ubm"][0].interiors) == 1
    assert site.roundness == 0.0


def test_a_shape_drawn_twice_is_one_site_and_is_reported(tmp_path) -> None:
    mask = masks.grid_of_bumps()
    bump = next(each for each in mask.cells if each.name == "BUMP")
    mask.top_level()[0].add(gdstk.Reference(bump, (150.0, 0.0), rotation=math.pi / 2))  # 36 corners: a quarter turn changes nothing
    layout = read_layout(put(mask, tmp_path), layers=MAP)
    assert layout.counts["20/0"] == 7
    assert len(layout.sites()) == 6
    assert {(one.layer, one.times, one.identical) for one in layout.duplicates} == {("ubm", 2, True), ("pi2", 2, True)}
    for one in layout.duplicates:
        assert one.centre == pytest.approx((150e-6, 0.0), abs=GRID)
    assert [site.name for site in layout.sites() if site.duplicates] == ["site-005"]
    assert "ubm at (150 um, 0 um), 2 times, identical polygons (site-005)" in layout.report()


def test_a_circle_drawn_twice_with_other_corners_is_reported_as_such(tmp_path) -> None:
    mask = masks.library()
    mask.new_cell("T").add(masks.polygon(40.0, 36, 20), masks.polygon(40.0, 64, 20), masks.polygon(40.0, 36, 20, (200.0, 0.0)))
    layout = read_layout(put(mask, tmp_path), layers={"ubm": "20/0"})
    assert len(layout.sites()) == 2
    assert [(one.times, one.identical) for one in layout.duplicates] == [(2, False)]
    assert [site.number for site in layout.sites() if site.duplicates] == [1]


def test_a_small_opening_inside_a_large_one_of_its_layer_is_no_duplicate(tmp_path) -> None:
    mask = masks.library()
    mask.new_cell("T").add(masks.polygon(40.0, 36, 20), masks.polygon(38.0, 36, 20))
    assert not read_layout(put(mask, tmp_path), layers={"ubm": "20/0"}).duplicates


def test_polygons_that_touch_are_one_shape(tmp_path) -> None:
    mask = masks.library()
    mask.new_cell("T").add(gdstk.rectangle((-40, -40), (0, 40), layer=20), gdstk.rectangle((0, -40), (40, 40), layer=20))
    layout = read_layout(put(mask, tmp_path), layers={"ubm": "20/0"})
    site = layout.site(1)
    assert site.centre == (0.0, 0.0)
    assert len(site.polygons["ubm"][0].exterior.coords) == 5  # the seam's ends are no corners
    assert layout.shapes("ubm")[0].area == pytest.approx(6400e-12, rel=1e-9)  # exact corners, double precision


def test_turned_and_magnified_references(tmp_path, name) -> None:
    mask = masks.library()
    bump = mask.new_cell("B")
    bump.add(gdstk.rectangle((0, 0), (40, 20), layer=20))
    mask.new_cell("T").add(gdstk.Reference(bump, (100.0, 200.0), rotation=math.pi / 2, magnification=2.0, x_reflection=True))
    layout = read_layout(put(mask, tmp_path, name), layers={"ubm": "20/0"})
    # (x, y) -> reflected (x, -y) -> doubled -> turned by 90 deg: (2 y, 2 x) + origin
    assert layout.site(1).centre == pytest.approx((120e-6, 240e-6), abs=GRID)
    assert layout.shapes("ubm")[0].area == pytest.approx(3200e-12, rel=1e-4)  # 1 nm of grid on 40 um


def test_a_path_has_the_area_of_its_width(tmp_path, name) -> None:
    mask = masks.library()
    mask.new_cell("T").add(gdstk.FlexPath([(0, 0), (100, 0)], 10.0, layer=20, simple_path=True, ends="flush"))
    assert read_layout(put(mask, tmp_path, name), layers={"ubm": "20/0"}).shapes("ubm")[0].area == pytest.approx(1000e-12, rel=1e-9)


def test_texts_name_the_sites_they_stand_on(tmp_path, name) -> None:
    mask = masks.grid_of_bumps()
    mask.top_level()[0].add(gdstk.Label("A1", (1.0, 151.0), layer=20), gdstk.Label("VDD", (150.0, 150.0), layer=20),
                            gdstk.Label("VDD", (0.0, 0.0), layer=20), gdstk.Label("elsewhere", (75.0, 75.0), layer=20),
                            gdstk.Label("not on a mapped layer", (300.0, 0.0), layer=99))
    layout = read_layout(put(mask, tmp_path, name), layers=MAP)
    assert [site.name for site in layout.sites()] == ["A1", "site-002", "site-003", "site-004", "site-005", "site-006"]
    assert [site.label for site in layout.sites()] == ["A1", "VDD", None, "VDD", None, None]
    assert layout.site("A1").number == 1
    assert layout.site("site-001").name == "A1"
    with pytest.raises(LayoutError, match=r"'VDD' is written on 2 sites \(site-002, site-004\)"):
        layout.site("VDD")


def test_rows_are_told_apart_though_their_centres_jitter(tmp_path) -> None:
    mask = masks.library()
    centres = [(0.0, 100.5), (100.0, 99.5), (200.0, 100.0), (0.0, 0.0), (100.0, 0.4), (200.0, -0.4)]
    mask.new_cell("T").add(*(masks.polygon(20.0, 36, 20, centre) for centre in reversed(centres)))
    sites = read_layout(put(mask, tmp_path), layers={"ubm": "20/0"}).sites()
    assert np.allclose([site.centre for site in sites], np.array(centres) * 1e-6, rtol=0.0, atol=GRID)


@pytest.mark.parametrize(("which", "number"), [(2, 2), ("site-002", 2), ("2", 2), ("site-2", 2), ((150e-6, 150e-6), 2), ((0.0, 39e-6), 4),
                                               (np.array([300e-6, 0.0]), 6), (np.int64(6), 6)])
def test_a_site_is_chosen_by_name_number_or_place(tmp_path, which, number) -> None:
    assert read_layout(put(masks.grid_of_bumps(), tmp_path), layers=MAP).site(which).number == number


@pytest.mark.parametrize(("which", "message"), [
    ("site-007", "has no site number 7; the sites are 'site-001' to 'site-006' \\(6\\), counted from 1"),
    ("B7", "has no site 'B7'; the sites are"), (0, "has no site number 0"), (-1, "has no site number -1"), (7, "has no site number 7"),
    (True, "not by 'True'"), (1.5, "not by '1.5'"), (None, "not by 'None'"),
    ((0.0, 60e-6), "no site within 39.89\\d+ um of \\(0 um, 60 um\\); the nearest is 'site-004' at \\(0 um, 0 um\\), 60 um away"),
    ((1.0, 2.0), "the nearest is 'site-003'"), ((math.nan, 0.0), "finite"), ((1.0,), "two lengths"), (("a", "b"), "two lengths")])
def test_a_site_that_is_not_there_is_named_with_the_nearest(tmp_path, which, message) -> None:
    layout = read_layout(put(masks.grid_of_bumps(), tmp_path), layers=MAP)
    with pytest.raises(LayoutError, match=message):
        layout.site(which)


def test_the_tolerance_of_a_place_can_be_given(tmp_path) -> None:
    layout = read_layout(put(masks.grid_of_bumps(), tmp_path), layers=MAP)
    assert layout.site((0.0, 60e-6), tolerance=61e-6).number == 4
    with pytest.raises(LayoutError, match="within 1 um"):
        layout.site((0.0, 2e-6), tolerance=1e-6)


def test_the_anchor_is_ubm_or_the_only_layer_or_named(tmp_path) -> None:
    path = put(masks.grid_of_bumps(), tmp_path)
    assert read_layout(path, layers={"opening": "15/0"}).sites()[0].anchor == "opening"
    both = read_layout(path, layers={"a": "15/0", "b": "20/0"})
    assert both.sites("a")[0].anchor == "a"
    with pytest.raises(LayoutError, match="name one of 'a', 'b'"):
        both.sites()
    with pytest.raises(LayoutError, match="the layer map has no 'c'"):
        both.sites("c")
    assert set(read_layout(path).layers) == {"15/0", "20/0"}  # no map: every layer by its number


def test_shapes_without_an_anchor(tmp_path) -> None:
    mask = masks.grid_of_bumps()
    mask.top_level()[0].add(masks.polygon(5.0, 12, 15, (1000.0, 20.0)))
    layout = read_layout(put(mask, tmp_path), layers=MAP)
    assert set(layout.without_anchor()) == {"pi2"}
    assert layout.without_anchor()["pi2"][0] == pytest.approx((1000e-6, 20e-6), abs=GRID)
    assert "pi2: 1 shapes touch no ubm: (1000 um, 20 um)" in layout.report()


def test_several_top_cells_need_a_name(tmp_path, name) -> None:
    mask = masks.library()
    for each in ("DIE_A", "DIE_B"):
        mask.new_cell(each).add(masks.polygon(40.0, 36, 20))
    mask.new_cell("$$$CONTEXT_INFO$$$")  # KLayout's own notes: no shapes, no top cell
    path = put(mask, tmp_path, name)
    with pytest.raises(LayoutError, match=r"has 2 top cells \('DIE_A', 'DIE_B'\)"):
        read_layout(path, layers={"ubm": "20/0"})
    assert read_layout(path, layers={"ubm": "20/0"}, cell="DIE_B").cell == "DIE_B"
    with pytest.raises(LayoutError, match="has no cell 'DIE_C'; it has"):
        read_layout(path, layers={"ubm": "20/0"}, cell="DIE_C")


def test_a_note_cell_beside_one_die_is_no_second_top_cell(tmp_path) -> None:
    mask = masks.grid_of_bumps()
    mask.new_cell("$$$CONTEXT_INFO$$$")
    assert read_layout(put(mask, tmp_path), layers=MAP).cell == "DIE"


def test_unwanted_layers_are_counted_and_not_expanded(tmp_path, name) -> None:
    mask = masks.library()
    gate = mask.new_cell("GATE")
    gate.add(gdstk.rectangle((0, 0), (1, 1), layer=1))
    row = mask.new_cell("ROW")
    row.add(gdstk.Reference(gate, columns=3000, rows=3000, spacing=(2.0, 2.0)))
    top = mask.new_cell("CHIP")
    top.add(gdstk.Reference(row), gdstk.Reference(row, (7000.0, 0.0)), masks.polygon(40.0, 36, 20))
    layout = read_layout(put(mask, tmp_path, name), layers={"ubm": "20/0"}, limits=Limits(polygons=10))
    assert layout.counts == {"1/0": 18_000_000, "20/0": 1}
    assert len(layout.sites()) == 1
    assert "not in the layer map: 1/0 (18000000)" in layout.report()


def test_a_finer_database_grid_is_kept(tmp_path) -> None:
    path = tmp_path / "fine.gds"
    corners = [(0, 0), (800_001, 0), (800_001, 800_001), (0, 800_001)]
    path.write_bytes(masks.stream(masks.cell("T", masks.boundary(corners)), user=1e-4, metres=1e-10))
    layout = read_layout(path, layers={"ubm": "20/0"})
    assert layout.unit == pytest.approx(1e-10, rel=1e-12)  # the format's real has 56 bits
    assert layout.shapes("ubm")[0].bounds == pytest.approx((0.0, 0.0, 80.0001e-6, 80.0001e-6), rel=1e-12)


def test_the_reader_of_layouts_is_imported_only_to_read_one() -> None:
    code = "import sys, waferbump.layout.reading; print('gdstk' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.stdout.strip() == "False"


def test_a_layout_can_be_sent_to_another_process(tmp_path) -> None:
    layout = read_layout(put(masks.grid_of_bumps(), tmp_path), layers=MAP)
    again = pickle.loads(pickle.dumps(layout))
    assert again.site(2).centre == layout.site(2).centre
    assert again.report() == layout.report()
