"""A site as hexahedra: its plan, meshed once in quadrilaterals, swept through the levels of its layers; the joint and the board over it."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np
import shapely

from waferbump.geometry.mesh import Board, Joint, Mesh, MeshError
from waferbump.geometry.mesh_joint import checked
from waferbump.geometry.mesh_plan import PlanMesh, meshed_plan
from waferbump.geometry.mesh_solid_levels import divided_levels, merged_levels, reduced
from waferbump.geometry.mesh_solid_swept import Swept
from waferbump.geometry.partition import AIR, TICKS_PER_METRE, polygons
from waferbump.geometry.plan import disc
from waferbump.geometry.stack import Stack
from waferbump.geometry.stack_questions import Tower
from waferbump.geometry.tiling import overlaid

TOLERANCE = 2e-6  # m; thinner parts of the plan are shared out: films on walls, undercuts, rims (our choice)
_PER_SITE = 16  # elements along the shorter side of a site where nothing asks for more (our choice)
_SYMMETRIC = 2e-3  # of the half's area that may differ from the mirrored other half: masks are drawn as polygons


def solid_mesh(
    stack: Stack, joint: Joint | None, board: Board | None, *, without: Collection[str] = (), split: Sequence[tuple[str, str]] = (),
    size: float | None = None, refine: float = 1.0, half: bool = False, tolerance: float = TOLERANCE,
) -> Mesh:  # fmt: skip
    """A site as hexahedra, with its joint and board over it where they are given.

    The plan is overlaid with the joint's foot, its thin parts are shared out, and it is meshed in quadrilaterals that are swept through
    all levels; elements lie where the towers have a region. Nodes are shared over faces alone, so that parts that touch along an edge
    stay apart. The joint's layers are the plan under its foot, scaled with the outline; films that stand beside the joint above its foot
    are free of it, and where it bulges its elements reach over them. A dimple of the metal under the foot
    is filled with the joint.

    stack : the site, the bump's centre at the origin;  joint, board : over it, or None
    without : regions left out, as the solder that the joint stands for
    split : pairs (upper, lower) of regions whose common faces become interfaces with double nodes, walls too
    size : of the largest elements in plan [m], None: a sixteenth of the site's shorter side;  refine : of 1, so many times as many
        elements along each direction;  half : the part y >= 0 of a symmetric plan
    tolerance : parts of the plan thinner than this go to whatever lies nearest [m]

    Raises
    ------
    MeshError : what is asked for cannot be meshed: a plan that is not symmetric, a foot that is larger than its metal, a joint or a board
        that does not fit into the site, a pair that does not touch, lines nearer to one another than elements can be.

    Valid for walls that are vertical and joints of revolution; each region's volume is kept to about its border times half the tolerance.
    Sets: "die_back", "die_surface" (top of the lowest region), "left", "right", "front", "rear", with a board "board_back", "board_left",
    "board_right", "board_front", "board_rear"; with `half` "symmetry", the plane y = 0; with a joint "joint_foot", "joint_top".
    Source: the sweep of a plan partition is our own; hexahedra by cutting at middles, the field's standard construction.
    """
    if not (math.isfinite(refine) and 0.25 <= refine <= 8.0):
        raise MeshError(f"refine is between 0.25 and 8, not {refine!r}")
    x0, y0, x1, y1 = stack.window
    size = min(x1 - x0, y1 - y0) / _PER_SITE if size is None else size
    for what, value in (("size", size), ("tolerance", tolerance)):
        if not (math.isfinite(value) and 0.0 < value < min(x1 - x0, y1 - y0) / 2):
            raise MeshError(f"the {what} of a mesh is above 0 and below half the site, not {value!r} m")
    if joint is None and board is not None:
        raise MeshError("a board needs a joint to stand on")
    if joint is not None:
        _fits(joint, board, stack, half)
    towers, shapes, under = _plan(stack, joint, without, half)
    plan = meshed_plan(shapes, tolerance * 1e6, 2e6 * size / refine)
    towers, under = _present(plan, towers, under)
    foot = _foot(plan, towers, under) if joint is not None else None
    if joint is not None:
        towers = [_filled(t, foot, joint.name) if u else t for t, u in zip(towers, under, strict=True)]
    levels = divided_levels(towers, refine)
    swept = Swept(plan, levels, {name: stack.materials[name] for name in stack.materials if name not in without})
    swept.sweep(towers, joint)
    if joint is not None:
        swept.stand(joint, np.array(under)[plan.label], foot, refine, half=half)
        if board is not None:
            swept.cover(joint, board, stack.window, refine)
    return swept.mesh(split, stack.window, half=half)


def _fits(joint: Joint, board: Board | None, stack: Stack, half: bool) -> None:
    """Refuse a joint that no site of that window can have."""
    checked(joint, board or Board(1.0, 3 * float(np.max(joint.radius)), 1.0))
    x0, y0, x1, y1 = stack.window
    reach = min(-x0, x1, y1, math.inf if half else -y0)
    if float(np.max(joint.radius)) >= reach:
        raise MeshError(
            f"the joint, {np.max(joint.radius) * 1e6:.4g} um in radius, does not fit into the site, "
            f"which ends {reach * 1e6:.4g} um from the bump"
        )


def _plan(stack: Stack, joint: Joint | None, without: Collection[str], half: bool) -> tuple[list[Tower], list, list[bool]]:
    """Towers, their shapes in plan [ticks], and which of them lie under the joint's foot."""
    for name in without:
        if not stack.has(name):
            raise MeshError(f"there is no region {name!r} to leave out; there are {', '.join(n for n in stack.names if n != AIR)}")
    if joint is not None and stack.has(joint.name) and joint.name not in without:
        raise MeshError(f"the site has a region {joint.name!r}, as the joint is called: leave it out or rename one of them")
    groups: dict[Tower, list] = {}
    for shape, tower in zip(stack.shapes, stack.towers, strict=True):
        groups.setdefault(reduced(tower, without), []).extend(polygons(shape))
    towers = list(groups)
    shapes = [_surface(shapely.coverage_union_all(np.array(parts, dtype=object))) for parts in groups.values()]
    if half:
        shapes = _halved(shapes)
        kept = [k for k, shape in enumerate(shapes) if not shapely.is_empty(shape)]
        towers, shapes = [towers[k] for k in kept], [shapes[k] for k in kept]
    if joint is None:
        return towers, shapes, [False] * len(towers)
    circle = shapely.transform(disc(float(joint.radius[0]), (0.0, 0.0)), lambda xy: np.rint(xy * TICKS_PER_METRE))
    pieces = overlaid(shapes, [circle])
    found: dict[tuple[int, bool], list] = {}
    for face, owner, inside in zip(pieces.faces, pieces.owner, pieces.inside[:, 0], strict=True):
        found.setdefault((int(owner), bool(inside)), []).append(face)
    return ([towers[k] for k, _ in found], [_surface(shapely.coverage_union_all(faces)) for faces in found.values()],
            [inside for _, inside in found])


