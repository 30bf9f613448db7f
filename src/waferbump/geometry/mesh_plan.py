"""The plan of a site as quadrilaterals: slivers shared out, borders resampled as curves, triangles, and from them quadrilaterals alone.

Shapes that tile a rectangle are given, with a label each. Parts of them that are thinner than a tolerance (a film on a wall, the rim that
an etch has left) go to whatever lies nearer, so that a border of two thin parts ends up in the middle. What remains is bordered by curves;
every curve is divided, as finely as its neighbours are near, and the plane between is filled with triangles (Delaunay). Triangles are
joined two by two; these and the single ones are cut at their middles, which leaves convex quadrilaterals only. Lengths are micrometres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from waferbump.geometry.mesh import MeshError
from waferbump.geometry.mesh_plan_curves import Curves, curves_of
from waferbump.geometry.mesh_plan_triangles import triangulated
from waferbump.geometry.partition import polygons
from waferbump.geometry.tiling import overlaid

TICKS = 1e5  # per micrometre
_HAIR = 0.01  # um; by this an opened shape falls short of the shape along chords
_ROUNDED = 0.07  # of the tolerance squared: more than a right angle loses, 1/4 - pi/16
_REMNANT = 4.0  # of the tolerance squared
_SPACING = 0.35  # of the tolerance: between the points of a border from which distances are taken
_ARCS = 0.003  # um^2: a vertex goes at once when its triangle is smaller
_CHORDS = 0.1  # um^2: a vertex goes when its triangle is smaller, a chord of a 100 um circle then errs by 30 nm
_SQUARENESS = 0.25  # two triangles are joined when no corner of the quadrilateral is further than 1 - this of 90 degrees from square
_SHARP = 0.05  # sine of a corner's angle; where one is sharper the curves beside it are halved
_SHARPEST = 0.01  # that is still meshed
_PASSES = 8  # of halving
_SMOOTHING = 6  # passes; a seventh changes nothing that can be seen


@dataclass(frozen=True)
class PlanMesh:
    """Quadrilaterals of a plan.

    nodes : [um], shape (nodes, 2);  quads : node numbers counterclockwise, shape (quads, 4);  label : of each, the number of its shape
    """

    nodes: np.ndarray
    quads: np.ndarray
    label: np.ndarray

    @property
    def areas(self) -> np.ndarray:
        """Of the quadrilaterals [um^2]."""
        a, b, c, d = (self.nodes[self.quads[:, k]] for k in range(4))
        p, q = c - a, d - b
        return 0.5 * (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0])


def meshed_plan(shapes: list, tolerance: float, size: float) -> PlanMesh:
    """Quadrilaterals of shapes [ticks] that tile a rectangle, each labelled with its shape's number.

    tolerance : what is thinner is shared out [um];  size : of the largest triangles, twice the side of the quadrilaterals [um]
    """
    from scipy.spatial import cKDTree

    cleaned = without_thin_parts(shapes, tolerance)
    curves = curves_of(cleaned, tolerance, size)
    for _ in range(_PASSES):
        points, triangles, curves = triangulated(curves, tolerance, size)
        component = _components(triangles, curves.segments)
        label = _labels(points, triangles, component, cleaned)
        raw = _quartered(points, triangles, component, label, curves)
        mesh = _smoothed(raw, curves)
        sharp = corner_jacobians(mesh.nodes[mesh.quads]).min(axis=1) < _SHARP
        # curves are halved where they bend more between two nodes than the space beside them is wide
        middle = cKDTree(raw.nodes).query(curves.middles)[1]
        wanting = np.flatnonzero(np.isin(middle, mesh.quads[sharp]) & (curves.lengths > 0.5 * tolerance))
        if len(wanting) == 0:
            break
        curves = curves.divided(wanting, 0.25 * tolerance)
    if not (corner_jacobians(mesh.nodes[mesh.quads]) > _SHARPEST).all():
        raise MeshError("the plan has features too close to one another for a mesh: choose a larger tolerance")
    return mesh


def without_thin_parts(shapes: list, tolerance: float) -> list:
    """The shapes [ticks], tiling the same rectangle, after parts thinner than a tolerance [um] have gone to what is nearest of the rest."""
    half, hair = tolerance * TICKS / 2, _HAIR * TICKS
    cores, thin = [], []
    shapes = _simplified(shapes, _ARCS)
    for shape in shapes:
        opened = shapely.buffer(shapely.buffer(shape, -half), half + hair)
        left = polygons(shapely.difference(shape, opened))
        gone = polygons(shapely.intersection(shapely.buffer(left, 1.2 * hair, quad_segs=2), shape)) if len(left) else left
        # what corners lose by rounding stays, unless it is all there is of a part
        parts = polygons(shape)
        whole = parts[shapely.is_empty(shapely.buffer(parts, -half))]
        gone = [*gone[shapely.area(gone) > _ROUNDED * (2 * half) ** 2], *whole]
        if gone:
            shape = _surface(shapely.difference(shape, shapely.union_all(gone), grid_size=1.0))
            parts = polygons(shape)
        # nor does a remnant at the corner of a rim stay
        small = shapely.area(parts) < _REMNANT * (2 * half) ** 2
        cores.append(shapely.MultiPolygon(list(parts[~small])))
        thin += [*gone, *parts[small]]
    if thin:
        shapes = _shared_out(shapes, cores, np.array(thin, dtype=object), _SPACING * 2 * half)
    return _simplified(shapes, _CHORDS)


def _simplified(shapes: list, area: float) -> list:
    """Shapes without the vertices whose triangles are smaller than an area [um^2]; neighbours still share their edges."""
    full = [number for number, shape in enumerate(shapes) if not shapely.is_empty(shape)]
    simple = shapely.coverage_simplify(np.array([shapes[number] for number in full], dtype=object), np.sqrt(area) * TICKS)
    result = [shapely.MultiPolygon()] * len(shapes)
    for number, shape in zip(full, simple, strict=True):
        result[number] = _surface(shape)
    return result


def _shared_out(shapes: list, cores: list, thin: np.ndarray, spacing: float) -> list:
    """Shapes after every point of the thin parts has gone to the nearest core."""
    from scipy.spatial import cKDTree

    zone = _surface(shapely.union_all(thin, grid_size=1.0))
    near = shapely.buffer(zone, 2 * _HAIR * TICKS, quad_segs=2)
    points, owner = [], []
    for number, core in enumerate(cores):
        lines = shapely.intersection(shapely.boundary(core), near) if not shapely.is_empty(core) else core
        dense = shapely.get_coordinates(shapely.segmentize(lines, spacing))
        points.append(dense)
        owner.append(np.full(len(dense), number))
    xy, owner = np.concatenate(points), np.concatenate(owner)
    if len(xy) == 0:
        raise MeshError("the whole plan is thinner than the tolerance of its mesh: choose a smaller one")
    xy, first = np.unique(np.rint(xy), axis=0, return_index=True)
    owner = owner[first]
    tree = cKDTree(xy)
    cells = shapely.voronoi_polygons(shapely.multipoints(xy), extend_to=zone, ordered=True)
    cells = shapely.get_parts(cells)
    territories = []
    for number in np.unique(owner):
        territory = shapely.coverage_union_all(cells[owner == number])
        territories.append(_surface(shapely.intersection(territory, zone, grid_size=1.0)))
    pieces = overlaid([*cores, zone], territories)
    x, y = shapely.get_coordinates(shapely.point_on_surface(pieces.faces)).T
    to = np.where(pieces.owner == len(cores), owner[tree.query(np.column_stack([x, y]))[1]], pieces.owner)
    result = []
    for number in range(len(shapes)):
        mine = pieces.faces[to == number]
        result.append(shapely.coverage_union_all(mine) if len(mine) else shapely.MultiPolygon())
    return result


def _surface(shape) -> shapely.MultiPolygon:
    return shapely.MultiPolygon(list(polygons(shape)))


def _edges(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges of the triangles, each once with the lower node first, and the number of edge k (from node k to the next) of every triangle."""
    pairs = np.sort(np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    edges, number = np.unique(pairs, axis=0, return_inverse=True)
    return edges, number.reshape(-1, 3)


def _components(triangles: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """Number of the piece, bounded by curves, in which each triangle lies."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges, number = _edges(triangles)
    count = int(edges.max()) + 1
    barred = np.isin(edges[:, 0] * count + edges[:, 1], np.sort(segments, axis=1) @ np.array([count, 1]))
    flat, of = number.ravel(), np.repeat(np.arange(len(triangles)), 3)
    order = np.argsort(flat, kind="stable")
    flat, of = flat[order], of[order]
    twice = (flat[1:] == flat[:-1]) & ~barred[flat[1:]]
    a, b = of[:-1][twice], of[1:][twice]
    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(len(triangles), len(triangles)))
    return connected_components(graph, directed=False)[1]


def _labels(points: np.ndarray, triangles: np.ndarray, component: np.ndarray, shapes: list) -> np.ndarray:
    """Number of the shape that each piece lies in, by the vote of its triangles' areas, by triangle."""
    corners = points[triangles]
    area = 0.5 * np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1]))
    middle = corners.mean(axis=1) * TICKS
    votes = np.zeros((component.max() + 1, len(shapes)))
    for number, shape in enumerate(shapes):
        if not shapely.is_empty(shape):
            shapely.prepare(shape)
            inside = shapely.contains_xy(shape, middle[:, 0], middle[:, 1])
            np.add.at(votes[:, number], component[inside], area[inside])
    return votes.argmax(axis=1)[component]


