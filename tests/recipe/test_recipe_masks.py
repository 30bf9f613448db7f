"""Masks of a recipe, and the plan made from them."""

import math

import pytest
from shapely import MultiPolygon, Point, Polygon, box
from shapely.affinity import translate

from tests.recipe.samples import HEAD, STAIR
from waferbump import recipe
from waferbump.geometry import plan as seen_from_above
from waferbump.geometry.plan import MaskShape, Plan, PlanError


def plan_of(masks, steps="  - strip\n", **settings):
    text = "waferbump: 1\nname: m\ncell: {pitch: 150 um}\ncarrier: {material: Si, thickness: 775 um}\n" + masks + "steps:\n" + steps
    return recipe.Recipe.from_yaml(text, file="m.yaml").plan(**settings)


def test_a_circle_keeps_its_radius_and_its_polygon_the_area():
    mask = seen_from_above.circle("bump", 8e-5)
    assert mask.equivalent_radius == mask.inscribed_radius == mask.circumscribed_radius == 4e-5
    assert len(mask.polygon.exterior.coords) == seen_from_above.SIDES + 1
    assert mask.polygon.area == pytest.approx(math.pi * 4e-5**2, rel=1e-12)  # equal by construction, up to rounding of 128 terms


def test_areas_and_radii_of_the_other_outlines():
    square, octagon = seen_from_above.square("s", 2.0), seen_from_above.octagon("o", 2.0)
    assert (square.area, square.inscribed_radius, square.circumscribed_radius) == (4.0, 1.0, math.sqrt(2))
    # closed forms; tolerances are rounding of a few operations
    assert octagon.area == pytest.approx(8 * math.tan(math.pi / 8), rel=1e-14)
    assert octagon.inscribed_radius == pytest.approx(1.0, rel=1e-14)
    assert octagon.circumscribed_radius == pytest.approx(1 / math.cos(math.pi / 8), rel=1e-14)
    assert octagon.equivalent_radius == pytest.approx(math.sqrt(octagon.area / math.pi), rel=1e-15)


def test_bias_moves_every_edge():
    assert seen_from_above.circle("c", 8e-5).biased(-5e-6).radius == pytest.approx(3.5e-5, rel=1e-15)
    assert seen_from_above.square("s", 2.0).biased(0.25).area == pytest.approx(2.5**2, rel=1e-14)
    assert seen_from_above.octagon("o", 2.0).biased(0.1).inscribed_radius == pytest.approx(1.1, rel=1e-14)
    with pytest.raises(PlanError, match="nothing is left"):
        seen_from_above.square("s", 2.0).biased(-1.0)
    with pytest.raises(PlanError, match="nothing is left"):
        seen_from_above.circle("c", 2.0).biased(-1.0)


def test_derived_masks_take_outline_centre_and_bias_over():
    found = plan_of(
        "masks:\n  a: {circle: 80 um, overlay: [1 um, 2 um], tone: dark}\n  b: {of: c, bias: 1 um}\n  c: {of: a, bias: -5 um}\n"
    )
    assert found["b"].radius == pytest.approx(3.6e-5, rel=1e-14)
    assert found["b"].centre == (1e-6, 2e-6)
    assert (found["a"].tone, found["b"].tone) == ("dark", "clear")


def test_arrays_are_centred_and_count_their_openings():
    found = plan_of("masks: {vias: {array: {of: {circle: 10 um}, nx: 3, ny: 2, pitch_x: 20 um, pitch_y: 30 um}}}\n")["vias"]
    assert (found.openings, found.centre) == (6, (0.0, 0.0))
    assert found.area == pytest.approx(6 * math.pi * 5e-6**2, rel=1e-12)  # polygons of equal area, rounding
    assert found.polygon.centroid.distance(Point(0, 0)) < 1e-18  # [m], rounding of coordinates of 1e-5
    assert found.inscribed_radius == 0.0, "the centre lies between the vias"
    assert not found.is_round


def test_round_is_a_circle_or_a_regular_polygon_of_24_sides():
    def regular(sides, stretch=1.0):
        turns = [2 * math.pi * side / sides for side in range(sides)]
        return seen_from_above.polygon("p", [(1e-4 * math.cos(turn) * stretch, 1e-4 * math.sin(turn)) for turn in turns])

    assert regular(24).is_round and regular(36).is_round
    assert not regular(23).is_round
    assert not regular(36, stretch=1.01).is_round
    assert not seen_from_above.octagon("o", 1e-4).is_round
    snapped = [(round(x / 5e-9) * 5e-9, round(y / 5e-9) * 5e-9) for x, y in regular(36).polygon.exterior.coords[:-1]]
    assert seen_from_above.polygon("p", snapped).is_round, "a layout's 5 nm grid"


def test_a_round_cell_refuses_what_is_off_centre_and_states_the_offset():
    found = Plan(1.5e-4, {"via": seen_from_above.circle("via", 2e-5).shifted((3e-6, 4e-6))})
    with pytest.raises(PlanError, match=r"mask 'via' is 5 um off the bump's centre \(x 3 um, y 4 um\)") as caught:
        found.radius_in_round_cell("via")
    assert caught.value.mask == "via"
    near = Plan(1.5e-4, {"via": seen_from_above.circle("via", 2e-5).shifted((5e-9, 0.0))})
    assert near.radius_in_round_cell("via") == 1e-5


