"""What a stack of plan faces can be asked: who lies where, how much of it, who touches whom, and what leads from one to another.

Coordinates are metres; inside, whole ticks of 10 pm, so that heights and common edges are equal bit for bit.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import shapely

from waferbump.geometry.partition import AIR, TICKS_PER_METRE, GeometryError, polygons, ticks, to_metres, to_ticks
from waferbump.geometry.tiling import Neighbours

Tower = tuple[tuple[str, int, int], ...]  # layers (region, bottom, top) [ticks] from the floor to the ceiling, without gaps
Cell = tuple[int, int]  # (part of the tiling, number of the layer in its tower)


@dataclass(frozen=True)
class Layer:
    """One layer of a column: a region from `bottom` to `top` [m]."""

    name: str
    bottom: float
    top: float


@dataclass(frozen=True)
class Column:
    """A part of the plan with the layers that stand on it, from the carrier's back to the ceiling, air included."""

    shape: shapely.MultiPolygon
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class StackQuestions:
    """The plan of a site in faces, each with its layers (2.5-D: every wall is vertical).

    shapes : plan shape of every tower [ticks];  towers : their layers [ticks];  materials : by region, in the order of making
    imported : regions that came as the image of a round body in terraces
    """

    shapes: tuple[shapely.MultiPolygon, ...]
    towers: tuple[Tower, ...]
    materials: Mapping[str, str]
    imported: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def window(self) -> tuple[float, float, float, float]:
        """The site, (x0, y0, x1, y1) [m]; the bump's centre is the origin."""
        return tuple(float(edge) / TICKS_PER_METRE for edge in shapely.total_bounds(np.array(self.shapes, dtype=object)))

    @property
    def floor(self) -> float:
        """Back of the carrier [m]."""
        return self.towers[0][0][1] / TICKS_PER_METRE

    @property
    def ceiling(self) -> float:
        """Top of the air [m]."""
        return self.towers[0][-1][2] / TICKS_PER_METRE

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of all regions in the order in which they were made, `air` last."""
        present = {name for tower in self.towers for name, _, _ in tower}
        return (*(name for name in self.materials if name in present), AIR)

    def has(self, name: str) -> bool:
        """Whether there is a region of that name."""
        return name in self.names

    def material(self, name: str) -> str:
        """Material of a region."""
        return AIR if name == AIR else self.materials[self._known([name])[0]]

    def names_of(self, material: str) -> tuple[str, ...]:
        """Names of the regions made of a material."""
        return tuple(name for name in self.names if name != AIR and self.materials[name] == material)

    def _known(self, names: Collection[str]) -> list[str]:
        for name in names:
            if name == AIR or not self.has(name):
                raise GeometryError(f"there is no region {name!r}; there are {', '.join(n for n in self.names if n != AIR)}")
        return list(dict.fromkeys(names))

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All faces with their layers [m]; their shapes tile the window."""
        shapes = to_metres(np.array(self.shapes, dtype=object))
        metres = [tuple(Layer(n, a / TICKS_PER_METRE, b / TICKS_PER_METRE) for n, a, b in tower) for tower in self.towers]
        return tuple(Column(shape, layers) for shape, layers in zip(shapes, metres, strict=True))

    def column_at(self, x: float, y: float) -> tuple[Layer, ...]:
        """Layers at a place [m], from the carrier up; on an edge, one of the two sides."""
        point = shapely.Point(round(x * TICKS_PER_METRE), round(y * TICKS_PER_METRE))
        for number, shape in enumerate(self.shapes):
            if shapely.intersects(shape, point):
                return self.columns[number].layers
        raise GeometryError(f"x = {x * 1e6:.6g} um, y = {y * 1e6:.6g} um lies outside the site")

    def thickness_at(self, x: float, y: float, name: str) -> float:
        """Total thickness of a region at a place [m]."""
        return math.fsum(layer.top - layer.bottom for layer in self.column_at(x, y) if layer.name == name)

    def surface_height(self, x: float, y: float) -> float:
        """Height of the top of the highest thing that is not air at a place [m]."""
        return next((layer.top for layer in reversed(self.column_at(x, y)) if layer.name != AIR), self.floor)

    @cached_property
    def field_height(self) -> float:
        """Height of the surface on most of the site [m]: the one that covers the largest area."""
        areas: dict[int, float] = {}
        for shape, tower in zip(self.shapes, self.towers, strict=True):
            areas[tower[-1][1]] = areas.get(tower[-1][1], 0.0) + shape.area
        return max(areas, key=areas.get) / TICKS_PER_METRE

    @property
    def highest(self) -> float:
        """Highest point of anything that is not air [m]."""
        return max(tower[-1][1] for tower in self.towers) / TICKS_PER_METRE

    def prisms(self, name: str) -> list[tuple[shapely.MultiPolygon, float, float]]:
        """(plan shape, bottom, top) [m] of every piece of a region; of neighbouring pieces with the same heights one is made."""
        found: dict[tuple[float, float], list] = {}
        for column in self.columns:
            for layer in column.layers:
                if layer.name == name:
                    found.setdefault((layer.bottom, layer.top), []).append(column.shape)
        return [(_joined(shapes), bottom, top) for (bottom, top), shapes in found.items()]

    def plan_area(self, name: str) -> shapely.MultiPolygon:
        """Where a region is, seen from above [m]."""
        here = [c.shape for c, tower in zip(self.columns, self.towers, strict=True) if any(n == name for n, _, _ in tower)]
        return _joined(here)

    def seen_from_above(self) -> list[tuple[str, shapely.MultiPolygon]]:
        """The topmost region by place, with its part of the plan [m]."""
        found: dict[str, list] = {}
        for column in self.columns:
            found.setdefault(next((layer.name for layer in reversed(column.layers) if layer.name != AIR), AIR), []).append(column.shape)
        return [(name, _joined(shapes)) for name, shapes in found.items()]

    def bounds(self, name: str) -> tuple[float, float]:
        """Lowest and highest point of a region [m]."""
        levels = [z for tower in self.towers for n, a, b in tower if n == name for z in (a, b)]
        if not levels:
            self._known([name])
        return min(levels) / TICKS_PER_METRE, max(levels) / TICKS_PER_METRE

    def volume(self, name: str) -> float:
        """Volume of a region [m^3]: the sum of area times height over its prisms."""
        whole = (s.area * (b - a) for s, tower in zip(self.shapes, self.towers, strict=True) for n, a, b in tower if n == name)
        return math.fsum(whole) / TICKS_PER_METRE**3

    @cached_property
    def neighbours(self) -> Neighbours:
        """Parts of the plan and the edges between them."""
        return Neighbours.among(self.shapes)

    @cached_property
    def part_towers(self) -> tuple[Tower, ...]:
        """The layers on every part of the plan."""
        return tuple(self.towers[number] for number in self.neighbours.of)

    def reached(self, passes: Callable[[int, str], bool], start: Collection[Cell] | None = None) -> set[Cell]:
        """Layers on parts of the plan that are joined to the start (the open air's top) through what `passes(part, region)` lets by.

        Two layers are joined when one lies on the other, or when they share a piece of wall; an edge alone does not count.
        """
        return self.reached_cells(lambda p, _, name: passes(p, name), start)

    def reached_cells(self, passes: Callable[[int, int, str], bool], start: Collection[Cell] | None = None) -> set[Cell]:
        """As `reached`, where `passes(part, number of the layer, region)` tells layers of one region apart."""
        towers = self.part_towers
        free = [[(k, a, b) for k, (name, a, b) in enumerate(tower) if passes(p, k, name)] for p, tower in enumerate(towers)]
        open_to = [{k for k, _, _ in row} for row in free]
        if start is None:
            start = [(p, len(tower) - 1) for p, tower in enumerate(towers) if tower[-1][0] == AIR]
        seen = set(start)
        todo = list(seen)
        while todo:
            p, k = todo.pop()
            _, low, high = towers[p][k]
            near = [(p, j) for j in (k - 1, k + 1) if j in open_to[p]]
            near += [(q, j) for q in self.neighbours.beside[p] for j, a, b in free[q] if min(high, b) > max(low, a)]
            for cell in near:
                if cell not in seen:
                    seen.add(cell)
                    todo.append(cell)
        return seen

    @cached_property
    def open_air(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """For each part of the plan the stretches of height (bottom, top) [ticks] that are air and joined to the ceiling."""
        towers = self.part_towers
        if all(name != AIR for tower in towers for name, _, _ in tower[:-1]):
            return tuple(((tower[-1][1], tower[-1][2]),) for tower in towers)
        cells = self.reached(lambda _, name: name == AIR)
        return tuple(
            tuple((a, b) for k, (_, a, b) in enumerate(tower) if (p, k) in cells) for p, tower in enumerate(towers)
        )

    def cells_of(self, names: Collection[str]) -> list[Cell]:
        """Layers on parts of the plan that belong to some regions."""
        return [(p, k) for p, tower in enumerate(self.part_towers) for k, (name, _, _) in enumerate(tower) if name in names]

    def contact(self, one: str, other: str) -> float:
        """Area of the interface of two regions [m^2]: what lies on one another and what stands wall to wall."""
        return self._interface(one, other) / TICKS_PER_METRE**2

    def _interface(self, one: str, other: str) -> float:
        pair, area = {one, other}, 0.0
        for part, tower in zip(self.neighbours.parts, self.part_towers, strict=True):
            area += part.area * sum({a[0], b[0]} == pair for a, b in itertools.pairwise(tower))
        for (p, q), length in self.neighbours.pairs.items():
            for name, low, high in self.part_towers[p]:
                if name in pair:
                    (wanted,) = pair - {name}
                    area += length * sum(max(0, min(high, b) - max(low, a)) for n, a, b in self.part_towers[q] if n == wanted)
        return area

    def touching(self, name: str) -> frozenset[str]:
        """Names of the regions that share a piece of surface with a region."""
        found = set()
        for p, k in self.cells_of([self._known([name])[0]]):
            tower = self.part_towers[p]
            found |= {tower[j][0] for j in (k - 1, k + 1) if 0 <= j < len(tower)}
            _, low, high = tower[k]
            found |= {n for q in self.neighbours.beside[p] for n, a, b in self.part_towers[q] if min(high, b) > max(low, a)}
        return frozenset(found - {name})

    def bare_area(self, name: str) -> shapely.MultiPolygon:
        """Where open air lies on a region, seen from above [m]."""
        bare = []
        for part, tower, air in zip(self.neighbours.parts, self.part_towers, self.open_air, strict=True):
            bottoms = {a for a, _ in air}
            if any(n == name and b in bottoms for n, _, b in tower):
                bare.append(part)
        return _joined(to_metres(np.array(bare, dtype=object)))

    def exposed(self, name: str) -> bool:
        """Whether open air touches a region, from above, below or beside."""
        for p, k in self.cells_of([name]):
            _, low, high = self.part_towers[p][k]
            if any(low in air or high in air for air in self.open_air[p]):
                return True
            if any(min(high, b) > max(low, a) for q in self.neighbours.beside[p] for a, b in self.open_air[q]):
                return True
        return False

    def joined_to(self, start: Collection[str], through: Collection[str]) -> frozenset[str]:
        """Regions among `through` that hang together with the starting ones, directly or through one another."""
        cells = self.reached(lambda _, name: name in through, self.cells_of(start))
        return frozenset(self.part_towers[p][k][0] for p, k in cells)

    def path(self, start: str, end: str, through: Collection[str]) -> tuple[str, ...]:
        """Regions that lead from one region to another through touching bodies of `through`, both ends included; empty when nothing does.

        Pieces count, not names: a region that lies in two pieces joins nothing across the gap between them. Among the paths the one
        that crosses the fewest interfaces is given.
        """
        allowed = {*through, start, end}
        towers = self.part_towers
        came: dict[Cell, Cell | None] = dict.fromkeys(self.cells_of([start]))
        ring = list(came)
        while ring:
            # spread inside the bodies first, so that a step of the ring is one interface
            todo, beyond = list(ring), []
            while todo:
                cell = todo.pop()
                p, k = cell
                name, low, high = towers[p][k]
                if name == end:
                    return self._names_back(cell, came)
                near = [(p, j) for j in (k - 1, k + 1) if 0 <= j < len(towers[p])]
                near += [(q, j) for q in self.neighbours.beside[p] for j, (_, a, b) in enumerate(towers[q]) if min(high, b) > max(low, a)]
                for other in near:
                    kind = towers[other[0]][other[1]][0]
                    if kind not in allowed or other in came:
                        continue
                    if kind == name:
                        came[other] = cell
                        todo.append(other)
                    else:
                        beyond.append((other, cell))
            ring = []
            for other, cell in beyond:
                if other not in came:
                    came[other] = cell
                    ring.append(other)
        return ()

    def _names_back(self, cell: Cell | None, came: Mapping[Cell, Cell | None]) -> tuple[str, ...]:
        names: list[str] = []
        while cell is not None:
            name = self.part_towers[cell[0]][cell[1]][0]
            if not names or names[-1] != name:
                names.append(name)
            cell = came[cell]
        return tuple(reversed(names))

    def floating(self) -> tuple[str, ...]:
        """Regions of which a part hangs in the air: nothing that it touches leads down to the carrier's back."""
        solid = self.reached(lambda _, name: name != AIR, [(p, 0) for p in range(len(self.part_towers))])
        loose = {tower[k][0] for p, tower in enumerate(self.part_towers) for k in range(len(tower)) if (p, k) not in solid} - {AIR}
        return tuple(name for name in self.names if name in loose)

    def check(self) -> str:
        """What is wrong with the tiling or its columns; empty when nothing is."""
        shapes = np.array(self.shapes, dtype=object)
        x0, y0, x1, y1 = shapely.total_bounds(shapes)
        whole, faults = (x1 - x0) * (y1 - y0), []
        if not shapely.coverage_is_valid(shapes):
            faults.append("edges of neighbouring faces do not match")
        if abs(float(shapely.area(shapes).sum()) - whole) > 1e-12 * whole:
            faults.append("the faces do not fill the window")
        for tower in self.towers:
            if any(a[2] != b[1] for a, b in itertools.pairwise(tower)) or any(b <= a for _, a, b in tower):
                faults.append("the layers of a face leave a gap or overlap")
        if len({(tower[0][1], tower[-1][2]) for tower in self.towers}) != 1:
            faults.append("the faces do not share floor and ceiling")
        return "; ".join(dict.fromkeys(faults))

    def to_record(self) -> dict:
        """A record for JSON that `from_record` reads back bit for bit."""
        faces = [{"wkb": shapely.to_wkb(shape, hex=True), "layers": tower} for shape, tower in zip(self.shapes, self.towers, strict=True)]
        return {"faces": faces, "materials": dict(self.materials), "imported": sorted(self.imported)}

    @classmethod
    def from_record(cls, record: Mapping):
        """The stack of a record made by `to_record`; a record that is none, or does not tile its window, is refused."""
        try:
            shapes = tuple(shapely.from_wkb(face["wkb"]) for face in record["faces"])
            towers = tuple(tuple((str(n), int(a), int(b)) for n, a, b in face["layers"]) for face in record["faces"])
            made = cls(shapes, towers, dict(record["materials"]), frozenset(record["imported"]))
            fault = made.check()
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, shapely.errors.ShapelyError) as error:
            raise GeometryError(f"this is no record of a stack: {error}") from error
        if fault:
            raise GeometryError(f"this record holds no valid stack: {fault}")
        return made


def _joined(shapes) -> shapely.MultiPolygon:
    if len(shapes) == 0:
        return shapely.MultiPolygon()
    whole = polygons(np.array(shapes, dtype=object))
    # back and forth through whole ticks, so that common edges are equal and fall away
    return to_metres(shapely.MultiPolygon(list(polygons(shapely.coverage_union_all(to_ticks(whole))))))


def in_ticks(value: float, what: str) -> int:
    """Whole ticks of a finite length [m]."""
    if isinstance(value, bool) or not math.isfinite(value):
        raise GeometryError(f"{what} is a finite number, not {value!r}")
    return ticks(value)
