"""Release: an etchant that comes in through the etch windows eats a sacrificial layer away below what is to be free."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

import numpy as np
import shapely

from ..geometry.area import Area
from ..geometry.partition import TICKS_PER_METRE
from ..geometry.release_front import arrival_distance, released_area, unreached
from ..geometry.section import Section
from ..geometry.stack import Column, Stack
from ..physics.release import (
    cantilever_elastocapillary_number,
    cantilever_peel_number,
    diffusion_front,
    diffusion_time,
    doubly_clamped_elastocapillary_number,
    doubly_clamped_peel_number,
)
from ..state import Measured, State, StepError, length, listed, quantity
from .support import hanging

_CELLS = 150  # of the diffusion's grid along the longer side of the layer (our choice: within 0.1 % of the time to free a disc)
_SPECK = 1e-14  # m^2; what is left smaller than this (0.01 um^2) is rounding
_LOST = 1e-9  # m; what the etchant takes off other materials below this is not drawn
_STRIP = 100.0  # [ticks] 1 nm: an entrance through a wall, in plan
_LOOKS = 60  # places across a freed piece from which it is looked how it is held (our choice)
_AT_ANCHOR = 1e-8  # m; an end nearer than this to an anchor is at it: outlines are true to a nanometre
_ALL_WET = 1.92  # elastocapillary number below which a cantilever that is wet along all of its length collapses; docs/verification.md
_PRECIOUS = ("solder", "pad", "film", "redistribution", "post", "passivation")
_WETTING = 0.0  # rad; a rinse is taken to wet what it dries on, which pulls hardest


def release(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Eat a sacrificial layer from the etch windows inwards, in plan; the cuts take the result.

    The front is limited by the reaction (geodesic distance from the windows over the rate) or by the way in (quasi-steady diffusion).
    Says when all is free, what stays, what else the etchant touches, and whether the freed part sticks as the rinse dries.
    """
    if state.stack is None:
        example = "views: {cut: {along: line, start: pad, beyond: 150 um}}"
        raise StepError(f"a release is followed in plan: give the recipe views, e.g. {example}")
    names = _named(state, settings.removes)
    if meet := [(a, b) for k, a in enumerate(names) for b in names[k + 1 :] if state.stack.has(a) and b in state.stack.touching(a)]:
        raise StepError(f"{listed(meet[0])} touch, and one front through both is not followed: release them one after the other")
    made, values, warnings = state, {}, []
    record: dict[str, object] = {"removes": names, "released": [], "freed": None, "islands": {}, "unreached": {}}
    longest = 0.0
    for layer in names:
        gone, left, time, whole = _eaten(made, layer, settings)
        longest = max(longest, time)
        made = _without(made, layer, Area(gone), Area(left))
        record["released"] += [layer] if gone.area > _SPECK else []
        islands = [piece for piece in shapely.get_parts(left) if piece.area > _SPECK]
        record["islands"][layer] = [piece.area for piece in islands]
        values |= {
            f"time_to_free.{layer}": quantity(whole, "time"),
            f"released.{layer}": quantity(gone.area, "area"),
            f"remaining.{layer}": quantity(sum(piece.area for piece in islands), "area"),
        }
        if islands:
            where = max(islands, key=lambda piece: piece.area).representative_point()
            size = f"{len(islands)} {'piece' if len(islands) == 1 else 'pieces'}, {sum(p.area for p in islands) * 1e12:.4g} um^2"
            warnings.append(f"{layer} is not all gone: {size} left, the largest at x = {where.x * 1e6:.4g} um, y = {where.y * 1e6:.4g} um")
        if hidden := [piece for piece in shapely.get_parts(unreached(state.stack.plan_area(layer), _windows(state.stack, layer)))]:
            record["unreached"][layer] = [piece.area for piece in hidden]
            warnings.append(f"{len(hidden)} piece(s) of {layer} can never be reached: no etch window leads there")
    values["time"] = quantity(longest, "time")
    touched = [n for n in made.regions if made.stack.has(n) and made.stack.exposed(n)]
    made, losses = _attacked(made, settings, longest)
    for region, lost in losses.items():
        values[f"lost.{region}"] = length(lost)
    rated = set(settings.attacks or ())
    silent = [n for n in touched if made.material(n) not in rated and n not in names and made.material(n) != state.material(names[0])]
    same = [n for n in touched if n not in names and made.material(n) == state.material(names[0])]
    if same:
        warnings.append(f"the etchant also touches {listed(same)}, of {names[0]}'s material: it eats that too, which is not drawn")
    exposed = [n for n in silent if state.facts[n].role in _PRECIOUS]
    if exposed:
        warnings.append(f"the etchant also touches {listed(exposed)}, taken as untouched: give their rates in attacks if it eats them")
    record |= {"touched": touched, "taken_as_untouched": silent, "time": longest}
    parts = _freed(state, made, names, max(losses.values(), default=0.0))
    if not parts:
        return made, Measured(values, record, tuple(warnings))
    judged = [(part, *_stiction(part, settings, materials)) for part in parts]
    # the softest of the freed pieces is the one that sticks
    part, numbers, sentences = min(judged, key=lambda one: one[1]["elastocapillary_number"].value if one[1] else -one[0].reach)
    values |= {"freed": quantity(sum(p.area for p in parts), "area"), "gap": length(part.gap), "overhang": length(part.reach)}
    sizes = {"area": sum(p.area for p in parts), "gap": part.gap, "reach": part.reach}
    record["freed"] = {"regions": list(part.regions), **sizes, "held": part.kind, "pieces": len(parts)}
    record["dried"] = settings.rinse or "without a liquid"
    values |= numbers
    return made, Measured(values, record, (*warnings, *sentences))


