"""A run on disk: run.json, measures.csv, the recipe as it ran, and every state in a lossless file."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

from . import __version__
from .geometry.section import Section
from .geometry.stack import Stack
from .materials import library
from .physics.light import Light
from .recipe import Recipe
from .results import Run, StepResult
from .state import Exposure, Facts, LogEntry, Measured, Quantity, State
from .steps.conduction import connections


class ArchiveError(ValueError):
    """A folder that is no run, or a run that cannot be written or read back."""


OURS = ("run.json", "measures.csv", "recipe.yaml", "report.html", "states")
_STATE = re.compile(r"[0-9]{3,}\.json\.gz")


def refuse_foreign(folder: Path, recipe: str | None = None) -> None:
    """Stop before work is lost: where no folder can be made, or where one stands that holds no run, or a run of another recipe.

    What a killed run left beside the folder is put in order first.
    """
    try:
        if folder.is_symlink() or (os.path.lexists(folder) and not folder.is_dir()):
            raise ArchiveError(f"{folder}: is no folder; give another one with -o")
        place, here = _place(folder), Path(os.path.realpath("."))
        if place in (here, *here.parents):
            raise ArchiveError(f"{folder}: is the folder you are in or one above it, and is replaced whole; give another folder with -o")
        if os.path.ismount(place):
            raise ArchiveError(f"{folder}: is a mount point; give a folder inside it with -o")
        _put_in_order(place)
        _refuse_parent(folder, place)
        if place.is_dir() and any(place.iterdir()):
            facts = _facts(place)
            if facts is None:
                raise ArchiveError(f"{folder}: exists and holds no run of waferbump; give another folder with -o")
            if recipe not in (None, facts["recipe"]):
                raise ArchiveError(f"{folder}: holds a run of {facts['recipe']}; give another folder with -o")
    except OSError as problem:
        raise ArchiveError(f"{folder}: cannot be used ({problem.strerror or problem}); give another folder with -o") from problem


def _place(folder: Path) -> Path:
    return Path(os.path.realpath(folder))


def _beside(place: Path, what: str) -> Path:
    return place.parent / f".{place.name}.{what}-{os.getpid()}"


def _refuse_parent(folder: Path, place: Path) -> None:
    parent = place.parent
    while not os.path.lexists(parent):
        parent = parent.parent
    if not parent.is_dir():
        raise ArchiveError(f"{folder}: {parent} is no folder; give another one with -o")
    probe = parent / _beside(place, "part").name
    try:
        probe.mkdir()
        probe.rmdir()
    except OSError as problem:
        raise ArchiveError(f"{folder}: {parent} cannot be written to ({problem.strerror or problem})") from problem


def _put_in_order(place: Path) -> None:
    """Undo or finish what runs that were killed while they saved left beside a folder."""
    if not place.parent.is_dir():
        return
    left = re.compile(rf"\.{re.escape(place.name)}\.(part|old)-([0-9]+)")
    for entry in sorted(place.parent.iterdir()):
        found = left.fullmatch(entry.name)
        if found is None or _is_alive(int(found[2])):
            continue
        if found[1] == "part":
            shutil.rmtree(entry, ignore_errors=True)
        elif not place.exists():
            entry.rename(place)
        elif _facts(place) is not None:
            _retire(entry, place, OURS)


def _is_alive(pid: int) -> bool:
    # this process is not saving now: what bears its number was left by one that had the same, as happens in containers
    if pid == os.getpid():
        return False
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _facts(folder: Path) -> dict[str, Any] | None:
    """What run.json says, or None where there is none that a run wrote."""
    try:
        facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    kinds = {"waferbump": str, "key": str, "recipe": str, "steps": list}
    return facts if isinstance(facts, dict) and all(isinstance(facts.get(name), kind) for name, kind in kinds.items()) else None


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
        "connections": {pad: list(way) for pad, way in connections(run.final, library()).items()},
    }


def _measures(values: Mapping[str, Quantity]) -> dict[str, dict[str, Any]]:
    return {name: {"value": q.value, "unit": q.unit, "dimension": q.dimension} for name, q in values.items()}


def save_run(run: Run, folder: Path, *, extras: Mapping[str, str] | None = None) -> None:
    """Write a run beside its place and move it there whole, so that no reader ever sees half of it.

    Files in the folder that are no run's stay in it. run.json is the summary and the digests of all that was stored.

    extras : further text files by name, such as the report
    """
    refuse_foreign(folder, run.recipe.name)
    place = _place(folder)
    part = _beside(place, "part")
    extras = extras or {}
    try:
        (part / "states").mkdir(parents=True)
        recipe = run.recipe.to_yaml()
        (part / "recipe.yaml").write_text(recipe, encoding="utf-8")
        (part / "measures.csv").write_text(_csv(run), encoding="utf-8")
        states = []
        for number, state in enumerate((run.start, *run.states)):
            states.append(gzip.compress(json.dumps(_state_record(state)).encode(), compresslevel=3, mtime=0))
            (part / "states" / f"{number:03d}.json.gz").write_bytes(states[-1])
        for name, text in extras.items():
            (part / name).write_text(text, encoding="utf-8")
        facts = json.loads(json.dumps(summary(run)))
        facts["digests"] = _digests(facts, recipe, states)
        (part / "run.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
        _swap(part, place, (*OURS, *extras))
    except OSError as problem:
        raise ArchiveError(f"{folder}: cannot be written ({problem.strerror or problem}); what was there before is untouched") from problem
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _swap(part: Path, place: Path, ours: Sequence[str]) -> None:
    if not place.exists():
        part.rename(place)
        return
    old = _beside(place, "old")
    place.rename(old)
    try:
        part.rename(place)
    except BaseException:
        if not place.exists():
            old.rename(place)
        raise
    try:
        _retire(old, place, ours)
    except OSError as problem:
        left = f"files that are no run's could not be moved back and are in {old} ({problem.strerror or problem})"
        raise ArchiveError(f"{place}: is written, but {left}") from problem


def _retire(old: Path, place: Path, ours: Sequence[str]) -> None:
    """Move what is no run's over from an old folder, then delete it; it stays where a name is taken."""
    for entry in _strangers(old, ours):
        target = place / entry.relative_to(old)
        if not os.path.lexists(target):
            entry.rename(target)
    if not _strangers(old, ours):
        shutil.rmtree(old, ignore_errors=True)


