"""A package as one self-contained page: the verdict in words, then the numbers, the pictures, what was assumed, and every source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from waferbump import __version__
from waferbump.sources import bibliography

from .package_charts import energy_figure, lives_figure, loop_figure, overstress_figure, profile_figure, weibull_figure
from .package_rank import WORDS, rank_figure, searched_in, unlimited
from .package_words import ASSUMPTIONS, EQUATIONS, NOUNS, cycle_verdict, rank_verdict
from .page import plain, template
from .wording import rounded, said_property, shown_si

_NONE = "–"
_EVENTS = MappingProxyType({"joint": "joint lets go", "line": "line tears", "solder": "solder tears"})
# quantity that drives a life model -> its name, its unit, and that unit's size in SI
_DRIVERS = MappingProxyType(
    {
        "energy": ("inelastic work of a cycle", "MJ/m^3", 1e6), "creep_strain": ("inelastic strain of a cycle", "%", 0.01),
        "strain_range": ("strain range", "%", 0.01), "plastic_strain_range": ("plastic strain range", "%", 0.01),
    }
)  # fmt: skip


def cycle_page(record: Mapping[str, Any], figures: Sequence[Mapping[str, str]] = ()) -> str:
    """The report of one structure in its package as HTML that needs nothing else.

    record : what `judging.Judged.record` gives;  figures : pictures {"svg", "says"} of the cell, the most telling first
    """
    lives, cycled = record["lives"], record["cycled"]
    models = [_life(one) for one in lives["models"]]
    titles = {one["model"]: one["title"] for one in lives["models"]}
    page = {
        "title": f"{record['title']}, cycled on its board",
        "verdict": cycle_verdict(record),
        "asked": _asked(record),
        "lives": [_mode(mode, lives[mode], titles) for mode in NOUNS if lives.get(mode) and lives[mode]["model"] is not None],
        "ends": _ends(cycled),
        "figures": [{"svg": Markup(one["svg"]), "says": one["says"]} for one in figures],
        "charts": _charts(record),
        "pulls": _pulls(record),
        "interval": record.get("interval"),
        "cracks": [
            (one["joint"], f"{one['end']}, x = {_um(one['x'])}", _um(one["length"]), f"{one['toughness']:.3g} J/m^2",
             f"{57.29577951308232 * one['mode_mix']:.3g} deg", _NONE if one["force"] is None else f"{rounded(one['force'], 3)} N")
            for one in record.get("starter_cracks", ())
        ],
        "models": models,
        "skipped": lives["skipped"],
        "shape": rounded(lives.get("solder", {}).get("shape") or 0.0, 3),
        **_common(record, (one["source"] for one in models)),
    }
    return template("package_cycle.html").render(page=page, **_shared())


def rank_page(record: Mapping[str, Any]) -> str:
    """The report of a ranking as HTML that needs nothing else: record as `judging.rank` gives it."""
    rows, notes = record["rows"], []
    searched = searched_in(record)
    asked = [
        ("package", record["vehicle"]), ("level", record["level"].replace("_", " ")), ("cycle", record.get("cycle", "")),
        ("cycles asked for", rounded(record["target"])), ("pitch", shown_si(record["pitch"], "m") if record.get("pitch") else ""),
    ]  # fmt: skip
    for row in rows:
        notes += [note for note in row["notes"] if note not in notes]
    page = {
        "title": f"Structures side by side: {record.get('title') or record['vehicle']}",
        "verdict": rank_verdict(record),
        "asked": [pair for pair in asked if pair[1]],
        "figure": Markup(rank_figure(rows, edges=record["edges"], searched=searched)) if rows else "",
        "banded": any(row.get("low") is not None for row in rows),
        "rows": [_rank_row(row, notes, searched) for row in rows],
        "notes": notes,
        "edges": [(_mm(one["edge"]), _mm(one["corner"]), one["bumps"]) for one in record["edges"]],
        **_common(record, ()),
    }
    return template("package_rank.html").render(page=page, **_shared())


def _shared() -> dict[str, Any]:
    return {"version": __version__, "style": Markup("{}{}").format(plain("report.css"), plain("package.css"))}


def _common(record: Mapping[str, Any], more: Iterable[str]) -> dict[str, Any]:
    """Assumptions, other values, the level's own assumptions and equations, and the bibliography of all of them."""
    values = [_value(one) for one in record["sources"]]
    known = bibliography()
    keys = sorted({one["source"] for one in values} | {key for key in more if key}, key=str.casefold)
    cited = [
        (key, known[key].citation, known[key].address.replace("doi:10.", "https://doi.org/10."), known[key].read)
        if key in known else (key, "", "", "") for key in keys
    ]  # fmt: skip
    level = record["level"]
    return {
        "assumed": [one for one in values if one["kind"] == "assumed"], "sources": [one for one in values if one["kind"] != "assumed"],
        "values": len(values), "level": level.replace("_", " "), "assumes": record.get("assumes", ""),
        "assumptions": ASSUMPTIONS.get(level, ()), "equations": EQUATIONS.get(level, ()), "cited": cited,
    }  # fmt: skip


