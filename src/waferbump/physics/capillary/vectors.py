"""Vectors of three numbers in compiled code, where whole-array expressions would each cost half a second of compilation."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def dot(a, b):
    """Scalar product of two vectors.

    a . b

    Parameters
    ----------
    a, b : [any], arrays (3,)

    Valid for any. Source: definition.

    >>> dot(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0]))
    6.0
    """
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@njit(cache=True, error_model="numpy")
def crossed(a, b):
    """Vector product of two vectors.

    c = a x b

    Parameters
    ----------
    a, b : [any], arrays (3,)

    Valid for any. Source: definition.

    >>> crossed(np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])).tolist()
    [0.0, 0.0, 1.0]
    """
    c = np.empty(3)
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        c[i] = a[j] * b[k] - a[k] * b[j]
    return c


@njit(cache=True, error_model="numpy")
def ahead(x, share, step):
    """A vector moved by a share of another.

    x + share step

    Parameters
    ----------
    x, step : [any], arrays (3,)
    share : [1], scalar

    Valid for any. Source: definition.

    >>> ahead(np.zeros(3), 2.0, np.ones(3)).tolist()
    [2.0, 2.0, 2.0]
    """
    moved = np.empty(3)
    for i in range(3):
        moved[i] = x[i] + share * step[i]
    return moved


@njit(cache=True, error_model="numpy")
def largest_of(a):
    """Largest magnitude among three numbers.

    max |a_i|

    Parameters
    ----------
    a : [any], array (3,)

    Valid for any; nan if any is nan. Source: definition.

    >>> largest_of(np.array([1.0, -3.0, 2.0]))
    3.0
    """
    total = 0.0
    for i in range(3):
        if np.isnan(a[i]):
            return np.nan
        total = max(total, abs(a[i]))
    return total


@njit(cache=True, error_model="numpy")
def solved(matrix, right):
    """Solution of three linear equations by Cramer's rule; (found, x).

    matrix x = right

    Parameters
    ----------
    matrix : [any], array (3 or more, 3), of which the first three rows count
    right : [any], array (3,)

    Not found where the determinant is zero or not a number. Valid for equations scaled alike. Source: Cramer's rule.

    >>> solved(2 * np.eye(3), np.ones(3))[1].tolist()
    [0.5, 0.5, 0.5]
    """
    x = np.zeros(3)
    first, second, third = crossed(matrix[1], matrix[2]), crossed(matrix[2], matrix[0]), crossed(matrix[0], matrix[1])
    determinant = dot(third, matrix[2])
    if not abs(determinant) > 0.0:
        return False, x
    for i in range(3):
        x[i] = (right[0] * first[i] + right[1] * second[i] + right[2] * third[i]) / determinant
    return True, x
