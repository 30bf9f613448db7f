"""Elastic, creeping and yielding solids against closed forms, and every tangent against differences of its own update."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from waferbump.physics.constitutive import ConstitutiveError, Cubic, Elastic, Kinematic, Norton, Orthotropic, Table

GPA, MPA = 1e9, 1e6
PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (2, 0))
ROUND = 1e-12  # round-off of some hundred operations
SILICON = (165.7 * GPA, 63.9 * GPA, 79.6 * GPA)
SHEET = dict(moduli=(20e9, 22e9, 8e9), poisson=(0.11, 0.39, 0.156), shear=(7.6e9, 3.3e9, 3.2e9), expansion=(14e-6, 16e-6, 60e-6))


def differences(solid, strain, temperature, dt, state, step=1e-8):
    columns = []
    for j in range(6):
        apart = np.zeros(6)
        apart[j] = step
        up, _, _ = solid.update(strain + apart, temperature, dt, state)
        down, _, _ = solid.update(strain - apart, temperature, dt, state)
        columns.append((up - down) / (2 * step))
    return np.stack(columns, axis=2)


def tensor(strain):
    """Engineering components as a tensor."""
    out = np.zeros((3, 3))
    for k, (i, j) in enumerate(PAIRS):
        out[i, j] = out[j, i] = strain[k] / (1 if i == j else 2)
    return out


def test_isotropic_constants_come_back():
    solid = Elastic(130 * GPA, 0.28, 2.6e-6)
    compliance = np.linalg.inv(solid.stiffness(np.array([300.0]))[0])
    assert 1 / compliance[0, 0] == pytest.approx(130 * GPA, rel=ROUND)
    assert -compliance[0, 1] / compliance[0, 0] == pytest.approx(0.28, rel=ROUND)
    assert 1 / compliance[5, 5] == pytest.approx(130 * GPA / 2 / 1.28, rel=ROUND)


def test_a_modulus_over_temperature_holds_at_the_ends():
    solid = Elastic(Table((250.0, 2e9), (350.0, 1e9)), 0.0, 0.0)
    kelvin = np.array([100.0, 250.0, 300.0, 350.0, 900.0])
    stress, _, _ = solid.update(np.tile(np.eye(6)[0] * 1e-3, (5, 1)), kelvin, 0.0, solid.initial_state(5))
    assert stress[:, 0] == pytest.approx([2e6, 2e6, 1.5e6, 1e6, 1e6], rel=ROUND)


def test_expansion_is_the_integral_of_the_table():
    # piecewise quadratic by hand: 1e-5 below 300 K, rising to 3e-5 at 400 K, held
    solid = Elastic(1e9, 0.3, Table((300.0, 1e-5), (400.0, 3e-5)))
    kelvin = np.array([250.0, 300.0, 350.0, 400.0, 500.0])
    by_hand = np.array([-50 * 1e-5, 0.0, 50 * 1.5e-5, 100 * 2e-5, 100 * 2e-5 + 100 * 3e-5])
    strain = solid.thermal_strain(kelvin, 300.0)
    assert strain[:, 1] == pytest.approx(by_hand, rel=ROUND, abs=1e-18)
    assert not strain[:, 3:].any()
    # from anywhere to anywhere, and nothing at the stress-free temperature itself
    assert solid.thermal_strain(kelvin, 350.0)[:, 0] == pytest.approx(by_hand - by_hand[2], rel=ROUND, abs=1e-18)
    assert not solid.thermal_strain(kelvin, kelvin).any()


def test_an_orthotropic_solid_answers_in_its_own_constants():
    solid = Orthotropic(**SHEET)
    compliance = np.linalg.inv(solid.stiffness(np.array([300.0]))[0])
    assert 1 / np.diag(compliance) == pytest.approx([*SHEET["moduli"], *SHEET["shear"]], rel=1e-10)
    for ratio, (i, j) in zip(SHEET["poisson"], ((0, 1), (1, 2), (2, 0)), strict=True):
        assert -compliance[i, j] / compliance[i, i] == pytest.approx(ratio, rel=1e-10)
    assert solid.thermal_strain(np.array([310.0]), 300.0)[0] == pytest.approx([1.4e-4, 1.6e-4, 6e-4, 0, 0, 0], rel=ROUND)
    alike = Orthotropic((70 * GPA,) * 3, (0.17,) * 3, (70 * GPA / 2.34,) * 3, (5e-7,) * 3)
    kelvin = np.array([300.0, 400.0])
    assert alike.stiffness(kelvin) == pytest.approx(Elastic(70 * GPA, 0.17, 5e-7).stiffness(kelvin), rel=1e-10, abs=1e-3)


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 4, -1.2])
def test_a_turned_crystal_is_the_tensor_turned(angle):
    c11, c12, c44 = SILICON
    stiffness = Cubic(c11, c12, c44, angle, 2.6e-6).stiffness(np.array([300.0]))[0]
    own = np.zeros((3, 3, 3, 3))
    for i in range(3):
        for j in range(3):
            own[i, i, j, j] += c12
            own[i, j, i, j] += c44
            own[i, j, j, i] += c44
        own[i, i, i, i] += c11 - c12 - 2 * c44
    turn = Rotation.from_rotvec([0, 0, angle]).as_matrix()
    turned = np.einsum("ai,bj,ck,dl,ijkl", turn, turn, turn, turn, own)
    expected = np.array([[turned[(*a, *b)] for b in PAIRS] for a in PAIRS])
    assert stiffness == pytest.approx(expected, rel=ROUND, abs=1e-4)


def test_silicon_is_stiffest_along_its_die_edge():
    # 130 GPa along <100> and 169 GPa along <110>, as listed: these constants give 130.1 and 169.1
    for angle, modulus in ((0.0, 130.1), (np.pi / 4, 169.1)):
        compliance = np.linalg.inv(Cubic(*SILICON, angle, 2.6e-6).stiffness(np.array([300.0]))[0])
        assert 1 / compliance[0, 0] / GPA == pytest.approx(modulus, abs=0.1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Elastic(-1.0, 0.3, 0.0), "Young's modulus must be positive"),
        (lambda: Elastic(1e9, 0.5, 0.0), "Poisson's ratio must be less than 0.5"),
        (lambda: Elastic(Table((300.0, 1e9), (400.0, -1e9)), 0.3, 0.0), "Young's modulus must be positive"),
        (lambda: Orthotropic(**SHEET | {"poisson": (0.11, 1.9, 0.2)}), "not positive definite"),
        (lambda: Orthotropic(**SHEET | {"moduli": (1e9, 1e9)}), "three of each"),
        (lambda: Cubic(60e9, 64e9, 80e9, 0.0, 0.0), "no crystal is stable"),
        (lambda: Kinematic(1e9, 0.3, 0.0, 0.0), "yield stress must be positive"),
        (lambda: Kinematic(1e9, 0.3, 0.0, 1e6, 1e8, ((1e8, 10.0),)), "not both"),
        (lambda: Norton(1e9, 0.3, 0.0, 1e-20, 0.5), "exponent of creep must not be below 1"),
        (lambda: Table((300.0, float("nan"))), "finite"),
        (lambda: Elastic(1e9, 0.3, 0.0).thermal_strain(np.array([300.0]), -5.0), "positive"),
        (lambda: Elastic(1e9, 0.3, 0.0).update(np.zeros((2, 3)), np.zeros(2) + 300, 0.0, np.empty((2, 0))), "six components"),
        (lambda: Kinematic(1e9, 0.3, 0.0, 1e6).update(np.zeros((2, 6)), np.zeros(2) + 300, 0.0, np.zeros((2, 3))), "state of 2 points"),
    ],
)
def test_what_cannot_be_is_said(make, words):
    with pytest.raises(ConstitutiveError, match=words):
        make()


# --- Norton


def test_held_shear_relaxes_by_the_closed_form():
    # dq/dt = -3G B q^N from q0: q = (q0^(1-N) + (N-1) 3 G B t)^(1/(1-N))
    young, poisson, exponent, q0 = 30 * GPA, 0.4, 5.0, 20 * MPA
    shear, rate = young / 2 / (1 + poisson), 1e-6
    solid = Norton(young, poisson, 0.0, rate / q0**exponent, exponent)
    strain = np.array([[0, 0, 0, q0 / np.sqrt(3) / shear, 0, 0]])
    state = solid.initial_state(1, 300.0)
    stress, _, state = solid.update(strain, np.array([300.0]), 0.0, state)
    assert np.sqrt(3) * stress[0, 3] == pytest.approx(q0, rel=ROUND)
    time, begun = 0.0, state
    for dt in (1.0, 10.0, 1e3, 1e5):
        time += dt
        stress, _, state = solid.update(strain, np.array([300.0]), dt, state)
        exact = (1 + (exponent - 1) * 3 * shear * rate / q0 * time) ** (1 / (1 - exponent)) * q0
        assert np.sqrt(3) * stress[0, 3] == pytest.approx(exact, rel=1e-3)  # as a sub-step's tolerance of 0.003 leaves it
    whole, _, _ = solid.update(strain, np.array([300.0]), time, begun)
    assert np.sqrt(3) * whole[0, 3] == pytest.approx(exact, rel=1e-3)
    # what is lost of the elastic energy has become work
    assert state[0, 7] == pytest.approx((q0**2 - exact**2) / (6 * shear), rel=1e-3)


def test_relaxation_converges_with_its_tolerance():
    young, poisson, exponent, q0 = 30 * GPA, 0.4, 3.0, 20 * MPA
    shear, rate = young / 2 / (1 + poisson), 1e-5
    exact, errors = (1 + 2 * 3 * shear * rate / q0 * 100.0) ** -0.5 * q0, []
    for tolerance in (1e-2, 1e-4, 1e-6):
        solid = Norton(young, poisson, 0.0, rate / q0**exponent, exponent, tolerance=tolerance)
        strain = np.array([[0, 0, 0, q0 / np.sqrt(3) / shear, 0, 0]])
        _, _, state = solid.update(strain, np.array([300.0]), 0.0, solid.initial_state(1))
        stress, _, _ = solid.update(strain, np.array([300.0]), 100.0, state)
        errors.append(abs(np.sqrt(3) * stress[0, 3] / exact - 1))
    # the tolerance bounds an h^2 difference; a second-order method's error falls like it
    assert errors[1] < errors[0] / 20 and errors[2] < errors[1] / 20


def test_steady_creep_flows_at_its_stress():
    # a steady rate of shear ends at q = (rate/B)^(1/N) exp(Q/RTN)
    solid = Norton(30 * GPA, 0.4, 0.0, 1e-2 / (20 * MPA) ** 4, 4.0, 3000.0)
    rate, kelvin = 1e-6, np.array([350.0])
    gamma = np.sqrt(3) * rate * 1e5
    stress, _, state = solid.update(np.array([[0, 0, 0, gamma, 0, 0]]), kelvin, 1e5, solid.initial_state(1))
    expected = 20 * MPA * (rate / 1e-2 * np.exp(3000 / 350)) ** 0.25
    assert np.sqrt(3) * stress[0, 3] == pytest.approx(expected, rel=1e-3)
    assert state[0, 8] == pytest.approx(rate * 1e5 - expected / (3 * 30 * GPA / 2.8), rel=1e-3)


# --- Kinematic


def axial(solid, strains, state=None, temperature=300.0):
    """Axial stress through a series of axial strains, the sides free, and the last state."""
    state, out, side = solid.initial_state(1) if state is None else state, [], 0.0
    for strain in strains:
        for _ in range(60):
            stress, tangent, new = solid.update(np.array([[strain, side, side, 0, 0, 0]]), np.array([temperature]), 0.0, state)
            if abs(stress[0, 1]) < 1e-12 * (abs(stress[0, 0]) + 1e3):
                break
            side -= stress[0, 1] / (tangent[0, 1, 1] + tangent[0, 1, 2])
        state = new
        out.append(stress[0, 0])
    return np.array(out), state


YOUNG, YIELD, HARDENING = 110 * GPA, 170 * MPA, 2 * GPA
PRAGER = Kinematic(YOUNG, 0.34, 17e-6, YIELD, HARDENING)


def test_pragers_loop_is_its_closed_form():
    # bilinear: E until sigma_y, then E H/(E + H); unloading is elastic over twice the yield stress (Bauschinger)
    slope = YOUNG * HARDENING / (YOUNG + HARDENING)
    first = YIELD / YOUNG
    up = YIELD + slope * (0.01 - first)
    turn = 0.01 - 2 * first
    back = up - 2 * YIELD
    down = back + slope * (-0.01 - turn)
    found, state = axial(PRAGER, [first / 2, first, 0.01, turn, -0.01])
    assert found == pytest.approx([YIELD / 2, YIELD, up, back, down], rel=1e-10)
    # the loop closes, cycle after cycle: no ratchet, and each dissipates the area of its parallelogram, 2 sigma_y times its width
    works = [state[0, 6]]
    for _ in range(3):
        found, state = axial(PRAGER, [0.01, -0.01], state)
        assert found[-1] == pytest.approx(down, rel=1e-10)
        works.append(state[0, 6])
    plastic = 0.02 - (up - down) / YOUNG
    assert up == pytest.approx(-down, rel=1e-10)
    assert np.diff(works) == pytest.approx(2 * YIELD * plastic, rel=1e-9)


def test_it_yields_earlier_when_turned_back():
    # Bauschinger: pulled beyond yield, it yields in compression before the stress it first yielded at
    _, state = axial(PRAGER, [0.02])
    after = 0.02 - 2 * YIELD / YOUNG
    elastic, _ = axial(PRAGER, [after + 1e-6], state)
    _, still = axial(PRAGER, [after + 1e-6], state)
    _, yielded = axial(PRAGER, [after - 1e-4], state)
    assert still[0, 7] == state[0, 7] and yielded[0, 7] > state[0, 7]
    assert elastic[0] > -YIELD


CHABOCHE = Kinematic(YOUNG, 0.34, 17e-6, YIELD, chaboche=((40 * GPA, 400.0), (2 * GPA, 0.0)))


def hardened(p, plastic, alpha, sign):
    """Backstress after a monotonic plastic strain from alpha: Armstrong and Frederick's exponential."""
    (c, gamma), _ = CHABOCHE.chaboche
    return sign * c / gamma + (alpha - sign * c / gamma) * np.exp(-gamma * p) + 2 * GPA * plastic


