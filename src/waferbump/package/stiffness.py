"""How stiffly a bump holds its board sideways, nothing flowing: for beams that stiffen, and for soft layers that take up an excess."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from ..physics.elasticity import solve
from .constitution import Laws
from .overstress import Pair
from .plane_cell import ROOM, plane_cell
from .structure import Structure
from .vehicle import Vehicle


@dataclass(frozen=True)
class ElasticStiffness:
    """How an elastic cell gives way when its board is moved sideways.

    lateral : force on the bump over the board's displacement [N/m];  shear : mean shear strain [1] per micrometre, by region
    """

    lateral: float
    shear: Mapping[str, float]


def elastic_stiffness(
    structure: Structure, vehicle: Vehicle, laws: Laws, *, within: Collection[str] = (), loose: Collection[Pair] = (), refine: float = 1.0
) -> ElasticStiffness:
    """Stiffness of a bump against its board moving sideways, nothing flowing, at room temperature.

    Parameters
    ----------
    structure, vehicle, laws : of the bump
    within : regions whose mean shear strain below the joint's foot is asked for
    loose : joints that have let go
    refine : of the mesh [1]
    """
    cell = plane_cell(structure, vehicle, laws, split=loose, loose=loose, refine=refine, linear=True, stress_free=ROOM)
    move = 1e-6
    for name, value in cell.held(ROOM, 0.0).items():
        cell.model.constraints.set(name, value + (move if name == "board_sides" else 0.0))
    found = solve(cell.model, ROOM)
    reach = np.abs(cell.mesh.nodes[cell.mesh.sets["foot"], 0]).max()
    shear = {}
    for name in within:
        block = cell.blocks[name]
        under = np.abs(block.points[:, 0]) <= reach
        shear[name] = float(abs(np.average(block.strain[under, 5], weights=block.volume[under])))
    return ElasticStiffness(abs(cell.shear_force(found.reactions)) / move, shear)
