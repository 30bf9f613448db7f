"""The kinds of setting a recipe knows: quantities with a dimension and a range, names, counts, offsets.

In Python a quantity is an SI float or text with a unit; read from a file it is text with a unit of the right dimension
(validation context {"strict": True}), so that no number is ever guessed to be in some unit. A fraction may be a plain number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict
from pydantic.dataclasses import dataclass as pydantic_dataclass
from pydantic_core import PydanticCustomError, core_schema

from waferbump import units
from waferbump.recipe.problems import quoted
from waferbump.recipe.tree import SI, SIInteger

_LONGEST_TEXT = 2000
_LONGEST_QUANTITY = 60


def settings(cls):
    """Class decorator of every group of settings: a frozen pydantic dataclass that refuses unknown fields."""
    return pydantic_dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))(cls)


def refused(message: str) -> PydanticCustomError:
    """The error by which a validator says what was expected."""
    return PydanticCustomError("waferbump", "{message}", {"message": message})


class Frozen(Mapping):
    """A mapping that cannot be changed, can be hashed, compared and pickled."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping | None = None) -> None:
        self._items = dict(items or {})

    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(tuple(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


@dataclass(frozen=True)
class Quantity:
    """A number of a dimension, between two bounds that are written as a person would write them.

    least, most : the bounds as text with units; `open_below` excludes the lower bound itself
    example : shown in messages in place of the dimension's usual example
    """

    dimension: str
    least: str
    most: str
    open_below: bool = False
    example: str = ""

    def read(self, value: Any, info: core_schema.ValidationInfo) -> float:
        """SI number of a setting, refusing other dimensions, missing units and what lies out of range."""
        strict = bool(info.context and info.context.get("strict"))
        if isinstance(value, bool) or value is None:
            raise refused(f"expected {self.expected}, not {quoted(value)}")
        if isinstance(value, str):
            number = self._parsed(value)
        elif hasattr(value, "__float__"):
            if strict and not isinstance(value, SI | SIInteger) and self.dimension != "fraction":
                raise refused(f"needs a unit, e.g. {quoted(self.sample)}")
            number = self._number(value)
        else:
            raise refused(f"expected {self.expected}, not {quoted(value)}")
        low, high = units.parse(self.least, self.dimension), units.parse(self.most, self.dimension)
        if not low <= number <= high or (self.open_below and number == low):
            raise refused(f"{quoted(value) if isinstance(value, str) else value} is out of range; expected {self.range}")
        return number

    def _parsed(self, text: str) -> float:
        if len(text) > _LONGEST_QUANTITY:
            raise refused(f"expected {self.expected}, not a text of {len(text)} characters")
        try:
            return units.parse(text, self.dimension)
        except units.UnitError as problem:
            raise refused(str(problem)) from None

    def _number(self, value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise refused(f"expected {self.expected}, not {quoted(value)}") from None
        if not math.isfinite(number):
            raise refused(f"must be finite; expected {self.expected}")
        # fifteen digits are what text carries, so that a recipe written out is equal to the one read back
        return float(f"{number:.15g}")

    @property
    def sample(self) -> str:
        """A well-formed setting."""
        return self.example or units.example(self.dimension)

    @property
    def expected(self) -> str:
        """What a well-formed setting looks like, such as `a length, e.g. "20 um"`."""
        return units.expected(self.dimension).replace(units.example(self.dimension), self.sample)

    @property
    def range(self) -> str:
        """The accepted range in words."""
        return f"{'above' if self.open_below else 'from'} {self.least} {'up ' if self.open_below else ''}to {self.most}"

    def written(self, number: float) -> str:
        """The number as text that reads back as the very same number; films thinner than 1 um in nm."""
        if self.dimension == "length" and 0.0 < abs(number) < 1e-6:
            text = f"{number * 1e9:.12g} nm"
            if units.parse(text, "length") == number:
                return text
        return units.exactly(number, self.dimension)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.with_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"type": "string", "description": f"{self.expected}; {self.range}", "examples": [self.sample]}
        if self.dimension == "fraction":
            found["type"] = ["string", "number"]
        return found


def _length(least: str, most: str, *, open_below: bool = False, example: str = "") -> Quantity:
    return Quantity("length", least, most, open_below, example)


Length = Annotated[float, _length("0 um", "10 mm", open_below=True)]
LengthOrZero = Annotated[float, _length("0 um", "10 mm")]
GridSpacing = Annotated[float, _length("0.05 um", "2 um", example="0.25 um")]
Size = Annotated[float, _length("0 um", "5 mm", open_below=True, example="80 um")]
Shift = Annotated[float, _length("-5 mm", "5 mm", example="-5 um")]
Coordinate = Annotated[float, _length("-1 m", "1 m", example="1250 um")]
Pitch = Annotated[float, _length("5 um", "5 mm", example="150 um")]
CarrierThickness = Annotated[float, _length("10 um", "10 mm", example="775 um")]
Wavelength = Annotated[float, _length("5 nm", "1000 nm", example="365 nm")]
Time = Annotated[float, Quantity("time", "0 s", "1000 h", True)]
TimeOrZero = Annotated[float, Quantity("time", "0 s", "1000 h")]
Dose = Annotated[float, Quantity("dose", "0 mJ/cm^2", "10000 mJ/cm^2", True)]
CurrentDensity = Annotated[float, Quantity("current_density", "0 A/dm^2", "1000 A/dm^2", True)]
Temperature = Annotated[float, Quantity("temperature", "0 K", "2000 K")]
Angle = Annotated[float, Quantity("angle", "0 deg", "90 deg", True)]
AngleOrZero = Annotated[float, Quantity("angle", "0 deg", "90 deg")]
Fraction = Annotated[float, Quantity("fraction", "0", "1", True)]
FractionOrZero = Annotated[float, Quantity("fraction", "0", "1")]
Excess = Annotated[float, Quantity("fraction", "0", "10", example="50 %")]
NumericalAperture = Annotated[float, Quantity("fraction", "0", "1.5", True, "0.16")]
Absorption = Annotated[float, Quantity("absorption", "0 1/um", "5 1/um")]
Bleaching = Annotated[float, Quantity("bleaching", "0 cm^2/mJ", "10 cm^2/mJ")]
PositiveNumber = Annotated[float, Quantity("fraction", "0", "1000", True, "4")]
Speed = Annotated[float, Quantity("speed", "0 um/min", "10000 um/min")]
DissolutionRate = Annotated[float, Quantity("speed", "0 um/min", "10000 um/min", True, "15 um/min")]
Rotation = Annotated[float, Quantity("rotation", "0 rpm", "20000 rpm", True)]
FractureEnergy = Annotated[float, Quantity("fracture_energy", "0 J/m^2", "10000 J/m^2", True)]
Diffusivity = Annotated[float, Quantity("diffusivity", "0 um^2/s", "1000000 um^2/s", True)]
Modulus = Annotated[float, Quantity("pressure", "0 GPa", "2000 GPa", True, "3 GPa")]
Volume = Annotated[float, Quantity("volume", "0 um^3", "10 mm^3", True)]


@dataclass(frozen=True)
class Words:
    """Text: a name or a sentence.

    role : what it names: "mask", "material", "body" (a material, or what a step made, by the step's id), "layer", "free"
    classes : of the material, of which it needs at least one
    """

    role: str = "free"
    classes: tuple[str, ...] = ()
    example: str = ""

    def read(self, value: Any) -> str:
        """The text, refusing numbers, lists and the like."""
        hint = f', e.g. "{self.example}"' if self.example else ""
        if not isinstance(value, str):
            raise refused(f"expected text{hint}, not {quoted(value)}")
        if not value.strip() or len(value) > _LONGEST_TEXT:
            what = f"a text of {len(value)} characters" if value.strip() else "an empty text"
            raise refused(f"expected text{hint}, not {what}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True)
class ListOfWords(Words):
    """A list of names; one name alone stands for a list of one."""

    def read(self, value: Any) -> tuple[str, ...]:
        """The names, each once."""
        items = value if isinstance(value, list | tuple) else (value,)
        if len(items) > 100:
            raise refused("has more than 100 names")
        return tuple(dict.fromkeys(Words.read(self, item) for item in items))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


@dataclass(frozen=True)
class Count:
    """A whole number between two bounds."""

    least: int
    most: int

    def read(self, value: Any) -> int:
        """The number, refusing text, fractions and truth values."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise refused(f"expected a whole number from {self.least} to {self.most}, not {quoted(value)}")
        if not self.least <= value <= self.most:
            raise refused(f"{value} is out of range; expected a whole number from {self.least} to {self.most}")
        return int(value)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


_OFFSET = _length("-5 mm", "5 mm", example="2 um")


@dataclass(frozen=True)
class Offset:
    """A shift in the plane: one length (along x), or a pair [x, y]."""

    length: Quantity = _OFFSET

    def read(self, value: Any, info: core_schema.ValidationInfo) -> tuple[float, float]:
        """The pair of SI numbers."""
        pair = value if isinstance(value, list | tuple) else (value, SI(0.0))
        if len(pair) != 2:
            raise refused(f"expected one length or a pair [x, y], not a list of {len(pair)}")
        return self.length.read(pair[0], info), self.length.read(pair[1], info)

    def written(self, pair: tuple[float, float]) -> str | list[str]:
        """Shortest text of the pair."""
        return self.length.written(pair[0]) if pair[1] == 0.0 else [self.length.written(number) for number in pair]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.with_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        pair = {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}
        return {"anyOf": [{"type": "string", "examples": [self.length.example]}, pair]}


Text = Annotated[str, Words()]
MaskName = Annotated[str, Words("mask", example="bump")]
Names = Annotated[tuple[str, ...], ListOfWords()]
BodyNames = Annotated[tuple[str, ...], ListOfWords("body", example="Ti")]
LayerName = Annotated[str, Words("layer", example="20/0")]
Overlay = Annotated[tuple[float, float], Offset()]
Adhesion = Annotated[dict[Annotated[str, Words("body", example="passivation")], FractureEnergy], AfterValidator(Frozen)]
MaskNames = Annotated[tuple[str, ...], ListOfWords("mask", example="landing")]
Rates = Annotated[dict[Annotated[str, Words("material", example="Ti")], Speed], AfterValidator(Frozen)]


def material_name(*classes: str, example: str = "") -> Any:
    """Type of a setting that names a material of the library, of at least one of these classes if any are given."""
    return Annotated[str, Words("material", classes, example)]


IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
