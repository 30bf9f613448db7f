"""Anand's law against curves integrated elsewhere, its closed form of saturation, and what no return map may break."""

import json
from pathlib import Path

import numpy as np
import pytest

from waferbump.physics.constitutive import Anand, AnandParameters, ConstitutiveError, Elastic, Table, saturation_stress
from waferbump.physics.viscoplasticity import uniaxial, uniaxial_history

REFERENCE = json.loads((Path(__file__).parent / "reference" / "anand.json").read_text(encoding="utf-8"))
SAC305 = REFERENCE["parameters"][REFERENCE["alloy"]]
ZERO, MPA = 273.15, 1e6
PER_CENT = 1e-3  # the tenth of a per cent that stress is asked to hold
DIGITS = 5e-6  # the bar's tolerance of 1e-6 a step, a few steps of which add up; the reference's own error is 1e-8


def in_pascal(constants):
    """The constants of the reference, whose stresses are in MPa."""
    scaled = {k: v * MPA if k in ("s0", "h0", "shat") else v for k, v in constants.items()}
    return AnandParameters.of(scaled | {"ET": [(t, e * MPA) for t, e in constants["ET"]]})


def pulled(solid, time, strain, temperature):
    """Stress [MPa], resistance [MPa] and work [MJ/m^3] of a point in uniaxial stress, its sides free.

    Poisson's ratio of these solids is next to 1/2, so that the sides move by half the strain, in a straight line within every step:
    what is compared is the return map alone, without the error of a curved path.
    """
    state, rows = solid.initial_state(1, temperature[0]), [(0.0, solid.parameters.s0 / MPA, 0.0)]
    for i in range(1, len(time)):
        side = state[0, 10] - (strain[i] - strain[i - 1]) / 2
        for _ in range(20):
            stress, tangent, new = solid.update(
                np.array([[strain[i], side, side, 0, 0, 0]]), temperature[i : i + 1], time[i] - time[i - 1], state
            )
            if abs(stress[0, 1]) < 1e-7 * (abs(stress[0, 0]) + 1e3):
                break
            side -= stress[0, 1] / (tangent[0, 1, 1] + tangent[0, 1, 2])
        else:
            pytest.fail("the sides did not come free")
        state = new
        rows.append((stress[0, 0] / MPA, state[0, 6] / MPA, state[0, 7] / MPA))
    return np.array(rows).T


def histories():
    """(kind, time, strain, temperature [K], curve) of everything but the monotonic curves."""
    for kind in ("cyclic", "relaxation", "thermal_cycle"):
        for curve in REFERENCE[kind]:
            time = np.array(curve["time"], float)
            strain = np.array(curve["strain"]) if "strain" in curve else np.minimum(curve["rate"] * time, curve["held_strain"])
            kelvin = np.array(curve["temperature_degC"]) + ZERO + np.zeros(len(time))
            yield pytest.param(time, strain, kelvin, curve, id=f"{kind}-{kelvin[0]:.0f}")


@pytest.mark.parametrize("curve", REFERENCE["monotonic"], ids=lambda c: f"{c['temperature_degC']}-{c['rate']}")
def test_a_bar_pulled_steadily_follows_the_reference(curve):
    stress = uniaxial(SAC305, curve["strain"], curve["rate"], curve["temperature_degC"] + ZERO)
    assert stress[1:] == pytest.approx(np.array(curve["stress"][1:]), rel=DIGITS)
    # a closed form: the reference is printed to 12 digits
    saturation = saturation_stress(SAC305, curve["rate"], curve["temperature_degC"] + ZERO)
    assert saturation == pytest.approx(curve["saturation"], rel=1e-10)


@pytest.mark.parametrize(("time", "strain", "kelvin", "curve"), list(histories()))
def test_a_bar_follows_histories(time, strain, kelvin, curve):
    bar = uniaxial_history(SAC305, time, strain, kelvin)
    assert bar.stress == pytest.approx(np.array(curve["stress"]), abs=DIGITS * np.abs(curve["stress"]).max())
    assert bar.resistance == pytest.approx(np.array(curve["resistance"]), rel=DIGITS)
    if "work" in curve:
        assert bar.inelastic_work == pytest.approx(np.array(curve["work"]), abs=DIGITS * curve["work"][-1])


