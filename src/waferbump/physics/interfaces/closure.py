"""Energy release rates of cracks along an interface, from the forces ahead of the tip and the openings behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import gamma

from .toughness import InterfaceError

_UNLIKE = 1.25 * (1 + 1e-9)  # of lengths at a tip: beyond, the error passes 7 %; our choice


@dataclass(frozen=True)
class EnergyRelease:
    """Energy release rates by mode along a crack's front.

    opening, shear, tearing : [J/m^2], shape (pairs,);  coupling : (F_n d_s + F_s d_n) / (2 A) [J/m^2], the sign and phase of the mix
    lengths : over which the crack was closed [m];  closed : where the sides overlap behind the tip: opening then counts as 0
    """

    opening: np.ndarray
    shear: np.ndarray
    tearing: np.ndarray
    coupling: np.ndarray
    lengths: np.ndarray
    closed: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Sum of the modes [J/m^2]."""
        return self.opening + self.shear + self.tearing

    @property
    def mode_mix(self) -> np.ndarray:
        """psi = atan(sqrt((shear + tearing) / opening)) with the sign of the shear [rad]; between unlike materials, at `lengths`."""
        size = np.sqrt(np.maximum(self.shear + self.tearing, 0.0))
        return np.arctan2(np.where(self.coupling < 0, -size, size), np.sqrt(np.maximum(self.opening, 0.0)))


def _resolved(force, opening, directions):
    """Forces and openings as (pairs, d) along normal, growth and front."""
    force, opening = np.atleast_2d(np.asarray(force, float)), np.atleast_2d(np.asarray(opening, float))
    size = force.shape[-1]
    if force.shape != opening.shape or size not in (2, 3):
        raise InterfaceError("a crack's front has as many forces as openings, with two or three components")
    if not (np.all(np.isfinite(force)) and np.all(np.isfinite(opening))):
        raise InterfaceError("forces and openings at a crack's tip must be finite")
    if directions is None:  # z, x, y
        directions = np.eye(size)[[size - 1, *range(size - 1)]]
    directions = np.broadcast_to(np.asarray(directions, float), (len(force), size, size))
    return np.einsum("pij,pj->pi", directions, force), np.einsum("pij,pj->pi", directions, opening)


def _release(force, opening, areas, lengths) -> EnergyRelease:
    rates = force * opening / (2 * areas[:, None])
    closed = opening[:, 0] < 0
    coupling = (force[:, 0] * opening[:, 1] + force[:, 1] * opening[:, 0]) / (2 * areas)
    tearing = rates[:, 2] if force.shape[1] == 3 else np.zeros(len(force))
    return EnergyRelease(np.where(closed, 0.0, rates[:, 0]), rates[:, 1], tearing, coupling, lengths, closed)


def virtual_crack_closure(force, opening, lengths, widths=1.0, *, ahead=None, directions=None) -> EnergyRelease:
    """Energy release rates by the one-step virtual crack closure technique.

    G_i = F_i d_i / (2 a_behind b) sqrt(a_behind / a_ahead)

    Parameters
    ----------
    force : of the upper side on the lower at the pairs on the front [N], shape (pairs, d) as (x, z) or (x, y, z)
    opening : upper less lower displacement at the pairs next behind the front [m], shape (pairs, d)
    lengths : a_behind, from those pairs to the front [m], shape (pairs,) or one
    widths : b of the front that a pair stands for [m], shape (pairs,) or one
    ahead : a_ahead, of the elements before the front [m]; None: as those behind
    directions : rows normal, along growth, along the front [-], shape (d, d) or (pairs, d, d); None: z, x, y

    Raises
    ------
    InterfaceError : shapes that do not fit, lengths or widths that are not positive, lengths too unlike.

    >>> virtual_crack_closure([[0.0, 2.0]], [[0.0, 3.0]], 1.0).total
    array([3.])

    Valid for linear elements and lengths within 1.25 of one another: there the square root leaves 5 % in opening and 7 % in shear, measured
    on beams (2 to 1 leaves 15 to 27 %), and equal lengths nothing. For other meshes use `closure_integral`. Where the sides overlap behind
    the tip, opening counts as nothing and `closed` says so. Source: Rybicki and Kanninen, Eng. Fract. Mech. 9 (1977) 931; lengths: Krueger,
    Appl. Mech. Rev. 57 (2004) 109.
    """
    force, opening = _resolved(force, opening, directions)
    behind, width = (np.broadcast_to(np.asarray(x, float), (len(force),)) for x in (lengths, widths))
    before = behind if ahead is None else np.broadcast_to(np.asarray(ahead, float), (len(force),))
    if not (np.all(behind > 0) and np.all(width > 0) and np.all(before > 0)):
        raise InterfaceError("the lengths and widths at a crack's front must be positive")
    if np.any(np.maximum(behind, before) > _UNLIKE * np.minimum(behind, before)):
        raise InterfaceError(
            f"the elements before and behind a crack's tip differ by more than {_UNLIKE:.3g} in length, which spoils a one-step closure: "
            "mesh them alike, or release the pair and use closure_integral"
        )
    return _release(force, opening, np.sqrt(behind * before) * width, before)


