"""Flow at a point through a step in which strain and temperature change linearly in time: sub-steps, their errors and the exact tangent.

Each sub-step is the two-stage, second-order, L-stable Runge-Kutta method of Alexander (SIAM J. Numer. Anal. 14 (1977) 1006); each of its
stages is a radial return. Sub-steps are halved and doubled on a grid of powers of two by the difference of the two stages' rates, damped
as the stage itself damps it, so that fast relaxation is passed over without being followed. The derivative of every state by the strain
at the end of the step is carried along: the tangent is that of the numbers returned, for a grid that does not change.

Vectors here have their shears scaled by sqrt 2 (Mandel), so that products of vectors are products of tensors.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .flow import ANAND, REST, flow_rate, interpolated, stage

GAMMA = 1.0 - math.sqrt(0.5)
_CARRY = (1.0 - GAMMA) / GAMMA  # the first stage's increment enters the second's start by this
_DEEPEST = 40  # halvings
_MOST = 20000  # sub-steps tried in a step
_ROOT = math.sqrt(1.5)


@njit(cache=True, error_model="numpy", nogil=True)
def _stress_over(shear, strain, base, direction):
    """Equivalent stress of the deviatoric strain less `base`, and its direction s/q (0 without stress)."""
    mean = (strain[0] + strain[1] + strain[2]) / 3.0
    square = 0.0
    for i in range(6):
        direction[i] = 2.0 * shear * (strain[i] - (mean if i < 3 else 0.0) - base[i])
        square += direction[i] ** 2
    q = _ROOT * math.sqrt(square)
    for i in range(6):
        direction[i] = direction[i] / q if q > 0.0 else 0.0
    return q


@njit(cache=True, error_model="numpy", nogil=True)
def _damped(shear, longer, shorter, longer_direction, direction, out):
    """Stress of the difference of two flows, less what the second one's stage takes back of it: along its flow and across."""
    along, square = 0.0, 0.0
    for i in range(6):
        difference = 1.5 * (longer * longer_direction[i] - shorter * direction[i])
        along += _ROOT * direction[i] * difference
        square += difference**2
    across = math.sqrt(max(square - along * along, 0.0))
    return 2.0 * shear * _ROOT * (abs(along) * (1.0 - 3.0 * shear * out[1]) + across * (1.0 - 3.0 * shear * out[0]))


@njit(cache=True, error_model="numpy", nogil=True)
def _stage_at(law, numbers, rate, energy, log_dt, shear, strain, base, start, trial, out):
    """Radial return from `base` at a strain: fills `trial` (s/q) and `out`; False where the search did not end.

    out : p/q_trial, dp/dq_trial, dp/ds_start, ds/dq_trial, ds/ds_start, s, p, q
    """
    q_trial = _stress_over(shear, strain, base, trial)
    floor = REST * start if law == ANAND else 1e-60  # Pa: a power law has no stress of its own, this one is not zero
    asked = max(q_trial, floor)
    p, s, dp_dq, dp_ds, ds_dq, ds_ds, found = stage(law, numbers, rate - energy, log_dt, 3.0 * shear, asked, start)
    ratio = p / asked
    if q_trial <= floor:
        trial[:] = 0.0
    out[0], out[1], out[2], out[3], out[4] = ratio, dp_dq, dp_ds, ds_dq, ds_ds
    out[5], out[6] = s, ratio * q_trial
    out[7] = q_trial * (1.0 - 3.0 * shear * ratio)
    return found and math.isfinite(s) and math.isfinite(ratio) and s > 0.0


@njit(cache=True, error_model="numpy", nogil=True)
def _derive(out, trial, shear, part, by_base, by_start, by_flow):
    """Derivative of a stage's flow by the strain at the end of the step into `by_flow`; of its resistance into `by_start`, in place.

    part : share of the step passed at the stage: d strain / d strain at the end
    """
    w, slope, by_s, s_by_q, s_by_s = out[0], out[1], out[2], out[3], out[4]
    for j in range(6):
        along = 0.0
        for i in range(6):
            deviator = part * ((1.0 if i == j else 0.0) - (1.0 / 3.0 if i < 3 and j < 3 else 0.0))
            change = 2.0 * shear * (deviator - by_base[i, j])
            by_flow[i, j] = 1.5 * w * change
            along += trial[i] * change
        along *= 1.5
        factor = 1.5 * ((slope - w) * along + by_s * by_start[j])
        for i in range(6):
            by_flow[i, j] += factor * trial[i]
        by_start[j] = s_by_q * along + s_by_s * by_start[j]


