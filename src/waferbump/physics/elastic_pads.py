"""Flat things under a bump: a soft layer between firm faces, and a membrane over a pocket; how they give way, and how they let go."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import ive

from .springs import moved

_STEP = 1e-4  # of the radius, for the derivative by the bond's area: a central difference errs by 1e-8 of it


def confined_moduli(radius: np.ndarray, thickness: float, young_modulus: np.ndarray, poisson_ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """The apparent moduli, pressed and tilted, of a disc that holds firmly on two rigid faces and cannot escape sideways.

    E_pressed = E + (M - E) (1 - 2 I1(x) / (x I0(x))), E_tilted = E + (M - E) (1 - 4 I2(x) / (x I1(x))), x^2 = 12 G R^2 / ((M - E) t^2)
    with M = E (1 - nu) / ((1 + nu) (1 - 2 nu)): E (1 + 2 S^2) and E + 2 G S^2
    of an incompressible thick disc (S = R / (2 t)), M of a thin one

    Parameters
    ----------
    radius : R [m], shape (...)
    thickness : t [m]
    young_modulus : E [Pa], shape (...)
    poisson_ratio : nu, above 0 and below 0.5 [1]

    Returns
    -------
    (E_pressed, E_tilted) [Pa], each of shape (...)

    Valid: exact in both limits, of thin and of nearly incompressible discs; between them an interpolation that adds the two
    Source: Kelly, Earthquake-Resistant Design with Rubber (1997), chapter 5, with the uniaxial part of Gent and Lindley,
    Proc. Inst. Mech. Eng. 173 (1959) 111
    """
    if not 0 < poisson_ratio < 0.5:
        raise ValueError("a confined disc needs a Poisson ratio above 0 and below 0.5")
    modulus = np.asarray(young_modulus, float)
    shear = modulus / (2 * (1 + poisson_ratio))
    confined = modulus * (1 - poisson_ratio) / ((1 + poisson_ratio) * (1 - 2 * poisson_ratio)) - modulus
    x = np.sqrt(12 * shear / confined) * np.asarray(radius, float) / thickness
    pressed = 1 - 2 * ive(1, x) / (x * ive(0, x))
    tilted = 1 - 4 * ive(2, x) / (x * ive(1, x))
    return modulus + confined * pressed, modulus + confined * tilted


def disc_flexibility(radius: np.ndarray, thickness: float, young_modulus: np.ndarray, poisson_ratio: float) -> np.ndarray:
    """The flexibility of a flat disc between rigid faces at the middle of its top.

    at mid height t / (G A), t / (E_pressed A), t / (E_tilted I), t / (2 G I); moved up by t / 2

    Parameters
    ----------
    radius : [m], shape (...)
    thickness : [m]
    young_modulus : [Pa], shape (...)
    poisson_ratio : above 0 and below 0.5 [1]

    Returns
    -------
    flexibility [m/N, 1/N, 1/(N m)], shape (..., 6, 6)

    Valid: a disc flatter than wide
    """
    radius, modulus = np.broadcast_arrays(np.asarray(radius, float), np.asarray(young_modulus, float))
    pressed, tilted = confined_moduli(radius, thickness, modulus, poisson_ratio)
    shear, area, second = modulus / (2 * (1 + poisson_ratio)), np.pi * radius**2, np.pi * radius**4 / 4
    diagonal = np.stack([shear * area, shear * area, pressed * area, tilted * second, tilted * second, 2 * shear * second], -1)
    return moved(np.eye(6) * (thickness / diagonal)[..., None], np.array([0.0, 0.0, thickness / 2]))


def foundation_flexibility(radius: np.ndarray, young_modulus: float, poisson_ratio: float) -> np.ndarray:
    """The flexibility of a firm half space under a rigid disc that is joined to it.

    (2 - nu) / (8 G a) sideways, (1 - nu) / (4 G a) down, 3 (1 - nu) / (8 G a^3) in tilt, 3 / (16 G a^3) in torsion

    Parameters
    ----------
    radius : a [m], shape (...)
    young_modulus : [Pa]
    poisson_ratio : [1]

    Returns
    -------
    flexibility [m/N, 1/(N m)], shape (..., 6, 6)

    Source: Johnson, Contact Mechanics (1985), sections 3.4 and 7.2; Reissner and Sagoci, J. Appl. Phys. 15 (1944) 652
    """
    a = np.asarray(radius, float)
    shear = young_modulus / (2 * (1 + poisson_ratio))
    lateral, down = (2 - poisson_ratio) / (8 * shear * a), (1 - poisson_ratio) / (4 * shear * a)
    tilt, twist = 3 * (1 - poisson_ratio) / (8 * shear * a**3), 3 / (16 * shear * a**3)
    return np.eye(6) * np.stack([lateral, lateral, down, tilt, tilt, twist], -1)[..., None]


def bond_energy_release(
    flexibility: Callable[[np.ndarray], np.ndarray], radius: float, force: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Energy set free when the round bond below a bump shrinks from its rim by a unit of area, opening and shearing apart.

    G = f (-dF/da) f / (4 pi a) for each component of f; sideways force and torque shear, pull and moment open: the moment's stress
    goes as the cosine round the rim, so its G is twice the mean where it pulls most, and opening stresses add:
    G_opening = (+-sqrt(G_pull) + sqrt(2 G_moment))^2 while that sum pulls, else 0

    Parameters
    ----------
    flexibility : of all that deforms by the bond's presence, as a function of the bond's radius [m/N, 1/N, 1/(N m)]
    radius : of the bond [m]
    force : at the middle of the bond, as it pulls what is above [N, N m], shape (..., 6)

    Returns
    -------
    (opening, shear) energy release rates [J/m^2], each of shape (...)

    Valid: a bond that begins to go at its rim; the stress singularity of two materials' edge is not in it
    Source: Irwin and Kies, Welding J. 33 (1954) 193s, G = (f^2 / 2) dC/dA
    """
    step = _STEP * radius
    fall = (flexibility(np.asarray(radius - step)) - flexibility(np.asarray(radius + step))) / (2 * step)
    diagonal = np.maximum(np.diagonal(fall, axis1=-2, axis2=-1), 0.0) / (4 * np.pi * radius)
    shares = np.asarray(force, float) ** 2 * diagonal
    shear = shares[..., 0] + shares[..., 1] + shares[..., 5]
    root = np.sign(force[..., 2]) * np.sqrt(shares[..., 2]) + np.sqrt(2 * (shares[..., 3] + shares[..., 4]))
    return np.maximum(root, 0.0) ** 2, shear


