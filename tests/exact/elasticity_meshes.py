"""Meshes for the tests of elasticity: rectangles and boxes of elements, distorted on request."""

import numpy as np


def rectangle(x, z, distortion=0.0):
    """Nodes (n, 2), cells (m, 4), and the nodes' numbers by row and column; inner nodes shifted by a part of the spacing."""
    x, z = np.asarray(x, dtype=float), np.asarray(z, dtype=float)
    nodes = np.stack(np.meshgrid(x, z, indexing="ij"), axis=-1)
    number = np.arange(nodes.shape[0] * nodes.shape[1]).reshape(nodes.shape[:2])
    if distortion:
        shift = np.random.default_rng(3).uniform(-1, 1, nodes[1:-1, 1:-1].shape)
        nodes[1:-1, 1:-1] += distortion * shift * (np.diff(x).min(), np.diff(z).min())
    cells = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], axis=-1).reshape(-1, 4)
    return nodes.reshape(-1, 2), cells, number


def box(x, y, z, distortion=0.0):
    """Nodes (n, 3), cells (m, 8), and the nodes' numbers by the three directions."""
    x, y, z = (np.asarray(v, dtype=float) for v in (x, y, z))
    nodes = np.stack(np.meshgrid(x, y, z, indexing="ij"), axis=-1)
    number = np.arange(nodes[..., 0].size).reshape(nodes.shape[:3])
    if distortion:
        inner = nodes[1:-1, 1:-1, 1:-1]
        inner += distortion * np.random.default_rng(3).uniform(-1, 1, inner.shape) * [np.diff(v).min() for v in (x, y, z)]
    n = number
    low = [n[:-1, :-1, :-1], n[1:, :-1, :-1], n[1:, 1:, :-1], n[:-1, 1:, :-1]]
    high = [n[:-1, :-1, 1:], n[1:, :-1, 1:], n[1:, 1:, 1:], n[:-1, 1:, 1:]]
    return nodes.reshape(-1, 3), np.stack(low + high, axis=-1).reshape(-1, 8), number


def dof(nodes, component, dimension):
    """Numbers of one component's displacements at nodes."""
    return np.asarray(nodes).ravel() * dimension + component
