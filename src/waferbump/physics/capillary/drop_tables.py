"""Tables of the pinned drop, made from the slow solver: Chebyshev polynomials in cells of two coordinates, without dimensions.

The first coordinate is the cap angle: the contact angle that a truncated sphere of the same volume has on the same pad. Ratios to that
sphere are tabulated: height, contact angle, area, energy, apex pressure. The second is

- below SEAM the Bond number itself;
- above it s = sqrt(1 - bond / fold), where fold (negative) is the Bond number at which a hanging drop of this volume falls: s = 0 there,
  1 without gravity, more for sitting drops. Near the fold shapes change as the square root of what is left, so that in s they are smooth.
  Cells divide the range of s from LEAST_ROOT to 1 + TOP_SLOPE (TOP_ANGLE - cap angle), where contact angles are near 172 degrees.

The widest place of a drop needs no second coordinate: in units of the apex' radius of curvature 2 / apex_pressure, its radius and depth
depend on beta = 4 bond / apex_pressure^2 alone. Hanging drops of beta below BETA_LIMIT have none; there the radius ends as a square root.

`python -m waferbump.physics.capillary.drop_tables` writes the file that is shipped; where it is missing or of another layout, the tables
are made anew when first needed (some 5 s).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from scipy.optimize import brentq

from .drop_solver import PINNED, SOLVED, measure, solve
from .hanging import FOLD, largest_hanging
from .young_laplace import PHI, integrate, integrate_until

FILE = Path(__file__).with_name("drop_tables.npz")
# The layout is our choice: the coarsest cells whose errors stay well below 1e-6 (tests/exact/test_drop_batches.py measures them).
NODES = 8  # Chebyshev nodes a side of a cell; eight numbers fill the vector registers of common processors
SEAM = 74.0  # [deg] of cap angle; below it no drop of the domain bulges beyond its pad and none is near its fold
LOW_ANGLES = (4.3, 12.0, 24.0, 37.0, 49.0, 59.0, 67.0, SEAM)  # [deg] cell edges; 4.47 deg is the cap angle of 5 deg at a Bond number of 3
BONDS = (-3.0, -1.5, 0.0, 1.5, 3.0)
HIGH_ANGLES = (SEAM, 82.0, 91.0, 101.0, 112.0, 123.0, 134.0, 145.0, 155.0, 162.0, 167.0, 171.0, 173.3, 175.0)  # [deg]
LEAST_ROOT = 0.04  # hanging drops up to 99.84 % of the Bond number at which they fall
TOP_SLOPE, TOP_ANGLE = 0.0141, 171.8  # [1/deg, deg]
SHARES = (0.0, 0.17, 0.36, 0.53, 0.7, 0.85, 1.0)  # of that range
FOLD_NODES = 32
WIDEST_NODES = 64
LARGEST_BETA = 40.0  # sitting drops of the domain stay below 25


def _inflection(beta: float) -> float:
    """Arc length at which a hanging drop's meridian, its apex curvature being 1, stops turning."""

    def turning(s: float) -> float:
        r, z, phi = integrate(0.0, 0.0, 0.0, 2.0, -beta, s)[:3]
        return 2.0 + beta * z - np.sin(phi) / r

    return brentq(turning, 0.5, 2.9, xtol=1e-14)  # for beta from -1 to -0.55 it lies at 1.5 to 2.7


def _steepest(beta: float) -> float:
    """Largest slope of a hanging drop's meridian [rad]."""
    return integrate(0.0, 0.0, 0.0, 2.0, -beta, _inflection(beta))[2]


@cache
def beta_limit() -> float:
    """Smallest beta of a hanging drop that bulges: its meridian just becomes upright.

    max over s of phi(s; beta) = pi / 2

    Valid and source: the meridian from its apex with curvature 1, `young_laplace`.

    >>> -0.61 < beta_limit() < -0.6
    True
    """
    return brentq(lambda beta: _steepest(beta) - np.pi / 2, -0.7, -0.55, xtol=1e-15)


def _widest(beta: float) -> tuple[float, float]:
    """Radius and depth of the widest place in units of the apex' radius of curvature."""
    if beta > -0.55:
        found = integrate_until(0.0, 0.0, 0.0, 2.0, -beta, PHI, np.pi / 2, 6.0)
    else:  # the slope exceeds pi / 2 for so short a way that a search might step over it
        until = _inflection(beta)
        s = brentq(lambda s: integrate(0.0, 0.0, 0.0, 2.0, -beta, s)[2] - np.pi / 2, 0.5, until, xtol=1e-14)
        found = integrate(0.0, 0.0, 0.0, 2.0, -beta, s)
    return found[0], found[1]


