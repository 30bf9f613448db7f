"""What a development left: where the walls of every resist stand, the stairs between them, the webs to the neighbours."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely

from ..geometry.ledges import BESIDE, ROUGH, inner_wall, ledge
from ..state import State
from .opening import NANOMETRE

_WEB = 0.1  # a web thinner than this part of its height is worth a warning (our choice)
_UPRIGHT = 1.0  # slope above which a resist's surface is a wall, not its top: 45 degrees


def field_thickness(state: State, name: str) -> float:
    """Thickness of a resist at the cell's edge [m], in plan the commonest; where it was taken away there, its height from foot to top."""
    if state.stack is not None:
        areas: dict[float, float] = {}
        for shape, low, high in state.stack.prisms(name):
            areas[high - low] = areas.get(high - low, 0.0) + shape.area
        return max(areas, key=areas.get)
    section = state.bump
    _, z0, _, z1 = section.bounds(name)
    return section.thickness_at(section.width, name) or z1 - z0


def web_warnings(section, name: str, thickness: float, *, below: float = NANOMETRE) -> list[str]:
    """Say where next to nothing is left between an opening and the neighbouring bump's, `below` [m] its top and further down."""
    if section.thickness_at(section.width, name) == 0:
        return []
    web = 2 * (section.width - _widest(section, name, below))
    if web >= _WEB * thickness:
        return []
    return [
        f"the web of {name} between neighbouring openings is {1e6 * max(web, 0.0):.3g} um at its thinnest, "
        f"less than a tenth of its {1e6 * thickness:.3g} um of thickness: it may not stand"
    ]


def _widest(section, name: str, below: float) -> float:
    """Radius of the outermost wall of a resist's openings, anywhere in its height [m]."""
    reach = [section.spans(name, section.bounds(name)[3] - below)[0][0]]
    edges = straight_pieces(section.exposed(name))
    upright = np.abs(edges[:, 1, 1] - edges[:, 0, 1]) > _UPRIGHT * np.abs(edges[:, 1, 0] - edges[:, 0, 0])
    return max([*reach, *edges[upright, :, 0].ravel()])


def straight_pieces(lines) -> np.ndarray:
    """The straight pieces of lines: (n, 2 ends, x and z) [m]."""
    runs = [shapely.get_coordinates(line) for line in shapely.get_parts(lines)]
    return np.concatenate([np.empty((0, 2, 2)), *(np.stack([run[:-1], run[1:]], axis=1) for run in runs)])


def pattern(state: State, name: str) -> tuple[str, float]:
    """What a developed resist is round the axis and its radius halfway up its wall [m]: an opening, a dot that covers it, or closed."""
    radius = opening_radius(state, name)
    if radius > 0:
        return "opening", radius
    section = state.bump
    _, _, foot, top = section.bounds(name)
    if foot >= section.width * (1 - 1e-9):
        return "closed", 0.0
    return "dot", (foot + section.spans(name, top - 1e-9)[-1][1]) / 2


def opening_radius(state: State, name: str) -> float:
    """Radius [m] at which a mask region's wall stands at half its height, 0 when it covers the axis there."""
    section = state.bump
    _, z0, _, z1 = section.bounds(name)
    spans = section.spans(name, (z0 + z1) / 2)
    return spans[0][0] if spans else section.width


def stairs(state: State, resists: list[str], *, rough: float = ROUGH) -> list[tuple[str, str, float, float]]:
    """Per pair of resists that lie on one another: lower, upper, and the radii of their openings at the interface [m].

    Pairs of which one covers the axis, or the upper one lines the opening of the lower one, have none.
    """
    section, found = state.bump, []
    for lower, upper in pairwise(sorted(resists, key=lambda n: section.bounds(n)[1])):
        if not len(shapely.get_parts(section.contact_lines(lower, upper))):
            continue
        z, below, above = ledge(section, lower, upper, rough=rough)
        lined = inner_wall(section, upper, z - BESIDE) < below
        if 0 < below < section.width and 0 < above < section.width and not lined:
            found.append((lower, upper, below, above))
    return found
