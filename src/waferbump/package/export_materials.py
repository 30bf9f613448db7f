"""Constitutive laws as the material cards of CalculiX and Abaqus, in mm, N, MPa, s and K."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..physics.constitutive import Anand, Cubic, Elastic, Kinematic, Norton, Orthotropic, Table, saturation_stress
from ..physics.constitutive.tables import free_expansion, value_at
from .export_errors import ExportError

CALCULIX, ABAQUS = "calculix", "abaqus"
FLAVOURS = (CALCULIX, ABAQUS)
MEGA = 1e6  # Pa in a MPa
RATES = (1e-7, 1e-4)  # 1/s; creep of solder in cycles of minutes to an hour lies between (our choice)
_ARRHENIUS_ERROR = 1e-3  # of the creep rate between two rows of its table, where codes interpolate along a straight line (our choice)
_SECANT_STEP = 5.0  # K between rows of a secant coefficient that is no straight line (our choice)
# K between power laws that stand for Anand's: their coefficients change by a fourth at most, so that lines are off by 1 % of the rate
_ANAND_STEP = 0.4
_LARGEST_STRAIN = 1.0  # plastic strain at which the last row of a hardening curve stands: far beyond small strain


def number(value: float) -> str:
    """A number as the codes read it: at most 20 characters.

    value : [any]
    """
    return f"{float(value):.11g}"


def row(*values: float) -> str:
    """A data line of numbers.

    values : [any]
    """
    return ",".join(number(v) for v in values)


def power_laws(
    law: Anand, temperatures: np.ndarray, rates: tuple[float, float] = RATES
) -> tuple[np.ndarray, np.ndarray, float]:
    """Power laws of creep nearest to the saturation stress of Anand's law, one at each temperature.

    ln p' = ln B(T) + N(T) ln q*, least squares over the logarithms

    Parameters
    ----------
    law : Anand's [Pa, K, 1/s]
    temperatures : T [K], shape (points,)
    rates : lowest and highest strain rate p' [1/s]

    Raises
    ------
    ConstitutiveError : rates or temperatures that are not positive.

    Valid for steady flow only: how Anand's law hardens on its way there is left out. Returns B [1/(s Pa^N)] and N [1], shape (points,), and
    the largest relative deviation of stress at the same rate [1]. Source: our choice of fit.
    """
    heat, rate = np.asarray(temperatures, float), np.log(np.geomspace(*rates, 9))
    stress = np.log(np.stack([saturation_stress(law.parameters, np.exp(rate), t) for t in heat]))
    centred = stress - stress.mean(axis=1, keepdims=True)
    exponent = centred @ (rate - rate.mean()) / (centred**2).sum(axis=1)
    constant = rate.mean() - exponent * stress.mean(axis=1)
    off = (rate - constant[:, None]) / exponent[:, None] - stress
    return np.exp(constant), exponent, float(np.abs(np.expm1(off)).max())


def material_cards(name: str, law: Any, stress_free: float, temperatures: tuple[float, float], flavour: str) -> list[str]:
    """Cards of one material.

    Parameters
    ----------
    name : of the material in the file [-]
    law : of `physics.constitutive` [Pa, 1/K, K]
    stress_free : [K];  temperatures : lowest and highest that the steps reach [K]
    flavour : "calculix" or "abaqus" [-]

    Raises
    ------
    ExportError : a law that the code does not have. Anand's, which CalculiX has not, is given as power laws: see `power_laws`.

    Valid for the laws of `physics.constitutive`. Source: the keywords of CalculiX 2.20 and of Abaqus 6.13 or later.
    """
    reach = (min(*temperatures, stress_free), max(*temperatures, stress_free))
    lines = [f"*MATERIAL,NAME={name}"]
    if isinstance(law, Orthotropic):
        lines += ["*ELASTIC,TYPE=ENGINEERING CONSTANTS", *_orthotropic(law)]
    elif isinstance(law, Cubic):
        lines += ["*ELASTIC,TYPE=ENGINEERING CONSTANTS", *_cubic(law, reach)]
    else:
        young = law.parameters.young_modulus if isinstance(law, Anand) else law.young_modulus
        grid = _knots(young, law.poisson_ratio)
        if isinstance(law, Norton):
            grid = _with_arrhenius(grid, law.activation_temperature, reach)
        elif isinstance(law, Anand) and flavour == CALCULIX:
            grid = sorted({*(t for t in grid if t is not None), *anand_rows(reach).tolist()})
        lines += ["*ELASTIC", *(_rows(grid, lambda t: (value_at(young, t) / MEGA, value_at(law.poisson_ratio, t))))]
        if isinstance(law, Kinematic):
            lines += _plastic(name, law, flavour)
        elif isinstance(law, Norton):
            # CalculiX keeps creep at the temperatures of *ELASTIC alone, so both have the same rows
            lines.append(f"*CREEP,LAW={'NORTON' if flavour == CALCULIX else 'TIME'}")
            lines += _rows(grid, lambda t: (_norton_rate(law, t), law.exponent, 0.0))
        elif isinstance(law, Anand):
            lines += _anand(law) if flavour == ABAQUS else _anand_as_power_laws(law, np.array(grid))
        elif not isinstance(law, Elastic):
            raise ExportError(f"{name} has the law {type(law).__name__}, for which there is no card")
    return lines + _expansion(law, stress_free, reach)


def anand_rows(reach: tuple[float, float]) -> np.ndarray:
    """Temperatures at which CalculiX gets a power law in place of Anand's [K], of the lowest and the highest [K]."""
    return np.linspace(*reach, max(2, int(np.ceil((reach[1] - reach[0]) / _ANAND_STEP)) + 1))


