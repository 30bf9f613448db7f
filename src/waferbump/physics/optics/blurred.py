"""One blurred image of stated width behind a mask, of a disc or a polygon: what a plan needs of an exposure, without fringes."""

from __future__ import annotations

import itertools

import contourpy
import numpy as np
import shapely
from numpy.typing import ArrayLike
from scipy.ndimage import maximum_filter1d
from scipy.special import chndtr, ndtr, owens_t

# A Gaussian edge of standard deviation s has the log-slope 0.798/s where it crosses half intensity; a coherent Fresnel edge
# has 2/sqrt(wavelength z/2) at its geometrical edge. Equal slopes give s = 0.399 sqrt(wavelength z/2).
_FRESNEL_TO_GAUSSIAN = np.sqrt(2 / np.pi) / 2

_FAR = 6.0  # [blurs] all edges farther away change the image by less than exp(-18) = 2e-8
_OFF_CORNER = 1e-9  # [blurs] a point on a vertex is moved by this, where angles are defined; the image changes by less than 4e-10
_COARSE = 4.0  # [blurs] the same where a contour is only being found: exp(-8) = 3e-4
_GRID = 1 / 2  # [blurs] of the grid on which contours are found; our choice, between speed and what may be missed (see contour_polygon)
_CONTOUR = 0.4e-9  # [m] chord error of a contour, and what its simplification may add; our choice, for 1 nm in all
_HALVINGS = 12  # of a chord at most
_LARGEST_GRID = 40_000_000  # nodes, 320 MB; our choice
_CHUNK = 100_000  # points whose edges are looked up at once


def blurred_disc(radius: float, r: ArrayLike, width: float) -> np.ndarray:
    """Relative intensity at distance r from the centre of a clear disc whose image is blurred by a Gaussian.

    I(r) = integral over the disc of exp(-d^2 / (2 s^2)) / (2 pi s^2), which is the non-central chi-square distribution with two
    degrees of freedom: P(X <= (a/s)^2), non-centrality (r/s)^2.

    Parameters
    ----------
    radius : a [m], of the clear disc
    r : [m], any shape
    width : s [m], standard deviation of the blur; 0 gives the sharp disc

    Returns
    -------
    array of r's shape, between 0 and 1.

    >>> float(blurred_disc(40e-6, 0.0, 5e-6).round(6))
    1.0
    """
    r = np.abs(np.asarray(r, float))
    if radius <= 0:
        return np.zeros_like(r)
    if width <= 0:
        return np.where(r < radius, 1.0, np.where(r > radius, 0.0, 0.5))
    return chndtr((radius / width) ** 2, 2, (r / width) ** 2)


def blur_width(wavelength: float, gap: float, depth: float, divergence: float) -> float:
    """Standard deviation of the Gaussian that stands for diffraction behind a mask and for the lamp's divergence.

    s^2 = (0.399 sqrt(wavelength z / 2))^2 + (z tan(divergence) / 2)^2, z = gap + depth. The first term matches the log-slope of a
    coherent Fresnel edge at the geometrical edge, the second is the standard deviation along one axis of a uniform disc of radius
    z tan(divergence).

    Parameters
    ----------
    wavelength : [m], in air
    gap : [m], mask to resist surface
    depth : [m], optical depth in the resist (thickness / refractive index)
    divergence : [rad], half angle of the source

    Returns
    -------
    s [m]. Valid for one edge (features larger than 3 s); the fringes of a coherent image are not in it.
    """
    distance = gap + depth
    return float(np.hypot(_FRESNEL_TO_GAUSSIAN * np.sqrt(wavelength * distance / 2), distance * np.tan(divergence) / 2))


def projection_blur_width(wavelength: float, numerical_aperture: float, defocus: float) -> float:
    """Standard deviation of the Gaussian that stands for a projection lens in or out of focus.

    s^2 = (0.106 wavelength / NA)^2 + (defocus tan(asin NA) / 2)^2.

    Parameters
    ----------
    wavelength : [m]
    numerical_aperture : NA, between 0 and 1
    defocus : [m], largest distance of the resist from the focal plane, as an optical depth

    Returns
    -------
    s [m]. The first term matches the slope of an in-focus edge, 7.5 NA / wavelength in log intensity per metre: Abbe's sum at a coherence
    of 0.5 (8 where the light is coherent, 6.6 at 0.8).
    """
    in_focus = 2 * _FRESNEL_TO_GAUSSIAN * wavelength / (7.5 * numerical_aperture)
    return float(np.hypot(in_focus, defocus * np.tan(np.arcsin(numerical_aperture)) / 2))


