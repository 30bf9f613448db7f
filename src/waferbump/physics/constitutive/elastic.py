"""Elastic solids: isotropic, orthotropic and cubic, each number constant or over temperature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, isfinite, sin
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from .impossible import ConstitutiveError, checked_points
from .tables import Table, checked_quantity, free_expansion, isotropic_expansion, value_at


class _Hookean:
    """stress = C(T) strain: what the elastic laws share; they differ in `stiffness` and in their expansion."""

    state_names: ClassVar[tuple[str, ...]] = ()
    linear: ClassVar[bool] = True

    def initial_state(self, points: int, temperature: ArrayLike | None = None) -> np.ndarray:
        """Nothing to remember, at any temperature [K]: shape (points, 0)."""
        return np.empty((points, 0))

    def stiffness(self, temperature: ArrayLike) -> np.ndarray:
        """C at temperatures [K], shape (points, 6, 6) [Pa]."""
        raise NotImplementedError

    def update(
        self, strain: np.ndarray, temperature: np.ndarray, dt: float, state: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Stress [Pa] (points, 6), tangent [Pa] (points, 6, 6) and the state, of a mechanical strain at a temperature [K]."""
        strain, temperature, _ = checked_points(strain, temperature, dt)
        if len(temperature) and np.all(temperature == temperature[0]):
            one = self.stiffness(temperature[:1])[0]
            return strain @ one.T, np.tile(one, (len(strain), 1, 1)), state
        tangent = self.stiffness(temperature)
        return np.einsum("pij,pj->pi", tangent, strain), tangent, state


def isotropic_stiffness(young_modulus: ArrayLike, poisson_ratio: ArrayLike) -> np.ndarray:
    """Stiffness of an isotropic solid.

    C = (K - 2G/3) 1x1 + 2G I, G = E/(2(1+nu)), K = E/(3(1-2nu))

    Parameters
    ----------
    young_modulus : E [Pa], shape (points,)
    poisson_ratio : nu [1], shape (points,)

    Raises
    ------
    Nothing: the laws check their numbers when they are made.

    Valid for -1 < nu < 1/2. Source: Hooke's law; engineering shears.

    >>> isotropic_stiffness(np.array([2.5]), np.array([0.25]))[0, 0, :3].round(9).tolist()
    [3.0, 1.0, 1.0]
    """
    young, poisson = np.asarray(young_modulus, float), np.asarray(poisson_ratio, float)
    shear, bulk = young / (2 * (1 + poisson)), young / (3 * (1 - 2 * poisson))
    stiffness = np.zeros((len(shear), 6, 6))
    stiffness[:, :3, :3] = (bulk - 2 * shear / 3)[:, None, None]
    for i in range(6):
        stiffness[:, i, i] += (2 * shear) if i < 3 else shear
    return stiffness


@dataclass(frozen=True)
class Elastic(_Hookean):
    """An isotropic elastic solid.

    young_modulus : E [Pa];  poisson_ratio : nu [1], -1 < nu < 1/2;  expansion : instantaneous alpha [1/K]; each a number or a Table

    >>> Elastic(130e9, 0.28, 2.6e-6).update(np.eye(6)[:1] * 1e-3, np.array([300.0]), 0.0, np.empty((1, 0)))[0][0, 0].round(-4).item()
    166190000.0
    """

    young_modulus: float | Table
    poisson_ratio: float | Table
    expansion: float | Table

    def __post_init__(self):
        checked_quantity("a Young's modulus", self.young_modulus, above=0.0)
        checked_quantity("a Poisson's ratio", self.poisson_ratio, above=-1.0, below=0.5)
        checked_quantity("a coefficient of expansion", self.expansion)

    def stiffness(self, temperature: ArrayLike) -> np.ndarray:
        """C at temperatures [K], shape (points, 6, 6) [Pa]."""
        return isotropic_stiffness(value_at(self.young_modulus, temperature), value_at(self.poisson_ratio, temperature))

    def thermal_strain(self, temperature: ArrayLike, stress_free_temperature: ArrayLike) -> np.ndarray:
        """Integral of alpha dT from the stress-free temperature, shape (points, 6) [1]."""
        return isotropic_expansion(self.expansion, temperature, stress_free_temperature)


