"""Overstress: the board pulled sideways, at room temperature, until something lets go: what goes first, at what load, and what is left.

It is pulled as the cold end pulls it: towards the neutral point, on whose side the pad lies unless said otherwise.

Every joint between layers of which one is no metal opens by a cohesive law: the energy that the recipe states, and a strength in the same
proportion, so that all joints part at one opening. Solder flows, metals yield, what is suspended may turn and touch.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..physics.elasticity import ConvergenceError, LoadStep, march
from ..physics.interfaces import MixedMode
from .cell_measures import (
    SIDES,
    by_cell,
    foot_shift,
    joint_layer,
    largest_line_strain,
    line_parts,
    line_strains,
    smallest_gap,
    stress_in,
    turn,
)
from .constitution import Laws
from .interface_data import interface_data
from .plane_cell import LARGEST_STRAIN, ROOM, PlaneCell, lies_flat, plane_cell
from .structure import Structure
from .vehicle import PackageError, Vehicle

Pair = tuple[str, str]
JOINT, LINE, SOLDER = "joint", "line", "solder"
RATE = 1e-3  # 1/s; at which the joint is sheared: a board bent by hand (our choice)
LAYER = 25e-6  # m; of the joint at either end, over which its flow is averaged (as the life models do)
_STEPS = 48  # load steps to the full displacement (our choice, doubled in the tests)
_VISCOSITY = 2e-3  # of the whole time: damage lags by that, which carries a crack over the places where it jumps (our choice)
_LET_GO = 0.1  # share of a joint's area that holds no more, from which on it lets go (our choice; the whole history is kept)


@dataclass(frozen=True)
class JointHistory:
    """A joint while the board is pulled.

    pair : (upper, lower);  energy : G_Ic [J/m^2];  strength : [Pa];  area : [m^2]
    parted : share of the area that holds nothing any more, shape (steps,);  damage : largest at any place, shape (steps,)
    spent : energy [J] at the end
    """

    pair: Pair
    energy: float
    strength: float
    area: float
    parted: np.ndarray
    damage: np.ndarray
    spent: float


@dataclass(frozen=True)
class Pulled:
    """What happens to a bump as its board is pulled sideways; arrays have a value a load step, the state at rest first.

    displacement : of the board [m];  force : on the bump [N];  turn : of the joint's foot [rad];  foot : how far it has moved [m]
    gap : the narrowest [m]
    line : largest strain of the line [1];  flow : inelastic strain of the joint's worst end layer [1]
    joint_stress, line_stress : mean von Mises stress [Pa];  joints : see there
    stopped : why the pull ended before the full displacement, or ""
    """

    displacement: np.ndarray
    force: np.ndarray
    turn: np.ndarray
    foot: np.ndarray
    gap: np.ndarray
    line: np.ndarray
    flow: np.ndarray
    joint_stress: np.ndarray
    line_stress: np.ndarray
    joints: tuple[JointHistory, ...]
    u: np.ndarray
    cell: PlaneCell
    stopped: str = ""

    @property
    def stiffness(self) -> float:
        """Force over displacement at the first step [N/m]."""
        return float(self.force[1] / self.displacement[1])


@dataclass(frozen=True)
class Event:
    """Something that lets go.

    kind : JOINT, LINE or SOLDER;  what : region, or (upper, lower) as "upper on lower";  displacement : of the board [m];  force : [N]
    parted : share of the joint's area at the end of the pull
    """

    kind: str
    what: str
    displacement: float
    force: float
    parted: float = 1.0


def cohesive_law(energy: float, vehicle: Vehicle) -> MixedMode:
    """The law of a joint of some fracture energy [J/m^2]: its strength is that of the vehicle's joints in proportion to the energies.

    Before it opens it is as firm as the vehicle's joints at least: how little it holds makes no layer sink into another.
    """
    joints, sensitivity = vehicle.joints, interface_data().mode_mix_sensitivity.number
    strength = joints.strength * energy / joints.fracture_energy
    law = MixedMode(energy, None, strength, strength, hutchinson_suo=sensitivity)
    if energy >= joints.fracture_energy:
        return law
    firm = MixedMode(joints.fracture_energy, None, joints.strength, joints.strength, hutchinson_suo=sensitivity).stiffnesses
    return replace(law, opening_stiffness=firm[0], shear_stiffness=firm[1])


def parting_joints(structure: Structure, laws: Laws, energies: Mapping[Pair, float] | None = None) -> dict[Pair, float]:
    """Fracture energies [J/m^2] of the stated joints of which one side is no metal, `energies` in place of the recipe's where given.

    Joints on walls alone are left out: a plane cell keeps them whole.
    """
    found = {}
    for pair, energy in {**structure.adhesion, **(energies or {})}.items():
        if any(name in structure.without or not structure.stack.has(name) for name in pair):
            continue
        if not all("metal" in laws.ledger[structure.stack.material(name)].classes for name in pair):
            found[pair] = energy
    return {pair: energy for pair, energy in found.items() if lies_flat(structure, pair)}


def overstress_settings() -> tuple[float, ...]:
    """Our choices that decide what a pull finds, to tell older results from newer ones."""
    return RATE, LAYER, LARGEST_STRAIN, _STEPS, _VISCOSITY, _LET_GO


def weak_joint(structure: Structure, laws: Laws) -> Pair | None:
    """The joint with the substrate that is stated to hold less firmly than every other one there; None where no such is stated."""
    energies = {pair: energy for pair, energy in parting_joints(structure, laws).items() if pair[1] in structure.ground}
    least = min(energies.values(), default=0.0)
    found = [pair for pair, energy in energies.items() if energy == least]
    return found[0] if len(found) == 1 and len(energies) > 1 else None


def named(pair: Pair) -> str:
    """A joint in words."""
    return f"{pair[0]} on {pair[1]}"


def pulled(
    structure: Structure, vehicle: Vehicle, laws: Laws, displacement: float, *, energies: Mapping[Pair, float] | None = None,
    loose: Collection[Pair] = (), refine: float = 1.0, steps: int = _STEPS, outward: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Pulled:  # fmt: skip
    """Pull the board of a bump sideways, slowly, at room temperature.

    Parameters
    ----------
    structure, vehicle, laws : of the bump
    displacement : of the board at the end [m]
    energies : fracture energies [J/m^2] of joints, in place of the recipe's; {} keeps the recipe's
    loose : joints that have let go before
    refine : of the mesh [1]
    steps : load steps [1]
    outward : +1 pulls the board towards the pad's side (the pad inward of the bump, as the cold pulls), -1 away from it [1]
    progress : called with the load steps done and their number

    Raises
    ------
    PackageError : a property that is not known, or no equilibrium at the first step.
    """
    joints = {pair: e for pair, e in parting_joints(structure, laws, energies).items() if pair not in loose}
    cell = plane_cell(
        structure, vehicle, laws, split=[*joints, *loose], loose=loose, refine=refine, outward=outward, stress_free=ROOM,
        cohesive={pair: cohesive_law(energy, vehicle) for pair, energy in joints.items()},
        viscosity=_VISCOSITY * displacement / structure.joint.stand_off / RATE,
    )  # fmt: skip
    watch = _Watch(cell, joints, vehicle, steps, progress)
    rest = cell.held(ROOM, 0.0)
    whole = displacement / structure.joint.stand_off / RATE

    def step(part: float) -> LoadStep:
        return LoadStep(part * whole, ROOM, {**rest, "board_sides": rest["board_sides"] - part * displacement * outward})

    stopped = ""
    try:
        march(cell.model, [step((k + 1) / steps) for k in range(steps)], start=step(0.0), tolerance=1e-4, on_step=watch, keep=False)
    except (ConvergenceError, _BeyondError) as problem:
        if len(watch.rows) < 2:
            raise PackageError(f"{structure.flow}: {problem}") from problem
        stopped = str(problem)
    return watch.result(displacement / steps, stopped)


class _BeyondError(ValueError):
    """A state that the model does not describe."""


class _Watch:
    """Keeps what is asked of a pull while it runs."""

    def __init__(self, cell: PlaneCell, joints: Mapping[Pair, float], vehicle: Vehicle, steps: int, progress) -> None:
        self.cell, self.joints, self.vehicle, self.steps, self.progress = cell, joints, vehicle, steps, progress
        self.line = line_parts(cell)
        self.layers = [joint_layer(cell, side, LAYER) for side in SIDES]
        self.rows: list[tuple[float, ...]] = [(0.0, 0.0, 0.0, smallest_gap(cell, np.zeros(cell.model.ndof)), 0.0, 0.0, 0.0, 0.0)]
        self.parted: dict[Pair, list[tuple[float, float]]] = {pair: [(0.0, 0.0)] for pair in cell.cohesive}
        self.u = np.zeros(cell.model.ndof)

    def __call__(self, result) -> None:
        cell, block = self.cell, self.cell.blocks[self.cell.structure.joint.name]
        flow = by_cell(block, block.column("equivalent_inelastic_strain"))
        self.u = result.u
        self.rows.append(
            (
                abs(cell.shear_force(result.reactions)), turn(cell, result.u), abs(foot_shift(cell, result.u)),
                smallest_gap(cell, result.u),
                largest_line_strain(cell, line_strains(cell)).size, max(layer.average(flow) for layer in self.layers),
                stress_in(cell, cell.structure.joint.name)[0], stress_in(cell, self.line[-1])[0] if self.line else 0.0,
            )
        )  # fmt: skip
        for pair, one in cell.cohesive.items():
            self.parted[pair].append((one.parted_area() / float(one.areas.sum()), float(one.damage.max())))
        self._refuse()
        if self.progress is not None:
            self.progress(result.number + 1, self.steps)

    def _refuse(self) -> None:
        """Stop where the model ceases to hold: what has been kept so far stays good."""
        flow, strain = self.rows[-1][5], self.rows[-1][4]
        if max(flow, strain) > LARGEST_STRAIN:
            what = "the joint's end" if flow > strain else "the line"
            raise _BeyondError(f"{what} is strained by {100 * max(flow, strain):.3g} %, beyond what small strain describes")

    def result(self, stride: float, stopped: str) -> Pulled:
        columns = np.array(self.rows).T
        joints = []
        for pair, one in self.cell.cohesive.items():
            parted, damage = np.array(self.parted[pair]).T
            law = cohesive_law(self.joints[pair], self.vehicle)
            joints.append(
                JointHistory(pair, self.joints[pair], law.opening_strength, float(one.areas.sum()), parted, damage, one.dissipated())
            )
        return Pulled(stride * np.arange(len(self.rows)), *columns, tuple(joints), self.u, self.cell, stopped)


def events_of(found: Pulled, laws: Laws) -> tuple[Event, ...]:
    """What lets go during a pull, in order: layers of which a tenth of the joint holds no more, a line or a bump strained to fracture.

    A metal whose fracture strain is not known is not judged: `unjudged` names it.
    """
    events = []
    for one in found.joints:
        k = _first(one.parted >= _LET_GO)
        if k is not None:
            events.append(Event(JOINT, named(one.pair), float(found.displacement[k]), float(found.force[k]), float(one.parted[-1])))
    structure = found.cell.structure
    line = line_parts(found.cell)
    for kind, values, material, what in (
        (LINE, found.line, structure.stack.material(line[-1]) if line else "", line[-1] if line else ""),
        (SOLDER, found.flow, structure.alloy, structure.joint.name),
    ):
        if not material or not laws.knows(material, "fracture_strain"):
            continue
        k = _first(values >= laws.number(material, "fracture_strain"))
        if k is not None:
            events.append(Event(kind, what, float(found.displacement[k]), float(found.force[k])))
    return tuple(sorted(events, key=lambda event: event.displacement))


def unjudged(found: Pulled, laws: Laws) -> tuple[str, ...]:
    """Materials of line and joint whose fracture strain is not known, so that whether they tear cannot be told."""
    structure, line = found.cell.structure, line_parts(found.cell)
    materials = [*([structure.stack.material(line[-1])] if line else []), structure.alloy]
    return tuple(m for m in dict.fromkeys(materials) if not laws.knows(m, "fracture_strain"))


def _first(reached: np.ndarray) -> int | None:
    places = np.flatnonzero(reached)
    return int(places[0]) if len(places) else None
