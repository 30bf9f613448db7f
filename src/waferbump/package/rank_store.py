"""A ranking on disk: points.jsonl grows by a line a piece of work, rank.json is written whole; what is there is not computed again."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from .. import __version__
from ..archive import ArchiveError
from ..explore.store import locked, write_whole
from ..line import code_and_data_key
from .vehicle import Vehicle

POINTS, RANK, CYCLE = "points.jsonl", "rank.json", "cycle.json"


def vehicle_key(vehicle: Vehicle, *more: object) -> str:
    """Hash of all that decides what a vehicle's numbers are."""
    changes = [(path, node.plain()) for path, node in vehicle.changes]
    said = [repr(getattr(vehicle, name)) for name in sorted(Vehicle.__dataclass_fields__) if name not in ("changes", "folder", "title")]
    return hashlib.sha256(repr((said, changes, more)).encode()).hexdigest()[:16]


class RankStore:
    """The work of one ranking in one folder, by key. ArchiveError where the folder holds something else.

    A killed run's half-written last line is dropped; points of other code or of another vehicle are refused, never mixed.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.folder, self.head = folder, {"waferbump": __version__, "key": key, "code": code_and_data_key()[:16]}
        self.known: dict[str, dict[str, Any]] = {}
        self._file: Any = None

    def __enter__(self) -> RankStore:
        usable(self.folder, (POINTS, RANK))
        if os.path.lexists(self.folder / POINTS):
            self._open()
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def _open(self) -> None:
        try:
            prepared(self.folder, (POINTS, RANK))
            self._file = (self.folder / POINTS).open("a+b")
        except OSError as problem:
            raise ArchiveError(f"{self.folder}: cannot be used ({problem.strerror or problem}); give another folder with -o") from problem
        try:
            locked(self._file, self.folder)
            self._read()
        except BaseException:
            self._file.close()
            raise

    def _read(self) -> None:
        self._file.seek(0)
        data = self._file.read()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            self._file.truncate(whole)
        lines = data[:whole].splitlines()
        if not lines:
            self._write(self.head)
            return
        try:
            head, *rows = [json.loads(line) for line in lines]
            theirs = head["key"], head["code"]
            self.known = {row["key"]: row for row in rows}
        except (ValueError, KeyError, TypeError) as problem:
            raise ArchiveError(f"{self.folder / POINTS}: is damaged; delete the folder") from problem
        if theirs != (self.head["key"], self.head["code"]):
            why = "another vehicle or other settings" if theirs[0] != self.head["key"] else "another version of waferbump or its data"
            raise ArchiveError(f"{self.folder}: holds a ranking of {why}; give another folder with -o, or delete it")

    def _write(self, row: dict[str, Any]) -> None:
        self._file.write(json.dumps(row).encode() + b"\n")
        self._file.flush()

    def keep(self, record: dict[str, Any]) -> None:
        """Write a finished piece of work down at once; the first one makes the folder."""
        if self._file is None:
            self._open()
        self._write(record)
        self.known[record["key"]] = record


def usable(folder: Path, ours: tuple[str, ...]) -> None:
    """ArchiveError where a folder for results is a file, holds things and none of ours, or cannot be made; nothing is made here."""
    if os.path.lexists(folder) and not folder.is_dir():
        raise ArchiveError(f"{folder}: is no folder; give another one with -o")
    if folder.is_dir() and any(folder.iterdir()) and not any((folder / name).exists() for name in ours):
        raise ArchiveError(f"{folder}: exists and holds nothing that waferbump wrote there; give another folder with -o")
    above = next(place for place in (folder, *folder.absolute().parents) if os.path.lexists(place))
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        why = f"{above} is no folder" if not above.is_dir() else f"{above} may not be written to"
        raise ArchiveError(f"{folder}: cannot be made ({why}); give another folder with -o")


def prepared(folder: Path, ours: tuple[str, ...]) -> None:
    """Make a folder for results; ArchiveError as `usable`."""
    usable(folder, ours)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise ArchiveError(f"{folder}: cannot be made ({problem.strerror or problem}); give another folder with -o") from problem


def write_json(path: Path, record: dict[str, Any]) -> None:
    """A record as JSON, written whole, with the version that made it."""
    write_whole(path, json.dumps({"waferbump": __version__, **record}, indent=1) + "\n")
