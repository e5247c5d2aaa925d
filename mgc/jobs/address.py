"""Where the engine says that it is up: its address in a small file, and a lock that it holds for as long as it lives.

The lock goes with the process, however that ends, and no other process can be mistaken for it, as with a process
number that is given out again.
"""

from __future__ import annotations

import fcntl
import json
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING

from mgc import files
from mgc.strict import parse
from mgc.strict import read as read_json

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Record", "hold", "is_held", "read", "write"]


@dataclass(frozen=True, slots=True)
class Record:
    """A running engine; ``started`` is seconds since 1970."""

    address: str
    pid: int
    started: float


def read(path: Path) -> Record | None:
    """Return what an engine wrote, None when there is nothing or nonsense, or the engine is gone."""
    try:
        found = read_json(Record, parse(path.read_bytes()), path.name)
    except (OSError, ValueError):
        return None
    return found if is_held(path) else None


def write(path: Path, record: Record) -> None:
    """Write the file so that a reader sees all of it or none."""
    files.write(path, json.dumps(asdict(record)).encode())


def hold(path: Path, *, wait: bool = True) -> IO[str]:
    """Take the lock of a record; it is held until the file that is returned is closed, or this process ends.

    Raises
    ------
    BlockingIOError
        when another holds it and ``wait`` is False
    OSError
        when its file cannot be made
    """
    file = path.with_suffix(".lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        file.close()
        raise
    return file


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
