"""The structure of one bump as a run left it, with the joint that its solder makes on the vehicle's board."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..bookkeeping import Ledger
from ..geometry.area import Area
from ..geometry.mesh import Board, Joint
from ..geometry.stack import Stack
from ..line import RunError, run
from ..physics.capillary import joint as liquid_joint
from ..physics.capillary.equilibrium import STANDARD_GRAVITY, NoEquilibriumError
from ..recipe import load
from ..results import Run
from ..state import State, listed
from ..steps.conduction import connections, density_at_room
from .vehicle import PackageError, Vehicle

_LIQUIDS = ("flux", "residue", "mask")
_CHORD = 0.2e-6  # m; the joint's outline is drawn this near to the true one: elements are some 10 um (our choice)


@dataclass(frozen=True)
class Structure:
    """One bump's site in plan and the joint over it.

    flow : its recipe's name;  title : of the recipe;  key : of its run
    stack : what stands on the die;  solder : regions whose place the joint takes;  liquids : regions left out (flux, residue)
    ground : carrier, pads and passivation;  pad : the pad of the substrate that the bump is joined to
    way : conductors from pad to bump;  roles : of every region
    joint, board : see `geometry.mesh`;  alloy : material of the joint;  solidus : of it [K]
    adhesion : stated fracture energy [J/m^2] by (upper, lower) region;  pitch : [m]
    """

    flow: str
    title: str
    key: str
    stack: Stack
    solder: tuple[str, ...]
    liquids: tuple[str, ...]
    ground: tuple[str, ...]
    pad: str
    way: tuple[str, ...]
    roles: Mapping[str, str]
    joint: Joint
    board: Board
    alloy: str
    solidus: float
    adhesion: Mapping[tuple[str, str], float]
    pitch: float

    @property
    def without(self) -> tuple[str, ...]:
        """Regions that the meshes leave out."""
        return (*self.solder, *self.liquids)

    @property
    def metals(self) -> tuple[str, ...]:
        """The conductors between pad and bump, ends left out."""
        return tuple(name for name in self.way if name != self.pad and name not in self.solder)

    def without_metal(self, areas: Mapping[str, Area]) -> Structure:
        """The same with some regions gone over parts of the plan."""
        return replace(self, stack=self.stack.released(areas))


def structure_run(flow: str, vehicle: Vehicle) -> Run:
    """The finished run of a vehicle's structure; PackageError where the recipe's run fails."""
    where = str(Path(vehicle.folder, flow)) if vehicle.folder and flow.endswith((".yaml", ".yml")) else flow
    recipe = load(where)
    if vehicle.changes:
        recipe = recipe.with_changes(list(vehicle.changes))
    if recipe.layers:
        raise PackageError(f"{flow}: its masks come from a layout: a package is judged on recipes that hold their own masks")
    try:
        return run(recipe)
    except RunError as problem:
        raise PackageError(f"{flow}: {problem}") from problem


def structure_of(made: Run, vehicle: Vehicle, ledger: Ledger) -> Structure:
    """The structure that a run left and the joint that it makes on a board.

    Raises
    ------
    PackageError : no plan, no solder, no conducting path from a pad to it, or no joint of that volume between these pads.
    """
    state, name = made.final, made.recipe.name
    if state.stack is None:
        raise PackageError(f"{name}: its recipe carries no plan; give it `views: {{window: [...]}}`, so that what is not round is known")
    solder = tuple(n for n in state.names_with("solder") if state.stack.has(n))
    if not solder:
        raise PackageError(f"{name}: no bump of solder stands at the end of its recipe")
    if len(solder) > 1:
        raise PackageError(f"{name}: {listed(solder)} stand apart at the end: reflow them into one bump first")
    pad, way = _way(state, ledger, name)
    alloy = state.material(solder[0])
    if not ledger[alloy].has("solidus"):
        raise PackageError(f"{name}: no solidus of {alloy} is known: state an alloy of the library")
    drawn = _joint(made, vehicle, alloy, ledger)
    board = Board(
        vehicle.board.thickness, vehicle.board.pad_diameter, vehicle.board.pad_thickness, vehicle.board.mask_opening,
        vehicle.board.mask_thickness, vehicle.board.material,
    )  # fmt: skip
    facts = {n: f for n, f in state.facts.items() if state.stack.has(n)}
    return Structure(
        name, made.recipe.title, made.key, state.stack, solder,
        tuple(n for n, f in facts.items() if f.role in _LIQUIDS),
        tuple(n for n, f in facts.items() if f.role in ("carrier", "pad", "passivation")),
        pad, way, {n: f.role for n, f in facts.items()}, drawn, board, alloy, ledger[alloy].number("solidus"),
        {(upper, lower): energy for upper, f in facts.items() for lower, energy in f.adhesion.items() if lower in facts},
        2 * state.bump.width,
    )  # fmt: skip


def _way(state: State, ledger: Ledger, name: str) -> tuple[str, tuple[str, ...]]:
    ways = {pad: way for pad, way in connections(state, ledger).items() if way}
    if not ways:
        pads = state.names_with("pad")
        raise PackageError(
            f"{name}: no metal leads from {listed(pads) if pads else 'a pad'} to the bump: the site is electrically open before any cycle"
        )
    pad = min(ways, key=lambda p: len(ways[p]))
    return pad, ways[pad]


def _joint(made: Run, vehicle: Vehicle, alloy: str, ledger: Ledger) -> Joint:
    """The frozen joint: pinned at the bump's metal and at the board's pad, under the die's weight."""
    measures, name = made.measures, made.recipe.name
    volume = measures["bump_volume"].value + vehicle.paste_metal
    radius = measures["pad_diameter"].value / 2.0
    pad = vehicle.board.pad_diameter / 2.0
    if vehicle.board.mask_thickness > 0.0 and vehicle.board.mask_opening < vehicle.board.pad_diameter:
        raise PackageError(
            f"{vehicle.name}: the board's mask opening is narrower than its pad (SMD): pads that the mask leaves free (NSMD) are modelled"
        )
    metal = ledger[alloy]
    tension = metal.number("surface_tension")
    density = density_at_room(made.final, next(n for n in made.final.names_with("solder")), ledger)
    die = next(made.final.material(n) for n in made.final.names_with("carrier"))
    weight = ledger[die].number("density") * vehicle.die.thickness * vehicle.pitch**2 * STANDARD_GRAVITY
    try:
        drawn = liquid_joint(volume, pad, radius, tension, density, load=weight)
    except NoEquilibriumError as problem:
        raise PackageError(f"{name}: its bump and the board's paste make no joint: {problem}") from problem
    if 2.0 * drawn.max_radius >= vehicle.pitch:
        raise PackageError(f"{name}: its joint is {2e6 * drawn.max_radius:.4g} um wide and bridges to its neighbour")
    outline: Any = drawn.meridian(_CHORD)[::-1]
    return Joint(np.ascontiguousarray(outline[:, 0]), np.ascontiguousarray(outline[0, 1] - outline[:, 1]), "joint", alloy)

