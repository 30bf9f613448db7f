"""The whole chain from mask to developed wall: an independent table of radii, limits, orders, and the same thing in three dimensions."""

from dataclasses import replace

import numpy as np
import pytest

from waferbump.physics.light import Light, PatterningError
from waferbump.physics.optics import LinearMask, PlaneMask, RoundMask
from waferbump.physics.patterning import development, flat_cut, image_of, latent_image
from waferbump.physics.patterning_block import block_development
from waferbump.physics.resist import MackRate, ResistParameters

UM = 1e-6
LINES, WEIGHTS = (365e-9, 405e-9, 436e-9), (0.40, 0.25, 0.35)
HOLE = RoundMask((40 * UM,), (1.0,), 0.0)
DOSE = 4000.0  # J/m^2


def resist(sensitivity=1.0, tone="positive", threshold=0.4):
    chemistry = "inhibitor" if tone == "positive" else "crosslinking"
    rate = MackRate(0.25 * UM, 3e-4 * UM, threshold, 4.0)
    return ResistParameters(tone, chemistry, (1.63,) * 3, (0.015e6,) * 3, (0.010e6,) * 3, (6e-4 * sensitivity,) * 3, rate)


def aligner(gap, degrees):
    return Light("aligner", LINES, WEIGHTS, gap=gap, divergence=np.deg2rad(degrees))


def stack(upper, lower, mask=HOLE, light=None, *, spacing=0.5 * UM, dose=DOSE, heights=(30 * UM, 30 * UM)):
    cut = flat_cut(heights, 75 * UM, spacing)
    resists = (upper, lower)[: len(heights)]
    light = light or aligner(20 * UM, 2)
    image = image_of(cut, resists, mask, light)
    return development(cut, resists, latent_image(cut, resists, image, light, dose, surface=False))


def radii(front, over=1.3):
    time = over * front.time_to_floor(0)
    return front.wall(0, 15 * UM, time) / UM, front.wall(1, 45 * UM, time) / UM


# An independent program's radii halfway up the upper and the lower layer [um]: same inputs, its own grid of 0.5 um (contour error 0.15 to
# 0.2 um), numpy and a fast-marching library. Upper layer S times as sensitive as the lower; developed 1.3 times the time to the floor.
INDEPENDENT = [
    ((0, 0), 1, 40.6, 40.0), ((0, 0), 2, 41.1, 40.0), ((0, 0), 4, 41.6, 40.1),
    ((20, 2), 1, 41.1, 40.1), ((20, 2), 2, 42.0, 40.1), ((20, 2), 4, 42.9, 40.2),
    ((50, 2), 1, 41.6, 40.2), ((50, 2), 2, 42.7, 40.2), ((50, 2), 4, 44.1, 40.4),
    ((100, 2), 1, 42.2, 40.3), ((100, 2), 2, 43.8, 40.4), ((100, 2), 4, 45.5, 40.6),
    ((200, 3), 1, 45.2, 40.9), ((200, 3), 2, 47.6, 41.3), ((200, 3), 4, 49.9, 41.8),
]  # fmt: skip
GREY = [
    (0.15, 1, 42.7, 41.5), (0.15, 2, 49.4, 41.6), (0.15, 4, 50.4, 41.7),
    (0.25, 1, 49.1, 42.3), (0.25, 2, 50.2, 42.4), (0.25, 4, 51.1, 42.6),
    (0.35, 1, 49.7, 43.2), (0.35, 2, 50.6, 43.4), (0.35, 4, 51.5, 43.8),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "ratio", "upper", "lower"), INDEPENDENT)
def test_radii_of_an_independent_program(tool, ratio, upper, lower):
    found = radii(stack(resist(ratio), resist(), light=aligner(tool[0] * UM, tool[1])))
    assert found == pytest.approx((upper, lower), abs=0.3)  # its own error, and the table's last digit


@pytest.mark.parametrize(("transmission", "ratio", "upper", "lower"), GREY)
def test_radii_of_an_independent_program_behind_a_grey_ring(transmission, ratio, upper, lower):
    mask = RoundMask((40 * UM, 50 * UM), (1.0, transmission), 0.0)
    assert radii(stack(resist(ratio), resist(), mask)) == pytest.approx((upper, lower), abs=0.3)


@pytest.mark.parametrize(("aperture", "focus", "ratio", "step"), [(0.16, 30, 2, 0.85), (0.16, 30, 4, 1.2), (0.16, 60, 2, 2.2),
                                                                  (0.16, 60, 4, 3.0), (0.10, 60, 2, 1.6), (0.10, 60, 4, 2.2)])  # fmt: skip
def test_steps_of_an_independent_program_under_a_stepper(aperture, focus, ratio, step):
    # it took defocus for a shift of discs and does not name the source's size, which moves these by up to 0.15 um
    light = Light("stepper", LINES, WEIGHTS, numerical_aperture=aperture, coherence=0.5, focus=focus * UM)
    upper, lower = radii(stack(resist(ratio), resist(), light=light))
    assert upper - lower == pytest.approx(step, abs=0.3)


def test_walls_settle_as_the_grid_is_refined():
    found = [np.array(radii(stack(resist(4), resist(), spacing=h * UM))) for h in (1.0, 0.5, 0.25, 0.125)]
    off = [abs(f - found[-1]).max() for f in found[:-1]]
    assert off[2] < 0.1  # the reach for 0.25 um
    assert off[0] > off[2]


def test_two_layers_of_one_resist_are_one_layer():
    two = stack(resist(2), resist(2))
    one = stack(resist(2), None, heights=(60 * UM,))
    np.testing.assert_array_equal(two.time, one.time)
    assert abs(two.shelf(0, 1, 30 * UM, 1.3 * two.time_to_floor(0))) == 0.0


