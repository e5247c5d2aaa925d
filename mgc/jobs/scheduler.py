"""The engine: one detached process that takes tasks from the store and submits them to Dask's workers.

:mod:`mgc.jobs.cluster` starts it as ``python -m mgc.jobs.scheduler RECORD TABLE CODE``; ``mgc engine`` is one that
runs in the foreground. It has a Dask scheduler and
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
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from mgc import records
from mgc.errors import EngineError, MgcError
from mgc.jobs import nodes, worker
from mgc.jobs.process import Record, hold, me, notice_lost, place, read
from mgc.jobs.store import opened
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mgc.jobs.store import Claim, Store

__all__ = ["Dispatcher", "Offer", "Taken", "main", "serve"]

LOOK: Final = 0.2  # s between two looks for tasks
RECONCILE: Final = 5.0  # s between two looks for attempts whose process is gone
WAIT: Final = 0.05  # s between two looks at another engine's lock
PATIENCE: Final = 5.0  # s for Dask to say what became of a task whose worker has gone
GIVEN_UP: Final = ("closing", "closed")  # states of a client that has waited 30 s for its scheduler to come back
# s after which a client that has lost its scheduler is given up here. Where connecting anew fails in another way than
# by a refusal (half a TLS handshake, as the scheduler is killed), Dask 2026.8 stops trying and stays "connecting".
RECONNECTS: Final = 35.0
WAITING: Final = 100  # threads for tasks that only wait for other jobs

_log = logging.getLogger(__name__)


def main() -> None:
    """Serve until idle, or until SIGTERM."""
    record, table, code = sys.argv[1:]
    asyncio.run(serve(Path(record), table, code, settings().engine_idle))
    os._exit(0)  # nothing of Dask's may keep us: measured, it waits 20 s for workers that wait for the scheduler


async def serve(
    record: Path, table: str, code: str, idle: float, say: Callable[[str], None] = lambda sentence: None
) -> bool:
    """Be the engine of this home folder until there was nothing to do for ``idle`` seconds, or SIGTERM or Ctrl-C.

    Returns whether it was: not where another one is at work.
    """
    is_served = False
    while (held := _alone(record)) is not None:
        is_served = True
        record.unlink(missing_ok=True)  # of an engine that was killed: our lock must not make its address valid
        async with nodes.connected(table) as client:
            dispatcher = Dispatcher(opened(), client, table, code, idle)
            records.write(record, Record(client.scheduler.address, os.getpid()))
            serving = asyncio.ensure_future(dispatcher.run())
            for one in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(one, serving.cancel)
            say(f"The engine is running with {sum((await client.nthreads()).values())} workers; Ctrl-C ends it.")
            await asyncio.wait([serving])
            logging.getLogger("distributed").setLevel(logging.CRITICAL)  # its parts miss each other as they end
            record.unlink(missing_ok=True)
            held.close()  # from here on another engine may start
            if serving.cancelled():
                break
            serving.result()  # raises what the dispatcher raised
            dispatcher.let_go()
            # A job that came after the last look, and whose starter still saw this engine, would wait for ever.
            if not settings().home_dir.exists() or not dispatcher.has_work():
                break
    return is_served


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


@dataclass(frozen=True, slots=True)
class Offer:
    """What a worker that is free has to give: cores of its machine, and devices that it may use and no task holds.

    ``cpu`` and ``gpu`` are the slots that a task may need at most to get them, None: any number.
    """

    worker: str  # Dask's address
    host: str
    cores: int  # of all workers of the machine
    free: int
    devices: tuple[str, ...]
    cpu: int | None
    gpu: int | None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a task holds while it is at work; ``worker`` is "" where it only waits, in a thread of the engine."""

    worker: str
    host: str
    cpu: int
    devices: tuple[str, ...]
    future: Any = None


