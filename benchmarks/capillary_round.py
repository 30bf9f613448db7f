"""Round liquid bodies: what one drop, ten million drops and one joint take, each with its error; Surface Evolver beside it where installed.

The slow reference stays alive here: the tables' errors are measured against the solver that made them, the solver's against forces
that must balance.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.timing import best

SOLDER = (0.53, 7000.0)  # surface tension [N/m] and density [kg/m^3] of a tin-silver-copper solder, nominal
BALL, PAD = 8.18123086872342e-12, 107.5e-6  # a 250 um ball on a 215 um pad
MANY = 10_000_000
SEGMENTS = 6  # of Surface Evolver's first ring; rings follow with twice, three times, ... as many


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Work, what it took, what is to be reached, and the error beside it."""
    from waferbump.physics.capillary import drop, joint

    one = drop(BALL, PAD, *SOLDER)
    push = np.pi * PAD**2 * one.pad_pressure - 2 * np.pi * PAD * SOLDER[0] * np.sin(one.contact_angle)
    unbalanced = abs(push - SOLDER[1] * one.gravity * BALL) / (SOLDER[0] * PAD)
    seconds = best(lambda: drop(BALL, PAD, *SOLDER), 200)
    yield "one pinned drop", f"{seconds * 1e3:.2f} ms", "1 ms", f"forces off by {unbalanced:.0e} of tension times radius"

    volumes = BALL * np.random.default_rng(1).uniform(0.7, 1.3, MANY)
    drop(volumes[:10], PAD, *SOLDER)
    start = time.perf_counter()
    many = drop(volumes, PAD, *SOLDER)
    seconds = time.perf_counter() - start
    worst = max(abs(many.height[i] / drop(volumes[i], PAD, *SOLDER).height - 1) for i in range(0, MANY, MANY // 2000))
    yield "10^7 pinned drops", f"{seconds:.1f} s", "10 s", f"heights off by {worst:.0e} (1e-6), 2000 of them against the slow solver"
    del many, volumes

    def stand_off():
        return joint(BALL, 1e-4, 1e-4, *SOLDER)

    joined = stand_off()
    below = np.pi * 1e-8 * joined.bottom_pressure - 2 * np.pi * 1e-4 * SOLDER[0] * np.sin(joined.bottom_angle)
    unbalanced = abs(below - SOLDER[1] * joined.gravity * BALL) / (SOLDER[0] * 1e-4)
    yield (
        "one joint at rest between two pads",
        f"{best(stand_off, 50) * 1e3:.2f} ms",
        "5 ms",
        f"forces off by {unbalanced:.0e} of tension times radius",
    )
    yield from evolver_rows(one.height / PAD)


def evolver_rows(height: float) -> Iterator[tuple[str, str, str, str]]:
    """Surface Evolver on the same drop, its quadratic model, coarse to fine."""
    program = shutil.which("evolver-nox-d") or shutil.which("evolver")
    if program is None:
        yield "  Surface Evolver, the same drop", "-", "", "not installed (Debian: evolver-nox)"
        return
    for rings in (4, 8):
        found, seconds = evolve(program, BALL / PAD**3, SOLDER[1] * 9.80665 * PAD**2 / SOLDER[0], rings)
        name = f"  Surface Evolver, {SEGMENTS * rings**2} quadratic facets"
        yield name, f"{seconds * 1e3:.0f} ms", "", f"height off by {abs(found / height - 1):.0e}"


def evolve(program: str, volume: float, bond: float, rings: int) -> tuple[float, float]:
    """Height [pad radii] that Surface Evolver finds for a pinned drop, and its wall time [s], start of the program included."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drop.fe"
        path.write_text(datafile(volume, bond, rings), encoding="ascii")
        commands = "M 2\ng 5\nhessian\nhessian\nhessian\nprintf \"height %1.15f\\n\", max(vertex, z)\nq\nq\n"

        def call():
            return subprocess.run([program, str(path)], input=commands, capture_output=True, text=True, timeout=120, check=False).stdout

        seconds = best(call, 5)
        return float(re.findall(r"height ([0-9]\S+)", call())[-1]), seconds


def datafile(volume: float, bond: float, rings: int) -> str:
    """Surface Evolver's input: a truncated sphere of triangles whose rim is fixed on the unit circle."""
    half = 2 * np.sinh(np.arcsinh(3 * volume / np.pi) / 3)
    radius, angle = (1 + half**2) / (2 * half), 2 * np.arctan(half)
    vertices, first = [(0.0, 0.0, half)], [0]
    for ring in range(1, rings + 1):
        first.append(len(vertices))
        slope = angle * ring / rings
        for turn in np.arange(SEGMENTS * ring) * 2 * np.pi / (SEGMENTS * ring):
            out = radius * np.sin(slope)
            vertices.append((out * np.cos(turn), out * np.sin(turn), radius * (np.cos(slope) - np.cos(angle))))
    triangles = []
    for ring in range(1, rings + 1):
        outer, inner = SEGMENTS * ring, SEGMENTS * (ring - 1)
        for sector in range(SEGMENTS):
            for k in range(ring):
                a = first[ring] + (sector * ring + k) % outer
                b = first[ring] + (sector * ring + k + 1) % outer
                c = first[ring - 1] + (sector * (ring - 1) + k) % max(inner, 1)
                triangles.append((a, b, c))
                if k + 1 < ring:
                    triangles.append((c, b, first[ring - 1] + (sector * (ring - 1) + k + 1) % inner))
    edges: dict[tuple[int, int], int] = {}
    sides = []
    for triangle in triangles:
        row = []
        for a, b in zip(triangle, triangle[1:] + triangle[:1], strict=True):
            if (b, a) in edges:
                row.append(-edges[b, a])
            else:
                row.append(edges.setdefault((a, b), len(edges) + 1))
        sides.append(row)
    rim = "fixed constraints 1 2"
    lines = [f"gravity_constant {bond:.17g}", "constraint 1", "formula: x^2 + y^2 = 1", "constraint 2", "formula: z = 0", "vertices"]
    lines += [f"{i + 1} {x:.17g} {y:.17g} {z:.17g} {rim if i >= first[rings] else ''}" for i, (x, y, z) in enumerate(vertices)]
    lines.append("edges")
    lines += [f"{n} {a + 1} {b + 1} {rim if min(a, b) >= first[rings] else ''}" for (a, b), n in edges.items()]
    lines.append("faces")
    lines += [f"{i + 1} {' '.join(str(side) for side in row)} tension 1" for i, row in enumerate(sides)]
    lines += ["bodies", f"1 {' '.join(str(i + 1) for i in range(len(sides)))} volume {volume:.17g} density 1"]
    return "\n".join(lines) + "\n"
