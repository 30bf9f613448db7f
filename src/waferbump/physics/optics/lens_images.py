"""Abbe's sum: the image of each point of the source, one kind of mask at a time."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numba import njit
from scipy.fft import dctn, ifft2, next_fast_len
from scipy.special import j1

from .masks import LinearMask, PlaneMask, RoundMask
from .media import Path, transfer
from .plane_shadow import cell_means, cosine_amplitudes

_MARGIN, _MORE = 1.05, 12  # points of the aperture beyond the fewest, as a factor and as a number: errors below 1e-5 (see the tests)
_RADIAL = 10.0  # [wavelength / NA] how far from a point the mask matters to the source's sampling along a radius,
_ROUND = 8.0  # ... and round it, where waves from different sides add at random; errors below 1e-3 (see the tests)
_PLANE = (6.0, 5.0)  # ... the same where every source point costs a two-dimensional transform; errors below 2e-3 (see the tests)
_BREAKS = (0.85, 1.0, 1.15)  # [apertures] between which the source is sampled piece by piece, as clear areas go dark at 1
_TABLE = 80  # entries per wave of the discs' transform: cubics between them are off by 1e-6 of its largest value
_ENTRIES = 8_000_000  # numbers held at once; our choice


def source_points(
    aperture: float, coherence: float, radial: float, angular: float, quarter: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points x, y of the source's half y >= 0 (or quarter) and weights, which sum to 1 over what an open field lets through the lens.

    Gaussian in radius, evenly spaced in angle; as many as the wave's tilt over two distances asks for.

    Parameters
    ----------
    aperture : of the lens, NA / wavelength [1/m]
    coherence : source's aperture over the lens's [1]
    radial, angular : distances from a point [m] within which the mask matters to its light, along a radius of the source and round it
    quarter : x >= 0 and y >= 0 alone [1]
    """
    edge = coherence * aperture
    ends = [0.0, *(part * aperture for part in _BREAKS if part < coherence), edge]
    across, along, weights = [], [], []
    for start, end in pairwise(ends):
        node, weight = np.polynomial.legendre.leggauss(int(np.ceil(np.pi * (end - start) * radial)) + 3)
        for radius, part in zip(0.5 * (start + end) + 0.5 * (end - start) * node, 0.5 * (end - start) * weight, strict=True):
            count = int(np.ceil(2 * np.pi * radius * angular)) + 4
            count = -(-count // 2) if quarter else count
            angle = (np.arange(count) + 0.5) * (np.pi / 2 if quarter else np.pi) / count
            across.append(radius * np.cos(angle))
            along.append(radius * np.sin(angle))
            weights.append(np.full(count, 2 * radius * part / count / min(edge, aperture) ** 2))
    return np.concatenate(across), np.concatenate(along), np.concatenate(weights)


def _phases(line: Path, frequencies: np.ndarray, depth: np.ndarray, focus: float) -> np.ndarray:
    """The aperture's factor at each frequency and depth (complex), 1 at the focus."""
    parts = transfer(frequencies.ravel(), line.fixed, line.tops, line.indices, line.wavelength, np.append(depth, focus))
    count = depth.size + 1
    factor = parts[:, : depth.size] + 1j * parts[:, count:-1]
    if focus > 0.0:
        factor *= (parts[:, depth.size] - 1j * parts[:, -1])[:, None]
    return factor.reshape(*frequencies.shape, depth.size)


def _sideways(line: Path, depth: np.ndarray, focus: float, aperture: float) -> float:
    """How far the outermost ray moves sideways between the focus and the farthest depth [m]."""
    thickness, index = line.crossed(np.append(depth, focus))
    shift = (thickness * aperture / np.sqrt((index / line.wavelength) ** 2 - aperture**2)).sum(axis=1)
    return float(np.abs(shift[:-1] - (shift[-1] if focus > 0.0 else 0.0)).max())


def round_image(mask: RoundMask, line: Path, depth, focus: float, r, aperture: float, coherence: float) -> np.ndarray:
    """Image of discs along one radius (depths, r).

    The aperture is summed along columns in y (Gauss-Legendre) and then over columns (Gauss-Chebyshev of the second kind, whose weight
    is the chord): only that second sum differs from radius to radius, and all sources and depths share it.

    Parameters
    ----------
    mask : [m]
    line : the way into the resist [m]
    depth : below the resist's top [m], one row
    focus : depth at which the image is sharp [m]; if above the resist, 0 and that air is in the line's way
    r : distances from the axis [m], one row
    aperture : of the lens, NA / wavelength [1/m]
    coherence : source's aperture over the lens's [1]
    """
    background = np.sqrt(mask.background)
    if not mask.radii:
        return np.full((depth.size, r.size), background**2)
    image = np.zeros((depth.size, r.size))
    sideways = _sideways(line, depth, focus, aperture)
    across, along, weights = source_points(aperture, coherence, _RADIAL / aperture + sideways, _ROUND / aperture + sideways)
    outer = mask.radii[-1] + sideways
    columns = int(np.ceil(_MARGIN * np.pi * aperture * (float(r.max()) + outer))) + _MORE
    rows = int(np.ceil(_MARGIN * np.pi * aperture * outer)) + _MORE
    angle = np.arange(1, columns + 1) * np.pi / (columns + 1)
    chord = aperture * np.sin(angle)
    fx = aperture * np.cos(angle)
    node, weight = np.polynomial.legendre.leggauss(rows)
    fy = np.outer(chord, node)
    share = aperture * np.pi / (columns + 1) * np.sin(angle)[:, None] * chord[:, None] * weight
    factor = _phases(line, np.hypot(fx[:, None], fy), depth, focus) * share[:, :, None]
    factor = np.concatenate([factor.real, factor.imag], axis=2)
    turn = np.exp(2j * np.pi * np.outer(r, fx))
    table, scale = _disc_table(mask, aperture + float(np.hypot(across, along).max()))
    block = max(1, _ENTRIES // max(fy.size, columns * 2 * depth.size, r.size * depth.size))
    for start in range(0, weights.size, block):
        qx, qy, part = (each[start : start + block] for each in (across, along, weights))
        summed = _disc_amplitudes(table, scale, fx, fy, qx, qy) @ factor
        waves = summed[..., : depth.size] + 1j * summed[..., depth.size :]
        field = (turn @ waves.reshape(columns, -1)).reshape(r.size, qx.size, depth.size)
        if background:
            seen = np.hypot(qx, qy) < aperture
            direct = _phases(line, np.hypot(qx, qy), depth, focus) * (background * seen)[:, None]
            field += np.exp(2j * np.pi * np.outer(r, qx))[:, :, None] * direct
        image += np.einsum("rsd,s->dr", field.real**2 + field.imag**2, part)
    return image


def _disc_table(mask: RoundMask, highest: float) -> tuple[np.ndarray, float]:
    """The transform of the discs' amplitude, sum of steps of a J1(2 pi a f) / f, evenly spaced, and the inverse of the spacing [m]."""
    count = int(np.ceil(_TABLE * highest * mask.radii[-1])) + 4
    f = np.arange(count + 3) * (highest / count)
    safe = np.where(f > 0, f, 1.0)
    discs = zip(mask.radii, mask.steps, strict=True)
    return sum(step * np.where(f > 0, a * j1(2 * np.pi * a * f) / safe, np.pi * a * a) for a, step in discs), count / highest


@njit(cache=True)
def _disc_amplitudes(table, scale, fx, fy, qx, qy):
    """That transform between each point of the aperture (columns, rows) and of the source (columns, sources, rows), by cubics."""
    out = np.empty((fx.size, qx.size, fy.shape[1]))
    for c in range(fx.size):
        for s in range(qx.size):
            dx = fx[c] - qx[s]
            for k in range(fy.shape[1]):
                dy = fy[c, k] - qy[s]
                place = math.sqrt(dx * dx + dy * dy) * scale
                left = int(place)
                u = place - left
                before, here, there, after = table[abs(left - 1)], table[left], table[left + 1], table[left + 2]
                curve = (here - there) / 2 + (after - before) / 6
                slope = there - before / 3 - here / 2 - after / 6
                out[c, s, k] = here + u * (slope + u * ((before + there) / 2 - here + u * curve))
    return out


def line_image(mask: LinearMask, line: Path, depth, focus: float, x, aperture: float, coherence: float) -> np.ndarray:
    """Image of stripes (depths, x): each source point lights one chord of the aperture.

    Parameters
    ----------
    mask : [m]
    line : the way into the resist [m]
    depth : below the resist's top [m], one row
    focus : depth at which the image is sharp [m]; if above the resist, 0 and that air is in the line's way
    x : places [m], one row
    aperture : of the lens, NA / wavelength [1/m]
    coherence : source's aperture over the lens's [1]
    """
    background = np.sqrt(mask.background)
    image = np.zeros((depth.size, x.size))
    sideways = _sideways(line, depth, focus, aperture)
    edges = np.array(mask.edges)
    centre = 0.5 * (edges[0] + edges[-1]) if edges.size else 0.0
    place = x - centre
    outer = sideways + (0.5 * float(np.ptp(edges)) if edges.size else 0.0) + float(np.abs(place).max())
    middles, widths = 0.5 * (edges[1:] + edges[:-1]) - centre, np.diff(edges)
    excess = np.sqrt(mask.transmissions) - background
    sources = source_points(aperture, coherence, _RADIAL / aperture + sideways, _ROUND / aperture + sideways, quarter=True)
    node, weight = np.polynomial.legendre.leggauss(int(np.ceil(_MARGIN * np.pi * aperture * outer)) + _MORE)
    for qx, qy, part in zip(*sources, strict=True):
        if qy >= aperture:
            continue
        half = np.sqrt(aperture**2 - qy**2)
        f = half * node
        phases = _phases(line, np.hypot(f, qy), depth, focus) * (half * weight)[:, None]
        turn = np.exp(2j * np.pi * np.outer(place, f))
        for tilt in (qx, -qx):
            amplitude = (np.exp(-2j * np.pi * np.outer(f - tilt, middles)) * np.sinc(np.outer(f - tilt, widths)) * widths) @ excess
            field = turn @ (phases * amplitude[:, None])
            if background and qx**2 + qy**2 < aperture**2:
                direct = background * _phases(line, np.array([np.hypot(qx, qy)]), depth, focus)
                field += np.exp(2j * np.pi * place * tilt)[:, None] * direct
            image += 0.5 * part * (field.real**2 + field.imag**2).T
    return image


def plane_image(mask: PlaneMask, line: Path, depth, focus: float, _, aperture: float, coherence: float) -> np.ndarray:
    """Cell means of the image of an array of bumps (depths, ny, nx): every source point sums the orders that pass the lens.

    Parameters
    ----------
    mask : [m]
    line : the way into the resist [m]
    depth : below the resist's top [m], one row
    focus : depth at which the image is sharp [m]; if above the resist, 0 and that air is in the line's way
    _ : not used [m], as a plane mask has its own cells
    aperture : of the lens, NA / wavelength [1/m]
    coherence : source's aperture over the lens's [1]
    """
    cells = mask.transmission.shape
    widths = np.array(cells) * mask.spacing
    sideways = _sideways(line, depth, focus, aperture)
    radial, angular = (part / aperture + sideways for part in _PLANE)
    across, along, weights = source_points(aperture, coherence, radial, angular, quarter=True)
    # the intensity has orders up to twice the aperture; a period is twice the quarter's width
    points = [next_fast_len(int(8 * aperture * width) + 3) for width in widths]
    points = [count + count % 2 for count in points]
    highest = [int(np.ceil((1 + coherence) * aperture * 2 * width)) + 1 for width in widths]
    amplitudes = cosine_amplitudes(np.sqrt(mask.transmission), tuple(count + 1 for count in highest))
    for axis, count in enumerate(highest):
        amplitudes = np.moveaxis(np.moveaxis(amplitudes, axis, -1) * np.where(np.arange(count + 1) == 0, 1.0, np.sqrt(0.5)), -1, axis)
    image = np.zeros((depth.size, points[0] // 2, points[1] // 2))
    for qx, qy, part in zip(across, along, weights, strict=True):
        ends = [(2 * (-aperture - q) * width, 2 * (aperture - q) * width) for q, width in zip((qy, qx), widths, strict=True)]
        orders = [np.arange(int(np.ceil(low)), int(np.floor(high)) + 1) for low, high in ends]
        shifted = np.hypot.outer(orders[0] / (2 * widths[0]) + qy, orders[1] / (2 * widths[1]) + qx)
        inside = shifted < aperture
        if not inside.any():
            continue
        row, column = np.nonzero(inside)
        ky, kx = orders[0][row], orders[1][column]
        # places are the middles of the grid's cells: half a step is a turn of each order
        half_step = np.exp(1j * np.pi * (ky / points[0] + kx / points[1]))
        waves = (_phases(line, shifted[inside], depth, focus) * (amplitudes[np.abs(ky), np.abs(kx)] * half_step)[:, None]).T
        # single precision: 1e-6 of the light
        spectrum = np.zeros((depth.size, *points), np.complex64)
        spectrum[:, ky % points[0], kx % points[1]] = waves
        field = ifft2(spectrum, norm="forward", overwrite_x=True)
        light = field.real**2 + field.imag**2
        light = light + light[:, ::-1]
        light = light + light[:, :, ::-1]
        image += (0.25 * part) * light[:, : points[0] // 2, : points[1] // 2]
    cosines = dctn(image, axes=(1, 2), norm="ortho")
    means = [cell_means(cell, count) * np.sqrt(cell / count) for cell, count in zip(cells, image.shape[1:], strict=True)]
    return means[0] @ cosines @ means[1].T
