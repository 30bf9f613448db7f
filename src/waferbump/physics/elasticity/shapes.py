"""Reference elements: shape functions, integration points and enhanced modes of bilinear quadrilaterals and trilinear hexahedra.

Shape functions and integration rules come from scikit-fem's reference elements on the unit square and cube; its nodes are put into our
order (counterclockwise; hexahedra bottom first). Enhanced modes are those of Simo and Rifai 1990 (four in the plane, a fifth for the hoop),
Wilson's nine in a hexahedron, and three bilinear volumetric ones (Simo, Armero and Taylor 1993) that let it keep its volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

KINDS = ("plane_strain", "generalised_plane_strain", "axisymmetric", "solid")
VOLUME, HOOP = 6, 7  # columns after the six strain components: a volumetric mode, a hoop mode
PLANE_MODES = ((0, "x"), (2, "y"), (5, "x"), (5, "y"))
SOLID_MODES = (
    *((0, "x"), (1, "y"), (2, "z")),
    *((3, "x"), (3, "y"), (4, "y"), (4, "z"), (5, "z"), (5, "x")),
    *((VOLUME, "xy"), (VOLUME, "yz"), (VOLUME, "zx")),
)


@dataclass(frozen=True)
class Shape:
    """One reference element.

    values : shape functions at the points [-], shape (points, nodes);  slopes : their derivatives, shape (points, nodes, dimension)
    central_values, central_slopes : at the middle, shapes (nodes,) and (nodes, dimension);  weights : of the points, shape (points,)
    axes : the space axis of each coordinate, (0, 2) in the plane
    mode_columns : which strain an enhanced mode adds to, shape (modes,);  mode_values : at the points, shape (points, modes)
    """

    values: np.ndarray
    slopes: np.ndarray
    central_values: np.ndarray
    central_slopes: np.ndarray
    weights: np.ndarray
    axes: np.ndarray
    mode_columns: np.ndarray
    mode_values: np.ndarray


@lru_cache(maxsize=16)
def shape_of(kinematics: str, enhanced: bool) -> Shape:
    """Give the reference element of a kinematics, with or without enhanced modes.

    kinematics : one of KINDS [-]
    enhanced : whether modes are added [-]
    """
    from skfem import ElementHex1, ElementQuad1
    from skfem.quadrature import get_quadrature

    plane = kinematics != "solid"
    element = ElementQuad1() if plane else ElementHex1()
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    if not plane:
        corners = np.array([(*c, level) for level in (0, 1) for c in corners])
    order = [int(np.flatnonzero((element.doflocs == corner).all(axis=1))[0]) for corner in corners]
    points, weights = get_quadrature(element, 3)  # exact for cubics: two Gauss points a side
    middle = np.full((points.shape[0], 1), 0.5)
    at_points = [element.lbasis(points, i) for i in order]
    at_middle = [element.lbasis(middle, i) for i in order]
    modes = ()
    if enhanced:
        modes = (*PLANE_MODES, *(((HOOP, "xy"),) if kinematics == "axisymmetric" else ())) if plane else SOLID_MODES
    natural = {name: 2 * row - 1 for name, row in zip("xyz", points, strict=False)}
    table = np.empty((len(weights), len(modes)))
    for column, (_, letters) in enumerate(modes):
        table[:, column] = np.prod([natural[letter] for letter in letters], axis=0)
    return Shape(
        np.ascontiguousarray(np.array([value for value, _ in at_points]).T),
        np.ascontiguousarray(np.array([slope for _, slope in at_points]).transpose(2, 0, 1)),
        np.array([value[0] for value, _ in at_middle]),
        np.array([slope[:, 0] for _, slope in at_middle]),
        weights,
        np.array((0, 2) if plane else (0, 1, 2)),
        np.array([column for column, _ in modes], dtype=np.int64),
        table,
    )
