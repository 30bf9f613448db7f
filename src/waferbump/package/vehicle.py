"""The vehicle of a comparison: die, board, paste, joints between layers and the thermal-cycling test, apart from the structure itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..physics.temperature_cycles import Cycle

SOLIDUS = "solidus"
WIRE = "wire-spring"  # P2: no recipe makes it; the wire is swept here


class PackageError(ValueError):
    """A package that cannot be judged, in words."""


@dataclass(frozen=True)
class Die:
    """The silicon.

    thickness : [m];  edge : of a square die, full array [m];  edges : to be ranked [m]
    """

    thickness: float
    edge: float
    edges: tuple[float, ...]


@dataclass(frozen=True)
class BoardSide:
    """The board and the pad on it.

    material : of the laminate;  thickness : [m];  pad_diameter, pad_thickness : of its copper [m]
    mask_opening, mask_thickness : of the solder mask [m]
    """

    material: str
    thickness: float
    pad_diameter: float
    pad_thickness: float
    mask_opening: float
    mask_thickness: float


@dataclass(frozen=True)
class Joints:
    """How firmly layers hold on one another where a recipe does not say.

    fracture_energy : of any other joint [J/m^2];  strength : traction at which a joint begins to open [Pa]
    weak : lowest and highest fracture energy over which the weak joint is swept [J/m^2]
    """

    fracture_energy: float
    strength: float
    weak: tuple[float, float]


@dataclass(frozen=True)
class Vehicle:
    """All of a package but its structure.

    structure : flow or recipe of the bump, with `changes` to it by path;  structures : {label: flow or recipe} to be ranked
    die, board, joints : see there;  pitch : of the full array [m];  paste_metal : metal of the board's paste [m^3]
    cycle : of temperature;  stress_free : [K], or None for the joint's solidus;  target : cycles to be survived
    materials : {material: {property: SI number}} in place of the library's;  underfill : properties of the underfill, SI
    """

    name: str
    title: str
    structure: str
    changes: tuple[Any, ...]
    structures: Mapping[str, str]
    die: Die
    pitch: float
    board: BoardSide
    paste_metal: float
    cycle: Cycle
    stress_free: float | None
    target: float
    materials: Mapping[str, Mapping[str, float]]
    underfill: Mapping[str, float]
    joints: Joints
    folder: str = ""

    def rows(self, edge: float) -> int:
        """Bumps along the edge of a die of that edge [m]: a full array that keeps half a pitch from the rim."""
        return max(1, math.floor(edge / self.pitch + 1e-9))

    def corner_distance(self, edge: float) -> float:
        """From the neutral point to the corner bump of a die of that edge [m]: half the diagonal of its array."""
        return (self.rows(edge) - 1) * self.pitch / math.sqrt(2.0)

    def bumps_within(self, distance: float) -> tuple[int, float]:
        """Bumps of the largest square full array whose corner stands within a distance [m], and the die's edge for it [m]."""
        if distance < 0.0:
            return 0, 0.0
        rows = math.floor(math.sqrt(2.0) * distance / self.pitch + 1e-9) + 1
        return rows**2, rows * self.pitch