def cap_volume(angle: np.ndarray | float) -> np.ndarray | float:
    """Volume of a truncated sphere on a pad of unit radius.

    V = (pi/6) t (3 + t^2), t = tan(angle / 2)

    Parameters
    ----------
    angle : contact angle [rad], array-like

    Valid below pi. Source: solid geometry.

    >>> round(float(cap_volume(np.pi / 2) / np.pi), 12)   # half a sphere
    0.666666666667
    """
    t = np.tan(np.asarray(angle) / 2)
    return np.pi / 6 * t * (3 + t * t)


def fold_bond(angle: float) -> float:
    """Bond number at which a hanging drop of given cap angle falls, if it does not fall sideways before.

    largest_hanging(bond) = cap_volume(angle)

    Parameters
    ----------
    angle : cap angle [rad]

    Valid for cap angles from 60 to 176 degrees. Source: `hanging.largest_hanging`.

    >>> round(float(fold_bond(np.pi / 2)), 6)
    -2.946075
    """
    volume = cap_volume(angle)
    # A small pad's drop falls near volume * bond = -2 pi; all of them between -4 and -8.
    low, high = np.log(4.0 / volume), np.log(8.0 / volume)
    return -np.exp(brentq(lambda b: np.log(largest_hanging(-np.exp(b), FOLD)[0] / volume), low, high, xtol=1e-13))


def chebyshev_coefficients(values: np.ndarray, axis: int = 0) -> np.ndarray:
    """Coefficients of the polynomial through values at Chebyshev nodes cos(pi (k + 1/2) / n).

    c_j = (2 - [j = 0]) / n sum_k f_k cos(pi j (k + 1/2) / n)

    Parameters
    ----------
    values : f [any], array with n along `axis`
    axis : [1]

    Valid for any n. Source: discrete orthogonality of the Chebyshev polynomials.

    >>> abs(chebyshev_coefficients(nodes(3)**2)).round(12).tolist()   # x^2 = (T0 + T2) / 2
    [0.5, 0.0, 0.5]
    """
    count = values.shape[axis]
    angles = np.pi * (np.arange(count) + 0.5) / count
    matrix = 2 / count * np.cos(np.outer(np.arange(count), angles))
    matrix[0] /= 2
    return np.moveaxis(np.tensordot(matrix, values, (1, axis)), 0, axis)


def nodes(count: int, low: float = -1.0, high: float = 1.0) -> np.ndarray:
    """Chebyshev nodes of an interval.

    x_k = (low + high) / 2 + (high - low) / 2 cos(pi (k + 1/2) / n)

    Parameters
    ----------
    count : n [1]
    low, high : ends of the interval [any]

    Valid for any n. Source: definition.

    >>> nodes(2, 0.0, 2.0).round(6).tolist()
    [1.707107, 0.292893]
    """
    return (low + high) / 2 + (high - low) / 2 * np.cos(np.pi * (np.arange(count) + 0.5) / count)


def cell(angles: np.ndarray, bonds: np.ndarray) -> np.ndarray:
    """Coefficients of one cell, from drops solved at its nodes.

    ratios(x, y) = sum_ij c_ij T_i(x) T_j(y)

    Parameters
    ----------
    angles : cap angles of the nodes [rad], array (n,)
    bonds : Bond numbers of the nodes [1], array (n, n), a row for each angle

    Returns
    -------
    array (5, n, n): height, contact angle, area, energy, apex pressure, over the truncated sphere's.

    Raises
    ------
    ValueError : a node at which no drop is at rest (a layout that reaches beyond the branch).

    Valid and source: `drop_solver.solve`.

    >>> cell(nodes(3, 0.9, 1.1), np.zeros((3, 3)))[:, 0, 0].round(12).tolist()   # without gravity the ratios are one
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    ratios = np.empty((5, *bonds.shape))
    for i, angle in enumerate(angles):
        volume, half = float(cap_volume(angle)), np.tan(angle / 2)
        sphere = np.array([half, angle, np.pi * (1 + half**2), np.pi * (1 + half**2), 2 * np.sin(angle)])
        for j, bond in enumerate(bonds[i].tolist()):
            status, pressure, length = solve(PINNED, volume, 1.0, bond)
            if status != SOLVED:
                raise ValueError(f"no drop of cap angle {np.degrees(angle):.3f} degrees is at rest at a Bond number of {bond:.6g}")
            measured = measure(pressure, length, bond)
            ratios[:, i, j] = np.array([measured[0], measured[2], measured[3], measured[4], measured[5]]) / sphere
    return chebyshev_coefficients(chebyshev_coefficients(ratios, 1), 2)


def top_root(angle: np.ndarray | float) -> np.ndarray | float:
    """Largest s of the tables at a cap angle.

    s = 1 + TOP_SLOPE (TOP_ANGLE - angle)

    Parameters
    ----------
    angle : cap angle [rad], array-like

    Valid from SEAM to 175 degrees. Source: our choice, a line just beyond contact angles of 170 degrees.

    >>> round(float(top_root(np.radians(120.0))), 4)
    1.7304
    """
    return 1 + TOP_SLOPE * (TOP_ANGLE - np.degrees(angle))


def fold_coefficients() -> np.ndarray:
    """Chebyshev coefficients, over the cap angles above SEAM, of volume times Bond number where hanging drops fall.

    sum_k c_k T_k(x) = cap_volume(angle) fold_bond(angle)

    Valid and source: `fold_bond`; the last coefficients are below 1e-10. It takes some 4 s.
    """
    angles = nodes(FOLD_NODES, *np.radians((HIGH_ANGLES[0], HIGH_ANGLES[-1])))
    return chebyshev_coefficients(np.array([fold_bond(angle) * cap_volume(angle) for angle in angles]))


def _folds(angles: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Bond numbers at which hanging drops fall, as the batch will read them."""
    low, high = np.radians((HIGH_ANGLES[0], HIGH_ANGLES[-1]))
    return np.polynomial.chebyshev.chebval((2 * angles - low - high) / (high - low), fold) / cap_volume(angles)