def membrane_flexibility(
    radius: float, boss_radius: float, rigidity: np.ndarray, stretch: np.ndarray, poisson_ratio: float
) -> np.ndarray:
    """The flexibility of a round plate, clamped at its rim, at the stiff boss in its middle.

    down 16 pi D / (a^2 [(1 - q^2) - 4 q^2 ln^2 q / (1 - q^2)]), tilt 4 pi D / (ln(1/q) - (1 - q^2) / (1 + q^2)), q = b / a;
    sideways 2 pi mu t (1 + k) / (k ln(1/q) - (1 - q^2) / (k (1 + q^2))), k = (3 - nu) / (1 + nu); torsion 4 pi mu t / (1/b^2 - 1/a^2)

    Parameters
    ----------
    radius, boss_radius : a and b [m]
    rigidity : D in bending [N m], shape (...)
    stretch : E t in the plane [N/m], shape (...)
    poisson_ratio : [1]

    Returns
    -------
    flexibility at the boss, at the plate's neutral plane [m/N, 1/(N m)], shape (..., 6, 6)

    Raises
    ------
    ValueError : a boss that is as wide as the membrane

    Valid: deflections below the plate's thickness
    Source: Timoshenko and Woinowsky-Krieger, Theory of Plates and Shells (1959), articles 17 and 63; Muskhelishvili's potentials
    """
    if not 0 < boss_radius < radius:
        raise ValueError("a boss must be narrower than the membrane that carries it")
    q, k = boss_radius / radius, (3 - poisson_ratio) / (1 + poisson_ratio)
    shear = np.asarray(stretch, float) / (2 * (1 + poisson_ratio))
    rigidity = np.asarray(rigidity, float)
    share = (1 - q**2) / (1 + q**2)
    lateral = 2 * np.pi * shear * (1 + k) / (-k * np.log(q) - share / k)
    down = 16 * np.pi * rigidity / (radius**2 * ((1 - q**2) - 4 * q**2 * np.log(q) ** 2 / (1 - q**2)))
    tilt = 4 * np.pi * rigidity / (-np.log(q) - share)
    twist = 4 * np.pi * shear / (1 / boss_radius**2 - 1 / radius**2)
    values = np.stack(np.broadcast_arrays(lateral, lateral, down, tilt, tilt, twist), -1)
    return np.eye(6) / values[..., None]
