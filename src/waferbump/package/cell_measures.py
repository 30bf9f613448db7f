"""What is read off a plane cell: damage of the joint in its layers, strain of the line, turn of the suspended part, gaps, forces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..physics.elasticity import ContinuumBlock
from .plane_cell import PlaneCell

SIDES = ("component", "board")
_SLACK = 1.05  # an element this much thicker than a layer still resolves it: levels lie within a micrometre of 25 (our choice)
_SHEAR = np.array([1.0, 1.0, 1.0, 0.5, 0.5, 0.5])  # engineering shears to components of the tensor

CellFields = dict[str, dict[str | tuple[str, str], np.ndarray]]  # by name, then by part or joint


def equivalent_strain(strain: np.ndarray) -> np.ndarray:
    """Equivalent strain sqrt(2/3 e:e) [1] of strains (n, 6), e the deviator."""
    tensor = np.asarray(strain) * _SHEAR
    tensor = tensor - np.concatenate([np.repeat(tensor[:, :3].mean(1)[:, None], 3, 1), np.zeros((len(tensor), 3))], 1)
    return np.sqrt(2.0 / 3.0 * ((tensor[:, :3] ** 2).sum(1) + 2.0 * (tensor[:, 3:] ** 2).sum(1)))


def equivalent_stress(stress: np.ndarray) -> np.ndarray:
    """Von Mises stress [Pa] of stresses (n, 6)."""
    mean = stress[:, :3].mean(1)[:, None]
    return np.sqrt(1.5 * (((stress[:, :3] - mean) ** 2).sum(1) + 2.0 * (stress[:, 3:] ** 2).sum(1)))


def by_cell(block: ContinuumBlock, values: np.ndarray) -> np.ndarray:
    """Averages over the elements of values at a block's points, shape (elements, ...)."""
    values = np.asarray(values)
    flat = values.reshape(len(values), -1)
    weight = np.bincount(block.cell_of, block.volume)
    summed = np.stack([np.bincount(block.cell_of, block.volume * flat[:, k]) for k in range(flat.shape[1])], 1)
    return (summed / weight[:, None]).reshape(len(weight), *values.shape[1:])


@dataclass(frozen=True)
class Layer:
    """A slice of the joint next to one of its ends: share of every element's volume that lies in it.

    side : one of SIDES;  thickness : [m];  weights : volume of each element inside [m^3], shape (elements,)
    resolved : whether it is at least one element thick
    """

    side: str
    thickness: float
    weights: np.ndarray
    resolved: bool

    def average(self, values: np.ndarray) -> float:
        """Volume average of a value by element."""
        return float(self.weights @ values / self.weights.sum())


def joint_layer(cell: PlaneCell, side: str, thickness: float) -> Layer:
    """The slice of a thickness [m] at the component's or the board's end of the joint; elements count with their share of height inside.

    Solder that fills a dimple of the metal below the plane of its edge belongs to no slice.
    """
    block = cell.blocks[cell.structure.joint.name]
    z = cell.mesh.nodes[block.cells, 1]
    low, high = z.min(1), z.max(1)
    bottom, top = float(cell.mesh.nodes[cell.mesh.sets["foot"], 1].max()), float(z.max())
    a, b = (bottom, bottom + thickness) if side == SIDES[0] else (top - thickness, top)
    inside = np.clip((np.minimum(high, b) - np.maximum(low, a)) / (high - low), 0.0, 1.0)
    first = (low <= a + 1e-9) & (high > a + 1e-9) if side == SIDES[0] else (high >= b - 1e-9)
    resolved = bool((high - low)[first].max() <= thickness * _SLACK)
    return Layer(side, thickness, inside * np.bincount(block.cell_of, block.volume), resolved)


def line_parts(cell: PlaneCell) -> tuple[str, ...]:
    """The conductors between pad and joint of the metal that most of them are of: what may fatigue or tear before the joint."""
    names = [n for n in cell.structure.metals if n in cell.blocks]
    volume: dict[str, float] = {}
    for name in names:
        material = cell.structure.stack.material(name)
        volume[material] = volume.get(material, 0.0) + float(cell.blocks[name].volume.sum())
    main = max(volume, key=volume.get) if volume else ""
    return tuple(n for n in names if cell.structure.stack.material(n) == main)


def line_strains(cell: PlaneCell) -> dict[str, np.ndarray]:
    """Strain of the line's elements now, free expansion taken off, shape (elements, 6) by part."""
    found = {}
    for name in line_parts(cell):
        block = cell.blocks[name]
        free = np.asarray(block.material.thermal_strain(block.temperature, block.stress_free_temperature))
        found[name] = by_cell(block, block.strain - free)
    return found


@dataclass(frozen=True)
class LineStrain:
    """The largest strain in the line: its size [1], where it is (x, z) [m], and in which part."""

    size: float
    place: tuple[float, float]
    part: str


