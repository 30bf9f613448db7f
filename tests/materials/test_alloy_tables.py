"""The alloy data: published points within the stated errors, tables that belong to the database in place, sources for everything."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from waferbump.materials import library
from waferbump.physics.alloys import UnknownAlloy, melting
from waferbump.physics.alloys.curves import melting_curve
from waferbump.physics.alloys.database import own_database, read_database
from waferbump.physics.alloys.fitting import database_text, fit, liquidus_error, load, ready_curves, table
from waferbump.physics.alloys.tabulated import tables, tabulated_curve
from waferbump.sources import bibliography

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "waferbump" / "physics" / "alloys"
ZERO = 273.15
INVARIANTS = load("invariants.yaml")
CURVES = json.loads((PACKAGE / "curves.json").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "alloys.md").read_text(encoding="utf-8")


def test_the_ready_curves_belong_to_the_database_in_place():
    assert CURVES["digest"] == own_database().digest, "solder.tdb changed: run python -m waferbump.physics.alloys.fitting --write"


def test_the_database_is_written_from_the_model():
    text = (PACKAGE / "solder.tdb").read_text(encoding="utf-8")
    named = set(re.findall(r"PARAMETER G\((\w+),([\w,:]+);(\d)\)", text))
    model = load("model.yaml")
    asked = {t.split(" ")[0] for group in model["fits"] for t in group["terms"]} | {x["term"] for x in model["assumed"]}
    for term in asked:
        phase, _, rest = term.partition(",")
        members = rest.upper().partition(";")[0] or ":".join(m.upper() for m in model["compounds"][term])
        assert any(n[0] == phase and n[1] == members for n in named), term


@pytest.mark.parametrize("row", table(own_database(), INVARIANTS["points"]), ids=lambda r: r.name)
def test_published_points_are_met(row):
    assert row.found is not None, "the phases do not meet"
    # fitted invariants within 1 K (what sources differ by), the tin-lead liquidus and points that are only compared within 2.5 K
    assert abs(row.found - row.published) <= (2.5 if "liquidus" in row.name or "solidus" in row.name or row.use == "check" else 1.0)


def test_the_special_points_are_stable_ones():
    # a point may be solved for although a third phase lies lower: the full equilibrium must jump there too
    for composition, temperature in (
        ({"Sn": 0.619, "Pb": 0.381}, 183.0),
        ({"Sn": 0.965, "Ag": 0.035}, 221.0),
        ({"Sn": 0.9925, "Cu": 0.0075}, 227.0),
        ({"Bi": 0.57, "Sn": 0.43}, 138.5),
        ({"Bi": 0.555, "Pb": 0.445}, 125.9),
        ({"Ag": 0.716, "Cu": 0.284}, 779.1),
        ({"Ag": 0.0227, "Pb": 0.9773}, 303.7),
        ({"Sn": 0.9546, "Ag": 0.0358, "Cu": 0.0096}, 217.2),
        ({"Bi": 0.516, "Pb": 0.326, "Sn": 0.158}, 96.5),
    ):
        assert melting(composition).solidus == pytest.approx(temperature + ZERO, abs=1.0), composition


@pytest.mark.parametrize("alloy", INVARIANTS["alloys"], ids=lambda a: a["name"])
def test_data_sheets_are_met_within_the_stated_spread(alloy):
    found = melting({e: w / 100 for e, w in alloy["composition"].items()})
    error = liquidus_error(alloy["liquidus"] + ZERO, found.temperature_at(0.95), found.liquidus)
    assert error <= found.spread + 0.05  # the spread is stated to 0.1 K
    # lead with silver and tin is the one system that is off by more than 2.5 K
    assert found.spread <= (8.0 if {"Ag", "Pb", "Sn"} <= set(alloy["composition"]) else 2.5)


def test_ready_curves_are_what_the_solver_gives():
    for ready in CURVES["curves"][::6]:
        fresh = melting_curve(ready["composition"], own_database())
        temperatures = np.linspace(fresh.temperatures[0], fresh.temperatures[-1], 50)
        kept = np.interp(temperatures, ready["temperatures"], ready["fractions"])
        # written to 1e-3 K and 1e-5; across a jump of 0.01 K that may move a point by a tenth of the jump
        assert kept == pytest.approx(np.interp(temperatures, fresh.temperatures, fresh.fractions), abs=0.15)
        assert np.median(np.abs(kept - np.interp(temperatures, fresh.temperatures, fresh.fractions))) < 1e-4


def test_every_solder_of_the_library_has_a_melting_curve():
    for name in library().names("solder"):
        solder = library()[name]
        if not solder.composition:
            continue  # a mixture's composition is known in a run only
        found = melting(solder.composition)
        assert 350.0 < found.solidus <= found.liquidus < 700.0, name
        stated = solder.number("liquidus")
        error = liquidus_error(stated, found.temperature_at(0.95), found.liquidus)
        # the library's own numbers come from other tables: 3 K more for the scatter between them
        assert error <= found.spread + 3.0, (name, found.temperature_at(0.95), found.liquidus, stated)


def test_sources_are_known_and_used():
    own, shared = INVARIANTS["sources"], bibliography()
    entries = [*INVARIANTS["points"], *INVARIANTS["alloys"], *tables()["binaries"], *tables()["alloys"], *tables()["elements"].values()]
    model = load("model.yaml")
    entries += [*model["elements"].values(), *model["lattices"]]
    used = {e["source"] for e in entries}
    assert used <= set(own) | set(shared)
    mentioned = json.dumps(INVARIANTS["points"])
    assert all(key in used or key in mentioned for key in own)
    for entry in own.values():
        assert entry["citation"] and entry["read"]


def test_a_tabulated_binary_obeys_the_lever_rule():
    for binary in tables()["binaries"]:
        first, second = binary["system"]
        for percent in np.linspace(0.1, binary["until"] - 0.1, 7):
            curve, _, _ = tabulated_curve({first: 1 - percent / 100, second: percent / 100})
            assert (curve.fractions[0], curve.fractions[-1]) == (0.0, 1.0), (binary["system"], percent)
            assert np.all(np.diff(curve.temperatures) > 0)
            assert np.all(np.diff(curve.fractions) >= -1e-12), (binary["system"], percent)
            for temperature, fraction in zip(curve.temperatures, curve.fractions, strict=True):
                for field in binary["fields"]:
                    (top, liquid_top, solid_top), (low, liquid_low, solid_low) = field["high"], field["low"]
                    share = (temperature - ZERO - low) / (top - low)
                    liquid, solid = liquid_low + share * (liquid_top - liquid_low), solid_low + share * (solid_top - solid_low)
                    if 0 <= share <= 1 and min(liquid, solid) < percent < max(liquid, solid):
                        assert fraction * liquid + (1 - fraction) * solid == pytest.approx(percent, abs=1e-9)  # of the second element


@pytest.mark.parametrize(
    ("composition", "solidus", "liquidus"),
    [
        ({"Sn": 0.91, "Zn": 0.09}, 198.5, 198.5),
        ({"Au": 0.8, "Sn": 0.2}, 278.0, 278.0),
        ({"In": 0.52, "Sn": 0.48}, 118.0, 118.0),
        ({"In": 0.97, "Ag": 0.03}, 143.0, 143.0),
        ({"Sn": 0.95, "Sb": 0.05}, 235.0, 240.0),
        ({"Sn": 0.89, "Zn": 0.08, "Bi": 0.03}, 190.0, 197.0),
        ({"In": 1.0}, 156.6, 156.6),
    ],
)
def test_alloys_outside_the_database_melt_as_published(composition, solidus, liquidus):
    found = melting(composition)
    assert found.solidus == pytest.approx(solidus + ZERO, abs=0.6) and found.liquidus == pytest.approx(liquidus + ZERO, abs=0.6)
    assert found.spread is not None and "solder.tdb" not in found.source


def test_tables_end_where_they_end():
    with pytest.raises(UnknownAlloy):
        melting({"Sn": 0.88, "Zn": 0.12})


def test_the_page_shows_the_errors_of_the_database_in_place():
    rows = {r.name: r for r in table(own_database(), INVARIANTS["points"])}
    shown = dict(re.findall(r"^\| ([^|]+?) \| (?:fit|check) \| [^|]+ \| [^|]+ \| ([+-][\d.]+) \|", PAGE, re.M))
    assert set(shown) == set(rows)
    for name, row in rows.items():
        assert float(shown[name]) == pytest.approx(row.found - row.published, abs=0.06), name


@pytest.mark.slow
def test_the_fit_gives_the_database_in_place():
    again = read_database(database_text(load("model.yaml"), fit(load("model.yaml"), INVARIANTS["points"])))
    # another machine's rounding may move terms, not temperatures
    for one, other in zip(table(again, INVARIANTS["points"]), table(own_database(), INVARIANTS["points"]), strict=True):
        assert one.found == pytest.approx(other.found, abs=0.05), one.name
    assert ready_curves(own_database(), INVARIANTS)["errors"] == CURVES["errors"]
