"""Plane meshes of a drawn site whose volumes, gaps and interfaces are known in closed form, and what cannot be meshed."""

import math

import numpy as np
import pytest
import shapely

from waferbump.geometry.area import Area
from waferbump.geometry.mesh import Board, Joint, MeshError
from waferbump.geometry.mesh_plane import plane_mesh, slice_mesh
from waferbump.geometry.stack import Stack

UM = 1e-6
EXACT = 1e-9  # of a volume: widths are volumes over areas, and sums of a thousand of them round
OUTLINE = 1e-3  # of the joint's volume: frusta between some twenty levels, against a parabola of 20 um on 80 um


def drawn(*, freed: bool = True) -> Stack:
    """A part 250 um by 200 um over a gap of 5 um, held at x = -150 um, that carries a line with a round end below the joint."""
    um = lambda *edges: shapely.box(*(edge * UM for edge in edges))  # noqa: E731
    window, part = um(-250, -200, 150, 200), um(-150, -100, 100, 100)
    slot = um(-150, -112, 112, 112).difference(part)
    line = shapely.Point(0, 0).buffer(95 * UM, quad_segs=64).union(um(-220, -25, 0, 25))
    stack = Stack.blank(window.bounds, material="Si", thickness=300 * UM).grown("passivation", "SiN", 1 * UM)
    stack = stack.grown("sacrificial", "Ti", 5 * UM).opened({"sacrificial": Area(part).outside})
    stack = stack.coated("insulating", "polyimide", 16 * UM).opened({"insulating": Area(slot)})
    stack = stack.grown("line", "Cu", 5 * UM, on=["insulating"]).opened({"line": Area(line).outside})
    return stack.without(["sacrificial"]) if freed else stack


def joint(foot: float = 80.0, top: float = 80.0, bulge: float = 20.0, height: float = 150.0) -> Joint:
    share = np.linspace(0.0, 1.0, 61)
    return Joint((foot + (top - foot) * share + 4 * bulge * share * (1 - share)) * UM, share * height * UM)


BOARD = Board(thickness=800 * UM, pad_diameter=170 * UM, pad_thickness=20 * UM, mask_opening=220 * UM, mask_thickness=25 * UM)


def areas(mesh, part) -> np.ndarray:
    a, b, c, d = np.moveaxis(mesh.nodes[part.cells], 1, 0)
    return 0.5 * ((c - a)[:, 0] * (d - b)[:, 1] - (d - b)[:, 0] * (c - a)[:, 1])


def volume(mesh, name: str) -> float:
    part = mesh.part(name)
    return float((areas(mesh, part) * part.widths).sum())


def contact(mesh, pairs) -> float:
    return float((np.ptp(mesh.nodes[pairs.lower_nodes][..., 0], axis=1) * pairs.widths).sum())


def sound(mesh) -> int:
    """Check corners, widths and loose nodes; how many bodies there are whose elements hang together by whole sides."""
    sides: dict[tuple[int, int], int] = {}
    cells = np.unique(np.concatenate([part.cells for part in mesh.parts]), axis=0)
    parent = list(range(len(cells)))

    def root(k: int) -> int:
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    for number, cell in enumerate(cells):
        for one, other in zip(cell, np.roll(cell, -1), strict=True):
            side = (min(one, other), max(one, other))
            parent[root(number)] = root(sides.setdefault(side, number))
    for part in mesh.parts:
        at = mesh.nodes[part.cells]
        for k in range(4):
            ahead, behind = at[:, (k + 1) % 4] - at[:, k], at[:, k - 1] - at[:, k]
            assert (ahead[:, 0] * behind[:, 1] - ahead[:, 1] * behind[:, 0]).min() > 0.0, part.name
        assert part.widths.min() > 0.0 and len(part.widths) == len(part.cells)
    assert np.array_equal(np.unique(cells), np.arange(len(mesh.nodes))), "loose nodes"
    return len({root(k) for k in range(len(cells))})


def test_every_region_keeps_its_volume_in_the_strip():
    mesh = plane_mesh(drawn(), joint(), BOARD)  # the window on the y axis begins at 100 um
    assert volume(mesh, "insulating") == pytest.approx((100 * 200 * 15 + 250 * 200 * 10) * 1e-18, rel=EXACT)
    assert volume(mesh, "line") == pytest.approx(drawn().volume("line"), rel=EXACT)
    assert volume(mesh, "passivation") == pytest.approx(400 * 200 * 1e-18, rel=EXACT)
    assert volume(mesh, "carrier") == pytest.approx(400 * 400 * 300e-18, rel=EXACT)
    assert volume(mesh, "board") == pytest.approx(400 * 400 * 800e-18, rel=EXACT)
    assert volume(mesh, "board_pad") == pytest.approx(math.pi * 85**2 * 20e-18, rel=EXACT)
    assert volume(mesh, "board_mask") == pytest.approx((400 * 400 - math.pi * 110**2) * 25e-18, rel=EXACT)
    assert sound(mesh) == 1


