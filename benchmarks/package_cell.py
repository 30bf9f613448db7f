"""A bump on its board: the plane cell through three temperature cycles, and the ranking by springs."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

FLOW, DISTANCE = "plain-bump", 1e-3
COARSE, FINE, LARGE = 0.7, 1.0, 1.75  # of the mesh; LARGE has some 20 thousand unknowns


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Work, what it took, what is to be reached, and the error beside it."""
    energies = {}
    for refine in (COARSE, FINE, LARGE):
        seconds, unknowns, energies[refine] = cycled_cell(refine)
        if refine != COARSE:
            off = abs(energies[COARSE if refine == FINE else FINE] / energies[refine] - 1.0)
            reach = "300 s" if refine == LARGE else ""
            says = f"work of the joint's 25 um layer {100 * off:.1f} % from that of the coarser mesh"
            yield f"plane cell, 3 cycles, {unknowns / 1000:.1f} k unknowns", f"{seconds:.0f} s", reach, says
    with tempfile.TemporaryDirectory() as name:
        start = time.perf_counter()
        command = [sys.executable, "-m", "waferbump.cli", "rank", "-o", str(Path(name) / "rank")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield "waferbump rank, 22 structures by springs", f"{time.perf_counter() - start:.1f} s", "2 s", "report included"


def cycled_cell(refine: float) -> tuple[float, int, float]:
    """Seconds, unknowns, and the work of the worst layer in the third cycle [J/m^3]."""
    from waferbump.package.cell_points import laws_of
    from waferbump.package.cycling import cycled
    from waferbump.package.plane_cell import plane_cell
    from waferbump.package.reading import read_vehicle
    from waferbump.package.structure import structure_of, structure_run

    vehicle = read_vehicle()
    laws = laws_of(vehicle)
    cell = plane_cell(structure_of(structure_run(FLOW, vehicle), vehicle, laws.ledger), vehicle, laws, refine=refine)
    start = time.perf_counter()
    found = cycled(cell, vehicle.cycle, DISTANCE, cycles=3)
    return time.perf_counter() - start, len(cell.model.masters), found.last.worst(25e-6)[0]
