"""Metals that yield: von Mises plasticity with kinematic hardening, of Prager or of Armstrong, Frederick and Chaboche."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from .elastic import isotropic_stiffness
from .impossible import ConstitutiveError, checked_points
from .tables import Table, checked_quantity, isotropic_expansion, value_at

_AXES = ("xx", "yy", "zz", "xy", "yz", "zx")
_STEPS = 60  # most iterations of the search; the residual falls at least as fast as 3G, about five are usual


@njit(cache=True, error_model="numpy", nogil=True)
def _shrunk(recall, p):
    """What is left of a backstress after a flow p, and the flow it has gained from: e^(-g p) and (1 - e^(-g p))/g."""
    left = math.exp(-recall * p)
    return left, -math.expm1(-recall * p) / recall if recall > 0.0 else p


@njit(cache=True, error_model="numpy", nogil=True)
def yield_return(strain, stiffness, yield_stress, hardening, recall, state, stress, tangent):
    """Stress, tangent and state of all points after a step, into `stress`, `tangent` and `state`.

    q(s - sum alpha_k) <= sigma_y;  alpha_k = 2/3 C_k a_k, a_k' = e_p' - gamma_k a_k p', integrated exactly along the flow's direction

    Parameters
    ----------
    strain : mechanical, at the end of the step [1], shape (points, 6)
    stiffness : C [Pa], isotropic, shape (points, 6, 6); becomes the tangent
    yield_stress : sigma_y [Pa], shape (points,)
    hardening : C_k [Pa], shape (points, backstresses)
    recall : gamma_k [1], shape (backstresses,)
    state : columns e_p (6), work, p, a_k (6 each) [1, J/m^3], changed in place
    stress : filled [Pa], shape (points, 6)
    tangent : filled [Pa], shape (points, 6, 6)

    Raises
    ------
    Nothing: the number of the first point whose search did not end is returned, -1 if there is none.

    Valid for small strain. Source: Chaboche, Int. J. Plasticity 5 (1989) 247; Simo and Hughes, Computational Inelasticity (1998).
    """
    scale = np.array([1.0, 1.0, 1.0, math.sqrt(0.5), math.sqrt(0.5), math.sqrt(0.5)])  # between engineering shear and Mandel
    trial, shifted, slope_of = np.empty(6), np.empty(6), np.empty(6)
    many = len(recall)
    for k in range(len(strain)):
        shear, sigma_y = stiffness[k, 3, 3], yield_stress[k]
        bulk = stiffness[k, 0, 0] - 4.0 * shear / 3.0
        volume = strain[k, 0] + strain[k, 1] + strain[k, 2]
        for i in range(6):
            trial[i] = 2.0 * shear * ((strain[k, i] - state[k, i]) * scale[i] - (volume / 3.0 if i < 3 else 0.0))
        p, found, q, slope = 0.0, False, 0.0, 1.0
        low, high = 0.0, math.inf
        for step in range(_STEPS):
            steep, gained, square = 3.0 * shear, 3.0 * shear * p, 0.0
            for i in range(6):
                shifted[i], slope_of[i] = trial[i], 0.0
            for b in range(many):
                left, grown = _shrunk(recall[b], p)
                steep += hardening[k, b] * left
                gained += hardening[k, b] * grown
                for i in range(6):
                    alpha = 2.0 / 3.0 * hardening[k, b] * state[k, 8 + 6 * b + i] * scale[i]
                    shifted[i] -= left * alpha
                    slope_of[i] += recall[b] * left * alpha
            along = 0.0
            for i in range(6):
                square += shifted[i] ** 2
                along += 1.5 * shifted[i] * slope_of[i]
            q = math.sqrt(1.5 * square)
            beyond = q - sigma_y - gained
            slope = steep - (along / q if q > 0.0 else 0.0)
            if step == 0:
                if beyond <= 0.0:
                    found = True
                    break
                high = beyond / (3.0 * shear)  # the residual falls at least by 3G
            if abs(beyond) <= 1e-13 * (sigma_y + q):
                found = True
                break
            if beyond > 0.0:
                low = p
            else:
                high = p
            following = p + beyond / slope
            if following < low or following > high:
                following = (low + high) / 2
            if following == p:
                found = True
                break
            p = following
        if not found:
            return k
        if p > 0.0:
            # shifted = N q: the flow's direction; e_p grows by 3/2 p N with N = (s - alpha)/sigma_y, which is parallel to it
            carried = 0.0
            for i in range(6):
                shifted[i] /= q
            for b in range(many):
                left, grown = _shrunk(recall[b], p)
                c, old = hardening[k, b], 0.0
                for i in range(6):
                    column = 8 + 6 * b + i
                    old += 1.5 * shifted[i] * 2.0 / 3.0 * c * state[k, column] * scale[i]
                    state[k, column] = left * state[k, column] + 1.5 * grown * shifted[i] / scale[i]
                # alpha : e_p' over the step, exactly for a flow of one direction
                small = recall[b] * p < 1e-6
                carried += old * grown + c * (p * p / 2.0 if small else (p - grown) / recall[b])
            state[k, 6] += sigma_y * p + carried
            state[k, 7] += p
            for i in range(6):
                state[k, i] += 1.5 * p * shifted[i] / scale[i]
                trial[i] -= 3.0 * shear * p * shifted[i]
            # d e_p = 3/2 (N dp + p dN), dN = (I - 3/2 N N)(d trial + slope_of dp)/q, dp = 3/2 N . d trial/slope
            normal_slope = 0.0
            for i in range(6):
                normal_slope += 1.5 * shifted[i] * slope_of[i]
            for i in range(6):
                turn = shifted[i] + p / q * (slope_of[i] - normal_slope * shifted[i])
                for j in range(6):
                    both = i < 3 and j < 3
                    deviator = (1.0 if i == j else 0.0) - (1.0 / 3.0 if both else 0.0)
                    by_trial = 1.5 * turn * 1.5 * shifted[j] / slope + 1.5 * p / q * (deviator - 1.5 * shifted[i] * shifted[j])
                    tangent[k, i, j] = (
                        scale[i] * scale[j] * (2.0 * shear * deviator - 4.0 * shear * shear * by_trial + (bulk if both else 0.0))
                    )
        else:
            for i in range(6):
                for j in range(6):
                    tangent[k, i, j] = stiffness[k, i, j]
        for i in range(6):
            stress[k, i] = trial[i] * scale[i] + (bulk * volume if i < 3 else 0.0)
    return -1


@dataclass(frozen=True)
class Kinematic:
    """A metal that yields at a von Mises stress and hardens by shifting its yield surface.

    q(s - sum alpha_k) = sigma_y(T);  alpha_k = 2/3 C_k(T) a_k, a_k' = e_p' - gamma_k a_k p'

    young_modulus : E [Pa];  poisson_ratio : nu [1];  expansion : alpha [1/K];  yield_stress : sigma_y [Pa], half the width of the elastic
    range;  hardening_modulus : C = d stress / d plastic strain along one axis [Pa], Prager's straight line;  chaboche : pairs of C_k [Pa]
    and gamma_k [1] in its place, gamma_k = 0 a straight line. Each but gamma_k a number or a Table.

    The backstrain a_k is kept, not the backstress, so that a change of C_k(T) acts on what has hardened before. Integration is exact for
    a flow that keeps its direction within a step, temperature being that at its end. State: plastic strain (6) [1], inelastic work
    [J/m^3], accumulated equivalent plastic strain [1], backstrains (6 each) [1].
    """

    young_modulus: float | Table
    poisson_ratio: float | Table
    expansion: float | Table
    yield_stress: float | Table
    hardening_modulus: float | Table = 0.0
    chaboche: Sequence[tuple[float | Table, float]] = ()

    linear: ClassVar[bool] = False

    def __post_init__(self):
        checked_quantity("a Young's modulus", self.young_modulus, above=0.0)
        checked_quantity("a Poisson's ratio", self.poisson_ratio, above=-1.0, below=0.5)
        checked_quantity("a coefficient of expansion", self.expansion)
        checked_quantity("a yield stress", self.yield_stress, above=0.0)
        checked_quantity("a hardening modulus", self.hardening_modulus, lowest=0.0)
        object.__setattr__(self, "chaboche", tuple((c, float(gamma)) for c, gamma in self.chaboche))
        for c, gamma in self.chaboche:
            checked_quantity("a backstress's modulus", c, lowest=0.0)
            checked_quantity("a backstress's recall", gamma, lowest=0.0)
        if self.chaboche and (isinstance(self.hardening_modulus, Table) or self.hardening_modulus != 0.0):
            raise ConstitutiveError("a metal hardens by a hardening modulus or by Chaboche's backstresses, not both; add the pair (C, 0)")

    @property
    def backstresses(self) -> tuple[tuple[float | Table, float], ...]:
        """Pairs of C_k [Pa] and gamma_k [1]."""
        return self.chaboche or ((self.hardening_modulus, 0.0),)

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the state's columns."""
        many = len(self.backstresses)
        backstrains = [f"backstrain{'' if many == 1 else f'_{k + 1}'}_{a}" for k in range(many) for a in _AXES]
        return (*(f"inelastic_strain_{a}" for a in _AXES), "inelastic_work", "equivalent_inelastic_strain", *backstrains)

    def initial_state(self, points: int, temperature: ArrayLike | None = None) -> np.ndarray:
        """State of a metal that has not yielded, at any temperature [K], shape (points, columns)."""
        return np.zeros((points, len(self.state_names)))

    def update(
        self, strain: np.ndarray, temperature: np.ndarray, dt: float, state: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Stress [Pa] (points, 6), consistent tangent [Pa] (points, 6, 6) and new state after a step; time plays no part.

        strain : mechanical, at the end of the step [1] (points, 6);  temperature : [K] (points,);  state : at its start, left as it is
        """
        strain, temperature, _ = checked_points(strain, temperature, dt)
        new = np.array(state, float, order="C")
        if new.shape != (len(strain), len(self.state_names)):
            raise ConstitutiveError(
                f"the state of {len(strain)} points has the shape ({len(strain)}, {len(self.state_names)}), not {new.shape}"
            )
        stiffness = isotropic_stiffness(value_at(self.young_modulus, temperature), value_at(self.poisson_ratio, temperature))
        hardening = np.stack([value_at(c, temperature) for c, _ in self.backstresses], axis=1)
        recall = np.array([gamma for _, gamma in self.backstresses])
        stress, tangent = np.empty_like(strain), np.empty_like(stiffness)
        failed = yield_return(strain, stiffness, value_at(self.yield_stress, temperature), hardening, recall, new, stress, tangent)
        if failed >= 0:
            raise ConstitutiveError(f"the yielding of point {failed} cannot be followed: its strain is {np.abs(strain[failed]).max():.3g}")
        return stress, tangent, new

    def thermal_strain(self, temperature: ArrayLike, stress_free_temperature: ArrayLike) -> np.ndarray:
        """Integral of alpha dT from the stress-free temperature, shape (points, 6) [1]."""
        return isotropic_expansion(self.expansion, temperature, stress_free_temperature)
