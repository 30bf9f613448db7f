"""Structures side by side at the compliance level: how soft each is, how far from the neutral point it survives, and what fails first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from .constitution import Laws
from .dimensions import Dimensions
from .sizing import CARRIER, Sizes
from .solids import array_of, criteria_of, rise, solids_of
from .spring_chain import Array, Solid
from .spring_limits import FARTHEST, Limits, limits
from .springs import compliance
from .vehicle import PackageError, Vehicle

ALONG, ACROSS = 0.0, np.pi / 2  # directions of the board's shift: on the line from the anchor to the bump, and square to it [rad]
_TURNED = 2.0  # of the distance: directions that differ by more are told (our choice)
_SOLDERLESS = "a wire has no joint of its own between its ends: its two solder fillets are not judged"
_MEMBRANE = "the strain of the metal on the membrane is not judged"
_RESIN = "what surrounds the post is left out: it would hold the post a little"
_CLOSES = "its gap closes before it fails; beyond that the part presses on the ground, which only stiffens it"
_LETS_GO = "its weak joint lets go, as it should, and the released part carries the bump on"
_HOLDS = "its weak joint does not let go before it fails"
_PEELS = "its anchor peels before it fails, which makes the strip longer and relieves it"
_BEAM = "its beams, which carry no current, tire first"


@dataclass(frozen=True)
class SpringState:
    """A structure with its weak joint whole, or after that let go.

    along, across : lateral stiffness on the line through anchor and bump and square to it, the board keeping the joint upright [N/m]
    axial : [N/m];  tilt : about the axis across, the end free to shift [N m/rad]
    modes : {mode: allowed distance from the neutral point [m]}, infinite where it does not fail;  first : what fails first
    distance : allowed [m];  closes : distance at which the gap closes [m], None where there is none
    """

    along: float
    across: float
    axial: float
    tilt: float
    modes: Mapping[str, float]
    first: str
    distance: float
    closes: float | None


@dataclass(frozen=True)
class SpringRow:
    """A structure's line in the ranking.

    label, flow, title : of the structure
    whole, released : before and after its weak joint lets go; released is None where it has none
    softness : of the reference structure's lateral stiffness over this one's, in the state that carries the bump at its limit [1]
    lets_go : distance at which the weak joint lets go [m], None where there is none
    distance : allowed from the neutral point to the corner bump [m];  first : what fails first
    by_direction : {"along" | "across": distance [m]}
    bumps, edge : of the largest square full array within that distance, and its die's edge [m]
    beyond : whether nothing failed up to the farthest distance that was looked at
    lives : {mode: the life model that judged it};  notes : sentences on what the numbers leave out
    """

    label: str
    flow: str
    title: str
    whole: SpringState
    released: SpringState | None
    softness: float
    lets_go: float | None
    distance: float
    first: str
    by_direction: Mapping[str, float]
    bumps: int
    edge: float
    beyond: bool
    lives: Mapping[str, str]
    notes: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """Plain values for JSON, in SI; None stands for infinite and for what the structure does not have."""
        return _plain(asdict(self))


def rank_springs(
    vehicle: Vehicle, structures: Mapping[str, Sizes | Dimensions], laws: Laws, *, reference: str | None = None,
    weak_energy: float | None = None,
) -> tuple[SpringRow, ...]:  # fmt: skip
    """The structures of a vehicle in the order in which they are given.

    Parameters
    ----------
    vehicle, laws : of the package;  structures : {label: sizes}
    reference : label of the structure that softness is reckoned against; by default the first
    weak_energy : fracture energy of every weak joint [J/m^2], in place of the stated ones

    Raises
    ------
    PackageError, DimensionsError : nothing to rank, properties or lives that are not known, sizes that cannot be.
    """
    if not structures:
        raise PackageError(f"{vehicle.name}: there is nothing to rank")
    reference = next(iter(structures)) if reference is None else reference
    if reference not in structures:
        raise PackageError(f"{vehicle.name}: softness is reckoned against {reference!r}, which is not among the structures")
    known = {label: one if isinstance(one, Sizes) else Sizes(one, one.name, one.name, CARRIER) for label, one in structures.items()}
    alloys = [one.dimensions.solder for one in known.values() if one.dimensions.solder]
    rows = [_row(label, one, vehicle, laws, alloys, weak_energy) for label, one in known.items()]
    against = next(row for row in rows if row.label == reference).softness
    return tuple(replace(row, softness=against / row.softness) for row in rows)


def _row(label: str, sizes: Sizes, vehicle: Vehicle, laws: Laws, alloys: list[str], weak_energy: float | None) -> SpringRow:
    size = sizes.dimensions
    if not (size.solder or alloys):
        raise PackageError(f"{label}: its joint has no solder and no structure beside it has: rank it beside one that has")
    weak = sizes.weak_energy if weak_energy is None else weak_energy
    judged = criteria_of(laws, vehicle, size, sizes.die, size.solder or alloys[0], sizes.bonded_energy, weak)
    solids, array = solids_of(laws, size.materials, vehicle), array_of(laws, vehicle, sizes.die)
    ways = {"along": ALONG, "across": ACROSS} if size.strips or size.wire else {"along": ALONG}
    found = {name: limits(size, solids, array, judged.criteria, directions=(way,)) for name, way in ways.items()}
    worst = min(found.values(), key=lambda one: one.distance)
    each = {name: found.get(name, worst).distance for name in ("along", "across")}
    whole, released = _state(size, solids, array, list(found.values())), None
    if worst.released is not None:
        released = _state(size.released(), solids, array, [one.released for one in found.values()])
    lets_go = min(one.notices["lets go"] for one in found.values()) if size.weak else None
    carries = whole if released is None or lets_go >= worst.distance else released
    bumps, edge = vehicle.bumps_within(min(worst.distance, FARTHEST))
    notes = (*judged.notes, *_notes(size, worst), *_lifted(size, laws, vehicle, array, worst), *_turned(each))
    return SpringRow(
        label, sizes.flow, sizes.title, whole, released, min(carries.along, carries.across), lets_go, worst.distance, worst.first, each,
        bumps, edge, not np.isfinite(worst.distance), judged.lives, notes,
    )  # fmt: skip


def _state(size: Dimensions, solids: Mapping[str, Solid], array: Array, found: list[Limits]) -> SpringState:
    """Springs of a structure, and its limits in the worst of some directions."""
    springs = compliance(size, solids, array)
    modes = {mode: min(one.modes[mode] for one in found) for mode in found[0].modes}
    first = min(modes, key=lambda mode: modes[mode])
    closes = min(one.notices["closes"] for one in found) if size.gap > 0.0 else None
    return SpringState(
        springs.along, springs.across, springs.axial, springs.tilt, modes, first if np.isfinite(modes[first]) else "", modes[first], closes
    )


def _notes(size: Dimensions, found: Limits) -> list[str]:
    notes, noticed = [], found.notices
    if size.wire and not size.solder:
        notes.append(_SOLDERLESS)
    if size.membrane:
        notes.append(_MEMBRANE)
    if size.post:
        notes.append(_RESIN)
    if "lets go" in noticed:
        notes.append(_LETS_GO if noticed["lets go"] < found.distance else _HOLDS)
    for mode, said in (("closes", _CLOSES), ("peels", _PEELS), ("beam", _BEAM)):
        if noticed.get(mode, np.inf) < found.distance:
            notes.append(said)
    return notes


def _lifted(size: Dimensions, laws: Laws, vehicle: Vehicle, array: Array, found: Limits) -> list[str]:
    """Says so where a layer that swells lifts the bump farther than the board shifts it at its limit."""
    height, material = rise(laws, vehicle, size)
    if not size.strips or height <= abs(array.mismatch) * (vehicle.cycle.high - vehicle.cycle.low) * found.distance:
        return []
    return [f"{material} below the bump swells by up to {1e6 * height:.2g} um over the cycle: what that bends is not judged"]


def _turned(each: Mapping[str, float]) -> list[str]:
    """Says so where one direction of the shift is borne much farther than the other."""
    low, high = sorted(each, key=each.get)
    if each[high] < _TURNED * each[low] or each[low] == 0.0:
        return []
    line = {"along": "on the line through anchor and bump", "across": "square to the line through anchor and bump"}
    reach = f"{1e3 * each[high]:.3g} mm" if np.isfinite(each[high]) else "any distance"
    return [f"a shift {line[low]} limits it; {line[high]} it would survive to {reach}"]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value
