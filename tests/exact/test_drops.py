"""Pinned and spread drops: another solver's numbers, closed forms, identities, limits of existence."""

import json
from pathlib import Path

import numpy as np
import pytest

from waferbump.physics.capillary import drop, free_drop, truncated_sphere
from waferbump.physics.capillary.equilibrium import NoEquilibriumError
from waferbump.physics.capillary.hanging import FOLD, STABILITY, largest_hanging
from waferbump.physics.capillary.meridians import revolved

REFERENCE = json.loads((Path(__file__).parent / "reference" / "capillary.json").read_text(encoding="utf-8"))
TOLERANCE = 1e-6  # asked for; the reference is good to 1e-10
FIELDS = {
    "height": "height_m",
    "max_radius": "max_radius_m",
    "max_radius_height": "z_max_radius_m",
    "area": "area_m2",
    "energy": "free_energy_J",
    "apex_pressure": "p_apex_Pa",
    "pad_pressure": "p_pad_Pa",
    "contact_radius": "contact_radius_m",
}


def solder(case):
    return case["inputs"]["gamma"], case["inputs"]["rho"], case["inputs"]["g"]


def compare(found, case):
    for field, name in FIELDS.items():
        if case.get(name):
            assert getattr(found, field) == pytest.approx(case[name], rel=TOLERANCE), field
    assert found.contact_angle == pytest.approx(np.radians(case["contact_angle_deg"]), rel=TOLERANCE)


@pytest.mark.parametrize("case", REFERENCE["pinned"], ids=lambda case: case["id"])
def test_pinned_drops_are_those_of_another_solver(case):
    compare(drop(case["inputs"]["V_m3"], case["inputs"]["a_m"], *solder(case)), case)


@pytest.mark.parametrize("case", REFERENCE["pinned"], ids=lambda case: case["id"])
def test_the_same_from_the_tables(case):
    found = drop(np.array([case["inputs"]["V_m3"]]), case["inputs"]["a_m"], *solder(case))
    assert found.height.shape == (1,)
    compare(found, case)


@pytest.mark.parametrize("case", REFERENCE["contact_angle"], ids=lambda case: case["id"])
def test_spread_drops_are_those_of_another_solver(case):
    compare(free_drop(case["inputs"]["V_m3"], np.radians(case["inputs"]["theta_deg"]), *solder(case)), case)


DROPS = [(1e-12, 1e-4, 9.80665), (3e-9, 1e-3, 9.80665), (5e-9, 1e-3, -9.80665), (2e-8, 2e-3, 9.80665)]


@pytest.mark.parametrize(("volume", "pad_radius", "gravity"), DROPS)
def test_forces_on_a_drop_balance(volume, pad_radius, gravity):
    found = drop(volume, pad_radius, 0.5, 7000.0, gravity)
    push = np.pi * pad_radius**2 * found.pad_pressure - 2 * np.pi * pad_radius * 0.5 * np.sin(found.contact_angle)
    assert push == pytest.approx(7000.0 * gravity * volume, abs=1e-11 * 0.5 * pad_radius)


@pytest.mark.parametrize(("volume", "pad_radius", "gravity"), DROPS)
def test_adding_liquid_costs_the_pads_pressure(volume, pad_radius, gravity):
    more, less = (drop(volume * share, pad_radius, 0.5, 7000.0, gravity).energy for share in (1.0001, 0.9999))
    pressure = drop(volume, pad_radius, 0.5, 7000.0, gravity).pad_pressure
    assert (more - less) / (2e-4 * volume) == pytest.approx(pressure, rel=1e-6)  # the square of the step


def test_without_weight_a_drop_is_a_truncated_sphere():
    volumes = np.geomspace(1e-14, 1e-10, 9)
    sphere = truncated_sphere(volumes, 1e-4)
    for i, volume in enumerate(volumes):
        found = drop(volume, 1e-4, 0.5, 0.0)
        for field in ("height", "max_radius", "contact_angle", "area"):
            assert getattr(found, field) == pytest.approx(getattr(sphere, field)[i], rel=1e-11), field
        assert found.apex_pressure == pytest.approx(1.0 / sphere.sphere_radius[i], rel=1e-11)


@pytest.mark.parametrize("angle", [0.3, 1.5, 3.0])
def test_without_weight_a_spread_drop_is_a_truncated_sphere(angle):
    found = free_drop(1e-12, angle, 0.5, 0.0)
    sphere = truncated_sphere(1e-12, found.contact_radius)
    assert (found.height, found.area) == pytest.approx((sphere.height, sphere.area), rel=1e-11)
    assert sphere.contact_angle == pytest.approx(angle, rel=1e-11)


def test_a_spread_drop_is_the_pinned_drop_of_its_own_radius_and_of_least_energy():
    found = free_drop(2e-8, np.radians(75.0), 0.5, 7000.0)

    def energy(radius):
        pinned = drop(2e-8, radius, 0.5, 7000.0)
        return pinned.energy - 0.5 * np.cos(np.radians(75.0)) * np.pi * radius**2

    least = energy(found.contact_radius)
    assert least == pytest.approx(found.energy, rel=1e-11)
    assert energy(found.contact_radius * 1.01) > least < energy(found.contact_radius * 0.99)


