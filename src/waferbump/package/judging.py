"""What `cycle` and `rank` compute: a structure in its package, or all of them side by side, as one record each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..geometry.mesh import MeshError
from .adhesion import AdhesionInterval, adhesion_interval
from .cell_points import laws_of, plane_shift
from .cell_rank import rank_cells
from .constitution import Laws
from .cracks import CrackPath, crack_paths
from .cycling import Cycled, cycled
from .interface_data import interface_data
from .lives import Lives, first_to_fail, lives_of
from .overstress import Event, Pulled, events_of, named, parting_joints, pulled, unjudged, weak_joint
from .plane_cell import PlaneCell, plane_cell
from .rank_store import RankStore, vehicle_key
from .results import cycled_record, lives_record, pulled_record
from .sharing import shared_shift
from .sizing import sizes
from .spring_rank import rank_springs
from .structure import Structure, structure_of, structure_run
from .vehicle import WIRE, PackageError, Vehicle

SPRINGS, PLANE_CELL = "springs", "plane_cell"
LEVELS = (SPRINGS, PLANE_CELL)
ASSUMES = {
    SPRINGS: "springs in series from die to board, secant moduli: a screening without bands, which plane cells may turn round",
    PLANE_CELL: "one bump projected on the line through pad and bump, finite elements, large turns, contact, Anand's law, yielding metals",
}
Told = Callable[[str], None]


@dataclass(frozen=True)
class Judged:
    """A structure in its package, cycled and pulled.

    vehicle, structure, laws : what was judged;  distance : of its bump from the neutral point [m];  shared : part of the free mismatch that
    die and board leave to it [1];  cell, found, lives : cycled;  pull, events : pulled;  after : pulled once its weak joint has let go
    cracks : starter cracks at every joint that may part, in order of the force at which they run
    interval : of the adhesion ratio, or None;  weak : its weak joint, or None;  let_go : whether it lets go within the first cold end
    """

    vehicle: Vehicle
    structure: Structure
    laws: Laws
    distance: float
    shared: float
    cell: PlaneCell
    found: Cycled
    lives: Lives
    pull: Pulled
    events: tuple[Event, ...]
    after: Pulled | None
    cracks: tuple[CrackPath, ...]
    interval: AdhesionInterval | None
    weak: tuple[str, str] | None
    let_go: bool

    def record(self) -> dict[str, Any]:
        """All of it but the fields, JSON-able, SI."""
        sources = list(self.laws.ledger.cited())
        vehicle, cycle = self.vehicle, self.vehicle.cycle
        return {
            "package": vehicle.name, "structure": self.structure.flow, "title": self.structure.title, "run": self.structure.key,
            "level": PLANE_CELL, "assumes": ASSUMES[PLANE_CELL], "distance": self.distance, "shared": self.shared,
            "edge": vehicle.die.edge, "bumps": vehicle.rows(vehicle.die.edge) ** 2, "target": vehicle.target,
            "cycle": {
                "name": cycle.name, "low": cycle.low, "high": cycle.high, "period": cycle.period, "source": cycle.source,
                "stress_free": self.cell.stress_free,
            },
            "cycled": cycled_record(self.found, self.lives), "lives": lives_record(self.lives),
            "first_to_fail": first_to_fail(self.lives), "overstress": pulled_record(self.pull, self.events),
            "after_let_go": None if self.after is None else pulled_record(self.after, events_of(self.after, self.laws)),
            "starter_cracks": [
                {
                    "joint": named(one.joint), "end": one.end, "x": one.start, "length": float(one.lengths[0]),
                    "release": float(one.release[0]), "mode_mix": float(one.mode_mix[0]), "toughness": float(one.resistance[0]),
                    "force": one.force() if np.isfinite(one.force()) else None,
                }
                for one in self.cracks
            ],
            "weak_joint": None if self.weak is None else named(self.weak), "let_go": self.let_go,
            "interval": None if self.interval is None else {
                "joint": named(self.interval.joint), "bonded": self.interval.bonded, "displacement": self.interval.displacement,
                "least": None if self.interval.most == 0.0 else self.interval.least, "most": self.interval.most,
                "tried": [list(one) for one in self.interval.tried], "sentence": self.interval.sentence(),
            },
            "path": self.path, "unjudged": list(unjudged(self.pull, self.laws)), "sources": sources,
            "assumed": [s for s in sources if s["kind"] == "assumed"],
        }  # fmt: skip

    @property
    def path(self) -> bool:
        """Whether metal still leads from pad to bump after the overstress: neither line nor joint torn."""
        later = events_of(self.after, self.laws) if self.after is not None else ()
        return not any(event.kind != "joint" for event in (*self.events, *later))


def judge(
    vehicle: Vehicle, flow: str, *, edge: float | None = None, distance: float | None = None, refine: float = 1.0, cycles: int = 3,
    outward: int = 1, interval: bool = True, told: Told | None = None,
) -> Judged:  # fmt: skip
    """Cycle a structure at the corner of a die, and pull it sideways until something lets go.

    Parameters
    ----------
    vehicle : die, board and test
    flow : of the structure: a built-in one's name or a recipe file
    edge : of the die [m]; by default the vehicle's
    distance : from the neutral point [m]; by default that of the corner bump
    refine : of the mesh [1]
    cycles : of temperature [1]
    outward : +1 where the pad lies on the neutral point's side of the bump, -1 beyond [1]
    interval : whether the weak joint's energy is swept
    told : called with a sentence before each piece of work

    Raises
    ------
    PackageError, MeshError, RecipeError : what cannot be judged, in words, before any long work.
    """
    say = told or (lambda _: None)
    vehicle = vehicle if edge is None else replace(vehicle, die=replace(vehicle.die, edge=edge))
    if flow == WIRE:
        raise PackageError(f"{WIRE} has no recipe and no plan: it is judged by `waferbump rank` at the level of springs")
    say(f"running {flow}")
    laws = laws_of(vehicle)
    structure = structure_of(structure_run(flow, vehicle), vehicle, laws.ledger)
    away = vehicle.corner_distance(vehicle.die.edge) if distance is None else distance
    if away <= 0.0:
        raise PackageError(f"a die of {1e3 * vehicle.die.edge:.3g} mm holds one bump at its neutral point: nothing pulls it sideways")
    refuse_melting(vehicle, structure.alloy, structure.solidus)
    weak = weak_joint(structure, laws)
    shift = plane_shift(structure, vehicle, laws) * away
    say(f"pulling the board sideways by {1e6 * shift:.3g} um")
    pull = pulled(structure, vehicle, laws, shift, refine=refine, outward=outward)
    events = events_of(pull, laws)
    carrier = next(n for n, role in structure.roles.items() if role == "carrier")
    # the stiffness of the pull says how much of the free mismatch die and board leave to the bump
    secant = pull.force[-1] / pull.displacement[-1]
    shared = float(
        shared_shift(away, secant, vehicle, laws, die=structure.stack.material(carrier), stand_off=structure.joint.stand_off)
    )
    let_go = weak is not None and any(e.what == named(weak) and e.displacement <= shared * shift for e in events)
    after = pulled(structure, vehicle, laws, shift, loose=[weak], refine=refine, outward=outward) if let_go else None
    say("looking at starter cracks")
    cracks = _starter_cracks(structure, vehicle, laws, refine, outward)
    swept = None
    if weak is not None and interval:
        say(f"sweeping how firmly {named(weak)} holds")
        swept = adhesion_interval(structure, vehicle, laws, shift, refine=refine, outward=outward)
    loose = [weak] if let_go else []
    cell = plane_cell(structure, vehicle, laws, split=loose, loose=loose, refine=refine, outward=outward, stress_free=vehicle.stress_free)
    say(f"cycling at {1e3 * away:.3g} mm from the neutral point, {100 * shared:.3g} % of the free mismatch")

    def progress(done: int, total: int) -> None:
        if done % 20 == 0 or done == total:
            say(f"load step {done} of {total}")

    found = cycled(cell, vehicle.cycle, shared * away, cycles=cycles, progress=progress)
    return Judged(
        vehicle, structure, laws, away, shared, cell, found, lives_of(cell, found), pull, events, after, cracks, swept, weak, let_go
    )


def _starter_cracks(structure: Structure, vehicle: Vehicle, laws: Laws, refine: float, outward: int) -> tuple[CrackPath, ...]:
    """Starter cracks of every joint that may part, weakest first; a joint that lies only on walls has none in a plane."""
    joints, sensitivity = parting_joints(structure, laws), interface_data().mode_mix_sensitivity.number
    found: list[CrackPath] = []
    for joint in joints:
        try:
            found += crack_paths(structure, vehicle, laws, joint, joints, sensitivity, refine=refine, outward=outward)
        except MeshError:
            continue
    return tuple(sorted(found, key=lambda path: path.force()))


def refuse_melting(vehicle: Vehicle, alloy: str, solidus: float) -> None:
    """PackageError where the cycle reaches the solidus [K] of a joint's alloy."""
    if vehicle.cycle.high >= solidus:
        raise PackageError(
            f"the cycle reaches {vehicle.cycle.high - 273.15:.4g} degC, where {alloy} begins to melt ({solidus - 273.15:.4g} degC): "
            f"choose a cycle below it"
        )


