"""A package as a file: what it says in place of the reference vehicle, and what is wrong with it in one line a thing to mend."""

import pytest

from waferbump.package.reading import is_package, read_vehicle, vehicle_names
from waferbump.package.vehicle import SOLIDUS, WIRE
from waferbump.recipe import RecipeError, flow_names

HEAD = "package: 1\nname: mine\n"  # what a case adds begins in line 3


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "mine.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def read(written):
    return lambda text: read_vehicle(str(written(text)))


@pytest.fixture
def refused(written):
    def problems(text):
        path = written(text)
        with pytest.raises(RecipeError) as problem:
            read_vehicle(str(path))
        lines = str(problem.value).splitlines()
        assert len(lines) == len(problem.value.problems)
        assert all(line.startswith(str(path)) and "Node(" not in line and len(line) < len(str(path)) + 800 for line in lines)
        return [line.removeprefix(str(path)).removeprefix(":") for line in lines]

    return problems


def test_the_reference_vehicle_is_whole():
    vehicle = read_vehicle()
    assert vehicle.name == vehicle_names()[0] == "reference-vehicle" and vehicle == read_vehicle("reference-vehicle")
    assert set(vehicle.structures.values()) <= {*flow_names(), WIRE} and len(vehicle.structures) == 22
    assert vehicle.stress_free is None and vehicle.target == 1000.0 and vehicle.cycle.period == 3600.0
    assert vehicle.paste_metal == pytest.approx(0.75e-12, rel=1e-12)
    assert all(edge > vehicle.pitch for edge in vehicle.die.edges)


def test_what_a_package_leaves_out_is_the_reference_vehicles(read):
    reference, mine = read_vehicle(), read(HEAD)
    assert mine.name == mine.title == "mine"
    for name in set(reference.__dataclass_fields__) - {"name", "title", "folder"}:
        assert getattr(mine, name) == getattr(reference, name), name
    # nothing said is left out, too
    assert read(HEAD + "die: null\nboard: {material: null}\nset: null\n").board == reference.board


def test_a_package_overrides_field_by_field(read):
    text = """\
die: {thickness: 0.3 mm}
board: {pad_diameter: 230 um, mask_thickness: 0 um}
paste: {metal_fraction: 0}
stress_free: 25 degC
target_cycles: 500
pitch: 0.4 mm
cycle: IPC-9701 TC3
underfill: {young_modulus: 8 GPa}
interfaces: {weak: [1 J/m^2, 2 J/m^2]}
materials: {polyimide: {young_modulus: 3 GPa, thermal_expansion: 35 ppm/K}, silicone: {poisson_ratio: 0.48}, SAC305: {anand_rate: 3000 1/s}}
structures: {A: plain-bump, B: wire-spring, C: other.yaml}
"""
    mine, reference = read(HEAD + text), read_vehicle()
    assert mine.die.thickness == 0.3e-3 and mine.die.edges == reference.die.edges
    assert mine.board.pad_diameter == 230e-6 and mine.board.mask_thickness == 0.0 and mine.board.thickness == reference.board.thickness
    assert mine.paste_metal == 0.0 and mine.stress_free == 298.15 and mine.target == 500.0 and mine.pitch == 0.4e-3
    assert (mine.cycle.low, mine.cycle.high) == pytest.approx((233.15, 398.15)) and mine.cycle.dwell_high == 600.0
    assert mine.underfill == {**reference.underfill, "young_modulus": 8e9}
    assert mine.joints.weak == (1.0, 2.0) and mine.joints.strength == reference.joints.strength
    assert mine.materials["polyimide"] == {"young_modulus": 3e9, "thermal_expansion": pytest.approx(35e-6)}
    assert mine.materials["silicone"] == {"young_modulus": 10e6, "poisson_ratio": 0.48}  # the reference's modulus stays
    assert mine.materials["SAC305"] == {"anand_rate": 3000.0}
    assert mine.structures == {"A": "plain-bump", "B": WIRE, "C": "other.yaml"}
    assert SOLIDUS == "solidus" and read(HEAD + "stress_free: solidus\n").stress_free is None


def test_a_cycle_of_its_own(read):
    cycle = read(HEAD + "cycle: {low: 0 degC, high: 100 degC, ramp: 10 min, dwell: 5 min}\n").cycle
    assert (cycle.low, cycle.high, cycle.ramp_up, cycle.ramp_down) == (273.15, 373.15, 600.0, 600.0)
    assert cycle.dwell_low == cycle.dwell_high == 300.0
    assert cycle.period == 1800.0


