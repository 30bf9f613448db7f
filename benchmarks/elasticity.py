"""Elastic and flowing bodies: what assembly and solution take in processor time, each with its error.

The block is three layers (silicon, solder, board) cooled by 165 K between symmetry planes, 31 elements a side: 98 304 displacements. The
thin one has two 50 nm films of metal and 5 um of polymer between die and board in the same number of elements.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

SIDE, ROOM, COLD = 1e-3, 298.15, 133.15
ELEMENTS = 31
SILICON, SOLDER, BOARD = (169e9, 0.28, 2.6e-6), (46e9, 0.4, 22e-6), (22e9, 0.2, 16e-6)  # E [Pa], nu, alpha [1/K]: nominal
METAL, POLYMER = (116e9, 0.32, 8.6e-6), (3e9, 0.34, 35e-6)


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Work, what it took, what is to be reached, and the error beside it."""
    thirds = np.linspace(0, SIDE, ELEMENTS + 1)
    solve_block(thirds[:4], (SILICON, SOLDER, BOARD), thirds[[1, 2]])  # compiles
    inner = SIDE / 3, 2 * SIDE / 3
    seconds, unbalanced, solver, count = solve_block(thirds, (SILICON, SOLDER, BOARD), inner)
    yield f"elastic block of hexahedra, {count // 1000} k unknowns", f"{seconds:.1f} s CPU", "8 s", f"{error(unbalanced)}, by {solver}"
    films = [np.linspace(0, 0.4e-3, 11), 0.4e-3 + np.array([0.05e-6, 0.1e-6]), 0.4e-3 + np.linspace(0.1e-6, 5.1e-6, 8)[1:]]
    levels = np.concatenate([*films, np.linspace(0.4051e-3, SIDE, 13)[1:]])
    seconds, unbalanced, solver, count = solve_block(levels, (SILICON, METAL, POLYMER, BOARD), (0.4e-3, 0.4001e-3, 0.4051e-3))
    yield "  the same with films 0.05 um thick, 32 um wide", f"{seconds:.1f} s CPU", "", f"{error(unbalanced)}, by {solver}"
    seconds, deviation, steps = elastica()
    yield "cantilever bent by 0.46 rad, 100 elements", f"{seconds * 1e3:.0f} ms CPU", "", f"tip off by {deviation:.0e} in {steps} steps"


def error(unbalanced: float) -> str:
    """In words."""
    return f"reactions off balance by {unbalanced:.0e} of the largest"


def solve_block(levels: np.ndarray, materials, borders) -> tuple[float, float, str, int]:
    """Processor time [s] of assembly and solution, sum of the reactions over the largest, solver, and number of unknowns."""
    from waferbump.physics.constitutive import Elastic
    from waferbump.physics.elasticity import Constraints, ContinuumBlock, Model, solve

    across = np.linspace(0, SIDE, len(levels))
    nodes = np.stack(np.meshgrid(across, across, levels, indexing="ij"), axis=-1)
    n = np.arange(nodes[..., 0].size).reshape(nodes.shape[:3])
    low = [n[:-1, :-1, :-1], n[1:, :-1, :-1], n[1:, 1:, :-1], n[:-1, 1:, :-1]]
    high = [n[:-1, :-1, 1:], n[1:, :-1, 1:], n[1:, 1:, 1:], n[:-1, 1:, 1:]]
    cells, nodes = np.stack(low + high, axis=-1).reshape(-1, 8), nodes.reshape(-1, 3)
    layer = np.searchsorted(borders, nodes[cells].mean(axis=1)[:, 2])
    start = time.process_time()
    blocks = [ContinuumBlock(nodes, cells[layer == i], Elastic(*m)) for i, m in enumerate(materials)]
    held = Constraints()
    for component, plane in enumerate((n[0], n[:, 0], n[:, :, 0])):
        held.fix(3 * plane.ravel() + component)
    solution = solve(Model(nodes.size, blocks, held), COLD)
    seconds = time.process_time() - start
    reactions = solution.reactions.reshape(-1, 3)
    return seconds, float(np.abs(reactions.sum(axis=0)).max() / np.abs(reactions).max()), solution.solver, nodes.size


def elastica() -> tuple[float, float, int]:
    """Processor time [s] of a cantilever's large bending under P L^2 / (E I) = 1, the tip's error over the length, and Newton's steps."""
    from waferbump.physics.constitutive import Elastic
    from waferbump.physics.elasticity import Constraints, ContinuumBlock, LoadStep, Model, march

    count, thick, modulus = 100, 0.01, 1e9
    nodes = np.stack(np.meshgrid(np.linspace(0, 1, count + 1), [0, thick], indexing="ij"), axis=-1).reshape(-1, 2)
    cells = 2 * np.arange(count)[:, None] + (0, 2, 3, 1)
    held = Constraints()
    held.fix([0, 1, 2, 3])
    model = Model(nodes.size, [ContinuumBlock(nodes, cells, Elastic(modulus, 0.0, 0.0), rotations=True)], held)
    forces = np.zeros(nodes.size)
    forces[[-3, -1]] = modulus * thick**3 / 12 / 2
    step = [LoadStep(1.0, ROOM, {}, forces)]
    march(model, step)
    model = Model(nodes.size, [ContinuumBlock(nodes, cells, Elastic(modulus, 0.0, 0.0), rotations=True)], held)
    start = time.process_time()
    history = march(model, step)
    seconds = time.process_time() - start
    tip = history.displacements[-1][[-4, -2, -3, -1]].reshape(2, 2).mean(axis=1)
    exact = np.array([-0.0564332363, 0.3017207738])  # Bisshopp and Drucker 1945, their integrals evaluated to ten digits
    return seconds, float(np.abs(tip - exact).max()), int(history.iterations[0])
