"""Runs that break the claims which are judged in plan, and with them all counter-runs of these tests."""

from tests.claims.counters import COUNTERS, Counter
from waferbump.claims import lot

_GAP, _LEFT, _ON, _ELASTIC, _TWO = "suspended-over-gap", "sacrificial-left", "sacrificial-on-elastic", "elastic-alone", "two-part-insulator"
_ARMS = [["70 um", "110 um"], ["-110 um", "-70 um"]]


def _beams(start: str, end: str) -> dict:
    """Changes by which both beams go from one x to another."""
    shapes = [[[start, low], [end, low], [end, high], [start, high]] for low, high in _ARMS]
    return {f"masks.{name}": {"polygon": shape} for name, shape in zip(("beam", "other-beam"), shapes, strict=True)}


def _stub(end: str) -> dict:
    """Changes by which the line ends at an x before the landing pad."""
    return {"views.cut": None, "masks.trace": {"line": {"points": [["-330 um", "0 um"], [end, "0 um"]], "width": "50 um"}}}


def _e():
    dark = {"tone": "dark"}
    yield Counter("E1", "no window", lot(_GAP, {"masks.insulating": {"union": ["via"], **dark}}), refused="nothing is released")
    yield Counter(
        "E1", "protection over the windows", lot(_GAP, {"masks.protection": {"union": ["ball"], **dark}}), refused="no etch window"
    )
    shut = {"masks.insulating": {"union": ["via"], **dark}, "masks.protection": {"union": ["ball"], **dark}}
    for claim, flow in (("E3", _LEFT), ("E6", _ON), ("E9", _ELASTIC), ("E11", _TWO)):
        yield Counter(claim, "no window cuts the part loose", lot(flow, shut), parent=claim == "E11")
    hole = {"masks.slots": {"rectangle": ["12 um", "12 um"], "at": ["130 um", "130 um"]}}
    yield Counter("E1", "a membrane with one hole", lot(_GAP, hole))
    yield Counter("E1", "the line ends short of the bump", lot(_GAP, _stub("-200 um")))
    yield Counter("E1", "released for too short a time", lot(_GAP, {"steps.release.time": "30 min"}))
    beside = {"masks.sacrificial.at": ["0 um", "60 um"]}
    yield Counter("E1", "the sacrificial layer stands beside the bump", lot(_LEFT, beside))
    yield Counter("E1", "the part below the bump lies straight on the wafer", lot(_TWO), keeps="E11")
    yield Counter("E2", "no beams", lot(_GAP))
    yield Counter("E2", "beams that miss the landing pad", lot(f"{_GAP}-beams", _beams("-310 um", "-150 um")))
    yield Counter("E2", "beams that end before the bonded part", lot(f"{_GAP}-beams", _beams("-200 um", "0 um")))
    yield Counter("E3", "an empty gap", lot(_GAP))
    yield Counter("E3", "an elastic layer", lot(_ELASTIC))
    yield Counter(
        "E3", "it holds more firmly than the bonded part", lot(_LEFT, {"steps.sacrificial.adhesion": {"passivation": "60 J/m^2"}})
    )
    yield Counter("E3", "nothing is said of how it holds", lot(_GAP, {"steps.release": None}))
    yield Counter("E4", "no beams", lot(_LEFT))
    across = {"polygon": [[x, y] for x, y in (("-90 um", "-150 um"), ("-60 um", "-150 um"), ("-60 um", "150 um"), ("-90 um", "150 um"))]}
    bar = {"masks.bar": across, "masks.line.union": ["landing", "trace", "via-cap", "bar"]}
    yield Counter("E4", "the tips of a bar across the landing pad", lot(_LEFT, bar))
    nitride = {"steps.sacrificial.material": "SiN", "steps.sacrificial.side_coverage": "70 %"}
    yield Counter("E5", "a nitride", lot(_LEFT, {**nitride, "steps.passivation.material": "SiO2"}))
    yield Counter("E6", "no elastic layer", lot(_LEFT))
    yield Counter("E6", "two stiff layers", lot(_ON, {"steps.elastic.resist": "epoxy"}))
    yield Counter("E7", "no beams", lot(_ON))
    yield Counter("E8", "a nitride", lot(_ON, nitride))
    yield Counter("E9", "a sacrificial layer", lot(_LEFT))
    yield Counter("E10", "no beams", lot(_ELASTIC))
    yield Counter("E11", "one insulating layer", lot(_LEFT), keeps="E3")
    yield Counter("E12", "no beams", lot(_TWO))


def _redistributed():
    bare = {f"steps.rdl.{setting}": None for setting in ("cover", "cover_thickness", "cover_mask")}
    yield Counter("B11", "no redistribution layer", lot("flux-filled"))
    yield Counter("B11", "no cover over the line", lot("flux-filled-redistributed", bare), refused="bare metal")
    yield Counter("D13", "the bump stands on the bond pad", lot("two-mask-fused"))
    yield Counter("D17", "the bump stands on the bond pad", lot("two-mask-one-reflow"))
    short = {"masks.trace": {"line": {"points": [["-115 um", "-70 um"], ["-80 um", "-70 um"]], "width": "20 um"}}, "views.cut": None}
    broken = lot("two-mask-fused-redistributed", short)
    yield Counter("D13", "the line ends short of the landing pad", broken, refused="its metal is in pieces")


IN_PLAN = (*_e(), *_redistributed())
EVERY = (*COUNTERS, *IN_PLAN)
