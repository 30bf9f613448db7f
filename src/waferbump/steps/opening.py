"""The opening that a mask leaves at the bump's place: its rim, what covers it where it is closed, and how it fills."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import pi

import numpy as np
import shapely
from scipy.optimize import brentq

from ..geometry.section import GeometryError, Section
from ..state import State, StepError

NANOMETRE = 1e-9  # m; below this a height difference is the partition's rounding
_FLAT = 0.2  # slope below which a mask's wall has turned into its top: walls lean by far more, tops by far less
_SHORTEST_TOP = 1e-8  # m; a shorter flat edge belongs to a wall that was etched or rounded


def opening_rim(state: State, materials) -> float:
    """Height of the rim of the opening at the bump's place [m]; StepError where no opening is.

    The rim is the upper end of the wall of the topmost mask, where its top begins, wherever the ground lies farther out. Without a
    mask it is the first crest of the surface outside the axis.
    """
    masks = state.names_with("mask")
    rim = _end_of_wall(state.bump, masks[-1]) if masks else _first_crest(state.bump)
    if rim is None or state.bump.surface_height(0.0) >= rim - NANOMETRE:
        raise StepError(f"there is no opening at the bump's place: the surface is closed there{cover_of(state, materials)}")
    return float(rim)


def cover_of(state: State, materials) -> str:
    """What to say of a developed resist that covers the bump's place: which tone its mask needs; "" where none does."""
    section = state.bump
    tops = {n: top_at(section, n, 0.0) for n in state.facts if section.has(n)}
    name = max(tops, key=tops.get)
    if not state.facts[name].opened_by:
        return ""
    if materials[state.material(name)].tone == "negative":
        return f"; {name} covers the bump's place: a negative resist keeps what the light hits; for an opening its mask needs tone: dark"
    why = "a positive resist loses what the light hits, where dose and time clear it; for an opening its mask needs tone: clear"
    return f"; {name} covers the bump's place: {why}"


def top_at(section: Section, name: str, x: float) -> float:
    """Height of a region's top at x [m], minus infinity where it is not."""
    hit = section.shape(name).intersection(shapely.LineString([(x, section.floor), (x, section.ceiling)]))
    return hit.bounds[3] if not hit.is_empty else float("-inf")


def surface(section: Section, names: tuple[str, ...] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Top of what stands in the cell (of some regions alone, if named) as a polyline over r, with both ends of every vertical step [m].

    Where none of the named regions is, it lies at the carrier's back.
    """
    solid = names or tuple(n for n in section.names if n != "air")
    breaks = sorted({0.0, section.width, *(x for n in solid for x, _ in shapely.get_coordinates(section.shape(n)).tolist())})
    r, z = [], []
    for a, b in pairwise(breaks):
        if b - a < 1e-12:
            continue
        inset = min(1e-12, (b - a) / 4)
        r += [a, b]
        z += [_height(section, names, a + inset), _height(section, names, b - inset)]
    return np.array(r), np.array(z)


def _height(section: Section, names: tuple[str, ...], x: float) -> float:
    if not names:
        return section.surface_height(x)
    return max(section.floor, *(top_at(section, n, x) for n in names))


def _end_of_wall(section: Section, mask: str) -> float | None:
    """Height at which the wall of a mask's innermost edge turns into its top, or begins to fall; what lies on the wall does not count."""
    start = section.bounds(mask)[0]
    r, z = surface(section, (mask,))
    height = None
    for a, b, low, high in zip(r[::2], r[1::2], z[::2], z[1::2], strict=True):
        if a < start - 1e-12:
            continue
        if height is not None and low < height - NANOMETRE:
            break
        height = low if height is None else max(height, low)
        if b - a > _SHORTEST_TOP and (high - low) < _FLAT * (b - a):
            break
        height = max(height, high)
    return height


def _first_crest(section: Section) -> float | None:
    """Height of the first crest of the surface that stands above the middle."""
    _, z = surface(section)
    highest = None
    for height in z:
        if height > z[0] + NANOMETRE and (highest is None or height > highest):
            highest = height
        elif highest is not None and height < highest - NANOMETRE:
            break
    return highest


def pockets(section: Section, level: float) -> list[shapely.Polygon]:
    """The parts into which a level cuts off the open air below it."""
    air = [part for part in shapely.get_parts(section.shape("air")) if part.bounds[3] >= section.ceiling]
    below = shapely.clip_by_rect(shapely.MultiPolygon(air), 0.0, section.floor, section.width, level)
    return [part for part in shapely.get_parts(below) if part.geom_type == "Polygon" and part.area > 0.0]


def enclosed(section: Section) -> Callable[[shapely.Polygon], bool]:
    """Which pockets do not run out to the neighbour."""
    return lambda pocket: pocket.bounds[2] < section.width * (1 - NANOMETRE)


def room(section: Section, level: float, keep: Callable[[shapely.Polygon], bool]) -> float:
    """Volume of the chosen pockets below a level [m^3]."""
    return sum(_volume(pocket) for pocket in pockets(section, level) if keep(pocket))


def pooled(
    section: Section, name: str, material: str, *, level: float, keep: Callable[[shapely.Polygon], bool], volume: float | None = None
) -> Section:
    """The pockets below a level that `keep` chooses filled to that level, or from the bottom up with a volume [m^3] that fits into them.

    GeometryError where none is.
    """
    found = pockets(section, level)
    chosen = [pocket for pocket in found if keep(pocket)]
    if not chosen:
        raise GeometryError(f"no pocket of open air lies below z = {level * 1e6:.6g} um")
    if len(chosen) == len(found):
        return section.filled(name, material, level=level) if volume is None else section.filled(name, material, volume=volume)
    whole = shapely.MultiPolygon(chosen)
    if volume is not None and volume < _volume(whole):
        low = whole.bounds[1]
        top = brentq(lambda z: _volume(_under(whole, z)) - volume, low, level, xtol=1e-13, rtol=1e-15)
        whole = _under(whole, top)
    return section.placed(name, material, whole)


def _under(shape, level: float) -> shapely.MultiPolygon:
    low_r, low_z, high_r, _ = shape.bounds
    if level <= low_z:
        return shapely.MultiPolygon()
    parts = shapely.get_parts(shapely.clip_by_rect(shape, low_r, low_z, high_r, level))
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])


def _volume(shape) -> float:
    """Volume that a shape sweeps round the axis (Pappus) [m^3]."""
    return 0.0 if shape.is_empty else 2 * pi * shape.centroid.x * shape.area
