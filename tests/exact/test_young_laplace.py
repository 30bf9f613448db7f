"""The meridian integrator: closed forms, another integrator, identities that hold along any arc, and what has no end."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from waferbump.physics.capillary.equilibrium import NoEquilibriumError, checked, in_threads
from waferbump.physics.capillary.meridians import outline, revolved
from waferbump.physics.capillary.stability import conjugate_determinant, is_stable
from waferbump.physics.capillary.young_laplace import PHI, R, Z, integrate, integrate_until, trace

ROUND_OFF = 2e-14  # a dozen steps of double precision on lengths of order one


@pytest.mark.parametrize("length", [0.1, 1.0, 2.5, 3.1])
def test_a_sphere_is_a_sphere(length):
    r, z, phi, volume, area, moment = integrate(0.0, 0.0, 0.0, 2.0, 0.0, length)
    depth = 1 - np.cos(length)
    assert (r, z, phi) == pytest.approx((np.sin(length), depth, length), abs=ROUND_OFF)
    assert volume == pytest.approx(np.pi * depth**2 * (3 - depth) / 3, rel=ROUND_OFF)
    assert area == pytest.approx(2 * np.pi * depth, rel=ROUND_OFF)
    assert moment == pytest.approx(np.pi * (2 * depth**3 / 3 - depth**4 / 4), rel=ROUND_OFF)


def test_a_catenoid_needs_no_pressure():
    # r = cosh(z), the minimal surface: from its neck upwards s = sinh(z), phi falls from pi/2 as the arc leans outward
    r, z, phi, volume, area, _ = integrate(1.0, 0.0, np.pi / 2, 0.0, 0.0, 2.0)
    height = np.arcsinh(2.0)
    assert (r, z) == pytest.approx((np.cosh(height), height), rel=ROUND_OFF)
    assert np.tan(phi) == pytest.approx(1 / 2.0, rel=ROUND_OFF)
    assert volume == pytest.approx(np.pi * (height / 2 + np.sinh(2 * height) / 4), rel=ROUND_OFF)
    assert area == pytest.approx(volume * 2, rel=ROUND_OFF)  # of the catenoid alone


ARCS = [
    (1.0, 0.0, 1.2, 1.5, 0.3, 2.0),
    (1.0, 0.0, 2.0, 1.5, -0.3, 2.0),
    (1.0, 0.3, 2.1, 3.0, 3.0, 1.0),
    (0.0, 0.0, 0.0, 2.0, -1.0, 2.0),
    (0.0, 0.0, 0.0, 2.0, 1.0, 3.0),
    (0.2, -0.4, 0.3, 4.0, 1.5, 0.7),
]


@pytest.mark.parametrize("arc", ARCS)
def test_another_integrator_finds_the_same(arc):
    r0, z0, phi0, pressure0, bond, length = arc

    def slopes(_, y):
        r, z, phi = y[:3]
        over_r = np.sin(phi) / r if r > 0 else pressure0 / 2
        swept = np.pi * r * r * np.sin(phi)
        return [np.cos(phi), np.sin(phi), pressure0 - bond * z - over_r, swept, 2 * np.pi * r, swept * z]

    other = solve_ivp(slopes, (0, length), [r0, z0, phi0, 0, 0, 0], method="DOP853", rtol=1e-12, atol=1e-14).y[:, -1]
    assert integrate(*arc) == pytest.approx(other, rel=1e-10, abs=1e-10)  # the other's error grows to some hundred times its tolerance


@pytest.mark.parametrize("arc", ARCS)
def test_vertical_forces_balance_over_any_piece_of_any_arc(arc):
    r0, z0, phi0, pressure0, bond, _ = arc
    r, z, phi, volume, _, _ = integrate(*arc)
    # tension pulls with 2 pi r sin(phi); pressure acts on both discs; the weight between them is bond * volume
    start = 2 * np.pi * r0 * np.sin(phi0) - np.pi * r0**2 * (pressure0 - bond * z0)
    end = 2 * np.pi * r * np.sin(phi) - np.pi * r**2 * (pressure0 - bond * z)
    assert end - start == pytest.approx(bond * volume, abs=1e-12)


def test_a_trace_is_the_same_arc_at_many_places():
    lengths = np.array([0.0, 0.01, 0.7, 1.3, 2.0])
    for row, length in zip(trace(1.0, 0.0, 1.2, 1.5, 0.3, lengths), lengths, strict=True):
        assert row == pytest.approx(integrate(1.0, 0.0, 1.2, 1.5, 0.3, length), abs=ROUND_OFF)


@pytest.mark.parametrize(("coordinate", "level", "length"), [(PHI, 2.0, 2.0), (Z, 1.5, 2 * np.pi / 3), (R, 0.5, np.pi / 6)])
def test_levels_are_met_where_the_circle_meets_them(coordinate, level, length):
    assert integrate_until(0.0, 0.0, 0.0, 2.0, 0.0, coordinate, level, 3.0)[6] == pytest.approx(length, rel=ROUND_OFF)


def test_levels_that_are_not_met_and_arcs_without_end_are_marked():
    assert np.isnan(integrate_until(0.0, 0.0, 0.0, 2.0, 0.0, R, 1.5, 3.0)).all()
    assert np.isnan(integrate(0.0, 0.0, 0.0, 2.0, 0.0, 4.0)).all()  # a sphere closes at pi
    rows = trace(0.0, 0.0, 0.0, 2.0, 0.0, np.array([1.0, 3.0, 4.0]))
    assert np.isfinite(rows[:2]).all() and np.isnan(rows[2]).all()


def test_outlines_hold_the_volume_and_keep_to_the_arc():
    arc = (1.0, 0.0, 1.2), 1.5, 0.3, 2.0
    points = outline(*arc, 1e-4)
    volume = integrate(*arc[0], *arc[1:])[3]
    assert revolved(points) == pytest.approx(volume, rel=1e-14)
    fine = trace(*arc[0], *arc[1:3], np.linspace(0, 2.0, 20001))[:, :2]
    middles = (points[1:] + points[:-1]) / 2
    distance = np.min(np.hypot(*(fine[None] - middles[:, None]).transpose(2, 0, 1)), axis=1)
    assert distance.max() <= 1e-4
    assert points[0].tolist() == [1.0, 0.0]


def test_outlines_refuse_what_they_cannot_draw():
    with pytest.raises(ValueError, match="must be positive"):
        outline((0.0, 0.0, 0.0), 2.0, 0.0, 1.0, 0.0)
    with pytest.raises(ValueError, match="allow a larger chord error"):
        outline((0.0, 0.0, 0.0), 2.0, 0.0, 1.0, 1e-15)


def test_a_cylinder_is_stable_until_its_height_is_its_girth():
    assert is_stable(1.0, 0.0, np.pi / 2, 1.0, 0.0, 2 * np.pi - 1e-6)
    assert not is_stable(1.0, 0.0, np.pi / 2, 1.0, 0.0, 2 * np.pi + 1e-6)
    # Closed form for the unit cylinder: 2 pi (2 - 2 cos s - s sin s), up to sign
    s = np.array([1.0, 4.0])
    expected = 2 * np.pi * (2 - 2 * np.cos(s) - s * np.sin(s))
    assert np.abs(conjugate_determinant(1.0, 0.0, np.pi / 2, 1.0, 0.0, s)) == pytest.approx(expected, rel=1e-8)  # differences


def test_arcs_that_lean_over_their_edge_are_not_stable():
    assert not is_stable(1.0, 0.0, -0.1, 2.0, 0.0, 1.0)
    assert not is_stable(0.0, 0.0, 0.0, 2.0, 0.0, 3.5)  # no such arc


def test_input_is_checked_in_words():
    with pytest.raises(ValueError, match="the pad radius must be positive"):
        checked(pad_radius=[1.0, 0.0])
    with pytest.raises(ValueError, match="the gravity must be a finite number"):
        checked(gravity=np.inf)
    with pytest.raises(ValueError, match="density must not be negative"):
        checked(density=-1.0)
    assert issubclass(NoEquilibriumError, ValueError)


def test_threads_cover_every_item_once():
    seen = np.zeros(100_001, int)

    def work(part):
        seen[part] += 1

    in_threads(work, len(seen))
    assert (seen == 1).all()
