"""The section: an exact cut through the cell, partitioned into named regions without gaps or overlaps after every operation.

Coordinates are (x, z) in metres: x is the radius of an axisymmetric cut or the distance along a planar one, both ends are mirror
walls; the carrier's top starts at z = 0. Operations are participles and return a new section; see `fronts` for how fronts move.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely

from waferbump.geometry import fronts, pools, queries
from waferbump.geometry.area import Area, Spans
from waferbump.geometry.cut import KINDS, Cut, PartitionReport, Region
from waferbump.geometry.cut_line import Line, sliced
from waferbump.geometry.partition import AIR, NANOMETRE, TICKS_PER_METRE, GeometryError, Partition, polygons, ticks, to_ticks

__all__ = ["GeometryError", "PartitionReport", "Region", "Section"]

CLEARANCE = ticks(10e-6)  # a ceiling that has to rise leaves this much air above the highest solid
THINNEST = 1e-9  # [m] the simplification gives up triangles of (1 nm)^2, so a film below this would not survive
PLACING_SLIVER = 2.0 * NANOMETRE  # how deep a placed body may press into a solid: the chord error of two round outlines


@dataclass(frozen=True)
class Section(Cut):
    """A cut (see `Cut` for what it can be asked) with the operations that change it."""

    @classmethod
    def blank(cls, kind: str, width: float, *, name: str = "carrier", material: str, thickness: float, headroom: float = 100e-6,
              line: Line = ()) -> Section:
        """A bare carrier with its top at z = 0: width [m], thickness [m], headroom of air above it [m], line of a planar cut [m]."""
        if kind not in KINDS:
            raise GeometryError(f"a section is one of {', '.join(KINDS)}, not {kind!r}")
        sizes = ((width, "width"), (thickness, "thickness"), (headroom, "headroom"))
        w, t, h = (ticks(length_in_range(value, what)) for value, what in sizes)
        fresh(name, ())
        shapes = {name: shapely.box(0, -t, w, 0), AIR: shapely.box(0, 0, w, h)}
        return cls._of(Partition(w, -t, h, shapes).claimed({}), kind, {name: material}, line)

    def _became(self, partition: Partition, **materials: str) -> Section:
        return Section._of(partition, self.kind, {region.name: region.material for region in self.regions} | materials, self.line)

    def _with_new(self, partition: Partition, name: str, material: str, shape, why: str) -> Section:
        if not isinstance(material, str) or not material or material == AIR:
            raise GeometryError(f"{material!r} cannot be the material of {name!r}")
        if len(polygons(shape)) == 0:
            raise GeometryError(f"nothing of {name!r} is left to place: {why}")
        top = max(partition.top, math.ceil(shape.bounds[3]))
        return self._became(partition.raised(top + CLEARANCE).claimed({name: shape}), **{name: material})

    def _with_room(self, height: int) -> Partition:
        return self._partition.raised(max(self._partition.top, 0) + height + CLEARANCE) if (
            self._partition.top + height + CLEARANCE > self._partition.ceiling) else self._partition

    def _measure(self, edges: np.ndarray) -> float:
        return queries.volume_of_revolution(edges) if self.kind == "axisymmetric" else queries.area_of(edges)

    def _amount_in_ticks(self, amount: float, what: str) -> float:
        return number_in_range(amount, what) * TICKS_PER_METRE ** (3 if self.kind == "axisymmetric" else 2)

    def _thickness(self, value: float) -> int:
        length_in_range(value, "thickness")
        if value > 10.0 * max(self.width, self.ceiling - min(self.floor, 0.0)):
            raise GeometryError(f"a thickness of {value * 1e6:.6g} um is more than ten times the size of the cell")
        return ticks(value)

    def grown(self, name: str, material: str, thickness: float, *, sides: float = 1.0, on: Collection[str] | None = None) -> Section:
        """A conformal film on every surface that open air touches: the Minkowski sum with an ellipse of half axes (sides * t, t).

        thickness t [m]; sides = thickness on a vertical wall / on a flat, in (0, 1]; on = regions whose exposed surface alone grows,
        with distance measured through the air round corners.
        """
        fresh(name, self.names)
        t = self._thickness(thickness)
        if not (math.isfinite(sides) and 0.0 < sides <= 1.0):
            raise GeometryError(f"sides is a fraction above 0 and up to 1, not {sides!r}")
        partition = self._with_room(t)
        if on is None:
            return self._with_new(partition, name, material, fronts.conformal(partition, t, sides), "no surface is open to the air")
        on = self._known([on] if isinstance(on, str) else on)
        film = fronts.from_body(partition, on, t, sides).region()
        if sides != 1.0:
            film = shapely.transform(film, lambda xz: xz * np.array([sides, 1.0]))
        film = shapely.intersection(film, partition.open_air)
        return self._with_new(partition, name, material, film, f"no surface of {', '.join(on)} is open to the air")

    def coated(self, name: str, material: str, level: float) -> Section:
        """A planarising coat: all open air below z = level [m] becomes the region."""
        return self.filled(name, material, level=level)

    def laminated(self, name: str, material: str, thickness: float, *, bridges: float, fills: float = 0.0) -> Section:
        """A dry film of thickness [m] that follows the surface and spans flat every gap narrower than `bridges` [m].

        At the axis a gap counts 2 r wide. A gap no deeper than `fills` [m] is filled by the film; air under any other span stays, trapped.
        """
        fresh(name, self.names)
        t, gap, depth = self._thickness(thickness), ticks(number_in_range(bridges, "bridges")), ticks(number_in_range(fills, "fills"))
        partition = self._with_room(t)
        film = shapely.intersection(fronts.foil(partition, t, gap, depth), partition.open_air)
        return self._with_new(partition, name, material, film, "no surface is open to the air")

    def seen(self, area: Area | Spans) -> Spans:
        """What this cut sees of a part of the plan: intervals (inner, outer) [m]."""
        if not isinstance(area, Area):
            return area
        spans = area.round(self.width) if self.kind == "axisymmetric" else area.along(self.line)
        return tuple((a, min(b, self.width)) for a, b in spans if min(b, self.width) - a > 1e-11)

    def opened(self, openings: Mapping[str, Area | Spans], *, at: float, angles: Mapping[str, float] | float = math.pi / 2) -> Section:
        """Openings cut into regions: per region a part of the plan, or the intervals (inner, outer) [m], at height z = at [m].

        Walls lean by `angles` [rad] from the horizontal: pi/2 vertical, less widens upwards (outer(z) = outer + (z - at) / tan angle),
        more is undercut. Only what a developer reaches from open air, through what it removes, goes.
        """
        partition, cuts = self._partition, {}
        if not math.isfinite(at):
            raise GeometryError(f"the height of an opening is a finite number, not {at!r}")
        for name in self._known(openings):
            angle = angles.get(name, math.pi / 2) if isinstance(angles, Mapping) else angles
            if not (math.isfinite(angle) and 0.01 < angle < math.pi - 0.01):
                raise GeometryError(f"a wall angle lies between 0.01 and pi - 0.01 rad, not {angle!r}")
            pieces = []
            for inner, outer in self.seen(openings[name]):
                if not (math.isfinite(inner) and math.isfinite(outer) and 0.0 <= inner < outer <= self.width * (1 + 1e-9)):
                    raise GeometryError(
                        f"an opening in {name!r} from {inner!r} to {outer!r} m does not lie in the cell of {self.width!r} m")
                ends = (ticks(inner), ticks(outer))  # rounded, so that the width is the wall itself
                pieces.append(pools.cut(ends, at * TICKS_PER_METRE, angle, partition.shapes[name].bounds, partition.width))
            if pieces:
                cuts[name] = shapely.union_all(pieces)
        return self._became(partition.claimed({AIR: pools.opened(partition, cuts)}))

    def dissolved(self, shapes: Mapping[str, object]) -> Section:
        """Parts of regions, as polygons in (x, z) [m], taken away as far as open air reaches them, through what goes with them."""
        partition = self._partition
        cuts = {name: shapely.make_valid(to_ticks(shapes[name])) for name in self._known(shapes)}
        return self._became(partition.claimed({AIR: pools.opened(partition, cuts)}))

    def released(self, areas: Mapping[str, Area]) -> Section:
        """Regions gone over parts of the plan, whatever lies over them: what an etchant has dissolved that came in beside the cut."""
        partition, gone = self._partition, []
        for name in self._known(areas):
            for inner, outer in self.seen(areas[name]):
                column = shapely.box(ticks(inner), partition.floor, ticks(outer), partition.ceiling)
                gone += list(polygons(shapely.intersection(partition.shapes[name], column, grid_size=1.0)))
        return self._became(partition.claimed({AIR: shapely.union_all(gone, grid_size=1.0)})) if gone else self

    def without(self, names: Collection[str]) -> Section:
        """The section with all of some regions turned into air, buried or not."""
        gone = [part for name in self._known(names) for part in polygons(self._partition.shapes[name])]
        return self._became(self._partition.claimed({AIR: shapely.union_all(gone, grid_size=1.0)}))

    def with_image(self, name: str, material: str, section: Section) -> Section:
        """The slice that this planar cut takes out of a round body of an axisymmetric section, where there is air for it."""
        fresh(name, self.names)
        body = to_ticks(sliced(section.shape(name), self.line))
        partition = self._partition.raised(math.ceil(body.bounds[3]) + CLEARANCE)
        body = shapely.intersection(body, partition.air, grid_size=1.0)
        return self._with_new(partition, name, material, body, "its place is taken")

    def etched(self, rates: Mapping[str, float], duration: float, *, direction: str = "isotropic") -> Section:
        """Materials removed by a front that advances only where open air touches it: rates [m/s] by material, absent = 0, duration [s].

        direction `isotropic`: distance along the path through the material. `vertical`: straight down, shadowed by overhangs.
        """
        if direction not in ("isotropic", "vertical"):
            raise GeometryError(f"an etch is isotropic or vertical, not {direction!r}")
        speed = {material: number_in_range(rate, f"the etch rate of {material}") * TICKS_PER_METRE for material, rate in rates.items()}
        number_in_range(duration, "duration")
        by_name = {region.name: speed[region.material] for region in self.regions if region.name != AIR and speed.get(region.material)}
        if duration == 0.0 or not by_name:
            return self
        front = fronts.etched_isotropically if direction == "isotropic" else fronts.etched_vertically
        return self._became(front(self._partition, by_name, duration))

    def filled(self, name: str, material: str, *, level: float | None = None, volume: float | None = None,
               within: float | None = None) -> Section:
        """Open air inside x <= within [m] filled from the bottom up, to z = level [m] or until `volume` [m^3; m^2 planar] is placed."""
        fresh(name, self.names)
        if (level is None) == (volume is None):
            raise GeometryError("a filling needs either a level or a volume")
        inside = None if within is None else min(ticks(length_in_range(within, "within")), ticks(self.width))
        partition = self._partition
        if level is not None:
            if not math.isfinite(level) or abs(level) > 100.0 * (self.width + self.ceiling - self.floor):
                raise GeometryError(f"a level of {level!r} m makes no sense in this cell")
            height = ticks(level)
            partition = partition.raised(height + CLEARANCE) if height >= partition.ceiling else partition
        else:
            amount = self._amount_in_ticks(_positive(volume, "volume"), "volume")
            height = pools.level_for(partition, amount, inside, self._measure)
        shape = pools.below(partition, height, inside)
        return self._with_new(partition, name, material, shape, f"no open air lies below z = {height / TICKS_PER_METRE * 1e6:.6g} um")

    def enlarged(self, name: str, *, thickness: float | None = None, volume: float | None = None) -> Section:
        """Isotropic growth of a region from its own exposed surface, round a rim too, by a distance [m] or until `volume` is added.

        Over a flush rim of radius a growth by s adds V = pi a^2 s + pi^2 a s^2 / 2 + 2 pi s^3 / 3.
        """
        self._known([name])
        if (thickness is None) == (volume is None):
            raise GeometryError("an enlargement needs either a thickness or a volume")
        if not self.exposed_spans(name):
            raise GeometryError(f"nothing of {name!r} is open to the air, so it cannot grow")
        if thickness is not None:
            t = self._thickness(thickness)
            partition = self._with_room(t)
            added = shapely.intersection(fronts.from_body(partition, [name], t).region(), partition.open_air)
        else:
            amount = self._amount_in_ticks(_positive(volume, "volume"), "volume")
            start = 1.05 * amount / max(self.exposed_amount(name) * TICKS_PER_METRE ** (2 if self.kind == "axisymmetric" else 1), 1.0)
            most = 10 * ticks(max(self.width, self.ceiling - self.floor))
            if start > most:
                raise GeometryError(f"a volume of {volume!r} is too much for the exposed surface of {name!r}")
            partition = self._with_room(math.ceil(start) + NANOMETRE)
            added = pools.grown_by(partition, name, amount, max(start, NANOMETRE), self._measure)
        return self._with_new(partition, name, self.region(name).material, added, "it does not grow")

    def placed(self, name: str, material: str, shape) -> Section:
        """A body with the given outline (polygon in (x, z) [m]) set into open air; it may press into solids by 2 nm at most.

        A body across the axis (or wall x = 0) must be its own mirror image.
        """
        fresh(name, self.names)
        is_shape = isinstance(shape, (shapely.Polygon, shapely.MultiPolygon)) and not shape.is_empty
        if not is_shape or not np.isfinite(shapely.get_coordinates(shape)).all():
            raise GeometryError(f"the shape of {name!r} is not a polygon with finite corners")
        # rounding may make an outline touch or cross itself, and leave lines and points beside areas
        sound = shapely.make_valid(to_ticks(shape), method="structure", keep_collapsed=False)
        body = shapely.multipolygons(polygons(sound))
        self._fits_walls(name, body)
        partition = self._partition.raised(math.ceil(body.bounds[3]) + CLEARANCE)
        body = shapely.intersection(body, shapely.box(0, partition.floor, partition.width, partition.ceiling), grid_size=1.0)
        core = shapely.buffer(body, -PLACING_SLIVER)
        stuck = shapely.difference(core, partition.open_air)
        if stuck.area > 0.0 or body.bounds[1] < partition.floor:
            hit = [region.name for region in self.regions if region.name != AIR and core.intersects(partition.shapes[region.name])]
            where = ", ".join(hit) or "trapped air"
            raise GeometryError(f"{name!r} does not fit: {stuck.area / 1e10:.4g} um^2 of its outline would lie in {where}")
        return self._with_new(partition, name, material, shapely.intersection(body, partition.open_air), "its place is not open to the air")

    def _fits_walls(self, name: str, body) -> None:
        width = self._partition.width
        if body.bounds[2] > width + PLACING_SLIVER:
            raise GeometryError(f"{name!r} reaches to x = {body.bounds[2] / 1e5:.6g} um, past the wall of the cell at {width / 1e5:.6g} um")
        if body.bounds[0] < -PLACING_SLIVER:
            image = shapely.transform(body, lambda xz: xz * np.array([-1.0, 1.0]))
            if shapely.symmetric_difference(body, image).area > PLACING_SLIVER * body.length:
                raise GeometryError(f"{name!r} reaches across x = 0 and is not its own mirror image there")

    def stripped(self, names: Collection[str]) -> Section:
        """The parts of the named regions that open air reaches, also through one another, become air; buried parts stay."""
        partition = self._partition
        return self._became(partition.claimed({AIR: pools.stripped(partition, self._known([names] if isinstance(names, str) else names))}))

    def thinned(self, thickness: float) -> Section:
        """The carrier ground from below to `thickness` [m]."""
        floor = -ticks(length_in_range(thickness, "thickness"))
        old = self._partition
        if floor < old.floor:
            raise GeometryError(f"a carrier of {-self.floor * 1e6:.6g} um cannot be thinned to {thickness * 1e6:.6g} um")
        slab = shapely.box(0, old.floor, old.width, floor)
        if floor > old.floor and sum(shapely.intersection(shape, slab).area > 0.0 for shape in old.shapes.values()) > 1:
            raise GeometryError(f"thinning to {thickness * 1e6:.6g} um would grind into more than the carrier")
        cell = shapely.box(0, floor, old.width, old.ceiling)
        shapes = {name: shapely.intersection(shape, cell, grid_size=1.0) for name, shape in old.shapes.items()}
        return self._became(Partition(old.width, floor, old.ceiling, {n: s for n, s in shapes.items() if len(polygons(s))}).claimed({}))

    def merged(self, names: Collection[str], *, into: str, material: str) -> Section:
        """Several regions become one, named `into` (a new name or one of theirs)."""
        names = self._known(names)
        fresh(into, [name for name in self.names if name not in names])
        old = self._partition
        whole = shapely.coverage_union_all(np.concatenate([polygons(old.shapes[name]) for name in names]))
        shapes = {}
        for name, shape in old.shapes.items():
            if name not in names:
                shapes[name] = shape
            elif into not in shapes:
                shapes[into] = whole
        return self._became(Partition(old.width, old.floor, old.ceiling, shapes).claimed({}), **{into: material})

    def with_material(self, name: str, material: str) -> Section:
        """The same section with a region made of another material."""
        self._known([name])
        return replace(self, regions=tuple(replace(r, material=material) if r.name == name else r for r in self.regions))

    def with_ceiling(self, z: float) -> Section:
        """The same section with its ceiling at z [m], above everything that is not air."""
        old = self._partition
        if not math.isfinite(z) or ticks(z) <= old.top:
            raise GeometryError(f"a ceiling at {z!r} m does not lie above the highest solid at {old.top / TICKS_PER_METRE!r} m")
        if ticks(z) >= old.ceiling:
            return self._became(old.raised(ticks(z)).claimed({}))
        air = shapely.intersection(old.air, shapely.box(0, old.floor, old.width, ticks(z)), grid_size=1.0)
        return self._became(Partition(old.width, old.floor, ticks(z), {**old.shapes, AIR: air}).claimed({}))


def fresh(name: str, taken: Collection[str]) -> None:
    """GeometryError for a name that no new region can have."""
    if not isinstance(name, str) or not name or name == AIR or "\0" in name:
        raise GeometryError(f"{name!r} cannot name a region")
    if name in taken:
        raise GeometryError(f"there is a region {name!r} already")


def number_in_range(value: float, what: str) -> float:
    """The number; GeometryError for one that is not finite or below zero."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not math.isfinite(value) or value < 0.0:
        raise GeometryError(f"{what} is a finite number and not negative, not {value!r}")
    return float(value)


def _positive(value: float, what: str) -> float:
    if number_in_range(value, what) == 0.0:
        raise GeometryError(f"{what} is above zero")
    return float(value)


def length_in_range(value: float, what: str) -> float:
    """The length; GeometryError for one that no section can hold."""
    if number_in_range(value, what) < THINNEST:
        raise GeometryError(f"{what} of {value!r} m is below the {THINNEST * 1e9:g} nm that a section can hold")
    if value > 1.0:
        raise GeometryError(f"{what} of {value!r} m is above one metre")
    return float(value)
