"""Solids: closed surfaces of regions in three dimensions, round ones revolved from the section, the others raised from the plan.

Coordinates are metres, z from the carrier's top up, the bump's centre at x = y = 0.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from waferbump.geometry.partition import AIR, TICKS_PER_METRE, GeometryError, polygons
from waferbump.geometry.plan import SIDES
from waferbump.geometry.section import Section
from waferbump.geometry.solid_prisms import PlanEdges, surface_of
from waferbump.geometry.stack import Stack

FEWEST_SEGMENTS = 8  # below this a round body is not recognised as one (our choice)


@dataclass(frozen=True, eq=False)
class Solid:
    """One region as a body with a closed surface.

    vertices : (n, 3) [m];  triangles : (m, 3) numbers of vertices, anticlockwise seen from outside
    error : what of its shape is approximate, in words
    facets : (m,) number of the plane facet of which each triangle is a part; None where every triangle is its own
    outline : of a solid of revolution the exact half section (r, z) [m] and `centre` (x, y) [m] of its axis; else None
    """

    name: str
    material: str
    vertices: np.ndarray
    triangles: np.ndarray
    error: str
    facets: np.ndarray | None = None
    outline: shapely.MultiPolygon | None = None
    centre: tuple[float, float] = (0.0, 0.0)

    @cached_property
    def volume(self) -> float:
        """Volume inside the surface [m^3], by the divergence theorem: V = sum of a . (b x c) / 6 over its triangles (a, b, c)."""
        a, b, c = np.moveaxis((self.vertices - self.vertices.mean(axis=0))[self.triangles], 1, 0)
        return math.fsum(np.einsum("ij,ij->i", a, np.cross(b, c))) / 6.0

    @cached_property
    def watertight(self) -> bool:
        """Whether every directed edge of a triangle is matched by exactly one that runs the other way."""
        start, end = self.triangles.ravel().astype(np.int64), np.roll(self.triangles, -1, axis=1).ravel().astype(np.int64)
        forward = np.sort(start * len(self.vertices) + end)
        backward = np.sort(end * len(self.vertices) + start)
        return bool((forward[1:] != forward[:-1]).all() and (start != end).all() and np.array_equal(forward, backward))


def revolved(section: Section, name: str, *, segments: int = SIDES, centre: tuple[float, float] = (0.0, 0.0),
             equal_volume: bool = True) -> Solid:
    """A region of an axisymmetric section turned about its axis, with a regular polygon of `segments` sides for every circle.

    The polygon through the corners has the part sin(2 pi / n) / (2 pi / n) of a circle's area; with `equal_volume` its radius grows by
    the root of the inverse, so that the solid has the section's volume, and fits the discs of the plan where n is theirs (128).

    centre : (x, y) [m] of the axis
    """
    if section.kind != "axisymmetric":
        raise GeometryError("only an axisymmetric section can be revolved; a planar one is a cut through something that is not round")
    if segments < FEWEST_SEGMENTS:
        raise GeometryError(f"a round body needs at least {FEWEST_SEGMENTS} sides, not {segments}")
    region, whole = section.region(name), 2 * math.pi / segments
    stretch = math.sqrt(whole / math.sin(whole)) if equal_volume else 1.0
    turns = whole * np.arange(segments)
    round_about = stretch * np.column_stack([np.cos(turns), np.sin(turns)])
    points, triangles, count = [], [], 0
    for ring in shapely.get_rings(shapely.orient_polygons(polygons(region.shape))):
        made, faces = _turned(shapely.get_coordinates(ring)[:-1], round_about)
        points.append(made)
        triangles.append(faces + count)
        count += len(made)
    vertices = np.concatenate(points) + np.array([*centre, 0.0])
    outwards, inwards = stretch - 1.0, 1.0 - stretch * math.cos(whole / 2)
    error = f"{segments} flat sides for each circle, which leave it by {100 * max(outwards, inwards):.2g} % of its radius at most"
    if not equal_volume:
        error += f", and {100 * (1 - math.sin(whole) / whole):.2g} % of the volume"
    return Solid(name, region.material, vertices, np.concatenate(triangles), error, None, region.shape, centre)


def _turned(ring: np.ndarray, round_about: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points and triangles of a ring (r, z), the body on its left, turned about r = 0; a corner on the axis stays one point."""
    segments = len(round_about)
    on_axis = ring[:, 0] == 0.0
    first = np.concatenate([[0], np.cumsum(np.where(on_axis, 1, segments))])
    copies = np.repeat(ring, np.where(on_axis, 1, segments), axis=0)
    turn = np.concatenate([np.zeros(1, int) if alone else np.arange(segments) for alone in on_axis])
    points = np.column_stack([copies[:, :1] * round_about[turn], copies[:, 1]])
    here, there = np.arange(len(ring)), np.roll(np.arange(len(ring)), -1)
    k = np.arange(segments)
    following = (k + 1) % segments

    def corner(numbers: np.ndarray, at: np.ndarray) -> np.ndarray:
        return first[numbers][:, None] + np.where(on_axis[numbers][:, None], 0, at)

    a, b = here[~on_axis[here]], there[~on_axis[here]]  # the triangle that has its side at the start of the edge
    lower = np.stack([corner(a, k), corner(a, following), corner(b, following)], axis=-1)
    a, b = here[~on_axis[there]], there[~on_axis[there]]  # and the one that has it at the end
    upper = np.stack([corner(a, k), corner(b, following), corner(b, k)], axis=-1)
    return points, np.concatenate([lower.reshape(-1, 3), upper.reshape(-1, 3)])


def extruded(stack: Stack, name: str) -> Solid:
    """A region of a stack as one body: the prisms over all its faces, with no faces left between them."""
    return _extruded(stack, name, PlanEdges.of(stack))


def _extruded(stack: Stack, name: str, edges: PlanEdges) -> Solid:
    material = stack.material(name)
    if name == AIR:
        raise GeometryError("air is no body")
    surface = surface_of(stack, name, edges)
    error = f"vertical walls; a plan circle has {SIDES} sides and its own area"
    if name in stack.imported:
        error = f"terraces in place of the round body's surface; {error}"
    solid = Solid(name, material, surface.points / TICKS_PER_METRE, surface.triangles, error, surface.facets)
    if not solid.watertight:
        raise GeometryError(f"the surface of {name!r} could not be closed: its plan areas could not be triangulated edge to edge")
    return solid


def solids(stack: Stack | None = None, section: Section | None = None, *, round_names: Collection[str] = (),
           segments: int = SIDES) -> tuple[Solid, ...]:
    """Every region but air as a body.

    With a stack, its regions are raised from the plan, except those that it holds as the image of a round body (`stack.imported`) and
    the `round_names`, which are revolved from the section about the bump's centre; without a section an image stays in terraces, and
    says so. Without a stack, all regions of the section are revolved, out to the radius of its cell.
    """
    if stack is None:
        if section is None:
            raise GeometryError("solids are made from a stack, a section, or both")
        return tuple(revolved(section, name, segments=segments) for name in section.names if name != AIR)
    wanted = set(round_names) | (set(stack.imported) if section is not None else set())
    missing = sorted(name for name in wanted if section is None or not section.has(name))
    if missing:
        raise GeometryError(f"there is no section to revolve {', '.join(missing)} from")
    edges = PlanEdges.of(stack)
    names = [*(name for name in stack.names if name != AIR), *sorted(name for name in wanted if not stack.has(name))]
    return tuple(revolved(section, n, segments=segments) if n in wanted else _extruded(stack, n, edges) for n in names)
