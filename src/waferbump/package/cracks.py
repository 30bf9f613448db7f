"""Starter cracks at the joints between layers of a plane cell: energy release rates, and how far a crack runs.

A crack is opened from an end of a joint by parting its nodes; bodies are elastic, turns small. Where its sides would overlap they slide on
one another. A joint ends where a layer ends, not where the site does: there the neighbour's begins.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from ..geometry.mesh import Mesh
from ..physics.elasticity import Constraints, Model, solve
from ..physics.interfaces import closure_integral, internal_forces, mode_mix_toughness
from .constitution import Laws
from .plane_cell import ROOM, PlaneCell, held_edges, plane_cell
from .structure import Structure
from .vehicle import Vehicle

FLAW = 2e-6  # m; length of a starter crack: some times a film's roughness, far below the bodies' sizes (our choice, varied in the tests)
UNBROKEN = np.inf  # toughness of a place where a crack would have to go through a body
_EDGE = 1e-6  # m; a joint that ends this near to the site's side goes on in the neighbour

Pair = tuple[str, str]


@dataclass(frozen=True)
class CrackPath:
    """A crack along a joint, from one of its ends.

    joint : (upper, lower) region;  end : "left" or "right", where it starts;  start : x there [m];  lengths : of the crack [m], shape (n,)
    release : energy release rate per square of the bump's force [J/m^2/N^2], shape (n,);  mode_mix : psi [rad];  toughness : G_c [J/m^2]
    at zero mode mix, averaged over what is bonded side by side;  sensitivity : lambda of G_c(psi);  whole : length of the joint [m]
    """

    joint: Pair
    end: str
    start: float
    lengths: np.ndarray
    release: np.ndarray
    mode_mix: np.ndarray
    toughness: np.ndarray
    sensitivity: float
    whole: float

    @property
    def resistance(self) -> np.ndarray:
        """G_c(psi) [J/m^2] along the path."""
        grown = [
            t if not np.isfinite(t) else float(mode_mix_toughness(t, m, self.sensitivity))
            for t, m in zip(self.toughness, self.mode_mix, strict=True)
        ]
        return np.array(grown)

    def force(self, scale: float = 1.0) -> float:
        """Force on the bump [N] at which the starter crack runs, its toughness scaled; infinite where nothing is released."""
        release = float(self.release[0])
        return float(np.sqrt(scale * self.resistance[0] / release)) if release > 0.0 else np.inf

    def reach(self, force: float, scale: float = 1.0) -> float:
        """How far the crack runs [m] under a force [N], all toughnesses scaled: 0 where it does not start, else to where it arrests."""
        runs = self.release * force**2 >= scale * self.resistance
        if not runs[0]:
            return 0.0
        return self.whole if runs.all() else float(self.lengths[int(np.argmin(runs))])


def crack_paths(
    structure: Structure, vehicle: Vehicle, laws: Laws, joint: Pair, energies: Mapping[Pair, float], sensitivity: float, *,
    stations: int = 1, refine: float = 1.0, flaw: float = FLAW, loose: Collection[Pair] = (), outward: int = 1,
) -> list[CrackPath]:  # fmt: skip
    """Cracks from both ends of a joint, and from every piece of it where it is in several.

    Parameters
    ----------
    structure, vehicle, laws : of the bump
    joint : (upper, lower) region
    energies : fracture energies [J/m^2] by joint
    sensitivity : lambda of G_c(psi) = G_c (1 + tan^2((1 - lambda) psi)) [1]
    stations : lengths of the crack at which it is looked at; 1: the starter alone
    refine : of the mesh [1]
    flaw : length of the starter crack [m]
    loose : joints that have let go already
    outward : +1 moves the board towards the pad's side, -1 away from it [1]

    Raises
    ------
    PackageError, MeshError : as `plane_cell`.
    """
    cell = plane_cell(
        structure, vehicle, laws, split=[joint, *loose], loose=loose, refine=refine, linear=True, stress_free=ROOM, outward=outward
    )
    line = _Line.of(cell.mesh, joint, energies)
    found = []
    for first, last in line.runs(cell.mesh):
        for end in ("left", "right"):
            if abs((line.x[first] if end == "left" else line.x[last]) - cell.mesh.nodes[:, 0].min()) < _EDGE:
                continue
            if abs((line.x[first] if end == "left" else line.x[last]) - cell.mesh.nodes[:, 0].max()) < _EDGE:
                continue
            path = _path(cell, line, joint, first, last, end, flaw, stations, sensitivity)
            if path is not None:
                found.append(path)
    return found


@dataclass(frozen=True)
class _Line:
    """The doubled nodes of a mesh along one joint, in order of x: pairs (lower, upper), and of each face the widths and the toughness."""

    x: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    widths: np.ndarray
    toughness: np.ndarray

    @classmethod
    def of(cls, mesh: Mesh, joint: Pair, energies: Mapping[Pair, float]) -> _Line:
        own = [p for p in mesh.interfaces if (p.upper, p.lower) == joint]
        nodes = {int(a): int(b) for p in own for a, b in zip(p.lower_nodes.ravel(), p.upper_nodes.ravel(), strict=True) if a != b}
        lower = np.array(sorted(nodes, key=lambda n: (mesh.nodes[n, 0], n)))
        place = {int(n): k for k, n in enumerate(lower)}
        widths, energy, mine = (np.zeros(len(lower)) for _ in range(3))
        for p in mesh.interfaces:
            known = energies.get((p.upper, p.lower), energies.get((p.lower, p.upper), UNBROKEN if p.upper == p.lower else np.nan))
            for (a, b), w in zip(p.lower_nodes, p.widths, strict=True):
                k = place.get(int(a))
                if k is None or int(b) not in place:
                    continue
                widths[k] += w
                energy[k] += w * (UNBROKEN if np.isnan(known) else known)
                mine[k] += w if (p.upper, p.lower) == joint else 0.0
        with np.errstate(invalid="ignore", divide="ignore"):
            toughness = np.where(mine > 0.0, energy / widths, UNBROKEN)
        return cls(mesh.nodes[lower, 0], lower, np.array([nodes[int(n)] for n in lower]), widths, toughness)

    def runs(self, mesh: Mesh) -> list[tuple[int, int]]:
        """Stretches of the joint that can break, as (first, last) node."""
        can = np.isfinite(self.toughness) & (self.widths > 0.0)
        can[-1:] = False
        found, start = [], None
        for k, ok in enumerate(can):
            if ok and start is None:
                start = k
            if not ok and start is not None:
                found.append((start, k))
                start = None
        return [(a, b) for a, b in found if b - a > 1]


def _path(
    cell: PlaneCell, line: _Line, joint: Pair, first: int, last: int, end: str, flaw: float, stations: int, sensitivity: float
) -> CrackPath | None:
    """The crack path from one end of a stretch; None where the stretch is too short for a starter crack."""
    order = np.arange(first, last + 1) if end == "left" else np.arange(last, first - 1, -1)
    along = np.abs(line.x[order] - line.x[order[0]])
    start = max(2 if _goes_on(line, order) else 1, int(np.searchsorted(along, flaw - 1e-12)))
    if start >= len(order) - 1:
        return None
    tips = np.unique(np.linspace(start, len(order) - 2, stations).round().astype(int)) if stations > 1 else np.array([start])
    rows = [_released(cell, line, order, int(tip)) for tip in tips]
    release, mix = (np.array(column) for column in zip(*rows, strict=True))
    faces = np.array([min(order[t], order[t + 1]) for t in tips])
    return CrackPath(joint, end, float(line.x[order[0]]), along[tips], release, mix, line.toughness[faces], sensitivity, float(along[-1]))


def _released(cell: PlaneCell, line: _Line, order: np.ndarray, tip: int) -> tuple[float, float]:
    """Energy release rate per square of the bump's force, and mode mix, as a crack grows past the pair at its tip: two solutions."""
    parted = order[1:tip] if _goes_on(line, order) else order[:tip]
    at = order[tip]
    grown = np.append(parted, at)
    sliding = False
    u, force = _solved(cell, line, parted, sliding)
    after, _ = _solved(cell, line, grown, sliding)
    if _opening(line, at, after)[1] < 0.0:  # the sides would overlap: they slide
        sliding = True
        u, force = _solved(cell, line, parted, sliding)
        after, _ = _solved(cell, line, grown, sliding)
    below = [b for b in cell.blocks.values() if np.isin(line.lower[at], b.cells)]
    inner = internal_forces(below, u, ROOM)
    tension = inner[2 * line.lower[at] : 2 * line.lower[at] + 2]
    face = min(at, order[tip + 1])
    area = abs(line.x[order[tip + 1]] - line.x[at]) * line.widths[face]
    opening = _opening(line, at, after)
    if sliding:
        opening[1] = 0.0
    found = closure_integral([tension], [opening], area)
    return float(found.total[0]) / force**2, float(found.mode_mix[0])


