"""Start, watch, cancel, resume and reconcile jobs; pages and the command line call these through :mod:`mgc.jobs`."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from mgc.errors import EngineError, JobError, MgcError
from mgc.jobs import cluster, kinds
from mgc.jobs.process import notice_lost, place
from mgc.jobs.worker import run_here
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mgc.jobs.kinds import TaskSpec
    from mgc.jobs.records import Event, Item, Job, Task, Where
    from mgc.jobs.store import Store

__all__ = ["cancel", "delete", "events", "find", "items", "job", "jobs", "reconcile", "resume",
           "start", "store", "tasks", "wait"]  # fmt: skip

LOOK: Final = 0.2  # s between two looks while waiting
RECONCILE: Final = 2.0  # s between two looks for what was killed

_log = logging.getLogger(__name__)


def store() -> Store:
    """Return the store of the present home folder; a JobError says why it cannot be opened."""
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

    Parameters
    ----------
    kind, subject : str
        what is done to what; at most one job of a kind and subject is active
    config : mapping
        JSON for the kind; kept small, since every list of jobs reads it
    payload : object
        what cannot be written down: the job then runs in a thread of this process
    where : "engine", "app" or "inline"
        worker processes, a thread of this process, or this thread, before the call returns
    tasks : iterable of TaskSpec
        instead of what the kind makes of ``config``

    Raises
    ------
    EngineError, JobError
        when it cannot be started or written down
    """
    chosen = kinds.kind(kind)
    config = dict(config or {})
    where = where or ("inline" if settings().jobs == "inline" else "app" if payload is not None else "engine")
    if where == "engine" and settings().scheduler and not settings().database_url:
        raise EngineError(
            "Workers on other machines cannot use the SQLite file of this one: set MGC_DATABASE_URL to a PostgreSQL "
            "that they reach, or unset MGC_SCHEDULER."
        )
    title, specs = chosen.title(config), tuple(chosen.tasks(config) if tasks is None else tasks)
    if not specs:
        raise JobError("There is nothing to do.")
    made, is_new = store().create(kind, subject, title, config, specs, where=where, place=place(), code=cluster.code())
    return _launch(made, payload) if is_new else made


def resume(id: int, *, payload: Any = None) -> Job:
    """Go on with a job that failed or was cancelled; what it has done is kept."""
    known = job(id)
    if known.where == "app" and payload is None:
        raise JobError("What this job worked on was only in memory and is gone; start it again from its page.")
    is_changed = store().resume(id, where=known.where, place=place(), code=cluster.code())
    return _launch(job(id), payload) if is_changed else job(id)


def _launch(made: Job, payload: Any) -> Job:
    if made.where == "inline":
        run_here(store(), made.id, payload)
    elif made.where == "app":
        threading.Thread(target=_run_in_app, args=(made.id, payload), name=f"job-{made.id}", daemon=True).start()
    else:
        try:
            cluster.ensure()
        except MgcError as error:
            store().fail(made.id, error.user_message)
            raise
    return job(made.id)


def _run_in_app(id: int, payload: Any) -> None:
    try:
        run_here(store(), id, payload)
    except MgcError as error:  # of the store: a thread has no caller to raise it to
        _log.warning("job %d failed: %s", id, error.user_message)
        _log.debug("job %d: %s", id, error.details)
        with contextlib.suppress(MgcError):
            store().fail(id, error.user_message)


def job(id: int) -> Job:
    """Return a job by its number.

    Raises
    ------
    JobError
        when there is none
    """
    found = store().job(id)
    if found is None:
        raise JobError(f"There is no job {id}; `mgc jobs` lists them.")
    return found


def find(kind: str, subject: str) -> Job | None:
    """Return the newest job of a kind and subject, None when there never was one."""
    return store().find(kind, subject)


def jobs(limit: int = 1000, *, active: bool = False) -> tuple[Job, ...]:
    """Return the newest jobs, newest first; with ``active`` those that have not ended."""
    return store().jobs(limit, active=active)


def tasks(id: int) -> tuple[Task, ...]:
    """Return a job's tasks in their order."""
    return store().tasks(id)


def items(id: int, state: str | None = None) -> tuple[Item, ...]:
    """Return a job's items (tracks), or those of one state: "begun", "done", "failed"."""
    return store().items(id, state)


def events(id: int) -> tuple[Event, ...]:
    """Return what happened to a job, oldest first."""
    return store().events(id)


def cancel(id: int) -> Job:
    """Stop a job; one that has ended is left as it is."""
    store().cancel(job(id).id)
    return job(id)


def delete(id: int) -> None:
    """Remove a job that has ended from the list."""
    if not store().delete(job(id).id):
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
    with its sentence.

    Raises
    ------
    JobError
        when the store cannot be read or written
    """
    global _reconciled
    if time.monotonic() - _reconciled < RECONCILE:
        return
    _reconciled = time.monotonic()
    known = store()
    if not known.jobs(1, active=True):
        return
    notice_lost(known)
    homeless = known.homeless(place(), cluster.codes())
    if not homeless:
        return
    for id in homeless:
        known.adopt(id, cluster.code())
    try:
        cluster.ensure()
    except EngineError as error:
        for id in homeless:
            known.fail(id, error.user_message)


_reconciled = -RECONCILE
