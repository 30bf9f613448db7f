"""Openings are compared where two masks meet, so that leaning walls do not pass for a stair."""

from math import pi, tan

import pytest

from waferbump.claims.structures import Ledge, larger
from waferbump.claims.trace import LEDGE, NotShown, at_axis, at_edge
from waferbump.geometry.ledges import ledge as ledge_at
from waferbump.geometry.section import Section

LEAN = 85 * pi / 180


def stack(lower: float, upper: float, *, first_alone: bool = False) -> Section:
    """Two masks of 30 um each, opened to radii [m] at their middle heights; with first_alone, the upper one comes after."""
    section = Section.blank("axisymmetric", 75e-6, material="Si", thickness=725e-6).coated("one", "resist", 30e-6)
    if first_alone:
        section = section.opened({"one": ((0.0, lower),)}, at=15e-6, angles=LEAN).coated("two", "resist", 60e-6)
        return section.opened({"two": ((0.0, upper),)}, at=45e-6, angles=LEAN)
    section = section.coated("two", "resist", 60e-6).opened({"two": ((0.0, upper),)}, at=45e-6, angles=LEAN)
    return section.opened({"one": ((0.0, lower),)}, at=15e-6, angles=LEAN)


LEANS_BY = 15e-6 / tan(LEAN)  # m, of a wall over half a mask's thickness


@pytest.mark.parametrize(("lower", "upper"), [(30e-6, 40e-6), (36e-6, 40e-6)])
def test_a_stair(lower, upper):
    z, below, above = ledge_at(stack(lower, upper), "one", "two")
    # 10 nm beside the interface a wall of 85 degrees has moved by 0.9 nm
    assert z == pytest.approx(30e-6, abs=1e-9)
    assert below == pytest.approx(lower + LEANS_BY, abs=2e-9)
    assert above == pytest.approx(upper - LEANS_BY, abs=2e-9)


def test_equal_openings_with_leaning_walls_are_no_larger():
    # at their middle heights the openings differ by 2.6 um; where they meet they do not
    ledge = Ledge("one", "two", *ledge_at(stack(40e-6 - LEANS_BY, 40e-6 + LEANS_BY), "one", "two"), LEDGE)
    assert abs(ledge.step) < 5e-9
    with pytest.raises(NotShown, match="not larger"):
        larger(ledge)


def test_an_upper_mask_that_reaches_into_the_lower_opening_is_read_at_the_rim():
    z, below, above = ledge_at(stack(40e-6, 30e-6, first_alone=True), "one", "two")
    assert z == pytest.approx(30e-6, abs=1e-9)
    assert below == pytest.approx(40e-6 + LEANS_BY, abs=2e-9)
    assert above == pytest.approx(30e-6 - LEANS_BY, abs=2e-9)
    with pytest.raises(NotShown):
        larger(Ledge("one", "two", z, below, above, LEDGE))


@pytest.mark.parametrize(("step", "is_larger"), [(0.05e-6, False), (0.15e-6, True)])
def test_a_step_below_a_tenth_of_a_micrometre_is_none(step, is_larger):
    ledge = Ledge("one", "two", 0.0, 30e-6, 30e-6 + step, LEDGE)
    if is_larger:
        assert "30.15 um" in larger(ledge)
    else:
        with pytest.raises(NotShown):
            larger(ledge)


def test_ends_of_the_cell():
    section = stack(30e-6, 40e-6)
    assert at_edge(section, "one") and not at_axis(section, "one")
    assert at_axis(section, "carrier")
