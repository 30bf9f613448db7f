"""The sizes of a vehicle's structures: read off their runs, swept for the wire, or looked up where a built-in flow is as it was shipped.

`python -m waferbump.package.sizing` runs every structure of the reference vehicle and writes data/structures.json anew: needed after any
change of a flow, of a step's model or of a material that moves a size (a test says when).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ..bookkeeping import Ledger
from ..materials import library
from ..recipe import flow_names
from .constitution import Laws
from .dimensions import Dimensions, Strip, wire_spring
from .sizing_records import dimensions_from_record, dimensions_record, record_format
from .solids import mean_temperature, modulus
from .vehicle import WIRE, PackageError, Vehicle

if TYPE_CHECKING:
    from .structure import Structure

_FILE = "structures.json"
CARRIER = "Si"  # of a wire's die, for no recipe makes one: the built-in flows' (our choice)
# P2 of the reference vehicle (our choice, as the vehicle itself)
WIRE_HEIGHT, WIRE_CORE, WIRE_SHELL = 600e-6, 25e-6, 20e-6  # m: between die and board, core's diameter, shell's thickness
WIRE_METALS = ("Au", "Ni")
_WALL = 0.8  # of the drop: metal this tall is a wall, the line beside it is level (our choice)
_SEAM = 1e-9  # m; pieces of the plan nearer to one another than that are one: a hundred ticks
_USED = re.compile(r"^\s*-?\s*(?:extends|use):\s*([\w-]+)", re.MULTILINE)


@dataclass(frozen=True)
class Sizes:
    """A structure as the compliance level takes it.

    dimensions : see there;  flow : that made it;  title : of its recipe;  die : material of the carrier
    bonded_energy, weak_energy : stated fracture energy on the ground of what holds the bump beside it and of what lies below it [J/m^2],
        None where none is stated
    """

    dimensions: Dimensions
    flow: str
    title: str
    die: str
    bonded_energy: float | None = None
    weak_energy: float | None = None


def dimensions_of(structure: Structure, vehicle: Vehicle) -> Dimensions:
    """The sizes of a structure for the compliance level, read off its plan; a fill laid on the wafer is the vehicle's underfill.

    Raises
    ------
    DimensionsError : no landing metal below the joint, or one that stands on the pad alone.
    """
    return sizes_of(structure, vehicle).dimensions


def sizes_of(structure: Structure, vehicle: Vehicle) -> Sizes:
    """The sizes of a structure and how firmly it holds; errors as `dimensions_of`."""
    # here, for a ranking of shipped sizes never needs them
    from .measured_dimensions import dimensions_of as measured
    from .plane_cell import UNDERFILL

    filled = any(structure.roles[name] == "mask" for name in structure.liquids)
    found = measured(structure, underfill=UNDERFILL if filled else "")
    found = replace(found, strips=tuple(_rooted(strip, structure) for strip in found.strips))
    weak, bonded = joints(structure, found)
    lets_go = bool(found.strips and found.discs) and weak is not None and bonded is not None and weak < bonded
    carrier = next(name for name, role in structure.roles.items() if role == "carrier")
    return Sizes(replace(found, weak=lets_go), structure.flow, structure.title, structure.stack.material(carrier), bonded, weak)


def _rooted(strip: Strip, structure: Structure) -> Strip:
    """A strip that comes down a wall: where its metal lines an opening all round, that cup stands like a post, and the strip begins on it.

    A cup of copper 50 um wide and 75 um tall resists a push with some 3e5 N/m, one of its walls alone, as a leaf, with 2e3 N/m.
    """
    foot, corner = strip.path[:2]
    if len(strip.path) < 3:
        return strip
    drop = corner[1] - foot[1]
    metals = set(structure.metals)
    tall = [
        column.shape
        for column in structure.stack.columns
        if any(layer.name in metals and layer.top - layer.bottom > _WALL * drop for layer in column.layers)
    ]
    cups = [part for part in shapely.get_parts(shapely.unary_union(tall).buffer(_SEAM)) if part.interiors]
    return replace(strip, path=strip.path[1:]) if cups else strip


def joints(structure: Structure, dimensions: Dimensions) -> tuple[float | None, float | None]:
    """Stated fracture energies on the ground [J/m^2]: of what lies lowest below the bump, and of the other insulating bodies, the least.

    Only what lies on the ground outside the pads counts: how firmly a line holds on its pad is no matter of the part that it leads over.
    """
    if not dimensions.discs:
        lowest = ""
    else:
        ground = set(structure.ground)
        here = [layer.name for layer in structure.stack.column_at(*_beside_middle(structure)) if layer.name not in ground]
        lowest = here[0]
    energies: dict[str, float] = {}
    for (upper, lower), energy in structure.adhesion.items():
        if lower in structure.ground and structure.roles[lower] != "pad" and upper not in structure.metals:
            energies[upper] = min(energy, energies.get(upper, np.inf))
    return energies.pop(lowest, None), min(energies.values(), default=None)


def _beside_middle(structure: Structure) -> tuple[float, float]:
    """A place below the bump that is clear of a via in its middle [m]."""
    return 0.7 * float(structure.joint.radius[0]), 0.0


def wire_dimensions(vehicle: Vehicle, laws: Laws | None = None) -> Dimensions:
    """P2: a free-standing wire in the shape of an S, gold in a shell of nickel, between pad and board; no recipe makes it.

    Raises
    ------
    PackageError : a modulus that is not known.
    """
    laws = laws or Laws(Ledger(library()), vehicle.materials)
    laws.check(WIRE_METALS)
    moduli = tuple(modulus(laws, metal, mean_temperature(vehicle)) for metal in WIRE_METALS)
    return wire_spring(WIRE_HEIGHT, WIRE_CORE, WIRE_SHELL, *WIRE_METALS, moduli)


def sizes(flow: str, vehicle: Vehicle, ledger: Ledger, *, shipped: bool = True) -> Sizes:
    """The sizes of a vehicle's structure: shipped ones where nothing that they depend on differs, else of a run of its flow.

    Parameters
    ----------
    flow : name of a built-in flow, path of a recipe, or the wire's;  shipped : whether the shipped ones may be taken

    Raises
    ------
    PackageError, DimensionsError : a run that fails, a structure that cannot be read.
    """
    if flow == WIRE:
        return Sizes(wire_dimensions(vehicle, Laws(ledger, vehicle.materials)), WIRE, "Free-standing wire spring", CARRIER)
    if shipped and not vehicle.changes and flow in flow_names():
        known = _shipped().get(flow)
        if known is not None and known["key"] == key_of(flow, vehicle):
            return sizes_from_record(known)
    from .structure import structure_of, structure_run

    return sizes_of(structure_of(structure_run(flow, vehicle), vehicle, ledger), vehicle)


def key_of(flow: str, vehicle: Vehicle) -> str:
    """Digest of what a built-in flow's sizes depend on: its text with all that it extends and uses, and what shapes the joint."""
    texts = _texts(flow)
    board = vehicle.board
    shape = [vehicle.paste_metal, board.pad_diameter, board.mask_opening, board.mask_thickness, vehicle.die.thickness, vehicle.pitch]
    whole = json.dumps([sorted(texts.items()), shape, record_format()])
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


