"""How firmly a film holds on what it lies on, as far as the recipe states it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from ..state import State, StepError, listed
from .support import touched_by


def with_adhesion(state: State, name: str, stated: Mapping[str, float] | None) -> State:
    """The state with a film's stated fracture energies [J/m^2] kept by the region below; StepError for one that it does not touch.

    Keys are regions or materials; a material stands for every region of it that the film touches.
    """
    if not stated:
        return state
    near = touched_by(state, name) & state.facts.keys()
    found: dict[str, float] = {}
    for key, energy in stated.items():
        meant = [n for n in near if key in (n, state.material(n), state.facts[n].made_by)]
        if not meant:
            raise StepError(f"an adhesion to {key} is stated, but {name} does not touch it; it touches {listed(sorted(near))}")
        found |= dict.fromkeys(sorted(meant), energy)
    return state.with_facts({name: replace(state.facts[name], adhesion=MappingProxyType(found))})