def test_a_wide_puddle_is_as_high_as_the_capillary_length_says():
    # rho g h^2 / 2 = gamma (1 - cos(theta)) for a straight edge; a round one differs by about capillary length over radius
    found = free_drop(2e-5, np.pi / 2, 0.5, 7000.0)
    straight = np.sqrt(2 * 0.5 / (7000.0 * 9.80665))
    assert found.height == pytest.approx(straight, rel=np.sqrt(0.5 / (7000.0 * 9.80665)) / found.contact_radius)


@pytest.mark.parametrize("gravity", [9.80665, -9.80665])
def test_the_outline_holds_the_volume(gravity):
    found = drop(5e-9, 1e-3, 0.5, 7000.0, gravity)
    points = found.meridian(1e-7)
    assert revolved(points) == pytest.approx(5e-9, rel=1e-13)
    assert points[0] == pytest.approx([1e-3, 0.0], abs=1e-15)
    assert points[-1] == pytest.approx([0.0, found.height], abs=1e-15)
    assert points[:, 0].max() == pytest.approx(found.max_radius, abs=1e-7)


def test_outlines_belong_to_one_drop():
    with pytest.raises(ValueError, match="one drop"):
        drop(np.array([1e-12]), 1e-4, 0.5, 7000.0).meridian()


def test_what_hangs_hangs_up_to_a_limit_and_the_sentence_says_which():
    bond = -7000.0 * 9.80665 * 1e-6 / 0.5
    most = largest_hanging(bond, STABILITY)[0] * 1e-9
    assert drop(0.9999 * most, 1e-3, 0.5, 7000.0, -9.80665).height > 0
    with pytest.raises(NoEquilibriumError, match="the drop falls off"):
        drop(1.0001 * most, 1e-3, 0.5, 7000.0, -9.80665)


def test_at_the_largest_hanging_volume_the_height_runs_away():
    volume = largest_hanging(-0.5, FOLD)[0]
    heights = [drop(volume * (1 - left), 1.0, 1.0, 1.0, -0.5).height for left in (4e-6, 1e-6)]
    limit = 2 * heights[1] - heights[0]  # a fold: what is missing of the height is as the root of what is missing of the volume
    assert drop(volume * (1 - 2.5e-7), 1.0, 1.0, 1.0, -0.5).height == pytest.approx((heights[1] + limit) / 2, rel=1e-5)


def test_a_small_pads_drop_falls_as_harkins_and_brown_found():
    # rho g V = 2 pi a gamma f, f -> 1 for pads small against the drop; a pinned edge holds all of it before it breaks
    assert largest_hanging(-1e-6, FOLD)[0] * 1e-6 / (2 * np.pi) == pytest.approx(1.0, abs=0.02)


def test_a_film_under_a_wide_pad_falls_sideways():
    # J1(3.8317) = 0: just below that width a thin film hangs, just above not
    for width, hangs in ((3.81, True), (3.85, False)):
        if hangs:
            assert drop(1e-4, width, 1.0, 1.0, -1.0).height > 0
        else:
            with pytest.raises(NoEquilibriumError, match="sideways"):
                drop(1e-4, width, 1.0, 1.0, -1.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: drop(1e-6, 1e-3, 0.5, 7000.0), "leave the pad over its edge"),
        (lambda: drop(np.array([1e-9, 1e-6]), 1e-3, 0.5, 7000.0), "drop 1 .*leave the pad"),
        (lambda: drop(np.array([1e-9, 1e-6]), 1e-3, 0.5, 7000.0, -9.8), "drop 1 .*falls off"),
        (lambda: free_drop(1e-12, np.pi, 0.5, 7000.0), "does not wet"),
        (lambda: free_drop(1e-7, 3.0, 0.5, 7000.0, -9.8), "falls off"),
        (lambda: drop(-1e-12, 1e-4, 0.5, 7000.0), "volume must be positive"),
        (lambda: drop(1e-12, np.nan, 0.5, 7000.0), "pad radius must be a finite number"),
    ],
)
def test_what_cannot_be_is_said_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_any_drop_has_a_finite_shape_or_a_sentence():
    random = np.random.default_rng(7)
    shaped = 0
    for _ in range(400):
        volume, bond = 10 ** random.uniform(-6, 4), random.choice([-1, 1]) * 10 ** random.uniform(-6, 1.5)
        try:
            found = drop(volume, 1.0, 1.0, 1.0, bond)
        except NoEquilibriumError:
            continue
        shaped += 1
        numbers = [getattr(found, name) for name in ("height", "max_radius", "contact_angle", "area", "energy", "apex_pressure")]
        assert np.isfinite(numbers).all()
        assert 0 < found.contact_angle <= np.pi and found.height > 0 and found.max_radius >= 1
        assert np.pi * found.pad_pressure - 2 * np.pi * np.sin(found.contact_angle) == pytest.approx(bond * volume, rel=1e-8, abs=1e-8)
    assert shaped > 200  # the draw must reach shapes, not only sentences


def test_more_liquid_is_higher_and_more_weight_lower():
    heights = [drop(volume, 1.0, 1.0, 1.0, 0.5).height for volume in np.linspace(0.5, 6.0, 30)]
    assert (np.diff(heights) > 0).all()
    heights = [drop(2.0, 1.0, 1.0, 1.0, bond).height for bond in np.linspace(-3.0, 3.0, 30)]
    assert (np.diff(heights) < 0).all()
