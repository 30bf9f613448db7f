"""A study on disk: points.jsonl grows by a line a run, study.json and the best recipe are written whole; a foreign folder is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from waferbump import __version__
from waferbump.archive import ArchiveError
from waferbump.explore.factors import Setting
from waferbump.explore.outlook import Point
from waferbump.line import code_and_data_key

POINTS, SUMMARY = "points.jsonl", "study.json"


class Store:
    """What was evaluated of one study in one folder, by the text of its setting. ArchiveError where the folder is another's.

    key : of the study;  searched : points of the search itself, in order
    A killed run's half-written last line is dropped.
    """

    def __init__(self, folder: str | Path, name: str, key: str) -> None:
        self.folder, self.name, self.key = Path(folder), name, key
        self.known: dict[str, Point] = {}
        self.searched: list[Point] = []
        self.file: Any = None

    def __enter__(self) -> Store:
        try:
            self._open()
        except ArchiveError:
            self.__exit__()
            raise
        except OSError as problem:
            self.__exit__()
            raise ArchiveError(f"{self.folder}: cannot be used ({problem.strerror or problem}); give another folder with -o") from problem
        return self

    def __exit__(self, *_: Any) -> None:
        if self.file is not None:
            self.file.close()

    def _open(self) -> None:
        folder = self.folder
        if os.path.lexists(folder) and not folder.is_dir():
            raise ArchiveError(f"{folder}: is no folder; give another one with -o")
        if folder.is_dir() and any(folder.iterdir()):
            self._refuse_other()
        folder.mkdir(parents=True, exist_ok=True)
        self.file = (folder / POINTS).open("a+b")
        locked(self.file, folder)
        if not (folder / SUMMARY).exists():
            self.write_summary({"status": "running"})
        self._read()

    def _refuse_other(self) -> None:
        folder = self.folder
        facts = _facts(folder)
        if facts is None:
            raise ArchiveError(f"{folder}: exists and holds no study of waferbump; give another folder with -o")
        name, key, code = facts["study"], facts["key"], facts["code"]
        if key != self.key:
            what = "an earlier form of this study" if name == self.name else f"another study ({name})"
            raise ArchiveError(f"{folder}: holds {what}; give another folder with -o, or delete it")
        if code != code_and_data_key()[:16]:
            why = "by another version of waferbump or of its data"
            raise ArchiveError(f"{folder}: what it holds was computed {why}; give another folder with -o, or delete it")

    def _read(self) -> None:
        self.file.seek(0)
        data = self.file.read()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            self.file.truncate(whole)
        for number, line in enumerate(data[:whole].splitlines(), 1):
            try:
                entry = json.loads(line)
                measures = entry["measures"]
                found = None if measures is None else {name: (float(v), str(d)) for name, (v, d) in measures.items()}
                point = Point(dict(entry["factors"]), found, str(entry["failed"] or ""))
                self.known[_key(point.setting)] = point
                if entry["phase"] == "search":
                    self.searched.append(point)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                raise ArchiveError(f"{self.folder / POINTS}:{number}: is damaged; delete the line or the folder") from None

    def evaluated(self, setting: Setting, phase: str, evaluate: Callable[[Setting], Point]) -> Point:
        """The point of a setting: read back where it was evaluated before, else evaluated and written down at once.

        A setting that the search itself tries again is written again, so that its points in the file are those of its course.
        """
        text = _key(setting)
        point = self.known.get(text)
        if point is None or phase == "search":
            point = point or evaluate(setting)
            entry = {"phase": phase, "factors": dict(setting), "measures": point.measures, "failed": point.failure or None}
            self.file.write(json.dumps(entry).encode() + b"\n")
            self.file.flush()
            self.known[text] = point
        return point

    def abandon(self) -> None:
        """Take away what was begun for a study that cannot be used, where no run of it is kept; the mended study may use the folder."""
        if self.known:
            return
        for name in (POINTS, SUMMARY):
            (self.folder / name).unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def write_summary(self, facts: Mapping[str, Any]) -> None:
        """study.json, whole."""
        self.write(SUMMARY, summary_text(self.name, self.key, facts))

    def write(self, name: str, text: str) -> None:
        """A text file, written beside its place and moved there whole."""
        write_whole(self.folder / name, text)


def summary_text(name: str, key: str, facts: Mapping[str, Any]) -> str:
    """Text of study.json: what tells the study, then its facts."""
    head = {"waferbump": __version__, "study": name, "key": key, "code": code_and_data_key()[:16]}
    return json.dumps({**head, **facts}, indent=1) + "\n"


def refuse_foreign_study(folder: Path, name: str) -> None:
    """Make the folder of a study that is computed anew each time; ArchiveError where it holds anything but that study."""
    try:
        if os.path.lexists(folder) and not folder.is_dir():
            raise ArchiveError(f"{folder}: is no folder; give another one with -o")
        if folder.is_dir() and any(folder.iterdir()):
            facts = _facts(folder)
            if facts is None:
                raise ArchiveError(f"{folder}: exists and holds no study of waferbump; give another folder with -o")
            if facts["study"] != name or (folder / POINTS).exists():
                raise ArchiveError(f"{folder}: holds another study ({facts['study']}); give another folder with -o")
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise ArchiveError(f"{folder}: cannot be used ({problem.strerror or problem}); give another folder with -o") from problem


def _facts(folder: Path) -> dict[str, Any] | None:
    """What study.json says, or None where there is none that a study wrote."""
    try:
        facts = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return facts if isinstance(facts, dict) and all(isinstance(facts.get(name), str) for name in ("study", "key", "code")) else None


def write_whole(path: Path, text: str) -> None:
    """A text file, written beside its place and moved there whole; ArchiveError where it cannot be."""
    part = path.with_name(f".{path.name}.part-{os.getpid()}")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as problem:
        raise ArchiveError(f"{path}: cannot be written ({problem.strerror or problem})") from problem
    finally:
        part.unlink(missing_ok=True)


def _key(setting: Setting) -> str:
    return json.dumps(dict(setting), sort_keys=True)


def locked(file: Any, folder: Path) -> None:
    """The folder is this process's until the file is closed; where the system has no such locks it goes unlocked."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ArchiveError(f"{folder}: another process is at work on it") from None
    except OSError:
        return
