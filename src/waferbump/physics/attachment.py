"""A die on its molten joints: the weight they share, and the warpage that makes them unequal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from .capillary import joint, largest_gap
from .capillary.equilibrium import STANDARD_GRAVITY, NoEquilibriumError

_POINTS = 6  # Gauss points along half a side of the die: 36 joints stand for all; where some open the mean is known to a part in 36
_HEIGHTS = 48  # between the widest and the lowest gap at which the balance is looked at from above


@dataclass(frozen=True)
class Standing:
    """A die that floats on its joints.

    centre_gap, corner_gap : between the pads' planes there [m];  mean_gap : over the die [m]
    centre, corner : the joints there, or None where that joint is open
    largest_gap : beyond which a joint parts, or never forms [m]
    """

    centre_gap: float
    corner_gap: float
    mean_gap: float
    centre: object | None
    corner: object | None
    largest_gap: float

    @property
    def opens(self) -> bool:
        """Whether the joint at the centre or at the corner parts."""
        return self.centre is None or self.corner is None


def standing_die(
    volume: float,
    bottom_radius: float,
    top_radius: float,
    surface_tension: float,
    density: float,
    load: float,
    warpage: float = 0.0,
    gravity: float = STANDARD_GRAVITY,
    *,
    reach: float = np.inf,
) -> Standing:
    """Gaps at which the molten joints carry a die, when the die is warped.

    mean of F(h(x, y)) over the die = load, h(x, y) = h_centre + w (x^2 + y^2) / (x_corner^2 + y_corner^2), F from the Young-Laplace
    equation; a joint wider than its largest gap has parted and carries nothing, nor does one whose halves never touched.

    Parameters
    ----------
    volume : of liquid in a joint [m^3]
    bottom_radius : of the board's wetted pad [m]
    top_radius : of the bump's pad [m]
    surface_tension : [N/m]
    density : [kg/m^3]
    load : weight of the die over the number of joints [N]
    warpage : w [m], the gap at the corner less that at the centre
    gravity : [m/s^2], downwards
    reach : [m], height of the molten bump and the molten paste together, beyond which they do not touch

    Raises
    ------
    ValueError : the joints cannot carry the load (solder would leave the pads), or all of them part.

    Valid for joints spread evenly over a square die that stays level in the mean. Source: force balance.
    """
    level = joint(volume, bottom_radius, top_radius, surface_tension, density, gravity, load=load)
    try:
        widest = min(float(largest_gap(volume, bottom_radius, top_radius, surface_tension, density, gravity).gap), reach)
    except NoEquilibriumError:  # a shallow joint draws in from a pad's edge before it necks: its halves' reach is the limit
        widest = reach
    if warpage == 0.0:
        return Standing(level.gap, level.gap, level.gap, level, level, widest)
    if not np.isfinite(widest):
        raise ValueError("how far such a shallow joint spans is not known without the reach of its halves")
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    nodes, weights = (nodes + 1) / 2, weights / 2  # on 0..1 of half a side
    share = (nodes[:, None] ** 2 + nodes[None, :] ** 2) / 2
    weight = weights[:, None] * weights[None, :]

    def one(gap: float):
        if gap >= widest:
            return None
        try:
            return joint(volume, bottom_radius, top_radius, surface_tension, density, gravity, gap=gap)
        except NoEquilibriumError:
            if gap > level.gap:  # drawn in from a pad's edge: it has parted
                return None
            raise

    crushed = 1e3 * surface_tension * (bottom_radius + top_radius)  # N, far above any joint's force: stands for one that leaves its pad

    def surplus(centre: float) -> float:
        gaps = [centre + warpage * s for s in share.ravel()]
        try:
            found = [one(gap) for gap in gaps]
        except NoEquilibriumError:
            return crushed
        return sum(w * (f.force if f is not None else 0.0) for w, f in zip(weight.ravel(), found, strict=True)) - load

    # the lowest joint stands between nothing and the widest gap; there the forces fall from what crushes it to less than the weight
    lowest = float(np.min(warpage * share))
    low, high = 1e-3 * level.gap - lowest, widest * (1 - 1e-9) - lowest
    # the die comes down from above: of several heights at which its joints carry it, it stops at the highest
    above, lower = high, None
    for gap in np.linspace(high, low, _HEIGHTS):
        if surplus(gap) > 0:
            lower = float(gap)
            break
        above = float(gap)
    if lower is None or lower == high:
        raise ValueError("no height is found at which the warped die's joints carry its weight")
    centre = float(brentq(surplus, lower, above, xtol=1e-11))
    crush = "the lowest of the warped die's joints would be crushed: solder would leave its pads"
    if abs(surplus(centre)) > 1e-3 * surface_tension * top_radius and surplus(centre - 1e-9) >= crushed:
        raise ValueError(crush)
    corner = centre + warpage
    try:
        joints = one(centre), one(corner)
    except NoEquilibriumError:
        raise ValueError(crush) from None
    return Standing(centre, corner, centre + warpage * float(np.sum(weight * share)), *joints, widest)
