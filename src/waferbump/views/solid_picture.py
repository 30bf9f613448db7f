"""A still three-dimensional picture of a site, cut open along its line so that one sees under what is suspended."""

from __future__ import annotations

import base64
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from waferbump.geometry.section import Section
from waferbump.geometry.solid import solids
from waferbump.geometry.stack import Stack

from .colours import paint_of
from .frame import contents_of_stack, shades_of
from .heights import Heights
from .raster import Body, Camera, CutPlane
from .section_drawing import OWN_STYLE
from .section_marks import bends
from .shading import GROUND, png, rendered
from .svg_paths import nice_step

AZIMUTH, ELEVATION = math.radians(28.0), math.radians(28.0)  # from the cut's normal towards its end A'; above the horizon (our choice)
WIDTH, HEIGHT = 900, 600  # [px]
_CARRIER_SHOWN = 0.06  # part of the window's width, as drawn
_FOOT = 36  # [px] for what is written below
_MARGIN = 26.0  # [px] free round the bodies, for letters and the scale bar
_LETTER = 11.0  # [px]
_APART = 14.0  # [px] of letters and the scale bar from the body


@dataclass(frozen=True)
class Scene:
    """How all three-dimensional pictures of a run are looked at.

    camera : the view;  cut : the plane that opens the bodies, or None;  heights : how they are drawn
    low : height [m] at which the carrier is cut off;  front : ends (x, y) [m] of the cut, or without one of the window's nearest edge
    lettering : size of what is written, as a factor [1];  along_cut : the plane is the planar cut's own, whose ends are A and A'
    """

    camera: Camera
    cut: CutPlane | None
    heights: Heights
    low: float
    front: tuple[tuple[float, float], tuple[float, float]]
    lettering: float = 1.0
    along_cut: bool = False

    @property
    def words(self) -> str:
        """What a picture must say of itself."""
        if self.cut is None:
            return self.heights.words
        where = "along A–A′" if self.along_cut else "along a straight line through the bump's centre"
        return f"cut open {where}; {self.heights.words}"


def scene_of(
    stacks: Sequence[tuple[Stack, Section | None]],
    *,
    line: Sequence[tuple[float, float]] = (),
    opened: bool = True,
    heights: Heights | None = None,
    azimuth: float = AZIMUTH,
    elevation: float = ELEVATION,
    width: int = WIDTH,
    height: int = HEIGHT,
    lettering: float = 1.0,
) -> Scene:
    """The view that shows all of some structures.

    Parameters
    ----------
    stacks : what stands at the site, each with the round section of its imported bodies
    line : of the planar cut (x, y) [m]; by default through the bump's centre along x. A bent one opens the bodies along the straight
        line through the bump's centre in the direction from its first to its last point
    opened : take away what lies on the right of the cut, seen from A to A'
    heights : how heights are drawn; by default to scale
    azimuth, elevation : of the viewer, from the cut's normal towards A' and above the horizon [rad]
    width, height : of the picture [px];  lettering : size of what is written in it [1], larger where a page shows the picture smaller
    """
    heights = heights if heights is not None else Heights()
    window = stacks[0][0].window
    low = -_CARRIER_SHOWN * (window[2] - window[0]) / heights.factor
    direction = _direction(line)
    cut = CutPlane((0.0, 0.0), direction) if opened else None
    toward = direction - math.pi / 2 + azimuth
    unit = Camera(toward, elevation, (0.0, 0.0, 0.0), 1.0, 0, 0)
    points = np.concatenate([_outermost(stack, section, heights, low, cut) for stack, section in stacks])
    seen = unit.seen(points)
    (left, top), (right, bottom) = seen[:, :2].min(axis=0), seen[:, :2].max(axis=0)
    scale = min((width - 2 * _MARGIN * lettering) / (right - left), (height - 2 * _MARGIN * lettering) / (bottom - top))
    axes = unit.axes
    middle = axes[0] * (left + right) / 2 - axes[1] * (top + bottom) / 2
    camera = Camera(toward, elevation, tuple(float(c) for c in middle), scale, width, height)
    return Scene(camera, cut, heights, low, _front(window, direction, opened), lettering, len(line) > 1 and not bends(line))


