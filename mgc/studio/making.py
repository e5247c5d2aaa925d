"""Record the whole catalogue into a folder, on several cores, with a count of what is done.

Songs are rendered by children of this module's own :func:`main`. A child reads one order per line, a JSON list
``[genre, band, seed, path within the folder]``, and answers each with a line, ``done`` or what went wrong. It ends with
its input, so it never outlives its parent.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from mgc.audio.clip import wav
from mgc.datasets.base import Track
from mgc.errors import DatasetError
from mgc.studio.catalogue import catalogue, render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["main", "render_all", "tracks"]

_SECONDS: Final = 30.0
_NICENESS: Final = 15  # a page that is drawn meanwhile goes first
_ROOT: Final = Path(__file__).resolve().parents[2]  # where the package mgc lies


def render_all(
    folder: Path, progress: Callable[[int, int], None] | None = None, per_genre: int = 12, processes: int = 2
) -> tuple[Track, ...]:
    """Record every song of the catalogue as ``<folder>/<genre>/<id>.wav`` (16 bit, mono, 22,050 Hz, 30 s).

    ``folder`` is created unless it exists; files in it are overwritten, each whole or not at all. ``progress(done,
    total)`` is called in the caller's thread, first with 0 done; what it raises ends the recording. ``per_genre`` is 1
    to 600 songs, ``processes`` the children at the same time.

    Returns the tracks in the catalogue's order; the band is the artist. Raises DatasetError when the folder cannot be
    written to, a child fails, or a number is outside its range.
    """
    if processes < 1:
        raise DatasetError(f"Invalid number of processes. Received: {processes}. Expected: 1 or more.")
    songs, made = catalogue(per_genre), tracks(folder, per_genre)
    names = [f"{song.genre}/{song.id}.wav" for song in songs]
    progress = progress or (lambda done, total: None)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatasetError("The studio's clips cannot be synthesised: their folder cannot be created.") from error
    progress(0, len(songs))
    with contextlib.ExitStack() as stack:
        idle: SimpleQueue[subprocess.Popen[str]] = SimpleQueue()
        pool = stack.enter_context(ThreadPoolExecutor(processes))
        for _ in range(min(processes, len(songs))):  # entered after the pool: ended before its threads are waited for
            idle.put(stack.enter_context(_child(folder)))
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        orders = [(song.genre, song.band, song.seed, name) for song, name in zip(songs, names, strict=True)]
        asked = [pool.submit(_order, idle, order) for order in orders]
        for done, future in enumerate(as_completed(asked), start=1):
            future.result()
            progress(done, len(songs))
    return made


def tracks(folder: Path, per_genre: int = 12) -> tuple[Track, ...]:
    """Return the tracks that :func:`render_all` records in ``folder``, whether or not they are there."""
    return tuple(
        Track(song.id, song.genre, song.band, song.title, _SECONDS, folder / f"{song.genre}/{song.id}.wav")
        for song in catalogue(per_genre)
    )


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
        reason = answer.strip() or "the process that makes them ended"
        raise DatasetError(f"The studio's clips cannot be synthesised: {reason}.")


@contextlib.contextmanager
def _child(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a child that records; on leaving it is dead."""
    command = [sys.executable, "-c", "from mgc.studio.making import main; main()", str(folder.resolve())]
    with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()
            with contextlib.suppress(BrokenPipeError):  # what was not read any more
                process.communicate()


def main() -> None:
    """Record what is ordered on the input into the folder that the first argument names, until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends the input
    with contextlib.suppress(OSError, AttributeError):  # Windows has no such thing
        os.nice(_NICENESS)
    folder = Path(sys.argv[1])
    for line in sys.stdin:
        genre, band, seed, name = json.loads(line)
        path = folder / name
        answer = "done"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            part.write_bytes(wav(render(genre, seed, _SECONDS, band)))
            os.replace(part, path)  # so a song is there whole, or not at all
        except OSError as error:
            answer = error.strerror or "the file could not be written"
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
