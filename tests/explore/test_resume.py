"""A study in its folder: resumed as if never stopped, refused where the folder is another's."""

import json

import pytest

from tests.explore.functions import Function, space_of, wish
from tests.explore.stair import STAIR, written
from waferbump.archive import ArchiveError
from waferbump.explore import search_study
from waferbump.explore.evaluating import Bench
from waferbump.explore.search import search
from waferbump.explore.store import Store


def stopping(monkeypatch, after):
    """Let the bench be stopped by the user before one of its runs."""
    true, calls = Bench.__call__, []

    def call(self, setting):
        calls.append(setting)
        if len(calls) > after:
            raise KeyboardInterrupt
        return true(self, setting)

    monkeypatch.setattr(Bench, "__call__", call)
    return calls


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The study done in one go."""
    folder = tmp_path_factory.mktemp("whole")
    return search_study(written(folder), folder / "out")


@pytest.mark.parametrize("after", [0, 3, 9, 14])
def test_a_stopped_search_goes_on_and_ends_the_same(tmp_path, monkeypatch, whole, after):
    path = written(tmp_path)
    with monkeypatch.context() as patch:
        stopping(patch, after)
        stopped = search_study(path, tmp_path / "out")
    assert stopped.status == "interrupted" and stopped.outcome.runs == after
    assert any(f"stopped after {min(after, len(whole.outcome.points))} of 40 runs" in sentence for sentence in stopped.sentences())
    assert json.loads((tmp_path / "out" / "study.json").read_text())["status"] == "interrupted"
    calls = stopping(monkeypatch, 1000)
    resumed = search_study(path, tmp_path / "out")
    assert len(calls) == whole.outcome.runs - after
    assert resumed.outcome == whole.outcome


def test_a_stop_inside_a_step_is_a_stop_and_no_failed_run(tmp_path, monkeypatch):
    from waferbump.explore import evaluating

    def stopped(recipe, **settings):
        def stop(step):
            if step.id == "exposure":
                raise KeyboardInterrupt

        return line_run(recipe, on_step=stop, **settings)

    line_run = evaluating.run
    monkeypatch.setattr(evaluating, "run", stopped)
    found = search_study(written(tmp_path), tmp_path / "out")
    assert found.status == "interrupted" and not found.outcome.points and not (tmp_path / "out" / "points.jsonl").read_bytes()


def test_a_line_half_written_by_a_killed_run_is_dropped(tmp_path, whole):
    path = written(tmp_path)
    search_study(path, tmp_path / "out")
    points = tmp_path / "out" / "points.jsonl"
    kept = points.read_bytes()
    points.write_bytes(kept[: kept.index(b"\n", 900) + 40])
    assert search_study(path, tmp_path / "out").outcome == whole.outcome
    assert [json.loads(line)["factors"] for line in points.read_bytes().splitlines()] == [
        json.loads(line)["factors"] for line in kept.splitlines()
    ]


def test_a_damaged_line_is_said(tmp_path):
    path = written(tmp_path, STAIR.replace("budget: 40", "budget: 2"))
    search_study(path, tmp_path / "out")
    with (tmp_path / "out" / "points.jsonl").open("a") as file:
        file.write("{}\n")
    with pytest.raises(ArchiveError, match=r"points.jsonl:3: is damaged"):
        search_study(path, tmp_path / "out")


def test_a_larger_budget_goes_on_from_what_was_done(tmp_path, monkeypatch):
    calls = stopping(monkeypatch, 1000)
    tight = STAIR.replace("value: 75 um", "value: 140 um")
    search_study(written(tmp_path, tight.replace("budget: 40", "budget: 8")), tmp_path / "out")
    assert len(calls) == 8
    search_study(written(tmp_path, tight.replace("budget: 40", "budget: 12")), tmp_path / "out")
    assert len(calls) == 12


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda text: text.replace("value: 75 um", "value: 76 um"), "holds an earlier form of this study"),
        (lambda text: text.replace("name: stair", "name: other").replace("75 um", "76 um"), "holds another study"),
    ],
)
def test_another_study_is_refused_the_folder(tmp_path, change, sentence):
    text = STAIR.replace("budget: 40", "budget: 2")
    search_study(written(tmp_path, text), tmp_path / "out")
    with pytest.raises(ArchiveError, match=sentence):
        search_study(written(tmp_path, change(text)), tmp_path / "out")


def test_a_foreign_folder_is_refused_and_untouched(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.txt").write_text("dear")
    with pytest.raises(ArchiveError, match="holds no study of waferbump"):
        search_study(written(tmp_path), tmp_path / "out")
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["letter.txt"]
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError, match="is no folder"):
        search_study(written(tmp_path), tmp_path / "file")


def test_points_of_other_code_are_refused(tmp_path):
    path = written(tmp_path, STAIR.replace("budget: 40", "budget: 2"))
    search_study(path, tmp_path / "out")
    summary = tmp_path / "out" / "study.json"
    summary.write_text(json.dumps({**json.loads(summary.read_text()), "code": "0"}))
    with pytest.raises(ArchiveError, match="computed by another version of waferbump"):
        search_study(path, tmp_path / "out")


def test_two_at_work_on_one_folder(tmp_path):
    pytest.importorskip("fcntl")
    refused = pytest.raises(ArchiveError, match="another process is at work")
    with Store(tmp_path / "out", "a", "k"), refused, Store(tmp_path / "out", "a", "k"):
        pass


def test_a_search_of_a_function_stops_where_it_is_interrupted():
    space = space_of((0, 1), (0, 1))
    found = search(space, [wish("p", "value", 5.0, 0.1)], Function(space, lambda x, y: {"p": x + y}, stop_at=7), budget=30)
    assert found.interrupted and len(found.points) == 7 and found.best is not None
