"""The last task of a job: one record of everything, from the cache and from the tables that came with the data set."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.datasets import measuring, registry, validation
from mgc.datasets.base import stamp
from mgc.datasets.entry import write_json
from mgc.datasets.measuring import Reading
from mgc.datasets.tables import CLIPS, SEGMENTS, Table, read_table
from mgc.errors import DatasetError
from mgc.extraction.collected import POINTER, RECORD_VERSION, Pointer
from mgc.extraction.sound import key
from mgc.features.cache import Arrays, Cache
from mgc.features.descriptors import COLUMNS
from mgc.features.pictures import N_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from io import BufferedWriter

    from mgc.extraction.collected import Origin
    from mgc.extraction.plan import Item, Line

__all__ = ["THUMBNAIL_COLUMNS", "record"]

N_BANDS: Final = 128
THUMBNAIL_COLUMNS: Final = 33
_STEP: Final = N_COLUMNS // THUMBNAIL_COLUMNS  # picture columns that one of a thumbnail averages
N_EMBEDDING: Final = 1024


def record(
    folder: Path, items: Sequence[Item], tables: Mapping[str, str], lines: Mapping[str, Line], *, kinds: Sequence[str]
) -> None:
    """Write the record of tracks that are in the cache, and the validation's report of what was read.

    Parameters
    ----------
    folder : Path
        of the extraction
    items : sequence of Item
        the tracks, in the data set's order
    tables : mapping of str to str
        name of a table that came with the data set -> its path
    lines : mapping of str to Line
        what became of each track
    kinds : sequence of str
        what was extracted
    """
    place = folder / f"record-{time.time_ns()}"
    place.mkdir()
    cache = Cache(folder / "cache")
    readings = {item.id: measuring.unpack(_found(item, lines, cache, "sound")) for item in items}
    arrays, origins = _numbers(items, tables, lines, cache, readings)
    if "embeddings" not in kinds:
        del arrays["embeddings"]
    digests = {name: _save(place / f"{name}.npy", array) for name, array in arrays.items()}
    digests |= _pictures(place, items, lines, cache)
    _report(folder, items, lines, readings)
    pointer = Pointer(
        version=RECORD_VERSION,
        folder=place.name,
        ids=tuple(item.id for item in items),
        genres=tuple(item.genre for item in items),
        origins=tuple(origins),
        checksums=tuple(found.measure.sha256 if found and found.measure else "" for found in readings.values()),
        arrays=digests,
    )
    write_json(folder / POINTER, asdict(pointer.sealed()))
    for old in folder.glob("record-*"):
        if old != place:
            shutil.rmtree(old, ignore_errors=True)  # who has it mapped keeps it


def _numbers(
    items: Sequence[Item],
    tables: Mapping[str, str],
    lines: Mapping[str, Line],
    cache: Cache,
    readings: Mapping[str, Reading | None],
) -> tuple[dict[str, npt.NDArray[Any]], list[Origin | None]]:
    """Return all arrays but the pictures, and where each track's descriptors come from."""
    n = len(items)
    altered = {item.id for item in items if item.md5 and (found := readings[item.id]) and found.md5 != item.md5}
    is_needed = bool(altered) or not all(item.audio for item in items)
    clips, parts = (_table(tables.get(name, "") if is_needed else "") for name in (CLIPS, SEGMENTS))
    descriptors = np.full((n, len(COLUMNS)), np.nan)
    seconds = np.full(n, np.nan)
    embeddings = np.full((n, N_EMBEDDING), np.nan, dtype=np.float32)
    segments: list[npt.NDArray[np.float64]] = [np.empty((0, len(COLUMNS)))]
    origins: list[Origin | None] = []
    for row, item in enumerate(items):
        reading, described = readings[item.id], _found(item, lines, cache, "descriptors")
        seconds[row] = reading.measure.seconds if reading and reading.measure else np.nan
        mine = np.empty((0, len(COLUMNS)))
        origin: Origin | None = None
        if item.id in clips.rows and (item.id in altered or not described):
            descriptors[row], mine = clips.of(item.id)[-1], parts.of(item.id)
            origin = "published" if item.id in altered else "table"
        elif described:
            descriptors[row], mine, origin = described["whole"], described["segments"], "audio"
        elif item.id in lines and lines[item.id].picture:
            origin = "picture"
        if embedded := _found(item, lines, cache, "embeddings"):
            embeddings[row] = embedded["patches"].mean(axis=0, dtype=np.float32)
        segments.append(mine)
        origins.append(origin)
    owners = np.repeat(np.arange(n, dtype=np.int32), [len(mine) for mine in segments[1:]])
    arrays: dict[str, npt.NDArray[Any]] = {
        "descriptors": descriptors,
        "segments": np.concatenate(segments),
        "owners": owners,
        "seconds": seconds,
        "embeddings": embeddings,
    }
    return arrays, origins


