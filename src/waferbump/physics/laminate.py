"""Strips of several layers: their stiffness as beams, and the strain in each layer.

A strip runs along x. A layer is a rectangle of its section: from `low` to `high` in z, `width` across, its middle at `offset` in y.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Layers:
    """The rectangles of a strip's section.

    low, high : in z [m];  width : [m];  offset : of the middle in y [m];  each of shape (layers,)
    poisson_ratio : shape (layers,)
    """

    low: np.ndarray
    high: np.ndarray
    width: np.ndarray
    offset: np.ndarray
    poisson_ratio: np.ndarray


def section_stiffness(layers: Layers, young_modulus: np.ndarray) -> np.ndarray:
    """The forces in a section for its strains and curvatures.

    (N, Q_y, Q_z, M_x, M_y, M_z) for (eps, gamma_y, gamma_z, kappa_x, kappa_y, kappa_z) with eps(y, z) = eps + z kappa_y - y kappa_z, so
    that E A, E S and E I are sums over the layers; shear 5/6 G A; torsion of a thin wide strip 4 (sum G I - (sum G S)^2 / sum G A)

    Parameters
    ----------
    layers : the section, `Layers` [m]
    young_modulus : of each layer [Pa], shape (..., layers)

    Returns
    -------
    section stiffness about y = z = 0 [N, N m, N m^2], shape (..., 6, 6)

    Valid: layers that strain together, in uniaxial stress each; torsion where the strip is much wider than thick
    Source: Timoshenko, Strength of Materials I (1955), composite beams; Roark's Formulas, table 10.7 for the thin strip's torsion
    """
    thickness = layers.high - layers.low
    middle = (layers.high + layers.low) / 2
    area = thickness * layers.width
    modulus = np.asarray(young_modulus, float)
    shear = modulus / (2 * (1 + layers.poisson_ratio))
    second_z = area * (middle**2 + thickness**2 / 12)
    second_y = area * (layers.offset**2 + layers.width**2 / 12)
    out = np.zeros((*modulus.shape[:-1], 6, 6))
    out[..., 0, 0] = modulus @ area
    out[..., 0, 4] = out[..., 4, 0] = modulus @ (area * middle)
    out[..., 0, 5] = out[..., 5, 0] = -(modulus @ (area * layers.offset))
    out[..., 4, 4] = modulus @ second_z
    out[..., 5, 5] = modulus @ second_y
    out[..., 4, 5] = out[..., 5, 4] = -(modulus @ (area * middle * layers.offset))
    out[..., 1, 1] = out[..., 2, 2] = 5 / 6 * (shear @ area)
    first = shear @ (area * middle)
    out[..., 3, 3] = 4 * (shear @ second_z - first**2 / (shear @ area))
    # forces across act at the middle of the shear stiffness; about any other axis they twist
    height, aside = first / (shear @ area), (shear @ (area * layers.offset)) / (shear @ area)
    across = out[..., 1, 1]
    out[..., 1, 3] = out[..., 3, 1] = -height * across
    out[..., 2, 3] = out[..., 3, 2] = aside * across
    out[..., 3, 3] += (height**2 + aside**2) * across
    return out


def layer_strain(layers: Layers, strain: np.ndarray) -> np.ndarray:
    """The largest strain along the strip in each layer, by its sign's amount, at the corners of its rectangle.

    eps(y, z) = eps + z kappa_y - y kappa_z

    Parameters
    ----------
    layers : the section, `Layers` [m]
    strain : of the section, as in `section_stiffness` [1, 1/m], shape (..., 6)

    Returns
    -------
    largest amount of strain in each layer, shape (..., layers)
    """
    worst = np.zeros((*strain.shape[:-1], len(layers.low)))
    for z in (layers.low, layers.high):
        for y in (layers.offset - layers.width / 2, layers.offset + layers.width / 2):
            there = strain[..., 0:1] + strain[..., 4:5] * z - strain[..., 5:6] * y
            worst = np.maximum(worst, np.abs(there))
    return worst
