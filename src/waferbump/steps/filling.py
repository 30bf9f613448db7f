"""Bring solder and flux: plate, print, flux, place."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
from shapely import Polygon

from ..geometry.section import GeometryError
from ..physics.electroplating import charge_per_mass, faraday_thickness
from ..physics.paste import RANDOM_CLOSE_PACKING
from ..physics.placement import ball_underside, rest_height
from ..state import ROOM_TEMPERATURE, Facts, Measured, State, StepError, length, listed, quantity
from .conduction import CONDUCTORS, conductors_joined_to, is_conductor

STANDARD_GRAVITY = 9.80665  # m/s^2, defined by the 3rd General Conference on Weights and Measures, 1901
_NANOMETRE = 1e-9  # below this a height difference is the partition's rounding


def opening_rim(state: State) -> float:
    """Height of the lowest place of the topmost mask around the bump's opening [m]; StepError where no opening is."""
    section = state.bump
    field = section.surface_height(section.width)
    if section.surface_height(0.0) >= field - _NANOMETRE:
        raise StepError("there is no opening at the bump's place: the surface is closed there")
    return field


def plate(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Plate from the exposed seed, bottom-up with a flat top; beyond the mask's rim the metal mushrooms evenly.

    Faraday's law gives the time (or the height) at constant current, i times the seed area that was bare at the start.
    """
    section = state.bump
    bare = [n for n in state.facts if is_conductor(state, n, materials) and section.exposed_amount(n) > 0]
    if not bare:
        raise StepError("no seed is exposed: nothing can be plated (is the resist developed down to the metal?)")
    if any(b >= section.width * (1 - 1e-9) for n in bare for _, b in section.exposed_spans(n)):
        raise StepError("the seed is bare all over the wafer, not in openings only: the mask is missing or was stripped before plating")
    field = conductors_joined_to(state, set(bare), materials)
    if not any(section.bounds(n)[2] >= section.width * (1 - 1e-9) for n in field):
        raise StepError(f"{listed(bare)} carries no current: no conductor joins it to the wafer's edge")
    rim = opening_rim(state)
    area = sum(pi * (b**2 - a**2) for n in bare for a, b in section.exposed_spans(n))
    seed_top = max(section.exposed(n).bounds[3] for n in bare)
    material = materials[settings.solder]
    efficiency = settings.efficiency if settings.efficiency is not None else material.number("current_efficiency")
    parts = dict(material.composition)
    charge = charge_per_mass(
        parts, {e: materials.element(e).number("molar_mass") for e in parts}, {e: int(materials.element(e).number("plating_electrons")) for e in parts}
    )
    speed = float(faraday_thickness(settings.current_density, 1.0, efficiency, material.number("density"), charge))
    until = settings.until
    if until.height is not None:
        made = _plated_to(state, name, settings.solder, seed_top + until.height, rim)
    else:
        seconds = until.time if until.time is not None else until.charge_density / settings.current_density
        made = _plated_volume(state, name, settings.solder, speed * seconds * area, rim)
    role = "solder" if {"solder", "mixed-solder"} & material.classes else "film"
    made = made.with_facts({name: Facts(role, name)})
    volume = made.bump.volume(name)
    top = made.bump.bounds(name)[3]
    reach = made.bump.bounds(name)[2]
    if reach >= section.width * (1 - 1e-9):
        raise StepError("the mushrooms meet those of the neighbours: plate less, or open the pitch")
    values = {
        "height": length(top - seed_top), "volume": quantity(volume, "volume"), "time": quantity(volume / (speed * area), "time"),
        "rate": quantity(speed, "speed"), "seed_area": quantity(area, "area"), "overgrowth": length(max(0.0, top - rim)),
    }
    record = {"created": [name], "method": "electroplating", "seed": bare, "mushroomed": top > rim + _NANOMETRE}
    return made, Measured(values, record)


def _plated_to(state: State, name: str, material: str, level: float, rim: float) -> State:
    if level <= rim:
        return state.operated(lambda s: s.filled(name, material, level=level), **{name: Facts("film", name)})
    full = state.operated(lambda s: s.filled(name, material, level=rim), **{name: Facts("film", name)})
    return full.operated(lambda s: s.enlarged(name, thickness=level - rim))


def _plated_volume(state: State, name: str, material: str, volume: float, rim: float) -> State:
    full = state.operated(lambda s: s.filled(name, material, level=rim), **{name: Facts("film", name)})
    missing = volume - full.bump.volume(name)
    if missing <= 0:
        return state.operated(lambda s: s.filled(name, material, volume=volume), **{name: Facts("film", name)})
    return full.operated(lambda s: s.enlarged(name, volume=missing))


def print_solder(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Squeeze paste or powder into the openings of a mask, flush with its top less the scoop."""
    rim = opening_rim(state)
    section = state.bump
    whole = section.filled(name, settings.solder, level=rim).volume(name)
    flush = section.filled(name, settings.solder, level=rim - settings.scoop).volume(name)
    volume = settings.fill * flush
    fraction = settings.metal_fraction
    if fraction is None:
        if settings.form == "powder":
            raise StepError("how densely the powder lies is not known: give metal_fraction, e.g. 58 % (loosely poured spheres)")
        fraction = materials[settings.solder].number("paste_metal_fraction")
    if fraction > RANDOM_CLOSE_PACKING:
        raise StepError(f"a metal fraction of {fraction:.2f} by volume is denser than spheres pack at random ({RANDOM_CLOSE_PACKING})")
    flux = "paste-flux" if settings.form == "paste" else ""
    facts = Facts("solder", name, phase="paste", metal_fraction=fraction, flux=flux, flux_active=bool(flux))
    made = state.operated(lambda s: s.filled(name, settings.solder, volume=volume), **{name: facts})
    values = {
        "volume": quantity(made.bump.volume(name), "volume"), "metal_volume": quantity(volume * fraction, "volume"),
        "opening_volume": quantity(whole, "volume"), "metal_fraction": quantity(fraction, "fraction"),
    }
    return made, Measured(values, {"created": [name], "method": "printing", "form": settings.form})


def flux(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Fill an opening with flux, or lay a film of it on a bare pad."""
    section = state.bump
    facts = Facts("flux", name, phase="liquid", flux_active=True)
    if settings.method == "fill":
        rim = opening_rim(state)
        bottom = section.surface_height(0.0)
        if settings.volume is not None:
            made = state.operated(lambda s: s.filled(name, settings.flux, volume=settings.volume), **{name: facts})
            if made.bump.bounds(name)[3] > rim + _NANOMETRE:
                raise StepError("that much flux does not fit into the opening")
        else:
            level = rim if settings.thickness is None else min(rim, bottom + settings.thickness)
            made = state.operated(lambda s: s.filled(name, settings.flux, level=level), **{name: facts})
    else:
        radius = _bare_metal_radius(state, materials)
        if settings.volume is not None:
            volume = settings.volume
        else:
            thickness = settings.thickness if settings.thickness is not None else materials[settings.flux].number("layer_thickness")
            volume = pi * radius**2 * thickness
        made = state.operated(lambda s: s.filled(name, settings.flux, volume=volume, within=radius), **{name: facts})
    values = {"volume": quantity(made.bump.volume(name), "volume"), "thickness": length(made.bump.thickness_at(0.0, name))}
    on = sorted(n for n in made.bump.neighbours(name) if n != "air" and is_conductor(made, n, materials))
    return made, Measured(values, {"created": [name], "method": settings.method, "on": on})


def _bare_metal_radius(state: State, materials) -> float:
    """Radius of the bare metal round the axis [m]."""
    section = state.bump
    for name in state.facts:
        if is_conductor(state, name, materials):
            for a, b in section.exposed_spans(name):
                if a <= _NANOMETRE:
                    return b
    raise StepError("no bare metal lies at the bump's centre for the flux to go on")


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
    if settings.shape == "disc":
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
    placed = dry.operated(lambda s: s.placed(name, settings.solder, block), **facts)
    if skin is not None:
        placed = placed.operated(
            lambda s: s.grown(coat, skin.flux, skin_thickness, on=[name]), **{coat: Facts("flux", name, phase="solid" if kind == "solid" else "paste", flux_active=True)}
        )
    overflow = 0.0
    rim = dry.bump.surface_height(dry.bump.width)
    for liquid in liquids:
        placed, lost = _poured_back(state, placed, liquid, rim, bool(dry.names_with("mask")))
        overflow += lost
    if overflow:
        warnings.append(f"{overflow * 1e18:.4g} um^3 of flux was pushed out over the rim by the block")
    values = {"volume": quantity(placed.bump.volume(name), "volume"), "height": length(height), "rests_at": length(rest)}
    if settings.shape in ("cube", "preform"):
        warnings.append(f"the {settings.shape} is drawn as the cylinder of equal height and volume: a round cut has no corners")
    record = {
        "created": [name, *([coat] if skin is not None else [])], "method": "placing", "shape": settings.shape, "blocks": 1,
        "skin": skin.flux if skin is not None else None, "skin_kind": kind, "into_flux": [n for n in liquids if placed.bump.has(n)],
    }
    return placed, Measured(values, record, tuple(warnings))


def _surface(section) -> tuple[np.ndarray, np.ndarray]:
    """Top of what stands in the cell as a polyline over r, with both ends of every vertical step."""
    breaks = sorted({x for n in section.names if n != "air" for x, _ in _vertices(section.shape(n))})
    r, z = [], []
    for a, b in zip(breaks, breaks[1:], strict=False):
        if b - a < 1e-12:
            continue
        inset = min(1e-12, (b - a) / 4)
        r += [a, b]
        z += [section.surface_height(a + inset), section.surface_height(b - inset)]
    return np.array(r), np.array(z)


def _vertices(shape):
    import shapely

    return shapely.get_coordinates(shape)


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
    if masks and level >= field - _NANOMETRE:
        raise StepError(f"{what} finds no opening at the bump's place: the mask is closed there")
    under = [n for n in section.names if n != "air" and touch <= section.bounds(n)[2] and abs(_top_at(section, n, touch) - rest) < height_slack(settings)]
    if masks and any(n in masks for n in under) and not any(is_conductor(dry, n, materials) for n in under):
        raise StepError(f"{what} does not fit into the opening: it rests on {listed([n for n in under if n in masks])}, not on the metal")
    for name in masks:
        x0, z0, x1, z1 = section.bounds(name)
        spans = section.spans(name, min(max(rest + across / 2, z0 + _NANOMETRE), z1 - _NANOMETRE))
        if spans and spans[0][0] < across / 2:
            raise StepError(f"{what} does not fit into the opening of {name}, which is {2e6 * spans[0][0]:.4g} um wide there")
    if not any(CONDUCTORS & materials[dry.material(n)].classes for n in under):
        raise StepError(f"{what} comes to rest on {listed(under) if under else 'nothing'}, which is no metal")


def height_slack(settings) -> float:
    """How far below its lowest point a block may already touch: the underside's rise at the touch, at most its own size [m]."""
    return max(settings.diameter or 0.0, settings.side or 0.0, settings.height or 0.0)


def _top_at(section, name: str, x: float) -> float:
    from shapely import LineString

    hit = section.shape(name).intersection(LineString([(x, section.floor), (x, section.ceiling)]))
    return hit.bounds[3] if not hit.is_empty else float("-inf")


def _poured_back(before: State, after: State, liquid: str, rim: float, masked: bool) -> tuple[State, float]:
    """Put a displaced liquid back round the block; return what ran over a mask's rim [m^3].

    On open ground it spreads instead: at the height it had, over the area that the block takes from it.
    """
    section = before.bump
    volume, material, fact = section.volume(liquid), before.material(liquid), before.facts[liquid]
    x0, z0, x1, z1 = section.bounds(liquid)
    if not masked:
        displaced = volume - _room_for(after, liquid, material, z1, x1)
        within = min(section.width, x1 * sqrt(1 + max(0.0, displaced) / volume))
        return after.operated(lambda s: s.filled(liquid, material, volume=volume, within=within), **{liquid: fact}), 0.0
    kept = min(volume, _room_for(after, liquid, material, max(rim, z1), None))
    if kept <= 0:
        return after, volume
    return after.operated(lambda s: s.filled(liquid, material, volume=kept), **{liquid: fact}), volume - kept


def _room_for(state: State, name: str, material: str, level: float, within: float | None) -> float:
    try:
        return state.bump.filled(name, material, level=level, within=within).volume(name)
    except GeometryError:  # the block leaves no open air below that level
        return 0.0
