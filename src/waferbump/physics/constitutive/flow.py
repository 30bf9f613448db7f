"""One implicit stage of viscous flow: how far a solid flows along a fixed direction while its stress falls by what it flows.

With p the inelastic increment of a stage and x = ln p, the stage is  F(x) = q_trial - modulus e^x - q(x) = 0,  where q(x) is the stress at
which the law flows by e^x: the laws are solved for the stress, not for the rate, so that no exponential of a stress is ever taken and
nothing overflows. F falls with x and is concave (while the solid hardens), so Newton from the right comes down on the root; a
bracket keeps it where the solid softens. The logarithm spreads rates of forty decades evenly.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

ANAND, NORTON = 0, 1
REST = 1e-10  # of the resistance: below this stress the ratio of flow to stress is taken as it is there; our choice
_NEAR = 1e-8  # where Newton's next error is its square, below the last digit
_STEPS = 100  # most iterations of a search; about five are usual


@njit(cache=True, error_model="numpy", nogil=True)
def _hardened(start, target, reach, power):
    """Resistance s of s - start = reach y^power sign(1 - s/target), y = |1 - s/target|; the sign, 1 + c power y^(power-1) and c y^power.

    c = reach/target
    """
    whole = 1.0 - start / target
    sign = 1.0 if whole >= 0 else -1.0
    whole = abs(whole)
    if whole == 0.0 or reach == 0.0:
        return start, sign, 1.0, 0.0
    c = reach / target
    # y + c y^a = whole, convex and rising: Newton falls onto the root from the right
    y = whole
    if c * whole ** (power - 1.0) > 1.0:
        y = (whole / c) ** (1.0 / power)
    for _ in range(_STEPS):
        raised = c * y ** (power - 1.0)
        change = y * (1.0 + raised) - whole
        change /= 1.0 + raised * power
        y = max(y - change, 1e-3 * y)
        if abs(change) <= _NEAR * whole:
            break
    raised = c * y ** (power - 1.0)
    return target * (1.0 - sign * y), sign, 1.0 + raised * power, raised * y


@njit(cache=True, error_model="numpy", nogil=True)
def _stress_of_flow(law, numbers, log_rate, log_dt, x, start):
    """Stress q at which the law flows by e^x within e^log_dt, its slopes in x and in the resistance at the start; that resistance after it.

    numbers : m, xi, h0, s_hat, n, a of Anand's law, or the exponent of Norton's;  log_rate : ln of A exp(-Q/RT)
    """
    z = x - log_dt - log_rate  # ln of the Zener-Hollomon ratio
    if law == NORTON:
        q = math.exp(z / numbers[0])
        return q, q / numbers[0], 0.0, start, 0.0, 1.0
    m, xi, h0, s_hat, n, a = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]
    target, flow = s_hat * math.exp(n * z), math.exp(x)
    s, sign, slope, gained = _hardened(start, target, h0 * flow, a)
    # y + c y^a = |1 - start/target|, c = h0 p/target: implicit derivatives of y, then of s = target (1 - sign y)
    dy = (sign * n * start / target - (1.0 - n) * gained) / slope
    ds_dx, ds_dstart = n * s - sign * target * dy, 1.0 / slope
    u = m * z
    if u > 300.0:
        sinh_inverse, growth = u + math.log(2.0), 1.0
    else:
        e = math.exp(u)
        sinh_inverse, growth = math.asinh(e), e / math.sqrt(1.0 + e * e)
    return s / xi * sinh_inverse, (ds_dx * sinh_inverse + s * m * growth) / xi, ds_dstart * sinh_inverse / xi, s, ds_dx, ds_dstart


@njit(cache=True, error_model="numpy", nogil=True)
def flow_rate(law, numbers, log_rate, q, resistance):
    """Logarithm of the rate at which a law flows.

    ln p' = ln A - Q/RT + ln sinh(xi q/s)/m, or ln B - Q/RT + N ln q

    Parameters
    ----------
    law : ANAND or NORTON [number of the law]
    numbers : of the law, as `stage` takes them [1 and Pa], shape (6,)
    log_rate : ln(A exp(-Q/RT)) [ln of 1/s], of Norton's law ln of its coefficient
    q : stress [Pa], positive
    resistance : s [Pa]

    Raises
    ------
    Nothing.

    Valid for any positive stress; the logarithm of sinh does not overflow. Source: Anand's and Norton's laws.
    """
    if law == NORTON:
        return log_rate + numbers[0] * math.log(q)
    argument = numbers[1] * q / resistance
    if argument > 20.0:
        logarithm = argument - math.log(2.0)  # to the last digit
    else:
        logarithm = math.log(math.sinh(argument))
    return log_rate + logarithm / numbers[0]


@njit(cache=True, error_model="numpy", nogil=True)
def stage(law, numbers, log_rate, log_dt, modulus, q_trial, start):
    """Flow of one implicit stage and how it answers to its trial stress and to the resistance it starts from.

    q_trial = modulus p + q(p), s = s_start + ds(p)

    Parameters
    ----------
    law : ANAND or NORTON [number of the law]
    numbers : m, xi, h0, s_hat, n, a of Anand's law, the exponent of Norton's [1 and Pa], shape (6,)
    log_rate : ln(A exp(-Q/RT)) [ln of 1/s], of Norton's law ln of its coefficient
    log_dt : ln of the stage's time [ln of s]
    modulus : what p takes off the trial stress: 3G, or E along one axis [Pa]
    q_trial : stress if nothing flowed [Pa], positive
    start : resistance the stage starts from [Pa]

    Raises
    ------
    Nothing: the last item is False where the search did not end.

    Valid for any positive stress and time. Source: backward Euler for Anand's and Norton's laws; the search is ours.
    Returns p, s, dp/dq_trial, dp/ds_start, ds/dq_trial, ds/ds_start, found.
    """
    high = math.log(q_trial / modulus)  # all of the trial stress flows away: F < 0
    x, low = min(high, log_dt + flow_rate(law, numbers, log_rate, q_trial, start)), -math.inf
    found, slope, by_start, s, ds_dx, ds_dstart = False, 1.0, 0.0, start, 0.0, 1.0
    for _ in range(_STEPS):
        q, slope, by_start, s, ds_dx, ds_dstart = _stress_of_flow(law, numbers, log_rate, log_dt, x, start)
        flowed = modulus * math.exp(x)
        left = q_trial - flowed - q
        if left < 0.0:
            high = x
        else:
            low = x
        slope += flowed
        move = left / slope if slope > 0.0 else (1.0 if left > 0.0 else -1.0)
        if abs(move) < _NEAR:  # the last move is made, the resistance with it; the slopes stay
            x += move
            s += ds_dx * move
            found = True
            break
        following = x + move
        if following <= low or following >= high:
            following = (low + high) / 2 if low > -math.inf else x - 1.0
        if following == x:
            found = True
            break
        x = following
    p = math.exp(x)
    dx_dq, dx_dstart = 1.0 / slope, -by_start / slope
    return p, s, p * dx_dq, p * dx_dstart, ds_dx * dx_dq, ds_dx * dx_dstart + ds_dstart, found


@njit(cache=True, error_model="numpy", nogil=True)
def interpolated(points, values, temperature):
    """A table at a temperature, held beyond its ends.

    v(T), piecewise linear

    Parameters
    ----------
    points : T of the table [K], rising, shape (points,)
    values : v [any], shape (points,)
    temperature : T [K]

    Raises
    ------
    Nothing.

    Valid within the table. Source: linear interpolation.
    """
    if temperature <= points[0]:
        return values[0]
    for i in range(1, len(points)):
        if temperature <= points[i]:
            part = (temperature - points[i - 1]) / (points[i] - points[i - 1])
            return values[i - 1] + part * (values[i] - values[i - 1])
    return values[-1]


def table_arrays(quantity: object) -> tuple[np.ndarray, np.ndarray]:
    """A number or a table as the two arrays that compiled code reads.

    v(T), piecewise linear

    Parameters
    ----------
    quantity : v [any], a number or a Table

    Raises
    ------
    Nothing: the quantity has been checked.

    Valid for numbers and tables. Source: our choice of form.

    >>> table_arrays(2.0)[1]
    array([2.])
    """
    if hasattr(quantity, "temperatures"):
        return np.array(quantity.temperatures), np.array(quantity.values)
    return np.array([300.0]), np.array([float(quantity)])  # any temperature does: one point is held everywhere
