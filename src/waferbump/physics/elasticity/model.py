"""A model: blocks that resist, constraints that hold, and equilibrium once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .constraints import Constraints
from .errors import ElasticityError
from .pattern import Pattern
from .solvers import Factors, choose, factor

WORST = 1e-4  # our choice: unbalanced part of the largest force beyond which an answer is refused; 1e-10 is usual, 1e-7 with thin films


@dataclass(frozen=True)
class Solution:
    """Equilibrium.

    u : displacements [m] (and what other unknowns there are), shape (ndof,);  reactions : forces that constraints exert [N], shape (ndof,)
    solver : that solved the linear systems;  iterations : of Newton's method;  residual : largest unbalanced force over the largest force
    """

    u: np.ndarray
    reactions: np.ndarray
    solver: str
    iterations: int
    residual: float


class Model:
    """Blocks on common unknowns, and the constraints on these.

    ndof : number of displacements, extra unknowns last [-]
    blocks : by the protocol of blocks (`dofs`, `evaluate`, `commit`, `reset_trial`)
    constraints : what is held;  solver : "auto", "amg", "superlu" or "pardiso"
    What no block acts on and nothing refers to stays at rest. What is tied to what is read once, values at every step.
    """

    def __init__(self, ndof: int, blocks: Sequence, constraints: Constraints, *, solver: str = "auto") -> None:
        self.ndof, self.blocks, self.constraints = int(ndof), tuple(blocks), constraints
        if not self.blocks:
            raise ElasticityError("a model needs at least one block")
        used = np.zeros(self.ndof, dtype=bool)
        for block in self.blocks:
            if block.dofs.size and (block.dofs.min() < 0 or block.dofs.max() >= self.ndof):
                raise ElasticityError(f"a block acts on unknown {block.dofs.max()}; there are {self.ndof}")
            used[block.dofs.reshape(-1)] = True
        self.reduction, self.masters = constraints.map_of(self.ndof, used)
        if not len(self.masters):
            raise ElasticityError("every unknown is held: nothing is left to solve")
        self.pattern = Pattern(self.blocks, self.reduction)
        self.linear = all(getattr(block, "linear", False) for block in self.blocks)
        solid = [b for b in self.blocks if getattr(b, "kinematics", None) == "solid"]
        self.solver = choose(solver, len(self.masters), self.linear and len(solid) == len(self.blocks))
        self._factors: tuple[tuple[np.ndarray, ...], Factors] | None = None

    def evaluate(self, u: np.ndarray, temperature, dt: float) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Forces and stiffness of every block at displacements u [m]."""
        both = [block.evaluate(u, temperature, dt) for block in self.blocks]
        return [f for f, _ in both], [k for _, k in both]

    def assembled(self, forces: Sequence[np.ndarray]) -> np.ndarray:
        """Sum of the blocks' forces (m, k) at every displacement [N], shape (ndof,)."""
        total = np.zeros(self.ndof)
        for block, force in zip(self.blocks, forces, strict=True):
            total += np.bincount(block.dofs.reshape(-1), weights=force.reshape(-1), minlength=self.ndof)
        return total

    def factors(self, stiffnesses: Sequence[np.ndarray]) -> Factors:
        """The stiffness made ready to solve; kept while the blocks hand out the same arrays."""
        if self._factors is not None and all(a is b for a, b in zip(self._factors[0], stiffnesses, strict=True)):
            return self._factors[1]
        self._factors = None
        matrix = self.pattern.matrix(stiffnesses)
        found = factor(matrix, self.solver, self._rigid_motions() if self.solver == "amg" else None)
        if self.linear:  # arrays of other blocks may be written over in place
            self._factors = (tuple(stiffnesses), found)
        return found

    def commit(self) -> None:
        """Accept the trial state of every block."""
        for block in self.blocks:
            block.commit()

    def reset_trial(self) -> None:
        """Forget the trial state of every block."""
        for block in self.blocks:
            block.reset_trial()

    def energy(self) -> float:
        """Elastic energy of the blocks that keep one [J]."""
        return float(sum(block.energy() for block in self.blocks if hasattr(block, "energy")))

    def _rigid_motions(self) -> np.ndarray:
        """Three shifts and three turns of the nodes of solids, at the unknowns that are left."""
        motions = np.zeros((self.ndof, 6))
        for block in self.blocks:
            if getattr(block, "kinematics", None) != "solid":
                return self.reduction.T @ np.ones((self.ndof, 1))
            x, y, z = (block.nodes - block.nodes.mean(axis=0)).T
            size = max(np.ptp(x), np.ptp(y), np.ptp(z))
            zero, one = np.zeros(len(x)), np.full(len(x), size)
            columns = [(one, zero, zero), (zero, one, zero), (zero, zero, one), (-y, x, zero), (zero, -z, y), (z, zero, -x)]
            count = 3 * len(x)
            motions[:count] = np.array([np.column_stack(c).reshape(-1) for c in columns]).T / size
        weights = np.asarray(abs(self.reduction).sum(axis=0)).reshape(-1)
        return np.ascontiguousarray((self.reduction.T @ motions) / weights[:, None])


