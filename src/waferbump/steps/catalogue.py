"""Every verb's models by name, cheapest first. A model is a plain function (state, settings, materials, rng) -> (state, measured)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ..state import State
from . import (
    ageing,
    arrival,
    attaching,
    diffraction,
    etching,
    films,
    lithography,
    paste_and_flux,
    placing,
    plating,
    rate_front,
    reflow,
    releasing,
    removal,
)

Model = Callable[..., tuple]

MODELS: Mapping[str, Mapping[str, Model]] = MappingProxyType(
    {
        "pad": {"flat_film": arrival.pad},
        "passivation": {"conformal_film": arrival.passivation},
        "redistribution": {"landing_pad": arrival.redistribution},
        "deposit": {"conformal_growth": films.deposit},
        "coat": {"planar_top": films.coat},
        "laminate": {"spanning_film": films.laminate},
        "bake": {"temperature_limit": lithography.bake},
        "expose": {"blurred_image": lithography.expose, "scalar_diffraction": diffraction.expose},
        "develop": {"threshold": lithography.develop, "rate_front": rate_front.develop},
        "descum": {"isotropic_front": lithography.descum},
        "etch": {"isotropic_front": etching.etch},
        "plate": {"bottom_up": plating.plate, "even_film": plating.plate_evenly},
        "print": {"flush_fill": paste_and_flux.print_solder},
        "flux": {"level_fill": paste_and_flux.flux},
        "place": {"axial_rest": placing.place},
        "reflow": {"truncated_sphere": reflow.reflow_weightless, "axisymmetric": reflow.reflow},
        "strip": {"dissolve_reachable": removal.strip},
        "clean": {"dissolve_reachable": removal.clean},
        "release": {"front_in_plan": releasing.release},
        "thin": {"back_grinding": removal.thin},
        "attach": {"floating_die": attaching.attach},
        "age": {"square_law": ageing.age},
    }
)

USUAL: Mapping[str, str] = MappingProxyType({"reflow": "axisymmetric"})  # where the cheapest is not what a run takes by itself


def usual_model(verb: str, state: State, settings, materials) -> str:
    """What a run takes where the recipe names no model.

    One exposure of several resists at once is computed, where all that it takes is known; development follows the exposure.
    """
    if verb == "expose" and diffraction.suits(state, settings, materials):
        return "scalar_diffraction"
    if verb == "develop" and any(e.light is not None for fact in state.facts.values() for e in fact.latent):
        return "rate_front"
    return USUAL.get(verb) or next(iter(MODELS[verb]))


def model_of(verb: str, name: str) -> Model:
    """The named model of a verb; ValueError for a name that the verb does not have."""
    models = MODELS[verb]
    if name not in models:
        raise ValueError(f"{verb} has no model {name!r}; it has {', '.join(models)}")
    return models[name]