@pytest.mark.parametrize("name", [n for n in REFERENCE["parameters"] if "Pb" in n or "Ag" in n])
def test_steady_stress_is_the_saturation(name):
    # the approach to s* is s*(1 - s/s*) ~ strain^(-1/(a-1)), slow where h0 is small: pulled to 10 000 % it is within a thousandth
    constants = REFERENCE["parameters"][name]
    assert uniaxial(constants, 100.0, 1e-3, 398.15) == pytest.approx(saturation_stress(constants, 1e-3, 398.15), rel=1e-3)


@pytest.mark.parametrize("curve", REFERENCE["monotonic"][::3], ids=lambda c: f"{c['temperature_degC']}-{c['rate']}")
def test_the_return_map_follows_monotonic_curves(curve):
    strain = np.array(curve["strain"])
    solid = Anand(in_pascal(SAC305), 0.4999999, 0.0)
    kelvin = np.full(len(strain), curve["temperature_degC"] + ZERO)
    stress, resistance, work = pulled(solid, strain / curve["rate"], strain, kelvin)
    assert stress[1:] == pytest.approx(np.array(curve["stress"][1:]), rel=PER_CENT)
    assert resistance == pytest.approx(np.array(curve["resistance"]), rel=PER_CENT)
    assert work[-1] == pytest.approx(curve["work"][-1], rel=PER_CENT)
    # in one step all the way
    whole = pulled(solid, np.array([0.0, strain[-1] / curve["rate"]]), strain[[0, -1]], kelvin[:2])
    assert whole[0, 1] == pytest.approx(curve["stress"][-1], rel=PER_CENT)


@pytest.mark.parametrize(("time", "strain", "kelvin", "curve"), list(histories()))
def test_the_return_map_follows_histories(time, strain, kelvin, curve):
    stress, resistance, work = pulled(Anand(in_pascal(SAC305), 0.4999999, 0.0), time, strain, kelvin)
    assert stress == pytest.approx(np.array(curve["stress"]), abs=PER_CENT * np.abs(curve["stress"]).max())
    assert resistance == pytest.approx(np.array(curve["resistance"]), rel=PER_CENT)
    if "work" in curve:
        assert work[-1] == pytest.approx(curve["work"][-1], rel=PER_CENT)


def test_sub_steps_converge():
    # a sub-step's tolerance e bounds an h^2 difference, and what a second-order method leaves behind is h^2 in sum: error ~ e
    curve = next(c for c in REFERENCE["monotonic"] if c["temperature_degC"] == 25 and c["rate"] == 1e-3)
    strain, reference = np.array(curve["strain"]), np.array(curve["stress"])
    errors = []
    for tolerance in (1e-2, 1e-4, 1e-6):
        solid = Anand(in_pascal(SAC305), 0.49999999, 0.0, tolerance)
        stress, _, _ = pulled(solid, strain / curve["rate"], strain, np.full(len(strain), 298.15))
        errors.append(np.abs(stress - reference).max() / reference.max())
    assert errors[1] < errors[0] / 20 and errors[2] < errors[1] / 20
    assert errors[2] < 3e-6


def test_steps_converge_with_second_order():
    # sub-steps switched off by a wide tolerance: one Runge-Kutta step of order two in each step, once s and q are past their first rise
    solid, parameters = Anand(in_pascal(SAC305), 0.4999999, 0.0, 0.999), in_pascal(SAC305)
    first, errors = uniaxial_history(parameters, [0.0, 3.0], [0.0, 3e-3], 398.15), []
    exact = uniaxial_history(parameters, [0.0, 3.0, 9.0], [0.0, 3e-3, 9e-3], 398.15)
    for many in (8, 16, 32, 64):
        state = solid.initial_state(1, 398.15)
        state[0, 6:8] = first.resistance[-1], first.inelastic_work[-1]
        state[0, :3] = first.inelastic_strain[-1] * np.array([1, -0.5, -0.5])
        state[0, 9:12] = 3e-3 * np.array([1, -0.5, -0.5])
        for i in range(many):
            axial = 3e-3 + 6e-3 * (i + 1) / many
            _, _, state = solid.update(np.array([[1, -0.5, -0.5, 0, 0, 0]]) * axial, np.array([398.15]), 6.0 / many, state)
        errors.append(abs(state[0, 6] / exact.resistance[-1] - 1))
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders[-1] > 1.7  # towards 2: the first rise of s is still felt in the coarsest


