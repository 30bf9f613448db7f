"""Place a solid block of solder, bare or in a skin of flux."""

from __future__ import annotations

from math import isclose, pi, sqrt

import numpy as np
from shapely import Polygon

from ..geometry.section import GeometryError
from ..physics.capillary.equilibrium import STANDARD_GRAVITY
from ..physics.placement import ball_underside, rest_height
from ..state import ROOM_TEMPERATURE, Facts, Measured, State, StepError, length, listed, quantity
from .by_round_cut import by_the_round_cut
from .conduction import is_conductor
from .opening import NANOMETRE, cover_of, enclosed, opening_rim, pooled, room, surface
from .support import touching

_DROP = 1e-9  # part of a liquid's volume below which nothing is left to pour
TOUCH = 3e-9  # m; a block's outline and what it rests on are true to a nanometre each
_DRAWN = 0.15  # how far an opening may lie off its mask's circle of equal area, as part of its radius: dose, blur, descum
_ALIKE = 0.02  # masks of which one lies nearer than another by less than this cannot be told apart by the opening
_ROUND = np.linspace(0.0, pi / 2, 33)  # a skin's rounded edge


def block_outline(settings) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Right half of a block in a round cut: (r, z) from its lowest point on the axis to its highest, its height and largest width across.

    A cube or preform is drawn as the cylinder of equal height and volume; `across` is its true largest width (a square's diagonal).
    """
    if settings.shape == "ball":
        r, z = ball_underside(settings.diameter)
        outline_r, outline_z = np.concatenate([r, r[-2::-1]]), np.concatenate([z, settings.diameter - z[-2::-1]])
        drawn = pi / 3 * np.sum(np.diff(outline_z) * (outline_r[1:] ** 2 + outline_r[1:] * outline_r[:-1] + outline_r[:-1] ** 2))
        swell = np.sqrt(pi * settings.diameter**3 / 6 / drawn)  # a polygon is a little smaller than its circle: metal is conserved
        return outline_r * swell, outline_z, settings.diameter, settings.diameter
    if settings.shape == "disc" or (settings.shape == "preform" and settings.diameter is not None):
        radius, height, across = settings.diameter / 2, settings.height, settings.diameter
    else:
        height = settings.side if settings.shape == "cube" else settings.height
        radius, across = settings.side / np.sqrt(pi), settings.side * np.sqrt(2)
    return np.array([0.0, radius, radius, 0.0]), np.array([0.0, 0.0, height, height]), height, across


@by_the_round_cut
def place(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Let a solid block of solder down along the axis until it rests; refuses what does not fit or does not reach the metal."""
    skin = settings.skin
    kind = _skin_kind(skin, materials) if skin is not None else None
    r, z, height, across = block_outline(settings)
    skin_thickness = skin.thickness if skin is not None else 0.0
    what = f"the {settings.shape} of {(across + 2 * skin_thickness) * 1e6:.4g} um across"
    liquids = state.names_with("flux")
    dry = state.operated(lambda s: s.stripped(list(liquids))) if liquids else state
    if across / 2 + skin_thickness > dry.bump.width:
        raise StepError(f"{what} is wider than the cell")
    rim = _rim(dry, what, materials)
    under_r, under_z = _underside(settings, r, z, skin_thickness)
    rest, _ = rest_height(under_r, under_z, *surface(dry.bump))
    touched = _touched(dry, under_r, under_z + rest)
    warnings = _check_fit(dry, settings, what, (under_r, under_z), rest, touched, materials)
    coat = f"{name}-skin"
    bottom = rest + skin_thickness
    block = Polygon(np.column_stack([np.append(r, 0.0), np.append(z + bottom, bottom)]))
    facts = {name: Facts("solder", name)}
    wet = dry
    for liquid in liquids:
        wet = _left_below(state, wet, liquid, rest)
    placed = wet.operated(lambda s: s.placed(name, settings.solder, block), **facts)
    if skin is not None:
        placed = placed.operated(
            lambda s: s.grown(coat, skin.flux, skin_thickness, on=[name]),
            **{coat: Facts("flux", name, phase="solid" if kind == "solid" else "paste", flux_active=True)},
        )
    overflow = 0.0
    for liquid in liquids:
        placed, lost = _poured_back(state, placed, liquid, rim)
        overflow += lost
    if overflow:
        warnings.append(f"{overflow * 1e18:.4g} um^3 of flux was pushed out over the rim by the block")
    if not any(is_conductor(dry, n, materials) for n in touched):
        warnings.append(_until_it_melts(placed, name, coat, what, touched, liquids, materials))
    values = {"volume": quantity(placed.bump.volume(name), "volume"), "height": length(height), "rests_at": length(rest)}
    if settings.side is not None:
        warnings.append(f"the {settings.shape} is drawn as the cylinder of equal height and volume: a round cut has no corners")
    record = {
        "created": [name, *([coat] if skin is not None else [])],
        "method": "placing",
        "shape": settings.shape,
        "blocks": 1,
        "skin": skin.flux if skin is not None else None,
        "skin_kind": kind,
        "into_flux": [n for n in liquids if placed.bump.has(n)],
    }
    return placed, Measured(values, record, tuple(warnings))


def _rim(dry: State, what: str, materials) -> float | None:
    """The rim of the opening that a mask leaves; None where no mask stands. StepError where the mask is closed."""
    if not dry.names_with("mask"):
        return None
    try:
        return opening_rim(dry, materials)
    except StepError:
        hint = cover_of(dry, materials)
        raise StepError(f"{what} finds no opening at the bump's place: the mask is closed there{hint}") from None


def _underside(settings, r: np.ndarray, z: np.ndarray, skin: float) -> tuple[np.ndarray, np.ndarray]:
    """Lower half of a block with its skin: r from the axis to its widest, z from its lowest point."""
    if settings.shape == "ball":
        if skin:
            return ball_underside(settings.diameter + 2 * skin)
        under = slice(0, int(np.argmax(r)) + 1)
        return r[under], z[under]
    if not skin:
        return r[:2], z[:2]
    return np.append(0.0, r[1] + skin * np.sin(_ROUND)), np.append(0.0, skin * (1 - np.cos(_ROUND)))


def _touched(dry: State, r: np.ndarray, z: np.ndarray) -> list[str]:
    """What a block at rest touches with its underside, the highest last."""
    probe = Polygon([*zip(r, z, strict=True), (0.0, z[-1])]) if z[-1] > z[0] else Polygon([(0, z[0]), (r[-1], z[0]), (0, z[0] + NANOMETRE)])
    section = dry.bump
    return [n for n in section.names if n != "air" and probe.dwithin(section.shape(n), TOUCH)]


def _check_fit(dry: State, settings, what: str, under, rest: float, touched: list[str], materials) -> list[str]:
    """StepError for a block that does not go down to metal (or flux); warnings where its mask is not round and cannot be told."""
    r, z = under
    masks = dry.names_with("mask")
    on_mask = [n for n in touched if n in masks]
    if on_mask and not any(is_conductor(dry, n, materials) for n in touched):
        raise StepError(f"{what} does not fit into the opening: it rests on {listed(on_mask)}, not on the metal")
    warnings = []
    for name in masks:
        tops = surface(dry.bump, (name,))
        radius = _wall(dry, name, rest + max(z[-1], TOUCH))
        drawn = _candidates(dry, name)
        asked = {shape.name: _needed(settings, r[-1], shape) / r[-1] for shape in drawn}
        angular = [shape.name for shape in drawn if not shape.is_round]
        stretch = min(asked.values(), default=_needed(settings, r[-1], None) / r[-1])
        wide = f"{2e6 * radius:.4g} um wide there"
        if _rests_higher(r * stretch, z, tops, rest):
            drawn_by = "" if not angular else _drawn_by(dry, angular)
            raise StepError(f"{what} does not fit into the opening of {name}, which is {wide}{drawn_by}")
        if angular and _rests_higher(r * max(asked.values()), z, tops, rest):
            taken = f"only if it is round, for it is taken{_drawn_by(dry, angular)}"
            warnings.append(f"{what} fits into the opening of {name}, {wide}, {taken}")
    others = tuple(n for n in dry.bump.names if n != "air" and n not in masks and not is_conductor(dry, n, materials))
    corner = _needed(settings, r[-1], None) / r[-1]
    if corner > 1 and (held := [n for n in others if _rests_higher(r * corner, z, surface(dry.bump, (n,)), rest)]):
        warnings.append(f"the corners of {what} would rest on {listed(held)}, not on the metal")
    return warnings


def _rests_higher(r: np.ndarray, z: np.ndarray, tops, rest: float) -> bool:
    return rest_height(r, z, *tops)[0] > rest + TOUCH


def _candidates(dry: State, mask: str) -> list:
    """The plan's masks that can have drawn a mask region's opening: those whose circle of equal area is nearest to it."""
    _, low, _, high = dry.bump.bounds(mask)
    radius = _wall(dry, mask, (low + high) / 2)
    masks = {name: shape for name, shape in dry.plan.masks.items() if shape.concentric_with((0.0, 0.0), dry.plan.tolerance)}
    off = {name: abs(shape.equivalent_radius / radius - 1) if radius > 0 else 1.0 for name, shape in masks.items()}
    nearest = min(off.values(), default=1.0)
    return [dry.plan.masks[name] for name, far in off.items() if far <= min(_DRAWN, nearest + _ALIKE)]


def _wall(dry: State, mask: str, height: float) -> float:
    """Radius of a mask's opening at a height, or at its top or bottom where the height lies beyond [m]."""
    section = dry.bump
    _, low, _, high = section.bounds(mask)
    spans = section.spans(mask, min(max(height, low + NANOMETRE), high - NANOMETRE))
    return spans[0][0] if spans else section.width


def _needed(settings, drawn: float, shape) -> float:
    """Radius of the round opening that stands for an opening into which a block of a drawn radius just goes [m].

    Round openings (`shape` None) take a square by its diagonal, square ones by its side; a round block needs the inscribed circle.
    """
    ratio = 1.0 if shape is None else shape.equivalent_radius / shape.inscribed_radius if shape.inscribed_radius > 0 else float("inf")
    if settings.side is None:
        return drawn * ratio
    skin = settings.skin.thickness if settings.skin is not None else 0.0
    if shape is not None and _is_square(shape):
        return (settings.side + 2 * skin) / sqrt(pi)
    return (settings.side / sqrt(2) + skin) * ratio


def _is_square(shape) -> bool:
    inscribed = shape.inscribed_radius
    return isclose(shape.area, 4 * inscribed**2, rel_tol=1e-3) and isclose(shape.circumscribed_radius, sqrt(2) * inscribed, rel_tol=1e-3)


def _drawn_by(dry: State, names) -> str:
    radii = listed([f"{n} ({dry.plan.masks[n].inscribed_radius * 1e6:.4g} um)" for n in names])
    return f" as a circle of equal area: its mask is not round, and what goes in is bounded by the inscribed radius of {radii}"


def _until_it_melts(placed: State, name: str, coat: str, what: str, touched: list[str], liquids, materials) -> str:
    """The warning about a block that stands on no metal but in flux that does; StepError where no flux joins the two."""
    section = placed.bump
    on = listed(touched) if touched else "nothing"
    for liquid in liquids:
        near = touching(section, liquid) if section.has(liquid) else set()
        if near & {name, coat} and any(n != name and is_conductor(placed, n, materials) for n in near):
            return f"{what} rests on {on}, not on the metal, until it melts: {liquid} lies between"
    raise StepError(f"{what} comes to rest on {on}, which is no metal")


def _skin_kind(skin, materials) -> str:
    """Whether a flux skin is solid at placement, or solid-like: its yield stress carries its own weight. StepError for a liquid.

    A layer of thickness t and density rho hangs on its yield stress: its own weight asks the shear rho g t of it.
    """
    material = materials[skin.flux]
    melting = material.number("melting_point") if material.has("melting_point") else None
    if melting is not None and melting > ROOM_TEMPERATURE:
        return "solid"
    liquid = f"{skin.flux} is liquid at placement" + ("" if melting is None else f" (it melts at {melting - 273.15:.0f} degC)")
    if not material.has("yield_stress"):
        raise StepError(f"{liquid} and has no yield stress, so it is no skin")
    weight = material.number("density") * STANDARD_GRAVITY * skin.thickness
    if material.number("yield_stress") <= weight:
        raise StepError(f"{liquid} and would run off the block: its yield stress is below its own weight's {weight:.3g} Pa")
    return "solid-like"


def _left_below(before: State, dry: State, liquid: str, rest: float) -> State:
    """Leave a liquid in the hollows below the block's lowest point: a flat block shuts them, and what is in them stays."""
    material, inside = before.material(liquid), enclosed(dry.bump)
    left = min(before.bump.volume(liquid), room(dry.bump, rest, inside))
    if left <= _DROP * before.bump.volume(liquid):
        return dry
    return dry.operated(lambda s: pooled(s, liquid, material, level=rest, keep=inside, volume=left), **{liquid: before.facts[liquid]})


def _poured_back(before: State, after: State, liquid: str, rim: float | None) -> tuple[State, float]:
    """Put the rest of a displaced liquid back round the block; return what ran over a mask's rim [m^3].

    On open ground it spreads instead: at the height it had, over the area that the block takes from it.
    """
    section = before.bump
    material, fact, again = before.material(liquid), before.facts[liquid], f"{liquid} rest"
    volume = section.volume(liquid) - (after.bump.volume(liquid) if after.bump.has(liquid) else 0.0)
    if volume <= _DROP * section.volume(liquid):
        return after, 0.0
    _, _, x1, z1 = section.bounds(liquid)
    inside = enclosed(after.bump)
    if rim is not None:
        kept = min(volume, room(after.bump, rim, inside))
        if kept <= _DROP * volume:
            return after, volume
        poured = after.operated(lambda s: pooled(s, again, material, level=rim, keep=inside, volume=kept), **{again: fact})
    else:
        kept = volume
        displaced = volume - _room_for(after, again, material, z1, x1)
        within = min(section.width, x1 * sqrt(1 + max(0.0, displaced) / volume))
        poured = after.operated(lambda s: s.filled(again, material, volume=volume, within=within), **{again: fact})
    names = [n for n in (liquid, again) if poured.bump.has(n)]
    return poured.operated(lambda s: s.merged(names, into=liquid, material=material), **{liquid: fact}), volume - kept


def _room_for(state: State, name: str, material: str, level: float, within: float) -> float:
    try:
        return state.bump.filled(name, material, level=level, within=within).volume(name)
    except GeometryError:  # the block leaves no open air below that level
        return 0.0
