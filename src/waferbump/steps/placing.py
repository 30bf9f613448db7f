"""Place a solid block of solder, bare or in a skin of flux."""

from __future__ import annotations

from itertools import pairwise
from math import pi, sqrt

import numpy as np
import shapely
from shapely import LineString, Polygon

from ..geometry.section import GeometryError
from ..physics.placement import ball_underside, rest_height
from ..state import ROOM_TEMPERATURE, Facts, Measured, State, StepError, length, listed, quantity
from .conduction import CONDUCTORS, is_conductor
from .opening import NANOMETRE

_DROP = 1e-9  # part of a liquid's volume below which nothing is left to pour
STANDARD_GRAVITY = 9.80665  # m/s^2, defined by the 3rd General Conference on Weights and Measures, 1901


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


def place(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Let a solid block of solder down along the axis until it rests; refuses what does not fit or does not reach the metal."""
    warnings: list[str] = []
    skin = settings.skin
    kind = _skin_kind(skin, materials) if skin is not None else None
    r, z, height, across = block_outline(settings)
    skin_thickness = skin.thickness if skin is not None else 0.0
    liquids = state.names_with("flux")
    dry = state.operated(lambda s: s.stripped(list(liquids))) if liquids else state
    surface_r, surface_z = _surface(dry.bump)
    under = slice(0, int(np.argmax(r)) + 1)
    base_r, base_z = (r[under], z[under]) if settings.shape == "ball" else (np.array([0.0, r[1]]), np.zeros(2))
    grown_r = base_r * (1 + skin_thickness / r.max())
    rest, touch = rest_height(grown_r, base_z, surface_r, surface_z)
    _check_fit(dry, settings, across + 2 * skin_thickness, rest, touch, materials)
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
    rim = dry.bump.surface_height(dry.bump.width)
    for liquid in liquids:
        placed, lost = _poured_back(state, placed, liquid, rim, bool(dry.names_with("mask")))
        overflow += lost
    if overflow:
        warnings.append(f"{overflow * 1e18:.4g} um^3 of flux was pushed out over the rim by the block")
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


def _surface(section) -> tuple[np.ndarray, np.ndarray]:
    """Top of what stands in the cell as a polyline over r, with both ends of every vertical step."""
    breaks = sorted({x for n in section.names if n != "air" for x, _ in shapely.get_coordinates(section.shape(n))})
    r, z = [], []
    for a, b in pairwise(breaks):
        if b - a < 1e-12:
            continue
        inset = min(1e-12, (b - a) / 4)
        r += [a, b]
        z += [section.surface_height(a + inset), section.surface_height(b - inset)]
    return np.array(r), np.array(z)


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


def _check_fit(dry: State, settings, across: float, rest: float, touch: float, materials) -> None:
    section = dry.bump
    what = f"the {settings.shape} of {across * 1e6:.4g} um across"
    if across / 2 > section.width:
        raise StepError(f"{what} is wider than the cell")
    field = section.surface_height(section.width)
    level = section.surface_height(0.0)
    masks = dry.names_with("mask")
    if masks and level >= field - NANOMETRE:
        raise StepError(f"{what} finds no opening at the bump's place: the mask is closed there")
    under = [
        n
        for n in section.names
        if n != "air" and touch <= section.bounds(n)[2] and abs(_top_at(section, n, touch) - rest) < height_slack(settings)
    ]
    if masks and any(n in masks for n in under) and not any(is_conductor(dry, n, materials) for n in under):
        raise StepError(f"{what} does not fit into the opening: it rests on {listed([n for n in under if n in masks])}, not on the metal")
    for name in masks:
        _, z0, _, z1 = section.bounds(name)
        spans = section.spans(name, min(max(rest + across / 2, z0 + NANOMETRE), z1 - NANOMETRE))
        if spans and spans[0][0] < across / 2:
            raise StepError(f"{what} does not fit into the opening of {name}, which is {2e6 * spans[0][0]:.4g} um wide there")
    if not any(CONDUCTORS & materials[dry.material(n)].classes for n in under):
        raise StepError(f"{what} comes to rest on {listed(under) if under else 'nothing'}, which is no metal")


def height_slack(settings) -> float:
    """How far below its lowest point a block may already touch: the underside's rise at the touch, at most its own size [m]."""
    return max(settings.diameter or 0.0, settings.side or 0.0, settings.height or 0.0)


def _top_at(section, name: str, x: float) -> float:
    hit = section.shape(name).intersection(LineString([(x, section.floor), (x, section.ceiling)]))
    return hit.bounds[3] if not hit.is_empty else float("-inf")


def _left_below(before: State, dry: State, liquid: str, rest: float) -> State:
    """Leave a liquid in the hollows below the block's lowest point: a flat block shuts them, and what is in them stays."""
    material = before.material(liquid)
    room = min(before.bump.volume(liquid), _room_for(dry, liquid, material, rest, None))
    if room <= 0:
        return dry
    return dry.operated(lambda s: s.filled(liquid, material, volume=room), **{liquid: before.facts[liquid]})


def _poured_back(before: State, after: State, liquid: str, rim: float, masked: bool) -> tuple[State, float]:
    """Put the rest of a displaced liquid back round the block; return what ran over a mask's rim [m^3].

    On open ground it spreads instead: at the height it had, over the area that the block takes from it.
    """
    section = before.bump
    material, fact = before.material(liquid), before.facts[liquid]
    volume = section.volume(liquid) - (after.bump.volume(liquid) if after.bump.has(liquid) else 0.0)
    if volume <= _DROP * section.volume(liquid):
        return after, 0.0
    _, _, x1, z1 = section.bounds(liquid)
    within = None
    if masked:
        kept = min(volume, _room_for(after, f"{liquid} rest", material, max(rim, z1), None))
    else:
        displaced = volume - _room_for(after, f"{liquid} rest", material, z1, x1)
        within = min(section.width, x1 * sqrt(1 + max(0.0, displaced) / volume))
        kept = volume
    if kept <= 0:
        return after, volume

    def pour(s):
        poured = s.filled(f"{liquid} rest", material, volume=kept, within=within)
        return poured.merged([n for n in (liquid, f"{liquid} rest") if poured.has(n)], into=liquid, material=material)

    return after.operated(pour, **{liquid: fact}), volume - kept


def _room_for(state: State, name: str, material: str, level: float, within: float | None) -> float:
    try:
        return state.bump.filled(name, material, level=level, within=within).volume(name)
    except GeometryError:  # the block leaves no open air below that level
        return 0.0
