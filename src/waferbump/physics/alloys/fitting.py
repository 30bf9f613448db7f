"""Fit solder.tdb to the published points in invariants.yaml: `python -m waferbump.physics.alloys.fitting [--write]`.

Without --write it prints the table of errors and says whether the file in place is what the fit gives.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from .curves import melting_curve
from .database import Database, read_database
from .special_points import NoSuchPoint, SpecialPoint, phase_named, special_point
from .system import CompoundPhase, compound_energy, potentials

_KELVIN = 273.15
_MISSED = 40.0  # standard deviations that a point costs whose phases do not meet: far more than any other
_STEP = 1e-3  # of a term's usual size, for differences: far above the rounding of the written terms
_PER_GAP = 200.0  # standard deviations per R T of mismatch: 1 K of a melting point is about 0.005 R T
# J/mol and J/(mol K): how large terms usually are (our choice), by kind; what data do not decide stays small
_PRIOR = {
    "order 0": {"a": 2.0e4, "b": 5.0},
    "order 1": {"a": 1.0e4, "b": 5.0},
    "order 2": {"a": 1.0e4, "b": 5.0},
    "compound": {"a": 1.0e5, "b": 40.0},
}


@dataclass(frozen=True)
class PointError:
    """How well one published point is met: temperatures in kelvin, the liquid's worst error in mass per cent."""

    name: str
    use: str
    published: float
    found: float | None
    liquid: float | None
    source: str


