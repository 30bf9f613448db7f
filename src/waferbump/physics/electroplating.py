"""Plated metal: Faraday's law and the mushroom over a rim. Current distribution over a wafer comes later."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

FARADAY = 96485.33212  # C/mol, CODATA 2018 (exact since the SI of 2019)


def charge_per_mass(composition: Mapping[str, float], molar_mass: Mapping[str, float], electrons: Mapping[str, int]) -> float:
    """Charge that reduces one kilogram of an alloy.

    q = F sum_j (w_j n_j / M_j)  [C/kg]

    Parameters
    ----------
    composition : w_j, mass fractions that sum to 1
    molar_mass : M_j [kg/mol]
    electrons : n_j, per reduced ion
    """
    return FARADAY * sum(w * electrons[e] / molar_mass[e] for e, w in composition.items())


def faraday_thickness(
    current_density: ArrayLike, time: ArrayLike, efficiency: ArrayLike, density: float, charge: float
) -> np.ndarray | float:
    """Thickness deposited by a current density over a time.

    h = i t CE / (rho q)

    Parameters
    ----------
    current_density : i [A/m^2], on the exposed area; array-like
    time : t [s], array-like
    efficiency : CE, current efficiency between 0 and 1
    density : rho [kg/m^3], of the deposit
    charge : q [C/kg], from `charge_per_mass`

    Returns
    -------
    h [m], broadcast.

    >>> q = charge_per_mass({"Cu": 1.0}, {"Cu": 0.063546}, {"Cu": 2})
    >>> float(round(faraday_thickness(100.0, 60.0, 1.0, 8960.0, q) * 1e6, 4))   # 0.2205 um/min at 1 A/dm^2
    0.2205
    """
    return (np.asarray(current_density, float) * np.asarray(time, float) * np.asarray(efficiency, float) / (density * charge))[()]


def mushroom_volume(mouth_radius: ArrayLike, overgrowth: ArrayLike) -> np.ndarray | float:
    """Volume that stands above a flush round mouth after isotropic overgrowth.

    V = pi a^2 s + pi^2 a s^2 / 2 + 2 pi s^3 / 3 (Steiner)

    Parameters
    ----------
    mouth_radius : a [m]
    overgrowth : s [m], distance grown beyond the rim, the same upwards and sideways

    Returns
    -------
    V [m^3], broadcast.
    """
    a, s = np.asarray(mouth_radius, float), np.asarray(overgrowth, float)
    return (np.pi * a**2 * s + np.pi**2 * a * s**2 / 2 + 2 * np.pi * s**3 / 3)[()]
