"""The unit cell in a plane: die, structure, joint and board of one bump, projected on the line through pad and bump, as finite elements.

What is assumed: everything in a strip about that line moves alike across it, each body with its own width; die and board keep their backs
flat and parallel, as neighbours hold them, and no net force pulls them apart; along x they stretch freely, the board displaced beside the
die by what the distance from the neutral point asks for. Out of the plane every body on the die strains as the die and every body on the
board as the board; the joint and the line, narrow beside what they stand on, each by one strain of its own without a net force. Turns may
be large, strains are small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..geometry.mesh import Mesh, MeshError
from ..geometry.mesh_plane import BOARD, MASK, PAD, plane_mesh
from ..physics.elasticity import Constraints, ContinuumBlock, LoadStep, Model
from ..physics.interfaces import CohesiveBlock, ContactBlock, MixedMode
from .constitution import Laws
from .structure import Structure
from .vehicle import Vehicle

UNDERFILL = "underfill"
ROOM = 298.15  # K
LARGEST_STRAIN = 0.15  # averaged over a layer or the line's thickness: half its square, 1 %, is what small strain is wrong by (our choice)
# Pa; below it a body is a rubber, sheared by more than its thickness: a neo-Hookean one answers shear in proportion, as small strain does,
# where Hooke's law of large turns would soften and give way. What is softer than glassy polymers by a factor of ten (our choice).
_RUBBER = 1e8
_COARSE = 0.4  # of a mesh that is made to see what lies where
_OVERLAP = 1e2  # contact stiffness over modulus per gap: the sides overlap by a hundredth of what the free part sinks (our choice)


@dataclass(frozen=True)
class PlaneCell:
    """A meshed cell with its laws, its unknowns and what is held.

    structure, mesh, laws : what it is made of;  blocks : by part;  contacts, cohesive : blocks by (lower, upper)
    model : the finite-element model;  extra : numbers of the out-of-plane strains of die, board, joint and line
    stress_free : [K];  die, board : names of their materials;  distance : [m] from the neutral point, of which U(T) follows
    outward : +1 where the pad lies between the neutral point and the bump, -1 beyond it
    """

    structure: Structure
    mesh: Mesh
    laws: Laws
    blocks: dict[str, ContinuumBlock]
    contacts: dict[tuple[str, str], ContactBlock]
    cohesive: dict[tuple[str, str], CohesiveBlock]
    model: Model
    extra: tuple[int, int, int, int]
    stress_free: float
    die: str
    board: str
    outward: int
    tied: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    def free_strains(self, temperature: float) -> tuple[float, float]:
        """Free strains of die and board [1] at a temperature [K]."""
        return tuple(self.laws.expansion(name, temperature, self.stress_free) for name in (self.die, self.board))

    def shift(self, temperature: float, distance: float) -> float:
        """Displacement of the board beside the die [m] at a temperature [K] and a distance from the neutral point [m]."""
        die, board = self.free_strains(temperature)
        return self.outward * distance * (board - die)

    def held(self, temperature: float, distance: float) -> dict[str, np.ndarray | float]:
        """Values of all that is held, by name, at a temperature [K] and a distance from the neutral point [m]."""
        die, board = self.free_strains(temperature)
        x = self.mesh.nodes[:, 0]
        sets, move = self.mesh.sets, self.shift(temperature, distance)
        sides = np.concatenate([sets["left"], sets["right"]])
        others = np.concatenate([sets["board_left"], sets["board_right"]])
        return {
            "die_sides": die * x[sides], "board_sides": board * x[others] + move,
            "out_of_plane": np.array([die, board]),
        }  # fmt: skip

    def step(self, time: float, temperature: float, distance: float) -> LoadStep:
        """A load step that ends at a time [s], a temperature [K] and a distance from the neutral point [m]."""
        return LoadStep(time, temperature, self.held(temperature, distance))

    def shear_force(self, reactions: np.ndarray) -> float:
        """Force that the board exerts on the bump along x [N], from the reactions of a step."""
        sets = self.mesh.sets
        nodes = np.unique(np.concatenate([sets["board_left"], sets["board_right"]]))
        return float(reactions[2 * nodes].sum())


def plane_cell(
    structure: Structure,
    vehicle: Vehicle,
    laws: Laws,
    *,
    split: Sequence[tuple[str, str]] = (),
    loose: Sequence[tuple[str, str]] = (),
    cohesive: dict[tuple[str, str], MixedMode] | None = None,
    refine: float = 1.0,
    outward: int = 1,
    linear: bool = False,
    stress_free: float | None = None,
    viscosity: float = 0.0,
) -> PlaneCell:
    """Mesh a structure on its board and give every body its law.

    Parameters
    ----------
    structure, vehicle, laws : of the bump, its die and board, and of every material
    split : (upper, lower) joints whose nodes are double, tied to one another
    loose : those of them that have let go: they may part and touch
    cohesive : laws of those that open by them
    refine : how many times as fine as usual [dimensionless]
    outward : +1 where the pad lies on the neutral point's side of the bump, -1 beyond it
    linear : small turns and elastic metals alone, for energy release rates
    stress_free : [K]; by default the joint's solidus
    viscosity : time by which damage of cohesive joints lags [s]

    Raises
    ------
    PackageError, MeshError : a property that is not known; a mesh that cannot be made.
    """
    filled = next((name for name in structure.liquids if structure.roles[name] == "mask"), "")
    names = {structure.stack.material(n) for n in structure.stack.names[:-1] if n not in structure.without}
    laws.check({*names, structure.alloy, structure.board.material, structure.board.pad_material, structure.board.mask_material})
    mesh = plane_mesh(
        structure.stack, structure.joint, structure.board, without=structure.without, ground=structure.ground, split=split,
        filled=UNDERFILL if filled else "", refine=refine,
    )  # fmt: skip
    nodes = len(mesh.nodes)
    extra = (2 * nodes, 2 * nodes + 1, 2 * nodes + 2, 2 * nodes + 3)
    strains = {structure.joint.name: extra[2], BOARD: extra[1], PAD: extra[1], MASK: extra[1], **dict.fromkeys(structure.metals, extra[3])}
    free_of_stress = structure.solidus if stress_free is None else stress_free
    blocks = {}
    for part in mesh.parts:
        material = UNDERFILL if part.name == UNDERFILL else part.material
        blocks[part.name] = ContinuumBlock(
            mesh.nodes, part.cells, laws.elastic(material) if linear else laws[material], widths=part.widths,
            kinematics="generalised_plane_strain", stress_free_temperature=free_of_stress,
            rotations=not linear and _modulus(laws, material) > _RUBBER, extra_dof=strains.get(part.name, extra[0]),
        )  # fmt: skip
    held = held_edges(mesh, extra)
    parting = dict(cohesive or {})
    stiffest = {n: _modulus(laws, structure.stack.material(n)) for n in structure.stack.names[:-1] if n not in structure.without}
    contacts, opening, tied = {}, {}, {}
    for pair in mesh.gaps:
        contacts[pair.lower, pair.upper] = _contact(mesh, pair, stiffest)
    for pair in mesh.interfaces:
        key = (pair.upper, pair.lower)
        if key in parting:
            opening[key] = CohesiveBlock(
                mesh.nodes, pair.lower_nodes, pair.upper_nodes, parting[key], widths=pair.widths, viscosity=viscosity, follows=True
            )
        elif key in loose:
            contacts[pair.lower, pair.upper] = _contact(mesh, pair, stiffest)
        else:
            both = np.unique(np.stack([pair.lower_nodes.ravel(), pair.upper_nodes.ravel()], 1), axis=0)
            tied[key] = both[both[:, 0] != both[:, 1]]
    _tie(held, tied)
    model = Model(2 * nodes + len(extra), [*blocks.values(), *contacts.values(), *opening.values()], held)
    carrier = next(n for n, role in structure.roles.items() if role == "carrier")
    return PlaneCell(
        structure, mesh, laws, blocks, contacts, opening, model, extra, free_of_stress, structure.stack.material(carrier),
        structure.board.material, outward, tied,
    )  # fmt: skip


def lies_flat(structure: Structure, joint: tuple[str, str]) -> bool:
    """Whether an (upper, lower) joint has a level part in the strip: those that lie on walls alone do not part in a plane cell."""
    try:
        plane_mesh(
            structure.stack, structure.joint, structure.board, without=structure.without, ground=structure.ground, split=[joint],
            refine=_COARSE,
        )  # fmt: skip
    except MeshError:
        return False
    return True


def held_edges(mesh: Mesh, extra: tuple[int, ...]) -> Constraints:
    """What holds a cell: the die's back, the board's flat back, the sides of both, and the strains out of the plane."""
    held, sets = Constraints(), mesh.sets
    held.fix(2 * sets["die_back"] + 1, 0.0)
    held.equal(2 * sets["board_back"] + 1)
    sides = np.concatenate([sets["left"], sets["right"]])
    others = np.concatenate([sets["board_left"], sets["board_right"]])
    held.fix(2 * sides, 0.0, "die_sides")
    held.fix(2 * others, 0.0, "board_sides")
    held.fix(np.array(extra[:2]), 0.0, "out_of_plane")
    return held


def _tie(held: Constraints, tied: dict[tuple[str, str], np.ndarray]) -> None:
    pairs = np.unique(np.concatenate([one for one in tied.values()]), axis=0) if tied else ()
    for lower, upper in pairs:
        for component in (0, 1):
            held.equal([2 * lower + component, 2 * upper + component])


def _modulus(laws: Laws, material: str) -> float:
    return laws.number(material, "young_modulus")


def _contact(mesh: Mesh, pair, stiffest: dict[str, float]) -> ContactBlock:
    """A gap that may close; its stiffness is that of the softer side over the gap's height or an element's length."""
    soft = min(stiffest[pair.lower], stiffest[pair.upper])
    edge = np.linalg.norm(mesh.nodes[pair.lower_nodes[:, 1]] - mesh.nodes[pair.lower_nodes[:, 0]], axis=1)
    reach = max(float(pair.heights.max()), float(np.median(edge)))
    return ContactBlock(
        mesh.nodes, pair.lower_nodes, pair.upper_nodes, pair.heights, penalty=_OVERLAP * soft / reach, widths=pair.widths
    )
