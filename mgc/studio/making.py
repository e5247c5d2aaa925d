"""Record the whole catalogue into a folder, on several cores, saying how far it is."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from mgc.datasets.base import Track
from mgc.errors import DatasetError
from mgc.studio.catalogue import StudioTrack, catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["SECONDS", "render_all"]

SECONDS: Final = 30.0
_ROOT: Final = Path(__file__).resolve().parents[2]  # where the package mgc lies

Orders = SimpleQueue[tuple[str, str, int, str]]


def render_all(
    folder: Path, tell: Callable[[int, int], None] | None = None, per_genre: int = 12, processes: int = 2
) -> tuple[Track, ...]:
    """Record every song of the catalogue as ``<folder>/<genre>/<id>.wav`` (16 bit, mono, 22,050 Hz, 30 s).

    Parameters
    ----------
    folder : Path
        made when it is not there; a file of a song's name is written anew, whole or not at all
    tell : callable, optional
        called in the caller's thread with (done, total), first with (0, total); what it raises ends the recording
    per_genre : int in [1, 600]
        songs a genre
    processes : int >= 1
        children that play at the same time

    Returns
    -------
    tuple of Track
        in the catalogue's order; the band is the artist

    Raises
    ------
    DatasetError
        when the folder cannot be written to, a child fails, or a number is outside its range
    """
    if processes < 1:
        raise DatasetError(f"Invalid number of processes. Received: {processes}. Expected: 1 or more.")
    songs = catalogue(per_genre)
    say = tell or _nothing
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatasetError("The studio's music cannot be written: its folder cannot be made.") from error
    orders: list[tuple[str, str, int, str]] = [(song.genre, song.band, song.seed, _name(song)) for song in songs]
    say(0, len(songs))
    with contextlib.ExitStack() as stack:
        idle: SimpleQueue[subprocess.Popen[str]] = SimpleQueue()
        pool = stack.enter_context(ThreadPoolExecutor(processes))
        for _ in range(min(processes, len(songs))):  # entered after the pool: ended before its threads are waited for
            idle.put(stack.enter_context(_child(folder)))
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        asked = [pool.submit(_order, idle, order) for order in orders]
        for done, future in enumerate(as_completed(asked), start=1):
            future.result()
            say(done, len(songs))
    return tuple(Track(song.id, song.genre, song.band, song.title, SECONDS, folder / _name(song)) for song in songs)


def _nothing(done: int, total: int) -> None:
    """Say nothing."""


def _name(song: StudioTrack) -> str:
    return f"{song.genre}/{song.id}.wav"


def _order(idle: SimpleQueue[subprocess.Popen[str]], order: tuple[str, str, int, str]) -> None:
    """Have one child that is free play one song."""
    child = idle.get()
    answer = ""
    with contextlib.suppress(BrokenPipeError, ValueError):  # a child that is gone, or was ended meanwhile
        if child.stdin is not None and child.stdout is not None:
            child.stdin.write(json.dumps(order) + "\n")
            child.stdin.flush()
            answer = child.stdout.readline()
    idle.put(child)
    if answer != "done\n":
        reason = answer.strip() or "the program that plays it ended"
        raise DatasetError(f"The studio's music could not be recorded: {reason}.")


@contextlib.contextmanager
def _child(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a recorder; on leaving it is dead."""
    command = [sys.executable, "-m", "mgc.studio.recorder", str(folder.resolve())]
    with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()
            with contextlib.suppress(BrokenPipeError):  # what was not read any more
                process.communicate()
