"""What a mask's blurred image clears of a resist: exact rings where the mask is round about the bump, outlines in plan elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import shapely

from ..geometry.area import FAR, Area, Spans
from ..physics.optics import blurred_disc, contour_polygon
from ..physics.resist import cleared_intervals
from ..state import Exposure, Facts, State, StepError

_OUTLINE = 1e-8  # m; points of an image's outline that deviate less are dropped: a mask's circle of 128 sides deviates by 40 nm itself
_FAR_APART = 12.0  # blurs; beyond it the light of one outline at the other is below 1e-9
_NARROW = 1e-6  # m; a shadow narrower than this is the overhang of an undercut, which light and developer get round (our choice)
NOTHING = Area(shapely.Polygon())


def is_round(exposure: Exposure) -> bool:
    """Whether an exposure's image is one of discs about the bump's centre."""
    return bool(exposure.discs)


def cleared(state: State, facts: Facts, threshold: float, tone: str) -> Area | Spans:
    """What the doses in a resist clear: radii in a round cell, a part of the plan where the plan is carried.

    StepError where doses of several masks of which one is not round would have to be added up.
    """
    if all(is_round(e) for e in facts.latent):
        spans = cleared_intervals(lambda r: dose_at(facts, r), threshold, tone, state.bump.width)
        if state.stack is None:
            return spans
        return Area.about([(a, FAR if b >= state.bump.width else b) for a, b in spans]) if spans else NOTHING
    if len(facts.latent) > 1:
        names = ", ".join(dict.fromkeys(e.mask for e in facts.latent))
        raise StepError(f"doses of several masks ({names}) add up in one resist only where all of them are round about the bump")
    exposure = facts.latent[0]
    lit = _lit(state, exposure, threshold / exposure.dose)
    return lit if tone == "positive" else lit.outside


def _lit(state: State, exposure: Exposure, level: float) -> Area:
    """Where the relative intensity reaches a level."""
    polygon = state.plan.masks[exposure.mask].polygon
    dark = state.plan.masks[exposure.mask].tone == "dark"
    if level > 1.0:
        return NOTHING
    at = 1.0 - level if dark else level
    # an edge of the polygon's image at exactly full or no light lies nowhere
    area = Area(polygon) if not 0.0 < at < 1.0 else Area(_image(polygon, exposure, at))
    return area.outside if dark else area


def _image(polygon, exposure: Exposure, level: float):
    """Where the blurred image of a mask's outlines reaches a level, outlines too far apart to blur into one another each by itself."""
    parts = shapely.get_parts(polygon)
    apart = shapely.buffer(parts, _FAR_APART / 2 * exposure.blur, quad_segs=2)
    groups = shapely.get_parts(shapely.union_all(apart)) if len(parts) > 1 and exposure.blur > 0.0 else [polygon]
    found = []
    for group in groups:
        members = shapely.multipolygons(list(parts[shapely.intersects(parts, group)]))
        try:
            found.append(shapely.simplify(contour_polygon(members, exposure.blur, level), _OUTLINE))
        except ValueError as problem:
            raise StepError(f"the image of mask {exposure.mask} is not drawn: {problem}; choose a smaller window in views") from problem
    return shapely.union_all(found)


def dose_at(facts: Facts, r: np.ndarray) -> np.ndarray:
    """Sum of the doses that all round exposures left at distance r from the axis [J/m^2]."""
    total = np.zeros_like(np.asarray(r, float))
    for e in facts.latent:
        total = total + e.dose * intensity(e, r)
    return total


def intensity(exposure: Exposure, r: np.ndarray) -> np.ndarray:
    """Relative intensity of one round exposure at distance r from the axis."""
    return exposure.background + sum(change * blurred_disc(radius, r, exposure.blur) for radius, change in exposure.discs)


def everywhere(state: State, area: Area | Spans) -> bool:
    """Whether all of the cell (of the window, where the plan is carried) is cleared."""
    if isinstance(area, Area):
        return bool(shapely.covers(area.polygon, shapely.box(*state.plan.window)))
    return bool(area) and all(b >= state.bump.width and a <= 0 for a, b in area)


def nowhere(area: Area | Spans) -> bool:
    """Whether nothing is cleared."""
    return area.polygon.is_empty if isinstance(area, Area) else not area


def shaded(state: State, exposure: Exposure, resists: Sequence[str], is_metal: Callable[[str], bool], lit: float) -> tuple[str, str] | None:
    """A metal in plan that lies over a resist which the light is to reach, and that resist; None where there is none."""
    covered = []
    for column in state.stack.columns:
        names = [layer.name for layer in column.layers]
        for resist in (n for n in resists if n in names):
            above = [n for n in names[names.index(resist) + 1 :] if n != "air" and is_metal(n)]
            if above and not column.shape.buffer(-_NARROW / 2).is_empty:
                covered.append((above[0], resist, column.shape))
    area = _lit(state, exposure, lit).polygon if covered else None
    for metal, resist, shape in covered:
        if not shapely.intersection(area, shape).buffer(-_NARROW / 2).is_empty:
            return metal, resist
    return None
