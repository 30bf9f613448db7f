"""Files for other codes, read back: VTU by an XML reader, decks by their cards."""

import base64
import xml.etree.ElementTree as ET
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from tests.exact.elasticity_meshes import box, dof, rectangle
from waferbump.geometry.mesh import Mesh, Pairs, Part
from waferbump.package.export_materials import material_cards, power_laws
from waferbump.package.exports import ExportError, cell_fields, cycle_path, write_inp, write_vtu
from waferbump.physics.constitutive import Anand, AnandParameters, Cubic, Elastic, Kinematic, Norton, Orthotropic, Table, saturation_stress
from waferbump.physics.elasticity import Constraints, ContinuumBlock, LoadStep, Model, SpringBlock, march
from waferbump.physics.interfaces import CohesiveBlock, ContactBlock, MixedMode
from waferbump.physics.temperature_cycles import cycle

FREE = 398.15  # K
SAC305 = Anand(AnandParameters(21e6, 9320.0, 3501.0, 4.0, 0.25, 180e9, 30.2e6, 0.01, 1.78, 40e9), 0.4, 22.5e-6)
TYPES = {"Float64": "<f8", "Int64": "<i8", "UInt8": "<u1"}


def plane():
    """Two bodies on three columns: one over another on the same nodes, and a split interface above."""
    nodes, cells, number = rectangle(np.linspace(0, 3e-6, 4), np.array([0.0, 1e-6, 2e-6]))
    parts = (Part("film", "polyimide", cells[::2], np.full(3, 4e-6)), Part("line", "Cu", cells[:2], np.array([1e-6, 2e-6])))
    faces = np.stack([number[:-1, 1], number[1:, 1]], 1)
    pairs = Pairs("film", "line", faces, faces, np.full(3, 4e-6), np.zeros(faces.shape))
    return Mesh(nodes, parts, (pairs,), (), {"die_back": number[:, 0]})


def read(path):
    """Arrays of a VTU file by name, and its texts."""
    piece = ET.parse(path).getroot()
    arrays, texts = {}, {}
    for node in piece.iter("DataArray"):
        raw = base64.b64decode(node.text)
        assert int.from_bytes(raw[:8], "little") == len(raw) - 8
        width = int(node.get("NumberOfComponents", 1))
        values = np.frombuffer(raw[8:], TYPES[node.get("type")])
        arrays[node.get("Name")] = values.reshape(-1, width) if width > 1 else values
    for node in piece.iter("Array"):
        texts[node.get("Name")] = bytes(int(c) for c in node.text.split()).decode("utf-8").split("\0")[:-1]
    counts = next(piece.iter("Piece")).attrib
    return arrays, texts, int(counts["NumberOfPoints"]), int(counts["NumberOfCells"])


def test_a_plane_mesh_comes_back_from_its_vtu(tmp_path):
    mesh = plane()
    u = np.arange(2.0 * len(mesh.nodes) + 3)  # further unknowns follow the nodes'
    stress = np.arange(18.0).reshape(3, 6)
    path = write_vtu(
        tmp_path / "cell.vtu", mesh, u, cell_fields={"stress": {"film": stress}, "damage": {("film", "line"): [0.0, 0.5, 1.0]}},
        point_fields={"temperature": np.full(len(mesh.nodes), 300.0)},
    )  # fmt: skip
    arrays, texts, points, cells = read(path)
    assert (points, cells) == (12, 3 + 2 + 3)
    assert np.array_equal(arrays["points"][:, [0, 2]], mesh.nodes) and not arrays["points"][:, 1].any()
    assert arrays["types"].tolist() == [9] * 5 + [3] * 3
    assert arrays["offsets"].tolist() == [4, 8, 12, 16, 20, 22, 24, 26]
    assert np.array_equal(arrays["connectivity"][:12].reshape(3, 4), mesh.parts[0].cells)
    assert arrays["part"].tolist() == [0, 0, 0, 1, 1, 2, 2, 2]
    assert texts == {"part names": ["film", "line", "line on film"], "materials": ["polyimide", "Cu", ""]}
    assert np.array_equal(arrays["width"], [4e-6] * 3 + [1e-6, 2e-6] + [4e-6] * 3)
    assert np.array_equal(arrays["displacement"][:, [0, 2]], u[:24].reshape(12, 2))
    assert np.array_equal(arrays["stress"][:3], stress) and np.isnan(arrays["stress"][3:]).all()
    assert arrays["damage"][5:].tolist() == [0.0, 0.5, 1.0] and np.isnan(arrays["damage"][:5]).all()
    assert arrays["temperature"].tolist() == [300.0] * 12


