"""The global model against the free mismatch, Timoshenko's bow, Suhir's strip and its own symmetry."""

import numpy as np
import pytest

from waferbump.package.global_model import GlobalModelError, Plate, global_model
from waferbump.physics.package_bow import bimetal, effective_modulus, interface_compliance, relative_displacement

CHANGE, MISMATCH = -165.0, 13.4e-6


def die(x=10e-3, y=10e-3, poisson=0.28):
    return Plate((x, y), 0.4e-3, 169e9, poisson, 2.6e-6)


def board(x=30e-3, y=30e-3, poisson=0.2):
    return Plate((x, y), 1e-3, 22e9, poisson, 16e-6)


def spring(lateral, axial=1e7, tilt=0.0):
    return np.diag([lateral, lateral, axial, tilt, tilt, 0.0])


def test_very_soft_joints_see_the_free_mismatch():
    found = global_model(die(), board(), 0.5e-3, (19, 19), spring(1.0, 1e4), 0.2e-3, CHANGE)
    # what springs of 1 N/m do to die and board: k l^2 lambda / p^2 = 2e-5
    assert np.allclose(found.lateral, MISMATCH * CHANGE * found.positions, rtol=2e-5, atol=1e-13)
    assert found.positions[found.worst] == pytest.approx([4.5e-3, 4.5e-3])
    assert np.abs(found.axial).max() < 1e-9 and abs(found.bow) < 1e-9


def test_firm_joints_make_timoshenkos_plate():
    pair = die(), board(10e-3, 10e-3)
    found = global_model(*pair, 0.5e-3, (19, 19), spring(1e12, 1e12, 1e6), 0.0, CHANGE)
    moduli = effective_modulus(169e9, 0.28), effective_modulus(22e9, 0.2)
    expected = bimetal(moduli, (0.4e-3, 1e-3), (2.6e-6, 16e-6), CHANGE).curvature
    w, x = found.die.motion[:, 0, 2], found.die.x
    # within 1.5 mm of the middle, three thicknesses from any edge
    assert 2 * (w[3] - w[0]) / x[3] ** 2 == pytest.approx(expected, rel=2e-3)
    assert found.bow * expected > 0


@pytest.mark.parametrize("lateral", [1e3, 1e5, 1e6])
def test_a_row_of_joints_is_suhirs_strip(lateral):
    pair = die(20e-3, 0.5e-3, 0.0), board(20e-3, 0.5e-3, 0.0)
    found = global_model(*pair, 0.5e-3, (39, 1), spring(lateral, 1e9), 0.2e-3, CHANGE, refine=2)
    compliance = interface_compliance((169e9, 22e9), (0.4e-3, 1e-3), 0.2e-3)
    # joint by joint: between two, the mismatch grows by the free strain less lambda times the force that those farther out carry
    shift = found.lateral[:, 0]
    carried = np.cumsum(shift[::-1])[::-1][1:] * lateral / 0.5e-3
    grown = 0.5e-3 * (MISMATCH * CHANGE - compliance * carried)
    # but for the last two, whose plates part between the joints (peel), which the strip leaves out
    assert np.diff(shift)[:-2] == pytest.approx(grown[:-2], rel=0.02, abs=0.02 * abs(shift[-1]))
    # and smeared, as Suhir has it: the end joint stands half a pitch inside the smeared layer's end, k p / 2 = 0.24 of it at the stiffest
    expected = relative_displacement(found.positions[:, 0], 9.75e-3, lateral / 0.25e-6, compliance, MISMATCH * CHANGE)
    assert shift[-1] == pytest.approx(expected[-1], rel=0.05)


def test_a_square_package_mirrors_itself_in_its_diagonal():
    found = global_model(die(), board(), 0.5e-3, (10, 10), spring(2e6, 8e6, 0.02), 0.2e-3, CHANGE)
    across = found.lateral.reshape(5, 5, 2)
    assert np.allclose(across, across.transpose(1, 0, 2)[..., ::-1], rtol=1e-9, atol=1e-17)
    assert np.allclose(found.axial.reshape(5, 5), found.axial.reshape(5, 5).T, rtol=1e-7, atol=1e-15)
    # even rows stand half a pitch off the middle
    assert found.positions.min() == pytest.approx(0.25e-3)


