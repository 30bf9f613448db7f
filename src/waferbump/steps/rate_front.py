"""Develop resists by the rate at which every place of them dissolves: model `rate_front`. The front's outline becomes their walls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import shapely

from ..state import Measured, State, StepError, length, listed, quantity
from .developed import NEAR_TOP, field_levels, left_inside, pattern_of, wall_measures
from .lithography import to_develop
from .resist_cut import as_it_stands, bakes_since, cut_of, floor_reflectance, mask_of, parameters_of, refuse_missing, unknown_floors
from .walls import field_thickness, stairs, web_warnings

LONGEST = 7200.0  # s; no developer is left on longer (our choice): what takes longer is not cleared
HANGS_ON = 5e-7  # m of diameter for a per cent of dose; openings that change by more are told of (our choice)
_MORE = 1.05  # times the dose, at which it is seen how much openings change
SHELF = 3.0  # times the grid's error; a narrower shelf is none
_ABOVE_FLOOR = 0.05  # of a layer's thickness above its floor, where its foot is compared between grids: the floor itself is in steps
_TOUCHES = 2e-11  # m; two ticks of the partition
_MIDDLE = 0.5  # of the opening's radius, within which the time to the floor is read: its median, so that no single fringe decides
_ROUGH = 0.5  # of a cell; a steep piece of a shelf that is lower is the grid's roughness


@dataclass(frozen=True)
class _Solved:
    """One development on one grid: the cut, its top [m], when the developer comes where, and the time at which the floor is reached [s]."""

    cut: object
    top: float
    front: object
    through: float
    parameters: tuple


def develop(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Dissolve the exposed resists from where the developer stands, each place at its own rate, for a time or until it is through."""
    wanted = to_develop(state, settings.resists)
    resists = _exposed_together(state, wanted, settings, materials)
    try:
        fine, coarse = (_lit(state, resists, wanted, materials, factor * settings.grid) for factor in (1, 2))
        solved, check, more = (_solved(lit, resists, wanted, dose) for lit, dose in ((fine, 1.0), (coarse, 1.0), (coarse, _MORE)))
    except ValueError as problem:  # what the physics refuses, it refuses in a sentence
        raise problem if isinstance(problem, StepError) else StepError(str(problem)) from problem
    time = _time(settings, solved, resists, wanted)
    gone = {n: shapely.transform(solved.front.dissolved(resists.index(n), time), lambda xz: xz + np.array([0.0, fine.top])) for n in wanted}
    section = state.bump.dissolved({n: shape for n, shape in gone.items() if not shape.is_empty})
    section, lifted = _without_islands_afloat(section, wanted)
    made = state.operated(lambda s: section)
    if lost := [n for n in wanted if not made.bump.has(n)]:
        raise StepError(f"the developer took all of {listed(lost)} in {time:.4g} s: nothing of it is left to mask with")
    checked = time if settings.time is not None else (1.0 + settings.over_development) * check.through
    error = _grid_error(solved, check, resists, wanted, time, checked)
    error = error if error is not None else settings.grid
    moved = {n: _per_percent(check, more, resists.index(n), checked) for n in wanted}
    found, measured = _measured(state, made, settings, materials, resists, wanted, solved, time, error, moved)
    return found, replace(measured, warnings=(*measured.warnings, *lifted))


def _without_islands_afloat(section, wanted: list[str]) -> tuple[object, list[str]]:
    """The section without pieces of resist under which everything was dissolved, and what is to be said of them."""
    pieces = [(n, piece) for n in wanted if section.has(n) for piece in shapely.get_parts(section.shape(n))]
    others = shapely.union_all([section.shape(n) for n in section.names if n != "air" and n not in wanted])
    standing = [piece for _, piece in pieces if shapely.distance(piece, others) < _TOUCHES]
    left = [(n, piece) for n, piece in pieces if shapely.distance(piece, others) >= _TOUCHES]
    while carried := [one for one in left if any(shapely.distance(one[1], piece) < _TOUCHES for piece in standing)]:
        standing += [piece for _, piece in carried]
        left = [one for one in left if all(one is not other for other in carried)]
    if not left:
        return section, []
    afloat = {n: shapely.union_all([piece for name, piece in left if name == n]).buffer(_TOUCHES) for n, _ in left}
    if all(n in afloat and afloat[n].covers(section.shape(n)) for n in wanted if section.has(n)):
        return section, []  # nothing of a resist would be left: that is told as such
    said = [f"{listed(sorted(afloat))} was undermined in the opening: what hung in the air there was taken away with the developer"]
    return section.dissolved(afloat), said


