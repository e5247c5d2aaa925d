"""Start, watch and cancel the extraction of a data set; pages and the command line call these.

The truth lies in files (:mod:`mgc.extraction.plan`): asking how far a job is needs no engine, and a job outlives the
app that started it. Starting again after a kill, a cancel or an upgrade goes on where it was, since every track's
numbers are cached under its content.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mgc.errors import DatasetError
from mgc.extraction.plan import Ended, Files, Item, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from mgc.datasets.base import Dataset

__all__ = ["KINDS", "State", "Status", "begin", "cancel", "look", "start", "status", "stop", "wait"]

State = Literal["none", "queued", "running", "finished", "cancelled", "failed"]

KINDS: Final = ("descriptors", "mel", "embeddings")
SILENCE: Final = 120.0  # s without a word from a running job after which it counts as lost; a track takes 0.3 to 16 s
RECENT: Final = 40  # tracks whose pace tells the time that is left
STARTING: Final = 60.0  # s that handing a job to the engine may take


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
    """

    state: State
    done: int = 0
    total: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    seconds_left: float | None = None
    started: float | None = None
    kinds: tuple[str, ...] = ()
    why: str = ""

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
        when there is no such data set
    EngineError
        when the engine cannot be started or reached
    ModelError
        when embeddings are asked for and YAMNet's weights are not there
    """
    from mgc.datasets import shelf

    return begin(shelf.folder(id) / "extraction", shelf.open_dataset(id), kinds)


def status(id: str) -> Status:
    """Return how far the extraction of a data set is; reads a few small files."""
    from mgc.datasets import shelf

    return look(shelf.folder(id) / "extraction")


def cancel(id: str) -> Status:
    """Stop the extraction of a data set after the tracks that are in work; what is done is kept."""
    from mgc.datasets import shelf

    return stop(shelf.folder(id) / "extraction")


def wait(id: str, tell: Callable[[Status], None] | None = None, every: float = 0.5) -> Status:
    """Return when the extraction has ended, telling its status now and then."""
    while (now := status(id)).is_active:
        if tell is not None:
            tell(now)
        time.sleep(every)
    return now


def begin(folder: Path, dataset: Dataset, kinds: Sequence[str]) -> Status:
    """Do what :func:`start` does for a data set whose extraction lies in ``folder``."""
    raise NotImplementedError


def look(folder: Path) -> Status:
    """Do what :func:`status` does for the extraction in ``folder``."""
    raise NotImplementedError


def stop(folder: Path) -> Status:
    """Do what :func:`cancel` does for the extraction in ``folder``."""
    raise NotImplementedError
