"""Structures side by side at the level of the plane cell: each cycled at distances that bracket what it survives."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from typing import Any

import numpy as np

from .cell_points import LET_GO, PULL, WHOLE, Job, allowed, done, laws_of, search, secant
from .constitution import Laws
from .lives import LINE, SOLDER
from .overstress import weak_joint
from .rank_store import RankStore
from .sharing import distance_for
from .structure import Structure
from .vehicle import Vehicle

Told = Callable[[str], None]
_MODES = (SOLDER, LINE)


def rank_cells(
    vehicle: Vehicle, structures: Mapping[str, Structure], store: RankStore, *, refine: float = 1.0, cycles: int = 2, outward: int = 1,
    workers: int = 2, told: Told | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Rows of the ranking, in the order in which the structures are given.

    Parameters
    ----------
    vehicle : die, board and test
    structures : by label
    store : where finished work is kept, and found again
    refine : of the meshes [1]
    cycles : of temperature at every distance [1]
    outward : +1 where the pads lie on the neutral point's side of the bumps, -1 beyond [1]
    workers : processes [1]
    told : called with a sentence after each piece of work

    An interrupt ends the work under way and loses nothing that was finished.
    """
    laws = laws_of(vehicle)
    weak = {label: weak_joint(one, laws) is not None for label, one in structures.items()}
    searches = {label: search(label, weak[label], vehicle.target, (refine, cycles, outward)) for label in structures}
    found = _carried_out(searches, structures, vehicle, store, workers, told or (lambda _: None))
    rows = [_row(label, one, vehicle, laws, found[label], weak[label]) for label, one in structures.items()]
    against = next((row["stiffness"] for row in rows if row["stiffness"]), None)
    return [row | {"softer": against / row["stiffness"] if against and row["stiffness"] else None} for row in rows]


def _carried_out(
    searches: Mapping[str, Generator[Job, dict, list]],
    structures: Mapping[str, Structure],
    vehicle: Vehicle,
    store: RankStore,
    workers: int,
    told: Told,
) -> dict[str, list[dict[str, Any]]]:
    """All searches at once, their work shared over processes; work that the store holds is taken from it."""
    results: dict[str, list[dict[str, Any]]] = {}
    with ProcessPoolExecutor(max_workers=workers, mp_context=get_context("spawn")) as pool:
        running: dict[Future, str] = {}

        def advance(label: str, record: dict[str, Any] | None) -> None:
            try:
                job = next(searches[label]) if record is None else searches[label].send(record)
                while job.key in store.known:
                    job = searches[label].send(store.known[job.key])
            except StopIteration as end:
                results[label] = end.value
                return
            running[pool.submit(done, job, structures[label], vehicle)] = label

        for label in searches:
            advance(label, None)
        try:
            while running:
                ready, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in ready:
                    label, record = running.pop(future), future.result()
                    store.keep(record)
                    told(_sentence(record, len(results), len(searches)))
                    advance(label, record)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return results


def _sentence(record: dict[str, Any], finished: int, total: int) -> str:
    what = "pulled sideways" if record["kind"] == PULL else f"{record['kind']} at {1e3 * record['distance']:.3g} mm"
    said = f": {record['problem']}" if "problem" in record else ""
    return f"[{finished}/{total}] {record['label']}: {what}, {record['seconds']:.0f} s{said}"


def _row(
    label: str, structure: Structure, vehicle: Vehicle, laws: Laws, records: list[dict[str, Any]], weak: bool
) -> dict[str, Any]:
    cycled = [r for r in records if r["kind"] in (WHOLE, LET_GO)]
    notes = [r["problem"] for r in records if "problem" in r]
    pull = next((r for r in records if r["kind"] == PULL), None)
    sound = pull is not None and "curve" in pull
    modes = {mode: _mode(cycled, pull, mode, structure, vehicle, laws) for mode in _MODES} if sound else {}
    modes = {mode: one for mode, one in modes.items() if one is not None}
    first = min(modes, key=lambda m: np.inf if modes[m]["distance"] is None else modes[m]["distance"], default="")
    whole = modes.get(first, {"distance": None, "low": None, "high": None, "end": ""})
    if whole["distance"] is None:
        first = ""
    if whole["end"] == "below":
        notes.append(f"it fails before {vehicle.target:.0f} cycles at the nearest distance that was tried: the true limit is smaller")
    if weak and pull is not None:
        notes.append(_about_weak(pull))
    if unsteady := sum(not r.get("steady", True) for r in cycled):
        notes.append(f"at {unsteady} of {len(cycled)} distances the last two cycles still differ by more than 2 %")
    bumps, edge = vehicle.bumps_within(whole["distance"]) if whole["distance"] is not None else (None, None)
    closes = [r["distance"] for r in cycled if r.get("closed")]
    return {
        "label": label, "flow": structure.flow, "title": structure.title, "stiffness": secant(pull, 0.0) if sound else None,
        **_limits(whole),
        "first": first, "modes": modes, "bumps": bumps, "edge": edge, "lets_go": pull.get("lets_go") if pull else None,
        "closes": min(closes) if closes else None, "path": _path(cycled), "weak": weak, "notes": notes,
        "seconds": sum(r["seconds"] for r in records), "points": len(records),
    }  # fmt: skip


def _about_weak(pull: dict[str, Any]) -> str:
    if pull.get("lets_go") is None:
        if "problem" in pull:
            return "whether its weak joint lets go could not be computed"
        return f"its weak joint does not let go up to a board displaced by {1e6 * pull['pulled']:.3g} um: it counts as whole"
    at = f"its weak joint lets go at a board displaced by {1e6 * pull['displacement']:.3g} um"
    return f"{at}, {1e3 * pull['lets_go']:.3g} mm from the neutral point; beyond that the released structure is cycled"


def _limits(whole: Mapping[str, Any]) -> dict[str, Any]:
    return {name: whole[name] for name in ("distance", "low", "high")}


def _path(cycled: list[dict[str, Any]]) -> bool:
    """Whether the line stays below its fracture strain at every distance that was cycled."""
    return not any(r.get("torn") for r in cycled)


def _mode(
    records: list[dict[str, Any]], pull: dict[str, Any], mode: str, structure: Structure, vehicle: Vehicle, laws: Laws
) -> dict[str, Any] | None:
    """Allowed distance [m] of one mode, nominal and at both ends of the lives' band; None where it does not apply."""
    found: dict[str, Any] = {"end": ""}
    carrier = next(n for n, role in structure.roles.items() if role == "carrier")
    die = {"die": structure.stack.material(carrier), "stand_off": structure.joint.stand_off}
    for name, which in (("distance", "nominal"), ("low", "low"), ("high", "high")):
        one = allowed(records, mode, vehicle.target, which)
        if one is None:
            return None
        effective, end = one
        stiffness = secant(pull, effective)
        true = np.inf if end == "beyond" else float(distance_for(effective, stiffness, vehicle, laws, **die))
        found[name] = true if np.isfinite(true) else None
        if name == "distance":
            found |= {"end": end, "free_mismatch": effective, "stiffness": stiffness}
    return found