def test_narrow_films_have_their_own_widths_beside_wide_ones():
    mesh = plane_mesh(drawn(), joint(), BOARD)
    line = mesh.part("line")
    middle = mesh.nodes[line.cells].mean(axis=1)
    assert line.widths[middle[:, 0] < -100 * UM] == pytest.approx(50 * UM, rel=EXACT)
    assert line.widths.max() <= 190.001 * UM


def test_the_joint_is_a_body_of_revolution():
    shape = joint(foot=80, top=70, bulge=25)
    mesh = plane_mesh(drawn(), shape, BOARD, refine=2)
    heights = np.linspace(0, 150 * UM, 20_001)
    radius = np.interp(heights, shape.height, shape.radius)
    whole = np.trapezoid(math.pi * radius**2, heights)
    assert volume(mesh, "joint") == pytest.approx(whole, rel=OUTLINE)
    part = mesh.part("joint")
    weight = areas(mesh, part) * part.widths
    middle = mesh.nodes[part.cells].mean(axis=1)
    centre = np.trapezoid(math.pi * radius**2 * heights, heights) / whole + 21 * UM
    assert weight @ middle[:, 1] / weight.sum() == pytest.approx(centre, rel=2e-3)
    assert abs(weight @ middle[:, 0] / weight.sum()) < 0.01 * UM
    # about z, too: int x^2 is pi R^4 / 4 in every slice; elements with one width miss their own x^2, a share of (size / R)^2
    second = np.trapezoid(math.pi * radius**4 / 4, heights)
    assert weight @ middle[:, 0] ** 2 == pytest.approx(second, rel=0.02)


def test_the_joint_shares_its_foot_and_top_and_nothing_else():
    mesh = plane_mesh(drawn(), joint(), BOARD)
    own = np.unique(mesh.part("joint").cells)
    others = np.unique(np.concatenate([part.cells.ravel() for part in mesh.parts if part.name != "joint"]))
    assert set(np.intersect1d(own, others)) == {*mesh.sets["foot"], *mesh.sets["top"]}
    assert mesh.nodes[mesh.sets["foot"], 1] == pytest.approx(21 * UM, rel=EXACT)
    assert np.ptp(mesh.nodes[mesh.sets["foot"], 0]) == pytest.approx(160 * UM, rel=EXACT)
    assert set(mesh.sets["foot"]) <= set(mesh.part("line").cells.ravel())


def test_a_free_part_shares_no_node_with_the_ground_and_its_gap_is_known():
    mesh = plane_mesh(drawn(), joint(), BOARD)
    common = np.intersect1d(mesh.part("insulating").cells, mesh.part("passivation").cells)
    assert mesh.nodes[common, 0].max() == pytest.approx(-150 * UM, abs=1e-12)
    (gap,) = mesh.gaps
    assert (gap.lower, gap.upper) == ("passivation", "insulating")
    below, above = mesh.nodes[gap.lower_nodes], mesh.nodes[gap.upper_nodes]
    assert (above - below)[..., 0] == pytest.approx(0.0, abs=1e-15)
    assert (above - below)[..., 1] == pytest.approx(gap.heights, abs=1e-15)
    assert gap.heights == pytest.approx(5 * UM, rel=EXACT)
    assert contact(mesh, gap) == pytest.approx(250 * 200e-12, rel=EXACT)
    assert not set(gap.lower_nodes.ravel()) & set(gap.upper_nodes.ravel())


def test_split_nodes_are_double_along_the_contact_alone():
    stack = drawn(freed=False)
    whole = plane_mesh(stack, joint(), BOARD)
    mesh = plane_mesh(stack, joint(), BOARD, split=[("insulating", "sacrificial")])
    (pairs,) = mesh.interfaces
    assert (pairs.lower, pairs.upper) == ("sacrificial", "insulating")
    assert mesh.nodes[pairs.lower_nodes] == pytest.approx(mesh.nodes[pairs.upper_nodes], abs=0.0)
    assert contact(mesh, pairs) == pytest.approx(250 * 200e-12, rel=EXACT)
    doubled = len(mesh.nodes) - len(whole.nodes)
    # the left end goes on into the insulating layer and stays one node: the tip; the right end is free
    assert doubled == len(np.unique(pairs.lower_nodes)) - 1
    tip = np.intersect1d(pairs.lower_nodes, pairs.upper_nodes)
    assert len(tip) == 1 and mesh.nodes[tip[0], 0] == pytest.approx(-150 * UM, abs=1e-12)
    assert sound(mesh) == 1  # by the wall at x = -150 um and the far joint alone
    assert mesh.gaps == ()


