"""Drops in wells of resist: reference cases, closed forms without weight, hydrostatics, and what no well can hold."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from waferbump.physics.capillary import in_hollow, in_well, truncated_sphere
from waferbump.physics.capillary.equilibrium import NoEquilibriumError
from waferbump.physics.capillary.meridians import revolved

CASES = json.loads((Path(__file__).parent / "reference" / "wells.json").read_text())["cases"]
# field of the reference, how it is read off a result, the unit in which a zero counts
FIELDS = {
    "height_m": (lambda w: w.height, "pad_radius_m", 1),
    "rmax_m": (lambda w: w.max_radius, "pad_radius_m", 1),
    "wetted_wall_height_m": (lambda w: w.wetted_wall_height, "pad_radius_m", 1),
    "A_free_m2": (lambda w: w.free_area, "pad_radius_m", 2),
    "A_wet_m2": (lambda w: w.wet_area, "pad_radius_m", 2),
    "E_J": (lambda w: w.energy, None, 0),
    "E_grav_J": (lambda w: w.gravity_energy, None, 0),
    "p_pad_Pa": (lambda w: w.pad_pressure, None, 0),
    "p_apex_Pa": (lambda w: w.apex_pressure, None, 0),
    "cap_phi_deg": (lambda w: math.degrees(w.slope), None, 0),
    "phi_pad_deg": (lambda w: math.degrees(w.pad_angle), None, 0),
    "phi_step_deg": (lambda w: math.degrees(w.pad_angle), None, 0),
    "wall_z1_m": (lambda w: w.ring_line[1] if w.ring_line else None, "pad_radius_m", 1),
    "wall_z2_m": (lambda w: w.contact_line[1], "pad_radius_m", 1),
    "rim_contact_radius_m": (lambda w: w.contact_line[0], "pad_radius_m", 1),
}
GAMMA, RHO = 0.53, 7000.0


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
@pytest.mark.parametrize("start", ["free", "wetted"])
def test_reference_cases(case, start):
    given, expected = case["inputs"], case["outputs"]
    wells = [(given[f"R{i}_m"], given[f"H{i}_m"]) for i in (1, 2) if f"R{i}_m" in given]
    chosen = in_well(
        given["volume_m3"],
        given["pad_radius_m"],
        wells,
        math.radians(given["contact_angle_deg"]),
        given["gamma"],
        given["rho"],
        given["g"],
        start,
    )
    found = next(w for w in (chosen, *chosen.others) if w.regime == case["regime"])
    compared = 0
    for field, (read, unit, power) in FIELDS.items():
        if field in expected and (value := read(found)) is not None:
            zero = given[unit] ** power if unit else 0.0
            assert value == pytest.approx(expected[field], rel=1e-6, abs=1e-6 * zero), field
            compared += 1
    assert compared >= 9


def sweep():
    """Wells and angles whose volumes pass through every regime."""
    for wells in ([(1.0, 0.6)], [(1.2, 0.8)], [(1.0, 0.4), (1.5, 0.8)], [(1.1, 0.3), (1.4, 0.7)]):
        for angle in (100.0, 150.0, 180.0):
            yield [(r * 1e-4, h * 1e-4) for r, h in wells], math.radians(angle)


def test_every_volume_rests_with_the_energys_slope_as_its_pressure():
    seen = set()
    for wells, angle in sweep():
        for volume in np.geomspace(0.3e-12, 60e-12, 6):
            here = in_well(volume, 1e-4, wells, angle, GAMMA, RHO, start="wetted")
            seen |= {here.regime} | {well.regime for well in here.others}
            for well in (here, *here.others):
                numbers = [well.height, well.energy, well.pad_pressure, well.max_radius, well.slope]
                assert np.all(np.isfinite(numbers))
                # 1e-12 on the solver's side; the frusta of the outlines add up to 1e-13
                assert revolved(_outline(wells, 1e-4, well)) == pytest.approx(volume, rel=2e-12)
            low, high = (like_it(here, volume * f, wells, angle) for f in (1 - 1e-4, 1 + 1e-4))
            if low is not None and high is not None:
                slope = (high.energy - low.energy) / (2e-4 * volume)
                # central difference over 1e-4: its error is the third derivative times 1e-8, plus round-off 1e-15 / 1e-4
                assert slope == pytest.approx(here.pad_pressure, rel=1e-5)
    assert seen >= {"free", "wall", "rim", "rimline", "spread", "s_wall", "s_rim", "s_spread", "sv_wall", "sv_rim"}


def like_it(well, volume, wells, angle):
    """The state of another volume in the same family; None beyond the family's end."""
    try:
        return in_hollow(volume, 1e-4, stairs(wells), angle, GAMMA, RHO, like=well)
    except NoEquilibriumError:
        return None


def stairs(wells):
    corners, level = [], 0.0
    for radius, depth in wells:
        corners += [(radius, level), (radius, level + depth)]
        level += depth
    return np.array([*corners, (40 * wells[-1][0], level)])


