"""Linear systems of a model: PARDISO where it is installed, multigrid for large elastic solids, SuperLU everywhere else."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix

from .errors import ElasticityError

SOLVERS = ("auto", "amg", "superlu", "pardiso")
LARGE = 20_000  # our choice: unknowns of an elastic solid above which multigrid was measured faster than SuperLU (35 k: 3.6 times)
MULTIGRID_TOLERANCE = 1e-10  # our choice: of the residual
MULTIGRID_STEPS = 400  # our choice: 15 are usual with benign elements, 170 with films 300 times wider than thick
PATIENCE = 40  # our choice: steps after which the fall of the residual is judged
AFLOAT = 1e-13  # our choice: stiffness of the scaled matrix against a rigid motion that is round-off


class Factors:
    """A matrix ready to be solved, the name of what solves it, and the roots of its diagonal, by which unlike unknowns are compared."""

    def __init__(self, solve: Callable[[np.ndarray], np.ndarray], name: str, weight: np.ndarray) -> None:
        self.solve, self.name, self.weight = solve, name, weight


def choose(solver: str, size: int, elastic_solid: bool) -> str:
    """Give the solver that "auto" stands for.

    solver : one of SOLVERS [-]
    size : unknowns [-]
    elastic_solid : linear hexahedra only, so that rigid motions guide multigrid [-]
    ElasticityError for a solver that is not known or not installed.
    """
    if solver not in SOLVERS:
        raise ElasticityError(f"there is no solver {solver!r}; there are {', '.join(SOLVERS)}")
    installed = find_spec("pypardiso") is not None
    if solver == "pardiso" and not installed:
        raise ElasticityError("the solver PARDISO needs the package pypardiso, which is not installed; 'auto' does without")
    if solver != "auto":
        return solver
    if installed:
        return "pardiso"
    return "amg" if elastic_solid and size > LARGE else "superlu"


def factor(matrix: csc_matrix, solver: str, rigid_motions: np.ndarray | None) -> Factors:
    """Prepare a matrix with a symmetric pattern for solving.

    matrix : [N/m], shape (n, n)
    solver : "amg", "superlu" or "pardiso" [-]
    rigid_motions : for multigrid [m], shape (n, motions)
    ElasticityError where the structure can move without resistance. Multigrid that stagnates gives way to SuperLU, and its name says so.
    """
    diagonal = matrix.diagonal()
    if not np.isfinite(matrix.data).all():
        raise ElasticityError("the stiffness is not finite: a material answered with something that is no number")
    if not diagonal.all():
        raise ElasticityError(f"{int((diagonal == 0).sum())} unknowns meet no stiffness: hold them or give their elements some")
    if solver == "amg" and rigid_motions is not None:
        return _multigrid(matrix, rigid_motions)
    if solver == "pardiso":
        return _pardiso(matrix)
    return _superlu(matrix)


def _scaled(matrix: csc_matrix) -> tuple[csc_matrix, np.ndarray]:
    """The matrix with ones on its diagonal, and by what rows and columns were multiplied."""
    scale = 1.0 / np.sqrt(np.abs(matrix.diagonal()))
    data = matrix.data * scale[matrix.indices] * np.repeat(scale, np.diff(matrix.indptr))
    return csc_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape), scale


def _superlu(matrix: csc_matrix) -> Factors:
    from .elimination import Elimination

    scaled, scale = _scaled(matrix)
    eliminated = Elimination(scaled)
    return Factors(lambda right: eliminated.solve(right * scale) * scale, "superlu", 1.0 / scale)


def _pardiso(matrix: csc_matrix) -> Factors:
    from .elimination import check_held

    scaled, scale = _scaled(matrix)
    rows = scaled.tocsr()
    pardiso = import_module("pypardiso").PyPardisoSolver()
    pardiso.factorize(rows)
    check_held(lambda right: pardiso.solve(rows, right), len(scale))
    return Factors(lambda right: pardiso.solve(rows, right * scale) * scale, "pardiso", 1.0 / scale)


def _multigrid(matrix: csc_matrix, rigid_motions: np.ndarray) -> Factors:
    """Smoothed aggregation with rigid motions on the scaled matrix, and conjugate gradients."""
    from pyamg import smoothed_aggregation_solver

    scaled, scale = _scaled(matrix)
    rows = csr_matrix((scaled.data, matrix.indices, matrix.indptr), shape=matrix.shape)  # symmetric: columns are rows
    motions = rigid_motions / scale[:, None]
    basis = np.linalg.qr(motions)[0]
    if not np.linalg.eigvalsh(basis.T @ (rows @ basis))[0] > AFLOAT:
        raise ElasticityError("the structure is not held: some rigid motion meets no resistance")
    hierarchy = smoothed_aggregation_solver(rows, B=motions, strength=("symmetric", {"theta": 0.0}), smooth="jacobi", max_coarse=500)
    guide = hierarchy.aspreconditioner(cycle="V").matvec
    direct: dict[str, Factors] = {}

    def solve(right: np.ndarray) -> np.ndarray:
        if not direct:
            answer = _conjugate_gradients(rows, right * scale, guide)
            if answer is not None:
                return answer * scale
            direct["factors"] = _superlu(matrix)
            factors.name = "superlu, after multigrid stagnated"
        return direct["factors"].solve(right)

    factors = Factors(solve, "amg", 1.0 / scale)
    return factors


def _conjugate_gradients(matrix: csr_matrix, right: np.ndarray, guide: Callable[[np.ndarray], np.ndarray]) -> np.ndarray | None:
    """The solution, or None where the residual falls too slowly to come to an end."""
    answer, rest = np.zeros_like(right), right.copy()
    size = float(np.linalg.norm(right))
    if size == 0.0:
        return answer
    direction, product, norms = np.zeros_like(right), 1.0, [1.0]
    for step in range(1, MULTIGRID_STEPS + 1):
        guided = guide(rest)
        before, product = product, float(rest @ guided)
        direction = guided if step == 1 else guided + product / before * direction
        image = matrix @ direction
        curvature = float(direction @ image)
        if not (curvature > 0.0 and product > 0.0):  # rounding has eaten the positive definiteness, or there was none
            return None
        length = product / curvature
        answer += length * direction
        rest -= length * image
        norms.append(float(np.linalg.norm(rest)) / size)
        if norms[-1] <= MULTIGRID_TOLERANCE:
            return answer
        if step % PATIENCE == 0:
            fall = np.log(norms[-1 - PATIENCE] / norms[-1]) / PATIENCE
            if fall <= 0.0 or np.log(norms[-1] / MULTIGRID_TOLERANCE) / fall > MULTIGRID_STEPS - step:
                return None
    return None
