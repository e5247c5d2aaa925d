"""Start, watch, cancel, resume and reconcile jobs; pages and the command line call these through :mod:`mgc.jobs`."""

from __future__ import annotations

import platform
import threading
import time
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from mgc.errors import JobError
from mgc.jobs import kinds
from mgc.jobs.worker import run_claimed
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mgc.jobs.records import Event, Item, Job, Task, Where
    from mgc.jobs.store import Store

__all__ = [
    "cancel",
    "delete",
    "events",
    "find",
    "items",
    "job",
    "jobs",
    "reconcile",
    "resume",
    "start",
    "store",
    "tasks",
    "wait",
]

LOOK: Final = 0.2  # s between two looks while waiting


def store() -> Store:
    """Return the store of the present home folder, opened once.

    Raises
    ------
    JobError
        when it cannot be opened
    """
    chosen = settings()
    return _store(chosen.database_url or f"sqlite:///{chosen.home_dir / 'jobs.sqlite'}", chosen.home_dir)


@cache
def _store(url: str, home: Any) -> Store:
    from mgc.jobs.store import Store

    return Store(url.replace("postgresql://", "postgresql+psycopg://", 1), home)


def start(
    kind: str,
    subject: str,
    config: Mapping[str, Any] | None = None,
    *,
    payload: Any = None,
    where: Where | None = None,
) -> Job:
    """Start a job, unless one of this kind and subject is active; return that or the new one."""
    chosen = kinds.kind(kind)
    config = dict(config or {})
    where = where or ("inline" if settings().jobs == "inline" else "app" if payload is not None else "engine")
    title, specs = chosen.title(config), tuple(chosen.tasks(config))
    if not specs:
        raise JobError("There is nothing to do.")
    made, is_new = store().create(kind, subject, title, config, specs, where=where, **_home(where))
    return _launch(made, payload) if is_new else made


def resume(id: int, *, payload: Any = None) -> Job:
    """Go on with a job that failed or was cancelled; what it has done is kept."""
    known = job(id)
    if known.where == "app" and payload is None:
        raise JobError("What this job worked on was only in memory and is gone; start it again from its page.")
    is_changed = store().resume(id, where=known.where, **_home(known.where))
    return _launch(job(id), payload) if is_changed else job(id)


def _launch(made: Job, payload: Any) -> Job:
    if made.where == "inline":
        run_claimed(store(), made.id, payload=payload, engine="inline")
    else:
        work = threading.Thread(
            target=run_claimed, args=(store(), made.id), kwargs={"payload": payload}, name=f"job-{made.id}", daemon=True
        )
        work.start()
    return job(made.id)


def _home(where: Where) -> dict[str, str]:
    """Return whose engine is to do a job: the home folder's on this machine."""
    return {"place": f"{platform.node()}:{settings().home_dir}", "code": ""}


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
    """Return a job when it has ended, saying how far it is now and then."""
    while True:
        now = job(id)
        if not now.is_active:
            return now
        if progress is not None:
            progress(now)
        time.sleep(every)


def reconcile() -> None:
    """Notice what was killed: queue it again, or end it with a sentence."""
