"""A flat rectangular piece of plate that stretches, bends and shears: the finite element of the global model.

Displacements of its middle plane at each corner: (u, v, w, theta_x, theta_y); a point at height z moves by u + z theta_y, v - z theta_x,
w. Corners run counterclockwise from the lowest x and y.
"""

from __future__ import annotations

import numpy as np

_SHEAR_FACTOR = 5 / 6  # Reissner
_CORNERS = ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))
_GAUSS = 1 / np.sqrt(3)


def plate_matrices(
    length: np.ndarray, width: np.ndarray, thickness: float, young_modulus: float, poisson_ratio: float
) -> tuple[np.ndarray, np.ndarray]:
    """The stiffness of rectangles of plate, and the forces with which they would expand by a unit of free strain.

    bilinear stretch and rotation, transverse shear tied at the sides' middles so that thin plates do not lock (MITC4);
    stretch E t / (1 - nu^2), bending E t^3 / (12 (1 - nu^2)), shear 5/6 G t

    Parameters
    ----------
    length, width : in x and y [m], shape (n,)
    thickness : [m]
    young_modulus : [Pa]
    poisson_ratio : [1]

    Returns
    -------
    (stiffness, shape (n, 20, 20); expansion forces, shape (n, 20)) [N/m, N, N m; N]

    Source: Dvorkin and Bathe, Eng. Comput. 1 (1984) 77
    """
    length, width = np.asarray(length, float), np.asarray(width, float)
    plane = young_modulus / (1 - poisson_ratio**2) * np.array(
        [[1, poisson_ratio, 0], [poisson_ratio, 1, 0], [0, 0, (1 - poisson_ratio) / 2]]
    )  # fmt: skip
    shear = _SHEAR_FACTOR * thickness * young_modulus / (2 * (1 + poisson_ratio))
    area = length * width / 4
    stiffness = np.zeros((len(length), 20, 20))
    expansion = np.zeros((len(length), 20))
    free = plane @ np.array([1.0, 1.0, 0.0]) * thickness
    for xi in (-_GAUSS, _GAUSS):
        for eta in (-_GAUSS, _GAUSS):
            stretch, bend, slide = _strains(length, width, xi, eta)
            for operator, matter in ((stretch, plane * thickness), (bend, plane * thickness**3 / 12), (slide, shear * np.eye(2))):
                stiffness += np.einsum("nai,ab,nbj,n->nij", operator, matter, operator, area, optimize=True)
            expansion += np.einsum("nai,a,n->ni", stretch, free, area)
    return stiffness, expansion


def _strains(length: np.ndarray, width: np.ndarray, xi: float, eta: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The strains of stretch and of bending (xx, yy, xy) and of shear (xz, yz) at a point, for the corners' displacements."""
    stretch, bend, slide = (np.zeros((len(length), rows, 20)) for rows in (3, 3, 2))
    for k, (a, b) in enumerate(_CORNERS):
        along, across = a * (1 + b * eta) / (2 * length), b * (1 + a * xi) / (2 * width)
        u, v, w, x, y = range(5 * k, 5 * k + 5)
        stretch[:, 0, u], stretch[:, 1, v], stretch[:, 2, u], stretch[:, 2, v] = along, across, across, along
        bend[:, 0, y], bend[:, 1, x], bend[:, 2, y], bend[:, 2, x] = along, -across, across, -along
        # shear xz from the middles of the sides along x, weighted by eta; yz from those along y, weighted by xi
        slide[:, 0, w], slide[:, 0, y] = a * (1 + b * eta) / (2 * length), (1 + b * eta) / 4
        slide[:, 1, w], slide[:, 1, x] = b * (1 + a * xi) / (2 * width), -(1 + a * xi) / 4
    return stretch, bend, slide
