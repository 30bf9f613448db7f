"""One site with its redistribution line: nets followed through the layers, windows round them, and cut lines that designers draw."""

from __future__ import annotations

import math
import time
from pathlib import Path

import gdstk
import numpy as np
import pytest
import shapely

import waferbump
from tests.layout import masks
from waferbump.geometry.centreline import centreline, reached
from waferbump.layout import LayoutError, connected, cut_line, cut_lines, read_layout, within
from waferbump.line_layout import site_of

CARAVEL = Path(__file__).parents[3] / "shared" / "data" / "caravel_bump_bond.gds.gz"
LAYERS = {"ubm": "20/0", "pi2": "15/0", "rdl": "10/0", "pi1": "5/0"}
DOWN = ["ubm", "pi2", "rdl", "pi1"]
GRID = 1e-9  # m: corners of these files lie on it
EVERY = ("mask.gds", "mask.oas")


def two_bumps() -> gdstk.Library:
    """Two bumps 500 um apart; a line with one bend leads from a pad at (-300, 150) to the first, a straight one from (650, 0) to the other.

    A third line passes the first at some distance to a pad of its own.
    """
    mask = masks.library()
    top = mask.new_cell("TOP")
    for x, landing in ((0.0, 90.0), (500.0, 65.0)):
        top.add(masks.polygon(80.0, 36, 20, (x, 0.0)), masks.polygon(60.0, 36, 15, (x, 0.0)), masks.polygon(landing, 36, 10, (x, 0.0)))
    top.add(gdstk.FlexPath([(-300, 150), (-150, 150), (0, 0)], 20, layer=10), gdstk.FlexPath([(500, 0), (660, 0)], 20, layer=10))
    top.add(gdstk.FlexPath([(-200, -105), (200, -105)], 20, layer=10))
    top.add(*(gdstk.rectangle((x - 8, y - 8), (x + 8, y + 8), layer=5) for x, y in ((-300, 150), (650, 0), (-190, -105))))
    top.add(gdstk.rectangle((-250, 130), (-240, 140), layer=5))  # it only touches the first line's edge
    # the rim of the second bump's film lies over a neighbour's line, with polymer between
    top.add(gdstk.rectangle((425, -60), (432, -10), layer=10), gdstk.rectangle((426, -58), (431, -50), layer=5))
    return mask


def with_lines(mask: gdstk.Library, *shapes) -> gdstk.Library:
    mask.cells[0].add(*shapes)
    return mask


def read(mask: gdstk.Library, folder: Path, name: str = "mask.gds", lines: str | None = None):
    return read_layout(masks.written(mask, folder / name), layers=LAYERS, lines=None if lines is None else {"cuts": lines})


@pytest.fixture
def layout(tmp_path):
    return read(two_bumps(), tmp_path)


def test_a_net_is_followed_from_the_bump_to_its_pad(layout):
    net = connected(layout, layout.site(1), DOWN)
    assert {name: len(shapes) for name, shapes in net.shapes.items()} == {"ubm": 1, "pi2": 1, "rdl": 1, "pi1": 1}
    assert net.pads[0] == pytest.approx((-300e-6, 150e-6), abs=GRID) and net.straight == (False,)
    assert net.bounds == pytest.approx((-308e-6, -90e-6, 90e-6, 160e-6), abs=GRID)
    assert net.line == net.shapes["rdl"]


def test_a_line_below_the_rim_of_the_metal_is_no_part_of_the_net(layout):
    net = connected(layout, layout.site(2), DOWN)
    assert len(net.pads) == 1 and net.pads[0] == pytest.approx((150e-6, 0.0), abs=GRID) and net.straight == (True,)
    # without the polymer's opening between them metal lies on metal
    straight_down = connected(layout, layout.site(2), ["ubm", "rdl", "pi1"])
    assert len(straight_down.pads) == 2


def test_the_middle_of_the_line_from_the_net(layout):
    net = connected(layout, layout.site(1), DOWN)
    found = centreline(net.line[0], reached(net.line[0], shapely.MultiPolygon(net.shapes["pi1"])), (0.0, 0.0))
    assert np.array(found) * 1e6 == pytest.approx(np.array([(-300, 150), (-150, 150), (0, 0)]), abs=0.02)


def test_what_lies_in_a_window_is_clipped_to_it(layout):
    window = (-100e-6, -120e-6, 100e-6, 120e-6)
    found = within(layout, layout.site(1), DOWN, window)
    assert {name: len(shape.geoms) for name, shape in found.items()} == {"ubm": 1, "pi2": 1, "rdl": 2, "pi1": 0}
    assert found["rdl"].bounds == pytest.approx((-100e-6, -115e-6, 100e-6, (100 + 10 * math.sqrt(2)) * 1e-6), abs=GRID)
    assert shapely.box(*window).covers(found["rdl"]) and found["rdl"].is_valid