def blurred_polygon(polygon, x: ArrayLike, y: ArrayLike, blur: float) -> np.ndarray:
    """Relative intensity at points behind a clear polygon whose image is blurred by a Gaussian.

    I(p) = integral over the polygon of exp(-|p - q|^2 / (2 s^2)) / (2 pi s^2). In polar coordinates about p this is a sum over edges
    in closed form: I = [p inside] - sum over edges of T(d/s, t1/d) - T(d/s, t0/d), T being Owen's function, d the distance of p from
    the edge's line (positive on the side of the interior) and t0, t1 where the edge starts and ends along that line, seen from p.

    Parameters
    ----------
    polygon : shapely Polygon or MultiPolygon, with or without holes [m]
    x, y : of the points [m], arrays that broadcast
    blur : s [m], standard deviation; 0 gives the sharp polygon (1/2 on its outline)

    Returns
    -------
    array of the points' shape, between 0 and 1, within 1e-7 (edges farther than 6 s are left out).

    Raises
    ------
    ValueError : a blur that is negative or not finite.

    Source: Owen, Ann. Math. Stat. 27 (1956) 1075, which gives polygons under a normal distribution as such sums.

    >>> square = shapely.box(-20e-6, -20e-6, 20e-6, 20e-6)
    >>> blurred_polygon(square, [0.0, 20e-6, 20e-6], [0.0, 0.0, 20e-6], 2e-6).round(6).tolist()
    [1.0, 0.5, 0.25]
    """
    x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
    _check_blur(blur)
    if shapely.is_empty(polygon):
        return np.zeros(x.shape)
    shapely.prepare(polygon)
    inside = shapely.contains_xy(polygon, x, y)
    if blur == 0:
        return (inside.astype(float) + shapely.intersects_xy(polygon, x, y)) / 2.0
    edges = _edges(polygon) / blur
    tree = shapely.STRtree(shapely.linestrings(edges.reshape(-1, 2, 2)))
    columns = [np.ravel(x) / blur, np.ravel(y) / blur, np.ravel(inside).astype(float)]
    chunks = range(0, x.size, _CHUNK)
    parts = [_image(edges, tree, *(column[start : start + _CHUNK] for column in columns), _FAR)[0] for start in chunks]
    return np.clip(np.concatenate(parts), 0.0, 1.0).reshape(x.shape) if parts else np.zeros(x.shape)


