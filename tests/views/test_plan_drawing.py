"""Pictures from above, read back: scale, what is on top, what lies hidden, and where the cut runs."""

from __future__ import annotations

import re

import pytest
import shapely

from tests.views.drawn import parsed, shapes
from tests.views.suspended import LINE, PAD, SACRIFICIAL, SLOT, WINDOW, figures
from waferbump.materials import library
from waferbump.views.frame import contents_of_stack, shades_of
from waferbump.views.plan_drawing import covered_air, hidden_outlines, plan_svg
from waferbump.views.section_drawing import section_svg

BENT = ((-330e-6, 60e-6), (-290e-6, 0.0), (0.0, 0.0), (170e-6, -170e-6))


def hidden(svg: str) -> set[str]:
    return {node.get("data-hidden") for node in parsed(svg).iter() if node.get("data-hidden")}


def test_the_drawing_fills_its_frame():
    root = parsed(plan_svg(figures()["A"].stack, library(), line=LINE))
    scale = float(root.get("data-scale"))
    place = re.search(r"translate\(([\d.]+) ([\d.]+)\)", root.find("{http://www.w3.org/2000/svg}g").get("transform"))
    frame = next(node for node in root.iter() if node.get("class") == "f")
    # the window's upper left corner lies in the frame's
    assert float(place[1]) + WINDOW[0] * 1e6 * scale == pytest.approx(float(frame.get("x")), abs=0.02)  # two numbers rounded to 0.01 px
    assert float(place[2]) - WINDOW[3] * 1e6 * scale == pytest.approx(float(frame.get("y")), abs=0.02)


@pytest.mark.parametrize("figure", "ACEG")
def test_what_is_on_top_is_painted_to_scale_and_tiles_the_window(figure):
    stack = figures()[figure].stack
    svg = plan_svg(stack, library())
    drawn, scale = shapes(svg), float(parsed(svg).get("data-scale"))
    seen = dict(stack.seen_from_above())
    assert set(drawn) == set(seen)
    for name, shape in seen.items():
        # along the whole outline rounding to 0.01 px and half of the triangle of side 0.15 px that decimation may take
        margin = (0.005 + 0.075) / scale * shape.length * 1e6
        assert drawn[name].area == pytest.approx(shape.area * 1e12, abs=margin)
    x0, y0, x1, y1 = (edge * 1e6 for edge in WINDOW)
    assert shapely.union_all(list(drawn.values())).bounds == pytest.approx((x0, y0, x1, y1), abs=0.01 / scale)


def test_hidden_bodies_are_dashed_and_blankets_are_not():
    steps = figures()
    assert hidden(plan_svg(steps["A"].stack, library())) == {"pad"}
    assert hidden(plan_svg(steps["C"].stack, library())) == {"pad", "sacrificial"}
    after = hidden(plan_svg(steps["G"].stack, library()))
    assert {"pad", "line", "gap"} <= after and not {"passivation", "carrier", "sacrificial", "air"} & after
    assert "long dashes: the gap" in plan_svg(steps["G"].stack, library())


def test_hidden_outlines_leave_out_what_is_drawn_already():
    stack = figures()["C"].stack
    seen = dict(stack.seen_from_above())
    found = hidden_outlines(stack, seen, 1e-6)
    # within a micrometre of the windows in the insulation the sacrificial layer's edge is not drawn again; its left end lies wholly hidden
    assert found["sacrificial"].length == pytest.approx(350e-6 + 2 * 15e-6, abs=4e-6)
    assert shapely.boundary(shapely.box(*SACRIFICIAL.bounds)).buffer(1e-9).covers(found["sacrificial"])
    # the pad ends on the window's edge: three sides are left
    assert found["pad"].length == pytest.approx(PAD.length - 80e-6, abs=4e-6)


def test_the_gap_is_where_the_sacrificial_layer_was_but_for_the_windows():
    steps = figures()
    assert covered_air(steps["F"].stack).is_empty  # a ball's overhang is no gap
    # the ball hangs over one of the windows, and its terraces are no cover
    assert covered_air(steps["G"].stack).area == pytest.approx((SACRIFICIAL - SLOT).area, rel=1e-6)