def _quartered(points: np.ndarray, triangles: np.ndarray, component: np.ndarray, label: np.ndarray, curves: Curves) -> PlanMesh:
    """Triangles joined two by two, and these and the single ones cut at the middles of their edges."""
    edges, number = _edges(triangles)
    middles = points[edges].mean(axis=1)
    key = {(int(a), int(b)): k for k, (a, b) in enumerate(edges)}
    for (a, b), at in zip(np.sort(curves.segments, axis=1), curves.middles, strict=True):
        middles[key[int(a), int(b)]] = at
    beside: list[list[int]] = [[] for _ in edges]
    for t, row in enumerate(number):
        for e in row:
            beside[e].append(t)
    candidates = []
    for e, pair in enumerate(beside):
        if len(pair) == 2 and component[pair[0]] == component[pair[1]]:
            ring = _around(triangles, pair, edges[e])
            candidates.append((_squareness(points[ring]), e, ring))
    faces, taken = [], np.zeros(len(triangles), dtype=bool)
    for square, e, ring in sorted(candidates, key=lambda one: -one[0]):
        if square < _SQUARENESS:
            break
        if not taken[beside[e]].any():
            taken[beside[e]] = True
            faces.append((ring, label[beside[e][0]]))
    faces += [(triangles[t], label[t]) for t in np.flatnonzero(~taken)]
    start = len(points)
    bulge = middles - points[edges].mean(axis=1)
    centres = []
    quads, labels = [], []
    for f, (ring, of) in enumerate(faces):
        sides = [key[min(a, b), max(a, b)] for a, b in zip(ring.tolist(), np.roll(ring, -1).tolist(), strict=True)]
        # as far from bent sides as from straight ones: half of the bulges of a quadrilateral's, 4/9 of a triangle's (quadratic shapes)
        centres.append(points[ring].mean(axis=0) + (1 / 2 if len(ring) == 4 else 4 / 9) * bulge[sides].sum(axis=0))
        mid = [start + side for side in sides]
        for k, node in enumerate(ring.tolist()):
            quads.append((node, mid[k], start + len(edges) + f, mid[k - 1]))
            labels.append(of)
    nodes = np.concatenate([points, middles, np.array(centres)])
    quads = np.array(quads)
    used, renumbered = np.unique(quads, return_inverse=True)
    keep = np.full(len(nodes), -1)
    keep[used] = np.arange(len(used))
    return PlanMesh(nodes[used], renumbered.reshape(-1, 4), np.array(labels))


