"""Files that appear at once and whole: a reader sees all of the new one, or the old one, or none."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

__all__ = ["sync", "write"]


def write(path: Path, *parts: bytes | memoryview) -> None:
    """Write ``parts`` one after the other to a new file of mode 0600, sync it, move it to ``path``, sync the folder.

    Raises
    ------
    OSError
        when the folder is missing or the disk is full; ``path`` is then as it was, and nothing is left beside it
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    with contextlib.suppress(OSError):  # not every file system syncs folders, and the file stands there already
        sync(path.parent)


def sync(path: Path) -> None:
    """Wait until the disk holds a file, or the names in a folder.

    Raises
    ------
    OSError
        when it cannot be opened, or the disk reports an error
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
