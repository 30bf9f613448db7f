"""Whether a result lies within the validity of small rotations."""

from __future__ import annotations

import numpy as np

from .errors import ElasticityError
from .model import Model

LARGEST = 0.05  # our choice [rad]: small-strain theory then errs by theta^2 / 2, about 1e-3 of strain


def largest_rotation(block, u: np.ndarray) -> float:
    """Give the largest rotation in a block of solid elements: the skew part of the displacement gradient, averaged over each element.

    block : a ContinuumBlock [-]
    u : displacements [m], shape (ndof,)
    """
    count, _, corners, dimension = block.gradients.shape
    local = u[block.dofs[:, : corners * dimension]].reshape(count, corners, dimension)
    weights = block.volumes / block.volumes.sum(axis=1, keepdims=True)
    gradient = np.einsum("mp,mpnd,mna->mad", weights, block.gradients, local)
    skew = 0.5 * (gradient - gradient.transpose(0, 2, 1))
    return float(np.sqrt((skew**2).sum(axis=(1, 2)) / 2).max())


def check_rotation(model: Model, u: np.ndarray, *, film: np.ndarray | None = None, thickness: float = np.inf) -> float:
    """Refuse displacements too large for small rotations, and give the largest rotation [rad] of blocks that neglect them.

    theta = |skew grad u| <= 0.05 rad; a free film must not leave its mean plane by more than half its thickness.

    model : what was solved [-]
    u : displacements [m], shape (ndof,)
    film : nodes of a film that hangs free [-], shape (n,), measured along the last coordinate
    thickness : of this film [m]
    ElasticityError says which limit is passed, and that `rotations=True` has none of them.
    """
    blocks = [b for b in model.blocks if hasattr(b, "gradients") and not b.rotations]
    worst = max((largest_rotation(b, u) for b in blocks), default=0.0)
    if worst > LARGEST:
        raise ElasticityError(f"parts turn by {worst:.3g} rad, more than the {LARGEST:g} rad of small rotations: use rotations=True")
    if film is not None and blocks:
        nodes = blocks[0].nodes[film]
        dimension = nodes.shape[1]
        plane = np.column_stack([np.ones(len(nodes)), nodes[:, :-1]])
        deflection = u[np.asarray(film) * dimension + dimension - 1]
        bent = deflection - plane @ np.linalg.lstsq(plane, deflection, rcond=None)[0]
        if np.ptp(bent) > thickness / 2:
            raise ElasticityError(
                f"the film leaves its plane by {np.ptp(bent):.3g} m, more than half its thickness of {thickness:.3g} m, so it stiffens "
                "in a way that small rotations leave out: use rotations=True"
            )
    return worst
