"""Plane meshes of a site: everything in a strip about the line through pad and bump, projected on it, the joint and the board on top.

Elements of several regions may share their nodes, each with its own width across the strip: what lies side by side across it moves
together (equal strains), as ribs of a plate do. See `Part`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np

from waferbump.geometry.mesh import Board, Joint, Mesh, MeshError
from waferbump.geometry.mesh_columns import Columns, Strip, columns, layer_levels, plan_edges, plan_stations, strip
from waferbump.geometry.mesh_joint import checked, moved_back, radius_at
from waferbump.geometry.mesh_plane_parts import assembled
from waferbump.geometry.mesh_plane_site import BOARD, MASK, PAD, Levels, Place, Site, node_places
from waferbump.geometry.mesh_stations import graded
from waferbump.geometry.partition import AIR
from waferbump.geometry.stack import Stack

GROUND = ("carrier", "pad", "passivation")
SIZE = 16e-6  # largest element of the films and the joint [m]; all shares of it below are our choice
_GROWTH = 0.5  # of size with distance from an edge
_LAYER = 25e-6  # at both ends of the joint a level lies here: the layer over which most life constants average damage (Syed 2004)
_SAME = 1e-6  # levels and stations of the board's nearer than this to others are theirs


def plane_mesh(
    stack: Stack,
    joint: Joint,
    board: Board,
    *,
    without: Collection[str] = (),
    ground: Collection[str] = GROUND,
    half_width: float | None = None,
    body_width: float | None = None,
    split: Sequence[tuple[str, str]] = (),
    filled: str = "",
    size: float = SIZE,
    length: float | None = None,
    refine: float = 1.0,
    die_depth: float | None = None,
) -> Mesh:
    """A site between its die and its board as a plane mesh in (x, z): all that lies in |y| <= half_width, projected.

    Every element has a width, so that its area times its width is the volume of its region there. A part free from the ground shares no
    node with it; the gap's faces are in `gaps` where nothing fills it over the strip's whole width. Walls stay joined when a pair is split.

    stack, joint, board : the site, with its solder; the joint that stands for it; what it is soldered to
    without : the solder's regions; none: the round body on top at the origin
    ground : regions that lie below windows: they keep the strip's whole width
    half_width : of the strip [m]; None: from the bump to the nearest window along y, or to the site's edge; above a gap that ends before a
        window comes, half the way to its end
    body_width : of carrier, laminate and mask [m]; None: the site's extent along y
    split : (upper, lower) regions between which the nodes are double; every pair that crosses there is in `interfaces`
    filled : a region (underfill) that takes all room between die and board beside the joint, whatever of it the stack holds; "": none
    size : of the largest element of films and joint [m]
    length : of die and board along x, about the site's middle [m]; None: the site's
    refine : how many times as fine along both axes [dimensionless]
    die_depth : how much of the carrier is meshed [m]; None: all

    Sets: die_back, die_surface, left, right (die and films), board_back, board_left, board_right, foot and top (of the joint), line_end
    (of the region that the joint stands on, farthest from it).

    Raises MeshError where no such mesh exists: the message says why.
    """
    lane, cols, z, levels = _cell(
        stack,
        joint,
        board,
        without=without,
        ground=ground,
        half_width=half_width,
        filled=filled,
        size=size,
        refine=refine,
        die_depth=die_depth,
        whole=False,
    )
    x0, x1 = lane.window
    place = Place(_span(cols.x, 0.0, joint), 0.0, (x0, x1))
    beyond = 0.0 if length is None else 0.5 * (length - (x1 - x0))
    if not (math.isfinite(beyond) and beyond >= -1e-12):
        raise MeshError(f"die and board are at least as long as the site, {(x1 - x0) * 1e6:.4g} um, not {length!r}")
    cols, place = _extended(cols, place, beyond, beyond, size / refine)
    site = _site(joint, cols, z, levels, (place,), lane, body_width, stack.window[3] - stack.window[1])
    return assembled(site, stack.materials, joint, board, ground=ground, split=split, filled=filled, metal=lane.metal)


def slice_mesh(
    stack: Stack,
    joint: Joint,
    board: Board,
    *,
    count: int,
    pitch: float,
    overhang: float = 0.0,
    without: Collection[str] = (),
    ground: Collection[str] = GROUND,
    half_width: float | None = None,
    body_width: float | None = None,
    split: Sequence[tuple[str, str]] = (),
    filled: str = "",
    size: float = 2 * SIZE,
    refine: float = 1.0,
    die_depth: float | None = None,
) -> Mesh:
    """A row of sites from the neutral point to the die's edge: one die and one board over `count` sites, the left side a symmetry plane.

    As `plane_mesh`, whose parameters it takes; between sites farther apart than they are wide their edges' layers go on. Nothing beyond
    windows is left out, for it belongs to the neighbours.

    count : sites in the row;  pitch : from joint to joint along x [m];  overhang : of the board beyond the die [m]

    Raises MeshError where no such mesh exists: the message says why.
    """
    x0, y0, x1, y1 = stack.window
    if isinstance(count, bool) or int(count) != count or not 1 <= count <= 200:
        raise MeshError(f"a row has 1 to 200 sites, not {count!r}")
    if not (math.isfinite(pitch) and pitch >= (x1 - x0) * (1 - 1e-9)):
        raise MeshError(f"sites {(x1 - x0) * 1e6:.4g} um wide do not fit a pitch of {pitch * 1e6:.4g} um")
    if not (math.isfinite(overhang) and overhang >= 0.0):
        raise MeshError(f"a board's overhang is 0 or above, not {overhang!r}")
    lane, cols, z, levels = _cell(
        stack,
        joint,
        board,
        without=without,
        ground=ground,
        half_width=half_width,
        filled=filled,
        size=size,
        refine=refine,
        die_depth=die_depth,
        whole=True,
    )
    more = 0.5 * (pitch - (x1 - x0))
    cols = cols.repeated(int(count), pitch, size / refine)
    places = []
    for number in range(int(count)):
        middle = number * pitch + more - x0
        places.append(Place(_span(cols.x, middle, joint), middle, (middle + x0, middle + x1)))
    die = len(cols.x) - 1
    if overhang > 0.0:
        cols, _ = _extended(cols, places[0], 0.0, overhang, size / refine)
    site = _site(joint, cols, z, levels, tuple(places), lane, body_width, y1 - y0, die_columns=die)
    return assembled(site, stack.materials, joint, board, ground=ground, split=split, filled=filled, metal=lane.metal)


def _cell(
    stack: Stack,
    joint: Joint,
    board: Board,
    *,
    without: Collection[str],
    ground: Collection[str],
    half_width: float | None,
    filled: str,
    size: float,
    refine: float,
    die_depth: float | None,
    whole: bool,
) -> tuple[Strip, Columns, np.ndarray, Levels]:
    """One site's strip on its stations and levels; whole : keep what lies beyond windows."""
    checked(joint, board)
    sides = (stack.window[0], stack.window[2])
    for what, value in (("size", size), ("refine", refine)):
        if not (math.isfinite(value) and value > 0.0):
            raise MeshError(f"{what} is above 0, not {value!r}")
    missing = [name for name in (*without, *([filled] if filled else [])) if not stack.has(name)]
    if missing:
        raise MeshError(f"there is no region {missing[0]!r} in the stack; there are {', '.join(n for n in stack.names if n != AIR)}")
    gone = {filled} if filled else set()
    solder = set(without) or _round_top(stack, gone)
    taken = [name for name in (joint.name, BOARD, PAD, MASK) if stack.has(name) and name not in solder]
    if taken:
        raise MeshError(f"the stack has a region {taken[0]!r}: joint and board need that name")
    lane = strip(stack, joint, solder, gone, ground, half_width, whole=whole)
    radius, top = float(joint.radius[0]), float(joint.radius[-1])
    widest = float(np.max(joint.radius)) if filled else max(radius, top)  # a bulge may hang over the site's side, unless something fills it
    room = min(-sides[0], sides[1])
    if max(widest, 0.5 * board.pad_diameter) >= room - 0.1e-6:
        raise MeshError(
            f"the joint or its pad, {max(widest, 0.5 * board.pad_diameter) * 1e6:.4g} um in radius, is wider than the site, "
            f"whose side lies {room * 1e6:.4g} um from its middle"
        )
    x = _stations(lane, radius, top, board, sides, size / refine, _GROWTH / refine)
    z, levels = _levels(stack, lane, joint, board, size / refine, _GROWTH / refine, die_depth)
    return lane, columns(lane, x, z[: levels.films + 1]), z, levels


