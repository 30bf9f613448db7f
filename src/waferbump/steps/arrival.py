"""What arrives on the carrier: pad, passivation, redistribution. Their masks give the shape that is there (tone has no meaning)."""

from __future__ import annotations

from math import pi

from ..geometry.section import Section
from ..state import Facts, Measured, State, StepError, length, listed


def pad(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Lay a pad of the mask's shape on the carrier."""
    radius = outline_radius(state, settings.mask)
    made = state.operated(
        lambda s: _kept_inside(s.grown(name, settings.material, settings.thickness), name, radius),
        **{name: Facts("pad", name)},
    )
    return made, Measured({"diameter": length(2 * radius), "thickness": length(settings.thickness)}, {"created": [name]})


def passivation(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Cover everything with a passivation and open it over the pad; refuses an opening that exposes no pad."""
    radius = outline_radius(state, settings.mask)
    floor = state.bump.surface_height(0.0)
    made = _covered_and_opened(
        state, name, settings.material, settings.thickness, radius, floor, settings.wall_angle, settings.side_coverage, "passivation"
    )
    uncovered = [p for p in made.names_with("pad", "redistribution") if made.bump.exposed_amount(p) > 0]
    if not uncovered:
        raise StepError("the passivation's opening exposes no pad")
    values = {"opening": length(2 * radius), "thickness": length(settings.thickness)}
    return made, Measured(values, {"created": [name], "exposes": uncovered})


def redistribution(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Lay a redistribution layer's landing pad on a dielectric and, if asked, cover it with an opened polymer.

    The line that joins it to the chip's pad lies outside a round cut.
    """
    radius = outline_radius(state, settings.mask)
    dielectric, metal, cover = f"{name}-dielectric", f"{name}-metal", f"{name}-cover"
    made = state.operated(
        lambda s: s.grown(dielectric, settings.dielectric, settings.dielectric_thickness),
        **{dielectric: Facts("dielectric", name, cured=True)},
    )
    made = made.operated(
        lambda s: _kept_inside(s.grown(metal, settings.material, settings.thickness), metal, radius),
        **{metal: Facts("redistribution", name)},
    )
    created = [dielectric, metal]
    values = {"landing_pad": length(2 * radius), "thickness": length(settings.thickness)}
    if settings.cover is not None:
        opening = outline_radius(state, settings.cover_mask)
        floor = made.bump.surface_height(0.0)
        made = _covered_and_opened(made, cover, settings.cover, settings.cover_thickness, opening, floor, pi / 2, 1.0, "dielectric")
        created.append(cover)
        values["cover_opening"] = length(2 * opening)
    note = "the line from the chip's pad to this landing pad is not in the round cut: its connection is not shown"
    return made, Measured(values, {"created": created}, (note,))


def outline_radius(state: State, mask: str) -> float:
    """Radius of a mask that only says where something ends [m]; StepError when it carries what only light could see."""
    radius = state.plan.radius_in_round_cell(mask)
    shape = state.plan[mask]
    idle = [what for what, given in (("tone: dark", shape.tone != "clear"), ("rings", shape.rings)) if given]
    if idle:
        raise StepError(
            f"mask {mask} has {listed(idle)}: that is for light to see and has no meaning for what arrives in its shape; "
            "make a mask of its own for this step"
        )
    return radius


def _kept_inside(section: Section, name: str, radius: float) -> Section:
    if radius >= section.width:
        return section
    return section.opened({name: ((radius, section.width),)}, at=section.bounds(name)[1])


def _covered_and_opened(
    state: State, name: str, material: str, thickness: float, radius: float, floor: float, angle: float, sides: float, role: str
) -> State:
    return state.operated(
        lambda s: s.grown(name, material, thickness, sides=sides).opened({name: ((0.0, radius),)}, at=floor, angles=angle),
        **{name: Facts(role, state_step(name), cured=role == "dielectric")},
    )


def state_step(region: str) -> str:
    """The step that made a region: region names are the step's id, with a suffix where a step makes several."""
    for suffix in ("-dielectric", "-metal", "-cover", "-skin"):
        region = region.removesuffix(suffix)
    return region
