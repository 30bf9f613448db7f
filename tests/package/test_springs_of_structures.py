"""The compliance level: stiffness, sharing and limits of structures given by their sizes."""

import time
from dataclasses import replace

import numpy as np
import pytest

from waferbump.package.dimensions import Dimensions, DimensionsError, Disc, Layer, Membrane, Strip, wire_spring
from waferbump.package.spring_chain import Array, Solid
from waferbump.package.spring_limits import Criteria, limits
from waferbump.package.springs import compliance, response
from waferbump.physics.springs import column_flexibility, lateral_stiffness

UM = 1e-6
SOLIDS = {
    "solder": Solid(46.5e9, 0.4, 30e6), "Cu": Solid(115e9, 0.34, 200e6), "polyimide": Solid(3.2e9, 0.34, 100e6),
    "rubber": Solid(10e6, 0.49), "Ti": Solid(116e9, 0.32), "Au": Solid(78e9, 0.4), "Ni": Solid(200e9, 0.31), "fill": Solid(7e9, 0.33),
}  # fmt: skip
ELASTIC = {name: replace(solid, flow_stress=np.inf) for name, solid in SOLIDS.items()}
ARRAY = Array(169e9, 0.28, 2.6e-6, 400 * UM, 22e9, 0.2, 16e-6, 1000 * UM, 500 * UM)
RADIUS, HEIGHT = np.full(2, 125 * UM), np.array([0.0, 200 * UM])
SECTION = (
    Layer("Cu", -5 * UM, 0.0, 50 * UM, role="line"),
    Layer("polyimide", -15 * UM, -5 * UM, 320 * UM),
    Layer("polyimide", 0.0, 5 * UM, 320 * UM),
)
STRIP = Strip(((-260 * UM, 0.0), (-140 * UM, 0.0)), SECTION)
CRITERIA = Criteria(
    1000.0, 165.0, 257.0, lambda shear: 0.5 * (np.maximum(shear, 1e-12) / 0.65) ** -2.2,
    lambda strain: 0.5 * (np.maximum(strain, 1e-12) / 0.6) ** -1.67, 50.0, 2.0, {"insulating": 0.3, "line": 0.2},
)  # fmt: skip


def sizes(name="plain", **changes):
    given = {"discs": (Disc("polyimide", 10 * UM),), "disc_radius": 140 * UM} if not changes else {}
    return Dimensions(name, RADIUS, HEIGHT, "solder", 140 * UM, **(given | changes))


def suspended(**changes):
    return sizes("suspended", strips=(STRIP,), gap=5 * UM, **changes)


def test_the_plain_and_the_suspended_bump_are_of_the_order_of_a_hand_estimate():
    plain, free = compliance(sizes(), ELASTIC, ARRAY), compliance(suspended(), ELASTIC, ARRAY)
    # G A / h = 4e6 N/m of a cylinder of solder; its bending between guided ends takes a third
    assert plain.joint == pytest.approx(4e6, rel=0.4) and plain.along < plain.joint
    # k_rot / h^2 = 1e2 N/m where the board's end may tilt
    assert 50 < free.along_free < 400
    # where it may not, the strip has to stretch: E A / L of film and line. It gives no moment to speak of, so the joint stands on the
    # board as a cantilever of height h, and the board below its pad gives way to its force and to its moment F h
    stretch = 120 * UM / ((115e9 * 250 + 3.2e9 * 4800) * UM**2)
    height, shear = 200 * UM, 22e9 / 2.4
    joint = 1 / lateral_stiffness(column_flexibility(RADIUS, HEIGHT, np.array(46.5e9), 0.4), end="free")
    board = 1.8 / (8 * shear * 125 * UM) + 3 * 0.8 / (8 * shear * (125 * UM) ** 3) * height**2
    assert 1 / free.along == pytest.approx(stretch + joint + board, rel=0.03)  # the strip's own bending is left out
    assert free.along > 500 * free.along_free


def test_elastic_parts_share_the_shift_as_springs_in_series():
    springs = compliance(suspended(), ELASTIC, ARRAY)
    seen = response(suspended(), ELASTIC, ARRAY, 3.5e-3, 165.0, shared=False)
    assert seen.shift[0] == pytest.approx(3.5e-3 * 13.4e-6 * 165.0, rel=1e-12)
    assert seen.force[0] == pytest.approx(springs.along * seen.shift[0], rel=1e-9)
    assert seen.solder_shear[0] < 0.15 * seen.shift[0] / (200 * UM)


def test_the_shear_lag_takes_its_share_of_stiff_joints_only():
    stiff = response(sizes(), ELASTIC, ARRAY, [1e-4, 1e-2], 165.0)
    soft = response(suspended(), ELASTIC, ARRAY, [1e-4, 1e-2], 165.0)
    free = np.array([1e-4, 1e-2]) * 13.4e-6 * 165.0
    assert stiff.shift[0] == pytest.approx(free[0], rel=0.02) and stiff.shift[1] < 0.15 * free[1]
    assert soft.shift[1] > 2 * stiff.shift[1]


