"""Triangles of a plan that keep to its curves: Delaunay, curves halved until they are edges, points put in where triangles are large."""

from __future__ import annotations

import numpy as np

from waferbump.geometry.mesh import MeshError
from waferbump.geometry.mesh_plan_curves import Curves

_GROWTH = 0.5  # of the triangles' size by distance from a curve
_PASSES = 40  # of halving or of putting points in; a third of these is the most that was seen
_FLAT = 1e-7  # of the size squared: thinner ones lie on the rectangle's edge


def triangulated(curves: Curves, tolerance: float, size: float) -> tuple[np.ndarray, np.ndarray, Curves]:
    """Points [um] (those of the curves first), triangles counterclockwise, and the curves, halved where they had to be.

    tolerance : a quarter of it is the shortest a segment may become [um];  size : of the largest triangles [um]
    """
    for _ in range(_PASSES):
        split = _wanting(curves)
        if len(split) == 0:
            points = _with_points_between(curves, size)
            split = _missing(points, _delaunay(points), curves.segments)
            if len(split) == 0:
                return points, _delaunay(points), curves
        curves = curves.divided(split, 0.25 * tolerance)
    raise MeshError("the plan's curves could not be joined by triangles: choose a larger tolerance")


def _with_points_between(curves: Curves, size: float) -> np.ndarray:
    """Points of the curves, and more between them where triangles would be large."""
    points, spacing = curves.points, _spacing(curves)
    for _ in range(_PASSES):
        new = _wanted(points, _delaunay(points), curves, spacing, size)
        if len(new) == 0:
            break
        points = np.concatenate([points, new])
    return points


def _delaunay(points: np.ndarray) -> np.ndarray:
    from scipy.spatial import Delaunay

    triangles = Delaunay(points).simplices
    a, b, c = (points[triangles[:, k]] for k in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    triangles = np.where((area < 0)[:, None], triangles[:, ::-1], triangles)
    longest = np.maximum.reduce([((a - b) ** 2).sum(axis=1), ((b - c) ** 2).sum(axis=1), ((c - a) ** 2).sum(axis=1)])
    return triangles[np.abs(area) > _FLAT * longest]


def _missing(points: np.ndarray, triangles: np.ndarray, segments: np.ndarray) -> np.ndarray:
    count = len(points)
    pairs = np.sort(np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    present = np.unique(pairs @ np.array([count, 1]))
    return np.flatnonzero(~np.isin(np.sort(segments, axis=1) @ np.array([count, 1]), present))


def _wanting(curves: Curves) -> np.ndarray:
    """Segments that are no edges of triangles, or whose circle has another node of the curves inside."""
    points, segments = curves.points, curves.segments
    missing = _missing(points, _delaunay(points), segments)
    ends = points[segments]
    centre, radius = ends.mean(axis=1), 0.5 * np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    distance = np.linalg.norm(points[None] - centre[:, None], axis=2)
    distance[np.arange(len(segments))[:, None], segments] = np.inf
    inside = np.flatnonzero(distance.min(axis=1) < 0.85 * radius)
    return np.union1d(missing, inside)


def _spacing(curves: Curves) -> np.ndarray:
    """Mean length of the segments at each node of the curves [um]."""
    ends = curves.points[curves.segments]
    length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    flat = curves.segments.ravel()
    return np.bincount(flat, np.repeat(length, 2)) / np.bincount(flat)


def _wanted(points: np.ndarray, triangles: np.ndarray, curves: Curves, spacing: np.ndarray, size: float) -> np.ndarray:
    """Middles of the circles about triangles that are too large for where they lie, none near a curve or another one."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    p, q = b - a, c - a
    twice = 2 * (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0])
    pp, qq = (p**2).sum(axis=1), (q**2).sum(axis=1)
    centre = a + np.column_stack([q[:, 1] * pp - p[:, 1] * qq, p[:, 0] * qq - q[:, 0] * pp]) / twice[:, None]
    radius = np.linalg.norm(centre - a, axis=1)
    low, high = points.min(axis=0), points.max(axis=0)
    candidates = np.flatnonzero((radius > 0.3 * spacing.min()) & ((centre > low) & (centre < high)).all(axis=1))
    if len(candidates) == 0:
        return np.empty((0, 2))
    centre, radius = centre[candidates], radius[candidates]
    apart = np.linalg.norm(centre[:, None] - curves.points[None], axis=2)
    target = np.minimum(size, (spacing + _GROWTH * apart).min(axis=1))
    ends = curves.points[curves.segments]
    middle, half = ends.mean(axis=1), 0.5 * np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    free = (np.linalg.norm(centre[:, None] - middle[None], axis=2) > 1.05 * half).all(axis=1)
    free &= apart.min(axis=1) > 0.5 * target
    large = np.flatnonzero(free & (radius > 0.8 * target))
    chosen: list[int] = []
    for k in large[np.argsort(-radius[large], kind="stable")]:
        if all(((centre[k] - centre[j]) ** 2).sum() > (0.7 * target[k]) ** 2 for j in chosen):
            chosen.append(k)
    return centre[chosen]
