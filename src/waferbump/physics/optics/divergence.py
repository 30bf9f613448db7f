"""A lamp of finite size: the coherent image averaged over a disc, as every point of the lamp throws its own image, moved sideways."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

# Cumulative chord and lens areas need an inverse cosine at every cell. acos(x) = sqrt(1 - x) p(x) for 0 <= x <= 1, within 2e-8:
# Abramowitz and Stegun, Handbook of Mathematical Functions, formula 4.4.46.
_ACOS = (1.5707963050, -0.2145988016, 0.0889789874, -0.0501743046, 0.0308918810, -0.0170881256, 0.0066700901, -0.0012624911)


@njit(cache=True, inline="always")
def _acos(x):
    y = abs(x)
    p = _ACOS[7]
    for k in range(6, -1, -1):
        p = p * y + _ACOS[k]
    p *= math.sqrt(max(1.0 - y, 0.0))
    return p if x >= 0.0 else math.pi - p


def cell_means(image: np.ndarray, inner: float) -> np.ndarray:
    """Means over equal cells, to fourth order, from values at their centres; the outermost cells keep theirs.

    mean = I + h^2 I'' / 24 (stripes), + h^2 I' / (12 r) (rings, where the bright spot on the axis would else weigh too much).

    Parameters
    ----------
    image : values [1] (lines, depths, cells)
    inner : distance of the first cell from the axis, in cells [1]; infinite for stripes
    """
    means = image.copy()
    before = image[..., :-2]
    if inner == 0.0:  # the first cell's neighbour is its mirror image
        before = np.concatenate([image[..., :1], before], axis=-1)
    here, after = image[..., -1 - before.shape[-1] : -1], image[..., -before.shape[-1] :]
    place = inner + image.shape[-1] - 0.5 - np.arange(before.shape[-1], 0, -1)
    means[..., -1 - before.shape[-1] : -1] += (before - 2 * here + after) / 24 + (after - before) / (24 * place)
    return means


@njit(cache=True)
def blurred_rings(image, edges, r, radii):
    """Averages over discs about points at distance r from the axis of an axisymmetric image (lines, depths, r).

    A cell's weight is the part of the disc that lies in its ring: the area of the lens of two circles, differenced.

    Parameters
    ----------
    image : values [1] (lines, depths, cells)
    edges : of the cells, distances from the axis, rising from 0 [m]
    r : of the points [m], one row
    radii : of the discs [m] (lines, depths)
    """
    lines, depths, cells = image.shape
    out = np.empty((lines, depths, r.size))
    part = np.empty(cells + 1)
    for line in range(lines):
        for k in range(depths):
            s = radii[line, k]
            whole = math.pi * s * s
            for i in range(r.size):
                low, high = abs(r[i] - s), r[i] + s
                first, last = np.searchsorted(edges, max(r[i] - s, 0.0), side="right") - 1, min(np.searchsorted(edges, high), cells)
                _lens(part, first, last, edges, r[i], s, low, high)
                total = 0.0
                for j in range(first, last):
                    total += (part[j + 1] - part[j]) * image[line, k, j]
                out[line, k, i] = total / whole
    return out


@njit(cache=True, fastmath=True, error_model="numpy")
def _lens(part, first, last, edges, r, s, low, high):
    """Area of the disc of radius s about a point at r that lies within each ring boundary of the axis."""
    ss, rr = s * s, r * r
    for j in range(first, last + 1):
        p = edges[j]
        pp = p * p
        if p <= low:
            part[j] = math.pi * pp if r < s else 0.0
        elif p >= high:
            part[j] = math.pi * ss
        else:
            a = min(max((rr + pp - ss) / (2.0 * r * p), -1.0), 1.0)
            b = min(max((rr + ss - pp) / (2.0 * r * s), -1.0), 1.0)
            kite = (p + s - r) * (r + p - s) * (r + s - p) * (r + p + s)
            part[j] = pp * _acos(a) + ss * _acos(b) - 0.5 * math.sqrt(max(kite, 0.0))


@njit(cache=True)
def blurred_stripes(image, start, spacing, x, radii):
    """Averages over discs of an image that varies along x alone (lines, depths, x).

    A cell's weight is the part of the disc that lies between its edges: the area of a segment, differenced.

    Parameters
    ----------
    image : values [1] (lines, depths, cells)
    start : where the first cell begins [m]
    spacing : width of the cells [m]
    x : of the points [m], one row
    radii : of the discs [m] (lines, depths)
    """
    lines, depths, cells = image.shape
    out = np.empty((lines, depths, x.size))
    for line in range(lines):
        for k in range(depths):
            s = radii[line, k]
            for i in range(x.size):
                first = max(int((x[i] - s - start) / spacing), 0)
                last = min(math.ceil((x[i] + s - start) / spacing), cells)
                before, total = 0.0, 0.0
                for j in range(first, last):
                    u = min(max((start + (j + 1) * spacing - x[i]) / s, -1.0), 1.0)
                    now = 1.0 if j == last - 1 else 1.0 - (_acos(u) - u * math.sqrt(1.0 - u * u)) / math.pi
                    total += (now - before) * image[line, k, j]
                    before = now
                out[line, k, i] = total
    return out


@njit(cache=True)
def averaged_rings(image, start, spacing, r, radii, across, along, weights, about_axis):
    """Averages over discs only a few cells wide (lines, depths, r).

    A quadrature on the disc, each value from the cubic through four cell centres.

    Parameters
    ----------
    image : values [1] on centres start + (k + 1/2) spacing (lines, depths, cells)
    start : where the first cell begins [m]
    spacing : width of the cells [m]
    r : of the points [m], one row, or places x
    radii : of the discs [m] (lines, depths)
    across, along, weights : points of the unit disc and their parts in it [1], along >= 0
    about_axis : whether the cells are rings about r = 0 [1]
    """
    lines, depths, cells = image.shape
    out = np.empty((lines, depths, r.size))
    for line in range(lines):
        for k in range(depths):
            s = radii[line, k]
            row = image[line, k]
            for i in range(r.size):
                total = 0.0
                for q in range(weights.size):
                    p = r[i] + s * across[q]
                    if about_axis:
                        p = math.sqrt(p * p + (s * along[q]) ** 2)
                    t = (p - start) / spacing - 0.5
                    j = min(max(math.floor(t), -1 if about_axis else 1), cells - 3)
                    u = t - j
                    before, left = row[abs(j - 1) - (1 if j < 1 else 0)], row[j if j >= 0 else 0]
                    right, after = row[j + 1], row[j + 2]
                    total += weights[q] * (
                        -u * (u - 1.0) * (u - 2.0) / 6.0 * before
                        + (u + 1.0) * (u - 1.0) * (u - 2.0) / 2.0 * left
                        - (u + 1.0) * u * (u - 2.0) / 2.0 * right
                        + (u + 1.0) * u * (u - 1.0) / 6.0 * after
                    )
                out[line, k, i] = total
    return out


def half_disc(rings: int = 5, rays: int = 10) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points and weights on the unit disc's upper half that give the mean over the disc of what is even about its diameter.

    Parameters
    ----------
    rings, rays : how many radii and how many angles [1]
    """
    node, weight = np.polynomial.legendre.leggauss(rings)
    radius = np.sqrt(0.5 * (node + 1.0))
    angle = (np.arange(rays) + 0.5) * np.pi / rays
    weights = np.repeat(0.5 * weight / rays, rays)
    return np.outer(radius, np.cos(angle)).ravel(), np.outer(radius, np.sin(angle)).ravel(), weights