def rank(
    vehicle: Vehicle, level: str, store: RankStore | None, *, refine: float = 1.0, outward: int = 1, workers: int = 2,
    told: Told | None = None,
) -> dict[str, Any]:  # fmt: skip
    """All structures of a vehicle side by side: the ranking's record.

    Parameters
    ----------
    vehicle : die, board, test and the structures by label
    level : one of LEVELS
    store : of the plane cell's work; not used by springs
    refine : of the meshes [1]
    outward : +1 where the pads lie on the neutral point's side of the bumps, -1 beyond [1]
    workers : processes [1]
    told : called with a sentence after each piece of work
    """
    if vehicle.changes:
        raise PackageError(
            f"{vehicle.name}: `set` changes one structure, for `waferbump cycle`; to rank a changed one write its recipe and name it "
            f"under `structures`"
        )
    laws = laws_of(vehicle)
    rows = _springs(vehicle, laws) if level == SPRINGS else []
    if level == PLANE_CELL:
        if store is None:
            raise PackageError("a ranking by plane cells keeps its work in a folder: name one")
        rows = _cells(vehicle, laws, store, refine, outward, workers, told or (lambda _: None))
    sources = list(laws.ledger.cited()) if level == SPRINGS else _merged(store)
    return {
        "vehicle": vehicle.name, "title": vehicle.title, "level": level, "assumes": ASSUMES[level], "target": vehicle.target,
        "cycle": vehicle.cycle.name, "pitch": vehicle.pitch, "rows": rows,
        "edges": [
            {"edge": edge, "corner": vehicle.corner_distance(edge), "bumps": vehicle.rows(edge) ** 2} for edge in vehicle.die.edges
        ],
        "sources": sources, "assumed": [s for s in sources if s["kind"] == "assumed"],
    }  # fmt: skip


