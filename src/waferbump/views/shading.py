"""Surfaces under pixels to a picture: flat shading by slope, dark edges, hatches where a body is cut; and its file."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .raster import Body, Camera, CutPlane, Surfaces, surfaces

_LIGHT = np.array([-0.40, 0.72, 0.57])  # from the upper left behind the viewer (our choice): tops bright, right walls darkest
_AMBIENT, _DIRECT = 0.60, 0.46  # shade = ambient + direct * cosine to the light; 1 stands for the material's own colour
_EDGE_SHADE = 0.42  # edges have their body's colour so much darker
_HATCH_SHADE = 0.74
_HATCH_PITCH = 7.0  # [px] as in the drawings of sections
_CREASE = math.cos(math.radians(30.0))  # facets that meet more bluntly are one round surface
_STEP = 3.0  # [samples] a jump in nearness beyond the slope that makes an edge
GROUND = "#ffffff"
_COLOURS = 160  # of a picture's palette: shades of some ten materials, and their mixtures along edges


def rendered(bodies: Sequence[Body], camera: Camera, *, cut: CutPlane | None = None, samples: int = 2, ground: str = GROUND) -> np.ndarray:
    """The picture as (height, width, 3) bytes.

    Parameters
    ----------
    bodies : closed surfaces; faces inside and between them do not matter
    camera : the view
    cut : a plane that takes away what lies to its right; where it runs through bodies they have their full colour and their hatch
    samples : per pixel and side, averaged
    ground : colour where nothing is
    """
    fine = replace(camera, scale=camera.scale * samples, width=camera.width * samples, height=camera.height * samples)
    seen = surfaces(bodies, fine, cut)
    colours = np.array([_channels(body.colour) for body in bodies] + [_channels(ground)])  # the ground last: owner -1
    shade = np.ones(seen.owner.shape)
    by_triangle = _AMBIENT + _DIRECT * np.clip(seen.normals @ (_LIGHT / np.linalg.norm(_LIGHT)), 0.0, None)
    faces = seen.triangle >= 0
    shade[faces] = by_triangle[seen.triangle[faces]]
    for number, body in enumerate(bodies):
        if body.hatch != "none":
            marks = seen.cut & (seen.owner == number)
            shade[marks] = np.where(_hatched(body.hatch, np.argwhere(marks) / samples), _HATCH_SHADE, 1.0)
    picture = colours[seen.owner] * shade[:, :, None]
    edge, of = _edges(seen)
    picture.reshape(-1, 3)[edge] = colours[of] * _EDGE_SHADE
    blocks = picture.reshape(camera.height, samples, camera.width, samples, 3).mean(axis=(1, 3))
    return np.clip(np.rint(blocks), 0, 255).astype(np.uint8)


def png(picture: np.ndarray, *, clear: str = "") -> bytes:
    """A picture (height, width, 3) of bytes as a PNG file with a palette; pixels of the colour `clear` are let through."""
    from PIL import Image

    image = Image.fromarray(picture).quantize(_COLOURS, dither=Image.Dither.NONE)
    here = np.argwhere((picture == _channels(clear)).all(axis=2)) if clear else ()
    known = {"transparency": int(np.asarray(image)[tuple(here[0])])} if len(here) else {}
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True, **known)
    return file.getvalue()


def _channels(colour: str) -> list[float]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _hatched(hatch: str, places: np.ndarray) -> np.ndarray:
    """Whether places (row, column) [px] lie on the lines or dots of a hatch."""
    y, x = places.T
    line = 1.0 / _HATCH_PITCH

    def on(phase):
        return (phase / _HATCH_PITCH) % 1.0 < line

    if hatch == "diagonal":
        return on(x + y)
    if hatch == "cross":
        return on(x + y) | on(x - y)
    if hatch == "horizontal":
        return on(y)
    if hatch == "vertical":
        return on(x)
    reach = 1.45 if hatch == "paste" else 0.8  # [px] of dots, as in `colours`
    across, down = (x % (_HATCH_PITCH / 2)) - _HATCH_PITCH / 4, (y % (_HATCH_PITCH / 2)) - _HATCH_PITCH / 4
    staggered = (np.floor(2 * x / _HATCH_PITCH) + np.floor(2 * y / _HATCH_PITCH)) % 2 == 0
    return (across**2 + down**2 < reach**2) & staggered


def _edges(seen: Surfaces) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (flat) on edges between two bodies, two slopes or two depths, and the body whose edge it is: the nearer one."""
    number = np.arange(seen.owner.size).reshape(seen.owner.shape)
    places, owners = [], []
    for axis in (0, 1):
        here, there = _pair(seen.owner, axis)
        first, second = _pair(seen.triangle, axis)
        apart = (here != there) | (first != second)
        a, b = (side[apart] for side in _pair(number, axis))
        lined = _is_edge(seen, a, b, axis)
        a, b = a[lined], b[lined]
        near, owner = seen.nearness.ravel(), seen.owner.ravel()
        nearer = np.where((owner[b] < 0) | ((near[a] >= near[b]) & (owner[a] >= 0)), owner[a], owner[b])
        places += [a, b]
        owners += [nearer, nearer]
    return np.concatenate(places), np.concatenate(owners)


def _is_edge(seen: Surfaces, a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
    """Whether an edge runs between neighbouring pixels a and b (flat) along an axis that show different faces."""
    owner, triangle, near = seen.owner.ravel(), seen.triangle.ravel(), seen.nearness.ravel()
    edge = (owner[a] != owner[b]) | (triangle[a] < 0) | (triangle[b] < 0)
    rest = np.flatnonzero(~edge)
    p, q = seen.normals[triangle[a[rest]]], seen.normals[triangle[b[rest]]]
    jump = near[b[rest]] - near[a[rest]]
    stepped = np.ones(len(rest), dtype=bool)
    for normals in (p, q):  # what the slope itself makes between two pixels: to the right -nx / nz, downwards ny / nz
        slope = (-normals[:, 0] if axis == 1 else normals[:, 1]) / normals[:, 2]
        stepped &= np.abs(jump - slope) > _STEP + np.abs(slope)
    edge[rest] = stepped | ((p * q).sum(axis=1) < _CREASE)
    return edge


def _pair(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Neighbours along an axis: all but the last, all but the first."""
    return (values[:-1], values[1:]) if axis == 0 else (values[:, :-1], values[:, 1:])
