"""Exact distance inside a region that walls bound: how far a front gets that may bend round corners and never jumps a wall.

The region is triangulated (constrained Delaunay, no added points). From each source edge a beam, from each source corner a fan of
straight rays runs from triangle to triangle through their common edges, so it can only see what is really visible (triangular
expansion: Bungiu et al., "Efficient computation of visibility polygons", 2014). A corner of the wall that is passed throws a fan into
its own shadow, with the distance that is left; corners are taken nearest first (continuous Dijkstra: Mitchell, Mount, Papadimitriou,
SIAM J. Comput. 16 (1987) 647).
Mirror walls need no mirrored copies: folding a path at a mirror leaves its length as it is.
"""

from __future__ import annotations

import heapq
import math

import numpy as np
import shapely

from waferbump.geometry.partition import EMPTY, NANOMETRE, GeometryError, polygons

SAGITTA = 0.25 * NANOMETRE  # chord error of every arc
GRAZE = 1e-6  # [ticks] a corner this near a ray lies on it: round-off of a cross product at 1e7 ticks is 1e-9
OUTLINE = 0.05 * NANOMETRE  # points of the front that deviate less are dropped
OVERLAP = 2.0  # [ticks] neighbouring fans are joined over this, 20 pm


def arc_step(radius: float, sagitta: float = SAGITTA) -> float:
    """Angle between two points of an arc [rad] whose chords stay within the sagitta: 2 acos(1 - sagitta/radius)."""
    return 2.0 * math.acos(1.0 - min(sagitta, 0.1 * radius) / radius)