def test_a_less_sensitive_lower_layer_makes_a_stair_and_a_more_sensitive_one_an_undercut():
    stair, undercut = stack(resist(4), resist(1)), stack(resist(1), resist(4))
    shelf, overhang = (f.shelf(0, 1, 30 * UM, 1.3 * f.time_to_floor(0)) for f in (stair, undercut))
    assert shelf > 0.5 * UM
    assert overhang < -0.5 * UM


def test_the_other_tone_turns_the_order_round():
    dot = RoundMask((40 * UM,), (0.0,), 1.0)
    made = {}
    for upper, lower in ((8, 2), (2, 8)):
        front = stack(resist(upper, "negative", 0.35), resist(lower, "negative", 0.35), dot, aligner(100 * UM, 2))
        made[upper, lower] = radii(front)
    # positive: the more sensitive layer opens wider. Negative: it keeps more
    assert made[8, 2][0] < made[8, 2][1] - 1.0
    assert made[2, 8][0] > made[2, 8][1] + 1.0


def test_openings_grow_with_dose_and_with_sensitivity():
    by_dose = np.array([radii(stack(resist(2), resist(), dose=d)) for d in (2500.0, 4000.0, 6000.0)])
    by_ratio = np.array([radii(stack(resist(s), resist()))[0] for s in (1.0, 1.5, 2.0, 3.0)])
    assert (np.diff(by_dose, axis=0) > 0).all()
    assert (np.diff(by_ratio) > 0).all()


def test_in_contact_a_ratio_of_four_gives_less_than_two_micrometres():
    front = stack(resist(4), resist(), light=aligner(0.0, 0))
    upper, lower = radii(front)
    assert 0.5 < upper - lower < 2.0


def test_a_grey_ring_gives_a_shelf_of_its_own_width():
    mask = RoundMask((40 * UM, 50 * UM), (1.0, 0.15), 0.0)
    front = stack(resist(4), resist(), mask, spacing=0.25 * UM)
    assert front.shelf(0, 1, 30 * UM, 1.3 * front.time_to_floor(0)) / UM == pytest.approx(7.5, abs=1.0)  # 10 um less both edges' spread


def test_a_slot_opens_as_a_wide_hole_does():
    slot = LinearMask((-40 * UM, 40 * UM), (1.0,), 0.0)
    cut = flat_cut((30 * UM, 30 * UM), 75 * UM, 0.5 * UM, round=False)
    pair, light = (resist(4), resist()), aligner(20 * UM, 2)
    flat = development(cut, pair, latent_image(cut, pair, image_of(cut, pair, slot, light), light, DOSE, surface=False))
    # the edge of a hole of 40 um is bent: s^2 / 2a = 0.02 um for a blur of 1.3 um, more where little light decides; the grid adds 0.04
    assert radii(flat) == pytest.approx(radii(stack(*pair)), abs=0.12)
    assert radii(flat)[0] > radii(stack(*pair))[0]


def test_light_from_the_floor_opens_the_foot():
    cut = flat_cut((30 * UM,), 75 * UM, 0.5 * UM)
    light, walls = aligner(20 * UM, 2), []
    for floor in (0.0, 0.4):
        left = latent_image(cut, (resist(),), image_of(cut, (resist(),), HOLE, light, floor=floor), light, DOSE, surface=False)
        walls.append(development(cut, (resist(),), left).wall(0, 29 * UM, 200.0))
    assert walls[1] > walls[0]


def test_the_surface_throws_its_share_back():
    cut = flat_cut((30 * UM,), 75 * UM, 1 * UM)
    light = aligner(20 * UM, 2)
    image = image_of(cut, (resist(),), HOLE, light)
    part = 1 - ((1.63 - 1) / (1.63 + 1)) ** 2
    through = latent_image(cut, (resist(),), image, light, DOSE)
    inside = latent_image(cut, (resist(),), image, light, DOSE * part, surface=False)
    np.testing.assert_allclose(through, inside, rtol=1e-12)


@pytest.mark.slow
def test_a_cube_by_cube_development_is_the_round_one():
    half, spacing = 75, 1 * UM
    fine = 10  # points a cube's side on which the disc's share of it is counted
    at = (np.arange(half * fine) + 0.5) / fine
    disc = (at[:, None] ** 2 + at[None, :] ** 2 <= 40.0**2).reshape(half, fine, half, fine).mean(axis=(1, 3))
    block = block_development(PlaneMask(disc, spacing), (30 * UM, 30 * UM), (resist(4), resist()), aligner(20 * UM, 2), DOSE,
                              rows=1 * UM, surface=False)  # fmt: skip
    time = 1.3 * block.time[-1, 0, 0]
    front = stack(resist(4), resist(), spacing=0.25 * UM)
    exact = [front.wall(i, depth, 1.3 * front.time_to_floor(0)) for i, depth in ((0, 15 * UM), (1, 45 * UM))]
    for angle in (0.0, np.pi / 8, np.pi / 4):
        for radius, depth in zip(exact, (15 * UM, 45 * UM), strict=True):
            assert block.wall(depth, time, angle) == pytest.approx(radius, abs=0.4 * UM)  # the reach for cubes of 1 um


@pytest.mark.parametrize(("weights", "says"), [((0.5, 0.5), "every line"), ((0.5, 0.2, 0.2), "add up to one")])
def test_a_lamp_whose_shares_do_not_add_up_is_refused(weights, says):
    with pytest.raises(PatterningError, match=says):
        Light("aligner", LINES, weights)
    with pytest.raises(PatterningError, match="aligner or a stepper"):
        replace(aligner(0.0, 0), kind="torch")