def test_the_joints_pull_no_harder_up_than_down():
    found = global_model(die(), board(), 0.5e-3, (19, 19), spring(2e6, 8e6, 0.02), 0.2e-3, CHANGE)
    share = np.where(found.positions == 0, 0.5, 1.0).prod(1)
    vertical = found.force[:, 2] * share
    assert abs(vertical.sum()) < 1e-6 * np.abs(vertical).sum()


def test_finer_plates_agree():
    coarse, fine = (
        global_model(die(), board(), 0.5e-3, (19, 19), spring(2e6, 8e6, 0.02), 0.2e-3, CHANGE, refine=refine) for refine in (1, 2)
    )
    # one element a pitch under a point of joint; bilinear elements, so a quarter of this is left at two
    assert coarse.lateral[coarse.worst] == pytest.approx(fine.lateral[fine.worst], rel=0.08)


def test_other_temperatures_by_proportion_and_a_boundary_to_cut():
    found = global_model(die(), board(), 0.5e-3, (19, 19), spring(2e6, 8e6, 0.02), 0.2e-3, CHANGE)
    hot = found.at(60.0)
    assert hot.lateral == pytest.approx(found.lateral * 60.0 / CHANGE, rel=1e-12) and hot.temperature_change == 60.0
    worst = found.positions[found.worst]
    lower = found.die.displacement(np.array([[*worst, 0.0]]))[0]
    upper = found.board.displacement(np.array([[*worst, found.height]]))[0]
    # carried up by the die's tilt over the joint's height
    i, j = np.argmin(np.abs(found.die.x - worst[0])), np.argmin(np.abs(found.die.y - worst[1]))
    turn = found.die.motion[i, j, 3:]
    rise = found.height * np.array([turn[1], -turn[0]])
    assert upper[:2] - lower[:2] - rise == pytest.approx(found.lateral[found.worst], rel=1e-9)
    mirrored = found.die.displacement(np.array([[-worst[0], worst[1], 0.0]]))[0]
    assert mirrored == pytest.approx(lower * [-1, 1, 1], rel=1e-12)
    with pytest.raises(GlobalModelError, match="beyond"):
        found.die.displacement(np.array([[6e-3, 0.0, 0.0]]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rows": (23, 23)}, "23 rows"),
        ({"spring": np.zeros((6, 6))}, "above zero"),
        ({"spring": np.triu(np.ones((6, 6)))}, "symmetric"),
        ({"temperature_change": 0.0}, "change of temperature"),
        ({"board": board(5e-3, 5e-3)}, "wider than die or board"),
    ],
)
def test_what_cannot_be_is_refused(change, words):
    given = {"die": die(), "board": board(), "pitch": 0.5e-3, "rows": (19, 19), "spring": spring(1e6), "height": 0.2e-3,
             "temperature_change": CHANGE} | change  # fmt: skip
    with pytest.raises(GlobalModelError, match=words):
        global_model(**given)


def test_a_plate_has_a_body():
    with pytest.raises(GlobalModelError, match="above zero"):
        Plate((1.0, 1.0), 0.0, 1.0, 0.3, 0.0)


@pytest.mark.parametrize("lateral", [1e4, 1e5, 1e6])
def test_the_corner_of_a_square_sees_a_strip_both_ways_where_board_and_die_are_of_a_size(lateral):
    found, wide = (global_model(die(), other, 0.5e-3, (19, 19), spring(lateral, 1e7, 0.02), 0.2e-3, CHANGE)
                   for other in (board(10e-3, 10e-3), board()))  # fmt: skip
    compliance = interface_compliance((effective_modulus(169e9, 0.28), effective_modulus(22e9, 0.2)), (0.4e-3, 1e-3), 0.2e-3)
    strip = np.sqrt(2) * relative_displacement(4.5e-3, 4.5e-3, lateral / 0.25e-6, compliance, MISMATCH * CHANGE)
    corner, corner_wide = (np.linalg.norm(one.lateral[one.worst]) for one in (found, wide))
    # Suhir's strip is one-dimensional and smeared: a quarter off at the stiffest, and nearer where joints are soft
    assert corner == pytest.approx(abs(strip), rel=0.3)
    # a board that reaches beyond its die bows less and leaves its joints more
    assert corner < corner_wide < 2 * corner
