"""Small records, meshes and charts of packages to look at, as the package room would give them."""

from __future__ import annotations

import math

import numpy as np

from waferbump.geometry.mesh import Mesh, Part
from waferbump.views.package_charts import energy_figure, lives_figure, loop_figure, overstress_figure, profile_figure, weibull_figure
from waferbump.views.package_fields import field_figure
from waferbump.views.package_rank import rank_figure


def grid(count: int, *, second: bool = False) -> Mesh:
    """A square plate of 100 um in count x count elements of copper; with a second body of polyimide over its lower half."""
    x, z = np.meshgrid(np.linspace(0, 1e-4, count + 1), np.linspace(0, 1e-4, count + 1))
    column, row = np.meshgrid(np.arange(count), np.arange(count))
    first = (row * (count + 1) + column).ravel()
    cells = np.stack([first, first + 1, first + count + 2, first + count + 1], 1)
    parts = [Part("metal", "Cu", cells, np.full(len(cells), 2e-5))]
    if second:
        parts.append(Part("film", "polyimide", cells[: len(cells) // 2], np.full(len(cells) // 2, 1e-5)))
    nodes = np.stack([x.ravel(), z.ravel()], 1)
    sets = {"die_surface": np.arange(count + 1), "top": np.arange(len(nodes) - count - 1, len(nodes))}
    return Mesh(nodes, tuple(parts), sets=sets)


def still(mesh: Mesh) -> np.ndarray:
    return np.zeros(mesh.nodes.size)


def field(mesh, values, displacement=None, **more):
    asked = {"magnify": 1.0, "title": "a field", "unit": "Pa", **more}
    return field_figure(mesh, still(mesh) if displacement is None else displacement, values, **asked)


def row(label, distance, *, first="line", low=None, high=None, **more):
    modes = {first: {"distance": distance, "low": low, "high": high}} if first else {}
    found = {
        "label": label, "flow": f"flow-{label}", "title": f"structure {label}", "stiffness": 1e5, "softer": 2.0, "distance": distance,
        "low": low, "high": high, "first": first, "modes": modes, "bumps": 16, "edge": 2e-3, "lets_go": None, "closes": None,
        "path": True, "notes": [], "seconds": 0.0,
    }  # fmt: skip
    return found | more


def dies(*rows, pitch=5e-4):
    return [{"edge": n * pitch, "corner": (n - 1) * pitch / math.sqrt(2), "bumps": n * n} for n in rows]


def record_of(rows, **more):
    return {"level": "springs", "target": 1000.0, "vehicle": "v", "title": "A vehicle", "pitch": 5e-4, "rows": rows,
            "edges": dies(4, 10, 20), "sources": [], "assumes": "springs in series", "cycle": "G"} | more  # fmt: skip


ROWS = (
    row("P0", 3e-3, first="solder", low=2e-3, high=4.5e-3, softer=1.0, bumps=64, edge=4e-3, notes=["one", "two"]),
    row("E1", 1e-3, low=0.8e-3, high=2.2e-3, lets_go=3e-4, closes=2e-3, notes=["two"]),
    row("E2", None, first="", bumps=None, edge=None),
    row("E3", 2e-3, path=False),
)


def life(mode, cycles, factor=2.0, *, matched=True, title="a model"):
    return {"model": title, "title": title, "mode": mode, "cycles": cycles,
            "low": cycles and cycles / factor, "high": cycles and cycles * factor,
            "statistic": "mean", "factor": factor, "driver": 2e5 if mode == "solder" else 0.01,
            "quantity": "energy" if mode == "solder" else "strain_range", "where": "component side", "source": "syed-2004",
            "remarks": [f"{title}: a remark"], "matched": matched}  # fmt: skip


def lives_of(*models):
    found = {"models": list(models), "skipped": [{"title": "another", "why": "it needs a layer"}]}
    ends = {}
    for mode in ("solder", "line"):
        of = [m for m in models if m["mode"] == mode]
        first = of[0] if of else None
        cycles = first["cycles"] if first else None
        found[mode] = {"nominal": cycles, "model": first["title"] if first else None,
                       "low": min((m["low"] for m in of if m["low"]), default=None),
                       "high": max((m["high"] for m in of if m["high"]), default=None), "shape": 6.0, "characteristic": cycles,
                       "first_percent": cycles and cycles * 0.46, "first_permille": cycles and cycles * 0.32}  # fmt: skip
        if cycles is not None:
            ends[mode] = cycles
    found["first_to_fail"] = min(ends, key=ends.get) if ends else ""
    return found


def pull_of(*events, stopped=""):
    u = np.linspace(0.0, 1e-5, 6)
    return {"displacement": u.tolist(), "force": (5e4 * u).tolist(), "turn": (100 * u).tolist(), "gap": [None] * 6,
            "line": (300 * u).tolist(),
            "flow": (200 * u).tolist(), "joint_stress": [0.0] * 6, "line_stress": [0.0] * 6, "stiffness": 5e4, "stopped": stopped,
            "joints": [{"joint": name, "energy": 2.0, "strength": 3e6, "area": 1e-8, "parted": parted, "damage": [0.0] * 6, "spent": 0.0}
                       for name, parted in (("film on oxide", [0, 0, 0.2, 0.6, 0.9, 1.0]), ("film on pad", [0.0] * 6),
                                            ("line on film", [0.0] * 6))],
            "events": [{"kind": k, "what": w, "displacement": d, "force": f, "parted": 1.0} for k, w, d, f in events]}  # fmt: skip


def cycle_record(lives, pull=None, **more):
    turns = np.linspace(0.0, 4 * np.pi, 81)
    temperature = 315.65 + 82.5 * np.cos(turns)
    layers = [
        {"side": s, "thickness": t, "energy": 1e5, "inelastic_strain": 0.01}
        for s in ("component", "board")
        for t in (1.27e-5, 2.5e-5, 2.54e-5)
    ]
    end = {"temperature": 233.15, "shift": -1e-5, "force": -0.3, "turn": 0.01, "foot_shift": 1e-6, "gap": None, "lift": 2e-6,
           "joint_stress_mean": 1e7,
           "joint_stress_largest": 3e7, "line_stress_mean": 1e8, "line_stress_largest": 2e8}  # fmt: skip
    cycled = {"distance": 3.5e-3, "steady": True, "stiffness": 3e4,
              "cycles": [{"layers": layers, "line_strain_range": 0.012, "line_place": [0.0, 0.0], "line_part": "line"}] * 2,
              "cold": end, "hot": end | {"temperature": 398.15}, "lives": lives,
              "loop": {"time": (3600 * turns / (2 * np.pi)).tolist(), "temperature": temperature.tolist(),
                       "shift": (1e-7 * (temperature - 400)).tolist(), "force": (0.1 * np.sin(turns)).tolist()}}  # fmt: skip
    assumed = {"of": "Cu", "property": "poisson_ratio", "value": 0.34, "unit": "1", "source": "waferbump-assumption", "where": "remembered",
               "kind": "assumed", "spread": "", "note": "bulk <value>"}  # fmt: skip
    return {"package": "reference-vehicle", "structure": "suspended", "title": "Suspended <b>bump</b>", "run": "0123",
            "level": "plane_cell",
            "assumes": "one bump in a plane", "distance": 4.6e-3, "shared": 0.9, "edge": 7e-3, "bumps": 196, "target": 1000.0,
            "cycle": {"name": "G", "low": 233.15, "high": 398.15, "period": 3600.0, "source": "", "stress_free": 490.0}, "cycled": cycled,
            "lives": lives, "first_to_fail": lives["first_to_fail"], "overstress": pull, "after_let_go": None, "weak_joint": None,
            "let_go": False, "interval": None, "path": True, "sources": [assumed], "assumed": [assumed]} | more  # fmt: skip


def charts():
    lives = lives_of(life("solder", 5000.0, title="a model with a name so long that no chart holds it whole, whatever one does"),
                     life("solder", None, matched=False), life("line", 120.0, 3.0))  # fmt: skip
    record = cycle_record(
        lives, pull_of(("joint", "film on oxide", 4e-6, 0.2), ("line", "trace", 4.1e-6, 0.2), ("solder", "joint", 9e-6, 0.4))
    )
    cycled = record["cycled"]
    return {
        "lives": lives_figure(lives, 1000.0), "lives of none": lives_figure(lives_of(), 1000.0),
        "loop": loop_figure(cycled["loop"], 3600.0),
        "profile": profile_figure(cycled["loop"]), "energy": energy_figure(cycled["cycles"]), "weibull": weibull_figure(lives, 1000.0),
        "overstress": overstress_figure(record["overstress"]), "rank": rank_figure(ROWS, edges=dies(2, 3, 4, 10, 11, 12, 20)),
        "field": field(grid(4), {"metal": np.linspace(0, 1e8, 16)}),
    }  # fmt: skip
