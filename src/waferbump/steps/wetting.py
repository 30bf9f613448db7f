"""Where molten solder can go: the metal it wets and the edge at which it stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from ..state import State, StepError, listed
from .conduction import is_conductor

_FALLS = 0.1  # rad; a surface that falls less than this (6 degrees) counts as flat: solder wets over it
METAL_ROLES = ("pad", "film", "redistribution", "post")
_APART = 1e-6  # m; of corners nearer than this to each other (a curved edge) one stands for all
_TOUCH = 2e-10  # m; ends of two lines nearer than this are one point (the partition's grid is 1e-11 m)


@dataclass(frozen=True)
class Pin:
    """A circle at which the edge of a liquid may stop: radius and height [m], and how steeply the metal falls away outside it [rad]."""

    radius: float
    height: float
    descent: float


@dataclass(frozen=True)
class WettedMetal:
    """The metal that a body of solder can reach.

    pins : convex corners of its surface from the axis outwards; the last one is its end, where wetting stops whatever the angle
    metals : regions wetted;  warnings : sentences
    """

    pins: tuple[Pin, ...]
    metals: tuple[str, ...]
    warnings: tuple[str, ...]


def wetted_metal(bare: State, bodies: tuple[str, ...], contacts: dict[str, float], materials) -> WettedMetal:
    """Find the metal that solder wets and the corners at which its edge may stop.

    Parameters
    ----------
    bare : the state with the molten bodies and all flux taken away
    bodies : names of the molten bodies, for messages
    contacts : area [m^2] by which they stood on each solid region that conducts

    Raises
    ------
    StepError : they stand on no metal, on metal that solder does not wet, or the wettable metal runs on to the neighbour.
    """
    who = listed(bodies)
    if not contacts:
        raise StepError(f"{who} touches no metal: there is nothing to solder to")
    wettable = [n for n in contacts if _wets(bare, n, materials) != "no"]
    if not wettable:
        films = listed([f"{n} ({bare.material(n)})" for n in contacts])
        raise StepError(f"{who} stands on {films}, which solder does not wet")
    seeds = [line for n in wettable for line in _lines(bare.bump.exposed(n))]
    everything = [
        line
        for n in bare.facts
        if is_conductor(bare, n, materials) and _wets(bare, n, materials) != "no"
        for line in _lines(bare.bump.exposed(n))
    ]
    reached = _joined(seeds, everything)
    radius = max(line.bounds[2] for line in reached)
    width = bare.bump.width
    if radius >= width * (1 - 1e-9):
        raise StepError(
            f"the bare metal under {who} runs on to the neighbouring bump: molten solder would spread over it; etch the seed before reflow"
        )
    warnings = [
        f"solder wets {n} ({bare.material(n)}) only weakly"
        for n in wettable
        if _wets(bare, n, materials) == "weakly" and len(wettable) == 1
    ]
    return WettedMetal(_pins(_path(reached)), tuple(wettable), tuple(warnings))


def _path(lines: list) -> np.ndarray:
    """Vertices of the reached surface from the axis outwards, up to its farthest point [(x, z) m]."""
    rest = [np.asarray(line.coords) for line in _lines(shapely.union_all(lines))]
    rest = [line if line[0, 0] <= line[-1, 0] else line[::-1] for line in rest]
    rest.sort(key=lambda line: line[0, 0])
    path = rest.pop(0)
    while rest:
        gaps = [min(np.hypot(*(line[end] - path[-1])) for end in (0, -1)) for line in rest]
        line = rest.pop(int(np.argmin(gaps)))
        path = np.vstack([path, line if np.hypot(*(line[0] - path[-1])) <= np.hypot(*(line[-1] - path[-1])) else line[::-1]])
    keep = np.concatenate([[True], np.hypot(*np.diff(path, axis=0).T) > _TOUCH])
    path = path[keep]
    farthest = np.flatnonzero(path[:, 0] >= path[:, 0].max() - _TOUCH)[-1]
    return path[: farthest + 1]


def _pins(path: np.ndarray) -> tuple[Pin, ...]:
    """Corners of a surface that falls away outside them, and its end."""
    pins = []
    for before, here, after in zip(path[:-2], path[1:-1], path[2:], strict=True):
        incoming, outgoing = (-np.arctan2(b[1] - a[1], b[0] - a[0]) for a, b in ((before, here), (here, after)))
        if outgoing > max(incoming, _FALLS):
            pins.append(Pin(float(here[0]), float(here[1]), float(outgoing)))
    end = Pin(float(path[-1, 0]), float(path[-1, 1]), float(np.pi))
    spaced: list[Pin] = []
    for pin in pins:
        if all(np.hypot(pin.radius - p.radius, pin.height - p.height) >= _APART for p in (*spaced[-1:], end)):
            spaced.append(pin)
    return (*spaced, end)


def standing_edge(state: State, bodies: Sequence[str]) -> tuple[float, float] | None:
    """Radius of the edge at which solder ends on its metal, and the highest point at which it stands on metal [m]; None on no metal.

    Compounds between the two count as solder: the metal's own surface is where they begin.
    """
    bodies = [*bodies, *(n for n in state.names_with("intermetallic") if state.bump.has(n))]
    lines = [
        state.bump.contact_lines(body, other)
        for body in bodies
        for other in state.bump.neighbours(body)
        if other in state.facts and other not in bodies and state.facts[other].role in METAL_ROLES
    ]
    lines = [line for line in lines if not line.is_empty]
    return (max(line.bounds[2] for line in lines), max(line.bounds[3] for line in lines)) if lines else None


def _wets(state: State, name: str, materials) -> str:
    if state.facts[name].role == "solder":
        return "yes"
    material = materials[state.material(name)]
    if material.answer("wetted_only_under"):
        return "no"  # what is bare of it has oxidised: only below its cap, which the solder eats through, is it wetted
    return material.wetted_by_solder or "no"


def _lines(geometry) -> list:
    return [g for g in shapely.get_parts(shapely.line_merge(geometry)) if g.length > 0]


def _joined(seeds: list, lines: list) -> list:
    """Those lines that hang together with the seeds at the axis: solder flows from metal to touching metal, not across a gap."""
    nearest = min(line.bounds[0] for line in seeds)
    reached = [line for line in seeds if line.bounds[0] <= nearest + _TOUCH]
    rest = [line for line in lines if not any(line.equals(r) for r in reached)]
    grown = True
    while grown:
        grown = False
        for line in list(rest):
            if any(line.distance(r) <= _TOUCH for r in reached):
                reached.append(line)
                rest.remove(line)
                grown = True
    return reached
