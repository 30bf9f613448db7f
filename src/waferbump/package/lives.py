"""Lives of a cycled cell: every model of the solder side by side, the copper line's, each with its band, and the spread of many joints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..physics.fatigue import Basis, Life
from ..physics.fatigue_statistics import Weibull
from .cell_measures import SIDES
from .constitution import ANAND, Laws
from .cycling import Cycled, CycleDamage
from .life_models import coffin_manson, copper_foil, life_models, weibull_shape
from .plane_cell import PlaneCell

SOLDER, LINE = "solder", "line"
_SAME = 1e-3  # relative; layers nearer than this in thickness are one
# An energy of Anand's law is put to constants of creep laws, of either end of the joint: said in a remark each time
_ACCEPTED = ("constitutive_law", "parameters", "side")


@dataclass(frozen=True)
class ModelLife:
    """What one life model says.

    name, title : of the model;  mode : what fails, SOLDER or LINE;  life : cycles with their band and remarks
    driver : the energy [J/m^3] or strain range [1] put in;  quantity : which of them;  where : side of the joint, or place in the line
    matched : whether the constants belong to the law that computed the driver
    """

    name: str
    title: str
    mode: str
    life: Life
    driver: float
    quantity: str
    where: str
    matched: bool

    @property
    def cycles(self) -> float:
        """Cycles to failure, nominal."""
        return float(self.life.cycles)

    @property
    def extrapolated(self) -> bool:
        """Whether the driver lies outside the range that the constants are stated for."""
        return any("extrapolated" in remark for remark in self.life.remarks)


@dataclass(frozen=True)
class Lives:
    """All lives of one cell.

    models : every model that applies;  skipped : (title, why) of those that do not
    shape : Weibull's of joints, assumed unless the package states it
    """

    models: tuple[ModelLife, ...]
    skipped: tuple[tuple[str, str], ...]
    shape: float

    def of(self, mode: str) -> tuple[ModelLife, ...]:
        """The models of one mode of failure."""
        return tuple(m for m in self.models if m.mode == mode)

    def nominal(self, mode: str) -> ModelLife | None:
        """The model whose constants belong to the computed driver, or the shortest-lived where none does or that one is extrapolated."""
        found = self.of(mode)
        if own := next((m for m in found if m.matched and not m.extrapolated), None):
            return own
        return min(found, key=lambda m: m.cycles, default=None)

    def band(self, mode: str) -> tuple[float, float]:
        """Lowest and highest life [cycles] over all models of a mode, each with its own stated factor."""
        found = self.of(mode)
        if not found:
            return np.inf, np.inf
        return min(float(m.life.low) for m in found), max(float(m.life.high) for m in found)

    def weibull(self, mode: str) -> Weibull | None:
        """Spread of the life of one joint of that mode; None where its life has no end or no model."""
        found = self.nominal(mode)
        return Weibull.from_life(found.life, self.shape) if found is not None and np.isfinite(found.cycles) else None


def solder_lives(damage: CycleDamage, alloy: str, crack: float, law: str, parameters: str) -> tuple[list[ModelLife], list]:
    """Lives of the joint by every model of its alloy.

    Parameters
    ----------
    damage : of a steady cycle
    alloy : name of the joint's material
    crack : length over which a crack parts the joint [m]
    law, parameters : constitutive law and set of constants that computed the damage
    """
    found, skipped = [], []
    for data in life_models(alloy):
        model = data.model
        quantity = getattr(model, "quantity", "")
        if data.form not in ("darveaux", "power_law"):
            continue
        layer = model.basis.layer_thickness
        key = next((t for _, t in damage.energy if layer is not None and abs(t / layer - 1.0) <= _SAME), None)
        if key is None:
            skipped.append((data.title, f"it averages over {_layer(layer)}, which this cell does not resolve"))
            continue
        values = {"energy": damage.energy, "creep_strain": damage.creep}.get(quantity)
        if values is None:
            skipped.append((data.title, f"it is driven by {quantity.replace('_', ' ')}, which an average over a layer is not"))
            continue
        side = max(SIDES, key=lambda s, v=values, k=key: v[s, k])
        basis = Basis(layer, side, law, parameters)
        more = (crack,) if data.form == "darveaux" else ()
        life = model.cycles(values[side, key], *more, basis, accept=_ACCEPTED)
        matched = not ({"constitutive_law", "parameters"} & set(model.basis.mismatches(basis)))
        found.append(ModelLife(data.name, data.title, SOLDER, life, values[side, key], quantity, f"{side} side", matched))
    return found, skipped


def _layer(thickness: float | None) -> str:
    return "no layer" if thickness is None else f"a layer of {1e6 * thickness:.4g} um"


def line_lives(damage: CycleDamage, material: str, laws: Laws) -> list[ModelLife]:
    """Lives of the line by the copper-foil relation (total strain range) and by Coffin and Manson's (its plastic part)."""
    metal = laws.ledger[material]
    found, size = [], damage.line.size
    x, z = damage.line.place
    where = f"{damage.line.part} at x = {1e6 * x:.4g} um, z = {1e6 * z:.4g} um"
    if all(metal.has(p) for p in ("fracture_strain", "tensile_strength")):
        model = copper_foil(metal)
        found.append(ModelLife(model.name, f"plated {material}: IPC-TR-579", LINE, model.cycles(size), size, "strain_range", where, True))
    if metal.has("fatigue_ductility") and metal.has("fatigue_ductility_exponent"):
        manson = coffin_manson(metal)
        plastic = max(0.0, size - 2.0 * laws.number(material, "plastic_yield_stress") / laws.number(material, "young_modulus"))
        life = manson.cycles(plastic)
        found.append(ModelLife(manson.name, f"plated {material}: Coffin-Manson", LINE, life, plastic, "plastic_strain_range", where, False))
    return found


