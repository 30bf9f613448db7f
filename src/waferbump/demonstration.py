"""The demonstration: one built-in flow of each document, carried out and put into one report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .archive import refuse_foreign, save_run
from .line import run
from .materials import library
from .recipe import load
from .views.film_strip import write_film_strip
from .views.report import overview_html, report_html
from .views.tables import print_rows
from .views.wording import shown

FLOWS = {"A": "flux-coated-ball", "B": "flux-filled", "C": "stair-plated", "D": "two-mask-fused-different", "E": "suspended-over-gap"}
SHOWN = ("bump_height", "height_above_surface", "bump_diameter", "bump_volume", "pad_diameter", "contact_angle", "gap_to_neighbour")


def demonstrate(folder: Path, *, say: Callable[[str], None]) -> int:
    """Run the flows, write their folders and one report, print what came out; return the exit code."""
    for flow in FLOWS.values():
        refuse_foreign(folder / flow)
    runs = {}
    for document, flow in FLOWS.items():
        recipe = load(flow)
        say(f"document {document}: {recipe.title} ({len(recipe.steps)} steps)")
        result = run(recipe)
        save_run(result, folder / flow, extras={"report.html": report_html(result, library())})
        runs[f"{document}: {recipe.title}"] = result
    for document, result in zip(FLOWS, runs.values(), strict=True):
        if result.final.stack is not None:
            page = write_film_strip(result, folder / FLOWS[document] / "film-strip.html")
            say(f"document {document}: cut, plan and three dimensions side by side in {page}")
    report = folder / "report.html"
    report.write_text(overview_html(runs, library()), encoding="utf-8")
    rows = []
    for name in SHOWN:
        values = [r.measures.get(name) for r in runs.values()]
        rows.append([name.replace("_", " "), *(shown(v.value, v.dimension) if v is not None else "-" for v in values)])
    print_rows(["measure", *(f"{document}: {flow}" for document, flow in FLOWS.items())], rows)
    print(f"report: {report}")
    return 0