def _exposed_together(state: State, wanted: list[str], settings, materials) -> list[str]:
    """All resists that the exposures went through, in the order in which they came; StepError where the model cannot follow."""
    if state.stack is not None:
        raise StepError("model rate_front knows round cells; with views, take model: blurred_image for the exposure")
    if settings.wall_angle is not None:
        raise StepError("in model rate_front the walls' angle comes out: leave wall_angle away, or expose with model: blurred_image")
    exposures = _exposures(state, wanted)
    if dark := [e.step for e in exposures if e.light is None]:
        raise StepError(f"'{dark[0]}' left a blurred image, from which no rate follows: expose with model: scalar_diffraction")
    if again := [n for n in wanted if state.facts[n].opened_by]:
        raise StepError(f"{listed(again)} was developed before: model rate_front does not follow a second development")
    if len({tuple((n, shape.wkb) for n, shape in e.resists.items()) for e in exposures}) > 1:
        steps = listed([f"'{e.step}'" for e in exposures])
        raise StepError(f"{steps} met different resists, or changed ones: model rate_front adds up doses in resists that stay as they are")
    if gone := [n for n in exposures[0].resists if n not in state.facts]:
        raise StepError(f"{listed(gone)} is gone since '{exposures[0].step}': model rate_front no longer knows what the light went through")
    for n in wanted:
        if materials[state.material(n)].answer("post_exposure_bake") == "needed" and not bakes_since(state, n):
            raise StepError(f"{n} ({state.material(n)}) needs a bake between exposure and development: bake with purpose: post-exposure")
    refuse_missing(state, wanted, materials)
    return list(exposures[0].resists)


def _exposures(state: State, wanted: list[str]) -> tuple:
    return tuple({e.step: e for n in wanted for e in state.facts[n].latent}.values())


@dataclass(frozen=True)
class _Lit:
    """The images of all exposures on one grid: the cut as the light met it and as it stands, its top [m], the parameters."""

    met: object
    stands: object
    top: float
    parameters: tuple
    exposures: tuple
    images: tuple


def _lit(state: State, resists: list[str], wanted: list[str], materials, spacing: float) -> _Lit:
    from ..physics.patterning import image_of

    exposures = _exposures(state, wanted)
    cut, top = cut_of(state, exposures[0].resists, spacing)
    images = []
    for exposure in exposures:
        parameters = tuple(parameters_of(state, n, materials, exposure.light.wavelengths) for n in resists)
        floor = floor_reflectance(state, cut, resists, top, materials, exposure.light, parameters)
        images.append((parameters, image_of(cut, parameters, mask_of(exposure), exposure.light, floor=floor)))
    return _Lit(cut, as_it_stands(state, cut, resists, top), top, parameters, exposures, tuple(images))


def _solved(lit: _Lit, resists: list[str], wanted: list[str], dose: float = 1.0) -> _Solved:
    """Latent image and front, all doses times a factor."""
    from ..physics.patterning import development, latent_image

    photoactive = None
    for exposure, (parameters, image) in zip(lit.exposures, lit.images, strict=True):
        photoactive = latent_image(lit.met, parameters, image, exposure.light, dose * exposure.dose, before=photoactive)
    front = development(lit.stands, lit.parameters, photoactive, developed_resists=[n in wanted for n in resists])
    tone = lit.parameters[resists.index(wanted[0])].tone
    through = float(np.median([front.time_to_floor(column) for column in _bare_columns(lit.exposures[-1], tone, lit.met)]))
    return _Solved(lit.met, lit.top, front, through, lit.parameters)


def _bare_columns(exposure, tone: str, cut) -> range:
    """Columns in the middle of what the mask is to lay bare: about the axis, or towards the cell's edge round a dot."""
    lit = exposure.background + sum(change for _, change in exposure.discs) > exposure.background
    radius, across = min(r for r, _ in exposure.discs), cut.across
    if lit == (tone == "positive"):
        return range(int(np.searchsorted(across, _MIDDLE * radius, side="right")))
    return range(int(np.searchsorted(across, across[-1] - _MIDDLE * (across[-1] - radius))), len(across))


