"""First surfaces: a truncated sphere drawn over a pad of any outline seen whole from its centre, and a tube between two pads."""

from __future__ import annotations

import numpy as np

from .equilibrium import NoEquilibriumError
from .surface_energy import ALONG_U, ALONG_V, SHAPES, WEIGHTS, measures
from .surface_mesh import FREE, Mesh, Rim, stitched
from .surface_outline import Outline, marks
from .truncated_sphere import truncated_sphere

FLAT = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
FLATTENED = float(np.sqrt(0.75))  # height of an equilateral triangle of side one: how far apart rings of such triangles stand
GROWTH = 0.4  # our choice: triangles grow by this share of their distance from the edge ...
LARGEST = 0.5  # ... up to this share of the sphere's radius, about twelve round its equator


def cap_mesh(edge: Outline, volume: float, sides: int) -> Mesh:
    """A truncated sphere of the given volume, drawn over a pad that is seen whole from the origin.

    x = R sin(phi) A e(psi) + w (P(psi) - A e(psi)), w = (phi / theta)^4; z = R (cos(phi) - cos(theta)), then scaled to V, with A the
    ellipse of the pad's second moments; the fourth power lays the surface flat at corners, as liquid there is

    Parameters
    ----------
    edge : the pad's outline in units of the radius of a disc of its area [1]
    volume : V in units of that radius cubed [1]
    sides : wanted number of sides along the edge [1]

    Valid for outlines that turn round the origin without going back. Source: our own construction; it is only where Newton's method starts.

    >>> import shapely
    >>> from .surface_outline import outline
    >>> mesh = cap_mesh(outline(shapely.box(-1, -1, 1, 1), 2 / np.sqrt(np.pi)), 1.0, 12)
    >>> round(measures(mesh.points, mesh.triangles, WEIGHTS, SHAPES, ALONG_U, ALONG_V)[2], 12)
    1.0
    """
    cap = truncated_sphere(volume, 1.0)
    radius, angle = float(cap.sphere_radius), float(cap.contact_angle)
    stretch = _ellipse(edge, 1.0 if angle <= np.pi / 2 else 1.0 / radius)
    low = marks(edge, sides)
    distances, sizes = [0.0], [edge.perimeter / len(low)]
    largest = max(LARGEST * radius, 0.5 * sizes[0])
    length = radius * angle
    while distances[-1] < length:  # sizes stay positive, so this ends
        distances.append(distances[-1] + FLATTENED * sizes[-1])
        sizes.append(min(sizes[0] + GROWTH * distances[-1], largest))
    if len(distances) > 3 and length - distances[-2] < 0.5 * sizes[-2]:
        distances.pop()
    levels = np.array(distances) / distances[-1] if len(distances) > 2 else np.array([0.0, 0.5, 1.0])
    rings = [(low, 0.0)]
    for k in range(1, len(levels) - 1):
        size = min(sizes[0] + GROWTH * levels[k] * length, largest)
        round_it = 2 * np.pi * radius * np.sin(angle * (1 - levels[k]))
        number, before = max(6, round(round_it / size + 0.25)), len(rings[-1][0])
        if 0.8 * before < number < 1.25 * before:
            number = before
        rings.append(((np.arange(number) + 0.5 * (k % 2)) / number + low[0], float(levels[k])))
    place, level, triangles = stitched(rings, tip=1.0)
    curve = edge.at(place)
    psi = np.arctan2(*(curve @ np.linalg.inv(stretch).T).T[::-1])
    ring = np.stack([np.cos(psi), np.sin(psi)], 1) @ stretch.T
    inward = 1 - level
    points = np.empty((len(place), 3))
    points[:, :2] = (radius * np.sin(angle * inward))[:, None] * ring + inward[:, None] ** 4 * (curve - ring)
    points[:, 2] = radius * (np.cos(angle * inward) - np.cos(angle))
    points = rounded(points, triangles, level != 0)
    points[:, 2] *= volume / measures(points, triangles, WEIGHTS, SHAPES, ALONG_U, ALONG_V)[2]
    held = np.where(level == 0, 0, FREE)
    points[held == 0, 2] = 0.0
    return Mesh(points, triangles, held, np.where(level == 0, place, 0.0), np.zeros(len(place)), (Rim(edge, np.zeros(3), FLAT),))


def rounded(points: np.ndarray, triangles: np.ndarray, movable: np.ndarray) -> np.ndarray:
    """Points with the middles of the sides on circular arcs over their chords, where they may be moved.

    x_middle = (x_a + x_b) / 2 + n ((n_b - n_a) . (x_b - x_a)) / 8, with the normals n of the plane triangles; a middle straight above its
    chord's makes the quadratic triangle as even as its corners allow, on which its accuracy rests

    Parameters
    ----------
    points : x [any length], array (n, 3)
    triangles : six nodes each [1], array (m, 6)
    movable : nodes that may be moved [1], array (n,)

    Valid for surfaces without folds. Source: circle through two points with given normals.

    >>> flat = np.array([[0, 0, 1.0], [1, 0, 1], [0, 1, 1], [0.4, 0, 1], [0.5, 0.5, 1], [0, 0.5, 1]])
    >>> rounded(flat, np.arange(6)[None], np.ones(6, bool))[3].tolist()
    [0.5, 0.0, 1.0]
    """
    points = points.copy()
    corners = triangles[:, :3]
    across = np.cross(points[corners[:, 1]] - points[corners[:, 0]], points[corners[:, 2]] - points[corners[:, 0]])
    normal = np.zeros(points.shape)
    for k in range(3):
        np.add.at(normal, corners[:, k], across)
    normal /= np.maximum(np.linalg.norm(normal, axis=1), 1e-300)[:, None]
    for k in range(3):
        a, b, middle = corners[:, k], corners[:, (k + 1) % 3], triangles[:, 3 + k]
        a, b, middle = (nodes[movable[middle]] for nodes in (a, b, middle))
        chord, mean = points[b] - points[a], normal[a] + normal[b]
        mean /= np.maximum(np.linalg.norm(mean, axis=1), 1e-300)[:, None]
        rise = np.einsum("ij,ij->i", normal[b] - normal[a], chord) / 8
        points[middle] = (points[a] + points[b]) / 2 + rise[:, None] * mean
    return points


