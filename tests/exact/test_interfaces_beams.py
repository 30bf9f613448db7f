"""Cohesive interfaces in beams: they part at the loads of fracture mechanics, and the energy is all there."""

import numpy as np
import pytest

from waferbump.physics.constitutive import Elastic
from waferbump.physics.elasticity import Constraints, ContinuumBlock, LoadStep, Model, march
from waferbump.physics.interfaces import CohesiveBlock, ContactBlock, MixedMode, check_resolution

pytestmark = pytest.mark.slow  # some seconds a mesh or a beam

ROOM = 300.0
E, NU = 3e9, 0.3
PLANE = E / (1 - NU**2)
LAW = MixedMode(10.0, 25.0, 100e6, 150e6, exponent=2.0)


def strip(xs, zs, start=0):
    nodes = np.stack(np.meshgrid(xs, zs, indexing="ij"), -1).reshape(-1, 2)
    at = start + np.arange(len(nodes)).reshape(len(xs), len(zs))
    return nodes, np.stack([at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]], -1).reshape(-1, 4), at


class Arms:
    """Two like beams over one another, bonded from x = a on."""

    def __init__(self, xs, height, crack, law=LAW, rows=2, contact=False, **options):
        zs = np.linspace(0, height, rows + 1)
        low, cells, self.low = strip(xs, zs - height)
        up, more, self.up = strip(xs, zs, len(low))
        self.nodes = np.vstack([low, up])
        self.solid = ContinuumBlock(self.nodes, np.vstack([cells, more]), Elastic(E, NU, 0.0), stress_free_temperature=ROOM)
        bonded = np.flatnonzero(xs[:-1] >= crack - 1e-12)
        faces = lambda at, which: np.stack([at[which], at[which + 1]], 1)  # noqa: E731
        bottom, top = self.low[:, -1], self.up[:, 0]
        self.interface = CohesiveBlock(self.nodes, faces(bottom, bonded), faces(top, bonded), law, **options)
        self.blocks = [self.solid, self.interface]
        if contact:
            open_ = np.flatnonzero(xs[:-1] < crack - 1e-12)
            heights = np.zeros((len(open_), 2))
            self.blocks.append(ContactBlock(self.nodes, faces(bottom, open_), faces(top, open_), heights, penalty=1e15, rounding=1e-12))
        self.constraints = Constraints()
        self.area = float(np.sum(np.diff(xs)[bonded]))

    def opened(self, dofs, signs, values, **options):
        """History of forces on `dofs` moved by `signs` times `values`, and the external work."""
        self.constraints.fix(dofs, 0.0, name="pull")
        model = Model(2 * len(self.nodes), self.blocks, self.constraints)
        steps = [LoadStep(float(k + 1), ROOM, {"pull": value * np.asarray(signs, float)}) for k, value in enumerate(values)]
        history = march(model, steps, **options)
        forces = history.reactions[:, dofs] * signs
        moved = np.concatenate([[0.0], values])
        mean = np.vstack([np.zeros(len(dofs)), forces])
        return forces, float(((mean[1:] + mean[:-1]) / 2 * np.diff(moved)[:, None]).sum())


def test_double_cantilever_beam_follows_corrected_beam_theory():
    # G = 12 P^2 a^2 / (E' h^3) = G_c and delta = 8 P a^3 / (E' h^3) with a counted 0.677 h beyond the tip; a eliminated:
    # P = c / a, a^2 = delta E' h^3 / (8 c), c^2 = G_c E' h^3 / 12
    height, crack = 10e-6, 60e-6
    xs = np.concatenate([np.linspace(0, 56, 15), np.arange(56.4, 84, 0.4), np.linspace(84, 160, 20)]) * 1e-6
    arms = Arms(xs, height, crack)
    assert check_resolution(LAW, 0.4e-6, PLANE) > 8
    arms.constraints.fix(np.concatenate([2 * arms.low[-1], 2 * arms.low[-1] + 1, 2 * arms.up[-1], 2 * arms.up[-1] + 1]))
    pulled = [2 * arms.up[0, 1] + 1, 2 * arms.low[0, 1] + 1]
    deltas = np.concatenate([np.linspace(0, 16, 9)[1:], np.linspace(17, 24, 8)]) * 1e-6
    forces, work = arms.opened(pulled, [0.5, -0.5], deltas)
    load = forces.sum(1)
    c = np.sqrt(LAW.opening_energy * PLANE * height**3 / 12)
    theory = c / np.sqrt(deltas * PLANE * height**3 / (8 * c))
    running = arms.interface.parted_area() > 5e-6
    assert running, "the crack runs within the fine mesh"
    late = deltas > 19e-6
    # eight elements in the zone: within 0.2 %, measured (with four the arms snap from element to element, and viscosity is needed)
    np.testing.assert_allclose(load[late], theory[late], rtol=4e-3)
    # external work by trapezoids over ten steps of the running part: the balance closes to 1 %
    assert work == pytest.approx(arms.solid.energy() + arms.interface.energy() + arms.interface.dissipated(), rel=0.01)
    # all points parted in pure opening have spent G_c; those that soften still, less
    interface = arms.interface
    assert interface.dissipated() >= LAW.opening_energy * interface.parted_area() * (1 - 1e-9)
    assert np.all(interface.phase[interface.damage >= 1] < np.radians(3))


