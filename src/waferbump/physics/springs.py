"""Springs of six degrees of freedom: how far a point gives way under a force and a moment, and how such springs join.

A force is (F_x, F_y, F_z, M_x, M_y, M_z) and a displacement (u_x, u_y, u_z, theta_x, theta_y, theta_z), both at one named point; a
flexibility [6 x 6] turns the one into the other, its inverse is the stiffness. Springs in series add their flexibilities *at the same
point*, springs side by side their stiffnesses. All functions take stacks of matrices: leading axes broadcast.
"""

from __future__ import annotations

import numpy as np


class SpringError(ValueError):
    """A spring that cannot be, in words."""


def _cross(arm: np.ndarray) -> np.ndarray:
    """The matrix [a]x of a cross product, [a]x b = a x b; shape (..., 3, 3)."""
    out = np.zeros((*arm.shape[:-1], 3, 3))
    x, y, z = arm[..., 0], arm[..., 1], arm[..., 2]
    out[..., 0, 1], out[..., 0, 2], out[..., 1, 2] = -z, y, -x
    out[..., 1, 0], out[..., 2, 0], out[..., 2, 1] = z, -y, x
    return out


def rigid_arm(arm: np.ndarray) -> np.ndarray:
    """How a rigid arm carries the motion of its root to its tip.

    u_tip = u_root + theta x a, theta_tip = theta_root; its transpose carries a force from the tip to the root

    Parameters
    ----------
    arm : from root to tip [m], shape (..., 3)

    Returns
    -------
    matrix, lengths in its upper right block [m], shape (..., 6, 6)

    >>> rigid_arm(np.array([0.0, 0.0, 2.0])) @ np.array([0, 0, 0, 0, 0.5, 0])
    array([1. , 0. , 0. , 0. , 0.5, 0. ])
    """
    arm = np.asarray(arm, float)
    out = np.zeros((*arm.shape[:-1], 6, 6)) + np.eye(6)
    out[..., :3, 3:] = -_cross(arm)
    return out


def moved(flexibility: np.ndarray, arm: np.ndarray) -> np.ndarray:
    """The flexibility of the same spring at the tip of a rigid arm that stands on it.

    F_tip = R F R^T with R of `rigid_arm`

    Parameters
    ----------
    flexibility : at the arm's root [m/N, 1/N, 1/(N m)], shape (..., 6, 6)
    arm : from there to the tip [m], shape (..., 3)

    Returns
    -------
    flexibility at the tip, shape (..., 6, 6)
    """
    arm = rigid_arm(arm)
    return arm @ flexibility @ np.swapaxes(arm, -1, -2)


