"""Solid meshes: volumes, conformity, what hangs together, split interfaces, gaps, halves, the joint's and the board's shape, refusals."""

import numpy as np
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

import waferbump
from waferbump.geometry.area import Area
from waferbump.geometry.mesh import Board, Joint, MeshError
from waferbump.geometry.mesh_solid import solid_mesh
from waferbump.geometry.mesh_solid_cells import FACES, jacobians, volumes
from waferbump.geometry.plan import disc
from waferbump.geometry.stack import Stack

pytestmark = pytest.mark.slow  # some seconds a mesh or a beam

UM = 1e-6
WINDOW = (-90 * UM, -80 * UM, 70 * UM, 80 * UM)
BOARD = Board(300 * UM, 80 * UM, 15 * UM, 100 * UM, 20 * UM)


def box(x0, y0, x1, y1):
    return Area(shapely.box(x0 * UM, y0 * UM, x1 * UM, y1 * UM))


def barrel(foot=30.0, height=60.0, top=40.0, bulge=10.0):
    """An outline from foot to top with a bulge between [um]."""
    t = np.linspace(0.0, 1.0, 121)
    return Joint((foot + (top - foot) * t + bulge * 4 * t * (1 - t)) * UM, height * t * UM)


def site(y=0.0):
    """A plate over an air gap, anchored on the left, with a metal pad under the bump; all walls apart by more than the tolerance."""
    made = Stack.blank(WINDOW, material="Si", thickness=100 * UM)
    made = made.grown("lost", "Ti", 3 * UM).opened({"lost": box(-50, -60 + y, 60, 60 + y).outside})
    made = made.coated("film", "polyimide", 8 * UM)
    # the frame about the plate, open on its left
    made = made.opened({"film": Area(shapely.union_all([box(-45, -70 + y, 65, -55 + y).polygon, box(-45, 55 + y, 65, 70 + y).polygon,
                                                        box(55, -70 + y, 65, 70 + y).polygon]))})
    made = made.grown("metal", "Cu", 4 * UM).opened({"metal": Area(disc(40 * UM, (0.0, 0.0))).outside})
    return made.without(["lost"])


@pytest.fixture(scope="module")
def plate():
    return site()


@pytest.fixture(scope="module")
def mesh(plate):
    return solid_mesh(plate, barrel(), BOARD)


def every_cell(mesh):
    return np.concatenate([part.cells for part in mesh.parts])


def volume(mesh, name):
    return float(volumes(mesh.nodes, mesh.part(name).cells).sum())


def pieces(mesh, names=None):
    """Number of parts that hang together over nodes, and the label of every node (of others: a label of its own)."""
    cells = np.concatenate([part.cells for part in mesh.parts if names is None or part.name in names])
    rows, columns = np.repeat(cells[:, 0], 7), cells[:, 1:].ravel()
    labels = connected_components(coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(mesh.nodes),) * 2), directed=False)[1]
    return len(np.unique(labels[cells])), labels


def barrel_volume(joint):
    r, h = joint.radius, joint.height
    return float(np.pi / 3 * (np.diff(h) * (r[1:] ** 2 + r[1:] * r[:-1] + r[:-1] ** 2)).sum())


def test_a_region_whose_borders_are_straight_has_its_volume(plate, mesh):
    for name in ("carrier", "film"):
        assert volume(mesh, name) == pytest.approx(plate.volume(name), rel=1e-9)  # straight borders on whole ticks


def test_a_round_region_has_its_volume(plate, mesh):
    # nodes are moved outwards by what chords cut off; what is left is of second order in a sixteenth of a turn
    assert volume(mesh, "metal") == pytest.approx(plate.volume("metal"), rel=2e-3)


