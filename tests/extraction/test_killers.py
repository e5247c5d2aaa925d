"""Tracks that kill whoever opens them: they are left out, and everything else is done."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mgc.datasets.base import Dataset, Track
from mgc.extraction import gather, job
from mgc.extraction.collected import read_record
from mgc.extraction.plan import DEADLY, Ended, Files
from mgc.extraction.planning import planned
from tests.extraction.conftest import an_engine
from tests.extraction.test_job import many, until
from tests.extraction.test_work import extract

if TYPE_CHECKING:
    from pathlib import Path

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


def attempt(files: Files, dataset: Dataset, *events: str) -> int:
    """Write the next attempt and what its workers told of the only track; return its number."""
    files.write_plan(*planned(files, dataset, ("descriptors",), "tls://127.0.0.1:1"))
    plan = files.plan()
    assert plan is not None
    with files.journal(plan.attempt, "w").open("w") as journal:
        journal.writelines(json.dumps({"track": "t", "event": event, "time": 1.0}) + "\n" for event in events)
    return plan.attempt


def deaths(files: Files, dataset: Dataset) -> int:
    return planned(files, dataset, ("descriptors",), "tls://127.0.0.1:1")[1].items[0].deaths


def test_a_track_that_ends_the_engine_too_is_left_out_in_a_later_attempt(one: Dataset, tmp_path: Path) -> None:
    files = Files(tmp_path / "x")
    for _ in range(DEADLY):  # nobody lived to take over
        attempt(files, one, "begun")
    number = attempt(files, one)
    assert extract(files.folder, number) == 1
    assert [line.why for line in files.lines(number) if line.event == "failed"] == [
        "The worker process ended 2 times while it was at this track; it was left out."
    ]
    assert deaths(files, one) == DEADLY  # what was left out stays so until the job is done
    files.end(number, Ended("finished", time.time()))
    assert deaths(files, one) == 0  # and then has another chance


@pytest.mark.parametrize(("events", "died"), [(("begun",), 0), (("begun", "begun"), 1), (("begun", "done"), 0)])
@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_nobody_died_over_the_track_at_which_a_job_was_stopped(
    one: Dataset, tmp_path: Path, how: str, events: tuple[str, ...], died: int
) -> None:
    files = Files(tmp_path / "x")
    number = attempt(files, one, *events)
    if how == "cancelled":
        files.cancel(number)
    else:
        files.end(number, Ended("failed", 1.0, "The disk is full."))
    assert deaths(files, one) == died


def test_a_file_that_was_replaced_is_tried_anew(one: Dataset, small: Dataset, tmp_path: Path) -> None:
    files = Files(tmp_path / "x")
    attempt(files, one, "begun", "begun")
    assert deaths(files, one) == 2
    shutil.copy(small.tracks[1].audio or "", tmp_path / "one.flac")
    assert deaths(files, one) == 0
    (tmp_path / "one.flac").unlink()
    assert deaths(files, one) == 0


def test_a_record_whose_making_kills_workers_ends_the_job(
    one: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise SystemExit(9)

    files = Files(tmp_path / "x")
    number = attempt(files, one)
    monkeypatch.setattr(gather, "record", killed)
    for _ in range(DEADLY):
        with pytest.raises(SystemExit):
            gather.finish(str(files.folder), number, [1])
    assert gather.finish(str(files.folder), number, [1]) == 0
    ended = files.ended(number)
    assert ended is not None
    assert (ended.state, ended.why[:34]) == ("failed", "The worker process ended 2 times w")
