"""What the package's commands print: the verdict in sentences, the lives, the ranking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .package_words import cycle_verdict
from .tables import Table


def cycle_sentences(record: Mapping[str, Any]) -> list[str]:
    """The verdict of a cycled structure."""
    return cycle_verdict(record)


def lives_table(record: Mapping[str, Any]) -> Table:
    """Every life model side by side."""
    return Table(
        f"{record['title']}: cycles to failure",
        {
            "what fails": lambda r: r["mode"],
            "model": lambda r: r["title"],
            "cycles": lambda r: _cycles(r["cycles"]),
            "band": lambda r: f"{_cycles(r['low'])} to {_cycles(r['high'])}",
            "statistic": lambda r: r["statistic"],
        },
        tuple(record["lives"]["models"]),
        tuple(f"{one['title']}: left out, {one['why']}" for one in record["lives"]["skipped"]),
    )


def rank_table(record: Mapping[str, Any]) -> Table:
    """The structures side by side, in the order of the package."""
    return Table(
        f"{record['title']}: {record['target']:.0f} cycles, {record['level'].replace('_', ' ')}",
        {
            "label": lambda r: r["label"],
            "structure": lambda r: r["flow"],
            "softer than the first": lambda r: "" if r["softer"] is None else f"{r['softer']:.3g}",
            "allowed distance": lambda r: _distance(r["distance"]),
            "band": lambda r: "" if r["low"] is None else f"{_distance(r['low'])} to {_distance(r['high'])}",
            "bumps": lambda r: "" if r["bumps"] is None else str(r["bumps"]),
            "fails first": lambda r: r["first"] or "nothing",
            "arm across": lambda r: _across(r),
        },
        tuple(record["rows"]),
        (f"assumes: {record['assumes']}", *_notes(record)),
    )


def _notes(record: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{row['label']}: {row['notes'][0]}" for row in record["rows"] if row["notes"] and record["level"] != "springs")


def _across(row: Mapping[str, Any]) -> str:
    """Allowed distance where the arm stands square to the way from the neutral point; known at the level of springs."""
    found = row.get("across")
    return "" if found is None else _distance(found)


def _cycles(number: float | None) -> str:
    return "no end" if number is None else f"{number:.3g}" if number < 1e6 else f"{number:.2e}"


def _distance(length: float | None) -> str:
    return "not limited" if length is None else f"{1e3 * length:.3g} mm"
