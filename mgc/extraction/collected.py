"""All that was measured on a data set, in one record that opens at once.

Conventions
-----------
Row ``i`` of every array belongs to ``ids[i]``; the order is the data set's. A track of which something is not known has
NaN (numbers) or 0 (pictures) there: ask ``has_descriptors``, ``has_picture`` and ``has_embedding``. Arrays are files
that are mapped into memory, read-only: what is not looked at is not loaded. Each carries its sha256, which is compared
when the record is opened, once for each state of the file.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

from mgc import records

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["POINTER", "RECORD_VERSION", "Collected", "Origin", "Pointer", "collected", "read_record"]

Origin = Literal["audio", "table", "published", "picture"]

POINTER: Final = "collected.json"  # in the extraction's folder: names the folder that holds the arrays
RECORD_VERSION: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """What is known of every track of a data set: n tracks, m segments of three seconds, up to ten a track.

    ``origins`` say where a track's descriptors come from: its own sound ("audio"); a table that came with the data set
    ("table"); that table although there is sound, since the sound is not the published one ("published": the
    descriptors of a lossy copy would reveal the codec); "picture" when there is only a picture, None for nothing.
    Descriptors are in the order of :data:`mgc.features.descriptors.COLUMNS`, pictures as
    :func:`mgc.features.pictures.columns` draws them: lowest band first, 0 behind the end of a short track.
    """

    ids: tuple[str, ...]
    genres: tuple[str, ...]
    origins: tuple[Origin | None, ...]
    descriptors: npt.NDArray[np.float64]  # [shape=(n, 57)]
    segments: npt.NDArray[np.float64]  # [shape=(m, 57)], descriptors of the same origin
    owners: npt.NDArray[np.int32]  # [shape=(m,)], the row that each segment belongs to
    pictures: npt.NDArray[np.uint8]  # [shape=(n, 128, 334)]
    widths: npt.NDArray[np.int32]  # [shape=(n,)], columns of a picture that show sound, 11.15 a second; 0 for none
    thumbnails: npt.NDArray[np.uint8]  # [shape=(n, 128, 33)], the pictures at a tenth of their width
    embeddings: npt.NDArray[np.float32] | None  # [shape=(n, 1024)], YAMNet's mean over a track; None: not asked for
    checksums: tuple[str, ...]  # sha256 of the decoded samples, "" where there is no sound
    seconds: npt.NDArray[np.float64]  # [shape=(n,)], length of the file as measured; NaN where there is none
    patches: npt.NDArray[np.float16] | None = None  # [shape=(q, 1024)], YAMNet's for every half second; None: as above
    patch_owners: npt.NDArray[np.int32] | None = None  # [shape=(q,)], the row that each patch belongs to

    @property
    def has_descriptors(self) -> npt.NDArray[np.bool_]:
        """Which tracks have descriptors [shape=(n,)]."""
        return np.asarray(np.isfinite(self.descriptors).all(axis=1))

    @property
    def has_picture(self) -> npt.NDArray[np.bool_]:
        """Which tracks have a picture [shape=(n,)]."""
        return self.widths > 0

    @property
    def has_embedding(self) -> npt.NDArray[np.bool_]:
        """Which tracks have an embedding [shape=(n,)]."""
        if self.embeddings is None:
            return np.zeros(len(self.ids), dtype=np.bool_)
        return np.isfinite(self.embeddings[:, 0])

    def rows(self, ids: Iterable[str]) -> npt.NDArray[np.intp]:
        """Return the rows of some tracks, in their order; those that are not there are left out."""
        at = {name: row for row, name in enumerate(self.ids)}
        return np.array([at[name] for name in ids if name in at], dtype=np.intp)

    def sources(self) -> str:
        """Say where the descriptors come from, e.g. ``"60 from audio, 12 from the data set's own table"``."""
        words: dict[Origin, str] = {
            "audio": "from audio",
            "table": "from the data set's own table",
            "published": "from the published table because the audio is altered",
        }
        counts = {said: self.origins.count(origin) for origin, said in words.items()}
        return ", ".join(f"{count:,} {said}" for said, count in counts.items() if count) or "none"


@dataclass(frozen=True, slots=True)
class Pointer:
    """``collected.json``: the record's folder, the lists, the sha256 of each array file, and one of all of these."""

    version: int
    folder: str
    ids: tuple[str, ...]
    genres: tuple[str, ...]
    origins: tuple[Origin | None, ...]
    checksums: tuple[str, ...]
    arrays: dict[str, str]
    sha256: str = ""

    def sealed(self) -> Pointer:
        """Return the pointer with the sha256 of all else that it says."""
        said = asdict(self) | {"sha256": ""}
        return replace(self, sha256=hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest())


def collected(id: str) -> Collected | None:
    """Return what was measured on a data set of the registry, None when that was not done yet.

    A record that is damaged, or that an older version wrote, counts as none: extracting again makes it from the cache.
    """
    from mgc.datasets import registry

    return read_record(registry.folder(id) / "extraction")


def read_record(folder: Path) -> Collected | None:
    """Return the record that lies in an extraction's folder, None when there is no whole one."""
    try:
        pointer = records.read(Pointer, (folder / POINTER).read_bytes(), POINTER)
        if pointer.version != RECORD_VERSION or pointer != pointer.sealed():
            return None
        if not re.fullmatch(r"record-[\w-]+", pointer.folder):
            return None
        arrays: dict[str, Any] = {
            name: _opened(folder / pointer.folder / f"{name}.npy", sha256) for name, sha256 in pointer.arrays.items()
        }
        found = Collected(
            ids=pointer.ids,
            genres=pointer.genres,
            origins=pointer.origins,
            checksums=pointer.checksums,
            **{"embeddings": None, **arrays},
        )
    except (OSError, ValueError, TypeError):
        return None
    return found if _is_whole(found) else None


def _opened(path: Path, sha256: str) -> npt.NDArray[Any]:
    """Map an array, if its file is the one that was written."""
    about = path.stat()
    if _digest(path, about.st_ino, about.st_size, about.st_mtime_ns) != sha256:
        raise ValueError(f"{path.name} is not what was written")
    found: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return found


@lru_cache(maxsize=64)
def _digest(path: Path, *stamp: int) -> str:
    """Return a file's sha256, read once for each ``stamp``."""
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_whole(found: Collected) -> bool:
    n = len(found.ids)
    shapes: tuple[tuple[npt.NDArray[Any], tuple[int, ...]], ...] = (
        (found.descriptors, (n, 57)),
        (found.pictures, (n, 128, 334)),
        (found.widths, (n,)),
        (found.thumbnails, (n, 128, 33)),
        (found.seconds, (n,)),
        (found.segments, (len(found.owners), 57)),
    )
    if found.patches is not None and found.patch_owners is not None:
        shapes += ((found.patches, (len(found.patch_owners), 1024)),)
    lists = (found.genres, found.origins, found.checksums)
    return all(array.shape == shape for array, shape in shapes) and all(len(values) == n for values in lists)