def _direction(line: Sequence[tuple[float, float]]) -> float:
    return math.atan2(line[-1][1] - line[0][1], line[-1][0] - line[0][0]) if len(line) > 1 else 0.0


def _front(window: tuple[float, float, float, float], direction: float, opened: bool) -> tuple[tuple[float, float], tuple[float, float]]:
    """The window's extent along a straight line in some direction: through the bump's centre, or as far to its right as the window goes."""
    x0, y0, x1, y1 = window
    along = np.array([math.cos(direction), math.sin(direction)])
    across = np.array([-along[1], along[0]])
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    if not opened:
        nearest = (corners @ across).min() * across
        first, last = nearest + (corners @ along).min() * along, nearest + (corners @ along).max() * along
        return (float(first[0]), float(first[1])), (float(last[0]), float(last[1]))
    reach = [sorted((low / step, high / step)) for step, low, high in ((along[0], x0, x1), (along[1], y0, y1)) if abs(step) > 1e-12]
    ends = [max(low for low, _ in reach), min(high for _, high in reach)]
    return tuple((float(s * along[0]), float(s * along[1])) for s in ends)


def _outermost(stack: Stack, section: Section | None, heights: Heights, low: float, cut: CutPlane | None) -> np.ndarray:
    """Corners round all that is drawn of a structure."""
    x0, y0, x1, y1 = stack.window
    corners = [(x, y, low) for x in (x0, x1) for y in (y0, y1)]
    for name in stack.names[:-1]:
        for shape, _, top in stack.prisms(name):
            west, south, east, north = shape.bounds
            corners += [(x, y, top) for x in (west, east) for y in (south, north)]
    points = [np.array(corners)]
    if section is not None:
        turn = np.linspace(0.0, 2 * math.pi, 33)[:, None]
        for name in stack.imported & set(section.names):
            r, z = np.asarray(section.shape(name).convex_hull.exterior.coords).T
            points.append(np.stack([r * np.cos(turn), r * np.sin(turn), np.broadcast_to(z, (33, len(z)))], axis=-1).reshape(-1, 3))
        points[0] = points[0][points[0][:, 2] <= _top_without(stack, set(section.names))]
    whole = np.concatenate(points)
    if cut is not None:
        along = np.array([math.cos(cut.direction), math.sin(cut.direction)])
        across = np.array([-along[1], along[0]])
        s, t = whole[:, :2] @ along, np.maximum(whole[:, :2] @ across, 0.0)  # moved onto the plane what it takes away
        whole[:, :2] = s[:, None] * along + t[:, None] * across
    whole[:, 2] = heights.drawn(whole[:, 2])
    return whole


def _top_without(stack: Stack, round_names: Collection[str]) -> float:
    """Highest point of what is not drawn from the round section."""
    tops = [top for name in stack.names[:-1] if name not in stack.imported & set(round_names) for _, _, top in stack.prisms(name)]
    return max(tops, default=0.0)


def bodies_of(
    stack: Stack,
    section: Section | None,
    materials: Mapping[str, Any],
    scene: Scene,
    *,
    facts: Mapping[str, Any] | None = None,
    shades: Mapping[str, int] | None = None,
    without: Collection[str] = (),
) -> tuple[Body, ...]:
    """The regions of a stack as bodies to be drawn; round ones are turned from the axisymmetric section, where there is one.

    Parameters
    ----------
    section : the axisymmetric cut; without it imported bodies stay in terraces
    without : names of regions to be left out, such as the protection over a line

    GeometryError when a surface cannot be closed, or the section lacks an imported body.
    """
    facts = facts or {}
    shades = shades if shades is not None else shades_of([contents_of_stack(stack)])
    bodies = []
    for solid in solids(stack, section):
        if solid.name in without:
            continue
        paint = paint_of(solid.material, materials, shades.get(solid.name, 0), facts.get(solid.name))
        points = np.array(solid.vertices)
        points[:, 2] = scene.heights.drawn(np.maximum(points[:, 2], scene.low))
        bodies.append(Body(solid.name, points, solid.triangles, paint.colour, paint.hatch))
    return tuple(bodies)


