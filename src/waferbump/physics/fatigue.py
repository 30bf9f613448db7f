"""Cycles to failure of a joint from the energy or strain of a cycle; each model knows what its constants were fitted to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

STATISTICS = ("mean", "median", "characteristic")  # what share has failed: about half, 50 %, 63.2 % (Weibull scale)
MISMATCHES = ("layer_thickness", "side", "constitutive_law", "parameters")
DRIVEN_BY = ("energy", "creep_strain", "plastic_strain_range", "plastic_shear_strain_range")  # what a power law may be of
SIDES = ("component", "board", "either")
# layers are meshed to fractions of a micrometre; 1 % of the thickness is far below the mesh's own freedom (our choice)
LAYER_TOLERANCE = 0.01


class FatigueError(ValueError):
    """A life that cannot be computed: a bad number, or constants applied to what they were not fitted to."""


@dataclass(frozen=True)
class Basis:
    """What an energy or strain was averaged over and which law computed it: part of every set of fatigue constants.

    layer_thickness : t [m] of the solder layer over which the volume average is taken; None where no layer is averaged
    side : of the joint where the layer lies, one of SIDES
    constitutive_law : "Anand", "hyperbolic-sine creep", "double-power creep", ... ; "" where none was used
    parameters : name of that law's set of constants; "" where any set is meant
    """

    layer_thickness: float | None
    side: str = "either"
    constitutive_law: str = ""
    parameters: str = ""

    def __post_init__(self) -> None:
        if self.layer_thickness is not None and not 0.0 < self.layer_thickness < np.inf:
            raise FatigueError(f"an averaging layer needs a thickness above zero, not {self.layer_thickness:.6g} m")
        if self.side not in SIDES:
            raise FatigueError(f"the side of a joint is one of {', '.join(SIDES)}, not {self.side!r}")

    def mismatches(self, asked: Basis) -> dict[str, str]:
        """{one of MISMATCHES: sentence} for each way in which what is asked differs from what these constants were fitted to."""
        found: dict[str, str] = {}
        mine, other = self.layer_thickness, asked.layer_thickness
        if (mine is None) != (other is None) or (mine and abs(other / mine - 1.0) > LAYER_TOLERANCE):
            found["layer_thickness"] = f"the constants belong to {_layer(mine)}, this was taken over {_layer(other)}"
        if "either" not in (self.side, asked.side) and self.side != asked.side:
            found["side"] = f"the constants belong to the {self.side} side of the joint, this was taken at the {asked.side} side"
        if self.constitutive_law and self.constitutive_law != asked.constitutive_law:
            given = asked.constitutive_law or "no named law"
            found["constitutive_law"] = f"the constants were fitted with {self.constitutive_law}, this was computed with {given}"
        elif self.parameters and self.parameters != asked.parameters:
            given = asked.parameters or "no named set"
            found["parameters"] = f"the constants were fitted with the set {self.parameters}, this was computed with {given}"
        return found


@dataclass(frozen=True)
class Life:
    """Cycles to failure with what one must know to use them.

    cycles : N [1], any shape; infinite where nothing is dissipated
    statistic : which of STATISTICS the cycles are
    factor : f [1]; the source states that tests fall within N/f to N f
    remarks : sentences on what was accepted, empty if nothing was
    """

    cycles: np.ndarray
    statistic: str
    factor: float
    source: str
    remarks: tuple[str, ...] = ()

    @property
    def low(self) -> np.ndarray:
        """N / f [1]."""
        return self.cycles / self.factor

    @property
    def high(self) -> np.ndarray:
        """N f [1]."""
        return self.cycles * self.factor


@dataclass(frozen=True, kw_only=True)
class LifeModel:
    """What every set of fatigue constants carries besides its numbers.

    quantity : what drives it: "energy" [J/m^3], or a strain [1]
    basis : what that quantity must have been averaged over and computed with
    source : key of the bibliography; accuracy : factor [1] within which tests are stated to fall
    statistic : which of STATISTICS the cycles are
    valid : (low, high) [unit of the quantity] between which the constants were fitted; None where not stated
    caution : sentence that every Life of the model carries among its remarks; "" for none
    """

    quantity: ClassVar[str] = "energy"
    name: str
    basis: Basis
    source: str
    accuracy: float
    statistic: str
    valid: tuple[float, float] | None = None
    caution: str = ""

    def __post_init__(self) -> None:
        if self.statistic not in STATISTICS:
            raise FatigueError(f"{self.name}: a life is one of {', '.join(STATISTICS)}, not {self.statistic!r}")
        if not 1.0 <= self.accuracy < np.inf:
            raise FatigueError(f"{self.name}: the stated accuracy is a factor of at least 1, not {self.accuracy:.6g}")

    def life(self, values: np.ndarray | float, basis: Basis, cycles: np.ndarray, accept: Collection[str]) -> Life:
        """The Life of these cycles, once the basis is known to be that of the constants or each difference is accepted by name."""
        unknown = sorted(set(accept) - set(MISMATCHES))
        if unknown:
            raise FatigueError(f"no difference {unknown[0]!r} can be accepted: there are {', '.join(MISMATCHES)}")
        found = self.basis.mismatches(basis)
        for kind, sentence in found.items():
            if kind not in accept:
                raise FatigueError(f"{self.name}: {sentence}; accept {kind!r} to use it all the same")
        remarks = [f"{self.name}: {sentence} (accepted)" for sentence in found.values()]
        if self.caution:
            remarks.append(f"{self.name}: {self.caution}")
        if self.valid and (np.any(values < self.valid[0]) or np.any(values > self.valid[1])):
            remarks.append(f"{self.name}: extrapolated, fitted from {self.valid[0]:.6g} to {self.valid[1]:.6g} ({self.quantity})")
        if np.any(cycles < 1.0):
            remarks.append(f"{self.name}: less than one cycle, so the joint fails at once and the number means nothing more")
        return Life(cycles, self.statistic, self.accuracy, self.source, tuple(remarks))


@dataclass(frozen=True, kw_only=True)
class Darveaux(LifeModel):
    """Crack initiation and growth from the averaged inelastic work of a cycle.

    N = K1 (dW/W)^K2 + a / (K3 (dW/W)^K4), with W the unit of energy in which the constants were published.

    initiation_coefficient : K1 [1]; initiation_exponent : K2 [1], below zero
    growth_coefficient : K3 [m]; growth_exponent : K4 [1], above zero
    reference_energy : W [J/m^3]

    Source: R. Darveaux, ECTC 2000 and J. Electron. Packag. 124 (2002) 147.

    >>> solder = Darveaux(name="a solder", basis=Basis(25e-6), source="a key", accuracy=2.0, statistic="characteristic",
    ...     initiation_coefficient=37.97, initiation_exponent=-2.8, growth_coefficient=3.99e-6, growth_exponent=2.05, reference_energy=1e6)
    >>> round(float(solder.cycles(0.2e6, 0.46e-3, Basis(25e-6)).cycles))
    6564
    """

    initiation_coefficient: float
    initiation_exponent: float
    growth_coefficient: float
    growth_exponent: float
    reference_energy: float

    def __post_init__(self) -> None:
        super().__post_init__()
        numbers = (self.initiation_coefficient, -self.initiation_exponent, self.growth_coefficient, self.growth_exponent)
        _require_positive(self.name, *numbers, self.reference_energy)

    def initiation(self, energy: np.ndarray | float) -> np.ndarray:
        """N0 [1] cycles until a crack starts, of energy dW [J/m^3]."""
        return _power(self.initiation_coefficient, _driving(self, energy) / self.reference_energy, self.initiation_exponent)

    def growth(self, energy: np.ndarray | float) -> np.ndarray:
        """da/dN [m] per cycle of energy dW [J/m^3]."""
        return _power(self.growth_coefficient, _driving(self, energy) / self.reference_energy, self.growth_exponent)

    def cycles(self, energy: np.ndarray | float, crack_length: np.ndarray | float, basis: Basis, *, accept: Collection[str] = ()) -> Life:
        """Life of a joint.

        Parameters
        ----------
        energy : dW [J/m^3], inelastic work of one cycle averaged over the basis' layer, >= 0, any shape
        crack_length : a [m], over which the crack must grow until the joint is open, > 0, shape that broadcasts
        basis : how the energy was taken
        accept : names of MISMATCHES that are accepted and become remarks

        Raises
        ------
        FatigueError : an energy taken over another layer, side or with another law than the constants; a negative or unbounded number.
        """
        length = np.asarray(crack_length, float)
        if not np.all((length > 0.0) & np.isfinite(length)):
            raise FatigueError(f"{self.name}: a crack grows over a length above zero")
        values = _driving(self, energy)
        rate = self.growth(values)
        propagation = np.full(np.broadcast_shapes(length.shape, rate.shape), np.inf)
        np.divide(length, rate, out=propagation, where=rate > 0.0)
        return self.life(values, basis, self.initiation(values) + propagation, accept)

    def energy(self, cycles: np.ndarray | float, crack_length: np.ndarray | float) -> np.ndarray:
        """The dW [J/m^3] that gives N `cycles` [1] over a `crack_length` [m]: the inverse of `cycles`, by bisection of log dW."""
        wanted, length = np.broadcast_arrays(_driving(self, cycles), _driving(self, crack_length))
        if not (np.all(wanted > 0.0) and np.all(length > 0.0)):
            raise FatigueError(f"{self.name}: an energy is found for cycles and crack lengths above zero")

        def excess(log_energy: np.ndarray) -> np.ndarray:
            energy = np.exp(log_energy)
            return self.initiation(energy) + length / self.growth(energy) - wanted

        # each term alone gives a dW at which N is reached; both together need up to twice that life, hence the outer bracket
        first = (wanted / self.initiation_coefficient) ** (1.0 / self.initiation_exponent)
        second = (length / (wanted * self.growth_coefficient)) ** (1.0 / self.growth_exponent)
        low = np.log(np.maximum(first, second) * self.reference_energy)
        slowest = min(-self.initiation_exponent, self.growth_exponent)
        return np.exp(bisect(excess, low - 1e-9, low + np.log(2.0) / slowest + 1e-9))


@dataclass(frozen=True, kw_only=True)
class PowerLaw(LifeModel):
    """Cycles as a power of the energy or strain of a cycle.

    N = C (x/X)^(-p): Syed (p = 1), Schubert, Coffin-Manson (x the plastic strain range).

    coefficient : C [1], cycles at x = X; exponent : p [1], above zero
    reference : X [J/m^3 or 1], the unit in which the constants were published
    driven_by : quantity of this set, one of DRIVEN_BY

    >>> syed = PowerLaw(name="a solder", basis=Basis(25e-6), source="a key", accuracy=2.0, statistic="mean",
    ...     coefficient=1 / 0.0019, exponent=1.0, reference=1e6, driven_by="energy")
    >>> round(float(syed.cycles(0.2e6, Basis(25e-6)).cycles))
    2632
    """

    coefficient: float
    exponent: float
    reference: float
    driven_by: str

    @property
    def quantity(self) -> str:
        """What drives it: driven_by."""
        return self.driven_by

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_positive(self.name, self.coefficient, self.exponent, self.reference)
        if self.driven_by not in DRIVEN_BY:
            raise FatigueError(f"{self.name}: a power law is driven by {', '.join(DRIVEN_BY)}, not by {self.driven_by!r}")

    def cycles(self, value: np.ndarray | float, basis: Basis, *, accept: Collection[str] = ()) -> Life:
        """Life from `value` [J/m^3 or 1, as driven_by says], >= 0, any shape; basis, accept and errors as `Darveaux.cycles`."""
        values = _driving(self, value)
        return self.life(values, basis, _power(self.coefficient, values / self.reference, -self.exponent), accept)

    def value(self, cycles: np.ndarray | float) -> np.ndarray:
        """The energy or strain [J/m^3 or 1] that gives N `cycles` [1]: the inverse of `cycles`."""
        wanted = _driving(self, cycles)
        if not np.all(wanted > 0.0):
            raise FatigueError(f"{self.name}: an inverse is found for cycles above zero")
        return self.reference * (wanted / self.coefficient) ** (-1.0 / self.exponent)


def bisect(function: object, low: np.ndarray, high: np.ndarray, steps: int = 200) -> np.ndarray:
    """Find the zeros of a falling function of many independent numbers at once, by halving.

    f(low) >= 0 >= f(high), halved until the bracket is a rounding error wide (200 halvings at most).

    Parameters
    ----------
    function : f [1], takes and returns an array
    low, high : bracket [1], any shape
    steps : largest number of halvings [1]

    Raises
    ------
    FatigueError : a bracket at whose ends the function has the same sign.

    Source: bisection.

    >>> bisect(lambda x: 2.0 - x**2, np.array([0.0]), np.array([2.0])).round(6)
    array([1.414214])
    """
    low, high = np.array(low, float), np.array(high, float)
    if not (np.all(function(low) >= 0.0) and np.all(function(high) <= 0.0)):
        raise FatigueError("no life lies in the bracket that was searched")
    for _ in range(steps):
        middle = 0.5 * (low + high)
        if np.all((middle <= low) | (middle >= high)):
            break
        above = function(middle) >= 0.0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return 0.5 * (low + high)


def _driving(model: LifeModel, value: np.ndarray | float) -> np.ndarray:
    values = np.asarray(value, float)
    if not np.all((values >= 0.0) & np.isfinite(values)):
        raise FatigueError(f"{model.name}: energies, strains, lengths and cycles are finite and not negative")
    return values


def _power(coefficient: float, ratio: np.ndarray, exponent: float) -> np.ndarray:
    """C r^p, infinite (for p < 0) where r is 0 or the power outgrows a float: nothing dissipated, endless life."""
    with np.errstate(divide="ignore", over="ignore"):
        return coefficient * ratio**exponent


def _require_positive(name: str, *numbers: float) -> None:
    if not all(0.0 < number < np.inf for number in numbers):
        raise FatigueError(f"{name}: a constant has the wrong sign or is not finite")


def _layer(thickness: float | None) -> str:
    return "no averaged layer" if thickness is None else f"a layer of {thickness * 1e6:.4g} um"
