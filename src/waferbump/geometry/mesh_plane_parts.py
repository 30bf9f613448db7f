"""Elements, interfaces, gaps and sets of a plane mesh, from what fills its cells."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from waferbump.geometry.mesh import Board, Joint, Mesh, MeshError, Pairs, Part
from waferbump.geometry.mesh_joint import chord_areas
from waferbump.geometry.mesh_plane_site import (
    BOARD,
    MASK,
    PAD,
    Site,
    board_volumes,
    carrier_top,
    filled_volumes,
    joint_volumes,
    site_volumes,
)
from waferbump.geometry.mesh_sheets import NORTHEAST, NORTHWEST, SOUTHEAST, SOUTHWEST, Nodes, numbered, with_sheet

_LEAST = 1e-4  # of the strip: less width of a region is no element, its volume goes to the cell beside (our choice; 0.03 to 0.05 um)
_UNDER, _OVER = [NORTHWEST, NORTHEAST], [SOUTHWEST, SOUTHEAST]  # corners at a level of the cells below and above it

Crossing = dict[tuple[str, str], np.ndarray]  # width by column at which (lower, upper) lie on one another at a level [m]


def assembled(
    site: Site,
    materials: Mapping[str, str],
    joint: Joint,
    board: Board,
    *,
    ground: Collection[str],
    split: Sequence[tuple[str, str]],
    filled: str,
    metal: str,
) -> Mesh:
    """The mesh of a site whose cells are known (see `plane_mesh` for the parameters; metal: the region that the joint stands on)."""
    lv, areas = site.levels, site.areas
    least = _LEAST * site.strip_width * areas
    volumes = {name: _without_slivers(volume, least) for name, volume in site_volumes(site, ground).items()} | board_volumes(site, board)
    bodies = [joint_volumes(site, joint, place) for place in site.places]
    beside = None
    if filled:
        beside = filled_volumes(site, bodies, volumes)
        volumes[filled] = beside.copy()
        for place in site.places:
            volumes[filled][slice(*place.span), : lv.pad] = 0.0  # in front of a joint it has the joint's nodes
    solid = sum(volumes.values()) > least
    faces = _split_faces(site, volumes, split, joint, metal)
    doubled = np.zeros((solid.shape[0], solid.shape[1] + 1), dtype=bool)
    for level, crossing in faces.items():
        doubled[:, level] = sum(crossing[lower, upper] for upper, lower in split if (lower, upper) in crossing) > 0.0
    nodes, sheets = numbered(solid, doubled), []
    for place in site.places:
        nodes, cells = with_sheet(
            nodes,
            place.span,
            (lv.foot, lv.pad),
            foot=(joint.name, metal) not in split,
            top=(PAD, joint.name) not in split,
            flanks_from=lv.films if filled else None,
        )
        sheets.append(cells)
    named = {**materials, joint.name: joint.material, BOARD: board.material, PAD: board.pad_material, MASK: board.mask_material}
    elements: dict[str, list] = {}
    for name, volume in volumes.items():
        held = volume > least
        elements.setdefault(name, []).append((nodes.corners[held], volume[held] / areas[held]))
    for place, sheet, body in zip(site.places, sheets, bodies, strict=True):
        window = (slice(*place.span), slice(lv.foot, lv.pad))
        elements.setdefault(joint.name, []).append((sheet.reshape(-1, 4), (body / areas[window]).ravel()))
        if beside is not None:
            held = beside[window] > least[window]
            elements[filled].append((sheet[held], beside[window][held] / areas[window][held]))
    parts = []
    for name, pieces in elements.items():
        cells, widths = (np.concatenate(one) for one in zip(*pieces, strict=True))
        if len(cells):
            parts.append(Part(name, named[name], cells, widths))
    at = np.stack([site.x[nodes.at[:, 0], nodes.at[:, 1]], site.z[nodes.at[:, 1]]], axis=-1)
    interfaces = [*_interfaces(nodes, faces, doubled), *_joint_interfaces(site, nodes, sheets, split, joint, metal)]
    return Mesh(at, tuple(parts), tuple(interfaces), tuple(_gaps(site, nodes, solid)), _sets(site, at, parts, sheets, metal))


def _without_slivers(volume: np.ndarray, least: np.ndarray) -> np.ndarray:
    """Volumes in which what is too narrow in a cell lies in the one beside it with more of the region, or, where there is none, nowhere."""
    made = volume.copy()
    padded = np.pad(volume, ((1, 1), (0, 0)))
    left, right = padded[:-2], padded[2:]
    thin = (volume > 0.0) & (volume <= least)
    to_left, to_right = thin & (left >= right), thin & (left < right)
    made[:-1] += np.where(to_left, volume, 0.0)[1:]
    made[1:] += np.where(to_right, volume, 0.0)[:-1]
    made[thin] -= volume[thin]
    return np.where(made > least, made, 0.0)


def _split_faces(
    site: Site, volumes: Mapping[str, np.ndarray], split: Sequence[tuple[str, str]], joint: Joint, metal: str
) -> dict[int, Crossing]:
    """Levels at which a split pair lies on one another, with all that crosses there; a pair that does so nowhere is refused."""
    faces: dict[int, Crossing] = {}
    for upper, lower in split:
        if (upper, lower) in {(joint.name, metal), (PAD, joint.name)}:
            continue
        found = {}
        for level in range(1, len(site.z) - 1):
            crossing = _crossing(site, level, volumes)
            if (lower, upper) in crossing:
                found[level] = crossing
        if not found or joint.name in (lower, upper):
            raise MeshError(f"nodes cannot be split between {upper!r} above and {lower!r} below: nowhere in the strip do they touch so")
        faces |= found
    return faces


def _crossing(site: Site, level: int, volumes: Mapping[str, np.ndarray]) -> Crossing:
    """Every (lower, upper) pair that crosses a level, a region that goes on across it with itself."""
    cols, made = site.columns, {}
    if level < cols.region.shape[1]:
        steps = np.diff(cols.x)
        for t, (low, high) in enumerate(zip(cols.region[:, level - 1], cols.region[:, level], strict=True)):
            if low >= 0 and high >= 0:
                pair = (cols.names[low], cols.names[high])
                made[pair] = made.get(pair, 0.0) + cols.kept[t] / steps
    elif level == site.levels.laminate:
        area = site.areas[:, level - 1]
        made = {(name, BOARD): volumes[name][:, level - 1] / area for name in (PAD, MASK) if name in volumes}
    least = _LEAST * site.strip_width
    return {pair: np.where(width > least, width, 0.0) for pair, width in made.items() if (width > least).any()}


def _interfaces(nodes: Nodes, faces: Mapping[int, Crossing], doubled: np.ndarray) -> list[Pairs]:
    found: dict[tuple[str, str], list] = {}
    for level, crossing in sorted(faces.items()):
        for pair, width in crossing.items():
            column = np.flatnonzero(doubled[:, level] & (width > 0.0))
            if len(column):
                below, above = nodes.corners[column, level - 1][:, _UNDER], nodes.corners[column, level][:, _OVER]
                found.setdefault(pair, []).append((below, above, width[column]))
    made = []
    for (lower, upper), rows in found.items():
        below, above, widths = (np.concatenate(one) for one in zip(*rows, strict=True))
        made.append(Pairs(lower, upper, below, above, widths, np.zeros((len(widths), 2))))
    return made


def _joint_interfaces(
    site: Site, nodes: Nodes, sheets: Sequence[np.ndarray], split: Sequence[tuple[str, str]], joint: Joint, metal: str
) -> list[Pairs]:
    """The joint's foot and top where they are split; the contact is a full circle."""
    lv, made = site.levels, []
    for lower, upper in ((metal, joint.name), (joint.name, PAD)):
        if (upper, lower) not in split:
            continue
        rows = []
        for place, sheet in zip(site.places, sheets, strict=True):
            span = slice(*place.span)
            if upper == joint.name:
                level, below, above = lv.foot, nodes.corners[span, lv.foot - 1][:, _UNDER], sheet[:, 0][:, _OVER]
            else:
                level, below, above = lv.pad, sheet[:, -1][:, _UNDER], nodes.corners[span, lv.pad][:, _OVER]
            x = site.x[place.span[0] : place.span[1] + 1, level] - place.middle
            rows.append((below, above, chord_areas(x, x[-1]) / np.diff(x)))
        below, above, widths = (np.concatenate(one) for one in zip(*rows, strict=True))
        made.append(Pairs(lower, upper, below, above, widths, np.zeros((len(widths), 2))))
    return made


