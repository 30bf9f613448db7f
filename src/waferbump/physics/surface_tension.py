"""Surface tension of a liquid mixture: each element goes to the surface the more, the less tension it has (Butler's equation)."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log

GAS_CONSTANT = 8.314462618  # J/(mol K), CODATA 2018 (exact)
AVOGADRO = 6.02214076e23  # 1/mol, CODATA 2018 (exact)
_PACKING = 1.091  # of a close-packed layer: area a mole takes = packing N_A^(1/3) V^(2/3) (Butler's equation as used for metals)


def mixture_surface_tension(
    composition: Mapping[str, float],
    temperature: float,
    surface_tension: Mapping[str, float],
    molar_volume: Mapping[str, float],
    molar_mass: Mapping[str, float],
) -> float:
    """Surface tension of an ideal liquid mixture by Butler's equation.

    sigma = sigma_i + (R T / A_i) ln(y_i / x_i) for every element i, with sum_i y_i = 1 at the surface and A_i = 1.091 N_A^(1/3) V_i^(2/3)

    Parameters
    ----------
    composition : mass fractions by element, sum to 1
    temperature : T [K]
    surface_tension : sigma_i [N/m] of each liquid element at that temperature
    molar_volume : V_i [m^3/mol] of each liquid element
    molar_mass : [kg/mol] of each element

    Returns
    -------
    sigma [N/m], between the lowest and the highest of the elements; below their mean weighted with the areas
    that they take, since what has less tension gathers at the surface.

    Raises
    ------
    ValueError : a mixture without elements, or a temperature that is not positive.

    Valid for mixtures near to ideal; excess energies of mixing are left out, which for Sn-Pb and Sn-Bi is within the few percent to which
    the elements themselves are known. Source: J. A. V. Butler, Proc. R. Soc. A 135 (1932) 348.

    >>> round(mixture_surface_tension({"Sn": 1.0}, 523.15, {"Sn": 0.55}, {"Sn": 17e-6}, {"Sn": 0.1187}), 6)
    0.55
    """
    if not composition or temperature <= 0:
        raise ValueError("a mixture needs its elements and a positive temperature")
    moles = {e: w / molar_mass[e] for e, w in composition.items() if w > 0}
    total = sum(moles.values())
    bulk = {e: n / total for e, n in moles.items()}
    area = {e: _PACKING * AVOGADRO ** (1 / 3) * molar_volume[e] ** (2 / 3) for e in bulk}

    sigma = max(surface_tension[e] for e in bulk)
    for _ in range(100):  # Newton on a convex rising function from above its root: it comes down to it and cannot overshoot
        powers = {e: log(bulk[e]) + area[e] * (sigma - surface_tension[e]) / (GAS_CONSTANT * temperature) for e in bulk}
        top = max(powers.values())
        weights = {e: exp(p - top) for e, p in powers.items()}
        surface = sum(weights.values())
        slope = sum(w * area[e] for e, w in weights.items()) / (surface * GAS_CONSTANT * temperature)
        step = (top + log(surface)) / slope
        sigma -= step
        if abs(step) < 1e-12:
            return sigma
    raise ValueError(f"Butler's equation finds no surface tension for {dict(composition)} at {temperature:.6g} K")
