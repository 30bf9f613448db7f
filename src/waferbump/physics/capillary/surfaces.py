"""Molten solder on a pad of any outline, or between two, also shifted and tilted: the surface of least energy of its volume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from shapely.geometry import Polygon

from .equilibrium import STANDARD_GRAVITY, NoEquilibriumError, checked
from .surface_bridge import first_joint, rotation
from .surface_mesh import Mesh, Rim, divided_at_corners
from .surface_modes import lowest_eigenvalue
from .surface_newton import Rest, at_rest
from .surface_outline import outline
from .surface_pad import capped, grown, seen_whole
from .surface_reach import farthest, highest
from .surface_work import work_on_lid

SIDES = 12  # our choice: sides along the edge of the first mesh
FALL = 5.0  # our choice: a finer mesh's error is taken as its change over this; errors of the third order would allow 7, of the fourth 15
FINEST = 60_000  # our choice: triangles of the largest mesh
SAG = 1e-3  # our choice: a surface deeper below the pad's plane than this, in pad radii, lies on what surrounds the pad ...
COARSE_SAG = 0.02  # ... and one so deep does so on any mesh


@dataclass(frozen=True)
class Surface:
    """Liquid at rest on a pad of any outline.

    height [m] of its highest point above the pad's plane (for a pad that faces down: the distance of the lowest), area [m^2] (free
    surface), energy [J] (gamma area + rho g z dV, zero at the pad's plane), pressure [Pa] (above ambient, at the pad's plane),
    vertices [m] (n, 3) and triangles (m, 6) (three corners, then the middles of the sides 0-1, 1-2, 2-0; outward), stable,
    lowest_eigenvalue [N/m^3] (least second derivative of energy at constant volume, for displacements normal to the surface of mean
    square one; a shape is stable while it is positive), max_extent [m] (largest horizontal distance from the pad's centroid), bounds [m]
    (least x, least y, largest x, largest y), error (estimated relative error of the height).
    """

    height: float
    area: float
    energy: float
    pressure: float
    vertices: np.ndarray
    triangles: np.ndarray
    stable: bool
    lowest_eigenvalue: float
    max_extent: float
    bounds: tuple[float, float, float, float]
    error: float


@dataclass(frozen=True)
class SurfaceJoint(Surface):
    """Liquid at rest between two pads; the fields of `Surface`, and the force [N] and torque [N m] (about its centre) on the upper pad.

    Both are vectors along x, y, z; a positive vertical force pushes the pad up. error is the estimated error of the force, in units of
    surface tension times the lower pad's radius by equal area. max_extent is measured from the lower pad's centroid.
    """

    force: np.ndarray
    torque: np.ndarray


def surface(
    pad: Polygon,
    volume: float,
    surface_tension: float,
    density: float,
    gravity: float = STANDARD_GRAVITY,
    *,
    tolerance: float = 1e-4,
) -> Surface:
    """Shape of liquid whose edge is pinned on the edge of a pad of any outline.

    least gamma A + rho g int z dV at int dV = V, on a mesh of six-node triangles refined until the height is known to the tolerance

    Parameters
    ----------
    pad : polygon without holes [m]; runs of short sides that turn by less than 15 degrees each are read as the curve they stand for
    volume : V [m^3]
    surface_tension : gamma [N/m]
    density : rho [kg/m^3]
    gravity : g [m/s^2], negative for a pad that faces down
    tolerance : relative error of the height [1]

    Raises
    ------
    NoEquilibriumError : no stable shape (more hangs than the edge holds), or one that would lie on what surrounds the pad.
    ValueError : a pad that is not one polygon without holes, a quantity of the wrong sign, or a tolerance that the largest mesh misses.

    Valid for stable shapes that stay above the pad's plane; at a corner that points inward the liquid leans over the edge, which is
    allowed up to a thousandth of the pad's radius. Source: virtual work; checked against Surface Evolver in tests/exact/test_surfaces.py.

    >>> from shapely import box
    >>> round(surface(box(-15e-6, -15e-6, 15e-6, 15e-6), 1.35e-14, 0.53, 7000.0).height * 1e6, 2)   # a square micro-bump
    20.31
    """
    volume, surface_tension, density, gravity, tolerance = _numbers(volume, surface_tension, density, gravity, tolerance)
    unit = _radius(pad)
    centroid = (pad.centroid.x, pad.centroid.y)
    bond, scaled = density * gravity * unit**2 / surface_tension, volume / unit**3
    pole = seen_whole(pad)
    edge = outline(pad, unit, centroid if pole is None else pole)

    def finished(first: Rest) -> tuple[Rest, float, float]:
        return _refined(first, scaled, bond, tolerance, lambda at: highest(at.mesh.points[at.mesh.triangles, 2]), relative=True)

    try:
        if pole is None:
            raise NoEquilibriumError("no sphere is drawn over a pad whose edge is not seen whole")
        rest, height, error = finished(capped(edge, scaled, bond, SIDES))
    except NoEquilibriumError:
        rest, height, error = finished(grown(edge, scaled, bond, 2 * SIDES))
    origin = np.array([*(centroid if pole is None else pole), 0.0])
    return Surface(height=height * unit, error=error, **_fields(rest, bond, unit, surface_tension, origin, centroid))


def surface_joint(
    bottom: Polygon,
    top: Polygon,
    volume: float,
    surface_tension: float,
    density: float,
    gravity: float = STANDARD_GRAVITY,
    *,
    gap: float,
    offset: tuple[float, float] = (0.0, 0.0),
    tilt: tuple[float, float] = (0.0, 0.0),
    tolerance: float = 1e-4,
) -> SurfaceJoint:
    """Shape of liquid pinned on the edges of two pads that face each other, and what it does to the upper one.

    least gamma A + rho g int z dV at int dV = V; F = -dE/d(displacement), T = -dE/d(rotation) of the upper pad at constant volume

    Parameters
    ----------
    bottom : lower pad, a polygon without holes in the plane z = 0 [m]
    top : upper pad, seen from above in the same plan before it is shifted and tilted [m]
    volume : V of the liquid [m^3]
    surface_tension : gamma [N/m]
    density : rho [kg/m^3]
    gravity : g [m/s^2], positive downwards
    gap : height of the upper pad's centroid above the lower pad [m]
    offset : (x, y) shift of the upper pad [m]
    tilt : right-handed rotation of the upper pad about +x and +y through its centroid [rad], as one rotation vector
    tolerance : error of the force in units of gamma times the lower pad's radius [1]

    Raises
    ------
    NoEquilibriumError : no stable joint (it necks and parts), or one that would lie on what surrounds a pad.
    ValueError : a pad that is not one polygon without holes, a quantity of the wrong sign, pads that cut through each other, or a
        tolerance that the largest mesh misses.

    Valid for stable joints that stay between the pads' planes. Forces are exact derivatives of the mesh's own energy: its nodes follow
    the upper pad in proportion to their height, and at rest nothing else contributes. Source: virtual work; checked against Surface
    Evolver 2.70 and the axisymmetric solver in tests/exact/test_surfaces.py.

    >>> from shapely import Point
    >>> disc = Point(0, 0).buffer(1e-4)
    >>> joint = surface_joint(disc, disc, 5e-12, 0.53, 7000.0, gap=1.2e-4, offset=(1e-5, 0.0))
    >>> round(float(joint.force[0]) * 1e6, 1)   # pulls the upper pad back [uN]
    -11.9
    """
    volume, surface_tension, density, gravity, tolerance = _numbers(volume, surface_tension, density, gravity, tolerance)
    checked(gap=gap)
    if np.shape(offset) != (2,) or np.shape(tilt) != (2,) or not np.all(np.isfinite([offset, tilt])):
        raise ValueError("offset and tilt are two finite numbers each, along or about x and y")
    vectors = np.array([offset, tilt], float)
    unit = _radius(bottom)
    _radius(top)
    bond, scaled = density * gravity * unit**2 / surface_tension, volume / unit**3
    centroid = np.array([bottom.centroid.x, bottom.centroid.y])
    upper = np.array([top.centroid.x, top.centroid.y])
    low, edge = outline(bottom, unit, tuple(centroid)), outline(top, unit, tuple(upper))
    stand = np.append((upper + vectors[0] - centroid), gap) / unit
    turned = rotation(vectors[1])
    high = Rim(edge, stand, turned[:, :2])
    if high.at(np.arange(256) / 256)[:, 2].min() <= 0:
        raise ValueError("the tilted upper pad would cut through the plane of the lower one: raise the gap or tilt it less")
    first = first_joint(low, edge, stand, vectors[1], scaled, bond, SIDES)
    rest, work, error = _refined(first, scaled, bond, tolerance, lambda at: work_on_lid(at, bond), relative=False)
    mesh = rest.mesh
    fields = _fields(rest, bond, unit, surface_tension, np.append(centroid, 0.0), tuple(centroid))
    height = max(highest(mesh.points[mesh.triangles, 2]), high.at(np.arange(256) / 256)[:, 2].max()) * unit
    force = work[:3] * (surface_tension * unit)
    return SurfaceJoint(height=height, error=error, force=force, torque=work[3:] * (surface_tension * unit**2), **fields)


def _numbers(volume: float, surface_tension: float, density: float, gravity: float, tolerance: float) -> list[float]:
    """The inputs as numbers; ValueError where one is not a single finite number of the right sign."""
    inputs = checked(volume=volume, surface_tension=surface_tension, density=density, gravity=gravity, tolerance=tolerance)
    if inputs[0].ndim:
        raise ValueError("a surface is found for one volume at a time: give numbers, not arrays")
    return [float(x) for x in inputs]


def _radius(pad: Polygon) -> float:
    """Radius of the disc of a pad's area [m]."""
    if not isinstance(pad, Polygon) or pad.is_empty or not pad.is_valid or pad.area <= 0:
        raise ValueError("a pad must be one polygon whose edge does not cross itself")
    return float(np.sqrt(pad.area / np.pi))


def _refined(rest: Rest, volume: float, bond: float, tolerance: float, wanted: Callable[[Rest], object], *, relative: bool):
    """The surface at rest on a mesh fine enough, what was wanted of it, and the estimated error of that."""
    value, error = wanted(rest), np.inf
    _keep_to_pads(rest.mesh, COARSE_SAG)
    for _ in range(8):  # each mesh has four times the triangles of the last: the largest allowed comes first
        mesh = divided_at_corners(rest.mesh.refined(), 1)
        if len(mesh.triangles) > FINEST:
            break
        try:
            rest = at_rest(mesh, volume, bond, rest.pressure, evenings=1)
        except NoEquilibriumError:
            raise NoEquilibriumError(
                "no stable shape was found: what rests on a coarse mesh does not on a finer one (it leaves its pad, falls or parts, "
                "or a pad has a notch or a corner that points inward: round it)"
            ) from None
        before, value = value, wanted(rest)
        error = float(np.max(np.abs(np.subtract(value, before)))) / FALL
        if relative:
            error /= abs(value)
        _keep_to_pads(rest.mesh, COARSE_SAG)
        if error < tolerance:
            _keep_to_pads(rest.mesh, SAG)
            return rest, value, error
    raise ValueError(f"a tolerance of {tolerance:g} is out of reach: the largest mesh allowed comes to {error:.1e}")


def _keep_to_pads(mesh: Mesh, limit: float) -> None:
    """Raise NoEquilibriumError where liquid lies deeper than a limit behind the plane of a pad."""
    for rim, side, name in zip(mesh.rims, (-1, 1), ("lower", "upper"), strict=False):
        outward = side * np.cross(*rim.axes.T)
        if highest(((mesh.points - rim.origin) @ outward)[mesh.triangles]) > limit:
            pad = "the pad" if len(mesh.rims) == 1 else f"the {name} pad"
            raise NoEquilibriumError(f"the liquid would lie on what surrounds {pad}: its contact angle would exceed 180 degrees")


def _fields(rest: Rest, bond: float, unit: float, surface_tension: float, origin: np.ndarray, centroid: tuple[float, float]) -> dict:
    """What drops and joints have in common, with dimensions."""
    mesh = rest.mesh
    vertices = mesh.points * unit + origin
    x, y = vertices[mesh.triangles, 0], vertices[mesh.triangles, 1]
    least = lowest_eigenvalue(rest)
    return {
        "area": float(rest.area * unit**2),
        "energy": float((rest.area + bond * rest.moment) * surface_tension * unit**2),
        "pressure": float(rest.pressure * surface_tension / unit),
        "vertices": vertices,
        "triangles": mesh.triangles,
        "stable": bool(least > 0),
        "lowest_eigenvalue": float(least * surface_tension / unit**2),
        "max_extent": farthest(vertices[:, :2] - np.asarray(centroid), mesh.triangles),
        "bounds": (-highest(-x), -highest(-y), highest(x), highest(y)),
    }
