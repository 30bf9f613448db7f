"""Three-dimensional pictures: areas of silhouettes in closed form, what hides what, and what a cut opens."""

from __future__ import annotations

import base64
import io
import math
import re

import numpy as np
import pytest
from PIL import Image

from tests.views.drawn import parsed
from tests.views.suspended import LINE, figures
from waferbump.materials import library
from waferbump.views.heights import Heights
from waferbump.views.raster import Body, Camera, CutPlane, surfaces
from waferbump.views.shading import png, rendered
from waferbump.views.solid_picture import bodies_of, scene_of, solid_svg

CAMERA = Camera(math.radians(-60.0), math.radians(30.0), (0.0, 0.0, 0.0), 2e6, 400, 300)  # 2 px/um
BOX = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=float)
FACES = np.array(
    [(0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1), (2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3)]
)


def block(name: str, low, high, colour: str = "#808080") -> Body:
    """A box from its lower to its higher corner [um]."""
    low, high = np.array(low, dtype=float), np.array(high, dtype=float)
    return Body(name, (low + BOX * (high - low)) * 1e-6, FACES, colour)


def sphere(radius: float, parts: int = 96) -> Body:
    """A sphere about the origin, radius [um]."""
    u, v = np.meshgrid(np.linspace(0, 2 * np.pi, 2 * parts + 1)[:-1], np.linspace(-np.pi / 2, np.pi / 2, parts + 1))
    points = radius * 1e-6 * np.stack([np.cos(v) * np.cos(u), np.cos(v) * np.sin(u), np.sin(v)], axis=-1).reshape(-1, 3)
    k, j = np.meshgrid(np.arange(2 * parts), np.arange(parts))
    a, b = j * 2 * parts + k, j * 2 * parts + (k + 1) % (2 * parts)
    c, d = a + 2 * parts, b + 2 * parts
    return Body("ball", points, np.concatenate([np.stack(t, axis=-1).reshape(-1, 3) for t in ((a, b, d), (a, d, c))]), "#808080")


def towards(camera: Camera) -> np.ndarray:
    return camera.axes[2]


def test_the_box_of_the_tests_is_closed_and_faces_outwards():
    a, b, c = (BOX[FACES[:, k]] for k in range(3))
    assert np.einsum("ij,ij->", a, np.cross(b, c)) / 6 == pytest.approx(1.0)


def test_a_box_covers_its_projected_area():
    size = np.array([60.0, 40.0, 20.0])
    seen = surfaces([block("box", -size / 2, size / 2)], CAMERA)
    faces = np.array([size[1] * size[2], size[0] * size[2], size[0] * size[1]])
    area = float(faces @ np.abs(towards(CAMERA))) * 4.0  # px^2 at 2 px/um
    outline = 2 * (60 + 40 + 20) * 2.0  # px, more than the hexagon's; half a pixel of it is what sampling can be off
    assert (seen.owner == 0).sum() == pytest.approx(area, abs=outline / 2)
    assert len(set(seen.triangle[seen.triangle >= 0].tolist())) == 6  # three faces of two triangles, none of the back


@pytest.mark.parametrize("scale", [1e6, 4e6])
def test_a_sphere_is_a_disc_from_everywhere(scale):
    for azimuth, elevation in ((0.3, 0.1), (2.0, 1.2)):
        camera = Camera(azimuth, elevation, (0.0, 0.0, 0.0), scale, 300, 300)
        seen = surfaces([sphere(30.0)], camera).owner == 0
        radius = 30e-6 * scale
        assert seen.sum() == pytest.approx(math.pi * radius**2, rel=0.01)  # 96 sides lie 0.05 % inside, sampling 1 / (2 radius)
        rows, columns = np.nonzero(seen)
        assert (rows.mean(), columns.mean()) == pytest.approx((149.5, 149.5), abs=0.3)  # the middle of 300 px


def test_every_pixel_of_a_closed_body_is_covered_however_finely_it_is_divided():
    seen = surfaces([sphere(30.0, parts=220)], CAMERA).owner == 0  # triangles smaller than pixels
    for row in np.flatnonzero(seen.any(axis=1)):
        columns = np.flatnonzero(seen[row])
        assert columns[-1] - columns[0] + 1 == len(columns), f"a hole in row {row}"


def test_the_nearer_body_hides_the_farther_whatever_their_order():
    near, far = block("near", (-10, -40, 0), (10, -30, 20)), block("far", (-10, 30, 0), (10, 40, 20))
    camera = Camera(math.radians(-90.0), math.radians(10.0), (0.0, 0.0, 0.0), 2e6, 200, 200)
    for order in ([near, far], [far, near]):
        seen = surfaces(order, camera)
        low = int(camera.seen(np.array([[0.0, -35e-6, 10e-6]]))[0, 1])
        assert order[seen.owner[low, 100]].name == "near"


