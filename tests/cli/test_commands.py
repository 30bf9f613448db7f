"""The command line's contract: what goes where, and the exit codes."""

import json
import subprocess
import sys

import pytest

import waferbump
from tests.cli.tiny import TINY
from waferbump.recipe import flow_names

RUN_JSON = {"waferbump", "recipe", "key", "seed", "steps", "measures", "sources", "assumed"}
STEP = {"id", "does", "model", "measures", "warnings", "seconds"}
FINAL = {"bump_height", "height_above_surface", "bump_diameter", "bump_volume", "pad_diameter", "contact_angle", "gap_to_neighbour"}


def test_flows_lists_all_with_their_documents(command):
    code, out, _ = command("flows", "--json")
    rows = json.loads(out)
    assert code == 0 and {r["name"] for r in rows} == set(flow_names())
    assert {r["document"] for r in rows} == {"A", "B", "C", "D", "E"}
    code, out, _ = command("flows")
    assert code == 0 and "stair-plated" in out


def test_run_writes_a_run_and_prints_json_alone(command, tmp_path):
    code, out, err = command("run", "stair-plated", "-o", tmp_path / "run", "--json")
    assert code == 0, err
    document = json.loads(out)
    stored = json.loads((tmp_path / "run" / "run.json").read_text())
    assert len(stored.pop("digests")["steps"]) == len(stored["steps"])
    assert document == stored
    assert document.keys() >= RUN_JSON and all(step.keys() >= STEP for step in document["steps"])
    assert document["measures"].keys() >= FINAL
    assert all(m["unit"] in ("m", "m^3", "rad") for m in document["measures"].values())
    assert "[15/15]" in err
    assert {p.name for p in (tmp_path / "run").iterdir()} == {"run.json", "measures.csv", "recipe.yaml", "report.html", "states"}
    assert [p.name for p in tmp_path.iterdir()] == ["run"], "nothing half-written is left beside it"


def test_the_saved_recipe_runs_alike(command, tmp_path):
    command("run", "flux-filled", "-o", tmp_path / "a")
    code, _, err = command("run", tmp_path / "a" / "recipe.yaml", "-o", tmp_path / "b")
    assert code == 0, err
    keys = [json.loads((tmp_path / n / "run.json").read_text())["key"] for n in "ab"]
    assert keys[0] == keys[1]


def test_a_second_run_in_the_same_folder_does_nothing_twice(command, tmp_path):
    command("run", "stair-plated", "-o", tmp_path / "run")
    before = json.loads((tmp_path / "run" / "run.json").read_text())
    code, _, _ = command("run", "stair-plated", "-o", tmp_path / "run")
    after = json.loads((tmp_path / "run" / "run.json").read_text())
    assert code == 0
    assert [s["seconds"] for s in after["steps"]] == [s["seconds"] for s in before["steps"]], "steps were taken from the first run"


def test_show_and_diff(command, tmp_path):
    command("run", "stair-plated", "-o", tmp_path / "a")
    command("run", "stair-plated", "--set", "steps.solder.until.height=50 um", "-o", tmp_path / "b")
    code, out, _ = command("show", tmp_path / "a")
    assert code == 0 and "bump height" in out
    code, out, _ = command("show", tmp_path / "a", "--json")
    assert json.loads(out)["recipe"] == "stair-plated"
    code, out, _ = command("diff", tmp_path / "a", tmp_path / "b")
    assert code == 0 and "50 um" in out and "55 um" in out
    code, out, _ = command("diff", tmp_path / "a", tmp_path / "a", "--json")
    assert json.loads(out) == []


def test_new_writes_a_recipe_that_runs_alike(command, tmp_path):
    mine = tmp_path / "mine.yaml"
    assert command("new", "two-mask-fused", "-o", mine)[0] == 0
    assert mine.read_text().count("#") > 20
    assert waferbump.load(mine).key_text() == waferbump.load("two-mask-fused").key_text()
    code, _, err = command("new", "two-mask-fused", "-o", mine)
    assert code == 2 and "exists already" in err