@pytest.mark.parametrize("layers", [["ubm"], [], ["ubm", "ubm"]])
def test_a_net_needs_layers(layout, layers):
    with pytest.raises(LayoutError, match="two layers or more, each once"):
        connected(layout, layout.site(1), layers)


def test_layers_that_are_not_there(layout):
    with pytest.raises(LayoutError, match="no 'copper'; it has ubm, pi2, rdl, pi1"):
        connected(layout, layout.site(1), ["ubm", "copper"])
    with pytest.raises(LayoutError, match="site-001 has no opening of layer pi1 over its centre"):
        connected(layout, layout.site(1), ["pi1", "rdl"])


@pytest.mark.parametrize("window", [(0.0, 0.0, 0.0, 1e-4), (1e-4, 0.0, -1e-4, 1e-4), (0.0, 0.0, math.nan, 1e-4)])
def test_windows_without_area(layout, window):
    with pytest.raises(LayoutError, match="a window is x0, y0, x1, y1"):
        within(layout, layout.site(1), DOWN, window)


def test_a_place_outside_the_die(layout):
    with pytest.raises(LayoutError, match=r"outside the die, which reaches from \(-308 um, -115 um\) to \(660 um, 160 um\)"):
        layout.site((5e-3, 0.0))
    with pytest.raises(LayoutError) as inside:
        layout.site((250e-6, 0.0))
    assert "outside the die" not in str(inside.value)


