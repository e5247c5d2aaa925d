"""Jobs: all work that outlives a rerun of a page, started, watched, cancelled and resumed in one way.

Write a kind, in a module that is cheap to import::

    def _run(context):                                   # in a worker process; import heavy things here
        tracks = load(context.config["dataset"])
        for done, track in enumerate(tracks):
            context.progress(done, len(tracks), "comparing")  # leaves here when the job was cancelled
            compare(track)
        return {"pairs": 12}                             # JSON, becomes job.result

    AUDIT = Kind("audit", lambda config: f"Audit of {config['dataset']}", _run, packages=("audit", "features"))

and name it in ``mgc/background.py``: ``"audit": "mgc.audit.background:AUDIT"``. Raise an MgcError to end the job with
its sentence. Let ``Stopped`` pass (it is no Exception); do not catch BaseException. Write a result to another name and
move it when it is whole: the process can end at any moment, and is then started again with the same configuration, at
most twice without progress. Several tasks, one after the other or side by side: give ``tasks=``, see
:class:`~mgc.jobs.kinds.TaskSpec`. Many small items (tracks), each of which may fail with a sentence:
``context.begin_item`` and ``context.end_item``.

A page or a command starts it and looks at it again at each rerun; it keeps nothing but the id::

    job = jobs.start("audit", dataset.id, {"dataset": dataset.id})   # the active one, if there is one
    job = jobs.find("audit", dataset.id)                             # newest, or None
    if job.is_active: show(job.title, job.done, job.total, job.step, job.seconds_left)
    if job.state == "failed": st.error(job.why)                      # a sentence
    jobs.cancel(job.id); jobs.resume(job.id)
    job = jobs.wait(job.id, lambda now: progress(now.done, now.total))   # in the command line

``start(..., payload=data)`` runs it in a thread of this process with ``context.payload``: for a visitor's bytes, which
are never written down. ``where="inline"``, or ``MGC_JOBS=inline``, runs it before ``start`` returns: for tests.
Importing this package loads neither Dask nor SQLAlchemy.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from mgc.errors import EngineError, JobError, MgcError
from mgc.jobs import cluster, kinds
from mgc.jobs.kinds import Kind, TaskSpec
from mgc.jobs.process import notice_lost, place
from mgc.jobs.records import Attempt, Event, Item, Job, Task, Where
from mgc.jobs.worker import Context, Lost, Stopped, run_here
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mgc.jobs.store import Store

__all__ = ["Attempt", "Context", "Event", "Item", "Job", "Kind", "Lost", "Stopped", "Task", "TaskSpec", "cancel",
           "close", "delete", "events", "find", "items", "job", "jobs", "reconcile", "resume", "rows", "start", "tasks",
           "wait"]  # fmt: skip

LOOK: Final = 0.2  # s between two looks while waiting
RECONCILE: Final = 2.0  # s between two looks for what was killed

_log = logging.getLogger(__name__)


def _store() -> Store:
    from mgc.jobs.store import opened  # loads SQLAlchemy

    return opened()


def start(
    kind: str,
    subject: str,
    config: Mapping[str, Any] | None = None,
    *,
    payload: Any = None,
    where: Where | None = None,
    tasks: Iterable[TaskSpec] | None = None,
) -> Job:
    """Start a job, unless one of this kind and subject is active; return that or the new one.

    ``config`` is JSON for the kind, kept small since every list of jobs reads it; ``tasks`` replace what the kind makes
    of it. With a ``payload``, which cannot be written down, the job runs in a thread of this process. ``where`` is
    "engine" (worker processes), "app" (such a thread) or "inline" (this thread, before the call returns). An
    EngineError or JobError says that the job cannot be started or written down; the kind's guard may raise others.
    """
    chosen = kinds.kind(kind)
    config = dict(config or {})
    where = where or ("inline" if settings().jobs == "inline" else "app" if payload is not None else "engine")
    if where == "engine" and settings().scheduler and not settings().database_url:
        raise EngineError(
            "Workers on other machines cannot use the SQLite file of this one: set MGC_DATABASE_URL to a PostgreSQL "
            "database that they can reach, or unset MGC_SCHEDULER."
        )
    title, specs = chosen.title(config), tuple(chosen.tasks(config) if tasks is None else tasks)
    if not specs:
        raise JobError("There is nothing to do.")
    with chosen.guard():
        made, is_new = _store().create(
            kind, subject, title, config, specs, where=where, place=place(), code=cluster.code()
        )
    return _launch(made, payload) if is_new else made


def resume(id: int, *, payload: Any = None) -> Job:
    """Go on with a job that failed or was cancelled; what it has done is kept. Raises as :func:`start` does."""
    known = job(id)
    if known.state == "finished":
        raise JobError(f"Job {id} has finished; only a failed or cancelled job can be resumed.")
    if known.where == "app" and payload is None:
        raise JobError("The upload of this job was only in memory and is gone; upload it again.")
    if known.is_active:
        return known
    with kinds.kind(known.kind).guard():
        is_changed = _store().resume(id, where=known.where, place=place(), code=cluster.code())
    return _launch(job(id), payload) if is_changed else job(id)


def _launch(made: Job, payload: Any) -> Job:
    if made.where == "inline":
        run_here(_store(), made.id, payload)
    elif made.where == "app":
        threading.Thread(target=_run_in_app, args=(made.id, payload), name=f"job-{made.id}", daemon=True).start()
    else:
        try:
            cluster.ensure()
        except MgcError as error:
            _store().fail(made.id, error.user_message)
            raise
    return job(made.id)


def _run_in_app(id: int, payload: Any) -> None:
    try:
        run_here(_store(), id, payload)
    except MgcError as error:  # of the store: a thread has no caller to raise it to
        _log.warning("job %d failed: %s", id, error.user_message)
        _log.debug("job %d: %s", id, error.details)
        while True:
            with contextlib.suppress(MgcError):
                _store().fail(id, error.user_message)
                return
            time.sleep(RECONCILE)  # this process lives, so no look for lost attempts finds the job


def job(id: int) -> Job:
    """Return a job by its number; a JobError says that there is none."""
    found = _store().job(id)
    if found is None:
        raise JobError(f"There is no job {id}; `mgc jobs` lists them.")
    return found


def find(kind: str, subject: str) -> Job | None:
    """Return the newest job of a kind and subject, None when there never was one."""
    return _store().find(kind, subject)


def jobs(limit: int = 1000, *, active: bool = False, kind: str | None = None) -> tuple[Job, ...]:
    """Return the newest jobs, newest first; with ``active`` those that have not ended, or those of one kind."""
    return _store().jobs(limit, active=active, kind=kind)


def rows(id: int, kind: str) -> dict[str, Any]:
    """Return what a job has written down with ``context.put``: the rows of one kind by name, in their order."""
    return _store().rows(id, kind)


def tasks(id: int) -> tuple[Task, ...]:
    """Return a job's tasks in their order."""
    return _store().tasks(id)


