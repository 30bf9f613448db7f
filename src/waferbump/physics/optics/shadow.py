"""The image in thick resist behind a mask at a distance: mask aligners, contact and proximity."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .divergence import averaged_rings, blurred_rings, blurred_stripes, cell_means, half_disc
from .masks import LinearMask, PlaneMask, RoundMask
from .media import OpticsError, checked_depth, highest_frequency, paths
from .modes import coherent
from .plane_shadow import plane_image

_POINT = 0.05  # a source disc smaller than this over the highest frequency changes the finest fringe by (2 pi 0.05)^2 / 8 = 1 %: left out
_COARSE = 2.2  # samples per period of the highest frequency of the field where the source's disc is wide
_FINE = 6.0  # ... where it is narrow
_FINER = 3  # times more samples about the axis
_AXIS = 16.0  # ... up to this many periods of the highest frequency
_VISIBLE = 3.0  # waves that decay more, below exp(-3), set no grid
_CELLS = 4.0  # cells in a disc's radius at least


def proximity(
    mask: RoundMask | LinearMask | PlaneMask,
    gap: float,
    depth: ArrayLike,
    wavelengths: ArrayLike,
    *,
    at: ArrayLike = (),
    layers: tuple = ((0.0, 1.0),),
    divergence: float = 0.0,
    cover: tuple | None = None,
) -> np.ndarray:
    """Relative intensity in the resist under a mask that hangs above it, absorption left out.

    U = inverse transform of [transform of the mask's amplitude] exp(2 pi i sum over media of thickness sqrt((index/wavelength)^2 - f^2)),
    I = |U|^2, averaged over a disc of radius s = tan(divergence) * sum of thickness / index, for a lamp seen as a uniform disc.

    Parameters
    ----------
    mask : RoundMask, LinearMask or PlaneMask [m]
    gap : of air between mask and cover or resist [m]
    depth : below the resist's top [m], one row; it may run on below the last layer's top as deep as needed
    wavelengths : in air, one a line [m]
    at : r (RoundMask) or x (LinearMask) [m], one row; a PlaneMask gives its own cells
    layers : (thickness [m], index) from the top down, the index one number or one a line; the last reaches as deep as needed
    divergence : half angle of the source [rad]
    cover : (thickness [m], index) of a film between gap and resist, or None

    Returns
    -------
    array (lines, depths, points), or (lines, depths, ny, nx) cell means for a PlaneMask; 1 is the open field.

    Raises
    ------
    OpticsError (a ValueError) : lengths, indices or angles that no light path has.

    Scalar waves behind a thin mask, lit along the axis; evanescent waves decay (at contact, detail below wavelength / (4 index) is
    smoothed); what interfaces reflect is not in it. The average over the lamp is exact for small angles. A clear background is one plane
    wave, so nothing is cut off. Waves are evenly spaced in angle, closer than the inverse of the largest path difference per angle
    (`modes.coherent`): the error stays below 6e-4 on the axis of a hole, where edge waves add up, and below 2e-4 elsewhere; the average
    over the lamp adds at most 1.2e-3. An array (PlaneMask) is periodic; its cells are sharp squares, a partly covered one is grey, which
    puts an edge right to second order in the cell's width.
    Source: Goodman, Introduction to Fourier Optics, chapter 3 (angular spectrum); Born and Wolf, Principles of Optics, chapter 10 (Schell).

    >>> hole = RoundMask((40e-6,), (1.0,), 0.0)
    >>> proximity(hole, 0.0, [1e-3], [405e-9], at=[0.0]).round(3).tolist()   # disc_axis: 0.0256
    [[[0.026]]]
    """
    depth = checked_depth(depth)
    gap = float(gap)
    if not (np.isfinite(gap) and gap >= 0):
        raise OpticsError(f"a gap is a length and not negative, not {gap!r} m")
    if not 0.0 <= divergence < np.pi / 2:
        raise OpticsError(f"a lamp's half angle lies between 0 and a right angle, not at {divergence!r} rad")
    lines = paths(wavelengths, layers, ((gap, 1.0),) if cover is None else ((gap, 1.0), cover))
    radii = np.array([line.reduced(depth) for line in lines]) * np.tan(divergence)
    if isinstance(mask, PlaneMask):
        return plane_image(mask, lines, depth, radii)
    at = np.atleast_1d(np.asarray(at, float))
    if at.ndim != 1 or not np.all(np.isfinite(at)):
        raise OpticsError("an image is asked for at places in one row, each a finite length")
    if isinstance(mask, RoundMask) and np.any(at < 0):
        raise OpticsError("a distance from the axis is not negative")
    image = np.empty((len(lines), depth.size, at.size))
    if image.size == 0:
        return image
    for chosen, spacing in _groups(lines, depth, radii):
        if spacing == 0.0:
            image[:, chosen] = coherent(mask, lines, depth[chosen], at)
        else:
            image[:, chosen] = _averaged(mask, lines, depth[chosen], at, radii[:, chosen], spacing)
    return image


def _groups(lines, depth, radii):
    """Depths that one grid of points serves, with that grid's spacing [m]; 0 where the lamp is as good as a point."""
    narrow = radii.min(axis=0)
    highest = np.max([highest_frequency(line, depth, _VISIBLE) for line in lines], axis=0)
    kind = np.where(narrow * highest < _POINT, 0, np.where(narrow * highest < _CELLS / _COARSE, 1, 2))
    for each in (0, 1, 2):
        chosen = np.flatnonzero(kind == each)
        if chosen.size:
            yield chosen, (0.0, 1 / _FINE, 1 / _COARSE)[each] / highest[chosen].max()


def _averaged(mask, lines, depth, at, radii, spacing: float) -> np.ndarray:
    """The coherent image on cells, averaged over the source's disc."""
    widest = float(radii.max())
    image = np.empty((len(lines), depth.size, at.size))
    small = radii.min(axis=0) < _CELLS * spacing
    round_mask = isinstance(mask, RoundMask)
    start = 0.0 if round_mask else float(at.min()) - widest - 2 * spacing
    count = int(np.ceil((at.max() + widest - start) / spacing)) + 3
    if small.any() or not round_mask:
        cells = coherent(mask, lines, depth, start + (np.arange(count) + 0.5) * spacing)
        if small.any():
            image[:, small] = averaged_rings(cells[:, small], start, spacing, at, radii[:, small], *half_disc(), round_mask)
        if not round_mask:
            image[:, ~small] = blurred_stripes(cell_means(cells[:, ~small], np.inf), start, spacing, at, radii[:, ~small])
    if round_mask and not small.all():
        # about the axis edge waves from all sides meet and make fringes of twice the highest frequency
        inner = min(count, int(np.ceil(_AXIS * _COARSE)))
        edges = np.concatenate([np.arange(inner * _FINER) / _FINER, np.arange(inner, count + 1)]) * spacing
        cells = coherent(mask, lines, depth[~small], 0.5 * (edges[:-1] + edges[1:]))
        near, far = cells[..., : inner * _FINER], cells[..., inner * _FINER :]
        means = np.concatenate([cell_means(near, 0.0), cell_means(far, inner)], axis=-1) if inner < count else cell_means(near, 0.0)
        image[:, ~small] = blurred_rings(means, edges, at, radii[:, ~small])
    return image
