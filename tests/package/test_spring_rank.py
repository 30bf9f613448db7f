"""Ranking by springs: known orders of structures, hand estimates, and the plane cell as an independent referee."""

import json
from dataclasses import replace

import numpy as np
import pytest

from waferbump.bookkeeping import Ledger
from waferbump.materials import library
from waferbump.package.constitution import Laws
from waferbump.package.dimensions import DimensionsError
from waferbump.package.reading import read_vehicle
from waferbump.package.sizing import sizes
from waferbump.package.solids import (
    array_of,
    criteria_of,
    metal_endurance,
    own_strain,
    rise,
    solder_endurance,
    solids_of,
    strain_rate,
    wire_endurance,
)
from waferbump.package.spring_chain import Solid
from waferbump.package.spring_limits import FARTHEST
from waferbump.package.spring_rank import rank_springs
from waferbump.package.springs import compliance, response
from waferbump.package.vehicle import PackageError
from waferbump.physics.constitutive import saturation_stress

VEHICLE = read_vehicle()
WEAK = ("E3", "E4", "E5 epoxy", "E5 polymer", "E5 oxide", "E9", "E10", "E11", "E12")


def laws_of(vehicle=VEHICLE):
    return Laws(Ledger(library()), {**vehicle.materials, "underfill": vehicle.underfill})


@pytest.fixture(scope="module")
def structures():
    ledger = Ledger(library())
    return {label: sizes(flow, VEHICLE, ledger) for label, flow in VEHICLE.structures.items()}


@pytest.fixture(scope="module")
def rows(structures):
    return {row.label: row for row in rank_springs(VEHICLE, structures, laws_of())}


def springs(one, laws):
    return compliance(one.dimensions, solids_of(laws, one.dimensions.materials, VEHICLE), array_of(laws, VEHICLE, one.die))


def ranked(structures, label, **changes):
    one = structures[label]
    one = replace(one, dimensions=replace(one.dimensions, **changes))
    return rank_springs(VEHICLE, {label: one}, laws_of())[0]


def stretched(one, factor):
    """The same part held farther away."""
    strip = one.dimensions.strips[0]
    (begin, z), *rest = strip.path
    return (replace(strip, path=((rest[0][0] + factor * (begin - rest[0][0]), z), *rest)),)


def test_every_structure_has_a_row_with_finite_stiffness(rows):
    assert list(rows) == list(VEHICLE.structures)
    for row in rows.values():
        states = [row.whole] + ([row.released] if row.released else [])
        for state in states:
            assert all(np.isfinite(number) and number > 0 for number in (state.along, state.across, state.axial, state.tilt))
        assert row.distance >= 0 and (row.first != "") != row.beyond
        assert row.edge == pytest.approx(np.sqrt(row.bumps) * VEHICLE.pitch)
        assert VEHICLE.corner_distance(row.edge) <= min(row.distance, FARTHEST)
        assert row.distance == min(row.by_direction.values())


def test_only_weak_joints_let_go(rows):
    assert tuple(label for label, row in rows.items() if row.released) == WEAK
    for label in WEAK:
        row = rows[label]
        assert row.lets_go is not None and row.released.along < row.whole.along
        # what is stated to crack first does so before the solder or the line of the bonded structure fails
        assert row.lets_go < row.whole.distance and row.distance == row.released.distance


def test_plain_bump_by_hand(rows, structures):
    # two plates and a stout column: G A / h of the solder alone is the upper bound, less than 20 % beside G A / h of its waist's mean
    laws, joint = laws_of(), structures["P0"].dimensions
    solder = solids_of(laws, ["SAC305"], VEHICLE)["SAC305"]
    shear = solder.young_modulus / (2 * (1 + solder.poisson_ratio))
    sheared = shear / np.trapezoid(1 / (np.pi * joint.joint_radius**2), joint.joint_height)
    found = springs(structures["P0"], laws)
    assert 0.5 * sheared < found.joint < sheared
    # research estimate of the same order: 4e6 N/m
    assert 1e6 < found.joint < 1e7
    assert rows["P0"].whole.along < found.joint  # board and insulating layer give way too
    # distance to the neutral point at which the free mismatch over the stand-off is the strain range that the target allows: the solder
    # sees less than all of it, for the board gives way, but not half
    array, target = array_of(laws, VEHICLE, "Si"), VEHICLE.target
    allowed = brentq_strain(solder_endurance("SAC305", VEHICLE).cycles, target)
    swing = VEHICLE.cycle.high - VEHICLE.cycle.low
    bound = allowed * joint.stand_off / (array.mismatch * swing)
    assert bound < rows["P0"].distance < 2 * bound and rows["P0"].first == "solder"


