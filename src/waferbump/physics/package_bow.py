"""Two plates that expand differently and are joined: how they bow, and how much of their free mismatch the joints between them see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Bow:
    """A joined pair of plates after a temperature change.

    curvature : [1/m], positive where the second plate lies on the inside: the rim rises towards it
    """

    curvature: float

    @property
    def radius(self) -> float:
        """Of curvature [m]."""
        return np.inf if self.curvature == 0 else 1 / abs(self.curvature)

    def height(self, distance: float) -> float:
        """How far the plates rise over a distance from their middle, kappa x^2 / 2 [m]."""
        return self.curvature * distance**2 / 2


def effective_modulus(young_modulus: float, poisson_ratio: float, state: str = "biaxial") -> float:
    """The modulus of a plate that is stretched alike both ways, in plane strain, or as a narrow strip.

    E / (1 - nu), E / (1 - nu^2) or E

    Parameters
    ----------
    young_modulus : [Pa]
    poisson_ratio : [1]
    state : "biaxial", "plane_strain" or "uniaxial" [1]

    Returns
    -------
    modulus [Pa]

    >>> round(effective_modulus(169e9, 0.28) / 1e9, 2)
    234.72
    """
    by_state = {"biaxial": 1 / (1 - poisson_ratio), "plane_strain": 1 / (1 - poisson_ratio**2), "uniaxial": 1.0}
    if state not in by_state:
        raise ValueError(f"a plate's state is biaxial, plane_strain or uniaxial, not {state!r}")
    return young_modulus * by_state[state]


def bimetal(
    moduli: tuple[float, float], thicknesses: tuple[float, float], expansions: tuple[float, float], temperature_change: float
) -> Bow:
    """The bow of two plates joined over their whole face (Timoshenko).

    kappa = 6 (1 + m)^2 (a_1 - a_2) dT / (h [3 (1 + m)^2 + (1 + m n) (m^2 + 1 / (m n))]), m = t_1 / t_2, n = E_1 / E_2, h = t_1 + t_2

    Parameters
    ----------
    moduli : of `effective_modulus` for the state of the plates [Pa], of the first and the second
    thicknesses : [m]
    expansions : [1/K]; in plane strain each times 1 + nu
    temperature_change : [K]

    Returns
    -------
    Bow

    Source: Timoshenko, J. Opt. Soc. Am. 11 (1925) 233, equation 4

    >>> moduli = effective_modulus(169e9, 0.28), effective_modulus(22e9, 0.2)
    >>> round(1e3 * bimetal(moduli, (0.3e-3, 1e-3), (2.6e-6, 16e-6), -165.0).radius, 1)
    393.2
    """
    m, n, total = thicknesses[0] / thicknesses[1], moduli[0] / moduli[1], sum(thicknesses)
    above = 6 * (1 + m) ** 2 * (expansions[0] - expansions[1]) * temperature_change
    below = total * (3 * (1 + m) ** 2 + (1 + m * n) * (m**2 + 1 / (m * n)))
    return Bow(above / below)


def interface_compliance(moduli: tuple[float, float], thicknesses: tuple[float, float], gap: float, *, bends: bool = True) -> float:
    """How much the facing surfaces of two plates shift per length for a force per width between them.

    lambda = 1 / (E_1 t_1) + 1 / (E_2 t_2) + h^2 / (4 D), h = t_1 + t_2 + 2 gap, D = (E_1 t_1^3 + E_2 t_2^3) / 12; without the last
    term where the plates are kept flat

    Parameters
    ----------
    moduli : of `effective_modulus` [Pa]
    thicknesses : [m]
    gap : between the plates' faces [m]
    bends : whether the pair may bow [1]

    Returns
    -------
    compliance [m/N]

    Source: Suhir, J. Appl. Mech. 53 (1986) 657
    """
    stretch = 1 / (moduli[0] * thicknesses[0]) + 1 / (moduli[1] * thicknesses[1])
    if not bends:
        return stretch
    rigidity = (moduli[0] * thicknesses[0] ** 3 + moduli[1] * thicknesses[1] ** 3) / 12
    return stretch + (sum(thicknesses) + 2 * gap) ** 2 / (4 * rigidity)


def relative_displacement(
    distance: np.ndarray, half_length: np.ndarray, layer_stiffness: np.ndarray, compliance: float, free_strain: float
) -> np.ndarray:
    """How far the two ends of a joint are shifted, where many springs join two plates (shear lag).

    delta(x) = d(alpha) dT sinh(k x) / (k cosh(k l)), k^2 = lambda K / p^2; free mismatch x d(alpha) dT for soft springs, d(alpha) dT / k
    at the end of a long stiff one

    Parameters
    ----------
    distance : x from the neutral point [m], shape (...)
    half_length : l of the joined length [m], shape (...)
    layer_stiffness : K / p^2, of a joint per area of its cell [N/m^3], shape (...)
    compliance : lambda of `interface_compliance` [m/N]
    free_strain : d(alpha) dT [1]

    Returns
    -------
    relative displacement [m], shape (...)

    Source: Suhir, J. Appl. Mech. 53 (1986) 657

    >>> bool(abs(relative_displacement(2e-3, 2e-3, 1.0, 1e-7, 1e-3) / 2e-6 - 1) < 1e-6)
    True
    """
    k = np.sqrt(compliance * np.asarray(layer_stiffness, float))
    x, length = np.asarray(distance, float), np.asarray(half_length, float)
    if np.any(np.abs(x) > length * (1 + 1e-12)) or np.any(length <= 0):
        raise ValueError("a joint cannot lie beyond the joined length, and that must be above zero")
    # sinh / cosh written with falling exponentials: k l may be in the hundreds
    below = 1 + np.exp(-2 * k * length)
    ratio = np.exp(k * (np.abs(x) - length)) * -np.expm1(-2 * k * np.abs(x)) / below
    soft = np.abs(x) * np.ones_like(k * length)
    shift = np.where(k * length > 1e-9, ratio / np.where(k > 0, k, 1.0), soft)
    return free_strain * np.sign(x) * shift


def shear_stress(
    distance: np.ndarray, half_length: np.ndarray, layer_stiffness: np.ndarray, compliance: float, free_strain: float
) -> np.ndarray:
    """The shear stress between two plates, smeared over the joints' cells.

    tau(x) = K / p^2 delta(x)

    Parameters
    ----------
    distance : x from the neutral point [m], shape (...)
    half_length : l of the joined length [m], shape (...)
    layer_stiffness : K / p^2, of a joint per area of its cell [N/m^3], shape (...)
    compliance : lambda of `interface_compliance` [m/N]
    free_strain : d(alpha) dT [1]

    Returns
    -------
    shear stress [Pa], shape (...)
    """
    shift = relative_displacement(distance, half_length, layer_stiffness, compliance, free_strain)
    return np.asarray(layer_stiffness, float) * shift
