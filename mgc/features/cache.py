"""Computed features on disk, found again by the content they came from.

Conventions
-----------
A key is what the features depend on: the sha256 of the bytes and everything that changes the numbers, e.g.
``f"{clip.sha256} windows hop=1.0 v1"``. The file's name is the key's own hash, so no key can name a path. An entry
is the sha256 of what follows and an ``.npz`` archive without pickles, written to a temporary file and moved into
place: a reader sees a whole entry or none. An entry that is damaged all the same (by a power cut, say: the disk is not
waited for) is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import zipfile
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc import files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["Cache"]

Arrays = dict[str, npt.NDArray[Any]]

_DIGEST: Final = 32  # bytes of a sha256


class Cache:
    """A folder of entries, created with the first one unless its parent is missing.

    It may be shared between processes, and deleted at any time, also together with its parent.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def fetch(self, key: str, make: Callable[[], Arrays]) -> Arrays:
        """Return the entry of ``key``; ``make`` and keep it when there is none, or a damaged one.

        ``make`` returns named arrays of numbers, booleans or strings. Where the disk is full or read-only, or the
        parent folder is gone, nothing is kept.
        """
        found = self.find(key)
        if found is None:
            found = make()
            with contextlib.suppress(OSError):
                self._root.mkdir(exist_ok=True)  # no parents: a data set that was removed stays removed
                _write(self.path(key), found)
        return found

    def find(self, key: str) -> Arrays | None:
        """Return the entry of ``key``, None when there is none or a damaged one."""
        try:
            entry = self.path(key).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(entry[_DIGEST:]).digest() != entry[:_DIGEST]:
            return None
        with np.load(io.BytesIO(entry[_DIGEST:]), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}

    def path(self, key: str) -> Path:
        """Return where the entry of ``key`` lies or would lie."""
        name = hashlib.sha256(key.encode()).hexdigest()
        return self._root / name[:2] / f"{name}.entry"


def _write(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write an entry that appears at once and whole."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:  # np.savez cannot take arrays of any name, e.g. "file"
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
    path.parent.mkdir(exist_ok=True)
    files.write(path, hashlib.sha256(packed.getbuffer()).digest(), packed.getbuffer(), durable=False)
