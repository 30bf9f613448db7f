"""The page of the format is executed: what it shows runs."""

import re
from pathlib import Path

from waferbump.explore import calibrate_study, read_study
from waferbump.explore.calibration_study import CALIBRATE_FIELDS
from waferbump.explore.observations import MODELS
from waferbump.explore.study import SEARCH_FIELDS

PAGE = (Path(__file__).parents[2] / "docs" / "studies.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)


def test_the_search_of_the_page_reaches_its_targets(tmp_path, monkeypatch, capsys):
    study, _ = blocks("yaml")
    (example,) = blocks("python")
    (tmp_path / "stair-76-90.yaml").write_text(study, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "studies.md", "exec"), {})
    out = capsys.readouterr().out
    assert out.startswith("reached\n") and "latitude of masks.bump.circle" in out


def test_the_calibration_of_the_page_finds_its_numbers(tmp_path):
    _, study = blocks("yaml")
    (tmp_path / "thick.yaml").write_text(study, encoding="utf-8")
    found = calibrate_study(tmp_path / "thick.yaml", tmp_path / "out")
    assert found.status == "calibrated" and found.fit.scale < 1.5
    # the numbers that the page says the values were made from, within two standard uncertainties
    for one, true in zip(found.parameters, (6e-4, 2e-7), strict=True):
        assert abs(one.value - true) < 2 * one.uncertainty


def test_the_page_names_every_field_and_measure():
    for field in (*SEARCH_FIELDS, *CALIBRATE_FIELDS):
        assert re.search(rf"\b{field}\b", PAGE), field
    rows = re.findall(r"^\| `(\w+)` \|", PAGE, re.M)
    assert set(MODELS) <= set(rows)


def test_the_defaults_of_the_page_are_those_of_the_code(tmp_path):
    study, _ = blocks("yaml")
    path = tmp_path / "study.yaml"
    path.write_text(study.replace("budget: 60\n", ""), encoding="utf-8")
    found = read_study(path)
    assert (found.budget, found.latitude) == (150, 48)
    assert "150 when not given" in PAGE and "16 a factor when not given" in PAGE
