"""Short travellers for tests of single steps: a head with cell, carrier and masks, and the steps that follow it."""

import pytest

from waferbump.line import run
from waferbump.recipe import Recipe, RecipeError


def carried_out(head, *steps):
    """The run of a head of a recipe (ending in `steps:`) and steps written as in YAML."""
    return run(Recipe.from_yaml(head + "".join(f"  - {step}\n" for step in steps)))


def refused(head, step):
    """The message with which a recipe of one step is refused at load."""
    with pytest.raises(RecipeError) as caught:
        Recipe.from_yaml(head + f"  - {step}\n")
    return str(caught.value)
