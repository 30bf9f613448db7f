"""Alloys by composition: ideal mixing of volume, and of bodies that fuse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def ideal_density(composition: Mapping[str, float], density: Mapping[str, float]) -> float:
    """Density of an alloy whose volume is the sum of its elements' volumes.

    1 / rho = sum_j (w_j / rho_j)

    Parameters
    ----------
    composition : w_j, mass fractions that sum to 1
    density : rho_j [kg/m^3]

    Returns
    -------
    rho [kg/m^3]; within 0.5 % of data sheets for most solders (0.7 % SAC405, 1.5 % Sn-In-Ag).

    >>> round(ideal_density({"Sn": 0.63, "Pb": 0.37}, {"Sn": 7290.0, "Pb": 11340.0}))
    8400
    """
    return 1.0 / sum(w / density[e] for e, w in composition.items())


def mixed(parts: Iterable[tuple[float, Mapping[str, float]]]) -> dict[str, float]:
    """Composition that results when bodies of metal fuse into one.

    w_j = sum_i (m_i w_ij) / sum_i m_i

    Parameters
    ----------
    parts : (mass [kg], mass fractions) of each body

    Returns
    -------
    mass fractions by element, summing to 1.
    """
    total: dict[str, float] = {}
    mass = 0.0
    for body, composition in parts:
        mass += body
        for element, fraction in composition.items():
            total[element] = total.get(element, 0.0) + body * fraction
    return {element: amount / mass for element, amount in sorted(total.items())}