def test_all_that_crosses_a_split_is_given():
    stack = drawn()
    mesh = plane_mesh(stack, joint(), BOARD, split=[("line", "insulating")])
    pairs = {(one.lower, one.upper): one for one in mesh.interfaces}
    assert set(pairs) == {("insulating", "line")}
    area = sum(contact(mesh, one) for one in mesh.interfaces)
    assert area == pytest.approx(stack.contact("line", "insulating"), rel=EXACT)
    covered = stack.grown("cover", "polyimide", 3 * UM, on=["insulating", "line"])
    covered = covered.opened({"cover": Area(shapely.Point(0, 0).buffer(85 * UM))})
    mesh = plane_mesh(covered, joint(), BOARD, split=[("line", "insulating")])
    pairs = {(one.lower, one.upper): one for one in mesh.interfaces}
    assert set(pairs) == {("insulating", "line"), ("insulating", "cover"), ("cover", "cover")}
    assert pairs["cover", "cover"].widths.min() == pytest.approx(6 * UM, rel=EXACT)  # hangs down both walls of the part
    narrow = pairs["insulating", "cover"]
    at = mesh.nodes[narrow.lower_nodes][..., 0].mean(axis=1)
    # beside the line, 50 um wide, the cover fills the part's 200 um
    assert narrow.widths[(at > -145 * UM) & (at < -110 * UM)] == pytest.approx(150 * UM, rel=EXACT)


def test_the_joint_and_its_pad_can_be_split():
    mesh = plane_mesh(drawn(), joint(), BOARD, split=[("joint", "line"), ("board_pad", "joint"), ("board", "board_pad")])
    found = {(one.lower, one.upper): contact(mesh, one) for one in mesh.interfaces}
    assert found["line", "joint"] == pytest.approx(math.pi * 80**2 * 1e-12, rel=EXACT)
    assert found["joint", "board_pad"] == pytest.approx(math.pi * 80**2 * 1e-12, rel=EXACT)
    assert found["board_pad", "board"] == pytest.approx(math.pi * 85**2 * 1e-12, rel=EXACT)
    assert sound(mesh) == 3  # die with films, joint, board: pad and laminate hang together by the mask beside


def test_refining_doubles_both_ways_and_keeps_the_volumes():
    coarse, fine = (plane_mesh(drawn(), joint(), BOARD, refine=refine) for refine in (1.0, 2.0))
    count = [sum(len(part.cells) for part in mesh.parts) for mesh in (coarse, fine)]
    assert 1000 < count[0] < 4500
    assert 3.0 < count[1] / count[0] < 4.2  # stretches that were less than one element long stay so
    assert volume(fine, "insulating") == pytest.approx(volume(coarse, "insulating"), rel=EXACT)


def test_die_depth_and_length():
    mesh = plane_mesh(drawn(), joint(), BOARD, die_depth=60 * UM, length=1000 * UM, body_width=500 * UM)
    assert volume(mesh, "carrier") == pytest.approx(1000 * 500 * 60e-18, rel=EXACT)
    assert volume(mesh, "board") == pytest.approx(1000 * 500 * 800e-18, rel=EXACT)
    sets = mesh.sets
    assert mesh.nodes[sets["left"], 0] == pytest.approx(-550 * UM) and mesh.nodes[sets["board_right"], 0] == pytest.approx(450 * UM)
    assert mesh.nodes[sets["die_back"], 1] == pytest.approx(-60 * UM)
    assert mesh.nodes[sets["die_surface"], 1] == pytest.approx(0.0, abs=1e-15)
    assert mesh.nodes[sets["board_back"], 1] == pytest.approx((21 + 150 + 20 + 800) * UM)
    assert mesh.nodes[sets["line_end"], 0] == pytest.approx(-220 * UM)
    assert sound(mesh) == 1


def test_a_mask_over_the_pad_and_no_mask():
    over = Board(800 * UM, 220 * UM, 20 * UM, mask_opening=170 * UM, mask_thickness=30 * UM)
    mesh = plane_mesh(drawn(), joint(), over)
    expected = (400 * 400 - math.pi * 85**2) * 10 + (400 * 400 - math.pi * 110**2) * 20
    assert volume(mesh, "board_mask") == pytest.approx(expected * 1e-18, rel=EXACT)
    assert sound(mesh) == 1
    bare = plane_mesh(drawn(), joint(), Board(800 * UM, 170 * UM, 20 * UM))
    assert "board_mask" not in {part.name for part in bare.parts}
    assert sound(bare) == 1