def _round_top(stack: Stack, gone: Collection[str]) -> set[str]:
    on_top = next((layer.name for layer in reversed(stack.column_at(0.0, 0.0)) if layer.name != AIR and layer.name not in gone), AIR)
    return {on_top} & stack.imported


def _stations(
    lane: Strip, radius: float, top: float, board: Board, sides: tuple[float, float], size: float, growth: float
) -> np.ndarray:
    """Stations along x [m]: edges of the plan, the joint's foot, and where the board's pad and mask end once the columns are moved."""
    always = [-radius, radius]
    for edge in (0.5 * board.pad_diameter, 0.5 * board.mask_opening if board.mask_thickness > 0.0 else 0.0):
        for side in (-edge, edge):
            if sides[0] + _SAME < side < sides[1] - _SAME and abs(edge) > top:
                place = moved_back(side, top, radius, *sides)
                if min(abs(place - other) for other in always) > _SAME:
                    always.append(place)
    edges = plan_stations(lane, always)
    weights = plan_edges(lane)
    # walls across much of the strip are where films end or let go: finest there, and at the joint's foot
    heavy = {x for x, weight in weights.items() if weight > 0.2 * lane.half_width} | {-radius, radius}
    fine = np.where([min(abs(x - other) for other in heavy) < _SAME for x in edges], size / 6, size / 2)
    return graded(edges, fine, growth, size)


