"""The engine: one detached process with Dask's scheduler, and its workers below it.

Run as ``python -m mgc.jobs.scheduler RECORD`` by :mod:`mgc.jobs.cluster`. It listens on loopback, speaks TLS only,
shows no dashboard, writes its address to RECORD when it is up, and ends by itself when nothing was asked of it for a
while. Its workers see their parent go and end with it, however it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from mgc.jobs import tls
from mgc.jobs.record import Record, hold, read, write
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["main"]

# Dask counts a worker's death against every task that lay with it, guilty or not, and loses a task for good after so
# many. Whoever submits keeps the truth in files and knows what a worker died over: it is for tasks themselves to end
# what cannot succeed. (In a data set of 1,000 tracks every track may kill two workers.)
ALLOWED_FAILURES: Final = 10_000
# Loaded by each worker as it starts: all that it will run is of one state of the code, even while files are replaced.
PRELOAD: Final = ["mgc.jobs.worker", "mgc.extraction.work", "mgc.extraction.gather"]
# There is a worker for every core: their libraries shall not start threads of their own.
ONE_THREAD: Final = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
WAIT: Final = 0.05  # s between two looks at another engine's lock
FAREWELL: Final = 3.0  # s for workers to end in; they end at once when this process has gone


def main() -> None:
    """Serve until idle, or until asked to end."""
    asyncio.run(_serve(Path(sys.argv[1])))


async def _serve(record: Path) -> None:
    held = _alone(record)
    if held is None:
        return
    record.unlink(missing_ok=True)  # of an engine that was killed: our lock must not vouch for its address
    cluster: Any = await _cluster(record.parent)
    cluster.scheduler.http_server.stop()
    write(record, Record(cluster.scheduler_address, os.getpid(), time.time()))
    await _either(cluster.scheduler.finished(), _asked_to_end())
    record.unlink(missing_ok=True)
    held.close()  # from here on another engine may start
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FAREWELL):
            await cluster.close()
    os._exit(0)  # nothing of Dask's may keep us: measured, it waits 20 s for workers that wait for the scheduler


def _alone(record: Path) -> IO[str] | None:
    """Take the record's lock; None when another engine is up, which was started by somebody who did not live to tell.

    One that has the lock and is not up yet may still fail, and one that takes its leave gives it back: both are
    waited for.
    """
    while True:
        try:
            return hold(record, wait=False)
        except BlockingIOError:
            if read(record) is not None:
                return None
        time.sleep(WAIT)


async def _either(*waits: Coroutine[Any, Any, Any]) -> None:
    """Return when the first of several has come to pass."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


async def _asked_to_end() -> None:
    """Return on SIGTERM, so that workers are told instead of left to find out."""
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    await asked.wait()


async def _cluster(folder: Path) -> Any:
    import dask
    from distributed import LocalCluster

    dask.config.set(
        {
            "distributed.scheduler.allowed-failures": ALLOWED_FAILURES,
            "distributed.scheduler.worker-ttl": None,  # a task may hold the interpreter for longer than five minutes
            "distributed.worker.daemon": False,  # a worker starts decoders, and later the processes that train
            "distributed.worker.preload": PRELOAD,
            "distributed.admin.system-monitor.gil.enabled": False,
            "distributed.nanny.pre-spawn-environ": dict.fromkeys(ONE_THREAD, 1),
            # Dask opens a port for HTTP on every part whether it is wanted or not, without TLS: it answers nothing.
            **{f"distributed.{part}.http.routes": [] for part in ("scheduler", "worker", "nanny")},
        }
    )
    chosen = settings()
    return await LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=chosen.workers or _cores(),
        threads_per_worker=1,  # a clip's arrays fill a core's cache; threads would share one interpreter
        processes=True,
        host="127.0.0.1",
        protocol="tls",
        security=tls.security(folder),
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"idle_timeout": chosen.engine_idle, "dashboard": False},
        local_directory=str(folder / "scratch"),
        asynchronous=True,
    )


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


if __name__ == "__main__":
    main()
