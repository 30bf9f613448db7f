"""The line of a planar cut through the plan: where it runs, where it passes the bump, and how a round body looks in it [m]."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from itertools import groupby, pairwise

import numpy as np
import shapely

from waferbump.geometry.centreline import centreline, reached
from waferbump.geometry.partition import GeometryError, polygons
from waferbump.geometry.plan import MaskShape

Line = tuple[tuple[float, float], ...]

_ON_CENTRE = 1e-7  # m; layouts draw lines and centres on grids of 1 to 5 nm, and a drop's slice changes by nothing within 0.1 um


def followed(metal: MaskShape, start: MaskShape, before: float, beyond: float) -> Line:
    """The middle of a metal line from a pad's centre to the bump's, led on straight past both ends; GeometryError where there is no way."""
    bodies = [body for body in polygons(metal.polygon) if shapely.intersects(body, shapely.Point(0.0, 0.0))]
    if not bodies:
        away = metal.polygon.distance(shapely.Point(0.0, 0.0))
        raise GeometryError(f"mask '{metal.name}' does not reach the bump's centre: it ends {away * 1e6:.4g} um from it")
    if (apart := bodies[0].distance(start.polygon)) > 0.0:
        raise GeometryError(f"mask '{metal.name}' does not reach mask '{start.name}': they are {apart * 1e6:.4g} um apart")
    way = [place for place, _ in groupby(centreline(bodies[0], reached(bodies[0], start.polygon), (0.0, 0.0)))]
    first, last = _led_on(way[1], way[0], before), _led_on(way[-2], way[-1], beyond)
    return tuple(([first] if before > 0.0 else []) + [(float(x), float(y)) for x, y in way] + [last])


def _led_on(before: Sequence[float], end: Sequence[float], length: float) -> tuple[float, float]:
    away = math.dist(before, end)
    return (end[0] + (end[0] - before[0]) * length / away, end[1] + (end[1] - before[1]) * length / away)


def within_window(points: Sequence[Sequence[float]], window: tuple[float, float, float, float]) -> Line:
    """The part of a line inside the window; GeometryError where it misses the window, leaves it on the way, or misses the bump's centre."""
    line = shapely.LineString(points)
    if not line.is_simple:
        raise GeometryError("the cut line crosses itself")
    inside = shapely.intersection(line, shapely.box(*window))
    pieces = [piece for piece in shapely.get_parts(shapely.line_merge(inside)) if piece.geom_type == "LineString" and piece.length > 0.0]
    if not pieces:
        raise GeometryError(f"the cut line misses the site: it passes {line.distance(shapely.box(*window)) * 1e6:.4g} um from the window")
    if len(pieces) > 1:
        raise GeometryError("the cut line leaves the site's window and comes back: shorten it or widen the window")
    off = pieces[0].distance(shapely.Point(0.0, 0.0))
    if off > _ON_CENTRE:
        raise GeometryError(f"the cut line misses the bump's centre by {off * 1e6:.4g} um: it must go through it")
    made = tuple((float(x), float(y)) for x, y in pieces[0].coords)
    # an intersection may run the other way round
    forwards = line.project(shapely.Point(made[0])) <= line.project(shapely.Point(made[-1]))
    return made if forwards else made[::-1]


def length_of(line: Line) -> float:
    """Length of a polyline [m]."""
    return math.fsum(math.dist(a, b) for a, b in pairwise(line))


def at_bump(line: Line) -> float:
    """Place on the unfolded line at which it passes the bump's centre [m]."""
    return float(shapely.LineString(line).project(shapely.Point(0.0, 0.0)))


def sliced(shape, line: Line):
    """A round body's half section (r, z) as the slice that the unfolded line cuts out of it, (x, z) [m].

    GeometryError where the line turns inside the body in such a way that it comes nearer to the centre again.
    """
    middle, reach = at_bump(line), float(shapely.bounds(shape)[2])
    total, found = length_of(line), []
    for side in (-1.0, 1.0):
        most = middle if side < 0 else total - middle
        steps, radii = _arm(line, middle, side, min(most, 2.0 * reach), reach)
        half = shapely.transform(shape, partial(_unfolded, middle=middle, side=side, radii=radii, steps=steps))
        found += list(polygons(half if shapely.is_valid(half) else shapely.make_valid(half)))
    whole = shapely.union_all(found, grid_size=1e-11)
    return shapely.MultiPolygon(list(polygons(whole)))


def _unfolded(rz: np.ndarray, *, middle: float, side: float, radii: np.ndarray, steps: np.ndarray) -> np.ndarray:
    return np.column_stack([middle + side * np.interp(rz[:, 0], radii, steps), rz[:, 1]])


def _arm(line: Line, middle: float, side: float, length: float, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Lengths along one arm of the line from the bump's centre, and the distances from the centre that belong to them."""
    curve = shapely.LineString(line)
    corners = [abs(curve.project(shapely.Point(p)) - middle) for p in line if (curve.project(shapely.Point(p)) - middle) * side > 0]
    steps = np.unique([0.0, *(c for c in corners if c < length), length, *np.linspace(0.0, length, 257)[1:]])
    points = shapely.line_interpolate_point(curve, middle + side * steps)
    radii = shapely.distance(points, shapely.Point(0.0, 0.0))
    inside = radii <= reach
    if (np.diff(radii[inside]) < -1e-12).any():
        raise GeometryError("the cut line turns back towards the bump's centre inside the bump: draw it straight there")
    last = int(np.argmax(radii > reach)) + 1 if (radii > reach).any() else len(radii)
    return steps[:last], np.maximum.accumulate(radii[:last])
