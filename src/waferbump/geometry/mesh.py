"""Meshes for mechanics: nodes, the elements of every region, the interfaces between regions, the gaps that may close, and named sets.

Two kinds are made elsewhere: a plane one, the site projected on the line through pad and bump (`mesh_plane`), and a solid one, the plan
swept through the levels (`mesh_solid`). Coordinates are metres; z points from the die to the board.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np


class MeshError(ValueError):
    """A mesh that cannot be made, in words."""


@dataclass(frozen=True)
class Part:
    """The elements of one region.

    name : of the region;  material : its material's name
    cells : node numbers, shape (elements, 4) of quadrilaterals (counterclockwise in x, z) or (elements, 8) of hexahedra (bottom
        counterclockwise seen from above, then top)
    widths : across the plane [m], shape (elements,); ones in a solid mesh. Elements of several regions may lie over one another in a plane
        mesh: they share their nodes, each with its own width
    """

    name: str
    material: str
    cells: np.ndarray
    widths: np.ndarray


@dataclass(frozen=True)
class Pairs:
    """Faces that lie on one another, node by node: an interface without thickness, or the two sides of a gap.

    lower, upper : regions below and above ("air" never);  lower_nodes, upper_nodes : shape (faces, 2) of lines along +x, or (faces, 4)
        counterclockwise seen from above; the k-th node above lies over the k-th below
    widths : [m], shape (faces,); ones in a solid mesh
    heights : of the gap at the face's nodes [m], shape (faces, 2 or 4), 0 of an interface
    """

    lower: str
    upper: str
    lower_nodes: np.ndarray
    upper_nodes: np.ndarray
    widths: np.ndarray
    heights: np.ndarray


@dataclass(frozen=True)
class Mesh:
    """A meshed site, with or without its board.

    nodes : [m], shape (nodes, 2) as (x, z), or (nodes, 3) as (x, y, z)
    parts : the regions' elements;  interfaces : split ones, whose nodes are double;  gaps : that may close, from below to above
    sets : node numbers by name: "die_back", "board_back", "left", "right" (x), "front", "rear" (y, solids), "die_surface", and what a
        maker of meshes adds
    """

    nodes: np.ndarray
    parts: tuple[Part, ...]
    interfaces: tuple[Pairs, ...] = ()
    gaps: tuple[Pairs, ...] = ()
    sets: Mapping[str, np.ndarray] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def dimension(self) -> int:
        """2 of a plane mesh, 3 of a solid one."""
        return self.nodes.shape[1]

    def part(self, name: str) -> Part:
        """The elements of a region; MeshError names those there are."""
        for one in self.parts:
            if one.name == name:
                return one
        raise MeshError(f"there is no part {name!r} in the mesh; there are {', '.join(p.name for p in self.parts)}")


@dataclass(frozen=True)
class Joint:
    """The soldered bump between die and board, as the capillary solver shaped it.

    radius, height : its outline from the die's metal to the board's pad [m], shape (points,), heights rising from 0
    name, material : of the solder
    """

    radius: np.ndarray
    height: np.ndarray
    name: str = "joint"
    material: str = "SAC305"

    @property
    def stand_off(self) -> float:
        """From the metal on the die to the pad on the board [m]."""
        return float(self.height[-1])


@dataclass(frozen=True)
class Board:
    """The board over the joint: its pad, mask and laminate.

    thickness : of the laminate [m];  pad_diameter, pad_thickness : of the copper [m]
    mask_opening, mask_thickness : of the solder mask, 0 where there is none [m];  materials by name
    """

    thickness: float
    pad_diameter: float
    pad_thickness: float
    mask_opening: float = 0.0
    mask_thickness: float = 0.0
    material: str = "FR-4"
    pad_material: str = "Cu"
    mask_material: str = "solder-mask"
