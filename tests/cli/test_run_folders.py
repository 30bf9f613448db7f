"""The folder of a run: what is not the run's survives, what was killed is mended, what was edited is not believed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import waferbump
from tests.cli.tiny import TINY
from waferbump.archive import ArchiveError, finished_steps, save_run

NO_PROCESS = 2**22 + 1  # above the largest process number that Linux gives


@pytest.fixture
def tiny(tmp_path):
    recipe = tmp_path / "tiny.yaml"
    recipe.write_text(TINY)
    return recipe


@pytest.fixture
def made(command, tiny, tmp_path):
    """The folder of a finished run, alone in a folder of its own."""
    folder = tmp_path / "runs" / "tiny"
    code, _, err = command("run", tiny, "-o", folder)
    assert code == 0, err
    return folder


def names(folder):
    return {entry.name for entry in folder.iterdir()}


def edited(folder, change):
    facts = json.loads((folder / "run.json").read_text())
    change(facts)
    (folder / "run.json").write_text(json.dumps(facts, indent=1))


def test_files_that_are_no_runs_survive_a_rerun(command, tiny, made):
    (made / "notes.txt").write_text("keep me")
    (made / "mydata").mkdir()
    (made / "mydata" / "x.csv").write_text("1,2")
    (made / "states" / "remark.txt").write_text("me too")
    (made / "link").symlink_to("notes.txt")
    assert command("run", tiny, "--set", "steps.seed.thickness=1 um", "-o", made)[0] == 0
    assert (made / "notes.txt").read_text() == "keep me" == (made / "link").read_text()
    assert (made / "mydata" / "x.csv").read_text() == "1,2"
    assert (made / "states" / "remark.txt").read_text() == "me too"
    assert waferbump.Run.load(made).recipe.step("seed").settings.thickness == 1e-6, "and the run is the new one"
    assert names(made.parent) == {"tiny"}


def test_states_of_a_longer_run_do_not_stay(command, tiny, made):
    assert command("run", tiny, "--set", "steps.seed=null", "-o", made)[0] == 0
    assert names(made / "states") == {"000.json.gz", "001.json.gz"}


def test_a_run_of_another_recipe_is_not_replaced(command, made):
    before = (made / "run.json").read_bytes()
    code, _, err = command("run", "stair-plated", "-o", made)
    assert code == 2 and err.splitlines() == [f"error: {made}: holds a run of tiny; give another folder with -o"]
    assert (made / "run.json").read_bytes() == before
    with pytest.raises(ArchiveError, match="holds a run of tiny"):
        save_run(waferbump.run(waferbump.load("flux-on-pad")), made)


@pytest.mark.parametrize(
    "document", ['"waferbump"', '["waferbump"]', '{"waferbump": 1}', "[" * 200_000, '{"waferbump": "0", "layout": [], "steps": []}']
)
def test_a_json_file_of_something_else_is_no_run(command, tiny, tmp_path, document):
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "run.json").write_text(document)
    code, _, err = command("run", tiny, "-o", folder)
    assert code == 2 and "holds no run of waferbump" in err and (folder / "run.json").read_text() == document
    code, _, err = command("show", folder)
    assert code == 2 and "the run is damaged (" in err and err.count("\n") == 1
    assert finished_steps(folder) == {}


def test_a_run_without_its_parts_is_damaged_and_made_again(command, tiny, tmp_path):
    folder = tmp_path / "half"
    folder.mkdir()
    (folder / "run.json").write_text('{"waferbump": "0", "key": "", "recipe": "tiny", "layout": [], "steps": []}')
    code, _, err = command("show", folder)
    assert code == 2 and "the run is damaged (" in err and err.count("\n") == 1
    assert command("run", tiny, "-o", folder)[0] == 0
    assert command("show", folder)[0] == 0


@pytest.mark.parametrize("place", [0.2, 0.5, 0.9])
def test_a_flipped_byte_in_a_state(command, tiny, made, place):
    file = made / "states" / "001.json.gz"
    data = bytearray(file.read_bytes())
    data[int(len(data) * place)] ^= 0x55
    file.write_bytes(data)
    code, _, err = command("show", made)
    assert code == 2 and "the run is damaged (" in err and err.count("\n") == 1
    assert finished_steps(made) == {}
    assert command("run", tiny, "-o", made)[0] == 0
    assert command("show", made)[0] == 0


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("step seed", lambda facts: facts["steps"][1]["measures"]["thickness"].update(value=1.0)),
        ("step adhesion", lambda facts: facts["steps"][0]["used"].clear()),
        ("step adhesion", lambda facts: facts["steps"][0]["warnings"].append("all is well")),
        ("step seed", lambda facts: facts["steps"][1]["record"].update(made=["gold"])),
        ("run.json", lambda facts: facts.update(status="failed")),
        ("run.json", lambda facts: facts.update(seed=7)),
        ("no digests", lambda facts: facts.pop("digests")),
        ("no digests", lambda facts: facts.update(digests={"steps": 1})),
    ],
)
def test_an_edited_run_is_neither_shown_nor_used(command, tiny, made, where, change):
    before = json.loads((made / "run.json").read_text())
    edited(made, change)
    code, _, err = command("show", made)
    assert code == 2 and "the run is damaged (" in err and where in err and err.count("\n") == 1
    assert command("run", tiny, "-o", made)[0] == 0
    after = json.loads((made / "run.json").read_text())
    for entry in (*before["steps"], *after["steps"]):
        entry.pop("seconds")
    assert after["steps"] == before["steps"], "all was done again"


def test_an_edited_recipe_beside_the_run_is_noticed(command, made):
    file = made / "recipe.yaml"
    text = file.read_text()
    assert "500 nm" in text
    file.write_text(text.replace("500 nm", "600 nm"))
    code, _, err = command("show", made)
    assert code == 2 and "does not fit its digest" in err


def test_states_exchanged_between_steps_are_noticed(command, made):
    (made / "states" / "001.json.gz").write_bytes((made / "states" / "002.json.gz").read_bytes())
    code, _, err = command("show", made)
    assert code == 2 and "step adhesion does not fit its digest" in err


@pytest.mark.parametrize("where", [".", "..", "../tiny"])
def test_the_folder_one_is_in_is_refused(command, tiny, made, monkeypatch, where):
    monkeypatch.chdir(made)
    before = names(made)
    code, _, err = command("run", tiny, "-o", where)
    assert code == 2 and "is the folder you are in" in err and err.count("\n") == 1
    assert Path.cwd() == made and names(made) == before


@pytest.mark.parametrize("below", ["x", "x/y"])
def test_a_file_above_the_folder(command, tiny, tmp_path, below):
    (tmp_path / "afile").write_text("x")
    code, out, err = command("run", tiny, "-o", tmp_path / "afile" / below)
    assert code == 2 and "afile is no folder" in err and err.count("\n") == 1 and out == "", "refused before any step"


def test_a_place_where_no_folder_can_be_made(command, tiny, tmp_path, monkeypatch):
    def refused(self, *_args, **_keywords):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr("pathlib.Path.mkdir", refused)
    code, out, err = command("run", tiny, "-o", tmp_path / "a" / "b")
    assert code == 2 and f"{tmp_path} cannot be written to (Permission denied)" in err and err.count("\n") == 1 and out == ""


@pytest.mark.parametrize("nth", [1, 2])
def test_a_run_killed_while_it_moves_into_place_loses_nothing(command, tiny, made, nth):
    (made / "notes.txt").write_text("keep me")
    before = waferbump.Run.load(made)
    code = f"""
