"""The image in thick resist behind a lens of small aperture lit by a source of finite size: 1X and 2X steppers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .lens_images import line_image, plane_image, round_image
from .masks import LinearMask, PlaneMask, RoundMask
from .media import OpticsError, Path, checked_depth, paths

_MORE_DEPTHS = 6  # beyond the fewest that follow the image's change with depth: errors below 1e-5 (see the tests)


def projection(
    mask: RoundMask | LinearMask | PlaneMask,
    depth: ArrayLike,
    wavelengths: ArrayLike,
    *,
    at: ArrayLike = (),
    numerical_aperture: float,
    coherence: float,
    focus: float = 0.0,
    layers: tuple = ((0.0, 1.0),),
) -> np.ndarray:
    """Relative intensity in the resist under a lens that images the mask, absorption left out.

    I = mean over source points q, |q| <= coherence NA / wavelength, of |integral over |f| <= NA / wavelength of T(f - q) exp(2 pi i f x)
    exp(2 pi i sum over media from focus to depth of thickness sqrt((index/wavelength)^2 - f^2)) df|^2 (Abbe), T the transform of the mask's
    amplitude, divided by the open field's.

    Parameters
    ----------
    mask : RoundMask, LinearMask or PlaneMask, in the wafer's dimensions [m]
    depth : below the resist's top [m], one row; it may run on below the last layer's top as deep as needed
    wavelengths : in air, one a line [m]
    at : r (RoundMask) or x (LinearMask) [m], one row; a PlaneMask gives its own cells
    numerical_aperture : NA of the lens on the wafer's side, in air, between 0 and 1
    coherence : sigma, source's aperture over the lens's, positive [1]; small is coherent, large is incoherent
    focus : depth at which the image is sharp [m], above the resist's top if negative (in air there)
    layers : (thickness [m], index) from the top down, the index one number or one a line; the last reaches as deep as needed

    Returns
    -------
    array (lines, depths, points), or (lines, depths, ny, nx) cell means for a PlaneMask; 1 is the open field.

    Raises
    ------
    OpticsError (a ValueError) : apertures, lengths or indices that no lens or light path has.

    Scalar waves, a lens without aberration, source and aperture evenly filled; good to about NA 0.5. The aperture is summed by Gauss's
    rules (error below 1e-5); the source too, with as many points as give 1e-3 or better behind features of up to 50 um (2e-3 for a
    PlaneMask); the image is found at a few Chebyshev depths of each layer and interpolated (1e-5), as it changes no faster than
    NA^2 / (2 index wavelength) per length. Source: Born and Wolf, Principles of Optics, section 10.5 (partial coherence).

    >>> edge = LinearMask((0.0, 200e-6), (1.0,), 0.0)
    >>> image = projection(edge, [0.0], [365e-9], at=[0.0, 100e-6], numerical_aperture=0.16, coherence=0.5)
    >>> [round(float(value), 2) for value in image[0, 0]]
    [0.26, 1.0]
    """
    depth = checked_depth(depth)
    if not 0.0 < numerical_aperture < 1.0:
        raise OpticsError(f"a lens in air has a numerical aperture between 0 and 1, not {numerical_aperture!r}")
    if not (np.isfinite(coherence) and coherence > 0):
        raise OpticsError(f"a source has a size: its coherence ratio is positive, not {coherence!r}")
    if not np.isfinite(focus):
        raise OpticsError(f"a lens is in focus at some depth, not at {focus!r} m")
    lines = paths(wavelengths, layers, ((max(-focus, 0.0), 1.0),))
    if min(float(line.indices.min()) for line in lines) <= numerical_aperture:
        raise OpticsError("a resist's index lies above the numerical aperture, else light would not enter it")
    at = np.atleast_1d(np.asarray(at, float))
    if at.ndim != 1 or not np.all(np.isfinite(at)):
        raise OpticsError("an image is asked for at places in one row, each a finite length")
    if isinstance(mask, RoundMask) and np.any(at < 0):
        raise OpticsError("a distance from the axis is not negative")
    points = mask.transmission.shape if isinstance(mask, PlaneMask) else at.shape
    image = np.empty((len(lines), depth.size, *points))
    if image.size == 0:
        return image
    for row, line in enumerate(lines):
        aperture = numerical_aperture / line.wavelength
        for chosen in _by_layer(line, depth):
            nodes, share = _depths(line, depth[chosen], numerical_aperture)
            values = _image(mask, line, nodes, max(focus, 0.0), at, aperture, coherence)
            image[row, chosen] = np.tensordot(share, values, axes=1)
    return image


def _image(mask, line: Path, depth: np.ndarray, focus: float, at: np.ndarray, aperture: float, coherence: float) -> np.ndarray:
    """One line's image (depths, points); the path from the focus to each depth starts in air above the resist or at a depth inside."""
    form = round_image if isinstance(mask, RoundMask) else line_image if isinstance(mask, LinearMask) else plane_image
    return form(mask, line, depth, focus, at, aperture, coherence)


def _by_layer(line: Path, depth: np.ndarray):
    """Which depths lie in each layer: the image is smooth in one, and has kinks between two."""
    layer = np.searchsorted(line.tops, depth, side="right")
    for each in np.unique(layer):
        yield np.flatnonzero(layer == each)


def _depths(line: Path, depth: np.ndarray, numerical_aperture: float) -> tuple[np.ndarray, np.ndarray]:
    """Depths at which to find the image, and each one's share in the image at the depths asked for."""
    low, high = float(depth.min()), float(depth.max())
    index = float(line.indices.min())
    change = (index - np.sqrt(index**2 - numerical_aperture**2)) / line.wavelength
    count = int(np.ceil(np.pi * (high - low) * change)) + _MORE_DEPTHS
    if depth.size <= count:
        return depth, np.eye(depth.size)
    angle = (np.arange(count) + 0.5) * np.pi / count
    nodes = 0.5 * (low + high) + 0.5 * (high - low) * np.cos(angle)
    away = depth[:, None] - nodes
    exact = away == 0.0
    terms = np.where(exact, 1.0, np.where(np.arange(count) % 2 == 0, 1.0, -1.0) * np.sin(angle) / np.where(exact, 1.0, away))
    terms = np.where(exact.any(axis=1, keepdims=True), exact, terms)
    return nodes, terms / terms.sum(axis=1, keepdims=True)
