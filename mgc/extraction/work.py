"""What a worker does: some tracks of a job, one after the other, each told to the journal.

These functions run in the engine's worker processes, which find them by name. Decoders run below the worker, limited
and fresh for every file (:mod:`mgc.audio.series`).
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import stat
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mgc.audio.series import MAX_FILE_MB, Series
from mgc.errors import DatasetError, MgcError, RefusedAudio
from mgc.extraction.plan import DEADLY, Files, Item, Line
from mgc.extraction.sound import LONGEST, PARTS, Arrays, Sound, key
from mgc.features.cache import Cache
from mgc.features.kaggle_png import read_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mgc.extraction.plan import Plan

__all__ = ["extract"]

MAX_BYTES: Final = MAX_FILE_MB * 2**20


def extract(folder: str, attempt: int, number: int, tracks: Sequence[tuple[str, str, str, str, int]]) -> int:
    """Extract one part of an attempt; what the cache knows costs next to nothing.

    Parameters
    ----------
    folder : str
        of the extraction
    attempt, number : int
        which attempt, and which part of it
    tracks : sequence of (id, genre, audio, picture, deaths)
        the first fields of :class:`mgc.extraction.plan.Item`

    Returns
    -------
    int
        tracks that were dealt with; fewer than asked for when the job was cancelled
    """
    files = Files(Path(folder))
    plan = files.plan()
    if plan is None or plan.attempt != attempt or files.is_over(attempt):
        return 0
    try:
        return _all(files, plan, number, [Item(*track) for track in tracks])
    except Exception as error:  # a single track's are caught further in: this is the machine's, or the program's
        if not files.is_over(attempt):  # else it was stopped or removed, and what was in work met its folders going
            logging.getLogger(__name__).exception("a part of the work was broken off")
            files.fail(attempt, error)
        return 0


def _all(files: Files, plan: Plan, number: int, items: Sequence[Item]) -> int:
    is_first = files.claim(plan.attempt, number)
    settled, deaths = (set[str](), Counter[str]()) if is_first else _before(files, plan.attempt)
    cache = Cache(files.cache)
    done = 0
    with (
        Series(LONGEST, pictures=any(item.picture for item in items)) as ears,
        _journal(files, plan.attempt) as tell,
    ):
        for item in items:
            if files.is_over(plan.attempt):
                break
            if item.id not in settled:
                tell(Line(item.id, "begun", time.time()))
                tell(_killer(item) if item.deaths + deaths[item.id] >= DEADLY else _one(item, plan.kinds, cache, ears))
            done += 1
    return done


def _before(files: Files, attempt: int) -> tuple[set[str], Counter[str]]:
    """Return which tracks are dealt with, and how often a worker began one of the others: it died over it."""
    begun: Counter[str] = Counter()
    settled = set()
    for line in files.lines(attempt):
        if line.event == "begun":
            begun[line.track] += 1
        else:
            settled.add(line.track)
    return settled, begun


def _killer(item: Item) -> Line:
    why = f"The worker process ended {DEADLY} times while it was at this track; it was left out."
    return Line(item.id, "failed", time.time(), why=why, sounding=bool(item.audio))


def _one(item: Item, kinds: Iterable[str], cache: Cache, ears: Series) -> Line:
    """Extract one track; whatever is wrong with it is a sentence in the line."""
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
                lambda: {"picture": read_picture(data, decode=ears.decode_picture)},
            )
            seen = hashlib.sha256(data).hexdigest()
    if item.audio:
        with _noting(faults):
            sound = Sound(_bytes_of(item.audio), ears)
            for part in parts:
                _keep(cache, key(sound.sha256, part), sound.maker(part))
            digest = sound.sha256
    event = "failed" if faults else "done"
    return Line(item.id, event, time.time(), digest, seen, " ".join(faults), sounding=bool(item.audio))


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


@contextmanager
def _journal(files: Files, attempt: int) -> Iterator[Callable[[Line], None]]:
    """Open this process's own journal; each line is out of our hands when it has been told."""
    with files.journal(attempt, f"{platform.node()}-{os.getpid()}").open("ab", buffering=0) as file:

        def tell(line: Line) -> None:
            said = {name: value for name, value in asdict(line).items() if value}
            file.write(json.dumps(said).encode() + b"\n")

        yield tell
