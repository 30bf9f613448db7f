"""Fronts that move through a partition: conformal growth, growth from one body, isotropic and directional etching [ticks]."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import numpy as np
import shapely

from waferbump.geometry.geodesic import Reach, arc_step
from waferbump.geometry.partition import AIR, EMPTY, NANOMETRE, OPEN, Partition, oriented_edges, polygons, shared

GROWTH_SAGITTA = 1.0 * NANOMETRE
OUTLINE = 0.3 * NANOMETRE  # points of a film's outer outline that deviate less are dropped, or films on films would gather them
EVENT_MARGIN = 1.0 * NANOMETRE  # a front stops this far behind the surface it has just broken through, so that the hole is open
DUST = 0.5 * NANOMETRE  # what an etch leaves thinner than this is the chord error of its own arcs
LAG = 4.0 * NANOMETRE  # depth by which a material that another front uncovers little by little may trail
MOST_STEPS = 50


def conformal(partition: Partition, thickness: float, sides: float = 1.0):
    """Open air within `thickness` of any surface, where lateral distance counts 1/sides: the Minkowski sum with an ellipse.

    Straight lines suffice: the segment from a point in open air to its nearest surface point never crosses a solid.
    """
    return within_distance(partition.surface(), partition.open_air, partition.width, thickness, sides)


def within_distance(surface: np.ndarray, air, width: float, thickness: float, sides: float = 1.0):
    """The part of `air` within `thickness` of `surface` edges (air on their left), for a surface that bounds all of that air."""
    if len(surface) == 0:
        return EMPTY
    edges = surface * np.array([1.0 / sides, 1.0, 1.0 / sides, 1.0])
    lines = _convex_chains(edges, width / sides)
    quarter = max(2, math.ceil((math.pi / 2) / arc_step(thickness / sides, GROWTH_SAGITTA)))
    film = shapely.union_all(shapely.buffer(lines, thickness, quad_segs=quarter, cap_style="flat"))
    film = shapely.simplify(film, OUTLINE)
    if sides != 1.0:
        film = shapely.transform(film, lambda xz: xz * np.array([sides, 1.0]))
    return shapely.intersection(film, air)


def _convex_chains(edges: np.ndarray, width: float) -> np.ndarray:
    """The surface as lines that turn only away from the air.

    GEOS drops shallow concave vertices (up to 1 % of the distance) before it offsets a line; cut at its concave vertices a line has
    none, and the flat-ended strips still cover every point whose nearest surface point lies on them. A line that ends on a mirror wall
    is led on by its own mirror image, so that a crest on the wall is rounded.
    """
    follow = {(row[0], row[1]): number for number, row in enumerate(edges.tolist())}
    rows = edges.tolist()
    before: dict[int, int] = {}
    for number, row in enumerate(rows):
        if (row[2], row[3]) in follow:
            before[follow[(row[2], row[3])]] = number
    after = {a: b for b, a in before.items()}

    def turns_left(first: int, second: int) -> bool:
        a, b = rows[first], rows[second]
        return (a[2] - a[0]) * (b[3] - b[1]) - (a[3] - a[1]) * (b[2] - b[0]) > 0.0

    starts = [n for n in range(len(rows)) if n not in before or turns_left(before[n], n)]
    used = set()
    chains = []
    for start in [*starts, *range(len(rows))]:  # the second round finds rings that never turn left
        if start in used:
            continue
        line, number = [(rows[start][0], rows[start][1])], start
        while True:
            used.add(number)
            line.append((rows[number][2], rows[number][3]))
            following = after.get(number)
            if following is None or following in used or turns_left(number, following):
                break
            number = following
        if number in after and after[number] == start and start not in starts:
            line.append(line[1])  # a closed ring: round its first corner too
        chains.append(_led_past_walls(line, width))
    points = np.concatenate([np.array(line) for line in chains])
    return shapely.linestrings(points, indices=np.repeat(np.arange(len(chains)), [len(line) for line in chains]))


def _led_past_walls(line: list, width: float) -> list:
    """The line continued by its mirror image beyond a wall where that makes it turn away from the air."""

    def turn(a, b, c):
        return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])

    def image(end, inner):
        wall = 0.0 if abs(end[0]) < 0.5 else width
        return (2.0 * wall - inner[0], inner[1]) if abs(end[0] - wall) < 0.5 and inner[0] != end[0] else None

    first, last = image(line[0], line[1]), image(line[-1], line[-2])
    before = [first] if first and turn(first, line[0], line[1]) < 0.0 else []
    after = [last] if last and turn(line[-2], line[-1], last) < 0.0 else []
    return [*before, *line, *after]


def from_body(partition: Partition, names, distance: float, sides: float = 1.0) -> Reach:
    """How far open air is reached from the exposed surface of some regions, round corners and never through a wall."""
    air = partition.edges(OPEN)
    exposed = np.zeros(len(air), dtype=bool)
    for name in names:
        exposed |= shared(air, partition.edges(name))
    stretch = np.array([1.0 / sides, 1.0])
    source = air[exposed] * np.tile(stretch, 2)
    domain = partition.open_air
    if len(source):
        low, high = source[:, [1, 3]].min() - distance - NANOMETRE, source[:, [1, 3]].max() + distance + NANOMETRE
        left, right = source[:, [0, 2]].min() * sides, source[:, [0, 2]].max() * sides
        margin = distance * sides + NANOMETRE
        domain = _cut_out(domain, math.floor(left - margin), math.floor(low), math.ceil(right + margin), math.ceil(high), air[exposed])
    if sides != 1.0:
        domain = shapely.transform(domain, lambda xz: xz * stretch)
    return Reach(domain, source, distance)


def _cut_out(domain, x0, z0, x1, z1, source):
    """The part of the domain inside a box, where that is smaller; the source's own edges stay as they are."""
    bounds = domain.bounds
    if x0 <= bounds[0] and z0 <= bounds[1] and x1 >= bounds[2] and z1 >= bounds[3]:
        return domain
    part = shapely.intersection(domain, shapely.box(x0, z0, x1, z1))
    return part if shared(source, oriented_edges(part)[:, [2, 3, 0, 1]]).all() else domain


