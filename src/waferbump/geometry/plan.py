"""The site seen from above: mask polygons with their own centres, and what of them a round cell can carry.

Coordinates are metres, with the bump's centre (the site's centre) at the origin.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import shapely
from shapely import MultiPolygon, Polygon
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

SIDES = 128  # of the polygon that stands for a circle; its area is the circle's exactly
_FEWEST_ROUND_SIDES = 24
ANGULAR = 1.5  # farthest over nearest point of an outline for which a circle may stand: a square has 1.414
_MITRE_LIMIT = 5.0  # corners sharper than 23 degrees are cut off when edges move outwards
_CONCENTRIC = 1e-8  # [m], twice the 5 nm grid that masks are commonly drawn on


class PlanError(ValueError):
    """A mask that cannot be built, or that the cell cannot carry; `mask` is its name."""

    def __init__(self, mask: str, message: str) -> None:
        self.mask = mask
        super().__init__(message)

    def __reduce__(self):
        return PlanError, (self.mask, str(self))


@dataclass(frozen=True)
class Ring:
    """A grey ring around a circle, from the circle (or the ring before) out to `radius` [m], which lets `transmission` [1] through."""

    radius: float
    transmission: float


@dataclass(frozen=True)
class MaskShape:
    """What one mask draws at this site.

    polygon : outline [m]; a circle is a polygon of equal area, and keeps its exact `radius` beside it
    centre : of the outline [m]
    tone : "clear" (light passes inside the outline) or "dark" (chrome inside, light passes outside)
    radius : of a circle [m], else None
    rings : grey rings around a circle, from the inside out
    """

    name: str
    polygon: BaseGeometry
    centre: tuple[float, float]
    tone: str = "clear"
    radius: float | None = None
    rings: tuple[Ring, ...] = ()

    @property
    def area(self) -> float:
        """Area [m^2]."""
        return math.pi * self.radius**2 if self.radius is not None else self.polygon.area

    @property
    def equivalent_radius(self) -> float:
        """Radius of the circle of equal area, sqrt(area / pi) [m]."""
        return self.radius if self.radius is not None else math.sqrt(self.area / math.pi)

    @property
    def inscribed_radius(self) -> float:
        """Radius of the largest circle about the centre that lies inside [m]; 0 when the centre is outside."""
        if self.radius is not None:
            return self.radius
        centre = shapely.Point(self.centre)
        return self.polygon.boundary.distance(centre) if self.polygon.covers(centre) else 0.0

    @property
    def circumscribed_radius(self) -> float:
        """Radius of the smallest circle about the centre that holds all of it [m]."""
        if self.radius is not None:
            return self.radius
        return max(math.hypot(x - self.centre[0], y - self.centre[1]) for x, y in shapely.get_coordinates(self.polygon))

    @property
    def openings(self) -> int:
        """Number of separate outlines."""
        return len(getattr(self.polygon, "geoms", (self.polygon,)))

    @property
    def is_round(self) -> bool:
        """Whether it is a circle, or a regular polygon of 24 sides or more, as layouts draw circles."""
        if self.radius is not None:
            return True
        if self.openings != 1 or _only(self.polygon).interiors:
            return False
        corners = _corners(_only(self.polygon))
        if len(corners) < _FEWEST_ROUND_SIDES:
            return False
        radii = [math.hypot(x - self.centre[0], y - self.centre[1]) for x, y in corners]
        sides = [math.dist(corners[index - 1], corner) for index, corner in enumerate(corners)]
        # a layout's grid moves corners by nanometres: 1e-3 of a radius allows 10 nm on 10 um, far below the step from 24 to 23 sides
        return max(radii) - min(radii) <= 1e-3 * max(radii) and max(sides) - min(sides) <= 0.05 * max(sides)

    def biased(self, bias: float) -> MaskShape:
        """The shape with every edge moved outwards by `bias` [m] (inwards when negative); PlanError when nothing is left."""
        if bias == 0.0:
            return self
        if self.radius is not None:
            radius = self.radius + bias
            if radius <= 0.0:
                raise PlanError(self.name, f"nothing is left of it after a bias of {_um(bias)}")
            rings = tuple(replace(ring, radius=ring.radius + bias) for ring in self.rings)
            return replace(self, polygon=disc(radius, self.centre), radius=radius, rings=rings)
        grown = self.polygon.buffer(bias, join_style="mitre", mitre_limit=_MITRE_LIMIT)
        if grown.is_empty:
            raise PlanError(self.name, f"nothing is left of it after a bias of {_um(bias)}")
        return replace(self, polygon=grown)

    def shifted(self, offset: tuple[float, float]) -> MaskShape:
        """The shape moved by (x, y) [m]."""
        if offset == (0.0, 0.0):
            return self
        centre = (self.centre[0] + offset[0], self.centre[1] + offset[1])
        polygon = disc(self.radius, centre) if self.radius is not None else translate(self.polygon, *offset)
        return replace(self, polygon=polygon, centre=centre)

    def offset_from(self, point: tuple[float, float] = (0.0, 0.0)) -> float:
        """Distance of its centre from a point [m]."""
        return math.dist(self.centre, point)

    def concentric_with(self, point: tuple[float, float] = (0.0, 0.0), tolerance: float = _CONCENTRIC) -> bool:
        """Whether its centre lies within `tolerance` [m] of a point [m]."""
        return self.offset_from(point) <= tolerance


def circle(name: str, diameter: float, *, tone: str = "clear", rings: Sequence[Ring] = ()) -> MaskShape:
    """A circle about the origin, diameter [m], with grey rings of rising radius around it."""
    before = diameter / 2
    for ring in rings:
        if ring.radius <= before:
            raise PlanError(name, f"each ring must be larger than what it surrounds: {_um(2 * ring.radius)} is not above {_um(2 * before)}")
        before = ring.radius
    return MaskShape(name, disc(diameter / 2, (0.0, 0.0)), (0.0, 0.0), tone, diameter / 2, tuple(rings))


def square(name: str, side: float, *, tone: str = "clear") -> MaskShape:
    """A square about the origin, side [m]."""
    return MaskShape(name, shapely.box(-side / 2, -side / 2, side / 2, side / 2), (0.0, 0.0), tone)


def octagon(name: str, across_flats: float, *, tone: str = "clear") -> MaskShape:
    """A regular octagon about the origin, with flats facing along x and y, distance between opposite flats [m]."""
    corner = across_flats / 2 / math.cos(math.pi / 8)
    return MaskShape(name, Polygon(_ring(8, corner, math.pi / 8)), (0.0, 0.0), tone)


def rectangle(name: str, width: float, height: float, *, tone: str = "clear") -> MaskShape:
    """A rectangle about the origin, sides along x and y [m]."""
    return MaskShape(name, shapely.box(-width / 2, -height / 2, width / 2, height / 2), (0.0, 0.0), tone)


def line(name: str, points: Sequence[tuple[float, float]], width: float, *, tone: str = "clear") -> MaskShape:
    """A line of one width [m] along a path [m], ends flat, corners mitred; PlanError where it folds onto itself."""
    path = shapely.LineString(points)
    outline = path.buffer(width / 2, cap_style="flat", join_style="mitre", mitre_limit=_MITRE_LIMIT)
    if not path.is_simple or not isinstance(outline, Polygon):
        raise PlanError(name, "the line crosses itself or turns back on itself")
    return from_outline(name, outline, tone=tone)


def polygon(name: str, corners: Sequence[tuple[float, float]], *, tone: str = "clear") -> MaskShape:
    """A polygon by its corners [m], in the site's coordinates; PlanError when it crosses itself or has no area."""
    if len(corners) < 3:
        raise PlanError(name, f"a polygon needs three corners or more, not {len(corners)}")
    outline = Polygon(corners)
    if not outline.is_valid:
        raise PlanError(name, f"the polygon crosses or touches itself ({_reason(outline)})")
    return from_outline(name, outline, tone=tone)


