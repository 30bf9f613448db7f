"""A site as the columns of a strip across it: for every stretch of x, how much of every tower of layers lies in the strip.

The strip is |y| <= half_width about the line through pad and bump. What hangs together with the bump there is kept; of what lies beyond
the windows only the ground is.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import shapely

from waferbump.geometry.mesh import Joint, MeshError
from waferbump.geometry.mesh_stations import kept_edges
from waferbump.geometry.partition import AIR, TICKS_PER_METRE, oriented_edges, polygons
from waferbump.geometry.stack import Stack
from waferbump.geometry.stack_questions import Tower

_NEAR = 1e-6  # edges of the plan nearer to one another are taken as one; widths keep the volumes (our choice)
_LEVELS_NEAR = 0.05e-6  # as are levels, where no film lies between them (our choice)
_RARE = 2e-3  # of the strip: a level found on less of it, on walls and in corners, is kept only when farther than _NEAR from others
_BARE = 0.03  # of the foot's area that may lie beside the metal: the outline and the opening come from different models (our choice)


@dataclass(frozen=True)
class Strip:
    """The strip of a site.

    towers : layers from the floor up [ticks], the solder above its foot taken away, that below it under the joint's name
    kept, dropped : plan of every tower, with what hangs together with the bump and beyond the windows [ticks]
    half_width : [m];  window : (x0, x1) [m];  foot : height at which the joint stands [m];  metal : the region that it stands on
    """

    towers: tuple[Tower, ...]
    kept: tuple[shapely.Geometry, ...]
    dropped: tuple[shapely.Geometry, ...]
    half_width: float
    window: tuple[float, float]
    foot: float
    metal: str


def strip(
    stack: Stack,
    joint: Joint,
    without: Collection[str],
    gone: Collection[str],
    ground: Collection[str],
    half_width: float | None,
    *,
    whole: bool,
) -> Strip:
    """The strip across a site.

    half_width : [m]; None: from the bump to the nearest window on the y axis, or to the site's edge; where the gap below the bump ends
        before that, half the way to its end, so that a round pocket is free up to 0.87 of its radius (our choice)
    without : regions that the joint stands for;  gone : regions left out;  ground : regions that lie below windows
    whole : keep what lies beyond windows too
    """
    x0, y0, x1, y1 = stack.window
    if not (x0 < 0.0 < x1 and y0 < 0.0 < y1):
        raise MeshError("the bump's centre, the origin, lies outside the site")
    radius = float(joint.radius[0])
    foot, metal = _foot(stack, radius, {*without, *gone}, ground)
    groups: dict[Tower, list] = {}
    for shape, tower in zip(stack.shapes, stack.towers, strict=True):
        groups.setdefault(_under_joint(tower, without, gone, round(foot * TICKS_PER_METRE), joint.name), []).append(shape)
    towers = tuple(groups)
    shapes = [shapely.coverage_union_all(polygons(np.array(group, dtype=object))) for group in groups.values()]
    windows = [all(name in ground or name == AIR for name, _, _ in tower) for tower in towers]
    half = _half_width(stack, shapes, towers, windows, half_width)
    box = shapely.box(x0 * TICKS_PER_METRE, -half * TICKS_PER_METRE, x1 * TICKS_PER_METRE, half * TICKS_PER_METRE)
    cut = shapely.intersection(np.array(shapes, dtype=object), box)
    kept, dropped = _held_by_bump(cut, windows, whole)
    return Strip(towers, kept, dropped, half, (x0, x1), foot, metal)


def _under_joint(tower: Tower, without: Collection[str], gone: Collection[str], foot: int, joint: str) -> Tower:
    layers: list[tuple[str, int, int]] = []
    for name, bottom, top in tower:
        pieces = [(AIR if name in gone else name, bottom, top)]
        if name in without:
            pieces = [(joint, bottom, min(top, foot)), (AIR, max(bottom, foot), top)]
        for kind, low, high in pieces:
            if low >= high:
                continue
            if layers and layers[-1][0] == kind:
                low = layers.pop()[1]
            layers.append((kind, low, high))
    return tuple(layers)


def _foot(stack: Stack, radius: float, above: Collection[str], ground: Collection[str]) -> tuple[float, str]:
    """Height and region of the surface on which most of the joint's foot stands."""
    circle = shapely.Point(0.0, 0.0).buffer(radius * TICKS_PER_METRE, quad_segs=64)
    areas: dict[tuple[str, int], float] = {}
    for shape, tower in zip(stack.shapes, stack.towers, strict=True):
        if shapely.intersects(shape, circle):
            name, top = next((n, b) for n, _, b in reversed(tower) if n != AIR and n not in above)
            areas[name, top] = areas.get((name, top), 0.0) + shapely.intersection(shape, circle).area
    (metal, level), _ = max(areas.items(), key=lambda one: one[1])
    if metal in ground:
        raise MeshError(f"there is no region at the origin for the joint to stand on: {metal!r} is the ground")
    bare = 1.0 - sum(area for (name, top), area in areas.items() if name == metal and top <= level) / circle.area
    if bare > _BARE:
        raise MeshError(
            f"the joint's foot, {radius * 1e6:.4g} um in radius, is wider than {metal!r} lies free below it: "
            f"{100 * bare:.3g} % of it stands beside"
        )
    return level / TICKS_PER_METRE, metal