@dataclass(frozen=True)
class Orthotropic(_Hookean):
    """An elastic solid with three planes of symmetry along the axes, as a woven laminate.

    moduli : E_x, E_y, E_z [Pa];  poisson : nu_xy, nu_yz, nu_zx [1], nu_ij the contraction along j when pulled along i, so that
        nu_ij / E_i = nu_ji / E_j;  shear : G_xy, G_yz, G_zx [Pa];  expansion : along x, y, z [1/K]; each a number or a Table

    Laminates are mostly listed with nu_xz; the one asked for here is nu_zx = nu_xz E_z / E_x. Raises ConstitutiveError where the
    compliance is not positive definite: such a solid would give work back when strained.
    """

    moduli: Sequence[float | Table]
    poisson: Sequence[float | Table]
    shear: Sequence[float | Table]
    expansion: Sequence[float | Table]

    def __post_init__(self):
        named = (("modulus", self.moduli, 0.0), ("Poisson's ratio", self.poisson, None), ("shear modulus", self.shear, 0.0))
        for what, three, above in (*named, ("coefficient of expansion", self.expansion, None)):
            if len(three) != 3:
                raise ConstitutiveError(f"an orthotropic solid has three of each number, {what} is given {len(three)} times")
            for one in three:
                checked_quantity(f"an orthotropic {what}", one, above=above)
        knots = {t for q in (*self.moduli, *self.poisson) if isinstance(q, Table) for t in q.temperatures}
        for temperature in sorted(knots) or [300.0]:  # any temperature does where nothing depends on it
            self._require_definite(temperature)
        for name in ("moduli", "poisson", "shear", "expansion"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def _require_definite(self, temperature: float) -> None:
        lowest = np.linalg.eigvalsh(self._compliance(np.array([temperature]))[0])[0]
        if lowest <= 0:
            ratios = ", ".join(f"{float(value_at(p, temperature)):g}" for p in self.poisson)
            raise ConstitutiveError(
                f"Poisson's ratios xy, yz, zx of {ratios} are too large for these moduli: the compliance is not positive definite"
            )

    def _compliance(self, temperature: np.ndarray) -> np.ndarray:
        """Compliance of the normal components, shape (points, 3, 3) [1/Pa]."""
        moduli = [value_at(m, temperature) for m in self.moduli]
        compliance = np.zeros((len(temperature), 3, 3))
        for i, j in ((0, 1), (1, 2), (2, 0)):
            compliance[:, i, i] = 1 / moduli[i]
            compliance[:, i, j] = compliance[:, j, i] = -value_at(self.poisson[i], temperature) / moduli[i]
        return compliance

    def stiffness(self, temperature: ArrayLike) -> np.ndarray:
        """C at temperatures [K], shape (points, 6, 6) [Pa]."""
        temperature = np.asarray(temperature, float)
        stiffness = np.zeros((len(temperature), 6, 6))
        stiffness[:, :3, :3] = np.linalg.inv(self._compliance(temperature))
        for i, shear in enumerate(self.shear, start=3):
            stiffness[:, i, i] = value_at(shear, temperature)
        return stiffness

    def thermal_strain(self, temperature: ArrayLike, stress_free_temperature: ArrayLike) -> np.ndarray:
        """Integral of alpha dT from the stress-free temperature along each axis, shape (points, 6) [1]."""
        strain = np.zeros((len(np.atleast_1d(temperature)), 6))
        for i, expansion in enumerate(self.expansion):
            strain[:, i] = free_expansion(expansion, temperature, stress_free_temperature)
        return strain


@dataclass(frozen=True)
class Cubic(_Hookean):
    """A cubic crystal whose [001] lies along z, as silicon of a (100) wafer.

    c11, c12, c44 : constants along the cube's axes [Pa];  angle : from the x axis to [100], about z [rad]: pi/4 where x is <110>, the
        usual edge of a die;  expansion : [1/K];  each but the angle a number or a Table

    C' = R C R^T in the plane: only c11 + c12 and the plane's shear turn into one another. Raises ConstitutiveError for constants that are
    not stable (c11 > |c12|, c11 + 2 c12 > 0, c44 > 0: Born's conditions).
    """

    c11: float | Table
    c12: float | Table
    c44: float | Table
    angle: float
    expansion: float | Table

    def __post_init__(self):
        for name in ("c11", "c44"):
            checked_quantity(f"the constant {name}", getattr(self, name), above=0.0)
        checked_quantity("the constant c12", self.c12)
        checked_quantity("a coefficient of expansion", self.expansion)
        if not isfinite(self.angle):
            raise ConstitutiveError("the angle of a crystal must be a finite number")
        knots = {t for q in (self.c11, self.c12) if isinstance(q, Table) for t in q.temperatures} or {300.0}
        for temperature in sorted(knots):
            c11, c12 = float(value_at(self.c11, temperature)), float(value_at(self.c12, temperature))
            if c11 <= abs(c12) or c11 + 2 * c12 <= 0:
                raise ConstitutiveError(f"no crystal is stable with c11 = {c11:g} Pa and c12 = {c12:g} Pa")

    def stiffness(self, temperature: ArrayLike) -> np.ndarray:
        """C at temperatures [K], shape (points, 6, 6) [Pa]."""
        temperature = np.asarray(temperature, float)
        c11, c12, c44 = (value_at(c, temperature) for c in (self.c11, self.c12, self.c44))
        excess = c11 - c12 - 2 * c44  # 0 of an isotropic solid
        sine, cosine = sin(2 * self.angle), cos(2 * self.angle)
        stiffness = np.zeros((len(temperature), 6, 6))
        stiffness[:, 0, 0] = stiffness[:, 1, 1] = c11 - excess * sine**2 / 2
        stiffness[:, 0, 1] = stiffness[:, 1, 0] = c12 + excess * sine**2 / 2
        stiffness[:, 2, 2] = c11
        for i in (0, 1):
            stiffness[:, i, 2] = stiffness[:, 2, i] = c12
        for i, sign in ((0, 1), (1, -1)):
            stiffness[:, i, 3] = stiffness[:, 3, i] = sign * excess * sine * cosine / 2
        stiffness[:, 3, 3] = c44 + excess * sine**2 / 2
        stiffness[:, 4, 4] = stiffness[:, 5, 5] = c44
        return stiffness

    def thermal_strain(self, temperature: ArrayLike, stress_free_temperature: ArrayLike) -> np.ndarray:
        """Integral of alpha dT from the stress-free temperature, alike along all axes, shape (points, 6) [1]."""
        return isotropic_expansion(self.expansion, temperature, stress_free_temperature)