def _time(settings, solved: _Solved, resists: list[str], wanted: list[str]) -> float:
    """How long the developer stays on [s]."""
    if settings.time is not None:
        return settings.time
    if not np.isfinite(solved.through):
        raise StepError(f"the developer never gets through {listed(wanted)}: what lies over it is no resist, or is not developed here")
    if solved.through > LONGEST:
        slow = _slowest(solved, wanted, resists)
        raise StepError(
            f"the exposure does not clear {slow}: the developer would get through {listed(wanted)} only after "
            f"{solved.through / 3600:.3g} h; raise the dose, or state a time"
        )
    return (1.0 + settings.over_development) * solved.through


def _slowest(solved: _Solved, wanted: list[str], resists: list[str]) -> str:
    """The resist in which the developer would spend most of its time on the axis."""
    rate, rows = solved.front.rate[:, 0], solved.cut.rows
    layers = solved.cut.layer[:, 0]
    spent = {n: float(np.sum(rows[layers == resists.index(n)] / np.maximum(rate[layers == resists.index(n)], 1e-15))) for n in wanted}
    return max(spent, key=spent.get)


def _per_percent(less: _Solved, more: _Solved, index: int, time: float) -> float | None:
    """How much wider a resist's narrowest opening gets for one per cent more dose in the same time [m]; None where nothing opens."""
    found = []
    for depth in _depths(less, index, time):
        walls = less.front.wall(index, depth, time), more.front.wall(index, depth, time)
        if np.isfinite(walls).all():
            found.append(2 * (walls[1] - walls[0]) / (100 * (_MORE - 1)))
    return max(found, key=abs, default=None)


def _grid_error(fine: _Solved, coarse: _Solved, resists: list[str], wanted: list[str], time: float, other: float) -> float | None:
    """How far walls move when the cells are twice as large [m]: the largest of each foot, middle and shelf; None without a wall."""
    found = []
    for name in wanted:
        index = resists.index(name)
        for depth in _depths(fine, index, time):
            walls = fine.front.wall(index, depth, time), coarse.front.wall(index, depth, other)
            if np.isfinite(walls).all():
                found.append(abs(walls[0] - walls[1]))
    depth = 0.0
    for (upper, thickness), (lower, _) in pairwise(fine.cut.path):
        depth += thickness
        if resists[upper] not in wanted or resists[lower] not in wanted:
            continue
        shelves = fine.front.shelf(upper, lower, depth, time), coarse.front.shelf(upper, lower, depth, other)
        if np.isfinite(shelves).all():
            # the end of a shelf is read from row to row: half a cell at least
            found += [abs(shelves[0] - shelves[1]), float(fine.cut.rows.max()) / 2]
    return max(found, default=None)


def _depths(solved: _Solved, index: int, time: float) -> list[float]:
    """Depth of a layer's middle, and of its wall just above the floor on which it stands [m]."""
    start = 0.0
    for layer, thickness in solved.cut.path:
        if layer == index:
            middle = start + thickness / 2
            wall = solved.front.wall(index, middle, time)
            if not np.isfinite(wall):
                return []
            column = min(int(np.searchsorted(solved.cut.across, wall)), len(solved.cut.floor) - 1)
            return [middle, min(start + thickness, float(solved.cut.floor[column])) - _ABOVE_FLOOR * thickness]
        start += thickness
    return []


def _measured(state, made, settings, materials, resists, wanted, solved, time, error, moved) -> tuple[State, Measured]:
    values = {"time": quantity(time, "time"), "time_to_floor": quantity(solved.through, "time"), "grid_error": length(error)}
    record, changes, warnings = {}, {}, []
    common = sum(field_thickness(state, n) for n in wanted) / len(wanted)
    doses = _sensitivities(state, wanted, resists, solved, common, time)
    for name in wanted:
        fact, tone = state.facts[name], materials[state.material(name)].tone
        steps = [e.step for e in fact.latent]
        changes[name] = replace(fact, latent=(), opened_by=tuple(dict.fromkeys((*fact.opened_by, *steps))))
        kind, radius = pattern_of(made, name)
        record[name] = {"kind": kind, "radius": radius, "exposures": steps, "tone": tone, "sensitivity": doses[name],
                        "grid_error": error}  # fmt: skip
        thickness = field_thickness(state, name)
        values |= wall_measures(state, made, name, kind, radius, thickness)
        if doses[name] is not None:
            values[f"sensitivity.{name}"] = quantity(doses[name], "dose")
        if moved[name] is not None:
            values[f"per_percent_of_dose.{name}"] = length(moved[name])
        warnings += _judged(state, made, name, kind, radius, thickness, moved[name])
        if kind == "opening":
            warnings += web_warnings(made.bump, name, thickness, below=NEAR_TOP * thickness)
    for lower, upper, below, above in stairs(made, wanted, rough=_ROUGH * settings.grid):
        shelf = above - below
        values[f"ledge.{upper}"] = length(shelf)
        record[lower]["radius_at_upper_interface"] = below
        record[upper]["radius_at_lower_interface"] = above
        warnings += _stair_warnings(lower, upper, shelf, error, record)
    if unknown := unknown_floors(state, solved.cut, resists, solved.top, materials):
        warnings.append(f"the light that {listed(unknown)} under the resists throws back is left out: no optical constants are known")
    model = {"sensitivity_thickness": common, "front": "eikonal"}
    model |= { "grid": settings.grid, "rows": len(solved.cut.depth) - 1, "columns": len(solved.cut.across) - 1}
    return made.with_facts(changes), Measured(values, {"opened": record, **model}, tuple(warnings))


