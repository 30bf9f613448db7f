"""What the facets of a drawn circle do to its width."""

from __future__ import annotations

import math

import pytest
import shapely

from waferbump.layout.facets import facets


def ring(radius: float, sides: int, grid: float = 1e-9) -> shapely.Polygon:
    turn = 2.0 * math.pi / sides
    corners = [(radius * math.cos(turn * k), radius * math.sin(turn * k)) for k in range(sides)]
    return shapely.Polygon([(round(x / grid) * grid, round(y / grid) * grid) for x, y in corners])


@pytest.mark.parametrize("sides", [8, 12, 36, 64, 128])
def test_the_three_widths_of_an_inscribed_polygon(sides) -> None:
    measured = facets(ring(125e-6, sides), 1e-9)
    assert (measured.corners, measured.regular) == (sides, True)
    # corners are rounded to 1 nm: each width is right to 2 nm
    assert measured.across_corners == pytest.approx(250e-6, abs=2e-9)
    assert measured.across_flats == pytest.approx(250e-6 * math.cos(math.pi / sides), abs=2e-9)
    assert measured.equal_area == pytest.approx(250e-6 * math.sqrt(sides * math.sin(2 * math.pi / sides) / (2 * math.pi)), abs=2e-9)
    assert measured.nominal == 250e-6
    assert measured.nominal_is == "across corners"


def test_a_circumscribed_polygon_has_its_nominal_across_flats() -> None:
    measured = facets(ring(125e-6 / math.cos(math.pi / 36), 36), 1e-9)
    assert (measured.nominal, measured.nominal_is) == (250e-6, "across flats")


def test_a_circle_of_no_whole_width_has_its_equal_area_for_nominal() -> None:
    measured = facets(ring(125.2e-6, 36), 1e-9)
    assert (measured.nominal, measured.nominal_is) == (measured.equal_area, "equal area")


def test_a_square_an_oblong_and_a_chamfered_square_are_not_round() -> None:
    assert facets(shapely.box(0, 0, 4e-5, 4e-5), 1e-9).regular  # a square is a regular polygon …
    assert facets(shapely.box(0, 0, 4e-5, 4e-5), 1e-9).nominal_is == "equal area"  # … but stands for no circle
    assert not facets(shapely.box(0, 0, 4e-5, 8e-5), 1e-9).regular
    chamfered = shapely.box(-2e-5, -2e-5, 2e-5, 2e-5) & shapely.Polygon([(2.9e-5, 0), (0, 2.9e-5), (-2.9e-5, 0), (0, -2.9e-5)])
    assert not facets(chamfered, 1e-9).regular


def test_the_middle_of_a_side_is_no_corner_of_a_regular_polygon() -> None:
    corners = list(ring(125e-6, 36).exterior.coords)[:-1]
    middle = tuple((a + b) / 2 for a, b in zip(corners[0], corners[1], strict=True))
    assert not facets(shapely.Polygon([corners[0], middle, *corners[1:]]), 1e-9).regular
