"""What a worker does: some tracks of a job, one after the other, or the record of all of them.

Decoders run below the worker, limited and fresh for every file (:mod:`mgc.audio.decode`). The record is made from the
cache and from the tables that came with the data set.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import shutil
import stat
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc import files
from mgc.audio.decode import MAX_FILE_MB, Series
from mgc.datasets import measuring, registry, validation
from mgc.datasets.base import stamp
from mgc.datasets.entry import write_json
from mgc.datasets.measuring import Reading
from mgc.datasets.tables import CLIPS, SEGMENTS, Table, read_table
from mgc.errors import DatasetError, MgcError, RefusedAudio
from mgc.extraction import REMOVED, SILENT_WORK, Item, Outcome, key_of
from mgc.extraction.collected import POINTER, RECORD_VERSION, Pointer
from mgc.extraction.sound import PARTS, Arrays, Sound, key
from mgc.features.cache import Cache
from mgc.features.descriptors import COLUMNS
from mgc.features.pictures import N_COLUMNS, read_picture
from mgc.features.yamnet import N_EMBEDDING
from mgc.jobs.records import DEATHS
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mgc.extraction.collected import Origin
    from mgc.jobs import Context

__all__ = ["THUMBNAIL_COLUMNS", "record", "run"]

MAX_BYTES: Final = MAX_FILE_MB * 2**20
N_BANDS: Final = 128
THUMBNAIL_COLUMNS: Final = 33
_STEP: Final = N_COLUMNS // THUMBNAIL_COLUMNS  # picture columns that one of a thumbnail averages
_DEADLY: Final = f"The worker process ended {DEATHS} times while working on this track; it was left out."

_mine = threading.local()


def run(context: Context) -> None:
    """Do one task of a job: the tracks of a batch, or the record; a DatasetError says that the data set was removed."""
    folder = Path(context.config["folder"])
    _check(context, folder)
    if "items" in context.task.config:
        _extract(context, folder, [Item(**item) for item in context.task.config["items"]])
        return
    items = [Item(**item) for task in context.tasks() for item in task.config.get("items", ())]
    ended = [item for item in context.items() if item.state in ("done", "failed")]
    outcomes = {item.name: Outcome(item.data["sha256"], item.data["picture"], item.why) for item in ended}
    record(folder, items, context.config["tables"], outcomes, kinds=context.config["kinds"])


def _extract(context: Context, folder: Path, items: Sequence[Item]) -> None:
    """Extract tracks; what the cache knows costs next to nothing. All is on the disk when the task ends."""
    cache = Cache(folder / "cache")
    written: list[Path] = []
    for item in items:
        _check(context, folder)
        known = context.begin_item(item.id, item.stamp)
        if known.state == "failed":
            continue
        if known.deaths >= DEATHS:
            outcome = Outcome(why=_DEADLY)
        else:  # also of a track that is done: a power cut may have taken what was kept of it
            outcome = _one(item, context.config["kinds"], cache, written)
        _check(context, folder)
        if known.state != "done":
            data = {"sha256": outcome.sha256, "picture": outcome.picture, "audio": bool(item.audio)}
            context.end_item(item.id, outcome.why, data, work=1.0 if item.audio else SILENT_WORK)
    with contextlib.suppress(FileNotFoundError):  # the data set was removed
        files.sync_all(written)


def _decoder() -> Series:
    """Return this thread's decoder, which is kept from task to task: its start costs as much as eight files."""
    seconds = settings().max_seconds
    if getattr(_mine, "seconds", None) != seconds:
        _mine.seconds, _mine.series = seconds, Series(seconds)
    series: Series = _mine.series
    return series


def _check(context: Context, folder: Path) -> None:
    context.check()
    if key_of(folder) != context.config["key"]:
        raise DatasetError(REMOVED)


