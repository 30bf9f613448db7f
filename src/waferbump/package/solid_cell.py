"""The unit cell as a solid: die, structure, joint and board of one bump as hexahedra, nothing projected.

What is assumed beside the plane cell's geometry is the same: die and board keep their backs flat and parallel and no net force pulls them
apart; in their plane they stretch freely, the board displaced beside the die by what the distance from the neutral point asks for, along
any direction, or along x of a plan that y = 0 halves. The plane cell is this one projected; what that costs is measured by comparing them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import shapely

from ..geometry.mesh import Board, Joint, Mesh, Pairs
from ..geometry.mesh_solid import solid_mesh
from ..geometry.partition import TICKS_PER_METRE
from ..geometry.stack import Stack
from ..physics.elasticity import Constraints, ContinuumBlock, LoadStep, Model
from ..physics.interfaces import CohesiveBlock, ContactBlock
from .constitution import Laws
from .plane_cell import _RUBBER, _modulus
from .structure import Structure
from .vehicle import PackageError, Vehicle

SIZE = 60e-6  # largest element in plan [m]: eight along a site's side (our choice)
REFINE = 0.5  # of the mesh's own measure, which is for elastic solves (our choice)
_OVERLAP = 1e2  # contact stiffness over modulus per gap, as of the plane cell
_ROOM = 25e-6  # m; of die and board beyond the joint and the board's openings (our choice)


@dataclass(frozen=True)
class SolidCell:
    """A meshed solid cell with its laws, its unknowns and what is held.

    structure, mesh, laws : what it is made of;  blocks : by part;  contacts : blocks by (lower, upper);  model : the finite-element model
    stress_free : [K];  die, board : names of their materials;  half : whether y = 0 is a plane of symmetry
    tied : pairs of nodes by (upper, lower) joint
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
    half: bool
    outward: int = 1
    tied: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    cohesive: dict[tuple[str, str], CohesiveBlock] = field(default_factory=dict)  # none: joints that open are the plane cell's

    def free_strains(self, temperature: float) -> tuple[float, float]:
        """Free strains of die and board [1] at a temperature [K]."""
        return tuple(self.laws.expansion(name, temperature, self.stress_free) for name in (self.die, self.board))

    def shift(self, temperature: float, distance: float) -> float:
        """Displacement of the board beside the die [m] at a temperature [K] and a distance from the neutral point [m]."""
        die, board = self.free_strains(temperature)
        return self.outward * distance * (board - die)

    def held(self, temperature: float, distance: float, direction: float = 0.0) -> dict[str, np.ndarray]:
        """Values of all that is held, by name.

        Parameters
        ----------
        temperature : [K];  distance : from the neutral point [m]
        direction : from the neutral point to the bump, from the x axis [rad]
        """
        return self.displaced(temperature, self.shift(temperature, distance), direction)

    def displaced(self, temperature: float, shift: float, direction: float = 0.0) -> dict[str, np.ndarray]:
        """The same for a shift of the board over the die [m] at a temperature [K], along a direction from the x axis [rad]."""
        if self.half and abs(np.sin(direction)) > 1e-9:
            raise PackageError("a halved cell is shifted along x alone: make the whole one to shift it across")
        strains, (x, y) = self.free_strains(temperature), self.mesh.nodes[:, :2].T
        moves = shift * np.cos(direction), shift * np.sin(direction)
        return {
            f"{body}_{axis}": strain * place[nodes] + (move if body == "board" else 0.0)
            for body, strain in zip(("die", "board"), strains, strict=True)
            for axis, place, move in (("x", x, moves[0]), ("y", y, moves[1]))
            for nodes in [side_nodes(self.mesh, body, axis, self.half)]
        }

    def step(self, time: float, temperature: float, distance: float, direction: float = 0.0) -> LoadStep:
        """A load step that ends at a time [s], a temperature [K], a distance [m] and a direction [rad]."""
        return LoadStep(time, temperature, self.held(temperature, distance, direction))

    def force(self, reactions: np.ndarray) -> np.ndarray:
        """Force that the board exerts on the bump along x and y [N], shape (2,), from the reactions of a step; of the whole bump."""
        along = reactions[3 * side_nodes(self.mesh, "board", "x", self.half)].sum()
        if self.half:
            return np.array([2.0 * along, 0.0])
        return np.array([along, reactions[3 * side_nodes(self.mesh, "board", "y", False) + 1].sum()])

    def shear_force(self, reactions: np.ndarray) -> float:
        """Force that the board exerts on the bump along x [N], from the reactions of a step; of the whole bump."""
        return float(self.force(reactions)[0])


