"""The image behind a mask at a distance against closed forms, against itself in another geometry, and against what is conserved."""

import numpy as np
import pytest

from waferbump.physics.optics import (
    LinearMask,
    PlaneMask,
    RoundMask,
    disc_axis,
    film_stack_reflectance,
    fresnel_edge,
    proximity,
    reflectance,
    standing_wave,
)

UM = 1e-6
RESIST = ((0.0, 1.63),)
HOLE = RoundMask((40 * UM,), (1.0,), 0.0)


def cell_means(mask, gap, depth, spacing, count, **options):
    """A round mask's image on the square cells of a quarter, by sixty-four points a cell."""
    r = np.linspace(0, count * spacing * 1.42, 8 * count)
    image = proximity(mask, gap, depth, [365e-9], at=r, layers=RESIST, **options)[0]
    middle = (np.arange(8 * count) + 0.5) * spacing / 8
    distance = np.hypot.outer(middle, middle)
    return np.array([np.interp(distance, r, row).reshape(count, 8, count, 8).mean(axis=(1, 3)) for row in image])


def covered(radius, spacing, count, parts=32):
    """Part of each cell of a quarter that a disc covers."""
    middle = (np.arange(parts * count) + 0.5) / parts * spacing
    rows = [np.hypot.outer(middle[i * parts : (i + 1) * parts], middle) < radius for i in range(count)]
    return np.array([row.reshape(parts, count, parts).mean(axis=(0, 2)) for row in rows])


def test_edge_numbers():
    # tabulated values of Fresnel's integrals, to their last digit
    assert fresnel_edge([0.0, -0.5, -1.0, -2.0]) == pytest.approx([0.25, 0.094758, 0.041076, 0.012328], abs=6e-7)
    assert fresnel_edge([1.2172, 1.8726]) == pytest.approx([1.370443, 0.778251], abs=6e-7)
    assert fresnel_edge([-0.3521, -0.7365, 0.3536]) == pytest.approx([0.125, 0.0625, 0.5], abs=6e-5)  # v is given to 1e-4, slope up to 1


@pytest.mark.parametrize("divergence", [0.0, 1e-4])
def test_a_straight_edge_is_fresnels(divergence):
    distance, wavelength = 0.5e-3, 405e-9
    x = np.linspace(-20, 20, 81) * UM
    edge = LinearMask((0.0, 1.2e-3), (0.0,), 1.0)  # clear on the left
    image = proximity(edge, distance, [0.0], [wavelength], at=x, divergence=divergence)[0, 0]
    # the paraxial phase is off by k x^4 / 8 z^3 = 3e-3 at x = 20 um, the far edge's wave beats with 1 by 1/(pi 119) = 3e-3;
    # a lamp of 1e-4 rad blurs by 0.05 um where fringes are 5 um or wider: 1e-3
    assert image == pytest.approx(fresnel_edge(-x * np.sqrt(2 / (wavelength * distance))), abs=6e-3)


@pytest.mark.parametrize("distance", [1, 5, 20, 50, 100, 500, 1000])
def test_the_axis_of_a_hole(distance):
    # edge waves of every angle meet here: the worst place for the sum over waves, which stays within 6e-4
    lines = [365e-9, 405e-9, 436e-9]
    image = proximity(HOLE, 0.0, [distance * UM], lines, at=[0.0])
    assert image.ravel() == pytest.approx(disc_axis(40 * UM, distance * UM, lines), abs=6e-4)


def test_air_and_resist_are_one_medium_at_one_index():
    whole = proximity(HOLE, 0.0, [80 * UM], [365e-9], at=[0.0, 20 * UM, 40 * UM])
    parts = proximity(
        HOLE, 30 * UM, [30 * UM], [365e-9], at=[0.0, 20 * UM, 40 * UM], layers=((UM, 1.0), (5 * UM, 1.0), (0.0, 1.0)), cover=(20 * UM, 1.0)
    )
    assert parts == pytest.approx(whole, abs=1e-9)
    # and a medium of index n is the vacuum with a wavelength n times shorter
    dense = proximity(HOLE, 0.0, [80 * UM], [365e-9], at=[0.0, 20 * UM, 40 * UM], layers=((0.0, 1.5),))
    assert dense == pytest.approx(proximity(HOLE, 0.0, [80 * UM], [365e-9 / 1.5], at=[0.0, 20 * UM, 40 * UM]), abs=1e-9)


