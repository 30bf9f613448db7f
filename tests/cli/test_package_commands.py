"""`waferbump cycle` and `waferbump rank`: bad input is one line and exit code 2, nothing is written or lost; springs take seconds."""

import json

import pytest

QUICK = ("--refine", "0.4", "--cycles", "2", "--no-sweep")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def file(folder, name, text):
    (folder / name).write_text(text)
    return name


def package(folder, text):
    return file(folder, "p.yaml", f"package: 1\nname: mine\n{text}\n")


def recipe(folder, flow, text):
    return file(folder, "r.yaml", f"waferbump: 1\nname: mine\nextends: {flow}\n{text}\n")


def one_line(err):
    """The last line, the error, with what was told before it taken away; nothing but telling stands before."""
    lines = err.splitlines()
    assert lines and lines[-1].startswith("error: ") and "Traceback" not in err, err
    assert not any(line.startswith("error: ") for line in lines[:-1]), err
    return lines[-1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("cycle", "plain-bmp"), "plain-bump"),
        (("cycle", "nosuch.yaml"), "nosuch.yaml"),
        (("cycle", "wire-spring"), "judged by `waferbump rank` at the level of springs"),
        (("cycle", "flux-on-pad"), "its recipe carries no plan"),
        (("cycle", "stair-plated-layout"), "masks come from a layout"),
        (("cycle", "plain-bump", "--edge", "7"), "--edge 7"),
        (("cycle", "plain-bump", "--edge", "0 mm"), "expected more than 0"),
        (("cycle", "plain-bump", "--edge", "-7 mm"), "expected more than 0"),
        (("cycle", "plain-bump", "--edge", "7 mJ/cm^2"), "is a dose"),
        (("cycle", "plain-bump", "--distance", "nan mm"), "--distance nan mm"),
        (("cycle", "plain-bump", "--distance", "three"), "--distance three"),
        (("cycle", "plain-bump", "--pad", "sideways"), "expected inward or outward"),
        (("cycle", "plain-bump", "--edge", "0.6 mm"), "one bump at its neutral point"),
        (("cycle", "plain-bump", "--refine", "100"), "--refine"),
        (("cycle", "plain-bump", "--cycles", "1"), "--cycles"),
        (("rank", "nosuch"), "reference-vehicle"),
        (("rank", "plain-bump"), "plain-bump"),
        (("rank", "--level", "solids"), "expected springs or plane_cell"),
        (("rank", "--pad", "sideways"), "expected inward or outward"),
        (("rank", "--workers", "0"), "--workers"),
        (("rank", "--refine", "x"), "--refine"),
    ],
)
def test_one_clear_line_exit_code_2_and_nothing_written(command, here, arguments, words):
    code, out, err = command(*arguments)
    assert code == 2, err
    assert words in err and "Traceback" not in err and out == ""
    if "error: " in err:
        one_line(err)
    assert list(here.iterdir()) == [], "no half-written folder"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cycle: {low: -40 degC, high: 230 degC, ramp: 10 min, dwell: 10 min}", "230 degC"),
        ("structure: plain-bump\nset: {steps.landing: null}", "p.yaml:"),
        ("structure: wire-spring", "p.yaml:3: structure"),
        ("bord: {thickness: 1 mm}", "p.yaml:3: bord: unknown field"),
        ("die: {edge: 7}", "p.yaml:3: die.edge"),
        ("structure: flux-on-pad", "its recipe carries no plan"),
        ("structure: nosuch.yaml", "nosuch.yaml"),
    ],
)
def test_a_package_that_cannot_be_judged(command, here, text, words):
    name = package(here, text)
    code, out, err = command("cycle", name, *QUICK)
    assert code == 2 and out == "", err
    assert words in one_line(err)
    assert [p.name for p in here.iterdir()] == [name]


