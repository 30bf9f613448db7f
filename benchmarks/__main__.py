"""`make bench`: how long the work takes on this machine, what error it carries, and how far that is to reach."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import (
    capillary_round,
    capillary_surface,
    elasticity,
    lithography_chain,
    lithography_front,
    lithography_optics,
    lithography_resist,
    package_cell,
    plan_flow,
)
from benchmarks.section_flow import benchmark

ROWS = "{:<44} {:>12} {:>12}   {}"


def timed(arguments: list[str], **keywords) -> float:
    """Wall seconds of a whole process; an error stops the benchmark."""
    start = time.perf_counter()
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **keywords)
    return time.perf_counter() - start


def fresh_bytecode_run(folder: Path) -> float:
    """First run after an install: nothing compiled yet, so the package's bytecode is made anew."""
    source = Path(__file__).parents[1] / "src"
    copy = folder / "fresh"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    arguments = ["waferbump", "run", "stair-plated", "-o", str(folder / "first")]
    code = f"import sys; sys.path.insert(0, {str(copy)!r}); from waferbump.cli import main; sys.argv = {arguments!r}; main()"
    return timed([sys.executable, "-c", code])


def round_trip_error() -> float:
    """Largest relative change of metal mass over the reflow of a fused bump."""
    from waferbump.line import run
    from waferbump.materials import library
    from waferbump.recipe import load
    from waferbump.steps.conduction import metal_mass, tin_in_compounds

    result = run(load("two-mask-fused-different"))
    masses = [sum(metal_mass(s, n, library()) for n in s.names_with("solder")) + tin_in_compounds(s, library()) for s in result.states]
    return max(abs(b - a) / a for a, b, step in zip(masses, masses[1:], result.steps[1:], strict=False) if step.verb == "reflow" and a)


def main() -> None:
    """Measure and print."""
    section = benchmark()
    errors, reach = section["errors"], section["reach"]
    print(ROWS.format("work", "measured", "reach", "error beside it"))
    undercut = max(errors["undercut_2um_of_0.5um_film_m"], errors["undercut_2um_of_0.1um_film_m"])
    print(
        ROWS.format(
            "15-step section flow",
            f"{section['seconds']:.3f} s",
            f"{reach['seconds']} s",
            f"undercut off by {undercut * 1e9:.2f} nm (5 nm)",
        )
    )
    lateral = errors["lateral_20um_of_2um_film_relative"]
    memory = f"{section['peak_rss_bytes'] / 1e6:.0f} MB"
    print(
        ROWS.format("  its memory", memory, f"{reach['peak_rss_bytes'] / 1e6:.0f} MB", f"20 um lateral removal off by {lateral:.1e} (5e-3)")
    )
    plan = plan_flow.benchmark()
    fronts = f"release front off by {plan['rate']:.1e} (rate), {plan['diffusion']:.1e} (diffusion) (5e-3)"
    print(ROWS.format(f"{plan['steps']}-step flow of document E, plan and cut", f"{plan['seconds']:.2f} s", "3 s", fronts))
    volumes = f"volumes off by {plan['plan_volumes']:.1e} (plan), {plan['round_volumes']:.1e} (revolved, 1e-3)"
    print(ROWS.format("solids of a 20 x 20 array, as glTF", f"{plan['array_seconds']:.2f} s", "3 s", volumes))
    lithography = (lithography_optics, lithography_resist, lithography_front, lithography_chain)
    for part in (capillary_round, capillary_surface, *lithography, elasticity, package_cell):
        for row in part.rows():
            print(ROWS.format(*row))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = fresh_bytecode_run(folder)
        waferbump = [sys.executable, "-m", "waferbump.cli"]
        cold = min(timed([*waferbump, "run", "stair-plated", "-o", str(folder / f"cold{i}")]) for i in range(3))
        layout = min(timed([*waferbump, "run", "two-mask-fused", "-o", str(folder / f"fused{i}")]) for i in range(2))
        help_time = min(timed([*waferbump, "--help"]) for _ in range(5))
    balance = f"metal off by {round_trip_error():.1e} of its mass (2e-6)"
    print(ROWS.format("run stair-plated, report included, first", f"{first:.2f} s", "25 s", ""))
    print(ROWS.format("run stair-plated, report included, cold", f"{cold:.2f} s", "8 s", ""))
    print(ROWS.format("run two-mask-fused, report included, cold", f"{layout:.2f} s", "8 s", balance))
    print(ROWS.format("waferbump --help", f"{help_time:.2f} s", "0.3 s", ""))


if __name__ == "__main__":
    main()