def _ellipse(edge: Outline, power: float) -> np.ndarray:
    """Matrix (2, 2) that draws the unit disc out to the ellipse with an outline's second moments, raised to a power."""
    x, y = edge.at(np.arange(256) / 256).T
    x1, y1 = np.roll(x, -1), np.roll(y, -1)
    cross = x * y1 - x1 * y
    xx = np.sum(cross * (x * x + x * x1 + x1 * x1)) / 12
    yy = np.sum(cross * (y * y + y * y1 + y1 * y1)) / 12
    xy = np.sum(cross * (x * y1 + 2 * x * y + 2 * x1 * y1 + x1 * y)) / 24
    values, vectors = np.linalg.eigh(np.array([[xx, xy], [xy, yy]]))
    values = (values / np.sqrt(values[0] * values[1])) ** (power / 2)
    return vectors @ np.diag(values) @ vectors.T


def tube_mesh(bottom: Rim, top: Rim, volume: float, sides: int) -> Mesh:
    """A tube between two edges that bulges, or draws in, evenly enough to hold the given volume.

    x = (1 - t) B(u) + t T(u), drawn out horizontally from its middle line by 1 + 4 beta t (1 - t)

    Parameters
    ----------
    bottom, top : edges, in units of one length [1]
    volume : V in units of that length cubed [1]
    sides : wanted number of sides round the tube [1]

    Raises
    ------
    NoEquilibriumError : no such tube holds so little.

    Valid for any two outlines. Source: our own construction; it is only where Newton's method starts.

    >>> import shapely
    >>> from .surface_outline import outline
    >>> disc = outline(shapely.Point(0, 0).buffer(1), 1.0)
    >>> mesh = tube_mesh(Rim(disc, np.zeros(3), FLAT), Rim(disc, np.array([0.2, 0, 1]), FLAT), 4.0, 12)
    >>> float(mesh.points[:, 2].max())
    1.0
    """
    low, high = marks(bottom.curve, sides), marks(top.curve, sides)
    perimeter = (bottom.curve.perimeter + top.curve.perimeter) / 2
    apart = top.origin - bottom.origin
    more = max(len(low), len(high))
    count = max(2, int(np.ceil(np.linalg.norm(apart) / (FLATTENED * perimeter / more))))
    shift = _facing(bottom.curve), _facing(top.curve)
    low, high = np.sort((low - shift[0]) % 1.0), np.sort((high - shift[1]) % 1.0)
    rings = [(low, 0.0), *(((np.arange(more) + 0.5 * (k % 2)) / more, k / count) for k in range(1, count)), (high, 1.0)]
    place, level, triangles = stitched(rings)
    on_bottom, on_top = bottom.at(place + shift[0]), top.at(place + shift[1])
    t = level[:, None]
    middle = bottom.origin + t * apart
    straight = (1 - t) * on_bottom + t * on_top
    held = np.where(level == 0, 0, np.where(level == 1, 1, FREE))
    own = np.where(held == 0, place + shift[0], np.where(held == 1, place + shift[1], 0.0))
    mesh = Mesh(straight, triangles, held, own, level, (bottom, top))

    def bulged(beta: float) -> np.ndarray:
        points = straight.copy()
        points[:, :2] += (straight - middle)[:, :2] * (4 * beta * t * (1 - t))
        return points

    closed = mesh.below_lid()[1]
    least, most = -0.9, 1.0
    wanted = volume - closed
    for _ in range(40):  # the volume grows with beta squared: doubling passes any volume below 1e20
        if measures(bulged(most), triangles, WEIGHTS, SHAPES, ALONG_U, ALONG_V)[2] >= wanted:
            break
        most *= 2
    if measures(bulged(least), triangles, WEIGHTS, SHAPES, ALONG_U, ALONG_V)[2] > wanted:
        raise NoEquilibriumError("the volume is too small to reach from one pad to the other: the joint would be a thread")
    for _ in range(30):  # halving: a start needs no more than a few digits
        beta = (least + most) / 2
        if measures(bulged(beta), triangles, WEIGHTS, SHAPES, ALONG_U, ALONG_V)[2] < wanted:
            least = beta
        else:
            most = beta
    points = bulged(beta)
    points[held == 0] = bottom.at(own[held == 0])
    points[held == 1] = top.at(own[held == 1])
    return Mesh(points, triangles, held, own, level, (bottom, top))


def _facing(curve: Outline) -> float:
    """Fraction of the perimeter at which an outline, seen from the origin, crosses the +x direction (the farthest crossing)."""
    fractions = np.arange(720) / 720
    points = curve.at(fractions)
    off = np.abs(np.arctan2(points[:, 1], points[:, 0]))
    return float(fractions[np.argmin(np.round(off, 2) - 1e-6 * np.hypot(*points.T))])