def orientation_angle(law: Any) -> float | None:
    """Turn about z of a law's axes [rad]; None of an isotropic one."""
    return law.angle if isinstance(law, Cubic) else 0.0 if isinstance(law, Orthotropic) else None


def flows(law: Any) -> bool:
    """Whether a law depends on time."""
    return isinstance(law, Anand | Norton)


def _knots(*quantities: float | Table) -> list[float | None]:
    """Temperatures at which a table of several numbers has its rows [K]; [None] where nothing depends on temperature."""
    return sorted({t for q in quantities if isinstance(q, Table) for t in q.temperatures}) or [None]


def _rows(temperatures: Sequence[float | None], values: Any) -> list[str]:
    # any temperature does where nothing depends on it
    return [row(*values(300.0)) if t is None else row(*values(t), t) for t in temperatures]


def _orthotropic(law: Orthotropic) -> list[str]:
    def values(t: float) -> tuple[float, ...]:
        (ex, ey, ez), (xy, yz, zx), (gxy, gyz, gzx) = ([value_at(q, t) for q in three] for three in (law.moduli, law.poisson, law.shear))
        return ex / MEGA, ey / MEGA, ez / MEGA, xy, zx * ex / ez, yz, gxy / MEGA, gzx / MEGA, gyz / MEGA  # nu_xz/E_x = nu_zx/E_z

    return _broken(_rows(_knots(*law.moduli, *law.poisson, *law.shear), values))


def _cubic(law: Cubic, reach: tuple[float, float]) -> list[str]:
    def values(t: float) -> tuple[float, ...]:
        c11, c12, c44 = (value_at(c, t) for c in (law.c11, law.c12, law.c44))
        young, poisson = (c11 - c12) * (c11 + 2 * c12) / (c11 + c12) / MEGA, c12 / (c11 + c12)
        return (young, young, young, poisson, poisson, poisson, *(3 * (c44 / MEGA,)))

    grid = _knots(law.c11, law.c12, law.c44)
    return _broken(_rows(grid if grid == [None] else _dense(grid, reach), values))


def _broken(lines: list[str]) -> list[str]:
    """Nine constants and a temperature: eight values a line."""
    parts = [line.split(",") for line in lines]
    return [text for p in parts for text in (",".join(p[:8]), ",".join(p[8:]))]


def _dense(knots: Sequence[float], reach: tuple[float, float]) -> list[float]:
    return sorted({*knots, *np.arange(reach[0], reach[1] + _SECANT_STEP, _SECANT_STEP).tolist()})


