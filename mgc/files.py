"""Files that appear at once and whole: a reader sees all of the new one, or the old one, or none."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["digest", "sync", "sync_all", "write"]

_SYNCS: Final = 16  # at once


def digest(path: Path, kind: str) -> str:
    """Return a file's checksum as ``"sha256:..."``, of any kind that hashlib knows; OSError when it cannot be read."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False))
    return f"{kind}:{found.hexdigest()}"


def write(path: Path, *parts: bytes | memoryview, durable: bool = True) -> None:
    """Write ``parts`` one after the other to a new file of mode 0600 and move it to ``path``.

    When it is ``durable``, the file is there after a power cut, too: both it and the folder are synced.

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
            if durable:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    if durable:
        _sync_folder(path.parent)


def sync_all(paths: Collection[Path]) -> None:
    """Wait until the disk holds files and all names: many at once take little longer than one."""
    with ThreadPoolExecutor(_SYNCS) as pool:
        list(pool.map(sync, (path for path in paths if not path.is_dir())))
        list(pool.map(_sync_folder, {path.parent for path in paths}))


def sync(path: Path) -> None:
    """Wait until the disk holds a file, or the names in a folder; raise an OSError when it reports an error."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every file system syncs folders, and the file stands there already
        sync(folder)