def low_cell(i: int, j: int) -> np.ndarray:
    """Coefficients of a cell below SEAM, in cap angle and Bond number.

    Parameters
    ----------
    i, j : which interval of LOW_ANGLES and of BONDS [1]

    Valid within the layout. Source: `cell`.

    >>> low_cell(0, 0).shape
    (5, 8, 8)
    """
    low, high = np.radians(LOW_ANGLES[i : i + 2])
    return cell(nodes(NODES, low, high), np.tile(nodes(NODES, *BONDS[j : j + 2]), (NODES, 1)))


def high_cell(i: int, j: int, fold: np.ndarray) -> np.ndarray:
    """Coefficients of a cell above SEAM, in cap angle and share of the range of s; zeros where all of it lies beyond the Bond numbers.

    Parameters
    ----------
    i, j : which interval of HIGH_ANGLES and of SHARES [1]
    fold : as `fold_coefficients` gives it [1], array (n,)

    Valid within the layout. Source: `cell`.

    >>> float(abs(high_cell(0, 5, tables()["fold"])).max())   # at 74 degrees the last share has Bond numbers above 3
    0.0
    """
    ends = np.radians(HIGH_ANGLES[i : i + 2])
    angles = nodes(NODES, *ends)
    roots = LEAST_ROOT + nodes(NODES, *SHARES[j : j + 2]) * (top_root(angles)[:, None] - LEAST_ROOT)
    least = LEAST_ROOT + SHARES[j] * (top_root(ends) - LEAST_ROOT)
    if np.all(_folds(ends, fold) * (1 - least**2) > BONDS[-1]):
        return np.zeros((5, NODES, NODES))
    return cell(angles, _folds(angles, fold)[:, None] * (1 - roots**2))


def make_tables() -> dict[str, np.ndarray]:
    """All tables, from the slow solver.

    Returns
    -------
    low, high : coefficients of the cells, arrays (angles, seconds, 5, n, n); fold : of volume times Bond number at the fold over the cap
    angles; widest : of radius and depth of the widest place over sqrt(beta - beta_limit), array (2, n)

    Valid and source: `cell`, `fold_bond`, `beta_limit`.
    """
    limit, fold = beta_limit(), fold_coefficients()
    roots = nodes(WIDEST_NODES, 0.0, np.sqrt(LARGEST_BETA - limit))
    return {
        "low": np.array([[low_cell(i, j) for j in range(len(BONDS) - 1)] for i in range(len(LOW_ANGLES) - 1)]),
        "high": np.array([[high_cell(i, j, fold) for j in range(len(SHARES) - 1)] for i in range(len(HIGH_ANGLES) - 1)]),
        "fold": fold,
        "widest": chebyshev_coefficients(np.array([_widest(limit + root**2) for root in roots])).T,
        "beta_limit": np.array([limit]),
    }


@cache
def tables() -> dict[str, np.ndarray]:
    """The tables from the file beside this module; made anew where it is missing or its layout is another.

    Valid and source: `make_tables`.

    >>> sorted(tables())
    ['beta_limit', 'fold', 'high', 'low', 'widest']
    """
    if FILE.exists():
        with np.load(FILE) as stored:
            if str(stored["layout"]) == layout():
                return {name: np.ascontiguousarray(stored[name]) for name in stored.files if name != "layout"}
    return make_tables()


def layout() -> str:
    """What a file must agree with to be used: every number that the tables' layout hangs on.

    Valid and source: this module's constants.

    >>> layout().startswith("8 74.0")
    True
    """
    second = (BONDS, LEAST_ROOT, TOP_SLOPE, TOP_ANGLE, SHARES)
    return " ".join(str(part) for part in (NODES, SEAM, LOW_ANGLES, HIGH_ANGLES, *second, FOLD_NODES, WIDEST_NODES, LARGEST_BETA))


if __name__ == "__main__":
    np.savez_compressed(FILE, layout=layout(), **make_tables())
