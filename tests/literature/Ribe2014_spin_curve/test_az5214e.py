"""J. M. Ribe, NTNU NanoLab process wiki, AZ 5214E: measured thickness at five spin speeds."""

import numpy as np
import pytest

from waferbump.physics.resist import spin_thickness

SPEED = np.array([2000, 3000, 4000, 5000, 6000]) * 2 * np.pi / 60
THICKNESS = np.array([1.98, 1.62, 1.40, 1.25, 1.14]) * 1e-6


def test_one_power_law_holds_for_a_thin_resist():
    exponent = -np.polyfit(np.log(SPEED), np.log(THICKNESS), 1)[0]
    assert exponent == pytest.approx(0.503, abs=0.002)  # the values are given to 1 in 114 to 198
    found = spin_thickness(SPEED, THICKNESS[1], SPEED[1], 0.5)
    np.testing.assert_allclose(found, THICKNESS, rtol=0.01)  # an exponent of one half stays within 1 %, the rounding of the table