def test_a_solid_mesh_comes_back_from_its_vtu(tmp_path):
    nodes, cells, _ = box(np.arange(3.0), np.arange(2.0), np.arange(2.0))
    path = write_vtu(tmp_path / "solid.vtu", Mesh(nodes, (Part("die", "Si", cells, np.ones(2)),)), np.arange(nodes.size))
    arrays, _, points, count = read(path)
    assert (points, count) == (12, 2) and arrays["types"].tolist() == [12, 12]
    assert np.array_equal(arrays["connectivity"].reshape(2, 8), cells)
    assert np.array_equal(arrays["displacement"].ravel(), np.arange(nodes.size))


def test_fields_of_a_cell_are_averages_over_its_elements():
    made, mesh = model(SAC305)
    march(made, [LoadStep(600.0, 350.0, {"moved": [2e-8, 3e-4]})], start=LoadStep(0.0, FREE))
    law = MixedMode(10.0, 10.0, 50e6, 50e6, exponent=2.0)
    opening = CohesiveBlock(mesh.nodes, mesh.interfaces[0].lower_nodes, mesh.interfaces[0].upper_nodes, law, widths=np.full(3, 4e-6))
    cell = SimpleNamespace(mesh=mesh, blocks=dict(zip(("film", "line"), made.blocks, strict=True)), cohesive={("line", "film"): opening})
    fields = cell_fields(cell)
    assert fields["stress"]["film"].shape == (3, 6) and fields["damage"]["film", "line"].tolist() == [0.0] * 3
    block = made.blocks[0]
    assert fields["inelastic work"]["film"][0] == pytest.approx(np.average(block.column("inelastic_work")[:4], weights=block.volume[:4]))
    assert fields["inelastic work"]["film"].min() > 0


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"stress": {"die": np.zeros(3)}}, "does not have"),
        ({"stress": {"film": np.zeros(2)}}, "3 cells of film"),
        ({"stress": {"film": np.zeros(3), "line": np.zeros((2, 6))}}, "different length"),
    ],
)
def test_fields_that_do_not_fit_are_refused(tmp_path, fields, says):
    with pytest.raises(ExportError, match=says):
        write_vtu(tmp_path / "x.vtu", plane(), cell_fields=fields)


def test_too_few_displacements_are_refused(tmp_path):
    with pytest.raises(ExportError, match="24 numbers, not 23"):
        write_vtu(tmp_path / "x.vtu", plane(), np.zeros(23))


def cards(text):
    """Keyword lines with the data lines that follow each, comments left out."""
    found = []
    for line in text.splitlines():
        if line.startswith("**"):
            continue
        if line.startswith("*"):
            found.append((line, []))
        else:
            found[-1][1].append(line)
    return found


def one(found, start):
    """The data lines of the only card that begins so."""
    (data,) = [data for head, data in found if head.startswith(start)]
    return data


def numbers(lines):
    return np.array([[float(x) for x in line.rstrip(",").split(",")] for line in lines])


def model(law=None, **keywords):
    """Two bodies over one another on the plane mesh, of their own out-of-plane strains, the upper rim flat; and what moves."""
    mesh = plane()
    count = mesh.nodes.size
    blocks = [
        ContinuumBlock(
            mesh.nodes, part.cells, law or Elastic(3e9, 0.3, 35e-6), widths=part.widths, kinematics="generalised_plane_strain",
            stress_free_temperature=FREE, extra_dof=count + k, **keywords,
        )
        for k, part in enumerate(mesh.parts)
    ]  # fmt: skip
    held = Constraints()
    held.fix(2 * mesh.sets["die_back"] + 1)
    held.fix([0, count], 0.0, "moved")
    held.tie(count + 1, {count: 0.5}, 1e-4)
    held.equal([2 * 4 + 1, 2 * 1 + 1])
    held.tie(2 * 10, {2 * 7: 1.0}, 1e-9)
    return Model(count + 2, blocks, held), mesh


