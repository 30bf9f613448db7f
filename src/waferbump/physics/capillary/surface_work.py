"""Force and torque of a liquid joint on its upper pad, by virtual work on the mesh itself."""

from __future__ import annotations

import numpy as np

from .surface_energy import gradients
from .surface_newton import RULE, Rest


def work_on_lid(rest: Rest, bond: float) -> np.ndarray:
    """Force and torque on the second pad of a joint at rest.

    F = -sum_i w_i dL/dx_i, T = -sum_i w_i (x_i - c) x dL/dx_i, L = A + Bo M - p V with the liquid below the pad included; w_i is the share
    of the pad's movement that a node follows. At rest dL vanishes for every movement along the nodes' directions, so this is the exact
    derivative of the mesh's least energy at constant volume.

    Parameters
    ----------
    rest : joint at rest, with lengths in units of L [1]
    bond : Bo = rho g L^2 / gamma [1]

    Returns
    -------
    array (6,): force in gamma L, torque about the pad's centre in gamma L^2

    Valid for a mesh hung on two edges. Source: virtual work.

    >>> import shapely
    >>> from .surface_mesh import Rim
    >>> from .surface_newton import at_rest
    >>> from .surface_outline import outline
    >>> from .surface_start import FLAT, tube_mesh
    >>> disc = outline(shapely.Point(0, 0).buffer(1), 1.0)
    >>> mesh = tube_mesh(Rim(disc, np.zeros(3), FLAT), Rim(disc, np.array([0, 0, 1.0]), FLAT), np.pi, 12)   # a cylinder
    >>> round(float(work_on_lid(at_rest(mesh, np.pi, 0.0, None), 0.0)[2]) / np.pi, 2)   # pi p - 2 pi with p = 1
    -1.0
    """
    mesh = rest.mesh
    of_area, of_moment, of_volume = gradients(mesh.points, mesh.triangles, True, *RULE)
    slope = (of_area + bond * of_moment - rest.pressure * of_volume) * mesh.share[:, None]
    points, lid = mesh.lid()
    _, lid_moment, lid_volume = gradients(points, lid, False, *RULE)
    lid_slope = bond * lid_moment - rest.pressure * lid_volume
    lid_slope[: len(slope)] += slope
    arms = points - mesh.rims[1].origin
    return -np.concatenate([lid_slope.sum(axis=0), np.cross(arms, lid_slope).sum(axis=0)])
