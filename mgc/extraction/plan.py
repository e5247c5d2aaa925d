"""The files of a job: what is to be done, how far it is, and how it ended.

``extraction/`` in a data set's folder holds ``job.json`` (the newest attempt), ``job.lock`` (of who starts one),
``attempts/<number>/`` (its tracks, ``submitted``, a mark for each part that was begun, one journal per worker process,
``cancelled``, ``ended.json`` or ``full``), ``cache/``, and the record that ``collected.json`` names. Every file has one
writer and appears at once; of a journal a last line without an end is not read. Nothing else knows how these files are
called. A data set that is removed stays so: what is written here makes no folder above ``extraction``.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from mgc.datasets.entry import write_json
from mgc.errors import DatasetError, MgcError
from mgc.jobs.record import hold, is_held
from mgc.strict import parse, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["DEADLY", "Ended", "Files", "Goods", "Item", "Line", "Plan"]

Record = TypeVar("Record")
FULL: Final = "The work cannot go on: nothing can be written any more; is the disk of the MGC_HOME folder full?"
DEADLY: Final = 2  # times that a worker may die over one thing before that is left alone


@dataclass(frozen=True, slots=True)
class Item:
    """A track as a worker needs it; paths are absolute, "" when there is no such file.

    ``deaths`` is how often a worker died over it in attempts before, ``stamp`` changes when one of its files does.
    """

    id: str
    genre: str
    audio: str
    picture: str
    deaths: int = 0
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """One attempt: what is extracted (``kinds``) of how many tracks (``total``), and how many of these have sound.

    ``engine`` is the address of the scheduler that was asked, ``started`` seconds since 1970.
    """

    attempt: int
    kinds: tuple[str, ...]
    started: float
    engine: str
    total: int
    sounding: int


@dataclass(frozen=True, slots=True)
class Goods:
    """The tracks of an attempt, and the tables (file name -> path) that came with them."""

    items: tuple[Item, ...]
    tables: dict[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a journal: a track is begun, or done.

    ``sha256`` is that of its audio file if that was read, ``picture`` that of its picture; ``why`` is a sentence when
    it failed; ``sounding`` says whether it has audio; ``writer`` is the journal's name, added in reading.
    """

    track: str
    event: str
    time: float
    sha256: str = ""
    picture: str = ""
    why: str = ""
    sounding: bool = False
    writer: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended: "finished" or "failed", and why in a sentence."""

    state: str
    time: float
    why: str = ""


class Files:
    """The files of one data set's job.

    Parameters
    ----------
    folder : Path
        ``extraction`` in the data set's folder; made when a job is started

    Raises
    ------
    DatasetError
        from all that writes, when the data set was removed or the disk is full
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def cache(self) -> Path:
        """Where features lie by content."""
        return self.folder / "cache"

    def plan(self) -> Plan | None:
        """Return the newest plan, None when there is none that can be read."""
        return _read(Plan, self.folder / "job.json")

    def goods(self, number: int) -> Goods | None:
        """Return the tracks of an attempt, None when there is no such attempt any more."""
        return _read(Goods, self.attempt(number) / "goods.json")

    @contextlib.contextmanager
    def starting(self) -> Iterator[None]:
        """Be the only one that starts a job; others wait."""
        with _writing():
            self.folder.mkdir(exist_ok=True)
            held = hold(self.folder / "job.json")
        with held:
            yield

    def is_being_started(self) -> bool:
        """Tell whether somebody who lives is starting a job."""
        return is_held(self.folder / "job.json")

    def write_plan(self, plan: Plan, goods: Goods) -> None:
        """Replace the plan; what attempts before it have left is removed when the new one stands."""
        mine = self.attempt(plan.attempt)
        with _writing():
            for place in (self.folder, mine.parent, mine):
                place.mkdir(exist_ok=True)
        write_json(mine / "goods.json", asdict(goods))
        write_json(self.folder / "job.json", asdict(plan))
        for old in set(mine.parent.glob("*")) - {mine}:
            shutil.rmtree(old, ignore_errors=True)

    def next_attempt(self) -> int:
        """Return a number that no attempt has had, nor one at a removed data set of the same name.

        Work for that may still lie with the engine; an attempt that was not written to its end has left its folder.
        """
        numbers = [int(place.name) for place in (self.folder / "attempts").glob("*") if place.name.isdecimal()]
        numbers += [plan.attempt] if (plan := self.plan()) else []
        return max(numbers) + 1 if numbers else time.time_ns() // 1000

    def attempt(self, number: int) -> Path:
        """Return the folder of an attempt."""
        return self.folder / "attempts" / str(number)

    def claim(self, number: int, part: int | str) -> bool:
        """Return True to the first who asks for a part of an attempt; who asks later takes over from a dead worker."""
        with contextlib.suppress(FileExistsError):
            (self.attempt(number) / f"part-{part}").touch(exist_ok=False)
            return True
        return False

    def is_over(self, number: int) -> bool:
        """Tell whether an attempt was cancelled or failed, or the data set was removed; asked before every track."""
        folder = self.attempt(number)
        return not folder.exists() or self.is_cancelled(number) or self.ended(number) is not None

    def is_cancelled(self, number: int) -> bool:
        """Tell whether an attempt was cancelled."""
        return (self.attempt(number) / "cancelled").exists()

    def cancel(self, number: int) -> None:
        """Say that an attempt is to stop; one that is gone has stopped."""
        with _writing(), contextlib.suppress(FileNotFoundError):
            (self.attempt(number) / "cancelled").touch()

    def is_submitted(self, number: int) -> bool:
        """Tell whether the engine has taken an attempt."""
        return (self.attempt(number) / "submitted").exists()

    def submit(self, number: int) -> None:
        """Say that the engine has taken an attempt."""
        with _writing():
            (self.attempt(number) / "submitted").touch()

    def ended(self, number: int) -> Ended | None:
        """Return how an attempt ended, None while it has not."""
        if (self.attempt(number) / "full").exists():
            return Ended("failed", 0.0, FULL)
        return _read(Ended, self.attempt(number) / "ended.json")

    def end(self, number: int, ended: Ended) -> None:
        """Say how an attempt ended."""
        write_json(self.attempt(number) / "ended.json", asdict(ended))

    def fail(self, number: int, error: BaseException, what: str = "The work cannot go on") -> None:
        """Say that an attempt failed over ``error``, as far as that can be written."""
        why = f"{what} ({type(error).__name__}); the log says more."
        if isinstance(error, OSError) and error.strerror:
            why = f"{what} ({error.strerror}); is the disk of the MGC_HOME folder full?"
        elif isinstance(error, MgcError):
            why = error.user_message
        elif not isinstance(error, Exception):
            why = f"{what}: it was interrupted."
        try:
            self.end(number, Ended("failed", time.time(), why))
        except MgcError:
            with contextlib.suppress(OSError):
                (self.attempt(number) / "full").touch()  # a name often has room where a sentence has none

    def journal(self, number: int, writer: str) -> Path:
        """Return the journal of one worker process."""
        return self.attempt(number) / f"{writer}.jsonl"

    def lines(self, number: int) -> Iterator[Line]:
        """Yield what all journals of an attempt say, in no order between them."""
        for path in sorted(self.attempt(number).glob("*.jsonl")):
            with contextlib.suppress(OSError):
                for line in path.read_bytes().split(b"\n")[:-1]:  # thousands of our own workers' words: not strictly
                    with contextlib.suppress(ValueError, TypeError):  # a line that a crash has cut through
                        yield Line(**json.loads(line), writer=path.stem)


def _read(kind: type[Record], path: Path) -> Record | None:
    try:
        return read(kind, parse(path.read_bytes()), path.name)
    except (OSError, ValueError):
        return None


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    """Turn what the disk refuses into a sentence."""
    try:
        yield
    except FileNotFoundError as error:
        raise DatasetError("The data set was removed meanwhile.", details=repr(error)) from error
    except OSError as error:
        raise DatasetError("The data set's folder cannot be written; is the disk full?", details=repr(error)) from error
