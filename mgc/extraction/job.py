"""Start, watch and cancel the extraction of a data set; pages and the command line call these.

The truth lies in files (:mod:`mgc.extraction.plan`): asking how far a job is needs no engine, and a job outlives the
app that started it. Starting again after a kill, a cancel or an upgrade goes on where it was, since every track's
numbers are cached under its content.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mgc.errors import DatasetError, EngineError
from mgc.extraction.pace import seconds_left
from mgc.extraction.plan import Files
from mgc.extraction.planning import KINDS, planned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from distributed import Client

    from mgc.datasets.base import Dataset
    from mgc.extraction.plan import Goods, Plan

__all__ = ["KINDS", "State", "Status", "begin", "cancel", "look", "start", "status", "stop", "wait"]

State = Literal["none", "queued", "running", "finished", "cancelled", "failed"]

SILENCE: Final = 120.0  # s without a word from a running job after which it counts as lost; a track takes 0.3 to 16 s
GATHERING: Final = 300.0  # s of silence that the making of the record may take; 2 s for 1,000 tracks
# Tracks of a task at most: the decoder's start (0.15 s) is shared, and no worker is long at it when others are done.
BATCH: Final = 16
LOST: Final = (
    "The work stopped before it was done (the engine or the program that started it was ended, or the machine "
    "restarted); start it again, and it goes on where it was."
)
SILENT: Final = (
    "Nothing has been heard of the work for minutes; start it again, and it goes on where it was, or leaves out what "
    "it cannot get by."
)


@dataclass(frozen=True, slots=True)
class Status:
    """How far a job is.

    Attributes
    ----------
    state : "none", "queued", "running", "finished", "cancelled" or "failed"
        "none" when nothing was ever started
    done, total : int
        tracks
    failed : tuple of (track, sentence)
        tracks that could not be read; the rest went on
    seconds_left : float or None
        None while the pace is not known
    started : float or None
        seconds since 1970
    kinds : tuple of str
        what is extracted
    why : str
        a sentence when the whole job failed
    sounding : int
        tracks that have audio, of ``total``: those that take time
    """

    state: State
    done: int = 0
    total: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    seconds_left: float | None = None
    started: float | None = None
    kinds: tuple[str, ...] = ()
    why: str = ""
    sounding: int = 0

    @property
    def is_active(self) -> bool:
        """Whether it is worth asking again soon."""
        return self.state in ("queued", "running")


def start(id: str, kinds: Sequence[str] = ("descriptors", "mel")) -> Status:
    """Start the extraction of a data set on the shelf, or go on with it; one that is running is left alone.

    Parameters
    ----------
    id : str
        of the data set
    kinds : sequence of str
        of :data:`KINDS`

    Raises
    ------
    DatasetError
        when there is no such data set, nothing of that kind to extract, or no room to write
    EngineError
        when the engine cannot be started or reached
    ModelError
        when embeddings are asked for and YAMNet's weights are not there
    """
    from mgc.datasets import registry

    return begin(registry.folder(id) / "extraction", registry.open_dataset(id), kinds)


def status(id: str) -> Status:
    """Return how far the extraction of a data set is; reads a few small files."""
    from mgc.datasets import registry

    return look(registry.folder(id) / "extraction")


def cancel(id: str) -> Status:
    """Stop the extraction of a data set after the tracks that are in work; what is done is kept."""
    from mgc.datasets import registry

    return stop(registry.folder(id) / "extraction")


def wait(id: str, tell: Callable[[Status], None] | None = None, every: float = 0.5) -> Status:
    """Return when the extraction has ended, telling its status now and then.

    Silence is believed once it has been waited through here: who looks at the clock on the wall may find it set.
    """
    done, since = -1, 0.0
    while True:
        now = status(id)
        if now.done != done:
            done, since = now.done, time.monotonic()
        if not now.is_active and (now.why != SILENT or time.monotonic() - since > SILENCE):
            return now
        if tell is not None:
            tell(now)
        time.sleep(every)


def begin(folder: Path, dataset: Dataset, kinds: Sequence[str]) -> Status:
    """Do what :func:`start` does for a data set whose extraction lies in ``folder``."""
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise DatasetError(f"There is no {unknown[0]!r} to extract; known are {', '.join(KINDS)}.")
    if "embeddings" in kinds:
        from mgc.features import yamnet

        yamnet.weights_path()
    files = Files(folder)
    with files.starting():  # of two visitors who press the button, one starts it
        now, plan = look(folder), files.plan()
        was_left = now.state == "queued" and plan is not None and not files.is_submitted(plan.attempt)
        if was_left or not now.is_active:
            _submit(files, dataset, kinds)
    return look(folder)


def _submit(files: Files, dataset: Dataset, kinds: Sequence[str]) -> None:
    """Write a new plan and hand its parts to the engine."""
    from mgc.jobs import cluster

    try:
        with cluster.client() as client:
            plan, goods = planned(files, dataset, kinds, cluster.address())
            try:
                files.write_plan(plan, goods)
                _hand_over(client, files, plan, goods)
            except BaseException as error:  # Ctrl-C, too: nobody shall wait for what was not handed over
                files.fail(plan.attempt, error, "The work could not be handed to the engine")
                raise
    except OSError as error:  # Dask's own: what the disk refuses is an error of ours
        raise EngineError("The engine broke off while it was given work; start again.", details=repr(error)) from error


def _hand_over(client: Client, files: Files, plan: Plan, goods: Goods) -> None:
    from distributed import fire_and_forget

    from mgc.extraction import gather, work
    from mgc.jobs import cluster

    where, n = str(files.folder.absolute()), plan.total
    workers = max(1, len(client.nthreads()))  # type: ignore[no-untyped-call]
    size = max(1, min(BATCH, n // (4 * workers)))
    name = f"extract-{uuid.uuid4().hex}"
    tracks = [(item.id, item.genre, item.audio, item.picture, item.deaths) for item in goods.items]
    parts = [
        client.submit(work.extract, where, plan.attempt, at, tracks[at : at + size], key=f"{name}-{at}", pure=False)
        for at in range(0, n, size)
    ]
    last = client.submit(gather.finish, where, plan.attempt, parts, key=f"{name}-gather", pure=False)
    fire_and_forget(last)  # type: ignore[no-untyped-call]
    cluster.settle(client, f"{name}-gather")
    files.submit(plan.attempt)


def look(folder: Path) -> Status:
    """Do what :func:`status` does for the extraction in ``folder``."""
    files = Files(folder)
    plan = files.plan()
    if plan is None:
        return Status("none")
    lines = list(files.lines(plan.attempt))
    settled = sorted((line for line in lines if line.event != "begun"), key=lambda line: line.time)
    done = len({line.track for line in settled})
    state, why = _state(files, plan, [line.time for line in lines], done)
    return Status(
        state=state,
        done=done,
        total=plan.total,
        failed=tuple((line.track, line.why) for line in settled if line.event == "failed"),
        seconds_left=seconds_left(lines, plan) if state == "running" else None,
        started=plan.started,
        kinds=plan.kinds,
        why=why,
        sounding=plan.sounding,
    )


def stop(folder: Path) -> Status:
    """Do what :func:`cancel` does for the extraction in ``folder``."""
    files = Files(folder)
    if look(folder).is_active and (plan := files.plan()):
        files.cancel(plan.attempt)
    return look(folder)


def _state(files: Files, plan: Plan, times: list[float], done: int) -> tuple[State, str]:
    """Return the state of an attempt and, if it failed, why."""
    from mgc.jobs import cluster

    ended = files.ended(plan.attempt)
    if ended is not None:
        return ("finished" if ended.state == "finished" else "failed"), ended.why
    if files.is_cancelled(plan.attempt):
        return "cancelled", ""
    if not cluster.is_up(plan.engine):
        return "failed", LOST
    if not times:
        # In this order: who starts a job says that it is submitted, then lets go; and it may have been replaced since.
        is_coming = files.is_being_started() or files.is_submitted(plan.attempt) or files.plan() != plan
        return ("queued", "") if is_coming else ("failed", LOST)
    patience = GATHERING if done == plan.total else SILENCE
    return ("failed", SILENT) if time.time() - max(times) > patience else ("running", "")