import os, pathlib, sys
from waferbump.cli import main
from tests.cli.tiny import TINY
rename, calls = pathlib.Path.rename, []
def killed(self, target):
    calls.append(target)
    if len(calls) == {nth}:
        os.kill(os.getpid(), {int(signal.SIGKILL)})
    return rename(self, target)
pathlib.Path.rename = killed
sys.argv = ["waferbump", "run", {str(tiny)!r}, "--set", "steps.seed.thickness=1 um", "-o", {str(made)!r}]
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL
    left = names(made.parent)
    assert len(left) == 2 and any(name.startswith(".tiny.part-") for name in left)
    assert made.exists() is (nth == 1), "killed before or after the old folder was moved away"
    code, _, err = command("run", tiny, "-o", made)
    assert code == 0, err
    assert names(made.parent) == {"tiny"} and (made / "notes.txt").read_text() == "keep me"
    after = waferbump.Run.load(made)
    assert [s.seconds for s in after.steps] == [s.seconds for s in before.steps], "the old run was there to take steps from"


def test_a_run_killed_after_it_moved_into_place_gives_back_what_was_there(command, tiny, made):
    old = made.parent / f".tiny.old-{NO_PROCESS}"
    old.mkdir()
    (old / "run.json").write_text("{}")
    (old / "notes.txt").write_text("keep me")
    assert command("run", tiny, "-o", made)[0] == 0
    assert names(made.parent) == {"tiny"} and (made / "notes.txt").read_text() == "keep me"


def test_what_a_living_run_writes_is_left_alone(command, tiny, made):
    part = made.parent / f".tiny.part-{os.getppid()}"
    part.mkdir()
    assert command("run", tiny, "-o", made)[0] == 0
    assert names(made.parent) == {"tiny", part.name}


def test_the_old_folder_is_put_back_when_the_new_one_cannot_take_its_place(command, tiny, made, monkeypatch):
    (made / "notes.txt").write_text("keep me")
    before = (made / "run.json").read_bytes()
    rename = Path.rename

    def refused(self, target):
        if ".part-" in self.name:
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr("pathlib.Path.rename", refused)
    code, _, err = command("run", tiny, "--set", "steps.seed.thickness=1 um", "-o", made)
    assert code == 2 and "Input/output error" in err and "untouched" in err
    assert (made / "run.json").read_bytes() == before and (made / "notes.txt").read_text() == "keep me"
    assert names(made.parent) == {"tiny"}


def test_a_mount_point_cannot_be_replaced_and_is_refused_at_once(command, tiny, tmp_path, monkeypatch):
    folder = tmp_path / "volume"
    folder.mkdir()
    monkeypatch.setattr("os.path.ismount", lambda path: Path(path) == folder)
    code, out, err = command("run", tiny, "-o", folder)
    assert code == 2 and "is a mount point" in err and err.count("\n") == 1 and out == ""
    assert command("run", tiny, "-o", folder / "run")[0] == 0
