"""Models as hexahedra with their constraints in equations: what CalculiX and Abaqus make of a plane model of varying width.

Every quadrilateral becomes a hexahedron as deep as it is wide. Its front nodes are the model's; its rear nodes are its own (those of equal
depth share them) and follow the front ones along x and z, and along y by depth times the out-of-plane strain. So bodies that lie over one
another in the plane share their front nodes alone, materials keep their constants, and volumes, forces and energies are the model's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..physics.elasticity import ContinuumBlock, LoadStep, Model
from ..physics.interfaces import ContactBlock
from .export_errors import ExportError

Term = tuple[int, int, float]  # node (from 0), axis (from 0), coefficient


@dataclass(frozen=True)
class Bodies:
    """A model's bodies as hexahedra.

    points : [m], shape (n, 3): the model's nodes, then rear ones, then points that carry an unknown which is no displacement
    elements : node numbers (m, 8) by block;  bodies, contacts : blocks of the model, in its order
    rear : of each rear node (front node, out-of-plane unknowns, factors), to be added to the nodes' number
    carriers : of each unknown of the model: (node, axis);  scales : of its values to mm, or 1 of a strain;  used : which are acted on
    """

    points: np.ndarray
    elements: tuple[np.ndarray, ...]
    bodies: tuple[ContinuumBlock, ...]
    contacts: tuple[ContactBlock, ...]
    rear: tuple[tuple[int, tuple[int, ...], tuple[float, ...]], ...]
    carriers: np.ndarray
    scales: np.ndarray
    used: np.ndarray
    front: int


def bodies_of(model: Model) -> Bodies:
    """The bodies of a model as hexahedra; ExportError where it holds what the codes have not."""
    bodies = tuple(b for b in model.blocks if isinstance(b, ContinuumBlock))
    contacts = tuple(b for b in model.blocks if isinstance(b, ContactBlock))
    if others := [type(b).__name__ for b in model.blocks if not isinstance(b, ContinuumBlock | ContactBlock)]:
        raise ExportError(f"the model holds a {others[0]}, which these files cannot state: leave out opening interfaces and springs")
    if not bodies:
        raise ExportError("the model holds no body of elements")
    if any(b.kinematics == "axisymmetric" for b in bodies):
        raise ExportError("a body of revolution is no set of hexahedra: export plane or solid models")
    if any(b.initial_strain.any() for b in bodies):
        raise ExportError("a body has an initial strain, which these files cannot state: leave it out")
    nodes, dimension = bodies[0].nodes, bodies[0].nodes.shape[1]
    if any(b.nodes.shape != nodes.shape or not np.array_equal(b.nodes, nodes) for b in bodies):
        raise ExportError("the bodies do not share one set of nodes")
    count = len(nodes)
    used = np.zeros(model.ndof, dtype=bool)
    for block in (*bodies, *contacts):
        used[block.dofs.ravel()] = True
    used[model.masters] = True
    carriers = np.zeros((model.ndof, 2), dtype=np.int64)
    scales = np.full(model.ndof, 1e3)
    axes = np.array((0, 2) if dimension == 2 else (0, 1, 2))
    plain = np.arange(count * dimension)
    carriers[plain] = np.stack([plain // dimension, axes[plain % dimension]], 1)
    points = np.zeros((count, 3))
    points[:, axes] = nodes
    elements, rear = tuple(b.cells for b in bodies), ()
    if dimension == 2:
        keys, elements = _extruded(bodies, count)
        behind = points[[front for front, *_ in keys]]
        behind[:, 1] = [width for _, width, _ in keys]
        points = np.concatenate([points, behind])
        rear = tuple(_rear(front, width, extras, nodes) for front, width, extras in keys)
    extra = np.arange(count * dimension, model.ndof)
    carriers[extra] = np.stack([len(points) + np.arange(len(extra)), np.zeros(len(extra), np.int64)], 1)
    for body in bodies:
        own = body.dofs[0, body.dofs.shape[1] - body.extra :]
        scales[own] = (1.0, 1e-3, 1e-3)[: body.extra]  # a strain, and its slopes per metre
    points = np.concatenate([points, np.zeros((len(extra), 3))])  # where those of them stand that carry no displacement does not matter
    return Bodies(points, elements, bodies, contacts, rear, carriers, scales, used, count)


def _extruded(bodies: Sequence[ContinuumBlock], count: int) -> tuple[list[tuple[int, float, tuple[int, ...]]], tuple[np.ndarray, ...]]:
    """Rear nodes (front node, depth, out-of-plane unknowns) and the hexahedra."""
    number: dict[tuple[int, float, tuple[int, ...]], int] = {}
    elements = []
    for body in bodies:
        extras = tuple(body.dofs[0, body.dofs.shape[1] - body.extra :].tolist())
        behind = np.empty_like(body.cells)
        for row, (cell, width) in enumerate(zip(body.cells.tolist(), body.widths.tolist(), strict=True)):
            behind[row] = [number.setdefault((node, width, extras), len(number)) for node in cell]
        # counterclockwise in (x, z) is clockwise seen along -y: the rear face comes first
        elements.append(np.hstack([count + behind, body.cells]))
    return list(number), tuple(elements)


def _rear(front: int, width: float, extras: tuple[int, ...], nodes: np.ndarray) -> tuple[int, tuple[int, ...], tuple[float, ...]]:
    wide, (x, z) = 1e3 * width, 1e3 * nodes[front]
    return front, extras, (wide, wide * float(x), wide * float(z))[: len(extras)]


@dataclass(frozen=True)
class Holding:
    """What is held and tied.

    equations : each a sum of terms that is nothing, what depends first;  held : unknowns of the model that are prescribed
    values : of these at every step, in mm or as strains, shape (steps, held)
    offset_points : further points, one for each tie with an offset;  offsets : at these likewise
    """

    equations: tuple[tuple[Term, ...], ...]
    held: np.ndarray
    values: np.ndarray
    offset_points: tuple[int, ...] = ()
    offsets: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))


def holding_of(model: Model, bodies: Bodies, steps: Sequence[LoadStep]) -> Holding:
    """Constraints of a model over steps, each unknown by the free ones alone, so that no equation leans on another."""
    values = _held_values(model, steps)
    reduction = model.reduction.tocsr()
    count = np.diff(reduction.indptr)
    alone = np.zeros(model.ndof, dtype=bool)
    alone[model.masters] = True
    held = np.flatnonzero((count == 0) & bodies.used)
    dependent = np.flatnonzero((count > 0) & ~alone & bodies.used)
    shifted = dependent[np.abs(values[:, dependent]).max(axis=0) > 0] if len(dependent) else dependent
    place = {int(d): len(bodies.points) + k for k, d in enumerate(shifted)}
    terms: dict[int, tuple[Term, ...]] = {}
    for dof in dependent.tolist():
        found, part = [], slice(reduction.indptr[dof], reduction.indptr[dof + 1])
        for column, coefficient in zip(reduction.indices[part], reduction.data[part], strict=True):
            master = int(model.masters[column])
            node, axis = bodies.carriers[master].tolist()
            found.append((node, axis, float(coefficient * bodies.scales[dof] / bodies.scales[master])))
        if dof in place:
            found.append((place[dof], 0, 1.0))
        terms[dof] = tuple(found)
    equations = [((*bodies.carriers[dof].tolist(), -1.0), *found) for dof, found in terms.items()]

    def of(dof: int) -> tuple[Term, ...]:
        return terms[dof] if dof in terms else ((*bodies.carriers[dof].tolist(), 1.0),)

    for k, (front, extras, factors) in enumerate(bodies.rear):
        behind = bodies.front + k
        equations += [((behind, axis, -1.0), *of(dof)) for axis, dof in ((0, 2 * front), (2, 2 * front + 1))]
        if extras:
            across = [(node, axis, c * f) for dof, f in zip(extras, factors, strict=True) for node, axis, c in of(dof)]
            equations.append(((behind, 1, -1.0), *across))
    return Holding(
        tuple(equations), held, values[:, held] * bodies.scales[held], tuple(place.values()), values[:, shifted] * bodies.scales[shifted],
    )  # fmt: skip


def _held_values(model: Model, steps: Sequence[LoadStep]) -> np.ndarray:
    """g of every step, shape (steps, ndof); the constraints are left as they were."""
    constraints = model.constraints
    names = dict.fromkeys(name for step in steps for name in step.prescribed)
    before = {name: constraints.values(name) for name in names}
    found = []
    try:
        for step in steps:
            for name, value in step.prescribed.items():
                constraints.set(name, value)
            found.append(constraints.offsets(model.ndof))
    finally:
        for name, value in before.items():
            constraints.set(name, value)
    return np.array(found)
