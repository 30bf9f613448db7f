"""Solids that flow with time: Anand's law of solder and Norton's power law of creep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from .flow import ANAND, NORTON, table_arrays
from .flow_steps import flow_through_step
from .impossible import ConstitutiveError, checked, checked_points
from .parameters import AnandParameters
from .tables import Table, checked_quantity, isotropic_expansion

_AXES = ("xx", "yy", "zz", "xy", "yz", "zx")
_COLUMNS = (*(f"inelastic_strain_{a}" for a in _AXES), "resistance", "inelastic_work", "equivalent_inelastic_strain")
_COLUMNS += (*(f"strain_{a}" for a in _AXES), "temperature")


class _Flowing:
    """What the two laws share: the march through a step, and the state that remembers where the step begins.

    State: inelastic strain (6) [1], resistance [Pa], inelastic work [J/m^3], accumulated equivalent inelastic strain [1], mechanical strain
    (6) [1] and temperature [K] of the last accepted step; 0 K until there is one.
    """

    state_names: ClassVar[tuple[str, ...]] = _COLUMNS
    linear: ClassVar[bool] = False

    def initial_state(self, points: int, temperature: ArrayLike | None = None) -> np.ndarray:
        """State of a solid that has not been strained, shape (points, 16).

        temperature : at which the first step starts [K]; None: the first step is taken at the temperature it ends at
        """
        state = np.zeros((points, len(_COLUMNS)))
        state[:, _COLUMNS.index("resistance")] = self._first_resistance()
        if temperature is not None:
            state[:, -1] = checked("a temperature in kelvin", temperature, above=0.0)
        return state

    def update(
        self, strain: np.ndarray, temperature: np.ndarray, dt: float, state: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Stress [Pa] (points, 6), consistent tangent [Pa] (points, 6, 6) and new state after a step of dt [s].

        strain : mechanical, at the end of the step [1] (points, 6);  temperature : [K] (points,);  state : at its start, left as it is

        Strain and temperature run straight from the state's to these. Within the step the flow is as exact as `tolerance` says, however
        long the step; the tangent is slightly unsymmetric where a step takes several sub-steps. dt = 0 is an elastic jump.
        Raises ConstitutiveError where the flow cannot be followed.
        """
        strain, temperature, dt = checked_points(strain, temperature, dt)
        new = np.array(state, float, order="C")
        if new.shape != (len(strain), len(_COLUMNS)):
            raise ConstitutiveError(f"the state of {len(strain)} points has the shape ({len(strain)}, {len(_COLUMNS)}), not {new.shape}")
        law, numbers, rate, activation, young, poisson = self._packed()
        stress, tangent = np.empty_like(strain), np.empty((len(strain), 6, 6))
        failed = flow_through_step(
            law, numbers, rate, activation, *young, *poisson, self.tolerance, strain, temperature, dt, new, stress, tangent
        )
        if failed >= 0:
            raise ConstitutiveError(
                f"the flow of point {failed} cannot be followed in a step of {dt:g} s: its strain changes by "
                f"{np.abs(strain[failed] - np.asarray(state)[failed, 9:15]).max():.3g}"
            )
        return stress, tangent, new

    def thermal_strain(self, temperature: ArrayLike, stress_free_temperature: ArrayLike) -> np.ndarray:
        """Integral of alpha dT from the stress-free temperature, shape (points, 6) [1]."""
        return isotropic_expansion(self.expansion, temperature, stress_free_temperature)

    def _check(self, young_modulus: float | Table) -> None:
        checked_quantity("a Young's modulus", young_modulus, above=0.0)
        checked_quantity("a Poisson's ratio", self.poisson_ratio, above=-1.0, below=0.5)
        checked_quantity("a coefficient of expansion", self.expansion)
        checked("the tolerance of a sub-step", self.tolerance, above=0.0, below=1.0)


@dataclass(frozen=True)
class Anand(_Flowing):
    """A solid that flows by Anand's law (see AnandParameters), isotropic, with no yield stress.

    parameters : with E(T) [Pa, K, 1/s];  poisson_ratio : nu [1];  expansion : alpha [1/K], numbers or Tables;  tolerance : of a sub-step,
    of the stress [1]

    E(T) multiplies the elastic strain itself, so that a closed loop of temperature leaves no stress behind.
    """

    parameters: AnandParameters
    poisson_ratio: float | Table
    expansion: float | Table
    tolerance: float = 0.003  # keeps stress within 0.1 % of the reference curves; our choice

    def __post_init__(self):
        self._check(self.parameters.young_modulus)

    def _first_resistance(self) -> float:
        return self.parameters.s0

    def _packed(self) -> tuple:
        p = self.parameters
        numbers = np.array([p.m, p.xi, p.h0, p.s_hat, p.n, p.a])
        return ANAND, numbers, np.log(p.A), p.activation_temperature, table_arrays(p.young_modulus), table_arrays(self.poisson_ratio)


@dataclass(frozen=True)
class Norton(_Flowing):
    """A solid that creeps by Norton's power law: p' = B q^N exp(-Q/RT).

    young_modulus : E [Pa];  poisson_ratio : nu [1];  expansion : alpha [1/K], numbers or Tables;  coefficient : B [1/(s Pa^N)];
    exponent : N [1], at least 1;  activation_temperature : Q/R [K];  tolerance : of a sub-step, of the stress [1]
    """

    young_modulus: float | Table
    poisson_ratio: float | Table
    expansion: float | Table
    coefficient: float
    exponent: float
    activation_temperature: float = 0.0
    tolerance: float = 0.003  # our choice, as Anand's

    def __post_init__(self):
        self._check(self.young_modulus)
        checked("the coefficient of creep", self.coefficient, above=0.0)
        checked("the exponent of creep", self.exponent, lowest=1.0)
        checked("the activation temperature", self.activation_temperature, lowest=0.0)

    def _first_resistance(self) -> float:
        return 1.0  # nothing hardens: a constant that no formula of this law reads

    def _packed(self) -> tuple:
        numbers = np.array([self.exponent, 0.0, 0.0, 0.0, 0.0, 0.0])
        young, poisson = table_arrays(self.young_modulus), table_arrays(self.poisson_ratio)
        return NORTON, numbers, np.log(self.coefficient), self.activation_temperature, young, poisson
