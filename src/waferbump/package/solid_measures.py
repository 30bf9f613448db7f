"""Thermal cycling of a solid cell, and what is read off it: the plane cell's measures in three dimensions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..physics.elasticity import ConvergenceError, march
from ..physics.temperature_cycles import Cycle
from .cell_measures import _SLACK, SIDES, Layer, LineStrain, by_cell, cell_fields, equivalent_strain, line_strains, stress_in
from .cycling import LAYERS, STEADY, Cycled, CycleDamage, Extreme, _stops
from .plane_cell import LARGEST_STRAIN
from .solid_cell import SolidCell
from .vehicle import PackageError


def cycled_solid(
    cell: SolidCell,
    cycle: Cycle,
    distance: float,
    *,
    direction: float = 0.0,
    cycles: int = 1,
    steps: float = 1.0,
    tolerance: float = 1e-4,
    progress: Callable[[int, int], None] | None = None,
) -> Cycled:
    """March a solid cell through thermal cycles from where it is free of stress.

    Parameters
    ----------
    cell, cycle : what is cycled, and how
    distance : from the neutral point [m]: the board moves beside the die by distance times the difference of their free strains
    direction : from the neutral point to the bump, from the x axis [rad]
    cycles : whole cycles after the first cooling [1]
    steps : how many times as many load steps as usual [dimensionless]
    tolerance : of the forces' balance, relative [dimensionless]
    progress : called with the load steps done and their number

    Raises
    ------
    PackageError : the cycle reaches the joint's solidus, strains beyond what small strain describes, a joint's mesh that is too coarse,
        or no equilibrium is found, with the time at which.
    """
    if cycle.high >= cell.structure.solidus:
        raise PackageError(f"the cycle reaches {cycle.high - 273.15:.4g} degC, where {cell.structure.alloy} melts: no life is known there")
    time, temperature = cycle.profile(cycles + 1, cell.stress_free, first="cool")
    load, marks = _stops(time, temperature, cycle, steps)
    end = [k for k, mark in enumerate(marks) if mark == "cold"][cycles] + 1
    load, marks = load[:end], marks[:end]
    watch = _Watch(cell, distance, direction, marks, progress)
    try:
        march(
            cell.model, [cell.step(t, k, distance, direction) for t, k in load],
            start=cell.step(0.0, cell.stress_free, distance, direction), tolerance=tolerance, on_step=watch, keep=False,
        )  # fmt: skip
    except ConvergenceError as problem:
        raise PackageError(f"{cell.structure.flow}: {problem}") from problem
    return watch.result(cycle)


class _Watch:
    """Keeps what is asked of a march while it runs."""

    def __init__(self, cell: SolidCell, distance: float, direction: float, marks: list[str], progress) -> None:
        self.cell, self.distance, self.direction, self.marks, self.progress = cell, distance, direction, marks, progress
        layers = {(side, t): joint_layer(cell, side, t) for side in SIDES for t in LAYERS}
        whole = {t for t in LAYERS if all(layers[side, t].resolved for side in SIDES)}
        if LAYERS[1] not in whole:
            raise PackageError(
                f"{cell.structure.flow}: the mesh does not resolve a layer of {1e6 * LAYERS[1]:.3g} um of the joint: refine it"
            )
        self.layers = {key: layer for key, layer in layers.items() if key[1] in whole}
        self.loop = [(0.0, cell.stress_free, 0.0, 0.0)]
        self.before: dict[str, np.ndarray] | None = None
        self.strains: dict[str, dict[str, np.ndarray]] = {}
        self.extremes: dict[str, Extreme] = {}
        self.cycles: list[CycleDamage] = []

    def __call__(self, result) -> None:
        cell, temperature = self.cell, float(result.temperature)
        shift = cell.shift(temperature, self.distance)
        way = np.array([np.cos(self.direction), np.sin(self.direction)])
        force = float(cell.force(result.reactions) @ way)
        self.loop.append((result.time, temperature, shift, force))
        if mark := self.marks[result.number]:
            self.strains[mark] = line_strains(cell)
            self.extremes[mark] = _extreme(cell, temperature, shift, force, result.u)
            if mark == "cold":
                self._cycle()
        if self.progress is not None:
            self.progress(result.number + 1, len(self.marks))

    def _cycle(self) -> None:
        block = self.cell.blocks[self.cell.structure.joint.name]
        now = {name: by_cell(block, block.column(name)) for name in ("inelastic_work", "equivalent_inelastic_strain")}
        if self.before is not None:
            gained = {name: now[name] - self.before[name] for name in now}
            ranges = {name: self.strains["hot"][name] - cold for name, cold in self.strains["cold"].items()}
            energy, creep = (
                {key: layer.average(gained[name]) for key, layer in self.layers.items()}
                for name in ("inelastic_work", "equivalent_inelastic_strain")
            )
            made = CycleDamage(energy, creep, largest_line_strain(self.cell, ranges))
            most = max(0.5 * max(creep.values()), made.line.size)  # a cycle strains there and back
            if most > LARGEST_STRAIN:
                raise PackageError(
                    f"{self.cell.structure.flow}: at {1e3 * self.distance:.3g} mm a cycle strains the bump or its line by "
                    f"{100 * most:.3g} %, beyond the {100 * LARGEST_STRAIN:.3g} % that small strain describes"
                )
            self.cycles.append(made)
        self.before = now

    def result(self, cycle: Cycle) -> Cycled:
        loop = np.array(self.loop)
        first, last = (c.worst(LAYERS[1])[0] for c in (self.cycles[-2:] * 2)[:2])
        tail = loop[loop[:, 0] > loop[-1, 0] - cycle.period * (1 + 1e-9)]
        reach = np.ptp(tail[:, 2])
        steady = len(self.cycles) > 1 and abs(last - first) <= STEADY * max(abs(first), 1e-30)
        return Cycled(
            self.distance, tuple(self.cycles), steady, self.extremes["cold"], self.extremes["hot"],
            float(np.ptp(tail[:, 3]) / reach) if reach else 0.0, loop,
        )  # fmt: skip


def _extreme(cell: SolidCell, temperature: float, shift: float, force: float, u: np.ndarray) -> Extreme:
    strains = line_strains(cell)
    line = max(strains, key=lambda n: cell.blocks[n].volume.sum(), default="")
    sets = cell.mesh.sets
    lift = float(u[3 * sets["board_back"] + 2].mean() - u[3 * sets["die_back"] + 2].mean())
    return Extreme(
        temperature, shift, force, turn(cell, u), foot_shift(cell, u), smallest_gap(cell, u),
        stress_in(cell, cell.structure.joint.name), stress_in(cell, line) if line else (0.0, 0.0), u, lift, cell_fields(cell),
    )  # fmt: skip


def joint_layer(cell: SolidCell, side: str, thickness: float) -> Layer:
    """The slice of a thickness [m] at the component's or the board's end of the joint; elements count with their share of height inside.

    Solder that fills a dimple of the metal below the foot belongs to no slice.
    """
    block, mesh = cell.blocks[cell.structure.joint.name], cell.mesh
    z = mesh.nodes[block.cells, 2]
    low, high = z.min(1), z.max(1)
    foot, top = (float(mesh.nodes[mesh.sets[name], 2].max()) for name in ("joint_foot", "joint_top"))
    a, b = (foot, foot + thickness) if side == SIDES[0] else (top - thickness, top)
    inside = np.clip((np.minimum(high, b) - np.maximum(low, a)) / (high - low), 0.0, 1.0)
    tallest = (high - low)[(low < b) & (high > a)].max()
    return Layer(side, thickness, inside * np.bincount(block.cell_of, block.volume), bool(tallest <= thickness * _SLACK))


def largest_line_strain(cell: SolidCell, strains: dict[str, np.ndarray]) -> LineStrain:
    """The largest equivalent strain in the line, averaged over its own thickness in plan and half of that through it."""
    if not strains:
        return LineStrain(0.0, (0.0, 0.0), "")
    names = list(strains)
    corners = [cell.mesh.nodes[cell.blocks[n].cells] for n in names]
    centre, tall = np.concatenate([c.mean(1) for c in corners]), np.concatenate([np.ptp(c[..., 2], axis=1) for c in corners])
    volume = np.concatenate([np.bincount(cell.blocks[n].cell_of, cell.blocks[n].volume) for n in names])
    strain, owner = np.concatenate([strains[n] for n in names]), np.repeat(np.arange(len(names)), [len(strains[n]) for n in names])
    # of the line's parts together, in the middle of all columns of the mesh
    _, column = np.unique(np.round(centre[:, :2] / 1e-9), axis=0, return_inverse=True)
    thick = float(np.median(np.bincount(column.ravel(), tall)))
    size = np.empty(len(centre))
    for k, place in enumerate(centre):
        away = centre - place
        near = (np.hypot(away[:, 0], away[:, 1]) <= 0.5 * thick) & (np.abs(away[:, 2]) <= 0.25 * thick)
        size[k] = equivalent_strain((volume[near] @ strain[near] / volume[near].sum())[None])[0]
    worst = int(np.argmax(size))
    return LineStrain(float(size[worst]), (float(centre[worst, 0]), float(centre[worst, 2])), names[owner[worst]])


def turn(cell: SolidCell, u: np.ndarray) -> float:
    """By how much the joint's foot has turned about y [rad]: the slope of its u_z along x."""
    foot = cell.mesh.sets["joint_foot"]
    x = cell.mesh.nodes[foot, 0] + u[3 * foot]
    away = x - x.mean()
    return float(np.arctan(away @ u[3 * foot + 2] / (away @ away)))


def foot_shift(cell: SolidCell, u: np.ndarray) -> float:
    """By how much the joint's foot has moved along x over the die's surface below it [m]."""
    sets, nodes = cell.mesh.sets, cell.mesh.nodes
    foot, surface = sets["joint_foot"], sets["die_surface"]
    reach = np.linalg.norm(nodes[foot, :2], axis=1).max()
    below = surface[np.linalg.norm(nodes[surface, :2], axis=1) <= reach]
    return float(u[3 * foot].mean() - u[3 * below].mean())


def smallest_gap(cell: SolidCell, u: np.ndarray) -> float:
    """What is left of the gaps at their narrowest [m]; infinite where there are none."""
    left = [float(np.min(b.heights + u[3 * b.pairs[:, 1] + 2] - u[3 * b.pairs[:, 0] + 2])) for b in cell.contacts.values()]
    return min(left, default=np.inf)
