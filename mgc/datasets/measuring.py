"""Hear every file of a data set once, in limited processes of their own, and note what the sound is like."""

from __future__ import annotations

import contextlib
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

import numpy as np

from mgc.audio.series import MAX_FILE_MB, Series
from mgc.datasets.validation import FLOOR, Measure
from mgc.errors import AudioError, DecoderTimeout
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mgc.audio.clip import Clip
    from mgc.datasets.base import Track

__all__ = ["ODD", "Reading", "measure"]

# What the decoder's warnings begin with (mgc.audio.answer), and the kind of finding that each is.
ODD: Final = {
    "The file is silent": "silent",
    "The file is mostly empty": "silent",
    "The recording is clipped": "clipped",
    "The samples lie far outside": "clipped",
    "The file ends before": "short",
}


MOST_HANDS: Final = 8  # decoders at a time; reading the disk is what limits beyond


@dataclass(frozen=True, slots=True)
class Reading:
    """One file: a sentence when it cannot be heard, else a measure; ``odd`` holds (kind, sentence) of each warning."""

    md5: str = ""
    error: str = ""
    is_gone: bool = False
    measure: Measure | None = None
    odd: tuple[tuple[str, str], ...] = ()


def measure(tracks: Sequence[Track], tell: Callable[[int, int], None] | None = None) -> dict[str, Reading]:
    """Read the audio of every track; ``tell(files read, files in all)`` is called from the caller's own thread.

    Returns
    -------
    dict of str to Reading
        by track id, in the order given
    """
    hands = max(1, min(os.cpu_count() or 1, MOST_HANDS, len(tracks)))
    readings = {}
    with contextlib.ExitStack() as stack:
        idle: SimpleQueue[Series] = SimpleQueue()
        for _ in range(hands):
            idle.put(stack.enter_context(Series(settings().max_seconds)))
        # Threads only wait for the processes that decode.
        pool = stack.enter_context(ThreadPoolExecutor(hands))
        tasks = {pool.submit(_read, track, idle): track.id for track in tracks}
        try:
            for done, task in enumerate(as_completed(tasks), 1):
                readings[tasks[task]] = task.result()
                if tell is not None:
                    tell(done, len(tracks))
        finally:
            pool.shutdown(cancel_futures=True)  # where the caller gave up, the rest is not read
    return {track.id: readings[track.id] for track in tracks}


def _read(track: Track, idle: SimpleQueue[Series]) -> Reading:
    data = b""
    try:
        if track.audio is not None:
            data = _bytes(track.audio)
    except FileNotFoundError:
        return Reading(error="The file is not there any more.", is_gone=True)
    except OSError as error:
        return Reading(error=f"The file cannot be read ({error.strerror}).")
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest() if track.md5 else ""
    series = idle.get()
    try:
        clip = _patiently(series, data)
    except AudioError as error:
        return Reading(digest, error.user_message)
    finally:
        idle.put(series)
    odd = tuple((kind, word) for word in clip.heard.warnings for start, kind in ODD.items() if word.startswith(start))
    return Reading(digest, measure=_measured(clip), odd=odd)


def _patiently(series: Series, data: bytes) -> Clip:
    """Decode; a decoder that ran out of time is asked once more, for on a busy machine that is no fault of the file."""
    try:
        return series.decode(data)
    except DecoderTimeout:
        return series.decode(data)


def _bytes(path: Path) -> bytes:
    """Return a file's bytes, at most one more than a decoder takes."""
    with path.open("rb") as file:
        return file.read(MAX_FILE_MB * 2**20 + 1)


def _measured(clip: Clip) -> Measure:
    power = float(np.mean(np.square(clip.y, dtype=np.float64)))
    heard = clip.heard
    return Measure(
        seconds=round(heard.seconds, 4),
        sample_rate=heard.sample_rate,
        channels=heard.channels,
        peak_db=_decibels(float(np.abs(clip.y).max())),
        rms_db=_decibels(power**0.5),
        sha256=hashlib.sha256(clip.y.data).hexdigest(),
    )


def _decibels(amplitude: float) -> float:
    return round(20 * float(np.log10(max(amplitude, 10 ** (FLOOR / 20)))), 2)
