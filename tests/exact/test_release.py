"""Release paced by diffusion against closed forms of the quasi-steady front, and the numbers that say whether a beam sticks."""

import numpy as np
import pytest
import shapely
from scipy.integrate import quad, solve_ivp

from waferbump.physics.release import (
    ReleaseError,
    cantilever_elastocapillary_number,
    cantilever_peel_number,
    diffusion_arrival,
    diffusion_front,
    diffusion_time,
    doubly_clamped_elastocapillary_number,
    doubly_clamped_peel_number,
    straight_front_distance,
    straight_front_time,
    supply_constant,
)

UM = 1e-6
K = 1e-11  # [m^2/s], D = 1e-9 m^2/s, c0/N = 1/100


def box(x0, y0, x1, y1):
    return shapely.box(x0 * UM, y0 * UM, x1 * UM, y1 * UM)


def disc(radius):
    return shapely.Point(0, 0).buffer(radius * UM, quad_segs=256)


def outwards(r, a):
    """K t at which a front from a round window of radius a has reached r: laplace(w) = 1, w = w' = 0 at r, w(a) = K t."""
    return r**2 * np.log(r / a) / 2 - (r**2 - a**2) / 4


def inwards(r, rim):
    """K t at which a front from a rim has come in to r."""
    return (rim**2 - r**2) / 4 - r**2 * np.log(rim / r) / 2


def test_the_closed_forms_obey_the_front_law():
    # the reference itself: c = c0 ln(r/rho)/ln(r/a) between window a and front r, whose speed is K / (r ln(r/a))
    track = solve_ivp(lambda t, r: 1 / (r * np.log(r / 10.0)), (0, 2000.0), [10.5], rtol=1e-10, atol=1e-12)
    assert outwards(track.y[0, -1], 10.0) - outwards(10.5, 10.0) == pytest.approx(2000.0, rel=1e-8)
    track = solve_ivp(lambda t, r: -1 / (r * np.log(80.0 / r)), (0, 1000.0), [79.0], rtol=1e-10, atol=1e-12)
    assert inwards(track.y[0, -1], 80.0) - inwards(79.0, 80.0) == pytest.approx(1000.0, rel=1e-8)


@pytest.mark.parametrize("spacing", [4.0, 2.0, 1.0])
@pytest.mark.parametrize("window_edge", [0.0, 3.3])
def test_a_strip_follows_the_square_root(spacing, window_edge):
    strip, window = box(0, 0, 100, 20), box(-9, 0, window_edge, 20)
    for reached in (31.0, 60.0):
        freed = diffusion_front(strip, window, K, (reached * UM) ** 2 / (2 * K), spacing * UM)
        # on the grid (x + b/2)^2 - b^2/4 = 2 K t, b < h the front's place within its cell: h^2/(8 x) of error, and as much at the window
        error = spacing**2 / (4 * reached)
        assert freed.bounds[2] / UM == pytest.approx(reached + window_edge, abs=error)
        assert freed.area / UM**2 == pytest.approx(20 * (reached + window_edge), abs=20 * error)


def mean_radius_outwards(spacing):
    layer, window = disc(100), disc(10)
    freed = diffusion_front(layer, window, K, outwards(70 * UM, 10 * UM) / K, spacing * UM)
    return np.sqrt(freed.area / np.pi) / UM, np.hypot(*shapely.get_coordinates(freed).T) / UM


def test_a_round_window_grows_as_derived_and_converges():
    error = []
    for spacing in (4.0, 2.0):
        mean, radii = mean_radius_outwards(spacing)
        assert radii == pytest.approx(70.0, abs=0.1 * spacing)  # the stated tenth of a cell, in every direction
        error.append(abs(mean - 70.0))
    assert error[0] < 0.2 and error[1] < error[0] / 2.5  # second order would be 4; the window's staircase keeps it below


