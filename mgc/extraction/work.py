"""What a worker does: some tracks of a job, one after the other, or the record of all of them.

Decoders run below the worker, limited and fresh for every file (:mod:`mgc.audio.decode`).
"""

from __future__ import annotations

import hashlib
import logging
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mgc.audio.decode import MAX_FILE_MB, Series
from mgc.errors import DatasetError, MgcError, RefusedAudio
from mgc.extraction import gather
from mgc.extraction.plan import REMOVED, SILENT_WORK, Item, Line, key_of
from mgc.extraction.sound import PARTS, Arrays, Sound, key
from mgc.features.cache import Cache
from mgc.features.pictures import read_picture
from mgc.jobs.records import DEATHS
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mgc.jobs import Context

__all__ = ["run"]

MAX_BYTES: Final = MAX_FILE_MB * 2**20


def run(context: Context) -> None:
    """Do one task of a job: the tracks of a batch, or the record.

    Raises
    ------
    DatasetError
        when the data set was removed
    """
    folder = Path(context.config["folder"])
    _check(context, folder)
    if "items" in context.task.config:
        _extract(context, folder, [Item(**item) for item in context.task.config["items"]])
        return
    items = [Item(**item) for task in context.tasks() for item in task.config.get("items", ())]
    ended = [item for item in context.items() if item.state in ("done", "failed")]
    lines = {item.name: Line(item.data["sha256"], item.data["picture"], item.why) for item in ended}
    gather.record(folder, items, context.config["tables"], lines, kinds=context.config["kinds"])


def _extract(context: Context, folder: Path, items: Sequence[Item]) -> None:
    """Extract tracks; what the cache knows costs next to nothing."""
    cache = Cache(folder / "cache")
    with Series(settings().max_seconds, pictures=any(item.picture for item in items)) as series:
        for item in items:
            _check(context, folder)
            known = context.begin_item(item.id, item.stamp)
            if known.state in ("done", "failed"):
                continue
            if known.deaths >= DEATHS:
                line = Line(why=f"The worker process ended {DEATHS} times while it was at this track; it was left out.")
            else:
                line = _one(item, context.config["kinds"], cache, series)
            _check(context, folder)
            data = {"sha256": line.sha256, "picture": line.picture, "audio": bool(item.audio)}
            context.end_item(item.id, line.why, data, work=1.0 if item.audio else SILENT_WORK)


def _check(context: Context, folder: Path) -> None:
    context.check()
    if key_of(folder) != context.config["key"]:
        raise DatasetError(REMOVED)


def _one(item: Item, kinds: Iterable[str], cache: Cache, series: Series) -> Line:
    """Extract one track; whatever is wrong with it is a sentence in the answer."""
    parts = list(dict.fromkeys(part for kind in kinds for part in PARTS[kind]))
    digest = seen = ""
    faults: list[str] = []
    if item.picture and "picture" in parts:
        parts.remove("picture")  # the data set's own is preferred: it shows the sound as published
        with _noting(faults):
            data = _bytes_of(item.picture)
            _keep(
                cache,
                key(hashlib.sha256(data).hexdigest(), "picture"),
                lambda: {"picture": read_picture(data, decode=series.decode_picture)},
            )
            seen = hashlib.sha256(data).hexdigest()
    if item.audio:
        with _noting(faults):
            sound = Sound(_bytes_of(item.audio), series)
            for part in parts:
                _keep(cache, key(sound.sha256, part), sound.maker(part))
            digest = sound.sha256
    return Line(digest, seen, " ".join(faults))


@contextmanager
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


def _keep(cache: Cache, name: str, make: Callable[[], Arrays]) -> None:
    """See to it that an entry is in the cache."""
    cache.fetch(name, make)
    if not cache.path(name).exists():
        raise DatasetError("What was computed could not be kept; is the disk of the MGC_HOME folder full?")


def _bytes_of(path: str) -> bytes:
    """Return a file's bytes, at most one more than a decoder takes; what is larger, or no file, is not opened."""
    try:
        about = Path(path).stat()
        if not stat.S_ISREG(about.st_mode):  # a pipe would be waited for
            raise DatasetError("It is no file.")
        if about.st_size > MAX_BYTES:
            size = f"{about.st_size / 2**20:,.0f} MB"
            raise RefusedAudio(f"The file has {size}; accepted are files of up to {MAX_FILE_MB} MB.")
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DatasetError("The file is gone or cannot be opened.", details=repr(error)) from error