def _strangers(folder: Path, ours: Sequence[str]) -> list[Path]:
    states = folder / "states"
    inside = states.iterdir() if states.is_dir() and not states.is_symlink() else ()
    return [e for e in folder.iterdir() if e.name not in ours] + [e for e in inside if not _STATE.fullmatch(e.name)]


def _digests(facts: Mapping[str, Any], recipe: str, states: Sequence[bytes]) -> dict[str, Any]:
    """Digests of all that is stored, each hashed with the one before: they tell accidents and edits, not forgery.

    steps : of each step's entry in run.json (with its key) and its state file, on the recipe;  whole : of everything
    """
    chain, steps = _digest(recipe, states[0]), []
    for entry, state in zip(facts["steps"], states[1:], strict=True):
        chain = _digest(chain, entry, state)
        steps.append(chain)
    return {"steps": steps, "whole": _digest(chain, {name: value for name, value in facts.items() if name != "digests"})}


def _digest(*parts: Any) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else json.dumps(part, sort_keys=True).encode()
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()


def _refuse_edited(facts: Mapping[str, Any], recipe: str, states: Sequence[bytes]) -> None:
    stored, found = facts.get("digests"), _digests(facts, recipe, states)
    if stored == found:
        return
    if not isinstance(stored, dict) or not isinstance(stored.get("steps"), list):
        raise ValueError("run.json has no digests")
    pairs = zip(facts["steps"], stored["steps"], found["steps"], strict=False)
    where = next((f"step {entry['id']}" for entry, a, b in pairs if a != b), "run.json")
    raise ValueError(f"{where} does not fit its digest: something was changed after the run")


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
    """Read a run back; ArchiveError where the folder is none, is damaged, or was edited."""
    facts = _facts(folder)
    if facts is None:
        if not (folder / "run.json").is_file():
            raise ArchiveError(f"{folder}: is no run of waferbump (no run.json in it)")
        raise ArchiveError(f"{folder}: is no run of waferbump, or the run is damaged (run.json is not as a run writes it)")
    try:
        return _run_from(facts, folder)
    except Exception as problem:  # what broken files make their readers raise is past counting: all of it means this
        why = str(problem) if isinstance(problem, OSError | ValueError) else f"{type(problem).__name__}: {problem}"
        raise ArchiveError(f"{folder}: the run is damaged ({why})") from problem


