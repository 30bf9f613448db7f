"""CalculiX as an outside referee: the same models, solved by somebody else's code from the files that we write.

Its hexahedra with incompatible modes (C3D8I) are ours in other words, so agreement is to well below a per cent; what is left is the modes'
treatment of elements that are not rectangles.
"""

import os
import re
import shutil
import subprocess
import time

import numpy as np
import pytest

from tests.exact.elasticity_meshes import box, dof, rectangle
from waferbump.bookkeeping import Ledger
from waferbump.materials import library
from waferbump.package.cell_measures import by_cell, equivalent_stress
from waferbump.package.constitution import Laws
from waferbump.package.exports import write_cell_inp, write_inp
from waferbump.package.plane_cell import plane_cell
from waferbump.package.reading import read_vehicle
from waferbump.package.structure import structure_of, structure_run
from waferbump.physics.constitutive import Cubic, Elastic, Kinematic, Norton, Orthotropic, Table
from waferbump.physics.elasticity import Constraints, ContinuumBlock, LoadStep, Model, march
from waferbump.physics.interfaces import ContactBlock

pytestmark = pytest.mark.ccx

FREE, COLD = 398.15, 233.15  # K
SILICON = Elastic(130e9, 0.28, 2.6e-6)
BOARD = Orthotropic((20e9, 18e9, 7.5e9), (0.15, 0.39, 0.12), (7.6e9, 3.3e9, 3.1e9), (16e-6, 15e-6, 60e-6))
# 1e-5 1/s at 30 MPa and 300 K, as solder: where creep is next to nothing, CalculiX still flows by some 1e-6 an increment
SOLDER = Norton(Table((233.15, 57.4e9), (398.15, 30e9)), 0.4, 22.5e-6, 1e-5 / 30e6**6 * np.exp(6500 / 300), 6.0, 6500.0)
_NUMBER = r"[-+]?\d\.\d+E[-+]\d+"


@pytest.fixture(scope="module")
def ccx():
    found = shutil.which("ccx")
    if found is None:
        reason = "no CalculiX (ccx): models not solved by an outside code"
        if "ccx" in os.environ.get("WAFERBUMP_REQUIRE", "").replace(",", " ").split():
            pytest.fail(reason)
        pytest.skip(reason)
    return found


class Answer:
    """What CalculiX printed: displacements [m] and stresses [Pa] at the end of every step, and forces of sets [N]."""

    def __init__(self, ccx, deck, steps):
        began = time.perf_counter()
        done = subprocess.run(
            [ccx, "-i", deck.path.stem], cwd=deck.path.parent, capture_output=True, text=True, timeout=120,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        self.seconds = time.perf_counter() - began
        text = deck.path.with_suffix(".dat").read_text()
        assert "ERROR" not in done.stdout and "Job finished" in done.stdout, done.stdout[-2000:]
        self.deck, self.blocks = deck, {}
        for head, rows in re.findall(r"^ (\S.*? time +\S+)\n\n((?:.+\n)+)", text, re.MULTILINE):
            what, *_ = head.split(" (")
            name = re.search(r"for set (\S+)", head).group(1)
            self.blocks.setdefault((what, name), []).append(np.array([line.split() for line in rows.splitlines()], dtype=float))
        assert len(self.blocks["displacements", "ALL"]) == steps

    def displacements(self, step):
        """Of the model's own nodes, by their number, shape (front, 3); NaN of nodes without an element."""
        rows = self.blocks["displacements", "ALL"][step]
        found = np.full((self.deck.front, 3), np.nan)
        own = rows[:, 0] <= self.deck.front
        found[rows[own, 0].astype(int) - 1] = 1e-3 * rows[own, 1:]
        return found

    def stress(self, step, part):
        """Averages over a part's elements in our order of components, shape (elements, 6)."""
        rows = self.blocks["stresses", "BODIES"][step]
        first, last = self.deck.elements[part]
        rows = rows[(rows[:, 0] >= first) & (rows[:, 0] <= last)]
        order = np.argsort(rows[:, 0], kind="stable")  # eight points an element
        return 1e6 * rows[order].reshape(last - first + 1, 8, -1)[:, :, [2, 3, 4, 5, 7, 6]].mean(axis=1)  # listed are xy, xz, yz

    def force(self, name, step=-1):
        return self.blocks["total force", name][step][0]


def off(ours, theirs):
    """Largest difference over the largest value."""
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def apart(stress, other, weight):
    """Root mean square of the difference over a body, relative: corners, where stress has no limit, do not decide."""
    return float(np.sqrt((weight[:, None] * (stress - other) ** 2).sum() / (weight[:, None] * other**2).sum()))


def weights(block):
    """Volumes of a block's elements [m^3]."""
    return np.bincount(block.cell_of, block.volume)


def turned(block, u):
    """Stress of a body that turns by element, in the axes of space as CalculiX prints it (Cauchy); ours turns with the body."""
    slopes = np.einsum("mna,mpnb->mpab", u[block.cells[:, :, None] * 2 + np.arange(2)], block.gradients).reshape(-1, 2, 2)
    moved = np.tile(np.eye(3), (len(slopes), 1, 1))
    moved[:, [[0], [2]], [0, 2]] += slopes
    moved[:, 1, 1] += block.strain[:, 1]
    pairs = ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (2, 0))
    tensor = np.zeros_like(moved)
    for (i, j), component in zip(pairs, block.stress.T, strict=True):
        tensor[:, i, j] = tensor[:, j, i] = component
    tensor = moved @ tensor @ moved.transpose(0, 2, 1) / np.linalg.det(moved)[:, None, None]
    return by_cell(block, np.stack([tensor[:, i, j] for i, j in pairs], 1))


