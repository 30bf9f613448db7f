"""What cycling and overstress found, as plain records for files, tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .cycling import Cycled, CycleDamage, Extreme
from .lives import LINE, SOLDER, Lives, ModelLife, first_to_fail
from .overstress import Event, Pulled, named


def life_record(one: ModelLife) -> dict[str, Any]:
    """A life with its band, driver and remarks; infinite lives are None."""
    low, high = float(one.life.low), float(one.life.high)
    return {
        "model": one.name, "title": one.title, "mode": one.mode, "cycles": _finite(one.cycles), "low": _finite(low), "high": _finite(high),
        "statistic": one.life.statistic, "factor": one.life.factor, "driver": one.driver, "quantity": one.quantity, "where": one.where,
        "source": one.life.source, "remarks": list(one.life.remarks), "matched": one.matched,
    }  # fmt: skip


def lives_record(lives: Lives) -> dict[str, Any]:
    """All lives, their bands by mode, Weibull's scale and shape, and what fails first."""
    found: dict[str, Any] = {
        "models": [life_record(one) for one in lives.models],
        "skipped": [{"title": title, "why": why} for title, why in lives.skipped],
        "first_to_fail": first_to_fail(lives),
    }
    for mode in (SOLDER, LINE):
        low, high = lives.band(mode)
        nominal, spread = lives.nominal(mode), lives.weibull(mode)
        found[mode] = {
            "nominal": None if nominal is None else _finite(nominal.cycles), "model": None if nominal is None else nominal.name,
            "low": _finite(low), "high": _finite(high), "shape": lives.shape,
            "characteristic": None if spread is None else float(spread.scale),
            "first_percent": None if spread is None else float(spread.cycles(0.01)),
            "first_permille": None if spread is None else float(spread.cycles(0.001)),
        }  # fmt: skip
    return found


def damage_record(one: CycleDamage) -> dict[str, Any]:
    """Energy [J/m^3] and inelastic strain by side and layer, and the line's strain range."""
    return {
        "layers": [
            {"side": side, "thickness": thickness, "energy": energy, "inelastic_strain": one.creep[side, thickness]}
            for (side, thickness), energy in one.energy.items()
        ],
        "line_strain_range": one.line.size, "line_place": list(one.line.place), "line_part": one.line.part,
    }  # fmt: skip


def extreme_record(one: Extreme) -> dict[str, Any]:
    """The cell at an end of the cycle, without its fields."""
    return {
        "temperature": one.temperature, "shift": one.shift, "force": one.force, "turn": one.turn, "foot_shift": one.foot,
        "gap": _finite(one.gap), "lift": one.lift,
        "joint_stress_mean": one.joint_stress[0], "joint_stress_largest": one.joint_stress[1],
        "line_stress_mean": one.line_stress[0], "line_stress_largest": one.line_stress[1],
    }  # fmt: skip


def cycled_record(found: Cycled, lives: Lives) -> dict[str, Any]:
    """A cycled cell: every cycle's damage, its two ends, its loop and its lives."""
    return {
        "distance": found.distance, "steady": found.steady, "stiffness": found.stiffness,
        "cycles": [damage_record(one) for one in found.cycles], "cold": extreme_record(found.cold), "hot": extreme_record(found.hot),
        "loop": {name: found.loop[:, k].tolist() for k, name in enumerate(("time", "temperature", "shift", "force"))},
        "lives": lives_record(lives),
    }  # fmt: skip


def pulled_record(found: Pulled, events: tuple[Event, ...]) -> dict[str, Any]:
    """A pull: its histories, every joint's, and what let go in which order."""
    names = ("displacement", "force", "turn", "foot", "gap", "line", "flow", "joint_stress", "line_stress")
    histories: Mapping[str, Any] = {name: [_finite(float(x)) for x in getattr(found, name)] for name in names}
    return {
        **histories, "stiffness": found.stiffness, "stopped": found.stopped,
        "joints": [
            {
                "joint": named(j.pair), "energy": j.energy, "strength": j.strength, "area": j.area, "parted": j.parted.tolist(),
                "damage": j.damage.tolist(), "spent": j.spent,
            }
            for j in found.joints
        ],
        "events": [
            {"kind": e.kind, "what": e.what, "displacement": e.displacement, "force": e.force, "parted": e.parted} for e in events
        ],
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