def test_the_joint_and_the_board_have_their_volumes(mesh):
    x0, y0, x1, y1 = WINDOW
    area = (x1 - x0) * (y1 - y0)
    assert volume(mesh, "joint") == pytest.approx(barrel_volume(barrel()), rel=1e-4)  # layers scaled to the outline's volume
    assert volume(mesh, "board") == pytest.approx(area * BOARD.thickness, rel=1e-9)
    assert volume(mesh, "board_pad") == pytest.approx(np.pi / 4 * BOARD.pad_diameter**2 * BOARD.pad_thickness, rel=1e-3)
    mask = (area - np.pi / 4 * BOARD.mask_opening**2) * BOARD.mask_thickness
    assert volume(mesh, "board_mask") == pytest.approx(mask, rel=1e-3)


def test_no_element_is_inside_out_and_every_inner_face_has_two_elements(mesh):
    cells = every_cell(mesh)
    assert jacobians(mesh.nodes, cells).min() > 0.0
    faces = np.sort(cells[:, FACES].reshape(-1, 4), axis=1)
    faces, count = np.unique(faces, axis=0, return_counts=True)
    assert count.max() == 2
    # faces that lie on one another have the same nodes: no two outer faces share their middle, but for the gap's, which differ in height
    outer = np.round(mesh.nodes[faces[count == 1]].mean(axis=1) / 1e-10)
    assert len(np.unique(outer, axis=0)) == len(outer)


def test_the_outer_surface_closes(mesh):
    """The surface's oriented area is zero: what is missing would be a hole."""
    cells = every_cell(mesh)
    faces = cells[:, FACES].reshape(-1, 4)
    _, index, count = np.unique(np.sort(faces, axis=1), axis=0, return_index=True, return_counts=True)
    a, b, c, d = np.moveaxis(mesh.nodes[faces[index[count == 1]]], 1, 0)
    total = 0.5 * np.cross(c - a, d - b).sum(axis=0)
    assert np.abs(total).max() < 1e-12 * 1e-6  # of a surface of 1e-7 m^2, rounding leaves 1e-16 of it for each of 1e4 faces


def test_the_plate_hangs_on_its_anchor_alone(plate, mesh):
    assert pieces(mesh)[0] == 1
    (gap,) = mesh.gaps
    assert (gap.lower, gap.upper) == ("carrier", "film")
    assert gap.heights == pytest.approx(3 * UM)
    assert not np.isin(gap.lower_nodes, gap.upper_nodes).any()
    assert mesh.nodes[gap.lower_nodes][..., :2] == pytest.approx(mesh.nodes[gap.upper_nodes][..., :2], abs=1e-15)
    x, y = mesh.nodes[gap.upper_nodes][..., 0], mesh.nodes[gap.upper_nodes][..., 1]
    # under the plate, 105 um by 110 um, and under the film at the two ends of its anchor, 5 um by 5 um each
    area = 0.5 * np.abs((x[:, 2] - x[:, 0]) * (y[:, 3] - y[:, 1]) - (x[:, 3] - x[:, 1]) * (y[:, 2] - y[:, 0])).sum()
    assert area == pytest.approx((105 * 110 + 2 * 25) * 1e-12, rel=1e-9)
    # film cut from the ground: only the anchor's nodes are common to film and carrier
    shared = np.intersect1d(mesh.part("film").cells, mesh.part("carrier").cells)
    inside = (mesh.nodes[shared, 0] > -49.9 * UM) & (mesh.nodes[shared, 0] < 59.9 * UM) & (np.abs(mesh.nodes[shared, 1]) < 54.9 * UM)
    assert len(shared) > 0 and not inside.any()


def test_films_beside_the_joint_are_free_of_it(plate):
    collar = plate.grown("collar", "polyimide", 3 * UM).opened({"collar": Area(disc(30 * UM, (0.0, 0.0)))})
    made = solid_mesh(collar, barrel(), None)
    shared = np.intersect1d(made.part("collar").cells, made.part("joint").cells)
    # on the ring where joint, metal and collar meet, and nowhere higher
    assert len(shared) > 8
    assert np.ptp(made.nodes[shared, 2]) == 0.0
    assert np.hypot(*made.nodes[shared, :2].T) == pytest.approx(30 * UM, rel=0.02)