def _surface(shape) -> shapely.MultiPolygon:
    return shapely.MultiPolygon(list(polygons(shape)))


def _halved(shapes: list) -> list:
    """The part y >= 0 of the shapes [ticks]; MeshError when the other part is not its image."""
    x0, y0, x1, y1 = shapely.total_bounds(np.array(shapes, dtype=object))
    if abs(y0 + y1) > 1e-6 * (y1 - y0):
        raise MeshError("the site is not symmetric about y = 0: it ends at different distances on either side, so it cannot be halved")
    upper, lower = shapely.box(x0, 0.0, x1, y1), shapely.box(x0, y0, x1, 0.0)
    mirrored = [shapely.transform(shapely.intersection(s, lower), lambda xy: xy * [1.0, -1.0]) for s in shapes]
    halves = [_surface(shapely.intersection(s, upper, grid_size=1.0)) for s in shapes]
    odd = 0.5 * sum(shapely.symmetric_difference(a, b).area for a, b in zip(halves, mirrored, strict=True))
    if odd > _SYMMETRIC * upper.area:
        raise MeshError(f"the plan is not symmetric about y = 0: {100 * odd / upper.area:.2g} % of it has no image, so it cannot be halved")
    return halves


def _present(plan: PlanMesh, towers: list[Tower], under: list[bool]) -> tuple[list[Tower], list[bool]]:
    """Towers with their levels taken together, those left without an element in place of an unused one."""
    areas = np.bincount(plan.label, plan.areas, minlength=len(towers))
    used = np.flatnonzero(areas > 0.0)
    merged = merged_levels([towers[k] for k in used], areas[used])
    found = [merged[0]] * len(towers)
    for k, tower in zip(used, merged, strict=True):
        found[k] = tower
    return found, under


def _foot(plan: PlanMesh, towers: list[Tower], under: list[bool]) -> int:
    """Level [ticks] on which the joint stands: the metal's under most of its foot."""
    areas = np.bincount(plan.label, plan.areas, minlength=len(towers))
    by_level: dict[int, float] = {}
    for tower, area, below in zip(towers, areas, under, strict=True):
        if below and area > 0.0:
            by_level[tower[-1][1]] = by_level.get(tower[-1][1], 0.0) + float(area)
    if not by_level:
        raise MeshError("there is nothing under the joint's foot")
    foot = max(by_level, key=by_level.get)
    used = [tower for tower, area, below in zip(towers, areas, under, strict=True) if below and area > 0.0]
    metals = {tower[-2][0] for tower in used if tower[-1][1] == foot}
    for tower in used:
        # lower metal of the same name is a dimple, which the joint fills
        if tower[-1][1] > foot or tower[-2][0] not in metals:
            raise MeshError(
                f"the joint's foot is larger than the metal: it stands on {', '.join(sorted(metals))} and reaches over {tower[-2][0]}, "
                f"whose top is {(tower[-1][1] - foot) / TICKS_PER_METRE * 1e6:+.3g} um from there"
            )
    return foot


def _filled(tower: Tower, foot: int, name: str) -> Tower:
    """A tower with the joint in its open air below the foot."""
    low, high = tower[-1][1:]
    return tower if low >= foot else (*tower[:-1], (name, low, foot), (AIR, foot, high))
