"""The image behind a lens against closed forms, its coherent and incoherent limits, other geometries and finer sums."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import j0, j1, sici

from waferbump.physics.optics import LinearMask, PlaneMask, RoundMask, projection

UM = 1e-6
LINE, NA = 365e-9, 0.16
RESIST = ((0.0, 1.63),)
EDGE = LinearMask((0.0, 120 * UM), (1.0,), 0.0)


def focused(mask, at, coherence, **options):
    return projection(mask, [0.0], [LINE], at=at, numerical_aperture=NA, coherence=coherence, **options)[0, 0]


@pytest.mark.parametrize(("coherence", "log_slope"), [(0.2, 7.92), (0.5, 7.52), (0.8, 6.63)])
def test_an_edge_in_focus(coherence, log_slope):
    # at the edge the wave from source point q is 1/2 + ln((w - qx) / (w + qx)) / (2 pi i), w the aperture's half chord at qy, and its
    # slope the chord 2 w: I = 1/4 + <ln^2> / (4 pi^2) and dI/dx = 2 <w> over the source's disc, lengths in wavelength / NA
    def over_chord(y):
        chord, reach = np.sqrt(1 - y * y), np.sqrt(coherence**2 - y * y)
        return quad(lambda x: np.log((chord - x) / (chord + x)) ** 2, 0, reach)[0]

    share = 4 / (np.pi * coherence**2)
    level = 0.25 + share * quad(over_chord, 0, coherence)[0] / (4 * np.pi**2)
    slope = 2 * share * quad(lambda y: np.sqrt((1 - y * y) * (coherence**2 - y * y)), 0, coherence)[0]
    x = np.array([-0.01, 0.0, 0.01]) * UM
    low, middle, high = focused(EDGE, x, coherence)
    # the far edge of the slit, 53 wavelength / NA away, adds waves of 1 / (pi^2 53) = 2e-3
    assert middle == pytest.approx(level, abs=2e-3)
    assert (high - low) / (x[2] - x[0]) * LINE / NA == pytest.approx(slope, rel=5e-3)
    # 8 for a coherent source; the 2 to 3 often quoted for a stepper in focus is not what a sharp mask edge gives without aberration
    assert slope / level == pytest.approx(log_slope, abs=0.01)


def test_a_coherent_edge_is_the_sine_integral():
    # |1/2 + Si(2 pi NA x / wavelength) / pi|^2
    x = np.linspace(-6, 6, 49) * UM
    exact = (0.5 + sici(2 * np.pi * NA * x / LINE)[0] / np.pi) ** 2
    # a source of 1 % turns the phase across 20 um of ringing by 2 pi 0.0044 10 / 2 at most: squared, 1e-2 of the tails; the far edge 2e-3
    assert focused(EDGE, x, 0.01) == pytest.approx(exact, abs=3e-3)


def test_a_small_pinhole_is_the_airy_disc():
    # 0.2 um against an airy radius of 1.4 um: (pi a^2 (NA / wavelength)^2 pi)^2 (2 J1(v) / v)^2, whatever the source (incoherent alike)
    r = np.linspace(0.01, 6, 60) * UM
    radius = 0.1 * UM
    v = 2 * np.pi * NA * r / LINE
    exact = (np.pi * radius**2 * np.pi * (NA / LINE) ** 2 * 2 * j1(v) / v) ** 2
    image = focused(RoundMask((radius,), (1.0,), 0.0), r, 0.5)
    # the hole's own width: (2 pi a f)^2 / 8 = 2 % at the frequencies of aperture and source together
    assert image == pytest.approx(exact, abs=0.03 * exact[0])


def test_incoherent_limit_is_the_transfer_function():
    # a source much wider than the lens: the intensity of the mask, low-passed by 2/pi (acos u - u sqrt(1 - u^2)), u = f wavelength / 2 NA
    radius, cut = 3 * UM, 2 * NA / LINE
    f = (np.arange(4000) + 0.5) * cut / 4000
    u = f / cut
    passed = 2 / np.pi * (np.arccos(u) - u * np.sqrt(1 - u * u))
    r = np.linspace(0, 8, 33) * UM
    exact = [np.sum(2 * np.pi * radius * j1(2 * np.pi * radius * f) * j0(2 * np.pi * f * each) * passed) * cut / 4000 for each in r]
    image = focused(RoundMask((radius,), (1.0,), 0.0), r, 6.0)
    # light that the mask turns by more than the source's rim is lost: 1 / (pi^2 a (sigma - 1) NA / wavelength) = 1.5 % of the light
    assert image == pytest.approx(np.array(exact), abs=0.02)


def test_the_image_is_sharpest_at_its_focus():
    at = np.array([-0.1, 0.1]) * UM
    depth = np.arange(0, 61, 2.0) * UM
    for focus in (0.0, 20 * UM, 44 * UM):
        image = projection(EDGE, depth, [LINE], at=at, numerical_aperture=NA, coherence=0.5, focus=focus, layers=RESIST)[0]
        assert depth[np.argmax(np.log(image[:, 1] / image[:, 0]))] == pytest.approx(focus, abs=2.1 * UM)
    # equal ways in front of and behind the focus give one image, in one medium
    image = projection(EDGE, [10 * UM, 50 * UM], [LINE], at=at, numerical_aperture=NA, coherence=0.5, focus=30 * UM, layers=RESIST)[0]
    assert image[0] == pytest.approx(image[1], abs=1e-9)
    # a focus in the air above is a longer way, as in one more layer of air
    above = projection(EDGE, [10 * UM], [LINE], at=at, numerical_aperture=NA, coherence=0.5, focus=-7 * UM, layers=RESIST)
    layer = ((7 * UM, 1.0), *RESIST)
    below = projection(EDGE, [17 * UM], [LINE], at=at, numerical_aperture=NA, coherence=0.5, layers=layer)
    assert above == pytest.approx(below, abs=1e-9)


def test_out_of_focus_rays_make_the_shadow():
    # 150 um out of focus in air, geometrical optics: every point spreads over discs of up to z tan(NA) = 24 um; the middle of a
    # hole of 15 um then has (15 / 24)^2 = 0.38 of the light, for an incoherent source
    image = projection(RoundMask((15 * UM,), (1.0,), 0.0), [150 * UM], [LINE], at=[0.0], numerical_aperture=NA, coherence=1.0)
    reach = 150 * NA / np.sqrt(1 - NA**2)
    assert image.item() == pytest.approx((15 / reach) ** 2, rel=0.15)  # partly coherent, and diffraction of 1.4 um at the rim


def test_no_pattern_is_the_open_field():
    flat = PlaneMask(np.full((5, 6), 0.3), UM)
    for mask in (RoundMask((), (), 0.3), RoundMask((9 * UM,), (0.3,), 0.3), LinearMask((0.0, 9 * UM), (0.3,), 0.3), flat):
        for coherence in (0.4, 1.5):
            image = projection(mask, [1 * UM, 30 * UM], [LINE], at=[0.0, 5 * UM], numerical_aperture=NA, coherence=coherence, layers=RESIST)
            assert image == pytest.approx(0.3, abs=1e-6)  # single precision in the plane


def test_babinet_behind_a_lens():
    # |1 - (1 - g) U|^2 for a grey plate of amplitude g follows from hole (g = 0 outside) and dot, point by point of the source
    r = np.linspace(0, 30, 61) * UM
    hole, dot, grey = (
        projection(mask, [20 * UM], [LINE], at=r, numerical_aperture=NA, coherence=0.5, focus=5 * UM, layers=RESIST)[0, 0]
        for mask in (RoundMask((15 * UM,), (1.0,), 0.0), RoundMask((15 * UM,), (0.0,), 1.0), RoundMask((15 * UM,), (0.25,), 1.0))
    )
    assert grey == pytest.approx(1 - (1 + hole - dot) / 2 + hole / 4, abs=1e-9)


def test_a_large_disc_has_a_straight_edge():
    x = np.linspace(-8, 8, 33) * UM
    options = dict(numerical_aperture=NA, coherence=0.5, focus=10 * UM, layers=RESIST)
    disc = projection(RoundMask((150 * UM,), (1.0,), 0.0), [0.0, 30 * UM], [LINE], at=150 * UM + x, **options)
    half = projection(LinearMask((-300 * UM, 0.0), (1.0,), 0.0), [0.0, 30 * UM], [LINE], at=x, **options)
    assert disc == pytest.approx(half, abs=4e-3)  # blur / (2 a) = 1.5 um / 300 um


def test_lines_in_a_plane_are_lines():
    # cells wide enough for the edge to lie between two of them; the array repeats every 60 um
    cells = np.zeros((3, 120))
    cells[:, :40] = 1.0
    options = dict(numerical_aperture=NA, coherence=0.5, focus=5 * UM, layers=RESIST)
    plane = projection(PlaneMask(cells, 0.25 * UM), [0.0, 25 * UM], [LINE], **options)
    x = (np.arange(8 * 60) + 0.5) * UM / 32
    edges = tuple(np.add.outer([-120, -60, 0, 60, 120], [-10, 10]).ravel() * UM)
    stripes = LinearMask(edges, (1.0, 0.0) * 4 + (1.0,), 0.0)
    lines = projection(stripes, [0.0, 25 * UM], [LINE], at=x, **options).reshape(1, 2, 60, 8).mean(axis=3)
    assert plane[:, :, 1, :60] == pytest.approx(lines, abs=2e-3)
    assert np.ptp(plane, axis=2) == pytest.approx(0.0, abs=1e-5)


def test_a_round_mask_in_a_plane():
    count, spacing = 100, 0.25 * UM
    parts = (np.arange(16 * count) + 0.5) / 16 * spacing
    inside = np.hypot.outer(parts, parts) < 10 * UM
    mask = PlaneMask(inside.reshape(count, 16, count, 16).mean(axis=(1, 3)) ** 2, spacing)
    options = dict(numerical_aperture=NA, coherence=0.5, focus=5 * UM, layers=RESIST)
    plane = projection(mask, [0.0, 25 * UM], [LINE], **options)[0]
    r = np.linspace(0, 36, 721) * UM
    disc = projection(RoundMask((10 * UM,), (1.0,), 0.0), [0.0, 25 * UM], [LINE], at=r, **options)[0]
    place = np.hypot.outer(parts, parts)
    means = np.array([np.interp(place, r, row).reshape(count, 16, count, 16).mean(axis=(1, 3)) for row in disc])
    # a rim of grey cells lies right to f (1 - f) h^2 / 2 = 0.008 um^2, which a slope of 0.5 per um, falling off within 1.4 um, makes 1e-2
    assert plane == pytest.approx(means, abs=1.5e-2)
    assert np.sqrt(np.mean((plane - means) ** 2)) < 2e-3


@pytest.mark.parametrize("size", [1, pytest.param(4, marks=pytest.mark.slow)])
def test_finer_sums_change_little(monkeypatch, size):
    from waferbump.physics.optics import lens, lens_images

    r = np.linspace(0, 15, 31) * UM * size
    depth = np.linspace(0.5, 59.5, 25) * UM
    a = 10 * UM * size
    masks = RoundMask((a, 1.25 * a), (1.0, 0.2), 0.0), RoundMask((a,), (0.0,), 1.0), LinearMask((-a, a), (1.0,), 0.0)
    options = dict(numerical_aperture=NA, coherence=0.5, focus=30 * UM, layers=RESIST)

    def images():
        return np.array([projection(mask, depth, [405e-9], at=r, **options) for mask in masks])

    usual = images()
    monkeypatch.setattr(lens, "_MORE_DEPTHS", 14)
    deeper = images()
    assert np.abs(deeper - usual).max() < 1e-5
    for name, value in (("_MARGIN", 1.2), ("_MORE", 30)):
        monkeypatch.setattr(lens_images, name, value)
    apertures = images()
    assert np.abs(apertures - deeper).max() < 1e-5
    for name, value in (("_RADIAL", 14.0), ("_ROUND", 12.0)):
        monkeypatch.setattr(lens_images, name, value)
    assert np.abs(images() - apertures).max() < 1e-3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"numerical_aperture": 1.2}, "between 0 and 1"),
        ({"coherence": 0.0}, "positive"),
        ({"focus": np.nan}, "focus"),
        ({"layers": ((0.0, 0.1),)}, "index lies above"),
        ({"layers": ()}, "needs a layer"),
        ({"at": [-1e-6]}, "axis"),
    ],
)
def test_impossible_lenses_are_refused(change, words):
    options = {"at": [0.0], "numerical_aperture": NA, "coherence": 0.5, **change}
    with pytest.raises(ValueError, match=words):
        projection(RoundMask((1e-6,), (1.0,), 0.0), [0.0], [LINE], **options)