def test_the_cut_runs_from_a_to_a_prime_where_the_section_is():
    root = parsed(plan_svg(figures()["G"].stack, library(), line=BENT))
    scale = float(root.get("data-scale"))
    cut = next(node for node in root.iter() if node.get("class") == "cut")
    numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", cut.get("d"))]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    assert points == [pytest.approx((x * 1e6 * scale, -y * 1e6 * scale), abs=0.006) for x, y in BENT]  # rounded to 0.01 px
    letters = {n.text: (float(n.get("x")), float(n.get("y"))) for n in root.iter() if n.get("class") == "end"}
    assert set(letters) == {"A", "A′"} and letters["A"][0] < points[0][0] and letters["A′"][0] > points[-1][0]


def test_nothing_written_leaves_the_picture_or_meets_another_text():
    for line in (LINE, BENT):
        root = parsed(plan_svg(figures()["G"].stack, library(), line=line))
        _, _, width, height = map(float, root.get("viewBox").split())
        boxes = []
        for node in root.iter():
            if node.tag.endswith("text") and node.get("class") != "end":
                wide = 6.1 * len(node.text)  # px: the mean advance of the 11 px face, checked against a browser's picture
                x = float(node.get("x")) - (wide if node.get("text-anchor") == "end" else 0.0)
                y = float(node.get("y"))
                assert x >= 0 and x + wide <= width and y <= height, node.text
                boxes.append(shapely.box(x, y - 9, x + wide, y + 2))
        for number, box in enumerate(boxes):
            assert not any(box.intersects(other) for other in boxes[:number])


def test_a_material_looks_the_same_from_above_and_in_the_cut():
    step = figures()["G"]
    shades = shades_of([contents_of_stack(step.stack)])
    above = dict(re.findall(r'data-region="([^"]+)" fill="([^"]+)"', plan_svg(step.stack, library(), shades=shades, prefix="s")))
    beside = dict(re.findall(r'data-region="([^"]+)" fill="([^"]+)"', section_svg(step.cut, library())))
    assert above and all(beside[name] == fill for name, fill in above.items())


def test_pictures_are_small_and_need_nothing_outside():
    for step in figures().values():
        svg = plan_svg(step.stack, library(), line=LINE)
        assert "http" not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
        ids = re.findall(r'\bid="([^"]*)"', svg)
        assert len(ids) == len(set(ids)) and {t[1:] for t in re.findall(r"url\(([^)]*)\)", svg)} <= set(ids)
        assert len(svg) < 30_000  # bytes: as the pictures of sections


def test_a_hole_stays_a_hole_whichever_way_its_ring_runs():
    from waferbump.views.svg_paths import path_data

    def area(data: str) -> float:
        """Signed area by the rule that browsers fill with: rings one way count up, the other way down."""
        total = 0.0
        for ring in data.split("M")[1:]:
            numbers = [float(n) for n in re.findall(r"-?[0-9.]+", ring.replace("z", "").replace("h", " h").replace("v", " v"))]
            x, y, points = numbers[0], numbers[1], [(numbers[0], numbers[1])]
            for command, values in re.findall(r"([hvl])([^hvlz]*)", ring):
                steps = [float(n) for n in re.findall(r"-?[0-9.]+", values)]
                straight = [(s, 0) if command == "h" else (0, s) for s in steps]
                pairs = zip(steps[::2], steps[1::2], strict=True) if command == "l" else straight
                for dx, dy in pairs:
                    x, y = x + dx, y + dy
                    points.append((x, y))
            total += sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1], strict=True)) / 2
        return abs(total)

    outer, inner = [(0, 0), (10, 0), (10, 10), (0, 10)], [(2, 2), (2, 4), (4, 4), (4, 2)]
    for hole in (inner, inner[::-1]):
        assert area(path_data(shapely.Polygon(outer, [hole]), 10.0)) == pytest.approx(100 * (100 - 4))
