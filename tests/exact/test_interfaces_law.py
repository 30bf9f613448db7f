"""The cohesive law: its area is the toughness at every mode mix, damage is for ever, and its tangent is the derivative."""

import numpy as np
import pytest

from waferbump.physics.interfaces import (
    Candidate,
    CohesiveBlock,
    InterfaceError,
    MixedMode,
    benzeggagh_kenane,
    check_resolution,
    cohesive_zone_length,
    critical_loads,
    film_release,
    mode_mix_toughness,
    weakest_interval,
)

BK = MixedMode(10.0, 25.0, 50e6, 70e6, exponent=2.1)
HS = MixedMode(10.0, None, 50e6, 70e6, hutchinson_suo=0.3)
UNEVEN = MixedMode(10.0, 25.0, 50e6, 70e6, exponent=1.0, opening_stiffness=4e15, shear_stiffness=6e16)
LAWS = pytest.mark.parametrize("law", [BK, HS, UNEVEN], ids=["benzeggagh-kenane", "hutchinson-suo", "unlike stiffnesses"])


def direction(law, phase):
    """Openings (normal, shear) in the ratio that has the phase psi: tan(psi) = sqrt(K_s) d_s / (sqrt(K_n) d_n)."""
    stiff_n, stiff_s = law.numbers[4:6]
    return np.array([np.cos(phase) / np.sqrt(stiff_n), np.sin(phase) / np.sqrt(stiff_s)])


@LAWS
@pytest.mark.parametrize("degrees", [0, 20, 45, 70, 90])
def test_area_under_the_curve_is_the_toughness_at_the_mode_mix(law, degrees):
    psi = np.radians(degrees)
    toughness = float(law.toughness(psi))
    way = direction(law, psi)
    amplitude = np.linspace(0, 30, 20001) * np.sqrt(2 * toughness)  # lambda, in the root of J/m^2; the last opening is at 10 to 25
    found = law.respond(amplitude[:, None] * way)
    assert found.damage[-1] == 1.0 and np.all(found.traction[-1] == 0)
    # the curve is piecewise linear, so that trapezoids err at its two kinks alone: by a step squared, 1e-5 of the area
    work = np.trapezoid(found.traction @ way, amplitude)
    assert work == pytest.approx(toughness, rel=1e-5)
    assert found.dissipated[-1] == pytest.approx(toughness, rel=1e-12)
    # the tractions reach the quadratic limit once, to a step of the sweep
    index = (found.traction[:, 0] / law.opening_strength) ** 2 + (found.traction[:, 1] / law.shear_strength) ** 2
    assert index.max() == pytest.approx(1.0, rel=2e-2) and index.max() <= 1 + 1e-12


@LAWS
@pytest.mark.parametrize("size", [2, 3])
def test_tangent_is_the_derivative(law, size):
    rng = np.random.default_rng(6)
    stiff = np.sqrt(np.array([law.numbers[4], *[law.numbers[5]] * (size - 1)]))
    top = np.sqrt(2 * law.opening_energy) * 30
    opening = rng.uniform(-0.3, 1, (400, size)) * top / stiff
    damage = rng.uniform(0, 1, 400) * (rng.random(400) < 0.5)
    found = law.respond(opening, damage)
    softening = (found.damage > damage) & (found.damage < 1)
    assert softening.sum() > 50, "the sample holds points that soften"
    for j in range(size):
        step = np.zeros(size)
        step[j] = 1e-6 * top / stiff[j]
        rise = (law.respond(opening + step, damage).traction - law.respond(opening - step, damage).traction) / (2 * step[j])
        error = np.abs(rise - found.tangent[:, :, j]).max(1) / stiff.max() ** 2
        # a central difference over 1e-6 of the range; points within the step of a kink (onset, end, zero) are not smooth: leave out two
        assert np.sort(error)[-3] < 1e-5


@LAWS
def test_damage_never_heals_and_compression_is_whole(law):
    way = direction(law, 0.6)
    half = law.respond([5 * way * np.sqrt(2 * law.opening_energy)]).damage
    assert 0 < half < 1
    back = law.respond([0.02 * way], half)  # below the onset
    assert back.damage == half and back.dissipated == 0
    whole = law.respond([0.02 * way])
    np.testing.assert_allclose(back.traction, (1 - half) * whole.traction, rtol=1e-13)
    pressed = law.respond([[-1e-9, 0.0]], [1.0])
    assert pressed.traction[0, 0] == pytest.approx(-law.numbers[4] * 1e-9, rel=1e-13)
    assert law.respond([[-1e-9, 1e-7]], [1.0]).traction[0, 1] == 0, "no friction where all is parted"


