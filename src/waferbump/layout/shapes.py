"""From drawn polygons to the shapes of a mask: what is drawn twice is one shape, and what touches is one shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from .limits import LayoutError

GRID = 1e-9  # m: turned references leave the database grid; a nanometre is finer than any mask writer
LARGEST = 1.0  # m: wafers are 0.45 m, panels 0.7 m
_PAIRS, _PAIRS_EACH = 1_000_000, 20  # pairs of touching polygons on one layer, and more for each: a fill of triangles has some 6 each
_MANY = 10_000  # pairs from which polygons that lie wholly on another are looked for, to leave them out of the union
_AT_ONCE = 32  # polygons asked for their neighbours at once, so that no answer outgrows memory
_SAME_AREA, _SAME_PLACE = 0.02, 0.02  # relative: a circle drawn twice with other facets differs by less than this
_DIGITS = 4  # of a step: double precision leaves 1e-9 steps on a coordinate of 1e7, some 1e-6 on a centroid's sums
_CROSSINGS = 100_000  # pairs of edges of self-touching polygons on one layer; untangling that many takes some seconds


@dataclass(frozen=True)
class Duplicate:
    """One shape drawn more than once on a layer.

    Parameters
    ----------
    layer : the layer's name in the layer map
    centre : its centroid (x, y) in the file's coordinates [m]
    times : how often it is drawn [1]
    identical : the very same polygon; False: the same place and area within 2 %
    """

    layer: str
    centre: tuple[float, float]
    times: int
    identical: bool


@dataclass(frozen=True)
class MaskLayer:
    """One layer of a mask file as the mask shows it.

    Parameters
    ----------
    name : its name in the layer map
    number : layer and datatype, such as "20/0"
    grid : step of the shapes' coordinates [m]
    shapes : the merged shapes in steps of `grid`, shape (n,)
    drawn : polygons drawn [1]
    duplicates : shapes drawn more than once
    without_area : polygons that cover nothing, left out [1]
    crossing : polygons whose outline touches or crosses itself, covering all that it winds round [1]
    """

    name: str
    number: str
    grid: float
    shapes: np.ndarray
    drawn: int
    duplicates: tuple[Duplicate, ...]
    without_area: int
    crossing: int

    def metres(self, steps):
        """Coordinates in steps of the grid as lengths [m]; 690000 steps of 1 nm are 0.00069 m to the last digit.

        Parameters
        ----------
        steps : number or array of any shape [step]
        """
        return steps / steps_per_metre(self.grid)

    def in_metres(self) -> tuple[shapely.Polygon, ...]:
        """The merged shapes in the file's coordinates [m]."""
        return tuple(shapely.transform(self.shapes, self.metres))


def steps_per_metre(grid: float) -> float:
    """How many steps make a metre [1/m]; a whole number divides without the noise that multiplying by 1e-9 leaves.

    Parameters
    ----------
    grid : length of one step [m]

    >>> 690000 * 1e-9, 690000 / steps_per_metre(1e-9)
    (0.0006900000000000001, 0.00069)
    """
    return float(f"{1.0 / grid:.12g}")


def mask_layer(name: str, number: str, points: np.ndarray, sizes: np.ndarray, unit: float, file: str) -> MaskLayer:
    """Merge the polygons of one layer into the shapes that the mask shows.

    Parameters
    ----------
    name, number : the layer's name and its "layer/datatype"
    points : corners of all polygons one after another, shape (n, 2) [step]
    sizes : corners of each polygon, shape (m,) [1]
    unit : length of one step [m]
    file : the file's name, for the messages

    Raises
    ------
    LayoutError : coordinates beyond a metre, or more polygons on top of each other than any mask has.
    """
    grid = min(unit, GRID)
    if len(points) and not np.all(np.abs(points) * unit <= LARGEST):  # also false for NaN
        raise LayoutError(f"{file}: layer {_called(name, number)} reaches beyond {LARGEST:g} m; is the database unit of {unit:g} m right?")
    polygons = _polygons(np.rint(points * (unit / grid)) + 0.0, sizes)  # no -0.0, which would tell equal polygons apart
    sound = shapely.area(polygons) > 0.0
    valid = shapely.is_valid(polygons)
    crossing = polygons[~valid]
    mended = _untangled(crossing, f"{file}: layer {_called(name, number)}")
    tangles = int(np.count_nonzero(shapely.area(mended) > 0.0))
    without_area = int(np.count_nonzero(valid & ~sound)) + len(crossing) - tangles
    distinct, twice = _distinct(name, np.concatenate([polygons[valid & sound], _areas_of(mended)]), grid)
    shapes, nearly = _merged(name, number, distinct, file)
    twice += [Duplicate(name, _centre(distinct[place], grid), 2, False) for place in nearly]
    return MaskLayer(name, number, grid, shapes, len(sizes), tuple(twice), without_area, tangles)


def _called(name: str, number: str) -> str:
    return number if name == number else f"{name} ({number})"


