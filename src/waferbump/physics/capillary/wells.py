"""Liquid solder in a well of resist: free on its pad, against the wall, held at the rim, over it, with or without a ring of gas below.

Where several shapes are at rest the one that the process leads to is returned, and the others are told:

- "free": a ball or a drop grown from less solder touches what it must. The free drop if it is clear of the walls; otherwise, of the shapes
  that touch them, the one that wets least of them, because a line of contact that advances stops at the first place that holds it.
- "wetted": plated or printed solder lay against the walls. Of the shapes that touch them, the one that wets most, because a line that
  retreats stops at the first place that holds it; the free drop only where no shape that touches them exists.

What is at rest is stable against shifts of its lines of contact at constant volume and against gas in concave corners. The barrier between
two states is not looked at. Gas is at ambient pressure, as under a mask that lets it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from .equilibrium import STANDARD_GRAVITY, NoEquilibriumError
from .hollows import FLAT, Hollow
from .meridians import outline as exact_outline
from .well_arcs import Arc, base_pressure
from .well_states import Family, Solver, State, families
from .young_laplace import PHI, integrate_until

_AT_PAD = 1e-6  # relative to the pad radius: a wall that begins nearer than this to the pad's edge begins there
_END = 40.0  # our choice: radius [of the wall's widest] to which a flat top goes on when no end is given


@dataclass(frozen=True)
class Well:
    """Solder at rest in a well, SI.

    height [m] of the apex above the pad; max_radius [m], walls included; energy [J] (gamma (A_free - cos(theta) A_wet) + rho g z dV, the
    pad left out); pad_pressure, apex_pressure [Pa] above ambient; wetted_wall_height [m], on the uppermost wall that is wet; regime: free,
    wall, rim, rimline, spread, with s_ above a wet ledge and sv_ above a ledge with a ring of gas; pad_angle [rad] through the liquid where
    it begins (a floor beside the pad stays dry if its own angle is larger); slope [rad] of the upper surface where it ends; contact_line
    (r, z) [m] there; ring_start, ring_line (r, z) [m] where the upmost ring of gas begins and where it ends on the wall, or None;
    free_area, wet_area [m^2]; gravity_energy [J]; others: further states at rest, least energy first; scale [m], bond [1], state: the same
    without dimensions
    """

    height: float
    max_radius: float
    energy: float
    pad_pressure: float
    apex_pressure: float
    wetted_wall_height: float
    regime: str
    pad_angle: float
    slope: float
    contact_line: tuple[float, float]
    ring_start: tuple[float, float] | None
    ring_line: tuple[float, float] | None
    free_area: float
    wet_area: float
    gravity_energy: float
    others: tuple[Well, ...]
    scale: float
    bond: float
    state: State

    def meridian(self, chord_error: float = 1e-9) -> np.ndarray:
        """Points (r, z) [m] of the upper surface from its line of contact to the apex, array (n, 2); its volume of revolution is exact."""
        return _drawn(self.state.top, self.bond, chord_error / self.scale) * self.scale

    def ring_meridians(self, chord_error: float = 1e-9) -> tuple[np.ndarray, ...]:
        """Points (r, z) [m] of the surfaces round rings of gas, lowest first, each upwards from where it begins, arrays (n, 2)."""
        return tuple(_drawn(arc, self.bond, chord_error / self.scale) * self.scale for _, arc, _ in self.state.rings)

    def ring_meridian(self, chord_error: float = 1e-9) -> np.ndarray | None:
        """Points (r, z) [m] of the surface round the only ring of gas, or None without one; ValueError where there are several."""
        if len(self.state.rings) > 1:
            raise ValueError("rings of gas lie over one another here: `ring_meridians` has the surfaces of all of them")
        return next(iter(self.ring_meridians(chord_error)), None)


def _drawn(arc: Arc, bond: float, chord_error: float) -> np.ndarray:
    if arc.flat:
        return np.array([[arc.start[0], arc.start[1]], [0.0, arc.start[1]]])
    if arc.from_apex:
        points = exact_outline(arc.start, arc.pressure, -bond, arc.length, chord_error)[::-1]
        return np.column_stack([points[:, 0], arc.end[1] - points[:, 1]])
    return exact_outline(arc.start, arc.pressure, bond, arc.length, chord_error)


def in_well(
    volume: float,
    pad_radius: float,
    wells: Sequence[tuple[float, float]],
    wall_angle: float,
    surface_tension: float,
    density: float,
    gravity: float = STANDARD_GRAVITY,
    start: Literal["free", "wetted"] = "free",
) -> Well:
    """Shape of a drop on a round pad inside one or more wells that stand on one another, each with a vertical wall.

    gamma times the curvature = p_pad - rho g z, slope theta - 90 degrees on a wall, theta on a ledge, between the two at a rim

    Parameters
    ----------
    volume : V [m^3], scalar
    pad_radius : a [m], scalar
    wells : (radius, depth) of each from the pad up [m], radii not falling
    wall_angle : theta [rad], contact angle on the resist, scalar
    surface_tension : gamma [N/m], scalar
    density : rho [kg/m^3], scalar
    gravity : g [m/s^2], scalar, downwards
    start : "wetted" where the solder came in contact with the walls, "free" where it did not [1]; see the module for what that decides

    Raises
    ------
    NoEquilibriumError : no shape is at rest.
    ValueError : wells that narrow upwards, a pad wider than its well, an angle outside 90 to 180 degrees, a quantity out of range.

    Valid for gravity downwards, a flat top without end, a floor between pad and wall that is not wetted. Source: Young-Laplace equation;
    checked against an independent solver in tests/exact/test_wells.py.

    >>> found = in_well(1.6e-9, 1e-3, [(1e-3, 0.5e-3)], np.radians(150), 0.53, 7000.0, start="wetted")
    >>> found.regime, round(found.height * 1e3, 6)
    ('wall', 0.761638)
    """
    if not wells:
        raise ValueError("a well needs its radius and depth")
    corners: list[tuple[float, float]] = []
    level = 0.0
    for radius, depth in wells:
        if not (np.isfinite(radius) and np.isfinite(depth) and radius > 0 and depth > 0):
            raise ValueError("the radius and the depth of a well must be positive")
        if corners and radius < corners[-1][0]:
            raise ValueError("wells must not narrow upwards")
        corners += [(radius, level), (radius, level + depth)]
        level += depth
    corners.append((_END * corners[-1][0], level))
    kept = [corners[0], *(b for a, b in pairwise(corners) if a != b)]
    return in_hollow(volume, pad_radius, np.array(kept), wall_angle, surface_tension, density, gravity, start=start)


def in_hollow(
    volume: float,
    pad_radius: float,
    wall: np.ndarray,
    contact_angle: float,
    surface_tension: float,
    density: float,
    gravity: float = STANDARD_GRAVITY,
    *,
    start: Literal["free", "wetted"] = "free",
    floor_angle: float | None = None,
    like: Well | None = None,
) -> Well:
    """Shape of a drop on a round pad inside a wall of any outline that does not go down on its way outwards.

    gamma times the curvature = p_pad - rho g z, slope theta - alpha on a piece that rises at alpha, between the two at a convex corner

    Parameters
    ----------
    volume : V [m^3], scalar
    pad_radius : a [m], scalar
    wall : corners (r, z) [m] from the foot, z = 0, up to the flat on top and to its end, array (n, 2)
    contact_angle : theta [rad] on the wall, scalar, 90 to 180 degrees
    surface_tension : gamma [N/m], scalar
    density : rho [kg/m^3], scalar, zero for no weight
    gravity : g [m/s^2], scalar, not upwards
    start : as in `in_well` [1]
    floor_angle : contact angle on the level floor between the pad and the wall [rad], scalar, 90 to 180 degrees; None: a floor that repels
        the liquid, 180 degrees
    like : a state of nearly the same volume found before [1]: only its like is looked for, and its others are kept

    Raises
    ------
    NoEquilibriumError : no shape is at rest.
    ValueError : a quantity out of range, or a wall that begins inside the pad or goes down.

    Valid as `in_well`. Source: as there.

    >>> lean = np.array([(50e-6, 0.0), (60e-6, 60e-6), (500e-6, 60e-6)])   # a wall that leans outwards
    >>> in_hollow(3.5e-13, 50e-6, lean, np.radians(130), 0.53, 7000.0, start="wetted").regime
    'wall'
    """
    hollow, scaled = _hollow(volume, pad_radius, wall, contact_angle, surface_tension, density, gravity, floor_angle)
    if start not in ("free", "wetted"):
        raise ValueError(f'the start must be "free" or "wetted", not {start!r}')
    looked_at = families(hollow) if like is None else (like.state.family,)
    solver = Solver(hollow)
    results = [_result(hollow, state, (pad_radius, surface_tension)) for family in looked_at for state in solver.solved(scaled, family)]
    if not results:
        raise NoEquilibriumError(_why_not(solver, scaled, like))
    results.sort(key=lambda well: well.energy)
    free = [well for well in results if well.regime == "free"]
    touching = sorted((well for well in results if well.regime != "free"), key=lambda well: well.wet_area)
    if start == "free":
        chosen = (free or touching)[0]
    else:
        chosen = touching[-1] if touching else free[0]
    others = like.others if like is not None else tuple(well for well in results if well is not chosen)
    return replace(chosen, others=others)


def _hollow(volume, pad_radius, wall, contact_angle, surface_tension, density, gravity, floor_angle) -> tuple[Hollow, float]:
    """The wall and the volume without dimensions; ValueError for what is out of range."""
    quantities = {"volume": volume, "pad radius": pad_radius, "surface tension": surface_tension}
    for name, value in quantities.items():
        if not (np.isfinite(value) and value > 0):
            raise ValueError(f"the {name} must be a positive number")
    if not (np.isfinite(density) and density >= 0 and np.isfinite(gravity) and gravity >= 0):
        raise ValueError("density and gravity must not be negative: a well of solder faces up")
    for name, angle in (("wall", contact_angle), ("floor", np.pi if floor_angle is None else floor_angle)):
        if not np.pi / 2 - 1e-12 <= angle <= np.pi + 1e-12:
            raise ValueError(f"the contact angle on the {name} must lie between 90 and 180 degrees: resist is not wetted by solder")
    corners = np.asarray(wall, float) / pad_radius
    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 2 or not np.all(np.isfinite(corners)):
        raise ValueError("a wall is a line of at least two corners (r, z)")
    if corners[0, 0] < 1 - 1e-4:
        raise ValueError(f"the wall begins at {corners[0, 0]:.4g} of the pad's radius, inside the pad")
    if abs(corners[0, 1]) > 1e-12:
        raise ValueError("the foot of a wall must lie at the pad's level, z = 0")
    if np.any(np.diff(corners[:, 1]) < -1e-12):
        raise ValueError("a wall must not go down on its way outwards")
    angles = np.full(len(corners) - 1, min(contact_angle, np.pi))
    if corners[0, 0] < 1 + _AT_PAD:
        corners[0, 0] = 1.0
    else:
        corners = np.vstack([(1.0, 0.0), corners])
        angles = np.insert(angles, 0, np.pi if floor_angle is None else min(floor_angle, np.pi))
    bond = density * gravity * pad_radius**2 / surface_tension
    return Hollow(corners, angles, bond), volume / pad_radius**3


def _result(hollow: Hollow, state: State, scale: tuple[float, float]) -> Well:
    radius, tension = scale
    energy, pressure = tension * radius**2, tension / radius
    ring = state.rings[-1] if state.rings else None
    ledge = _ledge(hollow, state)
    lowest = max(0.0 if ring is None else ring[1].end[1], 0.0 if ledge is None else float(hollow.corners[ledge, 1]))
    contact = hollow.place(state.high)
    return Well(
        height=state.apex * radius,
        max_radius=max(_widest(state, hollow.bond), float(np.max(hollow.corners[: state.high[0] + 1, 0])), float(contact[0])) * radius,
        energy=state.energy(hollow) * energy,
        pad_pressure=base_pressure(state.top, hollow.bond) * pressure,
        apex_pressure=state.top.pressure * pressure,
        wetted_wall_height=max(float(contact[1]) - lowest, 0.0) * radius,
        regime=_regime(hollow, state, ledge),
        pad_angle=float(state.base_slope),
        slope=float(state.slope),
        contact_line=(float(contact[0]) * radius, float(contact[1]) * radius),
        ring_start=None if ring is None else (ring[1].start[0] * radius, ring[1].start[1] * radius),
        ring_line=None if ring is None else (ring[1].end[0] * radius, ring[1].end[1] * radius),
        free_area=state.free_area * radius**2,
        wet_area=state.wet_area * radius**2,
        gravity_energy=hollow.bond * state.moment * energy,
        others=(),
        scale=radius,
        bond=hollow.bond,
        state=state,
    )


def _widest(state: State, bond: float) -> float:
    """Largest radius of the surfaces [a]."""
    widest = 0.0
    if state.slope > np.pi / 2:
        top = state.top
        widest = float(integrate_until(0.0, 0.0, 0.0, top.pressure, -bond, PHI, np.pi / 2, top.length)[0])
    for _, ring, _ in state.rings:
        if ring.start[2] < np.pi / 2 < ring.end[2]:
            widest = max(widest, float(integrate_until(*ring.start, ring.pressure, bond, PHI, np.pi / 2, ring.length)[0]))
    return widest


def _ledge(hollow: Hollow, state: State) -> int | None:
    """The last ledge (level piece with a wall above it) below where the upper surface ends; the floor beside the pad is none."""
    last = state.high[0] if state.high[1] > 0 else state.high[0] - 1
    ledges = [i for i in range(last) if hollow.alphas[i] <= FLAT and hollow.corners[i, 1] > 0 and hollow.rises(i + 1, last)]
    return ledges[-1] if ledges else None


def _regime(hollow: Hollow, state: State, ledge: int | None) -> str:
    kind = state.family.kind
    if kind == "free":
        return "free"
    prefix = ""
    if ledge is not None:
        prefix = "sv_" if state.rings and state.rings[-1][2][0] > ledge else "s_"
    if kind == "piece":
        return prefix + ("spread" if hollow.alphas[state.family.number] <= FLAT else "wall")
    return prefix + ("rimline" if state.on_tip else "rim")


def _why_not(solver: Solver, volume: float, like: Well | None) -> str:
    if like is not None:
        return f"no shape of this volume is at rest in the way of the one given, which was {like.regime}"
    ends = solver.hollow.corners[-1, 0]
    if volume > solver.filled(Family((), "piece", len(solver.hollow.alphas) - 1), 1.0):
        why = f"{volume:.4g} times the cube of the pad's radius run over the end of the walls, at {ends:.4g} pad radii"
    else:
        why = f"every surface round {volume:.4g} times the cube of the pad's radius would enter a wall or slide on along it"
    return f"no shape of this volume is at rest: {why}"
