"""Light behind a mask. So far one blurred image of stated width; diffraction proper comes with the lithography models."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chndtr

# A Gaussian edge of standard deviation s has the log-slope 0.798/s where it crosses half intensity; a coherent Fresnel edge
# has 2/sqrt(wavelength z/2) at its geometrical edge. Equal slopes give s = 0.399 sqrt(wavelength z/2).
_FRESNEL_TO_GAUSSIAN = np.sqrt(2 / np.pi) / 2


def blurred_disc(radius: float, r: ArrayLike, width: float) -> np.ndarray:
    """Relative intensity at distance r from the centre of a clear disc whose image is blurred by a Gaussian.

    I(r) = integral over the disc of exp(-d^2 / (2 s^2)) / (2 pi s^2), which is the non-central chi-square distribution with two
    degrees of freedom: P(X <= (a/s)^2), non-centrality (r/s)^2.

    Parameters
    ----------
    radius : a [m], of the clear disc
    r : [m], any shape
    width : s [m], standard deviation of the blur; 0 gives the sharp disc

    Returns
    -------
    array of r's shape, between 0 and 1.

    >>> float(blurred_disc(40e-6, 0.0, 5e-6).round(6))
    1.0
    """
    r = np.abs(np.asarray(r, float))
    if radius <= 0:
        return np.zeros_like(r)
    if width <= 0:
        return np.where(r < radius, 1.0, np.where(r > radius, 0.0, 0.5))
    return chndtr((radius / width) ** 2, 2, (r / width) ** 2)


def blur_width(wavelength: float, gap: float, depth: float, divergence: float) -> float:
    """Standard deviation of the Gaussian that stands for diffraction behind a mask and for the lamp's divergence.

    s^2 = (0.399 sqrt(wavelength z / 2))^2 + (z tan(divergence) / 2)^2, z = gap + depth. The first term matches the log-slope of a
    coherent Fresnel edge at the geometrical edge, the second is the standard deviation along one axis of a uniform disc of radius
    z tan(divergence).

    Parameters
    ----------
    wavelength : [m], in air
    gap : [m], mask to resist surface
    depth : [m], optical depth in the resist (thickness / refractive index)
    divergence : [rad], half angle of the source

    Returns
    -------
    s [m]. Valid for one edge (features larger than 3 s); the fringes of a coherent image are not in it.
    """
    distance = gap + depth
    return float(np.hypot(_FRESNEL_TO_GAUSSIAN * np.sqrt(wavelength * distance / 2), distance * np.tan(divergence) / 2))


def projection_blur_width(wavelength: float, numerical_aperture: float, defocus: float) -> float:
    """Standard deviation of the Gaussian that stands for a projection lens in or out of focus.

    s^2 = (0.399 * 0.6 wavelength / NA)^2 + (defocus tan(asin NA) / 2)^2.

    Parameters
    ----------
    wavelength : [m]
    numerical_aperture : NA, between 0 and 1
    defocus : [m], largest distance of the resist from the focal plane, as an optical depth

    Returns
    -------
    s [m]. The first term matches the slope of an in-focus edge, about 2.5 NA / wavelength in log intensity per metre.
    """
    in_focus = 2 * _FRESNEL_TO_GAUSSIAN * wavelength / (2.5 * numerical_aperture)
    return float(np.hypot(in_focus, defocus * np.tan(np.arcsin(numerical_aperture)) / 2))
