"""A block of solid elements of one material: quadrilaterals in the plane or about an axis, or hexahedra."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .condensation import matrices_of, moved_modes, strain_loads
from .errors import ElasticityError
from .kernels import Rule, geometry_of, strains_of
from .shapes import KINDS, shape_of

SHORT = 1e-9  # our choice [s]: a time in which nothing flows, for the elastic part of a material that does


class ContinuumBlock:
    """Elements that resist strain: int sigma : d(epsilon) dV, the same material at every point.

    nodes : positions [m], shape (n, 2) as (x, z), (radius, z), or (n, 3);  cells : node numbers, shape (m, 4) or (m, 8)
    material : answers `update` and `thermal_strain` (physics.constitutive)
    widths : out of the plane [m], shape (m,); of a body of revolution, the share of the whole turn [-]; not used in solids
    kinematics : "plane_strain", "generalised_plane_strain", "axisymmetric" or "solid"; by default after the nodes
    stress_free_temperature : [K];  initial_strain : that is free of stress, six components [-]: -sigma/E' makes a film of tension sigma
    rotations : strain is Green-Lagrange's, right for turns of any size while it stays small (errors of half its square)
    enhanced : modes that keep bending free of shear and volume free of locking
    extra_dof : of generalised plane strain, the number of the unknown out-of-plane strain [-], or of three: strain at the origin, and its
        slopes along x and z [1/m]. The force that goes with the first is the axial force times the width [N m]
    Forces and energies are those of the given widths, or of the whole turn about the axis. ElasticityError names elements turned inside
    out. Valid for strain of a few per cent. Source: Simo and Rifai 1990, Int. J. Numer. Meth. Eng. 29, 1595.
    """

    def __init__(
        self,
        nodes: np.ndarray,
        cells: np.ndarray,
        material,
        *,
        widths: np.ndarray | None = None,
        kinematics: str | None = None,
        stress_free_temperature: float = 298.15,
        initial_strain: np.ndarray | None = None,
        rotations: bool = False,
        enhanced: bool = True,
        extra_dof: int | Sequence[int] | None = None,
    ) -> None:
        nodes, cells = np.ascontiguousarray(nodes, dtype=float), np.ascontiguousarray(cells, dtype=np.int64)
        dimension = nodes.shape[1]
        self.kinematics = kinematics or ("solid" if dimension == 3 else "plane_strain")
        _check_arguments(self.kinematics, nodes, cells, extra_dof)
        self.nodes, self.cells, self.material = nodes, cells, material
        self.stress_free_temperature = stress_free_temperature
        self.initial_strain = np.zeros(6) if initial_strain is None else np.asarray(initial_strain, dtype=float)
        self.rotations, self.kind = rotations, KINDS.index(self.kinematics)
        self.shape = shape_of(self.kinematics, enhanced)
        self.widths = np.ones(len(cells)) if widths is None or dimension == 3 else np.ascontiguousarray(widths, dtype=float)
        s = self.shape
        self._rule = Rule(s.values, s.axes, s.mode_columns, s.mode_values, self.kind, bool(rotations))
        elements = geometry_of(nodes, cells, self.widths, self._rule, s.slopes, s.central_values, s.central_slopes, s.weights)
        _check_shapes(elements.volumes, elements.centres)
        if self.kinematics == "axisymmetric":
            turn = elements.volumes * elements.ratios
            elements = elements._replace(means=(turn @ s.mode_values) / turn.sum(axis=1, keepdims=True))
        self._elements = elements
        self.gradients, self.volumes = elements.gradients, elements.volumes
        dofs = (cells[:, :, None] * dimension + np.arange(dimension)).reshape(len(cells), -1)
        extras = np.atleast_1d([] if extra_dof is None else extra_dof).astype(np.int64)
        self.extra = len(extras)
        self.dofs = np.ascontiguousarray(np.hstack([dofs, np.tile(extras, (len(cells), 1))]))
        self.points = elements.positions.reshape(-1, dimension)
        self.cell_of = np.repeat(np.arange(len(cells)), len(s.weights))
        self.volume = self.volumes.reshape(-1)
        self.linear = bool(material.linear) and not rotations
        self._tangent = self._stiffness = self._rows = self._loads = None
        count = len(self.volume)
        self.state = np.asarray(material.initial_state(count), dtype=float)
        self.strain, self.stress = np.zeros((count, 6)), np.zeros((count, 6))
        self.temperature = np.full(count, float(stress_free_temperature))
        self._displacement, self._modes = np.zeros(self.dofs.shape), np.zeros(elements.means.shape)
        self.imbalance = self._first_work = 0.0
        self.reset_trial()

    def reset_trial(self) -> None:
        """Forget what was tried since the last commit."""
        self._tried = self._memory = self._last = None
        self._trial_displacement, self._trial_modes = self._displacement, self._modes

    def evaluate(self, u: np.ndarray, temperature: float | np.ndarray, dt: float) -> tuple[np.ndarray, np.ndarray]:
        """Forces (m, k) [N] and stiffness (m, k, k) [N/m] at displacements u [m]; the trial state is kept until commit.

        u : of all unknowns;  temperature : one for all or one a node [K];  dt : since the last commit [s]
        `imbalance` then says how far the enhanced modes are from equilibrium, as a part of the strain energy's root.
        """
        local = np.ascontiguousarray(u[self.dofs])
        temperature = np.asarray(temperature, dtype=float)
        uniform = temperature.ndim == 0 or np.ptp(temperature) == 0.0
        if self.linear and uniform:
            return self._evaluate_linear(local, float(temperature.flat[0]))
        here = np.full(len(self.volume), temperature.flat[0]) if uniform else self._at_points(temperature)
        if self._memory is None:
            modes = self._trial_modes
        else:
            modes = moved_modes(self._trial_modes, *self._memory, local - self._trial_displacement)
        strain = strains_of(local, modes, self._elements, self._rule, self.rotations).reshape(-1, 6)
        mechanical = strain - self._eigenstrain(here)
        stress, tangent, state = self.material.update(mechanical, here, dt, self.state)
        shape = self.volumes.shape
        tangent = np.ascontiguousarray(tangent).reshape(*shape, 6, 6)
        turning = self._foreseen(local, mechanical, stress).reshape(*shape, 6) if self.rotations else stress.reshape(*shape, 6)
        result = matrices_of(local, np.ascontiguousarray(stress).reshape(*shape, 6), turning, tangent, self._elements, self._rule)
        forces, stiffness, rows, heads, unsettled = result
        work = abs(float(self.volume @ (stress * mechanical).sum(axis=1)))
        if self._tried is None:
            self._first_work = work
        work = max(work, self._first_work)  # so that a body relieved of all stress has something to be compared with
        self.imbalance = float(np.sqrt(unsettled / work)) if work else 0.0
        self._memory = (rows, heads)
        self._trial_displacement, self._trial_modes = local, modes
        self._tried = (strain, stress, state, here)
        self._last = (local, mechanical, stress, tangent.reshape(-1, 6, 6))
        return forces, stiffness

    def commit(self) -> None:
        """Accept what was tried last as the state from which the next step starts."""
        if self._tried is None:
            return
        if len(self._tried) == 1:
            self._settle_linear(*self._tried)
        else:
            self.strain, self.stress, self.state, self.temperature = self._tried
        self._displacement, self._modes = self._trial_displacement, self._trial_modes
        self._tried = None

    def column(self, name: str) -> np.ndarray:
        """A state variable at the points, by the name the material gives it; ElasticityError names those there are."""
        names = tuple(self.material.state_names)
        if name not in names:
            raise ElasticityError(f"the material keeps no {name!r}; it keeps {', '.join(names) or 'nothing'}")
        return self.state[:, names.index(name)]

    def energy(self) -> float:
        """Elastic energy 1/2 sigma : C^-1 : sigma over the volume [J], C the elastic stiffness at each point's temperature."""
        if self.material.linear:
            return 0.5 * float(self.volume @ (self.stress * (self.strain - self._eigenstrain(self.temperature))).sum(axis=1))
        count = len(self.volume)
        _, stiffness, _ = self.material.update(np.zeros((count, 6)), self.temperature, SHORT, self.material.initial_state(count))
        elastic = np.linalg.solve(stiffness, self.stress[:, :, None])[:, :, 0]
        return 0.5 * float(self.volume @ (self.stress * elastic).sum(axis=1))

    def _at_points(self, temperature: np.ndarray) -> np.ndarray:
        return (temperature[self.cells] @ self.shape.values.T).reshape(-1)

    def _eigenstrain(self, temperature: np.ndarray) -> np.ndarray:
        return self.material.thermal_strain(temperature, self.stress_free_temperature) + self.initial_strain

    def _foreseen(self, local: np.ndarray, mechanical: np.ndarray, stress: np.ndarray) -> np.ndarray:
        """Stress that the last tangent foresaw, which leaves out the square of the displacements' change.

        In the stiffness against turning it stands for the stress itself, which a slender body on the move exaggerates: Newton's method
        then takes few steps to the same equilibrium (Magisano, Leonetti and Garcea 2017, Int. J. Numer. Meth. Eng. 109, 1237).
        """
        if self._last is None:
            return stress
        before, strained, stressed, tangent = self._last
        empty = np.zeros(self._modes.shape)
        change = local - before
        whole, small = (strains_of(change, empty, self._elements, self._rule, turned).reshape(-1, 6) for turned in (True, False))
        linear = mechanical - strained - (whole - small)
        return stressed + (tangent @ linear[:, :, None])[:, :, 0]

    def _evaluate_linear(self, local: np.ndarray, temperature: float) -> tuple[np.ndarray, np.ndarray]:
        """Stiffness is kept while the material's is the same; a uniform strain's forces are loads times that strain."""
        here = np.array([temperature])
        _, tangent, _ = self.material.update(np.zeros((1, 6)), here, SHORT, self.material.initial_state(1))
        if self._tangent is None or not np.array_equal(tangent, self._tangent):
            self._tangent = np.array(tangent)
            everywhere = np.ascontiguousarray(tangent).reshape(1, 1, 6, 6)
            unstressed = np.zeros((*self.volumes.shape, 6))
            _, self._stiffness, self._rows, _, _ = matrices_of(local, unstressed, unstressed, everywhere, self._elements, self._rule)
            self._loads = strain_loads(everywhere[0, 0], self._elements, self._rule, self.extra)
        forces = (self._stiffness @ local[:, :, None])[:, :, 0] - self._loads @ self._eigenstrain(here)[0]
        self.imbalance = 0.0
        self._memory = None
        self._trial_displacement = local
        self._tried = (temperature,)
        return forces, self._stiffness

    def _settle_linear(self, temperature: float) -> None:
        """Strains and stresses of the accepted displacements."""
        local = self._trial_displacement
        empty = np.zeros(self._modes.shape)
        self._trial_modes = moved_modes(empty, self._rows, empty, local)
        self.temperature = np.full(len(self.volume), temperature)
        self.strain = strains_of(local, self._trial_modes, self._elements, self._rule, False).reshape(-1, 6)
        self.stress = (self.strain - self._eigenstrain(self.temperature[:1])) @ self._tangent[0].T


