"""What a section answers: exact volumes, contacts, heights; its record; its own validity check."""

import json
import math
import pickle

import numpy as np
import pytest
import shapely

from waferbump.geometry import queries
from waferbump.geometry.cut import Region
from waferbump.geometry.partition import oriented_edges
from waferbump.geometry.section import GeometryError, Section

UM = 1e-6
TICK = 1e-11


def pad_in_resist(kind="axisymmetric"):
    section = Section.blank(kind, 50 * UM, material="Si", thickness=20 * UM).grown("pad", "Cu", 1 * UM)
    section = section.opened({"pad": ((20e-6, 50e-6),)}, at=0.0).coated("resist", "resist", 10 * UM)
    return section.opened({"resist": ((0, 15 * UM),)}, at=0.0)


def test_pappus_is_exact_for_rings_cones_and_holes():
    cone = shapely.Polygon([(0, 0), (3, 0), (0, 6)])
    assert queries.volume_of_revolution(oriented_edges(cone)) == pytest.approx(math.pi * 9 * 6 / 3, rel=1e-14)
    ring = shapely.box(2, 0, 5, 4).difference(shapely.box(3, 1, 4, 2))
    assert queries.volume_of_revolution(oriented_edges(ring)) == pytest.approx(math.pi * ((25 - 4) * 4 - (16 - 9)), rel=1e-14)
    assert queries.area_of(oriented_edges(ring)) == pytest.approx(11, rel=1e-14)


def test_volumes_of_all_regions_are_the_cell():
    section = pad_in_resist()
    assert math.fsum(section.volume(name) for name in section.names) == pytest.approx(section.cell_amount, rel=1e-13)
    assert section.volume("Cu") == section.volume("pad") == pytest.approx(math.pi * 400 * UM**3, rel=1e-12)


def test_planar_section_has_no_volumes():
    section = pad_in_resist("planar")
    with pytest.raises(GeometryError, match="no volumes"):
        section.volume("pad")
    assert section.amount("pad") == section.area("pad") == pytest.approx(20 * UM**2, rel=1e-12)
    assert section.contact("pad", "carrier") == pytest.approx(20 * UM, rel=1e-12)


def test_contacts_are_areas_of_revolution():
    section = pad_in_resist()
    assert section.contact("pad", "carrier") == pytest.approx(math.pi * 400 * UM**2, rel=1e-12)
    assert section.contact("pad", "resist") == pytest.approx(math.pi * (400 - 225 + 2 * 20 * 1) * UM**2, rel=1e-12)  # the ring and the side
    assert section.contact("pad", "air") == section.contact("air", "pad") == pytest.approx(math.pi * 225 * UM**2, rel=1e-12)
    assert section.contact("resist", "carrier") == pytest.approx(math.pi * (2500 - 400) * UM**2, rel=1e-12)
    assert section.contact("carrier", "air") == 0.0
    assert section.contact_lines("pad", "carrier").length == pytest.approx(20 * UM)
    assert section.neighbours("pad") == {"carrier", "resist", "air"}


def test_exposure_counts_open_air_alone():
    section = pad_in_resist()
    assert section.exposed_spans("pad") == ((0.0, 15e-6),)
    assert section.exposed_amount("pad") == pytest.approx(math.pi * 225 * UM**2, rel=1e-12)
    assert section.exposed("pad").length == pytest.approx(15 * UM)
    lidded = section.laminated("lid", "dry", 2 * UM, bridges=40 * UM)
    assert lidded.exposed_spans("pad") == () and lidded.exposed_amount("pad") == 0.0
    assert lidded.contact("pad", "air") == pytest.approx(math.pi * 225 * UM**2, rel=1e-12)


def test_heights_and_spans():
    section = pad_in_resist()
    assert [section.surface_height(x * UM) for x in (0, 10, 15.1, 50)] == [1e-6, 1e-6, 1e-5, 1e-5]
    assert [section.thickness_at(x * UM, "resist") for x in (0, 17, 50)] == pytest.approx([0, 9 * UM, 10 * UM], abs=TICK)
    assert section.spans("resist", 0.5 * UM) == ((20e-6, 50e-6),)
    assert section.spans("resist", 10 * UM) == ((15e-6, 50e-6),)
    assert section.spans("resist", 11 * UM) == ()
    assert section.bounds("pad") == (0.0, 0.0, 20e-6, 1e-6)
    assert section.names == ("carrier", "pad", "resist", "air") and section.names_of("Cu") == ("pad",)
    assert section.has("pad") and not section.has("nowhere")


def test_record_is_lossless_through_json():
    section = pad_in_resist().grown("film", "Ti", 0.1234567 * UM, sides=0.37).etched({"Ti": 1e-8}, 3.0)
    back = Section.from_record(json.loads(json.dumps(section.to_record())))
    assert back == section
    for old, new in zip(section.regions, back.regions, strict=True):
        assert shapely.get_coordinates(old.shape).tobytes() == shapely.get_coordinates(new.shape).tobytes()
    # and what is done to the copy is done to it bit for bit
    def on(s):
        return s.grown("more", "Cu", 0.5 * UM).etched({"Ti": 1e-8}, 10.0)
    assert on(back) == on(section) and on(back).to_record() == on(section).to_record()
    assert pickle.loads(pickle.dumps(section)) == section


def test_check_finds_gaps_overlaps_and_mismatched_edges():
    section = pad_in_resist()
    def with_pad(shape):
        regions = tuple(Region(r.name, r.material, shapely.MultiPolygon([shape]) if r.name == "pad" else r.shape) for r in section.regions)
        return Section(section.kind, section.width, section.floor, section.ceiling, regions)
    gap, overlap = with_pad(shapely.box(0, 0, 19 * UM, 1 * UM)).check(), with_pad(shapely.box(0, -1 * UM, 20 * UM, 1 * UM)).check()
    cell = 50 * 130 if section.ceiling == 110 * UM else 50 * (section.ceiling - section.floor) / UM
    assert not gap.valid and gap.gaps == pytest.approx(1 / cell, rel=1e-6)
    assert not overlap.valid and overlap.overlaps == pytest.approx(20 / cell, rel=1e-6)
    assert section.check().valid
    with pytest.raises(GeometryError, match="no valid section"):
        Section.from_record(with_pad(shapely.box(0, 0, 19 * UM, 1 * UM)).to_record())


def test_plot_draws_every_solid():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    section = pad_in_resist()
    axes = section.plot(colours={"Cu": "#b87333"})
    assert len(axes.patches) == 3
    assert np.allclose(axes.get_xlim(), (0.0, 50.0))
    matplotlib.pyplot.close(axes.figure)
