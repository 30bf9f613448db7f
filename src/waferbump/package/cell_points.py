"""One structure at one distance from the neutral point, cycled in the plane cell: what a ranking keeps of it."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..bookkeeping import Ledger
from ..materials import library
from .constitution import Laws
from .cycling import cycled
from .lives import LINE, SOLDER, distance_at, lives_of
from .overstress import JOINT, events_of, named, pulled, weak_joint
from .plane_cell import UNDERFILL, plane_cell
from .results import cycled_record, lives_record
from .structure import Structure
from .vehicle import Vehicle

LADDER = tuple(0.125e-3 * 2.0**k for k in range(8))  # m; distances at which cells are cycled, by free mismatch (our choice)
_FIRST = 3  # of the ladder: where a search begins
WHOLE, LET_GO, PULL = "whole", "let go", "pull"
_LARGEST_PULL = 40e-6  # m; of the board, for its stiffness and to find where a weak joint lets go (our choice)
_PULL_STEPS = 100  # of it


@dataclass(frozen=True)
class Job:
    """One piece of work: a pull, or a cell cycled at a distance.

    label : of the structure;  kind : WHOLE, LET_GO or PULL;  distance : from the neutral point, by free mismatch [m], 0 of a pull
    refine : of the mesh;  cycles : of temperature;  outward : +1 where the pad lies on the neutral point's side, -1 beyond
    """

    label: str
    kind: str
    distance: float
    refine: float
    cycles: int
    outward: int

    @property
    def key(self) -> str:
        """What tells it from the other work of the same ranking."""
        return f"{self.label}|{self.kind}|{self.distance:.6g}"


def laws_of(vehicle: Vehicle) -> Laws:
    """Laws of a vehicle's materials with a ledger of their own."""
    return Laws(Ledger(library()), {**vehicle.materials, UNDERFILL: vehicle.underfill})


def done(job: Job, structure: Structure, vehicle: Vehicle) -> dict[str, Any]:
    """Carry out a job; the record that a ranking keeps, plain and JSON-able, with what it took from the materials."""
    start, laws = time.monotonic(), laws_of(vehicle)
    record: dict[str, Any] = {"key": job.key, "label": job.label, "kind": job.kind, "distance": job.distance}
    try:
        record |= _pull(job, structure, vehicle, laws) if job.kind == PULL else _cycle(job, structure, vehicle, laws)
    except ValueError as problem:  # a mesh, a march or a life that cannot be: this point has none, the others stay
        record["problem"] = str(problem)
    return record | {"seconds": time.monotonic() - start, "sources": list(laws.ledger.cited())}


def _pull(job: Job, structure: Structure, vehicle: Vehicle, laws: Laws) -> dict[str, Any]:
    weak = weak_joint(structure, laws)
    found = pulled(structure, vehicle, laws, _LARGEST_PULL, refine=job.refine, outward=job.outward, steps=_PULL_STEPS)
    events = [e for e in events_of(found, laws) if weak is not None and e.kind == JOINT and e.what == named(weak)]
    cold = plane_shift(structure, vehicle, laws)
    return {
        "displacement": events[0].displacement if events else None, "lets_go": events[0].displacement / cold if events else None,
        "pulled": float(found.displacement[-1]), "stopped": found.stopped, "cold": cold,
        "curve": [found.displacement[1:].tolist(), found.force[1:].tolist()],
    }  # fmt: skip


def secant(pull: dict[str, Any], distance: float) -> float:
    """Stiffness of a bump at a distance by free mismatch [m]: force over the board's displacement when cold, from its pull [N/m]."""
    moved, force = (np.array(column) for column in pull["curve"])
    at = np.clip(pull["cold"] * distance, moved[0], moved[-1])
    return float(np.interp(at, moved, force) / at)


