"""Faces of an interface: what each of their nodes carries, and the local directions there."""

from __future__ import annotations

import numpy as np

from .toughness import InterfaceError

_CORNERS = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])


def _checked(nodes, lower, upper, widths):
    """Arrays of the right kinds and shapes, or an InterfaceError."""
    nodes = np.asarray(nodes, float)
    lower, upper = np.asarray(lower, np.int64), np.asarray(upper, np.int64)
    expected = {2: 2, 3: 4}.get(nodes.shape[1])
    if lower.ndim != 2 or lower.shape != upper.shape or lower.shape[1] != expected:
        raise InterfaceError("faces are lines of two nodes in a plane mesh, quadrilaterals of four in a solid one, as many below as above")
    widths = np.ones(len(lower)) if widths is None else np.broadcast_to(np.asarray(widths, float), (len(lower),))
    if not np.all(widths > 0):
        raise InterfaceError("the widths of an interface's faces must be positive")
    return nodes, lower, upper, widths


def nodal_areas(nodes, lower, upper, widths=None, axisymmetric=False):
    """Area that each node of each face carries, and the directions (normal, along, across) there.

    A_i = integral of N_i dA over the face midway between the two sides (times the width, or 2 pi r)

    Parameters
    ----------
    nodes : [m], shape (nodes, 2 or 3)
    lower, upper : node numbers [-], shape (faces, 2 or 4)
    widths : [m], shape (faces,), or None for ones
    axisymmetric : [-], x is a radius and the face a ring

    Raises
    ------
    InterfaceError : faces of other shapes, without area, or a ring across the axis.

    Exact for flat faces. Returns areas (faces, n) [m^2] and frames (faces, n, d, d), whose rows are the directions.
    """
    nodes, lower, upper, widths = _checked(nodes, lower, upper, widths)
    middle = (nodes[lower] + nodes[upper]) / 2
    if nodes.shape[1] == 2:
        along = middle[:, 1] - middle[:, 0]
        length = np.hypot(along[:, 0], along[:, 1])
        if not np.all(length > 0):
            raise InterfaceError("a face of the interface has no length")
        along = along / length[:, None]
        frame = np.stack([np.stack([-along[:, 1], along[:, 0]], 1), along], 1)
        areas = np.repeat((length * widths / 2)[:, None], 2, 1)
        if axisymmetric:
            radius = middle[:, :, 0]
            if np.any(radius < 0):
                raise InterfaceError("a ring of the interface lies across the axis")
            areas = 2 * np.pi * (length * widths)[:, None] * (2 * radius + radius[:, ::-1]) / 6
        return areas, np.repeat(frame[:, None], 2, 1)
    if axisymmetric:
        raise InterfaceError("an axisymmetric interface is made of lines in a plane mesh")
    areas = np.zeros(lower.shape)
    for gauss in _CORNERS / np.sqrt(3):
        shape, first, second = _tangents(middle, gauss)
        areas += np.linalg.norm(np.cross(first, second), axis=1)[:, None] * shape * widths[:, None]
    frames = np.empty((*lower.shape, 3, 3))
    for k, corner in enumerate(_CORNERS):
        _, first, second = _tangents(middle, corner)
        normal = np.cross(first, second)
        size = np.linalg.norm(normal, axis=1)
        if not np.all(size > 1e-9 * np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)):
            raise InterfaceError("a face of the interface has no area, or an angle of 180 degrees")
        frames[:, k, 0] = normal / size[:, None]
        frames[:, k, 1] = first / np.linalg.norm(first, axis=1)[:, None]
        frames[:, k, 2] = np.cross(frames[:, k, 0], frames[:, k, 1])
    return areas, frames


def _tangents(corners, at):
    """Shape functions at a point of the reference square, and the face's two tangents there."""
    xi, eta = at
    shape = (1 + _CORNERS[:, 0] * xi) * (1 + _CORNERS[:, 1] * eta) / 4
    by_xi = _CORNERS[:, 0] * (1 + _CORNERS[:, 1] * eta) / 4
    by_eta = _CORNERS[:, 1] * (1 + _CORNERS[:, 0] * xi) / 4
    return shape, np.einsum("k,fkd->fd", by_xi, corners), np.einsum("k,fkd->fd", by_eta, corners)
