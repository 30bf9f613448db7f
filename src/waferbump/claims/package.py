"""Recognise in plan a bump that a metal line joins to a pad from above an insulating layer, and the beams beside that line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import shapely

from ..geometry.partition import AIR
from ..geometry.stack import Stack
from ..state import State, listed
from .bonding import standing_on
from .claim import Shown
from .in_plan import ALL_OF, at_bump, below, lying_on, overlap, piece_at, plan_of, share, where
from .structures import conducts
from .trace import TOUCH, NotShown, Trace, material_of, um, um2

# A beam is longer than the stretch on which it springs from the landing pad is wide, by this factor at least (our choice: the tip of a bar
# that lies across the pad is no beam).
_SLENDER = 2.0
_AT_ROOT = 1e-8  # m; an arm's edge nearer than this to the landing pad's disc is its root
_ROUND = 1e-6  # m; an outline is the landing pad's as far as it keeps to the largest disc that goes into the metal (our choice)


@dataclass(frozen=True, kw_only=True)
class Package(Shown):
    """A bump, the line that leads to it from a pad, and the insulating layer below them.

    metals : what leads from pad to bump, in order;  line : the one among them that goes all the way by itself
    opening : where the pad lay open when the first of them came;  foot : where the bump stands on metal;  run : the line's piece [m, plan]
    piece : the insulating layer's piece below the bump, layers by part of the plan;  ground : substrate, its pads and passivation
    held : part of the insulating layer, and free : part below the bump, that the claim tells apart [m, plan]
    fillings : regions between substrate and free part below the bump, from the substrate up
    """

    trace: Trace
    stack: Stack
    pad: str
    bump: str
    metals: tuple[str, ...]
    line: str
    insulator: str
    ground: frozenset[str]
    opening: Any
    foot: Any
    run: Any
    piece: Mapping[int, list[int]]
    held: Any = None
    free: Any = None
    fillings: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """The state at the end."""
        return self.trace.final

    def between(self, part: int) -> tuple[str, ...] | None:
        """Regions between the substrate and the insulating layer in a part of the plan; None where that layer is not."""
        return below(self.stack.part_towers[part], self.piece[part][0], self.ground) if part in self.piece else None

    def over(self, fits) -> Any:
        """The part of the plan in which what lies between substrate and insulating layer fits."""
        return where(self.stack, lambda p: p in self.piece and fits(self.between(p)))


def joined_bump(trace: Trace) -> Package:
    """A bump over an insulating layer, with a line that joins it to a pad of the substrate."""
    stack, state = plan_of(trace), trace.final
    metals = [n for n in state.names_with("film", "post", "redistribution") if stack.has(n) and conducts(state, n)]
    part, top = at_bump(stack, lambda names: max(k for k, name in enumerate(names) if name != AIR))
    tower = stack.part_towers[part]
    bump = tower[top][0]
    if state.facts[bump].role != "solder":
        raise NotShown(f"no bump of solder stands in the middle of the site, but {bump}")
    bond = standing_on(trace, state, bump, metals)
    insulator = next((name for name, _, _ in reversed(tower[:top]) if name not in metals), AIR)
    if insulator == AIR or not insulates(state, insulator):
        raise NotShown(f"what carries {bump} and its metal is {insulator}, no insulating layer")
    pad, path = _path(stack, state, bump, metals)
    opening = _opening(trace, pad, path[1], insulator)
    line, run = _line(stack, path[1:-1], part, opening)
    k = max(k for k, (name, _, _) in enumerate(tower[:top]) if name == insulator)
    piece = piece_at(stack, [(part, k)])
    base = {n for n in state.names_with("carrier", "pad", "passivation") if stack.has(n)} - {insulator}
    off = 1.0 - share(shapely.difference(run, opening), where(stack, lambda p: p in piece))
    if off > 1.0 - ALL_OF:
        raise NotShown(f"{100 * off:.3g} % of {line} lie outside {insulator}")
    made = trace.name(trace.maker(line))
    leads = f"from {pad} ({state.material(pad)}) {listed(path[1:-1])} lead to {bump}"
    size = f"{um(opening.distance(shapely.Point(0.0, 0.0)))} from the pad's opening to the bump's centre"
    whole = f"{leads}; {line} ({state.material(line)}, from '{made}') goes all the way, {size}"
    return Package(
        evidence=(bond, whole, _covered(stack, state, line, run)),
        trace=trace, stack=stack, pad=pad, bump=bump, metals=path[1:-1], line=line, insulator=insulator, ground=frozenset(base),
        opening=opening, foot=lying_on(stack, bump, metals), run=run, piece=piece,
    )  # fmt: skip


def insulates(state: State, name: str) -> bool:
    """Whether a region is an insulating layer."""
    return state.facts[name].role in ("dielectric", "passivation") or "insulator" in material_of(state, name).classes


def _path(stack: Stack, state: State, bump: str, metals: list[str]) -> tuple[str, tuple[str, ...]]:
    pads = [n for n in state.names_with("pad") if stack.has(n)]
    if not pads:
        raise NotShown("there is no pad on the substrate")
    for pad in pads:
        if path := stack.path(pad, bump, metals):
            if len(path) < 3:
                raise NotShown(f"{bump} stands on {pad} itself: no line leads from one to the other")
            return pad, path
    raise NotShown(f"no metal leads from {listed(pads)} to {bump}")


def _opening(trace: Trace, pad: str, first: str, insulator: str):
    before = trace.before(trace.maker(first))
    opening = before.stack.bare_area(pad)
    if opening.area <= TOUCH:
        raise NotShown(f"nothing of {pad} is open when {first} comes")
    if not before.stack.has(insulator):
        raise NotShown(f"{insulator} was not there when {first} came")
    return opening


def _line(stack: Stack, path: tuple[str, ...], part: int, opening):
    found = {}
    for name in path:
        layers = [k for k, (n, _, _) in enumerate(stack.part_towers[part]) if n == name]
        piece = piece_at(stack, [(part, k) for k in layers]) if layers else {}
        run = where(stack, lambda p, piece=piece: p in piece)
        if overlap(run, opening) > TOUCH:
            found[name] = run
    if not found:
        raise NotShown(f"none of {listed(path)} goes by itself from the pad's opening to below the bump")
    line = max(found, key=stack.volume)
    return line, found[line]


def _covered(stack: Stack, state: State, line: str, run) -> str:
    """Say how much of the line a protection layer covers; the claims do not ask for one."""
    over = [n for n in state.names_with("dielectric", "passivation") if stack.has(n) and lying_on(stack, n, [line]).area > TOUCH]
    covered = {n: overlap(lying_on(stack, n, [line]), run) / run.area for n in over}
    if not covered:
        return f"no protection layer lies on {line}"
    return "protected: " + listed([f"{n} ({state.material(n)}) covers {100 * part:.3g} % of {line}" for n, part in covered.items()])


def arms_of(found: Package) -> tuple[Any, ...]:
    """Arms of the line beside the way from pad to bump, from the landing pad to above the held part of the insulating layer [m, plan]."""
    return _arms(found)[0]


def _arms(found: Package) -> tuple[tuple[Any, ...], float]:
    """The arms that reach, and the landing pad's radius [m]; NotShown where none does."""
    run, stack = found.run, found.stack
    radius = run.boundary.distance(shapely.Point(0.0, 0.0))
    centre = shapely.Point(0.0, 0.0)
    landing = centre.buffer(radius + _ROUND, quad_segs=64)
    arms = shapely.get_parts(shapely.difference(run, landing))
    lies = where(stack, lambda p: p in found.piece)
    kept = []
    for arm in arms:
        if arm.area <= TOUCH or overlap(arm, found.opening) > TOUCH:
            continue
        root = shapely.intersection(arm.boundary, landing.buffer(_AT_ROOT)).length
        long = max(centre.distance(shapely.Point(xy)) for xy in arm.exterior.coords) - radius
        if overlap(arm, found.held) > TOUCH and share(arm, lies) >= ALL_OF and long >= _SLENDER * root:
            kept.append(arm)
    if not kept:
        apart = [p for p in shapely.get_parts(stack.plan_area(found.line)) if p.distance(run) > 0.0 and p.area > TOUCH]
        why = f"; {len(apart)} pieces of it lie apart from it" if apart else ""
        raise NotShown(
            f"no arm of {found.line} beside the way to {found.pad} reaches from the landing pad ({um(radius)} in radius) to above the held "
            f"part of {found.insulator}{why}"
        )
    return tuple(kept), radius


def beams(found: Package) -> Shown:
    """Arms of the line's own metal beside the way from pad to bump, from the landing pad to above the held part of the insulating layer."""
    kept, radius = _arms(found)
    centre = shapely.Point(0.0, 0.0)
    made = found.trace.name(found.trace.maker(found.line))
    far = [max(centre.distance(shapely.Point(xy)) for xy in arm.exterior.coords) - radius for arm in kept]
    anchors = listed([um2(overlap(arm, found.held)) for arm in kept])
    count = "1 beam" if len(kept) == 1 else f"{len(kept)} beams"
    return Shown(
        evidence=(
            f"{count} of {found.line} ({found.state.material(found.line)}, made by '{made}' together with the line) on {found.insulator}, "
            f"joined to the landing pad below {found.bump}, {listed([um(one) for one in far])} long, with {anchors} over the held part, "
            f"none on {found.pad}",
        )
    )
