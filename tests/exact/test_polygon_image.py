"""The blurred image of a polygon and its contours against closed forms, quadrature and themselves."""

import numpy as np
import pytest
import shapely
from scipy.integrate import dblquad
from scipy.stats import norm

from waferbump.physics.optics import blurred_disc, blurred_polygon, contour_polygon

UM = 1e-6
WIDE = 1e-3  # an edge this long is a straight line to a blur of micrometres


def disc(radius, sides=4096):
    return shapely.Point(0, 0).buffer(radius, quad_segs=sides // 4)


def test_a_fine_polygon_is_the_disc():
    r = np.linspace(20, 60, 81) * UM
    for blur in (1.5 * UM, 5 * UM):
        # 4096 sides lie inside the circle by up to 40 um (1 - cos(pi/4096)) = 0.012 nm; slope 0.4/blur turns that into 3e-6
        assert blurred_polygon(disc(40 * UM), r, 0.0, blur) == pytest.approx(blurred_disc(40 * UM, r, blur), abs=4e-6)


def test_a_half_plane_is_the_error_function():
    half = shapely.box(-WIDE, -WIDE, 0, WIDE)
    x = np.linspace(-20, 20, 401) * UM
    assert blurred_polygon(half, x, 0.0, 3 * UM) == pytest.approx(norm.cdf(-x / (3 * UM)), abs=1e-7)  # edges beyond 6 s: 2e-8


@pytest.mark.parametrize("blur", [0.7 * UM, 2 * UM, 30 * UM])
def test_a_rectangle_is_a_product(blur):
    x, y = np.meshgrid(np.linspace(-10, 20, 61) * UM, np.linspace(-10, 30, 81) * UM)  # nodes on edges and corners among them
    across = norm.cdf(x / blur) - norm.cdf((x - 10 * UM) / blur)
    along = norm.cdf(y / blur) - norm.cdf((y - 20 * UM) / blur)
    image = blurred_polygon(shapely.box(0, 0, 10 * UM, 20 * UM), x, y, blur)
    assert image.shape == x.shape
    assert image == pytest.approx(across * along, abs=1e-7)


def test_a_turned_square_has_the_same_image():
    # edges that no axis favours, and points exactly on them: where round-off could put a point on both sides of an edge
    square, angle = shapely.box(-10 * UM, -10 * UM, 10 * UM, 10 * UM), 0.3
    turned = shapely.affinity.rotate(square, angle, use_radians=True, origin=(0, 0))
    x, y = np.meshgrid(np.linspace(-20, 20, 81) * UM, np.linspace(-20, 20, 81) * UM)
    u, v = x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)
    assert blurred_polygon(turned, u, v, 2 * UM) == pytest.approx(blurred_polygon(square, x, y, 2 * UM), abs=1e-7)


def test_any_polygon_is_its_integral():
    star = shapely.Polygon([(0, 0), (9, 1), (4, 3), (8, 9), (3, 5), (-2, 8), (1, 3)])
    blur = 1.3
    for px, py in [(2.0, 3.0), (4.0, 3.0), (8.5, 8.0), (-1.0, 1.0)]:
        total, here = 0.0, (px, py)
        for part in shapely.get_parts(shapely.constrained_delaunay_triangles(star)):
            (ax, ay), (bx, by), (cx, cy) = shapely.get_coordinates(part)[:3]
            area = abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax))

            def light(t, s, here=here, ax=ax, ay=ay, bx=bx, by=by, cx=cx, cy=cy):
                qx, qy = ax + s * (bx - ax) + t * (cx - ax), ay + s * (by - ay) + t * (cy - ay)
                return np.exp(-((here[0] - qx) ** 2 + (here[1] - qy) ** 2) / (2 * blur**2)) / (2 * np.pi * blur**2)

            total += area * dblquad(light, 0, 1, 0, lambda s: 1 - s, epsabs=1e-11)[0]
        assert float(blurred_polygon(star, px, py, blur)) == pytest.approx(total, abs=1e-7)


def test_images_of_parts_and_holes_add_up():
    outer, hole, island = disc(30 * UM, 64), shapely.box(-9 * UM, -9 * UM, 9 * UM, 9 * UM), disc(4 * UM, 32)
    both = shapely.MultiPolygon([outer.difference(hole), island])
    x, y = np.meshgrid(np.linspace(-35, 35, 71) * UM, np.linspace(-35, 35, 71) * UM)
    apart = blurred_polygon(outer, x, y, 2 * UM) - blurred_polygon(hole, x, y, 2 * UM) + blurred_polygon(island, x, y, 2 * UM)
    assert blurred_polygon(both, x, y, 2 * UM) == pytest.approx(apart, abs=2e-7)


def test_a_corner_lets_through_its_angle():
    for angle in (0.2, 1.0, 2.5, 4.0, 6.0):
        wedge = shapely.Polygon([(0, 0), *[(WIDE * np.cos(t), WIDE * np.sin(t)) for t in np.linspace(0, angle, 40)]])
        assert float(blurred_polygon(wedge, 0.0, 0.0, 2 * UM)) == pytest.approx(angle / (2 * np.pi), abs=1e-7)


def test_no_blur_is_the_polygon_itself():
    square = shapely.box(0, 0, 1, 1)
    assert blurred_polygon(square, [0.5, 1.0, 2.0], 0.5, 0.0).tolist() == [1.0, 0.5, 0.0]
    assert contour_polygon(square, 0.0, 0.3).equals(square)
    assert blurred_polygon(shapely.MultiPolygon(), [0.0, 1.0], 0.0, 1.0).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("level", [0.03, 0.2, 0.5, 0.8, 0.97])