def etched_isotropically(partition: Partition, rates: Mapping[str, float], duration: float) -> Partition:
    """The partition after every region in `rates` [ticks/s] has receded for `duration` [s] wherever open air touched it.

    Regions of one rate are one domain, in which the front is exact in one step however far it goes. A step ends when a front breaks
    into a pocket of trapped air or reaches a material of another rate; a slower material that is uncovered little by little is
    followed in sub-steps that let it trail by 4 nm (or 2 % of its own depth, where that is more).
    """
    left = float(duration)
    names_by_rate: dict[float, list[str]] = {}
    for name, rate in rates.items():
        if rate > 0.0 and name in partition.shapes:
            names_by_rate.setdefault(rate, []).append(name)
    ranked = sorted(names_by_rate, reverse=True)
    longest = left
    if len(ranked) > 1:
        depth = ranked[1] * left
        longest = left / math.ceil(depth / max(LAG, depth / MOST_STEPS))
    uncovering = False
    while left > 1e-12 * duration:
        step = min(left, longest) if uncovering else left
        fronts = _fronts(partition, names_by_rate, step)
        if not fronts:
            break
        uncovering = any(tag[0] == "other" and away < EVENT_MARGIN for _, reach, _ in fronts for tag, away in reach.touched.items())
        if uncovering:
            step = min(step, longest)
        for rate, reach, _ in fronts:
            for away in reach.touched.values():
                if away > 2.0 * EVENT_MARGIN:
                    step = min(step, (away + EVENT_MARGIN) / rate)
        gone = []
        for rate, reach, names in fronts:
            area = reach.region(rate * step)
            gone += [shapely.intersection(shape, area) for name in names for shape in polygons(partition.shapes[name])]
        removed = shapely.union_all(polygons(gone), grid_size=1.0)
        if removed.is_empty:
            break
        partition = without_dust(partition.claimed({AIR: removed}), [name for names in names_by_rate.values() for name in names])
        left -= step
    return partition