def brentq_strain(cycles, target):
    low, high = 1e-4, 1.0
    for _ in range(60):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if cycles(np.array([middle]))[0] > target else (low, middle)
    return low


def test_suspended_part_by_hand(structures):
    # research/hand: a strip held on one side tilts at E I / L = 5e-6 N m/rad; stretched it resists E A / L = 3e5 N/m
    found = springs(structures["E1"], laws_of())
    assert 2e-6 < found.tilt < 2e-5
    assert 1e5 < found.along < 4e5
    # its end free to tilt, it is softer than the guided one by orders: k_tilt / h^2, h the stand-off
    height = structures["E1"].dimensions.stand_off
    assert found.along_free == pytest.approx(found.tilt / height**2, rel=0.35)  # in series with the strip's own bending over h


def test_orders_that_document_e_and_common_sense_give(rows):
    def soft(label):
        return min(rows[label].whole.along, rows[label].whole.across)

    # beams stiffen, before and after the weak joint lets go
    for plain, beams in (("E1", "E2"), ("E3", "E4"), ("E6", "E7"), ("E9", "E10"), ("E11", "E12")):
        assert rows[beams].whole.along > rows[plain].whole.along and rows[beams].whole.across > rows[plain].whole.across
        assert rows[beams].whole.axial > rows[plain].whole.axial
    for plain, beams in (("E3", "E4"), ("E9", "E10"), ("E11", "E12")):
        assert rows[beams].released.along > rows[plain].released.along
    assert soft("P1") < soft("P0") / 10
    assert soft("P2") < soft("P0") / 10 and rows["P2"].distance > rows["P0"].distance
    assert soft("P3") < soft("P0") and rows["P3"].distance > rows["P0"].distance
    assert soft("E1") < soft("E6") < soft("E3") <= soft("P0")
    # a stiffer sacrificial layer, a stiffer joint
    assert rows["E5 epoxy"].whole.along < rows["E5 polymer"].whole.along < rows["E5 oxide"].whole.along
    assert rows["P0"].softness == 1.0 and rows["E1"].softness == pytest.approx(soft("P0") / soft("E1"))
    # a fill holds die and board to one another
    assert rows["P5"].beyond and "fill" in rows["P5"].notes[0]


def test_a_higher_gap_closes_later(structures, rows):
    gap = structures["E1"].dimensions.gap
    high, low = ranked(structures, "E1", gap=2 * gap), ranked(structures, "E1", gap=0.5 * gap)
    assert low.whole.closes < rows["E1"].whole.closes < high.whole.closes
    assert high.whole.along == rows["E1"].whole.along


def test_a_longer_part_is_softer_and_its_line_lives_longer(structures, rows):
    long = ranked(structures, "E1", strips=stretched(structures["E1"], 2.0))
    assert long.whole.along < rows["E1"].whole.along and long.whole.tilt < rows["E1"].whole.tilt
    # the stretch of a strip twice as long is half: the line bears about twice the distance
    assert 1.5 < long.whole.modes["line"] / rows["E1"].whole.modes["line"] < 2.5


def test_a_stronger_weak_joint_lets_go_farther_out(structures):
    two = {label: structures[label] for label in ("P0", "E3")}
    weak, stated, firm = (rank_springs(VEHICLE, two, laws_of(), weak_energy=energy)[1] for energy in (0.5, 2.0, 50.0))
    # energy goes as the square of the shift while nothing flows; a tenth for the straight lines between the stations
    assert stated.lets_go / weak.lets_go == pytest.approx(2.0, rel=0.1)
    # solder that flows bounds the force: a joint as firm as the anchor's never lets go before the solder tires
    assert firm.lets_go > firm.distance == firm.whole.distance and firm.first == "solder"
    assert any("does not let go" in note for note in firm.notes)