def plane_shift(structure: Structure, vehicle: Vehicle, laws: Laws) -> float:
    """Free displacement of the board beside the die at the cycle's cold end per distance from the neutral point [1]."""
    free = structure.solidus if vehicle.stress_free is None else vehicle.stress_free
    carrier = next(n for n, role in structure.roles.items() if role == "carrier")
    cold = [laws.expansion(m, vehicle.cycle.low, free) for m in (structure.stack.material(carrier), structure.board.material)]
    return abs(cold[1] - cold[0])


def _cycle(job: Job, structure: Structure, vehicle: Vehicle, laws: Laws) -> dict[str, Any]:
    weak = weak_joint(structure, laws)
    loose = [weak] if job.kind == LET_GO and weak is not None else []
    cell = plane_cell(
        structure, vehicle, laws, split=loose, loose=loose, refine=job.refine, outward=job.outward, stress_free=vehicle.stress_free
    )
    found = cycled(cell, vehicle.cycle, job.distance, cycles=job.cycles)
    lives = lives_of(cell, found)
    record = cycled_record(found, lives)
    record.pop("loop")
    line = found.last.line
    limit = structure.stack.material(line.part) if line.part else ""
    torn = bool(limit) and laws.knows(limit, "fracture_strain") and line.size >= laws.number(limit, "fracture_strain")
    return {"cycled": record, "lives": lives_record(lives), "steady": found.steady, "closed": _closed(found), "torn": torn}


def _closed(found) -> bool:
    gap = min(found.cold.gap, found.hot.gap)
    return bool(np.isfinite(gap) and gap <= 1e-9)


def search(label: str, weak: bool, target: float, settings: tuple[float, int, int]) -> Generator[Job, dict[str, Any], list[dict]]:
    """Ask for the work that brackets a structure's allowed distance: yields jobs, takes their records, returns all of them.

    label : of the structure;  weak : whether it has a weak joint;  target : cycles [1];  settings : refine, cycles, outward
    """
    found: dict[int, dict[str, Any]] = {}
    record = yield Job(label, PULL, 0.0, *settings)
    records = [record]
    lets_go = record["lets_go"] if weak and record.get("lets_go") is not None else np.inf

    def at(k: int) -> Generator[Job, dict[str, Any], bool | None]:
        if k not in found:
            record = yield Job(label, LET_GO if LADDER[k] > lets_go else WHOLE, LADDER[k], *settings)
            found[k] = record
            records.append(record)
        life = shortest(found[k])
        return None if life is None else life >= target

    k = _FIRST
    held = yield from at(k)
    step = 1 if held else -1
    while held is not None and 0 <= k + step < len(LADDER):
        k += step
        now = yield from at(k)
        if now is None or now != held:
            break
    for other in (min(found) - 1, max(found) + 1):  # for the band
        if len(found) > 1 and 0 <= other < len(LADDER) and all(shortest(one) is not None for one in found.values()):
            yield from at(other)
    return records


def shortest(record: dict[str, Any]) -> float | None:
    """Shortest nominal life of a cycled record [cycles]; None where it could not be computed."""
    if "lives" not in record:
        return None
    found = [record["lives"][mode]["nominal"] for mode in (SOLDER, LINE) if record["lives"][mode]["model"] is not None]
    return min((np.inf if one is None else one for one in found), default=np.inf)


def allowed(records: list[dict[str, Any]], mode: str, target: float, which: str = "nominal") -> tuple[float, str] | None:
    """Distance by free mismatch at which a mode's life is the target [m], and "", "below" or "beyond"; None where the mode does not apply.

    which : "nominal", "low" or "high" of the life
    """
    rows = sorted((r for r in records if "lives" in r and r["lives"][mode]["model"] is not None), key=lambda r: r["distance"])
    if not rows:
        return None
    x = np.array([r["distance"] for r in rows])
    y = np.array([np.inf if r["lives"][mode][which] is None else r["lives"][mode][which] for r in rows])
    return distance_at(x, np.minimum.accumulate(y), target)  # once worn out by less, it is by more