def _without(state: State, layer: str, gone: Area, left: Area) -> State:
    """The state with a layer gone over a part of the plan; altogether, where no more than a speck would stay.

    The cuts keep it where the plan does: the foot that an earlier etch left of it reaches beyond the plan's upright edge.
    """

    def released(body: Section | Stack) -> Section | Stack:
        if not body.has(layer):
            return body
        return body.released({layer: gone if isinstance(body, Stack) else left.outside})

    made = state.operated(released)
    if not made.stack.has(layer) or made.stack.plan_area(layer).area < _SPECK:
        return made.operated(lambda s: s.without([layer]) if s.has(layer) else s)
    return made


def _named(state: State, wanted) -> list[str]:
    names: list[str] = []
    for one in wanted:
        found = [one] if one in state.facts else list(state.names_of(one))
        if not found:
            raise StepError(f"nothing on the wafer is called {one} or made of it; there are {listed(state.facts)}")
        names += found
    return list(dict.fromkeys(names))


def _windows(stack: Stack, layer: str):
    """Where the etchant stands: the plan in which open air lies on the layer's own body, or stands beside it wall to wall.

    Beside means at the heights that the layer has just there: what lies over its cover elsewhere is no window. Where the air stands over
    another, covered part of the layer, the wall between the two is the entrance, a strip of a nanometre.
    """
    neighbours, air = stack.neighbours, stack.open_air
    cells = [[(a, b) for n, a, b in tower if n == layer] for tower in stack.part_towers]
    bare = [any(z in stretch for a, b in row for z in (a, b) for stretch in air[p]) for p, row in enumerate(cells)]
    found = [part for part, is_bare in zip(neighbours.parts, bare, strict=True) if is_bare]
    for p, row in enumerate(cells):
        for q in neighbours.beside[p] if row else ():
            if bare[q] or not any(min(b, d) > max(a, c) for a, b in row for c, d in air[q]):
                continue
            if not cells[q]:
                found.append(neighbours.parts[q])
                continue
            here, there = (np.arange(len(cells)) == one for one in (p, q))
            lines = shapely.linestrings(neighbours.edges_towards(here, there).reshape(-1, 2, 2))
            found.append(shapely.intersection(shapely.union_all(shapely.buffer(lines, _STRIP)), neighbours.parts[p]))
    return shapely.transform(shapely.union_all(found, grid_size=1.0), lambda xy: xy / TICKS_PER_METRE)