def test_a_half_is_half_of_the_whole(plate):
    half = solid_mesh(plate, barrel(), BOARD, half=True)
    assert 2 * volume(half, "film") == pytest.approx(plate.volume("film"), rel=1e-9)
    assert 2 * volume(half, "joint") == pytest.approx(barrel_volume(barrel()), rel=1e-4)
    assert half.nodes[:, 1].min() == 0.0
    assert np.array_equal(half.sets["symmetry"], np.flatnonzero(half.nodes[:, 1] == 0.0))
    assert np.isin(half.sets["front"], half.sets["symmetry"]).all()


def test_an_unsymmetric_plan_is_not_halved():
    with pytest.raises(MeshError, match="not symmetric about y = 0"):
        solid_mesh(site(y=4.0), barrel(), BOARD, half=True)


def test_a_split_interface_has_double_nodes(plate):
    whole = solid_mesh(plate, barrel(), None)
    made = solid_mesh(plate, barrel(), None, split=[("metal", "film")])
    (pairs,) = made.interfaces
    assert (pairs.lower, pairs.upper) == ("film", "metal")
    assert not np.isin(pairs.lower_nodes, pairs.upper_nodes).any()
    assert np.array_equal(made.nodes[pairs.lower_nodes], made.nodes[pairs.upper_nodes])
    assert len(made.nodes) - len(whole.nodes) == len(np.unique(pairs.lower_nodes))
    corners = made.nodes[pairs.lower_nodes][..., :2]
    p, q = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    area = 0.5 * (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0])
    assert area.min() > 0.0  # counterclockwise seen from above
    assert area.sum() == pytest.approx(plate.volume("metal") / (4 * UM), rel=2e-3)
    assert np.isin(pairs.lower_nodes, made.part("film").cells).all() and np.isin(pairs.upper_nodes, made.part("metal").cells).all()
    assert pieces(made)[0] == 2  # the metal and the joint have come off


def test_the_ends_of_an_interface_stay_joined(plate):
    """Where only a part of a plate comes off, the tip's nodes are shared."""
    made = solid_mesh(plate, barrel(), None, split=[("film", "carrier")])
    assert pieces(made)[0] == 2
    (pairs,) = made.interfaces
    assert not np.isin(pairs.lower_nodes, pairs.upper_nodes).any()


def test_blocks_that_touch_along_an_edge_share_no_node():
    made = Stack.blank(WINDOW, material="Si", thickness=50 * UM)
    two = Area(shapely.union_all([box(-40, -40, 0, 0).polygon, box(0, 0, 40, 40).polygon]))
    made = made.grown("blocks", "Cu", 5 * UM).opened({"blocks": two.outside})
    mesh = solid_mesh(made, None, None)
    assert pieces(mesh, {"blocks"})[0] == 1  # through the carrier's node at the corner of both
    top = mesh.nodes[:, 2] > 4.9 * UM
    at = top & (np.hypot(mesh.nodes[:, 0], mesh.nodes[:, 1]) < 0.1 * UM)
    assert at.sum() == 2
    assert volume(mesh, "blocks") == pytest.approx(2 * 1600 * 5e-18, rel=1e-9)


def test_thin_parts_go_half_to_either_side():
    made = Stack.blank(WINDOW, material="Si", thickness=50 * UM)
    made = made.grown("one", "Cu", 5 * UM).opened({"one": box(-90, -80, 0, 80).outside})
    made = made.grown("two", "Ti", 1 * UM, sides=1.0)  # on its wall too, a micrometre thick
    mesh = solid_mesh(made, None, None)
    edge = mesh.nodes[mesh.part("one").cells][..., 0].max()
    assert edge == pytest.approx(0.5 * UM, abs=0.05 * UM)


