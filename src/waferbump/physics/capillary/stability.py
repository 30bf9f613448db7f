"""Whether an axisymmetric liquid surface with pinned edges is a minimum of energy at fixed volume.

Two kinds of small changes decide (D. H. Michael, Meniscus stability, Annual Review of Fluid Mechanics 13 (1981) 189):

- round ones, at fixed volume. Two families of equilibria start like the given arc; u1, u2 are their normal displacements and w1, w2 the
  volumes they add between the start and s. While u1 w2 - u2 w1 keeps its sign along the arc, no shorter arc has a neighbour with the same
  edges and the same volume (no conjugate point), and the arc is a minimum. At a fold or a pitchfork it vanishes just at the end.
- sideways ones, cos(azimuth). A shift of the whole surface solves their equation: its normal displacement is sin(phi), so the surface is
  stable to them if phi stays between 0 and pi.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .young_laplace import trace

SAMPLES = 48  # our choice: points along the arc at which the signs are compared
FIRST = 0.08  # our choice: share of the arc before the first; nearer the start, differences drown (the determinant grows as s^4)
SHIFT = 1e-5  # our choice: central differences, so an error of about 1e-10


@njit(cache=True, error_model="numpy")
def conjugate_determinant(r0, z0, phi0, pressure0, bond, lengths):
    """The determinant u1 w2 - u2 w1 along an arc, whose first zero is its first conjugate point at fixed volume.

    Parameters
    ----------
    r0, z0, phi0 : start of the arc as in `young_laplace.integrate` [a, a, rad], scalars; r0 = 0 on the axis
    pressure0, bond : as there [gamma/a, 1], scalars
    lengths : where along the arc [a], array (n,), rising

    Valid where the arc is that long; else nan. Source: the module's docstring.

    >>> cylinder = conjugate_determinant(1.0, 0.0, np.pi / 2, 1.0, 0.0, np.array([6.2, 6.4]))   # a cylinder breaks at h = 2 pi a
    >>> bool(cylinder[0] * cylinder[1] < 0)
    True
    """
    base = trace(r0, z0, phi0, pressure0, bond, lengths)
    step = SHIFT * max(1.0, abs(pressure0), 1.0 / lengths[-1])
    more = trace(r0, z0, phi0, pressure0 + step, bond, lengths)
    less = trace(r0, z0, phi0, pressure0 - step, bond, lengths)
    if r0 == 0.0:  # on the axis the second family is a shift of the apex along it
        ahead = trace(r0, z0 + SHIFT, phi0, pressure0, bond, lengths)
        behind = trace(r0, z0 - SHIFT, phi0, pressure0, bond, lengths)
    else:
        ahead = trace(r0, z0, phi0 + SHIFT, pressure0, bond, lengths)
        behind = trace(r0, z0, phi0 - SHIFT, pressure0, bond, lengths)
    determinant = np.empty(len(lengths))
    for i in range(len(lengths)):
        r, phi = base[i, 0], base[i, 2]
        sine, cosine = np.sin(phi), np.cos(phi)
        first_z = (more[i, 1] - less[i, 1]) / (2 * step)
        second_z = (ahead[i, 1] - behind[i, 1]) / (2 * SHIFT)
        first = sine * (more[i, 0] - less[i, 0]) / (2 * step) - cosine * first_z
        second = sine * (ahead[i, 0] - behind[i, 0]) / (2 * SHIFT) - cosine * second_z
        # The end of the arc moves with the family; what the move adds below the end is no displacement of the surface.
        first_volume = (more[i, 3] - less[i, 3]) / (2 * step) - np.pi * r * r * first_z
        second_volume = (ahead[i, 3] - behind[i, 3]) / (2 * SHIFT) - np.pi * r * r * second_z
        determinant[i] = first * second_volume - second * first_volume
    return determinant


@njit(cache=True, error_model="numpy")
def is_stable(r0, z0, phi0, pressure0, bond, length):
    """Whether a surface pinned at its edge, or at both, is a minimum of energy at fixed volume, round and sideways changes alike.

    Parameters
    ----------
    r0, z0, phi0 : start of the arc as in `young_laplace.integrate` [a, a, rad], scalars; r0 = 0 on the axis
    pressure0, bond : as there [gamma/a, 1], scalars
    length : its arc length [a], scalar

    False also where no arc is that long. Valid for arcs whose phi starts between 0 and pi. Source: the module's docstring.

    >>> is_stable(1.0, 0.0, np.pi / 2, 1.0, 0.0, 6.2), is_stable(1.0, 0.0, np.pi / 2, 1.0, 0.0, 6.4)   # a cylinder breaks at h = 2 pi a
    (True, False)
    """
    lengths = np.linspace(FIRST * length, length, SAMPLES)
    base = trace(r0, z0, phi0, pressure0, bond, lengths)
    if r0 > 0.0 and not 0.0 < phi0 < np.pi:
        return False
    for i in range(SAMPLES):
        if not 0.0 < base[i, 2] < np.pi:
            return False
    determinant = conjugate_determinant(r0, z0, phi0, pressure0, bond, lengths)
    return np.all(determinant * determinant[0] > 0.0)
