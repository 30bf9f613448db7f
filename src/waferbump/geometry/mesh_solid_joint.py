"""The joint and the board of a swept mesh: the plan under the joint's foot scaled with its outline, and rings about its upper end."""

from __future__ import annotations

import itertools
import math

import numpy as np

from waferbump.geometry.mesh import Board, Joint, MeshError
from waferbump.geometry.mesh_joint import radius_at

_END_LAYER = 12.5e-6  # m; the joint's first two elements at either end: damage is averaged over 25 um, which are then whole elements
_LAMINATE = 60e-6  # m; the board's first element under its pads, doubled from one to the next
_NEAR = 1e-6  # m; rings nearer to one another are taken as one
_OUTER_LAYERS = 5  # of elements from the outermost ring to the site's edge


def joint_levels(stand_off: float, refine: float) -> np.ndarray:
    """Heights above the foot of the joint's layers [m]: thin at both ends, each at most three times its neighbour."""
    end = min(_END_LAYER, stand_off / 10)
    half, step = [0.0, end, 2 * end], end
    while half[-1] < 0.5 * stand_off:
        rest = 0.5 * stand_off - half[-1]
        step = rest if rest < 3 * step else 2 * step
        half.append(half[-1] + step)
    levels = np.array(half)
    levels = np.concatenate([levels, (stand_off - levels)[-2::-1]])
    times = max(1, round(refine))
    return np.interp(np.arange(times * (len(levels) - 1) + 1) / times, np.arange(len(levels)), levels)


def layer_radii(joint: Joint, levels: np.ndarray) -> np.ndarray:
    """Radii of the layers' faces [m], those inside scaled so that the frustums together have the volume of the outline's."""
    fine = np.unique(np.concatenate([joint.height, levels]))
    radius = radius_at(joint, fine)
    true = float((np.diff(fine) * (radius[1:] ** 2 + radius[1:] * radius[:-1] + radius[:-1] ** 2)).sum())
    chosen = radius_at(joint, levels)
    inner = np.zeros(len(levels))
    inner[1:-1] = 1.0

    def excess(by: float) -> float:
        r = chosen * (1 + by * inner)
        return float((np.diff(levels) * (r[1:] ** 2 + r[1:] * r[:-1] + r[:-1] ** 2)).sum()) - true

    # quadratic in `by`, and nearly linear: two secant steps from 0 leave 1e-8
    by, step = 0.0, 1e-3
    for _ in range(2):
        slope = (excess(by + step) - excess(by)) / step
        by -= excess(by) / slope if slope > 0.0 else 0.0
    return chosen * (1 + by * inner)


def board_rings(board: Board, top: float) -> list[float]:
    """Radii of circles about the joint's upper end at which the board changes [m]."""
    radii = [board.pad_diameter / 2] + ([board.mask_opening / 2] if board.mask_thickness > 0.0 else [])
    kept: list[float] = []
    for radius in sorted(radii):
        if radius > (kept[-1] if kept else top) + _NEAR:
            kept.append(radius)
    return kept


def board_levels(board: Board, refine: float) -> np.ndarray:
    """Heights of the board's layers above the pad's face [m]: the mask's, the pad's, and the laminate's, which grow upwards."""
    laminate = board.pad_thickness
    levels = {0.0, laminate, laminate + board.thickness}
    if board.mask_thickness > 0.0:
        levels.add(laminate - board.mask_thickness)
    found: list[float] = []
    ordered = sorted(levels)
    for low, high in itertools.pairwise(ordered):
        if low >= laminate:
            count = max(1, round(refine * math.log2(1 + (high - low) / _LAMINATE)))
            steps = np.cumsum((2 ** (1 / refine)) ** np.arange(count)) / ((2 ** (1 / refine)) ** np.arange(count)).sum()
        else:
            count = math.ceil(refine * max(1.0, (high - low) / 20e-6))
            steps = np.arange(1, count + 1) / count
        found += [low + (high - low) * s for s in [0.0, *steps[:-1]]]
    return np.array([*found, ordered[-1]])