def _eaten(state: State, layer: str, settings):
    """What of a layer goes, what stays, for how long it is etched, and after which time all that can be reached is gone."""
    plan, windows = state.stack.plan_area(layer), _windows(state.stack, layer)
    if windows.is_empty or not state.stack.exposed(layer):
        over = sorted(n for n in state.stack.touching(layer) if n != "air" and state.levels(n)[1] > state.levels(layer)[1])
        cover = f"covered by {listed(over)}" if over else "shut in"
        raise StepError(f"nothing is released: no etch window reaches {layer}, which is {cover}")
    hidden = unreached(plan, windows)
    open_plan = shapely.difference(plan, hidden, grid_size=1e-11) if not hidden.is_empty else plan
    x0, y0, x1, y1 = open_plan.bounds
    spacing = max(x1 - x0, y1 - y0) / _CELLS
    if settings.rate is not None:
        whole = arrival_distance(open_plan, windows) / settings.rate
    else:
        whole = diffusion_time(open_plan, windows, settings.diffusion, spacing)
    time = settings.time if settings.time is not None else whole * (1.0 + settings.overetch)
    if time >= whole:
        gone = open_plan
    elif settings.rate is not None:
        gone = released_area(open_plan, windows, settings.rate * time)
    else:
        gone = diffusion_front(open_plan, windows, settings.diffusion, time, spacing)
    left = shapely.difference(plan, gone, grid_size=1e-11)
    return shapely.intersection(gone, plan), left, time, whole


def _attacked(state: State, settings, time: float) -> tuple[State, dict[str, float]]:
    """Other materials eaten for the whole time from all that the etchant touches in the end: more than a real one takes."""
    made, losses = state, {}
    for material, rate in (settings.attacks or {}).items():
        names = [n for n in made.names_of(material) if made.stack.has(n) and made.stack.exposed(n)]
        if not names or rate <= 0.0:
            continue
        losses |= dict.fromkeys(names, rate * time)
        if rate * time > _LOST:
            made = made.operated(lambda s, m=material, r=rate: s.etched({m: r}, time))
    return made, losses


@dataclass(frozen=True)
class FreedPart:
    """A piece that hangs over the gap which a release leaves.

    regions : what it is made of;  area : in plan [m^2];  gap : below it [m]
    kind : "cantilever" or "clamped": held on one side, or on sides that face one another
    reach : of a cantilever, its farthest point from where it is held; of a clamped one, its free span across its softest place [m]
    width : of a cantilever's anchor, or of a clamped one's band of that span [m];  layers : (material, thickness [m]) from below
    """

    regions: tuple[str, ...]
    area: float
    gap: float
    reach: float
    width: float
    kind: str
    layers: tuple[tuple[str, float], ...]


def _freed(before: State, after: State, names: list[str], lost: float) -> list[FreedPart]:
    """The pieces that hang free, the largest first; `lost` is what the etchant has taken off them from below [m]."""
    levels = [before.levels(n) for n in names if before.stack.has(n)]
    over = hanging(after.stack, [(low, high + lost) for low, high in levels])
    whole = shapely.union_all([column.shape for column, _ in over], grid_size=1e-11)
    pieces = sorted((p for p in shapely.get_parts(whole) if p.area > _SPECK), key=lambda p: -p.area)
    hung = {id(column) for column, _ in over}
    return [part for piece in pieces if (part := _part(after, piece, over, hung)) is not None]


def _part(after: State, piece: shapely.Polygon, over: list[tuple[Column, int]], hung: set[int]) -> FreedPart | None:
    """One piece; None for one that is held nowhere."""
    gaps: dict[float, float] = {}
    bodies: dict[tuple, float] = {}
    undersides: dict[str, float] = {}
    regions: dict[str, None] = {}
    for column, k in over:
        here = shapely.intersection(column.shape, piece).area
        if here <= 0.0:
            continue
        air, above = column.layers[k], [layer for layer in column.layers[k + 1 :] if layer.name != "air"]
        body = tuple((layer.name, layer.top - layer.bottom) for layer in above)
        gaps[air.top - air.bottom] = gaps.get(air.top - air.bottom, 0.0) + here
        bodies[body] = bodies.get(body, 0.0) + here
        undersides[above[0].name] = undersides.get(above[0].name, 0.0) + here
        regions |= dict.fromkeys(layer.name for layer in above)
    underside = max(undersides, key=undersides.get)
    standing = [c.shape for c in after.stack.columns if id(c) not in hung and any(layer.name == underside for layer in c.layers)]
    solid = shapely.buffer(shapely.union_all(standing, grid_size=1e-11), 2e-11)
    anchor = shapely.intersection(piece.boundary, solid)
    if anchor.length <= 0.0:
        return None
    kind, reach, width = _held(piece, anchor)
    layers = tuple((after.material(n), t) for n, t in max(bodies, key=bodies.get))
    return FreedPart(tuple(regions), piece.area, max(gaps, key=gaps.get), reach, width, kind, layers)