def test_one_index_a_line():
    at = np.linspace(0, 60, 13) * UM
    both = proximity(HOLE, 20 * UM, [30 * UM], [365e-9, 436e-9], at=at, layers=((0.0, (1.68, 1.65)),), divergence=0.03)
    for row, (wavelength, index) in enumerate(((365e-9, 1.68), (436e-9, 1.65))):
        alone = proximity(HOLE, 20 * UM, [30 * UM], [wavelength], at=at, layers=((0.0, index),), divergence=0.03)
        assert both[row] == pytest.approx(alone[0], abs=1.5e-3)  # only the grid of the lamp's average is shared


def test_babinet():
    # the waves behind a hole and behind the dot that fills it add up to the plane wave, so I_dot = |1 - U_hole|^2; with a grey
    # plate of amplitude g inside: I = |1 - (1 - g) U|^2, and three plates give |U|^2 and its real part twice over
    r = np.linspace(0, 75, 151) * UM
    hole, dot, grey = (
        proximity(mask, 20 * UM, [30 * UM], [405e-9], at=r, layers=RESIST)[0, 0]
        for mask in (HOLE, RoundMask((40 * UM,), (0.0,), 1.0), RoundMask((40 * UM,), (0.25,), 1.0))
    )
    real = (1 + hole - dot) / 2
    assert grey == pytest.approx(1 - real + hole / 4, abs=1e-12)


def test_no_pattern_is_the_open_field():
    flat = PlaneMask(np.full((5, 6), 0.36), UM)
    for mask in (RoundMask((), (), 0.36), LinearMask((), (), 0.36), RoundMask((9 * UM,), (0.36,), 0.36), flat):
        image = proximity(mask, 20 * UM, [1 * UM, 30 * UM], [365e-9], at=[1 * UM, 5 * UM], layers=RESIST, divergence=0.03)
        assert image == pytest.approx(0.36, abs=1e-12)


def test_a_grey_ring_lets_the_root_through():
    # far inside a wide grey ring the intensity is its transmission; the edges' waves at 200 um beat with it by 2 / (pi v), v = 86
    mask = RoundMask((100 * UM, 500 * UM), (1.0, 0.25), 0.0)
    near = proximity(mask, 10 * UM, [0.0], [365e-9], at=[300 * UM], divergence=0.05)
    assert near.item() == pytest.approx(0.25, abs=2e-3)


def test_light_is_kept_over_the_plane():
    # what leaves the circle of 400 um: edge waves of angle above 80 degrees, 2 wavelength / (pi^2 a) of the light at the very most
    r = (np.arange(8000) + 0.5) * 0.05 * UM
    hole = RoundMask((20 * UM,), (1.0,), 0.0)
    for divergence in (0.0, 0.04):
        image = proximity(hole, 20 * UM, [30 * UM], [365e-9], at=r, layers=RESIST, divergence=divergence)[0, 0]
        total = 2 * np.pi * np.sum(image * r) * 0.05 * UM
        assert total == pytest.approx(np.pi * (20 * UM) ** 2, rel=4e-3)


def test_the_lamp_moves_light_but_makes_none():
    # in a periodic array nothing is lost: the mean stays to rounding, whatever the lamp
    mask = PlaneMask(covered(8 * UM, UM, 15), UM)
    sharp, blurred = (proximity(mask, 20 * UM, [10 * UM], [365e-9], layers=RESIST, divergence=each).mean() for each in (1e-5, 0.05))
    assert blurred == pytest.approx(sharp, rel=1e-3)  # their grids differ: waves steeper than the blur shows are not sampled apart
    # between the coherent image and the mask, what does not travel: 2.7 waves a micrometre leave 1/(pi^2 2.7 um) of each edge
    assert sharp == pytest.approx(mask.transmission.mean(), rel=0.02)


def test_a_large_disc_has_a_straight_edge():
    x = np.linspace(-30, 30, 121) * UM
    options = dict(layers=RESIST, divergence=0.03)
    disc = proximity(RoundMask((0.4e-3,), (1.0,), 0.0), 30 * UM, [1 * UM, 40 * UM], [365e-9], at=0.4e-3 + x, **options)
    half = proximity(LinearMask((-0.8e-3, 0.0), (1.0,), 0.0), 30 * UM, [1 * UM, 40 * UM], [365e-9], at=x, **options)
    assert disc == pytest.approx(half, abs=5e-3)  # the disc's curvature: blur / (2 a) = 3e-3 of the edge's height