def test_energy_is_lost_along_any_path():
    rng = np.random.default_rng(1)
    opening = np.cumsum(rng.normal(size=(3000, 2)), 0) * 2e-8
    damage, total = np.zeros(1), 0.0
    for k in range(len(opening)):
        found = BK.respond(opening[k : k + 1], damage)
        assert found.damage >= damage and found.dissipated >= 0
        total += float(found.dissipated[0])
        damage = found.damage
    assert damage == 1 and total > 0
    assert BK.opening_energy <= total <= BK.shear_energy, "what is spent lies between the toughnesses of the two modes"


def block(law=BK, **options):
    nodes = np.array([[0.0, 0.0], [1e-6, 0.0], [0.0, 0.0], [1e-6, 0.0]])
    return CohesiveBlock(nodes, [[0, 1]], [[2, 3]], law, **options)


def displaced(normal, shear=0.0):
    return np.array([0, 0, 0, 0, shear, normal, shear, normal], float)


def test_a_face_spends_its_toughness_times_its_area():
    one = block(widths=[3e-6])
    for opening in np.linspace(0, 0.5e-6, 12):
        one.evaluate(displaced(opening))
        one.commit()
    assert one.dissipated() == pytest.approx(10.0 * 3e-12, rel=1e-12)
    assert one.parted_area() == pytest.approx(3e-12, rel=1e-12) and one.energy() == 0


def test_trial_states_are_only_kept_when_accepted():
    one = block()
    forces, _ = one.evaluate(displaced(1e-7))
    one.reset_trial()
    one.commit()
    assert np.all(one.damage == 0)
    one.evaluate(displaced(1e-7))
    one.commit()
    assert np.all(one.damage > 0)
    again, _ = one.evaluate(displaced(1e-7))
    np.testing.assert_allclose(again, forces, rtol=1e-13)


@pytest.mark.parametrize("angle", [0.0, 0.7, -2.0])
def test_directions_turn_with_the_face(angle):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    flat = np.array([[0.0, 0.0], [1e-6, 0.0], [0.0, 0.0], [1e-6, 0.0]])
    straight = CohesiveBlock(flat, [[0, 1]], [[2, 3]], BK)
    turned = CohesiveBlock(flat @ turn.T, [[0, 1]], [[2, 3]], BK)
    u = np.random.default_rng(0).normal(size=(4, 2)) * 5e-8
    a, _ = straight.evaluate(u.ravel())
    b, _ = turned.evaluate((u @ turn.T).ravel())
    np.testing.assert_allclose(a.reshape(-1, 2) @ turn.T, b.reshape(-1, 2), rtol=1e-9, atol=1e-12 * np.abs(a).max())


def test_a_quadrilateral_answers_as_a_strip_of_lines():
    corners = np.array([[0, 0, 0], [2e-6, 0, 0], [2e-6, 1e-6, 0], [0, 1e-6, 0]], float)
    solid = CohesiveBlock(np.vstack([corners, corners]), [[0, 1, 2, 3]], [[4, 5, 6, 7]], HS)
    u = np.zeros((8, 3))
    u[4:] = [6e-8, 0, 3e-8]  # along x and z, as in the plane below
    forces, stiffness = solid.evaluate(u.ravel())
    plane = CohesiveBlock(np.array([[0, 0], [2e-6, 0], [0, 0], [2e-6, 0]], float), [[0, 1]], [[2, 3]], HS, widths=[1e-6])
    flat, _ = plane.evaluate(np.array([0, 0, 0, 0, 6e-8, 3e-8, 6e-8, 3e-8]))
    np.testing.assert_allclose(forces[:, 3:].sum(0)[[0, 2]], flat[:, 2:].sum(0), rtol=1e-12)
    assert solid.areas.sum() == pytest.approx(2e-12, rel=1e-12)
    # forces of each point sum to nothing, and a translation of both sides does nothing
    assert np.abs(stiffness[:, :, :3] + stiffness[:, :, 3:]).max() <= 1e-12 * np.abs(stiffness).max()


