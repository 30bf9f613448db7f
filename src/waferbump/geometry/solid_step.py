"""Solids as STEP, through the CAD kernel that comes with the mesher (Open CASCADE in netgen; the extra `waferbump[step]`).

A round region becomes a true body of revolution of the section's polygon. A region from the plan is sewn together from its plane
facets; Boolean operations are run for hollows alone. One unit of the kernel, and of the file, is a millimetre.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from waferbump.geometry.partition import GeometryError, polygons
from waferbump.geometry.solid import Solid
from waferbump.geometry.solid_files import checked, replacing, sites

MOST_FACES = 20_000  # of a file: 4.5 kB and 1 to 2 ms each, so 90 MB and half a minute (measured; the limit is our choice)
STEP_UNITS_PER_METRE = 1e3
SEWING = 1e-7  # mm, the kernel's own confusion length; corners that are the same agree to rounding
PLANE_VOLUME = 1e-6  # relative; a body that the kernel has not closed misses a facet, which is far more
ROUND_VOLUME = 1e-3  # the kernel integrates round faces numerically: 1.6e-4 was seen on a film of 0.1 um


def write_step(path: str | Path, solids: Sequence[Solid], *, array: tuple[int, int] = (1, 1),
               pitch: float | tuple[float, float] | None = None, most_faces: int = MOST_FACES,
               progress: Callable[[str, int, int], None] | None = None) -> None:
    """Solids as STEP (AP214) in millimetres, each body under its region's name, every site of the array written out.

    Refused above `most_faces` faces in all, and where the kernel cannot close a body, as of a region that touches itself along an edge.

    pitch : between the sites of the array [m];  progress : called with (region, its number, how many there are) before each
    """
    solids, places = checked(solids), sites(array, pitch) * STEP_UNITS_PER_METRE
    count = len(places) * sum(faces(solid) for solid in solids)
    if count > most_faces:
        raise GeometryError(f"a STEP file of {count} faces would take the reader minutes; the limit is {most_faces}: "
                            "choose fewer regions or a smaller array, or write glTF")
    occ = _kernel()
    bodies = []
    for number, solid in enumerate(solids):
        if progress is not None:
            progress(solid.name, number, len(solids))
        try:
            made = _revolved(occ, solid) if solid.outline is not None else _sewn(occ, solid)
        except occ.OCCException as error:
            raise GeometryError(f"the CAD kernel cannot make a body of {solid.name!r}: {error}") from error
        bodies += [(solid.name, body) for body in made]
    with replacing(path) as beside:
        _compound(occ, bodies, places).WriteStep(str(beside))
        if not beside.is_file():
            raise GeometryError(f"the CAD kernel could not write {str(path)!r}")


def faces(solid: Solid) -> int:
    """How many faces a solid has in a STEP file."""
    if solid.outline is not None:
        return sum(len(shapely.get_coordinates(ring)) - 1 for ring in shapely.get_rings(polygons(solid.outline)))
    return len(solid.triangles) if solid.facets is None else len(np.unique(solid.facets))


def _kernel() -> Any:
    try:
        from netgen import occ
    except ImportError as error:
        raise GeometryError("STEP files need the CAD kernel of netgen: pip install 'waferbump[step]'") from error
    return occ


def _compound(occ: Any, bodies: list[tuple[str, Any]], places: np.ndarray) -> Any:
    copies = []
    for x, y in places.tolist():
        move = occ.TopLoc_Location(occ.gp_Trsf.Translation(occ.gp_Vec(x, y, 0.0)))
        for name, body in bodies:
            copy = body.Located(move) if len(places) > 1 else body
            copy.name = name
            copies.append(copy)
    return occ.Compound(copies)


def _wire(occ: Any, points: np.ndarray) -> Any:
    return occ.MakePolygon([occ.Vertex(occ.gp_Pnt(*point)) for point in (*points.tolist(), points[0].tolist())])


def _revolved(occ: Any, solid: Solid) -> list:
    x, y = (STEP_UNITS_PER_METRE * part for part in solid.centre)
    axis = occ.Axis(occ.gp_Pnt(x, y, 0.0), occ.Z)
    bodies = []
    for part in polygons(solid.outline):
        wires = []
        for ring in (part.exterior, *part.interiors):
            rz = shapely.get_coordinates(ring)[:-1] * STEP_UNITS_PER_METRE
            wires.append(_wire(occ, np.column_stack([x + rz[:, 0], np.full(len(rz), y), rz[:, 1]])))
        profile = occ.Face(wires[0]) if len(wires) == 1 else occ.Face(occ.Face(wires[0]), wires)
        body = occ.Revolve(profile, axis, 360.0)
        bodies.append(_of_volume(occ, solid, body, _swept(part) * STEP_UNITS_PER_METRE**3, ROUND_VOLUME))
    return bodies


def _swept(part: shapely.Polygon) -> float:
    """Volume of revolution of a polygon (r, z) [m^3]: V = 2 pi r A, r that of its centroid (Pappus)."""
    return 2 * np.pi * part.centroid.x * part.area


def _sewn(occ: Any, solid: Solid) -> list:
    """The connected bodies of a solid, each sewn from its facets, less the hollows inside it."""
    facets = np.arange(len(solid.triangles)) if solid.facets is None else solid.facets
    points = solid.vertices * STEP_UNITS_PER_METRE
    shells = []
    for triangles, numbers in _shells(solid.triangles, facets):
        if _touches_itself(points, triangles):
            raise GeometryError(f"{solid.name!r} touches itself along an edge, which a body of the CAD kernel cannot; write glTF or STL")
        a, b, c = np.moveaxis((points - points.mean(axis=0))[triangles], 1, 0)
        volume = float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6
        plane = [_face(occ, [points[loop] for loop in _loops(triangles[numbers == n])]) for n in np.unique(numbers)]
        sewn = list(occ.Sew(plane, SEWING).shells)
        if len(sewn) != 1:
            raise GeometryError(f"the CAD kernel cannot close {solid.name!r}: its surface falls into {len(sewn)} pieces")
        body = _of_volume(occ, solid, occ.Solid(sewn[0]), abs(volume), PLANE_VOLUME)
        corners = points[triangles]
        shells.append((volume, body, corners.min(axis=(0, 1)), corners.max(axis=(0, 1))))
    hollows = [shell for shell in shells if shell[0] < 0.0]
    bodies = []
    for volume, body, low, high in shells:
        if volume > 0.0:
            for _, hollow, lowest, highest in hollows:
                if (low <= lowest).all() and (highest <= high).all():
                    body = body - hollow
            bodies.append(body)
    if hollows and abs(sum(body.mass for body in bodies) / (solid.volume * STEP_UNITS_PER_METRE**3) - 1) > PLANE_VOLUME:
        raise GeometryError(f"the CAD kernel cannot take the hollows out of {solid.name!r}")
    return bodies


def _of_volume(occ: Any, solid: Solid, body: Any, volume: float, tolerance: float) -> Any:
    """The body, turned inside out when the kernel has closed it the wrong way round; refused when it has not the volume."""
    mass = body.mass
    if mass < 0.0:
        body, mass = occ.Solid(body.shells[0].Reversed()), -mass
    if abs(mass / volume - 1) > tolerance:
        raise GeometryError(f"the CAD kernel makes {mass / volume:.8g} of the volume of a body of {solid.name!r}")
    return body


def _shells(triangles: np.ndarray, facets: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The triangles, and the numbers of their facets, of each surface that hangs together."""
    count = int(triangles.max()) + 1
    rows = np.concatenate([triangles[:, 0], triangles[:, 1]])
    columns = np.concatenate([triangles[:, 1], triangles[:, 2]])
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(count, count))
    label = connected_components(graph, directed=False)[1][triangles[:, 0]]
    for one in np.unique(label):
        mine = label == one
        yield triangles[mine], facets[mine]


