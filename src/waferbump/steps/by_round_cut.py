"""Steps that only a round cut can do: molten and loose solder, flux, balls. The plan and the planar cut take their image.

Off the round cut there is no volume: a drop drawn in a planar cut would be a cylinder. So the surface that the solder is to wet must
be round about the bump's centre, which the plan is asked before.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import numpy as np
import shapely

from ..geometry.plan import ANGULAR
from ..state import Measured, State, StepError
from .wetting import METAL_ROLES

_OFF = 1e-7  # m; a centre this near to the bump's is on it: twenty times a mask's grid
_ROUND = 1.02  # ratio above which that is worth a warning (our choice)


def by_the_round_cut(step: Callable) -> Callable:
    """The step done in the round cut alone where the plan is carried, and its result set into the other views as an image."""

    @wraps(step)
    def done(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
        if state.stack is None:
            return step(state, settings, materials, rng, name)
        warnings = _refuse_what_is_not_round(state, materials)
        after, measured = step(state.seen_round(), settings, materials, rng, name)
        made = state.with_round_bodies(after)
        return made, Measured(measured.values, measured.record, (*warnings, *measured.warnings))

    return done


def _refuse_what_is_not_round(state: State, materials) -> list[str]:
    """StepError where the bare metal at the bump's centre is not round about it; a sentence where it is an angular outline.

    Bare is also what only flux and solder cover: solder that melts there runs as far as its metal does.
    """
    flows = set(state.names_with("solder", "flux", "residue"))

    def wets(name: str) -> bool:
        return name in state.facts and state.facts[name].role in METAL_ROLES and materials[state.material(name)].wetted_by_solder != "no"

    bare = state.stack.outline_about(0.0, 0.0, wets, flows)
    if bare is None:
        return []
    outline = shapely.Polygon(bare.exterior)
    offset = float(np.hypot(outline.centroid.x, outline.centroid.y))
    corners = np.hypot(*shapely.get_coordinates(outline.exterior).T)
    stretch = float(corners.max() / max(outline.exterior.distance(shapely.Point(0.0, 0.0)), 1e-12))
    if stretch > ANGULAR:
        reach = f"{1e6 * corners.max() / stretch:.4g} to {1e6 * corners.max():.4g} um"
        raise StepError(
            f"the bare metal at the bump's centre is not round: its edge lies {reach} from the centre, and solder would run along it; "
            "cover the line, or open its cover over the landing pad only"
        )
    if offset > _OFF:
        x, y = outline.centroid.x * 1e6, outline.centroid.y * 1e6
        raise StepError(
            f"the bare metal at the bump's centre lies {offset * 1e6:.4g} um off it (x {x:.4g} um, y {y:.4g} um): "
            "a round cut takes concentric openings only"
        )
    if stretch > _ROUND:
        return [f"the bare metal at the bump's centre is not round (its edge varies by {100 * (stretch - 1):.3g} %): taken as a circle"]
    return []
