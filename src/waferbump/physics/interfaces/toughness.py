"""What an interface withstands: its toughness by mode mix, the length over which it lets go, and what a stressed film offers it."""

from __future__ import annotations

import numpy as np

_FEWEST_ELEMENTS = 3  # in a cohesive zone: enough for the peak load


class InterfaceError(ValueError):
    """An interface that cannot be computed as asked; the message is one sentence that says why."""


def mode_mix_toughness(opening_toughness, phase, mode_sensitivity):
    """Toughness of an interface that grows with the share of shear.

    G_c(psi) = G_Ic [1 + tan^2((1 - lambda) psi)], psi = atan(sqrt(G_shear / G_opening))

    Parameters
    ----------
    opening_toughness : G_Ic [J/m^2], broadcast
    phase : psi [rad], -pi/2 to pi/2; 0 is opening, a right angle shear
    mode_sensitivity : lambda [-], above 0 to 1; 1: no effect of mode, 0: only opening counts

    Raises
    ------
    InterfaceError : a toughness that is not positive, a phase beyond a right angle, a sensitivity outside (0, 1].

    >>> round(float(mode_mix_toughness(10.0, np.pi / 4, 0.3)), 3)
    13.755

    Source: Hutchinson and Suo, Adv. Appl. Mech. 29 (1992) 63, the second of their phenomenological laws.
    """
    toughness, psi, sensitivity = (np.asarray(x, float) for x in (opening_toughness, phase, mode_sensitivity))
    if not (np.all(toughness > 0) and np.all(np.isfinite(toughness))):
        raise InterfaceError("the toughness of an interface must be positive")
    if not np.all(np.abs(psi) <= np.pi / 2):
        raise InterfaceError("a phase of mode mix lies between -90 and 90 degrees")
    if not np.all((sensitivity > 0) & (sensitivity <= 1)):
        raise InterfaceError("the mode sensitivity lies above 0 (only opening counts: pure shear would never part it) and at most at 1")
    return toughness * (1 + np.tan((1 - sensitivity) * psi) ** 2)


def benzeggagh_kenane(opening_toughness, shear_toughness, shear_fraction, exponent):
    """Toughness between that of opening and that of shear.

    G_c = G_Ic + (G_IIc - G_Ic) (G_shear / G)^eta

    Parameters
    ----------
    opening_toughness : G_Ic [J/m^2], broadcast
    shear_toughness : G_IIc [J/m^2]
    shear_fraction : G_shear / G [-], 0 to 1
    exponent : eta [-], at least 1; 1.5 to 2.5 for epoxies

    Raises
    ------
    InterfaceError : toughnesses that are not positive, a fraction outside 0 to 1, an exponent below 1.

    >>> float(benzeggagh_kenane(10.0, 30.0, 0.5, 2.0))
    15.0

    Source: Benzeggagh and Kenane, Compos. Sci. Technol. 56 (1996) 439.
    """
    opening, shear, fraction, eta = (np.asarray(x, float) for x in (opening_toughness, shear_toughness, shear_fraction, exponent))
    if not (np.all(opening > 0) and np.all(shear > 0) and np.all(np.isfinite(opening + shear))):
        raise InterfaceError("the toughness of an interface must be positive")
    if not np.all((fraction >= 0) & (fraction <= 1)):
        raise InterfaceError("the share of shear in an energy release rate lies between 0 and 1")
    if not np.all(eta >= 1):
        raise InterfaceError("the exponent of the Benzeggagh-Kenane law is at least 1: below, toughness has no slope at pure opening")
    return opening + (shear - opening) * fraction**eta


def cohesive_zone_length(plane_modulus, toughness, strength, thickness=np.inf, mode="opening"):
    """Length of the zone that lets go ahead of a crack, in a body that may be slender.

    l = E' G_c / sigma_c^2, or what is shorter of that and, for a layer of thickness h,
    (E' G_c / sigma_c^2)^(1/4) h^(3/4) in opening, (E' G_c / sigma_c^2)^(1/2) h^(1/2) in shear

    Parameters
    ----------
    plane_modulus : E' = E / (1 - nu^2) of the softer side [Pa], broadcast
    toughness : G_c [J/m^2]
    strength : sigma_c [Pa]
    thickness : h of the thinner side [m]
    mode : [-], "opening" or "shear"

    Raises
    ------
    InterfaceError : numbers that are not positive, or another mode.

    >>> round(float(cohesive_zone_length(3e9, 10.0, 50e6)) * 1e6, 9)  # polyimide
    12.0

    An order of magnitude (the factor in front lies between 0.2 and 1 by author). Source: Hillerborg et al., Cem. Concr. Res. 6 (1976) 773;
    slender bodies: Yang and Cox, Int. J. Fract. 133 (2005) 107.
    """
    if mode not in ("opening", "shear"):
        raise InterfaceError(f"the mode of a cohesive zone is opening or shear, not {mode!r}")
    modulus, energy, stress, height = (np.asarray(x, float) for x in (plane_modulus, toughness, strength, thickness))
    if not all(np.all(x > 0) for x in (modulus, energy, stress, height)):
        raise InterfaceError("the length of a cohesive zone needs a modulus, a toughness, a strength and a thickness above zero")
    bulk = modulus * energy / stress**2
    power = 0.25 if mode == "opening" else 0.5
    with np.errstate(over="ignore"):
        return np.minimum(bulk, bulk**power * height ** (1 - power))


