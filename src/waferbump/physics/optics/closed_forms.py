"""Images known in closed form: a straight edge, a round hole's axis, a bare surface."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fresnel

from .media import OpticsError


def fresnel_edge(v: ArrayLike) -> np.ndarray:
    """Relative intensity behind a straight edge.

    I = ((1/2 + C(v))^2 + (1/2 + S(v))^2) / 2, C and S Fresnel's integrals, v = x sqrt(2 / (wavelength z)).

    Parameters
    ----------
    v : distance from the edge [1], positive on the lit side, any shape

    Valid for small angles, x << z. Source: Born and Wolf, Principles of Optics, section 8.7.3.

    >>> fresnel_edge([0.0, 1.2172, -1.0]).round(4).tolist()
    [0.25, 1.3704, 0.0411]
    """
    sine, cosine = fresnel(np.asarray(v, float))
    return 0.5 * ((0.5 + cosine) ** 2 + (0.5 + sine) ** 2)


def disc_axis(radius: ArrayLike, distance: ArrayLike, wavelength: ArrayLike) -> np.ndarray:
    """Relative intensity on the axis behind a round hole lit by a plane wave.

    I = |1 - (z / R) exp(i k (R - z))|^2, R^2 = z^2 + a^2, k = 2 pi / wavelength.

    Parameters
    ----------
    radius : a [m], array-like
    distance : z [m], array-like, positive
    wavelength : in the medium [m], array-like

    Raises
    ------
    OpticsError (a ValueError) : a length that is not positive.

    Exact for the Rayleigh-Sommerfeld integral of the first kind. Source: Osterberg and Smith, J. Opt. Soc. Am. 51 (1961) 1050.

    >>> float(disc_axis(40e-6, 500e-6, 405e-9).round(4))
    0.1208
    """
    radius, distance, wavelength = (np.asarray(each, float) for each in (radius, distance, wavelength))
    if not (np.all(radius > 0) and np.all(distance > 0) and np.all(wavelength > 0)):
        raise OpticsError("a hole's radius, the distance behind it and the wavelength are positive")
    slant = np.hypot(distance, radius)
    # R - z without the loss of digits at small angles
    turn = 2 * np.pi / wavelength * radius**2 / (slant + distance)
    return np.abs(1 - distance / slant * np.exp(1j * turn)) ** 2


def reflectance(index_1: ArrayLike, index_2: ArrayLike, extinction_2: ArrayLike) -> np.ndarray:
    """Reflected part of the light that falls straight from a clear medium onto a surface.

    R = ((n1 - n2)^2 + k2^2) / ((n1 + n2)^2 + k2^2)

    Parameters
    ----------
    index_1 : n1 of the clear medium [1], array-like
    index_2 : n2 of the medium behind the surface [1], array-like
    extinction_2 : k2 of the medium behind the surface [1], array-like, not negative

    Raises
    ------
    OpticsError (a ValueError) : an index that is not positive, or a negative extinction.

    Source: Born and Wolf, Principles of Optics, section 14.2.

    >>> float(reflectance(1.0, 1.5, 0.0).round(4))
    0.04
    """
    index_1, index_2, extinction_2 = (np.asarray(each, float) for each in (index_1, index_2, extinction_2))
    if not (np.all(index_1 > 0) and np.all(index_2 >= 0) and np.all(extinction_2 >= 0) and np.all(index_2 + extinction_2 > 0)):
        raise OpticsError("a surface needs positive refractive indices and an extinction that is not negative")
    return ((index_1 - index_2) ** 2 + extinction_2**2) / ((index_1 + index_2) ** 2 + extinction_2**2)
