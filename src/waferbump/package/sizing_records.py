"""Sizes of a structure as plain values and back, for JSON; lengths to a picometre."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from .dimensions import Dimensions, DimensionsError, Disc, Layer, Membrane, Strip

_DIGITS = 12  # after the point, of metres
_PARTS = (Dimensions, Strip, Layer, Disc, Membrane)
# what a field of a record holds: one of a class, or a row of them
_ONE = {"bed": Disc, "anchor": Disc, "post": Disc, "membrane": Membrane}
_ROW = {"strips": Strip, "layers": Layer, "discs": Disc}
_ARRAYS = ("joint_radius", "joint_height")


def record_format() -> tuple[str, ...]:
    """Names of all fields that a record holds: a record of another format is not read."""
    return tuple(f"{part.__name__}.{field.name}" for part in _PARTS for field in fields(part))


def dimensions_record(dimensions: Dimensions) -> dict[str, Any]:
    """Plain values of a structure's sizes [m]; DimensionsError for a wire, whose curve is swept anew each time."""
    if dimensions.wire is not None:
        raise DimensionsError(f"{dimensions.name}: a wire is not kept as a record: sweep it")
    return _plain(dimensions)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray | tuple | list):
        return [_plain(one) for one in value]
    return round(float(value), _DIGITS) if isinstance(value, float) else value


def dimensions_from_record(record: Mapping[str, Any]) -> Dimensions:
    """A structure's sizes from what `dimensions_record` made."""
    return _made(Dimensions, record)


def _made(part: type, record: Mapping[str, Any]) -> Any:
    return part(**{name: _value(name, value) for name, value in record.items()})


def _value(name: str, value: Any) -> Any:
    if value is not None and name in _ONE:
        return _made(_ONE[name], value)
    if name in _ROW:
        return tuple(_made(_ROW[name], one) for one in value)
    if name in _ARRAYS:
        return np.array(value)
    if name == "path":
        return tuple((x, z) for x, z in value)
    return value
