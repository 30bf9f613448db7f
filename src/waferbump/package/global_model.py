"""Die and board as plates, joined by a spring at every bump: what each joint sees, and the motion round the worst one.

A quarter of the package: the array mirrors itself in x = 0 and y = 0, and each spring is meant as it stands at x, y > 0. z = 0 is the die's
face under the bumps, z = height the board's face. All linear; the answer for one change of temperature gives every other by proportion.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..physics.plates import plate_matrices
from ..physics.springs import rigid_arm

_BOARD_RINGS = 6  # rows of elements of the board beyond the die, each 1.5 times wider than the one before: our choice
_GROWTH = 1.5


class GlobalModelError(ValueError):
    """A package that the global model cannot take, in words."""


@dataclass(frozen=True)
class Plate:
    """A plate of the package.

    edges : along x and y [m];  thickness : [m];  young_modulus : in the plane [Pa];  poisson_ratio : [1];  expansion : [1/K]
    """

    edges: tuple[float, float]
    thickness: float
    young_modulus: float
    poisson_ratio: float
    expansion: float

    def __post_init__(self) -> None:
        if not (min(*self.edges, self.thickness, self.young_modulus) > 0 and -1 < self.poisson_ratio < 0.5):
            raise GlobalModelError("a plate has edges, a thickness and a modulus above zero, and a Poisson ratio between -1 and 0.5")


@dataclass(frozen=True)
class Grid:
    """The grid of a plate and the motion of its nodes.

    x, y : of the grid lines, from the middle out [m];  level : of its middle plane [m]
    motion : (u, v, w, theta_x, theta_y) [m, rad], shape (lines in x, lines in y, 5)
    """

    x: np.ndarray
    y: np.ndarray
    level: float
    motion: np.ndarray

    def displacement(self, points: np.ndarray) -> np.ndarray:
        """The displacement [m] of points (x, y, z) [m] of the plate, all four quarters, shape (n, 3); GlobalModelError beyond its edge."""
        points = np.atleast_2d(np.asarray(points, float))
        mirrored = np.where(points[:, :2] < 0, -1.0, 1.0)
        x, y = np.abs(points[:, 0]), np.abs(points[:, 1])
        if np.any(x > self.x[-1] * (1 + 1e-9)) or np.any(y > self.y[-1] * (1 + 1e-9)):
            raise GlobalModelError("a point lies beyond the plate's edge")
        i = np.clip(np.searchsorted(self.x, x, side="right") - 1, 0, len(self.x) - 2)
        j = np.clip(np.searchsorted(self.y, y, side="right") - 1, 0, len(self.y) - 2)
        a = ((x - self.x[i]) / (self.x[i + 1] - self.x[i]))[:, None]
        b = ((y - self.y[j]) / (self.y[j + 1] - self.y[j]))[:, None]
        m = self.motion
        at = (1 - b) * ((1 - a) * m[i, j] + a * m[i + 1, j]) + b * ((1 - a) * m[i, j + 1] + a * m[i + 1, j + 1])
        z = points[:, 2] - self.level
        return np.stack([mirrored[:, 0] * (at[:, 0] + z * at[:, 4]), mirrored[:, 1] * (at[:, 1] - z * at[:, 3]), at[:, 2]], -1)


@dataclass(frozen=True)
class GlobalResult:
    """What each joint of the quarter sees at a change of temperature.

    positions : (x, y) [m], shape (bumps, 2);  temperature_change : [K]
    lateral : shift of the board's end against the die's, carried up rigidly [m], shape (bumps, 2);  axial : [m], shape (bumps,)
    tilt : about x and y [rad], shape (bumps, 2);  force : on the joint's end at the board [N, N m], shape (bumps, 6)
    die, board : `Grid`;  height : of the joints [m]
    """

    positions: np.ndarray
    temperature_change: float
    lateral: np.ndarray
    axial: np.ndarray
    tilt: np.ndarray
    force: np.ndarray
    die: Grid
    board: Grid
    height: float

    @property
    def worst(self) -> int:
        """Number of the joint that is shifted most."""
        return int(np.argmax(np.linalg.norm(self.lateral, axis=1)))

    @property
    def bow(self) -> float:
        """How far the die's corner stands above its middle [m]."""
        w = self.die.motion[..., 2]
        return float(w[-1, -1] - w[0, 0])

    def at(self, temperature_change: float) -> GlobalResult:
        """The same at another change of temperature [K]: the cold end, the hot end, or the range between."""
        share = temperature_change / self.temperature_change
        values = {name: getattr(self, name) * share for name in ("lateral", "axial", "tilt", "force")}
        grids = {name: replace(grid, motion=grid.motion * share) for name, grid in (("die", self.die), ("board", self.board))}
        return replace(self, temperature_change=temperature_change, **values, **grids)


