"""A small structure in the manner of document E, figure by figure: a bump on a suspended part beside its pad."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import shapely

from waferbump.geometry.area import Area
from waferbump.geometry.section import Section
from waferbump.geometry.stack import Stack

WINDOW = (-330e-6, -250e-6, 170e-6, 250e-6)
LINE = ((-330e-6, 0.0), (170e-6, 0.0))
BALL_RADIUS, BALL_FOOT = 150e-6, 21.5e-6  # [m]
BALL_CENTRE = BALL_FOOT + math.sqrt(BALL_RADIUS**2 - 125e-6**2)

SLOT = shapely.box(-230e-6, -175e-6, 160e-6, 175e-6) - shapely.box(-231e-6, -160e-6, 145e-6, 160e-6)
VIA, PAD = shapely.box(-315e-6, -25e-6, -265e-6, 25e-6), shapely.box(-330e-6, -40e-6, -250e-6, 40e-6)
SACRIFICIAL = shapely.box(-245e-6, -175e-6, 160e-6, 175e-6)
METAL_LINE = shapely.box(-315e-6, -25e-6, 0.0, 25e-6) | shapely.Point(0, 0).buffer(140e-6, 32)
OPENING = shapely.Point(0, 0).buffer(125e-6, 32)


@dataclass(frozen=True)
class Structure:
    """The stack, its planar cut and its round cut."""

    stack: Stack
    cut: Section
    bump: Section

    def done(self, operation: Callable) -> Structure:
        """One operation on all but the round cut, of which the pictures want the ball alone."""
        return replace(self, stack=operation(self.stack), cut=operation(self.cut))

    def patterned(self, name: str, material: str, thickness: float, within: shapely.Geometry) -> Structure:
        """A film, and what of it lies outside a part of the plan taken off again."""
        filmed = self.done(lambda view: view.grown(name, material, thickness))
        return filmed.done(lambda view: view.opened({name: Area(within).outside}, at=0.0))

    def opened(self, name: str, where: shapely.Geometry) -> Structure:
        return self.done(lambda view: view.opened({name: Area(where)}, at=0.0))


def ball() -> shapely.Polygon:
    """The ball's right half, in (r, z) [m]."""
    angles = np.linspace(math.asin((BALL_FOOT - BALL_CENTRE) / BALL_RADIUS), math.pi / 2, 91)
    arc = np.column_stack([BALL_RADIUS * np.cos(angles), BALL_CENTRE + BALL_RADIUS * np.sin(angles)])
    return shapely.Polygon([(0.0, BALL_FOOT), *arc[:-1], (0.0, BALL_CENTRE + BALL_RADIUS)])


def round_cut() -> Section:
    blank = Section.blank("axisymmetric", 170e-6, material="Si", thickness=100e-6, headroom=400e-6)
    return blank.filled("line", "Cu", level=BALL_FOOT, within=140e-6).placed("ball", "SAC305", ball())


@cache
def figures(line: tuple[tuple[float, float], ...] = LINE) -> dict[str, Structure]:
    """The structure after each of the document's figures 12A to 12G, cut along a line."""
    length = sum(math.dist(*leg) for leg in itertools.pairwise(line))
    stack = Stack.blank(WINDOW, material="Si", thickness=100e-6)
    cut = Section.blank("planar", length, material="Si", thickness=100e-6, line=line)
    bare = Structure(stack, cut, Section.blank("axisymmetric", 170e-6, material="Si", thickness=100e-6))
    a = bare.patterned("pad", "Al", 1e-6, PAD).done(lambda view: view.grown("passivation", "SiN", 0.5e-6)).opened("passivation", VIA)
    b = a.patterned("sacrificial", "SiO2", 5e-6, SACRIFICIAL)
    c = b.done(lambda view: view.grown("insulation", "polyimide", 9e-6)).opened("insulation", VIA).opened("insulation", SLOT)
    d = c.patterned("line", "Cu", 5e-6, METAL_LINE)
    e = d.done(lambda view: view.grown("protection", "PBO", 9e-6)).opened("protection", SLOT).opened("protection", OPENING)
    round_one = round_cut()
    f = replace(e.done(lambda view: view.with_image("ball", "SAC305", round_one)), bump=round_one)
    g = f.done(lambda view: view.without(["sacrificial"]))
    return dict(zip("ABCDEFG", (a, b, c, d, e, f, g), strict=True))