def test_round_and_plane_agree():
    count, spacing = 160, 0.25 * UM
    depth = np.array([1.0, 30.0]) * UM
    mask = PlaneMask(covered(12 * UM, spacing, count) ** 2, spacing)
    plane = proximity(mask, 20 * UM, depth, [365e-9], layers=RESIST, divergence=0.05)[0]
    disc = cell_means(RoundMask((12 * UM,), (1.0,), 0.0), 20 * UM, depth, spacing, count, divergence=0.05)
    place = np.hypot.outer(np.arange(count), np.arange(count))
    off = np.abs(plane - disc)
    # grey cells of 0.25 um stand for the rim, whose waves meet on the axis; neighbours 80 um away send waves that the disc does not have
    assert np.sqrt(np.mean(off[:, place < 100] ** 2)) < 2e-3
    assert off[:, place < 8].max() < 5e-2 and off[:, (place > 8) & (place < 100)].max() < 1e-2


def test_a_finer_grid_changes_the_plane_little():
    from waferbump.physics.optics.media import paths
    from waferbump.physics.optics.plane_shadow import plane_image

    mask = PlaneMask(covered(20 * UM, UM, 38), UM)
    lines = paths([365e-9], RESIST, ((20 * UM, 1.0),))
    depth = np.array([1.0, 30.0, 60.0]) * UM
    radii = lines[0].reduced(depth)[None, :] * np.tan(np.radians(2))
    coarse, fine = (plane_image(mask, lines, depth, radii, finer=each) for each in (1, 2))
    assert coarse == pytest.approx(fine, abs=1e-3)


def test_a_finer_sum_changes_little(monkeypatch):
    from waferbump.physics.optics import modes, shadow

    r = np.linspace(0, 75, 76) * UM
    mask = RoundMask((40 * UM, 50 * UM), (1.0, 0.25), 0.0)
    cases = [(gap * UM, divergence) for gap in (0, 1, 50) for divergence in (0.0, 0.02, 0.05)]

    def images():
        depth = np.array([0.1, 2.0, 30.0, 60.0]) * UM
        return np.array([proximity(mask, gap, depth, [365e-9], at=r, layers=RESIST, divergence=d) for gap, d in cases])

    usual = images()
    for name, value in (("_MARGIN", 1.6), ("_MORE", 80)):
        monkeypatch.setattr(modes, name, value)
    for name, value in (("_COARSE", 6.6), ("_FINE", 18.0), ("_CELLS", 12.0)):
        monkeypatch.setattr(shadow, name, value)
    error = np.abs(usual - images())
    # the grid of the lamp's average is what is left; the sum over waves adds less than 1e-4
    assert error.max() < 1.5e-3 and np.sqrt(np.mean(error**2)) < 3e-4


@pytest.mark.parametrize("cover", [None, (16 * UM, 1.65)])
def test_the_lamp_is_a_disc_of_its_angle(cover):
    # the coherent image, averaged here by brute force over the disc of radius tan(theta) (gap + sum of thickness / index)
    divergence, layers = 0.04, ((20 * UM, 1.68), (0.0, 1.6))
    radius = np.tan(divergence) * (30 + (16 / 1.65 if cover else 0.0) + 20 / 1.68 + 25 / 1.6) * UM
    at = np.array([0.0, 2.0, 18.0, 20.0, 23.0]) * UM
    fine = np.linspace(-30, 30, 3001) * UM  # 0.02 um, fringes being 0.18 um or wider
    node, weight = np.polynomial.legendre.leggauss(40)
    ring, angle = radius * np.sqrt((node + 1) / 2), (np.arange(80) + 0.5) * np.pi / 80
    dx, dy = np.outer(ring, np.cos(angle)), np.outer(ring, np.sin(angle))
    for mask in (RoundMask((20 * UM,), (1.0,), 0.0), LinearMask((-20 * UM, 20 * UM), (1.0,), 0.0)):
        options = dict(layers=layers, cover=cover)
        sharp = proximity(mask, 30 * UM, [45 * UM], [405e-9], at=np.abs(fine), **options)[0, 0]
        place = [np.hypot(r + dx, dy) if isinstance(mask, RoundMask) else r + dx for r in at]
        mean = [float(np.sum(np.interp(each, fine, sharp).mean(axis=1) * weight) / 2) for each in place]
        usual = proximity(mask, 30 * UM, [45 * UM], [405e-9], at=at, divergence=divergence, **options)[0, 0]
        assert usual == pytest.approx(mean, abs=2e-3)  # straight pieces between 0.02 um, and the grid's 1.2e-3