def global_model(
    die: Plate, board: Plate, pitch: float, rows: tuple[int, int], spring: np.ndarray, height: float, temperature_change: float, *,
    refine: int = 1,
) -> GlobalResult:  # fmt: skip
    """What every joint of a full array sees when the package changes its temperature.

    Parameters
    ----------
    die, board : the plates;  pitch : of the array [m];  rows : of bumps along x and y
    spring : stiffness of a joint at its end on the board, the die's face held [N/m, N, N m], shape (6, 6), or (bumps, 6, 6) in the order of
        `positions`: x slowest, from the middle out
    height : of the joints [m];  temperature_change : [K], not zero;  refine : elements per pitch

    Raises
    ------
    GlobalModelError : an array wider than die or board, a spring that is not symmetric or would let go of the board.

    Valid: small rotations, uniform temperature, plates that are thin against their edges
    """
    if not np.isfinite(temperature_change) or temperature_change == 0 or min(rows) < 1 or pitch <= 0 or height < 0 or refine < 1:
        raise GlobalModelError("a package needs a change of temperature, rows of bumps, a pitch, a height and a refinement of at least one")
    places = [np.arange((count % 2 == 0) * 0.5, count / 2, 1.0) * pitch for count in rows]
    for axis in (0, 1):
        if places[axis][-1] * 2 > min(die.edges[axis], board.edges[axis]):
            raise GlobalModelError(f"{rows[axis]} rows of bumps at {pitch * 1e6:.4g} um are wider than die or board")
        if board.edges[axis] < die.edges[axis]:
            raise GlobalModelError("a board is at least as wide as its die")
    inner = [_lines(places[axis], die.edges[axis] / 2, refine) for axis in (0, 1)]
    outer = [_continued(inner[axis], board.edges[axis] / 2) for axis in (0, 1)]
    meshes = (_PlateMesh(die, *inner, 0), _PlateMesh(board, *outer, 5 * len(inner[0]) * len(inner[1])))
    positions = np.stack([part.ravel() for part in np.meshgrid(*places, indexing="ij")], -1)
    count = len(positions)
    spring = np.broadcast_to(np.asarray(spring, float), (count, 6, 6))
    size = np.abs(spring).max()
    if not np.isfinite(size) or np.any(np.abs(spring - np.swapaxes(spring, 1, 2)) > 1e-6 * size):
        raise GlobalModelError("a joint's stiffness is a symmetric 6 x 6 matrix")
    if np.any(np.diagonal(spring, axis1=1, axis2=2)[:, :3] <= 0):
        raise GlobalModelError("a joint resists being shifted and pulled: its first three stiffnesses are above zero")
    share = np.where(positions == 0, 0.5, 1.0).prod(1)
    link = _link(die.thickness, board.thickness, height)
    dofs = np.concatenate([mesh.dofs_at(positions) for mesh in meshes], 1)
    motion = _solved(meshes, dofs, link.T @ (spring * share[:, None, None]) @ link, temperature_change)
    relative = np.einsum("ij,bj->bi", link, motion[dofs])
    grids = [
        Grid(mesh.x, mesh.y, level, motion[mesh.first : mesh.first + 5 * mesh.nodes].reshape(len(mesh.x), len(mesh.y), 5))
        for mesh, level in zip(meshes, (-die.thickness / 2, height + board.thickness / 2), strict=True)
    ]
    force = np.einsum("bij,bj->bi", spring, relative)
    return GlobalResult(positions, temperature_change, relative[:, :2], relative[:, 2], relative[:, 3:5], force, *grids, height)


def _lines(places: np.ndarray, edge: float, refine: int) -> np.ndarray:
    """Grid lines: the middle, the bumps, the edge, each space between in equal parts."""
    ends = np.unique(np.concatenate([[0.0], places, [edge]]))
    steps = [np.linspace(a, b, refine + 1)[1:] for a, b in pairwise(ends)]
    return np.concatenate([[0.0], *steps])


