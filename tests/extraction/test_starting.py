"""What is left when somebody begins a job and does not get to the end of it."""

from __future__ import annotations

import contextlib
import errno
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mgc.errors import DatasetError, EngineError
from mgc.extraction import job, plan
from mgc.extraction.plan import Ended, Files, Goods, Item, Plan
from mgc.jobs import cluster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mgc.datasets.base import Dataset

PLAN = Plan(1, ("descriptors",), 1000.0, "tls://127.0.0.1:1", 4, 3)
GOODS = Goods(tuple(Item(f"t{i}", "rock", "x" if i < 3 else "", "") for i in range(4)), {})


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Return an extraction whose engine is always up, and takes work without doing any."""

    @contextlib.contextmanager
    def client() -> Iterator[None]:
        yield None

    monkeypatch.setattr(cluster, "client", client)
    monkeypatch.setattr(cluster, "address", lambda: PLAN.engine)
    monkeypatch.setattr(cluster, "is_up", lambda where: True)
    monkeypatch.setattr(job, "_hand_over", lambda client, files, plan, goods: files.submit(plan.attempt))
    (tmp_path / "set").mkdir()
    return Files(tmp_path / "set" / "extraction")


def test_a_job_is_queued_while_its_starter_lives(files: Files) -> None:
    with files.starting():
        files.write_plan(PLAN, GOODS)
        assert job.look(files.folder).state == "queued"
    assert (job.look(files.folder).state, job.look(files.folder).why) == ("failed", job.LOST)
    files.submit(1)
    assert job.look(files.folder).state == "queued"


def test_who_looks_while_a_job_is_handed_over_or_replaced_sees_it_coming(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.folder.mkdir()
    files.write_plan(PLAN, GOODS)
    is_held, ended = files.is_being_started, Files.ended

    def at_last(self: Files) -> bool:
        files.submit(1)
        return is_held()

    with monkeypatch.context() as patch:
        patch.setattr(Files, "is_being_started", at_last)
        assert job.look(files.folder).state == "queued"

    def replaced(self: Files, number: int) -> Ended | None:
        files.write_plan(replace(PLAN, attempt=2), GOODS)
        files.submit(2)
        return ended(self, number)

    monkeypatch.setattr(Files, "ended", replaced)
    assert job.look(files.folder).state == "queued"


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.extraction.test_starting import GOODS, PLAN
from mgc.extraction.plan import Files

files = Files(Path(sys.argv[1]))
with files.starting():
    files.write_plan(PLAN, GOODS)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_job_whose_starter_was_killed_can_be_started_again(files: Files, small: Dataset, root: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(files.folder)], cwd=root, capture_output=True)
    assert done.returncode == -9, done.stderr
    assert job.look(files.folder).state == "failed"
    assert job.begin(files.folder, small, ("mel",)).state == "queued"
    assert files.is_submitted(2)
    assert job.begin(files.folder, small, ("mel",)).started == job.look(files.folder).started  # one is enough


@pytest.mark.parametrize(
    ("error", "raised", "why"),
    [
        (EngineError("The engine does not take it."), EngineError, "The engine does not take it."),
        (KeyboardInterrupt(), KeyboardInterrupt, "The work could not be handed to the engine: it was interrupted."),
        (RuntimeError("x"), RuntimeError, "The work could not be handed to the engine (RuntimeError); the log says"),
        (TimeoutError(), EngineError, "The work could not be handed to the engine (TimeoutError); the log says more."),
    ],
)
def test_a_job_that_is_not_handed_over_has_failed(
    files: Files,
    small: Dataset,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    raised: type[BaseException],
    why: str,
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(job, "_hand_over", fail)
    with pytest.raises(raised):
        job.begin(files.folder, small, ("mel",))
    status = job.look(files.folder)
    assert status.state == "failed"
    assert status.why.startswith(why)


def test_the_old_attempt_stands_until_the_new_one_does(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    files.folder.mkdir()
    files.write_plan(PLAN, GOODS)
    files.end(1, Ended("finished", 2.0))

    def full(path: Path, value: Any) -> None:
        raise DatasetError("full")

    for name in ("goods.json", "job.json"):
        keep = plan.write_json
        with monkeypatch.context() as patch:
            patch.setattr(plan, "write_json", lambda p, v, n=name, k=keep: full(p, v) if p.name == n else k(p, v))
            number = files.next_attempt()
            with pytest.raises(DatasetError):
                files.write_plan(replace(PLAN, attempt=number), GOODS)
        assert (files.plan(), files.goods(1)) == (PLAN, GOODS)
        assert files.ended(1) is not None
        assert files.next_attempt() == number + 1  # what was half written is never taken for a later one's


def test_of_a_plan_that_was_lost_the_attempts_are_not_taken_for_new(files: Files) -> None:
    files.folder.mkdir()
    files.write_plan(PLAN, GOODS)
    (files.folder / "job.json").unlink()
    assert files.next_attempt() == 2


@pytest.mark.parametrize("where", ["hold", "files.write", "Path.mkdir"])
def test_a_full_disk_is_a_sentence_when_a_job_is_begun(
    files: Files, small: Dataset, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    names = {
        "hold": "mgc.extraction.plan.hold",
        "files.write": "mgc.files.write",
        "Path.mkdir": f"{type(files.folder).__module__}.Path.mkdir",
    }
    with monkeypatch.context() as patch:
        patch.setattr(names[where], full)
        with pytest.raises(DatasetError, match="is the disk full"):
            job.begin(files.folder, small, ("mel",))
    assert not job.look(files.folder).is_active


def test_a_full_disk_is_a_sentence_when_a_job_is_stopped(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    files.folder.mkdir()
    files.write_plan(PLAN, GOODS)
    files.submit(1)
    with monkeypatch.context() as patch:
        patch.setattr(f"{type(files.folder).__module__}.Path.touch", full)
        with pytest.raises(DatasetError, match="is the disk full"):
            job.stop(files.folder)


def test_a_data_set_that_is_removed_while_a_job_is_begun_stays_removed(
    files: Files, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = files.folder.parent

    def address() -> str:  # the engine takes its time to start
        if place.exists():
            place.rename(place.with_name("removed"))
        return PLAN.engine

    monkeypatch.setattr(cluster, "address", address)
    for _ in range(2):
        with pytest.raises(DatasetError, match="was removed meanwhile"):
            job.begin(files.folder, small, ("mel",))
        assert not place.exists()


def test_what_is_gone_is_neither_stopped_nor_ended(files: Files) -> None:
    files.cancel(1)
    files.fail(1, RuntimeError())
    assert not files.folder.exists()


def test_silence_is_believed_by_who_has_waited_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = job.Status("failed", 5, 9, why=job.SILENT)
    seen = [job.Status("running", 5, 9), silent, silent, job.Status("running", 6, 9), job.Status("finished", 9, 9)]
    monkeypatch.setattr(job, "status", lambda id: seen.pop(0))
    assert job.wait("set", every=0).state == "finished"  # the clock on the wall was set meanwhile
    monkeypatch.setattr(job, "status", lambda id: silent)
    monkeypatch.setattr(job, "SILENCE", 0.0)
    assert job.wait("set", every=0) == silent


def test_an_engine_that_is_gone_is_believed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "status", lambda id: job.Status("failed", 5, 9, why=job.LOST))
    assert job.wait("set").why == job.LOST
