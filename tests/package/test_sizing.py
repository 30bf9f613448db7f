"""Sizes read off the runs' plans against the masks and thicknesses that the flows ask for, and the shipped ones against fresh runs."""

from dataclasses import replace

import numpy as np
import pytest

from waferbump.bookkeeping import Ledger
from waferbump.materials import library
from waferbump.package import sizing
from waferbump.package.dimensions import DimensionsError
from waferbump.package.reading import read_vehicle
from waferbump.package.sizing_records import dimensions_from_record, dimensions_record
from waferbump.package.structure import structure_of, structure_run
from waferbump.package.vehicle import WIRE
from waferbump.recipe import load

VEHICLE = read_vehicle()
FLOWS = [flow for flow in dict.fromkeys(VEHICLE.structures.values()) if flow != WIRE]
SEED = 0.4e-6  # m, adhesion film and seed, which a seed etch takes off the sides of lines too
RASTER = 4e-6  # m: two steps of the raster on which plans are measured
ROUNDED = 2e-12  # m; records are kept to a picometre


def shipped(flow, vehicle=VEHICLE):
    return sizing.sizes(flow, vehicle, Ledger(library()))


def mask(flow, name):
    return load(flow).masks[name]


@pytest.fixture(scope="module")
def structures():
    made = {}

    def structure(flow):
        if flow not in made:
            made[flow] = structure_of(structure_run(flow, VEHICLE), VEHICLE, Ledger(library()))
        return made[flow]

    return structure


def same(one, other):
    assert set(one) == set(other)
    for name, value in one.items():
        if isinstance(value, dict):
            same(value, other[name])
        elif isinstance(value, list):
            flat = [x for x in value if not isinstance(x, dict)]
            assert len(value) == len(other[name])
            if len(flat) == len(value) and value:
                assert np.allclose(np.array(value, float), np.array(other[name], float), rtol=0, atol=ROUNDED), name
            for a, b in zip(value, other[name], strict=True):
                if isinstance(a, dict):
                    same(a, b)
        elif isinstance(value, float):
            assert value == pytest.approx(other[name], rel=0, abs=ROUNDED), name
        else:
            assert value == other[name], name


def shipped_is_a_fresh_run(flow, structures):
    key = sizing.key_of(flow, VEHICLE)
    one, other = sizing.sizes_of(structures(flow), VEHICLE), shipped(flow)
    fresh, kept = sizing.sizes_record(one, key), sizing.sizes_record(other, key)
    for name in ("joint_radius", "joint_height", "landing_radius", "gap"):
        assert np.allclose(getattr(one.dimensions, name), getattr(other.dimensions, name), rtol=0, atol=ROUNDED)
    assert sizing._shipped()[flow]["key"] == key, f"{flow} or its joint changed: run python -m waferbump.package.sizing"
    same(fresh, kept)


QUICK = ("plain-bump", "soft-buffer", "suspended-over-gap-beams")


@pytest.mark.parametrize("flow", QUICK)
def test_shipped_sizes_are_those_of_a_fresh_run(flow, structures):
    shipped_is_a_fresh_run(flow, structures)


@pytest.mark.slow
@pytest.mark.parametrize("flow", sorted(set(FLOWS) - set(QUICK)))
def test_all_shipped_sizes_are_those_of_a_fresh_run(flow, structures):
    shipped_is_a_fresh_run(flow, structures)


def test_every_flow_of_the_reference_vehicle_is_shipped_under_its_key():
    assert {flow: sizing.key_of(flow, VEHICLE) for flow in FLOWS} == {flow: one["key"] for flow, one in sizing._shipped().items()}


