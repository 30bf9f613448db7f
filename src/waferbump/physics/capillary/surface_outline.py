"""The edge of a pad as a curve: corners stay corners, runs of short sides that turn little are read as the smooth curve they stand for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import Polygon

CORNER = np.radians(15.0)  # our choice: a vertex that turns by more is a corner; shapely's default circle of 64 sides turns by 5.6 degrees
DETAIL = 1e-3  # our choice: sides shorter than this, in the outline's unit (a pad's radius), are noise of the drawing, their ends one
STRAIGHT = 3.0  # our choice: a side this many times as long as the one beside it is a straight side that a curve runs into


@dataclass(frozen=True)
class Outline:
    """A closed curve through a polygon's vertices, anticlockwise, as one cubic between every two vertices.

    vertices [any length] (n, 2), leaving and arriving (n, 2): unit tangents at the start and at the end of each side, starts (n + 1,):
    length along the polygon where each side starts, as a fraction of the perimeter, corners: fractions at which the corners stand,
    perimeter [the same length].
    """

    vertices: np.ndarray
    leaving: np.ndarray
    arriving: np.ndarray
    starts: np.ndarray
    corners: np.ndarray
    perimeter: float

    def at(self, fraction: np.ndarray) -> np.ndarray:
        """Points (k, 2) at fractions of the perimeter."""
        fraction = np.asarray(fraction) % 1.0
        side = np.clip(np.searchsorted(self.starts, fraction, side="right") - 1, 0, len(self.vertices) - 1)
        span = self.starts[side + 1] - self.starts[side]
        t = ((fraction - self.starts[side]) / span)[:, None]
        start, end = self.vertices[side], self.vertices[(side + 1) % len(self.vertices)]
        length = (span * self.perimeter)[:, None]
        out, into = self.leaving[side] * length, self.arriving[side] * length
        return start * (1 + 2 * t) * (1 - t) ** 2 + end * t * t * (3 - 2 * t) + out * t * (1 - t) ** 2 - into * t * t * (1 - t)

    def area(self) -> float:
        """Area inside the curve [its unit squared], exact for its cubics."""
        after = np.roll(self.vertices, -1, axis=0)
        length = (np.diff(self.starts) * self.perimeter)[:, None]
        out, into = self.leaving * length, self.arriving * length

        def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
            return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]

        # half of int x dy - y dx: of the chord, and of what the cubic has beyond it
        beyond = cross(out, after - self.vertices) + cross(after - self.vertices, into) - cross(out, into) / 6
        return float(np.sum(cross(self.vertices, after) / 2 + beyond / 10))


def outline(pad: Polygon, scale: float, centre: tuple[float, float] = (0.0, 0.0)) -> Outline:
    """The edge of a pad in units of a length, seen from a centre.

    A vertex that turns by more than 15 degrees is a corner. Between corners the edge is the cubic through its vertices with the tangents
    of circles through three neighbours; a side three times as long as one beside it is straight. The ends of
    sides shorter than 1e-3 L are taken as one.

    Parameters
    ----------
    pad : polygon [m]
    scale : L [m]
    centre : (x, y) [m]

    Returns
    -------
    `Outline` in units of L

    Raises
    ------
    ValueError : a pad that is not one simple polygon, is empty, or has holes.

    Valid for any simple polygon. The curve through a circle's n vertices leaves the circle by less than (pi / n)^4 / 6 of its radius.
    Source: our choice of thresholds, as named in this module.

    >>> round_pad = outline(shapely.Point(0, 0).buffer(1.0), 1.0)
    >>> bool(abs(np.hypot(*round_pad.at(np.linspace(0, 1, 500)).T) - 1).max() < 1e-6), len(round_pad.corners)
    (True, 0)
    """
    if not isinstance(pad, Polygon) or pad.is_empty or not pad.is_valid:
        raise ValueError("a pad must be one polygon whose edge does not cross itself")
    if pad.interiors:
        raise ValueError("a pad with holes has more than one edge: give it as a polygon without holes")
    ring = np.asarray(shapely.geometry.polygon.orient(pad.simplify(1e-9 * scale), 1.0).exterior.coords)[:-1, :2]
    vertices = _without_short_sides((ring - np.asarray(centre)) / scale)
    sides = np.roll(vertices, -1, axis=0) - vertices
    lengths = np.hypot(*sides.T)
    sides = sides / lengths[:, None]
    before, shorter = np.roll(sides, 1, axis=0), np.roll(lengths, 1)
    turns = np.arctan2(before[:, 0] * sides[:, 1] - before[:, 1] * sides[:, 0], np.sum(before * sides, axis=1))
    is_corner = np.abs(turns) > CORNER
    # tangent of the circle through a vertex and its two neighbours
    tangent = before * lengths[:, None] + sides * shorter[:, None]
    tangent /= np.hypot(*tangent.T)[:, None]
    tangent = np.where((lengths > STRAIGHT * shorter)[:, None], sides, tangent)
    tangent = np.where((shorter > STRAIGHT * lengths)[:, None], before, tangent)
    leaving = np.where(is_corner[:, None], sides, tangent)
    arriving = np.roll(np.where(is_corner[:, None], before, tangent), -1, axis=0)
    perimeter = float(lengths.sum())
    starts = np.concatenate([[0.0], np.cumsum(lengths) / perimeter])
    starts[-1] = 1.0
    return Outline(vertices, leaving, arriving, starts, starts[:-1][is_corner], perimeter)


def _without_short_sides(vertices: np.ndarray) -> np.ndarray:
    """The vertices (n, 2) of a polygon without those that follow another by less than `DETAIL`."""
    if np.hypot(*(np.roll(vertices, -1, axis=0) - vertices).T).min() >= DETAIL:
        return vertices
    kept = [vertices[0]]
    for vertex in vertices[1:]:
        if np.hypot(*(vertex - kept[-1])) >= DETAIL:
            kept.append(vertex)
    if np.hypot(*(kept[-1] - kept[0])) < DETAIL:
        kept.pop()
    return np.array(kept)


def marks(edge: Outline, sides: int) -> np.ndarray:
    """Fractions of the perimeter at which a mesh of the edge has its nodes: at every corner, and evenly between corners.

    about `sides` in all, at least one between two corners and eight in all

    Parameters
    ----------
    edge : curve [1]
    sides : wanted number of sides [1]

    Returns
    -------
    array (k,), increasing, from a corner where there is one

    Valid for any outline. Source: our choice.

    >>> marks(outline(shapely.box(0, 0, 1, 1), 1.0), 8).tolist()
    [0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875]
    """
    if not len(edge.corners):
        return np.arange(sides) / sides
    ends = np.append(edge.corners, edge.corners[0] + 1.0)
    spans = np.diff(ends)
    counts = np.maximum(1, np.round(spans * sides)).astype(int)
    while counts.sum() < 8:  # our choice: fewer sides than that do not follow a drop; counts only grow, so this ends
        counts[np.argmax(spans / counts)] += 1
    return np.concatenate([start + span * np.arange(n) / n for start, span, n in zip(ends[:-1], spans, counts, strict=True)])