@pytest.mark.parametrize("blur", [1 * UM, 5 * UM])
def test_a_straight_edge_moves_by_the_normal_quantile(level, blur):
    side = 100 * UM
    contour = contour_polygon(shapely.box(-side, -side, side, side), blur, level)
    middle = contour.intersection(shapely.box(-WIDE, -1 * UM, WIDE, 1 * UM)).bounds
    moved = side - blur * norm.ppf(level)
    # one long chord whose ends lie where the corner's rounding is still within the promised nanometre
    assert middle[2] == pytest.approx(moved, abs=1e-9)
    assert middle[0] == pytest.approx(-moved, abs=1e-9)


def off_the_level(mask, contour, blur, level):
    """Distance from the level [m], to first order, at vertices and between them, wherever the image has a slope to speak of."""
    off, worst = 1e-9, 0.0
    for ring in shapely.get_rings(shapely.get_parts(contour)):
        x, y = shapely.get_coordinates(shapely.segmentize(ring, 0.2 * UM)).T
        east = blurred_polygon(mask, x + off, y, blur) - blurred_polygon(mask, x - off, y, blur)
        north = blurred_polygon(mask, x, y + off, blur) - blurred_polygon(mask, x, y - off, blur)
        slope = np.hypot(east, north) / (2 * off)
        away = np.abs(blurred_polygon(mask, x, y, blur) - level) / np.maximum(slope, 0.02 / blur)
        worst = max(worst, float(away.max()))
    return worst


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("blur", [1 * UM, 2 * UM, 5 * UM])
def test_every_chord_lies_on_the_level(level, blur):
    plus = shapely.union_all([disc(60 * UM, 96), shapely.box(-120 * UM, -12 * UM, 120 * UM, 12 * UM)])
    mask = plus.difference(shapely.box(-15 * UM, -30 * UM, 15 * UM, 30 * UM))
    contour = contour_polygon(mask, blur, level)
    assert contour.is_valid and len(contour.geoms) == 1 and len(contour.geoms[0].interiors) == 1
    assert off_the_level(mask, contour, blur, level) < 1.1e-9  # the promise is 1 nm; slopes over 2 nm carry some round-off


@pytest.mark.parametrize("seed", range(12))
def test_any_mask_has_its_contour(seed):
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(int(rng.integers(2, 7))):
        (x, y), (a, b) = rng.uniform(0, 50, 2) * UM, rng.uniform(2, 30, 2) * UM
        round_one = shapely.Point(x, y).buffer(a / 2, quad_segs=int(rng.choice([2, 16])))
        parts.append(shapely.affinity.rotate(rng.choice([shapely.box(x, y, x + a, y + b), round_one]), rng.uniform(0, 90)))
    mask, blur, level = shapely.union_all(parts), rng.choice([1, 2, 5]) * UM, rng.choice([0.1, 0.3, 0.7, 0.9])
    contour = contour_polygon(mask, blur, level)
    assert contour.is_valid and off_the_level(mask, contour, blur, level) < 1.1e-9
    x, y = rng.uniform(-10, 70, (2, 4000)) * UM
    image = blurred_polygon(mask, x, y, blur)
    sure = np.abs(image - level) > 0.03  # what a small island may exceed the level by and yet be missed
    assert (shapely.contains_xy(contour, x, y) == (image >= level))[sure].all()


def test_a_corner_is_rounded_at_the_place_the_product_gives():
    # on the diagonal of a square corner the image is cdf(d)^2, d = distance of each edge: half is reached where cdf(d) = sqrt(1/2)
    side, blur = 100 * UM, 3 * UM
    contour = contour_polygon(shapely.box(-side, -side, side, side), blur, 0.5)
    diagonal = shapely.LineString([(0, 0), (2 * side, 2 * side)]).intersection(contour)
    expected = side - blur * norm.ppf(np.sqrt(0.5))
    assert diagonal.bounds[2] == pytest.approx(expected, abs=1e-9)
    assert contour.area < (2 * side) ** 2


def test_a_disc_keeps_its_own_contour():
    radius, blur = 20 * UM, 4 * UM
    for level in (0.3, 0.6):
        contour = contour_polygon(disc(radius, 1024), blur, level)
        from_centre = np.hypot(*shapely.get_coordinates(contour).T)
        # all vertices at one radius, where the disc's image has the level; 1024 sides lie inside the circle by up to 0.1 nm
        assert np.ptp(from_centre) < 0.2e-9
        assert blurred_disc(radius, from_centre.mean(), blur) == pytest.approx(level, abs=5e-5)


def test_what_is_too_small_to_print_does_not():
    dot = shapely.box(-1 * UM, -1 * UM, 1 * UM, 1 * UM)
    assert contour_polygon(dot, 5 * UM, 0.5).is_empty
    gap = shapely.box(-50 * UM, -50 * UM, 50 * UM, 50 * UM).difference(dot)
    (piece,) = contour_polygon(gap, 5 * UM, 0.5).geoms
    assert len(piece.interiors) == 0


def test_impossible_questions_are_refused():
    square = shapely.box(0, 0, 1e-4, 1e-4)
    with pytest.raises(ValueError, match="between 0 and 1"):
        contour_polygon(square, 1e-6, 1.0)
    with pytest.raises(ValueError, match="not negative"):
        blurred_polygon(square, 0.0, 0.0, -1e-6)
    with pytest.raises(ValueError, match="too large for one contour"):
        contour_polygon(shapely.box(0, 0, 1e-2, 1e-2), 1e-6, 0.5)