def _one(item: Item, kinds: Iterable[str], cache: Cache, written: list[Path]) -> Outcome:
    """Extract one track and add the new files to ``written``; whatever is wrong with it is a sentence in the answer."""
    series = _decoder()
    parts = list(dict.fromkeys(part for kind in kinds for part in PARTS[kind]))
    digest = seen = ""
    faults: list[str] = []
    if item.picture and "picture" in parts:
        parts.remove("picture")  # the data set's own is preferred: it shows the sound as published
        with _noting(faults):
            data = _bytes_of(item.picture)
            sha256 = hashlib.sha256(data).hexdigest()
            make = lambda: {"picture": read_picture(data, decode=series.decode_picture)}  # noqa: E731
            written.append(_keep(cache, key(sha256, "picture"), make))
            seen = sha256
    if item.audio:
        with _noting(faults):
            sound = Sound(_bytes_of(item.audio), series)
            for part in parts:
                written.append(_keep(cache, key(sound.sha256, part), sound.maker(part)))
            digest = sound.sha256
    return Outcome(digest, seen, " ".join(faults))


@contextlib.contextmanager
def _noting(faults: list[str]) -> Iterator[None]:
    """Turn what may go wrong with one track into a sentence, so that the rest goes on.

    A decoder that cannot be started and a library that is not there are no fault of a track: they end the job.
    """
    try:
        yield
    except MgcError as error:
        faults.append(error.user_message)
    except (OSError, ImportError):
        raise
    except Exception as error:
        logging.getLogger(__name__).exception("a track could not be analysed")
        faults.append(f"The track could not be analysed ({type(error).__name__}).")


def _keep(cache: Cache, name: str, make: Callable[[], Arrays]) -> Path:
    """Make an entry that is not in the cache; return its file."""
    cache.fetch(name, make)
    path = cache.path(name)
    if not path.exists():
        raise DatasetError("The results could not be stored; is the disk of the MGC_HOME folder full?")
    return path


def _bytes_of(path: str) -> bytes:
    """Return a file's bytes, at most one more than a decoder takes; what is larger, or no file, is not opened."""
    try:
        about = Path(path).stat()
        if not stat.S_ISREG(about.st_mode):  # a pipe would be waited for
            raise DatasetError("It is not a file.")
        if about.st_size > MAX_BYTES:
            size = f"{about.st_size / 2**20:,.0f} MB"
            raise RefusedAudio(f"The file is {size}; accepted: files of up to {MAX_FILE_MB} MB.")
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DatasetError("The file is gone or cannot be opened.", details=repr(error)) from error


def record(
    folder: Path,
    items: Sequence[Item],
    tables: Mapping[str, str],
    outcomes: Mapping[str, Outcome],
    *,
    kinds: Sequence[str],
) -> None:
    """Write the record of tracks that are in the cache, and the validation's report of what was read.

    ``folder`` is that of the extraction, ``items`` are in the data set's order; ``tables`` are the paths of those that
    came with it by name, ``outcomes`` what became of each track by id, and ``kinds`` what was extracted.
    """
    place = folder / f"record-{time.time_ns()}"
    place.mkdir()
    cache = Cache(folder / "cache")
    readings = {item.id: measuring.unpack(_found(item, outcomes, cache, "sound")) for item in items}
    arrays, origins = _numbers(items, tables, outcomes, cache, readings)
    if "embeddings" not in kinds:
        for name in ("embeddings", "patches", "patch_owners"):
            del arrays[name]
    digests = {name: _save(place / f"{name}.npy", array) for name, array in arrays.items()}
    digests |= _pictures(place, items, outcomes, cache)
    _report(folder, items, outcomes, readings)
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
    outcomes: Mapping[str, Outcome],
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
    patches: list[npt.NDArray[np.float16]] = [np.empty((0, N_EMBEDDING), dtype=np.float16)]
    patch_owners: list[npt.NDArray[np.int32]] = [np.empty(0, dtype=np.int32)]
    segments: list[npt.NDArray[np.float64]] = [np.empty((0, len(COLUMNS)))]
    origins: list[Origin | None] = []
    for row, item in enumerate(items):
        reading, described = readings[item.id], _found(item, outcomes, cache, "descriptors")
        seconds[row] = reading.measure.seconds if reading and reading.measure else np.nan
        mine = np.empty((0, len(COLUMNS)))
        origin: Origin | None = None
        if item.id in clips.rows and (item.id in altered or not described):
            descriptors[row], mine = clips.of(item.id)[-1], parts.of(item.id)
            origin = "published" if item.id in altered else "table"
        elif described:
            descriptors[row], mine, origin = described["whole"], described["segments"], "audio"
        elif item.id in outcomes and outcomes[item.id].picture:
            origin = "picture"
        if embedded := _found(item, outcomes, cache, "embeddings"):
            embeddings[row] = embedded["patches"].mean(axis=0, dtype=np.float32)
            patches.append(embedded["patches"])
            patch_owners.append(np.full(len(embedded["patches"]), row, dtype=np.int32))
        segments.append(mine)
        origins.append(origin)
    owners = np.repeat(np.arange(n, dtype=np.int32), [len(mine) for mine in segments[1:]])
    arrays: dict[str, npt.NDArray[Any]] = {
        "descriptors": descriptors,
        "segments": np.concatenate(segments),
        "owners": owners,
        "seconds": seconds,
        "embeddings": embeddings,
        "patches": np.concatenate(patches),
        "patch_owners": np.concatenate(patch_owners),
    }
    return arrays, origins


