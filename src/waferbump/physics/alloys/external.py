"""The user's own thermodynamic database, calculated by pycalphad and kept in the user's cache directory."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from .curves import COLDEST, HOTTEST, Curve

_COARSE, _FINE, _SHARP = 10.0, 1.0, 0.05  # K between points: everywhere, where it melts, where it jumps
_BESIDE = 0.01  # K: how far from a temperature without an answer the next is tried
_JUMP = 0.02  # of liquid between two fine points: looked at closely
_DENSITY = 1000  # points of pycalphad's first search per phase and degree of freedom: with its own 60 it misses phases of small extent
_FALL = 0.02  # of liquid: no equilibrium loses as much on heating, so more is a sign of a phase that was missed
_FORMAT = 1  # of the files in the cache


class PycalphadMissing(ValueError):
    """A database that only pycalphad can read, and it is not installed."""


class UnusableDatabase(ValueError):
    """A database that cannot say how the alloy melts."""


def external_curve(composition: Mapping[str, float], path: Path) -> tuple[Curve, str]:
    """Liquid fraction by mass against temperature from a TDB file.

    f(T) = sum over phases named LIQUID of mass / mass of alloy, in equilibrium at 101325 Pa

    Parameters
    ----------
    composition : w, mass fractions that sum to 1
    path : of the TDB file [path]

    Returns
    -------
    curve, and the source: file name and first digits of its SHA-256. Solidus, liquidus and jumps are found to 0.05 K.

    Raises
    ------
    PycalphadMissing : pycalphad is not installed.
    UnusableDatabase : no such file, no phase LIQUID, elements that it lacks, an alloy not solid at 300 K or not liquid at 1500 K, or
        liquid that vanishes on heating.
    """
    try:
        content = path.read_bytes()
    except OSError as reason:
        raise UnusableDatabase(f"the database {path} cannot be read: {reason.strerror}") from None
    digest = hashlib.sha256(content).hexdigest()
    source = f"{path.name} {digest[:12]}"
    kept = _cache_file(digest, composition)
    ready = _read(kept)
    if ready is not None:
        return ready, source
    curve = _calculated(composition, path)
    _write(kept, curve)
    return curve, source


def _cache_file(digest: str, composition: Mapping[str, float]) -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    alloy = json.dumps([_FORMAT, *((e, round(w, 9)) for e, w in sorted(composition.items()))])
    return Path(base) / "waferbump" / "alloys" / digest[:16] / f"{hashlib.sha256(alloy.encode()).hexdigest()[:24]}.json"


def _read(kept: Path) -> Curve | None:
    try:
        found = json.loads(kept.read_text(encoding="utf-8"))
        return Curve(np.array(found["temperatures"], float), np.array(found["fractions"], float))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # none yet, or a damaged one: calculated anew


def _write(kept: Path, curve: Curve) -> None:
    text = json.dumps({"temperatures": curve.temperatures.tolist(), "fractions": curve.fractions.tolist()})
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        beside = kept.with_name(f"{kept.name}.{os.getpid()}")
        beside.write_text(text, encoding="utf-8")
        beside.replace(kept)  # in one step, so that a run beside this one never reads half a file
    except OSError:
        return  # a cache that cannot be written costs time, not results


def _calculated(composition: Mapping[str, float], path: Path) -> Curve:
    try:
        from pycalphad import Database
    except ImportError:
        raise PycalphadMissing(f"{path.name} needs pycalphad, which is not installed: pip install 'waferbump[alloys]'") from None
    try:
        database = Database(str(path))
    except Exception as reason:  # the reader raises whatever its grammar raises
        raise UnusableDatabase(f"{path.name} cannot be read as a TDB file: {type(reason).__name__}: {str(reason)[:120]}") from None
    lacking = sorted(e for e in composition if e.upper() not in database.elements)
    if lacking:
        raise UnusableDatabase(f"{path.name} has no {', '.join(lacking)}")
    if "LIQUID" not in database.phases:
        raise UnusableDatabase(f"{path.name} has no phase named LIQUID")
    masses = {e: float(database.refstates[e.upper()]["mass"]) for e in composition}
    if any(m <= 0 for m in masses.values()):
        raise UnusableDatabase(f"{path.name} states no molar mass of {', '.join(e for e, m in masses.items() if m <= 0)}")
    known: dict[float, float] = {}

    def settle(temperatures: Sequence[float]) -> None:
        new = sorted({round(float(t), 4) for t in temperatures} - set(known))
        if not new:
            return
        found = dict(zip(new, _fractions(database, composition, masses, new), strict=True))
        known.update({t: f for t, f in found.items() if f is not None})
        for failed in (t for t, f in found.items() if f is None):
            # at an invariant temperature itself there is no one answer; beside it there is
            (beside,) = _fractions(database, composition, masses, [failed + _BESIDE])
            if beside is None:
                raise UnusableDatabase(f"pycalphad finds no equilibrium of this alloy at {failed:.2f} K with {path.name}")
            known[failed + _BESIDE] = beside

    settle(np.arange(COLDEST, HOTTEST + _COARSE, _COARSE))
    for step in (_FINE, _SHARP):
        for low, high in _melting_intervals(known, step):
            settle(np.arange(low, high, step))
    temperatures = np.array(sorted(known))
    fractions = np.array([known[t] for t in temperatures])
    if fractions[0] > 0.0 or fractions[-1] < 1.0:
        raise UnusableDatabase(f"according to {path.name} this alloy is not solid at {COLDEST:g} K or not liquid at {HOTTEST:g} K")
    falls = np.flatnonzero(np.diff(fractions) < -_FALL)
    if falls.size:
        where = f"{temperatures[falls[0]]:.2f} to {temperatures[falls[0] + 1]:.2f} K"
        raise UnusableDatabase(f"according to {path.name} liquid vanishes on heating from {where}: a phase was missed")
    first, last = int(np.argmax(fractions > 0.0)) - 1, int(np.flatnonzero(fractions < 1.0)[-1]) + 1
    return Curve(temperatures[first : last + 1], fractions[first : last + 1])


def _melting_intervals(known: Mapping[float, float], step: float) -> list[tuple[float, float]]:
    """Neighbouring temperatures between which the liquid fraction begins, ends, or changes by more than a straight line may hide."""
    temperatures = sorted(known)
    intervals = []
    for low, high in pairwise(temperatures):
        begins, ends = known[low] == 0.0 < known[high], known[low] < 1.0 == known[high]
        if high - low > step and known[low] != known[high] and (step == _FINE or begins or ends or abs(known[high] - known[low]) > _JUMP):
            intervals.append((low, high))
    return intervals


def _fractions(
    database: Any, composition: Mapping[str, float], masses: Mapping[str, float], temperatures: Sequence[float]
) -> list[float | None]:
    """Liquid fractions by mass at given temperatures; None where there is no answer."""
    import warnings

    from pycalphad import equilibrium
    from pycalphad import variables as v

    elements = sorted(composition)
    moles = np.array([composition[e] / masses[e] for e in elements])
    moles /= moles.sum()
    conditions: dict[Any, Any] = {v.T: list(temperatures), v.P: 101325.0, v.N: 1.0}
    conditions.update({v.X(e.upper()): float(x) for e, x in list(zip(elements, moles, strict=True))[1:]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the solver's own libraries; a point that fails is refused below
        components = [*(e.upper() for e in elements), "VA"]
        found = equilibrium(database, components, sorted(database.phases), conditions, calc_opts={"pdens": _DENSITY})
    names = found.Phase.values.reshape(len(temperatures), -1)
    amounts = found.NP.values.reshape(len(temperatures), -1)
    order = [[str(c) for c in found.component.values].index(e.upper()) for e in elements]
    parts = found.X.values.reshape(len(temperatures), names.shape[1], -1)[:, :, order]
    weight = np.array([masses[e] for e in elements])
    fractions = []
    for row in range(len(temperatures)):
        liquid = total = 0.0
        for phase, amount, part in zip(names[row], amounts[row], parts[row], strict=True):
            if phase:
                total += amount * float(part @ weight)
                liquid += amount * float(part @ weight) if phase == "LIQUID" else 0.0
        if not total > 0.0:
            fractions.append(None)
            continue
        share = liquid / total
        fractions.append(0.0 if share < 1e-9 else 1.0 if share > 1.0 - 1e-9 else share)
    return fractions
