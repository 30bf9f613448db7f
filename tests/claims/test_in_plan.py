"""What is judged in plan believes the plan, not the story: doctored sites, and small ones of which every answer is known."""

from dataclasses import replace
from types import MappingProxyType

import pytest
import shapely

from tests.claims.test_doctored import tampered, with_facts
from waferbump.claims import examined, judge_run, lot
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
    """A foil over what lies open of the passivation, between the walls of the insulating layer."""
    low, high = ticks(8e-6), ticks(10e-6)
    _, bottom, top = tower[2]
    if [name for name, _, _ in tower[1:3]] != ["passivation", AIR] or top < high:
        return tower
    return (*tower[:2], (AIR, bottom, low), ("lid", low, high), (AIR, high, top), *tower[3:])


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


def of(state, **materials):
    """The state with regions of other materials."""

    def operation(body):
        if isinstance(body, Stack):
            return replace(body, materials={**body.materials, **materials})
        for name in materials:
            body = body.with_material(name, materials[name]) if body.has(name) else body
        return body

    return state.operated(operation)


def in_role(state, region, role):
    """The state with a region in another role."""
    return state.with_facts({region: replace(state.facts[region], role=role)})


def holds(region, **energies):
    """Stated fracture energies [J/m^2] of a region's joints in place of its own."""
    return with_facts(region, adhesion=MappingProxyType(energies))


CASES = [
    ("E1", GAP, "no release emptied the gap", {"record": {"released": []}}, "no release emptied it"),
    ("E1", GAP, "the windows were shut again", {"state": in_columns(lid_over_windows, "lid", "polyimide")}, "held nearly all round"),
    ("E1", GAP, "it stands on the wafer", {"state": in_columns(stilted)}, "not bonded straight"),
    ("E1", GAP, "the line was cut", {"state": cut_out(-190, -60, -180, 60, "line", "seed", "adhesion")}, "no metal leads"),
    ("E1", GAP, "the pad is none", {"state": with_facts("pad", role="film")}, "no pad on the substrate"),
    ("E1", GAP, "the bump is none", {"state": with_facts("ball", role="film")}, "no bump of solder"),
    ("E1", GAP, "the layer below the line is a resist", {"state": lambda s: in_role(of(s, insulating="AZ-9260"), "insulating", "mask")},
     "no insulating layer"),
    ("E1", GAP, "both parts came apart", {"state": cut_out(-258, -200, -250, 200, "insulating", "protection")}, "lie outside"),
    ("E2", BEAMS, "the beams are of another step", {"state": beams_of_another_step}, "no arm of line"),
    ("E2", BEAMS, "nothing carries the beams", {"state": cut_out(-230, 60, -150, 120, "insulating")}, "lie outside"),
    ("E2", BEAMS, "the beams were cut at the landing pad", {"state": cut_out(-160, -120, -150, -60, "line")}, None),
    ("E3", LEFT, "another joint is as weak", {"state": holds("protection", insulating=2.0, line=100.0)}, "not below 50 J/m^2"),
    ("E3", LEFT, "the bonded part's joint is not stated", {"state": holds("insulating", sacrificial=100.0)}, "is not stated"),
    ("E6", ON, "the elastic one on top", {"state": lambda s: of(s, elastic="Ti", sacrificial="silicone")}, "no sacrificial layer on"),
    ("E8", ON, "a nitride", {"state": lambda s: of(s, sacrificial="SiN")}, "none of metal"),
    ("E9", ELASTIC, "it holds more firmly", {"state": holds("elastic", passivation=60.0)}, "is not below 50 J/m^2"),
    ("E11", TWO, "the second part holds more firmly than the first layer",
     {"state": holds("second", passivation=60.0, first=100.0)}, "is not below"),
    ("E11", TWO, "the second part holds more firmly than the first part",
     {"state": holds("second", passivation=30.0, first=20.0)}, "is not below 20 J/m^2"),
    ("E11", TWO, "a gap below the second layer", {"state": cut_out(-200, -80, -190, 80, "first")}, "there is a gap"),
    ("E11", TWO, "the first layer is of metal", {"state": lambda s: in_role(of(s, first="Cu"), "first", "film")}, "no other insulating"),
    ("B11", "flux-filled-redistributed", "the line was cut", {"state": cut_out(-90, -90, -80, -50, "rdl-metal")}, "does not join"),
    ("D13", "two-mask-fused-redistributed", "the line was cut", {"state": cut_out(-90, -90, -80, -50, "rdl-metal")}, "does not join"),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "flow", "why", "changes", "said"), CASES, ids=[f"{c[0]}-{c[2]}" for c in CASES])
def test_a_doctored_site_is_caught(claim, flow, why, changes, said, line):
    sound = line.made(lot(flow))
    assert examined(sound, [claim])[claim].holds
    found = examined(tampered(sound, sound.steps[-1].id, **changes), [claim])[claim]
    if said is None:
        # one of two beams is left
        assert found.holds and any(sentence.startswith("1 beam of") for sentence in found.evidence)
    else:
        assert not found.holds
        assert said in found.evidence[0]


