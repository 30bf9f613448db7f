"""Release: an etchant that comes in through the etch windows eats a sacrificial layer away below what is to be free."""

from __future__ import annotations

from dataclasses import dataclass

import shapely

from ..geometry.area import Area
from ..geometry.release_front import arrival_distance, released_area, unreached
from ..geometry.section import Section
from ..geometry.stack import Stack
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
_FREE = 0.6  # part of a freed part's outline that has to be cut loose before it swings as a cantilever (our choice)
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
    record |= {"touched": touched, "taken_as_untouched": silent, "time": longest}
    part = _freed(state, made, names)
    if part is None:
        return made, Measured(values, record, tuple(warnings))
    values |= {"freed": quantity(part.area, "area"), "gap": length(part.gap), "overhang": length(part.reach)}
    record["freed"] = {"regions": list(part.regions), "area": part.area, "gap": part.gap, "reach": part.reach, "held": part.kind}
    record["dried"] = settings.rinse or "without a liquid"
    numbers, sentences = _stiction(part, settings, materials)
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
    """Where the etchant stands: the plan in which open air lies on the layer, or beside it at its height."""
    low, high = stack.bounds(layer)
    beside = []
    for column, tower_air in zip(stack.neighbours.parts, stack.open_air, strict=True):
        if any(b / 1e11 > low + 1e-12 and a / 1e11 < high - 1e-12 for a, b in tower_air):
            beside.append(shapely.transform(column, lambda xy: xy / 1e11))
    return shapely.union_all([stack.bare_area(layer), *beside], grid_size=1e-11)


def _eaten(state: State, layer: str, settings):
    """What of a layer goes, what stays, for how long it is etched, and after which time all that can be reached is gone."""
    plan, windows = state.stack.plan_area(layer), _windows(state.stack, layer)
    if windows.is_empty or not state.stack.exposed(layer):
        over = sorted(n for n in state.stack.touching(layer) if n != "air" and state.levels(n)[1] > state.levels(layer)[1])
        raise StepError(f"nothing is released: no etch window reaches {layer}, which {listed(over) if over else 'everything'} covers")
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
    """What hangs over the gap that a release leaves.

    regions : what it is made of;  area : in plan [m^2];  gap : below it [m];  reach : farthest point from where it is held [m]
    width : of that place [m];  kind : "cantilever" or "clamped round";  layers : of it, (material, thickness [m]) from below
    """

    regions: tuple[str, ...]
    area: float
    gap: float
    reach: float
    width: float
    kind: str
    layers: tuple[tuple[str, float], ...]


def _freed(before: State, after: State, names: list[str]) -> FreedPart | None:
    over = hanging(after.stack, [before.levels(n) for n in names if before.stack.has(n)])
    if not over:
        return None
    shape = shapely.union_all([column.shape for column, _ in over], grid_size=1e-11)
    piece = max(shapely.get_parts(shape), key=lambda p: p.area)
    undersides: dict[str, float] = {}
    for column, k in over:
        undersides[column.layers[k + 1].name] = undersides.get(column.layers[k + 1].name, 0.0) + column.shape.area
    underside = max(undersides, key=undersides.get)
    hung = {id(column) for column, _ in over}
    beside = [c.shape for c in after.stack.columns if id(c) not in hung and any(layer.name == underside for layer in c.layers)]
    solid = shapely.union_all(beside, grid_size=1e-11)
    anchor = shapely.intersection(piece.exterior, shapely.buffer(solid, 2e-11))
    held = anchor.length
    loose = 1.0 - held / piece.exterior.length
    gaps: dict[float, float] = {}
    tops: dict[tuple, float] = {}
    for column, k in over:
        layer = column.layers[k]
        gaps[layer.top - layer.bottom] = gaps.get(layer.top - layer.bottom, 0.0) + column.shape.area
        body = tuple((above.name, above.top - above.bottom) for above in column.layers[k + 1 :] if above.name != "air")
        tops[body] = tops.get(body, 0.0) + column.shape.area
    body = max(tops, key=tops.get)
    regions = tuple(dict.fromkeys(above.name for c, k in over for above in c.layers[k + 1 :] if above.name != "air"))
    if held > 0.0 and loose >= _FREE:
        corners = shapely.points(shapely.get_coordinates(piece.exterior))
        reach, kind = float(shapely.distance(corners, anchor).max()), "cantilever"
    else:
        centre = shapely.maximum_inscribed_circle(piece)
        reach, kind = 2.0 * centre.length, "clamped round"
    layers = tuple((after.material(n), t) for n, t in body)
    return FreedPart(regions, shape.area, max(gaps, key=gaps.get), reach, max(held, 1e-9), kind, layers)


def _stiction(part: FreedPart, settings, materials) -> tuple[dict, list[str]]:
    """Elastocapillary and peel numbers of the freed part, taken as a straight beam of its commonest layers; sentences of what they mean."""
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
    if capillary < 1.0:
        sentences.append(
            f"{settings.rinse} drying below the freed part pulls it down onto what lies below (elastocapillary number {capillary:.3g}, "
            f"below 1; {as_beam}): dry it without a liquid, or take a rinse of lower surface tension"
        )
    if settings.work_of_adhesion is not None:
        peel = cantilever_peel_number if cantilever else doubly_clamped_peel_number
        peeled = float(peel(part.reach, thickness, part.gap, modulus, settings.work_of_adhesion))
        values["peel_number"] = quantity(peeled, "fraction")
        if capillary < 1.0 and peeled < 1.0:
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