def solve(
    model: Model, temperature, *, forces: np.ndarray | None = None, dt: float = 0.0, commit: bool = True, start: np.ndarray | None = None
) -> Solution:
    """Find equilibrium in one step: int B^T sigma dV = F; linear models at once, others by Newton's method.

    model : what is in equilibrium [-]
    temperature : one for all or one a node [K]
    forces : on the displacements [N], shape (ndof,)
    dt : time that passes [s]
    commit : whether the blocks accept the state, so that their stress can be read [-]
    start : displacements from which Newton's method starts [m], shape (ndof,), by default none
    ElasticityError where the structure is not held; ConvergenceError where Newton's method finds no equilibrium.

    >>> import numpy as np
    >>> from waferbump.physics.elasticity import Constraints, Model, SpringBlock, solve
    >>> spring = SpringBlock(np.array([[0, 1]]), np.array([[2.0, -2.0], [-2.0, 2.0]]))  # 2 N/m between two unknowns
    >>> held = Constraints()
    >>> held.fix(0)
    >>> float(solve(Model(2, [spring], held), 300.0, forces=np.array([0.0, 1.0])).u[1])
    0.5
    """
    from .marching import LoadStep, march

    if not model.linear:
        history = march(model, [LoadStep(dt, temperature, {}, forces)], displacement=start, commit=commit)
        return Solution(history.displacements[-1], history.reactions[-1], history.solver, history.iterations[-1], history.residuals[-1])
    applied = np.zeros(model.ndof) if forces is None else np.asarray(forces, dtype=float)
    u = model.constraints.offsets(model.ndof)
    parts, stiffnesses = model.evaluate(u, temperature, dt)
    factors = model.factors(stiffnesses)
    right = model.reduction.T @ (applied - model.assembled(parts))
    size = max(float(np.abs(p).max()) for p in (*parts, applied))
    u = u + model.reduction @ factors.solve(right)
    parts, _ = model.evaluate(u, temperature, dt)
    internal = model.assembled(parts)
    rest = model.reduction.T @ (applied - internal)
    size = max(size, *(float(np.abs(p).max()) for p in parts))
    residual = float(np.abs(rest).max() / size) if size else 0.0
    if not residual <= WORST:
        raise ElasticityError(
            f"forces of {residual:.1e} of the largest stay unbalanced: the structure is hardly held, or its stiffnesses lie too far apart"
        )
    if commit:
        model.commit()
    return Solution(u, np.where(held_unknowns(model), internal - applied, 0.0), factors.name, 1, residual)


def held_unknowns(model: Model) -> np.ndarray:
    """Say on which displacements a constraint acts: those that are no unknown of their own.

    model : blocks and constraints [-]
    """
    count = np.diff(model.reduction.tocsc().indptr)
    alone = np.zeros(model.ndof, dtype=bool)
    alone[model.masters[count == 1]] = True
    return ~alone