def _continued(lines: np.ndarray, edge: float) -> np.ndarray:
    beyond = edge - lines[-1]
    if beyond <= 1e-9 * edge:
        return lines
    widths = _GROWTH ** np.arange(_BOARD_RINGS)
    return np.concatenate([lines, lines[-1] + beyond * np.cumsum(widths) / widths.sum()])


def _link(die_thickness: float, board_thickness: float, height: float) -> np.ndarray:
    """The joint's relative motion (6) for the motions of die and board below and above it (5 and 5)."""
    face = np.eye(6, 5)
    lower, upper = face.copy(), face.copy()
    lower[0, 4], lower[1, 3] = die_thickness / 2, -die_thickness / 2
    upper[0, 4], upper[1, 3] = -board_thickness / 2, board_thickness / 2
    return np.concatenate([-rigid_arm(np.array([0.0, 0.0, height])) @ lower, upper], 1)


@dataclass(frozen=True)
class _PlateMesh:
    plate: Plate
    x: np.ndarray
    y: np.ndarray
    first: int

    @property
    def nodes(self) -> int:
        return len(self.x) * len(self.y)

    def dofs_of(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        return self.first + 5 * (i * len(self.y) + j)[..., None] + np.arange(5)

    def dofs_at(self, positions: np.ndarray) -> np.ndarray:
        """Of the nodes at these places; each bump lies on a node."""
        i, j = (np.argmin(np.abs(lines - place[:, None]), 1) for lines, place in ((self.x, positions[:, 0]), (self.y, positions[:, 1])))
        return self.dofs_of(i, j)

    def elements(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Degrees of freedom, stiffness and expansion forces of the elements."""
        i, j = (part.ravel() for part in np.meshgrid(np.arange(len(self.x) - 1), np.arange(len(self.y) - 1), indexing="ij"))
        corners = [self.dofs_of(i, j), self.dofs_of(i + 1, j), self.dofs_of(i + 1, j + 1), self.dofs_of(i, j + 1)]
        plate = self.plate
        made = plate_matrices(np.diff(self.x)[i], np.diff(self.y)[j], plate.thickness, plate.young_modulus, plate.poisson_ratio)
        return np.concatenate(corners, 1), *made

    def mirrored(self) -> np.ndarray:
        """Degrees of freedom that vanish on the planes of symmetry."""
        on_x = self.dofs_of(np.zeros(len(self.y), int), np.arange(len(self.y)))[:, [0, 4]]
        on_y = self.dofs_of(np.arange(len(self.x)), np.zeros(len(self.x), int))[:, [1, 3]]
        return np.concatenate([on_x.ravel(), on_y.ravel()])


def _solved(meshes: tuple[_PlateMesh, _PlateMesh], dofs: np.ndarray, joints: np.ndarray, change: float) -> np.ndarray:
    """The motion of all nodes: sparse Cholesky-like solve of the assembled plates and joints."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import splu

    total = meshes[1].first + 5 * meshes[1].nodes
    load = np.zeros(total)
    rows, columns, values = [], [], []

    def add(numbers: np.ndarray, matrices: np.ndarray) -> None:
        width = numbers.shape[1]
        rows.append(np.repeat(numbers, width, 1).ravel())
        columns.append(np.tile(numbers, (1, width)).ravel())
        values.append(matrices.ravel())

    for mesh in meshes:
        numbers, stiffness, expansion = mesh.elements()
        add(numbers, stiffness)
        np.add.at(load, numbers.ravel(), mesh.plate.expansion * change * expansion.ravel())
    add(dofs, joints)
    matrix = coo_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(total, total)).tocsc()
    # the die's middle stays where it is; the joints hold the board
    held = np.concatenate([mesh.mirrored() for mesh in meshes] + [[2]])
    free = np.setdiff1d(np.arange(total), held)
    motion = np.zeros(total)
    factors = splu(matrix[free][:, free], permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    motion[free] = factors.solve(load[free])
    if not np.all(np.isfinite(motion)):
        raise GlobalModelError("the joints do not hold the board on the die: no equilibrium was found")
    return motion
