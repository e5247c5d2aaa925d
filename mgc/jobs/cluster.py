"""Reach the engine, starting it where there is none.

Conventions
-----------
An engine belongs to one home folder and one state of the code: after an upgrade a new one is started, and the old one
ends by itself once it is idle. ``MGC_SCHEDULER`` names another scheduler (a cluster's), which is never started from
here; ``MGC_SCHEDULER_TLS`` names the folder of its ``tls.pem``.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import hashlib
import socket
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import mgc
from mgc.errors import EngineError
from mgc.jobs import tls
from mgc.jobs.record import Record, is_held, read
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from distributed import Client, Scheduler

__all__ = ["address", "client", "folder", "is_up", "running", "settle"]

CODE: Final = Path(mgc.__file__).parent
WORKING: Final = ("audio", "extraction", "features", "jobs", "nets", "training")  # parts that workers run
START_SECONDS: Final = 90.0  # two interpreters and Dask's imports: 2 s on a quiet machine, 25 s seen on a crowded one
REACH_SECONDS: Final = 20.0
LOOK_SECONDS: Final = 1.0
LOG_BYTES: Final = 1_000_000

_started: list[subprocess.Popen[bytes]] = []  # engines that are this process's children: they are not waited for


def folder() -> Path:
    """Return where the engine keeps its certificate, its record and its log."""
    return settings().home_dir / "engine"


@contextlib.contextmanager
def client() -> Iterator[Client]:
    """Connect to the engine, started if need be; the connection is closed on leaving, the engine stays.

    Raises
    ------
    EngineError
        when it does not start or cannot be reached; the sentence says which
    """
    from distributed import Client

    where = address()
    chosen = settings()
    tls_folder = chosen.scheduler_tls if chosen.scheduler and chosen.scheduler_tls else folder()
    try:
        connected = Client(where, security=tls.security(tls_folder), timeout=REACH_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError) as error:  # Dask's own errors of this kind are OSErrors
        raise EngineError(
            f"The engine at {where} does not answer; is it still running, and is the certificate its own?",
            details=repr(error),
        ) from error
    try:
        yield connected
    finally:
        connected.close()  # type: ignore[no-untyped-call]


def settle(connected: Client, key: str) -> None:
    """Return when the scheduler knows a task, so that closing the connection cannot lose it.

    Raises
    ------
    EngineError
        when it does not hear of the task in time
    """
    deadline = time.monotonic() + REACH_SECONDS
    while not connected.run_on_scheduler(_knows, key=key):  # type: ignore[no-untyped-call]
        if time.monotonic() > deadline:
            raise EngineError("The engine does not take the work that it was given; see its log (engine/engine.log).")
        time.sleep(0.02)


def _knows(key: str, dask_scheduler: Scheduler | None = None) -> bool:
    """Tell whether a task is known, or was and is over; runs in the scheduler."""
    return dask_scheduler is not None and key in dask_scheduler.tasks


def address() -> str:
    """Return the scheduler's address, after starting an engine if none is up.

    Raises
    ------
    EngineError
        when it does not come up
    """
    if named := settings().scheduler:
        return named
    if found := running():
        return found.address
    try:
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        with (folder() / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # of two apps that find none, one starts it
            return (running() or _start()).address
    except OSError as error:
        raise EngineError(
            f"The engine for background work cannot be started ({error.strerror}); is MGC_HOME full or read-only?",
            details=repr(error),
        ) from error


def running() -> Record | None:
    """Return our engine's record when it is up, else None."""
    for one in _started:
        one.poll()  # one that has ended is laid to rest
    return read(_record())


def is_up(where: str) -> bool:
    """Tell whether the scheduler of that address lives: one of our engines, of any state of the code, or another."""
    if where == settings().scheduler:
        return _listens(where)
    found = (read(path) for path in folder().glob("engine-*.json"))
    return any(record is not None and record.address == where for record in found)


def _listens(where: str) -> bool:
    parts = urlsplit(where)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=LOOK_SECONDS):
            return True
    except (OSError, ValueError):
        return False


def _start() -> Record:
    """Start an engine in a session of its own and wait until it is up."""
    tls.certificate(folder())
    for old in folder().glob("engine-*"):  # of engines that are gone
        if not is_held(old):
            old.with_suffix(".json").unlink(missing_ok=True)  # first: the next engine's lock would make it valid
            old.unlink(missing_ok=True)
    log = folder() / "engine.log"
    with log.open("ab") as out:
        if out.tell() > LOG_BYTES:
            out.truncate(0)
        process = subprocess.Popen(
            [sys.executable, "-m", "mgc.jobs.scheduler", str(_record())],
            cwd=CODE.parent,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,  # it outlives the app and its terminal
        )
    _started.append(process)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        has_ended = process.poll() is not None
        # It need not be the one just started: that ends at once where one is up whose starter was killed.
        if found := read(_record()):
            return found
        if has_ended:
            break
        time.sleep(0.05)
    else:
        process.kill()
    process.wait()
    raise EngineError(
        "The engine for background work did not start; its log (engine/engine.log in MGC_HOME) says why.",
        details=log.read_bytes()[-2000:].decode(errors="replace"),
    )


@atexit.register
def _let_go() -> None:
    """Let engines outlive this process without a word from Popen, which would take them for forgotten."""
    for one in _started:
        if one.poll() is None:
            one.returncode = 0


def _record() -> Path:
    return folder() / f"engine-{_state_of_code()}.json"


@cache
def _state_of_code() -> str:
    """Return a word that changes when what workers run does: they would go on with what they have imported."""
    seen = hashlib.sha256(sys.executable.encode())
    for path in sorted([*CODE.glob("*.py"), *(file for part in WORKING for file in (CODE / part).rglob("*.py"))]):
        about = path.stat()
        seen.update(f"{path.relative_to(CODE)} {about.st_size} {about.st_mtime_ns}\n".encode())
    return seen.hexdigest()[:12]
