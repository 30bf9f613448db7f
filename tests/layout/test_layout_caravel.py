"""The bump mask of a fabricated chip (efabless/caravel-gf180mcu, Apache-2.0), read where it is present."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import shapely

from waferbump.layout import Layout, read_layout

FILE = Path(__file__).parents[3] / "shared" / "data" / "caravel_bump_bond.gds.gz"
LAYERS = {"pi1": "5/0", "rdl": "10/0", "pi2": "15/0", "ubm": "20/0"}
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the mask ../shared/data/caravel_bump_bond.gds.gz is not present")
GRID = 10e-9  # m: this mask's corners lie on a 10 nm grid


@pytest.fixture(scope="module")
def layout() -> Layout:
    return read_layout(FILE, layers=LAYERS)


def test_counts(layout) -> None:
    assert layout.counts == {"5/0": 63, "10/0": 360, "15/0": 61, "20/0": 61}
    assert {name: len(layout.shapes(name)) for name in LAYERS} == {"pi1": 63, "rdl": 57, "pi2": 60, "ubm": 60}


def test_sites_in_ten_rows_of_six_at_500_um(layout) -> None:
    sites = layout.sites()
    assert len(sites) == 60
    for row in range(10):
        for column in range(6):
            site = sites[6 * row + column]
            assert site.centre == ((690 + 500 * column) / 1e6, (4785 - 500 * row) / 1e6)
            assert site.pitch == 500e-6


def test_every_site_has_ubm_and_polymer_opening_concentric_as_36_gons(layout) -> None:
    for site in layout.sites():
        assert site.offset["pi2"] == 0.0
        for name, nominal in (("ubm", 250e-6), ("pi2", 220e-6)):
            measured = site.openings[name].facets
            assert (measured.corners, measured.regular, measured.nominal, measured.nominal_is) == (36, True, nominal, "across corners")
            assert measured.equal_area == pytest.approx(nominal * math.sqrt(36 * math.sin(math.pi / 18) / (2 * math.pi)), abs=2 * GRID)
            assert measured.across_flats == pytest.approx(nominal * math.cos(math.pi / 36), abs=2 * GRID)


def test_the_site_that_is_placed_twice(layout) -> None:
    assert {(one.layer, one.times, one.identical, one.centre) for one in layout.duplicates} == {
        ("ubm", 2, True, (2690e-6, 2285e-6)), ("pi2", 2, True, (2690e-6, 2285e-6))}
    assert [site.name for site in layout.sites() if site.duplicates] == ["site-035"]
    assert "ubm at (2690 um, 2285 um), 2 times, identical polygons (site-035)" in layout.report()


def test_no_pad_opening_lies_under_a_bump(layout) -> None:
    assert len(layout.without_anchor()["pi1"]) == 63
    assert not any("pi1" in site.openings for site in layout.sites())
    pads = shapely.STRtree(layout.shapes("pi1"))
    nearest = min(shapely.distance(shapely.Point(site.centre), pads.geometries[pads.nearest(shapely.Point(site.centre))])
                  for site in layout.sites())
    assert nearest > 125e-6  # beyond the UBM's radius


def test_redistribution_reaches_every_bump_and_is_concentric_with_none(layout) -> None:
    for site in layout.sites():
        assert site.offset["rdl"] > 25e-6


def test_a_site_by_place(layout) -> None:
    assert layout.site((690e-6, 4785e-6)).name == "site-001"
    assert layout.site((2690e-6, 2285e-6)).name == "site-035"


@pytest.mark.parametrize("site", [8, 31])
def test_a_site_whose_line_bends_is_built_from_pad_to_ball(site) -> None:
    import waferbump
    from waferbump.line_layout import site_of
    from waferbump.materials import library
    from waferbump.steps.conduction import connections

    recipe = waferbump.load("ball-on-redistribution-layout").with_changes({"layout.site": site})
    run = waferbump.run(recipe, layout=site_of(recipe, FILE))
    assert run.status == "done" and len(run.final.sections["cut"].line) >= 4
    way = connections(run.final, library())["pad"]
    assert way[0] == "pad" and way[-1] == "ball" and "line" in way
    cut = run.final.sections["cut"]
    assert len(cut.shape("line").geoms) == 1  # along its middle the metal is in one piece in the cut too
