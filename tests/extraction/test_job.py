"""Jobs on a real engine: finished, cancelled, killed and gone on with."""

from __future__ import annotations

import json
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mgc.errors import DatasetError, ModelError
from mgc.extraction import job
from mgc.extraction.collected import read_record
from mgc.extraction.plan import Ended, Files, Goods, Item, Line, Plan
from mgc.jobs import cluster
from tests.extraction.conftest import end_engine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mgc.datasets.base import Dataset

PLAN = Plan(1, ("descriptors",), 1000.0, "tls://127.0.0.1:9", 4, 3)
GOODS = Goods(tuple(Item(f"t{i}", "rock", "x" if i < 3 else "", "") for i in range(4)), {})


def until(folder: Path, done: Callable[[job.Status], bool], seconds: float = 120) -> job.Status:
    deadline = time.monotonic() + seconds
    while not done(status := job.look(folder)):
        assert time.monotonic() < deadline, status
        time.sleep(0.05)
    return status


def many(small: Dataset, copies: int) -> Dataset:
    """Return a data set of several tracks per file, so that it takes a while."""
    sound = [track for track in small.tracks if track.id.startswith("good")]
    return replace(small, tracks=tuple(replace(track, id=f"{track.id}.{i}") for i in range(copies) for track in sound))


@pytest.mark.slow
def test_a_job_runs_to_its_end(engine: Path, small: Dataset, tmp_path: Path) -> None:
    begun = job.begin(tmp_path, small, ("descriptors", "mel"))
    assert begun.is_active
    assert job.begin(tmp_path, small, ("descriptors",)).started == begun.started  # one is enough
    status = until(tmp_path, lambda now: not now.is_active)
    assert (status.state, status.done, len(status.failed)) == ("finished", 6, 1)
    found = read_record(tmp_path)
    assert found is not None
    assert found.ids == tuple(track.id for track in small.tracks)
    assert oct((engine / "tls.pem").stat().st_mode)[-3:] == "600"


@pytest.mark.slow
def test_a_killed_engine_loses_the_tracks_in_hand_only(engine: Path, small: Dataset, tmp_path: Path) -> None:
    dataset = many(small, 30)
    job.begin(tmp_path, dataset, ("descriptors", "mel"))
    until(tmp_path, lambda now: now.done >= 5)
    end_engine(signal.SIGKILL)
    broken_off = until(tmp_path, lambda now: not now.is_active)
    assert broken_off.state == "failed"
    assert "it goes on where it was" in broken_off.why
    job.begin(tmp_path, dataset, ("descriptors", "mel"))
    status = until(tmp_path, lambda now: not now.is_active)
    assert (status.state, status.done, status.failed) == ("finished", 90, ())


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_its_tracks_are_done(engine: Path, small: Dataset, tmp_path: Path) -> None:
    psutil = pytest.importorskip("psutil")
    job.begin(tmp_path, many(small, 30), ("descriptors", "mel"))
    until(tmp_path, lambda now: now.done >= 5)
    running = cluster.running()
    assert running is not None
    workers = [child for child in psutil.Process(running.pid).children() if "spawn_main" in " ".join(child.cmdline())]
    workers[0].kill()
    status = until(tmp_path, lambda now: not now.is_active)
    assert (status.state, status.done, status.failed) == ("finished", 90, ())


@pytest.mark.slow
def test_a_cancelled_job_stops_and_goes_on_later(engine: Path, small: Dataset, tmp_path: Path) -> None:
    dataset = many(small, 100)
    job.begin(tmp_path, dataset, ("descriptors",))
    until(tmp_path, lambda now: now.done >= 3)
    stopped = job.stop(tmp_path)
    assert stopped.state == "cancelled"
    time.sleep(1.5)  # the tracks in hand may still be told
    rest = job.look(tmp_path).done
    time.sleep(1.0)
    assert job.look(tmp_path).done == rest < 300
    assert job.begin(tmp_path, dataset, ("descriptors",)).is_active
    assert until(tmp_path, lambda now: not now.is_active).state == "finished"


def test_what_was_never_started_is_none(tmp_path: Path) -> None:
    assert job.look(tmp_path) == job.Status("none")
    assert job.stop(tmp_path).state == "none"


def test_an_unknown_kind_is_named_with_those_that_are_known(small: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no 'smell' to extract; known are descriptors, mel, embeddings"):
        job.begin(tmp_path, small, ("smell",))


def test_embeddings_without_weights_say_what_is_missing(small: Dataset, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"weights are not at weights/yamnet\.h5"):
        job.begin(tmp_path, small, ("embeddings",))
    assert job.look(tmp_path).state == "none"


def journal(files: Files, *lines: Line) -> None:
    with files.journal(1, "w").open("a") as file:
        file.writelines(json.dumps({"track": a.track, "event": a.event, "time": a.time, "why": a.why,
                                    "sha256": a.sha256, "sounding": a.sounding}) + "\n" for a in lines)  # fmt: skip


def test_states_are_read_off_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, now = Files(tmp_path), time.time()
    files.write_plan(PLAN, GOODS)
    files.submit(1)
    assert job.look(tmp_path).state == "failed"  # nobody listens on that port
    monkeypatch.setattr(cluster, "is_up", lambda where: True)
    assert job.look(tmp_path) == job.Status("queued", 0, 4, (), None, 1000.0, ("descriptors",), "", sounding=3)
    journal(files, Line("t0", "begun", now - 3), Line("t0", "done", now - 1, "a"))
    assert (job.look(tmp_path).state, job.look(tmp_path).done) == ("running", 1)
    files.cancel(1)
    assert job.look(tmp_path).state == "cancelled"
    files.end(1, Ended("failed", now, "The disk is full."))
    assert (job.look(tmp_path).state, job.look(tmp_path).why) == ("failed", "The disk is full.")


def test_a_long_silence_counts_as_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "is_up", lambda where: True)
    files = Files(tmp_path)
    files.write_plan(PLAN, GOODS)
    then = time.time() - job.SILENCE - 5
    journal(files, Line("t0", "begun", then))
    assert job.look(tmp_path).state == "failed"
    journal(files, *(Line(f"t{i}", "done", then) for i in range(4)))
    assert job.look(tmp_path).state == "running"  # the record is being made


def test_the_time_left_minds_that_only_sound_takes_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "is_up", lambda where: True)
    files, now = Files(tmp_path), time.time()
    files.write_plan(replace(PLAN, total=106, sounding=6), GOODS)
    for i in range(5):
        journal(files, Line(f"s{i}", "begun", now - 20 + 2 * i), Line(f"s{i}", "done", now - 18 + 2 * i, sounding=True))
    journal(files, Line("p", "begun", now - 0.01), Line("p", "done", now))
    left = job.look(tmp_path).seconds_left
    assert left == pytest.approx(2.0 + 99 * 0.01, rel=0.1)


@pytest.mark.parametrize("word", [b"", b"{", b"[]", b'{"attempt": 1}'])
def test_a_damaged_plan_counts_as_none(tmp_path: Path, word: bytes) -> None:
    (tmp_path / "job.json").write_bytes(word)
    assert job.look(tmp_path).state == "none"


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_a_line_that_a_crash_has_cut_is_not_read(tmp_path: Path, cut: int) -> None:
    files = Files(tmp_path)
    files.write_plan(PLAN, GOODS)
    journal(files, Line("t0", "begun", 1.0), Line("t0", "done", 2.0, "a"))
    path = files.journal(1, "w")
    path.write_bytes(path.read_bytes()[: len(path.read_bytes()) - 1 - cut])
    assert [line.event for line in files.lines(1)] == ["begun"]
