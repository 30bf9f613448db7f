"""A number that depends on temperature: piecewise linear between its points, held beyond the ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .impossible import ConstitutiveError, checked


@dataclass(frozen=True, init=False)
class Table:
    """A value over temperature, `Table((T, value), (T, value), ...)`, linear between the points and held at the ends.

    temperatures : T [K], rising, shape (points,);  values : [as the quantity], shape (points,)

    Raises ConstitutiveError for temperatures that do not rise and for values that are not finite.

    >>> float(Table((233.15, 57.4e9), (298.15, 46.5e9))(298.15))
    46500000000.0
    """

    temperatures: tuple[float, ...]
    values: tuple[float, ...]

    def __init__(self, *points: tuple[float, float]):
        array = checked("a table's point", points)
        if array.ndim != 2 or array.shape[1] != 2 or not len(array):
            raise ConstitutiveError("a table is made of pairs of a temperature and a value")
        if np.any(np.diff(array[:, 0]) <= 0) or array[0, 0] <= 0:
            raise ConstitutiveError("the temperatures of a table must be positive and rise from point to point")
        object.__setattr__(self, "temperatures", tuple(array[:, 0].tolist()))
        object.__setattr__(self, "values", tuple(array[:, 1].tolist()))

    def __call__(self, temperature: ArrayLike) -> np.ndarray:
        """The value at temperatures [K], of their shape."""
        return np.interp(temperature, self.temperatures, self.values)

    def integral(self, lower: ArrayLike, upper: ArrayLike) -> np.ndarray:
        """Exact integral over temperature from lower to upper [K], broadcast: [value K]."""
        return self._primitive(np.asarray(upper, float)) - self._primitive(np.asarray(lower, float))

    def _primitive(self, temperature: np.ndarray) -> np.ndarray:
        """Integral from the first point on: whole pieces, then the part of the piece the temperature lies in."""
        points, values = np.array(self.temperatures), np.array(self.values)
        whole = np.concatenate([[0.0], np.cumsum(np.diff(points) * (values[1:] + values[:-1]) / 2)])
        piece = np.clip(np.searchsorted(points, temperature, side="right") - 1, 0, len(points) - 1)
        return whole[piece] + (temperature - points[piece]) * (values[piece] + self(temperature)) / 2


def value_at(quantity: float | Table, temperature: ArrayLike) -> np.ndarray:
    """A number or a table at temperatures.

    v(T), piecewise linear

    Parameters
    ----------
    quantity : v [any], a number or a Table
    temperature : T [K], array-like

    Raises
    ------
    Nothing: the quantity has been checked by whom it belongs to.

    Valid within the table; held at its ends beyond. Source: our choice of interpolation.

    >>> value_at(3.0, [300.0, 400.0])
    array([3., 3.])
    """
    if isinstance(quantity, Table):
        return quantity(temperature)
    return np.full(np.shape(temperature), float(quantity))


def checked_quantity(
    what: str, quantity: float | Table, *, above: float | None = None, lowest: float | None = None, below: float | None = None
) -> None:
    """Refuse a number or a table that is not finite or leaves its limits.

    lowest <= v(T), above < v(T) < below

    Parameters
    ----------
    what : its name in a sentence [a word or more]
    quantity : v [any], a number or a Table
    above : value that must be exceeded [as quantity], None for no limit
    lowest : least value allowed [as quantity], None for no limit
    below : value that must not be reached [as quantity], None for no limit

    Raises
    ------
    ConstitutiveError : a quantity out of its limits.

    Valid for numbers and tables. Source: our choice of words.

    >>> checked_quantity("a modulus", Table((300.0, 1e9)), above=0.0)
    """
    checked(what, quantity.values if isinstance(quantity, Table) else quantity, above=above, lowest=lowest, below=below)


def free_expansion(expansion: float | Table, temperature: ArrayLike, stress_free_temperature: ArrayLike) -> np.ndarray:
    """Free thermal strain along one direction.

    e = integral of alpha dT from T0 to T, alpha the instantaneous coefficient

    Parameters
    ----------
    expansion : alpha [1/K], a number or a Table
    temperature : T [K], array-like
    stress_free_temperature : T0 [K], array-like

    Raises
    ------
    ConstitutiveError : a temperature that is not a finite number above 0 K.

    Valid for tables of the instantaneous coefficient; a secant ("mean") coefficient is not one. Source: definition of alpha.

    >>> float(round(free_expansion(2e-5, 400.0, 300.0), 6))
    0.002
    """
    temperature = checked("a temperature in kelvin", temperature, above=0.0)
    free = checked("a stress-free temperature in kelvin", stress_free_temperature, above=0.0)
    if isinstance(expansion, Table):
        return expansion.integral(free, temperature)
    return expansion * (temperature - free)


def isotropic_expansion(expansion: float | Table, temperature: ArrayLike, stress_free_temperature: ArrayLike) -> np.ndarray:
    """Free thermal strain, alike in all directions.

    e_ij = delta_ij integral of alpha dT from T0 to T

    Parameters
    ----------
    expansion : alpha [1/K], a number or a Table
    temperature : T [K], shape (points,)
    stress_free_temperature : T0 [K], one or shape (points,)

    Raises
    ------
    ConstitutiveError : a temperature that is not a finite number above 0 K.

    Valid for isotropic solids. Source: definition of alpha.

    >>> isotropic_expansion(1e-5, [400.0], 300.0)[0, [0, 3]].tolist()
    [0.001, 0.0]
    """
    strain = np.zeros((len(np.atleast_1d(temperature)), 6))
    strain[:, :3] = np.atleast_1d(free_expansion(expansion, temperature, stress_free_temperature))[:, None]
    return strain