def test_strip_pulled_along_its_base_lets_go_in_shear():
    # steady state: what a strip stores per length is N^2 / (2 E' h), so that it lets go at N = sqrt(2 E' h G_IIc), however long it is
    height, count = 2e-6, 150
    xs = np.linspace(0, 60e-6, count + 1)
    nodes, cells, at = strip(xs, np.linspace(0, height, 2))
    base = len(nodes) + np.arange(count + 1)
    nodes = np.vstack([nodes, nodes[at[:, 0]]])
    solid = ContinuumBlock(nodes, cells, Elastic(E, NU, 0.0), stress_free_temperature=ROOM)
    faces = np.stack([np.arange(count), np.arange(1, count + 1)], 1)
    interface = CohesiveBlock(nodes, base[faces], at[faces, 0], LAW)
    constraints = Constraints()
    constraints.fix(np.concatenate([2 * base, 2 * base + 1, 2 * at.ravel() + 1]))  # z is held: pure shear, and plane in z as well
    constraints.fix(2 * at[0], 0.0, name="pull")
    modulus = E * (1 - NU) / ((1 + NU) * (1 - 2 * NU))  # z and y are held
    limit = np.sqrt(2 * modulus * height * LAW.shear_energy)
    values = np.linspace(0, 1.6e-6, 33)[1:]
    loads = []
    march(
        Model(2 * len(nodes), [solid, interface], constraints),
        [LoadStep(float(k), ROOM, {"pull": -v}) for k, v in enumerate(values)],
        on_step=lambda step: loads.append(-step.reactions[2 * at[0]].sum()),
    )
    assert 5e-6 < interface.parted_area() < 40e-6
    # the strip's zone sqrt(E' G h) / tau is 3 um: eight elements; the plateau wavers by less than a percent as one after another parts
    assert max(loads) == pytest.approx(limit, rel=0.01)
    assert loads[-1] == pytest.approx(limit, rel=0.01)
    np.testing.assert_allclose(interface.phase[interface.damage >= 1], np.pi / 2)
    parted = interface.damage >= 1
    assert interface.areas[parted].sum() * LAW.shear_energy <= interface.dissipated()


def test_end_notched_flexure_lets_go_at_its_toughness_in_shear():
    # one half of the bend: clamped at the middle, pushed at the end, the arms share P. As in the laboratory, compliance C(a) is calibrated
    # with cracks of known length; from the running crack's C follows the a that counts its zone in, and G = P^2 / 2 dC/da
    law = MixedMode(10.0, 25.0, 60e6, 100e6, exponent=2.0)
    xs = np.concatenate([np.linspace(0, 96, 25), np.arange(96.25, 132.1, 0.25)]) * 1e-6

    def pushed(crack, values):
        arms = Arms(xs, 10e-6, crack, law, contact=True)
        arms.constraints.fix(np.concatenate([2 * arms.low[-1], 2 * arms.low[-1] + 1, 2 * arms.up[-1], 2 * arms.up[-1] + 1]))
        forces, work = arms.opened([2 * arms.up[0, 1] + 1], [-1.0], values)
        return arms, forces.sum(1), work

    lengths = np.array([100, 104, 108, 112]) * 1e-6
    calibration = np.polyfit(lengths, [1e-7 / pushed(a, [1e-7])[1][0] for a in lengths], 3)
    values = np.concatenate([np.linspace(0, 48, 7)[1:], np.linspace(48.5, 53, 10)]) * 1e-6
    arms, load, work = pushed(100e-6, values)
    fine = np.linspace(99e-6, 113e-6, 1401)
    equivalent = np.interp(values / load, np.polyval(calibration, fine), fine)
    rate = load**2 / 2 * np.polyval(np.polyder(calibration), equivalent)
    assert arms.interface.parted_area() > 2e-6 and equivalent[-1] < 112e-6, "the crack runs, within the calibration"
    # beam theory gives 9 P^2 a^2 / (4 E' h^3), a with 0.208 h of root (two rows of elements make it stiffer: 3 %)
    theory = 9 * load[-1] ** 2 * (equivalent[-1] + 0.208 * 10e-6) ** 2 / (4 * PLANE * 10e-6**3)
    assert rate[-1] == pytest.approx(theory, rel=0.03)
    np.testing.assert_allclose(rate[-4:], law.shear_energy, rtol=0.005)  # Griffith's balance; the zone wavers by elements of 0.25 um in 100
    assert np.all(arms.interface.phase[arms.interface.damage >= 1] > np.radians(85))
    assert work == pytest.approx(arms.solid.energy() + arms.interface.energy() + arms.interface.dissipated(), rel=0.01)


def test_viscosity_helps_over_a_sudden_release_and_says_what_it_added():
    # a bond shorter than its zone lets go at once: the arms snap open. Without inertia the energy that they held goes into viscosity
    height = 4e-6
    xs = np.concatenate([np.linspace(0, 40, 11), np.linspace(41, 44, 4), np.linspace(50, 80, 6)]) * 1e-6
    dissipated = {}
    for viscosity in (1e-3, 1e-2):
        arms = Arms(xs, height, 40e-6, viscosity=viscosity)
        arms.constraints.fix(np.concatenate([2 * arms.low[-1], 2 * arms.low[-1] + 1, 2 * arms.up[-1], 2 * arms.up[-1] + 1]))
        pulled = [2 * arms.up[0, 1] + 1, 2 * arms.low[0, 1] + 1]
        _, work = arms.opened(pulled, [0.5, -0.5], np.linspace(0, 40e-6, 81)[1:])
        interface = arms.interface
        total = arms.solid.energy() + interface.energy() + interface.dissipated() + interface.viscous()
        assert work == pytest.approx(total, rel=0.03)
        dissipated[viscosity] = interface.viscous() / interface.dissipated()
    assert 0 < dissipated[1e-3] < dissipated[1e-2] < 0.2
