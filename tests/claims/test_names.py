"""A predicate looks at what was done, never at what it was called."""

from dataclasses import fields, replace

import pytest

from waferbump.claims import CLAIMS, examined, lot
from waferbump.line import run
from waferbump.recipe import Recipe, load

FLOWS = ("flux-coated-ball", "flux-filled-board-films", "flux-on-pad", "stair-plated", "stair-printed-three-resists", "two-mask-fused",
         "two-mask-not-fused", "three-mask-fused", "two-mask-fused-redistributed", "suspended-over-gap-beams", "sacrificial-left",
         "two-part-insulator")  # fmt: skip


def renamed(recipe: Recipe) -> Recipe:
    """The same recipe with other names for itself, its steps (and so its regions) and its masks."""
    ids = {step.id: f"x{index}" for index, step in enumerate(reversed(recipe.steps))}
    masks = {name: f"m{index}" for index, name in enumerate(recipe.masks)}

    def settings(given):
        changes = {}
        for entry in fields(given):
            value = getattr(given, entry.name)
            if entry.name in ("mask", "cover_mask", "dielectric_mask", "of", "along", "start") and value in masks:
                changes[entry.name] = masks[value]
            if entry.name in ("union", "minus"):
                changes[entry.name] = tuple(masks[one] for one in value)
            if entry.name in ("removes", "resists"):
                changes[entry.name] = tuple(ids.get(one, one) for one in value)
            if entry.name == "adhesion" and value:
                changes[entry.name] = {ids.get(one, one): energy for one, energy in value.items()}
        return replace(given, **changes)

    steps = [replace(step, id=ids[step.id], settings=settings(step.settings)) for step in recipe.steps]
    return Recipe(
        name="ball", title="stair", document="E", description="nothing is said here", cell=recipe.cell, carrier=recipe.carrier,
        steps=tuple(steps), masks={masks[name]: settings(mask) for name, mask in recipe.masks.items()},
        views=recipe.views and replace(recipe.views, cut=settings(recipe.views.cut)),
    )  # fmt: skip


@pytest.mark.parametrize("flow", FLOWS)
def test_names_do_not_change_a_verdict(flow, line):
    plain = line.made(lot(flow))
    other = run(renamed(load(flow)))
    assert not {s.id for s in plain.steps} & {s.id for s in other.steps}
    found, again = examined(plain), examined(other)
    for claim in CLAIMS:
        assert found[claim].holds is again[claim].holds, (claim, again[claim].evidence)
        assert found[claim].members == again[claim].members, claim
    assert any(one.holds for one in found.values()) or flow == "two-mask-not-fused"