def _half_width(stack: Stack, shapes: list, towers: tuple[Tower, ...], windows: list[bool], asked: float | None) -> float:
    _, y0, _, y1 = stack.window
    edge = min(-y0, y1)
    if asked is not None:
        if not (math.isfinite(asked) and 0.0 < asked <= edge * (1 + 1e-9)):
            raise MeshError(f"half_width lies above 0 and within the site, {edge * 1e6:.4g} um, not {asked!r}")
        return min(asked, edge)
    origin = shapely.Point(0.0, 0.0)
    rays = [shapely.LineString([(0.0, 0.0), (0.0, y * TICKS_PER_METRE)]) for y in (y0, y1)]
    hollow = [any(name == AIR for name, _, _ in tower[:-1]) for tower in towers]
    above_gap = any(gap and shapely.distance(shape, origin) == 0.0 for shape, gap in zip(shapes, hollow, strict=True))

    def nearest(which: list[bool]) -> float:
        met = [shapely.intersection(shape, ray) for shape, asked in zip(shapes, which, strict=True) if asked for ray in rays]
        return min([edge, *(float(shapely.distance(one, origin)) / TICKS_PER_METRE for one in met if not one.is_empty)])

    half = nearest(windows)
    if half <= 0.0:
        raise MeshError("there is no region at the origin: the bump's centre lies in a window")
    if above_gap:
        end = nearest([not (gap or window) for gap, window in zip(hollow, windows, strict=True)])
        half = min(half, 0.5 * end) if end < half else half
    return half


def _held_by_bump(cut: np.ndarray, windows: list[bool], whole: bool) -> tuple[tuple, tuple]:
    """Pieces of every tower that hang together with the bump, and the rest; windows hold nothing, and are kept."""
    if whole:
        return tuple(cut), tuple(shapely.MultiPolygon() for _ in cut)
    solid = shapely.union_all([shape for shape, window in zip(cut, windows, strict=True) if not window], grid_size=1.0)
    origin = shapely.Point(0.0, 0.0)
    own = min(polygons(solid), key=lambda piece: shapely.distance(piece, origin))
    shapely.prepare(own)
    kept, dropped = [], []
    for shape, window in zip(cut, windows, strict=True):
        pieces = polygons(shape)
        mine = np.array([window or shapely.intersects(own, piece.representative_point()) for piece in pieces], dtype=bool)
        kept.append(shapely.MultiPolygon(list(pieces[mine])))
        dropped.append(shapely.MultiPolygon(list(pieces[~mine])))
    return tuple(kept), tuple(dropped)


def area_between(shape: shapely.Geometry, stations: np.ndarray) -> np.ndarray:
    """Area of a plan shape between neighbouring stations, shape (stations - 1,): int chord dx from the oriented edges, exact.

    shape, stations : in one unit of length, [ticks] here
    """
    edges = oriented_edges(shape)
    if len(edges) == 0:
        return np.zeros(len(stations) - 1)
    xa, ya, xb, yb = edges.T
    slope = np.divide(yb - ya, xb - xa, out=np.zeros_like(xa), where=xb != xa)
    # int -y dx along what of an edge lies left of a station; edges that run to the left count negative
    low, high, sign = np.minimum(xa, xb), np.maximum(xa, xb), np.where(xb >= xa, -1.0, 1.0)
    end = np.clip(stations[:, None], low, high)
    left = sign * (end - low) * (ya + slope * (0.5 * (end + low) - xa))
    return np.maximum(np.diff(left.sum(axis=1)), 0.0)


def plan_edges(lane: Strip) -> dict[float, float]:
    """Places of the plan's edges across the strip [m] with the length of edge there [m]: walls along y, and where rounded shapes end."""
    weights: dict[float, float] = {}
    for shape in (*lane.kept, *lane.dropped):
        edges = oriented_edges(shape)
        upright = np.abs(edges[:, 2] - edges[:, 0]) < 0.1 * np.abs(edges[:, 3] - edges[:, 1])
        for xa, ya, xb, yb in edges[upright]:
            place = round(0.5 * (xa + xb)) / TICKS_PER_METRE
            weights[place] = weights.get(place, 0.0) + abs(yb - ya) / TICKS_PER_METRE
        for piece in polygons(shape):
            for place in (piece.bounds[0] / TICKS_PER_METRE, piece.bounds[2] / TICKS_PER_METRE):
                weights[place] = weights.get(place, 0.0) + 1e-9  # a rounded end: kept where nothing weightier is near
    return weights


