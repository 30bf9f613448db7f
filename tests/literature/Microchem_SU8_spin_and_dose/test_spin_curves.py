"""MicroChem SU-8 2000 data sheets: thickness against spin speed of eight products, each with an exponent of its own.

Read off the data sheets' graphs by the makers of the SU-8_calculator (github.com/cristofer-holobetz/SU-8_calculator, commit b75ce2c,
folder assets/spin_curves). Spin time and ramp are not given. Of the same set, 2007 (not monotone) and 2075 (a copy of 2025) are left out.
"""

import numpy as np
import pytest

from waferbump.physics.resist import spin_thickness

SEVEN, FOUR, THREE = [1000, 1500, 2000, 2500, 3000, 3500, 4000], [1000, 2000, 3000, 4000], [1000, 2000, 3000]
TURN_A_MINUTE = 2 * np.pi / 60

# product: speeds [turns a minute], thickness [um], exponent and worst residual of its own power law
PRODUCTS = {
    "2005": (SEVEN, [7.5, 6.0, 5.5, 5.1, 5.0, 4.8, 4.8], 0.316, 0.055),
    "2010": (SEVEN, [20.5, 16, 13.5, 12, 11, 10, 9.6], 0.552, 0.024),
    "2015": (SEVEN, [37.5, 27, 21, 17.5, 16, 14, 13.5], 0.754, 0.050),
    "2025": (FOUR, [80, 41, 28, 22], 0.937, 0.015),
    "2035": (FOUR, [119, 57, 43, 33], 0.917, 0.072),
    "2050": (FOUR, [170, 76, 43, 33], 1.205, 0.055),
    "2100": (THREE, [260, 135, 100], 0.878, 0.035),
    "2150": (THREE, [260, 140, 105], 0.833, 0.031),
}


def fitted(product):
    speed, thickness = (np.array(x, float) for x in PRODUCTS[product][:2])
    slope, level = np.polyfit(np.log(speed), np.log(thickness), 1)
    found = spin_thickness(speed * TURN_A_MINUTE, np.exp(level), TURN_A_MINUTE, -slope)
    return -slope, np.abs(found / thickness - 1).max()


@pytest.mark.parametrize("product", PRODUCTS)
def test_each_product_follows_a_power_law_of_its_own(product):
    exponent, residual = fitted(product)
    assert exponent == pytest.approx(PRODUCTS[product][2], abs=1e-3)  # the fit is as sharp as its rounding
    assert residual == pytest.approx(PRODUCTS[product][3], abs=1e-3)
    assert residual < 0.075  # reading a printed graph; suspect tables included


def test_the_exponent_of_thin_resists_misses_most_of_them():
    # known miss: one half, through each product's own value at 3000 turns a minute, is wrong by this much at 1000
    misses = {}
    for product, (speed, thickness, _, _) in PRODUCTS.items():
        found = spin_thickness(speed[0] * TURN_A_MINUTE, thickness[speed.index(3000)], 3000 * TURN_A_MINUTE, 0.5)
        misses[product] = round(float(found) / thickness[0] - 1, 2)
    expected = {"2005": 0.15, "2010": -0.07, "2015": -0.26, "2025": -0.39, "2035": -0.37, "2050": -0.56, "2100": -0.33, "2150": -0.30}
    assert misses == expected


def test_what_is_suspect_in_the_tables_stays_visible():
    # 2035 and 2050 share two values out of four, 2100 and 2150 their first: readings of a graph may have strayed to the next curve
    assert PRODUCTS["2035"][1][2:] == PRODUCTS["2050"][1][2:] == [43, 33]
    assert PRODUCTS["2100"][1][0] == PRODUCTS["2150"][1][0]
    exponents = [fitted(product)[0] for product in PRODUCTS]
    assert max(exponents) - min(exponents) == pytest.approx(0.889, abs=1e-3)  # no exponent serves all