def solid_cell(
    structure: Structure,
    vehicle: Vehicle,
    laws: Laws,
    *,
    refine: float = REFINE,
    size: float | None = SIZE,
    linear: bool = False,
    stress_free: float | None = None,
    half: bool = True,
    split: Sequence[tuple[str, str]] = (),
    loose: Sequence[tuple[str, str]] = (),
    outward: int = 1,
    solver: str = "auto",
) -> SolidCell:
    """Mesh a structure on its board as a solid and give every body its law.

    A site whose bump stands so far off its middle that the joint or the board's openings reach over its edge is widened there: its outer
    columns go on.

    Parameters
    ----------
    structure, vehicle, laws : of the bump, its die and board, and of every material
    refine, size : of the mesh [dimensionless; m], see `solid_mesh`
    linear : small turns, elastic metals, gaps that stay open: stiffness alone, solved at once
    stress_free : [K]; by default the joint's solidus
    half : the part y >= 0 of a symmetric plan
    split : (upper, lower) joints whose nodes are double, tied to one another;  loose : those that have let go: they may part and touch
    outward : +1 where the pad lies on the neutral point's side of the bump, -1 beyond it;  solver : see `Model`

    Raises
    ------
    PackageError, MeshError : a property that is not known; an underfill, which is not modelled; a mesh that cannot be made.
    """
    if filled := [name for name in structure.liquids if structure.roles[name] == "mask"]:
        raise PackageError(f"{structure.flow}: its fill ({', '.join(filled)}) is not modelled in the solid cell; the plane cell has it")
    names = {structure.stack.material(n) for n in structure.stack.names[:-1] if n not in structure.without}
    laws.check({*names, structure.alloy, structure.board.material, structure.board.pad_material, structure.board.mask_material})
    mesh = solid_mesh(
        widened(structure.stack, structure.joint, structure.board), structure.joint, structure.board, without=structure.without,
        split=split, size=size, refine=refine, half=half,
    )  # fmt: skip
    # the joint's ends under the plane cell's names too, for what reads both
    mesh = replace(mesh, sets={**mesh.sets, "foot": mesh.sets["joint_foot"], "top": mesh.sets["joint_top"]})
    free_of_stress = structure.solidus if stress_free is None else stress_free
    blocks = {
        part.name: ContinuumBlock(
            mesh.nodes, part.cells, laws.elastic(part.material) if linear else laws[part.material], kinematics="solid",
            stress_free_temperature=free_of_stress, rotations=not linear and _modulus(laws, part.material) > _RUBBER,
        )
        for part in mesh.parts
    }  # fmt: skip
    held = held_faces(mesh, half)
    contacts, tied = {}, {}
    if not linear:
        contacts = {(pair.lower, pair.upper): _contact(mesh, pair, laws, structure) for pair in mesh.gaps}
    for pair in mesh.interfaces:
        key = (pair.upper, pair.lower)
        if key not in loose:
            both = np.unique(np.stack([pair.lower_nodes.ravel(), pair.upper_nodes.ravel()], 1), axis=0)
            tied[key] = both[both[:, 0] != both[:, 1]]
        elif not linear and _flat(mesh, pair):
            contacts[pair.lower, pair.upper] = _contact(mesh, pair, laws, structure)
    for lower, upper in np.unique(np.concatenate(list(tied.values())), axis=0) if tied else ():
        for component in range(3):
            held.equal([3 * lower + component, 3 * upper + component])
    model = Model(3 * len(mesh.nodes), [*blocks.values(), *contacts.values()], held, solver=solver)
    carrier = next(n for n, role in structure.roles.items() if role == "carrier")
    return SolidCell(
        structure, mesh, laws, blocks, contacts, model, free_of_stress, structure.stack.material(carrier), structure.board.material,
        half, outward, tied,
    )  # fmt: skip


def widened(stack: Stack, joint: Joint, board: Board) -> Stack:
    """A site whose edges stand clear of the joint and the board's openings: what lies at an edge that is too near goes on outwards."""
    opening = board.mask_opening if board.mask_thickness > 0.0 else 0.0
    reach = max(float(np.max(joint.radius)), board.pad_diameter / 2, opening / 2) + _ROOM
    window = stack.window
    wanted = tuple(min(e, -reach) if k < 2 else max(e, reach) for k, e in enumerate(window))
    if wanted == window:
        return stack
    old, new = (np.rint(np.array(edges) * TICKS_PER_METRE) for edges in (window, wanted))

    def moved(xy: np.ndarray) -> np.ndarray:
        out = xy.copy()
        for k in range(4):
            out[xy[:, k % 2] == old[k], k % 2] = new[k]
        return out

    return replace(stack, shapes=tuple(shapely.transform(shape, moved) for shape in stack.shapes))


def side_nodes(mesh: Mesh, body: str, axis: str, half: bool) -> np.ndarray:
    """Nodes of the sides of "die" or "board" that face along "x" or "y"; of a half, the plane of symmetry is none of them."""
    prefix = "board_" if body == "board" else ""
    names = ("left", "right") if axis == "x" else ("rear",) if half else ("front", "rear")
    return np.unique(np.concatenate([mesh.sets[prefix + name] for name in names]))


def held_faces(mesh: Mesh, half: bool) -> Constraints:
    """What holds a solid cell: the die's back, the board's flat back, the sides of both, the plane of symmetry."""
    held, sets = Constraints(), mesh.sets
    held.fix(3 * sets["die_back"] + 2, 0.0)
    held.equal(3 * sets["board_back"] + 2)
    if half:
        held.fix(3 * sets["symmetry"] + 1, 0.0)
    for body in ("die", "board"):
        for component, axis in enumerate("xy"):
            held.fix(3 * side_nodes(mesh, body, axis, half) + component, 0.0, f"{body}_{axis}")
    return held


def _flat(mesh: Mesh, pair: Pairs) -> bool:
    return float(np.ptp(mesh.nodes[pair.lower_nodes, 2], axis=1).max()) < 1e-9


def _contact(mesh: Mesh, pair: Pairs, laws: Laws, structure: Structure) -> ContactBlock:
    """A gap that may close; its stiffness is that of the softer side over the gap's height or an element's length."""
    soft = min(laws.number(structure.stack.material(name), "young_modulus") for name in (pair.lower, pair.upper))
    edge = np.linalg.norm(mesh.nodes[pair.lower_nodes[:, 1]] - mesh.nodes[pair.lower_nodes[:, 0]], axis=1)
    reach = max(float(pair.heights.max()), float(np.median(edge)))
    return ContactBlock(mesh.nodes, pair.lower_nodes, pair.upper_nodes, pair.heights, penalty=_OVERLAP * soft / reach)
