"""An array of equal bumps behind a gap: the mask and its image as sums of cosines, exactly as periodic as the array."""

from __future__ import annotations

import numpy as np
from scipy.fft import dctn, idctn
from scipy.special import j1

from .masks import PlaneMask
from .media import Path, highest_frequency, transfer

# [1 / radius of the source disc] highest frequency of the field to be sampled without alias: fringes beyond keep 1.5 % of themselves
_BLURRED = 3.5
_VISIBLE = 3.0  # waves that decay more, below exp(-3), set no grid
_PARTS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24)  # a cell's width is cut into
_ENTRIES = 20_000_000  # numbers held at once, 160 MB; our choice
_STEP = 1 / 64  # of the table of the source disc's transform: its straight pieces are off by at most step^2 / 32 = 8e-6


def plane_image(mask: PlaneMask, lines: list[Path], depth: np.ndarray, radii: np.ndarray, finer: int = 1) -> np.ndarray:
    """Cell means of the intensity (lines, depths, ny, nx), averaged over source discs.

    Parameters
    ----------
    mask : [m]
    lines : the ways into the resist [m]
    depth : below the resist's top [m], one row
    radii : of the source discs [m] (lines, depths)
    finer : times the points on which the field is sampled [1]: for tests
    """
    image = np.empty((len(lines), depth.size, *mask.transmission.shape))
    for row, line in enumerate(lines):
        highest = highest_frequency(line, depth, _VISIBLE)
        with np.errstate(divide="ignore"):
            needed = 2.0 * np.minimum(highest, _BLURRED / radii[row]) * mask.spacing
        parts = finer * np.array(_PARTS)[np.minimum(np.searchsorted(_PARTS, needed), len(_PARTS) - 1)]
        for each in np.unique(parts):
            chosen = np.flatnonzero(parts == each)
            image[row, chosen] = _one_grid(mask, line, depth[chosen], radii[row, chosen], int(each))
    return image


def _one_grid(mask: PlaneMask, line: Path, depth: np.ndarray, radii: np.ndarray, parts: int) -> np.ndarray:
    """Images at several depths, each on a grid of `parts` points a cell and way."""
    cells = mask.transmission.shape
    points = tuple(parts * count for count in cells)
    limit = float(highest_frequency(line, depth[[depth.argmin()]])[0])
    kept = tuple(min(parts * count, int(2 * count * mask.spacing * limit) + 1) for count in cells)
    size = cosine_amplitudes(np.sqrt(mask.transmission), kept) * np.sqrt(points[0] * points[1])
    half_periods = [np.arange(count) / (2 * cell * mask.spacing) for count, cell in zip(kept, cells, strict=True)]
    square, place = np.unique(np.add.outer(half_periods[0] ** 2, half_periods[1] ** 2).round(2), return_inverse=True)
    place = place.reshape(kept)
    smooth = tuple(min(count, 2 * cell) for count, cell in zip(points, cells, strict=True))
    shape = np.hypot.outer(*(np.arange(count) / (2 * cell * mask.spacing) for count, cell in zip(smooth, cells, strict=True)))
    means = [cell_means(cell, count) for cell, count in zip(cells, smooth, strict=True)]
    image = np.empty((depth.size, *cells))
    block = max(1, _ENTRIES // (2 * square.size))
    spectrum = np.zeros((2, *points))
    for start in range(0, depth.size, block):
        factor = transfer(np.sqrt(square), line.fixed, line.tops, line.indices, line.wavelength, depth[start : start + block])
        count = factor.shape[1] // 2
        for k in range(count):
            for part in (0, 1):
                spectrum[part, : kept[0], : kept[1]] = factor[:, part * count + k][place] * size
            wave = idctn(spectrum, axes=(1, 2), norm="ortho")
            fine = wave[0] ** 2 + wave[1] ** 2
            if radii[start + k] == 0.0:
                image[start + k] = fine.reshape(cells[0], parts, cells[1], parts).mean(axis=(1, 3))
            else:
                cosines = dctn(fine, norm="ortho")[: smooth[0], : smooth[1]] * _disc_transform(2 * np.pi * radii[start + k] * shape)
                image[start + k] = means[0] @ cosines @ means[1].T / np.sqrt(parts * parts)
    return np.maximum(image, 0.0)  # the cosines left out make ripples of some 1e-6 where it is dark


def cosine_amplitudes(field: np.ndarray, kept: tuple[int, int]) -> np.ndarray:
    """Amplitudes of 1 and sqrt(2) cos(pi k x / width) in a field that is constant on each cell: integrals, not samples.

    Parameters
    ----------
    field : on the cells' centres [1], (ny, nx)
    kept : how many along y and x [1]
    """
    amplitudes = dctn(field, norm="ortho") / np.sqrt(field.size)
    for axis, count in enumerate(kept):
        cells = field.shape[axis]
        order = np.arange(count) % (4 * cells)
        # cos(pi k (i + 1/2) / n) of the cells' centres turns round at k = n and 3 n, with its sign changed once
        source = np.where(order < 2 * cells, order, 4 * cells - order)
        sign = np.where(source > cells, -1.0, 1.0)
        source = np.where(source > cells, 2 * cells - source, source)
        sign = np.where(source == cells, 0.0, sign) * np.sinc(np.arange(count) / (2 * cells))
        # cos(0) has the norm 1, the others 1 / sqrt 2: a multiple of 2 n takes its value from k = 0
        sign = np.where((source == 0) & (np.arange(count) > 0), sign * np.sqrt(2.0), sign)
        amplitudes = np.moveaxis(np.take(amplitudes, np.minimum(source, cells - 1), axis=axis), axis, -1) * sign
        amplitudes = np.moveaxis(amplitudes, -1, axis)
    return amplitudes


def cell_means(cells: int, count: int) -> np.ndarray:
    """Means (cells, count) over each cell of the cosines that are orthonormal on the cells' centres [1].

    Parameters
    ----------
    cells : number of cells [1]
    count : number of cosines, the constant first [1]
    """
    order = np.arange(count)
    norm = np.where(order == 0, 1.0, np.sqrt(2.0)) / np.sqrt(cells)
    return np.cos(np.pi * np.outer(np.arange(cells) + 0.5, order) / cells) * np.sinc(order / (2 * cells)) * norm


def _disc_transform(x: np.ndarray) -> np.ndarray:
    """2 J1(x) / x, from a table."""
    node = 1e-9 + _STEP * np.arange(int(x.max() / _STEP) + 2)
    return np.interp(x, node, 2 * j1(node) / node)
