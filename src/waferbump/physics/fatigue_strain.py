"""Cycles to failure from a strain range: solder by the mean temperature and dwell of the cycle, copper lines by ductility and strength."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .fatigue import Basis, FatigueError, Life, LifeModel, _driving, _require_positive, bisect

_ZERO_CELSIUS = 273.15
_MOST = 1e300  # cycles beyond which a life is called infinite: near the largest float


@dataclass(frozen=True, kw_only=True)
class Engelmaier(LifeModel):
    """Median cycles of a solder joint from its shear strain range, mean temperature and dwell.

    N50 = (dg / (2 e_f))^(1/c) / 2, c = c0 + c1 (T - 273.15 K) + c2 ln(1 + t0/t_D)

    fatigue_ductility : e_f [1]
    exponent : c0 [1]; temperature_coefficient : c1 [1/K]; dwell_coefficient : c2 [1]; dwell_reference : t0 [s]

    Leadless and ball joints, dwells of minutes to a day, temperatures from -20 to 125 degC. Source: W. Engelmaier, IEEE Trans. CHMT 6
    (1983) 232, and IPC-D-279.
    """

    quantity: ClassVar[str] = "shear_strain_range"
    fatigue_ductility: float
    exponent: float
    temperature_coefficient: float
    dwell_coefficient: float
    dwell_reference: float

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_positive(self.name, self.fatigue_ductility, -self.exponent, self.dwell_coefficient, self.dwell_reference)

    def fatigue_exponent(self, mean_temperature: np.ndarray | float, dwell: np.ndarray | float) -> np.ndarray:
        """c [1] at a mean cyclic `mean_temperature` [K] with half-cycle `dwell` [s]; FatigueError where it is not below zero."""
        temperature, time = np.asarray(mean_temperature, float), np.asarray(dwell, float)
        if not (np.all(time > 0.0) and np.all(np.isfinite(time)) and np.all(temperature > 0.0) and np.all(np.isfinite(temperature))):
            raise FatigueError(f"{self.name}: a dwell and a temperature in kelvin are above zero")
        celsius = temperature - _ZERO_CELSIUS
        c = self.exponent + self.temperature_coefficient * celsius + self.dwell_coefficient * np.log1p(self.dwell_reference / time)
        if not np.all(c < 0.0):
            raise FatigueError(f"{self.name}: the fatigue exponent is not below zero at so short a dwell or so low a temperature")
        return c

    def cycles(
        self,
        strain_range: np.ndarray | float,
        mean_temperature: np.ndarray | float,
        dwell: np.ndarray | float,
        *,
        basis: Basis | None = None,
        accept: Collection[str] = (),
    ) -> Life:
        """Life of a joint.

        Parameters
        ----------
        strain_range : dg [1], shear, >= 0, any shape
        mean_temperature : T [K], mean of the cycle's two extremes
        dwell : t_D [s], half-cycle dwell
        basis, accept : as `Darveaux.cycles`; without a basis, the closed-form strain range that the model means

        Raises
        ------
        FatigueError : a negative or unbounded number, an exponent that is not below zero, a basis that is not the model's.
        """
        values = _driving(self, strain_range)
        c = self.fatigue_exponent(mean_temperature, dwell)
        with np.errstate(divide="ignore", over="ignore"):
            cycles = 0.5 * (values / (2.0 * self.fatigue_ductility)) ** (1.0 / c)
        return self.life(values, basis or self.basis, cycles, accept)

    def strain_range(self, cycles: np.ndarray | float, mean_temperature: np.ndarray | float, dwell: np.ndarray | float) -> np.ndarray:
        """dg [1] that gives N50 `cycles` [1] at `mean_temperature` [K] and `dwell` [s]: the inverse of `cycles`."""
        return 2.0 * self.fatigue_ductility * (2.0 * _driving(self, cycles)) ** self.fatigue_exponent(mean_temperature, dwell)


@dataclass(frozen=True, kw_only=True)
class StrainLife(LifeModel):
    """Cycles of a metal from its total strain range: plastic (Coffin-Manson) and elastic (Basquin) shares together.

    de/2 = (s_f/E) (2N)^b + e_f (2N)^c; with s_f = 0, Coffin-Manson alone, of the plastic strain range.

    fatigue_ductility : e_f [1]; ductility_exponent : c [1], below zero
    fatigue_strength : s_f [Pa], >= 0; strength_exponent : b [1], below zero where s_f > 0; young_modulus : E [Pa]

    Source: S. S. Manson, Exp. Mech. 5 (1965) 193; J. Morrow, ASTM STP 378 (1965) 45.
    """

    quantity: ClassVar[str] = "strain_range"
    fatigue_ductility: float
    ductility_exponent: float
    fatigue_strength: float = 0.0
    strength_exponent: float = -0.1
    young_modulus: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        numbers = (self.fatigue_ductility, -self.ductility_exponent, -self.strength_exponent, self.young_modulus)
        _require_positive(self.name, *numbers)
        if not 0.0 <= self.fatigue_strength < np.inf:
            raise FatigueError(f"{self.name}: a fatigue strength is not negative")

    def strain_range(self, cycles: np.ndarray | float) -> np.ndarray:
        """de [1] that gives N `cycles` [1], above zero."""
        reversals = 2.0 * _driving(self, cycles)
        if not np.all(reversals > 0.0):
            raise FatigueError(f"{self.name}: a strain range is found for cycles above zero")
        elastic = self.fatigue_strength / self.young_modulus * reversals**self.strength_exponent
        return 2.0 * (elastic + self.fatigue_ductility * reversals**self.ductility_exponent)

    def cycles(self, strain_range: np.ndarray | float, *, basis: Basis | None = None, accept: Collection[str] = ()) -> Life:
        """Life from `strain_range` [1], >= 0, any shape; basis, accept and errors as `Engelmaier.cycles`."""
        values = _driving(self, strain_range)
        return self.life(values, basis or self.basis, _falling_root(self.strain_range, values), accept)


@dataclass(frozen=True, kw_only=True)
class CopperFoil(LifeModel):
    """Mean cycles of plated or foil copper from its total strain range, by its fracture strain and tensile strength.

    de = N^(-0.6) D^0.75 + 0.9 (S_u/E) (exp(D)/0.36)^(0.1785 log10(1e5/N)), solved for N by bisection of log N.

    fracture_strain : D [1], true strain at fracture; tensile_strength : S_u [Pa]; young_modulus : E [Pa]

    Source: IPC-TR-579 (1988), the copper foil relation of W. Engelmaier.

    >>> copper = CopperFoil(name="copper", basis=Basis(None), source="a key", accuracy=2.0, statistic="mean",
    ...     fracture_strain=0.3, tensile_strength=276e6, young_modulus=83e9)
    >>> round(float(copper.strain_range(copper.cycles(0.01).cycles)), 9)
    0.01
    """

    quantity: ClassVar[str] = "strain_range"
    fracture_strain: float
    tensile_strength: float
    young_modulus: float

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_positive(self.name, self.fracture_strain, self.tensile_strength, self.young_modulus)

    def strain_range(self, cycles: np.ndarray | float) -> np.ndarray:
        """de [1] that gives N `cycles` [1], above zero."""
        number = _driving(self, cycles)
        if not np.all(number > 0.0):
            raise FatigueError(f"{self.name}: a strain range is found for cycles above zero")
        plastic = number**-0.6 * self.fracture_strain**0.75
        base = np.exp(self.fracture_strain) / 0.36
        return plastic + 0.9 * self.tensile_strength / self.young_modulus * base ** (0.1785 * (5.0 - np.log10(number)))

    def cycles(self, strain_range: np.ndarray | float, *, basis: Basis | None = None, accept: Collection[str] = ()) -> Life:
        """Life from `strain_range` [1], >= 0, any shape; basis, accept and errors as `Engelmaier.cycles`."""
        values = _driving(self, strain_range)
        return self.life(values, basis or self.basis, _falling_root(self.strain_range, values), accept)


def shear_strain_range(distance: float, height: float, mismatch: float, temperature_range: float, *, factor: float = 1.0) -> float:
    """Shear strain range of a solder joint whose neighbours move freely.

    dg = F (L/h) da dT

    Parameters
    ----------
    distance : L [m], from the neutral point
    height : h [m], stand-off of the joint
    mismatch : da [1/K], difference of the two thermal expansions
    temperature_range : dT [K]
    factor : F [1], 0.5 to 1.5 by the kind of joint (1 for none)

    Raises
    ------
    FatigueError : a height that is not above zero, or another number that is negative or unbounded.

    An upper bound: an elastic body and joint take up part of the mismatch. Source: W. Engelmaier, IEEE Trans. CHMT 6 (1983) 232.

    >>> round(shear_strain_range(2e-3, 0.2e-3, 13.4e-6, 165.0), 4)
    0.0221
    """
    numbers = np.array([distance, abs(mismatch), temperature_range, factor])
    if not (0.0 < height < np.inf and np.all(numbers >= 0.0) and np.all(np.isfinite(numbers))):
        raise FatigueError("a shear strain range needs a height above zero and finite, not negative lengths and temperatures")
    return factor * distance / height * abs(mismatch) * temperature_range


def _falling_root(strain_range: object, values: np.ndarray) -> np.ndarray:
    """N [1] at which a falling strain-life curve takes each value: 0 above the curve's end at 1e-300, infinite below that at 1e300."""
    most, least = strain_range(np.array(_MOST)), strain_range(np.array(1.0 / _MOST))
    inside = (values > most) & (values < least)
    cycles = np.where(values <= most, np.inf, 0.0)
    if np.any(inside):
        limit = np.full(int(np.count_nonzero(inside)), np.log(_MOST))
        wanted = values[inside]
        cycles[inside] = np.exp(bisect(lambda log_cycles: np.log(strain_range(np.exp(log_cycles)) / wanted), -limit, limit))
    return cycles