def test_what_no_claim_recites_is_not_asked_for(line):
    sound = line.made(lot(GAP))
    bare = tampered(sound, "release", state=lambda s: s.operated(lambda v: v.without(["protection"])))
    assert any("protection (polyimide) covers" in sentence for sentence in examined(sound, ["E1"])["E1"].evidence)
    found = examined(bare, ["E1"])["E1"]
    assert found.holds and any("no protection layer lies on line" in sentence for sentence in found.evidence)


def test_a_gap_that_was_never_emptied_is_not_shown_as_an_empty_one(line):
    kept = lot(GAP, {"steps.release": None})
    # the conditions alone: what an overstress does to the changed flow would take minutes
    assert examined(line.made(kept), ["E1"])["E1"].members == {"filled below the bump"}
    assert line.examined(lot(GAP), "E1").members == {"empty gap"}
    assert line.examined(lot(LEFT), "E1").members == {"filled below the bump"}


def test_an_epoxy_is_an_organic_polymer_too_but_not_the_other_way_round(line):
    assert line.examined(lot(f"{LEFT}-epoxy"), "E5").members == {"epoxy", "organic polymer"}
    assert line.examined(lot(f"{LEFT}-polymer"), "E5").members == {"organic polymer"}


def test_a_run_without_a_plan_shows_nothing_of_document_e(line):
    for claim in ("E1", "E11", "E12"):
        found, evidence = judge_run(claim, line.made(lot("flux-on-pad")))
        assert found is False and "round cut alone" in evidence[0]


@pytest.fixture
def table():
    """A slab of 40 um by 20 um, 2 um thick, on a leg 10 um wide at its left end, on a site of 60 um: what holds it is gone beside it."""
    site = Stack.blank((-30e-6, -30e-6, 30e-6, 30e-6), material="Si", thickness=10e-6).coated("leg", "SiO2", 3e-6)
    slab = Area(shapely.box(-20e-6, -10e-6, 20e-6, 10e-6))
    site = site.coated("slab", "polyimide", 5e-6).opened({"slab": slab.outside, "leg": slab.outside})
    return site.released({"leg": Area(shapely.box(-10e-6, -30e-6, 30e-6, 30e-6))})


def test_what_lies_below_a_slab(table):
    parts = {below(tower, k, {"carrier"}) for tower in table.part_towers for k, layer in enumerate(tower) if layer[0] == "slab"}
    assert parts == {("leg",), (AIR,)}
    assert lying_on(table, "slab", ["leg"]).area == pytest.approx(200e-12)
    assert lying_on(table, "slab", [AIR]).area == pytest.approx(600e-12)
    assert share(lying_on(table, "slab", [AIR]), table.plan_area("slab")) == pytest.approx(1.0)
    assert share(table.plan_area("slab"), lying_on(table, "slab", [AIR])) == pytest.approx(0.75)


def test_the_air_below_a_slab_is_open_until_the_site_is_covered(table):
    def open_below(stack):
        found = [(p, k) for p, tower in enumerate(stack.part_towers) for k, layer in enumerate(tower) if layer == (AIR, 0, ticks(3e-6))]
        assert len(found) == 1
        return is_open(stack, *found[0])

    assert open_below(table)
    shut = tuple((*t[:1], ("walls", 0, ticks(3e-6)), (AIR, ticks(3e-6), t[-1][2])) if len(t) == 2 else t for t in table.towers)
    assert not open_below(replace(table, towers=shut, materials={**table.materials, "walls": "Si"}))


def test_a_piece_stops_where_it_does_not_touch_itself(table):
    cut = table.released({"slab": Area(shapely.box(0.0, -30e-6, 2e-6, 30e-6))})
    start = next((p, k) for p, tower in enumerate(cut.part_towers) for k, layer in enumerate(tower) if tower[k - 1][0] == "leg")
    piece = piece_at(cut, [start])
    assert where(cut, lambda p: p in piece).area == pytest.approx(400e-12)
    assert cut.plan_area("slab").area == pytest.approx(760e-12)


def test_a_ring_lies_round_a_hole_and_a_horseshoe_does_not():
    hole = shapely.box(-1.0, -1.0, 1.0, 1.0)
    ring = shapely.box(-3.0, -3.0, 3.0, 3.0).difference(shapely.box(-2.0, -2.0, 2.0, 2.0))
    assert pieces_round(shapely.MultiPolygon([ring]), hole).area == pytest.approx(20.0)
    assert pieces_round(ring.difference(shapely.box(0.0, -1.5, 4.0, 1.5)), hole).is_empty
    assert pieces_round(shapely.box(-3.0, -3.0, 3.0, 3.0), hole).is_empty
    assert pieces_round(shapely.MultiPolygon(), hole).is_empty


def test_a_round_cut_has_no_plan(line):
    with pytest.raises(NotShown, match="round cut alone"):
        plan_of(Trace(line.made(lot("flux-on-pad"))))