def test_chaboches_curve_is_its_exponential_in_any_step():
    for steps in (1, 7):
        found, state = axial(CHABOCHE, np.linspace(0, 0.02, steps + 1)[1:])
        p = state[0, 0]
        assert found[-1] == pytest.approx(YIELD + hardened(p, p, 0.0, 1), rel=1e-10)
        assert p + found[-1] / YOUNG == pytest.approx(0.02, rel=1e-10)
    # turned back: from alpha, the other way
    curved = hardened(p, 0.0, 0.0, 1)
    back, after = axial(CHABOCHE, [-0.01], state)
    moved = after[0, 7] - state[0, 7]
    assert back[0] == pytest.approx(-YIELD + hardened(moved, after[0, 0], curved, -1), rel=1e-9)


def test_symmetric_cycles_settle_symmetrically():
    found, state = axial(CHABOCHE, [0.01, -0.01] * 6)
    assert found[-2] == pytest.approx(-found[-1], rel=1e-6)  # what is left of the first quarter dies as exp(-gamma p), p = 0.2
    works = state[0, 6]
    _, state = axial(CHABOCHE, [0.01, -0.01], state)
    area = state[0, 6] - works
    # the area by the trapezoid over a fine loop: second order in 400 steps
    fine = np.concatenate([np.linspace(-0.01, 0.01, 400), np.linspace(0.01, -0.01, 400)])
    loop, _ = axial(CHABOCHE, fine, state)
    assert area == pytest.approx(np.trapezoid(loop, fine), rel=1e-4)


