"""Random flows for the section kernel: a seed gives a sequence of operations, each followed by what must hold after it."""

from __future__ import annotations

import math

import numpy as np
import shapely

from waferbump.geometry.section import GeometryError, Section

UM = 1e-6
MATERIALS = ("Cu", "Ti", "Ni", "resist", "oxide")
# what a step may move besides what it is for: 1e-6 of the cell (the simplification gives up (1 nm)^2 per vertex, the grid 10 pm per length)
BALANCE = 1e-6


def start(rng: np.random.Generator) -> Section:
    kind = ("axisymmetric", "planar")[rng.integers(2)]
    width, carrier, headroom = rng.uniform(20, 100) * UM, rng.uniform(5, 50) * UM, rng.uniform(5, 60) * UM
    return Section.blank(kind, width, material="Si", thickness=carrier, headroom=headroom)


def thickness(rng) -> float:
    return float(rng.choice([0.05, 0.1, 0.1, 0.5, 1.0, 3.0, 10.0])) * UM * float(rng.choice([1.0, rng.uniform(0.7, 1.4)]))


def intervals(rng, width: float):
    count = int(rng.integers(1, 4))
    ends = np.sort(rng.uniform(0.0, width, 2 * count))
    if rng.random() < 0.4:
        ends[0] = 0.0
    if rng.random() < 0.2:
        ends[-1] = width
    return tuple((a, b) for a, b in zip(ends[::2].tolist(), ends[1::2].tolist(), strict=True))


def step(section: Section, rng: np.random.Generator, number: int):
    """One random operation: its name, the call, and which regions it may make larger and smaller besides air."""
    name, material = f"r{number}", str(rng.choice(MATERIALS))
    solids = [n for n in section.names if n != "air"]
    some = [str(n) for n in rng.choice(solids, size=int(rng.integers(1, len(solids) + 1)), replace=False)]
    one = some[0]
    top = max(section.bounds(n)[3] for n in solids)
    choice = rng.choice(["grown", "grown", "grown_on", "coated", "laminated", "opened", "opened", "etched", "etched", "vertical", "filled",
                         "enlarged", "enlarged_by", "placed", "stripped", "merged", "thinned", "ceiling", "poured"])
    if choice == "grown":
        t, sides = thickness(rng), float(rng.choice([1.0, 1.0, 0.5, 0.2, rng.uniform(0.1, 1.0)]))
        return choice, lambda: section.grown(name, material, t, sides=sides), {name}, set()
    if choice == "grown_on":
        t, sides = thickness(rng), float(rng.choice([1.0, 1.0, 0.5]))
        return choice, lambda: section.grown(name, material, t, on=some, sides=sides), {name}, set()
    if choice == "coated":
        level = rng.uniform(-2, 20) * UM + top * rng.uniform(0, 1)
        return choice, lambda: section.coated(name, material, level), {name}, set()
    if choice == "laminated":
        t, gap = rng.uniform(1, 15) * UM, rng.uniform(0, 60) * UM
        return choice, lambda: section.laminated(name, material, t, bridges=gap), {name}, set()
    if choice == "opened":
        cuts = {n: intervals(rng, section.width) for n in some if n != "carrier"}
        angle, at = math.radians(rng.choice([90.0, rng.uniform(30, 150)])), rng.uniform(-2, 10) * UM
        return choice, lambda: section.opened(cuts, at=at, angles=angle), set(), set(cuts)
    if choice in ("etched", "vertical"):
        attacked = rng.choice(MATERIALS, size=int(rng.integers(1, 4)), replace=False)
        rates = {str(material): float(rng.choice([1e-8, 1e-8, 2e-9, 5e-10])) for material in attacked}
        duration = float(rng.choice([0.06, 0.12, 0.6, 2.0, 20.0])) * UM / max(rates.values())
        gone = {r.name for r in section.regions if r.material in rates}
        return choice, lambda: section.etched(rates, duration, direction="isotropic" if choice == "etched" else "vertical"), set(), gone
    if choice in ("filled", "poured"):
        within = None if rng.random() < 0.5 else rng.uniform(0.1, 1.0) * section.width
        if choice == "filled":
            level = top + rng.uniform(-5, 5) * UM
            return choice, lambda: section.filled(name, material, level=level, within=within), {name}, set()
        volume = section.amount("air") * rng.uniform(0.001, 0.5)
        return choice, lambda: section.filled(name, material, volume=volume, within=within), {name}, set()
    if choice == "enlarged":
        t = thickness(rng)
        return choice, lambda: section.enlarged(one, thickness=t), {one}, set()
    if choice == "enlarged_by":
        volume = section.cell_amount * rng.uniform(1e-4, 0.05)
        return choice, lambda: section.enlarged(one, volume=volume), {one}, set()
    if choice == "placed":
        radius = rng.uniform(1, 20) * UM
        ball = shapely.Point(0.0, top + radius).buffer(radius, quad_segs=int(rng.integers(8, 64)))
        return choice, lambda: section.placed(name, material, ball), {name}, set()
    if choice == "stripped":
        names = [n for n in some if n != "carrier"]
        return choice, lambda: section.stripped(names), set(), set(names)
    if choice == "merged":
        return choice, lambda: section.merged(some, into=name, material=material) if "carrier" not in some else section, {name}, set(some)
    if choice == "thinned":
        return choice, lambda: section.thinned(-section.floor * rng.uniform(0.8, 1.0)), set(), {"carrier"}
    return choice, lambda: section.with_ceiling(top + rng.uniform(1, 30) * UM), set(), set()


def amounts(section: Section) -> dict[str, float]:
    return {name: section.amount(name) for name in section.names}


def hold(before: Section, after: Section, larger: set, smaller: set) -> float:
    """Assert everything that every operation keeps; the worst imbalance as a fraction of the cell."""
    report = after.check()
    assert report.valid, report.message
    old, new, cell = amounts(before), amounts(after), max(before.cell_amount, after.cell_amount)
    worst = 0.0
    for name in (old.keys() | new.keys()) - {"air"}:
        change = (new.get(name, 0.0) - old.get(name, 0.0)) / cell
        if name not in larger and name not in smaller:
            worst = max(worst, abs(change))
        elif name not in larger:
            worst = max(worst, change)
        elif name not in smaller:
            worst = max(worst, -change)
    solid = sum(v for n, v in new.items() if n != "air") - sum(v for n, v in old.items() if n != "air")
    grown = after.cell_amount - before.cell_amount
    air = new["air"] - old["air"]
    assert abs(air + solid - grown) <= 1e-9 * cell, "what the solids gain, air loses"
    assert worst <= BALANCE, f"an operation moved what it must not touch: {worst:.2e} of the cell"
    # air never rises where nothing may shrink, and never falls where nothing may grow
    return worst


def run(seed: int, length: int = 12) -> tuple[float, int]:
    """Run one flow; the worst imbalance and how many operations were done (refusals in one sentence are no failure)."""
    rng = np.random.default_rng(seed)
    section, worst, done = start(rng), 0.0, 0
    for number in range(length):
        label, call, larger, smaller = step(section, rng, number)
        try:
            after = call()
        except GeometryError as refusal:
            assert "\n" not in str(refusal) and len(str(refusal)) > 10
            continue
        try:
            worst = max(worst, hold(section, after, larger, smaller))
        except AssertionError as failure:
            raise AssertionError(f"seed {seed}, operation {number} ({label}): {failure}") from failure
        section, done = after, done + 1
    assert Section.from_record(section.to_record()) == section
    return worst, done
