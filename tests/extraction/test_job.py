"""Jobs on a real engine: finished, cancelled, killed and gone on with."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mgc.extraction import job
from mgc.extraction.collected import read_record
from mgc.jobs import cluster
from tests.extraction.conftest import end_engine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mgc.datasets.base import Dataset


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
    status = until(tmp_path, lambda now: not now.is_active)  # whoever looks starts another
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
