"""Reach the engine of this home folder and this state of the code, and start it where none is up.

After an upgrade a new engine is started, and the old one ends by itself once it is idle. ``MGC_SCHEDULER`` names
another scheduler (a cluster's), which is never started from here; ``MGC_SCHEDULER_TLS`` names the folder of its
``tls.pem``.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import hashlib
import math
import os
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
from mgc.jobs import kinds, tls
from mgc.jobs.process import Record, folder, hold, is_held, read
from mgc.settings import environment, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["code", "codes", "ensure", "folder", "is_up", "running", "serve"]

CODE: Final = Path(mgc.__file__).parent
START_SECONDS: Final = 90.0  # two interpreters and Dask's imports: 2 s on a quiet machine, 25 s seen on a crowded one
LOOK_SECONDS: Final = 1.0
LOG_BYTES: Final = 1_000_000

_started: list[subprocess.Popen[bytes]] = []  # engines that are this process's children: they are not waited for


def ensure() -> Record:
    """Return the record of the engine, which is started if none is up.

    An EngineError says that it does not come up, or the scheduler that MGC_SCHEDULER names does not answer.
    """
    if found := running():
        return found
    with _alone():  # of two apps that find none, one starts it
        return running() or _start()


def serve(say: Callable[[str], None]) -> None:
    """Be the engine of this home folder, in this process, until Ctrl-C or SIGTERM; then end the process.

    An EngineError says that one is at work, or none can be started here. What is running when it ends is queued again
    by the next engine.
    """
    from mgc.jobs import scheduler

    with _alone():
        record = _prepared()
    if not asyncio.run(scheduler.serve(record, kinds.TABLE, code(), math.inf, say)):
        raise EngineError("An engine is already running for this home folder; `mgc jobs` lists its jobs.")
    say("The engine has ended; its jobs continue when the next one starts.")
    sys.stdout.flush()
    os._exit(0)  # as :func:`mgc.jobs.scheduler.main`


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Be the only one that starts an engine of this home."""
    try:
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        with hold(folder() / "start", wait=True):
            yield
    except OSError as error:
        raise EngineError(
            f"The engine for background work cannot be started ({error.strerror}); is MGC_HOME full or read-only?",
            details=repr(error),
        ) from error


def _prepared() -> Path:
    chosen = settings()
    if chosen.scheduler:
        tls.security(chosen.scheduler_tls or folder())  # raises when the certificate cannot be used
        if not is_up(chosen.scheduler):
            raise EngineError(f"The scheduler at {chosen.scheduler} does not answer; is it running?")
    else:
        tls.certificate(folder())
    for old in folder().glob("engine-*"):  # of engines that are gone
        if not is_held(old):
            old.with_suffix(".json").unlink(missing_ok=True)  # first: the next engine's lock would make it valid
            old.unlink(missing_ok=True)
    return _record()


def running() -> Record | None:
    """Return our engine's record when it is up, else None."""
    for one in _started:
        one.poll()  # so that one that has ended is no zombie
    return read(_record())


def is_up(address: str) -> bool:
    """Tell whether something listens at the address of a scheduler."""
    parts = urlsplit(address)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=LOOK_SECONDS):
            return True
    except (OSError, ValueError):
        return False


def _start() -> Record:
    """Start an engine in a session of its own and wait until it is up."""
    record = _prepared()
    log = folder() / "engine.log"
    with log.open("ab") as out:
        if out.tell() > LOG_BYTES:
            out.truncate(0)
        process = subprocess.Popen(
            [sys.executable, "-m", "mgc.jobs.scheduler", str(record), kinds.TABLE, code()],
            cwd=CODE.parent,
            env=environment(),
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
        if found := read(record):
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
    """Keep Popen from warning about engines that outlive this process."""
    for one in _started:
        if one.poll() is None:
            one.returncode = 0


def _record() -> Path:
    return folder() / f"engine-{code()}.json"


def codes() -> tuple[str, ...]:
    """Return the states of the code of the engines that are up or starting."""
    found = (path for path in folder().glob("engine-*.lock") if is_held(path))
    return tuple(path.stem.removeprefix("engine-") for path in found)


def code() -> str:
    """Return a digest of the code that workers run: they go on with what they have imported when it changes."""
    return _code(kinds.TABLE, sys.executable)


@cache
def _code(table: str, executable: str) -> str:
    parts = sorted({"jobs", *(part for kind in kinds.every(table) for part in kind.packages)})
    seen = hashlib.sha256(f"{executable} {table}".encode())
    for path in sorted([*CODE.glob("*.py"), *(file for part in parts for file in (CODE / part).rglob("*.py"))]):
        about = path.stat()
        seen.update(f"{path.relative_to(CODE)} {about.st_size} {about.st_mtime_ns}\n".encode())
    return seen.hexdigest()[:12]