def test_a_longer_target_asks_for_a_smaller_die(structures):
    two = {label: structures[label] for label in ("P0", "E1")}
    one, more = (rank_springs(replace(VEHICLE, target=target), two, laws_of()) for target in (500.0, 3000.0))
    assert all(b.distance < a.distance for a, b in zip(one, more, strict=True))


def test_directions(rows, structures):
    # stretched along its line a strip is stiff and its conductor bears it all; sideways it bends in its plane
    assert rows["E1"].by_direction["across"] > 3 * rows["E1"].by_direction["along"]
    assert any("square to the line" in note and "mm" in note for note in rows["E1"].notes)
    assert rows["P0"].by_direction["along"] == rows["P0"].by_direction["across"]
    assert rows["P0"].whole.along == pytest.approx(rows["P0"].whole.across)


def test_records_are_plain(rows):
    for row in rows.values():
        record = json.loads(json.dumps(row.as_record(), allow_nan=False))
        assert record["label"] == row.label and record["whole"]["along"] == row.whole.along
    assert rows["P5"].as_record()["distance"] is None


def test_which_lives_judge(rows):
    assert "Engelmaier" in rows["P0"].lives["solder"] and "shear strain" in rows["P0"].lives["solder"]
    assert "Cu" in rows["E1"].lives["line"]
    assert set(rows["P2"].lives) == {"wire"} and any("Ni" in note and "copper" in note for note in rows["P2"].notes)


def test_solder_flows_at_the_stress_of_its_law():
    laws = laws_of()
    solid = solids_of(laws, ["SAC305"], VEHICLE)["SAC305"]
    rate = strain_rate(laws, "SAC305", VEHICLE)
    assert 1e-6 < rate < 1e-4  # some per cent in a quarter of an hour
    assert solid.flow_stress == pytest.approx(float(saturation_stress(laws["SAC305"].parameters, rate, 315.65)))
    # the published table of that law: 30 MPa at 25 degC and 20 MPa at 75 degC, both at 1e-5/s
    assert 20e6 < solid.flow_stress < 32e6
    assert solids_of(laws, ["polyimide"], VEHICLE)["polyimide"].flow_stress == np.inf
    assert solids_of(laws, ["Cu"], VEHICLE)["Cu"].flow_stress == laws.number("Cu", "plastic_yield_stress")


def test_numbers_that_a_vehicle_states_count():
    laws = Laws(Ledger(library()), {"Cu": {"fracture_strain": 0.15}, "silicone": {"young_modulus": 10e6, "poisson_ratio": 0.49}})
    strain = np.array([0.02])
    assert metal_endurance(laws, "Cu").cycles(strain)[0] < metal_endurance(laws_of(), "Cu").cycles(strain)[0]
    assert solids_of(laws, ["silicone"], VEHICLE)["silicone"] == Solid(10e6, 0.49)
    assert "Ni" in wire_endurance(laws, "Ni").note and wire_endurance(laws, "Cu").note == ""


def test_a_line_is_strained_at_the_neutral_point_too(structures):
    laws = laws_of()
    own = own_strain(laws, VEHICLE, "Cu", "Si")
    assert own == pytest.approx((17e-6 - 2.6e-6) * 165, rel=0.02)
    one = structures["E1"]
    life = criteria_of(laws, VEHICLE, one.dimensions, one.die, "SAC305", 50.0, None).criteria.line_life
    strain = np.array([0.0, 0.005])
    assert np.allclose(life(strain), metal_endurance(laws, "Cu").cycles(strain + own))