def contour_polygon(polygon, blur: float, level: float) -> shapely.MultiPolygon:
    """Region where the blurred image of a polygon reaches a level, its outline within 1 nm.

    { p : I(p) >= level }, I as in `blurred_polygon`. The outline is found on a grid of s/2 near the edges, every vertex is moved onto
    the level by Newton's method along the exact gradient, and chords are halved until their middles lie within 0.8 nm of it. Where an
    island or a neck just prints (slope below 0.02/s) the outline has no place to a nanometre; there the image is within 0.005 of the level.

    Parameters
    ----------
    polygon : shapely Polygon or MultiPolygon, with or without holes [m]
    blur : s [m], standard deviation; 0 gives the polygon back
    level : between 0 and 1, neither included [1]

    Returns
    -------
    MultiPolygon [m], empty where the image reaches the level nowhere. An island or a gap smaller than s/2 whose image passes the level
    by less than 0.03 can be missed: between nodes a peak rises by at most max|d2I/dx2| h^2/4 = 0.484/4 (h/s)^2 above the nearest one.

    Raises
    ------
    ValueError : a level outside (0, 1), a negative blur, or a polygon more than about 3000 blurs wide.

    >>> half_wide = contour_polygon(shapely.box(-50e-6, -50e-6, 50e-6, 50e-6), 2e-6, 0.5).bounds
    >>> [round(edge * 1e6, 3) + 0.0 for edge in half_wide]
    [-50.0, -50.0, 50.0, 50.0]
    """
    _check_blur(blur)
    if not 0.0 < level < 1.0:
        raise ValueError(f"a contour level lies between 0 and 1, not at {level!r}")
    if shapely.is_empty(polygon) or blur == 0:
        return shapely.MultiPolygon(_polygon_parts(polygon))
    corner = np.array(shapely.bounds(polygon)[:2])
    edges = (_edges(polygon) - np.tile(corner, 2)) / blur
    tree = shapely.STRtree(shapely.linestrings(edges.reshape(-1, 2, 2)))
    points, polygon_starts = _outlines_on_grid(edges, tree, level)
    tolerance = _CONTOUR / blur
    rings, holes_of = [], []
    for outline, starts in zip(points, polygon_starts, strict=True):
        rings += [outline[a:b] for a, b in itertools.pairwise(starts)]
        holes_of.append(len(starts) - 1)
    if not rings:
        return shapely.MultiPolygon()
    on_level = _moved_onto(edges, tree, np.concatenate([ring[:-1] for ring in rings]), level, _GRID / 10, _COARSE)
    rings = _split(on_level, [len(ring) - 1 for ring in rings])
    smooth = [_refined(ring, tolerance) for ring in rings]
    kept = [shapely.get_coordinates(shapely.simplify(shapely.linearrings(ring), tolerance))[:-1] for ring in smooth]
    closed = [shapely.linearrings(ring * blur + corner) for ring in _checked(edges, tree, kept, level, 2 * tolerance)]
    found, first = [], 0
    for count in holes_of:
        found.append(shapely.Polygon(closed[first], closed[first + 1 : first + count]))
        first += count
    region = shapely.MultiPolygon(found)
    # two outlines a nanometre from a saddle may cross by their chords
    return region if region.is_valid else shapely.MultiPolygon(_polygon_parts(shapely.union_all(shapely.make_valid(found))))


def _check_blur(blur: float) -> None:
    if not (np.isfinite(blur) and blur >= 0):
        raise ValueError(f"a blur is a length and not negative, not {blur!r} m")


def _polygon_parts(shape) -> list:
    parts = shapely.get_parts(shapely.get_parts(np.atleast_1d(shape)))
    return list(parts[(shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)])


def _split(rows: np.ndarray, lengths: list) -> list:
    return np.split(rows, np.cumsum(lengths)[:-1])


def _edges(polygon) -> np.ndarray:
    """Edges (x0, y0, x1, y1) of polygons, the interior on the left."""
    rings = shapely.get_rings(shapely.orient_polygons(np.array(_polygon_parts(polygon), dtype=object)))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    rows = np.hstack([xy[:-1], xy[1:]])[ring[:-1] == ring[1:]]
    return rows[(rows[:, 0] != rows[:, 2]) | (rows[:, 1] != rows[:, 3])]


def _image(edges, tree, x, y, inside, far: float, gradient: bool = False) -> tuple:
    """The image and, if asked for, its gradient at points; all lengths in blurs, `inside` 1.0 or 0.0."""
    point, edge = tree.query(shapely.points(x, y), predicate="dwithin", distance=far)
    start, end = edges[edge, :2], edges[edge, 2:]
    along = (end - start) / np.hypot(*(end - start).T)[:, None]
    place = np.column_stack([x, y])[point]
    on_corner = (place == start).all(axis=1) | (place == end).all(axis=1)
    if on_corner.any():
        moved = np.zeros(len(x))
        moved[point[on_corner]] = _OFF_CORNER
        place = place + np.column_stack([moved[point], np.zeros(len(point))])
    back, front = start - place, end - place
    t0, t1 = (back * along).sum(axis=1), (front * along).sum(axis=1)
    # the nearer end gives the distance from the line with the least round-off, so that angles at a corner add up
    near = np.where((np.abs(t0) < np.abs(t1))[:, None], back, front)
    d = along[:, 1] * near[:, 0] - along[:, 0] * near[:, 1]
    with np.errstate(over="ignore"):
        divisor = np.where(d == 0.0, 1e-300, d)
        tail = owens_t(d, t1 / divisor) - owens_t(d, t0 / divisor)
    value = inside - np.bincount(point, tail, len(x))
    # on an edge, round-off may put a point on one side for `inside` and on the other for T: the image is then off by exactly one
    value = value + (value < -1e-6) - (value > 1.0 + 1e-6)
    if not gradient:
        return value, None
    slope = np.exp(-d * d / 2) / np.sqrt(2 * np.pi) * (ndtr(t1) - ndtr(t0))
    return value, np.column_stack([np.bincount(point, -along[:, 1] * slope, len(x)), np.bincount(point, along[:, 0] * slope, len(x))])


