"""The plan and the round cut are two accounts of one bump: on every flat area they agree to a nanometre, in every step of every flow."""

import numpy as np
import pytest
import shapely

import waferbump
from waferbump.recipe.flows import flow_names

NANOMETRE = 1e-9
FLAT = 1e-6  # m; a place is flat when nothing changes within this of it: films on walls and leaning walls are no wider by much
AZIMUTH = 0.3  # rad; off the axes, where polygons that stand for circles have their corners

# a die on its board has no plan
ROUND = [n for n in flow_names() if (r := waferbump.load(n)).layout is None and r.views is None and n != "ball-on-board"]


@pytest.mark.parametrize("name", ROUND)
def test_section_and_stack_agree_on_flat_areas(name):
    run = waferbump.run(waferbump.load(name).with_changes({"views": {}}))
    compared = 0
    for step in run.steps:
        bump, stack = step.state.bump, step.state.stack
        names = [n for n in bump.names if n != "air" and n not in stack.imported]
        for x in np.linspace(0.02, 0.97, 25) * bump.width:
            here, *near = (tuple(round(bump.thickness_at(x + d, n) / 1e-11) for n in bump.names) for d in (0.0, -FLAT, FLAT) if x + d > 0)
            if any(other != here for other in near):
                continue
            for n in names:
                found = stack.thickness_at(x * np.cos(AZIMUTH), x * np.sin(AZIMUTH), n)
                assert found == pytest.approx(bump.thickness_at(x, n), abs=NANOMETRE), f"{step.id}: {n} at {x * 1e6:.3f} um"
                compared += 1
    assert compared > 100  # so that the comparison is one


@pytest.mark.parametrize("name", ["stair-plated", "two-mask-fused", "flux-filled-board", "suspended-over-gap", "two-part-insulator"])
def test_the_planar_cut_agrees_with_the_stack_along_its_line(name):
    recipe = waferbump.load(name)
    run = waferbump.run(recipe if recipe.views else recipe.with_changes({"views": {}}))
    for step in run.steps:
        cut, stack = step.state.sections["cut"], step.state.stack
        line = shapely.LineString(cut.line)
        for x in np.linspace(0.03, 0.97, 33) * cut.width:
            here, *near = (tuple(round(cut.thickness_at(x + d, n) / 1e-11) for n in cut.names) for d in (0.0, -FLAT, FLAT))
            if any(other != here for other in near):
                continue
            place = line.interpolate(x)
            for n in set(cut.names) - {"air"} - stack.imported:
                found = stack.thickness_at(place.x, place.y, n)
                assert found == pytest.approx(cut.thickness_at(x, n), abs=NANOMETRE), f"{step.id}: {n} at {x * 1e6:.3f} um"
