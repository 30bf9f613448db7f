"""The numbers of Anand's law, and the stress it saturates at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .impossible import ConstitutiveError, checked
from .tables import Table, checked_quantity

# the symbols that lists of constants use, and the names they have here
_SYMBOLS = (("s0", "s0"), ("QR", "activation_temperature"), ("A", "A"), ("xi", "xi"), ("m", "m"), ("h0", "h0"))
_SYMBOLS += (("shat", "s_hat"), ("n", "n"), ("a", "a"), ("ET", "young_modulus"))


@dataclass(frozen=True)
class AnandParameters:
    """The constants of Anand's law (Anand, Int. J. Plasticity 1 (1985) 213; Brown, Kim and Anand, ibid. 5 (1989) 95).

    p' = A exp(-Q/RT) sinh(xi q/s)^(1/m);  s' = h0 |1 - s/s*|^a sign(1 - s/s*) p';  s* = s_hat (p' exp(Q/RT)/A)^n

    s0 : resistance to begin with [Pa];  activation_temperature : Q/R [K];  A [1/s];  xi [1];  m [1];  h0 [Pa];  s_hat [Pa];
    n [1];  a [1];  young_modulus : E [Pa], a number or a Table. Any one unit of stress serves in place of the pascal, for all.

    Raises ConstitutiveError for constants the law does not admit: 0 < m <= 1, a >= 1 and 0 <= n < 1/a.
    """

    s0: float
    activation_temperature: float
    A: float
    xi: float
    m: float
    h0: float
    s_hat: float
    n: float
    a: float
    young_modulus: float | Table

    def __post_init__(self):
        for name in ("s0", "A", "xi", "m", "s_hat"):
            checked(f"Anand's constant {name}", getattr(self, name), above=0.0)
        for name in ("activation_temperature", "h0", "n"):
            checked(f"Anand's constant {name}", getattr(self, name), lowest=0.0)
        checked("Anand's constant a", self.a, lowest=1.0)
        if self.m > 1:
            raise ConstitutiveError(f"Anand's constant m must not exceed 1, it is {self.m:g}: the flow would not stop with the stress")
        if self.n * self.a >= 1:
            raise ConstitutiveError(f"Anand's n times a must be less than 1, it is {self.n * self.a:g}: at rest the solid would harden")
        checked_quantity("a Young's modulus", self.young_modulus, above=0.0)

    @classmethod
    def of(cls, parameters: Mapping[str, object] | AnandParameters) -> AnandParameters:
        """The constants of a mapping of the customary symbols s0, QR, A, xi, m, h0, shat, n, a and ET (a number, or pairs of T [K], E)."""
        if isinstance(parameters, AnandParameters):
            return parameters
        symbols = [symbol for symbol, _ in _SYMBOLS]
        missing, unknown = [s for s in symbols if s not in parameters], [k for k in parameters if k not in symbols]
        if missing or unknown:
            wrong = f"lack {', '.join(missing)}" if missing else f"do not know {', '.join(map(str, unknown))}"
            raise ConstitutiveError(f"Anand's constants {wrong}; they are {', '.join(symbols)}")
        values = {name: parameters[symbol] for symbol, name in _SYMBOLS}
        modulus = values["young_modulus"]
        if not isinstance(modulus, float | int | Table):
            values["young_modulus"] = Table(*modulus)
        return cls(**values)


def saturation_stress(parameters: Mapping[str, object] | AnandParameters, strain_rate: ArrayLike, temperature: ArrayLike) -> np.ndarray:
    """Stress of Anand's law once its resistance has come to rest under a steady rate.

    q* = (s_hat / xi) Z^n asinh(Z^m), Z = (p'/A) exp(Q/RT)

    Parameters
    ----------
    parameters : AnandParameters or a mapping of the customary symbols [Pa, K, 1/s]
    strain_rate : p' [1/s], inelastic, array-like
    temperature : T [K], array-like

    Raises
    ------
    ConstitutiveError : rates or temperatures that are not positive.

    Valid where the constants were fitted. Source: Brown, Kim and Anand, Int. J. Plasticity 5 (1989) 95, with s = s*.

    >>> tin_lead = {"s0": 12.41, "QR": 9400.0, "A": 4e6, "xi": 1.5, "m": 0.303, "h0": 1378.95, "shat": 13.79, "n": 0.07, "a": 1.3}
    >>> float(saturation_stress(tin_lead | {"ET": 30e3}, 1e-3, 398.15).round(2))
    12.62
    """
    one = AnandParameters.of(parameters)
    rate = checked("a strain rate", strain_rate, above=0.0)
    temperature = checked("a temperature in kelvin", temperature, above=0.0)
    logarithm = np.log(rate / one.A) + one.activation_temperature / temperature
    # asinh(e^y) = y + ln 2 to the last digit where e^y would overflow
    power = np.where(one.m * logarithm > 300.0, one.m * logarithm + np.log(2.0), np.arcsinh(np.exp(np.minimum(one.m * logarithm, 300.0))))
    return one.s_hat / one.xi * np.exp(one.n * logarithm) * power