@pytest.mark.parametrize("flow", FLOWS)
def test_landing_metal_and_joint(flow):
    size = shipped(flow).dimensions
    landing = mask(flow, "landing").circle / 2
    assert size.landing_radius == pytest.approx(landing, abs=2 * SEED)
    # the joint stands in an opening of the protection layer, on a post, or on the landing metal: all as wide as the mask of the ball
    assert size.joint_radius[0] == pytest.approx(mask(flow, "ball").circle / 2, abs=2 * SEED)
    assert size.joint_radius[-1] == pytest.approx(VEHICLE.board.pad_diameter / 2)
    volume = np.pi * np.trapezoid(size.joint_radius**2, size.joint_height)
    assert VEHICLE.paste_metal < volume < 4 / 3 * np.pi * (200e-6) ** 3


def layers_of(size, role):
    return [layer for layer in size.strips[0].layers if layer.role == role]


@pytest.mark.parametrize("flow", ["suspended-over-gap", "suspended-over-gap-beams"])
def test_a_suspended_part(flow):
    size = shipped(flow).dimensions
    polygon = np.array(mask(flow, "sacrificial").polygon)
    anchor, landing = polygon[:, 0].min(), mask(flow, "landing").circle / 2
    assert size.discs == () and not size.weak and size.membrane is None
    assert size.gap == pytest.approx(5e-6, abs=1e-9)  # the sacrificial layer's thickness
    (strip,) = size.strips
    (begin, z), (end, _) = strip.path
    assert z == 0 and end == pytest.approx(-landing, abs=2 * SEED)
    # as long as the straight way from the round landing metal to the anchor's straight edge, between its middle and its ends
    half = abs(polygon[:, 1]).max()
    assert landing < -begin and -anchor - landing <= end - begin <= np.hypot(anchor, half) - landing
    # held below it is a layer 10 um thick, between two windows 12 um wide whose middles lie 166 um off
    width = 2 * (166e-6 - 6e-6)
    lowest = min(layers_of(size, "insulating"), key=lambda x: x.low)
    assert lowest.material == "polyimide" and lowest.width == pytest.approx(width, abs=RASTER)
    assert lowest.high - lowest.low == pytest.approx(10e-6, rel=0.02)  # spun on, a little thinner on the highest places
    line = max(layers_of(size, "line"), key=lambda x: x.high - x.low)
    assert line.material == "Cu" and line.offset == 0 and line.width == pytest.approx(50e-6, abs=RASTER)
    beams = [x for x in layers_of(size, "beam") if x.high - x.low > 1e-6]
    assert len(beams) == (2 if flow.endswith("beams") else 0)
    for beam in beams:
        assert abs(beam.offset) == pytest.approx(90e-6, abs=RASTER) and beam.width == pytest.approx(40e-6, abs=RASTER)


DISCS = {
    "plain-bump": ["polyimide"],
    "soft-buffer": ["silicone"],
    "sacrificial-left": ["Ti", "polyimide"],
    "sacrificial-left-epoxy": ["epoxy", "polyimide"],
    "sacrificial-left-oxide": ["SiO2", "polyimide"],
    "sacrificial-on-elastic": ["silicone", "Ti", "polyimide"],
    "elastic-alone": ["silicone", "polyimide"],
    "two-part-insulator": ["polyimide"],
}
THICKNESS = {"Ti": 5e-6, "SiO2": 5e-6, "epoxy": 5e-6, "silicone": 10e-6}


@pytest.mark.parametrize("flow", DISCS)
def test_what_lies_below_the_bump(flow):
    size = shipped(flow).dimensions
    assert [disc.material for disc in size.discs] == DISCS[flow] and size.gap == 0
    for disc in size.discs[:-1]:
        assert disc.thickness == pytest.approx(THICKNESS[disc.material], rel=0.02)
    if flow == "soft-buffer":
        assert size.discs[0].thickness == pytest.approx(75e-6, rel=0.01)


def test_weak_are_those_that_document_e_says_and_no_others():
    weak = {flow for flow in FLOWS if shipped(flow).dimensions.weak}
    stated = {flow for flow in FLOWS if flow.startswith(("sacrificial-left", "elastic-alone", "two-part-insulator"))}
    assert weak == stated and len(weak) == 9
    for flow in FLOWS:
        one = shipped(flow)
        assert (one.weak_energy, one.bonded_energy) == ((2.0, 50.0) if flow in stated else (one.weak_energy, one.bonded_energy))