# eight levels, each of four times the one before
_BOMB = "".join(f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
BAD = [
    # (lines from the third on, beginning of the message after the file's name, a part of it)
    ("dye: {thickness: 1 um}", "3: dye: ", 'did you mean "die"'),
    ("die: 5", "3: die: ", "expected fields such as thickness"),
    ("die:\n  thickness: 400 um\n  thicknes: 400 um", "5: die.thicknes: ", 'did you mean "thickness"'),
    ("die: {thickness: 400}", "3: die.thickness: ", "needs a unit"),
    ("die: {thickness: 400 K}", "3: die.thickness: ", "is a temperature; expected a length"),
    ("die: {thickness: -400 um}", "3: die.thickness: ", "more than 0"),
    ("die: {thickness: 0 um}", "3: die.thickness: ", "more than 0"),
    ("die: {thickness: nan um}", "3: die.thickness: ", "expected a length"),
    ("die: {thickness: 1e999 um}", "3: die.thickness: ", "not finite"),
    ("die: {thickness: [1 um]}", "3: die.thickness: ", "not a list"),
    ("die: {thickness: {a: 1}}", "3: die.thickness: ", "not a mapping"),
    ("die: {thickness: true}", "3: die.thickness: ", "not true"),
    ("die: {thickness: " + "9" * 5000 + " um}", "3: die.thickness: ", "…"),
    ("die: {edges: []}", "3: die.edges: ", "expected a list"),
    ("die: {edges: 5 mm}", "3: die.edges: ", "expected a list"),
    ("die: {edges: [5 mm, null]}", "3: die.edges[1]: ", "not nothing"),
    ("pitch: wide", "3: pitch: ", "expected a length"),
    ("pitch: 500 um\npitch: 300 um", "4: pitch: ", "given twice, first in line 3"),
    ("board: {material: FR-5}", "3: board.material: ", 'did you mean "FR-4"'),
    ("board: {material: [FR-4]}", "3: board.material: ", "not a list"),
    ("board: {pad_diameter: 0 um}", "3: board.pad_diameter: ", "more than 0"),
    ("board: {mask_thickness: -1 um}", "3: board.mask_thickness: ", "at least 0"),
    ("paste: {metal_fraction: 150 %}", "3: paste.metal_fraction: ", "1 at most"),
    ("paste: {volume: -1 um^3}", "3: paste.volume: ", "at least 0"),
    ("cycle: hot", "3: cycle: ", 'no temperature cycle is called "hot"'),
    ("cycle: [1]", "3: cycle: ", "not a list"),
    ("cycle: {low: -40 degC}", "3: cycle: ", "high is missing"),
    ("cycle: {low: 125 degC, high: -40 degC, ramp: 15 min, dwell: 15 min}", "3: cycle: ", "not below the high one"),
    ("cycle: {low: -40 degC, high: 125 degC, ramp: 0 min, dwell: 15 min}", "3: cycle.ramp: ", "more than 0"),
    ("cycle: {low: -40 degC, high: 125 degC, ramp: 1 min, dwell: 1 min, soak: 2}", "3: cycle.soak: ", "unknown field"),
    ("cycle: {low: -400 degC, high: 125 degC, ramp: 5 min, dwell: 15 min}", "3: cycle.low: ", "more than 0"),
    ("cycle: {low: -40 degC, high: 12 parsec, ramp: 5 min, dwell: 15 min}", "3: cycle.high: ", "expected a temperature"),
    ("stress_free: hot", "3: stress_free: ", "expected a temperature"),
    ("stress_free: 25", "3: stress_free: ", "needs a unit"),
    ("target_cycles: many", "3: target_cycles: ", "a number of cycles from 1"),
    ("target_cycles: 0", "3: target_cycles: ", "a number of cycles from 1"),
    ("target_cycles: .nan", "3: target_cycles: ", "a number of cycles from 1"),
    ("target_cycles: true", "3: target_cycles: ", "a number of cycles from 1"),
    ("materials: 3", "3: materials: ", "expected properties by material"),
    ("materials: {polyimid: {young_modulus: 1 GPa}}", "3: materials.polyimid: ", 'did you mean "polyimide"'),
    ("materials: {silicone: 3}", "3: materials.silicone: ", "expected properties"),
    ("materials:\n  silicone: {young_modulos: 1 GPa}", "4: materials.silicone.young_modulos: ", 'did you mean "young_modulus"'),
    ("materials: {silicone: {young_modulus: 1 GK}}", "3: materials.silicone.young_modulus: ", "expected a pressure"),
    ("materials: {silicone: {young_modulus: 1e9 GPa}}", "3: materials.silicone.young_modulus: ", "lies between 10000 and 1.3e+12 Pa"),
    ("materials: {silicone: {young_modulus: null}}", "3: materials.silicone.young_modulus: ", "not nothing"),
    ("materials: {silicone: {poisson_ratio: 0.7}}", "3: materials.silicone.poisson_ratio: ", "lies between 0 and 0.5, not 0.7"),
    ("materials: {silicone: {thermal_expansion: 28}}", "3: materials.silicone.thermal_expansion: ", '"28 ppm/K"'),
    ("materials: {silicone: {thermal_expansion: nan ppm/K}}", "3: materials.silicone.thermal_expansion: ", "not nan"),
    ("materials: {SAC305: {anand_rate: 3501}}", "3: materials.SAC305.anand_rate: ", '"3501 1/s"'),
    ("materials: {SAC305: {solidus: 200 degC}}", "3: materials.SAC305.solidus: ", "unknown property"),  # the laws would not read it
    ("underfill: {density: 1}", "3: underfill.density: ", "unknown property"),
    ("underfill: {young_modulus: 7}", "3: underfill.young_modulus: ", "needs a unit"),
    ("interfaces: {weak: [50 J/m^2, 0.5 J/m^2]}", "3: interfaces.weak: ", "two energies, lowest first"),
    ("interfaces: {weak: [5 J/m^2]}", "3: interfaces.weak: ", "two energies, lowest first"),
    ("interfaces: {weak: 5 J/m^2}", "3: interfaces.weak: ", "expected a list"),
    ("interfaces: {strength: 5 mm}", "3: interfaces.strength: ", "expected a pressure"),
    ("structure: plain-bumb", "3: structure: ", 'did you mean "plain-bump"'),
    ("structure: 5", "3: structure: ", "expected text"),
    ("structure: ''", "3: structure: ", "expected text"),
    ("structures: {P0: plain-bumb}", "3: structures.P0: ", 'did you mean "plain-bump"'),
    ("structures: {P0: [plain-bump]}", "3: structures.P0: ", "not a list"),
    ("structures: {}", "3: structures: ", "flows by label"),
    ("set: 5", "3: set: ", "changes by path"),
    ("title: [1]", "3: title: ", "expected text"),
    ("title: " + "long " * 1000, "3: title: ", "expected text"),
    ("pitch: !!python/object:os.system x", "3: pitch: ", "tag"),
]


@pytest.mark.parametrize(("lines", "start", "part"), BAD, ids=[case[0].split("\n")[0][:50] for case in BAD])
def test_a_bad_field_is_one_line_with_its_place(refused, lines, start, part):
    (message,) = refused(HEAD + lines + "\n")
    assert message.startswith(start) and part in message


@pytest.mark.parametrize(
    ("text", "start", "part"),
    [
        ("", "1: ", "is empty"),
        ("# nothing\n", "1: ", "is empty"),
        ("only text\n", "1: ", "not text"),
        ("- a\n- b\n", "1: ", "expected a package"),
        ("waferbump: 1\nname: x\n", "1: package: ", "this is a recipe"),
        ("name: x\n", "1: package: ", "a package starts with `package: 1`"),
        ("package: 2\n", "1: package: ", "expected 1"),
        ("package: true\n", "1: package: ", "expected 1"),
        ("package: [1\n", "2: ", "is no YAML"),
        ("package: 1\n---\npackage: 1\n", "2: ", "second document"),
        (b"package: 1\nname: \xff\xfe\n", "2: ", "UTF-8"),
        (b"package: 1\nname: a\0b\n", "2: ", "NUL"),
        ("#" * 1_100_000, " ", "at most 1 MB"),
        ("package: 1\na: &a [x, x]\n" + _BOMB, "", "entries"),
    ],
)
def test_a_file_that_is_no_package_is_refused_in_one_line(refused, text, start, part):
    (message,) = refused(text)
    assert message.startswith(start) and part in message


def test_all_that_is_wrong_is_said_at_once_in_order_of_lines(refused):
    messages = refused(HEAD + "pitch: 5\ndie: {thickness: 0 um, edges: [1 K]}\ncycle: hot\nboard: {pad_diameter: x}\n")
    assert [m.split(": ")[:2] for m in messages] == [
        ["3", "pitch"], ["4", "die.thickness"], ["4", "die.edges[0]"], ["5", "cycle"], ["6", "board.pad_diameter"],
    ]  # fmt: skip


def test_a_place_that_is_no_file_is_refused(tmp_path):
    with pytest.raises(RecipeError, match='no package or file "reference-vehicel"; did you mean "reference-vehicle"'):
        read_vehicle("reference-vehicel")
    with pytest.raises(RecipeError, match="is a folder"):
        read_vehicle(str(tmp_path))


def test_packages_and_recipes_are_told_apart(written):
    assert is_package("reference-vehicle") and not is_package("plain-bump") and not is_package("nowhere.yaml")
    assert is_package(str(written(HEAD))) and not is_package(str(written("waferbump: 1\nname: x\n")))


def test_bumps_of_a_die_and_dies_of_a_bump():
    vehicle = read_vehicle()
    assert vehicle.rows(7e-3) == 14 and vehicle.rows(0.1e-3) == 1 and vehicle.corner_distance(0.1e-3) == 0.0
    assert vehicle.corner_distance(7e-3) == pytest.approx(13 * 0.5e-3 / 2**0.5, rel=1e-12)
    for edge in vehicle.die.edges:
        assert vehicle.bumps_within(vehicle.corner_distance(edge)) == (vehicle.rows(edge) ** 2, pytest.approx(edge))
    assert vehicle.bumps_within(-1.0) == (0, 0.0)