def test_a_disc_is_eaten_from_its_rim():
    layer, window = disc(100), disc(101).difference(disc(80))
    error = []
    for spacing in (4.0, 2.0):
        freed = diffusion_front(layer, window, K, inwards(30 * UM, 80 * UM) / K, spacing * UM)
        left = disc(79).difference(freed)
        error.append(abs(np.sqrt(left.area / np.pi) / UM - 30.0))
        assert np.hypot(*shapely.get_coordinates(left).T) / UM == pytest.approx(30.0, abs=0.1 * spacing)
        assert diffusion_time(layer, window, K, spacing * UM) == pytest.approx((80 * UM) ** 2 / (4 * K), rel=1e-3 * (spacing / 4) ** 2)
    assert error[0] < 0.2 and error[1] < error[0] / 2.5


def test_the_time_to_free_all_is_when_nothing_is_left():
    plan, window = shapely.union_all([box(0, 0, 60, 20), box(40, 0, 60, 60)]), box(-9, 0, 0, 20)
    whole = diffusion_time(plan, window, K, 1 * UM)
    after, before = (diffusion_front(plan, window, K, part * whole, 1 * UM) for part in (1.0, 0.97))
    assert after.area == pytest.approx(plan.area, rel=1e-9)
    assert before.area < 0.995 * plan.area
    # slower than the shortest way alone would be, sqrt law, and faster than the way along the middle lines
    assert 0.5 * (40 + np.hypot(20, 40)) ** 2 < whole * K / UM**2 < 0.5 * 110**2


def test_more_windows_free_more_and_only_the_product_counts():
    plan = box(0, 0, 60, 60).difference(box(20, 10, 30, 50))
    one, two = box(-9, 0, 0, 60), shapely.union_all([box(-9, 0, 0, 60), box(50, 50, 54, 54)])
    freed, more = (diffusion_front(plan, windows, K, 60.0, 1 * UM) for windows in (one, two))
    assert freed.difference(more).area == pytest.approx(0.0, abs=1e-9 * plan.area)  # the comparison principle, on the grid too
    assert more.area > freed.area + 16 * UM**2
    assert diffusion_time(plan, two, K, 1 * UM) < diffusion_time(plan, one, K, 1 * UM)
    assert diffusion_front(plan, one, 4 * K, 15.0, 1 * UM).equals(freed)
    # every length three times as long takes nine times as long
    large = [shapely.affinity.scale(shape, 3, 3, origin=(0, 0)) for shape in (plan, one)]
    assert diffusion_time(*large, K, 3 * UM) == pytest.approx(9 * diffusion_time(plan, one, K, 1 * UM), rel=1e-9)


@pytest.mark.parametrize("place", [20.0, 20.3, 20.999])
def test_a_thin_wall_is_never_jumped(place):
    window, wall = box(-9, 0, 0, 40), box(place, 0, place + 0.01, 40)
    closed = box(0, 0, 40, 40).difference(wall)
    freed = diffusion_front(closed, window, K, 1e5, 1 * UM)
    assert freed.area / UM**2 == pytest.approx(place * 40, rel=1e-9)
    assert diffusion_time(closed, window, K, 1 * UM) == np.inf
    _, _, time = diffusion_arrival(closed, window, K, 1 * UM)
    assert np.isfinite(time[:, :19]).all() and np.isinf(time[:, 22:]).all()


def test_a_map_of_arrival_agrees_with_the_closed_form():
    layer, window = disc(100), disc(101).difference(disc(80))
    x, y, time = diffusion_arrival(layer, window, K, 4 * UM)
    r = np.hypot(*np.meshgrid(x, y))
    whole = (80 * UM) ** 2 / (4 * K)
    error = (time - inwards(np.minimum(r, 80 * UM), 80 * UM) / K)[r < 72 * UM] / whole
    assert np.abs(error).max() < 0.02 and np.abs(error).mean() < 0.003
    assert (time[(r > 85 * UM) & (r < 99 * UM)] == 0.0).all() and np.isnan(time[r > 101 * UM]).all()


