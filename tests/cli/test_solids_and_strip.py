"""`waferbump solids` and `waferbump strip`: files that other programs read, and words where they cannot be."""

import json

import pytest
import trimesh

from tests.bad_input.test_plan import HEAD


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from waferbump.archive import save_run
    from waferbump.line import run
    from waferbump.recipe import Recipe

    place = tmp_path_factory.mktemp("runs") / "site"
    save_run(run(Recipe.from_yaml(HEAD, file="site.yaml")), place)
    return place


def test_a_run_with_a_plan_reads_back_with_its_stack(folder):
    from waferbump.results import Run

    run = Run.load(folder)
    assert run.final.stack.check() == "" and run.final.sections["cut"].line[0][0] < -1e-4
    facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert facts["connections"] == {} and "stack" not in facts  # no solder yet


def test_solids_are_written_in_every_format(command, folder, tmp_path):
    for name in ("site.glb", "site.stl", "site.step"):
        code, out, err = command("solids", str(folder), "-o", str(tmp_path / name))
        assert code == 0 and out.split() == [str(tmp_path / name)] and "vertical walls" in err
    read = trimesh.load(tmp_path / "site.glb")
    assert len(read.geometry) >= 3
    code, out, _ = command("solids", str(folder), "-o", str(tmp_path / "bodies"), "--step", "cure", "--array", "2x3")
    assert code == 0 and all(line.endswith(".stl") for line in out.split()) and len(out.split()) >= 4


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-o", "{tmp}/site.obj"], "is no format of solids"),
        (["-o", "{tmp}/nowhere/site.glb"], "there is no folder"),
        (["-o", "{tmp}/site.glb", "--step", "nope"], "no step 'nope'"),
        (["-o", "{tmp}/site.glb", "--array", "20"], "expected columns and rows"),
        (["-o", "{tmp}/site.glb", "--array", "0x5"], "expected columns and rows"),
    ],
)
def test_solids_that_cannot_be_written(command, folder, tmp_path, arguments, sentence):
    code, out, err = command("solids", str(folder), *(text.replace("{tmp}", str(tmp_path)) for text in arguments))
    assert code == 2 and out == "" and sentence in err and "Traceback" not in err


def test_a_film_strip_is_one_page_without_the_network(command, folder, tmp_path):
    code, out, _ = command("strip", str(folder), "-o", str(tmp_path / "strip.html"), "--step", "development", "--step", "release")
    page = (tmp_path / "strip.html").read_text(encoding="utf-8")
    assert code == 0 and out.strip() == str(tmp_path / "strip.html")
    assert "development" in page and "release" in page and "http://" not in page.replace("http://www.w3.org", "")
    code, _, err = command("strip", str(folder), "-o", str(tmp_path / "strip.html"), "--step", "nope")
    assert code == 2 and "nope" in err
    code, _, err = command("strip", str(folder), "-o", str(tmp_path / "no" / "strip.html"))
    assert code in (1, 2) and "Traceback" not in err

