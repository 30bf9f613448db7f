"""The command line. Results go to standard output, progress and messages to standard error; exit codes 0, 1 and 2."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from .cli_package import cycle, rank
from .terminal import clear_line, print_json, say, step_progress, study_progress

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="waferbump: a virtual bumping line, from a recipe to a bump.",
)

DONE, FAILED, BAD_INPUT = 0, 1, 2

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else there.")]
Source = Annotated[str, typer.Argument(metavar="FLOW|RECIPE", help="A built-in flow's name (see `waferbump flows`) or a recipe file.")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change a setting, e.g. steps.ball.diameter='90 um'.")]
LayoutFile = Annotated[
    Path | None, typer.Option("--layout", metavar="FILE", help="GDSII or OASIS file (may be .gz) that the masks come from.")
]


@app.command()
def flows(as_json: Json = False) -> None:
    """List the built-in recipes with the document each comes from."""
    from .flows_list import listed_flows

    rows = listed_flows()
    if as_json:
        print_json(rows)
        return
    from .views.tables import print_rows

    print_rows(["flow", "document", "what it shows"], [[r["name"], r["document"], r["title"]] for r in rows])


@app.command()
def new(
    flow: Annotated[str, typer.Argument(help="A built-in flow's name.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="File to write; standard output if not given.")
    ] = None,
) -> None:
    """Write a commented copy of a built-in flow to edit."""
    from .recipe import commented

    text = commented(flow)
    if output is None:
        print(text, end="")
        return
    if output.exists():
        raise BadInput(f"{output}: exists already; nothing was written")
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise BadInput(f"{output}: cannot be written ({problem.strerror})") from problem
    say(f"wrote {output}; edit it, then: waferbump run {output}")


@app.command()
def check(recipe: Source, sets: Sets = None, layout: LayoutFile = None) -> None:
    """Check a recipe without running it: errors with file and line, then warnings."""
    from .line import refuse_unfit

    loaded = _recipe(recipe, sets)
    refuse_unfit(loaded, loaded.seed)
    if layout is not None or not loaded.layers:
        site = _site(loaded, layout) if loaded.layers else {}
        loaded.plan(site.get("polygons"), seen=site.get("facts"))
    for sentence in loaded.warnings():
        say(f"warning: {sentence}")
    if loaded.layers and layout is None:
        say(f"note: layers {', '.join(loaded.layers)} come from a layout; give it with --layout FILE to check them too")
    say(f"{recipe}: {len(loaded.steps)} steps, no error")


@app.command()
def schema() -> None:
    """Print the JSON Schema of the recipe language, for editors."""
    from .recipe import schema as recipe_schema

    print_json(recipe_schema())


@app.command()
def run(
    recipe: Source,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Folder for what comes out; runs/NAME if not given.")
    ] = None,
    sets: Sets = None,
    layout: LayoutFile = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything random; none means nominal values.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when a limit of the recipe's spec is missed.")] = False,
    as_json: Json = False,
) -> None:
    """Carry out a recipe: every step, the structure after each, the bump, and a report."""
    from .archive import finished_steps, refuse_foreign, save_run, summary
    from .line import RunError
    from .line import run as carry_out
    from .materials import library
    from .views.report import report_html

    loaded = _recipe(recipe, sets)
    folder = output if output is not None else Path("runs") / loaded.name
    refuse_foreign(folder, loaded.name)
    site = _site(loaded, layout) if loaded.layers else {}
    if layout is not None and not loaded.layers:
        raise BadInput(f"{recipe}: none of its masks comes from a layer, so --layout {layout} has no use")
    total = len(loaded.steps)
    progress = step_progress(total)
    problem = None
    try:
        result = carry_out(loaded, seed=seed, layout=site, finished=finished_steps(folder), on_step=progress)
    except RunError as failure:
        problem, result = failure, failure.run
    save_run(result, folder, extras={"report.html": report_html(result, library())})
    missed = result.missed_limits()
    if as_json:
        print_json(summary(result))
    else:
        from .views.tables import measures_table, print_table

        print_table(measures_table(result))
        print(f"report: {folder / 'report.html'}")
    for sentence in result.layout.get("duplicates", ()):
        say(f"layout: {sentence}")
    for step, sentence in result.warnings:
        say(f"warning: {step}: {sentence}")
    for sentence in missed:
        say(f"spec: {sentence}")
    say(f"{len(result.assumed)} of {len(result.sources)} values used are assumed; the report lists them first")
    if problem is not None:
        say(f"error: {problem}")
        raise typer.Exit(FAILED)
    if missed and strict:
        raise typer.Exit(FAILED)


@app.command()
def show(folder: Annotated[Path, typer.Argument(metavar="DIR")], as_json: Json = False) -> None:
    """Show what a run found."""
    from .archive import load_run, summary

    result = load_run(folder)
    if as_json:
        print_json(summary(result))
        return
    from .views.tables import measures_table, print_table, steps_table

    title = f": {result.recipe.title}" if result.recipe.title else ""
    print(f"{result.recipe.name}{title} ({result.status}{': ' + result.message if result.message else ''})")
    print_table(steps_table(result))
    print_table(measures_table(result))
    print(f"report: {folder / 'report.html'}")


Stage = Annotated[str | None, typer.Option("--step", metavar="ID", help="State after this step; the last one if not given.")]


@app.command()
def solids(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="FILE.glb, .stl or .step; or a folder for STL files.")],
    step: Stage = None,
    array: Annotated[str, typer.Option("--array", metavar="NXxNY", help="Copies of the site at the cell's pitch, e.g. 20x20.")] = "1x1",
) -> None:
    """Write what stands after a run (or after one of its steps) as closed solids, a body a region: glTF, STL or STEP."""
    from .archive import load_run
    from .views.solid_export import write_solids

    counts = tuple(int(part) if part.isdecimal() else 0 for part in array.lower().split("x"))
    if len(counts) != 2 or not all(0 < count <= 1000 for count in counts):
        raise BadInput(f"--array {array}: expected columns and rows from 1 to 1000, e.g. 20x20")
    written, stated = write_solids(load_run(folder), output, step=step, array=counts)
    for sentence in stated:
        say(sentence)
    for path in written:
        print(path)


@app.command()
def strip(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="HTML page to write.")],
    steps: Annotated[
        list[str] | None, typer.Option("--step", metavar="ID", help="A step to show, once for each; without it the figures in the notes.")
    ] = None,
) -> None:
    """Write the film strip of a run: cut, plan and three dimensions after each of its steps, side by side on one page."""
    from .archive import load_run
    from .views.film_strip import write_film_strip

    try:
        print(write_film_strip(load_run(folder), output, steps))
    except KeyError as problem:
        raise BadInput(f"{folder}: {problem.args[0]}") from problem
    except ValueError as problem:
        raise BadInput(f"{folder}: {problem}") from problem


@app.command()
def diff(
    first: Annotated[Path, typer.Argument(metavar="DIR")], second: Annotated[Path, typer.Argument(metavar="DIR")], as_json: Json = False
) -> None:
    """Show in what two runs differ: settings, steps, measures."""
    from .archive import load_run
    from .views.tables import difference, print_table

    table = difference(load_run(first), load_run(second))
    if as_json:
        print_json(table.records())
    else:
        print_table(table)


@app.command()
def claims(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Claims such as C1 or D20; all 89 if none is given.")] = None,
    as_json: Json = False,
) -> None:
    """Run what each claim needs and say whether it holds, with the evidence."""
    from .claims import judged, unknown_ids

    if strangers := unknown_ids(ids or []):
        raise BadInput(f"no claim is called {', '.join(strangers)}; ids run A1-A13, B1-B30, C1-C14, D1-D20, E1-E12")
    verdicts = judged(ids or None, on_run=lambda text: say(text))
    if as_json:
        print_json([v.record() for v in verdicts])
    else:
        from .views.tables import claims_table, print_table

        print_table(claims_table(verdicts))
    if not all(v.holds for v in verdicts):
        raise typer.Exit(FAILED)


StudyFile = Annotated[str, typer.Argument(metavar="STUDY", help="A study file (YAML), or a built-in study's name.")]
StudyFolder = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="DIR", help="Folder for what comes out; studies/NAME if not given.")
]


@app.command()
def search(
    study: StudyFile,
    output: StudyFolder = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when the targets are not reached.")] = False,
    as_json: Json = False,
) -> None:
    """Look for the settings of a recipe that reach the targets of a study, and say how far each of them may move."""
    from .explore import search_study, write_whole
    from .materials import library
    from .views.report import report_html
    from .views.study_section import study_section

    folder = _study_folder(study, output)
    found = search_study(study, folder, on_progress=study_progress())
    best = found.best_run() if found.status != "interrupted" else None
    if best is not None:
        write_whole(folder / "report.html", report_html(best, library(), study=study_section(found)))
    _tell(found, as_json)
    if best is not None and not as_json:
        print(f"report: {folder / 'report.html'}")
    if found.status == "interrupted" or (strict and found.status != "reached"):
        raise typer.Exit(FAILED)


@app.command()
def calibrate(study: StudyFile, output: StudyFolder = None, as_json: Json = False) -> None:
    """Fit a resist's numbers to what was measured on it: doses to clear, openings, wall angles, with their uncertainties."""
    from .explore import calibrate_study

    _tell(calibrate_study(study, _study_folder(study, output), on_progress=study_progress()), as_json)


