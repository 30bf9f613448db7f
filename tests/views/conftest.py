"""Runs to look at, each made once."""

from __future__ import annotations

from dataclasses import replace

import pytest

import waferbump
from tests.views.suspended import figures
from waferbump.line import RunError
from waferbump.line import run as carry_out
from waferbump.state import Facts, State


@pytest.fixture(scope="session")
def plated():
    """A plated bump, all its steps done."""
    return carry_out(waferbump.load("stair-plated"))


@pytest.fixture(scope="session")
def fused():
    """A bump of two solders, the longest pictures."""
    return carry_out(waferbump.load("two-mask-fused-different"))


@pytest.fixture(scope="session")
def failed():
    """A run that stops at its last step: nothing removes the oxide."""
    with pytest.raises(RunError) as stopped:
        carry_out(waferbump.load("stair-plated").with_changes({"steps.reflow.atmosphere": "air"}))
    return stopped.value.run


@pytest.fixture(scope="session")
def suspended(plated):
    """A run whose first seven steps left the structures of document E's figures 12A to 12G, and say so in their notes."""
    steps, asked = [], list(plated.recipe.steps)
    for number, (figure, stood) in enumerate(figures().items()):
        names = [name for name in dict.fromkeys((*stood.stack.names, *stood.bump.names)) if name != "air"]
        facts = {n: Facts("solder" if n == "ball" else "film", "x", imported=("cut", "plan") if n == "ball" else ()) for n in names}
        state = State(plated.start.plan, {"bump": stood.bump, "cut": stood.cut}, facts, stack=stood.stack)
        steps.append(replace(plated.steps[number], state=state))
        asked[number] = replace(asked[number], note=f"fig. 12{figure}")
    return replace(plated, recipe=replace(plated.recipe, steps=tuple(asked)), start=steps[0].state, steps=tuple(steps))