def test_nearness_is_that_of_the_surface():
    seen = surfaces([block("floor", (-50, -50, -10), (50, 50, 0))], CAMERA)
    for x, y in ((0.0, 0.0), (30.0, -20.0), (-25.0, 40.0)):
        column, row, near = CAMERA.seen(np.array([[x * 1e-6, y * 1e-6, 0.0]]))[0]
        i, j = int(row), int(column)
        # a pixel's centre lies at most half a pixel off in both directions; the floor's nearness falls by cot(elevation) over rows
        assert seen.nearness[i, j] == pytest.approx(near, abs=0.5 / math.tan(CAMERA.elevation) + 1e-6)


def test_a_cut_shows_the_bodies_that_the_plane_runs_through_in_their_true_area():
    lower, upper = block("lower", (-50, -50, 0), (50, 50, 10)), block("upper", (-30, -50, 16), (30, 50, 20))
    plane = CutPlane((0.0, 0.0), 0.0)
    seen = surfaces([lower, upper], CAMERA, plane)
    slant = abs(towards(CAMERA) @ np.array([0.0, -1.0, 0.0]))
    for number, (wide, thick) in enumerate(((100.0, 10.0), (60.0, 4.0))):
        outline = 2 * (wide + thick) * 2.0
        assert (seen.cut & (seen.owner == number)).sum() == pytest.approx(wide * thick * 4.0 * slant, abs=outline / 2)
    # nothing is left before the plane: no pixel is nearer than the plane itself
    a, b, c = plane.nearness(CAMERA)
    rows, columns = np.nonzero(seen.owner >= 0)
    assert (seen.nearness[rows, columns] <= a * (columns + 0.5) + b * (rows + 0.5) + c + 1e-3).all()


def test_one_looks_into_the_gap_between_cut_bodies():
    lower, upper = block("lower", (-50, -50, 0), (50, 50, 10)), block("upper", (-50, -50, 20), (50, 50, 24))
    seen = surfaces([lower, upper], CAMERA, CutPlane((0.0, 0.0), 0.0))
    column, row, _ = CAMERA.seen(np.array([[0.0, 0.0, 12e-6]]))[0]
    i, j = int(row), int(column)
    assert seen.owner[i, j] == 0 and not seen.cut[i, j]  # the floor of the gap, behind the plane


def test_touching_and_overlapping_bodies_are_cut_cleanly():
    first, second = block("first", (-50, -50, 0), (50, 50, 10)), block("second", (-50, -50, 9), (50, 50, 20))
    seen = surfaces([first, second], CAMERA, CutPlane((0.0, 0.0), 0.0))
    along = np.linspace(-48e-6, 48e-6, 200)
    for z, owner in ((4e-6, 0), (9.5e-6, 0), (15e-6, 1)):  # where they overlap the first is shown
        x, y, _ = CAMERA.seen(np.column_stack([along, np.zeros(200), np.full(200, z)])).T
        i, j = y.astype(int), x.astype(int)
        assert (seen.owner[i, j] == owner).all() and seen.cut[i, j].all()


def test_a_cut_seen_from_its_closed_side_is_refused():
    with pytest.raises(ValueError, match="not seen from its open side"):
        surfaces([sphere(10.0)], CAMERA, CutPlane((0.0, 0.0), math.pi))


def test_nothing_to_draw_is_an_empty_picture():
    for bodies in ([], [Body("none", np.empty((0, 3)), np.empty((0, 3), dtype=int), "#808080")]):
        assert (rendered(bodies, CAMERA) == 255).all()
        assert (rendered(bodies, CAMERA, cut=CutPlane((0.0, 0.0), 0.0)) == 255).all()


def test_tops_are_brighter_than_walls_and_cuts_have_the_materials_own_colour():
    body = block("box", (-40, -40, 0), (40, 40, 20), "#c46a2e")
    whole = rendered([body], CAMERA)
    top, wall = (CAMERA.seen(np.array([p]))[0] for p in ((0.0, 0.0, 20e-6), (0.0, -40e-6, 10e-6)))
    assert whole[int(top[1]), int(top[0])].sum() > 1.15 * whole[int(wall[1]), int(wall[0])].sum()
    opened = rendered([body], CAMERA, cut=CutPlane((0.0, 0.0), 0.0))
    x, y, _ = CAMERA.seen(np.array([[0.0, 0.0, 10e-6]]))[0]
    assert opened[int(y), int(x)].tolist() == [0xC4, 0x6A, 0x2E]


def test_a_png_holds_the_picture_and_lets_its_ground_through():
    picture = rendered([sphere(30.0)], CAMERA)
    image = Image.open(io.BytesIO(png(picture, clear="#ffffff")))
    assert image.size == (400, 300)
    pixels = np.asarray(image.convert("RGBA"))
    assert pixels[0, 0, 3] == 0 and pixels[150, 200, 3] == 255
    inside = pixels[..., 3] > 0
    # a palette of 160 colours: a step of grey in 256 or two
    assert np.abs(pixels[inside, :3].astype(int) - picture[inside].astype(int)).mean() < 2.0