def _pictures(place: Path, items: Sequence[Item], outcomes: Mapping[str, Outcome], cache: Cache) -> dict[str, str]:
    """Write the pictures, one after the other into a file that is never in memory as a whole; return their sha256.

    Written, not mapped: into a file that is mapped a full disk is told by a signal that ends the process.
    """
    n = len(items)
    widths = np.zeros(n, dtype=np.int32)
    thumbnails = np.zeros((n, N_BANDS, THUMBNAIL_COLUMNS), dtype=np.uint8)
    header = {"descr": "|u1", "fortran_order": False, "shape": (n, N_BANDS, N_COLUMNS)}
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, header)
    checksum = hashlib.sha256(head.getvalue())
    with (place / "pictures.npy").open("wb") as file:
        file.write(head.getvalue())
        for row, item in enumerate(items):
            picture = np.zeros((N_BANDS, N_COLUMNS), dtype=np.uint8)
            if found := _found(item, outcomes, cache, "picture"):
                widths[row] = min(found["picture"].shape[1], N_COLUMNS)
                picture[:, : widths[row]] = found["picture"][:, :N_COLUMNS]
                small = picture[:, : _STEP * THUMBNAIL_COLUMNS]
                thumbnails[row] = np.rint(small.reshape(N_BANDS, THUMBNAIL_COLUMNS, _STEP).mean(axis=2))
            checksum.update(picture.data)
            file.write(picture.data)
    small_ones: dict[str, npt.NDArray[Any]] = {"widths": widths, "thumbnails": thumbnails}
    return {"pictures": checksum.hexdigest()} | {
        name: _save(place / f"{name}.npy", array) for name, array in small_ones.items()
    }


def _report(
    folder: Path, items: Sequence[Item], outcomes: Mapping[str, Outcome], readings: Mapping[str, Reading | None]
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
            outcome, found = outcomes.get(item.id), readings[item.id]
            if now.get(item.id) != item.stamp or not item.audio:
                continue
            if found:
                known[item.id] = found
            elif outcome and outcome.why:
                known[item.id] = Reading(error=outcome.why, is_gone=not Path(item.audio).exists())
        validation.validate(dataset, known=known)


def _found(item: Item, outcomes: Mapping[str, Outcome], cache: Cache, part: str) -> Arrays | None:
    """Return what the cache has of a track; its own picture file goes before the one drawn from its sound."""
    outcome = outcomes.get(item.id)
    digest = "" if outcome is None else outcome.picture if part == "picture" and outcome.picture else outcome.sha256
    return cache.find(key(digest, part)) if digest else None


def _table(path: str) -> Table:
    """Return a table that came with the data set; one that is not Kaggle's has no rows."""
    with contextlib.suppress(DatasetError):
        if path:
            return read_table(path)
    return Table((), np.empty((0, len(COLUMNS))))


def _save(path: Path, array: npt.NDArray[Any]) -> str:
    """Write an array; return the sha256 of its file."""
    packed = io.BytesIO()  # straight into the file, NumPy does not say why a write failed
    np.save(packed, array, allow_pickle=False)
    path.write_bytes(packed.getbuffer())
    return hashlib.sha256(packed.getbuffer()).hexdigest()
