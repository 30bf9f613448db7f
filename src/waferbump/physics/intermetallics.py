"""Compounds of tin with the metal that it is soldered to: growth along a temperature profile, what it consumes, and dissolution.

Published rates differ: by little where they were measured, by much elsewhere. So every rate is carried as an interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, expm1, isfinite, log

import numpy as np

GAS_CONSTANT = 8.314462618  # J/(mol K), CODATA 2018 (exact)
CUBE, SQUARE = 3, 2  # powers of the thickness that grow evenly: ripening scallops in a melt, diffusion through a layer in the solid
# Over pieces this short an Arrhenius factor of 110 kJ/mol changes by less than e^2, where eight Gauss points are exact to 1e-12.
_PIECE = 20.0  # K
_NODES, _WEIGHTS = (tuple(map(float, values)) for values in np.polynomial.legendre.leggauss(8))
_COLDEST, _HOTTEST = 200.0, 1300.0  # K; outside lies no solder joint


class IntermetallicError(ValueError):
    """A growth, consumption or dissolution that cannot be."""


@dataclass(frozen=True)
class Interval:
    """A number with its limits: low <= nominal <= high, one unit."""

    low: float
    nominal: float
    high: float

    def __post_init__(self) -> None:
        if not (all(isfinite(x) for x in (self.low, self.nominal, self.high)) and 0 <= self.low <= self.nominal <= self.high):
            raise IntermetallicError(f"an interval rises from zero or more, which {self.low!r}, {self.nominal!r}, {self.high!r} do not")


NOTHING = Interval(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Law:
    """One published rate of growth: d(h^n)/dt = k exp(-Q / R (1 / T - 1 / T_ref)).

    rate : k at T_ref [m^n/s], low, nominal and high;  reference_temperature : T_ref [K];  activation_energy : Q [J/mol]
    valid : temperatures [K] between which it was measured
    """

    rate: Interval
    reference_temperature: float
    activation_energy: float
    valid: tuple[float, float]

    def __post_init__(self) -> None:
        if not (self.rate.low > 0 and self.activation_energy >= 0 and self.reference_temperature > 0 and self.valid[0] < self.valid[1]):
            raise IntermetallicError("a law of growth needs a positive rate, a reference temperature and a range that rises")

    def factor(self, temperature: float) -> float:
        """What its rate at T_ref is multiplied by at a temperature [K]."""
        return exp(-self.activation_energy / GAS_CONSTANT * (1 / temperature - 1 / self.reference_temperature))


@dataclass(frozen=True)
class Growth:
    """What a layer has become.

    thickness [m];  extrapolated : part [1] of it that is due to temperatures at which no law was measured
    """

    thickness: Interval
    extrapolated: float


@dataclass(frozen=True)
class Consumption:
    """Volumes that one volume of a compound takes up: metal [1], tin [1]."""

    metal: float
    tin: float


@dataclass(frozen=True)
class Limited:
    """Growth that has met the end of what there is: thickness [m]; ended_by : "metal", "tin" or "" where there is enough of both."""

    thickness: float
    ended_by: str


def rates(laws: Sequence[Law], temperature: float) -> Interval:
    """Rate of growth by several laws at a temperature: their outermost limits, and between them their geometric mean.

    k_low = min_i k_i,low(T), ln k = mean_i ln k_i(T), k_high = max_i k_i,high(T)

    Parameters
    ----------
    laws : all of one power n of the thickness [m^n/s]
    temperature : T [K], 200 to 1300

    Raises
    ------
    IntermetallicError : no law, or a temperature outside the range.

    Valid inside the laws' own ranges; outside them the limits part as their activation energies do. The geometric mean of Arrhenius laws is
    one itself, with their mean activation energy (our choice). Source: Arrhenius' law.

    >>> one = Law(Interval(1e-17, 1e-17, 1e-17), 423.15, 65e3, (343.15, 473.15))
    >>> two = Law(Interval(1e-17, 1e-17, 1e-17), 423.15, 105e3, (343.15, 473.15))
    >>> at = rates([one, two], 343.15)
    >>> round(at.high / at.low, 1)    # they agree at 150 degC
    14.2
    """
    if not laws:
        raise IntermetallicError("no law of growth is given")
    if not _COLDEST <= temperature <= _HOTTEST:
        raise IntermetallicError(f"growth is asked for at {temperature:.6g} K, outside {_COLDEST:g} to {_HOTTEST:g} K")
    factors = [law.factor(temperature) for law in laws]
    low = min(law.rate.low * f for law, f in zip(laws, factors, strict=True))
    high = max(law.rate.high * f for law, f in zip(laws, factors, strict=True))
    nominal = exp(sum(log(law.rate.nominal * f) for law, f in zip(laws, factors, strict=True)) / len(laws))
    return Interval(low, min(max(nominal, low), high), high)  # rounding may put the mean of equal rates beside them


def grown(
    thickness: Interval,
    profile: Sequence[tuple[float, float]],
    *,
    liquid: Sequence[Law] = (),
    solid: Sequence[Law] = (),
    melts_at: float = float("inf"),
) -> Growth:
    """Thickness of a layer after a temperature profile: the cube law while the solder is liquid, the square law while it is solid.

    d(h^3)/dt = k(T) above the melting temperature, d(h^2)/dt = K(T) below it; each of the three limits is followed by itself.

    Parameters
    ----------
    thickness : h before [m]
    profile : ((t [s], T [K]), ...), straight lines from point to point, times rising
    liquid : laws of k [m^3/s] in contact with a melt; none: no growth there
    solid : laws of K [m^2/s] in contact with solid solder; none: no growth there
    melts_at : temperature [K] above which the solder is liquid

    Raises
    ------
    IntermetallicError : times that do not rise, or temperatures outside 200 to 1300 K.

    Valid for a layer that is thin against the solder and the metal beside it (`limited` says where it ends). Exact at one temperature;
    along ramps the rate is integrated to 1e-10. Source: Kim and Tu, Phys. Rev. B 53 (1996) 16027 (cube law); Fick's laws (square law).

    >>> law = Law(Interval(1e-20, 1e-19, 1e-18), 518.15, 24e3, (500.0, 550.0))
    >>> once = grown(NOTHING, [(0, 518.15), (60, 518.15)], liquid=[law], melts_at=490.0).thickness
    >>> twice = grown(once, [(0, 518.15), (60, 518.15)], liquid=[law], melts_at=490.0).thickness
    >>> round(once.nominal * 1e6, 3), round(twice.nominal / once.nominal, 4)    # n reflows: n^(1/3)
    (1.817, 1.2599)
    """
    h = [thickness.low, thickness.nominal, thickness.high]
    within = thickness.nominal  # as if nothing grew outside the laws' temperatures
    for (t0, a), (t1, b) in pairwise(profile):
        if not t1 > t0:
            raise IntermetallicError(f"the times of a profile must rise, and {t1!r} s does not come after {t0!r} s")
        for start, end, hot, cold in _pieces(a, b, melts_at):
            power, laws = (CUBE, liquid) if (hot + cold) / 2 > melts_at else (SQUARE, solid)
            if not laws:
                continue
            low, nominal, high = _integral(laws, cold, hot, (end - start) * (t1 - t0))
            h = [(x**power + gain) ** (1 / power) for x, gain in zip(h, (low, nominal, high), strict=True)]
            if any(law.valid[0] <= (hot + cold) / 2 <= law.valid[1] for law in laws):
                within = (within**power + nominal) ** (1 / power)
    extrapolated = max(1 - within / h[1], 0.0) if h[1] > 0 else 0.0
    return Growth(Interval(min(h[0], h[1]), h[1], max(h[1], h[2])), extrapolated)


def consumption(
    metal_atoms: int,
    tin_atoms: int,
    metal_molar_mass: float,
    tin_molar_mass: float,
    density: float,
    metal_density: float,
    tin_density: float,
) -> Consumption:
    """Volumes of metal and of tin that go into one volume of their compound.

    v_M = (x M_M / (x M_M + y M_Sn)) rho / rho_M, v_Sn = (y M_Sn / (x M_M + y M_Sn)) rho / rho_Sn for M_x Sn_y

    Parameters
    ----------
    metal_atoms, tin_atoms : x, y [1], in the compound's formula
    metal_molar_mass, tin_molar_mass : M_M, M_Sn [kg/mol]
    density : rho of the compound [kg/m^3]
    metal_density, tin_density : rho_M, rho_Sn [kg/m^3]

    Raises
    ------
    IntermetallicError : a number that is not positive.

    Valid for compounds of fixed composition; together the volumes exceed 1, since the compounds are denser. Source: balance of mass.

    >>> made = consumption(6, 5, 0.063546, 0.11871, 8280, 8960, 7290)
    >>> round(made.metal, 3), round(made.tin, 3)
    (0.361, 0.692)
    """
    given = (metal_atoms, tin_atoms, metal_molar_mass, tin_molar_mass, density, metal_density, tin_density)
    if not all(isfinite(x) and x > 0 for x in given):
        raise IntermetallicError("a compound needs positive numbers of atoms, molar masses and densities")
    metal, tin = metal_atoms * metal_molar_mass, tin_atoms * tin_molar_mass
    return Consumption(metal / (metal + tin) * density / metal_density, tin / (metal + tin) * density / tin_density)


def limited(thickness: float, made: Consumption, metal: float, tin: float) -> Limited:
    """Thickness of a layer that grew from nothing, held back by the metal and the tin that there are.

    h <= t_M / v_M and h <= t_Sn / v_Sn

    Parameters
    ----------
    thickness : h [m] that it would have with enough of both
    made : volumes v_M, v_Sn [1] that it consumes
    metal, tin : t_M, t_Sn [m], thickness of the metal and (as pure tin) of the solder on either side

    Raises
    ------
    IntermetallicError : a thickness that is negative or not finite.

    Valid for even layers; one of which all metal or tin is consumed grows no more. Source: balance of mass.

    >>> cap = limited(9e-6, Consumption(0.361, 0.692), 40e-6, 5e-6)    # 5 um of tin on a copper post
    >>> round(cap.thickness * 1e6, 1), cap.ended_by
    (7.2, 'tin')
    """
    if not all(isfinite(x) and x >= 0 for x in (thickness, metal, tin)):
        raise IntermetallicError("thicknesses of a layer, its metal and its tin are finite and not negative")
    by_metal, by_tin = metal / made.metal, tin / made.tin
    if thickness <= min(by_metal, by_tin):
        return Limited(thickness, "")
    return Limited(by_metal, "metal") if by_metal <= by_tin else Limited(by_tin, "tin")


def dissolved(
    rate: float, time: float, area: float, volume: float, saturation: float, concentration: float, solder_density: float,
    metal_density: float,
) -> float:  # fmt: skip
    """Thickness of bare metal that a melt dissolves until it is saturated.

    dC/dt = k (A / V) (C_s - C), so that d = (V / A) (rho / rho_M) (C_s - C_0) (1 - exp(-k A t / V)), with the rate d_0' of a melt without
    any of the metal: k = d_0' rho_M / (rho C_s)

    Parameters
    ----------
    rate : d_0' [m/s], at which bare metal recedes in a melt that holds none of it
    time : t [s] in contact
    area : A [m^2] of the contact
    volume : V [m^3] of the melt
    saturation, concentration : C_s, C_0 [kg/kg], mass of the metal over mass of the melt, at saturation and before
    solder_density, metal_density : rho, rho_M [kg/m^3]

    Returns
    -------
    d [m]; 0 for a melt that is saturated before.

    Raises
    ------
    IntermetallicError : a number that is negative, or a melt, a density or a saturation of nothing.

    Valid for a well mixed melt and a bare metal: a closed layer of compound slows it down, so this is an upper bound. Source: the
    Nernst-Brunner equation, Mannan and Clode, Soldering & Surface Mount Technol. 16 (2004) 31.

    >>> melt = dict(area=5e-9, volume=5e-13, saturation=0.01, concentration=0.0, solder_density=7000, metal_density=8960)
    >>> round(dissolved(1e-7, 1.0, **melt) * 1e6, 3), round(dissolved(1e-7, 1e4, **melt) * 1e6, 3)
    (0.094, 0.781)
    """
    given = (rate, time, area, volume, saturation, concentration, solder_density, metal_density)
    if not all(isfinite(x) and x >= 0 for x in given) or min(volume, saturation, solder_density, metal_density) <= 0:
        raise IntermetallicError("dissolution needs a melt, a saturation and densities above zero, and nothing negative")
    if concentration >= saturation or area == 0 or rate == 0:
        return 0.0
    transfer = rate * metal_density / (solder_density * saturation)
    reach = volume / area * solder_density / metal_density * (saturation - concentration)
    return -reach * expm1(-transfer * area * time / volume)


def _pieces(a: float, b: float, melts_at: float) -> list[tuple[float, float, float, float]]:
    """A straight line from temperature a to b in pieces short enough to integrate: (start, end) as parts of it, hotter and colder end."""
    for temperature in (a, b):
        if not _COLDEST <= temperature <= _HOTTEST:
            raise IntermetallicError(f"a profile passes {temperature:.6g} K, outside {_COLDEST:g} to {_HOTTEST:g} K")
    cuts = {0.0, 1.0}
    if min(a, b) < melts_at < max(a, b):
        cuts.add((melts_at - a) / (b - a))
    count = max(1, int(np.ceil(abs(b - a) / _PIECE)))
    parts = sorted(cuts | {i / count for i in range(1, count)})
    return [(s, e, max(a + s * (b - a), a + e * (b - a)), min(a + s * (b - a), a + e * (b - a))) for s, e in pairwise(parts) if e > s]


def _integral(laws: Sequence[Law], cold: float, hot: float, duration: float) -> tuple[float, float, float]:
    """Integral of the rates [m^n] over a straight line in temperature that lasts a duration [s]."""
    if hot == cold:
        at = rates(laws, hot)
        return at.low * duration, at.nominal * duration, at.high * duration
    sums = [0.0, 0.0, 0.0]
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        at = rates(laws, (hot + cold) / 2 + node * (hot - cold) / 2)
        for i, value in enumerate((at.low, at.nominal, at.high)):
            sums[i] += weight / 2 * value * duration
    return sums[0], sums[1], sums[2]
