"""Films, coats and dry films: deposit, coat, laminate."""

from __future__ import annotations

from collections.abc import Mapping
from math import pi
from types import MappingProxyType

from ..physics.resist import spin_thickness
from ..state import Facts, Measured, State, StepError, length, listed
from .arrival import outlined
from .joints import with_adhesion
from .opening import NANOMETRE
from .support import touched_by

_THIN = 0.2  # part of its thickness below which a coat over a bump in the ground is worth a warning (our choice)


def deposit(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Grow a film on everything that open air touches, thinner on side walls by the method's step coverage."""
    sides = settings.side_coverage if settings.side_coverage is not None else _side_coverage(settings, materials)
    made = state.operated(lambda s: s.grown(name, settings.material, settings.thickness, sides=sides), **{name: Facts("film", name)})
    made = with_adhesion(made, name, settings.adhesion)
    values = {"thickness": length(settings.thickness), "side_thickness": length(settings.thickness * sides)}
    return made, Measured(values, {"created": [name], "on": sorted(state.facts.keys() & touched_by(made, name))})


def _side_coverage(settings, materials) -> float:
    """Step coverage of a method: an electroless film grows evenly from a liquid, a sputtered one as its material's data say."""
    if settings.method == "electroless":
        return 1.0
    material = materials[settings.material]
    if settings.method == "sputter" and material.has("side_coverage"):
        return material.number("side_coverage")
    raise StepError(f"no step coverage is known for {settings.material} by {settings.method}: give side_coverage, e.g. 50 %")


def coat(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Spin a polymer: its top is flat, `thickness` above the field (the surface at the cell's edge)."""
    material = materials[settings.resist]
    thickness = settings.thickness
    if thickness is None:
        reference = material.number("spin_thickness", rotation_speed=settings.speed)
        curve = (reference, material.number("spin_reference_speed"), material.number("spin_exponent"))
        thickness = float(spin_thickness(settings.speed, *curve))
    level = state.field_height + thickness
    facts = Facts("mask", name, parameters=_stated(settings))
    made = state.operated(lambda s: s.coated(name, settings.resist, level), **{name: facts})
    made = with_adhesion(made, name, settings.adhesion)
    warnings = []
    if (top := _highest(state)) > level + NANOMETRE:
        warnings.append(f"{(top - level) * 1e6:.3g} um of what stands below sticks out of {name}")
    elif top > level - _THIN * thickness:
        warnings.append(f"{name} is only {(level - top) * 1e6:.3g} um thick over the highest place: it may not hold as a mask there")
    warnings += _over_paste(state, name)
    values = {"thickness": length(thickness), "thickness_at_axis": length(_thickness_at_axis(made, name))}
    return made, Measured(values, {"created": [name], "method": "spin"}, tuple(warnings))


def laminate(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Lay a dry film on: it fills shallow gaps, spans deep ones narrower than `bridges` and follows wider ones.

    With a mask it is a pre-punched foil.
    """
    facts = Facts("mask", name, parameters=_stated(settings))
    if settings.mask is not None:
        if settings.bridges is not None:
            raise StepError("a pre-punched foil lies flat and spans nothing by itself: give mask or bridges, not both")
        area = outlined(state, settings.mask)
        level = state.field_height
        made = state.operated(
            lambda s: s.coated(name, settings.resist, level + settings.thickness).opened({name: area}, at=level),
            **{name: facts},
        )
        radius = area.rings[-1][1] if area.rings is not None else (area.polygon.area / pi) ** 0.5
        return made, Measured(
            {"thickness": length(settings.thickness), "opening": length(2 * radius)},
            {"created": [name], "method": "pre-punched", "opened": {name: {"radius": radius}}},
        )
    bridges = settings.bridges
    if bridges is None:
        if not materials[settings.resist].has("bridging_gap"):
            raise StepError(f"how wide a gap {settings.resist} spans is not known: give bridges, e.g. 60 um")
        bridges = materials[settings.resist].number("bridging_gap")
    fills = materials[settings.resist].number("conforming_depth") if materials[settings.resist].has("conforming_depth") else 0.0
    made = state.operated(lambda s: s.laminated(name, settings.resist, settings.thickness, bridges=bridges, fills=fills), **{name: facts})
    values = {"thickness": length(settings.thickness), "bridges": length(bridges)}
    return made, Measured(values, {"created": [name], "method": "laminate"}, tuple(_over_paste(state, name)))


def _stated(settings) -> Mapping[str, float]:
    """A resist's numbers that the recipe states in place of the library's."""
    known = vars(settings.parameters) if settings.parameters is not None else {}
    return MappingProxyType({name: value for name, value in known.items() if isinstance(value, float)})


def _over_paste(state: State, name: str) -> list[str]:
    """A warning where a film goes over paste that has not been melted: what solvent and developer do to it is not modelled."""
    wet = [n for n in state.names_with("solder") if state.facts[n].phase == "paste"]
    return [f"{name} goes over unmelted {listed(wet)}: what solvent and developer do to it is not modelled"] if wet else []


def _highest(state: State) -> float:
    return max(state.levels(name)[1] for name in state.regions if state.body.has(name))


def _thickness_at_axis(state: State, name: str) -> float:
    return state.bump.thickness_at(0.0, name) if state.stack is None else state.stack.thickness_at(0.0, 0.0, name)
