"""What the bumps of an array leave to the corner one: by shear lag, by plates, and back."""

import numpy as np
import pytest

from waferbump.bookkeeping import Ledger
from waferbump.materials import library
from waferbump.package.constitution import Laws
from waferbump.package.reading import read_vehicle
from waferbump.package.sharing import LAG, PLATES, distance_for, shared_shift
from waferbump.package.vehicle import PackageError

DISTANCE = np.array([0.5e-3, 1e-3, 2e-3, 5e-3])


@pytest.fixture(scope="module")
def package():
    vehicle = read_vehicle()
    return vehicle, Laws(Ledger(library()), vehicle.materials)


def share(package, distance, stiffness, **more):
    return shared_shift(distance, stiffness, *package, die="Si", stand_off=0.22e-3, **more)


def back(package, effective, stiffness, **more):
    return distance_for(effective, stiffness, *package, die="Si", stand_off=0.22e-3, **more)


@pytest.mark.parametrize("by", [LAG, PLATES])
def test_soft_bumps_leave_the_corner_all_and_stiff_ones_little(package, by):
    soft, firm = share(package, DISTANCE, 10.0, by=by), share(package, DISTANCE, 1e6, by=by)
    # k^2 e^2 / 3 is lost: 1e-4 of it at 5 mm and 10 N/m
    assert np.allclose(soft, 1.0, atol=2e-3)
    assert np.all(np.diff(firm) < 0.0) and firm[-1] < 0.35


@pytest.mark.parametrize("by", [LAG, PLATES])
def test_the_way_back_ends_where_it_began(package, by):
    ratio = share(package, DISTANCE, 2e5, by=by)
    assert back(package, DISTANCE * ratio, 2e5, by=by) == pytest.approx(DISTANCE, rel=1e-9)


def test_shear_lag_never_lets_a_stiff_bump_be_shifted_far(package):
    assert back(package, 3e-3, [1e5, 1e6], by=LAG).tolist() == [pytest.approx(3.908e-3, rel=1e-3), np.inf]


def test_both_ways_agree_for_soft_bumps_and_within_what_the_boards_width_does_for_stiff_ones(package):
    lag, plates = (share(package, 3.5e-3, [1e4, 1e5, 7e5], by=by) for by in (LAG, PLATES))
    assert plates[:2] == pytest.approx(lag[:2], rel=0.03)
    # a board three times as wide as its die is bent less: the corner sees more, up to twice as much far out (at 14 mm 1.6 times)
    assert 1.0 <= plates[2] / lag[2] < 1.3
    assert 1.3 < float(share(package, 14e-3, 7e5) / share(package, 14e-3, 7e5, by=LAG)) < 2.0


def test_bumps_that_hold_less_along_the_axis_leave_less(package):
    # die and board then bow apart and take up more of the mismatch by bending each by itself
    assert share(package, 5e-3, 2e5, axial=4e3) < share(package, 5e-3, 2e5, axial=1e7)


def test_what_cannot_be_is_refused(package):
    with pytest.raises(PackageError, match="rows of bumps"):
        share(package, 0.1, 1e5)
    with pytest.raises(PackageError, match="shared by"):
        share(package, 1e-3, 1e5, by="guess")
    with pytest.raises(PackageError, match="above zero"):
        share(package, -1e-3, 1e5)
