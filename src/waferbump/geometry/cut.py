"""A cut through the cell that can be asked: regions, amounts, heights, contacts, its own validity, its record and its picture."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from waferbump.geometry import queries
from waferbump.geometry.partition import AIR, OPEN, TICKS_PER_METRE, GeometryError, Partition, polygons, shared, ticks, to_metres, to_ticks

KINDS = ("axisymmetric", "planar")


@dataclass(frozen=True)
class Region:
    """A named body of one material; its shape is in metres."""

    name: str
    material: str
    shape: shapely.MultiPolygon


@dataclass(frozen=True)
class PartitionReport:
    """Whether the regions tile the cell: gaps, overlaps and area_error are fractions of the cell's area."""

    valid: bool
    gaps: float
    overlaps: float
    area_error: float
    message: str


@dataclass(frozen=True)
class Cut:
    """Named regions that tile the cell [0, width] x [floor, ceiling] in metres; the region `air` is always the last.

    line : of a planar cut, the polyline through the plan that was unfolded, from x = 0 to x = width [m]
    """

    kind: str
    width: float
    floor: float
    ceiling: float
    regions: tuple[Region, ...]
    line: tuple[tuple[float, float], ...] = ()

    @classmethod
    def _of(cls, partition: Partition, kind: str, materials: Mapping[str, str], line: tuple[tuple[float, float], ...] = ()):
        names = [name for name in partition.shapes if name != AIR] + [AIR]
        low, high = partition.floor / TICKS_PER_METRE, partition.ceiling / TICKS_PER_METRE
        # the same order as in a section read back from a record, so that what follows is the same bit for bit
        shapes = {name: shapely.MultiPolygon(list(polygons(partition.shapes[name]))) for name in names}
        partition = Partition(partition.width, partition.floor, partition.ceiling, shapes)
        metres = to_metres(np.array(list(shapes.values()), dtype=object))
        regions = tuple(Region(name, materials.get(name, AIR), shape) for name, shape in zip(names, metres, strict=True))
        section = cls(kind, partition.width / TICKS_PER_METRE, low, high, regions, line)
        section.__dict__["_partition"] = partition
        return section

    @cached_property
    def _partition(self) -> Partition:
        shapes = to_ticks(np.array([region.shape for region in self.regions], dtype=object))
        named = {region.name: shape for region, shape in zip(self.regions, shapes, strict=True)}
        return Partition(ticks(self.width), ticks(self.floor), ticks(self.ceiling), named)

    @cached_property
    def _by_name(self) -> dict[str, Region]:
        return {region.name: region for region in self.regions}

    def _known(self, names: Collection[str]) -> list[str]:
        for name in names:
            if name == AIR or name not in self._by_name:
                raise GeometryError(f"there is no region {name!r}; there are {', '.join(n for n in self.names if n != AIR)}")
        return list(dict.fromkeys(names))

    def _any(self, name: str) -> str:
        return name if name == AIR else self._known([name])[0]

    def _edges(self, name: str) -> np.ndarray:
        return self._partition.edges(self._any(name))

    def _edges_of(self, name_or_material: str) -> list[np.ndarray]:
        if name_or_material in self._by_name:
            return [self._edges(name_or_material)]
        names = self.names_of(name_or_material)
        if not names:
            raise GeometryError(f"there is no region and no material {name_or_material!r}; there are {', '.join(self.names)}")
        return [self._edges(name) for name in names]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all regions, `air` last."""
        return tuple(region.name for region in self.regions)

    def has(self, name: str) -> bool:
        """Whether there is a region of that name."""
        return name in self._by_name

    def material(self, name: str) -> str:
        """Material of a region."""
        return self.region(name).material

    def region(self, name: str) -> Region:
        """The region of that name."""
        return self._by_name[self._any(name)]

    def names_of(self, material: str) -> tuple[str, ...]:
        """Names of the regions made of a material."""
        return tuple(region.name for region in self.regions if region.material == material)

    def shape(self, name: str) -> shapely.MultiPolygon:
        """The shape of a region [m]."""
        return self.region(name).shape

    def open_air(self) -> shapely.MultiPolygon:
        """The air that hangs together with the ceiling [m]; the rest is trapped."""
        return to_metres(self._partition.open_air)

    def bounds(self, name: str) -> tuple[float, float, float, float]:
        """(x0, z0, x1, z1) of a region [m]."""
        return self.shape(name).bounds

    def volume(self, name_or_material: str) -> float:
        """Volume of a region or of a material in the round cell [m^3]: V = 2 pi * integral of r dA, exact for polygons (Pappus)."""
        if self.kind != "axisymmetric":
            raise GeometryError("a planar section has areas, no volumes")
        return math.fsum(queries.volume_of_revolution(edges) for edges in self._edges_of(name_or_material)) / TICKS_PER_METRE**3

    def area(self, name_or_material: str) -> float:
        """Area of a region or of a material in the section [m^2]."""
        return math.fsum(queries.area_of(edges) for edges in self._edges_of(name_or_material)) / TICKS_PER_METRE**2

    def amount(self, name_or_material: str) -> float:
        """Volume [m^3] in an axisymmetric section, area [m^2] in a planar one."""
        return self.volume(name_or_material) if self.kind == "axisymmetric" else self.area(name_or_material)

    @property
    def cell_amount(self) -> float:
        """Volume [m^3] or area [m^2] of the whole cell."""
        height = self.ceiling - self.floor
        return math.pi * self.width**2 * height if self.kind == "axisymmetric" else self.width * height

    def _inside(self, value: float, low: float, high: float, what: str) -> float:
        """A coordinate in ticks, moved a quarter tick into the body from either end, where the boundary itself would be ambiguous."""
        if not (math.isfinite(value) and low - 1e-11 <= value <= high + 1e-11):
            raise GeometryError(f"{what} = {value!r} m does not lie in the cell, {low!r} to {high!r} m")
        return min(max(value * TICKS_PER_METRE, low * TICKS_PER_METRE + 0.25), high * TICKS_PER_METRE - 0.25)

    def thickness_at(self, x: float, region: str) -> float:
        """Total vertical thickness of a region at x [m]."""
        crossings = queries.vertical_crossings(self._edges(region), self._inside(x, 0.0, self.width, "x"))
        return float(np.sum(crossings[1::2] - crossings[::2])) / TICKS_PER_METRE

    def surface_height(self, x: float) -> float:
        """Height z of the top of the highest thing that is not air at x [m]."""
        place = self._inside(x, 0.0, self.width, "x")
        tops = [queries.vertical_crossings(self._edges(name), place)[-1:] for name in self.names if name != AIR]
        highest = np.concatenate(tops) if tops else np.empty(0)
        return float(highest.max()) / TICKS_PER_METRE if len(highest) else self.floor

    def spans(self, name: str, z: float) -> tuple[tuple[float, float], ...]:
        """Horizontal extents (x0, x1) of a region at height z [m]."""
        if not math.isfinite(z):
            raise GeometryError(f"a height is a finite number, not {z!r}")
        _, low, _, high = self.bounds(name)
        if not low <= z <= high:
            return ()
        ends = queries.horizontal_crossings(self._edges(name), self._inside(z, low, high, "z")) / TICKS_PER_METRE
        return tuple((float(a), float(b)) for a, b in zip(ends[::2], ends[1::2], strict=True))

    def _interface(self, a: str, b: str) -> np.ndarray:
        edges = self._edges(a)
        return edges[shared(edges, self._edges(b))]

    def _extent(self, edges: np.ndarray) -> float:
        if self.kind == "axisymmetric":
            return queries.swept_area(edges) / TICKS_PER_METRE**2
        return queries.length_of(edges) / TICKS_PER_METRE

    def contact(self, a: str, b: str) -> float:
        """Shared interface of two regions: area of revolution [m^2] or length in a planar section [m]; 0 when they are apart."""
        return self._extent(self._interface(a, b))

    def contact_lines(self, a: str, b: str) -> shapely.MultiLineString:
        """The shared interface of two regions [m]."""
        return queries.as_lines(self._interface(a, b) / TICKS_PER_METRE)

    def _exposed(self, name: str) -> np.ndarray:
        edges = self._edges(name)
        return edges[shared(edges, self._partition.edges(OPEN))]

    def exposed(self, name: str) -> shapely.MultiLineString:
        """The part of a region's boundary that open air touches [m]."""
        return queries.as_lines(self._exposed(name) / TICKS_PER_METRE)

    def exposed_spans(self, name: str) -> tuple[tuple[float, float], ...]:
        """Extents in x of what open air touches of a region [m]."""
        x0, _, x1, _ = (self._exposed(name) / TICKS_PER_METRE).T
        return tuple(queries.merged_spans(np.minimum(x0, x1), np.maximum(x0, x1)))

    def exposed_amount(self, name: str) -> float:
        """Area of revolution [m^2], or length in a planar section [m], of what open air touches of a region."""
        return self._extent(self._exposed(name))

    def neighbours(self, name: str) -> frozenset[str]:
        """Names of the regions that share an edge with a region."""
        edges = self._edges(name)
        return frozenset(other for other in self.names if other != name and shared(edges, self._edges(other)).any())

    def check(self) -> PartitionReport:
        """Whether the regions tile the cell: shapely's coverage check, and areas summed against their union and the cell."""
        shapes = np.array([region.shape for region in self.regions], dtype=object)
        cell = self.width * (self.ceiling - self.floor)
        summed, joined = float(shapely.area(shapes).sum()), shapely.union_all(self._all_parts()).area / TICKS_PER_METRE**2
        valid, sound = bool(shapely.coverage_is_valid(shapes)), bool(shapely.is_valid(shapes).all())
        gaps, overlaps, error = max(0.0, (cell - joined) / cell), max(0.0, (summed - joined) / cell), abs(summed - cell) / cell
        faults = [text for bad, text in (
            (not valid, "edges of neighbours do not match"), (not sound, "a shape is not valid"), (gaps > 1e-12, "there are gaps"),
            (overlaps > 1e-12, "regions overlap"), (error > 1e-12, "areas do not add up"),
            (self.names[-1] != AIR, "air is not the last region"),
            (len(set(self.names)) != len(self.names), "two regions share a name")) if bad]
        return PartitionReport(not faults, gaps, overlaps, error, "; ".join(faults) or "the regions tile the cell")

    def _all_parts(self) -> np.ndarray:
        return np.concatenate([polygons(shape) for shape in self._partition.shapes.values()])

    def to_record(self) -> dict:
        """A record for JSON that `from_record` reads back bit for bit: numbers, and shapes as hexadecimal WKB."""
        regions = [{"name": r.name, "material": r.material, "wkb": shapely.to_wkb(r.shape, hex=True)} for r in self.regions]
        size = {"width": self.width, "floor": self.floor, "ceiling": self.ceiling}
        return {"kind": self.kind, **size, "line": [list(point) for point in self.line], "regions": regions}

    @classmethod
    def from_record(cls, record: Mapping):
        """The section of a record made by `to_record`; a record that is none, or does not tile its cell, is refused."""
        try:
            regions = tuple(Region(str(r["name"]), str(r["material"]), shapely.from_wkb(r["wkb"])) for r in record["regions"])
            line = tuple((float(x), float(y)) for x, y in record["line"])
            section = cls(record["kind"], float(record["width"]), float(record["floor"]), float(record["ceiling"]), regions, line)
            report = section.check()
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, shapely.errors.ShapelyError) as error:
            raise GeometryError(f"this is no record of a section: {error}") from error
        if section.kind not in KINDS or not report.valid:
            raise GeometryError(f"this record holds no valid section: {report.message}")
        return section

    def plot(self, ax=None, colours: Mapping[str, str] | None = None):
        """Draw the regions to scale in micrometres; colours by material name."""
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots()
        cycle = plt.get_cmap("tab20").colors
        materials = list(dict.fromkeys(region.material for region in self.regions if region.name != AIR))
        for region in self.regions[:-1]:
            colour = (colours or {}).get(region.material, cycle[materials.index(region.material) % len(cycle)])
            label = f"{region.name} ({region.material})"
            for part in region.shape.geoms:
                path = plt.matplotlib.path.Path.make_compound_path(
                    *(plt.matplotlib.path.Path(np.asarray(ring.coords) * 1e6) for ring in (part.exterior, *part.interiors)))
                ax.add_patch(plt.matplotlib.patches.PathPatch(path, facecolor=colour, edgecolor="black", linewidth=0.2, label=label))
                label = None
        ax.set_xlim(0.0, self.width * 1e6)
        ax.set_ylim(max(self.floor * 1e6, -0.3 * self.width * 1e6), self.ceiling * 1e6)
        ax.set_aspect("equal")
        ax.set_xlabel("r [um]" if self.kind == "axisymmetric" else "x [um]")
        ax.set_ylabel("z [um]")
        return ax
