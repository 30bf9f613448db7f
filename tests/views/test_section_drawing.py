"""Pictures of sections, read back: scale, completeness, thin films, and what they must not contain."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
import shapely

from tests.views.drawn import parsed, shapes
from waferbump.geometry.section import Section
from waferbump.materials import library
from waferbump.state import Facts
from waferbump.views.frame import frame_of
from waferbump.views.section_drawing import legend, section_svg

# A coordinate is rounded to 0.01 px; with 2 px/um and more that is 0.005 um, and a length has two ends.
ROUNDING = 0.01


@pytest.fixture(scope="module")
def post():
    """A post of 40 um x 30 um radius on a film of 100 nm on a wafer of 775 um, with a ball on top."""
    blank = Section.blank("axisymmetric", 75e-6, material="Si", thickness=775e-6)
    film = blank.grown("film", "Ti", 100e-9)
    stood = film.filled("post", "Cu", level=40.1e-6, within=30e-6)
    angles = np.linspace(-math.pi / 2, math.pi / 2, 721)
    ball = shapely.Polygon(np.column_stack([20e-6 * np.cos(angles), 60.11e-6 + 20e-6 * np.sin(angles)]))
    return stood.placed("ball", "SAC305", ball)


def test_the_picture_is_to_scale_in_both_directions(post):
    found = shapes(section_svg(post, library()))
    left, bottom, right, top = found["post"].bounds
    assert (left, right) == pytest.approx((-30.0, 30.0), abs=ROUNDING)
    assert (bottom, top) == pytest.approx((0.1, 40.1), abs=ROUNDING)


def test_a_ball_stays_round_after_decimation(post):
    ball = shapes(section_svg(post, library()))["ball"]
    corners = shapely.get_coordinates(ball.segmentize(0.2))
    distances = np.hypot(corners[:, 0], corners[:, 1] - 60.11)
    # what decimation may take from a curve: 0.02 um
    assert np.abs(distances - 20.0).max() < 0.02 + ROUNDING
    assert len(shapely.get_coordinates(ball)) < 361  # and it did take something


def test_drawn_areas_are_the_regions_areas(fused):
    states = [fused.start, *fused.states]
    frame = frame_of([state.bump for state in states])
    for state in states:
        drawn = shapes(section_svg(state.bump, library(), facts=state.facts, frame=frame))
        for region in state.bump.regions[1:-1]:
            # both halves; the perimeter times half the rounding bounds what rounding can do, 0.02 um what decimation can
            margin = (0.02 + ROUNDING / 2) * 2 * region.shape.length * 1e6
            assert drawn[region.name].area == pytest.approx(2 * region.shape.area * 1e12, abs=margin)


def test_both_halves_are_mirror_images(fused):
    for name, shape in shapes(section_svg(fused.final.bump, library())).items():
        mirrored = shapely.transform(shape, lambda xz: xz * np.array([-1.0, 1.0]))
        assert shapely.symmetric_difference(shape, mirrored).area <= ROUNDING * shape.length, name


def test_all_regions_are_drawn_and_in_the_legend(fused):
    for state in fused.states:
        svg = section_svg(state.bump, library(), facts=state.facts)
        names = [name for name in state.bump.names if name != "air"]
        assert set(shapes(svg)) == set(names)
        texts = [text.text for text in parsed(svg).iter() if text.tag.endswith("text")]
        for name in names:
            assert any(text.startswith(f"{name} – {state.bump.region(name).material}") for text in texts)
        assert [entry.name for entry in legend(state.bump, library())] == names[::-1]


def test_a_film_too_thin_for_the_scale_is_still_a_line_in_its_own_colour(post):
    svg = section_svg(post, library())
    film = re.search(r'<path data-region="film"[^>]*>', svg)[0]
    assert f'stroke="{library()["Ti"].colour}" stroke-width="1"' in film
    # painted after the thick bodies, so that none of them covers it
    assert svg.index('data-region="film"') > svg.index('data-region="ball"')


def test_insets_are_magnified_to_scale_and_say_so(fused):
    frame = frame_of([state.bump for state in fused.states])
    section = fused.section("ubm-strip")
    svg = section_svg(section, library(), frame=frame)
    assert frame.insets, "films of 100 nm need an inset"
    inset = frame.insets[0]
    assert f"{inset.letter}: × {inset.scale / frame.scale:g} at r" in svg
    x0, z0, x1, z1 = inset.window(section.width)
    found = shapes(svg, inset=0)
    window = shapely.box(x0, z0, x1, z1)
    for name, shape in found.items():
        region = section.region(name).shape
        margin = 0.01 / (inset.scale * 1e-6) * region.length * 1e6  # rounding to 0.01 px along the whole outline
        assert shape.area == pytest.approx(shapely.intersection(region, window).area * 1e12, abs=margin)
    place = re.search(r'<g class="inset"[^>]*><g transform="translate\(([-\d.]+) ([-\d.]+)\)">', svg)
    frame_of_inset = re.search(r'<clipPath id="si0"><rect x="([\d.]+)" y="([\d.]+)"', svg)
    # the window's left upper corner lies in the inset's left upper corner
    assert float(place[1]) + x0 * inset.scale == pytest.approx(float(frame_of_inset[1]), abs=0.02)  # two numbers rounded to 0.01 px
    assert float(place[2]) - z1 * inset.scale == pytest.approx(float(frame_of_inset[2]), abs=0.02)
    assert "adhesion" in found and (100e-9 * inset.scale) >= 2.5  # px: its 100 nm can be seen


def test_no_inset_where_nothing_is_thin():
    thick = Section.blank("axisymmetric", 50e-6, material="Si", thickness=100e-6).filled("post", "Cu", level=30e-6, within=20e-6)
    assert frame_of([thick]).insets == ()


def test_scale_bars_are_as_long_as_they_say(fused):
    root = parsed(section_svg(fused.final.bump, library()))
    bars = [bar for bar in root.iter() if bar.get("data-um")]
    scales = [float(root.get("data-scale"))] + [float(g.get("data-scale")) for g in root.iter() if g.get("class") == "inset"]
    assert len(bars) == len(scales)
    for bar, scale in zip(bars, scales, strict=True):
        drawn = float(re.search(r"h([\d.]+)", bar.get("d"))[1])
        assert drawn == pytest.approx(float(bar.get("data-um")) * scale, abs=0.01)


def test_the_carrier_is_cropped_with_a_break_and_its_thickness_stated(post):
    svg = section_svg(post, library())
    assert 'class="break"' in svg and "carrier 775 um thick" in svg
    assert shapes(svg)["carrier"].bounds[1] > -20.0
    thin = Section.blank("axisymmetric", 75e-6, material="Si", thickness=2e-6)
    assert 'class="break"' not in section_svg(thin, library())


def test_all_pictures_of_a_run_share_one_window(fused):
    sections = [state.bump for state in (fused.start, *fused.states)]
    frame = frame_of(sections)
    heads = {re.search(r"data-scale=\"[^\"]*\"", section_svg(s, library(), frame=frame))[0] for s in sections}
    boxes = {re.search(r'viewBox="[^"]*"', section_svg(s, library(), frame=frame, with_legend=False))[0] for s in sections}
    assert len(heads) == len(boxes) == 1
    _, _, width, height = map(float, re.search(r'"([^"]*)"', boxes.pop())[1].split())
    assert width < 900 and height < 600  # px: fits a page without turning small print into dust
    top = max(s.bounds(name)[3] for s in sections for name in s.names if name != "air")
    assert frame.high > top


def test_two_bodies_of_one_material_are_told_apart(fused):
    frame = frame_of([state.bump for state in fused.states])
    painted = {entry.name: entry.paint for entry in legend(fused.section("second-mask"), library(), frame=frame)}
    assert painted["first-mask"] != painted["second-mask"]
    assert {painted["first-mask"].colour, painted["second-mask"].colour} & {library()["generic-positive-medium"].colour}


def test_a_paste_says_how_much_of_it_is_metal(post):
    facts = {"post": Facts("solder", "print", phase="paste", metal_fraction=0.52)}
    entry = next(e for e in legend(post, library(), facts=facts) if e.name == "post")
    assert entry.text == "post – Cu (paste, 52 % metal by volume)" and entry.paint.hatch == "paste"


def test_one_half_alone_and_planar_cuts():
    for section, mirrored in (
        (Section.blank("planar", 50e-6, material="Si", thickness=5e-6), True),
        (Section.blank("axisymmetric", 50e-6, material="Si", thickness=5e-6), False),
    ):
        assert shapes(section_svg(section, library(), mirrored=mirrored))["carrier"].bounds[0] == 0.0


def test_hostile_names_are_text():
    nasty = '<script>alert("x")</script>&'
    section = Section.blank("axisymmetric", 50e-6, material="Si", thickness=5e-6).filled(nasty, "no-such & material", level=5e-6)
    svg = section_svg(section, library(), title=nasty)
    assert "<script" not in svg
    assert nasty in shapes(svg)
    assert next(node.text for node in parsed(svg).iter() if node.tag.endswith("title")) == nasty


def test_pictures_refer_to_nothing_outside_and_are_small(fused):
    for state in fused.states:
        svg = section_svg(state.bump, library(), facts=state.facts)
        assert "http" not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", svg))
        ids = set(re.findall(r'\bid="([^"]*)"', svg))
        assert {target[1:] for target in re.findall(r"url\(([^)]*)\)", svg)} <= ids
        assert len(svg) < 30_000  # bytes: a report of 25 steps stays under 1 MB


def test_the_same_section_gives_the_same_picture(fused):
    final = fused.final
    again = Section.from_record(final.bump.to_record())
    assert section_svg(again, library(), facts=final.facts) == section_svg(final.bump, library(), facts=final.facts)
