"""Every built-in flow runs, and after every step the structure is sound and metal is where it was."""

import json
import math

import pytest

from waferbump.archive import load_run, save_run, summary
from waferbump.line import run
from waferbump.materials import library
from waferbump.recipe import flow_names, load
from waferbump.steps.conduction import metal_mass, tin_in_compounds

FLOWS = [name for name in flow_names() if not load(name).layers]
_RUNS = {}


def run_of(name):
    if name not in _RUNS:
        _RUNS[name] = run(load(name))
    return _RUNS[name]


@pytest.mark.parametrize("name", FLOWS)
def test_the_partition_stays_whole(name):
    result = run_of(name)
    for step in result.steps:
        report = step.state.bump.check()
        assert report.valid, f"{step.id}: {report.message}"
        # gaps and overlaps within 1e-6 of the cell, as promised for every operation
        assert abs(report.area_error) <= 1e-6 * step.state.bump.width * (step.state.bump.ceiling - step.state.bump.floor)
        seen = {name for section in step.state.sections.values() for name in section.names}
        assert set(step.state.facts) == (seen | set(step.state.stack.names if step.state.stack else ())) - {"air"}
        for view in step.state.sections.values():
            assert view.check().valid
        assert step.state.stack is None or step.state.stack.check() == ""


@pytest.mark.parametrize("name", FLOWS)
def test_reflow_conserves_metal(name):
    result = run_of(name)
    before = result.start
    for step in result.steps:
        if step.verb == "reflow":
            masses = [
                sum(metal_mass(s, n, library()) for n in s.names_with("solder")) + tin_in_compounds(s, library())
                for s in (before, step.state)
            ]
            # the drawn outline has exactly the cap's volume; what is left is the partition's grid of 1e-11 m
            assert masses[1] == pytest.approx(masses[0], rel=2e-6), step.id
        before = step.state


def shut_air(section):
    """Air that the open air above does not reach [m^2]."""
    return section.area("air") - section.open_air().area


@pytest.mark.parametrize("name", FLOWS)
def test_melting_shuts_no_air_in(name):
    result = run_of(name)
    before = result.start
    for step in result.steps:
        if step.verb == "reflow":
            # liquid metal fills the dishes of the metal it wets; what was shut in before (under a tented film) may stay
            assert shut_air(step.state.bump) <= shut_air(before.bump) + 1e-15, step.id
        before = step.state


@pytest.mark.parametrize("name", FLOWS)
def test_what_comes_out(name):
    result = run_of(name)
    found = {k: q.value for k, q in result.measures.items()}
    free = () if "stand_off" in found else ("height_above_surface", "contact_angle")  # a joint has no apex and no angle of its own
    for measure in ("bump_height", "bump_diameter", "bump_volume", "pad_diameter", "gap_to_neighbour", *free):
        assert math.isfinite(found[measure]), measure
    assert found["bump_diameter"] + found["gap_to_neighbour"] == pytest.approx(result.recipe.cell.pitch, rel=1e-12)
    assert not free or 0 < found["contact_angle"] < math.pi
    assert found["gap_to_neighbour"] > 0
    if not found.get("contact_angle") and result.steps[-1].record.get("regime") == "free":
        # a free bump obeys the truncated sphere
        a, h = found["pad_diameter"] / 2, found["bump_height"]
        assert found["bump_volume"] == pytest.approx(math.pi * h * (3 * a * a + h * h) / 6, rel=0.02)


@pytest.mark.parametrize("name", ["flux-coated-ball", "stair-plated", "two-mask-fused-different"])
def test_a_run_survives_the_disk(name, tmp_path):
    result = run_of(name)
    save_run(result, tmp_path / "run")
    back = load_run(tmp_path / "run")
    assert json.dumps(summary(back), sort_keys=True) == json.dumps(summary(result), sort_keys=True)
    assert back.recipe == result.recipe
    for mine, theirs in zip(result.states, back.states, strict=True):
        assert mine.facts == theirs.facts and mine.log == theirs.log
        for view, section in mine.sections.items():
            assert section.to_record() == theirs.sections[view].to_record()  # bit for bit: WKB holds the doubles


def test_equal_work_has_an_equal_key_and_is_not_done_twice():
    recipe = load("stair-plated")
    first = run_of("stair-plated")
    finished = {step.key: step for step in first.steps}
    again = run(recipe, finished=finished)
    assert again.key == first.key
    assert all(a is b for a, b in zip(again.steps, first.steps, strict=True))
    split = run(recipe.with_changes({"steps.solder.until.height": "50 um"}), finished=finished)
    shared = [s.id for s in split.steps if s.key in finished]
    assert shared == [s.id for s in first.steps[: [s.id for s in first.steps].index("solder")]]
    assert split.key != first.key


def test_the_title_changes_no_key():
    recipe = load("stair-plated")
    assert run(recipe.with_changes({"title": "another"})).key == run_of("stair-plated").key


def test_sources_and_assumptions_are_listed():
    result = run_of("stair-plated")
    assert result.assumed and all(s["kind"] == "assumed" for s in result.assumed)
    keys = {(s["of"], s["property"]) for s in result.sources}
    assert {
        ("generic-positive-slow", "dill_c"),
        ("Cu", "optical_index"),
        ("Sn3.5Ag", "flows above"),
        ("element Sn", "molar_mass"),
        ("Cu", "wetted_by_solder"),
    } <= keys
    assert len(keys) == len(result.sources)
