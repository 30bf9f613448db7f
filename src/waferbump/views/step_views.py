"""The pictures of a run's steps: which steps are worth one, through which windows, and one step from every side."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waferbump.geometry.partition import GeometryError

from .frame import Frame, contents_of, contents_of_stack, frame_of, shades_of
from .heights import Heights
from .legend import SLICE, LegendEntry, legend_of, slices
from .plan_drawing import plan_svg
from .section_drawing import section_svg
from .solid_picture import Scene, bodies_of, scene_of, solid_svg

if TYPE_CHECKING:
    from waferbump.results import Run
    from waferbump.state import State

CUT, ROUND = "cut", "bump"
_LETTERING = 1.4  # pictures in three dimensions are drawn about so much larger than pages show them
_STEEPEST = 3.0  # heights in three dimensions are exaggerated by no more, or slopes look wrong (our choice)
_FIGURE = re.compile(r"\bfigs?\.?\s*(\d+\s?[A-Z]?)\b", re.IGNORECASE)


@dataclass(frozen=True)
class View:
    """One picture of a step: what kind it is, what stands over it, and its SVG; without one `refusal` says why."""

    kind: str
    heading: str
    svg: str = ""
    refusal: str = ""


@dataclass(frozen=True)
class Windows:
    """Through what all steps of a run are looked at: the frames of its cuts, the shades of its bodies and the view in three dimensions.

    line : of the planar cut (x, y) [m], empty where there is none
    """

    frames: Mapping[str, Frame]
    shades: Mapping[str, int]
    scene: Scene | None
    line: tuple[tuple[float, float], ...]


def windows_of(states: Sequence[State], *, small_width: float | None = None, size: tuple[int, int] = (600, 400)) -> Windows:
    """Windows shared by states of one run.

    small_width : [px] of small pictures among many;  size : of those in three dimensions [px]
    """
    shades = shades_of(map(contents_of_state, states))
    frames = {}
    for view in (ROUND, CUT):
        sections = [state.sections[view] for state in states if view in state.sections]
        if sections:
            round_ones = {n for state in states for n, facts in state.facts.items() if view in facts.imported}
            frames[view] = frame_of(sections, small_width=small_width, shades=shades, slices=round_ones)
    line = next((state.sections[CUT].line for state in states if CUT in state.sections), ())
    standing = [state for state in states if state.stack is not None]
    scene = None
    if standing:
        highest = max(standing, key=lambda state: state.stack.highest)
        shown = {id(state): state for state in (highest, standing[-1])}.values()
        flat = frames[CUT].heights if CUT in frames else Heights()
        heights = Heights(min(flat.factor, _STEEPEST), flat.upto)
        pairs = [(state.stack, state.sections.get(ROUND)) for state in shown]
        scene = scene_of(pairs, line=line, heights=heights, width=size[0], height=size[1], lettering=_LETTERING)
    return Windows(frames, shades, scene, line)


def contents_of_state(state: State) -> dict[str, str]:
    """Materials by region name, of all that stands in any view, in the order of making."""
    contents = contents_of_stack(state.stack) if state.stack is not None else {}
    for section in state.sections.values():
        contents |= {name: material for name, material in contents_of(section).items() if name != "air"}
    if state.stack is None:
        return contents
    made = {name: number for number, name in enumerate(state.facts)}
    return dict(sorted(contents.items(), key=lambda item: made.get(item[0], len(made))))


def legend_of_state(state: State, materials: Mapping[str, Any], windows: Windows) -> tuple[LegendEntry, ...]:
    """What stands in any view of a state, last made first."""
    entries = legend_of(contents_of_state(state), materials, facts=state.facts, shades=windows.shades)
    sliced = slices(state.sections[CUT], state.facts) if CUT in state.sections else ()
    return tuple(
        LegendEntry(e.name, e.material, e.paint, "; ".join(filter(None, (e.remark, f"{SLICE} in the cut" if e.name in sliced else ""))))
        for e in entries
    )


def views_of(
    state: State, materials: Mapping[str, Any], windows: Windows, *, title: str, prefix: str, with_solid: bool = True, small: bool = False
) -> tuple[View, ...]:
    """A state from every side that it has: planar cut, plan, three dimensions, round cut.

    Parameters
    ----------
    title : of the pictures, for screen readers, to which each adds what it is
    prefix : of the ids inside
    with_solid : draw the picture in three dimensions too, which takes about a second
    small : pictures among many, whose headings and scales the page gives
    """
    views = []
    if CUT in state.sections:
        frame = windows.frames[CUT]
        svg = section_svg(
            state.sections[CUT], materials, facts=state.facts, frame=frame, title=f"Cut, {title}", prefix=f"{prefix}c", with_legend=False
        )
        views.append(View(CUT, f"cut A–A′, {frame.heights.words}", svg))
    if state.stack is not None and windows.scene is not None:
        svg = plan_svg(
            state.stack,
            materials,
            facts=state.facts,
            line=windows.line,
            shades=windows.shades,
            title=f"From above, {title}",
            prefix=f"{prefix}p",
            with_legend=False,
            width=windows.frames[CUT].scale * windows.frames[CUT].right if small and CUT in windows.frames else 400.0,
            small=small,
        )
        views.append(View("plan", "from above, to scale", svg))
        if with_solid:
            views.append(_solid(state, materials, windows, title, f"{prefix}b"))
    if ROUND in state.sections:
        svg = section_svg(
            state.sections[ROUND],
            materials,
            facts=state.facts,
            frame=windows.frames[ROUND],
            title=f"Cross-section, {title}",
            prefix=prefix,
            with_legend=False,
        )
        views.append(View(ROUND, "round cut through the bump's centre, to scale", svg))
    return tuple(views)


def _solid(state: State, materials: Mapping[str, Any], windows: Windows, title: str, prefix: str) -> View:
    scene = windows.scene
    heading = f"in three dimensions, {scene.words}"
    try:
        bodies = bodies_of(state.stack, state.sections.get(ROUND), materials, scene, facts=state.facts, shades=windows.shades)
    except GeometryError as error:
        return View("solid", heading, refusal=f"no picture in three dimensions: {error}")
    svg = solid_svg(bodies, scene, title=f"In three dimensions, {title}", prefix=prefix, small=True, alone=False)
    return View("solid", heading, svg)


def figure_of(note: str | None) -> str:
    """The figure of a document that a step's note names, or nothing.

    >>> figure_of("as in fig. 12A: the pad"), figure_of("a pad")
    ('12A', '')
    """
    found = _FIGURE.search(note or "")
    return found[1].replace(" ", "").upper() if found else ""


def figured_steps(run: Run) -> dict[str, str]:
    """Figure by step id, of the steps whose notes name one; where several name the same figure, of the last."""
    notes = {asked.id: asked.note for asked in run.recipe.steps}
    by_figure = {figure: step.id for step in run.steps if (figure := figure_of(notes.get(step.id)))}
    return {step: figure for figure, step in by_figure.items()}


def changing_steps(run: Run) -> tuple[str, ...]:
    """Ids of the steps after which something stands differently from before."""
    before, found = run.start, []
    for step in run.steps:
        if _shapes(step.state) != _shapes(before):
            found.append(step.id)
        before = step.state
    return tuple(found)


def _shapes(state: State) -> list[Any]:
    stack = [] if state.stack is None else [state.stack.shapes, state.stack.towers, state.stack.materials]
    return [*stack, *((name, section.regions) for name, section in state.sections.items())]
