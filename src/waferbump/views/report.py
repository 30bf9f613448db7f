"""A run as one self-contained page: what was asked, what was assumed, what came out, every step with its picture, every source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from waferbump import __version__
from waferbump.design_charts import design_charts
from waferbump.materials import library as all_materials
from waferbump.recipe.writing import texts_of
from waferbump.sources import bibliography
from waferbump.steps.conduction import connections

from .colours import hatching
from .design_page import design_figures
from .legend import LegendEntry, swatch
from .lithography_page import in_words, lithography_section
from .page import plain, template
from .step_views import Windows, figured_steps, legend_of_state, views_of, windows_of
from .wording import as_text, done, exact_quantity, said, said_property, settings_rows, shown_quantity, shown_si

if TYPE_CHECKING:
    from waferbump.results import Run, StepResult
    from waferbump.state import Quantity

MOST_SOLIDS = 8  # pictures in three dimensions in one report, about a second and 60 kB each (our choice)
_ADDRESS = re.compile(r"(https?://[^\s;,]*[^\s;,.])|\b(doi:)(10\.[^\s;,]*[^\s;,.])")


def report_html(run: Run, library: Mapping[str, Any], *, study: Mapping[str, Any] | None = None) -> str:
    """The report of one run as HTML that needs nothing else: no network, no script to be read.

    study : what a search that found this run's setting says, from `study_section`
    """
    page = {"title": run.recipe.title or run.recipe.name, "runs": [_run_page(run, library, "r1")], "overview": None, "study": study}
    return template("report.html").render(page=page, **_shared([run]))


def overview_html(runs: Mapping[str, Run], library: Mapping[str, Any]) -> str:
    """One report of several runs by title: a table of what came out, then each run's own report."""
    pages = [_run_page(run, library, f"r{number}", heading=title) for number, (title, run) in enumerate(runs.items(), start=1)]
    names = list(dict.fromkeys(name for run in runs.values() for name in run.measures))
    rows = [(said(name), [_measure(name, run.measures[name]) if name in run.measures else None for run in runs.values()]) for name in names]
    page = {"title": "What came out of the line", "runs": pages, "overview": {"titles": list(zip(runs, pages, strict=True)), "rows": rows},
            "study": None}  # fmt: skip
    return template("report.html").render(page=page, **_shared(list(runs.values())))


def _shared(runs: Sequence[Run]) -> dict[str, Any]:
    keys = {value["source"] for run in runs for value in run.sources}
    known = bibliography()
    cited = [
        (
            key,
            known[key].citation if key in known else "",
            _linked(known[key].address) if key in known else "",
            known[key].read if key in known else "",
        )
        for key in sorted(keys, key=str.casefold)
    ]
    return {"version": __version__, "cited": cited, "style": plain("report.css"), "script": plain("report.js")}


