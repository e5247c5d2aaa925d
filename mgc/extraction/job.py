"""Start, watch and cancel the extraction of a data set: a kind of job of :mod:`mgc.jobs`.

A job belongs to one data set at one place: ``extraction/job`` in its folder holds a word that is in the job's subject,
too, so that what was begun for a data set that was removed is not done to the next one of that name. Starting again
goes on where the last job was, since every track's numbers are cached under its content.
"""

from __future__ import annotations

import fcntl
import os
import time
import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from mgc import files, jobs, weights
from mgc.errors import DatasetError
from mgc.extraction import KEY, REMOVED, SILENT_WORK, Item, item_of, key_of
from mgc.jobs import Kind, TaskSpec
from mgc.settings import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from mgc.datasets.base import Dataset

__all__ = ["KIND", "KINDS", "State", "Status", "begin", "cancel", "look", "start", "status",
           "stop", "wait"]  # fmt: skip

State = Literal["none", "queued", "running", "finished", "cancelled", "failed"]

KINDS: Final = ("descriptors", "mel", "embeddings")
BATCH: Final = 16  # tracks of a task at most


def _title(config: Mapping[str, Any]) -> str:
    return f"Extract features of {config['title']}"


def _run(context: jobs.Context) -> None:
    from mgc.extraction import work

    work.run(context)


KIND: Final = Kind(
    "extract",
    _title,
    _run,
    preload=("mgc.extraction.work",),
    packages=("audio", "datasets", "extraction", "features"),
    patience=300.0,  # a track takes 0.3 to 16 s, the record of 1,000 tracks 2 s
)


@dataclass(frozen=True, slots=True)
class Status:
    """How far a job is; its state is "none" when nothing was ever started."""

    state: State
    done: int = 0  # tracks
    total: int = 0
    failed: tuple[tuple[str, str], ...] = ()  # (track, sentence) of those that could not be read; the rest went on
    seconds_left: float | None = None  # None while the pace is not known
    started: float | None = None  # seconds since 1970
    kinds: tuple[str, ...] = ()  # what is extracted
    why: str = ""  # a sentence when the whole job failed
    sounding: int = 0  # tracks that have audio, of ``total``: those that take time
    heard: int = 0  # of these, how many are done

    @property
    def is_active(self) -> bool:
        """Whether it is worth asking again soon."""
        return self.state in ("queued", "running")


def start(id: str, kinds: Sequence[str] = ("descriptors", "mel")) -> Status:
    """Start to extract some of :data:`KINDS` of a data set of the registry, or go on; what is running is left alone.

    Raises
    ------
    DatasetError
        when there is no such data set, nothing of that kind to extract, or no space to write
    EngineError, JobError
        when the engine cannot be started, or the list of jobs not be written
    ModelError
        when embeddings are asked for and YAMNet's weights are not there
    """
    from mgc.datasets import registry

    return begin(registry.folder(id) / "extraction", registry.open_dataset(id), kinds)


def status(id: str) -> Status:
    """Return how far the extraction of a data set is."""
    from mgc.datasets import registry

    return look(registry.folder(id) / "extraction")


def cancel(id: str) -> Status:
    """Stop the extraction of a data set; what is done is kept."""
    from mgc.datasets import registry

    return stop(registry.folder(id) / "extraction")


def wait(id: str, progress: Callable[[Status], None] | None = None, every: float = 0.2) -> Status:
    """Return when the extraction has ended; call ``progress`` with its status now and then."""
    while True:
        now = status(id)
        if not now.is_active:
            return now
        if progress is not None:
            progress(now)
        time.sleep(every)


def begin(folder: Path, dataset: Dataset, kinds: Sequence[str]) -> Status:
    """Do what :func:`start` does for a data set whose extraction lies in ``folder``."""
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise DatasetError(f"There is no {unknown[0]!r} to extract; known: {', '.join(KINDS)}.")
    if "embeddings" in kinds:
        weights.path("yamnet")  # or a sentence now, not from a worker
    key = _make_key(folder)
    before = jobs.find(KIND.name, _subject(folder, key))
    kept = before.config["kinds"] if before else ()  # what was known stays in the record
    items = [item_of(track) for track in dataset.tracks]
    config = {
        "folder": str(folder.absolute()),
        "key": key,
        "title": dataset.title,
        "kinds": [kind for kind in KINDS if kind in kinds or kind in kept],
        "tables": {table: str(path.absolute()) for table, path in dataset.tables.items()},
        "tracks": len(items),
        "sounding": sum(bool(item.audio) for item in items),
    }
    job = jobs.start(KIND.name, _subject(folder, key), config, tasks=_tasks(items))
    if key_of(folder) != key:
        jobs.cancel(job.id)
        raise DatasetError(REMOVED)
    return look(folder)


def look(folder: Path) -> Status:
    """Do what :func:`status` does for the extraction in ``folder``."""
    job = _job(folder)
    if job is None:
        return Status("none")
    if job.is_active:
        jobs.reconcile()
        job = jobs.job(job.id)
    failed = jobs.items(job.id, "failed") if job.done else ()
    heard, sounding = job.done, job.config["sounding"]
    if job.is_active and 0 < sounding < job.config["tracks"]:
        heard = sum(bool(item.data.get("audio")) for item in jobs.items(job.id))
    return Status(
        state="queued" if job.state == "starting" or job.state == "lost" else job.state,
        done=job.done,
        total=job.config["tracks"],
        failed=tuple((item.name, item.why) for item in failed),
        seconds_left=job.seconds_left,
        started=job.created,
        kinds=tuple(job.config["kinds"]),
        why=job.why,
        sounding=sounding,
        heard=min(heard, sounding),
    )


def stop(folder: Path) -> Status:
    """Do what :func:`cancel` does for the extraction in ``folder``."""
    job = _job(folder)
    if job is not None:
        jobs.cancel(job.id)
    return look(folder)


def _job(folder: Path) -> jobs.Job | None:
    key = key_of(folder)
    return jobs.find(KIND.name, _subject(folder, key)) if key else None


def _subject(folder: Path, key: str) -> str:
    return f"{folder.absolute().parent.name} {key}"


def _make_key(folder: Path) -> str:
    """Return the word of a data set, which is made when its extraction is begun for the first time."""
    try:
        folder.mkdir(exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)  # of two that begin, one makes it
            if not key_of(folder):
                files.write(folder / KEY, uuid.uuid4().hex.encode())
        finally:
            os.close(lock)
    except FileNotFoundError as error:
        raise DatasetError(REMOVED, details=repr(error)) from error
    except OSError as error:
        raise DatasetError("The data set's folder cannot be written; is the disk full?", details=repr(error)) from error
    return key_of(folder)


def _tasks(items: Sequence[Item]) -> Iterable[TaskSpec]:
    """Cut the tracks into batches, small ones at the end so that all workers end together; the record follows them."""
    at = 0
    while at < len(items):
        size = max(1, min(BATCH, (len(items) - at) // (2 * cores())))
        batch = items[at : at + size]
        work = sum(1.0 if item.audio else SILENT_WORK for item in batch)
        yield TaskSpec(f"tracks {at + 1} to {at + len(batch)}", {"items": [asdict(item) for item in batch]},
                       total=len(batch), work=work)  # fmt: skip
        at += size
    yield TaskSpec("record", stage=1, total=0)