def check_resolution(law, lengths, plane_modulus, thickness=np.inf):
    """Refuse a mesh whose elements are too long for the cohesive zone.

    max(lengths) <= min over opening and shear of the zone's length / 3

    Parameters
    ----------
    law : MixedMode of the interface [-]
    lengths : of the elements along the interface [m], any shape
    plane_modulus : E' = E / (1 - nu^2) of the softer side [Pa]
    thickness : of the thinner side [m]

    Returns the elements in the shorter zone. Raises
    ------
    InterfaceError : fewer than three, in words.

    Three give the peak load to a few percent (Turon et al., Eng. Fract. Mech. 74 (2007) 1665), but the crack then jumps from element to
    element, and equilibrium is found with viscosity only. Measured on beams with the law's own stiffness: with 4 it jumps; with 8 (opening)
    and 30 (shear; half as many at a tenth of the stiffness) it runs smoothly and meets the toughness to 0.2 % and 0.5 %.
    """
    longest = float(np.max(lengths))
    if not longest > 0:
        raise InterfaceError("the elements along an interface must be longer than nothing")
    zones = {
        "opening": float(cohesive_zone_length(plane_modulus, law.opening_energy, law.opening_strength, thickness, "opening")),
        "shear": float(cohesive_zone_length(plane_modulus, law.shear_toughness, law.shear_strength, thickness, "shear")),
    }
    mode = min(zones, key=zones.get)
    elements = zones[mode] / longest
    if elements < _FEWEST_ELEMENTS:
        raise InterfaceError(
            f"the mesh is too coarse for the interface: its zone in {mode} is {zones[mode] * 1e6:.3g} um long and the longest element "
            f"{longest * 1e6:.3g} um, where at least {_FEWEST_ELEMENTS} elements must lie in the zone; use elements of "
            f"{zones[mode] / _FEWEST_ELEMENTS * 1e6:.3g} um, or a lower strength"
        )
    return elements


def film_release(stress, thickness, young_modulus, poisson_ratio, release="edge"):
    """Energy release rate of a film under equal biaxial stress that comes off a stiff body in steady state.

    edge: G = (1 - nu^2) sigma^2 h / (2 E), the strain along the front stays; all: G = (1 - nu) sigma^2 h / E, nothing holds the film

    Parameters
    ----------
    stress : sigma of the bonded film [Pa], broadcast
    thickness : h [m]
    young_modulus : E [Pa]
    poisson_ratio : nu [-]
    release : [-], "edge" (plane strain along the front) or "all" (both directions)

    Raises
    ------
    InterfaceError : thickness or modulus that is not positive, a Poisson's ratio outside -1 to 0.5, another release.

    >>> float(film_release(100e6, 1e-6, 100e9, 0.0))
    0.05

    Valid for cracks longer than a few thicknesses, a film that does not buckle, a body much stiffer in bending. Source: Hutchinson and Suo,
    Adv. Appl. Mech. 29 (1992) 63.
    """
    if release not in ("edge", "all"):
        raise InterfaceError(f"a film comes off from an edge or all round, not {release!r}")
    sigma, height, modulus, nu = (np.asarray(x, float) for x in (stress, thickness, young_modulus, poisson_ratio))
    if not (np.all(height > 0) and np.all(modulus > 0)):
        raise InterfaceError("a film has a thickness and a modulus above zero")
    if not np.all((nu > -1) & (nu <= 0.5)):
        raise InterfaceError("a Poisson's ratio lies between -1 and 0.5")
    return sigma**2 * height / modulus * ((1 - nu**2) / 2 if release == "edge" else 1 - nu)