def test_a_block_of_two_materials_in_heat_and_under_a_shift(ccx, tmp_path):
    nodes, cells, _ = box(np.linspace(0, 2e-3, 7), np.linspace(0, 1.5e-3, 6), np.linspace(0, 1e-3, 7))
    lower = nodes[cells].mean(axis=1)[:, 2] < 0.5e-3
    crystal = Cubic(165.7e9, 63.9e9, 79.6e9, 0.3, Table((233.15, 2.0e-6), (398.15, 3.2e-6)))
    blocks = [
        ContinuumBlock(nodes, part, law, stress_free_temperature=FREE) for part, law in ((cells[lower], crystal), (cells[~lower], BOARD))
    ]
    bottom, top = (np.flatnonzero(np.isclose(nodes[:, 2], z)) for z in (0.0, 1e-3))
    held = Constraints()
    for axis in range(3):
        held.fix(dof(bottom, axis, 3))
    held.fix(dof(top, 0, 3), 0.0, "shift")
    for node in top[1:]:  # the top stays flat but for one corner that is lifted over the rest
        held.tie(3 * node + 2, {3 * top[0] + 2: 1.0}, 0.0, name=f"lift {node}")
    model = Model(nodes.size, blocks, held)
    steps = [LoadStep(1.0, COLD, {"shift": 1e-6}), LoadStep(2.0, 300.0, {"shift": -2e-6, f"lift {top[-1]}": 1e-7})]
    deck = write_inp(tmp_path / "two.inp", model, steps, ["crystal", "board"], sets={"top": top}, listing=True)
    answer = Answer(ccx, deck, 2)
    for k, step in enumerate(steps):
        history = march(model, [step])
        # ours have three modes of volume more, worth 0.05 % here; on distorted bricks, whose modes the codes correct in other ways, 1 %
        assert off(history.displacements[-1].reshape(-1, 3), answer.displacements(k)) < 2e-3
        for name, block in zip(("crystal", "board"), blocks, strict=True):
            assert apart(by_cell(block, block.stress), answer.stress(k, name), weights(block)) < 2e-3
        force = history.reactions[-1][dof(top, 0, 3)].sum()
        assert answer.force("TOP", k)[0] == pytest.approx(force, rel=1e-3)


@pytest.fixture(scope="module")
def plain():
    vehicle, ledger = read_vehicle(), Ledger(library())
    structure = structure_of(structure_run("plain-bump", vehicle), vehicle, ledger)
    return plane_cell(structure, vehicle, Laws(ledger, {**vehicle.materials, "underfill": vehicle.underfill}), linear=True)


def test_the_plain_bump_cooled_and_shifted(ccx, plain, tmp_path):
    distance = 3e-3
    deck = write_cell_inp(tmp_path / "bump.inp", plain, [(1.0, COLD)], distance, listing=True)
    answer = Answer(ccx, deck, 1)
    history = march(plain.model, [plain.step(1.0, COLD, distance)], start=plain.step(0.0, plain.stress_free, distance))
    u = history.displacements[-1][: 2 * deck.front].reshape(-1, 2)
    theirs = answer.displacements(0)
    known = np.isfinite(theirs[:, 0])
    # 0.01 % was measured in displacements and forces, up to 0.1 % in the stress of a film
    assert off(u[known], theirs[known][:, [0, 2]]) < 1e-3 and not theirs[known, 1].any()
    force = sum(answer.force(name)[0] for name in ("BOARD_LEFT", "BOARD_RIGHT"))
    assert force == pytest.approx(plain.shear_force(history.reactions[-1]), rel=1e-3)
    for name, block in plain.blocks.items():
        assert apart(by_cell(block, block.stress), answer.stress(0, name), weights(block)) < 2e-3, name
    joint = plain.blocks["joint"]
    weight = weights(joint)
    mean = weight @ by_cell(joint, equivalent_stress(joint.stress)) / weight.sum()
    assert weight @ equivalent_stress(answer.stress(0, "joint")) / weight.sum() == pytest.approx(mean, rel=2e-3)


