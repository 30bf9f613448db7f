"""The joint and the board's round pads in a plane mesh: columns that follow the outline, and the chords of circles as widths."""

from __future__ import annotations

import math

import numpy as np

from waferbump.geometry.mesh import Board, Joint, MeshError


def checked(joint: Joint, board: Board) -> None:
    """Refuse, in words, a joint and a board that do not fit together."""
    radius, height = np.asarray(joint.radius, dtype=float), np.asarray(joint.height, dtype=float)
    if radius.ndim != 1 or radius.shape != height.shape or len(radius) < 2:
        raise MeshError("a joint's outline is at least two radii with as many heights")
    if not (np.isfinite(radius).all() and np.isfinite(height).all() and radius.min() > 0.0):
        raise MeshError("a joint's radii and heights are finite, and its radii above 0")
    if height[0] != 0.0 or np.diff(height).min() <= 0.0:
        raise MeshError("a joint's heights rise from 0")
    sizes = {"thickness": board.thickness, "pad_diameter": board.pad_diameter, "pad_thickness": board.pad_thickness}
    for what, value in sizes.items():
        if not (math.isfinite(value) and value > 0.0):
            raise MeshError(f"a board's {what} is above 0, not {value!r}")
    pad, top = 0.5 * board.pad_diameter, float(radius[-1])
    if top > pad * (1 + 1e-6):
        raise MeshError(f"the joint, {top * 1e6:.4g} um in radius at its top, is wider than the board's pad, {pad * 1e6:.4g} um")
    if board.mask_thickness < 0.0 or not math.isfinite(board.mask_thickness):
        raise MeshError(f"a mask's thickness is 0 or above, not {board.mask_thickness!r}")
    if board.mask_thickness == 0.0:
        return
    if not (math.isfinite(board.mask_opening) and board.mask_opening > 0.0):
        raise MeshError(f"a solder mask has an opening above 0, not {board.mask_opening!r}")
    if board.mask_opening < board.pad_diameter and board.mask_thickness <= board.pad_thickness:
        raise MeshError("a mask that covers the pad's rim is thicker than the pad")
    if top > 0.5 * board.mask_opening * (1 + 1e-6):
        raise MeshError(
            f"the joint, {top * 1e6:.4g} um in radius at its top, is wider than the mask's opening, {board.mask_opening * 5e5:.4g} um"
        )

_ROOM = 1.05  # of the joint's radius: where the outermost column stands at least (our choice)


def radius_at(joint: Joint, height: np.ndarray) -> np.ndarray:
    """Radius of the outline at heights above the foot [m], shape (...), held at both ends."""
    return np.interp(height, joint.height, joint.radius)


def moved(x: np.ndarray, radius: float | np.ndarray, foot: float, left: float, right: float) -> np.ndarray:
    """Stations x moved so that the columns over the foot follow the outline and those beside give way, linearly to the site's sides [m].

    |x| <= foot: x R / foot; right of it: R + (x - foot) (right - R) / (right - foot), and so to the left.
    x, radius R : [m], of one shape after broadcasting;  foot, left, right : [m], left below 0
    Where the joint bulges beyond a side, the columns beside it (of air) go beyond it too.
    """
    inside = x * radius / foot
    left, right = np.minimum(left, -_ROOM * radius), np.maximum(right, _ROOM * radius)
    beyond = radius + (x - foot) * (right - radius) / (right - foot)
    before = -radius + (x + foot) * (left + radius) / (left + foot)
    return np.where(x > foot, beyond, np.where(x < -foot, before, inside))


def moved_back(place: float, radius: float, foot: float, left: float, right: float) -> float:
    """The station that `moved` carries to a place beside the joint [m]."""
    if place > 0.0:
        return foot + (place - radius) * (right - foot) / (right - radius)
    return -foot + (place + radius) * (left + foot) / (left + radius)


def chord_areas(x: np.ndarray, radius: float | np.ndarray) -> np.ndarray:
    """Area of a circle about x = 0 between neighbouring stations [m^2]: int 2 sqrt(R^2 - x^2) dx, exact.

    x : ascending along the first axis [m], shape (stations, ...);  radius R : [m], shape (...)
    """
    share = np.clip(x / radius, -1.0, 1.0)
    return np.diff(share * np.sqrt(1.0 - share**2) + np.arcsin(share), axis=0) * np.asarray(radius) ** 2


def mean_square(radius: np.ndarray) -> np.ndarray:
    """Radius of the cylinder as large as each frustum between neighbouring radii [m]: R^2 = (a^2 + a b + b^2) / 3."""
    a, b = radius[:-1], radius[1:]
    return np.sqrt((a * a + a * b + b * b) / 3.0)
