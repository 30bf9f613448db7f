"""A run's last state as a structure with its joint: what the joint is made of, and what cannot be judged, in one sentence."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from waferbump.bookkeeping import Ledger
from waferbump.materials import library
from waferbump.package.reading import read_vehicle
from waferbump.package.structure import structure_of, structure_run
from waferbump.package.vehicle import PackageError

VEHICLE = read_vehicle()


@cache
def plain_run():
    return structure_run("plain-bump", VEHICLE)


@cache
def plain():
    return structure_of(plain_run(), VEHICLE, Ledger(library()))


def refused(made=None, vehicle=VEHICLE):
    with pytest.raises(PackageError) as problem:
        structure_of(plain_run() if made is None else made, vehicle, Ledger(library()))
    assert "\n" not in str(problem.value)
    return str(problem.value)


def with_final(**changes):
    """The run with its last state changed."""
    made = plain_run()
    return replace(made, steps=(*made.steps[:-1], replace(made.steps[-1], state=replace(made.final, **changes))))


def with_board(**changes):
    return replace(VEHICLE, board=replace(VEHICLE.board, **changes))


def turned_volume(joint):
    """Volume [m^3] of the outline turned about its axis: a stack of frusta."""
    r, h = joint.radius, joint.height
    return float(np.pi / 3.0 * np.sum(np.diff(h) * (r[1:] ** 2 + r[1:] * r[:-1] + r[:-1] ** 2)))


def test_the_joint_is_the_bump_and_the_pastes_metal():
    made, measures = plain(), plain_run().measures
    # chords 0.2 um inside a barrel of 160 um radius leave out up to 2 * 0.2 / 160 of it
    assert turned_volume(made.joint) == pytest.approx(measures["bump_volume"].value + VEHICLE.paste_metal, rel=2.5e-3)
    bare = structure_of(plain_run(), replace(VEHICLE, paste_metal=0.0), Ledger(library()))
    assert turned_volume(made.joint) - turned_volume(bare.joint) == pytest.approx(VEHICLE.paste_metal, rel=0.01)
    assert bare.joint.stand_off < made.joint.stand_off


def test_the_outline_runs_from_the_bumps_metal_to_the_boards_pad():
    joint = plain().joint
    assert joint.height[0] == 0.0 and np.all(np.diff(joint.height) > 0.0) and joint.stand_off == joint.height[-1]
    assert joint.radius[0] == pytest.approx(plain_run().measures["pad_diameter"].value / 2.0, rel=1e-9)
    assert joint.radius[-1] == pytest.approx(VEHICLE.board.pad_diameter / 2.0, rel=1e-9)
    assert joint.radius.max() > max(joint.radius[0], joint.radius[-1])  # more solder than between the pads: a barrel
    # a lighter load lets it stand higher; the die of one bump is light beside its tension, so by little
    heavy = structure_of(plain_run(), replace(VEHICLE, die=replace(VEHICLE.die, thickness=20 * VEHICLE.die.thickness)), Ledger(library()))
    assert 0.9 * joint.stand_off < heavy.joint.stand_off < joint.stand_off


def test_what_a_structure_knows_of_its_site():
    made = plain()
    assert made.flow == "plain-bump" and made.key == plain_run().key and made.alloy == "SAC305"
    assert made.solder == ("ball",) and made.way[0] == made.pad == "pad" and made.way[-1] == "ball"
    assert made.metals == ("adhesion", "seed", "line") and set(made.ground) == {"carrier", "pad", "passivation"}
    assert made.without == ("ball",) and made.liquids == ()
    assert made.solidus == library()["SAC305"].number("solidus") and made.pitch == 500e-6
    assert made.adhesion["insulating", "passivation"] == 50.0 and made.adhesion["adhesion", "pad"] == 100.0
    assert made.board.material == "FR-4" and made.board.thickness == 1e-3


def test_a_site_whose_conductor_is_gone_is_open():
    opened = plain_run().final.stack.without(["line", "seed", "adhesion"])
    assert "electrically open before any cycle" in refused(with_final(stack=opened))


def test_a_run_without_a_plan_is_refused():
    assert "carries no plan" in refused(with_final(stack=None)) and "views" in refused(with_final(stack=None))


def test_a_run_without_solder_is_refused():
    made = plain_run()
    before = next(k for k, step in enumerate(made.steps) if step.state.names_with("solder"))
    assert "no bump of solder" in refused(replace(made, steps=made.steps[:before]))


def test_a_pad_under_the_mask_is_refused():
    message = refused(vehicle=with_board(mask_opening=200e-6))
    assert "SMD" in message and "NSMD" in message
    assert structure_of(plain_run(), with_board(mask_opening=200e-6, mask_thickness=0.0), Ledger(library())).joint.stand_off > 0.0


def test_a_joint_that_touches_its_neighbour_is_refused():
    assert 2.0 * plain().joint.radius.max() > 320e-6
    assert "um wide and bridges to its neighbour" in refused(vehicle=replace(VEHICLE, pitch=320e-6))
    assert "bridges to its neighbour" in refused(vehicle=replace(VEHICLE, paste_metal=6e-11))


def test_pads_that_no_joint_spans_are_refused():
    # a joint that the load presses flat: no equilibrium
    assert "make no joint" in refused(vehicle=replace(VEHICLE, die=replace(VEHICLE.die, thickness=100.0)))


def test_a_recipe_that_fails_is_said_with_its_step():
    with pytest.raises(PackageError, match=r"^plain-bump: "):
        structure_run("plain-bump", replace(VEHICLE, changes=(("steps.ball.diameter", "900 um"),)))