def test_a_finer_mesh_has_more_elements_and_the_same_volumes(plate):
    counts = []
    for refine in (1.0, 2.0):
        made = solid_mesh(plate, barrel(), BOARD, refine=refine)
        counts.append(len(every_cell(made)))
        assert volume(made, "film") == pytest.approx(plate.volume("film"), rel=1e-9)
        assert volume(made, "joint") == pytest.approx(barrel_volume(barrel()), rel=1e-4)
    assert counts[1] > 3 * counts[0]


def test_layers_of_the_joint_keep_25_um_whole():
    tall = barrel(height=65.0)
    stack = site()
    made = solid_mesh(stack, tall, None)
    z = np.unique(np.round(made.nodes[made.part("joint").cells][..., 2] / UM, 6))
    heights = z - z[0]
    assert heights[1] == pytest.approx(6.5)  # a tenth of a low joint
    made = solid_mesh(stack, barrel(height=200.0), None)
    z = np.unique(np.round(made.nodes[made.part("joint").cells][..., 2] / UM, 6))
    heights = z - z[0]
    assert {12.5, 25.0, 175.0, 187.5} <= set(np.round(heights, 6).tolist())
    steps = np.diff(heights)
    assert (np.maximum(steps[1:] / steps[:-1], steps[:-1] / steps[1:]) <= 3.0 + 1e-9).all()


def test_sets_lie_where_they_say(mesh):
    x0, y0, x1, y1 = WINDOW
    for prefix in ("", "board_"):
        for side, axis, at in (("left", 0, x0), ("right", 0, x1), ("front", 1, y0), ("rear", 1, y1)):
            nodes = mesh.sets[prefix + side]
            assert len(nodes) > 4 and np.abs(mesh.nodes[nodes, axis] - at).max() < 1e-12
    assert mesh.nodes[mesh.sets["die_back"], 2] == pytest.approx(-100 * UM)
    assert mesh.nodes[mesh.sets["die_surface"], 2] == pytest.approx(0.0, abs=1e-15)
    assert np.ptp(mesh.nodes[mesh.sets["board_back"], 2]) < 1e-15
    assert mesh.nodes[mesh.sets["board_back"], 2].max() == mesh.nodes[:, 2].max()
    assert np.isin(mesh.sets["joint_foot"], mesh.part("metal").cells).all()
    assert np.isin(mesh.sets["joint_top"], mesh.part("board_pad").cells).all()
    assert not np.isin(mesh.sets["board_left"], mesh.part("carrier").cells).any()


def test_a_mask_may_cover_the_pads_rim(plate):
    covered = Board(300 * UM, 100 * UM, 15 * UM, 80 * UM, 25 * UM)
    made = solid_mesh(plate, barrel(), covered)
    outside = 160 * 160e-12 - np.pi * 50e-6**2
    rim = np.pi * (50e-6**2 - 40e-6**2)
    assert volume(made, "board_mask") == pytest.approx(outside * 25e-6 + rim * 10e-6, rel=2e-3)
    assert volume(made, "board_pad") == pytest.approx(np.pi * 50e-6**2 * 15e-6, rel=2e-3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"joint": barrel(foot=50.0, top=40.0, bulge=0.0)}, "foot is larger than the metal"),
        ({"joint": barrel(bulge=40.0)}, "does not fit into the site"),
        ({"joint": barrel(top=45.0)}, "wider than the board's pad"),
        ({"joint": None}, "a board needs a joint"),
        ({"board": Board(1e-3, 150 * UM, 15 * UM)}, "does not fit into the site"),
        ({"split": [("metal", "carrier")]}, "share no face"),
        ({"split": [("metal", "gold")]}, "no region 'gold'"),
        ({"without": ["gold"]}, "no region 'gold'"),
        ({"refine": 100.0}, "refine is between"),
        ({"size": -1.0}, "above 0"),
        ({"tolerance": float("nan")}, "above 0"),
    ],
)
def test_what_cannot_be_meshed_is_refused_in_words(plate, changes, words):
    asked = {"joint": barrel(), "board": BOARD, **changes}
    with pytest.raises(MeshError, match=words):
        solid_mesh(plate, asked.pop("joint"), asked.pop("board"), **asked)