def test_a_filling_takes_the_room_beside_the_joint_and_holds_on_to_it():
    flat = Stack.blank((-200 * UM, -200 * UM, 200 * UM, 200 * UM), material="Si", thickness=300 * UM).grown("film", "Cu", 5 * UM)
    stack = flat.grown("underfill", "epoxy", 10 * UM)
    shape = joint(bulge=30)
    mesh = plane_mesh(stack, shape, BOARD, filled="underfill")
    mask = volume(mesh, "board_mask")
    room = 400 * 400 * 170e-18 - volume(mesh, "joint") - volume(mesh, "board_pad") - mask
    assert volume(mesh, "underfill") == pytest.approx(room, rel=EXACT)
    shared = np.intersect1d(mesh.part("underfill").cells, mesh.part("joint").cells)
    assert len(shared) == len(np.unique(mesh.part("joint").cells))
    assert sound(mesh) == 1


def test_a_row_of_sites_under_one_board():
    stack = drawn()
    one = plane_mesh(stack, joint(), BOARD, size=32 * UM)
    row = slice_mesh(stack, joint(), BOARD, count=3, pitch=500 * UM, overhang=400 * UM)
    for name in ("joint", "line", "board_pad"):
        assert volume(row, name) == pytest.approx(3 * volume(one, name), rel=EXACT)
    assert volume(row, "carrier") == pytest.approx(1500 * 400 * 300e-18, rel=EXACT)
    assert volume(row, "board") == pytest.approx(1900 * 400 * 800e-18, rel=EXACT)
    # what lies beyond the windows belongs to the neighbours, and goes on between them
    assert volume(row, "insulating") == pytest.approx(3 * (250 * 200 * 10 + (100 + 38 + 100) * 200 * 15) * 1e-18, rel=EXACT)
    middle = [row.nodes[row.part("joint").cells, 0].mean(axis=1)]
    assert np.unique(np.round((middle[0] - 50 * UM) / (500 * UM) - 0.5)).tolist() == [0.0, 1.0, 2.0]
    assert row.nodes[row.sets["left"], 0] == pytest.approx(0.0, abs=1e-15)
    assert row.nodes[row.sets["board_left"], 0] == pytest.approx(0.0, abs=1e-15)
    assert row.nodes[row.sets["right"], 0] == pytest.approx(1500 * UM) and row.nodes[row.sets["board_right"], 0] == pytest.approx(1900 * UM)
    assert sound(row) == 1


@pytest.mark.parametrize(
    ("why", "changed"),
    [
        ("wider than 'line' lies free below it", {"joint": joint(foot=110)}),
        ("wider than the board's pad", {"joint": joint(top=90)}),
        ("wider than die and board", {"half_width": 50 * UM, "body_width": 150 * UM}),
        ("nowhere in the strip do they touch", {"split": [("line", "passivation")]}),
        ("nowhere in the strip do they touch", {"split": [("passivation", "insulating")]}),
        ("nowhere in the strip do they touch", {"split": [("joint", "insulating")]}),
        ("no region 'ball'", {"without": ["ball"]}),
        ("no room is left between them", {"joint": joint(height=4, bulge=0)}),
        ("need that name", {"joint": Joint(joint().radius, joint().height, name="line")}),
        ("heights rise from 0", {"joint": Joint(joint().radius, joint().height + UM)}),
        ("thicker than the pad", {"board": Board(800 * UM, 220 * UM, 20 * UM, 170 * UM, 15 * UM)}),
        ("opening above 0", {"board": Board(800 * UM, 220 * UM, 20 * UM, 0.0, 15 * UM)}),
        ("thickness is above 0", {"board": Board(math.nan, 220 * UM, 20 * UM)}),
        ("up to 300 um deep", {"die_depth": 400 * UM}),
        ("at least as long as the site", {"length": 300 * UM}),
        ("at least as wide as the strip", {"body_width": 100 * UM}),
        ("half_width lies above 0", {"half_width": 300 * UM}),
        ("size is above 0", {"size": 0.0}),
        ("no region at the origin", {"stack": Stack.blank((-2e-4, -2e-4, 2e-4, 2e-4), material="Si", thickness=3e-4)}),
    ],
)
def test_what_cannot_be_meshed_is_said(why, changed):
    asked = {"stack": drawn(), "joint": joint(), "board": BOARD} | changed
    with pytest.raises(MeshError, match=why):
        plane_mesh(asked.pop("stack"), asked.pop("joint"), asked.pop("board"), **asked)


def test_rows_that_do_not_fit_are_said():
    with pytest.raises(MeshError, match="do not fit a pitch"):
        slice_mesh(drawn(), joint(), BOARD, count=2, pitch=300 * UM)
    with pytest.raises(MeshError, match="1 to 200 sites"):
        slice_mesh(drawn(), joint(), BOARD, count=0, pitch=500 * UM)
