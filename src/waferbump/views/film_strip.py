"""A film strip: the steps of a run side by side like the figures of a patent, cut, from above and in three dimensions, on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from waferbump import __version__

from .colours import hatching
from .legend import LegendEntry, legend_of, swatch
from .page import plain, template
from .step_views import changing_steps, contents_of_state, figured_steps, views_of, windows_of
from .wording import done

if TYPE_CHECKING:
    from waferbump.results import Run

MOST_IN_A_ROW = 7  # pictures side by side that can still be read on A4 (our choice)
_PICTURE = 200.0  # [px] of the field of a small picture
_SOLID = (420, 330)  # [px] drawn twice as large as shown, so that it prints well
_MOST_SENTENCES = 2
_ROWS = ("cut", "plan", "solid", "bump")


def write_film_strip(run: Run, path: str | Path, steps: Sequence[str] | None = None) -> Path:
    """Write a run's film strip as one self-contained HTML file and return its path.

    Parameters
    ----------
    run : what was carried out
    path : of the file to be written
    steps : ids of the steps to show; by default those whose notes name figures ("fig. 12A"), or else those that changed the structure

    KeyError when there is no such step, ValueError when there is none to show.
    """
    from waferbump.geometry.solid_files import replacing
    from waferbump.materials import library

    target = Path(path)
    page = film_strip_html(run, library(), steps)
    with replacing(target) as part:
        part.write_text(page, encoding="utf-8")
    return target


def film_strip_html(run: Run, library: Mapping[str, Any], steps: Sequence[str] | None = None) -> str:
    """The film strip as HTML that needs nothing else; see `write_film_strip`."""
    figures = figured_steps(run)
    ids = list(steps) if steps is not None else list(figures) or list(changing_steps(run))
    if not ids:
        raise ValueError("there is no step to show: nothing was done")
    chosen = [run.step(one) for one in ids]
    states = [step.state for step in chosen]
    windows = windows_of(states, small_width=_PICTURE, size=_SOLID)
    frames = []
    for number, step in enumerate(chosen):
        title = f"after {step.id}"
        views = {one.kind: one for one in views_of(step.state, library, windows, title=title, prefix=f"f{number}", small=True)}
        figure = figures.get(step.id, "")
        frames.append(
            {
                "label": f"Fig. {figure}" if figure else f"Step {[one.id for one in run.steps].index(step.id) + 1}",
                "id": step.id,
                "verb": step.verb,
                "said": done(step.record)[:_MOST_SENTENCES],
                "views": {kind: {"svg": Markup(view.svg), "refusal": view.refusal} for kind, view in views.items()},
                "headings": {kind: view.heading for kind, view in views.items()},
            }
        )
    headings = {kind: text for frame in reversed(frames) for kind, text in frame["headings"].items()}
    across = -(-len(frames) // -(-len(frames) // MOST_IN_A_ROW))  # bands of equal length
    bands = [frames[start : start + across] for start in range(0, len(frames), across)]
    rows = [(kind, headings[kind]) for kind in _ROWS if kind in headings and (kind != "bump" or "cut" not in headings)]
    contents = {name: material for state in states for name, material in contents_of_state(state).items()}
    entries = legend_of(contents, library, shades=windows.shades)
    page = {
        "title": run.recipe.title or run.recipe.name,
        "document": run.recipe.document or "",
        "status": "" if run.status == "done" else f"{run.status}: {run.message}",
        "across": across,
        "bands": bands,
        "rows": rows,
        "plan": "plan" in headings,
        "legend": [(_swatch(entry, f"l{number}"), f"{entry.name} – {entry.material}") for number, entry in enumerate(entries)],
    }
    return template("film_strip.html").render(page=page, version=__version__, style=plain("film_strip.css"))


def _swatch(entry: LegendEntry, prefix: str) -> Markup:
    return Markup(swatch(entry, prefix, [hatching(entry.paint, prefix)]))