def rank_key(vehicle: Vehicle, refine: float, outward: int) -> str:
    """What tells one ranking's work from another's."""
    return vehicle_key(vehicle, refine, outward)


def _springs(vehicle: Vehicle, laws: Laws) -> list[dict[str, Any]]:
    known = {label: sizes(flow, vehicle, laws.ledger) for label, flow in vehicle.structures.items()}
    for alloy in {one.dimensions.solder for one in known.values()} - {""}:
        refuse_melting(vehicle, alloy, laws.ledger[alloy].number("solidus"))
    found = rank_springs(vehicle, known, laws)
    rows = []
    for row in found:
        plain = row.as_record()
        state = row.whole if row.released is None or (row.lets_go or np.inf) >= row.distance else row.released
        modes = {mode: {"distance": far if np.isfinite(far) else None, "low": None, "high": None} for mode, far in state.modes.items()}
        rows.append(
            {
                "label": row.label, "flow": row.flow, "title": row.title, "stiffness": min(state.along, state.across),
                "softer": row.softness, "distance": plain["distance"], "low": None, "high": None, "first": row.first, "modes": modes,
                "bumps": None if row.beyond else row.bumps, "edge": None if row.beyond else row.edge, "lets_go": plain["lets_go"],
                "closes": state.closes if state.closes is not None and np.isfinite(state.closes) else None,
                "across": plain["by_direction"]["across"] if state.along != state.across else None,
                "path": True, "notes": list(row.notes), "seconds": 0.0, "springs": plain,
            }
        )  # fmt: skip
    return rows


def _cells(
    vehicle: Vehicle, laws: Laws, store: RankStore, refine: float, outward: int, workers: int, told: Told
) -> list[dict[str, Any]]:
    structures: dict[str, Structure] = {}
    skipped: dict[str, str] = {}
    for label, flow in vehicle.structures.items():
        if flow == WIRE:
            skipped[label] = "a wire has no plan to be projected: it is ranked by springs alone"
            continue
        told(f"running {flow}")
        structures[label] = structure_of(structure_run(flow, vehicle), vehicle, laws.ledger)
        refuse_melting(vehicle, structures[label].alloy, structures[label].solidus)
    rows = {row["label"]: row for row in rank_cells(vehicle, structures, store, refine=refine, outward=outward, workers=workers, told=told)}
    springs = {row["label"]: row for row in _springs(vehicle, laws)}
    for label in rows:
        rows[label] |= {"across": springs[label]["across"]}
    for label, why in skipped.items():
        rows[label] = springs[label] | {"notes": [why, *springs[label]["notes"]], "softer": None}
    return [rows[label] for label in vehicle.structures]


def _merged(store: RankStore | None) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for record in store.known.values() if store is not None else ():
        for one in record.get("sources", ()):
            found.setdefault((one["of"], one["property"]), one)
    return list(found.values())
