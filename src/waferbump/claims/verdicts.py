"""Judge the claims: make the runs that each needs, once, and say what they show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..line import RunError, run
from ..recipe import Recipe, load
from ..results import Run, StepResult
from .claim import ANY, Claim, Lot
from .document_a import CLAIMS_A
from .document_b import CLAIMS_B
from .document_c import CLAIMS_C
from .document_d import CLAIMS_D
from .document_e import CLAIMS_E
from .trace import NotShown, Trace

CLAIMS: Mapping[str, Claim] = MappingProxyType({c.id: c for c in (*CLAIMS_A, *CLAIMS_B, *CLAIMS_C, *CLAIMS_D, *CLAIMS_E)})


@dataclass(frozen=True)
class Verdict:
    """Whether a claim holds.

    runs : the runs used, as they are typed behind `waferbump run`;  evidence : sentences with numbers
    """

    id: str
    document: str
    statement: str
    parent: str | None
    holds: bool
    runs: tuple[str, ...]
    evidence: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """The verdict for JSON."""
        return {
            "id": self.id, "document": self.document, "statement": self.statement, "parent": self.parent, "holds": self.holds,
            "runs": list(self.runs), "evidence": list(self.evidence),
        }  # fmt: skip


@dataclass(frozen=True)
class Examination:
    """What one run shows of one claim: whether its predicate holds, which members of its list, and the evidence."""

    holds: bool
    members: frozenset[str]
    evidence: tuple[str, ...]
    found: Any = None


def unknown_ids(ids: Iterable[str]) -> list[str]:
    """Those ids that no claim has."""
    return [i for i in ids if i not in CLAIMS]


def examined(made: Run, ids: Iterable[str] | None = None) -> dict[str, Examination]:
    """Every claim's condition (or those named, with their parents) on one run; a child's needs its parent's on the same run.

    Conditions alone: what an overstress does is asked by `stressed`.
    """
    results: dict[str, Examination] = {}
    try:
        trace, problem = Trace(made), ""
    except NotShown as stop:
        trace, problem = None, str(stop)

    def examine(claim: Claim) -> Examination:
        if claim.id not in results:
            results[claim.id] = Examination(False, frozenset(), (problem,)) if trace is None else judge(claim)
        return results[claim.id]

    def judge(claim: Claim) -> Examination:
        parent = examine(CLAIMS[claim.parent]) if claim.parent else None
        if parent is not None and not parent.holds:
            return Examination(False, frozenset(), parent.evidence)
        try:
            shown = claim.condition(parent.found if parent else trace)
        except NotShown as stop:
            return Examination(False, frozenset(), (str(stop),))
        known = {*claim.lots, *claim.unsatisfiable}
        members = frozenset({ANY}) if known == {ANY} else shown.members & known
        return Examination(True, members, shown.evidence, parent.found if parent else shown)

    for claim_id in CLAIMS if ids is None else ids:
        examine(CLAIMS[claim_id])
    return results


def stressed(results: Mapping[str, Examination], claim_id: str) -> Examination:
    """What a run shows of a claim whose conditions have been examined, mechanics of it and of all that it depends on included."""
    own = results[claim_id]
    if not own.holds:
        return own
    said: tuple[str, ...] = ()
    for one in _chain(CLAIMS[claim_id]):
        if one.mechanics is not None:
            try:
                said = one.mechanics(results[one.id].found)
            except NotShown as stop:
                return Examination(False, frozenset(), (str(stop),), own.found)
    more = said if CLAIMS[claim_id].mechanics is not None else ()
    return Examination(True, own.members, (*own.evidence, *more), own.found)


def judge_run(claim_id: str, made: Run) -> tuple[bool, tuple[str, ...]]:
    """Whether a claim holds for one run, with the evidence of the claim and of its parents."""
    results = examined(made, [claim_id])
    last = stressed(results, claim_id)
    if not last.holds:
        return False, last.evidence
    chain = _chain(CLAIMS[claim_id])
    return True, tuple(sentence for one in chain for sentence in stressed(results, one.id).evidence)


def _chain(claim: Claim) -> list[Claim]:
    """A claim and all that it depends on, the one that depends on nothing first."""
    return [*(_chain(CLAIMS[claim.parent]) if claim.parent else ()), claim]


class Line:
    """Makes each run once; runs that begin alike share their first steps."""

    def __init__(self, on_run: Callable[[str], None] | None = None) -> None:
        self._on_run = on_run
        self._recipes: dict[str, Recipe] = {}
        self._runs: dict[str, Run] = {}
        self._finished: dict[str, StepResult] = {}
        self._examined: dict[str, dict[str, Examination]] = {}
        self._stressed: dict[tuple[str, str], Examination] = {}

    def made(self, one: Lot) -> Run:
        """The run of a lot; one that the line refused carries its message."""
        if one.text not in self._runs:
            if one.flow not in self._recipes:
                self._recipes[one.flow] = load(one.flow)
            recipe = self._recipes[one.flow]
            if one.changes:
                recipe = recipe.with_changes(one.changes)
            if self._on_run is not None:
                self._on_run(one.text)
            try:
                result = run(recipe, finished=self._finished)
            except RunError as problem:
                result = problem.run
            self._finished.update({step.key: step for step in result.steps})
            self._runs[one.text] = result
        return self._runs[one.text]

    def examined(self, one: Lot, claim_id: str) -> Examination:
        """What a lot's run shows of a claim."""
        if one.text not in self._examined:
            self._examined[one.text] = examined(self.made(one))
        if (one.text, claim_id) not in self._stressed:
            self._stressed[one.text, claim_id] = stressed(self._examined[one.text], claim_id)
        return self._stressed[one.text, claim_id]