def load(name: str) -> dict[str, Any]:
    """Contents of one of this package's YAML files.

    Parameters
    ----------
    name : of the file [text]

    >>> sorted(load("model.yaml")["elements"])
    ['Ag', 'Bi', 'Cu', 'Pb', 'Sn']
    """
    from ruamel.yaml import YAML

    return YAML(typ="safe").load(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def database_text(model: Mapping[str, Any], terms: Mapping[str, tuple[float, float]]) -> str:
    """The database in the TDB format.

    Parameters
    ----------
    model : contents of model.yaml [mapping]
    terms : (a, b) [J/mol, J/(mol K)] of each interaction and compound

    >>> database_text(load("model.yaml"), {}).startswith("$ solder.tdb")
    True
    """
    lines = [
        "$ solder.tdb: written by waferbump.physics.alloys.fitting from model.yaml and invariants.yaml; change those, not this file.",
        "$ Reference state: pure liquids. Valid from 350 to 1300 K; with tin, below 753 K only (no zeta Ag-Sn, no beta, gamma Cu-Sn).",
        "$ Copyright the waferbump authors, Apache-2.0. Points fitted to and their sources: invariants.yaml.",
        "",
    ]
    elements, solid = model["elements"], {}
    for symbol, e in elements.items():
        lines.append(f"ELEMENT {symbol.upper()} {e['structure']} {e['molar_mass']} 0 0 !")
        solid[symbol] = (-e["heat_of_fusion"], e["heat_of_fusion"] / e["melting_point"])
    lines += ["", "TYPE_DEFINITION % SEQ * !", "DEFINE_SYSTEM_DEFAULT ELEMENT 2 !", ""]
    lattices = {(x["phase"], x["element"]): (x["a"], x["b"]) for x in model["lattices"]}
    assumed = {x["term"]: (x["a"], x["b"]) for x in model["assumed"]}
    for phase, members in model["solutions"].items():
        lines += [f"PHASE {phase} % 1 1.0 !", f"CONSTITUENT {phase} :{','.join(m.upper() for m in members)}: !"]
        for m in members:
            a, b = (0.0, 0.0) if phase == "LIQUID" else solid[m]
            if phase not in ("LIQUID", elements[m]["structure"]):
                extra = lattices.get((phase, m))
                if extra is None:
                    raise ValueError(f"model.yaml has no lattice stability of {m} in {phase}")
                a, b = a + extra[0], b + extra[1]
            lines.append(_parameter(f"{phase},{m};0", (a, b)))
        lines += [_parameter(t, v) for t, v in sorted({**assumed, **terms}.items()) if t.split(",")[0] == phase]
        lines.append("")
    for name, ratio in model["compounds"].items():
        if name not in terms:
            continue
        total = sum(ratio.values())
        lines.append(f"PHASE {name} % {len(ratio)} {' '.join(str(n) for n in ratio.values())} !")
        lines.append(f"CONSTITUENT {name} :{':'.join(m.upper() for m in ratio)}: !")
        a, b = terms[name]
        lines.append(_parameter(f"{name},{':'.join(ratio)};0", (a * total, b * total)))
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _parameter(term: str, value: tuple[float, float]) -> str:
    members, _, order = term.partition(";")
    return f"PARAMETER G({members.upper()};{order}) 298.15 {value[0]:+.3f}{value[1]:+.6f}*T; 3000 N !"


def fit(model: Mapping[str, Any], points: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    """Terms of the database that meet the published points best, binaries first, ternaries on top of them.

    min sum_k ((T_k - T_k,published) / s_k)^2 + sum (composition errors)^2 + sum (terms / prior)^2; started from the linear problem
    mu_i,p = mu_i,liquid at the published points

    Parameters
    ----------
    model : contents of model.yaml [mapping]
    points : contents of invariants.yaml [list of mappings]

    Returns
    -------
    (a, b) [J/mol, J/(mol K)] by term.
    """
    from scipy.optimize import least_squares

    terms: dict[str, tuple[float, float]] = {}
    for group in model["fits"]:
        mine = [p for p in points if p["use"] == "fit" and sorted(p["system"]) == sorted(group["system"])]
        unknown = [(name, letter) for name, letters in (t.split(" ") for t in group["terms"]) for letter in letters]
        scale = np.array([_PRIOR["compound" if "," not in name else f"order {name[-1]}"][letter] for name, letter in unknown])
        centre = np.zeros(len(unknown))
        for k, (name, letter) in enumerate(unknown):
            if letter == "a" and name in model["expected"]:
                scale[k] = model["expected"][name]["spread"]
                centre[k] = model["expected"][name]["a"] / scale[k]

        def built(values: np.ndarray, unknown: list = unknown, scale: np.ndarray = scale) -> Database:
            return read_database(database_text(model, {**terms, **_collected(unknown, values * scale)}))

        def errors(values: np.ndarray, mine: list = mine, built: Any = built, centre: np.ndarray = centre) -> np.ndarray:
            database = built(values)
            return np.concatenate([*(_residuals(database, p) for p in mine), values - centre])

        start = _linear_start(built, mine, centre)
        def slopes(values: np.ndarray, errors: Any = errors) -> np.ndarray:
            return np.column_stack([(errors(values + d) - errors(values - d)) / (2 * _STEP) for d in _STEP * np.eye(len(values))])

        best = least_squares(errors, start, jac=slopes, max_nfev=60)
        terms.update(_collected(unknown, best.x * scale))
    return terms


def _collected(unknown: Iterable[tuple[str, str]], values: np.ndarray) -> dict[str, tuple[float, float]]:
    found: dict[str, list[float]] = {}
    for (name, letter), value in zip(unknown, values, strict=True):
        found.setdefault(name, [0.0, 0.0])[letter == "b"] = float(value)
    return {name: (a, b) for name, (a, b) in found.items()}


def _linear_start(built: Any, points: Sequence[Mapping[str, Any]], centre: np.ndarray) -> np.ndarray:
    """Terms at which chemical potentials match best at the published temperatures and compositions: linear in the terms."""
    zero = np.concatenate([_gaps(built(centre), p) for p in points])
    columns = [np.concatenate([_gaps(built(centre + unit), p) for p in points]) - zero for unit in np.eye(len(centre))]
    matrix = np.vstack([_PER_GAP * np.column_stack(columns), np.eye(len(centre))])
    return centre + np.linalg.lstsq(matrix, np.concatenate([-_PER_GAP * zero, np.zeros(len(centre))]), rcond=None)[0]


def _gaps(database: Database, point: Mapping[str, Any]) -> np.ndarray:
    """Differences of chemical potential between each phase and the first liquid, over R T."""
    elements, temperature, fractions = start_of(point, database)
    names = list(fractions)
    liquid = phase_named(database, elements, "LIQUID")
    levels = potentials(liquid, fractions[names[0]], temperature)
    gaps = []
    for name in names[1:]:
        phase = phase_named(database, elements, name.split("#")[0])
        if isinstance(phase, CompoundPhase):
            gaps.append(np.array([compound_energy(phase, temperature) - phase.fractions @ levels]))
            continue
        y = fractions[name][phase.columns]
        told = y > 3e-4  # where a solubility is published as nothing, its logarithm says nothing
        gaps.append((potentials(phase, y / y.sum(), temperature) - levels[phase.columns])[told])
    return np.concatenate(gaps)


def start_of(point: Mapping[str, Any], database: Database) -> tuple[tuple[str, ...], float, dict[str, np.ndarray]]:
    """Elements, temperature [K] and mole fractions by phase of a published point.

    Parameters
    ----------
    point : an entry of invariants.yaml [mapping]
    database : for the molar masses [Database]
    """
    elements = tuple(sorted(point["system"]))
    masses = np.array([database.molar_mass[e] for e in elements])
    fractions = {}
    for name, percent in point["phases"].items():
        mass = np.array([percent.get(e, 0.0) if e != point["system"][-1] else 100.0 - sum(percent.values()) for e in elements])
        moles = np.maximum(mass, 0.0) / masses
        fractions[name] = np.maximum(moles / moles.sum(), 1e-7)
    return elements, point["temperature"] + _KELVIN, fractions


def meet(database: Database, point: Mapping[str, Any]) -> SpecialPoint:
    """Where a published point lies according to a database.

    Parameters
    ----------
    database : to be tested [Database]
    point : an entry of invariants.yaml [mapping]

    Raises
    ------
    NoSuchPoint : its phases do not meet near the published temperature and compositions.
    """
    elements, temperature, fractions = start_of(point, database)
    fixed = "LIQUID" if point.get("liquid_fixed") else point.get("solid_fixed")
    return special_point(database, elements, list(fractions), temperature, fractions, fixed)


def _mass_percent(fractions: np.ndarray, elements: Sequence[str], database: Database) -> np.ndarray:
    masses = fractions * np.array([database.molar_mass[e] for e in elements])
    return 100.0 * masses / masses.sum()


def _residuals(database: Database, point: Mapping[str, Any]) -> np.ndarray:
    """Errors of temperature and composition in units of what the sources differ by."""
    elements, temperature, fractions = start_of(point, database)
    free = not (point.get("liquid_fixed") or point.get("solid_fixed"))
    try:
        found = meet(database, point)
    except NoSuchPoint:
        found = None
    # phases that do not meet cost their distance in chemical potential, so that the search knows which way to go
    missed = _MISSED * (0.2 + 50.0 * float(np.linalg.norm(_gaps(database, point)))) if found is None else 0.0
    errors = [(found.temperature - temperature) / point["spread_k"] if found else missed]
    if free or point.get("solid_told"):
        for name, published in fractions.items():
            if len(elements) > 2 and not name.startswith("LIQUID"):
                continue  # solids of ternary points are calculated by others, not measured
            target = _mass_percent(published, elements, database)
            away = _mass_percent(found.fractions[name], elements, database) - target if found else None
            for k in range(len(elements)):
                if point["phases"][name].get(elements[k], 0.0) > 0.0:
                    # a liquid is trusted to 3 % of its lesser part (0.05 % at least), a solid to 10 % (0.3 % at least)
                    lesser = min(target[k], 100.0 - target[k])
                    width = max(0.03 * lesser, 0.05) if name.startswith("LIQUID") else max(0.1 * lesser, 0.3)
                    errors.append(away[k] / width if found else 0.1 * _MISSED)
    return np.array(errors)


def table(database: Database, points: Sequence[Mapping[str, Any]]) -> list[PointError]:
    """How well a database meets the published points.

    Parameters
    ----------
    database : to be tested [Database]
    points : contents of invariants.yaml [list of mappings]
    """
    rows = []
    for point in points:
        elements, temperature, fractions = start_of(point, database)
        try:
            found = meet(database, point)
        except NoSuchPoint:
            rows.append(PointError(point["id"], point["use"], temperature, None, None, point["source"]))
            continue
        liquid = None
        if not (point.get("liquid_fixed") or point.get("solid_fixed")):
            name = next(iter(fractions))
            away = _mass_percent(found.fractions[name], elements, database) - _mass_percent(fractions[name], elements, database)
            liquid = float(np.abs(away).max())
        rows.append(PointError(point["id"], point["use"], temperature, found.temperature, liquid, point["source"]))
    return rows


def ready_curves(database: Database, invariants: Mapping[str, Any]) -> dict[str, Any]:
    """What curves.json holds: the curves of common solders, and the largest error in each system [K].

    Parameters
    ----------
    database : of the phases [Database]
    invariants : contents of invariants.yaml [mapping]
    """
    errors: dict[str, float] = {}
    for row, point in zip(table(database, invariants["points"]), invariants["points"], strict=True):
        if row.found is not None:
            _worst(errors, point["system"], abs(row.found - row.published))
    curves = []
    for alloy in invariants["alloys"]:
        composition = {e: w / 100.0 for e, w in alloy["composition"].items()}
        curve = melting_curve(composition, database)
        almost = float(np.interp(0.95, curve.fractions, curve.temperatures))
        _worst(errors, list(composition), liquidus_error(alloy["liquidus"] + _KELVIN, almost, float(curve.temperatures[-1])))
        curves.append(
            {
                "composition": composition,
                "temperatures": [round(float(t), 3) for t in curve.temperatures],
                "fractions": [round(float(f), 5) for f in curve.fractions],
            }
        )
    return {"digest": database.digest, "errors": {k: round(max(v, 1.0), 1) for k, v in sorted(errors.items())}, "curves": curves}


def liquidus_error(published: float, almost: float, liquidus: float) -> float:
    """Distance of a data sheet's liquidus from where the last twentieth of an alloy melts.

    max(T_95 - T, T - T_liquidus, 0): thermal analysis may or may not see the last of an intermetallic, so anything between is no error

    Parameters
    ----------
    published : T [K]
    almost : T_95, at which 95 % is liquid [K]
    liquidus : T_liquidus, at which all is [K]

    >>> liquidus_error(490.0, 485.0, 500.0), liquidus_error(502.0, 485.0, 500.0)
    (0.0, 2.0)
    """
    return max(almost - published, published - liquidus, 0.0)


def _worst(errors: dict[str, float], system: Sequence[str], error: float) -> None:
    key = "-".join(sorted(system))
    errors[key] = max(errors.get(key, 0.0), error)


def main(arguments: Sequence[str]) -> int:
    """Fit, print the errors, and write solder.tdb and curves.json if asked to.

    Parameters
    ----------
    arguments : --write or nothing [text]
    """
    model, points = load("model.yaml"), load("invariants.yaml")["points"]
    text = database_text(model, fit(model, points))
    for row in table(read_database(text), points):
        found = "does not meet" if row.found is None else f"{row.found - _KELVIN:7.1f} degC ({row.found - row.published:+5.1f} K)"
        liquid = "" if row.liquid is None else f"  liquid off by {row.liquid:.2f} % by mass"
        print(f"{row.name:36s} {row.use:5s} {row.published - _KELVIN:7.1f} degC -> {found}{liquid}")
    place = Path(str(files(__package__).joinpath("solder.tdb")))
    if "--write" in arguments:
        place.write_text(text, encoding="utf-8")
        curves = ready_curves(read_database(text), load("invariants.yaml"))
        place.with_name("curves.json").write_text(json.dumps(curves, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0 if place.exists() and place.read_text(encoding="utf-8") == text else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
