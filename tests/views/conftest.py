"""Runs to look at, each made once."""

from __future__ import annotations

import pytest

import waferbump
from waferbump.line import RunError
from waferbump.line import run as carry_out


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
