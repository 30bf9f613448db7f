"""Writes what a package's commands leave in their folder: the report, the deformed cell for ParaView, the same model for other codes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..explore.store import write_whole
from ..package.exports import cycle_path, write_cell_inp, write_cell_vtu
from ..package.judging import Judged
from .package_fields import cell_figures
from .package_page import cycle_page, rank_page

REPORT = "report.html"
# One cooling to the cold end in other codes: whole cycles of a flowing cell take CalculiX hours.
_CYCLES = 1


def write_cycle(folder: Path, judged: Judged, record: Mapping[str, Any]) -> tuple[Path, ...]:
    """Report, the cell at both ends of its last cycle as VTU, and the same model as input of CalculiX and of Abaqus; their paths."""
    write_whole(folder / REPORT, cycle_page(record, cell_figures(judged)))
    written = [folder / REPORT]
    for end in ("cold", "hot"):
        extreme = getattr(judged.found, end)
        written.append(write_cell_vtu(folder / f"cell-{end}.vtu", judged.cell, extreme.u, extreme.fields))
    load = cycle_path(judged.vehicle.cycle, judged.cell.stress_free, cycles=_CYCLES)
    for flavour in ("calculix", "abaqus"):
        path = folder / f"cell-{flavour}.inp"
        write_cell_inp(path, judged.cell, load, judged.found.distance, flavour=flavour)
        written.append(path)
    return tuple(written)


def write_rank(folder: Path, record: Mapping[str, Any]) -> tuple[Path, ...]:
    """The report of a ranking; its path."""
    write_whole(folder / REPORT, rank_page(record))
    return (folder / REPORT,)