def test_check_and_schema(command):
    assert command("check", "stair-plated")[0] == 0
    code, out, _ = command("schema")
    assert code == 0 and "$schema" in json.loads(out)


def test_materials(command):
    code, out, _ = command("materials", "--json")
    assert code == 0 and len(json.loads(out)) >= 80
    code, out, _ = command("materials", "Sn3.5Ag")
    assert code == 0 and "liquidus" in out
    code, _, err = command("materials", "Cuu")
    assert code == 2 and "did you mean 'Cu'" in err


def test_spec_and_strict(command, tmp_path):
    recipe = tmp_path / "r.yaml"
    recipe.write_text("waferbump: 1\nname: r\nextends: stair-plated\nspec:\n  bump_height: {max: 60 um}\n")
    code, _, err = command("run", recipe, "-o", tmp_path / "run")
    assert code == 0 and "above its maximum of 60 um" in err
    assert command("run", recipe, "-o", tmp_path / "run", "--strict")[0] == 1


def test_a_failed_run_exits_with_1_and_keeps_its_steps(command, tmp_path):
    code, out, err = command("run", "stair-plated", "--set", "steps.reflow.peak=200 degC", "-o", tmp_path / "run", "--json")
    document = json.loads(out)
    assert code == 1 and document["status"] == "failed" and len(document["steps"]) == 14
    assert "does not melt" in err and "Traceback" not in err
    assert "does not melt" in (tmp_path / "run" / "report.html").read_text()


def test_an_interrupt_leaves_the_finished_steps_and_a_rerun_resumes(command, tmp_path, monkeypatch):
    from waferbump.steps import catalogue

    def stopped(*_):
        raise KeyboardInterrupt

    models = {**catalogue.MODELS, "plate": {"bottom_up": stopped}}
    with monkeypatch.context() as patch:
        patch.setattr(catalogue, "MODELS", models)
        code, _, err = command("run", "stair-plated", "-o", tmp_path / "run")
    assert code == 1 and "stopped by the user" in err
    kept = waferbump.Run.load(tmp_path / "run")
    assert kept.status == "interrupted" and [s.id for s in kept.steps][-1] == "descum"
    assert command("run", "stair-plated", "-o", tmp_path / "run")[0] == 0
    after = waferbump.Run.load(tmp_path / "run")
    assert after.status == "done" and after.steps[3].seconds == kept.steps[3].seconds


def test_help_is_quick_and_imports_nothing_heavy():
    heavy = ("numpy", "shapely", "scipy", "pydantic", "matplotlib", "pint", "gdstk")
    code = f"import sys; import waferbump.cli; print([m for m in {heavy!r} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["sweep", "serve", "sensitivity", "wafer"])
def test_nothing_reserved_is_a_stub(command, name):
    code, _, err = command(name)
    assert code == 2 and "No such command" in err


def unfinished(*_):
    raise IndexError("list index\nout of range")


def test_a_failed_run_has_another_key_than_the_recipe_that_ends_before_it(monkeypatch):
    from waferbump.line import RunError, run
    from waferbump.steps import catalogue

    shorter = waferbump.Recipe.from_yaml(TINY)
    longer = waferbump.Recipe.from_yaml(TINY + "  - thin: {to: 100 um}\n")
    other = longer.with_changes({"steps.thin-1.to": 200e-6})
    done = run(shorter)
    monkeypatch.setattr(catalogue, "MODELS", {**catalogue.MODELS, "thin": {"back_grinding": unfinished}})
    keys = {done.key}
    for recipe in (longer, other):
        with pytest.raises(RunError) as stopped:
            run(recipe)
        assert stopped.value.run.steps[-1].key == done.steps[-1].key
        keys.add(stopped.value.run.key)
    assert len(keys) == 3