def sheared(law, widths=None, turning=False):
    """A block between plates, the upper one moved: 6 by 4 elements."""
    nodes, cells, _ = rectangle(np.linspace(0, 0.3e-3, 7), np.linspace(0, 0.2e-3, 5))
    kept = {"kinematics": "generalised_plane_strain", "stress_free_temperature": FREE, "extra_dof": nodes.size, "rotations": turning}
    blocks = [ContinuumBlock(nodes, cells, law, widths=widths, **kept)]
    held = Constraints()
    bottom, top = (np.flatnonzero(np.isclose(nodes[:, 1], z)) for z in (0.0, 0.2e-3))
    held.fix(dof(bottom, 0, 2))
    held.fix(dof(bottom, 1, 2))
    held.fix(dof(top, 0, 2), 0.0, "shift")
    held.equal(dof(top, 1, 2))
    held.fix(nodes.size, 0.0, "strain")
    return Model(nodes.size + 1, blocks, held), nodes, top


def path(steps, shift, strain):
    return [LoadStep(t, k, {"shift": shift * (FREE - k) / (FREE - COLD), "strain": strain * (FREE - k) / (FREE - COLD)}) for t, k in steps]


def parts(start, load, count):
    """Load steps cut into equal parts, each straight from the one before."""
    found = []
    for a, b in zip([start, *load], load, strict=False):
        for share in np.arange(1, count + 1) / count:
            held = {name: a.prescribed[name] + share * (value - a.prescribed[name]) for name, value in b.prescribed.items()}
            found.append(LoadStep(a.time + share * (b.time - a.time), a.temperature + share * (b.temperature - a.temperature), held))
    return found


REST = LoadStep(0.0, FREE, {"shift": 0.0, "strain": 0.0})
LEGS = [(900.0, COLD), (1800.0, COLD), (2700.0, FREE)]


def test_creep_of_a_sheared_block_over_a_cycle(ccx, tmp_path, record_property):
    load = path(LEGS, 1.2e-6, -1.5e-3)
    model, _, top = sheared(SOLDER, widths=np.linspace(0.1e-3, 0.3e-3, 24))
    deck = write_inp(tmp_path / "creep.inp", model, load, ["solder"], sets={"top": top}, increments=40, listing=True)
    answer = Answer(ccx, deck, len(load))
    march(sheared(SOLDER)[0], parts(REST, load[:1], 1), start=REST)  # compiled code is loaded before time is taken
    block, count, seen, reactions = model.blocks[0], 8, [], []

    def watch(result):
        seen.append(by_cell(block, block.stress))
        reactions.append(result.reactions[dof(top, 0, 2)].sum())

    began = time.perf_counter()
    march(model, parts(REST, load, count), start=REST, on_step=watch)
    ours = time.perf_counter() - began
    record_property("seconds", {"CalculiX": answer.seconds, "waferbump": ours})
    print(f"creep over a cycle: CalculiX {answer.seconds:.2f} s, waferbump {ours:.2f} s")
    weight = weights(block)
    for k in range(len(load)):
        # CalculiX steps backward Euler: halving its increments halves what is left of the difference; 0.4 % was measured
        assert apart(seen[count * (k + 1) - 1], answer.stress(k, "solder"), weight) < 1e-2, k
        assert answer.force("TOP", k)[0] == pytest.approx(reactions[count * (k + 1) - 1], rel=1e-2)
    assert ours < answer.seconds  # several times faster, so that a busy machine does not turn it


def test_yielding_back_and_forth_under_large_turns(ccx, tmp_path):
    copper = Kinematic(Table((233.15, 125e9), (398.15, 110e9)), 0.34, 17e-6, 180e6, 5e9)
    load = path([(1.0, COLD), (2.0, FREE - 1.0), (3.0, COLD)], 1.5e-6, -1.5e-3)
    model, _, top = sheared(copper, turning=True)
    deck = write_inp(tmp_path / "yield.inp", model, load, ["copper"], sets={"top": top}, increments=10, listing=True)
    answer = Answer(ccx, deck, len(load))
    block, seen = model.blocks[0], []
    march(model, parts(REST, load, 10), start=REST, on_step=lambda result: seen.append(turned(block, result.u)))
    weight = weights(block)
    for k in range(len(load)):
        # strain is some 1 %, by which the measures of strain of the two codes differ; 0.9 % was measured
        assert apart(seen[10 * (k + 1) - 1], answer.stress(k, "copper"), weight) < 1.5e-2, k


