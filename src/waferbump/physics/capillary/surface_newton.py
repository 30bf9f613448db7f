"""Newton's method for the surface of least energy at a given volume, and its lowest mode as the test of stability."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from .equilibrium import NoEquilibriumError
from .surface_energy import ALONG_U, ALONG_V, SHAPES, WEIGHTS, folded, gradients, hessian, measures, normals
from .surface_mesh import FREE, Mesh

STEPS = 60  # our choice: Newton's steps on one mesh; 3 to 8 are usual
REACH = 0.3  # our choice: longest way of a node in one step, in pad radii or of the drop's own size
SMALL = 2e-3  # our choice: a step below this ends the search, in the unit of length; Newton's method then squares what is left
FAR = 50.0  # our choice: a node so many pad radii or drop sizes away has left
RULE = (WEIGHTS, SHAPES, ALONG_U, ALONG_V)


@dataclass(frozen=True)
class Rest:
    """A mesh at rest: pressure at z = 0, area and moment (all without dimensions), the directions in which its nodes moved (n, 3),
    where their matrix has its entries, and its factors."""

    mesh: Mesh
    pressure: float
    area: float
    moment: float
    directions: np.ndarray
    pattern: Pattern
    factors: Factors


class Pattern:
    """Where a mesh's triangles put their entries in the sparse matrix of its free nodes."""

    def __init__(self, mesh: Mesh) -> None:
        free = mesh.held == FREE
        self.free = np.flatnonzero(free)
        number = np.full(len(mesh.points), -1)
        number[self.free] = np.arange(len(self.free))
        local = number[mesh.triangles]
        rows = np.broadcast_to(local[:, :, None], (*local.shape, 6))
        columns = np.broadcast_to(local[:, None, :], (*local.shape, 6))
        both = (rows >= 0) & (columns >= 0)
        size = len(self.free)
        keys, inverse = np.unique(columns[both].astype(np.int64) * size + rows[both], return_inverse=True)
        self.slots = np.full(rows.shape, -1)
        self.slots[both] = inverse
        self.indices = (keys % size).astype(np.int32)
        self.starts = np.searchsorted(keys // size, np.arange(size + 1)).astype(np.int32)
        self.diagonal = np.flatnonzero(keys % size == keys // size)
        self.size = len(keys)

    def matrix(self, data: np.ndarray) -> csc_matrix:
        """The sparse matrix of the given entries."""
        return csc_matrix((data, self.indices, self.starts), shape=(len(self.free),) * 2)


class Factors:
    """Factors of K bordered by one constraint c, [[K, -c], [c^T, 0]], with the number of modes that lower the energy at fixed c."""

    def __init__(self, matrix: csc_matrix, constraint: np.ndarray) -> None:
        # pivots kept on the diagonal: their signs are then those of the eigenvalues (Sylvester's law of inertia)
        self.solver = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
        self.matrix, self.constraint = matrix, constraint
        self.by_constraint = self.solver.solve(constraint)
        self.compliance = _dot(constraint, self.by_constraint)
        pivots = self.solver.U.diagonal()
        on_diagonal = np.array_equal(self.solver.perm_r, self.solver.perm_c)
        self.falling = int(np.sum(pivots < 0)) - (self.compliance < 0) if on_diagonal else len(constraint)

    def solve(self, right: np.ndarray, volume: float) -> tuple[np.ndarray, float]:
        """s and q with K s - c q = right, c s = volume; refined once: K is nearly singular at the largest pressure."""
        s, q = self.solve_once(right, volume)
        more = self.solve_once(right - self.matrix @ s + self.constraint * q, volume - _dot(self.constraint, s))
        return s + more[0], q + more[1]

    def solve_once(self, right: np.ndarray, volume: float) -> tuple[np.ndarray, float]:
        """`solve` without its refinement."""
        s = self.solver.solve(right)
        q = (volume - _dot(self.constraint, s)) / self.compliance
        return s + q * self.by_constraint, q


def at_rest(mesh: Mesh, volume: float, bond: float, pressure: float | None, *, evenings: int = 2) -> Rest:
    """The surface near a mesh that has the least energy at a given volume; each node moves along its normal.

    r_i = d_i . d(A + Bo M - p V)/dx_i = 0, V = volume; K s - c dp = -r, c . s = volume - V, with K shifted up while modes fall

    Parameters
    ----------
    mesh : where to start, with lengths in units of L [1]
    volume : V / L^3 of the liquid [1]
    bond : Bo = rho g L^2 / gamma [1]
    pressure : start for p L / gamma at z = 0 [1], or None
    evenings : steps before which the triangles are made even [1]

    Raises
    ------
    NoEquilibriumError : no rest within the allowed steps, or a surface that folds or runs away.

    Valid where a stable shape exists near the start. The last step is below `SMALL`, and one more with the same factors makes what is
    left smaller than SMALL cubed. Source: Newton's method with a line search on the augmented Lagrangian.

    >>> import shapely
    >>> from .surface_outline import outline
    >>> from .surface_start import cap_mesh
    >>> mesh = cap_mesh(outline(shapely.Point(0, 0).buffer(1), 1.0), 2 * np.pi / 3, 12)   # half a sphere
    >>> round(at_rest(mesh, 2 * np.pi / 3, 0.0, None).pressure, 2)
    2.0
    """
    pattern, triangles = Pattern(mesh), mesh.triangles
    free = pattern.free
    points = mesh.points.copy()
    lid_moment, lid_volume = mesh.below_lid()
    volume = volume - lid_volume
    size = max(1.0, np.cbrt(abs(volume)))
    shift = 0.0
    for step in range(1, STEPS + 1):
        if step <= evenings:
            points = evened(points, triangles, free)
        directions = normals(points, triangles)
        along = directions[free]
        area, moment, held_volume = measures(points, triangles, *RULE)
        energy_slope, constraint = _slopes(points, triangles, free, along, bond)
        if pressure is None:
            pressure = _dot(constraint, energy_slope) / _dot(constraint, constraint)
        missing = volume - held_volume
        data = hessian(points, triangles, directions, pattern.slots, pattern.size, bond, pressure, *RULE)
        factors, shift = _factored(pattern, data, constraint, shift)
        move, rise = factors.solve(pressure * constraint - energy_slope, missing)
        longest, folds = np.abs(move).max(), folded(points, triangles)
        if not np.isfinite(longest):
            raise NoEquilibriumError("no shape at rest: the surface folds over on itself")
        if longest < SMALL and shift == 0.0:
            points[free] += move[:, None] * along
            pressure += rise
            energy_slope, constraint = _slopes(points, triangles, free, along, bond)
            missing = volume - measures(points, triangles, *RULE)[2]
            move, rise = factors.solve(pressure * constraint - energy_slope, missing)
            points[free] += move[:, None] * along
            if folded(points, triangles):
                raise NoEquilibriumError("no shape at rest: the surface folds over on itself")
            area, moment, _ = measures(points, triangles, *RULE)
            return Rest(replace(mesh, points=points), pressure + rise, area, moment + lid_moment, directions, pattern, factors)
        fraction = min(1.0, REACH * size / longest)
        aim = pressure + rise
        # enough to make the step go down although K may fall along the constraint
        curvature = _dot(move, factors.matrix @ move)
        penalty = max(10.0 / size**4, -2 * curvature / max(missing * missing, 1e-300))
        before = area + bond * moment - aim * held_volume + 0.5 * penalty * missing**2
        for _ in range(12):  # down to 1/4096 of a step: below that the surface does not move
            trial = points.copy()
            trial[free] += (fraction * move)[:, None] * along
            a, m, v = measures(trial, triangles, *RULE)
            after = a + bond * m - aim * v + 0.5 * penalty * (volume - v) ** 2
            lower = after <= before + 1e-12 * abs(before)
            if lower and folded(trial, triangles) <= folds:
                break
            if lower:  # nodes crowd: even them before the next step
                evenings = max(evenings, step + 1)
            fraction /= 2
        else:
            shift = 16 * max(shift, 0.05)  # a shorter, steeper way down
            continue
        points = trial
        pressure += fraction * rise
        if np.abs(points).max() > FAR * size:
            raise NoEquilibriumError("no shape at rest: the liquid runs away from its pad")
    raise NoEquilibriumError(f"no shape at rest found in {STEPS} steps")


def spans(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Area that each point of the rule stands for per unit of its weight, on every triangle.

    |x_u x x_v|

    Parameters
    ----------
    points : x [any length], array (n, 3)
    triangles : six nodes each [1], array (m, 6)

    Returns
    -------
    array (m, k)

    Valid for any surface. Source: definition.

    >>> flat = np.array([[0, 0, 1.0], [1, 0, 1], [0, 1, 1], [0.5, 0, 1], [0.5, 0.5, 1], [0, 0.5, 1]])
    >>> round(float((spans(flat, np.arange(6)[None]) @ WEIGHTS)[0]), 12)
    0.5
    """
    corners = points[triangles]
    return np.linalg.norm(np.cross(ALONG_U @ corners, ALONG_V @ corners), axis=2)


def _slopes(points, triangles, free, along, bond) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives of energy and volume when each free node moves along its direction."""
    of_area, of_moment, of_volume = gradients(points, triangles, True, *RULE)
    energy = np.einsum("ij,ij->i", along, (of_area + bond * of_moment)[free])
    return energy, np.einsum("ij,ij->i", along, of_volume[free])


def evened(points: np.ndarray, triangles: np.ndarray, free: np.ndarray, sweeps: int = 2) -> np.ndarray:
    """Points moved within the surface: corners half way to the mean of their neighbours, middles beside the middle of their chord.

    x_i += (1 - n_i n_i) (mean_i - x_i) / 2

    Parameters
    ----------
    points : x [any length], array (n, 3)
    triangles : six nodes each [1], array (m, 6)
    free : nodes that may move [1], array (k,)
    sweeps : how often [1]

    Valid for surfaces without folds; the shape changes by no more than the mesh's own error. Source: Laplacian smoothing.

    >>> flat = np.array([[0, 0, 1.0], [1, 0, 1], [0, 1, 1], [0.4, 0, 1], [0.5, 0.5, 1], [0, 0.5, 1]])
    >>> evened(flat, np.arange(6)[None], np.array([3]))[3].tolist()
    [0.5, 0.0, 1.0]
    """
    points = points.copy()
    corners = triangles[:, :3]
    a, b = corners.ravel(), np.roll(corners, -1, axis=1).ravel()
    count = len(points)
    # every inner side lies in two triangles, so that going round all triangles meets each neighbour of an inner corner equally often
    number = np.bincount(a, minlength=count)
    corner, middle = free[number[free] > 0], free[number[free] == 0]
    ends = np.empty((count, 2), int)
    ends[triangles[:, 3:].ravel()] = np.stack([a, b], 1)
    first, second = ends[middle].T
    for _ in range(sweeps):
        normal = normals(points, triangles)
        mean = np.stack([np.bincount(a, points[b, k], count) for k in range(3)], 1)
        _within(points, corner, mean[corner] / number[corner, None], normal, 0.5)
        _within(points, middle, (points[first] + points[second]) / 2, normal, 1.0)
    return points


def _within(points: np.ndarray, nodes: np.ndarray, aim: np.ndarray, normal: np.ndarray, part: float) -> None:
    """Move nodes part of the way to their aims, but not along their normals."""
    way = aim - points[nodes]
    way -= np.einsum("ij,ij->i", way, normal[nodes])[:, None] * normal[nodes]
    points[nodes] += part * way


def _dot(a: np.ndarray, b: np.ndarray) -> float:
    """Scalar product without the threads of a linear algebra library, which cost more than they bring at these sizes."""
    return float(np.einsum("i,i->", a, b))


def _factored(pattern: Pattern, data: np.ndarray, constraint: np.ndarray, shift: float) -> tuple[Factors, float]:
    """Factors of K, shifted along its diagonal until no mode falls; the shift is let go by stages."""
    shift = shift / 4 if shift > 1e-3 else 0.0
    for _ in range(30):  # the shift grows by four: 4^30 outgrows any matrix
        entries = data.copy()
        entries[pattern.diagonal] += shift
        try:
            factors = Factors(pattern.matrix(entries), constraint)
        except RuntimeError:  # exactly singular
            factors = None
        if factors is not None and factors.falling == 0:
            return factors, shift
        shift = max(4 * shift, 0.05)
    raise NoEquilibriumError("no shape at rest: the surface folds over on itself")