def _fronts(partition: Partition, names_by_rate: Mapping[float, list[str]], left: float) -> list[tuple]:
    air = partition.edges(OPEN)
    voids = [oriented_edges(void) for void in partition.voids]
    fronts = []
    for rate, names in names_by_rate.items():
        present = [name for name in names if name in partition.shapes]
        if not present:
            continue
        domain = shapely.coverage_union_all(np.concatenate([polygons(partition.shapes[name]) for name in present]))
        edges = oriented_edges(domain)
        source = edges[shared(edges, air)]
        if len(source) == 0:
            continue
        targets = {("void", number): edges[shared(edges, void)] for number, void in enumerate(voids)}
        for other, others in names_by_rate.items():
            if other != rate:
                for name in others:
                    if name in partition.shapes:
                        targets[("other", name)] = edges[shared(edges, partition.edges(name))]
        fronts.append((rate, Reach(domain, source, rate * left, targets), present))
    return fronts


def without_dust(partition: Partition, names) -> Partition:
    """The partition without specks of the named regions that are thinner than what the arcs of a front can mean."""
    specks = []
    for name in names:
        if name in partition.shapes:
            parts = polygons(partition.shapes[name])
            specks += list(parts[2.0 * shapely.area(parts) < DUST * shapely.length(parts) / 2.0])
    return partition.claimed({AIR: shapely.union_all(specks)}) if specks else partition


def etched_vertically(partition: Partition, rates: Mapping[str, float], duration: float) -> Partition:
    """The partition after beams from straight above have removed each region at its rate [ticks/s]; overhangs cast shadows."""
    names = [name for name in partition.shapes if name != AIR]
    rows = [partition.edges(name) for name in names]
    edges = np.concatenate(rows)
    label = np.repeat(np.arange(len(names)), [len(row) for row in rows])
    roof = edges[:, 0] > edges[:, 2]  # interior on the left: an edge that runs to -x has its region below
    flat = edges[:, 0] != edges[:, 2]
    grounds = np.unique(edges[:, [0, 2]])
    low, high = np.minimum(edges[:, 0], edges[:, 2]), np.maximum(edges[:, 0], edges[:, 2])
    gone: list = []
    for xa, xb in itertools.pairwise(grounds):
        here = np.flatnonzero(flat & (low <= xa) & (high >= xb))
        x0, z0, x1, z1 = edges[here].T
        slope = (z1 - z0) / (x1 - x0)
        za, zb = z0 + slope * (xa - x0), z0 + slope * (xb - x0)
        upper, lower = here[roof[here]], here[~roof[here]]
        a, b = dict(zip(here.tolist(), za.tolist(), strict=True)), dict(zip(here.tolist(), zb.tolist(), strict=True))
        tops = sorted(upper.tolist(), key=lambda n: -(a[n] + b[n]))
        bottoms = sorted(lower.tolist(), key=lambda n: -(a[n] + b[n]))
        layers = [(rates.get(names[label[t]], 0.0), a[t], b[t], a[d], b[d]) for t, d in zip(tops, bottoms, strict=True)]
        _bore(layers, xa, xb, duration, duration, gone)
    if not gone:
        return partition
    removed = shapely.union_all(gone, grid_size=1.0)
    return without_dust(partition.claimed({AIR: removed}), [name for name, rate in rates.items() if rate > 0.0])


def _bore(layers: list, xa: float, xb: float, left_a: float, left_b: float, gone: list) -> None:
    """Remove from one column of layers (rate, top at xa, top at xb, bottom at xa, bottom at xb), highest first."""
    for number, (rate, ta, tb, ba, bb) in enumerate(layers):
        if rate <= 0.0:
            return
        spare_a, spare_b = left_a - (ta - ba) / rate, left_b - (tb - bb) / rate
        if (spare_a > 0.0) != (spare_b > 0.0) and min(abs(spare_a), abs(spare_b)) > 0.0:
            part = spare_a / (spare_a - spare_b)
            xm, left_m = xa + part * (xb - xa), left_a + part * (left_b - left_a)
            rest = layers[number:]
            middle = [(r, a + part * (b - a), c + part * (d - c)) for r, a, b, c, d in rest]
            # the side that gets through goes on below; the other one stops inside this layer
            if min(xm - xa, xb - xm) > 0.5:
                _bore([(r, a, m, c, n) for (r, a, b, c, d), (_, m, n) in zip(rest, middle, strict=True)], xa, xm, left_a, left_m, gone)
                _bore([(r, m, b, n, d) for (r, a, b, c, d), (_, m, n) in zip(rest, middle, strict=True)], xm, xb, left_m, left_b, gone)
                return
        through = spare_a + spare_b >= 0.0 and min(spare_a, spare_b) > -1e-9 * max(left_a, left_b, 1e-300)
        if through:
            gone.append(shapely.Polygon([(xa, ta), (xa, min(ba, ta)), (xb, min(bb, tb)), (xb, tb)]))  # min: round-off at a wedge's tip
            left_a, left_b = max(spare_a, 0.0), max(spare_b, 0.0)
            if left_a + left_b <= 0.0:
                return
        else:
            gone.append(shapely.Polygon([(xa, ta), (xa, ta - left_a * rate), (xb, tb - left_b * rate), (xb, tb)]))
            return