def judged(ids: Iterable[str] | None = None, on_run: Callable[[str], None] | None = None, *, line: Line | None = None) -> list[Verdict]:
    """Judge claims on the runs that are made for them, in the documents' order.

    Parameters
    ----------
    ids : such as "C1"; all of them if not given
    on_run : called with each run's text before it is made
    line : to share runs with earlier work

    Raises
    ------
    KeyError : an id that no claim has
    """
    wanted = set(CLAIMS if ids is None else ids)
    if strangers := unknown_ids(sorted(wanted)):
        raise KeyError(f"no claim is called {', '.join(strangers)}")
    line = line or Line(on_run)
    verdicts: dict[str, Verdict] = {}

    def judge(claim: Claim) -> Verdict:
        if claim.id not in verdicts:
            parent = judge(CLAIMS[claim.parent]) if claim.parent else None
            verdicts[claim.id] = _verdict(claim, parent, line)
        return verdicts[claim.id]

    return [judge(claim) for claim in CLAIMS.values() if claim.id in wanted]


def _verdict(claim: Claim, parent: Verdict | None, line: Line) -> Verdict:
    shown, runs, evidence = _shown(claim, line)
    if parent is not None and not parent.holds:
        shown, evidence = False, (*evidence, f"{parent.id}, on which it depends, does not hold")
    return Verdict(claim.id, claim.document, claim.statement, claim.parent, shown, runs, evidence)


def _shown(claim: Claim, line: Line) -> tuple[bool, tuple[str, ...], tuple[str, ...]]:
    evidence, holds = [], True
    for member, lots in claim.lots.items():
        for one in lots:
            found = line.examined(one, claim.id)
            shows = found.holds and member in found.members
            holds = holds and shows
            where = f"{member}: " if member else ""
            wrong = (
                ""
                if shows
                else "not shown: "
                if not found.holds
                else f"shows {', '.join(sorted(found.members)) or 'none of the list'} instead: "
            )
            evidence.append(f"{where}{one.text}: {wrong}{'; '.join(found.evidence)}")
    evidence += [f"{member}: unsatisfiable: {reason}" for member, reason in claim.unsatisfiable.items()]
    for one in claim.refused:
        message = line.made(one).message
        evidence.append(f"{one.text}: the line stops: {message}" if message else f"{one.text}: runs, against what is said here")
    lots = dict.fromkeys(one.text for member in claim.lots.values() for one in member)
    return holds, tuple(lots), tuple(evidence)
