"""Linear springs between any unknowns, or from unknowns to the ground."""

from __future__ import annotations

import numpy as np

from .errors import ElasticityError


class SpringBlock:
    """Springs: forces = K (u - rest), K symmetric, of one unknown or of several that act on one another.

    dofs : numbers of the unknowns, shape (m, k);  stiffness : [N/m], a scalar, (k, k) or (m, k, k)
    rest : displacements at which nothing pulls [m], shape (k,) or (m, k), by default none
    ElasticityError if a stiffness is not symmetric or not finite. One unknown alone is held by the ground.
    """

    linear = True

    def __init__(self, dofs: np.ndarray, stiffness, rest=0.0) -> None:
        self.dofs = np.ascontiguousarray(np.atleast_2d(dofs), dtype=np.int64)
        count, width = self.dofs.shape
        stiffness = np.asarray(stiffness, dtype=float)
        if stiffness.ndim == 1 or (stiffness.ndim == 0 and width > 1):
            raise ElasticityError("springs on several unknowns take a matrix; `SpringBlock.between` makes it for pairs")
        self.stiffness = np.ascontiguousarray(np.broadcast_to(stiffness, (count, width, width)))
        if not np.isfinite(self.stiffness).all() or not np.allclose(self.stiffness, self.stiffness.transpose(0, 2, 1), rtol=1e-9):
            raise ElasticityError("a spring's stiffness has to be finite and symmetric, else it makes energy from nothing")
        self.rest = np.broadcast_to(np.asarray(rest, dtype=float), (count, width))
        self._trial = self._local = np.zeros((count, width))

    @classmethod
    def between(cls, first: np.ndarray, second: np.ndarray, stiffness, rest=0.0) -> SpringBlock:
        """Springs that resist u[second] - u[first].

        first, second : numbers of unknowns, shape (m,) or (m, k);  stiffness : [N/m], a scalar, (k, k) or (m, k, k)
        rest : the difference at which nothing pulls [m], a scalar, (k,) or (m, k)
        """
        first, second = (np.asarray(d).reshape(len(np.atleast_1d(d)), -1) for d in (first, second))
        count, width = first.shape
        stiffness = np.asarray(stiffness, dtype=float)
        if stiffness.ndim == 0:
            stiffness = stiffness * np.eye(width)
        stiffness = np.broadcast_to(stiffness, (count, width, width))
        both = np.concatenate([np.concatenate([stiffness, -stiffness], axis=2), np.concatenate([-stiffness, stiffness], axis=2)], axis=1)
        rest = np.broadcast_to(np.asarray(rest, dtype=float), (count, width))
        return cls(np.hstack([first, second]), both, np.hstack([np.zeros((count, width)), rest]))

    def evaluate(self, u: np.ndarray, temperature, dt: float) -> tuple[np.ndarray, np.ndarray]:
        """Forces (m, k) [N] and stiffness (m, k, k) [N/m] at displacements u [m]; temperature and time change nothing."""
        self._trial = u[self.dofs]
        return (self.stiffness @ (self._trial - self.rest)[:, :, None])[:, :, 0], self.stiffness

    def commit(self) -> None:
        """Accept what was tried last."""
        self._local = self._trial

    def reset_trial(self) -> None:
        """Forget what was tried since the last commit."""
        self._trial = self._local

    @property
    def force(self) -> np.ndarray:
        """Of the springs on their unknowns [N], shape (m, k), in the accepted state."""
        return (self.stiffness @ (self._local - self.rest)[:, :, None])[:, :, 0]

    def energy(self) -> float:
        """In the accepted state [J]."""
        return 0.5 * float((self.force * (self._local - self.rest)).sum())
