"""Points of a phase diagram where as many phases meet as the phase rule allows, or where a given liquid or solid begins to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .database import Database, monomials
from .system import CompoundPhase, SolutionPhase, compound_energy, potential_slopes, potentials

_STEPS = 80  # Newton steps; 5 to 20 are needed
_DONE = 1e-9  # of R T, of mole fractions, and of T in units of T


class NoSuchPoint(ValueError):
    """Phases that do not meet near the given temperature and compositions."""


@dataclass(frozen=True)
class SpecialPoint:
    """Where phases meet: temperature [K] and the mole fractions of each phase over the system's elements."""

    temperature: float
    fractions: Mapping[str, np.ndarray]


def special_point(
    database: Database,
    elements: tuple[str, ...],
    names: Sequence[str],
    temperature: float,
    fractions: Mapping[str, np.ndarray],
    fixed: str | None = None,
) -> SpecialPoint:
    """Solve for the temperature and the compositions at which the named phases are in equilibrium.

    mu_i,p(y_p, T) = lambda_i for every phase p, sum_i y_p,i = 1; with one phase's composition fixed if there are too few phases

    Parameters
    ----------
    database : of the phases [Database]
    elements : of the system, in alphabetical order [symbols]
    names : of the phases; a second part of one phase as "NAME#2" [names]
    temperature : where the search starts [K]
    fractions : mole fractions where it starts, by phase [1], shape (elements,)
    fixed : the phase whose composition is held [name]

    Raises
    ------
    NoSuchPoint : the phases do not meet near the start.

    >>> from waferbump.physics.alloys.database import own_database
    >>> start = {"LIQUID": np.array([0.26, 0.74]), "FCC_A1": np.array([0.71, 0.29]), "BCT_A5": np.array([0.015, 0.985])}
    >>> abs(special_point(own_database(), ("Pb", "Sn"), list(start), 456.0, start).temperature - 456.15) < 2.0
    True
    """
    phases = [phase_named(database, elements, name.split("#")[0]) for name in names]
    size = len(elements)
    logs = [
        np.log(np.maximum(fractions[name][phase.columns], 1e-9)) if isinstance(phase, SolutionPhase) else None
        for name, phase in zip(names, phases, strict=True)
    ]
    held = fractions[fixed] if fixed else None
    widths = [len(p.columns) if isinstance(p, SolutionPhase) else 0 for p in phases]
    unknowns = sum(widths)
    levels = np.zeros(size)
    for _ in range(_STEPS):
        rows, right = [], []
        column = 0
        for name, phase, log in zip(names, phases, logs, strict=True):
            if isinstance(phase, CompoundPhase):
                row = np.zeros(unknowns + size + 1)
                row[unknowns : unknowns + size] = phase.fractions
                row[-1] = -_by_temperature(lambda t, c=phase: compound_energy(c, t), temperature)
                rows.append(row)
                right.append(compound_energy(phase, temperature))
                continue
            y = np.exp(log)
            block = np.zeros((len(log), unknowns + size + 1))
            block[:, column : column + len(log)] = potential_slopes(phase, y / y.sum(), temperature) * (y / y.sum())
            block[range(len(log)), unknowns + phase.columns] = -1.0
            block[:, -1] = _by_temperature(lambda t, p=phase, z=y: potentials(p, z / z.sum(), t), temperature)
            rows.extend(block)
            right.extend(-potentials(phase, y / y.sum(), temperature))
            total = np.zeros(unknowns + size + 1)
            total[column : column + len(log)] = y
            rows.append(total)
            right.append(1.0 - y.sum())
            if name == fixed:
                for k in range(len(log) - 1):
                    row = np.zeros(unknowns + size + 1)
                    row[column + k] = 1.0
                    rows.append(row)
                    right.append(np.log(max(held[phase.columns[k]], 1e-12)) - log[k])
            column += len(log)
        matrix = np.array(rows)
        if matrix.shape[0] != matrix.shape[1]:
            raise NoSuchPoint(f"{len(names)} phases of {size} elements do not define a point")
        try:
            step = np.linalg.solve(matrix, np.array(right))
        except np.linalg.LinAlgError:
            raise NoSuchPoint(f"{', '.join(names)}: the equations are degenerate near {temperature:.0f} K") from None
        scale = min(1.0, 0.5 / max(float(np.abs(step[:unknowns]).max(initial=0.0)), 1e-300), 0.05 / max(abs(float(step[-1])), 1e-300))
        column = 0
        for k, width in enumerate(widths):
            if width:
                logs[k] = logs[k] + scale * step[column : column + width]
                column += width
        levels = step[unknowns : unknowns + size]
        temperature *= 1.0 + scale * float(step[-1])
        if not np.isfinite(temperature) or not 100.0 < temperature < 4000.0:
            raise NoSuchPoint(f"{', '.join(names)} do not meet between 100 and 4000 K")
        if scale == 1.0 and float(np.abs(np.delete(step, range(unknowns, unknowns + size))).max()) < _DONE:
            found = {}
            for name, phase, log in zip(names, phases, logs, strict=True):
                full = np.zeros(size)
                if isinstance(phase, CompoundPhase):
                    full = phase.fractions
                else:
                    full[phase.columns] = np.exp(log)
                found[name] = full
            _require_distinct(found)
            return SpecialPoint(float(temperature), found)
    raise NoSuchPoint(f"{', '.join(names)} do not meet near {temperature:.0f} K (levels {levels.round(2).tolist()})")


def _require_distinct(found: Mapping[str, np.ndarray]) -> None:
    names = list(found)
    for k, one in enumerate(names):
        for other in names[k + 1 :]:
            if one.split("#")[0] == other.split("#")[0] and np.abs(found[one] - found[other]).max() < 1e-4:
                raise NoSuchPoint(f"{one} and {other} fall together")


def phase_named(database: Database, elements: tuple[str, ...], name: str) -> SolutionPhase | CompoundPhase:
    """One phase of a database over the elements of a system.

    Parameters
    ----------
    database : of the phases [Database]
    elements : of the system, in alphabetical order [symbols]
    name : of the phase [name]

    Raises
    ------
    NoSuchPoint : the database has no such phase.
    """
    for solution in database.solutions:
        if solution.name == name:
            held = tuple(e for e in elements if e in solution.elements)
            return SolutionPhase(name, np.array([elements.index(e) for e in held]), monomials(solution, held))
    for compound in database.compounds:
        if compound.name == name:
            return CompoundPhase(name, np.array([compound.fractions.get(e, 0.0) for e in elements]), compound.energy)
    raise NoSuchPoint(f"the database has no phase {name}")


def _by_temperature(function, temperature: float):
    """Change with ln T, by a central difference: exact enough for the direction of a Newton step."""
    step = 1e-5
    return (function(temperature * (1 + step)) - function(temperature * (1 - step))) / (2 * step)