def test_a_gap_that_closes_over_a_part_of_its_length(ccx, tmp_path):
    nodes, cells, number = rectangle(np.linspace(0, 1e-3, 21), 1e-3 * np.array([0.0, 0.05, 0.055, 0.08, 0.105]))
    height = nodes[cells].mean(axis=1)[:, 1]
    lower, upper = (np.stack([number[:-1, row], number[1:, row]], 1) for row in (1, 2))
    blocks = [
        ContinuumBlock(
            nodes, part, Elastic(3e9, 0.3, 0.0), widths=np.full(len(part), 0.2e-3), stress_free_temperature=FREE, rotations=True,
        )
        for part in (cells[height > 0.055e-3], cells[height < 0.05e-3])
    ]  # fmt: skip
    contact = ContactBlock(nodes, lower, upper, np.full(lower.shape, 2e-6), widths=np.full(len(lower), 0.2e-3), penalty=1e14)
    held, pressed = Constraints(), dof(number[8:13, 4], 1, 2)
    for part in (number[:, 0], number[0, 2:], number[-1, 2:]):  # the bed's foot, the beam's ends
        held.fix([*dof(part, 0, 2), *dof(part, 1, 2)])
    held.fix(pressed, 0.0, "press")
    model, step = Model(nodes.size, [*blocks, contact], held), LoadStep(1.0, FREE, {"press": -2.2e-6})
    deck = write_inp(tmp_path / "gap.inp", model, [step], ["beam", "bed"], sets={"press": number[8:13, 4]}, listing=True)
    answer = Answer(ccx, deck, 1)
    history = march(model, parts(LoadStep(0.0, FREE, {"press": 0.0}), [step], 10), keep=False)
    assert 0 < contact.closed.sum() < len(contact.closed)  # else the gap is not tested
    u, theirs = history.displacements[-1].reshape(-1, 2), answer.displacements(0)
    known = np.isfinite(theirs[:, 0])
    # our gaps begin to push a nanometre before they are closed: 1/200 of what the beam is pressed into the bed
    assert off(u[known], theirs[known][:, [0, 2]]) < 5e-3
    assert answer.force("PRESS")[2] == pytest.approx(history.reactions[-1][pressed].sum(), rel=1e-2)


class Stiff(Laws):
    """Laws whose solder and metals stay elastic."""

    def __getitem__(self, name):
        law = super().__getitem__(name)
        if law.linear:
            return law
        return Elastic(law.parameters.young_modulus if hasattr(law, "parameters") else law.young_modulus, law.poisson_ratio, law.expansion)


@pytest.mark.slow
def test_a_suspended_bump_that_turns_over_its_gap(ccx, tmp_path):
    """Films of micrometres bend by a tenth of a radian; metals elastic, since pressure in yielding C3D8I swings from element to element."""
    vehicle, ledger = read_vehicle(), Ledger(library())

    structure = structure_of(structure_run("suspended-over-gap", vehicle), vehicle, ledger)
    cell = plane_cell(structure, vehicle, Stiff(ledger, {**vehicle.materials, "underfill": vehicle.underfill}), stress_free=FREE)
    distance = 3e-3
    deck = write_cell_inp(tmp_path / "suspended.inp", cell, [(900.0, COLD)], distance, increments=5, listing=True)
    answer = Answer(ccx, deck, 1)
    start = cell.step(0.0, FREE, distance)
    history = march(cell.model, parts(start, [cell.step(900.0, COLD, distance)], 5), start=start, keep=False)
    u = history.displacements[-1]
    theirs = answer.displacements(0)
    known = np.isfinite(theirs[:, 0])
    assert off(u[: 2 * deck.front].reshape(-1, 2)[known], theirs[known][:, [0, 2]]) < 5e-3
    force = sum(answer.force(name)[0] for name in ("BOARD_LEFT", "BOARD_RIGHT"))
    assert force == pytest.approx(cell.shear_force(history.reactions[-1]), rel=2e-3)
    for name in ("insulating", "protection", "line", "joint"):
        # the codes tell the modes of bent elements apart in other ways: 0.8 % was measured, and 3 % in the seed of one element's thickness
        assert apart(turned(cell.blocks[name], u), answer.stress(0, name), weights(cell.blocks[name])) < 2e-2, name


def test_a_missing_calculix_is_a_failure_where_it_is_required(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    fixture = ccx.__wrapped__ if hasattr(ccx, "__wrapped__") else ccx._get_wrapped_function()
    monkeypatch.delenv("WAFERBUMP_REQUIRE", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no CalculiX"):
        fixture()
    monkeypatch.setenv("WAFERBUMP_REQUIRE", "browser ccx")
    with pytest.raises(pytest.fail.Exception, match="no CalculiX"):
        fixture()