def kind_at(board: Board, radius: float, height: float) -> str | None:
    """What of the board lies at a radius and a height above the pad's face [m]: "pad", "mask", "board", or None."""
    if height > board.pad_thickness:
        return "board"
    pad = radius < board.pad_diameter / 2
    if pad and height > 0.0:
        return "pad"
    masked = board.mask_thickness > 0.0 and radius > board.mask_opening / 2
    return "mask" if masked and height > board.pad_thickness - board.mask_thickness else None


def outer_rings(
    ring: np.ndarray, closed: bool, top: float, radii: list[float], window: tuple[float, float, float, float], refine: float
) -> np.ndarray:
    """Places [m] of the board's nodes outside the joint's upper end, shape (rings, nodes, 2): `ring`, circles, then out to the window.

    ring : nodes of the upper end's edge [m], counterclockwise about the origin, shape (nodes, 2);  closed : else from angle 0 to pi
    top : radius of the circle as large as the upper end [m];  radii : of the circles about it [m]
    """
    x0, y0, x1, y1 = window
    reach = min(-x0, x1, y1, -y0 if closed else math.inf)
    if radii and radii[-1] >= reach - _NEAR:
        raise MeshError(
            f"the board's pad or mask opening, {radii[-1] * 1e6:.4g} um in radius, does not fit into the site, which ends "
            f"{reach * 1e6:.4g} um from the bump"
        )
    edge = _edge_of_window(ring, closed, window)
    circles = [ring, *(ring * (radius / top) for radius in radii)]
    layers, last = max(2, round(_OUTER_LAYERS * refine)), circles[-1]
    circles += [last + (edge - last) * k / layers for k in range(1, layers + 1)]
    return np.stack(circles)


def _edge_of_window(ring: np.ndarray, closed: bool, window: tuple[float, float, float, float]) -> np.ndarray:
    """A place on the window's edge [m] for every node of the ring: on its ray, turned so that every corner of the window has one."""
    x0, y0, x1, y1 = window
    turn = 2 * math.pi
    angle = np.unwrap(np.arctan2(ring[:, 1], ring[:, 0]))
    places = [(x1, y1), (x0, y1), *([(x0, y0), (x1, y0)] if closed else [])]
    corners = [math.atan2(y, x) for x, y in places]
    if closed:
        corners = [c + turn * math.ceil((angle[0] - c) / turn) for c in corners]
    nearest = [int(np.abs(angle - c).argmin()) for c in corners]
    if len(set(nearest)) < len(nearest) or (not closed and {0, len(ring) - 1} & set(nearest)):
        raise MeshError("the joint's edge has too few nodes for the corners of the site: choose a finer mesh")
    known = [(angle[k], c) for k, c in zip(nearest, corners, strict=True)]
    if closed:
        known = [(a + shift, c + shift) for shift in (-turn, 0.0, turn) for a, c in known]
    else:
        known += [(angle[0], angle[0]), (angle[-1], angle[-1])]
    known.sort()
    turned = np.interp(angle, *np.array(known).T)
    cosine, sine = np.cos(turned), np.sin(turned)
    with np.errstate(divide="ignore"):  # a ray along x never meets y
        reach = np.minimum(np.where(cosine > 0, x1, -x0) / np.abs(cosine), np.where(sine > 0, y1, -y0) / np.abs(sine))
    edge = reach[:, None] * np.column_stack([cosine, sine])
    for k, place in zip(nearest, places, strict=True):
        edge[k] = place
    # exactly on the edge, which the corners' neighbours miss by rounding
    edge = np.clip(edge, [x0, y0 if closed else 0.0], [x1, y1])
    if not closed:
        edge[[0, -1]] = [[x1, 0.0], [x0, 0.0]]
    return edge
