"""A gap over a flat body that may close: contact without friction."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .faces import nodal_areas
from .toughness import InterfaceError

_ROUNDING = 1e-9  # [m] the gap below which contact begins to push; our choice, a smooth film's roughness
_FALL, _STIFFER = 0.25, 10.0  # an augmentation that leaves more than this of the overlap makes the penalty so much stiffer; our choice
_FLAT = np.cos(np.radians(5.0))  # a face tilted by more is no flat body; our choice
_MOST_ROUNDS = 30  # of augmentation; our choice: as the penalty stiffens where it must, a thousandth of the overlap takes five or so


class ContactBlock:
    """Node pairs that push one another apart along z once their gap has closed, and never pull; a block of the finite-element model.

    g = h + u_z above - u_z below, x = q - k g: p = x above the rounding r (x > k r), 0 below it (x < -k r), (x + k r)^2 / (4 k r) between,
    so that p is smooth, its tangent symmetric and never negative, and Newton's steps with a line search cannot hop between open and closed.
    At first q = 0, and the sides overlap by p / k (less r); `augment()` takes the pressures into q, and the overlap tends to nothing.

    nodes : [m], shape (nodes, 2 or 3);  lower, upper : node numbers, shape (faces, 2 or 4);  heights : of the gap at first [m], same shape
    penalty : k [Pa/m]: a pressure to expect over the overlap that is allowed; a stiffer one costs iterations (twice as many for 1000 k)
    widths : [m], shape (faces,), or None for ones;  axisymmetric : x is a radius;  rounding : r [m]

    Valid for a flat body below, level within 5 degrees, and slips that are small beside an element's length: the pairs stay as they are.
    Integrated at the nodes, a pair once for all its faces: `.pairs` (pairs, 2), `.areas` (pairs,) [m^2], `.heights` (pairs,) [m].
    """

    symmetric = True

    def __init__(self, nodes, lower, upper, heights, *, penalty, widths=None, axisymmetric=False, rounding=_ROUNDING) -> None:
        if not (np.isfinite(penalty) and penalty > 0 and np.isfinite(rounding) and rounding > 0):
            raise InterfaceError("contact needs a penalty and a rounding above zero")
        areas, frames = nodal_areas(nodes, lower, lower, widths, axisymmetric)
        lower, upper, heights = np.asarray(lower, np.int64), np.asarray(upper, np.int64), np.asarray(heights, float)
        if lower.shape != upper.shape or heights.shape != lower.shape:
            raise InterfaceError("a gap has a node above and a height for every node below")
        if np.any(heights < 0):
            raise InterfaceError("a gap's height is at least nothing: the two sides would lie in one another")
        if np.any(frames[..., 0, -1] < _FLAT):
            raise InterfaceError("contact is made for a flat body below, with its faces along +x (or counterclockwise seen from above)")
        self.pairs, of = np.unique(np.stack([lower.ravel(), upper.ravel()], 1), axis=0, return_inverse=True)
        of = of.ravel()
        self.areas = np.bincount(of, areas.ravel(), len(self.pairs))
        self.heights = np.full(len(self.pairs), np.inf)
        np.minimum.at(self.heights, of, heights.ravel())
        if np.any(np.abs(self.heights[of] - heights.ravel()) > rounding):
            raise InterfaceError("faces that share a pair of nodes give it different heights")
        self.penalty, self._rounding_pressure, self._overlap = float(penalty), float(penalty * rounding), np.inf
        size = np.asarray(nodes).shape[1]
        self.dofs = self.pairs * size + size - 1
        self._multiplier = np.zeros(len(self.pairs))
        self._gap = self._trial_gap = self.heights
        self._pushed = self._trial_pushed = np.zeros(len(self.pairs))

    def evaluate(self, u, temperature=None, dt: float = 0.0):
        """Forces (pairs, 2) [N] and stiffness (pairs, 2, 2) [N/m] along z at displacements u [m]."""
        moved = np.asarray(u, float)[self.dofs]
        self._trial_gap = self.heights + moved[:, 1] - moved[:, 0]
        pressure, slope = self._pressure(self._trial_gap)
        self._trial_pushed = pressure
        force, stiffness = pressure * self.areas, slope * self.areas
        sign = np.array([[1.0, -1.0], [-1.0, 1.0]])
        return np.stack([force, -force], 1), stiffness[:, None, None] * sign

    def _pressure(self, gap):
        """Pressure [Pa] and its fall by the gap [Pa/m]."""
        limit = self._rounding_pressure
        x = self._multiplier - self.penalty * gap
        between = np.clip(x + limit, 0.0, 2 * limit)
        pressure = np.where(x > limit, x, between**2 / (4 * limit))
        return pressure, self.penalty * between / (2 * limit)

    def commit(self) -> None:
        """Accept the trial state."""
        self._gap, self._pushed = self._trial_gap, self._trial_pushed

    def reset_trial(self) -> None:
        """Return to the accepted state."""
        self._trial_gap, self._trial_pushed = self._gap, self._pushed

    def augment(self) -> float:
        """Take the accepted pressures as they are, so that the next solution overlaps less; returns the largest overlap before [m].

        Where overlap hardly falls the penalty stiffens, at the same pressures.
        """
        overlap, before = self.penetration(), self._overlap
        self._multiplier, self._overlap = self.pressure, overlap
        if overlap > _FALL * before:
            self.penalty *= _STIFFER
            self._overlap = np.inf
        return overlap

    @property
    def gap(self) -> np.ndarray:
        """Negative where the sides overlap [m], shape (pairs,)."""
        return self._gap

    @property
    def pressure(self) -> np.ndarray:
        """At the pairs [Pa], shape (pairs,)."""
        return self._pushed

    @property
    def closed(self) -> np.ndarray:
        """Pairs that push, shape (pairs,)."""
        return self.pressure > 0

    def force(self) -> float:
        """With which the sides push [N]."""
        return float(self.areas @ self.pressure)

    def penetration(self) -> float:
        """Largest overlap of the sides [m]."""
        return float(max(0.0, -self._gap.min()))


def settle(contact, solve: Callable[[], object], tolerance):
    """Solve and augment until contact overlaps by less than a tolerance.

    Parameters
    ----------
    contact : ContactBlock of the model [-]
    solve : solves the model and commits its blocks [-], called again after every augmentation
    tolerance : largest overlap allowed [m]

    Raises
    ------
    InterfaceError : the overlap stays above the tolerance.

    Returns what `solve` returned last. Source: Uzawa's iteration of the augmented Lagrangian, Alart and Curnier, Comput. Methods Appl.
    Mech. Eng. 92 (1991) 353.
    """
    if not tolerance > 0:
        raise InterfaceError("the tolerance of an overlap must be above zero")
    for _ in range(_MOST_ROUNDS):
        found = solve()
        if contact.penetration() <= tolerance:
            return found
        contact.augment()
    raise InterfaceError(
        f"the sides still overlap by {contact.penetration():.3g} m after {_MOST_ROUNDS} augmentations: raise the penalty or the tolerance"
    )
