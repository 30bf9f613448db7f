"""What an overstress does to a structure of document E: the part that gives way, the joint that lets go first, the beams that stiffen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely

from ..geometry.area import Area
from ..geometry.mesh import MeshError
from ..package.cell_points import laws_of
from ..package.evidence import PLAIN, overstress_of
from ..package.overstress import weak_joint
from ..package.reading import read_vehicle
from ..package.stiffness import elastic_stiffness
from ..package.structure import structure_of, structure_run
from ..package.vehicle import PackageError
from ..results import Run
from ..state import listed
from .package import Package, arms_of
from .trace import NotShown

# The elastic layer takes up the excess where most of the way between substrate and bump's foot lies in its shear (our choice).
_MOST = 0.5
# Beams stiffen by more than a hundredth: on one mesh with and without them the difference is good to a few thousandths (our choice).
_STIFFER = 0.01
# The suspended part swings where the bump's foot goes along with the board by a twentieth of its way at least, and by several times
# more than the plain bump's does (our choice).
_GOES_ALONG, _TIMES = 0.05, 3.0


def _pulled(run: Run) -> Mapping[str, Any]:
    try:
        return overstress_of(run)
    except (PackageError, MeshError) as problem:
        raise NotShown(f"its overstress could not be computed: {problem}") from problem


def _plain() -> Mapping[str, Any]:
    vehicle = read_vehicle()
    return _pulled(structure_run(PLAIN, vehicle))


def swings(found: Package) -> tuple[str, ...]:
    """E1: under overstress the part that carries the bump moves, and bump and line survive; beside them the plain bump's numbers."""
    asked = _pulled(found.trace.run)
    _judgeable(asked)
    pull = asked["after"] or asked["pull"]
    broken = [event for one in _pulls(asked) for event in one["events"] if event["kind"] != "joint"]
    if broken:
        raise NotShown(f"under a board displaced by {_um(asked['shift'])} {listed([e['what'] for e in broken])} tears")
    plain = _plain()["pull"]
    for one in (pull, plain):
        _followed(one)
    force, reference = max(pull["force"]), max(plain["force"])
    flow, other = pull["flow"][-1], plain["flow"][-1]
    if not (force < reference and flow < other):
        raise NotShown(
            f"under a board displaced by {_um(asked['shift'])} its bump is pulled by {force:.3g} N and flows by {100 * flow:.3g} %, "
            f"the plain bump by {reference:.3g} N and {100 * other:.3g} %: it is not relieved"
        )
    moved, still = pull["foot"][-1] / pull["displacement"][-1], plain["foot"][-1] / plain["displacement"][-1]
    if not moved >= max(_GOES_ALONG, _TIMES * still):
        raise NotShown(f"its foot goes along with the board by {100 * moved:.2g} % of its way, the plain bump's by {100 * still:.2g} %")
    die = f"{1e3 * read_vehicle().die.edge:.3g} mm"
    return (
        f"a board displaced by {_um(asked['shift'])} (corner of a {die} die, free mismatch when cold) pulls the bump by {force:.3g} N; "
        f"the plain bump by {reference:.3g} N",
        f"the part goes along by {100 * moved:.3g} % of that way (plain bump {100 * still:.2g} %) and turns by "
        f"{1e3 * abs(pull['turn'][-1]):.3g} mrad; the bump's worst layer flows by {100 * flow:.2g} % (plain bump "
        f"{100 * other:.2g} %), the line strains by {100 * max(pull['line']):.2g} % and does not tear: metal still leads from pad to bump",
    )


def weakest_lets_go(found: Package) -> tuple[str, ...]:
    """E3, E9, E11: the joint stated to be the weakest lets go before all else, the path survives, and for which ratios that holds."""
    asked = _pulled(found.trace.run)
    _judgeable(asked)
    weak, events = asked["weak_joint"], asked["pull"]["events"]
    if weak is None:
        raise NotShown("no one joint with the substrate is stated to hold less firmly than all others")
    if not events:
        _followed(asked["pull"])
        raise NotShown(f"nothing lets go under a board displaced by {_um(asked['shift'])}, {weak} neither")
    if events[0]["what"] != weak:
        raise NotShown(f"under a board displaced by {_um(asked['shift'])} {events[0]['what']} goes first, not {weak}")
    if len(events) > 1 and events[1]["displacement"] == events[0]["displacement"]:
        raise NotShown(f"{weak} and {events[1]['what']} let go within one load step: which is first cannot be told")
    after = asked["after"]
    torn = [e for one in _pulls(asked) for e in one["events"] if e["kind"] != "joint"]
    if torn:
        raise NotShown(f"{weak} lets go, but {listed([e['what'] for e in torn])} tears as well: no path is left")
    _followed(after)
    later = listed([f"{e['what']} at {_um(e['displacement'])}" for e in events[1:]]) if events[1:] else "nothing else"
    interval = asked["interval"]
    return (
        f"pulled sideways, {weak} lets go first, at a board displaced by {_um(events[0]['displacement'])} and {events[0]['force']:.3g} N "
        f"(its crack runs over {100 * events[0]['parted']:.3g} % of it); after it {later}, up to {_um(asked['pull']['displacement'][-1])}",
        f"before, the bump is stressed by {1e-6 * max(asked['pull']['joint_stress']):.3g} MPa and the line strained by "
        f"{100 * max(asked['pull']['line']):.2g} %; once parted, by {1e-6 * max(after['joint_stress']):.3g} MPa and "
        f"{100 * max(after['line']):.2g} %: metal still leads from pad to bump",
        f"adhesion: {interval['sentence']}",
    )