def test_a_deck_states_nodes_elements_widths_and_equations(tmp_path):
    made, mesh = model()
    deck = write_inp(tmp_path / "a.inp", made, [LoadStep(60.0, 233.15, {"moved": [2e-6, 3e-4]})], ["film", "line 1"], sets=mesh.sets)
    found = cards(deck.path.read_text())
    nodes = numbers(one(found, "*NODE,NSET=ALL"))
    place = {int(n): x for n, *x in nodes}
    elements = {head.split("ELSET=")[1]: numbers(data).astype(int) for head, data in found if head.startswith("*ELEMENT")}
    assert deck.elements == {"film": (1, 3), "line 1": (4, 5)} and set(elements) == {"FILM", "LINE_1"}
    for part, rows in zip(mesh.parts, elements.values(), strict=True):
        assert np.array_equal(rows[:, 5:] - 1, part.cells)  # the model's own nodes keep their order
        for cell, width in zip(rows, part.widths, strict=True):
            x = np.array([place[n] for n in cell[1:]])
            a, b, c = x[1] - x[0], x[3] - x[0], x[4] - x[0]
            assert np.cross(a, b) @ c > 0  # right-handed
            assert x[:4, 1] == pytest.approx(1e3 * width) and not x[4:, 1].any()
            assert np.array_equal(x[:4, [0, 2]], x[4:, [0, 2]])
    # each rear node: two equations to its front node, one to its body's out-of-plane strain; one of the shared unknown, one of the tie
    rear = [n for n in place if place[n][1] > 0]
    assert len(rear) == len({(round(1e12 * place[n][0]), round(1e12 * place[n][2]), place[n][1]) for n in rear})
    # further nodes: two strains out of the plane and one offset
    assert deck.equations == 3 * len(rear) + 2 and deck.nodes == len(mesh.nodes) + len(rear) + 3
    assert "die_back".upper() in "".join(head for head, _ in found) and not deck.remarks


def equations(found):
    return [numbers([",".join(data[1:])])[0].reshape(-1, 3) for head, data in found if head == "*EQUATION"]


def test_equations_and_held_values_hold_for_the_model_s_own_displacements(tmp_path):
    made, _ = model()
    step = LoadStep(60.0, 233.15, {"moved": [2e-6, 3e-4]})
    deck = write_inp(tmp_path / "a.inp", made, [step], ["film", "line"])
    found = cards(deck.path.read_text())
    place = {int(n): x for n, *x in numbers(one(found, "*NODE,NSET=ALL"))}
    for name, value in step.prescribed.items():
        made.constraints.set(name, value)
    q = np.random.default_rng(1).normal(size=len(made.masters)) * 1e-6
    u = made.reduction @ q + made.constraints.offsets(made.ndof)
    front = deck.front
    known = {(n + 1, axis): 1e3 * u[2 * n + k] for n in range(front) for k, axis in ((0, 1), (1, 3))}
    strains = {"film": u[2 * front], "line": u[2 * front + 1]}
    rows = {head.split("ELSET=")[1]: numbers(data).astype(int) for head, data in found if head.startswith("*ELEMENT")}
    for name, cells in rows.items():
        for cell in cells:
            for behind, before in zip(cell[1:5], cell[5:], strict=True):
                known.update({(behind, a): known[before, a] for a in (1, 3)})
                known[behind, 2] = place[behind][1] * strains[name.lower()]
    extras = sorted({int(n) for e in equations(found) for n in e[:, 0]} - set(place))
    (moved,) = [data for head, data in found if head == "*BOUNDARY" and not data[0].startswith("PLANE_FRONT")]
    prescribed = {(int(n), int(a)): v for n, a, _, v in numbers(moved)}
    assert prescribed[1, 1] == pytest.approx(2e-3)  # mm
    for place_of, value in prescribed.items():
        assert known.setdefault(place_of, value) == pytest.approx(value, rel=1e-9, abs=1e-15)
    assert {(n, 1) for n in extras} <= set(known)  # two strains and an offset, all of them held here
    for equation in equations(found):
        terms = [c * known[int(n), int(a)] for n, a, c in equation]
        assert abs(sum(terms)) <= 1e-9 * max(map(abs, terms)) + 1e-15
    assert np.array_equal(made.constraints.values("moved"), [2e-6, 3e-4])