def from_outline(name: str, outline: BaseGeometry, *, tone: str = "clear") -> MaskShape:
    """A mask from a shapely polygon or multipolygon [m], in the site's coordinates."""
    if not isinstance(outline, Polygon | MultiPolygon) or outline.is_empty or outline.area <= 0.0:
        raise PlanError(name, "the outline has no area")
    if not outline.is_valid:
        raise PlanError(name, f"the outline crosses or touches itself ({_reason(outline)})")
    whole = outline.geoms[0] if isinstance(outline, MultiPolygon) and len(outline.geoms) == 1 else outline
    return MaskShape(name, whole, (whole.centroid.x, whole.centroid.y), tone)


def array(name: str, element: MaskShape, counts: tuple[int, int], pitches: tuple[float, float], *, tone: str = "clear") -> MaskShape:
    """Copies of one shape in `counts` columns and rows at `pitches` [m], centred on the origin; PlanError when copies touch."""
    columns, rows = counts
    copies = [
        element.shifted(((column - (columns - 1) / 2) * pitches[0], (row - (rows - 1) / 2) * pitches[1])).polygon
        for column in range(columns)
        for row in range(rows)
    ]
    if len(copies) == 1:
        return replace(element, name=name, tone=tone)
    together = shapely.union_all(copies)
    if not isinstance(together, MultiPolygon) or len(together.geoms) != len(copies):
        raise PlanError(name, "the shapes of the array touch each other; widen its pitch")
    return MaskShape(name, together, (0.0, 0.0), tone)