def _around(triangles: np.ndarray, pair: list[int], edge: np.ndarray) -> np.ndarray:
    """The four corners of two triangles with a common edge, counterclockwise."""
    first = triangles[pair[0]].tolist()
    (beyond,) = set(triangles[pair[1]].tolist()) - set(edge.tolist())
    k = next(k for k in range(3) if first[k] not in edge)
    return np.array([first[k], first[k - 2], beyond, first[k - 1]])


def _squareness(corners: np.ndarray) -> float:
    """1 of a rectangle, 0 where a corner is straight or pointed: 1 - the largest |angle - 90 degrees| / 90 degrees."""
    to, back = np.roll(corners, -1, axis=0) - corners, np.roll(corners, 1, axis=0) - corners
    angle = np.arctan2(to[:, 0] * back[:, 1] - to[:, 1] * back[:, 0], (to * back).sum(axis=1))
    return float(1 - np.abs(angle - np.pi / 2).max() / (np.pi / 2))


def corner_jacobians(corners: np.ndarray) -> np.ndarray:
    """Sine of the corner's angle by corner of quadrilaterals, shape (quads, 4, 2): positive where they are convex."""
    to, back = np.roll(corners, -1, axis=1) - corners, np.roll(corners, 1, axis=1) - corners
    lengths = np.linalg.norm(to, axis=2) * np.linalg.norm(back, axis=2)
    return (to[..., 0] * back[..., 1] - to[..., 1] * back[..., 0]) / np.maximum(lengths, 1e-300)


