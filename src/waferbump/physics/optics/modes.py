"""A mask as a sum of modes of one spatial frequency each, and their coherent image behind a gap."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.special import j0, j1

from .masks import LinearMask, RoundMask
from .media import Path, highest_frequency, transfer

# frequencies beyond the fewest that keep aliases out, as a factor and per stretch: errors of a few 1e-4 on the axis (see the tests)
_MARGIN, _MORE = 1.15, 16
_TAPER = 0.8  # of the finest frequency, where the fading starts that ends there; our choice
_SAMPLES = 400  # at which the fastest turning of the phase is looked for
_ENTRIES = 30_000_000  # numbers held at once, 240 MB; our choice


def coherent(mask: RoundMask | LinearMask, lines: list[Path], depth: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Intensity (lines, depths, points) of the mask lit along the axis.

    Frequencies are spaced evenly in the angle of the wave, f = sin(t) index / wavelength in the medium of lowest index: there the phase
    turns no faster than sqrt(reach^2 + distance^2) / wavelength, and sums over even steps finer than the inverse of that have no alias.

    Parameters
    ----------
    mask : [m]
    lines : the ways into the resist [m]
    depth : below the resist's top [m], one row
    points : r or x [m], one row
    """
    reach = _reach(mask, points)
    background = np.sqrt(mask.background)
    image = np.full((len(lines), depth.size, points.size), background**2)
    if reach == 0.0 or not np.any(mask.steps):
        return image
    spectrum = _discs if isinstance(mask, RoundMask) else _edges
    for row, line in enumerate(lines):
        frequencies, matrix = spectrum(mask, points, _stretches(line, depth, reach))
        matrix *= _faded(frequencies, line.finest)
        block = max(1, _ENTRIES // (2 * max(frequencies.size, points.size)))
        for start in range(0, depth.size, block):
            part = depth[start : start + block]
            wave = matrix @ transfer(frequencies, line.fixed, line.tops, line.indices, line.wavelength, part)
            real, imaginary = wave[:, : part.size], wave[:, part.size :]
            real += background
            image[row, start : start + block] = (real * real + imaginary * imaginary).T
    return image


def _reach(mask: RoundMask | LinearMask, points: np.ndarray) -> float:
    """Largest distance of a point from an edge [m], across the axis for discs."""
    if points.size == 0:
        return 0.0
    if isinstance(mask, RoundMask):
        return float(points.max()) + mask.radii[-1] if mask.radii else 0.0
    return float(max(points.max() - mask.edges[0], mask.edges[-1] - points.min())) if mask.edges else 0.0


def _stretches(line: Path, depth: np.ndarray, reach: float) -> list[tuple[float, float, float, float]]:
    """Stretches of frequency between the media's cut-offs: (start, end [1/m], angle at its end, fewest steps per unit of angle).

    On each f^2 = start^2 + (end^2 - start^2) sin(t)^2, which has no root singularity in either cut-off.
    """
    thickness, index = line.crossed(np.array([depth.max()]))
    deep = thickness[0]
    limit = float(highest_frequency(line, depth[[depth.argmin()]])[0])
    present = deep > 0
    wave = index[present] / line.wavelength
    cuts = np.unique(np.append(wave[wave < limit], limit if not np.any(wave >= limit) else wave[wave >= limit].min()))
    stretches = []
    for start, end in pairwise((0.0, *cuts.tolist())):
        stop = np.pi / 2 if end <= limit else float(np.arcsin(np.sqrt((limit**2 - start**2) / (end**2 - start**2))))
        t = np.linspace(0.0, stop, _SAMPLES + 1)[1:-1]
        f = np.sqrt(start**2 + (end**2 - start**2) * np.sin(t) ** 2)
        along = np.sqrt(np.abs(wave**2 - f[:, None] ** 2))
        sideways = np.where(wave > f[:, None], deep[present] * f[:, None] / along, 0.0).sum(axis=1)
        turning = (reach + sideways) * (end**2 - start**2) * np.sin(t) * np.cos(t) / f
        stretches.append((start, end, stop, _MARGIN * float(turning.max()) + _MORE / stop))
    return stretches


def _steps(stretch, first: bool) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies of a stretch and weights for the integral of g(f) f df; `first`: from the zeros of J0, for discs."""
    start, end, stop, density = stretch
    count = int(np.ceil(density * stop))
    if first:
        zeros = _zeros(count)
        scale = stop / (np.pi * (count + 0.25))  # the stretch ends half a step beyond the last zero
        t = zeros * scale
        weights = 2.0 * (scale / j1(zeros)) ** 2 / t
    else:
        t = (np.arange(count) + 0.5) * stop / count
        weights = np.full(count, stop / count)
    return np.sqrt(start**2 + (end**2 - start**2) * np.sin(t) ** 2), weights * (end**2 - start**2) * np.sin(t) * np.cos(t)


def _zeros(count: int) -> np.ndarray:
    """The first zeros of J0, to rounding: McMahon's series, then Newton's method."""
    late = (np.arange(1, count + 1) - 0.25) * np.pi
    zeros = late + 1 / (8 * late) - 31 / (384 * late**3)
    for _ in range(3):
        zeros += j0(zeros) / j1(zeros)
    return zeros


def _faded(frequencies: np.ndarray, end: float) -> np.ndarray:
    """From 1 to 0 towards the spectrum's own end, where evanescent waves would go on."""
    x = np.clip((frequencies / end - _TAPER) / (1.0 - _TAPER), 0.0, 1.0)
    return 1.0 - x**3 * (10.0 - x * (15.0 - 6.0 * x))


def _discs(mask: RoundMask, r: np.ndarray, stretches) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies and, for each radius, what each contributes: sum of steps of 2 pi a J1(2 pi a f) J0(2 pi f r) df.

    From f = 0 the nodes are zeros of J0, t_k = j_k h / pi: the sum of 2 (h / pi)^2 g(t_k) / J1(j_k)^2 is for integrals of t g(t), g even,
    what the trapezoid rule is for those of g (Frappier and Olivier, Math. Comp. 60 (1993) 303).
    """
    frequencies, weights = (np.concatenate(each) for each in zip(*(_steps(s, i == 0) for i, s in enumerate(stretches)), strict=True))
    size = sum(step * a * j1(2 * np.pi * a * frequencies) for a, step in zip(mask.radii, mask.steps, strict=True))
    matrix = j0(2 * np.pi * np.outer(r, frequencies))
    matrix *= 2 * np.pi * weights * size / frequencies
    return frequencies, matrix


def _edges(mask: LinearMask, x: np.ndarray, stretches) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies and, for each place, what each contributes: 2 df of the mask's cosine and sine transforms."""
    frequencies, weights = (np.concatenate(each) for each in zip(*(_steps(s, False) for s in stretches), strict=True))
    centre = 0.5 * (mask.edges[0] + mask.edges[-1])
    turns = 2 * np.pi * frequencies
    even = -sum(step * np.sin(turns * (edge - centre)) for edge, step in zip(mask.edges, mask.steps, strict=True))
    odd = sum(step * np.cos(turns * (edge - centre)) for edge, step in zip(mask.edges, mask.steps, strict=True))
    angle = np.outer(x - centre, turns)
    share = 2.0 * weights / (frequencies * turns)
    return frequencies, np.cos(angle) * (even * share) + np.sin(angle) * (odd * share)
