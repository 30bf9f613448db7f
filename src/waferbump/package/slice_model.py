"""The diagonal slice: a strip of die and board from the neutral point to the corner with every joint of half the diagonal in it.

The industry's model of a whole array. The strip is as wide as holds one bump per bump of the diagonal (pitch / sqrt 2), its left end is a
plane of symmetry, die and board are free to bow and to slip; out of the plane die and board each stretch by an unknown strain of their own,
the same along the whole strip ("coupled flat"), joints and lines by one of their own. What each joint sees follows: shift, lift and tilt
of the board's end over the die's, and the energy that a cycle spends in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..geometry.mesh import Mesh
from ..geometry.mesh_columns import strip
from ..geometry.mesh_plane import BOARD, MASK, PAD, slice_mesh
from ..physics.elasticity import Constraints, ContinuumBlock, ConvergenceError, LoadStep, Model, march, solve
from ..physics.interfaces import ContactBlock
from ..physics.temperature_cycles import Cycle
from .cell_measures import _SLACK, SIDES, by_cell
from .constitution import Laws
from .cycling import LAYERS, _stops
from .plane_cell import _RUBBER, _contact, _modulus
from .solid_cell import widened
from .structure import Structure
from .vehicle import PackageError, Vehicle

SIZE = 32e-6  # m; of the largest element of films and joints: a slice has many (our choice)
REFINE = 0.7  # our choice
_SAME = 1e-9  # m


@dataclass(frozen=True)
class JointsSeen:
    """What the joints of a slice see, from the middle out; all shapes (joints,).

    positions : from the neutral point [m];  lateral : shift of the board's face over the die's, carried up rigidly [m]
    axial : how far the board's face has come off the die's [m]
    tilt : of the board against the die, positive where it rises outwards [rad]
    force : with which the board pulls the bump outwards [N]
    """

    positions: np.ndarray
    lateral: np.ndarray
    axial: np.ndarray
    tilt: np.ndarray
    force: np.ndarray


@dataclass(frozen=True)
class SliceCycled:
    """A slice after its cycles.

    positions : of the joints [m];  energy : of the last cycle by (side, thickness of the layer [m]) if resolved, (joints,) [J/m^3]
    cold, hot : what the joints see at the ends;  cycles : number of them;  change : of the worst joint's energy from the cycle before [1]
    """

    positions: np.ndarray
    energy: Mapping[tuple[str, float], np.ndarray]
    cold: JointsSeen
    hot: JointsSeen
    cycles: int
    change: float

    def worst(self, thickness: float) -> tuple[int, float, str]:
        """Number of the worst joint from the middle out, its energy [J/m^3] at that thickness of the layer [m], and the side."""
        side = max(SIDES, key=lambda s: float(self.energy[s, thickness].max()))
        found = self.energy[side, thickness]
        return int(np.argmax(found)), float(found.max()), side


@dataclass(frozen=True)
class SliceModel:
    """A meshed slice.

    structure, mesh, laws : what it is made of;  blocks : by part;  contacts : by (lower, upper);  model : the finite-element model
    stress_free : [K];  die, board : names of their materials;  positions : of the joints along the diagonal [m];  pitch : along it [m]
    edge : of the die [m]
    """

    structure: Structure
    mesh: Mesh
    laws: Laws
    blocks: dict[str, ContinuumBlock]
    contacts: dict[tuple[str, str], ContactBlock]
    model: Model
    stress_free: float
    die: str
    board: str
    positions: np.ndarray
    pitch: float
    edge: float

    def mismatch(self, temperature: float) -> float:
        """Free strain of the board less that of the die [1] at a temperature [K]."""
        die, board = (self.laws.expansion(name, temperature, self.stress_free) for name in (self.die, self.board))
        return board - die

    def seen(self, u: np.ndarray) -> JointsSeen:
        """What the joints see at displacements u [m] of the last accepted state."""
        motion = {body: self._motion(u, body) for body in ("die", "board")}
        height = self.structure.joint.stand_off
        lateral = motion["board"][:, 0] - (motion["die"][:, 0] - motion["die"][:, 2] * height)
        return JointsSeen(
            self.positions,
            lateral,
            motion["board"][:, 1] - motion["die"][:, 1],
            motion["board"][:, 2] - motion["die"][:, 2],
            self._forces(),
        )

    def joint_cells(self) -> np.ndarray:
        """For each element of the joints' block, the number of its joint."""
        centre = self.mesh.nodes[self.blocks[self.structure.joint.name].cells, 0].mean(1)
        return np.abs(centre[:, None] - self.positions).argmin(1)

    def _motion(self, u: np.ndarray, body: str) -> np.ndarray:
        """Mean rigid motion of a body over each joint's pitch: (u_x, u_z, slope) at the joint's end of it, shape (joints, 3)."""
        nodes, (foot, top) = self.mesh.nodes, _ends(self.mesh)
        name = BOARD if body == "board" else next(n for n, role in self.structure.roles.items() if role == "carrier")
        among = np.unique(self.blocks[name].cells)
        level = top if body == "board" else foot
        found = []
        for place in self.positions:
            here = among[np.abs(nodes[among, 0] - place) <= 0.5 * self.pitch * (1 + 1e-9)]
            x, z, one = nodes[here, 0] - place, nodes[here, 1] - level, np.ones(len(here))
            # u_x = a - slope z + stretch x + bending terms; u_z = c + slope x + 1/2 curvature x^2 + thickness change
            zero = np.zeros(len(here))
            rows = np.concatenate([np.stack([one, zero, -z, x, -x * z, zero], 1), np.stack([zero, one, x, zero, 0.5 * x**2, z], 1)])
            found.append(np.linalg.lstsq(rows, np.concatenate([u[2 * here], u[2 * here + 1]]), rcond=None)[0][:3])
        return np.array(found)

    def _forces(self) -> np.ndarray:
        """Shear force through each joint: the mean over its height above the foot of the integral of tau_xz [N]."""
        block = self.blocks[self.structure.joint.name]
        foot, top = _ends(self.mesh)
        above = (self.mesh.nodes[block.cells, 1].min(1) > foot - _SAME)[block.cell_of]
        share = np.where(above, block.volume * block.stress[:, 5], 0.0)
        return np.bincount(self.joint_cells()[block.cell_of], share, len(self.positions)) / (top - foot)