def closure_integral(force, opening, area, *, directions=None) -> EnergyRelease:
    """Mean energy release rates over an area, by releasing its pairs of nodes: two solutions.

    G_i = sum over the pairs of F_i d_i / (2 A)

    Parameters
    ----------
    force : of the upper side on the lower at the pairs before they are released [N], shape (pairs, d)
    opening : of the same pairs after their release under the same load [m], shape (pairs, d)
    area : A released [m^2]
    directions : rows normal, along growth, along the front [-], shape (d, d) or (pairs, d, d); None: z, x, y

    Raises
    ------
    InterfaceError : shapes that do not fit, an area that is not positive.

    >>> closure_integral([[0.0, 2.0], [0.0, 1.0]], [[0.0, 3.0], [0.0, 4.0]], 1.0).total
    array([5.])

    For linear bodies this is the loss of the mesh's potential energy over the area, exactly, however long its elements. The length of the
    result is A per unit of width. Source: Irwin's integral in finite elements, Rybicki and Kanninen, Eng. Fract. Mech. 9 (1977) 931.
    """
    force, opening = _resolved(force, opening, directions)
    if not (np.isfinite(area) and area > 0):
        raise InterfaceError("the area that a crack releases must be positive")
    parts = _release(force, opening, np.full(len(force), float(area)), np.full(len(force), float(area)))
    sums = [np.atleast_1d(np.sum(x)) for x in (parts.opening, parts.shear, parts.tearing, parts.coupling)]
    return EnergyRelease(*sums, np.array([float(area)]), np.atleast_1d(np.any(parts.closed)))


def internal_forces(blocks: Iterable, u, temperature, dt=0.0):
    """Forces that must act on the nodes to hold some blocks as they are: those of the lower side give the force across an interface.

    f = sum over the elements of the integral of B^T sigma

    Parameters
    ----------
    blocks : of the finite-element model [-]; at a tied pair give those on one side
    u : displacements [m], shape (dofs,)
    temperature : [K], one or by node
    dt : since the last accepted state [s]

    Returns forces [N], shape (dofs,); from those on a pair's lower node take the load applied to it, if there is one. The blocks' trial
    states are put back.
    """
    u = np.asarray(u, float)
    total = np.zeros(len(u))
    for block in blocks:
        forces, _ = block.evaluate(u, temperature, dt)
        block.reset_trial()
        total += np.bincount(np.asarray(block.dofs).ravel(), np.asarray(forces).ravel(), len(u))
    return total


def oscillation_index(lower_modulus, lower_poisson, upper_modulus, upper_poisson):
    """Oscillation index of a crack between two isotropic bodies in plane strain.

    epsilon = ln((1 - beta) / (1 + beta)) / (2 pi), 1 above, 2 below,
    beta = (mu_1 (1 - 2 nu_2) - mu_2 (1 - 2 nu_1)) / (2 (mu_1 (1 - nu_2) + mu_2 (1 - nu_1)))

    Parameters
    ----------
    lower_modulus : E below [Pa]
    lower_poisson : nu below [-]
    upper_modulus : E above [Pa]
    upper_poisson : nu above [-]

    Raises
    ------
    InterfaceError : moduli that are not positive, Poisson's ratios outside -1 to 0.5.

    >>> oscillation_index(1.0, 0.3, 1.0, 0.3)
    0.0

    Source: Dundurs, J. Appl. Mech. 36 (1969) 650; Hutchinson and Suo, Adv. Appl. Mech. 29 (1992) 63.
    """
    moduli, ratios = np.array([upper_modulus, lower_modulus], float), np.array([upper_poisson, lower_poisson], float)
    if not (np.all(moduli > 0) and np.all((ratios > -1) & (ratios <= 0.5))):
        raise InterfaceError("the bodies beside a crack have moduli above zero and Poisson's ratios between -1 and 0.5")
    one, two = moduli / (2 * (1 + ratios))
    mismatch = (one * (1 - 2 * ratios[1]) - two * (1 - 2 * ratios[0])) / (2 * (one * (1 - ratios[1]) + two * (1 - ratios[0])))
    return float(np.log((1 - mismatch) / (1 + mismatch)) / (2 * np.pi))


def phase_at_length(release: EnergyRelease, reference_length, oscillation):
    """Phase of the stress intensity of a crack between two materials, at a stated length.

    K L^(i epsilon) = |K| exp(i psi): exp(2 i psi_a) ~ (G_opening - G_shear + i coupling) / C, C = 2 cosh(pi epsilon)
    B(1/2 + i epsilon, 3/2 + i epsilon) / (pi (1 + 2 i epsilon)) by closing the crack over a; psi_L = psi_a + epsilon ln(L / a)

    Parameters
    ----------
    release : EnergyRelease in plane strain [J/m^2]; its `lengths` are a
    reference_length : L [m]; a toughness is measured at one, so say which
    oscillation : epsilon [-], 0 between like materials

    Raises
    ------
    InterfaceError : a length that is not positive, or a front with tearing, whose phase is not plane.

    Returns psi [rad]; the sign turns with the direction of growth. Source: the near-tip field in Hutchinson and Suo, Adv. Appl. Mech. 29
    (1992) 63, put into Irwin's integral over a finite length (as Toya, Int. J. Fract. 56 (1992) 345).
    """
    if not np.all(np.asarray(reference_length) > 0):
        raise InterfaceError("the phase of a mode mix belongs to a length above zero")
    if np.any(release.tearing > 1e-6 * release.total):
        raise InterfaceError("the phase at a length is that of a plane crack, and this front tears too")
    first, second = 0.5 + 1j * oscillation, 1.5 + 1j * oscillation
    share = np.cosh(np.pi * oscillation) * gamma(first) * gamma(second) / (np.pi * first * gamma(first + second))
    here = np.angle((release.opening - release.shear + 1j * release.coupling) / share) / 2
    return here + oscillation * np.log(reference_length / release.lengths)
