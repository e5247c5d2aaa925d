"""The parts of Dask that run tasks: a scheduler, workers that are replaced when they end, and a client.

The engine has its own on loopback. On several machines ``mgc scheduler`` and ``mgc worker`` run them, and
``MGC_SCHEDULER`` names the address. All speak TLS only and show no dashboard.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from mgc.errors import EngineError
from mgc.jobs import kinds, tls
from mgc.jobs.process import folder
from mgc.settings import THREADS, cores, settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from distributed import Nanny, Scheduler
    from distributed.security import Security

__all__ = ["connected", "serve_scheduler", "serve_workers"]

LOOPBACK: Final = "tls://127.0.0.1:0"
LOOK: Final = 0.5  # s between two looks at a worker
PATIENCE: Final = 60.0  # s for a worker process to come back in; it takes 2 to 10 s
FAREWELL: Final = 3.0  # s for workers to end in; they end at once when this process has gone

_log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def connected(table: str) -> AsyncIterator[Any]:
    """Yield a client of the scheduler that MGC_SCHEDULER names, or of one with workers that is started here.

    A RuntimeError says that no worker can be started.
    """
    from distributed import Client

    address, keys, stack = settings().scheduler, tls.security(_keys()), contextlib.AsyncExitStack()
    try:
        if address is None:
            _configure(table)
            address = (await stack.enter_async_context(_scheduler(LOOPBACK, keys))).address
            await stack.enter_async_context(_workers(partial(_nanny, address, keys, "127.0.0.1")))
        client: Any = Client(address, security=keys, asynchronous=True, set_as_default=False)  # type: ignore[no-untyped-call]
        yield await stack.enter_async_context(client)
    finally:
        try:
            async with asyncio.timeout(FAREWELL):
                await stack.aclose()
        except TimeoutError:
            pass
        except Exception as error:  # noqa: BLE001  # which ended a task of the client's own long ago; it is closed now
            _log.warning("Dask's client closed with an error: %r", error)


async def serve_scheduler(say: Callable[[str], None]) -> None:
    """Run the scheduler of several machines at the address MGC_SCHEDULER.

    Its certificate is made where there is none yet: each machine needs a copy.
    """
    address, keys = _named(), tls.security(tls.certificate(_keys()).parent)
    _configure(kinds.TABLE)
    async with _scheduler(address, keys) as scheduler:
        say(f"The scheduler listens at {scheduler.address}.")
        await scheduler.finished()  # type: ignore[no-untyped-call]


async def serve_workers(say: Callable[[str], None]) -> None:
    """Run workers for the scheduler MGC_SCHEDULER; they join again when it was out of reach."""
    address = _named()
    if not settings().database_url:
        raise EngineError("Set MGC_DATABASE_URL to the PostgreSQL database that holds the jobs.")
    keys = tls.security(_keys())
    _configure(kinds.TABLE)
    say(f"{_number()} workers serve {address}.")
    await asyncio.gather(*(_kept(partial(_nanny, address, keys, None)) for _ in range(_number())))


def _keys() -> Path:
    """Return the folder of the certificate: our own engine's, or that of the scheduler which MGC_SCHEDULER names."""
    chosen = settings()
    return (chosen.scheduler and chosen.scheduler_tls) or folder()


def _named() -> str:
    if address := settings().scheduler:
        return address
    raise EngineError("Set MGC_SCHEDULER to the scheduler's address, e.g. tls://10.0.0.1:8786.")


def _number() -> int:
    """Return how many workers are wanted: by default one for each core that this process may use."""
    return settings().workers or cores()


def _configure(table: str) -> None:
    import dask
    import distributed  # noqa: F401  # sets the level of its log

    logging.getLogger("distributed").setLevel(logging.WARNING)
    dask.config.set(
        {
            "distributed.scheduler.allowed-failures": 0,  # the store counts: Dask shall not try again by itself
            "distributed.scheduler.worker-ttl": None,  # a task may hold the interpreter for longer than five minutes
            "distributed.worker.daemon": False,  # a worker starts decoders, and later the processes that train
            # Loaded as a worker starts: what it will run is of one state of the code, even while files are replaced.
            "distributed.worker.preload": [
                "mgc.jobs.worker",
                *dict.fromkeys(name for kind in kinds.every(table) for name in kind.preload),
            ],
            # What Dask measures for its dashboard, which is not shown: half of an idle engine's processor time.
            "distributed.admin.system-monitor.gil.enabled": False,
            "distributed.admin.system-monitor.disk": False,
            "distributed.admin.system-monitor.interval": "10s",
            "distributed.admin.tick.interval": "1s",
            "distributed.worker.profile.enabled": False,
            # There is a worker for every core: their libraries shall not start threads of their own.
            "distributed.nanny.pre-spawn-environ": dict.fromkeys(THREADS, 1),
            # Dask opens a port for HTTP on every part whether it is wanted or not, without TLS: it answers nothing.
            **{f"distributed.{part}.http.routes": [] for part in ("scheduler", "worker", "nanny")},
        }
    )


@contextlib.asynccontextmanager
async def _scheduler(address: str, keys: Security) -> AsyncIterator[Scheduler]:
    from distributed import Scheduler

    at = urlsplit(address)
    made = Scheduler(
        host=at.hostname, port=at.port or 0, protocol="tls", security=keys, dashboard=False,
        dashboard_address=f"{at.hostname}:0",
    )  # fmt: skip
    async with made as scheduler:
        scheduler.http_server.stop()
        yield scheduler


def _nanny(address: str, keys: Security, host: str | None) -> Nanny:
    """Return the supervisor of one worker process, which is not started yet."""
    from distributed import Nanny

    return Nanny(
        address,
        nthreads=1,  # a clip's arrays fill a core's cache; threads would share one interpreter
        host=host,
        protocol="tls",
        security=keys,
        dashboard=False,
        silence_logs=logging.WARNING,
        death_timeout=PATIENCE,
        local_directory=str(folder() / "scratch"),
    )


@contextlib.asynccontextmanager
async def _workers(make: Callable[[], Nanny]) -> AsyncIterator[None]:
    """Have the workers that are wanted; those that start at first must come up."""
    first = [make() for _ in range(_number())]
    await asyncio.gather(*first)
    keeping = [asyncio.create_task(_kept(make, one)) for one in first]
    try:
        yield
    finally:
        for one in keeping:
            one.cancel()
        await asyncio.wait(keeping)


async def _kept(make: Callable[[], Nanny], running: Nanny | None = None) -> None:
    """Have one worker, and start another when it has ended, or its process did not come back.

    Dask restarts a process that was killed, once, and ends a worker that has lost its scheduler.
    """
    from distributed import Status

    while True:
        try:
            async with running or make() as nanny:
                alive = time.monotonic()
                while nanny.status is Status.running and time.monotonic() - alive < PATIENCE:
                    await asyncio.sleep(LOOK)
                    if nanny.is_alive():
                        alive = time.monotonic()
        except (OSError, RuntimeError) as error:  # the scheduler is out of reach, or a process does not start
            _log.warning("No worker could be started: %r", error.__cause__ or error)
        running = None
        await asyncio.sleep(LOOK)
