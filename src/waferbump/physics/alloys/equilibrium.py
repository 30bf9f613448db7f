"""Which phases an alloy consists of at one temperature: the least Gibbs energy, found over all compositions and then solved exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .system import System, best_compositions, compound_energy, point_energies, potential_slopes, potentials

LIQUID = "LIQUID"
_FORMS = -1e-8  # of R T: a phase this far below the plane of chemical potentials would form
_EXACT = 1e-10  # of R T and of the amounts: where the exact solution stops
_STEPS = 60  # Newton steps; 5 to 15 are needed
_PIVOTS = 400  # of the first search; 10 to 60 are needed
_SEED = 0.02  # of a mole: how much of a new phase the exact solution starts from
_ROUNDS = 25  # of adding a phase that was missed; 1 to 4 are needed
_GONE = 1e-11  # of a mole: a phase with less has disappeared
_LARGEST_STEP = 2.0  # of ln(amount) in one Newton step


class EquilibriumError(ValueError):
    """No equilibrium was found, with the alloy and the temperature at which."""


@dataclass(frozen=True)
class Part:
    """One phase of the equilibrium: `amounts` in moles of each element of the system, for one mole of alloy."""

    phase: str
    index: int  # among the system's solutions, then compounds
    amounts: np.ndarray


@dataclass(frozen=True)
class Equilibrium:
    """Phases in equilibrium; `levels` are the chemical potentials over R T.

    closest : for each solution the compositions at which its distance from the plane of those potentials is least, locally
    """

    parts: tuple[Part, ...]
    levels: np.ndarray
    closest: tuple[np.ndarray, ...] = ()

    def amounts(self, phase: str) -> np.ndarray:
        """Moles of each element in all parts of that phase."""
        return sum((p.amounts for p in self.parts if p.phase == phase), np.zeros_like(self.levels))


def equilibrium(phases: System, fractions: np.ndarray, temperature: float, near: Equilibrium | None = None) -> Equilibrium:
    """Phases, their amounts and compositions at the least Gibbs energy.

    min sum_p G_p(N_p) with sum_p N_p = x; a minimum where every phase p has mu_p,i = lambda_i and no phase lies below that plane

    Parameters
    ----------
    phases : the system [System]
    fractions : x, mole fractions of its elements, all positive [1], shape (elements,)
    temperature : T [K]
    near : a solution close by, to start from [Equilibrium]

    Raises
    ------
    EquilibriumError : no solution within the bounded number of steps.

    Source: the common tangent plane of Gibbs; first search by the simplex method over points of all phases, then Newton's method.

    >>> from waferbump.physics.alloys.database import own_database
    >>> from waferbump.physics.alloys.system import system
    >>> found = equilibrium(system(own_database(), ("Pb", "Sn")), np.array([0.5, 0.5]), 400.0)
    >>> sorted(part.phase for part in found.parts)
    ['BCT_A5', 'FCC_A1']
    """
    closest = near.closest if near is not None else ()
    if near is not None:
        found, closest = _settled(phases, fractions, temperature, near.parts, closest)
        if found is not None:
            return found
    own = _points_at(phases, fractions, temperature)
    points, owner = np.vstack([phases.grid, own[0]]), np.concatenate([phases.owner, own[1]])
    energies = np.concatenate([point_energies(phases, temperature), own[2]])
    for _ in range(_ROUNDS):
        basis, amounts, levels = _lowest_points(points, energies, fractions)
        parts = _grouped(phases, points[basis], owner[basis], amounts, temperature)
        found, closest = _settled(phases, fractions, temperature, parts, closest)
        if found is not None:
            return found
        added, closest = _below(phases, levels, temperature, closest)
        if not added:
            break
        points = np.vstack([points, [y for _, y in added]])
        owner = np.concatenate([owner, [k for k, _ in added]])
        energies = np.concatenate([energies, [_energy(phases, k, y, temperature) for k, y in added]])
    alloy = ", ".join(f"{e} {x:.4g}" for e, x in zip(phases.elements, fractions, strict=True))
    raise EquilibriumError(f"no equilibrium was found at {temperature:.2f} K for mole fractions {alloy}")


def _settled(
    phases: System, fractions: np.ndarray, temperature: float, parts: Sequence[Part], closest: tuple[np.ndarray, ...]
) -> tuple[Equilibrium | None, tuple[np.ndarray, ...]]:
    """Solve for the given phases, then take in whichever phase lies furthest below the plane, until none does; None where that fails."""
    for _ in range(len(fractions) + 2):
        found = _exact(phases, fractions, temperature, parts)
        if found is None:
            return None, closest
        missed, closest = _below(phases, found.levels, temperature, closest)
        if not missed:
            return replace(found, closest=closest), closest
        index, y = missed[0]
        parts = (*found.parts, Part(_name(phases, index), index, _SEED * y))
        if len(parts) > len(fractions):
            return None, closest
    return None, closest


def _energy(phases: System, index: int, y: np.ndarray, temperature: float) -> float:
    if index >= len(phases.solutions):
        return compound_energy(phases.compounds[index - len(phases.solutions)], temperature)
    phase = phases.solutions[index]
    local = y[phase.columns]
    return float(local @ potentials(phase, local, temperature))


def _points_at(phases: System, fractions: np.ndarray, temperature: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The alloy's own composition as a point of every solution that holds all its elements."""
    holders = [k for k, s in enumerate(phases.solutions) if len(s.columns) == len(phases.elements)]
    energies = np.array([_energy(phases, k, fractions, temperature) for k in holders])
    return np.tile(fractions, (len(holders), 1)), np.array(holders, int), energies