def test_a_foot_beside_its_metal_is_refused():
    lower = site().grown("wall", "polyimide", 5 * UM).opened({"wall": Area(disc(20 * UM, (0.0, 0.0)))})
    with pytest.raises(MeshError, match="larger than the metal"):
        solid_mesh(lower, barrel(), None)


FLOWS = ["plain-bump", *(pytest.param(name, marks=pytest.mark.slow) for name in (
    "suspended-over-gap", "suspended-over-gap-beams", "sacrificial-left", "sacrificial-on-elastic", "elastic-alone", "elastic-alone-beams",
    "two-part-insulator", "two-part-insulator-beams", "soft-buffer", "copper-post", "air-pocket"))]  # fmt: skip


@pytest.mark.parametrize("flow", FLOWS)
def test_the_site_of_a_run_keeps_its_volumes(flow):
    """Sites with films on walls and rims of an etch that are thinner than elements, and arcs a few micrometres apart."""
    stack = waferbump.run(waferbump.load(flow)).final.stack
    t = np.linspace(0.0, 1.0, 101)
    foot = 125.0 if flow != "copper-post" else 124.5
    joint = Joint((foot + 25 * 4 * t * (1 - t)) * UM, 210 * UM * t)
    made = solid_mesh(stack, joint, Board(1e-3, 250 * UM, 25 * UM, 300 * UM, 30 * UM), without=["ball"], half=True)
    # rims of 1.5 um go half to either side; the pad's border has steps beside it; films of 0.1 um on walls are lost: up to a tenth of them
    allowed = {"carrier": 1e-9, "insulating": 0.012, "seed": 0.1, "adhesion": 0.1, "pad": 0.04}
    for name in stack.names:
        if name not in ("ball", "air"):
            assert 2 * volume(made, name) == pytest.approx(stack.volume(name), rel=allowed.get(name, 0.01)), name
    # plain-bump's joint fills the dimple over its pad too, 1 part in 1000
    assert 2 * volume(made, "joint") == pytest.approx(barrel_volume(joint), rel=2e-3)
    assert len(every_cell(made)) < 25_000
    assert pieces(made)[0] == 1
    heights = {"suspended-over-gap": 5 * UM, "suspended-over-gap-beams": 5 * UM, "air-pocket": 20 * UM}
    assert len(made.gaps) == (flow in heights)
    if flow in heights:
        (gap,) = made.gaps
        assert (gap.lower, gap.upper) == ("passivation", "insulating")
        assert gap.heights == pytest.approx(heights[flow], rel=1e-6)


def test_one_material_heated_freely_is_free_of_stress(plate):
    """The patch test of heat on all of a mesh: elements that overlapped, gaped or were joined wrongly would be stressed."""
    from waferbump.physics.constitutive import Elastic
    from waferbump.physics.elasticity import Constraints, ContinuumBlock, Model, solve

    made = solid_mesh(plate, barrel(), BOARD, half=True, refine=0.5)
    young, expansion, rise = 100e9, 1e-5, 100.0
    blocks = [ContinuumBlock(made.nodes, part.cells, Elastic(young, 0.3, expansion), stress_free_temperature=300.0) for part in made.parts]
    held = Constraints()
    held.fix(3 * made.sets["symmetry"] + 1)
    back = made.sets["die_back"]
    line = np.intersect1d(made.sets["symmetry"], back)
    line = line[np.argsort(made.nodes[line, 0])]
    far = np.intersect1d(made.sets["rear"], back)[:1]
    held.fix(np.concatenate([3 * line[:1], 3 * line[[0, -1]] + 2, 3 * far + 2]))
    solve(Model(3 * len(made.nodes), blocks, held), 300.0 + rise)
    worst = max(np.abs(block.stress).max() for block in blocks)
    assert worst < 1e-6 * young * expansion * rise  # solved to 1e-8 of its forces; measured 1e-9 to 4e-8
