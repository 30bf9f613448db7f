"""Files for other codes: meshes and results as VTU (ParaView), models as input decks of CalculiX and Abaqus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..physics.temperature_cycles import Cycle
from .cell_measures import CellFields, cell_fields
from .export_deck import Deck, write_inp
from .export_errors import ExportError
from .export_materials import CALCULIX, power_laws
from .export_vtu import write_vtu
from .plane_cell import PlaneCell

__all__ = ["Deck", "ExportError", "cell_fields", "cycle_path", "power_laws", "write_cell_inp", "write_cell_vtu", "write_inp", "write_vtu"]

_PRINTED = ("die_back", "left", "right", "board_back", "board_left", "board_right")


def write_cell_inp(
    path: str | Path,
    cell: PlaneCell,
    load: Sequence[tuple[float, float]],
    distance: float,
    *,
    flavour: str = CALCULIX,
    stand_in: Mapping[str, Any] | None = None,
    increments: int = 10,
    listing: bool = False,
) -> Deck:
    """Write a plane cell as an input deck, from where it is free of stress through a path of times and temperatures.

    Parameters
    ----------
    path : of the file [-];  cell : meshed, with its laws [-]
    load : ends of the steps (time [s], temperature [K]), between which temperature and shift run straight
    distance : from the neutral point [m]
    flavour, stand_in, increments, listing : see `write_inp` [-]

    Raises
    ------
    ExportError : what the code does not have, as interfaces that open by a law.

    Printed after each step: forces on the sides of die and board, whose sum along x is what the board exerts on the bump. Source: our own.
    """
    return write_inp(
        path, cell.model, [cell.step(time, temperature, distance) for time, temperature in load], list(cell.blocks),
        materials=[part.material for part in cell.mesh.parts],
        sets={name: cell.mesh.sets[name] for name in _PRINTED},
        flavour=flavour, stand_in=stand_in, increments=increments, listing=listing,
        title=f"{cell.structure.flow}: plane cell at {1e3 * distance:.6g} mm from the neutral point",
    )  # fmt: skip


def cycle_path(cycle: Cycle, stress_free: float, *, cycles: int = 1, pieces: int = 5) -> list[tuple[float, float]]:
    """Ends of the load steps (time [s], temperature [K]) of thermal cycles.

    Parameters
    ----------
    cycle : what is cycled [K, s]
    stress_free : temperature at the start [K]
    cycles : whole cycles after the first cooling [1]
    pieces : equal parts of every ramp, so that expansions that depend on temperature are followed [1]

    Raises
    ------
    ExportError : a number of pieces below one.

    Valid for any cycle of `temperature_cycles`. Source: our own.
    """
    if pieces < 1:
        raise ExportError(f"a ramp has at least one piece, not {pieces}")
    time, temperature = cycle.profile(cycles, stress_free, first="cool")
    found: list[tuple[float, float]] = []
    for t0, t1, k0, k1 in zip(time[:-1], time[1:], temperature[:-1], temperature[1:], strict=True):
        parts = np.arange(1, pieces + 1) / pieces if k0 != k1 else np.ones(1)
        found += [(float(t0 + p * (t1 - t0)), float(k0 + p * (k1 - k0))) for p in parts]
    return found


def write_cell_vtu(path: str | Path, cell: PlaneCell, displacement: np.ndarray, fields: CellFields | None = None) -> Path:
    """Write a plane cell as a VTU file, in its accepted state or with the fields that were kept of another one.

    Parameters
    ----------
    path : of the file [-];  cell : as a solution or a march left it [-]
    displacement : of all unknowns [m], shape (ndof,)
    fields : as `cell_fields` gives them [-]; by default of the accepted state

    Raises
    ------
    ExportError : displacements of another mesh.

    See `cell_fields` for what is in it. Source: our own.
    """
    return write_vtu(path, cell.mesh, displacement, cell_fields=cell_fields(cell) if fields is None else fields)
