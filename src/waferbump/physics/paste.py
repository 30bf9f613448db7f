"""Solder paste and powder: how much of what fills an opening is metal."""

from __future__ import annotations

# Volume fraction at which equal spheres poured at random stop: the textbook value, remembered and not re-read. Powders of several
# sizes reach up to 0.70; it bounds what a recipe may claim, and enters no result.
RANDOM_CLOSE_PACKING = 0.64


def metal_volume_fraction(metal_mass_fraction: float, metal_density: float, flux_density: float) -> float:
    """Volume fraction of metal in a paste from its metal loading by mass.

    phi = (w / rho_s) / (w / rho_s + (1 - w) / rho_f)

    Parameters
    ----------
    metal_mass_fraction : w, between 0 and 1
    metal_density : rho_s [kg/m^3]
    flux_density : rho_f [kg/m^3]

    Raises
    ------
    ValueError : a fraction outside 0 to 1.

    >>> round(metal_volume_fraction(0.90, 8400.0, 1000.0), 3)
    0.517
    """
    if not 0 < metal_mass_fraction <= 1:
        raise ValueError("a metal loading lies between 0 and 1")
    metal = metal_mass_fraction / metal_density
    return metal / (metal + (1 - metal_mass_fraction) / flux_density)
