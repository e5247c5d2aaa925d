"""Jobs on a real engine: finished, cancelled, killed and gone on with."""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mgc.extraction import job
from mgc.extraction.collected import read_record
from mgc.jobs import cluster
from tests.extraction.conftest import an_engine, end_engine
from tests.jobs.conftest import database, engine_of_sqlite_or_both, sqlite_or_both

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
@engine_of_sqlite_or_both
@pytest.mark.nightly
def test_a_killed_engine_loses_the_tracks_in_hand_only(engine: Path, small: Dataset, tmp_path: Path) -> None:
    dataset = many(small, 30)
    job.begin(tmp_path, dataset, ("descriptors", "mel"))
    until(tmp_path, lambda now: now.done >= 5)
    end_engine(signal.SIGKILL)
    status = until(tmp_path, lambda now: not now.is_active)  # whoever looks starts another
    assert (status.state, status.done, status.failed) == ("finished", 90, ())


@pytest.mark.slow
@engine_of_sqlite_or_both
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


@pytest.mark.nightly
@sqlite_or_both
def test_killed_at_random_moments_the_record_is_the_same_to_the_byte(
    sort: str, small: Dataset, tmp_path: Path, here: None, request: pytest.FixtureRequest
) -> None:
    """Kill workers and the engine while a data set is extracted: MGC_TEST_KILLS times."""
    psutil = pytest.importorskip("psutil")
    kills, chance = int(os.environ.get("MGC_TEST_KILLS", "2")), random.Random(4)
    dataset = many(small, 12 * kills)
    job.begin(tmp_path / "undisturbed", replace(dataset, tracks=dataset.tracks[:3]), ("descriptors", "mel"))
    once = read_record(tmp_path / "undisturbed")
    assert once is not None
    with an_engine(tmp_path / "home", MGC_JOBS="engine", **database(request, sort)):
        job.begin(tmp_path / "x", dataset, ("descriptors", "mel"))
        killed = []
        for _ in range(kills):
            done = job.look(tmp_path / "x").done  # a track at which two workers were killed would be left out
            until(tmp_path / "x", lambda now, done=done: now.done > done + 4 or not now.is_active)
            time.sleep(chance.uniform(0.0, 1.0))
            found = cluster.running()
            if found is None:
                continue
            workers = [one for one in psutil.Process(found.pid).children() if "spawn_main" in str(one.cmdline())]
            victim = chance.choice([psutil.Process(found.pid), *workers])
            victim.kill()
            killed.append("engine" if victim.pid == found.pid else "worker")
        status = until(tmp_path / "x", lambda now: not now.is_active)
    print(f"killed: {killed}, {len(dataset.tracks)} tracks")
    assert (status.state, status.done, status.failed) == ("finished", len(dataset.tracks), ())
    found_again = read_record(tmp_path / "x")
    assert found_again is not None
    for row in range(len(dataset.tracks)):
        assert np.array_equal(found_again.descriptors[row], once.descriptors[row % 3])
        assert np.array_equal(found_again.pictures[row], once.pictures[row % 3])
