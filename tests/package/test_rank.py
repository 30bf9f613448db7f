"""A ranking by plane cells: what is kept and found again, how a distance is bracketed, what a row says, an interrupt."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from dataclasses import replace

import numpy as np
import pytest

from tests.package.made_structures import PLAIN, VEHICLE, laws, structure
from waferbump.archive import ArchiveError
from waferbump.package import cell_rank
from waferbump.package.cell_points import LADDER, LET_GO, PULL, WHOLE, Job, allowed, plane_shift, search, secant, shortest
from waferbump.package.cell_rank import _row, rank_cells
from waferbump.package.judging import rank_key
from waferbump.package.rank_store import CYCLE, POINTS, RANK, RankStore, prepared, vehicle_key

SETTINGS = (1.0, 2, 1)


def record(job, nominal, *, line=np.inf, closed=False, torn=False, steady=True):
    """What a job would leave whose cell lasts for some cycles."""

    def band(cycles):
        finite = cycles if np.isfinite(cycles) else None
        return {
            "nominal": finite, "model": "one", "low": None if finite is None else cycles / 4,
            "high": None if finite is None else 4 * cycles,
        }  # fmt: skip

    return {
        "key": job.key, "label": job.label, "kind": job.kind, "distance": job.distance, "closed": closed, "torn": torn, "steady": steady,
        "lives": {"solder": band(nominal), "line": band(line)}, "seconds": 1.0,
    }  # fmt: skip


def pull(**more):
    """What a pull would leave of a bump of 1e5 N/m that gives way as a spring."""
    moved = [1e-6, 1e-5, 4e-5]
    return {
        "key": "it|pull|0", "label": "it", "kind": PULL, "distance": 0.0, "lets_go": None, "displacement": None, "pulled": 4e-5,
        "stopped": "", "cold": 3.6e-3, "curve": [moved, [1e5 * u for u in moved]], "seconds": 1.0, **more,
    }  # fmt: skip


def driven(answer, *, weak=False, target=1000.0, pulls=None):
    """All cells that a search asks for after its pull, with their records, answered by a function of the job."""
    steps, asked = search("it", weak, target, SETTINGS), []
    try:
        job = next(steps)
        assert job.kind == PULL and job.distance == 0.0, "its stiffness comes first"
        job = steps.send(pull(**(pulls or {})))
        while True:
            asked.append(job)
            job = steps.send(answer(job))
    except StopIteration as end:
        first, *records = end.value
        assert first["kind"] == PULL
        return asked, records


def by_power(limit, power=2.0):
    """A life that reaches 1000 cycles at a distance and falls with its power."""
    return lambda job: record(job, 1000.0 * (limit / job.distance) ** power)


# ---- the store


def test_finished_work_is_found_again(tmp_path):
    job = Job("a", WHOLE, 1e-3, *SETTINGS)
    with RankStore(tmp_path / "r", "key") as store:
        assert store.known == {}
        store.keep(record(job, 500.0))
    with RankStore(tmp_path / "r", "key") as store:
        assert set(store.known) == {job.key} and store.known[job.key]["lives"]["solder"]["nominal"] == 500.0
        store.keep(record(replace(job, distance=2e-3), 50.0))
    with RankStore(tmp_path / "r", "key") as store:
        assert len(store.known) == 2


def test_a_ranking_that_is_refused_before_its_first_work_leaves_nothing(tmp_path):
    with pytest.raises(ValueError), RankStore(tmp_path / "r" / "s", "key"):
        raise ValueError
    assert list(tmp_path.iterdir()) == []


def test_a_killed_runs_half_line_is_dropped_and_what_is_whole_kept(tmp_path):
    with RankStore(tmp_path, "key") as store:
        for distance in (1e-3, 2e-3):
            store.keep(record(Job("a", WHOLE, distance, *SETTINGS), 5.0))
    path = tmp_path / POINTS
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with RankStore(tmp_path, "key") as store:
        assert len(store.known) == 1
        store.keep(record(Job("a", WHOLE, 2e-3, *SETTINGS), 5.0))
    assert path.read_bytes() == whole


def test_what_was_killed_before_its_first_line_begins_anew(tmp_path):
    (tmp_path / POINTS).write_bytes(b'{"waferbump": "0.')
    with RankStore(tmp_path, "key") as store:
        store.keep(record(Job("a", WHOLE, 1e-3, *SETTINGS), 5.0))
    with RankStore(tmp_path, "key") as store:
        assert len(store.known) == 1


@pytest.mark.parametrize("broken", [b"no json\n", b"[1]\n", b'{"key": 1}\n', b"\xff\xfe\n"])
def test_a_damaged_store_is_refused_and_left_alone(tmp_path, broken):
    (tmp_path / POINTS).write_bytes(broken)
    with pytest.raises(ArchiveError, match="damaged; delete the folder"), RankStore(tmp_path, "key"):
        pass
    assert (tmp_path / POINTS).read_bytes() == broken


def test_work_of_another_vehicle_or_other_code_is_refused_and_left_alone(tmp_path):
    with RankStore(tmp_path, "key") as store:
        store.keep(record(Job("a", WHOLE, 1e-3, *SETTINGS), 5.0))
    before = (tmp_path / POINTS).read_bytes()
    with pytest.raises(ArchiveError, match="another vehicle or other settings"), RankStore(tmp_path, "other"):
        pass
    head, rest = before.split(b"\n", 1)
    older = json.dumps({**json.loads(head), "code": "0" * 16}).encode() + b"\n" + rest
    (tmp_path / POINTS).write_bytes(older)
    with pytest.raises(ArchiveError, match="another version of waferbump"), RankStore(tmp_path, "key"):
        pass
    assert (tmp_path / POINTS).read_bytes() == older


def test_a_foreign_folder_or_a_file_is_refused_and_left_alone(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "precious.txt").write_text("keep me")
    (tmp_path / "file").write_text("x")
    for place, words in (("notes", "nothing that waferbump wrote"), ("file", "is no folder"), ("file/below", "cannot be made")):
        with pytest.raises(ArchiveError, match=words), RankStore(tmp_path / place, "key"):
            pass
    with pytest.raises(ArchiveError, match="nothing that waferbump wrote"):
        prepared(tmp_path / "notes", (CYCLE,))
    assert [p.name for p in (tmp_path / "notes").iterdir()] == ["precious.txt"] and (tmp_path / "file").read_text() == "x"


def test_a_ranking_and_a_cycled_structure_do_not_share_a_folder(tmp_path):
    (tmp_path / CYCLE).write_text("{}")
    with pytest.raises(ArchiveError):
        prepared(tmp_path, (POINTS, RANK))
    (tmp_path / RANK).write_text("{}")
    prepared(tmp_path, (POINTS, RANK))


def test_keys_tell_vehicles_and_settings_apart_but_not_titles():
    same = replace(VEHICLE, title="another title", folder="elsewhere")
    assert rank_key(VEHICLE, 1.0, 1) == rank_key(same, 1.0, 1)
    others = [
        replace(VEHICLE, pitch=4e-4), replace(VEHICLE, target=500.0), replace(VEHICLE, die=replace(VEHICLE.die, thickness=3e-4)),
        replace(VEHICLE, materials={"silicone": {"young_modulus": 2e7}}), replace(VEHICLE, structures={"P0": PLAIN}),
    ]  # fmt: skip
    keys = [rank_key(one, 1.0, 1) for one in others] + [rank_key(VEHICLE, 0.5, 1), rank_key(VEHICLE, 1.0, -1), vehicle_key(VEHICLE)]
    assert len({rank_key(VEHICLE, 1.0, 1), *keys}) == len(keys) + 1


# ---- the search


@pytest.mark.parametrize("limit", [0.2e-3, 0.9e-3, 1.1e-3, 3e-3, 9e-3])
def test_a_search_brackets_the_distance_and_looks_a_step_beyond(limit):
    asked, records = driven(by_power(limit))
    ladder = sorted(job.distance for job in asked)
    assert len(ladder) == len(set(ladder)) == len(records) and {job.kind for job in asked} == {WHOLE}
    inside = [d for d in ladder if d <= limit], [d for d in ladder if d > limit]
    assert all(inside) and max(inside[0]) * 2.0 == pytest.approx(min(inside[1]))
    assert ladder == [d for d in LADDER if ladder[0] <= d <= ladder[-1]], "no hole in the ladder"
    # a power law is a straight line between logarithms
    assert allowed(records, "solder", 1000.0) == (pytest.approx(limit, rel=1e-9), "")
    low, high = (allowed(records, "solder", 1000.0, which)[0] for which in ("low", "high"))
    # a quarter of the life, four times it: half the distance and twice it under a square law, where the ladder reaches that far
    assert low == pytest.approx(max(limit / 2.0, ladder[0]), rel=1e-9) and high == pytest.approx(min(2.0 * limit, ladder[-1]), rel=1e-9)


def test_a_structure_that_lasts_everywhere_is_beyond_and_one_that_never_does_below():
    asked, records = driven(lambda job: record(job, np.inf))
    assert asked[-1].distance == LADDER[-1] or max(j.distance for j in asked) == LADDER[-1]
    assert allowed(records, "solder", 1000.0) == (LADDER[-1], "beyond")
    asked, records = driven(lambda job: record(job, 1.0))
    assert min(job.distance for job in asked) == LADDER[0]
    assert allowed(records, "solder", 1000.0) == (LADDER[0], "below")
    assert len(asked) <= len(LADDER)


def test_the_shorter_of_the_two_modes_decides_where_to_look():
    asked, records = driven(lambda job: record(job, 1e9, line=1000.0 * (0.7e-3 / job.distance) ** 4))
    assert min(job.distance for job in asked) <= 0.5e-3 < 0.7e-3
    assert allowed(records, "line", 1000.0)[0] == pytest.approx(0.7e-3)
    assert allowed(records, "solder", 1000.0)[1] == "beyond"


def test_cells_beyond_where_a_weak_joint_lets_go_are_released_ones():
    asked, records = driven(by_power(3e-3), weak=True, pulls={"lets_go": 1.5e-3, "displacement": 1e-5})
    assert len(records) == len(asked) and {job.distance > 1.5e-3: job.kind for job in asked} == {False: WHOLE, True: LET_GO}
    assert len({job.key for job in asked}) == len(asked)


@pytest.mark.parametrize("pulls", [{"problem": "no equilibrium"}, {"lets_go": None}])
def test_a_weak_joint_that_does_not_let_go_leaves_a_whole_cell(pulls):
    asked, _ = driven(by_power(3e-3), weak=True, pulls=pulls)
    assert {job.kind for job in asked} == {WHOLE}


def test_a_bump_is_softer_the_farther_it_is_pulled():
    one = pull(curve=[[1e-6, 1e-5, 4e-5], [0.1, 0.5, 0.8]])
    assert secant(one, 0.0) == pytest.approx(1e5) and secant(one, 1e-5 / 3.6e-3) == pytest.approx(5e4)
    assert secant(one, 1.0) == pytest.approx(2e4), "held beyond the pull's end"


def test_a_cell_that_could_not_be_computed_ends_the_search_with_what_was_found():
    def answer(job):
        if job.distance > 1.5e-3:
            return {"key": job.key, "label": "it", "kind": WHOLE, "distance": job.distance, "problem": "no equilibrium", "seconds": 1.0}
        return by_power(9e-3)(job)

    asked, records = driven(answer)
    assert len(asked) == 2 and shortest(records[-1]) is None
    assert allowed(records, "solder", 1000.0) == (LADDER[3], "beyond")
    asked, records = driven(lambda job: {"key": job.key, "kind": WHOLE, "distance": job.distance, "problem": "no", "seconds": 1.0})
    assert len(asked) == 1 and allowed(records, "solder", 1000.0) is None


def test_a_life_that_rises_again_does_not_raise_the_allowed_distance():
    lives = dict(zip(LADDER, (1e5, 1e4, 500.0, 5e3, 2e3, 100.0, 10.0, 1.0), strict=True))
    records = [record(Job("it", WHOLE, d, *SETTINGS), life) for d, life in lives.items()]
    assert LADDER[1] < allowed(records, "solder", 1000.0)[0] < LADDER[2]


def test_a_mode_without_a_model_is_not_judged():
    _, records = driven(by_power(1e-3))
    for one in records:
        one["lives"]["line"]["model"] = None
    assert allowed(records, "line", 1000.0) is None and allowed(records, "solder", 1000.0) is not None


# ---- a row


def test_a_row_says_what_it_allows_and_how_many_bumps_that_is():
    _, records = driven(by_power(1.2e-3))
    row = _row("P0", structure(PLAIN), VEHICLE, laws(), [pull(), *records], False)
    assert row["first"] == "solder" and row["low"] < row["distance"] < row["high"]
    # what die and board leave to the bump is less than the free mismatch, so the true distance is farther
    assert row["distance"] > row["modes"]["solder"]["free_mismatch"] == pytest.approx(1.2e-3)
    side = math.isqrt(row["bumps"])
    assert side**2 == row["bumps"] and row["edge"] == pytest.approx(side * VEHICLE.pitch)
    assert VEHICLE.corner_distance(row["edge"]) <= row["distance"] < VEHICLE.corner_distance(row["edge"] + VEHICLE.pitch)
    assert row["modes"]["line"]["distance"] is None and row["points"] == len(records) + 1 == row["seconds"]
    assert row["lets_go"] is None and row["closes"] is None and row["path"] and row["notes"] == []
    json.dumps(row, allow_nan=False)


def test_a_row_of_what_never_fails_has_no_limit_and_no_bumps():
    _, records = driven(lambda job: record(job, np.inf))
    row = _row("P0", structure(PLAIN), VEHICLE, laws(), [pull(), *records], False)
    assert (row["distance"], row["bumps"], row["edge"], row["first"]) == (None, None, None, "")
    json.dumps(row, allow_nan=False)


def test_a_row_says_where_it_fails_at_once_closes_lets_go_or_tears():
    _, records = driven(lambda job: record(job, 1.0, closed=job.distance > 0.3e-3, torn=True, steady=False))
    row = _row("E9", structure(PLAIN), VEHICLE, laws(), [pull(lets_go=2e-3, displacement=1e-5), *records], True)
    assert any("the last two cycles still differ" in note for note in row["notes"])
    assert any("the true limit is smaller" in note for note in row["notes"])
    assert any("lets go at a board displaced by 10 um, 2 mm from" in note for note in row["notes"])
    assert row["lets_go"] == 2e-3 and row["closes"] == 0.5e-3 and not row["path"] and row["weak"]


@pytest.mark.parametrize(
    ("changes", "said"), [({}, "does not let go up to a board displaced by 40 um"), ({"problem": "no", "curve": None}, "could not")]
)
def test_a_row_says_that_a_weak_joint_holds_or_is_not_known(changes, said):
    _, records = driven(by_power(1.2e-3))
    asked = {name: value for name, value in pull(**changes).items() if value is not None or name == "lets_go"}
    row = _row("E9", structure(PLAIN), VEHICLE, laws(), [asked, *records], True)
    assert any(said in note for note in row["notes"]) and (row["stiffness"] is None) == ("problem" in changes)
    assert any("weak joint" in note for note in row["notes"])


def test_a_row_of_nothing_but_problems_says_so():
    records = [{"key": "k", "label": "it", "kind": WHOLE, "distance": 1e-3, "problem": "no equilibrium", "seconds": 1.0}]
    row = _row("P0", structure(PLAIN), VEHICLE, laws(), [pull(), *records], False)
    assert row["distance"] is None and row["notes"] == ["no equilibrium"] and row["modes"] == {} and row["first"] == ""


def test_the_free_shift_of_a_board_is_the_mismatch_at_the_cold_end():
    # 14 to 18 ppm/K of FR-4 less 2.6 of silicon over 217 to -40 degC: 3 to 4 per mille
    assert 2.5e-3 < plane_shift(structure(PLAIN), VEHICLE, laws()) < 4.5e-3


# ---- all of it, with work that costs nothing


class _AtOnce:
    """A pool that does its work where it is."""

    def __init__(self, *_, **__):
        self.stopped = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def submit(self, work, *given):
        future = Future()
        try:
            future.set_result(work(*given))
        except KeyboardInterrupt as stop:
            future.set_exception(stop)
        return future

    def shutdown(self, **_):
        self.stopped = True


def test_a_ranking_resumes_without_doing_anything_twice(tmp_path, monkeypatch):
    asked = []

    def done(job, one, vehicle):
        asked.append(job.key)
        if job.kind == PULL:
            return pull(key=job.key, label=job.label)
        return by_power({"a": 1e-3, "b": 4e-3}[job.label])(job)

    monkeypatch.setattr(cell_rank, "ProcessPoolExecutor", _AtOnce)
    monkeypatch.setattr(cell_rank, "done", done)
    # what die and board share is another test's
    monkeypatch.setattr(cell_rank, "distance_for", lambda effective, stiffness, *_, **__: 1.2 * effective)
    structures, said = {"a": structure(PLAIN), "b": structure(PLAIN)}, []
    with RankStore(tmp_path, "key") as store:
        rows = rank_cells(VEHICLE, structures, store, told=said.append)
    assert [row["label"] for row in rows] == ["a", "b"] and rows[0]["distance"] < rows[1]["distance"]
    assert rows[0]["softer"] == 1.0 and len(said) == len(asked) == len(set(asked))
    # a killed ranking: the last two pieces of work are gone
    path = tmp_path / POINTS
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-2]))
    first = list(asked)
    with RankStore(tmp_path, "key") as store:
        assert rank_cells(VEHICLE, structures, store) == rows
    assert sorted(asked[len(first) :]) == sorted(json.loads(line)["key"] for line in lines[-2:])


def test_an_interrupt_keeps_what_was_finished(tmp_path, monkeypatch):
    def done(job, one, vehicle):
        if job.kind == PULL:
            return pull(key=job.key, label=job.label)
        if job.distance > 1.5e-3:
            raise KeyboardInterrupt
        return by_power(9e-3)(job)

    monkeypatch.setattr(cell_rank, "ProcessPoolExecutor", _AtOnce)
    monkeypatch.setattr(cell_rank, "done", done)
    with RankStore(tmp_path, "key") as store, pytest.raises(KeyboardInterrupt):
        rank_cells(VEHICLE, {"a": structure(PLAIN)}, store)
    with RankStore(tmp_path, "key") as store:
        assert [one["distance"] for one in store.known.values()] == [0.0, 1e-3]


@pytest.mark.slow
def test_an_interrupted_ranking_keeps_its_finished_points_and_goes_on(tmp_path):
    package = tmp_path / "p.yaml"
    package.write_text("package: 1\nname: tiny\nstructures: {P0: plain-bump}\n")
    command = [
        sys.executable, "-m", "waferbump.cli", "rank", str(package), "--level", "plane_cell", "--refine", "0.4", "--workers", "1", "-o",
        str(tmp_path / "out"),
    ]  # fmt: skip
    path = tmp_path / "out" / POINTS
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        until = time.monotonic() + 900.0
        while time.monotonic() < until and running.poll() is None and not (path.exists() and path.read_bytes().count(b"\n") >= 2):
            time.sleep(0.2)
        assert running.poll() is None, running.communicate()
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to the command and its workers
        _, err = running.communicate(timeout=120)
    finally:
        if running.poll() is None:
            running.kill()
    assert running.returncode != 0 and "Traceback" not in err, err
    kept = [json.loads(line) for line in path.read_bytes().splitlines()[1:]]
    assert kept and all(not {"lives", "curve", "problem"}.isdisjoint(one) for one in kept) and not (tmp_path / "out" / RANK).exists()
    again = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    assert again.returncode == 0, again.stderr
    assert json.loads((tmp_path / "out" / RANK).read_text())["rows"][0]["points"] > len(kept)
    done_again = [line for line in again.stderr.splitlines() if "] P0: " in line]
    assert len(done_again) + len(kept) == len(path.read_bytes().splitlines()) - 1