def test_a_line_that_does_not_reach_the_bump_is_no_path(command, here):
    short = "views: {cut: null}\nmasks:\n  trace: {line: {points: [[-330 um, 0 um], [-200 um, 0 um]], width: 50 um}}"
    name = recipe(here, "suspended-over-gap", short)
    code, out, err = command("cycle", name, *QUICK)
    assert code == 2 and out == "" and "no metal leads from pad to the bump" in one_line(err), err
    assert [p.name for p in here.iterdir()] == [name]


def test_a_solder_of_which_no_law_is_known_is_named_with_what_it_lacks(command, here):
    name = package(here, "structure: plain-bump\nset: {steps.ball.solder: Sn0.7Cu}")
    code, out, err = command("cycle", name, *QUICK)
    said = one_line(err)
    assert code == 2 and out == "" and [p.name for p in here.iterdir()] == [name]
    assert "Sn0.7Cu (young_modulus, " in said and "state them under `materials` of the package" in said


def test_what_stands_in_a_foreign_folder_is_left_alone(command, here):
    (here / "notes").mkdir()
    (here / "notes" / "precious.txt").write_text("keep me")
    (here / "file").write_text("x")
    for verb in (("cycle", "plain-bump"), ("rank",), ("rank", "--level", "plane_cell")):
        for place, words in (("notes", "nothing that waferbump wrote"), ("file", "is no folder")):
            code, out, err = command(*verb, "-o", place)
            assert code == 2 and words in one_line(err) and out == ""
    assert (here / "notes" / "precious.txt").read_text() == "keep me" and (here / "file").read_text() == "x"
    assert sorted(p.name for p in here.rglob("*")) == ["file", "notes", "precious.txt"]


def test_bad_input_leaves_an_earlier_ranking_untouched(command, here):
    name = package(here, "structures: {P0: plain-bump, P2: wire-spring}")
    assert command("rank", name, "-o", "out")[0] == 0
    before = {p.name: p.read_bytes() for p in (here / "out").iterdir()}
    (here / name).write_text("package: 1\nname: mine\nstructures: {P0: plain-bmp}\n")
    code, _, err = command("rank", name, "-o", "out")
    assert code == 2 and "plain-bump" in one_line(err)
    assert {p.name: p.read_bytes() for p in (here / "out").iterdir()} == before


def test_springs_rank_the_reference_vehicle(command, here):
    code, out, err = command("rank")
    assert code == 0, err
    folder = here / "packages" / "reference-vehicle-springs"
    assert sorted(p.name for p in folder.iterdir()) == ["rank.json", "report.html"]
    found = json.loads((folder / "rank.json").read_text())
    assert [row["label"] for row in found["rows"]][:3] == ["P0", "P1", "P2"] and len(found["rows"]) == 22
    assert found["rows"][0]["softer"] == 1.0 and all(row["stiffness"] > 0.0 for row in found["rows"])
    assert f"report: {folder.relative_to(here) / 'report.html'}" in out and "are assumed" in err and found["assumed"]


def test_json_is_one_document_and_nothing_else(command, here):
    code, out, err = command("rank", "--json", "-o", "out")
    assert code == 0, err
    found = json.loads(out)
    assert found["level"] == "springs" and len(found["rows"]) == 22
    written = json.loads((here / "out" / "rank.json").read_text())
    assert {k: v for k, v in written.items() if k != "waferbump"} == found


@pytest.mark.slow
def test_a_cycled_structure_leaves_report_fields_and_decks(command, here):
    code, out, err = command("cycle", "plain-bump", "--edge", "2 mm", *QUICK, "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["structure"] == "plain-bump" and found["cycled"]["cycles"] and found["lives"]["models"] and found["interval"] is None
    folder = here / "packages" / "plain-bump"
    names = {"report.html", "cycle.json", "cell-cold.vtu", "cell-hot.vtu", "cell-calculix.inp", "cell-abaqus.inp"}
    assert {p.name for p in folder.iterdir()} == names
    written = json.loads((folder / "cycle.json").read_text())
    assert {k: v for k, v in written.items() if k != "waferbump"} == found
