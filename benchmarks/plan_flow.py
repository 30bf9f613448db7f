"""Benchmark of the plan: a 30-step flow of document E with plan and cut, and solids of an array of sites, with their errors."""

from __future__ import annotations

import math
import tempfile
import time
from pathlib import Path

UM = 1e-6


def release_errors() -> dict[str, float]:
    """Relative errors of a release front: rate-limited round a corner against the exact way, diffusion in a strip against sqrt(2 K t)."""
    import shapely

    from waferbump.geometry.release_front import arrival_distance
    from waferbump.physics.release import diffusion_front

    corner = shapely.transform(shapely.union_all([shapely.box(0, 0, 100, 10), shapely.box(90, 0, 100, 80)]), lambda xy: xy * UM)
    window = shapely.box(-5 * UM, 0, 0, 10 * UM)
    exact = (90 + math.hypot(70, 10)) * UM
    strip = shapely.box(0, 0, 100 * UM, 20 * UM)
    front = diffusion_front(strip, shapely.box(-10 * UM, 0, 0, 20 * UM), 1e-11, 180.0, 2 * UM).bounds[2]
    return {"rate": abs(arrival_distance(corner, window) / exact - 1), "diffusion": abs(front / math.sqrt(2e-11 * 180) - 1)}


def benchmark(repeats: int = 3) -> dict:
    """Seconds of the flow and of an array's solids (made, and written as glTF), with the errors of what they give."""
    from waferbump.geometry.solid import solids
    from waferbump.geometry.solid_files import write_gltf
    from waferbump.line import run
    from waferbump.recipe import load

    recipe = load("suspended-over-gap")
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = run(recipe)
        seconds.append(time.perf_counter() - start)
    state = result.final
    start = time.perf_counter()
    bodies = solids(state.stack, state.bump)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "array.glb"
        write_gltf(path, bodies, {b.material: (0.5, 0.5, 0.5, 1.0) for b in bodies}, array=(20, 20), pitch=500 * UM)
        size = path.stat().st_size
    array = time.perf_counter() - start
    exact = {name: state.stack.volume(name) for name in state.stack.names if name != "air" and name not in state.stack.imported}
    volumes = [abs(b.volume / exact[b.name] - 1) for b in bodies if b.name in exact]
    round_ones = [abs(b.volume / state.bump.volume(b.name) - 1) for b in bodies if b.name in state.stack.imported]
    return {
        "seconds": min(seconds),
        "steps": len(result.steps),
        "array_seconds": array,
        "array_bytes": size,
        "plan_volumes": max(volumes),
        "round_volumes": max(round_ones),
        **release_errors(),
    }