class Reach:
    """What a front from `source` edges reaches inside `domain` within `distance` [ticks].

    source: rows (x0, z0, x1, z1) of boundary edges with the domain on their left. targets: {tag: such rows}; `touched[tag]` becomes
    the distance at which the front first meets them (only where it does).
    """

    def __init__(self, domain, source: np.ndarray, distance: float, targets: dict | None = None):
        self.distance = float(distance)
        self.touched: dict = {}
        self.fans: list[tuple] = []
        self.views: dict[int, object] = {}
        self.beam_at: dict[int, int] = {}  # source half-edge -> number of its beam; source corner between two such -> number of its fan
        self.fan_at: dict[int, int] = {}
        self._triangulate(domain)
        starts = {key for key in map(self._key, source.tolist()) if key in self.edge_of}
        self.tag_of = {self._key(row): tag for tag, rows in (targets or {}).items() for row in rows.tolist()}
        self.best: dict[int, float] = {}
        self.heap: list[tuple] = []
        for key in starts:
            self._beam(key)
        self._source_corners(starts)
        while self.heap:
            travelled, corner, low, high = heapq.heappop(self.heap)
            if travelled <= self.best[corner]:
                self._fan(corner, travelled, low, high)

    def _key(self, row) -> tuple:
        return (self.number.get(complex(row[0], row[1]), -1), self.number.get(complex(row[2], row[3]), -1))

    def _triangulate(self, domain) -> None:
        triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(polygons(domain)))
        triangles = polygons(triangles)
        points = shapely.get_coordinates(shapely.orient_polygons(triangles)).reshape(-1, 4, 2)[:, :3]
        value, index = np.unique(points.reshape(-1, 2) @ np.array([1.0, 1j]), return_inverse=True)
        self.x, self.z = value.real.tolist(), value.imag.tolist()
        self.number = {point: n for n, point in enumerate(value.tolist())}
        self.vertex = index.tolist()  # of half-edge h = 3 * triangle + side: the vertex it starts at
        follow = [h + 1 if h % 3 < 2 else h - 2 for h in range(len(self.vertex))]
        self.follow = follow
        edge_of = {(self.vertex[h], self.vertex[follow[h]]): h for h in range(len(self.vertex))}
        self.edge_of = edge_of
        self.twin = [edge_of.get((b, a), -1) for a, b in edge_of]
        if len(self.twin) != len(self.vertex):
            raise GeometryError("a region could not be cut into triangles")
        # corners: one per boundary half-edge, with the triangles round its start from that edge to the boundary edge that ends there
        self.corner_of = [-1] * len(self.vertex)  # of the half-edge that starts at the corner inside that triangle
        self.corners: dict[int, list] = {}  # boundary half-edge -> [(half-edge, relative angle where it starts, ... where it ends)]
        self.opening: dict[int, float] = {}
        self.heading: dict[int, float] = {}
        self.arriving: dict[int, int] = {}
        for start in (h for h in range(len(self.vertex)) if self.twin[h] < 0):
            h, angle, fan = start, 0.0, []
            while True:
                last = follow[follow[h]]
                more = self._angle(self.vertex[h], self.vertex[follow[h]], self.vertex[last])
                fan.append((h, angle, angle + more))
                self.corner_of[h] = start
                angle += more
                if self.twin[last] < 0:
                    break
                h = self.twin[last]
            v, w = self.vertex[start], self.vertex[follow[start]]
            self.corners[start], self.opening[start], self.arriving[start] = fan, angle, last
            self.heading[start] = math.atan2(self.z[w] - self.z[v], self.x[w] - self.x[v])

    def _angle(self, v: int, a: int, b: int) -> float:
        ax, az, bx, bz = self.x[a] - self.x[v], self.z[a] - self.z[v], self.x[b] - self.x[v], self.z[b] - self.z[v]
        return math.atan2(ax * bz - az * bx, ax * bx + az * bz)

    def _source_corners(self, starts: set) -> None:
        for corner in self.corners:
            leaves = (self.vertex[corner], self.vertex[self.follow[corner]]) in starts
            last = self.arriving[corner]
            arrives = (self.vertex[last], self.vertex[self.follow[last]]) in starts
            if leaves or arrives:
                self.best[corner] = 0.0
                self._touch(corner, 0.0)
                low = math.pi / 2 if leaves else 0.0
                high = self.opening[corner] - (math.pi / 2 if arrives else 0.0)
                if high - low > 1e-9:
                    if leaves and arrives:
                        self.fan_at[corner] = len(self.fans)
                    self._fan(corner, 0.0, low, high)

    def _beam(self, key: tuple) -> None:
        a, b = key
        ax, az, bx, bz = self.x[a], self.z[a], self.x[b], self.z[b]
        length = math.hypot(bx - ax, bz - az)
        dx, dz = -(bz - az) / length, (bx - ax) / length
        first = self.edge_of[key]
        # the window is the source edge itself, seen from outside: enter its triangle through it
        hits, nearest = self._spread([(first, True, ax, az, dx, dz, bx, bz, dx, dz)], None, ax, az, dx, dz, 0.0)
        self.beam_at[first] = len(self.fans)
        self.fans.append((0.0, nearest, (ax, az, bx, bz, dx, dz), [(bx, bz), *hits, (ax, az)]))

    def _fan(self, corner: int, travelled: float, low: float, high: float) -> None:
        v = self.vertex[corner]
        px, pz, base = self.x[v], self.z[v], self.heading[corner]
        radius = self.distance - travelled
        if radius <= 0.0:
            return
        hits, nearest, ends = [], math.inf, []
        for h, start, end in self.corners[corner]:
            if end <= low + 1e-12 or start >= high - 1e-12:
                continue
            right, left = max(start, low), min(end, high)
            q, r = self.vertex[self.follow[h]], self.vertex[self.follow[self.follow[h]]]
            rx, rz = self._direction(px, pz, q) if right == start else (math.cos(base + right), math.sin(base + right))
            lx, lz = self._direction(px, pz, r) if left == end else (math.cos(base + left), math.sin(base + left))
            if right == start:
                self._see(self.corner_of[self.follow[h]], px, pz, rx, rz, travelled, True)
            if left == end:
                self._see(self.corner_of[self.follow[self.follow[h]]], px, pz, lx, lz, travelled, True)
            more, near = self._spread([(self.follow[h], False, px, pz, lx, lz, px, pz, rx, rz)], radius, px, pz, 0.0, 0.0, travelled)
            hits += more
            nearest = min(nearest, near)
            ends.append((rx, rz, lx, lz))
        if hits:
            sector = (px, pz, math.atan2(ends[0][1], ends[0][0]), high - low)
            self.fans.append((travelled, nearest, sector, [(px, pz), *hits]))

    def _direction(self, px: float, pz: float, v: int) -> tuple[float, float]:
        dx, dz = self.x[v] - px, self.z[v] - pz
        length = math.hypot(dx, dz)
        return dx / length, dz / length

    def _see(self, corner: int, px, pz, dx, dz, travelled: float, from_point: bool) -> None:
        """A ray passes a corner: if the wall turns away there, the corner will throw a fan into the shadow behind it."""
        v = self.vertex[corner]
        away = math.hypot(self.x[v] - px, self.z[v] - pz) if from_point else dx * (self.x[v] - px) + dz * (self.z[v] - pz)
        total = travelled + away
        self._touch(corner, total)
        opening = self.opening[corner]
        if opening <= math.pi + 1e-9:
            return
        if total >= self.distance or total >= self.best.get(corner, math.inf):
            return
        ahead = (math.atan2(dz, dx) - self.heading[corner]) % (2.0 * math.pi)
        if ahead > 2.0 * math.pi - 1e-9:
            ahead = 0.0
        if ahead <= opening - math.pi + 1e-9:
            low, high = 0.0, ahead
        elif math.pi - 1e-9 <= ahead <= opening:
            low, high = ahead, opening
        else:
            return
        self.best[corner] = total
        if high - low > 1e-12:
            heapq.heappush(self.heap, (total, corner, low, high))

    def _touch(self, corner: int, total: float) -> None:
        """A corner that is reached is where the front meets the two edges that end there, which no ray need hit."""
        if self.tag_of and total < self.distance:
            for h in (corner, self.arriving[corner]):
                tag = self.tag_of.get((self.vertex[h], self.vertex[self.follow[h]]))
                if tag is not None:
                    self.touched[tag] = min(self.touched.get(tag, math.inf), total)

    def _spread(self, stack: list, radius: float | None, px, pz, nx, nz, travelled: float) -> tuple[list, float]:
        """Follow a window through the triangles; the points where it ends, from right to left, and the nearest of them."""
        x, z, vertex, follow, twin = self.x, self.z, self.vertex, self.follow, self.twin
        limit = self.distance if radius is None else radius
        hits, nearest = [], math.inf
        while stack:
            h, entering, lox, loz, ldx, ldz, rox, roz, rdx, rdz = stack.pop()
            if not entering:
                a, b = vertex[h], vertex[follow[h]]
                ax, az, bx, bz = x[a], z[a], x[b], z[b]
                across = twin[h]
                near = _to_segment(px, pz, ax, az, bx, bz) if radius is not None else min(
                    nx * (ax - px) + nz * (az - pz), nx * (bx - px) + nz * (bz - pz))
                if across < 0 or near >= limit:
                    right = _crossing(rox, roz, rdx, rdz, ax, az, bx, bz)
                    left = _crossing(lox, loz, ldx, ldz, ax, az, bx, bz)
                    hits += (right, left)
                    if radius is not None:
                        near = _to_segment(px, pz, *right, *left)
                    else:
                        near = min(nx * (right[0] - px) + nz * (right[1] - pz), nx * (left[0] - px) + nz * (left[1] - pz))
                    nearest = min(nearest, near)
                    if across < 0 and near < limit and (a, b) in self.tag_of:
                        tag = self.tag_of[(a, b)]
                        self.touched[tag] = min(self.touched.get(tag, math.inf), travelled + near)
                    continue
            else:
                across = h
            right_edge = follow[across]
            left_edge = follow[right_edge]
            w = vertex[left_edge]
            wx, wz = x[w], z[w]
            beyond_left = ldx * (wz - loz) - ldz * (wx - lox)
            beyond_right = rdx * (wz - roz) - rdz * (wx - rox)
            if beyond_left >= -GRAZE:
                if beyond_left <= GRAZE:
                    self._see(self.corner_of[left_edge], px, pz, ldx, ldz, travelled, radius is not None)
                stack.append((right_edge, False, lox, loz, ldx, ldz, rox, roz, rdx, rdz))
            elif beyond_right <= GRAZE:
                if beyond_right >= -GRAZE:
                    self._see(self.corner_of[left_edge], px, pz, rdx, rdz, travelled, radius is not None)
                stack.append((left_edge, False, lox, loz, ldx, ldz, rox, roz, rdx, rdz))
            else:
                if radius is None:
                    dx, dz, ox, oz = nx, nz, wx, wz
                else:
                    length = math.hypot(wx - px, wz - pz)
                    dx, dz, ox, oz = (wx - px) / length, (wz - pz) / length, px, pz
                self._see(self.corner_of[left_edge], px, pz, dx, dz, travelled, radius is not None)
                stack.append((left_edge, False, lox, loz, ldx, ldz, ox, oz, dx, dz))
                stack.append((right_edge, False, ox, oz, dx, dz, rox, roz, rdx, rdz))
        return hits, nearest

    def region(self, distance: float | None = None):
        """All that lies within `distance` [ticks] of the source (at most the distance the front was built for)."""
        distance = self.distance if distance is None else min(distance, self.distance)
        if distance <= 0.0:
            return EMPTY
        whole, done = self._chains(distance)
        clipped, seen = [], []
        for number, (travelled, nearest, kind, outline) in enumerate(self.fans):
            radius = distance - travelled
            if radius <= 0.0 or number in done:
                continue
            if len(kind) == 4:
                points = np.vstack([kind[:2], _rim(kind, radius)])
            else:
                ax, az, bx, bz, dx, dz = kind
                dx, dz = dx * radius, dz * radius
                points = np.array([(ax, az), (bx, bz), (bx + dx, bz + dz), (ax + dx, az + dz)])
            if nearest >= radius:
                whole.append(points)
            elif len(outline) >= 3:
                clipped.append(points)
                seen.append(number)
        pieces = _rings(whole)
        if clipped:
            pieces = [*pieces, *polygons(shapely.intersection(_rings(clipped), np.array([self._visible(n) for n in seen], dtype=object)))]
        if len(pieces) == 0:
            return EMPTY
        joined = shapely.simplify(shapely.union_all(pieces, grid_size=1.0), OUTLINE)
        return shapely.buffer(joined, OVERLAP, join_style="mitre")

    def _chains(self, distance: float) -> tuple[list, set]:
        """Outlines that each join beams and fans which follow one another and meet no wall, and the numbers of those joined.

        A stretch of source that only turns away from the domain, by a quarter turn at most, has one simple outline: itself and its offset.
        Thousands of narrow pieces would give the same area and take their union a hundred times longer.
        """
        free = {h: n for h, n in self.beam_at.items() if self.fans[n][1] >= distance}

        def joins(corner: int) -> bool:
            fan = self.fan_at.get(corner)
            if corner not in free or self.arriving[corner] not in free:
                return False
            return self.fans[fan][1] >= distance if fan is not None else abs(self.opening[corner] - math.pi) < 1e-9

        after = {self.arriving[corner]: corner for corner in free if joins(corner)}
        outlines, done = [], set()
        for start in [h for h in free if not joins(h)] + list(free):
            if free[start] in done:
                continue
            h, turned, back = start, 0.0, []
            while True:
                done.add(free[h])
                ax, az, bx, bz, dx, dz = self.fans[free[h]][2]
                back.append([(ax, az), (bx, bz), (bx + distance * dx, bz + distance * dz), (ax + distance * dx, az + distance * dz)])
                h = after.get(h)
                if h is None or free[h] in done:
                    break
                turned += max(0.0, self.opening[h] - math.pi)
                if turned > math.pi / 2:
                    break
                if h in self.fan_at:
                    done.add(self.fan_at[h])
                    back.append(_rim(self.fans[self.fan_at[h]][2], distance)[1:-1])
            front = [piece[0] for piece in back if isinstance(piece, list)] + [back[-1][1]]
            rear = [np.array(piece[2:]) if isinstance(piece, list) else piece for piece in reversed(back)]
            outlines.append(np.vstack([np.array(front), *rear]))
        return outlines, done

    def _visible(self, number: int):
        """What the rays of one fan or beam see of the domain, as far as they were followed."""
        if number not in self.views:
            self.views[number] = shapely.make_valid(shapely.Polygon(self.fans[number][3]))
        return self.views[number]