def _outlines_on_grid(edges, tree, level: float) -> tuple:
    """Outlines of the region by marching squares, as points and the offsets of each polygon's rings (lengths in blurs)."""
    # a disc of radius d about p that lies inside (outside) the polygon leaves at most exp(-d^2/2) for the rest of the plane
    reach_out, reach_in = np.sqrt(-2 * np.log(level)), np.sqrt(-2 * np.log1p(-level))
    low, high = edges.reshape(-1, 2).min(axis=0), edges.reshape(-1, 2).max(axis=0)
    margin = reach_out + 2 * _GRID
    shape = np.ceil((high - low + 2 * margin) / _GRID).astype(int) + 1
    if shape.prod() > _LARGEST_GRID:
        raise ValueError(f"a polygon of {high[0] - low[0]:.0f} by {high[1] - low[1]:.0f} blurs is too large for one contour")
    gx, gy = (low[axis] - margin + _GRID * np.arange(shape[axis]) for axis in (0, 1))
    inside = _inside_on_grid(edges, gx, gy)
    near_outside, near_inside = (_near_on_grid(edges, gx, gy, reach) for reach in (reach_out, reach_in))
    row, column = np.nonzero(np.where(inside, near_inside, near_outside))
    field = inside.astype(float)
    field[row, column] = _image(edges, tree, gx[column], gy[row], field[row, column], _COARSE)[0]
    generator = contourpy.contour_generator(gx, gy, field, fill_type=contourpy.FillType.OuterOffset)
    return generator.filled(level, 2.0)


def _inside_on_grid(edges, gx, gy) -> np.ndarray:
    """Which nodes lie inside: the winding number, summed along each row over the edges that cross it."""
    x0, y0, x1, y1 = edges.T
    first, last = (np.ceil((np.minimum(y0, y1) - gy[0]) / _GRID), np.ceil((np.maximum(y0, y1) - gy[0]) / _GRID))
    count = (last - first).astype(int)
    edge = np.repeat(np.arange(len(edges)), count)
    row = (np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)).astype(int)
    crossing = x0[edge] + (gy[row] - y0[edge]) / (y1 - y0)[edge] * (x1 - x0)[edge]
    column = np.ceil((crossing - gx[0]) / _GRID).astype(int)
    turns = np.bincount(row * len(gx) + column, np.where(y1 < y0, 1.0, -1.0)[edge], len(gx) * len(gy))
    return np.cumsum(turns.reshape(len(gy), len(gx)), axis=1) > 0.5


def _near_on_grid(edges, gx, gy, reach: float) -> np.ndarray:
    """Which nodes may lie within reach of an edge: squares about nodes sampled along the edges."""
    span = edges[:, 2:] - edges[:, :2]
    count = np.ceil(np.hypot(*span.T) / _GRID).astype(int) + 1
    edge = np.repeat(np.arange(len(edges)), count)
    part = (np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)) / np.repeat(np.maximum(count - 1, 1), count)
    on = edges[edge, :2] + part[:, None] * span[edge]
    near = np.zeros((len(gy), len(gx)), dtype=np.uint8)
    near[np.rint((on[:, 1] - gy[0]) / _GRID).astype(int), np.rint((on[:, 0] - gx[0]) / _GRID).astype(int)] = 1
    size = 2 * (int(np.ceil(reach / _GRID)) + 1) + 1
    return maximum_filter1d(maximum_filter1d(near, size, axis=0), size, axis=1).astype(bool)