def items(id: int, state: str | None = None) -> tuple[Item, ...]:
    """Return a job's items (tracks), or those of one state: "begun", "done", "failed"."""
    return _store().items(id, state)


def events(id: int) -> tuple[Event, ...]:
    """Return what happened to a job, oldest first."""
    return _store().events(id)


def cancel(id: int) -> Job:
    """Stop a job; one that has ended is left as it is."""
    _store().cancel(job(id).id)
    return job(id)


def close() -> None:
    """Close the list of jobs in this process, which is about to end."""
    if "mgc.jobs.store" in sys.modules:
        from mgc.jobs import store

        store.close()


def delete(id: int) -> None:
    """Remove a job that has ended from the list."""
    if not _store().delete(job(id).id):
        raise JobError(f"Job {id} has not ended; cancel it first.")


def wait(id: int, progress: Callable[[Job], None] | None = None, every: float = LOOK) -> Job:
    """Return a job when it has ended; until then call ``progress`` now and then, and reconcile."""
    while (now := job(id)).is_active:
        if progress is not None:
            progress(now)
        reconcile()
        time.sleep(every)
    return now


def reconcile() -> None:
    """Bring the store up to date with what was killed; called as an app starts, and as often as one likes.

    Attempts whose process is gone are queued again, or end with a sentence. Jobs whose engine is gone, or of another
    state of the code, are given to the present one, which is started if need be; when it does not start, they fail
    with its sentence. A JobError says that the store cannot be read or written.
    """
    global _reconciled
    if time.monotonic() - _reconciled < RECONCILE:
        return
    _reconciled = time.monotonic()
    known = _store()
    if not known.jobs(1, active=True):
        return
    notice_lost(known)
    adopted = known.adopt(place(), cluster.code(), cluster.codes())
    try:
        if adopted:
            cluster.ensure()
    except EngineError as error:
        for id in adopted:
            known.fail(id, error.user_message)


_reconciled = -RECONCILE
