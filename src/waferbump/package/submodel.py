"""The submodel: what the worst joint of a whole package sees, imposed on a plane cell of that joint.

The global model takes die and board as plates and every bump as a spring, the plane cell's own, turned so that it points away from the
neutral point. What it finds between the plates at the corner (shift, lift, tilt) is imposed on the sides and the back of the cell's board,
on top of what the cell does when nothing is imposed. The plates are elastic: all three grow with the mismatch of die and board; a joint
that flows enters with its secant stiffness over a cycle. Springs are linear: that a suspended part rises with the square of its shift, and
all of them together lift the board off the die, is not in it; the slice has that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ..physics.elasticity import Constraints, Model, solve
from ..physics.temperature_cycles import Cycle
from .constitution import Laws
from .cycling import Cycled, cycled
from .global_model import Plate, global_model
from .plane_cell import PlaneCell, _tie, plane_cell
from .sharing import BOARD
from .solids import array_of
from .structure import Structure
from .vehicle import Vehicle

_KNOTS = 5  # temperatures at which the cell's free height is found: it is nearly a straight line
_PROBE = 1e-7  # m, of the three motions by which the cell's spring is found


@dataclass(frozen=True)
class CutBoundary:
    """What the corner joint sees for a unit of mismatch strain, and how it was found.

    distance : of the joint from the neutral point [m];  lateral, axial : shift and lift of the board's face over the die's [m]
    tilt : slope of the board against the die, positive where it rises outwards [rad];  ratio : lateral over the free mismatch [1]
    spring : of one bump for (lateral, axial, tilt) [N/m, N, N m], shape (3, 3)
    """

    distance: float
    lateral: float
    axial: float
    tilt: float
    ratio: float
    spring: np.ndarray


@dataclass(frozen=True)
class Submodel(PlaneCell):
    """A plane cell of the corner joint whose board moves as the package has it; distances handed to it are ignored, for its own is known.

    boundary : for a unit of mismatch;  heights : (temperature [K], rise of the board's back when nothing pulls [m]), shape (knots, 2)
    """

    boundary: CutBoundary | None = None
    heights: np.ndarray | None = None

    def shift(self, temperature: float, distance: float = 0.0) -> float:
        """Displacement of the board's face beside the die [m] at a temperature [K]; the distance [m] is the boundary's own."""
        die, board = self.free_strains(temperature)
        return self.outward * self.boundary.lateral * (board - die)

    def held(self, temperature: float, distance: float = 0.0) -> dict[str, np.ndarray | float]:
        """Values of all that is held, by name, at a temperature [K]; the distance [m] is the boundary's own."""
        die, board = self.free_strains(temperature)
        lift, tilt = (board - die) * self.boundary.axial, self.outward * (board - die) * self.boundary.tilt
        free = float(np.interp(temperature, *self.heights.T))
        motion = board_motion(self, self.shift(temperature), free + lift, tilt)
        motion["board_sides"] = motion["board_sides"] + board * self.mesh.nodes[_board_sides(self), 0]
        return {**super().held(temperature, 0.0), **motion}


def board_motion(cell: PlaneCell, shift: float, lift: float, tilt: float) -> dict[str, np.ndarray]:
    """Values held for a rigid motion of the board about the middle of the joint's upper end.

    Parameters
    ----------
    cell : whose board moves
    shift : along x [m]
    lift : away from the die [m]
    tilt : slope, positive where the board rises along x [rad]
    """
    nodes, sets = cell.mesh.nodes, cell.mesh.sets
    face = float(nodes[sets["top"], 1].min())
    return {
        "board_sides": shift - tilt * (nodes[_board_sides(cell), 1] - face),
        "board_back": lift + tilt * nodes[sets["board_back"], 0],
    }


def cell_spring(structure: Structure, vehicle: Vehicle, laws: Laws, *, refine: float = 1.0) -> np.ndarray:
    """Elastic stiffness of a plane cell for (shift, lift, tilt) of its board [N/m, N, N m], shape (3, 3).

    Parameters
    ----------
    structure, vehicle, laws : as for `plane_cell`;  refine : how many times as fine as usual [dimensionless]

    Raises
    ------
    PackageError, MeshError : as `plane_cell`.
    """
    cell = _moved_by_board(plane_cell(structure, vehicle, laws, linear=True, refine=refine))
    nodes, sets = cell.mesh.nodes, cell.mesh.sets
    face = float(nodes[sets["top"], 1].min())
    sides, back = _board_sides(cell), sets["board_back"]
    still = cell.held(cell.stress_free, 0.0)
    reach = float(structure.joint.stand_off)
    found = np.zeros((3, 3))
    for k, size in enumerate((_PROBE, _PROBE, _PROBE / reach)):
        motion = [0.0, 0.0, 0.0]
        motion[k] = size
        for name, values in {**still, **board_motion(cell, *motion)}.items():
            cell.model.constraints.set(name, values)
        force = solve(cell.model, cell.stress_free).reactions
        along, up = force[2 * sides], force[2 * back + 1]
        found[:, k] = np.array([along.sum(), up.sum(), up @ nodes[back, 0] - along @ (nodes[sides, 1] - face)]) / size
    return 0.5 * (found + found.T)


def cut_boundary(spring: np.ndarray, vehicle: Vehicle, laws: Laws, edge: float, *, die: str, stand_off: float) -> CutBoundary:
    """What the corner joint of a package sees, every bump's spring turned away from the neutral point.

    Parameters
    ----------
    spring : of a bump for (lateral, axial, tilt) [N/m, N, N m], shape (3, 3); across the line to the neutral point it is as along it
    vehicle, laws : of the package
    edge : of the die [m]
    die : material of the die
    stand_off : between the faces of die and board [m]

    Raises
    ------
    GlobalModelError : a package that the global model cannot take;  PackageError : properties that are not known.
    """
    array, rows = array_of(laws, vehicle, die), vehicle.rows(edge)
    places = np.arange((rows % 2 == 0) * 0.5, rows / 2, 1.0) * vehicle.pitch
    x, y = (part.ravel() for part in np.meshgrid(places, places, indexing="ij"))
    plate = Plate((edge, edge), array.die_thickness, array.die_modulus, array.die_poisson, array.die_expansion)
    wide = BOARD * edge
    board = Plate((wide, wide), array.board_thickness, array.board_modulus, array.board_poisson, array.board_expansion)
    found = global_model(plate, board, vehicle.pitch, (rows, rows), _turned(spring, np.arctan2(y, x)), stand_off, 1.0 / array.mismatch)
    angle, distance = float(np.arctan2(y[-1], x[-1])), float(np.hypot(x[-1], y[-1]))
    way = np.array([np.cos(angle), np.sin(angle)])
    lateral = float(found.lateral[-1] @ way)
    # a turn about x lifts along y, a turn about y lowers along x
    tilt = float(found.tilt[-1] @ np.array([way[1], -way[0]]))
    return CutBoundary(distance, lateral, float(found.axial[-1]), tilt, lateral / distance if distance else 1.0, spring)


def submodel(
    structure: Structure, vehicle: Vehicle, laws: Laws, edge: float, *, softening: float = 1.0, spring: np.ndarray | None = None,
    refine: float = 1.0, stress_free: float | None = None, linear: bool = False,
) -> Submodel:  # fmt: skip
    """The plane cell of the corner joint of a die, driven by the package.

    Parameters
    ----------
    structure, vehicle, laws : as for `plane_cell`
    edge : of the die [m]
    softening : secant over elastic stiffness of the bumps, where they flow [1]
    spring : elastic, of a bump [N/m, N, N m], shape (3, 3); None: `cell_spring`
    refine, linear : as for `plane_cell` [dimensionless];  stress_free : [K]; by default the joint's solidus

    Raises
    ------
    PackageError, MeshError, GlobalModelError : as `plane_cell` and `cut_boundary`.
    """
    spring = cell_spring(structure, vehicle, laws, refine=refine) if spring is None else spring
    cell = _moved_by_board(plane_cell(structure, vehicle, laws, refine=refine, stress_free=stress_free, linear=linear))
    z = cell.mesh.nodes[:, 1]
    stand_off = float(z[cell.mesh.sets["top"]].min() - z[cell.mesh.sets["die_surface"]].max()) + structure.board.pad_thickness
    boundary = cut_boundary(softening * spring, vehicle, laws, edge, die=cell.die, stand_off=stand_off)
    heights = _free_heights(structure, vehicle, laws, cell.stress_free, refine)
    return Submodel(**{one.name: getattr(cell, one.name) for one in fields(PlaneCell)}, boundary=boundary, heights=heights)


def cycled_submodel(
    structure: Structure, vehicle: Vehicle, laws: Laws, edge: float, cycle: Cycle, *, rounds: int = 2, cycles: int = 1,
    refine: float = 1.0, steps: float = 1.0, progress: Callable[[int, int], None] | None = None,
) -> tuple[Submodel, Cycled]:  # fmt: skip
    """The corner joint's cell through thermal cycles, the package's springs softened as the joint is found to flow.

    Parameters
    ----------
    structure, vehicle, laws : as for `plane_cell`;  cycle : of temperature
    edge : of the die [m]
    rounds : of package and cell, the first with elastic springs [1]
    cycles : in each round [1];  refine, steps : of mesh and load steps, times the usual [dimensionless]
    progress : called with the load steps of a round done and their number

    Raises
    ------
    PackageError, MeshError, GlobalModelError : as `submodel` and `cycled`.
    """
    spring = cell_spring(structure, vehicle, laws, refine=refine)
    softening, made, found = 1.0, None, None
    for _ in range(max(1, rounds)):
        made = submodel(structure, vehicle, laws, edge, softening=softening, spring=spring, refine=refine)
        found = cycled(made, cycle, made.boundary.distance, cycles=cycles, steps=steps, progress=progress)
        softening = min(1.0, found.stiffness / spring[0, 0])
    return made, found


def _board_sides(cell: PlaneCell) -> np.ndarray:
    return np.concatenate([cell.mesh.sets["board_left"], cell.mesh.sets["board_right"]])


def _moved_by_board(cell: PlaneCell) -> PlaneCell:
    """The same cell, the height of its board's back held as well."""
    held, sets = Constraints(), cell.mesh.sets
    held.fix(2 * sets["die_back"] + 1, 0.0)
    held.fix(2 * sets["board_back"] + 1, 0.0, "board_back")
    held.fix(2 * np.concatenate([sets["left"], sets["right"]]), 0.0, "die_sides")
    held.fix(2 * _board_sides(cell), 0.0, "board_sides")
    held.fix(cell.model.constraints.named("out_of_plane"), 0.0, "out_of_plane")
    _tie(held, cell.tied)
    values: dict[str, Any] = {one.name: getattr(cell, one.name) for one in fields(PlaneCell)}
    return PlaneCell(**(values | {"model": Model(cell.model.ndof, cell.model.blocks, held)}))


def _free_heights(structure: Structure, vehicle: Vehicle, laws: Laws, stress_free: float, refine: float) -> np.ndarray:
    """Rise of the board's back [m] over the temperature [K] when nothing is imposed, shape (knots, 2): elastic."""
    cell = plane_cell(structure, vehicle, laws, linear=True, refine=refine, stress_free=stress_free)
    low, high = min(vehicle.cycle.low, stress_free), max(vehicle.cycle.high, stress_free)
    back, found = cell.mesh.sets["board_back"][0], []
    for temperature in np.linspace(low, high, _KNOTS):
        for name, values in cell.held(float(temperature), 0.0).items():
            cell.model.constraints.set(name, values)
        found.append((temperature, solve(cell.model, float(temperature)).u[2 * back + 1]))
    return np.array(found)


def _turned(spring: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """The 6 x 6 spring of bumps whose x axis is turned by an angle [rad] about z, shape (bumps, 6, 6)."""
    own = np.zeros((6, 6))
    own[0, 0] = own[1, 1] = spring[0, 0]
    own[2, 2] = spring[1, 1]
    own[3, 3] = own[4, 4] = spring[2, 2]
    own[0, 2] = own[2, 0] = spring[0, 1]
    # a slope along x is a turn about -y, a slope along y one about x
    own[0, 4] = own[4, 0] = -spring[0, 2]
    own[1, 3] = own[3, 1] = spring[0, 2]
    own[2, 4] = own[4, 2] = -spring[1, 2]
    cosine, sine, zero, one = np.cos(angle), np.sin(angle), np.zeros(len(angle)), np.ones(len(angle))
    turn = np.moveaxis(np.array([[cosine, -sine, zero], [sine, cosine, zero], [zero, zero, one]]), -1, 0)
    whole = np.zeros((len(angle), 6, 6))
    whole[:, :3, :3] = whole[:, 3:, 3:] = turn
    return whole @ own @ np.swapaxes(whole, 1, 2)