def foil(partition: Partition, thickness: float, gap: float, depth: float = 0.0):
    """Where a foil lies that follows the surface seen from above and spans flat every gap narrower than `gap` [ticks].

    A gap no deeper than `depth` [ticks] is filled instead of spanned.

    The air that stays above the foil's underside is, at every height, the union of the free intervals (mirrored at both walls) at
    least `gap` long: a morphological opening of the air with a horizontal segment.
    """
    free = _seen_from_above(partition)
    edges = oriented_edges(free)
    levels = np.unique(np.append(edges[:, [1, 3]], partition.ceiling))
    kept = []
    steep = edges[:, 1] != edges[:, 3]
    low, high = np.minimum(edges[:, 1], edges[:, 3]), np.maximum(edges[:, 1], edges[:, 3])
    for za, zb in itertools.pairwise(levels):
        x0, z0, x1, z1 = edges[steep & (low <= za) & (high >= zb)].T
        slope = (x1 - x0) / (z1 - z0)
        sides = np.column_stack([x0 + slope * (za - z0), x0 + slope * (zb - z0)])
        sides = sides[np.argsort(sides.sum(axis=1), kind="stable")]
        for (la, lb), (ra, rb) in zip(sides[::2], sides[1::2], strict=True):
            at_wall = int(la == 0.0 == lb) + int(ra == partition.width == rb)
            if at_wall == 2:
                kept.append(shapely.box(0, za, partition.width, zb))
                continue
            wide_a, wide_b = (ra - la) * (1 + at_wall), (rb - lb) * (1 + at_wall)
            if max(wide_a, wide_b) < gap:
                continue
            part = 0.0 if wide_a >= gap else (gap - wide_a) / (wide_b - wide_a)
            top = 1.0 if wide_b >= gap else (gap - wide_a) / (wide_b - wide_a)
            corner = [(la + s * (lb - la), za + s * (zb - za)) for s in (part, top)]
            other = [(max(ra + s * (rb - ra), la + s * (lb - la)), za + s * (zb - za)) for s in (top, part)]
            kept.append(shapely.Polygon([*corner, *other]))
    above = shapely.union_all(kept, grid_size=1.0)
    above = shapely.MultiPolygon([part for part in polygons(above) if part.bounds[3] >= partition.ceiling])
    edges = oriented_edges(above)
    x0, z0, x1, z1 = edges.T
    wall = ((x0 == x1) & ((x0 == 0) | (x0 == partition.width))) | ((z0 == z1) & (z0 == partition.ceiling))
    film = within_distance(edges[~wall], above, partition.width, thickness)
    pockets = polygons(shapely.difference(free, above, grid_size=1.0)) if depth > 0 else []
    shallow = [pocket for pocket in pockets if pocket.bounds[3] - pocket.bounds[1] <= depth]
    return shapely.union_all([film, *shallow], grid_size=1.0) if shallow else film


def _seen_from_above(partition: Partition):
    """The air that a vertical line from the ceiling reaches."""
    surface = partition.surface()
    ceilings = surface[surface[:, 0] > surface[:, 2]]  # air on the left of an edge that runs to -x: air below it
    if len(ceilings) == 0:
        return partition.open_air
    shadows = [shapely.Polygon([(x0, z0), (x1, z1), (x1, partition.floor), (x0, partition.floor)]) for x0, z0, x1, z1 in ceilings.tolist()]
    return shapely.difference(partition.open_air, shapely.union_all(shadows, grid_size=1.0), grid_size=1.0)
