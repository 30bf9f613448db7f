"""How films grow, foils lie and etchants advance over a stack of plan faces [ticks].

A body is widened by a flat cylinder: `thickness` up and down, `sides` times that sideways. On flats and on walls this is the film's
thickness exactly; outer corners come out square where a real film is rounded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise

import numpy as np
import shapely

from waferbump.geometry.geodesic import Reach
from waferbump.geometry.partition import AIR, NANOMETRE, polygons
from waferbump.geometry.stack_questions import StackQuestions, Tower
from waferbump.geometry.tiling import Overlay, joined, overlaid, widened

Faces = tuple[np.ndarray, list[Tower]]
Stretch = tuple[int, int]
_THICK = 10_000 * NANOMETRE  # 10 um; rings on rings of thinner films would multiply the faces
_RINGS = 5  # of the round shoulder of a thick film (our choice)
_SHORT = 2_000 * NANOMETRE  # 2 um; longer ways are followed round corners


def with_layer(tower: Tower, name: str, stretches: Sequence[Stretch], only: str | None = AIR) -> Tower:
    """A tower in which some stretches of height belong to a region; `only` says whose they are taken from (None: anybody's)."""
    made = []
    for owner, low, high in tower:
        if only is not None and owner != only:
            made.append((owner, low, high))
            continue
        cuts = sorted({low, high, *(z for a, b in stretches for z in (a, b) if low < z < high)})
        for a, b in pairwise(cuts):
            taken = any(s <= a and b <= t for s, t in stretches)
            made.append((name if taken else owner, a, b))
    return tidy(made)


def tidy(layers: Sequence[tuple[str, int, int]]) -> Tower:
    """Layers of one region that lie on one another made one; empty ones dropped."""
    made: list[tuple[str, int, int]] = []
    for name, low, high in layers:
        if high <= low:
            continue
        if made and made[-1][0] == name:
            made[-1] = (name, made[-1][1], high)
        else:
            made.append((name, low, high))
    return tuple(made)


def _overlap(stretches: Sequence[Stretch], others: Sequence[Stretch]) -> list[Stretch]:
    return [(max(a, c), min(b, d)) for a, b in stretches for c, d in others if min(b, d) > max(a, c)]


def conformal(stack: StackQuestions, name: str, thickness: int, sides: float) -> Faces:
    """Open air within a film's thickness of any surface becomes the film."""
    parts, towers, air = stack.neighbours.parts, stack.part_towers, stack.open_air
    reach = sides * thickness
    if all(len(stretches) == 1 for stretches in air):
        tops = np.array([stretches[0][0] for stretches in air])
        cut, film_tops = _offset(parts, tops, thickness, reach)
        columns = zip(cut.owner, film_tops, strict=True)
        return cut.faces, [with_layer(towers[own], name, _overlap([(int(tops[own]), int(top))], air[own])) for own, top in columns]
    solid = [_rest(stretches, towers[p][0][1], towers[p][-1][2]) for p, stretches in enumerate(air)]
    return _widened_bodies(stack, name, solid, thickness, reach)


def _offset(parts: np.ndarray, heights: np.ndarray, thickness: int, reach: float) -> tuple[Overlay, np.ndarray]:
    """Pieces of a surface of heights on parts of the plan, and the top of a film on each: the surface raised by the thickness.

    Beside a step the film falls off as a quarter of an ellipse of half axes (reach, thickness). A film thinner than 10 um takes it as
    square, a thicker one (a dry film) in rings that each have its height at their middle.
    """
    levels = np.unique(heights)[::-1]
    rings = [(1.0, 0.0)] if reach < _THICK else [((k + 1) / _RINGS, (k + 0.5) / _RINGS) for k in range(_RINGS)]
    cutters = [(widened(joined(parts[heights >= z]), reach * out), z + round(thickness * math.sqrt(1.0 - at * at)))
               for z in levels[:-1] for out, at in rings]  # fmt: skip
    cut = overlaid(parts, [shape for shape, _ in cutters])
    tops = heights[cut.owner] + thickness
    for number, (_, top) in enumerate(cutters):
        tops = np.where(cut.inside[:, number], np.maximum(tops, top), tops)
    return cut, tops


def from_bodies(stack: StackQuestions, name: str, bodies: Collection[str], thickness: int, sides: float) -> Faces:
    """Open air within a film's thickness of the bare surface of some regions becomes the film."""
    bare: list[tuple[Stretch, ...]] = []
    for p, tower in enumerate(stack.part_towers):
        ends = {z for stretch in stack.open_air[p] for z in stretch}
        beside = [air for q in stack.neighbours.beside[p] for air in stack.open_air[q]]
        own = [(a, b) for n, a, b in tower if n in bodies]
        walls = [stretch for a, b in own if a not in ends and b not in ends for stretch in _overlap([(a, b)], beside)]
        bare.append(tuple([(a, b) for a, b in own if a in ends or b in ends] + walls))
    return _widened_bodies(stack, name, bare, thickness, sides * thickness)


def _rest(air: Sequence[Stretch], floor: int, ceiling: int) -> tuple[Stretch, ...]:
    """What of a height is not open air."""
    ends = [floor, *(z for stretch in air for z in stretch), ceiling]
    return tuple((a, b) for a, b in zip(ends[::2], ends[1::2], strict=True) if b > a)


def _widened_bodies(stack: StackQuestions, name: str, bodies: Sequence[tuple[Stretch, ...]], thickness: int, reach: float) -> Faces:
    parts, towers = stack.neighbours.parts, stack.part_towers
    profiles = [profile for profile in dict.fromkeys(bodies) if profile]
    groups = [np.array([body == profile for body in bodies]) for profile in profiles]
    cut = overlaid(parts, [widened(joined(parts[group]), reach) for group in groups])
    made = []
    for own, inside in zip(cut.owner, cut.inside, strict=True):
        near = [profiles[k] for k in np.flatnonzero(inside)] + [bodies[own]]
        grown = [(a - thickness, b + thickness) for profile in near for a, b in profile]
        made.append(with_layer(towers[own], name, _overlap(grown, stack.open_air[own])))
    return cut.faces, made


def foil(stack: StackQuestions, name: str, thickness: int, gap: int, depth: int) -> Faces:
    """A foil that follows the surface seen from above, spans flat what is narrower than `gap` and fills what is no deeper than `depth`."""
    parts, towers = stack.neighbours.parts, stack.part_towers
    tops = np.array([tower[-1][1] for tower in towers])
    levels = np.unique(tops)
    # the foil goes down to a level where a disc as wide as the gap finds room among all that stands higher
    window = shapely.total_bounds(parts)
    room = [widened(widened(_mirrored(joined(parts[tops > level]), window, gap), gap / 2), -gap / 2) for level in levels[:-1]]
    laid = overlaid(parts, room)
    under = np.empty(len(laid.faces), dtype=np.int64)
    for n, (own, closed) in enumerate(zip(laid.owner, laid.inside, strict=True)):
        spanned = levels[1:][closed] if closed.any() else levels[:0]
        under[n] = max([int(tops[own]), *(int(z) for z in spanned[-1:])])
    hollow = under > tops[laid.owner]
    filled = _shallow(laid.faces, hollow, tops[laid.owner], under, depth)
    cut, film_tops = _offset(laid.faces, under, thickness, thickness)
    made = []
    for own, top in zip(cut.owner, film_tops, strict=True):
        tower = towers[laid.owner[own]]
        low = tower[-1][1] if filled[own] else max(int(under[own]), tower[-1][1])
        made.append(with_layer(tower, name, [(low, int(top))]))
    return cut.faces, made


def _mirrored(shape, window: np.ndarray, reach: float):
    """A shape with its mirror images beyond the window's edges, as far as `reach`: so the site goes on."""
    x0, y0, x1, y1 = window
    whole = shape
    for axis, edge in ((0, x0), (0, x1), (1, y0), (1, y1)):
        image = shapely.transform(whole, lambda xy, a=axis, e=edge: np.where(np.arange(2) == a, 2.0 * e - xy, xy))
        beyond = shapely.clip_by_rect(image, x0 - reach, y0 - reach, x1 + reach, y1 + reach)
        whole = shapely.union_all([*polygons(whole), *polygons(beyond)], grid_size=1.0)
    return whole


def _shallow(faces: np.ndarray, hollow: np.ndarray, bottom: np.ndarray, top: np.ndarray, depth: int) -> np.ndarray:
    """Which faces lie in hollows under the foil that are no deeper than `depth`."""
    filled = np.zeros(len(faces), dtype=bool)
    if depth <= 0 or not hollow.any():
        return filled
    where = np.flatnonzero(hollow)
    bodies = polygons(shapely.coverage_union_all(faces[where]))
    inside = shapely.point_on_surface(faces[where])
    for body in bodies:
        members = where[shapely.intersects(body, inside)]
        if top[members].max() - bottom[members].min() <= depth:
            filled[members] = True
    return filled


def removed(stack: StackQuestions, gone: Callable[[int, int, str], bool], parts: np.ndarray | None = None) -> Faces:
    """Layers (part, number, region) that are gone become air."""
    faces = stack.neighbours.parts if parts is None else parts
    made = [
        tidy([(AIR if name != AIR and gone(p, k, name) else name, a, b) for k, (name, a, b) in enumerate(tower)])
        for p, tower in enumerate(stack.part_towers)
    ]
    return faces, made


def etched_down(stack: StackQuestions, rates: Mapping[str, float], duration: float) -> Faces:
    """Beams from straight above remove each region at its rate [ticks/s]; what lies under something that does not go is in its shadow."""
    made = []
    for tower in stack.part_towers:
        left, layers = duration, list(tower)
        for k in range(len(layers) - 1, -1, -1):
            name, low, high = layers[k]
            if name == AIR:
                continue
            rate = rates.get(name, 0.0)
            if rate <= 0.0:
                break
            deep = round(left * rate)
            layers[k : k + 1] = [(name, low, max(low, high - deep)), (AIR, max(low, high - deep), high)]
            left -= (high - low) / rate
            if left <= 0.0:
                break
        made.append(tidy(layers))
    return stack.neighbours.parts, made


def etched_round(stack: StackQuestions, names: Collection[str], distance: float) -> Faces:
    """Regions of one rate recede by `distance` wherever open air touches them: down and up in each column, sideways level by level.

    Sideways the front is exact in plan (geodesic, never through a barrier). Where it starts from a wall that only the etch itself has
    bared, it has come down through the layer's thickness h first, and the undercut is the mean of sqrt(d^2 - z^2) over z from 0 to h.
    """
    before = stack.open_air
    _, bored = _eaten_upright(stack, names, round(distance))
    parts = stack.neighbours.parts
    where = [[(a, b) for n, a, b in tower if n in names] for tower in bored]
    eaten_down = [
        _merged(_overlap([(a, b) for n, a, b in old if n in names], [(a, b) for n, a, b in tower if n == AIR]))
        for old, tower in zip(stack.part_towers, bored, strict=True)
    ]
    cuts = sorted({z for rows in (where, before, eaten_down) for row in rows for stretch in row for z in stretch})
    slabs = [(a, b) for a, b in pairwise(cuts) if any(_overlap([(a, b)], row) for row in where)]
    eaten: list[tuple[object, Stretch]] = []
    for slab in slabs:
        here = np.array([bool(_overlap([slab], row)) for row in where])
        bare = np.array([bool(_overlap([slab], row)) for row in before])
        depth = np.array([next((b - a for a, b in row if a <= slab[0] and slab[1] <= b), 0) for row in eaten_down]) * ~bare
        sources = [(bare, distance), *((depth == h, _mean_undercut(distance, h)) for h in np.unique(depth[depth > 0]))]
        for source, away in sources:
            rows = stack.neighbours.edges_towards(here, source)
            if len(rows) and away >= 1.0:
                eaten += [(area, slab) for area in _reach(joined(parts[here]), rows, away)]
    if not eaten:
        return parts, bored
    areas = [area for area, _ in eaten]
    cut = overlaid(parts, areas)
    made = []
    for own, inside in zip(cut.owner, cut.inside, strict=True):
        tower = bored[own]
        gone = [eaten[k][1] for k in np.flatnonzero(inside)]
        for n in names:
            tower = with_layer(tower, AIR, gone, only=n)
        made.append(tower)
    return cut.faces, made


def _merged(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Stretches that meet made one."""
    found: list[Stretch] = []
    for a, b in sorted(stretches):
        if found and found[-1][1] == a:
            found[-1] = (found[-1][0], b)
        else:
            found.append((a, b))
    return found


def _mean_undercut(distance: float, height: float) -> float:
    """Mean over z from 0 to h of sqrt(d^2 - z^2): how far under its mask a layer goes that is bared from above."""
    if height >= distance:
        return math.pi / 4 * distance * distance / height
    part = height / distance
    return distance / 2 * (math.sqrt(1.0 - part * part) + math.asin(part) / part)


def _eaten_upright(stack: StackQuestions, names: Collection[str], distance: int) -> Faces:
    """Every column eaten by `distance` from each of its surfaces that open air touches, straight through layers of these regions only."""
    made = []
    for tower, air in zip(stack.part_towers, stack.open_air, strict=True):
        gone: list[Stretch] = []
        for low, high in air:
            gone += _way(tower, names, low, -distance) + _way(tower, names, high, distance)
        eaten = tower
        for name in names:
            eaten = with_layer(eaten, AIR, gone, only=name)
        made.append(eaten)
    return stack.neighbours.parts, made


def _way(tower: Tower, names: Collection[str], start: int, distance: int) -> list[Stretch]:
    """The stretch that is eaten from a surface at `start` upwards (or downwards), as far as these regions go on without a break."""
    at, left = start, abs(distance)
    layers = tower if distance > 0 else tower[::-1]
    for name, low, high in layers:
        near, far = (low, high) if distance > 0 else (high, low)
        if near != at:
            continue
        if name not in names:
            break
        step = min(left, high - low)
        at, left = at + (step if distance > 0 else -step), left - step
        if left == 0 or at != far:
            break
    return [(min(start, at), max(start, at))] if at != start else []


def _reach(domain, rows: np.ndarray, distance: float) -> list:
    """What a front from some edges of a domain reaches within a distance, body by body.

    Over a short way the plain distance will do: what it reaches beyond a barrier is dropped where no way within reach leads there.
    """
    if distance <= _SHORT:
        lines = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(rows.reshape(-1, 2, 2))))
        near = polygons(shapely.intersection(widened(shapely.simplify(lines, NANOMETRE), distance), domain, grid_size=1.0))
        touching = shapely.dwithin(near, lines, 2.0 * NANOMETRE)
        return [piece for piece in near[touching] if piece.area > NANOMETRE**2]
    found = []
    for body in polygons(domain):
        touching = rows[shapely.intersects(body, shapely.points((rows[:, [0, 1]] + rows[:, [2, 3]]) / 2))]
        if len(touching):
            area = shapely.intersection(Reach(body, touching, distance).region(), body, grid_size=1.0)
            found.append(shapely.MultiPolygon(list(polygons(area))))
    return [area for area in found if not area.is_empty and area.area > NANOMETRE**2]