def _linked(address: str) -> Markup:
    """An address with its web links as anchors."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(address):
        target = found[1] or f"https://doi.org/{found[3]}"
        parts += [
            Markup("{}").format(address[end : found.start()]),
            Markup('<a href="{}" rel="noreferrer">{}</a>').format(target, found[0]),
        ]
        end = found.end()
    return Markup("").join([*parts, Markup("{}").format(address[end:])])


def _run_page(run: Run, library: Mapping[str, Any], prefix: str, heading: str | None = None) -> dict[str, Any]:
    recipe = run.recipe
    windows = windows_of([run.start, *run.states])
    solid = solid_steps(run)
    return {
        "ident": prefix,
        "heading": heading,
        "status": run.status,
        "message": run.message,
        "planned": len(recipe.steps),
        "asked": _asked(run),
        "description": recipe.description,
        "layout": _layout(run.layout),
        "assumed": [_value(value) for value in run.assumed],
        "sources": [_value(value) for value in run.sources if value["kind"] != "assumed"],
        "values": len(run.sources),
        "warnings": [*(("recipe", sentence) for sentence in recipe.warnings()), *run.warnings],
        "limits": len(recipe.spec),
        "missed": run.missed_limits(),
        "measures": [_measure(name, quantity) for name, quantity in run.measures.items()],
        "design": _design(run),
        "lithography": lithography_section(run),
        "steps": [
            _step(number, step, library, windows, f"{prefix}s{number}", recipe, step.id in solid)
            for number, step in enumerate(run.steps, start=1)
        ],
        "left": [(step.id, step.verb) for step in recipe.steps[len(run.steps) :]],
        "seconds": f"{sum(step.seconds for step in run.steps):.2f}",
    }


def _design(run: Run) -> dict[str, Any] | None:
    """The design charts; where they fail, why."""
    try:
        charts = design_charts(run)
        return {"figures": design_figures(charts), "refusal": ""} if charts is not None else None
    except Exception as problem:  # whatever it is: a run that took hours is not lost over a chart
        return {"figures": [], "refusal": f"The charts could not be made: {in_words(problem)}."}


def _asked(run: Run) -> list[tuple[str, str]]:
    recipe = run.recipe
    rows = [
        ("recipe", recipe.name),
        ("document", recipe.document or ""),
        ("cell", as_text(texts_of(recipe.cell))),
        ("carrier", as_text(texts_of(recipe.carrier))),
    ]
    rows += [(f"mask {name}", as_text({k: v for k, v in texts_of(mask).items() if v != "0 um"})) for name, mask in recipe.masks.items()]
    if recipe.layout is not None:
        rows.append(("layout", as_text(texts_of(recipe.layout))))
    for pad, way in connections(run.final, all_materials()).items():
        rows.append((f"from {pad} to the solder", " – ".join(way) if way else "nothing leads there"))
    rows += [(f"limit of {said(name)}", _limit(limit)) for name, limit in recipe.spec.items()]
    rows += [("seed", "none: nominal values" if run.seed is None else str(run.seed)), ("key", run.key), ("waferbump", __version__)]
    return [(name, text) for name, text in rows if text]


def _limit(limit: Any) -> str:
    from waferbump.units import show

    sides = (("at least", limit.min), ("at most", limit.max))
    return ", ".join(f"{word} {show(value, limit.dimension)}" for word, value in sides if value is not None)


def _layout(facts: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Facts of a site: (name, text, whether the text has lines of its own)."""
    rows = []
    for name, value in facts.items():
        if name == "polygons" or value in (None, "", [], {}, ()):
            continue
        text = _place(value) if name == "centre" else "\n".join(map(str, value)) if name.startswith("duplicates") else as_text(value)
        rows.append((said(name), text, "\n" in text))
    return rows


def _place(centre: Sequence[float]) -> str:
    return ", ".join(shown_si(number, "m", 8) for number in centre)


def _measure(name: str, quantity: Quantity) -> dict[str, str]:
    return {"name": said(name), "shown": shown_quantity(quantity), "exact": exact_quantity(quantity)}


def _value(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **value,
        "property": said_property(value["property"], value["of"]),
        "shown": shown_si(value["value"], value["unit"]),
        "exact": f"{value['value']} {value['unit']}".strip(),
    }


def solid_steps(run: Run) -> frozenset[str]:
    """Steps that are worth a picture in three dimensions, which takes a second: the last, and those of a document's figures."""
    standing = [step.id for step in run.steps if step.state.stack is not None]
    figured = [name for name in figured_steps(run) if name in standing]
    return frozenset([*figured[-MOST_SOLIDS:], *standing[-1:]])


def _step(
    number: int, step: StepResult, library: Mapping[str, Any], windows: Windows, prefix: str, recipe: Any, with_solid: bool
) -> dict[str, Any]:
    state = step.state
    title = f"after step {number}, {step.id} ({step.verb})"
    note = next((asked.note for asked in recipe.steps if asked.id == step.id), None)
    views = views_of(state, library, windows, title=title, prefix=prefix, with_solid=with_solid)
    return {
        "number": number,
        "id": step.id,
        "verb": step.verb,
        "model": said(step.model),
        "note": note,
        "settings": settings_rows(step.settings),
        "views": [{"kind": view.kind, "heading": view.heading, "svg": Markup(view.svg), "refusal": view.refusal} for view in views],
        "prefix": prefix,
        "legend": [(_swatch(entry, f"{prefix}l"), entry) for entry in legend_of_state(state, library, windows)],
        "measures": [_measure(name, quantity) for name, quantity in step.measures.items()],
        "warnings": step.warnings,
        "done": done(step.record),
        "seconds": f"{step.seconds:.3f}",
    }


def _swatch(entry: LegendEntry, prefix: str) -> Markup:
    """A small painted field for a legend in the page."""
    return Markup(swatch(entry, prefix, [hatching(entry.paint, prefix)]))
