"""Run a task: in a worker process, in a thread of the app, or where the job was started.

Beside the task a thread notes every :data:`BEAT` seconds that the attempt is alive, and looks whether it is still
wanted. A task that was cancelled leaves at its next call of the :class:`Context`, by :class:`Stopped`; in a worker
process, one that makes none for :data:`GRACE` seconds is ended together with the process.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Final, cast

from mgc.errors import JobError, MgcError
from mgc.jobs import kinds
from mgc.jobs.process import devices, me

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mgc.jobs.records import Item, Job, Task
    from mgc.jobs.store import Claim, Store

__all__ = ["BEAT", "Context", "Lost", "Stopped", "dask_setup", "perform", "run_here", "sentence", "work"]

BEAT: Final = 5.0  # s between two heartbeats
ASK: Final = 0.5  # s between two looks whether the attempt is still wanted
GRACE: Final = 2.0  # s that a task has to end by itself after it was cancelled
OFTEN: Final = 0.1  # s between two writes of progress
NICENESS: Final = 5

_log = logging.getLogger(__name__)


class Stopped(BaseException):
    """The task is not wanted any more: cancelled, failed elsewhere, or given up. Let it pass."""


class Lost(Exception):
    """A process that the task had started has ended: the task is queued again, at most twice without progress."""


class Context:
    """What a task knows and reports; its methods raise :class:`Stopped` when the task is not wanted any more.

    ``job`` and ``task`` are as they were when the task began; ``config`` is the job's, with the task's own entries
    over it; ``attempt`` is the number of this try. ``payload`` is what ``jobs.start(payload=...)`` was given, None in a
    worker process. ``gpus`` names the devices that are this task's: at most as many as its kind asks for.
    """

    def __init__(
        self, store: Store, job: Job, task: Task, attempt: int, *, payload: Any = None, gpus: tuple[str, ...] = ()
    ) -> None:
        self.job, self.task, self.attempt, self.payload, self.gpus = job, task, attempt, payload, gpus
        self.config: dict[str, Any] = {**job.config, **task.config}
        self._store = store
        self._stopped = threading.Event()
        self._written = 0.0
        self._called = time.monotonic()
        self._step = ""

    def check(self) -> None:
        """Raise :class:`Stopped` when the task is not wanted any more; costs nothing."""
        self._called = time.monotonic()
        if self._stopped.is_set():
            raise Stopped

    def progress(self, done: int, total: int | None = None, step: str = "") -> None:
        """Report how far the task is; of more than ten reports a second only some are written."""
        self.check()
        now = time.monotonic()
        if now - self._written < OFTEN and step == self._step and done != total:
            return
        self._written, self._step = now, step
        self._go_on(self._store.progress(self.task.id, self.attempt, done, total, step))

    def begin_item(self, name: str, stamp: str = "") -> Item:
        """Note that an item is begun; return what is known of it.

        When its state is "done" or "failed", an earlier attempt has dealt with it. When ``deaths`` has reached
        :data:`mgc.jobs.records.DEATHS`, worker processes have died over it: leave it out.
        """
        self.check()
        item = self._store.begin_item(self.task.id, self.attempt, name, stamp)
        self._go_on(item is not None)
        return cast("Item", item)

    def end_item(self, name: str, why: str = "", data: Mapping[str, Any] | None = None, *, work: float = 1.0) -> None:
        """Note that an item is done, or failed when there is a sentence ``why``; counts one to the progress."""
        self._go_on(self._store.end_item(self.task.id, self.attempt, name, why=why, data=dict(data or {}), work=work))

    def put(self, kind: str, rows: Mapping[str, Any]) -> None:
        """Write rows of the job, name -> JSON, in place of those of the same kind and names."""
        self._go_on(self._store.put(self.task.id, self.attempt, kind, rows))

    def forget(self, kind: str, start: str, *, after: str) -> None:
        """Remove the rows of a kind whose names begin with ``start`` and come after ``after``."""
        self._go_on(self._store.forget(self.task.id, self.attempt, kind, start, after))

    def note(self, sentence: str) -> None:
        """Write a sentence among the job's events."""
        self._go_on(self._store.note(self.task.id, self.attempt, sentence))

    def items(self) -> tuple[Item, ...]:
        """Return all items of the job, of other tasks too."""
        return self._store.items(self.job.id)

    def tasks(self) -> tuple[Task, ...]:
        """Return all tasks of the job."""
        return self._store.tasks(self.job.id)

    def stop(self) -> None:
        """Make every call from now on raise :class:`Stopped`."""
        self._stopped.set()

    def silence(self) -> float:
        """Return the time since the task's last call [s]."""
        return time.monotonic() - self._called

    def _go_on(self, is_wanted: bool) -> None:
        if not is_wanted:
            self.stop()
            raise Stopped


