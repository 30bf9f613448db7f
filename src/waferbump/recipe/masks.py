"""Masks, cell, carrier, layout and limits as the recipe writes them, and the mask shapes made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Annotated, Any, Literal

import shapely
from pydantic import AfterValidator
from pydantic_core import core_schema
from shapely.geometry.base import BaseGeometry

from waferbump import units
from waferbump.geometry import plan
from waferbump.recipe.quantities import (
    CarrierThickness,
    Coordinate,
    Count,
    FractionOrZero,
    Frozen,
    LayerName,
    Length,
    MaskName,
    MaskNames,
    Overlay,
    Pitch,
    Shift,
    Size,
    Text,
    material_name,
    refused,
    settings,
)

_OUTLINES = ("circle", "square", "octagon", "polygon")
GRID = 1e-11  # m; outlines made of others are put on the grid of the sections, so that no sliver stays
MASK_KINDS = (*_OUTLINES, "rectangle", "line", "array", "layer", "of", "union")


def _exactly_one(group: Any, names: tuple[str, ...]) -> str:
    given = [name for name in names if getattr(group, name) not in (None, ())]
    if len(given) != 1:
        raise refused(f"needs exactly one of {', '.join(names)}; given: {' and '.join(given) or 'none'}")
    return given[0]


@settings
class Shape:
    """One outline: exactly one of these.

    circle : diameter [m]
    square : side [m]
    octagon : distance between opposite flats [m]
    polygon : corners [x, y] [m]
    """

    circle: Size | None = None
    square: Size | None = None
    octagon: Size | None = None
    polygon: tuple[tuple[Coordinate, Coordinate], ...] | None = None

    def __post_init__(self) -> None:
        _exactly_one(self, _OUTLINES)


@settings
class Array:
    """Copies of one outline in columns and rows, centred on the bump.

    of : the outline
    nx : columns
    ny : rows
    pitch : distance of columns and of rows [m]
    pitch_x : distance of columns [m]
    pitch_y : distance of rows [m]
    """

    of: Shape
    nx: Annotated[int, Count(1, 200)] = 1
    ny: Annotated[int, Count(1, 200)] = 1
    pitch: Size | None = None
    pitch_x: Size | None = None
    pitch_y: Size | None = None

    def __post_init__(self) -> None:
        if self.pitch is not None and (self.pitch_x is not None or self.pitch_y is not None):
            raise refused("give pitch, or pitch_x and pitch_y, not both")
        if self.nx > 1 and self.pitch is None and self.pitch_x is None:
            raise refused("needs pitch or pitch_x")
        if self.ny > 1 and self.pitch is None and self.pitch_y is None:
            raise refused("needs pitch or pitch_y")
        if self.nx * self.ny > 10_000:
            raise refused("has more than 10000 outlines")


@settings
class Line:
    """A line of one width along a path, as a metal line is drawn.

    points : path of its middle, [x, y] in the site's coordinates [m]
    width : across [m]
    """

    points: tuple[tuple[Coordinate, Coordinate], ...]
    width: Size

    def __post_init__(self) -> None:
        if len(self.points) < 2 or any(a == b for a, b in zip(self.points, self.points[1:], strict=False)):
            raise refused('needs two different points or more, e.g. [["0 um", "0 um"], ["200 um", "0 um"]]')


@settings
class GreyRing:
    """A ring of the mask that lets part of the light through.

    circle : outer diameter [m]
    transmission : of the light's energy [1]
    """

    circle: Size
    transmission: FractionOrZero


@settings
class Mask:
    """A mask: exactly one of circle, square, rectangle, octagon, polygon, line, array, layer, of, union; and how it is made from it.

    circle : diameter [m]
    square : side [m]
    octagon : distance between opposite flats [m]
    rectangle : sides along x and y [m]
    polygon : corners [x, y] in the site's coordinates [m]
    line : a line of one width along a path
    array : copies of one outline
    layer : layer/datatype of the layout, or its name in layout.layers
    of : another mask, whose outline, centre and overlay it takes over
    union : other masks, whose outlines together are its own
    at : where its centre stands, [x, y] in the site's coordinates; the bump's centre when not given [m]
    minus : other masks, whose outlines are cut out of it
    bias : moves every edge outwards (inwards when negative) [m]
    overlay : misplacement against the bump's centre, along x or as [x, y] [m]
    tone : clear (light passes inside the outline) or dark (light passes outside)
    rings : grey rings around a circle, from the inside out
    """

    circle: Size | None = None
    square: Size | None = None
    octagon: Size | None = None
    polygon: tuple[tuple[Coordinate, Coordinate], ...] | None = None
    rectangle: tuple[Size, Size] | None = None
    line: Line | None = None
    array: Array | None = None
    layer: LayerName | None = None
    of: MaskName | None = None
    union: MaskNames = ()
    at: tuple[Coordinate, Coordinate] | None = None
    minus: MaskNames = ()
    bias: Shift = 0.0
    overlay: Overlay = (0.0, 0.0)
    tone: Literal["clear", "dark"] = "clear"
    rings: tuple[GreyRing, ...] = ()

    def __post_init__(self) -> None:
        _exactly_one(self, MASK_KINDS)
        if self.rings and (self.circle is None or self.at is not None or self.minus):
            raise refused("rings need a circle about the bump's centre")
        if self.at is not None and not (self.circle or self.square or self.rectangle or self.octagon or self.array):
            raise refused("at places a circle, square, rectangle, octagon or array; the others stand where they are drawn: use overlay")


@settings
class Cell:
    """What one bump has to itself.

    pitch : distance to the neighbouring bumps [m]
    """

    pitch: Pitch


@settings
class Carrier:
    """What the bumps stand on.

    kind : wafer or board
    material : what it is made of
    thickness : thickness [m]
    """

    kind: Literal["wafer", "board"] = "wafer"
    material: material_name(example="Si")
    thickness: CarrierThickness


class _Site:
    """A site by name, by number, or by the coordinates [x, y] of its centre."""

    def read(self, value: Any, info: core_schema.ValidationInfo) -> str | int | tuple[float, float]:
        expected = 'expected a site\'s name, its number, or [x, y] such as ["690 um", "285 um"]'
        if isinstance(value, bool):
            raise refused(expected)
        if isinstance(value, str) and value.strip() and len(value) <= 200:
            return value
        if isinstance(value, int):
            return int(value) if 0 <= value < 10**9 else self._refuse(expected)
        if isinstance(value, list | tuple) and len(value) == 2:
            rule = Coordinate.__metadata__[0]
            return rule.read(value[0], info), rule.read(value[1], info)
        return self._refuse(expected)

    def _refuse(self, expected: str) -> Any:
        raise refused(expected)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.with_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        pair = {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}
        return {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 0}, pair]}


@settings
class Layout:
    """The mask file that layer masks come from.

    file : GDSII or OASIS file; also given as --layout FILE
    layers : names for layers, such as {ubm: "20/0"}
    site : the site to build: its name, number, or centre [x, y]
    tolerance : how far an opening's centre may lie off the site's and still count as concentric [m]
    """

    file: Text | None = None
    layers: Annotated[dict[str, LayerName], AfterValidator(Frozen)] = field(default_factory=Frozen)
    site: Annotated[str | int | tuple[float, float], _Site()] | None = None
    tolerance: Length = 1e-8


@settings
class Limit:
    """Limits of one measure, in SI of its dimension (see `read_limit` for text with units).

    min : lowest allowed
    max : highest allowed
    dimension : of both
    """

    min: float | None = None
    max: float | None = None
    dimension: str = "length"

    def __post_init__(self) -> None:
        if self.min is None and self.max is None:
            raise refused("needs min, max, or both")
        if self.dimension not in units.dimensions():
            raise refused(f"{self.dimension} is no dimension; they are {', '.join(units.dimensions())}")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise refused("min is above max")


def mask_shapes(
    masks: Mapping[str, Mask], *, layers: Mapping[str, str] | None = None, outlines: Mapping[str, BaseGeometry] | None = None
) -> tuple[dict[str, plan.MaskShape], dict[str, plan.PlanError]]:
    """Shapes of all masks that can be built, and for each of the others why it cannot.

    Parameters
    ----------
    layers : names for layers
    outlines : "layer/datatype" -> outlines of the site in metres, with the site's centre at the origin
    """
    found: dict[str, plan.MaskShape] = {}
    failed: dict[str, plan.PlanError] = {}

    def built(name: str, above: tuple[str, ...]) -> plan.MaskShape:
        if name in failed:
            raise failed[name]
        if name not in found:
            mask = masks[name]
            if mask.of is not None:
                shape = replace(other(mask.of, name, above), name=name, tone=mask.tone)
            elif mask.union:
                together = shapely.union_all([other(one, name, above).polygon for one in mask.union], grid_size=GRID)
                shape = plan.from_outline(name, together, tone=mask.tone)
            else:
                shape = _outline(name, mask, layers or {}, outlines)
            shape = shape.biased(mask.bias).shifted(mask.at or (0.0, 0.0))
            if mask.minus:
                cut = shapely.union_all([other(one, name, above).polygon for one in mask.minus])
                shape = plan.from_outline(name, shapely.difference(shape.polygon, cut, grid_size=GRID), tone=mask.tone)
            found[name] = shape.shifted(mask.overlay)
        return found[name]

    def other(wanted: str, name: str, above: tuple[str, ...]) -> plan.MaskShape:
        if wanted == name or wanted in above:
            raise plan.PlanError(name, f"is made of itself: {' -> '.join((*above, name, wanted))}")
        if wanted not in masks:
            raise plan.PlanError(name, f"there is no mask '{wanted}'")
        return built(wanted, (*above, name))

    for name in masks:
        try:
            built(name, ())
        except plan.PlanError as problem:
            failed[name] = problem
    return found, failed


def layer_of(mask: Mask, layers: Mapping[str, str]) -> str | None:
    """The "layer/datatype" a mask is read from, or None."""
    return None if mask.layer is None else layers.get(mask.layer, mask.layer)


def _outline(name: str, mask: Mask, layers: Mapping[str, str], outlines: Mapping[str, BaseGeometry] | None) -> plan.MaskShape:
    if mask.layer is not None:
        layer = layer_of(mask, layers)
        if outlines is None:
            raise plan.PlanError(name, f"comes from layer {layer} of a layout; give one with --layout FILE or layout: {{file: FILE}}")
        outline = outlines.get(layer)
        if outline is None:
            had = ", ".join(sorted(outlines)) or "none"
            raise plan.PlanError(name, f"the layout has nothing on layer {layer} at this site; layers here: {had}")
        return plan.from_outline(name, outline, tone=mask.tone)
    if mask.array is not None:
        array = mask.array
        pitches = (array.pitch_x or array.pitch or 0.0, array.pitch_y or array.pitch or 0.0)
        return plan.array(name, _single(name, array.of, "clear"), (array.nx, array.ny), pitches, tone=mask.tone)
    rings = [plan.Ring(ring.circle / 2, ring.transmission) for ring in mask.rings]
    return _single(name, mask, mask.tone, rings)


def _single(name: str, shape: Shape | Mask, tone: str, rings: list[plan.Ring] | tuple = ()) -> plan.MaskShape:
    if shape.circle is not None:
        return plan.circle(name, shape.circle, tone=tone, rings=rings)
    if shape.square is not None:
        return plan.square(name, shape.square, tone=tone)
    if shape.octagon is not None:
        return plan.octagon(name, shape.octagon, tone=tone)
    if getattr(shape, "rectangle", None) is not None:
        return plan.rectangle(name, *shape.rectangle, tone=tone)
    if getattr(shape, "line", None) is not None:
        return plan.line(name, shape.line.points, shape.line.width, tone=tone)
    return plan.polygon(name, shape.polygon or (), tone=tone)


_MEASURES = {
    **dict.fromkeys(("bump_height", "height_above_surface", "bump_diameter", "pad_diameter", "gap_to_neighbour", "ubm_undercut"), "length"),
    "bump_volume": "volume",
    "contact_angle": "angle",
}


def read_limit(measure: str, limits: Mapping[str, Any]) -> Limit:
    """Limit of a measure from its texts with units; the unit tells the dimension where the measure's name does not.

    UnitError when a text is no quantity, or when min and max are of two dimensions.
    """
    known = _MEASURES.get(measure.split(".")[0])
    texts = {side: str(text) for side, text in limits.items() if text is not None}
    dimension = known or next((name for name in units.dimensions() if all(_reads(text, name) for text in texts.values())), None)
    if dimension is None:
        raise units.UnitError('expected quantities of one dimension, e.g. {min: "50 um", max: "60 um"}')
    return Limit(**{side: units.parse(text, dimension) for side, text in texts.items()}, dimension=dimension)


def _reads(text: str, dimension: str) -> bool:
    try:
        units.parse(text, dimension)
    except units.UnitError:
        return False
    return True
