"""Text to SI and back: the only module that knows unit names (and the only one that knows pint).

Inside waferbump every number is a float in SI; units exist at the door alone.
"""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache

_NUMBER = re.compile(r"^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*$")


class UnitError(ValueError):
    """A quantity written as text that cannot be read as the dimension that was asked for."""


# dimension -> (SI unit as pint spells it, example for messages, {accepted spelling: factor to SI})
_LENGTH = {"m": 1.0, "mm": 1e-3, "um": 1e-6, "µm": 1e-6, "μm": 1e-6, "nm": 1e-9}
_TIME = {"s": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DIMENSIONS: dict[str, tuple[str, str, dict[str, float]]] = {
    "length": ("m", "20 um", _LENGTH),
    "time": ("s", "60 s", _TIME),
    "dose": ("J/m^2", "400 mJ/cm^2", {"mJ/cm^2": 10.0, "mJ/cm2": 10.0, "J/m^2": 1.0, "J/cm^2": 1e4}),
    "current_density": ("A/m^2", "4 A/dm^2", {"A/dm^2": 100.0, "A/dm2": 100.0, "A/m^2": 1.0, "mA/cm^2": 10.0}),
    "angle": ("rad", "85 deg", {"deg": math.pi / 180.0, "°": math.pi / 180.0, "rad": 1.0}),
    "speed": ("m/s", "1 um/min", {"um/min": 1e-6 / 60.0, "nm/min": 1e-9 / 60.0, "um/s": 1e-6, "nm/s": 1e-9, "m/s": 1.0}),
    "rotation": ("rad/s", "2000 rpm", {"rpm": 2.0 * math.pi / 60.0, "rad/s": 1.0}),
    "fraction": ("", "90 %", {"%": 0.01, "": 1.0, "ppm": 1e-6}),
    "volume": ("m^3", "1000 um^3", {"um^3": 1e-18, "mm^3": 1e-9, "nl": 1e-12, "nL": 1e-12, "pl": 1e-15, "pL": 1e-15, "m^3": 1.0}),
    "area": ("m^2", "100 um^2", {"um^2": 1e-12, "mm^2": 1e-6, "cm^2": 1e-4, "m^2": 1.0}),
    "density": ("kg/m^3", "7.3 g/cm^3", {"g/cm^3": 1e3, "kg/m^3": 1.0}),
    "surface_tension": ("N/m", "0.5 N/m", {"N/m": 1.0, "mN/m": 1e-3}),
    "fracture_energy": ("J/m^2", "5 J/m^2", {"J/m^2": 1.0, "N/m": 1.0, "mJ/m^2": 1e-3}),
    "absorption": ("1/m", "0.02 1/um", {"1/um": 1e6, "um^-1": 1e6, "1/m": 1.0}),
    "bleaching": ("m^2/J", "0.006 cm^2/mJ", {"cm^2/mJ": 0.1, "cm2/mJ": 0.1, "m^2/J": 1.0}),
    "diffusivity": ("m^2/s", "100 um^2/min", {"um^2/min": 1e-12 / 60.0, "um^2/s": 1e-12, "m^2/s": 1.0}),
    "pressure": ("Pa", "10 kPa", {"Pa": 1.0, "kPa": 1e3, "MPa": 1e6, "GPa": 1e9}),
    "temperature": ("K", "250 degC", {"K": 1.0}),
    "temperature_rate": ("K/s", "2 K/s", {"K/s": 1.0, "degC/s": 1.0, "K/min": 1.0 / 60.0}),
    "force": ("N", "100 uN", {"N": 1.0, "mN": 1e-3, "uN": 1e-6, "µN": 1e-6}),
    "mass": ("kg", "1 ug", {"kg": 1.0, "g": 1e-3, "mg": 1e-6, "ug": 1e-9, "ng": 1e-12}),
}
_CELSIUS = ("degC", "°C", "C")
_ZERO_CELSIUS = 273.15

# how a number of a dimension is written for people: (spelling, factor from SI)
_DISPLAY = {
    "length": "um",
    "time": "s",
    "dose": "mJ/cm^2",
    "current_density": "A/dm^2",
    "angle": "deg",
    "speed": "um/min",
    "rotation": "rpm",
    "fraction": "",
    "volume": "um^3",
    "area": "um^2",
    "density": "kg/m^3",
    "surface_tension": "N/m",
    "fracture_energy": "J/m^2",
    "absorption": "1/um",
    "bleaching": "cm^2/mJ",
    "diffusivity": "um^2/min",
    "pressure": "MPa",
    "temperature": "degC",
    "temperature_rate": "K/s",
    "force": "uN",
    "mass": "ng",
}


def dimensions() -> tuple[str, ...]:
    """Names of the dimensions that `parse` understands."""
    return tuple(_DIMENSIONS)


def si_unit(dimension: str) -> str:
    """SI unit of a dimension, as text."""
    return _DIMENSIONS[dimension][0]


def example(dimension: str) -> str:
    """A well-formed quantity of a dimension, for error messages."""
    return _DIMENSIONS[dimension][1]


def expected(dimension: str) -> str:
    """What a quantity of a dimension looks like, for error messages.

    >>> expected("length")
    'a length, e.g. "20 um"'
    """
    name = dimension.replace("_", " ")
    article = "an" if name[0] in "aeiou" else "a"
    return f'{article} {name}, e.g. "{example(dimension)}"'


@lru_cache(maxsize=4096)
def parse(text: str, dimension: str) -> float:
    """Read a quantity written as text and return it in SI.

    Parameters
    ----------
    text : number and unit, such as "20 um" or "250 degC"
    dimension : one of `dimensions()`

    Raises
    ------
    UnitError : no number, no unit, an unknown unit, a unit of another dimension, or not finite.

    >>> parse("20 um", "length")
    2e-05
    >>> parse("250 degC", "temperature")
    523.15
    """
    match = _NUMBER.match(text)
    if match is None:
        raise UnitError(f'"{text}" is not a number with a unit; expected {expected(dimension)}')
    number, unit = float(match[1]), match[2]
    if not math.isfinite(number):
        raise UnitError(f'"{text}" is not finite')
    if not unit and dimension != "fraction":
        raise UnitError(f'"{text}" needs a unit: {expected(dimension)}')
    if dimension == "temperature" and unit in _CELSIUS:
        return round(number + _ZERO_CELSIUS, 9)
    factor = _DIMENSIONS[dimension][2].get(unit)
    if factor is None:
        factor = _factor_by_pint(unit, dimension, text)
    value = number * factor
    return float(f"{value:.15g}") if math.isfinite(value) else _overflow(text)


def _overflow(text: str) -> float:
    raise UnitError(f'"{text}" is not finite')


@cache
def _registry():
    import pint

    return pint.UnitRegistry(cache_folder=None)


def _factor_by_pint(unit: str, dimension: str, text: str) -> float:
    if len(unit) > 40 or not re.fullmatch(r"[\w\s./*^°µμ%()-]+", unit) or re.search(r"\d{3}|\*\*.*\*\*|\^.*\^.*\^", unit):
        raise UnitError(f'"{text}": unknown unit; expected {expected(dimension)}')
    for other, (_, _, spellings) in _DIMENSIONS.items():
        if unit in spellings or (other == "temperature" and unit in _CELSIUS):
            kind = other.replace("_", " ")
            raise UnitError(f'"{text}" is a {kind}; expected {expected(dimension)}')
    registry = _registry()
    try:
        quantity = registry.Quantity(1.0, unit)
        return float(quantity.to(_DIMENSIONS[dimension][0] or "dimensionless").magnitude)
    except Exception as problem:  # pint raises many kinds: each means that this text is not such a quantity
        raise UnitError(f'"{text}": {unit!r} is no unit for this; expected {expected(dimension)}') from problem


def show(value: float, dimension: str, digits: int = 6) -> str:
    """Write an SI number with the unit that people use for its dimension; `parse` reads it back.

    >>> show(2e-05, "length")
    '20 um'
    >>> show(523.15, "temperature")
    '250 degC'
    """
    unit = _DISPLAY[dimension]
    if dimension == "temperature":
        return f"{value - _ZERO_CELSIUS:.{digits}g} {unit}"
    number = value / _DIMENSIONS[dimension][2].get(unit, 1.0)
    return f"{number:.{digits}g} {unit}".rstrip()


def exactly(value: float, dimension: str) -> str:
    """Like `show`, with as many digits as it takes to read the very same SI number back.

    >>> exactly(1.234567890123e-05, "length")
    '12.34567890123 um'
    """
    for digits in (6, 9, 12, 15, 17):
        text = show(value, dimension, digits)
        if parse(text, dimension) == value:
            return text
    return f"{value!r} {_DIMENSIONS[dimension][0]}".rstrip()
