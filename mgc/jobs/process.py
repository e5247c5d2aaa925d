"""Which process does the work, so that it can be told whether it still lives.

A process number is given out again, and clocks are set: a process is known by its host, the boot of that host, its
number and the tick of that boot in which it started.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Process", "is_gone", "me", "named"]


@dataclass(frozen=True, slots=True)
class Process:
    """``started`` is in clock ticks since the boot, 0 where the system does not tell; ``boot`` is "" there."""

    host: str
    boot: str
    pid: int
    started: int

    @property
    def text(self) -> str:
        """The same as one word; :func:`named` reads it."""
        return f"{self.host} {self.boot} {self.pid} {self.started}"


def named(text: str) -> Process:
    """Return the process that ``Process.text`` names."""
    host, boot, pid, started = text.split(" ")
    return Process(host, boot, int(pid), int(started))


def me() -> Process:
    """Return the process that calls this."""
    pid = os.getpid()
    return Process(platform.node(), _boot(), pid, _started(pid) or 0)


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
