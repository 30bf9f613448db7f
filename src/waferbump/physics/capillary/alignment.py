"""A ball beside its pad: whether the molten solder reaches the pad and draws itself onto it, and how hard.

How hard a joint pulls two shifted pads into line is the lateral part of the force of `surfaces.surface_joint`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .equilibrium import checked


@dataclass(frozen=True)
class Capture:
    """Whether a molten ball finds its pad; every field has the broadcast shape of the inputs.

    caught, reach [m] (the largest offset that is still caught), overlap [m^2] (of footprint and pad), width [m] (of the part of the pad's
    edge that the solder lies across), contact_angle [rad] (of the ball on what surrounds the pad, from its footprint), pull [m] (force
    towards the pad, or energy gained per way moved, over the surface tension).
    """

    caught: np.ndarray | bool
    reach: np.ndarray | float
    overlap: np.ndarray | float
    width: np.ndarray | float
    contact_angle: np.ndarray | float
    pull: np.ndarray | float


def capture(ball_diameter: ArrayLike, pad_radius: ArrayLike, offset: ArrayLike, contact_radius: ArrayLike) -> Capture:
    """Whether a molten ball that lies off its pad's centre is drawn onto the pad, and how hard.

    caught: x < a + r; pull = F / gamma = (1 - cos(theta)) w, w the chord that the two circles share, theta from V(theta, r) = pi d^3 / 6

    Parameters
    ----------
    ball_diameter : d [m], array-like
    pad_radius : a [m], array-like, broadcasts against `ball_diameter` as do the others
    offset : x [m], array-like, distance of the ball's axis from the pad's centre, not negative
    contact_radius : r [m], array-like, of the molten ball's footprint on what surrounds the pad

    Raises
    ------
    ValueError : a quantity that is not finite or not positive, or a footprint as wide as the ball or wider.

    Assumes that the pad is round and clean under its flux (wetted to an angle of zero), that what surrounds it is wetted by nothing but
    the footprint given, and that neither the contact line nor dirt holds the ball back; the ball is a truncated sphere until it reaches
    the pad. A ball whose whole footprint is on the pad is caught, and has no pull of this kind left. Valid without gravity.
    Source: wetting of a footprint by overlap, virtual work on the wetted area; truncated sphere as in `truncated_sphere`.

    >>> beside = capture(300e-6, 100e-6, [80e-6, 130e-6], 20e-6)
    >>> beside.caught.tolist()
    [True, False]
    """
    d, a, r = (x for x in checked(ball_diameter=ball_diameter, pad_radius=pad_radius, contact_radius=contact_radius))
    x = np.asarray(offset, float)
    if not np.all(np.isfinite(x)) or np.any(x < 0):
        raise ValueError("the offset is a distance: it must be a finite number and not negative")
    if np.any(2 * r >= d):
        raise ValueError(
            "the footprint must be narrower than the ball: on what it does not wet a molten ball stands on less than its width"
        )
    d, a, r, x = np.broadcast_arrays(d, a, r, x)
    # on a footprint of radius r the ball's volume stands as a truncated sphere of height h: tan(theta / 2) = h / r
    angle = 2 * np.arctan(2 * np.sinh(np.arcsinh(d**3 / (2 * r**3)) / 3))
    crossing = (x > np.abs(a - r)) & (x < a + r)
    between = np.where(crossing, x, 1.0)
    on_axis = np.where(crossing, (x * x + a * a - r * r) / (2 * between), a)  # of the chord, from the pad's centre
    width = 2 * np.sqrt(np.maximum(a * a - on_axis**2, 0.0))
    lens = a * a * np.arccos(np.clip(on_axis / a, -1, 1)) + r * r * np.arccos(np.clip((x - on_axis) / r, -1, 1)) - x * width / 2
    overlap = np.where(crossing, lens, np.where(x < a + r, np.pi * np.minimum(a, r) ** 2, 0.0))
    fields = (x < a + r, a + r, overlap, width, angle, (1 - np.cos(angle)) * width)
    return Capture(*(field[()] for field in fields))