def elastic_takes_excess(found: Package) -> tuple[str, ...]:
    """E6: most of the way between substrate and bump lies in the elastic layer's shear, the bump is relieved and nothing tears."""
    said = swings(found)
    softest, ways = found.fillings[0], _ways(found)
    share = ways[softest] / sum(ways.values())
    each = listed([f"{name} {1e9 * way:.3g} nm" for name, way in ways.items()])
    moved = f"with the board a micrometre aside the layers below the bump shear by {each}"
    if share < _MOST:
        raise NotShown(f"{moved}: {softest} takes up {100 * share:.3g} % of it, less than half")
    return (*said, f"{moved}: {softest} takes up {100 * share:.3g} % of it")


def _ways(found: Package) -> Mapping[str, float]:
    """Mean shear of the layers below the bump times their thickness [m], with the board a micrometre aside."""
    vehicle = read_vehicle()
    laws = laws_of(vehicle)
    structure = structure_of(found.trace.run, vehicle, laws.ledger)
    names = (*found.fillings, found.insulator)
    try:
        shear = elastic_stiffness(structure, vehicle, laws, within=names).shear
    except (PackageError, MeshError) as problem:
        raise NotShown(f"its stiffness could not be computed: {problem}") from problem
    return {name: shear[name] * found.stack.thickness_at(0.0, 0.0, name) for name in names}


def stiffened(found: Package) -> tuple[str, ...]:
    """E2, E4, E7, E10, E12: without its beams the suspended part is softer."""
    vehicle = read_vehicle()
    laws = laws_of(vehicle)
    structure = structure_of(found.trace.run, vehicle, laws.ledger)
    arms = Area(shapely.union_all(list(arms_of(found))))
    bare = structure.without_metal({name: arms for name in found.metals if structure.stack.has(name)})
    weak = weak_joint(structure, laws)  # beams stiffen the part once it hangs: with its weak joint parted
    loose = () if weak is None else (weak,)
    try:
        kept, lost = (elastic_stiffness(one, vehicle, laws, loose=loose) for one in (structure, bare))
    except (PackageError, MeshError) as problem:
        raise NotShown(f"their stiffness could not be computed: {problem}") from problem
    if not kept.lateral > (1.0 + _STIFFER) * lost.lateral:
        both = f"with its beams the part resists by {kept.lateral:.4g} N/m, without by {lost.lateral:.4g} N/m"
        raise NotShown(f"{both}: they do not stiffen it")
    return (
        f"sideways {'with its weak joint parted ' if loose else ''}the bump resists by {kept.lateral:.4g} N/m, "
        f"without the beams' metal by {lost.lateral:.4g} N/m: "
        f"{100 * (kept.lateral / lost.lateral - 1):.3g} % stiffer",
    )


def _pulls(asked: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The pull of the whole structure and, where its weak joint lets go, that of what is left: a tear in either is one."""
    return (asked["pull"],) if asked["after"] is None else (asked["pull"], asked["after"])


def _judgeable(asked: Mapping[str, Any]) -> None:
    """NotShown where the fracture strain of line or joint is not known: whether the path survives cannot be told."""
    if asked["unjudged"]:
        raise NotShown(f"the fracture strain of {listed(asked['unjudged'])} is not known: whether it tears cannot be told")


def _followed(pull: Mapping[str, Any]) -> None:
    """NotShown where a pull could not be followed to its end: what happens there is not known."""
    if pull["stopped"]:
        raise NotShown(f"its pull could be followed up to a board displaced by {_um(pull['displacement'][-1])} alone: {pull['stopped']}")


def _um(length: float) -> str:
    return f"{1e6 * length:.3g} um"