def slice_model(
    structure: Structure,
    vehicle: Vehicle,
    laws: Laws,
    edge: float,
    *,
    overhang: float | None = None,
    refine: float = REFINE,
    size: float = SIZE,
    linear: bool = False,
    stress_free: float | None = None,
) -> SliceModel:
    """Mesh the diagonal of a die with an even number of rows on its board.

    Parameters
    ----------
    structure, vehicle, laws : of the bump, its die and board, and of every material
    edge : of the die [m]
    overhang : of the board beyond the die's corner [m]; None: half the die's diagonal
    refine : how many times as fine as usual [dimensionless];  size : of the largest element of films and joints [m]
    linear : small turns, elastic metals, gaps that stay open: solved at once
    stress_free : [K]; by default the joint's solidus

    Raises
    ------
    PackageError : an odd number of rows, whose middle bump would be cut; a fill; properties that are not known.
    MeshError : a mesh that cannot be made.
    """
    if any(structure.roles[name] == "mask" for name in structure.liquids):
        raise PackageError(f"{structure.flow}: its fill is not modelled in the slice; the plane cell has it")
    rows = vehicle.rows(edge)
    if rows % 2 or rows < 2:
        raise PackageError(f"a die of {1e3 * edge:.4g} mm has {rows} rows of bumps; the slice cuts between bumps and needs an even number")
    names = {structure.stack.material(n) for n in structure.stack.names[:-1] if n not in structure.without}
    laws.check({*names, structure.alloy, structure.board.material, structure.board.pad_material, structure.board.mask_material})
    pitch, width = vehicle.pitch * np.sqrt(2.0), vehicle.pitch / np.sqrt(2.0)
    stack = widened(structure.stack, structure.joint, structure.board)  # the joint may bulge over its site's edge
    # no wider than the plane cell takes it, lest what is anchored beside a free part counts as held by it
    lane = strip(stack, structure.joint, structure.without, (), structure.ground, None, whole=True)
    mesh = slice_mesh(
        stack, structure.joint, structure.board, count=rows // 2, pitch=pitch, without=structure.without, ground=structure.ground,
        overhang=edge / np.sqrt(2.0) if overhang is None else overhang, half_width=min(lane.half_width, width / 2), body_width=width,
        size=size, refine=refine,
    )  # fmt: skip
    x0, x1 = stack.window[0], stack.window[2]
    positions = np.arange(rows // 2) * pitch + 0.5 * (pitch - (x1 - x0)) - x0
    free_of_stress = structure.solidus if stress_free is None else stress_free
    count = len(mesh.nodes)
    extra = range(2 * count, 2 * count + 4)  # strains across the strip: of the die's side, of the board, of the joints, of the lines
    strains = {structure.joint.name: extra[2], BOARD: extra[1], PAD: extra[1], MASK: extra[1], **dict.fromkeys(structure.metals, extra[3])}
    carrier = next(n for n, role in structure.roles.items() if role == "carrier")
    blocks = {}
    for part in mesh.parts:
        turns = not linear and part.name not in (carrier, BOARD) and _modulus(laws, part.material) > _RUBBER
        blocks[part.name] = ContinuumBlock(
            mesh.nodes, part.cells, laws.elastic(part.material) if linear else laws[part.material], widths=part.widths,
            kinematics="generalised_plane_strain", stress_free_temperature=free_of_stress,
            rotations=turns, extra_dof=strains.get(part.name, extra[0]),
        )  # fmt: skip
    stiffest = {n: _modulus(laws, structure.stack.material(n)) for n in structure.stack.names[:-1] if n not in structure.without}
    contacts = {} if linear else {(pair.lower, pair.upper): _contact(mesh, pair, stiffest) for pair in mesh.gaps}
    model = Model(2 * count + 4, [*blocks.values(), *contacts.values()], _held(mesh))
    return SliceModel(
        structure, mesh, laws, blocks, contacts, model, free_of_stress, structure.stack.material(carrier), structure.board.material,
        positions, pitch, edge,
    )  # fmt: skip


def _held(mesh: Mesh) -> Constraints:
    """The plane of symmetry, and one node that keeps the height."""
    held, sets = Constraints(), mesh.sets
    held.fix(2 * np.unique(np.concatenate([sets["left"], sets["board_left"]])), 0.0)
    back = sets["die_back"]
    held.fix(2 * back[np.argmin(mesh.nodes[back, 0])] + 1, 0.0)
    return held


def solved(model: SliceModel, temperature: float) -> JointsSeen:
    """What the joints of a slice see at a temperature [K], all at once: for linear slices."""
    return model.seen(solve(model.model, temperature).u)


def cycled_slice(
    model: SliceModel, cycle: Cycle, *, cycles: int = 1, steps: float = 1.0, tolerance: float = 1e-4,
    progress: Callable[[int, int], None] | None = None,
) -> SliceCycled:  # fmt: skip
    """March a slice through thermal cycles from where it is free of stress.

    Parameters
    ----------
    model, cycle : what is cycled, and how;  cycles : whole cycles after the first cooling [1]
    steps : how many times as many load steps as usual [dimensionless]
    tolerance : of the forces' balance, relative [dimensionless]
    progress : called with the load steps done and their number

    Raises
    ------
    PackageError : the cycle reaches the joint's solidus, or no equilibrium is found, with the time at which.
    """
    structure = model.structure
    if cycle.high >= structure.solidus:
        raise PackageError(f"the cycle reaches {cycle.high - 273.15:.4g} degC, where {structure.alloy} melts: no life is known there")
    time, temperature = cycle.profile(cycles + 1, model.stress_free, first="cool")
    load, marks = _stops(time, temperature, cycle, steps)
    end = [k for k, mark in enumerate(marks) if mark == "cold"][cycles] + 1
    load, marks = load[:end], marks[:end]
    block, of = model.blocks[structure.joint.name], model.joint_cells()
    weights, work, seen = _layer_weights(model), [], {}

    def watch(result) -> None:
        if mark := marks[result.number]:
            seen[mark] = model.seen(result.u)
            if mark == "cold":
                work.append(by_cell(block, block.column("inelastic_work")))
        if progress is not None:
            progress(result.number + 1, len(load))

    try:
        march(
            model.model, [LoadStep(t, k) for t, k in load], start=LoadStep(0.0, model.stress_free), tolerance=tolerance, on_step=watch,
            keep=False,
        )  # fmt: skip
    except ConvergenceError as problem:
        raise PackageError(f"{structure.flow}: {problem}") from problem
    count = len(model.positions)
    energy = [
        {key: np.bincount(of, w * (b - a), count) / np.bincount(of, w, count) for key, w in weights.items()} for a, b in pairwise(work)
    ]
    last, before = (max(float(one[side, LAYERS[1]].max()) for side in SIDES) for one in (energy[-1], energy[max(len(energy) - 2, 0)]))
    return SliceCycled(model.positions, energy[-1], seen["cold"], seen["hot"], cycles, last / before - 1.0 if before else 0.0)


def _ends(mesh: Mesh) -> tuple[float, float]:
    """Heights of the joints' feet, above what solder fills a dimple of the metal, and of their tops [m]."""
    return float(mesh.nodes[mesh.sets["foot"], 1].max()), float(mesh.nodes[mesh.sets["top"], 1].min())


def _layer_weights(model: SliceModel) -> dict[tuple[str, float], np.ndarray]:
    """Volume of each of the joints' elements in the layers at their ends [m^3], by (side, thickness [m]), resolved ones."""
    block = model.blocks[model.structure.joint.name]
    z = model.mesh.nodes[block.cells, 1]
    low, high, volume = z.min(1), z.max(1), np.bincount(block.cell_of, block.volume)
    foot, top = _ends(model.mesh)
    found = {}
    for thickness in LAYERS:
        for side, (a, b) in zip(SIDES, ((foot, foot + thickness), (top - thickness, top)), strict=True):
            if (high - low)[(low < b) & (high > a)].max() <= thickness * _SLACK:
                found[side, thickness] = volume * np.clip((np.minimum(high, b) - np.maximum(low, a)) / (high - low), 0.0, 1.0)
    if any((side, LAYERS[1]) not in found for side in SIDES):
        raise PackageError(f"{model.structure.flow}: a layer of {1e6 * LAYERS[1]:.3g} um of the joints is not resolved: refine the mesh")
    return found