def _levels(
    stack: Stack, lane: Strip, joint: Joint, board: Board, size: float, growth: float, die_depth: float | None
) -> tuple[np.ndarray, Levels]:
    films = layer_levels(lane, [stack.floor, lane.foot])
    surface = films[1]
    floor = stack.floor if die_depth is None else surface - die_depth
    if not (math.isfinite(floor) and stack.floor - 1e-12 <= floor < surface):
        raise MeshError(f"the meshed part of the carrier is up to {(surface - stack.floor) * 1e6:.4g} um deep, not {die_depth!r}")
    films[0] = floor
    face = lane.foot + joint.stand_off
    laminate = face + board.pad_thickness
    mask = laminate - board.mask_thickness
    if films[-1] >= min(mask, face) - _SAME:
        raise MeshError(
            f"the films reach {films[-1] * 1e6:.4g} um up, the board {min(mask, face) * 1e6:.4g} um down: no room is left between them; "
            "a filling that the stack holds is named as filled"
        )
    always = [*films, face, laminate, *([mask] if min(abs(mask - face), abs(mask - laminate)) > 1e-9 else [])]
    for layer in (lane.foot + _LAYER, face - _LAYER):
        if lane.foot < layer < face and min(abs(layer - other) for other in always) > _SAME:
            always.append(layer)
    edges = np.sort(np.array([*always, laminate + board.thickness]))
    # thin films bend: they begin with elements a fifth of the size thick; the joint is finest at its ends, die and board grow coarse
    fine = np.select(
        [np.isclose(edges, floor) | (edges > laminate), edges == face, edges > films[-1]], [5 * size, size / 4, size], size / 5
    )
    coarse = np.where((edges[1:] <= surface + 1e-12) | (edges[:-1] >= laminate - 1e-12), 6 * size, 1.5 * size)
    z = graded(edges, fine, growth, coarse)
    at = [int(np.abs(z - level).argmin()) for level in (films[-1], lane.foot, mask, face, laminate)]
    return z, Levels(*at)


def _span(x: np.ndarray, middle: float, joint: Joint) -> tuple[int, int]:
    return tuple(int(np.abs(x - middle - edge).argmin()) for edge in (-float(joint.radius[0]), float(joint.radius[0])))


def _extended(cols: Columns, place: Place, left: float, right: float, size: float) -> tuple[Columns, Place]:
    """The columns with empty ones beyond the site, [m] to either side, growing coarser."""
    more = []
    for beyond in (left, right):
        steps = graded(np.array([0.0, beyond]), np.array([size, 4 * size]), _GROWTH, 4 * size)[1:] if beyond > 1e-12 else np.empty(0)
        more.append(steps)
    x = np.concatenate([cols.x[0] - more[0][::-1], cols.x, cols.x[-1] + more[1]])
    wide = ((0, 0), (len(more[0]), len(more[1])))
    made = Columns(x, cols.z, np.pad(cols.kept, wide), np.pad(cols.dropped, wide), cols.region, cols.share, cols.names)
    shift = len(more[0])
    return made, Place((place.span[0] + shift, place.span[1] + shift), place.middle, place.sides)


def _site(
    joint: Joint,
    cols: Columns,
    z: np.ndarray,
    levels: Levels,
    places: tuple[Place, ...],
    lane: Strip,
    body_width: float | None,
    height: float,
    die_columns: int | None = None,
) -> Site:
    width = height if body_width is None else body_width
    if not (math.isfinite(width) and width >= 2 * lane.half_width * (1 - 1e-9)):
        raise MeshError(f"die and board are at least as wide as the strip, {2 * lane.half_width * 1e6:.4g} um, not {width!r}")
    if 2 * float(np.max(radius_at(joint, joint.height))) > width:
        raise MeshError(f"the joint, {2e6 * float(np.max(joint.radius)):.4g} um wide, is wider than die and board, {width * 1e6:.4g} um")
    x = node_places(cols.x, z, places, joint, levels)
    if np.diff(x, axis=0).min() <= 0.0:
        raise MeshError("the joint is wider than its site: columns beside it would turn over")
    every = np.ones(len(cols.x) - 1, dtype=bool)
    die = every if die_columns is None else np.arange(len(every)) < die_columns
    return Site(cols, z, x, places, levels, 2 * lane.half_width, width, die, every)
