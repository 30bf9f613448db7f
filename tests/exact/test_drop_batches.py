"""Drops read from tables: their error against the slow solver over the stated domain, and that the shipped tables are the solver's."""

import numpy as np
import pytest

from waferbump.physics.capillary import drop, drop_tables
from waferbump.physics.capillary.batch import read_drops
from waferbump.physics.capillary.drop_solver import PINNED, SOLVED, solve_many
from waferbump.physics.capillary.drop_tables import cap_volume

NAMES = ("height", "max_radius", "contact_angle", "area", "energy", "apex_pressure", "max_radius_height")
ASKED = 1e-6


def drawn(count, seed):
    """Volumes and Bond numbers over the whole domain, by cap angle; of large volumes, as many as can hang or sit within it."""
    random = np.random.default_rng(seed)
    volumes = cap_volume(np.radians(random.uniform(4.3, 175.0, count)))
    bonds = random.uniform(-3, 3, count) * np.where(random.random(count) < 0.4, 1, np.minimum(1, 3 / volumes))
    return volumes, bonds


def errors(count, seed):
    """Largest relative errors of the fields, and how many drops were read; the others are checked to lie outside the domain."""
    volumes, bonds = drawn(count, seed)
    read = np.empty((9, count))
    read_drops(volumes, bonds, read)
    inside = read[0] == SOLVED
    solved = slow(volumes[inside], bonds[inside])
    assert (solved[0] == SOLVED).all()  # nothing is read where no drop is
    solved, read = solved[1:8], read[1:8, inside]
    # the height of the widest place may be zero: its error counts against the drop's height
    scale = np.where(np.arange(7)[:, None] == 6, solved[0], solved)
    some = np.flatnonzero(~inside)[:200]  # those without a shape take the slow solver long
    left = slow(volumes[some], bonds[some])
    within = (left[0] == SOLVED) & (left[3] > np.radians(5)) & (left[3] < np.radians(170))
    assert within.sum() <= 2  # only next to the fold, in 0.16 % of the Bond numbers that hang
    return np.max(np.abs((read - solved) / scale), axis=1), inside.sum()


def slow(volumes, bonds):
    """What the slow solver measures."""
    solved = np.empty((9, len(volumes)))
    solve_many(PINNED, volumes, np.ones(len(volumes)), bonds, solved)
    return solved


def test_tables_agree_with_the_slow_solver():
    found, inside = errors(3200, 3)
    assert inside > 2000
    assert (found < ASKED).all(), dict(zip(NAMES, found, strict=True))


@pytest.mark.slow
def test_tables_agree_with_the_slow_solver_at_many_places():
    found, inside = errors(100_000, 5)
    assert inside > 70_000
    assert (found < ASKED).all(), dict(zip(NAMES, found, strict=True))


def test_the_shipped_tables_are_those_of_the_solver():
    stored = drop_tables.tables()
    with np.load(drop_tables.FILE) as file:
        assert str(file["layout"]) == drop_tables.layout()
    # 1e-9: the solver's own error next to the fold; a change of the solver that matters is far larger
    for i, j in ((0, 3), (6, 0)):
        assert drop_tables.low_cell(i, j) == pytest.approx(stored["low"][i, j], abs=1e-9)
    for i, j in ((0, 0), (4, 5), (12, 2)):
        assert drop_tables.high_cell(i, j, stored["fold"]) == pytest.approx(stored["high"][i, j], abs=1e-9)
    angle = np.radians(100.0)
    low, high = np.radians((drop_tables.HIGH_ANGLES[0], drop_tables.HIGH_ANGLES[-1]))
    fold = np.polynomial.chebyshev.chebval((2 * angle - low - high) / (high - low), stored["fold"])
    assert drop_tables.fold_bond(angle) * cap_volume(angle) == pytest.approx(fold, rel=1e-9)


def test_tables_end_with_coefficients_that_no_longer_matter():
    stored = drop_tables.tables()
    for name in ("low", "high"):
        # a series that falls off geometrically has left out about as much as its last coefficient
        assert max(np.abs(stored[name][..., -1, :]).max(), np.abs(stored[name][..., :, -1]).max()) < ASKED
    assert np.abs(stored["fold"][-3:]).max() < 1e-9 and np.abs(stored["widest"][:, -3:]).max() < 1e-12


def test_outside_the_domain_the_slow_solver_answers():
    # a Bond number of 5, a contact angle of 2 degrees, and one of 175 degrees
    volumes, bonds = np.array([0.5, 0.02, 6000.0]), np.array([5.0, 0.1, 0.0])
    read = np.empty((9, 3))
    read_drops(volumes, bonds, read)
    assert (read[0] != SOLVED).all()
    found = drop(volumes, 1.0, 1.0, 1.0, bonds)
    for i in range(3):
        assert found.height[i] == drop(volumes[i], 1.0, 1.0, 1.0, bonds[i]).height


def test_the_widest_place_has_no_jump_where_the_bulge_begins():
    # contact angles just below and above 90 degrees, and hanging drops whose neck is as narrow as their pad
    for bonds, volumes in ((np.full(2001, 0.5), np.linspace(1.7, 2.2, 2001)), (np.full(2001, -1.0), np.linspace(2.2, 5.2, 2001))):
        widest = drop(volumes, 1.0, 1.0, 1.0, bonds).max_radius
        assert (widest >= 1).all()
        assert np.abs(np.diff(widest)).max() < 2e-3 and (np.diff(widest) >= -1e-9).all()


def test_shapes_broadcast():
    found = drop(np.array([[1e-12], [2e-12]]), np.array([1e-4, 1.1e-4, 1.2e-4]), 0.5, 7000.0)
    for name in (*NAMES, "pad_pressure", "contact_radius", "volume"):
        assert getattr(found, name).shape == (2, 3), name
    assert found.height[1, 2] == pytest.approx(drop(2e-12, 1.2e-4, 0.5, 7000.0).height, rel=ASKED)


def test_drops_do_not_depend_on_how_many_are_asked_for():
    volumes = cap_volume(np.radians(np.linspace(20, 150, 40_000)))  # several slices, on several threads
    together = drop(volumes, 1.0, 1.0, 1.0, 1e-3).height
    assert (together[::4000] == drop(volumes[::4000], 1.0, 1.0, 1.0, 1e-3).height).all()