def _touches_itself(points: np.ndarray, triangles: np.ndarray) -> bool:
    """Whether an edge in space belongs to more than two of the triangles."""
    place = np.unique(points, axis=0, return_inverse=True)[1].ravel()[triangles]
    start, end = place.ravel().astype(np.int64), np.roll(place, -1, axis=1).ravel().astype(np.int64)
    return len(np.unique(start * len(points) + end)) < len(start)


def _loops(triangles: np.ndarray) -> list[list[int]]:
    """Outlines of a plane facet: the edges that only one of its triangles has, chained into loops that pass no corner twice."""
    start, end = triangles.ravel().tolist(), np.roll(triangles, -1, axis=1).ravel().tolist()
    edges = set(zip(start, end, strict=True))
    following: dict[int, list[int]] = {}
    for a, b in sorted(edges):
        if (b, a) not in edges:
            following.setdefault(a, []).append(b)
    loops = []
    for first in following:
        while following[first]:
            trail = [first]
            while following[trail[-1]]:
                here = following[trail[-1]].pop()
                if here in trail:  # closed, perhaps at a corner where the facet touches itself
                    place = trail.index(here)
                    loops.append(trail[place:])
                    del trail[place:]
                trail.append(here)
    return loops


def _face(occ: Any, loops: list[np.ndarray]) -> Any:
    if len(loops) == 1:
        return occ.Face(_wire(occ, loops[0]))
    # a facet with holes is a cap: it is cut out of a larger level face by all of its outlines
    corners = np.concatenate(loops)
    low, high, height = corners.min(axis=0), corners.max(axis=0), corners[0, 2]
    (x0, y0), (x1, y1) = (2 * low - high)[:2], (2 * high - low)[:2]
    base = occ.Face(_wire(occ, np.array([(x0, y0, height), (x1, y0, height), (x1, y1, height), (x0, y1, height)])))
    return occ.Face(base, [_wire(occ, loop) for loop in loops])
