"""A drop of liquid solder under gravity: pinned on a round pad's edge, or spread to a contact angle; sitting or hanging."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from .batch import read_drops
from .drop_solver import FREE, OVER_THE_EDGE, PINNED, SOLVED, measure, solve, solve_many
from .equilibrium import STANDARD_GRAVITY, NoEquilibriumError, checked, in_threads
from .hanging import STABILITY, largest_hanging
from .meridians import outline

SIDEWAYS_LIMIT = 14.681970642  # square of the first zero of the Bessel function J1: wider films fall sideways whatever their volume


@dataclass(frozen=True)
class Drop:
    """A drop at rest; every field has the broadcast shape of the inputs.

    height [m] of the apex above (below, if it hangs) the pad's plane, max_radius [m] and max_radius_height [m] (largest distance from
    the axis, and where it is reached, measured from the pad), contact_angle [rad] (through the liquid), contact_radius [m] (of the wetted
    disc), area [m^2] (free surface), energy [J] (gamma area + rho g z dV, zero at the pad's plane; a drop that is not pinned gains
    gamma cos(contact_angle) times its wetted area), apex_pressure [Pa] and pad_pressure [Pa] (above ambient).
    The inputs stand beside them: volume [m^3], surface_tension [N/m], density [kg/m^3], gravity [m/s^2].
    """

    height: np.ndarray | float
    max_radius: np.ndarray | float
    contact_angle: np.ndarray | float
    area: np.ndarray | float
    energy: np.ndarray | float
    apex_pressure: np.ndarray | float
    pad_pressure: np.ndarray | float
    max_radius_height: np.ndarray | float
    contact_radius: np.ndarray | float
    volume: np.ndarray | float
    surface_tension: np.ndarray | float
    density: np.ndarray | float
    gravity: np.ndarray | float

    def meridian(self, chord_error: float = 1e-9) -> np.ndarray:
        """Points (r, z) [m] from the pad's edge to the apex, array (n, 2), whose solid of revolution is exactly the drop's volume.

        Chords stay within `chord_error` [m] of the true outline. One drop only; ValueError for arrays.
        """
        if np.ndim(self.height):
            raise ValueError("an outline belongs to one drop: ask for one drop, not for an array of them")
        scale = self.contact_radius
        bond = self.density * self.gravity * scale**2 / self.surface_tension
        _, pressure, length = solve(PINNED, self.volume / scale**3, 1.0, bond)
        points = outline((0.0, 0.0, 0.0), pressure, -bond, length, chord_error / scale)[::-1]
        return np.column_stack([points[:, 0], points[0, 1] - points[:, 1]]) * scale


def drop(
    volume: ArrayLike,
    pad_radius: ArrayLike,
    surface_tension: ArrayLike,
    density: ArrayLike,
    gravity: ArrayLike = STANDARD_GRAVITY,
) -> Drop:
    """Shape of a drop whose edge is pinned on the edge of a round pad.

    gamma (dphi/ds + sin(phi)/r) = p_apex + rho g depth, with the given volume and the pad's radius at the end of the meridian

    Parameters
    ----------
    volume : V [m^3], array-like
    pad_radius : a [m], array-like, broadcasts against `volume` as do the others
    surface_tension : gamma [N/m], array-like
    density : rho [kg/m^3], array-like
    gravity : g [m/s^2], array-like; negative for a pad that faces down

    Raises
    ------
    NoEquilibriumError : the solder would spread over the pad's edge (contact angle above 180 degrees), or more hangs than the edge holds.
    ValueError : a quantity that is not finite or not positive.

    Valid for any Bond number rho g a^2 / gamma; relative error below 1e-11 for one drop. Arrays are read from tables, with errors below
    1e-6, where `batch` says that they hold; the other elements are solved one by one. Of the shapes that hang it is the one that grows
    out of a small drop. Source: Young-Laplace equation; checked against an independent solver in tests/exact/test_drops.py.

    >>> round(drop(8.18123086872342e-12, 107.5e-6, 0.53, 7000.0).height * 1e6, 4)   # a 250 um ball on a 215 um pad
    204.3223
    """
    inputs = checked(volume=volume, pad_radius=pad_radius, surface_tension=surface_tension, density=density, gravity=gravity)
    volume, pad_radius, surface_tension, density, gravity = inputs
    scaled, bond = volume / pad_radius**3, density * gravity * pad_radius**2 / surface_tension
    if volume.ndim == 0:
        fields = _solved_one(PINNED, float(scaled), 1.0, float(bond))
    else:
        flat_scaled, flat_bond = np.ravel(scaled), np.ravel(bond)
        fields = np.empty((9, scaled.size))
        in_threads(lambda part: read_drops(flat_scaled[part], flat_bond[part], fields[:, part]), scaled.size)
        outside = np.flatnonzero(fields[0] != SOLVED)
        if outside.size:
            fields[:, outside] = _solved(PINNED, flat_scaled[outside], np.ones(outside.size), flat_bond[outside], outside)
        fields = fields[1:].reshape(8, *volume.shape)
    return _drop(fields, pad_radius, volume, surface_tension, density, gravity, pad_radius)


def free_drop(
    volume: ArrayLike,
    contact_angle: ArrayLike,
    surface_tension: ArrayLike,
    density: ArrayLike,
    gravity: ArrayLike = STANDARD_GRAVITY,
) -> Drop:
    """Shape of a drop that is free to spread on a flat surface until it meets it at the given contact angle.

    gamma (dphi/ds + sin(phi)/r) = p_apex + rho g depth, with the given volume and phi = contact_angle at the end of the meridian

    Parameters
    ----------
    volume : V [m^3], array-like
    contact_angle : theta through the liquid [rad], array-like, broadcasts against `volume` as do the others
    surface_tension : gamma [N/m], array-like
    density : rho [kg/m^3], array-like
    gravity : g [m/s^2], array-like; negative for a surface that faces down

    Raises
    ------
    NoEquilibriumError : a contact angle of 180 degrees or more (no wetting), or more liquid than hangs at this angle.
    ValueError : a quantity that is not finite or not positive.

    Valid for angles between 0 and 180 degrees; relative error below 1e-11. Source: Young-Laplace equation; checked as `drop` is.

    >>> round(free_drop(1e-12, np.pi / 2, 0.53, 0.0).height * 1e6, 4)   # half a sphere without weight
    78.1593
    """
    inputs = checked(volume=volume, contact_angle=contact_angle, surface_tension=surface_tension, density=density, gravity=gravity)
    volume, contact_angle, surface_tension, density, gravity = inputs
    if np.any(contact_angle >= np.pi):
        raise NoEquilibriumError("at a contact angle of 180 degrees or more the solder does not wet: no drop is held there")
    scale = np.cbrt(3 * volume / (4 * np.pi))
    bond = density * gravity * scale**2 / surface_tension
    sphere = 4 * np.pi / 3
    if volume.ndim == 0:
        fields = _solved_one(FREE, sphere, float(contact_angle), float(bond))
    else:
        count = volume.size
        fields = _solved(FREE, np.full(count, sphere), np.ravel(contact_angle), np.ravel(bond), np.arange(count))
        fields = fields[1:].reshape(8, *volume.shape)
    found = _drop(fields, scale, volume, surface_tension, density, gravity, np.asarray(fields[7]) * scale)
    wetted = np.pi * found.contact_radius**2
    return replace(found, energy=found.energy - (surface_tension * np.cos(contact_angle) * wetted)[()])


def _solved_one(kind: int, volume: float, edge: float, bond: float) -> tuple[float, ...]:
    """What one drop measures, without dimensions."""
    status, pressure, length = solve(kind, volume, edge, bond)
    if status != SOLVED:
        raise NoEquilibriumError(_why_not(kind, status, volume, bond))
    return measure(pressure, length, bond)


def _solved(kind: int, volume: np.ndarray, edge: np.ndarray, bond: np.ndarray, index: np.ndarray) -> np.ndarray:
    """What many drops measure, one by one; a sentence names the first that has no shape by its place in the arrays."""
    fields = np.empty((9, volume.size))
    in_threads(lambda part: solve_many(kind, volume[part], edge[part], bond[part], fields[:, part]), volume.size)
    failed = np.flatnonzero(fields[0] != SOLVED)
    if failed.size:
        i = failed[0]
        why = _why_not(kind, int(fields[0, i]), volume[i], bond[i])
        raise NoEquilibriumError(f"drop {index[i]} (one of {failed.size} without a shape): {why}")
    return fields


def _why_not(kind: int, status: int, volume: float, bond: float) -> str:
    """Why a drop has no shape, in a sentence."""
    if status == OVER_THE_EDGE:
        return "the solder would leave the pad over its edge: the contact angle would exceed 180 degrees"
    if kind == FREE:
        return f"the drop falls off: at this contact angle no drop of Bond number {bond:.4g} (rho g r^2 / gamma, r of the sphere) hangs"
    if bond <= -SIDEWAYS_LIMIT:
        return f"the pad is too wide: at a Bond number of {bond:.4g}, beyond -14.68, even a thin film falls off sideways"
    most = largest_hanging(bond, STABILITY)[0]
    return f"the drop falls off: {most:.6g} pad radii cubed hang at most at a Bond number of {bond:.4g}, not {volume:.6g}"


def _drop(fields, scale, volume, surface_tension, density, gravity, contact_radius) -> Drop:
    """The drop with its dimensions."""
    height, max_radius, contact_angle, area, energy, apex_pressure, level, _ = fields
    height = _times(height, scale)
    apex_pressure = _times(apex_pressure, surface_tension / scale)
    made = {
        "height": height,
        "max_radius": np.maximum(_times(max_radius, scale), contact_radius),  # not a rounding below the pad
        "contact_angle": contact_angle,
        "area": _times(area, scale**2),
        "energy": _times(energy, surface_tension * scale**2),
        "apex_pressure": apex_pressure,
        "pad_pressure": apex_pressure + density * gravity * height,
        "max_radius_height": _times(level, scale),
        "contact_radius": contact_radius,
        "volume": volume,
        "surface_tension": surface_tension,
        "density": density,
        "gravity": gravity,
    }
    if np.ndim(volume) == 0:
        made = {name: float(value) for name, value in made.items()}
    return Drop(**made)


def _times(values, factor):
    """The product, in the place of an array of values: ten million of them are slower to make room for than to multiply."""
    return np.multiply(values, factor, out=values if isinstance(values, np.ndarray) else None)