def _study_folder(study: str, output: Path | None) -> Path:
    return output if output is not None else Path("studies") / Path(study).stem


def _tell(found, as_json: bool) -> None:
    clear_line()
    if as_json:
        print_json(found.summary())
        return
    for sentence in found.sentences():
        print(sentence)


app.command()(cycle)
app.command()(rank)


@app.command()
def materials(
    name: Annotated[str | None, typer.Argument(help="One material; all of them if not given.")] = None, as_json: Json = False
) -> None:
    """Show the materials: values, ranges, sources."""
    from .materials import library
    from .views.tables import material_page, materials_table, print_table

    table = materials_table(library()) if name is None else material_page(library()[name])
    if as_json:
        print_json(table.records())
    else:
        print_table(table)


@app.command()
def demo(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the runs and the report.")] = Path("demo"),
) -> None:
    """Run one built-in flow of each of the documents A to E and write one report of them."""
    from .demonstration import demonstrate

    raise typer.Exit(demonstrate(output, say=say))


class BadInput(ValueError):
    """What the user gave cannot be used; the message is one line that says why and how to mend it."""


def _recipe(where: str, sets: list[str] | None):
    from .recipe import assignment, load

    loaded = load(where)
    if sets:
        loaded = loaded.with_changes([assignment(text) for text in sets], file="--set")
    return loaded


