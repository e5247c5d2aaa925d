"""Which processes do the work, and whether they still live: workers, and the engine with its record and lock.

A process number is given out again, and clocks are set: a worker is known by its host, the boot of that host, its
number and the tick of that boot in which it started. The engine writes its address to a record and holds the record's
lock for as long as it lives: the lock goes with the process, however that ends.
"""

from __future__ import annotations

import fcntl
import os
import platform
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from mgc import records
from mgc.settings import settings, visible_devices

if TYPE_CHECKING:
    from mgc.jobs.store import Store

__all__ = [
    "Process", "Record", "devices", "folder", "hold", "is_gone", "is_held", "me", "named", "notice_lost", "place",
    "read",
]  # fmt: skip

SILENCE: Final = 30.0  # s without a heartbeat, six of which should have come

_seen: dict[tuple[int, int], tuple[float, float]] = {}  # attempt -> its last heartbeat, and when that was first seen


@dataclass(frozen=True, slots=True)
class Process:
    """``started`` is in clock ticks since the boot, 0 where the system does not provide them; ``boot`` is "" there."""

    host: str
    boot: str
    pid: int
    started: int

    @property
    def text(self) -> str:
        """The same as one string; :func:`named` reads it."""
        return f"{self.host} {self.boot} {self.pid} {self.started}"


def named(text: str) -> Process:
    """Return the process that ``Process.text`` names."""
    host, boot, pid, started = text.split(" ")
    return Process(host, boot, int(pid), int(started))


def me() -> Process:
    """Return the process that calls this."""
    pid = os.getpid()
    return Process(platform.node(), _boot(), pid, _started(pid) or 0)


def place() -> str:
    """Return which home folder of which machine the present process belongs to: its engine does its jobs."""
    return f"{platform.node()}:{settings().home_dir.absolute()}"


def devices() -> tuple[str, ...]:
    """Return the NVIDIA devices that this process may use, as CUDA_VISIBLE_DEVICES names them."""
    given = visible_devices()
    if given is not None:
        return given
    return tuple(str(number) for number in range(len(list(Path("/dev").glob("nvidia[0-9]*")))))


def folder() -> Path:
    """Return where the engine of the present home keeps its certificate, its record and its log."""
    return settings().home_dir / "engine"


def is_gone(process: Process) -> bool | None:
    """Tell whether a process has ended; None when it belongs to another host, of which nothing is known here."""
    if process.host != platform.node():
        return None
    if process.boot != _boot():
        return True
    if not process.boot:
        import psutil

        return not psutil.pid_exists(process.pid)
    return _started(process.pid) != process.started


def notice_lost(store: Store) -> None:
    """Write down which attempts have lost their process.

    A process of this machine is looked up once it has been silent for :data:`SILENCE` seconds or its engine has ended,
    too. Of another machine only its silence is known, measured by the clock of this one.
    """
    running = store.running()
    for one in running:
        engine_is_gone = is_gone(named(one.engine))
        gone = is_gone(one.process) if one.state == "running" else engine_is_gone
        key = (one.task, one.number)
        seen = _seen.get(key)
        if seen is None or seen[0] != one.beat:
            seen = _seen[key] = (one.beat, time.monotonic())
        if gone is None:
            is_lost = engine_is_gone is not False and time.monotonic() - seen[1] > SILENCE
        else:
            is_lost = gone and (engine_is_gone is True or time.monotonic() - one.beat > SILENCE)
        if is_lost:
            why = "The engine was ended." if engine_is_gone else "The worker process ended."
            store.lose(*key, why, guilty=engine_is_gone is False)
    for key in set(_seen) - {(one.task, one.number) for one in running}:
        _seen.pop(key, None)


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _started(pid: int) -> int | None:
    """Return the tick in which a process started, None when there is none or it is a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in ("Z", "X") else int(fields[19])


@dataclass(frozen=True, slots=True)
class Record:
    """A running engine: where it listens, and the number of its process."""

    address: str
    pid: int


def read(path: Path) -> Record | None:
    """Return what an engine wrote, None when there is nothing or nonsense, or the engine is gone."""
    try:
        found = records.read(Record, path.read_bytes(), path.name)
    except (OSError, ValueError):
        return None
    return found if is_held(path) else None


def hold(path: Path, *, wait: bool = False) -> IO[str]:
    """Take the lock of a file; it is held until the file that is returned is closed, or this process ends.

    A BlockingIOError says that another process holds it, unless that is waited for.
    """
    lock = path.with_suffix(".lock")
    while True:
        file = lock.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            if lock.exists() and os.path.samestat(os.fstat(file.fileno()), lock.stat()):
                return file
        except FileNotFoundError:
            pass
        except BaseException:
            file.close()
            raise
        file.close()  # it was cleared away between opening and locking: nobody else would see that it is held


def is_held(path: Path) -> bool:
    """Tell whether a process holds the lock of a record."""
    try:
        with path.with_suffix(".lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
