"""Jobs in this process: one after the other where they are started, or in a thread."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from mgc import jobs
from mgc.errors import DatasetError, EngineError, JobError
from mgc.jobs import cluster, kinds, worker
from mgc.jobs.process import me
from mgc.jobs.store import Store, opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_importing_it_loads_neither_dask_nor_sqlalchemy(root: Path) -> None:
    code = "import sys, mgc.jobs, mgc.background; print({'dask', 'distributed', 'sqlalchemy'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=root, text=True).strip() == "set()"


def test_a_job_runs_its_tasks_in_their_order_and_keeps_the_result(add_kind: Callable[..., Any]) -> None:
    seen = []

    def run(context: jobs.Context) -> Any:
        seen.append((context.task.name, context.config))
        context.progress(context.task.total, step="at it")
        return {"n": len(seen)}

    def tasks(config: Any) -> list[jobs.TaskSpec]:
        return [jobs.TaskSpec("last", stage=1), jobs.TaskSpec("a", {"x": 1}, total=4)]

    add_kind("work", run, tasks=tasks, title=lambda config: f"Work on {config['on']}")
    job = jobs.start("work", "it", {"on": "that"}, where="inline")
    assert seen == [("a", {"on": "that", "x": 1}), ("last", {"on": "that"})]
    assert (job.state, job.title, job.done, job.total, job.result) == ("finished", "Work on that", 5, 5, {"n": 2})
    assert jobs.find("work", "it") == job == jobs.jobs()[0]


def test_the_setting_runs_all_jobs_where_they_are_started(
    add_kind: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mgc.settings import settings

    monkeypatch.setenv("MGC_JOBS", "inline")
    settings.cache_clear()
    add_kind("work", lambda context: threading.get_ident())
    assert jobs.start("work", "it").result == threading.get_ident()


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (DatasetError("It is not whole."), "It is not whole."),
        (OSError(28, "No space left on device"), "The work cannot continue (No space left on device); is the disk of"),
        (ZeroDivisionError(), "The work cannot continue (ZeroDivisionError); see the log for details."),
    ],
)
def test_an_error_is_a_sentence(add_kind: Callable[..., Any], error: Exception, why: str) -> None:
    def run(context: jobs.Context) -> None:
        raise error

    add_kind("work", run)
    job = jobs.start("work", "it", where="inline")
    assert job.state == "failed"
    assert job.why.startswith(why)
    assert jobs.resume(job.id).state == "failed"
    assert [attempt.number for attempt in jobs.tasks(job.id) and _attempts(job.id)] == [1, 2]


def test_an_error_of_ours_is_logged_as_its_sentence_and_any_other_with_its_traceback(
    add_kind: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(context: jobs.Context) -> None:
        if context.job.subject == "ours":
            raise DatasetError("It is not whole.", details="/a/path")
        raise ZeroDivisionError

    add_kind("work", fail)
    caplog.set_level("DEBUG", logger="mgc.jobs")
    jobs.start("work", "ours", where="inline")
    assert [(one.levelname, one.getMessage()) for one in caplog.records] == [
        ("WARNING", "job 1 (work) failed: It is not whole."),
        ("DEBUG", "job 1: /a/path"),
    ]
    assert not any(one.exc_info for one in caplog.records)
    caplog.clear()
    jobs.start("work", "other", where="inline")
    (record,) = caplog.records
    assert (record.levelname, record.exc_info and record.exc_info[0]) == ("ERROR", ZeroDivisionError)
    caplog.clear()


@pytest.mark.parametrize("where", ["a worker process", "a thread"])
def test_a_store_that_cannot_be_written_is_logged_as_a_sentence(
    add_kind: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    full = JobError("The list of jobs cannot be written: the disk is full.", details="errno 28")

    def refuse(*_: object) -> None:
        raise full

    add_kind("work", lambda context: None)
    monkeypatch.setattr(cluster, "ensure", lambda: None)
    monkeypatch.setattr(Store, "begin", refuse)
    if where == "a thread":
        job = jobs.wait(jobs.start("work", "it", payload=b"").id, every=0.01)
        assert (job.state, job.why) == ("failed", full.user_message)
    else:
        job = jobs.start("work", "it")
        claim = opened().claim(me().text, job=job.id)
        assert claim is not None
        assert worker.work(kinds.TABLE, (claim.job, claim.task, claim.number, "work"), []) == full.user_message
    (record,) = caplog.records
    assert full.user_message in record.getMessage()
    assert record.exc_info is None


def _attempts(id: int) -> Any:
    return opened().attempts(id)


def test_a_job_with_bytes_runs_in_a_thread_and_writes_none_of_them(
    add_kind: Callable[..., Any], own_home: Path
) -> None:
    go = threading.Event()

    def run(context: jobs.Context) -> int:
        go.wait(30)
        return len(context.payload)

    add_kind("look", run)
    secret = b"a visitor's own bytes"
    job = jobs.start("look", "upload", payload=secret)
    assert job.is_active
    assert jobs.start("look", "upload", payload=b"other").id == job.id
    go.set()
    assert jobs.wait(job.id).result == len(secret)
    assert not any(secret in path.read_bytes() for path in own_home.rglob("*") if path.is_file())
    with pytest.raises(JobError, match="has finished; only a failed or cancelled job can be resumed"):
        jobs.resume(job.id)
    go.clear()
    stopped = jobs.cancel(jobs.start("look", "upload", payload=secret).id)
    go.set()
    with pytest.raises(JobError, match="was only in memory and is gone"):
        jobs.resume(stopped.id)


def test_a_thread_stops_at_its_next_word_after_a_cancel(
    add_kind: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "ASK", 0.01)
    stopped = threading.Event()

    def run(context: jobs.Context) -> None:
        try:
            while True:
                context.check()
                time.sleep(0.01)
        except jobs.Stopped:
            stopped.set()
            raise

    add_kind("work", run)
    job = jobs.start("work", "it", payload=b"")
    while jobs.job(job.id).state != "running":
        time.sleep(0.01)
    assert jobs.cancel(job.id).state == "cancelled"
    assert stopped.wait(30)
    assert jobs.job(job.id).state == "cancelled"
    assert jobs.cancel(job.id).state == "cancelled"
    jobs.delete(job.id)
    assert jobs.jobs() == ()


def test_a_job_whose_engine_is_gone_and_does_not_start_again_fails_with_its_sentence(
    add_kind: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise EngineError("The engine does not start.")

    add_kind("work", lambda context: None)
    monkeypatch.setattr(cluster, "ensure", lambda: None)
    job = jobs.start("work", "it")
    monkeypatch.setattr(cluster, "ensure", fail)
    monkeypatch.setattr(jobs, "_reconciled", -9.0)
    assert jobs.wait(job.id).why == "The engine does not start."
    with pytest.raises(EngineError):
        jobs.resume(job.id)
    assert jobs.job(job.id).state == "failed"


def test_an_unknown_kind_or_job_is_a_sentence(add_kind: Callable[..., Any]) -> None:
    add_kind("work", lambda context: None, tasks=lambda config: [])
    with pytest.raises(JobError, match="no kind of job called 'play'; known: work"):
        jobs.start("play", "it")
    with pytest.raises(JobError, match="nothing to do"):
        jobs.start("work", "it")
    with pytest.raises(JobError, match="There is no job 7"):
        jobs.job(7)


def test_once_it_is_closed_all_of_it_is_in_one_file(add_kind: Callable[..., Any], own_home: Path) -> None:
    """RELIABILITY D-7: an app that ends leaves no part of the list in SQLite's log."""
    add_kind("quick", lambda context: 7)
    made = jobs.start("quick", "it", where="inline")
    assert (own_home / "jobs.sqlite-wal").exists()
    jobs.close()
    assert not (own_home / "jobs.sqlite-wal").exists()
    assert jobs.job(made.id).result == 7  # it is opened again when it is asked
