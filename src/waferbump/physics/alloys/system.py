"""The phases of a system of elements at one temperature: energies, chemical potentials, driving forces.

Every energy in this module is divided by R T, so that it is a pure number of order one.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .database import GAS_CONSTANT, Database, Monomials, monomials

_TINY = 1e-30  # mole fractions below it count as this, so that logarithms stay finite
_DIVISIONS = {1: 1, 2: 80, 3: 24, 4: 12, 5: 8}  # of the composition simplex in the first search, by number of elements; 6 below it
_CORNER = (3e-2, 3e-3, 1e-4)  # more points near pure elements, where terminal solid solutions lie
_BATCH = 80  # steps of the search for a phase's best composition; 4 to 20 are needed


@dataclass(frozen=True)
class SolutionPhase:
    """A solution over the elements of the system that it holds."""

    name: str
    columns: np.ndarray  # which of the system's elements
    terms: Monomials


@dataclass(frozen=True)
class CompoundPhase:
    """A phase of fixed composition."""

    name: str
    fractions: np.ndarray  # by mole, over the system's elements
    energy: tuple[float, float]


@dataclass(frozen=True)
class System:
    """All phases of a database that the given elements can form, with the points of the first search."""

    elements: tuple[str, ...]
    molar_mass: np.ndarray
    solutions: tuple[SolutionPhase, ...]
    compounds: tuple[CompoundPhase, ...]
    grid: np.ndarray  # (points, elements), compounds last
    owner: np.ndarray  # index of each point's solution; compounds count on
    rows_of: tuple[slice, ...]  # each solution's points
    grid_energy: np.ndarray  # (points, 3): a, b and the ideal entropy term, so that G/RT = (a + b T)/(R T) + ideal


@lru_cache(maxsize=64)
def system(database: Database, elements: tuple[str, ...]) -> System:
    """Phases that the given elements can form.

    Parameters
    ----------
    database : where the phases come from [Database]
    elements : those present, in alphabetical order [symbols]

    >>> from waferbump.physics.alloys.database import own_database
    >>> [phase.name for phase in system(own_database(), ("Pb", "Sn")).compounds]
    []
    """
    solutions = []
    for phase in database.solutions:
        held = tuple(e for e in elements if e in phase.elements)
        if held:
            solutions.append(SolutionPhase(phase.name, np.array([elements.index(e) for e in held]), monomials(phase, held)))
    compounds = [
        CompoundPhase(c.name, np.array([c.fractions.get(e, 0.0) for e in elements]), c.energy)
        for c in database.compounds
        if set(c.fractions) <= set(elements)
    ]
    rows, owner, energy = [], [], []
    for index, phase in enumerate(solutions):
        local = _simplex(len(phase.columns))
        full = np.zeros((len(local), len(elements)))
        full[:, phase.columns] = local
        products = _products(phase.terms, local)
        ideal = (local * np.log(local)).sum(axis=1)
        rows.append(full)
        owner.append(np.full(len(local), index))
        energy.append(np.column_stack([products @ phase.terms.coefficients, ideal]))
    for index, compound in enumerate(compounds):
        rows.append(compound.fractions[None])
        owner.append(np.array([len(solutions) + index]))
        energy.append(np.array([[*compound.energy, 0.0]]))
    masses = np.array([database.molar_mass[e] for e in elements])
    ends = np.cumsum([0, *(len(r) for r in rows)])
    spans = tuple(slice(int(a), int(b)) for a, b in itertools.pairwise(ends))[: len(solutions)]
    return System(
        elements, masses, tuple(solutions), tuple(compounds), np.vstack(rows), np.concatenate(owner), spans, np.vstack(energy)
    )


def _simplex(size: int) -> np.ndarray:
    """Points of the composition simplex, with more of them near its corners, none of them on its faces."""
    if size == 1:
        return np.ones((1, 1))
    divisions = _DIVISIONS.get(size, 6)
    bars = np.array(list(itertools.combinations(range(divisions + size - 1), size - 1)))
    edges = np.column_stack([np.full(len(bars), -1), bars, np.full(len(bars), divisions + size - 1)])
    points = [(np.diff(edges, axis=1) - 1) / divisions]
    for i, j in itertools.permutations(range(size), 2):
        for amount in _CORNER:
            point = np.zeros(size)
            point[i], point[j] = 1 - amount, amount
            points.append(point[None])
    inside = np.maximum(np.vstack(points), 1e-7)
    return inside / inside.sum(axis=1, keepdims=True)


def _products(terms: Monomials, y: np.ndarray) -> np.ndarray:
    """m_k(y), shape (..., terms)."""
    return np.exp(np.log(np.maximum(y, _TINY)) @ terms.exponents.T)


def point_energies(phases: System, temperature: float) -> np.ndarray:
    """Energies of all points of the first search.

    G / (R T) = (a + b T) / (R T) + sum_i y_i ln y_i

    Parameters
    ----------
    phases : with the points [System]
    temperature : T [K]

    Returns
    -------
    array (points,), dimensionless.
    """
    scale = 1.0 / (GAS_CONSTANT * temperature)
    return phases.grid_energy @ np.array([scale, scale * temperature, 1.0])


def potentials(phase: SolutionPhase, y: np.ndarray, temperature: float) -> np.ndarray:
    """Chemical potentials of a solution's elements.

    mu_i = G + dG/dy_i - sum_k y_k dG/dy_k, with G = R T sum_i y_i ln y_i + sum_k c_k m_k(y)

    Parameters
    ----------
    phase : the solution [SolutionPhase]
    y : mole fractions [1], shape (..., elements of the phase)
    temperature : T [K]

    Returns
    -------
    mu / (R T), shape of `y`.
    """
    energies = _products(phase.terms, y) * _coefficients(phase, temperature)
    slopes = (energies @ phase.terms.exponents) / np.maximum(y, _TINY)
    excess = energies.sum(axis=-1, keepdims=True) + slopes - (energies @ phase.terms.exponents).sum(axis=-1, keepdims=True)
    return np.log(np.maximum(y, _TINY)) + excess


def potential_slopes(phase: SolutionPhase, y: np.ndarray, temperature: float) -> np.ndarray:
    """Change of a solution's chemical potentials with the amounts of its elements, at one mole in all.

    d mu_i / dN_m = H_im - (yH)_m - (Hy)_i + yHy + R T (delta_im / y_i - 1), H the second derivatives of the excess energy

    Parameters
    ----------
    phase : the solution [SolutionPhase]
    y : mole fractions [1], shape (elements of the phase,)
    temperature : T [K]

    Returns
    -------
    array (elements, elements), divided by R T.
    """
    y = np.maximum(y, _TINY)
    return _excess_slopes(phase, y[None], temperature)[0] + np.diag(1.0 / y) - 1.0


def _excess_slopes(phase: SolutionPhase, y: np.ndarray, temperature: float) -> np.ndarray:
    """The part of `potential_slopes` beyond ideal mixing, for several compositions at once."""
    y = np.maximum(y, _TINY)
    exponents = phase.terms.exponents
    energies = _products(phase.terms, y) * _coefficients(phase, temperature)
    second = (exponents.T[None] * energies[:, None, :]) @ exponents
    diagonal = np.arange(y.shape[1])
    second[:, diagonal, diagonal] -= energies @ exponents
    second /= y[:, :, None] * y[:, None, :]
    along = (second @ y[:, :, None])[:, :, 0]
    return second - along[:, :, None] - along[:, None, :] + (y * along).sum(axis=1)[:, None, None]


def _coefficients(phase: SolutionPhase, temperature: float) -> np.ndarray:
    return phase.terms.coefficients @ np.array([1.0, temperature]) / (GAS_CONSTANT * temperature)


def compound_energy(compound: CompoundPhase, temperature: float) -> float:
    """Energy of a compound per mole of atoms.

    G / (R T) = (a + b T) / (R T)

    Parameters
    ----------
    compound : the phase [CompoundPhase]
    temperature : T [K]
    """
    a, b = compound.energy
    return (a + b * temperature) / (GAS_CONSTANT * temperature)


def best_compositions(phase: SolutionPhase, levels: np.ndarray, temperature: float, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compositions at which a solution comes closest to, or furthest below, the plane of given chemical potentials.

    min over Y of 1 + sum_i Y_i (mu_i(y) + ln(Y_i / y_i) - lambda_i - 1), y = Y / sum Y; at a minimum the distance is -ln sum Y

    Parameters
    ----------
    phase : the solution [SolutionPhase]
    levels : lambda / (R T) [1], shape (elements of the phase,)
    temperature : T [K]
    starts : mole fractions [1], shape (starts, elements of the phase)

    Returns
    -------
    compositions (starts, elements) and distances (starts,) over R T, negative where the phase would form.

    Source: Michelsen, Fluid Phase Equilib. 9 (1982) 1: the function, and Newton steps in 2 sqrt(Y); steps go downhill by |eigenvalues|.
    """
    free = np.maximum(starts, _TINY)
    for step in range(_BATCH):
        total = free.sum(axis=1, keepdims=True)
        y = free / total
        slope = potentials(phase, y, temperature) + np.log(total) - levels
        root = np.sqrt(free)
        gradient = root * slope
        if np.abs(gradient).max() < 1e-9:
            break
        if step < 2 or len(levels) == 1:  # the first steps as if the solution were ideal: far from a minimum they go further
            free = np.maximum(free * np.exp(-np.clip(slope, -6.0, 6.0)), _TINY)
            continue
        curvature = root[:, :, None] * root[:, None, :] * _excess_slopes(phase, y, temperature) / total[:, :, None]
        curvature += np.eye(len(levels))
        values, vectors = np.linalg.eigh(curvature)
        along = np.einsum("sji,sj->si", vectors, gradient) / np.maximum(np.abs(values), 0.05)
        move = -np.einsum("sij,sj->si", vectors, along)
        free = np.maximum(np.clip(2 * root + move, 0.4 * root, 8.0 * root) / 2, 0.0) ** 2
        free = np.maximum(free, _TINY)
    y = free / free.sum(axis=1, keepdims=True)
    return y, (y * (potentials(phase, y, temperature) - levels)).sum(axis=1)
