"""The softest way in which a surface at rest can give: its lowest eigenvalue at constant volume."""

from __future__ import annotations

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from .surface_energy import SHAPES, WEIGHTS
from .surface_newton import Rest, spans


def lowest_eigenvalue(rest: Rest) -> float:
    """Least second derivative of a surface's energy at constant volume, for normal displacements of mean square one per area.

    K s = lambda M s + q c, c . s = 0, M the diagonal of int N_i N_j dA scaled to the whole area

    Parameters
    ----------
    rest : surface at rest [1]

    Returns
    -------
    lambda in units of gamma / L^2

    Valid where no mode falls, which `at_rest` makes sure of (then it is the eigenvalue nearest to zero, found to a thousandth).
    Source: Lanczos' method on the inverse of the bordered matrix.

    >>> import shapely
    >>> from .surface_newton import at_rest
    >>> from .surface_outline import outline
    >>> from .surface_start import cap_mesh
    >>> mesh = cap_mesh(outline(shapely.Point(0, 0).buffer(1), 1.0), 0.05, 16)   # nearly a flat film: modes of a round membrane
    >>> lowest_eigenvalue(at_rest(mesh, 0.05, 0.0, None)) / 14.682 < 1.05   # first zero of the Bessel function J1, squared
    True
    """
    mesh, free = rest.mesh, rest.pattern.free
    area = spans(mesh.points, mesh.triangles)
    share = area @ (WEIGHTS[:, None] * SHAPES**2)
    share *= (area @ WEIGHTS / share.sum(axis=1))[:, None]
    mass = np.bincount(mesh.triangles.ravel(), share.ravel(), len(mesh.points))[free]
    root = np.sqrt(mass)
    inverse = LinearOperator((len(free),) * 2, matvec=lambda s: root * rest.factors.solve_once(root * s.ravel(), 0.0)[0], dtype=float)
    # a start without the symmetries of any pad, so that no mode is missed; always the same one
    begin = np.random.default_rng(0).standard_normal(len(free))
    largest = eigsh(inverse, k=1, which="LA", v0=begin, tol=1e-3, return_eigenvectors=False)[0]
    return float(1 / largest)