def _lowest_points(points: np.ndarray, energies: np.ndarray, fractions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points, amounts and plane of the least energy that add up to the alloy: the simplex method, started from costly pure elements."""
    size = len(fractions)
    costs = np.concatenate([energies, np.full(size, 1e4)])  # far above any energy over R T: the start is left at once
    rows = np.vstack([points, np.eye(size)])
    basis = np.arange(len(points), len(points) + size)
    for _ in range(_PIVOTS):
        matrix = rows[basis]
        levels = np.linalg.solve(matrix, costs[basis])
        gains = rows @ levels - costs
        entering = int(np.argmax(gains))
        amounts = np.linalg.solve(matrix.T, fractions)
        if gains[entering] < 1e-9:
            break
        direction = np.linalg.solve(matrix.T, rows[entering])
        ratios = np.where(direction > 1e-12, np.maximum(amounts, 0.0) / np.maximum(direction, 1e-12), np.inf)
        basis[int(np.argmin(ratios))] = entering
    real = basis < len(points)
    return basis[real], np.maximum(amounts[real], 1e-6), levels


def _grouped(phases: System, points: np.ndarray, owner: np.ndarray, amounts: np.ndarray, temperature: float) -> tuple[Part, ...]:
    """Points of one solution with no hump of energy between them are one part of it; with a hump, two."""
    groups: list[tuple[int, np.ndarray]] = []
    for k in np.argsort(-amounts):
        index, moles = int(owner[k]), amounts[k] * points[k]
        for g, (other, sum_so_far) in enumerate(groups):
            if other == index and not _hump(phases, index, points[k], sum_so_far / sum_so_far.sum(), temperature):
                groups[g] = (index, sum_so_far + moles)
                break
        else:
            groups.append((index, moles))
    return tuple(Part(_name(phases, index), index, moles) for index, moles in groups)


def _hump(phases: System, index: int, one: np.ndarray, other: np.ndarray, temperature: float) -> bool:
    if index >= len(phases.solutions):
        return False
    middle = _energy(phases, index, 0.5 * (one + other), temperature)
    return middle > 0.5 * (_energy(phases, index, one, temperature) + _energy(phases, index, other, temperature)) + 1e-12


def _name(phases: System, index: int) -> str:
    known = len(phases.solutions)
    return phases.solutions[index].name if index < known else phases.compounds[index - known].name


def _below(
    phases: System, levels: np.ndarray, temperature: float, closest: Sequence[np.ndarray]
) -> tuple[list[tuple[int, np.ndarray]], tuple[np.ndarray, ...]]:
    """Phases, with compositions, that lie below the plane of the given chemical potentials; and the closest compositions of each.

    The furthest below comes first.
    """
    missed, minima = [], []
    distances = point_energies(phases, temperature) - phases.grid @ levels
    for index, phase in enumerate(phases.solutions):
        mine = phases.rows_of[index]
        local = phases.grid[mine][:, phase.columns]
        best = local[np.argmin(distances[mine])][None]
        if closest:
            starts = np.vstack([best, closest[index]])
        else:
            corners = np.full((len(phase.columns), len(phase.columns)), 1e-6) + np.eye(len(phase.columns))
            starts = np.vstack([best, corners / corners.sum(axis=1, keepdims=True)])
        y, distance = best_compositions(phase, levels[phase.columns], temperature, starts)
        minima.append(_distinct(y))
        lowest = int(np.argmin(distance))
        if distance[lowest] < _FORMS:
            full = np.zeros(len(levels))
            full[phase.columns] = y[lowest]
            missed.append((float(distance[lowest]), index, full))
    for k, compound in enumerate(phases.compounds):
        distance = compound_energy(compound, temperature) - compound.fractions @ levels
        if distance < _FORMS:
            missed.append((float(distance), len(phases.solutions) + k, compound.fractions))
    missed.sort(key=lambda m: m[0])
    return [m[1:] for m in missed], tuple(minima)


def _distinct(y: np.ndarray) -> np.ndarray:
    kept = [y[0]]
    for row in y[1:]:
        if all(np.abs(row - k).max() > 1e-3 for k in kept):
            kept.append(row)
    return np.array(kept)


def _exact(phases: System, fractions: np.ndarray, temperature: float, parts: Sequence[Part]) -> Equilibrium | None:
    """Solve for the given phases; drop those that vanish; None where the steps do not settle."""
    parts = list(parts)
    for _ in range(len(parts) + 1):
        if not parts or len(parts) > len(fractions):
            return None
        solved = _newton(phases, fractions, temperature, parts)
        if solved is None:
            return None
        amounts, levels = solved
        kept = [Part(p.phase, p.index, n) for p, n in zip(parts, amounts, strict=True) if n.sum() > _GONE]
        if len(kept) == len(parts):
            return Equilibrium(tuple(kept), levels)
        parts = kept
    return None


def _newton(phases: System, fractions: np.ndarray, temperature: float, parts: Sequence[Part]) -> tuple[list[np.ndarray], np.ndarray] | None:
    """Amounts and chemical potentials of given phases, in the logarithms of the amounts; None where the steps do not settle.

    A phase whose amount turns negative or falls below the least is returned with nothing in it.
    """
    size, known = len(fractions), len(phases.solutions)
    columns = [phases.solutions[p.index].columns if p.index < known else None for p in parts]
    logs = [np.log(np.maximum(p.amounts[c], 1e-14)) if c is not None else None for p, c in zip(parts, columns, strict=True)]
    moles = [float(p.amounts.sum()) for p in parts]
    unknowns = sum(len(c) if c is not None else 1 for c in columns)
    for _ in range(_STEPS):
        matrix = np.zeros((unknowns + size, unknowns + size))
        right = np.zeros(unknowns + size)
        right[unknowns:] = fractions
        row = 0
        for part, c, log in zip(parts, columns, logs, strict=True):
            if c is None:
                compound = phases.compounds[part.index - known]
                matrix[row, unknowns:] = compound.fractions
                right[row] = compound_energy(compound, temperature)
                matrix[unknowns:, row] = compound.fractions  # the amount itself is the unknown
                row += 1
                continue
            held = np.exp(log)
            total = held.sum()
            y, phase = held / total, phases.solutions[part.index]
            span = slice(row, row + len(c))
            matrix[span, span] = potential_slopes(phase, y, temperature) * (held / total)
            matrix[range(row, row + len(c)), unknowns + c] = -1.0
            right[span] = -potentials(phase, y, temperature)
            matrix[unknowns + c, range(row, row + len(c))] = held
            right[unknowns + c] -= held
            row += len(c)
        try:
            step = np.linalg.solve(matrix, right)
        except np.linalg.LinAlgError:
            return None
        if not np.all(np.isfinite(step)):
            return None
        changes, row = 0.0, 0
        largest = max((float(np.abs(step[_span(columns, k)]).max()) for k, c in enumerate(columns) if c is not None), default=0.0)
        scale = min(1.0, _LARGEST_STEP / largest) if largest > 0 else 1.0
        for k, c in enumerate(columns):
            span = _span(columns, k)
            if c is None:
                changes = max(changes, abs(float(step[span][0]) - moles[k]))
                moles[k] += scale * (float(step[span][0]) - moles[k])
            else:
                logs[k] = logs[k] + scale * step[span]
                changes = max(changes, float(np.abs(np.exp(logs[k]) * step[span]).max()))
                if np.exp(logs[k]).sum() < _GONE:
                    return _emptied(parts, columns, logs, moles, k, size), step[unknowns:]
        if scale == 1.0 and changes < _EXACT:
            negative = [k for k, c in enumerate(columns) if c is None and moles[k] <= _GONE]
            if negative:
                worst = min(negative, key=lambda k: moles[k])
                return _emptied(parts, columns, logs, moles, worst, size), step[unknowns:]
            return _emptied(parts, columns, logs, moles, None, size), step[unknowns:]
    return None


def _span(columns: Sequence[np.ndarray | None], k: int) -> slice:
    start = sum(len(c) if c is not None else 1 for c in columns[:k])
    return slice(start, start + (len(columns[k]) if columns[k] is not None else 1))


def _emptied(
    parts: Sequence[Part],
    columns: Sequence[np.ndarray | None],
    logs: Sequence[np.ndarray | None],
    moles: Sequence[float],
    empty: int | None,
    size: int,
) -> list[np.ndarray]:
    """Amounts of all parts by element of the system, one of them emptied if it has vanished."""
    amounts = []
    for k, (part, c) in enumerate(zip(parts, columns, strict=True)):
        full = np.zeros(size)
        if k == empty:
            pass
        elif c is None:
            full = max(moles[k], 2 * _GONE) * part.amounts / part.amounts.sum()
        else:
            full[c] = np.exp(logs[k])
        amounts.append(full)
    return amounts


def liquid_mass_fraction(phases: System, found: Equilibrium) -> float:
    """Share of the alloy's mass that is liquid, all liquids together.

    f = sum_i N_i,liquid M_i / sum_i x_i M_i

    Parameters
    ----------
    phases : the system [System]
    found : its equilibrium [Equilibrium]
    """
    total = sum((p.amounts for p in found.parts), np.zeros(len(phases.elements))) @ phases.molar_mass
    return float(min(max(found.amounts(LIQUID) @ phases.molar_mass / total, 0.0), 1.0))
