"""`waferbump search` and `waferbump calibrate` from the command line: verdicts, JSON, exit codes, bad input."""

import json

import pytest

from waferbump.explore import study_names

SEARCH = """
study: 1
name: quick
does: search
recipe: stair-plated
set: {steps.exposure.model: blurred_image}
until: development
factors:
  steps.exposure.dose: {from: 200 mJ/cm^2, to: 800 mJ/cm^2}
targets:
  development.opening.resist-1: {value: %s, within: 1 um}
budget: 12
latitude: 4
seed: 1
"""
CALIBRATE = """
study: 1
name: quick
does: calibrate
resist: generic-positive-slow
factors:
  dill_c: {from: 0.002 cm^2/mJ, to: 0.02 cm^2/mJ, scale: log}
observations:
  - {measure: dose_to_clear, thickness: 30 um, time: 240 s, value: 300 mJ/cm^2, spread: 3 %}
  - {measure: dose_to_clear, thickness: 20 um, time: 180 s, value: 280 mJ/cm^2, spread: 3 %}
"""


def written(folder, text):
    path = folder / "study.yaml"
    path.write_text(text)
    return path


def test_a_search_says_what_it_found_and_goes_on_where_it_stopped(command, tmp_path):
    study = written(tmp_path, SEARCH % "74 um")
    code, out, err = command("search", study, "-o", tmp_path / "found")
    assert code == 0 and "reached in run" in out and "latitude of steps.exposure.dose" in out and "best.yaml" in out
    assert "/12] " in err
    code, document, _ = command("search", study, "-o", tmp_path / "found", "--json")
    found = json.loads(document)
    assert code == 0 and found["status"] == "reached" and found["wishes"][0]["met"]
    code, out, _ = command("run", tmp_path / "found" / "best.yaml", "-o", tmp_path / "run", "--json")
    assert code == 0
    opening = next(s for s in json.loads(out)["steps"] if s["id"] == "development")["measures"]["opening.resist-1"]["value"]
    assert opening == pytest.approx(found["best"]["measures"]["development.opening.resist-1"]["value"], abs=1e-12)


def test_a_target_out_of_reach_is_said_plainly(command, tmp_path):
    study = written(tmp_path, SEARCH % "140 um")
    code, out, _ = command("search", study, "-o", tmp_path / "found")
    assert code == 0 and out.startswith("not reached: none of the 12 settings tried meets everything")
    assert command("search", study, "-o", tmp_path / "found", "--strict")[0] == 1


def test_a_calibration_gives_numbers_with_uncertainties(command, tmp_path):
    code, out, _ = command("calibrate", written(tmp_path, CALIBRATE), "-o", tmp_path / "found", "--json")
    found = json.loads(out)
    assert code == 0 and found["does"] == "calibrate"
    code, out, _ = command("calibrate", written(tmp_path, CALIBRATE), "-o", tmp_path / "found")
    assert code == 0 and "dill_c = " in out and "±" in out
    assert "dill_c:" in (tmp_path / "found" / "resist.yaml").read_text()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("from: 200 mJ/cm^2", "from: 200"), "no two quantities of one dimension"),
        (("from: 200 mJ/cm^2", "from: 200 um"), "no two quantities of one dimension"),
        (("steps.exposure.dose", "steps.exposure.dosis"), "dosis"),
        (("budget: 12", "budget: many"), "budget"),
    ],
)
def test_bad_studies_exit_with_2_and_one_line(command, tmp_path, change, says):
    study = written(tmp_path, (SEARCH % "74 um").replace(*change))
    code, out, err = command("search", study, "-o", tmp_path / "found")
    assert code == 2 and not out and says in err and "study.yaml:" in err and "Traceback" not in err
    assert not (tmp_path / "found").exists()


def test_a_misspelt_measure_exits_with_2_after_the_first_run(command, tmp_path):
    study = written(tmp_path, (SEARCH % "74 um").replace("opening", "opning"))
    code, out, err = command("search", study, "-o", tmp_path / "found")
    assert code == 2 and not out and "study.yaml:11:" in err and 'did you mean "development.opening.resist-1' in err
    assert not (tmp_path / "found").exists()


def test_an_unknown_study_names_those_that_there_are(command, tmp_path):
    code, _, err = command("search", "stair-in-contct", "-o", tmp_path / "found")
    assert code == 2 and "stair-in-contact" in err
    assert set(study_names()) == {"stair-grey-ring", "stair-in-contact", "stair-sensitivities", "thick-positive"}