def test_a_membrane_over_a_pocket():
    size = shipped("air-pocket").dimensions
    pocket = mask("air-pocket", "dome").circle / 2
    assert size.membrane.radius == pytest.approx(pocket, abs=RASTER) and size.gap == pytest.approx(20e-6, abs=1e-9)
    assert size.membrane.boss_radius < size.membrane.radius and not size.strips
    assert {layer.material for layer in size.membrane.layers} >= {"BCB", "Cu"}


def test_a_post_a_fill_and_a_line_on_a_soft_buffer():
    post = shipped("copper-post").dimensions
    assert post.post.material == "Cu" and post.post.thickness == pytest.approx(100e-6, rel=0.01)
    assert post.post_radius == pytest.approx(125e-6, abs=2 * SEED)
    assert shipped("plain-bump-underfilled").dimensions.underfill == "underfill" and post.underfill == ""
    (strip,) = shipped("soft-buffer").dimensions.strips
    # the cup of metal in the opening over the pad is a post: the strip begins on its rim, 25 um from the pad's middle at -302 um
    assert len(strip.path) == 2 and strip.path[0][0] == pytest.approx(-302e-6 + 25e-6, abs=RASTER)
    assert {layer.role for layer in strip.layers} == {"line"} and strip.bed.material == "silicone"


def test_a_cup_that_is_open_on_one_side_stays_a_wall(structures):
    structure = structures("suspended-over-gap-beams")
    strip = shipped("soft-buffer").dimensions.strips[0]
    walled = replace(strip, path=((strip.path[0][0], -75e-6), *strip.path))
    # nothing in that plan lines an opening 75 um deep
    assert sizing._rooted(walled, structure) == walled


def test_wire_of_the_reference_vehicle():
    size = sizing.wire_dimensions(VEHICLE)
    points = np.array(size.wire.points)
    assert np.ptp(points[:, 2]) == pytest.approx(600e-6) and (size.wire.core, size.wire.shell) == ("Au", "Ni")
    assert 2 * size.wire.section.core_radius == pytest.approx(25e-6) and size.wire.section.shell_thickness == pytest.approx(20e-6)
    assert size.wire.section.shell_modulus > size.wire.section.core_modulus > 0
    with pytest.raises(DimensionsError, match="sweep it"):
        dimensions_record(size)


@pytest.mark.parametrize("flow", ["air-pocket", "soft-buffer", "copper-post"])
def test_a_record_gives_back_what_went_in(flow):
    record = dimensions_record(shipped(flow).dimensions)
    assert dimensions_record(dimensions_from_record(record)) == record


def test_what_shapes_the_joint_is_in_the_key_and_what_does_not_is_not():
    board = VEHICLE.board
    changed = [
        replace(VEHICLE, paste_metal=1.1 * VEHICLE.paste_metal),
        replace(VEHICLE, board=replace(board, pad_diameter=1.1 * board.pad_diameter)),
        replace(VEHICLE, die=replace(VEHICLE.die, thickness=0.5 * VEHICLE.die.thickness)),
    ]
    keys = {sizing.key_of("plain-bump", one) for one in (VEHICLE, *changed)}
    assert len(keys) == 4
    assert sizing.key_of("plain-bump", replace(VEHICLE, target=500.0)) == sizing.key_of("plain-bump", VEHICLE)
    assert sizing.key_of("copper-post", VEHICLE) != sizing.key_of("plain-bump", VEHICLE)


def test_a_vehicle_that_changes_the_joint_is_run_anew():
    vehicle = replace(VEHICLE, paste_metal=0.5 * VEHICLE.paste_metal)
    assert shipped("plain-bump", vehicle).dimensions.stand_off < shipped("plain-bump").dimensions.stand_off - 1e-6