def test_constants_of_a_board_are_in_the_codes_order():
    board = Orthotropic((20e9, 18e9, 7.5e9), (0.15, 0.39, 0.12), (7.6e9, 3.3e9, 3.1e9), (16e-6, 15e-6, 60e-6))
    found = cards("\n".join(material_cards("B", board, FREE, (233.15, FREE), "calculix")))
    values = [float(x) for line in one(found, "*ELASTIC") for x in line.split(",")]
    # E1, E2, E3, nu12, nu13, nu23, G12, G13, G23, and nu13 = nu31 E1/E3
    assert values == pytest.approx([20e3, 18e3, 7.5e3, 0.15, 0.12 * 20 / 7.5, 0.39, 7.6e3, 3.1e3, 3.3e3])
    assert one(found, "*EXPANSION,TYPE=ORTHO,ZERO=398.15") == ["1.6e-05,1.5e-05,6e-05"]


def test_a_table_of_expansion_becomes_secants_from_the_stress_free_temperature():
    law = Elastic(100e9, 0.3, Table((200.0, 1e-5), (300.0, 2e-5), (400.0, 2e-5)))
    rows = numbers(one(cards("\n".join(material_cards("M", law, FREE, (233.15, FREE), "calculix"))), "*EXPANSION"))
    strain = law.thermal_strain(rows[:, 1], FREE)[:, 0]
    # a line of the card has eleven digits
    assert rows[:, 0] * (rows[:, 1] - FREE) == pytest.approx(strain, rel=1e-9, abs=1e-13)
    between = (rows[2:, 1] + rows[1:-1, 1]) / 2  # from 233.15 K on, as far as the steps reach
    interpolated = np.interp(between, rows[:, 1], rows[:, 0]) * (between - FREE)
    assert interpolated == pytest.approx(law.thermal_strain(between, FREE)[:, 0], rel=1e-3, abs=1e-8)


def test_creep_is_tabled_finely_and_at_the_temperatures_of_the_elastic_constants():
    law = Norton(Table((250.0, 50e9), (350.0, 30e9)), 0.4, 22e-6, 1e-40, 5.0, 9000.0)
    found = cards("\n".join(material_cards("M", law, FREE, (233.15, FREE), "calculix")))
    creep, elastic = numbers(one(found, "*CREEP,LAW=NORTON")), numbers(one(found, "*ELASTIC"))
    assert np.array_equal(creep[:, 3], elastic[:, 2]) and {250.0, 350.0} <= set(creep[:, 3])
    between = (creep[1:, 3] + creep[:-1, 3]) / 2
    rate = 1e-40 * 1e6**5 * np.exp(-9000.0 / between)
    assert np.interp(between, creep[:, 3], creep[:, 0]) == pytest.approx(rate, rel=1.1e-3)
    assert np.interp(300.0, elastic[:, 2], elastic[:, 0]) == pytest.approx(40e3, rel=1e-6)


def test_metals_yield_along_a_straight_line():
    law = Kinematic(110e9, 0.34, 17e-6, Table((233.15, 200e6), (398.15, 150e6)), 5e9)
    rows = numbers(one(cards("\n".join(material_cards("M", law, FREE, (233.15, FREE), "abaqus"))), "*PLASTIC,HARDENING=KINEMATIC"))
    assert rows.tolist() == [[200, 0, 233.15], [5200, 1, 233.15], [150, 0, 398.15], [5150, 1, 398.15]]


def test_a_turned_crystal_is_its_cube_in_turned_axes():
    law = Cubic(165.7e9, 63.9e9, 79.6e9, 0.3, 2.6e-6)
    found = cards("\n".join(material_cards("SI", law, FREE, (233.15, FREE), "calculix")))
    young, _, _, poisson, _, _, shear, *_ = (float(x) for line in one(found, "*ELASTIC") for x in line.split(","))
    # the cube's constants from the moduli again
    c11 = young * (1 - poisson) / ((1 + poisson) * (1 - 2 * poisson))
    assert (c11, c11 * poisson / (1 - poisson), shear) == pytest.approx((165.7e3, 63.9e3, 79.6e3))


