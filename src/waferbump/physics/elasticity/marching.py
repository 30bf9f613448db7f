"""A march through load steps: implicit in time, Newton's method with a line search, steps cut where it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from .errors import ConvergenceError, ElasticityError
from .model import Model, held_unknowns

ITERATIONS = 25  # our choice: Newton's steps before a load step is cut; 3 to 6 are usual
PATIENCE = 8  # our choice: Newton's steps without a smaller unbalanced force before a load step is cut
SEARCHES = 4  # our choice: tries of the line search; most steps need none
SLACK = 0.8  # our choice: part of the slope along the step that may be left over (Crisfield 1991, section 9.2)
SHORTEST = 2.0**-12  # our choice: smallest part of a load step before the march gives up
CUTS = 400  # our choice: pieces that one load step may be cut into
INTERNAL = 1e-2  # our choice: part of the forces inside the body that stands in for reactions where there are next to none


@dataclass(frozen=True)
class LoadStep:
    """What holds at the end of a step.

    time : [s];  temperature : one for all or one a node [K];  prescribed : values [m] by the names given to `Constraints`
    forces : on the displacements [N], shape (ndof,), or None for none
    """

    time: float
    temperature: float | np.ndarray
    prescribed: Mapping[str, float | np.ndarray] = field(default_factory=dict)
    forces: np.ndarray | None = None


@dataclass(frozen=True)
class StepResult:
    """One load step that was reached: its number, time [s], displacements [m] and reactions [N], shapes (ndof,), Newton's steps,
    the pieces it was cut into, and the largest unbalanced force over the reactions."""

    number: int
    time: float
    temperature: float | np.ndarray
    u: np.ndarray
    reactions: np.ndarray
    iterations: int
    pieces: int
    residual: float


@dataclass(frozen=True)
class History:
    """What a march went through.

    times : ends of the load steps [s], shape (steps,);  displacements, reactions : [m] and [N], shape (steps, ndof), or only the last one
    iterations, pieces : Newton's steps and pieces of each load step;  residuals : left over at each, relative to the reactions
    solver : that solved the linear systems
    """

    times: np.ndarray
    displacements: np.ndarray
    reactions: np.ndarray
    iterations: np.ndarray
    pieces: np.ndarray
    residuals: np.ndarray
    solver: str


def march(
    model: Model,
    steps: Iterable[LoadStep],
    *,
    start: LoadStep | None = None,
    displacement: np.ndarray | None = None,
    tolerance: float = 1e-6,
    on_step: Callable[[StepResult], None] | None = None,
    progress: Callable[[int, float], None] | None = None,
    keep: bool = True,
    commit: bool = True,
) -> History:
    """Follow equilibrium R(u, t) = F through load steps, each by Newton's method.

    Converged means: unbalanced forces are below the tolerance times the reactions (or a hundredth of the forces inside the body, where
    there are hardly any reactions), the last correction is below its root-scaled share of the displacement, and enhanced modes agree.

    model : what is in equilibrium [-]
    steps : in order of time, any number [-]
    start : where the first step comes from: its time [s], temperature [K], values; by default time 0 and the first step's temperature
    displacement : at the start [m], shape (ndof,), by default none
    tolerance : relative [-]
    on_step : called with each StepResult once the blocks have committed [-]
    progress : called with the number and the time of each step [-]
    keep : whether displacements of all steps are kept, or the last only [-]
    commit : False leaves the blocks' last trial open [-]
    ConvergenceError says at what time no equilibrium was found, and why. An interrupt leaves the last committed state behind.
    """
    state = _State(model, start, displacement, tolerance, commit)
    results: list[StepResult] = []
    for number, step in enumerate(steps):
        result = state.reach(step, number)
        results = [*results, result] if keep else [result]
        if on_step is not None:
            on_step(result)
        if progress is not None:
            progress(number, step.time)
    if not results:
        raise ElasticityError("a march needs at least one load step")
    return History(
        *(np.array([getattr(r, name) for r in results]) for name in ("time", "u", "reactions", "iterations", "pieces", "residual")),
        state.solver,
    )


class _State:
    """Where a march is: the last committed displacements, time, temperature, held values and forces."""

    def __init__(self, model: Model, start: LoadStep | None, displacement: np.ndarray | None, tolerance: float, commit: bool) -> None:
        self.model, self.tolerance, self.commit = model, tolerance, commit
        self.u = np.zeros(model.ndof) if displacement is None else np.array(displacement, dtype=float)
        self.time, self.temperature = (0.0, None) if start is None else (start.time, start.temperature)
        self.committed = self.time
        self.forces = np.zeros(model.ndof)
        if start is not None:
            for name, values in start.prescribed.items():
                model.constraints.set(name, values)
            if start.forces is not None:
                self.forces = np.asarray(start.forces, dtype=float)
        self.held = held_unknowns(model)
        self.turning = any(getattr(block, "rotations", False) for block in model.blocks)
        self.solver = ""
        self.largest = 0.0  # force inside the body that the march has met

    def reach(self, step: LoadStep, number: int) -> StepResult:
        """The end of a load step, in as many pieces as it takes."""
        model, constraints = self.model, self.model.constraints
        if step.time < self.time:
            raise ElasticityError(f"load step {number} ends at {step.time:g} s, before it begins at {self.time:g} s")
        from_temperature = step.temperature if self.temperature is None else self.temperature
        from_values = {name: constraints.values(name) for name in step.prescribed}
        from_forces = self.forces
        to_forces = np.zeros(model.ndof) if step.forces is None else np.asarray(step.forces, dtype=float)
        done, size, pieces, iterations, residual = 0.0, 1.0, 0, 0, 0.0
        reactions = np.zeros(model.ndof)
        while done < 1.0:
            part = min(done + size, 1.0)
            for name, values in step.prescribed.items():
                constraints.set(name, from_values[name] + part * (np.asarray(values) - from_values[name]))
            temperature = _between(from_temperature, step.temperature, part)
            forces = from_forces + part * (to_forces - from_forces)
            now = self.time + part * (step.time - self.time)
            dt = now - self.committed  # without commits every piece starts from the same state, only Newton's method goes on
            try:
                u, reactions, count, residual = self._found(temperature, dt, forces)
            except _NotFoundError as why:
                model.reset_trial()
                size *= 0.25
                pieces += 1
                if size < SHORTEST or pieces > CUTS:
                    raise ConvergenceError(
                        f"no equilibrium at {now:g} s (load step {number}, cut to 1/{round(4 / size)} of itself): {why}"
                    ) from why
                continue
            iterations += count
            pieces += 1
            self.u, done = u, part
            if self.commit:
                model.commit()
                self.committed = now
            if count <= 8:
                size *= 2
        self.time, self.temperature, self.forces = step.time, step.temperature, to_forces
        return StepResult(number, step.time, step.temperature, self.u, reactions, iterations, pieces, residual)

    def _found(self, temperature, dt: float, forces: np.ndarray) -> tuple[np.ndarray, np.ndarray, int, float]:
        """Equilibrium: bodies that turn are first tried with whole steps, on whose way forces may rise, then with the line search."""
        if self.turning:
            try:
                return self._equilibrium(temperature, dt, forces, search=False)
            except _NotFoundError:
                self.model.reset_trial()
        return self._equilibrium(temperature, dt, forces, search=True)

    def _equilibrium(self, temperature, dt: float, forces: np.ndarray, *, search: bool) -> tuple[np.ndarray, np.ndarray, int, float]:
        """Newton's method from the last committed state."""
        model, reduction = self.model, self.model.reduction
        shift = self._shift()
        with np.errstate(all="ignore"):
            parts, stiffnesses = self._evaluated(self.u, temperature, dt)
            # the held values' change enters through the tangent, so that no element near them is strained before its neighbours
            predicted = [f + (k @ shift[b.dofs][:, :, None])[:, :, 0] for b, f, k in zip(model.blocks, parts, stiffnesses, strict=True)]
            rest = reduction.T @ (forces - model.assembled(predicted))
            self.largest = max(self.largest, self._inside(parts))
            u, scale = self.u + shift, None
            moved, least, since = np.zeros(reduction.shape[1]), np.inf, 0
            for iteration in range(1, ITERATIONS + 1):
                step, weight = self._step(stiffnesses, rest)
                if scale is None:
                    scale = np.linalg.norm(weight * (reduction.T @ np.where(self.held, 0.0, self.u)))
                u, parts, stiffnesses, after, taken = self._searched(u, step, rest, temperature, dt, forces, search=search)
                rest = after
                moved += taken * step
                internal = model.assembled(parts)
                unbalanced, left = self._unbalanced(internal, parts, rest, forces)
                least, since = (unbalanced, 0) if unbalanced < least else (least, since + 1)
                correction = np.linalg.norm(weight * taken * step)
                settled = correction <= np.sqrt(self.tolerance) * max(scale, np.linalg.norm(weight * moved)) or correction == 0.0
                if left == 0.0 or (unbalanced <= self.tolerance and settled and self._modes_agree()):
                    self.largest = max(self.largest, self._inside(parts))
                    return u, np.where(self.held, internal - forces, 0.0), iteration, unbalanced
                if since >= PATIENCE:
                    break
        raise _NotFoundError(f"after {iteration} steps of Newton's method {unbalanced:.1e} of the reactions is unbalanced")

    def _shift(self) -> np.ndarray:
        """Change of the displacements that the held values ask for."""
        model = self.model
        held = model.constraints.offsets(model.ndof)
        free = np.zeros(model.reduction.shape[1])
        free[:] = self.u[model.masters]
        return held + model.reduction @ free - self.u

    def _step(self, stiffnesses, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Newton's step, and the roots of the stiffness by which unknowns of different units are compared."""
        try:
            factors = self.model.factors(stiffnesses)
            step = factors.solve(rest)
        except ElasticityError as error:
            raise _NotFoundError(str(error)) from error
        self.solver = factors.name
        if not np.isfinite(step).all():
            raise _NotFoundError("the linear system has no finite solution")
        return step, factors.weight

    def _searched(self, u, step, rest, temperature, dt, forces, *, search: bool):
        """Where to stop along Newton's step: the work left along it has to fall, and everything has to stay finite."""
        reduction = self.model.reduction
        slope, taken, whole = float(step @ rest), 1.0, reduction @ step
        best, why, bottom, bottom_slope = None, "", 0.0, slope
        for _ in range(SEARCHES + 1):
            try:
                parts, stiffnesses = self._evaluated(u + taken * whole, temperature, dt)
            except _NotFoundError as error:
                why = str(error)
                taken *= 0.3
                continue
            after = reduction.T @ (forces - self.model.assembled(parts))
            here = float(step @ after)
            if best is None or abs(here) < abs(best[0]):
                best = (here, taken, parts, stiffnesses, after)
            if abs(here) <= SLACK * abs(slope) or self.model.linear or not search:
                break
            if here * bottom_slope < 0:  # the minimum lies between: false position, kept away from the ends
                guess = bottom + (taken - bottom) * bottom_slope / (bottom_slope - here)
                taken = min(max(guess, bottom + 0.1 * (taken - bottom)), bottom + 0.9 * (taken - bottom))
            else:  # no minimum seen: shorter
                taken *= 0.4
        if best is None:
            raise _NotFoundError(why)
        _, there, parts, stiffnesses, after = best
        if there != taken:  # the blocks keep the last trial: bring them back to the best one
            parts, stiffnesses = self._evaluated(u + there * whole, temperature, dt)
        return u + there * whole, parts, stiffnesses, after, there

    def _evaluated(self, u: np.ndarray, temperature, dt: float):
        """Forces and stiffness of the blocks; what a material cannot follow, or answers with no number, is no equilibrium."""
        try:
            parts, stiffnesses = self.model.evaluate(u, temperature, dt)
        except ValueError as error:
            raise _NotFoundError(str(error)) from error
        if not (all(np.isfinite(f).all() for f in parts) and all(np.isfinite(k).all() for k in stiffnesses)):
            raise _NotFoundError("forces are not finite on the way")
        return parts, stiffnesses

    def _unbalanced(self, internal, parts, rest, forces) -> tuple[float, float]:
        """Unbalanced force over the reactions or a part of the largest forces met inside, and the force itself."""
        left = float(np.linalg.norm(rest))
        outside = np.linalg.norm(np.where(self.held, internal - forces, 0.0)) + np.linalg.norm(forces)
        size = max(outside, INTERNAL * max(self.largest, self._inside(parts)))
        return (left / size if size else 0.0), left

    def _inside(self, parts) -> float:
        return float(np.linalg.norm(self.model.reduction.T @ self.model.assembled([np.abs(p) for p in parts])))

    def _modes_agree(self) -> bool:
        return all(getattr(block, "imbalance", 0.0) <= 10 * self.tolerance for block in self.model.blocks)


class _NotFoundError(Exception):
    """No equilibrium for this size of step."""


def _between(start, end, part: float):
    return end if part >= 1.0 else np.asarray(start) + part * (np.asarray(end) - np.asarray(start))
