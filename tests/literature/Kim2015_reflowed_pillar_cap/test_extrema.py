"""Kim et al., Korean J. Met. Mater. 53(7) 495 (2015), abstract: plated tin caps of height t on pillars of diameter D, reflowed.

Reported: the reflowed radius is smallest, and the gain in height largest, at t = D/3. Read in the abstract only; measured heights
and their scatter were not seen, so this checks the position of the extrema, not heights.
"""

import numpy as np
import pytest

from waferbump.physics.capillary import truncated_sphere

DIAMETER = 50e-6


def test_extrema_lie_at_a_third_of_the_diameter():
    t = DIAMETER * np.linspace(0.05, 1.0, 20001)
    cap = truncated_sphere(np.pi * DIAMETER**2 / 4 * t, DIAMETER / 2)
    tallest_gain = t[np.argmax(cap.height - t)] / DIAMETER
    smallest_sphere = t[np.argmin(cap.sphere_radius)] / DIAMETER
    # the sampling is 5e-5 of D; the paper states the ratio as 1/3 without a spread
    assert tallest_gain == pytest.approx(1 / 3, abs=2e-4)
    assert smallest_sphere == pytest.approx(1 / 3, abs=2e-4)
