"""Etch films, and measure how far they are undercut."""

from __future__ import annotations

from functools import partial

import shapely
from shapely import LineString

from ..geometry.area import Area
from ..geometry.section import Section
from ..geometry.stack import Stack
from ..state import Measured, State, StepError, length, listed, quantity

NANOMETRE = 1e-9  # m
# A film is gone when less than this part of the cell is left of it: rounding of the partition, far below a film's own size.
_TRACE = 1e-12
_STRINGER = 1e-6  # m; a remaining piece narrower than this lies along a step and is no pattern (our choice)
_INSIDE = (1e-8, 1e-6, 3e-6)  # m; how far inside its mask's edge a film's thickness is read


def etch(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Etch films where open air touches them.

    With `removes`, the listed materials go one after the other, each for its own thickness plus the over-etch; nothing else is
    attacked. With `rates` and `time` every listed material is attacked at its own rate at once. Wet etching runs sideways as fast
    as down; dry etching goes straight down. Undercut is measured from the edge of what masked the film; of a plated post, which has
    no mask but its cap, the sideways loss at half its height is reported as trimmed.
    """
    direction = "isotropic" if settings.kind == "wet" else "vertical"
    before = state.bump
    if settings.rates:
        present = {m: r for m, r in settings.rates.items() if state.names_of(m)}
        if not present:
            raise StepError(f"there is no {listed(settings.rates)} to etch")
        passes = [(present, settings.time)]
    else:
        passes = []
        for wanted in settings.removes:
            names = [wanted] if wanted in state.facts else list(state.names_of(wanted))
            if not names:
                raise StepError(f"there is no {wanted} to etch")
            deepest = max(_open_thickness(before, n) if state.stack is None else _bare_thickness(state, n) for n in names)
            passes.append(({state.material(names[0]): 1.0}, deepest * (1 + settings.overetch)))
    made, values, undercuts, trimmed, touched = state, {}, {}, {}, []
    for rates, duration in passes:
        was = made.bump
        masks = {n: _mask_edge(made, n) for m in rates for n in made.names_of(m)}
        if not masks:
            continue  # two films of one material: the pass before took both
        targets = [n for n in masks if made.is_bare(n)]
        if not targets:
            raise StepError(f"the etchant reaches no {listed(rates)}: it is covered everywhere")
        amounts = {n: made.amount(n) for n in masks}
        made = made.operated(lambda s, r=rates, t=duration: s.etched(r, t, direction=direction))
        for n, edge in masks.items():
            if not made.has(n):
                touched.append(n)
                continue
            if made.amount(n) < amounts[n] * (1 - _TRACE):
                touched.append(n)
                if not (was.has(n) and made.bump.has(n)):
                    continue  # not in the round cut: what it lost is in the plan only
                if state.facts[n].role == "post":
                    trimmed[n] = trimmed.get(n, 0.0) + _wall_at_half(was, was, n) - _wall_at_half(made.bump, was, n)
                    values[f"trimmed.{n}"] = length(trimmed[n])
                elif edge is not None:
                    under = _thickness_under(was, n, edge)
                    if under is None:
                        continue  # it ends where its mask does
                    depth = edge - _outer_edge(made.bump, n, under)
                    if state.stack is None or depth > -NANOMETRE:  # a line is wider than the post that stands on it, and not undercut
                        undercuts[n] = depth
                        values[f"undercut.{n}"] = length(depth)
    made, loose = _without_loose_pieces(made, touched)
    warnings = [*_left_over(made, touched), *loose]
    record = {
        "etched": touched,
        "undercut": undercuts,
        "trimmed": trimmed,
        "removed": [n for n in touched if not made.has(n)],
        "kind": settings.kind,
        "patterned": [n for n in touched if made.has(n) and _is_patterned(made, n)],
    }
    if settings.time is not None:
        values["time"] = quantity(settings.time, "time")
    return made, Measured(values, record, tuple(warnings))


def _open_thickness(section, name: str) -> float:
    """Largest vertical thickness of a film where nothing covers it [m]."""
    spans = section.exposed_spans(name)
    if not spans:
        return section.thickness_at(section.width, name)
    probes = [x for a, b in spans for x in (a + 0.01 * (b - a), (a + b) / 2, b - 0.01 * (b - a))]
    flat = [section.thickness_at(x, name) for x in probes if abs(section.surface_height(x) - _top(section, name, x)) < 1e-10]
    # A side wall's vertical thickness is the step's height, not the film's: the field away from steps is what the etch is timed on.
    return min(flat) if flat else section.thickness_at(section.width, name)


def _without_loose_pieces(state: State, touched: list[str]) -> tuple[State, list[str]]:
    """Slivers of the etched films that nothing holds any more are gone with the etchant, and said; larger ones stop the run as floating."""
    if state.stack is None or not set(state.stack.floating()) & set(touched):
        return state, []
    stack = state.stack
    held = stack.reached(lambda _, name: name != "air", [(p, 0) for p in range(len(stack.part_towers))])
    loose: dict[str, list] = {}
    for p, k in stack.cells_of(touched):
        if (p, k) not in held:
            loose.setdefault(stack.part_towers[p][k][0], []).append(shapely.transform(stack.neighbours.parts[p], lambda xy: xy * 1e-11))
    said = []
    for name, parts in loose.items():
        area = shapely.union_all(parts, grid_size=1e-11)
        if all(2 * piece.area / piece.length < _STRINGER for piece in shapely.get_parts(area)):
            state = state.operated(partial(_released, name=name, area=Area(area)))
            said.append(f"slivers of {name} that nothing held any more went with the etchant ({area.area * 1e12:.3g} um^2)")
    return state, said


def _released(body: Section | Stack, *, name: str, area: Area) -> Section | Stack:
    return body.released({name: area}) if body.has(name) else body


def _bare_thickness(state: State, name: str) -> float:
    """Thickness of a film in plan where nothing covers it [m]: the commonest, for on a side wall it is the step's height."""
    bare: dict[float, float] = {}
    whole: dict[float, float] = {}
    for column in state.stack.columns:
        solid = [layer for layer in column.layers if layer.name != "air"]
        for layer in column.layers:
            if layer.name == name:
                areas = bare if layer is solid[-1] else whole
                thick = layer.top - layer.bottom
                areas[thick] = areas.get(thick, 0.0) + column.shape.area
    areas = bare or whole
    return max(areas, key=areas.get)


def _is_patterned(state: State, name: str) -> bool:
    """Whether a film ends before the neighbouring bump: in plan, whether it leaves some of the window's edge free."""
    if state.stack is None:
        return _is_island(state.bump, name)
    x0, y0, x1, y1 = state.stack.window
    edge = shapely.box(x0, y0, x1, y1).exterior
    return edge.intersection(state.stack.plan_area(name)).length < edge.length * (1 - 1e-9)


def _top(section, name: str, x: float) -> float:
    shape = section.shape(name)
    hit = shape.intersection(LineString([(x, section.floor), (x, section.ceiling)]))
    return hit.bounds[3] if not hit.is_empty else float("-inf")


def _outer_edge(section, name: str, thickness: float) -> float:
    """Where a film of a thickness [m] ends on the outside, halfway through it [m].

    An isotropic front leaves the foot of the film further out than its top; the middle is what a micrograph is read at.
    """
    coordinates = shapely.get_coordinates(_inner_piece(section, name))
    foot = coordinates[:, 0].max()
    bottom = coordinates[coordinates[:, 0] >= foot - 1e-10, 1].min()
    ends = [b for _, b in section.spans(name, bottom + thickness / 2) if b <= foot + 1e-10]
    return max(ends, default=foot)


def _thickness_under(section, name: str, edge: float) -> float | None:
    """Thickness of a film just inside its mask's edge [m], away from the steps that it climbs there; None where it is not there."""
    inside = [edge - step for step in _INSIDE if step < edge] or [edge / 2]
    # on a side wall the vertical thickness is the step's height: the thinnest place is the flat one
    return min((thickness for x in inside if (thickness := _top_layer(section, name, x)) > 0), default=None)


def _top_layer(section, name: str, x: float) -> float:
    """Vertical thickness of the topmost layer of a region at x [m]; 0 where there is none."""
    hit = section.shape(name).intersection(LineString([(x, section.floor), (x, section.ceiling)]))
    layers = [part for part in shapely.get_parts(hit) if part.length > 0]
    return max(layers, key=lambda part: part.bounds[3]).length if layers else 0.0


def _wall_at_half(section, before, name: str) -> float:
    """Radius of a post's wall at half the height that it had before [m]; 0 where nothing of it is left there."""
    _, z0, _, z1 = before.bounds(name)
    return max((b for _, b in section.spans(name, (z0 + z1) / 2)), default=0.0)


def _inner_piece(section, name: str):
    """The piece of a region that lies nearest to the axis."""
    return min(shapely.get_parts(section.shape(name)), key=lambda piece: piece.bounds[0])


def _mask_edge(state: State, name: str) -> float | None:
    """Outer edge of whatever lies directly on a film and shields it [m]; None when nothing does."""
    section = state.bump
    if not section.has(name):
        return None
    edges = []
    for other in section.neighbours(name):
        if other == "air" or section.bounds(other)[3] <= section.bounds(name)[3]:
            continue
        reach = _inner_piece(section, other).bounds[2]  # a stringer further out masks only itself
        edges += [min(line.bounds[2], reach) for line in shapely.get_parts(section.contact_lines(name, other)) if line.bounds[0] <= reach]
    inside = [e for e in edges if e < section.width * (1 - 1e-9)]
    return max(inside) if inside else None


def _is_island(section, name: str) -> bool:
    return section.bounds(name)[2] < section.width * (1 - 1e-9)


def _left_over(state: State, touched: list[str]) -> list[str]:
    section = state.bump
    sentences = []
    for n in touched:
        if state.stack is not None:
            sentences += _stringers(state, n)
            continue
        if not section.has(n):
            continue
        if not _is_island(section, n):
            sentences.append(f"{n} is still there at the cell's edge: neighbouring bumps stay joined through it")
        pieces = sorted(shapely.get_parts(section.shape(n)), key=lambda piece: piece.bounds[0])
        for piece in pieces[1:]:
            sentences.append(f"a stringer of {n} is left at a radius of {piece.bounds[0] * 1e6:.4g} to {piece.bounds[2] * 1e6:.4g} um")
    return sentences


def _stringers(state: State, name: str) -> list[str]:
    """Narrow pieces of a film that an etch has left along steps, as warnings: where a wall was taller than the etch was long."""
    if not state.stack.has(name):
        return []
    pieces = [p for p in shapely.get_parts(state.stack.plan_area(name)) if 2 * p.area / p.length < _STRINGER]
    if not pieces:
        return []
    where = max(pieces, key=lambda p: p.area).representative_point()
    size = f"{len(pieces)} {'piece' if len(pieces) == 1 else 'pieces'} below {_STRINGER * 1e6:.3g} um wide"
    return [f"a stringer of {name} is left: {size}, the largest at x = {where.x * 1e6:.4g} um, y = {where.y * 1e6:.4g} um"]
