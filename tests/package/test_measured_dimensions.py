"""Sizes read off a plan: a bump on its pad, over a gap, over a pocket, on a soft layer, drawn here with sizes that are known."""

from types import SimpleNamespace

import numpy as np
import pytest
import shapely

from waferbump.geometry.area import Area
from waferbump.geometry.mesh import Joint
from waferbump.geometry.stack import Stack
from waferbump.package.dimensions import DimensionsError
from waferbump.package.measured_dimensions import dimensions_of

UM = 1e-6
RASTER = 2.1e-6  # m: one step of the raster on which plans are measured, and the film that stands on walls


def box(x0, y0, x1, y1):
    return Area(shapely.box(x0 * UM, y0 * UM, x1 * UM, y1 * UM))


def disc(radius, *more):
    return Area(shapely.unary_union([shapely.Point(0, 0).buffer(radius * UM, 64), *(area.polygon for area in more)]))


def site():
    blank = Stack.blank((-350 * UM, -250 * UM, 160 * UM, 250 * UM), name="carrier", material="Si", thickness=100 * UM)
    return blank.grown("pad", "Al", 1 * UM).opened({"pad": box(-340, -40, -260, 40).outside})


def lined(stack, radius=140):
    """A line 50 um wide from the pad's middle to a round landing pad."""
    return stack.grown("line", "Cu", 5 * UM, sides=0.1).opened({"line": disc(radius, box(-330, -25, 0, 25)).outside})


def structure(stack, adhesion=None, ground=("carrier", "pad")):
    joint = Joint(np.full(2, 125 * UM), np.array([0.0, 200 * UM]))
    metals = ("line",) if stack.has("line") else ()
    return SimpleNamespace(flow="drawn", stack=stack, joint=joint, metals=metals, ground=ground, without=(), adhesion=adhesion or {})


def over(lower, level, slots=True):
    """A site with a layer below the bump, an insulating layer over it, the line, and windows on three sides."""
    covered = lower.coated("insulating", "polyimide", level * UM).opened({"insulating": box(-320, -20, -290, 20)})
    made = lined(covered)
    if slots:
        ring = shapely.LineString([(-240, 150), (150, 150), (150, -150), (-240, -150)]).buffer(5)
        made = made.opened({"insulating": Area(shapely.transform(ring, lambda points: points * UM))})
    return made


def test_a_part_over_a_gap():
    sacrificial = site().grown("sacrificial", "Ti", 5 * UM).opened({"sacrificial": box(-240, -150, 150, 150).outside})
    made = over(sacrificial, 15).released({"sacrificial": box(-350, -250, 160, 250)})
    found = dimensions_of(structure(made))
    assert found.gap == pytest.approx(5 * UM) and found.discs == () and found.membrane is None and found.post is None
    assert found.landing_radius == pytest.approx(140 * UM, abs=RASTER)
    (strip,) = found.strips
    length = strip.path[-1][0] - strip.path[0][0]
    # from the landing pad's rim to the anchor: 100 um on the axis, 143 um at the edges; the mean of slices side by side lies between
    assert 100 * UM < length < 125 * UM
    film, line = strip.layers[0], strip.layers[-1]
    assert (film.material, film.high - film.low) == ("polyimide", pytest.approx(10 * UM))
    assert film.width == pytest.approx(290 * UM, abs=4 * RASTER)
    assert line.role == "line" and line.width == pytest.approx(50 * UM, abs=RASTER) and line.high == pytest.approx(0, abs=1e-12)
    assert strip.anchor.material == "polyimide" and strip.bed is None


def test_a_layer_that_ends_below_the_bump_is_a_disc_and_weak_by_its_stated_energy():
    firm = site().grown("sacrificial", "Ti", 5 * UM).opened({"sacrificial": disc(150).outside})
    made = over(firm, 15)
    weak, held = ({("sacrificial", "carrier"): energy, ("insulating", "carrier"): 50.0} for energy in (2.0, 50.0))
    found = dimensions_of(structure(made, weak))
    assert [(one.material, round(one.thickness / UM, 6)) for one in found.discs] == [("Ti", 5.0), ("polyimide", 10.0)]
    assert found.weak and len(found.strips) == 1 and found.released().discs == ()
    assert not dimensions_of(structure(made, held)).weak and not dimensions_of(structure(made)).weak


def test_a_pocket_held_all_round_is_a_membrane():
    dome = site().grown("sacrificial", "Ti", 20 * UM).opened({"sacrificial": disc(155).outside})
    made = over(dome, 30, slots=False).released({"sacrificial": box(-350, -250, 160, 250)})
    found = dimensions_of(structure(made))
    assert found.membrane is not None and found.strips == () and found.gap == pytest.approx(20 * UM)
    assert found.membrane.radius == pytest.approx(155 * UM, abs=2 * RASTER)
    assert found.membrane.boss_radius == pytest.approx(140 * UM, abs=RASTER)
    assert [layer.material for layer in found.membrane.layers] == ["polyimide"]


def test_a_line_that_climbs_a_soft_layer_has_a_bed_and_a_wall():
    soft = site().coated("soft", "silicone", 75 * UM).opened({"soft": box(-330, -30, -280, 30)})
    found = dimensions_of(structure(lined(soft)))
    (strip,) = found.strips
    assert strip.bed.material == "silicone" and strip.bed.thickness == pytest.approx(75 * UM)
    assert len(strip.path) == 3 and strip.path[0][1] == pytest.approx(-74 * UM, abs=1.1 * UM)
    assert strip.path[1][0] == pytest.approx(-280 * UM, abs=2 * RASTER)
    assert [layer.role for layer in strip.layers] == ["line"]


def test_no_metal_no_sizes():
    with pytest.raises(DimensionsError, match="no metal lies below"):
        dimensions_of(structure(site()))


def test_a_landing_pad_on_the_chip_pad_alone_is_refused():
    wide = Stack.blank((-200 * UM, -200 * UM, 200 * UM, 200 * UM), name="carrier", material="Si", thickness=100 * UM)
    made = wide.grown("pad", "Al", 1 * UM).grown("line", "Cu", 5 * UM).opened({"line": disc(140).outside})
    with pytest.raises(DimensionsError, match="lies on the pad itself"):
        dimensions_of(structure(made))