def test_a_layer_that_swells_is_told_of(structures, rows):
    height, material = rise(laws_of(), VEHICLE, structures["P1"].dimensions)
    # 75 um, 250 ppm/K, 165 K, held sideways at a ratio of 0.49
    assert material == "silicone" and height == pytest.approx(75e-6 * 250e-6 * 165 * 1.49 / 0.51, rel=0.01)
    assert any("swells" in note for note in rows["P1"].notes) and not any("swells" in note for note in rows["E3"].notes)


def test_plates():
    laws = laws_of()
    array = array_of(laws, VEHICLE, "Si")
    assert (array.die_thickness, array.board_thickness, array.pitch) == (400e-6, 1e-3, 500e-6)
    assert 10e-6 < array.mismatch < 16e-6 and array.board_shear == laws.number("FR-4", "shear_modulus_through")


def test_refusals(structures):
    with pytest.raises(PackageError, match="nothing to rank"):
        rank_springs(VEHICLE, {}, laws_of())
    with pytest.raises(PackageError, match="not among the structures"):
        rank_springs(VEHICLE, {"E1": structures["E1"]}, laws_of(), reference="P0")
    with pytest.raises(PackageError, match="no solder"):
        rank_springs(VEHICLE, {"P2": structures["P2"]}, laws_of())
    with pytest.raises(PackageError, match="Engelmaier"):
        solder_endurance("95Pb5Sn", VEHICLE)
    with pytest.raises(PackageError, match="fracture_strain"):
        metal_endurance(laws_of(), "TiW")
    with pytest.raises(PackageError, match="laminate"):
        solids_of(laws_of(), ["FR-4"], VEHICLE)
    with pytest.raises(PackageError, match="dwell"):
        solder_endurance("SAC305", replace(VEHICLE, cycle=replace(VEHICLE.cycle, dwell_low=0.0, dwell_high=0.0)))
    with pytest.raises(DimensionsError):
        rank_springs(VEHICLE, {"E1": structures["E1"]}, laws_of(), weak_energy=-1.0)
    one = structures["P0"].dimensions
    assert criteria_of(laws_of(), VEHICLE, one, "Si", "SAC305", None, None).criteria.bonded_energy == VEHICLE.joints.fracture_energy


@pytest.mark.parametrize(
    ("flow", "label"),
    [
        ("suspended-over-gap", "E1"),
        ("plain-bump", "P0"),
        ("soft-buffer", "P1"),
        ("sacrificial-on-elastic", "E6"),
        ("elastic-alone", "E9"),
    ],
)
@pytest.mark.slow
def test_springs_against_the_plane_cell(flow, label, structures):
    """The elastic force for a shift of the board, and the line's strain, against finite elements in the plane of the line."""
    from waferbump.package.plane_cell import plane_cell
    from waferbump.package.structure import structure_of, structure_run
    from waferbump.physics.elasticity import LoadStep, march

    laws, temperature, shift = laws_of(), 315.65, 1e-7
    cell = plane_cell(structure_of(structure_run(flow, VEHICLE), VEHICLE, laws.ledger), VEHICLE, laws, linear=True, stress_free=temperature)
    held = {name: np.zeros_like(values) for name, values in cell.held(temperature, 0.0).items()}
    held["board_sides"] += shift
    history = march(cell.model, [LoadStep(1.0, temperature, held)], tolerance=1e-6)
    stiffness = abs(cell.shear_force(history.reactions[-1])) / shift
    one = structures[label]
    found = springs(one, laws)
    # the cell's board is held half a pitch beside the joint and so is stiffer than a half space; its plane strain stiffens soft layers
    assert 0.3 * stiffness < found.along < 1.5 * stiffness
    if label == "P0":
        return
    elastic = {name: Solid(s.young_modulus, s.poisson_ratio) for name, s in solids_of(laws, one.dimensions.materials, VEHICLE).items()}
    array = array_of(laws, VEHICLE, one.die)
    seen = response(one.dimensions, elastic, array, np.array([shift / array.mismatch / 100.0]), 100.0, shared=False)
    worst = np.abs(cell.blocks["line"].strain[:, 0]).max()
    # the springs' largest strain is along straight parts, the cell's at a corner
    assert 0.4 * worst < seen.strain["line"][0] < 1.2 * worst
