"""The development front against closed forms of the eikonal equation: gradients, slabs, head waves, corners, barriers, symmetries."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from waferbump.physics.front import FrontError, arrival

UM = 1e-6


def halvings(error, *cells: float) -> list[float]:
    """Order of convergence between successive sizes of cell."""
    errors = [error(h) for h in cells]
    return [float(np.log2(a / b)) for a, b in pairwise(errors)]


def test_slabs_take_the_sum_of_their_times():
    # rates a thousandfold apart, each layer evenly divided into cells of its own size, which do not divide each other
    counts, thicknesses, rates = (7, 3, 11), (10 * UM, 1 * UM, 17 * UM), (0.25 * UM, 0.25e-3 * UM, 0.1 * UM)
    cells = np.concatenate([np.full(n, d / n) for n, d in zip(counts, thicknesses, strict=True)])
    rate = np.repeat(np.repeat(rates, counts)[:, None], 6, axis=1)
    time = arrival(rate, (cells, 0.3 * UM))
    expected = np.concatenate([[0.0], np.cumsum([d / r for d, r in zip(thicknesses, rates, strict=True)])])
    assert time[[0, 7, 10, 21]] == pytest.approx(np.repeat(expected[:, None], 7, axis=1), rel=1e-13)  # sums of 21 terms


def test_plane_front_in_a_rate_that_grows_with_depth():
    v0, growth = 0.05, 0.004  # um/s, 1/s
    exact = np.log(1 + growth * 60 / v0) / growth
    assert exact == pytest.approx(439.4645, abs=1e-4)

    def error(h):
        depth = h * (np.arange(round(60 / h)) + 0.5)
        return abs(arrival(np.repeat((v0 + growth * depth)[:, None], 4, axis=1), h)[-1, 2] - exact)

    assert error(0.25) < 5e-3
    assert halvings(error, 2.0, 1.0, 0.5, 0.25) == pytest.approx([2.0, 2.0, 2.0], abs=0.02)  # the rule of midpoints


def bent_front_error(h: float) -> float:
    """Mean error over a front that starts level where the rate grows sideways: T = asinh(g z / v(x)) / g, its rays are circles."""
    v0, growth, width = 0.5, 0.02, 40
    x = h * (np.arange(round(width / h)) + 0.5)
    time = arrival(np.repeat((v0 + growth * x)[None, :], round(20 / h), axis=0), h)
    z, x = np.meshgrid(*(h * np.arange(n) for n in time.shape), indexing="ij")
    v = v0 + growth * x
    # rays that came in through the far side are left out, and the near side, which is a mirror to the march but not to this rate
    inside = (np.hypot(z, v / growth) < (v0 + growth * width) / growth - 1) & (x > 0)
    return float(np.abs(time - np.arcsinh(growth * z / v) / growth)[inside].mean())


def test_bent_front_converges_with_the_square_of_the_cell():
    assert bent_front_error(0.5) < 1e-3  # of 36 s
    assert min(halvings(bent_front_error, 2.0, 1.0, 0.5, 0.25)) > 1.8


def slanted_front_error(n: int) -> float:
    """Mean error of the same front in three dimensions, the rate growing along a slant in plan; cells of all sizes and shapes."""
    v0, along, aside, size = 0.5, 0.016, 0.012, 24.0
    growth = np.hypot(along, aside)
    edges = [
        size * ((1 - bend) * t + bend * t**2)
        for bend, t in zip((0.2, -0.3, 0.4), (np.linspace(0, 1, m * n + 1) for m in (2, 4, 3)), strict=True)
    ]
    centres = [(e[1:] + e[:-1]) / 2 for e in edges]
    _, y, x = np.meshgrid(*centres, indexing="ij")
    time = arrival(v0 + along * y + aside * x, [np.diff(e) for e in edges])
    z, y, x = np.meshgrid(*edges, indexing="ij")
    u = (v0 + along * y + aside * x) / growth
    shift = np.hypot(z, u) - u  # how far along the slant the ray set out
    inside = (y + shift * along / growth < size) & (x + shift * aside / growth < size) & (y > 0) & (x > 0)
    return float(np.abs(time - np.arcsinh(z / u) / growth)[inside].mean())


def test_bent_front_in_three_dimensions_and_uneven_cells():
    assert slanted_front_error(8) < 5e-3  # of 40 s
    assert min(halvings(slanted_front_error, 2, 4, 8)) > 1.8  # twice the cells, a quarter of the error


def test_point_source_in_a_rate_that_grows_with_depth():
    v0, growth, r, z = 0.05, 0.004, 20, 40
    exact = np.arccosh(1 + growth**2 * (r**2 + z**2) / (2 * v0 * (v0 + growth * z))) / growth
    assert exact == pytest.approx(394.2830, abs=1e-4)

    def error(h):
        depth = h * (np.arange(round(60 / h)) + 0.5)
        start = np.zeros((len(depth) + 1, round(40 / h) + 1), bool)
        start[0, 0] = True
        time = arrival(np.repeat((v0 + growth * depth)[:, None], round(40 / h), axis=1), h, start=start)
        return abs(time[round(z / h), round(r / h)] - exact)

    assert error(0.25) < 0.4  # 1e-3: the first cells about the point carry it
    assert min(halvings(error, 1.0, 0.5, 0.25)) > 0.85  # first order, as about any corner


def test_head_wave_climbs_from_a_fast_layer_into_a_slow_one():
    slow, fast, h = 0.1, 0.4, 0.5
    rate = np.repeat(np.repeat([slow, fast], [20, 10])[:, None], 80, axis=1)
    start = np.zeros((31, 81), bool)
    start[20:, 0] = True  # a plane front runs along the fast layer; the slow one lies on it
    time = arrival(rate, h, start=start)
    x, height = h * np.arange(81), h * np.arange(20, -1, -1)[:, None]
    slope = np.arcsin(slow / fast)
    head = x / fast + height * np.cos(slope) / slow
    behind = x > height * np.tan(slope) + 4  # out of reach of the corner where both begin
    assert np.abs(time[20] - x / fast).max() < 1e-11
    assert np.abs(time[:21] - head)[behind].max() < 0.02 * h / slow  # a fiftieth of a cell
    found = np.arctan((time[8, 60] - time[8, 50]) / (time[8, 55] - time[10, 55]) * 2 / 10)
    assert np.sin(found) == pytest.approx(slow / fast, rel=1e-3)


def test_undercut_is_a_circle_about_the_corner_of_what_covers():
    h, rate = 0.25, np.ones((64, 120))
    rate[:16, 40:] = 0.0  # a barrier with an opening on a layer that dissolves evenly
    time = arrival(rate, h)
    z, x = h * np.arange(16, 65)[:, None] - 4, h * np.arange(121) - 10
    exact = 4 + np.where(x > 0, np.hypot(x, z), z)
    assert np.abs(time[16:] - exact).max() < 0.1 * h  # first order: a tenth of a cell
    assert np.isinf(time[:16, 41:]).all()
    assert np.isfinite(time[:17, 40]).all()


def test_a_fast_layer_is_eaten_away_under_a_slow_one_with_an_opening():
    h, slow, fast = 0.5, 0.01, 0.2
    rate = np.full((40, 120), slow)
    rate[:20, :40] = fast
    rate[20:] = fast
    time = arrival(rate, h)
    along = h * np.arange(121) - 20
    # under the cover the front comes round the corner, reached after 10/fast
    assert time[20, 41:120] == pytest.approx((10 + along[41:120]) / fast, rel=1e-12)
    # the cover is thinned from above and from below: what lies nearer its upper face comes from there
    assert time[1, 100] == pytest.approx(h / slow, rel=1e-12)
    assert time[19, 100] < time[20, 100] + h / slow


def test_a_wall_is_gone_round_and_a_closed_one_never_passed():
    rate = np.ones((40, 40))
    rate[20, :30] = 0.0
    time = arrival(rate, 1.0)
    # under the wall: by its end, two corners a cell apart
    assert time[35, 10] == pytest.approx(20 + 1 + np.hypot(14, 20), abs=0.15)
    rate[20] = 0.0
    time = arrival(rate, 1.0)
    assert np.isinf(time[22:]).all() and np.isinf(time[21]).all()
    assert np.isfinite(time[:21]).all()


def test_open_cells_cost_nothing():
    rate = np.ones((30, 40))
    rate[:10, :10] = np.inf  # a hole, with a tunnel from it under the rest
    rate[9, :30] = np.inf
    time = arrival(rate, 1.0)
    assert (time[:11, :11] == 0.0).all() and (time[9:11, :31] == 0.0).all()
    assert time[15, 5] == pytest.approx(5.0, rel=1e-14)
    assert time[7, 25] == pytest.approx(2.0, rel=1e-14)
    assert time[25, 35] == pytest.approx(np.hypot(15, 5), abs=0.1)


def test_where_nothing_dissolves_the_front_never_arrives():
    assert np.isinf(arrival(np.zeros((3, 4)), 1.0)).all()
    rate = np.ones((3, 4))
    rate[0, 2:] = 0.0
    assert arrival(rate, 1.0)[0].tolist() == [0.0, 0.0, 0.0, np.inf, np.inf]


def uneven(shape: tuple[int, ...], seed: int, spread: float = 0.5) -> np.ndarray:
    return np.exp(spread * np.random.default_rng(seed).normal(size=shape))


def smooth(shape: tuple[int, int], seed: int) -> np.ndarray:
    """A rate of a few long waves."""
    random = np.random.default_rng(seed)
    z, x = np.meshgrid(*(np.linspace(0, 1, n) for n in shape), indexing="ij")
    waves = [a * np.cos(2 * np.pi * (k * z + m * x) + p) for a, k, m, p in random.uniform([0, 0, -2, 0], [0.4, 2, 2, 6.3], (6, 4))]
    return np.exp(np.sum(waves, axis=0))


def test_mirrored_in_mirrored_out_bit_for_bit():
    rate = uneven((30, 40), 1)
    rate[uneven((30, 40), 2) > 1.8] = 0.0
    widths = np.random.default_rng(3).uniform(0.5, 2, 40)
    assert (arrival(rate[:, ::-1], (1.0, widths[::-1]))[:, ::-1] == arrival(rate, (1.0, widths))).all()
    solid, widths = uneven((12, 14, 14), 4), np.random.default_rng(5).uniform(0.5, 2, 14)
    time = arrival(solid, (1.0, widths, widths))
    assert (arrival(solid[:, ::-1], (1.0, widths[::-1], widths))[:, ::-1] == time).all()
    assert (arrival(solid[:, :, ::-1], (1.0, widths, widths[::-1]))[:, :, ::-1] == time).all()
    assert (arrival(solid.transpose(0, 2, 1), (1.0, widths, widths)).transpose(0, 2, 1) == time).all()


def test_two_layers_of_the_same_cells_are_one():
    rate = uneven((24, 20), 5)
    layered = np.concatenate([np.full(8, 2.0 / 8), np.full(16, 4.0 / 16)])
    assert (arrival(rate, (layered, 0.25)) == arrival(rate, 0.25)).all()


def test_planar_in_three_dimensions_is_two_dimensional_bit_for_bit():
    rate = uneven((20, 24), 6)
    rate[uneven((20, 24), 7) > 1.8] = 0.0
    heights = np.random.default_rng(8).uniform(0.5, 2, 20)
    time = arrival(rate, (heights, 1.0))
    assert (arrival(np.repeat(rate[:, None], 3, axis=1), (heights, 0.7, 1.0)) == time[:, None]).all()
    assert (arrival(np.repeat(rate[:, :, None], 3, axis=2), (heights, 1.0, 0.7)) == time[:, :, None]).all()


def test_round_in_three_dimensions_is_axisymmetric():
    h, fine = 1.0, 0.125

    def rate(r, z):
        return (0.02 + 0.2 / (1 + (r / 14) ** 6)) * (1 + 0.01 * z)

    centres = h * (np.arange(30) + 0.5)
    z, y, x = np.meshgrid(centres[:20], centres, centres, indexing="ij")
    solid = arrival(rate(np.hypot(x, y), z), h)
    z, r = np.meshgrid(fine * (np.arange(160) + 0.5), fine * (np.arange(400) + 0.5), indexing="ij")
    meridian = arrival(rate(r, z), fine)[:: round(h / fine)]
    k = np.arange(31)
    for y, x in ((0 * k, k), (k, k), (k // 2, k)):
        expected = np.array([np.interp(h * np.hypot(y, x), fine * np.arange(401), row) for row in meridian])
        found = solid[:, y, x]
        # within a fifth of the time that a cell takes at the rate there
        assert np.abs(found - expected).max() < 0.2 * h / 0.02
        assert np.abs(found - expected)[:, h * np.hypot(y, x) < 12].max() < 0.2 * h / 0.2


def test_oblique_plane_front_in_three_dimensions():
    start = np.zeros((13, 13, 13), bool)
    start[0, 0, 0] = True
    time = arrival(np.ones((12, 12, 12)), 1.0, start=start)
    i, j, k = np.meshgrid(*(np.arange(13),) * 3, indexing="ij")
    assert np.abs(time - np.sqrt(i**2 + j**2 + k**2)).max() < 0.25  # about a point: first order


def test_a_faster_rate_brings_the_front_nowhere_later():
    for seed in range(8):
        slower = smooth((40, 50), seed)
        faster = slower * (1 + 0.5 * (smooth((40, 50), seed + 100) > 1.0))
        before, after = arrival(slower, 1.0), arrival(faster, 1.0)
        assert (after - before).max() < 0.05 / slower.min()  # a twentieth of a cell: the cell formula is second order, not monotone
    assert (arrival(2 * slower, 1.0) == before / 2).all()
    assert (arrival(slower, 2.0) == 2 * before).all()


def test_no_front_is_faster_than_straight_or_slower_than_along_the_edges():
    rate = uneven((24, 30), 9, 1.0)
    rate[uneven((24, 30), 10) > 1.6] = 0.0
    time = arrival(rate, 1.0)
    slowness = np.pad(np.divide(1.0, rate, out=np.full(rate.shape, np.inf), where=rate > 0), 1, constant_values=np.inf)
    nodes = np.arange(time.size).reshape(time.shape)
    upright = np.maximum(slowness[1:-1, :-1], slowness[1:-1, 1:])  # of the slower cell beside each edge; both must dissolve
    level = np.maximum(slowness[:-1, 1:-1], slowness[1:, 1:-1])
    pairs = [(nodes[:-1], nodes[1:], upright), (nodes[:, :-1], nodes[:, 1:], level)]
    a, b, s = (np.concatenate([np.ravel(group[k]) for group in pairs]) for k in range(3))
    graph = coo_array((s[np.isfinite(s)], (a[np.isfinite(s)], b[np.isfinite(s)])), shape=(time.size,) * 2).tocsr()
    along = dijkstra(graph, directed=False, indices=nodes[0][np.isfinite(time[0])], min_only=True).reshape(time.shape)
    assert (time <= along + 1e-12).all()
    reached = np.isfinite(time)
    assert (time >= np.arange(25)[:, None] / rate.max() - 1e-12)[reached].all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones(4), 1.0), "two or three axes"),
        ((np.ones((0, 4)), 1.0), "two or three axes"),
        ((-np.ones((4, 4)), 1.0), "has none"),
        ((np.full((4, 4), np.nan), 1.0), "has none"),
        ((np.ones((4, 4)), 0.0), "length above zero"),
        ((np.ones((4, 4)), np.nan), "length above zero"),
        ((np.ones((4, 4)), (1.0, 1.0, 1.0)), "a spacing for each"),
        ((np.ones((4, 4)), (np.ones(5), 1.0)), "as many sizes"),
    ],
)
def test_what_cannot_be_followed_is_refused(arguments, message):
    with pytest.raises(FrontError, match=message):
        arrival(*arguments)


def test_a_start_that_fits_nothing_is_refused():
    with pytest.raises(FrontError, match="not an array of shape"):
        arrival(np.ones((4, 4)), 1.0, start=np.ones((4, 4), bool))
    with pytest.raises(FrontError, match="arrives nowhere"):
        arrival(np.ones((4, 4)), 1.0, start=np.zeros((5, 5), bool))