def test_a_face_that_turned_too_far_is_refused():
    one = block()
    assert one.check_turn(np.array([0, 0, 0, 5e-8, 0, 0, 0, 5e-8])) == pytest.approx(0.05, rel=1e-3)
    with pytest.raises(InterfaceError, match="turned by 11"):
        one.check_turn(np.array([0, 0, 0, 2e-7, 0, 0, 0, 2e-7]))


def test_rings_carry_their_area():
    nodes = np.array([[0.0, 0.0], [1e-6, 0.0], [3e-6, 0.0]])
    ring = CohesiveBlock(nodes, [[0, 1], [1, 2]], [[0, 1], [1, 2]], BK, axisymmetric=True)
    assert ring.areas.sum() == pytest.approx(np.pi * 9e-12, rel=1e-12)
    assert np.all(ring.areas > 0), "the axis carries its share"


def test_viscosity_reports_the_energy_that_it_adds():
    added = {}
    for share in (0.0, 1e-3, 1e-2, 1e-1):  # of the time in which the interface parts
        one = block(viscosity=share)
        work, force, opening = 0.0, 0.0, 0.0
        for time in np.linspace(0, 3, 6001)[1:]:
            forces, _ = one.evaluate(displaced(time * 4e-7), dt=0.0005)
            one.commit()
            now = forces[:, 3].sum()
            work, force, opening = work + (now + force) / 2 * (time * 4e-7 - opening), now, time * 4e-7
        assert one.dissipated() == pytest.approx(10e-6, rel=1e-12)
        # trapezoids of 6000 steps: 1e-4 at the kinks
        assert work == pytest.approx(one.energy() + one.dissipated() + one.viscous(), rel=2e-3)
        added[share] = one.viscous() / one.dissipated()
    assert added[0.0] == 0
    assert 0 < added[1e-3] < added[1e-2] < added[1e-1]
    assert added[1e-3] < 0.03, "a thousandth of the time adds a few percent: softening from D = 0.99 on takes most of the opening"


def test_forces_are_the_derivative_of_nothing_else_than_the_stiffness():
    one = block(HS)
    rng = np.random.default_rng(3)
    u = displaced(8e-8, 6e-8) + rng.normal(size=8) * 1e-8
    _, stiffness = one.evaluate(u)
    for j in range(4):
        for p in range(2):
            step = np.zeros(8)
            step[one.dofs[p, j]] = 1e-14
            rise = (one.evaluate(u + step)[0][p] - one.evaluate(u - step)[0][p]) / 2e-14
            # central difference: 1e-14 m beside 1e-7 m loses seven of sixteen digits
            np.testing.assert_allclose(rise, stiffness[p, :, j], atol=2e-5 * np.abs(stiffness).max())


def test_toughness_by_mode_mix():
    psi = np.linspace(-np.pi / 2, np.pi / 2, 31)
    grown = mode_mix_toughness(10.0, psi, 0.3)
    np.testing.assert_allclose(grown, grown[::-1], rtol=1e-13)
    assert grown.min() == 10.0 and np.all(np.diff(grown[15:]) > 0)
    assert mode_mix_toughness(10.0, np.pi / 2, 0.3) == pytest.approx(10 / np.cos(0.7 * np.pi / 2) ** 2, rel=1e-13)  # 1 + tan^2 = 1 / cos^2
    np.testing.assert_allclose(mode_mix_toughness(10.0, psi, 1.0), 10.0)
    assert benzeggagh_kenane(10, 30, [0, 1], 2.0).tolist() == [10, 30]


def test_zone_of_a_slender_layer_is_shorter():
    bulk = cohesive_zone_length(3e9, 10.0, 50e6)
    assert bulk == pytest.approx(12e-6)
    assert cohesive_zone_length(3e9, 10.0, 50e6, 12e-6) == pytest.approx(12e-6)  # where thickness equals it the forms meet
    assert cohesive_zone_length(3e9, 10.0, 50e6, 1e-6) == pytest.approx(12e-6**0.25 * 1e-6**0.75)
    assert cohesive_zone_length(3e9, 10.0, 50e6, 1e-6, "shear") == pytest.approx((12e-6 * 1e-6) ** 0.5)


