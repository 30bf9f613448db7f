"""Straight round wires as frame elements, in the plane or in space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .errors import ElasticityError

PLANE = (0, 2, 4, 6, 8, 10)  # of (ux, uy, uz, turns about x, y, z) twice: what stays in the (x, z) plane


@dataclass(frozen=True)
class FrameForces:
    """Forces in wires: axial force (tension > 0) [N], magnitude of the bending moment at both ends [N m], of the shear force [N], torque
    [N m], and the largest axial stress on the surface [Pa]; shapes (m,), the moment's (m, 2)."""

    axial: np.ndarray
    moment: np.ndarray
    shear: np.ndarray
    torque: np.ndarray
    largest_stress: np.ndarray


class FrameBlock:
    """Straight wires of circular section with bending, shear (Timoshenko), stretch, and twist in space; small rotations.

    bending stiffness 12 E I / (L^3 (1 + phi)), phi = 12 E I / (kappa G A L^2), kappa = 6 (1 + nu) / (7 + 6 nu) (Cowper 1966)

    nodes : positions [m], shape (n, 2) or (n, 3);  cells : the two ends, shape (m, 2)
    rotation_dofs : numbers of the unknowns that turn each node [rad], shape (n,) in the plane (about y: z towards x) or (n, 3)
    diameter : [m], a scalar or (m,);  young_modulus : [Pa], a number or ((T [K], E), ...);  poisson_ratio : [-];  expansion : [1/K]
    stress_free_temperature : [K];  shear_flexible : False leaves shear out (Euler)
    A wire is one wire: forces are newtons, in the plane as in space. Nodes shared with solid elements act as hinges unless their turn is
    tied to the solid's by constraints. Valid where the wire is several diameters long.
    """

    linear = True

    def __init__(
        self,
        nodes: np.ndarray,
        cells: np.ndarray,
        rotation_dofs: np.ndarray,
        diameter: float | np.ndarray,
        young_modulus: float | Sequence[tuple[float, float]],
        poisson_ratio: float,
        expansion: float = 0.0,
        *,
        stress_free_temperature: float = 298.15,
        shear_flexible: bool = True,
    ) -> None:
        nodes, cells = np.asarray(nodes, dtype=float), np.asarray(cells, dtype=np.int64)
        dimension = nodes.shape[1]
        turns = np.asarray(rotation_dofs, dtype=np.int64).reshape(len(nodes), -1)
        if turns.shape[1] != (1 if dimension == 2 else 3):
            raise ElasticityError("a frame's node has one turn in the plane, three in space")
        self.modulus, self.poisson, self.expansion = young_modulus, poisson_ratio, expansion
        self.stress_free_temperature, self.shear_flexible = stress_free_temperature, shear_flexible
        self.diameter = np.broadcast_to(np.asarray(diameter, dtype=float), (len(cells),))
        shifts = cells[:, :, None] * dimension + np.arange(dimension)
        self.dofs = np.ascontiguousarray(np.concatenate([shifts, turns[cells]], axis=2).reshape(len(cells), -1))
        space = nodes if dimension == 3 else np.insert(nodes, 1, 0.0, axis=1)
        along = space[cells[:, 1]] - space[cells[:, 0]]
        self.length = np.linalg.norm(along, axis=1)
        if not (self.length > 0).all() or not (self.diameter > 0).all():
            raise ElasticityError("a wire needs a length and a diameter")
        self.turned = _frames(along / self.length[:, None])
        self.kept = list(PLANE if dimension == 2 else range(12))
        self.cells = cells
        self._cached: tuple[float, np.ndarray, np.ndarray] | None = None
        self._trial = self._local = np.zeros(self.dofs.shape)
        self._trial_temperature = self.temperature = float(stress_free_temperature)

    def evaluate(self, u: np.ndarray, temperature: float | np.ndarray, dt: float) -> tuple[np.ndarray, np.ndarray]:
        """Forces (m, k) [N, N m] and stiffness (m, k, k) at displacements u [m, rad]; wires take the mean temperature [K] of their ends."""
        self._trial, self._trial_temperature = u[self.dofs], temperature
        stiffness, loads = self._matrices(temperature)
        return (stiffness @ self._trial[:, :, None])[:, :, 0] - loads, stiffness

    def commit(self) -> None:
        """Accept what was tried last."""
        self._local, self.temperature = self._trial, self._trial_temperature

    def reset_trial(self) -> None:
        """Forget what was tried since the last commit."""
        self._trial, self._trial_temperature = self._local, self.temperature

    def forces(self) -> FrameForces:
        """Forces in the wires in the accepted state."""
        here = self._of_cells(self.temperature)
        local = np.zeros((len(self.cells), 12))
        local[:, self.kept] = self._local
        turn = np.zeros((len(self.cells), 12, 12))
        for block in range(4):
            turn[:, 3 * block : 3 * block + 3, 3 * block : 3 * block + 3] = self.turned
        own, heat = self._own(here)
        ends = (own @ (turn @ local[:, :, None]))[:, :, 0] - heat
        axial = ends[:, 6]
        moment = np.hypot(ends[:, [4, 10]], ends[:, [5, 11]])
        section = np.pi * self.diameter**2 / 4
        bending = moment.max(axis=1) * 32 / (np.pi * self.diameter**3)
        return FrameForces(axial, moment, np.hypot(ends[:, 7], ends[:, 8]), ends[:, 9], np.abs(axial) / section + bending)

    def energy(self) -> float:
        """In the accepted state [J], of the strain that is not expansion."""
        here = self._of_cells(self.temperature)
        stiffness, loads = self._matrices(self.temperature)
        strain = self.expansion * (here - self.stress_free_temperature)
        free = 0.5 * self._moduli(here) * np.pi * self.diameter**2 / 4 * strain**2 * self.length
        pulled = 0.5 * np.einsum("mi,mij,mj->m", self._local, stiffness, self._local)
        return float((pulled - (loads * self._local).sum(axis=1) + free).sum())

    def _of_cells(self, temperature: float | np.ndarray) -> np.ndarray:
        temperature = np.asarray(temperature, dtype=float)
        return np.full(len(self.cells), float(temperature)) if temperature.ndim == 0 else temperature[self.cells].mean(axis=1)

    def _moduli(self, temperature: np.ndarray) -> np.ndarray:
        if np.ndim(self.modulus) == 0:
            return np.full(len(temperature), float(self.modulus))
        table = np.asarray(self.modulus, dtype=float)
        return np.interp(temperature, table[:, 0], table[:, 1])

    def _matrices(self, temperature: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Stiffness and thermal forces along the model's axes; kept while the temperature is one and the same."""
        here = self._of_cells(temperature)
        if self._cached is not None and np.ptp(here) == 0.0 and self._cached[0] == here[0]:
            return self._cached[1], self._cached[2]
        turn = np.zeros((len(self.cells), 12, 12))
        for block in range(4):
            turn[:, 3 * block : 3 * block + 3, 3 * block : 3 * block + 3] = self.turned
        own, heat = self._own(here)
        stiffness = (turn.transpose(0, 2, 1) @ own @ turn)[:, self.kept][:, :, self.kept]
        loads = (turn.transpose(0, 2, 1) @ heat[:, :, None])[:, self.kept, 0]
        if self._cached is not None and np.array_equal(stiffness, self._cached[1]):
            stiffness = self._cached[1]  # the same array, by which factors are known again
        if np.ptp(here) == 0.0:
            self._cached = (float(here[0]), stiffness, loads)
        return stiffness, loads

    def _own(self, temperature: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Stiffness (m, 12, 12) and thermal forces (m, 12) along the wires' own axes."""
        young, length, count = self._moduli(temperature), self.length, len(self.cells)
        shear = young / (2 * (1 + self.poisson))
        section, inertia = np.pi * self.diameter**2 / 4, np.pi * self.diameter**4 / 64
        kappa = 6 * (1 + self.poisson) / (7 + 6 * self.poisson)
        phi = 12 * young * inertia / (kappa * shear * section * length**2) if self.shear_flexible else np.zeros(count)
        k = np.zeros((count, 12, 12))
        for a, stiffness in ((0, young * section / length), (3, shear * 2 * inertia / length)):
            k[:, a, a] = k[:, a + 6, a + 6] = stiffness
            k[:, a, a + 6] = k[:, a + 6, a] = -stiffness
        base = young * inertia / (length**3 * (1 + phi))
        for shift, turn, sign in ((1, 5, 1.0), (2, 4, -1.0)):  # turning about z lifts along y, about y lowers along z
            places = [shift, turn, shift + 6, turn + 6]
            one, mixed = np.full(count, 12.0), sign * 6 * length
            near, far = (4 + phi) * length**2, (2 - phi) * length**2
            rows = [[one, mixed, -one, mixed], [mixed, near, -mixed, far], [-one, -mixed, one, -mixed], [mixed, far, -mixed, near]]
            for i, row in zip(places, rows, strict=True):
                for j, value in zip(places, row, strict=True):
                    k[:, i, j] = base * value
        heat = np.zeros((count, 12))
        heat[:, 6] = young * section * self.expansion * (temperature - self.stress_free_temperature)
        heat[:, 0] = -heat[:, 6]
        return k, heat


def _frames(along: np.ndarray) -> np.ndarray:
    """Rows: the wire's direction and two across, right-handed; in the (x, z) plane the first across is y, as far as it can be."""
    aside = np.where(np.abs(along[:, [1]]) < 0.9, np.array([[0.0, 1.0, 0.0]]), np.array([[1.0, 0.0, 0.0]]))
    first = aside - (aside * along).sum(axis=1, keepdims=True) * along
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return np.stack([along, first, np.cross(along, first)], axis=1)
