"""Tables of runs and materials: plain records first, so that `--json` prints the very rows that the terminal shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waferbump.sources import Fact, Value

from .wording import as_text, said, settings_rows, shown, shown_quantity, shown_si

if TYPE_CHECKING:
    from waferbump.materials import Library
    from waferbump.materials.material import Material
    from waferbump.results import Run
    from waferbump.state import Quantity

_UNATTENDED_WIDTH = 140  # columns where the output is no terminal


@dataclass(frozen=True)
class Table:
    """Plain records with the words under which they are shown.

    columns : heading -> text of a record;  data : the records, in SI;  notes : sentences below
    """

    title: str
    columns: Mapping[str, Callable[[Mapping[str, Any]], str]]
    data: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...] = ()

    def records(self) -> list[dict[str, Any]]:
        """The rows as plain dictionaries for JSON."""
        return [dict(record) for record in self.data]

    @property
    def rows(self) -> list[list[str]]:
        """The rows as text, in the order of the columns."""
        return [[text(record) for text in self.columns.values()] for record in self.data]


def _field(name: str) -> Callable[[Mapping[str, Any]], str]:
    def text(record: Mapping[str, Any]) -> str:
        value = record.get(name)
        return "" if value is None else as_text(value)

    return text


def _fields(*names: str) -> dict[str, Callable[[Mapping[str, Any]], str]]:
    return {said(name): _field(name) for name in names}


def measures_table(run: Run) -> Table:
    """What came out of a run."""
    data = tuple({"measure": name, **_measure(quantity)} for name, quantity in run.measures.items())
    notes = (*(f"limit missed: {sentence}" for sentence in run.missed_limits()), *(() if data else ("no bump was made",)))
    return Table(run.recipe.title or run.recipe.name, {"measure": lambda r: said(r["measure"]), "value": _field("shown")}, data, notes)


def _measure(quantity: Quantity) -> dict[str, Any]:
    return {"value": quantity.value, "unit": quantity.unit, "dimension": quantity.dimension, "shown": shown_quantity(quantity)}


def steps_table(run: Run) -> Table:
    """What was done in a run, step by step."""
    data = [
        {
            "number": number,
            "step": step.id,
            "does": step.verb,
            "settings": dict(settings_rows(step.settings)),
            "measures": {name: _measure(quantity) for name, quantity in step.measures.items()},
            "warnings": list(step.warnings),
            "seconds": step.seconds,
        }
        for number, step in enumerate(run.steps, start=1)
    ]
    columns = {
        "": _field("number"),
        **_fields("step", "does", "settings"),
        "found": lambda r: ", ".join(f"{said(name)} {one['shown']}" for name, one in r["measures"].items()),
        "warnings": lambda r: str(len(r["warnings"])) if r["warnings"] else "",
        "s": lambda r: f"{r['seconds']:.2f}",
    }
    left = [step.id for step in run.recipe.steps[len(run.steps) :]]
    notes = ((f"not done: {', '.join(left)}",) if left else ()) + ((run.message,) if run.message else ())
    return Table("steps", columns, tuple(data), notes)


def difference(first: Run, second: Run) -> Table:
    """In what two runs differ: what was asked, what was done, what came out, with the change."""
    data = [*_asked_differently(first, second), *_found_differently(first, second)]
    columns = {**_fields("kind", "what"), "first": _field("first_shown"), "second": _field("second_shown"), "change": _field("change")}
    return Table(
        f"{first.recipe.name} ({first.key}) and {second.recipe.name} ({second.key})",
        columns,
        tuple(data),
        () if data else ("nothing differs",),
    )


def _asked_differently(first: Run, second: Run) -> list[dict[str, Any]]:
    asked = [_flat_recipe(run) for run in (first, second)]
    ids = [[step.id for step in run.recipe.steps] for run in (first, second)]
    rows = []
    for one, others, number in ((ids[0], ids[1], 0), (ids[1], ids[0], 1)):
        rows += [_row("step", name, *(("there", None), (None, "there"))[number]) for name in one if name not in others]
    common = [[name for name in one if name in set(ids[0]) & set(ids[1])] for one in ids]
    if common[0] != common[1]:
        rows.append(_row("step", "order", ", ".join(common[0]), ", ".join(common[1])))
    for path in dict.fromkeys((*asked[0], *asked[1])):
        a, b = asked[0].get(path), asked[1].get(path)
        if a != b and not (path.startswith("steps.") and path.split(".")[1] not in common[0]):
            rows.append(_row("setting", path, a, b))
    return rows


def _row(kind: str, what: str, first: Any, second: Any, change: str | None = None) -> dict[str, Any]:
    shown_pair = {f"{side}_shown": None if value is None else as_text(value) for side, value in (("first", first), ("second", second))}
    return {"kind": kind, "what": what, "first": first, "second": second, **shown_pair, "change": change}


def _flat_recipe(run: Run) -> dict[str, str]:
    from waferbump.recipe.writing import record_of

    record = record_of(run.recipe, narrative=False)
    record["steps"] = {
        entry["id"]: {"does": verb, **{k: v for k, v in entry.items() if k != "id"}}
        for step in record["steps"]
        for verb, entry in step.items()
    }
    record["seed"] = run.seed
    flat: dict[str, str] = {}

    def visit(path: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, item in value.items():
                visit(f"{path}.{key}" if path else str(key), item)
        elif value is not None:
            flat[path] = as_text(value)

    visit("", record)
    return flat


def _found_differently(first: Run, second: Run) -> list[dict[str, Any]]:
    rows = []
    ended = [run.status + (f": {run.message}" if run.message else "") for run in (first, second)]
    if ended[0] != ended[1]:
        rows.append(_row("end", "status", *ended))
    by_step = [{step.id: step for step in run.steps} for run in (first, second)]
    for name in by_step[0]:
        if name in by_step[1]:
            models = [steps[name].model for steps in by_step]
            rows += [_row("model", name, *models)] if models[0] != models[1] else []
            rows += _measured_differently("step measure", f"{name}.", *(steps[name].measures for steps in by_step))
    return rows + _measured_differently("measure", "", first.measures, second.measures)


def _measured_differently(kind: str, prefix: str, first: Mapping[str, Quantity], second: Mapping[str, Quantity]) -> list[dict[str, Any]]:
    rows = []
    for name in dict.fromkeys((*first, *second)):
        a, b = first.get(name), second.get(name)
        if a is not None and b is not None and a.value == b.value:
            continue
        change = None
        if a is not None and b is not None:
            if a.dimension == "temperature":
                change = f"{b.value - a.value:+.4g} K"
            elif a.value:
                change = f"{100 * (b.value - a.value) / abs(a.value):+.3g} %"
        digits = 4 if a is None or b is None or shown_quantity(a) != shown_quantity(b) else 9
        texts = [None if q is None else shown_quantity(q, digits) for q in (a, b)]
        rows.append(
            {
                "kind": kind,
                "what": prefix + name,
                "first": a.value if a else None,
                "second": b.value if b else None,
                "unit": (a or b).unit,
                "first_shown": texts[0],
                "second_shown": texts[1],
                "change": change,
            }
        )
    return rows


def materials_table(library: Library) -> Table:
    """All materials, with how many of their values are assumed."""
    data = []
    for name in library:
        material = library[name]
        known = [value for variants in material.values.values() for value in variants.values()] + list(material.facts.values())
        data.append(
            {
                "material": name,
                "title": material.title,
                "classes": sorted(material.classes),
                "values": len(known),
                "assumed": sum(one.kind == "assumed" for one in known),
                "wetted_by_solder": material.wetted_by_solder,
            }
        )
    total, assumed = sum(row["values"] for row in data), sum(row["assumed"] for row in data)
    note = f"{len(data)} materials, {total} values, {assumed} of them assumed; one material's values: waferbump materials NAME"
    return Table("materials", _fields("material", "title", "classes", "values", "assumed", "wetted_by_solder"), tuple(data), (note,))


def material_page(material: Material) -> Table:
    """All that is known of one material: every value and fact with its kind, range, spread, source and place."""
    data, notes = [], []
    for name, known in material.properties.items():
        for variant, value in known.variants.items():
            data.append(_value_record(name, variant, variant == known.default, value))
        if len(known.variants) > 1 and known.why:
            notes.append(f"{said(name)}: {known.default} is the default because {known.why}")
    data += [_fact_record(name, fact) for name, fact in material.facts.items()]
    head = f"{material.name}: {material.title} ({', '.join(sorted(material.classes))})"
    if material.composition:
        head += "; by mass " + ", ".join(f"{100 * share:.4g} % {element}" for element, share in material.composition.items())
    columns = {
        "property": lambda r: said(r["property"]),
        "variant": lambda r: (
            (r["variant"] or "") + (" *" if r["default"] and sum(o["property"] == r["property"] for o in data) > 1 else "")
        ),
        "value": _field("shown"),
        **_fields("kind", "valid"),
        "spread": _field("spread"),
        "source": _field("source"),
        "where, note": lambda r: "; ".join(text for text in (r["where"], r["note"]) if text),
    }
    starred = any(len(known.variants) > 1 for known in material.properties.values())
    notes = (["* the default"] if starred else []) + notes + ([material.note] if material.note else [])
    return Table(head, columns, tuple(data), tuple(notes))


def _value_record(name: str, variant: str, default: bool, value: Value) -> dict[str, Any]:
    text = shown_si(value.number, value.unit)
    if value.slope:
        text += f" {value.slope:+.4g} {value.unit} per K from {shown(value.reference_temperature, 'temperature')}"
    if value.activation_temperature is not None:
        text += f" × exp({value.activation_temperature:.5g} K / T)"
    if value.points:
        text += f", a table along {value.along} of {len(value.points)} points"
    return {
        "property": name,
        "variant": variant,
        "default": default,
        "value": value.number,
        "unit": value.unit,
        "shown": text,
        "kind": value.kind,
        "slope": value.slope or None,
        "reference_temperature": value.reference_temperature,
        "activation_temperature": value.activation_temperature,
        "along": value.along or None,
        "points": [list(point) for point in value.points] or None,
        "valid": "; ".join(f"{said(c)} {_range(c, low, high)}" for c, low, high in value.valid),
        "range": [list(one) for one in value.valid] or None,
        "spread": value.spread,
        "source": value.source,
        "where": value.where,
        "note": value.note,
    }


_CONDITION_UNITS = {"temperature": "K", "thickness": "m", "rotation_speed": "rad/s", "current_density": "A/m^2", "wavelength": "m"}


def _range(condition: str, low: float, high: float) -> str:
    unit = _CONDITION_UNITS.get(condition, "")
    ends = shown_si(low, unit), shown_si(high, unit)
    return f"{ends[0].split()[0]} to {ends[1]}"


def _fact_record(name: str, fact: Fact) -> dict[str, Any]:
    return {
        "property": name,
        "variant": None,
        "default": True,
        "value": fact.answer,
        "unit": None,
        "shown": fact.answer,
        "kind": fact.kind,
        "valid": "",
        "range": None,
        "spread": "",
        "source": fact.source,
        "where": fact.where,
        "note": fact.note,
    }


def claims_table(verdicts: Iterable[Any]) -> Table:
    """Verdicts on claims: whether each holds, by which run, with the evidence."""
    data = tuple(verdict.record() for verdict in verdicts)
    words = {True: "holds", False: "does not hold"}
    counts = [sum(record["holds"] is answer for record in data) for answer in words]
    columns = {
        "claim": _field("id"),
        "": lambda r: words[r["holds"]],
        "evidence, run by run": lambda r: "\n".join(r["evidence"]),
    }
    note = f"{counts[0]} of {len(data)} hold, {counts[1]} do not"
    return Table("claims", columns, data, (note,))


def print_table(table: Table) -> None:
    """Write a table to standard output."""
    print_rows(list(table.columns), table.rows, title=table.title, notes=table.notes)


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "", notes: Sequence[str] = ()) -> None:
    """Write headings and rows to standard output; text is shown as it is, brackets and all."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_UNATTENDED_WIDTH)
    if title:
        console.print(Text(title, style="bold"))
    rows = [list(row) for row in rows]
    if rows:
        drawn = Drawn(box=SIMPLE_HEAD, pad_edge=False)
        for heading in columns:
            drawn.add_column(Text(heading), overflow="fold")
        for row in rows:
            drawn.add_row(*(Text(cell) for cell in row))
        console.print(drawn)
    for note in notes:
        console.print(Text(note))