def test_reaction_and_diffusion_in_series():
    x = np.linspace(0, 200, 21) * UM
    assert straight_front_distance(straight_front_time(x, 1e-7, K), 1e-7, K) == pytest.approx(x, rel=1e-12)
    assert straight_front_distance(100.0, 1e-7, np.inf) == pytest.approx(10 * UM)
    assert straight_front_distance(500.0, np.inf, K) == pytest.approx(100 * UM)
    # the front's own equation: c at the front from D c'/x = consumption, so dx/dt = 1 / (1/rate + x/K)
    track = solve_ivp(lambda t, s: 1 / (1 / 1e-7 + s / K), (0, 3000.0), [0.0], rtol=1e-10, atol=1e-15)
    assert straight_front_distance(3000.0, 1e-7, K) == pytest.approx(track.y[0, -1], rel=1e-8)
    assert supply_constant(1e-9, 500.0, 50e3) == pytest.approx(K)


def test_impossible_releases_are_refused():
    strip, window = box(0, 0, 100, 20), box(-9, 0, 0, 20)
    with pytest.raises(ReleaseError, match="too coarse for the etch windows"):
        diffusion_front(strip, box(10, 5, 12, 7), K, 10.0, 2 * UM)
    with pytest.raises(ReleaseError, match="above zero"):
        diffusion_front(strip, window, 0.0, 10.0, 2 * UM)
    with pytest.raises(ReleaseError, match="too fine"):
        diffusion_front(strip, window, K, 10.0, 0.01 * UM)
    with pytest.raises(ReleaseError, match="no sacrificial layer"):
        diffusion_time(shapely.MultiPolygon(), window, K, 2 * UM)
    with pytest.raises(ReleaseError, match="one is finite"):
        straight_front_distance(1.0, np.inf, np.inf)


# beams: 2 um of polysilicon, 2 um above the substrate, in water
BEAM = dict(thickness=2e-6, gap=2e-6, modulus=160e9)
WATER = dict(surface_tension=0.072, contact_angle=0.0, width=20e-6)


def energy_per_width(shape, length, thickness, gap, modulus):
    """Bending energy E t^3/24 integral(y''^2) of g * shape(x/L), by finite differences."""
    step = 1e-4
    bend = quad(lambda s: ((shape(s + step) - 2 * shape(s) + shape(s - step)) / step**2) ** 2, step, 1 - step, limit=200)[0]
    return modulus * thickness**3 / 24 * gap**2 / length**3 * bend


def clamped(s):
    return (1 - (2 * s - 1) ** 2) ** 2


def test_a_peel_number_is_energy_against_adhesion():
    # a tip force bends a cantilever into (3 s^2 - s^3) / 2; freed length costs W, so N = -dU/dL / W = 3 U / (L W)
    for shape, number in ((lambda s: (3 * s**2 - s**3) / 2, cantilever_peel_number), (clamped, doubly_clamped_peel_number)):
        stored = energy_per_width(shape, 100e-6, **BEAM)
        # 1e-3: the strips of 1e-4 at both ends that the differences leave out
        assert number(100e-6, **BEAM, work_of_adhesion=0.05) == pytest.approx(3 * stored / (100e-6 * 0.05), rel=2e-3)


def test_a_doubly_clamped_number_is_energy_against_surface_tension():
    length, stress = 300e-6, 50e6
    number = doubly_clamped_elastocapillary_number(length, **BEAM, **WATER, residual_stress=stress)
    slope = quad(lambda s: (8 * (2 * s - 1) * (1 - (2 * s - 1) ** 2)) ** 2, 0, 1)[0]
    stored = energy_per_width(clamped, length, **BEAM) + 0.5 * stress * 2e-6 * (2e-6) ** 2 / length * slope
    assert number == pytest.approx(stored / (0.072 * length * (1 + 2 / 20)), rel=2e-3)


