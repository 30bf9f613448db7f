"""A layer that grows at an interface: it takes a share from the body on either side, and a free surface makes up for what shrinks.

Distances are measured straight from the interface, within one body at a time, so that a layer never jumps a barrier of another body; the
volumes taken are exact, the distances follow from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from scipy.optimize import brentq

from waferbump.geometry.partition import AIR, OPEN, TICKS_PER_METRE, GeometryError, oriented_edges, polygons, shared
from waferbump.geometry.section import Section

# 16 chords a quarter circle: the layer's rounded corners are true to 0.1 % of its thickness
_QUARTER = 16
_DOUBLINGS = 12  # of a first guess for a distance, before a volume counts as not to be had
_CUBE = TICKS_PER_METRE**3


def whole(section: Section, body: str):
    """All of a body [ticks]."""
    return section._partition.shapes[body]


def interface(section: Section, bodies: Sequence[str], others: Sequence[str]):
    """The lines [ticks] along which some bodies touch some others."""
    found = []
    for name in bodies:
        edges = section._partition.edges(name)
        for other in others:
            common = edges[shared(edges, section._partition.edges(OPEN if other == AIR else other))]
            if len(common):
                found.append(common)
    if not found:
        return shapely.MultiLineString()
    merged = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(np.concatenate(found).reshape(-1, 2, 2))))
    return shapely.MultiLineString(list(shapely.get_parts(merged)))


def volume(section: Section, shape) -> float:
    """Volume [m^3] that a shape [ticks] sweeps round the axis."""
    return section._measure(oriented_edges(shape)) / _CUBE if len(polygons(shape)) else 0.0


def near(section: Section, body: str, lines, distance: float):
    """The part [ticks] of a body within a distance [m] of lines that bound it; square to the lines at their ends."""
    strip = shapely.buffer(lines, distance * TICKS_PER_METRE, cap_style="flat", quad_segs=_QUARTER)
    return shapely.intersection(section._partition.shapes[body], strip)


def share(section: Section, body: str, lines, amount: float, guess: float, *, most: float | None = None):
    """The part [ticks] of a body next to lines that has a volume: (part, its volume [m^3]).

    amount : volume wanted [m^3];  guess : distance [m] to begin with;  most : distance [m] beyond which nothing is taken

    Raises
    ------
    GeometryError : the body has not that much within 4096 times the first guess, and no limit was set.
    """
    whole = volume(section, section._partition.shapes[body])
    if amount <= 0 or guess <= 0:
        return shapely.MultiPolygon(), 0.0
    if amount >= whole * (1 - 1e-9) and most is None:
        return section._partition.shapes[body], whole

    def over(distance: float) -> float:
        return volume(section, near(section, body, lines, distance)) - amount

    if most is not None and over(most) <= 0:
        part = near(section, body, lines, most)
        return part, volume(section, part)
    high = guess if most is None else min(guess, most)
    for _ in range(_DOUBLINGS):
        if over(high) > 0:
            break
        high = 2 * high if most is None else min(2 * high, most)
    else:
        raise GeometryError(f"{body!r} does not hold {amount:.4g} m^3 next to that interface")
    distance = brentq(over, 0.0, high, xtol=1e-13, rtol=1e-12, maxiter=100)
    part = near(section, body, lines, distance)
    return part, volume(section, part)


def converted(section: Section, parts: Mapping[str, Sequence], materials: Mapping[str, str]) -> Section:
    """The section after parts [ticks] of bodies have gone to the regions they are listed under (`air` among them).

    materials : of regions that are new
    """
    claims = {name: shapely.union_all(list(polygons(list(shapes))), grid_size=1.0) for name, shapes in parts.items()}
    claims = {name: shape for name, shape in claims.items() if len(polygons(shape))}
    return section._became(section._partition.claimed(claims), **materials) if claims else section


def settled(section: Section, body: str, amount: float) -> Section:
    """The section with a body's free surface moved evenly until the body has a volume [m^3]; as it was where it has no free surface."""
    there = section.volume(body)
    change, surface = amount - there, section.exposed_amount(body)
    # a nanometre's share of the surface is less than an outline can show
    if surface == 0 or abs(change) < 1e-11 * surface:
        return section
    if change > 0:
        return section.enlarged(body, volume=change)
    part, _ = share(section, body, interface(section, [body], [AIR]), -change, -change / surface)
    return converted(section, {AIR: [part]}, {})
