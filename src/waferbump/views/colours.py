"""How a region is painted: its material's colour, shaded for its second and third body, and its hatch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNKNOWN = "#b0b0b0"
_SHADES = (0.0, 0.30, -0.16, 0.5, -0.3)  # towards white or black, for the first body of a material, the second ...
_LINES = {
    "diagonal": '<path d="M-1 1l2 -2M0 7l7 -7M6 8l2 -2"',
    "cross": '<path d="M0 7l7 -7M0 0l7 7"',
    "horizontal": '<path d="M0 3.5h7"',
    "vertical": '<path d="M3.5 0v7"',
}
_DOTS = {
    "dots": ((1.75, 1.75, 0.7), (5.25, 5.25, 0.7)),
    "paste": ((1.6, 1.6, 1.45), (5.1, 1.6, 1.45), (3.35, 5.1, 1.45), (6.85, 5.1, 1.45), (-0.15, 5.1, 1.45)),
}


@dataclass(frozen=True)
class Paint:
    """A colour "#rrggbb" and a hatch: "none", one of the materials' hatches, or "paste"."""

    colour: str
    hatch: str

    @property
    def ident(self) -> str:
        """Short name of its pattern."""
        return f"{self.hatch[0:2]}{self.colour[1:]}"

    def fill(self, prefix: str) -> str:
        """The SVG fill."""
        return self.colour if self.hatch == "none" else f"url(#{prefix}{self.ident})"


def paint_of(material: str, materials: Mapping[str, Any], shade: int = 0, fact: Any = None) -> Paint:
    """Paint of a region; shade tells several bodies of one material apart, a paste is drawn as spheres."""
    known = materials.get(material)
    colour, hatch = (known.colour, known.hatch) if known is not None else (UNKNOWN, "cross")
    if fact is not None and fact.phase == "paste":
        hatch = "paste"
    return Paint(mixed(colour, _SHADES[shade % len(_SHADES)]), hatch)


def mixed(colour: str, part: float) -> str:
    """A colour moved towards white (part > 0) or black (part < 0).

    >>> mixed("#808080", -0.5)
    '#404040'
    """
    goal = 255 if part > 0 else 0
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(c + (goal - c) * abs(part)):02x}" for c in channels)


def outline_colour(colour: str) -> str:
    """Colour of a region's outline."""
    return mixed(colour, -0.45)


def hatching(paint: Paint, prefix: str) -> str:
    """The SVG pattern of a paint, or nothing for a plain one."""
    if paint.hatch == "none":
        return ""
    ink = mixed(paint.colour, -0.28)
    if paint.hatch in _DOTS:
        marks = "".join(f'<circle cx="{x}" cy="{y}" r="{r}" fill="{ink}"/>' for x, y, r in _DOTS[paint.hatch])
    else:
        marks = f'{_LINES[paint.hatch]} stroke="{ink}" stroke-width=".7" fill="none"/>'
    return (
        f'<pattern id="{prefix}{paint.ident}" width="7" height="7" patternUnits="userSpaceOnUse">'
        f'<rect width="7" height="7" fill="{paint.colour}"/>{marks}</pattern>'
    )