def solid_svg(
    bodies: Sequence[Body], scene: Scene, *, title: str = "In three dimensions", prefix: str = "b", small: bool = False, alone: bool = True
) -> str:
    """The picture as one SVG element: a PNG image inside, with the letters of the cut, a scale bar along it and how heights are drawn.

    Parameters
    ----------
    bodies : closed surfaces (`bodies_of`), or any others with heights as drawn
    scene : the view (`scene_of`)
    title : read out by screen readers
    prefix : of the ids inside, to tell pictures on one page apart
    small : nothing is written below; the page says it
    alone : the picture brings the look of its text and lines; otherwise the page has it
    """
    camera = scene.camera
    data = base64.b64encode(png(rendered(bodies, camera, cut=scene.cut), clear=GROUND)).decode("ascii")
    names = ", ".join(escape(body.name) for body in bodies)
    height = camera.height + (0 if small else _FOOT)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {camera.width} {height}" role="img" '
        f'aria-labelledby="{prefix}t {prefix}d" data-scale="{camera.scale * 1e-6:.9g}">',
        f'<title id="{prefix}t">{escape(title)}</title>',
        f'<desc id="{prefix}d">Seen from above at an angle, {scene.heights.words}: {names}.</desc>',
        OWN_STYLE if alone else "",
        f'<image class="solid" width="{camera.width}" height="{camera.height}" href="data:image/png;base64,{data}"/>',
        *_letters_and_bar(scene),
    ]
    if not small:
        parts.append(f'<text x="{camera.width - 8}" y="{camera.height + 14}" text-anchor="end">{scene.words}</text>')
    return "".join([*parts, "</svg>"])


def _letters_and_bar(scene: Scene) -> list[str]:
    """A and A' beside the corners of the planar cut, and below the lower edge in front a bar of a round length along it."""
    camera, low, apart = scene.camera, float(scene.heights.drawn(scene.low)), _APART * scene.lettering
    size = f'style="font-size:{_LETTER * scene.lettering:.3g}px"'
    (ax, ay), (bx, by) = scene.front
    first, last, upper = camera.seen(np.array([[ax, ay, low], [bx, by, low], [ax, ay, 0.0]]))[:, :2]
    along = (last - first) / np.hypot(*(last - first))
    down = np.array([-along[1], along[0]]) * apart * 0.7
    parts = []
    if scene.cut is not None and scene.along_cut:
        for letter, (x, y) in (("A", upper - along * apart), ("A′", last + down * 1.2)):
            parts.append(f'<text class="end" {size} x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{letter}</text>')
    reach = math.dist(*scene.front)
    length = nice_step(reach * 1e6 / 3, down=True)
    start, tick = first + 0.6 * down, down * 0.4
    end = start + (last - first) * length * 1e-6 / reach
    x, y = (start + end) / 2 + down * 1.7
    turn = math.degrees(math.atan2(along[1], along[0]))
    parts.append(
        f'<path class="b" data-um="{length:g}" d="M{start[0] - tick[0]:.1f} {start[1] - tick[1]:.1f}L{start[0]:.1f} {start[1]:.1f}'
        f'L{end[0]:.1f} {end[1]:.1f}L{end[0] - tick[0]:.1f} {end[1] - tick[1]:.1f}"/>'
    )
    parts.append(
        f'<text {size} x="{x:.1f}" y="{y:.1f}" text-anchor="middle" transform="rotate({turn:.1f} {x:.1f} {y:.1f})">{length:g} um</text>'
    )
    return parts
