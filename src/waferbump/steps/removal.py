"""Take away: strip, clean, thin."""

from __future__ import annotations

from ..state import Measured, State, StepError, length, listed
from .support import touched_by


def strip(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Dissolve masks: the named ones, or every patterned mask that has not been cured."""
    names = _chosen(state, settings.removes, state.names_with("mask"))
    if not names:
        raise StepError("there is no mask to strip")
    made = _dissolved(state, names)
    left = [n for n in names if made.has(n)]
    if len(left) == len(names) and all(made.amount(n) == state.amount(n) for n in left):
        raise StepError(f"the stripper cannot reach {listed(names)}")
    warnings = [f"part of {n} is shut in and stays" for n in left]
    crust = [r for r in made.names_with("residue", "flux") if touched_by(state, r) & set(names)]
    if crust:
        warnings.append(f"{listed(crust)} stays in the shape of the mask that is gone: clean before you strip")
    return made, Measured({}, {"removed": [n for n in names if n not in left], "left": left}, tuple(warnings))


def clean(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Wash off flux and its residues."""
    names = _chosen(state, settings.removes, state.names_with("flux", "residue"))
    if not names:
        raise StepError("there is no flux or residue to clean off")
    made = _dissolved(state, names)
    left = [n for n in names if made.has(n)]
    warnings = [f"the cleaner does not reach all of {n}" for n in left]
    return made, Measured({}, {"removed": [n for n in names if n not in left], "left": left}, tuple(warnings))


def _dissolved(state: State, names: list[str]) -> State:
    """What open air reaches of some regions is gone; in the cuts also what the plan says was reached from beside them."""
    made = state.operated(lambda s: s.stripped([n for n in names if s.has(n)]))
    if state.stack is None:
        return made
    gone = [n for n in names if not made.stack.has(n)]
    return made.operated(lambda s: s.without([n for n in gone if s.has(n)]))


def _chosen(state: State, removes, default) -> list[str]:
    if not removes:
        return list(default)
    names = []
    for wanted in removes:
        found = [wanted] if wanted in state.facts else [n for n in state.facts if state.material(n) == wanted]
        if not found:
            raise StepError(f"nothing on the wafer is called {wanted} or made of it; there are {listed(state.facts)}")
        names += found
    return names


def thin(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Grind the carrier's back until it is as thick as asked."""
    now = -state.bump.floor
    if settings.to >= now:
        raise StepError(f"the carrier is {now * 1e6:.4g} um thick already; it cannot be thinned to {settings.to * 1e6:.4g} um")
    made = state.operated(lambda s: s.thinned(settings.to))
    return made, Measured({"thickness": length(settings.to), "removed": length(now - settings.to)}, {})
