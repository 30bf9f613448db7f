"""The stack: the plan of a site partitioned into faces, each face with its layers from the carrier up.

It is the truth for whatever is not round: off-centre pads, redistribution lines, suspended parts, beams, etch windows. Walls are
vertical; a conformal film also covers them, by a lateral ring of its side thickness. The operations are those of `Section`, under the
same names, so that a step says what it does once. Coordinates are metres with the bump's centre at the origin.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely

from waferbump.geometry import stack_fronts as fronts
from waferbump.geometry.area import Area
from waferbump.geometry.partition import AIR, TICKS_PER_METRE, GeometryError, polygons, ticks, to_ticks
from waferbump.geometry.section import CLEARANCE, Section, fresh, length_in_range, number_in_range
from waferbump.geometry.stack_questions import Column, Layer, StackQuestions, in_ticks
from waferbump.geometry.tiling import overlaid, tiled

__all__ = ["Column", "Layer", "Stack"]

MOST_FACES = 50_000  # beyond this a site is a wafer, not a site: an operation would take minutes (our choice)
_STEP = ticks(50e-9)  # leaning walls that stand this near to one another are taken as one: faces would multiply (our choice)
_TERRACES = 32  # of a round body drawn in steps
_TOUCH = ticks(3e-9)  # a round body's outline and what it rests on are true to a nanometre each


@dataclass(frozen=True)
class Stack(StackQuestions):
    """A site in plan (see `StackQuestions` for what it can be asked) with the operations that change it."""

    @classmethod
    def blank(cls, window: tuple[float, float, float, float], *, name: str = "carrier", material: str, thickness: float,
              headroom: float = 100e-6) -> Stack:
        """A bare carrier with its top at z = 0: window (x0, y0, x1, y1) [m], thickness [m], headroom of air above it [m]."""
        x0, y0, x1, y1 = (in_ticks(edge, "a window's edge") for edge in window)
        if x1 <= x0 or y1 <= y0:
            raise GeometryError("a window goes from a lower to a higher x and y")
        t, h = ticks(length_in_range(thickness, "thickness")), ticks(length_in_range(headroom, "headroom"))
        fresh(name, ())
        shape = shapely.MultiPolygon([shapely.box(x0, y0, x1, y1)])
        return cls((shape,), (((name, -t, 0), (AIR, 0, h)),), {name: material})

    def _of(self, faces: np.ndarray, towers, **materials: str) -> Stack:
        try:
            shapes = tiled(faces, towers)
            sound = shapely.coverage_is_valid(np.array(list(shapes.values()), dtype=object))
        except shapely.errors.GEOSException:
            sound = False
        if not sound:  # never carried on: what is measured on it would be wrong
            raise GeometryError("the faces of the plan could not be joined without gaps: move the masks by a nanometre (please report it)")
        if len(shapes) > MOST_FACES:
            raise GeometryError(f"the site has {len(shapes)} different faces; more than {MOST_FACES} are no site: choose a smaller window")
        named = {**self.materials, **materials}
        present = {name for tower in shapes for name, _, _ in tower}
        kept = {name: material for name, material in named.items() if name in present}
        return Stack(tuple(shapes.values()), tuple(shapes), kept, self.imported & present)

    def _with_new(self, faces: np.ndarray, towers, name: str, material: str, why: str) -> Stack:
        made = self._of(faces, towers, **{name: material})
        if not made.has(name):
            raise GeometryError(f"nothing of {name!r} is left to place: {why}")
        return made

    def _raised(self, height: int) -> Stack:
        """The same stack with air up to a height [ticks] at least."""
        if height <= self.towers[0][-1][2]:
            return self
        return replace(self, towers=tuple((*tower[:-1], (AIR, tower[-1][1], height)) for tower in self.towers))

    def _with_room(self, more: int) -> Stack:
        return self._raised(max(tower[-1][1] for tower in self.towers) + more + CLEARANCE)

    def grown(self, name: str, material: str, thickness: float, *, sides: float = 1.0, on: Collection[str] | None = None) -> Stack:
        """A film of thickness [m] on every surface that open air touches, `sides` times as thick on walls; or `on` some regions alone."""
        fresh(name, self.names)
        t = ticks(length_in_range(thickness, "thickness"))
        if not (math.isfinite(sides) and 0.0 < sides <= 1.0):
            raise GeometryError(f"sides is a fraction above 0 and up to 1, not {sides!r}")
        stack = self._with_room(t)
        if on is None:
            return stack._with_new(*fronts.conformal(stack, name, t, sides), name, material, "no surface is open to the air")
        bodies = self._known([on] if isinstance(on, str) else on)
        faces = fronts.from_bodies(stack, name, bodies, t, sides)
        why = f"no surface of {', '.join(bodies)} is open to the air"
        made = stack._with_new(*faces, name, material, why)
        # what lies beyond a wall within the film's thickness has not grown from these bodies
        grown = made.reached(lambda _, n: n == name, made.cells_of(bodies))
        if all(cell in grown for cell in made.cells_of([name])):
            return made
        return made._with_new(*fronts.removed(made, lambda p, k, n: n == name and (p, k) not in grown), name, material, why)

    def coated(self, name: str, material: str, level: float) -> Stack:
        """A planarising coat: all open air below z = level [m] becomes the region."""
        fresh(name, self.names)
        top = in_ticks(level, "a level")
        stack = self._raised(top + CLEARANCE)
        towers = []
        for tower, air in zip(stack.part_towers, stack.open_air, strict=True):
            towers.append(fronts.with_layer(tower, name, [(a, min(b, top)) for a, b in air if a < top]))
        return stack._with_new(stack.neighbours.parts, towers, name, material, f"no open air lies below z = {level * 1e6:.6g} um")

    def laminated(self, name: str, material: str, thickness: float, *, bridges: float, fills: float = 0.0) -> Stack:
        """A dry film of thickness [m] that follows the surface, spans flat every gap narrower than `bridges` [m] and fills shallow ones.

        A gap is as wide as the largest disc that goes into it; one no deeper than `fills` [m] is filled, air under any other span stays.
        """
        fresh(name, self.names)
        t = ticks(length_in_range(thickness, "thickness"))
        gap, depth = (ticks(number_in_range(v, w)) for v, w in ((bridges, "bridges"), (fills, "fills")))
        stack = self._with_room(t)
        return stack._with_new(*fronts.foil(stack, name, t, gap, depth), name, material, "no surface is open to the air")

    def opened(self, openings: Mapping[str, Area], *, at: float = 0.0, angles: Mapping[str, float] | float = math.pi / 2) -> Stack:
        """Openings cut into regions, each over a part of the plan at z = at [m]; only what a developer reaches from open air goes.

        Walls are vertical. Where they would lean by `angles` [rad from the horizontal], they stand where the lean has them halfway up the
        layer that they are cut into, place by place.
        """
        middle = ticks(at)
        asked = {n: angles.get(n, math.pi / 2) if isinstance(angles, Mapping) else angles for n in self._known(openings)}
        lean = {name: self._lean(angle) for name, angle in asked.items()}
        cutters = sorted({_cutter(n, lean[n], a, b, middle) for tower in self.towers for n, a, b in tower if n in lean})
        cut = overlaid(self.shapes, [self._through(openings[name], shift, foot)[0] for name, shift, foot in cutters])
        number = {cutter: k for k, cutter in enumerate(cutters)}
        split = self._of_pieces(cut.faces, cut.owner)
        cleared = {
            (p, k)
            for p, (tower, row) in enumerate(zip(split.part_towers, cut.inside, strict=True))
            for k, (n, a, b) in enumerate(tower)
            if n in lean and row[number[_cutter(n, lean[n], a, b, middle)]]
        }
        cells = split.reached_cells(lambda p, k, name: name == AIR or (p, k) in cleared)
        towers = fronts.removed(split, lambda p, k, name: (p, k) in cells)[1]
        return self._of(cut.faces, towers)

    def _through(self, area: Area, shift: int, foot: int) -> tuple[shapely.MultiPolygon, list[shapely.Polygon]]:
        """Openings at half the height of a layer [ticks], and those of them that close before they are through, at its foot."""
        whole = self._ticked(area, shift / TICKS_PER_METRE)
        if foot >= 0:
            return whole, []
        open_below = self._ticked(area, (shift + foot) / TICKS_PER_METRE)
        closed = [piece for piece in polygons(whole) if not shapely.intersects(piece, open_below)]
        return shapely.MultiPolygon([piece for piece in polygons(whole) if shapely.intersects(piece, open_below)]), closed

    def closed_openings(
        self, openings: Mapping[str, Area], *, at: float, angles: Mapping[str, float]
    ) -> list[tuple[str, float, float, float]]:
        """Openings whose leaning walls meet before they are through, as (region, depth, x, y) [m]; `opened` leaves them shut."""
        middle, found = ticks(at), {}
        for name, area in openings.items():
            lean = self._lean(angles.get(name, math.pi / 2))
            for shape, tower in zip(self.shapes, self.towers, strict=True):
                for n, a, b in tower:
                    if n != name or lean <= 0.0:
                        continue
                    _, shift, foot = _cutter(n, lean, a, b, middle)
                    for piece in self._through(area, shift, foot)[1]:
                        if shapely.intersects(shape, place := piece.representative_point()):
                            found[name, round(place.x), round(place.y)] = (b - a) / TICKS_PER_METRE
        return [(name, depth, x / TICKS_PER_METRE, y / TICKS_PER_METRE) for (name, x, y), depth in found.items()]

    @staticmethod
    def _lean(angle: float) -> float:
        if not (math.isfinite(angle) and 0.01 < angle < math.pi - 0.01):
            raise GeometryError(f"a wall angle lies between 0.01 and pi - 0.01 rad, not {angle!r}")
        return 0.0 if angle == math.pi / 2 else 1.0 / math.tan(angle)

    def released(self, areas: Mapping[str, Area]) -> Stack:
        """Regions gone over parts of the plan, whatever lies over them: what an etchant has dissolved that came in from elsewhere."""
        names = self._known(areas)
        cut = overlaid(self.shapes, [self._ticked(areas[name]) for name in names])
        towers = []
        for own, row in zip(cut.owner, cut.inside, strict=True):
            gone = {name for name, hit in zip(names, row, strict=True) if hit}
            towers.append(fronts.tidy([(AIR if n in gone else n, a, b) for n, a, b in self.towers[own]]))
        return self._of(cut.faces, towers)

    def _of_pieces(self, faces: np.ndarray, owner: np.ndarray) -> Stack:
        """The same bodies over a finer tiling, one shape a face."""
        shapes = tuple(shapely.MultiPolygon([face]) for face in faces)
        return Stack(shapes, tuple(self.towers[own] for own in owner), self.materials, self.imported)

    def _ticked(self, area: Area, wider: float = 0.0) -> shapely.MultiPolygon:
        x0, y0, x1, y1 = self.window
        area = area if wider == 0.0 else area.widened(wider)
        return shapely.MultiPolygon(list(polygons(to_ticks(shapely.intersection(area.polygon, shapely.box(x0, y0, x1, y1))))))

    def etched(self, rates: Mapping[str, float], duration: float, *, direction: str = "isotropic") -> Stack:
        """Materials removed where open air touches them: rates [m/s] by material, absent = 0, duration [s].

        `vertical`: straight down. `isotropic`: down and sideways; materials of different rates at once are refused (an etch of one
        after the other is not).
        """
        if direction not in ("isotropic", "vertical"):
            raise GeometryError(f"an etch is isotropic or vertical, not {direction!r}")
        speed = {m: number_in_range(r, f"the etch rate of {m}") * TICKS_PER_METRE for m, r in rates.items()}
        by_name = {name: speed[m] for name, m in self.materials.items() if self.has(name) and speed.get(m)}
        if number_in_range(duration, "duration") == 0.0 or not by_name:
            return self
        if direction == "vertical":
            return self._of(*fronts.etched_down(self, by_name, duration))
        if len(set(by_name.values())) > 1:
            attacked = ", ".join(sorted({self.materials[name] for name in by_name}))
            raise GeometryError(f"a wet etch of {attacked} at different rates at once is not followed in plan: etch one after the other")
        return self._of(*fronts.etched_round(self, tuple(by_name), next(iter(by_name.values())) * duration))

    def stripped(self, names: Collection[str]) -> Stack:
        """The parts of the named regions that open air reaches, also through one another, become air; buried parts stay."""
        wanted = set(self._known([names] if isinstance(names, str) else names))
        cells = self.reached(lambda p, name: name == AIR or name in wanted)
        return self._of(*fronts.removed(self, lambda p, k, name: (p, k) in cells))

    def simplified(self, tolerance: float) -> Stack:
        """The same faces with fewer corners: one goes where its triangle with its neighbours is smaller than tolerance^2 [m^2].

        Neighbours keep their common edges. Edges move by about the tolerance at most; volumes by what lies between.
        """
        size = number_in_range(tolerance, "a tolerance") * TICKS_PER_METRE
        simple = shapely.coverage_simplify(np.array(self.shapes, dtype=object), size)
        return replace(self, shapes=tuple(shapely.MultiPolygon(list(polygons(shape))) for shape in simple))

    def without(self, names: Collection[str]) -> Stack:
        """The stack with all of some regions turned into air, buried or not."""
        wanted = set(self._known(names))
        return self._of(*fronts.removed(self, lambda p, k, name: name in wanted))

    def thinned(self, thickness: float) -> Stack:
        """The carrier ground from below to `thickness` [m]."""
        floor = -ticks(length_in_range(thickness, "thickness"))
        if floor < self.towers[0][0][1]:
            raise GeometryError(f"a carrier of {-self.floor * 1e6:.6g} um cannot be thinned to {thickness * 1e6:.6g} um")
        if any(tower[0][2] <= floor for tower in self.towers):
            raise GeometryError(f"thinning to {thickness * 1e6:.6g} um would grind into more than the carrier")
        return replace(self, towers=tuple(((tower[0][0], floor, tower[0][2]), *tower[1:]) for tower in self.towers))

    def with_image(self, name: str, material: str, section: Section) -> Stack:
        """A round body of the axisymmetric section set into the air here as terraces about the bump's centre, and marked imported.

        Each terrace has the body's heights at its mean radius; an end within 3 nm of a layer's is put on it, so that they touch.
        """
        fresh(name, self.names)
        radii = _terraces(section, name)
        stack = self._raised(ticks(section.bounds(name)[3]) + CLEARANCE)
        discs = [stack._ticked(Area.about(((0.0, radius),))) for radius in radii[1:]]
        cut = overlaid(stack.shapes, discs)
        middle = np.sqrt((radii[1:] ** 2 + radii[:-1] ** 2) / 2)
        middle[0] = 0.0 if radii[0] == 0.0 else middle[0]  # a ball rests on its lowest point
        heights = [_heights(section, name, radius) for radius in middle]
        towers = []
        for own, inside in zip(cut.owner, cut.inside, strict=True):
            tower = stack.towers[own]
            if inside.any():
                ends = sorted({z for _, a, b in tower for z in (a, b)})
                wanted = [(_on(a, ends), _on(b, ends)) for a, b in heights[int(np.flatnonzero(inside)[0])]]
                tower = fronts.with_layer(tower, name, [(a, b) for a, b in wanted if b > a])
            towers.append(tower)
        made = stack._with_new(cut.faces, towers, name, material, "its place is taken")
        return replace(made, imported=made.imported | {name})

    def outline_about(self, x: float, y: float, is_bare: Callable[[str], bool], through: Collection[str] = ()) -> shapely.Polygon | None:
        """The bare surface round a place [m] whose regions pass `is_bare`, seen from above; None where the place itself is not such.

        Regions in `through` count as air: what is liquid, or will be.
        """
        bare = []
        for part, tower in zip(self.neighbours.parts, self.part_towers, strict=True):
            if is_bare(next((name for name, _, _ in reversed(tower) if name != AIR and name not in through), AIR)):
                bare.append(part)
        point = shapely.Point(ticks(x), ticks(y))
        for piece in polygons(shapely.coverage_union_all(np.array(bare, dtype=object))) if bare else ():
            if shapely.intersects(piece, point):
                return shapely.transform(piece, lambda xy: xy / TICKS_PER_METRE)
        return None


def _moved(lean: float, twice_height: int) -> int:
    """How far a leaning wall stands outwards at a height above where it was drawn, in steps of 50 nm [ticks]."""
    return round(lean * twice_height / 2 / _STEP) * _STEP


def _cutter(name: str, lean: float, bottom: int, top: int, middle: int) -> tuple[str, int, int]:
    """A region's opening in a layer: its walls at half the layer's height and, from there, at its foot [ticks]."""
    return name, _moved(lean, bottom + top - 2 * middle), -_moved(lean, top - bottom)


def _terraces(section: Section, name: str) -> np.ndarray:
    """Radii at which the terraces of a round body end [m], from the axis out: its corners, and enough between them."""
    xz = shapely.get_coordinates(section.shape(name))
    low, high = float(xz[:, 0].min()), float(xz[:, 0].max())
    step = (high - low) / _TERRACES
    kept = [low, high]
    for ring in shapely.get_rings(section.shape(name)):
        points = shapely.get_coordinates(ring)[:-1]
        before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
        turn = np.abs(np.angle((after[:, 0] + 1j * after[:, 1]) / (before[:, 0] + 1j * before[:, 1])))
        kept += points[turn > 0.2, 0].tolist()  # rad; the polygon of an arc turns by far less at each point
    corners = [0.0]
    for radius in sorted(kept):
        if radius - corners[-1] > 1e-9:
            corners.append(radius)
    radii = [corners[0]]
    for a, b in itertools.pairwise(corners):
        count = max(1, math.ceil((b - a) / max(step, 1e-12))) if b > low else 1
        # equal steps of angle about a ball's middle: its rim is steep, its top is flat
        radii += [a + (b - a) * math.sin(math.pi / 2 * k / count) for k in range(1, count + 1)]
    return np.array(radii)


def _heights(section: Section, name: str, radius: float) -> list[tuple[int, int]]:
    upright = shapely.LineString([(max(radius, 1e-10), section.floor), (max(radius, 1e-10), section.ceiling)])
    hit = shapely.intersection(section.shape(name), upright)
    return [(ticks(part.bounds[1]), ticks(part.bounds[3])) for part in shapely.get_parts(hit) if part.length > 0.0]


def _on(height: int, ends: list[int]) -> int:
    nearest = min(ends, key=lambda end: abs(end - height))
    return nearest if abs(nearest - height) <= _TOUCH else height