def _moved_onto(edges, tree, points, level: float, tolerance: float, far: float) -> np.ndarray:
    """Points moved along the gradient onto the level, with the tangent there (interior on the left): rows (x, y, tx, ty)."""
    points, tangent = points.copy(), np.zeros_like(points)
    moving = np.arange(len(points))
    for _ in range(8):
        # the value of a point that starts within a grid step of the level is never near 0 or 1 by mistake, so any `inside` will do
        value, slope = _image(edges, tree, *points[moving].T, np.zeros(len(moving)), far, gradient=True)
        square = np.maximum((slope * slope).sum(axis=1), 1e-12)
        off = level - value + np.round(value - level)
        step = slope * (off / square)[:, None]
        length = np.hypot(*step.T)
        points[moving] += step * np.minimum(1.0, _GRID / np.maximum(length, 1e-300))[:, None]
        tangent[moving] = np.column_stack([slope[:, 1], -slope[:, 0]]) / np.sqrt(square)[:, None]
        moving = moving[length**2 > tolerance]  # what is left after a step is of the order of its square
        if len(moving) == 0:
            break
    return np.hstack([points, tangent])


def _checked(edges, tree, rings: list, level: float, tolerance: float) -> list:
    """Rings moved onto the level, and the chords whose middles lie off it halved until they do not."""
    lengths = np.array([len(points) for points in rings])
    ring, first = np.repeat(np.arange(len(rings)), lengths), np.repeat(np.cumsum(lengths) - lengths, lengths)
    start = _moved_onto(edges, tree, np.concatenate(rings), level, tolerance / 20, _FAR)[:, :2]
    low = np.arange(len(ring), dtype=float)
    end = start[first + (np.arange(len(ring)) - first + 1) % lengths[ring]]
    high, found = low + 1.0, [(ring, low, start)]
    for halving in range(_HALVINGS):
        half = 0.5 * (start + end)
        middle = _moved_onto(edges, tree, half, level, tolerance / 20, _FAR)[:, :2]
        away = np.hypot(*(middle - half).T)
        length = np.hypot(*(end - start).T)
        # a long chord is halved once anyway, as an outline that bends to and fro may cross it in its middle; and by a saddle a middle
        # may be drawn to another outline: no chord of this one is off by half its length
        off = ((away > tolerance) | ((halving == 0) & (length > 1.0))) & (away < 0.5 * length)
        if not off.any():
            break
        ring, low, high, start, end, middle = (rows[off] for rows in (ring, low, high, start, end, middle))
        between = 0.5 * (low + high)
        found.append((ring, between, middle))
        start, end = np.concatenate([start, middle]), np.concatenate([middle, end])
        ring, low, high = np.tile(ring, 2), np.concatenate([low, between]), np.concatenate([between, high])
    ring, order, points = (np.concatenate(rows) for rows in zip(*found, strict=True))
    sequence = np.lexsort((order, ring))
    return _split(points[sequence], np.bincount(ring).tolist())


def _refined(ring: np.ndarray, tolerance: float) -> np.ndarray:
    """More points on each curved stretch of a ring with tangents, from the cubic through both ends (its error is of the fourth order)."""
    after = np.roll(ring, -1, axis=0)
    chord = after[:, :2] - ring[:, :2]
    length = np.hypot(*chord.T)
    bend = np.maximum(*(np.abs(chord[:, 0] * end[:, 3] - chord[:, 1] * end[:, 2]) for end in (ring, after)))
    count = np.maximum(1, np.ceil(np.sqrt(bend / 4 / tolerance))).astype(int)
    stretch = np.repeat(np.arange(len(ring)), count)
    s = ((np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)) / np.repeat(count, count))[:, None]
    p, q, size = ring[stretch, :2], after[stretch, :2], length[stretch, None]
    lead, trail = ring[stretch, 2:] * size, after[stretch, 2:] * size
    return (1 + 2 * s) * (1 - s) ** 2 * p + s * (1 - s) ** 2 * lead + s * s * (3 - 2 * s) * q + s * s * (s - 1) * trail
