"""From constitutive laws to what the compliance level reckons with: moduli and flow stresses at a cycle's mean, plates, and lives.

Everything is taken at the mean of the cycle's two temperatures. Solder flows at the stress where Anand's law saturates at the rate of the
ramp; metals flow at their yield stress; polymers stay elastic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..materials import MaterialError
from ..physics.constitutive import Anand, Kinematic, Orthotropic, saturation_stress
from ..physics.constitutive.tables import value_at
from ..physics.fatigue_strain import Engelmaier
from .constitution import Laws
from .dimensions import Dimensions
from .life_models import copper_foil, life_models
from .spring_chain import Array, Solid
from .spring_limits import Criteria
from .vehicle import PackageError, Vehicle

# Where a wire's metal has no fatigue data: copper's relation stands in, and a note says so
_STAND_IN = "Cu"
_FILL = "the fill joins die and board: the joint sees what their shear lag leaves; the fill's own cracks and expansion are not judged"


@dataclass(frozen=True)
class Endurance:
    """A life for a strain range.

    title : of the model;  driver : what strain range it is driven by;  cycles : from strain ranges [1] to cycles [1];  note : of caution
    """

    title: str
    driver: str
    cycles: Callable[[np.ndarray], np.ndarray]
    note: str = ""


@dataclass(frozen=True)
class Judged:
    """How a structure is judged.  criteria : see there;  lives : {mode: title of its life model};  notes : sentences of caution"""

    criteria: Criteria
    lives: Mapping[str, str]
    notes: tuple[str, ...]


def mean_temperature(vehicle: Vehicle) -> float:
    """Mean of the extremes of a vehicle's cycle [K]."""
    return 0.5 * (vehicle.cycle.low + vehicle.cycle.high)


def modulus(laws: Laws, name: str, temperature: float) -> float:
    """Young's modulus of a material in the plane [Pa].

    Parameters
    ----------
    laws : of the package;  name : of the material
    temperature : [K]

    Raises
    ------
    PackageError : a property of the material that is not known.
    """
    law = laws[name]
    stiff = law.parameters.young_modulus if isinstance(law, Anand) else law.moduli[0] if isinstance(law, Orthotropic) else law.young_modulus
    return float(value_at(stiff, temperature))


def solids_of(laws: Laws, names: Iterable[str], vehicle: Vehicle) -> dict[str, Solid]:
    """What each material does at the mean temperature of a vehicle's cycle.

    Raises
    ------
    PackageError : properties that are not known, all of them in one sentence.
    """
    names = tuple(dict.fromkeys(names))
    laws.check(names)
    return {name: _solid(laws, name, vehicle) for name in names}


def _solid(laws: Laws, name: str, vehicle: Vehicle) -> Solid:
    temperature, law = mean_temperature(vehicle), laws[name]
    if isinstance(law, Orthotropic):
        raise PackageError(f"{name}: a laminate is a board here; no part of a structure may be made of it")
    flow = np.inf
    if isinstance(law, Anand):
        flow = float(saturation_stress(law.parameters, strain_rate(laws, name, vehicle), temperature))
    elif isinstance(law, Kinematic):
        flow = float(value_at(law.yield_stress, temperature))
    return Solid(modulus(laws, name, temperature), float(value_at(law.poisson_ratio, temperature)), flow)


def strain_rate(laws: Laws, alloy: str, vehicle: Vehicle) -> float:
    """Strain rate of a solder that just survives the target [1/s]: its strain range, gamma / sqrt 3, over the ramp's time."""
    model, temperature, dwell = _engelmaier(alloy, vehicle)
    allowed = float(model.strain_range(vehicle.target, temperature, dwell))
    return allowed / np.sqrt(3.0) / (0.5 * (vehicle.cycle.ramp_up + vehicle.cycle.ramp_down))


def array_of(laws: Laws, vehicle: Vehicle, die: str) -> Array:
    """Die, board and array of a vehicle as plates; expansions are means over the cycle.

    Raises
    ------
    PackageError : properties that are not known.
    """
    board, temperature = vehicle.board, mean_temperature(vehicle)
    laws.check((die, board.material))
    low, high = vehicle.cycle.low, vehicle.cycle.high
    expansions = [laws.expansion(name, high, low) / (high - low) for name in (die, board.material)]
    law = laws[board.material]
    laminate = isinstance(law, Orthotropic)
    return Array(
        modulus(laws, die, temperature), laws.number(die, "poisson_ratio"), expansions[0], vehicle.die.thickness,
        modulus(laws, board.material, temperature), laws.number(board.material, "poisson_ratio"), expansions[1], board.thickness,
        vehicle.pitch, float(value_at(law.shear[1], temperature)) if laminate else None,
    )  # fmt: skip


def solder_endurance(alloy: str, vehicle: Vehicle) -> Endurance:
    """Median life of a joint by Engelmaier's relation, for its range of mean shear strain; PackageError for an alloy without constants."""
    model, temperature, dwell = _engelmaier(alloy, vehicle)
    title = life_models(alloy, "engelmaier")[0].title
    return Endurance(title, "shear strain range", lambda strain: np.asarray(model.cycles(strain, temperature, dwell).cycles, float))


def _engelmaier(alloy: str, vehicle: Vehicle) -> tuple[Engelmaier, float, float]:
    found = life_models(alloy, "engelmaier")
    if not found or not isinstance(found[0].model, Engelmaier):
        raise PackageError(f"{alloy}: no life by strain range (Engelmaier's) is known for it: the compliance level cannot judge its joint")
    dwell = 0.5 * (vehicle.cycle.dwell_low + vehicle.cycle.dwell_high)
    if dwell <= 0.0:
        raise PackageError(f"{vehicle.name}: a cycle without a dwell: Engelmaier's relation needs one")
    return found[0].model, mean_temperature(vehicle), dwell