def random_states(points, seed=3):
    """Points that have been strained twice in random directions, and a third strain to come."""
    rng = np.random.default_rng(seed)
    solid = Anand(in_pascal(SAC305), 0.4, 22e-6)
    state, strain = solid.initial_state(points, 298.15), np.zeros((points, 6))
    for _ in range(2):
        strain = strain + rng.normal(size=(points, 6)) * 1e-3
        temperature = rng.uniform(233.15, 398.15, points)
        _, _, state = solid.update(strain, temperature, 60.0, state)
    return solid, state, strain + rng.normal(size=(points, 6)) * 5e-4, np.clip(temperature + rng.normal(size=points) * 20, 220, 420)


def differences(solid, strain, temperature, dt, state, step=1e-9):
    columns = []
    for j in range(6):
        apart = np.zeros(6)
        apart[j] = step
        up, _, _ = solid.update(strain + apart, temperature, dt, state)
        down, _, _ = solid.update(strain - apart, temperature, dt, state)
        columns.append((up - down) / (2 * step))
    return np.stack(columns, axis=2)


@pytest.mark.parametrize("dt", [1e-3, 1.0, 60.0, 900.0])
def test_the_tangent_is_that_of_the_update(dt):
    solid, state, strain, temperature = random_states(300)
    _, tangent, _ = solid.update(strain, temperature, dt, state)
    found = differences(solid, strain, temperature, dt, state)
    error = np.abs(tangent - found).max(axis=(1, 2)) / np.abs(tangent).max(axis=(1, 2))
    # differences over 2e-9 of strain carry 1e-12 relative of round-off each way: 1e-5 is asked. Where the grid of sub-steps changes between
    # the two, the update jumps by its own error: a strain that lies just there is rare
    assert np.sort(error)[-2] < 1e-5


def test_a_tried_step_leaves_no_trace():
    solid, state, strain, temperature = random_states(50)
    before = state.copy()
    first = solid.update(strain, temperature, 60.0, state)
    solid.update(10 * strain, temperature, 60.0, state)
    again = solid.update(strain, temperature, 60.0, state)
    assert np.array_equal(state, before)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_a_turned_point_turns_its_stress():
    # objectivity: x, y, z to y, z, x
    solid, _, strain, temperature = random_states(20)
    turn = [1, 2, 0, 4, 5, 3]
    straight, _, _ = solid.update(strain, temperature, 60.0, solid.initial_state(20, 298.15))
    turned, _, _ = solid.update(strain[:, turn], temperature, 60.0, solid.initial_state(20, 298.15))
    assert turned == pytest.approx(straight[:, turn], rel=1e-9, abs=1.0)  # Pa, of 1e7


def test_no_time_and_no_strain_are_elastic():
    solid, elastic = Anand(in_pascal(SAC305), 0.4, 0.0), Elastic(in_pascal(SAC305).young_modulus, 0.4, 0.0)
    strain, kelvin = np.random.default_rng(1).normal(size=(30, 6)) * 1e-3, np.linspace(233.15, 398.15, 30)
    jump, tangent, state = solid.update(strain, kelvin, 0.0, solid.initial_state(30))
    expected, stiffness, _ = elastic.update(strain, kelvin, 0.0, elastic.initial_state(30))
    assert jump == pytest.approx(expected, rel=1e-12) and tangent == pytest.approx(stiffness, rel=1e-12, abs=1e-3)
    assert not state[:, 7:9].any()
    # at rest a minute changes nothing, and the point keeps its shear stiffness
    stress, tangent, _ = solid.update(np.zeros((30, 6)), kelvin, 60.0, solid.initial_state(30))
    assert not stress.any() and tangent == pytest.approx(stiffness, rel=1e-6, abs=1e3)


def test_a_closed_loop_of_temperature_leaves_no_elastic_stress():
    # E(T) multiplies the elastic strain: held cold at a small strain, warmed without time and cooled again, the stress comes back
    solid = Anand(in_pascal(SAC305), 0.4, 0.0)
    strain, state = np.array([[1e-5, 0, 0, 0, 0, 0]]), solid.initial_state(1, 233.15)
    cold, _, state = solid.update(strain, np.array([233.15]), 0.0, state)
    warm, _, state = solid.update(strain, np.array([398.15]), 0.0, state)
    back, _, _ = solid.update(strain, np.array([233.15]), 0.0, state)
    assert back == pytest.approx(cold, rel=1e-14)
    assert warm[0, 0] / cold[0, 0] == pytest.approx(30.0 / 57.4, rel=1e-12)


