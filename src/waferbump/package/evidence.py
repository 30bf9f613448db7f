"""Overstress of a structure as the claims are judged on it: pulled, what let go in which order, the weak joint swept, what is left.

`python -m waferbump.package.evidence` pulls every built-in structure of document E and writes data/overstress.json anew: needed after any
change of a flow, a material or the mechanics (tests say when: one structure is pulled again by default, all in the slow suites).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..recipe import flow_names, load
from ..results import Run
from .adhesion import adhesion_interval
from .cell_points import laws_of, plane_shift
from .interface_data import interface_data
from .overstress import events_of, named, overstress_settings, pulled, unjudged, weak_joint
from .rank_store import vehicle_key
from .reading import read_vehicle
from .results import pulled_record
from .sizing import key_of
from .structure import Structure, structure_of, structure_run
from .vehicle import Vehicle

_FILE = "overstress.json"
REFINE = 0.7  # of the meshes: half the work of the usual ones; forces differ by a few per cent (our choice, measured in the tests)
PLAIN = "plain-bump"


def overstress(structure: Structure, vehicle: Vehicle, *, refine: float = REFINE) -> dict[str, Any]:
    """Pull a structure as the corner of the vehicle's die is pulled at the cold end; plain values, SI.

    Parameters
    ----------
    structure, vehicle : of the bump
    refine : of the mesh [1]
    """
    laws = laws_of(vehicle)
    distance = vehicle.corner_distance(vehicle.die.edge)
    shift = plane_shift(structure, vehicle, laws) * distance
    found = pulled(structure, vehicle, laws, shift, refine=refine)
    events = events_of(found, laws)
    weak = weak_joint(structure, laws)
    record: dict[str, Any] = {
        "flow": structure.flow, "distance": distance, "shift": shift, "refine": refine, "pull": pulled_record(found, events),
        "weak_joint": None if weak is None else named(weak), "interval": None, "after": None,
        "unjudged": list(unjudged(found, laws)),
    }  # fmt: skip
    if weak is not None:
        swept = adhesion_interval(structure, vehicle, laws, shift, refine=refine, rounds=2)
        record["interval"] = {
            "bonded": swept.bonded, "least": swept.least if swept.most else None, "most": swept.most,
            "tried": [list(one) for one in swept.tried], "sentence": swept.sentence(),
        }  # fmt: skip
        if any(event.what == named(weak) for event in events):
            rest = pulled(structure, vehicle, laws, shift, loose=[weak], refine=refine)
            record["after"] = pulled_record(rest, events_of(rest, laws))
    return record


def overstress_of(run: Run) -> dict[str, Any]:
    """The overstress of a run's structure on the reference vehicle: the shipped one where nothing that it depends on differs.

    Raises
    ------
    PackageError, MeshError : what cannot be soldered, meshed or pulled.
    """
    vehicle, name = read_vehicle(), run.recipe.name
    if name in flow_names() and run.recipe.key_text() == load(name).key_text():
        known = _shipped().get(name)
        if known is not None and known["key"] == evidence_key(name, vehicle):
            return known
    return _computed(_Asked(run, vehicle))


class _Asked:
    """A run asked for on a vehicle, equal to another where their keys are."""

    def __init__(self, run: Run, vehicle: Vehicle) -> None:
        self.run, self.vehicle, self.key = run, vehicle, (run.key, vehicle_key(vehicle))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and other.key == self.key

    def __hash__(self) -> int:
        return hash(self.key)


@cache
def _computed(asked: _Asked) -> dict[str, Any]:
    return overstress(structure_of(asked.run, asked.vehicle, laws_of(asked.vehicle).ledger), asked.vehicle)


def evidence_key(flow: str, vehicle: Vehicle) -> str:
    """Digest of what a built-in structure's overstress depends on: flow, vehicle, laws and limits of the materials, our choices.

    Code is not in it: a test pulls one structure again by default, the slow suites all.
    """
    laws = laws_of(vehicle)
    numbers = [
        (name, repr(laws[name]), [laws.number(name, p) if laws.knows(name, p) else None for p in _DECIDING])
        for name in _MATERIALS if not laws.missing(name)
    ]  # fmt: skip
    chosen = (REFINE, *overstress_settings(), interface_data().mode_mix_sensitivity.number)
    whole = json.dumps([key_of(flow, vehicle), vehicle_key(vehicle), numbers, chosen])
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


_DECIDING = ("fracture_strain", "solidus", "surface_tension", "density")
_MATERIALS = (
    "Si", "SiN", "SiO2", "Al", "Cu", "Ti", "TiW", "polyimide", "BCB", "epoxy", "silicone", "SAC305", "FR-4", "solder-mask", "underfill",
)  # fmt: skip


@cache
def _shipped() -> Mapping[str, dict[str, Any]]:
    place = files("waferbump").joinpath("package", "data", _FILE)
    return MappingProxyType(json.loads(place.read_text(encoding="utf-8"))["structures"] if place.is_file() else {})


def written(flows: Iterable[str], place: Path, *, say=print) -> None:
    """Pull some built-in structures and write what was found to a file."""
    vehicle, made = read_vehicle(), dict(_shipped())
    for flow in flows:
        structure = structure_of(structure_run(flow, vehicle), vehicle, laws_of(vehicle).ledger)
        made[flow] = {"key": evidence_key(flow, vehicle), **_rounded(overstress(structure, vehicle))}
        about = "overstress of document E's structures on the reference vehicle [SI]; made by python -m waferbump.package.evidence"
        place.write_text(json.dumps({"about": about, "structures": dict(sorted(made.items()))}) + "\n", encoding="utf-8")
        say(flow, [event["what"] for event in made[flow]["pull"]["events"]], (made[flow]["interval"] or {}).get("sentence", ""))


def _rounded(value: Any) -> Any:
    """Floats to five digits: the file is to be read, and the solver's tolerance is 1e-4."""
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value




if __name__ == "__main__":
    import sys

    wanted = sys.argv[1:] or [PLAIN, *(f for label, f in read_vehicle().structures.items() if label.startswith("E"))]
    written(dict.fromkeys(wanted), Path(str(files("waferbump").joinpath("package", "data", _FILE))))