def largest_line_strain(cell: PlaneCell, strains: dict[str, np.ndarray]) -> LineStrain:
    """The largest equivalent strain in the line, averaged over its own thickness along it and half of that through it.

    Averaging keeps a corner, where strain grows without end as elements shrink, from deciding; what bends keeps its outer half.
    """
    if not strains:
        return LineStrain(0.0, (0.0, 0.0), "")
    names = list(strains)
    corners = [cell.mesh.nodes[cell.blocks[n].cells] for n in names]
    centre = np.concatenate([c.mean(1) for c in corners])
    volume = np.concatenate([np.bincount(cell.blocks[n].cell_of, cell.blocks[n].volume) for n in names])
    strain, owner = np.concatenate([strains[n] for n in names]), np.repeat(np.arange(len(names)), [len(strains[n]) for n in names])
    thick = line_thickness(cell, names)
    size = np.empty(len(centre))
    for k, (x, z) in enumerate(centre):
        near = (np.abs(centre[:, 0] - x) <= 0.5 * thick) & (np.abs(centre[:, 1] - z) <= 0.25 * thick)
        size[k] = equivalent_strain((volume[near] @ strain[near] / volume[near].sum())[None])[0]
    worst = int(np.argmax(size))
    return LineStrain(float(size[worst]), (float(centre[worst, 0]), float(centre[worst, 1])), names[owner[worst]])


def line_thickness(cell: PlaneCell, names: Sequence[str]) -> float:
    """Thickness of the line [m]: of its parts together, where it is level (the middle of all columns of the mesh)."""
    low, high = {}, {}
    for name in names:
        for x, z in zip(cell.mesh.nodes[cell.blocks[name].cells, 0], cell.mesh.nodes[cell.blocks[name].cells, 1], strict=True):
            column = round(float(x.mean()) * 1e9)
            low[column], high[column] = min(low.get(column, np.inf), z.min()), max(high.get(column, -np.inf), z.max())
    return float(np.median([high[column] - low[column] for column in low]))


def turn(cell: PlaneCell, u: np.ndarray) -> float:
    """By how much the joint's foot has turned [rad], from the ends of the foot."""
    foot = cell.mesh.sets["foot"]
    x = cell.mesh.nodes[foot, 0]
    a, b = foot[np.argmin(x)], foot[np.argmax(x)]
    return float(np.arctan2(u[2 * b + 1] - u[2 * a + 1], x.max() - x.min() + u[2 * b] - u[2 * a]))


def foot_shift(cell: PlaneCell, u: np.ndarray) -> float:
    """By how much the joint's foot has moved along x over the die's surface [m]."""
    foot = cell.mesh.sets["foot"]
    surface = cell.mesh.sets["die_surface"]
    return float(u[2 * foot].mean() - np.interp(cell.mesh.nodes[foot, 0].mean(), *_sorted(cell, surface, u)))


def _sorted(cell: PlaneCell, nodes: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = nodes[np.argsort(cell.mesh.nodes[nodes, 0])]
    return cell.mesh.nodes[order, 0], u[2 * order]


def lift(cell: PlaneCell, u: np.ndarray) -> float:
    """By how much the board's back has risen from the die's [m]."""
    return float(u[2 * cell.mesh.sets["board_back"] + 1].mean() - u[2 * cell.mesh.sets["die_back"] + 1].mean())


def smallest_gap(cell: PlaneCell, u: np.ndarray) -> float:
    """What is left of the gaps at their narrowest [m]; infinite where there are none."""
    left = [float(np.min(b.heights + u[2 * b.pairs[:, 1] + 1] - u[2 * b.pairs[:, 0] + 1])) for b in cell.contacts.values()]
    return min(left, default=np.inf)


def stress_in(cell: PlaneCell, part: str) -> tuple[float, float]:
    """Volume average and largest element's von Mises stress of a part [Pa]."""
    block = cell.blocks[part]
    stress = by_cell(block, equivalent_stress(block.stress))
    weight = np.bincount(block.cell_of, block.volume)
    return float(weight @ stress / weight.sum()), float(stress.max())


def cell_fields(cell: PlaneCell) -> CellFields:
    """Fields of a plane cell's accepted state by element: averages over each.

    stress and strain [Pa, 1] in the order xx, yy, zz, xy, yz, zx (engineering shears), in axes that turn with the material (second
    Piola-Kirchhoff and Green-Lagrange where turns may be large), von Mises stress [Pa]; where a law keeps them, inelastic work [J/m^3] and
    equivalent inelastic strain [1]; damage [1] of interfaces that open by a law
    """
    fields: dict[str, dict[str | tuple[str, str], np.ndarray]] = {"stress": {}, "strain": {}, "von Mises stress": {}}
    for name, block in cell.blocks.items():
        fields["stress"][name] = by_cell(block, block.stress)
        fields["strain"][name] = by_cell(block, block.strain)
        fields["von Mises stress"][name] = by_cell(block, equivalent_stress(block.stress))
        for column in ("inelastic_work", "equivalent_inelastic_strain"):
            if column in block.material.state_names:
                fields.setdefault(column.replace("_", " "), {})[name] = by_cell(block, block.column(column))
    for (upper, lower), block in cell.cohesive.items():
        faces = next(len(i.widths) for i in cell.mesh.interfaces if (i.upper, i.lower) == (upper, lower))
        fields.setdefault("damage", {})[lower, upper] = np.asarray(block.damage).reshape(faces, -1).mean(axis=1)
    return fields