def test_the_lamp_in_a_plane_is_a_disc_of_its_angle():
    # a grating along x in an array is a row of stripes: the plane's transform of the disc against the stripes' chords
    cells = np.zeros((2, 40))
    cells[:, :20] = 1.0
    plane = proximity(PlaneMask(cells, 0.5 * UM), 20 * UM, [30 * UM], [405e-9], layers=RESIST, divergence=0.05)[0, 0, 0]
    edges = tuple(np.add.outer(np.arange(-12, 13) * 40, [-10, 10]).ravel() * UM)
    x = (np.arange(40 * 8) + 0.5) * UM / 16
    stripes = LinearMask(edges, (1.0, 0.0) * 24 + (1.0,), 0.0)
    lines = proximity(stripes, 20 * UM, [30 * UM], [405e-9], at=x, layers=RESIST, divergence=0.05)[0, 0]
    assert plane == pytest.approx(lines.reshape(40, 8).mean(axis=1), abs=3e-3)  # stripes beyond 480 um, and both grids


def test_cosines_of_cells_are_integrals():
    from waferbump.physics.optics.plane_shadow import cosine_amplitudes

    field = np.random.default_rng(3).uniform(size=(3, 4))
    kept = (29, 37)  # beyond four times the cells each way
    amplitudes = cosine_amplitudes(field, kept)

    def integrals(cells, count):
        order, edge = np.arange(count)[:, None], np.arange(cells + 1) / cells
        slope = np.where(order == 0, edge, np.sin(np.pi * order * edge) / np.maximum(np.pi * order, 1e-9))
        return np.diff(slope, axis=1) * np.where(order == 0, 1.0, np.sqrt(2.0))

    assert amplitudes == pytest.approx(integrals(3, 29) @ field @ integrals(4, 37).T, abs=1e-12)


def test_contact_is_a_sharp_shadow():
    r = np.array([0.0, 30.0, 39.0, 39.5, 40.5, 41.0, 50.0]) * UM
    for depth in (0.0, 0.02 * UM):
        image = proximity(HOLE, 0.0, [depth], [365e-9], at=r, layers=RESIST, divergence=0.05)[0, 0]
        assert image == pytest.approx([1, 1, 1, 1, 0, 0, 0], abs=0.03)  # waves of half a wavelength pass: 1 / (pi^2 4.5 0.5) at 0.5 um


def test_a_mask_finer_than_light_is_washed_out():
    # lines of 0.1 um, half open, far finer than 365 nm / 1.63: what goes through is the mean amplitude, 1/2, and nothing else
    edges = np.arange(-400, 401) * 0.1 * UM
    image = proximity(LinearMask(tuple(edges), (1.0, 0.0) * 400, 0.25), 5 * UM, [10 * UM], [365e-9], at=[0.0, 3 * UM], layers=RESIST)
    assert image.ravel() == pytest.approx(0.25, abs=5e-3)  # the ends of the 80 um grating send weak waves


def test_the_lamps_average_is_exact_for_what_is_flat_or_a_step():
    from waferbump.physics.optics.divergence import averaged_rings, blurred_rings, blurred_stripes, half_disc

    spacing, r, s = 0.2, np.linspace(0.0, 8.0, 41), np.array([[1.7, 2.3]])
    flat, rings = np.ones((1, 2, 60)), np.arange(61) * 0.2
    assert blurred_rings(flat, rings, r, s) == pytest.approx(1.0, abs=1e-13)
    assert blurred_stripes(flat, -4.0, spacing, r - 1.0, s) == pytest.approx(1.0, abs=1e-13)
    assert averaged_rings(flat, 0.0, spacing, r, s, *half_disc(), True) == pytest.approx(1.0, abs=1e-12)
    # on the axis a disc of radius s sees the part (p / s)^2 of itself inside p; a straight edge through its middle halves it
    step = (np.arange(60) < 6) * flat
    assert blurred_rings(step, rings, np.array([0.0]), s).ravel() == pytest.approx((1.2 / s.ravel()) ** 2, rel=1e-12)
    edge = (np.arange(60) < 20) * flat
    assert blurred_stripes(edge, -4.0, spacing, np.array([0.0]), s) == pytest.approx(0.5, abs=1e-7)  # the inverse cosine's 2e-8
    # total over the plane: rings of the blurred step carry the step's light; midpoints of a smooth field over 4001 radii
    fine = (np.arange(4000) + 0.5) * 0.002
    kept = 2 * np.sum(blurred_rings(step, rings, fine, s) * fine, axis=2) * 0.002
    assert kept == pytest.approx(1.2**2, rel=1e-4)
    # a parabola's mean over a disc is its middle plus s^2 / 2: cubics and the quadrature have it exactly
    bowl = np.broadcast_to(((np.arange(60) + 0.5) * spacing) ** 2, flat.shape)
    small = np.array([[0.1, 0.5]])
    assert averaged_rings(bowl, 0.0, spacing, r, small, *half_disc(), True) == pytest.approx(r**2 + small[..., None] ** 2 / 2, abs=1e-12)