def plan_stations(lane: Strip, always: Collection[float]) -> np.ndarray:
    """Stations along x that the strip's edges ask for [m], ascending; those of `always` stay [m]."""
    x0, x1 = lane.window
    weights = {x: w for x, w in plan_edges(lane).items() if x0 < x < x1}
    return kept_edges(weights, [x0, x1, *always], _NEAR)


def layer_levels(lane: Strip, always: Collection[float]) -> np.ndarray:
    """Levels that the strip's layers ask for [m], ascending: one of several nearer than 50 nm with no film between stands for them."""
    weights: dict[int, float] = {}
    for tower, kept, dropped in zip(lane.towers, lane.kept, lane.dropped, strict=True):
        for _, bottom, _ in tower[1:]:
            weights[bottom] = weights.get(bottom, 0.0) + kept.area + dropped.area
    strip_area = 2 * lane.half_width * (lane.window[1] - lane.window[0]) * TICKS_PER_METRE**2
    common = {z for z, area in weights.items() if area > _RARE * strip_area}
    # both faces of a thin film on much of the strip
    films = {
        z / TICKS_PER_METRE
        for tower, kept in zip(lane.towers, lane.kept, strict=True)
        for name, a, b in tower
        if name != AIR and b - a <= _LEVELS_NEAR * TICKS_PER_METRE and kept.area > _RARE * strip_area
        for z in (a, b)
    }
    held = kept_edges({z / TICKS_PER_METRE: weights[z] for z in common if weights[z] > 0.0}, [*always, *films], _LEVELS_NEAR)
    rare = {z / TICKS_PER_METRE: area for z, area in weights.items() if z not in common and area > 0.0}
    return kept_edges(rare, held, _NEAR)


@dataclass(frozen=True)
class Columns:
    """The strip on stations and levels.

    x, z : stations [m], shape (columns + 1,), and levels up to the films' top [m], shape (levels,)
    kept, dropped : area of every tower in every column [m^2], shape (towers, columns)
    region : number of the region in every tower between neighbouring levels, shape (towers, levels - 1); -1 is air
    share : true thickness of that layer over what the levels give it, shape (towers, levels - 1)
    names : of the regions by number
    """

    x: np.ndarray
    z: np.ndarray
    kept: np.ndarray
    dropped: np.ndarray
    region: np.ndarray
    share: np.ndarray
    names: tuple[str, ...]

    def repeated(self, count: int, pitch: float, size: float) -> Columns:
        """The same columns `count` times at a pitch along x, from x = 0; between sites the columns at their sides go on.

        pitch : [m];  size : of the elements between sites, about [m]
        """
        steps = np.diff(self.x)
        more = 0.5 * (pitch - (self.x[-1] - self.x[0]))
        number = 0 if more < _LEVELS_NEAR else math.ceil(more / (2 * size))  # nearer sites touch
        between = np.full(number, more / max(number, 1))
        take = np.concatenate([np.zeros(number, dtype=int), np.arange(len(steps)), np.full(number, len(steps) - 1)])
        new = np.concatenate([between, steps, between])
        x = np.concatenate([[0.0], np.cumsum(np.tile(new, count))])
        kept, dropped = (np.tile(area[:, take] * (new / steps[take]), count) for area in (self.kept, self.dropped))
        return Columns(x, self.z, kept, dropped, self.region, self.share, self.names)


def columns(lane: Strip, x: np.ndarray, z: np.ndarray) -> Columns:
    """The strip's towers on stations x [m] and levels z [m], from the floor up; a layer's levels are the nearest ones."""
    names = tuple(dict.fromkeys(n for tower in lane.towers for n, _, _ in tower if n != AIR))
    region = np.full((len(lane.towers), len(z) - 1), -1)
    share = np.ones(region.shape)
    for t, tower in enumerate(lane.towers):
        for name, a, b in tower:
            if name == AIR:
                continue
            bottom, top = max(a / TICKS_PER_METRE, z[0]), b / TICKS_PER_METRE
            low, high = np.abs(z - bottom).argmin(), np.abs(z - top).argmin()
            region[t, low:high] = names.index(name)
            if high > low:
                share[t, low:high] = (top - bottom) / (z[high] - z[low])
    scaled = x * TICKS_PER_METRE
    kept, dropped = (
        np.array([area_between(shape, scaled) for shape in shapes]) / TICKS_PER_METRE**2 for shapes in (lane.kept, lane.dropped)
    )
    return Columns(x, z, kept, dropped, region, share, names)