def _outline(wells, pad, well):
    """The liquid's boundary from the pad's edge to the apex: surfaces, and the walls between their ends."""
    wall = np.array([(pad, 0.0), *stairs(wells)])
    here, parts = np.array([pad, 0.0]), []
    for surface in (*well.ring_meridians(), well.meridian()):
        parts += [_along(wall, here, surface[0]), surface]
        here = surface[-1]
    return np.vstack(parts)


def _along(wall, begin, end):
    """Corners of a stair between two points of it, with the points; on a stair r + z grows from corner to corner."""
    inside = [corner for corner in wall if begin.sum() < corner.sum() < end.sum()]
    return np.array([begin, *inside, end])


def test_without_weight_a_cap_stands_on_a_column():
    a, depth, angle = 50e-6, 80e-6, math.radians(135)
    volume = 4e-13
    found = in_well(volume, a, [(a, depth)], angle, GAMMA, 0.0, start="wetted")
    dome = a * math.tan(math.radians(45) / 2)
    column = (volume - math.pi * dome * (3 * a * a + dome * dome) / 6) / (math.pi * a * a)
    assert found.regime == "wall" and found.height == pytest.approx(column + dome, rel=1e-10)


def test_without_weight_a_leaning_wall_lowers_the_slope_by_its_lean():
    a, lean, angle = 50e-6, math.radians(70), math.radians(130)
    height = 60e-6
    wall = np.array([(a, 0.0), (a + height / math.tan(lean), height), (5e-4, height)])
    found = in_hollow(3.5e-13, a, wall, angle, GAMMA, 0.0, start="wetted")
    radius, level = found.contact_line
    assert found.regime == "wall" and radius == pytest.approx(a + level / math.tan(lean), rel=1e-10)
    assert found.height - level == pytest.approx(radius * math.tan((angle - lean) / 2), rel=1e-9)


def test_a_free_drop_is_the_pinned_drop():
    volume = 5e-13
    found = in_well(volume, 5e-5, [(2e-4, 1e-4)], math.radians(130), GAMMA, 0.0)
    assert found.regime == "free" and found.height == pytest.approx(float(truncated_sphere(volume, 5e-5).height), rel=1e-10)


def test_height_and_energy_go_on_from_regime_to_regime():
    wells = [(1e-4, 4e-5), (1.6e-4, 8e-5)]
    volumes = np.linspace(2e-13, 3e-11, 30)
    found = [in_well(v, 1e-4, wells, math.radians(120), GAMMA, RHO, start="wetted") for v in volumes]
    assert len({w.regime for w in found}) >= 5
    energies = np.array([w.energy for w in found])
    # where a state gives way to another its energy may fall, but by no more than a few percent of the whole
    assert np.all(np.diff(energies) > -0.05 * energies[1:])


def test_plated_solder_stays_at_the_wall_that_a_ball_would_not_touch():
    volume, wells, angle = 2.5e-12, [(1.15e-4, 1.5e-4)], math.radians(120)
    ball = in_well(volume, 1e-4, wells, angle, GAMMA, RHO, start="free")
    plated = in_well(volume, 1e-4, wells, angle, GAMMA, RHO, start="wetted")
    assert ball.regime == "free" and plated.regime == "wall"
    assert [w.regime for w in ball.others] == ["wall"] and [w.regime for w in plated.others] == ["free"]
    assert plated.energy < ball.energy and plated.wet_area > ball.wet_area == 0


def test_a_swelling_drop_stops_on_the_ledge_and_plated_solder_on_the_upper_wall():
    volume, wells, angle = 8e-12, [(1e-4, 4e-5), (1.6e-4, 8e-5)], math.radians(120)
    swollen = in_well(volume, 1e-4, wells, angle, GAMMA, RHO, start="free")
    plated = in_well(volume, 1e-4, wells, angle, GAMMA, RHO, start="wetted")
    assert swollen.regime == "spread" and plated.regime == "s_wall"
    assert swollen.wet_area < plated.wet_area


@pytest.mark.parametrize(("degrees", "regime"), [(134.0, "s_wall"), (136.0, "sv_wall")])
def test_gas_enters_a_square_corner_beyond_135_degrees(degrees, regime):
    # Concus and Finn: two angles of 135 degrees are 180 and the corner's 90
    found = in_well(9e-12, 1e-4, [(1e-4, 4e-5), (1.6e-4, 9e-5)], math.radians(degrees), GAMMA, RHO, start="wetted")
    assert found.regime == regime
    if regime == "sv_wall":  # little gas: its line lies on the ledge, at the wall's own angle
        assert 1.5e-4 < found.ring_start[0] < 1.6e-4
        assert found.pad_angle == pytest.approx(math.radians(degrees), abs=1e-12)


def test_a_ring_of_gas_without_weight_is_a_part_of_a_circle_where_its_radius_is_large():
    # in a gap so narrow the ring's section is a circle, from the pad's edge to a wall met at 180 degrees
    a, gap = 1e-3, 1e-6
    found = in_well(3e-9, a, [(a + gap, 1e-3)], math.pi, GAMMA, 0.0, start="wetted")
    size = 1 / (found.pad_pressure / GAMMA - 1 / a)
    assert found.regime == "wall"
    # the circle reaches the wall sqrt(2 gap R - gap^2) above the floor; the change of 1/r over the gap is left out: gap / a
    assert found.ring_line[1] == pytest.approx(math.sqrt(2 * gap * size - gap**2), rel=2 * gap / a)