def test_hardening_follows_the_temperature():
    # the backstrain is kept: at half the modulus the same plastic strain shifts the surface by half
    solid = Kinematic(YOUNG, 0.34, 0.0, Table((300.0, 170 * MPA), (400.0, 100 * MPA)), Table((300.0, 2e9), (400.0, 1e9)))
    _, state = axial(solid, [0.02])
    plastic = state[0, 0]
    hot, _ = axial(solid, [0.03], state, temperature=400.0)
    slope = YOUNG * 1e9 / (YOUNG + 1e9)
    onset = plastic + (100 * MPA + 1e9 * plastic) / YOUNG
    assert hot[0] == pytest.approx(100 * MPA + 1e9 * plastic + slope * (0.03 - onset), rel=1e-10)


@pytest.mark.parametrize(
    "solid", [PRAGER, CHABOCHE, Norton(30e9, 0.4, 0.0, 1e-5 / (20 * MPA) ** 5, 5.0)], ids=["Prager", "Chaboche", "Norton"]
)
def test_tangents_are_those_of_the_update(solid):
    rng, points = np.random.default_rng(7), 200
    state, strain, kelvin = solid.initial_state(points), np.zeros((points, 6)), np.full(points, 300.0)
    for _ in range(3):
        strain = strain + rng.normal(size=(points, 6)) * 3e-3
        _, _, state = solid.update(strain, kelvin, 60.0, state)
    strain = strain + rng.normal(size=(points, 6)) * 2e-3
    _, tangent, new = solid.update(strain, kelvin, 60.0, state)
    error = np.abs(tangent - differences(solid, strain, kelvin, 60.0, state)).max(axis=(1, 2)) / np.abs(tangent).max()
    # differences of 1e-8 in strain: 1e-8 of round-off. One point may lie where the update has a kink (first yield, a new grid of sub-steps)
    assert np.sort(error)[-2] < 1e-6
    assert np.all(new[:, list(solid.state_names).index("equivalent_inelastic_strain")] > 0)


