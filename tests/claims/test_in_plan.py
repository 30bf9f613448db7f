"""What is judged in plan believes the plan, not the story: doctored sites, and small ones of which every answer is known."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
import shapely

from tests.claims.test_doctored import tampered, with_facts
from waferbump.claims import Line, judge_run, lot
from waferbump.claims.in_plan import below, is_open, lying_on, piece_at, pieces_round, plan_of, share, where
from waferbump.claims.trace import NotShown, Trace
from waferbump.geometry.area import Area
from waferbump.geometry.partition import AIR, ticks
from waferbump.geometry.stack import Stack
from waferbump.geometry.tiling import overlaid
from waferbump.state import Facts

GAP, BEAMS, LEFT, ON, ELASTIC, TWO = (
    "suspended-over-gap", "suspended-over-gap-beams", "sacrificial-left", "sacrificial-on-elastic", "elastic-alone", "two-part-insulator"
)  # fmt: skip


def cut_out(x0, y0, x1, y1, *names):
    """Regions gone over a rectangle [um]."""
    area = Area(shapely.box(x0 * 1e-6, y0 * 1e-6, x1 * 1e-6, y1 * 1e-6))
    return lambda state: state.operated(lambda s: s.released({n: area for n in names if s.has(n)}))


def in_columns(change, name="", material="", role="dielectric"):
    """Every column's layers [ticks] changed; a region that comes in so has a name, a material and a role."""

    def made(state):
        towers = tuple(change(tower) for tower in state.stack.towers)
        stack = replace(state.stack, towers=towers, materials={**state.stack.materials, **({name: material} if name else {})})
        facts = {**state.facts, **({name: Facts(role, name)} if name else {})}
        return replace(state, stack=stack, facts=MappingProxyType(facts))

    return made


def lid_over_windows(tower):
    """A foil high above what lies open of the passivation."""
    low, high = ticks(20e-6), ticks(22e-6)
    if tower[-2][0] != "passivation":
        return tower
    return (*tower[:-1], (AIR, tower[-1][1], low), ("lid", low, high), (AIR, high, tower[-1][2]))


def stilted(tower):
    """A post of passivation from the wafer to the insulating layer, wherever there is a gap below it."""
    k = next((k for k, layer in enumerate(tower[:-1]) if layer[0] == AIR), None)
    return tower if k is None else (*tower[: k - 1], ("passivation", tower[k - 1][1], tower[k][2]), *tower[k + 1 :])


def beams_of_another_step(state):
    """The line beyond 65 um to either side of its middle given to another region of the same metal."""
    boxes = [shapely.box(ticks(-341e-6), ticks(a), ticks(0.0), ticks(b)) for a, b in ((65e-6, 120e-6), (-120e-6, -65e-6))]
    cut = overlaid(state.stack.shapes, boxes)
    towers = []
    for own, inside in zip(cut.owner, cut.inside.any(axis=1), strict=True):
        tower = state.stack.towers[own]
        towers.append(tuple(("arms" if name == "line" and inside else name, a, b) for name, a, b in tower))
    stack = Stack(
        tuple(shapely.MultiPolygon([f]) for f in cut.faces), tuple(towers), {**state.stack.materials, "arms": "Cu"}, state.stack.imported
    )
    return replace(state, stack=stack, facts=MappingProxyType({**state.facts, "arms": Facts("redistribution", "arms")}))


def holds(region, **energies):
    """Stated fracture energies [J/m^2] of a region's joints in place of its own."""
    return with_facts(region, adhesion=MappingProxyType(energies))


