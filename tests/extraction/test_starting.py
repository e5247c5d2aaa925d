"""What is left when somebody begins a job and does not get to the end of it."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mgc import jobs
from mgc.errors import DatasetError, EngineError, JobError, ModelError
from mgc.extraction import job
from mgc.jobs import cluster, process
from mgc.jobs.process import me
from tests.jobs.conftest import database, sqlite_or_both

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.datasets.base import Dataset
    from mgc.jobs.store import Store


def test_what_was_never_started_is_none(idle: Store, tmp_path: Path) -> None:
    assert job.look(tmp_path) == job.Status("none")
    assert job.stop(tmp_path).state == "none"
    assert not list(tmp_path.iterdir())


def test_an_unknown_kind_is_named_with_those_that_are_known(small: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no 'smell' to extract; known: descriptors, mel, embeddings"):
        job.begin(tmp_path, small, ("smell",))


def test_embeddings_without_weights_say_what_is_missing(small: Dataset, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"YAMNet.*mgc weights get yamnet"):
        job.begin(tmp_path, small, ("embeddings",))
    assert job.look(tmp_path).state == "none"


def test_a_job_is_queued_until_a_worker_begins_it(idle: Store, small: Dataset, tmp_path: Path) -> None:
    first = job.begin(tmp_path, small, ("mel",))
    assert (first.state, first.done, first.total, first.sounding, first.kinds) == ("queued", 0, 6, 4, ("mel",))
    assert job.begin(tmp_path, small, ("mel",)) == first  # one is enough
    claim = idle.claim(me().text)
    assert claim is None  # not for an engine of another home
    claim = idle.claim(me().text, place=process.place(), code=cluster.code())
    assert claim is not None
    assert job.look(tmp_path).state == "queued"
    idle.begin(claim.task, 1, me(), 0.0)
    assert job.look(tmp_path).state == "running"
    assert job.stop(tmp_path).state == "cancelled"


KILLED = """
import os, signal, sys
from pathlib import Path
from mgc.datasets.base import Dataset, Track
from mgc.extraction import job
from mgc.jobs import cluster

cluster.ensure = lambda: os.kill(os.getpid(), signal.SIGKILL)
job.begin(Path(sys.argv[1]), Dataset("one", "One", "none", (Track("t", "jazz"),)), ("mel",))
"""


@pytest.mark.slow
@sqlite_or_both
def test_a_job_whose_starter_was_killed_is_done_by_whoever_looks_next(
    sort: str, root: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    from tests.extraction.conftest import an_engine

    with an_engine(tmp_path / "home", **database(request, sort)):
        command = [sys.executable, "-c", KILLED, str(tmp_path / "x")]
        done = subprocess.run(command, cwd=root, capture_output=True, env=os.environ)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert job.look(tmp_path / "x").state == "queued"
        assert jobs.wait(jobs.jobs()[0].id).state == "finished"
        assert job.look(tmp_path / "x").done == 1


@pytest.mark.parametrize("error", [EngineError("The engine does not start."), JobError("The disk is full.")])
def test_a_job_that_is_not_handed_over_has_failed(
    idle: Store, small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: EngineError
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(cluster, "ensure", fail)
    with pytest.raises(type(error)):
        job.begin(tmp_path, small, ("mel",))
    assert (job.look(tmp_path).state, job.look(tmp_path).why) == ("failed", error.user_message)


@pytest.mark.parametrize("where", ["mgc.files.write", "mgc.extraction.job.fcntl.flock"])
def test_a_full_disk_is_a_sentence_when_a_job_is_begun(
    idle: Store, small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(where, full)
        with pytest.raises(DatasetError, match="is the disk full"):
            job.begin(tmp_path, small, ("mel",))
    assert job.look(tmp_path).state == "none"


def test_a_data_set_that_is_removed_while_a_job_is_begun_stays_removed(
    idle: Store, small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "set"
    place.mkdir()

    def ensure() -> None:  # the engine takes its time to start
        place.rename(place.with_name("removed"))

    monkeypatch.setattr(cluster, "ensure", ensure)
    for _ in range(2):
        with pytest.raises(DatasetError, match="was removed in the meantime"):
            job.begin(place / "extraction", small, ("mel",))
        assert not place.exists()
    assert [found.state for found in jobs.jobs()] == ["cancelled"]


def test_a_word_that_cannot_be_read_counts_as_none(idle: Store, tmp_path: Path) -> None:
    (tmp_path / "job").write_bytes(b"\xff\xfe")
    assert job.look(tmp_path).state == "none"
