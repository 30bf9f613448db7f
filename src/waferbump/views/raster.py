"""Triangles to pixels: which surface is nearest under every pixel of an orthographic view, cut open by a plane where asked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

_FRAGMENTS = 2_000_000  # spans become pixels in portions of about so many (our choice: some 100 MB at a time)
_DEPTH_STEPS = 2**34  # what nearness is told apart to, as a part of its range
_EDGE_ON = 1e-7  # triangles whose normal makes less than this cosine with the view cover no pixel
_ON_PLANE = 1e-6  # [px] faces so little before the cut plane lie in it


@dataclass(frozen=True)
class Body:
    """A closed surface to be drawn, its material's look with it.

    vertices : [m] (n, 3);  triangles : indices (m, 3), anticlockwise seen from outside
    colour : "#rrggbb";  hatch : of its material, shown where it is cut
    """

    name: str
    vertices: np.ndarray
    triangles: np.ndarray
    colour: str
    hatch: str = "none"


@dataclass(frozen=True)
class Camera:
    """An orthographic view.

    azimuth : direction from which one looks, about z from x [rad];  elevation : above the horizon [rad], between 0 and pi/2
    middle : what lies in the picture's middle [m];  scale : [px/m];  width, height : [px]
    """

    azimuth: float
    elevation: float
    middle: tuple[float, float, float]
    scale: float
    width: int
    height: int

    @property
    def axes(self) -> np.ndarray:
        """Rows: to the right, upwards in the picture, and towards the viewer."""
        sa, ca, se, ce = math.sin(self.azimuth), math.cos(self.azimuth), math.sin(self.elevation), math.cos(self.elevation)
        return np.array([[-sa, ca, 0.0], [-se * ca, -se * sa, ce], [ce * ca, ce * sa, se]])

    def seen(self, points: np.ndarray) -> np.ndarray:
        """Points [m] (n, 3) as (x to the right, y downwards from the upper left corner, nearness) [px]."""
        turned = (np.asarray(points, dtype=float).reshape(-1, 3) - self.middle) @ self.axes.T * self.scale
        return turned * [1.0, -1.0, 1.0] + [self.width / 2, self.height / 2, 0.0]


@dataclass(frozen=True)
class CutPlane:
    """A vertical plane through `point` (x, y) [m] along `direction` [rad]; what lies to its right is taken away."""

    point: tuple[float, float]
    direction: float

    def nearness(self, camera: Camera) -> np.ndarray:
        """(a, b, c) of its nearness a x + b y + c in the picture [px]; ValueError when it is not seen from its open side."""
        right, up, towards = camera.axes
        normal = np.array([math.sin(self.direction), -math.cos(self.direction), 0.0])
        facing = float(normal @ towards)
        if facing <= _EDGE_ON:
            raise ValueError("the cut plane is not seen from its open side: look from its right")
        x, y, near = camera.seen(np.array([[*self.point, 0.0]]))[0]
        a, b = -float(normal @ right) / facing, float(normal @ up) / facing
        return np.array([a, b, near - a * x - b * y])


@dataclass(frozen=True)
class Surfaces:
    """What is nearest under every pixel, in arrays (height, width).

    owner : number of the body, -1 where nothing is;  nearness : [px]
    triangle : number of the face, whose unit normals (x right, y up, z to the viewer) are the rows of `normals`; -1 where a body is cut
    """

    owner: np.ndarray
    nearness: np.ndarray
    triangle: np.ndarray
    normals: np.ndarray

    @property
    def cut(self) -> np.ndarray:
        """Where the plane runs through a body."""
        return (self.owner >= 0) & (self.triangle < 0)


def surfaces(bodies: Sequence[Body], camera: Camera, cut: CutPlane | None = None) -> Surfaces:
    """The nearest faces by pixel that look at the viewer, and with a plane the bodies it runs through.

    The plane runs inside a body where, along the view behind it, one more face of the body turns its back than its front. Of bodies
    that overlap there the first is shown.
    """
    listed = [(number, body) for number, body in enumerate(bodies) if len(body.triangles)]
    nothing = np.empty((0, 3, 3)), np.empty(0, dtype=int)
    corners = np.concatenate([nothing[0], *(camera.seen(body.vertices)[np.asarray(body.triangles)] for _, body in listed)])
    owners = np.concatenate([nothing[1], *(np.full(len(body.triangles), number) for number, body in listed)])
    upright = corners * [1.0, -1.0, 1.0]
    normals = np.cross(upright[:, 1] - upright[:, 0], upright[:, 2] - upright[:, 0])
    lengths = np.linalg.norm(normals, axis=1)
    kept = np.abs(normals[:, 2]) > _EDGE_ON * lengths if cut is not None else normals[:, 2] > _EDGE_ON * lengths
    corners, owners, normals = corners[kept], owners[kept], normals[kept] / lengths[kept, None]
    plane = None if cut is None else cut.nearness(camera)
    triangle, nearness, opened = _nearest(corners, normals, owners, len(bodies), camera, plane)
    owner = np.where(triangle >= 0, owners[triangle], -1) if len(owners) else triangle
    if plane is not None:
        row, column = np.indices(owner.shape)
        at_plane = plane[0] * (column + 0.5) + plane[1] * (row + 0.5) + plane[2]
        owner, nearness = np.where(opened >= 0, opened, owner), np.where(opened >= 0, at_plane, nearness)
        triangle = np.where(opened >= 0, -1, triangle)
    return Surfaces(owner, nearness, triangle, normals)


def _nearest(
    corners: np.ndarray, normals: np.ndarray, owners: np.ndarray, bodies: int, camera: Camera, plane: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nearest front face, its nearness, and the body that the plane runs through (-1: none), by pixel."""
    shape, count = (camera.height, camera.width), camera.width * camera.height
    opened = np.full(shape, -1)
    if not len(corners):
        return opened, np.zeros(shape), opened
    # nearness over the picture: n . (p - p0) = 0 with y turned upright
    slopes = np.column_stack([-normals[:, 0] / normals[:, 2], normals[:, 1] / normals[:, 2]])
    offsets = corners[:, 0, 2] - (slopes * corners[:, 0, :2]).sum(axis=1)
    back = normals[:, 2] < 0.0
    far = corners[:, :, 2].min() - 1.0
    steps = _DEPTH_STEPS / (corners[:, :, 2].max() + 1.0 - far)
    bits = len(corners).bit_length()
    best = np.full(count, -1, dtype=np.int64)  # nearness and triangle in one integer: the largest wins
    turned = np.zeros(bodies * count if plane is not None else 0, dtype=np.int8)  # faces behind the plane: backs less fronts
    for triangle, row, column in _pixels(corners, camera):
        x, y = column + 0.5, row + 0.5
        pixel = row * camera.width + column
        near = slopes[triangle, 0] * x + slopes[triangle, 1] * y + offsets[triangle]
        if plane is not None:
            behind = near <= plane[0] * x + plane[1] * y + plane[2] + _ON_PLANE
            triangle, pixel, near = triangle[behind], pixel[behind], near[behind]
            turning = back[triangle]
            np.add.at(turned, owners[triangle] * count + pixel, np.where(turning, 1, -1).astype(np.int8))
            triangle, pixel, near = triangle[~turning], pixel[~turning], near[~turning]
        level = np.clip((near - far) * steps, 0, _DEPTH_STEPS).astype(np.int64)
        np.maximum.at(best, pixel, (level << bits) | triangle)
    if plane is not None:
        inside = turned.reshape(bodies, *shape) > 0
        opened = np.where(inside.any(axis=0), inside.argmax(axis=0), -1)
    found = best >= 0
    triangle = np.where(found, best & ((1 << bits) - 1), -1)
    return triangle.reshape(shape), np.where(found, (best >> bits) / steps + far, far).reshape(shape), opened


