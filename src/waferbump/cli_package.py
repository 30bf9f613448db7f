"""The commands of the package room: `waferbump cycle` one structure, `waferbump rank` all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .terminal import clear_line, print_json, say

Where = Annotated[
    str, typer.Argument(metavar="PACKAGE|RECIPE", help="A package file or name, a flow's name or a recipe file.")
]
Folder = Annotated[Path | None, typer.Option("-o", "--output", metavar="DIR", help="Folder for what comes out; else packages/NAME.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else there.")]
Refine = Annotated[float, typer.Option("--refine", min=0.3, max=4.0, help="How many times as fine as usual the meshes are.")]
Pad = Annotated[str, typer.Option("--pad", metavar="inward|outward", help="Side of the bump on which its pad lies.")]


def cycle(
    package: Where,
    output: Folder = None,
    edge: Annotated[str | None, typer.Option("--edge", metavar="LENGTH", help='Edge of the die, e.g. "7 mm".')] = None,
    distance: Annotated[
        str | None, typer.Option("--distance", metavar="LENGTH", help="Of the bump from the neutral point; the corner's if not given.")
    ] = None,
    cycles: Annotated[int, typer.Option("--cycles", min=2, max=20, help="Temperature cycles that are followed.")] = 3,
    refine: Refine = 1.0,
    pad: Pad = "inward",
    sweep: Annotated[bool, typer.Option("--sweep/--no-sweep", help="Sweep how firmly the weak joint holds.")] = True,
    as_json: Json = False,
) -> None:
    """Solder one structure to its board and cycle it: what moves, what lets go first, how long solder and line last."""
    from .package.judging import judge
    from .package.rank_store import CYCLE, prepared, usable, write_json
    from .package.reading import REFERENCE, is_package, read_vehicle
    from .views.package_files import write_cycle

    die_edge, away, outward = _length(edge, "--edge"), _length(distance, "--distance"), _side(pad)
    vehicle = read_vehicle(package) if is_package(package) else read_vehicle(REFERENCE)
    flow = vehicle.structure if is_package(package) else package
    folder = output if output is not None else Path("packages") / Path(flow).stem
    usable(folder, (CYCLE,))
    found = judge(
        vehicle, flow, edge=die_edge, distance=away, refine=refine, cycles=cycles, outward=outward, interval=sweep, told=say
    )
    record = found.record()
    prepared(folder, (CYCLE,))
    write_json(folder / CYCLE, record)
    written = write_cycle(folder, found, record)
    clear_line()
    if as_json:
        print_json(record)
        return
    from .views.package_tables import cycle_sentences, lives_table
    from .views.tables import print_table

    for sentence in cycle_sentences(record):
        print(sentence)
    print_table(lives_table(record))
    print(f"report: {written[0]}")
    for path in written[1:]:
        print(f"        {path}")
    say(f"{len(record['assumed'])} of {len(record['sources'])} values used are assumed; the report lists them first")


def rank(
    package: Annotated[str, typer.Argument(metavar="[PACKAGE]", help="A package file, or a built-in one's name.")] = "reference-vehicle",
    level: Annotated[
        str, typer.Option("--level", metavar="springs|plane_cell", help="springs: seconds; plane_cell: finite elements, hours.")
    ] = "springs",
    output: Folder = None,
    refine: Refine = 1.0,
    pad: Pad = "inward",
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes that share the work of plane_cell.")] = 2,
    as_json: Json = False,
) -> None:
    """Rank the structures of a package: how far from the neutral point, so how large a die and how many I/Os, each survives."""
    from .package.judging import LEVELS, PLANE_CELL, rank_key
    from .package.judging import rank as ranked
    from .package.rank_store import RANK, RankStore, prepared, usable, write_json
    from .package.reading import read_vehicle
    from .package.vehicle import PackageError
    from .views.package_files import write_rank

    if level not in LEVELS:
        raise PackageError(f"--level {level}: expected {' or '.join(LEVELS)}")
    outward, vehicle = _side(pad), read_vehicle(package)
    folder = output if output is not None else Path("packages") / f"{vehicle.name}-{level}"
    if level == PLANE_CELL:
        with RankStore(folder, rank_key(vehicle, refine, outward)) as store:
            record = ranked(vehicle, level, store, refine=refine, outward=outward, workers=workers, told=say)
    else:
        usable(folder, (RANK,))
        record = ranked(vehicle, level, None, outward=outward, told=say)
    prepared(folder, (RANK,))
    write_json(folder / RANK, record)
    written = write_rank(folder, record)
    if as_json:
        print_json(record)
        return
    from .views.package_tables import rank_table
    from .views.tables import print_table

    print_table(rank_table(record))
    print(f"report: {written[0]}")
    slowest = sorted(record["rows"], key=lambda row: -row["seconds"])[:3]
    if slowest and slowest[0]["seconds"] > 1.0:
        say("slowest: " + ", ".join(f"{row['label']} {row['seconds']:.0f} s" for row in slowest))
    say(f"{len(record['assumed'])} of {len(record['sources'])} values used are assumed; the report lists them first")


def _length(text: str | None, option: str) -> float | None:
    from .package.vehicle import PackageError
    from .units import UnitError, parse

    if text is None:
        return None
    try:
        found = parse(text, "length")
    except UnitError as problem:
        raise PackageError(f"{option} {text}: {problem}") from None
    if found <= 0.0:
        raise PackageError(f"{option} {text}: expected more than 0")
    return found


def _side(pad: str) -> int:
    from .package.vehicle import PackageError

    if pad not in ("inward", "outward"):
        raise PackageError(f"--pad {pad}: expected inward or outward")
    return 1 if pad == "inward" else -1
