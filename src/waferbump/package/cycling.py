"""Thermal cycling of a plane cell: the march through a profile until the loops are steady, and what every cycle does to joint and line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..physics.elasticity import ConvergenceError, march
from ..physics.temperature_cycles import Cycle
from .cell_measures import (
    SIDES,
    CellFields,
    LineStrain,
    by_cell,
    cell_fields,
    foot_shift,
    joint_layer,
    largest_line_strain,
    lift,
    line_strains,
    smallest_gap,
    stress_in,
    turn,
)
from .plane_cell import LARGEST_STRAIN, PlaneCell
from .vehicle import PackageError

LAYERS = (12.7e-6, 25e-6, 25.4e-6)  # m; the layers over which the life constants' energies are averaged
_WORST = LAYERS[1]
STEADY = 0.02  # of the energy of a cycle over the one before: below this the loop is steady (our choice)
_RAMP, _DWELL = 24, 6  # load steps of a ramp and of a dwell: 7 K a step; larger ones cost more, not less (our choice, doubled in the tests)


@dataclass(frozen=True)
class CycleDamage:
    """What one cycle did.

    energy : inelastic work of the joint's layers [J/m^3] by (side, thickness [m]);  creep : equivalent inelastic strain likewise [1]
    line : range of the line's strain between the cold and the hot end
    """

    energy: Mapping[tuple[str, float], float]
    creep: Mapping[tuple[str, float], float]
    line: LineStrain

    def worst(self, thickness: float) -> tuple[float, str]:
        """The larger energy [J/m^3] of the two ends at that thickness of the layer [m], and its side."""
        side = max(SIDES, key=lambda s: self.energy[s, thickness])
        return self.energy[side, thickness], side


@dataclass(frozen=True)
class Extreme:
    """The cell at one end of the last cycle.

    temperature : [K];  shift : of the board beside the die [m];  force : on the bump along x [N];  turn : of the joint's foot [rad]
    foot : shift of the joint's foot over the die [m];  gap : the narrowest [m]
    joint_stress, line_stress : von Mises, average and largest [Pa];  u : displacements [m]
    lift : of the board from the die [m];  fields : see `cell_measures.cell_fields`
    """

    temperature: float
    shift: float
    force: float
    turn: float
    foot: float
    gap: float
    joint_stress: tuple[float, float]
    line_stress: tuple[float, float]
    u: np.ndarray
    lift: float
    fields: CellFields

    @property
    def stress(self) -> Mapping[str, np.ndarray]:
        """Von Mises stress by part and element [Pa]."""
        return self.fields["von Mises stress"]


@dataclass(frozen=True)
class Cycled:
    """A cell after its cycles.

    distance : from the neutral point, of which its shift follows [m];  cycles : damage of each;  steady : whether the last two agree
    cold, hot : the ends of the last cycle;  stiffness : range of the force over the range of the shift [N/m], heat's own push included
    loop : time [s], temperature [K], shift [m] and force [N] at every step, shape (steps, 4)
    """

    distance: float
    cycles: tuple[CycleDamage, ...]
    steady: bool
    cold: Extreme
    hot: Extreme
    stiffness: float
    loop: np.ndarray

    @property
    def last(self) -> CycleDamage:
        """Damage of the last cycle."""
        return self.cycles[-1]


def cycled(
    cell: PlaneCell,
    cycle: Cycle,
    distance: float,
    *,
    cycles: int = 3,
    steps: float = 1.0,
    tolerance: float = 1e-4,
    progress: Callable[[int, int], None] | None = None,
) -> Cycled:
    """March a cell through thermal cycles from where it is free of stress.

    Parameters
    ----------
    cell, cycle : what is cycled, and how
    distance : from the neutral point [m]: the board moves beside the die by distance times the difference of their free strains
    cycles : whole cycles after the first cooling [1]
    steps : how many times as many load steps as usual [dimensionless]
    tolerance : of the forces' balance, relative [dimensionless]
    progress : called with the load steps done and their number

    Raises
    ------
    PackageError : the cycle reaches the joint's solidus, or no equilibrium is found, with the time at which.
    """
    if cycle.high >= cell.structure.solidus:
        raise PackageError(
            f"the cycle reaches {cycle.high - 273.15:.4g} degC, where {cell.structure.alloy} begins to melt "
            f"({cell.structure.solidus - 273.15:.4g} degC): no life is defined there"
        )
    time, temperature = cycle.profile(cycles + 1, cell.stress_free, first="cool")
    load, marks = _stops(time, temperature, cycle, steps)
    end = [k for k, mark in enumerate(marks) if mark == "cold"][cycles] + 1  # a cycle runs from the end of one cold dwell to the next
    load, marks = load[:end], marks[:end]
    watch = _Watch(cell, cycle, distance, marks, len(load), progress)
    try:
        march(
            cell.model, [cell.step(t, k, distance) for t, k in load], start=cell.step(0.0, cell.stress_free, distance),
            tolerance=tolerance, on_step=watch, keep=False,
        )  # fmt: skip
    except ConvergenceError as problem:
        raise PackageError(f"{cell.structure.flow}: {problem}") from problem
    return watch.result()


def _stops(time: np.ndarray, temperature: np.ndarray, cycle: Cycle, steps: float) -> tuple[list[tuple[float, float]], list[str]]:
    """Load steps (time, temperature), and for each "cold" or "hot" where a dwell ends there, else "" """
    load: list[tuple[float, float]] = []
    marks: list[str] = []
    for t0, t1, k0, k1 in zip(time[:-1], time[1:], temperature[:-1], temperature[1:], strict=True):
        dwell = k0 == k1
        if dwell:  # creep slows down: steps that grow
            count = max(2, round(_DWELL * steps))
            parts = (2.0 ** np.arange(1, count + 1) - 1.0) / (2.0**count - 1.0)
        else:
            count = max(2, round(_RAMP * steps * max(1.0, abs(k1 - k0) / cycle.range)))
            parts = np.arange(1, count + 1) / count
        load += [(float(t0 + p * (t1 - t0)), float(k0 + p * (k1 - k0))) for p in parts]
        marks += [""] * (len(parts) - 1) + [("cold" if k1 == cycle.low else "hot") if dwell else ""]
    return load, marks


class _Watch:
    """Keeps what is asked of a march while it runs."""

    def __init__(self, cell: PlaneCell, cycle: Cycle, distance: float, marks: list[str], total: int, progress: Any) -> None:
        self.cell, self.cycle, self.distance, self.marks, self.total, self.progress = cell, cycle, distance, marks, total, progress
        layers = {(side, t): joint_layer(cell, side, t) for side in SIDES for t in LAYERS}
        whole = {t for t in LAYERS if all(layers[side, t].resolved for side in SIDES)}
        if _WORST not in whole:
            raise PackageError(f"{cell.structure.flow}: the mesh does not resolve a layer of {1e6 * _WORST:.3g} um of the joint: refine it")
        self.layers = {key: layer for key, layer in layers.items() if key[1] in whole}
        self.loop: list[tuple[float, float, float, float]] = [(0.0, cell.stress_free, 0.0, 0.0)]
        self.before: dict[str, dict] | None = None
        self.strains: dict[str, dict[str, np.ndarray]] = {}
        self.extremes: dict[str, Extreme] = {}
        self.cycles: list[CycleDamage] = []

    def __call__(self, result) -> None:
        cell = self.cell
        temperature = float(result.temperature)
        shift, force = cell.shift(temperature, self.distance), cell.shear_force(result.reactions)
        self.loop.append((result.time, temperature, shift, force))
        mark = self.marks[result.number]
        if mark:
            self._extreme(mark, temperature, shift, force, result.u)
            if mark == "cold":
                self._cycle()
        if self.progress is not None:
            self.progress(result.number + 1, self.total)

    def _extreme(self, mark: str, temperature: float, shift: float, force: float, u: np.ndarray) -> None:
        cell = self.cell
        self.strains[mark] = line_strains(cell)
        line = max(self.strains[mark], key=lambda n: cell.blocks[n].volume.sum(), default="")
        self.extremes[mark] = Extreme(
            temperature, shift, force, turn(cell, u), foot_shift(cell, u), smallest_gap(cell, u),
            stress_in(cell, cell.structure.joint.name), stress_in(cell, line) if line else (0.0, 0.0), u,
            lift(cell, u), cell_fields(cell),
        )  # fmt: skip

    def _cycle(self) -> None:
        block = self.cell.blocks[self.cell.structure.joint.name]
        now = {name: by_cell(block, block.column(name)) for name in ("inelastic_work", "equivalent_inelastic_strain")}
        if self.before is not None:
            gained = {name: now[name] - self.before[name] for name in now}
            ranges = {n: self.strains["hot"][n] - self.strains["cold"][n] for n in self.strains["cold"]}
            self.cycles.append(
                CycleDamage(
                    {key: layer.average(gained["inelastic_work"]) for key, layer in self.layers.items()},
                    {key: layer.average(gained["equivalent_inelastic_strain"]) for key, layer in self.layers.items()},
                    largest_line_strain(self.cell, ranges),
                )
            )
            self._refuse(self.cycles[-1])
        self.before = now

    def _refuse(self, cycle: CycleDamage) -> None:
        """PackageError where a cycle strains line or joint beyond what small strain describes."""
        most = max(0.5 * max(cycle.creep.values()), cycle.line.size)  # a cycle strains there and back
        if most > LARGEST_STRAIN:
            raise PackageError(
                f"{self.cell.structure.flow}: at {1e3 * self.distance:.3g} mm a cycle strains the bump or its line by {100 * most:.3g} %, "
                f"beyond the {100 * LARGEST_STRAIN:.3g} % that small strain describes: it fails within a few cycles"
            )

    def result(self) -> Cycled:
        loop = np.array(self.loop)
        first, last = (c.worst(LAYERS[1])[0] for c in (self.cycles[-2:] * 2)[:2])
        cold, hot = self.extremes["cold"], self.extremes["hot"]
        span = hot.shift - cold.shift
        stiffness = abs((hot.force - cold.force) / span) if span else 0.0
        tail = loop[loop[:, 0] > loop[-1, 0] - self.cycle.period * (1 + 1e-9)]
        reach = np.ptp(tail[:, 2])
        stiffness = float(np.ptp(tail[:, 3]) / reach) if reach else stiffness
        steady = len(self.cycles) > 1 and abs(last - first) <= STEADY * max(abs(first), 1e-30)
        return Cycled(self.distance, tuple(self.cycles), steady, cold, hot, stiffness, loop)
