"""What light crosses on its way: air, a carrier film, the layers of resist; and the wave spectrum's phase through them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

DEEP = 14.0  # evanescent waves weaker than exp(-14) = 1e-6 in amplitude are left out
# [largest index / wavelength] end of the spectrum where evanescent waves would still matter: detail below wavelength / (4 index) is lost
_FINEST = 2.0


class OpticsError(ValueError):
    """An optical question that has no answer: the text says why."""


@dataclass(frozen=True)
class Path:
    """One line's way from a plane down into the resist, with depth measured from the resist's top.

    fixed: rows (thickness [m], index) crossed before the resist; tops [m] and indices of the layers; wavelength [m] in air
    """

    fixed: np.ndarray
    tops: np.ndarray
    indices: np.ndarray
    wavelength: float

    @property
    def finest(self) -> float:
        """Where the spectrum is made to end [1/m] though evanescent waves would go on."""
        return _FINEST * float(max(self.indices.max(), self.fixed[:, 1].max(initial=0.0))) / self.wavelength

    def crossed(self, depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Thickness [m] crossed of each medium down to each depth (depths, media), and the media's indices."""
        ends = np.append(self.tops[1:], np.inf)
        inside = np.clip(np.minimum(ends, depth[:, None]) - self.tops, 0.0, None)
        before = np.broadcast_to(self.fixed[:, 0], (depth.size, len(self.fixed)))
        return np.hstack([before, inside]), np.append(self.fixed[:, 1], self.indices)

    def reduced(self, depth: np.ndarray) -> np.ndarray:
        """Sum of thickness / index down to each depth [m]: a ray's sideways reach is this times its slope in air (small angles)."""
        thickness, index = self.crossed(depth)
        return (thickness / index).sum(axis=1)


def paths(wavelengths, layers, fixed) -> list[Path]:
    """One path a line; an index is one number or one for each line.

    Parameters
    ----------
    wavelengths : in air [m], one a line
    layers : (thickness [m], index) from the top down
    fixed : (thickness [m], index) crossed before the resist
    """
    wavelengths = np.atleast_1d(np.asarray(wavelengths, float))
    if wavelengths.ndim != 1 or wavelengths.size == 0 or not (np.all(np.isfinite(wavelengths)) and np.all(wavelengths > 0)):
        raise OpticsError("wavelengths are positive lengths, one for each line of the lamp")
    if len(layers) == 0:
        raise OpticsError("light needs a layer to go into: (thickness, index), the last reaching as deep as needed")
    thickness = np.array([float(layer[0]) for layer in layers])
    if not (np.all(thickness[:-1] >= 0) and np.all(np.isfinite(thickness[:-1]))):
        raise OpticsError("a layer's thickness is a length and not negative")
    tops = np.concatenate([[0.0], np.cumsum(thickness[:-1])])
    found = []
    for line, wavelength in enumerate(wavelengths):
        indices = np.array([_index(layer[1], line, wavelengths.size) for layer in layers])
        before = np.array([(float(part[0]), _index(part[1], line, wavelengths.size)) for part in fixed]).reshape(-1, 2)
        if not (np.all(np.isfinite(before)) and np.all(before[:, 0] >= 0)):
            raise OpticsError("a gap and a cover film have a thickness that is not negative")
        found.append(Path(before, tops, indices, float(wavelength)))
    return found


def _index(given, line: int, lines: int) -> float:
    values = np.atleast_1d(np.asarray(given, float))
    if values.shape not in ((1,), (lines,)):
        raise OpticsError(f"a refractive index is one number, or one for each of the {lines} lines, not {values.size} numbers")
    value = float(values[line % values.size])
    if not (np.isfinite(value) and value > 0):
        raise OpticsError(f"a refractive index is positive, not {value!r}")
    return value


def checked_depth(depth) -> np.ndarray:
    """Depths as one row of numbers [m].

    Parameters
    ----------
    depth : below the resist's top [m]
    """
    depth = np.atleast_1d(np.asarray(depth, float))
    if depth.ndim != 1 or not (np.all(np.isfinite(depth)) and np.all(depth >= 0)):
        raise OpticsError("depths are lengths below the resist's top, in one row, none negative")
    return depth


def highest_frequency(line: Path, depth: np.ndarray, decay: float = DEEP) -> np.ndarray:
    """Spatial frequency [1/m] above which waves have decayed below exp(-decay), one a depth.

    At contact it is the spectrum's own end.

    Parameters
    ----------
    line : the way into the resist [m]
    depth : below the resist's top [m], one row
    decay : exponent of the amplitude [1]
    """
    thickness, index = line.crossed(depth)
    wave = index / line.wavelength
    low, high = np.zeros(depth.size), np.full(depth.size, line.finest)
    for _ in range(50):
        middle = 0.5 * (low + high)
        gone = 2 * np.pi * (thickness * np.sqrt(np.clip(middle[:, None] ** 2 - wave**2, 0.0, None))).sum(axis=1) > decay
        low, high = np.where(gone, low, middle), np.where(gone, middle, high)
    return high


@njit(cache=True)
def transfer(frequencies, fixed, tops, indices, wavelength, depth):
    """The plane-wave spectrum's factor at each frequency and depth, relative to the wave along the axis.

    exp(2 pi i sum of thickness (sqrt((index/wavelength)^2 - f^2) - index/wavelength)); columns: the real parts, then the imaginary ones.

    Parameters
    ----------
    frequencies : f [1/m], one row
    fixed : rows (thickness [m], index) crossed before the resist
    tops : of the layers [m], from 0
    indices : of the layers [1]
    wavelength : in air [m]
    depth : below the resist's top [m], one row
    """
    count, depths, layers = frequencies.size, depth.size, tops.size
    out = np.zeros((count, 2 * depths))
    layer_of = np.empty(depths, np.int64)
    for k in range(depths):
        j = layers - 1
        while j > 0 and depth[k] < tops[j]:
            j -= 1
        layer_of[k] = j
    phase0, decay0 = np.empty(layers), np.empty(layers)
    phase1, decay1 = np.empty(layers), np.empty(layers)
    for i in range(count):
        f = frequencies[i]
        p = d = 0.0
        for j in range(fixed.shape[0]):
            a, b = _advance(f, fixed[j, 1] / wavelength)
            p += a * fixed[j, 0]
            d += b * fixed[j, 0]
        for j in range(layers):
            phase1[j], decay1[j] = _advance(f, indices[j] / wavelength)
            if j > 0:
                thick = tops[j] - tops[j - 1]
                p += phase1[j - 1] * thick
                d += decay1[j - 1] * thick
            phase0[j], decay0[j] = p, d
        for k in range(depths):
            j = layer_of[k]
            z = depth[k] - tops[j]
            decay = decay0[j] + decay1[j] * z
            if decay > 2.0 * DEEP:
                continue
            size = np.exp(-decay) if decay > 0.0 else 1.0
            phase = phase0[j] + phase1[j] * z
            out[i, k] = size * np.cos(phase)
            out[i, depths + k] = size * np.sin(phase)
    return out


@njit(cache=True)
def _advance(f, wave):
    """Phase gained against the axial wave, and decay, each per length of a medium whose wave number / 2 pi is `wave`."""
    square = wave * wave - f * f
    if square > 0.0:
        return -2.0 * np.pi * f * f / (wave + np.sqrt(square)), 0.0
    return -2.0 * np.pi * wave, 2.0 * np.pi * np.sqrt(-square)