def _pixels(corners: np.ndarray, camera: Camera) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(triangle, row, column) of every pixel whose centre a triangle covers, in portions."""
    order = np.argsort(corners[:, :, 1], axis=1)
    x, y = (np.take_along_axis(corners[:, :, axis], order, axis=1) for axis in (0, 1))
    first, last = (np.clip(np.ceil(y[:, corner] - 0.5), 0, camera.height).astype(np.int64) for corner in (0, 2))
    triangle, row = _counted(first, last)
    at = row + 0.5
    xs, ys = x[triangle], y[triangle]
    with np.errstate(divide="ignore", invalid="ignore"):  # edges along the row are never the ones that are chosen
        long = xs[:, 0] + (at - ys[:, 0]) * (xs[:, 2] - xs[:, 0]) / (ys[:, 2] - ys[:, 0])
        upper = xs[:, 0] + (at - ys[:, 0]) * (xs[:, 1] - xs[:, 0]) / (ys[:, 1] - ys[:, 0])
        lower = xs[:, 1] + (at - ys[:, 1]) * (xs[:, 2] - xs[:, 1]) / (ys[:, 2] - ys[:, 1])
    short = np.where(at < ys[:, 1], upper, lower)
    start = np.clip(np.ceil(np.minimum(long, short) - 0.5), 0, camera.width).astype(np.int64)
    end = np.clip(np.ceil(np.maximum(long, short) - 0.5), 0, camera.width).astype(np.int64)
    total = np.cumsum(end - start)
    cuts = np.searchsorted(total, np.arange(_FRAGMENTS, int(total[-1]) if len(total) else 0, _FRAGMENTS))
    for portion in np.split(np.arange(len(row)), cuts):
        span, column = _counted(start[portion], end[portion])
        yield triangle[portion][span], row[portion][span], column


def _counted(first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every integer from first up to last of every pair, with the pair's number."""
    counts = np.maximum(last - first, 0)
    which = np.repeat(np.arange(len(counts)), counts)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts) + first[which]