def _gaps(site: Site, nodes: Nodes, solid: np.ndarray) -> list[Pairs]:
    """Faces over one another with air between in some tower, and nothing in any: what lies between neither rests on nor holds the other."""
    cols, steps = site.columns, np.diff(site.columns.x)
    width: dict[tuple[str, str, int, int], np.ndarray] = {}
    for t, tower in enumerate(cols.region):
        held = np.flatnonzero(tower >= 0)
        for low, high in itertools.pairwise(held):
            if high > low + 1:
                key = (cols.names[tower[low]], cols.names[tower[high]], int(low) + 1, int(high))
                width[key] = width.get(key, 0.0) + cols.kept[t] / steps
    found: dict[tuple[str, str], list] = {}
    for (lower, upper, low, high), wide in width.items():
        bare = ~solid[:, low:high].any(axis=1) & solid[:, low - 1] & solid[:, high]
        column = np.flatnonzero(bare & (wide > _LEAST * site.strip_width))
        if len(column):
            below, above = nodes.corners[column, low - 1][:, _UNDER], nodes.corners[column, high][:, _OVER]
            heights = np.full((len(column), 2), site.z[high] - site.z[low])
            found.setdefault((lower, upper), []).append((below, above, wide[column], heights))
    return [Pairs(*pair, *(np.concatenate(one) for one in zip(*rows, strict=True))) for pair, rows in found.items()]


