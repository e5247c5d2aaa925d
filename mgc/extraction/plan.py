"""The files of a job: what is to be done, how far it is, and how it ended.

``extraction/`` in a data set's folder holds ``job.json`` (the newest attempt), ``attempts/<number>/`` (its tracks, a
mark for each part that was begun, one journal per worker process, ``cancelled``, ``ended.json``), ``cache/``, and the
record that ``collected.json`` names. Every file has one writer and appears at once; of a journal a last line without an
end is not read. Nothing else knows how these files are called.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mgc import atomic
from mgc.strict import parse, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Ended", "Files", "Goods", "Item", "Line", "Plan", "write_json"]


@dataclass(frozen=True, slots=True)
class Item:
    """A track as a worker needs it; paths are absolute, "" when there is no such file."""

    id: str
    genre: str
    audio: str
    picture: str


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

    ``sha256`` is that of its audio file, ``picture`` that of its picture; ``why`` is a sentence when it failed;
    ``writer`` is the journal's name, added in reading.
    """

    track: str
    event: str
    time: float
    sha256: str = ""
    picture: str = ""
    why: str = ""
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
        ``extraction`` in the data set's folder; made when something is written
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def cache(self) -> Path:
        """Where features lie by content."""
        return self.folder / "cache"

    def plan(self) -> Plan | None:
        """Return the newest plan, None when there is none that can be read."""
        try:
            return read(Plan, parse((self.folder / "job.json").read_bytes()), "job.json")
        except (OSError, ValueError):
            return None

    def goods(self, number: int) -> Goods | None:
        """Return the tracks of an attempt, None when there is no such attempt any more."""
        try:
            return read(Goods, parse((self.attempt(number) / "goods.json").read_bytes()), "goods.json")
        except (OSError, ValueError):
            return None

    def write_plan(self, plan: Plan, goods: Goods) -> None:
        """Replace the plan; what attempts before it have left is removed."""
        for old in (self.folder / "attempts").glob("*"):
            shutil.rmtree(old, ignore_errors=True)
        self.attempt(plan.attempt).mkdir(parents=True, exist_ok=True)
        write_json(self.attempt(plan.attempt) / "goods.json", asdict(goods))
        write_json(self.folder / "job.json", asdict(plan))

    def attempt(self, number: int) -> Path:
        """Return the folder of an attempt."""
        return self.folder / "attempts" / str(number)

    def claim(self, number: int, part: int) -> bool:
        """Return True to the first who asks for a part of an attempt; who asks later takes over from a dead worker."""
        try:
            (self.attempt(number) / f"part-{part}").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def is_over(self, number: int) -> bool:
        """Tell whether an attempt was cancelled or failed, or the data set was removed; asked before every track."""
        folder = self.attempt(number)
        return not folder.exists() or self.is_cancelled(number) or (folder / "ended.json").exists()

    def is_cancelled(self, number: int) -> bool:
        """Tell whether an attempt was cancelled."""
        return (self.attempt(number) / "cancelled").exists()

    def cancel(self, number: int) -> None:
        """Say that an attempt is to stop."""
        self.attempt(number).mkdir(parents=True, exist_ok=True)
        (self.attempt(number) / "cancelled").touch()

    def ended(self, number: int) -> Ended | None:
        """Return how an attempt ended, None while it has not."""
        try:
            return read(Ended, parse((self.attempt(number) / "ended.json").read_bytes()), "ended.json")
        except (OSError, ValueError):
            return None

    def end(self, number: int, ended: Ended) -> None:
        """Say how an attempt ended."""
        write_json(self.attempt(number) / "ended.json", asdict(ended))

    def journal(self, number: int, writer: str) -> Path:
        """Return the journal of one worker process."""
        return self.attempt(number) / f"{writer}.jsonl"

    def lines(self, number: int) -> Iterator[Line]:
        """Yield what all journals of an attempt say, in no order between them."""
        for path in sorted(self.attempt(number).glob("*.jsonl")):
            with contextlib.suppress(OSError):
                for line in path.read_bytes().split(b"\n")[:-1]:
                    with contextlib.suppress(ValueError, TypeError):  # a line that a crash has cut through
                        yield Line(
                            **json.loads(line), writer=path.stem
                        )  # our own workers' words, and thousands of them


def write_json(path: Path, value: Any) -> None:
    """Write a file that appears at once and whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, json.dumps(value).encode())
