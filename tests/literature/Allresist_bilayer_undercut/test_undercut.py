"""Allresist, "PPA for two-layer applications" (allresist.de/ppa-fuer-zweilagenanwendungen/, read in full): 30 nm PPA on 250 nm AR-P 617.

The lower layer is developed through openings in the upper one, which the developer (isopropanol with 10 % water) does not dissolve:
130 s, 30 % longer than the layer needs, at up to 2.5 nm/s. Measured: 160 nm undercut on each side. Not reported: how many samples, the
profile of the layer, whether the rate was 2.5 nm/s (250 nm in 100 s says so), and how wide the openings were (500 nm each side here).

A known miss: a front that runs equally fast everywhere goes 1.3 times (at the floor) to 2 times (under the cover) as far. In the gap
under the cover developer is used up and stirred away slowly; the model has no transport. The test holds the miss where it is.
"""

import numpy as np
import pytest

from waferbump.physics.front import arrival
from waferbump.physics.front_outline import developed, wall

NM = 1e-9
UPPER, LOWER, RATE, TIME, MEASURED = 30 * NM, 250 * NM, 2.5 * NM, 130.0, 160 * NM
OPENING, CELL = 500 * NM, 5 * NM


def test_an_even_front_undercuts_too_far_by_what_it_does():
    above, below, across = (round(d / CELL) for d in (UPPER, LOWER, 1000 * NM))
    rate = np.full((above + below, across), RATE)
    rate[:above, : round(OPENING / CELL)] = np.inf
    rate[:above, round(OPENING / CELL) :] = 0.0
    depth, x = CELL * np.arange(above + below + 1), CELL * np.arange(across + 1)
    time = arrival(rate, CELL)
    assert time[-1, 0] * 1.3 == pytest.approx(TIME, rel=1e-12)  # "30 % over-developed"
    side = wall(developed(time, depth, x, TIME, rows=(above, above + below)), depth[above], depth[-1], x[-1], margin=0.0)
    under_cover, at_floor = side.top - OPENING, side.bottom - OPENING
    assert under_cover == pytest.approx(325 * NM, abs=1e-3 * NM)  # rate times time along the cover
    assert at_floor == pytest.approx(np.sqrt(325**2 - 250**2) * NM, abs=CELL / 5)  # a circle about the cover's edge
    assert side.angle > np.pi / 2 - 0.5 and side.residue == 0.0
    # the miss, kept in sight
    assert under_cover / MEASURED == pytest.approx(2.03, abs=0.01)
    assert at_floor / MEASURED == pytest.approx(1.30, abs=0.01)
