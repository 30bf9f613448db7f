"""Reading a picture back: polygons of its regions in um."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import shapely

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ElementTree.Element:
    """The picture as XML."""
    return ElementTree.fromstring(svg)


def shapes(svg: str, *, inset: int | None = None) -> dict[str, shapely.Geometry]:
    """Outlines by region [um], x from the axis and z upwards from the carrier's top; of the main picture or of an inset (from 0).

    An inset's coordinates are its own: only sizes mean something there.
    """
    root = parsed(svg)
    if inset is None:
        group, scale = root.find(f"{SVG}g[@class='drawing']"), float(root.get("data-scale"))
    else:
        outer = root.findall(f"{SVG}g[@class='inset']")[inset]
        group, scale = outer.find(f"{SVG}g"), float(outer.get("data-scale"))
    return {path.get("data-region"): _polygons(path.get("d"), scale) for path in group.findall(f"{SVG}path") if path.get("data-region")}


def _polygons(data: str, scale: float) -> shapely.Geometry:
    rings = []
    for text in data.split("z")[:-1]:
        x = y = 0.0
        corners = []
        for command, numbers in re.findall(r"([Mlhv])([^Mlhv]*)", text):
            values = [float(number) for number in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", numbers)]
            if command == "M":
                x, y = values
                corners.append((x, y))
                continue
            across = values if command == "h" else [0.0] * len(values) if command == "v" else values[::2]
            down = values if command == "v" else [0.0] * len(values) if command == "h" else values[1::2]
            for dx, dy in zip(across, down, strict=True):
                x, y = x + dx, y + dy
                corners.append((x, y))
        rings.append(shapely.Polygon([(px / scale, -py / scale) for px, py in corners]))
    whole = shapely.Polygon()
    for ring in rings:  # outlines and holes: each ring turns inside to outside
        whole = whole.symmetric_difference(ring)
    return whole