def _pictures(place: Path, items: Sequence[Item], lines: Mapping[str, Line], cache: Cache) -> dict[str, str]:
    """Write the pictures, one after the other into a file that is never in memory as a whole; return their sha256.

    Written, not mapped: into a file that is mapped a full disk is told by a signal that ends the process.
    """
    n = len(items)
    widths = np.zeros(n, dtype=np.int32)
    thumbnails = np.zeros((n, N_BANDS, THUMBNAIL_COLUMNS), dtype=np.uint8)
    header = {"descr": "|u1", "fortran_order": False, "shape": (n, N_BANDS, N_COLUMNS)}
    with _hashed(place / "pictures.npy") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for row, item in enumerate(items):
            picture = np.zeros((N_BANDS, N_COLUMNS), dtype=np.uint8)
            if found := _found(item, lines, cache, "picture"):
                widths[row] = min(found["picture"].shape[1], N_COLUMNS)
                picture[:, : widths[row]] = found["picture"][:, :N_COLUMNS]
                small = picture[:, : _STEP * THUMBNAIL_COLUMNS]
                thumbnails[row] = np.rint(small.reshape(N_BANDS, THUMBNAIL_COLUMNS, _STEP).mean(axis=2))
            file.write(picture.data)
    small_ones: dict[str, npt.NDArray[Any]] = {"widths": widths, "thumbnails": thumbnails}
    return {"pictures": file.sha256()} | {
        name: _save(place / f"{name}.npy", array) for name, array in small_ones.items()
    }


def _report(
    folder: Path, items: Sequence[Item], lines: Mapping[str, Line], readings: Mapping[str, Reading | None]
) -> None:
    """Write the validation's report of a data set of the registry; files that have changed since are read again."""
    name = folder.parent.name
    with contextlib.suppress(DatasetError):  # opened by hand: it has no report
        if registry.folder(name).resolve() != folder.parent.resolve():
            return
        dataset = registry.open_dataset(name)
        now = {track.id: stamp(track) for track in dataset.tracks}
        known = {}
        for item in items:
            line, found = lines.get(item.id), readings[item.id]
            if now.get(item.id) != item.stamp or not item.audio:
                continue
            if found:
                known[item.id] = found
            elif line and line.why:
                known[item.id] = Reading(error=line.why, is_gone=not Path(item.audio).exists())
        validation.validate(dataset, known=known)


def _found(item: Item, lines: Mapping[str, Line], cache: Cache, part: str) -> Arrays | None:
    """Return what the cache has of a track; its own picture file goes before the one drawn from its sound."""
    line = lines.get(item.id)
    digest = "" if line is None else line.picture if part == "picture" and line.picture else line.sha256
    return cache.find(key(digest, part)) if digest else None


def _table(path: str) -> Table:
    """Return a table that came with the data set; one that is not Kaggle's has no rows."""
    with contextlib.suppress(DatasetError):
        if path:
            return read_table(path)
    return Table((), np.empty((0, len(COLUMNS))))


class _Hashing:
    """A file that is open for writing, and the sha256 of what was written."""

    def __init__(self, file: BufferedWriter) -> None:
        self._file = file
        self._sum = hashlib.sha256()

    def write(self, data: bytes | memoryview) -> None:
        self._sum.update(data)
        self._file.write(data)

    def sha256(self) -> str:
        return self._sum.hexdigest()


@contextlib.contextmanager
def _hashed(path: Path) -> Iterator[_Hashing]:
    with path.open("wb") as file:
        yield _Hashing(file)


def _save(path: Path, array: npt.NDArray[Any]) -> str:
    """Write an array; return the sha256 of its file."""
    with _hashed(path) as file:
        np.lib.format.write_array(file, array, allow_pickle=False)
    return file.sha256()
