"""A first drop at rest on a pad of any outline: straight away where a truncated sphere is near, else grown from a thin film."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely
from scipy.spatial import Delaunay
from shapely.geometry import Polygon

from .equilibrium import NoEquilibriumError
from .surface_energy import ALONG_U, ALONG_V, SHAPES, WEIGHTS, measures
from .surface_mesh import FREE, Mesh, Rim, divided_at_corners
from .surface_newton import Rest, at_rest
from .surface_outline import Outline, marks
from .surface_reach import highest
from .surface_start import FLAT, LARGEST, cap_mesh, rounded

FILM = 0.15  # our choice: volume of the film that growth starts from, in pad radii cubed (contact angles about 11 degrees)
STAGES = 60  # our choice: stages of growth, halved ones included
OVER_THE_EDGE = 0.02  # our choice: a surface so deep below the pad's plane on the first, coarse mesh has left the pad [pad radii]


def seen_whole(pad: Polygon) -> tuple[float, float] | None:
    """A point from which the whole edge of a pad is seen, well inside; None where there is none.

    the centroid, or the centre of the polygon's kernel (what is on the inner side of every side)

    Parameters
    ----------
    pad : polygon [m]

    Returns
    -------
    (x, y) [m], or None

    Valid for simple polygons. Source: definition of the kernel of a polygon.

    >>> seen_whole(shapely.box(0, 0, 2, 2)), seen_whole(shapely.box(0, 0, 9, 9).difference(shapely.box(1, 1, 8, 9)))
    ((1.0, 1.0), None)
    """
    unit = np.sqrt(pad.area)
    ring = np.asarray(shapely.geometry.polygon.orient(pad.simplify(1e-3 * unit), 1.0).exterior.coords)[:, :2]
    low, high = ring.min(axis=0), ring.max(axis=0)
    kernel = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
    for start, end in pairwise(ring):
        kernel = _inner_part(kernel, start, end - start)
        if len(kernel) < 3:
            return None
    kernel = Polygon(kernel)
    if kernel.area < 0.1 * pad.area:  # our choice: a smaller kernel sees parts of the edge too obliquely
        return None
    seat = pad.centroid if kernel.buffer(-0.1 * unit).contains(pad.centroid) else kernel.centroid
    return seat.x, seat.y


def _inner_part(polygon: np.ndarray, start: np.ndarray, along: np.ndarray) -> np.ndarray:
    """What of a convex polygon (n, 2) lies to the left of a line."""
    side = along[0] * (polygon[:, 1] - start[1]) - along[1] * (polygon[:, 0] - start[0])
    kept = []
    for k in range(len(polygon)):
        after = (k + 1) % len(polygon)
        if side[k] >= 0:
            kept.append(polygon[k])
        if side[k] * side[after] < 0:
            kept.append(polygon[k] + (polygon[after] - polygon[k]) * side[k] / (side[k] - side[after]))
    return np.array(kept)


def film_mesh(edge: Outline, volume: float, sides: int) -> Mesh:
    """A thin film on a pad of any outline, as high everywhere as its way to the edge.

    z = c d(x, edge), with c such that int dV = V

    Parameters
    ----------
    edge : the pad's outline [1]
    volume : V in the outline's unit cubed [1]
    sides : wanted number of sides along the edge [1]

    Raises
    ------
    ValueError : an outline so fine that its mesh would have more than two thousand sides.

    Valid for any simple outline. Source: Delaunay triangulation; it is only where Newton's method starts.

    >>> from .surface_outline import outline
    >>> mesh = film_mesh(outline(shapely.box(-1, -1, 1, 1), 1.0), 0.1, 12)
    >>> round(measures(mesh.points, mesh.triangles, WEIGHTS, SHAPES, ALONG_U, ALONG_V)[2], 12)
    0.1
    """
    # triangles no wider than the pad is on the whole (2 A / P for a long one), or none would have a corner inside
    sides = max(sides, int(np.ceil(edge.perimeter**2 / (1.4 * edge.area()))))
    for _ in range(12):  # twice as fine each time, until every side of the edge is a side of a triangle
        place = marks(edge, sides)
        if len(place) > 2000:
            break
        rim = edge.at(place)
        inside = Polygon(rim)
        step = edge.perimeter / sides
        low, high = rim.min(axis=0), rim.max(axis=0)
        x, y = np.meshgrid(np.arange(low[0], high[0], step), np.arange(low[1], high[1], step * np.sqrt(0.75)))
        x[1::2] += step / 2
        grid = np.stack([x.ravel(), y.ravel()], 1)
        grid = grid[shapely.contains_xy(inside, grid) & (shapely.distance(inside.exterior, shapely.points(grid)) > 0.6 * step)]
        corners = np.concatenate([rim, grid])
        faces = Delaunay(corners).simplices
        a, b, c = corners[faces[:, 0]], corners[faces[:, 1]], corners[faces[:, 2]]
        cross = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
        faces[cross < 0] = faces[cross < 0][:, [0, 2, 1]]
        faces = faces[shapely.contains_xy(inside, (a + b + c) / 3) & (np.abs(cross) > 1e-9 * step**2)]
        count, number = len(corners), len(rim)
        ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        _, first, index, uses = np.unique(
            ends.min(1).astype(np.int64) * count + ends.max(1), return_index=True, return_inverse=True, return_counts=True
        )
        start, end = ends[first].T
        along = (uses == 1) & (start < number) & (end == (start + 1) % number)
        if len(grid) and along.sum() == number and np.sum(uses == 1) == number:
            break
        sides *= 2
    else:
        along = np.zeros(0, bool)
    if not along.any() or along.sum() != number:
        raise ValueError("the pad's outline is too fine or too narrow for a mesh: it would need more than two thousand sides")
    triangles = np.concatenate([faces, count + index.reshape(3, -1).T], axis=1)
    held = np.full(count + len(first), FREE)
    held[:number] = 0
    held[count:][along] = 0
    own = np.zeros(len(held))
    own[:number] = place
    span = np.diff(np.append(place, place[0] + 1.0))
    own[count:][along] = place[start[along]] + span[start[along]] / 2
    flat = np.concatenate([corners, (corners[start] + corners[end]) / 2])
    flat[held == 0] = edge.at(own[held == 0])
    points = np.zeros((len(held), 3))
    points[:, :2] = flat
    points[:count, 2] = shapely.distance(inside.exterior, shapely.points(corners))
    points[:number, 2] = 0.0
    points[count:, 2] = (points[start, 2] + points[end, 2]) / 2
    points[held == 0, 2] = 0.0
    points[:, 2] *= volume / measures(points, triangles, WEIGHTS, SHAPES, ALONG_U, ALONG_V)[2]
    points = rounded(points, triangles, held == FREE)
    points[:, 2] *= volume / measures(points, triangles, WEIGHTS, SHAPES, ALONG_U, ALONG_V)[2]
    return Mesh(points, triangles, held, own, np.zeros(len(held)), (Rim(edge, np.zeros(3), FLAT),))


def capped(edge: Outline, volume: float, bond: float, sides: int) -> Rest:
    """A drop at rest on a coarse mesh of its pad, found from a truncated sphere: quick, where the drop is near one.

    the surface of least energy next to `surface_start.cap_mesh`

    Parameters
    ----------
    edge : the pad's outline in units of the radius L of a disc of its area, seen from a point that sees all of it [1]
    volume : V / L^3 [1]
    bond : rho g L^2 / gamma [1]
    sides : wanted number of sides along the edge [1]

    Raises
    ------
    NoEquilibriumError : the way from the sphere leads to no drop; `grown` may still find one.

    Valid for outlines that turn round the origin without going back. Source: Newton's method.

    >>> from .surface_outline import outline
    >>> round(capped(outline(shapely.box(-1, -1, 1, 1), 2 / np.sqrt(np.pi)), 1.0, 0.0, 12).pressure, 1)
    1.8
    """
    return at_rest(divided_at_corners(cap_mesh(edge, volume, sides), 2), volume, bond, None)


def grown(edge: Outline, volume: float, bond: float, sides: int) -> Rest:
    """A drop at rest on a coarse mesh of its pad, grown from a thin film by adding liquid.

    the surface of least energy of each volume, next to that of the volume before

    Parameters
    ----------
    edge : the pad's outline in units of the radius L of a disc of its area [1]
    volume : V / L^3 [1]
    bond : rho g L^2 / gamma [1]
    sides : wanted number of sides along the edge [1]

    Raises
    ------
    NoEquilibriumError : growth ends before; the sentence says how much liquid the pad was seen to hold.
    ValueError : an outline too fine for a mesh.

    Valid for any simple outline. Source: continuation in the volume.

    >>> from .surface_outline import outline
    >>> round(grown(outline(shapely.box(-1, -1, 1, 1), 2 / np.sqrt(np.pi)), 1.0, 0.0, 24).pressure, 1)
    1.8
    """
    held = min(volume, FILM)
    factor = 1.5
    mesh = film_mesh(edge, held, sides)
    try:
        rest = at_rest(divided_at_corners(mesh, 1), held, bond, None)
    except NoEquilibriumError:
        raise NoEquilibriumError(_why_not(bond, 0.0)) from None
    for _ in range(STAGES):
        if held >= volume:
            return rest
        wanted = min(volume, held * factor)
        try:
            rest = at_rest(_even_sized(rest.mesh, wanted), wanted, bond, rest.pressure)
        except NoEquilibriumError:
            factor = np.sqrt(factor)
            if factor < 1.01:
                break
            continue
        if highest(-rest.mesh.points[rest.mesh.triangles, 2]) > OVER_THE_EDGE:
            break
        held = wanted
    raise NoEquilibriumError(_why_not(bond, held))


def _even_sized(mesh: Mesh, volume: float) -> Mesh:
    """A mesh whose triangles are not much longer than those of a first mesh for a drop of that volume."""
    limit = 2 * LARGEST * max(1.0, np.cbrt(0.24 * volume))  # 0.24 V is the cube of the radius of a sphere of that volume
    corners = mesh.points[mesh.triangles[:, :3]]
    longest = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2).max(axis=1)
    return mesh.refined(longest > limit) if np.any(longest > limit) else mesh


def _why_not(bond: float, held: float) -> str:
    """Why a pad holds no more than some volume [pad radii cubed], in a sentence."""
    seen = f"the most that was found at rest is {held:.3g} times the cube of the radius of a disc of the pad's area"
    if bond < 0:
        return f"the liquid falls off its pad: {seen}"
    return f"the liquid would leave the pad over its edge, its contact angle above 180 degrees, or is not stable: {seen}"
