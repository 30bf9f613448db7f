"""What arrives on the carrier: pad, passivation, redistribution. Their masks give the shape that is there (tone has no meaning)."""

from __future__ import annotations

from math import pi

import shapely

from ..geometry.area import Area
from ..geometry.section import Section
from ..geometry.stack import Stack
from ..state import Facts, Measured, Quantity, State, StepError, length, listed, quantity


def pad(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Lay a pad of the mask's shape on the carrier."""
    area = outlined(state, settings.mask)
    made = state.operated(
        lambda s: kept_inside(s.grown(name, settings.material, settings.thickness), name, area),
        **{name: Facts("pad", name)},
    )
    return made, Measured({**_size("diameter", area), "thickness": length(settings.thickness)}, {"created": [name]})


def passivation(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Cover everything with a passivation and open it over the pad; refuses an opening that exposes no pad."""
    area = outlined(state, settings.mask)
    made = _covered_and_opened(
        state, name, settings.material, settings.thickness, area, settings.wall_angle, settings.side_coverage, "passivation"
    )
    uncovered = [p for p in made.names_with("pad", "redistribution") if made.is_bare(p)]
    if not uncovered:
        raise StepError("the passivation's opening exposes no pad")
    values = {**_size("opening", area), "thickness": length(settings.thickness)}
    return made, Measured(values, {"created": [name], "exposes": uncovered})


def redistribution(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Lay a redistribution layer's metal on a dielectric and, if asked, cover it with an opened polymer.

    In the plan the metal is the whole line, from the chip's pad in the dielectric's opening to the landing pad; a round cut alone sees
    the landing pad, and says so. StepError where the line does not join the landing pad to a pad of the chip.
    """
    area = outlined(state, settings.mask)
    dielectric, metal, cover = f"{name}-dielectric", f"{name}-metal", f"{name}-cover"
    pads = [p for p in state.names_with("pad") if state.is_bare(p)]
    made = state.operated(
        lambda s: s.grown(dielectric, settings.dielectric, settings.dielectric_thickness),
        **{dielectric: Facts("dielectric", name, cured=True)},
    )
    if settings.dielectric_mask is not None:
        via = outlined(state, settings.dielectric_mask)
        made = made.operated(lambda s: s.opened({dielectric: via}, at=floor_of(state, via)))
    made = made.operated(
        lambda s: kept_inside(s.grown(metal, settings.material, settings.thickness), metal, area),
        **{metal: Facts("redistribution", name)},
    )
    created = [dielectric, metal]
    values = {**_size("landing_pad", area), "thickness": length(settings.thickness)}
    record: dict[str, object] = {"created": created}
    if state.stack is None:
        notes = ("the line from the chip's pad to this landing pad is not in the round cut: its connection is not shown",)
    else:
        joins = [p for p in pads if _joins(made.stack, p, metal)]
        if not joins:
            broken = any(made.stack.path(p, metal, ()) for p in pads)
            apart = "its metal is in pieces, and the one at the bump's centre does not reach" if broken else "it does not touch"
            why = "no pad of the chip lies bare below it" if not pads else f"{apart} {listed(pads)}"
            opened = "" if settings.dielectric_mask else "; the dielectric has no opening over the pad: give dielectric_mask"
            raise StepError(f"the line joins the landing pad to nothing: {why}{opened}")
        record["joins"], notes = joins, ()
    if settings.cover is not None:
        opening = outlined(state, settings.cover_mask)
        made = _covered_and_opened(made, cover, settings.cover, settings.cover_thickness, opening, pi / 2, 1.0, "dielectric")
        created.append(cover)
        values |= _size("cover_opening", opening)
    return made, Measured(values, record, notes)


def _joins(stack: Stack, pad: str, metal: str) -> bool:
    """Whether a metal leads from a pad to the bump's centre in one piece; where it is not at the centre, whether it touches the pad."""
    cells = stack.reached(lambda _, name: name == metal, stack.cells_of([pad]))
    at_centre = {p for p, part in enumerate(stack.neighbours.parts) if shapely.intersects(part, shapely.Point(0.0, 0.0))}
    landing = {cell for cell in stack.cells_of([metal]) if cell[0] in at_centre}
    return bool(cells & (landing or set(stack.cells_of([metal]))))


def outlined(state: State, mask: str) -> Area:
    """Part of the plan that a mask outlines which only says where something ends; StepError when it carries what only light could see.

    Where no plan is carried it must be a concentric opening, which the round cell takes as the circle of equal area.
    """
    shape = state.plan[mask]
    area = Area.about(((0.0, state.plan.radius_in_round_cell(mask)),)) if state.stack is None else Area.of(shape)
    idle = [what for what, given in (("tone: dark", shape.tone != "clear"), ("rings", shape.rings)) if given]
    if idle:
        raise StepError(
            f"mask {mask} has {listed(idle)}: that is for light to see and has no meaning for what arrives in its shape; "
            "make a mask of its own for this step"
        )
    return area


def kept_inside(body: Section | Stack, name: str, area: Area) -> Section | Stack:
    """A view in which a new film has gone from outside a part of the plan."""
    if not body.has(name):
        return body
    return body.opened({name: area.outside}, at=body.bounds(name)[1] if isinstance(body, Section) else 0.0)


def floor_of(state: State, area: Area) -> float:
    """Height of the surface in the middle of a part of the plan [m]."""
    if state.stack is None:
        return state.bump.surface_height(0.0)
    x0, y0, x1, y1 = state.stack.window
    inside = shapely.intersection(area.polygon, shapely.box(x0, y0, x1, y1))
    if inside.is_empty:
        return state.field_height
    middle = inside.representative_point()
    return state.stack.surface_height(middle.x, middle.y)


def _size(what: str, area: Area) -> dict[str, Quantity]:
    """A round area by its diameter, any other by its size."""
    if area.rings is not None:
        return {what: length(2 * area.rings[-1][1])}
    return {f"{what}_area": quantity(area.polygon.area, "area")}


def _covered_and_opened(
    state: State, name: str, material: str, thickness: float, area: Area, angle: float, sides: float, role: str
) -> State:
    floor = floor_of(state, area)
    return state.operated(
        lambda s: s.grown(name, material, thickness, sides=sides).opened({name: area}, at=floor, angles=angle),
        **{name: Facts(role, state_step(name), cured=role == "dielectric")},
    )


def state_step(region: str) -> str:
    """The step that made a region: region names are the step's id, with a suffix where a step makes several."""
    for suffix in ("-dielectric", "-metal", "-cover", "-skin"):
        region = region.removesuffix(suffix)
    return region