def test_what_flows_takes_more_of_the_shift():
    far = [3.5e-3]
    elastic, flowing = (response(sizes(), solids, ARRAY, far, 165.0, shared=False) for solids in (ELASTIC, SOLIDS))
    assert flowing.solder_shear[0] > 1.5 * elastic.solder_shear[0] and flowing.force[0] < elastic.force[0]
    # a range of shear stress of twice the flow stress over sqrt 3, on the joint's section; bending softens, hardening stiffens it
    flow = 2 * 30e6 / np.sqrt(3) * np.pi * (125 * UM) ** 2
    assert 0.6 * flow < flowing.force[0] < 1.5 * flow


def test_soft_layers_let_the_bump_go_where_firm_ones_hold_it():
    kinds = {
        "firm": (Disc("Ti", 5 * UM), Disc("polyimide", 10 * UM)),
        "soft": (Disc("rubber", 10 * UM), Disc("polyimide", 10 * UM)),
    }
    made = {name: sizes(name, strips=(STRIP,), discs=discs, disc_radius=140 * UM) for name, discs in kinds.items()}
    found = {name: compliance(one, ELASTIC, ARRAY) for name, one in made.items()}
    gap = compliance(suspended(), ELASTIC, ARRAY)
    # rubber: G A / t = 2e4 N/m sideways beside the strip's 1e5, but pressed it is confined
    assert gap.along < found["soft"].along < found["firm"].along
    assert found["soft"].axial > 20 * gap.axial


def test_underfill_works_beside_the_bump():
    kinds = [sizes(discs=(Disc("polyimide", 10 * UM),), disc_radius=140 * UM, underfill=fill) for fill in ("", "fill")]
    bare, filled = (compliance(one, SOLIDS, ARRAY) for one in kinds)
    assert bare.along == filled.along  # the bump's own spring is the same
    lone, beside = (response(one, SOLIDS, ARRAY, 5e-3, 165.0) for one in kinds)
    assert beside.shift[0] < 0.7 * lone.shift[0] and beside.solder_shear[0] < lone.solder_shear[0]


def test_a_line_on_a_firm_bed_counts_for_nothing_and_on_a_soft_one_for_all():
    line = (Layer("Cu", -5 * UM, 0.0, 50 * UM, role="line"),)
    path = ((-280 * UM, -75 * UM), (-280 * UM, 0.0), (-140 * UM, 0.0))
    for material, thickness, carried in (("polyimide", 10 * UM, False), ("rubber", 75 * UM, True)):
        bed = Disc(material, thickness)
        seen = response(
            sizes(material, strips=(Strip(path, line, bed),), discs=(bed,), disc_radius=140 * UM), SOLIDS, ARRAY, 1e-3, 165.0
        )
        assert ("line" in seen.strain) is carried


def test_what_slips_beyond_its_anchor_is_strained_less():
    held = response(suspended(), ELASTIC, ARRAY, 1e-3, 165.0, shared=False)
    slips = replace(STRIP, anchor=Disc("polyimide", 15 * UM), anchor_length=1e-3)
    slipping = response(sizes("slips", strips=(slips,), gap=5 * UM), ELASTIC, ARRAY, 1e-3, 165.0, shared=False)
    # sqrt(E h t / G) = 85 um of line beside 120 um
    assert 0.5 < slipping.strain["line"][0] / held.strain["line"][0] < 0.75
    nothing = replace(STRIP, anchor=Disc("polyimide", 15 * UM), anchor_length=0.0)
    same = response(sizes("same", strips=(nothing,), gap=5 * UM), ELASTIC, ARRAY, 1e-3, 165.0, shared=False)
    assert same.strain["line"] == pytest.approx(held.strain["line"], rel=1e-12)


def test_each_structure_fails_where_its_weakest_part_does():
    plain, free = limits(sizes(), SOLIDS, ARRAY, CRITERIA), limits(suspended(), SOLIDS, ARRAY, CRITERIA)
    assert plain.first == "solder" and free.first == "line"
    # the solder's limit is its strain range for the target, less what else gives way
    shear = 0.65 * 2000 ** (-1 / 2.2)
    assert plain.distance > shear * 200 * UM / (13.4e-6 * 165.0)
    assert plain.distance == pytest.approx(shear * 200 * UM / (13.4e-6 * 165.0), rel=0.5)
    # the line's: strain along 120 um, while joint and board take up to half of the shift
    alone = 0.6 * 2000 ** (-1 / 1.67) * 120 * UM / (13.4e-6 * 165.0)
    assert alone < free.distance < 2 * alone
    assert free.modes["solder"] > 5 * free.modes["line"]


def test_a_limit_lies_where_the_life_is_the_target():
    found = limits(sizes(), SOLIDS, ARRAY, CRITERIA, directions=(0.0,))
    seen = response(sizes(), SOLIDS, ARRAY, found.distance, 165.0, shared=False)
    # a straight line between stations 27 % apart
    assert CRITERIA.solder_life(seen.solder_shear)[0] == pytest.approx(1000.0, rel=0.03)