def metal_endurance(laws: Laws, metal: str) -> Endurance:
    """Mean life of a plated line or wire by the relation for copper foil (IPC-TR-579), for its range of total strain.

    What the vehicle states of the metal's fracture strain and tensile strength goes before the library's.

    Raises
    ------
    PackageError : the metal has no fracture strain or tensile strength.
    """
    try:
        model = copper_foil(laws.ledger[metal])
    except MaterialError:
        raise PackageError(f"{metal}: its fracture_strain and tensile_strength are not known, and so no life of a line of it") from None
    stated = {name: number for name, number in laws.stated.get(metal, {}).items() if name in ("fracture_strain", "tensile_strength")}
    model = replace(model, **stated)
    return Endurance(f"copper foil, IPC-TR-579, of {metal}", "strain range", lambda strain: np.asarray(model.cycles(strain).cycles, float))


def wire_endurance(laws: Laws, metal: str) -> Endurance:
    """Life of a wire: of its own metal where that is known, else of copper, with a note that says so."""
    try:
        return metal_endurance(laws, metal)
    except PackageError:
        found = metal_endurance(laws, _STAND_IN)
        return Endurance(found.title, found.driver, found.cycles, f"no fatigue data of {metal} are known: those of plated copper stand in")


def stress_free(laws: Laws, vehicle: Vehicle, alloy: str) -> float:
    """Temperature at which the package is free of stress [K]: as stated, else the joint's solidus."""
    if vehicle.stress_free is not None:
        return vehicle.stress_free
    return laws.ledger[alloy].number("solidus")


def criteria_of(
    laws: Laws, vehicle: Vehicle, dimensions: Dimensions, die: str, alloy: str, bonded_energy: float | None, weak_energy: float | None
) -> Judged:
    """What counts as failure of a structure, by which lives, and what has to be said of it.

    Parameters
    ----------
    laws, vehicle, dimensions, die : of the package, the structure and the die's material
    alloy : of its joint, or of those beside it where it has none
    bonded_energy, weak_energy : stated fracture energies of the anchor and of what lies below the bump [J/m^2], None: the vehicle's

    Raises
    ------
    PackageError : a life that is not known.
    """
    layers = [layer for strip in dimensions.strips for layer in strip.layers]
    line = _conductor(layers)
    notes, wire = [], None
    if dimensions.wire:
        wire = wire_endurance(laws, dimensions.wire.shell or dimensions.wire.core)
        notes += [wire.note] if wire.note else []
    torn = {"insulating": _least_fracture(laws, [x.material for x in layers if x.role == "insulating"])}
    if line:
        torn["line"] = laws.number(line, "fracture_strain")
    if dimensions.underfill:
        notes.append(_FILL)
    free, cycle = stress_free(laws, vehicle, alloy), vehicle.cycle
    solder = solder_endurance(alloy, vehicle)
    metal = metal_endurance(laws, line) if line else wire or solder
    own = own_strain(laws, vehicle, line, die) if line else 0.0
    lives = {"solder": solder if dimensions.solder else None, "line": metal if line else None, "wire": wire}
    criteria = Criteria(
        target=vehicle.target,
        temperature_range=cycle.high - cycle.low,
        largest_change=max(abs(cycle.low - free), abs(cycle.high - free)),
        solder_life=solder.cycles,
        line_life=lambda strain: metal.cycles(strain + own),
        bonded_energy=bonded_energy or vehicle.joints.fracture_energy,
        weak_energy=weak_energy or vehicle.joints.fracture_energy,
        fracture_strain={role: strain for role, strain in torn.items() if np.isfinite(strain)},
        wire_life=wire.cycles if wire else None,
        shared=bool(dimensions.underfill),
    )
    return Judged(criteria, {mode: f"{one.title}, by {one.driver}" for mode, one in lives.items() if one}, tuple(notes))


def own_strain(laws: Laws, vehicle: Vehicle, line: str, die: str) -> float:
    """Strain range that a line has at the neutral point itself [1]: it expands between an anchor on the die and a bump that is held.

    |alpha_line - alpha_die| dT, as a mean over the cycle; the shift of the board adds to it on one side of the array. Plane cells at the
    neutral point show 1.0 to 1.2 times this along suspended lines and above elastic layers, up to 3 times where a firm layer lies below.
    """
    low, high = vehicle.cycle.low, vehicle.cycle.high
    return abs(laws.expansion(line, high, low) - laws.expansion(die, high, low))


def rise(laws: Laws, vehicle: Vehicle, dimensions: Dimensions) -> tuple[float, str]:
    """How far what lies below the bump lifts it over the cycle [m], kept from growing sideways by the die, and what lifts it most.

    sum of t (1 + nu) / (1 - nu) alpha dT
    """
    lifts = {}
    for disc in dimensions.discs:
        ratio = float(value_at(laws[disc.material].poisson_ratio, mean_temperature(vehicle)))
        free = laws.expansion(disc.material, vehicle.cycle.high, vehicle.cycle.low)
        lifts[disc.material] = lifts.get(disc.material, 0.0) + disc.thickness * free * (1 + ratio) / (1 - ratio)
    return sum(lifts.values()), max(lifts, key=lifts.get, default="")


def _conductor(layers: list) -> str:
    """The metal of a line: of its thickest layer, for adhesion films strain as it does."""
    lines = [x for x in layers if x.role == "line"]
    return max(lines, key=lambda x: x.high - x.low).material if lines else ""


def _least_fracture(laws: Laws, names: list[str]) -> float:
    known = [laws.number(name, "fracture_strain") for name in dict.fromkeys(names) if laws.ledger[name].has("fracture_strain")]
    return min(known, default=np.inf)
