"""A first joint at rest between two pads: straight away, or from an upright column whose upper pad is then moved to its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .equilibrium import NoEquilibriumError
from .surface_mesh import Mesh, Rim, divided_at_corners
from .surface_newton import Rest, at_rest
from .surface_outline import Outline
from .surface_start import FLAT, tube_mesh

STAGES = 40  # our choice: stages of the way, halved ones included


def rotation(vector: np.ndarray) -> np.ndarray:
    """Matrix of a right-handed rotation about a horizontal axis.

    R = 1 + sin(t) K + (1 - cos(t)) K^2, K the cross product with the axis

    Parameters
    ----------
    vector : axis times angle t [rad], (x, y)

    Returns
    -------
    array (3, 3)

    Valid for any angle. Source: Rodrigues' formula.

    >>> np.round(rotation(np.array([0.0, np.pi / 2])) @ [1.0, 0.0, 0.0], 12).tolist()   # the side at +x goes down
    [0.0, 0.0, -1.0]
    """
    angle = float(np.hypot(*vector))
    x, y = vector / angle if angle else (1.0, 0.0)
    skew = np.array([[0, 0, y], [0, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * skew @ skew


def first_joint(low: Outline, high: Outline, stand: np.ndarray, tilt: np.ndarray, volume: float, bond: float, sides: int) -> Rest:
    """A joint at rest on a coarse mesh between a pad in the plane z = 0 and one that stands above it, shifted and tilted.

    the surface of least energy next to an even tube, or next to that of a place of the upper pad a little nearer to an upright column's

    Parameters
    ----------
    low, high : the pads' outlines, each seen from its own centre, in units of a length L [1]
    stand : the upper pad's centre over the lower one's [L], (x, y, z)
    tilt : rotation vector of the upper pad [rad], (x, y)
    volume : V / L^3 [1]
    bond : rho g L^2 / gamma [1]
    sides : wanted number of sides round the joint [1]

    Raises
    ------
    NoEquilibriumError : no joint at rest on either way.

    Valid for any simple outlines. Source: Newton's method, continuation in the upper pad's place.

    >>> import shapely
    >>> from .surface_outline import outline
    >>> disc = outline(shapely.Point(0, 0).buffer(1), 1.0)
    >>> round(first_joint(disc, disc, np.array([0.0, 0.0, 1.0]), np.zeros(2), np.pi, 0.0, 12).pressure, 1)   # a cylinder
    1.0
    """
    bottom = Rim(low, np.zeros(3), FLAT)

    def above(progress: float) -> Rim:
        place = progress * stand + (1 - progress) * np.array([0.0, 0.0, column])
        return Rim(high, place, rotation(progress * tilt) @ FLAT)

    column = volume / ((low.area() + high.area()) / 2)
    mesh = divided_at_corners(tube_mesh(bottom, above(1.0), volume, sides), 2)
    try:
        return at_rest(mesh, volume, bond, None)
    except NoEquilibriumError as error:
        failed = error
    try:
        rest = at_rest(divided_at_corners(tube_mesh(bottom, above(0.0), volume, sides), 2), volume, bond, None)
    except NoEquilibriumError:
        raise _none(failed) from None
    progress, step = 0.0, 0.25
    for _ in range(STAGES):
        aim = min(1.0, progress + step)
        try:
            rest = at_rest(_with_lid_at(rest.mesh, above(aim)), volume, bond, rest.pressure)
        except NoEquilibriumError as error:
            failed, step = error, step / 2
            if step < 0.01:
                break
            continue
        progress = aim
        if progress == 1.0:
            return rest
    raise _none(failed)


def _none(why: NoEquilibriumError) -> NoEquilibriumError:
    """What is said when there is no joint."""
    return NoEquilibriumError(f"no stable joint: the liquid necks and parts, or leaves a pad over its edge ({why})")


def _with_lid_at(mesh: Mesh, rim: Rim) -> Mesh:
    """A joint's mesh with its upper edge moved to another place, and every node with it by its share."""
    before = mesh.rims[1]
    turn = np.column_stack([rim.axes, np.cross(*rim.axes.T)]) @ np.column_stack([before.axes, np.cross(*before.axes.T)]).T
    moved = rim.origin + (mesh.points - before.origin) @ turn.T
    points = mesh.points + mesh.share[:, None] * (moved - mesh.points)
    held = mesh.held == 1
    points[held] = rim.at(mesh.place[held])
    return replace(mesh, points=points, rims=(mesh.rims[0], rim))
