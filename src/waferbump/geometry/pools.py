"""What liquids, moulds and developers do in a partition: fill from below, grow to a volume, open along masks [ticks]."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import shapely
from scipy.optimize import brentq

from waferbump.geometry.fronts import from_body
from waferbump.geometry.geodesic import Reach
from waferbump.geometry.partition import EMPTY, NANOMETRE, GeometryError, Partition, joined_to, oriented_edges, polygons

Measure = Callable[[np.ndarray], float]  # amount of polygons given as oriented edges


def below(partition: Partition, level: float, within: float | None):
    """Open air under a level, inside x <= within."""
    right = partition.width if within is None else within
    return shapely.MultiPolygon(list(polygons(shapely.clip_by_rect(partition.open_air, 0, partition.floor, right, level))))


def level_for(partition: Partition, amount: float, within: float | None, measure: Measure) -> float:
    """Level under which the open air inside x <= within measures `amount` (a root search: the amount never falls with the level)."""
    def short(level: float) -> float:
        return measure(oriented_edges(below(partition, level, within))) - amount

    low, high = float(partition.open_air.bounds[1]), float(partition.ceiling)
    room = short(high) + amount
    if room < amount:
        column = "" if within is None else f" inside x <= {within / 1e5:.6g} um"
        raise GeometryError(f"the volume does not fit: only {100.0 * room / amount:.4g} % of it finds room{column} below the ceiling at "
                            f"z = {partition.ceiling / 1e5:.6g} um")
    return brentq(short, low, high, xtol=0.01, rtol=1e-15)


def grown_by(partition: Partition, name: str, amount: float, start: float, measure: Measure):
    """Open air round the exposed surface of a region that measures `amount`, by a root search on the distance."""
    far = start
    for _ in range(12):
        partition = partition.raised(partition.top + math.ceil(far) + 10 * NANOMETRE)
        added = partial(_added, from_body(partition, [name], far), partition.open_air)
        if measure(oriented_edges(added(far))) >= amount:
            search = partial(_short, added, amount, measure)
            return added(brentq(search, 0.0, far, xtol=1.0, rtol=1e-12))
        far *= 2.0
    raise GeometryError(f"the volume does not fit: {name!r} would have to grow by more than {far / 1e5:.6g} um")


def _added(reach: Reach, air, distance: float):
    return shapely.intersection(reach.region(distance), air)


def _short(added: Callable, amount: float, measure: Measure, distance: float) -> float:
    return measure(oriented_edges(added(distance))) - amount


def cut(interval: Sequence[float], at: float, angle: float, bounds: Sequence[float], width: float):
    """The opening between two walls that lean by `angle` from the horizontal and stand at (inner, outer) at height `at`."""
    inner, outer = interval
    low, high = bounds[1] - 1.0, bounds[3] + 1.0
    lean = 0.0 if angle == math.pi / 2 else 1.0 / math.tan(angle)
    shape = shapely.box(-1.0, low, width + 1.0, high)
    far = 4.0 * width + 4.0 * abs(lean) * (high - low + abs(at - low) + abs(at - high))
    if outer < width:
        x0, x1 = outer + (low - at) * lean, outer + (high - at) * lean
        shape = shapely.intersection(shape, shapely.Polygon([(-far, low), (x0, low), (x1, high), (-far, high)]))
    if inner > 0.0:
        x0, x1 = inner - (low - at) * lean, inner - (high - at) * lean
        shape = shapely.intersection(shape, shapely.Polygon([(x0, low), (far, low), (far, high), (x1, high)]))
    return shape


def opened(partition: Partition, cuts: Mapping[str, object]):
    """What open air (or a developer in it) reaches of the cuts, each taken from its own region: the shape that becomes air."""
    parts = [shapely.intersection(partition.shapes[name], shape, grid_size=1.0) for name, shape in cuts.items()]
    pieces = list(polygons(parts)) if parts else []
    reached = joined_to(partition.open_air, [*pieces, *partition.voids])
    wanted = shapely.union_all(pieces, grid_size=1.0) if pieces else EMPTY
    return shapely.intersection(shapely.union_all(reached, grid_size=1.0), wanted) if reached else EMPTY


def stripped(partition: Partition, names):
    """The parts of the named regions that open air reaches, also through one another."""
    pieces = [piece for name in names for piece in polygons(partition.shapes[name])]
    reached = joined_to(partition.open_air, [*pieces, *partition.voids])
    return shapely.union_all(reached, grid_size=1.0) if reached else EMPTY
