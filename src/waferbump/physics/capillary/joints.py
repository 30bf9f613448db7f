"""A joint of liquid solder between two round pads that face each other on one axis: at a given gap, under a load, or at rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .equilibrium import STANDARD_GRAVITY, NoEquilibriumError, checked
from .joint_limits import largest
from .joint_solver import DRAWN_IN, GAP, LOAD, OVER_THE_EDGE, PULLED_APART, SOLVED, end_of, measure, solve
from .meridians import outline


@dataclass(frozen=True)
class Joint:
    """A joint at rest; every field has the broadcast shape of the inputs.

    gap [m] (stand-off, pad to pad), force [N] (on the upper pad by the joint, positive upwards: it carries that load), max_radius and
    min_radius [m] (largest and smallest distance from the axis), bottom_angle and top_angle [rad] (through the liquid), area [m^2] (free
    surface), energy [J] (gamma area + rho g z dV, zero at the lower pad), bottom_pressure and top_pressure [Pa] (above ambient),
    stiffness [N/m] (-dF/dgap at constant volume). The inputs stand beside them: volume [m^3], bottom_radius and top_radius [m],
    surface_tension [N/m], density [kg/m^3], gravity [m/s^2].
    """

    gap: np.ndarray | float
    force: np.ndarray | float
    max_radius: np.ndarray | float
    min_radius: np.ndarray | float
    bottom_angle: np.ndarray | float
    top_angle: np.ndarray | float
    area: np.ndarray | float
    energy: np.ndarray | float
    stiffness: np.ndarray | float
    bottom_pressure: np.ndarray | float
    top_pressure: np.ndarray | float
    volume: np.ndarray | float
    bottom_radius: np.ndarray | float
    top_radius: np.ndarray | float
    surface_tension: np.ndarray | float
    density: np.ndarray | float
    gravity: np.ndarray | float

    def meridian(self, chord_error: float = 1e-9) -> np.ndarray:
        """Points (r, z) [m] from the lower pad's edge to the upper's, array (n, 2); its solid of revolution is exactly the joint's volume.

        Chords stay within `chord_error` [m] of the true outline. One joint only; ValueError for arrays.
        """
        pressure, slope, length, bond, scale = self.arc()
        points = outline((1.0, 0.0, slope), pressure, bond, length, chord_error / scale) * scale
        points[0, 0], points[-1] = self.bottom_radius, (self.top_radius, self.gap)
        return points

    def arc(self) -> tuple[float, float, float, float, float]:
        """Pressure, slope, length and Bond number of the meridian, without dimensions as in `joint_solver`, and the unit of length [m]."""
        if np.ndim(self.gap):
            raise ValueError("an outline belongs to one joint: ask for one joint, not for an array of them")
        scale = self.bottom_radius
        bond = self.density * self.gravity * scale**2 / self.surface_tension
        _, pressure, slope, length = solve(GAP, self.volume / scale**3, self.top_radius / scale, bond, self.gap / scale)
        return pressure, slope, length, bond, scale


def joint(
    volume: ArrayLike,
    bottom_radius: ArrayLike,
    top_radius: ArrayLike,
    surface_tension: ArrayLike,
    density: ArrayLike,
    gravity: ArrayLike = STANDARD_GRAVITY,
    *,
    gap: ArrayLike | None = None,
    load: ArrayLike | None = None,
) -> Joint:
    """Shape, force and stand-off of a joint pinned on the edges of two pads; without gap and load it carries nothing.

    gamma (dphi/ds + sin(phi)/r) = p_bottom - rho g z, F = pi b^2 p_top - 2 pi b gamma sin(top_angle)

    Parameters
    ----------
    volume : V [m^3], array-like
    bottom_radius : a [m], array-like, broadcasts against `volume` as do the others
    top_radius : b [m], array-like
    surface_tension : gamma [N/m], array-like
    density : rho [kg/m^3], array-like
    gravity : g [m/s^2], array-like; negative where the lower pad of this description is really above
    gap : h [m], array-like, or None
    load : F [N], array-like, the weight on the joint; negative pulls; not together with `gap`

    Raises
    ------
    NoEquilibriumError : the solder would leave a pad (contact angle above 180 degrees), draw in from its edge (below 0), or neck and part.
    ValueError : a quantity that is not finite or not positive, or both a gap and a load.

    Valid for any Bond number for which a joint is stable; relative error below 1e-11, next to the largest gap 1e-6.
    Source: Young-Laplace equation; checked against an independent solver in tests/exact/test_joints.py.

    >>> round(joint(8.18123086872342e-12, 1e-4, 1e-4, 0.53, 7000.0).gap * 1e6, 3)   # a 250 um ball between two 200 um pads
    173.394
    """
    if gap is not None and load is not None:
        raise ValueError("a joint stands at a gap or under a load, not both at once: give one of them")
    kind = LOAD if gap is None else GAP
    aim = {"gap": gap} if kind == GAP else {"load": 0.0 if load is None else load}
    inputs = checked(
        volume=volume,
        bottom_radius=bottom_radius,
        top_radius=top_radius,
        surface_tension=surface_tension,
        density=density,
        gravity=gravity,
        **aim,
    )
    shape = inputs[0].shape
    rows = [_solved(kind, *(float(x) for x in one)) for one in zip(*(np.ravel(x) for x in inputs), strict=True)]
    volume, bottom_radius, top_radius, surface_tension, density, gravity, _ = inputs
    fields = [np.array(column).reshape(shape) for column in zip(*rows, strict=True)] if rows else [np.empty(shape)] * 11
    fields += [volume, bottom_radius, top_radius, surface_tension, density, gravity]
    return Joint(*(fields if shape else [float(x) for x in fields]))


def force_curve(
    volume: float,
    bottom_radius: float,
    top_radius: float,
    gaps: ArrayLike,
    surface_tension: float,
    density: float,
    gravity: float = STANDARD_GRAVITY,
) -> np.ndarray:
    """Force of a joint on its upper pad at many gaps, its volume being kept.

    F(h) = -dE/dh at constant volume

    Parameters
    ----------
    volume : V [m^3]
    bottom_radius, top_radius : a, b [m]
    gaps : h [m], array-like
    surface_tension : gamma [N/m]
    density : rho [kg/m^3]
    gravity : g [m/s^2]

    Returns
    -------
    array of the shape of `gaps` [N], positive where the joint pushes the pads apart.

    Raises
    ------
    NoEquilibriumError, ValueError : as `joint`.

    Valid and source: as `joint`.

    >>> force_curve(8.18e-12, 1e-4, 1e-4, [160e-6, 180e-6], 0.53, 7000.0).round(6).tolist()   # squeezed it pushes, stretched it pulls
    [7.8e-05, -3.2e-05]
    """
    return np.asarray(joint(volume, bottom_radius, top_radius, surface_tension, density, gravity, gap=gaps).force)


def largest_gap(
    volume: float,
    bottom_radius: float,
    top_radius: float,
    surface_tension: float,
    density: float,
    gravity: float = STANDARD_GRAVITY,
) -> Joint:
    """The joint at the largest gap that its solder can bridge before it necks and parts.

    dh = 0 along the branch of stable joints of one volume

    Parameters
    ----------
    volume : V [m^3]
    bottom_radius, top_radius : a, b [m]
    surface_tension : gamma [N/m]
    density : rho [kg/m^3]
    gravity : g [m/s^2]

    Returns
    -------
    Joint: `.gap` is the largest gap; its stiffness is minus infinity there.

    Raises
    ------
    NoEquilibriumError : no joint of this volume is stable at any gap tried, or the solder draws in from a pad's edge (contact angle zero)
        before it necks, the sentence giving the gap.
    ValueError : a quantity that is not finite or not positive.

    Valid where `joint` is; the gap to 1e-10, without gravity between equal pads 1e-6. Source: Young-Laplace equation; `joint_limits`.

    >>> round(largest_gap(5e-12, 1e-4, 1e-4, 0.53, 7000.0).gap * 1e6, 3)
    321.848
    """
    inputs = checked(
        volume=volume,
        bottom_radius=bottom_radius,
        top_radius=top_radius,
        surface_tension=surface_tension,
        density=density,
        gravity=gravity,
    )
    if inputs[0].ndim:
        raise ValueError("the largest gap is found for one joint at a time: give numbers, not arrays")
    volume, bottom_radius, top_radius, surface_tension, density, gravity = (float(x) for x in inputs)
    top = top_radius / bottom_radius
    bond = density * gravity * bottom_radius**2 / surface_tension
    status, pressure, slope, length = largest(volume / bottom_radius**3, top, bond)
    if status == DRAWN_IN:
        gap = end_of(pressure, slope, length, bond, top)[2] * bottom_radius
        raise NoEquilibriumError(f"beyond a gap of {gap:.6g} m the solder draws in from a pad's edge (contact angle zero) before it necks")
    if status != PULLED_APART:
        raise NoEquilibriumError("no joint of this volume is stable between these pads: the solder leaves a pad over its edge at every gap")
    fields = _dimensional(pressure, slope, length, bond, bottom_radius, top_radius, surface_tension)
    fields[8] = -np.inf
    return Joint(*fields, volume, bottom_radius, top_radius, surface_tension, density, gravity)


def _solved(kind, volume, bottom_radius, top_radius, surface_tension, density, gravity, aim) -> list[float]:
    """One joint's fields with their dimensions; a sentence where there is none."""
    bond = density * gravity * bottom_radius**2 / surface_tension
    top = top_radius / bottom_radius
    unit = bottom_radius if kind == GAP else surface_tension * bottom_radius
    status, pressure, slope, length = solve(kind, volume / bottom_radius**3, top, bond, aim / unit)
    if status != SOLVED:
        at = f"at a gap of {aim:.6g} m" if kind == GAP else f"under a load of {aim:.6g} N"
        why = {
            OVER_THE_EDGE: "solder would leave the pad over its edge: a contact angle would exceed 180 degrees",
            DRAWN_IN: "solder would draw in from a pad's edge: a contact angle would fall below zero",
            PULLED_APART: "the joint would neck and part: no stable shape bridges the pads",
        }
        raise NoEquilibriumError(f"{at} {why[status]}")
    return _dimensional(pressure, slope, length, bond, bottom_radius, top_radius, surface_tension)


def _dimensional(pressure, slope, length, bond, bottom_radius, top_radius, surface_tension) -> list[float]:
    """A solved joint's fields with their dimensions, in the order of `Joint`."""
    scale = bottom_radius
    measured = measure(pressure, slope, length, bond, top_radius / scale)
    gap, force, widest, narrowest, bottom_angle, top_angle, area, energy, stiffness = measured
    pressure_unit = surface_tension / scale
    return [
        gap * scale,
        force * surface_tension * scale,
        max(widest * scale, bottom_radius, top_radius),  # not a rounding below a pad
        min(narrowest * scale, bottom_radius, top_radius),
        bottom_angle,
        top_angle,
        area * scale**2,
        energy * surface_tension * scale**2,
        stiffness * surface_tension,
        pressure * pressure_unit,
        (pressure - bond * gap) * pressure_unit,
    ]
