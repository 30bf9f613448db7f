"""The development front: what it takes in two and three dimensions, and how far its contour is from that of a finer grid."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import erf

from benchmarks.timing import best

UPPER, LOWER, ACROSS, OPENING = 30.0, 30.0, 75.0, 40.0  # um: two layers, the cell's half width, the opening's radius
EDGE = 3.0  # um, width of the image's edge
TIME = 490.0  # s, 1.3 times what the front needs to the floor on the axis
DEPTHS = np.array([10.0, 15.0, 20.0, 29.0, 31.0, 40.0, 45.0, 50.0, 59.0])  # um, at which radii are compared: rows of all grids
FINEST = 0.03125  # um


def rate(r: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Mack's rate [um/s] behind a smooth edge: a light layer on one half as sensitive, absorbing 2 % a um."""
    inhibitor = np.exp(-np.where(depth < UPPER, 0.012, 0.006) * 400 * 0.5 * (1 - erf((r - OPENING) / EDGE)) * np.exp(-0.02 * depth))
    r_max, r_min, threshold, n = 0.25, 3e-4, 0.4, 4
    a = (n + 1) / (n - 1) * (1 - threshold) ** n
    return r_max * (a + 1) * (1 - inhibitor) ** n / (a + (1 - inhibitor) ** n) + r_min


def centres(length: float, h: float) -> np.ndarray:
    """Centres of the cells along a length [um]."""
    return h * (np.arange(round(length / h)) + 0.5)


def meridian(h: float) -> np.ndarray:
    """Rates of the cells in (depth, r)."""
    return rate(centres(ACROSS, h)[None, :], centres(UPPER + LOWER, h)[:, None])


def quarter(across: float, h: float) -> np.ndarray:
    """Rates of the cells of a quarter opening in (depth, y, x)."""
    depth, y, x = np.meshgrid(centres(UPPER + LOWER, h), centres(across, h), centres(across, h), indexing="ij")
    return rate(np.hypot(x, y), depth)


def radii(times: np.ndarray, along: np.ndarray, h: float) -> np.ndarray:
    """Where the front stands at TIME [um], at DEPTHS; `along`: places of the columns."""
    found = []
    for row in times[np.round(DEPTHS / h).astype(int)]:
        k = np.flatnonzero(row <= TIME)[-1]
        found.append(along[k] + (along[k + 1] - along[k]) * (TIME - row[k]) / (row[k + 1] - row[k]))
    return np.array(found)


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Work, what it took, what is to be reached, and the error beside it."""
    from waferbump.physics.front import arrival
    from waferbump.physics.front_outline import developed

    def contour(h: float) -> np.ndarray:
        times = arrival(meridian(h), h)
        return radii(times, h * np.arange(times.shape[1]), h)

    finest = contour(FINEST)
    for h, reach, error in ((0.25, "0.03 s", " (0.06 um)"), (0.5, "", ""), (1.0, "", "")):
        rates = meridian(h)
        seconds = best(lambda rates=rates, h=h: arrival(rates, h), 5)
        off = np.abs(contour(h) - finest).max()
        nodes = " x ".join(str(n + 1) for n in rates.shape)
        yield f"development front, {nodes} nodes", f"{seconds * 1e3:.1f} ms", reach, f"contour off by {off:.3f} um{error}"
    times = arrival(meridian(0.25), 0.25)
    axes = tuple(0.25 * np.arange(n) for n in times.shape)
    outline = developed(times, *axes, TIME, rows=(0, 120))
    raw = developed(times, *axes, TIME, rows=(0, 120), tolerance=0.0)
    vertices = sum(len(piece.exterior.coords) - 1 for piece in outline.geoms)
    seconds = best(lambda: developed(times, *axes, TIME, rows=(0, 120)), 5)
    yield "  outline of one layer", f"{seconds * 1e3:.1f} ms", "", f"{vertices} vertices, off by {outline.hausdorff_distance(raw):.3f} um"
    for across, reach in ((75.0, "0.5 s"), (150.0, "")):
        rates = quarter(across, 1.0)
        seconds = best(lambda rates=rates: arrival(rates, 1.0), 2)
        times = arrival(rates, 1.0)
        k = np.arange(times.shape[1])
        off = [np.abs(radii(cut, place, 1.0) - finest).max() for cut, place in ((times[:, 0], k), (times[:, k, k], np.sqrt(2) * k))]
        nodes = " x ".join(str(n + 1) for n in rates.shape)
        errors = f"contour off by {off[0]:.2f} um along the axes, {off[1]:.2f} um across (0.4 um)"
        yield f"  quarter, {nodes} nodes", f"{seconds:.2f} s", reach, errors


if __name__ == "__main__":
    for row in rows():
        print("{:<44} {:>12} {:>12}   {}".format(*row))
