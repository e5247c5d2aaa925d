"""The engine: one detached process that takes tasks from the store and submits them to Dask's workers.

:mod:`mgc.jobs.cluster` starts it as ``python -m mgc.jobs.scheduler RECORD TABLE CODE``. It has a Dask scheduler and
workers of its own, or uses those of ``MGC_SCHEDULER``. Its own listen on loopback, speak TLS only and show no
dashboard; they notice when this process has ended and end with it. It writes its address to RECORD when it is up, and
ends when it has had nothing to do for a while. Nothing durable lives in Dask: a task is taken from the store when
there is a slot for it, and what Dask reports of a worker that died is written there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from mgc import records
from mgc.errors import MgcError
from mgc.jobs import nodes, worker
from mgc.jobs.process import Record, hold, me, notice_lost, place, read
from mgc.jobs.store import opened
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from mgc.jobs.store import Claim, Store

__all__ = ["Dispatcher", "main"]

LOOK: Final = 0.2  # s between two looks for tasks
RECONCILE: Final = 5.0  # s between two looks for attempts whose process is gone
WAIT: Final = 0.05  # s between two looks at another engine's lock

_log = logging.getLogger(__name__)


def main() -> None:
    """Serve until idle, or until SIGTERM."""
    record, table, code = sys.argv[1:]
    asyncio.run(_serve(Path(record), table, code))


async def _serve(record: Path, table: str, code: str) -> None:
    while (held := _alone(record)) is not None:
        record.unlink(missing_ok=True)  # of an engine that was killed: our lock must not make its address valid
        async with nodes.connected(table) as client:
            dispatcher = Dispatcher(opened(), client, table, code)
            records.write(record, Record(client.scheduler.address, os.getpid()))
            serving = asyncio.ensure_future(dispatcher.run())
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
            await asyncio.wait([serving])
            record.unlink(missing_ok=True)
            held.close()  # from here on another engine may start
            if serving.cancelled():
                break
            serving.result()  # raises what the dispatcher raised
            # A job that came after the last look, and whose starter still saw this engine, would wait for ever.
            if not settings().home_dir.exists() or not dispatcher.has_work():
                break
    os._exit(0)  # nothing of Dask's may keep us: measured, it waits 20 s for workers that wait for the scheduler


def _alone(record: Path) -> IO[str] | None:
    """Take the record's lock; None when another engine is up.

    One that has the lock and is not up yet may still fail, and one that is ending gives it back: both are waited for.
    """
    while True:
        try:
            return hold(record)
        except BlockingIOError:
            if read(record) is not None:
                return None
        time.sleep(WAIT)


class Dispatcher:
    """Takes tasks from the store while there are free slots, submits them to Dask, and notes how they ended."""

    def __init__(self, store: Store, client: Any, table: str, code: str) -> None:
        self._store, self._client, self._table, self._code = store, client, table, code
        self._me = me().text
        self._place = place()
        self._taken: dict[Claim, tuple[int, frozenset[int]]] = {}  # cpu slots, and numbers of GPUs
        self._watching: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()

    async def run(self) -> None:
        """Return when there has been nothing to do for ``MGC_ENGINE_IDLE`` seconds, or the home is gone."""
        idle_since, reconciled = time.monotonic(), 0.0
        while time.monotonic() - idle_since < settings().engine_idle and settings().home_dir.exists():
            self._freed.clear()
            try:
                if time.monotonic() - reconciled > RECONCILE:
                    await asyncio.to_thread(notice_lost, self._store)
                    reconciled = time.monotonic()
                while await self._take():
                    pass
                if bool(self._taken) or await asyncio.to_thread(self.has_work):
                    idle_since = time.monotonic()
            except MgcError as error:  # a full disk, a database away: the next time
                _log.warning("%s %s", error.user_message, error.details)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._freed.wait(), LOOK)

    def has_work(self) -> bool:
        """Tell whether a job of this home and code is active."""
        return self._store.has_work(self._place, self._code)

    async def _take(self) -> bool:
        """Take one task and submit it; False when there is none, or no slot for it."""
        cpus = sum((await self._client.nthreads()).values())
        free = cpus - sum(cpu for cpu, _ in self._taken.values())
        if free <= 0:
            return False
        all_gpus = frozenset(range(_gpus()))
        gpus = all_gpus.difference(*(taken for _, taken in self._taken.values()))
        most = {  # a task that needs more than there is gets all there is
            "cpu": None if free == cpus else free,
            "gpu": None if len(gpus) == len(all_gpus) else len(gpus),
        }
        claim = await asyncio.to_thread(self._store.claim, self._me, place=self._place, code=self._code, **most)
        if claim is None:
            return False
        mine = frozenset(sorted(gpus)[: claim.gpu])
        self._taken[claim] = (min(claim.cpu, cpus), mine)
        future = self._client.submit(
            worker.work,
            self._table,
            (claim.job, claim.task, claim.number, claim.kind),
            sorted(mine),
            key=f"{claim.kind}-{claim.job}-{claim.task}-{claim.number}",
            pure=False,
        )
        watch = asyncio.create_task(self._watch(claim, future))
        self._watching.add(watch)
        watch.add_done_callback(self._watching.discard)
        return True

    async def _watch(self, claim: Claim, future: Any) -> None:
        """Wait for a task, and write down what its worker could not."""
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        at = (claim.task, claim.number)
        end: Callable[..., Any] = partial(self._store.end, *at, "failed")
        lose = partial(self._store.lose, *at)
        try:
            note = None
            if why := await future:  # the worker could not write it down: the disk is full, or its database away
                note = partial(lose, why, guilty=False) if settings().database_url else partial(end, why)
        except KilledWorker:
            note = partial(lose, "The worker process ended.", guilty=True)
        except FutureCancelledError:
            note = partial(lose, "Dask's scheduler has lost the task.", guilty=False)
        except Exception as error:  # noqa: BLE001  # of the worker, e.g. an import that fails: to be read in the list
            note = partial(end, worker.sentence(error))
        if note is not None:
            with contextlib.suppress(MgcError):  # then the next look for lost attempts finds it
                await asyncio.to_thread(note)
        del self._taken[claim]
        self._freed.set()


def _gpus() -> int:
    """Return how many NVIDIA devices there are."""
    return len(list(Path("/dev").glob("nvidia[0-9]*")))


if __name__ == "__main__":
    main()
