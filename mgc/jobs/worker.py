"""Loaded by every worker as it starts: whoever is looking at a page comes first."""

from __future__ import annotations

import contextlib
import os
from typing import Final

__all__ = ["dask_setup"]

NICENESS: Final = 5


def dask_setup(worker: object) -> None:
    """Lower this process's priority; Dask calls this by its name."""
    del worker
    with contextlib.suppress(OSError, AttributeError):  # Windows has no such thing
        os.nice(NICENESS)