CASES = [
    ("E1", GAP, "no release emptied the gap", "release", {"record": {"released": []}}, "no release emptied it"),
    ("E1", GAP, "the windows were shut again", "release", {"state": in_columns(lid_over_windows, "lid", "polyimide")}, "is shut"),
    ("E1", GAP, "it stands on the wafer", "release", {"state": in_columns(stilted)}, "not bonded straight"),
    ("E1", GAP, "the line was cut", "release", {"state": cut_out(-190, -60, -180, 60, "line", "seed", "adhesion")}, "no metal leads"),
    ("E1", GAP, "the pad is none", "release", {"state": with_facts("pad", role="film")}, "no pad on the substrate"),
    ("E1", GAP, "the bump is none", "release", {"state": with_facts("ball", role="film")}, "no bump of solder"),
    ("E1", GAP, "the layer below the line is a mask", "release", {"state": lambda s: s.with_facts({"insulating": replace(
        s.facts["insulating"], role="mask")}).operated(lambda v: v.with_material("insulating", "Cu") if not isinstance(v, Stack) else replace(
            v, materials={**v.materials, "insulating": "AZ-9260"}))}, "no insulating layer"),
    ("E1", GAP, "both parts came apart", "release", {"state": cut_out(-258, -200, -250, 200, "insulating", "protection")}, "lie outside"),
    ("E2", BEAMS, "the beams are of another step", "release", {"state": beams_of_another_step}, "no arm of line"),
    ("E2", BEAMS, "nothing carries the beams", "release", {"state": cut_out(-230, 60, -150, 120, "insulating")}, "lie outside"),
    ("E2", BEAMS, "the beams were cut at the landing pad", "release", {"state": cut_out(-160, -120, -150, -60, "line")}, None),
    ("E3", LEFT, "another joint is as weak", "clean", {"state": holds("protection", insulating=2.0, line=100.0)}, "not below 50 J/m^2"),
    ("E3", LEFT, "the bonded part's joint is not stated", "clean", {"state": holds("insulating", sacrificial=100.0)}, "is not stated"),
    ("E6", ON, "the elastic layer lies on top", "clean", {"state": lambda s: s.operated(lambda v: replace(v, materials={
        **v.materials, "elastic": "Ti", "sacrificial": "silicone"}) if isinstance(v, Stack) else v.with_material("elastic", "Ti").with_material(
            "sacrificial", "silicone"))}, "no sacrificial layer on an elastic one"),
    ("E9", ELASTIC, "it holds more firmly", "clean", {"state": holds("elastic", passivation=60.0)}, "is not below 50 J/m^2"),
    ("E11", TWO, "the second part holds more firmly than the first layer", "clean",
     {"state": holds("second", passivation=60.0, first=100.0)}, "is not below"),
    ("E11", TWO, "the second part holds more firmly than the first part", "clean",
     {"state": holds("second", passivation=30.0, first=20.0)}, "is not below 20 J/m^2"),
    ("E11", TWO, "a gap below the second layer", "clean", {"state": cut_out(-200, -80, -190, 80, "first")}, "there is a gap"),
    ("E11", TWO, "the first layer is of metal", "clean", {"state": lambda s: s.with_facts({"first": replace(s.facts["first"], role="film")}).
     operated(lambda v: replace(v, materials={**v.materials, "first": "Cu"}) if isinstance(v, Stack) else v)}, "no other insulating layer"),
    ("B11", "flux-filled-redistributed", "the line was cut", "clean", {"state": cut_out(-90, -90, -80, -50, "rdl-metal")}, "does not join"),
    ("D13", "two-mask-fused-redistributed", "the line was cut", "clean", {"state": cut_out(-90, -90, -80, -50, "rdl-metal")}, "does not join"),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "flow", "why", "step", "changes", "said"), CASES, ids=[f"{c[0]}-{c[2]}" for c in CASES])
def test_a_doctored_site_is_caught(claim, flow, why, step, changes, said, line):
    sound = line.made(lot(flow))
    assert judge_run(claim, sound)[0] is not False
    last = sound.steps[-1].id if sound.steps[-1].id != step else step
    found, evidence = judge_run(claim, tampered(sound, last, **changes))
    if said is None:
        # one of two beams is left
        assert found is None and any(sentence.startswith("1 beam of") for sentence in evidence)
    else:
        assert found is False
        assert said in evidence[0]