def test_a_weak_joint_lets_go_and_the_released_part_goes_on():
    weak = sizes("weak", strips=(STRIP,), discs=(Disc("Ti", 5 * UM), Disc("polyimide", 10 * UM)), disc_radius=140 * UM, weak=True)
    found = limits(weak, SOLIDS, ARRAY, CRITERIA)
    assert found.released is not None and found.released.name == "weak, let go"
    assert found.released.distance == pytest.approx(limits(suspended(), SOLIDS, ARRAY, CRITERIA).distance, rel=1e-6)
    assert 0 < found.notices["lets go"] < found.modes["solder"]
    firm = limits(weak, SOLIDS, ARRAY, replace(CRITERIA, weak_energy=5000.0))
    # held too firmly to let go before the solder tires
    assert firm.first == "solder" and firm.distance == firm.modes["solder"]
    # energy goes as the square of the force, and that as the distance while nothing flows; limits lie on a line between stations
    once, twice = (limits(weak, ELASTIC, ARRAY, replace(CRITERIA, weak_energy=energy)) for energy in (2.0, 8.0))
    assert twice.notices["lets go"] == pytest.approx(2 * once.notices["lets go"], rel=1e-6)
    # once the solder flows, its force hardly grows: four times the energy holds much farther
    assert limits(weak, SOLIDS, ARRAY, replace(CRITERIA, weak_energy=8.0)).notices["lets go"] > 3 * found.notices["lets go"]


def test_the_wire_and_the_membrane_stand_in_the_chain():
    wire = wire_spring(600 * UM, 25 * UM, 20 * UM, "Au", "Ni", (78e9, 200e9))
    found = limits(wire, SOLIDS, ARRAY, CRITERIA)
    assert found.first == "wire" and found.distance > limits(suspended(), SOLIDS, ARRAY, CRITERIA).distance
    pocket = sizes("pocket", membrane=Membrane(200 * UM, 125 * UM, SECTION))
    assert compliance(pocket, ELASTIC, ARRAY).axial < 0.1 * compliance(sizes(), ELASTIC, ARRAY).axial


def test_twenty_structures_in_a_moment():
    kinds = [sizes(), suspended(), sizes("soft", strips=(STRIP,), discs=(Disc("rubber", 10 * UM),), disc_radius=140 * UM, weak=True)]
    limits(kinds[0], SOLIDS, ARRAY, CRITERIA)
    start = time.process_time()
    for k in range(20):
        limits(kinds[k % 3], SOLIDS, ARRAY, CRITERIA)
    # a few tenths of a second on an idle core; ten times that on a busy one
    assert time.process_time() - start < 5.0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Dimensions("nothing", RADIUS, HEIGHT, "solder", 1.0), "nothing joins"),
        (lambda: sizes("weak", strips=(STRIP,), weak=True), "nothing lies below"),
        (lambda: suspended().released(), "no weak joint"),
        (lambda: compliance(sizes(), {}, ARRAY), "no moduli are stated for polyimide, solder"),
        (lambda: response(sizes(), SOLIDS, ARRAY, -1.0, 165.0), "above zero"),
        (lambda: response(sizes(), SOLIDS, ARRAY, 1.0, 0.0), "not zero"),
        (lambda: response(sizes(), SOLIDS, replace(ARRAY, board_expansion=2.6e-6), 1.0, 165.0), "expand alike"),
        (lambda: limits(sizes(), SOLIDS, ARRAY, replace(CRITERIA, target=0.0)), "above zero"),
        (lambda: limits(sizes(), SOLIDS, ARRAY, replace(CRITERIA, solder_life=lambda strain: strain * np.nan)), "life model"),
    ],
)
def test_what_cannot_be_is_refused_in_words(make, words):
    with pytest.raises(DimensionsError, match=words):
        make()


@pytest.mark.parametrize("seed", range(20))
def test_no_sizes_within_reason_give_a_hole_in_the_answer(seed):
    draw = np.random.default_rng(seed)
    section = tuple(
        replace(layer, low=layer.low * scale, high=layer.high * scale, width=layer.width * scale)
        for layer, scale in zip(SECTION, np.full(3, draw.uniform(0.3, 3.0)), strict=True)
    )
    strip = Strip(((-140 * UM - draw.uniform(10, 400) * UM, 0.0), (-140 * UM, 0.0)), section)
    discs = (Disc(str(draw.choice(["rubber", "Ti", "polyimide"])), draw.uniform(2, 60) * UM),) if seed % 2 else ()
    radius = RADIUS * draw.uniform(0.5, 1.5)
    made = Dimensions("drawn", radius, HEIGHT, "solder", 140 * UM, strips=(strip,), discs=discs, disc_radius=140 * UM, weak=bool(discs))
    found = limits(made, SOLIDS, ARRAY, CRITERIA)
    for part in (found.cyclic, found.extreme):
        for values in (part.shift, part.force, part.solder_shear, part.tilt, part.closing, part.opening_energy, *part.strain.values()):
            assert np.all(np.isfinite(values)) and np.all(values >= 0)
