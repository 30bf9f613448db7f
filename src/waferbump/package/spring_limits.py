"""How far from the neutral point a structure's bump survives, mode by mode, and what fails first, by the compliance level.

A weak joint that lets go is no failure: the path from pad to bump stays, and the bump goes on as the released structure does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from .dimensions import Dimensions, DimensionsError
from .spring_chain import Array, Solid
from .springs import Response, response

NEAREST, FARTHEST = 50e-6, 50e-3  # m; the range of distances that are looked at: up to dies of 70 mm (our choice)
_STATIONS = 30  # in that range, evenly by ratio (27 %); limits are found between them by a straight line in logarithms
Life = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Criteria:
    """What counts as failure.

    target : cycles to be survived;  temperature_range : of the cycle [K];  largest_change : from stress-free to its farther end [K]
    solder_life : cycles for a range of the joint's shear strain;  line_life : cycles for a range of strain along the conductor
    wire_life : the same of a wire spring, or None to take line_life
    shared : whether die and board take their share of the mismatch. The strain-life relations of solder in use (Engelmaier's) are stated
        for the free mismatch, so that is the default; shared forces go with lives that were fitted to local strains
    fracture_strain : {role: strain at which it tears} of "insulating", "line"
    bonded_energy : of the strip's anchor on what it lies on [J/m^2];  weak_energy : of the weak joint [J/m^2]
    """

    target: float
    temperature_range: float
    largest_change: float
    solder_life: Life
    line_life: Life
    bonded_energy: float
    weak_energy: float
    fracture_strain: Mapping[str, float]
    wire_life: Life | None = None
    shared: bool = False


@dataclass(frozen=True)
class Limits:
    """How far from the neutral point a structure's bump survives.

    distance : [m]; 0 below the nearest that was looked at, infinite where nothing fails up to the farthest
    first : what fails first there ("solder", "line", "wire", "insulating"), or "" where nothing does
    modes : {mode: distance [m]} of each mode before anything lets go, failures only
    notices : {"lets go" | "closes" | "peels" | "beam": distance [m]}: the weak joint lets go, the gap closes under the bump's edge, the
        strip peels at its anchor (which makes it longer, and so relieves it), beams that carry no current tear or tire: none of these
        breaks the path
    cyclic, extreme : what the bump sees over a cycle, and from its stress-free state at the worst
    released : the limits once the weak joint has let go, or None
    """

    name: str
    distance: float
    first: str
    modes: Mapping[str, float]
    notices: Mapping[str, float]
    cyclic: Response
    extreme: Response
    released: Limits | None = None


def limits(
    dimensions: Dimensions,
    solids: Mapping[str, Solid],
    array: Array,
    criteria: Criteria,
    *,
    directions: tuple[float, ...] = (0.0, np.pi / 2),
) -> Limits:
    """The limits of a structure, in the worst of the directions in which the board may shift over it.

    Parameters
    ----------
    directions : from the x axis, along which the anchor lies [rad]

    Raises
    ------
    DimensionsError : criteria that are not above zero, and all that `response` raises.
    """
    numbers = (criteria.target, criteria.temperature_range, criteria.largest_change, criteria.bonded_energy, criteria.weak_energy)
    if not all(np.isfinite(number) and number > 0 for number in numbers):
        raise DimensionsError(f"{dimensions.name}: cycles, temperature changes and fracture energies are above zero and finite")
    if not directions:
        raise DimensionsError(f"{dimensions.name}: a limit needs at least one direction in which the board shifts")
    distance = np.geomspace(NEAREST, FARTHEST, _STATIONS)
    # all directions, over the cycle and from the stress-free state, at once: twice as many blocks of stations as directions
    blocks = 2 * len(directions)
    seen = response(
        dimensions, solids, array, np.tile(distance, blocks),
        np.tile(np.repeat([criteria.temperature_range, criteria.largest_change], _STATIONS), len(directions)),
        direction=np.repeat(directions, 2 * _STATIONS), cyclic=np.tile(np.repeat([True, False], _STATIONS), len(directions)),
        shared=criteria.shared,
    )  # fmt: skip
    part = [seen.part(slice(k * _STATIONS, (k + 1) * _STATIONS)) for k in range(blocks)]
    found = [_one_direction(dimensions, criteria, part[2 * k], part[2 * k + 1]) for k in range(len(directions))]
    modes = {mode: min(one.modes[mode] for one in found) for mode in found[0].modes}
    notices = {mode: min(one.notices[mode] for one in found) for mode in found[0].notices}
    worst = min(found, key=lambda one: one.distance)
    first = min(modes, key=lambda mode: modes[mode])
    distance = modes[first]
    released = None
    if dimensions.weak and dimensions.strips:
        released = limits(dimensions.released(), solids, array, criteria, directions=directions)
        lets_go = notices["lets go"]
        if lets_go < distance:
            # beyond the distance at which it lets go the released structure carries the bump; short of it the bonded one does
            distance, first = (released.distance, released.first) if released.distance > lets_go else (lets_go, released.first)
    return Limits(
        dimensions.name, distance, first if np.isfinite(distance) else "", modes, notices, worst.cyclic, worst.extreme, released
    )


def _one_direction(dimensions: Dimensions, criteria: Criteria, cyclic: Response, extreme: Response) -> Limits:
    distance = cyclic.distance
    margins: dict[str, np.ndarray] = {}
    if np.any(cyclic.solder_shear > 0):
        margins["solder"] = _tires(criteria, criteria.solder_life, cyclic.solder_shear)
    if "wire" in cyclic.strain:
        margins["wire"] = _tires(criteria, criteria.wire_life or criteria.line_life, cyclic.strain["wire"])
    if "line" in cyclic.strain:
        margins["line"] = np.maximum(_tires(criteria, criteria.line_life, cyclic.strain["line"]), _tears(criteria, "line", extreme))
    if "insulating" in cyclic.strain:
        margins["insulating"] = _tears(criteria, "insulating", extreme)
    noticed: dict[str, np.ndarray] = {}
    if dimensions.weak:
        noticed["lets go"] = (extreme.opening_energy + extreme.shear_energy) / criteria.weak_energy
    if dimensions.gap > 0:
        noticed["closes"] = extreme.closing / dimensions.gap
    if np.any(extreme.peel_energy > 0):
        noticed["peels"] = extreme.peel_energy / criteria.bonded_energy
    if "beam" in cyclic.strain:
        noticed["beam"] = np.maximum(_tires(criteria, criteria.line_life, cyclic.strain["beam"]), _tears(criteria, "line", extreme, "beam"))
    modes = {mode: _crossing(distance, margin) for mode, margin in margins.items()}
    first = min(modes, key=lambda mode: modes[mode])
    notices = {mode: _crossing(distance, margin) for mode, margin in noticed.items()}
    return Limits(dimensions.name, modes[first], first, modes, notices, cyclic, extreme)


def _tires(criteria: Criteria, life: Life, strain: np.ndarray) -> np.ndarray:
    cycles = np.asarray(life(strain), float)
    if cycles.shape != strain.shape or np.any(np.isnan(cycles)) or np.any(cycles < 0):
        raise DimensionsError("a life model must give cycles for each strain range, not negative")
    return criteria.target / np.maximum(cycles, 1e-300)


def _tears(criteria: Criteria, role: str, extreme: Response, of: str = "") -> np.ndarray:
    return extreme.strain[of or role] / criteria.fracture_strain.get(role, np.inf)


def _crossing(distance: np.ndarray, margin: np.ndarray) -> float:
    """The distance at which a margin first reaches one: 0 where it has at the nearest, infinite where it never does."""
    over = np.flatnonzero(margin >= 1)
    if len(over) == 0:
        return np.inf
    k = int(over[0])
    if k == 0:
        return 0.0
    low, high = np.log(np.maximum(margin[k - 1 : k + 1], 1e-300))
    share = -low / (high - low)
    return float(np.exp(np.log(distance[k - 1]) + share * (np.log(distance[k]) - np.log(distance[k - 1]))))