def test_surfaces_reflect():
    assert float(reflectance(1.0, 1.5, 0.0)) == pytest.approx(0.04, abs=1e-15)
    assert float(reflectance(1.63, 1.68, 0.0)) == pytest.approx((0.05 / 3.31) ** 2, rel=1e-12)  # resist on resist: 2e-4
    bare = film_stack_reflectance([1.63, 1.3 + 1.9j], [], 365e-9)
    assert float(reflectance(1.63, 1.3, 1.9)) == pytest.approx(bare, rel=1e-12)
    # a film of the substrate's own index is not there; a half wave of any index is not seen; a quarter wave gives the textbook's value
    assert film_stack_reflectance([1.63, 1.3 + 1.9j, 1.3 + 1.9j], [3e-7], 365e-9) == pytest.approx(bare, rel=1e-12)
    assert film_stack_reflectance([1.0, 2.0, 1.5], [400e-9 / 4], 400e-9) == pytest.approx(0.04, rel=1e-9)
    quarter = film_stack_reflectance([1.0, 2.3, 1.5], [400e-9 / (4 * 2.3)], 400e-9)
    assert quarter == pytest.approx(((1.5 - 2.3**2) / (1.5 + 2.3**2)) ** 2, rel=1e-12)
    # a metal thick enough to be dark hides what lies below it
    assert film_stack_reflectance([1.63, 1.3 + 1.9j, 4.0], [2e-6], 365e-9) == pytest.approx(bare, rel=1e-9)


def test_a_standing_wave_has_half_the_wavelength():
    wavelength, index = 365e-9, 1.63
    indices, thickness = [1.0, index, 1.3 + 1.9j], [5e-6]
    period = wavelength / (2 * index)
    depth = 5e-6 - np.linspace(0, 10 * period, 4001)
    field = standing_wave(indices, thickness, wavelength, depth)
    assert field[:-400] == pytest.approx(field[400:], rel=1e-9)  # a clear film: exactly periodic, 400 samples a period
    size = np.sqrt(float(reflectance(index, 1.3, 1.9)))
    swing = ((1 + size) / (1 - size)) ** 2
    assert field.max() / field.min() == pytest.approx(swing, rel=1e-3)  # 400 samples miss the sharp minimum by a hair
    # field and slope go on across each interface, and in the substrate it dies out as exp(-4 pi k z / wavelength)
    for place in (0.0, 5e-6):
        either = standing_wave(indices, thickness, wavelength, [place - 1e-13, place + 1e-13])
        assert either[0] == pytest.approx(either[1], rel=1e-4)
    deep = standing_wave(indices, thickness, wavelength, [5e-6, 5.1e-6])
    assert deep[1] / deep[0] == pytest.approx(np.exp(-4 * np.pi * 1.9 * 1e-7 / wavelength), rel=1e-9)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: RoundMask((2e-6, 1e-6), (1.0, 0.5), 0.0), "rise"),
        (lambda: RoundMask((1e-6,), (1.5,), 0.0), "between"),
        (lambda: LinearMask((0.0, 1e-6), (1.0, 1.0), 0.0), "stripes"),
        (lambda: PlaneMask(np.ones(3), 1e-6), "table"),
        (lambda: proximity(HOLE, -1e-6, [0.0], [365e-9], at=[0.0]), "gap"),
        (lambda: proximity(HOLE, 1e-6, [-1.0], [365e-9], at=[0.0]), "depths"),
        (lambda: proximity(HOLE, 1e-6, [np.nan], [365e-9], at=[0.0]), "depths"),
        (lambda: proximity(HOLE, 1e-6, [1e-6], [0.0], at=[0.0]), "wavelengths"),
        (lambda: proximity(HOLE, 1e-6, [1e-6], [365e-9], at=[-1e-6]), "axis"),
        (lambda: proximity(HOLE, 1e-6, [1e-6], [365e-9], at=[0.0], divergence=2.0), "half angle"),
        (lambda: proximity(HOLE, 1e-6, [1e-6], [365e-9], at=[0.0], layers=((0.0, (1.6, 1.7)),)), "each of the 1 lines"),
        (lambda: film_stack_reflectance([1.0, 1.5], [1e-6], 365e-9), "indices are needed"),
        (lambda: disc_axis(0.0, 1e-6, 365e-9), "positive"),
    ],
)
def test_impossible_questions_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()
