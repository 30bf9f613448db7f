"""When a developer's front arrives: the eikonal equation on cells that each dissolve at their own rate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .front_march import march


class FrontError(ValueError):
    """A front that cannot be followed as asked; the message is one sentence that says why."""


def arrival(rate: ArrayLike, spacing: float | Sequence[ArrayLike], *, start: ArrayLike | None = None) -> np.ndarray:
    """Time at which a front that dissolves each cell at its own rate arrives at the corners of the cells.

    |grad T| = 1 / R, T = 0 where the front starts; T is the least time over all ways from there.

    Rates are of cells, times of nodes: the boundary between two layers is a row of nodes, and each side of it keeps its own rate however
    far they are apart. Marched in the order of the times, centred in each cell: second order where the rate is smooth and the front is
    (behind a corner: first). Along an edge between cells whose rates are within a factor of four their mean slowness counts, else the
    faster cell's: a head wave runs along a layer's face. Axisymmetric fronts obey the same equation in (z, r).

    Parameters
    ----------
    rate : R [m/s], shape (nz, nx) or (nz, ny, nx); 0 never dissolves, inf is open (the developer stands in it)
    spacing : size of the cells [m]: one number, or one for each axis, each a number or an array of that axis's cells
    start : nodes at which the front starts [bool], one more along each axis than there are cells; by default those of the first row
        (the top) that touch a cell which dissolves or is open

    Returns
    -------
    T [s] at the nodes, one more along each axis than there are cells; inf where the front never arrives.

    Raises
    ------
    FrontError : rates that are negative or no numbers, cells without a size, or a start that does not fit the grid or is empty.

    Valid for a front whose speed hangs on the place alone (no depletion or transport of developer). Far behind a start at a single node
    the error falls with the spacing, not its square. Source: marching as in Sethian, Proc. Natl. Acad. Sci. 93 (1996) 1591, with the cell
    formula of Vidale, Bull. Seismol. Soc. Am. 78 (1988) 2062; docs/decisions/0007-development-front.md compares it with others.

    >>> rate = np.repeat([[0.1e-6], [0.3e-6]], 4, axis=1)   # a slow layer on a fast one, cells of 3 um
    >>> [round(float(t)) for t in arrival(rate, 3e-6)[:, 0]]
    [0, 30, 40]
    """
    rate = np.asarray(rate, float)
    if rate.ndim not in (2, 3) or rate.size == 0:
        raise FrontError(f"a front needs rates of cells on two or three axes, not an array of shape {rate.shape}")
    if not np.all(rate >= 0.0):
        raise FrontError("a rate of dissolution is zero, positive or infinite (open): one of the cells has none")
    sizes = _sizes(spacing, rate.shape)
    shape = tuple(n + 3 for n in rate.shape)  # nodes and a ring of more outside; cells have one less, and share the strides
    inside = tuple(slice(1, n + 1) for n in rate.shape)
    slowness = np.full(shape, np.inf)
    with np.errstate(divide="ignore", over="ignore"):
        slowness[inside] = 1.0 / rate
    nodes = tuple(slice(1, n + 2) for n in rate.shape)
    time = np.full(shape, np.inf)
    time[nodes][_starting(rate, start)] = 0.0
    strides = np.array([int(np.prod(shape[k + 1 :])) for k in range(rate.ndim)], np.int64)
    march(time.reshape(-1), slowness.reshape(-1), strides, sizes)
    return np.ascontiguousarray(time[nodes])


def _sizes(spacing: float | Sequence[ArrayLike], cells: tuple[int, ...]) -> np.ndarray:
    """Sizes of the cells along each axis, with those of the ring beside them [m]."""
    given = list(spacing) if isinstance(spacing, Sequence) or getattr(spacing, "ndim", 0) else [spacing] * len(cells)
    if len(given) != len(cells):
        raise FrontError(f"a grid of {len(cells)} axes needs a spacing for each, not {len(given)}")
    sizes = np.ones((len(cells), max(cells) + 2))
    for axis, (size, count) in enumerate(zip(given, cells, strict=True)):
        if np.ndim(size) > 1 or (np.ndim(size) == 1 and len(size) != count):
            raise FrontError(f"axis {axis} has {count} cells and needs as many sizes, not an array of shape {np.shape(size)}")
        sizes[axis, 1 : count + 1] = size
    if not (np.all(np.isfinite(sizes)) and np.all(sizes > 0.0)):
        raise FrontError("the size of a cell is a length above zero")
    return sizes


def _starting(rate: np.ndarray, start: ArrayLike | None) -> np.ndarray:
    """Nodes at which the front starts."""
    nodes = tuple(n + 1 for n in rate.shape)
    if start is not None:
        start = np.asarray(start, bool)
        if start.shape != nodes:
            raise FrontError(f"a start is a mark at each of the {nodes} nodes, not an array of shape {start.shape}")
        if not start.any():
            raise FrontError("a front that starts nowhere arrives nowhere: no node is marked")
        return start
    touched = rate[0] > 0.0
    for axis in range(touched.ndim):
        pad = [(0, 0)] * touched.ndim
        pad[axis] = (1, 1)
        wide = np.pad(touched, pad)
        touched = np.delete(wide, 0, axis) | np.delete(wide, -1, axis)
    found = np.zeros(nodes, bool)
    found[0] = touched
    return found
