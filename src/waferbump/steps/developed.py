"""What the developer left of a resist, read off the section: openings at all heights, the wall's angle, film loss, what stands inside."""

from __future__ import annotations

from math import atan2, pi

import numpy as np
import shapely

from ..state import State, length, quantity
from .walls import pattern

NEAR_TOP = 0.02  # of the thickness below a resist's top, where its opening at the top is read: its rim is rounded
_CHORD = (0.1, 0.9)  # of the thickness, between which a wall's angle is read, as on micrographs
_LOOKED = 200  # radii at which is looked for what is left on the floor
_NOTHING = 2e-9  # m; thinner films are the partition's rounding


def pattern_of(made: State, name: str) -> tuple[str, float]:
    """What a developed resist is, and the radius of its wall halfway up [m]: an opening (islands in it do not count), a dot, or closed."""
    section = made.bump
    low, top = field_levels(section, name)
    spans = section.spans(name, (low + top) / 2)
    if not spans or spans[-1][1] < section.width * (1 - 1e-9):
        return pattern(made, name)
    return ("opening", spans[-1][0]) if spans[-1][0] > 0.0 else ("closed", 0.0)


def wall_measures(state: State, made: State, name: str, kind: str, radius: float, thickness: float) -> dict:
    """Openings at top, middle and foot, the wall's angle, what was lost on top and what is left on the floor."""
    section, before = made.bump, state.bump
    low, top = field_levels(section, name)
    _, old_top = field_levels(before, name)
    values = {f"film_loss.{name}": length(old_top - top)}
    if kind == "closed":
        return values | {f"residue.{name}": length(section.thickness_at(0.0, name))}
    foot, ground = _foot(made, name, kind)
    values[f"{kind}.{name}"] = length(2 * radius)
    values[f"bottom.{name}"] = length(2 * foot)
    values[f"top.{name}"] = length(2 * _edge(section, name, top - NEAR_TOP * (top - low), kind))
    if kind == "opening":
        values[f"residue.{name}"] = length(left_inside(section, name, radius)[0])
    base = ground if ground < top else low
    lower, upper = (_edge(section, name, base + part * (top - base), kind) for part in _CHORD)
    run = (upper - lower) if kind == "opening" else (lower - upper)
    values[f"wall_angle.{name}"] = quantity(atan2((_CHORD[1] - _CHORD[0]) * (top - base), run) % pi, "angle")
    return values


def left_inside(section, name: str, radius: float) -> tuple[float, float, float]:
    """The most that is left of a resist inside its opening [m], and from where to where [m]; the wall's own foot does not count.

    Of an opening whose floor is bare nowhere it is what lies over it at the thinnest.
    """
    r = np.linspace(0.0, radius, _LOOKED, endpoint=False)
    there = np.array([section.thickness_at(float(x), name) for x in r])
    bare = np.flatnonzero(there <= _NOTHING)
    if not len(bare):
        return float(there.min()), 0.0, radius
    inside = np.flatnonzero(there[: bare[-1]] > _NOTHING)
    if not len(inside):
        return 0.0, 0.0, 0.0
    return float(there[inside].max()), float(r[inside[0]]), float(r[inside[-1]])


def field_levels(section, name: str) -> tuple[float, float]:
    """Foot and top of a resist at the cell's edge [m]; of what stands there no more, its lowest and highest point."""
    upright = shapely.LineString([(section.width * (1 - 1e-9), section.floor), (section.width * (1 - 1e-9), section.ceiling)])
    hit = shapely.intersection(section.shape(name), upright)
    return (hit.bounds[1], hit.bounds[3]) if not hit.is_empty else section.bounds(name)[1::2]


def _foot(made: State, name: str, kind: str) -> tuple[float, float]:
    """Radius [m] at which a resist's wall stands on what lies under it, and that place's height [m]; 0 where it covers the axis there."""
    section = made.bump
    masks = [n for n in made.names_with("mask") if section.has(n) and section.bounds(n)[3] > section.bounds(name)[3]]
    ground = [n for n in section.neighbours(name) if n != "air" and n not in masks]
    runs = [np.array(line.coords) for line in shapely.get_parts([section.contact_lines(name, n) for n in ground])]
    runs = sorted((run for run in runs if len(run)), key=lambda run: run[:, 0].min())
    if not runs:
        return 0.0, section.bounds(name)[1]
    joined = [runs[0]]  # stretches of floor that hang together
    for run in runs[1:]:
        if run[:, 0].min() <= joined[-1][:, 0].max() + _NOTHING:
            joined[-1] = np.vstack([joined[-1], run])
        else:
            joined.append(run)
    field = max(joined, key=lambda run: run[:, 0].max())
    end = field[field[:, 0].argmin()] if kind == "opening" else field[field[:, 0].argmax()]
    return float(end[0]), float(end[1])


def _edge(section, name: str, z: float, kind: str) -> float:
    """Radius of the wall at a height [m]; 0 where the resist covers the axis there, the cell's radius where none is left."""
    spans = section.spans(name, z)
    if not spans:
        return section.width if kind == "opening" else 0.0
    return spans[-1][0] if kind == "opening" else spans[-1][1]