def _site(recipe, file: Path | None) -> dict[str, Any]:
    """Polygons of the one site that the recipe asks of a layout file."""
    from .line_layout import site_of

    if file is None and (recipe.layout is None or recipe.layout.file is None):
        raise BadInput(f"{recipe.name}: its masks come from layers {', '.join(recipe.layers)}; give the layout with --layout FILE")
    return site_of(recipe, file if file is not None else Path(recipe.layout.file))


def main() -> None:
    """Entry point: every foreseeable problem becomes one line and an exit code, never a traceback."""
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    try:
        app()
    except KeyboardInterrupt:
        say("stopped")
        sys.exit(FAILED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FAILED)
    except Exception as problem:
        kinds = {"BadInput", "RecipeError", "LayoutError", "ArchiveError", "MaterialError", "PlanError", "ExportError", "PackageError",
                 "MeshError", "DimensionsError"}  # fmt: skip
        if kinds.isdisjoint(kind.__name__ for kind in type(problem).__mro__):
            if isinstance(problem, OSError):
                say(f"error: {problem.filename or ''}: {problem.strerror or problem}")
                sys.exit(FAILED)
            raise
        for line in str(problem).splitlines():
            say(f"error: {line}")
        sys.exit(BAD_INPUT)


if __name__ == "__main__":
    main()
