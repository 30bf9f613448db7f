"""Gaussian elimination of a sparse symmetric-patterned matrix by SuperLU, with unknowns that touch everything kept to the end."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from .errors import ElasticityError

WIDE = 400  # our choice: entries of a column (an out-of-plane strain, a plane kept flat) from which it spoils the order of elimination
LOOSE = 2e15  # our choice: answer of the scaled matrix to its own softest motion above which that has no stiffness but round-off: 3e15
# and more found in bodies that float, 1e12 in a strip a thousand times longer than thick (1.6e15 where it also keeps its volume)
REFINED = 1e-10  # our choice: residual above which a solution is refined once, and then the matrix is factored anew with pivots


class Elimination:
    """The factors of a matrix whose diagonal is scaled to one.

    matrix : scaled, shape (n, n), of a symmetric pattern
    ElasticityError where some motion meets no resistance.
    """

    def __init__(self, matrix: csc_matrix) -> None:
        self.matrix = matrix
        self.factors = _Factored(matrix, pivoting=False)
        check_held(self.factors.solve, matrix.shape[0])

    def solve(self, right: np.ndarray) -> np.ndarray:
        """The solution, refined where the residual asks for it."""
        answer, size = self.factors.solve(right), np.abs(right).max()
        rest = right - self.matrix @ answer
        if size and not np.abs(rest).max() <= REFINED * size:
            answer = answer + self.factors.solve(rest)
            if not np.abs(right - self.matrix @ answer).max() <= np.sqrt(REFINED) * size:
                self.factors = _Factored(self.matrix, pivoting=True)
                answer = self.factors.solve(right)
        return answer


def check_held(solve: Callable[[np.ndarray], np.ndarray], size: int) -> None:
    """Refuse a scaled matrix that answers its softest motion as only round-off lets it: |A^-1 v| / |v| > 2e15.

    solve : A^-1 of a right side [-]
    size : number of unknowns [-]
    ElasticityError where some motion meets no resistance.
    """
    softest = solve(np.cos(np.arange(size) * 1.7))  # any load that no motion is blind to
    softest /= np.linalg.norm(softest)
    if not np.linalg.norm(solve(softest)) < LOOSE:
        raise ElasticityError("the structure is not held: some motion meets no resistance")


class _Factored:
    """A x = b with A's wide columns (few) at the border: x_w = (C - D A^-1 B)^-1 (b_w - D A^-1 b)."""

    def __init__(self, matrix: csc_matrix, *, pivoting: bool) -> None:
        ways = {"permc_spec": "COLAMD"} if pivoting else {"permc_spec": "MMD_AT_PLUS_A", "diag_pivot_thresh": 0.0}
        options = {} if pivoting else {"SymmetricMode": True}
        width = np.diff(matrix.indptr)
        wide = width > max(WIDE, 4 * width.mean())
        self.wide = np.flatnonzero(wide) if not pivoting and 2 * wide.sum() < len(width) else np.zeros(0, dtype=np.int64)
        self.inner = np.setdiff1d(np.arange(len(width)), self.wide)
        try:
            if not len(self.wide):
                self.factors = splu(matrix, options=options, **ways)
                return
            columns, border = matrix[:, self.inner], matrix[:, self.wide].toarray()
            rows = columns.tocsr()
            self.factors = splu(rows[self.inner].tocsc(), options=options, **ways)
            self.below = rows[self.wide]
            self.spread = self.factors.solve(border[self.inner])
            self.rest = np.linalg.inv(border[self.wide] - self.below @ self.spread)
        except (RuntimeError, np.linalg.LinAlgError) as error:
            raise ElasticityError(f"the structure is not held: some motion meets no resistance ({error})") from error

    def solve(self, right: np.ndarray) -> np.ndarray:
        if not len(self.wide):
            return self.factors.solve(right)
        answer = np.empty_like(right)
        first = self.factors.solve(right[self.inner])
        answer[self.wide] = self.rest @ (right[self.wide] - self.below @ first)
        answer[self.inner] = first - self.spread @ answer[self.wide]
        return answer
