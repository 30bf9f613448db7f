"""Bring what flows: paste or powder squeezed into openings, flux filled in or laid on."""

from __future__ import annotations

from math import pi

from ..physics.paste import RANDOM_CLOSE_PACKING
from ..state import Facts, Measured, State, StepError, length, quantity
from .by_round_cut import by_the_round_cut
from .conduction import is_conductor
from .opening import NANOMETRE, enclosed, opening_rim, pooled, room


@by_the_round_cut
def print_solder(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Squeeze paste or powder into the openings of a mask, flush with its top less the scoop."""
    rim = opening_rim(state, materials)
    section = state.bump
    inside = enclosed(section)
    whole = pooled(section, name, settings.solder, level=rim, keep=inside).volume(name)
    flush = pooled(section, name, settings.solder, level=rim - settings.scoop, keep=inside).volume(name)
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
    made = state.operated(lambda s: pooled(s, name, settings.solder, level=rim, keep=inside, volume=volume), **{name: facts})
    values = {
        "volume": quantity(made.bump.volume(name), "volume"),
        "metal_volume": quantity(volume * fraction, "volume"),
        "opening_volume": quantity(whole, "volume"),
        "metal_fraction": quantity(fraction, "fraction"),
    }
    return made, Measured(values, {"created": [name], "method": "printing", "form": settings.form})


@by_the_round_cut
def flux(state: State, settings, materials, rng, name: str) -> tuple[State, Measured]:
    """Fill an opening with flux, or lay a film of it on a bare pad."""
    section = state.bump
    facts = Facts("flux", name, phase="liquid", flux_active=True)
    if settings.method == "fill":
        rim = opening_rim(state, materials)
        bottom = section.surface_height(0.0)
        inside = enclosed(section)
        if settings.volume is not None and settings.volume > (holds := room(section, rim, inside)) * (1 + 1e-9):
            volumes = f"{settings.volume * 1e18:.5g} um^3 of flux into {holds * 1e18:.5g} um^3"
            raise StepError(f"that much flux does not fit into the opening: {volumes}")
        if settings.thickness is not None and bottom + settings.thickness > rim + NANOMETRE:
            depths = f"{settings.thickness * 1e6:.4g} um of flux into {(rim - bottom) * 1e6:.4g} um of depth"
            raise StepError(f"that much flux does not fit into the opening: {depths}")
        level = rim if settings.thickness is None else min(rim, bottom + settings.thickness)
        made = state.operated(lambda s: pooled(s, name, settings.flux, level=level, keep=inside, volume=settings.volume), **{name: facts})
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
                if a <= NANOMETRE:
                    return b
    raise StepError("no bare metal lies at the bump's centre for the flux to go on")