def test_a_floor_stays_dry_until_the_pads_edge_needs_its_angle():
    wall = stairs([(2e-4, 1e-4)])
    given = (2e-11, 1e-4, wall, math.radians(150), GAMMA, RHO)
    dry = in_hollow(*given)
    assert dry.regime == "free" and 0 < math.degrees(dry.pad_angle) < 150
    assert in_hollow(*given, floor_angle=dry.pad_angle + 1e-6).height == pytest.approx(dry.height, rel=1e-12)
    wet = in_hollow(*given, floor_angle=dry.pad_angle - 1e-2)
    assert wet.regime == "spread" and wet.contact_line[0] > 1e-4 and wet.contact_line[1] == 0
    assert wet.slope == pytest.approx(dry.pad_angle - 1e-2, abs=1e-12)


def test_a_tip_can_only_push():
    found = in_well(3e-11, 1e-4, [(1.15e-4, 1e-4)], math.pi, GAMMA, RHO)
    (ring,) = found.ring_meridians()
    arriving = math.atan2(*(ring[-1] - ring[-2])[::-1])
    assert found.regime == "rimline" and found.wet_area == 0 and found.wetted_wall_height == 0
    assert math.pi - found.slope < arriving


def test_rings_of_gas_lie_over_one_another():
    found = in_well(1.3e-11, 1e-4, [(1.1e-4, 3e-5), (1.4e-4, 7e-5)], math.radians(150), GAMMA, RHO)
    assert found.regime == "sv_rim" and len(found.ring_meridians()) == 2
    with pytest.raises(ValueError, match="lie over one another"):
        found.ring_meridian()


def test_a_drop_swells_without_a_gap_in_its_states():
    # an opening wider than the pad, from a free drop to one far over the rim; where it jumps it loses energy
    wells, volumes = [(1.15e-4, 1e-4)], np.geomspace(1e-13, 1e-10, 80)
    found = [in_well(v, 1e-4, wells, math.radians(150), GAMMA, RHO) for v in volumes]
    assert np.all(np.diff([sum(w.contact_line) for w in found]) > -1e-15), "its line of contact only advances"
    for low, high, swollen in zip(found, found[1:], np.diff(volumes), strict=False):
        # dE = p dV; the pressure's peak, at half a sphere, may lie between two volumes and then passes both ends by up to 0.5 %
        assert high.energy - low.energy <= max(low.pad_pressure, high.pad_pressure) * swollen * 1.005


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_walls_of_any_lean_hold_any_volume(seed):
    rng = np.random.default_rng(seed)
    for _ in range(120):
        a, radius, level, corners = 10 ** rng.uniform(-5, -2.7), 1 + max(0.0, rng.uniform(-0.5, 0.5)), 0.0, []
        for _ in range(rng.integers(1, 4)):
            depth, lean = rng.uniform(0.1, 1.5), rng.normal(0, 0.1)
            top = max(radius + lean * depth, 0.97 * radius)
            corners += [(radius, level), (top, level + depth)]
            radius, level = top + rng.uniform(0.05, 1), level + depth
        wall = np.array([*corners, (60.0, level)]) * a
        angle = rng.uniform(math.pi / 2, math.pi)
        volume = 10 ** rng.uniform(-2, 1.7) * a**3
        found = in_hollow(volume, a, wall, angle, 0.5, 7000.0, start=str(rng.choice(["free", "wetted"])))
        assert all(np.isfinite([w.height, w.energy, w.pad_pressure, w.max_radius]).all() for w in (found, *found.others))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"volume": 0.0}, "volume must be a positive"),
        ({"volume": float("nan")}, "volume must be a positive"),
        ({"pad_radius": 2e-4}, "inside the pad"),
        ({"wells": []}, "needs its radius"),
        ({"wells": [(2e-4, 1e-5), (1e-4, 1e-5)]}, "narrow upwards"),
        ({"wall_angle": math.radians(60)}, "on the wall must lie between 90 and 180"),
        ({"gravity": -9.8}, "faces up"),
        ({"start": "wet"}, "must be"),
        ({"surface_tension": 0.0}, "surface tension"),
    ],
)
def test_what_is_out_of_range_is_said(change, message):
    given = {
        "volume": 2e-12,
        "pad_radius": 1e-4,
        "wells": [(1.2e-4, 1e-4)],
        "wall_angle": math.radians(130),
        "surface_tension": GAMMA,
        "density": RHO,
    }
    with pytest.raises(ValueError, match=message):
        in_well(**{**given, **change})


def test_more_than_any_state_holds_is_said():
    wall = np.array([(1e-4, 0.0), (1e-4, 5e-5), (1.2e-4, 5e-5)])
    with pytest.raises(NoEquilibriumError, match="run over the end of the walls"):
        in_hollow(1e-10, 1e-4, wall, math.radians(130), GAMMA, RHO, start="wetted")
