"""Input decks of CalculiX and Abaqus: the same model, in mm, N and MPa, so that anyone may solve it again elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, sin
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from ..physics.constitutive import Anand
from ..physics.elasticity import LoadStep, Model
from .export_bodies import Bodies, Holding, Term, bodies_of, holding_of
from .export_errors import ExportError
from .export_materials import (
    ABAQUS,
    CALCULIX,
    FLAVOURS,
    RATES,
    anand_rows,
    flows,
    material_cards,
    number,
    orientation_angle,
    power_laws,
    row,
)

_PER_LINE = 8
_LAST = "FREQUENCY=1000000"  # results at the end of every step alone
# by how much two estimates of an increment's creep strain may differ: Abaqus takes steps by it (our choice); those of CalculiX differ by
# more where a step starts at rest, however short it is, so there the increments decide
_CREEP_STRAIN = MappingProxyType({ABAQUS: 1e-3, CALCULIX: 1.0})
_PULL = 1e-13  # of open gaps in CalculiX, over stiffness times height: too little to bend a film, which 1e-9 would (our choice)
_CLOSED = 1e-9  # m; height that a gap without one counts as there (our choice, our own gaps' rounding)
_OWN = ("ALL", "UNKNOWNS", "PLANE_FRONT", "PLANE_REAR")  # sets that the deck itself needs
_LARGEST_WORD = 60  # letters of a name; the codes take 80


@dataclass(frozen=True)
class Deck:
    """What was written.

    path : of the file;  elements : first and last number by part
    front, nodes : how many nodes are the model's, which keep their order from 1, and how many there are in all;  equations : likewise
    remarks : what the file does not do as the model does, one sentence each
    """

    path: Path
    elements: Mapping[str, tuple[int, int]]
    front: int
    nodes: int
    equations: int
    remarks: tuple[str, ...]


def write_inp(
    path: str | Path,
    model: Model,
    steps: Sequence[LoadStep],
    names: Sequence[str],
    *,
    materials: Sequence[str] | None = None,
    sets: Mapping[str, np.ndarray] | None = None,
    flavour: str = CALCULIX,
    stand_in: Mapping[str, Any] | None = None,
    increments: int = 10,
    listing: bool = False,
    title: str = "",
) -> Deck:
    """Write a finite-element model and its load steps as an input deck.

    Hexahedra with incompatible modes (C3D8I); a plane model is one layer of them, each as deep as it is wide: see `export_bodies`.

    Parameters
    ----------
    path : of the file, by custom *.inp [-]
    model : bodies and gaps, plane or solid [-]
    steps : what holds at the end of each [s, K, m, N]; before the first, everything is at the stress-free temperature and undeformed
    names : of the model's bodies, in their order [-];  materials : names of their materials, by default the bodies' own [-]
    sets : node numbers by name, for printed forces [-]
    flavour : "calculix" or "abaqus" [-]
    stand_in : laws by body's name in place of the model's, as a power law in place of Anand's [-]
    increments : equal parts of a step of a model that is not linear, at least [1]
    listing : whether displacements of all nodes and stresses of all elements are printed as text after every step as well
    title : first line of the file's heading [-]

    Raises
    ------
    ExportError : a block, a law or a state of the model that the code does not have.

    For CalculiX, which has no Anand's law, fitted power laws stand for it, and the remarks say how far they are off; the nine constants
    are in the file as comments, as Abaqus takes them. Where turns are followed, the codes print stress in the axes of space (Cauchy), the
    model keeps it in axes that turn with the material; in metals that yield by per cents the pressure of C3D8I swings between elements.
    Source: the keywords of CalculiX 2.20 and Abaqus 6.13.
    """
    if flavour not in FLAVOURS:
        raise ExportError(f"there is no flavour {flavour!r}; there are {', '.join(FLAVOURS)}")
    if not steps:
        raise ExportError("a deck needs at least one step")
    bodies = bodies_of(model)
    if len(names) != len(bodies.bodies):
        raise ExportError(f"the model holds {len(bodies.bodies)} bodies, {len(names)} names are given")
    free = {b.stress_free_temperature for b in bodies.bodies}
    if len(free) > 1:
        raise ExportError("bodies are free of stress at different temperatures; these files start from one")
    holding = holding_of(model, bodies, steps)
    writer = _Writer(bodies, holding, steps, list(names), list(materials or names), free.pop(), flavour, dict(stand_in or {}))
    return writer.write(Path(path), dict(sets or {}), increments, listing, title)


class _Writer:
    """Holds what the parts of a deck share while it is written."""

    def __init__(
        self, bodies: Bodies, holding: Holding, steps: Sequence[LoadStep], names: list[str], materials: list[str], stress_free: float,
        flavour: str, stand_in: dict[str, Any],
    ) -> None:  # fmt: skip
        self.bodies, self.holding, self.steps, self.flavour = bodies, holding, steps, flavour
        self.stress_free = stress_free
        self.words = _words(names)
        reached = [float(t) for step in steps for t in (np.min(step.temperature), np.max(step.temperature))]
        self.reach = (min(reached), max(reached))
        self.remarks: list[str] = []
        if unknown := [name for name in stand_in if name not in names]:
            raise ExportError(f"a law is to stand in {unknown[0]!r}; the bodies are {', '.join(names)}")
        self.laws = [self._law(name, block.material, stand_in) for name, block in zip(names, bodies.bodies, strict=True)]
        self.materials = self._materials(materials)
        # without it, CalculiX takes gaps for springs that never open
        self.turning = any(b.rotations for b in bodies.bodies) or bool(bodies.contacts and flavour == CALCULIX)
        if self.turning and not all(b.rotations for b in bodies.bodies):
            self.remarks.append("Turns of any size are followed in all bodies; in the model some bodies turn but little.")
        self.timed = any(flows(law) for law in self.laws)
        self.nonlinear = self.turning or bool(bodies.contacts) or not all(law.linear for law in self.laws)
        used = np.unique(np.concatenate([e.ravel() for e in bodies.elements]))
        self.used = np.zeros(len(bodies.points), dtype=bool)
        self.used[used] = True
        loads = [np.flatnonzero(step.forces) for step in steps if step.forces is not None]
        self.loaded = np.unique(np.concatenate(loads)).astype(np.int64) if loads else np.zeros(0, np.int64)
        if (bodies.scales[self.loaded] != 1e3).any():
            raise ExportError("a force acts on an unknown that is no displacement")

    def _law(self, name: str, law: Any, stand_in: dict[str, Any]) -> Any:
        if name in stand_in:
            self.remarks.append(f"{name}: {type(stand_in[name]).__name__} stands for {type(law).__name__}.")
            return stand_in[name]
        if isinstance(law, Anand) and self.flavour == CALCULIX:
            reach = (min(self.reach[0], self.stress_free), max(self.reach[1], self.stress_free))
            _, _, off = power_laws(law, anand_rows(reach))
            self.remarks.append(
                f"{name}: CalculiX has no Anand's law; power laws of creep, one at each temperature, stand for its steady flow from "
                f"{RATES[0]:g} to {RATES[1]:g} 1/s, at most {100 * off:.1f} % off in stress, and hardening is left out."
            )
        return law

    def _materials(self, names: list[str]) -> list[str]:
        """Names of the bodies' materials: one for each law, numbered where one name has several."""
        found: dict[int, str] = {}
        for name, law in zip(names, self.laws, strict=True):
            if id(law) not in found:
                base, taken, k = _word(name), set(found.values()), 2
                word = base
                while word in taken:
                    word, k = f"{base}_{k}", k + 1
                found[id(law)] = word
        return [found[id(law)] for law in self.laws]

    def write(self, path: Path, sets: dict[str, np.ndarray], increments: int, listing: bool, title: str) -> Deck:
        sets = {name: np.unique(nodes) for name, nodes in sets.items() if self.used[np.asarray(nodes, np.int64)].any()}
        if taken := [name for name in sets if _word(name) in _OWN]:
            raise ExportError(f"the set {taken[0]!r} has a name that the deck needs for itself; those are {', '.join(_OWN)}")
        lines = ["*HEADING", title.replace("\n", " ") or "a model of waferbump", *self._remarks()]
        lines += self._nodes()
        elements, text = self._elements()
        lines += [*text, *self._sets(sets), *self._sections(), *self._gaps(elements), *self._equations(), *self._start()]
        time = 0.0
        for k, step in enumerate(self.steps):
            lines += self._step(k, step, step.time - time, increments, [_word(name) for name in sets], listing)
            time = step.time
        path.write_text("\n".join([*lines, ""]), encoding="ascii", errors="replace")
        return Deck(
            path, elements, self.bodies.front, len(self.bodies.points) + len(self.holding.offset_points), len(self.holding.equations),
            tuple(self.remarks),
        )  # fmt: skip

    def _remarks(self) -> list[str]:
        plane = "plane bodies are one layer of elements as deep as they are wide (y); " if self.bodies.rear else ""
        return [
            f"** Units: mm, N, MPa, s, K. {plane}z points from die to board.",
            f"** Free of stress at {number(self.stress_free)} K. Steps end at {', '.join(number(s.time) for s in self.steps[:8])}"
            f"{' ...' if len(self.steps) > 8 else ''} s.",
            *(f"** {remark}" for remark in self.remarks),
        ]  # fmt: skip

    def _nodes(self) -> list[str]:
        points = 1e3 * self.bodies.points
        lines = ["*NODE,NSET=ALL", *(f"{k + 1},{row(*points[k])}" for k in np.flatnonzero(self.used).tolist())]
        free = [k for k in self._carrying() if k >= len(points) or not self.used[k]]
        if free:  # each carries an unknown that is no displacement of a body, and has no element
            lines += ["*NODE,NSET=UNKNOWNS", *(f"{k + 1},{row(*(points[k] if k < len(points) else np.zeros(3)))}" for k in free)]
        return lines

    def _carrying(self) -> list[int]:
        """Nodes that something is held at or tied to."""
        nodes = {node for equation in self.holding.equations for node, _, _ in equation}
        nodes |= set(self.bodies.carriers[self.holding.held, 0].tolist())
        return sorted(nodes)

    def _elements(self) -> tuple[dict[str, tuple[int, int]], list[str]]:
        found, lines, first = {}, [], 1
        for name, block, cells in zip(self.words, self.bodies.bodies, self.bodies.elements, strict=True):
            kind = "C3D8I" if block.shape.mode_columns.size else "C3D8"
            lines.append(f"*ELEMENT,TYPE={kind},ELSET={self.words[name]}")
            lines += [",".join(map(str, (first + k, *cell))) for k, cell in enumerate((cells + 1).tolist())]
            found[name] = (first, first + len(cells) - 1)
            first += len(cells)
        lines += ["*ELSET,ELSET=BODIES", *self.words.values()]
        return found, lines

    def _sets(self, sets: dict[str, np.ndarray]) -> list[str]:
        """Node sets, each with the rear nodes behind its own."""
        lines: list[str] = []
        behind: dict[int, list[int]] = {}
        for k, (front, *_) in enumerate(self.bodies.rear):
            behind.setdefault(front, []).append(self.bodies.front + k)
        for name, nodes in sets.items():
            whole = [m for n in nodes.tolist() for m in (n, *behind.get(n, ()))]
            lines += [f"*NSET,NSET={_word(name)}", *_lists(m + 1 for m in whole if self.used[m])]
        if self.bodies.rear:
            lines += ["*NSET,NSET=PLANE_FRONT", *_lists(k + 1 for k in range(self.bodies.front) if self.used[k])]
            still = [self.bodies.front + k + 1 for k, (_, extras, _) in enumerate(self.bodies.rear) if not extras]
            if still:
                lines += ["*NSET,NSET=PLANE_REAR", *_lists(still)]
        return lines

    def _sections(self) -> list[str]:
        lines: list[str] = []
        written: set[str] = set()
        for name, law, material in zip(self.words, self.laws, self.materials, strict=True):
            angle = orientation_angle(law)
            axes = "" if angle is None else f",ORIENTATION=AXES_{material}"
            if material not in written:
                if angle is not None:
                    axis, other = (cos(angle), sin(angle), 0.0), (-sin(angle), cos(angle), 0.0)
                    lines += [f"*ORIENTATION,NAME=AXES_{material},SYSTEM=RECTANGULAR", row(*axis, *other)]
                lines += material_cards(material, law, self.stress_free, self.reach, self.flavour)
            written.add(material)
            lines.append(f"*SOLID SECTION,ELSET={self.words[name]},MATERIAL={material}{axes}")
        return lines

    def _gaps(self, elements: dict[str, tuple[int, int]]) -> list[str]:
        lines: list[str] = []
        first = max(last for _, last in elements.values()) + 1
        for which, block in enumerate(self.bodies.contacts):
            places = zip(block.pairs.tolist(), block.heights.tolist(), block.areas.tolist(), strict=True)
            for k, ((lower, upper), height, area) in enumerate(places):
                name = f"GAP_{which + 1}_{k + 1}"
                lines += [f"*ELEMENT,TYPE=GAPUNI,ELSET={name}", f"{first},{lower + 1},{upper + 1}", f"*GAP,ELSET={name}"]
                # Abaqus's gaps are rigid; CalculiX's have the model's stiffness and, if not told otherwise, a pull that bends thin parts
                stiff = 1e-3 * block.penalty * area
                pull = stiff * _PULL * 1e3 * max(height, _CLOSED)
                stiff = f",,{number(stiff)},{number(pull)}" if self.flavour == CALCULIX else ""
                lines.append(f"{number(1e3 * height)},0.,0.,1.{stiff}")
                first += 1
        return lines

    def _equations(self) -> list[str]:
        lines: list[str] = []
        for equation in self.holding.equations:
            lines += ["*EQUATION", str(len(equation)), *_terms(equation)]
        return lines

    def _start(self) -> list[str]:
        lines = ["*INITIAL CONDITIONS,TYPE=TEMPERATURE", f"ALL,{number(self.stress_free)}"]
        if self.bodies.rear:
            lines += ["*BOUNDARY", "PLANE_FRONT,2,2"]
            if not all(extras for _, extras, _ in self.bodies.rear):
                lines.append("PLANE_REAR,2,2")
        return lines

    def _step(self, k: int, step: LoadStep, span: float, increments: int, sets: list[str], listing: bool) -> list[str]:
        if span < 0:
            raise ExportError(f"step {k} ends before the one before it")
        timed = self.timed and span > 0
        span = span if span > 0 else 1.0  # nothing flows in no time: an elastic step may take any
        geometry = (",NLGEOM" if self.flavour == CALCULIX else ",NLGEOM=YES") if self.turning else ""
        # left alone, *VISCO would take the whole load at a step's begin
        lines = [f"** step {k + 1}, to {number(step.time)} s", f"*STEP{geometry},INC=100000,AMPLITUDE=RAMP"]
        lines.append(f"*VISCO,CETOL={number(_CREEP_STRAIN[self.flavour])}" if timed else "*STATIC")
        part = span / increments if self.nonlinear else span
        lines.append(row(part, span, 1e-6 * part, part))
        lines += ["*BOUNDARY", *self._boundary(k)]
        lines += ["*TEMPERATURE", *self._temperatures(step)]
        if len(self.loaded):
            lines += ["*CLOAD", *self._forces(step)]
        return [*lines, *self._output(sets, listing), "*END STEP"]

    def _boundary(self, k: int) -> Iterable[str]:
        places = self.bodies.carriers[self.holding.held].tolist()
        for (node, axis), value in zip(places, self.holding.values[k].tolist(), strict=True):
            yield f"{node + 1},{axis + 1},{axis + 1},{number(value)}"
        for node, value in zip(self.holding.offset_points, self.holding.offsets[k].tolist(), strict=True):
            yield f"{node + 1},1,1,{number(value)}"

    def _temperatures(self, step: LoadStep) -> list[str]:
        if np.ndim(step.temperature) == 0:
            return [f"ALL,{number(step.temperature)}"]
        front = np.asarray(step.temperature, float)
        every = np.concatenate([front, front[[f for f, *_ in self.bodies.rear]]]) if self.bodies.rear else front
        return [f"{n + 1},{number(every[n])}" for n in np.flatnonzero(self.used[: len(every)]).tolist()]

    def _forces(self, step: LoadStep) -> Iterable[str]:
        """Of every unknown that some step loads: what a step does not change stays on."""
        values = np.zeros(len(self.loaded)) if step.forces is None else np.asarray(step.forces, float)[self.loaded]
        for (node, axis), value in zip(self.bodies.carriers[self.loaded].tolist(), values.tolist(), strict=True):
            yield f"{node + 1},{axis + 1},{number(value)}"

    def _output(self, sets: list[str], listing: bool) -> list[str]:
        if self.flavour == ABAQUS:
            return ["*OUTPUT,FIELD", "*NODE OUTPUT", "U,RF", "*ELEMENT OUTPUT", "S,E,PEEQ,CEEQ,EVOL" if self.nonlinear else "S,E,EVOL"]
        inelastic = ",PEEQ" if not all(law.linear for law in self.laws) else ""
        lines = [f"*NODE FILE,{_LAST}", "U,RF,NT", f"*EL FILE,{_LAST}", f"S,E{inelastic}"]
        for name in sets:
            lines += [f"*NODE PRINT,NSET={name},TOTALS=ONLY,{_LAST}", "RF"]
        if listing:
            lines += [f"*NODE PRINT,NSET=ALL,{_LAST}", "U", f"*EL PRINT,ELSET=BODIES,GLOBAL=YES,{_LAST}", f"S{inelastic}"]
        return lines


def _word(name: str) -> str:
    """A name as the codes take it."""
    return re.sub(r"\W", "_", name, flags=re.ASCII).upper()[:_LARGEST_WORD]


def _words(names: Sequence[str]) -> dict[str, str]:
    words = {name: _word(name) for name in names}
    if len(words) < len(names) or len({*words.values(), "BODIES"}) <= len(names):
        raise ExportError(f"the bodies' names are not all different from one another and from 'bodies': {', '.join(names)}")
    return words


def _lists(numbers: Iterable[int]) -> list[str]:
    texts = [str(n) for n in numbers]
    return [",".join(texts[k : k + _PER_LINE]) + "," for k in range(0, len(texts), _PER_LINE)]


def _terms(equation: Sequence[Term]) -> list[str]:
    """Terms of an equation, four a line."""
    texts = [f"{node + 1},{axis + 1},{number(coefficient)}" for node, axis, coefficient in equation]
    return [",".join(texts[k : k + 4]) for k in range(0, len(texts), 4)]