@pytest.mark.parametrize("opened", [True, False])
def test_all_of_a_structure_is_in_the_picture_and_fills_it(opened):
    step = figures()["G"]
    scene = scene_of([(step.stack, step.bump)], line=LINE, opened=opened, width=450, height=300)
    seen = surfaces(bodies_of(step.stack, step.bump, library(), scene), scene.camera, scene.cut).owner >= 0
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    free = min(rows[0], columns[0], 299 - rows[-1], 449 - columns[-1])
    assert 24 <= free <= 28  # px: the margin of 26 in the direction that fills it


def test_a_released_structure_shows_the_gap_that_the_sacrificial_layer_filled():
    steps = figures()
    scene = scene_of([(steps["G"].stack, steps["G"].bump)], line=LINE, heights=Heights(3.0, 40e-6), width=450, height=300)
    counted = {}
    for figure in "FG":
        bodies = bodies_of(steps[figure].stack, steps[figure].bump, library(), scene)
        seen = surfaces(bodies, scene.camera, scene.cut)
        counted[figure] = {body.name: int((seen.cut & (seen.owner == n)).sum()) for n, body in enumerate(bodies)}
    slant = abs(towards(scene.camera) @ np.array([0.0, -1.0, 0.0]))
    cut_area = 405e-6 * 3 * 5e-6 * (scene.camera.scale) ** 2 * slant  # 5 um thick, drawn threefold, from -245 to 160 um
    outline = 2 * 405e-6 * scene.camera.scale
    assert counted["F"]["sacrificial"] == pytest.approx(cut_area, abs=outline / 2)
    assert "sacrificial" not in counted["G"] and counted["G"]["insulation"] == pytest.approx(counted["F"]["insulation"], abs=2)


def test_the_ball_is_round_and_not_in_terraces():
    step = figures()["G"]
    scene = scene_of([(step.stack, step.bump)], line=LINE)
    ball = next(body for body in bodies_of(step.stack, step.bump, library(), scene) if body.name == "ball")
    terraces = next(body for body in bodies_of(step.stack, None, library(), scene) if body.name == "ball")
    assert len(np.unique(np.round(ball.vertices[:, 2], 9))) > 80 > len(np.unique(np.round(terraces.vertices[:, 2], 9)))


def test_regions_can_be_left_out():
    step = figures()["G"]
    scene = scene_of([(step.stack, step.bump)], line=LINE)
    names = {body.name for body in bodies_of(step.stack, step.bump, library(), scene, without=("protection", "ball"))}
    assert names == set(step.stack.names) - {"air", "protection", "ball"}


def test_the_picture_says_how_it_was_made_and_its_bar_is_as_long_as_it_says():
    step = figures()["G"]
    scene = scene_of([(step.stack, step.bump)], line=LINE, heights=Heights(2.0, 40e-6), width=450, height=300)
    svg = solid_svg(bodies_of(step.stack, step.bump, library(), scene), scene)
    assert "cut open along A–A′; heights x 2 up to z = 40 um, to scale above" in svg
    root = parsed(svg)
    assert [n.text for n in root.iter() if n.get("class") == "end"] == ["A", "A′"]
    bar = next(n for n in root.iter() if n.get("data-um"))
    points = np.array([float(n) for n in re.findall(r"-?\d+\.?\d*", bar.get("d"))]).reshape(-1, 2)
    length = float(bar.get("data-um")) * 1e-6
    expected = np.diff(scene.camera.seen(np.array([[0.0, 0.0, 0.0], [length, 0.0, 0.0]]))[:, :2], axis=0)[0]
    assert points[2] - points[1] == pytest.approx(expected, abs=0.11)  # two roundings to 0.1 px
    data = re.search(r'href="data:image/png;base64,([^"]+)"', svg)[1]
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (450, 300)


def test_a_bent_cut_opens_along_the_straight_line_between_its_ends():
    step = figures()["G"]
    scene = scene_of([(step.stack, step.bump)], line=((-330e-6, 200e-6), (0.0, 0.0), (170e-6, 200e-6)))
    assert scene.cut.direction == 0.0
    svg = solid_svg((), scene)
    assert "cut open along a straight line through the bump's centre; to scale" in svg and "A′" not in svg
    slanted = scene_of([(step.stack, step.bump)], line=((-100e-6, -100e-6), (100e-6, 100e-6)))
    assert slanted.cut.direction == pytest.approx(math.pi / 4)
    assert slanted.front == (pytest.approx((-250e-6, -250e-6)), pytest.approx((170e-6, 170e-6)))
