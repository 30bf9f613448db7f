"""Signs that papers report of packages, against the level of springs. No paper was found that gives geometry, materials and life together,
so ratios and signs are all that can be compared; none of them was used to choose a number.

WLCSP25: 2.2 mm die, 5 x 5 balls, -40/125 degC, abstract: 406 um of die last 10 % longer than 356 um. CuPost_4p7x7p1, abstract: bare copper
posts are not better than a standard package. Eidner 2009, abstract: with the bump on a flexible lead over an air gap solder fatigue falls
and the copper line's becomes the failure. Bakir 2003, abstract: an air gap under leads makes them substantially more compliant.
"""

from dataclasses import replace

import pytest

from waferbump.package.cell_points import laws_of
from waferbump.package.reading import read_vehicle
from waferbump.package.sharing import shared_shift
from waferbump.package.sizing import sizes
from waferbump.package.spring_rank import rank_springs

POWER = 2.0  # life over shift: Coffin-Manson's and Darveaux's powers lie between 1.8 and 2.8


@pytest.fixture(scope="module")
def rows():
    vehicle = read_vehicle()
    laws = laws_of(vehicle)
    flows = {label: vehicle.structures[label] for label in ("P0", "P3", "E1", "E6")}
    return {row.label: row for row in rank_springs(vehicle, {k: sizes(f, vehicle, laws.ledger) for k, f in flows.items()}, laws)}


def test_a_flexible_lead_over_an_air_gap_moves_failure_from_the_solder_into_the_line(rows):
    assert rows["P0"].first == "solder" and rows["E1"].first == "line"
    assert rows["E1"].whole.modes["solder"] > 3.0 * rows["P0"].distance  # solder fatigue falls


def test_an_air_gap_makes_the_lead_more_compliant(rows):
    # along and across the lead, and most of all downwards
    for way in ("along", "across", "axial"):
        assert getattr(rows["E1"].whole, way) < 0.5 * getattr(rows["P0"].whole, way)


def test_a_copper_post_is_hardly_better_than_the_plain_bump(rows):
    # the resin that holds it is left out here: a bare post
    assert rows["P3"].distance < 1.25 * rows["P0"].distance


@pytest.mark.parametrize("stiffness", [7e4, 1.5e5, 7e5])  # N/m; a flowing and an elastic joint
def test_a_thicker_die_is_worse_here_and_was_better_on_test_a_known_miss(stiffness):
    lives = []
    for thickness in (356e-6, 406e-6):
        vehicle = read_vehicle()
        vehicle = replace(vehicle, die=replace(vehicle.die, thickness=thickness))
        corner = vehicle.corner_distance(2.5e-3)  # five rows at 500 um
        shift = shared_shift(corner, stiffness, vehicle, laws_of(vehicle), die="Si", stand_off=207e-6)
        lives.append(float(shift) ** -POWER)
    ratio = lives[1] / lives[0]
    assert 0.9 < ratio < 1.0  # measured: 1.10. Stiffness alone says the opposite; not tuned to