def _sets(site: Site, at: np.ndarray, parts: Sequence[Part], sheets: Sequence[np.ndarray], metal: str) -> Mapping[str, np.ndarray]:
    nodes = {part.name: np.unique(part.cells) for part in parts}
    above = np.unique(np.concatenate([nodes[name] for name in (BOARD, PAD, MASK) if name in nodes]))
    below = np.setdiff1d(np.unique(np.concatenate(list(nodes.values()))), above)
    carrier = nodes[site.columns.names[0]]

    def where(among: np.ndarray, axis: int, value: float) -> np.ndarray:
        return among[np.abs(at[among, axis] - value) < 1e-12]

    die_sides = at[carrier, 0].min(), at[carrier, 0].max()
    board_sides = at[nodes[BOARD], 0].min(), at[nodes[BOARD], 0].max()
    landing = nodes[metal]
    reach = np.abs(at[landing, 0] - site.places[0].middle)
    made = {
        "die_back": where(carrier, 1, site.z[0]),
        "die_surface": where(carrier, 1, site.z[carrier_top(site.columns)]),
        "left": where(below, 0, die_sides[0]),
        "right": where(below, 0, die_sides[1]),
        "board_back": where(nodes[BOARD], 1, site.z[-1]),
        "board_left": where(above, 0, board_sides[0]),
        "board_right": where(above, 0, board_sides[1]),
        "foot": np.unique(np.concatenate([sheet[:, 0][:, _OVER].ravel() for sheet in sheets])),
        "top": np.unique(np.concatenate([sheet[:, -1][:, _UNDER].ravel() for sheet in sheets])),
        "line_end": landing[reach > reach.max() - 1e-12],
    }
    return MappingProxyType(made)