def _check_arguments(kinematics: str, nodes: np.ndarray, cells: np.ndarray, extra_dof) -> None:
    if kinematics not in KINDS:
        raise ElasticityError(f"there is no kinematics {kinematics!r}; there are {', '.join(KINDS)}")
    dimension, corners = (3, 8) if kinematics == "solid" else (2, 4)
    if nodes.ndim != 2 or nodes.shape[1] != dimension or cells.ndim != 2 or cells.shape[1] != corners:
        raise ElasticityError(
            f"elements of kinematics {kinematics} have {corners} nodes of {dimension} coordinates; got cells {cells.shape}, "
            f"nodes {nodes.shape}"
        )
    if not len(cells):
        raise ElasticityError("a block needs at least one element")
    if (kinematics == "generalised_plane_strain") != (extra_dof is not None):
        raise ElasticityError("generalised plane strain, and it alone, takes the number of its unknown out-of-plane strain (extra_dof)")
    if np.atleast_1d(0 if extra_dof is None else extra_dof).shape not in ((1,), (3,)):
        raise ElasticityError("generalised plane strain takes one more unknown (the out-of-plane strain), or three (and its two slopes)")


def _check_shapes(volumes: np.ndarray, centres: np.ndarray) -> None:
    bad = np.flatnonzero(~(volumes > 0).all(axis=1))
    if len(bad):
        where = ", ".join(f"{x:.6g}" for x in centres[bad[0]])
        raise ElasticityError(
            f"{len(bad)} of {len(volumes)} elements are turned inside out or without volume, the first is element {bad[0]} at ({where}) m"
        )
