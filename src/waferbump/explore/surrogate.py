"""A stand-in for slow runs: a cubic radial basis function with a linear tail through what was measured so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RIDGE = 1e-7  # of the kernel's spread, on its diagonal: two settings that nearly coincide must not make the matrix singular (our choice)


@dataclass(frozen=True)
class Surrogate:
    """f(x) = sum_i w_i |x - x_i|^3 + c_0 + c.x through the data, the smoothest such function; far from data it goes on linearly.

    points : (n, d), in 0..1;  weights : (n,);  tail : (1 + d,)
    """

    points: np.ndarray
    weights: np.ndarray
    tail: np.ndarray
    middle: float
    spread: float

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Values at points (m, d)."""
        x = np.atleast_2d(x)
        found = _cubed(x, self.points) @ self.weights + self.tail[0] + x @ self.tail[1:]
        return self.middle + self.spread * found


def fitted(points: np.ndarray, values: np.ndarray) -> Surrogate:
    """The surrogate through values (n,) at points (n, d); fewer points than a plane needs give the flattest plane through them."""
    count, dimension = points.shape
    middle = float(np.mean(values))
    spread = float(np.std(values)) or 1.0
    tail = np.column_stack([np.ones(count), points])
    kernel = _cubed(points, points)
    kernel[np.diag_indices(count)] += RIDGE * max(float(kernel.max()), 1e-12)
    whole = np.block([[kernel, tail], [tail.T, np.zeros((dimension + 1, dimension + 1))]])
    right = np.concatenate([(values - middle) / spread, np.zeros(dimension + 1)])
    solution = np.linalg.lstsq(whole, right, rcond=1e-13)[0]
    return Surrogate(points, solution[:count], solution[count:], middle, spread)


def _cubed(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    squared = np.maximum((a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T, 0.0)
    return squared * np.sqrt(squared)
