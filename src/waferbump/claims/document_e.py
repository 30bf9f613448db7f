"""E: stress-releasing packages. Their structure is judged on the runs, and what an overstress does to it by finite elements."""

from __future__ import annotations

from ..state import listed
from .claim import Lot, Shown, child, lot, root
from .mechanics import elastic_takes_excess, stiffened, swings, weakest_lets_go
from .package import Package, beams
from .suspension import EMPTY, FILLED, all_joints, is_elastic, joints, stiffness, suspended, two_parts, weakest
from .trace import NotShown, material_of

METAL, EPOXY, POLYMER, OXIDE = "metal", "epoxy", "organic polymer", "inorganic oxide"


def _sacrificial_alone(found: Package) -> Shown:
    (layer,) = _fillings(found, 1)
    if is_elastic(found, layer):
        raise NotShown(f"{stiffness(found, layer)}: {layer} is an elastic layer, no sacrificial one")
    own, bonded = joints(found, layer, found.free), joints(found, found.insulator, found.held)
    return Shown(evidence=(f"{layer} is still there, below the bump", weakest(own, {**bonded, **all_joints(found)})))


def _sacrificial_on_elastic(found: Package) -> Shown:
    elastic, layer = _fillings(found, 2)
    if not is_elastic(found, elastic) or is_elastic(found, layer):
        raise NotShown(f"{stiffness(found, elastic, layer)}: {layer} on {elastic} is no sacrificial layer on an elastic one")
    return Shown(evidence=(f"{layer} lies on {elastic} below the bump; {stiffness(found, elastic, layer)}",))


def _elastic_alone(found: Package) -> Shown:
    (layer,) = _fillings(found, 1)
    if not is_elastic(found, layer):
        raise NotShown(f"{stiffness(found, layer)}: {layer} is no elastic layer")
    return Shown(evidence=(stiffness(found, layer), weakest(joints(found, layer, found.free), joints(found, found.insulator, found.held))))


def _fillings(found: Package, count: int) -> tuple[str, ...]:
    if len(found.fillings) != count:
        has = f"there {'is' if len(found.fillings) == 1 else 'are'} {listed(found.fillings)}" if found.fillings else "the gap is empty"
        wanted = "one layer" if count == 1 else "a layer on another"
        raise NotShown(f"{wanted} between the substrate and the suspended part is asked for below the bump: {has}")
    return found.fillings


def _material(found: Package) -> Shown:
    layer = found.fillings[-1]
    material = material_of(found.state, layer)
    kinds = {
        METAL: "metal" in material.classes,
        EPOXY: "epoxy" in material.classes,
        POLYMER: "polymer" in material.classes,
        OXIDE: "glass" in material.classes or ("O" in material.composition and "metal" not in material.classes),
    }
    members = frozenset(kind for kind, fits in kinds.items() if fits)
    if not members:
        raise NotShown(f"{layer} is of {material.name}: none of {listed(list(kinds))}")
    return Shown(evidence=(f"{layer} is of {material.title} ({material.name})",), members=members)


def _four(flow: str) -> list[tuple[str, Lot]]:
    return [(METAL, lot(flow)), (EPOXY, lot(f"{flow}-epoxy")), (POLYMER, lot(f"{flow}-polymer")), (OXIDE, lot(f"{flow}-oxide"))]


_GAP, _LEFT, _ON_ELASTIC = lot("suspended-over-gap"), lot("sacrificial-left"), lot("sacrificial-on-elastic")
_ELASTIC, _TWO = lot("elastic-alone"), lot("two-part-insulator")
_BEAMS = "beams, made together with the line on the insulating layer and joined to the bump, stiffen the suspended part"
_MATERIALS = "the sacrificial layer is a metal, an epoxy, an organic polymer or an inorganic oxide"
CLAIMS_E = (
    root(
        suspended,
        "E1",
        "bump above a suspended part of the insulating layer; under overstress it swings, and the bump and its line survive",
        (EMPTY, _GAP),
        (FILLED, _LEFT),
        mechanics=swings,
    ),
    child("E1", beams, "E2", _BEAMS, lot("suspended-over-gap-beams"), mechanics=stiffened),
    child(
        "E1",
        _sacrificial_alone,
        "E3",
        "a sacrificial layer stays below the bump; its joint with the substrate cracks first",
        _LEFT,
        mechanics=weakest_lets_go,
    ),
    child("E3", beams, "E4", _BEAMS, lot("sacrificial-left-beams"), mechanics=stiffened),
    child("E3", _material, "E5", _MATERIALS, *_four("sacrificial-left")),
    child(
        "E1",
        _sacrificial_on_elastic,
        "E6",
        "a sacrificial layer on an elastic layer below the bump; the elastic layer takes the excess",
        _ON_ELASTIC,
        mechanics=elastic_takes_excess,
    ),
    child("E6", beams, "E7", _BEAMS, lot("sacrificial-on-elastic-beams"), mechanics=stiffened),
    child("E6", _material, "E8", _MATERIALS, *_four("sacrificial-on-elastic")),
    child(
        "E1",
        _elastic_alone,
        "E9",
        "an elastic layer alone below the bump, which cracks off the substrate first",
        _ELASTIC,
        mechanics=weakest_lets_go,
    ),
    child("E9", beams, "E10", _BEAMS, lot("elastic-alone-beams"), mechanics=stiffened),
    root(
        two_parts,
        "E11",
        "two joined parts of a second insulating layer; the weakly adhering one below the bump lets go",
        _TWO,
        mechanics=weakest_lets_go,
    ),
    child("E11", beams, "E12", _BEAMS, lot("two-part-insulator-beams"), mechanics=stiffened),
)
