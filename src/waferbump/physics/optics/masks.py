"""Masks as light meets them: transmitted intensity by place; the amplitude is its root, in phase everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .media import OpticsError


def _check_transmissions(values) -> None:
    values = np.asarray(values, float)
    if not (np.all(np.isfinite(values)) and np.all(values >= 0.0) and np.all(values <= 1.0)):
        raise OpticsError("a mask transmits between nothing (0) and all (1) of the light everywhere")


@dataclass(frozen=True)
class RoundMask:
    """Rings about the axis: transmissions[i] between radii[i - 1] (0 for the first) and radii[i], background outside the last.

    radii [m], rising; transmissions, background: of the intensity, 0 to 1
    """

    radii: tuple[float, ...]
    transmissions: tuple[float, ...]
    background: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "radii", tuple(float(radius) for radius in self.radii))
        object.__setattr__(self, "transmissions", tuple(float(part) for part in self.transmissions))
        _check_transmissions((*self.transmissions, self.background))
        if len(self.radii) != len(self.transmissions):
            raise OpticsError(f"{len(self.radii)} radii bound {len(self.radii)} rings, not {len(self.transmissions)}")
        if not all(0.0 <= inner < outer < np.inf for inner, outer in pairwise((0.0, *self.radii))):
            raise OpticsError("a round mask's radii are positive and rise from ring to ring")

    @property
    def steps(self) -> tuple[float, ...]:
        """How much the amplitude inside each radius exceeds that just outside it."""
        amplitudes = np.sqrt([*self.transmissions, self.background])
        return tuple((amplitudes[:-1] - amplitudes[1:]).tolist())


@dataclass(frozen=True)
class LinearMask:
    """Stripes: transmissions[i] between edges[i] and edges[i + 1], background on both sides of them.

    edges [m], rising; transmissions, background: of the intensity, 0 to 1
    """

    edges: tuple[float, ...]
    transmissions: tuple[float, ...]
    background: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "edges", tuple(float(edge) for edge in self.edges))
        object.__setattr__(self, "transmissions", tuple(float(part) for part in self.transmissions))
        _check_transmissions((*self.transmissions, self.background))
        if len(self.edges) != len(self.transmissions) + 1 and (self.edges or self.transmissions):
            raise OpticsError(f"{len(self.edges)} edges bound {len(self.edges) - 1} stripes, not {len(self.transmissions)}")
        if not (np.all(np.isfinite(self.edges)) and all(left < right for left, right in pairwise(self.edges))):
            raise OpticsError("a linear mask's edges are finite and rise from stripe to stripe")

    @property
    def steps(self) -> tuple[float, ...]:
        """How much the amplitude rises at each edge, from left to right."""
        side = np.sqrt(self.background)
        return tuple(np.diff([side, *np.sqrt(self.transmissions), side]).tolist()) if self.edges else ()


@dataclass(frozen=True, eq=False)
class PlaneMask:
    """The quarter x, y >= 0 of one field of an array of equal bumps: mirrored at x = 0 and y = 0 and at the far edges.

    transmission of the intensity on cell centres, shape (ny, nx), 0 to 1; spacing [m] of the square cells
    """

    transmission: np.ndarray
    spacing: float

    def __post_init__(self) -> None:
        field = np.array(self.transmission, float)
        field.setflags(write=False)
        object.__setattr__(self, "transmission", field)
        _check_transmissions(field)
        if field.ndim != 2 or field.size == 0:
            raise OpticsError("a plane mask is a table of cells, rows along y and columns along x")
        if not (np.isfinite(self.spacing) and self.spacing > 0):
            raise OpticsError(f"a plane mask's cells have a positive width, not {self.spacing!r} m")
