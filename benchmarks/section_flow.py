"""Benchmark of the section kernel: a 15-step bumping flow with 0.1 um films in a 150 um pitch, with its errors beside its time."""

from __future__ import annotations

import math
import resource
import time

from waferbump.geometry.section import Section

UM = 1e-6


def flow() -> list[Section]:
    """The sections after each of 15 steps: pad, passivation, polymer, seed films, resist, nickel, solder, strip and both etches."""
    steps = [Section.blank("axisymmetric", 75 * UM, material="Si", thickness=775 * UM)]

    def then(section: Section) -> None:
        steps.append(section)

    then(steps[-1].grown("pad", "Al", 1 * UM))
    then(steps[-1].opened({"pad": ((40 * UM, 75 * UM),)}, at=0.0))
    then(steps[-1].grown("passivation", "SiN", 1 * UM))
    then(steps[-1].opened({"passivation": ((0.0, 30 * UM),)}, at=1 * UM, angles=math.radians(80)))
    then(steps[-1].coated("polymer", "PI", 6 * UM))
    then(steps[-1].opened({"polymer": ((0.0, 25 * UM),)}, at=1 * UM, angles=math.radians(60)))
    then(steps[-1].grown("titanium", "Ti", 0.1 * UM, sides=0.5))
    then(steps[-1].grown("copper", "Cu", 0.5 * UM, sides=0.5))
    then(steps[-1].coated("resist", "resist", 50 * UM))
    then(steps[-1].opened({"resist": ((0.0, 35 * UM),)}, at=6.6 * UM, angles=math.radians(87)))
    then(steps[-1].grown("nickel", "Ni", 3 * UM, on=["copper"]))
    then(steps[-1].filled("solder", "SnAg", level=45 * UM, within=40 * UM))
    then(steps[-1].stripped(["resist"]))
    then(steps[-1].etched({"Cu": 1e-8}, 0.65 * UM / 1e-8))
    then(steps[-1].etched({"Ti": 1e-8}, 0.15 * UM / 1e-8))
    return steps


def undercut_error(film: float, depth: float) -> float:
    """Largest distance [m] between the etched edge of a film under a mask and the circle sqrt(depth^2 - h^2) round the mask's edge."""
    edge = 20 * UM
    section = Section.blank("planar", 75 * UM, material="Si", thickness=100 * UM).grown("film", "Cu", film).grown("mask", "Ni", 3 * UM)
    etched = section.opened({"mask": ((edge, 75 * UM),)}, at=0.0).etched({"Cu": 1e-8}, depth / 1e-8)
    heights = [film * (number + 0.5) / 25 for number in range(25)]
    return max(abs(etched.spans("film", film - h)[0][1] - (edge - math.sqrt(depth**2 - h**2))) for h in heights)


def lateral_error() -> float:
    """Relative error of a 20 um lateral removal of a 2 um film, at mid height."""
    section = Section.blank("planar", 75 * UM, material="Si", thickness=100 * UM).grown("film", "Al", 2 * UM).grown("cover", "Ni", 3 * UM)
    removed = section.opened({"cover": ((45 * UM, 75 * UM),)}, at=0.0).etched({"Al": 1e-7}, 200.0)
    return abs(45 * UM - removed.spans("film", 1 * UM)[0][1] - math.sqrt(20**2 - 1) * UM) / (20 * UM)


def benchmark(repeats: int = 3) -> dict:
    """{"seconds": best of the repeats, "first": the first one, "errors": {...}, "vertices", "peak_rss_bytes"} with the reach of each."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        sections = flow()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    reports = [section.check() for section in sections]
    return {
        "name": "15-step section flow",
        "seconds": min(seconds),
        "first": seconds[0],
        "peak_rss_bytes": peak,
        "errors": {
            "partition_area": max(report.area_error for report in reports),
            "undercut_2um_of_0.5um_film_m": undercut_error(0.5 * UM, 2 * UM),
            "undercut_2um_of_0.1um_film_m": undercut_error(0.1 * UM, 2 * UM),
            "lateral_20um_of_2um_film_relative": lateral_error(),
        },
        "valid": all(report.valid for report in reports),
        "vertices": sum(len(ring.coords) for r in sections[-1].regions for p in r.shape.geoms for ring in (p.exterior, *p.interiors)),
        "reach": {"seconds": 0.3, "peak_rss_bytes": 120e6, "undercut_m": 5e-9},
    }


if __name__ == "__main__":
    import json

    print(json.dumps(benchmark(), indent=1))
