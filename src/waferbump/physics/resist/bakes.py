"""What a bake after the exposure does: diffusion of the photoproduct, and chemistry that multiplies it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .impossible import ResistError, finite

GAS_CONSTANT = 8.31446261815324  # [J/(mol K)], exact in the SI of 2019
CHUNK = 200.0  # our choice: events a series of Poisson weights covers at a time, so that exp(-CHUNK) is far from underflow
MOST_EVENTS = 1e5  # our choice: a diffusion length of 220 cells in one direction
LEAST_WEIGHT = 1e-17  # our choice: what the series leaves out, below rounding


def diffusion_length(diffusivity: ArrayLike, time: ArrayLike) -> np.ndarray | float:
    """Standard deviation by which a bake spreads a point.

    sigma = sqrt(2 D t)

    Parameters
    ----------
    diffusivity : D [m^2/s], array-like
    time : t [s], array-like

    Raises
    ------
    ResistError : a value that is negative or not finite.

    Valid for a diffusivity that does not change during the bake. Source: A. Einstein, Annalen der Physik 322 (1905) 549.

    >>> float(round(diffusion_length(1e-15, 90.0) * 1e6, 4))
    0.4243
    """
    diffusivity, time = finite("a diffusivity", diffusivity, lowest=0.0), finite("the time of a bake", time, lowest=0.0)
    return np.sqrt(2.0 * diffusivity * time)[()]


def arrhenius(rate: ArrayLike, activation_energy: float, temperature: ArrayLike, reference_temperature: float) -> np.ndarray | float:
    """Rate at another temperature.

    rate exp(-E_a / R (1 / T - 1 / T_ref))

    Parameters
    ----------
    rate : at the reference temperature [any unit of a rate or diffusivity], array-like
    activation_energy : E_a [J/mol]
    temperature : T [K], array-like
    reference_temperature : T_ref [K]

    Raises
    ------
    ResistError : a temperature that is not positive, a rate that is negative.

    Valid within one mechanism. Source: S. Arrhenius, Zeitschrift fuer physikalische Chemie 4 (1889) 226.

    >>> float(round(arrhenius(1.0, 100e3, 383.15, 373.15), 3))
    2.319
    """
    rate = finite("a rate", rate, lowest=0.0)
    activation_energy = float(finite("an activation energy", activation_energy))
    temperature = finite("a temperature", temperature, above=0.0)
    reference = float(finite("a reference temperature", reference_temperature, above=0.0))
    with np.errstate(over="ignore"):
        found = rate * np.exp(-activation_energy / GAS_CONSTANT * (1.0 / temperature - 1.0 / reference))
    return finite("a rate at another temperature", found)[()]


def deprotected(acid: ArrayLike, amplification: float, order: float = 1.0) -> np.ndarray | float:
    """Share of the protected (or not yet crosslinked) sites that a bake with acid leaves.

    M = exp(-k t h^q)

    Parameters
    ----------
    acid : h [1], 0 to 1, array-like
    amplification : k t [1], rate of the reaction at full acid times the bake's time
    order : q [1], order of the reaction in acid

    Raises
    ------
    ResistError : an acid that is negative, an amplification that is negative, an order that is not positive.

    Valid while acid is neither lost nor moved during the reaction. Source: R. A. Ferguson and others, Journal of Vacuum Science and
    Technology B 8 (1990) 1423.

    >>> float(round(deprotected(0.5, 4.0), 6))
    0.135335
    """
    acid = finite("the acid", acid, lowest=0.0)
    amplification = float(finite("the amplification of the bake", amplification, lowest=0.0))
    order = float(finite("the order of the amplification", order, above=0.0))
    return np.exp(-amplification * acid**order)[()]


def diffused(
    field: ArrayLike, length: float, spacing: ArrayLike, *, axis_of_symmetry: bool = False, inside: np.ndarray | None = None
) -> np.ndarray:
    """Field after diffusion in its cells, with no flux through the outer faces.

    df/dt = D laplacian(f) for the time in which sqrt(2 D t) = length

    Finite volumes in space, exact in time: the amount is kept, two half bakes (of length / sqrt(2)) are one, no value leaves the range
    of the field's own, and an edge's variance grows by just length^2 where cells are equal. Its profile is second order in the cells: at
    cells of a tenth of the length a step is off by at most 4e-4 of its height. Cells longer than the length are allowed.

    Parameters
    ----------
    field : [any], 0 to 3 axes, axis 0 is the depth
    length : sqrt(2 D t) [m]
    spacing : of the cells [m], one number for all axes, or one a axis, each a number or an array of that axis's cell sizes
    axis_of_symmetry : whether the last axis is a radius that starts on the axis [yes or no]
    inside : cells that belong to the resist [yes or no], shape of the field, None: all; nothing passes to or from the others

    Raises
    ------
    ResistError : a length that is negative, or more than about 100 cells long; spacings that do not fit; a field that is not finite.

    Valid for one diffusivity everywhere. Source: uniformization of a Markov chain, A. Jensen, Skandinavisk Aktuarietidskrift 36 (1953) 87.

    >>> diffused([0.0, 1.0, 0.0], 1e-7, 1e-6).round(4).tolist()
    [0.005, 0.9901, 0.005]
    """
    field = finite("a field that diffuses", field)
    length = float(finite("a diffusion length", length, lowest=0.0))
    if length == 0.0 or field.size < 2:
        return field.copy()
    cells = _cells(spacing, field.shape)
    if axis_of_symmetry and field.ndim < 2:
        raise ResistError("a field with a radius has a depth and a radius, it has one axis")
    inside = np.ones(field.shape, bool) if inside is None else np.asarray(inside, bool)
    if inside.shape != field.shape:
        raise ResistError(f"the cells of the resist have the shape {inside.shape}, the field has {field.shape}")
    exchange, fastest = _exchange(cells, inside, axis_of_symmetry)
    events = 0.5 * length**2 * fastest
    if events > MOST_EVENTS:
        raise ResistError(f"a diffusion length of {length:g} m spans too many cells of this grid; make the cells larger")
    if events == 0.0:
        return field.copy()
    parts = int(np.ceil(events / CHUNK))
    found = field.ravel()
    for _ in range(parts):
        found = _jumped(exchange, fastest, found, events / parts)
    found = np.clip(found.reshape(field.shape), field.min(), field.max())  # rounding alone leaves the range
    return np.where(inside, found, field)


def _cells(spacing: ArrayLike, shape: tuple[int, ...]) -> list[np.ndarray]:
    """Sizes of the cells along each axis."""
    number = not isinstance(spacing, (list, tuple)) and np.ndim(spacing) == 0  # a list may hold arrays of different lengths
    each = [spacing] * len(shape) if number else list(spacing)
    if len(shape) == 1 and len(each) != 1:
        each = [np.asarray(spacing)]
    if len(each) != len(shape):
        raise ResistError(f"the cells' spacing needs one entry for each of {len(shape)} axes, it has {len(each)}")
    cells = []
    for one, count in zip(each, shape, strict=True):
        size = finite("a cell's size", one, above=0.0)
        if size.shape not in ((), (1,), (count,)):
            raise ResistError(f"an axis of {count} cells has {size.size} sizes")
        cells.append(np.broadcast_to(size, count))
    return cells


def _exchange(cells: list[np.ndarray], inside: np.ndarray, axis_of_symmetry: bool):
    """The diffusion operator [1/m^2] as a sparse matrix, and the fastest rate at which any cell gives."""
    from scipy.sparse import coo_array

    number = np.arange(inside.size).reshape(inside.shape)
    rows, columns, values = [], [], []
    for axis, size in enumerate(cells):
        count = len(size)
        if count == 1:
            continue
        face, volume = np.ones(count - 1), size.astype(float)
        if axis_of_symmetry and axis == len(cells) - 1:
            edge = np.concatenate([[0.0], np.cumsum(size)])
            face, volume = edge[1:-1], (edge[1:] ** 2 - edge[:-1] ** 2) / 2.0
        conductance = face / (0.5 * (size[1:] + size[:-1]))
        along = [1] * len(cells)
        along[axis] = count - 1
        low = np.take(number, np.arange(count - 1), axis=axis)
        high = np.take(number, np.arange(1, count), axis=axis)
        open_ = inside.ravel()[low] & inside.ravel()[high]
        for here, there, own in ((low, high, volume[:-1]), (high, low, volume[1:])):
            value = np.broadcast_to((conductance / own).reshape(along), low.shape)[open_]
            rows += [here[open_], here[open_]]
            columns += [there[open_], here[open_]]
            values += [value, -value]
    if not rows:
        return None, 0.0
    shape = (inside.size, inside.size)
    matrix = coo_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape).tocsr()
    return matrix, float(-matrix.diagonal().min())


def _jumped(exchange, fastest: float, field: np.ndarray, events: float) -> np.ndarray:
    """exp(events / fastest exchange) field, as the mean over a Poisson number of jumps: every term is a mean of the field."""
    weight = float(np.exp(-events))
    total, spent = weight * field, weight
    # Beyond the mean the weights fall at least geometrically; 12 standard deviations and 40 are more than rounding needs
    most = int(events + 12.0 * np.sqrt(events) + 40.0)
    for k in range(1, most + 1):
        field = field + (exchange @ field) / fastest
        weight *= events / k
        total += weight * field
        spent += weight
        if k > events and weight < LEAST_WEIGHT:
            break
    return total / spent