def test_work_is_stress_times_flow():
    # conservation: the work of the stress is what is stored and what flowed, sum of sigma : d(e_in) by the trapezoid over fine steps
    solid = Anand(in_pascal(SAC305), 0.4, 0.0)
    state, total, last = solid.initial_state(1, 348.15), 0.0, np.zeros(6)
    path = np.array([4e-3, -1e-3, -2e-3, 3e-3, 0, 1e-3])
    for i in range(400):
        before = state[0, :6].copy()
        stress, _, state = solid.update(path[None] * (i + 1) / 400, np.array([348.15]), 0.05, state)
        total += (stress[0] + last) / 2 @ (state[0, :6] - before)
        last = stress[0]
    assert state[0, 7] == pytest.approx(total, rel=2e-3)  # the trapezoid over a kinked rise; 1e-3 at twice the steps
    assert abs(state[0, :3].sum()) < 1e-15  # flow keeps the volume


@pytest.mark.parametrize("name", REFERENCE["parameters"])
@pytest.mark.parametrize("dt", [0.0, 1e-9, 1.0, 1e5])
def test_strange_trials_stay_finite(name, dt):
    # what a Newton step may try: half the length of the body, from nothing and back, hot to cold
    solid = Anand(in_pascal(REFERENCE["parameters"][name]), 0.4, 0.0)
    strain = np.random.default_rng(5).normal(size=(8, 6)) * np.logspace(-12, -0.3, 8)[:, None]
    state = solid.initial_state(8, 490.0)
    for sign, kelvin in ((1, 208.0), (-1, 490.0), (0, 298.0)):
        stress, tangent, state = solid.update(sign * strain, np.full(8, kelvin), dt, state)
        assert np.isfinite(stress).all() and np.isfinite(tangent).all() and np.isfinite(state).all()
        assert np.all(state[:, 6] > 0)


def test_what_cannot_be_is_said():
    with pytest.raises(ConstitutiveError, match="lack QR"):
        uniaxial({k: v for k, v in SAC305.items() if k != "QR"}, 0.01, 1e-3, 298.15)
    with pytest.raises(ConstitutiveError, match="do not know Q_R"):
        uniaxial(SAC305 | {"Q_R": 1.0}, 0.01, 1e-3, 298.15)
    with pytest.raises(ConstitutiveError, match="a must not be below 1"):
        uniaxial(SAC305 | {"a": 0.5}, 0.01, 1e-3, 298.15)
    with pytest.raises(ConstitutiveError, match="m must not exceed 1"):
        uniaxial(SAC305 | {"m": 2.0}, 0.01, 1e-3, 298.15)
    with pytest.raises(ConstitutiveError, match="strain rate must be positive"):
        uniaxial(SAC305, 0.01, 0.0, 298.15)
    with pytest.raises(ConstitutiveError, match="times of a history must rise"):
        uniaxial_history(SAC305, [0.0, 0.0], [0.0, 0.01], 298.15)
    solid = Anand(in_pascal(SAC305), 0.4, 0.0)
    with pytest.raises(ConstitutiveError, match="finite"):
        solid.update(np.full((1, 6), np.nan), np.array([298.15]), 1.0, solid.initial_state(1))
    with pytest.raises(ConstitutiveError, match="cannot be followed"):
        solid.update(np.eye(6)[:1] * 1e200, np.array([298.15]), 1.0, solid.initial_state(1))
    with pytest.raises(ConstitutiveError, match="Poisson"):
        Anand(in_pascal(SAC305), 0.5, 0.0)
    with pytest.raises(ConstitutiveError, match="rise"):
        Table((300.0, 1.0), (300.0, 2.0))


def test_pressing_mirrors_pulling_and_arrays_broadcast():
    strain = np.array([0.002, 0.01])
    assert uniaxial(SAC305, -strain, 1e-3, 298.15) == pytest.approx(-uniaxial(SAC305, strain, 1e-3, 298.15), rel=1e-12)
    both = uniaxial(SAC305, 0.02, [[1e-2], [1e-4]], [298.15, 398.15])
    assert both.shape == (2, 2)
    assert both[1, 0] == pytest.approx(uniaxial(SAC305, 0.02, 1e-4, 298.15), rel=1e-12)
    # any unit of stress, for all stresses alike
    assert uniaxial(in_pascal(SAC305), 0.02, 1e-3, 298.15) / MPA == pytest.approx(uniaxial(SAC305, 0.02, 1e-3, 298.15), rel=1e-9)