def test_an_unforeseen_error_in_a_step_keeps_what_was_finished(command, tmp_path, monkeypatch):
    from waferbump.steps import catalogue

    recipe = tmp_path / "tiny.yaml"
    recipe.write_text(TINY + "  - thin: {to: 100 um}\n")
    monkeypatch.setattr(catalogue, "MODELS", {**catalogue.MODELS, "thin": {"back_grinding": unfinished}})
    code, _, err = command("run", recipe, "-o", tmp_path / "run")
    assert code == 1 and "Traceback" not in err
    assert err.splitlines()[-1].endswith("is not handled: IndexError: list index out of range (please report it)")
    kept = waferbump.Run.load(tmp_path / "run")
    assert kept.status == "failed" and [s.id for s in kept.steps] == ["adhesion", "seed"]


def warning_develop(state, *_):
    from waferbump.state import Measured

    return state, Measured({}, {}, ("first", "the developer cannot reach resist-2"))


def test_a_failed_step_is_told_with_what_the_development_before_it_warned_of(monkeypatch):
    from waferbump.line import RunError, run
    from waferbump.steps import catalogue

    developed = TINY + "  - develop: {id: development}\n  - descum: {thickness: 100 nm}\n"
    nothing = {
        "descum": {"isotropic_front": lambda state, *_: warning_develop(state)},
        "strip": {"x": lambda state, *_: warning_develop(state)},
    }
    models = {**catalogue.MODELS, "develop": {"threshold": warning_develop}, "thin": {"back_grinding": unfinished}, **nothing}
    monkeypatch.setattr(catalogue, "MODELS", models)
    with pytest.raises(RunError) as stopped:
        run(waferbump.Recipe.from_yaml(developed + "  - thin: {to: 100 um}\n"))
    remark = " (before it, development warned: the developer cannot reach resist-2)"
    assert str(stopped.value).endswith(remark) and stopped.value.run.message.endswith(remark)
    with pytest.raises(RunError) as stopped:
        run(waferbump.Recipe.from_yaml(developed + "  - strip\n  - thin: {to: 100 um}\n"))
    assert "before it" not in str(stopped.value), "what was developed is gone"


def test_a_run_that_did_not_finish_misses_no_limits(command, tmp_path):
    recipe = tmp_path / "r.yaml"
    recipe.write_text("waferbump: 1\nname: r\nextends: stair-plated\nspec:\n  bump_height: {max: 60 um}\n  reflow.height: {max: 1 um}\n")
    code, out, err = command("run", recipe, "--set", "steps.reflow.peak=200 degC", "-o", tmp_path / "run", "--json")
    assert code == 1 and json.loads(out)["spec_missed"] == [] and "spec:" not in err


def test_limits_on_what_a_step_measures(command, tmp_path):
    recipe = tmp_path / "tiny.yaml"
    limits = "seed.thickness: {min: 400 nm, max: 0.6 um}\n  adhesion.thickness: {min: 200 nm}"
    recipe.write_text(f"{TINY}spec:\n  {limits}\n  seed.side_thickness: {{max: 1 s}}\n  seed.nosuch: {{max: 1 um}}\n")
    assert command("check", recipe)[0] == 0
    code, _, err = command("run", recipe, "-o", tmp_path / "run", "--strict")
    assert code == 1
    assert [line for line in err.splitlines() if line.startswith("spec: ")] == [
        "spec: adhesion.thickness is 0.1 um, below its minimum of 0.2 um",
        'spec: seed.side_thickness is 0.25 um, but its limits are of another dimension; expected a length, e.g. "20 um"',
        "spec: seed.nosuch was not measured, but the spec limits it",
    ]
    code, _, err = command("check", recipe, "--set", "spec.sead.thickness.max=1 um")
    assert code == 2 and "spec.sead.thickness" in err and "no measure has this name" in err


def test_a_run_without_a_title_is_shown_without_one(command, tmp_path):
    recipe = tmp_path / "tiny.yaml"
    recipe.write_text(TINY)
    command("run", recipe, "-o", tmp_path / "run")
    assert command("show", tmp_path / "run")[1].startswith("tiny (done)\n")
    recipe.write_text(TINY + "title: A seed\n")
    command("run", recipe, "-o", tmp_path / "run")
    assert command("show", tmp_path / "run")[1].startswith("tiny: A seed (done)\n")