def _sensitivities(
    state: State, wanted: list[str], resists: list[str], solved: _Solved, thickness: float, time: float
) -> dict[str, float | None]:
    """Every resist's clearing dose alone [J/m^2], incident, at one thickness [m] and in the time of this development.

    A negative resist's is the dose at which half of it stays. None where no dose does.
    """
    from ..physics.patterning import entering
    from ..physics.resist import clearing_dose

    found = {}
    for name in wanted:
        light, parameters = state.facts[name].latent[-1].light, solved.parameters[resists.index(name)]
        weights = np.array(light.weights) * entering(parameters.refractive_index, replace(light, cover=None))
        try:
            dose = clearing_dose(parameters, thickness, time, weights=tuple(weights / weights.sum()))
        except ValueError:  # no dose clears (or keeps) it in that time
            found[name] = None
        else:
            found[name] = float(dose / weights.sum())
    return found


def _judged(state, made, name, kind, radius, thickness, moved) -> list[str]:
    """What is wrong with one developed resist, in words."""
    section = made.bump
    said = []
    untouched = abs(section.volume(name) - state.bump.volume(name)) <= 1e-9 * state.bump.volume(name)
    if untouched:
        said.append(f"the developer does not reach {name}: something lies over it")
    elif kind == "closed":
        left = section.thickness_at(0.0, name)
        said.append(f"{name} did not open: {left * 1e6:.3g} um of its {thickness * 1e6:.3g} um are left on the axis; raise dose or time")
    elif kind == "opening":
        left, start, end = left_inside(section, name, radius)
        if left > 0.0 and end >= radius:
            said.append(f"{name} is closed at the bottom: {left * 1e6:.3g} um are left where it is thinnest; raise dose or time")
        elif left > 0.0:
            said.append(
                f"{name} leaves up to {left * 1e6:.3g} um standing inside its opening, {start * 1e6:.3g} to {end * 1e6:.3g} um from the "
                "axis: fringes, or too low a dose"
            )
    if moved is not None and abs(moved) > HANGS_ON:
        said.append(
            f"the opening of {name} changes by {abs(moved) * 1e6:.2g} um for every per cent of dose: a higher dose for a shorter time, "
            "or a steeper image, holds it better"
        )
    loss = field_levels(state.bump, name)[1] - field_levels(section, name)[1]
    if loss > 0.1 * thickness:
        said.append(f"{name} lost {loss * 1e6:.3g} um of its {thickness * 1e6:.3g} um where it should have stayed")
    return said


def _stair_warnings(lower: str, upper: str, shelf: float, error: float, record: dict) -> list[str]:
    if shelf < -SHELF * error:
        tone, doses = record[lower]["tone"], (record[lower]["sensitivity"], record[upper]["sensitivity"])
        order = "less" if tone == "positive" else "more"
        why = f"; in a {tone} pair the lower resist has to be the {order} sensitive one for a stair" if None not in doses else ""
        return [f"{lower} opened {-1e6 * shelf:.3g} um wider than {upper} above it: an undercut, not a stair{why}"]
    if shelf <= SHELF * error:
        return [
            f"there is no stair between {lower} and {upper}: the shelf of {1e6 * max(shelf, 0.0):.2g} um is within three times the grid's "
            f"error of {1e6 * error:.2g} um"
        ]
    return []
