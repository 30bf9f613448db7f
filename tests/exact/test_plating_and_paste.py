"""Faraday, Steiner, mixing and rest heights against closed forms and tabulated rates."""

import numpy as np
import pytest

from waferbump.materials import library
from waferbump.physics.alloys import ideal_density, mixed
from waferbump.physics.electroplating import charge_per_mass, faraday_thickness, mushroom_volume
from waferbump.physics.paste import metal_volume_fraction
from waferbump.physics.placement import ball_underside, rest_height


# um/min at 1 A/dm^2 and full efficiency; the tabulated rates were computed from ideal-mixing densities: agreement to the densities' 0.6 %
@pytest.mark.parametrize(
    ("name", "rate"), [("Sn3.5Ag", 0.509), ("63Sn37Pb", 0.522), ("95Pb5Sn", 0.563), ("80Au20Sn", 0.576), ("In", 0.326), ("Cu", 0.2205)]
)
def test_faraday_rates(name, rate):
    material = library()[name]
    parts = dict(material.composition)
    mass = {e: library().element(e).number("molar_mass") for e in parts}
    electrons = {e: int(library().element(e).number("plating_electrons")) for e in parts}
    found = faraday_thickness(100.0, 60.0, 1.0, material.number("density"), charge_per_mass(parts, mass, electrons))
    assert float(found) * 1e6 == pytest.approx(rate, rel=6e-3)


def test_mushroom_limits():
    a = 4e-5
    assert float(mushroom_volume(a, 0.0)) == 0.0
    s = 1e-12
    assert float(mushroom_volume(a, s)) / s == pytest.approx(np.pi * a**2, rel=1e-6)  # starts as a flat disc
    assert float(mushroom_volume(0.0, a)) == pytest.approx(2 / 3 * np.pi * a**3)  # from a point: half a sphere
    assert float(mushroom_volume(1.0, 0.5)) == pytest.approx(np.pi * 0.5 + np.pi**2 * 0.125 + 2 * np.pi / 24, rel=1e-14)


def test_paste_fractions():
    assert metal_volume_fraction(0.90, 8400, 1000) == pytest.approx(0.517, abs=5e-4)
    assert metal_volume_fraction(0.89, 7380, 1000) == pytest.approx(0.523, abs=5e-4)
    assert metal_volume_fraction(1.0, 8400, 1000) == 1.0
    with pytest.raises(ValueError, match="between 0 and 1"):
        metal_volume_fraction(1.2, 8400, 1000)


def test_fusing_conserves_every_element():
    parts = [(2.0, {"Sn": 0.63, "Pb": 0.37}), (1.0, {"Sn": 0.965, "Ag": 0.03, "Cu": 0.005})]
    whole = mixed(parts)
    assert sum(whole.values()) == pytest.approx(1.0, abs=1e-15)
    for element in ("Sn", "Pb", "Ag", "Cu"):
        assert whole[element] * 3 == pytest.approx(sum(m * c.get(element, 0.0) for m, c in parts), rel=1e-14)


def test_ideal_mixing_adds_volumes():
    density = {"A": 2.0, "B": 8.0}
    assert ideal_density({"A": 0.5, "B": 0.5}, density) == pytest.approx(1 / (0.25 + 0.0625))


def test_a_ball_in_a_dip_rests_on_the_rim_or_on_the_floor():
    r, z = ball_underside(100e-6)
    dip = np.array([0.0, 20e-6, 20e-6, 60e-6]), np.array([0.0, 0.0, 10e-6, 10e-6])
    rest, touch = rest_height(r, z, *dip)
    sag = 50e-6 - np.sqrt(50e-6**2 - 20e-6**2)  # 4.17 um: less than the dip's 10 um, so the rim holds it
    assert rest == pytest.approx(10e-6 - sag, abs=2e-9)  # chord error of the outline is 1 nm
    assert touch == pytest.approx(20e-6)
    shallow = np.array([0.0, 20e-6, 20e-6, 60e-6]), np.array([0.0, 0.0, 2e-6, 2e-6])
    rest, touch = rest_height(r, z, *shallow)
    assert (rest, touch) == (0.0, 0.0)
