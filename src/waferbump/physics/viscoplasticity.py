"""A bar of solder pulled along one axis: Anand's law through any history of strain and temperature.

sigma = E(T) (e - e_in), e_in' = p' sign(sigma), with p' and s' as AnandParameters says. Every interval is stepped with Alexander's
L-stable Runge-Kutta method of order two; a step is done once whole and once in halves, which tells its error and takes most of it off.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from .constitutive.flow import ANAND, interpolated, stage, table_arrays
from .constitutive.impossible import ConstitutiveError, checked
from .constitutive.parameters import AnandParameters, saturation_stress

__all__ = ["UniaxialHistory", "saturation_stress", "uniaxial", "uniaxial_history"]

_GAMMA = 1.0 - math.sqrt(0.5)
_TOLERANCE = 1e-6  # of a step, of stress and resistance: the reference curves are met to 1e-5; our choice
_MOST = 1_000_000  # steps tried in one interval


@njit(cache=True, error_model="numpy")
def _step(numbers, rate, activation, young_at, young, path, begin, h, start, end):
    """One step of two stages from `start` (e_in, s, work) into `end`; False where it cannot be made."""
    flow, s, work = start[0], start[1], start[2]
    for k in range(2):
        part = begin + (_GAMMA if k == 0 else 1.0) * h
        strain, t = path[0] + part * path[1], path[2] + part * path[3]
        modulus = interpolated(young_at, young, t)
        elastic = strain - flow
        p, q = 0.0, modulus * abs(elastic)
        if q > 1e-12 * s:
            log_dt = math.log(_GAMMA * h * path[4])
            p, s_new, _a, _b, _c, _d, found = stage(ANAND, numbers, rate - activation / t, log_dt, modulus, q, s)
            if not found:
                return False
        else:
            s_new = s
        q -= modulus * p
        gained = math.copysign(p, elastic)
        if k == 0:
            carry = (1.0 - _GAMMA) / _GAMMA
            flow += carry * gained
            s += carry * (s_new - s)
            work += carry * q * p
            if s <= 0.0:
                return False
        else:
            end[0], end[1], end[2] = flow + gained, s_new, work + q * p
    return math.isfinite(end[0]) and end[1] > 0.0


@njit(cache=True, error_model="numpy")
def _through(numbers, rate, activation, young_at, young, tolerance, time, strain, temperature, out):
    """Fill `out` (stress, s, e_in, work at every time) from its first row on; the interval that cannot be followed, or -1."""
    path, now = np.empty(5), np.empty(3)
    whole, half, halves = np.empty(3), np.empty(3), np.empty(3)
    now[0], now[1], now[2] = out[0, 2], out[0, 1], out[0, 3]
    for i in range(1, len(time)):
        path[0], path[1] = strain[i - 1], strain[i] - strain[i - 1]
        path[2], path[3] = temperature[i - 1], temperature[i] - temperature[i - 1]
        path[4] = time[i] - time[i - 1]
        begin, h, tries = 0.0, 1e-2, 0
        while begin < 1.0:
            tries += 1
            h = min(h, 1.0 - begin)
            if 1.0 - begin - h < 1e-3 * h:  # no last step that is next to nothing
                h = 1.0 - begin
            good = _step(numbers, rate, activation, young_at, young, path, begin, h, now, whole)
            good = good and _step(numbers, rate, activation, young_at, young, path, begin, h / 2, now, half)
            good = good and _step(numbers, rate, activation, young_at, young, path, begin + h / 2, h / 2, half, halves)
            error = math.inf
            if good:
                modulus = interpolated(young_at, young, path[2] + (begin + h) * path[3])
                stress = modulus * abs(path[0] + (begin + h) * path[1] - halves[0])
                off = modulus * abs(whole[0] - halves[0]) / max(stress, 0.01 * halves[1])
                error = max(off, abs(whole[1] - halves[1]) / halves[1]) / (3.0 * tolerance)
            if error <= 1.0:
                # the third of the difference is the halves' error: Richardson's extrapolation
                for j in range(3):
                    now[j] = halves[j] + (halves[j] - whole[j]) / 3.0
                begin = 1.0 if h >= 1.0 - begin else begin + h
            if tries > _MOST or h < 1e-14:
                return i
            h *= min(4.0, max(0.1, 0.8 * error ** (-1.0 / 3.0))) if error > 0.0 else 4.0
        out[i, 0] = interpolated(young_at, young, temperature[i]) * (strain[i] - now[0])
        out[i, 1], out[i, 2], out[i, 3] = now[1], now[0], now[2]
    return -1


@dataclass(frozen=True)
class UniaxialHistory:
    """What a bar went through.

    time [s], strain [1], temperature [K] : as given;  stress [Pa], resistance [Pa], inelastic_strain [1], inelastic_work [J/m^3] : at
    these times, shape (times,); stresses and work in the unit of the constants' stress
    """

    time: np.ndarray
    strain: np.ndarray
    temperature: np.ndarray
    stress: np.ndarray
    resistance: np.ndarray
    inelastic_strain: np.ndarray
    inelastic_work: np.ndarray


def uniaxial_history(
    parameters: Mapping[str, object] | AnandParameters, time: ArrayLike, strain: ArrayLike, temperature: ArrayLike
) -> UniaxialHistory:
    """Stress in a bar that follows a history of strain and temperature, straight between the times given.

    sigma = E(T) (e - e_in), e_in' = A exp(-Q/RT) sinh(xi |sigma|/s)^(1/m) sign(sigma)

    Parameters
    ----------
    parameters : AnandParameters or a mapping of the customary symbols [Pa, K, 1/s], any one unit of stress
    time : t [s], rising, shape (times,)
    strain : e [1], mechanical, from the unstressed length, shape (times,)
    temperature : T [K], shape (times,) or one for all

    Raises
    ------
    ConstitutiveError : times that do not rise, shapes that do not fit, a history that cannot be followed.

    Valid where the constants were fitted; to 1e-5 of the stress. Source: Brown, Kim and Anand, Int. J. Plasticity 5 (1989) 95.

    >>> tin_lead = {"s0": 12.41, "QR": 9400.0, "A": 4e6, "xi": 1.5, "m": 0.303, "h0": 1378.95, "shat": 13.79, "n": 0.07, "a": 1.3}
    >>> held = uniaxial_history(tin_lead | {"ET": 30e3}, [0.0, 1.0, 3600.0], [0.0, 1e-3, 1e-3], 298.15)
    >>> held.stress.round(2).tolist()  # MPa: pulled, then relaxed for an hour
    [0.0, 27.95, 4.78]
    """
    one = AnandParameters.of(parameters)
    time, strain = checked("a time", time), checked("a strain", strain)
    if time.ndim != 1 or strain.shape != time.shape or len(time) == 0:
        raise ConstitutiveError(f"a history needs as many strains as times, they have the shapes {strain.shape} and {time.shape}")
    if np.any(np.diff(time) <= 0):
        raise ConstitutiveError("the times of a history must rise")
    temperature = checked("a temperature in kelvin", temperature, above=0.0)
    if temperature.shape not in ((), time.shape):
        raise ConstitutiveError(f"a history needs one temperature or as many as times, not the shape {temperature.shape}")
    temperature = np.array(np.broadcast_to(temperature, time.shape))
    young_at, young = table_arrays(one.young_modulus)
    out = np.zeros((len(time), 4))
    out[0, :2] = np.interp(temperature[0], young_at, young) * strain[0], one.s0
    numbers = np.array([one.m, one.xi, one.h0, one.s_hat, one.n, one.a])
    failed = _through(
        numbers, math.log(one.A), one.activation_temperature, young_at, young, _TOLERANCE, time, np.array(strain), temperature, out
    )
    if failed >= 0:
        raise ConstitutiveError(f"the flow between {time[failed - 1]:g} s and {time[failed]:g} s cannot be followed with these constants")
    return UniaxialHistory(time, strain, temperature, *out.T)


def uniaxial(
    parameters: Mapping[str, object] | AnandParameters, strain: ArrayLike, strain_rate: ArrayLike, temperature: ArrayLike
) -> np.ndarray | float:
    """Stress in a bar pulled from rest at a steady rate.

    sigma = E(T) (e - e_in), e = e' t

    Parameters
    ----------
    parameters : AnandParameters or a mapping of s0, QR, A, xi, m, h0, shat, n, a, ET [Pa, K, 1/s], any one unit of stress
    strain : e [1], negative where the bar is pressed, array-like
    strain_rate : |e'| [1/s], array-like
    temperature : T [K], array-like

    Raises
    ------
    ConstitutiveError : a rate or temperature that is not positive, a curve that cannot be followed.

    Valid where the constants were fitted; to 1e-5 of the stress. Source: Brown, Kim and Anand, Int. J. Plasticity 5 (1989) 95.
    Returns the stress in the unit of the constants, broadcast.

    >>> tin_lead = {"s0": 12.41, "QR": 9400.0, "A": 4e6, "xi": 1.5, "m": 0.303, "h0": 1378.95, "shat": 13.79, "n": 0.07, "a": 1.3}
    >>> uniaxial(tin_lead | {"ET": 30e3}, [0.001, 0.01], 1e-3, 298.15).round(2).tolist()
    [27.95, 39.24]
    """
    one = AnandParameters.of(parameters)
    strain = checked("a strain", strain)
    rate = checked("a strain rate", strain_rate, above=0.0)
    temperature = checked("a temperature in kelvin", temperature, above=0.0)
    try:
        strain, rate, temperature = np.broadcast_arrays(strain, rate, temperature)
    except ValueError:
        raise ConstitutiveError(
            f"strain, rate and temperature of the shapes {strain.shape}, {rate.shape} and {temperature.shape} do not fit together"
        ) from None
    stress = np.zeros(strain.shape)
    for pair in np.unique(np.stack([rate.ravel(), temperature.ravel()], axis=1), axis=0):
        curve = (rate == pair[0]) & (temperature == pair[1])
        reached, place = np.unique(np.append(0.0, np.abs(strain[curve])), return_inverse=True)
        along = uniaxial_history(one, reached / pair[0], reached, pair[1]).stress[place.ravel()[1:]]
        stress[curve] = np.copysign(along, strain[curve])
    return stress[()]