def _goes_on(line: _Line, order: np.ndarray) -> bool:
    """Whether bodies go on unbroken beyond the end of a stretch, so that its end cannot part."""
    beyond = order[0] - 1 if order[1] > order[0] else order[0]
    return bool(0 <= beyond < len(line.widths) and line.widths[beyond] > 0.0)


def _opening(line: _Line, place: int, u: np.ndarray) -> np.ndarray:
    return u[2 * line.upper[place] : 2 * line.upper[place] + 2] - u[2 * line.lower[place] : 2 * line.lower[place] + 2]


def _solved(cell: PlaneCell, line: _Line, parted: np.ndarray, sliding: bool) -> tuple[np.ndarray, float]:
    """Displacements and the bump's force when the board is moved by a micrometre, the parted pairs free or free to slide alone."""
    held: Constraints = held_edges(cell.mesh, cell.extra)
    free = set(line.lower[parted].tolist())
    for pairs in cell.tied.values():
        for lower, upper in pairs:
            for component in (0, 1):
                if int(lower) not in free or (sliding and component == 1):
                    held.equal([2 * lower + component, 2 * upper + component])
    values = cell.held(cell.stress_free, 0.0)
    for name, value in values.items():
        held.set(name, value - (1e-6 * cell.outward if name == "board_sides" else 0.0))
    model = Model(cell.model.ndof, cell.model.blocks, held)
    found = solve(model, ROOM, commit=False)
    return found.u, cell.shear_force(found.reactions)