def test_anand_s_constants_go_to_abaqus_whole_and_to_calculix_as_a_power_law(tmp_path):
    steps = [LoadStep(60.0, 233.15), LoadStep(120.0, 398.15)]
    made, _ = model(SAC305)
    deck = write_inp(tmp_path / "a.inp", made, steps, ["joint", "other"], flavour="abaqus")
    found = cards(deck.path.read_text())
    assert one(found, "*CREEP,LAW=ANAND") == ["21,9320,3501,4,0.25,180000,30.2,0.01", "1.78,0,0,0,0,0,0"] and not deck.remarks
    deck = write_inp(tmp_path / "b.inp", made, steps, ["joint", "other"])
    text = deck.path.read_text()
    assert "** *CREEP,LAW=ANAND\n** 21,9320,3501,4,0.25,180000,30.2,0.01" in text and "has no Anand's law" in deck.remarks[0]
    assert text.count("*CREEP,LAW=NORTON") == 1 and text.count("*VISCO") == 2


def test_power_laws_are_as_far_from_anand_s_as_they_say():
    heat = np.array([233.15, 298.15, 398.15, 480.0])
    constant, exponent, off = power_laws(SAC305, heat, (1e-6, 1e-4))
    assert (np.diff(exponent) < 0).all() and 3 < exponent[-1] < exponent[0] < 20  # the sinh's slope rises with stress
    assert 1e-4 < off < 0.05  # a straight line for the logarithm of a sinh over two decades of rate
    for rate in (1e-6, 1e-5, 1e-4):
        stress = (rate / constant) ** (1 / exponent)
        assert np.abs(stress / saturation_stress(SAC305.parameters, rate, heat) - 1).max() <= 1.001 * off


def test_calculix_gets_a_power_law_at_each_temperature():
    found = cards("\n".join(material_cards("M", SAC305, FREE, (233.15, 300.0), "calculix")))
    creep, elastic = numbers(one(found, "*CREEP,LAW=NORTON")), numbers(one(found, "*ELASTIC"))
    assert np.array_equal(creep[:, 3], elastic[:, 2]) and creep[[0, -1], 3].tolist() == [233.15, FREE]
    between = (creep[1:, 3] + creep[:-1, 3]) / 2
    here = np.interp(between, creep[:, 3], creep[:, 0]), np.interp(between, creep[:, 3], creep[:, 1])
    constant, exponent, off = power_laws(SAC305, between)
    stress = 1e-6 * saturation_stress(SAC305.parameters, 1e-5, between[0])
    rate = np.array([c * stress**n for c, n in zip(*here, strict=True)])
    assert rate == pytest.approx(constant * (1e6 * stress) ** exponent, rel=1e-2)
    assert off < 0.1


def test_a_law_may_stand_in(tmp_path):
    made, _ = model(SAC305)
    deck = write_inp(tmp_path / "a.inp", made, [LoadStep(1.0, 300.0)], ["a", "b"], stand_in={n: Elastic(1e9, 0.3, 0.0) for n in "ab"})
    assert "*CREEP" not in deck.path.read_text() and deck.remarks == ("a: Elastic stands for Anand.", "b: Elastic stands for Anand.")


