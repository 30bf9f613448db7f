"""What every capillary solver asks of its input, and what it raises when no shape is at rest."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

STANDARD_GRAVITY = 9.80665  # [m/s^2], third General Conference on Weights and Measures, 1901
CHUNK = 16384  # our choice: items a thread takes at a time; shorter arrays are not worth a thread


class NoEquilibriumError(ValueError):
    """No shape of the liquid is at rest under the conditions given; the sentence says which one cannot be met and why."""


def checked(**quantities: object) -> list[np.ndarray]:
    """The quantities as float arrays of one shape; a sentence names the one that is not finite, or not positive where it must be.

    Parameters
    ----------
    quantities : name -> number or array [any]; all but gravity and load must be positive, density may be zero

    Raises
    ------
    ValueError : a quantity that is not finite, or of the wrong sign, or shapes that do not broadcast.

    Valid for whatever broadcasts. Source: numpy's broadcasting.

    >>> [a.shape for a in checked(volume=[1.0, 2.0], density=0.0)]
    [(2,), (2,)]
    """
    arrays = np.broadcast_arrays(*(np.asarray(value, float) for value in quantities.values()))
    for name, array in zip(quantities, arrays, strict=True):
        words = name.replace("_", " ")
        if not np.all(np.isfinite(array)):
            raise ValueError(f"the {words} must be a finite number")
        if name == "density" and np.any(array < 0):
            raise ValueError("the density must not be negative")
        if name not in ("density", "gravity", "load") and np.any(array <= 0):
            raise ValueError(f"the {words} must be positive")
    return arrays


def in_threads(work: Callable[[slice], None], count: int) -> None:
    """Call `work` with slices that cover 0 to count, on all cores where that is worth it; `work` must release Python's lock.

    Parameters
    ----------
    work : what is done with a slice [any]
    count : n [1]

    Valid for any n. Source: the standard library's thread pool.

    >>> twice = np.empty(3)
    >>> in_threads(lambda part: np.multiply(np.arange(3.0)[part], 2, out=twice[part]), 3)
    >>> twice.tolist()
    [0.0, 2.0, 4.0]
    """
    if count <= CHUNK:
        work(slice(0, count))
        return
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(work, (slice(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK))))