def segment_flexibility(section_compliance: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """The flexibility of a straight uniform beam at its tip, its root clamped.

    F = integral of T(s)^T C T(s) ds with T(s) the force in the section at s for one at the tip (Castigliano); exact, for T is linear in s:
    F = L [C + (N^T C + C N) / 2 + N^T C N / 3], N the moment that a force at the tip has about the root

    Parameters
    ----------
    section_compliance : strains and curvatures of a section for a force in it, in the axes of the result [1/N, 1/(N m), 1/(N m^2)],
        shape (..., 6, 6)
    vector : from root to tip [m], shape (..., 3)

    Returns
    -------
    flexibility [m/N, 1/N, 1/(N m)], shape (..., 6, 6)

    Source: Castigliano's theorem; Przemieniecki, Theory of Matrix Structural Analysis (1968), chapter 8
    """
    vector = np.asarray(vector, float)
    lever = np.zeros((*vector.shape[:-1], 6, 6))
    lever[..., 3:, :3] = _cross(vector)
    turned = np.swapaxes(lever, -1, -2) @ section_compliance
    length = np.linalg.norm(vector, axis=-1)[..., None, None]
    return length * (section_compliance + (turned + section_compliance @ lever) / 2 + turned @ lever / 3)


def round_section(axial: np.ndarray, shear: np.ndarray, bending: np.ndarray, torsion: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """The section compliance of a beam whose section is round, for any direction of its axis.

    C = (1/EA - 1/GA) t t^T + I / GA for forces and (1/GJ - 1/EI) t t^T + I / EI for moments, t along the axis

    Parameters
    ----------
    axial, shear : EA and GA, the latter with its shear factor [N], shape (...)
    bending, torsion : EI and GJ [N m^2], shape (...)
    direction : along the axis, of any length [m], shape (..., 3)

    Returns
    -------
    section compliance, shape (..., 6, 6)
    """
    direction = np.asarray(direction, float)
    unit = direction / np.linalg.norm(direction, axis=-1, keepdims=True)
    along = unit[..., :, None] * unit[..., None, :]
    axial, shear, bending, torsion = (np.asarray(value, float)[..., None, None] for value in (axial, shear, bending, torsion))
    forces = (1 / axial - 1 / shear) * along + np.eye(3) / shear
    moments = (1 / torsion - 1 / bending) * along + np.eye(3) / bending
    out = np.zeros((*np.broadcast_shapes(forces.shape, moments.shape)[:-2], 6, 6))
    out[..., :3, :3], out[..., 3:, 3:] = forces, moments
    return out


def column_flexibility(radius: np.ndarray, height: np.ndarray, young_modulus: np.ndarray, poisson_ratio: float) -> np.ndarray:
    """The flexibility of a solid of revolution at its top, its foot clamped: a bump, a post.

    F = integral of T^T C T dz along the axis with E A = E pi R^2, E I = E pi R^4 / 4, G J = 2 G E I / E and the shear factor
    6 (1 + nu) / (7 + 6 nu) of a circle; R(z) linear between the outline's points, three Gauss points in each

    Parameters
    ----------
    radius, height : of the outline [m], shape (points,), heights rising
    young_modulus : [Pa], shape (...)
    poisson_ratio : [1]

    Returns
    -------
    flexibility about the top's centre [m/N, 1/N, 1/(N m)], shape (..., 6, 6)

    Raises
    ------
    SpringError : heights that do not rise, radii that vanish

    Valid: a bump is stout: the beam's shear and bending hold to some ten per cent where height is of the order of the diameter.
    Source: Cowper, J. Appl. Mech. 33 (1966) 335 for the shear factor
    """
    radius, height = np.asarray(radius, float), np.asarray(height, float)
    if len(height) < 2 or np.any(np.diff(height) <= 0) or np.any(radius <= 0):
        raise SpringError("a column needs an outline whose heights rise and whose radii are above zero")
    points, weights = np.polynomial.legendre.leggauss(3)
    mid, half = (height[1:] + height[:-1]) / 2, np.diff(height) / 2
    z = (mid[:, None] + half[:, None] * points).ravel()
    weight = (half[:, None] * weights).ravel()
    r = np.interp(z, height, radius)
    area, second = np.pi * r**2, np.pi * r**4 / 4
    shear_modulus = 1 / (2 * (1 + poisson_ratio))
    factor = 6 * (1 + poisson_ratio) / (7 + 6 * poisson_ratio)
    section = round_section(area, shear_modulus * factor * area, second, 2 * shear_modulus * second, np.array([0.0, 0.0, 1.0]))
    arms = np.zeros((len(z), 3))
    arms[:, 2] = height[-1] - z
    unit = np.einsum("p,pij->ij", weight, moved(section, arms))
    return unit / np.asarray(young_modulus, float)[..., None, None]


def stiffness_with(flexibility: np.ndarray, held: tuple[int, ...]) -> np.ndarray:
    """The stiffness of some degrees of freedom where the others are free of force.

    K = (F restricted to those)^-1

    Parameters
    ----------
    flexibility : [m/N, 1/N, 1/(N m)], shape (..., 6, 6)
    held : the degrees of freedom that are moved or kept, 0 to 5 [1]

    Returns
    -------
    stiffness [N/m, N, N m], shape (..., len(held), len(held))

    >>> float(stiffness_with(np.diag([2.0, 1, 1, 1, 1, 1]), (0, 4))[0, 0])
    0.5
    """
    rows = np.asarray(held)
    return np.linalg.inv(flexibility[..., rows[:, None], rows])


def tip_response(flexibility: np.ndarray, displacement: np.ndarray, held: tuple[int, ...]) -> np.ndarray:
    """The force at a spring's tip where some degrees of freedom are imposed and the others free.

    f_held = K_held d_held, the other components of f are zero

    Parameters
    ----------
    flexibility : [m/N, 1/N, 1/(N m)], shape (..., 6, 6)
    displacement : imposed on the held ones [m, rad], shape (..., len(held))
    held : the degrees of freedom that are imposed, 0 to 5 [1]

    Returns
    -------
    force and moment at the tip [N, N m], shape (..., 6)
    """
    inner = np.einsum("...ij,...j->...i", stiffness_with(flexibility, held), displacement)
    out = np.zeros((*inner.shape[:-1], 6))
    out[..., list(held)] = inner
    return out


def lateral_stiffness(flexibility: np.ndarray, direction: float = 0.0, *, end: str = "guided") -> np.ndarray:
    """The stiffness of a joint against a shift of the board.

    K = 1 / (e F_free e) of an end that may tilt; else the end keeps its tilts, and with "held" its height too

    Parameters
    ----------
    flexibility : at the joint's end on the board [m/N, 1/N, 1/(N m)], shape (..., 6, 6)
    direction : of the shift from the x axis [rad]
    end : "guided" (the board keeps the end from tilting, its height is free), "held" (height too) or "free" [1]

    Returns
    -------
    stiffness [N/m], shape (...)

    Valid: "guided" is how a bump of an array stands: die and board stay parallel, for the bumps at the far side, pushed the other way,
    tilt them back; "free" is a single bump's end with nothing to hold it
    """
    kept = {"guided": (0, 1, 3, 4, 5), "held": (0, 1, 2, 3, 4, 5), "free": (0, 1)}
    if end not in kept:
        raise ValueError(f"an end is guided, held or free, not {end!r}")
    stiffness = stiffness_with(flexibility, kept[end])
    along = np.array([np.cos(direction), np.sin(direction)])
    return np.einsum("i,...ij,j->...", along, stiffness[..., :2, :2], along)


def peel_energy_release(section_compliance: np.ndarray, force: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Energy set free when a strip's bonded end peels by a unit of area: bonded it stores nothing, free it stores its strain energy.

    G = f^T C f / (2 b); of a beam in bending M^2 / (2 E I b), of one in tension N^2 / (2 E A b)

    Parameters
    ----------
    section_compliance : of the free strip [1/N, 1/(N m), 1/(N m^2)], shape (..., 6, 6)
    force : in the section at the bond's edge [N, N m], shape (..., 6)
    width : of the bond's edge [m], shape (...)

    Returns
    -------
    energy release rate [J/m^2], shape (...)

    Valid: what it lies on is rigid
    Source: Suo and Hutchinson, Int. J. Fracture 43 (1990) 1, with a rigid lower beam
    """
    return np.einsum("...i,...ij,...j->...", force, section_compliance, force) / (2 * np.asarray(width, float))