def _rim(sector: tuple, radius: float) -> np.ndarray:
    px, pz, start, span = sector
    angles = start + np.linspace(0.0, span, max(2, math.ceil(span / arc_step(radius)) + 1))
    return np.column_stack([px + radius * np.cos(angles), pz + radius * np.sin(angles)])


def _rings(outlines: list) -> np.ndarray:
    if not outlines:
        return np.empty(0, dtype=object)
    rings = shapely.linearrings(np.concatenate(outlines), indices=np.repeat(np.arange(len(outlines)), [len(o) for o in outlines]))
    return shapely.polygons(rings)


def _to_segment(px, pz, ax, az, bx, bz) -> float:
    ux, uz = bx - ax, bz - az
    square = ux * ux + uz * uz
    along = 0.0 if square == 0.0 else min(1.0, max(0.0, ((px - ax) * ux + (pz - az) * uz) / square))
    return math.hypot(ax + along * ux - px, az + along * uz - pz)


def _crossing(ox, oz, dx, dz, ax, az, bx, bz) -> tuple[float, float]:
    """Where a ray meets the line of an edge, held to the edge."""
    ux, uz = bx - ax, bz - az
    across = ux * dz - uz * dx
    if across == 0.0:
        return (ax, az)
    along = min(1.0, max(0.0, ((ox - ax) * dz - (oz - az) * dx) / across))
    return (ax + along * ux, az + along * uz)
