"""Bad input at the command line: one clear line, exit code 2, no traceback, and nothing that existed is lost."""

import dataclasses
import os
import shutil
import subprocess
import sys

import pytest

from waferbump.archive import ArchiveError, save_run


def test_a_folder_that_is_no_run_is_left_alone(command, tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "precious.txt").write_text("keep me")
    code, _, err = command("run", "stair-plated", "-o", tmp_path / "notes")
    assert code == 2 and "holds no run of waferbump" in err and "Traceback" not in err
    assert (tmp_path / "notes" / "precious.txt").read_text() == "keep me"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_as_output_folder(command, tmp_path):
    (tmp_path / "file").write_text("x")
    code, _, err = command("run", "stair-plated", "-o", tmp_path / "file")
    assert code == 2 and "is no folder" in err and (tmp_path / "file").read_text() == "x"


def test_bad_input_leaves_an_earlier_run_untouched(command, tmp_path):
    command("run", "flux-on-pad", "-o", tmp_path / "run")
    before = (tmp_path / "run" / "run.json").read_bytes()
    code, _, err = command("run", "flux-on-pad", "--set", "steps.block.diameter=3 bananas", "-o", tmp_path / "run")
    assert code == 2 and err.count("\n") == 1
    assert (tmp_path / "run" / "run.json").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "stair-platd"], "stair-plated"),
        (["run", "stair-plated", "--set", "steps.solder"], "--set"),
        (["run", "stair-plated", "--set", "steps.nosuch.thickness=1 um"], "nosuch"),
        (["run", "stair-plated", "--set", "steps.solder.until.height=-5 um"], "until.height"),
        (["run", "stair-plated", "--set", "steps.solder.until.height=20 mJ/cm^2"], "is a dose"),
        (["run", "stair-plated", "--set", "cell.pitch=50 um"], "wider than the cell"),
        (["run", "stair-plated", "--set", "masks.bump.overlay=3 um"], "3 um"),
        (["run", "stair-plated", "--layout", "x.gds"], "has no use"),
        (["run", "flux-coated-ball-layout"], "--layout FILE"),
        (["run", "flux-coated-ball-layout", "--layout", "nosuch.gds"], "nosuch.gds"),
        (["show", "nosuch"], "is no run"),
        (["diff", "nosuch", "nosuch"], "is no run"),
        (["new", "nosuch"], "nosuch"),
        (["claims", "Z9"], "Z9"),
        (["run", "stair-plated", "--nosuch"], "No such option"),
        (["run", "stair-plated", "--seed", str(2**64)], f"seed: expected a whole number from 0 to {2**63 - 1}, not {2**64}"),
        (["run", "stair-plated", "--seed", "-1"], f"seed: expected a whole number from 0 to {2**63 - 1}, not -1"),
        (["run", "stair-plated", "--set", "steps.solder.model=foo"], "model: plate has no model 'foo'; it has bottom_up"),
        (["check", "stair-plated", "--set", "steps.solder.model=foo"], "model: plate has no model 'foo'; it has bottom_up"),
        (["check", "stair-plated", "--set", "steps.solder.model={a: b}"], "model: expected the name of a model"),
    ],
)
def test_one_clear_line_and_exit_code_2(command, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    code, out, err = command(*arguments)
    assert code == 2, err
    assert words in err and "Traceback" not in err and out == ""
    assert list(tmp_path.iterdir()) == [], "no half-written folder"


@pytest.mark.parametrize(
    ("limit", "words"), [("bump_heigth: {max: 60 um}", "bump_height"), ("bump_height: {max: 60 mJ/cm^2}", "expected a length")]
)
def test_a_limit_on_what_is_not_measured(command, tmp_path, limit, words):
    recipe = tmp_path / "r.yaml"
    recipe.write_text(f"waferbump: 1\nname: r\nextends: stair-plated\nspec:\n  {limit}\n")
    for verb in ("check", "run"):
        code, _, err = command(verb, recipe)
        assert code == 2 and words in err and f"{recipe}:5: spec.bump_hei" in err


def test_a_limit_of_the_recipe_that_is_extended_is_said_in_its_own_file(command, tmp_path):
    base, above = tmp_path / "base.yaml", tmp_path / "above.yaml"
    base.write_text("waferbump: 1\nname: base\nextends: stair-plated\nspec: {bump_heigth: {max: 60 um}}\n")
    above.write_text("waferbump: 1\nname: above\nextends: base.yaml\nspec:\n\n  pad_diametre: {max: 1 um}\n")
    code, _, err = command("check", above)
    assert code == 2 and f"{base}:4: spec.bump_heigth: " in err and f"{above}:6: spec.pad_diametre: " in err


def test_a_limit_given_in_python_is_named():
    import waferbump
    from waferbump.line import refuse_unfit
    from waferbump.recipe import RecipeError
    from waferbump.recipe.masks import Limit

    recipe = dataclasses.replace(waferbump.load("flux-on-pad"), spec={"bump_heigth": Limit(max=1e-6)})
    with pytest.raises(RecipeError, match=r"spec\.bump_heigth: no measure has this name"):
        refuse_unfit(recipe)


# to YAML, such a line is a field's name, for it ends with a colon
SECRET = "root:$6$5hU9kQ.saltsalt$0123456789abcdefghijklmnopqrstuvwxyz:19110:0:99999:7:::"


@pytest.mark.parametrize("end", ["", "x"])
@pytest.mark.parametrize("before", ["", "# a comment\n", "*", "!", "!x!", "*x\n", "- !", "a: *", "%TAG !", "&x ", "? "])
def test_a_file_that_is_no_recipe_is_not_read_out(command, tmp_path, before, end):
    file = tmp_path / "shadow"
    file.write_text(f"{before}{SECRET}{end}\n{SECRET}{end}\n")
    code, _, err = command("run", file)
    assert code == 2 and "Traceback" not in err and str(file) in err
    assert SECRET[20:30] not in err


def test_a_file_that_holds_nothing_is_said_to_be_empty(command, tmp_path):
    for text in ("", "null\n", "# nothing\n"):
        (tmp_path / "r.yaml").write_text(text)
        code, _, err = command("check", tmp_path / "r.yaml")
        assert code == 2 and "is empty" in err


def test_a_damaged_run_is_said_to_be_damaged(command, tmp_path):
    command("run", "flux-on-pad", "-o", tmp_path / "run")
    state = tmp_path / "run" / "states" / "002.json.gz"
    state.write_bytes(state.read_bytes()[:50])
    code, _, err = command("show", tmp_path / "run")
    assert code == 2 and "damaged" in err
    # and it can be made again in place
    assert command("run", "flux-on-pad", "-o", tmp_path / "run")[0] == 0
    assert command("show", tmp_path / "run")[0] == 0


def test_a_full_disk_loses_nothing(command, tmp_path, monkeypatch):
    import waferbump

    command("run", "flux-on-pad", "-o", tmp_path / "run")
    before = (tmp_path / "run" / "run.json").read_bytes()
    run = waferbump.Run.load(tmp_path / "run")

    def full(*_args, **_keywords):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(ArchiveError, match="No space left on device"):
        save_run(run, tmp_path / "run")
    monkeypatch.undo()
    assert (tmp_path / "run" / "run.json").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


@pytest.mark.skipif(shutil.which("mount") is None or os.geteuid() != 0, reason="a small file system to fill can be mounted by root only")
def test_a_really_full_disk(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here: the full disk is only simulated")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "waferbump.cli", "run", "stair-plated", "-o", small / "run"], capture_output=True, text=True
        )
        assert done.returncode == 2 and "No space left" in done.stderr and "Traceback" not in done.stderr
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)
