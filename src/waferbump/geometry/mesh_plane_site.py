"""What fills the cells of a plane mesh: the site's columns, its joints and the board over them, as volumes of regions in cells."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from waferbump.geometry.mesh import Board, Joint
from waferbump.geometry.mesh_columns import Columns
from waferbump.geometry.mesh_joint import chord_areas, mean_square, moved, radius_at

BOARD, PAD, MASK = "board", "board_pad", "board_mask"


@dataclass(frozen=True)
class Levels:
    """Numbers of the levels that bound things: films' top, foot, board's mask, pad's face, laminate's face."""

    films: int
    foot: int
    mask: int
    pad: int
    laminate: int


@dataclass(frozen=True)
class Place:
    """Where a joint stands: its first and last station, its middle, and the sides of its site [m]."""

    span: tuple[int, int]
    middle: float
    sides: tuple[float, float]


@dataclass(frozen=True)
class Site:
    """A meshed strip before its cells become elements.

    columns : of the strip;  z : all levels [m];  x : of every node [m], shape (stations, levels)
    places : of the joints;  levels : where what begins;  strip_width, body_width : [m]
    die, board : columns that have a die, a board, shape (columns,), bool
    """

    columns: Columns
    z: np.ndarray
    x: np.ndarray
    places: tuple[Place, ...]
    levels: Levels
    strip_width: float
    body_width: float
    die: np.ndarray
    board: np.ndarray

    @property
    def areas(self) -> np.ndarray:
        """Of every cell [m^2], shape (columns, levels - 1): trapezoids."""
        wide = np.diff(self.x, axis=0)
        return 0.5 * (wide[:, :-1] + wide[:, 1:]) * np.diff(self.z)


def node_places(x: np.ndarray, z: np.ndarray, places: Collection[Place], joint: Joint, levels: Levels) -> np.ndarray:
    """Where the nodes lie along x [m], shape (stations, levels): moved with every joint's outline above its foot."""
    moved_x = np.repeat(x[:, None], len(z), axis=1)
    above = slice(levels.foot + 1, None)
    radius = radius_at(joint, np.minimum(z[above], z[levels.pad]) - z[levels.foot])
    for place in places:
        left, right = place.sides
        own = (x >= left) & (x <= right)
        local = (left - place.middle, right - place.middle)
        moved_x[own, above] = place.middle + moved(x[own, None] - place.middle, radius, float(joint.radius[0]), *local)
    return moved_x


def site_volumes(site: Site, ground: Collection[str]) -> dict[str, np.ndarray]:
    """Volume of every region of the die's side in every cell [m^3], shape (columns, levels - 1); the carrier over the whole body."""
    cols, steps = site.columns, np.diff(site.z)
    made = {}
    for number, name in enumerate(cols.names):
        share = np.where(cols.region == number, cols.share, 0.0) * steps[: cols.region.shape[1]]
        if not share.any():
            continue
        area = cols.kept + cols.dropped if name in ground else cols.kept
        volume = np.zeros((len(cols.x) - 1, len(steps)))
        volume[:, : share.shape[1]] = area.T @ share
        made[name] = volume
    carrier = cols.names[0]
    made[carrier] *= site.body_width / site.strip_width
    bare = site.die & (cols.kept + cols.dropped == 0.0).all(axis=0)  # where the die goes on beyond the site
    depth = np.where(np.arange(len(steps)) < carrier_top(cols), steps, 0.0)
    made[carrier][bare] = site.body_width * np.diff(cols.x)[bare, None] * depth
    return made


def carrier_top(cols: Columns) -> int:
    """Number of the level that is the carrier's top on most of the site."""
    tops = (cols.region == 0).sum(axis=1)
    area = np.bincount(tops, weights=(cols.kept + cols.dropped).sum(axis=1))
    return int(area.argmax())


def board_volumes(site: Site, board: Board) -> dict[str, np.ndarray]:
    """Volume of laminate, pads and mask in every cell [m^3]; the pads are discs, the mask has round openings."""
    steps, x, lv = np.diff(site.z), site.x[:, -1], site.levels
    wide = np.where(site.board, site.body_width * np.diff(x), 0.0)
    pads, openings = np.zeros_like(wide), np.zeros_like(wide)
    for place in site.places:
        pads += chord_areas(x - place.middle, 0.5 * board.pad_diameter)
        openings += chord_areas(x - place.middle, 0.5 * board.mask_opening) if board.mask_thickness > 0.0 else 0.0
    made = {BOARD: (wide, lv.laminate, len(steps)), PAD: (pads, lv.pad, lv.laminate)}
    if board.mask_thickness > 0.0:
        # over the pad's rim the mask lies on it, beside it on the laminate
        made[MASK] = (np.maximum(wide - openings, 0.0), lv.mask, lv.laminate)
    volumes = {}
    for name, (area, low, high) in made.items():
        area = np.where(area > 1e-9 * wide.max(), area, 0.0)
        volumes[name] = area[:, None] * np.where((np.arange(len(steps)) >= low) & (np.arange(len(steps)) < high), steps, 0.0)
    if MASK in volumes and board.mask_opening < board.pad_diameter:
        over = np.maximum(pads - np.minimum(pads, openings), 0.0)
        beside = volumes[MASK][:, lv.pad : lv.laminate]
        np.maximum(beside - over[:, None] * steps[lv.pad : lv.laminate], 0.0, out=beside)
    return volumes


def joint_volumes(site: Site, joint: Joint, place: Place) -> np.ndarray:
    """Volume of the joint in each of its cells [m^3]: the frusta of its outline between levels, cut by the stations."""
    lv, (left, right) = site.levels, place.span
    heights = site.z[lv.foot : lv.pad + 1]
    stations = site.columns.x[left : right + 1, None] - place.middle
    radius = mean_square(radius_at(joint, heights - heights[0]))
    share = chord_areas(stations / float(joint.radius[0]), np.ones(1))
    return share * radius**2 * np.diff(heights)


def filled_volumes(site: Site, bodies: Sequence[np.ndarray], solids: Mapping[str, np.ndarray]) -> np.ndarray:
    """Volume that a filling has in every cell [m^3]: from each tower's top to the board, beside the joints.

    bodies : volumes of each joint in its cells;  solids : volumes of what lies there already, sheets aside
    """
    cols, steps, lv = site.columns, np.diff(site.z), site.levels
    rows = np.arange(len(steps))
    tops = np.array([np.flatnonzero(row >= 0).max() + 1 for row in cols.region])
    free = (cols.kept + cols.dropped).T @ (rows[None, :] >= tops[:, None]).astype(float) * steps
    free[:, lv.laminate :] = 0.0
    for place, body in zip(site.places, bodies, strict=True):
        left, right = place.span
        free[left:right, lv.foot : lv.films] = 0.0  # the slit between the joint and its opening is no room
        free[left:right, lv.foot : lv.pad] -= body
    in_strip = site.strip_width / site.body_width
    for name in (PAD, MASK):
        if name in solids:
            free -= solids[name] * (in_strip if name == MASK else 1.0)
    return np.where(free > 1e-9 * free.max(), free, 0.0)