@cache
def _texts(flow: str) -> Mapping[str, str]:
    folder, found, todo = files("waferbump").joinpath("flows"), {}, [flow]
    while todo:
        name = todo.pop()
        places = [place for place in (folder.joinpath(f"{name}.yaml"), folder.joinpath(f"parts/{name}.yaml")) if place.is_file()]
        if name in found or not places:
            continue
        found[name] = places[0].read_text(encoding="utf-8")
        todo += _USED.findall(found[name])
    return MappingProxyType(found)


@cache
def _shipped() -> Mapping[str, dict]:
    place = files("waferbump").joinpath("package", "data", _FILE)
    return MappingProxyType(json.loads(place.read_text(encoding="utf-8"))["structures"] if place.is_file() else {})


def sizes_record(sizes: Sizes, key: str) -> dict:
    """Plain values of sizes, for JSON."""
    return {
        "key": key, "flow": sizes.flow, "title": sizes.title, "die": sizes.die, "bonded_energy": sizes.bonded_energy,
        "weak_energy": sizes.weak_energy, "dimensions": dimensions_record(sizes.dimensions),
    }  # fmt: skip


def sizes_from_record(record: Mapping) -> Sizes:
    """Sizes from what `sizes_record` made."""
    return Sizes(
        dimensions_from_record(record["dimensions"]), record["flow"], record["title"], record["die"], record["bonded_energy"],
        record["weak_energy"],
    )  # fmt: skip


def written(vehicle: Vehicle, place: Path, *, say=print) -> None:
    """Run every flow of a vehicle and write its sizes to a file, as plain JSON in SI."""
    if vehicle.changes:
        raise PackageError(f"{vehicle.name}: only structures at their default settings are shipped")
    ledger, made = Ledger(library()), {}
    for flow in dict.fromkeys(vehicle.structures.values()):
        if flow != WIRE:
            made[flow] = sizes_record(sizes(flow, vehicle, ledger, shipped=False), key_of(flow, vehicle))
            say(flow)
    about = "sizes of the reference vehicle's structures at default settings [m, J/m^2]; made by python -m waferbump.package.sizing"
    place.write_text(json.dumps({"about": about, "structures": made}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    from .reading import read_vehicle

    written(read_vehicle(), Path(str(files("waferbump").joinpath("package", "data", _FILE))))