def _smoothed(mesh: PlanMesh, curves: Curves) -> PlanMesh:
    """Nodes off the curves moved towards the middle of their neighbours, wherever no quadrilateral gets worse by it than it may."""
    nodes, quads = mesh.nodes.copy(), mesh.quads
    on_curve = np.zeros(len(nodes), dtype=bool)
    from scipy.spatial import cKDTree

    fixed = np.concatenate([curves.points, curves.middles])
    on_curve[cKDTree(nodes).query(fixed)[1]] = True
    ring = np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2)
    ring = np.unique(np.sort(ring, axis=1), axis=0)
    degree = np.bincount(ring.ravel(), minlength=len(nodes))[:, None]
    for _ in range(_SMOOTHING):
        total = np.zeros_like(nodes)
        np.add.at(total, ring[:, 0], nodes[ring[:, 1]])
        np.add.at(total, ring[:, 1], nodes[ring[:, 0]])
        moved = np.where(on_curve[:, None], nodes, 0.5 * nodes + 0.5 * total / degree)
        before = corner_jacobians(nodes[quads]).min(axis=1)
        for _ in range(8):  # the offenders go back, and their neighbours may then offend
            after = corner_jacobians(moved[quads]).min(axis=1)
            bad = (after < np.minimum(before, 0.3)) & (after < before)
            if not bad.any():
                break
            back = np.unique(quads[bad])
            moved[back] = nodes[back]
        else:
            moved = nodes
        nodes = moved
    return PlanMesh(_true_to_area(nodes, curves), quads, mesh.label)


def _true_to_area(nodes: np.ndarray, curves: Curves) -> np.ndarray:
    """Nodes on curves moved outwards by as much as the chords beside them cut off, so that areas are those of the curves."""
    from scipy.spatial import cKDTree

    place, shift = curves.bulges()
    at = cKDTree(nodes).query(place)[1]
    nodes = nodes.copy()
    nodes[at] += shift
    return nodes
