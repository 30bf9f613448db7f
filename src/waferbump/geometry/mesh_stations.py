"""Stations of a rectilinear mesh along one axis: which edges it keeps, and how it is graded between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

_PROBES = 256  # of the integral of one over the size on each stretch: far more than elements (our choice)
_GAUSS = np.polynomial.legendre.leggauss(3)


def kept_edges(weights: Mapping[float, float], always: Sequence[float], near: float) -> np.ndarray:
    """Edges that a mesh keeps: those that must stay, then the weightiest, each farther than `near` from all kept before; ascending.

    weights : how much of an edge lies at each place [m];  always : places that stay [m];  near : [m]
    """
    kept = np.unique(np.asarray(always, dtype=float))
    for place, _ in sorted(weights.items(), key=lambda one: (-one[1], one[0])):
        if np.abs(kept - place).min(initial=np.inf) > near:
            kept = np.append(kept, place)
    return np.sort(kept)


def graded(edges: np.ndarray, fine: np.ndarray, growth: float, coarse: float | np.ndarray) -> np.ndarray:
    """Edges with stations between them, as far apart as h(x) = min(coarse, min over edges of fine + growth |x - edge|); ascending.

    Every stretch between two edges gets n = ceil(integral dx/h) elements, at equal steps of that integral.
    edges : [m], shape (edges,);  fine : at each edge [m], shape (edges,);  growth : dimensionless, of size with distance
    coarse : the largest size [m], one or one for every stretch, shape (edges - 1,)
    """
    largest = np.broadcast_to(np.asarray(coarse, dtype=float), (len(edges) - 1,))
    stations = [edges[:1]]
    for left, right, most in zip(edges[:-1], edges[1:], largest, strict=True):
        probes = np.linspace(left, right, _PROBES + 1)
        middle = 0.5 * (probes[:-1, None] + probes[1:, None]) + 0.5 * (right - left) / _PROBES * _GAUSS[0]
        size = np.minimum(most, (fine + growth * np.abs(middle[..., None] - edges)).min(axis=-1))
        passed = np.concatenate([[0.0], np.cumsum((_GAUSS[1] / size).sum(axis=1) * 0.5 * (right - left) / _PROBES)])
        count = max(1, int(np.ceil(passed[-1] - 1e-9)))
        inner = np.interp(passed[-1] * np.arange(1, count) / count, passed, probes)
        stations += [inner, np.array([right])]
    return np.concatenate(stations)