@dataclass(frozen=True)
class Plan:
    """All masks of a site in a square cell.

    pitch : distance to the neighbouring bumps [m]
    tolerance : how far a centre may lie off the bump's and still be called concentric [m]
    site : name of the layout's site that the masks come from, if they do
    window : what of the plan is carried, (x0, y0, x1, y1) [m]; None where only the round cell about the bump is
    line : polyline of the planar cut through the plan, from one end to the other [m]; empty where there is none
    """

    pitch: float
    masks: Mapping[str, MaskShape] = field(default_factory=dict)
    tolerance: float = _CONCENTRIC
    site: str = ""
    window: tuple[float, float, float, float] | None = None
    line: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "masks", dict(self.masks))
        for name, mask in self.masks.items():
            self._check_inside(name, mask)

    def _check_inside(self, name: str, mask: MaskShape) -> None:
        reach = max((ring.radius for ring in mask.rings), default=0.0)
        if self.window is not None:
            if not shapely.box(*self.window).intersects(mask.polygon):
                raise PlanError(name, f"lies outside the plan's window ({_in_words(self.window)})")
            return
        west, south, east, north = disc(reach, mask.centre).bounds if reach else mask.polygon.bounds
        if mask.radius is not None:
            reach = max(reach, mask.radius)
            west, east, south, north = (mask.centre[0] - reach, mask.centre[0] + reach, mask.centre[1] - reach, mask.centre[1] + reach)
        width, allowed = max(east - west, north - south), 1e-12 + self.pitch  # 1 pm: rounding of coordinates near a metre's ulp
        if width > allowed:
            raise PlanError(name, f"is {_um(width)} wide, wider than the cell's pitch of {_um(self.pitch)}")
        beyond = max(east, north, -west, -south) - self.pitch / 2
        if beyond > 1e-12:
            raise PlanError(name, f"reaches {_um(beyond)} beyond the edge of the cell (pitch {_um(self.pitch)})")

    def __getitem__(self, name: str) -> MaskShape:
        try:
            return self.masks[name]
        except KeyError:
            raise PlanError(name, f"there is no mask '{name}'; there are: {', '.join(self.masks) or 'none'}") from None

    def radius_in_round_cell(self, name: str) -> float:
        """Radius [m] that a round cell takes for a mask: its own if it is a circle, else that of the circle of equal area.

        PlanError when the mask is not one outline without holes, is not concentric with the bump, or reaches the cell's edge.
        """
        mask = self[name]
        if mask.openings != 1 or _only(mask.polygon).interiors:
            what = f"{mask.openings} outlines" if mask.openings != 1 else "a hole in it"
            raise PlanError(name, f"mask '{name}' has {what}: a round cell takes one outline without holes")
        if not mask.concentric_with((0.0, 0.0), self.tolerance):
            x, y = mask.centre
            raise PlanError(
                name,
                f"mask '{name}' is {_um(mask.offset_from())} off the bump's centre (x {_um(x)}, y {_um(y)}): "
                f"a round cell takes concentric openings only (within {_um(self.tolerance)})",
            )
        west, south, east, north = mask.polygon.bounds
        # the polygon that stands for a circle has its corners just outside it
        reach = mask.radius if mask.radius is not None else max(mask.equivalent_radius, east, north, -west, -south)
        if reach >= self.pitch / 2 * (1 - 1e-9):
            raise PlanError(
                name,
                f"mask '{name}' reaches the edge of the cell ({_um(reach)} from the centre, pitch {_um(self.pitch)}): "
                "it leaves no web to the neighbouring opening",
            )
        return mask.equivalent_radius

    def approximations(self) -> tuple[str, ...]:
        """One sentence for each concentric mask that is not round and that a round cell takes as the circle of equal area."""
        return tuple(
            f"mask '{name}' is not round: the round cell takes the circle of equal area, radius {_um(mask.equivalent_radius)} "
            f"(its edge lies between {_um(mask.inscribed_radius)} and {_um(mask.circumscribed_radius)} from the centre)"
            for name, mask in self.masks.items()
            if not mask.is_round and mask.openings == 1 and mask.concentric_with((0.0, 0.0), self.tolerance)
            # where the plan is carried, the round cut takes the circle of equal area only for what is near a circle
            and (self.window is None or mask.circumscribed_radius <= ANGULAR * mask.inscribed_radius)
        )

    def to_record(self) -> dict[str, Any]:
        """Lossless JSON record; `from_record` reads it back."""
        masks = {
            name: {
                "wkb": shapely.to_wkb(mask.polygon, hex=True),
                "centre": list(mask.centre),
                "tone": mask.tone,
                "radius": mask.radius,
                "rings": [[ring.radius, ring.transmission] for ring in mask.rings],
            }
            for name, mask in self.masks.items()
        }
        seen = {"window": self.window and list(self.window), "line": [list(point) for point in self.line]}
        return {"pitch": self.pitch, "tolerance": self.tolerance, "site": self.site, **seen, "masks": masks}

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> Plan:
        """The plan that `to_record` wrote."""
        masks = {
            name: MaskShape(
                name,
                shapely.from_wkb(entry["wkb"]),
                tuple(entry["centre"]),
                entry["tone"],
                entry["radius"],
                tuple(Ring(*ring) for ring in entry["rings"]),
            )
            for name, entry in record["masks"].items()
        }
        window = tuple(record["window"]) if record["window"] else None
        line = tuple((x, y) for x, y in record["line"])
        return Plan(record["pitch"], masks, record["tolerance"], record["site"], window, line)