def _polygons(points: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """shapely polygons from corners one after another; a polygon of fewer than three corners becomes an empty one."""
    if not len(sizes):
        return np.empty(0, dtype=object)
    starts = np.cumsum(sizes) - sizes
    keep = sizes >= 3
    rings = np.repeat(keep, sizes)
    first = starts[keep]
    ends = np.cumsum(sizes[keep])
    closed = np.insert(points[rings], ends, points[first], axis=0)
    offsets = np.concatenate([[0], ends + np.arange(1, len(ends) + 1)])
    polygons = np.full(len(sizes), shapely.Polygon(), dtype=object)
    if keep.any():
        polygons[keep] = shapely.from_ragged_array(shapely.GeometryType.POLYGON, closed, (offsets, np.arange(len(offsets))))
    return polygons


def _areas_of(geometries: np.ndarray) -> np.ndarray:
    parts = shapely.get_parts(shapely.get_parts(geometries))
    return parts[(shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (shapely.area(parts) > 0.0)]


def _centre(polygon: shapely.Polygon, grid: float) -> tuple[float, float]:
    x, y = centroids(np.array([polygon]))[0]
    return float(x) / steps_per_metre(grid), float(y) / steps_per_metre(grid)


def centroids(polygons: np.ndarray) -> np.ndarray:
    """Centroids of polygons, shape (n, 2), without the last digits that their sums leave [step].

    Parameters
    ----------
    polygons : shape (n,) [step]
    """
    return np.round(shapely.get_coordinates(shapely.centroid(polygons)), _DIGITS) + 0.0


def _distinct(name: str, polygons: np.ndarray, grid: float) -> tuple[np.ndarray, list[Duplicate]]:
    keys = shapely.to_wkb(shapely.normalize(polygons))
    places: dict[bytes, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    firsts = np.array([group[0] for group in places.values()], dtype=np.intp)
    twice = [Duplicate(name, _centre(polygons[group[0]], grid), len(group), True) for group in places.values() if len(group) > 1]
    return polygons[firsts], twice


def _merged(name: str, number: str, polygons: np.ndarray, file: str) -> tuple[np.ndarray, list[int]]:
    most = _PAIRS + _PAIRS_EACH * len(polygons)
    crowded = f"{file}: layer {_called(name, number)} has more than {most:,} pairs of polygons on top of each other; merge it first"
    left, right = _touching(polygons, most, crowded)
    if not len(left):
        return polygons, []
    group = _groups(len(polygons), left, right)
    covered = _covered(polygons, left, right) if len(left) > _MANY else np.zeros(len(polygons), dtype=bool)
    order = np.argsort(group, kind="stable")
    order = order[~covered[order]]
    members = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    shapes = []
    for each in members:
        if len(each) == 1:
            shapes.append(polygons[each])
        else:
            shapes.append(_areas_of(np.array([shapely.simplify(shapely.union_all(polygons[each]), 0.0)])))
    return np.concatenate(shapes), _nearly_twice(polygons, left, right)


def _covered(polygons: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Which polygons lie wholly on a larger one: many small ones on one plate, whose union would take minutes."""
    areas = shapely.area(polygons)
    larger = (areas[left] > areas[right]) | ((areas[left] == areas[right]) & (left < right))
    big, small = np.where(larger, left, right), np.where(larger, right, left)
    shapely.prepare(polygons[np.unique(big)])
    covered = np.zeros(len(polygons), dtype=bool)
    covered[small[shapely.covers(polygons[big], polygons[small])]] = True
    return covered


def _touching(geometries: np.ndarray, most: int, too_many: str) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of geometries that touch or overlap, each pair once."""
    tree = shapely.STRtree(geometries)
    none = np.empty(0, dtype=np.intp)
    found, total = [(none, none)], 0
    for start in range(0, len(geometries), _AT_ONCE):
        left, right = tree.query(geometries[start : start + _AT_ONCE], predicate="intersects")
        left = left + start
        once = left < right
        found.append((left[once], right[once]))
        total += int(np.count_nonzero(once))
        if total > most:
            raise LayoutError(too_many)
    return np.concatenate([pair[0] for pair in found]), np.concatenate([pair[1] for pair in found])


def _untangled(crossing: np.ndarray, where: str) -> np.ndarray:
    """Polygons that cross or touch themselves as the areas they wind round; a ring cut open to a keyhole becomes a ring again."""
    left = _CROSSINGS
    for polygon in crossing:
        ring = shapely.get_coordinates(polygon)
        edges = shapely.linestrings(np.stack([ring[:-1], ring[1:]], axis=1))
        left -= len(_touching(edges, left + len(edges), f"{where} has polygons that cross themselves too often; merge the layer first")[0])
        left += len(edges)  # each edge touches the next
    return shapely.make_valid(crossing, method="structure", keep_collapsed=False)


def _groups(count: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Number of the connected group of each polygon."""
    parent = list(range(count))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        first, second = root(one), root(other)
        if first != second:
            parent[max(first, second)] = min(first, second)
    return np.array([root(place) for place in range(count)])


def _nearly_twice(polygons: np.ndarray, left: np.ndarray, right: np.ndarray) -> list[int]:
    areas = shapely.area(polygons)
    centres = centroids(polygons)
    apart = np.hypot(*(centres[left] - centres[right]).T)
    same = (np.abs(areas[left] - areas[right]) <= _SAME_AREA * areas[left]) & (apart <= _SAME_PLACE * np.sqrt(areas[left]))
    return left[same].tolist()
