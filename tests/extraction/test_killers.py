"""Tracks that kill whoever opens them: they are left out, and everything else is done."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mgc import jobs
from mgc.datasets.base import Dataset, Track
from mgc.extraction import job, work
from mgc.extraction.collected import read_record
from mgc.jobs import cluster, process
from mgc.jobs.process import me
from mgc.jobs.records import DEATHS
from mgc.jobs.worker import run_here
from tests.extraction.conftest import an_engine
from tests.extraction.test_job import many, until

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.jobs.store import Store

# Loaded by every interpreter that the engine starts.
DEADLY_FILES = """
import os, sys

def end(event, arguments):
    if event == "open" and os.path.basename(str(arguments[0])).startswith("killer"):
        os._exit(9)

sys.addaudithook(end)
"""


@pytest.mark.slow
def test_two_killers_in_one_part_cost_two_tracks(small: Dataset, tmp_path: Path) -> None:
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(DEADLY_FILES)
    tracks = list(many(small, 14).tracks)[:40]
    for at in (1, 3):  # of 40 tracks five lie in a part
        path = tmp_path / f"killer{at}.wav"
        shutil.copy(tracks[at].audio or "", path)
        tracks[at] = replace(tracks[at], id=f"killer{at}", audio=path)
    with an_engine(tmp_path / "home", PYTHONPATH=str(tmp_path / "hook")):
        job.begin(tmp_path / "x", replace(small, tracks=tuple(tracks)), ("descriptors",))
        status = until(tmp_path / "x", lambda now: not now.is_active)
    assert (status.state, status.done, [track for track, _ in status.failed]) == (
        "finished",
        40,
        ["killer1", "killer3"],
    )
    found = read_record(tmp_path / "x")
    assert found is not None
    assert found.has_descriptors.sum() == 38


@pytest.fixture
def one(small: Dataset, tmp_path: Path) -> Dataset:
    """Return a data set of one track."""
    path = tmp_path / "one.flac"
    shutil.copy(small.tracks[0].audio or "", path)
    return Dataset("one", "One", "none", (Track("t", "jazz", audio=path),))


def begin(folder: Path, dataset: Dataset) -> int:
    """Begin a job that no worker does; return its number."""
    job.begin(folder, dataset, ("descriptors",))
    return jobs.jobs()[0].id


def die(store: Store, id: int, *, guilty: bool = True) -> None:
    """Be a worker that dies while it is at the track."""
    claim = store.claim(me().text, place=process.place(), code=cluster.code())
    assert claim is not None
    begun = store.begin(claim.task, claim.number, me(), 0.0)
    assert begun is not None
    item = begun[1].config["items"][0]
    store.begin_item(claim.task, claim.number, item["id"], item["stamp"])
    store.lose(claim.task, claim.number, "gone", guilty=guilty)


def test_a_track_that_ends_its_worker_in_two_jobs_is_left_out_in_a_third(
    idle: Store, one: Dataset, tmp_path: Path
) -> None:
    for _ in range(DEATHS):
        id = begin(tmp_path / "x", one)
        die(idle, id)
        jobs.cancel(id)
    run_here(idle, begin(tmp_path / "x", one))
    status = job.look(tmp_path / "x")
    assert status.failed == (("t", "The worker process ended 2 times while working on this track; it was left out."),)
    assert status.state == "finished"
    run_here(idle, begin(tmp_path / "x", one))  # what was left out has another chance once a job has finished
    assert job.look(tmp_path / "x").failed == ()


@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_a_track_at_which_a_job_was_stopped_is_not_blamed(idle: Store, one: Dataset, tmp_path: Path, how: str) -> None:
    for _ in range(3):
        id = begin(tmp_path / "x", one)
        claim = idle.claim(me().text, place=process.place(), code=cluster.code())
        assert claim is not None
        idle.begin(claim.task, claim.number, me(), 0.0)
        idle.begin_item(claim.task, claim.number, "t")
        if how == "cancelled":
            jobs.cancel(id)
        else:
            idle.end(claim.task, claim.number, "failed", "The disk is full.")
    run_here(idle, begin(tmp_path / "x", one))
    assert job.look(tmp_path / "x").failed == ()


def test_a_track_during_which_the_whole_engine_was_killed_is_not_blamed(
    idle: Store, one: Dataset, tmp_path: Path
) -> None:
    id = begin(tmp_path / "x", one)
    for _ in range(3):
        die(idle, id, guilty=False)
    run_here(idle, id)
    assert job.look(tmp_path / "x").failed == ()


def test_a_file_that_was_replaced_is_tried_anew(idle: Store, one: Dataset, small: Dataset, tmp_path: Path) -> None:
    id = begin(tmp_path / "x", one)
    die(idle, id)
    die(idle, id)
    jobs.cancel(id)
    shutil.copy(small.tracks[1].audio or "", tmp_path / "one.flac")
    run_here(idle, begin(tmp_path / "x", one))
    assert job.look(tmp_path / "x").failed == ()


def test_a_record_whose_making_kills_workers_ends_the_job(
    idle: Store, one: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = begin(tmp_path / "x", one)
    monkeypatch.setattr(work, "_extract", lambda *_: None)
    for _ in range(DEATHS + 1):
        claim = idle.claim(me().text, place=process.place(), code=cluster.code())
        assert claim is not None
        idle.begin(claim.task, claim.number, me(), 0.0)
        if jobs.tasks(id)[0].state == "running":
            idle.end(claim.task, claim.number, "finished")
        else:
            idle.lose(claim.task, claim.number, "gone", guilty=True)
    status = job.look(tmp_path / "x")
    assert (status.state, status.why[:34]) == ("failed", "The worker process ended 2 times w")
