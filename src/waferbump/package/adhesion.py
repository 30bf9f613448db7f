"""Over which ratios of its fracture energy a weak joint lets go before all else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .constitution import Laws
from .overstress import Pair, events_of, named, parting_joints, pulled, weak_joint
from .structure import Structure
from .vehicle import PackageError, Vehicle


@dataclass(frozen=True)
class AdhesionInterval:
    """Over which ratios of its fracture energy to the bonded joint's a weak joint lets go first.

    joint : (upper, lower);  bonded : least energy of the other joints with the substrate [J/m^2];  displacement : of the overstress [m]
    tried : (ratio, whether the joint went first, what did instead or "") from the lowest
    """

    joint: Pair
    bonded: float
    displacement: float
    tried: tuple[tuple[float, bool, str], ...]

    @property
    def least(self) -> float:
        """Lowest ratio tried for which it goes first; infinite where it never does."""
        return min((r for r, first, _ in self.tried if first), default=np.inf)

    @property
    def most(self) -> float:
        """Highest ratio tried for which it goes first; 0 where it never does."""
        return max((r for r, first, _ in self.tried if first), default=0.0)

    def sentence(self) -> str:
        """The interval in words."""
        joint = named(self.joint)
        size = f"a board displaced by {1e6 * self.displacement:.3g} um"
        if self.most == 0.0:
            span = f"{self.tried[0][0]:.3g} to {self.tried[-1][0]:.3g}"
            return f"{joint} does not let go first at any of the ratios tried ({span}) under {size}"
        later = [(r, why) for r, first, why in self.tried if not first and r > self.most]
        end = f"; at {later[0][0]:.3g} {later[0][1]}" if later else "; no higher one was tried"
        span = f"{self.least:.3g} to {self.most:.3g} of the bonded joint's {self.bonded:.3g} J/m^2"
        return f"{joint} lets go first for {span} under {size}{end}"


def adhesion_interval(
    structure: Structure, vehicle: Vehicle, laws: Laws, displacement: float, *, refine: float = 1.0, rounds: int = 3, outward: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> AdhesionInterval:  # fmt: skip
    """Sweep the energy of the weak joint between the vehicle's limits, halving the bracket of logarithms in which it ceases to go first.

    Parameters
    ----------
    structure, vehicle, laws : of the bump
    displacement : of the overstress [m]
    refine : of the mesh [1]
    rounds : halvings of the bracket [1]
    outward : as for `pulled` [1]
    progress : called with the pulls done and their largest number

    Raises
    ------
    PackageError : it has no weak joint, and all that `pulled` raises.
    """
    joint = weak_joint(structure, laws)
    if joint is None:
        raise PackageError(f"{structure.flow}: no joint with the substrate is stated to hold less firmly than every other one")
    stated = parting_joints(structure, laws)
    bonded = min(energy for pair, energy in stated.items() if pair != joint and pair[1] in structure.ground)
    tried: dict[float, tuple[bool, str]] = {}

    def goes_first(ratio: float) -> bool:
        found = pulled(structure, vehicle, laws, displacement, energies={joint: ratio * bonded}, refine=refine, outward=outward)
        events = events_of(found, laws)
        first = bool(events) and events[0].what == named(joint)
        lasts = f"the pull ends at {1e6 * found.displacement[-1]:.3g} um" if found.stopped else "nothing lets go"
        tried[ratio] = first, "" if first else (f"{events[0].what} goes first" if events else lasts)
        if progress is not None:
            progress(len(tried), rounds + 2)
        return first

    low, high = (energy / bonded for energy in vehicle.joints.weak)
    if goes_first(low) and not goes_first(high):
        for _ in range(rounds):
            middle = float(np.sqrt(low * high))
            low, high = (middle, high) if goes_first(middle) else (low, middle)
    return AdhesionInterval(joint, bonded, displacement, tuple((r, *tried[r]) for r in sorted(tried)))
