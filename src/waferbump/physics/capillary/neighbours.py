"""Molten bumps side by side, and joints pushed aside: when neighbours touch, and how hard a joint pulls its pads into line."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from .drop_solver import PINNED, SOLVED, measure, solve
from .drops import drop
from .equilibrium import STANDARD_GRAVITY, NoEquilibriumError, checked
from .hanging import STABILITY, largest_hanging
from .joints import Joint
from .young_laplace import trace


def touching_volume(
    pad_radius: float,
    pitch: float,
    surface_tension: float,
    density: float,
    gravity: float = STANDARD_GRAVITY,
) -> float:
    """Volume at which equal molten bumps, pinned on pads at a pitch, touch: each is as wide as the pitch.

    max_radius(V) = pitch / 2

    Parameters
    ----------
    pad_radius : a [m]
    pitch : distance between the pads' centres [m]
    surface_tension : gamma [N/m]
    density : rho [kg/m^3]
    gravity : g [m/s^2], negative for pads that face down

    Returns
    -------
    V [m^3]

    Raises
    ------
    NoEquilibriumError : pads that touch each other already, or bumps that leave their pads (or fall) before they touch.
    ValueError : a quantity that is not finite or not positive.

    Valid where `drops.drop` is; relative error below 1e-10. Source: Young-Laplace equation.

    >>> round(touching_volume(1e-4, 2.5e-4, 0.53, 7000.0) * 1e12, 6)
    7.325093
    """
    inputs = checked(pad_radius=pad_radius, pitch=pitch, surface_tension=surface_tension, density=density, gravity=gravity)
    if inputs[0].ndim:
        raise ValueError("the touching volume is found for one pad and pitch at a time: give numbers, not arrays")
    pad_radius, pitch, surface_tension, density, gravity = (float(x) for x in inputs)
    wanted = pitch / 2 / pad_radius
    if wanted <= 1:
        raise NoEquilibriumError("the pads are as wide as their pitch: their bumps touch whatever their volume")
    bond = density * gravity * pad_radius**2 / surface_tension
    # Without gravity a truncated sphere of that radius; a drop that sits is wider than a sphere of its volume, one that hangs narrower.
    height = wanted + np.sqrt(wanted**2 - 1)
    sphere = np.pi * height * (3 + height**2) / 6
    if bond >= 0:
        low, high = 1e-3 * sphere, sphere * (1 + 1e-9)
    else:
        low, high = sphere * (1 - 1e-9), largest_hanging(bond, STABILITY)[0] * (1 - 1e-9)
        if high <= low or _excess(np.log(high), wanted, bond) < 0:
            raise NoEquilibriumError(f"hanging bumps fall before they are {pitch:.6g} m wide")
    volume = np.exp(brentq(_excess, np.log(low), np.log(high), args=(wanted, bond), xtol=1e-14, maxiter=200))
    if abs(_excess(np.log(volume), wanted, bond)) > 1e-8:
        raise NoEquilibriumError(f"bumps spread over their pads' edges (contact angle 180 degrees) before they are {pitch:.6g} m wide")
    return float(volume * pad_radius**3)


def _excess(log_volume: float, wanted: float, bond: float) -> float:
    """How much wider than wanted a pinned drop is; a drop that spreads over its pad's edge counts as much too wide."""
    status, pressure, length = solve(PINNED, np.exp(log_volume), 1.0, bond)
    return measure(pressure, length, bond)[1] - wanted if status == SOLVED else wanted


def gap_between(
    volume: ArrayLike,
    pad_radius: ArrayLike,
    pitch: ArrayLike,
    surface_tension: ArrayLike,
    density: ArrayLike,
    gravity: ArrayLike = STANDARD_GRAVITY,
) -> np.ndarray | float:
    """Clear distance between equal molten bumps at a pitch; zero or less where they touch.

    gap = pitch - 2 max_radius

    Parameters
    ----------
    volume : V [m^3], array-like
    pad_radius : a [m], array-like, broadcasts against `volume` as do the others
    pitch : distance between the pads' centres [m], array-like
    surface_tension : gamma [N/m], array-like
    density : rho [kg/m^3], array-like
    gravity : g [m/s^2], array-like, negative for pads that face down

    Returns
    -------
    [m], of the broadcast shape; a negative gap means that the bumps have bridged, not a shape.

    Raises
    ------
    NoEquilibriumError, ValueError : as `drops.drop`.

    Valid and source: as `drops.drop`.

    >>> round(gap_between(7.325093e-12, 1e-4, 2.5e-4, 0.53, 7000.0) * 1e6, 3)   # the volume at which these touch
    0.0
    """
    gap = checked(pitch=pitch)[0] - 2 * np.asarray(drop(volume, pad_radius, surface_tension, density, gravity).max_radius)
    return gap if gap.ndim else float(gap)


def lateral_stiffness(joint: Joint) -> float:
    """Force per displacement with which a joint resists a small sideways shift of its pads: what makes it centre itself.

    k = pi gamma / integral ds / (r sin(phi)^2)

    Sideways changes cos(azimuth) of the surface obey an equation one of whose solutions is known, a shift of the whole surface (its normal
    displacement is sin(phi)). The other follows by quadrature, and so does the one at rest at the lower pad and shifted at the upper.

    Parameters
    ----------
    joint : as `joints.joint` or `joints.largest_gap` gives it [SI]; one joint

    Returns
    -------
    k [N/m]

    Raises
    ------
    ValueError : an array of joints.

    Valid for shifts small against the pads (the force bends by the square of shift over radius). Source: reduction of order of the m = 1
    Jacobi equation; checked against energies of shifted joints in tests/exact/test_joints.py.

    >>> from waferbump.physics.capillary.joints import joint
    >>> cylinder = joint(2 * np.pi * 1e-12, 1e-4, 1e-4, 0.5, 0.0, gap=2e-4)
    >>> round(lateral_stiffness(cylinder) / (np.pi * 0.5 / 2), 9)   # a cylinder is a shear spring, pi gamma a / h
    1.0
    """
    pressure, slope, length, bond, _ = joint.arc()
    nodes, weights = np.polynomial.legendre.leggauss(200)  # our choice: converged for slopes down to a degree
    arc = trace(1.0, 0.0, slope, pressure, bond, length * (nodes + 1) / 2)
    integral = np.sum(weights / (arc[:, 0] * np.sin(arc[:, 2]) ** 2)) * length / 2
    return float(np.pi * joint.surface_tension / integral)