def perform(
    store: Store,
    claim: Claim,
    *,
    table: str | None = None,
    payload: Any = None,
    gpus: tuple[str, ...] = (),
    alone: bool = False,
) -> None:
    """Run an attempt and write down how it ended; raise only the JobError of a store that cannot be written.

    ``alone``: the process does nothing else, so it may be ended with a task that does not stop.
    """
    kind = kinds.kind(claim.kind, table)
    at = (claim.task, claim.number)
    begun = store.begin(*at, me(), time.monotonic())
    if begun is None:
        return
    context = Context(store, *begun, claim.number, payload=payload, gpus=gpus)
    over = threading.Event()
    patience = kind.patience if alone else math.inf
    threading.Thread(target=_pulse, args=(store, claim, context, over, patience), daemon=True).start()
    try:
        result = kind.run(context)
    except Stopped:
        store.end(*at, "failed", "The task ended without a result.")  # refused when it was cancelled
    except Lost as error:
        if context.job.where == "engine":
            store.lose(*at, str(error), guilty=True, is_cause=True)
        else:
            store.end(*at, "failed", str(error))
    except Exception as error:  # noqa: BLE001  # whatever it is, it is to be read in the list of jobs
        if store.is_current(*at):  # a task that was cancelled may have met what was removed then
            _report(claim, error)
        store.end(*at, "failed", sentence(error))
    except BaseException:
        store.end(*at, "failed", "The work was interrupted.")
        raise
    else:
        store.end(*at, "finished", result=result)
    finally:
        over.set()


def _report(claim: Claim, error: Exception) -> None:
    """Log an error that ends a job: the sentence of an MgcError is enough, any other needs its traceback."""
    if isinstance(error, MgcError):
        _log.warning("job %d (%s) failed: %s", claim.job, claim.kind, error.user_message)
        _log.debug("job %d: %s", claim.job, error.details)
    else:
        _log.error("job %d (%s) failed", claim.job, claim.kind, exc_info=error)


def sentence(error: BaseException) -> str:
    """Return the sentence for an error that has ended a job."""
    if isinstance(error, MgcError):
        return error.user_message
    if isinstance(error, OSError) and error.strerror:
        return f"The work cannot continue ({error.strerror}); is the disk of the MGC_HOME folder full?"
    return f"The work cannot continue ({type(error).__name__}); see the log for details."


def run_here(store: Store, job: int, payload: Any = None) -> None:
    """Run all tasks of one job in this thread, one after the other."""
    while claim := store.claim(me().text, job=job):
        perform(store, claim, payload=payload)


def work(table: str, claim: tuple[int, int, int, str], gpus: list[str], *, alone: bool = True) -> str:
    """Run an attempt in a worker process of the engine, or not ``alone`` in a thread of the engine itself.

    Returns why its end could not be written down, else "".
    """
    from mgc.jobs.store import Claim, opened

    taken = Claim(*claim)
    try:
        perform(opened(), taken, table=table, gpus=tuple(gpus), alone=alone)
    except MgcError as error:  # raised, it would stand in Dask's log with its traceback
        _report(taken, error)
        return error.user_message
    return ""


def _pulse(store: Store, claim: Claim, context: Context, over: threading.Event, patience: float) -> None:
    """Note that the attempt is alive; end it when it is not wanted any more, or has made no call for too long.

    The process is ended with it where it does nothing else (``patience`` is finite there): the engine starts another.
    """
    at, beaten = (claim.task, claim.number), time.monotonic()
    while not over.wait(ASK):
        with contextlib.suppress(JobError):  # a full disk or a database away: the next time
            if time.monotonic() - beaten >= BEAT:
                beaten = time.monotonic()
                wanted = store.beat(*at, beaten)
            else:
                wanted = store.is_current(*at)
            if wanted and context.silence() > patience:
                store.lose(*at, f"No progress for {patience:.0f} s.", guilty=True)
                os._exit(1)
            if wanted:
                continue
            context.stop()
            if math.isfinite(patience) and not over.wait(GRACE):
                os._exit(1)
            return


def dask_setup(worker: Any) -> None:
    """Say which devices the worker has, and lower its priority: pages come first.

    Dask calls this, by its name, before a worker registers with its scheduler.
    """
    worker.startup_information["devices"] = lambda _: list(devices())
    with contextlib.suppress(OSError, AttributeError):  # Windows has no such thing
        os.nice(NICENESS)