def _held(piece: shapely.Polygon, anchor) -> tuple[str, float, float]:
    """How a piece is held: kind, free length and width [m].

    From the place inside that is farthest from the anchor one looks on, away from its nearest point: where the piece ends there at an
    anchor again, it is clamped across that line; where it ends free, it is a cantilever as long as its farthest point is away.
    """
    x0, y0, x1, y1 = piece.bounds
    x, y = (axis.ravel() for axis in np.meshgrid(np.linspace(x0, x1, _LOOKS), np.linspace(y0, y1, _LOOKS)))
    inside = shapely.points(np.column_stack([x, y])[shapely.contains_xy(piece, x, y)])
    places = np.append(inside, piece.representative_point())
    away = shapely.distance(places, anchor)
    place = places[int(np.argmax(away))]
    nearest = shapely.shortest_line(place, anchor).coords[-1]
    onward = (place.x - nearest[0], place.y - nearest[1])
    far = 2.0 * hypot(x1 - x0, y1 - y0) / hypot(*onward)
    ray = shapely.intersection(piece, shapely.LineString([place, (place.x + far * onward[0], place.y + far * onward[1])]))
    run = min(shapely.get_parts(ray), key=lambda part: part.distance(place))
    end = max((shapely.Point(c) for c in run.coords), key=place.distance)
    if end.distance(anchor) <= _AT_ANCHOR:
        span = float(away.max()) + place.distance(end)
        return "clamped", span, piece.area / span
    corners = shapely.points(shapely.get_coordinates(piece))
    return "cantilever", float(shapely.distance(corners, anchor).max()), anchor.length


def _stiction(part: FreedPart, settings, materials) -> tuple[dict, list[str]]:
    """Elastocapillary and peel numbers of a freed piece, taken as a straight beam of its commonest layers; sentences of what they mean."""
    if settings.rinse is None:
        return {}, []  # dried without a liquid: nothing pulls
    known = [(materials[m].number("young_modulus"), t) for m, t in part.layers if materials[m].has("young_modulus")]
    if not known:
        return {}, [f"whether the freed part sticks is not judged: no stiffness is known of {listed([m for m, _ in part.layers])}"]
    thickness = sum(t for _, t in known)
    modulus = 12.0 * _bending_stiffness(known) / thickness**3
    tension = materials[settings.rinse].number("surface_tension")
    sizes = (part.reach, part.width, thickness, part.gap, modulus)
    cantilever = part.kind == "cantilever"
    number = cantilever_elastocapillary_number if cantilever else doubly_clamped_elastocapillary_number
    capillary = float(number(*sizes, tension, _WETTING))
    values = {"elastocapillary_number": quantity(capillary, "fraction")}
    as_beam = f"as a beam {'held at one end' if cantilever else 'held at both ends'}, {part.reach * 1e6:.4g} um long, without its bump"
    sentences = []
    if capillary < (_ALL_WET if cantilever else 1.0):
        may = "pulls" if capillary < 1.0 else "may pull"
        limit = "below 1" if capillary < 1.0 else f"above 1, but a cantilever that is wet all along collapses below {_ALL_WET} already"
        sentences.append(
            f"{settings.rinse} drying below the freed part {may} it down onto what lies below (elastocapillary number {capillary:.3g}, "
            f"{limit}; {as_beam}): dry it without a liquid, or take a rinse of lower surface tension"
        )
    if settings.work_of_adhesion is not None:
        peel = cantilever_peel_number if cantilever else doubly_clamped_peel_number
        thin = (part.reach, thickness, part.gap, modulus, settings.work_of_adhesion)
        peeled = float(peel(*thin))
        values["peel_number"] = quantity(peeled, "fraction")
        if sentences and peeled < 1.0:
            sentences.append(f"once down it stays down: its stiffness does not peel it off again (peel number {peeled:.3g}, below 1)")
    return values, sentences


def _bending_stiffness(layers: list[tuple[float, float]]) -> float:
    """Bending stiffness of a laminate per width [N m]: sum of E (t^3/12 + t d^2) about the neutral plane, layers (E [Pa], t [m])."""
    bottom, middles = 0.0, []
    for _, t in layers:
        middles.append(bottom + t / 2)
        bottom += t
    plane = sum(e * t * z for (e, t), z in zip(layers, middles, strict=True)) / sum(e * t for e, t in layers)
    return sum(e * (t**3 / 12 + t * (z - plane) ** 2) for (e, t), z in zip(layers, middles, strict=True))
