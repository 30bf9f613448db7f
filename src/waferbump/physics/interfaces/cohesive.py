"""Faces that hold together by a cohesive law and let go."""

from __future__ import annotations

import numpy as np

from .faces import nodal_areas
from .mixed_mode import MixedMode
from .toughness import InterfaceError


class CohesiveBlock:
    """An interface of node pairs that part by a bilinear law of mixed mode; a block of the finite-element model.

    Integrated at the nodes (Newton-Cotes): each pair of nodes of each face is a point of its own, which keeps a stiff law from oscillating.
    The directions are those of the face midway between the sides as it was at first: right while it turns by a few degrees, which
    `check_turn` looks at; with `follows` they are those of the last accepted state, and turns may be large where steps are small.

    nodes : [m], shape (nodes, 2 or 3);  lower, upper : node numbers, shape (faces, 2 or 4), the k-th above over the k-th below
    law : MixedMode;  widths : [m], shape (faces,), or None for ones;  axisymmetric : x is a radius, areas are those of rings
    viscosity : time by which damage lags behind [s] (Duvaut-Lions): helps over a sudden release; `.viscous()` says what energy it added
    follows : whether the directions are taken anew at every accepted state
    tangent : "consistent" (converges fast; unsymmetrical while a point softens), or "secant" (symmetric, positive, slow)
    """

    symmetric = False

    def __init__(
        self, nodes, lower, upper, law: MixedMode, *, widths=None, axisymmetric=False, viscosity=0.0, tangent="consistent", follows=False
    ) -> None:
        if tangent not in ("consistent", "secant"):
            raise InterfaceError(f"the tangent of a cohesive interface is consistent or secant, not {tangent!r}")
        if not (np.isfinite(viscosity) and viscosity >= 0):
            raise InterfaceError("the viscosity of a cohesive interface is a time, at least 0")
        areas, frames = nodal_areas(nodes, lower, upper, widths, axisymmetric)
        nodes, lower, upper = np.asarray(nodes, float), np.asarray(lower, np.int64), np.asarray(upper, np.int64)
        size = nodes.shape[1]
        self._nodes, self._lower, self._upper = nodes, lower, upper
        self.law, self.viscosity, self.size, self.symmetric = law, float(viscosity), size, tangent == "secant"
        self.follows, self._shift = bool(follows), None
        self.face_of = np.repeat(np.arange(len(lower)), lower.shape[1])
        self.lower, self.upper = lower.ravel(), upper.ravel()
        self.points = (nodes[self.lower] + nodes[self.upper]) / 2
        self.areas, self.frames = areas.ravel(), frames.reshape(-1, size, size)
        components = np.arange(size)
        self.dofs = np.hstack([self.lower[:, None] * size + components, self.upper[:, None] * size + components])
        count = len(self.lower)
        self._accepted = _Points(np.zeros((count, size)), np.zeros((count, size)), *(np.zeros(count) for _ in range(5)))
        self._trial = self._accepted

    def evaluate(self, u, temperature=None, dt: float = 0.0):
        """Forces (points, 2 d) [N] and stiffness (points, 2 d, 2 d) [N/m] at displacements u [m]; dt [s] matters to viscosity only."""
        u = np.asarray(u, float)
        self._shift, moved = u[: self._nodes.size], u[self.dofs]
        jump = moved[:, self.size :] - moved[:, : self.size]
        opening = np.einsum("pij,pj->pi", self.frames, jump)
        old = self._accepted
        share = 1.0 if self.viscosity == 0.0 else dt / (dt + self.viscosity)
        traction, tangent, damage, lagged, spent, viscous, stored = self.law.advance(
            opening, old.opening, old.damage, old.lagged, share, not self.symmetric
        )
        self._trial = _Points(opening, traction, damage, lagged, old.spent + spent, old.viscous + viscous, stored)
        force = np.einsum("pji,pj->pi", self.frames, traction) * self.areas[:, None]
        stiffness = self.frames.transpose(0, 2, 1) @ (tangent * self.areas[:, None, None]) @ self.frames
        whole = np.empty((len(stiffness), 2 * self.size, 2 * self.size))
        whole[:, : self.size, : self.size] = whole[:, self.size :, self.size :] = stiffness
        whole[:, : self.size, self.size :] = whole[:, self.size :, : self.size] = -stiffness
        return np.hstack([-force, force]), whole

    def commit(self) -> None:
        """Accept the trial state."""
        self._accepted = self._trial
        if self.follows and self._shift is not None:
            _, frames = nodal_areas(self._nodes + self._shift.reshape(self._nodes.shape), self._lower, self._upper)
            self.frames = frames.reshape(-1, self.size, self.size)

    def reset_trial(self) -> None:
        """Return to the accepted state."""
        self._trial = self._accepted

    def check_turn(self, u, largest=0.1) -> float:
        """Refuse displacements u [m] by which a face that still holds has turned by more than `largest` [rad]; returns the largest turn."""
        moved = self._nodes + np.asarray(u, float)[: self._nodes.size].reshape(self._nodes.shape)
        _, frames = nodal_areas(moved, self._lower, self._upper)
        cosines = np.clip(np.sum(frames.reshape(-1, self.size, self.size)[:, 0] * self.frames[:, 0], 1), -1.0, 1.0)
        turns = np.arccos(cosines)[self.damage < 1.0]
        worst = float(turns.max(initial=0.0))
        if worst > largest:
            raise InterfaceError(
                f"a face that still holds has turned by {np.degrees(worst):.1f} degrees, where the directions that it had at first are "
                f"right to {np.degrees(largest):.1f} degrees"
            )
        return worst

    @property
    def damage(self) -> np.ndarray:
        """0 whole to 1 parted, shape (points,)."""
        return self._accepted.damage

    @property
    def opening(self) -> np.ndarray:
        """(normal, along, across) [m], shape (points, d)."""
        return self._accepted.opening

    @property
    def traction(self) -> np.ndarray:
        """(normal, along, across) on the lower side [Pa], shape (points, d)."""
        return self._accepted.traction

    @property
    def phase(self) -> np.ndarray:
        """Mode mix psi by energy [rad], 0 opening to a right angle in shear, shape (points,); 0 where nothing moved."""
        stiff_n, stiff_s = self.law.numbers[4:6]
        shear = np.linalg.norm(self.opening[:, 1:], axis=1)
        return np.arctan2(np.sqrt(stiff_s) * shear, np.sqrt(stiff_n) * np.maximum(self.opening[:, 0], 0.0))

    def parted_area(self) -> float:
        """Area that holds no more [m^2]."""
        return float(self.areas[self.damage >= 1.0].sum())

    def energy(self) -> float:
        """Energy that unloading gives back [J], viscosity left out of count."""
        return float(self.areas @ self._accepted.stored)

    def dissipated(self) -> float:
        """Energy spent on parting [J]; G_c times the area where all is parted."""
        return float(self.areas @ self._accepted.spent)

    def viscous(self) -> float:
        """Work of the tractions that stand only because damage lags [J]: to be small beside `dissipated()`; 0 without viscosity."""
        return float(self.areas @ self._accepted.viscous)


class _Points:
    """State of the points of an interface."""

    __slots__ = ("damage", "lagged", "opening", "spent", "stored", "traction", "viscous")

    def __init__(self, opening, traction, damage, lagged, spent, viscous, stored) -> None:
        self.opening, self.traction, self.damage, self.lagged = opening, traction, damage, lagged
        self.spent, self.viscous, self.stored = spent, viscous, stored
