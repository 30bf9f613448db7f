"""Many pinned drops at once, read from tables: some half a microsecond each, errors below 1e-6 within the stated domain.

The domain: contact angles from 5 to 170 degrees, Bond numbers rho g a^2 / gamma from -3 to 3, volumes up to 6327 a^3 (a truncated sphere of
175 degrees), and hanging drops up to 99.84 % of the Bond number at which they fall. Outside it nothing is read: the drop is marked, and
`drops.drop` solves it. tests/exact/test_drop_batches.py measures the errors over the domain against the slow solver.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from . import drop_tables
from .drop_solver import NO_EQUILIBRIUM, SOLVED
from .drop_tables import LARGEST_BETA, LEAST_ROOT, NODES, TOP_ANGLE, TOP_SLOPE

LOW_EDGES = np.radians(drop_tables.LOW_ANGLES)
HIGH_EDGES = np.radians(drop_tables.HIGH_ANGLES)
BONDS = np.array(drop_tables.BONDS)
SHARES = np.array(drop_tables.SHARES)
SMALLEST_ANGLE, LARGEST_ANGLE = np.radians(5.0), np.radians(170.0)


@njit(cache=True, error_model="numpy")
def _interval(edges, value):
    """Which interval holds a value within the edges."""
    i = 0
    while i < len(edges) - 2 and value > edges[i + 1]:
        i += 1
    return i


@njit(cache=True, error_model="numpy")
def _fill(basis, x):
    """Chebyshev polynomials at x."""
    basis[0], basis[1] = 1.0, x
    for k in range(2, len(basis)):
        basis[k] = 2 * x * basis[k - 1] - basis[k - 2]


@njit(cache=True, error_model="numpy")
def _series(coefficients, x):
    """A Chebyshev series at x (Clenshaw)."""
    one = two = 0.0
    for k in range(len(coefficients) - 1, 0, -1):
        one, two = 2 * x * one - two + coefficients[k], one
    return x * one - two + coefficients[0]


@njit(cache=True, error_model="numpy", nogil=True, fastmath={"contract", "reassoc"})
def _read(volumes, bonds, low, high, fold, widest, beta_limit, fields):
    """Fill the columns of `fields` as `read_drops` says."""
    first, second = np.empty(NODES), np.empty(NODES)
    ratio = np.empty(5)
    for n in range(len(volumes)):
        fields[0, n] = NO_EQUILIBRIUM
        volume, bond = volumes[n], bonds[n]
        half = 2 * np.sinh(np.arcsinh(3 * volume / np.pi) / 3)
        angle = 2 * np.arctan(half)
        if not (LOW_EDGES[0] <= angle <= HIGH_EDGES[-1] and BONDS[0] <= bond <= BONDS[-1]):
            continue
        if angle < HIGH_EDGES[0]:
            edges, places, place = LOW_EDGES, BONDS, bond
        else:
            edges, places = HIGH_EDGES, SHARES
            middle, reach = 0.5 * (HIGH_EDGES[0] + HIGH_EDGES[-1]), 0.5 * (HIGH_EDGES[-1] - HIGH_EDGES[0])
            left = 1 - bond * volume / _series(fold, (angle - middle) / reach)
            if left < LEAST_ROOT**2:
                continue
            place = (np.sqrt(left) - LEAST_ROOT) / (1 + TOP_SLOPE * (TOP_ANGLE - np.degrees(angle)) - LEAST_ROOT)
            if place > 1.0:
                continue
        i, j = _interval(edges, angle), _interval(places, place)
        _fill(first, (2 * angle - edges[i] - edges[i + 1]) / (edges[i + 1] - edges[i]))
        _fill(second, (2 * place - places[j] - places[j + 1]) / (places[j + 1] - places[j]))
        cell = low[i, j] if angle < HIGH_EDGES[0] else high[i, j]
        for k in range(5):
            total = 0.0
            for p in range(NODES):
                row = 0.0
                for q in range(NODES):
                    row += cell[k, p, q] * second[q]
                total += row * first[p]
            ratio[k] = total
        contact_angle = ratio[1] * angle
        if not SMALLEST_ANGLE <= contact_angle <= LARGEST_ANGLE:
            continue
        height = ratio[0] * half
        surface = np.pi * (1 + half * half)
        pressure = ratio[4] * 4 * half / (1 + half * half)
        beta = 4 * bond / (pressure * pressure)
        bulge, level = 1.0, 0.0
        if beta > beta_limit and (bond < 0.0 or contact_angle > np.pi / 2):
            if beta > LARGEST_BETA:
                continue
            x = 2 * np.sqrt((beta - beta_limit) / (LARGEST_BETA - beta_limit)) - 1
            radius = _series(widest[0], x) * 2 / pressure
            above = height - _series(widest[1], x) * 2 / pressure
            if radius > 1.0 and above > 0.0:
                bulge, level = radius, above
        fields[0, n] = SOLVED
        fields[1, n] = height
        fields[2, n] = bulge
        fields[3, n] = contact_angle
        fields[4, n] = ratio[2] * surface
        fields[5, n] = ratio[3] * surface
        fields[6, n] = pressure
        fields[7, n] = level
        fields[8, n] = 1.0


def read_drops(volumes: np.ndarray, bonds: np.ndarray, fields: np.ndarray) -> None:
    """Fill the columns of `fields` with what pinned drops measure, for those within the domain.

    ratios to a truncated sphere of the same volume = sum_ij c_ij T_i(x) T_j(y), see `drop_tables`

    Parameters
    ----------
    volumes : V [a^3], array (n,)
    bonds : rho g a^2 / gamma [1], array (n,)
    fields : what is filled [as in `drop_solver.measure`], array (9, n): status, then what `measure` lists

    The status is NO_EQUILIBRIUM outside the domain of this module, and the column then holds nothing. Source: `drop_tables`.

    >>> fields = np.empty((9, 1))
    >>> read_drops(np.array([2 * np.pi / 3]), np.array([0.0]), fields)
    >>> fields[:2, 0].round(8).tolist()   # half a sphere
    [0.0, 1.0]
    """
    held = drop_tables.tables()
    _read(volumes, bonds, held["low"], held["high"], held["fold"], held["widest"], float(held["beta_limit"][0]), fields)