def test_gaps_are_elements_of_their_own(tmp_path):
    nodes, cells, number = rectangle(np.linspace(0, 3e-6, 4), np.array([0.0, 1e-6, 2e-6, 3e-6]))
    blocks = [ContinuumBlock(nodes, cells[k::3], Elastic(3e9, 0.3, 0.0), stress_free_temperature=FREE) for k in (0, 2)]
    lower, upper = (np.stack([number[:-1, k], number[1:, k]], 1) for k in (1, 2))
    contact = ContactBlock(nodes, lower, upper, np.full(lower.shape, 1e-6), penalty=1e15)
    held = Constraints()
    held.fix([*dof(number[:, 0], 0, 2), *dof(number[:, 0], 1, 2), *dof(number[:, 3], 0, 2), *dof(number[:, 3], 1, 2)])
    made = Model(nodes.size, [*blocks, contact], held)
    steps = [LoadStep(1.0, FREE, forces=np.eye(nodes.size)[2 * number[1, 1]] * 3e-3), LoadStep(2.0, FREE)]
    found = cards(write_inp(tmp_path / "a.inp", made, steps, ["bed", "beam"]).path.read_text())
    assert [head for head, _ in found if head.startswith("*GAP")] == [f"*GAP,ELSET=GAP_1_{k}" for k in (1, 2, 3, 4)]
    gap = one(found, "*GAP,ELSET=GAP_1_2")[0].split(",")
    assert [float(x) for x in gap[:4]] == [1e-3, 0, 0, 1] and float(gap[5]) == pytest.approx(1e15 * 1e-6 * 1e-3)
    assert one(found, "*ELEMENT,TYPE=GAPUNI,ELSET=GAP_1_2") == [f"8,{number[1, 1] + 1},{number[1, 2] + 1}"]
    # what a step does not state goes on, so the force is taken off again
    assert [data for head, data in found if head == "*CLOAD"] == [[f"{number[1, 1] + 1},1,{force}"] for force in ("0.003", "0")]
    assert "NLGEOM" in next(head for head, _ in found if head.startswith("*STEP"))
    found = cards(write_inp(tmp_path / "b.inp", made, steps, ["bed", "beam"], flavour="abaqus").path.read_text())
    assert one(found, "*GAP,ELSET=GAP_1_2") == ["0.001,0.,0.,1."]  # rigid


def test_what_a_deck_cannot_hold_is_refused(tmp_path):
    made, mesh = model()
    step = [LoadStep(1.0, 300.0)]
    for arguments, says in (
        ((made, [], ["a", "b"]), "at least one step"),
        ((made, step, ["a"]), "1 names"),
        ((made, step, ["a b", "a-b"]), "not all different"),
    ):
        with pytest.raises(ExportError, match=says):
            write_inp(tmp_path / "x.inp", *arguments)
    with pytest.raises(ExportError, match="needs for itself"):
        write_inp(tmp_path / "x.inp", made, step, ["a", "b"], sets={"all": np.array([0])})
    with pytest.raises(ExportError, match="no flavour"):
        write_inp(tmp_path / "x.inp", made, step, ["a", "b"], flavour="nastran")
    with pytest.raises(ExportError, match="law is to stand in 'c'"):
        write_inp(tmp_path / "x.inp", made, step, ["a", "b"], stand_in={"c": SAC305})
    with pytest.raises(ExportError, match="ends before"):
        write_inp(tmp_path / "x.inp", made, [LoadStep(2.0, 300.0), LoadStep(1.0, 300.0)], ["a", "b"])
    spring = Model(made.ndof, [*made.blocks, SpringBlock([[3]], 1.0)], made.constraints)
    with pytest.raises(ExportError, match="SpringBlock"):
        write_inp(tmp_path / "x.inp", spring, step, ["a", "b"])
    strained, _ = model(initial_strain=np.full(6, 1e-3))
    with pytest.raises(ExportError, match="initial strain"):
        write_inp(tmp_path / "x.inp", strained, step, ["a", "b"])
    nodes = mesh.nodes + np.array([1e-6, 0.0])
    turned = Model(nodes.size, [ContinuumBlock(nodes, mesh.parts[0].cells, Elastic(1e9, 0.3, 0), kinematics="axisymmetric")], Constraints())
    with pytest.raises(ExportError, match="body of revolution"):
        write_inp(tmp_path / "x.inp", turned, step, ["a"])
    several = Kinematic(1e9, 0.3, 0.0, 1e6, chaboche=((1e9, 10.0),))
    with pytest.raises(ExportError, match="Chaboche"):
        material_cards("M", several, FREE, (300.0, FREE), "calculix")
    assert "NUMBER BACKSTRESSES=1" in "".join(material_cards("M", several, FREE, (300.0, FREE), "abaqus"))


def test_a_cycle_s_path_ends_each_ramp_at_its_corner():
    one_hour = cycle("JESD22-A104 condition G soak mode 4")
    path = cycle_path(one_hour, 298.15, cycles=2, pieces=3)
    time, temperature = one_hour.profile(2, 298.15, first="cool")
    assert set(zip(time[1:].tolist(), temperature[1:].tolist(), strict=True)) <= set(path)
    assert len(path) == 3 * 5 + 4 and all(a[0] < b[0] for a, b in pairwise(path))
    with pytest.raises(ExportError, match="one piece"):
        cycle_path(one_hour, 298.15, pieces=0)