def lives_of(cell: PlaneCell, result: Cycled, damage: CycleDamage | None = None) -> Lives:
    """Every life that a cycled cell gives, from its last cycle or from a given damage."""
    damage = result.last if damage is None else damage
    structure, laws = cell.structure, cell.laws
    foot = cell.mesh.nodes[cell.mesh.sets["foot"], 0]
    parameters = laws.ledger[structure.alloy].properties[ANAND[0]].default
    models, skipped = solder_lives(damage, structure.alloy, float(np.ptp(foot)), "Anand", parameters)
    if damage.line.part:
        models += line_lives(damage, structure.stack.material(damage.line.part), laws)
    return Lives(tuple(models), tuple(skipped), weibull_shape().number)


def first_to_fail(lives: Lives) -> str:
    """The mode with the shortest nominal life; empty where none has an end."""
    ends = {mode: found.cycles for mode in (SOLDER, LINE) if (found := lives.nominal(mode)) is not None}
    ends = {mode: cycles for mode, cycles in ends.items() if np.isfinite(cycles)}
    return min(ends, key=ends.get) if ends else ""


def distance_at(distances: Sequence[float], lives: Sequence[float], target: float) -> tuple[float, str]:
    """Distance at which a life that falls with it reaches a target, by straight lines between logarithms.

    Parameters
    ----------
    distances : from the neutral point [m], rising
    lives : cycles at each [1]
    target : cycles wanted [1]

    Returns the distance [m] and "" , or the nearest end with "below" (it fails already at the first) or "beyond" (it holds at the last).
    """
    x, y = np.asarray(distances, float), np.asarray(lives, float)
    if y[-1] >= target:
        return float(x[-1]), "beyond"
    if y[0] < target:
        return float(x[0]), "below"
    k = int(np.flatnonzero((y[:-1] >= target) & (y[1:] < target))[0])
    if not np.isfinite(y[k]):
        return float(x[k]), ""
    part = (np.log(y[k]) - np.log(target)) / (np.log(y[k]) - np.log(y[k + 1]))
    return float(np.exp(np.log(x[k]) + part * (np.log(x[k + 1]) - np.log(x[k])))), ""