def test_pragers_tangent_is_symmetric():
    rng = np.random.default_rng(2)
    _, tangent, _ = PRAGER.update(rng.normal(size=(50, 6)) * 5e-3, np.full(50, 300.0), 0.0, PRAGER.initial_state(50))
    assert tangent == pytest.approx(tangent.transpose(0, 2, 1), rel=1e-10, abs=1.0)


@pytest.mark.parametrize("solid", [PRAGER, CHABOCHE], ids=["Prager", "Chaboche"])
def test_stress_stays_on_the_yield_surface(solid):
    rng = np.random.default_rng(4)
    state, strain = solid.initial_state(60), np.zeros((60, 6))
    for _ in range(4):
        strain = strain + rng.normal(size=(60, 6)) * 5e-3
        stress, _, state = solid.update(strain, np.full(60, 300.0), 0.0, state)
    for k in range(60):
        shifted = np.array([[stress[k, 0], stress[k, 3], stress[k, 5]], [0, stress[k, 1], stress[k, 4]], [0, 0, stress[k, 2]]])
        shifted = shifted + np.triu(shifted, 1).T
        shifted -= np.trace(shifted) / 3 * np.eye(3)
        for b, (c, _) in enumerate(solid.backstresses):
            shifted -= 2 / 3 * c * tensor(state[k, 8 + 6 * b : 14 + 6 * b])
        assert np.sqrt(1.5 * (shifted**2).sum()) == pytest.approx(YIELD, rel=1e-9)