def _plastic(name: str, law: Kinematic, flavour: str) -> list[str]:
    pairs = law.backstresses
    if len(pairs) == 1 and pairs[0][1] == 0.0:
        grid = _knots(law.yield_stress, pairs[0][0])
        lines = ["*PLASTIC,HARDENING=KINEMATIC"]
        for t in grid:
            at = 300.0 if t is None else t
            first, slope = value_at(law.yield_stress, at) / MEGA, value_at(pairs[0][0], at) / MEGA
            for strain in (0.0, _LARGEST_STRAIN):
                lines.append(row(first + slope * strain, strain, *(() if t is None else (t,))))
        return lines
    if flavour == CALCULIX:
        raise ExportError(f"{name} hardens by Chaboche's backstresses, which CalculiX does not have: give it one straight line")
    grid = _knots(law.yield_stress, *(c for c, _ in pairs))

    def values(t: float) -> tuple[float, ...]:
        return value_at(law.yield_stress, t) / MEGA, *(x for c, gamma in pairs for x in (value_at(c, t) / MEGA, gamma))

    if 2 * len(pairs) + 2 > 8:
        raise ExportError(f"{name} has {len(pairs)} backstresses: three fit into one line of a card")
    return [f"*PLASTIC,HARDENING=COMBINED,DATA TYPE=PARAMETERS,NUMBER BACKSTRESSES={len(pairs)}", *_rows(grid, values)]


def _norton_rate(law: Norton, temperature: float) -> float:
    """B exp(-Q/RT) [1/(s MPa^N)]."""
    return float(np.exp(np.log(law.coefficient) + law.exponent * np.log(MEGA) - law.activation_temperature / temperature))


def _with_arrhenius(grid: list[float | None], activation: float, reach: tuple[float, float]) -> list[float | None]:
    """Temperatures between which straight lines follow exp(-Q/RT) as well [K]: with h (Q/RT^2) = s they are off by s^2/8."""
    if activation == 0.0:
        return grid
    step = np.sqrt(8.0 * _ARRHENIUS_ERROR) / activation  # of 1/T
    count = max(1, int(np.ceil((1.0 / reach[0] - 1.0 / reach[1]) / step)))
    return sorted({*(t for t in grid if t is not None), *(1.0 / np.linspace(1.0 / reach[0], 1.0 / reach[1], count + 1)).tolist()})


def _anand(law: Anand) -> list[str]:
    p = law.parameters
    first = (p.s0 / MEGA, p.activation_temperature, p.A, p.xi, p.m, p.h0 / MEGA, p.s_hat / MEGA, p.n)
    # after a: terms of s0 in T and T^2, of h0 in T, T^2, rate and its square, all of which are nothing here
    return ["*CREEP,LAW=ANAND", row(*first), row(p.a, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)]


def _anand_as_power_laws(law: Anand, temperatures: np.ndarray) -> list[str]:
    """What stands for Anand's law in CalculiX, with the law itself as a comment."""
    constants, exponents, _ = power_laws(law, temperatures)
    constants = np.exp(np.log(constants) + exponents * np.log(MEGA))
    rows = [row(b, n, 0.0, t) for b, n, t in zip(constants, exponents, temperatures, strict=True)]
    return ["** Anand's law, as Abaqus takes it:", *(f"** {line}" for line in _anand(law)), "*CREEP,LAW=NORTON", *rows]


def _expansion(law: Any, stress_free: float, reach: tuple[float, float]) -> list[str]:
    """Secant coefficients from the stress-free temperature, as the codes take them."""
    quantities = law.expansion if isinstance(law, Orthotropic) else (law.expansion,)
    kind = "ORTHO" if isinstance(law, Orthotropic) else "ISO"
    grid = [None] if not any(isinstance(q, Table) for q in quantities) else _dense(_knots(*quantities), reach)

    def secant(quantity: float | Table, t: float) -> float:
        if not isinstance(quantity, Table):
            return quantity
        if abs(t - stress_free) < 1e-6:
            return float(quantity(t))
        return float(free_expansion(quantity, t, stress_free)) / (t - stress_free)

    return [f"*EXPANSION,TYPE={kind},ZERO={number(stress_free)}", *_rows(grid, lambda t: [secant(q, t) for q in quantities])]
