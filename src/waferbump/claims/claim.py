"""What a claim is: our wording, its parent, the condition on a run, and the runs that are made to show it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from .trace import Trace

ANY = ""  # the one member of a claim that lists none


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a run shows of a claim: sentences with numbers, and which of the claim's members it is."""

    evidence: tuple[str, ...]
    members: frozenset[str] = frozenset({ANY})


@dataclass(frozen=True)
class Lot:
    """One run to make: a built-in flow and changes to it by path."""

    flow: str
    changes: tuple[tuple[str, Any], ...] = ()

    @property
    def text(self) -> str:
        """The run as it is typed behind `waferbump run`."""
        settings = (f"{path}={value if isinstance(value, str) else json.dumps(value)}" for path, value in self.changes)
        return " ".join([self.flow, *(f"--set '{setting}'" for setting in settings)])


def lot(flow: str, changes: Mapping[str, Any] | None = None) -> Lot:
    """A flow with changes.

    >>> lot("stair-plated", {"steps.reflow": None}).text
    "stair-plated --set 'steps.reflow=null'"
    """
    return Lot(flow, tuple((changes or {}).items()))


@dataclass(frozen=True)
class Claim:
    """One line of the documents.

    condition : of a claim without a parent, (Trace) -> what was found; of a child, (what its root found) -> Shown; both raise
        NotShown. A child is judged on runs for which its parent's condition holds
    lots : runs by the member that each must show; claims that list no members have one, ""
    unsatisfiable : members that no run can show, with the reason
    refused : runs that the line must stop, quoted beside the evidence to say where the claim ends
    mechanics : what an overstress does to what the root's condition found: (found) -> sentences, or NotShown; asked only where the
        conditions of the claim and of all that it depends on hold, for it takes seconds to minutes
    """

    id: str
    statement: str
    parent: str | None = None
    condition: Callable[[Any], Any] | None = None
    lots: Mapping[str, tuple[Lot, ...]] = field(default_factory=lambda: MappingProxyType({}))
    unsatisfiable: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    refused: tuple[Lot, ...] = ()
    mechanics: Callable[[Any], tuple[str, ...]] | None = None

    @property
    def document(self) -> str:
        """The document that it comes from."""
        return self.id[0]


def root(condition: Callable[[Trace], Any], id: str, statement: str, *lots: Lot | tuple[str, Lot], **more: Any) -> Claim:
    """A claim without a parent."""
    return Claim(id, statement, None, condition, _by_member(lots), **more)


def child(parent: str, condition: Callable[[Any], Shown], id: str, statement: str, *lots: Lot | tuple[str, Lot], **more: Any) -> Claim:
    """A claim that narrows another."""
    return Claim(id, statement, parent, condition, _by_member(lots), **more)


def _by_member(lots) -> Mapping[str, tuple[Lot, ...]]:
    found: dict[str, tuple[Lot, ...]] = {}
    for entry in lots:
        member, one = (ANY, entry) if isinstance(entry, Lot) else entry
        found[member] = (*found.get(member, ()), one)
    return MappingProxyType(found)
