"""All that was measured on a data set, in one record that opens at once.

Conventions
-----------
Row ``i`` of every array belongs to ``ids[i]``; the order is the data set's. A track of which something is not known has
NaN (numbers) or 0 (pictures) there: ask ``has_descriptors``, ``has_picture`` and ``has_embedding``. Arrays are files
that are mapped into memory, read-only: what is not looked at is not loaded.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["POINTER", "RECORD_VERSION", "Collected", "Origin", "collected", "read_record"]

Origin = Literal["audio", "table", "picture"]

POINTER: Final = "collected.json"  # in the extraction's folder: names the folder that holds the arrays
RECORD_VERSION: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """What is known of every track of a data set.

    Attributes
    ----------
    ids, genres : tuple of str
        of the tracks, n of each
    origins : tuple of str or None
        where a track's descriptors come from: its own sound ("audio") or a table that came with the data set ("table");
        "picture" when there is only a picture, None when there is nothing
    descriptors : np.ndarray [shape=(n, 57), float64]
        in the order of :data:`mgc.features.descriptors.COLUMNS`; a row of NaN where unknown
    segments : np.ndarray [shape=(m, 57), float64]
        three-second segments, up to ten a track
    owners : np.ndarray [shape=(m,), int32]
        the row that each segment belongs to
    pictures : np.ndarray [shape=(n, 128, 334), uint8]
        Kaggle's mel pictures as :func:`mgc.features.pictures.columns` draws them, lowest band first, 0 behind the end
        of a short track
    widths : np.ndarray [shape=(n,), int32]
        columns of a picture that show sound, 11.15 a second; 0 for a track without one
    thumbnails : np.ndarray [shape=(n, 128, 33), uint8]
        the pictures at a tenth of their width, for averages over many
    embeddings : np.ndarray [shape=(n, 1024), float32] or None
        YAMNet's, averaged over a track; NaN where unknown; None when they were not asked for
    checksums : tuple of str
        sha256 of the decoded samples, "" where there is no sound
    seconds : np.ndarray [shape=(n,), float64]
        of sound as measured; NaN where there is none
    """

    ids: tuple[str, ...]
    genres: tuple[str, ...]
    origins: tuple[Origin | None, ...]
    descriptors: npt.NDArray[np.float64]
    segments: npt.NDArray[np.float64]
    owners: npt.NDArray[np.int32]
    pictures: npt.NDArray[np.uint8]
    widths: npt.NDArray[np.int32]
    thumbnails: npt.NDArray[np.uint8]
    embeddings: npt.NDArray[np.float32] | None
    checksums: tuple[str, ...]
    seconds: npt.NDArray[np.float64]

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


def collected(id: str) -> Collected | None:
    """Return what was measured on a data set of the shelf, None when that was not done yet.

    A record that is damaged, or that an older version wrote, counts as none: extracting again makes it from the cache.
    """
    from mgc.datasets import registry

    return read_record(registry.folder(id) / "extraction")


def read_record(folder: Path) -> Collected | None:
    """Return the record that lies in an extraction's folder, None when there is no whole one."""
    try:
        pointer = json.loads((folder / POINTER).read_bytes())
        if pointer["version"] != RECORD_VERSION:
            return None
        room = folder / str(pointer["folder"])
        names = ["descriptors", "segments", "owners", "pictures", "widths", "thumbnails", "seconds"]
        names += ["embeddings"] * bool(pointer["embeddings"])
        arrays: dict[str, Any] = {
            name: np.load(room / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in names
        }
        found = Collected(
            ids=tuple(pointer["ids"]),
            genres=tuple(pointer["genres"]),
            origins=tuple(pointer["origins"]),
            checksums=tuple(pointer["checksums"]),
            **{"embeddings": None, **arrays},
        )
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        return None
    return found if _is_whole(found) else None


def _is_whole(found: Collected) -> bool:
    n = len(found.ids)
    shapes = {
        "descriptors": (n, 57),
        "pictures": (n, 128, 334),
        "widths": (n,),
        "thumbnails": (n, 128, 33),
        "seconds": (n,),
        "segments": (len(found.owners), 57),
    }
    lists = (found.genres, found.origins, found.checksums)
    return all(getattr(found, name).shape == shape for name, shape in shapes.items()) and all(
        len(values) == n for values in lists
    )
