"""Plane waves straight through a stack of thin films, all reflections among them included."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .media import OpticsError


def film_stack_reflectance(indices: ArrayLike, thicknesses: ArrayLike, wavelength: float) -> float:
    """Reflected part of the light that falls straight onto a stack of films.

    r = (E- / E+) at the top, from [[E+], [E-]] = product over films of (interface matrix) (phase matrix), indices n + i k.

    Parameters
    ----------
    indices : n + i k [1] of the medium the light comes from, each film from the top down, and the substrate; one more than two per film
    thicknesses : of the films [m], one row, may be empty
    wavelength : in vacuum [m]

    Raises
    ------
    OpticsError (a ValueError) : lengths or indices that no film has, or as many films as do not fit the indices.

    Source: Born and Wolf, Principles of Optics, section 1.6 (characteristic matrix).

    >>> quarter = 400e-9 / (4 * 1.5**0.5)
    >>> round(film_stack_reflectance([1.0, 1.5**0.5, 1.5], [quarter], 400e-9), 12)   # a quarter wave of the mean index
    0.0
    """
    _, up, down = _waves(indices, thicknesses, wavelength)
    return float(np.abs(up[0] / down[0]) ** 2)


def standing_wave(indices: ArrayLike, thicknesses: ArrayLike, wavelength: float, depth: ArrayLike) -> np.ndarray:
    """Square of the electric field in a stack of films over that of the incoming wave.

    |E|^2 = |E+ exp(i k z) + E- exp(-i k z)|^2 in each film: with a period of wavelength / (2 n) in depth.

    Parameters
    ----------
    indices : n + i k [1] of the medium the light comes from, each film from the top down, and the substrate
    thicknesses : of the films [m], one row, may be empty
    wavelength : in vacuum [m]
    depth : below the top of the first film [m], any shape; negative in the medium above, beyond the last film in the substrate

    Raises
    ------
    OpticsError (a ValueError) : lengths or indices that no film has, or as many films as do not fit the indices.

    Source: Born and Wolf, Principles of Optics, section 1.6 (characteristic matrix).

    >>> standing_wave([1.0, 1.0], [], 400e-9, [-1e-7, 0.0, 3e-7]).round(9).tolist()   # nothing reflects
    [1.0, 1.0, 1.0]
    """
    indices, up, down = _waves(indices, thicknesses, wavelength)
    depth = np.asarray(depth, float)
    tops = np.concatenate([[0.0, 0.0], np.cumsum(np.asarray(thicknesses, float))])
    medium = np.searchsorted(tops[1:], depth, side="right")
    turn = 2j * np.pi * indices[medium] / wavelength * (depth - tops[medium])
    # below the last interface nothing comes up, so that no growing exponential is formed
    rising = np.where(up[medium] == 0, 0.0, up[medium] * np.exp(np.where(up[medium] == 0, 0.0, -turn)))
    return np.abs((down[medium] * np.exp(turn) + rising) / down[0]) ** 2


def _waves(indices, thicknesses, wavelength) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices, and the waves going up and down at each medium's top (the first medium's at its bottom), the last one's down 1."""
    indices, thicknesses = np.asarray(indices, complex), np.asarray(thicknesses, float)
    if indices.ndim != 1 or thicknesses.ndim != 1 or indices.size != thicknesses.size + 2:
        raise OpticsError(f"{thicknesses.size} films lie between two media: {thicknesses.size + 2} indices are needed, not {indices.size}")
    if not (np.all(np.isfinite(indices)) and np.all(indices.real > 0) and np.all(indices.imag >= 0) and indices[0].imag == 0.0):
        raise OpticsError("a film's index n + i k has a positive n and no negative k, and light comes through a clear medium")
    if not (np.all(np.isfinite(thicknesses)) and np.all(thicknesses >= 0) and np.isfinite(wavelength) and wavelength > 0):
        raise OpticsError("films have a thickness that is not negative, and light a positive wavelength")
    up, down = np.zeros(indices.size, complex), np.zeros(indices.size, complex)
    down[-1] = 1.0
    for k in range(indices.size - 2, -1, -1):
        ratio = indices[k + 1] / indices[k]
        # at the interface below medium k the field and its slope go on without a jump
        falls = 0.5 * ((1 + ratio) * down[k + 1] + (1 - ratio) * up[k + 1])
        rises = 0.5 * ((1 - ratio) * down[k + 1] + (1 + ratio) * up[k + 1])
        through = 2j * np.pi * indices[k] / wavelength * (thicknesses[k - 1] if k > 0 else 0.0)
        down[k], up[k] = falls * np.exp(-through), rises * np.exp(through)
        size = np.abs(down[k])
        down[k:], up[k:] = down[k:] / size, up[k:] / size
    return indices, up, down