def _ring(sides: int, radius: float, start: float) -> list[tuple[float, float]]:
    turns = [start + 2 * math.pi * side / sides for side in range(sides)]
    return [(radius * math.cos(turn), radius * math.sin(turn)) for turn in turns]


def disc(radius: float, centre: tuple[float, float]) -> Polygon:
    """Regular polygon of a circle's own area: radius and centre (x, y) [m]."""
    corner = radius * math.sqrt(2 * math.pi / SIDES / math.sin(2 * math.pi / SIDES))
    return Polygon([(centre[0] + x, centre[1] + y) for x, y in _ring(SIDES, corner, 0.0)])


def _in_words(window: tuple[float, float, float, float]) -> str:
    return f"x from {_um(window[0])} to {_um(window[2])}, y from {_um(window[1])} to {_um(window[3])}"


def _only(outline: BaseGeometry) -> Polygon:
    return outline.geoms[0] if isinstance(outline, MultiPolygon) else outline


def _corners(outline: Polygon) -> list[tuple[float, float]]:
    """Corners without those that lie on a straight side or twice at one place (within 1e-6 of the size)."""
    size = math.sqrt(outline.area)
    return list(outline.simplify(1e-6 * size).exterior.coords)[:-1]


def _reason(outline: BaseGeometry) -> str:
    return shapely.is_valid_reason(outline).split("[")[0].strip().lower()


def _um(length: float) -> str:
    return f"{length * 1e6:.6g} um"