class Dispatcher:
    """Takes tasks from the store while there are free slots, submits them to Dask, and notes how they ended."""

    def __init__(self, store: Store, client: Any, table: str, code: str, idle: float) -> None:
        self._store, self._client, self._table, self._code, self._idle = store, client, table, code, idle
        self._me = me().text
        self._place = place()
        self._taken: dict[Claim, Taken] = {}
        self._missing: dict[str, float] = {}  # workers that tasks were given to, and since when they are gone
        self._watching: dict[Claim, asyncio.Task[None]] = {}
        self._is_let_go = False
        self._freed = asyncio.Event()
        self._waiting = ThreadPoolExecutor(WAITING, "waiting")
        self._said = ""

    async def run(self) -> None:
        """Return when there has been nothing to do for ``idle`` seconds, the home is gone, or Dask's client gave up."""
        idle_since = connected = time.monotonic()
        reconciled = 0.0
        while time.monotonic() - idle_since < self._idle and settings().home_dir.exists():
            if self._client.status == "running":
                connected = time.monotonic()
            if self._client.status in GIVEN_UP or time.monotonic() - connected > RECONNECTS:
                _log.warning("The scheduler has not answered for long; the engine connects anew.")
                return
            self._freed.clear()
            try:
                if time.monotonic() - reconciled > RECONCILE:
                    await asyncio.to_thread(notice_lost, self._store)
                    reconciled = time.monotonic()
                if bool(self._taken) or await asyncio.to_thread(self.has_work):
                    while await self._take():
                        pass
                    idle_since = time.monotonic()
                self._said = ""
            except MgcError as error:  # a full disk, a database away: the next time
                if error.user_message != self._said:
                    _log.warning("%s %s", error.user_message, error.details)
                self._said = error.user_message
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._freed.wait(), LOOK)

    def has_work(self) -> bool:
        """Tell whether a job of this home and code is active."""
        return self._store.has_work(self._place, self._code)

    def let_go(self) -> None:
        """Queue again what the client, which is closed now, will not tell the end of.

        It cancels what it waits for as it closes, but not where that ends in an error of one of its own tasks.
        """
        self._is_let_go = True
        for claim, taken in self._taken.items():
            if taken.worker:
                self._watching[claim].cancel()

    async def _take(self) -> bool:
        """Take one task and submit it; False when there is none, or no slot for it."""
        claimed = partial(self._store.claim, self._me, place=self._place, code=self._code)
        if (claim := await asyncio.to_thread(claimed, cpu=0)) is not None:
            done = self._waiting.submit(worker.work, self._table, _parts(claim), [], alone=False)
            self._watched(claim, Taken("", "", 0, (), asyncio.wrap_future(done)))
            return True
        tried = set()
        for offer in await self._offers():
            most = (offer.cpu, offer.gpu)
            if most in tried:
                continue
            tried.add(most)
            claim = await asyncio.to_thread(claimed, cpu=offer.cpu, gpu=offer.gpu)
            if claim is not None:
                self._submit(claim, offer)
                return True
        return False

    async def _offers(self) -> list[Offer]:
        """Return what each worker that is free has to give; those without devices first, then the idlest machine."""
        try:
            known = (await self._client.scheduler.identity())["workers"]
        except (OSError, RuntimeError, AttributeError) as error:  # it was killed while we asked, or the client gives up
            raise EngineError("The scheduler does not answer.", details=repr(error)) from error
        await self._give_up(known)
        taken = self._taken.values()
        at_work, cores, used = Counter(one.worker for one in taken), Counter[str](), Counter[str]()
        for about in known.values():
            cores[about["host"]] += about["nthreads"]
        for one in taken:
            used[one.host] += one.cpu
        held = {(one.host, device) for one in taken for device in one.devices}
        there_are_devices = any(about.get("devices") for about in known.values())
        offers = []
        for address, about in known.items():
            host, devices = about["host"], tuple(about.get("devices", ()))
            left = tuple(device for device in devices if (host, device) not in held)
            free = cores[host] - used[host]
            if free <= 0 or at_work[address] >= about["nthreads"]:
                continue
            # A task that needs more than there is gets all there is; without devices, if no worker has any.
            cpu = None if free == cores[host] else free
            gpu = None if left == devices and (devices or not there_are_devices) else len(left)
            offers.append(Offer(address, host, cores[host], free, left, cpu, gpu))
        return sorted(offers, key=lambda one: (len(one.devices), -one.free))

    def _submit(self, claim: Claim, offer: Offer) -> None:
        devices = offer.devices[: claim.gpu]
        future = self._client.submit(
            worker.work,
            self._table,
            _parts(claim),
            list(devices),
            key=f"{claim.kind}-{claim.job}-{claim.task}-{claim.number}",
            pure=False,
            workers=[offer.worker],
        )
        self._watched(claim, Taken(offer.worker, offer.host, min(claim.cpu, offer.cores), devices, future))

    def _watched(self, claim: Claim, taken: Taken) -> None:
        """Hold what a task has taken until it has ended."""
        self._taken[claim] = taken
        self._watching[claim] = asyncio.create_task(self._watch(claim, taken.future))
        self._watching[claim].add_done_callback(lambda _: self._watching.pop(claim))

    async def _give_up(self, known: Mapping[str, object]) -> None:
        """Cancel what waits in Dask for a worker that has gone; what was at work there has ended by itself by now."""
        now = time.monotonic()
        for one in list(self._taken.values()):
            if one.worker in known or not one.worker:
                self._missing.pop(one.worker, None)
            elif now - self._missing.setdefault(one.worker, now) > PATIENCE:
                await one.future.cancel()
        for gone in set(self._missing) - {one.worker for one in self._taken.values()}:
            del self._missing[gone]

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
        except asyncio.CancelledError:
            if not self._is_let_go:  # the engine ends
                raise
            note = partial(lose, "Dask's scheduler has lost the task.", guilty=False)
        except Exception as error:  # noqa: BLE001  # of the worker, e.g. an import that fails: to be read in the list
            note = partial(end, worker.sentence(error))
        del self._taken[claim]
        self._freed.set()
        while note is not None:
            try:
                await asyncio.to_thread(note)
                note = None
            except MgcError:  # the process lives, so no look for lost attempts finds this one
                await asyncio.sleep(RECONCILE)


def _parts(claim: Claim) -> tuple[int, int, int, str]:
    """Return a claim as plain values, which Dask can send."""
    return claim.job, claim.task, claim.number, claim.kind


if __name__ == "__main__":
    main()
