"""The window through which every step of one run is drawn, so that its pictures can be flipped through."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely

from waferbump.geometry.section import Section
from waferbump.geometry.stack import Stack

from .heights import Heights, heights_for

WIDEST, TALLEST = 600.0, 500.0  # [px] of the drawing field
INSET_WIDTH, INSET_HEIGHT = 210.0, 150.0  # [px]
THIN = 1.6  # [px] a body whose mean thickness is less cannot be seen to scale
_SLIGHT = 6.0  # [px] a body whose mean thickness is less can be seen, but its edges cannot
_LEGIBLE = 3.5  # [px] at which the thinnest film should appear in an inset
_CARRIER_SHOWN = 0.07  # part of the picture's width for the carrier's top
_SMALL_TALL = 1.2  # height over width that a small picture may reach
_LIFT = 0.25  # of an inset's half height: films stand above the edge that it is about
_LARGEST_INSET, _SMALLEST_INSET = 0.04, 2e-6  # of the picture's width; [m]


@dataclass(frozen=True)
class Inset:
    """A magnified detail: middle (x, z) [m] and scale [px/m]."""

    letter: str
    x: float
    z: float
    scale: float

    def window(self, width: float) -> tuple[float, float, float, float]:
        """(x0, z0, x1, z1) of the detail [m], moved to lie inside the cell."""
        half_x, half_z = INSET_WIDTH / self.scale / 2, INSET_HEIGHT / self.scale / 2
        x = min(max(self.x, half_x), max(width - half_x, half_x))
        z = self.z + _LIFT * half_z
        return x - half_x, z - half_z, x + half_x, z + half_z


@dataclass(frozen=True)
class Frame:
    """What all pictures of a run share.

    left, right, low, high : the window [m], low and high as drawn (`heights`);  scale : [px/m], the same along x and z
    insets : magnified details;  shades : region name -> number that tells it from other bodies of its material
    heights : how heights are drawn;  small : a picture among many, without axis and insets
    """

    left: float
    right: float
    low: float
    high: float
    scale: float
    insets: tuple[Inset, ...] = ()
    shades: Mapping[str, int] = field(default_factory=dict)
    heights: Heights = field(default_factory=Heights)
    small: bool = False


def frame_of(
    sections: Iterable[Section],
    *,
    mirrored: bool = True,
    exaggeration: float | None = None,
    small_width: float | None = None,
    shades: Mapping[str, int] | None = None,
    slices: Collection[str] = (),
) -> Frame:
    """The window that shows all that stands in the given sections, and the details where films stack up.

    Parameters
    ----------
    sections : cuts of one cell, all of the same width
    mirrored : whether axisymmetric cuts are drawn on both sides of the axis
    exaggeration : heights are drawn so many times too large [1]; by default a round number chosen for planar cuts, 1 for round ones
    small_width : [px] of the drawing field of a picture among many, without axis and insets; by default the page's width
    shades : of regions, where other views of the same states share them; by default of the sections alone
    slices : regions that are slices of round bodies, balls and pools of flux, on which no film's height depends
    """
    distinct = list({id(section): section for section in sections}.values())
    first = distinct[0]
    left = -first.width if mirrored and first.kind == "axisymmetric" else 0.0
    across = first.width - left
    widest, tallest = (WIDEST, TALLEST) if small_width is None else (small_width, _SMALL_TALL * small_width)
    if exaggeration is not None:
        heights = Heights(exaggeration)
    else:
        heights = heights_for(distinct, across, widest / across, slices) if first.kind == "planar" else Heights()
    tops, bottoms = [0.0], [0.0]
    for section in distinct:
        for number, region in enumerate(section.regions):
            if region.name != "air":
                tops.append(_shown_top(region.shape, section.width, across))
                if number:  # the carrier comes first
                    bottoms.append(region.shape.bounds[1])
    high = float(heights.drawn(max(tops))) + 0.05 * across
    low = float(heights.drawn(min(bottoms))) - _CARRIER_SHOWN * across
    scale = min(widest / across, tallest / (high - low))
    insets = _insets(distinct, scale) if heights.true and small_width is None else ()
    return Frame(
        left,
        first.width,
        low,
        high,
        scale,
        insets,
        shades if shades is not None else shades_of(map(contents_of, distinct)),
        heights,
        small_width is not None,
    )


def _shown_top(shape, width: float, across: float) -> float:
    """Up to where a body is drawn [m]: of a slab from wall to wall that is thicker than the picture is wide, a board, the foot alone."""
    x0, z0, x1, z1 = shape.bounds
    slab = x1 - x0 >= width * (1 - 1e-9) and z1 - z0 > across and shape.area >= (x1 - x0) * (z1 - z0) * (1 - 1e-6)
    return z0 + _CARRIER_SHOWN * across if slab and z0 > 0 else z1


def contents_of(section: Section) -> dict[str, str]:
    """Materials by region name."""
    return {region.name: region.material for region in section.regions}


def contents_of_stack(stack: Stack) -> dict[str, str]:
    """Materials by region name, the carrier first, without air."""
    return {name: stack.material(name) for name in stack.names if name != "air"}


def shades_of(contents: Iterable[Mapping[str, str]]) -> dict[str, int]:
    """A number for every region (name -> material, state by state) that no other body of its material has while both are there."""
    together: dict[str, set[str]] = {}
    for materials in contents:
        for name, material in materials.items():
            together.setdefault(name, set()).update(other for other, its in materials.items() if its == material)
    shades: dict[str, int] = {}
    for name, others in together.items():
        taken = {shades[other] for other in others if other in shades}
        shades[name] = next(number for number in range(len(others)) if number not in taken)
    return shades


def mean_thickness(shape: shapely.MultiPolygon) -> float:
    """Twice the area over the perimeter [m]: the thickness of what is much wider than thick."""
    return 2.0 * shape.area / shape.length if shape.length > 0 else 0.0


def _insets(sections: list[Section], scale: float) -> tuple[Inset, ...]:
    """Up to two details round edges of thin films: where most of them meet, best first."""
    width = sections[0].width
    bodies = [(n, region, mean_thickness(region.shape)) for n, section in enumerate(sections) for region in section.regions[1:-1]]
    thin = [body for body in bodies if body[2] * scale < _SLIGHT]
    if not any(thickness * scale < THIN for *_, thickness in thin):
        return ()
    thinnest = min(t for *_, t in thin)
    size = max(min(INSET_WIDTH * thinnest / _LEGIBLE, _LARGEST_INSET * 2 * width), _SMALLEST_INSET)
    magnification = _rounded_down(INSET_WIDTH / size / scale)
    if magnification < 2:
        return ()
    detail = magnification * scale
    half_x, half_z = INSET_WIDTH / detail / 2, INSET_HEIGHT / detail / 2
    edges = {}
    for _, region, _ in thin:
        corners = shapely.get_coordinates(region.shape)
        for place in (0, -1):
            x, z = map(float, corners[np.argsort(corners[:, 0], kind="stable")[place]])
            if 1e-9 < x < width - 1e-9:
                edges.setdefault((round(x, 9), round(z, 9)), set()).add(region.name)
    scored = []
    for (x, z), _ in edges.items():
        window = shapely.box(x - half_x, z - half_z, x + half_x, z + half_z)
        ends = {name for (ex, ez), names in edges.items() if abs(ex - x) < half_x * 0.8 and abs(ez - z) < half_z for name in names}
        here: dict[int, set[str]] = {}
        for number, region, _ in thin:
            if shapely.intersects(region.shape, window):
                here.setdefault(number, set()).add(region.name)
        scored.append((len(ends) + max(map(len, here.values())), -x, z))
    chosen: list[Inset] = []
    letters = "AB" if sections[0].kind == "axisymmetric" else "PQ"  # A and A' are the ends of a planar cut
    for _, minus_x, z in sorted(scored, reverse=True):
        if len(chosen) < 2 and all(abs(-minus_x - other.x) > 1.2 * half_x or abs(z - other.z) > 1.5 * half_z for other in chosen):
            chosen.append(Inset(letters[len(chosen)], -minus_x, z, detail))
    return tuple(chosen)


def _rounded_down(value: float) -> float:
    """The next round number at or below: 1, 2, 3, 4, 5, 6 or 8 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return max(step for step in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0) if step <= value / power * (1 + 1e-9)) * power