def test_where_a_wet_cantilever_goes_unstable():
    # a beam wet all along, E t^3/12 d4y/dx4 = 2 gamma / (g - y): in gaps and lengths y = q integral(G / (1 - y)), G the deflection at s
    # under a unit force at x, q = 24 gamma L^4 / (E t^3 g^2). Iterated from zero it rises to the stable shape, or there is none.
    x = (np.arange(200) + 0.5) / 200
    s, force = np.meshgrid(x, x, indexing="ij")
    green = np.where(force < s, force**2 * (3 * s - force), s**2 * (3 * force - s)) / 6 / 200

    def stands(q):
        y = np.zeros(len(x))
        for _ in range(2000):
            following = q * green @ (1 / (1 - y))
            if following.max() >= 1.0:
                return False
            if np.abs(following - y).max() < 1e-9:
                return True
            y = following
        return False

    low, high = 0.1, 8.0
    while high - low > 1e-3:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if stands(middle) else (low, middle)
    # the published N = 1 is q = 24 * 2/9; a beam wet all along gives way at N = 1.92 already (in length: 15 % shorter). The published
    # number is the milder one, which is kept in sight here and said where it is computed
    assert 24 * 2 / 9 / low == pytest.approx(1.92, abs=0.01)


@pytest.mark.parametrize("number", [cantilever_elastocapillary_number, doubly_clamped_elastocapillary_number])
def test_stiffer_higher_shorter_beams_stay_free(number):
    start = number(100e-6, **BEAM, **WATER)
    assert number(50e-6, **BEAM, **WATER) == pytest.approx(16 * start)
    assert number(100e-6, **{**BEAM, "gap": 4e-6}, **WATER) == pytest.approx(4 * start)
    assert number(100e-6, **{**BEAM, "thickness": 4e-6}, **WATER) == pytest.approx(8 * start * (1 + 2 / 20) / (1 + 4 / 20))
    assert number(100e-6, **BEAM, **{**WATER, "surface_tension": 0.022}) == pytest.approx(72 / 22 * start)  # isopropanol helps
    assert number(100e-6, **BEAM, **{**WATER, "contact_angle": 1.2}) > start
    # a number: the same in every system of units (lengths in um, pressures in N/um^2, tension in N/um)
    in_um = number(100, **dict(thickness=2, gap=2, modulus=160e9 * 1e-12), surface_tension=0.072 * 1e-6, contact_angle=0.0, width=20)
    assert in_um == pytest.approx(start)


def test_the_longest_cantilever_that_water_leaves_free():
    # the formulas' own answer for 2 um of polysilicon over 2 um in water; not a measurement
    longest = 100e-6 * cantilever_elastocapillary_number(100e-6, **BEAM, **WATER) ** 0.25
    assert longest == pytest.approx(61.6e-6, rel=1e-3)
    assert cantilever_elastocapillary_number(longest, **BEAM, **WATER) == pytest.approx(1.0)
    # once down, it peels free only below (3 E t^3 g^2 / 8 W)^(1/4); two films of water (W = 2 gamma) hold it as the drying liquid does
    assert 100e-6 * cantilever_peel_number(100e-6, **BEAM, work_of_adhesion=0.144) ** 0.25 == pytest.approx(60.4e-6, rel=1e-3)


def test_tension_helps_and_buckled_beams_are_refused():
    free = doubly_clamped_elastocapillary_number(np.array([200e-6, 400e-6]), **BEAM, **WATER)
    tense = doubly_clamped_elastocapillary_number(np.array([200e-6, 400e-6]), **BEAM, **WATER, residual_stress=20e6)
    assert (tense > free).all()
    with pytest.raises(ReleaseError, match="buckled"):
        doubly_clamped_elastocapillary_number(400e-6, **BEAM, **WATER, residual_stress=-50e6)
    with pytest.raises(ReleaseError, match="pulls down only"):
        cantilever_elastocapillary_number(100e-6, **BEAM, **{**WATER, "contact_angle": 1.6})
    with pytest.raises(ReleaseError, match="above zero"):
        cantilever_peel_number(100e-6, **BEAM, work_of_adhesion=0.0)
