"""What the commands for data sets share: opening one by id, measuring it, and a line of progress.

The studio needs no adding: the first command that names it makes it. Progress goes to stderr, and only to a terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final

import typer

from mgc.errors import DatasetError

if TYPE_CHECKING:
    from mgc.datasets.base import Dataset
    from mgc.extraction.job import Status
    from mgc.jobs import Job

__all__ = ["IdArgument", "extracted", "finished", "is_terminal", "made", "opened", "progress"]

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="of a data set, see `datasets`")]

BYTES: Final = 10_000_000  # a total above this counts bytes


def opened(name: str) -> Dataset:
    """Open a data set by id, making the studio first where it is named for the first time."""
    from mgc.datasets import registry

    return registry.open_dataset(made(name))


def extracted(name: str, kinds: tuple[str, ...]) -> Status:
    """Start the extraction of a data set, or go on with it, and wait; Ctrl-C cancels it.

    Where somebody else's is under way that lacks some of ``kinds``, these are extracted after it.
    """
    from mgc.extraction import job

    with progress("extracting") as tell:
        is_begun = False
        try:
            while True:
                job.start(name, kinds)
                is_begun = True
                status = job.wait(name, lambda now: tell(now.done, now.total, _left(now.seconds_left)))
                if set(kinds) <= set(status.kinds):
                    return status
        except KeyboardInterrupt:
            stopped = job.cancel(name)
            if is_begun:
                return stopped
            raise  # what became of an earlier one is no answer


def _left(seconds: float | None) -> str:
    """Say how long the rest takes, once there is a pace to tell by."""
    return "" if seconds is None else f", about {max(1, round(seconds))} s left"


def made(name: str) -> str:
    """Return the id of a data set, after making the studio where it is asked for the first time."""
    from mgc.datasets import background, registry

    if name == "studio" and not registry.describe(name).made:
        finished(background.make_studio, "rendering the studio")
    return name


def finished(start: Callable[[], Job], label: str) -> Job:
    """Start a job, or join one that does the same, and return it when it has finished; Ctrl-C cancels it.

    Raises
    ------
    DatasetError
        when it failed, or was cancelled by another program
    """
    from mgc import jobs

    with progress(label) as tell:
        job = start()
        try:
            ended = jobs.wait(job.id, lambda now: _line(tell, now))
        except KeyboardInterrupt:
            jobs.cancel(job.id)
            raise
        tell(ended.done, ended.total)
    if ended.state == "cancelled":
        raise DatasetError(f"It was stopped; `mgc resume {job.id}` goes on with it.")
    if ended.state != "finished":
        raise DatasetError(ended.why)
    return ended


def _line(tell: Callable[..., None], now: Job) -> None:
    scale = 2**20 if now.total > BYTES else 1
    step = f": {now.step.lower()}" if now.step else ""
    tell(now.done // scale, now.total // scale, f"{' MB' if scale > 1 else ''}{step}{_left(now.seconds_left)}")


@contextmanager
def progress(label: str) -> Iterator[Callable[..., None]]:
    """Yield ``tell(done, total, note="")``, which keeps one line of a terminal up to date."""
    shown = is_terminal()

    def tell(done: int, total: int, note: str = "") -> None:
        if shown:
            of = f" of {total:,}" if total else ""
            line = f"{label}: {done:,}{of}{note} "
            typer.echo(f"\r{line:70}" if note else f"\r{line}", err=True, nl=False)

    yield tell
    if shown:
        typer.echo("", err=True)


def is_terminal() -> bool:
    """Tell whether somebody may be watching stderr."""
    return sys.stderr.isatty()
