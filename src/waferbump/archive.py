"""A run on disk: run.json, measures.csv, the recipe as it ran, and every state in a lossless file."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

from . import __version__
from .geometry.section import Section
from .recipe import Recipe
from .results import Run, StepResult
from .state import Exposure, Facts, LogEntry, Measured, Quantity, State


class ArchiveError(ValueError):
    """A folder that is no run, or a run that cannot be written or read back."""


def refuse_foreign(folder: Path) -> None:
    """Stop before work is lost: a folder that exists, is not empty and holds no run is not ours to write into."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ArchiveError(f"{folder}: is no folder; give another one with -o")
    if folder.is_dir() and any(folder.iterdir()) and not _is_run(folder):
        raise ArchiveError(f"{folder}: exists and holds no run of waferbump; give another folder with -o")
    parent = folder.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not os.access(parent, os.W_OK):
        raise ArchiveError(f"{folder}: {parent} cannot be written to")


def _is_run(folder: Path) -> bool:
    try:
        return "waferbump" in json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False


def summary(run: Run) -> dict[str, Any]:
    """A run as run.json gives it."""
    return {
        "waferbump": __version__,
        "recipe": run.recipe.name,
        "key": run.key,
        "seed": run.seed,
        "status": run.status,
        "message": run.message,
        "steps": [
            {
                "id": s.id,
                "does": s.verb,
                "model": s.model,
                "measures": _measures(s.measures),
                "warnings": list(s.warnings),
                "seconds": round(s.seconds, 6),
                "key": s.key,
                "record": s.record,
                "used": list(s.used),
            }
            for s in run.steps
        ],
        "measures": _measures(run.measures),
        "warnings": [{"step": step, "warning": sentence} for step, sentence in run.warnings],
        "spec_missed": list(run.missed_limits()),
        "sources": list(run.sources),
        "assumed": list(run.assumed),
        "layout": dict(run.layout),
    }


def _measures(values: Mapping[str, Quantity]) -> dict[str, dict[str, Any]]:
    return {name: {"value": q.value, "unit": q.unit, "dimension": q.dimension} for name, q in values.items()}


def save_run(run: Run, folder: Path, *, extras: Mapping[str, str] | None = None) -> None:
    """Write a run beside its place and move it there whole, so that no reader ever sees half of it.

    extras : further text files by name, such as the report
    """
    refuse_foreign(folder)
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    part = folder.absolute().parent / f".{folder.name}.part-{os.getpid()}"
    try:
        shutil.rmtree(part, ignore_errors=True)
        (part / "states").mkdir(parents=True)
        (part / "recipe.yaml").write_text(run.recipe.to_yaml(), encoding="utf-8")
        (part / "measures.csv").write_text(_csv(run), encoding="utf-8")
        for number, state in enumerate((run.start, *run.states)):
            with gzip.GzipFile(part / "states" / f"{number:03d}.json.gz", "wb", compresslevel=3, mtime=0) as stream:
                stream.write(json.dumps(_state_record(state)).encode())
        for name, text in (extras or {}).items():
            (part / name).write_text(text, encoding="utf-8")
        (part / "run.json").write_text(json.dumps(summary(run), indent=1), encoding="utf-8")
        _swap(part, folder.absolute())
    except OSError as problem:
        raise ArchiveError(f"{folder}: cannot be written ({problem.strerror or problem}); what was there before is untouched") from problem
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _swap(part: Path, folder: Path) -> None:
    old = folder.parent / f".{folder.name}.old-{os.getpid()}"
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _csv(run: Run) -> str:
    from .units import show

    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["step", "measure", "value", "unit", "shown"])
    for step, values in [*((s.id, s.measures) for s in run.steps), ("final", run.measures)]:
        for name, q in values.items():
            writer.writerow([step, name, repr(q.value), q.unit, show(q.value, q.dimension)])
    return text.getvalue()


def load_run(folder: Path) -> Run:
    """Read a run back; ArchiveError where the folder is none or is damaged."""
    if not _is_run(folder):
        raise ArchiveError(f"{folder}: is no run of waferbump (no run.json with a version)")
    try:
        facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        recipe = Recipe.from_yaml((folder / "recipe.yaml").read_text(encoding="utf-8"), file=str(folder / "recipe.yaml"))
        polygons = facts["layout"].get("polygons")
        plan = recipe.plan(_polygons(polygons) if polygons else None)
        states = []
        for number in range(len(facts["steps"]) + 1):
            with gzip.open(folder / "states" / f"{number:03d}.json.gz", "rt", encoding="utf-8") as stream:
                states.append(_state_from(json.load(stream), plan))
        steps = tuple(
            StepResult(
                s["id"],
                s["does"],
                s["model"],
                recipe.step(s["id"]).settings,
                Measured(_quantities(s["measures"]), s["record"], tuple(s["warnings"])),
                state,
                tuple(s["used"]),
                s["key"],
                s["seconds"],
            )
            for s, state in zip(facts["steps"], states[1:], strict=True)
        )
        return Run(
            recipe,
            states[0],
            steps,
            _quantities(facts["measures"]),
            facts["key"],
            facts["seed"],
            facts["status"],
            facts["message"],
            facts["layout"],
        )
    except (OSError, EOFError, KeyError, ValueError, TypeError) as problem:
        raise ArchiveError(f"{folder}: the run is damaged ({problem})") from problem


def finished_steps(folder: Path) -> dict[str, StepResult]:
    """Steps by key that an earlier run in this folder finished; none where there is no readable run."""
    if not _is_run(folder):
        return {}
    try:
        return {step.key: step for step in load_run(folder).steps}
    except ArchiveError:
        return {}


def _quantities(values: Mapping[str, Any]) -> dict[str, Quantity]:
    return {name: Quantity(v["value"], v["unit"], v["dimension"]) for name, v in values.items()}


def polygon_records(polygons: Mapping[str, Any]) -> dict[str, list[str]]:
    """Layout polygons as text that reads back to the same bits."""
    import shapely

    return {layer: [shapely.to_wkb(p, hex=True) for p in shapes] for layer, shapes in polygons.items()}


def _polygons(records: Mapping[str, list[str]]) -> dict[str, tuple]:
    import shapely

    return {layer: tuple(shapely.from_wkb(text) for text in shapes) for layer, shapes in records.items()}


def _state_record(state: State) -> dict[str, Any]:
    facts = {}
    for name, fact in state.facts.items():
        plain = {k: getattr(fact, k) for k in Facts.__dataclass_fields__}
        plain["composition"] = dict(fact.composition)
        plain["latent"] = [asdict(e) for e in fact.latent]
        facts[name] = plain
    return {
        "sections": {name: section.to_record() for name, section in state.sections.items()},
        "facts": facts,
        "log": [asdict(entry) for entry in state.log],
    }


def _state_from(record: Mapping[str, Any], plan) -> State:
    facts = {}
    for name, plain in record["facts"].items():
        latent = tuple(Exposure(**{**e, "discs": tuple(map(tuple, e["discs"]))}) for e in plain["latent"])
        tuples = {k: tuple(plain[k]) for k in ("opened_by", "made_from")}
        edge = tuple(plain["wetted_edge"]) if plain["wetted_edge"] else None
        facts[name] = Facts(
            **{**plain, **tuples, "latent": latent, "wetted_edge": edge, "composition": MappingProxyType(plain["composition"])}
        )
    sections = {name: Section.from_record(r) for name, r in record["sections"].items()}
    return State(plan, MappingProxyType(sections), MappingProxyType(facts), tuple(LogEntry(**e) for e in record["log"]))
