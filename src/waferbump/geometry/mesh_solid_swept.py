"""The hexahedra of a swept mesh as they are gathered: the site's, the joint's over its foot, the board's over the joint."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from waferbump.geometry.mesh import Board, Joint, Mesh, MeshError, Pairs, Part
from waferbump.geometry.mesh_plan import PlanMesh
from waferbump.geometry.mesh_solid_cells import Cells, jacobians, joined
from waferbump.geometry.mesh_solid_joint import board_levels, board_rings, joint_levels, kind_at, layer_radii, outer_rings
from waferbump.geometry.partition import AIR, TICKS_PER_METRE
from waferbump.geometry.stack_questions import Tower

MOST_CELLS = 400_000  # beyond, a solve takes hours on a small machine (our choice)
BOARD = {"pad": "board_pad", "mask": "board_mask", "board": "board"}  # regions of the board
_ON = 1e-12  # m; nodes on a plane have it to rounding


class Swept:
    """Places and hexahedra, level by level; the joint's and the board's places are their own, so that films beside stay free of them."""

    def __init__(self, plan: PlanMesh, levels: np.ndarray, materials: dict[str, str]) -> None:
        """plan : quadrilaterals;  levels : of all layers [ticks], rising;  materials : of the site's regions"""
        self.plan, self.levels, self.materials = plan, levels, dict(materials)
        self.names: list[str] = []
        self.per_level = len(plan.nodes)
        xy, z = plan.nodes * 1e-6, levels / TICKS_PER_METRE
        self.places = [np.column_stack([np.tile(xy, (len(z), 1)), np.repeat(z, len(xy))])]
        self.site = self.count = len(self.places[0])
        self.corners: list[np.ndarray] = []
        self.regions: list[np.ndarray] = []
        self.total = 0
        self.gaps: list[tuple[str, str, np.ndarray, np.ndarray]] = []
        self.ends: dict[str, np.ndarray] = {}

    def region(self, name: str, material: str) -> int:
        """Number of a region, new or known; MeshError when it is known with another material."""
        if self.materials.setdefault(name, material) != material:
            raise MeshError(f"there are two regions {name!r}, of {self.materials[name]} and of {material}: rename one of them")
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)

    def add(self, lower: np.ndarray, upper: np.ndarray, region: int) -> None:
        """Hexahedra of a region between quadrilaterals of places, shape (cells, 4) each."""
        self.corners.append(np.hstack([lower, upper]))
        self.regions.append(np.full(len(lower), region))
        self.total += len(lower)
        if self.total > MOST_CELLS:
            raise MeshError(f"the mesh has more than {MOST_CELLS} elements: choose a larger size")

    def level(self, xy: np.ndarray, z: float) -> np.ndarray:
        """Numbers of new places at one height [m]."""
        self.places.append(np.column_stack([xy, np.full(len(xy), z)]))
        self.count += len(xy)
        return np.arange(self.count - len(xy), self.count)

    def sweep(self, towers: Sequence[Tower], joint: Joint | None) -> None:
        """Elements wherever the towers have a region, and a gap wherever air lies between two."""
        for number in np.unique(self.plan.label):
            quads, tower = self.plan.quads[self.plan.label == number], towers[number]
            for k, (name, low, high) in enumerate(tower):
                if name == AIR:
                    if k < len(tower) - 1:
                        below, above = np.arange(self.total - len(quads), self.total), np.arange(self.total, self.total + len(quads))
                        self.gaps.append((tower[k - 1][0], tower[k + 1][0], below, above))
                    continue
                filled = joint is not None and name == joint.name
                region = self.region(name, joint.material if filled else self.materials[name])
                first, last = np.searchsorted(self.levels, (low, high))
                for level in range(first, last):
                    self.add(quads + level * self.per_level, quads + (level + 1) * self.per_level, region)

    def stand(self, joint: Joint, under: np.ndarray, foot: int, refine: float, *, half: bool) -> None:
        """The joint on the plan's quadrilaterals `under` it, at the level `foot` [ticks]."""
        solder = self.region(joint.name, joint.material)
        nodes, quads = np.unique(self.plan.quads[under], return_inverse=True)
        self.quads, xy = quads.reshape(-1, 4), self.plan.nodes[nodes] * 1e-6
        self.ring, self.closed = _edge(xy, self.quads, half)
        area = float(self.plan.areas[under].sum()) * 1e-12 * (2 if half else 1)
        self.unit = xy / math.sqrt(area / math.pi)  # a circle of radius 1, as large as one
        heights = joint_levels(joint.stand_off, refine)
        below = nodes + int(np.searchsorted(self.levels, foot)) * self.per_level
        self.ends["joint_foot"], self.top = below, foot / TICKS_PER_METRE + joint.stand_off
        for height, radius in zip(heights[1:], layer_radii(joint, heights)[1:], strict=True):
            above = self.level(self.unit * radius, foot / TICKS_PER_METRE + height)
            self.add(below[self.quads], above[self.quads], solder)
            below = above
        self.ends["joint_top"] = below

    def cover(self, joint: Joint, board: Board, window: tuple[float, float, float, float], refine: float) -> None:
        """The board: over the joint's upper end, and in rings about it out to the window."""
        kinds = {"pad": board.pad_material, "mask": board.mask_material, "board": board.material}
        top, heights = float(joint.radius[-1]), board_levels(board, refine)
        radii = [top, *board_rings(board, top)]
        rings = outer_rings(self.unit[self.ring] * top, self.closed, top, radii[1:], window, refine)
        middles = [0.5 * (a + b) for a, b in itertools.pairwise(radii)]
        middles += [math.inf] * (len(rings) - 1 - len(middles))
        around = len(self.ring)
        here = np.arange(around if self.closed else around - 1)
        after = (here + 1) % around
        cores: dict[float, np.ndarray] = {0.0: self.ends["joint_top"]}
        outer: dict[float, np.ndarray] = {}
        for height in heights.tolist():
            if height > 0.0:
                cores[height] = self.level(self.unit * top, self.top + height)
            inmost = cores[height][self.ring] if height >= 0.0 else self.level(rings[0], self.top + height)
            outer[height] = np.vstack([inmost, self.level(rings[1:].reshape(-1, 2), self.top + height).reshape(-1, around)])
        for a, b in itertools.pairwise(heights.tolist()):
            kind = kind_at(board, 0.0, 0.5 * (a + b)) if a >= 0.0 else None
            if kind is not None:
                self.add(cores[a][self.quads], cores[b][self.quads], self.region(BOARD[kind], kinds[kind]))
            for k, radius in enumerate(middles):
                kind = kind_at(board, radius, 0.5 * (a + b))
                if kind is not None:
                    low, high = (np.column_stack([f[k, here], f[k + 1, here], f[k + 1, after], f[k, after]]) for f in (outer[a], outer[b]))
                    self.add(low, high, self.region(BOARD[kind], kinds[kind]))
        self.ends["board"] = np.concatenate([*cores.values(), *(f.ravel() for f in outer.values())])
        last = float(heights[-1])
        self.ends["board_back"] = np.concatenate([cores[last], outer[last].ravel()])

    def mesh(self, split: Sequence[tuple[str, str]], window: tuple[float, float, float, float], *, half: bool) -> Mesh:
        """The mesh of what has been gathered."""
        region = np.concatenate(self.regions)
        made, interfaces = joined(Cells(np.concatenate(self.places), np.concatenate(self.corners), region), self.names, split)
        if not (jacobians(made.nodes, made.cells) > 0.0).all():
            raise MeshError("an element of the mesh would be inside out: choose a larger tolerance or a finer size")
        parts = tuple(Part(name, self.materials[name], made.cells[region == k], np.ones(int((region == k).sum())))
                      for k, name in enumerate(self.names))
        sets = {name: np.flatnonzero(np.isin(made.place, places)) for name, places in self.ends.items() if name != "board"}
        x0, y0, x1, y1 = window
        sides = {"left": (0, x0), "right": (0, x1), "front": (1, 0.0 if half else y0), "rear": (1, y1)}
        whose = {"": made.place < self.site}
        if "board" in self.ends:
            whose["board_"] = np.isin(made.place, self.ends["board"])
        for prefix, mine in whose.items():
            for side, (axis, at) in sides.items():
                sets[prefix + side] = np.flatnonzero(mine & (np.abs(made.nodes[:, axis] - at) < _ON))
        ground = np.unique(made.cells[region == 0])
        sets["die_back"] = np.flatnonzero(whose[""] & (np.abs(made.nodes[:, 2] - self.levels[0] / TICKS_PER_METRE) < _ON))
        heights = made.nodes[ground, 2]
        sets["die_surface"] = ground[np.abs(heights - heights.max()) < _ON]
        if half:
            sets["symmetry"] = np.flatnonzero(np.abs(made.nodes[:, 1]) < _ON)
        return Mesh(made.nodes, parts, interfaces, self._gaps(made.nodes, made.cells), MappingProxyType(sets))

    def _gaps(self, nodes: np.ndarray, cells: np.ndarray) -> tuple[Pairs, ...]:
        found: dict[tuple[str, str], list[tuple[np.ndarray, np.ndarray]]] = {}
        for lower, upper, below, above in self.gaps:
            found.setdefault((lower, upper), []).append((cells[below, 4:], cells[above, :4]))
        pairs = []
        for (lower, upper), faces in found.items():
            low, high = (np.concatenate([face[k] for face in faces]) for k in range(2))
            pairs.append(Pairs(lower, upper, low, high, np.ones(len(low)), nodes[high, 2] - nodes[low, 2]))
        return tuple(pairs)


def _edge(xy: np.ndarray, quads: np.ndarray, half: bool) -> tuple[np.ndarray, bool]:
    """Nodes along the edge of the foot, counterclockwise, and whether it closes; in a half, the part on y = 0 is no edge."""
    pairs = np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2)
    present = {(a, b) for a, b in pairs.tolist()}
    onward = {a: b for a, b in present if (b, a) not in present and not (half and max(abs(xy[a, 1]), abs(xy[b, 1])) < _ON)}
    starts = sorted(set(onward) - set(onward.values())) if half else [min(onward)]
    if len(starts) != 1:
        raise MeshError("the joint's foot is not a whole circle on the plan of the site")
    trail = [starts[0]]
    for _ in range(len(onward)):
        if trail[-1] not in onward:
            break
        trail.append(onward[trail[-1]])
    if len(trail) != len(onward) + 1 or (not half and trail[-1] != trail[0]):
        raise MeshError("the joint's foot is not a whole circle on the plan of the site")
    return np.array(trail if half else trail[:-1]), not half