def _value(value: Mapping[str, Any]) -> dict[str, Any]:
    number, unit = value["value"], value["unit"]
    empty = dict.fromkeys(("where", "note", "spread"), "")
    return {
        **empty, **value, "property": said_property(value["property"], value["of"]), "shown": shown_si(number, unit),
        "exact": f"{number} {unit}".strip(),
    }  # fmt: skip


def _asked(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    cycle = record["cycle"]
    return [
        ("structure", record["structure"]), ("package", record["package"]), ("level", record["level"].replace("_", " ")),
        ("edge of the die", _mm(record["edge"])), ("bumps", str(record["bumps"])),
        ("from the neutral point", _mm(record["distance"])),
        ("part of the free mismatch left to the bump", f"{100 * record['shared']:.3g} %"),
        ("cycle", cycle["name"] or "the package's own"),
        ("temperatures", f"{shown_si(cycle['low'], 'K')} to {shown_si(cycle['high'], 'K')}, {cycle['period'] / 60.0:.3g} min a cycle"),
        ("free of stress at", shown_si(cycle["stress_free"], "K")), ("cycles asked for", rounded(record["target"])),
        ("cycles followed", str(len(record["cycled"]["cycles"]))), ("run", record["run"]), ("waferbump", __version__),
    ]  # fmt: skip


def _mode(mode: str, one: Mapping[str, Any], titles: Mapping[str, str]) -> tuple[str, ...]:
    """A row of the headline table: mode, nominal life, its band, the model, and what Weibull's spread says."""
    spread = [_cycles(one[name]) for name in ("characteristic", "first_percent", "first_permille")]
    band, model = f"{_cycles(one['low'])} to {_cycles(one['high'])}", titles.get(one["model"], one["model"])
    return NOUNS[mode], _cycles(one["nominal"]), band, model, *spread


def _cycles(number: float | None) -> str:
    return "no end" if number is None else rounded(number, 3)


def _ends(cycled: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What the cell shows at the cold and at the hot end of its last cycle."""
    def both(name: str, key: str, text) -> tuple[str, str, str]:
        return (name, *(_NONE if cycled[end][key] is None else text(cycled[end][key]) for end in ("cold", "hot")))

    def stress(value: float) -> str:
        return f"{value / 1e6:.3g} MPa"

    rows = [
        both("temperature", "temperature", lambda v: shown_si(v, "K")), both("shift of the board", "shift", _um),
        both("force on the bump", "force", lambda v: f"{rounded(1e3 * v, 3)} mN"),
        both("turn of the joint's foot", "turn", lambda v: f"{57.29577951308232 * v:.3g} deg"),
        both("shift of the joint's foot", "foot_shift", _um), both("narrowest gap", "gap", _um),
        both("rise of the board, heat included", "lift", _um),
        both("mean stress of the joint", "joint_stress_mean", stress), both("mean stress of the line", "line_stress_mean", stress),
        both("largest stress of the line", "line_stress_largest", stress),
    ]  # fmt: skip
    last = cycled["cycles"][-1] if cycled["cycles"] else None
    if last is not None:
        rows.append(("strain range of the line", f"{100 * last['line_strain_range']:.3g} %", ""))
    return [*rows, ("force's range over the shift's", f"{rounded(cycled['stiffness'])} N/m", "")]


def _charts(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    cycled, lives, target = record["cycled"], record["lives"], record["target"]
    loop = cycled["loop"]
    found = [
        (lives_figure(lives, target), "Bars: each model's life times and over the factor that its source states. Filled: its constants "
         "belong to the law that computed what drives it; hollow: to another, as its remarks say."),
        (loop_figure(loop, record["cycle"]["period"]), "The last cycle; dashed: the first cooling and the cycles before."),
        (energy_figure(cycled["cycles"]) if cycled["cycles"] else "", "Averages over the layers that life constants ask for."),
        (weibull_figure(lives, target), "The nominal life of each mode with the spread of many joints; dots: 63.2 %."),
        (profile_figure(loop), "Temperature as it was marched through."),
    ]  # fmt: skip
    return [{"svg": Markup(svg), "says": says} for svg, says in found if svg]


def _pulls(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The overstress as the recipe states the joints, and once the weak one has let go."""
    found = []
    for key, title in (("overstress", "As made"), ("after_let_go", "After its weak joint has let go")):
        pull = record.get(key)
        if not pull:
            continue
        events = [
            (str(k), _EVENTS.get(one["kind"], one["kind"]), one["what"], _um(one["displacement"]), f"{rounded(1e3 * one['force'], 3)} mN",
             f"{100 * one['parted']:.3g} %" if one["kind"] == "joint" else "")
            for k, one in enumerate(pull["events"], start=1)
        ]  # fmt: skip
        joints = [
            (one["joint"], f"{one['energy']:.3g} J/m^2", f"{one['strength'] / 1e6:.3g} MPa", f"{100 * one['parted'][-1]:.3g} %")
            for one in pull["joints"]
        ]
        figure = Markup(overstress_figure(pull))
        stiffness = f"{rounded(pull['stiffness'])} N/m"
        found.append(
            {"title": title, "svg": figure, "events": events, "joints": joints, "stopped": pull["stopped"], "stiffness": stiffness}
        )
    return found


def _life(one: Mapping[str, Any]) -> dict[str, Any]:
    name, unit, size = _DRIVERS.get(one["quantity"], (one["quantity"].replace("_", " "), "", 1.0))
    return {
        "title": one["title"], "mode": NOUNS.get(one["mode"], one["mode"]), "cycles": _cycles(one["cycles"]),
        "band": f"{_cycles(one['low'])} to {_cycles(one['high'])}", "factor": f"{one['factor']:g}", "statistic": one["statistic"],
        "driver": f"{name} {one['driver'] / size:.3g} {unit}".rstrip(),
        "where": one["where"], "source": one["source"], "remarks": one["remarks"], "matched": one["matched"],
    }  # fmt: skip


def _rank_row(row: Mapping[str, Any], notes: Sequence[str], searched: float | None) -> dict[str, Any]:
    high = "more" if row.get("high") is None else _mm(row["high"])
    others = [
        f"{WORDS.get(mode, mode)} {_mm(one['distance'])}" for mode, one in row["modes"].items()
        if mode != row["first"] and one["distance"] is not None
    ]  # fmt: skip
    open_ = not row.get("path", True)
    return {
        "label": row["label"], "title": row["title"], "flow": row["flow"],
        "softer": _NONE if row.get("softer") is None else f"{row['softer']:.3g}",
        "stiffness": "" if row.get("stiffness") is None else f"{rounded(row['stiffness'])} N/m",
        "distance": "open" if open_ else unlimited(searched) if row["distance"] is None else _mm(row["distance"]),
        "band": "" if row.get("low") is None else f"{_mm(row['low'])} to {high}",
        "first": "no conducting path" if open_ else WORDS.get(row["first"], row["first"]), "others": "; ".join(others),
        "bumps": _NONE if row.get("bumps") is None else str(row["bumps"]), "edge": _NONE if row.get("edge") is None else _mm(row["edge"]),
        "lets_go": _NONE if row.get("lets_go") is None else _mm(row["lets_go"]),
        "closes": _NONE if row.get("closes") is None else _mm(row["closes"]),
        "notes": ", ".join(str(notes.index(note) + 1) for note in row["notes"]),
    }  # fmt: skip


def _mm(length: float) -> str:
    return f"{1e3 * length:.3g} mm"


def _um(length: float) -> str:
    return f"{1e6 * length:.3g} um"