def test_a_coarse_mesh_is_refused_in_words():
    assert check_resolution(BK, [3e-6], 3e9) == pytest.approx(4.0)
    with pytest.raises(InterfaceError, match=r"too coarse .* 12 um .* 5 um"):
        check_resolution(BK, [2e-6, 5e-6], 3e9)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"exponent": 2.0, "hutchinson_suo": 0.3}, "either"),
        ({}, "either"),
        ({"exponent": 0.5}, "at least 1"),
        ({"exponent": 2.0, "opening_stiffness": 1e12}, "part before it has reached its strength"),
        ({"exponent": 2.0, "shear_stiffness": -1.0}, "positive"),
    ],
)
def test_impossible_laws_are_refused(options, says):
    with pytest.raises(InterfaceError, match=says):
        MixedMode(10.0, 25.0, 50e6, 70e6, **options)


def test_film_gives_back_what_it_stores_or_what_an_edge_lets_go():
    # the energy stored per area under equal biaxial stress is (1 - nu) sigma^2 h / E; an edge gives back what plane strain allows
    assert film_release(80e6, 5e-6, 3e9, 0.34, "all") == pytest.approx(0.66 * 80e6**2 * 5e-6 / 3e9)
    assert film_release(80e6, 5e-6, 3e9, 0.34) == pytest.approx((1 - 0.34**2) * 80e6**2 * 5e-6 / 6e9)
    assert film_release(1.0, 1.0, 1.0, 0.3) < film_release(1.0, 1.0, 1.0, 0.3, "all")


def test_order_of_failure_and_the_ratio_that_makes_one_the_weakest():
    sheet = Candidate("sheet", 2.0, 0.0, (1.0, 2.0))
    film = Candidate("film", 1.0, np.radians(45), (8.0, 16.0), 0.3)
    pad = Candidate("pad", 8.0, 0.0, (40.0, 60.0))
    assert [c.name for c in critical_loads([pad, film, sheet])] == ["sheet", "pad", "film"]
    interval = weakest_interval([pad, film, sheet], "sheet", withstands=0.5)
    assert (interval.holds, interval.rival) == (0.5, "pad")
    assert interval.certain == pytest.approx(5.0) and interval.possible == pytest.approx(15.0)
    for ratio, first in ((interval.certain * 0.99, True), (interval.certain * 1.01, False)):
        worst = Candidate("sheet", 2.0, 0.0, (2.0 * ratio, 2.0 * ratio))  # its toughest against the others' weakest
        rivals = [Candidate("film", 1.0, film.mode_mix, (8.0, 8.0), 0.3), Candidate("pad", 8.0, 0.0, (40.0, 40.0))]
        assert (critical_loads([worst, *rivals])[0].name == "sheet") is first
    assert weakest_interval([pad, sheet], "pad").certain < 1, "the pad would have to be weaker than it is"
    with pytest.raises(InterfaceError, match="no energy"):
        weakest_interval([Candidate("sheet", 0.0, 0.0, (1.0, 1.0)), pad], "sheet")
    with pytest.raises(InterfaceError, match="one of at least two"):
        weakest_interval([pad], "pad")


def test_directions_follow_a_face_that_turns():
    # a face that has turned by half a right angle opens normal to itself: its traction must lie along that normal
    nodes = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [1.0, 0.0]])
    law = MixedMode(1.0, None, 1.0, 1.0, hutchinson_suo=0.3)
    block = CohesiveBlock(nodes, [[0, 1]], [[2, 3]], law, follows=True)
    turn = np.radians(45.0)
    turned = np.array([[0.0, 0.0], [np.cos(turn) - 1.0, np.sin(turn)]])
    u = np.vstack([turned, turned]).ravel()
    block.evaluate(u)
    block.commit()
    normal = np.array([-np.sin(turn), np.cos(turn)])
    opened = u + np.concatenate([np.zeros(4), np.tile(1e-3 * normal, 2)])
    forces, _ = block.evaluate(opened)
    assert np.allclose(forces[:, 2:] / np.linalg.norm(forces[:, 2:], axis=1)[:, None], normal, atol=1e-12)
    still = CohesiveBlock(nodes, [[0, 1]], [[2, 3]], law)
    still.evaluate(u)
    still.commit()
    still.evaluate(opened)
    still.commit()
    # without following the same opening is half a shear
    assert abs(still.opening[0, 1]) == pytest.approx(1e-3 * np.sin(turn)) and np.isclose(block._trial.opening[0, 1], 0.0, atol=1e-12)