def _run_from(facts: Mapping[str, Any], folder: Path) -> Run:
    text = (folder / "recipe.yaml").read_text(encoding="utf-8")
    stored = [(folder / "states" / f"{number:03d}.json.gz").read_bytes() for number in range(len(facts["steps"]) + 1)]
    _refuse_edited(facts, text, stored)
    recipe = Recipe.from_yaml(text, file=str(folder / "recipe.yaml"))
    polygons = facts["layout"].get("polygons")
    plan = recipe.plan(_polygons(polygons) if polygons else None, seen=facts["layout"])
    states = [_state_from(json.loads(gzip.decompress(data)), plan) for data in stored]
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
    measures = _quantities(facts["measures"])
    return Run(recipe, states[0], steps, measures, facts["key"], facts["seed"], facts["status"], facts["message"], facts["layout"])


def finished_steps(folder: Path) -> dict[str, StepResult]:
    """Steps by key that an earlier run in this folder finished; none where there is no run, or one that is damaged or edited."""
    try:
        return {step.key: step for step in load_run(folder).steps}
    except ArchiveError:
        return {}


def _quantities(values: Mapping[str, Any]) -> dict[str, Quantity]:
    return {name: Quantity(v["value"], v["unit"], v["dimension"]) for name, v in values.items()}


def polygon_records(polygons: Mapping[str, Any]) -> dict[str, str]:
    """A site's outlines by layer as text that reads back to the same bits."""
    import shapely

    return {layer: shapely.to_wkb(outline, hex=True) for layer, outline in polygons.items()}


def _polygons(records: Mapping[str, str]) -> dict[str, Any]:
    import shapely

    return {layer: shapely.from_wkb(text) for layer, text in records.items()}


def _state_record(state: State) -> dict[str, Any]:
    facts = {}
    for name, fact in state.facts.items():
        plain = {k: getattr(fact, k) for k in Facts.__dataclass_fields__}
        plain["composition"] = dict(fact.composition)
        plain["adhesion"] = dict(fact.adhesion)
        plain["parameters"] = dict(fact.parameters)
        plain["latent"] = [_exposure_record(e) for e in fact.latent]
        facts[name] = plain
    return {
        "sections": {name: section.to_record() for name, section in state.sections.items()},
        "stack": None if state.stack is None else state.stack.to_record(),
        "facts": facts,
        "log": [asdict(entry) for entry in state.log],
    }


def _exposure_record(exposure: Exposure) -> dict[str, Any]:
    light = None if exposure.light is None else asdict(exposure.light)
    plain = {k: getattr(exposure, k) for k in Exposure.__dataclass_fields__}
    return {**plain, "resists": polygon_records(exposure.resists), "light": light}


def _exposure_from(record: Mapping[str, Any]) -> Exposure:
    light = record["light"]
    if light is not None:
        light = Light(**{k: tuple(v) if isinstance(v, list) else v for k, v in light.items()})
    discs = tuple(map(tuple, record["discs"]))
    return Exposure(**{**record, "discs": discs, "light": light, "resists": MappingProxyType(_polygons(record["resists"]))})


def _state_from(record: Mapping[str, Any], plan) -> State:
    facts = {}
    for name, plain in record["facts"].items():
        latent = tuple(_exposure_from(e) for e in plain["latent"])
        tuples = {k: tuple(plain[k]) for k in ("opened_by", "made_from", "imported", "thickness")}
        edge = tuple(plain["wetted_edge"]) if plain["wetted_edge"] else None
        facts[name] = Facts(
            **{**plain, **tuples, "latent": latent, "wetted_edge": edge, "composition": MappingProxyType(plain["composition"]),
               "adhesion": MappingProxyType(plain["adhesion"]), "parameters": MappingProxyType(plain["parameters"])}
        )  # fmt: skip
    sections = {name: Section.from_record(r) for name, r in record["sections"].items()}
    stack = None if record["stack"] is None else Stack.from_record(record["stack"])
    log = tuple(LogEntry(**{**e, "course": tuple(map(tuple, e["course"]))}) for e in record["log"])
    return State(plan, MappingProxyType(sections), MappingProxyType(facts), log, stack)
