"""The compliance level: springs in series from the die to the board, and the shear lag of a whole array of them.

A structure's bump is a chain: what carries it (a strip from the anchor, discs below it, a membrane: side by side), a post, the joint.
The board shifts and keeps the joint's end upright, free to rise. Materials that flow count with their secant modulus for the strain range
that they see, iterated together with the shift that die and board leave to the bump. Milliseconds a structure; forces and strains to a
factor of about two, which is what a ranking needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..physics.package_bow import relative_displacement
from ..physics.springs import lateral_stiffness, stiffness_with
from .dimensions import Dimensions, DimensionsError
from .spring_chain import HELD, Array, Chain, Response, Solid

_ROUNDS = 60  # of the secant iteration; it is checked afterwards
_RELAXATION = (0.2, 20.0)  # bounds of a step's factor: our choice
_SETTLED = 1e-3  # relative change of the shift and moduli in the last round


@dataclass(frozen=True)
class Springs:
    """How a structure's bump gives way, all elastic.

    flexibility : 6 x 6 at the joint's end on the board, the die held [m/N, 1/N, 1/(N m)]
    along, across : lateral stiffness along x (from the anchor) and along y, the end kept from tilting [N/m]
    along_free : along x with an end that may tilt [N/m];  axial : the end guided [N/m];  tilt : about y, the end free to shift [N m]
    joint : of the solder alone, guided [N/m]
    """

    name: str
    flexibility: np.ndarray
    along: float
    across: float
    along_free: float
    axial: float
    tilt: float
    joint: float


def compliance(dimensions: Dimensions, solids: Mapping[str, Solid], array: Array) -> Springs:
    """The elastic springs of a structure.

    Raises
    ------
    DimensionsError : a material of the structure that is not stated.
    """
    chain = Chain(dimensions, solids, array)
    springs = chain.assemble(chain.moduli(()))
    flexibility = springs.whole
    return Springs(
        dimensions.name,
        flexibility,
        float(lateral_stiffness(flexibility)),
        float(lateral_stiffness(flexibility, np.pi / 2)),
        float(lateral_stiffness(flexibility, end="free")),
        float(stiffness_with(flexibility, (2, 3, 4, 5))[0, 0]),
        float(1 / flexibility[4, 4]),
        float(lateral_stiffness(springs.joint)) if chain.has_joint else np.inf,
    )


def response(
    dimensions: Dimensions, solids: Mapping[str, Solid], array: Array, distance: np.ndarray, temperature_change: np.ndarray | float, *,
    direction: np.ndarray | float = 0.0, cyclic: np.ndarray | bool = True, shared: bool = True,
) -> Response:  # fmt: skip
    """What a structure's bump sees at distances from the neutral point, each the end of its own array.

    Parameters
    ----------
    distance : of the corner bump of a square array [m], shape (n,);  temperature_change : of the cycle, or from the stress-free state [K]
    direction : of the board's shift, from the x axis [rad];  cyclic : a range, over which a material yields at twice its flow stress
    shared : whether die and board yield to the bumps' forces (shear lag) and so leave them less than the free mismatch. A board that
        reaches far beyond its die bows less than the pair of equal size that is reckoned with: the corner joint then sees up to twice as
        much as this says (`global_model` has it)

    The change, direction and whether it is cyclic may be of shape (n,) too.

    Raises
    ------
    DimensionsError : a material that is not stated, distances that are not above zero, a secant iteration that does not settle.
    """
    distance, change, direction, cyclic = np.broadcast_arrays(np.atleast_1d(distance), temperature_change, direction, cyclic)
    if not (np.all(distance > 0) and np.all(np.isfinite(distance)) and np.all(np.isfinite(change)) and np.all(change != 0)):
        raise DimensionsError(f"{dimensions.name}: distances from the neutral point are above zero, changes of temperature not zero")
    if array.mismatch == 0:
        raise DimensionsError(f"{dimensions.name}: die and board expand alike: no bump is shifted")
    chain = Chain(dimensions, solids, array)
    lag = array.compliance(chain.height)
    free = np.abs(array.mismatch * change)
    zero = np.zeros(len(distance))
    along = np.stack([np.cos(direction), np.sin(direction), zero, zero, zero], -1)
    yields = np.where(cyclic, 2.0, 1.0)
    moduli = chain.moduli(distance.shape)
    shift = free * distance
    relaxation, before = np.ones(len(distance)), None
    for _ in range(_ROUNDS):
        springs = chain.assemble(moduli)
        lateral = stiffness_with(springs.whole, HELD)[..., :2, :2]
        stiffness = np.einsum("...i,...ij,...j->...", along[:, :2], lateral, along[:, :2]) + chain.fill
        off = 0.0
        if shared:
            # the corner of a square array: along x and along y each the end of a strip of half the array's edge
            edge = distance / np.sqrt(2)
            new = np.sqrt(2) * relative_displacement(edge, edge, stiffness / array.pitch**2, lag, free)
            off, shift = float(np.max(np.abs(np.log(new / shift)))), new
        found = chain.strains(springs, shift[:, None] * along)
        aim = chain.secants(found, yields)
        parts = [np.log(aim[key] / old).reshape(len(distance), -1) for key, old in moduli.items()]
        step = np.concatenate([zero[:, None], *parts], 1)
        if max(off, float(np.max(np.abs(step)))) < _SETTLED:
            break
        relaxation = _relaxed(relaxation, before, step)
        before = step
        taken = np.exp(relaxation[:, None] * step[:, 1:])
        for key, old in moduli.items():
            count = old.reshape(len(distance), -1).shape[1]
            moduli[key] = old * taken[:, :count].reshape(old.shape)
            taken = taken[:, count:]
    else:
        raise DimensionsError(f"{dimensions.name}: the sharing of the shift between parts that flow did not settle")
    return chain.response(distance, shift, stiffness, found)


def _relaxed(relaxation: np.ndarray, before: np.ndarray | None, step: np.ndarray) -> np.ndarray:
    """The factor of the next step by Aitken's rule, from how the last one changed the residual."""
    if before is None:
        return relaxation
    turned = step - before
    size = np.sum(turned**2, 1)
    factor = np.where(size > 0, -relaxation * np.sum(before * turned, 1) / np.where(size > 0, size, 1.0), 1.0)
    # a residual that grows along its own direction is far from its end: stride out
    return np.clip(np.where(factor < 0, np.maximum(2 * relaxation, 1.0), factor), *_RELAXATION)