@pytest.mark.parametrize("side", [300, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("at", [(-50, -50), (-150, 60)])
def test_a_million_shapes_in_one_site_take_seconds(tmp_path, at, side):
    mask = two_bumps()
    dot = mask.new_cell("DOT")
    dot.add(gdstk.rectangle((0, 0), (0.05, 0.05), layer=10))
    mask.cells[0].add(gdstk.Reference(dot, at, columns=side, rows=side, spacing=(0.1, 0.1)))
    began = time.perf_counter()
    layout = read_layout(masks.written(mask, tmp_path / "mask.gds"), layers=LAYERS)
    site, window = layout.site(1), (-2e-4, -2e-4, 2e-4, 2e-4)
    if at == (-50, -50):  # all on the pad, which they are one shape with
        assert len(within(layout, site, ["rdl"], window)["rdl"].geoms) == 2
        assert len(connected(layout, site, DOWN).pads) == 1
    else:
        with pytest.raises(LayoutError, match=r"rdl has [\d,]+ shapes with [\d,]+ corners in the window of site site-001, more than 20"):
            within(layout, site, ["rdl"], window)
    assert time.perf_counter() - began < 60  # some 10 s for a million; several times that would be an algorithm of another order


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("width", [0.0, 2.0])
def test_paths_are_cut_lines_with_a_width_or_without(tmp_path, name, width):
    drawn = [(-400.0, 150.0), (-150.0, 150.0), (100.0, -100.0)]
    layout = read(with_lines(two_bumps(), gdstk.FlexPath(drawn, width, layer=63, datatype=7, simple_path=True)), tmp_path, name, "63/7")
    assert cut_lines(layout, "cuts") == (tuple((x / 1e6, y / 1e6) for x, y in drawn),)
    assert "63/7" not in layout.layers and layout.without_area == 0


def test_a_path_without_width_on_a_mask_covers_nothing_as_before(tmp_path):
    layout = read(with_lines(two_bumps(), gdstk.FlexPath([(0, 0), (900, 0)], 0.0, layer=10, simple_path=True)), tmp_path)
    assert layout.without_area == 1 and len(layout.shapes("rdl")) == 4


@pytest.mark.parametrize("name", EVERY)
def test_cut_lines_in_turned_and_repeated_cells(tmp_path, name):
    mask = two_bumps()
    bump = mask.new_cell("CUT")
    bump.add(gdstk.FlexPath([(-100, 0), (100, 0)], 0.0, layer=63, simple_path=True))
    mask.cells[0].add(gdstk.Reference(bump, rotation=math.pi / 2, columns=2, rows=1, spacing=(500, 0)))
    layout = read(mask, tmp_path, name, "63/0")
    assert len(cut_lines(layout, "cuts")) == 2
    ends = np.array(cut_line(layout, "cuts", layout.site(1), (-1e-4, -1e-4, 1e-4, 1e-4)))
    assert np.abs(ends - [[0, -1e-4], [0, 1e-4]]).max() < 2 * GRID


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("turn", [0.0, 0.4, math.pi / 2])
def test_thin_polygons_are_cut_lines(tmp_path, name, turn):
    box = gdstk.rectangle((-200, -1), (200, 1), layer=63).rotate(turn)
    layout = read(with_lines(two_bumps(), box), tmp_path, name, "63/0")
    found = shapely.LineString(cut_lines(layout, "cuts")[0])
    wanted = shapely.LineString([(-2e-4 * math.cos(turn), -2e-4 * math.sin(turn)), (2e-4 * math.cos(turn), 2e-4 * math.sin(turn))])
    assert shapely.hausdorff_distance(found, wanted) < 2 * GRID


@pytest.mark.parametrize("first_corner", [0, 1, 3, 5])
def test_a_path_drawn_out_as_a_polygon_is_a_cut_line(tmp_path, first_corner):
    drawn = [(-400.0, 150.0), (-150.0, 150.0), (0.0, 0.0), (150.0, 0.0)]
    outline = gdstk.FlexPath(drawn, 2.0, layer=63).to_polygons()[0].points
    polygon = gdstk.Polygon(np.roll(outline, first_corner, axis=0), layer=63)
    layout = read(with_lines(two_bumps(), polygon), tmp_path, lines="63/0")
    found = np.array(cut_lines(layout, "cuts")[0]) * 1e6
    found = found if found[0, 0] < 0 else found[::-1]
    assert found == pytest.approx(np.array(drawn), abs=0.002)  # two corners on a 1 nm grid


def test_what_is_no_cut_line(tmp_path):
    wedge = gdstk.Polygon([(0, 0), (90, 0), (90, 5)], layer=63)
    for shape in (gdstk.rectangle((0, 0), (50, 30), layer=63), masks.polygon(30, 36, 63), wedge):
        with pytest.raises(LayoutError, match="is no cut line of one width; draw it as a path"):
            read(with_lines(two_bumps(), shape), tmp_path, lines="63/0")
    with pytest.raises(LayoutError, match="has nothing on layer 64/0"):
        read(two_bumps(), tmp_path, lines="64/0")
    with pytest.raises(LayoutError, match="layer 10/0 is asked for as a mask and as cut lines"):
        read(two_bumps(), tmp_path, lines="10/0")
    with pytest.raises(LayoutError, match="layer cuts was not read as cut lines; those read are: none"):
        cut_lines(read(two_bumps(), tmp_path), "cuts")


@pytest.mark.parametrize("name", EVERY)
def test_too_many_cut_lines(tmp_path, name):
    mask = two_bumps()
    cut = mask.new_cell("CUT")
    cut.add(gdstk.FlexPath([(0, 0), (1, 0)], 0.1, layer=63, simple_path=True))
    mask.cells[0].add(gdstk.Reference(cut, columns=30_000, rows=30_000, spacing=(2, 2)))
    with pytest.raises(LayoutError, match=r"asks for 900,000,000 cut lines once its references are expanded, more than 10,000"):
        read(mask, tmp_path, name, "63/0")


def test_the_cut_line_nearest_to_a_site_is_its_own(tmp_path):
    lines = [gdstk.FlexPath([(x - 90, y), (x + 90, y)], 0.0, layer=63, simple_path=True) for x, y in ((0, 0), (0, 30), (500, 5))]
    layout = read(with_lines(two_bumps(), *lines), tmp_path, lines="63/0")
    window = (-1e-4, -1e-4, 1e-4, 1e-4)
    assert cut_line(layout, "cuts", layout.site(1), window) == ((-9e-5, 0.0), (9e-5, 0.0))
    assert np.array(cut_line(layout, "cuts", layout.site(2), window)) == pytest.approx(np.array([(-9e-5, 5e-6), (9e-5, 5e-6)]), abs=1e-12)
    with pytest.raises(LayoutError, match="cut line misses the site by 310 um: of 3 on layer cuts none comes nearer to the window"):
        cut_line(layout, "cuts", layout.site(2), (-1e-4, -4e-4, 1e-4, -3.05e-4))


def test_two_cut_lines_equally_near(tmp_path):
    cross = [gdstk.FlexPath(points, 0.0, layer=63, simple_path=True) for points in ([(-90, 0), (90, 0)], [(0, -90), (0, 90)])]
    layout = read(with_lines(two_bumps(), *cross), tmp_path, lines="63/0")
    with pytest.raises(LayoutError, match=r"2 cut lines on layer cuts pass site site-001 equally near \(0 um from its centre\)"):
        cut_line(layout, "cuts", layout.site(1), (-1e-4, -1e-4, 1e-4, 1e-4))


def recipe_with(views: dict, **changes):
    layers = {"layout.layers.rdl": "10/0", "layout.layers.pi1": "5/0", "masks.rdl": {"layer": "rdl"}, "masks.via": {"layer": "pi1"}}
    return waferbump.load("flux-coated-ball-layout").with_changes({**layers, "views": views, **changes})


ALONG = {"cut": {"along": "rdl", "start": "via", "beyond": "100 um"}}


def test_a_recipe_with_views_gets_whole_nets_in_a_window_round_them(tmp_path):
    file = masks.written(two_bumps(), tmp_path / "mask.gds")
    site = site_of(recipe_with(ALONG), file)
    metal = math.sqrt(36 / (2 * math.pi) * math.sin(math.pi / 18)) * 80e-6  # radius of the circle of the 36-gon's area
    low, high = (-308e-6 - 1.5 * metal, -90e-6 - 1.5 * metal), (90e-6 + 1.5 * metal, 160e-6 + 1.5 * metal)
    assert site["facts"]["window"] == pytest.approx([*low, *high], abs=10 * GRID)
    assert site["facts"]["cut"] is None
    box = shapely.box(*site["facts"]["window"])
    assert all(box.covers(shape) for shape in site["polygons"].values())
    # the line that passes below is in the window too, and so are its pad and the opening beside the line
    assert {layer: len(shape.geoms) for layer, shape in site["polygons"].items()} == {"15/0": 1, "20/0": 1, "10/0": 2, "5/0": 3}


def test_a_recipe_without_views_gets_the_openings_over_the_centre(tmp_path):
    site = site_of(waferbump.load("flux-coated-ball-layout"), masks.written(two_bumps(), tmp_path / "mask.gds"))
    assert set(site["polygons"]) == {"15/0", "20/0"} and "window" not in site["facts"]
    assert all(shape.geom_type == "Polygon" for shape in site["polygons"].values())


def test_a_recipe_s_own_window_and_a_drawn_cut(tmp_path):
    line = gdstk.FlexPath([(-400, 0), (400, 0)], 0.0, layer=63, simple_path=True)
    file = masks.written(with_lines(two_bumps(), line), tmp_path / "mask.gds")
    views = {"window": ["-320 um", "-120 um", "120 um", "170 um"], "cut": {"layer": "63/0"}}
    facts = site_of(recipe_with(views), file)["facts"]
    assert facts["window"] == pytest.approx([-320e-6, -120e-6, 120e-6, 170e-6])
    assert facts["cut"] == [[-400e-6, 0.0], [400e-6, 0.0]]
    views["window"] = ["-100 um", "-100 um", "100 um", "100 um"]
    with pytest.raises(LayoutError, match=r"site site-001 has no shape of layer 5/0 \(pi1\) in its window"):
        site_of(recipe_with(views), file)


@pytest.fixture(scope="module")
def nets():
    """The bump mask of a fabricated chip (efabless/caravel-gf180mcu, Apache-2.0)."""
    if not CARAVEL.is_file():
        pytest.skip("the mask ../shared/data/caravel_bump_bond.gds.gz is not present")
    layout = read_layout(CARAVEL, layers=LAYERS)
    return {site.name: (site, connected(layout, site, DOWN)) for site in layout.sites()}


def test_every_bump_reaches_a_pad_and_some_share_several(nets):
    several = {name: len(net.pads) for name, (_, net) in nets.items() if len(net.pads) != 1}
    assert several == {"site-021": 2, "site-022": 2, "site-027": 4, "site-028": 4, "site-033": 4, "site-034": 4, "site-035": 2}
    assert all(len(net.shapes[name]) == 1 for _, net in nets.values() for name in ("ubm", "pi2", "rdl"))


def test_most_lines_bend(nets):
    straight = [name for name, (_, net) in nets.items() if net.straight == (True,)]
    assert straight == ["site-004", "site-024", "site-042", "site-043", "site-058"]


def test_a_line_that_bends_keeps_to_the_middle_of_its_40_um(nets):
    _, net = nets["site-008"]
    assert net.pads[0] == pytest.approx((-357.5e-6, 753e-6), abs=GRID)
    found = np.array(centreline(net.line[0], net.pads[0], (0.0, 0.0))) * 1e6
    assert found == pytest.approx(np.array([(-357.5, 753), (-250, 650), (-250, 250), (0, 0)]), abs=0.05)


def test_every_centreline_keeps_off_the_line_s_edges_by_most_of_half_its_width(nets):
    for name, (_, net) in nets.items():
        for pad in net.pads:
            line = shapely.LineString(centreline(net.line[0], pad, (0.0, 0.0)))
            assert net.line[0].covers(line), name
            assert net.line[0].boundary.distance(line) > 0.8 * 20e-6, name  # of the 20 um; ends that lie off the middle take the rest