@njit(cache=True, error_model="numpy", nogil=True)
def flow_through_step(
    law, numbers, rate, activation, young_at, young, poisson_at, poisson, tolerance, strain, temperature, dt, state, stress, tangent
):
    """Stress, tangent and state of all points after a step, into `stress`, `tangent` and `state`.

    e_in' = 3/2 p'(q, s, T) s_ij/q;  sigma = C(T) : (e - e_in), along a straight path of strain and temperature

    Parameters
    ----------
    law : ANAND or NORTON [number of the law]
    numbers : of the law, as `stage` takes them [1 and Pa], shape (6,)
    rate : ln A [ln of 1/s]
    activation : Q/R [K]
    young_at, poisson_at : temperatures of the tables [K]
    young : E [Pa], shape of young_at
    poisson : nu [1], shape of poisson_at
    tolerance : of a sub-step, of the stress [1]
    strain : mechanical, at the end of the step [1], shape (points, 6)
    temperature : at the end of the step [K], shape (points,)
    dt : time step [s]
    state : columns e_in (6), s, work, p, strain (6), T of the start [1, Pa, J/m^3, K], changed in place, shape (points, 16)
    stress : filled [Pa], shape (points, 6)
    tangent : filled [Pa], shape (points, 6, 6)

    Raises
    ------
    Nothing: the number of the first point at which no sub-step was small enough is returned, -1 if there is none.

    Valid for small strain. Source: Alexander's method; Simo and Hughes, Computational Inelasticity (1998), for the radial return.
    """
    scale = np.array([1.0, 1.0, 1.0, math.sqrt(0.5), math.sqrt(0.5), math.sqrt(0.5)])  # engineering shear to Mandel, stress back
    first, last, now, base = np.empty(6), np.empty(6), np.empty(6), np.empty(6)
    flow, before, trial_1, trial_2 = np.empty(6), np.empty(6), np.empty(6), np.empty(6)
    out_1, out_2 = np.empty(8), np.empty(8)
    by_flow, by_base, by_1, by_2 = np.empty((6, 6)), np.empty((6, 6)), np.empty((6, 6)), np.empty((6, 6))
    by_s, by_start = np.empty(6), np.empty(6)
    for k in range(len(strain)):
        t_first, t_last = state[k, 15], temperature[k]
        if t_first <= 0.0:  # nothing is known from before the first step
            t_first = t_last
        for i in range(6):
            flow[i] = state[k, i] * scale[i]
            first[i], last[i] = state[k, 9 + i] * scale[i], strain[k, i] * scale[i]
            by_s[i] = 0.0
            for j in range(6):
                by_flow[i, j] = 0.0
        s, work, total = state[k, 6], state[k, 7], state[k, 8]
        shear_2 = interpolated(young_at, young, t_first) / (2.0 * (1.0 + interpolated(poisson_at, poisson, t_first)))
        q_first = _stress_over(shear_2, first, flow, before)
        speed = 0.0
        if q_first > REST * s:
            speed = math.exp(min(flow_rate(law, numbers, rate - activation / t_first, q_first, s), 300.0))
        place, level, tries, whole, peak = 0, 0, 0, 1 << _DEEPEST, q_first
        while place < whole and dt > 0.0:
            tries += 1
            length = whole >> level
            # first stage
            h = dt * length / whole
            part_1, part_2 = (place + GAMMA * length) / whole, (place + length) / whole
            t = t_first + part_1 * (t_last - t_first)
            shear_1 = interpolated(young_at, young, t) / (2.0 * (1.0 + interpolated(poisson_at, poisson, t)))
            for i in range(6):
                now[i] = first[i] + part_1 * (last[i] - first[i])
            log_dt = math.log(GAMMA * h)
            good = _stage_at(law, numbers, rate, activation / t, log_dt, shear_1, now, flow, s, trial_1, out_1)
            # second stage, from where the first one's rate leads to
            start = s + _CARRY * (out_1[5] - s)
            error = math.inf
            if good and start > 0.0:
                t = t_first + part_2 * (t_last - t_first)
                shear_2 = interpolated(young_at, young, t) / (2.0 * (1.0 + interpolated(poisson_at, poisson, t)))
                for i in range(6):
                    now[i] = first[i] + part_2 * (last[i] - first[i])
                    base[i] = flow[i] + _CARRY * 1.5 * out_1[6] * trial_1[i]
                good = _stage_at(law, numbers, rate, activation / t, log_dt, shear_2, now, base, start, trial_2, out_2)
                if good:
                    error = _damped(shear_2, out_1[6], out_2[6], trial_1, trial_2, out_2)
                    # neither stage sees how fast the flow was at the start: it coasts on when the strain turns back
                    # but no further than the stress it began with gives way
                    coasting = min(speed * GAMMA * h, max(q_first / (3.0 * shear_1), out_1[6]))
                    error = max(error, _damped(shear_1, coasting, out_1[6], before, trial_1, out_1))
                    # what is a tenth of the resistance, or of the stress there has been in this step, need not be as exact: our choice
                    size = max(out_1[7], out_2[7], 0.1 * (s if law == ANAND else peak))
                    if law == ANAND:
                        error += out_2[7] / out_2[5] * out_2[4] * abs((out_2[5] - start) - (out_1[5] - s))
                    error = error / (tolerance * size) if size > 0.0 else 0.0
            if error > 1.0:
                if level == _DEEPEST or tries > _MOST:
                    return k
                # the error falls with the square of the length; that of a kink less, and what cannot be told is cut to a sixteenth
                level += min(4, 1 + int(0.4 * math.log2(min(error, 1e9))), _DEEPEST - level)
                continue
            for i in range(6):
                by_start[i] = by_s[i]
                for j in range(6):
                    by_base[i, j] = by_flow[i, j]
            _derive(out_1, trial_1, shear_1, part_1, by_base, by_start, by_1)
            for i in range(6):
                by_start[i] = by_s[i] + _CARRY * (by_start[i] - by_s[i])
                for j in range(6):
                    by_base[i, j] += _CARRY * by_1[i, j]
            _derive(out_2, trial_2, shear_2, part_2, by_base, by_start, by_2)
            for i in range(6):
                flow[i] = base[i] + 1.5 * out_2[6] * trial_2[i]
                by_s[i] = by_start[i]
                for j in range(6):
                    by_flow[i, j] = by_base[i, j] + by_2[i, j]
                before[i] = trial_2[i]
            s, speed, q_first = out_2[5], out_2[6] / (GAMMA * h), out_2[7]
            peak = max(peak, q_first)
            work += _CARRY * out_1[7] * out_1[6] + out_2[7] * out_2[6]
            total += _CARRY * out_1[6] + out_2[6]
            place += length
            if error < 0.2 and level > 0 and place % (length * 2) == 0:  # twice the length has four times the error
                level -= 1
        modulus, ratio = interpolated(young_at, young, t_last), interpolated(poisson_at, poisson, t_last)
        shear, bulk = modulus / (2.0 * (1.0 + ratio)), modulus / (3.0 * (1.0 - 2.0 * ratio))
        volume = last[0] + last[1] + last[2]
        for i in range(6):
            mean = volume / 3.0 if i < 3 else 0.0
            stress[k, i] = scale[i] * (2.0 * shear * (last[i] - mean - flow[i]) + (bulk * volume if i < 3 else 0.0))
            state[k, i], state[k, 9 + i] = flow[i] / scale[i], strain[k, i]
            for j in range(6):
                both = i < 3 and j < 3
                value = 2.0 * shear * ((1.0 if i == j else 0.0) - (1.0 / 3.0 if both else 0.0) - by_flow[i, j]) + (bulk if both else 0.0)
                tangent[k, i, j] = scale[i] * scale[j] * value
        state[k, 6], state[k, 7], state[k, 8], state[k, 15] = s, work, total, t_last
    return -1