def test_a_round_cell_takes_one_outline_without_holes():
    with pytest.raises(PlanError, match="has 2 outlines"):
        Plan(
            1.0, {"m": seen_from_above.from_outline("m", MultiPolygon([box(0.1, 0, 0.2, 0.1), box(-0.2, -0.1, -0.1, 0)]))}
        ).radius_in_round_cell("m")
    holed = Polygon(box(-0.2, -0.2, 0.2, 0.2).exterior, [box(-0.1, -0.1, 0.1, 0.1).exterior])
    with pytest.raises(PlanError, match="has a hole"):
        Plan(1.0, {"m": seen_from_above.from_outline("m", holed)}).radius_in_round_cell("m")


def test_what_a_round_cell_approximates_is_said():
    found = Plan(1.0, {"s": seen_from_above.square("s", 0.5), "c": seen_from_above.circle("c", 0.5)})
    assert found.radius_in_round_cell("s") == pytest.approx(0.5 / math.sqrt(math.pi), rel=1e-15)
    assert len(found.approximations()) == 1
    assert "mask 's' is not round" in found.approximations()[0]


def test_the_plan_refuses_what_does_not_fit_the_cell():
    with pytest.raises(PlanError, match="wider than the cell"):
        Plan(1.0, {"c": seen_from_above.circle("c", 1.01)})
    with pytest.raises(PlanError, match="beyond the edge"):
        Plan(1.0, {"c": seen_from_above.circle("c", 0.5).shifted((0.3, 0.0))})
    with pytest.raises(PlanError, match="leaves no web"):
        Plan(1.0, {"c": seen_from_above.circle("c", 1.0)}).radius_in_round_cell("c")
    ringed = seen_from_above.circle("c", 0.5, rings=[seen_from_above.Ring(0.6, 0.5)])
    with pytest.raises(PlanError, match="wider than the cell"):
        Plan(1.0, {"c": ringed})


def test_the_record_is_lossless():
    found = recipe.Recipe.from_yaml(STAIR).plan()
    again = Plan.from_record(found.to_record())
    assert again == found
    assert again["bump"].polygon.wkb == found["bump"].polygon.wkb


def test_unknown_masks_of_a_plan():
    with pytest.raises(PlanError, match="there is no mask 'x'; there are: bump"):
        Plan(1.0, {"bump": seen_from_above.circle("bump", 0.5)})["x"]


LAYERED = """\
waferbump: 1
name: site
cell: {pitch: 500 um}
carrier: {material: Si, thickness: 725 um}
layout: {layers: {ubm: 20/0}, site: 3}
masks:
  ubm: {layer: ubm}
  polymer: {layer: 15/0}
  ball: {of: ubm, bias: 70 um}
steps:
  - pad: {material: Cu, thickness: 5 um, mask: ubm}
  - pad: {material: Cu, thickness: 5 um, mask: polymer}
  - pad: {material: Cu, thickness: 5 um, mask: ball}
"""


def test_layers_come_from_a_layout():
    written = recipe.Recipe.from_yaml(LAYERED, file="site.yaml")
    assert written.layers == ("20/0", "15/0")
    ubm = Point(0, 0).buffer(1.25e-4, quad_segs=9)
    found = written.plan({"20/0": ubm, "15/0": Point(0, 0).buffer(1.1e-4, quad_segs=9)}, site="bump-3")
    assert found.site == "bump-3"
    assert found["ubm"].is_round and found["ball"].is_round
    assert found["ball"].inscribed_radius == pytest.approx(found["ubm"].inscribed_radius + 7e-5, rel=1e-9)  # mitred offset, rounding


def test_what_a_layout_does_not_give_is_reported_at_the_mask():
    written = recipe.Recipe.from_yaml(LAYERED, file="site.yaml")
    with pytest.raises(recipe.RecipeError) as caught:
        written.plan()
    assert str(caught.value).split("\n")[0] == (
        "site.yaml:7: masks.ubm: comes from layer 20/0 of a layout; give one with --layout FILE or layout: {file: FILE}"
    )
    shape = Point(0, 0).buffer(1.25e-4)
    with pytest.raises(
        recipe.RecipeError, match=r"site.yaml:8: masks.polymer: the layout has nothing on layer 15/0 at this site; layers here: 20/0"
    ):
        written.plan({"20/0": shape})
    with pytest.raises(recipe.RecipeError, match=r"site.yaml:8: masks.polymer: mask 'polymer' is 2 um off the bump's centre"):
        written.plan({"20/0": shape, "15/0": translate(shape, 2e-6, 0.0)})
    with pytest.raises(recipe.RecipeError, match=r"site.yaml:7: masks.ubm: the outline has no area"):
        written.plan({"20/0": Polygon(), "15/0": shape})


def test_unused_masks_are_warned_of():
    assert recipe.Recipe.from_yaml(STAIR).warnings() == ("mask 'passivation' is used by no step",)
    assert recipe.Recipe.from_yaml(
        HEAD.replace("circle", "square") + "steps: [{pad: {material: Al, thickness: 1 um, mask: bump}}]"
    ).warnings()


def test_mask_shapes_are_values():
    assert seen_from_above.circle("c", 1.0) == seen_from_above.circle("c", 1.0)
    assert isinstance(seen_from_above.circle("c", 1.0).shifted((0.0, 1.0)), MaskShape)
