"""The truncated sphere against solid geometry."""

import numpy as np
import pytest

from waferbump.physics.capillary import cap_meridian, truncated_sphere


def test_volume_comes_back_over_eight_decades():
    radius = np.array([1e-6, 4e-5, 1e-3])[:, None]
    volume = radius**3 * np.logspace(-4, 4, 50)
    cap = truncated_sphere(volume, radius)
    back = np.pi * cap.height * (3 * radius**2 + cap.height**2) / 6
    # asinh and sinh of double precision: a few units in the last place of the cubic's terms
    np.testing.assert_allclose(back, volume, rtol=1e-12)


def test_half_a_sphere():
    cap = truncated_sphere(2 / 3 * np.pi * 5e-5**3, 5e-5)
    assert cap.height == pytest.approx(5e-5, rel=1e-14)
    assert cap.contact_angle == pytest.approx(np.pi / 2, rel=1e-14)
    assert cap.max_radius == pytest.approx(5e-5, rel=1e-14)


def test_a_ball_far_larger_than_its_pad_stays_a_ball():
    cap = truncated_sphere(np.pi / 6 * (300e-6) ** 3, 1e-6)
    # the cut takes a cap of height a^2 / 2R = 3e-9 m off: relative 1e-5 of the diameter
    assert cap.height == pytest.approx(300e-6, rel=2e-5)


def test_flat_limit():
    cap = truncated_sphere(1e-20, 1e-4)
    assert cap.height == pytest.approx(2 * 1e-20 / (np.pi * 1e-8), rel=1e-9)  # h = 2 V / (pi a^2)


@pytest.mark.parametrize("bad", [(-1e-15, 1e-5), (0.0, 1e-5), (1e-15, 0.0), (float("nan"), 1e-5)])
def test_refuses_nonsense(bad):
    with pytest.raises(ValueError, match="positive"):
        truncated_sphere(*bad)


@pytest.mark.parametrize("ratio", [0.05, 0.9, 1.0, 1.1, 4.0])
def test_meridian_revolves_to_the_exact_volume(ratio):
    radius = 4e-5
    height = ratio * radius
    r, z = cap_meridian(height, radius).T
    drawn = np.pi / 3 * np.sum(np.diff(z) * (r[1:] ** 2 + r[1:] * r[:-1] + r[:-1] ** 2))
    assert drawn == pytest.approx(np.pi * height * (3 * radius**2 + height**2) / 6, rel=1e-13)
    # vertices are within the asked nanometre of the true circle, and edge and apex are exact
    sphere = (radius**2 + height**2) / (2 * height)
    assert np.abs(np.hypot(r, z - (height - sphere)) - sphere).max() < 1e-9
    assert (r[0], z[0], r[-1], z[-1]) == (radius, 0.0, 0.0, height)
