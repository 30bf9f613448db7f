"""A wire that stands as a spring between two ends: how it gives way, and how much it is strained.

The centreline is a row of points, straight between them: exact for a bent bar, and with an error that falls as the square of the
spacing for a curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .springs import SpringError, rigid_arm, round_section, segment_flexibility


@dataclass(frozen=True)
class RoundWire:
    """The section of a wire: a round core, and a shell round it that strains with it.

    core_radius, shell_thickness : [m];  core_modulus, shell_modulus : Young's [Pa];  poisson_ratio : of both
    """

    core_radius: float
    core_modulus: float
    shell_thickness: float = 0.0
    shell_modulus: float = 0.0
    poisson_ratio: float = 0.35

    def __post_init__(self) -> None:
        if not (self.core_radius > 0 and self.shell_thickness >= 0 and self.core_modulus > 0 and self.shell_modulus >= 0):
            raise SpringError("a wire needs a radius and a modulus above zero")

    @property
    def radius(self) -> float:
        """Of the outer fibre [m]."""
        return self.core_radius + self.shell_thickness

    @property
    def axial(self) -> float:
        """E A [N]."""
        return np.pi * (self.core_modulus * self.core_radius**2 + self.shell_modulus * (self.radius**2 - self.core_radius**2))

    @property
    def bending(self) -> float:
        """E I [N m^2]."""
        return np.pi / 4 * (self.core_modulus * self.core_radius**4 + self.shell_modulus * (self.radius**4 - self.core_radius**4))

    @property
    def torsion(self) -> float:
        """G J [N m^2]."""
        return self.bending / (1 + self.poisson_ratio)

    @property
    def shear(self) -> float:
        """G A with the shear factor of a circle, 6 (1 + nu) / (7 + 6 nu) [N]."""
        return self.axial * 3 / (7 + 6 * self.poisson_ratio)

    def compliance(self, directions: np.ndarray) -> np.ndarray:
        """Of sections whose axes point in these directions; shape (..., 6, 6)."""
        return round_section(self.axial, self.shear, self.bending, self.torsion, directions)


@dataclass(frozen=True)
class WireResponse:
    """A wire whose end was moved.

    force : at its end [N, N m], shape (..., 6);  strain : largest along the fibre at each point of the centreline, shape (..., points)
    twist : shear strain at the outer fibre, shape (..., points);  core_stress, shell_stress : largest along the fibre [Pa], shape (...)
    """

    force: np.ndarray
    strain: np.ndarray
    twist: np.ndarray
    core_stress: np.ndarray
    shell_stress: np.ndarray


def wire_flexibility(centreline: np.ndarray, wire: RoundWire) -> np.ndarray:
    """The flexibility of a wire at its end, its start clamped: bending, torsion, stretch and shear.

    F = sum over the segments of R F_segment R^T (Castigliano)

    Parameters
    ----------
    centreline : from the clamped end to the moved one [m], shape (points, 3)
    wire : its section, `RoundWire` [m]

    Returns
    -------
    flexibility [m/N, 1/N, 1/(N m)], shape (6, 6)

    Raises
    ------
    SpringError : fewer than two points, or two that coincide

    Valid: displacements small against the wire's length; a wire slender against the radius of its bends
    Source: Timoshenko, Strength of Materials II (1956), article 15

    >>> straight = wire_flexibility(np.array([[0.0, 0, 0], [0, 0, 1e-3]]), RoundWire(10e-6, 100e9))
    >>> bool(abs(straight[0, 4] / (1e-6 / (2 * RoundWire(10e-6, 100e9).bending)) - 1) < 1e-12)
    True
    """
    points = np.asarray(centreline, float)
    vectors = np.diff(points, axis=0)
    if len(points) < 2 or np.any(np.linalg.norm(vectors, axis=1) == 0):
        raise SpringError("a wire's centreline needs at least two points, no two neighbours alike")
    arms = rigid_arm(points[-1] - points[1:])
    each = segment_flexibility(wire.compliance(vectors), vectors)
    return np.sum(arms @ each @ np.swapaxes(arms, -1, -2), axis=0)


def wire_response(centreline: np.ndarray, wire: RoundWire, displacement: np.ndarray) -> WireResponse:
    """The force and the strains of a wire whose end is moved and turned.

    f = F^-1 d; in each section eps = |N| / E A + r |M_bending| / E I, gamma = r |M_torsion| / G J

    Parameters
    ----------
    centreline : from the clamped end to the moved one [m], shape (points, 3)
    wire : its section, `RoundWire` [m]
    displacement : of the end [m, rad], shape (..., 6)

    Returns
    -------
    WireResponse

    Valid: as `wire_flexibility`, and linear
    """
    points = np.asarray(centreline, float)
    flexibility = wire_flexibility(points, wire)
    force = np.asarray(displacement, float) @ np.linalg.inv(flexibility)
    inside = np.einsum("pji,...j->...pi", rigid_arm(points[-1] - points), force)
    slopes = np.gradient(points, axis=0)
    axis = slopes / np.linalg.norm(slopes, axis=1, keepdims=True)
    normal = np.sum(inside[..., :3] * axis, -1)
    torque = np.sum(inside[..., 3:] * axis, -1)
    moment = np.linalg.norm(inside[..., 3:] - torque[..., None] * axis, axis=-1)

    def fibre(radius: float) -> np.ndarray:
        return np.abs(normal) / wire.axial + radius * moment / wire.bending

    strain = fibre(wire.radius)
    return WireResponse(
        force, strain, wire.radius * np.abs(torque) / wire.torsion,
        wire.core_modulus * fibre(wire.core_radius).max(-1), wire.shell_modulus * strain.max(-1),
    )  # fmt: skip


def s_shape(height: float, amplitude: float, *, points: int = 401) -> np.ndarray:
    """The centreline of a free-standing wire in the shape of an S, upright at both ends.

    x = a sin(2 pi s) (1 - cos(2 pi s)) 4 / (3 sqrt 3), z = h s: to one side and to the other, its largest throw a on both

    Parameters
    ----------
    height : h between the ends [m]
    amplitude : a of the throw [m]
    points : along the wire [1]

    Returns
    -------
    centreline [m], shape (points, 3)
    """
    if not (height > 0 and amplitude >= 0 and points >= 3):
        raise SpringError("an S needs a height above zero, a throw that is not negative and three points")
    s = np.linspace(0, 1, points)
    out = np.zeros((points, 3))
    out[:, 0] = amplitude * np.sin(2 * np.pi * s) * (1 - np.cos(2 * np.pi * s)) * 4 / (3 * np.sqrt(3))
    out[:, 2] = height * s
    return out
