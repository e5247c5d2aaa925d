"""Files that appear at once and whole: a reader sees all of the new one, or the old one, or none."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["write"]


def write(path: Path, *parts: bytes | memoryview) -> None:
    """Write ``parts`` one after the other to a new file of mode 0600, sync it, and move it to ``path``.

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
