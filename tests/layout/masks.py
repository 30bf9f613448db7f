"""Small mask files drawn for the tests."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import gdstk


def polygon(radius: float, sides: int, layer: int, centre: tuple[float, float] = (0.0, 0.0)) -> gdstk.Polygon:
    """A regular polygon with its corners on a circle [um]."""
    angles = [2.0 * math.pi * k / sides for k in range(sides)]
    return gdstk.Polygon([(centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)) for angle in angles], layer=layer)


def library() -> gdstk.Library:
    return gdstk.Library(unit=1e-6, precision=1e-9)


def grid_of_bumps() -> gdstk.Library:
    """Three columns and two rows of bumps at 150 um, (0, 0) at the lower left: UBM 80 um on 20/0, PI2 60 um on 15/0."""
    mask = library()
    bump = mask.new_cell("BUMP")
    bump.add(polygon(40.0, 36, 20), polygon(30.0, 36, 15))
    die = mask.new_cell("DIE")
    die.add(gdstk.Reference(bump, columns=3, rows=2, spacing=(150.0, 150.0)))
    return mask


def written(mask: gdstk.Library, path: Path) -> Path:
    (mask.write_oas if path.suffix == ".oas" else mask.write_gds)(path)
    return path


def record(code: int, kind: int, body: bytes = b"") -> bytes:
    """One GDSII record."""
    return struct.pack(">HBB", len(body) + 4, code, kind) + body


def real8(value: float) -> bytes:
    """A GDSII eight-byte real, written as the format's manual says."""
    if value == 0.0:
        return bytes(8)
    exponent = 0
    magnitude = abs(value)
    while magnitude >= 1.0:
        magnitude, exponent = magnitude / 16.0, exponent + 1
    while magnitude < 1.0 / 16.0:
        magnitude, exponent = magnitude * 16.0, exponent - 1
    return bytes([(0x80 if value < 0 else 0) | (exponent + 64)]) + round(magnitude * 2.0**56).to_bytes(8, "big")[1:]


def text(words: str) -> bytes:
    raw = words.encode("latin-1")
    return raw + b"\0" * (len(raw) % 2)


def shorts(*values: int) -> bytes:
    return struct.pack(f">{len(values)}h", *values)


def longs(*values: int) -> bytes:
    return struct.pack(f">{len(values)}i", *values)


def boundary(points: list[tuple[int, int]], layer: int = 20) -> bytes:
    corners = longs(*(value for point in [*points, points[0]] for value in point))
    return record(0x08, 0) + record(0x0D, 2, shorts(layer)) + record(0x0E, 2, shorts(0)) + record(0x10, 3, corners) + record(0x11, 0)


SQUARE = boundary([(0, 0), (80_000, 0), (80_000, 80_000), (0, 80_000)])


def reference(name: str, x: int = 0, y: int = 0) -> bytes:
    return record(0x0A, 0) + record(0x12, 6, text(name)) + record(0x10, 3, longs(x, y)) + record(0x11, 0)


def array(name: str, columns: int, rows: int, points: tuple[int, ...]) -> bytes:
    return (record(0x0B, 0) + record(0x12, 6, text(name)) + record(0x13, 2, shorts(columns, rows)) + record(0x10, 3, longs(*points))
            + record(0x11, 0))


def cell(name: str, *elements: bytes) -> bytes:
    return record(0x05, 2, bytes(24)) + record(0x06, 6, text(name)) + b"".join(elements) + record(0x07, 0)


def stream(*cells: bytes, user: float = 1e-3, metres: float = 1e-9) -> bytes:
    """A GDSII file of these cells."""
    return (record(0x00, 2, shorts(600)) + record(0x01, 2, bytes(24)) + record(0x02, 6, text("LIB"))
            + record(0x03, 5, real8(user) + real8(metres)) + b"".join(cells) + record(0x04, 0))
